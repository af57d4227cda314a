"""Aggregates with defaults, so that a test says only what matters to it.

    an_order(lines=[a_line(quantity=3)], state=OrderState.CONFIRMED)

Each is new: never saved, with nothing to tell. Where the events of its life matter, a shop lives it (``a_shop``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from ecomcore.catalog import Category, Product, ProductState, Variant
from ecomcore.inventory import (
    Level,
    Location,
    Movement,
    MovementKind,
    ReceivedLine,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import (
    CategoryId,
    LocationId,
    OrderId,
    PaymentId,
    ProductId,
    PromotionId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.money import Currency, Money, Price, money_sum
from ecomcore.ordering import (
    GATEWAY,
    WHOLE,
    Amendment,
    AmendmentKind,
    Capture,
    EntryKind,
    Hold,
    HoldKind,
    Ledger,
    LedgerEntry,
    Order,
    OrderState,
    ShippedPart,
    Source,
)
from ecomcore.quoting import BASE, Discount, Instalment, QuoteLine, ShippingCharge, TaxAmount
from ecomcore.shipping import Shipment, ShipmentLine, ShipmentState
from ecomcore.testing.clock import NOON

__all__ = [
    "a_category",
    "a_hold",
    "a_line",
    "a_location",
    "a_price",
    "a_product",
    "a_reservation",
    "a_shipment",
    "a_stock_item",
    "a_variant",
    "an_amendment",
    "an_entry",
    "an_order",
    "euros",
]


def euros(minor: int) -> Money:
    """So many cents."""
    return Money(minor, Currency("EUR"))


def a_price(minor: int = 10_00, per: int = 1) -> Price:
    """10.00 EUR for one."""
    return Price(euros(minor), per)


def a_category(id: str = "books", *, name: str = "Books", parent: Category | None = None) -> Category:
    """A category at the root, or below another."""
    return Category(
        id=CategoryId(id),
        name=name,
        above=(parent.id, *parent.above) if parent else (),
    )


def a_variant(id: str = "tea", *, sku: str | None = None, name: str = "", price: Price | None = None) -> Variant:
    """A variant whose SKU follows from its id: ``SKU-tea``."""
    return Variant(VariantId(id), f"SKU-{id}" if sku is None else sku, name, price or a_price())


def a_product(
    id: str = "product",
    *,
    name: str = "Tea",
    category: str | None = None,
    variants: Iterable[Variant] | None = None,
    state: ProductState = ProductState.PUBLISHED,
) -> Product:
    """A product on sale with one variant, ``<id>-1``."""
    return Product(
        id=ProductId(id),
        name=name,
        category=None if category is None else CategoryId(category),
        variants=(a_variant(f"{id}-1"),) if variants is None else tuple(variants),
        state=state,
    )


def a_location(id: str = "main", *, name: str = "Main store", priority: int = 100) -> Location:
    """A place where stock lies."""
    return Location(id=LocationId(id), name=name, priority=priority)


def a_stock_item(
    variant: str = "tea", location: str = "main", *, on_hand: int = 10, reserved: int = 0, at: Instant = NOON
) -> StockItem:
    """Units of a variant at a location; one receipt in its ledger says where they come from."""
    item = StockItem.empty(VariantId(variant), LocationId(location))
    receipt = (Movement(1, MovementKind.RECEIPT, on_hand, on_hand, "first receipt", at),) if on_hand else ()
    return item.having(
        on_hand=on_hand,
        reserved=reserved,
        entries=len(receipt),
        fresh=receipt,
        level=Level.PLENTY if on_hand > reserved else Level.OUT,
        active_at=at if on_hand else None,
    )


def units(quantity: int, variant: str = "tea") -> ReceivedLine:
    """So many plain units that arrive."""
    return ReceivedLine(VariantId(variant), quantity)


def a_reservation(
    source: str = "order",
    *,
    lines: Iterable[ReservedLine] | None = None,
    state: ReservationState = ReservationState.OPEN,
    expires_at: Instant | None = None,
) -> Reservation:
    """One unit of ``tea`` at ``main``, set aside; in another state, with the entries that led there."""
    one = ReservedLine(VariantId("tea"), LocationId("main"), 1)
    reservation = Reservation.open(source, (one,) if lines is None else tuple(lines), expires_at)
    ended = {
        ReservationState.OPEN: lambda: reservation,
        ReservationState.CONSUMED: lambda: reservation.consume("parcel"),
        ReservationState.RELEASED: reservation.release,
        ReservationState.EXPIRED: reservation.expire,
    }
    return ended[state]().having(news=())


def a_line(
    number: int = 1,
    *,
    variant: str = "tea",
    sku: str | None = None,
    name: str = "Tea",
    quantity: int = 1,
    price: Price | None = None,
    total: Money | None = None,
    discounts: Iterable[Discount] = (),
    taxes: Iterable[TaxAmount] = (),
) -> QuoteLine:
    """A line of an order, tax included; its total follows from its price."""
    price = price or a_price()
    listed = price.total(quantity)
    nothing = Money.zero(listed.currency)
    return QuoteLine(
        number,
        VariantId(variant),
        f"SKU-{variant}" if sku is None else sku,
        name,
        quantity,
        price,
        price,
        price,
        BASE,
        listed,
        tuple(discounts),
        True,
        tuple(taxes),
        nothing,
        listed if total is None else total,
    )


def an_amendment(
    number: int = 1,
    kind: AmendmentKind = AmendmentKind.CREDITED,
    *,
    line: int = WHOLE,
    units: int = 0,
    amount: int = -1_00,
    reason: str = "scratched",
    by: str = "staff:sam",
    at: Instant = NOON,
    taxes: Iterable[TaxAmount] = (),
) -> Amendment:
    """Staff have credited 1.00 EUR for the order as a whole."""
    return Amendment(number, kind, line, units, euros(amount), reason, by, at, tuple(taxes))


def a_hold(
    kind: HoldKind = HoldKind.MANUAL, *, reason: str = "wait", by: str = "staff:sam", at: Instant = NOON
) -> Hold:
    """Staff keep it here."""
    return Hold(kind, reason, by, at)


def an_entry(
    number: int = 1,
    kind: EntryKind = EntryKind.INTENDED,
    payment: str = "pay",
    minor: int = 10_00,
    at: Instant = NOON,
    *,
    reference: str | None = None,
    method: str = GATEWAY,
) -> LedgerEntry:
    """10.00 EUR are asked for; each fact of a payment has a reference of its own."""
    name = f"{kind}-{payment}" if reference is None else reference
    return LedgerEntry(number, kind, PaymentId(payment), euros(minor), name, at, method)


def an_order(
    id: str = "order",
    *,
    buyer: str = "member:ada",
    channel: str = "default",
    lines: Sequence[QuoteLine] | None = None,
    total: Money | None = None,
    capture: Capture = Capture.AT_SHIPPING,
    location: str | None = None,
    placed_at: Instant = NOON,
    state: OrderState = OrderState.PLACED,
    payments: Iterable[LedgerEntry] = (),
    shipping: ShippingCharge | None = None,
    instalments: tuple[Instalment, ...] = (),
    contact: str | None = None,
    waits_for: Iterable[str] = (),
    number: str | None = None,
    amendments: Iterable[Amendment] = (),
    sources: Iterable[Source] = (),
    shipped: Iterable[ShippedPart] = (),
    holds: Iterable[Hold] = (),
    pay_by: Instant | None = None,
    ask_at: Instant | None = None,
    **others: Any,
) -> Order:
    """A placed order of one line; its total is the sum of its lines, and of what was changed about it.

    It is to be paid in half an hour while it is placed. ``others`` are fields of an order that few tests care for.
    """
    lines = (a_line(),) if lines is None else tuple(lines)
    changes = tuple(amendments)
    currency = lines[0].total.currency if lines else Currency("EUR")
    changed = (each.amount for each in changes if each.kind is not AmendmentKind.ADDED)
    if pay_by is None and state is OrderState.PLACED:
        pay_by = placed_at + timedelta(minutes=30)
    return Order(
        id=OrderId(id),
        buyer=buyer,
        channel=channel,
        lines=lines,
        total=money_sum((*(line.total for line in lines), *changed), currency) if total is None else total,
        capture=capture,
        location=None if location is None else LocationId(location),
        placed_at=placed_at,
        pay_by=pay_by,
        ask_at=ask_at,
        number=id if number is None else number,
        state=state,
        ledger=Ledger(currency, tuple(payments)),
        shipping=shipping,
        instalments=instalments,
        contact=contact,
        waits_for=tuple(PromotionId(each) for each in waits_for),
        amendments=changes,
        sources=tuple(sources),
        shipped=tuple(shipped),
        holds=tuple(holds),
        **others,
    )


def a_shipment(
    id: str = "shipment",
    *,
    order: str = "order",
    lines: Iterable[ShipmentLine] | None = None,
    state: ShipmentState = ShipmentState.PREPARED,
    tracking: str = "",
    location: str | None = None,
    seller: str | None = None,
) -> Shipment:
    """One unit of ``tea``, to be packed."""
    one = ShipmentLine(VariantId("tea"), 1)
    return Shipment(
        id=ShipmentId(id),
        order=OrderId(order),
        lines=(one,) if lines is None else tuple(lines),
        state=state,
        tracking=tracking,
        location=None if location is None else LocationId(location),
        seller=seller,
    )
