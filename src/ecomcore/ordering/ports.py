"""What ordering needs from outside: a store of orders, the shop's offers, and somebody who moves the money."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import OrderId, PaymentId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.work import Repository
from ecomcore.ordering.errors import TaxNotCalculated
from ecomcore.ordering.order import Order
from ecomcore.ordering.values import Shopper, ShownPrice
from ecomcore.quoting import Buyer, Cart, Offer, Quote, TaxAnswer, TaxQuestion

__all__ = [
    "ActionRequired",
    "Authorised",
    "Buyers",
    "Captured",
    "CodeAttempts",
    "Declined",
    "KnownBuyers",
    "NoVatIds",
    "Offers",
    "Orders",
    "PaymentGateway",
    "PaymentRequest",
    "Pricing",
    "Refunded",
    "Refusal",
    "TaxCalculator",
    "Unknown",
    "VatIds",
    "Voided",
    "ZoneTaxes",
]


class Orders(Repository[Order, OrderId], Protocol):
    """All orders."""

    kind: type[Order] = Order

    @abstractmethod
    def of_buyer(self, buyer: str, before: OrderId | None, limit: int) -> Sequence[Order]:
        """The buyer's orders with an id below ``before``, from the greatest id down."""

    @abstractmethod
    def placed_by(self, buyer: str | None, contact: str | None) -> int:
        """How many orders the buyer, or somebody with this contact, has placed and not cancelled."""


class Offers(Protocol):
    """What the shop sells, in a channel, and its base prices. The catalogue answers unless the host binds another."""

    @abstractmethod
    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:
        """The offers by variant; what is not for sale is missing."""


class Pricing(Protocol):
    """What carts cost. The shop's own engine answers unless the host binds another."""

    @abstractmethod
    def quote(self, cart: Cart, shopper: Shopper, at: Instant, *, placing: bool = False) -> Quote:
        """What the cart costs at a moment; ``placing``: to be ordered at once.

        Raises ``NotForSale``, ``PriceMissing``, ``NotDelivered``, ``OrderTooLarge``.
        """

    @abstractmethod
    def shown(
        self, variants: Collection[VariantId], currency: Currency, shopper: Shopper, at: Instant
    ) -> Mapping[VariantId, ShownPrice]:
        """The prices as they are shown; what has none in the currency is missing."""


class Buyers(Protocol):
    """What the host knows of its buyers: groups, tier, segments, company. Asked once for each quote."""

    @abstractmethod
    def find(self, shopper: Shopper, at: Instant) -> Buyer:
        """The buyer. How many orders they have placed, and whether their VAT id is valid, the shop finds out itself."""


class KnownBuyers(Buyers):
    """Knows members from guests, and nothing else: what a shop has until the host binds more."""

    def find(self, shopper: Shopper, at: Instant) -> Buyer:  # noqa: ARG002
        owner = shopper.owner or ""
        return Buyer(id=shopper.buyer, registered=owner.startswith("member:"))


class VatIds(Protocol):
    """Tells whether a VAT id is valid. Asked while a quote is made: it must answer from what it has at hand."""

    @abstractmethod
    def is_valid(self, vat_id: str) -> bool:
        """Whether the id exists, as far as this validator looks."""


class NoVatIds(VatIds):
    """Finds no VAT id valid: everybody is a consumer until the host binds a validator."""

    def is_valid(self, vat_id: str) -> bool:  # noqa: ARG002
        return False


class TaxCalculator(Protocol):
    """Computes tax. The shop's own zones and rates do, unless the host binds an engine of somebody else.

    Asked while a quote is made. With ``placing`` an order is being placed, a unit of work is open and others may wait:
    the answer must then be at hand. Raises ``TaxNotCalculated`` where it is not: a quote must be asked for first.
    """

    @abstractmethod
    def calculate(self, question: TaxQuestion, *, placing: bool) -> TaxAnswer:
        """The taxes of each line of the question. Raises ``PortUnavailable`` and ``TaxNotCalculated``."""


class ZoneTaxes(TaxCalculator):
    """Stands for the shop's own zones and rates, which the engine knows: it is never asked."""

    def calculate(self, question: TaxQuestion, *, placing: bool) -> TaxAnswer:  # noqa: ARG002
        raise TaxNotCalculated


class CodeAttempts(Protocol):
    """Is told of every question with coupon codes, so that nobody can try codes without end."""

    @abstractmethod
    def tried(self, shopper: Shopper, unknown: Sequence[str], at: Instant) -> None:
        """These of the codes were unknown. May raise ``TooManyAttempts``; told before the answer is given."""


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
