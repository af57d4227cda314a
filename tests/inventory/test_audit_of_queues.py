"""The audit finds a queue that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from ecomcore.inventory import (
    AskForStock,
    JoinQueue,
    Purpose,
    QueueLine,
    QueueTicket,
    ReceiveStock,
    Reservation,
    SetStockRules,
    StockLine,
    TicketState,
    Wish,
)
from ecomcore.kernel.ids import VariantId
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import a_shop

TEA, MILK = VariantId("tea"), VariantId("milk")


def breaches_with(kind: type[Any], which: int, **changes: Any) -> list[tuple[str, str]]:
    """What the audit says of a shop in which a row was changed behind everybody's back.

    Of two tickets for tea the first has an offer and the second waits; somebody wishes for milk.
    """
    kit = a_shop(products=0)
    for variant in (TEA, MILK):
        kit.staff.handle(SetStockRules(variant, kit.location, queued=True))
    for cart in ("first", "second"):
        kit.member.handle(JoinQueue(cart, TEA, 2))
    kit.member.handle(AskForStock(MILK))
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(TEA, 3),), "note"))
    assert isinstance(kit.persistence, MemoryPersistence)
    rows = kit.persistence._tables.rows[kind]
    id_ = sorted(rows)[which]
    rows[id_] = rows[id_].having(**changes)
    return sorted({(breach.rule, breach.rows[0].split()[0]) for breach in kit.shop.audit()})


def test_a_healthy_queue_has_no_breaches() -> None:
    assert breaches_with(QueueLine, 0) == []


OFFERS = "units are set aside for the tickets that they are offered to"


@pytest.mark.parametrize(
    ("kind", "which", "changes", "rules"),
    [
        (QueueLine, 0, {"waiting": 2}, ["waiting = number of tickets that wait"]),
        (QueueLine, 0, {"last": 3}, ["a line numbers its tickets without gaps"]),
        (QueueTicket, 1, {"number": 9}, ["a line numbers its tickets without gaps"]),
        (QueueTicket, 0, {"state": TicketState.TAKEN}, [OFFERS]),
        (QueueTicket, 1, {"state": TicketState.OFFERED}, [OFFERS, "waiting = number of tickets that wait"]),
        (QueueTicket, 0, {"quantity": 1}, ["a ticket is offered what it wants"]),
        (Reservation, 0, {"purpose": Purpose.OTHER}, ["what is offered to a ticket is set aside for a queue"]),
        (QueueLine, 0, {"told": 9}, ["the outbox keeps every event"]),
        (QueueTicket, 0, {"told": 9}, ["the outbox keeps every event"]),
        (Wish, 0, {"told": 9}, ["the outbox keeps every event"]),
    ],
)
def test_what_cannot_be_in_a_queue_is_found(
    kind: type[Any], which: int, changes: dict[str, Any], rules: list[str]
) -> None:
    assert [rule for rule, _ in breaches_with(kind, which, **changes)] == rules
