"""An allowance is a counter with a cap: how often, how many, or how much money. Orders take of it and may give back;
it never holds more than its cap. It is locked while it changes, so two buyers never get the last one.

A counter is named by what it counts, of whom, for which buyer, and in which window of time or currency; its id follows
from that name, so nobody has to look for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import local
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import AllowanceId, CampaignId, CouponId, PromotionId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money
from ecomcore.quoting import Limits, PerPeriod, Recurrence

__all__ = [
    "Allowance",
    "AllowanceKind",
    "Counter",
    "allowance_id",
    "budget",
    "counters",
    "of_coupon",
    "of_promotion",
]


class AllowanceKind(StrEnum):
    """What is counted: orders, units that became cheaper, or minor units of money."""

    USES = "uses"
    USES_PER_BUYER = "uses_per_buyer"
    USES_PER_PERIOD = "uses_per_period"
    UNITS = "units"
    UNITS_PER_BUYER = "units_per_buyer"
    BUDGET = "budget"

    @property
    def counts_units(self) -> bool:
        """Whether units are counted, not orders or money."""
        return self in (AllowanceKind.UNITS, AllowanceKind.UNITS_PER_BUYER)


def allowance_id(kind: AllowanceKind, *names: str) -> AllowanceId:
    """The id of the one allowance with these names."""
    told = "\0".join((kind, *names))
    return AllowanceId("a" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:48])


@frozen
class Counter:
    """What an allowance counts, and how far now. An empty ``buyer`` or ``window`` stands for all of them."""

    kind: AllowanceKind
    subject: str
    buyer: str
    window: str
    cap: int | None

    @property
    def id(self) -> AllowanceId:
        """The id of its allowance."""
        return allowance_id(self.kind, self.subject, self.buyer, self.window)


@frozen(kw_only=True)
class Allowance(Aggregate):
    """``taken`` is a checked running total of what orders hold; ``cap`` is what it may come to."""

    id: AllowanceId
    kind: AllowanceKind
    subject: str
    buyer: str = ""
    window: str = ""
    cap: int | None = None
    taken: int = 0

    @classmethod
    def of(cls, counter: Counter) -> Self:
        """The allowance before anybody took of it."""
        return cls(
            id=counter.id,
            kind=counter.kind,
            subject=counter.subject,
            buyer=counter.buyer,
            window=counter.window,
            cap=counter.cap,
        )

    def capped(self, cap: int | None) -> Self:
        """With another cap, which may be below what is taken: then nobody can take any more until it is not."""
        return self if cap == self.cap else self.having(cap=cap)

    def take(self, count: int) -> Self:
        """So much is taken. Raises ``Conflict`` when it does not fit: whoever counted on it must look again."""
        if self.taken + count > (MAX_MINOR if self.cap is None else self.cap):
            raise Conflict("Allowance", self.id)
        return self.having(taken=self.taken + count)

    def give_back(self, count: int) -> Self:
        """So much is there to be taken again."""
        return self.having(taken=self.taken - count)


def of_promotion(promotion: PromotionId) -> str:
    """The subject of a promotion's allowances."""
    return f"promotion:{promotion}"


def of_coupon(coupon: CouponId) -> str:
    """The subject of a coupon's allowances."""
    return f"coupon:{coupon}"


def budget(campaign: CampaignId, currency: Currency, cap: Money | None = None) -> Counter:
    """The counter of what a campaign spends in a currency."""
    return Counter(AllowanceKind.BUDGET, f"campaign:{campaign}", "", currency, cap.minor if cap else None)


def counters(limits: Limits, subject: str, buyer: str | None, at: Instant) -> Iterator[Counter]:
    """All that limits ask to be counted for this buyer at this moment; all who have no name are one buyer."""
    by = buyer or ""
    if limits.uses is not None:
        yield Counter(AllowanceKind.USES, subject, "", "", limits.uses)
    if limits.uses_per_buyer is not None:
        yield Counter(AllowanceKind.USES_PER_BUYER, subject, by, "", limits.uses_per_buyer)
    if (period := limits.uses_per_period) is not None:
        yield Counter(AllowanceKind.USES_PER_PERIOD, subject, "", _window(period, at), period.uses)
    if limits.units is not None:
        yield Counter(AllowanceKind.UNITS, subject, "", "", limits.units)
    if limits.units_per_buyer is not None:
        yield Counter(AllowanceKind.UNITS_PER_BUYER, subject, by, "", limits.units_per_buyer)


def _window(period: PerPeriod, at: Instant) -> str:
    """The day or month it is in the zone: ``2030-06-12 Europe/Berlin``."""
    day = local(at, period.zone).date().isoformat()
    return f"{day if period.recurrence is Recurrence.DAY else day[:7]} {period.zone}"
