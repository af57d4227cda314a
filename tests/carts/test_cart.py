"""The life of a cart: what is put in it, what is chosen for it, and that it ends once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.carts import (
    Cart,
    CartAbandoned,
    CartChanged,
    CartClosed,
    CartCompleted,
    CartExpired,
    CartFull,
    CartItem,
    CartItemChanged,
    CartMerged,
    CartRevised,
    CartsPolicy,
    CartStarted,
    CartState,
    CartTookIn,
    ItemMovedToCart,
    ItemPutInCart,
    ItemRemovedFromCart,
    ItemSavedForLater,
    MergePolicy,
    NoSuchItem,
    TooManyCoupons,
)
from ecomcore.carts.cart import CART_LIFECYCLE
from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import CartId, DeliveryMethodId, OrderId, VariantId
from ecomcore.kernel.money import Currency
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import Personal
from ecomcore.quoting import MOST_CODES, MOST_LINES, CartLine, Destination, NotForSale, TooManyUnits
from ecomcore.quoting import Cart as WantedCart
from ecomcore.testing import NOON
from ecomcore.testing.carts import a_cart, an_item
from tests.support.refusals import refused

ID, OTHER, ORDER = CartId("cart"), CartId("other"), OrderId("order")
TEA, CUP = VariantId("tea"), VariantId("cup")
SOON = NOON + timedelta(hours=1)
MOST = 10
OFFERED = {TEA: MOST, CUP: None}
EMAIL = Personal("ada@example.org")

ENDS: dict[str, Callable[[Cart], Cart]] = {
    "complete": lambda cart: cart.complete(ORDER),
    "merge": lambda cart: cart.merge(OTHER),
    "expire": Cart.expire,
}
CHANGES: dict[str, Callable[[Cart], Cart]] = {
    "put": lambda cart: put(cart),
    "change_item": lambda cart: cart.change_item(1, 3, None, SOON, OFFERED),
    "remove": lambda cart: cart.remove(1, SOON),
    "save_for_later": lambda cart: cart.save_for_later(1, SOON),
    "move_to_cart": lambda cart: cart.move_to_cart(2, SOON, OFFERED),
    "enter_coupon": lambda cart: cart.enter_coupon("WELCOME", SOON),
    "remove_coupon": lambda cart: cart.remove_coupon("OLD", SOON),
    "choose_delivery": lambda cart: cart.choose_delivery(DeliveryMethodId("parcel"), SOON),
    "choose_destination": lambda cart: cart.choose_destination(Destination("DE"), SOON),
    "choose_payment": lambda cart: cart.choose_payment("card", SOON),
    "leave_email": lambda cart: cart.leave_email(EMAIL, SOON),
    "write_note": lambda cart: cart.write_note("ring twice", SOON),
    "take_in": lambda cart: cart.take_in(a_cart("other"), CartsPolicy(), OFFERED, SOON),
}
OVER = [state for state in CartState if state is not CartState.OPEN]


def put(cart: Cart, variant: VariantId = TEA, quantity: int = 1, note: str = "", most_items: int = MOST_LINES) -> Cart:
    return cart.put(variant, quantity, note, SOON, offered=OFFERED, most_items=most_items)


def a_full_cart(state: CartState = CartState.OPEN) -> Cart:
    """One item to be bought, one saved for later, a coupon; its owner has been reminded of it."""
    items = [an_item(), an_item(2, variant="cup", later=True)]
    return a_cart(state=state, items=items, coupons=("OLD",), reminded=True)


# Its ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "state", "to"), list(CART_LIFECYCLE.cells()))
def test_every_verb_in_every_state_does_what_the_table_says(verb: str, state: CartState, to: CartState | None) -> None:
    cart = a_cart(state=state)

    if to is None:
        with refused(IllegalTransition("cart", verb, state, (CartState.OPEN,))):
            ENDS[verb](cart)
    else:
        assert ENDS[verb](cart).state is to


def test_every_verb_of_the_table_is_a_method() -> None:
    assert set(ENDS) == set(CART_LIFECYCLE.verbs)


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize("change", CHANGES)
def test_a_cart_that_has_ended_takes_no_changes(change: str, state: CartState) -> None:
    with refused(CartClosed(ID, state)):
        CHANGES[change](a_full_cart(state))


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_touches_the_cart_and_its_owner_may_be_reminded_again(change: str) -> None:
    changed = CHANGES[change](a_full_cart())

    assert (changed.touched_at, changed.reminded) == (SOON, False)
    assert len(changed.news) == 1


def test_a_cart_that_became_an_order_becomes_it_once() -> None:
    cart = a_cart().complete(ORDER)

    again = cart.complete(ORDER)

    assert again is cart
    assert (cart.order, cart.news) == (ORDER, (CartCompleted(ID, ORDER),))
    with refused(IllegalTransition("cart", "complete", CartState.COMPLETED, (CartState.OPEN,))):
        cart.complete(OrderId("another"))


@pytest.mark.parametrize(
    ("end", "told"), [(Cart.expire, CartExpired(ID)), (lambda cart: cart.merge(OTHER), CartMerged(ID, OTHER))]
)
def test_a_cart_that_is_not_bought_forgets_the_address(end: Callable[[Cart], Cart], told: object) -> None:
    ended = end(a_cart(email=EMAIL))

    assert (ended.email, ended.news) == (None, (told,))


# What was seen --------------------------------------------------------------------------------------------------------


def test_a_cart_is_refused_to_whoever_saw_it_otherwise() -> None:
    cart = a_cart().having(version=3)

    assert cart.seen(None) is cart
    assert cart.seen(3) is cart
    for seen in (2, 4):
        with refused(CartChanged(ID, seen, 3)):
            cart.seen(seen)


@pytest.mark.parametrize("state", OVER)
def test_of_a_cart_that_has_ended_its_version_is_not_the_point(state: CartState) -> None:
    cart = a_cart(state=state).having(version=3)

    assert cart.seen(2) is cart


# Its items ------------------------------------------------------------------------------------------------------------


def test_a_new_cart_is_empty() -> None:
    cart = Cart.start(ID, "member:ada", Currency("EUR"), "web", NOON, draft=True)

    assert (cart.items, cart.state, cart.draft, cart.touched_at) == ((), CartState.OPEN, True, NOON)
    assert cart.news == (CartStarted(ID, "member:ada", Currency("EUR"), True),)


def test_the_same_variant_with_the_same_note_is_one_item() -> None:
    cart = put(put(put(a_cart(items=()), TEA, 2), CUP, 1), TEA, 3)

    assert cart.items == (CartItem(1, TEA, 5), CartItem(2, CUP, 1))
    assert cart.news[-1] == ItemPutInCart(ID, 1, TEA, 3)


def test_another_note_makes_another_item() -> None:
    cart = put(put(a_cart(items=()), TEA, 2, "for Bob"), TEA, 3, "for Eve")

    assert [(item.number, item.note, item.quantity) for item in cart.items] == [(1, "for Bob", 2), (2, "for Eve", 3)]


def test_what_is_put_in_leaves_alone_what_is_saved_for_later() -> None:
    cart = put(a_cart(items=[an_item(1, quantity=4, later=True)]), TEA, 2)

    assert cart.items == (CartItem(1, TEA, 4, later=True), CartItem(2, TEA, 2))


def test_a_number_is_never_given_twice() -> None:
    cart = put(put(a_cart(items=()), TEA), CUP)

    cart = put(cart.remove(2, NOON).remove(1, NOON), CUP)

    assert [item.number for item in cart.items] == [3]
    assert cart.news[-3:-1] == (ItemRemovedFromCart(ID, 2, CUP, 1), ItemRemovedFromCart(ID, 1, TEA, 1))


def test_what_is_not_for_sale_is_not_put_in() -> None:
    with refused(NotForSale(VariantId("gone"))):
        put(a_cart(), VariantId("gone"))


def test_limits_hold_for_a_variant_over_all_items_to_be_bought() -> None:
    cart = a_cart(
        items=[an_item(1, quantity=6), an_item(2, quantity=3, note="gift"), an_item(3, quantity=9, later=True)]
    )

    assert put(cart, TEA, 1).active[0].quantity == 7
    with refused(TooManyUnits(TEA, 10, 11)):
        put(cart, TEA, 2)
    with refused(TooManyUnits(TEA, 10, 11)):
        cart.change_item(2, 5, None, SOON, OFFERED)
    with refused(TooManyUnits(TEA, 10, 18)):
        cart.move_to_cart(3, SOON, OFFERED)


def test_fewer_units_are_never_too_many_even_if_less_is_offered_by_now() -> None:
    cart = a_cart(items=[an_item(quantity=50)])

    assert cart.change_item(1, 40, None, SOON, OFFERED).item(1).quantity == 40
    assert cart.change_item(1, 40, None, SOON, {}).item(1).quantity == 40
    with refused(TooManyUnits(TEA, 10, 51)):
        cart.change_item(1, 51, None, SOON, OFFERED)
    with refused(NotForSale(TEA)):
        cart.change_item(1, 51, None, SOON, {})


def test_no_item_has_more_units_than_there_can_be() -> None:
    cart = a_cart(items=[an_item(1, variant="cup", quantity=MAX_QUANTITY)])

    with refused(TooManyUnits(CUP, MAX_QUANTITY, MAX_QUANTITY + 1)):
        put(cart, CUP)
    with refused(TooManyUnits(CUP, MAX_QUANTITY, MAX_QUANTITY + 1)):
        put(cart, CUP, 1, "gift")


def test_a_cart_holds_so_many_items_and_no_more() -> None:
    cart = a_cart(items=[an_item(1), an_item(2, variant="cup", later=True)])

    assert put(cart, TEA, most_items=2).item(1).quantity == 2
    with refused(CartFull(ID, 2)):
        put(cart, CUP, most_items=2)


def test_an_item_gets_another_quantity_and_another_note() -> None:
    cart = a_cart(items=[an_item(quantity=2, note="red")])

    changed = cart.change_item(1, 5, "blue", SOON, OFFERED)

    assert changed.items == (CartItem(1, TEA, 5, "blue"),)
    assert changed.news == (CartItemChanged(ID, 1, TEA, 5),)
    assert cart.change_item(1, 2, None, SOON, OFFERED) is cart
    assert cart.change_item(1, None, "", SOON, OFFERED).item(1).note == ""


def test_an_item_that_gets_the_note_of_another_takes_it_up() -> None:
    cart = a_cart(items=[an_item(1, quantity=2), an_item(2, quantity=3, note="gift")])

    changed = cart.change_item(2, None, "", SOON, OFFERED)

    assert changed.items == (CartItem(2, TEA, 5),)
    assert changed.news == (CartItemChanged(ID, 2, TEA, 5),)


def test_an_item_is_saved_for_later_and_moved_back() -> None:
    cart = a_cart(items=[an_item(1, quantity=2), an_item(2, variant="cup")])

    saved = cart.save_for_later(1, NOON)
    back = saved.move_to_cart(1, SOON, OFFERED)

    assert ([item.number for item in saved.active], [item.number for item in saved.later]) == ([2], [1])
    assert saved.save_for_later(1, SOON) is saved
    assert back.items == cart.items
    assert back.move_to_cart(1, SOON, OFFERED) is back
    assert back.news == (ItemSavedForLater(ID, 1, TEA), ItemMovedToCart(ID, 1, TEA))


def test_what_is_no_longer_for_sale_stays_saved_for_later() -> None:
    with refused(NotForSale(TEA)):
        a_cart(items=[an_item(later=True)]).move_to_cart(1, SOON, {})


def test_an_item_moved_to_where_the_same_stands_becomes_one_with_it() -> None:
    items = [an_item(1, quantity=2), an_item(2, quantity=3, later=True)]

    assert a_cart(items=items).save_for_later(1, NOON).items == (CartItem(1, TEA, 5, later=True),)
    assert a_cart(items=items).move_to_cart(2, NOON, OFFERED).items == (CartItem(2, TEA, 5),)


def test_an_item_that_is_not_there_is_refused_by_its_number() -> None:
    cart = a_cart()
    changes: tuple[Callable[[], Cart], ...] = (
        lambda: cart.change_item(2, 1, None, NOON, OFFERED),
        lambda: cart.remove(2, NOON),
        lambda: cart.save_for_later(2, NOON),
        lambda: cart.move_to_cart(2, NOON, OFFERED),
    )

    for change in changes:
        with refused(NoSuchItem(ID, 2)):
            change()


Step = Callable[[Cart], Cart]


def putting(variant: VariantId, quantity: int, note: str) -> Step:
    return lambda cart: put(cart, variant, quantity, note)


def changing(number: int, quantity: int, note: str | None) -> Step:
    return lambda cart: cart.change_item(number, quantity, note, NOON, OFFERED)


def removing(number: int) -> Step:
    return lambda cart: cart.remove(number, NOON)


def saving(number: int) -> Step:
    return lambda cart: cart.save_for_later(number, NOON)


def moving(number: int) -> Step:
    return lambda cart: cart.move_to_cart(number, NOON, OFFERED)


NUMBERS = st.integers(1, 6)
A_STEP: st.SearchStrategy[Step] = st.one_of(
    st.builds(putting, st.sampled_from([TEA, CUP]), st.integers(1, 4), st.sampled_from(["", "gift"])),
    st.builds(changing, NUMBERS, st.integers(1, 12), st.sampled_from([None, "", "gift"])),
    st.builds(removing, NUMBERS),
    st.builds(saving, NUMBERS),
    st.builds(moving, NUMBERS),
)


@given(st.lists(A_STEP, max_size=30))
def test_whatever_is_done_numbers_are_unique_and_limits_hold(steps: list[Step]) -> None:
    cart, given_before = a_cart(items=()), set[int]()
    for step in steps:
        before = {item.number for item in cart.items}
        with suppress(NoSuchItem, TooManyUnits):
            cart = step(cart)
        numbers = {item.number for item in cart.items}

        assert len(numbers) == len(cart.items) == len({item.key for item in cart.items})
        assert not (numbers - before) & given_before, "a number came back"
        assert max(numbers, default=0) <= cart.last_item
        assert sum(item.quantity for item in cart.active if item.variant == TEA) <= MOST
        given_before |= numbers


# What is chosen for it ------------------------------------------------------------------------------------------------


def test_what_is_chosen_for_a_cart_is_kept_and_told_without_saying_what() -> None:
    choices = ("enter_coupon", "choose_delivery", "choose_destination", "choose_payment", "leave_email", "write_note")
    cart = a_cart()
    for choice in choices:
        cart = CHANGES[choice](cart)

    assert cart.coupons == ("WELCOME",)
    assert (cart.delivery, cart.destination, cart.payment) == ("parcel", Destination("DE"), "card")
    assert (cart.email, cart.note) == (EMAIL, "ring twice")
    assert cart.news == (CartRevised(ID),) * len(choices)
    for choice in choices:
        assert CHANGES[choice](cart) is cart, "chosen again, nothing changes"


def test_a_choice_is_taken_back() -> None:
    cart = a_cart(
        delivery="parcel", destination=Destination("DE"), payment="card", email=EMAIL, note="x", coupons=("C",)
    )

    cart = cart.choose_delivery(None, NOON).choose_destination(None, NOON).choose_payment(None, NOON)
    cart = cart.leave_email(None, NOON).write_note("", NOON).remove_coupon("C", NOON)

    assert cart.having(news=()) == a_cart()
    assert cart.remove_coupon("C", NOON) is cart


def test_a_cart_holds_so_many_codes_and_no_more() -> None:
    cart = a_cart(coupons=tuple(f"CODE-{n}" for n in range(MOST_CODES)))

    with refused(TooManyCoupons(ID, MOST_CODES)):
        cart.enter_coupon("ONE-MORE", NOON)
    assert cart.enter_coupon("CODE-3", NOON) is cart


def test_neither_codes_nor_addresses_show_when_a_cart_is_printed() -> None:
    shown = repr(a_cart(coupons=("SECRET-CODE",), email=EMAIL))

    assert "SECRET-CODE" not in shown
    assert "ada@" not in shown


def test_a_price_is_asked_for_what_is_to_be_bought() -> None:
    items = [an_item(1, quantity=2), an_item(2, note="gift"), an_item(3, variant="cup", later=True)]

    wanted = a_cart(
        items=items, coupons=("C",), delivery="parcel", destination=Destination("DE"), payment="card"
    ).wanted()

    lines = (CartLine(TEA, 2), CartLine(TEA, 1))
    assert wanted == WantedCart(Currency("EUR"), lines, ("C",), DeliveryMethodId("parcel"), Destination("DE"), "card")


# Reminding ------------------------------------------------------------------------------------------------------------


def test_an_abandoned_cart_is_told_of_once_until_it_is_touched() -> None:
    cart = a_cart(items=[an_item(1), an_item(2, variant="cup"), an_item(3, later=True)])

    reminded = cart.remind()

    assert reminded.news == (CartAbandoned(ID, "member:ada", 2, NOON),)
    assert reminded.remind() is reminded
    assert put(reminded).remind().news[-1] == CartAbandoned(ID, "member:ada", 2, SOON)


@pytest.mark.parametrize(
    "cart",
    [a_cart(items=()), a_cart(items=[an_item(later=True)]), a_cart(draft=True), *(a_cart(state=s) for s in OVER)],
    ids=["empty", "only for later", "a draft", *OVER],
)
def test_nobody_is_reminded_of_what_they_do_not_mean_to_buy(cart: Cart) -> None:
    assert cart.remind() is cart


# Taking in another ----------------------------------------------------------------------------------------------------


def test_a_cart_takes_in_what_another_holds() -> None:
    own = a_cart(items=[an_item(4, quantity=2)], coupons=("A", "B"), payment="card")
    other = a_cart(
        "other",
        items=[an_item(1, quantity=3), an_item(2, variant="cup")],
        coupons=("B", "C"),
        delivery="parcel",
        destination=Destination("DE"),
        payment="cash",
        email=EMAIL,
        note="hello",
    )

    both = own.take_in(other, CartsPolicy(), OFFERED, SOON)

    assert both.items == (CartItem(4, TEA, 5), CartItem(5, CUP, 1))
    assert both.last_item == 5
    assert both.coupons == ("A", "B", "C")
    assert (both.payment, both.delivery, both.email, both.note) == ("card", "parcel", EMAIL, "hello")
    assert both.news == (CartTookIn(ID, OTHER),)


def test_a_cart_that_would_hold_too_many_items_takes_in_none() -> None:
    other = a_cart("other", items=[an_item(variant="cup")])

    with refused(CartFull(ID, 1)):
        a_cart().take_in(other, CartsPolicy(most_items=1), OFFERED, SOON)


def test_no_more_codes_are_taken_in_than_a_cart_holds() -> None:
    own = a_cart(coupons=tuple(f"CODE-{n}" for n in range(MOST_CODES)))

    assert own.take_in(a_cart("other", coupons=("MORE",)), CartsPolicy(), OFFERED, SOON).coupons == own.coupons


# The policy -----------------------------------------------------------------------------------------------------------


def test_a_shop_that_says_nothing_adds_up_and_waits_a_day_and_a_month() -> None:
    policy = CartsPolicy()

    assert (policy.merge, policy.most_items) == (MergePolicy.ADD_UP, MOST_LINES)
    assert (policy.abandoned_after, policy.expires_after) == (timedelta(days=1), timedelta(days=30))


@pytest.mark.parametrize("bad", [0, -1, MOST_LINES + 1, True, 1.5, None, "9"])
def test_a_number_of_items_that_cannot_be_is_refused_by_its_name(bad: object) -> None:
    with pytest.raises(Invalid) as refusal:
        CartsPolicy(most_items=bad)  # type: ignore[arg-type]

    assert refusal.value.field == "most_items"
