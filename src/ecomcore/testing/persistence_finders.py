"""The promises about finding: by id, page by page, and by each question that a port of the shop asks."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ecomcore.catalog import Categories, Products, ProductState
from ecomcore.inventory import LedgerSum, Reservations, ReservationState, ReservedLine, StockItems
from ecomcore.kernel.errors import NotFound
from ecomcore.kernel.ids import (
    CategoryId,
    LocationId,
    OrderId,
    ProductId,
    ReservationId,
    StockItemId,
    VariantId,
)
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import Orders
from ecomcore.shipping import Shipments
from ecomcore.testing.builders import (
    a_category,
    a_location,
    a_product,
    a_reservation,
    a_shipment,
    a_stock_item,
    a_variant,
    an_order,
    units,
)
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.work import keep, reading, repository_of

__all__ = ["FindsThings"]

_BY_CODE_POINT = ["+", "-", ".", "/", "0", "10", "9", ":", "@", "A", "B", "Z", "_", "a", "a-", "a.b", "aB", "ab", "b"]
"""Ids in the order of their code points, which is no language's order."""


class FindsThings(PersistenceCase):
    """What is there is found, in the promised order, and nothing else."""

    def test_what_is_not_there_is_not_found(self, persistence: Persistence) -> None:
        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)

            assert orders.find(OrderId("nothing")) is None
            assert orders.many([OrderId("nothing")]) == {}
            assert orders.many([]) == {}
            assert list(orders.page()) == []
            with pytest.raises(NotFound):
                orders.get(OrderId("nothing"))

    def test_of_many_ids_those_that_exist_are_found_once_each(self, persistence: Persistence) -> None:
        keep(persistence, a_category("a"), a_category("b"), a_category("c"))

        with reading(persistence) as work:
            categories: Categories = work.repository(Categories)
            found = categories.many([CategoryId(id_) for id_ in ("b", "x", "a", "b", "", "a'; --")])

        assert sorted(found) == ["a", "b"]
        assert all(category.id == asked for asked, category in found.items())

    def test_ten_thousand_ids_are_looked_up_at_once(self, persistence: Persistence) -> None:
        keep(persistence, *(a_category(f"c-{n}") for n in range(0, 10_000, 100)))

        with reading(persistence) as work:
            categories: Categories = work.repository(Categories)
            found = categories.many([CategoryId(f"c-{n}") for n in range(10_000)])

        assert len(found) == 100

    def test_pages_follow_the_code_points_of_the_ids(self, persistence: Persistence) -> None:
        keep(persistence, *(a_category(id_) for id_ in random.Random(1).sample(_BY_CODE_POINT, len(_BY_CODE_POINT))))

        with reading(persistence) as work:
            categories: Categories = work.repository(Categories)
            seen: list[str] = []
            while page := categories.page(CategoryId(seen[-1]) if seen else None, limit=4):
                assert len(page) <= 4
                seen += [category.id for category in page]

        assert seen == _BY_CODE_POINT

    def test_a_page_begins_after_an_id_that_need_not_exist(self, persistence: Persistence) -> None:
        keep(persistence, *(a_category(id_) for id_ in ("a", "c", "e")))

        with reading(persistence) as work:
            categories: Categories = work.repository(Categories)
            assert [category.id for category in categories.page(CategoryId("b"))] == ["c", "e"]
            assert [category.id for category in categories.page(CategoryId("e"))] == []

    def test_a_product_is_found_by_its_variants(self, persistence: Persistence) -> None:
        keep(
            persistence,
            a_product("tea", variants=[a_variant("green"), a_variant("black")]),
            a_product("coffee", variants=[a_variant("decaf")]),
        )

        with reading(persistence) as work:
            products: Products = work.repository(Products)
            found = products.with_variants([VariantId(id_) for id_ in ("black", "decaf", "green", "black", "none")])

        assert {variant: product.id for variant, product in found.items()} == {
            "black": "tea",
            "decaf": "coffee",
            "green": "tea",
        }
        assert [variant.id for variant in found[VariantId("black")].variants] == ["green", "black"]

    def test_skus_and_variant_ids_that_are_taken_are_known(self, persistence: Persistence) -> None:
        keep(persistence, a_product("tea", variants=[a_variant("green", sku="T-1"), a_variant("black", sku="T-2")]))

        with reading(persistence) as work:
            products: Products = work.repository(Products)
            assert products.taken(["T-2", "T-3"], [VariantId("green"), VariantId("T-1")]) == (
                frozenset({"T-2"}),
                frozenset({"green"}),
            )
            assert products.taken([], []) == (frozenset(), frozenset())

    def test_only_published_products_are_on_sale_in_the_order_of_their_ids(self, persistence: Persistence) -> None:
        keep(persistence, a_category("books"), a_category("toys"))
        keep(
            persistence,
            *(a_product(id_, category="books" if id_ < "a" else "toys") for id_ in ("b", "B", "a", "A", "_")),
            a_product("draft", category="books", state=ProductState.DRAFT),
            a_product("gone", category="toys", state=ProductState.UNPUBLISHED),
            a_product("loose", category=None),
        )

        with reading(persistence) as work:
            products: Products = work.repository(Products)
            books, after_a = CategoryId("books"), ProductId("B")
            assert [p.id for p in products.on_sale(None, None, 100)] == ["A", "B", "_", "a", "b", "loose"]
            assert [p.id for p in products.on_sale(None, after_a, 2)] == ["_", "a"]
            assert [p.id for p in products.on_sale(books, None, 2)] == ["A", "B"]
            assert [p.id for p in products.on_sale(CategoryId("none"), None, 100)] == []

    def test_stock_is_found_by_variant_in_the_order_of_its_ids(self, persistence: Persistence) -> None:
        keep(persistence, *(a_location(id_) for id_ in ("b", "A", "a")))
        keep(persistence, *(a_stock_item(v, at) for v in ("tea", "Tea", "milk", "salt") for at in ("b", "A", "a")))

        wanted = [VariantId(id_) for id_ in ("tea", "Tea", "milk", "none")]
        expected = [f"{v}@{at}" for v in ("Tea", "milk", "tea") for at in ("A", "a", "b")]
        with reading(persistence) as work:
            assert [item.id for item in work.repository(StockItems).of_variants(wanted)] == expected
        work = persistence.begin()
        try:
            assert [item.id for item in work.repository(StockItems).of_variants(wanted, lock=True)] == expected
        finally:
            work.rollback()

    def test_the_stock_at_a_location_is_read_page_by_page(self, persistence: Persistence) -> None:
        there = [
            a_stock_item(id_, "main", on_hand=on_hand) for id_, on_hand in (("a", 2), ("B", 0), ("c", 1), ("d", 0))
        ]
        keep(persistence, a_location("main"), a_location("other"), *there, a_stock_item("b", "other", on_hand=9))

        work = persistence.begin()
        try:
            stock_items: StockItems = work.repository(StockItems)
            main, a = LocationId("main"), VariantId("a")
            assert [item.variant for item in stock_items.at_location(main, None, 100)] == ["B", "a", "c", "d"]
            assert [item.variant for item in stock_items.at_location(main, a, 1)] == ["c"]
            assert [item.variant for item in stock_items.at_location(main, None, 100, on_hand=True)] == ["a", "c"]
            assert [item.variant for item in stock_items.at_location(main, a, 100, on_hand=True)] == ["c"]

            sold_out, back = there[0].id, there[1].id
            stock_items.save(stock_items.get(sold_out, lock=True).correct(-2, "gone", NOON))
            stock_items.save(stock_items.get(back, lock=True).receive(units(5), "r-2", NOON))
            assert [item.variant for item in stock_items.at_location(main, None, 1, on_hand=True)] == ["B"]
            assert [item.variant for item in stock_items.at_location(main, None, 100, on_hand=True)] == ["B", "c"]
        finally:
            work.rollback()

    def test_a_ledger_is_read_page_by_page(self, persistence: Persistence) -> None:
        item = a_stock_item("tea", "main", on_hand=1)
        for number in range(2, 8):
            item = item.receive(units(number), f"r-{number}", NOON)
        keep(persistence, a_location("main"), item, a_stock_item("milk", "main"))

        with reading(persistence) as work:
            stock_items: StockItems = work.repository(StockItems)
            tea = StockItemId("tea@main")
            assert [entry.number for entry in stock_items.movements(tea, 0, 3)] == [1, 2, 3]
            assert [entry.number for entry in stock_items.movements(tea, 3, 3)] == [4, 5, 6]
            assert [entry.number for entry in stock_items.movements(tea, 6, 3)] == [7]
            assert list(stock_items.movements(StockItemId("none@main"))) == []

    def test_ledgers_and_reservations_are_summed_for_each_item(self, persistence: Persistence) -> None:
        tea, milk, salt = (a_stock_item(id_, "main", on_hand=10, reserved=5) for id_ in ("tea", "milk", "salt"))
        keep(persistence, a_location("main"), tea.correct(-2, "broken", NOON), milk, salt)
        main = LocationId("main")
        lines = [ReservedLine(VariantId("tea"), main, 2), ReservedLine(VariantId("milk"), main, 1)]
        keep(persistence, a_reservation("one", lines=lines), a_reservation("two", lines=lines[:1]))
        closed = [state for state in ReservationState if state is not ReservationState.OPEN]
        keep(persistence, *(a_reservation(f"closed-{state}", lines=lines, state=state) for state in closed))

        with reading(persistence) as work:
            stock_items: StockItems = work.repository(StockItems)
            ledgers = stock_items.ledger_sums([tea.id, milk.id])
            reserved = stock_items.reserved_sums([tea.id, milk.id, salt.id])

        assert {tea.id: LedgerSum(2, 8, 0), milk.id: LedgerSum(1, 10, 0)} == dict(ledgers)
        assert (reserved[tea.id], reserved[milk.id], reserved.get(salt.id, 0)) == (4, 1, 0)

    def test_reservations_whose_time_has_run_out_are_found_longest_ago_first(self, persistence: Persistence) -> None:
        keep(persistence, a_location("main"), a_stock_item("tea", "main"))
        minute = timedelta(minutes=1)
        due = {"now": NOON, "long-ago": NOON - 9 * minute, "B": NOON - minute, "a": NOON - minute}
        keep(
            persistence,
            *(a_reservation(id_, expires_at=at) for id_, at in due.items()),
            a_reservation("later", expires_at=NOON + timedelta(microseconds=1)),
            a_reservation("kept", expires_at=None),
            a_reservation("released", expires_at=NOON - minute, state=ReservationState.RELEASED),
        )

        with reading(persistence) as work:
            reservations: Reservations = work.repository(Reservations)
            assert [r.id for r in reservations.expired(NOON, 100)] == ["long-ago", "B", "a", "now"]
            assert [r.id for r in reservations.expired(NOON, 2)] == ["long-ago", "B"]

    def test_a_buyers_orders_are_found_latest_first(self, persistence: Persistence) -> None:
        keep(persistence, *(an_order(id_, buyer="member:ada") for id_ in ("1", "3", "a", "B", "2")))
        keep(persistence, an_order("4", buyer="member:Ada"), an_order("5", buyer="guest:1"))

        with reading(persistence) as work:
            orders: Orders = work.repository(Orders)
            assert [order.id for order in orders.of_buyer("member:ada", None, 100)] == ["a", "B", "3", "2", "1"]
            assert [order.id for order in orders.of_buyer("member:ada", OrderId("B"), 2)] == ["3", "2"]
            assert [order.id for order in orders.of_buyer("member:bob", None, 100)] == []

    def test_the_shipments_of_an_order_are_found_in_the_order_of_their_ids(self, persistence: Persistence) -> None:
        keep(persistence, an_order("one"), an_order("two"))
        keep(persistence, *(a_shipment(id_, order="one") for id_ in ("b", "A", "a")), a_shipment("c", order="two"))

        with reading(persistence) as work:
            shipments: Shipments = work.repository(Shipments)
            assert [shipment.id for shipment in shipments.of_order(OrderId("one"))] == ["A", "a", "b"]
            assert list(shipments.of_order(OrderId("none"))) == []

    def test_a_unit_of_work_finds_what_it_has_saved_itself(self, persistence: Persistence) -> None:
        """Before the commit, by every finder; and what it has changed as it is now."""
        keep(persistence, a_product("old", state=ProductState.DRAFT), an_order("old"), a_location("main"))
        work = persistence.begin()
        try:
            for aggregate in (
                a_product("new", variants=[a_variant("v-new", sku="S-new")]),
                a_stock_item("v-new", "main", on_hand=7, reserved=1),
                a_reservation("new", expires_at=NOON, lines=[ReservedLine(VariantId("v-new"), LocationId("main"), 1)]),
                an_order("new"),
                a_shipment("new", order="new"),
            ):
                repository_of(work, type(aggregate)).save(aggregate)
            products: Products = work.repository(Products)
            products.save(products.get(ProductId("old")).publish())

            item = StockItemId("v-new@main")
            stock_items: StockItems = work.repository(StockItems)
            assert products.get(ProductId("new")).version == 1
            assert products.with_variants([VariantId("v-new")])[VariantId("v-new")].id == "new"
            assert products.taken(["S-new"], [VariantId("v-new")]) == (
                frozenset({"S-new"}),
                frozenset({"v-new"}),
            )
            assert [p.id for p in products.on_sale(None, None, 100)] == ["new", "old"]
            assert [p.id for p in products.page()] == ["new", "old"]
            assert [i.id for i in stock_items.of_variants([VariantId("v-new")])] == [item]
            assert [entry.balance for entry in stock_items.movements(item)] == [7]
            assert stock_items.ledger_sums([item]) == {item: LedgerSum(1, 7, 0)}
            assert stock_items.reserved_sums([item])[item] == 1
            assert [r.id for r in work.repository(Reservations).expired(NOON, 100)] == ["new"]
            assert [order.id for order in work.repository(Orders).of_buyer("member:ada", None, 100)] == ["old", "new"]
            assert [s.id for s in work.repository(Shipments).of_order(OrderId("new"))] == ["new"]

            reservations: Reservations = work.repository(Reservations)
            reservations.save(reservations.get(ReservationId("new")).keep())
            products.save(products.get(ProductId("new")).unpublish())
            assert list(reservations.expired(NOON, 100)) == []
            assert [p.id for p in products.on_sale(None, None, 100)] == ["old"]
        finally:
            work.rollback()
