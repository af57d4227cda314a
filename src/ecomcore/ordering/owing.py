"""The part of an order that owes money: what is due, what is asked for, and what moves.

Money is told by the ledger, never by the state: a payment that arrives after the cancellation is written down like any
other, and goes back at once. What a provider says twice, directly or by webhook, is written once. Whatever a provider
is to be asked is written down before it is asked, so that nothing is asked for a second time while an answer is
missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from attrs import evolve, frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Money, money_sum
from ecomcore.ordering.errors import AmountDiffers, BalanceOverdue, NothingToPay, PaymentPending, UnknownPayment
from ecomcore.ordering.events import (
    PaymentArrivedLate,
    PaymentRequested,
    PaymentsDue,
    PaymentUnsettled,
)
from ecomcore.ordering.instalments import next_until, not_yet_due
from ecomcore.ordering.life import CHANGEABLE, OrderState
from ecomcore.ordering.payments import REQUESTS, Ledger, PaymentBalance, accepted, promises, reversals
from ecomcore.ordering.values import CREDIT, GATEWAY, MANUAL, Capture, Draw, EntryKind, Reversal
from ecomcore.quoting import Instalment

__all__ = ["Owing"]


@frozen(kw_only=True)
class Owing(Aggregate):
    """What owes a ``total``, and the ``ledger`` of its payments.

    ``ask_at``: since when an answer of a provider is missing, or when to ask for it again; nothing if none is missing.
    """

    id: OrderId
    total: Money
    capture: Capture
    state: OrderState
    ledger: Ledger
    instalments: tuple[Instalment, ...] = ()
    ask_at: Instant | None = None

    @property
    def due(self) -> Money:
        """What is neither promised nor taken yet; negative where more is held than it costs."""
        return self.total - self._covered

    def due_at(self, at: Instant) -> Money:
        """What is due by a moment and neither promised nor taken: an instalment is due from its own time on."""
        return self.due - not_yet_due(self.instalments, at, self.total.currency)

    @property
    def on_hold(self) -> bool:
        """Whether something keeps its goods, and the taking of its money, from going on."""
        return False

    # -- asking for money ----------------------------------------------------------------------------------------

    def request_payment(
        self, payment: PaymentId, token: str, at: Instant, *, amount: Money | None = None, method: str = GATEWAY
    ) -> Self:
        """Write the intent to ask for what is due, or for a part of it.

        Raises ``PaymentPending``, ``NothingToPay``, ``BalanceOverdue``, ``AmountDiffers``. While the buyer still has to
        do something about one payment they may try another: whichever comes first counts, and the other goes back.
        """
        due = self._payable(at)
        for balance in self.ledger.balances():
            waits_for_the_buyer = self.ledger.has_kind(EntryKind.ACTION_REQUIRED, balance.payment)
            if not balance.settled and balance.method != CREDIT and not waits_for_the_buyer:
                raise PaymentPending(self.id, balance.payment)
        asked = due if amount is None else amount
        if asked.currency != due.currency or not 0 < asked.minor <= due.minor:
            raise AmountDiffers(payment, due, asked)
        return self._writing(
            EntryKind.INTENDED,
            payment,
            asked,
            payment,
            at,
            PaymentRequested(self.id, payment, asked, token, method),
            method=method,
        )

    def draw(self, payment: PaymentId, draw: Draw, at: Instant) -> Self:
        """Write the intent to take credit of the buyer's; it is held in the same unit of work."""
        due = self._payable(at)
        if draw.amount.minor > due.minor:
            raise AmountDiffers(payment, due, draw.amount)
        told = PaymentRequested(self.id, payment, draw.amount, "", CREDIT, draw.account)
        return self._writing(EntryKind.INTENDED, payment, draw.amount, payment, at, told, method=CREDIT)

    # -- moving money --------------------------------------------------------------------------------------------

    def take(self, most: Money, at: Instant) -> tuple[Self, tuple[Reversal, ...]]:
        """Write the intent to take what is promised, up to an amount; and what to ask the providers for."""
        taking, named = self, []
        for each in promises(self.ledger, most):
            taking, request = taking._requesting(EntryKind.CAPTURE_REQUESTED, each.payment, each.amount, at)
            named.append(evolve(each, request=request))
        return taking, tuple(named)

    def capture_now(self, amount: Money | None, at: Instant) -> Self:
        """Staff have the promised money taken, all of it or an amount. Raises ``NothingToPay``, ``AmountDiffers``."""
        free = sum(each.amount.minor for each in promises(self.ledger, self.total))
        left = Money(min(free, self.total.minor - self._taken), self.total.currency)
        wanted = left if amount is None else amount
        if left.minor <= 0 or self.state is OrderState.CANCELLED:
            raise NothingToPay(self.id)
        if wanted.currency != left.currency or not 0 < wanted.minor <= left.minor:
            raise AmountDiffers(next(iter(self.ledger.balances())).payment, left, wanted)
        taking, captures = self.take(wanted, at)
        return taking.telling(PaymentsDue(self.id, captures))

    def ask_again(self, at: Instant) -> Self:
        """Have the provider asked what became of what it has not answered; the next time after twice as long."""
        waiting = [b for b in self.ledger.balances() if _unanswered(b)]
        if not waiting or self.ask_at is None:
            return self.having(ask_at=None) if self.ask_at is not None else self
        since = min(self._asked_last(balance) for balance in waiting)
        currency = self.total.currency
        told = (
            PaymentUnsettled(self.id, b.payment, Money(b.intended, currency), b.reference, b.method) for b in waiting
        )
        return self.telling(*told, ask_at=at + (at - since))

    def _asked_last(self, balance: PaymentBalance) -> Instant:
        """When the provider was asked last for something it has not answered."""
        wanted = REQUESTS if balance.settled else (EntryKind.INTENDED,)
        return max(e.at for e in self.ledger.entries if e.payment == balance.payment and e.kind in wanted)

    def payment_of(self, reference: str) -> PaymentId:
        """The payment that a provider's reference is about; an empty name if there is none."""
        found = (entry.payment for entry in self.ledger.entries if entry.reference == reference)
        return next(found, PaymentId(""))

    def manual_payment_of(self, reference: str) -> PaymentId:
        """The payment that staff have received under a reference."""
        entries = self.ledger.entries
        return next(entry.payment for entry in entries if entry.reference == reference and entry.method == MANUAL)

    def asked_before(self, payment: PaymentId, at: Instant) -> bool:
        """Whether a payment was intended before then and has no outcome yet."""
        balance = self._balance(payment)
        intended = (e.at for e in self.ledger.entries if e.payment == payment and e.kind is EntryKind.INTENDED)
        return not balance.settled and any(each < at for each in intended)

    def _sending_back(self, back: tuple[Reversal, ...], at: Instant) -> Self:
        """Have this money let go and given back."""
        if not back:
            return self
        written, named = self._reversing(back, at)
        return written.telling(PaymentArrivedLate(self.id, named))

    def _reversing(self, back: Iterable[Reversal], at: Instant) -> tuple[Self, tuple[Reversal, ...]]:
        """Write down what the providers are going to be asked to let go and to give back."""
        written, named = self, []
        for each in back:
            kind = EntryKind.REFUND_REQUESTED if each.refund else EntryKind.VOID_REQUESTED
            written, request = written._requesting(kind, each.payment, each.amount, at)
            named.append(evolve(each, request=request))
        return written, tuple(named)

    def _requesting(self, kind: EntryKind, payment: PaymentId, amount: Money, at: Instant) -> tuple[Self, str]:
        name = f"{kind}-{len(self.ledger.entries) + 1}"
        return self._writing(kind, payment, amount, name, at), name

    def _known(self, payment: PaymentId, request: str, at: Instant) -> Self:
        """A fact is known already; but if it answers a request of ours, that one has its answer now."""
        if any(entry.reference == request for entry in self.ledger.unanswered(payment)):
            answered = self._writing(EntryKind.ANSWERED, payment, self._nothing, request, at, request=request)
            return answered._without_what_is_not_owed(at)
        return self

    def _without_what_is_not_owed(self, at: Instant) -> Self:
        """What was thought to be on its way, and is not, goes back if the order has no use for it."""
        if self.state is not OrderState.CANCELLED:
            return self
        return self._sending_back(tuple(reversals(self.ledger)), at)

    def _writing(
        self,
        kind: EntryKind,
        payment: PaymentId,
        amount: Money,
        reference: str,
        at: Instant,
        *told: Any,
        method: str | None = None,
        request: str = "",
    ) -> Self:
        if request and not any(each.reference == request for each in self.ledger.unanswered(payment)):
            request = ""  # another fact that could have been its answer came first
        ledger = self.ledger.with_entry(kind, payment, amount, reference, at, method, request)
        waits = any(_unanswered(balance) for balance in ledger.balances())
        ask_at = None if not waits else at if self.ask_at is None else min(self.ask_at, at)
        return self.telling(*told, ledger=ledger, ask_at=ask_at)

    # -- what is owed --------------------------------------------------------------------------------------------

    def _payable(self, at: Instant) -> Money:
        due = self.due_at(at)
        if due.minor <= 0:
            raise NothingToPay(self.id)
        missed = next_until(self.instalments, self._covered)
        if missed is not None and missed <= at:
            raise BalanceOverdue(self.id, missed)
        if self.state not in CHANGEABLE:
            raise IllegalTransition("order", "pay", self.state, CHANGEABLE)
        return due

    @property
    def _covered(self) -> Money:
        """What is promised or taken, and not on its way back; of a pre-sale without what came late."""
        if not self.instalments:
            going = sum(balance.voiding + balance.refunding for balance in self.ledger.balances())
            return self.ledger.covered - Money(going, self.total.currency)
        instalments, currency = self.instalments, self.total.currency
        agreed = money_sum((each.amount for each in instalments), currency)  # whatever was credited since
        return accepted(self.ledger, lambda at: agreed - not_yet_due(instalments, at, currency))

    @property
    def _taken(self) -> int:
        """What is taken or being taken, and not given back."""
        return sum(balance.returnable + balance.capturing for balance in self.ledger.balances())

    @property
    def _nothing(self) -> Money:
        return Money.zero(self.total.currency)

    def _confirmed_if_covered(self, at: Instant) -> Self:  # noqa: ARG002
        return self

    def _at_most(self, most: int, payment: PaymentId, amount: Money) -> None:
        known = Money(most, self.total.currency)
        if amount.currency != known.currency or not 0 < amount.minor <= most:
            raise AmountDiffers(payment, known, amount)

    def _balance(self, payment: PaymentId) -> PaymentBalance:
        balance = self.ledger.balance(payment)
        if balance is None:
            raise UnknownPayment(self.id, payment)
        return balance


def _unanswered(balance: PaymentBalance) -> bool:
    if balance.method in (CREDIT, MANUAL):
        return False
    return not balance.settled or bool(balance.capturing or balance.voiding or balance.refunding)
