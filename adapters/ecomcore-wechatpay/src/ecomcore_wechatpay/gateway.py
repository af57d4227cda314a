"""WeChat Pay's words on one side, the port's on the other.

A payment is an *order* of WeChat Pay. The buyer scans its code and pays; there is no promise that is taken later.
WeChat Pay knows the order by the name that the shop gave it, before and after, and it is the reference of everything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ecomcore.kernel.clock import Instant
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
from ecomcore_wechatpay.client import GATEWAY, Client, Said
from ecomcore_wechatpay.names import CNY, attachment, description_of, refund_name, trade_name, void_name
from ecomcore_wechatpay.notes import MemoryNotes, Notes
from ecomcore_wechatpay.notifications import Notifications
from ecomcore_wechatpay.trades import CLOSED, SAID, State, Trade, Trades

__all__ = ["WeChatPay"]

CAPABILITIES: Final = Capabilities(
    partial_capture=False,
    several_captures=False,
    takes_at_once=True,
    redirects=True,
    currencies=frozenset((CNY,)),
)


class WeChatPay(PaymentGateway):
    """Payments in yuan, paid by scanning a code (Native, API v3), in the mode with WeChat Pay's public key.

    ``serial_no`` is that of the merchant's certificate, ``public_key`` and ``public_key_id`` are WeChat Pay's.
    ``notify_url`` is the address of the host that hands notifications to ``read``; ``tolerance`` is how far from now
    one may be signed. ``notes``: see ``Notes``. Keys are PEM, or Base64 as the console gives them. Raises ``Invalid``
    for what cannot work.
    """

    def __init__(
        self,
        *,
        mch_id: str,
        app_id: str,
        private_key: str,
        serial_no: str,
        api_v3_key: str,
        public_key: str,
        public_key_id: str,
        notify_url: str,
        subject: str = "Order",
        tolerance: timedelta = timedelta(minutes=5),
        url: str = GATEWAY,
        timeout: float = 15.0,
        notes: Notes | None = None,
    ) -> None:
        texts = {"mch_id": mch_id, "app_id": app_id, "serial_no": serial_no, "notify_url": notify_url}
        for name, value in (texts | {"public_key_id": public_key_id, "subject": subject}).items():
            _check_text(name, value)
        self._mch_id, self._app_id, self._subject = mch_id, app_id, subject
        self._notes = MemoryNotes() if notes is None else notes
        self._client = Client(
            mch_id=mch_id,
            app_id=app_id,
            private_key=private_key,
            serial_no=serial_no,
            api_v3_key=api_v3_key,
            public_key=public_key,
            public_key_id=public_key_id,
            notify_url=notify_url,
            url=url.rstrip("/"),
            timeout=timeout,
        )
        self._trades = Trades(self._client, self._notes, mch_id)
        self._notifications = Notifications(self._client, mch_id, app_id, public_key_id, tolerance)

    def __repr__(self) -> str:
        return f"WeChatPay(mch_id={self._mch_id!r}, app_id={self._app_id!r})"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        if problem := _not_served(request.amount):
            return Declined(problem)
        name = trade_name(request.payment)
        description = description_of(self._subject, request.order)
        match self._client.order(name, description, request.amount.minor, attachment(request.payment, request.amount)):
            case Unknown() as unknown:
                return unknown
            case Said(yes=False, reason=reason):
                return self._why_not(request, reason)
            case Said(fields={"code_url": str(url)}) if url:
                return ActionRequired(url, name)
            case _:
                return Unknown("order: an answer without a code")

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        match self._trades.settled(trade_name(request.payment), void_name(request.payment)):
            case Unknown() as unknown:
                return unknown
            case Trade(State.PAID, total) if total == request.amount:
                return Captured(trade_name(request.payment))
            case Trade(State.PAID, Money(minor=minor)):
                return Refusal(f"the buyer has paid {minor} fen, and nothing else can be taken")
            case trade:
                return Refusal(f"there is nothing to take: {SAID[trade.state]}")

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        name = trade_name(request.payment)
        match self._trades.settled(trade_name(request.payment), void_name(request.payment)):
            case Unknown() as unknown:
                return unknown
            case Trade(State.VOIDED):
                return Voided(void_name(request.payment))
            case Trade(State.CLOSED):
                return Voided(name)
            case Trade(State.WAITING):
                return self._close(name)
            case Trade(State.PAID, Money() as total) if total == request.amount:
                match self._give_back(request, void_name(request.payment), total, "the order was called off"):
                    case Refunded(reference):
                        return Voided(reference)
                    case answer:
                        return answer
            case Trade(State.PAID, Money(minor=minor)):
                return Refusal(f"{minor} fen can be let go, all or nothing")
            case trade:
                return Refusal(f"there is nothing to let go: {SAID[trade.state]}")

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        if problem := _not_moved(request):
            return Refusal(problem)
        match self._trades.look(trade_name(request.payment)):
            case Unknown() as unknown:
                return unknown
            case Trade(State.PAID, Money() as total):
                name = refund_name(request.payment, request.key)
                self._notes.add(trade_name(request.payment), name)
                return self._give_back(request, name, total, "refund")
            case trade:
                return Refusal(f"there is nothing to give back: {SAID[trade.state]}")

    def status(self, request: PaymentRequest) -> StatusAnswer:
        name = trade_name(request.payment)
        match self._trades.settled(trade_name(request.payment), void_name(request.payment)):
            case Unknown() as unknown:
                return unknown
            case Trade(state, Money() as total, refunded):
                facts = [Fact(FactKind.AUTHORISED, total, name), Fact(FactKind.CAPTURED, total, name)]
                if state is State.VOIDED:
                    facts.append(Fact(FactKind.VOIDED, total, void_name(request.payment)))
                match self._trades.refunds(name) if refunded else []:
                    case Unknown() as unknown:
                        return unknown
                    case refunds:
                        return Found(name, (*facts, *refunds), taken=True)
            case Trade(State.NONE):
                return NotFoundThere()
            case Trade(State.CLOSED):
                return Declined(CLOSED, name)
            case _:
                return Pending()

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return self._notifications.read(webhook, at)

    def _why_not(self, request: PaymentRequest, reason: str) -> Authorised | Declined | Unknown:
        """An order that is refused may be one that is paid, or closed, since it was asked for the first time."""
        name = trade_name(request.payment)
        match self._trades.look(trade_name(request.payment)):
            case Unknown() as unknown:
                return unknown
            case Trade(State.PAID, total) if total == request.amount:
                return Authorised(name, taken=True)
            case Trade(State.CLOSED):
                return Declined(CLOSED, name)
            case _:
                return Declined(reason, name)

    def _close(self, name: str) -> Voided | Refusal | Unknown:
        match self._client.close(name):
            case Unknown() as unknown:
                return unknown
            case Said(yes=True) | Said(code="ORDERCLOSED"):
                return Voided(name)
            case Said(code="ORDERPAID"):
                return Unknown("the buyer has paid meanwhile")
            case Said(reason=reason):
                return Refusal(reason)

    def _give_back(self, request: PaymentRequest, name: str, total: Money, reason: str) -> Refunded | Refusal | Unknown:
        fen = request.amount.minor
        match self._client.refund(trade_name(request.payment), name, fen, total.minor, reason):
            case Unknown() as unknown:
                return unknown
            case Said(yes=False, reason=refusal):
                return Refusal(refusal)
            case Said(fields={"out_refund_no": said, "amount": {"refund": given}}) if said != name or given != fen:
                return Unknown("refund: the answer is about something else")
            # In the wallet at once, on a card after days: WeChat Pay has accepted it and no other refund can have it.
            case Said(fields={"out_refund_no": str(), "status": "SUCCESS" | "PROCESSING"}):
                return Refunded(name)
            case Said(fields={"status": "CLOSED"}):
                return Refusal("the refund was closed")
            case Said(fields=fields):  # ABNORMAL: a card that is no more; settled by hand at WeChat Pay's console
                return Unknown(f"refund: the state {fields.get('status')!r}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Invalid(name, value, "text that is not blank")


def _not_served(amount: Money) -> str:
    if amount.currency != CNY:
        return f"WeChat Pay takes CNY here, not {amount.currency}"
    return "" if amount.minor > 0 else "the amount must be more than nothing"


def _not_moved(request: PaymentRequest) -> str:
    """Why nothing can be moved, before anybody is asked. An order without an answer yet has no reference."""
    if request.reference not in ("", trade_name(request.payment)):
        return f"{request.reference} is not the order of payment {request.payment}"
    return _not_served(request.amount)
