"""The one loop: a command, everything that follows from it, one commit; then the errands.

    shop.handle(PlaceOrder(...), by=member, key="…")
      ├─ unit of work ──────────────────────────────────────────────────────────────┐
      │  the key is looked up: a known one returns its stored answer                   │
      │  use case -> aggregate -> events -> policies -> use cases …  (breadth first)   │
      │  events, errands and the answer under its key are written with the state       │
      └─ commit ───────────────────────────────────────────────────────────────────────┘
      errands: courier -> outside -> the command that records the answer, in a unit of work of its own

A stale save, a deadlock or a serialization failure runs the whole command again from its inputs, a bounded number of
times with jitter. If the connection breaks during the commit, the key tells whether it happened.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import Attribute, evolve, field, frozen

from ecomcore.kernel.aggregate import having
from ecomcore.kernel.clock import Clock, a_duration
from ecomcore.kernel.errors import (
    Conflict,
    DomainError,
    Invalid,
    KeyReused,
    OutcomeUnknown,
    PermissionDenied,
    Trouble,
    TryAgain,
    shown,
)
from ecomcore.kernel.ids import CorrelationId, DeliveryId, EventId, Ids
from ecomcore.kernel.messages import (
    Command,
    Envelope,
    Errand,
    Event,
    Query,
    Staff,
    System,
    Who,
)
from ecomcore.kernel.text import an_id, as_tuple, instance_of
from ecomcore.kernel.work import Codec, Delivery, Persistence, Recorded, Reply, Told, UnitOfWork

if TYPE_CHECKING:
    from returns.result import Result

__all__ = ["Deliveries", "Dispatcher", "Job", "Retries", "Subscriber"]

R = TypeVar("R")
T = TypeVar("T")
Bound = Callable[[Any, Any, Envelope], Any]
"""A use case with its ports bound: takes the message, the unit of work (couriers: none) and the envelope."""

_log = logging.getLogger("ecomcore")
_SYSTEM = System()
_CLAIMED_AT_ONCE = 100
_MOST_TRIES = 1_000


def _tries(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= _MOST_TRIES:
        raise Invalid(attribute.name, value, f"a whole number from 1 to {_MOST_TRIES}")


def _seconds(_: object, attribute: Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3_600:
        raise Invalid(attribute.name, value, "seconds from 0 to 3600")


def _event_types(_: object, attribute: Attribute[Any], value: object) -> None:
    known = isinstance(value, tuple) and all(isinstance(each, type) and issubclass(each, Event) for each in value)
    if not known or not value:
        raise Invalid(attribute.name, value, "a list of one or more types of events")


def _something_to_call(_: object, attribute: Attribute[Any], value: object) -> None:
    if not callable(value):
        raise Invalid(attribute.name, value, "something that takes an event and its envelope")


@frozen
class Retries:
    """How often a command is run again after a conflict, and how long is waited: a random time up to a growing cap."""

    tries: int = field(default=8, validator=_tries)
    first: float = field(default=0.004, validator=_seconds)
    most: float = field(default=0.5, validator=_seconds)

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        return random.uniform(0, min(self.most, self.first * 2**failures))


@frozen
class Deliveries:
    """How deliveries are carried out.

    ``at_once``: the process that committed them carries them out itself; otherwise a worker does. ``lease``: how long a
    taken delivery is left alone before somebody else may take it. After ``tries`` failures it is dead; between
    two tries it waits, doubling from ``first`` up to ``most``.
    """

    at_once: bool = field(default=True, validator=instance_of(bool))
    lease: timedelta = field(default=timedelta(seconds=60), validator=a_duration)
    tries: int = field(default=10, validator=_tries)
    first: timedelta = field(default=timedelta(seconds=1), validator=a_duration)
    most: timedelta = field(default=timedelta(hours=1), validator=a_duration)

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many attempts."""
        doubled: timedelta = self.first * 2 ** min(attempts - 1, 16)
        return min(self.most, doubled)


@frozen
class Subscriber:
    """Somebody who is told events after the commit, at least once each, in order per aggregate.

    ``name`` is kept with every delivery and must not change. ``call`` must bear being told twice: the ``key`` of the
    envelope is then the same, so a command sent under it happens once.
    """

    name: str = field(validator=an_id)
    events: tuple[type[Event], ...] = field(converter=as_tuple, validator=_event_types)
    call: Callable[[Event, Envelope], None] = field(repr=False, validator=_something_to_call)


@frozen
class Job:
    """A command that a worker sends every so often."""

    command: Command[Any] = field(validator=instance_of(Command))
    every: timedelta = field(validator=a_duration)


class Dispatcher:
    """Carries out commands, answers queries, delivers what has to go out."""

    def __init__(
        self,
        *,
        deciders: Mapping[type, Bound],
        couriers: Mapping[type, Bound],
        answers: Mapping[type, Bound],
        guards: Mapping[type, Bound],
        policies: Mapping[type[Event], tuple[Callable[[Any], Iterable[Command[Any]]], ...]],
        subscribers: Sequence[Subscriber],
        jobs: Sequence[Job],
        persistence: Persistence,
        codec: Codec,
        clock: Clock,
        ids: Ids,
        retries: Retries,
        deliveries: Deliveries,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._deciders = deciders
        self._couriers = couriers
        self._answers = answers
        self._guards = guards
        self._policies = policies
        self._subscribers = _by_name(subscribers)
        self._jobs = jobs
        self._persistence = persistence
        self._codec = codec
        self._clock = clock
        self._ids = ids
        self._retries = retries
        self._deliveries = deliveries
        self._sleep = sleep

    def handle(self, command: Command[R], envelope: Envelope) -> R:
        """Carry the command out, whole or not at all, and answer. Raises ``DomainError`` and ``Trouble``."""
        if type(command) not in self._deciders and type(command) not in self._couriers:
            raise LookupError(f"nobody handles {type(command).__name__}")
        if not envelope.correlation:
            envelope = having(envelope, correlation=CorrelationId(self._ids.new()))
        answer, posted = self._commit(command, envelope)
        if posted and self._deliveries.at_once:
            self._carry_out_at_once(posted)
        return cast("R", answer)

    def attempt(self, command: Command[R], envelope: Envelope) -> Result[R, DomainError]:
        """The same, with refusals as values instead of exceptions."""
        from returns.result import Failure, Success

        try:
            return Success(self.handle(command, envelope))
        except DomainError as refusal:
            return Failure(refusal)

    def ask(self, query: Query[R], envelope: Envelope) -> R:
        """Answer the query. Changes nothing."""
        answer = self._answers.get(type(query))
        if answer is None:
            raise LookupError(f"nobody answers {type(query).__name__}")
        return cast("R", self._until_it_works(lambda _: self._look(answer, query, envelope)))

    def drain(self) -> int:
        """Carry out all deliveries that are due now. Answers with how many were taken."""
        taken = 0
        while batch := self._claim():
            taken += len(batch)
            self._carry_out(batch)
        return taken

    def run_worker(self, stop: Flag, every: float = 1.0) -> None:
        """Deliver what is due and send the jobs, every so many seconds, until ``stop`` is set."""
        last: dict[Job, float] = {}
        while not stop.is_set():
            for job in self._jobs:
                now = time.monotonic()
                if now - last.get(job, float("-inf")) >= job.every.total_seconds():
                    last[job] = now
                    _survived(partial(self.handle, job.command, Envelope(actor=_SYSTEM)))
            _survived(self.drain)
            stop.wait(every)

    # -- one command, one commit ---------------------------------------------------------------------------------

    def _commit(
        self, command: Command[Any], envelope: Envelope, finishing: DeliveryId | None = None
    ) -> tuple[Any, Sequence[Delivery]]:
        """Run the command until it is committed; its answer, and the deliveries to carry out."""
        digest = self._digest(command) if envelope.key and finishing is None else None
        known_by = digest is not None or finishing is not None
        try:
            return self._until_it_works(
                lambda failures: self._run(command, envelope, digest, finishing, again=failures > 0),
                settles=known_by,
            )
        except OutcomeUnknown as unknown:
            raise OutcomeUnknown(
                f"{type(command).__name__} may or may not be committed; "
                "send commands with a key, and the same one again settles it",
                unknown,
            ) from unknown
        except DomainError:
            # A twin may have been faster: what it changed is why this one was refused, and its answer is the answer.
            twin = self._until_it_works(lambda _: self._reply_of_a_twin(envelope, digest)) if digest else None
            if twin is None:
                raise
            return twin.answer, ()

    def _until_it_works(self, run: Callable[[int], T], *, settles: bool = False) -> T:
        """Run it, and again after a conflict or when the database asks for it, as often as ``Retries`` says.

        It is told how often it has failed. What ``settles`` can find out about an unknown outcome when run again.
        """
        failures = 0
        while True:
            try:
                return run(failures)
            except (Conflict, TryAgain, OutcomeUnknown) as failure:
                failures += 1
                unsettled = isinstance(failure, OutcomeUnknown) and not settles
                if unsettled or failures >= self._retries.tries:
                    raise
            self._sleep(self._retries.pause(failures))

    def _run(
        self,
        command: Command[Any],
        envelope: Envelope,
        digest: str | None,
        finishing: DeliveryId | None,
        *,
        again: bool,
    ) -> tuple[Any, Sequence[Delivery]]:
        """Run the command once. What another process has finished meanwhile is left alone."""
        work = self._persistence.begin()
        try:
            if digest is not None and (known := _reply(work, envelope, digest)) is not None:
                return known.answer, ()
            if finishing is not None:
                if again and work.outbox.delivery(finishing) is None:
                    return None, ()
                work.outbox.finish(finishing)
            self._authorise(command, work, envelope)
            answer, posted = self._follow(command, work, envelope)
            if digest is not None:
                work.replies.keep(
                    Reply(
                        scope=envelope.actor.scope,
                        key=envelope.key or "",
                        digest=digest,
                        operation=type(command),
                        answer=answer,
                        at=self._clock.now(),
                    )
                )
            work.commit()
        finally:
            work.rollback()
        return answer, posted

    def _follow(self, command: Command[Any], work: UnitOfWork, envelope: Envelope) -> tuple[Any, Sequence[Delivery]]:
        """The command and all that its policies ask for, breadth first; events and deliveries go to the outbox."""
        answers: list[Any] = []
        recorded: list[Recorded] = []
        posted: list[Delivery] = []
        inner = having(
            envelope,
            actor=_SYSTEM,
            key=None,
            origin=envelope.actor.owner or envelope.origin,
        )
        queue: deque[tuple[Command[Any], Envelope]] = deque([(command, envelope)])
        now = self._clock.now()
        while queue:
            asked, within = queue.popleft()
            if isinstance(asked, Errand):
                posted.append(self._errand(asked, inner))
                answers.append(None)
                continue
            answers.append(self._deciders[type(asked)](asked, work, within))
            for told in work.take_news():
                recorded.append(
                    Recorded(told.kind, told.aggregate, told.sequence, told.event, EventId(self._ids.new()), inner, now)
                )
                posted.extend(self._announcements(told, inner))
                for policy in self._policies.get(type(told.event), ()):
                    queue.extend((next_, inner) for next_ in policy(told.event))
        if recorded:
            work.outbox.record(recorded)
        if posted:
            work.outbox.post(posted)
        return answers[0], posted

    def _reply_of_a_twin(self, envelope: Envelope, digest: str) -> Reply | None:
        work = self._persistence.begin(write=False)
        try:
            return _reply(work, envelope, digest)
        finally:
            work.rollback()

    def _look(self, answer: Bound, query: Query[Any], envelope: Envelope) -> Any:
        work = self._persistence.begin(write=False)
        try:
            self._authorise(query, work, envelope)
            return answer(query, work, envelope)
        finally:
            work.rollback()

    def _authorise(self, message: Command[Any] | Query[Any], work: UnitOfWork, envelope: Envelope) -> None:
        permission, actor = message.permission, envelope.actor
        if actor.holds(permission):
            return
        guard = self._guards.get(type(message)) if permission.who is Who.OWNER else None
        if guard is None or isinstance(actor, Staff):
            raise PermissionDenied(permission.name, type(actor).__name__.lower())
        guard(message, work, envelope)

    def _digest(self, command: Command[Any]) -> str:
        name, text = self._codec.dump(command)
        return hashlib.sha256(f"{name}\n{text}".encode()).hexdigest()

    # -- deliveries ----------------------------------------------------------------------------------------------

    def _errand(self, errand: Errand, envelope: Envelope) -> Delivery:
        """An errand to be carried out after the commit: by us, leased from the start, or by a worker."""
        now = self._clock.now()
        due_at = now + self._deliveries.lease if self._deliveries.at_once else now
        return Delivery(id=DeliveryId(self._ids.new()), message=errand, envelope=envelope, due_at=due_at)

    def _announcements(self, told: Told, envelope: Envelope) -> Iterable[Delivery]:
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

    def _carry_out_at_once(self, posted: Sequence[Delivery]) -> None:
        """What is committed has happened: whatever goes wrong from here on is left to a worker, the caller is fine."""
        try:
            self._carry_out(errand for errand in posted if not errand.subscriber)
            if self._subscribers:
                self.drain()
        except Exception:
            _log.exception("what could not be delivered at once is left to a worker")

    def _carry_out(self, deliveries: Iterable[Delivery]) -> None:
        """Carry out these deliveries, which are ours, and at once the errands that follow from them."""
        waiting = deque(deliveries)
        while waiting:
            for posted in self._deliver(waiting.popleft()):
                if self._deliveries.at_once and not posted.subscriber:
                    waiting.append(posted)

    def _deliver(self, delivery: Delivery) -> Sequence[Delivery]:
        """Carry out one delivery; what fails is kept for later. Answers with what was posted on the way."""
        try:
            keyed = having(delivery.envelope, key=delivery.id)
            if delivery.subscriber:
                self._subscribers[delivery.subscriber].call(cast("Event", delivery.message), keyed)
                self._finish(delivery)
                return ()
            command = self._couriers[type(delivery.message)](delivery.message, None, keyed)
            return self._commit(command, delivery.envelope, finishing=delivery.id)[1]
        except Exception as error:
            self._postpone(delivery, error)
            return ()

    def _finish(self, delivery: Delivery) -> None:
        work = self._persistence.begin()
        try:
            work.outbox.finish(delivery.id)
            work.commit()
        except Conflict:
            _log.info("delivery %s was finished by somebody else as well", delivery.id)
        finally:
            work.rollback()

    def _postpone(self, delivery: Delivery, error: Exception) -> None:
        attempts = delivery.attempts + 1
        dead = attempts >= self._deliveries.tries
        name = type(delivery.message).__name__
        _log.warning("delivery %s (%s) failed %d times: %s", delivery.id, name, attempts, type(error).__name__)
        failed = evolve(
            delivery,
            attempts=attempts,
            due_at=self._clock.now() + self._deliveries.wait(attempts),
            last_error=shown(f"{type(error).__name__}: {error}", 400),
            dead=dead,
        )
        try:
            work = self._persistence.begin()
            try:
                work.outbox.postpone(failed)
                work.commit()
            finally:
                work.rollback()
        except (Trouble, DomainError):
            _log.exception("delivery %s could not be postponed; its lease brings it back", delivery.id)

    def _claim(self) -> Sequence[Delivery]:
        return self._until_it_works(self._claim_once)

    def _claim_once(self, _: int) -> Sequence[Delivery]:
        now = self._clock.now()
        work = self._persistence.begin()
        try:
            claimed = work.outbox.claim(now, now + self._deliveries.lease, _CLAIMED_AT_ONCE)
            work.commit()
        finally:
            work.rollback()
        return claimed


def _by_name(subscribers: Iterable[Subscriber]) -> Mapping[str, Subscriber]:
    named: dict[str, Subscriber] = {}
    for subscriber in subscribers:
        if named.setdefault(subscriber.name, subscriber) is not subscriber:
            raise Invalid("subscribers", subscriber.name, "each name once")
    return named


def _survived(step: Callable[[], object]) -> None:
    """One step of a worker, which nothing may end but its flag."""
    try:
        step()
    except Exception:
        _log.exception("the worker was interrupted; it goes on")


def _reply(work: UnitOfWork, envelope: Envelope, digest: str) -> Reply | None:
    """The answer given under the envelope's key. Raises ``KeyReused`` when it was given to another command."""
    known = work.replies.find(envelope.actor.scope, envelope.key or "")
    if known is not None and known.digest != digest:
        raise KeyReused(known.key)
    return known
