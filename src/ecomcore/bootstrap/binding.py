"""How a use case gets what it needs: by the annotations of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from ecomcore.dispatcher import Bound
from ecomcore.kernel.messages import Envelope
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Outbox, UnitOfWork

if TYPE_CHECKING:
    import punq

__all__ = ["Binder"]


class Binder:
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
