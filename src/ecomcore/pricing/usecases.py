"""The use cases of pricing: load, decide, save.

Whatever changes a rule turns the edition, last: its row is everybody's. Prices are no rules, they are read as needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar, cast

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound
from ecomcore.kernel.ids import Ids, PriceListId, PriceSeriesId, VariantId
from ecomcore.kernel.money import Currency, Price
from ecomcore.kernel.quantity import LONGEST_PAGE
from ecomcore.kernel.work import Repository
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
from ecomcore.pricing.ports import DeliveryMethods, ExchangeRates, PriceLists, SeriesOfPrices, Zones
from ecomcore.pricing.price_list import PriceList
from ecomcore.pricing.price_series import PriceSeries
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
from ecomcore.pricing.values import BEGINNING, NewFloor, NewPrice, NotedPrice, pair_id, series_id
from ecomcore.pricing.zone import Zone
from ecomcore.quoting import BASE, FLOOR, Break, DeliveryMethod, Editions, ExchangeRate, PricePoint, TaxZone

A = TypeVar("A", bound=Aggregate)
I = TypeVar("I", bound=str)  # noqa: E741 - the id type of a repository


def add_price_list(
    command: AddPriceList, price_lists: PriceLists, editions: Editions, clock: Clock, ids: Ids
) -> PriceListId:
    id_ = command.id or PriceListId(ids.new())
    if price_lists.find(id_):
        raise AlreadyExists("price list", "id", id_)
    price_lists.save(PriceList.add(id_, command.terms, clock.now()))
    editions.turn()
    return id_


def change_price_list(command: ChangePriceList, price_lists: PriceLists, editions: Editions, clock: Clock) -> None:
    known = price_lists.get(command.list)
    changed = known.change(command.terms, clock.now())
    if changed is not known:
        price_lists.save(changed)
        editions.turn()


def end_price_list(command: EndPriceList, price_lists: PriceLists, editions: Editions, clock: Clock) -> None:
    price_lists.save(price_lists.get(command.list).end(clock.now()))
    editions.turn()


def set_prices(
    command: SetPrices, price_lists: PriceLists, series: SeriesOfPrices, editions: Editions, clock: Clock
) -> None:
    head = price_lists.get(command.list)
    head.refuse_if_over()
    for index, new in enumerate(command.prices):
        for number, each in enumerate(new.breaks):
            _refuse_another_currency(each.price, head.currency, f"prices[{index}].breaks[{number}].price")
    _refuse_repeats("prices", command.prices)
    _turn_with_the_first(series, editions)
    _set(series, head.id, head.currency, command.prices, command.since, clock.now())


def set_floors(command: SetFloors, series: SeriesOfPrices, editions: Editions, clock: Clock) -> None:
    for index, new in enumerate(command.floors):
        if new.price is not None:
            _refuse_another_currency(new.price, command.currency, f"floors[{index}].price")
    _refuse_repeats("floors", command.floors)
    _turn_with_the_first(series, editions)
    _set(series, FLOOR, command.currency, command.floors, command.since, clock.now())


def note_prices(command: NotePrices, series: SeriesOfPrices, editions: Editions, clock: Clock) -> None:
    _refuse_repeats("prices", command.prices)
    _turn_with_the_first(series, editions)
    asked = {
        series_id(BASE, note.variant, price.amount.currency)
        for note in command.prices
        for price in (note.old, note.new)
        if price is not None
    }
    known, now = series.many(sorted(asked), lock=True), clock.now()
    for note in command.prices:
        if note.old is not None and note.old.amount.currency != note.new.amount.currency:
            _note(series, known, note, note.old.amount.currency, (), now)
        _note(series, known, note, note.new.amount.currency, (Break(1, note.new),), now)


def define_tax_zone(command: DefineTaxZone, zones: Zones, editions: Editions) -> None:
    known = zones.find(command.zone.id)
    defined = known.redefine(command.zone) if known else Zone.define(command.zone)
    if defined is not known:
        zones.save(defined)
        editions.turn()


def remove_tax_zone(command: RemoveTaxZone, zones: Zones, editions: Editions) -> None:
    zone = zones.get(command.zone)
    if zone.removed:
        raise NotFound("Zone", zone.id)
    zones.save(zone.remove())
    editions.turn()


def define_delivery(command: DefineDelivery, methods: DeliveryMethods, editions: Editions) -> None:
    known = methods.find(command.method.id)
    defined = known.redefine(command.method) if known else Delivery.define(command.method)
    if defined is not known:
        methods.save(defined)
        editions.turn()


def end_delivery(command: EndDelivery, methods: DeliveryMethods, editions: Editions) -> None:
    delivery = methods.get(command.method)
    if delivery.ended:
        raise NotFound("Delivery", delivery.id)
    methods.save(delivery.end())
    editions.turn()


def set_exchange_rates(
    command: SetExchangeRates, exchange_rates: ExchangeRates, editions: Editions, clock: Clock
) -> None:
    ids = {pair_id(rate.base, rate.quote) for rate in command.rates}
    known, now = exchange_rates.many(sorted(ids), lock=True), clock.now()
    pairs = dict(known)
    for index, rate in enumerate(command.rates):
        id_ = pair_id(rate.base, rate.quote)
        try:
            pair = pairs.get(id_) or Rates.of(rate.base, rate.quote)
            pairs[id_] = pair.set(rate, now if id_ in known else None)
        except Invalid as refusal:
            raise Invalid(f"rates[{index}].{refusal.field}", refusal.value, refusal.accepted) from None
    changed = [pair for id_, pair in sorted(pairs.items()) if pair is not known.get(id_)]
    if changed:
        exchange_rates.save(*changed)
        editions.turn()


def get_price_list(query: GetPriceList, price_lists: PriceLists) -> PriceListView:
    return _view(price_lists.get(query.list))


def list_price_lists(query: ListPriceLists, price_lists: PriceLists) -> tuple[PriceListView, ...]:
    return tuple(_view(each) for each in price_lists.page(query.after, query.limit))


def get_price_history(query: GetPriceHistory, series: SeriesOfPrices) -> tuple[PricePoint, ...]:
    found = series.find(series_id(query.list, query.variant, query.currency))
    return found.history(query.before, query.limit) if found else ()


def list_tax_zones(query: ListTaxZones, zones: Zones) -> tuple[TaxZone, ...]:
    there = (zone.terms for zone in _all_after(zones, query.after) if not zone.removed)
    return tuple(islice(there, query.limit))


def list_delivery_methods(query: ListDeliveryMethods, methods: DeliveryMethods) -> tuple[DeliveryMethod, ...]:
    there = (each.terms for each in _all_after(methods, query.after) if not each.ended)
    return tuple(islice(there, query.limit))


def get_exchange_rate(query: GetExchangeRate, exchange_rates: ExchangeRates, clock: Clock) -> ExchangeRate:
    pair = exchange_rates.find(pair_id(query.base, query.quote))
    rate = pair.at(query.at or clock.now()) if pair else None
    if rate is None:
        raise NotFound("exchange rate", pair_id(query.base, query.quote))
    return rate


def _view(head: PriceList) -> PriceListView:
    return PriceListView(head.id, head.terms, head.versions[-1].since, head.ended_at)


def _set(
    series: SeriesOfPrices,
    list: PriceListId,
    currency: Currency,
    prices: Sequence[NewPrice | NewFloor],
    since: Instant | None,
    now: Instant,
) -> None:
    """Set all of them in the order of their ids; what does not change is not written."""
    wanted = {series_id(list, new.variant, currency): new for new in prices}
    known = series.many(sorted(wanted), lock=True)
    for id_, new in sorted(wanted.items()):
        before = known.get(id_) or PriceSeries.of(list, new.variant, currency)
        after = before.set(PricePoint(since or now, new.breaks), now)
        if after is not before:
            series.save(after)


def _turn_with_the_first(series: SeriesOfPrices, editions: Editions) -> None:
    """A shop without any series never looks for one: with the first, that changes for all who keep a rulebook."""
    if not series.page(limit=1):
        editions.turn()


def _note(
    series: SeriesOfPrices,
    known: Mapping[PriceSeriesId, PriceSeries],
    note: NotedPrice,
    currency: Currency,
    breaks: tuple[Break, ...],
    now: Instant,
) -> None:
    """Note base prices of a variant in a currency; at the first note, the old one as if it had always been there."""
    kept = known.get(series_id(BASE, note.variant, currency))
    before = kept
    if before is None:
        old = note.old if note.old is not None and note.old.amount.currency == currency else None
        points = () if old is None else (PricePoint(BEGINNING, (Break(1, old),)),)
        before = PriceSeries.of(BASE, note.variant, currency, points)
    noted = before.note(breaks, now)
    if noted is not kept:
        series.save(noted)


def _refuse_another_currency(price: Price, currency: Currency, field: str) -> None:
    if price.amount.currency != currency:
        raise Invalid(field, price, f"a price in {currency}")


def _refuse_repeats(field: str, prices: Iterable[NewPrice | NewFloor | NotedPrice]) -> None:
    seen: set[VariantId] = set()
    for index, new in enumerate(prices):
        if new.variant in seen:
            raise Invalid(f"{field}[{index}].variant", new.variant, "each variant once")
        seen.add(new.variant)


def _all_after(repository: Repository[A, I], after: I | None) -> Iterator[A]:
    """All there are with a greater id, in the order of their ids."""
    while page := repository.page(after, LONGEST_PAGE):
        yield from page
        after = cast("I", page[-1].id)
