"""An order begins when a buyer accepts a quote: it is placed, stock is set aside for it, and its payment is asked for.
Once what is promised or taken covers its total it is confirmed and goes to shipping. It is shipped when the goods leave
and completed when they arrive. Until they leave it can be cancelled: the stock becomes available again and the money
goes back, whatever was promised is let go and whatever was taken is refunded.

Money is told by the ledger, never by the state: a payment that arrives after the cancellation is written down like any
other, and goes back at once. What the provider says twice is written once. The lines are a snapshot: a product that
changes its name or price later does not change what was bought.
"""

from __future__ import annotations

from enum import StrEnum
from hmac import compare_digest
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, OrderId, PaymentId, PromotionId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.money import Money
from ecomcore.ordering.errors import (
    AmountDiffers,
    BalanceOverdue,
    NotCovered,
    NothingToPay,
    PaymentPending,
    QuoteChanged,
    TotalChanged,
    UnknownPayment,
)
from ecomcore.ordering.events import (
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderCovered,
    OrderPlaced,
    OrderShipped,
    PaymentActionRequired,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentRefused,
    PaymentRequested,
    PaymentVoided,
)
from ecomcore.ordering.instalments import next_until, not_yet_due
from ecomcore.ordering.payments import Ledger, PaymentBalance, accepted, promises, reversals
from ecomcore.ordering.values import Capture, EntryKind, PaymentStep, Reversal, Shopper
from ecomcore.quoting import CartLine, Instalment, Quote, QuoteLine, ShippingCharge

__all__ = ["LIFECYCLE", "Order", "OrderState"]


class OrderState(StrEnum):
    """Placed: stock is set aside. Confirmed: it is covered, and packed. Shipped: it has left. Completed: it has
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


_PAYABLE = (OrderState.PLACED, OrderState.CONFIRMED)
"""Until the goods leave; an order whose promise was let go by the provider can be paid again."""


@frozen(kw_only=True)
class Order(Aggregate):
    """What somebody bought, and what became of it. ``buyer`` is the owner name of the actor who bought.

    ``contact`` stands for a guest's e-mail address. ``redeems``: it has taken of limits and budgets. ``waits_for``: the
    group buys that have to succeed before the order is confirmed.
    """

    id: OrderId
    buyer: str
    channel: str
    lines: tuple[QuoteLine, ...]
    total: Money
    capture: Capture
    location: LocationId | None
    placed_at: Instant
    state: OrderState
    ledger: Ledger
    shipping: ShippingCharge | None = None
    instalments: tuple[Instalment, ...] = ()
    earns: int = 1
    contact: str | None = None
    redeems: bool = False
    waits_for: tuple[PromotionId, ...] = ()

    @classmethod
    def place(
        cls,
        id: OrderId,
        quote: Quote,
        *,
        accepted: Money,
        digest: str = "",
        buyer: str,
        shopper: Shopper,
        capture: Capture,
        location: LocationId | None,
        at: Instant,
        hold_until: Instant,
    ) -> Self:
        """A new order at the price the buyer accepted. What costs nothing is confirmed.

        Raises ``TotalChanged``, and ``QuoteChanged`` where a ``digest`` is given and is another.
        """
        if quote.total != accepted:
            raise TotalChanged(accepted, quote.total)
        if digest and not compare_digest(digest.encode(), quote.digest.encode()):
            raise QuoteChanged(accepted, quote.total)
        order = cls(
            id=id,
            buyer=buyer,
            channel=shopper.channel,
            lines=quote.lines,
            total=quote.total,
            capture=capture,
            location=location,
            placed_at=at,
            state=LIFECYCLE.initial,
            ledger=Ledger(quote.currency),
            shipping=quote.shipping,
            instalments=quote.instalments,
            earns=quote.earns,
            contact=shopper.contact,
            redeems=bool(quote.takes),
            waits_for=quote.group_buys,
        )
        told = OrderPlaced(id, buyer, order._wanted, order.total, location, hold_until, shopper.buyer, quote.takes)
        return order.telling(told)._confirmed_if_covered()

    @property
    def due(self) -> Money:
        """What is neither promised nor taken yet."""
        return self.total - self._covered

    def due_at(self, at: Instant) -> Money:
        """What is due by a moment and neither promised nor taken: an instalment is due from its own time on."""
        return self.due - not_yet_due(self.instalments, at, self.total.currency)

    def request_payment(self, payment: PaymentId, token: str, at: Instant) -> Self:
        """Write the intent to ask for what is due. Raises ``PaymentPending``, ``NothingToPay``, ``BalanceOverdue``."""
        due = self.due_at(at)
        if due.minor <= 0:
            raise NothingToPay(self.id)
        missed = next_until(self.instalments, self._covered)
        if missed is not None and missed <= at:
            raise BalanceOverdue(self.id, missed)
        if self.state not in _PAYABLE:
            raise IllegalTransition("order", "pay", self.state, _PAYABLE)
        for balance in self.ledger.balances():
            if not balance.settled:
                raise PaymentPending(self.id, balance.payment)
        return self.telling(
            PaymentRequested(self.id, payment, due, token),
            ledger=self.ledger.with_entry(EntryKind.INTENDED, payment, due, payment, at),
        )

    def require_action(self, payment: PaymentId, url: str, at: Instant) -> Self:
        """The buyer must do something first. Ignored when the payment has its outcome already."""
        balance = self._balance(payment)
        if balance.settled or self.ledger.has(EntryKind.ACTION_REQUIRED, payment, url):
            return self
        return self.telling(
            PaymentActionRequired(self.id, payment, url),
            ledger=self.ledger.with_entry(EntryKind.ACTION_REQUIRED, payment, Money.zero(self.total.currency), url, at),
        )

    def decline(self, payment: PaymentId, reason: str, reference: str, at: Instant) -> Self:
        """The provider said no. Ignored when it is known, or when the payment was authorised."""
        if self._balance(payment).settled:
            return self
        return self.telling(
            PaymentDeclined(self.id, payment, reason),
            ledger=self.ledger.with_entry(EntryKind.DECLINED, payment, Money.zero(self.total.currency), reference, at),
        )

    def authorise(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """The money is promised: confirms the order, or goes back if the order is cancelled or covered already. Parts
        of a pre-sale are taken at once, for no promise holds so long.

        Raises ``AmountDiffers`` when it is not the amount that was asked for and is not promised yet.
        """
        if self.ledger.has(EntryKind.AUTHORISED, payment, reference):
            return self
        balance = self._balance(payment)
        asked = Money(balance.intended - balance.authorised, self.total.currency)
        if amount != asked:
            raise AmountDiffers(payment, asked, amount)
        late = self.state is OrderState.CANCELLED or amount > self.due_at(at)
        capture = (self.capture is Capture.AT_ONCE or bool(self.instalments)) and not late
        authorised = self.telling(
            PaymentAuthorised(self.id, payment, amount, reference, capture),
            ledger=self.ledger.with_entry(EntryKind.AUTHORISED, payment, amount, reference, at),
        )
        if late:
            return authorised.telling(
                PaymentArrivedLate(self.id, (Reversal(payment, reference, amount, refund=False),))
            )
        return authorised._confirmed_if_covered()

    def let_go(self, promotion: PromotionId) -> Self:
        """What it waited for has come: confirms it if it is covered and waits for nothing else.

        Ignored when it does not wait for that.
        """
        if promotion not in self.waits_for or self.state is OrderState.CANCELLED:
            return self
        rest = tuple(each for each in self.waits_for if each != promotion)
        return self.having(waits_for=rest)._confirmed_if_covered()

    def record_capture(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """The money is taken, at most what was promised. What the order does not cost, or no longer, goes back."""
        if self.ledger.has(EntryKind.CAPTURED, payment, reference):
            return self
        promised = Money(self._balance(payment).open, self.total.currency)
        if amount.currency != promised.currency or not 0 < amount.minor <= promised.minor:
            raise AmountDiffers(payment, promised, amount)
        captured = self.telling(
            PaymentCaptured(self.id, payment, amount, reference),
            ledger=self.ledger.with_entry(EntryKind.CAPTURED, payment, amount, reference, at),
        )
        kept = sum(balance.kept for balance in captured.ledger.balances())
        owed = 0 if self.state is OrderState.CANCELLED else self.total.minor
        surplus = Money(min(amount.minor, max(0, kept - owed)), amount.currency)
        if surplus.is_zero:
            return captured
        authorisation = self._balance(payment).reference
        return captured.telling(PaymentArrivedLate(self.id, (Reversal(payment, authorisation, surplus, refund=True),)))

    def record_refusal(
        self, payment: PaymentId, step: PaymentStep, amount: Money, reason: str, reference: str, at: Instant
    ) -> Self:
        """The provider would not capture, void or refund; nothing has changed."""
        asked = Money(self._balance(payment).intended, self.total.currency)
        if self.ledger.has(EntryKind.REFUSED, payment, reference):
            return self
        if amount.currency != asked.currency:
            raise AmountDiffers(payment, asked, amount)
        return self.telling(
            PaymentRefused(self.id, payment, step, amount, reason),
            ledger=self.ledger.with_entry(EntryKind.REFUSED, payment, amount, reference, at),
        )

    def record_void(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """What was promised is let go."""
        if self.ledger.has(EntryKind.VOIDED, payment, reference):
            return self
        promised = Money(self._balance(payment).open, self.total.currency)
        if amount.currency != promised.currency or not 0 < amount.minor <= promised.minor:
            raise AmountDiffers(payment, promised, amount)
        return self.telling(
            PaymentVoided(self.id, payment, amount, reference),
            ledger=self.ledger.with_entry(EntryKind.VOIDED, payment, amount, reference, at),
        )

    def record_refund(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """What was taken is given back, never more than that."""
        if self.ledger.has(EntryKind.REFUNDED, payment, reference):
            return self
        kept = Money(self._balance(payment).kept, self.total.currency)
        if amount.currency != kept.currency or not 0 < amount.minor <= kept.minor:
            raise AmountDiffers(payment, kept, amount)
        return self.telling(
            PaymentRefunded(self.id, payment, amount, reference),
            ledger=self.ledger.with_entry(EntryKind.REFUNDED, payment, amount, reference, at),
        )

    def ship(self) -> Self:
        """The goods leave, and what is promised is to be taken. Raises ``NotCovered``.

        Where money is taken at once it is asked for again only if the provider refused it then.
        """
        due = self.due
        if due.minor > 0 and LIFECYCLE.allows("ship", self.state):
            raise NotCovered(self.id, due)
        at_shipping = self.capture is Capture.AT_SHIPPING
        refused = {entry.payment for entry in self.ledger.entries if entry.kind is EntryKind.REFUSED}
        captures = tuple(
            promise for promise in promises(self.ledger, self.total) if at_shipping or promise.payment in refused
        )
        return self.telling(OrderShipped(self.id, captures), state=LIFECYCLE.after("ship", self.state))

    def complete(self) -> Self:
        """The goods have arrived."""
        return self.telling(OrderCompleted(self.id), state=LIFECYCLE.after("complete", self.state))

    def cancel(self, reason: str, *, by_shop: bool = False) -> Self:
        """Call it off; cancelling what is cancelled changes nothing. ``by_shop``: it is not the buyer's doing."""
        if self.state is OrderState.CANCELLED:
            return self
        state = LIFECYCLE.after("cancel", self.state)
        back = tuple(reversals(self.ledger))
        return self.telling(OrderCancelled(self.id, reason, back, self.redeems, by_shop), state=state)

    @property
    def _covered(self) -> Money:
        """What is promised or taken; of a pre-sale without what came late and is on its way back."""
        if not self.instalments:
            return self.ledger.covered
        instalments, total = self.instalments, self.total
        return accepted(self.ledger, lambda at: total - not_yet_due(instalments, at, total.currency))

    @property
    def _wanted(self) -> tuple[CartLine, ...]:
        return tuple(trusted(CartLine, line.variant, line.quantity) for line in self.lines)

    def _confirmed_if_covered(self) -> Self:
        if not LIFECYCLE.allows("confirm", self.state):
            return self
        if self.due.minor > 0:
            until = next_until(self.instalments, self._covered)
            return self if until is None else self.telling(OrderCovered(self.id, until, self.redeems))
        if self.waits_for:
            return self.telling(OrderCovered(self.id, None, self.redeems))
        confirmed = self.telling(OrderConfirmed(self.id, self._wanted, self.redeems))
        return confirmed.having(state=LIFECYCLE.after("confirm", self.state))

    def _balance(self, payment: PaymentId) -> PaymentBalance:
        balance = self.ledger.balance(payment)
        if balance is None:
            raise UnknownPayment(self.id, payment)
        return balance
