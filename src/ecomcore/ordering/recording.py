"""The use cases of an order's money: what providers and staff say of it is written down, and money is moved."""

from __future__ import annotations

from contextlib import suppress

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import Ids, PaymentId
from ecomcore.kernel.messages import Envelope
from ecomcore.kernel.text import printable
from ecomcore.ordering.commands import LONGEST_REASON
from ecomcore.ordering.errors import AmountDiffers, ForgedWebhook, UnknownMethod, UnknownPayment
from ecomcore.ordering.fulfilment import HoldKind
from ecomcore.ordering.gateway import Fact, FactKind, Forged, Notice, Webhook
from ecomcore.ordering.gateways import Gateways
from ecomcore.ordering.life import CHANGEABLE, OrderState
from ecomcore.ordering.notices import HeardNotice, notice_id
from ecomcore.ordering.order import Order
from ecomcore.ordering.payment_commands import (
    CaptureOrder,
    ReceiveWebhook,
    ReconcilePayments,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordManualPayment,
    RecordRefund,
    RecordRefusal,
    RecordRisk,
    RecordStatus,
    RecordVoid,
    RefundOrder,
)
from ecomcore.ordering.ports import HeardNotices, Orders
from ecomcore.ordering.usecases import save_changed, who
from ecomcore.ordering.values import Means, OrderingPolicy, RiskVerdict, WebhookOutcome

NEVER_ARRIVED = "the provider has never heard of this payment"


def record_authorisation(command: RecordAuthorisation, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(
        orders,
        order,
        order.authorise(command.payment, command.amount, command.reference, clock.now(), taken=command.taken),
    )


def record_action_required(command: RecordActionRequired, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    save_changed(orders, order, order.require_action(command.payment, command.url, clock.now()))


def record_decline(command: RecordDecline, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    declined = order.decline(command.payment, command.reason, command.reference or command.payment, clock.now())
    save_changed(orders, order, declined)


def record_capture(command: RecordCapture, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    captured = order.record_capture(
        command.payment, command.amount, command.reference, clock.now(), request=command.request
    )
    save_changed(orders, order, captured)


def record_refusal(command: RecordRefusal, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    refused = order.record_refusal(
        command.payment,
        command.step,
        command.amount,
        command.reason,
        command.reference,
        clock.now(),
        request=command.request,
    )
    save_changed(orders, order, refused)


def record_void(command: RecordVoid, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    voided = order.record_void(command.payment, command.amount, command.reference, clock.now(), request=command.request)
    save_changed(orders, order, voided)


def record_refund(command: RecordRefund, orders: Orders, clock: Clock) -> None:
    order = orders.get(command.order)
    refunded = order.record_refund(
        command.payment, command.amount, command.reference, clock.now(), request=command.request
    )
    save_changed(orders, order, refunded)


def record_status(command: RecordStatus, orders: Orders, policy: OrderingPolicy, clock: Clock) -> None:
    now = clock.now()
    order = heard = orders.get(command.order)
    for fact in command.facts:
        with suppress(AmountDiffers):  # what does not fit shall not keep the rest from being known
            known, heard = heard, heard.hear(command.payment, fact, command.reference, now, taken=command.taken)
            heard = _held_if_disputed(known, heard, fact, now)
    if command.url:
        heard = heard.require_action(command.payment, command.url, now)
    if command.missing and heard.asked_before(command.payment, now - policy.payment_window):
        heard = heard.decline(command.payment, NEVER_ARRIVED, command.payment, now)
    save_changed(orders, order, heard)


def reconcile_payments(command: ReconcilePayments, orders: Orders, policy: OrderingPolicy, clock: Clock) -> int:
    now = clock.now()
    waiting = orders.unanswered(now - policy.settle_after, command.limit)
    orders.save(*(order.ask_again(now) for order in waiting))
    return len(waiting)


def record_risk(command: RecordRisk, orders: Orders, clock: Clock, ids: Ids) -> None:
    now, order = clock.now(), orders.get(command.order)
    if not order.screening or order.state is OrderState.CANCELLED:
        return
    reasons = "; ".join(command.reasons)[:LONGEST_REASON]
    if command.verdict is RiskVerdict.REFUSE:
        orders.save(order.cancel(reasons or "refused by the risk check", now, by_shop=True))
        return
    if command.verdict is RiskVerdict.REVIEW:
        order = order.hold(HoldKind.FRAUD, reasons, "risk check", now)
    trusted = order.trusted_by_check(now)
    if command.pays and trusted.due_at(now).minor > 0:
        trusted = trusted.request_payment(PaymentId(ids.new()), command.token, now, method=command.method)
    orders.save(trusted)


def receive_webhook(
    command: ReceiveWebhook, orders: Orders, notices: HeardNotices, gateways: Gateways, clock: Clock
) -> tuple[WebhookOutcome, ...]:
    """Reading a webhook is pure: nobody outside is asked while the unit of work is open."""
    now = clock.now()
    gateway = gateways.by_method.get(command.method)
    if gateway is None:
        raise UnknownMethod(command.method, "any currency")
    read = gateway.read(Webhook(dict(command.headers), command.body), now)
    if isinstance(read, Forged):
        raise ForgedWebhook(command.method)
    return tuple(_heard(notice, command.method, orders, notices, now) for notice in read)


def _heard(notice: Notice, method: str, orders: Orders, notices: HeardNotices, now: Instant) -> WebhookOutcome:
    known = notices.find(notice_id(method, notice))
    if known is not None and known.is_final:
        return WebhookOutcome.KNOWN
    order = orders.of_payment(notice.payment, notice.reference)
    outcome, reason = WebhookOutcome.UNKNOWN, ""
    if order is not None:
        outcome, reason = _applied(notice, method, order, orders, now)
    of = order.id if order else None
    if known is None:
        notices.save(HeardNotice.hear(method, notice, of, outcome, reason, now))
    elif (known.order, known.outcome, known.reason) != (of, outcome, reason):
        notices.save(known.again(of, outcome, reason))
    return outcome


def _applied(notice: Notice, method: str, order: Order, orders: Orders, now: Instant) -> tuple[WebhookOutcome, str]:
    """No provider is believed about a payment that goes through another."""
    payment = notice.payment or order.payment_of(notice.reference)
    balance = order.ledger.balance(payment)
    if balance is None or balance.method != method:
        return WebhookOutcome.UNKNOWN, ""
    try:
        heard = order.hear(payment, notice.fact, notice.reference, now, taken=notice.taken)
    except UnknownPayment:
        return WebhookOutcome.UNKNOWN, ""
    except (AmountDiffers, Invalid) as refusal:
        return WebhookOutcome.DIFFERS, printable(str(refusal), LONGEST_REASON)
    if heard is order:
        return WebhookOutcome.KNOWN, ""
    orders.save(_held_if_disputed(order, heard, notice.fact, now))
    return WebhookOutcome.APPLIED, ""


def _held_if_disputed(known: Order, heard: Order, fact: Fact, now: Instant) -> Order:
    """Goods whose money a bank has taken back stay here until somebody has looked."""
    if heard is known or fact.kind is not FactKind.CHARGED_BACK or heard.state not in CHANGEABLE:
        return heard
    return heard.hold(HoldKind.DISPUTE, fact.reason or "charged back", "provider", now)


def capture_order(command: CaptureOrder, orders: Orders, clock: Clock) -> None:
    orders.save(orders.get(command.order).capture_now(command.amount, clock.now()))


def record_manual_payment(command: RecordManualPayment, orders: Orders, clock: Clock, ids: Ids) -> PaymentId:
    order, payment = orders.get(command.order), PaymentId(ids.new())
    paid = order.record_manual_payment(payment, command.amount, command.reference, clock.now())
    save_changed(orders, order, paid)
    return payment if paid is not order else order.manual_payment_of(command.reference)


def refund_order(command: RefundOrder, orders: Orders, clock: Clock, envelope: Envelope) -> None:
    order = orders.get(command.order)
    if command.means is Means.STORE_CREDIT and not order.buyer.startswith("member:"):
        raise Invalid("means", command.means, "another means: only members have store credit")
    refunded = order.refund(
        lines=command.lines,
        delivery=command.delivery,
        amount=command.amount,
        means=command.means,
        reason=command.reason,
        reference=command.reference,
        by=who(envelope),
        at=clock.now(),
    )
    save_changed(orders, order, refunded)
