"""What ordering can be asked to show."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, an_instant
from ecomcore.kernel.ids import DeliveryMethodId, LocationId, MemberId, OrderId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency, Money, currency
from ecomcore.kernel.quantity import a_page
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
from ecomcore.ordering.order import OrderState
from ecomcore.ordering.values import LedgerEntry, ShownPrice
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

__all__ = ["GetOrder", "ListOrders", "OrderView", "QuoteCart", "QuoteCartAt", "ShowPrices"]


MOST_SHOWN = 200
"""Variants whose prices are shown at once."""


def _some_variants(instance: object, attribute: Attribute[Any], value: Any) -> None:
    a_list_of(str, MOST_SHOWN)(instance, attribute, value)
    an_id_list(instance, attribute, value)


@frozen
class OrderView:
    """An order as its buyer and staff see it.

    ``authorised``, ``captured`` and ``refunded`` are sums of ``payments``; ``due`` is what nothing covers yet.
    ``earns``: how many times the points it earns.
    """

    id: OrderId
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
class ListOrders(Query[tuple[OrderView, ...]]):
    """A buyer's orders, latest first; page on with the last id. Staff name the ``member``."""

    permission = Permission("ordering.list_orders", Who.OWNER)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    before: OrderId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)
