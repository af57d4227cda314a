"""The promises about parts have teeth: a store with one defect breaks the promise that is there to find it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.inventory import Reservation, ReservationEntryKind, StockItems
from ecomcore.kernel.ids import StockItemId
from ecomcore.kernel.work import Persistence
from ecomcore.memory.persistence import _MemoryWork
from ecomcore.memory.stock import MemoryStockItems
from ecomcore.memory.tables import Tables
from ecomcore.shipping import Shipment
from ecomcore.testing import PersistenceConformance
from ecomcore.wire import Wire
from tests.testing.broken import Spoilt, rows_spoilt_by


def spoiling(kind: type[Any], **changed: Callable[[Any], Any]) -> type[Spoilt]:
    """A store that changes these fields of every row of this kind."""

    def spoil(row: Any) -> Any:
        if type(row) is not kind:
            return row
        return row.having(**{name: change(getattr(row, name)) for name, change in changed.items()})

    return rows_spoilt_by(spoil)


class SumsAllThatWasEverSetAside(Spoilt):
    class works(_MemoryWork):  # noqa: N801 - takes the place of the class attribute
        def repository(self, port: type) -> Any:
            return Generous(self._tables, self._changes) if port is StockItems else super().repository(port)


class Generous(MemoryStockItems):
    def reserved_sums(self, items: Collection[StockItemId]) -> Mapping[StockItemId, int]:
        sums = dict.fromkeys(items, 0)
        for reservation in self._tables.rows[Reservation].values():
            for line in reservation.reserved if reservation.is_open else ():
                sums[line.item] += line.quantity
        return sums


class TakesAnyEntry(Spoilt):
    class tables(Tables):  # noqa: N801
        def check(self, changed: Any) -> None:
            super().check({kind: changes for kind, changes in changed.items() if kind is not Reservation})


def without_what_left(entries: Any) -> Any:
    return tuple(entry for entry in entries if entry.kind is not ReservationEntryKind.CONSUMED)


BROKEN: list[tuple[type[Spoilt], str]] = [
    (
        spoiling(Reservation, entries=without_what_left),
        "the_ledger_of_a_reservation_is_added_to_and_nothing_is_lost",
    ),
    (
        spoiling(Reservation, entries=without_what_left),
        "a_shipment_that_is_told_by_two_at_once_takes_its_units_once",
    ),
    (spoiling(Reservation, entries=lambda entries: entries[-1:]), "every_reservation_comes_back_as_it_was_saved"),
    (SumsAllThatWasEverSetAside, "units_of_which_some_have_left_are_summed_as_what_is_still_set_aside"),
    (
        spoiling(Reservation, entries=lambda entries: entries[:1]),
        "reservations_live_at_random_as_a_model_says_that_only_counts",
    ),
    (spoiling(Reservation, promised_at=lambda _: None), "the_day_that_was_promised_for_a_reservation_is_kept"),
    (TakesAnyEntry, "units_that_left_under_a_reference_do_not_leave_under_it_again"),
    (TakesAnyEntry, "an_entry_that_cannot_be_is_refused_by_the_store_itself"),
    (
        spoiling(Shipment, location=lambda _: None),
        "a_shipment_of_a_part_comes_back_with_where_it_leaves_and_whose_it_is",
    ),
    (
        spoiling(Shipment, seller=lambda _: None),
        "a_shipment_of_a_part_comes_back_with_where_it_leaves_and_whose_it_is",
    ),
]


@pytest.fixture(autouse=True)
def no_shrinking() -> Iterator[None]:
    """That there is a difference is enough here; nobody reads the shortest story of it."""
    before = settings.get_current_profile_name()
    settings.register_profile("first difference", phases=[Phase.generate], report_multiple_bugs=False)
    settings.load_profile("first difference")
    yield
    settings.load_profile(before)


def ask(store: Persistence, promise: str) -> None:
    store.use(Wire(ROOMS))
    getattr(PersistenceConformance(), f"test_{promise}")(store)


@pytest.mark.parametrize(("store", "promise"), BROKEN, ids=[f"{n}: {p}" for n, (_, p) in enumerate(BROKEN)])
def test_a_broken_store_breaks_its_promise(store: type[Spoilt], promise: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        ask(store(), promise)


@pytest.mark.parametrize("promise", sorted({promise for _, promise in BROKEN}))
def test_an_honest_store_keeps_it(promise: str) -> None:
    ask(Spoilt(), promise)
