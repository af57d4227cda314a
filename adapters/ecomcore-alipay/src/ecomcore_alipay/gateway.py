"""Alipay's words on one side, the port's on the other.

A payment is a *trade*. The buyer scans its code and pays; there is no promise that is taken later. Alipay knows the
trade by the name that the shop gave it, before and after, and this name is the reference of everything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ecomcore.kernel.clock import Clock, Instant, SystemClock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Money
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    Capabilities,
    Captured,
    Declined,
    Fact,
    FactKind,
    Found,
    NotFoundThere,
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
from ecomcore_alipay.client import GATEWAY, Client, Said
from ecomcore_alipay.names import (
    CNY,
    passback_of,
    refund_name,
    subject_of,
    trade_name,
    void_name,
    yuan,
)
from ecomcore_alipay.notes import MemoryNotes, Notes
from ecomcore_alipay.notifications import Notifications
from ecomcore_alipay.trades import CLOSED, SAID, State, Trade, Trades

__all__ = ["Alipay"]

CAPABILITIES: Final = Capabilities(
    partial_capture=False,
    several_captures=False,
    takes_at_once=True,
    redirects=True,
    currencies=frozenset((CNY,)),
)


class Alipay(PaymentGateway):
    """Payments in yuan, paid by scanning a code (``alipay.trade.precreate``).

    ``notify_url`` is the address of the host that hands notifications to ``read``. ``pay_within`` is how long a code
    can be paid; one that nobody has scanned cannot be closed, and ends by this. ``seller_id``, if given, must be that
    of every notification. ``tolerance`` is the age of the oldest notification that is read: Alipay repeats one for 25
    hours. ``notes``: see ``Notes``. Keys are PEM, or Base64 as the console gives them. Raises ``Invalid`` for what
    cannot work.
    """

    def __init__(
        self,
        *,
        app_id: str,
        private_key: str,
        alipay_public_key: str,
        notify_url: str,
        seller_id: str = "",
        subject: str = "Order",
        pay_within: timedelta = timedelta(minutes=20),
        tolerance: timedelta = timedelta(hours=26),
        url: str = GATEWAY,
        timeout: float = 15.0,
        notes: Notes | None = None,
        clock: Clock | None = None,
    ) -> None:
        for name, value in (("app_id", app_id), ("notify_url", notify_url), ("subject", subject)):
            _check_text(name, value)
        if not timedelta(minutes=1) <= pay_within <= timedelta(days=15):
            raise Invalid("pay_within", pay_within, "from one minute to 15 days")
        self._app_id = app_id
        self._subject = subject
        self._minutes = int(pay_within.total_seconds() // 60)
        self._notes = MemoryNotes() if notes is None else notes
        clock = clock or SystemClock()
        self._client = Client(app_id, private_key, alipay_public_key, notify_url, url, timeout, clock)
        self._trades = Trades(self._client, self._notes, clock, self._minutes)
        self._notifications = Notifications(self._client, app_id, seller_id, tolerance)

    def __repr__(self) -> str:
        return f"Alipay(app_id={self._app_id!r})"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        if problem := _not_served(request.amount):
            return Declined(problem)
        trade = trade_name(request.payment)
        self._trades.expect(trade)
        answer = self._client.ask(
            "alipay.trade.precreate",
            {
                "out_trade_no": trade,
                "total_amount": yuan(request.amount),
                "subject": subject_of(self._subject, request.order),
                "passback_params": passback_of(request.payment, request.amount),
                "timeout_express": f"{self._minutes}m",
                "qr_code_timeout_express": f"{self._minutes}m",
            },
        )
        match answer:
            case Unknown():
                return answer
            case Said(code="ACQ.TRADE_HAS_SUCCESS"):
                return self._authorised(request)
            case Said(code="ACQ.TRADE_HAS_CLOSE"):
                return Declined(CLOSED, trade)
            case Said(yes=False):
                return Declined(answer.reason, trade)
            case _ if answer.text("out_trade_no") == trade and answer.text("qr_code"):
                return ActionRequired(answer.text("qr_code"), trade)
            case _:
                return Unknown("precreate: the answer is about something else")

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        match self._look(request):
            case Unknown() as unknown:
                return unknown
            case Trade(State.PAID, total) if total == request.amount:
                return Captured(trade_name(request.payment))
            case Trade(State.PAID, total):
                return Refusal(f"the buyer has paid {total.minor} fen, and nothing else can be taken")
            case trade:
                return Refusal(f"there is nothing to take: {SAID[trade.state]}")

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        name = trade_name(request.payment)
        match self._look(request):
            case Unknown() as unknown:
                return unknown
            case Trade(State.VOIDED):
                return Voided(void_name(request.payment))
            case Trade(State.CLOSED):
                return Voided(name)
            case Trade(State.NONE | State.UNSCANNED as state):
                return Refusal(f"there is nothing that could be closed: {SAID[state]}")
            case Trade(_, total) if total != request.amount:
                return Refusal(f"{total.minor} fen can be let go, all or nothing")
            case Trade(State.WAITING):
                return _let_go(self._client.ask("alipay.trade.close", {"out_trade_no": name}), name)
            case _:
                match self._give_back(request, void_name(request.payment), "the order was called off"):
                    case Refunded(reference):
                        return Voided(reference)
                    case answer:
                        return answer

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        name = refund_name(request.payment, request.key)
        self._notes.add(trade_name(request.payment), name)
        return self._give_back(request, name, "refund")

    def status(self, request: PaymentRequest) -> StatusAnswer:
        name = trade_name(request.payment)
        match self._look(request):
            case Unknown() as unknown:
                return unknown
            case Trade(State.NONE):
                return NotFoundThere()
            case Trade(State.WAITING | State.UNSCANNED):
                return Pending()
            case Trade(State.CLOSED):
                return Declined(CLOSED, name)
            case Trade(state, total):
                facts = [Fact(FactKind.AUTHORISED, total, name), Fact(FactKind.CAPTURED, total, name)]
                if state is State.VOIDED:
                    facts.append(Fact(FactKind.VOIDED, total, void_name(request.payment)))
                match self._trades.refunds(name):
                    case Unknown() as unknown:
                        return unknown
                    case refunds:
                        return Found(name, (*facts, *refunds), taken=True)

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return self._notifications.read(webhook, at)

    def _look(self, request: PaymentRequest) -> Trade | Unknown:
        return self._trades.look(trade_name(request.payment), void_name(request.payment))

    def _authorised(self, request: PaymentRequest) -> Authorised | Declined | Unknown:
        """What a trade that is paid already says to the one who asks for it again."""
        match self._look(request):
            case Unknown() as unknown:
                return unknown
            case Trade(State.PAID | State.VOIDED, total) if total == request.amount:
                return Authorised(trade_name(request.payment), taken=True)
            case trade:
                return Declined(f"another amount was asked, {SAID[trade.state]}", trade_name(request.payment))

    def _give_back(self, request: PaymentRequest, name: str, reason: str) -> Refunded | Refusal | Unknown:
        trade = trade_name(request.payment)
        answer = self._client.ask(
            "alipay.trade.refund",
            {
                "out_trade_no": trade,
                "refund_amount": yuan(request.amount),
                "refund_reason": reason,
                "out_request_no": name,
            },
        )
        match answer:
            case Unknown():
                return answer
            case Said(yes=False):
                return Refusal(answer.reason)
            case _ if answer.text("out_trade_no") != trade:
                return Unknown("refund: the answer is about something else")
        if answer.text("fund_change") == "Y":
            return Refunded(name)
        match self._trades.given_back(trade, name):  # asked again, or on its way: only the question for it tells
            case Unknown() as unknown:
                return unknown
            case None:
                return Unknown("refund: not done yet")
            case given if given != request.amount:
                return Refusal(f"the key served a refund of {given.minor} fen")
            case _:
                return Refunded(name)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(name, value, "text that is not blank")


def _not_served(amount: Money) -> str:
    if amount.currency != CNY:
        return f"Alipay takes CNY here, not {amount.currency}"
    return "" if amount.minor > 0 else "the amount must be more than nothing"


def _not_moved(request: PaymentRequest) -> str:
    """Why nothing can be moved, before anybody is asked. An order without an answer yet has no reference."""
    if request.reference not in ("", trade_name(request.payment)):
        return f"{request.reference} is not the trade of payment {request.payment}"
    return _not_served(request.amount)


def _let_go(answer: Said | Unknown, name: str) -> Voided | Refusal | Unknown:
    match answer:
        case Unknown():
            return answer
        case Said(code="ACQ.TRADE_STATUS_ERROR" | "ACQ.REASON_TRADE_STATUS_INVALID" | "ACQ.TRADE_NOT_EXIST"):
            return Unknown("the trade has changed meanwhile")
        case Said(yes=False):
            return Refusal(answer.reason)
        case _ if answer.text("out_trade_no") not in ("", name):
            return Unknown("the answer is about something else")
        case _:
            return Voided(name)
