"""Carts as they are asked from outside: whose they are, what they cost, what signing in does, and what time does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore import assemble
from ecomcore.carts import (
    Cart,
    CartAbandoned,
    CartChanged,
    CartClosed,
    CartFull,
    CartItem,
    CartProblem,
    CartsPolicy,
    CartState,
    CartSummary,
    CartView,
    ChangeCartItem,
    ChooseDelivery,
    ChooseDestination,
    ChoosePayment,
    CompleteCart,
    EnterCoupon,
    ExpireCarts,
    GetCart,
    Goods,
    LeaveEmail,
    ListCarts,
    MergeCarts,
    MergePolicy,
    MoveToCart,
    NoteOnCart,
    PutInCart,
    RemindOfCarts,
    RemoveCoupon,
    RemoveFromCart,
    SaveForLater,
    StartCart,
)
from ecomcore.carts.usecases import expire_carts, merge_carts, remind_of_carts
from ecomcore.catalog import LimitQuantity, PublishProduct, UnpublishProduct
from ecomcore.choices import Subscriber
from ecomcore.kernel.errors import (
    AlreadyExists,
    IllegalTransition,
    Invalid,
    NotFound,
    PermissionDenied,
    PortUnavailable,
)
from ecomcore.kernel.ids import CartId, DeliveryMethodId, MemberId, OrderId, ProductId, VariantId
from ecomcore.kernel.messages import Anonymous, Envelope, Guest, Member, Staff
from ecomcore.kernel.money import Currency
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import UnitOfWork
from ecomcore.ordering import Pricing, Quote, Shopper
from ecomcore.quoting import CartLine, Destination, NotForSale, TooManyUnits
from ecomcore.testing import NOON, FixedClock, ShopKit, a_shop, euros
from ecomcore.testing.carts import a_cart, an_item
from ecomcore.testing.work import keep, reading
from tests.support.refusals import refused

EUR, USD = Currency("EUR"), Currency("USD")
SIGN = "a-token-of-a-guest"
ADA = MemberId("ada")
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
TICK = timedelta(microseconds=1)


@pytest.fixture
def kit() -> ShopKit:
    return a_shop()


def with_policy(kit: ShopKit, **choices: Any) -> ShopKit:
    """The same shop with other choices about carts."""
    policy = CartsPolicy(**choices)
    shop = assemble(kit.persistence, gateway=kit.gateway, clock=kit.clock, ids=kit.ids, carts_policy=policy)
    return evolve(kit, shop=shop)


def view(kit: ShopKit, cart: CartId) -> CartView:
    return kit.system.ask(GetCart(cart))


def held(kit: ShopKit, cart: CartId) -> dict[str, int]:
    """The units of each variant to be bought, by what comes after the last dash of its id."""
    return {item.variant.rpartition("-")[2]: item.quantity for item in view(kit, cart).items}


def product(variant: VariantId) -> ProductId:
    return ProductId(f"{variant}-product")


# A cart and its price -------------------------------------------------------------------------------------------------


def test_what_is_put_in_a_cart_is_shown_with_its_price(kit: ShopKit) -> None:
    tea, cup, _ = kit.variants
    cart = kit.member.handle(StartCart(EUR))

    numbers = [
        kit.member.handle(PutInCart(cart, tea, 2)),
        kit.member.handle(PutInCart(cart, cup, 1, "for Bob")),
        kit.member.handle(PutInCart(cart, tea, 3)),
    ]

    seen = kit.member.ask(GetCart(cart))
    assert numbers == [1, 2, 1]
    assert seen.items == (CartItem(1, tea, 5), CartItem(2, cup, 1, "for Bob"))
    assert seen.quote is not None
    assert (seen.quote.total, seen.problem) == (euros(60_00), None)
    assert [(line.variant, line.quantity) for line in seen.quote.lines] == [(tea, 5), (cup, 1)]
    assert (seen.owner, seen.state, seen.draft, seen.version) == ("member:ada", CartState.OPEN, False, 4)


def test_everything_chosen_for_a_cart_is_shown_and_priced(kit: ShopKit) -> None:
    cart = kit.guest.handle(StartCart(EUR, id=CartId("mine")))
    for command in (
        PutInCart(cart, kit.variants[0]),
        EnterCoupon(cart, "NONE-SUCH"),
        EnterCoupon(cart, "OLD"),
        RemoveCoupon(cart, "OLD"),
        ChooseDestination(cart, Destination("DE", "Berlin", "10115")),
        ChoosePayment(cart, "card"),
        LeaveEmail(cart, Personal("guest@example.org")),
        NoteOnCart(cart, "ring twice\nplease"),
    ):
        kit.guest.handle(command)

    seen = kit.guest.ask(GetCart(cart))

    assert (seen.id, seen.coupons, seen.destination) == ("mine", ("NONE-SUCH",), Destination("DE", "Berlin", "10115"))
    assert (seen.payment, seen.email, seen.note) == ("card", Personal("guest@example.org"), "ring twice\nplease")
    assert seen.quote is not None
    assert seen.quote.total == euros(10_00)


def test_an_empty_cart_costs_nothing(kit: ShopKit) -> None:
    seen = kit.member.ask(GetCart(kit.member.handle(StartCart(EUR))))

    assert seen.quote is not None
    assert seen.quote.total == euros(0)


def test_a_cart_is_shown_even_when_it_has_no_price(kit: ShopKit) -> None:
    tea, cup, _ = kit.variants
    cart = kit.member.handle(StartCart(EUR))
    for variant in (tea, cup):
        kit.member.handle(PutInCart(cart, variant))
    kit.staff.handle(UnpublishProduct(product(cup)))

    seen = kit.member.ask(GetCart(cart))
    assert (seen.quote, seen.problem) == (None, CartProblem("NotForSale", f"{cup} is not for sale", cup))
    assert len(seen.items) == 2

    kit.staff.handle(PublishProduct(product(cup)))
    assert kit.member.ask(GetCart(cart)).quote is not None


def test_a_currency_or_a_delivery_without_a_price_is_a_problem_and_no_refusal(kit: ShopKit) -> None:
    dollars, parcel = kit.member.handle(StartCart(USD)), kit.member.handle(StartCart(EUR))
    for cart in (dollars, parcel):
        kit.member.handle(PutInCart(cart, kit.variants[0]))
    kit.member.handle(ChooseDelivery(parcel, DeliveryMethodId("none-such")))

    problems = [kit.member.ask(GetCart(cart)).problem for cart in (dollars, parcel)]

    assert [problem.name for problem in problems if problem] == ["PriceMissing", "NotDelivered"]


def test_a_cart_is_shown_when_somebody_outside_who_prices_it_does_not_answer(kit: ShopKit) -> None:
    class Down(Pricing):
        def quote(self, cart: Any, shopper: Shopper, at: Any, *, placing: bool = False) -> Quote:
            raise PortUnavailable("prices")

        def shown(self, *_: Any) -> Any:
            raise PortUnavailable("prices")

    cart = kit.member.handle(StartCart(EUR))
    shop = assemble(kit.persistence, clock=kit.clock, pricing=Down())

    seen = shop.ask(GetCart(cart), by=Member(ADA))

    assert seen.problem == CartProblem("PortUnavailable", "Something outside did not answer: prices")


def test_a_guest_is_priced_by_the_address_they_left_and_a_member_by_name(kit: ShopKit) -> None:
    asked: list[Shopper] = []

    class Listening(Pricing):
        def quote(self, cart: Any, shopper: Shopper, at: Any, *, placing: bool = False) -> Any:
            asked.append(shopper)
            raise PortUnavailable("prices")

        def shown(self, *_: Any) -> Any:
            return {}

    shop = assemble(kit.persistence, clock=kit.clock, pricing=Listening())
    for actor in (Guest(SIGN), Member(ADA)):
        cart = shop.handle(StartCart(EUR), by=actor, channel="app")
        shop.handle(LeaveEmail(cart, Personal(" Ada@Example.org")), by=actor)
        shop.ask(GetCart(cart), by=actor)

    guest, member = asked
    assert (guest.owner, member.owner) == (Guest(SIGN).owner, "member:ada")
    assert (guest.contact is not None, member.contact) == (True, None)
    assert guest.channel == member.channel == "app", "the channel in which the cart was started"


def test_reading_a_cart_changes_nothing(kit: ShopKit) -> None:
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0]))
    kit.clock.tick(timedelta(hours=5))

    before, after = kit.member.ask(GetCart(cart)), kit.member.ask(GetCart(cart))

    assert before == after
    assert (after.version, after.touched_at) == (2, NOON)


# Changing it ----------------------------------------------------------------------------------------------------------


def test_items_are_changed_saved_moved_and_removed(kit: ShopKit) -> None:
    tea, cup, _ = kit.variants
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, tea, 2))
    kit.member.handle(PutInCart(cart, cup))

    kit.member.handle(ChangeCartItem(cart, 1, 4, "\u05e9\u05dc\u05d5\u05dd \U0001f381\ne\u0301"))
    kit.member.handle(SaveForLater(cart, 2))
    seen = kit.member.ask(GetCart(cart))
    assert seen.items == (CartItem(1, tea, 4, "\u05e9\u05dc\u05d5\u05dd \U0001f381\ne\u0301"),)
    assert seen.later == (CartItem(2, cup, 1, later=True),)
    assert seen.quote is not None
    assert seen.quote.total == euros(40_00)

    kit.member.handle(MoveToCart(cart, 2))
    kit.member.handle(RemoveFromCart(cart, 1))
    assert kit.member.ask(GetCart(cart)).items == (CartItem(2, cup, 1),)


def test_a_change_that_names_nothing_changes_nothing(kit: ShopKit) -> None:
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0]))

    kit.member.handle(ChangeCartItem(cart, 1))

    assert view(kit, cart).version == 2


def test_the_limit_of_a_product_holds_while_the_cart_is_filled(kit: ShopKit) -> None:
    tea = kit.variants[0]
    kit.staff.handle(LimitQuantity(product(tea), 3))
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, tea, 2, "gift"))

    with refused(TooManyUnits(tea, 3, 4)):
        kit.member.handle(PutInCart(cart, tea, 2))
    kit.member.handle(PutInCart(cart, tea, 1))
    with refused(TooManyUnits(tea, 3, 4)):
        kit.member.handle(ChangeCartItem(cart, 1, 3))

    assert sum(item.quantity for item in view(kit, cart).items) == 3


def test_what_is_not_for_sale_is_neither_put_in_nor_moved_back(kit: ShopKit) -> None:
    tea = kit.variants[0]
    cart = kit.member.handle(StartCart(EUR))
    item = kit.member.handle(PutInCart(cart, tea))
    kit.member.handle(SaveForLater(cart, item))
    kit.staff.handle(UnpublishProduct(product(tea)))

    for command in (PutInCart(cart, tea), MoveToCart(cart, item), PutInCart(cart, VariantId("none-such"))):
        with pytest.raises(NotForSale):
            kit.member.handle(command)


def test_a_shop_may_have_small_carts(kit: ShopKit) -> None:
    small = with_policy(kit, most_items=2)
    cart = small.member.handle(StartCart(EUR))
    small.member.handle(PutInCart(cart, kit.variants[0]))
    small.member.handle(SaveForLater(cart, small.member.handle(PutInCart(cart, kit.variants[1]))))

    with refused(CartFull(cart, 2)):
        small.member.handle(PutInCart(cart, kit.variants[2]))


def test_two_carts_have_two_ids(kit: ShopKit) -> None:
    kit.member.handle(StartCart(EUR, id=CartId("mine")))

    with refused(AlreadyExists("cart", "id", "mine")):
        kit.guest.handle(StartCart(EUR, id=CartId("mine")))


# Whose it is ----------------------------------------------------------------------------------------------------------


def test_only_staff_start_carts_for_another_and_drafts(kit: ShopKit) -> None:
    with pytest.raises(PermissionDenied):
        kit.member.handle(StartCart(EUR, MemberId("bob")))
    with pytest.raises(PermissionDenied):
        kit.member.handle(StartCart(EUR, draft=True))
    with pytest.raises(PermissionDenied):
        kit.shop.handle(StartCart(EUR), by=Anonymous())
    with pytest.raises(Invalid) as refusal:
        kit.staff.handle(StartCart(EUR))
    assert refusal.value.field == "member"

    for_ada = kit.staff.handle(StartCart(EUR, ADA))
    assert kit.member.ask(GetCart(for_ada)).owner == "member:ada"


def test_a_draft_is_made_and_seen_by_staff_only(kit: ShopKit) -> None:
    draft = kit.staff.handle(StartCart(EUR, ADA, draft=True))
    kit.staff.handle(PutInCart(draft, kit.variants[0]))
    own = kit.member.handle(StartCart(EUR))

    assert view(kit, draft).draft
    assert [cart.id for cart in kit.staff.ask(ListCarts(ADA))] == [own, draft]
    assert [cart.id for cart in kit.member.ask(ListCarts())] == [own]
    with refused(NotFound("Cart", draft)):
        kit.member.ask(GetCart(draft))
    with refused(NotFound("Cart", draft)):
        kit.member.handle(PutInCart(draft, kit.variants[0]))


def test_carts_are_listed_latest_first_and_paged(kit: ShopKit) -> None:
    first, second, third = (kit.member.handle(StartCart(EUR)) for _ in range(3))
    kit.member.handle(PutInCart(second, kit.variants[0], 3))
    kit.member.handle(SaveForLater(second, kit.member.handle(PutInCart(second, kit.variants[1]))))

    page = kit.member.ask(ListCarts(limit=2))

    assert [cart.id for cart in page] == [third, second]
    assert page[1] == CartSummary(
        id=second,
        version=4,
        owner="member:ada",
        draft=False,
        state=CartState.OPEN,
        currency=EUR,
        channel="default",
        items=1,
        units=3,
        later=1,
        order=None,
        touched_at=NOON,
    )
    assert [cart.id for cart in kit.member.ask(ListCarts(before=second))] == [first]


def test_nobody_lists_the_carts_of_another(kit: ShopKit) -> None:
    with pytest.raises(PermissionDenied):
        kit.member.ask(ListCarts(MemberId("bob")))
    with pytest.raises(Invalid) as refusal:
        kit.staff.ask(ListCarts())

    assert refusal.value.field == "member"
    assert kit.guest.ask(ListCarts()) == ()


@pytest.mark.parametrize("token", ["", " ", "short", "x" * 257, "\u00e9" * 20])
def test_without_a_proper_token_nobody_has_a_cart_as_a_guest(token: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Guest(token)

    assert refusal.value.field == "token"


class Meanwhile:
    """A store in which carts were touched, or have ended, between being found and being locked."""

    def __init__(self, found: Cart, locked: Cart) -> None:
        self._found, self._locked = found, locked
        self.saved: list[Cart] = []

    def silent(self, since: Any, limit: int) -> list[Cart]:
        return [self._found]

    waiting = silent

    def many(self, ids: Any, *, lock: bool) -> dict[str, Cart]:
        assert lock
        return {self._locked.id: self._locked}

    def save(self, *carts: Cart) -> None:
        self.saved.extend(carts)


# Signing in -----------------------------------------------------------------------------------------------------------


def test_a_guest_who_signs_in_finds_their_things_in_the_members_cart(kit: ShopKit) -> None:
    tea, cup, pot = kit.variants
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    for cart, desk, variants in ((guests, kit.guest, (tea, cup)), (members, kit.member, (tea, pot))):
        for variant in variants:
            desk.handle(PutInCart(cart, variant, 2))
    kit.guest.handle(LeaveEmail(guests, Personal("ada@example.org")))

    merged = kit.member.handle(MergeCarts(SIGN))

    assert merged == (members,)
    assert held(kit, members) == {"v1": 4, "v2": 2, "v3": 2}
    assert (view(kit, guests).state, view(kit, guests).email) == (CartState.MERGED, None)
    assert view(kit, members).email == Personal("ada@example.org")
    with refused(CartClosed(guests, CartState.MERGED)):
        kit.guest.handle(PutInCart(guests, tea))


def test_signing_in_twice_brings_everything_once(kit: ShopKit) -> None:
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(guests, kit.variants[0], 2))

    assert kit.member.handle(MergeCarts(SIGN)) == (members,)
    assert kit.member.handle(MergeCarts(SIGN)) == ()
    assert kit.member.handle(MergeCarts(SIGN, members)) == ()

    assert held(kit, members) == {"v1": 2}


@pytest.mark.parametrize(
    ("policy", "units"),
    [(MergePolicy.ADD_UP, 5), (MergePolicy.LARGER, 3), (MergePolicy.MEMBERS, 2), (MergePolicy.GUESTS, 3)],
)
def test_the_shop_chooses_how_carts_become_one(kit: ShopKit, policy: MergePolicy, units: int) -> None:
    kit = with_policy(kit, merge=policy)
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(guests, kit.variants[0], 3))
    kit.member.handle(PutInCart(members, kit.variants[0], 2))

    kit.member.handle(MergeCarts(SIGN))

    assert held(kit, members) == {"v1": units}


def test_signing_in_respects_the_limit_of_a_product(kit: ShopKit) -> None:
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(guests, kit.variants[0], 3))
    kit.guest.handle(PutInCart(guests, kit.variants[0], 3, "gift"))
    kit.member.handle(PutInCart(members, kit.variants[0], 2))
    kit.staff.handle(LimitQuantity(product(kit.variants[0]), 4))

    kit.member.handle(MergeCarts(SIGN))

    assert held(kit, members) == {"v1": 4}
    assert view(kit, members).later == (CartItem(2, kit.variants[0], 3, "gift", later=True),)


def test_a_member_without_a_cart_gets_one_and_each_currency_its_own(kit: ShopKit) -> None:
    euro, dollar, second = (kit.guest.handle(StartCart(code)) for code in (EUR, USD, EUR))
    mine = kit.member.handle(StartCart(USD))
    for cart in (euro, dollar, second):
        kit.guest.handle(PutInCart(cart, kit.variants[0], 2))

    merged = kit.member.handle(MergeCarts(SIGN))

    new = next(cart for cart in merged if cart != mine)
    assert set(merged) == {mine, new}
    assert (held(kit, new), view(kit, new).currency, view(kit, new).owner) == ({"v1": 4}, EUR, "member:ada")
    assert held(kit, mine) == {"v1": 2}
    assert {view(kit, cart).state for cart in (euro, dollar, second)} == {CartState.MERGED}


def test_into_a_cart_that_is_named_only_its_currency_comes(kit: ShopKit) -> None:
    older, latest = kit.member.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    euro, dollar = kit.guest.handle(StartCart(EUR)), kit.guest.handle(StartCart(USD))
    for cart in (euro, dollar):
        kit.guest.handle(PutInCart(cart, kit.variants[0]))

    assert kit.member.handle(MergeCarts(SIGN, older)) == (older,)

    assert (held(kit, older), held(kit, latest)) == ({"v1": 1}, {})
    assert (view(kit, euro).state, view(kit, dollar).state) == (CartState.MERGED, CartState.OPEN)


def test_into_a_cart_that_has_ended_nothing_comes(kit: ShopKit) -> None:
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.system.handle(CompleteCart(members, OrderId("order")))

    with refused(CartClosed(members, CartState.COMPLETED)):
        kit.member.handle(MergeCarts(SIGN, members))

    assert view(kit, guests).state is CartState.OPEN


def test_a_cart_that_is_full_takes_nothing_and_the_guests_cart_stays(kit: ShopKit) -> None:
    small = with_policy(kit, most_items=1)
    guests, members = small.guest.handle(StartCart(EUR)), small.member.handle(StartCart(EUR))
    small.guest.handle(PutInCart(guests, kit.variants[0]))
    small.member.handle(PutInCart(members, kit.variants[1]))

    with refused(CartFull(members, 1)):
        small.member.handle(MergeCarts(SIGN))

    assert (held(kit, guests), view(kit, guests).state) == ({"v1": 1}, CartState.OPEN)


@pytest.mark.parametrize(
    "token", ["", " ", "wrong", "another-token-of-a-guest", "x" * 500, "\u00e9" * 20, "\U0001f511"]
)
def test_a_wrong_token_finds_as_little_as_a_guest_without_a_cart(kit: ShopKit, token: str) -> None:
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(guests, kit.variants[0]))

    assert kit.member.handle(MergeCarts(token)) == ()
    assert kit.member.handle(MergeCarts(token, members)) == ()

    assert (held(kit, guests), held(kit, members)) == ({"v1": 1}, {})
    assert view(kit, members).version == 1


def test_the_token_of_a_guest_shows_nowhere() -> None:
    assert SIGN not in repr(MergeCarts(SIGN))
    with pytest.raises(Invalid) as refusal:
        MergeCarts(f"{SIGN}\0")
    assert SIGN not in str(refusal.value) + repr(refusal.value)


def test_only_a_member_signs_in_and_staff_for_a_cart_they_name(kit: ShopKit) -> None:
    guests, members = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(guests, kit.variants[0]))

    for actor in (Anonymous(), Guest(SIGN), Staff("sam", {"carts.edit"})):
        with pytest.raises(PermissionDenied):
            kit.shop.handle(MergeCarts(SIGN, members), by=actor)
    with pytest.raises(Invalid) as refusal:
        kit.staff.handle(MergeCarts(SIGN))
    assert refusal.value.field == "into"

    assert kit.staff.handle(MergeCarts(SIGN, guests)) == (), "not into itself"
    assert kit.staff.handle(MergeCarts(SIGN, members)) == (members,)


def test_a_member_whose_cart_is_ordered_while_they_sign_in_gets_another(kit: ShopKit) -> None:
    guests, ordered = a_cart("guests", owner=Guest(SIGN).owner), a_cart("mine", state=CartState.COMPLETED)

    class Carts(Meanwhile):
        def open_of(self, owner: str, currency: Any, limit: int) -> list[Cart]:
            return [guests if owner == guests.owner else a_cart("mine")]

        def many(self, ids: Any, *, lock: bool) -> dict[str, Cart]:
            return {"guests": guests, "mine": ordered}

    class AnyGoods(Goods):
        def offered(self, variants: Any, channel: str, at: Any) -> Any:
            return dict.fromkeys(variants)

    carts: Any = Carts(guests, guests)
    (new,) = merge_carts(
        MergeCarts(SIGN), carts, AnyGoods(), CartsPolicy(), kit.clock, kit.ids, Envelope(actor=Member(ADA))
    )

    saved = {cart.id: cart for cart in carts.saved}
    assert new not in ("guests", "mine")
    assert set(saved) == {"guests", new}
    assert (saved[new].owner, saved[new].active, saved[new].is_open) == ("member:ada", guests.active, True)


# What time does -------------------------------------------------------------------------------------------------------


def test_a_cart_that_nobody_touches_ends_at_the_very_moment(kit: ShopKit) -> None:
    cart = kit.guest.handle(StartCart(EUR))
    kit.guest.handle(LeaveEmail(cart, Personal("guest@example.org")))

    kit.clock.tick(MONTH - TICK)
    assert kit.system.handle(ExpireCarts()) == 0
    kit.clock.tick(TICK)
    assert kit.system.handle(ExpireCarts()) == 1

    assert (view(kit, cart).state, view(kit, cart).email, view(kit, cart).quote) == (CartState.EXPIRED, None, None)
    assert kit.system.handle(ExpireCarts()) == 0
    with refused(CartClosed(cart, CartState.EXPIRED)):
        kit.guest.handle(PutInCart(cart, kit.variants[0]))


def test_whoever_comes_back_in_time_keeps_their_cart(kit: ShopKit) -> None:
    cart, other = kit.guest.handle(StartCart(EUR)), kit.member.handle(StartCart(EUR))
    kit.clock.tick(MONTH - TICK)
    kit.guest.handle(NoteOnCart(cart, "back again"))
    kit.clock.tick(MONTH - TICK)

    assert kit.system.handle(ExpireCarts()) == 1
    assert (view(kit, cart).state, view(kit, other).state) == (CartState.OPEN, CartState.EXPIRED)


def test_carts_end_a_few_at_a_time_longest_silent_first(kit: ShopKit) -> None:
    carts = []
    for _ in range(3):
        carts.append(kit.member.handle(StartCart(EUR)))
        kit.clock.tick(DAY)
    kit.clock.tick(MONTH)

    assert kit.system.handle(ExpireCarts(2)) == 2
    assert [view(kit, cart).state for cart in carts] == [CartState.EXPIRED, CartState.EXPIRED, CartState.OPEN]


def test_a_cart_that_became_an_order_never_expires(kit: ShopKit) -> None:
    cart = kit.member.handle(StartCart(EUR))
    kit.system.handle(CompleteCart(cart, OrderId("order")))
    kit.clock.tick(10 * MONTH)

    assert kit.system.handle(ExpireCarts()) == 0
    assert view(kit, cart).state is CartState.COMPLETED


def test_owners_are_reminded_once_for_each_stretch_of_silence() -> None:
    told: list[CartAbandoned] = []
    kit = a_shop(subscribers=[Subscriber("mail", (CartAbandoned,), lambda event, _: told.append(event))])  # type: ignore[arg-type]  # it gets what it asks for
    cart = kit.guest.handle(StartCart(EUR))
    kit.guest.handle(PutInCart(cart, kit.variants[0], 2))

    kit.clock.tick(DAY - TICK)
    assert kit.system.handle(RemindOfCarts()) == 0
    kit.clock.tick(TICK)
    assert [kit.system.handle(RemindOfCarts()) for _ in range(2)] == [1, 0]
    kit.clock.tick(DAY)
    assert kit.system.handle(RemindOfCarts()) == 0, "reminded once is enough"

    kit.guest.handle(ChangeCartItem(cart, 1, 3))
    back = kit.clock.now()
    kit.clock.tick(DAY)
    assert kit.system.handle(RemindOfCarts()) == 1
    assert told == [CartAbandoned(cart, Guest(SIGN).owner, 1, at) for at in (NOON, back)]


def test_nobody_is_reminded_of_an_empty_cart_or_a_draft(kit: ShopKit) -> None:
    kit.member.handle(StartCart(EUR))
    kit.staff.handle(PutInCart(kit.staff.handle(StartCart(EUR, ADA, draft=True)), kit.variants[0]))
    kit.clock.tick(2 * DAY)

    assert kit.system.handle(RemindOfCarts()) == 0


def test_the_shop_chooses_how_long_it_waits(kit: ShopKit) -> None:
    hasty = with_policy(kit, abandoned_after=timedelta(hours=1), expires_after=timedelta(hours=2))
    cart = hasty.member.handle(StartCart(EUR))
    hasty.member.handle(PutInCart(cart, kit.variants[0]))

    kit.clock.tick(timedelta(hours=1))
    assert (hasty.system.handle(RemindOfCarts()), hasty.system.handle(ExpireCarts())) == (1, 0)
    kit.clock.tick(timedelta(hours=1))
    assert (hasty.system.handle(RemindOfCarts()), hasty.system.handle(ExpireCarts())) == (0, 1)


@pytest.mark.parametrize("job", [expire_carts, remind_of_carts])
@pytest.mark.parametrize(
    "locked",
    [a_cart(touched_at=NOON + 2 * MONTH), a_cart(state=CartState.COMPLETED)],
    ids=["touched", "ordered"],
)
def test_a_cart_that_comes_alive_while_a_job_looks_for_it_is_left_alone(job: Any, locked: Cart) -> None:
    carts = Meanwhile(found=a_cart(), locked=locked)

    done = job(ExpireCarts(), carts, CartsPolicy(), FixedClock(NOON + 2 * MONTH))

    assert (done, carts.saved) == (0, [])


# Becoming an order ----------------------------------------------------------------------------------------------------


def test_a_cart_becomes_the_order_made_of_what_was_seen(kit: ShopKit) -> None:
    cart = kit.member.handle(StartCart(EUR))
    kit.member.handle(PutInCart(cart, kit.variants[0]))

    with refused(CartChanged(cart, 1, 2)):
        kit.system.handle(CompleteCart(cart, OrderId("order"), 1))
    for _ in range(2):
        kit.system.handle(CompleteCart(cart, OrderId("order"), 2))

    seen = kit.member.ask(GetCart(cart))
    assert (seen.state, seen.order, seen.quote, seen.problem) == (CartState.COMPLETED, "order", None, None)
    assert seen.version == 3
    with refused(IllegalTransition("cart", "complete", "completed", ("open",))):
        kit.system.handle(CompleteCart(cart, OrderId("another"), 3))


def test_a_cart_of_a_thousand_items_is_shown_and_priced() -> None:
    kit = a_shop(products=1_000, stock=0)
    items = [an_item(n, variant=variant, quantity=n) for n, variant in enumerate(kit.variants, 1)]
    keep(kit.persistence, a_cart(items=items))

    seen = kit.member.ask(GetCart(CartId("cart")))

    assert seen.quote is not None
    assert [CartLine(line.variant, line.quantity) for line in seen.quote.lines] == [
        CartLine(item.variant, item.quantity) for item in items
    ]
    with refused(CartFull(CartId("cart"), 1_000)):
        kit.member.handle(PutInCart(CartId("cart"), kit.variants[0], 1, "another"))


def test_no_event_of_a_cart_says_what_is_private(kit: ShopKit) -> None:
    cart = kit.guest.handle(StartCart(EUR))
    for command in (
        EnterCoupon(cart, "SECRET-CODE"),
        LeaveEmail(cart, Personal("guest@example.org")),
        NoteOnCart(cart, "a private note"),
        PutInCart(cart, kit.variants[0], 1, "a private note"),
        ChooseDestination(cart, Destination("DE", "Berlin", "10115")),
    ):
        kit.guest.handle(command)
    kit.member.handle(MergeCarts(SIGN))

    with reading(kit.persistence) as work:
        kept = "".join(kit.shop.codec.dump(told.event)[1] for told in _events(work))

    assert "v1" in kept
    for secret in ("SECRET-CODE", "guest@", "private", "10115", SIGN):
        assert secret not in kept


def _events(work: UnitOfWork) -> Any:
    return [told for told in work.outbox.events(limit=1_000) if told.kind == "Cart"]
