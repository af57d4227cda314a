"""What must hold after every step, seen through the front door of the shop only."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from ecomcore.inventory import (
    Condition,
    GetAvailability,
    GetPromise,
    GetReservation,
    ListStock,
    MovementKind,
)
from ecomcore.kernel.messages import System
from ecomcore.testing import ShopKit
from tests.inventory.stock_model import NEVER
from tests.inventory.stock_model_counts import CountedStock
from tests.inventory.stock_model_words import counting, moves, stock

__all__ = ["check", "check_levels", "check_the_end"]

ALL = ("tea", "cup", "pot", "milk", "phone", "set")


CHANNELS = ("", "web", "fair", "nobody")


def check(kit: ShopKit, model: CountedStock, step: int) -> None:
    """The shop shows what the model knows, and breaks none of its own laws. Each channel is looked at in turn."""
    _check_items(kit, model)
    _check_reservations(kit, model)
    _check_what_is_offered(kit, model, CHANNELS[step % len(CHANNELS)])
    assert kit.shop.audit() == []


def _check_items(kit: ShopKit, model: CountedStock) -> None:
    shown = {}
    ordered, on_the_way = model.on_order(), model.on_the_way()
    expected = set(model.items) | set(ordered) | set(on_the_way)
    for view in kit.shop.ask(ListStock(ALL), by=System()):
        at = view.variant, view.location
        assert (view.incoming, view.in_transit) == (ordered.get(at, 0), on_the_way.get(at, 0)), view
        expected.remove(at)
        if at not in model.items:
            assert (view.on_hand, view.damaged, view.reserved, view.available, view.lots) == (0, 0, 0, 0, ()), view
            continue
        cap = model.items[at].cap
        assert 0 <= view.reserved <= view.on_hand + cap + view.short, view
        lots = {lot.code: (lot.quantity, lot.expires_at, lot.owner) for lot in view.lots if lot.quantity}
        if model.items[at].tracking != "none":
            assert sum(quantity for quantity, _, _ in lots.values()) == view.on_hand
        numbers = view.on_hand, view.damaged, view.reserved, view.available, view.buffer, view.expired, view.short
        shown[at] = numbers, view.stripes, lots
    assert not expected
    assert shown == {at: _item(model, at) for at in model.items}


def _item(model: CountedStock, at: tuple[str, str]) -> object:
    item = model.items[at]
    lots = {code: (lot.quantity, lot.end, lot.owner) for code, lot in item.lots.items() if lot.quantity}
    numbers = (
        model.on_hand(at),
        model.damaged(at),
        model.reserved(at),
        model.available(at),
        item.buffer,
        model.expired(at),
        model.short(at),
    )
    return numbers, item.stripes, lots


def check_levels(kit: ShopKit, model: CountedStock) -> None:
    """Once the job has looked, staff and those who wait know whether there is something to be sold."""
    for view in kit.shop.ask(ListStock(ALL), by=System()):
        at = view.variant, view.location
        to_be_sold = at in model.items and model.available(at) > model.items[at].buffer
        assert (view.level == "out") == (not to_be_sold), view


def _check_reservations(kit: ShopKit, model: CountedStock) -> None:
    for source, held in model.held.items():
        view = kit.shop.ask(GetReservation(source), by=System())
        shown = [(line.variant, line.location, line.bundle, line.each, line.quantity) for line in view.lines]
        known = [(part.variant, part.location, part.bundle, part.each, part.quantity) for part in held.parts]
        assert (view.state, view.expires_at, shown) == (held.state, held.until, known)


def _check_what_is_offered(kit: ShopKit, model: CountedStock, channel: str) -> None:
    offered = kit.shop.ask(GetAvailability(ALL, channel or None), by=System())
    assert {each.variant: each.available for each in offered} == {v: model.can_be_had(v, channel) for v in ALL}
    promised: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for promise in kit.shop.ask(GetPromise(ALL, channel or None), by=System()):
        promised[promise.variant].append((promise.at or model.now, promise.available))
    moments = _moments(model)
    for variant in ALL:
        lines = promised[variant]
        assert lines == sorted(lines)
        assert {at for at, _ in lines} <= moments.keys()
        for moment, coming in moments.items():
            units = [units for at, units in lines if at <= moment][-1]
            assert units == model.can_be_promised(variant, channel, moment, coming), (variant, moment)


def _moments(model: CountedStock) -> dict[datetime, dict[tuple[str, str], int]]:
    """Now, whenever something comes, is released or expires, and the end of time: with what will have come by then."""
    found = {due.expected_at for due in model.deliveries.values()}
    for item in model.items.values():
        found |= {lot.end for lot in item.lots.values() if lot.end} | ({item.release_at} if item.release_at else set())
    return {at: model.coming(at) for at in {model.now, NEVER} | {at for at in found if at > model.now}}


def check_the_end(kit: ShopKit, model: CountedStock) -> None:
    """The ledgers add up; what moved between locations is there, on its way, or known to be lost."""
    moved: dict[str, int] = defaultdict(int)
    for variant, place in model.items:
        ledger = kit.shop.ask(stock.ListMovements(variant, place, limit=1_000), by=System())
        for condition, total in ((Condition.GOOD, model.on_hand), (Condition.DAMAGED, model.damaged)):
            running = 0
            for entry in (each for each in ledger if each.condition is condition):
                running += entry.quantity
                assert entry.balance == running >= 0
            assert running == total((variant, place))
        assert [entry.number for entry in ledger] == list(range(1, len(ledger) + 1))
        for entry in ledger:
            if entry.kind in (MovementKind.TRANSFER_IN, MovementKind.TRANSFER_OUT):
                moved[variant] += entry.quantity
    _check_transfers(kit, model, moved)
    _check_entries(kit, model)
    for name, count in model.counts.items():
        assert kit.shop.ask(counting.GetCount(name), by=System()).summary.state == count.state


def _check_transfers(kit: ShopKit, model: CountedStock, moved: dict[str, int]) -> None:
    away: dict[str, int] = defaultdict(int)
    for name, moving in model.transfers.items():
        view = kit.shop.ask(moves.GetTransfer(name), by=System())
        assert view.state == moving.state
        assert {(lot.variant, lot.lot): lot.quantity for lot in view.in_transit} == {
            key: units for key, units in moving.transit.items() if units
        }
        for total in view.totals:
            away[total.variant] += total.in_transit + total.missing
        assert sum(total.missing for total in view.totals) == moving.missing
    assert {v: units for v, units in moved.items() if units} == {v: -units for v, units in away.items() if units}


def _check_entries(kit: ShopKit, model: CountedStock) -> None:
    """What was set aside is set aside, has left, or was given back; and it has ended once."""
    for source in model.held:
        view = kit.shop.ask(GetReservation(source), by=System())
        assert sum(entry.quantity for entry in view.entries) == sum(line.quantity for line in view.lines)
        open_ = bool(view.lines)
        assert open_ == (view.state.value == "open")
        references = [
            (entry.item, entry.bundle, entry.reference) for entry in view.entries if entry.kind.value == "consumed"
        ]
        assert len(set(references)) == len(references)
