"""Names of things: every id its own type over ``str``, made by whoever creates the thing.

Ids are made in the process, never by the database, and they sort by the time they were made: no sequence on
the hot path, and new rows stand together at the end of every index. An id is a name, not a secret: knowing
one permits nothing.
"""

from __future__ import annotations

import os
import time
import weakref
from abc import abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, NewType, Protocol

from ecomcore.kernel.clock import Clock

__all__ = [
    "AccountId",
    "AllowanceId",
    "CampaignId",
    "CartId",
    "CategoryId",
    "CorrelationId",
    "CouponBatchId",
    "CouponId",
    "CurrencyPairId",
    "DeliveryId",
    "DeliveryMethodId",
    "DocumentId",
    "EditionId",
    "EventId",
    "Ids",
    "InboundId",
    "LocationId",
    "MemberId",
    "NoticeId",
    "OrderId",
    "PaymentId",
    "PriceListId",
    "PriceSeriesId",
    "ProductId",
    "PromotionId",
    "QueueTicketId",
    "ReservationId",
    "SavedMethodId",
    "SeriesId",
    "ShipmentId",
    "StockCountId",
    "StockItemId",
    "StockMonthId",
    "TaxZoneId",
    "TimeOrderedIds",
    "TransferId",
    "VariantId",
    "WishId",
]

OrderId = NewType("OrderId", str)
ProductId = NewType("ProductId", str)
VariantId = NewType("VariantId", str)
CategoryId = NewType("CategoryId", str)
LocationId = NewType("LocationId", str)
StockItemId = NewType("StockItemId", str)
StockMonthId = NewType("StockMonthId", str)
ReservationId = NewType("ReservationId", str)
ShipmentId = NewType("ShipmentId", str)
MemberId = NewType("MemberId", str)
PaymentId = NewType("PaymentId", str)
PromotionId = NewType("PromotionId", str)
AllowanceId = NewType("AllowanceId", str)
CampaignId = NewType("CampaignId", str)
CouponId = NewType("CouponId", str)
CouponBatchId = NewType("CouponBatchId", str)
PriceListId = NewType("PriceListId", str)
PriceSeriesId = NewType("PriceSeriesId", str)
CurrencyPairId = NewType("CurrencyPairId", str)
TaxZoneId = NewType("TaxZoneId", str)
DeliveryMethodId = NewType("DeliveryMethodId", str)
EditionId = NewType("EditionId", str)
AccountId = NewType("AccountId", str)
CartId = NewType("CartId", str)
DocumentId = NewType("DocumentId", str)
SavedMethodId = NewType("SavedMethodId", str)
SeriesId = NewType("SeriesId", str)
NoticeId = NewType("NoticeId", str)
EventId = NewType("EventId", str)
DeliveryId = NewType("DeliveryId", str)
CorrelationId = NewType("CorrelationId", str)
InboundId = NewType("InboundId", str)
QueueTicketId = NewType("QueueTicketId", str)
StockCountId = NewType("StockCountId", str)
TransferId = NewType("TransferId", str)
WishId = NewType("WishId", str)


class Ids(Protocol):
    """Makes ids."""

    @abstractmethod
    def new(self) -> str:
        """An id nobody has had before: sorts by time, URL-safe, at most 64 characters."""


class TimeOrderedIds(Ids):
    """UUIDs of version 7 (RFC 9562), in their usual text of 36 characters.

    The time is kept to 1/4096 of a millisecond (RFC 9562, 6.2, method 3), followed by 62 random bits. Each id
    of one maker is greater than the one before, also within one tick and when the clock steps back: time then
    moves on by one tick per id until the clock has caught up. Safe to share between threads, and after a
    fork.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._now_ns = time.time_ns if clock is None else _nanoseconds_of(clock)
        self._last = 0
        self._lock = Lock()
        if hasattr(os, "register_at_fork"):  # not on Windows
            os.register_at_fork(after_in_child=_unlocked(weakref.ref(self)))

    def new(self) -> str:
        tick = (self._now_ns() << 12) // 1_000_000
        with self._lock:
            if tick <= self._last:
                tick = self._last + 1
            self._last = tick
        noise = int.from_bytes(os.urandom(8)) >> 2
        text = f"{(tick >> 12) << 80 | (0x7000 | tick & 0xFFF) << 64 | 1 << 63 | noise:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def _nanoseconds_of(clock: Clock) -> Callable[[], int]:
    """The clock as nanoseconds since 1970."""
    return lambda: (clock.now() - _EPOCH) // _MICROSECOND * 1_000


def _unlocked(maker: weakref.ref[TimeOrderedIds]) -> Callable[[], None]:
    """A fork may copy the lock while a thread holds it that is not there to release the copy."""

    def renew() -> None:
        if (alive := maker()) is not None:
            alive._lock = Lock()

    return renew
