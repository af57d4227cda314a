"""Price lists, prices, zones, delivery methods and exchange rates for tests: builders with defaults, and strategies.

    a_series("tea", points=[a_point(8_90), a_point(7_90, since=NOON + timedelta(days=1))])

The strategies draw what the shop accepts, out to its limits; the ids in what they draw begin with the prefix.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import DeliveryMethodId, PriceListId, TaxZoneId, VariantId
from ecomcore.kernel.money import MAX_MINOR, Currency, Money
from ecomcore.kernel.percent import Percent, percent
from ecomcore.pricing import Delivery, ListVersion, PriceList, PriceSeries, Rates, Zone, pair_id
from ecomcore.quoting import (
    BASE,
    Area,
    Audience,
    Break,
    DeliveryMethod,
    DeliveryStep,
    ExchangeRate,
    ListTerms,
    PricePoint,
    TaxComponent,
    TaxRate,
    TaxZone,
)
from ecomcore.testing.builders import a_price, euros
from ecomcore.testing.clock import NOON
from ecomcore.testing.strategies import amounts, currencies, ids, instants, prices, quantities, texts

__all__ = [
    "a_delivery_method",
    "a_point",
    "a_price_list",
    "a_rate",
    "a_series",
    "a_tax_zone",
    "areas",
    "deliveries",
    "delivery_methods",
    "list_terms",
    "periods",
    "price_lists",
    "price_series",
    "rates",
    "tax_rates",
    "tax_zones",
    "terms_of_a_list",
    "zones",
]

EUR = Currency("EUR")


def terms_of_a_list(**changes: Any) -> ListTerms:
    """A list for everybody, in euros."""
    return ListTerms(**({"name": "Wholesale", "currency": "EUR"} | changes))


def a_price_list(id: str = "wholesale", *, since: Instant = NOON, **terms: Any) -> PriceList:
    """A list in its first version."""
    return PriceList(id=PriceListId(id), versions=(ListVersion(1, since, terms_of_a_list(**terms)),))


def a_point(minor: int | None = 10_00, *, since: Instant = NOON, per: int = 1) -> PricePoint:
    """From noon on 10.00 EUR, or no price."""
    return PricePoint(since, () if minor is None else (Break(1, a_price(minor, per)),))


def a_series(
    variant: str = "tea", *, list: str = BASE, currency: str = "EUR", points: Iterable[PricePoint] = ()
) -> PriceSeries:
    """The prices of a variant in a list, or nothing but its place."""
    return PriceSeries.of(PriceListId(list), VariantId(variant), Currency(currency), tuple(points))


def a_tax_zone(id: str = "de", *, country: str | None = "DE", **changes: Any) -> TaxZone:
    """Germany: 19 %, and 7 % for books."""
    vat = [TaxRate(category, (TaxComponent("VAT", percent(of)),)) for category, of in (("standard", 19), ("books", 7))]
    given = {"id": TaxZoneId(id), "name": "Germany", "areas": (Area(country),), "rates": tuple(vat)}
    return TaxZone(**(given | changes))


def a_delivery_method(id: str = "parcel", **changes: Any) -> DeliveryMethod:
    """4.90 EUR everywhere, nothing from 50.00 EUR on."""
    steps = (DeliveryStep(euros(0), euros(4_90)), DeliveryStep(euros(50_00), euros(0)))
    given = {"id": DeliveryMethodId(id), "name": "Parcel", "currency": "EUR", "areas": (Area(),), "steps": steps}
    return DeliveryMethod(**(given | changes))


def a_rate(units: int = 110, per: int = 100, *, base: str = "EUR", quote: str = "USD", since: Instant = NOON) -> Any:
    """1.00 EUR is worth 1.10 USD from noon on."""
    return ExchangeRate(base, quote, units, per, since)


# Strategies -----------------------------------------------------------------------------------------------------


def periods() -> SearchStrategy[Period]:
    """Periods with and without an end."""
    bounded = st.lists(instants(), min_size=2, max_size=2, unique=True).map(lambda pair: Period(*sorted(pair)))
    return bounded | instants().map(Period)


def _some(items: SearchStrategy[Any], least: int = 0, most: int = 3, **options: Any) -> SearchStrategy[Any]:
    return st.lists(items, min_size=least, max_size=most, **options).map(tuple)


def list_terms(currency: Currency | None = None) -> SearchStrategy[ListTerms]:
    """What a list may say, in any currency or in this one."""
    names = _some(ids())
    audiences = st.builds(Audience, channels=names, groups=names, tiers=names, companies=names)
    return st.builds(
        ListTerms,
        name=texts(),
        currency=currencies() if currency is None else st.just(currency),
        audience=audiences,
        period=st.none() | periods(),
        priority=st.integers(0, 1_000_000),
        tax_included=st.none() | st.booleans(),
    )


@st.composite
def price_lists(draw: st.DrawFn, prefix: str = "") -> PriceList:
    """Lists of up to four versions, some of them ended."""
    currency = draw(currencies())
    moments = sorted(draw(st.lists(instants(), min_size=2, max_size=5)))
    versions = tuple(
        ListVersion(number, since, draw(list_terms(currency))) for number, since in enumerate(moments[:-1], 1)
    )
    ended_at = draw(st.sampled_from([None, moments[-1]]))
    return PriceList(id=PriceListId(draw(ids(prefix))), versions=versions, ended_at=ended_at)


@st.composite
def price_series(draw: st.DrawFn, prefix: str = "", list: PriceListId = BASE) -> PriceSeries:
    """Series of up to six points in this list, each of up to four quantity breaks or none."""
    currency = draw(currencies())
    moments = sorted(draw(st.lists(instants(), max_size=6)))
    points = []
    for since in moments:
        steps = sorted(draw(st.lists(quantities(), max_size=4, unique=True)))
        points.append(PricePoint(since, tuple(Break(step, draw(prices(currency=currency))) for step in steps)))
    return PriceSeries.of(list, VariantId(draw(ids(prefix))), currency, tuple(points))


def areas() -> SearchStrategy[Area]:
    """Everywhere else, countries, regions and postcodes."""
    country = st.text(string.ascii_uppercase, min_size=2, max_size=2)
    postcodes = st.sampled_from(["10115", "1*", "SW1A", "10000..19999", "Z" * 12, "A..B"])
    within = st.builds(Area, country, regions=_some(texts(100)), postcodes=_some(postcodes))
    return st.just(Area()) | within


def tax_rates(category: str) -> SearchStrategy[TaxRate]:
    """What a category may be taxed with, for a time or for good."""
    components = st.builds(TaxComponent, texts(100), st.integers(0, 1_000_000).map(Percent))
    return st.builds(TaxRate, st.just(category), _some(components), st.none() | periods())


@st.composite
def tax_zones(draw: st.DrawFn, prefix: str = "") -> TaxZone:
    """Zones with a rate for each of up to three categories."""
    categories = draw(st.lists(ids(), max_size=3, unique=True))
    return TaxZone(
        id=TaxZoneId(draw(ids(prefix))),
        name=draw(texts()),
        areas=draw(_some(areas(), 1)),
        rates=tuple(draw(tax_rates(category)) for category in categories),
        reverse_charge=draw(st.booleans()),
    )


def zones(prefix: str = "") -> SearchStrategy[Zone]:
    """Zones that are there, and some that were removed."""
    return st.builds(
        lambda terms, removed: Zone(id=terms.id, terms=terms, removed=removed), tax_zones(prefix), st.booleans()
    )


@st.composite
def delivery_methods(draw: st.DrawFn, prefix: str = "") -> DeliveryMethod:
    """Methods of up to four steps."""
    currency = draw(currencies())
    goods = [0, *sorted(draw(st.lists(st.integers(1, MAX_MINOR), max_size=3, unique=True)))]
    steps = tuple(DeliveryStep(Money(minor, currency), Money(draw(amounts()), currency)) for minor in goods)
    return DeliveryMethod(
        id=DeliveryMethodId(draw(ids(prefix))),
        name=draw(texts()),
        currency=currency,
        areas=draw(_some(areas(), 1)),
        steps=steps,
        tax_category=draw(ids()),
    )


def deliveries(prefix: str = "") -> SearchStrategy[Delivery]:
    """Methods that are there, and some that were ended."""
    return st.builds(
        lambda terms, ended: Delivery(id=terms.id, terms=terms, ended=ended), delivery_methods(prefix), st.booleans()
    )


@st.composite
def rates(draw: st.DrawFn, base: Currency, quote: Currency) -> Rates:
    """Up to six rates of this pair."""
    moments = sorted(draw(st.lists(instants(), max_size=6)))
    kept = tuple(ExchangeRate(base, quote, draw(quantities()), draw(quantities()), since) for since in moments)
    return Rates(id=pair_id(base, quote), rates=kept)
