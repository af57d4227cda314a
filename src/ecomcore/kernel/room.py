"""What a context hands to the house: its messages and who answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from ecomcore.kernel.lifecycle import Lifecycle
from ecomcore.kernel.messages import Command, Errand, Event, Query

__all__ = ["Room"]


@frozen(kw_only=True)
class Room:
    """One context as data.

    Every function takes its message first; its other parameters name, by their annotations, what it needs: ports,
    the ``Envelope``, or policies of the shop. They are bound once, when the shop is assembled.
    """

    name: str
    deciders: Mapping[type[Command[Any]], Callable[..., Any]] = field(factory=dict)
    """Use cases that load, decide and save, and touch nothing outside."""
    couriers: Mapping[type[Errand], Callable[..., Command[Any]]] = field(factory=dict)
    """Use cases that talk to an outside port and yield the command that records the answer."""
    answers: Mapping[type[Query[Any]], Callable[..., Any]] = field(factory=dict)
    """Queries and what answers them."""
    guards: Mapping[type[Any], Callable[..., None]] = field(factory=dict)
    """For messages that an owner may send: refuses whoever is not the owner, as if there were no such thing."""
    events: tuple[type[Event], ...] = ()
    """What the context tells."""
    lifecycles: tuple[Lifecycle[Any], ...] = ()
    """The lives of its aggregates."""
    repositories: tuple[type[Any], ...] = ()
    """The ports that a persistence adapter implements."""
    ports: tuple[type[Any], ...] = ()
    """The ports to the outside, and the questions it asks of other contexts."""
