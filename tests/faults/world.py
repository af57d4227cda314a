"""A shop with all that a fault can hurt: two warehouses, a coupon with a limit, a gift card, a cart, a provider; and
two processes of it, so that the second goes on where the first has died.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from threading import RLock
from typing import Any

from attrs import field, frozen

from ecomcore import Shop, assemble
from ecomcore.carts import EnterCoupon, GetCart, PutInCart, StartCart
from ecomcore.catalog import AddProduct, NewVariant
from ecomcore.choices import Retries
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.inventory import ExpireReservations, ListStock, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import CartId, LocationId, MemberId, OrderId, PaymentId, VariantId
from ecomcore.kernel.messages import Anonymous, Member, Staff, System
from ecomcore.kernel.money import Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.kernel.work import Codec, Persistence, UnitOfWork
from ecomcore.memory import MemoryGateway
from ecomcore.ordering import (
    GATEWAY,
    Capabilities,
    EntryKind,
    ExpireUnpaid,
    Ledger,
    ListOrders,
    OrderingPolicy,
    OrderState,
    OrderView,
    PlaceOrder,
    ReceiveWebhook,
    ReconcilePayments,
    Tender,
    TenderKind,
    WebhookOutcome,
)
from ecomcore.promotions import AddCoupon, ApprovePromotion, CreatePromotion, GetCoupon
from ecomcore.quoting import Limits, PercentOff
from ecomcore.shipping import ListShipments, ShipmentState
from ecomcore.testing import FaultPlan, FaultyPersistence, FixedClock, SequentialIds, euros
from ecomcore.testing.promotions import terms_of
from ecomcore.wallet import CheckGiftCard, GetBalances, IssueGiftCard, SharedKey, ShowGiftCard
from tests.faults.grounds import Ground
from tests.faults.provider import Mischief, Provider

__all__ = ["ADA", "STAFF", "Picture", "Process", "World"]

ADA = Member(MemberId("ada"))
STAFF = Staff("sam", frozenset({"*"}))
TEA, CUP = VariantId("tea"), VariantId("cup")
NORTH, SOUTH = LocationId("north"), LocationId("south")
STOCK = {(TEA, NORTH): 2, (TEA, SOUTH): 5, (CUP, SOUTH): 5}
COUPON = "WELCOME"
CARD = euros(15_00)
JOBS = (ExpireReservations(), ExpireUnpaid(), ReconcilePayments())

_MOVED = (EntryKind.AUTHORISED, EntryKind.CAPTURED, EntryKind.VOIDED, EntryKind.REFUNDED, EntryKind.CHARGED_BACK)
"""What a provider's books and an order's ledger must agree on; a fact is called the same in both."""
_MINUTE = timedelta(minutes=1)
_PATIENCE = 60
"""Minutes after which everything must have settled."""


class Door(Persistence):
    """What a process sees of the store: it follows a plan, and what is behind it can be exchanged."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.plan = FaultPlan()

    def use(self, codec: Codec) -> None:
        self._ground.store.use(codec)

    def begin(self, *, write: bool = True) -> UnitOfWork:
        return FaultyPersistence(self._ground.store, self.plan).begin(write=write)

    def close(self) -> None:
        """The ground is closed by whoever has it."""


@frozen(eq=False)
class Process:
    """A shop in a process of its own, and its ways to the store and to the provider."""

    shop: Shop
    door: Door
    provider: Provider

    def follow(self, plan: FaultPlan, mischief: Mischief | None = None, at: int = 0) -> None:
        """From now on its calls follow this plan, and a call of the provider goes wrong."""
        self.door.plan = self.provider.plan = plan
        self.provider.plot(mischief, at)


@frozen
class Picture:
    """All that must be the same in the end, whatever went wrong on the way. Ids, and moments, are no part of it."""

    orders: tuple[Any, ...]
    stock: tuple[Any, ...]
    card: Any
    credit: tuple[Any, ...]
    coupon_uses: int
    cart: tuple[Any, ...]
    effects: tuple[Any, ...]
    accounts: tuple[Any, ...]
    unfinished: int = field(default=0)


class World:
    """The shop, what is in it, and everybody outside. ``order`` and ``payment`` are those of the stage that was set."""

    order: OrderId
    payment: PaymentId
    accepted: Money

    def __init__(
        self, ground: Ground, policy: OrderingPolicy | None = None, provider: Capabilities | None = None
    ) -> None:
        self.ground = ground
        self.clock = FixedClock()
        self.ids = SequentialIds()
        self.gateway = MemoryGateway(provider, clock=self.clock)
        self.away_until: Instant | None = None
        self.first, self.second = self._process(policy), self._process(policy)
        self._fill()

    def _process(self, policy: OrderingPolicy | None) -> Process:
        door, provider = Door(self.ground), Provider(self)
        shop = assemble(
            door,
            gateway=provider,
            clock=self.clock,
            ids=self.ids,
            ordering_policy=policy,
            retries=Retries(tries=4, first=0, most=0),
            gift_card_key=SharedKey(b"k" * 32),
        )
        return Process(shop, door, provider)

    def _fill(self) -> None:
        staff, ada = self.first.shop.desk(STAFF), self.first.shop.desk(ADA)
        for number, location in enumerate((NORTH, SOUTH)):
            staff.handle(OpenLocation(location.title(), number, location))
        for variant, price in ((TEA, 10_00), (CUP, 7_00)):
            product = AddProduct(variant.title(), (NewVariant(f"SKU-{variant}", Price(euros(price)), id=variant),))
            staff.handle(AddProduct(product.name, product.variants, publish=True))
        for (variant, location), units in STOCK.items():
            staff.handle(ReceiveStock(location, (StockLine(variant, units),), "opening"))
        promotion = staff.handle(CreatePromotion(terms_of(PercentOff(percent(10)), needs_coupon=True)))
        staff.handle(ApprovePromotion(promotion, 1))
        staff.handle(AddCoupon(COUPON, promotion, Limits(uses=3)))
        self.code = staff.ask(ShowGiftCard(staff.handle(IssueGiftCard(CARD)))).code
        self.cart: CartId = ada.handle(StartCart("EUR"))
        ada.handle(PutInCart(self.cart, TEA, 3))
        ada.handle(PutInCart(self.cart, CUP, 1))
        ada.handle(EnterCoupon(self.cart, COUPON))
        seen = ada.ask(GetCart(self.cart))
        assert seen.quote is not None
        tenders = (Tender(TenderKind.GIFT_CARD, self.code),)
        self.checkout = PlaceOrder(
            (), seen.quote.total, "a-card", cart=self.cart, cart_version=seen.version, tenders=tenders
        )

    # -- the stage -----------------------------------------------------------------------------------------------

    def remember(self) -> None:
        """From here on every fault begins."""
        self.ground.remember()
        self._kept = copy.deepcopy(self.gateway, self._not_copied(self.gateway))
        self._began = self.clock.now()

    def restore(self) -> None:
        """Everything is as it was, and nothing goes wrong."""
        self.ground.restore()
        self.gateway = copy.deepcopy(self._kept, self._not_copied(self._kept))
        self.clock.set(self._began)
        self.away_until = None
        for process in (self.first, self.second):
            process.follow(FaultPlan())

    def _not_copied(self, gateway: MemoryGateway) -> dict[int, Any]:
        return {id(gateway._lock): RLock(), id(self.clock): self.clock}

    # -- what others do ------------------------------------------------------------------------------------------

    def notify(self, payment: PaymentId, shop: Shop) -> Iterator[WebhookOutcome]:
        """The provider tells all that it has to tell of a payment, and not in the order in which it happened."""
        for webhook in reversed(self.gateway.webhooks_of(payment, self.clock.now())):
            told = ReceiveWebhook(webhook.body, tuple(webhook.headers.items()))
            yield from shop.handle(told, by=Anonymous())

    @property
    def known_payments(self) -> list[PaymentId]:
        """Those that the provider has authorised."""
        return list(dict.fromkeys(request.payment for _, request in self.gateway.effects))

    def recover(self, *, step: timedelta = _MINUTE, steps: int = _PATIENCE) -> None:
        """What a host has running: a worker with its jobs. Then the dead deliveries are sent again by staff."""
        shop = self.second.shop
        for _ in range(steps):
            self.clock.tick(step)
            for job in JOBS:
                shop.handle(job, by=System())
            shop.drain()
            if self._quiet():
                break
        for dead in shop.ask(ListDeliveries(dead=True), by=STAFF):
            shop.handle(SendAgain(dead.id), by=STAFF)
        shop.drain()

    def _quiet(self) -> bool:
        if self.second.shop.ask(ListDeliveries(dead=False), by=STAFF):
            return False
        return all(order.state is not OrderState.PLACED and not _waits(order) for order in self.orders())

    def orders(self) -> tuple[OrderView, ...]:
        """Ada's orders, the last one first."""
        return self.second.shop.ask(ListOrders(), by=ADA)

    # -- what became of it ---------------------------------------------------------------------------------------

    def picture(self) -> Picture:
        """How things stand."""
        staff, ada = self.second.shop.desk(STAFF), self.second.shop.desk(ADA)
        cart = ada.ask(GetCart(self.cart))
        return Picture(
            orders=tuple(self._order(order) for order in self.orders()),
            stock=tuple((s.variant, s.location, s.on_hand, s.reserved) for s in staff.ask(ListStock((TEA, CUP)))),
            card=ada.ask(CheckGiftCard(self.code)).available,
            credit=tuple((b.kind, b.available, b.held) for b in ada.ask(GetBalances())),
            coupon_uses=staff.ask(GetCoupon(COUPON)).uses,
            cart=(cart.state, cart.order is not None),
            effects=tuple(sorted((what, str(request.amount)) for what, request in self.gateway.effects)),
            accounts=tuple(sorted(self._accounts().values())),
            unfinished=len(staff.ask(ListDeliveries())),
        )

    def _order(self, order: OrderView) -> Any:
        shipments = self.second.shop.ask(ListShipments(order.id), by=STAFF)
        ledger = Ledger(order.total.currency, order.payments)
        return (
            order.state,
            order.total,
            order.due,
            order.captured,
            order.refunded,
            order.units,
            tuple(
                (
                    b.method,
                    b.intended,
                    b.authorised,
                    b.captured,
                    b.voided,
                    b.refunded,
                    b.settled,
                    b.capturing,
                    b.voiding,
                )
                for b in ledger.balances()
            ),
            tuple(
                sorted(
                    (each.location, each.state, tuple(sorted((line.variant, line.quantity) for line in each.lines)))
                    for each in shipments
                    if each.state is not ShipmentState.CANCELLED
                )
            ),
        )

    def _accounts(self) -> dict[PaymentId, tuple[int, ...]]:
        """What the provider's own books say of each payment: promised, taken, let go, given back, charged back."""
        sums: dict[PaymentId, Counter[str]] = {}
        for payment in self.known_payments:
            tally = sums.setdefault(payment, Counter())
            seen = set()
            for notice in self.gateway.notices_of(payment):
                if notice.id not in seen:
                    seen.add(notice.id)
                    tally[notice.fact.kind] += notice.fact.amount.minor
        return {payment: tuple(tally[kind.value] for kind in _MOVED) for payment, tally in sums.items()}

    def check(self) -> None:
        """What must hold in the end, however it came to it."""
        breaches = self.second.shop.audit()
        assert not breaches, f"the audit finds {breaches}"
        twice = [asked for asked, times in Counter(_asked(self.gateway.effects)).items() if times > 1]
        assert not twice, f"had an effect twice: {twice}"
        there, here = self._accounts(), dict(self._ledgers())
        assert {p: sums for p, sums in here.items() if any(sums)} == there, "the shop's books are the provider's"

    def _ledgers(self) -> Iterator[tuple[PaymentId, tuple[int, ...]]]:
        for order in self.orders():
            sums: dict[PaymentId, Counter[EntryKind]] = {}
            for entry in order.payments:
                if entry.method == GATEWAY:
                    sums.setdefault(entry.payment, Counter())[entry.kind] += entry.amount.minor
            for payment, tally in sums.items():
                yield payment, tuple(tally[kind] for kind in _MOVED)


def _waits(order: OrderView) -> bool:
    """Whether a provider has not answered yet."""
    balances = Ledger(order.total.currency, order.payments).balances()
    return any(not b.settled or b.capturing or b.voiding or b.refunding for b in balances)


def _asked(effects: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((what, request.key) for what, request in effects)
