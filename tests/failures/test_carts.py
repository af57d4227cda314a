"""Carts on every store: nobody writes to another's, nobody overwrites what they have not seen, nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from attrs import evolve

from ecomcore.carts import (
    ROOM,
    CartChanged,
    CartState,
    ChangeCartItem,
    ChooseDelivery,
    ChooseDestination,
    ChoosePayment,
    EnterCoupon,
    GetCart,
    LeaveEmail,
    ListCarts,
    MergeCarts,
    MoveToCart,
    NoteOnCart,
    PutInCart,
    RemindOfCarts,
    RemoveCoupon,
    RemoveFromCart,
    SaveForLater,
    StartCart,
)
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import CartId, DeliveryMethodId, MemberId
from ecomcore.kernel.messages import Actor, Anonymous, Guest, Member, Query
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.quoting import Destination
from ecomcore.testing import ShopKit, a_shop, at_once, keep
from ecomcore.testing.carts import a_cart, an_item
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.conftest import Gather, OpenShop
from tests.support.refusals import refused

EUR = Currency("EUR")
OF_THE_GUEST = "a-token-of-a-guest"
STRANGERS: dict[str, Actor] = {
    "anonymous": Anonymous(),
    "another guest": Guest("a-token-of-another"),
    "another member": Member(MemberId("bob")),
}
MESSAGES: dict[str, Callable[[ShopKit, CartId], Any]] = {
    "put": lambda kit, cart: PutInCart(cart, kit.variants[0]),
    "change": lambda kit, cart: ChangeCartItem(cart, 1, 5),
    "change what is not there": lambda kit, cart: ChangeCartItem(cart, 99, 5),
    "remove": lambda kit, cart: RemoveFromCart(cart, 1),
    "save": lambda kit, cart: SaveForLater(cart, 1),
    "move": lambda kit, cart: MoveToCart(cart, 1),
    "enter a coupon": lambda kit, cart: EnterCoupon(cart, "WELCOME"),
    "remove a coupon": lambda kit, cart: RemoveCoupon(cart, "WELCOME"),
    "delivery": lambda kit, cart: ChooseDelivery(cart, DeliveryMethodId("parcel")),
    "destination": lambda kit, cart: ChooseDestination(cart, Destination("DE")),
    "payment": lambda kit, cart: ChoosePayment(cart, "card"),
    "e-mail": lambda kit, cart: LeaveEmail(cart, Personal("mallory@example.org")),
    "note": lambda kit, cart: NoteOnCart(cart, "mine now"),
    "another version": lambda kit, cart: NoteOnCart(cart, "mine now", 99),
    "merge": lambda kit, cart: MergeCarts(OF_THE_GUEST, cart),
    "look": lambda kit, cart: GetCart(cart),
}


def send(kit: ShopKit, message: Any, by: Actor) -> Any:
    return kit.shop.ask(message, by=by) if isinstance(message, Query) else kit.shop.handle(message, by=by)


def whole(kit: ShopKit, cart: CartId) -> Any:
    """The cart as it is, whoever it belongs to."""
    return kit.system.ask(GetCart(cart))


@pytest.mark.failure("F097")
def test_f097_no_message_that_an_owner_may_send_is_missing_here() -> None:
    kit = a_shop(products=1)
    addressed = {type(message(kit, CartId("cart"))) for message in MESSAGES.values()}

    assert addressed == set(ROOM.guards) - {StartCart, ListCarts}


@pytest.mark.failure("F097")
def test_f097_a_cart_of_another_a_draft_and_none_are_refused_alike_and_nothing_is_written(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    carts = {
        "a member's": kit.member.handle(StartCart(EUR)),
        "a guest's": kit.guest.handle(StartCart(EUR)),
        "a draft for the stranger": kit.staff.handle(StartCart(EUR, MemberId("bob"), draft=True)),
    }
    for cart in carts.values():
        kit.system.handle(PutInCart(cart, kit.variants[0]))
    before = {cart: whole(kit, cart) for cart in carts.values()}

    for who, stranger in STRANGERS.items():
        for what, message in MESSAGES.items():
            if what == "merge" and who != "another member":
                continue  # nobody but members merges at all
            with pytest.raises(NotFound) as of_none:
                send(kit, message(kit, CartId("none-such")), stranger)
            for whose, cart in carts.items():
                with pytest.raises(NotFound) as of_another:
                    send(kit, message(kit, cart), stranger)

                assert str(of_another.value).replace(cart, "*") == str(of_none.value).replace("none-such", "*"), (
                    who,
                    what,
                    whose,
                )

    assert {cart: whole(kit, cart) for cart in carts.values()} == before
    assert kit.shop.ask(ListCarts(), by=STRANGERS["another member"]) == ()
    assert kit.shop.audit() == []


@pytest.mark.failure("F097")
def test_f097_a_members_own_draft_is_not_theirs_yet(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    draft = kit.staff.handle(StartCart(EUR, MemberId("ada"), draft=True))
    kit.staff.handle(PutInCart(draft, kit.variants[0]))

    for message in MESSAGES.values():
        with refused(NotFound("Cart", draft)):
            send(kit, message(kit, draft), kit.member.by)

    assert whole(kit, draft).version == 2


@pytest.mark.failure("F050")
def test_f050_whoever_has_not_seen_the_last_change_overwrites_nothing(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0], 2))
    seen = whole(kit, cart).version
    kit.member.handle(ChangeCartItem(cart, 1, 7, version=seen))

    for what, message in MESSAGES.items():
        if what not in ("look", "merge"):
            with refused(CartChanged(cart, seen, seen + 1)):
                send(kit, evolve(message(kit, cart), version=seen), kit.member.by)

    assert [item.quantity for item in whole(kit, cart).items] == [7]
    assert whole(kit, cart).version == seen + 1


@pytest.mark.failure("F050")
def test_f050_of_many_who_saw_the_same_cart_one_changes_it(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    cart = kit.member.handle(StartCart(EUR))

    outcomes = crowd.send(
        [(kit.member.by, PutInCart(cart, kit.variants[0], 1, f"from tab {tab}", 1)) for tab in range(8)]
    )

    assert (outcomes.count(1), outcomes.count(CartChanged)) == (1, 7)
    assert len(whole(kit, cart).items) == 1


def test_of_many_who_put_the_same_thing_in_none_is_lost(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    cart = kit.member.handle(StartCart(EUR))

    outcomes = crowd.send([(kit.member.by, PutInCart(cart, kit.variants[0], 2))] * 8)

    put = 2 * outcomes.count(1)
    assert [item.quantity for item in whole(kit, cart).items] == [put]
    assert put >= 8, "the shop tries again where two were faster than each other"


def test_a_guest_who_signs_in_on_two_devices_at_once_brings_everything_once(gather: Gather) -> None:
    crowd = gather(products=2)
    kit = crowd.kit
    guests = [kit.guest.handle(StartCart(EUR)) for _ in range(2)]
    for cart in guests:
        kit.guest.handle(PutInCart(cart, kit.variants[0], 3))
    mine = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(mine, kit.variants[0], 1))

    outcomes = crowd.send([(kit.member.by, MergeCarts(OF_THE_GUEST))] * 4)

    assert sorted(outcomes) == [(), (), (), (mine,)]
    assert [item.quantity for item in whole(kit, mine).items] == [7]
    assert {whole(kit, cart).state for cart in guests} == {CartState.MERGED}
    assert kit.shop.audit() == []


def test_two_members_who_sign_in_with_one_token_do_not_both_get_the_cart(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    kit.guest.handle(PutInCart(kit.guest.handle(StartCart(EUR)), kit.variants[0], 3))

    outcomes = crowd.send([(Member(MemberId(f"member-{n}")), MergeCarts(OF_THE_GUEST)) for n in range(4)])

    found = [cart for outcome in outcomes for cart in outcome]
    assert len(found) == 1
    assert [item.quantity for item in whole(kit, found[0]).items] == [3]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def store(request: pytest.FixtureRequest) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(request.getfixturevalue(request.param))
    erase_everything(persistence)
    yield persistence
    persistence.close()


@pytest.mark.failure("F116")
def test_f116_a_cart_is_shown_and_filled_with_as_many_statements_whatever_it_holds(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1_000)
    member = kit.member

    ran = []
    for number, held in enumerate((1, 1, 100, 1_000)):
        items = [an_item(n, variant=variant) for n, variant in enumerate(kit.variants[:held], 1)]
        cart = CartId(f"cart-{number}")
        keep(store, a_cart(cart, items=items))
        ran.append(
            [
                _statements(store, partial(member.ask, GetCart(cart))),
                _statements(store, partial(member.handle, PutInCart(cart, kit.variants[0]))),
            ]
        )

    assert ran[1] == ran[2] == ran[3]
    assert max(ran[1]) <= 12


def _statements(store: SqlPersistence, call: Callable[[], object]) -> int:
    before = store.statements
    call()
    return store.statements - before


def test_a_reminder_told_by_two_workers_at_once_is_told_once(open_shop: OpenShop) -> None:
    kit = open_shop(products=1)
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0]))
    kit.clock.tick(timedelta(days=1))

    outcomes = at_once([partial(kit.system.handle, RemindOfCarts())] * 4)

    assert sorted(outcome.value for outcome in outcomes) == [0, 0, 0, 1]
