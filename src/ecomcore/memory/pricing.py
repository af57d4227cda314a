"""The repositories of pricing in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import ClassVar

from ecomcore.kernel.ids import (
    CurrencyPairId,
    DeliveryMethodId,
    EditionId,
    PriceListId,
    PriceSeriesId,
    TaxZoneId,
    VariantId,
)
from ecomcore.memory.repositories import MemoryRepository
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

__all__ = [
    "MemoryDeliveryMethods",
    "MemoryEditions",
    "MemoryExchangeRates",
    "MemoryPriceLists",
    "MemorySeriesOfPrices",
    "MemoryZones",
]


class MemoryPriceLists(MemoryRepository[PriceList, PriceListId], PriceLists):
    kind: ClassVar[type[PriceList]] = PriceList  # type: ignore[misc]


class MemorySeriesOfPrices(MemoryRepository[PriceSeries, PriceSeriesId], SeriesOfPrices):
    kind: ClassVar[type[PriceSeries]] = PriceSeries  # type: ignore[misc]

    def of_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, tuple[PriceSeries, ...]]:
        wanted = frozenset(variants)
        stored = [id_ for variant in wanted for id_ in self._tables.series_of.get(variant, ())]
        saved = [series.id for series in self._changes.changed_now(PriceSeries) if series.variant in wanted]
        return by_variant(self.many(sorted({*stored, *saved})).values())


class MemoryZones(MemoryRepository[Zone, TaxZoneId], Zones):
    kind: ClassVar[type[Zone]] = Zone  # type: ignore[misc]


class MemoryDeliveryMethods(MemoryRepository[Delivery, DeliveryMethodId], DeliveryMethods):
    kind: ClassVar[type[Delivery]] = Delivery  # type: ignore[misc]


class MemoryExchangeRates(MemoryRepository[Rates, CurrencyPairId], ExchangeRates):
    kind: ClassVar[type[Rates]] = Rates  # type: ignore[misc]


class MemoryEditions(MemoryRepository[Edition, EditionId], Editions):
    kind: ClassVar[type[Edition]] = Edition  # type: ignore[misc]
