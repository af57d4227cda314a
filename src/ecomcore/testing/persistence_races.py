"""The promises under fire: threads that want the same thing at the same moment.

None of these promises is timed. Where writers may work side by side (``concurrent_writers``) they are brought to the
same spot; where they may not, they queue, and the same end is promised. ``TryAgain`` is always an honest answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event
from typing import TypeVar

from ecomcore.catalog import Categories, Category, Product, Products
from ecomcore.inventory import Location, Locations, StockItem, StockItems
from ecomcore.kernel.errors import Conflict, Duplicate, TryAgain
from ecomcore.kernel.ids import ProductId, StockItemId, VariantId
from ecomcore.kernel.work import Delivery, Persistence, UnitOfWork
from ecomcore.testing.builders import a_category, a_location, a_product, a_stock_item, units
from ecomcore.testing.clock import NOON
from ecomcore.testing.outbox_data import a_delivery, a_record, a_reply
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import fetch, keep, reading, writing

__all__ = ["SurvivesRaces"]

T = TypeVar("T")

_A_MOMENT = 0.02
"""How long one waits for another to come to the same spot, who is rightly held up somewhere else."""

_FOR_EVER = 60.0
"""How long one waits for another whom nothing may hold up."""


def _meet(spot: Barrier) -> None:
    """Wait for the others, a moment; whoever is locked out does not come."""
    with suppress(BrokenBarrierError):
        spot.wait(_A_MOMENT)


def _until_done(persistence: Persistence, job: Callable[[UnitOfWork], T]) -> T:
    """Do the job in one unit of work, again as often as the database asks for it."""
    while True:
        try:
            with writing(persistence) as work:
                return job(work)
        except TryAgain:
            continue


class SurvivesRaces(PersistenceCase):
    """Whoever comes second is told, or waits; nothing is lost and nobody waits for ever."""

    def test_of_two_who_change_the_same_thing_one_is_told_or_waits(self, persistence: Persistence) -> None:
        """No lost update: every change that was committed is there."""
        keep(persistence, a_product(name=""))
        spot = Barrier(2)

        def rename(handle: Persistence, letter: str) -> bool:
            try:
                with writing(handle) as work:
                    products: Products = work.repository(Products)
                    product = products.get(ProductId("product"))
                    _meet(spot)
                    products.save(product.having(name=product.name + letter))
            except (Conflict, TryAgain):
                return False
            return True

        for _ in range(10):
            before = fetch(persistence, Product, "product")
            spot.reset()
            outcomes = at_once([lambda: rename(persistence, "a"), lambda: rename(self._again(persistence), "b")])

            changes = sum(outcome.value for outcome in outcomes)
            after = fetch(persistence, Product, "product")
            assert changes >= 1
            assert (after.version, len(after.name)) == (before.version + changes, len(before.name) + changes)

    def test_whoever_reads_sees_one_moment(self, persistence: Persistence) -> None:
        """Either all of what somebody else commits meanwhile, or nothing of it."""
        keep(persistence, a_category(name="0"), a_location(name="0"))

        for number in range(1, 4):
            spot, written = Barrier(2), Event()

            def write(
                handle: Persistence, name: str = str(number), spot: Barrier = spot, written: Event = written
            ) -> None:
                _meet(spot)
                keep(
                    handle,
                    fetch(handle, Category, "books").having(name=name),
                    fetch(handle, Location, "main").having(name=name),
                )
                written.set()

            def read(handle: Persistence, spot: Barrier = spot, written: Event = written) -> None:
                with reading(handle) as work:
                    first = work.repository(Categories).get("books").name
                    _meet(spot)
                    written.wait(5 * _A_MOMENT)
                    assert work.repository(Locations).get("main").name == first

            for outcome in at_once([lambda: read(persistence), lambda: write(self._again(persistence))]):
                assert outcome.error is None, repr(outcome.error)

    def test_what_is_not_committed_is_seen_by_nobody_else(self, persistence: Persistence) -> None:
        spot, looked = Barrier(2), Event()

        def write(handle: Persistence) -> None:
            work = handle.begin()
            try:
                work.repository(Products).save(a_product())
                work.outbox.record([a_record()])
                work.outbox.post([a_delivery()])
                work.replies.keep(a_reply())
                _meet(spot)
                looked.wait(5 * _A_MOMENT)
            finally:
                work.rollback()

        def look(handle: Persistence) -> None:
            _meet(spot)
            with reading(handle) as work:
                assert work.repository(Products).find("product") is None
                assert not work.outbox.events()
                assert not work.outbox.deliveries()
                assert work.replies.find("member:ada", "key") is None
            looked.set()

        for outcome in at_once([lambda: write(persistence), lambda: look(self._again(persistence))]):
            assert outcome.error is None, repr(outcome.error)

    def test_writers_of_different_things_work_side_by_side_where_the_store_says_so(
        self, persistence: Persistence
    ) -> None:
        spot = Barrier(2)

        def add(handle: Persistence, id_: str) -> None:
            with writing(handle) as work:
                products: Products = work.repository(Products)
                assert products.find(ProductId(id_), lock=True) is None
                if self.concurrent_writers:
                    spot.wait(_FOR_EVER)
                products.save(a_product(id_))

        for outcome in at_once([lambda: add(persistence, "a"), lambda: add(self._again(persistence), "b")]):
            assert outcome.error is None, repr(outcome.error)
        with reading(persistence) as work:
            assert [product.id for product in work.repository(Products).page()] == ["a", "b"]

    def test_of_two_who_make_the_same_thing_one_is_told(self, persistence: Persistence) -> None:
        for number in range(10):
            spot = Barrier(2)

            def add(handle: Persistence, name: str, id_: str = f"p-{number}", spot: Barrier = spot) -> bool:
                try:
                    with writing(handle) as work:
                        work.repository(Products).save(a_product(id_, name=name))
                        _meet(spot)
                except (Duplicate, TryAgain):
                    return False
                return True

            outcomes = at_once([lambda: add(persistence, "a"), lambda: add(self._again(persistence), "b")])

            assert sorted(outcome.value for outcome in outcomes) == [False, True]
            assert fetch(persistence, Product, f"p-{number}").version == 1

    def test_of_two_twins_with_one_key_exactly_one_answers(self, persistence: Persistence) -> None:
        for number in range(10):
            key, spot = f"key-{number}", Barrier(2)

            def answer(handle: Persistence, mine: str, key: str = key, spot: Barrier = spot) -> str:
                def job(work: UnitOfWork) -> str:
                    known = work.replies.find("member:ada", key)
                    _meet(spot)
                    if known is None:
                        work.replies.keep(a_reply(key, answer=mine))
                    return mine if known is None else str(known.answer)

                try:
                    return _until_done(handle, job)
                except Duplicate:
                    with reading(handle) as work:
                        known = work.replies.find("member:ada", key)
                        return str(known.answer) if known else "nothing"

            other = self._again(persistence)
            outcomes = at_once([lambda: answer(persistence, "a"), lambda: answer(other, "b")])  # noqa: B023

            assert {outcome.value for outcome in outcomes} in ({"a"}, {"b"})

    def test_what_is_loaded_locked_is_nobody_elses_until_the_end(self, persistence: Persistence) -> None:
        """Whoever locks sees the latest state, so that nobody who locks is ever refused as stale."""
        threads, rounds = 4, 10
        keep(persistence, a_location(), a_stock_item(on_hand=1))
        spot = Barrier(threads)

        def add_one(work: UnitOfWork) -> None:
            stock_items: StockItems = work.repository(StockItems)
            item = stock_items.get(StockItemId("tea@main"), lock=True)
            _meet(spot)
            stock_items.save(item.receive(units(1), "one more", NOON))

        def run(handle: Persistence) -> None:
            for _ in range(rounds):
                _until_done(handle, add_one)

        for outcome in at_once([lambda: run(self._again(persistence)) for _ in range(threads)]):
            assert outcome.error is None, repr(outcome.error)

        item = fetch(persistence, StockItem, "tea@main")
        expected = 1 + threads * rounds
        assert (item.on_hand, item.entries, item.version) == (expected, expected, expected)
        with reading(persistence) as work:
            assert [entry.number for entry in work.repository(StockItems).movements(item.id)] == list(
                range(1, item.entries + 1)
            )

    def test_locks_asked_for_in_opposite_orders_never_block_each_other(self, persistence: Persistence) -> None:
        rounds = 100
        names = ["a", "b", "c", "d"]
        keep(persistence, a_location(), *(a_stock_item(name, on_hand=1) for name in names))

        def run(handle: Persistence, wanted: list[str]) -> None:
            ids = [StockItemId(f"{name}@main") for name in wanted]

            def job(work: UnitOfWork) -> None:
                stock_items: StockItems = work.repository(StockItems)
                by_id = stock_items.many(ids, lock=True)
                stock_items.save(*(by_id[id_].receive(units(1), "one more", NOON) for id_ in ids))

            for _ in range(rounds):
                _until_done(handle, job)

        jobs = [names[:3], names[:0:-1]]
        for outcome in at_once([lambda w=wanted: run(self._again(persistence), w) for wanted in jobs]):  # type: ignore[misc]  # a lambda's default has no type
            assert outcome.error is None, repr(outcome.error)

        kept = {name: fetch(persistence, StockItem, f"{name}@main").on_hand - 1 for name in names}
        assert kept == {"a": rounds, "b": 2 * rounds, "c": 2 * rounds, "d": rounds}

    def test_stock_of_variants_is_locked_as_well(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=100))
        spot = Barrier(2)

        def reserve(work: UnitOfWork) -> None:
            stock_items: StockItems = work.repository(StockItems)
            (item,) = stock_items.of_variants([VariantId("tea")], lock=True)
            _meet(spot)
            stock_items.save(item.reserve(1, NOON))

        def run(handle: Persistence) -> None:
            for _ in range(5):
                _until_done(handle, reserve)

        for outcome in at_once([lambda: run(self._again(persistence)) for _ in range(2)]):
            assert outcome.error is None, repr(outcome.error)
        assert fetch(persistence, StockItem, "tea@main").reserved == 10

    def test_two_workers_drain_one_outbox_and_never_take_the_same(self, persistence: Persistence) -> None:
        total = 200
        with writing(persistence) as work:
            work.outbox.post([a_delivery(number) for number in range(1, total + 1)])
        spot = Barrier(2)

        def take(work: UnitOfWork) -> Sequence[Delivery]:
            batch = work.outbox.claim(NOON, NOON.replace(hour=13), 7)
            _meet(spot)
            return batch

        def drain(handle: Persistence) -> list[str]:
            taken: list[str] = []
            while batch := _until_done(handle, take):
                taken += [delivery.id for delivery in batch]
                for delivery in batch:
                    _until_done(handle, lambda work, id_=delivery.id: work.outbox.finish(id_))  # type: ignore[misc]  # as above
            return taken

        workers = at_once([lambda: drain(self._again(persistence)) for _ in range(2)])

        for worker in workers:
            assert worker.error is None, repr(worker.error)
        taken = [id_ for worker in workers for id_ in worker.value]
        assert len(taken) == len(set(taken)) == total
        with reading(persistence) as work:
            assert list(work.outbox.deliveries()) == []
