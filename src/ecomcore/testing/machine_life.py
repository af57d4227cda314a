"""What every rule of the machine is made of: two shops that are told the same, and are looked at alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from ecomcore.carts import ListCarts
from ecomcore.catalog import AddProduct, ListProducts, NewVariant
from ecomcore.deliveries import ListDeliveries
from ecomcore.documents import ListDocuments
from ecomcore.inventory import ListMovements, ListStock, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.errors import DomainError, Trouble
from ecomcore.kernel.ids import AccountId, CartId, EventId, LocationId, MemberId, OrderId, ProductId, VariantId
from ecomcore.kernel.messages import Actor, Command, Guest, Member
from ecomcore.kernel.work import Persistence
from ecomcore.memory import Fault, MemoryPersistence
from ecomcore.ordering import Capture, GetTimeline, ListHeardNotices, ListOrders, OrderingPolicy, OrderView
from ecomcore.shipping import ListShipments, ShipmentView
from ecomcore.testing.builders import a_price
from ecomcore.testing.shops import ShopKit, a_shop
from ecomcore.testing.work import reading
from ecomcore.wallet import GetBalances

__all__ = ["BUYERS", "Refused", "TwoShops", "anyone", "faults", "lines_wanted", "tried"]

BUYERS: tuple[Actor, ...] = (Member(MemberId("ada")), Member(MemberId("bob")), Guest("a-token-of-a-guest"))
_STEPS_BETWEEN_LOOKS = 10

anyone = st.integers(0, 50)
lines_wanted = st.lists(st.tuples(anyone, st.integers(1, 7)), min_size=1, max_size=3)
faults: st.SearchStrategy[list[Fault | None]] = st.just([]) | st.lists(
    st.sampled_from([None, *Fault]), min_size=1, max_size=3
)


class TwoShops(RuleBasedStateMachine):
    """One life of a shop, on the store under test and on the memory."""

    def __init__(self, persistence: Persistence) -> None:
        super().__init__()
        self.stores = (persistence, MemoryPersistence())
        self.kits: tuple[ShopKit, ...] = ()
        self.products: list[ProductId] = []
        self.variants: list[VariantId] = []
        self.locations: list[LocationId] = []
        self.orders: list[tuple[OrderId, Actor]] = []
        self.carts: list[tuple[CartId, Actor]] = []
        self.cards: list[AccountId] = []
        self.keyed: dict[str, tuple[Command[Any], Actor]] = {}
        self.heard: EventId | None = None
        self.steps = 0

    def open(self, capture: Capture, *, parts: bool) -> None:
        """Both shops begin, each with two stores: what one of them has not enough of comes from both."""
        policy = OrderingPolicy(capture=capture, capture_parts=parts)
        self.kits = tuple(a_shop(store, stock=10, ordering_policy=policy) for store in self.stores)
        oracle = self.kits[1]
        self.products = [ProductId(f"{variant}-product") for variant in oracle.variants]
        self.variants, self.locations = list(oracle.variants), [oracle.location, LocationId("far")]
        self.do(OpenLocation("Far away", 500, self.locations[1]))
        self.do(ReceiveStock(self.locations[1], tuple(StockLine(variant, 10) for variant in self.variants), "opening"))

    def add_a_product(self, price: int) -> None:
        """One more thing to sell."""
        number = len(self.variants)
        variant = NewVariant(f"sku-{number}", a_price(price), "", VariantId(f"v-{number}"))
        added = self.do(AddProduct(f"Tea {number}", (variant,), None, True, ProductId(f"p-{number}")))
        if added is not None:
            self.products.append(added)
            self.variants.append(VariantId(f"v-{number}"))

    # -- both alike ----------------------------------------------------------------------------------------------

    def do(self, command: Command[Any], by: Actor | None = None, key: str | None = None) -> Any:
        """Send the command to both; the answer, or nothing if both refuse."""
        return self.do_each(lambda _: command, by, key)

    def do_each(self, made: Callable[[ShopKit], Command[Any]], by: Actor | None = None, key: str | None = None) -> Any:
        """The same for a command in which each shop has a secret of its own."""
        answer = self.same(lambda kit: tried(lambda: kit.shop.handle(made(kit), by=by or kit.staff.by, key=key)))
        self.hear()
        self.steps += 1
        if self.steps % _STEPS_BETWEEN_LOOKS == 0:
            self.look()
        return None if isinstance(answer, Refused) else answer

    def same(self, act: Callable[[ShopKit], Any]) -> Any:
        """What both say, which is the same."""
        tested, oracle = (act(kit) for kit in self.kits)
        assert tested == oracle, f"the store under test says {tested!r}, the memory {oracle!r}"
        return oracle

    def drain(self) -> None:
        """What waits is carried out."""
        self.same(lambda kit: kit.shop.drain())
        self.hear()

    def script(self, faults: list[Fault | None]) -> None:
        """What goes wrong with the next calls of the provider."""
        for kit in self.kits:
            kit.gateway.script(*faults)

    def hear(self) -> None:
        """The events since the last time, told alike on both."""

        def news(kit: ShopKit) -> Any:
            with reading(kit.persistence) as work:
                return tuple(work.outbox.events(self.heard, 1_000))

        told = self.same(news)
        self.heard = told[-1].id if told else self.heard

    def look(self) -> None:
        """Every view of everything, and every invariant."""
        for query in (ListStock(tuple(self.variants)), ListDeliveries(), ListHeardNotices(), ListProducts()):
            self.same(lambda kit, q=query: kit.system.ask(q))  # type: ignore[misc]  # a lambda's default has no type
        self.same(lambda kit: kit.gateway.effects)
        for variant in self.variants:
            self.same(lambda kit, v=variant: kit.staff.ask(ListMovements(v, kit.location)))  # type: ignore[misc]  # as above
        for buyer in BUYERS:
            for own in (ListOrders(), ListCarts(), GetBalances()):
                self.same(lambda kit, q=own, by=buyer: tried(lambda: kit.shop.ask(q, by=by)))  # type: ignore[misc]  # as above
        for order, _ in self.orders:
            for about in (ListShipments(order), GetTimeline(order), ListDocuments(order)):
                self.same(lambda kit, q=about: kit.staff.ask(q))  # type: ignore[misc]  # as above
        for kit in self.kits:
            assert not (found := kit.shop.audit()), "\n".join(map(str, found))

    def teardown(self) -> None:
        if self.kits:
            self.look()

    # -- who and what --------------------------------------------------------------------------------------------

    def variant(self, which: int) -> VariantId:
        return self.variants[which % len(self.variants)]

    def location(self, which: int) -> LocationId:
        return self.locations[which % len(self.locations)]

    def order(self, which: int) -> tuple[OrderId, Actor]:
        return self.orders[which % len(self.orders)]

    def viewed(self, which: int) -> OrderView:
        order, _ = self.order(which)
        view: OrderView = self.same(lambda kit: kit.view(order))
        return view

    def shipments(self, which: int) -> tuple[ShipmentView, ...]:
        order, _ = self.order(which)
        found: tuple[ShipmentView, ...] = self.same(lambda kit: kit.staff.ask(ListShipments(order)))
        return found


class Refused(tuple[str, str]):
    """A refusal as a value: what kind, and what it says."""

    __slots__ = ()


def tried(act: Callable[[], Any]) -> Any:
    """What is answered, or a refusal as a value."""
    try:
        return act()
    except (DomainError, Trouble) as refusal:
        return Refused((type(refusal).__name__, str(refusal)))
