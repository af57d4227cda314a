"""The composition root. The one place for punq: every use case is bound to its ports once, when a shop is assembled.

shop = assemble()                                          # in memory
shop = assemble("sqlite:///shop.db", gateway=my_gateway)   # on a database, with a gateway of the host's own
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache, cached_property
from threading import Event as Flag
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from attrs import frozen

from ecomcore import audit, catalog, deliveries, inventory, ordering, shipping
from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.dispatcher import Bound, Dispatcher
from ecomcore.flows import POLICIES, CatalogOffers, Policies
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.clock import Clock, SystemClock
from ecomcore.kernel.errors import DomainError, Invalid
from ecomcore.kernel.ids import CorrelationId, Ids, TimeOrderedIds
from ecomcore.kernel.messages import Actor, Anonymous, Command, Envelope, Query
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Codec, Outbox, Persistence, UnitOfWork
from ecomcore.memory import MemoryGateway, MemoryPersistence
from ecomcore.ordering import Offers, OrderingPolicy, PaymentGateway

if TYPE_CHECKING:
    import punq
    from returns.result import Result

__all__ = ["ROOMS", "Desk", "Shop", "assemble"]

R = TypeVar("R")

_EXPIRY = Job(ExpireReservations(), timedelta(minutes=1))

ROOMS: tuple[Room, ...] = (catalog.ROOM, inventory.ROOM, ordering.ROOM, shipping.ROOM, deliveries.ROOM)


class Shop:
    """A shop, assembled. Safe to share between threads; other processes assemble their own on the same database."""

    def __init__(self, dispatcher: Dispatcher, persistence: Persistence, codec: Codec) -> None:
        self._dispatcher = dispatcher
        self._persistence = persistence
        self.codec = codec

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


def assemble(
    persistence: Persistence | str | None = None,
    *,
    gateway: PaymentGateway | None = None,
    offers: Offers | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    ordering_policy: OrderingPolicy | None = None,
    subscribers: Iterable[Subscriber] = (),
    policies: Policies = POLICIES,
    retries: Retries | None = None,
    deliveries: Deliveries | None = None,
    jobs: Iterable[Job] = (),
) -> Shop:
    """A shop on this persistence: an adapter, the URL of one that is installed, or nothing for memory.

    Every port may be bound to an adapter of the host's own; what is left out has a working default. The default
    gateway lives in memory and moves no real money. ``jobs`` are sent by a worker beside the shop's own, which lets go
    of what was set aside and not paid in time. All processes of a shop need the same subscribers and policies.
    Raises ``Invalid`` for an argument that is no adapter of its port, ``LookupError`` for a URL that no installed
    adapter knows.
    """
    for name, given, port in (
        ("persistence", None if isinstance(persistence, str) else persistence, Persistence),
        ("gateway", gateway, PaymentGateway),
        ("offers", offers, Offers),
        ("clock", clock, Clock),
        ("ids", ids, Ids),
        ("ordering_policy", ordering_policy, OrderingPolicy),
    ):
        if given is not None and not _fits(given, port):
            raise Invalid(name, given, f"an instance of {port.__name__}")
    clock = clock or SystemClock()
    store = _persistence(persistence)
    codec = _LazyWire(ROOMS)
    store.use(codec)

    import punq  # it and what it brings along take as long to load as half of the core

    container = punq.Container()
    container.register(Clock, instance=clock)
    container.register(Ids, instance=ids or TimeOrderedIds())
    container.register(OrderingPolicy, instance=ordering_policy or OrderingPolicy())
    container.register(PaymentGateway, instance=gateway or MemoryGateway())
    if offers is not None:
        container.register(Offers, instance=offers)
    binder = _Binder(container, ROOMS, {} if offers is not None else {Offers: CatalogOffers})

    dispatcher = Dispatcher(
        deciders=binder.bind_all(room.deciders for room in ROOMS),
        couriers=binder.bind_all(room.couriers for room in ROOMS),
        answers=binder.bind_all(room.answers for room in ROOMS),
        guards=binder.bind_all(room.guards for room in ROOMS),
        policies=policies,
        subscribers=tuple(subscribers),
        jobs=(_EXPIRY, *jobs),
        persistence=store,
        codec=codec,
        clock=clock,
        ids=container.resolve(Ids),
        retries=retries or Retries(),
        deliveries=deliveries or Deliveries(),
    )
    return Shop(dispatcher, store, codec)


def _fits(given: object, port: type) -> bool:
    """Whether it is an instance of the port, or has at least all of its methods."""
    if isinstance(given, type) or port in type(given).__mro__:
        return not isinstance(given, type)
    methods: Iterable[str] = getattr(port, "__abstractmethods__", ())
    return bool(methods) and all(callable(getattr(given, method, None)) for method in methods)


def _envelope(by: Actor, key: str | None, channel: str, correlation: str) -> Envelope:
    return Envelope(actor=by, key=key, channel=channel, correlation=CorrelationId(correlation))


def _persistence(wanted: Persistence | str | None) -> Persistence:
    if wanted is None:
        return MemoryPersistence()
    if not isinstance(wanted, str):
        return wanted
    from importlib.metadata import entry_points  # only those who name a URL wait for it

    scheme = wanted.partition(":")[0].partition("+")[0]
    found = entry_points(group="ecomcore.persistence", name=scheme)
    for entry in found:
        made: Persistence = entry.load()(wanted)
        return made
    known = sorted({entry.name for entry in entry_points(group="ecomcore.persistence")})
    raise LookupError(
        f"no persistence adapter is installed for {scheme!r}; installed are {', '.join(known) or 'none'}; "
        "a URL is expected, such as sqlite:///shop.db"
    )


class _LazyWire(Codec):
    """The wire, made when it is first needed: a shop in memory without keys never loads cattrs."""

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        self._rooms = rooms

    @cached_property
    def wire(self) -> Any:
        from ecomcore.wire import Wire

        return Wire(self._rooms)

    def dump(self, message: object) -> tuple[str, str]:
        return self.wire.dump(message)  # type: ignore[no-any-return]

    def load(self, name: str, text: str) -> Any:
        return self.wire.load(name, text)

    def dump_answer(self, operation: type[Command[Any]] | type[Query[Any]], answer: object) -> tuple[str, str]:
        return self.wire.dump_answer(operation, answer)  # type: ignore[no-any-return]

    def load_answer(self, name: str, text: str) -> tuple[type[Command[Any]], Any]:
        return self.wire.load_answer(name, text)  # type: ignore[no-any-return]


class _Binder:
    """Reads what each use case needs from its annotations and binds it: repositories from the unit of work, the
    envelope from the call, lookups made per unit of work, everything else from the container, once.
    """

    def __init__(self, container: punq.Container, rooms: Sequence[Room], lookups: Mapping[type, type]) -> None:
        self._container = container
        from punq import MissingDependencyError

        self._unbound = MissingDependencyError
        self._repositories = frozenset(port for room in rooms for port in room.repositories)
        self._lookups = lookups

    def bind_all(self, handlers: Iterable[Mapping[Any, Callable[..., Any]]]) -> dict[type, Bound]:
        return {message: self.bind(function) for each in handlers for message, function in each.items()}

    def bind(self, function: Callable[..., Any]) -> Bound:
        sources = [self._source(function, hint) for hint in _needs(function)]
        if not sources:
            return lambda message, work, envelope: function(message)  # noqa: ARG005
        return lambda message, work, envelope: function(message, *[source(work, envelope) for source in sources])

    def _source(self, function: Callable[..., Any], hint: Any) -> Callable[[UnitOfWork, Envelope], Any]:
        if hint is Envelope:
            return lambda work, envelope: envelope  # noqa: ARG005
        if hint is Outbox:
            return lambda work, envelope: work.outbox  # noqa: ARG005
        if hint in self._repositories:
            return lambda work, envelope: work.repository(hint)  # noqa: ARG005
        if hint in self._lookups:
            made = self._lookups[hint]
            inner = [self._source(function, need) for need in _needs(made.__init__)]  # type: ignore[misc]
            return lambda work, envelope: made(*[source(work, envelope) for source in inner])
        try:
            bound = self._container.resolve(hint)
        except self._unbound:
            needed = getattr(hint, "__name__", hint)
            raise LookupError(f"{function.__name__} needs {needed}, which nothing is bound to") from None
        return lambda work, envelope: bound  # noqa: ARG005


@cache
def _needs(function: Callable[..., Any]) -> Sequence[Any]:
    """What the parameters after the first are, by their annotations: read once, the same for every shop."""
    hints = get_type_hints(function)
    names = list(inspect.signature(function).parameters)[1:]
    for name in names:
        if name not in hints:
            raise LookupError(f"{function.__name__} does not say by a type what its parameter {name} is")
    return [hints[name] for name in names]
