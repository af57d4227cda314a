"""Orders lived at random, on a shop in memory and in the model: the same commands, the same faults of the provider.

After each step every view must be what the model says, every refusal must be the one it foresees, and every invariant
must hold. ``SEEN`` collects, over all lives, which command met an order where.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from itertools import count
from typing import Any

from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ecomcore.catalog import AddProduct, AddProducts, NewVariant
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import ExpireReservations, ListStock, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.address import Address
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import DeliveryMethodId, LocationId, MemberId, OrderId, PaymentId, ProductId, VariantId
from ecomcore.kernel.messages import Actor, Anonymous, Command, Guest, Member, Staff, System
from ecomcore.kernel.text import Personal
from ecomcore.memory import Fault, MemoryGateway
from ecomcore.ordering import (
    CancelOrder,
    CancelUnits,
    Capture,
    CaptureOrder,
    CartLine,
    CompleteOrder,
    EditOrder,
    ExpireUnpaid,
    HoldKind,
    HoldOrder,
    LineChange,
    LineUnits,
    MarkOrderShipped,
    Means,
    NoteOnOrder,
    OpenPaymentLink,
    OrderingPolicy,
    OrderView,
    PayByLink,
    PaymentGateway,
    PaymentRequest,
    PlaceOrder,
    QuoteCart,
    ReaddressOrder,
    ReceiveWebhook,
    ReconcilePayments,
    RecordManualPayment,
    RefundOrder,
    ReleaseHold,
    RetryPayment,
    Tender,
    TenderKind,
)
from ecomcore.ordering.order import LIFECYCLE
from ecomcore.pricing import DefineDelivery
from ecomcore.quoting import Area, DeliveryMethod, DeliveryStep
from ecomcore.shipping import DeliverShipment, ListShipments, ShipmentState, ShipmentView, ShipShipment
from ecomcore.testing import a_price, a_shop, euros
from ecomcore.wallet import GetBalances, IssueCredit
from tests.ordering.order_model import (
    CANCELLED,
    CARD,
    COMPLETED,
    CONFIRMED,
    CREDIT,
    MANUAL,
    PLACED,
    SHIPPED,
    Ask,
    ModelLine,
    ModelOrder,
    ModelPayment,
    No,
)

STAGES = (
    PLACED,
    "placed, on hold",
    CONFIRMED,
    "confirmed, on hold",
    "partly shipped",
    SHIPPED,
    COMPLETED,
    CANCELLED,
)
"""Where an order can be when a command meets it."""
SEEN: Counter[tuple[str, str]] = Counter()
"""How often a command met an order where, over all lives."""
REFUSED: Counter[tuple[str, str, str]] = Counter()
"""The same where it was refused, and with what."""

STOCK = 20
CREDIT_OF_ADA = 25_00
POST = DeliveryMethodId("post")
POSTAGE = 4_95
ADA: Actor = Member(MemberId("ada"))
GUEST: Actor = Guest("a-token-of-a-guest")
STAFF: Actor = Staff("sam", frozenset(("*",)))
SYSTEM: Actor = System()
SECRET = "a-secret-of-a-link-with-many-characters"  # noqa: S105 - it guards nothing
HOME = Address(
    recipient=Personal("Ada"),
    lines=(Personal("1 Street"),),
    city=Personal("Berlin"),
    postcode=Personal("10115"),
    country="DE",
)

PASTS = ("", "waiting", "taken", "disputed")
FAULTS = (None, None, Fault.DECLINE, Fault.ACTION, Fault.DOWN, Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER)
HAPPENINGS = (
    "another order",
    "another order",
    "place",
    "pay",
    "pay by link",
    "pay by hand",
    "the buyer acts",
    "the buyer acts",
    "cancel",
    "hold",
    "release",
    "note",
    "readdress",
    "capture",
    "ship",
    "deliver",
    "cancel units",
    "edit",
    "edit",
    "refund",
    "refund",
    "refund",
    "hear",
    "hear",
    "at the provider",
    "at the provider",
    "at the provider",
    "at the provider",
    "time passes",
    "work off what waits",
    "expire what nobody paid",
    "expire reservations",
    "reconcile",
)
_MOST_ORDERS = 6


class Watched(PaymentGateway):
    """The gateway in memory, with faults that end with the step they were meant for."""

    def __init__(self) -> None:
        self.inner = MemoryGateway()
        self.faults: deque[Fault | None] = deque()

    @property
    def capabilities(self) -> Any:
        return self.inner.capabilities

    def authorise(self, request: PaymentRequest) -> Any:
        return self._next().authorise(request)

    def capture(self, request: PaymentRequest) -> Any:
        return self._next().capture(request)

    def void(self, request: PaymentRequest) -> Any:
        return self._next().void(request)

    def refund(self, request: PaymentRequest) -> Any:
        return self._next().refund(request)

    def status(self, request: PaymentRequest) -> Any:
        return self._next().status(request)

    def read(self, webhook: Any, at: Any) -> Any:
        return self.inner.read(webhook, at)

    def _next(self) -> MemoryGateway:
        self.inner.script(self.faults.popleft() if self.faults else None)
        return self.inner


@define
class Waiting:
    """An answer that is still missing, in the order in which the shop asked."""

    number: int
    order: ModelOrder
    ask: Ask


class OrderMachine(RuleBasedStateMachine):
    """One life of a shop with a few orders."""

    def __init__(self) -> None:
        super().__init__()
        self.sound = False
        self.orders: list[ModelOrder] = []
        self.waiting: list[Waiting] = []
        self.asked = count(1)
        self.faults: deque[Fault | None] = deque()
        self.credit = CREDIT_OF_ADA
        self.told: set[tuple[str, int]] = set()
        self.shipments: dict[str, tuple[ModelOrder, int]] = {}
        self.by_hand: dict[tuple[str, str], int] = {}

    @initialize(
        capture=st.sampled_from(list(Capture)),
        in_parts=st.booleans(),
        pasts=st.lists(st.tuples(st.sampled_from(STAGES), st.sampled_from(PASTS)), min_size=2, max_size=3),
        tender=st.none() | st.just(3_00),
    )
    def open(self, capture: Capture, in_parts: bool, pasts: list[tuple[str, str]], tender: int | None) -> None:
        self.capture, self.in_parts = capture, in_parts
        self.watched = Watched()
        policy = OrderingPolicy(capture=capture, capture_parts=in_parts)
        self.kit = a_shop(products=0, gateway=self.watched.inner, outside=self.watched, ordering_policy=policy)
        self.places = [LocationId("here"), LocationId("there")]
        self.variants = [VariantId("tea"), VariantId("pot"), VariantId("leaflet")]
        for place in self.places:
            self.kit.staff.handle(OpenLocation(place, id=place))
        prices = [a_price(10_01), a_price(10_00, per=3), a_price(0)]
        self.kit.staff.handle(
            AddProducts(
                tuple(
                    AddProduct(v, (NewVariant(v, price, id=v),), publish=True, id=ProductId(f"of-{v}"))
                    for v, price in zip(self.variants, prices, strict=True)
                )
            )
        )
        for place, variant in zip((*self.places, self.places[0]), self.variants, strict=True):
            self.kit.staff.handle(ReceiveStock(place, (StockLine(variant, STOCK),), "opening"))
        steps = (DeliveryStep(euros(0), euros(POSTAGE)),)
        method = DeliveryMethod(id=POST, name="post", currency=euros(0).currency, areas=(Area(),), steps=steps)
        self.kit.staff.handle(DefineDelivery(method))
        self.kit.staff.handle(IssueCredit(euros(CREDIT_OF_ADA), "hello", member=MemberId("ada")))
        for stage, past in pasts:
            self.bring_one(stage, past, tender)

    def bring_one(self, stage: str, past: str, tender: int | None) -> None:  # noqa: C901 - one case for each thing that can be told
        """One order that has come so far, with a payment that waits for its buyer, is taken already, or disputed."""
        placed = stage.startswith(PLACED)
        guest = tender is None and stage == CONFIRMED
        if not self.place(2, 2, 0, guest, True, None if placed else tender, True, True, []):
            return  # nothing is left to be bought
        if past == "waiting":
            self.pay(0, 1_00, [Fault.ACTION])
        if not placed:
            self.pay(0, None, [])
        elif past in ("taken", "disputed"):
            self.pay(0, 5_00, [])
        if past in ("taken", "disputed"):
            self.capture_by_hand(0, None, [])
        if past == "disputed":
            self.happens_at_the_provider(0, -1, 2_00, 1, True)
            self.release(0, [])
        if stage.endswith("on hold"):
            self.hold(0, HoldKind.MANUAL)
        if stage in ("partly shipped", SHIPPED, COMPLETED):
            self.ship(0, 0, [])
        if stage in (SHIPPED, COMPLETED):
            self.ship(0, 0, [])
        if stage == COMPLETED:
            self.deliver(0, 0)
            self.deliver(0, 0)
        if stage == CANCELLED:
            self.cancel(0, [])

    @rule(
        what=st.sampled_from(HAPPENINGS),
        which=st.integers(0, 5),
        one=st.integers(0, 5),
        other=st.integers(0, 5),
        amount=st.sampled_from([None, None, 1, 3_33, 5_00, 10_01, 12_34, 40_00]),
        yes=st.booleans(),
        past=st.sampled_from(PASTS),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
    )
    def something_happens(  # noqa: C901 - one case for each thing that can be told
        self,
        what: str,
        which: int,
        one: int,
        other: int,
        amount: int | None,
        yes: bool,
        past: str,
        faults: list[Fault | None],
    ) -> None:
        """One rule for all of it: then nothing is left out of a life."""
        cents = amount or 2_00
        match what:
            case "another order":
                if len(self.orders) < _MOST_ORDERS:
                    self.bring_one(STAGES[(6 * one + other) % len(STAGES)], past, None if amount is None else 3_00)
            case "place":
                if len(self.orders) < _MOST_ORDERS:
                    many = 12 if which == 5 else 0
                    self.place(one + many, other, which % 2, yes, one == 4, amount, other % 2 == 1, which != 4, faults)
            case "pay":
                self.pay(which, amount, faults)
            case "pay by link":
                self.pay_by_link(which, faults)
            case "pay by hand":
                self.pay_by_hand(which, cents, f"receipt {one}")
            case "the buyer acts":
                self.the_buyer_acts(which, one, yes)
            case "cancel":
                self.cancel(which, faults)
            case "hold":
                self.hold(which, HoldKind.FRAUD if yes else HoldKind.MANUAL)
            case "release":
                self.release(which, faults)
            case "note":
                self.note(which)
            case "readdress":
                self.readdress(which)
            case "capture":
                self.capture_by_hand(which, amount, faults)
            case "ship":
                self.ship(which, one, faults)
            case "deliver":
                self.deliver(which, one)
            case "cancel units":
                self.cancel_units(which, one, 1 + other % 4, faults)
            case "edit":
                price = None if yes else (0, 5_55, 15_00)[one % 3]
                more = (0, 0, 1, 2, 15, 0)[other] if yes else 0
                self.edit(which, one, other % 3, price, more, one == 5, other != 4, faults)
            case "refund":
                how = ("amount", "units", "delivery")[one % 3]
                means = (Means.ORIGINAL, Means.ORIGINAL, Means.STORE_CREDIT, Means.MANUAL)[other % 4]
                self.refund(which, how, other, 1 + which % 2, cents, means, faults)
            case "hear":
                self.hear(which, one, other, yes, faults)
            case "at the provider":
                self.happens_at_the_provider(which, one, amount, other, yes)
            case "time passes":
                self.kit.clock.tick(timedelta(minutes=(1, 3, 31, 120, 60 * 24, 60 * 24 * 15)[one]))
            case "work off what waits":
                self.work_off_what_waits(faults)
            case "expire what nobody paid":
                self.expire_unpaid()
            case "expire reservations":
                self.expire_reservations()
            case _:
                self.reconcile(faults)

    # -- buying --------------------------------------------------------------------------------------------------

    def place(
        self,
        tea: int,
        pot: int,
        leaflet: int,
        guest: bool,
        later: bool,
        tender: int | None,
        post: bool,
        right: bool,
        faults: list[Fault | None],
    ) -> bool:
        units = dict(zip(self.variants, (tea, pot, leaflet), strict=True))
        cart = tuple(CartLine(variant, wanted) for variant, wanted in units.items() if wanted)
        if not cart:
            return False
        by, delivery = GUEST if guest else ADA, POST if post and tea + pot else None
        quote = self.kit.system.ask(QuoteCart(cart, euros(0).currency, delivery=delivery))
        accepted = quote.total if right else quote.total + euros(1)
        tenders = () if tender is None else (Tender(TenderKind.STORE_CREDIT, amount=euros(tender) if tender else None),)
        until = self.kit.clock.now() + (timedelta(days=14) if later else timedelta(minutes=30))
        new = ModelOrder(
            name="",
            capture=self.capture.value,
            in_parts=self.in_parts,
            member=not guest,
            pay_by=until,
            reserved_until=until,
            lines={
                line.number: ModelLine(line.variant, line.quantity, line.quantity, line.total.minor)
                for line in quote.lines
            },
            delivery=quote.shipping.total.minor if quote.shipping else 0,
            total=quote.total.minor,
            now=self.kit.clock.now(),
        )
        assert sum(line.worth for line in new.lines.values()) + new.delivery == new.total

        def place(order: ModelOrder) -> None:
            if not right:
                raise No("TotalChanged")
            rest = order.total
            if tender is not None and rest:
                there = 0 if guest else self.credit
                draw = min(there, rest, tender or rest)
                if tender and draw < min(tender, rest):
                    raise No("NotEnoughCredit")
                if draw:
                    order.intend_credit(draw)
                    rest -= draw
            if rest and not later:
                order.payments.append(ModelPayment("", CARD, order.now))
                order.write(order.payments[-1], "intended", rest)
                order.asks.append(Ask("authorise", order.payments[-1], rest, order.now))
            for variant, wanted in units.items():
                if wanted > self.available(variant):
                    raise No("OutOfStock")
            order.go_on()

        command = PlaceOrder(cart, accepted, "card", delivery=delivery, tenders=tenders, pay_later=later)
        return self.send("place", new, command, by, place, faults, new=True) is not None

    def pay(self, which: int, amount: int | None, faults: list[Fault | None]) -> None:
        order = self.orders_at(which)
        money = None if amount is None else euros(amount)
        command = RetryPayment(OrderId(order.name), "card", money)
        what = "pay what is due" if amount is None else "pay a part"
        self.send(what, order, command, self.buyer(order), lambda each: each.intend("", amount), faults)

    def pay_by_link(self, which: int, faults: list[Fault | None]) -> None:
        order, until = self.orders_at(which), self.kit.clock.now() + timedelta(days=1)
        self.send(
            "open a link",
            order,
            OpenPaymentLink(OrderId(order.name), SECRET, until),
            self.buyer(order),
            lambda each: None,
        )
        command = PayByLink(OrderId(order.name), SECRET, "card")
        self.send("pay by link", order, command, Anonymous(), lambda each: each.intend("", None), faults)

    def pay_by_hand(self, which: int, amount: int, reference: str) -> None:
        order = self.orders_at(which)
        command = RecordManualPayment(OrderId(order.name), euros(amount), reference)
        known = (order.name, reference) in self.by_hand

        def pay(each: ModelOrder) -> None:
            if not known:
                each.pay_by_hand("", amount, self.no_fact())

        if self.send("pay by hand", order, command, STAFF, pay) is not None and not known:
            self.by_hand[order.name, reference] = amount

    def the_buyer_acts(self, which: int, payment: int, comes: bool) -> None:
        """What the bank wanted of them; or they go away. The shop hears it later, if at all."""
        waiting = [(each, one) for each in self.orders for one in each.payments if one.bank == "act"]
        if not waiting:
            return
        order, chosen = waiting[(which + payment) % len(waiting)]
        if comes:
            self.watched.inner.act(PaymentId(chosen.name))
            chosen.bank, chosen.books.promised = "yes", chosen.told["intended"]
            chosen.books.write("authorised", chosen.told["intended"])
        else:
            notice = self.watched.inner.walk_away(PaymentId(chosen.name))
            chosen.bank = "no"
            webhook = self.watched.inner.webhook(notice, self.kit.clock.now())
            command = ReceiveWebhook(webhook.body, tuple(webhook.headers.items()))
            place = order.payments.index(chosen)
            self.send("hear: declined", order, command, Anonymous(), lambda o: o.decline(o.payments[place]))

    # -- its life ------------------------------------------------------------------------------------------------

    def cancel(self, which: int, faults: list[Fault | None]) -> None:
        order = self.orders_at(which)
        command = CancelOrder(OrderId(order.name), "no")
        self.send("cancel", order, command, self.buyer(order), lambda each: each.cancel(), faults)

    def hold(self, which: int, kind: HoldKind) -> None:
        order = self.orders_at(which)
        command = HoldOrder(OrderId(order.name), kind, "look")
        self.send("hold", order, command, STAFF, lambda each: each.hold(kind.value))

    def release(self, which: int, faults: list[Fault | None]) -> None:
        """Of everything at once, or nothing would ever go on."""
        order = self.orders_at(which)
        for kind in HoldKind:
            command = ReleaseHold(OrderId(order.name), kind, "fine")
            self.send("release", order, command, STAFF, lambda each, held=kind.value: each.release(held), faults)  # type: ignore[misc]  # a lambda's default has no type

    def note(self, which: int) -> None:
        order = self.orders_at(which)
        self.send("note", order, NoteOnOrder(OrderId(order.name), "nice"), STAFF, lambda each: None)

    def readdress(self, which: int) -> None:
        order = self.orders_at(which)

        def readdress(each: ModelOrder) -> None:
            if each.state not in (PLACED, CONFIRMED):
                raise No("IllegalTransition")

        self.send("readdress", order, ReaddressOrder(OrderId(order.name), HOME), STAFF, readdress)

    def capture_by_hand(self, which: int, amount: int | None, faults: list[Fault | None]) -> None:
        order = self.orders_at(which)
        command = CaptureOrder(OrderId(order.name), None if amount is None else euros(amount))
        self.send("capture", order, command, STAFF, lambda each: each.capture_now(amount), faults)

    def ship(self, which: int, shipment: int, faults: list[Fault | None]) -> None:
        order = self.orders_at(which)
        known = self.shipments_of(order)
        prepared = [each for each in known if each.state is ShipmentState.PREPARED] or known
        if not prepared:
            command: Command[Any] = MarkOrderShipped(OrderId(order.name))
            self.send("ship", order, command, SYSTEM, lambda each: each.ship(dict(each.here())))
            return
        chosen = prepared[shipment % len(prepared)]
        goods = units_in(chosen)

        def ship(each: ModelOrder) -> None:
            if chosen.state is not ShipmentState.PREPARED:
                raise No("IllegalTransition")
            each.ship(goods)

        self.send("ship", order, ShipShipment(chosen.id, "JD"), STAFF, ship, faults)
        if len(order.parts) > len([part for each, part in self.shipments.values() if each is order]):
            self.shipments[chosen.id] = (order, len(order.parts) - 1)

    def deliver(self, which: int, shipment: int) -> None:
        order = self.orders_at(which)
        known = self.shipments_of(order)
        if not known:
            complete = CompleteOrder(OrderId(order.name))

            def refuse(each: ModelOrder) -> None:
                raise No("IllegalTransition")

            self.send("deliver", order, complete, SYSTEM, refuse)
            return
        on_their_way = [each for each in known if each.state is ShipmentState.SHIPPED] or known
        parcel = on_their_way[shipment % len(on_their_way)]

        def deliver(each: ModelOrder) -> None:
            if parcel.state is not ShipmentState.SHIPPED:
                raise No("IllegalTransition")
            each.deliver(self.shipments[parcel.id][1])

        self.send("deliver", order, DeliverShipment(parcel.id), STAFF, deliver)

    # -- what is changed -----------------------------------------------------------------------------------------

    def cancel_units(self, which: int, line: int, units: int, faults: list[Fault | None]) -> None:
        order = self.orders_at(which)
        number = 1 + line % len(order.lines)

        def take_out(each: ModelOrder) -> None:
            left = each.lines[number].left
            if units > left:
                raise No("NotThatMany")
            each.edit({number: left - units}, {}, ())

        command = CancelUnits(OrderId(order.name), (LineUnits(number, units),), "no")
        self.send("cancel units", order, command, self.buyer(order), take_out, faults)

    def edit(
        self,
        which: int,
        line: int,
        less: int,
        price: int | None,
        more: int,
        pays: bool,
        right: bool,
        faults: list[Fault | None],
    ) -> None:
        order = self.orders_at(which)
        number = 1 + line % len(order.lines)
        stay = max(0, order.lines[number].left - less)
        variant = self.variants[line % 2]
        added = []
        if more:
            quote = self.kit.system.ask(QuoteCart((CartLine(variant, more),), euros(0).currency))
            added = [ModelLine(each.variant, more, more, each.total.minor) for each in quote.lines]

        def change(each: ModelOrder) -> None:
            here = each.here()[variant]
            each.edit({number: stay}, {} if price is None else {number: price}, [deepcopy(new) for new in added])
            if each.total != accepted:
                raise No("TotalChanged")
            if pays and each.due > 0:
                each.intend("", None)
            if each.here()[variant] - here > self.available(variant):
                raise No("OutOfStock")

        trial, accepted = deepcopy(order), 0
        try:
            trial.edit({number: stay}, {} if price is None else {number: price}, [deepcopy(new) for new in added])
            accepted = trial.total + (0 if right else 1)
        except No:
            pass
        command = EditOrder(
            OrderId(order.name),
            euros(max(accepted, 0)),
            "asked for",
            (LineChange(number, stay, None if price is None else euros(price)),),
            tuple(CartLine(variant, more) for _ in added),
            "card" if pays else "",
        )
        what = "edit: more" if more else "edit: another price" if price is not None else "edit: fewer"
        self.send(what, order, command, STAFF, change, faults)

    def refund(
        self, which: int, how: str, line: int, units: int, amount: int, means: Means, faults: list[Fault | None]
    ) -> None:
        order = self.orders_at(which)
        number = 1 + line % len(order.lines)
        wanted = {number: units} if how == "units" else {}
        delivery = min(amount, POSTAGE) if how == "delivery" else 0
        money = amount if how == "amount" else 0
        command = RefundOrder(
            OrderId(order.name),
            "sorry",
            tuple(LineUnits(each, many) for each, many in wanted.items()),
            euros(delivery) if delivery else None,
            euros(money) if money else None,
            means,
        )
        back: list[int] = []

        def refund(each: ModelOrder) -> None:
            back.append(each.refund(dict(wanted), delivery, money, means.value))

        what = f"refund {how}" if means is Means.ORIGINAL else f"refund as {means.value}"
        answer = self.send(what, order, command, STAFF, refund, faults, quiet=means is Means.STORE_CREDIT)
        if means is Means.STORE_CREDIT and answer is not None:
            self.credit += back[-1]
            self.look()

    # -- what the provider tells ---------------------------------------------------------------------------------

    def hear(self, which: int, payment: int, fact: int, newest: bool, faults: list[Fault | None]) -> None:
        """Anything the provider has to tell of a payment, in any order, late, or once more."""
        order = self.orders_at(which)
        known = [each for each in order.payments if each.books.facts]
        if not known:
            return
        chosen = known[payment % len(known)]
        facts = chosen.books.facts
        self.hear_one(order, chosen, len(facts) - 1 if newest else fact % len(facts), faults)

    def hear_one(self, order: ModelOrder, chosen: ModelPayment, fact: int, faults: Iterable[Fault | None] = ()) -> None:
        webhook = self.watched.inner.webhooks_of(PaymentId(chosen.name), self.kit.clock.now())[fact]
        command = ReceiveWebhook(webhook.body, tuple(webhook.headers.items()))
        place, again = order.payments.index(chosen), (chosen.name, fact) in self.told
        outcome: list[str] = []

        def hear(each: ModelOrder) -> None:
            trial = deepcopy(each)
            try:
                news = not again and trial.hear(trial.payments[place], fact)
                outcome.append("applied" if news else "known")
                if news:
                    each.hear(each.payments[place], fact)
            except No:
                outcome.append("differs")

        what = f"hear: {chosen.books.facts[fact][0]}"
        (answer,) = self.send(what, order, command, Anonymous(), hear, faults)
        assert answer == outcome[-1], f"{what}: {answer}, the model says {outcome[-1]}"
        if answer != "differs":  # what does not fit may be told again
            self.told.add((chosen.name, fact))

    def happens_at_the_provider(self, which: int, payment: int, amount: int | None, what: int, tells: bool) -> None:
        """By somebody else's hand; the shop may hear of it at once, later, or when it asks."""
        order = self.orders_at(which)
        known = [each for each in order.payments if each.books.facts]
        if not known:
            return
        chosen, gateway = known[payment % len(known)], self.watched.inner
        books = chosen.books
        can_happen = [
            (most, kind, act)
            for most, kind, act in (
                (books.takable, "captured", gateway.capture_outside),
                (books.takable, "voided", gateway.void_outside),
                (books.returnable, "refunded", gateway.refund_outside),
                (books.returnable, "charged_back", gateway.chargeback),
                (books.lost, "chargeback_won", gateway.chargeback_won),
                (books.sum("captured"), "fee", gateway.fee),
            )
            if most > 0
        ]
        if not can_happen:
            return
        most, kind, act = can_happen[what % len(can_happen)]
        wanted = most if amount is None else min(amount, most)
        act(PaymentId(chosen.name), euros(wanted))
        fact = books.write(kind, wanted)
        if tells:
            self.hear_one(order, chosen, fact)

    # -- time ----------------------------------------------------------------------------------------------------

    def work_off_what_waits(self, faults: list[Fault | None]) -> None:
        """All waiting times are over by then."""
        self.kit.clock.tick(timedelta(hours=1, minutes=1))
        self.script(faults)
        due, self.waiting = sorted(self.waiting, key=lambda each: each.number), []
        self.kit.shop.drain()
        self.carry(due)
        self.look()

    def expire_unpaid(self) -> None:
        now = self.tell_the_time()
        late = [
            order for order in self.orders if order.state == PLACED and order.pay_by is not None and order.pay_by <= now
        ]
        self.expire("expire what nobody paid", ExpireUnpaid(), late)

    def expire_reservations(self) -> None:
        now = self.tell_the_time()
        late = [
            order
            for order in self.orders
            if order.state == PLACED and order.reserved_until <= now and not order.kept_stock
        ]
        self.expire("expire reservations", ExpireReservations(), late)

    def expire(self, what: str, command: Command[int], late: list[ModelOrder]) -> None:
        for order in self.orders:
            SEEN[order.stage, what] += 1
        assert self.kit.system.handle(command) == len(late)
        late.sort(key=lambda order: (order.pay_by or order.reserved_until, order.name))
        for order in late:
            order.cancel()
        self.carry([each for order in late for each in self.posted(order)])
        self.look()

    def reconcile(self, faults: list[Fault | None]) -> None:
        now = self.tell_the_time()
        waiting = [
            order for order in self.orders if order.ask_at is not None and order.ask_at <= now - timedelta(minutes=2)
        ]
        for order in self.orders:
            SEEN[order.stage, "reconcile"] += 1
        self.script(faults)
        assert self.kit.system.handle(ReconcilePayments()) == len(waiting)
        asks = []
        for order in sorted(waiting, key=lambda each: (each.ask_at, each.name)):
            unsettled = [each for each in order.payments if each.unanswered]
            since = min(max(ask.at for ask in each.asks) if each.outcome else each.since for each in unsettled)
            order.ask_at = now + (now - since)
            asks += [
                Waiting(next(self.asked), order, Ask("check", each, each.told["intended"], now)) for each in unsettled
            ]
        self.carry(asks)
        self.look()

    # -- both alike ----------------------------------------------------------------------------------------------

    def send(
        self,
        what: str,
        order: ModelOrder,
        command: Command[Any],
        by: Actor,
        change: Callable[[ModelOrder], Any],
        faults: Iterable[Fault | None] = (),
        *,
        new: bool = False,
        quiet: bool = False,
    ) -> Any:
        """Send it to the shop; the model must foresee whether it is refused, and how. Answers with nothing if it is."""
        self.tell_the_time()
        order.now = self.kit.clock.now()
        stage = "none" if new else order.stage
        SEEN[stage, what] += 1
        self.script(faults)
        self.sound, foreseen, refused = False, "", ""
        try:
            change(deepcopy(order))
        except No as no:
            foreseen = no.name
        try:
            answer = self.kit.shop.handle(command, by=by)
        except DomainError as refusal:
            REFUSED[stage, what, type(refusal).__name__] += 1
            answer, refused = None, type(refusal).__name__
        assert refused == foreseen, f"{what} ({stage}): {refused or answer!r}, the model says {foreseen!r}"
        if refused:
            self.script(())
            self.sound = True
            return None
        change(order)
        if new:
            order.name = answer
            self.orders.append(order)
        self.carry(self.posted(order))
        if not quiet:
            self.look()
        return True if answer is None else answer

    def carry(self, asks: Iterable[Waiting]) -> None:
        """Bring to the provider what is asked for, and what follows from its answers."""
        queue = deque(asks)
        while queue:
            each = queue.popleft()
            fault = self.faults.popleft() if self.faults else None
            trial = deepcopy(each)
            try:
                answered = self.answer(trial.order, trial.ask, fault)
            except No:
                answered = False
                self.effect(each.ask, fault)
            else:
                answered = self.answer(each.order, each.ask, fault)
            if not answered:
                self.waiting.append(each)
            queue.extend(self.posted(each.order))
        self.script(())

    def answer(self, order: ModelOrder, ask: Ask, fault: Fault | None) -> bool:  # noqa: C901 - one case for each thing that can be told
        """What the provider does, and what is written down of it; whether that is settled."""
        if fault is Fault.DOWN or (fault is Fault.TIMEOUT_BEFORE and ask.step != "check"):
            return False
        payment = ask.payment
        if ask.step == "check":
            if fault not in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
                self.hear_all(order, payment)
            return True
        self.effect(ask, fault)
        if fault is Fault.TIMEOUT_AFTER:
            return False
        match ask.step, payment.bank if ask.step == "authorise" else ask.answer:
            case "authorise", "yes":
                order.authorise(payment, ask.amount)
            case "authorise", "no":
                order.decline(payment)
            case "authorise", _:
                order.wait_for_the_buyer(payment)
            case "capture", "yes":
                order.record_capture(payment, ask.amount, ask.fact, ask)
            case "void", "yes":
                order.record_void(payment, ask.amount, ask.fact, ask)
            case "refund", "yes":
                order.record_refund(payment, ask.amount, ask.fact, ask)
            case _:
                order.refuse(ask)
        return True

    def effect(self, ask: Ask, fault: Fault | None) -> None:
        """Once for each intention, whatever comes back of it."""
        books = ask.payment.books
        if ask.step == "authorise":
            if ask.payment.bank:
                return
            ask.payment.bank = {Fault.DECLINE: "no", Fault.ACTION: "act"}.get(fault, "yes") if fault else "yes"
            if ask.payment.bank == "yes":
                books.promised = ask.amount
                books.write("authorised", ask.amount)
            return
        if ask.answer:
            return
        most = books.returnable if ask.step == "refund" else books.takable
        ask.answer = "no" if fault is Fault.DECLINE or ask.amount > most else "yes"
        if ask.answer == "yes":
            kind = {"capture": "captured", "void": "voided", "refund": "refunded"}[ask.step]
            ask.fact = books.write(kind, ask.amount)

    def hear_all(self, order: ModelOrder, payment: ModelPayment) -> None:
        match payment.bank:
            case "yes":
                for fact in range(len(payment.books.facts)):
                    self.hear_if_it_fits(order, payment, fact)
            case "no":
                order.decline(payment)
            case "act":
                order.wait_for_the_buyer(payment)
            case _:
                if payment.since < order.now - timedelta(minutes=30):
                    order.decline(payment)

    def hear_if_it_fits(self, order: ModelOrder, payment: ModelPayment, fact: int) -> bool:
        """What does not fit changes nothing. Answers whether it is news. Raises ``No`` where it does not fit."""
        trial = deepcopy(order)
        with suppress(No):
            trial.hear(trial.payments[order.payments.index(payment)], fact)
            return order.hear(payment, fact)
        return False

    def posted(self, order: ModelOrder) -> list[Waiting]:
        """What the provider has to be asked; what is paid with credit is settled on the spot."""
        asks, cards = deque(order.asks), []
        order.asks.clear()
        while asks:
            ask = asks.popleft()
            if ask.payment.method == CREDIT:
                self.move_credit(order, ask)
                asks.extend(order.asks)
                order.asks.clear()
            elif ask.payment.method != MANUAL:
                cards.append(Waiting(next(self.asked), order, ask))
        return cards

    def move_credit(self, order: ModelOrder, ask: Ask) -> None:
        match ask.step:
            case "authorise":
                self.credit -= ask.amount
                order.authorise(ask.payment, ask.amount)
            case "capture":
                order.record_capture(ask.payment, ask.amount, self.no_fact(), ask)
            case "void":
                self.credit += ask.amount
                order.record_void(ask.payment, ask.amount, self.no_fact(), ask)
            case _:
                self.credit += ask.amount
                order.record_refund(ask.payment, ask.amount, self.no_fact(), ask)

    # -- what must hold ------------------------------------------------------------------------------------------

    def look(self) -> None:
        self.sound = False
        for order in self.orders:
            self.look_at(order)
        for view in self.kit.staff.ask(ListStock(tuple(self.variants))):
            gone = sum(goods.get(view.variant, 0) for order in self.orders for goods, _ in order.parts)
            aside = sum(order.here()[view.variant] for order in self.orders if order.state in (PLACED, CONFIRMED))
            assert (view.on_hand, view.reserved) == (STOCK - gone, aside), f"stock of {view.variant}"
        (balance,) = self.kit.member.ask(GetBalances())
        assert balance.available == self.credit
        breaches = self.kit.shop.audit()
        assert not breaches, breaches
        self.sound = True

    def look_at(self, order: ModelOrder) -> None:
        view: OrderView = self.kit.view(OrderId(order.name))
        names = list(dict.fromkeys(entry.payment for entry in view.payments))
        assert len(names) == len(order.payments)
        for name, payment in zip(names, order.payments, strict=True):
            payment.name = name
            told: Counter[str] = Counter()
            for entry in view.payments:
                if entry.payment == name:
                    told[entry.kind.value] += entry.amount.minor
            assert payment.method == next(entry.method for entry in view.payments if entry.payment == name)
            assert +told == +payment.told, f"the ledger says {+told}, the model {+payment.told}"
            self.look_at_the_provider(view, payment)
        assert view.state == order.state
        assert view.total.minor == order.total
        assert view.due.minor == max(0, order.due), f"due is {view.due}, the model says {order.due}"
        assert view.authorised.minor == sum(each.told["authorised"] for each in order.payments)
        assert view.captured.minor == sum(each.told["captured"] for each in order.payments)
        assert view.refunded.minor == sum(each.told["refunded"] for each in order.payments)
        assert {line.variant: line.quantity for line in view.units} == dict(order.units())
        assert {hold.value for hold in view.holds} == order.holds
        prepared = Counter[str]()
        for shipment in self.shipments_of(order):
            if shipment.state is ShipmentState.PREPARED:
                prepared += units_in(shipment)
        assert prepared == (order.here() if order.state == CONFIRMED else Counter()), "what is packed"
        for before, after in zip((PLACED, *order.moves), order.moves, strict=False):
            assert any(before in row.sources and after == row.to for row in LIFECYCLE.moves.values()), order.moves

    def look_at_the_provider(self, view: OrderView, payment: ModelPayment) -> None:
        """No more is done there than the shop has meant: at most one effect for each intention."""
        effects = [
            (step, request.amount.minor)
            for step, request in self.watched.inner.effects
            if request.payment == payment.name
        ]
        for step, kind in (
            ("authorise", "intended"),
            ("capture", "capture_requested"),
            ("void", "void_requested"),
            ("refund", "refund_requested"),
        ):
            meant = Counter(e.amount.minor for e in view.payments if e.payment == payment.name and e.kind.value == kind)
            done = Counter(amount for each, amount in effects if each == step)
            assert done <= meant, f"{step}: {done} was done, {meant} was meant"

    def teardown(self) -> None:
        """At the end all is told and every answer has come: nothing waits, and no cancelled order keeps money."""
        if not self.sound:  # the step before has failed: that is what is to be told
            return
        for _ in range(4):
            self.tell_the_rest()
            self.work_off_what_waits([])
        self.kit.clock.tick(timedelta(days=60))
        self.reconcile([])
        self.work_off_what_waits([])
        self.tell_the_rest()
        assert not self.waiting, [
            (each.ask.step, each.ask.amount, each.ask.payment.books.facts, each.ask.payment.told)
            for each in self.waiting
        ]
        assert not self.kit.staff.ask(ListDeliveries()), "a delivery that never ends"
        for order in self.orders:
            for payment in order.payments:
                told = all((payment.name, fact) in self.told for fact in range(len(payment.books.facts)))
                assert told or payment.elsewhere, f"{payment.books.facts} do not fit {+payment.told}"
                if payment.method == CARD and payment.bank == "yes" and told:
                    for kind in ("captured", "voided", "refunded", "charged_back", "chargeback_won", "fee"):
                        elsewhere = payment.elsewhere if kind == "refunded" else 0
                        assert payment.told[kind] - elsewhere == payment.books.sum(kind), kind
                if order.state == CANCELLED and told and not payment.refused and payment.method != MANUAL:
                    assert payment.open == 0 == max(0, payment.kept), "a cancelled order keeps no money"

    def tell_the_rest(self) -> None:
        for order in self.orders:
            for payment in order.payments:
                for fact in range(len(payment.books.facts)):
                    if (payment.name, fact) not in self.told:
                        self.hear_one(order, payment, fact)

    # -- small things --------------------------------------------------------------------------------------------

    def available(self, variant: str) -> int:
        gone = sum(goods.get(variant, 0) for order in self.orders for goods, _ in order.parts)
        aside = sum(order.here()[variant] for order in self.orders if order.state in (PLACED, CONFIRMED))
        return STOCK - gone - aside

    def tell_the_time(self) -> Any:
        now = self.kit.clock.now()
        for order in self.orders:
            order.now = now
        return now

    def script(self, faults: Iterable[Fault | None]) -> None:
        self.faults = deque(faults)
        self.watched.faults = deque(self.faults)

    def no_fact(self) -> int:
        return -next(self.asked)

    def orders_at(self, which: int) -> ModelOrder:
        return self.orders[-1 - which % len(self.orders)]

    def buyer(self, order: ModelOrder) -> Actor:
        return ADA if order.member else GUEST

    def shipments_of(self, order: ModelOrder) -> tuple[ShipmentView, ...]:
        return self.kit.staff.ask(ListShipments(OrderId(order.name)))


def units_in(shipment: ShipmentView) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in shipment.lines:
        units[line.variant] += line.quantity
    return units
