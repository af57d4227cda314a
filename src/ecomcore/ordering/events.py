"""What ordering tells."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, CartId, LocationId, OrderId, PaymentId, QueueTicketId, ShipmentId
from ecomcore.kernel.messages import Event, passing
from ecomcore.kernel.money import Money
from ecomcore.ordering.fulfilment import FulfilmentGroup, HoldKind
from ecomcore.ordering.risk import RiskQuestion
from ecomcore.ordering.values import GATEWAY, Means, PaymentStep, Reversal
from ecomcore.quoting import CartLine, Destination, Take

__all__ = [
    "FulfilmentChanged",
    "HoldReleased",
    "OrderAmended",
    "OrderCancelled",
    "OrderCompleted",
    "OrderConfirmed",
    "OrderCovered",
    "OrderHeld",
    "OrderNoted",
    "OrderPartlyShipped",
    "OrderPlaced",
    "OrderReaddressed",
    "OrderRefunded",
    "OrderShipped",
    "PaymentActionRequired",
    "PaymentArrivedLate",
    "PaymentAuthorised",
    "PaymentCaptured",
    "PaymentChargedBack",
    "PaymentDeclined",
    "PaymentLinkOpened",
    "PaymentRefunded",
    "PaymentRefused",
    "PaymentRequested",
    "PaymentUnsettled",
    "PaymentVoided",
    "PaymentsDue",
    "ScreeningRequested",
]


@frozen
class OrderPlaced(Event):
    """A buyer has bound themselves to buy. Stock is to be set aside until ``hold_until``, from where the ``channel`` is
    served, as fits the ``destination``; what a queue offered to the ``ticket`` is taken over. ``takes`` is to be held
    of limits and budgets, under the name of the ``shopper``.
    """

    order: OrderId
    buyer: str
    lines: tuple[CartLine, ...]
    total: Money
    location: LocationId | None
    hold_until: Instant
    shopper: str | None = None
    takes: tuple[Take, ...] = ()
    number: str = ""
    cart: CartId | None = None
    cart_version: int | None = None
    channel: str = ""
    destination: Destination | None = passing(None)  # noqa: RUF009 - a field, as attrs makes them
    ticket: QueueTicketId | None = None


@frozen
class PaymentRequested(Event):
    """The shop means to ask the provider for it, or to hold it on the buyer's ``account``. The token is not kept."""

    order: OrderId
    payment: PaymentId
    amount: Money
    token: str = passing("")
    method: str = GATEWAY
    account: AccountId | None = None


@frozen
class ScreeningRequested(Event):
    """Before anybody is asked for money it is to be found out whether the order can be trusted."""

    order: OrderId
    question: RiskQuestion
    token: str = passing("")
    method: str = GATEWAY
    pays: bool = False


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
    """The money is promised; ``capture`` of it is to be taken at once."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str
    capture: Money | None = None
    method: str = GATEWAY
    request: str = ""

    @classmethod
    def of_before(cls, plain: dict[str, Any]) -> dict[str, Any]:
        """``capture`` once said only whether all of it was to be taken at once."""
        capture = plain.get("capture")
        return {**plain, "capture": plain.get("amount") if capture else None} if isinstance(capture, bool) else plain


@frozen
class OrderConfirmed(Event):
    """What is promised or taken covers the order; it is to be shipped, in these groups."""

    order: OrderId
    lines: tuple[CartLine, ...]
    redeems: bool = False
    groups: tuple[FulfilmentGroup, ...] = ()
    location: LocationId | None = None
    channel: str = ""


@frozen
class FulfilmentChanged(Event):
    """A confirmed order is to be packed anew: what is still here of it leaves in these groups."""

    order: OrderId
    groups: tuple[FulfilmentGroup, ...]


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
class OrderPartlyShipped(Event):
    """Some of the goods are on their way; ``captures`` is the promised money to be taken now."""

    order: OrderId
    shipment: ShipmentId
    captures: tuple[Reversal, ...]


@frozen
class PaymentsDue(Event):
    """Staff have promised money taken."""

    order: OrderId
    captures: tuple[Reversal, ...]


@frozen
class PaymentUnsettled(Event):
    """The provider has not said what became of a payment, or of something asked about it; it is to be asked."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reference: str
    method: str


@frozen
class PaymentChargedBack(Event):
    """The buyer's bank has taken money back, or (``won``) has given it to the shop again."""

    order: OrderId
    payment: PaymentId
    amount: Money
    reason: str
    won: bool


@frozen
class OrderAmended(Event):
    """``fewer`` units are wanted of some variants and ``more`` of others; ``reversals`` is the money that goes back."""

    order: OrderId
    reason: str
    before: Money
    after: Money
    fewer: tuple[CartLine, ...]
    more: tuple[CartLine, ...]
    reversals: tuple[Reversal, ...]
    location: LocationId | None = None


@frozen
class OrderRefunded(Event):
    """Money is given back to the buyer: by ``reversals`` to where it came from, or as store credit, or by hand, under
    this ``reference``.
    """

    order: OrderId
    buyer: str
    amount: Money
    means: Means
    reason: str
    reference: str = ""
    reversals: tuple[Reversal, ...] = ()


@frozen
class OrderHeld(Event):
    """Something keeps the order's goods here."""

    order: OrderId
    hold: HoldKind
    reason: str


@frozen
class HoldReleased(Event):
    """What held the order is settled; ``captures`` is the promised money to be taken now."""

    order: OrderId
    hold: HoldKind
    reason: str
    captures: tuple[Reversal, ...]


@frozen
class OrderNoted(Event):
    """Staff have written something down about the order."""

    order: OrderId
    text: str


@frozen
class PaymentLinkOpened(Event):
    """Whoever knows the secret of a link may pay the order until then."""

    order: OrderId
    until: Instant


@frozen
class OrderReaddressed(Event):
    """The order goes to another address."""

    order: OrderId


@frozen
class OrderCompleted(Event):
    """The goods have arrived. The ``buyer`` has ``spent`` so much, and ``earns`` so many times the points for it."""

    order: OrderId
    buyer: str = ""
    spent: Money | None = None
    earns: int = 1


@frozen
class OrderCancelled(Event):
    """The order is off; what was promised or taken goes back. ``by_shop``: not by the buyer's doing."""

    order: OrderId
    reason: str
    reversals: tuple[Reversal, ...]
    redeems: bool = False
    by_shop: bool = False
