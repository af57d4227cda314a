"""What the replay plugs into the shop: the time of the basket, the prices of the till, and cash.

None of it remembers anything that a later run would miss.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import Authorised, Captured, Offer, Offers, PaymentGateway, PaymentRequest, Refunded, Voided
from grocery.records import Basket, Line

DOLLARS: Final = Currency("USD")


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
            variant: Offer(variant, variant, self._names[variant], price_of(self._lines[variant]))
            for variant in variants
            if variant in self._lines
        }


class Cash(PaymentGateway):
    """Cash is there or it is not: here it always is. Its references follow from the keys, so asking twice is once."""

    def authorise(self, request: PaymentRequest) -> Authorised:
        return Authorised(f"counted-{request.payment}")

    def capture(self, request: PaymentRequest) -> Captured:
        return Captured(f"taken-{request.key}")

    def void(self, request: PaymentRequest) -> Voided:
        return Voided(f"kept-{request.key}")

    def refund(self, request: PaymentRequest) -> Refunded:
        return Refunded(f"given-back-{request.key}")


def price_of(line: Line) -> Price:
    """The till's price: so much for so many, exact also where it does not divide into whole cents."""
    return Price(Money(line.amount_minor, DOLLARS), per=line.quantity)
