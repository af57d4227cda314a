"""A shop lived at random, twice: on the store under test and on the memory, which is the oracle.

The same commands, the same clock, the same ids; every answer, refusal and event must be the same, every view equal, and
every invariant must hold. Hypothesis looks for a life in which they differ, and tells the shortest one it finds.

More and longer lives than a commit has time for: ``ECOMCORE_MACHINE_RUNS=2000 ECOMCORE_MACHINE_STEPS=100``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ecomcore.catalog import AddProduct, ChangePrice, ListProducts, NewVariant, PublishProduct, UnpublishProduct
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import (
    CorrectStock,
    ExpireReservations,
    ListMovements,
    ListStock,
    OpenLocation,
    ReceiveStock,
    StockLine,
)
from ecomcore.kernel.errors import DomainError, Trouble
from ecomcore.kernel.ids import EventId, LocationId, MemberId, OrderId, ProductId, VariantId
from ecomcore.kernel.messages import Actor, Command, Guest, Member, System
from ecomcore.kernel.money import Money
from ecomcore.kernel.work import Persistence
from ecomcore.memory import Fault, MemoryPersistence
from ecomcore.ordering import (
    CancelOrder,
    CartLine,
    EntryKind,
    ListOrders,
    OrderView,
    PlaceOrder,
    RecordAuthorisation,
    RetryPayment,
)
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentView, ShipShipment
from ecomcore.testing.builders import a_price, euros
from ecomcore.testing.shops import ShopKit, a_shop
from ecomcore.testing.work import reading

__all__ = ["ShopMachine", "run_shop_machine"]

_BUYERS: tuple[Actor, ...] = (Member(MemberId("ada")), Member(MemberId("bob")), Guest("a-token-of-a-guest"))
_STEPS_BETWEEN_LOOKS = 10

_anyone = st.integers(0, 50)
_units = st.integers(1, 7)
_cart = st.lists(st.tuples(_anyone, _units), min_size=1, max_size=3)
_faults: st.SearchStrategy[list[Fault | None]] = st.just([]) | st.lists(
    st.sampled_from([None, *Fault]), min_size=1, max_size=3
)
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


class ShopMachine(RuleBasedStateMachine):
    """One life of a shop, on both stores."""

    def __init__(self, persistence: Persistence) -> None:
        super().__init__()
        self.kits = (a_shop(persistence, stock=20), a_shop(MemoryPersistence(), stock=20))
        self.oracle = self.kits[1]
        self.products: list[ProductId] = [ProductId(f"{variant}-product") for variant in self.oracle.variants]
        self.variants: list[VariantId] = list(self.oracle.variants)
        self.locations: list[LocationId] = [self.oracle.location]
        self.orders: list[tuple[OrderId, Actor]] = []
        self.keyed: dict[str, tuple[Command[Any], Actor]] = {}
        self.heard: EventId | None = None
        self.steps = 0

    # -- what staff do -------------------------------------------------------------------------------------------

    @initialize(price=st.integers(0, 5_000), carts=st.lists(_cart, max_size=3))
    def begin(self, price: int, carts: list[list[tuple[int, int]]]) -> None:
        self._add_a_product(price)
        for cart in carts:
            self.buy(who=0, what=cart)

    @rule(which=_anyone, price=st.integers(0, 5_000), what=st.sampled_from(["add", "again", "price", "show", "hide"]))
    def tend_the_catalogue(self, which: int, price: int, what: str) -> None:
        product = self.products[which % len(self.products)]
        match what:
            case "add":
                self._add_a_product(price)
            case "again":
                self._do(AddProduct("Twice", (NewVariant(f"sku-{which}", a_price()),)))
            case "price":
                self._do(ChangePrice(self._variant(which), a_price(price)))
            case "show":
                self._do(PublishProduct(product))
            case _:
                self._do(UnpublishProduct(product))

    @rule(where=_anyone, which=_anyone, units=st.integers(-15, 12))
    def tend_the_stock(self, where: int, which: int, units: int) -> None:
        if units == 0:
            added = self._do(OpenLocation("Another", which, LocationId(f"l-{len(self.locations)}")))
            self.locations.append(added)
        elif units < 0:
            self._do(CorrectStock(self._variant(which), self._location(where), units, "counted"))
        else:
            lines = (StockLine(self._variant(which), units), StockLine(self._variant(which + 1), 1))
            self._do(ReceiveStock(self._location(where), lines, "delivery"))

    @precondition(lambda self: self.orders)
    @rule(which=_anyone)
    def ship(self, which: int) -> None:
        for shipment in self._shipments(which):
            self._do(ShipShipment(shipment.id, "JD"))

    @precondition(lambda self: self.orders)
    @rule(which=_anyone)
    def deliver(self, which: int) -> None:
        for shipment in self._shipments(which):
            self._do(DeliverShipment(shipment.id))

    def _add_a_product(self, price: int) -> None:
        number = len(self.variants)
        variant = NewVariant(f"sku-{number}", a_price(price), "", VariantId(f"v-{number}"))
        added = self._do(AddProduct(f"Tea {number}", (variant,), None, True, ProductId(f"p-{number}")))
        if added is not None:
            self.products.append(added)
            self.variants.append(VariantId(f"v-{number}"))

    def _shipments(self, which: int) -> tuple[ShipmentView, ...]:
        order, _ = self.orders[which % len(self.orders)]
        shipments: tuple[ShipmentView, ...] = self._view(lambda kit: kit.staff.ask(ListShipments(order)))
        return shipments

    # -- what buyers do ------------------------------------------------------------------------------------------

    @rule(who=_anyone, what=_cart)
    def buy(self, who: int, what: list[tuple[int, int]]) -> None:
        self.place(who, what, None, None, [])

    @rule(who=_anyone, what=_cart, key=_key, where=st.none() | _anyone, faults=_faults)
    def place(
        self, who: int, what: list[tuple[int, int]], key: str | None, where: int | None, faults: list[Fault | None]
    ) -> None:
        buyer = _BUYERS[who % len(_BUYERS)]
        lines = tuple(CartLine(self._variant(which), units) for which, units in what)
        quoted = self._view(lambda kit: _tried(lambda: kit.order_for(lines)))
        accepted: Money = quoted.accepted if isinstance(quoted, PlaceOrder) else euros(1)
        place = PlaceOrder(lines, accepted, "card", None if where is None else self._location(where))
        self._script(faults)
        order = self._do(place, buyer, key)
        if order is not None and order not in {known for known, _ in self.orders}:
            self.orders.append((order, buyer))
        if order is not None and key is not None:
            self.keyed.setdefault(key, (place, buyer))

    @precondition(lambda self: self.keyed)
    @rule(which=_anyone)
    def ask_again_under_the_same_key(self, which: int) -> None:
        key = sorted(self.keyed)[which % len(self.keyed)]
        command, buyer = self.keyed[key]
        self._do(command, buyer, key)

    @precondition(lambda self: self.orders)
    @rule(which=_anyone, faults=_faults)
    def retry_the_payment(self, which: int, faults: list[Fault | None]) -> None:
        order, buyer = self.orders[which % len(self.orders)]
        self._script(faults)
        self._do(RetryPayment(order, "another card"), buyer)

    @precondition(lambda self: self.orders)
    @rule(which=_anyone, who=st.none() | _anyone, faults=_faults)
    def cancel(self, which: int, who: int | None, faults: list[Fault | None]) -> None:
        order, buyer = self.orders[which % len(self.orders)]
        self._script(faults)
        self._do(CancelOrder(order, "no"), buyer if who is None else _BUYERS[who % len(_BUYERS)])

    # -- what comes from outside, and what time brings -----------------------------------------------------------

    @precondition(lambda self: self.orders)
    @rule(which=_anyone, off=st.sampled_from([0, 0, 0, 1]))
    def hear_from_the_provider(self, which: int, off: int) -> None:
        order, _ = self.orders[which % len(self.orders)]
        view: OrderView = self._view(lambda kit: kit.view(order))
        for entry in view.payments:
            if entry.kind is EntryKind.INTENDED:
                amount = Money(entry.amount.minor + off, entry.amount.currency)
                self._do(RecordAuthorisation(order, entry.payment, amount, f"auth-{entry.payment}"), System())

    @rule(minutes=st.sampled_from([0, 1, 2, 10, 31, 120]))
    def time_passes(self, minutes: int) -> None:
        for kit in self.kits:
            kit.clock.tick(timedelta(minutes=minutes, microseconds=1))
        self._same(lambda kit: kit.shop.drain())
        self._do(ExpireReservations(limit=3), System())

    @rule(faults=_faults)
    def work_off_what_waits(self, faults: list[Fault | None]) -> None:
        self._script(faults)
        self._same(lambda kit: kit.shop.drain())

    @rule(which=_anyone)
    def send_again(self, which: int) -> None:
        waiting = self._view(lambda kit: kit.staff.ask(ListDeliveries()))
        if waiting:
            self._do(SendAgain(waiting[which % len(waiting)].id))
            self._same(lambda kit: kit.shop.drain())

    # -- both alike ----------------------------------------------------------------------------------------------

    def _do(self, command: Command[Any], by: Actor | None = None, key: str | None = None) -> Any:
        """Send the command to both; the answer, or nothing if both refuse."""
        answer = self._same(lambda kit: _tried(lambda: kit.shop.handle(command, by=by or kit.staff.by, key=key)))
        self._hear()
        self.steps += 1
        if self.steps % _STEPS_BETWEEN_LOOKS == 0:
            self._look()
        return None if isinstance(answer, _Refused) else answer

    def _same(self, act: Callable[[ShopKit], Any]) -> Any:
        tested, oracle = (act(kit) for kit in self.kits)
        assert tested == oracle, f"the store under test says {tested!r}, the memory {oracle!r}"
        return oracle

    _view = _same

    def _script(self, faults: list[Fault | None]) -> None:
        for kit in self.kits:
            kit.gateway.script(*faults)

    def _hear(self) -> None:
        """The events since the last time, told alike on both."""

        def news(kit: ShopKit) -> Any:
            with reading(kit.persistence) as work:
                return tuple(work.outbox.events(self.heard, 1_000))

        told = self._same(news)
        self.heard = told[-1].id if told else self.heard

    def _look(self) -> None:
        """Every view of everything, and every invariant."""
        self._same(lambda kit: kit.system.ask(ListProducts()))
        self._same(lambda kit: kit.staff.ask(ListStock(tuple(self.variants))))
        self._same(lambda kit: kit.staff.ask(ListDeliveries()))
        self._same(lambda kit: kit.gateway.effects)
        for variant in self.variants:
            self._same(lambda kit, v=variant: kit.staff.ask(ListMovements(v, kit.location)))  # type: ignore[misc]  # a lambda's default has no type
        for buyer in _BUYERS:
            self._same(lambda kit, by=buyer: kit.shop.ask(ListOrders(), by=by))  # type: ignore[misc]  # as above
        for order, _ in self.orders:
            self._same(lambda kit, o=order: kit.staff.ask(ListShipments(o)))  # type: ignore[misc]  # as above
        for kit in self.kits:
            assert not kit.shop.audit()

    def teardown(self) -> None:
        self._look()

    def _variant(self, which: int) -> VariantId:
        return self.variants[which % len(self.variants)]

    def _location(self, which: int) -> LocationId:
        return self.locations[which % len(self.locations)]


class _Refused(tuple[str, str]):
    """A refusal as a value: what kind, and what it says."""

    __slots__ = ()


def _tried(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except (DomainError, Trouble) as refusal:
        return _Refused((type(refusal).__name__, str(refusal)))
