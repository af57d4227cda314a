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
import json
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from attrs import NOTHING, fields

from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import DomainError, KeyReused, OutcomeUnknown, PermissionDenied
from ecomcore.kernel.frozen import having
from ecomcore.kernel.ids import CorrelationId, DeliveryId, EventId, Ids
from ecomcore.kernel.messages import Actor, Command, Envelope, Errand, Event, Query, Staff, System, Who, as_kept
from ecomcore.kernel.work import Codec, Delivery, Persistence, Recorded, Reply, UnitOfWork
from ecomcore.postman import Postman

if TYPE_CHECKING:
    from returns.result import Result

__all__ = ["Bound", "Dispatcher"]

R = TypeVar("R")
Bound: TypeAlias = Callable[[Any, Any, Envelope], Any]
"""A use case with its ports bound: takes the message, the unit of work (couriers: none) and the envelope."""

_log = logging.getLogger("ecomcore")
_SYSTEM = System()
_BETWEEN_JOBS = 1_000


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
        self._jobs = jobs
        self._persistence = persistence
        self._codec = codec
        self._clock = clock
        self._ids = ids
        self._retries = retries
        self._sleep = sleep
        self._postman = Postman(
            couriers=couriers,
            subscribers=subscribers,
            record=lambda command, envelope, delivery: self._commit(command, envelope, delivery)[1],
            persistence=persistence,
            clock=clock,
            ids=ids,
            retries=retries,
            deliveries=deliveries,
        )

    def handle(self, command: Command[R], envelope: Envelope) -> R:
        """Carry the command out, whole or not at all, and answer. Raises ``DomainError`` and ``Trouble``."""
        if type(command) not in self._deciders and type(command) not in self._couriers:
            raise LookupError(f"nobody handles {_called(command, Query, 'ask')}")
        if not envelope.correlation:
            envelope = having(envelope, correlation=CorrelationId(self._ids.new()))
        answer, posted = self._commit(command, envelope)
        self._postman.carry_out_at_once(posted)
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
            raise LookupError(f"nobody answers {_called(query, Command, 'handle')}")
        return cast("R", self._again_and_again(lambda _: self._look(answer, query, envelope)))

    def drain(self) -> int:
        """Carry out all deliveries that are due now. Answers with how many were taken."""
        return self._postman.drain()

    def run_worker(self, stop: Flag, every: float = 1.0) -> None:
        """Deliver what is due and send the jobs, every so many seconds, until ``stop`` is set."""
        last: dict[Job, float] = {}
        while not stop.is_set():
            for job in self._jobs:
                now = time.monotonic()
                if now - last.get(job, float("-inf")) >= job.every.total_seconds():
                    last[job] = now
                    _survived(partial(self.handle, job.command, Envelope(actor=_SYSTEM)))
            _survived(partial(self._postman.drain, _BETWEEN_JOBS))
            stop.wait(every)

    # -- one command, one commit ---------------------------------------------------------------------------------

    def _commit(
        self, command: Command[Any], envelope: Envelope, finishing: DeliveryId | None = None
    ) -> tuple[Any, Sequence[Delivery]]:
        """Run the command until it is committed; its answer, and the deliveries to carry out."""
        digest = self._digest(command) if envelope.key and finishing is None else None
        known_by = digest is not None or finishing is not None
        try:
            return self._again_and_again(
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
            twin = self._again_and_again(lambda _: self._reply_of_a_twin(envelope, digest)) if digest else None
            if twin is None:
                raise
            return twin.answer, ()

    def _again_and_again(self, run: Callable[[int], R], *, settles: bool = False) -> R:
        return self._retries.until_it_works(run, settles=settles, sleep=self._sleep)

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
        with self._persistence.begin() as work:
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
            origin=_name(envelope.actor) or envelope.origin,
        )
        queue: deque[tuple[Command[Any], Envelope]] = deque([(command, envelope)])
        now, base = self._clock.now(), self._ids.new()
        while queue:
            asked, within = queue.popleft()
            if isinstance(asked, Errand):
                posted.append(self._postman.errand(asked, inner))
                answers.append(None)
                continue
            answers.append(self._deciders[type(asked)](asked, work, within))
            for told in work.take_news():
                kept, id_ = as_kept(told.event), EventId(f"{base}.{len(recorded):04}")
                recorded.append(Recorded(told.kind, told.aggregate, told.sequence, kept, id_, inner, now))
                if self._postman.has_subscribers:
                    posted.extend(self._postman.announcements(told, inner))
                for policy in self._policies.get(type(told.event), ()):
                    queue.extend((next_, inner) for next_ in policy(told.event))
        if recorded:
            work.outbox.record(recorded)
        if posted:
            work.outbox.post(posted)
        return answers[0], posted

    def _reply_of_a_twin(self, envelope: Envelope, digest: str) -> Reply | None:
        with self._persistence.begin(write=False) as work:
            return _reply(work, envelope, digest)

    def _look(self, answer: Bound, query: Query[Any], envelope: Envelope) -> Any:
        with self._persistence.begin(write=False) as work:
            self._authorise(query, work, envelope)
            return answer(query, work, envelope)

    def _authorise(self, message: Command[Any] | Query[Any], work: UnitOfWork, envelope: Envelope) -> None:
        permission, actor = message.permission, envelope.actor
        if actor.holds(permission):
            return
        guard = self._guards.get(type(message)) if permission.who is Who.OWNER else None
        if guard is None or isinstance(actor, Staff):
            raise PermissionDenied(permission.name, type(actor).__name__.lower())
        guard(message, work, envelope)

    def _digest(self, command: Command[Any]) -> str:
        """What a command says, as a fingerprint. Fields at their defaults say nothing: one that a later version adds
        does not make another command of one that was sent before.
        """
        name, text = self._codec.dump(command)
        plain = json.loads(text)
        for each in fields(type(cast("Any", command))):
            if each.default is not NOTHING and getattr(command, each.name) == each.default:
                plain.pop(each.name, None)
        return hashlib.sha256(f"{name}\n{json.dumps(plain)}".encode()).hexdigest()


def _name(actor: Actor) -> str | None:
    """Whom the shop acts for; nobody's secret."""
    return actor.scope if isinstance(actor, Staff) else actor.owner


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


def _called(message: object, other: type, verb: str) -> str:
    """What was given instead of a message that somebody knows, and what to do about it."""
    if isinstance(message, type):
        return f"{message.__name__}: it is a class; make an instance of it"
    name = type(message).__name__
    return f"{name}: it is a {other.__name__.lower()}; use {verb}" if isinstance(message, other) else name
