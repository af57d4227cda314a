"""Pricing: price lists, prices with their history, floors, tax zones, delivery methods and exchange rates.

Ask:    AddPriceList, ChangePriceList, EndPriceList; SetPrices, SetFloors, NotePrices; DefineTaxZone, RemoveTaxZone;
        DefineDelivery, EndDelivery; SetExchangeRates; GetPriceList, ListPriceLists, GetPriceHistory, ListTaxZones,
        ListDeliveryMethods, GetExchangeRate.
Tells:  PriceListAdded, PriceListChanged, PriceListEnded, PriceSet, TaxZoneDefined, TaxZoneRemoved, DeliveryDefined,
        DeliveryEnded, ExchangeRateSet.
Refuses: PriceListOver, PriceScheduled, RateScheduled; AlreadyExists for an id that is taken.

What a price list, a zone or a delivery method says is said in the words of ``ecomcore.quoting``.
"""

from ecomcore.kernel.room import Room
from ecomcore.pricing.commands import (
    AddPriceList,
    ChangePriceList,
    DefineDelivery,
    DefineTaxZone,
    EndDelivery,
    EndPriceList,
    NotePrices,
    RemoveTaxZone,
    SetExchangeRates,
    SetFloors,
    SetPrices,
)
from ecomcore.pricing.delivery import Delivery
from ecomcore.pricing.errors import PriceListOver, PriceScheduled, RateScheduled
from ecomcore.pricing.events import (
    DeliveryDefined,
    DeliveryEnded,
    ExchangeRateSet,
    PriceListAdded,
    PriceListChanged,
    PriceListEnded,
    PriceSet,
    TaxZoneDefined,
    TaxZoneRemoved,
)
from ecomcore.pricing.ports import DeliveryMethods, ExchangeRates, PriceLists, SeriesOfPrices, Zones
from ecomcore.pricing.price_list import PriceList
from ecomcore.pricing.price_series import PriceSeries, by_variant
from ecomcore.pricing.queries import (
    GetExchangeRate,
    GetPriceHistory,
    GetPriceList,
    ListDeliveryMethods,
    ListPriceLists,
    ListTaxZones,
    PriceListView,
)
from ecomcore.pricing.rates import Rates
from ecomcore.pricing.usecases import (
    add_price_list,
    change_price_list,
    define_delivery,
    define_tax_zone,
    end_delivery,
    end_price_list,
    get_exchange_rate,
    get_price_history,
    get_price_list,
    list_delivery_methods,
    list_price_lists,
    list_tax_zones,
    note_prices,
    remove_tax_zone,
    set_exchange_rates,
    set_floors,
    set_prices,
)
from ecomcore.pricing.values import (
    BEGINNING,
    ListVersion,
    NewFloor,
    NewPrice,
    NotedPrice,
    lowest_before,
    pair_id,
    series_id,
    unit_price,
)
from ecomcore.pricing.zone import Zone
from ecomcore.quoting import Editions

__all__ = [
    "BEGINNING",
    "ROOM",
    "AddPriceList",
    "ChangePriceList",
    "DefineDelivery",
    "DefineTaxZone",
    "Delivery",
    "DeliveryDefined",
    "DeliveryEnded",
    "DeliveryMethods",
    "EndDelivery",
    "EndPriceList",
    "ExchangeRateSet",
    "ExchangeRates",
    "GetExchangeRate",
    "GetPriceHistory",
    "GetPriceList",
    "ListDeliveryMethods",
    "ListPriceLists",
    "ListTaxZones",
    "ListVersion",
    "NewFloor",
    "NewPrice",
    "NotePrices",
    "NotedPrice",
    "PriceList",
    "PriceListAdded",
    "PriceListChanged",
    "PriceListEnded",
    "PriceListOver",
    "PriceListView",
    "PriceLists",
    "PriceScheduled",
    "PriceSeries",
    "PriceSet",
    "RateScheduled",
    "Rates",
    "RemoveTaxZone",
    "SeriesOfPrices",
    "SetExchangeRates",
    "SetFloors",
    "SetPrices",
    "TaxZoneDefined",
    "TaxZoneRemoved",
    "Zone",
    "Zones",
    "by_variant",
    "lowest_before",
    "pair_id",
    "series_id",
    "unit_price",
]

ROOM = Room(
    name="pricing",
    deciders={
        AddPriceList: add_price_list,
        ChangePriceList: change_price_list,
        EndPriceList: end_price_list,
        SetPrices: set_prices,
        SetFloors: set_floors,
        NotePrices: note_prices,
        DefineTaxZone: define_tax_zone,
        RemoveTaxZone: remove_tax_zone,
        DefineDelivery: define_delivery,
        EndDelivery: end_delivery,
        SetExchangeRates: set_exchange_rates,
    },
    answers={
        GetPriceList: get_price_list,
        ListPriceLists: list_price_lists,
        GetPriceHistory: get_price_history,
        ListTaxZones: list_tax_zones,
        ListDeliveryMethods: list_delivery_methods,
        GetExchangeRate: get_exchange_rate,
    },
    events=(
        PriceListAdded,
        PriceListChanged,
        PriceListEnded,
        PriceSet,
        TaxZoneDefined,
        TaxZoneRemoved,
        DeliveryDefined,
        DeliveryEnded,
        ExchangeRateSet,
    ),
    repositories=(PriceLists, SeriesOfPrices, Zones, DeliveryMethods, ExchangeRates, Editions),
)
