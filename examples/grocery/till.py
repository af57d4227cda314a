"""What the replay plugs into the shop: the basket's time, the till's prices, the campaigns' households, and cash.

None of it remembers anything that a later run would miss.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import attrs

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import LocationId, MemberId, ProductId, VariantId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import (
    Authorised,
    Capabilities,
    Captured,
    Forged,
    KnownBuyers,
    Offers,
    PaymentGateway,
    PaymentRequest,
    Refunded,
    Shopper,
    Unknown,
    Voided,
    Webhook,
)
from ecomcore.quoting import Buyer, Offer
from grocery.records import Basket, Line

DOLLARS: Final = Currency("USD")
TILL: Final = "till"
"""The channel of what is sold in a store."""


class ReplayClock(Clock):
    """Stands still until it is set, so that everything happens when it really did."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def set(self, at: datetime) -> None:
        self._at = at

    def now(self) -> Instant:
        return self._at


class TillOffers(Offers):
    """Offers what is being rung up, at what the till really took for it. One till serves one basket at a time."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._lines: dict[str, Line] = {}

    def ring_up(self, basket: Basket) -> None:
        self._lines = {line.product: line for line in basket.lines}

    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:  # noqa: ARG002
        return {
            variant: Offer(variant, variant, self._names[variant], price_of(self._lines[variant]), ProductId(variant))
            for variant in variants
            if variant in self._lines
        }


class Households(KnownBuyers):
    """Knows which campaigns each household got: each is a segment."""

    def __init__(self, campaigns: Mapping[str, Collection[int]]) -> None:
        self._segments = {
            Member(MemberId(household)).owner: frozenset(map(segment_of, ids)) for household, ids in campaigns.items()
        }

    def find(self, shopper: Shopper, at: Instant) -> Buyer:
        buyer = super().find(shopper, at)
        return attrs.evolve(buyer, segments=self._segments.get(buyer.id or "", frozenset()))


class Cash(PaymentGateway):
    """Cash is there or it is not: here it always is. Its references follow from the keys, so asking twice is once."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(webhooks=False)

    def authorise(self, request: PaymentRequest) -> Authorised:
        return Authorised(f"counted-{request.payment}")

    def capture(self, request: PaymentRequest) -> Captured:
        return Captured(f"taken-{request.key}")

    def void(self, request: PaymentRequest) -> Voided:
        return Voided(f"kept-{request.key}")

    def refund(self, request: PaymentRequest) -> Refunded:
        return Refunded(f"given-back-{request.key}")

    def status(self, request: PaymentRequest) -> Unknown:  # noqa: ARG002 - whatever is asked
        return Unknown("nobody keeps books of cash")

    def read(self, webhook: Webhook, at: Instant) -> Forged:  # noqa: ARG002 - whatever is sent
        return Forged("cash sends no messages")


def location_of(store: str) -> LocationId:
    """Where the goods of a store lie."""
    return LocationId(f"store-{store}")


def price_of(line: Line) -> Price:
    """The till's price: so much for so many, exact also where it does not divide into whole cents."""
    return Price(Money(line.amount_minor, DOLLARS), per=line.quantity)


def segment_of(campaign: int) -> str:
    """The segment of the households that got a campaign."""
    return f"campaign-{campaign}"
