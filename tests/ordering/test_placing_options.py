"""The many ways to place an order and to pay for it: from a cart, later, by a link, in parts, with credit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore import Desk, assemble
from ecomcore.carts import EnterCoupon, GetCart, LeaveEmail, PutInCart, StartCart
from ecomcore.catalog import UnpublishProduct
from ecomcore.inventory import ExpireReservations, GetAvailability, OutOfStock
from ecomcore.kernel.address import Address
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import AccountId, CartId, MemberId, OrderId, ProductId, SavedMethodId, VariantId
from ecomcore.kernel.messages import Anonymous, Member
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.text import Personal
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import (
    CREDIT,
    AmountDiffers,
    CancelOrder,
    CartChangedSince,
    CartLine,
    EntryKind,
    ExpireUnpaid,
    GetLinkedOrder,
    GetOrder,
    GetTimeline,
    LinesToReorder,
    ListOrders,
    NoteOnOrder,
    NothingToPay,
    OpenPaymentLink,
    OrderingPolicy,
    OrderState,
    OrderView,
    PayByLink,
    PaymentPending,
    PlaceOrder,
    RetryPayment,
    SearchOrders,
    Tender,
    TenderKind,
    TermsNotAccepted,
    TotalChanged,
    UnknownMethod,
)
from ecomcore.quoting import Destination
from ecomcore.testing import ShopKit, a_price, a_shop, euros
from ecomcore.wallet import (
    GetBalances,
    GivePoints,
    IssueCredit,
    IssueGiftCard,
    NotEnoughCredit,
    SavePaymentMethod,
    ShowGiftCard,
    UnknownGiftCard,
    WalletPolicy,
)
from tests.support.refusals import refused

EUR = Currency("EUR")
ADA, BOB = MemberId("ada"), MemberId("bob")
CARD, SECRET = "card", "a-secret-with-more-than-128-bits-of-chance"
CREDIT_OF_HERS = Tender(TenderKind.STORE_CREDIT)


def a_shop_with(policy: OrderingPolicy | None = None, **ports: Any) -> ShopKit:
    """A shop with these choices of its host."""
    kit = a_shop()
    ports = {"gateway": kit.gateway, **ports}
    return evolve(kit, shop=assemble(kit.persistence, clock=kit.clock, ids=kit.ids, ordering_policy=policy, **ports))


def an_address(country: str = "DE", region: str | None = None, postcode: str = "10115") -> Address:
    return Address(
        recipient=Personal("Ada"),
        lines=(Personal("Secret Street 1"),),
        city=Personal("Berlin"),
        postcode=Personal(postcode),
        country=country,
        region=region,
    )


def asked(kit: ShopKit) -> list[tuple[str, int]]:
    """What the gateway did, with how much."""
    return [(operation, request.amount.minor) for operation, request in kit.gateway.effects]


# From a cart -------------------------------------------------------------------------------------------------------


def a_cart(kit: ShopKit, quantity: int = 2, by: Desk | None = None) -> tuple[CartId, int]:
    """A cart with so many units of the first variant, and its version."""
    desk = by or kit.member
    cart = desk.handle(StartCart("EUR"))
    desk.handle(PutInCart(cart, kit.variants[0], quantity))
    return cart, desk.ask(GetCart(cart)).version


def of_cart(cart: CartId, version: int, accepted: int = 20_00, **more: Any) -> PlaceOrder:
    return PlaceOrder((), euros(accepted), CARD, cart=cart, cart_version=version, **more)


def test_an_order_is_placed_from_the_cart_the_buyer_saw() -> None:
    kit = a_shop()
    cart, version = a_cart(kit)

    order = kit.member.handle(of_cart(cart, version))

    view = kit.view(order)
    assert (view.total, view.units, view.cart) == (euros(20_00), (CartLine(kit.variants[0], 2),), cart)
    assert kit.member.ask(GetCart(cart)).order == order


def test_a_cart_that_was_changed_since_is_not_ordered() -> None:
    kit = a_shop()
    cart, seen = a_cart(kit)
    kit.member.handle(PutInCart(cart, kit.variants[1]))

    with refused(CartChangedSince(cart, seen, seen + 1)):
        kit.member.handle(of_cart(cart, seen))

    assert kit.member.ask(ListOrders()) == ()


def test_a_cart_that_has_become_an_order_answers_with_that_order_whatever_is_asked() -> None:
    kit = a_shop()
    cart, version = a_cart(kit)
    order = kit.member.handle(of_cart(cart, version))

    assert kit.member.handle(of_cart(cart, version)) == order
    assert kit.member.handle(of_cart(cart, 99, accepted=1)) == order
    assert len(kit.member.ask(ListOrders())) == 1
    assert asked(kit) == [("authorise", 20_00)]


def test_somebody_elses_cart_is_not_found() -> None:
    kit = a_shop()
    cart, version = a_cart(kit)

    for desk in (kit.guest, kit.shop.desk(Member(BOB))):
        with refused(NotFound("Cart", cart)):
            desk.handle(of_cart(cart, version))


def test_what_stands_in_the_cart_counts_unless_the_command_says_otherwise() -> None:
    kit = a_shop()
    cart, _ = a_cart(kit, by=kit.guest)
    kit.guest.handle(LeaveEmail(cart, Personal("ada@example.org")))
    kit.guest.handle(EnterCoupon(cart, "NOTHING"))

    order = kit.guest.handle(of_cart(cart, kit.guest.ask(GetCart(cart)).version))

    assert [view.id for view in kit.staff.ask(SearchOrders(email=Personal("ADA@example.org")))] == [order]


def test_staff_order_the_draft_they_made_for_a_member_and_the_member_cannot() -> None:
    kit = a_shop()
    draft = kit.staff.handle(StartCart("EUR", ADA, draft=True))
    kit.staff.handle(PutInCart(draft, kit.variants[0]))
    version = kit.staff.ask(GetCart(draft)).version

    with refused(NotFound("Cart", draft)):
        kit.member.handle(of_cart(draft, version, 10_00))
    order = kit.staff.handle(of_cart(draft, version, 10_00, member=ADA))

    assert kit.member.ask(GetOrder(order)).buyer == "member:ada"


def test_an_order_is_of_lines_or_of_a_cart_and_of_one_of_them() -> None:
    line = (CartLine(a_shop().variants[0], 1),)

    for lines, cart, version, field in (
        ((), None, None, "lines"),
        (line, CartId("c"), 1, "cart"),
        (line, None, 1, "cart_version"),
        ((), CartId("c"), None, "cart_version"),
    ):
        with pytest.raises(Invalid) as refusal:
            PlaceOrder(lines, euros(1), cart=cart, cart_version=version)
        assert refusal.value.field == field


# Terms and addresses -----------------------------------------------------------------------------------------------


def test_the_terms_in_force_must_be_accepted_and_are_kept_with_the_order() -> None:
    kit = a_shop_with(OrderingPolicy(terms="2030-06"))
    command = kit.order_for(kit.cart())

    for accepted in (None, "2029-01"):
        with refused(TermsNotAccepted("2030-06", accepted)):
            kit.member.handle(evolve(command, terms=accepted))

    order = kit.member.handle(evolve(command, terms="2030-06"))
    assert kit.view(order).terms == "2030-06"


def test_where_no_terms_are_in_force_none_are_needed_and_what_is_accepted_is_kept() -> None:
    kit = a_shop()

    assert kit.view(kit.buy()).terms is None
    assert kit.view(kit.member.handle(evolve(kit.order_for(kit.cart()), terms="mine"))).terms == "mine"


def test_a_full_address_says_where_it_goes() -> None:
    kit = a_shop()

    order = kit.member.handle(evolve(kit.order_for(kit.cart()), ship_to=an_address(), bill_to=an_address("FR")))

    view = kit.view(order)
    assert (view.ship_to, view.bill_to) == (an_address(), an_address("FR"))


@pytest.mark.parametrize("destination", [Destination("FR"), Destination("DE", "BY")])
def test_an_address_elsewhere_than_the_quote_was_for_is_refused(destination: Destination) -> None:
    kit = a_shop()
    command = evolve(kit.order_for(kit.cart()), destination=destination, ship_to=an_address())

    with refused(Invalid("ship_to", "DE", f"an address in {destination.country}, for which the cart was quoted")):
        kit.member.handle(command)

    assert kit.member.ask(ListOrders()) == ()


@pytest.mark.parametrize("destination", [Destination("DE"), Destination("DE", "BE")])
def test_an_address_where_the_quote_was_for_is_taken(destination: Destination) -> None:
    kit = a_shop()
    command = evolve(kit.order_for(kit.cart()), destination=destination, ship_to=an_address(region="BE"))

    assert kit.view(kit.member.handle(command)).ship_to == an_address(region="BE")


# Later, and by a link ----------------------------------------------------------------------------------------------


def later(kit: ShopKit, quantity: int = 1) -> OrderId:
    return kit.member.handle(evolve(kit.order_for(kit.cart(quantity=quantity)), pay_later=True))


def test_whoever_pays_later_is_asked_for_nothing_and_has_fourteen_days() -> None:
    kit = a_shop()
    order = later(kit)
    assert (kit.view(order).state, kit.view(order).due, asked(kit)) == (OrderState.PLACED, euros(10_00), [])

    kit.clock.tick(timedelta(days=14, seconds=-1))
    assert kit.system.handle(ExpireReservations()) == kit.system.handle(ExpireUnpaid()) == 0

    kit.member.handle(RetryPayment(order, CARD))
    assert kit.view(order).state is OrderState.CONFIRMED


def test_what_is_not_paid_in_time_is_called_off() -> None:
    kit = a_shop()
    orders = [later(kit), later(kit)]
    kit.clock.tick(timedelta(days=14))

    assert kit.system.handle(ExpireUnpaid()) == 2
    assert kit.system.handle(ExpireUnpaid()) == 0

    assert {kit.view(order).state for order in orders} == {OrderState.CANCELLED}
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 100


def linked(kit: ShopKit, hours: int = 1) -> OrderId:
    order = later(kit)
    kit.member.handle(OpenPaymentLink(order, SECRET, kit.clock.now() + timedelta(hours=hours)))
    return order


def test_whoever_knows_the_secret_sees_what_is_due_and_pays_it_without_saying_who_they_are() -> None:
    kit = a_shop()
    order = linked(kit)

    seen = kit.shop.ask(GetLinkedOrder(order, SECRET))
    kit.shop.handle(PayByLink(order, SECRET, CARD), by=Anonymous())

    assert (seen.total, seen.due, seen.number) == (euros(10_00), euros(10_00), kit.view(order).number)
    assert "ada" not in repr(seen)
    assert kit.view(order).state is OrderState.CONFIRMED
    assert kit.shop.ask(GetLinkedOrder(order, SECRET)).due == euros(0)


@pytest.mark.parametrize("secret", ["", "another-secret-with-more-than-128-bits", SECRET[:-1], SECRET + "x"])
def test_a_wrong_secret_is_answered_as_if_there_were_no_order(secret: str) -> None:
    kit = a_shop()
    order = linked(kit)

    for id_ in (order, OrderId("nobodys"), kit.buy()):
        with refused(NotFound("Order", id_)):
            kit.shop.ask(GetLinkedOrder(id_, secret))
        with refused(NotFound("Order", id_)):
            kit.shop.handle(PayByLink(id_, secret, CARD), by=Anonymous())


def test_a_link_ends_at_its_time_with_the_next_link_and_with_the_order() -> None:
    kit = a_shop()
    old, replaced, off = linked(kit), linked(kit, 9), linked(kit, 9)
    kit.member.handle(OpenPaymentLink(replaced, SECRET[::-1], kit.clock.now() + timedelta(hours=9)))
    kit.member.handle(CancelOrder(off))
    kit.clock.tick(timedelta(hours=1))

    for id_ in (old, replaced, off):
        with refused(NotFound("Order", id_)):
            kit.shop.handle(PayByLink(id_, SECRET, CARD), by=Anonymous())
    assert kit.shop.ask(GetLinkedOrder(replaced, SECRET[::-1])).id == replaced


def test_the_secret_of_a_link_is_nowhere_to_be_read() -> None:
    kit = a_shop()
    order = linked(kit)

    command = OpenPaymentLink(order, SECRET, kit.clock.now())

    assert SECRET not in repr(command)
    assert SECRET not in repr(PayByLink(order, SECRET, CARD))
    assert SECRET not in repr(GetLinkedOrder(order, SECRET))
    assert SECRET not in repr(kit.staff.ask(GetTimeline(order)))
    assert SECRET not in repr(kit.view(order))


def test_a_short_secret_opens_no_link() -> None:
    kit = a_shop()

    with pytest.raises(Invalid) as refusal:
        OpenPaymentLink(later(kit), "short", kit.clock.now())

    assert refusal.value.field == "secret"
    assert "short" not in str(refusal.value)


# In parts ----------------------------------------------------------------------------------------------------------


def test_an_order_may_be_paid_in_several_parts() -> None:
    kit = a_shop()
    order = later(kit, quantity=3)

    for part in (5_00, 15_00):
        kit.member.handle(RetryPayment(order, CARD, euros(part)))
    assert (kit.view(order).state, kit.view(order).due) == (OrderState.PLACED, euros(10_00))
    kit.member.handle(RetryPayment(order, CARD))

    assert kit.view(order).state is OrderState.CONFIRMED
    assert asked(kit) == [("authorise", 5_00), ("authorise", 15_00), ("authorise", 10_00)]
    kit.ship(order)
    assert kit.view(order).captured == euros(30_00)


def test_no_part_is_more_than_is_due() -> None:
    kit = a_shop()
    order = later(kit)
    kit.member.handle(RetryPayment(order, CARD, euros(4_00)))

    with pytest.raises(AmountDiffers) as refusal:
        kit.member.handle(RetryPayment(order, CARD, euros(6_01)))
    assert (refusal.value.asked, refusal.value.answered) == (euros(6_00), euros(6_01))
    with pytest.raises(AmountDiffers):
        kit.member.handle(RetryPayment(order, CARD, Money(1_00, Currency("USD"))))


def test_of_several_parts_one_is_waited_for_before_the_next() -> None:
    kit = a_shop()
    order = later(kit)
    kit.gateway.script(Fault.DOWN)
    first = kit.member.handle(RetryPayment(order, CARD, euros(4_00)))

    with refused(PaymentPending(order, first)):
        kit.member.handle(RetryPayment(order, CARD))


def test_what_was_paid_in_part_goes_back_when_the_rest_does_not_come() -> None:
    kit = a_shop()
    order = later(kit)
    kit.member.handle(RetryPayment(order, CARD, euros(4_00)))
    kit.clock.tick(timedelta(days=14))

    kit.system.handle(ExpireUnpaid())

    assert kit.view(order).state is OrderState.CANCELLED
    assert asked(kit) == [("authorise", 4_00), ("void", 4_00)]
    assert kit.shop.audit() == []


# Saved means of payment --------------------------------------------------------------------------------------------


def test_an_order_is_paid_with_a_means_that_the_member_keeps_through_its_own_gateway() -> None:
    other = MemoryGateway()
    kit = a_shop_with(gateway={"": MemoryGateway(), "stripe": other})
    saved = kit.member.handle(SavePaymentMethod("stripe", "tok_ada", "Visa ending 4242"))

    order = kit.member.handle(evolve(kit.order_for(kit.cart()), saved_method=saved))

    assert kit.view(order).state is OrderState.CONFIRMED
    assert [(request.token, operation) for operation, request in other.effects] == [("tok_ada", "authorise")]
    assert kit.view(order).payments[0].method == "stripe"


def test_somebody_elses_saved_means_and_one_without_a_gateway_are_refused() -> None:
    kit = a_shop()
    bob = kit.shop.desk(Member(BOB))
    saved = bob.handle(SavePaymentMethod("stripe", "tok_bob", "Visa ending 1111"))
    command = evolve(kit.order_for(kit.cart()), saved_method=saved)

    with pytest.raises(NotFound):
        kit.member.handle(command)
    with refused(UnknownMethod("stripe", EUR)):
        bob.handle(command)

    assert (kit.member.ask(ListOrders()), bob.ask(ListOrders())) == ((), ())


def test_a_token_or_a_saved_means_pays_not_both() -> None:
    with pytest.raises(Invalid) as refusal:
        PlaceOrder((CartLine(VariantId("tea"), 1),), euros(10_00), CARD, saved_method=SavedMethodId("mine"))

    assert refusal.value.field == "saved_method"


# Credit ------------------------------------------------------------------------------------------------------------


class Purse:
    """A shop in which Ada has 5.00 of store credit and 300 points worth 3.00, and a gift card of 6.00."""

    def __init__(self) -> None:
        self.kit = a_shop_with(wallet_policy=WalletPolicy(point_worth=Price(euros(1))))
        self.kit.staff.handle(IssueCredit(euros(5_00), "sorry", member=ADA))
        self.kit.staff.handle(GivePoints(ADA, 300, EUR, "welcome"))
        self.gift = self.card(6_00)

    def card(self, minor: int) -> Tender:
        account = self.kit.staff.handle(IssueGiftCard(euros(minor), id=AccountId(f"card-{minor}")))
        return Tender(TenderKind.GIFT_CARD, self.kit.staff.ask(ShowGiftCard(account)).code)

    def place(self, *tenders: Tender, quantity: int = 2, token: str = CARD) -> OrderId:
        command = self.kit.order_for(self.kit.cart(quantity=quantity), token=token)
        return self.kit.member.handle(evolve(command, tenders=tenders))

    def available(self) -> dict[str, int]:
        return {view.kind.value: view.available for view in self.kit.member.ask(GetBalances())}


def paid_by(view: OrderView) -> list[tuple[str, int]]:
    """What was meant to be paid by which method, in order."""
    return [(e.method, e.amount.minor) for e in view.payments if e.kind is EntryKind.INTENDED]


def test_gift_card_credit_and_points_are_drawn_first_and_the_rest_is_asked_of_the_gateway() -> None:
    purse = Purse()

    order = purse.place(purse.gift, CREDIT_OF_HERS, Tender(TenderKind.POINTS))

    view = purse.kit.view(order)
    assert view.state is OrderState.CONFIRMED
    assert paid_by(view) == [(CREDIT, 6_00), (CREDIT, 5_00), (CREDIT, 3_00), ("", 6_00)]
    assert asked(purse.kit) == [("authorise", 6_00)]

    purse.kit.ship(order)
    assert purse.kit.view(order).captured == euros(20_00)
    assert purse.kit.shop.audit() == []


def test_no_more_is_drawn_than_the_order_costs_nor_than_the_tender_says() -> None:
    purse = Purse()

    order = purse.place(Tender(TenderKind.STORE_CREDIT, amount=euros(1_50)), purse.card(50_00))

    assert paid_by(purse.kit.view(order)) == [(CREDIT, 1_50), (CREDIT, 18_50)]
    assert asked(purse.kit) == []
    assert purse.available()["store_credit"] == 3_50


def test_what_was_drawn_comes_back_when_the_order_is_called_off() -> None:
    purse = Purse()
    before = purse.available()
    order = purse.place(purse.gift, CREDIT_OF_HERS, Tender(TenderKind.POINTS, points=100))
    assert purse.available() != before

    purse.kit.cancel(order)

    assert purse.available() == before
    assert asked(purse.kit) == [("authorise", 8_00), ("void", 8_00)]
    assert purse.kit.shop.audit() == []


@pytest.mark.parametrize("what", ["stock", "unknown card", "too little", "gateway", "total"])
def test_if_anything_of_it_fails_nothing_is_ordered_held_or_drawn(what: str) -> None:
    purse = Purse()
    kit, before = purse.kit, purse.available()
    command = evolve(kit.order_for(kit.cart(quantity=2)), tenders=(purse.gift, CREDIT_OF_HERS))
    failing: dict[str, tuple[PlaceOrder, type[Exception]]] = {
        "stock": (
            evolve(command, lines=(CartLine(kit.variants[0], 101),), accepted=euros(1_010_00)),
            OutOfStock,
        ),
        "unknown card": (
            evolve(command, tenders=(CREDIT_OF_HERS, Tender(TenderKind.GIFT_CARD, "ABCD-EFGH-JKLM-NPQR"))),
            UnknownGiftCard,
        ),
        "too little": (
            evolve(command, tenders=(purse.gift, Tender(TenderKind.STORE_CREDIT, amount=euros(5_01)))),
            NotEnoughCredit,
        ),
        "gateway": (evolve(command, saved_method=SavedMethodId("somebody-elses")), NotFound),
        "total": (evolve(command, accepted=euros(19_99)), TotalChanged),
    }
    placing, refusal = failing[what]

    with pytest.raises(refusal):
        kit.member.handle(placing)

    assert purse.available() == before
    assert (kit.member.ask(ListOrders()), asked(kit)) == ((), [])
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 100


def test_with_pay_later_what_is_drawn_is_held_and_the_rest_is_due() -> None:
    purse = Purse()
    command = purse.kit.order_for(purse.kit.cart(quantity=2))

    order = purse.kit.member.handle(evolve(command, tenders=(CREDIT_OF_HERS,), pay_later=True))

    assert (purse.kit.view(order).due, asked(purse.kit)) == (euros(15_00), [])


def test_the_code_of_a_gift_card_is_not_shown() -> None:
    purse = Purse()

    order = purse.place(purse.gift)

    for shown in (purse.gift, purse.kit.view(order), purse.kit.staff.ask(GetTimeline(order))):
        assert purse.gift.code not in repr(shown)


# For nothing -------------------------------------------------------------------------------------------------------


def test_an_order_that_costs_nothing_is_packed_without_anybody_being_asked_for_money() -> None:
    kit = a_shop(price=a_price(0))

    order = kit.buy()

    assert (kit.view(order).state, kit.view(order).payments, asked(kit)) == (OrderState.CONFIRMED, (), [])
    with refused(NothingToPay(order)):
        kit.member.handle(RetryPayment(order, CARD))
    kit.ship(order)
    kit.deliver(order)
    assert kit.view(order).state is OrderState.COMPLETED
    assert kit.shop.audit() == []


# Numbers -----------------------------------------------------------------------------------------------------------


def test_every_order_has_a_number_of_its_own_that_can_be_told_on_the_telephone() -> None:
    kit = a_shop_with(OrderingPolicy(number_prefix="W"))

    numbers = [kit.view(kit.buy()).number for _ in range(20)]

    assert len(set(numbers)) == 20
    assert all(number.startswith("W-300612-") and len(number) == 17 for number in numbers)
    assert not set("".join(number[9:] for number in numbers)) & set("ILOU"), "they look like digits"


def test_where_the_shop_wants_it_orders_are_numbered_without_gaps_whatever_is_refused_between() -> None:
    kit = a_shop_with(OrderingPolicy(gapless_numbers=True))
    numbers = [kit.view(kit.buy()).number]
    for _ in range(3):
        with pytest.raises(OutOfStock):
            kit.member.handle(PlaceOrder(kit.cart(quantity=999), euros(9_990_00)))
        numbers.append(kit.view(kit.buy()).number)

    counted = [int(number[-4:]) for number in numbers]

    assert counted == list(range(counted[0], counted[0] + 4))
    assert len(set(numbers)) == 4


# Finding orders ----------------------------------------------------------------------------------------------------


def test_orders_are_listed_by_state() -> None:
    kit = a_shop()
    waiting, paid, off = later(kit), kit.buy(), kit.buy()
    kit.cancel(off)

    def listed(state: OrderState | None) -> list[OrderId]:
        return [view.id for view in kit.member.ask(ListOrders(state=state))]

    assert listed(OrderState.PLACED) == [waiting]
    assert listed(OrderState.CONFIRMED) == [paid]
    assert listed(OrderState.CANCELLED) == [off]
    assert listed(None) == [off, paid, waiting]


def test_staff_find_orders_by_all_that_is_known_of_them() -> None:
    kit = a_shop()
    first = kit.buy()
    kit.clock.tick(timedelta(days=1))
    mail = Personal("ada@example.org")
    second = kit.guest.handle(evolve(kit.order_for(kit.cart()), email=mail))
    kit.cancel(first)
    now = kit.clock.now()

    def found(**wanted: Any) -> list[OrderId]:
        return [view.id for view in kit.staff.ask(SearchOrders(**wanted))]

    assert found() == [second, first]
    assert found(number=kit.view(first).number) == [first]
    assert found(number="none") == []
    assert found(member=ADA) == [first]
    assert found(email=mail) == [second]
    assert found(state=OrderState.CANCELLED) == [first]
    assert found(since=now) == [second]
    assert found(until=now) == [first]
    assert found(member=ADA, state=OrderState.CONFIRMED) == []
    assert found(limit=1) == [second]
    assert found(before=second) == [first]


def test_the_timeline_tells_what_happened_by_whom_and_why_and_names_no_person() -> None:
    kit = a_shop()
    mail = Personal("ada@example.org")
    command = evolve(kit.order_for(kit.cart(), token="tok_secret"), email=mail, ship_to=an_address())  # noqa: S106
    order = kit.member.handle(command)
    kit.staff.handle(NoteOnOrder(order, "rang on Monday"))
    kit.member.handle(CancelOrder(order, "found it cheaper"))

    told = kit.staff.ask(GetTimeline(order))

    by = {entry.what: entry.by for entry in told}
    assert (by["OrderPlaced"], by["OrderNoted"], by["OrderCancelled"]) == ("member:ada", "staff:sam", "member:ada")
    details = {entry.what: dict(entry.details) for entry in told}
    assert details["OrderNoted"]["text"] == "rang on Monday"
    assert details["OrderCancelled"]["reason"] == "found it cheaper"
    for secret in ("tok_secret", "ada@example.org", "Secret Street"):
        assert secret not in repr(told)


def test_the_timeline_is_read_page_by_page_and_by_staff_only() -> None:
    kit = a_shop()
    order = kit.buy()
    kit.cancel(order)

    whole = kit.staff.ask(GetTimeline(order))
    first = kit.staff.ask(GetTimeline(order, limit=2))
    rest = kit.staff.ask(GetTimeline(order, after=first[-1].sequence))

    assert (*first, *rest) == whole
    assert [entry.sequence for entry in whole] == sorted(entry.sequence for entry in whole)
    with refused(NotFound("Order", "none")):
        kit.staff.ask(GetTimeline(OrderId("none")))


def test_what_is_still_for_sale_can_be_bought_again_as_it_was_bought() -> None:
    kit = a_shop()
    tea, pot, mug = kit.variants
    lines = (CartLine(tea, 2), CartLine(pot, 1), CartLine(mug, 3), CartLine(tea, 1))
    order = kit.member.handle(kit.order_for(lines))
    kit.staff.handle(UnpublishProduct(ProductId(f"{pot}-product")))

    again = kit.member.ask(LinesToReorder(order))

    assert again == (CartLine(tea, 3), CartLine(mug, 3))
    assert kit.member.handle(kit.order_for(again)) != order
    with refused(NotFound("Order", order)):
        kit.guest.ask(LinesToReorder(order))
