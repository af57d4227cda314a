"""A payment gateway in memory: it keeps its promises, and breaks down on request.

gateway = MemoryGateway()
gateway.script(Fault.DECLINE, Fault.TIMEOUT_AFTER)   # the next two calls
gateway = MemoryGateway(Capabilities(takes_at_once=True, partial_capture=False, several_captures=False))
gateway = MemoryGateway.noisy(seed=7, percent=20)    # one call in five goes wrong, always the same ones
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from threading import RLock
from typing import Any, Self, TypeVar

from ecomcore.kernel.clock import Clock, Instant, SystemClock
from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Money
from ecomcore.memory.gateway_books import Account, a_part_of, payout_csv
from ecomcore.memory.gateway_faults import PASSING, Fault, noise, silence
from ecomcore.memory.gateway_webhooks import doubt, sign, tell, written
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    Fact,
    FactKind,
    Forged,
    Found,
    NotFoundThere,
    Notice,
    PaymentGateway,
    PaymentRequest,
    Pending,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)

__all__ = ["Fault", "MemoryGateway"]

T = TypeVar("T")


class MemoryGateway(PaymentGateway):
    """Authorises everything, unless scripted otherwise. ``effects`` lists what really happened, in order."""

    def __init__(
        self,
        capabilities: Capabilities | None = None,
        *,
        secret: str = "the-secret-of-webhooks",  # noqa: S107 - it guards nothing
        clock: Clock | None = None,
        delay: int = 2,
    ) -> None:
        self._can = capabilities or Capabilities()
        self._secret = secret.encode()
        self._clock = clock or SystemClock()
        self._delay = delay
        self._lock = RLock()
        self._faults: deque[Fault | None] = deque()
        self._noise: Callable[[], Fault | None] = silence
        self._answers: dict[tuple[str, str], Any] = {}
        self._hidden: dict[str, int] = {}
        self._waiting: dict[PaymentId, PaymentRequest] = {}
        self._accounts: dict[str, Account] = {}
        self.effects: list[tuple[str, PaymentRequest]] = []

    @classmethod
    def noisy(
        cls, seed: int, percent: int = 20, faults: Iterable[Fault] = PASSING, capabilities: Capabilities | None = None
    ) -> Self:
        """One whose calls go wrong by chance, ``percent`` in a hundred; the same seed, the same faults."""
        gateway = cls(capabilities)
        gateway._noise = noise(seed, percent, faults)
        return gateway

    @property
    def capabilities(self) -> Capabilities:
        return self._can

    def script(self, *faults: Fault | None) -> None:
        """What goes wrong with the next calls, one each; ``None`` for nothing."""
        self._faults.extend(faults)

    # -- the port ------------------------------------------------------------------------------------------------

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        def promise(twice: bool) -> Authorised | Declined | ActionRequired:
            if not self._can.serves(request.amount.currency) or request.amount.minor <= 0:
                return Declined(f"{request.amount} cannot be paid here", f"decline-{request.key}")
            return self._wait(request) if self._can.redirects else self._promise(request, twice)

        return self._once(
            "authorise",
            request,
            promise,
            declined=lambda: Declined("the card was declined", f"decline-{request.key}"),
            action=lambda: self._wait(request),
        )

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        def take(twice: bool) -> Captured | Refusal:
            account = self._account(request)
            if account is None:
                return Refusal("nothing was promised under this reference")
            if account.taken:
                whole = request.amount.minor == account.promised.minor == account.returnable
                return Captured(_taken(account.payment)) if whole else Refusal("it is not what was taken at once")
            if reason := account.refuses_capture(request.amount.minor, self._can):
                return Refusal(reason)
            return Captured(self._write(account, FactKind.CAPTURED, request, "capture", twice))

        return self._once("capture", request, take, declined=lambda: Refusal("the bank refused"))

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        def let_go(twice: bool) -> Voided | Refusal:
            account = self._account(request)
            if account is None and not request.reference and request.payment in self._waiting:
                self.walk_away(request.payment, "the shop let it go")
                return Voided(f"void-{request.key}")
            if account is None:
                return Refusal("nothing was promised under this reference")
            if reason := account.refuses_void(request.amount.minor):
                return Refusal(reason)
            kind = FactKind.REFUNDED if account.taken else FactKind.VOIDED
            return Voided(self._write(account, kind, request, "void", twice))

        return self._once("void", request, let_go, declined=lambda: Refusal("the bank refused"))

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        def give_back(twice: bool) -> Refunded | Refusal:
            account = self._account(request)
            if account is None:
                return Refusal("nothing was promised under this reference")
            if reason := account.refuses_refund(request.amount.minor, self._can):
                return Refusal(reason)
            return Refunded(self._write(account, FactKind.REFUNDED, request, "refund", twice))

        return self._once("refund", request, give_back, declined=lambda: Refusal("the bank refused"))

    def status(self, request: PaymentRequest) -> StatusAnswer:
        with self._lock:
            match self._fault():
                case Fault.DOWN:
                    raise PortUnavailable("the gateway is down (status)")
                case Fault.ERROR | Fault.TIMEOUT_BEFORE | Fault.TIMEOUT_AFTER | Fault.DELAY:
                    return Unknown("status")
                case _:
                    return self._known(request)

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        reason = doubt(self._secret, webhook, at)
        return tell(webhook.body) if reason is None else Forged(reason)

    # -- what others do ------------------------------------------------------------------------------------------

    def act(self, payment: PaymentId) -> Fact:
        """The buyer does what was asked of them: the payment is authorised, or taken."""
        with self._lock:
            request = self._waits(payment)
            self._answers["authorise", request.key] = self._promise(request)
            return self._of(payment).facts[0]

    def walk_away(self, payment: PaymentId, reason: str = "the buyer went away") -> Notice:
        """The buyer does not; the payment is declined. The notice is what a webhook would tell."""
        with self._lock:
            request = self._waits(payment)
            declined = Declined(reason, f"decline-{request.key}")
            self._answers["authorise", request.key] = declined
            fact = Fact(FactKind.DECLINED, request.amount, declined.reference, reason)
            return Notice(f"evt-{declined.reference}"[:200], fact, "", payment, at=self._clock.now())

    def capture_outside(self, payment: PaymentId, amount: Money | None = None) -> Fact:
        """Somebody captures in the provider's own pages, the rest or a part: a webhook tells it, or the status."""
        return self._happens(payment, FactKind.CAPTURED, amount, lambda account: account.takable)

    def void_outside(self, payment: PaymentId, amount: Money | None = None) -> Fact:
        """The promise, or a part of it, is let go at the provider: it ran out."""
        return self._happens(payment, FactKind.VOIDED, amount, lambda account: account.takable)

    def refund_outside(self, payment: PaymentId, amount: Money | None = None) -> Fact:
        """Somebody gives money back in the provider's own pages."""
        return self._happens(payment, FactKind.REFUNDED, amount, lambda account: account.returnable)

    def chargeback(self, payment: PaymentId, amount: Money | None = None) -> Fact:
        """The buyer's bank takes back what was captured, or a part of it."""
        return self._happens(payment, FactKind.CHARGED_BACK, amount, lambda account: account.returnable)

    def chargeback_won(self, payment: PaymentId, amount: Money | None = None) -> Fact:
        """The bank gives back what it took, or a part of it."""
        return self._happens(payment, FactKind.CHARGEBACK_WON, amount, lambda account: account.lost)

    def fee(self, payment: PaymentId, amount: Money) -> Fact:
        """The provider keeps this for what moved last, of what was captured."""
        return self._happens(payment, FactKind.FEE, amount, lambda account: account.sum(FactKind.CAPTURED))

    # -- what it tells by itself ---------------------------------------------------------------------------------

    def notices_of(self, payment: PaymentId) -> tuple[Notice, ...]:
        """What webhooks would tell of a payment, in order, with ids that stay; twice what came with ``DUPLICATE``."""
        return self._of(payment).notices()

    def webhooks_of(self, payment: PaymentId, at: Instant) -> tuple[Webhook, ...]:
        """All of them, signed at that moment."""
        return tuple(self.webhook(notice, at) for notice in self.notices_of(payment))

    def webhook(self, notice: Notice, at: Instant) -> Webhook:
        """The notice as this provider would send it at that moment, signed."""
        return self.signed(written(notice), at)

    def signed(self, body: bytes, at: Instant) -> Webhook:
        """Any body, with a signature that is genuine at that moment."""
        return sign(self._secret, body, at)

    def payout_csv(self, since: Instant | None = None, until: Instant | None = None) -> str:
        """What moved money in a time, as the provider reports it: ``reference,kind,amount,currency,fee,at``.

        Amounts are decimal text in major units, all positive; the kind is that of the fact. ``until`` is not in it.
        """
        with self._lock:
            return payout_csv(self._accounts.values(), since, until)

    # -- inside --------------------------------------------------------------------------------------------------

    def _promise(self, request: PaymentRequest, twice: bool = False) -> Authorised:
        reference, at = f"auth-{request.payment}", self._clock.now()
        account = Account(request.payment, request.amount, reference, self._can.takes_at_once)
        account.write(FactKind.AUTHORISED, request.amount, reference, at, twice=twice)
        if account.taken:
            account.write(FactKind.CAPTURED, request.amount, _taken(request.payment), at, twice=twice)
        self._accounts[reference] = account
        self.effects.append(("authorise", request))
        return Authorised(reference, account.taken)

    def _wait(self, request: PaymentRequest) -> ActionRequired:
        self._waiting[request.payment] = request
        return ActionRequired(f"https://bank.example/{request.payment}")

    def _waits(self, payment: PaymentId) -> PaymentRequest:
        request = self._waiting.pop(payment, None)
        if request is None:
            raise Invalid("payment", payment, "one that waits for its buyer")
        return request

    def _of(self, payment: PaymentId) -> Account:
        account = self._accounts.get(f"auth-{payment}")
        if account is None:
            raise Invalid("payment", payment, "one that was authorised")
        return account

    def _account(self, request: PaymentRequest) -> Account | None:
        """What was promised under the request's reference, in its currency."""
        account = self._accounts.get(request.reference)
        return account if account and account.currency == request.amount.currency else None

    def _known(self, request: PaymentRequest) -> StatusAnswer:
        match self._answers.get(("authorise", request.key)):
            case Authorised(reference, taken):
                if self._hides(reference):
                    return Pending()
                facts = self._accounts[reference].facts
                return Found(reference, tuple(fact for fact in facts if not self._hides(fact.reference)), taken)
            case Declined() as declined:
                return declined
            case ActionRequired(url):
                return Pending(url)
            case _:
                return NotFoundThere()

    def _hides(self, reference: str) -> bool:
        """Whether one more asking hears nothing of this."""
        left = self._hidden.pop(reference, 0)
        if left > 1:
            self._hidden[reference] = left - 1
        return left > 0

    def _write(self, account: Account, kind: FactKind, request: PaymentRequest, what: str, twice: bool) -> str:
        self.effects.append((what, request))
        fact = account.write(kind, request.amount, f"{what}-{request.key}", self._clock.now(), twice=twice)
        return fact.reference

    def _happens(
        self, payment: PaymentId, kind: FactKind, amount: Money | None, most: Callable[[Account], int]
    ) -> Fact:
        with self._lock:
            account = self._of(payment)
            whole = Money(most(account), account.currency)
            part = a_part_of(whole, amount)
            return account.write(kind, part, f"{kind}-{payment}-{len(account.book)}", self._clock.now())

    def _fault(self) -> Fault | None:
        return self._faults.popleft() if self._faults else self._noise()

    def _once(
        self,
        operation: str,
        request: PaymentRequest,
        effect: Callable[[bool], T],
        *,
        declined: Callable[[], T],
        action: Callable[[], T] | None = None,
    ) -> T | Unknown:
        """Have the effect once for each key, with the next scripted fault."""
        with self._lock:
            fault, asked = self._fault(), (operation, request.key)
            if fault is Fault.DOWN:
                raise PortUnavailable(f"the gateway is down ({operation})")
            if fault in (Fault.ERROR, Fault.TIMEOUT_BEFORE):
                return Unknown("500" if fault is Fault.ERROR else operation)
            answer: T | None = self._answers.get(asked)
            if answer is None:
                if fault is Fault.DECLINE:
                    answer = declined()
                elif fault is Fault.ACTION and action is not None:
                    answer = action()
                else:
                    answer = effect(fault is Fault.DUPLICATE)
                self._answers[asked] = answer
                if fault is Fault.DELAY:
                    if reference := _reference(answer):
                        self._hidden[reference] = self._delay
                    return Unknown(operation)
            elif self._hides(_reference(answer)):
                return Unknown(operation)
            return Unknown(operation) if fault is Fault.TIMEOUT_AFTER else answer


def _taken(payment: PaymentId) -> str:
    return f"taken-{payment}"


def _reference(answer: object) -> str:
    """What a delayed answer is known by; one without a name only gets lost."""
    return str(getattr(answer, "reference", ""))
