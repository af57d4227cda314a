"""From the purchase order to the shelf, as staff live it, on every store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecomcore.bootstrap import assemble
from ecomcore.inventory import (
    BundleHasNoStock,
    Component,
    DefineBundle,
    ListMovements,
    ListStock,
    MovementKind,
    OutOfStock,
    SetStockRules,
    StockView,
    Tracking,
    WrongTracking,
)
from ecomcore.kernel.errors import AlreadyExists, IllegalTransition, Invalid, NotFound
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.work import Persistence
from ecomcore.supply import (
    CancelInbound,
    CloseInbound,
    ExpectInbound,
    GetInbound,
    InboundLine,
    InboundState,
    InboundTotal,
    ListInbound,
    MoreThanWasOrdered,
    ReceivedOtherwise,
    ReceiveInbound,
    RescheduleInbound,
    SupplyPolicy,
)
from ecomcore.testing import NOON, ShopKit, a_shop
from ecomcore.testing.supply import arrived
from tests.support.refusals import refused

SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=30)


def expect(kit: ShopKit, quantity: int = 10, *, id: str = "inbound", variant: VariantId | None = None) -> InboundId:
    """Units of the first variant are on order."""
    lines = (InboundLine(variant or kit.variants[0], quantity),)
    return kit.staff.handle(ExpectInbound("PO-7", kit.location, lines, SOON, InboundId(id)))


def stock(kit: ShopKit, number: int = 0) -> StockView:
    (view,) = kit.staff.ask(ListStock(kit.variants[number : number + 1]))
    return view


def test_what_was_ordered_comes_in_parts_and_can_be_sold(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=2, stock=1)
    tea, cup = kit.variants
    inbound = kit.staff.handle(ExpectInbound("PO-7", kit.location, (InboundLine(tea, 5), InboundLine(cup, 2)), SOON))
    assert (stock(kit).incoming, stock(kit, 1).incoming) == (5, 2)
    with pytest.raises(OutOfStock):
        kit.buy(quantity=2)

    kit.staff.handle(ReceiveInbound(inbound, (arrived(3, tea, damaged=1), arrived(2, cup)), "slip 1"))

    assert (stock(kit).on_hand, stock(kit).damaged, stock(kit).incoming) == (4, 1, 1)
    assert (stock(kit, 1).on_hand, stock(kit, 1).incoming) == (3, 0)
    kit.buy(quantity=4)
    kit.staff.handle(ReceiveInbound(inbound, (arrived(1, tea),), "slip 2"))
    view = kit.staff.ask(GetInbound(inbound))
    assert (view.state, view.totals) == (InboundState.RECEIVED, (InboundTotal(tea, 5, 4, 1), InboundTotal(cup, 2, 2)))
    assert [(entry.reference, entry.arrived.units) for entry in view.receipts] == [
        ("slip 1", 4),
        ("slip 1", 2),
        ("slip 2", 1),
    ]
    assert not kit.shop.audit()


def test_the_ledger_of_the_stock_names_the_receipt(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=0)
    inbound = expect(kit)

    kit.staff.handle(ReceiveInbound(inbound, (arrived(3, kit.variants[0]),), "slip 1"))
    kit.staff.handle(ReceiveInbound(inbound, (arrived(2, kit.variants[0]),)))

    movements = kit.staff.ask(ListMovements(kit.variants[0], kit.location))
    assert [(each.kind, each.quantity, each.reference) for each in movements] == [
        (MovementKind.RECEIPT, 3, "slip 1"),
        (MovementKind.RECEIPT, 2, inbound),
    ]


def test_a_receipt_that_is_sent_twice_happens_once(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=0)
    command = ReceiveInbound(expect(kit), (arrived(10, kit.variants[0]),), "slip 1")

    kit.staff.handle(command)
    kit.staff.handle(command)

    assert stock(kit).on_hand == 10
    with refused(ReceivedOtherwise(command.inbound, "slip 1")):
        kit.staff.handle(ReceiveInbound(command.inbound, (arrived(9, kit.variants[0]),), "slip 1"))
    assert not kit.shop.audit()


def test_lots_with_their_end_and_owner_come_to_lie_on_the_shelf(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=2, stock=0)
    tea, cup = kit.variants
    kit.staff.handle(SetStockRules(tea, kit.location, tracking=Tracking.LOTS))
    kit.staff.handle(SetStockRules(cup, kit.location, tracking=Tracking.SERIALS))
    inbound = kit.staff.handle(ExpectInbound("PO-7", kit.location, (InboundLine(tea, 5), InboundLine(cup, 3)), SOON))

    kit.staff.handle(
        ReceiveInbound(
            inbound,
            (
                arrived(3, tea, lot="L1", expires_at=LATER, owner="seller"),
                arrived(2, cup, serials=("s1", "s2")),
                arrived(0, cup, damaged=1, serials=("s3",)),
            ),
        )
    )

    assert [(lot.code, lot.quantity, lot.expires_at, lot.owner) for lot in stock(kit).lots] == [
        ("L1", 3, LATER, "seller")
    ]
    assert [(lot.code, lot.quantity) for lot in stock(kit, 1).lots] == [("s1", 1), ("s2", 1)]
    assert (stock(kit, 1).on_hand, stock(kit, 1).damaged) == (2, 1)
    assert not kit.shop.audit()


def test_a_receipt_that_the_stock_refuses_is_none(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=0)
    kit.staff.handle(SetStockRules(kit.variants[0], kit.location, tracking=Tracking.LOTS))
    inbound = expect(kit)

    with pytest.raises(WrongTracking):
        kit.staff.handle(ReceiveInbound(inbound, (arrived(10, kit.variants[0]),), "slip 1"))

    view = kit.staff.ask(GetInbound(inbound))
    assert (view.state, view.receipts) == (InboundState.EXPECTED, ())
    assert not kit.shop.audit()


def test_what_is_more_is_taken_in_unless_the_shop_refuses(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=0)
    tea = kit.variants[0]
    first, second = expect(kit, id="first"), expect(kit, id="second")
    strict = assemble(persistence, clock=kit.clock, ids=kit.ids, supply_policy=SupplyPolicy(takes_more=False))
    sam = Staff("sam", frozenset(("*",)))

    kit.staff.handle(ReceiveInbound(first, (arrived(12, tea),)))
    with refused(MoreThanWasOrdered(second, tea, 10, 11)):
        strict.handle(ReceiveInbound(second, (arrived(11, tea),)), by=sam)

    assert kit.staff.ask(GetInbound(first)).totals[0].surplus == 2
    assert (stock(kit).on_hand, stock(kit).incoming) == (12, 10)


def test_what_will_not_come_is_no_longer_expected(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=1)
    closed, cancelled = expect(kit, id="closed"), expect(kit, id="cancelled")
    kit.staff.handle(ReceiveInbound(closed, (arrived(4, kit.variants[0]),)))

    kit.staff.handle(CloseInbound(closed, "sold out at the maker"))
    kit.staff.handle(CancelInbound(cancelled, "too dear"))

    assert (stock(kit).on_hand, stock(kit).incoming) == (5, 0)
    with pytest.raises(IllegalTransition):
        kit.staff.handle(ReceiveInbound(closed, (arrived(1, kit.variants[0]),)))
    assert kit.staff.ask(GetInbound(closed)).totals[0].outstanding == 6
    assert not kit.shop.audit()


def test_open_deliveries_are_listed_and_those_that_are_late(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=2, stock=0)
    late, early, other, over = (expect(kit, id=id_) for id_ in ("a", "b", "c", "d"))
    expect(kit, id="e", variant=kit.variants[1])
    kit.staff.handle(RescheduleInbound(early, LATER))
    kit.staff.handle(CancelInbound(over, "no"))
    kit.clock.tick(timedelta(days=2))

    def listed(**wanted: object) -> list[tuple[str, bool]]:
        return [(each.id, each.overdue) for each in kit.staff.ask(ListInbound(**wanted))]  # type: ignore[arg-type]

    assert listed() == [(late, True), (early, False), (other, True), ("e", True)]
    assert listed(overdue=True, variant=kit.variants[0]) == [(late, True), (other, True)]
    assert listed(overdue=True, limit=1) == [(late, True)]
    assert listed(after=late, limit=1) == [(early, False)]
    assert listed(location=LocationId("elsewhere")) == []
    (summary,) = kit.staff.ask(ListInbound(variant=kit.variants[1]))
    assert (summary.variants, summary.ordered, summary.outstanding) == (1, 10, 10)


def test_goods_are_expected_where_there_is_a_place_for_them(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=0)
    lines = (InboundLine(kit.variants[0], 1),)

    with refused(NotFound("Location", "nowhere")):
        kit.staff.handle(ExpectInbound("PO-7", LocationId("nowhere"), lines, SOON))
    with refused(NotFound("InboundDelivery", "unknown")):
        kit.staff.ask(GetInbound(InboundId("unknown")))
    expect(kit)
    with refused(AlreadyExists("inbound delivery", "id", "inbound")):
        expect(kit)


def test_a_policy_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="takes_more"):
        SupplyPolicy(takes_more="yes")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="supply_policy"):
        assemble(supply_policy="takes more")  # type: ignore[arg-type]


def test_a_bundle_is_not_ordered_but_its_components(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1)
    kit.staff.handle(DefineBundle(VariantId("set"), (Component(kit.variants[0], 2),)))

    with refused(BundleHasNoStock(VariantId("set"), is_bundle=True)):
        expect(kit, variant=VariantId("set"))

    assert kit.staff.ask(ListInbound()) == ()
