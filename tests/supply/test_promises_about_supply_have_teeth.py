"""The promises about deliveries and transfers have teeth: a store with one defect breaks the one that is to find it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.kernel.ids import InboundId, TransferId, VariantId
from ecomcore.kernel.work import Changed, Persistence
from ecomcore.memory.persistence import _MemoryWork
from ecomcore.memory.supply import MemoryInboundDeliveries, MemoryTransfers
from ecomcore.memory.tables import Tables
from ecomcore.supply import InboundDeliveries, InboundDelivery, InboundFilter, Outstanding
from ecomcore.testing import PersistenceConformance
from ecomcore.transfers import InTransit, Transfer, TransferFilter, Transfers
from ecomcore.wire import Wire
from tests.testing.broken import Spoilt, rows_spoilt_by


def spoiling(kind: type[Any], **changed: Callable[[Any], Any]) -> type[Spoilt]:
    """A store that changes these fields of every row of this kind."""

    def spoil(row: Any) -> Any:
        if type(row) is not kind:
            return row
        return row.having(**{name: change(getattr(row, name)) for name, change in changed.items()})

    return rows_spoilt_by(spoil)


def answering(port: type, repository: type) -> type[Spoilt]:
    """A store with another repository for this port."""

    class OtherWork(_MemoryWork):
        def repository(self, asked: type) -> Any:
            return repository(self._tables, self._changes) if asked is port else super().repository(asked)

    class OtherStore(Spoilt):
        works = OtherWork

    return OtherStore


class FindsWhatHasEnded(MemoryInboundDeliveries):
    def outstanding(self, variants: Collection[VariantId]) -> Sequence[Outstanding]:
        return [
            Outstanding(line.variant, delivery.location, line.quantity, delivery.expected_at, delivery.id)
            for delivery in self._all()
            for line in delivery.missing
            if line.variant in variants
        ]


class FindsWhatIsStored(MemoryInboundDeliveries):
    def outstanding(self, variants: Collection[VariantId]) -> Sequence[Outstanding]:
        found = [each for row in self._rows.values() for each in row.outstanding if each.variant in variants]
        return sorted(found, key=lambda each: (each.variant, each.expected_at, each.inbound))


class TurnsNoPage(MemoryInboundDeliveries):
    def open_ones(self, wanted: InboundFilter, after: InboundId | None, limit: int) -> Sequence[InboundDelivery]:
        return super().open_ones(wanted, None, limit)


class SendsEverythingHome(MemoryTransfers):
    def in_transit(self, variants: Collection[VariantId]) -> Sequence[InTransit]:
        found = super().in_transit(variants)
        return [evolve(each, destination=found[0].destination) for each in found]


class ShowsTheOldestFirst(MemoryTransfers):
    def search(self, wanted: TransferFilter, before: TransferId | None, limit: int) -> Sequence[Transfer]:
        return sorted(super().search(wanted, before, limit), key=lambda transfer: transfer.id)


class TakesAnything(Spoilt):
    class tables(Tables):  # noqa: N801 - takes the place of the class attribute
        def check(self, changed: Mapping[type, Sequence[Changed[Any]]]) -> None:
            """Everything is welcome."""


def without_the_last(rows: tuple[Any, ...]) -> tuple[Any, ...]:
    return rows[:-1]


def to_the_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


BROKEN: list[tuple[type[Spoilt], str]] = [
    (spoiling(InboundDelivery, entries=without_the_last), "every_delivery_comes_back_as_it_was_saved"),
    (
        spoiling(InboundDelivery, expected_at=lambda at: at.replace(microsecond=0)),
        "every_delivery_comes_back_as_it_was_saved",
    ),
    (spoiling(InboundDelivery, totals=lambda rows: rows[:2]), "a_delivery_that_changes_comes_back_changed"),
    (answering(InboundDeliveries, FindsWhatHasEnded), "what_is_still_to_come_is_found_by_variant"),
    (
        answering(InboundDeliveries, FindsWhatIsStored),
        "what_has_come_is_no_longer_found_in_its_own_unit_of_work_either",
    ),
    (answering(InboundDeliveries, TurnsNoPage), "open_deliveries_are_found_by_place_variant_and_time_and_paged"),
    (TakesAnything, "a_delivery_goes_to_a_place_that_exists"),
    (TakesAnything, "less_than_nothing_neither_comes_nor_is_ordered"),
    (TakesAnything, "a_variant_has_one_total"),
    (TakesAnything, "a_receipt_is_kept_once_under_its_reference_whatever_the_code_does"),
    (spoiling(Transfer, lots=without_the_last), "every_transfer_comes_back_as_it_was_saved"),
    (spoiling(Transfer, tracking=lambda _: ""), "every_transfer_comes_back_as_it_was_saved"),
    (spoiling(Transfer, entries=without_the_last), "a_transfer_that_changes_comes_back_changed"),
    (answering(Transfers, SendsEverythingHome), "what_is_in_transit_is_found_by_variant_and_destination"),
    (answering(Transfers, ShowsTheOldestFirst), "transfers_are_found_by_ends_and_state_latest_first_and_paged"),
    (TakesAnything, "a_transfer_leads_from_one_place_that_exists_to_another"),
    (TakesAnything, "a_variant_has_one_total_and_a_lot_is_noted_once"),
    (TakesAnything, "a_receipt_is_kept_once_under_its_reference_whatever_it_names"),
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


@pytest.mark.parametrize(("store", "promise"), BROKEN, ids=[f"{s.__name__}: {p}" for s, p in BROKEN])
def test_a_broken_store_breaks_its_promise(store: type[Spoilt], promise: str) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        ask(store(), promise)


@pytest.mark.parametrize("promise", sorted({promise for _, promise in BROKEN}))
def test_an_honest_store_keeps_it(promise: str) -> None:
    ask(Spoilt(), promise)
