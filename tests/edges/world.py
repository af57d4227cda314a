"""A shop in the middle of its day, and an example of every message that it accepts there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
from attrs import evolve, frozen

from ecomcore.bootstrap import ROOMS
from ecomcore.carts import (
    ChangeCartItem,
    ChooseDelivery,
    ChooseDestination,
    ChoosePayment,
    CompleteCart,
    EnterCoupon,
    ExpireCarts,
    GetCart,
    LeaveEmail,
    ListCarts,
    MergeCarts,
    MoveToCart,
    NoteOnCart,
    PutInCart,
    RemindOfCarts,
    RemoveCoupon,
    RemoveFromCart,
    SaveForLater,
    StartCart,
)
from ecomcore.catalog import (
    AddCategory,
    AddProduct,
    AddProducts,
    AddVariant,
    ChangePrice,
    ChangeTaxCategory,
    GetProduct,
    LimitQuantity,
    ListCategories,
    ListProducts,
    NewVariant,
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.choices import Deliveries
from ecomcore.counting import (
    ApproveCount,
    CancelCount,
    CountKind,
    CountLine,
    CountState,
    FinishCount,
    GetCount,
    ListCountEntries,
    ListCounts,
    ListDueCounts,
    RecordCount,
    RejectCount,
    StartCount,
)
from ecomcore.deliveries import ListDeliveries, SendAgain
from ecomcore.documents import GetDocument, IssueCreditNote, IssueInvoice, IssuePackingSlip, ListDocuments
from ecomcore.inventory import (
    AskForStock,
    BackOrders,
    BookCount,
    Booking,
    BookStock,
    ChangeLocation,
    ChannelLocation,
    CloseStockMonth,
    Component,
    Condition,
    ConsumeStock,
    CorrectBeyondLimit,
    CorrectStock,
    CountedDifference,
    DamageStock,
    DefineBundle,
    DefineUnits,
    DissolveBundle,
    EraseWishes,
    ExpireReservations,
    ExplainSourcing,
    GetAvailability,
    GetBundle,
    GetChannelSupply,
    GetPromise,
    GetReservation,
    GetTicket,
    GetUnits,
    GradeStock,
    JoinQueue,
    KeepStock,
    LapseOffer,
    LeaveQueue,
    ListDeadStock,
    ListExpiringLots,
    ListLocationStock,
    ListMovements,
    ListQueue,
    ListReservations,
    ListStock,
    ListStockMonth,
    ListWishes,
    MendStock,
    OpenLocation,
    Purpose,
    ReceivedLine,
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    RestockOrder,
    ServeChannel,
    ServeQueue,
    SetStockRules,
    StockLine,
    StockRow,
    StripeStock,
    TakeOffer,
    TellWishes,
    TraceLot,
    Tracking,
    UnitOfMeasure,
    WatchStock,
    WithdrawWish,
    WriteOffBeyondLimit,
    WriteOffStock,
)
from ecomcore.kernel.address import Address
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import PortUnavailable
from ecomcore.kernel.ids import (
    AccountId,
    CampaignId,
    CartId,
    CategoryId,
    CouponBatchId,
    DeliveryId,
    DeliveryMethodId,
    DocumentId,
    InboundId,
    LocationId,
    MemberId,
    NoticeId,
    OrderId,
    PaymentId,
    PriceListId,
    ProductId,
    PromotionId,
    QueueTicketId,
    SavedMethodId,
    StockCountId,
    TaxZoneId,
    TransferId,
    VariantId,
)
from ecomcore.kernel.messages import Command, Query, Staff, System
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.kernel.percent import percent
from ecomcore.kernel.text import Personal
from ecomcore.memory import Fault
from ecomcore.ordering import (
    GATEWAY,
    Accept,
    AssignFulfilment,
    AuthorisePayment,
    CallOrderOff,
    CancelOrder,
    CancelUnits,
    CaptureOrder,
    CapturePayment,
    CartLine,
    CheckPayment,
    ComparePayout,
    CompleteOrder,
    EditOrder,
    ExpireOrder,
    ExpireUnpaid,
    Fact,
    FactKind,
    GetLinkedOrder,
    GetOrder,
    GetTimeline,
    HoldKind,
    HoldOrder,
    LetOrderGo,
    LineChange,
    LinesToReorder,
    LineUnits,
    ListHeardNotices,
    ListOrders,
    MarkOrderShipped,
    Means,
    NoteOnOrder,
    Notice,
    OpenPaymentLink,
    OrderState,
    PayByLink,
    PaymentStep,
    PayoutColumns,
    PlaceOrder,
    PreviewEdit,
    QuoteCart,
    QuoteCartAt,
    ReaddressOrder,
    ReceiveWebhook,
    ReconcilePayments,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
    RecordDecline,
    RecordManualPayment,
    RecordRefund,
    RecordRefusal,
    RecordRisk,
    RecordStatus,
    RecordVoid,
    RefundOrder,
    RefundPayment,
    ReleaseHold,
    RetryPayment,
    RiskAnswer,
    RiskCheck,
    RiskQuestion,
    RiskVerdict,
    ScreenOrder,
    SearchOrders,
    SettleGroupOrder,
    ShowPrices,
    Source,
    Tender,
    TenderKind,
    VoidPayment,
)
from ecomcore.pricing import (
    AddPriceList,
    ChangePriceList,
    DefineDelivery,
    DefineTaxZone,
    EndDelivery,
    EndPriceList,
    GetExchangeRate,
    GetPriceHistory,
    GetPriceList,
    ListDeliveryMethods,
    ListPriceLists,
    ListTaxZones,
    NewFloor,
    NewPrice,
    NotedPrice,
    NotePrices,
    RemoveTaxZone,
    SetExchangeRates,
    SetFloors,
    SetPrices,
)
from ecomcore.promotions import (
    AddCoupon,
    ApprovePromotion,
    ArchivePromotion,
    AssignCoupon,
    ChangeBudget,
    ChangePromotion,
    CloseGroupBuys,
    ConfirmBenefits,
    CreatePromotion,
    GenerateCoupons,
    GetCampaign,
    GetCoupon,
    GetGroupBuy,
    GetPromotion,
    HoldBenefits,
    ListCodes,
    ListPromotions,
    PausePromotion,
    PlanCampaign,
    ReleaseBenefits,
    ResumePromotion,
    SchedulePromotion,
    WithdrawCode,
    WithdrawCoupon,
    coupon_id,
)
from ecomcore.quoting import (
    FLOOR,
    AllOf,
    Area,
    Audience,
    Break,
    Choice,
    DeliveryMethod,
    DeliveryStep,
    Destination,
    ExchangeRate,
    ExclusivityGroup,
    GroupBuy,
    InChannel,
    Limits,
    ListTerms,
    PercentOff,
    PerPeriod,
    Pick,
    Recurrence,
    Registered,
    Take,
    TaxComponent,
    TaxRate,
    TaxZone,
    Terms,
)
from ecomcore.shipping import (
    CancelShipments,
    DeliverShipment,
    ListShipments,
    PrepareShipment,
    ShipmentLine,
    ShipShipment,
)
from ecomcore.supply import (
    ArrivedLine,
    CancelInbound,
    CloseInbound,
    ExpectInbound,
    GetInbound,
    InboundLine,
    ListInbound,
    ReceiveInbound,
    RescheduleInbound,
)
from ecomcore.testing import NOON, ShopKit, a_price, a_shop, euros
from ecomcore.transfers import (
    CancelTransfer,
    CloseTransfer,
    GetTransfer,
    ListTransfers,
    NoteTransferLots,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
    TransferArrival,
    TransferLine,
    TransferLot,
    TransferPick,
    TransferState,
)
from ecomcore.wallet import (
    AccountKind,
    AdjustAccount,
    BlockAccount,
    CheckGiftCard,
    ChooseDefaultMethod,
    CloseAccount,
    EarnPoints,
    ExpireCredit,
    ForgetPaymentMethod,
    GetBalances,
    GivePoints,
    HoldCredit,
    IssueCredit,
    IssueGiftCard,
    ListCreditEntries,
    ListPaymentMethods,
    RefundCredit,
    ReleaseCredit,
    RenewGiftCard,
    SavePaymentMethod,
    ShowGiftCard,
    SpendCredit,
    UnblockAccount,
    account_id,
)

__all__ = ["EXAMPLES", "MESSAGES", "World", "a_world", "named", "send"]

Message = Command[Any] | Query[Any]

MESSAGES: tuple[type[Any], ...] = tuple(
    message for room in ROOMS for message in (*room.deciders, *room.couriers, *room.answers)
)
"""Every command, errand and query of the shop."""

PRICE = 10_00
LINK = "a-secret-of-a-payment-link"
USD = Currency("USD")
LATER = NOON + timedelta(days=365)


class Hesitant(RiskCheck):
    """Trusts everybody, but is out of order while it ``screens``."""

    screens = False

    def score(self, question: RiskQuestion) -> RiskAnswer:
        if self.screens:
            raise PortUnavailable("the risk check is down")
        return Accept()


@frozen
class World:
    """Ada's orders: ``confirmed``; ``waiting`` for her bank; ``declined``, with a payment link; ``shipped`` and
    captured; ``several``, confirmed, of three units with delivery; ``stopped`` by a hold; ``screened``, of which nobody
    knows yet whether it can be trusted.

    ``held`` is a reservation of no order, ``draft`` a product that is not on sale yet, ``dead`` a delivery that
    was given up.
    """

    kit: ShopKit
    confirmed: OrderId
    waiting: OrderId
    declined: OrderId
    shipped: OrderId
    several: OrderId
    stopped: OrderId
    screened: OrderId
    dead: DeliveryId
    batch: CouponBatchId

    held = "held"
    pack = VariantId("pack")
    limited = VariantId("limited")
    sale, sketch, halted = PromotionId("sale"), PromotionId("sketch"), PromotionId("halted")
    summer = CampaignId("summer")
    redeeming = OrderId("redeeming")
    category = CategoryId("drinks")
    draft = ProductId("draft")
    wholesale = PriceListId("wholesale")
    zone = TaxZoneId("us")
    method = DeliveryMethodId("parcel")
    letter = DeliveryMethodId("letter")
    cart = CartId("adas-cart")
    gift_card, blocked, empty = AccountId("gift-card"), AccountId("blocked-card"), AccountId("empty-card")
    credit = account_id(AccountKind.STORE_CREDIT, "member:ada", Currency("EUR"))
    back_room, open_count, counted = LocationId("back-room"), StockCountId("open-count"), StockCountId("counted")
    outpost, grain, inbound = LocationId("outpost"), VariantId("grain"), InboundId("inbound")
    requested, on_the_way = TransferId("requested"), TransferId("on-the-way")

    @property
    def variant(self) -> VariantId:
        return self.kit.variants[0]

    @property
    def ticket(self) -> QueueTicketId:
        """Ada's ticket in the line for what is limited."""
        return self.kit.staff.ask(ListQueue(self.limited))[0].id

    @property
    def product(self) -> ProductId:
        return ProductId(f"{self.variant}-product")

    @property
    def code(self) -> str:
        """The first code of the batch."""
        return self.kit.staff.ask(ListCodes(self.batch))[0].code

    @property
    def gift_code(self) -> str:
        """The code of the gift card."""
        return self.kit.staff.ask(ShowGiftCard(self.gift_card)).code

    @property
    def saved(self) -> SavedMethodId:
        """Ada's saved means of payment."""
        return self.kit.member.ask(ListPaymentMethods())[0].id

    def after(self, first: Command[Any], example: Any) -> Any:
        """The example, once the shop has done something else before."""
        self.kit.system.handle(first)
        return example

    def held_of(self, command: type[Any], *, spent: bool = False) -> Any:
        """The command about the payment that waits, which Ada's store credit has held by now, and perhaps spent."""
        payment, whole = self.payment(self.waiting), euros(PRICE)
        self.kit.system.handle(HoldCredit(self.credit, payment, self.waiting, whole))
        if spent:
            self.kit.system.handle(SpendCredit(self.credit, payment, self.waiting, whole, "capture-1"))
        return command(self.credit, payment, self.waiting, euros(1), "step-1")

    def payment(self, order: OrderId) -> PaymentId:
        return self.kit.view(order).payments[0].payment

    def promised(self, order: OrderId) -> Fact:
        """What the provider tells once the order's buyer has done what was asked."""
        return Fact(FactKind.AUTHORISED, euros(PRICE), self.reference(order))

    def webhook(self) -> ReceiveWebhook:
        """The provider's message about the order that waits, as it would send it now."""
        notice = Notice("evt-1", self.promised(self.waiting), self.reference(self.waiting), self.payment(self.waiting))
        sent = self.kit.gateway.webhook(notice, self.kit.clock.now())
        return ReceiveWebhook(sent.body, sent.headers, GATEWAY)

    def reference(self, order: OrderId) -> str:
        """The provider's name for the promise of the order's money."""
        return f"auth-{self.payment(order)}"

    def invoice(self) -> DocumentId:
        """The invoice of the confirmed order."""
        return self.kit.staff.handle(IssueInvoice(self.confirmed))

    def shipment(self, order: OrderId) -> Any:
        return self.kit.staff.ask(ListShipments(order))[0].id


def _promotions(kit: ShopKit) -> CouponBatchId:
    """A promotion in force with coupons and a campaign, a draft and a paused one; an order that has taken of one."""
    kit.staff.handle(PlanCampaign("Summer", euros(100_00), World.summer))
    for promotion in (World.sale, World.halted):
        kit.staff.handle(CreatePromotion(terms_of_a_sale(), promotion))
        kit.staff.handle(ApprovePromotion(promotion, 1))
    kit.staff.handle(CreatePromotion(terms_of_a_sale(), World.sketch))
    kit.staff.handle(PausePromotion(World.halted))
    kit.staff.handle(AddCoupon("WELCOME", World.sale))
    kit.system.handle(HoldBenefits(World.redeeming, "member:ada", (Take(World.sale, 1, euros(1_00)),)))
    return kit.staff.handle(GenerateCoupons(World.sale, 10, "SALE"))


def _carts(kit: ShopKit) -> None:
    """Ada's cart, at version 4, with an item to be bought and one saved for later; and a cart of a guest."""
    kit.member.handle(StartCart(Currency("EUR"), id=World.cart))
    for variant in kit.variants:
        kit.member.handle(PutInCart(World.cart, variant))
    kit.member.handle(SaveForLater(World.cart, 2))
    kit.guest.handle(PutInCart(kit.guest.handle(StartCart(Currency("EUR"))), kit.variants[0]))


def _wallet(kit: ShopKit) -> None:
    """Ada's store credit and saved card, and gift cards of anybody: one with money, one blocked, one empty."""
    kit.staff.handle(IssueCredit(euros(100_00), "welcome", MemberId("ada")))
    for card in (World.gift_card, World.blocked, World.empty):
        kit.staff.handle(IssueGiftCard(euros(50_00), id=card))
    kit.staff.handle(BlockAccount(World.blocked))
    kit.staff.handle(AdjustAccount(World.empty, -50_00, "given back"))
    kit.member.handle(SavePaymentMethod("card", "token-1", "Visa ending 4242"))


def _supply(kit: ShopKit) -> None:
    """Tea on order; and grain, in lots, of which some is to go to the outpost and some is on its way there."""
    kit.staff.handle(ExpectInbound("PO-1", kit.location, (InboundLine(kit.variants[0], 10),), LATER, World.inbound))
    kit.staff.handle(OpenLocation("Outpost", id=World.outpost))
    for place in (kit.location, World.outpost):
        kit.staff.handle(SetStockRules(World.grain, place, tracking=Tracking.LOTS))
    kit.staff.handle(ReceiveStock(kit.location, (ReceivedLine(World.grain, 20, "L1", LATER, "seller"),), "opening"))
    for transfer in (World.requested, World.on_the_way):
        lines = (TransferLine(World.grain, 4),)
        kit.staff.handle(RequestTransfer(kit.location, World.outpost, lines, transfer))
    kit.staff.handle(ShipTransfer(World.on_the_way))


def _counting(kit: ShopKit) -> None:
    """In a room of its own: a count that is open, and one so far off that somebody has to approve of it."""
    kit.staff.handle(OpenLocation("Back room", id=World.back_room))
    kit.staff.handle(CloseStockMonth("2020-01"))
    for count, variant in ((World.open_count, VariantId("mugs")), (World.counted, VariantId("cups"))):
        kit.staff.handle(StartCount(World.back_room, CountKind.CYCLE, (variant,), id=count))
    for person in ("ann", "bob"):
        lines = (CountLine(VariantId("cups"), 500),)
        kit.shop.desk(Staff(person, {"*"})).handle(RecordCount(World.counted, lines))
    kit.staff.handle(FinishCount(World.counted))


def _an_order_of_several(kit: ShopKit) -> OrderId:
    """Three units, sent by letter."""
    cart = QuoteCart(
        kit.cart(quantity=3), Currency("EUR"), delivery=World.letter, destination=Destination("DE", "Berlin", "10115")
    )
    total = kit.member.ask(cart).total
    return kit.member.handle(
        PlaceOrder(cart.lines, total, "card-1", delivery=cart.delivery, destination=cart.destination)
    )


def _waiting(kit: ShopKit) -> None:
    """Ada waits in line for what is sold out, and wishes to be told when it is back."""
    kit.staff.handle(SetStockRules(World.limited, kit.location, queued=True))
    kit.member.handle(JoinQueue("adas-cart", World.limited, 2))
    kit.member.handle(AskForStock(World.limited))


def terms_of_a_sale() -> Terms:
    return Terms(
        name="Sale",
        effects=(PercentOff(percent(10), pick=Pick()),),
        conditions=(AllOf((Registered(), InChannel(("default",)))),),
        period=Period(NOON, LATER),
        priority=5,
        exclusive=True,
        group=ExclusivityGroup("sales", Choice.FIRST),
        only_undiscounted=True,
        max_discount=euros(50_00),
        needs_coupon=True,
        limits=limits_of_a_sale(),
        group_buy=GroupBuy(2, LATER),
        campaign=World.summer,
    )


def limits_of_a_sale() -> Limits:
    return Limits(
        uses=100,
        uses_per_buyer=5,
        uses_per_period=PerPeriod(10, Recurrence.DAY, "Europe/Berlin"),
        units=1_000,
        units_per_buyer=50,
        per_order=2,
    )


def a_world() -> World:
    """A fresh one."""
    check = Hesitant()
    kit = a_shop(products=2, stock=50, deliveries=Deliveries(tries=1), risk_check=check)
    kit.staff.handle(AddCategory("Drinks", id=World.category))
    kit.staff.handle(AddProduct("Draft", (NewVariant("DRAFT", a_price()),), id=World.draft))
    kit.system.handle(ReserveStock(World.held, (StockLine(kit.variants[0], 2),), None, NOON + timedelta(hours=1)))
    kit.staff.handle(AddPriceList(ListTerms(name="Wholesale", currency=USD), World.wholesale))
    kit.staff.handle(DefineTaxZone(TaxZone(id=World.zone, name="US", areas=(Area("US"),), rates=())))
    kit.staff.handle(DefineDelivery(evolve(a_delivery_method(), name="Letter")))
    kit.staff.handle(DefineDelivery(a_letter()))
    kit.staff.handle(SetExchangeRates((ExchangeRate(Currency("JPY"), USD, 1, 150, NOON),)))
    confirmed = kit.buy()
    shipped = kit.buy()
    kit.ship(shipped)
    several, stopped = _an_order_of_several(kit), kit.buy()
    kit.staff.handle(HoldOrder(stopped, HoldKind.MANUAL, "it looks odd"))
    kit.gateway.script(Fault.ACTION, Fault.DECLINE, Fault.DOWN)
    waiting, declined, _ = kit.buy(), kit.buy(), kit.buy()
    (dead,) = kit.staff.ask(ListDeliveries(dead=True))
    kit.member.handle(OpenPaymentLink(declined, LINK, LATER))
    check.screens = True
    screened = kit.buy()
    check.screens = False
    _stock_rules(kit)
    _carts(kit)
    _waiting(kit)
    _counting(kit)
    _supply(kit)
    _wallet(kit)
    batch = _promotions(kit)
    return World(kit, confirmed, waiting, declined, shipped, several, stopped, screened, dead.id, batch)


def _stock_rules(kit: ShopKit) -> None:
    """A pack of four, sold to those who come to the kiosk, and counted in pieces and cases."""
    kit.staff.handle(DefineBundle(World.pack, (Component(kit.variants[0], 4),)))
    kit.staff.handle(ServeChannel("kiosk", (ChannelLocation(kit.location, 5, 1),)))
    kit.staff.handle(DefineUnits(kit.variants[0], "piece", (UnitOfMeasure("case", 12),)))


def a_new_product() -> AddProduct:
    variant = NewVariant("NEW", a_price(), "Green", VariantId("new-variant"))
    return AddProduct("New tea", (variant,), World.category, publish=True, id=ProductId("new"))


def dollars(major: int) -> Price:
    return Price(Money(major * 100, USD))


def terms_of_a_list() -> ListTerms:
    audience = Audience(channels=("web",), groups=("friends",), tiers=("gold",), companies=("acme",))
    return ListTerms(
        name="Spring", currency=USD, audience=audience, period=Period(NOON), priority=5, tax_included=False
    )


def a_tax_zone() -> TaxZone:
    """In dollars, its period without an end: so no value, put in the place of one of its own, contradicts another."""
    rate = TaxRate("standard", (TaxComponent("State", percent("4.5")),), Period(NOON))
    area = Area("US", ("New York",), ("1*", "10001..10282"))
    return TaxZone(id=World.zone, name="New York", areas=(area,), rates=(rate,), reverse_charge=True)


def a_delivery_method() -> DeliveryMethod:
    free, charge = Money(0, USD), Money(4_90, USD)
    return DeliveryMethod(
        id=World.method,
        name="Parcel",
        currency=USD,
        areas=(Area("US"),),
        steps=(DeliveryStep(free, charge),),
        tax_category="shipping",
    )


def a_letter() -> DeliveryMethod:
    steps = (DeliveryStep(euros(0), euros(90)),)
    return DeliveryMethod(
        id=World.letter, name="Letter", currency=Currency("EUR"), areas=(Area(),), steps=steps, tax_category="shipping"
    )


def a_whole_cart(world: World) -> QuoteCart:
    return QuoteCart(
        world.kit.cart(),
        Currency("EUR"),
        ("WELCOME",),
        World.letter,
        Destination("DE", "Berlin", "10115"),
        "card",
        Personal("ada@example.org"),
        "DE123456789",
    )


def an_address() -> Address:
    return Address(
        recipient=Personal("Ada"),
        lines=(Personal("1 Main Street"),),
        city=Personal("Berlin"),
        postcode=Personal("10115"),
        country="DE",
        region="Berlin",
        phone=Personal("+49 30 1"),
    )


def an_edit(world: World) -> EditOrder:
    """One unit less, at another price, and two of something else: more is to be paid."""
    changes, add = (LineChange(1, 2, euros(9_00)),), (CartLine(world.kit.variants[1], 2),)
    preview = world.kit.staff.ask(PreviewEdit(world.several, changes, add))
    return EditOrder(world.several, preview.after, "as agreed", changes, add, "card-2")


def a_question(order: OrderId) -> RiskQuestion:
    return RiskQuestion(
        order=order,
        buyer="member:ada",
        contact="mail:1",
        channel="default",
        total=euros(PRICE),
        units=1,
        country="DE",
        recent=1,
        spent=euros(PRICE),
        declined=1,
        new=True,
        abroad=True,
    )


def an_order_with_everything(world: World) -> PlaceOrder:
    """Of lines, not of a cart, and with a token, not with a saved method: there is one of each at a time."""
    cart = a_whole_cart(world)
    quote = world.kit.member.ask(cart)
    return PlaceOrder(
        cart.lines,
        quote.total,
        "card-1",
        world.kit.location,
        MemberId("ada"),
        quote.digest,
        cart.coupons,
        cart.delivery,
        cart.destination,
        cart.payment,
        cart.email,
        cart.vat_id,
        tenders=(Tender(TenderKind.STORE_CREDIT, amount=euros(1_00)),),
        ship_to=an_address(),
        bill_to=an_address(),
        terms="2030-01",
    )


EXAMPLES: Mapping[type[Any], Callable[[World], Any]] = {
    AddCategory: lambda w: AddCategory("Teas", w.category, CategoryId("teas")),
    AddProduct: lambda w: a_new_product(),
    AddProducts: lambda w: AddProducts((a_new_product(),)),
    AddVariant: lambda w: AddVariant(w.product, NewVariant("ANOTHER", a_price())),
    ChangePrice: lambda w: ChangePrice(w.variant, a_price(7_00)),
    ChangeTaxCategory: lambda w: ChangeTaxCategory(w.product, "books"),
    LimitQuantity: lambda w: LimitQuantity(w.product, 5),
    PublishProduct: lambda w: PublishProduct(w.draft),
    UnpublishProduct: lambda w: UnpublishProduct(w.product),
    GetProduct: lambda w: GetProduct(w.product),
    ListProducts: lambda w: ListProducts(w.category, ProductId("a"), 10),
    ListCategories: lambda w: ListCategories(CategoryId("a"), 10),
    OpenLocation: lambda w: OpenLocation("Attic", 5, LocationId("attic")),
    ReceiveStock: lambda w: ReceiveStock(w.kit.location, (StockLine(w.variant, 5),), "note 1"),
    CorrectStock: lambda w: CorrectStock(w.variant, w.kit.location, -1, "broken"),
    ReserveStock: lambda w: ReserveStock("somebody", (StockLine(w.variant, 2),), w.kit.location, NOON),
    ReserveMore: lambda w: ReserveMore(w.held, (StockLine(w.variant, 2),), w.kit.location),
    KeepStock: lambda w: KeepStock(w.held, LATER),
    ReleasePart: lambda w: ReleasePart(w.held, (StockLine(w.variant, 1),)),
    ReleaseStock: lambda w: ReleaseStock(w.held),
    ConsumeStock: lambda w: ConsumeStock(w.held, "note-2", (ReservedLine(w.variant, w.kit.location, 1),)),
    ExpireReservations: lambda w: ExpireReservations(10),
    GetAvailability: lambda w: GetAvailability((w.variant,)),
    ListStock: lambda w: ListStock((w.variant,)),
    ListMovements: lambda w: ListMovements(w.variant, w.kit.location, 0, 10),
    ChangeLocation: lambda w: ChangeLocation(w.kit.location, "Main house", 5),
    CorrectBeyondLimit: lambda w: CorrectBeyondLimit(w.variant, w.kit.location, -1, "broken"),
    DamageStock: lambda w: DamageStock(w.variant, w.kit.location, 1, "fell"),
    MendStock: lambda w: w.after(
        DamageStock(w.variant, w.kit.location, 1, "fell"), MendStock(w.variant, w.kit.location, 1, "glued")
    ),
    WriteOffStock: lambda w: WriteOffStock(w.variant, w.kit.location, 1, "lost", Condition.GOOD),
    WriteOffBeyondLimit: lambda w: WriteOffBeyondLimit(w.variant, w.kit.location, 1, "lost", Condition.GOOD),
    BookCount: lambda w: BookCount(w.kit.location, "count", (CountedDifference(w.variant, 5, 1),), (w.variant,)),
    BookStock: lambda w: BookStock((StockRow(w.variant, w.kit.location, Booking.ADJUST, 1),), "list", "yearly"),
    SetStockRules: lambda w: SetStockRules(w.variant, w.kit.location, 1, 2, BackOrders(5, 3)),
    StripeStock: lambda w: StripeStock(w.variant, w.kit.location, 4),
    GradeStock: lambda w: GradeStock(w.kit.location),
    WatchStock: lambda w: WatchStock(10),
    CloseStockMonth: lambda w: CloseStockMonth("2020-02"),
    GetPromise: lambda w: GetPromise((w.variant,)),
    ExplainSourcing: lambda w: ExplainSourcing((StockLine(w.variant, 1),)),
    ListLocationStock: lambda w: ListLocationStock(w.kit.location),
    RestockOrder: lambda w: w.after(
        ReserveStock("withheld:gone", (StockLine(w.variant, 1),), purpose=Purpose.WITHHELD),
        RestockOrder(OrderId("gone")),
    ),
    TraceLot: lambda w: TraceLot(w.variant, "lot"),
    GetReservation: lambda w: GetReservation(w.held),
    ListReservations: lambda w: ListReservations(w.variant, w.kit.location),
    ListExpiringLots: lambda w: ListExpiringLots(7),
    ListDeadStock: lambda w: ListDeadStock(30),
    ListStockMonth: lambda w: ListStockMonth("2020-01"),
    ServeChannel: lambda w: ServeChannel("web", (ChannelLocation(w.kit.location, 5, 3),)),
    GetChannelSupply: lambda w: GetChannelSupply("kiosk"),
    DefineBundle: lambda w: DefineBundle(VariantId("a-pair"), (Component(w.variant, 2), Component(w.kit.variants[1]))),
    DissolveBundle: lambda w: DissolveBundle(w.pack),
    GetBundle: lambda w: GetBundle(w.pack),
    DefineUnits: lambda w: DefineUnits(w.variant, "piece", (UnitOfMeasure("case", 6), UnitOfMeasure("crate", 120))),
    GetUnits: lambda w: GetUnits(w.variant),
    StartCount: lambda w: StartCount(w.kit.location, CountKind.CYCLE, (w.variant,), None, False, StockCountId("new")),
    RecordCount: lambda w: RecordCount(w.open_count, (CountLine(VariantId("mugs"), 2),)),
    FinishCount: lambda w: FinishCount(w.open_count, True),
    ApproveCount: lambda w: ApproveCount(w.counted),
    RejectCount: lambda w: RejectCount(w.counted, "count again"),
    CancelCount: lambda w: CancelCount(w.open_count, "it is late"),
    GetCount: lambda w: GetCount(w.counted, 0, 10),
    ListCountEntries: lambda w: ListCountEntries(w.counted, 0, 10),
    ListCounts: lambda w: ListCounts(w.back_room, CountState.OPEN, StockCountId("z"), 10),
    ListDueCounts: lambda w: ListDueCounts(w.kit.location, 10),
    ExpectInbound: lambda w: ExpectInbound(
        "PO-2", w.kit.location, (InboundLine(w.variant, 5),), LATER, InboundId("another")
    ),
    RescheduleInbound: lambda w: RescheduleInbound(w.inbound, LATER + timedelta(days=1)),
    ReceiveInbound: lambda w: ReceiveInbound(w.inbound, (ArrivedLine(w.variant, 3, damaged=1),), "slip 1"),
    CloseInbound: lambda w: CloseInbound(w.inbound, "sold out"),
    CancelInbound: lambda w: CancelInbound(w.inbound, "too dear"),
    GetInbound: lambda w: GetInbound(w.inbound),
    ListInbound: lambda w: ListInbound(w.kit.location, w.variant, True, InboundId("a"), 10),
    RequestTransfer: lambda w: RequestTransfer(
        w.kit.location, w.outpost, (TransferLine(w.grain, 2),), TransferId("another")
    ),
    ShipTransfer: lambda w: ShipTransfer(
        w.requested, (TransferLine(w.grain, 3),), "VAN-1", (TransferPick(w.grain, "L1", 2),)
    ),
    NoteTransferLots: lambda w: NoteTransferLots(w.on_the_way, (TransferLot(w.grain, 4, "L1", LATER, "seller"),)),
    ReceiveTransfer: lambda w: ReceiveTransfer(w.on_the_way, (TransferArrival(w.grain, 2, 1, "L1"),), "slip 1"),
    CloseTransfer: lambda w: CloseTransfer(w.on_the_way, "fell off the van"),
    CancelTransfer: lambda w: CancelTransfer(w.requested, "not needed"),
    GetTransfer: lambda w: GetTransfer(w.requested),
    ListTransfers: lambda w: ListTransfers(w.kit.location, w.outpost, TransferState.SHIPPED, TransferId("z"), 10),
    JoinQueue: lambda w: JoinQueue(
        "another-cart", w.limited, 2, "web", w.kit.location, timedelta(minutes=5), MemberId("ada")
    ),
    LeaveQueue: lambda w: LeaveQueue(w.ticket),
    ServeQueue: lambda w: ServeQueue((w.limited,), 10),
    TakeOffer: lambda w: TakeOffer(w.ticket),
    LapseOffer: lambda w: LapseOffer(w.ticket),
    AskForStock: lambda w: AskForStock(w.limited, MemberId("ada"), channel="web", quantity=2),
    WithdrawWish: lambda w: WithdrawWish(w.limited, MemberId("ada")),
    TellWishes: lambda w: TellWishes(w.limited, None, 10),
    EraseWishes: lambda w: EraseWishes(MemberId("ada")),
    GetTicket: lambda w: GetTicket(w.ticket),
    ListQueue: lambda w: ListQueue(w.limited, 0, 10),
    ListWishes: lambda w: ListWishes((w.limited,), VariantId("a"), 10),
    PlaceOrder: lambda w: an_order_with_everything(w),
    RetryPayment: lambda w: RetryPayment(w.declined, "card-2", euros(5_00), "card"),
    OpenPaymentLink: lambda w: OpenPaymentLink(w.declined, LINK, LATER),
    PayByLink: lambda w: PayByLink(w.declined, LINK, "card-2", "card"),
    CancelOrder: lambda w: CancelOrder(w.confirmed, "changed my mind"),
    CancelUnits: lambda w: CancelUnits(w.several, (LineUnits(1, 2),), "one is enough"),
    EditOrder: an_edit,
    HoldOrder: lambda w: HoldOrder(w.confirmed, HoldKind.ADDRESS, "there is no such street"),
    ReleaseHold: lambda w: ReleaseHold(w.stopped, HoldKind.MANUAL, "it is as it should be"),
    NoteOnOrder: lambda w: NoteOnOrder(w.confirmed, "She called.\nShe will call again."),
    ReaddressOrder: lambda w: ReaddressOrder(w.confirmed, an_address()),
    AssignFulfilment: lambda w: AssignFulfilment(w.confirmed, (Source(w.variant, w.kit.location, 1),), True),
    ExpireUnpaid: lambda w: ExpireUnpaid(10),
    ExpireOrder: lambda w: ExpireOrder(w.waiting),
    MarkOrderShipped: lambda w: MarkOrderShipped(w.confirmed),
    CompleteOrder: lambda w: CompleteOrder(w.shipped),
    LetOrderGo: lambda w: LetOrderGo(w.waiting, w.sale),
    SettleGroupOrder: lambda w: SettleGroupOrder(w.waiting, w.sale, True),
    CallOrderOff: lambda w: CallOrderOff(w.waiting, "too few have joined"),
    AuthorisePayment: lambda w: AuthorisePayment(w.waiting, w.payment(w.waiting), euros(PRICE), "card-1"),
    CapturePayment: lambda w: CapturePayment(
        w.confirmed, w.payment(w.confirmed), euros(PRICE), w.reference(w.confirmed)
    ),
    VoidPayment: lambda w: VoidPayment(w.confirmed, w.payment(w.confirmed), euros(1), w.reference(w.confirmed)),
    RefundPayment: lambda w: RefundPayment(w.shipped, w.payment(w.shipped), euros(1), w.reference(w.shipped)),
    RecordAuthorisation: lambda w: RecordAuthorisation(w.waiting, w.payment(w.waiting), euros(PRICE), "promise"),
    RecordActionRequired: lambda w: RecordActionRequired(w.waiting, w.payment(w.waiting), "https://bank.example/2"),
    RecordDecline: lambda w: RecordDecline(w.waiting, w.payment(w.waiting), "no funds", "refusal"),
    RecordCapture: lambda w: RecordCapture(w.confirmed, w.payment(w.confirmed), euros(PRICE), "capture"),
    RecordRefusal: lambda w: RecordRefusal(
        w.confirmed, w.payment(w.confirmed), PaymentStep.CAPTURE, euros(PRICE), "expired", "attempt"
    ),
    RecordVoid: lambda w: RecordVoid(w.confirmed, w.payment(w.confirmed), euros(1), "void"),
    RecordRefund: lambda w: RecordRefund(w.shipped, w.payment(w.shipped), euros(1), "refund"),
    RecordStatus: lambda w: RecordStatus(
        w.waiting, w.payment(w.waiting), w.reference(w.waiting), (w.promised(w.waiting),), url="https://bank.example/3"
    ),
    RecordRisk: lambda w: RecordRisk(w.screened, RiskVerdict.ACCEPT, ("known since 2020",), "card-1", GATEWAY, True),
    ScreenOrder: lambda w: ScreenOrder(w.screened, a_question(w.screened), "card-1", GATEWAY, True),
    CheckPayment: lambda w: CheckPayment(w.waiting, w.payment(w.waiting), euros(PRICE), "promise"),
    ReconcilePayments: lambda w: ReconcilePayments(10),
    ReceiveWebhook: lambda w: w.webhook(),
    CaptureOrder: lambda w: CaptureOrder(w.confirmed, euros(PRICE)),
    RecordManualPayment: lambda w: RecordManualPayment(w.declined, euros(PRICE), "receipt-1"),
    RefundOrder: lambda w: RefundOrder(
        w.several, "it came late", (LineUnits(1, 1),), euros(90), None, Means.ORIGINAL, "case-1"
    ),
    QuoteCart: lambda w: a_whole_cart(w),
    QuoteCartAt: lambda w: QuoteCartAt(a_whole_cart(w), LATER, MemberId("ada")),
    ShowPrices: lambda w: ShowPrices((w.variant,), Currency("EUR")),
    GetOrder: lambda w: GetOrder(w.confirmed),
    GetLinkedOrder: lambda w: GetLinkedOrder(w.declined, LINK),
    GetTimeline: lambda w: GetTimeline(w.confirmed, 1, 10),
    LinesToReorder: lambda w: LinesToReorder(w.confirmed),
    ComparePayout: lambda w: ComparePayout(
        "id,gross,cur\nch_1,1.00,EUR\n", NOON, LATER, "card", PayoutColumns("id", "", "gross", "cur", ""), False
    ),
    ListHeardNotices: lambda w: ListHeardNotices(NoticeId("a"), 10),
    PreviewEdit: lambda w: PreviewEdit(w.several, an_edit(w).changes, an_edit(w).add),
    SearchOrders: lambda w: SearchOrders(
        "1", MemberId("ada"), Personal("ada@example.org"), OrderState.PLACED, NOON, LATER, OrderId("z"), 10
    ),
    ListOrders: lambda w: ListOrders(MemberId("ada"), OrderId("z"), 10, OrderState.CONFIRMED),
    CreatePromotion: lambda w: CreatePromotion(terms_of_a_sale(), PromotionId("next")),
    ChangePromotion: lambda w: ChangePromotion(w.sale, terms_of_a_sale()),
    SchedulePromotion: lambda w: SchedulePromotion(w.sale, Period(NOON, LATER)),
    ApprovePromotion: lambda w: ApprovePromotion(w.sketch, 1),
    PausePromotion: lambda w: PausePromotion(w.sale),
    ResumePromotion: lambda w: ResumePromotion(w.halted),
    ArchivePromotion: lambda w: ArchivePromotion(w.sale),
    PlanCampaign: lambda w: PlanCampaign("Winter", euros(5_00), CampaignId("winter")),
    ChangeBudget: lambda w: ChangeBudget(w.summer, euros(200_00)),
    AddCoupon: lambda w: AddCoupon("HELLO", w.sale, limits_of_a_sale(), Period(NOON, LATER), MemberId("ada")),
    WithdrawCoupon: lambda w: WithdrawCoupon("welcome"),
    GenerateCoupons: lambda w: GenerateCoupons(w.sale, 10, "NEW", limits_of_a_sale(), Period(NOON, LATER), True),
    AssignCoupon: lambda w: AssignCoupon(w.batch, MemberId("ada")),
    WithdrawCode: lambda w: WithdrawCode(w.batch, w.code),
    HoldBenefits: lambda w: HoldBenefits(
        OrderId("another"), "member:ada", (Take(w.sale, 1, euros(1_00), coupon_id("WELCOME"), w.summer),)
    ),
    ConfirmBenefits: lambda w: ConfirmBenefits(w.redeeming),
    ReleaseBenefits: lambda w: ReleaseBenefits(w.redeeming),
    CloseGroupBuys: lambda w: CloseGroupBuys(10),
    GetPromotion: lambda w: GetPromotion(w.sale),
    ListPromotions: lambda w: ListPromotions(PromotionId("a"), 10),
    GetCampaign: lambda w: GetCampaign(w.summer),
    ListCodes: lambda w: ListCodes(w.batch, 1, 10),
    GetCoupon: lambda w: GetCoupon(w.code),
    GetGroupBuy: lambda w: GetGroupBuy(w.sale),
    PrepareShipment: lambda w: PrepareShipment(w.confirmed, (ShipmentLine(w.variant, 1),), w.kit.location, "acme"),
    ShipShipment: lambda w: ShipShipment(w.shipment(w.confirmed), "track-1"),
    DeliverShipment: lambda w: DeliverShipment(w.shipment(w.shipped)),
    CancelShipments: lambda w: CancelShipments(w.confirmed),
    ListShipments: lambda w: ListShipments(w.confirmed),
    IssueInvoice: lambda w: IssueInvoice(w.confirmed, "Thank you."),
    IssueCreditNote: lambda w: IssueCreditNote(w.confirmed, "Sorry."),
    IssuePackingSlip: lambda w: IssuePackingSlip(w.confirmed, w.shipment(w.confirmed), "Fragile."),
    GetDocument: lambda w: GetDocument(w.invoice()),
    ListDocuments: lambda w: ListDocuments(w.confirmed),
    IssueGiftCard: lambda w: IssueGiftCard(euros(50_00), LATER, "member:ada", AccountId("another-card")),
    RenewGiftCard: lambda w: RenewGiftCard(w.gift_card),
    IssueCredit: lambda w: IssueCredit(euros(5_00), "sorry", MemberId("ada"), None, LATER, "case-1"),
    GivePoints: lambda w: GivePoints(MemberId("ada"), 100, Currency("EUR"), "welcome", LATER, "case-1"),
    EarnPoints: lambda w: EarnPoints(MemberId("ada"), w.waiting, euros(PRICE), 2),
    AdjustAccount: lambda w: AdjustAccount(w.gift_card, -5, "given twice"),
    BlockAccount: lambda w: BlockAccount(w.gift_card),
    UnblockAccount: lambda w: UnblockAccount(w.blocked),
    CloseAccount: lambda w: CloseAccount(w.empty),
    HoldCredit: lambda w: HoldCredit(w.credit, w.payment(w.waiting), w.waiting, euros(PRICE)),
    SpendCredit: lambda w: w.held_of(SpendCredit),
    ReleaseCredit: lambda w: w.held_of(ReleaseCredit),
    RefundCredit: lambda w: w.held_of(RefundCredit, spent=True),
    ExpireCredit: lambda w: ExpireCredit(10),
    SavePaymentMethod: lambda w: SavePaymentMethod("card", "token-2", "Visa", (2032, 6), True, MemberId("ada")),
    ForgetPaymentMethod: lambda w: ForgetPaymentMethod(w.saved),
    ChooseDefaultMethod: lambda w: ChooseDefaultMethod(w.saved),
    CheckGiftCard: lambda w: CheckGiftCard(w.gift_code),
    ShowGiftCard: lambda w: ShowGiftCard(w.gift_card),
    GetBalances: lambda w: GetBalances(MemberId("ada")),
    ListCreditEntries: lambda w: ListCreditEntries(w.credit, 0, 10),
    ListPaymentMethods: lambda w: ListPaymentMethods(MemberId("ada")),
    ListDeliveries: lambda w: ListDeliveries(dead=True, after=DeliveryId("a"), limit=10),
    SendAgain: lambda w: SendAgain(w.dead),
    AddPriceList: lambda w: AddPriceList(terms_of_a_list(), PriceListId("retail")),
    ChangePriceList: lambda w: ChangePriceList(w.wholesale, terms_of_a_list()),
    EndPriceList: lambda w: EndPriceList(w.wholesale),
    SetPrices: lambda w: SetPrices(w.wholesale, (NewPrice(w.variant, (Break(10, dollars(9)),)),), LATER),
    SetFloors: lambda w: SetFloors(USD, (NewFloor(w.variant, dollars(1)),), LATER),
    NotePrices: lambda w: NotePrices((NotedPrice(w.variant, dollars(1), dollars(2)),)),
    DefineTaxZone: lambda w: DefineTaxZone(a_tax_zone()),
    RemoveTaxZone: lambda w: RemoveTaxZone(w.zone),
    DefineDelivery: lambda w: DefineDelivery(a_delivery_method()),
    EndDelivery: lambda w: EndDelivery(w.method),
    SetExchangeRates: lambda w: SetExchangeRates((ExchangeRate(Currency("EUR"), USD, 11, 10, LATER),)),
    GetPriceList: lambda w: GetPriceList(w.wholesale),
    ListPriceLists: lambda w: ListPriceLists(PriceListId("a"), 10),
    GetPriceHistory: lambda w: GetPriceHistory(w.variant, USD, FLOOR, LATER, 10),
    ListTaxZones: lambda w: ListTaxZones(TaxZoneId("a"), 10),
    ListDeliveryMethods: lambda w: ListDeliveryMethods(DeliveryMethodId("a"), 10),
    GetExchangeRate: lambda w: GetExchangeRate(Currency("JPY"), USD, NOON),
    StartCart: lambda w: StartCart(Currency("EUR"), MemberId("ada"), False, CartId("another")),
    PutInCart: lambda w: PutInCart(w.cart, w.variant, 2, "for Bob", 4),
    ChangeCartItem: lambda w: ChangeCartItem(w.cart, 1, 3, "for Bob", 4),
    RemoveFromCart: lambda w: RemoveFromCart(w.cart, 1, 4),
    SaveForLater: lambda w: SaveForLater(w.cart, 1, 4),
    MoveToCart: lambda w: MoveToCart(w.cart, 2, 4),
    EnterCoupon: lambda w: EnterCoupon(w.cart, "WELCOME", 4),
    RemoveCoupon: lambda w: RemoveCoupon(w.cart, "WELCOME", 4),
    ChooseDelivery: lambda w: ChooseDelivery(w.cart, w.letter, 4),
    ChooseDestination: lambda w: ChooseDestination(w.cart, Destination("DE", "Berlin", "10115"), 4),
    ChoosePayment: lambda w: ChoosePayment(w.cart, "card", 4),
    LeaveEmail: lambda w: LeaveEmail(w.cart, Personal("ada@example.org"), 4),
    NoteOnCart: lambda w: NoteOnCart(w.cart, "ring twice", 4),
    MergeCarts: lambda w: MergeCarts("a-token-of-a-guest", w.cart),
    CompleteCart: lambda w: CompleteCart(w.cart, w.confirmed, 4),
    ExpireCarts: lambda w: ExpireCarts(10),
    RemindOfCarts: lambda w: RemindOfCarts(10),
    GetCart: lambda w: GetCart(w.cart),
    ListCarts: lambda w: ListCarts(MemberId("ada"), CartId("z"), 10),
}
"""A message of every kind that succeeds in a fresh world, with every field filled in."""


def send(world: World, message: Message, by: Any = None) -> Any:
    """Have the shop carry out the command or answer the query, as itself unless somebody else asks."""
    actor = System() if by is None else by
    if isinstance(message, Query):
        return world.kit.shop.ask(message, by=actor)
    return world.kit.shop.handle(message, by=actor)


def named(kind: type[Any]) -> str:
    return kind.__name__


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))
