"""Hypothesis strategies for the values and aggregates of the shop, out to their limits.

Strategies of things that need ids of their own take a ``prefix`` for them, so that one store can hold many examples.
"""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.catalog import Category, Product, ProductState, Variant
from ecomcore.inventory import (
    Location,
    Movement,
    MovementKind,
    Reservation,
    ReservationState,
    ReservedLine,
    StockItem,
    StockLine,
    stock_item_id,
)
from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.ids import (
    CategoryId,
    CouponId,
    DeliveryMethodId,
    LocationId,
    OrderId,
    PaymentId,
    ProductId,
    PromotionId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import LONGEST_ID
from ecomcore.ordering import Capture, EntryKind, Ledger, LedgerEntry, Order, OrderState
from ecomcore.quoting import Discount, Instalment, Lane, QuoteLine, ShippingCharge, TaxAmount
from ecomcore.shipping import Shipment, ShipmentLine, ShipmentState

__all__ = [
    "ODD_TEXTS",
    "amounts",
    "categories",
    "currencies",
    "ids",
    "instants",
    "locations",
    "money",
    "orders",
    "percentages",
    "prices",
    "products",
    "quantities",
    "reservations",
    "shipments",
    "stock_items",
    "texts",
]

ODD_TEXTS: Final = (
    "O'Neill \"&\" <Söhne>; -- %s %% \\n \\' {0} $1 :name ?",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u200fabc",  # right to left
    "e\u0301 is not \u00e9",  # combining: must not be normalised
    "\U0001f469\u200d\U0001f4bb\U0001f1e9\U0001f1ea \U00020000",  # beyond the basic plane
    "  spaces before and after  ",
    "\u00a0\u3000\u200b\ufeff!",  # unusual spaces
    "NULL",
    "\U0001f600" * 200,
    "\ufffd\uffff\U0010ffff",
)
"""Texts that have broken stores before."""

_ID_ALPHABET: Final = string.ascii_letters + string.digits + "._:@/+-"
_ZONES: Final = tuple(timezone(timedelta(minutes=minutes)) for minutes in (-11 * 60, -210, 0, 60, 345, 14 * 60))


def currencies() -> SearchStrategy[Currency]:
    """Currencies, each number of decimals as likely as the others."""
    by_decimals = [
        [code for code, places in EXPONENTS.items() if places == wanted] for wanted in set(EXPONENTS.values())
    ]
    return st.one_of([st.sampled_from(codes) for codes in by_decimals]).map(Currency)


def amounts(least: int = 0, most: int = MAX_MINOR) -> SearchStrategy[int]:
    """Minor units, often at a limit and often where a float would lose count."""
    edges = [edge for edge in (0, 1, 99, 2**31, 2**53 + 1, 10**17 + 1, -MAX_MINOR, MAX_MINOR) if least <= edge <= most]
    return st.sampled_from([*edges, least, most]) | st.integers(least, most)


def money(least: int = 0, most: int = MAX_MINOR, currency: Currency | None = None) -> SearchStrategy[Money]:
    """Amounts of any currency, or of this one."""
    return st.builds(Money, amounts(least, most), currencies() if currency is None else st.just(currency))


def quantities(most: int = MAX_QUANTITY) -> SearchStrategy[int]:
    """Units, from one up."""
    return st.sampled_from([1, most]) | st.integers(1, most)


def percentages() -> SearchStrategy[Percent]:
    """Shares from 0 to 100 %."""
    return st.builds(Percent, st.integers(0, 1_000_000))


def prices(most: int = MAX_MINOR, currency: Currency | None = None) -> SearchStrategy[Price]:
    """Prices per one unit and per many."""
    return st.builds(Price, money(0, most, currency), quantities())


def texts(longest: int = 200, *, empty: bool = False) -> SearchStrategy[str]:
    """What the shop accepts as text on one line: anything but control characters and lone surrogates."""
    anything = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=longest)
    drawn = st.sampled_from([text[:longest] for text in ODD_TEXTS]) | anything
    return (drawn | st.just("")) if empty else drawn.filter(lambda text: bool(text.strip()))


def instants() -> SearchStrategy[Instant]:
    """Moments from 1970 to the end of 9999, to the microsecond, given in many zones and normalised to UTC."""
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    anywhere = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from(_ZONES))  # noqa: DTZ001
    return st.sampled_from([first, last]) | anywhere.map(lambda at: utc(at.replace(fold=0)))


def ids(prefix: str = "", longest: int = LONGEST_ID) -> SearchStrategy[str]:
    """Ids from the whole alphabet, up to the longest."""
    room = longest - len(prefix)
    longest_one = st.sampled_from(_ID_ALPHABET).map(lambda letter: letter * room)
    return (st.text(_ID_ALPHABET, min_size=1, max_size=room) | longest_one).map(lambda tail: prefix + tail)


def categories(prefix: str = "") -> SearchStrategy[Category]:
    """Categories at the root."""
    return st.builds(Category, id=ids(prefix).map(CategoryId), name=texts(), above=st.just(()))


@st.composite
def products(draw: st.DrawFn, prefix: str = "", category: CategoryId | None = None) -> Product:
    """Products with none to six variants."""
    names = draw(st.lists(ids(prefix), max_size=6, unique=True))
    skus = draw(st.lists(ids(prefix), min_size=len(names), max_size=len(names), unique=True))
    variants = [
        Variant(VariantId(name), sku, draw(texts(empty=True)), draw(prices()))
        for name, sku in zip(names, skus, strict=True)
    ]
    return Product(
        id=ProductId(draw(ids(prefix))),
        name=draw(texts()),
        category=category,
        variants=tuple(variants),
        state=draw(st.sampled_from(ProductState)),
    )


def locations(prefix: str = "") -> SearchStrategy[Location]:
    """Locations of any priority."""
    return st.builds(Location, id=ids(prefix).map(LocationId), name=texts(), priority=st.integers(0, 1_000_000))


@st.composite
def stock_items(draw: st.DrawFn, location: LocationId, prefix: str = "") -> StockItem:
    """Stock at this location, with a ledger of up to six entries that its totals follow from."""
    variant = VariantId(draw(ids(prefix)))
    entries: list[Movement] = []
    on_hand = 0
    for number in range(1, draw(st.integers(0, 6)) + 1):
        kind = draw(st.sampled_from(MovementKind)) if on_hand else MovementKind.RECEIPT
        most = on_hand if kind is MovementKind.SALE else MAX_QUANTITY - on_hand
        if not most:
            break
        units = draw(quantities(most))
        quantity = -units if kind is MovementKind.SALE else units
        on_hand += quantity
        reference = f"{prefix}{number} {draw(texts(100))}"  # one sale for each reference
        entries.append(Movement(number, kind, quantity, on_hand, reference, draw(instants())))
    return StockItem(
        id=stock_item_id(variant, location),
        variant=variant,
        location=location,
        on_hand=on_hand,
        reserved=draw(st.integers(0, on_hand)),
        entries=len(entries),
        fresh=tuple(entries),
    )


@st.composite
def reservations(draw: st.DrawFn, item: StockItem, prefix: str = "") -> Reservation:
    """Reservations of units of this stock item: some have left, some were given back, and it may have ended."""

    def so_many(units: int) -> tuple[ReservedLine, ...]:
        return (ReservedLine(item.variant, item.location, units),)

    first, more = draw(quantities()), draw(st.integers(0, MAX_QUANTITY))
    gone = draw(st.integers(0, first - 1))
    back = draw(st.integers(0, first - 1 - gone))
    reservation = Reservation.open(draw(ids(prefix)), so_many(first), draw(st.none() | instants()))
    if gone:
        reservation = reservation.consume(draw(ids()), so_many(gone))
    if more:
        reservation = reservation.reserve_more(so_many(more))
    if back:
        reservation = reservation.release_part((StockLine(item.variant, back),))
    end = draw(st.sampled_from(ReservationState))
    if end is ReservationState.CONSUMED:
        reservation = reservation.consume(draw(ids("end-")))
    elif end is ReservationState.RELEASED:
        reservation = reservation.release()
    elif end is ReservationState.EXPIRED:
        reservation = reservation.expire()
    return reservation.having(news=())


@st.composite
def _lines(draw: st.DrawFn, number: int, currency: Currency) -> QuoteLine:
    price = draw(prices(currency=currency))
    amount = money(currency=currency)
    return QuoteLine(
        number,
        VariantId(draw(ids())),
        draw(ids()),
        draw(texts(401)),
        draw(quantities()),
        price,
        draw(prices(currency=currency)),
        Price(draw(amount), price.per),
        draw(ids()),
        draw(amount),
        draw(st.lists(_discounts(currency), max_size=2).map(tuple)),
        draw(st.booleans()),
        draw(st.lists(_taxes(currency), max_size=2).map(tuple)),
        draw(amount),
        draw(amount),
        draw(st.none() | ids().map(PromotionId)),
    )


def _discounts(currency: Currency) -> SearchStrategy[Discount]:
    amount = money(currency=currency)
    return st.builds(
        Discount,
        promotion=ids().map(PromotionId),
        name=texts(200),
        lane=st.sampled_from(Lane),
        base=amount,
        amount=amount,
        percent=st.none() | percentages(),
        whole=st.none() | amount,
        coupon=st.none() | ids().map(CouponId),
    )


def _taxes(currency: Currency) -> SearchStrategy[TaxAmount]:
    amount = money(currency=currency)
    return st.builds(TaxAmount, texts(100), percentages(), amount, amount)


def _shipping(currency: Currency) -> SearchStrategy[ShippingCharge]:
    amount = money(currency=currency)
    return st.builds(
        ShippingCharge,
        ids().map(DeliveryMethodId),
        texts(200),
        amount,
        st.lists(_discounts(currency), max_size=2).map(tuple),
        st.booleans(),
        st.lists(_taxes(currency), max_size=2).map(tuple),
        amount,
        amount,
    )


def _instalments(currency: Currency) -> SearchStrategy[Instalment]:
    return st.builds(Instalment, money(currency=currency), st.none() | instants(), st.none() | instants())


@st.composite
def orders(draw: st.DrawFn, prefix: str = "", location: LocationId | None = None) -> Order:
    """Orders of up to five lines and eight facts about payments, in one currency; the sums need not make sense."""
    currency = draw(currencies())
    lines = tuple(draw(_lines(number, currency)) for number in range(1, draw(st.integers(0, 5)) + 1))
    entries = tuple(
        LedgerEntry(
            number,
            draw(st.sampled_from(EntryKind)),
            PaymentId(draw(ids())),
            draw(money(currency=currency)),
            f"{number} {draw(texts(150))}",
            draw(instants()),
        )
        for number in range(1, draw(st.integers(0, 8)) + 1)
    )
    id_ = OrderId(draw(ids(prefix)))
    return Order(
        id=id_,
        number=id_,
        pay_by=draw(instants()),
        buyer=f"member:{draw(ids())}",
        channel=draw(ids()),
        lines=lines,
        total=draw(money(currency=currency)),
        capture=draw(st.sampled_from(Capture)),
        location=location,
        placed_at=draw(instants()),
        state=draw(st.sampled_from(OrderState)),
        ledger=Ledger(currency, entries),
        shipping=draw(st.none() | _shipping(currency)),
        instalments=draw(st.lists(_instalments(currency), max_size=2).map(tuple)),
        earns=draw(st.integers(1, 100)),
        contact=draw(st.none() | ids()),
        redeems=draw(st.booleans()),
        waits_for=draw(st.lists(ids().map(PromotionId), max_size=2).map(tuple)),
    )


@st.composite
def shipments(draw: st.DrawFn, order: OrderId, prefix: str = "") -> Shipment:
    """Shipments of this order."""
    lines = [ShipmentLine(VariantId(draw(ids())), draw(quantities())) for _ in range(draw(st.integers(1, 5)))]
    return Shipment(
        id=ShipmentId(draw(ids(prefix))),
        order=order,
        lines=tuple(lines),
        state=draw(st.sampled_from(ShipmentState)),
        tracking=draw(texts(100, empty=True)),
        seller=draw(st.none() | ids()),
    )
