"""What pricing needs from a store. All but the prices themselves are few, and are read whole, page by page."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

from ecomcore.kernel.ids import CurrencyPairId, DeliveryMethodId, PriceListId, PriceSeriesId, TaxZoneId, VariantId
from ecomcore.kernel.work import Repository
from ecomcore.pricing.delivery import Delivery
from ecomcore.pricing.price_list import PriceList
from ecomcore.pricing.price_series import PriceSeries
from ecomcore.pricing.rates import Rates
from ecomcore.pricing.zone import Zone

__all__ = ["DeliveryMethods", "ExchangeRates", "PriceLists", "SeriesOfPrices", "Zones"]


class PriceLists(Repository[PriceList, PriceListId], Protocol):
    """All price lists."""

    kind: type[PriceList] = PriceList


class SeriesOfPrices(Repository[PriceSeries, PriceSeriesId], Protocol):
    """The prices of all variants in all lists."""

    kind: type[PriceSeries] = PriceSeries

    @abstractmethod
    def of_variants(self, variants: Collection[VariantId]) -> Mapping[VariantId, tuple[PriceSeries, ...]]:
        """The series of these variants in all lists, by list and currency; a variant without any is missing."""


class Zones(Repository[Zone, TaxZoneId], Protocol):
    """All tax zones, removed ones included."""

    kind: type[Zone] = Zone


class DeliveryMethods(Repository[Delivery, DeliveryMethodId], Protocol):
    """All delivery methods, ended ones included."""

    kind: type[Delivery] = Delivery


class ExchangeRates(Repository[Rates, CurrencyPairId], Protocol):
    """The rates of all pairs of currencies."""

    kind: type[Rates] = Rates
