"""The promises about prices, taxes and delivery: they come back, are found, and what was in force stays written."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Conflict, Duplicate
from ecomcore.kernel.ids import CurrencyPairId, PriceListId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import LONGEST_ID
from ecomcore.kernel.work import Persistence
from ecomcore.pricing import (
    Delivery,
    PriceList,
    PriceLists,
    PriceSeries,
    Rates,
    SeriesOfPrices,
    Zone,
    Zones,
    series_id,
)
from ecomcore.quoting import BASE, FLOOR, RULES, Area, Break, Edition, Editions, PricePoint
from ecomcore.testing import pricing
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.pricing import (
    a_delivery_method,
    a_point,
    a_price_list,
    a_rate,
    a_series,
    a_tax_zone,
    terms_of_a_list,
)
from ecomcore.testing.strategies import ODD_TEXTS
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsPrices"]

_DAY = timedelta(days=1)
_TEA = VariantId("tea")


class KeepsPrices(PersistenceCase):
    """What pricing saves comes back, is found by its variants, and is never lost or written over."""

    def _is_kept(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_every_price_list_comes_back_with_its_versions_in_their_order(self, persistence: Persistence) -> None:
        for_all(pricing.price_lists, lambda each: self._is_kept(persistence, each))

    def test_every_price_comes_back_with_its_quantity_breaks_in_their_order(self, persistence: Persistence) -> None:
        lists = (BASE, FLOOR, PriceListId("w" * LONGEST_ID))
        keep(persistence, a_price_list(lists[-1]))

        for list_ in lists:
            for_all(
                lambda prefix, list_=list_: pricing.price_series(prefix, list_),  # type: ignore[misc]  # a default has no type
                lambda each: self._is_kept(persistence, each),
                examples=10,
            )

    def test_every_tax_zone_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(pricing.zones, lambda each: self._is_kept(persistence, each))

    def test_every_delivery_method_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        for_all(pricing.deliveries, lambda each: self._is_kept(persistence, each))

    def test_every_exchange_rate_comes_back_in_its_order(self, persistence: Persistence) -> None:
        pairs = permutations(map(Currency, EXPONENTS), 2)

        for_all(
            lambda _: pricing.rates(*next(pairs)),
            lambda each: self._is_kept(persistence, each),
        )

    def test_prices_are_exact_out_to_their_limits(self, persistence: Persistence) -> None:
        prices = (0, 2**53 + 1, MAX_MINOR)
        breaks = zip((1, MAX_QUANTITY - 1, MAX_QUANTITY), prices, strict=True)
        point = PricePoint(NOON, tuple(Break(units, Price(Money(p, Currency("KWD")), units)) for units, p in breaks))

        self._is_kept(persistence, a_series(currency="KWD", points=[point]))

    def test_a_price_that_was_withdrawn_stays_withdrawn(self, persistence: Persistence) -> None:
        points = (a_point(None), a_point(1, since=NOON + _DAY), a_point(None, since=NOON + 2 * _DAY))

        self._is_kept(persistence, a_series(points=points))

    def test_two_prices_of_one_moment_keep_their_order(self, persistence: Persistence) -> None:
        self._is_kept(persistence, a_series(points=[a_point(2), a_point(1), a_point(3)]))

    def test_odd_texts_in_documents_come_back_letter_by_letter(self, persistence: Persistence) -> None:
        for number, text in enumerate(ODD_TEXTS):
            zone = a_tax_zone(f"zone-{number}", name=text, areas=(Area("DE", (text[:100],), ("1*", "10000..19999")),))
            method = a_delivery_method(f"method-{number}", name=text)
            self._is_kept(persistence, a_price_list(f"list-{number}", name=text))
            self._is_kept(persistence, Zone(id=zone.id, terms=zone))
            self._is_kept(persistence, Delivery(id=method.id, terms=method))

    def test_a_price_list_that_changes_and_ends_keeps_what_it_said_before(self, persistence: Persistence) -> None:
        keep(persistence, a_price_list())
        seasonal = terms_of_a_list(priority=1, period=Period(NOON, NOON + _DAY))

        changed = fetch(persistence, PriceList, "wholesale").change(seasonal, NOON + _DAY)
        self._is_kept(persistence, changed)
        ended = fetch(persistence, PriceList, "wholesale").end(NOON + 2 * _DAY)
        self._is_kept(persistence, ended)

        kept = fetch(self._again(persistence), PriceList, "wholesale")
        assert [version.terms for version in kept.versions] == [terms_of_a_list(), seasonal]
        assert kept.ended_at == NOON + 2 * _DAY

    def test_prices_are_added_to_a_series_and_none_is_lost(self, persistence: Persistence) -> None:
        keep(persistence, a_series())
        id_ = series_id(BASE, _TEA, Currency("EUR"))

        for day in range(5):
            at = NOON + day * _DAY
            minor = None if day == 3 else day
            keep(persistence, fetch(persistence, PriceSeries, id_).set(a_point(minor, since=at), NOON))

        kept = fetch(self._again(persistence), PriceSeries, id_)
        assert kept.points == tuple(a_point(None if day == 3 else day, since=NOON + day * _DAY) for day in range(5))
        assert (kept.version, kept.told) == (6, 5)

    def test_exchange_rates_are_added_to_a_pair_and_none_is_lost(self, persistence: Persistence) -> None:
        keep(persistence, Rates.of(Currency("EUR"), Currency("USD")))

        for day in range(3):
            rate = a_rate(100 + day, since=NOON + day * _DAY)
            keep(persistence, fetch(persistence, Rates, "EUR/USD").set(rate, NOON))

        kept = fetch(self._again(persistence), Rates, "EUR/USD")
        assert kept.rates == tuple(a_rate(100 + day, since=NOON + day * _DAY) for day in range(3))

    def test_a_zone_and_a_method_come_back_as_they_are_now(self, persistence: Persistence) -> None:
        keep(persistence, Zone.define(a_tax_zone()), Delivery.define(a_delivery_method()))

        zone = fetch(persistence, Zone, "de").redefine(a_tax_zone(reverse_charge=True)).remove()
        self._is_kept(persistence, zone)
        delivery = fetch(persistence, Delivery, "parcel").redefine(a_delivery_method(name="Letter")).end()
        self._is_kept(persistence, delivery)

    def test_prices_are_found_by_their_variants_in_all_lists_and_currencies(self, persistence: Persistence) -> None:
        keep(persistence, a_price_list("a-list"))
        kept = [
            a_series("tea", points=[a_point(1)]),
            a_series("tea", list=FLOOR, currency="USD"),
            a_series("tea", list=FLOOR),
            a_series("tea", list="a-list"),
            a_series("cup", list="a-list", points=[a_point(2), a_point(3)]),
            a_series("TEA"),
        ]
        keep(persistence, *kept)

        with reading(self._again(persistence)) as work:
            series: SeriesOfPrices = work.repository(SeriesOfPrices)
            found = series.of_variants([_TEA, VariantId("cup"), VariantId("none"), _TEA])

        assert {variant: [(each.list, each.currency) for each in own] for variant, own in found.items()} == {
            "tea": [("a-list", "EUR"), ("base", "EUR"), ("floor", "EUR"), ("floor", "USD")],
            "cup": [("a-list", "EUR")],
        }
        assert found[VariantId("cup")][0].points == (a_point(2), a_point(3))
        assert_same(found[_TEA][1], as_kept(kept[0]))

    def test_prices_that_were_just_set_are_found_before_the_commit(self, persistence: Persistence) -> None:
        keep(persistence, a_series("tea"))

        with writing(persistence) as work:
            series: SeriesOfPrices = work.repository(SeriesOfPrices)
            stored = series.get(series_id(BASE, _TEA, Currency("EUR")))
            series.save(stored.set(a_point(5), NOON), a_series("cup", points=[a_point(6)]))
            found = series.of_variants([_TEA, VariantId("cup")])

        assert {variant: own[0].points for variant, own in found.items()} == {
            "cup": (a_point(6),),
            "tea": (a_point(5),),
        }

    def test_rules_are_read_whole_page_by_page(self, persistence: Persistence) -> None:
        keep(persistence, *(a_price_list(f"list-{number}") for number in range(5)))
        keep(persistence, *(Zone.define(a_tax_zone(f"zone-{number}")) for number in range(3)))

        with reading(self._again(persistence)) as work:
            price_lists: PriceLists = work.repository(PriceLists)
            zones: Zones = work.repository(Zones)
            pages = [price_lists.page(after, 2) for after in (None, PriceListId("list-1"), PriceListId("list-3"))]

            assert [[each.id for each in page] for page in pages] == [
                ["list-0", "list-1"],
                ["list-2", "list-3"],
                ["list-4"],
            ]
            assert [zone.id for zone in zones.page()] == ["zone-0", "zone-1", "zone-2"]

    def test_prices_that_somebody_else_set_meanwhile_are_not_written_over(self, persistence: Persistence) -> None:
        keep(persistence, a_series())
        stale = fetch(persistence, PriceSeries, series_id(BASE, _TEA, Currency("EUR")))
        keep(persistence, stale.set(a_point(1), NOON))

        with pytest.raises(Conflict):
            keep(persistence, stale.set(a_point(2), NOON))

        assert fetch(self._again(persistence), PriceSeries, stale.id).points == (a_point(1),)

    def test_a_list_that_somebody_else_ended_meanwhile_is_not_changed(self, persistence: Persistence) -> None:
        keep(persistence, a_price_list())
        stale = fetch(persistence, PriceList, "wholesale")
        keep(persistence, stale.end(NOON))

        with pytest.raises(Conflict):
            keep(persistence, stale.change(terms_of_a_list(name="Other"), NOON))

        assert len(fetch(self._again(persistence), PriceList, "wholesale").versions) == 1

    def test_the_prices_of_a_variant_in_a_list_are_made_once(self, persistence: Persistence) -> None:
        keep(persistence, a_series(points=[a_point(1)]))

        with pytest.raises(Duplicate):
            keep(persistence, a_series(points=[a_point(2)]))
        keep(persistence, a_series(currency="USD"), a_series(list=FLOOR), a_series("cup"))

        kept = fetch(self._again(persistence), PriceSeries, series_id(BASE, _TEA, Currency("EUR")))
        assert kept.points == (a_point(1),)

    def test_a_pair_of_currencies_is_made_once_in_each_direction(self, persistence: Persistence) -> None:
        keep(persistence, Rates(id=CurrencyPairId("EUR/USD"), rates=(a_rate(),)))

        with pytest.raises(Duplicate):
            keep(persistence, Rates(id=CurrencyPairId("EUR/USD")))
        self._is_kept(persistence, Rates.of(Currency("USD"), Currency("EUR")))

    def test_the_edition_turns_with_every_unit_of_work_that_is_committed(self, persistence: Persistence) -> None:
        for number in (1, 2, 3):
            with writing(persistence) as work:
                editions: Editions = work.repository(Editions)
                editions.turn()
            assert fetch(self._again(persistence), Edition, RULES).version == number

    def test_an_edition_that_was_rolled_back_is_none(self, persistence: Persistence) -> None:
        work = persistence.begin()
        editions: Editions = work.repository(Editions)
        editions.turn()
        work.rollback()

        with reading(self._again(persistence)) as other:
            none: Editions = other.repository(Editions)
            assert none.find(RULES) is None

    def test_a_rule_that_turns_the_edition_twice_at_once_turns_it(self, persistence: Persistence) -> None:
        with writing(persistence) as work:
            editions: Editions = work.repository(Editions)
            editions.turn()
            editions.turn()

        assert fetch(self._again(persistence), Edition, RULES).version == 2
