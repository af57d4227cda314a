"""The promises about what leaves the shop: events for ever, with their state or not at all; deliveries to one taker at
a time, until they are done; answers under their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import AddProducts, AddVariant, ChangePrice
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict, Duplicate
from ecomcore.kernel.ids import DeliveryId, EventId
from ecomcore.kernel.messages import Command
from ecomcore.kernel.work import Delivery, Persistence
from ecomcore.ordering import PlaceOrder
from ecomcore.testing import strategies
from ecomcore.testing.clock import NOON
from ecomcore.testing.messages import inner_envelopes, messages_of
from ecomcore.testing.outbox_data import a_delivery, a_record, a_reply
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.work import reading, writing

__all__ = ["KeepsOutbox"]

_MINUTE = timedelta(minutes=1)


class KeepsOutbox(PersistenceCase):
    """Nothing leaves twice, nothing is lost, nothing overtakes."""

    def _post(self, persistence: Persistence, *deliveries: Delivery) -> None:
        with writing(persistence) as work:
            work.outbox.post(deliveries)

    def _claim(self, persistence: Persistence, now: Instant = NOON, limit: int = 100) -> Sequence[Delivery]:
        """Take what is due, for one minute."""
        with writing(persistence) as work:
            return work.outbox.claim(now, now + _MINUTE, limit)

    def _finish(self, persistence: Persistence, *numbers: int) -> None:
        with writing(persistence) as work:
            for number in numbers:
                work.outbox.finish(DeliveryId(f"delivery-{number}"))

    def _numbers(self, deliveries: Sequence[Delivery]) -> list[int]:
        return [int(delivery.id.removeprefix("delivery-")) for delivery in deliveries]

    # -- events --------------------------------------------------------------------------------------------------

    def test_the_events_of_an_aggregate_are_read_in_their_order(self, persistence: Persistence) -> None:
        for first in (1, 4):
            with writing(persistence) as work:
                work.outbox.record([a_record(number) for number in range(first, first + 3)])
        with writing(persistence) as work:
            work.outbox.record([a_record(7, aggregate="Main", sequence=1), a_record(8, kind="Order", sequence=1)])

        with reading(self._again(persistence)) as work:
            assert [event.sequence for event in work.outbox.history("Location", "main")] == [1, 2, 3, 4, 5, 6]
            assert [event.sequence for event in work.outbox.history("Location", "main", after=2, limit=3)] == [3, 4, 5]
            assert [event.id for event in work.outbox.history("Order", "main")] == ["event-8"]
            assert list(work.outbox.history("Location", "none")) == []

    def test_the_events_of_many_aggregates_are_counted(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.outbox.record([a_record(1), a_record(2), a_record(3, aggregate="b", sequence=1)])

        with reading(persistence) as work:
            tallies = work.outbox.tallies("Location", ["main", "b", "none"])
            assert (tallies["main"], tallies["b"], len(tallies)) == ((2, 2), (1, 1), 2)
            assert not work.outbox.tallies("Order", ["main"])

    def test_all_events_are_read_page_by_page_in_the_order_of_their_ids(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.outbox.record([a_record(number, aggregate=f"l-{number}", sequence=1) for number in (3, 1, 4, 2)])

        with reading(persistence) as work:
            assert [event.id for event in work.outbox.events()] == [f"event-{number}" for number in (1, 2, 3, 4)]
            assert [event.id for event in work.outbox.events(EventId("event-1"), 2)] == ["event-2", "event-3"]

    def test_an_event_has_a_place_that_no_other_takes(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.outbox.record([a_record(1)])

        with pytest.raises(Duplicate), writing(persistence) as work:
            work.outbox.record([a_record(2, sequence=1)])

        with reading(persistence) as work:
            assert [event.id for event in work.outbox.events()] == ["event-1"]

    def test_every_event_comes_back_with_all_that_was_said_about_it(self, persistence: Persistence) -> None:
        events = messages_of([kind for room in ROOMS for kind in room.events])

        def check(drawn: tuple[str, Any, Any, Instant]) -> None:
            prefix, event, envelope, at = drawn
            record = evolve(a_record(event=event, envelope=envelope, at=at, aggregate=prefix), id=EventId(prefix))
            with writing(persistence) as work:
                work.outbox.record([record])
            with reading(self._again(persistence)) as work:
                assert_same(tuple(work.outbox.history("Location", prefix)), (record,))

        def make(prefix: str) -> SearchStrategy[tuple[str, Any, Any, Instant]]:
            return st.tuples(st.just(prefix), events, inner_envelopes(), strategies.instants())

        for_all(make, check, examples=60)

    # -- deliveries ----------------------------------------------------------------------------------------------

    def test_every_errand_comes_back_with_all_that_was_said_about_it(self, persistence: Persistence) -> None:
        messages = messages_of([kind for room in ROOMS for kind in (*room.couriers, *room.events)])

        def check(drawn: tuple[str, Any, Any, Instant]) -> None:
            prefix, message, envelope, due_at = drawn
            delivery = evolve(
                a_delivery(message=message, envelope=envelope, due_at=due_at, subscriber="mail", stream=prefix),
                id=DeliveryId(prefix),
                position=2**31 - 1,
            )
            self._post(persistence, delivery)
            with reading(self._again(persistence)) as work:
                assert_same(work.outbox.delivery(delivery.id), delivery)

        def make(prefix: str) -> SearchStrategy[tuple[str, Any, Any, Instant]]:
            return st.tuples(st.just(prefix), messages, inner_envelopes(), strategies.instants())

        for_all(make, check, examples=60)

    def test_only_what_is_due_is_taken_the_oldest_first(self, persistence: Persistence) -> None:
        later = NOON + timedelta(microseconds=1)
        self._post(persistence, a_delivery(3), a_delivery(1), a_delivery(2, due_at=later), a_delivery(4))

        assert self._numbers(self._claim(persistence, NOON - timedelta(microseconds=1))) == []
        assert self._numbers(self._claim(persistence, NOON, limit=2)) == [1, 3]
        assert self._numbers(self._claim(persistence, NOON)) == [4]
        assert self._numbers(self._claim(persistence, later)) == [2]

    def test_what_is_taken_comes_back_when_its_lease_has_run_out(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1))

        first = self._claim(persistence, NOON)
        assert first[0].due_at == NOON + _MINUTE
        assert self._numbers(self._claim(persistence, NOON + _MINUTE - timedelta(microseconds=1))) == []
        assert self._numbers(self._claim(persistence, NOON + _MINUTE)) == [1]

    def test_what_is_taken_and_rolled_back_was_not_taken(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1))

        work = persistence.begin()
        try:
            assert self._numbers(work.outbox.claim(NOON, NOON + _MINUTE, 100)) == [1]
        finally:
            work.rollback()

        assert self._numbers(self._claim(persistence)) == [1]

    def test_what_is_finished_is_gone(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1), a_delivery(2))

        self._finish(persistence, 1)

        with reading(self._again(persistence)) as work:
            assert work.outbox.delivery(DeliveryId("delivery-1")) is None
            assert self._numbers(work.outbox.deliveries()) == [2]
        assert self._numbers(self._claim(persistence, NOON + 9 * _MINUTE)) == [2]

    def test_what_is_finished_cannot_be_finished_again(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1), a_delivery(2))
        self._finish(persistence, 1)

        for numbers in ((1,), (2, 1), (99,)):
            with pytest.raises(Conflict):
                self._finish(persistence, *numbers)

        with reading(persistence) as work:
            assert self._numbers(work.outbox.deliveries()) == [2]

    def test_what_has_failed_waits_with_its_error_and_comes_back(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1))
        taken = self._claim(persistence)[0]
        failed = evolve(taken, attempts=3, last_error="O'Neill: 50%", due_at=NOON + 2 * _MINUTE)

        with writing(persistence) as work:
            work.outbox.postpone(failed)

        with reading(self._again(persistence)) as work:
            assert_same(work.outbox.delivery(failed.id), failed)
        assert self._numbers(self._claim(persistence, NOON + _MINUTE)) == []
        assert self._claim(persistence, NOON + 2 * _MINUTE)[0].attempts == 3

    def test_to_postpone_what_is_finished_is_ignored(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1))
        self._finish(persistence, 1)

        with writing(persistence) as work:
            work.outbox.postpone(evolve(a_delivery(1), attempts=1))

        with reading(persistence) as work:
            assert list(work.outbox.deliveries()) == []

    def test_what_somebody_else_holds_by_now_is_not_postponed(self, persistence: Persistence) -> None:
        self._post(persistence, a_delivery(1))
        mine = self._claim(persistence)[0]
        theirs = self._claim(persistence, mine.due_at)[0]

        with writing(persistence) as work:
            work.outbox.postpone(evolve(mine, attempts=1, due_at=NOON), held_until=mine.due_at)

        with reading(persistence) as work:
            assert_same(work.outbox.delivery(mine.id), theirs)
        with writing(persistence) as work:
            work.outbox.postpone(evolve(theirs, attempts=7), held_until=theirs.due_at)
        with reading(persistence) as work:
            kept = work.outbox.delivery(mine.id)
            assert kept is not None
            assert kept.attempts == 7

    def test_the_dead_are_listed_and_not_taken_until_somebody_revives_them(self, persistence: Persistence) -> None:
        self._post(persistence, *(a_delivery(number) for number in (1, 2, 3, 4)))
        for number in (1, 3):
            with writing(persistence) as work:
                work.outbox.postpone(evolve(a_delivery(number), attempts=10, dead=True))

        with reading(persistence) as work:
            assert self._numbers(work.outbox.deliveries(dead=True)) == [1, 3]
            assert self._numbers(work.outbox.deliveries(dead=False)) == [2, 4]
            assert self._numbers(work.outbox.deliveries()) == [1, 2, 3, 4]
            assert self._numbers(work.outbox.deliveries(after=DeliveryId("delivery-1"), limit=2)) == [2, 3]
            assert self._numbers(work.outbox.deliveries(dead=True, after=DeliveryId("delivery-1"))) == [3]
        assert self._numbers(self._claim(persistence)) == [2, 4]
        with writing(persistence) as work:
            work.outbox.postpone(a_delivery(3))
        assert self._numbers(self._claim(persistence)) == [3]

    def test_what_belongs_to_one_stream_is_taken_one_after_the_other(self, persistence: Persistence) -> None:
        """By position, not by id; a stream waits for nobody but itself, and not for its dead."""
        order = [
            a_delivery(number, stream="mail:a", position=position) for number, position in ((3, 1), (1, 2), (2, 3))
        ]
        self._post(persistence, *order, a_delivery(4, stream="mail:b", position=7), a_delivery(5))

        assert self._numbers(self._claim(persistence)) == [3, 4, 5]
        assert self._numbers(self._claim(persistence)) == []
        self._finish(persistence, 3)
        assert self._numbers(self._claim(persistence)) == [1]
        with writing(persistence) as work:
            work.outbox.postpone(evolve(order[1], due_at=NOON + 5 * _MINUTE))
        assert 2 not in self._numbers(self._claim(persistence, NOON + 2 * _MINUTE))
        with writing(persistence) as work:
            work.outbox.postpone(evolve(order[1], dead=True))
        assert 2 in self._numbers(self._claim(persistence, NOON + 9 * _MINUTE))

    # -- replies -------------------------------------------------------------------------------------------------

    def test_every_answer_comes_back_as_it_was_given(self, persistence: Persistence) -> None:
        answers: list[tuple[type[Command[Any]], Any]] = [
            (PlaceOrder, "order-1"),
            (ChangePrice, None),
            (AddProducts, ("a", "b", "c")),
            (ExpireReservations, 42),
            (AddVariant, "v@/+-:_."),
        ]
        replies = [
            a_reply(f"key {number}", operation=operation, answer=answer, digest=f"{number:064}")
            for number, (operation, answer) in enumerate(answers)
        ]
        for reply in replies:
            with writing(persistence) as work:
                work.replies.keep(reply)

        with reading(self._again(persistence)) as work:
            for reply in replies:
                assert_same(work.replies.find(reply.scope, reply.key), reply)

    def test_a_key_is_known_in_its_scope_only(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.replies.keep(a_reply("key", scope="member:ada", answer="of ada"))
            work.replies.keep(a_reply("key", scope="member:bob", answer="of bob"))

        with reading(persistence) as work:
            for scope, answer in (("member:ada", "of ada"), ("member:bob", "of bob")):
                found = work.replies.find(scope, "key")
                assert found is not None
                assert found.answer == answer
            for scope, key in (("member:ADA", "key"), ("system", "key"), ("member:ada", "Key"), ("member:ada", "")):
                assert work.replies.find(scope, key) is None

    def test_a_key_is_used_once(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.replies.keep(a_reply(answer="first"))

        with pytest.raises(Duplicate), writing(persistence) as work:
            work.replies.keep(a_reply(answer="second"))

        with reading(persistence) as work:
            found = work.replies.find("member:ada", "key")
            assert found is not None
            assert found.answer == "first"
