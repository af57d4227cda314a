"""What is set aside: by whom, for how long, and when it is free again. What others want to know of a product while they
change it touches no units.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from ecomcore import catalog
from ecomcore.bootstrap import Desk
from ecomcore.carts import PutInCart, StartCart
from ecomcore.catalog import (
    AddVariant,
    ChangePrice,
    ChangeTaxCategory,
    LimitQuantity,
    NewVariant,
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.inventory import (
    CorrectStock,
    ExpireReservations,
    GetAvailability,
    GetReservation,
    InventoryPolicy,
    ListMovements,
    ListReservations,
    ListStock,
    OutOfStock,
    Purpose,
    ReservationState,
    ReservationView,
    RestockOrder,
    SetStockRules,
    StockItem,
    stock_item_id,
)
from ecomcore.kernel.errors import Conflict, DomainError, NotFound
from ecomcore.kernel.ids import LocationId, OrderId, ProductId, SavedMethodId, VariantId
from ecomcore.kernel.messages import Guest
from ecomcore.kernel.money import Currency
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelOrder,
    CartLine,
    EditOrder,
    LineChange,
    OpenPaymentLink,
    OrderingPolicy,
    OrderState,
    PayByLink,
    PreviewEdit,
    RetryPayment,
)
from ecomcore.testing import NOON, ShopKit, a_price, euros
from ecomcore.testing.work import fetch, keep
from tests.failures.conftest import OpenShop
from tests.failures.offering import of_policy
from tests.support.refusals import refused

WINDOW = timedelta(minutes=30)
LINK = "a-secret-of-a-payment-link"


def stock(kit: ShopKit) -> tuple[int, int]:
    """Units on hand, and set aside."""
    (view,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return view.on_hand, view.reserved


def available(kit: ShopKit) -> int:
    return kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available


def held(kit: ShopKit) -> list[tuple[str, int]]:
    """For whom units of the first variant are set aside, and how many."""
    views = kit.staff.ask(ListReservations(kit.variants[0], kit.location))
    return [(view.id, sum(line.quantity for line in view.lines)) for view in views]


def reservation(kit: ShopKit, source: str) -> ReservationView:
    return kit.staff.ask(GetReservation(source))


def visitor(kit: ShopKit, number: int) -> Desk:
    return kit.shop.desk(Guest(f"a-secret-of-visitor-{number:04}"))


# F017 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.failure("F017")
def test_f017_a_shop_that_restocks_can_sell_what_a_cancelled_order_had(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(products=1, stock=5), inventory_policy=InventoryPolicy(restock_on_cancel=True))
    order = kit.buy(quantity=2)

    kit.cancel(order)

    assert (stock(kit), available(kit)) == ((5, 0), 5)
    assert reservation(kit, order).state is ReservationState.RELEASED
    assert kit.shop.audit() == []


@pytest.mark.failure("F017")
def test_f017_a_shop_that_does_not_restock_sells_it_once_somebody_has_looked(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(products=1, stock=5), inventory_policy=InventoryPolicy(restock_on_cancel=False))
    order = kit.buy(quantity=2)
    moved = kit.staff.ask(ListMovements(kit.variants[0], kit.location))

    kit.cancel(order)
    withheld = available(kit)
    ((why, units),) = held(kit)
    kit.staff.handle(RestockOrder(order))

    assert reservation(kit, order).state is ReservationState.RELEASED, "the order's reservation is closed"
    assert (withheld, units) == (3, 2), "its units are on hand, and nobody else's"
    assert reservation(kit, why).purpose is Purpose.WITHHELD, "and what they wait for is written down"
    assert order in why
    assert kit.staff.ask(ListMovements(kit.variants[0], kit.location)) == moved, "nothing came or went"
    assert (stock(kit), available(kit)) == ((5, 0), 5), "once somebody has looked"
    assert kit.shop.audit() == []


# F021 ----------------------------------------------------------------------------------------------------------------


def places(kit: ShopKit) -> OrderId:
    return kit.buy(quantity=2)


def places_as_a_guest(kit: ShopKit) -> OrderId:
    return kit.buy(quantity=2, by=kit.guest)


def is_declined_and_tries_again(kit: ShopKit) -> OrderId:
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy(quantity=2)
    kit.gateway.script(Fault.DECLINE)
    kit.member.handle(RetryPayment(order))
    return order


def asks_for_more(kit: ShopKit) -> OrderId:
    order = kit.buy(quantity=1)
    changes = (LineChange(1, 2, None),)
    after = kit.staff.ask(PreviewEdit(order, changes)).after
    kit.staff.handle(EditOrder(order, after, "as agreed", changes))
    return order


def opens_a_payment_link(kit: ShopKit) -> OrderId:
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy(quantity=2)
    kit.member.handle(OpenPaymentLink(order, LINK, NOON + WINDOW))
    kit.gateway.script(Fault.ACTION)
    kit.guest.handle(PayByLink(order, LINK))
    return order


@pytest.mark.failure("F021")
@pytest.mark.parametrize(
    "path", [places, places_as_a_guest, is_declined_and_tries_again, asks_for_more, opens_a_payment_link]
)
def test_f021_where_nothing_is_held_for_unpaid_orders_no_path_writes_a_reservation(
    open_shop: OpenShop, path: Callable[[ShopKit], OrderId]
) -> None:
    kit = of_policy(open_shop(products=1, stock=5), inventory_policy=InventoryPolicy(hold_unpaid=False))
    kit.gateway.script(Fault.ACTION)

    order = path(kit)

    assert kit.view(order).state is OrderState.PLACED
    assert (held(kit), stock(kit)) == ([], (5, 0))
    with refused(NotFound("Reservation", order)):
        reservation(kit, order)
    assert kit.shop.audit() == []


@pytest.mark.failure("F021")
def test_f021_where_unpaid_orders_hold_nothing_who_pays_first_has_the_last_unit(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(products=1, stock=1), inventory_policy=InventoryPolicy(hold_unpaid=False))
    kit.gateway.script(Fault.DECLINE, Fault.DECLINE)
    first, second = kit.buy(), kit.buy(by=kit.guest)

    kit.guest.handle(RetryPayment(second))
    kit.member.handle(RetryPayment(first))

    assert held(kit) == [(second, 1)]
    assert kit.view(second).state is OrderState.CONFIRMED
    assert kit.view(first).state is OrderState.CANCELLED, "there was nothing left for it"
    assert kit.view(first).captured == euros(0), "and nobody keeps its money"
    assert kit.shop.audit() == []


@pytest.mark.failure("F021")
def test_f021_what_is_sold_out_is_refused_before_anybody_pays(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(products=1, stock=1), inventory_policy=InventoryPolicy(hold_unpaid=False))
    order = kit.order_for(kit.cart(quantity=2))

    with refused(OutOfStock(kit.variants[0], 2, 1)):
        kit.member.handle(order)


# F022 ----------------------------------------------------------------------------------------------------------------


@pytest.mark.failure("F022")
def test_f022_a_thousand_visitors_with_carts_hold_nothing(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=3)

    for number in range(1_000):
        cart = visitor(kit, number).handle(StartCart(Currency("EUR")))
        visitor(kit, number).handle(PutInCart(cart, kit.variants[0]))

    assert (held(kit), available(kit)) == ([], 3)
    kit.buy(quantity=3)


@pytest.mark.failure("F022")
def test_f022_a_checkout_that_fails_holds_nothing(open_shop: OpenShop) -> None:
    kit = open_shop(products=2, stock=3)
    right = kit.order_for(kit.cart(quantity=2))
    wrong = [
        attrs.evolve(right, accepted=euros(1)),
        attrs.evolve(right, lines=kit.cart(*kit.variants, quantity=4), accepted=euros(80_00)),
        attrs.evolve(right, lines=(*right.lines, CartLine(VariantId("there-is-none"), 1))),
        attrs.evolve(right, location=LocationId("there-is-none")),
        attrs.evolve(right, saved_method=SavedMethodId("of-somebody-else")),
    ]

    for number, order in enumerate(wrong):
        with pytest.raises(DomainError):
            visitor(kit, number).handle(order)

    assert (held(kit), stock(kit)) == ([], (3, 0))
    assert kit.shop.audit() == []


@pytest.mark.failure("F022")
def test_f022_who_gives_up_after_a_failed_payment_frees_the_hold(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=3)
    for number in range(20):
        kit.gateway.script(Fault.DECLINE)
        order = kit.buy(quantity=3, by=visitor(kit, number))
        assert stock(kit) == (3, 3)

        visitor(kit, number).handle(CancelOrder(order))

    assert (held(kit), stock(kit)) == ([], (3, 0))


# F023 ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def last_one(open_shop: OpenShop) -> ShopKit:
    """A shop with one unit, set aside for Ada, whose payment was declined: her order is ``held``'s only one."""
    kit = of_policy(open_shop(products=1, stock=1), ordering_policy=OrderingPolicy(payment_window=WINDOW))
    kit.gateway.script(Fault.DECLINE)
    kit.buy()
    return kit


@pytest.mark.failure("F023")
def test_f023_after_a_decline_the_hold_stays_until_the_end_it_has_stated(last_one: ShopKit) -> None:
    ((order, _),) = held(last_one)

    last_one.clock.tick(WINDOW - timedelta(microseconds=1))
    last_one.system.handle(ExpireReservations())
    still = reservation(last_one, order)
    with refused(OutOfStock(last_one.variants[0], 1, 0)):
        last_one.buy(by=last_one.guest)
    last_one.clock.tick(timedelta(microseconds=1))
    last_one.system.handle(ExpireReservations())

    assert (still.state, still.expires_at) == (ReservationState.OPEN, NOON + WINDOW)
    assert reservation(last_one, order).state is ReservationState.EXPIRED
    assert (held(last_one), stock(last_one)) == ([], (1, 0))
    assert last_one.shop.audit() == []


@pytest.mark.failure("F023")
def test_f023_a_retry_uses_the_same_hold(last_one: ShopKit) -> None:
    ((order, _),) = held(last_one)
    last_one.gateway.script(Fault.DECLINE)
    last_one.clock.tick(timedelta(minutes=10))

    last_one.member.handle(RetryPayment(OrderId(order)))
    once_more = reservation(last_one, order)
    last_one.member.handle(RetryPayment(OrderId(order)))

    assert (once_more.expires_at, len(once_more.entries)) == (NOON + WINDOW, 1), "nor does it hold for longer"
    assert held(last_one) == [(order, 1)]
    assert last_one.view(OrderId(order)).state is OrderState.CONFIRMED
    assert reservation(last_one, order).expires_at is None, "what is paid for has no end"
    assert last_one.shop.audit() == []


@pytest.mark.failure("F023")
def test_f023_once_it_has_run_out_another_has_the_unit_and_never_both(last_one: ShopKit) -> None:
    ((first, _),) = held(last_one)

    last_one.clock.tick(WINDOW)
    second = last_one.buy(by=last_one.guest)
    with pytest.raises(DomainError):
        last_one.member.handle(RetryPayment(OrderId(first)))

    assert (held(last_one), stock(last_one)) == ([(second, 1)], (1, 1))
    assert last_one.view(OrderId(first)).state is OrderState.CANCELLED
    assert last_one.shop.audit() == []


# F024 ----------------------------------------------------------------------------------------------------------------

EDITS: dict[str, Callable[[ShopKit, ProductId], Any]] = {
    "its tax": lambda _, product: ChangeTaxCategory(product, "books"),
    "how many one order may have": lambda _, product: LimitQuantity(product, 5),
    "its price": lambda kit, _: ChangePrice(kit.variants[0], a_price(7_00)),
    "its variants": lambda _, product: AddVariant(product, NewVariant("ANOTHER", a_price())),
    "that it is not on sale": lambda _, product: UnpublishProduct(product),
    "the rules of its stock": lambda kit, _: SetStockRules(kit.variants[0], kit.location, low=3),
}


@pytest.mark.failure("F024")
@pytest.mark.parametrize("what", EDITS)
def test_f024_who_changes_a_product_does_not_change_its_quantity(open_shop: OpenShop, what: str) -> None:
    kit = open_shop(products=1, stock=10)
    edit = EDITS[what](kit, ProductId(f"{kit.variants[0]}-product"))
    kit.ship(kit.buy(quantity=2))

    kit.staff.handle(edit)

    assert stock(kit) == (8, 0)
    assert [entry.quantity for entry in kit.staff.ask(ListMovements(kit.variants[0], kit.location))] == [10, -2]
    assert kit.shop.audit() == []


@pytest.mark.failure("F024")
def test_f024_no_message_about_a_product_carries_a_quantity_of_stock() -> None:
    commands = [message for message in catalog.ROOM.deciders if attrs.has(message)]
    named = {(message.__name__, field.name) for message in commands for field in attrs.fields(message)}

    assert {PublishProduct, ChangePrice} <= set(commands)
    assert not {each for each in named if each[1] in {"stock", "quantity", "on_hand", "available", "reserved"}}


@pytest.mark.failure("F024")
def test_f024_two_who_correct_the_books_at_once_both_count(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=10)
    corrections = [CorrectStock(kit.variants[0], kit.location, -1, "broken")] * 2
    kit.ship(kit.buy(quantity=2))

    for correction in corrections:
        kit.staff.handle(correction)

    assert stock(kit) == (6, 0)


@pytest.mark.failure("F024")
def test_f024_a_quantity_that_was_read_before_a_sale_cannot_be_saved_after_it(open_shop: OpenShop) -> None:
    kit = open_shop(products=1, stock=10)
    read = fetch(kit.persistence, StockItem, stock_item_id(kit.variants[0], kit.location))
    kit.ship(kit.buy(quantity=2))

    with pytest.raises(Conflict):
        keep(kit.persistence, read.correct(5, "as I saw it", NOON))

    assert stock(kit) == (8, 0)
