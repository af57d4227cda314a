"""The promises about queues and wishes: they come back whole, are found in order, and nobody is in there twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from ecomcore.inventory import (
    LineSums,
    QueueLines,
    QueueTicket,
    QueueTickets,
    TicketState,
    WishCount,
    Wishes,
    WishState,
    WishSum,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, QueueTicketId, VariantId, WishId
from ecomcore.kernel.work import Persistence
from ecomcore.testing import queues as drawn
from ecomcore.testing.builders import a_location
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.queues import a_queue_line, a_ticket, a_wish
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsQueues"]

TEA, COFFEE, MILK = VariantId("tea"), VariantId("coffee"), VariantId("milk")
_SECOND = timedelta(seconds=1)
_ENDED = (TicketState.TAKEN, TicketState.LAPSED, TicketState.LEFT)


class KeepsQueues(PersistenceCase):
    """What queues and wishes save comes back and is found."""

    def _it_is_saved(self, persistence: Persistence, saved: Aggregate) -> None:
        keep(persistence, saved)
        kept = fetch(self._again(persistence), type(saved), saved.id)
        assert_same(kept, as_kept(saved), f"{type(saved).__name__} {saved.id}")

    def test_every_ticket_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        store = LocationId("store")
        keep(persistence, a_location("store"))

        def is_saved(ticket: QueueTicket) -> None:
            keep(persistence, a_queue_line(ticket.variant, last=ticket.number))
            self._it_is_saved(persistence, ticket)

        for_all(lambda prefix: drawn.tickets(prefix, store), is_saved)

    def test_every_wish_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(drawn.wishes, lambda wish: self._it_is_saved(persistence, wish))

    def test_a_ticket_and_its_line_come_back_changed(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(), a_ticket())

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            lines: QueueLines = work.repository(QueueLines)
            lines.save(lines.get(TEA).shortened().lengthened())
            tickets.save(tickets.get(QueueTicketId("ticket")).offer(NOON))
        with writing(self._again(persistence)) as work:
            tickets = work.repository(QueueTickets)
            tickets.save(tickets.get(QueueTicketId("ticket")).take())

        with reading(self._again(persistence)) as work:
            line, ticket = work.repository(QueueLines).get(TEA), work.repository(QueueTickets).get("ticket")
        assert (line.last, line.waiting) == (2, 1)
        assert (ticket.state, ticket.offered_until) == (TicketState.TAKEN, NOON + ticket.hold_for)

    def test_lines_in_which_somebody_waits_are_found(self, persistence: Persistence) -> None:
        keep(
            persistence, a_queue_line("tea", last=2), a_queue_line("coffee", waiting=0), a_queue_line("milk", waiting=1)
        )

        with writing(persistence) as work:
            lines: QueueLines = work.repository(QueueLines)
            before = lines.waiting()
            lines.save(lines.get(MILK).shortened(), lines.get(COFFEE).lengthened())
            after = lines.waiting()

        assert [sorted(before), sorted(after)] == [[MILK, TEA], [COFFEE, TEA]]

    def test_the_heads_of_several_lines_are_found_in_their_order(self, persistence: Persistence) -> None:
        self._two_lines(persistence)

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            tickets.save(tickets.get(QueueTicketId("t2")).offer(NOON))
            work.repository(QueueLines).save(work.repository(QueueLines).get(TEA).lengthened())
            tickets.save(a_ticket("a-late-one", number=6))
            found = {each: [ticket.id for ticket in tickets.heads((TEA, COFFEE, MILK), each)] for each in (1, 2, 3, 9)}
            tea_only = [ticket.id for ticket in tickets.heads((TEA,), 2)]

        assert found == {
            1: ["c1", "t4"],
            2: ["c1", "c2", "t4", "t5"],
            3: ["c1", "c2", "t4", "t5", "a-late-one"],
            9: ["c1", "c2", "t4", "t5", "a-late-one"],
        }
        assert tea_only == ["t4", "t5"]

    def test_those_who_come_first_are_counted(self, persistence: Persistence) -> None:
        self._two_lines(persistence)

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            stored = [dict(tickets.ahead((TEA, COFFEE, MILK), source)) for source in ("order", "t4-cart", "t4", "t2")]
            places = [tickets.before(TEA, number) for number in (1, 2, 3, 5, 9)]
            tickets.save(tickets.get(QueueTicketId("t2")).leave())
            tickets.save(a_ticket("t6", number=6), a_ticket("t7", number=7))
            changed = [dict(tickets.ahead((TEA,), source)) for source in ("order", "t4-cart", "t6-cart", "t2-cart")]
            later = [tickets.before(TEA, number) for number in (3, 7, 9)]

        assert stored == [{TEA: 3, COFFEE: 2}, {TEA: 1, COFFEE: 2}, {TEA: 1, COFFEE: 2}, {COFFEE: 2}]
        assert places == [0, 0, 1, 2, 3]
        assert changed == [{TEA: 4}, {}, {TEA: 2}, {TEA: 4}]
        assert later == [0, 3, 4]

    def test_a_line_is_listed_in_its_order_and_paged(self, persistence: Persistence) -> None:
        self._two_lines(persistence)

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            tickets.save(tickets.get(QueueTicketId("t2")).offer(NOON), tickets.get(QueueTicketId("t4")).leave())
            whole = [ticket.number for ticket in tickets.line(TEA, 0, 9)]
            pages = [[ticket.number for ticket in tickets.line(TEA, after, 1)] for after in (0, 2, 5)]

        assert (whole, pages) == ([2, 5], [[2], [5], []])

    def test_the_sums_of_a_line_are_those_of_its_tickets(self, persistence: Persistence) -> None:
        self._two_lines(persistence)

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            before = dict(tickets.sums((TEA, COFFEE, MILK)))
            tickets.save(tickets.get(QueueTicketId("t2")).offer(NOON), a_ticket("t6", number=6))
            after = tickets.sums((TEA,))[TEA]

        assert before == {TEA: LineSums(5, 5, 3), COFFEE: LineSums(2, 2, 2)}
        assert after == LineSums(6, 6, 3)

    def test_the_ticket_of_a_source_that_waits_or_has_an_offer_is_found(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_queue_line("tea", last=4),
            a_queue_line("coffee", last=1),
            a_ticket("old", number=1, source="cart", state=TicketState.LEFT),
            a_ticket("live", number=2, source="cart", state=TicketState.OFFERED),
            a_ticket("bobs", number=3, source="cart", owner="member:bob"),
            a_ticket("nobodys", number=4, source="cart", owner=""),
            a_ticket("another", number=1, source="cart", variant="coffee"),
        )

        with writing(persistence) as work:
            tickets: QueueTickets = work.repository(QueueTickets)
            found = [
                getattr(tickets.live(variant, owner, source), "id", None)
                for variant, owner, source in (
                    (TEA, "member:ada", "cart"),
                    (TEA, "member:bob", "cart"),
                    (TEA, "", "cart"),
                    (COFFEE, "member:ada", "cart"),
                    (TEA, "member:ada", "another-cart"),
                )
            ]
            tickets.save(tickets.get(QueueTicketId("live")).lapse())
            gone = tickets.live(TEA, "member:ada", "cart")

        assert (found, gone) == (["live", "bobs", "nobodys", "another", None], None)

    def test_a_number_of_a_line_is_given_once(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(last=2), a_ticket("t1", number=1))

        with pytest.raises(Duplicate):
            keep(persistence, a_ticket("t2", number=1))
        with pytest.raises(Duplicate):
            keep(persistence, *(a_ticket(id_, number=2) for id_ in ("t3", "t4")))

    def test_nobody_waits_twice_for_the_same(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(last=9), a_ticket("t1", number=1, source="cart"))
        keep(persistence, *(a_ticket(state, number=n, source="cart", state=state) for n, state in enumerate(_ENDED, 2)))

        for state in (TicketState.WAITING, TicketState.OFFERED):
            with pytest.raises(Duplicate):
                keep(persistence, a_ticket("t9", number=9, source="cart", state=state))

    def test_a_ticket_has_a_line_and_an_offer_when_it_does_not_wait(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(last=9))
        waiting, offered = a_ticket("t1"), a_ticket("t2", number=2, state=TicketState.OFFERED)

        for broken in (
            a_ticket("t3", variant="coffee"),
            waiting.having(offered_until=NOON),
            offered.having(offered_until=None),
            waiting.having(number=0),
            a_queue_line("milk", last=1, waiting=2),
            a_queue_line("milk", last=1, waiting=-1),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, broken)

    def test_a_line_is_locked_by_one_unit_of_work_at_a_time(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(last=0))

        def join(handle: Persistence, name: str) -> int:
            with writing(handle) as work:
                lines: QueueLines = work.repository(QueueLines)
                line = lines.get(TEA, lock=True).lengthened()
                lines.save(line)
                work.repository(QueueTickets).save(a_ticket(name, number=line.last))
                return line.last

        handles = [persistence, self._again(persistence)] * 3
        outcomes = at_once([partial(join, handle, f"t{n}") for n, handle in enumerate(handles)])

        assert sorted(outcome.value for outcome in outcomes) == [1, 2, 3, 4, 5, 6]

    def test_a_stale_ticket_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_queue_line(), a_ticket(state=TicketState.OFFERED))
        ticket = fetch(persistence, QueueTicket, "ticket")

        keep(persistence, ticket.take())
        with pytest.raises(Conflict):
            keep(persistence, ticket.leave())

    def test_wishes_are_found_oldest_first_and_by_how_many_units_they_want(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_wish("w3", asked_at=NOON + 2 * _SECOND),
            a_wish("w1", asked_at=NOON, quantity=5),
            a_wish("w2", asked_at=NOON + _SECOND),
            a_wish("w0", state=WishState.TOLD),
            a_wish("w5", asked_at=NOON + 3 * _SECOND),
            a_wish("w4", asked_at=NOON + 3 * _SECOND),
            a_wish("coffee", variant="coffee"),
            a_wish("web", channel="web", asked_at=NOON + _SECOND),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            wishes.save(wishes.get(WishId("w2")).withdraw(), a_wish("w9", asked_at=NOON - _SECOND))
            found = [wish.id for wish in wishes.oldest(TEA, ("default",), 4, 9)]
            all_ = [wish.id for wish in wishes.oldest(TEA, ("default", "web"), 5, 9)]
            first = [wish.id for wish in wishes.oldest(TEA, ("default",), 5, 2)]

        assert found == ["w9", "w3", "w4", "w5"]
        assert all_ == ["w9", "w1", "web", "w3", "w4", "w5"]
        assert first == ["w9", "w1"]

    def test_what_is_wished_for_and_what_was_told_lately_is_summed_by_variant_and_channel(
        self, persistence: Persistence
    ) -> None:
        keep(
            persistence,
            a_wish("w1", quantity=5),
            a_wish("w2", quantity=2),
            a_wish("w3", quantity=3, channel="web"),
            a_wish("w4", variant="coffee", quantity=4),
            a_wish("w5", variant="milk"),
            a_wish("w6", state=WishState.WITHDRAWN),
            a_wish("t1", state=WishState.TOLD, asked_at=NOON + _SECOND, quantity=6),
            a_wish("t2", state=WishState.TOLD, asked_at=NOON + 2 * _SECOND, quantity=7, channel="web"),
            a_wish("t3", state=WishState.TOLD, asked_at=NOON, quantity=8),
            a_wish("t4", state=WishState.TOLD, variant="milk", asked_at=NOON + _SECOND),
        )
        a_default, web = "default", "web"

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            before = list(wishes.open_sums((TEA, COFFEE))), list(wishes.told_sums((TEA, COFFEE), NOON))
            wishes.save(wishes.get(WishId("w2")).tell(NOON + 3 * _SECOND), a_wish("w7", variant="coffee"))
            after = list(wishes.open_sums((TEA, COFFEE))), list(wishes.told_sums((TEA, COFFEE), NOON))

        with reading(self._again(persistence)) as work:
            kept: Wishes = work.repository(Wishes)
            saved = list(kept.open_sums((TEA, COFFEE))), list(kept.told_sums((TEA, COFFEE), NOON))
            nothing = list(kept.open_sums(())), list(kept.told_sums((MILK,), NOON + _SECOND))

        assert before == (
            [WishSum(COFFEE, a_default, 4, 4), WishSum(TEA, a_default, 7, 2), WishSum(TEA, web, 3, 3)],
            [WishSum(TEA, a_default, 6, 6), WishSum(TEA, web, 7, 7)],
        )
        assert after == saved
        assert saved == (
            [WishSum(COFFEE, a_default, 5, 1), WishSum(TEA, a_default, 5, 5), WishSum(TEA, web, 3, 3)],
            [WishSum(TEA, a_default, 8, 2), WishSum(TEA, web, 7, 7)],
        )
        assert nothing == ([], [])

    def test_the_wishes_of_a_person_are_found_and_the_open_one(self, persistence: Persistence) -> None:
        mine, person = "ada@example.org", a_wish(email="ada@example.org").person
        keep(
            persistence,
            a_wish("w1", email=mine, state=WishState.TOLD),
            a_wish("w2", email=mine),
            a_wish("w3", email=mine, variant="coffee"),
            a_wish("w4", email="bob@example.org"),
            a_wish("w5", member="ada"),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            mail = [wish.id for wish in wishes.of_person(person)]
            members = [wish.id for wish in wishes.of_person("member:ada")]
            open_ = wishes.open_of(TEA, person)
            wishes.save(wishes.get(WishId("w2")).withdraw(), wishes.get(WishId("w1")).erase())
            left = [wish.id for wish in wishes.of_person(person)]
            closed = wishes.open_of(TEA, person)

        assert (mail, members, left) == (["w1", "w2", "w3"], ["w5"], ["w2", "w3"])
        assert (open_ and open_.id, closed) == ("w2", None)

    def test_wishes_are_counted_by_variant_and_paged(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_wish("w1", quantity=2, asked_at=NOON + _SECOND),
            a_wish("w2", quantity=3),
            a_wish("w3", variant="coffee"),
            a_wish("w4", variant="milk", state=WishState.TOLD),
            a_wish("w5", variant="milk"),
        )

        with writing(persistence) as work:
            wishes: Wishes = work.repository(Wishes)
            variants = wishes.variants()
            wishes.save(wishes.get(WishId("w5")).withdraw(), a_wish("w6", variant="coffee", quantity=4))
            everything = list(wishes.counts((), None, 9))
            pages = [[count.variant for count in wishes.counts((), after, 1)] for after in (None, COFFEE, TEA)]
            chosen = [count.variant for count in wishes.counts((MILK, TEA), None, 9)]

        assert variants == {TEA, COFFEE, MILK}
        assert everything == [WishCount(COFFEE, 2, 5, NOON), WishCount(TEA, 2, 5, NOON)]
        assert (pages, chosen) == ([[COFFEE], [TEA], []], [TEA])

    def test_a_person_has_one_open_wish_for_a_variant(self, persistence: Persistence) -> None:
        keep(persistence, a_wish("w1", email="ada@example.org"), a_wish("w2", member="ada"))

        for twice in (a_wish("w3", email=" ADA@example.org "), a_wish("w4", member="ada")):
            with pytest.raises(Duplicate):
                keep(persistence, twice)
        keep(persistence, a_wish("w5", email="ada@example.org", state=WishState.WITHDRAWN))

    def test_an_open_wish_is_somebodys_and_a_told_one_says_when(self, persistence: Persistence) -> None:
        for broken in (
            a_wish("w1").having(person=""),
            a_wish("w2").having(told_at=NOON),
            a_wish("w3", state=WishState.TOLD).having(told_at=None),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, broken)

    def _two_lines(self, persistence: Persistence) -> None:
        """Three wait for tea, numbers 2, 4 and 5; two wait for coffee."""
        keep(
            persistence,
            a_queue_line("tea", last=5, waiting=3),
            a_queue_line("coffee", last=2),
            *(a_ticket(f"t{n}", number=n) for n in (5, 2, 4)),
            a_ticket("t1", number=1, state=TicketState.TAKEN),
            a_ticket("t3", number=3, state=TicketState.LEFT),
            a_ticket("c2", number=2, variant="coffee"),
            a_ticket("c1", number=1, variant="coffee"),
        )
