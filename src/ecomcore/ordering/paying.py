"""What providers and staff say of an order's payments, written into its ledger: promised, taken, refused, given
back."""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Money
from ecomcore.ordering.errors import AmountDiffers
from ecomcore.ordering.events import (
    PaymentActionRequired,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentChargedBack,
    PaymentDeclined,
    PaymentRefunded,
    PaymentRefused,
    PaymentVoided,
)
from ecomcore.ordering.gateway import Fact, FactKind
from ecomcore.ordering.instalments import not_yet_due
from ecomcore.ordering.life import OrderState
from ecomcore.ordering.owing import Owing
from ecomcore.ordering.payments import reversals
from ecomcore.ordering.values import MANUAL, Capture, EntryKind, PaymentStep, Reversal

__all__ = ["Paying"]

_REFUSED = {
    PaymentStep.CAPTURE: EntryKind.REFUSED,
    PaymentStep.VOID: EntryKind.VOID_REFUSED,
    PaymentStep.REFUND: EntryKind.REFUND_REFUSED,
}


@frozen(kw_only=True)
class Paying(Owing):
    """What is told of its payments. Everything may be told twice, late, or out of order."""

    def record_manual_payment(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """Staff have the money: it is promised and taken in one."""
        for balance in self.ledger.balances():
            if balance.method == MANUAL and self.ledger.has(EntryKind.CAPTURED, balance.payment, reference):
                return self
        due = self._payable(at)
        if amount.currency != due.currency or not 0 < amount.minor <= due.minor:
            raise AmountDiffers(payment, due, amount)
        intended = self._writing(EntryKind.INTENDED, payment, amount, payment, at, method=MANUAL)
        told = PaymentAuthorised(self.id, payment, amount, reference, None, MANUAL)
        promised = intended._writing(EntryKind.AUTHORISED, payment, amount, reference, at, told)
        return promised.record_capture(payment, amount, reference, at)._confirmed_if_covered(at)

    def require_action(self, payment: PaymentId, url: str, at: Instant) -> Self:
        """The buyer must do something first. Ignored when the payment has its outcome already."""
        balance = self._balance(payment)
        if balance.settled or self.ledger.has(EntryKind.ACTION_REQUIRED, payment, url):
            return self
        told = PaymentActionRequired(self.id, payment, url)
        return self._writing(EntryKind.ACTION_REQUIRED, payment, self._nothing, url, at, told)

    def decline(self, payment: PaymentId, reason: str, reference: str, at: Instant) -> Self:
        """The provider said no. Ignored when it is known, or when the payment was authorised."""
        if self._balance(payment).settled:
            return self
        told = PaymentDeclined(self.id, payment, reason)
        return self._writing(EntryKind.DECLINED, payment, self._nothing, reference, at, told)

    def authorise(self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, taken: bool = False) -> Self:
        """The money is promised: confirms the order, or goes back if the order is cancelled or covered already. Parts
        of a pre-sale are taken at once, for no promise holds so long; so is what the provider has ``taken`` already:
        what is too much of that goes back once it is written down as taken.

        Raises ``AmountDiffers`` when it is not the amount that was asked for and is not promised yet.
        """
        if self.ledger.has(EntryKind.AUTHORISED, payment, reference):
            return self
        balance = self._balance(payment)
        asked = Money(balance.intended - balance.authorised, self.total.currency)
        if balance.authorised and asked.minor == 0 and amount == Money(balance.authorised, asked.currency):
            # It was known to be promised, because it was taken; now the promise has its own name.
            return self._writing(EntryKind.AUTHORISED, payment, self._nothing, reference, at)
        if amount != asked:
            raise AmountDiffers(payment, asked, amount)
        due = self.due_at(at)
        late = self.state is OrderState.CANCELLED or due.minor <= 0 or (bool(self.instalments) and amount > due)
        at_once = taken or self.capture is Capture.AT_ONCE or bool(self.instalments)
        capture = None
        if taken:
            capture = amount
        elif at_once and not late and not self.on_hold:
            capture = min(amount, due)
        authorised, request = self._writing(EntryKind.AUTHORISED, payment, amount, reference, at), ""
        if capture is not None:
            authorised, request = authorised._requesting(EntryKind.CAPTURE_REQUESTED, payment, capture, at)
        told = PaymentAuthorised(self.id, payment, amount, reference, capture, balance.method, request)
        authorised = authorised.telling(told)
        if late and not taken:
            return authorised._sending_back(
                (Reversal(payment, reference, amount, refund=False, method=balance.method),), at
            )
        return authorised if late else authorised._confirmed_if_covered(at)

    def record_capture(
        self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, request: str = ""
    ) -> Self:
        """The money is taken, at most what was promised. What the order does not cost, or no longer, or not yet, goes
        back. ``request`` names the request that this answers.
        """
        if self.ledger.has(EntryKind.CAPTURED, payment, reference):
            return self._known(payment, request, at)
        self._at_most(self._balance(payment).open, payment, amount)
        request = request or self._asked_for(EntryKind.CAPTURE_REQUESTED, payment, amount)
        told = PaymentCaptured(self.id, payment, amount, reference)
        captured = self._writing(EntryKind.CAPTURED, payment, amount, reference, at, told, request=request)
        return captured._without_surplus(payment, amount, at)

    def record_refusal(
        self,
        payment: PaymentId,
        step: PaymentStep,
        amount: Money,
        reason: str,
        reference: str,
        at: Instant,
        *,
        request: str = "",
    ) -> Self:
        """The provider would not capture, void or refund; nothing has changed."""
        kind = _REFUSED[step]
        asked = Money(self._balance(payment).intended, self.total.currency)
        if self.ledger.has(kind, payment, reference):
            return self
        if amount.currency != asked.currency:
            raise AmountDiffers(payment, asked, amount)
        told = PaymentRefused(self.id, payment, step, amount, reason)
        refused = self._writing(kind, payment, amount, reference, at, told, request=request)
        if step is PaymentStep.CAPTURE and self.state is OrderState.CANCELLED:
            return refused._sending_back(tuple(reversals(refused.ledger)), at)
        return refused

    def record_void(self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, request: str = "") -> Self:
        """What was promised is let go. If it turns out to be taken already, letting go is giving back."""
        if self._is_back(payment, reference):
            return self._known(payment, request, at)
        balance = self._balance(payment)
        if balance.open < amount.minor <= balance.captured - balance.refunded:
            return self.record_refund(payment, amount, reference, at, request=request)
        self._at_most(balance.open, payment, amount)
        request = request or self._asked_for(EntryKind.VOID_REQUESTED, payment, amount)
        told = PaymentVoided(self.id, payment, amount, reference)
        return self._writing(EntryKind.VOIDED, payment, amount, reference, at, told, request=request)

    def record_refund(
        self,
        payment: PaymentId,
        amount: Money,
        reference: str,
        at: Instant,
        *,
        method: str | None = None,
        request: str = "",
    ) -> Self:
        """What was taken is given back, never more than that. A bank may have taken it back as well."""
        if self._is_back(payment, reference):
            return self._known(payment, request, at)
        balance = self._balance(payment)
        self._at_most(balance.captured - balance.refunded, payment, amount)
        request = request or self._asked_for(EntryKind.REFUND_REQUESTED, payment, amount)
        told = PaymentRefunded(self.id, payment, amount, reference)
        return self._writing(EntryKind.REFUNDED, payment, amount, reference, at, told, method=method, request=request)

    def charge_back(self, payment: PaymentId, amount: Money, reference: str, reason: str, at: Instant) -> Self:
        """The buyer's bank has taken money back, never more than was taken; also what was refunded already."""
        if self.ledger.has(EntryKind.CHARGED_BACK, payment, reference):
            return self
        balance = self._balance(payment)
        self._at_most(balance.captured - balance.charged_back, payment, amount)
        told = PaymentChargedBack(self.id, payment, amount, reason, won=False)
        return self._writing(EntryKind.CHARGED_BACK, payment, amount, reference, at, told)

    def win_back(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """The bank has given back what it took; what the order does not cost any more goes on to the buyer."""
        if self.ledger.has(EntryKind.CHARGEBACK_WON, payment, reference):
            return self
        self._at_most(self._balance(payment).charged_back, payment, amount)
        told = PaymentChargedBack(self.id, payment, amount, "", won=True)
        won = self._writing(EntryKind.CHARGEBACK_WON, payment, amount, reference, at, told)
        return won._without_surplus(payment, amount, at)

    def _without_surplus(self, payment: PaymentId, amount: Money, at: Instant) -> Self:
        """Of money that has just come, what is not owed goes back; and what is promised beyond what is owed."""
        balances, currency = list(self.ledger.balances()), self.total.currency
        own = self._balance(payment)
        owed = 0
        if self.state is not OrderState.CANCELLED:
            owed = self.total.minor - not_yet_due(self.instalments, at, currency).minor
        kept = sum(balance.returnable for balance in balances)
        back: list[Reversal] = []
        surplus = min(amount.minor, own.returnable, max(0, kept - owed))
        if surplus:
            back.append(Reversal(payment, own.reference, Money(surplus, currency), refund=True, method=own.method))
        if kept >= owed:  # nothing more will be taken
            back += [
                Reversal(b.payment, b.reference, Money(b.free, currency), refund=False, method=b.method)
                for b in balances
                if b.free
            ]
        return self._sending_back(tuple(back), at)

    def record_fee(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """What the provider keeps for its service."""
        if self.ledger.has(EntryKind.FEE, payment, reference):
            return self
        asked = Money(self._balance(payment).intended, self.total.currency)
        if amount.currency != asked.currency:
            raise AmountDiffers(payment, asked, amount)
        return self._writing(EntryKind.FEE, payment, amount, reference, at)

    def hear(self, payment: PaymentId, fact: Fact, reference: str, at: Instant, *, taken: bool = False) -> Self:
        """What a provider tells by webhook, or when asked: it may come first, late, twice, or out of order."""
        match fact.kind:
            case FactKind.AUTHORISED:
                return self.authorise(payment, fact.amount, reference or fact.reference, at, taken=taken)
            case FactKind.DECLINED:
                return self.decline(payment, fact.reason, fact.reference, at)
            case FactKind.CAPTURED:
                return self._heard_taken(payment, fact, reference or fact.reference, at)
            case FactKind.VOIDED:
                return self._heard_let_go(payment, fact, reference or fact.reference, at)
            case FactKind.REFUNDED:
                return self._given_back(payment, fact, at)
            case FactKind.CHARGED_BACK:
                return self.charge_back(payment, fact.amount, fact.reference, fact.reason, at)
            case FactKind.CHARGEBACK_WON:
                return self.win_back(payment, fact.amount, fact.reference, at)
            case FactKind.FEE:
                return self.record_fee(payment, fact.amount, fact.reference, at)

    def _heard_taken(self, payment: PaymentId, fact: Fact, promise: str, at: Instant) -> Self:
        if self.ledger.has(EntryKind.CAPTURED, payment, fact.reference):
            return self  # it answers nothing that was asked for since
        promised = self._promised_before(payment, promise, at)
        request = promised._asked_for(EntryKind.CAPTURE_REQUESTED, payment, fact.amount)
        captured = promised.record_capture(payment, fact.amount, fact.reference, at, request=request)
        return captured._confirmed_if_covered(at)

    def _heard_let_go(self, payment: PaymentId, fact: Fact, promise: str, at: Instant) -> Self:
        """Of a promise that nobody had told of a part may be left, which a cancelled order has no use for."""
        let_go = self._promised_before(payment, promise, at)._given_back(payment, fact, at)
        if let_go is self or self.state is not OrderState.CANCELLED:
            return let_go
        return let_go._sending_back(tuple(reversals(let_go.ledger)), at)

    def _given_back(self, payment: PaymentId, fact: Fact, at: Instant) -> Self:
        """Let go or refunded. To providers that take at once the two are one, and the shop knows what it has taken."""
        amount, reference, balance = fact.amount, fact.reference, self._balance(payment)
        if self._is_back(payment, reference):
            return self
        if fact.kind is FactKind.VOIDED:
            is_void = balance.open >= amount.minor or balance.kept < amount.minor
        else:  # it tells that money was taken, which may not be known yet, unless it is what was asked to be let go
            is_void = balance.captured == 0 and balance.open >= amount.minor and balance.voiding > 0
        if is_void:
            request = self._asked_for(EntryKind.VOID_REQUESTED, payment, amount)
            return self.record_void(payment, amount, reference, at, request=request)
        request = self._asked_for(EntryKind.REFUND_REQUESTED, payment, amount)
        return self.record_refund(payment, amount, reference, at, request=request)

    def _asked_for(self, kind: EntryKind, payment: PaymentId, amount: Money) -> str:
        """The oldest request of ours without an answer that a provider's fact may be the answer to; or none."""
        asked = self.ledger.unanswered(payment)
        return next((entry.reference for entry in asked if entry.kind is kind and entry.amount == amount), "")

    def _is_back(self, payment: PaymentId, reference: str) -> bool:
        """Whether a provider's fact of letting go or giving back is written already, as either."""
        ledger = self.ledger
        return ledger.has(EntryKind.VOIDED, payment, reference) or ledger.has(EntryKind.REFUNDED, payment, reference)

    def _promised_before(self, payment: PaymentId, reference: str, at: Instant) -> Self:
        """What is taken was promised, whether or not anybody has told."""
        balance = self._balance(payment)
        if balance.authorised:
            return self
        amount = Money(balance.intended, self.total.currency)
        told = PaymentAuthorised(self.id, payment, amount, reference, None, balance.method)
        return self._writing(EntryKind.AUTHORISED, payment, amount, reference, at, told)
