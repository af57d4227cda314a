"""A shop lived at random, twice: on the store under test and on the memory, which is the oracle.

The same commands, the same clock, the same ids; every answer, refusal and event must be the same, every view equal, and
every invariant must hold. Hypothesis looks for a life in which they differ, and tells the shortest one it finds.

More and longer lives than a commit has time for: ``ECOMCORE_MACHINE_RUNS=2000 ECOMCORE_MACHINE_STEPS=100``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from ecomcore.catalog import AddProduct, ChangePrice, NewVariant, PublishProduct, UnpublishProduct
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import CorrectStock, ExpireReservations, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.ids import LocationId
from ecomcore.kernel.messages import System
from ecomcore.kernel.money import Money
from ecomcore.kernel.work import Persistence
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelOrder,
    Capture,
    CartLine,
    EntryKind,
    PlaceOrder,
    RecordAuthorisation,
    RetryPayment,
)
from ecomcore.shipping import DeliverShipment, ShipShipment
from ecomcore.testing.builders import a_price, euros
from ecomcore.testing.machine_life import BUYERS, anyone, faults, lines_wanted, tried
from ecomcore.testing.machine_orders import ChangesOrders
from ecomcore.testing.machine_payments import MovesMoney

__all__ = ["ShopMachine", "run_shop_machine"]

_key = st.none() | st.integers(1, 3).map("key {}".format)


def run_shop_machine(make: Callable[[], Persistence], *, runs: int = 20, steps: int = 30) -> None:
    """Live so many lives, each on an empty store of its own. The environment may ask for more of them."""
    run_state_machine_as_test(
        lambda: ShopMachine(make()),  # type: ignore[arg-type]  # any maker of machines will do
        settings=settings(
            max_examples=int(os.environ.get("ECOMCORE_MACHINE_RUNS", runs)),
            stateful_step_count=int(os.environ.get("ECOMCORE_MACHINE_STEPS", steps)),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class ShopMachine(ChangesOrders, MovesMoney):
    """One life of a shop, on both stores."""

    # -- what staff do -------------------------------------------------------------------------------------------

    @initialize(
        price=st.integers(0, 5_000),
        capture=st.sampled_from(Capture),
        parts=st.booleans(),
        carts=st.lists(lines_wanted, max_size=3),
        large=st.booleans(),
    )
    def begin(self, price: int, capture: Capture, parts: bool, carts: list[list[tuple[int, int]]], large: bool) -> None:
        self.open(capture, parts=parts)
        self.add_a_product(price)
        if large:
            self.buy(who=0, what=[(0, 14)])
        for cart in carts:
            self.buy(who=0, what=cart)

    @rule(which=anyone, price=st.integers(0, 5_000), what=st.sampled_from(["add", "again", "price", "show", "hide"]))
    def tend_the_catalogue(self, which: int, price: int, what: str) -> None:
        product = self.products[which % len(self.products)]
        match what:
            case "add":
                self.add_a_product(price)
            case "again":
                self.do(AddProduct("Twice", (NewVariant(f"sku-{which}", a_price()),)))
            case "price":
                self.do(ChangePrice(self.variant(which), a_price(price)))
            case "show":
                self.do(PublishProduct(product))
            case _:
                self.do(UnpublishProduct(product))

    @rule(where=anyone, which=anyone, units=st.integers(-15, 12))
    def tend_the_stock(self, where: int, which: int, units: int) -> None:
        if units == 0:
            added = self.do(OpenLocation("Another", which, LocationId(f"l-{len(self.locations)}")))
            self.locations.append(added)
        elif units < 0:
            self.do(CorrectStock(self.variant(which), self.location(where), units, "counted"))
        else:
            lines = (StockLine(self.variant(which), units), StockLine(self.variant(which + 1), 1))
            self.do(ReceiveStock(self.location(where), lines, "delivery"))

    @precondition(lambda self: self.orders)
    @rule(which=anyone)
    def ship(self, which: int) -> None:
        for shipment in self.shipments(which):
            self.do(ShipShipment(shipment.id, "JD"))

    @precondition(lambda self: self.orders)
    @rule(which=anyone)
    def deliver(self, which: int) -> None:
        for shipment in self.shipments(which):
            self.do(DeliverShipment(shipment.id))

    # -- what buyers do ------------------------------------------------------------------------------------------

    @rule(who=anyone, what=lines_wanted)
    def buy(self, who: int, what: list[tuple[int, int]]) -> None:
        self.place(who, what, None, None, [])

    @rule(who=anyone, what=lines_wanted, key=_key, where=st.none() | anyone, faults=faults)
    def place(
        self, who: int, what: list[tuple[int, int]], key: str | None, where: int | None, faults: list[Fault | None]
    ) -> None:
        buyer = BUYERS[who % len(BUYERS)]
        lines = tuple(CartLine(self.variant(which), units) for which, units in what)
        quoted = self.same(lambda kit: tried(lambda: kit.order_for(lines)))
        accepted: Money = quoted.accepted if isinstance(quoted, PlaceOrder) else euros(1)
        place = PlaceOrder(lines, accepted, "card", None if where is None else self.location(where))
        self.script(faults)
        order = self.do(place, buyer, key)
        self.placed(order, buyer)
        if order is not None and key is not None:
            self.keyed.setdefault(key, (place, buyer))

    @precondition(lambda self: self.keyed)
    @rule(which=anyone)
    def ask_again_under_the_same_key(self, which: int) -> None:
        key = sorted(self.keyed)[which % len(self.keyed)]
        command, buyer = self.keyed[key]
        self.do(command, buyer, key)

    @precondition(lambda self: self.orders)
    @rule(which=anyone, faults=faults)
    def retry_the_payment(self, which: int, faults: list[Fault | None]) -> None:
        order, buyer = self.order(which)
        self.script(faults)
        self.do(RetryPayment(order, "another card"), buyer)

    @precondition(lambda self: self.orders)
    @rule(which=anyone, who=st.none() | anyone, faults=faults)
    def cancel(self, which: int, who: int | None, faults: list[Fault | None]) -> None:
        order, buyer = self.order(which)
        self.script(faults)
        self.do(CancelOrder(order, "no"), buyer if who is None else BUYERS[who % len(BUYERS)])

    # -- what comes from outside, and what time brings -----------------------------------------------------------

    @precondition(lambda self: self.orders)
    @rule(which=anyone, off=st.sampled_from([0, 0, 0, 1]))
    def hear_from_the_provider(self, which: int, off: int) -> None:
        order, _ = self.order(which)
        view = self.viewed(which)
        for entry in view.payments:
            if entry.kind is EntryKind.INTENDED and entry.method == "":
                amount = Money(entry.amount.minor + off, entry.amount.currency)
                self.do(RecordAuthorisation(order, entry.payment, amount, f"auth-{entry.payment}"), System())

    @rule(minutes=st.sampled_from([0, 1, 2, 10, 31, 120]))
    def time_passes(self, minutes: int) -> None:
        for kit in self.kits:
            kit.clock.tick(timedelta(minutes=minutes, microseconds=1))
        self.drain()
        self.do(ExpireReservations(limit=3), System())

    @rule(faults=faults)
    def work_off_what_waits(self, faults: list[Fault | None]) -> None:
        self.script(faults)
        self.drain()

    @rule(which=anyone)
    def send_again(self, which: int) -> None:
        waiting = self.same(lambda kit: kit.staff.ask(ListDeliveries()))
        if waiting:
            self.do(SendAgain(waiting[which % len(waiting)].id))
            self.drain()
