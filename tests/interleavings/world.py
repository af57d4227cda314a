"""An order in some state, the commands that may meet on it, and what came of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from attrs import frozen

from ecomcore.bootstrap import assemble
from ecomcore.catalog import AddProduct, AddProducts, NewVariant
from ecomcore.choices import Deliveries, Retries
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import ExpireReservations, ListStock, ReceiveStock, StockLine
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId, ProductId, PromotionId, VariantId
from ecomcore.kernel.messages import Actor, Anonymous, Command, Member, Staff, System
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import (
    AuthorisePayment,
    CallOrderOff,
    CancelOrder,
    CancelUnits,
    CaptureOrder,
    CapturePayment,
    CartLine,
    EditOrder,
    FactKind,
    HoldKind,
    HoldOrder,
    LineChange,
    LineUnits,
    ListOrders,
    OrderState,
    PaymentRequest,
    PlaceOrder,
    PreviewEdit,
    QuoteCart,
    ReceiveWebhook,
    RecordAuthorisation,
    RecordCapture,
    RefundOrder,
)
from ecomcore.promotions import AddCoupon, ApprovePromotion, CreatePromotion, GetCoupon
from ecomcore.quoting import Limits
from ecomcore.shipping import ListShipments
from ecomcore.testing import SequentialIds, ShopKit, a_price, a_shop, euros, reading
from ecomcore.testing.promotions import terms_of
from tests.interleavings.meddling import Act

__all__ = ["COMMANDS", "STAGES", "Scene", "World"]

ADA: Actor = Member(MemberId("ada"))
STAFF: Actor = Staff("sam", frozenset(("*",)))
SYSTEM: Actor = System()
_AHEAD = 200
_RETRIES = Retries(tries=20, first=0, most=0)
_LATER = Deliveries(at_once=False)


class World:
    """A shop on a store, whose errands are carried out when somebody says so. Each scene has goods of its own."""

    def __init__(self, store: Persistence, name: str) -> None:
        self.store = store
        self.kit = a_shop(store, products=0, ids=SequentialIds(name), deliveries=_LATER, retries=_RETRIES)
        self.name = name
        self._numbers = count()
        self._promotion: PromotionId = self.kit.staff.handle(CreatePromotion(terms_of(needs_coupon=True)))
        self.kit.staff.handle(ApprovePromotion(self._promotion, 1))

    def goods(self) -> tuple[VariantId, str]:
        """A variant with five units in stock, and a coupon that can be used once."""
        number = next(self._numbers)
        if number % _AHEAD == 0:
            names = [VariantId(f"{self.name}-{each}") for each in range(number, number + _AHEAD)]
            products = (
                AddProduct(v, (NewVariant(v, a_price(10_01), id=v),), publish=True, id=ProductId(f"of-{v}"))
                for v in names
            )
            self.kit.staff.handle(AddProducts(tuple(products)))
            self.kit.staff.handle(
                ReceiveStock(self.kit.location, tuple(StockLine(variant, 5) for variant in names), "opening")
            )
        code = f"{self.name}-{number:05}".upper()
        self.kit.staff.handle(AddCoupon(code, self._promotion, Limits(uses=1)))
        return VariantId(f"{self.name}-{number}"), code

    def scene(self, stage: str) -> Scene:
        """Ada has ordered three units with the coupon, and it has come so far with her order."""
        kit, (variant, code) = self.kit, self.goods()
        cart = (CartLine(variant, 3),)
        quote = kit.system.ask(QuoteCart(cart, euros(0).currency, coupons=(code,)))
        order = kit.shop.handle(PlaceOrder(cart, quote.total, "card", coupons=(code,)), by=ADA)
        scene = Scene(self, stage, variant, code, order)
        STAGES[stage](scene)
        return scene

    def carry_out(self) -> None:
        for _ in range(5):
            self.kit.shop.drain()
        assert not self.kit.staff.ask(ListDeliveries()), "an errand fails"


@frozen
class Scene:
    """One order, and what belongs to it."""

    world: World
    stage: str
    variant: VariantId
    code: str
    order: OrderId

    @property
    def kit(self) -> ShopKit:
        return self.world.kit

    @property
    def payment(self) -> PaymentId:
        return self.kit.view(self.order).payments[0].payment

    @property
    def others(self) -> tuple[Member, Member]:
        """Those who want the same goods."""
        return Member(MemberId(f"bob-{self.variant}")), Member(MemberId(f"eve-{self.variant}"))

    def errand(self, kind: type) -> Any:
        """What waits for its answer."""
        with reading(self.world.store) as work:
            waiting = work.outbox.deliveries()
        (found,) = (each for each in waiting if isinstance(each.message, kind))
        return found

    def act(self, name: str) -> Act:
        """The command of this name, ready to be sent."""
        command, actor = COMMANDS[name](self)

        def carry_out(store: Persistence) -> str:
            kit = self.kit
            shop = assemble(
                store, gateway=kit.gateway, clock=kit.clock, ids=kit.ids, deliveries=_LATER, retries=_RETRIES
            )
            try:
                answer = shop.handle(command, by=actor)
            except DomainError as refusal:
                return f"refused: {type(refusal).__name__}"
            return f"done: {answer}" if isinstance(command, ReceiveWebhook) else "done"

        return carry_out

    def end(self) -> Mapping[str, object]:
        """All that came of it once nothing waits any more: what a buyer, the till, the shelf and the bank see."""
        kit, world = self.kit, self.world
        world.carry_out()
        others = [view for who in self.others for view in kit.staff.ask(ListOrders(who.id))]
        orders = [kit.view(self.order), *others]
        (stock,) = kit.staff.ask(ListStock((self.variant,)))
        seen: dict[str, object] = {
            "stock": (stock.on_hand, stock.reserved),
            "coupon": kit.staff.ask(GetCoupon(self.code)).uses,
        }
        for view in orders:
            who = view.buyer if view.id != self.order else "the order"
            seen[who[:10]] = (
                view.state.value,
                view.total.minor,
                view.due.minor,
                sorted(Counter((e.kind.value, e.amount.minor, e.method) for e in view.payments).items()),
                sorted(str(hold) for hold in view.holds),
                sum(line.quantity for line in view.units),
                sorted(
                    (s.state.value, sum(line.quantity for line in s.lines))
                    for s in kit.staff.ask(ListShipments(view.id))
                    if s.state.value != "cancelled"
                ),
                sorted(
                    Counter(
                        (step, request.amount.minor)
                        for step, request in kit.gateway.effects
                        if request.order == view.id
                    ).items()
                ),
            )
        waits = [view for view in orders if view.state is OrderState.PLACED]
        for view in waits:  # nothing of this scene is in the way of the next
            kit.system.handle(CallOrderOff(view.id))
        world.carry_out()
        return seen


# How far it has come ------------------------------------------------------------------------------------------


def _unpaid(scene: Scene) -> None:
    """The bank has promised the money, the shop does not know it yet, and the time to pay is over."""
    kit = scene.kit
    errand: AuthorisePayment = scene.errand(AuthorisePayment).message
    kit.gateway.authorise(PaymentRequest(errand.payment, errand.payment, errand.order, errand.amount))
    kit.clock.tick(timedelta(minutes=31))


def _taking(scene: Scene) -> None:
    """It is confirmed; the bank has taken half of the money, and the shop does not know it yet."""
    kit = scene.kit
    scene.world.carry_out()
    kit.staff.handle(CaptureOrder(scene.order, euros(10_00)))
    waiting = scene.errand(CapturePayment)
    errand: CapturePayment = waiting.message
    kit.gateway.capture(
        PaymentRequest(waiting.id, errand.payment, errand.order, errand.amount, reference=errand.reference)
    )


def _taken(scene: Scene) -> None:
    """It is confirmed, and all of the money is taken; somebody has given some of it back at the bank."""
    scene.world.carry_out()
    scene.kit.staff.handle(CaptureOrder(scene.order))
    scene.world.carry_out()
    scene.kit.gateway.refund_outside(scene.payment, euros(3_00))


STAGES: Mapping[str, Callable[[Scene], None]] = {"unpaid": _unpaid, "taking": _taking, "taken": _taken}

# What meets ---------------------------------------------------------------------------------------------------

Asked = tuple[Command[Any], Actor]


def _place(scene: Scene, *, second: bool = False, coupon: bool = True) -> Asked:
    """Another buyer wants two of the units that are left, and to use the coupon, or not."""
    codes = (scene.code,) if coupon else ()
    price = 18_02 if coupon else 20_02
    return PlaceOrder((CartLine(scene.variant, 2),), euros(price), "card", coupons=codes), scene.others[second]


def _authorise(scene: Scene) -> Asked:
    payment = scene.kit.view(scene.order).payments[0]
    return RecordAuthorisation(scene.order, payment.payment, payment.amount, f"auth-{payment.payment}"), SYSTEM


def _capture(scene: Scene) -> Asked:
    """The answer of the bank, or one that is known; before anything is promised there is nothing to be taken."""
    with reading(scene.world.store) as work:
        waiting = [each.message for each in work.outbox.deliveries() if isinstance(each.message, CapturePayment)]
    request = waiting[0].request if waiting else ""
    for told in scene.kit.gateway.notices_of(scene.payment):
        if told.fact.kind is FactKind.CAPTURED:
            return RecordCapture(scene.order, scene.payment, told.fact.amount, told.fact.reference, request), SYSTEM
    return RecordCapture(scene.order, scene.payment, euros(1), "too early"), SYSTEM


def _webhook(scene: Scene) -> Asked:
    """The last that the bank has to tell."""
    webhook = scene.kit.gateway.webhooks_of(scene.payment, scene.kit.clock.now())[-1]
    return ReceiveWebhook(webhook.body, tuple(webhook.headers.items())), Anonymous()


def _edit(scene: Scene, *, units: int) -> Asked:
    changes = (LineChange(1, units),)
    accepted = scene.kit.staff.ask(PreviewEdit(scene.order, changes)).after
    return EditOrder(scene.order, accepted, "asked for", changes), STAFF


COMMANDS: Mapping[str, Callable[[Scene], Asked]] = {
    "place": lambda scene: _place(scene),
    "place without the coupon": lambda scene: _place(scene, second=True, coupon=False),
    "cancel": lambda scene: (CancelOrder(scene.order, "no"), ADA),
    "answer: authorised": _authorise,
    "answer: captured": _capture,
    "webhook": _webhook,
    "refund": lambda scene: (RefundOrder(scene.order, "sorry", amount=euros(5_00)), STAFF),
    "expire": lambda scene: (ExpireReservations(), SYSTEM),
    "edit: fewer": lambda scene: _edit(scene, units=2),
    "edit: more": lambda scene: _edit(scene, units=4),
    "cancel units": lambda scene: (CancelUnits(scene.order, (LineUnits(1, 1),)), ADA),
    "hold": lambda scene: (HoldOrder(scene.order, HoldKind.MANUAL, "look"), STAFF),
}
