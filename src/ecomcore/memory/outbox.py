"""The outbox and the replies in memory. Claims take effect at once; all else at the commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import evolve

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict, Duplicate
from ecomcore.kernel.ids import DeliveryId, EventId
from ecomcore.kernel.work import Delivery, Outbox, Recorded, Replies, Reply
from ecomcore.memory.tables import Tables

__all__ = ["MemoryOutbox", "MemoryReplies"]


class MemoryOutbox(Outbox):
    """Events and deliveries of one unit of work, over what is committed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._events: list[Recorded] = []
        self._posted: dict[DeliveryId, Delivery] = {}
        self._kept: dict[DeliveryId, Delivery] = {}
        self._finished: list[DeliveryId] = []

    def record(self, events: Sequence[Recorded]) -> None:
        self._events.extend(events)

    def post(self, deliveries: Sequence[Delivery]) -> None:
        self._posted.update((delivery.id, delivery) for delivery in deliveries)

    def claim(self, now: Instant, until: Instant, limit: int) -> Sequence[Delivery]:
        heads = self._heads()
        due = sorted(
            (delivery for delivery in self._tables.deliveries.values() if not delivery.dead and delivery.due_at <= now),
            key=lambda delivery: delivery.id,
        )
        claimed = [d for d in due if d.stream is None or heads[d.stream] == d.position][:limit]
        for delivery in claimed:
            self._kept[delivery.id] = evolve(delivery, due_at=until)
        return [self._kept[delivery.id] for delivery in claimed]

    def finish(self, id: DeliveryId) -> None:
        self._finished.append(id)

    def postpone(self, delivery: Delivery, *, held_until: Instant | None = None) -> None:
        stored = self._current().get(delivery.id)
        if held_until is not None and (stored is None or stored.due_at != held_until):
            return
        self._kept[delivery.id] = delivery

    def deliveries(
        self, *, dead: bool | None = None, after: DeliveryId | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        wanted = (
            delivery
            for delivery in self._current().values()
            if dead in (None, delivery.dead) and (after is None or delivery.id > after)
        )
        return sorted(wanted, key=lambda delivery: delivery.id)[:limit]

    def delivery(self, id: DeliveryId) -> Delivery | None:
        return self._current().get(id)

    def history(self, kind: str, aggregate: str, *, after: int = 0, limit: int = 100) -> Sequence[Recorded]:
        kept = self._tables.histories.get((kind, aggregate), [])
        own = [event for event in self._events if (event.kind, event.aggregate) == (kind, aggregate)]
        return [event for event in (*kept, *own) if event.sequence > after][:limit]

    def tallies(self, kind: str, aggregates: Collection[str]) -> Mapping[str, tuple[int, int]]:
        histories = ((aggregate, self._tables.histories.get((kind, aggregate))) for aggregate in aggregates)
        return {aggregate: (len(events), events[-1].sequence) for aggregate, events in histories if events}

    def events(self, after: EventId | None = None, limit: int = 100) -> Sequence[Recorded]:
        later = (event for event in (*self._tables.events, *self._events) if after is None or event.id > after)
        return sorted(later, key=lambda event: event.id)[:limit]

    def check(self) -> None:
        """Raises ``Conflict`` when a delivery was finished elsewhere, ``Duplicate`` for an event told twice."""
        for id_ in self._finished:
            if id_ not in self._tables.deliveries and id_ not in self._posted:
                raise Conflict("Delivery", id_)
        for event in self._events:
            told = self._tables.histories.get((event.kind, event.aggregate))
            if told and told[-1].sequence >= event.sequence:
                raise Duplicate("Event", f"{event.kind} {event.aggregate} {event.sequence}")

    def apply(self) -> None:
        """Write; nothing here can fail."""
        for event in self._events:
            self._tables.events.append(event)
            self._tables.histories[event.kind, event.aggregate].append(event)
        self._tables.deliveries.update(self._posted)
        for id_, delivery in self._kept.items():
            if id_ in self._tables.deliveries:
                self._tables.deliveries[id_] = delivery
        for id_ in self._finished:
            self._tables.deliveries.pop(id_, None)

    def _current(self) -> dict[DeliveryId, Delivery]:
        kept = {id_: delivery for id_, delivery in self._kept.items() if id_ in self._tables.deliveries}
        current = {**self._tables.deliveries, **self._posted, **kept}
        return {id_: delivery for id_, delivery in current.items() if id_ not in self._finished}

    def _heads(self) -> dict[str, int]:
        """The lowest living position of each stream."""
        heads: dict[str, int] = {}
        for delivery in self._tables.deliveries.values():
            if delivery.stream is not None and not delivery.dead:
                heads[delivery.stream] = min(delivery.position, heads.get(delivery.stream, delivery.position))
        return heads


class MemoryReplies(Replies):
    """The replies of one unit of work, over what is committed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._kept: list[Reply] = []

    def find(self, scope: str, key: str) -> Reply | None:
        return self._tables.replies.get((scope, key))

    def keep(self, reply: Reply) -> None:
        self._kept.append(reply)

    def check(self) -> None:
        """Raises ``Duplicate`` when a twin was faster."""
        for reply in self._kept:
            if (reply.scope, reply.key) in self._tables.replies:
                raise Duplicate("Reply", reply.key)

    def apply(self) -> None:
        """Write; nothing here can fail."""
        self._tables.replies.update({(reply.scope, reply.key): reply for reply in self._kept})
