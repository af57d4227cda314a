"""Price lists, prices, zones, delivery methods, exchange rates and the edition as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ecomcore.kernel.ids import (
    CurrencyPairId,
    DeliveryMethodId,
    EditionId,
    PriceListId,
    PriceSeriesId,
    TaxZoneId,
    VariantId,
)
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.pricing import Delivery, ListVersion, PriceList, PriceSeries, Rates, Zone
from ecomcore.quoting import (
    BASE,
    FLOOR,
    Break,
    DeliveryMethod,
    Edition,
    ExchangeRate,
    ListTerms,
    PricePoint,
    TaxZone,
)
from ecomcore_sqlalchemy import pricing_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped, Part
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _price_list_values(head: PriceList, dialect: Dialect) -> Row:
    return None if head.ended_at is None else dialect.instant(head.ended_at), head.currency


def _price_list(row: Row, parts: Parts, dialect: Dialect) -> PriceList:
    id_, version, told, ended_at, _ = row
    return PriceList(
        id=PriceListId(id_),
        version=version,
        told=told,
        ended_at=None if ended_at is None else dialect.moment(ended_at),
        versions=tuple(
            ListVersion(number, dialect.moment(since), dialect.documents.load_value(ListTerms, terms))
            for _, number, since, terms in parts[0]
        ),
    )


def _fresh_versions(before: PriceList | None, now: PriceList, dialect: Dialect) -> Iterable[Row]:
    for each in now.versions[len(before.versions) if before else 0 :]:
        terms = dialect.documents.dump_value(each.terms, ListTerms)
        yield now.id, each.number, dialect.instant(each.since), terms


def _series_values(series: PriceSeries, _: Dialect) -> Row:
    head = None if series.list in (BASE, FLOOR) else series.list
    return series.list, series.variant, series.currency, head


def _series(row: Row, parts: Parts, dialect: Dialect) -> PriceSeries:
    id_, version, told, list_, variant, code, _ = row
    currency = Currency(code)
    rows = sorted(parts[0], key=lambda each: each[1:3])
    return PriceSeries(
        id=PriceSeriesId(id_),
        version=version,
        told=told,
        list=PriceListId(list_),
        variant=VariantId(variant),
        currency=currency,
        points=tuple(_point(list(own), currency, dialect) for _, own in groupby(rows, key=lambda each: each[1])),
    )


def _point(rows: Sequence[Row], currency: Currency, dialect: Dialect) -> PricePoint:
    return PricePoint(
        dialect.moment(rows[0][3]),
        tuple(
            Break(quantity, Price(Money(price, currency), per)) for _, _, quantity, _, price, per in rows if quantity
        ),
    )


def _fresh_points(before: PriceSeries | None, now: PriceSeries, dialect: Dialect) -> Iterable[Row]:
    known = len(before.points) if before else 0
    for number, point in enumerate(now.points[known:], known + 1):
        since = dialect.instant(point.since)
        for each in point.breaks:
            yield now.id, number, each.quantity, since, each.price.amount.minor, each.price.per
        if not point.breaks:
            yield now.id, number, 0, since, None, None


def _zone_values(zone: Zone, dialect: Dialect) -> Row:
    return zone.removed, dialect.documents.dump_value(zone.terms, TaxZone)


def _zone(row: Row, _: Parts, dialect: Dialect) -> Zone:
    id_, version, told, removed, terms = row
    return Zone(
        id=TaxZoneId(id_),
        version=version,
        told=told,
        removed=bool(removed),
        terms=dialect.documents.load_value(TaxZone, terms),
    )


def _delivery_values(delivery: Delivery, dialect: Dialect) -> Row:
    return delivery.ended, dialect.documents.dump_value(delivery.terms, DeliveryMethod)


def _delivery(row: Row, _: Parts, dialect: Dialect) -> Delivery:
    id_, version, told, ended, terms = row
    return Delivery(
        id=DeliveryMethodId(id_),
        version=version,
        told=told,
        ended=bool(ended),
        terms=dialect.documents.load_value(DeliveryMethod, terms),
    )


def _pair_values(pair: Rates, __: Dialect) -> Row:
    base, _, quote = pair.id.partition("/")
    return base, quote


def _pair(row: Row, parts: Parts, dialect: Dialect) -> Rates:
    id_, version, told, base, quote = row
    return Rates(
        id=CurrencyPairId(id_),
        version=version,
        told=told,
        rates=tuple(
            ExchangeRate(Currency(base), Currency(quote), units, per, dialect.moment(since))
            for _, _, units, per, since in parts[0]
        ),
    )


def _fresh_rates(before: Rates | None, now: Rates, dialect: Dialect) -> Iterable[Row]:
    known = len(before.rates) if before else 0
    for number, rate in enumerate(now.rates[known:], known + 1):
        yield now.id, number, rate.units, rate.per, dialect.instant(rate.since)


def _edition(row: Row, _: Parts, __: Dialect) -> Edition:
    id_, version, told = row
    return Edition(id=EditionId(id_), version=version, told=told)


MAPPED: Mapping[type, Mapped[Any]] = {
    PriceList: Mapped(
        PriceList,
        tables.price_lists,
        ("ended_at",),
        ("currency",),
        _price_list_values,
        _price_list,
        (Part(tables.price_list_versions, ("list", "number", "since", "terms"), "number", _fresh_versions),),
    ),
    PriceSeries: Mapped(
        PriceSeries,
        tables.price_series,
        (),
        ("list", "variant", "currency", "head"),
        _series_values,
        _series,
        (
            Part(
                tables.price_points,
                ("series", "number", "quantity", "since", "price", "per"),
                "number",
                _fresh_points,
            ),
        ),
    ),
    Zone: Mapped(Zone, tables.tax_zones, ("removed", "terms"), (), _zone_values, _zone),
    Delivery: Mapped(Delivery, tables.delivery_methods, ("ended", "terms"), (), _delivery_values, _delivery),
    Rates: Mapped(
        Rates,
        tables.currency_pairs,
        (),
        ("base", "quote"),
        _pair_values,
        _pair,
        (Part(tables.exchange_rates, ("pair", "number", "units", "per", "since"), "number", _fresh_rates),),
    ),
    Edition: Mapped(Edition, tables.editions, (), (), lambda _, __: (), _edition),
}
