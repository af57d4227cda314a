"""The repositories of queues and wishes in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import ClassVar

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
from ecomcore.kernel.ids import QueueTicketId, VariantId, WishId
from ecomcore.kernel.work import Changes
from ecomcore.memory.repositories import MemoryRepository
from ecomcore.memory.tables import Tables

__all__ = ["MemoryQueueLines", "MemoryQueueTickets", "MemoryWishes"]


class MemoryQueueLines(MemoryRepository[QueueLine, VariantId], QueueLines):
    kind: ClassVar[type[QueueLine]] = QueueLine  # type: ignore[misc]

    def waiting(self) -> frozenset[VariantId]:
        return frozenset(line.id for line in self._all() if line.waiting)


class MemoryQueueTickets(MemoryRepository[QueueTicket, QueueTicketId], QueueTickets):
    kind: ClassVar[type[QueueTicket]] = QueueTicket  # type: ignore[misc]

    def live(self, variant: VariantId, owner: str, source: str) -> QueueTicket | None:
        wanted = variant, owner, source
        return next((each for each in self._of((variant,)) if each.is_live and _key(each) == wanted), None)

    def heads(self, variants: Collection[VariantId], each: int) -> Sequence[QueueTicket]:
        lines = groupby(self._waiting(variants), key=lambda ticket: ticket.variant)
        return [ticket for _, line in lines for ticket in list(line)[:each]]

    def ahead(self, variants: Collection[VariantId], source: str) -> Mapping[VariantId, int]:
        found: Counter[VariantId] = Counter()
        own: set[VariantId] = set()
        for ticket in self._waiting(variants):
            if source in (ticket.source, ticket.id):
                own.add(ticket.variant)
            elif ticket.variant not in own:
                found[ticket.variant] += 1
        return found

    def before(self, variant: VariantId, number: int) -> int:
        return sum(ticket.number < number for ticket in self._waiting((variant,)))

    def line(self, variant: VariantId, after: int, limit: int) -> Sequence[QueueTicket]:
        found = [ticket for ticket in self._of((variant,)) if ticket.is_live and ticket.number > after]
        return found[:limit]

    def sums(self, variants: Collection[VariantId]) -> Mapping[VariantId, LineSums]:
        lines = groupby(self._of(variants), key=lambda ticket: ticket.variant)
        return {variant: _sums(list(line)) for variant, line in lines}

    def _waiting(self, variants: Collection[VariantId]) -> list[QueueTicket]:
        return [ticket for ticket in self._of(variants) if ticket.waits]

    def _of(self, variants: Collection[VariantId]) -> list[QueueTicket]:
        """The tickets of these variants in the order of their lines, noted as loaded."""
        wanted = frozenset(variants)
        known = {ticket.id: ticket for ticket in self._all() if ticket.variant in wanted}
        found = self.many(sorted(known))
        return sorted(found.values(), key=lambda ticket: (ticket.variant, ticket.number))


class MemoryWishes(MemoryRepository[Wish, WishId], Wishes):
    kind: ClassVar[type[Wish]] = Wish  # type: ignore[misc]

    def __init__(self, tables: Tables, changes: Changes) -> None:
        super().__init__(tables, changes)
        self._wished: frozenset[VariantId] | None = None

    def variants(self) -> frozenset[VariantId]:
        if self._wished is None:
            self._wished = frozenset(wish.variant for wish in self._rows.values() if wish.is_open)
        return self._wished.union(wish.variant for wish in self._changes.changed_now(Wish) if wish.is_open)

    def open_of(self, variant: VariantId, person: str) -> Wish | None:
        ids = [each.id for each in self._all() if each.is_open and (each.variant, each.person) == (variant, person)]
        return next(iter(self.many(ids).values()), None)

    def oldest(self, variant: VariantId, channels: Collection[str], most_units: int, limit: int) -> Sequence[Wish]:
        found = [each for each in self._all() if each.is_open and each.variant == variant and each.channel in channels]
        fitting = sorted((each.asked_at, each.id) for each in found if each.quantity <= most_units)
        return list(self.many([id_ for _, id_ in fitting[:limit]]).values())

    def open_sums(self, variants: Collection[VariantId]) -> Sequence[WishSum]:
        return _wish_sums(each for each in self._all() if each.is_open and each.variant in variants)

    def told_sums(self, variants: Collection[VariantId], since: Instant) -> Sequence[WishSum]:
        return _wish_sums(
            each
            for each in self._all()
            if each.variant in variants and each.told_at is not None and each.told_at > since
        )

    def of_person(self, person: str) -> Sequence[Wish]:
        return list(self.many(sorted(each.id for each in self._all() if each.person == person)).values())

    def counts(self, variants: Collection[VariantId], after: VariantId | None, limit: int) -> Sequence[WishCount]:
        open_ = sorted(
            (each for each in self._all() if each.is_open and (after is None or each.variant > after)),
            key=lambda wish: wish.variant,
        )
        by_variant = ((variant, list(found)) for variant, found in groupby(open_, key=lambda wish: wish.variant))
        counted = [
            WishCount(variant, len(found), sum(each.quantity for each in found), min(each.asked_at for each in found))
            for variant, found in by_variant
            if not variants or variant in variants
        ]
        return counted[:limit]


def _wish_sums(wishes: Iterable[Wish]) -> Sequence[WishSum]:
    wanted: dict[tuple[VariantId, str], list[int]] = defaultdict(list)
    for wish in wishes:
        wanted[wish.variant, wish.channel].append(wish.quantity)
    return [WishSum(*key, sum(units), min(units)) for key, units in sorted(wanted.items())]


def _key(ticket: QueueTicket) -> tuple[VariantId, str, str]:
    return ticket.variant, ticket.owner, ticket.source


def _sums(line: Sequence[QueueTicket]) -> LineSums:
    return LineSums(len(line), max(ticket.number for ticket in line), sum(ticket.waits for ticket in line))
