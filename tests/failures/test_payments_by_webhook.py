"""What providers tell: twice, at the same moment, late, out of order, or not at all; and what strangers tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve

from ecomcore.choices import Deliveries, Subscriber
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import ListStock
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId
from ecomcore.kernel.messages import Anonymous, Envelope, Event, Member, System
from ecomcore.kernel.money import Money
from ecomcore.memory import Fault
from ecomcore.ordering import (
    Capture,
    EntryKind,
    ExpireUnpaid,
    Fact,
    FactKind,
    ForgedWebhook,
    GetTimeline,
    HoldKind,
    HoldOrder,
    ListHeardNotices,
    ListOrders,
    Notice,
    OrderHeld,
    OrderingPolicy,
    OrderState,
    PaymentCaptured,
    ReceiveWebhook,
    ReconcilePayments,
    RecordManualPayment,
    RefundOrder,
    ReleaseHold,
    RetryPayment,
    Webhook,
    WebhookOutcome,
)
from ecomcore.shipping import ListShipments
from ecomcore.testing import ShopKit, a_shop, at_once, euros
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.conftest import Gather, OpenShop

APPLIED, KNOWN, UNKNOWN, DIFFERS = WebhookOutcome
AT_ONCE = OrderingPolicy(capture=Capture.AT_ONCE)


def entries(kit: ShopKit, order: OrderId, *kinds: EntryKind) -> list[Money]:
    return [entry.amount for entry in kit.view(order).payments if entry.kind in kinds]


def payment_of(kit: ShopKit, order: OrderId) -> PaymentId:
    return kit.view(order).payments[0].payment


def command_of(webhook: Webhook) -> ReceiveWebhook:
    return ReceiveWebhook(webhook.body, tuple(webhook.headers.items()))


def told(kit: ShopKit, notice: Notice) -> ReceiveWebhook:
    """What the provider sends to tell this, signed now."""
    return command_of(kit.gateway.webhook(notice, kit.clock.now()))


def hear(kit: ShopKit, notice: Notice) -> WebhookOutcome:
    (outcome,) = kit.shop.handle(told(kit, notice), by=Anonymous())
    return outcome


def a_notice(id: str, kind: FactKind, payment: PaymentId, amount: Money, reference: str) -> Notice:
    return Notice(id, Fact(kind, amount, reference), f"auth-{payment}", payment)


def reserved(kit: ShopKit) -> int:
    (stock,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return stock.reserved


def waits_for_the_buyer(kit: ShopKit) -> OrderId:
    kit.gateway.script(Fault.ACTION)
    return kit.buy()


# -- twice, and at the same moment -------------------------------------------------------------------------------


@pytest.mark.failure("F012")
@pytest.mark.failure("F016")
def test_f012_the_answer_and_the_webhook_of_the_same_payment_do_not_stand_in_each_others_way(gather: Gather) -> None:
    """Confirming an order writes the order, its reservation, its stock and its shipments: all by two at once."""
    crowd = gather()
    kit = crowd.kit
    orders = [waits_for_the_buyer(kit) for _ in range(3)]
    commands = []
    for order in orders:
        kit.gateway.act(payment_of(kit, order))
        (notice,) = kit.gateway.notices_of(payment_of(kit, order))
        commands += [told(kit, notice), told(kit, evolve(notice, id=f"{notice.id}-again"))]

    outcomes = crowd.send([(System(), command) for command in commands])

    assert sorted(str(outcome) for (outcome,) in outcomes) == ["applied"] * 3 + ["known"] * 3
    for order in orders:
        assert kit.view(order).state is OrderState.CONFIRMED
        assert entries(kit, order, EntryKind.AUTHORISED) == [euros(10_00)]
        assert len(kit.staff.ask(ListShipments(order))) == 1
    assert reserved(kit) == 3
    assert kit.shop.audit() == []


@pytest.mark.failure("F012")
def test_f012_placing_and_the_webhooks_of_its_own_payment_run_into_each_other(postgres_url: str) -> None:
    """The provider tells by webhook what it is about to answer: with the order just committed."""
    store = SqlPersistence(postgres_url)
    erase_everything(store)
    kit = a_shop(store, stock=50, deliveries=Deliveries(at_once=False), ordering_policy=AT_ONCE)
    orders = [kit.buy() for _ in range(6)]
    webhooks = [
        told(kit, a_notice(f"evt-{order}", FactKind.AUTHORISED, p, euros(10_00), f"auth-{p}"))
        for order in orders
        for p in [payment_of(kit, order)]
    ]

    calls: list[Callable[[], object]] = [partial(kit.shop.handle, webhook, by=Anonymous()) for webhook in webhooks]
    outcomes = at_once([*calls, kit.shop.drain, kit.shop.drain])

    assert [outcome.error for outcome in outcomes] == [None] * 8
    kit.settle()
    for order in orders:
        assert entries(kit, order, EntryKind.AUTHORISED) == [euros(10_00)]
        assert entries(kit, order, EntryKind.CAPTURED) == [euros(10_00)]
    assert sorted(what for what, _ in kit.gateway.effects) == ["authorise"] * 6 + ["capture"] * 6
    assert kit.shop.audit() == []
    kit.shop.close()


@pytest.mark.failure("F056")
def test_f056_a_payment_is_captured_once_though_its_answer_and_its_webhook_come_together(gather: Gather) -> None:
    crowd = gather(ordering_policy=AT_ONCE, deliveries=Deliveries(at_once=False))
    kit = crowd.kit
    order = kit.buy()
    payment = payment_of(kit, order)
    authorised = a_notice("evt-1", FactKind.AUTHORISED, payment, euros(10_00), f"auth-{payment}")
    captured = a_notice("evt-2", FactKind.CAPTURED, payment, euros(10_00), "ch-1")

    outcomes = crowd.send(
        [(System(), told(kit, evolve(notice, id=f"{notice.id}{n}"))) for n in "ab" for notice in (authorised, captured)]
    )

    assert all(outcome in ((APPLIED,), (KNOWN,)) for outcome in outcomes), outcomes
    assert entries(kit, order, EntryKind.AUTHORISED) == [euros(10_00)]
    assert entries(kit, order, EntryKind.CAPTURED) == [euros(10_00)]
    view = kit.view(order)
    assert (view.state, view.captured, view.due) == (OrderState.CONFIRMED, euros(10_00), euros(0))
    assert kit.shop.audit() == []


@pytest.mark.failure("F057")
def test_f057_a_notice_of_what_is_known_is_a_success_however_often_it_comes(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    (notice,) = kit.gateway.notices_of(payment_of(kit, order))
    before = kit.view(order)

    outcomes = [hear(kit, notice) for _ in range(3)]

    assert outcomes == [KNOWN] * 3
    assert kit.view(order) == before
    assert len(kit.staff.ask(ListHeardNotices())) == 1


@pytest.mark.failure("F057")
def test_f057_a_notice_that_many_send_at_once_is_accepted_from_all_of_them(gather: Gather) -> None:
    crowd = gather()
    kit = crowd.kit
    order = waits_for_the_buyer(kit)
    kit.gateway.act(payment_of(kit, order))
    (notice,) = kit.gateway.notices_of(payment_of(kit, order))

    outcomes = crowd.send([(System(), told(kit, notice))] * 6)

    assert sorted(outcomes) == [(APPLIED,)] + [(KNOWN,)] * 5
    assert len(kit.staff.ask(ListHeardNotices())) == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F057")
def test_f057_a_notice_of_a_payment_of_nobody_is_accepted_and_kept_for_somebody_to_look(open_shop: OpenShop) -> None:
    kit = open_shop()

    outcome = hear(kit, a_notice("evt-1", FactKind.CAPTURED, PaymentId("none"), euros(1_00), "ch-1"))

    assert outcome is UNKNOWN
    assert [(notice.order, notice.outcome) for notice in kit.staff.ask(ListHeardNotices())] == [(None, UNKNOWN)]


@pytest.mark.failure("F060")
def test_f060_the_echo_of_a_refund_is_the_same_refund(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    kit.ship(order)
    kit.staff.handle(RefundOrder(order, "broken", amount=euros(4_00)))
    echo = kit.gateway.notices_of(payment_of(kit, order))[-1]
    assert echo.fact.kind is FactKind.REFUNDED

    kit.clock.tick(timedelta(seconds=1))
    outcomes = [hear(kit, echo), hear(kit, evolve(echo, id="evt-sent-again"))]

    assert outcomes == [KNOWN] * 2
    assert entries(kit, order, EntryKind.REFUNDED) == [euros(4_00)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F060")
def test_f060_the_echo_of_a_refund_comes_before_its_own_answer(open_shop: OpenShop) -> None:
    kit = open_shop(deliveries=Deliveries(at_once=False))
    order = kit.buy()
    kit.shop.drain()
    kit.ship(order)
    kit.shop.drain()
    kit.staff.handle(RefundOrder(order, "broken", amount=euros(4_00)))
    (waiting,) = kit.staff.ask(ListDeliveries(dead=False))
    echo = a_notice("evt-1", FactKind.REFUNDED, payment_of(kit, order), euros(4_00), f"refund-{waiting.id}")

    assert hear(kit, echo) is APPLIED
    kit.settle()

    assert entries(kit, order, EntryKind.REFUNDED) == [euros(4_00)]
    assert [what for what, _ in kit.gateway.effects].count("refund") == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F067")
def test_f067_a_capture_that_is_delayed_and_tried_again_is_one_capture(open_shop: OpenShop) -> None:
    heard: list[Event] = []
    kit = open_shop(
        subscribers=[Subscriber("accounts", (PaymentCaptured,), lambda event, _: heard.append(event))],
    )
    order = kit.buy()
    kit.gateway.script(Fault.DELAY)
    kit.ship(order)
    captured = kit.gateway.notices_of(payment_of(kit, order))[-1]
    assert captured.fact.kind is FactKind.CAPTURED

    outcomes = [hear(kit, captured), hear(kit, captured)]
    kit.settle()

    assert outcomes == [APPLIED, KNOWN]
    assert entries(kit, order, EntryKind.CAPTURED) == [euros(10_00)]
    assert [what for what, _ in kit.gateway.effects].count("capture") == 1
    assert len(heard) == 1
    assert kit.shop.audit() == []


# -- late, and out of order --------------------------------------------------------------------------------------


@pytest.mark.failure("F068")
def test_f068_an_attempt_that_expires_long_after_the_order_was_paid_by_hand_changes_nothing(
    open_shop: OpenShop,
) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    stale = payment_of(kit, order)
    kit.staff.handle(RecordManualPayment(order, euros(10_00), "transfer 17"))
    kit.ship(order)
    kit.deliver(order)
    kit.clock.tick(timedelta(days=30))

    outcome = hear(kit, kit.gateway.walk_away(stale, "expired"))

    view = kit.view(order)
    assert (view.state, view.captured, view.due) == (OrderState.COMPLETED, euros(10_00), euros(0))
    assert entries(kit, order, EntryKind.REFUNDED, EntryKind.VOIDED) == []
    (row,) = kit.staff.ask(ListHeardNotices())
    assert (row.outcome, row.order, row.kind) == (outcome, order, FactKind.DECLINED)
    assert "PaymentDeclined" in [entry.what for entry in kit.staff.ask(GetTimeline(order))]
    assert kit.shop.audit() == []


@pytest.mark.failure("F068")
def test_f068_an_expiry_that_comes_after_the_payment_it_is_about_is_ignored(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    payment = payment_of(kit, order)
    kit.ship(order)
    before = kit.view(order)

    outcome = hear(kit, a_notice("evt-late", FactKind.DECLINED, payment, euros(10_00), "expired-1"))

    assert outcome is KNOWN
    assert kit.view(order) == before
    assert [row.outcome for row in kit.staff.ask(ListHeardNotices())] == [KNOWN]


@pytest.mark.failure("F069")
def test_f069_of_two_attempts_the_first_expires_and_the_second_pays(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    first = payment_of(kit, order)
    kit.gateway.script(Fault.ACTION)
    second = kit.member.handle(RetryPayment(order, "card-2"))

    assert hear(kit, kit.gateway.walk_away(first, "expired")) is APPLIED
    still_open = kit.view(order)
    kit.gateway.act(second)
    (notice,) = kit.gateway.notices_of(second)
    assert hear(kit, notice) is APPLIED

    assert (still_open.state, still_open.due) == (OrderState.PLACED, euros(10_00))
    assert kit.view(order).state is OrderState.CONFIRMED
    assert reserved(kit) == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F069")
@pytest.mark.failure("F061")
def test_f069_the_attempt_that_pays_second_is_let_go(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    first = payment_of(kit, order)
    second = kit.member.handle(RetryPayment(order, "card-2"))
    assert kit.view(order).state is OrderState.CONFIRMED

    kit.gateway.act(first)
    (notice,) = kit.gateway.notices_of(first)
    outcome = hear(kit, notice)
    kit.settle()

    assert outcome is APPLIED
    assert [what for what, _ in kit.gateway.effects].count("void") == 1
    voided = [entry for entry in kit.view(order).payments if entry.kind is EntryKind.VOIDED]
    assert [entry.payment for entry in voided] == [first]
    assert second != first
    assert kit.view(order).due == euros(0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F070")
def test_f070_the_expiry_of_the_only_attempt_is_heard_and_what_was_set_aside_comes_back(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)

    outcome = hear(kit, kit.gateway.walk_away(payment_of(kit, order), "expired"))
    declined = kit.view(order)
    kit.clock.tick(OrderingPolicy().payment_window)
    kit.system.handle(ExpireUnpaid())

    assert outcome is APPLIED
    assert (declined.state, declined.due) == (OrderState.PLACED, euros(10_00))
    assert kit.view(order).state is OrderState.CANCELLED
    assert reserved(kit) == 0
    assert kit.shop.audit() == []


@pytest.mark.failure("F070")
def test_f070_whether_an_order_is_paid_is_told_by_its_ledger(open_shop: OpenShop) -> None:
    """An order on hold keeps its state; the money that arrives counts, and the job leaves it alone."""
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    kit.staff.handle(HoldOrder(order, HoldKind.FRAUD, "odd"))
    kit.gateway.act(payment_of(kit, order))
    (notice,) = kit.gateway.notices_of(payment_of(kit, order))

    assert hear(kit, notice) is APPLIED
    on_hold = kit.view(order)
    kit.clock.tick(timedelta(hours=2))
    for name in ("expire_unpaid", "release_expired_reservations"):
        kit.shop.run_job(name)

    assert (on_hold.state, on_hold.due) == (OrderState.PLACED, euros(0))
    assert kit.view(order).state is OrderState.PLACED
    kit.staff.handle(ReleaseHold(order, HoldKind.FRAUD))
    assert kit.view(order).state is OrderState.CONFIRMED
    assert kit.shop.audit() == []


@pytest.mark.failure("F070")
def test_f070_a_webhook_that_never_comes_is_made_good_by_asking(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    kit.gateway.act(payment_of(kit, order))
    kit.clock.tick(timedelta(minutes=3))

    kit.system.handle(ReconcilePayments())
    kit.settle()

    assert kit.view(order).state is OrderState.CONFIRMED
    assert kit.shop.audit() == []


@pytest.mark.failure("F074")
def test_f074_whoever_is_registered_eight_times_charges_once(open_shop: OpenShop) -> None:
    kit = open_shop()
    charged: list[str | None] = []

    def charge(_: Event, envelope: Envelope) -> None:
        charged.append(envelope.key)
        shop = kit.shop
        order = list_of_orders(kit)[0]
        shop.handle(RecordManualPayment(order, euros(10_00), "till 1"), by=System(), key="charge-once")

    order = waits_for_the_buyer(kit)
    eight = kit.again(subscribers=[Subscriber(f"till-{number}", (OrderHeld,), charge) for number in range(8)])
    eight.staff.handle(HoldOrder(order, HoldKind.MANUAL, "paid at the till"))
    eight.settle()

    assert len(charged) == 8
    assert entries(kit, order, EntryKind.CAPTURED) == [euros(10_00)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F074")
def test_f074_an_event_that_is_delivered_again_has_the_same_key(open_shop: OpenShop) -> None:
    keys: list[str | None] = []

    def fails_first(_: Event, envelope: Envelope) -> None:
        keys.append(envelope.key)
        if len(keys) == 1:
            raise RuntimeError("the host was restarted")

    kit = open_shop(subscribers=[Subscriber("accounts", (PaymentCaptured,), fails_first)])
    order = kit.buy()
    kit.ship(order)
    kit.settle()

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert None not in keys


def list_of_orders(kit: ShopKit) -> list[OrderId]:
    return [view.id for view in kit.staff.ask(ListOrders(MemberId("ada")))]


# -- forged ------------------------------------------------------------------------------------------------------


@pytest.mark.failure("F076")
@pytest.mark.parametrize("what", ["no signature", "wrong signature", "other body", "old", "from the future", "junk"])
def test_f076_what_is_not_proved_to_come_from_the_provider_changes_nothing(open_shop: OpenShop, what: str) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    notice = a_notice("evt-1", FactKind.AUTHORISED, payment_of(kit, order), euros(10_00), "auth-1")
    now = kit.clock.now()
    genuine = kit.gateway.webhook(notice, now)
    (name, signature), *_ = genuine.headers.items()
    forged = {
        "no signature": Webhook({}, genuine.body),
        "wrong signature": Webhook({name: signature[:-4] + "0000"}, genuine.body),
        "other body": Webhook(genuine.headers, genuine.body.replace(b"1000", b"9999")),
        "old": kit.gateway.webhook(notice, now - timedelta(minutes=6)),
        "from the future": kit.gateway.webhook(notice, now + timedelta(minutes=6)),
        "junk": Webhook({name: "\x00é.é"}, b"\xff" * 1_000),
    }[what]
    before = kit.view(order)

    for actor in (Anonymous(), Member(MemberId("mallory")), System()):
        with pytest.raises(ForgedWebhook) as refusal:
            kit.shop.handle(command_of(forged), by=actor)
        assert "signature" not in str(refusal.value), "a stranger is not told what to do better"

    assert kit.view(order) == before
    assert kit.staff.ask(ListHeardNotices()) == ()
    assert kit.shop.audit() == []


@pytest.mark.failure("F076")
def test_f076_a_genuine_webhook_that_a_stranger_sends_again_is_known(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)
    kit.gateway.act(payment_of(kit, order))
    webhook = kit.gateway.webhooks_of(payment_of(kit, order), kit.clock.now())[0]
    replayed = [kit.shop.handle(command_of(webhook), by=Anonymous()) for _ in range(2)]

    kit.clock.tick(timedelta(minutes=10))
    with pytest.raises(ForgedWebhook):
        kit.shop.handle(command_of(webhook), by=Anonymous())

    assert replayed == [(APPLIED,), (KNOWN,)]
    assert entries(kit, order, EntryKind.AUTHORISED) == [euros(10_00)]


@pytest.mark.failure("F076")
def test_f076_a_genuine_webhook_of_another_amount_is_kept_and_not_believed(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = waits_for_the_buyer(kit)

    outcome = hear(kit, a_notice("evt-1", FactKind.AUTHORISED, payment_of(kit, order), euros(1), "auth-1"))

    assert outcome is DIFFERS
    assert kit.view(order).state is OrderState.PLACED
    (row,) = kit.staff.ask(ListHeardNotices())
    assert row.outcome is DIFFERS
    assert row.reason
