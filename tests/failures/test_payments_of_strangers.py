"""Whose an order is: its number, its id and its link open nothing to others, whatever else they send along."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import fields, has

from ecomcore.kernel.errors import DomainError, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.messages import Actor, Anonymous, Guest, Member, Query, Staff
from ecomcore.kernel.money import Money
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelOrder,
    CancelUnits,
    GetLinkedOrder,
    GetOrder,
    GetTimeline,
    LinesToReorder,
    LineUnits,
    ListOrders,
    OpenPaymentLink,
    OrderState,
    PayByLink,
    RetryPayment,
    SearchOrders,
)
from ecomcore.testing import ShopKit, euros
from tests.failures.conftest import OpenShop

OPENS = "a-secret-of-more-than-128-bits-0123456789"
CARD = "tok_4242424242424242"
STRANGERS: dict[str, Actor] = {
    "nobody": Anonymous(),
    "another guest": Guest("a-token-of-another"),
    "another member": Member(MemberId("bob")),
}
OF_THE_BUYER: dict[str, Callable[[ShopKit, OrderId], Any]] = {
    "look": lambda kit, order: GetOrder(order),
    "again": lambda kit, order: LinesToReorder(order),
    "cancel": lambda kit, order: CancelOrder(order),
    "units": lambda kit, order: CancelUnits(order, (LineUnits(1, 1),)),
    "pay": lambda kit, order: RetryPayment(order, "card"),
    "link": lambda kit, order: OpenPaymentLink(order, OPENS, kit.clock.now()),
}


def send(kit: ShopKit, message: Any, by: Actor) -> Any:
    return kit.shop.ask(message, by=by) if isinstance(message, Query) else kit.shop.handle(message, by=by)


def refusal_of(kit: ShopKit, message: Any, by: Actor) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        send(kit, message, by)
    return refusal.value


def an_unpaid_order(kit: ShopKit) -> OrderId:
    kit.gateway.script(Fault.DECLINE)
    return kit.buy(by=kit.guest)


@pytest.mark.failure("F094")
@pytest.mark.failure("F120")
def test_f094_an_order_of_another_is_refused_as_if_there_were_none(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = an_unpaid_order(kit)
    before = kit.view(order)

    for what, message in OF_THE_BUYER.items():
        for who, stranger in STRANGERS.items():
            of_none = refusal_of(kit, message(kit, OrderId("none")), stranger)
            for name in (order, before.number):
                told = refusal_of(kit, message(kit, OrderId(name)), stranger)

                assert type(told) is NotFound, (who, what)
                assert str(told).replace(name, "*") == str(of_none).replace("none", "*"), (who, what)

    assert kit.view(order) == before


@pytest.mark.failure("F094")
def test_f094_not_even_its_buyer_opens_an_order_by_its_number(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy(by=kit.guest)

    assert kit.guest.ask(GetOrder(order)).id == order
    with pytest.raises(NotFound):
        kit.guest.ask(GetOrder(OrderId(kit.view(order).number)))


@pytest.mark.failure("F095")
@pytest.mark.parametrize("linked", [False, True], ids=["without a link", "with a link"])
def test_f095_a_secret_that_is_none_pays_for_nothing(open_shop: OpenShop, linked: bool) -> None:
    kit = open_shop()
    order = an_unpaid_order(kit)
    if linked:
        kit.guest.handle(OpenPaymentLink(order, OPENS, kit.clock.now().replace(year=2031)))

    for wrong in ("", "0", "null", " ", "None", "false", OPENS[:-1], OPENS + "0", OPENS.upper()):
        for message in (GetLinkedOrder(order, wrong), PayByLink(order, wrong, "card")):
            told = refusal_of(kit, message, Anonymous())
            assert str(told) == str(NotFound("Order", order)), wrong

    assert kit.view(order).state is OrderState.PLACED


@pytest.mark.failure("F095")
def test_f095_a_secret_of_the_wrong_type_is_refused_and_not_shown(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = an_unpaid_order(kit)

    for wrong in ("null", "0", "false", "[]", "{}"):
        with pytest.raises(Invalid) as refusal:
            kit.shop.codec.load("PayByLink", f'{{"order": "{order}", "secret": {wrong}}}')
        assert refusal.value.field == "secret"
    with pytest.raises(Invalid) as short:
        OpenPaymentLink(order, "short", kit.clock.now())
    assert "short" not in str(short.value).replace("shorter", "")


@pytest.mark.failure("F095")
def test_f095_a_link_that_has_ended_or_was_replaced_opens_nothing(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = an_unpaid_order(kit)
    until = kit.clock.now().replace(year=2031)
    kit.guest.handle(OpenPaymentLink(order, OPENS, until))
    assert kit.shop.ask(GetLinkedOrder(order, OPENS)).due == euros(10_00)

    kit.guest.handle(OpenPaymentLink(order, OPENS[::-1], kit.clock.now()))

    for secret in (OPENS, OPENS[::-1]):
        with pytest.raises(NotFound):
            kit.shop.ask(GetLinkedOrder(order, secret))


@pytest.mark.failure("F096")
def test_f096_a_link_shows_its_own_order_and_no_other(open_shop: OpenShop) -> None:
    kit = open_shop()
    one, other = an_unpaid_order(kit), an_unpaid_order(kit)
    kit.guest.handle(OpenPaymentLink(one, OPENS, kit.clock.now().replace(year=2031)))

    assert kit.shop.ask(GetLinkedOrder(one, OPENS)).id == one
    with pytest.raises(NotFound):
        kit.shop.ask(GetLinkedOrder(other, OPENS))
    for field in ("buyer", "member", "state", "filter"):
        with pytest.raises(Invalid) as refusal:
            kit.shop.codec.load("GetLinkedOrder", json.dumps({"order": one, "secret": OPENS, field: "x"}))
        assert refusal.value.field == field


@pytest.mark.failure("F096")
def test_f096_no_filter_widens_what_a_buyer_sees(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.buy()
    of_bob = kit.buy(by=kit.shop.desk(STRANGERS["another member"]))
    bob = STRANGERS["another member"]

    for query in (ListOrders(), ListOrders(state=OrderState.CONFIRMED), ListOrders(before=OrderId("zzz"), limit=1_000)):
        assert {view.id for view in kit.shop.ask(query, by=bob)} == {of_bob}
    assert kit.shop.ask(ListOrders(state=OrderState.CANCELLED), by=bob) == ()
    with pytest.raises(PermissionDenied):
        kit.shop.ask(ListOrders(MemberId("ada")), by=bob)
    with pytest.raises(PermissionDenied):
        kit.shop.ask(SearchOrders(), by=bob)


@pytest.mark.failure("F102")
def test_f102_what_a_view_shows_is_decided_by_its_kind_and_nobody_can_ask_for_more(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = an_unpaid_order(kit)
    kit.guest.handle(OpenPaymentLink(order, OPENS, kit.clock.now().replace(year=2031)))

    linked = kit.shop.ask(GetLinkedOrder(order, OPENS))

    assert has(type(linked))
    assert {each.name for each in fields(type(linked))} == {"id", "number", "total", "due", "until"}
    assert isinstance(linked.total, Money)
    wishes: list[dict[str, Any]] = [
        {"fields": ["payments"]},
        {"groups": ["admin"]},
        {"include": "notes"},
        {"all": True},
    ]
    for extra in wishes:
        for name in ("GetOrder", "ListOrders", "GetLinkedOrder"):
            sent: dict[str, Any] = ({} if name == "ListOrders" else {"order": order}) | extra
            sent |= {"secret": OPENS} if name == "GetLinkedOrder" else {}
            with pytest.raises(Invalid) as refusal:
                kit.shop.codec.load(name, json.dumps(sent))
            assert refusal.value.field == next(iter(extra))


@pytest.mark.failure("F102")
def test_f102_the_history_of_an_order_is_for_staff_who_may_see_it(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy(by=kit.guest)
    without = Staff("kim", frozenset(("ordering.refund",)))

    for actor in (*STRANGERS.values(), kit.guest.by, without):
        with pytest.raises(PermissionDenied):
            kit.shop.ask(GetTimeline(order), by=actor)

    assert kit.shop.ask(GetTimeline(order), by=Staff("sam", frozenset(("ordering.view_timeline",))))


@pytest.mark.failure("F102")
def test_f102_no_view_and_no_history_shows_a_token_or_a_secret(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy(by=kit.guest, token=CARD)
    kit.guest.handle(OpenPaymentLink(order, OPENS, kit.clock.now().replace(year=2031)))

    told = repr((kit.view(order), kit.staff.ask(GetTimeline(order)), kit.guest.ask(ListOrders())))

    assert CARD not in told
    assert OPENS not in told
