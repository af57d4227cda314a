"""Hypothesis strategies for the stock: whatever a location, an item, a reservation or a closed month can be."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.inventory import (
    BackOrders,
    Beyond,
    Condition,
    Grade,
    Level,
    Location,
    LocationKind,
    Lot,
    MonthLine,
    Movement,
    MovementKind,
    PreOrders,
    Purpose,
    Reservation,
    ReservedLine,
    StockItem,
    StockMonth,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.ids import LocationId, StockMonthId, VariantId
from ecomcore.kernel.place import Place
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing.plain_strategies import ids, instants, money, quantities, texts

__all__ = ["beyond", "locations", "lots", "months", "movements", "places", "reservations", "stock_items"]

_ADDING = (MovementKind.RECEIPT, MovementKind.RETURN, MovementKind.TRANSFER_IN)
_TAKING = (MovementKind.SALE, MovementKind.WRITE_OFF, MovementKind.TRANSFER_OUT)


@st.composite
def places(draw: st.DrawFn) -> Place:
    """Places with and without a region, a postcode, and coordinates as exact as a float is."""
    here = draw(st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
    return Place(
        draw(st.sampled_from(("DE", "US", "ZA"))),
        draw(st.none() | texts(100)),
        draw(st.none() | texts(20)),
        *(here or (None, None)),
    )


def locations(prefix: str = "") -> SearchStrategy[Location]:
    """Locations of every kind, anywhere."""
    return st.builds(
        Location,
        id=ids(prefix).map(LocationId),
        name=texts(),
        priority=st.integers(0, 1_000_000),
        kind=st.sampled_from(LocationKind),
        place=st.none() | places(),
        ships=st.booleans(),
        collects=st.booleans(),
        parcel_cost=st.none() | money(),
    )


def beyond() -> SearchStrategy[Beyond | None]:
    """Nothing, back-orders with and without a number of days, or pre-orders."""
    return st.one_of(
        st.none(),
        st.builds(BackOrders, quantities(), st.none() | st.integers(0, 1_000)),
        st.builds(PreOrders, quantities(), instants()),
    )


@st.composite
def movements(draw: st.DrawFn, number: int, kind: MovementKind, quantity: int, balance: int, prefix: str) -> Movement:
    """An entry of this kind: by anybody, for any reason, of any lot."""
    return Movement(
        number,
        kind,
        quantity,
        balance,
        f"{prefix}{number} {draw(texts(100))}",  # one sale for each reference
        draw(instants()),
        Condition.GOOD,
        draw(st.just("") | ids("lot-")),
        draw(texts(100, empty=True)),
        draw(texts(100, empty=True)),
    )


@st.composite
def lots(draw: st.DrawFn, on_hand: int, prefix: str) -> tuple[Lot, ...]:
    """Lots whose units are what is on hand, some of them empty."""
    found: list[Lot] = []
    rest = on_hand
    for code in draw(st.lists(ids(prefix), min_size=1, max_size=4, unique=True)):
        units = draw(st.integers(0, rest))
        rest -= units
        end, owner = draw(st.none() | instants()), draw(st.none() | ids())
        found.append(Lot(code, units, end, owner, draw(instants()), warned=draw(st.booleans())))
    last = found[-1]
    return (*found[:-1], Lot(last.code, last.quantity + rest, last.expires_at, last.owner, last.received_at))


@st.composite
def stock_items(draw: st.DrawFn, location: LocationId, prefix: str = "") -> StockItem:
    """Stock at this location under any rules, with a ledger of up to six entries that its totals follow from."""
    variant = VariantId(draw(ids(prefix)))
    entries: list[Movement] = []
    on_hand = 0
    for number in range(1, draw(st.integers(0, 6)) + 1):
        kind = draw(st.sampled_from(MovementKind)) if on_hand else MovementKind.RECEIPT
        taking = kind in _TAKING or (kind not in _ADDING and draw(st.booleans()))
        most = on_hand if taking else MAX_QUANTITY - on_hand
        if not most:
            break
        units = draw(quantities(most))
        on_hand += -units if taking else units
        entries.append(draw(movements(number, kind, -units if taking else units, on_hand, prefix)))
    promised, short = draw(beyond()), draw(st.integers(0, 1_000))
    item = StockItem(
        id=stock_item_id(variant, location),
        variant=variant,
        location=location,
        on_hand=on_hand,
        damaged=draw(st.integers(0, MAX_QUANTITY)),
        short=short,
        buffer=draw(st.integers(0, MAX_QUANTITY)),
        beyond=promised,
        low=draw(st.integers(0, MAX_QUANTITY)),
        tracking=draw(st.sampled_from((Tracking.NONE, Tracking.LOTS))),
        queued=draw(st.booleans()),
        grade=draw(st.none() | st.sampled_from(Grade)),
        level=draw(st.sampled_from(Level)),
        counted_at=draw(st.none() | instants()),
        active_at=draw(st.none() | instants()),
        dead=draw(st.booleans()),
        due_at=draw(st.none() | instants()),
        entries=len(entries),
        fresh=tuple(entries),
    )
    item = item.having(reserved=draw(st.integers(0, on_hand + min(item.cap, MAX_QUANTITY) + short)))
    if item.tracking is Tracking.LOTS:
        return item.having(lots=draw(lots(on_hand, prefix)))
    return item.having(stripes=draw(st.sampled_from((0, 0, 2, 5))))


@st.composite
def reservations(draw: st.DrawFn, item: StockItem, prefix: str = "") -> Reservation:
    """Reservations for any purpose, for no bundle and for some; some units of each have left."""
    bundles = draw(st.lists(st.none() | ids("bundle-").map(VariantId), min_size=1, max_size=3, unique=True))
    lines = []
    for bundle in bundles:
        each = draw(st.integers(1, 12)) if bundle else 1
        lines.append(ReservedLine(item.variant, item.location, each * draw(st.integers(1, 50)), bundle, each))
    reservation = Reservation.open(
        draw(ids(prefix)),
        tuple(lines),
        draw(st.none() | instants()),
        draw(st.sampled_from(Purpose)),
        draw(st.just("") | ids("channel-")),
    )
    if draw(st.booleans()):
        reservation = reservation.consume(draw(ids("parcel-")))
    return reservation.having(news=())


def months(items: tuple[StockItem, ...], prefix: str = "") -> SearchStrategy[StockMonth]:
    """A closed month of these items."""
    lines = tuple(MonthLine(item.id, item.on_hand, item.damaged) for item in items)
    return st.builds(
        lambda id_, until: StockMonth.close(StockMonthId(id_), until, lines).having(news=()), ids(prefix), instants()
    )
