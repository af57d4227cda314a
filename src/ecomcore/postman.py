"""Carries out what was committed to be carried out: errands by their couriers, events to their subscribers.

Everything here may happen twice and must bear it: the key of a delivery is the same at every try. A delivery that fails
is kept with its error and its next time; one that failed too often is dead until somebody sends it again.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import local
from typing import Any, TypeAlias, cast

from attrs import evolve

from ecomcore.choices import Deliveries, Retries, Subscriber
from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import Conflict, DomainError, Invalid, Trouble
from ecomcore.kernel.frozen import having
from ecomcore.kernel.ids import DeliveryId, Ids
from ecomcore.kernel.messages import Command, Envelope, Errand, Event, Unreadable, name_of
from ecomcore.kernel.text import printable
from ecomcore.kernel.work import Delivery, Persistence, Told

__all__ = ["Courier", "Postman", "Record"]

Courier: TypeAlias = Callable[[Any, Any, Envelope], Command[Any]]
"""Takes an errand, no unit of work, and the envelope; yields the command that records the answer."""

Record: TypeAlias = Callable[[Command[Any], Envelope, DeliveryId], Sequence[Delivery]]
"""Commits the command that records an answer together with the end of its delivery; answers with what it posted."""

_log = logging.getLogger("ecomcore")
_CLAIMED_AT_ONCE = 100
_LONGEST_ERROR = 400


class _Draining(local):
    """Whether this thread is draining: what a subscriber sets in motion is then taken by the loop that told it."""

    now = False


class Postman:
    """Makes deliveries, and carries them out: those of this process at once, those that are due by claiming them."""

    def __init__(
        self,
        *,
        couriers: Mapping[type, Courier],
        subscribers: Sequence[Subscriber],
        record: Record,
        persistence: Persistence,
        clock: Clock,
        ids: Ids,
        retries: Retries,
        deliveries: Deliveries,
    ) -> None:
        self._couriers = couriers
        self._subscribers = _by_name(subscribers)
        self._record = record
        self._persistence = persistence
        self._clock = clock
        self._ids = ids
        self._retries = retries
        self._deliveries = deliveries
        self._draining = _Draining()

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody is told anything."""
        return bool(self._subscribers)

    def errand(self, errand: Errand, envelope: Envelope) -> Delivery:
        """An errand to be carried out after the commit: by us, leased from the start, or by a worker."""
        now = self._clock.now()
        due_at = now + self._deliveries.lease if self._deliveries.at_once else now
        return Delivery(id=DeliveryId(self._ids.new()), message=errand, envelope=envelope, due_at=due_at)

    def announcements(self, told: Told, envelope: Envelope) -> Iterable[Delivery]:
        """One delivery for each subscriber of the event; always taken by claiming, which keeps the order."""
        for subscriber in self._subscribers.values():
            if isinstance(told.event, subscriber.events):
                yield Delivery(
                    id=DeliveryId(self._ids.new()),
                    message=told.event,
                    envelope=envelope,
                    due_at=self._clock.now(),
                    subscriber=subscriber.name,
                    stream=f"{subscriber.name}:{told.kind}:{told.aggregate}",
                    position=told.sequence,
                )

    def carry_out_at_once(self, posted: Sequence[Delivery]) -> None:
        """What is committed has happened: whatever goes wrong from here on is left to a worker, the caller is fine."""
        if not posted or not self._deliveries.at_once:
            return
        try:
            self._carry_out(errand for errand in posted if not errand.subscriber)
            if self._subscribers and not self._draining.now:
                self.drain(_CLAIMED_AT_ONCE)
        except Exception:
            _log.exception("what could not be delivered at once is left to a worker")

    def drain(self, enough: int | None = None) -> int:
        """Carry out the deliveries that are due now, all or about ``enough``. Answers with how many were taken."""
        taken, outer = 0, self._draining.now
        self._draining.now = True
        try:
            while enough is None or taken < enough:
                batch = self._retries.until_it_works(self._claim)
                if not batch:
                    break
                taken += len(batch)
                self._carry_out(batch)
        finally:
            self._draining.now = outer
        return taken

    def _carry_out(self, deliveries: Iterable[Delivery]) -> None:
        """Carry out these deliveries, which are ours, and at once the errands that follow from them."""
        waiting = deque(deliveries)
        while waiting:
            for posted in self._deliver(waiting.popleft()):
                if self._deliveries.at_once and not posted.subscriber:
                    waiting.append(posted)

    def _deliver(self, delivery: Delivery) -> Sequence[Delivery]:
        """Carry out one delivery; what fails is kept for later. Answers with what was posted on the way."""
        if delivery.due_at <= self._clock.now():
            return ()  # our lease has ended while others went first; whoever takes it now is not disturbed
        try:
            if isinstance(delivery.message, Unreadable):
                raise LookupError(f"this process cannot read a {delivery.message.name}")
            keyed = having(delivery.envelope, key=delivery.id)
            if delivery.subscriber:
                self._subscriber(delivery.subscriber).call(cast("Event", delivery.message), keyed)
                self._finish(delivery)
                return ()
            command = self._couriers[type(delivery.message)](delivery.message, None, keyed)
            return self._record(command, delivery.envelope, delivery.id)
        except Exception as error:
            self._postpone(delivery, error)
            return ()

    def _subscriber(self, name: str) -> Subscriber:
        known = self._subscribers.get(name)
        if known is None:
            raise LookupError(f"this process has no subscriber {name!r}; all processes of a shop need the same ones")
        return known

    def _finish(self, delivery: Delivery) -> None:
        try:
            with self._persistence.begin() as work:
                work.outbox.finish(delivery.id)
                work.commit()
        except Conflict:
            _log.info("delivery %s was finished by somebody else as well", delivery.id)

    def _postpone(self, delivery: Delivery, error: Exception) -> None:
        attempts = delivery.attempts + 1
        name = name_of(delivery.message)
        _log.warning("delivery %s (%s) failed at try %d: %s", delivery.id, name, attempts, type(error).__name__)
        failed = evolve(
            delivery,
            attempts=attempts,
            due_at=self._clock.now() + self._deliveries.wait(attempts),
            last_error=f"{type(error).__name__}: {_said_by(error)}",
            dead=attempts >= self._deliveries.tries,
        )
        try:
            with self._persistence.begin() as work:
                work.outbox.postpone(failed, held_until=delivery.due_at)
                work.commit()
        except (Trouble, DomainError):
            _log.exception("delivery %s could not be postponed; its lease brings it back", delivery.id)

    def _claim(self, _: int) -> Sequence[Delivery]:
        now = self._clock.now()
        with self._persistence.begin() as work:
            claimed = work.outbox.claim(now, now + self._deliveries.lease, _CLAIMED_AT_ONCE)
            work.commit()
            return claimed


def _said_by(error: Exception) -> str:
    try:
        return printable(str(error), _LONGEST_ERROR)
    except Exception:  # an error of a host that cannot even be shown
        return "(it cannot be shown)"


def _by_name(subscribers: Iterable[Subscriber]) -> Mapping[str, Subscriber]:
    named: dict[str, Subscriber] = {}
    for subscriber in subscribers:
        if named.setdefault(subscriber.name, subscriber) is not subscriber:
            raise Invalid("subscribers", subscriber.name, "each name once")
    return named
