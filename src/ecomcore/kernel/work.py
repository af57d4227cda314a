"""The unit of work: what a store must offer so that a command happens whole or not at all.

A persistence adapter subclasses ``Persistence``, ``UnitOfWork``, ``Outbox`` and ``Replies``, and the repositories of
every context. ``Changes`` is the part that all of them share: the identity map and the news of one unit of work.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

from attrs import field, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict, NotFound
from ecomcore.kernel.ids import DeliveryId, EventId
from ecomcore.kernel.messages import Command, Envelope, Errand, Event, Query

__all__ = [
    "Changed",
    "Changes",
    "Codec",
    "Delivery",
    "Outbox",
    "Persistence",
    "Recorded",
    "Replies",
    "Reply",
    "Repository",
    "Told",
    "UnitOfWork",
]

A = TypeVar("A", bound=Aggregate)
I = TypeVar("I", bound=str)  # noqa: E741 - the id type of a repository


@frozen
class Told:
    """An event with its place in the life of the aggregate that told it: sequences start at 1 and have no gaps."""

    kind: str
    aggregate: str
    sequence: int
    event: Event


@frozen
class Recorded(Told):
    """An event as the outbox keeps it."""

    id: EventId
    envelope: Envelope
    at: Instant


@frozen(kw_only=True)
class Delivery:
    """Something to carry out after the commit: an errand, or an event for one subscriber.

    ``due_at`` is when it may be taken (next); taking it moves ``due_at`` ahead by the length of the lease, so that
    a crashed worker's deliveries come back by themselves. Deliveries of one ``stream`` are taken one after the other,
    in the order of their ``position``.
    A delivery that failed too often is ``dead`` until somebody sends it again.
    """

    id: DeliveryId
    message: Errand | Event
    envelope: Envelope
    due_at: Instant
    subscriber: str = ""
    stream: str | None = None
    position: int = 0
    attempts: int = 0
    last_error: str = ""
    dead: bool = False


@frozen(kw_only=True)
class Reply:
    """The answer given to a command under an idempotency key."""

    scope: str
    key: str
    digest: str
    operation: type[Command[Any]]
    answer: Any = field(repr=False)
    at: Instant


class Codec(Protocol):
    """Turns messages, answers and values into text and back; the shop hands it to its store."""

    @abstractmethod
    def dump(self, message: object) -> tuple[str, str]:
        """The message's name and its JSON text."""

    @abstractmethod
    def load(self, name: str, text: str) -> Any:
        """The message again."""

    @abstractmethod
    def dump_answer(self, operation: type[Command[Any]] | type[Query[Any]], answer: object) -> tuple[str, str]:
        """The name of the command or query, and the JSON text of its answer."""

    @abstractmethod
    def load_answer(self, name: str, text: str) -> tuple[type[Command[Any]], Any]:
        """The command's type and its answer again."""

    @abstractmethod
    def dump_value(self, value: object, kind: Any) -> str:
        """The JSON text of a value of this type: a class, a union of classes, or ``tuple[X, ...]``."""

    @abstractmethod
    def load_value(self, kind: Any, text: str) -> Any:
        """The value again."""


class Repository(Protocol, Generic[A, I]):
    """The aggregates of one kind, as a collection. Ports of the contexts derive from it and add their own finders."""

    kind: type[A]

    @abstractmethod
    def many(self, ids: Sequence[I], *, lock: bool = False) -> Mapping[I, A]:
        """Those that exist, by id. With ``lock`` nobody else can lock them until this unit of work ends; locks are
        taken in the order of the ids, whatever the order they are asked in."""

    @abstractmethod
    def save(self, *aggregates: A) -> None:
        """Keep the aggregates; written at the commit. Raises ``Conflict`` when one is stale."""

    @abstractmethod
    def page(self, after: I | None = None, limit: int = 100) -> Sequence[A]:
        """Those with an id greater than ``after``, in the order of their ids."""

    def find(self, id: I, *, lock: bool = False) -> A | None:
        """The aggregate, or nothing."""
        return self.many((id,), lock=lock).get(id)

    def get(self, id: I, *, lock: bool = False) -> A:
        """The aggregate. Raises ``NotFound``."""
        found = self.find(id, lock=lock)
        if found is None:
            raise NotFound(self.kind.__name__, id)
        return found


class Outbox(Protocol):
    """What leaves the shop: the events, for ever, and the deliveries, until they are done."""

    @abstractmethod
    def record(self, events: Sequence[Recorded]) -> None:
        """Keep the events, with this unit of work or not at all."""

    @abstractmethod
    def post(self, deliveries: Sequence[Delivery]) -> None:
        """Keep the deliveries, with this unit of work or not at all."""

    @abstractmethod
    def claim(self, now: Instant, until: Instant, limit: int) -> Sequence[Delivery]:
        """Take due deliveries for oneself until the lease ends: never two workers the same one, and of each stream
        only the oldest. Those with the lowest ids come first."""

    @abstractmethod
    def finish(self, id: DeliveryId) -> None:
        """Done: the delivery goes. At the commit ``Conflict`` is raised if somebody else has finished it."""

    @abstractmethod
    def postpone(self, delivery: Delivery, *, held_until: Instant | None = None) -> None:
        """Keep the delivery's new attempts, due time, error and ``dead``; ignored if it is finished meanwhile.

        With ``held_until``, the end of one's own lease, also ignored if somebody else holds it by now.
        """

    @abstractmethod
    def deliveries(
        self, *, dead: bool | None = None, after: DeliveryId | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        """The unfinished deliveries in the order of their ids; dead ones only, live ones only, or both."""

    @abstractmethod
    def delivery(self, id: DeliveryId) -> Delivery | None:
        """One unfinished delivery, or nothing."""

    @abstractmethod
    def history(self, kind: str, aggregate: str, *, after: int = 0, limit: int = 100) -> Sequence[Recorded]:
        """The events of one aggregate in order, from the one after the given sequence."""

    @abstractmethod
    def tallies(self, kind: str, aggregates: Collection[str]) -> Mapping[str, tuple[int, int]]:
        """For each aggregate of a kind how many events are kept, and the last sequence; none told, none listed."""

    @abstractmethod
    def events(self, after: EventId | None = None, limit: int = 100) -> Sequence[Recorded]:
        """All events in the order of their ids."""


class Replies(Protocol):
    """The answers given under idempotency keys."""

    @abstractmethod
    def find(self, scope: str, key: str) -> Reply | None:
        """The answer given under this key, or nothing."""

    @abstractmethod
    def keep(self, reply: Reply) -> None:
        """Keep the answer with this unit of work. At the commit ``Duplicate`` is raised if a twin was faster."""


class UnitOfWork(Protocol):
    """One transaction. Reads see its own writes; nothing is visible to others before ``commit``.

    An adapter sets ``outbox`` and ``replies`` itself, in ``__init__``. ``with persistence.begin() as work:`` comes with
    the port and calls ``rollback`` at its end, after a commit too: ``rollback`` must bear that.
    """

    outbox: Outbox
    replies: Replies

    @abstractmethod
    def repository(self, port: type) -> Any:
        """The repository that implements the port, within this unit of work."""

    @abstractmethod
    def take_news(self) -> Sequence[Told]:
        """What the saved aggregates have told since the last call, in the order of saving."""

    @abstractmethod
    def commit(self) -> None:
        """Write everything, at once and whole.

        Raises ``Conflict`` (stale), ``Duplicate`` (made twice), ``TryAgain`` (the database asks for a retry),
        ``InvariantViolated`` (a constraint refused), ``OutcomeUnknown`` (the connection broke while committing).
        """

    @abstractmethod
    def rollback(self) -> None:
        """Forget everything. Does nothing after a commit."""

    def __enter__(self) -> Self:
        """``with persistence.begin() as work:`` rolls back at its end what was not committed."""
        return self

    def __exit__(self, *_: object) -> None:
        self.rollback()


class Persistence(Protocol):
    """A store of the whole shop."""

    @abstractmethod
    def use(self, codec: Codec) -> None:
        """Told once by the shop: how messages become text."""

    @abstractmethod
    def begin(self, *, write: bool = True) -> UnitOfWork:
        """A new unit of work; with ``write=False`` it only reads, and sees one moment."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections and files."""


@frozen
class Changed(Generic[A]):
    """An aggregate to be written: as it was loaded (nothing when it is new), and as it is now."""

    before: A | None
    now: A


class Changes:
    """The identity map and the news of one unit of work, for adapters to build on."""

    def __init__(self) -> None:
        self._before: dict[tuple[type, str], Any] = {}
        self._now: dict[tuple[type, str], Any] = {}
        self._dirty: dict[type, dict[str, None]] = {}
        self._news: list[Told] = []

    def loaded(self, aggregate: A) -> A:
        """Note a freshly loaded aggregate; answers with the one saved here, if any."""
        key = (type(aggregate), aggregate.id)
        if aggregate.id in self._dirty.get(key[0], ()):
            return self._now[key]  # type: ignore[no-any-return]
        self._before[key] = self._now[key] = aggregate
        return aggregate

    def current(self, kind: type[A], id: str) -> A | None:
        """The aggregate as this unit of work has it, or nothing if it has not been loaded or saved."""
        return self._now.get((kind, id))

    def changed_now(self, kind: type[A]) -> Iterator[A]:
        """The aggregates of a kind saved in this unit of work, as they are now."""
        return (self._now[kind, id_] for id_ in self._dirty.get(kind, ()))

    def save(self, aggregate: Aggregate) -> None:
        """Note a saved aggregate: collect its news, count its version on. Raises ``Conflict`` when it is stale.

        An aggregate that was not loaded here must have been noted with ``loaded`` before, unless it is new.
        """
        key = (type(aggregate), aggregate.id)
        known = self._now.get(key)
        if aggregate.version != (known.version if known is not None else 0):
            raise Conflict(type(aggregate).__name__, aggregate.id)
        told = aggregate.told
        for event in aggregate.news:
            told += 1
            self._news.append(Told(type(aggregate).__name__, aggregate.id, told, event))
        self._now[key] = aggregate.having(version=aggregate.version + 1, told=told, news=())
        self._dirty.setdefault(key[0], {})[aggregate.id] = None

    def take_news(self) -> Sequence[Told]:
        """The news collected since the last call."""
        news, self._news = self._news, []
        return news

    def changed(self) -> Mapping[type, Sequence[Changed[Any]]]:
        """What must be written, by kind, in the order of first saving."""
        return {
            kind: [Changed(self._before.get((kind, id_)), self._now[kind, id_]) for id_ in ids]
            for kind, ids in self._dirty.items()
        }
