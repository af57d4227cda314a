"""Pricing as it is asked from outside."""

from datetime import timedelta

import pytest

from ecomcore import Desk, Shop, assemble
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound
from ecomcore.kernel.ids import DeliveryMethodId, PriceListId, TaxZoneId, VariantId
from ecomcore.kernel.messages import Anonymous, Staff, System
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.work import Persistence
from ecomcore.pricing import (
    BEGINNING,
    AddPriceList,
    ChangePriceList,
    DefineDelivery,
    DefineTaxZone,
    EndDelivery,
    EndPriceList,
    GetExchangeRate,
    GetPriceHistory,
    GetPriceList,
    ListDeliveryMethods,
    ListPriceLists,
    ListTaxZones,
    NewFloor,
    NewPrice,
    NotedPrice,
    NotePrices,
    PriceListOver,
    PriceScheduled,
    RateScheduled,
    RemoveTaxZone,
    SetExchangeRates,
    SetFloors,
    SetPrices,
)
from ecomcore.quoting import BASE, FLOOR, RULES, Break, Editions, PricePoint
from ecomcore.testing import NOON, FixedClock, a_price, reading
from ecomcore.testing.pricing import a_delivery_method, a_point, a_rate, a_tax_zone, terms_of_a_list
from tests.support.refusals import refused

EUR, USD = Currency("EUR"), Currency("USD")
B2B, TEA, CUP = PriceListId("b2b"), VariantId("tea"), VariantId("cup")
DAY = timedelta(days=1)


def dollars(minor: int) -> Price:
    return Price(Money(minor, USD))


def one(variant: VariantId, *prices: Price) -> NewPrice:
    """The price of one unit, and of ten where there is a second."""
    return NewPrice(variant, tuple(Break(units, price) for units, price in zip((1, 10), prices, strict=False)))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def shop(persistence: Persistence, clock: FixedClock) -> Shop:
    return assemble(persistence, clock=clock)


@pytest.fixture
def staff(shop: Shop) -> Desk:
    return shop.desk(by=Staff("anna", frozenset({"pricing.edit", "pricing.view"})))


@pytest.fixture
def system(shop: Shop) -> Desk:
    return shop.desk(by=System())


def edition(persistence: Persistence) -> int:
    with reading(persistence) as work:
        editions: Editions = work.repository(Editions)
        found = editions.find(RULES)
        return found.version if found else 0


def test_a_list_is_shown_as_it_is_now_and_when_it_ended(staff: Desk, clock: FixedClock) -> None:
    staff.handle(AddPriceList(terms_of_a_list(), B2B))
    clock.tick(DAY)
    staff.handle(ChangePriceList(B2B, terms_of_a_list(priority=1)))
    clock.tick(DAY)
    staff.handle(EndPriceList(B2B))

    shown = staff.ask(GetPriceList(B2B))

    assert (shown.terms.priority, shown.since, shown.ended_at) == (1, NOON + DAY, NOON + 2 * DAY)
    with refused(PriceListOver("b2b", NOON + 2 * DAY)):
        staff.handle(SetPrices(B2B, (one(TEA, a_price()),)))


def test_lists_are_paged_in_the_order_of_their_ids(staff: Desk) -> None:
    for name in ("c", "a", "b"):
        staff.handle(AddPriceList(terms_of_a_list(), PriceListId(name)))
    made = staff.handle(AddPriceList(terms_of_a_list()))

    assert [view.id for view in staff.ask(ListPriceLists(PriceListId("a"), 2))] == ["b", "c"]
    assert made in [view.id for view in staff.ask(ListPriceLists())]


def test_a_lists_id_is_taken_once(staff: Desk) -> None:
    staff.handle(AddPriceList(terms_of_a_list(), B2B))

    with refused(AlreadyExists("price list", "id", "b2b")):
        staff.handle(AddPriceList(terms_of_a_list(), B2B))


def test_prices_are_set_all_or_none_and_told_backwards(staff: Desk, clock: FixedClock) -> None:
    staff.handle(AddPriceList(terms_of_a_list(), B2B))
    staff.handle(SetPrices(B2B, (one(TEA, a_price(9_00), a_price(8_00)), one(CUP, a_price(5_00)))))
    clock.tick(DAY)

    with refused(Invalid("prices[1].breaks[0].price", dollars(1), "a price in EUR")):
        staff.handle(SetPrices(B2B, (one(TEA, a_price(1)), one(CUP, dollars(1)))))
    staff.handle(SetPrices(B2B, (one(TEA, a_price(7_00)),)))

    assert staff.ask(GetPriceHistory(TEA, EUR, B2B)) == (
        a_point(7_00, since=NOON + DAY),
        PricePoint(NOON, (Break(1, a_price(9_00)), Break(10, a_price(8_00)))),
    )
    assert staff.ask(GetPriceHistory(CUP, EUR, B2B)) == (a_point(5_00),)
    assert staff.ask(GetPriceHistory(CUP, USD, B2B)) == ()


def test_a_scheduled_price_is_announced_and_nothing_comes_before_it(staff: Desk) -> None:
    staff.handle(AddPriceList(terms_of_a_list(), B2B))
    staff.handle(SetPrices(B2B, (one(TEA, a_price(9_00)),), NOON + DAY))

    with refused(PriceScheduled("b2b", "tea", NOON + DAY)):
        staff.handle(SetPrices(B2B, (one(TEA, a_price(8_00)),)))
    with pytest.raises(Invalid, match=r"^since: "):
        staff.handle(SetPrices(B2B, (one(CUP, a_price()),), NOON - DAY))

    assert staff.ask(GetPriceHistory(TEA, EUR, B2B)) == (a_point(9_00, since=NOON + DAY),)


def test_a_variant_is_named_once(staff: Desk) -> None:
    staff.handle(AddPriceList(terms_of_a_list(), B2B))

    with refused(Invalid("prices[1].variant", "tea", "each variant once")):
        staff.handle(SetPrices(B2B, (one(TEA, a_price(1)), one(TEA, a_price(2)))))


@pytest.mark.parametrize("own", [BASE, FLOOR])
def test_the_shops_own_lists_are_not_set_as_others_are(staff: Desk, own: PriceListId) -> None:
    with refused(NotFound("PriceList", own)):
        staff.handle(SetPrices(own, (one(TEA, a_price()),)))


def test_a_floor_is_set_and_withdrawn(staff: Desk, clock: FixedClock) -> None:
    staff.handle(SetFloors(EUR, (NewFloor(TEA, a_price(4_00)),)))
    clock.tick(DAY)
    staff.handle(SetFloors(EUR, (NewFloor(TEA),)))

    assert staff.ask(GetPriceHistory(TEA, EUR, FLOOR)) == (a_point(None, since=NOON + DAY), a_point(4_00))
    with refused(Invalid("floors[0].price", dollars(1), "a price in EUR")):
        staff.handle(SetFloors(EUR, (NewFloor(TEA, dollars(1)),)))


def test_at_the_first_note_the_old_price_has_always_been_there(staff: Desk, system: Desk, clock: FixedClock) -> None:
    system.handle(NotePrices((NotedPrice(TEA, a_price(9_00), a_price(8_00)),)))
    clock.tick(DAY)
    system.handle(NotePrices((NotedPrice(TEA, a_price(8_00), a_price(7_00)),)))

    assert staff.ask(GetPriceHistory(TEA, EUR)) == (
        a_point(7_00, since=NOON + DAY),
        a_point(8_00),
        a_point(9_00, since=BEGINNING),
    )


def test_what_is_new_in_the_catalogue_has_no_earlier_price(staff: Desk, system: Desk) -> None:
    system.handle(NotePrices((NotedPrice(TEA, None, a_price(9_00)),)))

    assert staff.ask(GetPriceHistory(TEA, EUR)) == (a_point(9_00),)


def test_a_base_price_in_another_currency_ends_the_one_before(staff: Desk, system: Desk, clock: FixedClock) -> None:
    system.handle(NotePrices((NotedPrice(TEA, a_price(9_00), dollars(10_00)),)))
    clock.tick(DAY)
    system.handle(NotePrices((NotedPrice(TEA, dollars(10_00), a_price(8_00)),)))

    assert staff.ask(GetPriceHistory(TEA, EUR)) == (
        a_point(8_00, since=NOON + DAY),
        a_point(None),
        a_point(9_00, since=BEGINNING),
    )
    assert staff.ask(GetPriceHistory(TEA, USD)) == (
        PricePoint(NOON + DAY, ()),
        PricePoint(NOON, (Break(1, dollars(10_00)),)),
    )


def test_zones_are_listed_until_they_are_removed(staff: Desk) -> None:
    for name in ("at", "de", "fr"):
        staff.handle(DefineTaxZone(a_tax_zone(name, country=name.upper())))
    staff.handle(DefineTaxZone(a_tax_zone("fr", country="FR", name="France")))
    staff.handle(RemoveTaxZone(TaxZoneId("at")))

    assert [(zone.id, zone.name) for zone in staff.ask(ListTaxZones(limit=2))] == [("de", "Germany"), ("fr", "France")]
    with refused(NotFound("Zone", "at")):
        staff.handle(RemoveTaxZone(TaxZoneId("at")))


def test_everybody_sees_the_delivery_methods_there_are(staff: Desk, shop: Shop) -> None:
    for name in ("a", "b", "c"):
        staff.handle(DefineDelivery(a_delivery_method(name)))
    staff.handle(EndDelivery(DeliveryMethodId("a")))

    seen = shop.desk(by=Anonymous()).ask(ListDeliveryMethods(limit=2))

    assert [method.id for method in seen] == ["b", "c"]
    with refused(NotFound("Delivery", "a")):
        staff.handle(EndDelivery(DeliveryMethodId("a")))


def test_the_rate_of_a_moment_is_the_last_before_it(staff: Desk, clock: FixedClock) -> None:
    before = a_rate(105, since=NOON - DAY)
    staff.handle(SetExchangeRates((before, a_rate(110), a_rate(150, base="GBP"))))
    clock.tick(DAY)

    assert staff.ask(GetExchangeRate(EUR, USD)) == a_rate(110)
    assert staff.ask(GetExchangeRate(EUR, USD, NOON - timedelta(hours=1))) == before
    with refused(NotFound("exchange rate", "USD/EUR")):
        staff.ask(GetExchangeRate(USD, EUR))


def test_rates_are_set_all_or_none(staff: Desk) -> None:
    staff.handle(SetExchangeRates((a_rate(110, since=NOON + DAY),)))

    with pytest.raises(Invalid, match=r"^rates\[1\]\.since: "):
        staff.handle(SetExchangeRates((a_rate(1, base="GBP"), a_rate(120, since=NOON - DAY))))
    with refused(Invalid("rates[0].quote", "EUR", "another currency than EUR")):
        staff.handle(SetExchangeRates((a_rate(quote="EUR"),)))
    with refused(RateScheduled("EUR/USD", NOON + DAY)):
        staff.handle(SetExchangeRates((a_rate(120),)))

    with pytest.raises(NotFound):
        staff.ask(GetExchangeRate(Currency("GBP"), USD))


def test_every_change_of_a_rule_turns_the_edition_and_nothing_else_does(
    staff: Desk, system: Desk, persistence: Persistence
) -> None:
    changes = [
        AddPriceList(terms_of_a_list(), B2B),
        ChangePriceList(B2B, terms_of_a_list(priority=1)),
        DefineTaxZone(a_tax_zone()),
        DefineTaxZone(a_tax_zone(name="Deutschland")),
        RemoveTaxZone(TaxZoneId("de")),
        DefineDelivery(a_delivery_method()),
        EndDelivery(DeliveryMethodId("parcel")),
        SetExchangeRates((a_rate(),)),
    ]
    seen = []
    for command in changes:
        staff.handle(command)
        seen.append(edition(persistence))
    staff.handle(ChangePriceList(B2B, terms_of_a_list(priority=1)))
    staff.handle(SetExchangeRates((a_rate(),)))
    unchanged = edition(persistence)
    staff.handle(SetPrices(B2B, (one(TEA, a_price()),)))
    with_the_first_price = edition(persistence)
    staff.handle(SetPrices(B2B, (one(TEA, a_price(9_00)),)))
    staff.handle(SetFloors(EUR, (NewFloor(TEA, a_price(1)),)))
    system.handle(NotePrices((NotedPrice(TEA, None, a_price()),)))

    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (unchanged, with_the_first_price) == (8, 9)
    assert edition(persistence) == 9
    staff.handle(EndPriceList(B2B))
    assert edition(persistence) == 10
