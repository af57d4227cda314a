"""The outbox and the replies: collected while the unit of work runs, written with its state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, select

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import CorrelationId, DeliveryId, EventId
from ecomcore.kernel.messages import Envelope, System, Unreadable
from ecomcore.kernel.work import Codec, Delivery, Outbox, Recorded, Replies, Reply
from ecomcore_sqlalchemy.repository import LIMIT, locked
from ecomcore_sqlalchemy.session import Session
from ecomcore_sqlalchemy.tables import INSTANT, deliveries, events, replies
from ecomcore_sqlalchemy.writes import Delete, Insert, Row, Update, Write

__all__ = ["SqlOutbox", "SqlReplies"]

_EVENT = ("id", "kind", "aggregate", "sequence", "name", "body", "channel", "correlation", "origin", "at")
_DELIVERY = (
    "id",
    "name",
    "body",
    "channel",
    "correlation",
    "origin",
    "subscriber",
    "stream",
    "position",
    "due_at",
    "attempts",
    "last_error",
    "dead",
)
_REPLY = ("scope", "key", "digest", "operation", "answer", "at")
_POSTPONED = ("due_at", "attempts", "last_error", "dead")


class SqlOutbox(Outbox):
    """What leaves the shop, for one unit of work."""

    def __init__(self, session: Session, codec: Codec) -> None:
        self._session = session
        self._codec = codec
        self._events: list[Recorded] = []
        self._posted: dict[DeliveryId, Delivery] = {}
        self._kept: dict[DeliveryId, Delivery] = {}
        self._finished: list[DeliveryId] = []

    def record(self, events: Sequence[Recorded]) -> None:
        self._events.extend(events)

    def post(self, deliveries: Sequence[Delivery]) -> None:
        self._posted.update((delivery.id, delivery) for delivery in deliveries)

    def claim(self, now: Instant, until: Instant, limit: int) -> Sequence[Delivery]:
        dialect, columns, earlier = self._session.dialect, deliveries.c, deliveries.alias("earlier")
        rows = self._session.fetch(
            "deliveries.claimable",
            lambda: (
                select(*(columns[name] for name in _DELIVERY))
                .where(~columns.dead, columns.due_at <= bindparam("now", type_=INSTANT))
                .where(
                    columns.stream.is_(None)
                    | ~exists()
                    .where(earlier.c.stream == columns.stream, ~earlier.c.dead)
                    .where(earlier.c.position < columns.position)
                )
                .order_by(columns.id)
                .limit(LIMIT)
                .with_for_update(of=deliveries, skip_locked=True)
            ),
            now=dialect.instant(now),
            limit=limit,
        )
        claimed = [self._delivery(row, due_at=until) for row in rows]
        self._kept.update((delivery.id, delivery) for delivery in claimed)
        return claimed

    def finish(self, id: DeliveryId) -> None:
        self._finished.append(id)

    def postpone(self, delivery: Delivery, *, held_until: Instant | None = None) -> None:
        stored = self._posted.get(delivery.id) or self._stored(delivery.id, lock=True)
        if stored is not None and held_until in (None, stored.due_at):
            self._kept[delivery.id] = delivery

    def deliveries(
        self, *, dead: bool | None = None, after: DeliveryId | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        columns = deliveries.c
        wanted = {None: (), True: (columns.dead,), False: (~columns.dead,)}[dead]
        rows = self._session.fetch(
            f"deliveries.page.{dead}",
            lambda: (
                select(*(columns[name] for name in _DELIVERY))
                .where(columns.id > bindparam("after"), *wanted)
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            after=after or "",
            limit=limit + len(self._kept) + len(self._finished),
        )
        stored = {DeliveryId(row[0]): self._delivery(row) for row in rows}
        current = {**stored, **self._posted, **self._kept}
        return [
            current[id_]
            for id_ in sorted(current)
            if id_ not in self._finished and id_ > (after or "") and dead in (None, current[id_].dead)
        ][:limit]

    def delivery(self, id: DeliveryId) -> Delivery | None:
        if id in self._finished:
            return None
        return self._kept.get(id) or self._posted.get(id) or self._stored(id)

    def history(self, kind: str, aggregate: str, *, after: int = 0, limit: int = 100) -> Sequence[Recorded]:
        columns = events.c
        rows = self._session.fetch(
            "events.history",
            lambda: (
                select(*(columns[name] for name in _EVENT))
                .where(columns.kind == bindparam("kind"), columns.aggregate == bindparam("aggregate"))
                .where(columns.sequence > bindparam("after", type_=Integer))
                .order_by(columns.sequence)
                .limit(LIMIT)
            ),
            kind=kind,
            aggregate=aggregate,
            after=after,
            limit=limit,
        )
        own = [e for e in self._events if (e.kind, e.aggregate) == (kind, aggregate) and e.sequence > after]
        return [*(self._recorded(row) for row in rows), *own][:limit]

    def tallies(self, kind: str, aggregates: Collection[str]) -> Mapping[str, tuple[int, int]]:
        dialect, columns = self._session.dialect, events.c
        rows = self._session.fetch(
            "events.tallies",
            lambda: (
                select(columns.aggregate, func.count(), func.max(columns.sequence))
                .where(columns.kind == bindparam("kind"), dialect.any_of(columns.aggregate, "ids"))
                .group_by(columns.aggregate)
            ),
            kind=kind,
            ids=dialect.list_of(sorted(aggregates)),
        )
        return {aggregate: (kept, last) for aggregate, kept, last in rows}

    def events(self, after: EventId | None = None, limit: int = 100) -> Sequence[Recorded]:
        columns = events.c
        rows = self._session.fetch(
            "events.page",
            lambda: (
                select(*(columns[name] for name in _EVENT))
                .where(columns.id > bindparam("after"))
                .order_by(columns.id)
                .limit(LIMIT)
            ),
            after=after or "",
            limit=limit,
        )
        own = [event for event in self._events if event.id > (after or "")]
        return sorted([*(self._recorded(row) for row in rows), *own], key=lambda event: event.id)[:limit]

    def writes(self) -> Iterable[Write]:
        """What must be written at the commit."""
        dialect = self._session.dialect
        if self._events:
            yield Insert(events, _EVENT, [self._event_row(event) for event in self._events])
        posted = [self._kept.get(id_, delivery) for id_, delivery in self._posted.items() if id_ not in self._finished]
        if posted:
            yield Insert(deliveries, _DELIVERY, [self._delivery_row(delivery) for delivery in posted])
        kept = [d for id_, d in self._kept.items() if id_ not in self._posted and id_ not in self._finished]
        if kept:
            rows = [(d.id, dialect.instant(d.due_at), d.attempts, d.last_error, d.dead) for d in kept]
            yield Update("Delivery", deliveries, ("id",), _POSTPONED, rows)
        finished = [id_ for id_ in self._finished if id_ not in self._posted]
        if finished:
            yield Delete("Delivery", deliveries, finished)

    def _stored(self, id: DeliveryId, *, lock: bool = False) -> Delivery | None:
        columns = deliveries.c
        rows = self._session.fetch(
            "deliveries.lock" if lock else "deliveries.one",
            lambda: locked(
                select(*(columns[name] for name in _DELIVERY)).where(columns.id == bindparam("id")), lock=lock
            ),
            id=id,
        )
        return self._delivery(rows[0]) if rows else None

    def _delivery(self, row: Row, *, due_at: Instant | None = None) -> Delivery:
        id_, name, body, channel, correlation, origin, subscriber, stream, position, due, attempts, error, dead = row
        return Delivery(
            id=DeliveryId(id_),
            message=self._read(name, body),
            envelope=_envelope(channel, correlation, origin),
            due_at=due_at or self._session.dialect.moment(due),
            subscriber=subscriber,
            stream=stream,
            position=position,
            attempts=attempts,
            last_error=error,
            dead=bool(dead),
        )

    def _read(self, name: str, body: str) -> Any:
        """The message; one that this version cannot read stands in nobody else's way."""
        try:
            return self._codec.load(name, body)
        except DomainError:
            return Unreadable(name, body)

    def _delivery_row(self, delivery: Delivery) -> Row:
        name, body = self._codec.dump(delivery.message)
        envelope = delivery.envelope
        return (
            delivery.id,
            name,
            body,
            envelope.channel,
            envelope.correlation,
            envelope.origin,
            delivery.subscriber,
            delivery.stream,
            delivery.position,
            self._session.dialect.instant(delivery.due_at),
            delivery.attempts,
            delivery.last_error,
            delivery.dead,
        )

    def _recorded(self, row: Row) -> Recorded:
        id_, kind, aggregate, sequence, name, body, channel, correlation, origin, at = row
        return Recorded(
            kind,
            aggregate,
            sequence,
            self._read(name, body),
            EventId(id_),
            _envelope(channel, correlation, origin),
            self._session.dialect.moment(at),
        )

    def _event_row(self, event: Recorded) -> Row:
        name, body = self._codec.dump(event.event)
        envelope = event.envelope
        return (
            event.id,
            event.kind,
            event.aggregate,
            event.sequence,
            name,
            body,
            envelope.channel,
            envelope.correlation,
            envelope.origin,
            self._session.dialect.instant(event.at),
        )


class SqlReplies(Replies):
    """The answers given under idempotency keys, for one unit of work."""

    def __init__(self, session: Session, codec: Codec) -> None:
        self._session = session
        self._codec = codec
        self._kept: list[Reply] = []

    def find(self, scope: str, key: str) -> Reply | None:
        columns = replies.c
        rows = self._session.fetch(
            "replies.one",
            lambda: select(columns.digest, columns.operation, columns.answer, columns["at"]).where(
                columns.scope == bindparam("scope"), columns.key == bindparam("key")
            ),
            scope=scope,
            key=key,
        )
        for digest, name, text, at in rows:
            operation, answer = self._codec.load_answer(name, text)
            return Reply(
                scope=scope,
                key=key,
                digest=digest,
                operation=operation,
                answer=answer,
                at=self._session.dialect.moment(at),
            )
        return None

    def keep(self, reply: Reply) -> None:
        self._kept.append(reply)

    def writes(self) -> Iterable[Write]:
        """What must be written at the commit."""
        if self._kept:
            yield Insert(replies, _REPLY, [self._row(reply) for reply in self._kept])

    def _row(self, reply: Reply) -> Row:
        name, text = self._codec.dump_answer(reply.operation, reply.answer)
        return reply.scope, reply.key, reply.digest, name, text, self._session.dialect.instant(reply.at)


_SYSTEM = System()


def _envelope(channel: str, correlation: str, origin: str | None) -> Envelope:
    """What is delivered or recorded is the shop's own doing, on behalf of its origin."""
    return Envelope(actor=_SYSTEM, channel=channel, correlation=CorrelationId(correlation), origin=origin)
