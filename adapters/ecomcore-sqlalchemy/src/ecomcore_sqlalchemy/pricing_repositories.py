"""The repositories of pricing: each port's own finders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ecomcore.kernel.ids import (
    CurrencyPairId,
    DeliveryMethodId,
    EditionId,
    PriceListId,
    PriceSeriesId,
    TaxZoneId,
    VariantId,
)
from ecomcore.pricing import (
    Delivery,
    DeliveryMethods,
    ExchangeRates,
    PriceList,
    PriceLists,
    PriceSeries,
    Rates,
    SeriesOfPrices,
    Zone,
    Zones,
    by_variant,
)
from ecomcore.quoting import Edition, Editions
from ecomcore_sqlalchemy.pricing_tables import price_series
from ecomcore_sqlalchemy.repository import SqlRepository

__all__ = ["PRICING_REPOSITORIES"]


class SqlPriceLists(SqlRepository[PriceList, PriceListId], PriceLists):
    kind: ClassVar[type[PriceList]] = PriceList  # type: ignore[misc]


class SqlSeriesOfPrices(SqlRepository[PriceSeries, PriceSeriesId], SeriesOfPrices):
    kind: ClassVar[type[PriceSeries]] = PriceSeries  # type: ignore[misc]

    def of_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, tuple[PriceSeries, ...]]:
        dialect, columns, wanted = self._session.dialect, price_series.c, frozenset(variants)
        stored = self._load(
            "of_variants",
            lambda roots: roots.where(dialect.any_of(columns.variant, "ids")).order_by(columns.id),
            ids=dialect.list_of(sorted(wanted)),
        )
        return by_variant(self._merged(stored, lambda series: series.variant in wanted))


class SqlZones(SqlRepository[Zone, TaxZoneId], Zones):
    kind: ClassVar[type[Zone]] = Zone  # type: ignore[misc]


class SqlDeliveryMethods(SqlRepository[Delivery, DeliveryMethodId], DeliveryMethods):
    kind: ClassVar[type[Delivery]] = Delivery  # type: ignore[misc]


class SqlExchangeRates(SqlRepository[Rates, CurrencyPairId], ExchangeRates):
    kind: ClassVar[type[Rates]] = Rates  # type: ignore[misc]


class SqlEditions(SqlRepository[Edition, EditionId], Editions):
    kind: ClassVar[type[Edition]] = Edition  # type: ignore[misc]


PRICING_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    PriceLists: SqlPriceLists,
    SeriesOfPrices: SqlSeriesOfPrices,
    Zones: SqlZones,
    DeliveryMethods: SqlDeliveryMethods,
    ExchangeRates: SqlExchangeRates,
    Editions: SqlEditions,
}
"""Which repository implements which port of pricing, and of the edition."""
