"""The promises about counts have teeth: a store with one defect breaks the promise that is there to find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.counting import CountBoard, CountFilter, CountSummary, StockCount, StockCounts
from ecomcore.kernel.ids import StockCountId
from ecomcore.kernel.work import Persistence
from ecomcore.memory.counting import MemoryStockCounts
from ecomcore.memory.persistence import _MemoryWork
from ecomcore.memory.tables import Tables
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


class TakesAnyCount(Spoilt):
    class tables(Tables):  # noqa: N801 - takes the place of the class attribute
        def check(self, changed: Any) -> None:
            super().check({kind: changes for kind, changes in changed.items() if kind is not StockCount})


class Forgetful(MemoryStockCounts):
    def listed(self, wanted: CountFilter, before: StockCountId | None, limit: int) -> Sequence[CountSummary]:
        return super().listed(CountFilter(wanted.location), before, limit)


class Upwards(MemoryStockCounts):
    def listed(self, wanted: CountFilter, before: StockCountId | None, limit: int) -> Sequence[CountSummary]:
        return sorted(super().listed(wanted, before, limit), key=lambda each: each.id)


def listing(repository: type[MemoryStockCounts]) -> type[Spoilt]:
    class Store(Spoilt):
        class works(_MemoryWork):  # noqa: N801
            def repository(self, port: type) -> Any:
                return repository(self._tables, self._changes) if port is StockCounts else super().repository(port)

    return Store


LISTED = "counts_are_listed_latest_first_and_paged"

BROKEN: list[tuple[type[Spoilt], str]] = [
    (spoiling(StockCount, entries=lambda entries: entries[-1:]), "every_count_comes_back_as_it_was_saved"),
    (spoiling(StockCount, variants=sorted), "every_count_comes_back_as_it_was_saved"),
    (spoiling(StockCount, reason=lambda _: ""), "every_count_comes_back_as_it_was_saved"),
    (spoiling(CountBoard, counts=lambda counts: counts[:1]), "every_board_comes_back_as_it_was_saved"),
    (spoiling(StockCount, ended_by=lambda _: None), "a_count_that_goes_on_comes_back_with_all_that_was_said"),
    (
        spoiling(StockCount, entries=lambda entries: tuple(sorted(entries, key=lambda entry: entry.variant))),
        "a_count_of_a_thousand_entries_comes_back_whole_and_in_order",
    ),
    (listing(Forgetful), LISTED),
    (listing(Upwards), LISTED),
    (TakesAnyCount, "one_full_count_of_a_location_is_under_way_at_a_time"),
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
