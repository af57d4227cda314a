"""A shop that takes its payments through Stripe, over HTTP, from the first request to the last."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ecomcore.kernel.money import Money
from ecomcore.ordering import ReceiveWebhook, RefundOrder, WebhookOutcome
from ecomcore.testing import ShopKit, a_shop
from ecomcore_stripe import Stripe
from ecomcore_stripe.testing import ASKS_THE_BUYER, DECLINED, PAYS, Cut, FakeStripe


@pytest.fixture
def kit(gateway: Stripe) -> ShopKit:
    return a_shop(products=2, stock=5, outside=gateway)


def hear(kit: ShopKit, fake: FakeStripe, secret: str, *kinds: str) -> Iterable[WebhookOutcome]:
    """What becomes of the webhooks of these kinds, or of all, when Stripe sends them now."""
    now = kit.clock.now()
    webhooks = [fake.webhook(event, secret, now) for event in fake.events(*kinds)]
    commands = [ReceiveWebhook(webhook.body, webhook.headers) for webhook in webhooks]
    return [outcome for command in commands for outcome in kit.guest.handle(command)]


def test_an_order_is_paid_shipped_and_refunded(kit: ShopKit, fake: FakeStripe) -> None:
    order = kit.buy(quantity=2, token=PAYS)
    kit.ship(order)
    kit.settle()
    paid = kit.view(order).total
    part = Money(100, paid.currency)

    kit.staff.handle(RefundOrder(order, "it came late", amount=part))
    kit.settle()

    view = kit.view(order)
    (intent,), (refund,) = fake.books.intents.values(), fake.books.refunds.values()
    assert intent["status"] == "succeeded"
    assert intent["metadata"]["ecomcore_order"] == order
    assert (view.captured, view.refunded) == (paid, part)
    assert (intent["amount_received"], refund["amount"]) == (paid.minor, 100)


def test_what_the_shop_did_itself_it_hears_again_and_writes_once(kit: ShopKit, fake: FakeStripe, secret: str) -> None:
    order = kit.buy(token=PAYS)
    kit.ship(order)
    kit.settle()
    kit.staff.handle(RefundOrder(order, "it came late", amount=Money(100, kit.view(order).total.currency)))
    kit.settle()
    before = kit.view(order)

    outcomes = hear(kit, fake, secret)

    assert set(outcomes) == {WebhookOutcome.KNOWN}
    assert kit.view(order) == before


def test_an_order_that_is_cancelled_lets_go_of_the_money(kit: ShopKit, fake: FakeStripe) -> None:
    order = kit.buy(token=PAYS)

    kit.cancel(order)
    kit.settle()

    (intent,) = fake.books.intents.values()
    assert intent["status"] == "canceled"
    assert kit.view(order).state == "cancelled"


def test_a_declined_card_confirms_nothing(kit: ShopKit, fake: FakeStripe) -> None:
    order = kit.buy(token=DECLINED)

    assert kit.view(order).state == "placed"
    assert not fake.events("charge.succeeded")


def test_an_answer_that_got_lost_is_settled_by_the_shop_with_one_payment(kit: ShopKit, fake: FakeStripe) -> None:
    fake.cut(Cut.ANSWER)

    order = kit.buy(token=PAYS)
    kit.settle()

    assert kit.view(order).state == "confirmed"
    assert len(fake.books.intents) == 1


def test_a_buyer_who_confirms_at_their_bank_is_heard_of_by_webhook(kit: ShopKit, fake: FakeStripe, secret: str) -> None:
    order = kit.buy(token=ASKS_THE_BUYER)
    (intent,) = fake.books.intents
    before = kit.view(order).state

    fake.buyer_acts(intent)
    outcomes = hear(kit, fake, secret)

    assert before == "placed"
    assert outcomes == [WebhookOutcome.APPLIED]
    assert kit.view(order).state == "confirmed"


def test_a_chargeback_and_its_end_are_heard_of(kit: ShopKit, fake: FakeStripe, secret: str) -> None:
    kit.ship(kit.buy(token=PAYS))
    kit.settle()
    (intent,) = fake.books.intents
    dispute = fake.dispute(intent)

    lost = hear(kit, fake, secret, "charge.dispute.created", "charge.dispute.funds_withdrawn")
    fake.close_dispute(dispute, won=True)
    won = hear(kit, fake, secret, "charge.dispute.funds_reinstated", "charge.dispute.closed")

    assert lost == [WebhookOutcome.APPLIED, WebhookOutcome.KNOWN]
    assert won == [WebhookOutcome.APPLIED, WebhookOutcome.KNOWN]
