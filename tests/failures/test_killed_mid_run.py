"""A process takes orders and is killed at a random moment, again and again. What it has acknowledged is there,
nothing is there twice, and the books are in order.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from ecomcore import Shop, assemble
from ecomcore.choices import Deliveries
from ecomcore.deliveries import ListDeliveries
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId
from ecomcore.kernel.messages import Member, Staff, System
from ecomcore.kernel.money import Money
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import (
    ActionRequired,
    Authorised,
    CancelOrder,
    Captured,
    Declined,
    EntryKind,
    ListOrders,
    OrderView,
    PaymentGateway,
    PaymentRequest,
    PlaceOrder,
    Refunded,
    Refusal,
    StatusAnswer,
    Unknown,
    Voided,
    Webhook,
    WebhookAnswer,
)
from ecomcore.shipping import ListShipments, ShipShipment
from ecomcore.testing import a_shop
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.racing import CONTEXT

ADA = Member(MemberId("ada"))
STAFF = Staff("sam", frozenset({"*"}))
LEASE = timedelta(seconds=1)


@pytest.mark.failure("F093")
def test_a_killed_process_loses_no_order_and_doubles_none(database: str, tmp_path: Path) -> None:
    """Eight kills; the environment variable ``ECOMCORE_KILLS`` asks for more (50 before a release).

    ``ECOMCORE_SEED`` repeats the moments of a run; each run prints its seed.
    """
    kills = int(os.environ.get("ECOMCORE_KILLS", "8"))
    seed = int(os.environ.get("ECOMCORE_SEED", time.time_ns()))
    print(f"ECOMCORE_SEED={seed}")  # noqa: T201 - shown with a failure
    moments = random.Random(seed)
    kit = a_shop(SqlPersistence(database), products=1, stock=1_000_000)
    order, effects = kit.order_for(kit.cart()), tmp_path / "effects"

    acknowledged: dict[int, OrderId] = {}
    for _ in range(kills):
        for number, id_ in run_and_kill(database, effects, order, len(acknowledged), moments):
            assert acknowledged.setdefault(number, id_) == id_, "the same checkout is the same order"

    shop = assemble(SqlPersistence(database), gateway=LastingGateway(effects), deliveries=Deliveries(lease=LEASE))
    finish(shop)
    assert shop.audit() == []
    orders = {view.id: view for view in all_orders(shop)}
    assert acknowledged, "there was no time to order anything"
    assert set(acknowledged.values()) <= set(orders)
    assert len(orders) - len(set(acknowledged.values())) <= 1, "at most the last one was never acknowledged"
    assert told_by_the_shop(orders.values()) == done_by_the_gateway(effects)
    shop.close()
    kit.shop.close()


def run_and_kill(
    url: str, effects: Path, order: PlaceOrder, first: int, moments: random.Random
) -> Iterator[tuple[int, OrderId]]:
    """What a process acknowledges until it is killed, some time after its first order."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=take_orders, args=(url, effects, order, first, theirs))
    process.start()
    theirs.close()
    assert ours.poll(60), "the process did not come up"
    time.sleep(moments.uniform(0, 0.25))
    process.kill()
    process.join(60)
    while True:
        try:
            yield ours.recv()
        except EOFError:
            return


def take_orders(url: str, effects: Path, order: PlaceOrder, first: int, acknowledge: Any) -> None:
    """Orders with a key each, from the last one acknowledged on; some are shipped, some called off."""
    store = SqlPersistence(url, migrate=False)
    shop = assemble(store, gateway=LastingGateway(effects), deliveries=Deliveries(lease=LEASE))
    number = max(0, first - 1)
    while True:
        id_ = shop.handle(order, by=ADA, key=f"cart-{number}")
        acknowledge.send((number, id_))
        if number % 3 == 1:
            shop.attempt(CancelOrder(id_), by=ADA)
        elif number % 3 == 2:
            for parcel in shop.ask(ListShipments(id_), by=STAFF):
                shop.attempt(ShipShipment(parcel.id), by=STAFF)
        shop.drain()
        number += 1


def finish(shop: Shop) -> None:
    """Have everything delivered that the dead have left behind."""
    deadline = time.monotonic() + 60
    while shop.ask(ListDeliveries(), by=STAFF):
        assert time.monotonic() < deadline, "something cannot be delivered"
        shop.drain()
        time.sleep(0.1)


def all_orders(shop: Shop) -> Iterator[OrderView]:
    before: OrderId | None = None
    while page := shop.ask(ListOrders(ADA.id, before), by=System()):
        yield from page
        before = page[-1].id


def told_by_the_shop(orders: Any) -> Counter[tuple[str, str]]:
    """How often the shop has written each thing down for each payment."""
    words = {
        EntryKind.AUTHORISED: "authorise",
        EntryKind.CAPTURED: "capture",
        EntryKind.VOIDED: "void",
        EntryKind.REFUNDED: "refund",
    }
    return Counter((words[e.kind], str(e.payment)) for view in orders for e in view.payments if e.kind in words)


def done_by_the_gateway(effects: Path) -> Counter[tuple[str, str]]:
    """How often the gateway has done each thing for each payment."""
    lines = [json.loads(line) for line in effects.read_text().splitlines()]
    return Counter((operation, request["payment"]) for operation, request in lines)


class LastingGateway(PaymentGateway):
    """A gateway outside of the process: what it has done is in a file, and outlives everybody."""

    def __init__(self, effects: Path) -> None:
        self._inner = MemoryGateway()
        self._file = os.open(effects, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        for line in effects.read_text().splitlines():
            operation, request = json.loads(line)
            getattr(self._inner, operation)(_request(request))

    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        return self._kept(self._inner.authorise, request)  # type: ignore[no-any-return]

    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        return self._kept(self._inner.capture, request)  # type: ignore[no-any-return]

    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        return self._kept(self._inner.void, request)  # type: ignore[no-any-return]

    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        return self._kept(self._inner.refund, request)  # type: ignore[no-any-return]

    def status(self, request: PaymentRequest) -> StatusAnswer:
        return self._inner.status(request)

    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        return self._inner.read(webhook, at)

    def _kept(self, operation: Any, request: PaymentRequest) -> Any:
        before = len(self._inner.effects)
        answer = operation(request)
        if len(self._inner.effects) > before:
            os.write(self._file, json.dumps([operation.__name__, attrs.asdict(request)]).encode() + b"\n")
        return answer


def _request(plain: dict[str, Any]) -> PaymentRequest:
    return PaymentRequest(
        plain["key"],
        PaymentId(plain["payment"]),
        OrderId(plain["order"]),
        Money(**plain["amount"]),
        plain["token"],
        plain["reference"],
    )
