"""Tax zones, delivery methods and exchange rates: defined, replaced, and gone."""

from datetime import timedelta

import pytest

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Currency
from ecomcore.kernel.percent import percent
from ecomcore.pricing import (
    Delivery,
    DeliveryDefined,
    DeliveryEnded,
    ExchangeRateSet,
    Rates,
    RateScheduled,
    TaxZoneDefined,
    TaxZoneRemoved,
    Zone,
)
from ecomcore.quoting import TaxComponent, TaxRate
from ecomcore.testing import NOON
from ecomcore.testing.pricing import a_delivery_method, a_rate, a_tax_zone
from tests.support.refusals import refused

DAY = timedelta(days=1)
EUR, USD = Currency("EUR"), Currency("USD")


def vat(of: int, period: Period | None = None, category: str = "standard") -> TaxRate:
    return TaxRate(category, (TaxComponent("VAT", percent(of)),), period)


def test_a_zone_is_defined_replaced_removed_and_defined_again() -> None:
    zone = Zone.define(a_tax_zone())
    replaced = zone.redefine(a_tax_zone(name="Deutschland"))
    removed = replaced.remove()
    again = removed.redefine(a_tax_zone(name="Deutschland"))

    assert replaced.terms.name == "Deutschland"
    assert (removed.removed, again.removed) == (True, False)
    assert [type(event) for event in again.news] == [TaxZoneDefined, TaxZoneDefined, TaxZoneRemoved, TaxZoneDefined]


def test_defining_a_zone_as_it_is_changes_nothing() -> None:
    zone = Zone.define(a_tax_zone())

    assert zone.redefine(a_tax_zone()) is zone


def test_rates_of_a_category_may_follow_each_other() -> None:
    until, after = Period(NOON, NOON + DAY), Period(NOON + DAY)

    zone = Zone.define(a_tax_zone(rates=(vat(19, until), vat(16, after), vat(7, until, "books"))))

    assert [rate.period for rate in zone.terms.rates] == [until, after, until]


@pytest.mark.parametrize(
    "second",
    [None, Period(NOON + DAY), Period(NOON - DAY, NOON + timedelta(hours=1))],
    ids=["for good", "later", "before"],
)
def test_two_rates_of_a_category_never_hold_at_once(second: Period | None) -> None:
    overlapping = a_tax_zone(rates=(vat(7, None, "books"), vat(19, Period(NOON)), vat(16, second)))

    with pytest.raises(Invalid, match=r"^zone\.rates\[2\]\.period: .*rates\[1\] of category standard"):
        Zone.define(overlapping)
    with pytest.raises(Invalid, match=r"^zone\.rates\[2\]\.period: "):
        Zone.define(a_tax_zone()).redefine(overlapping)


def test_a_delivery_method_is_defined_replaced_ended_and_defined_again() -> None:
    delivery = Delivery.define(a_delivery_method())
    ended = delivery.redefine(a_delivery_method(name="Letter")).end()
    again = ended.redefine(a_delivery_method(name="Letter"))

    assert delivery.redefine(a_delivery_method()) is delivery
    assert (ended.ended, again.ended) == (True, False)
    assert [type(event) for event in again.news] == [DeliveryDefined, DeliveryDefined, DeliveryEnded, DeliveryDefined]


def test_a_rate_holds_from_its_moment_on() -> None:
    pair = Rates.of(EUR, USD).set(a_rate(110), None).set(a_rate(120, since=NOON + DAY), None)

    assert pair.at(NOON - DAY) is None
    assert pair.at(NOON) == pair.at(NOON + DAY - timedelta(seconds=1)) == a_rate(110)
    assert pair.at(NOON + DAY) == a_rate(120, since=NOON + DAY)
    assert pair.news == (ExchangeRateSet(a_rate(110)), ExchangeRateSet(a_rate(120, since=NOON + DAY)))


def test_a_rate_that_holds_already_changes_nothing() -> None:
    pair = Rates.of(EUR, USD).set(a_rate(110), None)

    assert pair.set(a_rate(110, since=NOON + DAY), NOON) is pair


def test_nothing_is_put_in_front_of_a_scheduled_rate() -> None:
    pair = Rates.of(EUR, USD).set(a_rate(110, since=NOON + DAY), NOON)

    with refused(RateScheduled("EUR/USD", NOON + DAY)):
        pair.set(a_rate(120), NOON)


def test_a_rate_of_the_past_is_taken_for_a_new_pair_only() -> None:
    pair = Rates.of(EUR, USD).set(a_rate(110, since=NOON - DAY), None)

    with pytest.raises(Invalid, match=r"^since: .*EUR/USD has rates"):
        pair.set(a_rate(120, since=NOON - timedelta(hours=1)), NOON)


def test_a_currency_has_no_rate_in_itself() -> None:
    with refused(Invalid("quote", "EUR", "another currency than EUR")):
        Rates.of(EUR, EUR)
