"""The audit finds a delivery that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore.kernel.ids import InboundId
from ecomcore.memory import MemoryPersistence
from ecomcore.supply import (
    CancelInbound,
    CloseInbound,
    ExpectInbound,
    InboundDelivery,
    InboundLine,
    InboundState,
    ReceiveInbound,
)
from ecomcore.testing import NOON, ShopKit, a_shop
from ecomcore.testing.supply import arrived

ROW = "inbound delivery partly"


def a_shop_with_deliveries() -> ShopKit:
    """One in each state; of the one that is ``partly`` there, 4 of 10 have come, in two receipts."""
    kit = a_shop(products=1)
    tea = kit.variants[0]
    for name in ("expected", "partly", "received", "closed", "cancelled"):
        kit.staff.handle(ExpectInbound("PO-1", kit.location, (InboundLine(tea, 10),), NOON, InboundId(name)))
    for reference in ("slip 1", "slip 2"):
        kit.staff.handle(ReceiveInbound(InboundId("partly"), (arrived(1, tea, damaged=1),), reference))
    kit.staff.handle(ReceiveInbound(InboundId("received"), (arrived(12, tea),)))
    kit.staff.handle(CloseInbound(InboundId("closed"), "no"))
    kit.staff.handle(CancelInbound(InboundId("cancelled"), "no"))
    return kit


def breaches_with(id: str = "partly", **changes: Any) -> set[tuple[str, tuple[str, ...]]]:
    """What the audit says when a delivery was changed behind everybody's back."""
    kit = a_shop_with_deliveries()
    assert isinstance(kit.persistence, MemoryPersistence)
    rows = kit.persistence._tables.rows[InboundDelivery]
    rows[id] = rows[id].having(**{name: change(rows[id]) for name, change in changes.items()})
    return {(breach.rule, breach.rows) for breach in kit.shop.audit()}


def test_healthy_deliveries_have_no_breaches() -> None:
    assert breaches_with() == set()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("no receipt is lost", {"entries": lambda row: (row.entries[0], evolve(row.entries[1], number=3))}),
        ("received = sum of receipts", {"entries": lambda row: row.entries[:1]}),
        ("received = sum of receipts", {"totals": lambda row: (evolve(row.totals[0], damaged=3),)}),
        ("received = sum of receipts", {"totals": lambda row: (evolve(row.totals[0], received=3),)}),
    ],
)
def test_receipts_that_do_not_sum_up_are_found(rule: str, changes: dict[str, Any]) -> None:
    assert breaches_with(**changes) == {(rule, (ROW,))}


@pytest.mark.parametrize(
    ("id", "state", "rule"),
    [
        ("partly", InboundState.RECEIVED, "a delivery that is received is complete"),
        ("partly", InboundState.EXPECTED, "before anything has come there are no receipts"),
        ("partly", InboundState.CANCELLED, "before anything has come there are no receipts"),
        ("received", InboundState.PARTLY_RECEIVED, "a delivery is open as long as units are outstanding"),
    ],
)
def test_a_state_that_does_not_follow_from_the_receipts_is_found(id: str, state: InboundState, rule: str) -> None:
    assert breaches_with(id, state=lambda _: state) == {(rule, (f"inbound delivery {id}",))}


def test_units_that_are_outstanding_and_not_found_are_found_by_the_audit() -> None:
    kit = a_shop_with_deliveries()
    assert isinstance(kit.persistence, MemoryPersistence)
    kit.persistence._tables.under_way.inbound.discard(InboundId("partly"))

    assert [(breach.rule, breach.rows) for breach in kit.shop.audit()] == [("outstanding = ordered - received", (ROW,))]


def test_an_event_that_is_missing_is_found() -> None:
    assert breaches_with(told=lambda _: 99) == {("the outbox keeps every event", ("InboundDelivery partly",))}
