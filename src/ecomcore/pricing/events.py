"""What pricing tells."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import DeliveryMethodId, PriceListId, TaxZoneId, VariantId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Currency
from ecomcore.quoting import Break, ExchangeRate, ListTerms

__all__ = [
    "DeliveryDefined",
    "DeliveryEnded",
    "ExchangeRateSet",
    "PriceListAdded",
    "PriceListChanged",
    "PriceListEnded",
    "PriceSet",
    "TaxZoneDefined",
    "TaxZoneRemoved",
]


@frozen
class PriceListAdded(Event):
    """There is a new price list; it has no prices yet."""

    list: PriceListId
    terms: ListTerms


@frozen
class PriceListChanged(Event):
    """A price list says something else from now on."""

    list: PriceListId
    number: int
    terms: ListTerms


@frozen
class PriceListEnded(Event):
    """A price list is not in force any more."""

    list: PriceListId
    at: Instant


@frozen
class PriceSet(Event):
    """A variant has other prices in a list from ``since`` on, which may be later; without any it has none there."""

    list: PriceListId
    variant: VariantId
    currency: Currency
    since: Instant
    breaks: tuple[Break, ...]


@frozen
class TaxZoneDefined(Event):
    """A tax zone is new, or is something else from now on."""

    zone: TaxZoneId
    name: str


@frozen
class TaxZoneRemoved(Event):
    """A tax zone is none any more."""

    zone: TaxZoneId


@frozen
class DeliveryDefined(Event):
    """A delivery method is new, or is something else from now on."""

    method: DeliveryMethodId
    name: str


@frozen
class DeliveryEnded(Event):
    """Nothing can be delivered in this way any more."""

    method: DeliveryMethodId


@frozen
class ExchangeRateSet(Event):
    """An exchange rate holds from its ``since`` on, which may be later."""

    rate: ExchangeRate
