"""What ordering can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency, Money, currency
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import a_list_of, an_id, an_optional_id, as_tuple
from ecomcore.ordering.commands import MOST_LINES
from ecomcore.ordering.order import OrderState
from ecomcore.ordering.values import CartLine, LedgerEntry, OrderLine, Quote

__all__ = ["GetOrder", "ListOrders", "OrderView", "QuoteCart"]


@frozen
class OrderView:
    """An order as its buyer and staff see it.

    ``authorised``, ``captured`` and ``refunded`` are sums of ``payments``; ``due`` is what nothing covers yet.
    """

    id: OrderId
    buyer: str
    channel: str
    state: OrderState
    lines: tuple[OrderLine, ...]
    total: Money
    due: Money
    authorised: Money
    captured: Money
    refunded: Money
    placed_at: Instant
    payments: tuple[LedgerEntry, ...]


@frozen
class QuoteCart(Query[Quote]):
    """What this cart costs now. Raises ``NotForSale`` and ``PriceMissing``; without lines it costs nothing."""

    permission = Permission("ordering.quote", Who.ANYONE)
    lines: tuple[CartLine, ...] = field(converter=as_tuple, validator=a_list_of(CartLine, MOST_LINES, 0))
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
