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

    def authorise(
        self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, taken: bool = False, ask: bool = True
    ) -> Self:
        """The money is promised: confirms the order, or goes back if the order is cancelled or covered already. Parts
        of a pre-sale are taken at once, for no promise holds so long; so is what the provider has ``taken`` already.
        With ``ask=False`` nobody is asked to take it: it is known to be taken.

        Raises ``AmountDiffers`` when it is not the amount that was asked for and is not promised yet.
        """
        if self.ledger.has(EntryKind.AUTHORISED, payment, reference):
            return self
        balance = self._balance(payment)
        asked = Money(balance.intended - balance.authorised, self.total.currency)
        if amount != asked:
            raise AmountDiffers(payment, asked, amount)
        due = self.due_at(at)
        late = self.state is OrderState.CANCELLED or due.minor <= 0 or (bool(self.instalments) and amount > due)
        at_once = taken or self.capture is Capture.AT_ONCE or bool(self.instalments)
        if late or not at_once or not ask or (self.on_hold and not taken):
            capture = None
        else:
            capture = amount if taken else min(amount, due)
        told = PaymentAuthorised(self.id, payment, amount, reference, capture, balance.method)
        authorised = self._writing(EntryKind.AUTHORISED, payment, amount, reference, at, told)
        if late:
            return authorised._sending_back(
                (Reversal(payment, reference, amount, refund=False, method=balance.method),), at
            )
        if capture is not None:
            authorised, _ = authorised._requesting(EntryKind.CAPTURE_REQUESTED, payment, capture, at)
        return authorised._confirmed_if_covered(at)

    def record_capture(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """The money is taken, at most what was promised. What the order does not cost, or no longer, goes back."""
        if self.ledger.has(EntryKind.CAPTURED, payment, reference):
            return self
        before = self._balance(payment)
        self._at_most(before.open, payment, amount)
        told = PaymentCaptured(self.id, payment, amount, reference)
        captured = self._writing(EntryKind.CAPTURED, payment, amount, reference, at, told)
        balances = list(captured.ledger.balances())
        kept = sum(balance.returnable for balance in balances)
        owed = 0 if self.state is OrderState.CANCELLED else self.total.minor
        back: list[Reversal] = []
        surplus = min(amount.minor, max(0, kept - owed))
        if surplus:
            money = Money(surplus, amount.currency)
            back.append(Reversal(payment, before.reference, money, refund=True, method=before.method))
        if kept >= owed:  # nothing more will be taken: what is still promised is let go
            back += [
                Reversal(b.payment, b.reference, Money(b.free, amount.currency), refund=False, method=b.method)
                for b in balances
                if b.free
            ]
        return captured._sending_back(tuple(back), at)

    def record_refusal(
        self, payment: PaymentId, step: PaymentStep, amount: Money, reason: str, reference: str, at: Instant
    ) -> Self:
        """The provider would not capture, void or refund; nothing has changed."""
        kind = _REFUSED[step]
        asked = Money(self._balance(payment).intended, self.total.currency)
        if self.ledger.has(kind, payment, reference):
            return self
        if amount.currency != asked.currency:
            raise AmountDiffers(payment, asked, amount)
        told = PaymentRefused(self.id, payment, step, amount, reason)
        refused = self._writing(kind, payment, amount, reference, at, told)
        if step is PaymentStep.CAPTURE and self.state is OrderState.CANCELLED:
            return refused._sending_back(tuple(reversals(refused.ledger)), at)
        return refused

    def record_void(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """What was promised is let go."""
        if self.ledger.has(EntryKind.VOIDED, payment, reference):
            return self
        self._at_most(self._balance(payment).open, payment, amount)
        told = PaymentVoided(self.id, payment, amount, reference)
        return self._writing(EntryKind.VOIDED, payment, amount, reference, at, told)

    def record_refund(
        self, payment: PaymentId, amount: Money, reference: str, at: Instant, *, method: str | None = None
    ) -> Self:
        """What was taken is given back, never more than that."""
        if self.ledger.has(EntryKind.REFUNDED, payment, reference):
            return self
        balance = self._balance(payment)
        self._at_most(balance.kept, payment, amount)
        told = PaymentRefunded(self.id, payment, amount, reference)
        return self._writing(EntryKind.REFUNDED, payment, amount, reference, at, told, method=method)

    def charge_back(self, payment: PaymentId, amount: Money, reference: str, reason: str, at: Instant) -> Self:
        """The buyer's bank has taken money back, never more than is kept."""
        if self.ledger.has(EntryKind.CHARGED_BACK, payment, reference):
            return self
        self._at_most(self._balance(payment).kept, payment, amount)
        told = PaymentChargedBack(self.id, payment, amount, reason, won=False)
        return self._writing(EntryKind.CHARGED_BACK, payment, amount, reference, at, told)

    def win_back(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """The bank has given back what it took."""
        if self.ledger.has(EntryKind.CHARGEBACK_WON, payment, reference):
            return self
        self._at_most(self._balance(payment).charged_back, payment, amount)
        told = PaymentChargedBack(self.id, payment, amount, "", won=True)
        return self._writing(EntryKind.CHARGEBACK_WON, payment, amount, reference, at, told)

    def record_fee(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """What the provider keeps for its service."""
        if self.ledger.has(EntryKind.FEE, payment, reference):
            return self
        if amount.currency != self.total.currency:
            raise AmountDiffers(payment, self.total, amount)
        return self._writing(EntryKind.FEE, payment, amount, reference, at)

    def hear(self, payment: PaymentId, fact: Fact, reference: str, at: Instant, *, taken: bool = False) -> Self:
        """What a provider tells by webhook, or when asked: it may come first, late, twice, or out of order."""
        match fact.kind:
            case FactKind.AUTHORISED:
                return self.authorise(payment, fact.amount, reference or fact.reference, at, taken=taken)
            case FactKind.DECLINED:
                return self.decline(payment, fact.reason, fact.reference, at)
            case FactKind.CAPTURED:
                promised = self._promised_before(payment, reference or fact.reference, at)
                return promised.record_capture(payment, fact.amount, fact.reference, at)._confirmed_if_covered(at)
            case FactKind.VOIDED:
                if self._balance(payment).authorised == 0:
                    return self.decline(payment, fact.reason or "let go by the provider", fact.reference, at)
                return self._given_back(payment, fact.amount, fact.reference, at)
            case FactKind.REFUNDED:
                return self._given_back(payment, fact.amount, fact.reference, at)
            case FactKind.CHARGED_BACK:
                return self.charge_back(payment, fact.amount, fact.reference, fact.reason, at)
            case FactKind.CHARGEBACK_WON:
                return self.win_back(payment, fact.amount, fact.reference, at)
            case FactKind.FEE:
                return self.record_fee(payment, fact.amount, fact.reference, at)

    def _given_back(self, payment: PaymentId, amount: Money, reference: str, at: Instant) -> Self:
        """Let go or refunded: to providers that take at once it is the same; the shop knows what it has taken."""
        ledger, balance = self.ledger, self._balance(payment)
        if ledger.has(EntryKind.VOIDED, payment, reference) or ledger.has(EntryKind.REFUNDED, payment, reference):
            return self
        if balance.kept >= amount.minor:
            return self.record_refund(payment, amount, reference, at)
        return self.record_void(payment, amount, reference, at)

    def _promised_before(self, payment: PaymentId, reference: str, at: Instant) -> Self:
        """What is taken was promised, whether or not anybody has told."""
        balance = self._balance(payment)
        if balance.authorised:
            return self
        amount = Money(balance.intended, self.total.currency)
        told = PaymentAuthorised(self.id, payment, amount, reference, None, balance.method)
        return self._writing(EntryKind.AUTHORISED, payment, amount, reference, at, told)
