"""Money that no provider moves, money that goes back, and money that a bank takes back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from attrs import evolve

from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import (
    CREDIT,
    MANUAL,
    STORE_CREDIT,
    AmountDiffers,
    Capture,
    EntryKind,
    Fact,
    FactKind,
    HoldKind,
    LineUnits,
    Means,
    NothingToPay,
    NothingToRefund,
    Notice,
    NotThatMany,
    OnHold,
    Order,
    OrderingPolicy,
    OrderState,
    ReceiveWebhook,
    RecordCapture,
    RecordManualPayment,
    RecordStatus,
    RefundOrder,
    ReleaseHold,
    Reversal,
    Tender,
    TenderKind,
    WebhookOutcome,
)
from ecomcore.testing import NOON, ShopKit, a_line, a_shop, an_order, euros
from ecomcore.wallet import GetBalances, IssueCredit
from tests.support.refusals import refused

ID, P1, P2 = OrderId("order"), PaymentId("p1"), PaymentId("p2")
TEN = euros(10_00)


def paid(order: Order, payment: PaymentId = P1) -> Order:
    """The order with all it costs taken by one payment."""
    asked = order.request_payment(payment, "", NOON).authorise(payment, order.total, f"auth-{payment}", NOON)
    return asked.record_capture(payment, order.total, f"taken-{payment}", NOON).having(news=())


def given_back(
    order: Order,
    amount: int | None = None,
    means: Means = Means.ORIGINAL,
    reference: str = "",
    lines: Sequence[LineUnits] = (),
) -> Order:
    return order.refund(
        lines=lines,
        delivery=None,
        amount=None if amount is None else euros(amount),
        means=means,
        reason="late",
        reference=reference,
        by="sam",
        at=NOON,
    )


def refunds(order: Order) -> list[tuple[str, str, int]]:
    """What has been given back: of which payment, by which method, and how much."""
    kind = EntryKind.REFUNDED
    return [(e.payment, e.method, e.amount.minor) for e in order.ledger.entries if e.kind is kind]


def later(kit: ShopKit, quantity: int = 1) -> OrderId:
    return kit.member.handle(evolve(kit.order_for(kit.cart(quantity=quantity)), pay_later=True))


# Cash and bank transfers -------------------------------------------------------------------------------------------


def test_money_that_staff_have_received_is_promised_and_taken_in_one_and_confirms_the_order() -> None:
    kit = a_shop()
    order = later(kit)

    payment = kit.staff.handle(RecordManualPayment(order, TEN, "till-17"))

    view = kit.view(order)
    assert (view.state, view.captured, view.due) == (OrderState.CONFIRMED, TEN, euros(0))
    assert {(entry.payment, entry.method) for entry in view.payments} == {(payment, MANUAL)}
    assert kit.gateway.effects == []
    kit.ship(order)
    assert kit.gateway.effects == []
    assert kit.shop.audit() == []


def test_a_manual_payment_is_once_for_each_reference() -> None:
    kit = a_shop()
    order = later(kit, quantity=2)
    first = kit.staff.handle(RecordManualPayment(order, TEN, "till-17"))

    again = kit.staff.handle(RecordManualPayment(order, TEN, "till-17"))
    other = kit.staff.handle(RecordManualPayment(order, TEN, "till-18"))

    assert first == again != other
    assert kit.view(order).captured == euros(20_00)
    assert kit.staff.handle(RecordManualPayment(order, TEN, "till-17")) == first, "also when nothing is due any more"


@pytest.mark.parametrize("amount", [euros(10_01), Money(1_00, Currency("USD"))])
def test_no_more_is_received_than_is_due_and_in_no_other_currency(amount: Money) -> None:
    kit = a_shop()
    order = later(kit)

    with pytest.raises(AmountDiffers) as refusal:
        kit.staff.handle(RecordManualPayment(order, amount, "till-17"))

    assert (refusal.value.asked, refusal.value.answered) == (TEN, amount)
    assert kit.view(order).payments == ()


def test_what_is_covered_or_off_is_not_paid_by_hand() -> None:
    with refused(NothingToPay(ID)):
        paid(an_order()).record_manual_payment(P2, TEN, "till-17", NOON)
    with refused(IllegalTransition("order", "pay", OrderState.CANCELLED, (OrderState.PLACED, OrderState.CONFIRMED))):
        an_order(state=OrderState.CANCELLED).record_manual_payment(P2, TEN, "till-17", NOON)


def test_a_part_by_hand_and_the_rest_by_card() -> None:
    order = an_order().record_manual_payment(P1, euros(4_00), "till-17", NOON)
    assert (order.state, order.due) == (OrderState.PLACED, euros(6_00))

    both = order.request_payment(P2, "card", NOON).authorise(P2, euros(6_00), "auth", NOON)

    assert both.state is OrderState.CONFIRMED


def test_cash_for_an_order_that_is_called_off_is_owed_until_staff_have_given_it_back() -> None:
    kit = a_shop()
    order = later(kit)
    kit.staff.handle(RecordManualPayment(order, TEN, "till-17"))

    kit.cancel(order)
    assert kit.view(order).payments[-1].kind is EntryKind.REFUND_REQUESTED

    kit.staff.handle(RefundOrder(order, "called off", amount=TEN, means=Means.MANUAL, reference="till-18"))
    assert kit.view(order).refunded == TEN
    with pytest.raises(NothingToRefund):
        kit.staff.handle(RefundOrder(order, "again", amount=euros(1), means=Means.MANUAL))
    assert kit.shop.audit() == []


def test_cash_that_is_owed_may_be_given_back_in_parts_and_costs_the_order_nothing() -> None:
    off = an_order().record_manual_payment(P1, TEN, "till-17", NOON).cancel("no", NOON)

    part = given_back(off, 4_00, Means.MANUAL, "till-18")
    rest = given_back(part, 6_00, Means.MANUAL, "till-19")

    (balance,) = rest.ledger.balances()
    assert (balance.refunded, balance.refunding, balance.kept) == (10_00, 0, 0)
    assert rest.amendments == ()


# How money goes back -----------------------------------------------------------------------------------------------


def test_what_goes_back_to_where_it_came_from_is_asked_of_the_last_payment_first() -> None:
    order = an_order(lines=[a_line(quantity=2)])
    for payment in (P1, P2):
        order = order.request_payment(payment, "", NOON, amount=TEN).authorise(payment, TEN, f"auth-{payment}", NOON)
        order = order.record_capture(payment, TEN, f"taken-{payment}", NOON)

    back = given_back(order, 15_00)

    assert [(e.payment, e.amount, e.refund) for e in getattr(back.news[-1], "reversals", ())] == [
        (P2, TEN, True),
        (P1, euros(5_00), True),
    ]
    assert refunds(back) == [], "nothing is given back until a provider says so"


@pytest.mark.parametrize(("means", "method"), [(Means.STORE_CREDIT, STORE_CREDIT), (Means.MANUAL, MANUAL)])
def test_what_goes_back_another_way_is_given_back_at_once_and_no_provider_is_asked(means: Means, method: str) -> None:
    back = given_back(paid(an_order()), 4_00, means, "r1")

    assert refunds(back) == [(P1, method, 4_00)]
    assert (back.total, back.due, back.ask_at) == (euros(6_00), euros(0), None)
    assert getattr(back.news[-1], "reversals", None) == ()


def test_a_card_payment_is_given_back_as_store_credit() -> None:
    kit = a_shop()
    order = kit.buy(quantity=2)
    kit.ship(order)

    kit.staff.handle(RefundOrder(order, "late", (LineUnits(1, 1),), means=Means.STORE_CREDIT))

    (balance,) = kit.member.ask(GetBalances())
    assert (balance.kind.value, balance.available) == ("store_credit", 10_00)
    assert (kit.view(order).total, kit.view(order).refunded) == (TEN, TEN)
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise", "capture"]
    assert kit.shop.audit() == []


def test_a_guest_has_no_store_credit() -> None:
    kit = a_shop()
    order = kit.buy(by=kit.guest)
    kit.ship(order)

    with refused(Invalid("means", Means.STORE_CREDIT, "another means: only members have store credit")):
        kit.staff.handle(RefundOrder(order, "late", amount=TEN, means=Means.STORE_CREDIT))


@pytest.mark.parametrize("means", [Means.STORE_CREDIT, Means.MANUAL])
def test_the_same_refund_under_the_same_reference_is_once(means: Means) -> None:
    kit = a_shop()
    order = kit.buy(quantity=2)
    kit.ship(order)

    for _ in range(2):
        kit.staff.handle(RefundOrder(order, "late", amount=euros(4_00), means=means, reference="r1"))
    assert (kit.view(order).refunded, kit.view(order).total) == (euros(4_00), euros(16_00))

    kit.staff.handle(RefundOrder(order, "later", amount=euros(4_00), means=means, reference="r2"))
    assert kit.view(order).refunded == euros(8_00)
    assert kit.shop.audit() == []


def test_what_was_paid_with_credit_goes_back_to_the_account() -> None:
    kit = a_shop()
    kit.staff.handle(IssueCredit(TEN, "sorry", member=MemberId("ada")))
    order = kit.member.handle(evolve(kit.order_for(kit.cart()), tenders=(Tender(TenderKind.STORE_CREDIT),)))
    kit.ship(order)

    kit.staff.handle(RefundOrder(order, "broken", (LineUnits(1, 1),)))

    (balance,) = kit.member.ask(GetBalances())
    assert balance.available == 10_00
    assert kit.view(order).refunded == TEN
    assert kit.view(order).payments[-1].method == CREDIT
    assert kit.shop.audit() == []


# Never too much ----------------------------------------------------------------------------------------------------


@pytest.mark.failure("F062")
@pytest.mark.parametrize("means", Means)
def test_no_more_is_given_back_than_was_taken(means: Means) -> None:
    order = paid(an_order(lines=[a_line(quantity=10)]))

    once = given_back(order, 99_00, means, "r1")

    with refused(NothingToRefund(ID, euros(50_00), euros(1_00))):
        given_back(once, 50_00, means, "r2")
    assert given_back(once, 1_00, means, "r3").total == euros(0)


@pytest.mark.parametrize("means", [Means.STORE_CREDIT, Means.MANUAL])
def test_what_is_only_promised_is_not_given_back_another_way(means: Means) -> None:
    promised = an_order().request_payment(P1, "", NOON).authorise(P1, TEN, "auth", NOON)

    with refused(NothingToRefund(ID, euros(4_00), euros(0))):
        given_back(promised, 4_00, means)


def test_of_what_is_only_promised_less_is_taken() -> None:
    promised = an_order().request_payment(P1, "", NOON).authorise(P1, TEN, "auth", NOON)

    shipped = given_back(promised, 4_00).ship(NOON)

    assert [each.amount for each in getattr(shipped.news[-1], "captures", ())] == [euros(6_00)]


def test_nobody_gets_money_back_for_an_order_that_is_not_paid() -> None:
    with refused(NothingToRefund(ID, euros(4_00), euros(0))):
        given_back(an_order(), 4_00)


def test_units_are_given_back_once() -> None:
    once = given_back(paid(an_order(lines=[a_line(quantity=2)])), lines=[LineUnits(1, 2)])

    with refused(NotThatMany(ID, 1, 1, 0)):
        given_back(once, lines=[LineUnits(1, 1)])


def test_a_refund_is_of_parts_or_of_an_amount() -> None:
    with pytest.raises(Invalid) as refusal:
        RefundOrder(ID, "late")
    assert refusal.value.field == "amount"

    with pytest.raises(Invalid) as refusal:
        RefundOrder(ID, "late", (LineUnits(1, 1),), amount=TEN)
    assert refusal.value.field == "amount"


@pytest.mark.failure("F061")
def test_of_an_order_that_is_paid_twice_the_second_payment_goes_back_and_the_order_stays_paid() -> None:
    order = an_order().request_payment(P1, "", NOON).decline(P1, "no", "d", NOON).request_payment(P2, "", NOON)
    once = order.authorise(P2, TEN, "auth-p2", NOON).record_capture(P2, TEN, "taken-p2", NOON)

    twice = once.hear(P1, Fact(FactKind.CAPTURED, TEN, "taken-p1"), "auth-p1", NOON)
    settled = twice.record_refund(P1, TEN, "back-p1", NOON)

    back = Reversal(P1, "auth-p1", TEN, refund=True, request=twice.ledger.entries[-1].reference)
    assert getattr(twice.news[-1], "reversals", ()) == (back,)
    assert (settled.state, settled.due, settled.total) == (OrderState.CONFIRMED, euros(0), TEN)


def test_what_the_provider_gave_back_by_itself_after_the_goods_left_is_credited() -> None:
    gone = paid(an_order()).ship(NOON)

    after = gone.hear(P1, Fact(FactKind.REFUNDED, euros(3_00), "dashboard"), "", NOON)

    assert (after.total, after.due) == (euros(7_00), euros(0))
    (credited,) = after.amendments
    assert (credited.by, credited.amount) == ("provider", euros(-3_00))


# Disputes and fees -------------------------------------------------------------------------------------------------


def told(kit: ShopKit, notice: Notice) -> tuple[WebhookOutcome, ...]:
    webhook = kit.gateway.webhook(notice, kit.clock.now())
    return kit.system.handle(ReceiveWebhook(webhook.body, tuple(webhook.headers.items())))


def a_taken_order(quantity: int = 1) -> tuple[ShopKit, OrderId, PaymentId]:
    kit = a_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))
    order = kit.buy(quantity=quantity)
    return kit, order, kit.view(order).payments[0].payment


@pytest.mark.parametrize("heard_by", ["webhook", "status"])
def test_money_that_a_bank_takes_back_keeps_the_goods_here_until_somebody_has_looked(heard_by: str) -> None:
    kit, order, payment = a_taken_order()
    fact = kit.gateway.chargeback(payment)

    for _ in range(2):
        if heard_by == "webhook":
            told(kit, Notice("n1", fact, payment=payment))
        else:
            kit.system.handle(RecordStatus(order, payment, facts=(fact,)))

    assert kit.view(order).holds == (HoldKind.DISPUTE,)
    assert [e.amount for e in kit.view(order).payments if e.kind is EntryKind.CHARGED_BACK] == [TEN]
    with refused(OnHold(order, (HoldKind.DISPUTE,))):
        kit.ship(order)


def test_a_dispute_that_is_won_gives_the_shop_its_money_again_and_staff_let_the_goods_go() -> None:
    kit, order, payment = a_taken_order()
    lost = kit.gateway.chargeback(payment)
    assert told(kit, Notice("n1", lost, payment=payment)) == (WebhookOutcome.APPLIED,)
    won = kit.gateway.chargeback_won(payment)

    assert told(kit, Notice("n2", won, payment=payment)) == (WebhookOutcome.APPLIED,)
    assert told(kit, Notice("n2", won, payment=payment)) == (WebhookOutcome.KNOWN,)
    kit.staff.handle(ReleaseHold(order, HoldKind.DISPUTE, "won"))
    kit.ship(order)

    assert kit.view(order).state is OrderState.SHIPPED


def test_what_a_bank_has_taken_back_is_not_given_back_too() -> None:
    disputed = paid(an_order()).charge_back(P1, TEN, "cb", "fraud", NOON)
    (balance,) = disputed.ledger.balances()
    assert (balance.kept, balance.returnable) == (0, 0)

    with refused(NothingToRefund(ID, euros(1), euros(0))):
        given_back(disputed, 1)
    assert getattr(disputed.cancel("fraud", NOON).news[-1], "reversals", None) == ()


def test_no_more_is_charged_back_than_was_taken_and_no_more_won_than_was_charged_back() -> None:
    taken = paid(an_order())

    with refused(AmountDiffers(P1, TEN, euros(10_01))):
        taken.charge_back(P1, euros(10_01), "cb", "fraud", NOON)
    disputed = taken.charge_back(P1, euros(5_00), "cb", "fraud", NOON)
    with refused(AmountDiffers(P1, euros(5_00), euros(5_01))):
        disputed.charge_back(P1, euros(5_01), "cb-2", "fraud", NOON)
    with refused(AmountDiffers(P1, euros(5_00), euros(5_01))):
        disputed.win_back(P1, euros(5_01), "won", NOON)


def test_a_dispute_about_goods_that_have_left_holds_nothing_and_is_written_down() -> None:
    kit, order, payment = a_taken_order()
    kit.ship(order)

    assert told(kit, Notice("n1", kit.gateway.chargeback(payment), payment=payment)) == (WebhookOutcome.APPLIED,)

    assert (kit.view(order).holds, kit.view(order).state) == ((), OrderState.SHIPPED)
    assert kit.view(order).payments[-1].kind is EntryKind.CHARGED_BACK


def test_a_fee_is_no_part_of_what_the_buyer_pays() -> None:
    kit, order, payment = a_taken_order()
    before = kit.view(order)

    assert told(kit, Notice("n1", kit.gateway.fee(payment, euros(35)), payment=payment)) == (WebhookOutcome.APPLIED,)

    after = kit.view(order)
    assert evolve(after, payments=before.payments) == before
    assert after.payments[-1].kind is EntryKind.FEE
    kit.cancel(order)
    assert kit.view(order).refunded == TEN


def test_a_capture_that_is_known_is_not_written_again_as_by_whomever_it_comes() -> None:
    kit, order, payment = a_taken_order()
    (taken,) = (e for e in kit.view(order).payments if e.kind is EntryKind.CAPTURED)

    kit.system.handle(RecordCapture(order, payment, TEN, taken.reference))
    outcome = told(kit, Notice("n1", Fact(FactKind.CAPTURED, TEN, taken.reference), payment=payment))

    assert outcome == (WebhookOutcome.KNOWN,)
    assert kit.view(order).captured == TEN
