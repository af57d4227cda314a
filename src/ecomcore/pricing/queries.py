"""What pricing can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.ids import DeliveryMethodId, PriceListId, TaxZoneId, VariantId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency, currency
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import an_id, an_optional_id
from ecomcore.quoting import BASE, DeliveryMethod, ExchangeRate, ListTerms, PricePoint, TaxZone

__all__ = [
    "GetExchangeRate",
    "GetPriceHistory",
    "GetPriceList",
    "ListDeliveryMethods",
    "ListPriceLists",
    "ListTaxZones",
    "PriceListView",
]

VIEW = Permission("pricing.view", Who.STAFF)
"""Staff who may see prices of all lists, floors and taxes."""


@frozen
class PriceListView:
    """A price list as staff see it: what it says since when, and when it ended, if it did."""

    id: PriceListId
    terms: ListTerms
    since: Instant
    ended_at: Instant | None


@frozen
class GetPriceList(Query[PriceListView]):
    """One price list."""

    permission = VIEW
    list: PriceListId = field(validator=an_id)


@frozen
class ListPriceLists(Query[tuple[PriceListView, ...]]):
    """The price lists in the order of their ids, ended ones included; page on with the last id."""

    permission = VIEW
    after: PriceListId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class GetPriceHistory(Query[tuple[PricePoint, ...]]):
    """The prices of a variant in a list and currency, the newest first, scheduled ones included; without a list, what
    the catalogue asked. Page on with ``before``, the last point's ``since``.
    """

    permission = VIEW
    variant: VariantId = field(validator=an_id)
    currency: Currency = field(converter=currency)
    list: PriceListId = field(default=BASE, validator=an_id)
    before: Instant | None = field(default=None, validator=an_optional_instant)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListTaxZones(Query[tuple[TaxZone, ...]]):
    """The tax zones in the order of their ids; page on with the last id."""

    permission = VIEW
    after: TaxZoneId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListDeliveryMethods(Query[tuple[DeliveryMethod, ...]]):
    """The delivery methods there are, in the order of their ids; page on with the last id."""

    permission = Permission("pricing.deliveries", Who.ANYONE)
    after: DeliveryMethodId | None = field(default=None, validator=an_optional_id)
    limit: int = field(default=100, validator=a_page)


def _base(code: object) -> Currency:
    return currency(code, "base")


def _quote(code: object) -> Currency:
    return currency(code, "quote")


@frozen
class GetExchangeRate(Query[ExchangeRate]):
    """The rate from one currency to another in force now, or at a moment. ``NotFound`` where there is none."""

    permission = VIEW
    base: Currency = field(converter=_base)
    quote: Currency = field(converter=_quote)
    at: Instant | None = field(default=None, validator=an_optional_instant)
