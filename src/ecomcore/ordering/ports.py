"""What ordering needs from outside: a store of orders, the shop's offers, and somebody who moves the money."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import OrderId, PaymentId, VariantId
from ecomcore.kernel.money import Money
from ecomcore.kernel.work import Repository
from ecomcore.ordering.order import Order
from ecomcore.ordering.values import Offer

__all__ = [
    "ActionRequired",
    "Authorised",
    "Captured",
    "Declined",
    "Offers",
    "Orders",
    "PaymentGateway",
    "PaymentRequest",
    "Refunded",
    "Refusal",
    "Unknown",
    "Voided",
]


class Orders(Repository[Order, OrderId], Protocol):
    """All orders."""

    kind: type[Order] = Order

    @abstractmethod
    def of_buyer(self, buyer: str, before: OrderId | None, limit: int) -> Sequence[Order]:
        """The buyer's orders with an id below ``before``, from the greatest id down."""


class Offers(Protocol):
    """What the shop asks for its variants now, in a channel. The catalogue answers unless the host binds another."""

    @abstractmethod
    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:
        """The offers by variant; what is not for sale is missing."""


@frozen
class PaymentRequest:
    """What a gateway is asked to do.

    ``key`` names the intention: asked again under the same key, the gateway does nothing more and gives the same
    answer. ``reference`` is the provider's name for the authorisation that is captured, voided or refunded; empty
    when authorising. ``token`` names the buyer's means of payment as the provider knows it.
    """

    key: str
    payment: PaymentId
    order: OrderId
    amount: Money
    token: str = field(default="", repr=False)
    reference: str = ""


@frozen
class Authorised:
    """The amount is promised under this reference."""

    reference: str


@frozen
class Declined:
    """No, for this reason."""

    reason: str
    reference: str = ""


@frozen
class ActionRequired:
    """The buyer must do something first, at this address."""

    url: str
    reference: str = ""


@frozen
class Captured:
    """The amount is taken."""

    reference: str


@frozen
class Voided:
    """The promise is let go."""

    reference: str


@frozen
class Refunded:
    """The amount is given back."""

    reference: str


@frozen
class Refusal:
    """The gateway will not do it, for this reason; nothing has changed."""

    reason: str


@frozen
class Unknown:
    """Nobody knows whether it happened; ask again with the same key."""

    detail: str = ""


class PaymentGateway(Protocol):
    """Moves money. "No" is an answer; an outage raises ``PortUnavailable``; each key has at most one effect."""

    @abstractmethod
    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        """Have the amount promised."""

    @abstractmethod
    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        """Take what was promised, or a part of it."""

    @abstractmethod
    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        """Let go what was promised and not taken."""

    @abstractmethod
    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        """Give back what was taken, or a part of it."""
