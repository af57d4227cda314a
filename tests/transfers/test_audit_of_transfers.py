"""The audit finds a transfer that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore.inventory import OpenLocation, Purpose, Reservation, ReservationState
from ecomcore.kernel.ids import LocationId, TransferId
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import ShopKit, a_shop
from ecomcore.testing.supply import an_arrival
from ecomcore.transfers import (
    CancelTransfer,
    CloseTransfer,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
    Transfer,
    TransferLine,
    TransferLot,
    TransferState,
)

STORE = LocationId("store")
ROW = "transfer partly"


def a_shop_with_transfers() -> ShopKit:
    """One in each state; of the one that is ``partly`` there, 4 of 10 have arrived, one of them damaged."""
    kit = a_shop(products=1)
    tea = kit.variants[0]
    kit.staff.handle(OpenLocation("Store", id=STORE))
    for name in ("requested", "shipped", "partly", "received", "closed", "cancelled"):
        kit.staff.handle(RequestTransfer(kit.location, STORE, (TransferLine(tea, 10),), TransferId(name)))
    for name in ("shipped", "partly", "received", "closed"):
        kit.staff.handle(ShipTransfer(TransferId(name)))
    kit.staff.handle(ReceiveTransfer(TransferId("partly"), (an_arrival(3, tea, damaged=1),)))
    kit.staff.handle(ReceiveTransfer(TransferId("received"), (an_arrival(10, tea),)))
    kit.staff.handle(CloseTransfer(TransferId("closed"), "gone"))
    kit.staff.handle(CancelTransfer(TransferId("cancelled"), "no"))
    return kit


def rows_of(kit: ShopKit, kind: type) -> dict[str, Any]:
    assert isinstance(kit.persistence, MemoryPersistence)
    return kit.persistence._tables.rows[kind]


def breaches_of(kit: ShopKit) -> set[tuple[str, tuple[str, ...]]]:
    return {(breach.rule, breach.rows) for breach in kit.shop.audit()}


def breaches_with(id: str = "partly", **changes: Any) -> set[tuple[str, tuple[str, ...]]]:
    """What the audit says when a transfer was changed behind everybody's back."""
    kit = a_shop_with_transfers()
    rows = rows_of(kit, Transfer)
    rows[id] = rows[id].having(**{name: change(rows[id]) for name, change in changes.items()})
    return {(rule, rows) for rule, rows in breaches_of(kit) if rows[0] == f"transfer {id}"}


def total_with(**changes: int) -> Any:
    return lambda row: (evolve(row.totals[0], **changes),)


def test_healthy_transfers_have_no_breaches() -> None:
    assert breaches_of(a_shop_with_transfers()) == set()


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        ({"a transfer's totals = sum of its entries"}, {"totals": total_with(received=4)}),
        ({"a transfer's totals = sum of its entries"}, {"totals": total_with(missing=1)}),
        (
            {
                "a transfer's totals = sum of its entries",
                "0 <= in transit <= shipped <= requested",
                "a transfer moves as long as units are in transit",
            },
            {"totals": total_with(received=10)},
        ),
        ({"0 <= in transit <= shipped <= requested"}, {"totals": total_with(requested=9)}),
        (
            {"a transfer's totals = sum of its entries", "shipped units = units that left the stock"},
            {"totals": total_with(shipped=9)},
        ),
        ({"a transfer's totals = sum of its entries"}, {"entries": lambda row: row.entries[:-1]}),
        (
            {"no entry of a transfer is lost"},
            {"entries": lambda row: (*row.entries[:-1], evolve(row.entries[-1], number=9))},
        ),
        (
            {"in transit = sum of entries"},
            {"entries": lambda row: (*row.entries[:-1], evolve(row.entries[-1], balance=9))},
        ),
        (
            {"lots sum up to no more than was shipped"},
            {"lots": lambda row: (TransferLot(row.totals[0].variant, 11, "L1"),)},
        ),
    ],
    ids=lambda value: min(value) if isinstance(value, set) else "",
)
def test_units_that_were_made_or_lost_are_found(rules: set[str], changes: dict[str, Any]) -> None:
    variants = a_shop_with_transfers().variants

    found = breaches_with(**changes)

    assert {rule for rule, _ in found} == rules
    assert {rows for _, rows in found} <= {(ROW,), (ROW, f"variant {variants[0]}")}


@pytest.mark.parametrize(
    ("id", "state", "rules"),
    [
        ("partly", TransferState.RECEIVED, {"a transfer moves as long as units are in transit"}),
        ("received", TransferState.SHIPPED, {"a transfer moves as long as units are in transit"}),
        ("received", TransferState.CANCELLED, {"what has left has entries", "the reservation follows the transfer"}),
        ("requested", TransferState.CANCELLED, {"the reservation follows the transfer"}),
        ("cancelled", TransferState.REQUESTED, {"the reservation follows the transfer"}),
        ("requested", TransferState.CLOSED, {"what has left has entries", "the reservation follows the transfer"}),
    ],
)
def test_a_state_that_does_not_follow_from_the_entries_is_found(id: str, state: TransferState, rules: set[str]) -> None:
    assert breaches_with(id, state=lambda _: state) == {(rule, (f"transfer {id}",)) for rule in rules}


def test_a_transfer_without_units_set_aside_for_it_is_found() -> None:
    gone, others = a_shop_with_transfers(), a_shop_with_transfers()
    del rows_of(gone, Reservation)["cancelled"]
    reservations = rows_of(others, Reservation)
    reservations["cancelled"] = reservations["cancelled"].having(purpose=Purpose.ORDER)

    for kit in (gone, others):
        assert ("every transfer has its reservation", ("transfer cancelled",)) in breaches_of(kit)


def test_units_set_aside_for_a_transfer_that_has_left_are_found() -> None:
    kit = a_shop_with_transfers()
    reservations = rows_of(kit, Reservation)
    reservations["shipped"] = reservations["shipped"].having(state=ReservationState.EXPIRED)

    assert ("the reservation follows the transfer", ("transfer shipped",)) in breaches_of(kit)


def test_units_that_are_in_transit_and_not_found_are_found_by_the_audit() -> None:
    kit = a_shop_with_transfers()
    assert isinstance(kit.persistence, MemoryPersistence)
    kit.persistence._tables.under_way.transfers.discard(TransferId("partly"))

    rows = (f"variant {kit.variants[0]}", f"location {STORE}")
    assert breaches_of(kit) == {("in transit = sum over transfers", rows)}


def test_an_event_that_is_missing_is_found() -> None:
    kit = a_shop_with_transfers()
    rows = rows_of(kit, Transfer)
    rows["partly"] = rows["partly"].having(told=99)

    assert breaches_of(kit) == {("the outbox keeps every event", ("Transfer partly",))}
