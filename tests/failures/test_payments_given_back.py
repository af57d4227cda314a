"""Money that goes back: as much as was taken for it, never more, never nothing, and never twice."""

from __future__ import annotations

from functools import partial

import pytest

from ecomcore.inventory import ListStock
from ecomcore.kernel.ids import DeliveryMethodId, MemberId, OrderId
from ecomcore.kernel.messages import Anonymous
from ecomcore.kernel.money import Currency, Money
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelUnits,
    Capture,
    EntryKind,
    LineUnits,
    NothingToRefund,
    NotThatMany,
    OrderingPolicy,
    OrderState,
    PlaceOrder,
    QuoteCart,
    ReceiveWebhook,
    RefundOrder,
    RetryPayment,
    Tender,
    TenderKind,
)
from ecomcore.pricing import DefineDelivery
from ecomcore.quoting import AmountOff, Area, DeliveryMethod, DeliveryStep, Destination, Lane
from ecomcore.testing import ShopKit, a_shop, at_once, euros
from ecomcore.wallet import GetBalances, IssueCredit
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.conftest import OpenShop
from tests.failures.offering import offer_by_code, order_of, quoted
from tests.support.refusals import refused

AT_ONCE = OrderingPolicy(capture=Capture.AT_ONCE)
POST = DeliveryMethodId("post")
HERE = Destination("DE")


def moved(kit: ShopKit, what: str) -> list[Money]:
    """What the gateway was really made to do, each time."""
    return [request.amount for done, request in kit.gateway.effects if done == what]


def ledger(kit: ShopKit, order: OrderId, *kinds: EntryKind) -> list[Money]:
    return [entry.amount for entry in kit.view(order).payments if entry.kind in kinds]


def an_empty_store(url: str) -> SqlPersistence:
    store = SqlPersistence(url)
    erase_everything(store)
    return store


def stock(kit: ShopKit) -> tuple[int, int]:
    (view,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return view.on_hand, view.reserved


def an_order_by_post(kit: ShopKit) -> OrderId:
    """Two products at 10.00 each, and 4.90 for the post."""
    steps = (DeliveryStep(euros(0), euros(4_90)),)
    kit.staff.handle(
        DefineDelivery(DeliveryMethod(id=POST, name="Post", currency=Currency("EUR"), areas=(Area(),), steps=steps))
    )
    lines = kit.cart(*kit.variants[:2])
    total = kit.member.ask(QuoteCart(lines, "EUR", delivery=POST, destination=HERE)).total
    return kit.member.handle(PlaceOrder(lines, total, "card", delivery=POST, destination=HERE))


@pytest.mark.failure("F061")
def test_f061_of_an_order_that_was_paid_twice_one_payment_goes_back_and_it_stays_paid(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    kit.gateway.script(Fault.ACTION)
    order = kit.buy()
    first = kit.view(order).payments[0].payment
    kit.member.handle(RetryPayment(order, "card-2"))
    assert kit.view(order).captured == euros(10_00)

    kit.gateway.act(first)
    kit.gateway.capture_outside(first)
    for webhook in reversed(kit.gateway.webhooks_of(first, kit.clock.now())):
        kit.shop.handle(ReceiveWebhook(webhook.body, tuple(webhook.headers.items())), by=Anonymous())
    kit.settle()

    view = kit.view(order)
    assert (view.captured, view.refunded) == (euros(20_00), euros(10_00))
    assert (view.state, view.due) == (OrderState.CONFIRMED, euros(0))
    assert moved(kit, "refund") == [euros(10_00)]
    with pytest.raises(NothingToRefund):
        kit.staff.handle(RefundOrder(order, "paid twice", amount=euros(10_01)))
    assert kit.shop.audit() == []


@pytest.mark.failure("F062")
def test_f062_more_than_was_taken_is_not_given_back(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy(quantity=10)
    kit.ship(order)
    kit.staff.handle(RefundOrder(order, "broken", amount=euros(99_00)))

    with pytest.raises(NothingToRefund) as refusal:
        kit.staff.handle(RefundOrder(order, "broken again", amount=euros(50_00)))

    assert (refusal.value.wanted, refusal.value.most) == (euros(50_00), euros(1_00))
    assert moved(kit, "refund") == [euros(99_00)]
    assert kit.view(order).refunded == euros(99_00)
    assert kit.shop.audit() == []


@pytest.mark.failure("F062")
def test_f062_of_many_refunds_at_once_only_what_was_taken_goes_back(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    order = kit.buy(quantity=10)

    outcomes = at_once([partial(refund, kit, order, number) for number in range(4)])

    errors = [type(outcome.error) for outcome in outcomes if outcome.error is not None]
    assert errors == [NothingToRefund] * 2
    kit.settle()
    assert moved(kit, "refund") == [euros(40_00)] * 2
    assert kit.view(order).refunded == euros(80_00)
    assert kit.shop.audit() == []


def refund(kit: ShopKit, order: OrderId, number: int) -> None:
    """40.00, for each number once."""
    kit.staff.handle(RefundOrder(order, f"number {number}", amount=euros(40_00)), key=f"refund-{number}")


@pytest.mark.failure("F062")
def test_f062_two_handles_on_one_database_give_back_what_was_taken_once(postgres_url: str) -> None:
    kit = a_shop(an_empty_store(postgres_url), ordering_policy=AT_ONCE)
    order = kit.buy(quantity=10)
    other = kit.again(SqlPersistence(postgres_url, migrate=False))

    calls = [partial(refund, each, order, number) for number in range(3) for each in (kit, other)]
    outcomes = at_once(calls)

    refused_ = [outcome.error for outcome in outcomes if outcome.error is not None]
    assert {type(error) for error in refused_} == {NothingToRefund}
    assert len(refused_) == 2, "each number is sent twice, under its key"
    kit.settle()
    assert moved(kit, "refund") == [euros(40_00)] * 2
    assert kit.shop.audit() == []
    other.shop.close()
    kit.shop.close()


@pytest.mark.failure("F062")
def test_f062_the_units_of_a_line_are_given_back_once_though_many_ask(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    order = kit.buy(quantity=3)

    outcomes = at_once([partial(kit.staff.handle, RefundOrder(order, "broken", lines=(LineUnits(1, 2),)))] * 3)

    errors = [type(outcome.error) for outcome in outcomes if outcome.error is not None]
    assert len(errors) == 2
    assert set(errors) <= {NotThatMany, NothingToRefund}
    kit.settle()
    assert moved(kit, "refund") == [euros(20_00)]


@pytest.mark.failure("F063")
@pytest.mark.failure("F073")
def test_f063_what_is_left_of_the_credit_goes_back_when_the_order_is_called_off(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    kit.staff.handle(IssueCredit(euros(100_00), "welcome", MemberId("ada")))
    lines = kit.cart(quantity=10)
    order = kit.member.handle(PlaceOrder(lines, euros(100_00), tenders=(Tender(TenderKind.STORE_CREDIT),)))
    kit.staff.handle(RefundOrder(order, "a scratch", amount=euros(30_00)))

    kit.cancel(order)

    assert ledger(kit, order, EntryKind.REFUNDED) == [euros(30_00), euros(70_00)]
    (balance,) = kit.member.ask(GetBalances())
    assert (balance.available, balance.held) == (100_00, 0)
    assert kit.gateway.effects == []
    assert stock(kit) == (100, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F064")
def test_f064_a_line_that_is_cancelled_gives_back_what_was_charged_for_it(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    order = kit.buy(*kit.variants[:2], quantity=3)

    kit.member.handle(CancelUnits(order, (LineUnits(1, 3),)))
    with pytest.raises(NotThatMany):
        kit.member.handle(CancelUnits(order, (LineUnits(1, 1),)))
    kit.cancel(order)

    assert moved(kit, "refund") == [euros(30_00), euros(30_00)]
    assert all(request.amount.minor > 0 for _, request in kit.gateway.effects)
    assert kit.shop.audit() == []


@pytest.mark.failure("F064")
def test_f064_what_was_only_promised_and_what_costs_nothing_ask_nobody_for_nothing(open_shop: OpenShop) -> None:
    kit = open_shop()
    offer_by_code(kit, "GIFT", AmountOff(euros(10_00), Lane.ORDER))
    for_nothing = kit.member.handle(order_of(quoted(kit, kit.cart(), "GIFT"), kit.cart(), "GIFT"))
    promised = kit.buy(*kit.variants[:2])

    kit.cancel(for_nothing)
    kit.member.handle(CancelUnits(promised, (LineUnits(1, 1),)))
    kit.ship(promised)

    assert moved(kit, "capture") == [euros(10_00)]
    assert [what for what, _ in kit.gateway.effects] == ["authorise", "capture", "void"]
    assert all(request.amount.minor > 0 for _, request in kit.gateway.effects)


@pytest.mark.failure("F065")
def test_f065_an_order_with_a_discount_gives_back_what_was_paid(open_shop: OpenShop) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    offer_by_code(kit, "TEN", AmountOff(euros(10_00), Lane.ORDER))
    lines = kit.cart(quantity=5)
    order = kit.member.handle(order_of(quoted(kit, lines, "TEN"), lines, "TEN"))

    kit.cancel(order)

    assert moved(kit, "authorise") == moved(kit, "capture") == moved(kit, "refund") == [euros(40_00)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F065")
@pytest.mark.parametrize("parts", [(1, 1, 1, 1, 1), (2, 3), (4, 1)])
def test_f065_all_parts_of_a_line_with_a_discount_are_together_what_was_paid(
    open_shop: OpenShop, parts: tuple[int, ...]
) -> None:
    kit = open_shop(ordering_policy=AT_ONCE)
    offer_by_code(kit, "ODD", AmountOff(euros(9_99), Lane.ORDER))
    lines = kit.cart(quantity=5)
    order = kit.member.handle(order_of(quoted(kit, lines, "ODD"), lines, "ODD"))
    kit.ship(order)

    for units in parts:
        kit.staff.handle(RefundOrder(order, "broken", lines=(LineUnits(1, units),)))

    assert sum(amount.minor for amount in moved(kit, "refund")) == 40_01
    assert all(abs(each.minor - 8_00 * units) <= units for each, units in zip(moved(kit, "refund"), parts, strict=True))


@pytest.mark.failure("F066")
def test_f066_after_a_refund_with_all_of_the_delivery_the_other_item_can_still_be_given_back(
    open_shop: OpenShop,
) -> None:
    kit = open_shop()
    order = an_order_by_post(kit)
    kit.ship(order)

    kit.staff.handle(RefundOrder(order, "late", lines=(LineUnits(1, 1),), delivery=euros(4_90)))
    with pytest.raises(NothingToRefund):
        kit.staff.handle(RefundOrder(order, "late", lines=(LineUnits(2, 1),), delivery=euros(1)))
    kit.staff.handle(RefundOrder(order, "broken", lines=(LineUnits(2, 1),)))

    assert moved(kit, "refund") == [euros(14_90), euros(10_00)]
    view = kit.view(order)
    assert (view.captured, view.refunded, view.total) == (euros(24_90), euros(24_90), euros(0))
    with refused(NotThatMany(order, 2, 1, 0)):
        kit.staff.handle(RefundOrder(order, "again", lines=(LineUnits(2, 1),)))
