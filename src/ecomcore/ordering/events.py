"""What ordering tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, OrderId, PaymentId
from ecomcore.kernel.messages import Event, passing
from ecomcore.kernel.money import Money
from ecomcore.ordering.values import PaymentStep, Reversal
from ecomcore.quoting import CartLine, Take

__all__ = [
    "OrderCancelled",
    "OrderCompleted",
    "OrderConfirmed",
    "OrderCovered",
    "OrderPlaced",
    "OrderShipped",
    "PaymentActionRequired",
    "PaymentArrivedLate",
    "PaymentAuthorised",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentRefunded",
    "PaymentRefused",
    "PaymentRequested",
    "PaymentVoided",
]


@frozen
class OrderPlaced(Event):
    """A buyer has bound themselves to buy. Stock is to be set aside until ``hold_until``.

    ``takes`` is to be held of limits and budgets, under the name of the ``shopper``.
    """

    order: OrderId
    buyer: str
    lines: tuple[CartLine, ...]
    total: Money
    location: LocationId | None
    hold_until: Instant
    shopper: str | None = None
    takes: tuple[Take, ...] = ()


@frozen
class PaymentRequested(Event):
    """The shop means to ask the provider for this amount. The token is told, and not kept."""

    order: OrderId
    payment: PaymentId
    amount: Money
    token: str = passing("")


@frozen
class PaymentActionRequired(Event):
    """The buyer must do something before the payment goes on; ``url`` says where."""

    order: OrderId
    payment: PaymentId
    url: str


@frozen
class PaymentDeclined(Event):
    """The provider said no. The stock stays set aside until its time runs out, so that the buyer may try again."""

    order: OrderId
    payment: PaymentId
    reason: str


@frozen
class PaymentAuthorised(Event):
    """The money is promised; with ``capture`` it is to be taken at once."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str
    capture: bool


@frozen
class OrderConfirmed(Event):
    """What is promised or taken covers the order; it is to be shipped."""

    order: OrderId
    lines: tuple[CartLine, ...]
    redeems: bool = False


@frozen
class PaymentCaptured(Event):
    """The money is taken."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str


@frozen
class PaymentRefused(Event):
    """The provider would not capture, void or refund; somebody must look at it."""

    order: OrderId
    payment: PaymentId
    step: PaymentStep
    amount: Money
    reason: str


@frozen
class PaymentVoided(Event):
    """The promise is let go."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str


@frozen
class PaymentRefunded(Event):
    """The money is given back."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str


@frozen
class PaymentArrivedLate(Event):
    """Money was promised or taken for an order that is cancelled, or covered already; it goes back."""

    order: OrderId
    reversals: tuple[Reversal, ...]


@frozen
class OrderCovered(Event):
    """All that is due for now is promised or taken, but the order still waits: for its balance, to be paid before
    ``until``, or for others to join. ``redeems``: it has taken of limits and budgets.
    """

    order: OrderId
    until: Instant | None
    redeems: bool


@frozen
class OrderShipped(Event):
    """The goods are on their way; ``captures`` is the promised money to be taken now."""

    order: OrderId
    captures: tuple[Reversal, ...]


@frozen
class OrderCompleted(Event):
    """The goods have arrived."""

    order: OrderId


@frozen
class OrderCancelled(Event):
    """The order is off; what was promised or taken goes back. ``by_shop``: not by the buyer's doing."""

    order: OrderId
    reason: str
    reversals: tuple[Reversal, ...]
    redeems: bool = False
    by_shop: bool = False
