"""Counts as they happen in a shop, on every store: sales go on, people err, somebody approves, the books follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from ecomcore.bootstrap import Desk, assemble
from ecomcore.counting import (
    AlreadyCounting,
    ApproveCount,
    CancelCount,
    CountedItem,
    CounterCannotApprove,
    CountingPolicy,
    CountKind,
    CountLine,
    CountState,
    FinishCount,
    GetCount,
    ListCounts,
    NotCounted,
    RecordCount,
    RejectCount,
    SameCounter,
    StartCount,
    WrongLot,
)
from ecomcore.inventory import (
    BundleHasNoStock,
    Component,
    CorrectStock,
    DefineBundle,
    ListMovements,
    ListStock,
    MovementKind,
    OpenLocation,
    ReceivedLine,
    ReceiveStock,
    SerialKnown,
    SetStockRules,
    StockView,
    Tracking,
)
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.work import Persistence
from ecomcore.testing import ShopKit, a_shop, at_once
from tests.support.refusals import refused

COUNT = StockCountId("inventory-2030")
POLICY = CountingPolicy(tolerance_units=2, approval_above=5)


class Team:
    """Ann and Bob count, Eve decides; whatever happens, in the end the books balance."""

    def __init__(self, persistence: Persistence) -> None:
        self.kit: ShopKit = a_shop(persistence, products=3, stock=20)
        shop = assemble(
            persistence,
            clock=self.kit.clock,
            ids=self.kit.ids,
            gateway=self.kit.gateway,
            counting_policy=POLICY,
        )
        self.shop = shop
        self.ann, self.bob, self.eve = (shop.desk(Staff(name, {"*"})) for name in ("ann", "bob", "eve"))
        self.tea, self.mug, self.cup = self.kit.variants
        self.store = self.kit.location

    def start(self, kind: CountKind = CountKind.FULL, *variants: VariantId, id: StockCountId = COUNT) -> None:
        self.ann.handle(StartCount(self.store, kind, variants, id=id))

    def says(self, who: Desk, **units: int) -> tuple[CountedItem, ...]:
        lines = tuple(CountLine(getattr(self, name), counted) for name, counted in units.items())
        return who.handle(RecordCount(COUNT, lines))

    def on_hand(self, variant: VariantId) -> int:
        return self.stock(variant).on_hand

    def stock(self, variant: VariantId) -> StockView:
        (view,) = self.ann.ask(ListStock((variant,)))
        return view

    def state(self) -> CountState:
        return self.ann.ask(GetCount(COUNT)).summary.state


@pytest.fixture
def team(persistence: Persistence) -> Iterator[Team]:
    team = Team(persistence)
    yield team
    assert team.shop.audit() == []


def test_a_full_count_while_the_shop_goes_on_selling(team: Team) -> None:
    team.start()
    team.says(team.ann, tea=19, mug=20)
    team.kit.ship(team.kit.buy(team.tea, quantity=4))
    team.says(team.bob, cup=21)
    team.kit.ship(team.kit.buy(team.cup, quantity=1))

    state = team.ann.handle(FinishCount(COUNT))

    assert state is CountState.BOOKED
    assert [team.on_hand(variant) for variant in team.kit.variants] == [15, 20, 20]
    *_, sale, count = team.ann.ask(ListMovements(team.tea, team.store, 0, 10))
    assert (sale.kind, sale.quantity) == (MovementKind.SALE, -4)
    assert (count.kind, count.quantity, count.reference) == (MovementKind.COUNT, -1, COUNT)
    assert [entry.kind for entry in team.ann.ask(ListMovements(team.mug, team.store, 0, 10))] == [MovementKind.RECEIPT]


def test_units_that_are_set_aside_may_turn_out_to_be_missing(team: Team) -> None:
    team.kit.buy(team.tea, quantity=20)
    team.start(CountKind.CYCLE, team.tea)
    team.says(team.ann, tea=18)

    team.ann.handle(FinishCount(COUNT))

    stock = team.stock(team.tea)
    assert (stock.on_hand, stock.reserved, stock.short) == (18, 20, 2)


def test_what_is_far_off_is_counted_by_two_and_approved_by_a_third(team: Team) -> None:
    team.start(CountKind.CYCLE, team.tea, team.mug)

    wanted = team.says(team.ann, tea=12, mug=20)
    with refused(SameCounter(COUNT, "staff:ann", (CountedItem(team.tea),))):
        team.says(team.ann, tea=20)
    again = team.says(team.bob, tea=13)
    state = team.bob.handle(FinishCount(COUNT))

    assert (wanted, again, state) == ((CountedItem(team.tea),), (), CountState.COUNTED)
    assert team.on_hand(team.tea) == 20
    for counter, name in ((team.ann, "staff:ann"), (team.bob, "staff:bob")):
        with refused(CounterCannotApprove(COUNT, name)):
            counter.handle(ApproveCount(COUNT))
    team.kit.ship(team.kit.buy(team.tea, quantity=3))
    team.eve.handle(ApproveCount(COUNT))
    assert (team.state(), team.on_hand(team.tea)) == (CountState.BOOKED, 10)


def test_a_count_that_is_rejected_or_cancelled_leaves_the_books_alone_and_the_items_free(team: Team) -> None:
    team.start(CountKind.CYCLE, team.tea)
    team.says(team.ann, tea=0)
    team.says(team.bob, tea=0)
    team.ann.handle(FinishCount(COUNT))
    team.eve.handle(RejectCount(COUNT, "look behind the door"))
    second = StockCountId("second")
    team.start(CountKind.CYCLE, team.tea, id=second)

    team.bob.handle(CancelCount(second, "found them"))

    assert team.on_hand(team.tea) == 20
    listed = team.ann.ask(ListCounts(team.store))
    assert [(each.id, each.state, each.reason) for each in listed] == [
        (second, CountState.CANCELLED, "found them"),
        (COUNT, CountState.CANCELLED, "look behind the door"),
    ]


def test_what_nobody_has_found_is_named_and_then_written_down_as_none(team: Team) -> None:
    team.start()
    team.says(team.ann, tea=20, mug=20)

    with refused(NotCounted(COUNT, (CountedItem(team.cup),))):
        team.ann.handle(FinishCount(COUNT))
    state = team.ann.handle(FinishCount(COUNT, rest_is_zero=True))

    assert state is CountState.COUNTED
    team.bob.handle(ApproveCount(COUNT))
    assert team.on_hand(team.cup) == 0


def test_two_counts_never_book_the_same_difference_twice(team: Team) -> None:
    team.start(CountKind.CYCLE, team.tea)

    with refused(AlreadyCounting(team.store, COUNT, (team.tea,))):
        team.start(CountKind.CYCLE, team.mug, team.tea, id=StockCountId("other"))
    with refused(AlreadyCounting(team.store, COUNT)):
        team.start(id=StockCountId("other"))
    team.start(CountKind.CYCLE, team.mug, id=StockCountId("other"))
    team.ann.handle(CancelCount(COUNT, "later"))
    team.start(CountKind.CYCLE, team.tea, id=StockCountId("third"))

    under_way = [each.id for each in team.ann.ask(ListCounts(team.store, CountState.OPEN))]
    assert under_way == ["third", "other"]


def test_lots_are_counted_one_by_one(team: Team) -> None:
    wine = VariantId("wine")
    team.ann.handle(SetStockRules(wine, team.store, tracking=Tracking.LOTS))
    until = team.kit.clock.now() + timedelta(days=30)
    lots = tuple(ReceivedLine(wine, 6, lot, until) for lot in ("L1", "L2"))
    team.ann.handle(ReceiveStock(team.store, lots))
    team.start(CountKind.CYCLE, wine)

    team.ann.handle(RecordCount(COUNT, (CountLine(wine, 5, "L1"), CountLine(wine, 7, "L2"))))
    team.ann.handle(FinishCount(COUNT))

    stock = team.stock(wine)
    assert (stock.on_hand, [(lot.code, lot.quantity) for lot in stock.lots]) == (12, [("L1", 5), ("L2", 7)])
    booked = [entry for entry in team.ann.ask(ListMovements(wine, team.store)) if entry.kind is MovementKind.COUNT]
    assert [(entry.lot, entry.quantity) for entry in booked] == [("L1", -1), ("L2", 1)]


def test_what_the_books_do_not_know_is_booked_as_found(team: Team) -> None:
    found = VariantId("found-on-the-shelf")
    team.start(CountKind.CYCLE, found)

    team.ann.handle(RecordCount(COUNT, (CountLine(found, 2),)))
    team.ann.handle(FinishCount(COUNT))

    assert team.stock(found).on_hand == 2


def test_a_unit_that_is_at_another_location_by_the_books_is_not_counted_here(team: Team) -> None:
    far, phone = LocationId("far"), VariantId("phone")
    line = ReceivedLine(phone, 1, serials=("s-1",))
    team.ann.handle(OpenLocation("Far", id=far))
    for place in (team.store, far):
        team.ann.handle(SetStockRules(phone, place, tracking=Tracking.SERIALS))
    team.ann.handle(ReceiveStock(team.store, (line,)))
    team.ann.handle(CorrectStock(phone, team.store, -1, "lent", lot="s-1"))
    team.start(CountKind.CYCLE, phone)
    found = RecordCount(COUNT, (CountLine(phone, 1, "s-1"),))
    team.ann.handle(found)
    team.ann.handle(ReceiveStock(far, (line,)))

    with refused(SerialKnown(phone, "s-1")):
        team.ann.handle(FinishCount(COUNT))
    with pytest.raises(WrongLot, match="s-1"):
        team.ann.handle(found)
    team.ann.handle(CorrectStock(phone, far, -1, "it is in the store", lot="s-1"))
    team.ann.handle(found)

    assert team.ann.handle(FinishCount(COUNT)) is CountState.BOOKED
    assert [view.on_hand for view in team.ann.ask(ListStock((phone,))) if view.location == team.store] == [1]


def test_a_bundle_is_not_counted_but_its_components(team: Team) -> None:
    basket = VariantId("basket")
    team.ann.handle(DefineBundle(basket, (Component(team.tea, 1),)))

    with refused(BundleHasNoStock(basket, is_bundle=True)):
        team.start(CountKind.CYCLE, team.tea, basket)
    team.start()
    with refused(BundleHasNoStock(basket, is_bundle=True)):
        team.ann.handle(RecordCount(COUNT, (CountLine(basket, 1), CountLine(team.tea, 20))))
    team.says(team.ann, tea=20, mug=20, cup=20)

    assert team.ann.handle(FinishCount(COUNT)) is CountState.BOOKED


def test_each_location_is_counted_for_itself(team: Team) -> None:
    shop = LocationId("shop")
    team.ann.handle(OpenLocation("Shop", id=shop))
    team.start()

    team.ann.handle(StartCount(shop, CountKind.FULL, id=StockCountId("shop-count")))
    team.ann.handle(FinishCount(StockCountId("shop-count")))

    assert [each.id for each in team.ann.ask(ListCounts(shop))] == ["shop-count"]
    assert team.state() is CountState.OPEN


def test_of_two_counts_of_one_item_that_begin_at_once_one_is_refused(team: Team) -> None:
    def begin(number: int) -> bool:
        try:
            team.start(CountKind.CYCLE, team.tea, id=StockCountId(f"count-{number}"))
        except AlreadyCounting:
            return False
        return True

    outcomes = at_once([partial(begin, number) for number in range(4)])

    assert [outcome.error for outcome in outcomes] == [None] * 4
    assert sum(outcome.value for outcome in outcomes) == 1
    assert len(team.ann.ask(ListCounts(team.store, CountState.OPEN))) == 1


def test_several_people_count_at_once_and_nothing_is_lost(team: Team) -> None:
    team.start()
    counters = {"tea": team.ann, "mug": team.bob, "cup": team.eve}

    outcomes = at_once([partial(team.says, who, **{name: 19}) for name, who in counters.items()])

    assert [outcome.error for outcome in outcomes] == [None] * 3
    said = {line.variant: line.by for line in team.ann.ask(GetCount(COUNT)).lines}
    assert said == {team.tea: "staff:ann", team.mug: "staff:bob", team.cup: "staff:eve"}
    team.ann.handle(FinishCount(COUNT))
    assert [team.on_hand(variant) for variant in team.kit.variants] == [19, 19, 19]
