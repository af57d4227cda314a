"""An order that is asked for several times, or by several at once, is one order, with one payment and one number."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ecomcore import assemble
from ecomcore.carts import ChangeCartItem, GetCart, PutInCart, StartCart
from ecomcore.catalog import ListCategories
from ecomcore.choices import Retries
from ecomcore.inventory import ListStock
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import KeyReused
from ecomcore.kernel.ids import CartId, MemberId, OrderId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import percent
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    CancelOrder,
    Capture,
    CartChangedSince,
    CartLine,
    Declined,
    EntryKind,
    ListOrders,
    OrderingPolicy,
    OrderState,
    OrderView,
    PaymentRequest,
    PlaceOrder,
    RetryPayment,
    TotalChanged,
    Unknown,
)
from ecomcore.quoting import Limits, PercentOff
from ecomcore.testing import FixedClock, SequentialIds, ShopKit, a_shop, at_once, euros
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.conftest import Gather, OpenShop
from tests.failures.offering import offer_by_code
from tests.failures.racing import in_processes
from tests.support.refusals import refused

ADA = Member(MemberId("ada"))
EUR = Currency("EUR")


def orders_of_ada(kit: ShopKit) -> tuple[OrderView, ...]:
    return kit.member.ask(ListOrders())


def asked(view: OrderView, *kinds: EntryKind) -> list[Money]:
    return [entry.amount for entry in view.payments if entry.kind in kinds]


def a_cart(kit: ShopKit, quantity: int = 1) -> CartId:
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0], quantity))
    return cart


def of_cart(kit: ShopKit, cart: CartId, **more: Any) -> PlaceOrder:
    """Accepts the cart as Ada sees it now."""
    view = kit.member.ask(GetCart(cart))
    assert view.quote is not None
    return PlaceOrder((), view.quote.total, "card", cart=cart, cart_version=view.version, **more)


# -- one cart ----------------------------------------------------------------------------------------------------


@pytest.mark.failure("F028")
def test_f028_a_cart_that_many_check_out_at_once_is_one_order_that_stays_paid(gather: Gather) -> None:
    crowd = gather(ordering_policy=OrderingPolicy(capture=Capture.AT_SHIPPING))
    kit = crowd.kit
    offer_by_code(kit, "ONCE", PercentOff(percent(10)), limits=Limits(uses=1))
    cart = a_cart(kit)
    view = kit.member.ask(GetCart(cart))
    wanted = PlaceOrder((), euros(9_00), "card", coupons=("ONCE",), cart=cart, cart_version=view.version)

    outcomes = crowd.send([(ADA, wanted)] * 5)

    (order,) = orders_of_ada(kit)
    assert set(outcomes) == {order.id}, "whoever comes second gets the same order"
    assert (order.total, order.due, order.state) == (euros(9_00), euros(0), OrderState.CONFIRMED)
    assert asked(order, EntryKind.AUTHORISED) == [euros(9_00)]
    assert asked(order, EntryKind.VOID_REQUESTED, EntryKind.REFUND_REQUESTED) == []
    assert kit.member.ask(GetCart(cart)).order == order.id
    assert kit.shop.audit() == []


@pytest.mark.failure("F050")
def test_f050_a_cart_that_changed_in_another_tab_is_not_ordered_as_it_was_seen(open_shop: OpenShop) -> None:
    kit = open_shop()
    cart = a_cart(kit)
    seen = of_cart(kit, cart)
    kit.member.handle(ChangeCartItem(cart, 1, 2))

    with refused(CartChangedSince(cart, seen.cart_version or 0, (seen.cart_version or 0) + 1)):
        kit.member.handle(seen)
    order = kit.member.handle(of_cart(kit, cart))

    view = kit.view(order)
    assert view.total == euros(20_00)
    assert sum(line.total.minor for line in view.lines) == view.total.minor
    assert len(orders_of_ada(kit)) == 1


@pytest.mark.failure("F050")
def test_f050_of_a_change_and_a_checkout_at_the_same_moment_the_order_is_one_of_the_two_carts(
    open_shop: OpenShop,
) -> None:
    kit = open_shop()
    for _ in range(5):
        cart = a_cart(kit)
        place, change = of_cart(kit, cart), ChangeCartItem(cart, 1, 7)
        known = {view.id for view in orders_of_ada(kit)}

        at_once([partial(kit.member.handle, place), partial(kit.member.handle, change)])

        new = [view for view in orders_of_ada(kit) if view.id not in known]
        assert all((view.total, view.lines[0].quantity) == (euros(10_00), 1) for view in new)
        assert kit.member.ask(GetCart(cart)).order == (new[0].id if new else None)
    assert kit.shop.audit() == []


# -- one key -----------------------------------------------------------------------------------------------------


@pytest.mark.failure("F058")
def test_f058_five_identical_requests_to_three_processes_are_one_order(postgres_url: str) -> None:
    kit = a_shop(_empty(postgres_url))
    command = kit.order_for(kit.cart())
    hands = [(2, "double click"), (2, "double click"), (1, "double click")]

    answers = in_processes(_place, [(postgres_url, kit.clock.now(), command, *hand) for hand in hands])

    (order,) = orders_of_ada(kit)
    assert [answer for hand in answers for answer in hand] == [order.id] * 5
    assert asked(order, EntryKind.INTENDED) == asked(order, EntryKind.AUTHORISED) == [euros(10_00)]
    assert _reserved(kit) == 1
    assert kit.shop.audit() == []
    kit.shop.close()


def _place(start: Any, url: str, at: Instant, command: PlaceOrder, times: int, key: str) -> list[OrderId]:
    shop = assemble(SqlPersistence(url, migrate=False), clock=FixedClock(at))
    shop.ask(ListCategories())
    start.wait(120)
    outcomes = at_once([partial(shop.handle, command, by=ADA, key=key)] * times)
    shop.close()
    return [outcome.value for outcome in outcomes]


@pytest.mark.failure("F058")
def test_f058_identical_requests_to_one_process_ask_the_provider_once(open_shop: OpenShop) -> None:
    kit = open_shop()
    command = kit.order_for(kit.cart())

    outcomes = at_once([partial(kit.member.handle, command, key="double click")] * 5)

    assert len({outcome.value for outcome in outcomes}) == 1
    kit.settle()
    assert [what for what, _ in kit.gateway.effects] == ["authorise"]
    assert kit.shop.audit() == []


@pytest.mark.failure("F059")
def test_f059_a_payment_that_is_asked_for_again_under_its_key_is_the_same_payment(open_shop: OpenShop) -> None:
    kit = open_shop()
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy()

    first = kit.member.handle(RetryPayment(order, "card-2"), key="pay again")
    again = kit.member.handle(RetryPayment(order, "card-2"), key="pay again")

    assert first == again
    asked_for = [request for what, request in kit.gateway.effects if what == "authorise"]
    assert [(request.payment, request.key) for request in asked_for] == [(first, first)]


class Listening(MemoryGateway):
    """Hears the key of each authorisation it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        self.keys.append(request.key)
        return super().authorise(request)


@pytest.mark.failure("F059")
def test_f059_the_provider_gets_the_same_key_however_often_it_is_asked(open_shop: OpenShop) -> None:
    gateway = Listening()
    kit = open_shop(gateway=gateway)
    kit.gateway.script(Fault.TIMEOUT_BEFORE, Fault.DOWN, Fault.TIMEOUT_AFTER)

    order = kit.buy()
    kit.settle()

    payment = kit.view(order).payments[0].payment
    assert len(gateway.keys) > 2
    assert set(gateway.keys) == {payment}
    assert [what for what, _ in kit.gateway.effects] == ["authorise"]
    assert kit.view(order).state is OrderState.CONFIRMED


@pytest.mark.failure("F075")
def test_f075_a_key_belongs_to_whoever_sent_it_with_what_it_was_sent(open_shop: OpenShop) -> None:
    kit = open_shop()
    bob = kit.shop.desk(Member(MemberId("bob")))
    of_ada = kit.buy(key="one")

    with refused(KeyReused("one")):
        kit.member.handle(CancelOrder(of_ada), key="one")
    with refused(KeyReused("one")):
        kit.buy(quantity=2, key="one")
    of_bob = kit.buy(by=bob, key="one")

    assert of_bob != of_ada
    assert kit.buy(key="one") == of_ada
    assert kit.view(of_ada).state is OrderState.CONFIRMED


@pytest.mark.failure("F075")
def test_f075_a_refusal_leaves_the_key_free(open_shop: OpenShop) -> None:
    kit = open_shop()
    lines = kit.cart()

    with pytest.raises(TotalChanged):
        kit.member.handle(PlaceOrder(lines, euros(1)), key="one")
    order = kit.member.handle(PlaceOrder(lines, euros(10_00)), key="one")

    assert [view.id for view in orders_of_ada(kit)] == [order]


# -- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.failure("F077")
@pytest.mark.parametrize("gapless", [False, True], ids=["of their own", "without gaps"])
def test_f077_a_hundred_orders_at_once_have_a_hundred_numbers(postgres_url: str, gapless: bool) -> None:
    policy = OrderingPolicy(gapless_numbers=gapless)
    kit = a_shop(_empty(postgres_url), stock=1_000, ordering_policy=policy)
    wanted = [(CartLine(variant, 1),) for variant in kit.variants]

    answers = in_processes(
        _place_many, [(postgres_url, kit.clock.now(), policy, wanted, f"p{number}") for number in range(4)]
    )

    orders = [order for hand in answers for order in hand]
    numbers = [kit.view(order).number for order in orders]
    assert len(set(orders)) == len(set(numbers)) == 100
    if gapless:
        assert sorted(numbers) == [f"ORD-2030-{number:06}" for number in range(1, 101)]
    assert kit.shop.audit() == []
    kit.shop.close()


def _place_many(
    start: Any, url: str, at: Instant, policy: OrderingPolicy, wanted: list[tuple[CartLine, ...]], name: str
) -> list[OrderId]:
    """25 orders of 25 members, five at a time."""
    store = SqlPersistence(url, migrate=False)
    shop = assemble(
        store, clock=FixedClock(at), ids=SequentialIds(name), ordering_policy=policy, retries=Retries(tries=50)
    )
    shop.ask(ListCategories())
    start.wait(120)
    placed: list[OrderId] = []
    for batch in range(5):
        calls = [
            partial(
                shop.handle,
                PlaceOrder(wanted[place % len(wanted)], euros(10_00), "card"),
                by=Member(MemberId(f"{name}-{batch}-{place}")),
            )
            for place in range(5)
        ]
        placed += [outcome.value for outcome in at_once(calls)]
    shop.close()
    return placed


@pytest.mark.failure("F077")
def test_f077_the_database_refuses_a_number_twice(database: str) -> None:
    kit = a_shop(SqlPersistence(database))
    one, other = kit.buy(), kit.buy()
    node = sa.create_engine(database)
    again = sa.text("UPDATE orders SET number = (SELECT number FROM orders WHERE id = :one) WHERE id = :other")

    with pytest.raises(IntegrityError), node.begin() as connection:
        connection.execute(again, {"one": one, "other": other})

    assert kit.view(one).number != kit.view(other).number
    node.dispose()
    kit.shop.close()


def _empty(url: str) -> SqlPersistence:
    store = SqlPersistence(url)
    erase_everything(store)
    return store


def _reserved(kit: ShopKit) -> int:
    (stock,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return stock.reserved
