"""Units on their way from one location to another, as staff live it, on every store: none is made, and none is lost
without being told.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomcore.inventory import (
    BackOrders,
    BundleHasNoStock,
    Component,
    DefineBundle,
    GetAvailability,
    ListMovements,
    ListStock,
    LotUnknown,
    MovementKind,
    OpenLocation,
    OutOfStock,
    PreOrders,
    ReceivedLine,
    ReceiveStock,
    SetStockRules,
    StockLine,
    StockView,
    StripeStock,
    Tracking,
    WrongTracking,
)
from ecomcore.kernel.errors import AlreadyExists, IllegalTransition, NotFound
from ecomcore.kernel.ids import LocationId, TransferId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing import NOON, ShopKit, a_shop
from ecomcore.testing.supply import an_arrival
from ecomcore.transfers import (
    CancelTransfer,
    CloseTransfer,
    GetTransfer,
    ListTransfers,
    MoreThanWasRequested,
    MoreThanWasShipped,
    NoteTransferLots,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
    TransferArrival,
    TransferLine,
    TransferLot,
    TransferPick,
    TransferReceivedOtherwise,
    TransferState,
    TransferTotal,
    TransferView,
)
from tests.support.refusals import refused

STORE = LocationId("store")
SOON, LATER = NOON + timedelta(days=5), NOON + timedelta(days=30)


def two_places(persistence: Persistence | None = None, stock: int = 10) -> ShopKit:
    """A shop with units of two variants at its first location, and a store without any."""
    kit = a_shop(persistence, products=2, stock=stock)
    kit.staff.handle(OpenLocation("Store", priority=200, id=STORE))
    return kit


def request(kit: ShopKit, quantity: int = 10, *, id: str = "transfer") -> TransferId:
    lines = (TransferLine(kit.variants[0], quantity),)
    return kit.staff.handle(RequestTransfer(kit.location, STORE, lines, TransferId(id)))


def shelf(kit: ShopKit, location: LocationId, number: int = 0) -> StockView:
    """The stock of a variant at a location; none where it never was."""
    found = {view.location: view for view in kit.staff.ask(ListStock(kit.variants[number : number + 1]))}
    return found.get(location) or StockView(kit.variants[number], location, 0, 0, 0)


def units(kit: ShopKit, variant: VariantId) -> int:
    """All units of a variant in the house, good or damaged."""
    return sum(view.on_hand + view.damaged for view in kit.staff.ask(ListStock((variant,))))


def view(kit: ShopKit, transfer: TransferId) -> TransferView:
    return kit.staff.ask(GetTransfer(transfer))


def available(kit: ShopKit) -> int:
    return kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available


def test_units_are_set_aside_leave_travel_and_arrive(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea, main = kit.variants[0], kit.location

    transfer = request(kit, 6)
    assert (shelf(kit, main).on_hand, shelf(kit, main).reserved, available(kit)) == (10, 6, 4)

    kit.staff.handle(ShipTransfer(transfer, tracking="VAN-1"))
    assert (shelf(kit, main).on_hand, shelf(kit, main).reserved, units(kit, tea)) == (4, 0, 4)
    assert (view(kit, transfer).state, view(kit, transfer).in_transit) == (
        TransferState.SHIPPED,
        (TransferLot(tea, 6),),
    )

    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(3, tea, damaged=1),), "slip 1"))
    assert (shelf(kit, STORE).on_hand, shelf(kit, STORE).damaged, shelf(kit, STORE).in_transit) == (3, 1, 2)

    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(2, tea),), "slip 2"))
    assert view(kit, transfer).totals == (TransferTotal(tea, 6, 6, 5, 1),)
    assert view(kit, transfer).state is TransferState.RECEIVED
    assert (units(kit, tea), available(kit)) == (10, 9)
    out = kit.staff.ask(ListMovements(tea, main))[-1]
    into = kit.staff.ask(ListMovements(tea, STORE))
    assert (out.kind, out.quantity, out.reference) == (MovementKind.TRANSFER_OUT, -6, transfer)
    assert {(each.kind, each.reference) for each in into} == {(MovementKind.TRANSFER_IN, transfer)}
    assert sum(each.quantity for each in into) == 6
    assert not kit.shop.audit()


def test_what_is_not_shipped_can_be_sold_again(persistence: Persistence) -> None:
    kit = two_places(persistence)
    lines = tuple(TransferLine(variant, 10) for variant in kit.variants)
    transfer = kit.staff.handle(RequestTransfer(kit.location, STORE, lines))
    assert available(kit) == 0

    kit.staff.handle(ShipTransfer(transfer, (TransferLine(kit.variants[0], 4),)))

    assert available(kit) == 6
    assert (shelf(kit, kit.location).on_hand, shelf(kit, kit.location).reserved) == (6, 0)
    assert (shelf(kit, kit.location, 1).on_hand, shelf(kit, kit.location, 1).reserved) == (10, 0)
    with refused(MoreThanWasShipped(transfer, kit.variants[1], 0, 1)):
        kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(1, kit.variants[1]),)))
    kit.buy(quantity=6)
    assert not kit.shop.audit()


def test_a_transfer_that_is_called_off_gives_everything_back(persistence: Persistence) -> None:
    kit = two_places(persistence)
    transfer = request(kit)

    kit.staff.handle(CancelTransfer(transfer, "not needed"))

    assert (available(kit), shelf(kit, kit.location).reserved) == (10, 0)
    with pytest.raises(IllegalTransition):
        kit.staff.handle(ShipTransfer(transfer))
    assert not kit.shop.audit()


def test_what_has_left_cannot_be_called_back(persistence: Persistence) -> None:
    kit = two_places(persistence)
    transfer = request(kit)
    kit.staff.handle(ShipTransfer(transfer))

    with pytest.raises(IllegalTransition):
        kit.staff.handle(CancelTransfer(transfer, "too late"))
    with pytest.raises(IllegalTransition):
        kit.staff.handle(ShipTransfer(transfer))

    assert units(kit, kit.variants[0]) == 0


def test_what_is_sold_cannot_be_moved_and_what_moves_cannot_be_sold(persistence: Persistence) -> None:
    kit = two_places(persistence)
    order = kit.buy(quantity=4)

    with refused(OutOfStock(kit.variants[0], 7, 6)):
        request(kit, 7)
    request(kit, 6)
    with pytest.raises(OutOfStock):
        kit.buy()

    kit.ship(order)
    assert not kit.shop.audit()


@pytest.mark.parametrize("stripes", [0, 2])
def test_what_may_be_promised_to_customers_is_not_moved(persistence: Persistence, stripes: int) -> None:
    kit = two_places(persistence, stock=2)
    tea = kit.variants[0]
    kit.staff.handle(StripeStock(tea, kit.location, stripes))
    kit.staff.handle(SetStockRules(tea, kit.location, beyond=BackOrders(5, 14)))

    with refused(OutOfStock(tea, 3, 2)):
        request(kit, 3)
    kit.staff.handle(ShipTransfer(request(kit, 2)))

    assert (shelf(kit, kit.location).on_hand, available(kit)) == (0, 5)
    assert not kit.shop.audit()


def test_what_is_sold_ahead_is_brought_to_the_stores_before_its_release(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea = kit.variants[0]
    kit.staff.handle(SetStockRules(tea, kit.location, beyond=PreOrders(100, LATER)))

    transfer = request(kit, 4)
    kit.staff.handle(ShipTransfer(transfer))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(4, tea),)))

    assert (shelf(kit, kit.location).on_hand, shelf(kit, STORE).on_hand) == (6, 4)
    assert not kit.shop.audit()


def test_no_more_is_shipped_than_was_requested_nor_received_than_was_shipped(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea, transfer = kit.variants[0], request(kit, 5)

    with refused(MoreThanWasRequested(transfer, tea, 5, 6)):
        kit.staff.handle(ShipTransfer(transfer, (TransferLine(tea, 6),)))
    kit.staff.handle(ShipTransfer(transfer))
    with refused(MoreThanWasShipped(transfer, tea, 5, 6)):
        kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(5, tea, damaged=1),)))

    assert (shelf(kit, kit.location).on_hand, shelf(kit, STORE).on_hand) == (5, 0)
    assert not kit.shop.audit()


def test_a_receipt_that_is_sent_twice_happens_once(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea, transfer = kit.variants[0], request(kit)
    kit.staff.handle(ShipTransfer(transfer))
    command = ReceiveTransfer(transfer, (an_arrival(4, tea, damaged=1),), "slip 1")

    kit.staff.handle(command)
    kit.staff.handle(command)

    assert (shelf(kit, STORE).on_hand, shelf(kit, STORE).damaged) == (4, 1)
    with refused(TransferReceivedOtherwise(transfer, "slip 1")):
        kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(5, tea),), "slip 1"))


def test_what_is_lost_on_the_way_is_told_and_visible(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea, transfer = kit.variants[0], request(kit)
    kit.staff.handle(ShipTransfer(transfer))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(7, tea),)))

    kit.staff.handle(CloseTransfer(transfer, "fell off the van"))

    assert view(kit, transfer).totals == (TransferTotal(tea, 10, 10, 7, missing=3),)
    assert (view(kit, transfer).state, view(kit, transfer).in_transit) == (TransferState.CLOSED, ())
    (summary,) = kit.staff.ask(ListTransfers(state=TransferState.CLOSED))
    assert (summary.id, summary.missing, summary.in_transit) == (transfer, 3, 0)
    assert (units(kit, tea), shelf(kit, STORE).in_transit) == (7, 0)
    assert not kit.shop.audit()


def _with_lots(persistence: Persistence) -> ShopKit:
    """Four units of an old lot that is consigned, and six of a new one; the store tells lots apart as well."""
    kit = two_places(persistence, stock=0)
    tea = kit.variants[0]
    for place in (kit.location, STORE):
        kit.staff.handle(SetStockRules(tea, place, tracking=Tracking.LOTS))
    lots = (
        ReceivedLine(tea, 6, "new", LATER),
        ReceivedLine(tea, 4, "old", SOON, "seller"),
    )
    kit.staff.handle(ReceiveStock(kit.location, lots, "opening"))
    return kit


def _lots(kit: ShopKit, place: LocationId) -> dict[str, int]:
    return {lot.code: lot.quantity for lot in shelf(kit, place).lots if lot.quantity}


def test_what_expires_first_travels_first_and_arrives_as_it_left(persistence: Persistence) -> None:
    kit = _with_lots(persistence)
    tea, transfer = kit.variants[0], request(kit, 6)

    kit.staff.handle(ShipTransfer(transfer))
    assert view(kit, transfer).in_transit == (
        TransferLot(tea, 4, "old", SOON, "seller"),
        TransferLot(tea, 2, "new", LATER),
    )

    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(4, tea),)))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(1, tea, damaged=1, lot="new"),)))

    assert (_lots(kit, kit.location), _lots(kit, STORE)) == ({"new": 4}, {"old": 4, "new": 1})
    known = {lot.code: (lot.expires_at, lot.owner) for lot in shelf(kit, STORE).lots}
    assert known == {"old": (SOON, "seller"), "new": (LATER, None)}
    assert (shelf(kit, STORE).on_hand, shelf(kit, STORE).damaged) == (5, 1)
    assert not kit.shop.audit()


def test_lots_that_are_picked_travel(persistence: Persistence) -> None:
    kit = _with_lots(persistence)
    tea, transfer = kit.variants[0], request(kit, 6)

    with pytest.raises(LotUnknown):
        kit.staff.handle(ShipTransfer(transfer, picks=(TransferPick(tea, "lost", 1),)))
    kit.staff.handle(ShipTransfer(transfer, picks=(TransferPick(tea, "new", 5),)))

    assert view(kit, transfer).in_transit == (
        TransferLot(tea, 1, "old", SOON, "seller"),
        TransferLot(tea, 5, "new", LATER),
    )
    with refused(MoreThanWasShipped(transfer, tea, 1, 2, "old")):
        kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(2, tea, lot="old"),)))
    assert not kit.shop.audit()


def test_units_with_serial_numbers_arrive_with_them(persistence: Persistence) -> None:
    kit = two_places(persistence, stock=0)
    tea = kit.variants[0]
    for place in (kit.location, STORE):
        kit.staff.handle(SetStockRules(tea, place, tracking=Tracking.SERIALS))
    kit.staff.handle(ReceiveStock(kit.location, (ReceivedLine(tea, 4, serials=("s1", "s2", "s3", "s4")),)))

    transfer = request(kit, 3)
    kit.staff.handle(ShipTransfer(transfer, picks=(TransferPick(tea, "s4", 1), TransferPick(tea, "s2", 1))))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(1, tea, lot="s4"),)))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(1, tea, damaged=1),)))

    assert _lots(kit, kit.location) == {"s3": 1}
    assert _lots(kit, STORE) == {"s4": 1, "s1": 1}
    assert (shelf(kit, STORE).on_hand, shelf(kit, STORE).damaged) == (2, 1)
    assert not kit.shop.audit()


def test_units_do_not_leave_for_where_they_could_not_be_taken_in(persistence: Persistence) -> None:
    kit = two_places(persistence)
    tea, cup = kit.variants
    lines = (TransferLine(tea, 1),)
    kit.staff.handle(DefineBundle(VariantId("set"), (Component(tea, 1), Component(cup, 2))))

    with refused(NotFound("Location", "nowhere")):
        kit.staff.handle(RequestTransfer(kit.location, LocationId("nowhere"), lines))
    with refused(NotFound("Location", "nowhere")):
        kit.staff.handle(RequestTransfer(LocationId("nowhere"), STORE, lines))
    with refused(BundleHasNoStock(VariantId("set"), is_bundle=True)):
        kit.staff.handle(RequestTransfer(kit.location, STORE, (TransferLine(VariantId("set"), 1),)))
    kit.staff.handle(SetStockRules(tea, STORE, tracking=Tracking.LOTS))
    with pytest.raises(WrongTracking):
        kit.staff.handle(RequestTransfer(kit.location, STORE, lines))
    request_again = RequestTransfer(kit.location, STORE, (TransferLine(cup, 1),), TransferId("once"))
    kit.staff.handle(request_again)
    with refused(AlreadyExists("transfer", "id", "once")):
        kit.staff.handle(request_again)
    with refused(NotFound("Transfer", "unknown")):
        view(kit, TransferId("unknown"))


def test_units_that_are_set_aside_for_an_order_do_not_move_under_its_name(persistence: Persistence) -> None:
    kit = two_places(persistence)
    order = kit.buy(quantity=3)

    with refused(AlreadyExists("transfer", "id", order)):
        request(kit, 3, id=order)

    kit.ship(order)
    assert not kit.shop.audit()


def test_transfers_are_listed_latest_first(persistence: Persistence) -> None:
    kit = two_places(persistence)
    for id_ in ("a", "b", "c"):
        request(kit, 1, id=id_)
    kit.staff.handle(ShipTransfer(TransferId("b")))

    def listed(query: ListTransfers) -> list[str]:
        return [summary.id for summary in kit.staff.ask(query)]

    assert listed(ListTransfers()) == ["c", "b", "a"]
    assert listed(ListTransfers(before=TransferId("c"), limit=1)) == ["b"]
    assert listed(ListTransfers(origin=kit.location, destination=STORE, state=TransferState.REQUESTED)) == ["c", "a"]
    assert listed(ListTransfers(origin=STORE)) == []


def test_lots_are_noted_again_without_a_change(persistence: Persistence) -> None:
    kit = _with_lots(persistence)
    transfer = request(kit, 2)
    kit.staff.handle(ShipTransfer(transfer))
    before = view(kit, transfer)

    kit.system.handle(NoteTransferLots(transfer, before.in_transit))

    assert view(kit, transfer) == before
    assert not kit.shop.audit()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_units_are_neither_made_nor_lost_by_transfers_whatever_staff_do(data: st.DataObject) -> None:
    kit = two_places()
    places = (kit.location, STORE)
    ids: list[TransferId] = []
    few = st.integers(1, 6)

    for _ in range(data.draw(st.integers(3, 12))):
        verb = data.draw(st.sampled_from(["request", "ship", "receive", "receive", "close", "cancel"]))
        if verb == "request":
            origin, destination = data.draw(st.permutations(places))
            lines = tuple(TransferLine(variant, data.draw(few)) for variant in kit.variants)
            asked = RequestTransfer(origin, destination, lines)
            if all(shelf(kit, origin, number).available >= line.quantity for number, line in enumerate(lines)):
                ids.append(kit.staff.handle(asked))
            else:
                with pytest.raises(OutOfStock):
                    kit.staff.handle(asked)
        elif ids:
            _one_step(kit, data, verb, data.draw(st.sampled_from(ids)))

    moving: Counter[VariantId] = Counter()
    for id_ in ids:
        for total in view(kit, id_).totals:
            moving[total.variant] += total.in_transit + total.missing
    for variant in kit.variants:
        assert units(kit, variant) + moving[variant] == 10
    assert not kit.shop.audit()


def _one_step(kit: ShopKit, data: st.DataObject, verb: str, id: TransferId) -> None:
    now = view(kit, id)
    if verb in ("ship", "cancel") and now.state is TransferState.REQUESTED:
        fewer = tuple(TransferLine(each.variant, data.draw(st.integers(1, each.requested))) for each in now.totals)
        ship = ShipTransfer(id, data.draw(st.sampled_from([(), fewer, fewer[:1]])))
        kit.staff.handle(ship if verb == "ship" else CancelTransfer(id, "no"))
    elif verb in ("receive", "close") and now.in_transit:
        lot = data.draw(st.sampled_from(now.in_transit))
        good = data.draw(st.integers(0, lot.quantity))
        damaged = data.draw(st.integers(0 if good else 1, max(1, lot.quantity - good)))
        arrival = TransferArrival(lot.variant, good, damaged)
        if verb == "close":
            kit.staff.handle(CloseTransfer(id, "gone"))
        elif arrival.units > lot.quantity:
            with refused(MoreThanWasShipped(id, lot.variant, lot.quantity, arrival.units)):
                kit.staff.handle(ReceiveTransfer(id, (arrival,)))
        else:
            kit.staff.handle(ReceiveTransfer(id, (arrival,)))


def test_stock_that_is_moved_can_be_sold_where_it_has_arrived(persistence: Persistence) -> None:
    kit = two_places(persistence, stock=5)
    kit.staff.handle(ShipTransfer(transfer := request(kit, 5)))
    with pytest.raises(OutOfStock):
        kit.buy()

    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(5, kit.variants[0]),)))
    order = kit.buy(quantity=5)
    kit.ship(order)

    assert units(kit, kit.variants[0]) == 0
    assert not kit.shop.audit()


def test_units_that_have_arrived_are_set_aside_for_another_transfer(persistence: Persistence) -> None:
    kit = two_places(persistence, stock=5)
    tea = kit.variants[0]
    kit.staff.handle(ShipTransfer(transfer := request(kit, 5)))
    kit.staff.handle(ReceiveTransfer(transfer, (an_arrival(5, tea),)))

    back = kit.staff.handle(RequestTransfer(STORE, kit.location, (TransferLine(tea, 5),)))
    kit.staff.handle(ShipTransfer(back))
    kit.staff.handle(ReceiveTransfer(back, (an_arrival(5, tea),)))

    assert (shelf(kit, kit.location).on_hand, shelf(kit, STORE).on_hand) == (5, 0)
    kit.staff.handle(ReceiveStock(STORE, (StockLine(tea, 1),), "found"))
    assert not kit.shop.audit()
