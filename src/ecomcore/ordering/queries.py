"""What ordering can be asked to show."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant, an_instant, an_optional_instant
from ecomcore.kernel.ids import CartId, DeliveryMethodId, LocationId, MemberId, NoticeId, OrderId, PaymentId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency, Money, currency
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import (
    Personal,
    a_list_of,
    a_text,
    an_id,
    an_id_list,
    an_optional_id,
    as_tuple,
    hidden,
    instance_of,
    optional,
)
from ecomcore.ordering.amendments import Amendment
from ecomcore.ordering.fulfilment import FulfilmentGroup, HoldKind, ShippedPart
from ecomcore.ordering.gateway import FactKind
from ecomcore.ordering.life import OrderState
from ecomcore.ordering.payout_file import PayoutColumns, a_payout_file
from ecomcore.ordering.settlement import PayoutReport
from ecomcore.ordering.values import GATEWAY, LedgerEntry, LineChange, ShownPrice, WebhookOutcome
from ecomcore.quoting import (
    MOST_LINES,
    CartLine,
    Destination,
    Instalment,
    Quote,
    QuoteLine,
    ShippingCharge,
    coupon_codes,
)

__all__ = [
    "ComparePayout",
    "EditPreview",
    "GetLinkedOrder",
    "GetOrder",
    "GetTimeline",
    "LinesToReorder",
    "LinkedOrder",
    "ListHeardNotices",
    "ListOrders",
    "NoticeView",
    "OrderView",
    "PreviewEdit",
    "QuoteCart",
    "QuoteCartAt",
    "SearchOrders",
    "ShowPrices",
    "TimelineEntry",
]


MOST_SHOWN = 200
"""Variants whose prices are shown at once."""


def _some_variants(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(str, MOST_SHOWN)(instance, attribute, value)
    an_id_list(instance, attribute, value)


@frozen
class OrderView:
    """An order as its buyer and staff see it; the buyer without who of the shop changed it and why.

    ``authorised``, ``captured`` and ``refunded`` are sums of ``payments``; ``due`` is what nothing covers yet.
    ``lines`` are as they were bought, ``amendments`` what was changed since; ``units`` of each variant are still
    bought. ``earns``: how many times the points it earns. ``holds``: what keeps its goods here.
    """

    id: OrderId
    number: str
    buyer: str
    channel: str
    state: OrderState
    lines: tuple[QuoteLine, ...]
    shipping: ShippingCharge | None
    total: Money
    due: Money
    authorised: Money
    captured: Money
    refunded: Money
    placed_at: Instant
    payments: tuple[LedgerEntry, ...]
    instalments: tuple[Instalment, ...] = ()
    earns: int = 1
    amendments: tuple[Amendment, ...] = ()
    units: tuple[CartLine, ...] = ()
    shipped: tuple[ShippedPart, ...] = ()
    groups: tuple[FulfilmentGroup, ...] = ()
    holds: tuple[HoldKind, ...] = ()
    pay_by: Instant | None = None
    ship_to: Address | None = None
    bill_to: Address | None = None
    terms: str | None = None
    cart: CartId | None = None


@frozen
class LinkedOrder:
    """What whoever has a payment link sees: what is to be paid, and nothing about who bought."""

    id: OrderId
    number: str
    total: Money
    due: Money
    until: Instant


@frozen
class EditPreview:
    """What an edit would make of an order. ``difference`` is to be paid, or (negative) goes back."""

    before: Money
    after: Money
    difference: Money
    tax: Money
    lines: tuple[QuoteLine, ...]
    amendments: tuple[Amendment, ...]


@frozen
class TimelineEntry:
    """Something that happened with an order: what, when, by whom, and its details as text.

    ``by`` names on whose request: a member, a guest (by a hash of their token), staff, or the shop itself (``system``).
    """

    sequence: int
    at: Instant
    what: str
    by: str
    details: tuple[tuple[str, str], ...]


@frozen
class NoticeView:
    """A notice of a provider, and what became of it. ``order`` is nothing where the payment is unknown; ``reason`` says
    what did not fit.
    """

    id: NoticeId
    method: str
    name: str
    kind: FactKind
    payment: PaymentId | None
    order: OrderId | None
    amount: Money
    reference: str
    outcome: WebhookOutcome
    reason: str
    heard_at: Instant


@frozen
class QuoteCart(Query[Quote]):
    """What this cart costs now, and why. Without lines it costs nothing.

    Raises ``NotForSale``, ``PriceMissing``, ``NotDelivered``, ``OrderTooLarge``. Codes that give nothing refuse
    nothing: the quote says what became of each.
    """

    permission = Permission("ordering.quote", Who.ANYONE)
    lines: tuple[CartLine, ...] = field(converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))
    currency: Currency = field(converter=currency)
    coupons: tuple[str, ...] = field(default=(), converter=as_tuple, repr=False, validator=hidden(coupon_codes))
    delivery: DeliveryMethodId | None = field(default=None, validator=an_optional_id)
    destination: Destination | None = field(default=None, validator=optional(instance_of(Destination)))
    payment: str | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=optional(instance_of(Personal)))
    vat_id: str | None = field(default=None, repr=False, validator=optional(a_text(30)))
    location: LocationId | None = field(default=None, validator=an_optional_id)


@frozen
class QuoteCartAt(Query[Quote]):
    """What a cart would cost, or did cost, at another moment: "what will this be on Singles' Day?"

    By the rules as they were or are planned; limits, tax zones and delivery methods are those of now, tax rates those
    of then. Staff name the ``member`` as whom they ask.
    """

    permission = Permission("ordering.quote_at", Who.STAFF)
    cart: QuoteCart = field(validator=instance_of(QuoteCart))
    at: Instant = field(validator=an_instant)
    member: MemberId | None = field(default=None, validator=an_optional_id)


@frozen
class ShowPrices(Query[tuple[ShownPrice, ...]]):
    """What these variants are shown at, in their order; what is not for sale, or not in the currency, is missing."""

    permission = Permission("ordering.quote", Who.ANYONE)
    variants: tuple[VariantId, ...] = field(converter=as_tuple, validator=_some_variants)
    currency: Currency = field(converter=currency)


@frozen
class GetOrder(Query[OrderView]):
    """One order. Somebody else's is not found."""

    permission = Permission("ordering.view_order", Who.OWNER)
    order: OrderId = field(validator=an_id)


@frozen
class GetLinkedOrder(Query[LinkedOrder]):
    """What a payment link is about. A wrong secret, an old link and no order are answered alike."""

    permission = Permission("ordering.pay_by_link", Who.ANYONE)
    order: OrderId = field(validator=an_id)
    secret: str = field(repr=False, validator=hidden(a_text(200, empty=True)))


@frozen
class ListOrders(Query[tuple[OrderView, ...]]):
    """A buyer's orders, latest first, in one ``state`` only if it is named; page on with the last id. Staff name the
    ``member``.
    """

    permission = Permission("ordering.list_orders", Who.OWNER)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    before: OrderId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
    state: OrderState | None = field(default=None, validator=optional(instance_of(OrderState)))


@frozen
class SearchOrders(Query[tuple[OrderView, ...]]):
    """Orders that fit all that is named, latest first; page on with the last id. Guests are found by their
    ``email``.
    """

    permission = Permission("ordering.search", Who.STAFF)
    number: str | None = field(default=None, validator=optional(a_text(100)))
    member: MemberId | None = field(default=None, validator=an_optional_id)
    email: Personal | None = field(default=None, validator=optional(instance_of(Personal)))
    state: OrderState | None = field(default=None, validator=optional(instance_of(OrderState)))
    since: Instant | None = field(default=None, validator=an_optional_instant)
    until: Instant | None = field(default=None, validator=an_optional_instant)
    before: OrderId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class PreviewEdit(Query[EditPreview]):
    """What ``EditOrder`` would do, without doing it. Stock is not looked at. Refuses as the command does."""

    permission = Permission("ordering.edit_order", Who.STAFF)
    order: OrderId = field(validator=an_id)
    changes: tuple[LineChange, ...] = field(
        default=(), converter=as_tuple, validator=a_list_of(LineChange, MOST_LINES, 0)
    )
    add: tuple[CartLine, ...] = field(default=(), converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))


@frozen
class GetTimeline(Query[tuple[TimelineEntry, ...]]):
    """Everything that happened with an order, with who and why, oldest first; page on with the last sequence."""

    permission = Permission("ordering.view_timeline", Who.STAFF)
    order: OrderId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class LinesToReorder(Query[tuple[CartLine, ...]]):
    """What of an order can be bought again: the units of what is for sale now, as lines for a cart."""

    permission = Permission("ordering.view_order", Who.OWNER)
    order: OrderId = field(validator=an_id)


@frozen
class ListHeardNotices(Query[tuple[NoticeView, ...]]):
    """What providers told by webhook, and what became of it; page on with the last id."""

    permission = Permission("ordering.view_notices", Who.STAFF)
    after: NoticeId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ComparePayout(Query[PayoutReport]):
    """Whether a provider's report of a period, as CSV with a header, is what the ledgers say was moved by its method.

    ``until`` is not in the period. With ``fees=False`` fees are added up and not compared: the provider tells them in
    its report only. Raises ``Invalid`` for a file without the columns; a bad row is one of the differences.
    """

    permission = Permission("ordering.settle", Who.STAFF)
    csv: str = field(repr=False, validator=a_payout_file)
    since: Instant = field(validator=an_instant)
    until: Instant = field(validator=an_instant)
    method: str = field(default=GATEWAY, validator=a_text(empty=True))
    columns: PayoutColumns = field(factory=PayoutColumns, validator=instance_of(PayoutColumns))
    fees: bool = field(default=True, validator=instance_of(bool))
