"""Wishes: who wants to know when something is back is told once, the first ones first, and can be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.bootstrap import assemble
from ecomcore.choices import Subscriber
from ecomcore.inventory import (
    WISH_LIFECYCLE,
    AskForStock,
    BackInStockTold,
    ConsumeStock,
    EraseWishes,
    JoinQueue,
    ListWishes,
    NothingToWaitFor,
    OpenLocation,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    SetStockRules,
    StockLine,
    TellWishes,
    Wish,
    WishCount,
    Wishes,
    WishPolicy,
    WishState,
    WithdrawWish,
)
from ecomcore.inventory.wish import to_be_told
from ecomcore.kernel.errors import IllegalTransition, Invalid, PermissionDenied
from ecomcore.kernel.ids import LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Anonymous, Guest, Member, System
from ecomcore.kernel.text import Personal
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, ShopKit, a_shop
from ecomcore.testing.queues import a_wish
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import reading
from tests.support.refusals import refused

TEA, COFFEE = VariantId("tea"), VariantId("coffee")
STORE = LocationId("store")
ADA = Personal("ada@example.org")


class Post:
    """What a host's subscriber was told."""

    def __init__(self) -> None:
        self.told: list[BackInStockTold] = []

    def __call__(self, event: Any, *_: Any) -> None:
        self.told.append(event)

    @property
    def addresses(self) -> list[str]:
        return [event.contact.value if event.contact else f"member:{event.member}" for event in self.told]


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def kit(post: Post) -> ShopKit:
    return a_sold_out_shop(MemoryPersistence(), post)


def a_sold_out_shop(persistence: Persistence, post: Post) -> ShopKit:
    """A shop without any tea, and a host that writes to those who wished for it."""
    kit = a_shop(persistence, products=0, subscribers=[Subscriber("post", (BackInStockTold,), post)])
    kit.staff.handle(OpenLocation("Store", id=STORE))
    return kit


def guest(kit: ShopKit, name: str) -> Any:
    return kit.shop.desk(Guest(f"a-secret-token-of-{name}"))


def wish(kit: ShopKit, name: str, quantity: int = 1, variant: VariantId = TEA) -> None:
    """A guest leaves an address; later ones a second later."""
    kit.clock.tick()
    guest(kit, name).handle(AskForStock(variant, email=Personal(f"{name}@example.org"), quantity=quantity))


def receive(kit: ShopKit, quantity: int, variant: VariantId = TEA) -> None:
    kit.staff.handle(ReceiveStock(STORE, (StockLine(variant, quantity),), "note"))


def sell_out(kit: ShopKit, source: str, quantity: int) -> None:
    kit.system.handle(ReserveStock(source, (StockLine(TEA, quantity),)))
    kit.system.handle(ConsumeStock(source, f"{source}-parcel"))


def kept(kit: ShopKit, page: int = 100) -> dict[str, Wish]:
    with reading(kit.persistence) as work:
        return {each.id: each for each in work.repository(Wishes).page(None, page)}


def open_wishes(kit: ShopKit) -> list[tuple[VariantId, int, int]]:
    return [(count.variant, count.people, count.units) for count in kit.staff.ask(ListWishes())]


def test_who_wished_for_it_is_told_when_it_is_back(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    kit.member.handle(AskForStock(TEA))

    receive(kit, 5)

    assert sorted(post.addresses) == ["ada@example.org", "member:ada"]
    assert open_wishes(kit) == []
    assert not kit.shop.audit()


def test_they_are_told_once(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    receive(kit, 1)

    sell_out(kit, "order", 1)
    receive(kit, 1)

    assert post.addresses == ["ada@example.org"]


def test_the_oldest_wishes_are_told_and_no_more_of_them_than_the_policy_says(kit: ShopKit, post: Post) -> None:
    for number in range(8):
        wish(kit, f"p{number}")

    receive(kit, 2)
    first = list(post.addresses)
    sell_out(kit, "order", 2)
    receive(kit, 2)

    assert first == [f"p{number}@example.org" for number in range(6)]
    assert post.addresses[6:] == ["p6@example.org", "p7@example.org"]


def test_who_wants_several_units_takes_as_many_of_the_share(kit: ShopKit, post: Post) -> None:
    for number in range(4):
        wish(kit, f"p{number}", 2)
    wish(kit, "p4", 1)

    receive(kit, 2)

    assert post.addresses == ["p0@example.org", "p1@example.org", "p2@example.org"]


def test_a_shop_decides_how_many_are_told_of_each_unit(kit: ShopKit, post: Post) -> None:
    for number in range(8):
        wish(kit, f"p{number}")
    shop = assemble(
        kit.persistence,
        clock=kit.clock,
        ids=kit.ids,
        wish_policy=WishPolicy(per_unit=1),
        subscribers=[Subscriber("post", (BackInStockTold,), post)],
    )

    shop.handle(ReceiveStock(STORE, (StockLine(TEA, 3),), "note"), by=System())

    assert post.addresses == ["p0@example.org", "p1@example.org", "p2@example.org"]


def test_who_wants_more_than_there_is_waits_for_the_next_time(kit: ShopKit, post: Post) -> None:
    wish(kit, "many", 5)
    wish(kit, "one", 1)

    receive(kit, 2)
    first = list(post.addresses)
    sell_out(kit, "order", 2)
    receive(kit, 5)

    assert (first, post.addresses[1:]) == (["one@example.org"], ["many@example.org"])


def test_units_that_an_order_gives_back_are_told_of_as_well(kit: ShopKit, post: Post) -> None:
    receive(kit, 1)
    kit.system.handle(ReserveStock("order", (StockLine(TEA, 1),)))
    wish(kit, "ada")

    kit.system.handle(ReleaseStock("order"))

    assert post.addresses == ["ada@example.org"]


def test_nobody_is_told_of_units_for_which_others_wait_in_line(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(SetStockRules(TEA, STORE, queued=True))
    wish(kit, "ada")
    kit.guest.handle(JoinQueue("cart", TEA, 2))

    receive(kit, 1)
    while_somebody_waits = list(post.addresses)
    receive(kit, 1)

    assert while_somebody_waits == post.addresses == []
    assert open_wishes(kit) == [(TEA, 1, 1)]


def test_what_the_line_leaves_is_told_of(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(SetStockRules(TEA, STORE, queued=True))
    wish(kit, "ada")
    kit.guest.handle(JoinQueue("cart", TEA, 2))

    receive(kit, 3)

    assert post.addresses == ["ada@example.org"]


def test_there_is_nothing_to_wait_for_while_units_are_there(kit: ShopKit) -> None:
    receive(kit, 2)

    with refused(NothingToWaitFor(TEA, 2)):
        wish(kit, "ada", 2)

    wish(kit, "bob", 3)
    assert open_wishes(kit) == [(TEA, 1, 3)]


def test_a_person_has_one_wish_for_a_variant_and_may_want_another_number(kit: ShopKit) -> None:
    wish(kit, "ada")
    wish(kit, "bob")

    guest(kit, "ada").handle(AskForStock(TEA, email=Personal(" ADA@Example.org"), quantity=4))

    assert kit.staff.ask(ListWishes()) == (WishCount(TEA, 2, 5, NOON + timedelta(seconds=1)),)


def test_who_was_told_may_wish_again(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    receive(kit, 1)
    sell_out(kit, "order", 1)

    wish(kit, "ada")
    receive(kit, 1)

    assert post.addresses == ["ada@example.org", "ada@example.org"]


def test_a_wish_can_be_withdrawn(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    kit.member.handle(AskForStock(TEA))

    guest(kit, "ada").handle(WithdrawWish(TEA, email=ADA))
    kit.member.handle(WithdrawWish(TEA))
    kit.member.handle(WithdrawWish(TEA))
    receive(kit, 5)

    assert post.addresses == []


def test_another_guest_who_knows_the_address_neither_learns_of_nor_ends_a_wish(kit: ShopKit) -> None:
    wish(kit, "ada")
    eve = guest(kit, "eve")

    answers: list[object] = [eve.handle(AskForStock(TEA, email=ADA)), eve.handle(AskForStock(COFFEE, email=ADA))]
    answers += [eve.handle(WithdrawWish(TEA, email=ADA)), eve.handle(WithdrawWish(TEA, email=Personal("x@y.org")))]

    assert answers == [None] * 4
    assert open_wishes(kit) == [(COFFEE, 1, 1), (TEA, 1, 1)]


def test_staff_and_the_link_in_a_message_withdraw_for_anybody(kit: ShopKit) -> None:
    wish(kit, "ada")
    kit.member.handle(AskForStock(TEA))

    kit.system.handle(WithdrawWish(TEA, email=ADA))
    kit.staff.handle(WithdrawWish(TEA, member=MemberId("ada")))

    assert open_wishes(kit) == []


def test_the_address_is_told_and_not_kept_with_the_event(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    receive(kit, 1)

    with reading(kit.persistence) as work:
        (recorded,) = [each.event for each in work.outbox.events() if isinstance(each.event, BackInStockTold)]
    assert post.addresses == ["ada@example.org"]
    assert (recorded.contact, recorded.member) == (None, None)
    assert "ada@" not in repr(post.told)


def test_a_person_can_be_forgotten(kit: ShopKit, post: Post) -> None:
    wish(kit, "ada")
    receive(kit, 1)
    sell_out(kit, "order", 1)
    wish(kit, "ada")
    wish(kit, "ada", variant=COFFEE)
    wish(kit, "bob")
    kit.member.handle(AskForStock(TEA))

    forgotten = [
        kit.staff.handle(EraseWishes(email=Personal("Ada@example.org"))),
        kit.staff.handle(EraseWishes(member=MemberId("ada"))),
        kit.staff.handle(EraseWishes(email=ADA)),
    ]
    receive(kit, 5)

    assert forgotten == [3, 1, 0]
    assert post.addresses == ["ada@example.org", "bob@example.org"]
    left = [each for each in kept(kit).values() if each.email != Personal("bob@example.org")]
    assert {(each.owner, each.person, each.member, each.email) for each in left} == {("", "", None, None)}
    assert not kit.shop.audit()


def test_buyers_of_stock_see_how_much_is_wished_for(kit: ShopKit) -> None:
    wish(kit, "ada", 2)
    wish(kit, "bob", 3)
    wish(kit, "ada", variant=COFFEE)

    everything = kit.staff.ask(ListWishes())

    assert [(count.variant, count.people, count.units) for count in everything] == [(COFFEE, 1, 1), (TEA, 2, 5)]
    assert kit.staff.ask(ListWishes(after=COFFEE, limit=1)) == everything[1:]
    assert kit.staff.ask(ListWishes((TEA, VariantId("milk")))) == everything[1:]


@pytest.mark.parametrize(
    ("actor", "command", "field"),
    [
        (Guest("a-secret-token-of-ada"), AskForStock(TEA), "email"),
        (System(), WithdrawWish(TEA), "email"),
        (Member(MemberId("ada")), AskForStock(TEA, email=ADA), "email"),
    ],
    ids=["a guest without an address", "nobody at all", "a member with an address"],
)
def test_it_must_be_clear_who_is_told(kit: ShopKit, actor: Any, command: Any, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        kit.shop.handle(command, by=actor)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    "make",
    [
        lambda: AskForStock(TEA, MemberId("ada"), ADA),
        lambda: WithdrawWish(TEA, MemberId("ada"), ADA),
        lambda: EraseWishes(MemberId("ada"), ADA),
    ],
)
def test_one_person_is_named_and_no_address_shown(make: Callable[[], object]) -> None:
    with pytest.raises(Invalid) as refusal:
        make()

    assert refusal.value.field == "email"
    assert "ada@example.org" not in str(refusal.value)


def test_to_forget_somebody_is_to_say_whom() -> None:
    with pytest.raises(Invalid) as refusal:
        EraseWishes()

    assert refusal.value.field == "member"


@pytest.mark.parametrize("actor", [Anonymous(), Guest("a-secret-token-of-eve"), Member(MemberId("bob"))])
def test_nobody_wishes_for_another_member(kit: ShopKit, actor: Any) -> None:
    for command in (AskForStock(TEA, MemberId("ada")), WithdrawWish(TEA, MemberId("ada"))):
        with pytest.raises(PermissionDenied):
            kit.shop.handle(command, by=actor)


def test_a_person_who_asks_twice_at_once_has_one_wish(persistence: Persistence) -> None:
    kit = a_sold_out_shop(persistence, Post())

    outcomes = at_once([partial(guest(kit, f"g{n}").handle, AskForStock(TEA, email=ADA)) for n in range(6)])

    assert all(outcome.error is None for outcome in outcomes)
    assert open_wishes(kit) == [(TEA, 1, 1)]


def test_what_comes_twice_at_once_tells_nobody_twice(persistence: Persistence) -> None:
    post = Post()
    kit = a_sold_out_shop(persistence, post)
    for number in range(4):
        wish(kit, f"p{number}")
    receive(kit, 2)
    kit.system.handle(ReserveStock("order", (StockLine(TEA, 2),)))
    for number in range(4, 8):
        wish(kit, f"p{number}")
    kit.system.handle(ReleaseStock("order"))

    at_once([partial(kit.system.handle, TellWishes(TEA, 2)) for _ in range(4)])
    kit.settle()

    assert sorted(post.addresses) == [f"p{number}@example.org" for number in range(8)]


@pytest.mark.parametrize(("verb", "state", "to"), list(WISH_LIFECYCLE.cells()))
def test_a_wish_lives_by_its_table(verb: str, state: WishState, to: WishState | None) -> None:
    made = a_wish(state=state)
    moves: dict[str, Callable[[], Wish]] = {"tell": partial(made.tell, NOON), "withdraw": made.withdraw}

    if to is None:
        with pytest.raises(IllegalTransition):
            moves[verb]()
    else:
        assert moves[verb]().state is to


@given(st.lists(st.integers(1, 6), max_size=20), st.integers(0, 12), st.integers(1, 4))
def test_the_told_want_no_more_than_the_share_of_each_unit_and_nobody_is_passed_over_who_fits(
    quantities: list[int], available: int, per_unit: int
) -> None:
    wishes = [a_wish(f"w{number:02}", quantity=quantity) for number, quantity in enumerate(quantities)]

    told = list(to_be_told(wishes, available, WishPolicy(per_unit)))

    units = sum(each.quantity for each in told)
    assert units <= available * per_unit
    assert all(each.quantity <= available for each in told)
    assert told == [each for each in wishes if each in told]
    left = available * per_unit - units
    assert all(each.quantity > min(available, left) for each in wishes if each not in told)
