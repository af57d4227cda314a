"""What stock is called: no two items by one name, whatever their parts are called, and names to ask by again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from ecomcore import Staff, System, assemble
from ecomcore.counting import CountLine
from ecomcore.inventory import (
    BookCount,
    ChangeLocation,
    CloseStockMonth,
    CorrectStock,
    CountedDifference,
    GetReservation,
    InventoryPolicy,
    KeepStock,
    ListDeadStock,
    ListExpiringLots,
    ListReservations,
    ListStockMonth,
    OpenLocation,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    SetStockRules,
    StockLine,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.supply import ArrivedLine
from ecomcore.testing import ShopKit, a_shop, euros
from ecomcore.transfers import TransferArrival, TransferLot

MAIN = LocationId("l" * 64)
MILK, TEA = VariantId("milk-" + "m" * 59), VariantId("tea-" + "t" * 60)


@pytest.fixture
def kit() -> ShopKit:
    """Two variants and a location with the longest of ids, and a lot of each."""
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Main", id=MAIN))
    for variant in (MILK, TEA):
        kit.staff.handle(SetStockRules(variant, MAIN, tracking=Tracking.LOTS))
        end = kit.clock.now() + timedelta(days=45)
        kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(variant, 1, "L1", end),)))
    return kit


# Names -------------------------------------------------------------------------------------------------------------


def test_no_location_is_called_so_that_two_items_have_one_name() -> None:
    with pytest.raises(Invalid) as refusal:
        OpenLocation("Berlin", id=LocationId("b@x"))

    assert (refusal.value.field, refusal.value.value) == ("id", "b@x")


def test_of_what_is_called_nearly_alike_only_what_came_can_be_sold() -> None:
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Main", id=LocationId("x")))
    kit.staff.handle(ReceiveStock(LocationId("x"), (StockLine(VariantId("tea@b"), 5), StockLine(VariantId("tea"), 7))))

    kit.system.handle(ReserveStock("order", (StockLine(VariantId("tea@b"), 5), StockLine(VariantId("tea"), 7))))

    lines = kit.staff.ask(GetReservation("order")).lines
    assert {(line.variant, line.quantity) for line in lines} == {("tea@b", 5), ("tea", 7)}
    assert kit.shop.audit() == []


@pytest.mark.parametrize(
    "command",
    [
        lambda source: ReserveStock(source, (StockLine(TEA, 1),)),
        lambda source: KeepStock(source),
    ],
)
def test_nothing_is_set_aside_under_the_name_of_what_is_withheld(command: Callable[[str], object]) -> None:
    with pytest.raises(Invalid, match="source"):
        command("withheld:order-1")


# Asking on ---------------------------------------------------------------------------------------------------------


def test_a_closed_month_is_read_page_by_page(kit: ShopKit) -> None:
    kit.clock.tick(timedelta(days=60))
    month = f"{kit.clock.now() - timedelta(days=31):%Y-%m}"
    kit.staff.handle(CloseStockMonth(month))

    (first,) = kit.staff.ask(ListStockMonth(month, limit=1))
    (second,) = kit.staff.ask(ListStockMonth(month, after=first.item, limit=1))

    assert [first.item, second.item] == [stock_item_id(MILK, MAIN), stock_item_id(TEA, MAIN)]


def test_dead_stock_is_listed_page_by_page(kit: ShopKit) -> None:
    kit.clock.tick(timedelta(days=60))

    (first,) = kit.staff.ask(ListDeadStock(days=30, limit=1))
    (second,) = kit.staff.ask(ListDeadStock(days=30, after=stock_item_id(first.variant, first.location), limit=1))

    assert [first.variant, second.variant] == [MILK, TEA]


def test_what_expires_is_listed_page_by_page(kit: ShopKit) -> None:
    (first,) = kit.staff.ask(ListExpiringLots(days=60, limit=1))
    item = stock_item_id(first.variant, first.location)
    (second,) = kit.staff.ask(ListExpiringLots(days=60, after_item=item, after_lot=first.lot.code, limit=1))

    assert [first.variant, second.variant] == [MILK, TEA]


def test_what_is_withheld_can_be_looked_at_and_listed_by_its_name(kit: ShopKit) -> None:
    shop = assemble(
        kit.persistence, clock=kit.clock, ids=kit.ids, inventory_policy=InventoryPolicy(restock_on_cancel=False)
    )
    system, sam = shop.desk(System()), shop.desk(Staff("sam", frozenset(("*",))))
    orders = ["1" * 64, "2" * 64]
    kit.staff.handle(ReceiveStock(MAIN, (ReceivedLine(TEA, 1, "L2"),)))
    for order in orders:
        system.handle(ReserveStock(order, (StockLine(TEA, 1),)))
        system.handle(ReleaseStock(order))

    withheld = [sam.ask(GetReservation(f"withheld:{order}")) for order in orders]

    assert [each.purpose for each in withheld] == [Purpose.WITHHELD] * 2
    assert sam.ask(ListReservations(TEA, MAIN, after=withheld[0].id)) == (withheld[1],)


# What is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        lambda: ReceivedLine(TEA, 1, "  "),
        lambda: ArrivedLine(TEA, 1, "  "),
        lambda: TransferLot(TEA, 1, "  "),
        lambda: TransferArrival(TEA, 1, lot="  "),
        lambda: CountLine(TEA, 1, "  "),
        lambda: CountedDifference(TEA, 1, 1, "  "),
        lambda: CorrectStock(TEA, MAIN, 1, "found", lot="  "),
    ],
)
def test_a_lot_has_a_name_or_none_and_never_a_blank_one(line: Callable[[], object]) -> None:
    with pytest.raises(Invalid, match="lot"):
        line()


@pytest.mark.parametrize("name", ["dead_after", "expires_within"])
@pytest.mark.parametrize("span", [5, None, timedelta(0), timedelta(days=-1), timedelta.max])
def test_a_policy_says_for_how_long_in_a_way_that_can_be_reckoned_with(name: str, span: object) -> None:
    with pytest.raises(Invalid, match=name):
        InventoryPolicy(**{name: span})  # type: ignore[arg-type]  # that is what is tested


@pytest.mark.parametrize("days", [0, 10_001, 1_000_000, True])
def test_nobody_looks_back_further_than_can_be_reckoned(days: int) -> None:
    with pytest.raises(Invalid, match="days"):
        ListDeadStock(days=days)


@pytest.mark.parametrize(
    "command",
    [
        lambda cost: OpenLocation("Main", parcel_cost=cost),
        lambda cost: ChangeLocation(MAIN, "Main", parcel_cost=cost),
    ],
)
def test_a_parcel_costs_nothing_or_more(command: Callable[[object], object]) -> None:
    command(euros(0))
    with pytest.raises(Invalid, match="parcel_cost"):
        command(Money(-5, Currency("EUR")))
    with pytest.raises(Invalid, match="parcel_cost"):
        command(5)


def test_what_was_counted_is_named_by_ids() -> None:
    with pytest.raises(Invalid) as refusal:
        BookCount(MAIN, "c-1", (), (TEA, VariantId("bad id\x00")))

    assert refusal.value.field == "counted[1]"
