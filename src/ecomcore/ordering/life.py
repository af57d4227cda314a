"""The states of an order, and the moves between them. What each means is told in ``order``."""

from __future__ import annotations

from enum import StrEnum

from ecomcore.kernel.lifecycle import Lifecycle, move

__all__ = ["CHANGEABLE", "LEFT", "LIFECYCLE", "OrderState"]


class OrderState(StrEnum):
    """Placed: stock is set aside. Confirmed: it is covered, and packed. Shipped: all of it has left. Completed: it has
    arrived. Cancelled: it is off.
    """

    PLACED = "placed"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


LIFECYCLE = Lifecycle(
    "order",
    OrderState.PLACED,
    {
        "confirm": move(OrderState.PLACED, to=OrderState.CONFIRMED),
        "ship": move(OrderState.CONFIRMED, to=OrderState.SHIPPED),
        "complete": move(OrderState.SHIPPED, to=OrderState.COMPLETED),
        "cancel": move(OrderState.PLACED, OrderState.CONFIRMED, to=OrderState.CANCELLED),
    },
)

CHANGEABLE = (OrderState.PLACED, OrderState.CONFIRMED)
"""Until all goods have left an order can be paid, amended and called off."""

LEFT = (OrderState.SHIPPED, OrderState.COMPLETED)
"""All of its goods have left."""
