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
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, QueueTicketId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.testing import queues as drawn
from ecomcore.testing.builders import a_location
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import assert_same, for_all
from ecomcore.testing.persistence_wishes import KeepsWishes
from ecomcore.testing.queues import a_queue_line, a_ticket
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsQueues"]

TEA, COFFEE, MILK = VariantId("tea"), VariantId("coffee"), VariantId("milk")
_SECOND = timedelta(seconds=1)
_ENDED = (TicketState.TAKEN, TicketState.LAPSED, TicketState.LEFT)


class KeepsQueues(KeepsWishes):
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
