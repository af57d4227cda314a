"""The promises about prices have teeth: a store with one defect breaks the promise that is there to find it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.work import Changed, Persistence
from ecomcore.memory.persistence import _MemoryWork
from ecomcore.memory.pricing import MemorySeriesOfPrices
from ecomcore.memory.tables import Tables
from ecomcore.pricing import Delivery, PriceList, PriceSeries, Rates, SeriesOfPrices, Zone, by_variant
from ecomcore.quoting import Edition
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


class ForgetsWhatIsNotCommitted(Spoilt):
    class works(_MemoryWork):  # noqa: N801 - takes the place of the class attribute
        def repository(self, port: type) -> Any:
            return StoredSeries(self._tables, self._changes) if port is SeriesOfPrices else super().repository(port)


class StoredSeries(MemorySeriesOfPrices):
    def of_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, tuple[PriceSeries, ...]]:
        return by_variant(row for row in self._rows.values() if row.variant in variants)


class WritesOver(Spoilt):
    class tables(Tables):  # noqa: N801
        def check(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            """Everything is welcome."""


BROKEN: list[tuple[type[Spoilt], str]] = [
    (spoiling(PriceSeries, points=lambda points: points[-1:]), "prices_are_added_to_a_series_and_none_is_lost"),
    (
        spoiling(PriceSeries, points=lambda points: tuple(point for point in points if point.breaks)),
        "a_price_that_was_withdrawn_stays_withdrawn",
    ),
    (
        spoiling(PriceSeries, points=lambda points: tuple(sorted(points, key=repr))),
        "two_prices_of_one_moment_keep_their_order",
    ),
    (spoiling(PriceSeries, points=lambda points: ()), "prices_are_exact_out_to_their_limits"),
    (spoiling(PriceList, versions=lambda v: v[-1:]), "a_price_list_that_changes_and_ends_keeps_what_it_said_before"),
    (spoiling(PriceList, ended_at=lambda _: None), "every_price_list_comes_back_with_its_versions_in_their_order"),
    (spoiling(Rates, rates=lambda rates: rates[-1:]), "exchange_rates_are_added_to_a_pair_and_none_is_lost"),
    (spoiling(Rates, rates=lambda rates: rates[::-1]), "every_exchange_rate_comes_back_in_its_order"),
    (spoiling(Zone, removed=lambda _: False), "every_tax_zone_comes_back_as_it_was_saved"),
    (spoiling(Delivery, ended=int), "every_delivery_method_comes_back_as_it_was_saved"),
    (spoiling(Edition, version=lambda _: 1), "the_edition_turns_with_every_unit_of_work_that_is_committed"),
    (ForgetsWhatIsNotCommitted, "prices_that_were_just_set_are_found_before_the_commit"),
    (WritesOver, "the_prices_of_a_variant_in_a_list_are_made_once"),
    (WritesOver, "a_pair_of_currencies_is_made_once_in_each_direction"),
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


@pytest.mark.parametrize(("store", "promise"), BROKEN, ids=[promise for _, promise in BROKEN])
def test_a_broken_store_breaks_its_promise(store: type[Spoilt], promise: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        ask(store(), promise)


@pytest.mark.parametrize("promise", sorted({promise for _, promise in BROKEN}))
def test_an_honest_store_keeps_it(promise: str) -> None:
    ask(Spoilt(), promise)
