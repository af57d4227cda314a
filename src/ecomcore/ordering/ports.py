"""What ordering needs from outside: a store of orders, the shop's offers and prices. Who moves money: ``gateway``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, DeliveryMethodId, NoticeId, OrderId, PaymentId, SavedMethodId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Repository
from ecomcore.ordering.errors import TaxNotCalculated
from ecomcore.ordering.notices import HeardNotice
from ecomcore.ordering.order import Order, OrderState
from ecomcore.ordering.values import Draw, LedgerEntry, Shopper, ShownPrice, Tender
from ecomcore.quoting import Buyer, Cart, CartLine, Destination, Offer, Quote, TaxAnswer, TaxQuestion

__all__ = [
    "Basket",
    "Baskets",
    "Buyers",
    "CodeAttempts",
    "Credits",
    "Entered",
    "HeardNotices",
    "KnownBuyers",
    "NoVatIds",
    "Offers",
    "OrderFilter",
    "OrderNumbers",
    "Orders",
    "Pricing",
    "SavedMethods",
    "TaxCalculator",
    "VatIds",
    "ZoneTaxes",
]


@frozen
class OrderFilter:
    """What orders are looked for: all that is given must fit. ``since`` and ``until`` are about when they were
    placed.
    """

    number: str | None = None
    buyer: str | None = None
    contact: str | None = None
    state: OrderState | None = None
    since: Instant | None = None
    until: Instant | None = None


@frozen
class Entered:
    """A ledger entry and its order."""

    order: OrderId
    entry: LedgerEntry


@frozen
class Basket:
    """A cart as it is to be ordered: in this ``version``. ``order`` is what it has become, if it has."""

    version: int
    lines: tuple[CartLine, ...]
    coupons: tuple[str, ...] = ()
    delivery: DeliveryMethodId | None = None
    destination: Destination | None = None
    payment: str | None = None
    email: Personal | None = None
    order: OrderId | None = None


class Orders(Repository[Order, OrderId], Protocol):
    """All orders."""

    kind: type[Order] = Order

    @abstractmethod
    def of_buyer(self, buyer: str, before: OrderId | None, limit: int) -> Sequence[Order]:
        """The buyer's orders with an id below ``before``, from the greatest id down."""

    @abstractmethod
    def placed_by(self, buyer: str | None, contact: str | None) -> int:
        """How many orders the buyer, or somebody with this contact, has placed and not cancelled."""

    @abstractmethod
    def search(self, wanted: OrderFilter, before: OrderId | None, limit: int) -> Sequence[Order]:
        """The orders that fit all that is wanted, with an id below ``before``, from the greatest id down."""

    @abstractmethod
    def of_payment(self, payment: PaymentId | None, reference: str) -> Order | None:
        """The order with this payment, or with an authorisation of this reference."""

    @abstractmethod
    def unanswered(self, before: Instant, limit: int) -> Sequence[Order]:
        """Those that have been waiting for a provider's answer since before then (``ask_at``), the longest first."""

    @abstractmethod
    def unpaid(self, now: Instant, limit: int) -> Sequence[Order]:
        """Placed orders whose ``pay_by`` is reached, the earliest first."""

    @abstractmethod
    def entries(
        self, since: Instant, until: Instant, after: tuple[OrderId, int] | None, limit: int
    ) -> Sequence[Entered]:
        """The ledger entries written from ``since`` until before ``until``, by order and number, after this one."""


class HeardNotices(Repository[HeardNotice, NoticeId], Protocol):
    """All notices that were heard from providers."""

    kind: type[HeardNotice] = HeardNotice


class Baskets(Protocol):
    """The carts that orders are made of."""

    @abstractmethod
    def of(self, cart: CartId, owner: str, *, by_staff: bool) -> Basket:
        """What is in the cart. Raises ``NotFound`` for somebody else's."""


class Credits(Protocol):
    """The gift cards, credit and points of the shop's own."""

    @abstractmethod
    def draws(self, tenders: Sequence[Tender], owner: str, wanted: Money, at: Instant) -> Sequence[Draw]:
        """What can be taken, in the order of the tenders and together at most what is wanted; their accounts are
        locked.

        Raises the refusals of the wallet: an unknown gift card, not enough credit.
        """


class SavedMethods(Protocol):
    """The means of payment that members keep with their providers."""

    @abstractmethod
    def of(self, id: SavedMethodId, owner: str) -> tuple[str, str]:
        """The method and the token. Raises ``NotFound`` for somebody else's."""


class OrderNumbers(Protocol):
    """What orders are called by people."""

    @abstractmethod
    def next(self, id: OrderId, channel: str, at: Instant) -> str:
        """The number of a new order, which no other has."""


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
