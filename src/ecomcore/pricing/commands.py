"""What pricing can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.ids import DeliveryMethodId, PriceListId, TaxZoneId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Currency, currency
from ecomcore.kernel.text import a_list_of, an_id, an_optional_id, as_tuple, instance_of
from ecomcore.pricing.values import NewFloor, NewPrice, NotedPrice
from ecomcore.quoting import DeliveryMethod, ExchangeRate, ListTerms, TaxZone

__all__ = [
    "EDIT",
    "MOST_PRICES",
    "AddPriceList",
    "ChangePriceList",
    "DefineDelivery",
    "DefineTaxZone",
    "EndDelivery",
    "EndPriceList",
    "NotePrices",
    "RemoveTaxZone",
    "SetExchangeRates",
    "SetFloors",
    "SetPrices",
]

MOST_PRICES = 1_000
"""Prices, floors or rates in one command."""

EDIT = Permission("pricing.edit", Who.STAFF)
"""Staff who keep prices, taxes and delivery methods."""


@frozen
class AddPriceList(Command[PriceListId]):
    """Add a price list, in force from now on within its period; it has no prices yet. Answers with its id."""

    permission = EDIT
    terms: ListTerms = field(validator=instance_of(ListTerms))
    id: PriceListId | None = field(default=None, validator=an_optional_id)


@frozen
class ChangePriceList(Command[None]):
    """A price list says something else from now on; its currency cannot change."""

    permission = EDIT
    list: PriceListId = field(validator=an_id)
    terms: ListTerms = field(validator=instance_of(ListTerms))


@frozen
class EndPriceList(Command[None]):
    """A price list is not in force any more, for good."""

    permission = EDIT
    list: PriceListId = field(validator=an_id)


@frozen
class SetPrices(Command[None]):
    """Set the prices of up to 1,000 variants in a list, all or none, from now or from a later moment on."""

    permission = EDIT
    list: PriceListId = field(validator=an_id)
    prices: tuple[NewPrice, ...] = field(converter=as_tuple, validator=a_list_of(NewPrice, MOST_PRICES))
    since: Instant | None = field(default=None, validator=an_optional_instant)


@frozen
class SetFloors(Command[None]):
    """Set the prices that no discount takes up to 1,000 variants below, in one currency, from now or later on."""

    permission = EDIT
    currency: Currency = field(converter=currency)
    floors: tuple[NewFloor, ...] = field(converter=as_tuple, validator=a_list_of(NewFloor, MOST_PRICES))
    since: Instant | None = field(default=None, validator=an_optional_instant)


@frozen
class NotePrices(Command[None]):
    """Note what the catalogue asks from now on, and at the first note of a variant what it asked until now."""

    permission = Permission("pricing.note_prices", Who.SYSTEM)
    prices: tuple[NotedPrice, ...] = field(converter=as_tuple, validator=a_list_of(NotedPrice, MOST_PRICES))


@frozen
class DefineTaxZone(Command[None]):
    """Add a tax zone, or replace the one of its id."""

    permission = EDIT
    zone: TaxZone = field(validator=instance_of(TaxZone))


@frozen
class RemoveTaxZone(Command[None]):
    """A tax zone is none any more."""

    permission = EDIT
    zone: TaxZoneId = field(validator=an_id)


@frozen
class DefineDelivery(Command[None]):
    """Add a delivery method, or replace the one of its id."""

    permission = EDIT
    method: DeliveryMethod = field(validator=instance_of(DeliveryMethod))


@frozen
class EndDelivery(Command[None]):
    """Nothing can be delivered in this way any more."""

    permission = EDIT
    method: DeliveryMethodId = field(validator=an_id)


@frozen
class SetExchangeRates(Command[None]):
    """Set exchange rates, all or none, each from its moment on: now or later, for a new pair also earlier."""

    permission = EDIT
    rates: tuple[ExchangeRate, ...] = field(converter=as_tuple, validator=a_list_of(ExchangeRate, MOST_PRICES))
