"""The promises about the unit of work: whole or not at all, once, and never over somebody else's changes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from attrs import evolve

from ecomcore.catalog import Category, Product, Products
from ecomcore.inventory import Location, Reservations, ReservedLine, StockItem, StockItems
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import LocationId, ProductId, StockItemId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import Order
from ecomcore.testing.builders import (
    a_category,
    a_line,
    a_location,
    a_product,
    a_reservation,
    a_stock_item,
    a_variant,
    an_order,
    euros,
    units,
)
from ecomcore.testing.clock import NOON
from ecomcore.testing.outbox_data import a_delivery, a_record, a_reply
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.work import PORTS, fetch, keep, reading, repository_of, writing

__all__ = ["KeepsWorkWhole"]


class KeepsWorkWhole(PersistenceCase):
    """A unit of work happens whole or not at all."""

    def _assert_empty(self, persistence: Persistence) -> None:
        """Nothing at all is stored."""
        with reading(self._again(persistence)) as work:
            for port in PORTS.values():
                assert not list(work.repository(port).page()), port.__name__
            assert not list(work.repository(StockItems).movements(StockItemId("tea@main")))
            assert not list(work.outbox.events())
            assert not list(work.outbox.deliveries())
            assert work.replies.find("member:ada", "key") is None

    def _write_everything(self, persistence: Persistence, item: StockItem, interrupted: bool = False) -> None:
        """One of everything in one unit of work."""
        with writing(persistence) as work:
            for aggregate in (a_location(), item, a_product(), an_order()):
                repository_of(work, type(aggregate)).save(aggregate)
            work.outbox.record([a_record()])
            work.outbox.post([a_delivery()])
            work.replies.keep(a_reply())
            if interrupted:
                raise KeyboardInterrupt

    def test_what_is_rolled_back_leaves_nothing(self, persistence: Persistence) -> None:
        """No row, no movement, no event, no delivery, no reply."""

        with pytest.raises(KeyboardInterrupt):
            self._write_everything(persistence, a_stock_item(), interrupted=True)

        self._assert_empty(persistence)

    def test_what_one_row_refuses_leaves_nothing_of_the_others(self, persistence: Persistence) -> None:

        with pytest.raises(InvariantViolated):
            self._write_everything(persistence, a_stock_item(on_hand=1, reserved=2))

        self._assert_empty(persistence)

    def test_what_is_committed_is_there_in_a_moment_and_for_good(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            work.repository(PORTS[Location]).save(a_location())
            work.outbox.record([a_record()])
            work.outbox.post([a_delivery()])
            work.replies.keep(a_reply())

        again = self._again(persistence)
        assert fetch(again, Location, "main").version == 1
        with reading(again) as work:
            assert [event.id for event in work.outbox.events()] == ["event-1"]
            assert [delivery.id for delivery in work.outbox.deliveries()] == ["delivery-1"]
            assert work.replies.find("member:ada", "key") is not None

    def test_a_unit_of_work_that_only_reads_writes_nothing(self, persistence: Persistence) -> None:
        work = persistence.begin(write=False)
        try:
            with suppress(Exception):  # it may refuse
                work.repository(Products).save(a_product())
                work.commit()
        finally:
            work.rollback()

        self._assert_empty(persistence)

    def test_ending_a_unit_of_work_twice_changes_nothing(self, persistence: Persistence) -> None:
        work = persistence.begin()
        work.repository(PORTS[Category]).save(a_category())
        work.commit()
        with suppress(Exception):  # it may refuse
            work.commit()
        work.rollback()
        work.rollback()

        assert fetch(self._again(persistence), Category, "books").version == 1
        keep(persistence, a_category("toys"))

    def test_after_a_refusal_the_store_serves_the_next(self, persistence: Persistence) -> None:
        keep(persistence, a_location())
        for _ in range(3):
            with pytest.raises(InvariantViolated):
                keep(persistence, a_stock_item(on_hand=0, reserved=1))

        keep(persistence, a_stock_item())

        assert fetch(self._again(persistence), StockItem, "tea@main").on_hand == 10

    def test_saving_twice_in_one_unit_of_work_counts_on_and_writes_once(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item(on_hand=10))
        with writing(persistence) as work:
            stock_items: StockItems = work.repository(StockItems)
            id_ = StockItemId("tea@main")
            stock_items.save(stock_items.get(id_).receive(units(1), "one", NOON))
            stock_items.save(stock_items.get(id_).receive(units(2), "two", NOON))
            told = [news.sequence for news in work.take_news()]

        assert told == [1, 2]
        with reading(self._again(persistence)) as work:
            again: StockItems = work.repository(StockItems)
            item = again.get(id_)
            assert (item.on_hand, item.version, item.told) == (13, 3, 2)
            assert [entry.balance for entry in again.movements(id_)] == [10, 11, 13]

    def test_news_are_handed_over_once_in_the_order_of_saving(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            locations, categories = work.repository(PORTS[Location]), work.repository(PORTS[Category])
            locations.save(Location.open(LocationId("b"), "B", 1))
            categories.save(Category.add(a_category("c").id, "C", None))
            locations.save(Location.open(LocationId("a"), "A", 1))
            first = [(news.kind, news.aggregate, news.sequence) for news in work.take_news()]
            second = list(work.take_news())

        assert first == [("Location", "b", 1), ("Category", "c", 1), ("Location", "a", 1)]
        assert second == []

    def test_the_numbers_of_an_aggregates_news_go_on_where_they_ended(self, persistence: Persistence) -> None:
        keep(persistence, Product.add(ProductId("p"), "Tea", None, (a_variant(),)))
        for sequence, change in ((2, Product.publish), (3, Product.unpublish)):
            with writing(self._again(persistence)) as work:
                products: Products = work.repository(Products)
                products.save(change(products.get(ProductId("p"))))
                assert [news.sequence for news in work.take_news()] == [sequence]

    def test_a_stale_aggregate_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_product(), a_location(), a_stock_item(), an_order())
        stale: list[Aggregate] = [
            fetch(persistence, Product, "product"),
            fetch(persistence, StockItem, "tea@main"),
            fetch(persistence, Order, "order"),
            fetch(persistence, Location, "main"),
        ]
        keep(persistence, *stale)

        for aggregate in stale:
            with pytest.raises(Conflict):
                keep(persistence, aggregate)
            assert fetch(persistence, type(aggregate), aggregate.id).version == 2

    def test_an_aggregate_of_a_version_that_was_never_stored_is_refused(self, persistence: Persistence) -> None:
        with pytest.raises(Conflict):
            keep(persistence, a_category().having(version=3))

        self._assert_empty(persistence)

    def test_the_same_new_thing_twice_is_a_duplicate(self, persistence: Persistence) -> None:
        keep(persistence, a_category(name="first"))

        with pytest.raises(Duplicate):
            keep(persistence, a_category(name="second"))

        assert fetch(persistence, Category, "books").name == "first"

    def test_a_sku_belongs_to_one_variant_of_the_whole_shop(self, persistence: Persistence) -> None:
        keep(persistence, a_product("one", variants=[a_variant("v-1", sku="SKU")]))

        with pytest.raises(Duplicate):
            keep(persistence, a_product("two", variants=[a_variant("v-2", sku="SKU")]))
        with pytest.raises(Duplicate):
            keep(
                persistence,
                a_product("three", variants=[a_variant("v-3", sku="S")]),
                a_product("four", variants=[a_variant("v-4", sku="S")]),
            )

        with reading(persistence) as work:
            assert [product.id for product in work.repository(Products).page()] == ["one"]

    def test_a_variant_belongs_to_one_product(self, persistence: Persistence) -> None:
        keep(persistence, a_product("one", variants=[a_variant("v", sku="SKU-1")]))

        with pytest.raises(Duplicate):
            keep(persistence, a_product("two", variants=[a_variant("v", sku="SKU-2")]))

    def test_stock_that_cannot_be_is_refused_by_the_store_itself(self, persistence: Persistence) -> None:
        """The code being wrong must not be enough to oversell."""
        keep(persistence, a_location(), a_stock_item(on_hand=10, reserved=2))

        for wrong in ({"reserved": 11}, {"reserved": -1}, {"on_hand": -1, "reserved": -1}, {"on_hand": 1}):
            with pytest.raises(InvariantViolated):
                keep(persistence, fetch(persistence, StockItem, "tea@main").having(**wrong))

        kept = fetch(self._again(persistence), StockItem, "tea@main")
        assert (kept.on_hand, kept.reserved, kept.version) == (10, 2, 1)

    def test_an_order_that_cannot_be_is_refused_by_the_store_itself(self, persistence: Persistence) -> None:
        nothing = a_line(quantity=1, total=euros(0))
        for wrong in (
            an_order("none", lines=[evolve(nothing, quantity=0)]),
            an_order("negative", total=euros(-1)),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, wrong)

        self._assert_empty(persistence)

    def test_a_reservation_of_nothing_is_refused_by_the_store_itself(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_stock_item())

        for quantity in (0, -1):
            line = trusted(ReservedLine, VariantId("tea"), LocationId("main"), quantity, None, 1)
            with pytest.raises(InvariantViolated):
                keep(persistence, a_reservation(lines=[line]))

        with reading(persistence) as work:
            assert not list(work.repository(Reservations).page())
