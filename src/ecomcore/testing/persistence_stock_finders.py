"""The promises about what is found of the stock."""

from __future__ import annotations

from datetime import timedelta

from ecomcore.inventory import (
    Condition,
    ItemLot,
    LedgerSum,
    Lot,
    MonthLine,
    MovementKind,
    ReceivedLine,
    Reservations,
    ReservationState,
    ReservedLine,
    StockItem,
    StockItems,
    Tracking,
    stock_item_id,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, ReservationId, StockItemId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing.builders import a_location, a_reservation, a_stock_item
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import fetch, keep, reading, writing

__all__ = ["FindsStock", "a_tracked_item", "an_item_of_lots", "of_a_lot", "of_serials"]

_MAIN = LocationId("main")
_TEA, _MILK = (stock_item_id(VariantId(id_), _MAIN) for id_ in ("tea", "milk"))
_DAY = timedelta(days=1)


class FindsStock(PersistenceCase):
    """Every finder answers in its order, page by page, with what this unit of work has saved."""

    # Finding ---------------------------------------------------------------------------------------------------------

    def test_the_stock_of_a_location_is_read_page_by_page(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_location("far"))
        keep(persistence, *(a_stock_item(id_) for id_ in ("b", "A", "a", "c")), a_stock_item("d", "far"))

        with writing(persistence) as work:
            items: StockItems = work.repository(StockItems)
            items.save(a_stock_item("aa"))
            pages = [items.at_location(_MAIN, None, 3), items.at_location(_MAIN, VariantId("aa"), 3)]

        assert [[item.variant for item in page] for page in pages] == [["A", "a", "aa"], ["b", "c"]]

    def test_ledgers_are_summed_by_condition(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10), a_stock_item("milk"))
        keep(persistence, fetch(persistence, StockItem, _TEA).damage(4, "wet", NOON))

        with writing(persistence) as work:
            items: StockItems = work.repository(StockItems)
            items.save(items.get(_TEA).write_off(1, Condition.DAMAGED, "wet", NOON))
            sums = items.ledger_sums([_TEA, _MILK])

        assert (sums[_TEA], sums[_MILK]) == (LedgerSum(4, 6, 3), LedgerSum(1, 10, 0))

    def test_what_was_there_at_an_instant_is_found_by_the_ledger(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10), a_stock_item("milk", on_hand=0))
        keep(persistence, a_stock_item("late", at=NOON + 9 * _DAY), a_stock_item("salt", on_hand=2))
        tea = fetch(persistence, StockItem, _TEA).damage(4, "wet", NOON + _DAY)
        keep(persistence, tea.correct(-1, "lost", NOON + 3 * _DAY))

        def lines(until: Instant, after: StockItemId | None = None, limit: int = 9) -> list[MonthLine]:
            with reading(persistence) as work:
                return list(work.repository(StockItems).balances(until, after, limit))

        salt = stock_item_id(VariantId("salt"), _MAIN)
        assert lines(NOON) == []
        assert lines(NOON + _DAY) == [MonthLine(salt, 2, 0), MonthLine(_TEA, 10, 0)]
        assert lines(NOON + 2 * _DAY) == [MonthLine(salt, 2, 0), MonthLine(_TEA, 6, 4)]
        assert lines(NOON + 4 * _DAY, salt) == [MonthLine(_TEA, 5, 4)]
        assert lines(NOON + 4 * _DAY, None, 1) == [MonthLine(salt, 2, 0)]

    def test_what_was_sold_is_summed_for_each_variant(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_location("far"))
        for variant, location, days in (("tea", "main", 0), ("tea", "main", 2), ("milk", "main", 3), ("tea", "far", 3)):
            item = stock_item_id(VariantId(variant), LocationId(location))
            with writing(persistence) as work:
                items: StockItems = work.repository(StockItems)
                known = items.find(item) or a_stock_item(variant, location)
                gone, _ = known.reserve(2, NOON).consume(2, f"parcel-{days}", NOON + days * _DAY)
                moved, _ = gone.reserve(1, NOON).consume(
                    1, f"transfer-{days}", NOON + days * _DAY, MovementKind.TRANSFER_OUT
                )
                items.save(moved)
                sums = items.sold(LocationId(location), NOON + 2 * _DAY)

        assert dict(sums) == {"tea": 2}
        with reading(persistence) as work:
            assert dict(work.repository(StockItems).sold(_MAIN, NOON + 2 * _DAY)) == {"tea": 2, "milk": 2}
            assert dict(work.repository(StockItems).sold(_MAIN, NOON)) == {"tea": 4, "milk": 2}
            assert dict(work.repository(StockItems).sold(_MAIN, NOON + 9 * _DAY)) == {}

    def test_what_nobody_buys_is_found(self, persistence: Persistence) -> None:
        keep(persistence, a_location())
        keep(persistence, *(a_stock_item(id_, at=NOON) for id_ in ("c", "a", "b")), a_stock_item("none", on_hand=0))
        keep(persistence, a_stock_item("new", at=NOON + _DAY), a_stock_item("told").having(dead=True))

        with writing(persistence) as work:
            items: StockItems = work.repository(StockItems)
            items.save(items.get(stock_item_id(VariantId("b"), _MAIN)).having(active_at=NOON + 2 * _DAY))
            found = items.unsold(NOON + _DAY, None, 9)
            untold = items.unsold(NOON + _DAY, None, 9, untold=True)
            page = items.unsold(NOON + _DAY, stock_item_id(VariantId("a"), _MAIN), 1)

        assert [item.variant for item in found] == ["a", "c", "told"]
        assert [item.variant for item in untold] == ["a", "c"]
        assert [item.variant for item in page] == ["c"]

    def test_what_time_has_changed_is_found_longest_ago_first(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item("never"))
        due = {"b": NOON, "a": NOON, "first": NOON - _DAY, "later": NOON + timedelta(microseconds=1)}
        keep(persistence, *(a_stock_item(id_).having(due_at=at) for id_, at in due.items()))

        with writing(persistence) as work:
            items: StockItems = work.repository(StockItems)
            found, first = items.due(NOON, 9), items.due(NOON, 2)
            items.save(items.get(stock_item_id(VariantId("a"), _MAIN)).having(due_at=None))
            items.save(items.get(stock_item_id(VariantId("later"), _MAIN)).having(due_at=NOON - 2 * _DAY))
            after = items.due(NOON, 9)

        assert [item.variant for item in found] == ["first", "a", "b"]
        assert [item.variant for item in first] == ["first", "a"]
        assert [item.variant for item in after] == ["later", "first", "b"]

    def test_striped_items_are_found_in_the_order_of_their_ids(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), *(a_stock_item(id_).having(stripes=2) for id_ in ("c", "A", "a")))
        keep(persistence, a_stock_item("plain"))

        with reading(persistence) as work:
            items: StockItems = work.repository(StockItems)
            first, rest = items.striped(None, 2), items.striped(stock_item_id(VariantId("a"), _MAIN), 9)

        assert [[item.variant for item in page] for page in (first, rest)] == [["A", "a"], ["c"]]

    # Reservations ----------------------------------------------------------------------------------------------------

    def test_reservations_of_an_item_are_found_while_they_hold_any(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(), a_stock_item("milk"))
        tea, milk = (ReservedLine(VariantId(id_), _MAIN, 2) for id_ in ("tea", "milk"))
        gone = a_reservation("gone", lines=[tea, milk]).consume("parcel", [tea])
        keep(persistence, *(a_reservation(id_, lines=[tea]) for id_ in ("b", "A", "a")), gone.having(news=()))
        keep(persistence, a_reservation("milk", lines=[milk]), a_reservation("over", state=ReservationState.RELEASED))

        with writing(persistence) as work:
            reservations: Reservations = work.repository(Reservations)
            reservations.save(reservations.get(ReservationId("a")).release(), a_reservation("new", lines=[tea]))
            found = reservations.of_item(_TEA, None, 9)
            page = reservations.of_item(_TEA, ReservationId("A"), 1)

        assert [each.id for each in found] == ["A", "b", "new"]
        assert [each.id for each in page] == ["b"]

    def test_overdue_reservations_of_items_are_found_and_summed(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(), a_stock_item("milk"))
        tea, milk = ReservedLine(VariantId("tea"), _MAIN, 2), ReservedLine(VariantId("milk"), _MAIN, 3)
        late, gone = NOON - _DAY, a_reservation("gone", lines=[tea, milk], expires_at=NOON - _DAY)
        keep(
            persistence,
            a_reservation("late", lines=[tea], expires_at=NOON),
            a_reservation("later", lines=[tea, milk], expires_at=late),
            a_reservation("milk", lines=[milk], expires_at=late),
            a_reservation("in-time", lines=[tea], expires_at=NOON + timedelta(microseconds=1)),
            a_reservation("kept", lines=[tea]),
            a_reservation("over", lines=[tea], expires_at=late, state=ReservationState.EXPIRED),
            gone.consume("parcel", [tea]).having(news=()),
        )

        with writing(persistence) as work:
            reservations: Reservations = work.repository(Reservations)
            sums = dict(reservations.overdue_sums([_TEA, _MILK], NOON))
            found = [each.id for each in reservations.overdue([_TEA], NOON, 9)]
            first = [each.id for each in reservations.overdue([_TEA, _MILK], NOON, 2)]
            reservations.save(reservations.get(ReservationId("later")).expire())
            after = reservations.overdue_sums([_TEA, _MILK], NOON)
            left = [each.id for each in reservations.overdue([_TEA], NOON, 9)]

        assert {item: sum_ for item, sum_ in sums.items() if sum_} == {_TEA: 4, _MILK: 9}
        assert (found, first) == (["later", "late"], ["gone", "later"])
        assert ((after[_TEA], after[_MILK]), left) == ((2, 6), ["late"])

    def test_overdue_reservations_that_somebody_is_ending_are_left_to_them(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())
        tea = [ReservedLine(VariantId("tea"), _MAIN, 2)]
        keep(persistence, *(a_reservation(f"r-{number}", lines=tea, expires_at=NOON) for number in range(8)))

        def end_two() -> list[str]:
            with writing(persistence) as work:
                reservations: Reservations = work.repository(Reservations)
                late = reservations.overdue([_TEA], NOON, 2)
                reservations.save(*(each.expire() for each in late))
                return [each.id for each in late]

        ended = [each for outcome in at_once([end_two] * 4) for each in outcome.value]

        assert len(ended) == len(set(ended)) == 8
        with reading(persistence) as work:
            assert not any(work.repository(Reservations).overdue_sums([_TEA], NOON).values())

    def test_lots_that_expire_are_found_page_by_page(self, persistence: Persistence) -> None:
        lots = {"b": 1, "A": 2, "a": 3, "later": 30, "never": None}
        keep(persistence, a_location(), an_item_of_lots("tea", lots), an_item_of_lots("milk", {"gone": 1, "x": 1}))
        milk = fetch(persistence, StockItem, _MILK)
        keep(persistence, milk.correct(-5, "broken", NOON, lot="gone"))
        keep(persistence, fetch(persistence, StockItem, _TEA).warn("A"))

        def found(work: StockItems, after: tuple[StockItemId, str] | None, limit: int, *, untold: bool = False) -> str:
            lots = work.expiring(NOON + 3 * _DAY, after, limit, untold=untold)
            return " ".join(f"{each.variant}/{each.lot.code}" for each in lots)

        with reading(persistence) as work:
            items: StockItems = work.repository(StockItems)
            assert found(items, None, 9) == "milk/x tea/A tea/a tea/b"
            assert found(items, None, 9, untold=True) == "milk/x tea/a tea/b"
            assert found(items, None, 2) == "milk/x tea/A"
            assert found(items, (_TEA, "A"), 2) == "tea/a tea/b"
            lot = Lot("x", 5, NOON + _DAY, None, NOON)
            assert items.expiring(NOON + _DAY, None, 1) == [ItemLot(_MILK, VariantId("milk"), _MAIN, lot)]
            assert not items.expiring(NOON + _DAY - timedelta(microseconds=1), None, 1)
        with writing(persistence) as work:
            items = work.repository(StockItems)
            items.save(items.get(_TEA).warn("a"))
            assert found(items, None, 9, untold=True) == "milk/x tea/b"

    def test_where_a_lot_came_from_and_went_is_found(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_location(),
            a_location("far"),
            a_tracked_item(Tracking.LOTS),
            a_tracked_item(Tracking.LOTS, "milk"),
        )
        keep(persistence, a_tracked_item(Tracking.LOTS, "tea", "far"))
        far = stock_item_id(VariantId("tea"), LocationId("far"))
        for number, id_ in enumerate((_TEA, far, _MILK)):
            item = fetch(persistence, StockItem, id_)
            keep(persistence, item.receive(of_a_lot("a", 5, None, variant=item.variant), "r", NOON + number * _DAY))
        keep(persistence, fetch(persistence, StockItem, far).receive(of_a_lot("b", 5, None), "r", NOON))
        sold = fetch(persistence, StockItem, _TEA).reserve(2, NOON).consume(2, "parcel", NOON + 3 * _DAY)[0]

        with writing(persistence) as work:
            items: StockItems = work.repository(StockItems)
            items.save(sold)
            traced = items.movements_of_lot(VariantId("tea"), "a", 9)
        with reading(persistence) as work:
            again = work.repository(StockItems).movements_of_lot(VariantId("tea"), "a", 9)
            assert len(work.repository(StockItems).movements_of_lot(VariantId("tea"), "a", 2)) == 2
            assert not work.repository(StockItems).movements_of_lot(VariantId("tea"), "", 9)

        assert [(each.item, each.movement.quantity) for each in traced] == [(_TEA, 5), (far, 5), (_TEA, -2)]
        assert list(again) == list(traced)


def a_tracked_item(tracking: Tracking, variant: str = "tea", location: str = "main") -> StockItem:
    return a_stock_item(variant, location, on_hand=0).having(tracking=tracking)


def of_a_lot(
    code: str, quantity: int, end: Instant | None, owner: str | None = None, variant: str = "tea"
) -> ReceivedLine:
    return ReceivedLine(VariantId(variant), quantity, code, end, owner)


def of_serials(*serials: str, variant: str = "tea") -> ReceivedLine:
    return ReceivedLine(VariantId(variant), len(serials), serials=serials)


def an_item_of_lots(variant: str, ends: dict[str, int | None]) -> StockItem:
    """Five units of each lot; they expire after so many days."""
    item = a_tracked_item(Tracking.LOTS, variant)
    for code, days in ends.items():
        end = None if days is None else NOON + days * _DAY
        item = item.receive(of_a_lot(code, 5, end, variant=variant), f"r-{code}", NOON)
    return item
