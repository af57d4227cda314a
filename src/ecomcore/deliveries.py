"""The deliveries that wait or have failed, as staff see them: listed by query, sent again by command."""

from __future__ import annotations

from attrs import evolve, field, frozen

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import DeliveryId
from ecomcore.kernel.messages import Command, Permission, Query, Who, name_of
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.room import Room
from ecomcore.kernel.text import an_id, an_optional_id, instance_of, optional
from ecomcore.kernel.work import Delivery, Outbox

__all__ = ["ROOM", "DeliveryView", "ListDeliveries", "SendAgain"]


@frozen
class DeliveryView:
    """A delivery as staff see it; ``message`` is the name of the errand or event, ``last_error`` why it failed."""

    id: DeliveryId
    message: str
    subscriber: str
    attempts: int
    due_at: Instant
    last_error: str
    dead: bool


@frozen
class ListDeliveries(Query[tuple[DeliveryView, ...]]):
    """The unfinished deliveries, oldest first: the dead, the living, or both; page on with the last id."""

    permission = Permission("deliveries.view", Who.STAFF)
    dead: bool | None = field(default=None, validator=optional(instance_of(bool)))
    after: DeliveryId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class SendAgain(Command[None]):
    """Have a delivery tried again now, with its attempts counted anew and under the same key as before."""

    permission = Permission("deliveries.send_again", Who.STAFF)
    delivery: DeliveryId = field(validator=an_id)


def list_deliveries(query: ListDeliveries, outbox: Outbox) -> tuple[DeliveryView, ...]:
    return tuple(
        _view(delivery) for delivery in outbox.deliveries(dead=query.dead, after=query.after, limit=query.limit)
    )


def send_again(command: SendAgain, outbox: Outbox, clock: Clock) -> None:
    delivery = outbox.delivery(command.delivery)
    if delivery is None:
        raise NotFound("delivery", command.delivery)
    outbox.postpone(evolve(delivery, due_at=clock.now(), attempts=0, dead=False), held_until=delivery.due_at)


def _view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery.id,
        name_of(delivery.message),
        delivery.subscriber,
        delivery.attempts,
        delivery.due_at,
        delivery.last_error,
        delivery.dead,
    )


ROOM = Room(
    name="deliveries",
    deciders={SendAgain: send_again},
    answers={ListDeliveries: list_deliveries},
)
