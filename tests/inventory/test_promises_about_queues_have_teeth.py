"""The promises about queues have teeth: a store with one defect breaks the promise that is there to find it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings

from ecomcore.bootstrap import ROOMS
from ecomcore.inventory import (
    LineSums,
    QueueLine,
    QueueLines,
    QueueTicket,
    QueueTickets,
    Wish,
    WishCount,
    Wishes,
    WishSum,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.memory.persistence import _MemoryWork
from ecomcore.memory.queueing import MemoryQueueLines, MemoryQueueTickets, MemoryWishes
from ecomcore.memory.tables import Tables
from ecomcore.testing import NOON, PersistenceConformance
from ecomcore.wire import Wire
from tests.testing.broken import Spoilt, rows_spoilt_by


def with_a_repository(port: type[Any], made: type[Any]) -> type[Spoilt]:
    """A store that finds otherwise."""

    class work(_MemoryWork):  # noqa: N801 - takes the place of the class attribute
        def repository(self, asked: type) -> Any:
            return made(self._tables, self._changes) if asked is port else super().repository(asked)

    return type(f"With{made.__name__}", (Spoilt,), {"works": work})


def spoiling(kind: type[Any], **changed: Callable[[Any], Any]) -> type[Spoilt]:
    """A store that changes these fields of every row of this kind."""

    def spoil(row: Any) -> Any:
        if type(row) is not kind:
            return row
        return row.having(**{name: change(getattr(row, name)) for name, change in changed.items()})

    return rows_spoilt_by(spoil)


class TakesAnything(Spoilt):
    class tables(Tables):  # noqa: N801
        def check(self, changed: Any) -> None:
            mine = (QueueLine, QueueTicket, Wish)
            super().check({kind: changes for kind, changes in changed.items() if kind not in mine})


class LooksOnceAndForGood(MemoryQueueLines):
    def waiting(self) -> frozenset[VariantId]:
        return frozenset(line.id for line in self._rows.values() if line.waiting)


class LastComeFirstServed(MemoryQueueTickets):
    def heads(self, variants: Collection[VariantId], each: int) -> Sequence[QueueTicket]:
        return list(reversed(super().heads(variants, each)))


class KnowsNobody(MemoryQueueTickets):
    def ahead(self, variants: Collection[VariantId], source: str) -> Mapping[VariantId, int]:
        return super().ahead(variants, "nobody")


class FindsWhatHasEnded(MemoryQueueTickets):
    def line(self, variant: VariantId, after: int, limit: int) -> Sequence[QueueTicket]:
        return [each for each in self._of((variant,)) if each.number > after][:limit]

    def live(self, variant: VariantId, owner: str, source: str) -> QueueTicket | None:
        wanted = variant, owner, source
        return next((each for each in self._of((variant,)) if (each.variant, each.owner, each.source) == wanted), None)


class SeesAllWait(MemoryQueueTickets):
    def sums(self, variants: Collection[VariantId]) -> Mapping[VariantId, LineSums]:
        sums = super().sums(variants)
        return {variant: LineSums(each.tickets, each.last, each.tickets) for variant, each in sums.items()}


class TellsNewestFirst(MemoryWishes):
    def oldest(self, variant: VariantId, channels: Collection[str], most_units: int, limit: int) -> Sequence[Wish]:
        return list(reversed(super().oldest(variant, channels, most_units, 1_000)))[:limit]


class TellsAllChannels(MemoryWishes):
    def oldest(self, variant: VariantId, channels: Collection[str], most_units: int, limit: int) -> Sequence[Wish]:
        return super().oldest(variant, {*channels, "default", "web"}, most_units, limit)


class RemembersForEver(MemoryWishes):
    def told_sums(self, variants: Collection[VariantId], since: Instant) -> Sequence[WishSum]:
        return super().told_sums(variants, since - timedelta(days=1))


class SumsWhatIsToldAsWell(MemoryWishes):
    def open_sums(self, variants: Collection[VariantId]) -> Sequence[WishSum]:
        return [*super().open_sums(variants), *super().told_sums(variants, NOON)]


class CountsAll(MemoryWishes):
    def counts(self, variants: Collection[VariantId], after: VariantId | None, limit: int) -> Sequence[WishCount]:
        return super().counts((), after, limit)

    def of_person(self, person: str) -> Sequence[Wish]:
        return [each for each in super().of_person(person) if each.is_open]


BROKEN: list[tuple[type[Spoilt], str]] = [
    (spoiling(QueueTicket, offered_until=lambda _: None), "every_ticket_comes_back_as_it_was_saved"),
    (spoiling(Wish, email=lambda _: None), "every_wish_comes_back_as_it_was_saved"),
    (spoiling(QueueLine, last=lambda last: last + 1), "a_ticket_and_its_line_come_back_changed"),
    (with_a_repository(QueueLines, LooksOnceAndForGood), "lines_in_which_somebody_waits_are_found"),
    (with_a_repository(QueueTickets, LastComeFirstServed), "the_heads_of_several_lines_are_found_in_their_order"),
    (with_a_repository(QueueTickets, KnowsNobody), "those_who_come_first_are_counted"),
    (with_a_repository(QueueTickets, FindsWhatHasEnded), "a_line_is_listed_in_its_order_and_paged"),
    (
        with_a_repository(QueueTickets, FindsWhatHasEnded),
        "the_ticket_of_a_source_that_waits_or_has_an_offer_is_found",
    ),
    (with_a_repository(QueueTickets, SeesAllWait), "the_sums_of_a_line_are_those_of_its_tickets"),
    (TakesAnything, "a_number_of_a_line_is_given_once"),
    (TakesAnything, "nobody_waits_twice_for_the_same"),
    (TakesAnything, "a_ticket_has_a_line_and_an_offer_when_it_does_not_wait"),
    (TakesAnything, "a_person_has_one_open_wish_for_a_variant"),
    (TakesAnything, "an_open_wish_is_somebodys_and_a_told_one_says_when"),
    (with_a_repository(Wishes, TellsNewestFirst), "wishes_are_found_oldest_first_and_by_how_many_units_they_want"),
    (with_a_repository(Wishes, TellsAllChannels), "wishes_are_found_oldest_first_and_by_how_many_units_they_want"),
    (
        with_a_repository(Wishes, RemembersForEver),
        "what_is_wished_for_and_what_was_told_lately_is_summed_by_variant_and_channel",
    ),
    (
        with_a_repository(Wishes, SumsWhatIsToldAsWell),
        "what_is_wished_for_and_what_was_told_lately_is_summed_by_variant_and_channel",
    ),
    (with_a_repository(Wishes, CountsAll), "the_wishes_of_a_person_are_found_and_the_open_one"),
    (with_a_repository(Wishes, CountsAll), "wishes_are_counted_by_variant_and_paged"),
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
