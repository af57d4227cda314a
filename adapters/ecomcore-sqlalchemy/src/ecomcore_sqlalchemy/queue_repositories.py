"""The repositories of queues and wishes: each port's own finders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar

from sqlalchemy import Integer, Select, bindparam, case, func, or_, select

from ecomcore.inventory import (
    LineSums,
    QueueLine,
    QueueLines,
    QueueTicket,
    QueueTickets,
    TicketState,
    Wish,
    WishCount,
    Wishes,
    WishState,
    WishSum,
)
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import QueueTicketId, VariantId, WishId
from ecomcore.kernel.work import Changes
from ecomcore_sqlalchemy.queue_tables import queue_lines, queue_tickets, wishes
from ecomcore_sqlalchemy.repository import LIMIT, SqlRepository
from ecomcore_sqlalchemy.session import Session
from ecomcore_sqlalchemy.tables import INSTANT

__all__ = ["QUEUE_REPOSITORIES"]

_WAITING = TicketState.WAITING.value
_IS_LIVE = or_(queue_tickets.c.state == _WAITING, queue_tickets.c.state == TicketState.OFFERED.value)
_OPEN, _TOLD = WishState.OPEN.value, WishState.TOLD.value


class SqlQueueLines(SqlRepository[QueueLine, VariantId], QueueLines):
    kind: ClassVar[type[QueueLine]] = QueueLine  # type: ignore[misc]

    def __init__(self, session: Session, changes: Changes) -> None:
        super().__init__(session, changes)
        self._seen: frozenset[VariantId] | None = None

    def waiting(self) -> frozenset[VariantId]:
        if self._seen is None:
            rows = self._session.fetch(
                "queue_lines.waiting", lambda: select(queue_lines.c.id).where(queue_lines.c.waiting > 0)
            )
            self._seen = frozenset(VariantId(id_) for (id_,) in rows)
        saved = {line.id: line.waiting for line in self._changes.changed_now(QueueLine)}
        return frozenset(id_ for id_ in self._seen.union(saved) if saved.get(id_, 1))


class SqlQueueTickets(SqlRepository[QueueTicket, QueueTicketId], QueueTickets):
    kind: ClassVar[type[QueueTicket]] = QueueTicket  # type: ignore[misc]

    def live(self, variant: VariantId, owner: str, source: str) -> QueueTicket | None:
        columns, wanted = queue_tickets.c, (variant, owner, source)
        stored = self._load(
            "live",
            lambda roots: roots.where(
                columns.variant == bindparam("variant"),
                columns.owner == bindparam("owner"),
                columns.source == bindparam("source"),
                _IS_LIVE,
            ),
            variant=variant,
            owner=owner,
            source=source,
        )
        found = self._merged(stored, lambda _: True)
        same = (each for each in found if each.is_live and (each.variant, each.owner, each.source) == wanted)
        return next(same, None)

    def heads(self, variants: Collection[VariantId], each: int) -> Sequence[QueueTicket]:
        dialect, columns, wanted = self._session.dialect, queue_tickets.c, frozenset(variants)
        place = func.row_number().over(partition_by=columns.variant, order_by=columns.number).label("place")
        first = (
            select(columns.id, place)
            .where(columns.state == _WAITING, dialect.any_of(columns.variant, "variants"))
            .subquery("heads")
        )
        stored = self._load(
            "heads",
            lambda roots: roots.where(columns.id.in_(select(first.c.id).where(first.c.place <= LIMIT))),
            variants=dialect.list_of(sorted(wanted)),
            limit=self._room_for(each),
        )
        waiting = [ticket for ticket in self._merged(stored, _waits) if ticket.variant in wanted and ticket.waits]
        lines = groupby(sorted(waiting, key=_place), key=lambda ticket: ticket.variant)
        return [ticket for _, line in lines for ticket in list(line)[:each]]

    def ahead(self, variants: Collection[VariantId], source: str) -> Mapping[VariantId, int]:
        dialect, columns, wanted = self._session.dialect, queue_tickets.c, frozenset(variants)
        own = queue_tickets.alias("own")
        first = (
            select(func.min(own.c.number))
            .where(own.c.variant == columns.variant, own.c.state == _WAITING)
            .where(or_(own.c.source == bindparam("source"), own.c.id == bindparam("source")))
            .where(~dialect.any_of(own.c.id, "saved"))
            .correlate(queue_tickets)
            .scalar_subquery()
        )
        saved = self._saved(wanted)
        rows = self._session.fetch(
            "queue_tickets.ahead",
            lambda: (
                select(
                    columns.variant,
                    func.sum(case((or_(first.is_(None), columns.number < first), 1), else_=0)),
                    func.max(first),
                )
                .where(columns.state == _WAITING, dialect.any_of(columns.variant, "variants"))
                .where(~dialect.any_of(columns.id, "saved"))
                .group_by(columns.variant)
            ),
            variants=dialect.list_of(sorted(wanted)),
            source=source,
            saved=dialect.list_of(sorted(ticket.id for ticket in saved)),
        )
        found = Counter({VariantId(variant): int(count) for variant, count, _ in rows})
        here = {VariantId(variant) for variant, _, place in rows if place is not None}
        for ticket in saved:
            if ticket.waits and source in (ticket.source, ticket.id):
                here.add(ticket.variant)
            elif ticket.waits and ticket.variant not in here:
                found[ticket.variant] += 1
        return {variant: count for variant, count in found.items() if count}

    def before(self, variant: VariantId, number: int) -> int:
        dialect, columns, saved = self._session.dialect, queue_tickets.c, self._saved((variant,))
        ((count,),) = self._session.fetch(
            "queue_tickets.before",
            lambda: select(func.count()).where(
                columns.variant == bindparam("variant"),
                columns.state == _WAITING,
                columns.number < bindparam("number", type_=Integer),
                ~dialect.any_of(columns.id, "saved"),
            ),
            variant=variant,
            number=number,
            saved=dialect.list_of(sorted(ticket.id for ticket in saved)),
        )
        return int(count) + sum(ticket.waits and ticket.number < number for ticket in saved)

    def line(self, variant: VariantId, after: int, limit: int) -> Sequence[QueueTicket]:
        columns = queue_tickets.c
        stored = self._load(
            "line",
            lambda roots: (
                roots.where(columns.variant == bindparam("variant"), _IS_LIVE)
                .where(columns.number > bindparam("after", type_=Integer))
                .order_by(columns.number)
                .limit(LIMIT)
            ),
            variant=variant,
            after=after,
            limit=self._room_for(limit),
        )
        found = self._merged(stored, lambda each: each.is_live and each.variant == variant and each.number > after)
        return sorted(found, key=_place)[:limit]

    def sums(self, variants: Collection[VariantId]) -> Mapping[VariantId, LineSums]:
        dialect, columns, saved = self._session.dialect, queue_tickets.c, self._saved(variants)
        rows = self._session.fetch(
            "queue_tickets.sums",
            lambda: (
                select(
                    columns.variant,
                    func.count(),
                    func.max(columns.number),
                    func.sum(case((columns.state == _WAITING, 1), else_=0)),
                )
                .where(dialect.any_of(columns.variant, "variants"), ~dialect.any_of(columns.id, "saved"))
                .group_by(columns.variant)
            ),
            variants=dialect.list_of(sorted(variants)),
            saved=dialect.list_of(sorted(ticket.id for ticket in saved)),
        )
        sums = {VariantId(variant): LineSums(int(count), last, int(waiting)) for variant, count, last, waiting in rows}
        for ticket in saved:
            known = sums.get(ticket.variant, LineSums())
            waiting = known.waiting + int(ticket.waits)
            sums[ticket.variant] = LineSums(known.tickets + 1, max(known.last, ticket.number), waiting)
        return sums

    def _saved(self, variants: Collection[VariantId]) -> Sequence[QueueTicket]:
        """The tickets of these variants that were saved in this unit of work, in their order."""
        saved = self._changes.changed_now(QueueTicket)
        return sorted((ticket for ticket in saved if ticket.variant in variants), key=_place)


class SqlWishes(SqlRepository[Wish, WishId], Wishes):
    kind: ClassVar[type[Wish]] = Wish  # type: ignore[misc]

    def __init__(self, session: Session, changes: Changes) -> None:
        super().__init__(session, changes)
        self._seen: frozenset[VariantId] | None = None

    def variants(self) -> frozenset[VariantId]:
        if self._seen is None:
            rows = self._session.fetch(
                "wishes.variants", lambda: select(wishes.c.variant).where(wishes.c.state == _OPEN).distinct()
            )
            self._seen = frozenset(VariantId(variant) for (variant,) in rows)
        return self._seen.union(wish.variant for wish in self._changes.changed_now(Wish) if wish.is_open)

    def open_of(self, variant: VariantId, person: str) -> Wish | None:
        stored = self._load(
            "open_of",
            lambda roots: roots.where(
                wishes.c.variant == bindparam("variant"),
                wishes.c.person == bindparam("person"),
                wishes.c.state == _OPEN,
            ),
            variant=variant,
            person=person,
        )
        found = self._merged(stored, lambda _: True)
        same = (each for each in found if each.is_open and (each.variant, each.person) == (variant, person))
        return next(same, None)

    def oldest(self, variant: VariantId, channels: Collection[str], most_units: int, limit: int) -> Sequence[Wish]:
        dialect = self._session.dialect
        stored = self._load(
            "oldest",
            lambda roots: (
                roots.where(wishes.c.variant == bindparam("variant"), wishes.c.state == _OPEN)
                .where(wishes.c.quantity <= bindparam("most_units", type_=Integer))
                .where(dialect.any_of(wishes.c.channel, "channels"))
                .order_by(wishes.c.asked_at, wishes.c.id)
                .limit(LIMIT)
            ),
            variant=variant,
            most_units=most_units,
            channels=dialect.list_of(sorted(channels)),
            limit=self._room_for(limit),
        )
        found = self._merged(
            stored,
            lambda each: (
                each.is_open and each.variant == variant and each.channel in channels and each.quantity <= most_units
            ),
        )
        return sorted(found, key=lambda wish: (wish.asked_at, wish.id))[:limit]

    def open_sums(self, variants: Collection[VariantId]) -> Sequence[WishSum]:
        return self._sums("open_sums", variants, lambda sums: sums.where(wishes.c.state == _OPEN), _is_open)

    def told_sums(self, variants: Collection[VariantId], since: Instant) -> Sequence[WishSum]:
        return self._sums(
            "told_sums",
            variants,
            lambda sums: sums.where(wishes.c.state == _TOLD, wishes.c.told_at > bindparam("since", type_=INSTANT)),
            lambda wish: wish.told_at is not None and wish.told_at > since,
            since=self._session.dialect.instant(since),
        )

    def _sums(
        self,
        name: str,
        variants: Collection[VariantId],
        narrowed: Callable[[Select[Any]], Select[Any]],
        fits: Callable[[Wish], bool],
        **given: Any,
    ) -> Sequence[WishSum]:
        dialect, columns = self._session.dialect, wishes.c
        saved = list(self._changes.changed_now(Wish))
        rows = self._session.fetch(
            f"wishes.{name}",
            lambda: narrowed(
                select(columns.variant, columns.channel, func.sum(columns.quantity), func.min(columns.quantity))
                .where(dialect.any_of(columns.variant, "variants"), ~dialect.any_of(columns.id, "saved"))
                .group_by(columns.variant, columns.channel)
            ),
            variants=dialect.list_of(sorted(variants)),
            saved=dialect.list_of(sorted(wish.id for wish in saved)),
            **given,
        )
        wanted = defaultdict(list, {(VariantId(row[0]), str(row[1])): [row[2:]] for row in rows})
        for wish in saved:
            if wish.variant in variants and fits(wish):
                wanted[wish.variant, wish.channel].append((wish.quantity, wish.quantity))
        return [
            WishSum(*key, sum(int(units) for units, _ in parts), min(int(least) for _, least in parts))
            for key, parts in sorted(wanted.items())
        ]

    def of_person(self, person: str) -> Sequence[Wish]:
        stored = self._load(
            "of_person",
            lambda roots: roots.where(wishes.c.person == bindparam("person")).order_by(wishes.c.id),
            person=person,
        )
        return self._merged(stored, lambda wish: wish.person == person)

    def counts(self, variants: Collection[VariantId], after: VariantId | None, limit: int) -> Sequence[WishCount]:
        dialect, columns = self._session.dialect, wishes.c
        saved = list(self._changes.changed_now(Wish))
        rows = self._session.fetch(
            "wishes.counts_of" if variants else "wishes.counts",
            lambda: (
                select(columns.variant, func.count(), func.sum(columns.quantity), func.min(columns.asked_at))
                .where(columns.state == _OPEN, columns.variant > bindparam("after"))
                .where(*((dialect.any_of(columns.variant, "variants"),) if variants else ()))
                .where(~dialect.any_of(columns.id, "saved"))
                .group_by(columns.variant)
                .order_by(columns.variant)
                .limit(LIMIT)
            ),
            after=after or "",
            limit=limit,
            saved=dialect.list_of(sorted(wish.id for wish in saved)),
            **({"variants": dialect.list_of(sorted(variants))} if variants else {}),
        )
        counts = {
            VariantId(variant): WishCount(VariantId(variant), int(people), int(units), dialect.moment(since))
            for variant, people, units, since in rows
        }
        for wish in saved:
            if wish.is_open and wish.variant > (after or "") and (not variants or wish.variant in variants):
                known = counts.get(wish.variant, WishCount(wish.variant, 0, 0, wish.asked_at))
                since = min(known.since, wish.asked_at)
                counts[wish.variant] = WishCount(wish.variant, known.people + 1, known.units + wish.quantity, since)
        return [counts[variant] for variant in sorted(counts)][:limit]


def _is_open(wish: Wish) -> bool:
    return wish.is_open


def _waits(ticket: QueueTicket) -> bool:
    return ticket.waits


def _place(ticket: QueueTicket) -> tuple[VariantId, int]:
    return ticket.variant, ticket.number


QUEUE_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    QueueLines: SqlQueueLines,
    QueueTickets: SqlQueueTickets,
    Wishes: SqlWishes,
}
"""Which repository implements which port of queues and wishes."""
