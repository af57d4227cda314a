"""The promise that what is saved comes back: every aggregate, every value, at its limits, unchanged and of its type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from ecomcore.catalog import Category, Product, Products, ProductState
from ecomcore.inventory import StockItem, StockItems
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import utc
from ecomcore.kernel.ids import CategoryId, LocationId, PaymentId, StockItemId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import LONGEST_ID
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import EntryKind, LedgerEntry, Order, OrderState
from ecomcore.shipping import Shipment, ShipmentState
from ecomcore.testing import strategies
from ecomcore.testing.builders import (
    a_category,
    a_line,
    a_location,
    a_price,
    a_product,
    a_shipment,
    a_stock_item,
    a_variant,
    an_order,
    euros,
    units,
)
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.work import as_kept, fetch, keep, reading

__all__ = ["KeepsValues"]


class KeepsValues(PersistenceCase):
    """What is saved comes back as it was."""

    def _comes_back(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_every_category_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(strategies.categories, lambda category: self._comes_back(persistence, category))

    def test_every_product_comes_back_with_its_variants_in_their_order(self, persistence: Persistence) -> None:
        keep(persistence, a_category("books"))

        for_all(
            lambda prefix: strategies.products(prefix, CategoryId("books")),
            lambda product: self._comes_back(persistence, product),
        )

    def test_every_location_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(strategies.locations, lambda location: self._comes_back(persistence, location))

    def test_every_stock_item_comes_back_and_so_does_its_ledger(self, persistence: Persistence) -> None:
        main = LocationId("m" * LONGEST_ID)
        keep(persistence, a_location(main))

        def check(item: StockItem) -> None:
            self._comes_back(persistence, item)
            with reading(self._again(persistence)) as work:
                stock_items: StockItems = work.repository(StockItems)
                assert_same(tuple(stock_items.movements(item.id)), item.fresh, f"the ledger of {item.id}")

        for_all(lambda prefix: strategies.stock_items(main, prefix), check)

    def test_every_reservation_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        item = a_stock_item("tea", "main")
        keep(persistence, a_location("main"), item)

        for_all(
            lambda prefix: strategies.reservations(item, prefix),
            lambda reservation: self._comes_back(persistence, reservation),
        )

    def test_every_order_comes_back_with_its_lines_and_payments_in_their_order(self, persistence: Persistence) -> None:
        keep(persistence, a_location("main"))

        for_all(
            lambda prefix: strategies.orders(prefix, LocationId("main")),
            lambda order: self._comes_back(persistence, order),
        )

    def test_every_shipment_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        order = an_order()
        keep(persistence, order)

        for_all(
            lambda prefix: strategies.shipments(order.id, prefix),
            lambda shipment: self._comes_back(persistence, shipment),
        )

    def test_amounts_are_exact_in_every_currency(self, persistence: Persistence) -> None:
        """No decimals, two, three and four; beyond what a float can count; the largest there is."""
        for code in ("JPY", "EUR", "KWD", "CLF"):
            for minor in (0, 1, 2**53 + 1, MAX_MINOR - 1, MAX_MINOR):
                price = Price(Money(minor, Currency(code)), per=1)
                self._comes_back(persistence, an_order(f"{code}-{minor}", lines=[a_line(price=price)]))

    def test_a_price_for_many_units_keeps_how_many(self, persistence: Persistence) -> None:
        priced = [a_variant("gram", price=a_price(89, per=100)), a_variant("most", price=a_price(1, per=MAX_QUANTITY))]

        self._comes_back(persistence, a_product("cheese", variants=priced))

    def test_text_comes_back_letter_by_letter(self, persistence: Persistence) -> None:
        """Not trimmed, not normalised, not cut, nothing read as a quote, a placeholder or an escape."""
        for number, text in enumerate((*strategies.ODD_TEXTS, "x" * 200)):
            self._comes_back(persistence, a_product(f"odd-{number}", name=text))

    def test_empty_text_is_not_the_same_as_none(self, persistence: Persistence) -> None:
        nameless = a_product("nameless", variants=[a_variant("v", name="")], category=None)
        order = an_order("order", location=None)

        for aggregate in (nameless, order, a_shipment(order="order", tracking="")):
            self._comes_back(persistence, aggregate)

    def test_moments_keep_their_microseconds(self, persistence: Persistence) -> None:
        for number, micros in enumerate((0, 1, 499_999, 500_000, 999_999)):
            self._comes_back(persistence, an_order(f"order-{number}", placed_at=NOON.replace(microsecond=micros)))

    def test_a_moment_given_in_another_zone_comes_back_as_the_same_moment_in_utc(
        self, persistence: Persistence
    ) -> None:
        in_nepal = datetime(2030, 3, 31, 2, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=5, minutes=45)))

        self._comes_back(persistence, an_order(placed_at=utc(in_nepal)))

        kept = fetch(self._again(persistence), Order, "order")
        assert kept.placed_at == datetime(2030, 3, 30, 20, 45, 0, 123_456, tzinfo=UTC)

    def test_ids_that_differ_only_by_case_are_different(self, persistence: Persistence) -> None:
        keep(persistence, a_category("books", name="lower"), a_category("BOOKS", name="upper"))
        keep(persistence, a_product("p", variants=[a_variant("v", sku="sku"), a_variant("V", sku="SKU")]))

        assert fetch(persistence, Category, "books").name == "lower"
        assert fetch(persistence, Category, "BOOKS").name == "upper"
        with reading(persistence) as work:
            products: Products = work.repository(Products)
            assert products.taken(["sku", "Sku"], [VariantId("V")]) == (frozenset({"sku"}), frozenset({"V"}))
            assert products.find("P") is None  # type: ignore[arg-type]  # a literal

    def test_a_thousand_lines_keep_their_order(self, persistence: Persistence) -> None:
        lines = [a_line(n, variant=f"v-{(n * 7919) % 1_000}", quantity=n) for n in range(1, 1_001)]

        self._comes_back(persistence, an_order(lines=lines))

    def test_a_product_comes_back_with_no_variant_and_with_five_hundred(self, persistence: Persistence) -> None:
        many = [a_variant(f"v-{(n * 7919) % 500}") for n in range(500)]

        self._comes_back(persistence, a_product("none", variants=[]))
        self._comes_back(persistence, a_product("many", variants=many))

    def test_what_is_saved_again_comes_back_as_it_is_now(self, persistence: Persistence) -> None:
        keep(persistence, a_product("p", variants=[a_variant("first")], state=ProductState.DRAFT))
        keep(persistence, a_location("main"), a_stock_item("first", "main"), an_order(), a_shipment())

        product = fetch(persistence, Product, "p")
        priced = product.change_price(VariantId("first"), a_price(1)).add_variant(a_variant("second")).publish()
        shipment = fetch(persistence, Shipment, "shipment").having(state=ShipmentState.SHIPPED, tracking="JD0001")
        item = fetch(persistence, StockItem, "first@main").receive(units(5), "more", NOON).reserve(3, NOON)
        for aggregate in (priced, shipment, item):
            keep(persistence, aggregate)
            kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
            assert_same(kept, as_kept(aggregate))

    def test_payments_are_added_to_an_orders_ledger_and_none_is_lost(self, persistence: Persistence) -> None:
        keep(persistence, an_order())

        amounts = [euros(99_00 if kind is EntryKind.CAPTURED else number) for number, kind in enumerate(EntryKind)]
        for number, (kind, amount) in enumerate(zip(EntryKind, amounts, strict=True)):
            order = fetch(persistence, Order, "order")
            ledger = order.ledger.with_entry(kind, PaymentId("pay"), amount, f"ref-{number}", NOON)
            keep(persistence, order.having(ledger=ledger, state=OrderState.CONFIRMED))

        entries = fetch(self._again(persistence), Order, "order").ledger.entries
        expected = (
            LedgerEntry(number + 1, kind, PaymentId("pay"), amount, f"ref-{number}", NOON)
            for number, (kind, amount) in enumerate(zip(EntryKind, amounts, strict=True))
        )
        assert_same(entries, tuple(expected))

    def test_movements_are_added_to_the_ledger_and_none_is_lost(self, persistence: Persistence) -> None:
        keep(persistence, a_location("main"), a_stock_item("tea", "main", on_hand=10))

        for number in (1, 2, 3):
            item = fetch(persistence, StockItem, "tea@main")
            keep(persistence, item.receive(units(number), f"r-{number}", NOON).correct(-number, f"c-{number}", NOON))

        with reading(self._again(persistence)) as work:
            stock_items: StockItems = work.repository(StockItems)
            ledger = stock_items.movements(StockItemId("tea@main"))
            assert [entry.number for entry in ledger] == [1, 2, 3, 4, 5, 6, 7]
            assert [entry.quantity for entry in ledger] == [10, 1, -1, 2, -2, 3, -3]
            assert [entry.balance for entry in ledger] == [10, 11, 10, 12, 10, 13, 10]
