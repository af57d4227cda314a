"""The promises about stock: it comes back with its rules and lots, and the store itself refuses what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import evolve

from ecomcore.inventory import (
    BackOrders,
    Condition,
    MonthLine,
    Purpose,
    Reservation,
    ReservedLine,
    StockItem,
    StockItems,
    StockMonth,
    StockMonths,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, StockItemId, StockMonthId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing import stock_strategies as drawn
from ecomcore.testing.builders import a_location, a_stock_item, units
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import assert_same, for_all
from ecomcore.testing.persistence_stock_finders import FindsStock, a_tracked_item, of_a_lot, of_serials
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, repository_of, writing

__all__ = ["KeepsStock"]

_MAIN = LocationId("main")
_TEA, _MILK = (stock_item_id(VariantId(id_), _MAIN) for id_ in ("tea", "milk"))
_DAY = timedelta(days=1)


class KeepsStock(FindsStock):
    """What the inventory saves comes back, is found, and is never more than there is."""

    def _is_saved(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    # Coming back -----------------------------------------------------------------------------------------------------

    def test_every_location_comes_back_with_its_place(self, persistence: Persistence) -> None:
        for_all(drawn.locations, lambda each: self._is_saved(persistence, each))

    def test_every_item_comes_back_with_its_rules_and_lots(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        for_all(
            lambda prefix: drawn.stock_items(_MAIN, prefix), lambda each: self._is_saved(persistence, each), examples=40
        )

    def test_every_entry_of_a_ledger_comes_back(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        def check(item: StockItem) -> None:
            keep(persistence, item)
            with reading(self._again(persistence)) as work:
                assert_same(tuple(work.repository(StockItems).movements(item.id)), item.fresh, item.id)

        for_all(lambda prefix: drawn.stock_items(_MAIN, prefix), check)

    def test_every_reservation_comes_back_with_its_purpose_and_bundles(self, persistence: Persistence) -> None:
        tea = a_stock_item()
        keep(persistence, a_location(), tea)

        for_all(lambda prefix: drawn.reservations(tea, prefix), lambda each: self._is_saved(persistence, each))

    def test_every_closed_month_comes_back_and_its_lines_page_by_page(self, persistence: Persistence) -> None:
        items = tuple(a_stock_item(f"v-{number}", on_hand=number) for number in range(4))
        keep(persistence, a_location(), *items)

        def check(month: StockMonth) -> None:
            self._is_saved(persistence, month)
            with reading(self._again(persistence)) as work:
                months: StockMonths = work.repository(StockMonths)
                first, rest = months.lines(month.id, None, 3), months.lines(month.id, items[2].id, 3)
            assert (*first, *rest) == month.fresh

        for_all(lambda prefix: drawn.months(items, prefix), check)

    def test_items_and_locations_that_change_come_back_as_they_are_now(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())

        for rules in ({"buffer": 3}, {"beyond": BackOrders(7, 2)}, {"stripes": 4}, {"beyond": None, "stripes": 0}):
            changed = fetch(persistence, StockItem, _TEA).having(**rules)
            self._is_saved(persistence, changed)

    # Lots ------------------------------------------------------------------------------------------------------------

    def test_lots_grow_shrink_and_are_warned_of(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_tracked_item(Tracking.LOTS))
        steps: tuple[Callable[[StockItem], StockItem], ...] = (
            lambda item: item.receive(of_a_lot("a", 5, NOON + _DAY), "r-1", NOON),
            lambda item: item.receive(of_a_lot("b", 3, None, "ada"), "r-2", NOON),
            lambda item: item.receive(of_a_lot("a", 2, NOON + _DAY), "r-3", NOON + _DAY / 2),
            lambda item: item.warn("a"),
            lambda item: item.reserve(6, NOON).consume(6, "parcel", NOON)[0],
            lambda item: item.write_off(1, Condition.GOOD, "broken", NOON, lot="b"),
        )
        for number, step in enumerate(steps):
            changed = step(fetch(persistence, StockItem, _TEA))
            keep(persistence, changed)
            kept = fetch(self._again(persistence), StockItem, _TEA)
            assert_same(kept, as_kept(changed), f"after step {number}")

        lots = fetch(persistence, StockItem, _TEA).lots
        assert [(lot.code, lot.quantity, lot.owner, lot.warned) for lot in lots] == [
            ("a", 1, None, True),
            ("b", 2, "ada", False),
        ]

    def test_a_serial_number_is_at_one_place_whatever_the_code_does(self, persistence: Persistence) -> None:
        far = a_tracked_item(Tracking.SERIALS, "tea", "far")
        keep(persistence, a_location(), a_location("far"), a_tracked_item(Tracking.SERIALS), far)
        keep(persistence, fetch(persistence, StockItem, _TEA).receive(of_serials("s-1", "s-2"), "r", NOON))

        with pytest.raises(Duplicate):
            keep(persistence, fetch(persistence, StockItem, far.id).receive(of_serials("s-3", "s-2"), "r", NOON))

        keep(persistence, fetch(persistence, StockItem, _TEA).correct(-1, "moved", NOON, lot="s-2"))
        keep(persistence, fetch(persistence, StockItem, far.id).receive(of_serials("s-2"), "r", NOON))
        assert [lot.code for lot in fetch(persistence, StockItem, far.id).lots if lot.quantity] == ["s-2"]

    def test_lots_are_told_apart_whatever_their_items_and_they_are_called(self, persistence: Persistence) -> None:
        near, far = (a_tracked_item(Tracking.LOTS, "tea", location) for location in ("x", "x/y"))
        keep(persistence, a_location("x"), a_location("x/y"), near, far)

        keep(persistence, fetch(persistence, StockItem, near.id).receive(of_a_lot("y/1", 5, None), "r", NOON))
        keep(persistence, fetch(persistence, StockItem, far.id).receive(of_a_lot("1", 3, None), "r", NOON))

        lots = [fetch(persistence, StockItem, id_).lots[0] for id_ in (near.id, far.id)]
        assert [(lot.code, lot.quantity) for lot in lots] == [("y/1", 5), ("1", 3)]

    def test_another_variant_may_have_the_same_serial_number(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_tracked_item(Tracking.SERIALS), a_tracked_item(Tracking.SERIALS, "milk"))

        for id_ in (_TEA, _MILK):
            item = fetch(persistence, StockItem, id_)
            keep(persistence, item.receive(of_serials("s-1", variant=item.variant), "r", NOON))

        assert [fetch(persistence, StockItem, id_).lots[0].code for id_ in (_TEA, _MILK)] == ["s-1", "s-1"]

    # What cannot be --------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "broken",
        [
            {"reserved": 11},
            {"reserved": 14, "short": 3},
            {"reserved": 16, "beyond": BackOrders(5)},
            {"reserved": -1},
            {"on_hand": -1},
            {"damaged": -1},
            {"short": -1},
        ],
        ids=str,
    )
    def test_books_of_an_item_that_cannot_be_are_refused_by_the_store_itself(
        self, persistence: Persistence, broken: dict[str, int]
    ) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10))

        with pytest.raises(InvariantViolated):
            keep(persistence, fetch(persistence, StockItem, _TEA).having(**broken))

        assert fetch(persistence, StockItem, _TEA).reserved == 0

    def test_promises_beyond_what_is_there_are_kept(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10))

        keep(persistence, fetch(persistence, StockItem, _TEA).having(reserved=18, short=3, beyond=BackOrders(5)))

        assert fetch(persistence, StockItem, _TEA).reserved == 18

    def test_units_of_a_bundle_and_others_leave_under_one_reference(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())
        lines = (
            ReservedLine(VariantId("tea"), _MAIN, 4, VariantId("box"), 2),
            ReservedLine(VariantId("tea"), _MAIN, 3),
        )
        keep(persistence, Reservation.open("order", lines, None, Purpose.TRANSFER, "web").having(news=()))

        keep(persistence, fetch(persistence, Reservation, "order").consume("parcel"))

        kept = fetch(self._again(persistence), Reservation, "order")
        assert kept.consumed == lines
        assert (kept.purpose, kept.channel) == (Purpose.TRANSFER, "web")
        twice = evolve(kept.entries[-1], number=5)
        with pytest.raises((Duplicate, InvariantViolated)):
            keep(persistence, kept.having(entries=(*kept.entries, twice)))

    def test_the_day_that_was_promised_for_a_reservation_is_kept(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())
        lines = (ReservedLine(VariantId("tea"), _MAIN, 1),)
        waiting = Reservation.open("order", lines, None, promised_at=NOON)
        keep(persistence, waiting.having(news=()), Reservation.open("other", lines, None).having(news=()))

        later = fetch(self._again(persistence), Reservation, "order").reserve_more(lines, NOON + timedelta(days=1))
        keep(persistence, later)

        assert waiting.promised_at == NOON
        assert fetch(self._again(persistence), Reservation, "order").promised_at == NOON + timedelta(days=1)
        assert fetch(self._again(persistence), Reservation, "other").promised_at is None

    # Shares ----------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("stripes", [0, 3])
    def test_units_of_shares_are_set_aside_and_given_back(self, persistence: Persistence, stripes: int) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10).having(stripes=stripes), a_stock_item("milk"))

        for wanted in (2, 5, 1):
            with writing(persistence) as work:
                items: StockItems = work.repository(StockItems)
                shares = items.shares({_TEA: wanted, _MILK: 1, StockItemId("none@main"): 1})
                assert list(shares) == [_MILK, _TEA]
                assert shares[_TEA].available(NOON) >= wanted
                items.save(*(shares[id_].reserve(n, NOON) for id_, n in ((_TEA, wanted), (_MILK, 1))))
                seen = items.get(_TEA).reserved
            assert fetch(persistence, StockItem, _TEA).reserved == seen
        with writing(persistence) as work:
            items = work.repository(StockItems)
            assert items.shares({_TEA: 3})[_TEA].available(NOON) == 2, "all that is left is not enough"
        with writing(persistence) as work:
            items = work.repository(StockItems)
            items.save(items.shares({_TEA: 0})[_TEA].release(5, NOON))

        tea, milk = (fetch(self._again(persistence), StockItem, id_) for id_ in (_TEA, _MILK))
        assert (tea.reserved, tea.on_hand, tea.stripes, milk.reserved) == (3, 10, stripes, 3)

    @pytest.mark.parametrize("stripes", [0, 4])
    def test_many_who_want_the_last_units_get_exactly_these(self, persistence: Persistence, stripes: int) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=5).having(stripes=stripes))

        def take() -> bool:
            with writing(persistence) as work:
                items: StockItems = work.repository(StockItems)
                share = items.shares({_TEA: 1})[_TEA]
                if share.available(NOON) < 1:
                    return False
                items.save(share.reserve(1, NOON))
                return True

        outcomes = at_once([take] * 8)

        assert sum(outcome.value for outcome in outcomes) == 5
        assert fetch(persistence, StockItem, _TEA).reserved == 5

    def test_a_unit_of_work_reads_the_stock_and_the_month_that_it_has_saved(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())
        month = StockMonth.close(StockMonthId("2026-05"), NOON, (MonthLine(_TEA, 10, 0),))

        with writing(persistence) as work:
            repository_of(work, StockMonth).save(month)
            lines = work.repository(StockMonths).lines(month.id, None, 9)
            with_more = work.repository(StockItems).get(_TEA).receive(units(2), "more", NOON)
            work.repository(StockItems).save(with_more)
            movements = work.repository(StockItems).movements(_TEA)

        assert list(lines) == [MonthLine(_TEA, 10, 0)]
        assert [entry.balance for entry in movements] == [10, 12]

    def test_a_month_is_closed_once(self, persistence: Persistence) -> None:
        keep(persistence, StockMonth.close(StockMonthId("2026-05"), NOON, ()))

        with pytest.raises(Duplicate):
            keep(persistence, StockMonth.close(StockMonthId("2026-05"), NOON, ()))
