"""The use cases of locations, and of units that come and go. Stock items are locked in the order of their ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ecomcore.inventory.bundle import BundleHasNoStock, Bundles, refuse_stock_of_bundles
from ecomcore.inventory.commands import (
    BookCount,
    Booked,
    Booking,
    BookStock,
    ChangeLocation,
    CorrectBeyondLimit,
    CorrectStock,
    DamageStock,
    MendStock,
    OpenLocation,
    ReceiveStock,
    SetStockRules,
    StockRow,
    StripeStock,
    WriteOffBeyondLimit,
    WriteOffStock,
)
from ecomcore.inventory.errors import CorrectionTooLarge, CountedOtherwise, SerialKnown
from ecomcore.inventory.location import Location
from ecomcore.inventory.lots import ReceivedLine, Tracking
from ecomcore.inventory.ports import Locations, StockItems
from ecomcore.inventory.stock_item import StockItem
from ecomcore.inventory.values import Condition, CountedDifference, InventoryPolicy, Movement, stock_item_id
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, NotFound, Refused
from ecomcore.kernel.frozen import trusted
from ecomcore.kernel.ids import Ids, LocationId, StockItemId, VariantId
from ecomcore.kernel.messages import Envelope, Event


def open_location(command: OpenLocation, locations: Locations, ids: Ids) -> LocationId:
    id_ = command.id or LocationId(ids.new())
    if locations.find(id_):
        raise AlreadyExists("location", "id", id_)
    opened = Location.open(
        id_,
        command.name,
        command.priority,
        command.kind,
        command.place,
        ships=command.ships,
        collects=command.collects,
        parcel_cost=command.parcel_cost,
    )
    locations.save(opened)
    return id_


def change_location(command: ChangeLocation, locations: Locations) -> None:
    location = locations.get(command.location)
    changed = location.change(
        command.name,
        command.priority,
        command.place,
        ships=command.ships,
        collects=command.collects,
        parcel_cost=command.parcel_cost,
    )
    if changed is not location:
        locations.save(changed)


def receive_stock(
    command: ReceiveStock,
    locations: Locations,
    stock_items: StockItems,
    bundles: Bundles,
    clock: Clock,
    envelope: Envelope,
) -> None:
    location = locations.get(command.location).id
    at, actor = clock.now(), envelope.actor.scope
    known = stock_items.many(sorted({stock_item_id(line.variant, location) for line in command.lines}), lock=True)
    items: dict[StockItemId, StockItem] = dict(known)
    if new := {line.variant for line in command.lines} - {item.variant for item in known.values()}:
        refuse_stock_of_bundles(new, bundles)
    arriving: dict[VariantId, set[str]] = {}
    for line in command.lines:
        if line.serials and line.condition is Condition.GOOD:
            arriving.setdefault(line.variant, set()).update(line.serials)
    _refuse_serials_of_others(arriving, location, stock_items)
    for line in _merged(command.lines):
        id_ = stock_item_id(line.variant, location)
        item = items.get(id_) or StockItem.empty(line.variant, location)
        items[id_] = item.receive(line, command.reference, at, command.kind, command.reason, actor)
    stock_items.save(*(items[id_] for id_ in sorted(items)))


def _refuse_serials_of_others(
    arriving: Mapping[VariantId, Collection[str]], location: LocationId, stock_items: StockItems
) -> None:
    """A unit that is at another location is not here. Of two at once the store refuses one."""
    for item in stock_items.of_variants(arriving) if arriving else ():
        if item.location != location and item.tracking is Tracking.SERIALS:
            for lot in item.lots:
                if lot.quantity and lot.code in arriving[item.variant]:
                    raise SerialKnown(item.variant, lot.code)


def _merged(lines: Iterable[ReceivedLine]) -> Iterable[ReceivedLine]:
    """Several plain lines of a variant are one receipt."""
    plain: dict[tuple[Any, ...], int] = {}
    for line in lines:
        if line.serials:
            yield line
        else:
            key = (line.variant, line.lot, line.expires_at, line.owner, line.condition)
            plain[key] = plain.get(key, 0) + line.quantity
    for (variant, lot, expires_at, owner, condition), quantity in plain.items():
        yield trusted(ReceivedLine, variant, quantity, lot, expires_at, owner, (), condition)


def correct_stock(
    command: CorrectStock, stock_items: StockItems, policy: InventoryPolicy, clock: Clock, envelope: Envelope
) -> None:
    _refuse_too_much(command.variant, command.quantity, policy)
    _correct(command, stock_items, clock.now(), envelope)


def correct_beyond_limit(
    command: CorrectBeyondLimit, stock_items: StockItems, clock: Clock, envelope: Envelope
) -> None:
    _correct(command, stock_items, clock.now(), envelope)


def _correct(
    command: CorrectStock | CorrectBeyondLimit, stock_items: StockItems, at: Instant, envelope: Envelope
) -> None:
    item, actor = _known(command, stock_items), envelope.actor.scope
    _refuse_found_elsewhere(item, command.lot, command.quantity, stock_items)
    stock_items.save(
        item.correct(
            command.quantity,
            command.reason,
            at,
            actor,
            command.lot,
            command.reference,
            even_if_reserved=command.even_if_reserved,
        )
    )


def _refuse_found_elsewhere(item: StockItem, lot: str, more: int, stock_items: StockItems) -> None:
    if more > 0 and item.tracking is Tracking.SERIALS:
        _refuse_serials_of_others({item.variant: (lot,)}, item.location, stock_items)


def damage_stock(command: DamageStock, stock_items: StockItems, clock: Clock, envelope: Envelope) -> None:
    item, actor = _known(command, stock_items), envelope.actor.scope
    units, at = command.quantity, clock.now()
    stock_items.save(item.damage(units, command.reason, at, actor, command.lot, command.reference))


def mend_stock(command: MendStock, stock_items: StockItems, clock: Clock, envelope: Envelope) -> None:
    item, actor = _known(command, stock_items), envelope.actor.scope
    units, at = command.quantity, clock.now()
    _refuse_found_elsewhere(item, command.lot, units, stock_items)
    stock_items.save(item.damage(-units, command.reason, at, actor, command.lot, command.reference))


def write_off_stock(
    command: WriteOffStock, stock_items: StockItems, policy: InventoryPolicy, clock: Clock, envelope: Envelope
) -> None:
    _refuse_too_much(command.variant, command.quantity, policy, WriteOffBeyondLimit.permission.name)
    _write_off(command, stock_items, clock.now(), envelope)


def write_off_beyond_limit(
    command: WriteOffBeyondLimit, stock_items: StockItems, clock: Clock, envelope: Envelope
) -> None:
    _write_off(command, stock_items, clock.now(), envelope)


def _write_off(
    command: WriteOffStock | WriteOffBeyondLimit, stock_items: StockItems, at: Instant, envelope: Envelope
) -> None:
    item, actor = _known(command, stock_items), envelope.actor.scope
    stock_items.save(
        item.write_off(command.quantity, command.condition, command.reason, at, actor, command.lot, command.reference)
    )


def book_count(command: BookCount, stock_items: StockItems, bundles: Bundles, clock: Clock, envelope: Envelope) -> None:
    at, actor = clock.now(), envelope.actor.scope
    variants = {line.variant for line in command.lines} | set(command.counted)
    ids = sorted(stock_item_id(variant, command.location) for variant in variants)
    items: dict[StockItemId, StockItem] = dict(stock_items.many(ids, lock=True))
    if new := {line.variant for line in command.lines} - {item.variant for item in items.values()}:
        refuse_stock_of_bundles(new, bundles)
    found: dict[VariantId, set[str]] = {}
    for line in command.lines:
        known = items.get(stock_item_id(line.variant, command.location))
        if line.difference > 0 and known is not None and known.tracking is Tracking.SERIALS:
            found.setdefault(line.variant, set()).add(line.lot)
    _refuse_serials_of_others(found, command.location, stock_items)
    for line in sorted(command.lines, key=_by_variant):
        id_ = stock_item_id(line.variant, command.location)
        item = items.get(id_) or StockItem.empty(line.variant, command.location)
        items[id_] = item.count(line.difference, command.count, at, actor, line.lot)
    stock_items.save(*(items[id_].counted(at) for id_ in sorted(items)))


def book_stock(
    command: BookStock,
    locations: Locations,
    stock_items: StockItems,
    bundles: Bundles,
    policy: InventoryPolicy,
    clock: Clock,
    envelope: Envelope,
) -> tuple[Booked, ...]:
    at, actor = clock.now(), envelope.actor.scope
    places = locations.many(sorted({row.location for row in command.rows}))
    items: dict[StockItemId, StockItem] = {}
    known = stock_items.many(
        sorted({stock_item_id(row.variant, row.location) for row in command.rows if row.location in places}), lock=True
    )
    new = {row.variant for row in command.rows} - {item.variant for item in known.values()}
    composed = {id_ for id_, bundle in bundles.many(sorted(new)).items() if bundle.is_bundle} if new else set()
    fresh: dict[StockItemId, list[Movement]] = defaultdict(list)
    news: dict[StockItemId, list[Event]] = defaultdict(list)
    results = []
    for number, row in enumerate(command.rows):
        id_ = stock_item_id(row.variant, row.location)
        item = items.get(id_) or known.get(id_)
        try:
            if row.location not in places:
                raise NotFound("Location", row.location)
            if row.variant in composed:
                raise BundleHasNoStock(row.variant, is_bundle=True)
            changed = _booked(row, item or StockItem.empty(row.variant, row.location), command, policy, at, actor)
        except (NotFound, Refused) as refused:
            there = item.on_hand if item else 0
            results.append(trusted(Booked, number, there, type(refused).__name__, refused.sentence()))
            continue
        if changed is not item:  # what is new is laid aside: copied for each row, it would take as long as rows squared
            fresh[id_].extend(changed.fresh)
            news[id_].extend(changed.news)
            items[id_] = changed.having(fresh=(), news=())
        results.append(trusted(Booked, number, changed.on_hand, "", ""))
    booked = (items[id_].having(fresh=tuple(fresh[id_]), news=tuple(news[id_])) for id_ in sorted(items))
    stock_items.save(*(item for item in booked if item.version or item.fresh))
    return tuple(results)


def _booked(
    row: StockRow, item: StockItem, command: BookStock, policy: InventoryPolicy, at: Instant, actor: str
) -> StockItem:
    if row.expected is not None and row.expected != item.on_hand:
        raise CountedOtherwise(row.variant, row.expected, item.on_hand)
    if row.how is Booking.RECEIVE:
        line = ReceivedLine(row.variant, row.quantity)
        return item.receive(line, command.reference, at, reason=command.reason, actor=actor)
    change = row.quantity if row.how is Booking.ADJUST else row.quantity - item.on_hand
    _refuse_too_much(row.variant, change, policy)
    return item.correct(change, command.reason, at, actor, reference=command.reference) if change else item


def set_stock_rules(
    command: SetStockRules, locations: Locations, stock_items: StockItems, bundles: Bundles, clock: Clock
) -> None:
    locations.get(command.location)
    id_ = stock_item_id(command.variant, command.location)
    item = stock_items.find(id_, lock=True)
    if item is None:
        refuse_stock_of_bundles((command.variant,), bundles)
        item = StockItem.empty(command.variant, command.location)
    ruled = item.with_rules(
        clock.now(),
        buffer=command.buffer,
        low=command.low,
        beyond=command.beyond,
        tracking=command.tracking,
        queued=command.queued,
        grade=command.grade,
    )
    if ruled is not item:
        stock_items.save(ruled)


def stripe_stock(command: StripeStock, stock_items: StockItems) -> None:
    item = _known(command, stock_items)
    striped = item.stripe(command.stripes)
    if striped is not item:
        stock_items.save(striped)


def _known(command: Any, stock_items: StockItems) -> StockItem:
    item = stock_items.find(stock_item_id(command.variant, command.location), lock=True)
    if item is None:
        raise NotFound("stock", f"{command.variant} at {command.location}")
    return item


def _refuse_too_much(
    variant: VariantId, quantity: int, policy: InventoryPolicy, permission: str = CorrectBeyondLimit.permission.name
) -> None:
    if abs(quantity) > policy.most_corrected:
        raise CorrectionTooLarge(variant, quantity, policy.most_corrected, permission)


def _by_variant(line: CountedDifference) -> tuple[str, str]:
    return line.variant, line.lot
