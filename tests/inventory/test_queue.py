"""The queue for what many want: who comes first is served first, nobody is offered what is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ecomcore.bootstrap import Desk, assemble
from ecomcore.flows import POLICIES, Policies
from ecomcore.inventory import (
    TICKET_LIFECYCLE,
    ChannelLocation,
    ConsumeStock,
    ExpireReservations,
    GetAvailability,
    GetTicket,
    JoinQueue,
    LeaveQueue,
    ListQueue,
    ListStock,
    NotQueued,
    NotServed,
    OpenLocation,
    OthersAreWaiting,
    OutOfStock,
    Purpose,
    QueuePolicy,
    QueueTicket,
    ReceiveStock,
    ReleaseStock,
    Reservation,
    ReserveMore,
    ReserveStock,
    ServeChannel,
    ServeQueue,
    SetStockRules,
    StockLine,
    StripeStock,
    TakeOffer,
    TicketState,
    TooManyWanted,
)
from ecomcore.inventory.waiting import served
from ecomcore.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound
from ecomcore.kernel.ids import LocationId, MemberId, QueueTicketId, VariantId
from ecomcore.kernel.messages import Guest, Member, System
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import NOON, ShopKit, a_shop
from ecomcore.testing.queues import a_ticket
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import fetch
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.support.refusals import refused

TEA, COFFEE = VariantId("tea"), VariantId("coffee")
STORE, ATTIC = LocationId("store"), LocationId("attic")
HOLD = timedelta(minutes=10)
WAITING, OFFERED, TAKEN, LAPSED, LEFT = TicketState


@pytest.fixture
def kit() -> ShopKit:
    return a_queued_shop(MemoryPersistence())


def a_queued_shop(persistence: Persistence) -> ShopKit:
    """A shop with a store and an attic, and no tea in either; tea is sold in the order of a queue, coffee is not."""
    kit = a_shop(persistence, products=0)
    kit.staff.handle(OpenLocation("Store", 1, id=STORE))
    kit.staff.handle(OpenLocation("Attic", 2, id=ATTIC))
    for location in (STORE, ATTIC):
        kit.staff.handle(SetStockRules(TEA, location, queued=True))
    return kit


def in_shop(kit: ShopKit, policy: QueuePolicy, *, policies: Policies = POLICIES) -> Desk:
    """The same shop with other rules, as the shop itself sees it."""
    shop = assemble(kit.persistence, clock=kit.clock, ids=kit.ids, queue_policy=policy, policies=policies)
    return shop.desk(System())


def person(kit: ShopKit, name: str) -> Desk:
    return kit.shop.desk(Member(MemberId(name)))


def join(kit: ShopKit, name: str, quantity: int = 1, at: LocationId | None = None) -> QueueTicketId:
    return person(kit, name).handle(JoinQueue(f"{name}-cart", TEA, quantity, location=at, hold_for=HOLD))


def receive(kit: ShopKit, quantity: int, at: LocationId = STORE) -> None:
    kit.staff.handle(ReceiveStock(at, (StockLine(TEA, quantity),), "note"))


def order(kit: ShopKit, name: str, quantity: int, of: str | None = None) -> None:
    """Somebody buys tea; with the offer ``of`` a ticket, Ada does."""
    owner = "member:ada" if of else ""
    kit.system.handle(ReserveStock(name, (StockLine(TEA, quantity),), instead_of=of, owner=owner))


def units_of_tea(quantity: int) -> tuple[StockLine, ...]:
    return (StockLine(TEA, quantity),)


def states(kit: ShopKit, *tickets: QueueTicketId) -> list[TicketState]:
    return [kit.staff.ask(GetTicket(ticket)).state for ticket in tickets]


def available(kit: ShopKit) -> int:
    return kit.shop.ask(GetAvailability((TEA,)))[0].available


def test_who_came_first_is_offered_units_first_and_the_others_wait(kit: ShopKit) -> None:
    tickets = [join(kit, name) for name in ("ada", "bob", "eve")]

    receive(kit, 2)

    assert states(kit, *tickets) == [OFFERED, OFFERED, WAITING]
    assert not kit.shop.audit()


def test_a_ticket_shows_its_owner_their_position_and_until_when_units_are_offered(kit: ShopKit) -> None:
    tickets = [join(kit, name) for name in ("ada", "bob", "eve")]
    before = [kit.staff.ask(GetTicket(ticket)) for ticket in tickets]

    kit.clock.tick(timedelta(hours=1))
    receive(kit, 1)

    assert [(view.position, view.offered_until) for view in before] == [(1, None), (2, None), (3, None)]
    first, second = (kit.staff.ask(GetTicket(ticket)) for ticket in tickets[:2])
    assert (first.position, first.offered_until) == (None, NOON + timedelta(hours=1) + HOLD)
    assert (second.position, second.offered_until) == (1, None)


def test_who_joins_while_units_are_there_is_offered_them_at_once(kit: ShopKit) -> None:
    receive(kit, 1)

    tickets = [join(kit, "ada"), join(kit, "bob")]

    assert states(kit, *tickets) == [OFFERED, WAITING]


def test_what_is_offered_is_set_aside_for_the_ticket_until_then(kit: ShopKit) -> None:
    ticket = join(kit, "ada", 2)

    receive(kit, 3)

    held = fetch(kit.persistence, Reservation, ticket)
    assert (held.purpose, held.expires_at) == (Purpose.QUEUE, NOON + HOLD)
    assert sum(line.quantity for line in held.lines) == 2
    with refused(OutOfStock(TEA, 2, 1)):
        order(kit, "order", 2)


def test_a_head_that_wants_more_than_there_is_holds_up_whoever_comes_after(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 3), join(kit, "bob", 1)]

    receive(kit, 2)
    before = states(kit, *tickets)
    receive(kit, 2)

    assert before == [WAITING, WAITING]
    assert states(kit, *tickets) == [OFFERED, OFFERED]


def test_a_shop_may_allow_that_who_wants_less_overtakes(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 3), join(kit, "bob", 1), join(kit, "eve", 2)]
    receive(kit, 2)

    offered = in_shop(kit, QueuePolicy(overtaking=True)).handle(ServeQueue())

    assert offered == 1
    assert states(kit, *tickets) == [WAITING, OFFERED, WAITING]


def test_who_waits_for_one_location_holds_up_its_units_only(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", at=ATTIC), join(kit, "bob"), join(kit, "eve", at=ATTIC), join(kit, "joe", 2)]

    receive(kit, 2, STORE)
    before = states(kit, *tickets)
    receive(kit, 1, ATTIC)

    assert before == [WAITING, OFFERED, WAITING, WAITING]
    assert states(kit, *tickets) == [OFFERED, OFFERED, WAITING, WAITING]


def test_units_of_several_locations_serve_one_ticket(kit: ShopKit) -> None:
    ticket = join(kit, "ada", 3)

    receive(kit, 1, STORE)
    receive(kit, 2, ATTIC)

    held = fetch(kit.persistence, Reservation, ticket)
    assert {(line.location, line.quantity) for line in held.lines} == {(STORE, 1), (ATTIC, 2)}


def test_a_ticket_is_served_by_the_locations_of_its_channel_without_what_they_keep_back(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("default", (ChannelLocation(STORE, buffer=1),)))
    ticket = join(kit, "ada", 2)

    receive(kit, 5, ATTIC)
    receive(kit, 2, STORE)
    before = states(kit, ticket)
    receive(kit, 1, STORE)

    assert (before, states(kit, ticket)) == ([WAITING], [OFFERED])
    with refused(NotServed(ATTIC, "default")):
        join(kit, "bob", at=ATTIC)


def test_others_have_to_join_the_queue_while_somebody_waits(kit: ShopKit) -> None:
    join(kit, "ada", 3)
    join(kit, "bob", 1)
    receive(kit, 2)

    with refused(OthersAreWaiting(TEA, 2)):
        order(kit, "order", 1)


def test_nobody_adds_units_to_an_order_while_others_wait_for_them(kit: ShopKit) -> None:
    receive(kit, 1)
    order(kit, "order", 1)
    join(kit, "ada", 3)
    receive(kit, 2)

    with refused(OthersAreWaiting(TEA, 1)):
        kit.system.handle(ReserveMore("order", (StockLine(TEA, 1),)))


def test_what_is_not_sold_by_a_queue_is_free_for_all(kit: ShopKit) -> None:
    kit.staff.handle(ReceiveStock(STORE, (StockLine(COFFEE, 1),), "note"))

    with refused(NotQueued(COFFEE)):
        kit.member.handle(JoinQueue("cart", COFFEE, 1))

    kit.system.handle(ReserveStock("order", (StockLine(COFFEE, 1),)))


def test_without_anybody_waiting_what_is_queued_can_be_ordered(kit: ShopKit) -> None:
    receive(kit, 1)

    order(kit, "order", 1)

    assert available(kit) == 0


def test_an_order_takes_over_what_was_offered(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 2), join(kit, "bob", 1)]
    receive(kit, 2)

    order(kit, "order", 2, of=tickets[0])

    assert states(kit, *tickets) == [TAKEN, WAITING]
    assert sum(line.quantity for line in fetch(kit.persistence, Reservation, "order").lines) == 2
    assert not kit.shop.audit()


def test_an_offer_is_for_as_many_units_as_were_waited_for(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 1), join(kit, "bob", 3)]
    receive(kit, 2)

    with refused(OthersAreWaiting(TEA, 1)):
        order(kit, "order", 2, of=tickets[0])

    assert states(kit, *tickets) == [OFFERED, WAITING]


def test_nobody_takes_the_offer_of_another(kit: ShopKit) -> None:
    ticket = join(kit, "bob")
    receive(kit, 1)

    with refused(NotFound("QueueTicket", ticket)):
        order(kit, "order", 1, of=ticket)

    assert states(kit, ticket) == [OFFERED]


def test_who_waits_at_the_counter_is_nobody_whom_the_shop_knows(kit: ShopKit) -> None:
    ticket = kit.staff.handle(JoinQueue("slip-1", TEA, 1))
    receive(kit, 1)

    kit.system.handle(ReserveStock("sale", (StockLine(TEA, 1),), instead_of=ticket))

    assert states(kit, ticket) == [TAKEN]
    with refused(NotFound("QueueTicket", ticket)):
        kit.member.ask(GetTicket(ticket))


def test_what_an_order_leaves_of_its_offer_is_for_the_next_in_line(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 2), join(kit, "bob", 1)]
    receive(kit, 2)

    order(kit, "order", 1, of=tickets[0])

    assert states(kit, *tickets) == [TAKEN, OFFERED]


def test_an_offer_that_nobody_comes_for_lapses_and_goes_to_the_next(kit: ShopKit) -> None:
    tickets = [join(kit, "ada"), join(kit, "bob")]
    receive(kit, 1)

    kit.clock.tick(HOLD)
    kit.system.handle(ExpireReservations())

    assert states(kit, *tickets) == [LAPSED, OFFERED]
    assert not kit.shop.audit()


def test_whoever_comes_too_late_for_an_offer_does_not_come_before_others_though_no_job_has_run() -> None:
    kit = a_queued_shop(MemoryPersistence())
    tickets = [join(kit, "ada"), join(kit, "bob")]
    receive(kit, 1)
    kit.clock.tick(HOLD)

    with refused(OthersAreWaiting(TEA, 1)):
        order(kit, "order", 1, of=tickets[0])
    kit.system.handle(ExpireReservations())

    assert states(kit, *tickets) == [LAPSED, OFFERED]
    assert not kit.shop.audit()


def test_whoever_comes_too_late_and_finds_nobody_waiting_buys_like_anybody_else(kit: ShopKit) -> None:
    ticket = join(kit, "ada")
    receive(kit, 1)
    kit.clock.tick(HOLD)

    order(kit, "order", 1, of=ticket)

    assert states(kit, ticket) == [LAPSED]
    assert available(kit) == 0
    assert not kit.shop.audit()


def test_who_was_late_joins_again_at_the_end(kit: ShopKit) -> None:
    first, other = join(kit, "ada"), join(kit, "bob", 2)
    receive(kit, 1)
    kit.clock.tick(HOLD)
    kit.system.handle(ExpireReservations())

    again = join(kit, "ada")

    assert again != first
    assert [entry.id for entry in kit.staff.ask(ListQueue(TEA))] == [other, again]


def test_who_leaves_gives_their_place_to_the_next(kit: ShopKit) -> None:
    tickets = [join(kit, "ada", 3), join(kit, "bob", 1)]
    receive(kit, 1)

    person(kit, "ada").handle(LeaveQueue(tickets[0]))
    person(kit, "ada").handle(LeaveQueue(tickets[0]))

    assert states(kit, *tickets) == [LEFT, OFFERED]
    assert not kit.shop.audit()


def test_who_leaves_with_an_offer_gives_its_units_to_the_next(kit: ShopKit) -> None:
    tickets = [join(kit, "ada"), join(kit, "bob")]
    receive(kit, 1)

    person(kit, "ada").handle(LeaveQueue(tickets[0]))

    assert states(kit, *tickets) == [LEFT, OFFERED]
    assert not kit.shop.audit()


def test_a_ticket_that_has_ended_cannot_be_left(kit: ShopKit) -> None:
    ticket = join(kit, "ada")
    receive(kit, 1)
    order(kit, "order", 1, of=ticket)

    with refused(IllegalTransition("queue ticket", "leave", "taken", ("waiting", "offered"))):
        person(kit, "ada").handle(LeaveQueue(ticket))
    kit.system.handle(TakeOffer(ticket))

    assert states(kit, ticket) == [TAKEN]


def test_what_an_order_gives_back_goes_to_the_line(kit: ShopKit) -> None:
    receive(kit, 1)
    order(kit, "order", 1)
    ticket = join(kit, "ada")

    kit.system.handle(ReleaseStock("order"))

    assert states(kit, ticket) == [OFFERED]


def test_to_join_twice_for_the_same_is_to_join_once(kit: ShopKit) -> None:
    first = join(kit, "ada")

    assert join(kit, "ada", 3) == first
    assert [(entry.number, entry.quantity) for entry in kit.staff.ask(ListQueue(TEA))] == [(1, 1)]


def test_a_stranger_who_names_my_cart_gets_a_ticket_of_their_own(kit: ShopKit) -> None:
    mine = join(kit, "ada")

    theirs = person(kit, "eve").handle(JoinQueue("ada-cart", TEA, 1))

    assert theirs != mine
    with refused(NotFound("QueueTicket", mine)):
        person(kit, "eve").ask(GetTicket(mine))


def test_guests_wait_as_members_do(kit: ShopKit) -> None:
    ticket = kit.guest.handle(JoinQueue("cart", TEA, 1))

    assert kit.guest.ask(GetTicket(ticket)).position == 1
    with refused(NotFound("QueueTicket", ticket)):
        kit.shop.desk(Guest("another-token-of-a-guest")).handle(LeaveQueue(ticket))


def test_one_ticket_waits_for_no_more_units_and_no_longer_than_the_shop_allows(kit: ShopKit) -> None:
    with refused(TooManyWanted(TEA, 11, 10)):
        join(kit, "ada", 11)
    with pytest.raises(Invalid) as refusal:
        kit.member.handle(JoinQueue("cart", TEA, 1, hold_for=timedelta(days=2)))

    assert refusal.value.field == "hold_for"


@pytest.mark.parametrize("hold", [timedelta(0), timedelta(seconds=-1), timedelta(milliseconds=1_500), 60, None])
def test_an_offer_holds_for_whole_seconds(hold: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        JoinQueue("cart", TEA, 1, hold_for=hold)

    assert refusal.value.field == "hold_for"


def test_staff_see_who_waits_and_who_has_an_offer_in_the_order_of_coming(kit: ShopKit) -> None:
    tickets = [join(kit, name) for name in ("ada", "bob", "eve")]
    receive(kit, 1)
    person(kit, "bob").handle(LeaveQueue(tickets[1]))

    entries = kit.staff.ask(ListQueue(TEA))

    assert [(entry.number, entry.owner, entry.state) for entry in entries] == [
        (1, "member:ada", OFFERED),
        (3, "member:eve", WAITING),
    ]
    assert [entry.number for entry in kit.staff.ask(ListQueue(TEA, after=1, limit=1))] == [3]


def test_the_job_serves_all_lines_and_no_more_of_each_than_it_is_told(kit: ShopKit) -> None:
    silent = in_shop(kit, QueuePolicy(), policies={})
    kit.staff.handle(SetStockRules(COFFEE, STORE, queued=True))
    tickets = [join(kit, name) for name in ("ada", "bob", "eve")]
    tickets.append(kit.member.handle(JoinQueue("cart", COFFEE, 1)))
    silent.handle(ReceiveStock(STORE, (StockLine(TEA, 9), StockLine(COFFEE, 9))))

    offered = [silent.handle(ServeQueue(limit=2)), silent.handle(ServeQueue(limit=2)), silent.handle(ServeQueue())]

    assert offered == [3, 1, 0]
    assert states(kit, *tickets) == [OFFERED] * 4


def test_to_serve_a_hundred_takes_no_more_statements_than_to_serve_one(sqlite_url: str) -> None:
    store = SqlPersistence(sqlite_url)
    erase_everything(store)
    kit = a_queued_shop(store)
    silent = in_shop(kit, QueuePolicy(), policies={})
    ran = {}
    for people in (1, 100):
        for number in range(people):
            silent.handle(JoinQueue(f"{people}-{number}", TEA, 1))
        silent.handle(ReceiveStock(STORE, (StockLine(TEA, people),)))
        before = store.statements
        assert silent.handle(ServeQueue()) == people
        ran[people] = store.statements - before

    assert ran[100] == ran[1]
    store.close()


def test_of_a_crowd_that_joins_at_once_each_has_a_number_and_the_first_are_offered(persistence: Persistence) -> None:
    kit = a_queued_shop(persistence)
    receive(kit, 3)

    outcomes = at_once([partial(join, kit, f"p{number}") for number in range(8)])

    tickets = {outcome.value for outcome in outcomes}
    entries = kit.staff.ask(ListQueue(TEA))
    assert {entry.id for entry in entries} == tickets
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [entry.state for entry in entries] == [OFFERED] * 3 + [WAITING] * 5
    assert not kit.shop.audit()


def test_a_crowd_that_joins_while_units_come_and_others_order_is_never_offered_too_much(
    persistence: Persistence,
) -> None:
    kit = a_queued_shop(persistence)
    receive(kit, 2)

    def buys(name: str) -> None:
        with suppress(OutOfStock, OthersAreWaiting):
            order(kit, name, 1)

    calls: list[Callable[[], object]] = [partial(join, kit, f"p{number}") for number in range(5)]
    calls += [partial(buys, f"order-{number}") for number in range(3)]
    calls.append(partial(receive, kit, 2))
    outcomes = at_once(calls)

    assert all(outcome.error is None for outcome in outcomes)
    (stock,) = [view for view in kit.staff.ask(ListStock((TEA,))) if view.location == STORE]
    assert (stock.on_hand, stock.reserved) == (4, 4)
    found = [entry.state for entry in kit.staff.ask(ListQueue(TEA))]
    assert found == sorted(found), "offered ones stand before waiting ones"
    assert not kit.shop.audit()


@pytest.mark.parametrize(("verb", "state", "to"), list(TICKET_LIFECYCLE.cells()))
def test_a_ticket_lives_by_its_table(verb: str, state: TicketState, to: TicketState | None) -> None:
    ticket = a_ticket(state=state)
    moves: dict[str, Callable[[], QueueTicket]] = {
        "offer": partial(ticket.offer, NOON),
        "take": ticket.take,
        "lapse": ticket.lapse,
        "leave": ticket.leave,
    }

    if to is not None:
        assert moves[verb]().state is to
    elif (verb, state) == ("leave", LEFT):
        assert ticket.leave() is ticket
    else:
        with pytest.raises(IllegalTransition):
            moves[verb]()


PLACES = st.sampled_from([None, STORE, ATTIC])
WANTED = st.lists(st.tuples(PLACES, st.integers(1, 4)), max_size=8)


@given(WANTED, st.integers(0, 8), st.integers(0, 8), st.booleans())
def test_nobody_takes_what_somebody_before_them_could_have(
    wanted: list[tuple[LocationId | None, int]], store: int, attic: int, overtaking: bool
) -> None:
    left = {STORE: store, ATTIC: attic}
    tickets = [a_ticket(f"t{n}", number=n, quantity=q, location=at) for n, (at, q) in enumerate(wanted, 1)]

    def take(ticket: QueueTicket, held_up: Any) -> dict[LocationId, int] | None:
        open_ = [place for place in left if ticket.location in (None, place) and place not in held_up]
        if sum(left[place] for place in open_) < ticket.quantity:
            return None
        taken, missing = {}, ticket.quantity
        for place in open_:
            taken[place] = min(missing, left[place])
            missing -= taken[place]
            left[place] -= taken[place]
        return {place: units for place, units in taken.items() if units}

    given_to = {ticket.number: taken for ticket, taken in served(tickets, take, overtaking=overtaking)}

    assert all(units >= 0 for units in left.values())
    for number, taken in given_to.items():
        assert sum(taken.values()) == tickets[number - 1].quantity
        for earlier in tickets[: number - 1]:
            if earlier.number not in given_to and not overtaking:
                assert earlier.location is not None
                assert earlier.location not in taken


class LinesAtRandom(RuleBasedStateMachine):
    """People join, leave and buy, units come, time passes: beside it a model that knows only who stands where."""

    def opened(self) -> ShopKit:
        return a_queued_shop(MemoryPersistence())

    @initialize(quantities=st.lists(st.integers(1, 4), min_size=2, max_size=6))
    def a_shop_opens(self, quantities: list[int]) -> None:
        self.kit = self.opened()
        self.tickets: list[QueueTicketId] = []
        self.ended: dict[QueueTicketId, TicketState] = {}
        self.orders: list[str] = []
        for quantity in quantities:
            self.somebody_joins(quantity)

    @rule(quantity=st.integers(1, 4))
    def somebody_joins(self, quantity: int) -> None:
        self.tickets.append(join(self.kit, f"p{len(self.tickets)}", quantity))

    @rule(quantity=st.integers(1, 5))
    def units_arrive(self, quantity: int) -> None:
        receive(self.kit, quantity)

    @rule(which=st.integers(0, 5))
    def somebody_leaves(self, which: int) -> None:
        self._tried(LeaveQueue(self.tickets[-1 - which % len(self.tickets)]))

    @rule(which=st.integers(0, 5), quantity=st.integers(1, 4))
    def somebody_buys_what_was_offered(self, which: int, quantity: int) -> None:
        offers = [entry for entry in self.kit.staff.ask(ListQueue(TEA)) if entry.state is OFFERED]
        if offers:
            offer = offers[which % len(offers)]
            self._buys(ReserveStock(self._an_order(), units_of_tea(quantity), instead_of=offer.id, owner=offer.owner))

    @rule(which=st.integers(0, 5))
    def somebody_comes_late(self, which: int) -> None:
        late = [ticket for ticket, state in self.ended.items() if state is not TAKEN]
        if late:
            ticket = late[which % len(late)]
            owner = fetch(self.kit.persistence, QueueTicket, ticket).owner
            self._buys(ReserveStock(self._an_order(), units_of_tea(1), instead_of=ticket, owner=owner))
            assert states(self.kit, ticket) == [self.ended[ticket]]

    @rule(quantity=st.integers(1, 3))
    def somebody_tries_to_push_in(self, quantity: int) -> None:
        waits = any(entry.state is WAITING for entry in self.kit.staff.ask(ListQueue(TEA)))

        done = self._buys(ReserveStock(self._an_order(), units_of_tea(quantity)))

        assert not (waits and done)

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 5), leaves=st.booleans())
    def an_order_ends(self, which: int, leaves: bool) -> None:
        order_ = self.orders[which % len(self.orders)]
        self._tried(ConsumeStock(order_, f"{order_}-parcel") if leaves else ReleaseStock(order_))

    @rule(minutes=st.sampled_from([1, 5, 10]))
    def time_passes(self, minutes: int) -> None:
        self.kit.clock.tick(timedelta(minutes=minutes))
        self.kit.system.handle(ExpireReservations())
        self.kit.system.handle(ServeQueue())

    @invariant()
    def never_more_is_offered_than_there_is(self) -> None:
        for view in self.kit.staff.ask(ListStock((TEA,))):
            assert 0 <= view.reserved <= view.on_hand

    @invariant()
    def whoever_waits_came_after_all_who_were_served(self) -> None:
        by_state = defaultdict(list)
        for place, state in enumerate(states(self.kit, *self.tickets)):
            by_state[state].append(place)
        was_served = [*by_state[OFFERED], *by_state[TAKEN], *by_state[LAPSED]]
        if by_state[WAITING] and was_served:
            assert max(was_served) < min(by_state[WAITING])

    @invariant()
    def nobody_waits_for_what_is_there(self) -> None:
        head = next((e for e in self.kit.staff.ask(ListQueue(TEA)) if e.state is WAITING), None)

        assert head is None or available(self.kit) < head.quantity

    @invariant()
    def a_ticket_ends_once(self) -> None:
        for ticket, state in zip(self.tickets, states(self.kit, *self.tickets), strict=True):
            if state in (TAKEN, LAPSED, LEFT):
                assert self.ended.setdefault(ticket, state) is state
            else:
                assert ticket not in self.ended

    def _an_order(self) -> str:
        return f"order-{len(self.orders)}"

    def _buys(self, command: ReserveStock) -> bool:
        done = self._tried(command)
        self.orders.append(command.source)
        return done

    def _tried(self, command: Any) -> bool:
        try:
            self.kit.system.handle(command)
        except DomainError:
            return False
        return True

    def teardown(self) -> None:
        if hasattr(self, "kit"):
            assert not self.kit.shop.audit()


def lives(machine: Callable[[], LinesAtRandom], number: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=number,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_lines_live_at_random_by_their_laws() -> None:
    lives(LinesAtRandom, 60)


def test_lines_for_striped_units_live_by_the_same_laws(postgres_url: str) -> None:
    store = SqlPersistence(postgres_url)

    class StripedLinesAtRandom(LinesAtRandom):
        def opened(self) -> ShopKit:
            erase_everything(store)
            kit = a_queued_shop(store)
            kit.staff.handle(StripeStock(TEA, STORE, 3))
            return kit

    lives(StripedLinesAtRandom, 12)
    store.close()
