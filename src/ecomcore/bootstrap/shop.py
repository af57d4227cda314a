"""A shop as its host sees it."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event as Flag
from typing import TYPE_CHECKING, Final, TypeVar

from attrs import frozen

from ecomcore import audit
from ecomcore.choices import Job
from ecomcore.dispatcher import Dispatcher
from ecomcore.kernel.errors import DomainError, Invalid
from ecomcore.kernel.ids import CorrelationId
from ecomcore.kernel.messages import Actor, Anonymous, Command, Envelope, Query, System
from ecomcore.kernel.work import Codec, Persistence

if TYPE_CHECKING:
    from returns.result import Result

__all__ = ["DRAIN_OUTBOX", "Desk", "Shop"]

R = TypeVar("R")

DRAIN_OUTBOX: Final = "drain_outbox"
"""The job that carries out the deliveries that are due."""


class Shop:
    """A shop, assembled. Safe to share between threads; other processes assemble their own on the same database."""

    def __init__(
        self, dispatcher: Dispatcher, persistence: Persistence, codec: Codec, jobs: Sequence[Job] = ()
    ) -> None:
        self._dispatcher = dispatcher
        self._persistence = persistence
        self.codec = codec
        self._jobs = tuple(jobs)

    def handle(
        self,
        command: Command[R],
        *,
        by: Actor,
        key: str | None = None,
        channel: str = "default",
        correlation: str = "",
    ) -> R:
        """Carry the command out, whole or not at all, and answer.

        With a ``key`` it happens at most once: the same key and command return the stored answer, another command
        under that key raises ``KeyReused``. Raises ``DomainError`` when it is refused, ``Trouble`` in an outage.
        """
        return self._dispatcher.handle(command, _envelope(by, key, channel, correlation))

    def attempt(
        self,
        command: Command[R],
        *,
        by: Actor,
        key: str | None = None,
        channel: str = "default",
        correlation: str = "",
    ) -> Result[R, DomainError]:
        """The same, with refusals as values instead of exceptions."""
        return self._dispatcher.attempt(command, _envelope(by, key, channel, correlation))

    def ask(self, query: Query[R], *, by: Actor | None = None, channel: str = "default") -> R:
        """Answer the query; without ``by`` as to anybody. Changes nothing."""
        return self._dispatcher.ask(query, _envelope(Anonymous() if by is None else by, None, channel, ""))

    def desk(self, by: Actor, channel: str = "default") -> Desk:
        """The shop as one actor in one channel sees it."""
        return Desk(self, by, channel)

    def drain(self) -> int:
        """Carry out all deliveries that are due now; answers with how many were taken."""
        return self._dispatcher.drain()

    def run_worker(self, stop: Flag, every: float = 1.0) -> None:
        """Deliver what is due and send the shop's jobs, every so many seconds, until ``stop`` is set."""
        self._dispatcher.run_worker(stop, every)

    @property
    def jobs(self) -> tuple[str, ...]:
        """The names of the jobs, those of the host after the shop's own: see ``run_job``."""
        return (DRAIN_OUTBOX, *dict.fromkeys(job.name for job in self._jobs))

    def run_job(self, name: str) -> int:
        """Do one job now, for hosts that have a scheduler and no worker: answers with how many things it did.

        It takes so many at a time: run again what answers with more than nothing. Safe to run twice, and by several
        processes at once. Raises ``Invalid`` for a name that is none of ``jobs``.
        """
        if name == DRAIN_OUTBOX:
            return self.drain()
        asked = [job.command for job in self._jobs if job.name == name]
        if not asked:
            raise Invalid("name", name, f"one of {', '.join(self.jobs)}")
        answers = [self.handle(command, by=System()) for command in asked]
        return sum(answer if isinstance(answer, int) else 1 for answer in answers)

    def audit(self) -> Sequence[audit.Breach]:
        """Verify the invariants of all that is stored; each breach names its rows. See ``ecomcore.audit``."""
        return audit.check(self._persistence)

    def close(self) -> None:
        """Let go of connections and files."""
        self._persistence.close()


@frozen
class Desk:
    """A shop as one actor in one channel sees it: the same calls, without saying who and where each time."""

    shop: Shop
    by: Actor
    channel: str = "default"

    def handle(self, command: Command[R], *, key: str | None = None, correlation: str = "") -> R:
        """See ``Shop.handle``."""
        return self.shop.handle(command, by=self.by, key=key, channel=self.channel, correlation=correlation)

    def attempt(self, command: Command[R], *, key: str | None = None, correlation: str = "") -> Result[R, DomainError]:
        """See ``Shop.attempt``."""
        return self.shop.attempt(command, by=self.by, key=key, channel=self.channel, correlation=correlation)

    def ask(self, query: Query[R]) -> R:
        """See ``Shop.ask``."""
        return self.shop.ask(query, by=self.by, channel=self.channel)


def _envelope(by: Actor, key: str | None, channel: str, correlation: str) -> Envelope:
    return Envelope(actor=by, key=key, channel=channel, correlation=CorrelationId(correlation))
