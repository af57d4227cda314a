"""Orders that are paid with gift cards and credit: drawn as much as they cost, and the rest left where it was."""

from __future__ import annotations

from functools import partial

import pytest

from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Money, Price
from ecomcore.ordering import (
    CREDIT,
    Capture,
    EntryKind,
    OrderingPolicy,
    OrderState,
    OrderView,
    PlaceOrder,
    Tender,
    TenderKind,
)
from ecomcore.testing import ShopKit, at_once, euros
from ecomcore.wallet import CheckGiftCard, GetBalances, IssueCredit, IssueGiftCard, NotEnoughCredit, ShowGiftCard
from tests.failures.conftest import OpenShop

CREDITS = (20_00, 3_00, 2_00, 2_00)


def a_card(kit: ShopKit, minor: int) -> Tender:
    id_ = kit.staff.handle(IssueGiftCard(euros(minor)))
    return Tender(TenderKind.GIFT_CARD, kit.staff.ask(ShowGiftCard(id_)).code)


def left_on(kit: ShopKit, *cards: Tender) -> list[Money]:
    return [kit.shop.ask(CheckGiftCard(card.code)).available for card in cards]


def drawn(view: OrderView, kind: EntryKind = EntryKind.AUTHORISED) -> list[Money]:
    return [entry.amount for entry in view.payments if entry.kind is kind and entry.method == CREDIT]


@pytest.mark.failure("F072")
def test_f072_two_gift_cards_give_what_the_order_costs_and_not_all_they_have(open_shop: OpenShop) -> None:
    kit = open_shop()
    cards = a_card(kit, 20_00), a_card(kit, 30_00)

    order = kit.member.handle(PlaceOrder(kit.cart(quantity=3), euros(30_00), tenders=cards))

    view = kit.view(order)
    assert drawn(view) == [euros(20_00), euros(10_00)]
    assert (view.state, view.due) == (OrderState.CONFIRMED, euros(0))
    assert left_on(kit, *cards) == [euros(0), euros(20_00)]
    assert kit.gateway.effects == []
    kit.ship(order)
    assert drawn(kit.view(order), EntryKind.CAPTURED) == [euros(20_00), euros(10_00)]
    assert left_on(kit, *cards) == [euros(0), euros(20_00)]
    assert kit.shop.audit() == []


@pytest.mark.failure("F072")
def test_f072_the_card_that_pays_the_rest_is_asked_for_the_rest(open_shop: OpenShop) -> None:
    kit = open_shop()
    card = a_card(kit, 20_00)

    order = kit.member.handle(PlaceOrder(kit.cart(quantity=3), euros(30_00), "card", tenders=(card,)))

    assert drawn(kit.view(order)) == [euros(20_00)]
    assert [request.amount for what, request in kit.gateway.effects if what == "authorise"] == [euros(10_00)]
    kit.cancel(order)
    kit.settle()
    assert left_on(kit, card) == [euros(20_00)]
    assert kit.view(order).state is OrderState.CANCELLED
    assert kit.shop.audit() == []


@pytest.mark.failure("F072")
@pytest.mark.failure("F071")
def test_f072_two_orders_at_once_never_draw_more_than_is_on_the_card(open_shop: OpenShop) -> None:
    kit = open_shop()
    card = a_card(kit, 30_00)
    buyers = [kit.shop.desk(Member(MemberId(f"buyer-{number}"))) for number in range(3)]
    wanted = PlaceOrder(kit.cart(quantity=2), euros(20_00), "card", tenders=(card,))

    outcomes = at_once([partial(buyer.handle, wanted) for buyer in buyers])

    orders = [outcome.answer for outcome in outcomes if outcome.answer is not None]
    assert all(isinstance(each.error, NotEnoughCredit) for each in outcomes if each.answer is None)
    kit.settle()
    assert sum(amount.minor for order in orders for amount in drawn(kit.view(order))) == 30_00
    assert left_on(kit, card) == [euros(0)]
    assert {kit.view(order).state for order in orders} == {OrderState.CONFIRMED}
    assert kit.shop.audit() == []


@pytest.mark.failure("F073")
@pytest.mark.parametrize("capture", [Capture.AT_ONCE, Capture.AT_SHIPPING])
def test_f073_all_credits_pay_one_odd_total_and_what_is_left_can_be_spent(
    open_shop: OpenShop, capture: Capture
) -> None:
    kit = open_shop(price=Price(euros(25_69)), ordering_policy=OrderingPolicy(capture=capture))
    for number, minor in enumerate(CREDITS):
        kit.staff.handle(IssueCredit(euros(minor), "sorry", MemberId("ada"), reference=f"case-{number}"))

    order = kit.member.handle(PlaceOrder(kit.cart(), euros(25_69), tenders=(Tender(TenderKind.STORE_CREDIT),)))
    kit.ship(order)

    view = kit.view(order)
    assert sum(amount.minor for amount in drawn(view, EntryKind.CAPTURED)) == 25_69
    assert (view.state, view.due) == (OrderState.SHIPPED, euros(0))
    (balance,) = kit.member.ask(GetBalances())
    assert (balance.available, balance.held) == (1_31, 0)
    assert kit.gateway.effects == []
    assert kit.shop.audit() == []


@pytest.mark.failure("F073")
def test_f073_an_order_that_is_called_off_leaves_nothing_in_limbo(open_shop: OpenShop) -> None:
    kit = open_shop(price=Price(euros(25_69)))
    for number, minor in enumerate(CREDITS):
        kit.staff.handle(IssueCredit(euros(minor), "sorry", MemberId("ada"), reference=f"case-{number}"))
    order = kit.member.handle(PlaceOrder(kit.cart(), euros(25_69), tenders=(Tender(TenderKind.STORE_CREDIT),)))

    kit.cancel(order)

    (balance,) = kit.member.ask(GetBalances())
    assert (balance.available, balance.held) == (27_00, 0)
    assert kit.shop.audit() == []
