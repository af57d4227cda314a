"""Wishes: who wants to know when something is back is told once, the first ones first, and can be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import supply, transfers
from ecomcore.bootstrap import assemble
from ecomcore.choices import Subscriber
from ecomcore.inventory import (
    WISH_LIFECYCLE,
    AskForStock,
    BackInStockTold,
    BookCount,
    ChannelLocation,
    Component,
    ConsumeStock,
    CorrectStock,
    CountedDifference,
    DamageStock,
    DefineBundle,
    EraseWishes,
    JoinQueue,
    ListWishes,
    MendStock,
    NothingToWaitFor,
    OpenLocation,
    PreOrders,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    ServeChannel,
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
from ecomcore.inventory.wish import Shares, to_be_told
from ecomcore.inventory.wishing import PAGE
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
STORE, HOUSE = LocationId("store"), LocationId("house")
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

    at_once([partial(kit.system.handle, TellWishes(TEA, STORE)) for _ in range(4)])
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


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["web", "store"])), max_size=20),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 12),
    st.integers(1, 4),
)
def test_the_told_want_no_more_than_the_share_of_each_unit_and_nobody_is_passed_over_who_fits(
    wanted: list[tuple[int, str]], here: int, there: int, told_before: int, per_unit: int
) -> None:
    wishes = [
        a_wish(f"w{number:02}", quantity=quantity, channel=channel) for number, (quantity, channel) in enumerate(wanted)
    ]
    shares = Shares({"web": {HOUSE: here}, "store": {HOUSE: here, STORE: there}}, per_unit)
    shares.take("web", told_before)

    told = list(to_be_told(wishes, shares))

    units = {channel: sum(each.quantity for each in told if each.channel == channel) for channel in ("web", "store")}
    taken = min(told_before, here * per_unit)
    assert units["web"] <= here * per_unit - taken
    assert units["web"] + units["store"] <= (here + there) * per_unit - taken
    assert told == [each for each in wishes if each in told]
    can = {"web": here, "store": here + there}
    assert all(each.quantity <= can[each.channel] for each in told)
    waiting = [each for each in wishes if each not in told]
    assert all(each.quantity > min(can[each.channel], shares.left(each.channel)) for each in waiting)


# Whoever can be served is told -----------------------------------------------------------------------------------


def look_again(kit: ShopKit, **after: float) -> None:
    """What the worker does every minute; some time later."""
    kit.clock.tick(timedelta(**after))
    kit.shop.run_job("tell_wishes")


def test_who_wants_more_than_is_there_is_told_when_as_many_are_there(kit: ShopKit, post: Post) -> None:
    receive(kit, 3)
    wish(kit, "ada", 5)
    receive(kit, 1)
    look_again(kit)
    too_few = list(post.addresses)

    receive(kit, 100)
    look_again(kit)

    assert (too_few, post.addresses) == ([], ["ada@example.org"])
    assert open_wishes(kit) == []


def test_those_for_whom_there_was_no_share_are_told_when_more_comes(kit: ShopKit, post: Post) -> None:
    for number in range(10):
        wish(kit, f"p{number}")
    receive(kit, 1)
    look_again(kit)
    of_one = list(post.addresses)

    receive(kit, 1)
    look_again(kit)
    of_two = list(post.addresses)
    receive(kit, 1_000)
    look_again(kit)
    look_again(kit)

    assert (len(of_one), len(of_two)) == (3, 6)
    assert post.addresses == [f"p{number}@example.org" for number in range(10)]


def put_in(kit: ShopKit) -> None:
    kit.staff.handle(CorrectStock(TEA, STORE, 2, "found"))


def count_in(kit: ShopKit) -> None:
    kit.system.handle(BookCount(STORE, "count", (CountedDifference(TEA, 1, 2),), (TEA,)))


def mend(kit: ShopKit) -> None:
    kit.staff.handle(MendStock(TEA, STORE, 2, "only the box"))


def give_back(kit: ShopKit) -> None:
    kit.system.handle(ReleaseStock("order"))


def let_it_expire(kit: ShopKit) -> None:
    kit.clock.tick(timedelta(hours=2))


def move_in(kit: ShopKit) -> None:
    moved = kit.staff.handle(transfers.RequestTransfer(HOUSE, STORE, (transfers.TransferLine(TEA, 2),)))
    kit.staff.handle(transfers.ShipTransfer(moved))
    kit.staff.handle(transfers.ReceiveTransfer(moved, (transfers.TransferArrival(TEA, 2),)))


def deliver(kit: ShopKit) -> None:
    inbound = kit.staff.handle(
        supply.ExpectInbound("PO", STORE, (supply.InboundLine(TEA, 2),), kit.clock.now() + timedelta(days=1))
    )
    kit.staff.handle(supply.ReceiveInbound(inbound, (supply.ArrivedLine(TEA, 2),), "slip"))


@pytest.mark.parametrize("more", [put_in, count_in, mend, give_back, let_it_expire, move_in, deliver])
def test_however_more_can_be_had_those_who_wait_for_it_are_told_once(
    kit: ShopKit, post: Post, more: Callable[[ShopKit], None]
) -> None:
    kit.staff.handle(OpenLocation("House", id=HOUSE))
    kit.staff.handle(ServeChannel("default", (ChannelLocation(STORE),)))
    kit.staff.handle(ReceiveStock(HOUSE, (StockLine(TEA, 2),)))
    receive(kit, 6)
    kit.staff.handle(DamageStock(TEA, STORE, 2, "wet"))
    until = kit.clock.now() + timedelta(hours=1)
    kit.system.handle(ReserveStock("order", (StockLine(TEA, 2),), STORE, expires_at=until))
    wish(kit, "ada", 4)
    look_again(kit)
    too_few = list(post.addresses)

    more(kit)
    look_again(kit)
    look_again(kit)

    assert (too_few, post.addresses) == ([], ["ada@example.org"])


def test_a_pre_order_that_is_released_is_told_of(kit: ShopKit, post: Post) -> None:
    receive(kit, 2)
    release = kit.clock.now() + timedelta(days=30)
    kit.staff.handle(SetStockRules(TEA, STORE, beyond=PreOrders(1, release)))
    kit.system.handle(ReserveStock("order", (StockLine(TEA, 1),)))
    wish(kit, "ada")
    look_again(kit, days=29)
    before = list(post.addresses)

    look_again(kit, days=1)

    assert (before, post.addresses) == ([], ["ada@example.org"])


def test_what_nobody_came_for_in_time_is_told_to_the_next(kit: ShopKit, post: Post) -> None:
    for number in range(5):
        wish(kit, f"p{number}")
    receive(kit, 1)

    look_again(kit, hours=23)
    first = list(post.addresses)
    look_again(kit, hours=2)

    assert (len(first), len(post.addresses)) == (3, 5)


def test_a_wish_in_a_channel_is_about_what_the_channel_can_have(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(OpenLocation("House", id=HOUSE))
    kit.staff.handle(ServeChannel("web", (ChannelLocation(HOUSE, buffer=1),)))
    receive(kit, 4)
    kit.shop.desk(Member(MemberId("ada")), "web").handle(AskForStock(TEA))
    kit.staff.handle(AskForStock(COFFEE, email=ADA, channel="web"))

    receive(kit, 4, COFFEE)
    kit.staff.handle(ReceiveStock(HOUSE, (StockLine(TEA, 1),)))
    look_again(kit)
    elsewhere = list(post.addresses)
    kit.staff.handle(ReceiveStock(HOUSE, (StockLine(TEA, 1), StockLine(COFFEE, 2))))
    look_again(kit)

    assert elsewhere == []
    assert sorted(post.addresses) == ["ada@example.org", "member:ada"]


def test_who_waits_in_vain_in_one_channel_holds_up_nobody_in_another(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(OpenLocation("House", id=HOUSE))
    kit.staff.handle(ServeChannel("web", (ChannelLocation(HOUSE),)))
    for number in range(4):
        kit.clock.tick()
        kit.staff.handle(AskForStock(TEA, email=Personal(f"web{number}@example.org"), channel="web"))
    wish(kit, "ada")

    receive(kit, 1)

    assert post.addresses == ["ada@example.org"]


def test_a_unit_that_two_channels_can_have_is_shared_by_those_who_wait_in_both(kit: ShopKit, post: Post) -> None:
    for number in range(4):
        wish(kit, f"p{number}")
        kit.staff.handle(AskForStock(TEA, email=Personal(f"web{number}@example.org"), channel="web"))

    receive(kit, 1)
    look_again(kit)

    assert post.addresses == ["p0@example.org", "web0@example.org", "p1@example.org"]


def test_who_wishes_for_a_bundle_is_told_when_it_can_be_put_together(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(DefineBundle(VariantId("set"), (Component(TEA, 2), Component(COFFEE, 1))))
    wish(kit, "ada", 2, VariantId("set"))
    receive(kit, 4)
    receive(kit, 1, COFFEE)
    look_again(kit)
    one = list(post.addresses)

    receive(kit, 1, COFFEE)
    look_again(kit)

    assert (one, post.addresses) == ([], ["ada@example.org"])
    with refused(NothingToWaitFor(VariantId("set"), 2)):
        wish(kit, "bob", 1, VariantId("set"))


def test_nobody_is_told_of_a_bundle_for_whose_parts_others_wait_in_line(kit: ShopKit, post: Post) -> None:
    kit.staff.handle(DefineBundle(VariantId("set"), (Component(TEA, 1),)))
    kit.staff.handle(SetStockRules(TEA, STORE, queued=True))
    wish(kit, "ada", 1, VariantId("set"))
    kit.guest.handle(JoinQueue("cart", TEA, 3))

    receive(kit, 2)
    look_again(kit)

    assert post.addresses == []


def test_many_variants_are_looked_at_a_page_at_a_time(kit: ShopKit, post: Post) -> None:
    variants = [VariantId(f"v{number:03}") for number in range(PAGE + 1)]
    for variant in variants:
        kit.staff.handle(AskForStock(variant, email=ADA, channel="web"))
    kit.staff.handle(ServeChannel("web", ()))
    kit.staff.handle(ReceiveStock(STORE, tuple(StockLine(variant, 1) for variant in variants)))
    kit.staff.handle(ServeChannel("web", (ChannelLocation(STORE),)))

    told = kit.system.handle(TellWishes())
    kit.settle()

    assert (told, len(post.told)) == (PAGE + 1, PAGE + 1)


def test_what_is_told_is_kept_and_found_alike_by_every_store(persistence: Persistence) -> None:
    post = Post()
    kit = a_sold_out_shop(persistence, post)
    for number in range(5):
        wish(kit, f"p{number}")
    wish(kit, "many", 3)
    receive(kit, 1)

    receive(kit, 2)
    look_again(kit)
    kit.settle()

    assert post.addresses == [
        "p0@example.org",
        "p1@example.org",
        "p2@example.org",
        "p3@example.org",
        "p4@example.org",
        "many@example.org",
    ]
    assert not kit.shop.audit()
