"""Records, deliveries and replies with defaults, for the promises of the outbox."""

from __future__ import annotations

from typing import Any, TypeVar

from ecomcore.bootstrap import ROOMS
from ecomcore.inventory import LocationOpened
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CorrelationId, DeliveryId, EventId, LocationId, OrderId, PaymentId
from ecomcore.kernel.messages import Command, Envelope, Errand, Event, System
from ecomcore.kernel.work import Delivery, Persistence, Recorded, Reply
from ecomcore.ordering import AuthorisePayment, PlaceOrder
from ecomcore.testing.builders import euros
from ecomcore.testing.clock import NOON
from ecomcore.wire import Wire

__all__ = ["a_delivery", "a_record", "a_reply", "an_envelope", "use_wire"]

P = TypeVar("P", bound=Persistence)


def use_wire(persistence: P) -> P:
    """The store, told how the messages of the shop become text."""
    persistence.use(Wire(ROOMS))
    return persistence


def an_envelope() -> Envelope:
    """What goes with errands and events."""
    return Envelope(actor=System(), channel="web", correlation=CorrelationId("talk-1"), origin="member:ada")


def a_record(
    number: int = 1,
    *,
    kind: str = "Location",
    aggregate: str = "main",
    sequence: int | None = None,
    event: Event | None = None,
    envelope: Envelope | None = None,
    at: Instant = NOON,
) -> Recorded:
    """The n-th event told about a location: ``event-<n>``."""
    return Recorded(
        kind,
        aggregate,
        number if sequence is None else sequence,
        event or LocationOpened(LocationId(aggregate), "Main store"),
        EventId(f"event-{number}"),
        envelope or an_envelope(),
        at,
    )


def a_delivery(
    number: int = 1,
    *,
    message: Errand | Event | None = None,
    envelope: Envelope | None = None,
    due_at: Instant = NOON,
    subscriber: str = "",
    stream: str | None = None,
    position: int = 0,
) -> Delivery:
    """An errand to be carried out at noon: ``delivery-<n>``."""
    return Delivery(
        id=DeliveryId(f"delivery-{number}"),
        message=message or AuthorisePayment(OrderId("order"), PaymentId(f"payment-{number}"), euros(1_000), "card"),
        envelope=envelope or an_envelope(),
        due_at=due_at,
        subscriber=subscriber,
        stream=stream,
        position=position,
    )


def a_reply(
    key: str = "key",
    *,
    scope: str = "member:ada",
    digest: str = "0" * 64,
    operation: type[Command[Any]] = PlaceOrder,
    answer: Any = "order",
) -> Reply:
    """The answer given to an order."""
    return Reply(scope=scope, key=key, digest=digest, operation=operation, answer=answer, at=NOON)
