"""Who may send what: one row for every message of the shop, and nothing more is learnt from a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

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
    PublishProduct,
    UnpublishProduct,
)
from ecomcore.counting import (
    ApproveCount,
    CancelCount,
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
    BookCount,
    BookStock,
    ChangeLocation,
    CloseStockMonth,
    ConsumeStock,
    CorrectBeyondLimit,
    CorrectStock,
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
    ReceiveStock,
    ReleasePart,
    ReleaseStock,
    ReserveMore,
    ReserveStock,
    RestockOrder,
    ServeChannel,
    ServeQueue,
    SetStockRules,
    StripeStock,
    TakeOffer,
    TellWishes,
    TraceLot,
    WatchStock,
    WithdrawWish,
    WriteOffBeyondLimit,
    WriteOffStock,
)
from ecomcore.kernel.errors import DomainError, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Actor, Anonymous, Guest, Member, Permission, Staff, System, Who
from ecomcore.ordering import (
    AssignFulfilment,
    AuthorisePayment,
    CallOrderOff,
    CancelOrder,
    CancelUnits,
    CaptureOrder,
    CapturePayment,
    CheckPayment,
    ComparePayout,
    CompleteOrder,
    EditOrder,
    ExpireOrder,
    ExpireUnpaid,
    GetLinkedOrder,
    GetOrder,
    GetTimeline,
    HoldOrder,
    LetOrderGo,
    LinesToReorder,
    ListHeardNotices,
    ListOrders,
    MarkOrderShipped,
    NoteOnOrder,
    OpenPaymentLink,
    PayByLink,
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
    ScreenOrder,
    SearchOrders,
    SettleGroupOrder,
    ShowPrices,
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
)
from ecomcore.shipping import CancelShipments, DeliverShipment, ListShipments, PrepareShipment, ShipShipment
from ecomcore.supply import (
    CancelInbound,
    CloseInbound,
    ExpectInbound,
    GetInbound,
    ListInbound,
    ReceiveInbound,
    RescheduleInbound,
)
from ecomcore.transfers import (
    CancelTransfer,
    CloseTransfer,
    GetTransfer,
    ListTransfers,
    NoteTransferLots,
    ReceiveTransfer,
    RequestTransfer,
    ShipTransfer,
)
from ecomcore.wallet import (
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
)
from ecomcore.wire import Wire
from tests.edges.world import EXAMPLES, MESSAGES, World, a_world, named, send

Row = tuple[str, str, str, str, str, str, str]

#            anonymous guest     another   owner     staff     staff     the
#                                member              without   with      shop
ANYBODY: Row = ("done", "done", "done", "done", "done", "done", "done")
STAFF: Row = ("denied", "denied", "denied", "denied", "denied", "done", "done")
OWNER: Row = ("hidden", "hidden", "hidden", "done", "denied", "done", "done")
ONESELF: Row = ("denied", "denied", "denied", "done", "denied", "done", "done")
SHOP: Row = ("denied", "denied", "denied", "denied", "denied", "denied", "done")
SIGNING_IN: Row = ("denied", "denied", "hidden", "done", "denied", "done", "done")

TABLE: Mapping[type[Any], Row] = {
    AddCategory: STAFF,
    AddProduct: STAFF,
    AddProducts: STAFF,
    AddVariant: STAFF,
    ChangePrice: STAFF,
    ChangeTaxCategory: STAFF,
    LimitQuantity: STAFF,
    PublishProduct: STAFF,
    UnpublishProduct: STAFF,
    GetProduct: ANYBODY,
    ListProducts: ANYBODY,
    ListCategories: ANYBODY,
    OpenLocation: STAFF,
    ReceiveStock: STAFF,
    CorrectStock: STAFF,
    ReserveStock: SHOP,
    ReserveMore: SHOP,
    KeepStock: SHOP,
    ReleasePart: SHOP,
    ReleaseStock: SHOP,
    ConsumeStock: SHOP,
    ExpireReservations: SHOP,
    GetAvailability: ANYBODY,
    ListStock: STAFF,
    ListMovements: STAFF,
    ChangeLocation: STAFF,
    CorrectBeyondLimit: STAFF,
    DamageStock: STAFF,
    MendStock: STAFF,
    WriteOffStock: STAFF,
    WriteOffBeyondLimit: STAFF,
    BookCount: SHOP,
    BookStock: STAFF,
    SetStockRules: STAFF,
    StripeStock: STAFF,
    GradeStock: STAFF,
    WatchStock: SHOP,
    CloseStockMonth: STAFF,
    GetPromise: ANYBODY,
    ExplainSourcing: STAFF,
    ListLocationStock: STAFF,
    RestockOrder: STAFF,
    TraceLot: STAFF,
    GetReservation: STAFF,
    ListReservations: STAFF,
    ListExpiringLots: STAFF,
    ListDeadStock: STAFF,
    ListStockMonth: STAFF,
    ServeChannel: STAFF,
    GetChannelSupply: STAFF,
    DefineBundle: STAFF,
    DissolveBundle: STAFF,
    GetBundle: ANYBODY,
    DefineUnits: STAFF,
    GetUnits: ANYBODY,
    StartCount: STAFF,
    RecordCount: STAFF,
    FinishCount: STAFF,
    ApproveCount: STAFF,
    RejectCount: STAFF,
    CancelCount: STAFF,
    GetCount: STAFF,
    ListCountEntries: STAFF,
    ListCounts: STAFF,
    ListDueCounts: STAFF,
    ExpectInbound: STAFF,
    RescheduleInbound: STAFF,
    ReceiveInbound: STAFF,
    CloseInbound: STAFF,
    CancelInbound: STAFF,
    GetInbound: STAFF,
    ListInbound: STAFF,
    RequestTransfer: STAFF,
    ShipTransfer: STAFF,
    NoteTransferLots: SHOP,
    ReceiveTransfer: STAFF,
    CloseTransfer: STAFF,
    CancelTransfer: STAFF,
    GetTransfer: STAFF,
    ListTransfers: STAFF,
    JoinQueue: ONESELF,
    LeaveQueue: OWNER,
    ServeQueue: SHOP,
    TakeOffer: SHOP,
    LapseOffer: SHOP,
    AskForStock: ONESELF,
    WithdrawWish: ONESELF,
    TellWishes: SHOP,
    EraseWishes: STAFF,
    GetTicket: OWNER,
    ListQueue: STAFF,
    ListWishes: STAFF,
    PlaceOrder: ONESELF,
    RetryPayment: OWNER,
    OpenPaymentLink: OWNER,
    PayByLink: ANYBODY,
    CancelOrder: OWNER,
    CancelUnits: OWNER,
    EditOrder: STAFF,
    HoldOrder: STAFF,
    ReleaseHold: STAFF,
    NoteOnOrder: STAFF,
    ReaddressOrder: STAFF,
    AssignFulfilment: SHOP,
    ExpireUnpaid: SHOP,
    ExpireOrder: SHOP,
    MarkOrderShipped: SHOP,
    CompleteOrder: SHOP,
    LetOrderGo: SHOP,
    SettleGroupOrder: SHOP,
    CallOrderOff: SHOP,
    AuthorisePayment: SHOP,
    CapturePayment: SHOP,
    VoidPayment: SHOP,
    RefundPayment: SHOP,
    RecordAuthorisation: SHOP,
    RecordActionRequired: SHOP,
    RecordDecline: SHOP,
    RecordCapture: SHOP,
    RecordRefusal: SHOP,
    RecordVoid: SHOP,
    RecordRefund: SHOP,
    RecordStatus: SHOP,
    RecordRisk: SHOP,
    ScreenOrder: SHOP,
    CheckPayment: SHOP,
    ReconcilePayments: SHOP,
    ReceiveWebhook: ANYBODY,
    CaptureOrder: STAFF,
    RecordManualPayment: STAFF,
    RefundOrder: STAFF,
    QuoteCart: ANYBODY,
    QuoteCartAt: STAFF,
    ShowPrices: ANYBODY,
    GetOrder: OWNER,
    GetLinkedOrder: ANYBODY,
    GetTimeline: STAFF,
    LinesToReorder: OWNER,
    ComparePayout: STAFF,
    ListHeardNotices: STAFF,
    PreviewEdit: STAFF,
    SearchOrders: STAFF,
    ListOrders: ONESELF,
    PrepareShipment: SHOP,
    ShipShipment: STAFF,
    DeliverShipment: STAFF,
    CancelShipments: SHOP,
    ListShipments: STAFF,
    CreatePromotion: STAFF,
    ChangePromotion: STAFF,
    SchedulePromotion: STAFF,
    ApprovePromotion: STAFF,
    PausePromotion: STAFF,
    ResumePromotion: STAFF,
    ArchivePromotion: STAFF,
    PlanCampaign: STAFF,
    ChangeBudget: STAFF,
    AddCoupon: STAFF,
    WithdrawCoupon: STAFF,
    GenerateCoupons: STAFF,
    AssignCoupon: STAFF,
    WithdrawCode: STAFF,
    HoldBenefits: SHOP,
    ConfirmBenefits: SHOP,
    ReleaseBenefits: SHOP,
    CloseGroupBuys: SHOP,
    GetPromotion: STAFF,
    ListPromotions: STAFF,
    GetCampaign: STAFF,
    ListCodes: STAFF,
    GetCoupon: STAFF,
    GetGroupBuy: ANYBODY,
    IssueInvoice: STAFF,
    IssueCreditNote: STAFF,
    IssuePackingSlip: STAFF,
    GetDocument: OWNER,
    ListDocuments: OWNER,
    IssueGiftCard: STAFF,
    RenewGiftCard: STAFF,
    IssueCredit: STAFF,
    GivePoints: STAFF,
    EarnPoints: SHOP,
    AdjustAccount: STAFF,
    BlockAccount: STAFF,
    UnblockAccount: STAFF,
    CloseAccount: STAFF,
    HoldCredit: SHOP,
    SpendCredit: SHOP,
    ReleaseCredit: SHOP,
    RefundCredit: SHOP,
    ExpireCredit: SHOP,
    SavePaymentMethod: ONESELF,
    ForgetPaymentMethod: OWNER,
    ChooseDefaultMethod: OWNER,
    CheckGiftCard: ANYBODY,
    ShowGiftCard: STAFF,
    GetBalances: ONESELF,
    ListCreditEntries: OWNER,
    ListPaymentMethods: ONESELF,
    ListDeliveries: STAFF,
    SendAgain: STAFF,
    AddPriceList: STAFF,
    ChangePriceList: STAFF,
    EndPriceList: STAFF,
    SetPrices: STAFF,
    SetFloors: STAFF,
    NotePrices: SHOP,
    DefineTaxZone: STAFF,
    RemoveTaxZone: STAFF,
    DefineDelivery: STAFF,
    EndDelivery: STAFF,
    SetExchangeRates: STAFF,
    GetPriceList: STAFF,
    ListPriceLists: STAFF,
    GetPriceHistory: STAFF,
    ListTaxZones: STAFF,
    ListDeliveryMethods: ANYBODY,
    GetExchangeRate: STAFF,
    StartCart: ONESELF,
    PutInCart: OWNER,
    ChangeCartItem: OWNER,
    RemoveFromCart: OWNER,
    SaveForLater: OWNER,
    MoveToCart: OWNER,
    EnterCoupon: OWNER,
    RemoveCoupon: OWNER,
    ChooseDelivery: OWNER,
    ChooseDestination: OWNER,
    ChoosePayment: OWNER,
    LeaveEmail: OWNER,
    NoteOnCart: OWNER,
    MergeCarts: SIGNING_IN,
    CompleteCart: SHOP,
    ExpireCarts: SHOP,
    RemindOfCarts: SHOP,
    GetCart: OWNER,
    ListCarts: ONESELF,
}

ADA, BOB = Member(MemberId("ada")), Member(MemberId("bob"))
GUEST, OTHER_GUEST = Guest("a-secret-of-a-guest"), Guest("a-secret-of-another")
OWNED = [message for message, row in TABLE.items() if row is OWNER]


def actors(permission: Permission) -> tuple[Actor, ...]:
    """One of each column; the staff without it hold every other permission."""
    others = {message.permission.name for message in MESSAGES} - {permission.name}
    without, with_it = Staff("sam", others), Staff("sue", {permission.name})
    return Anonymous(), GUEST, BOB, ADA, without, with_it, System()


def outcome(world: World, message: Any, actor: Actor) -> str:
    try:
        send(world, message, actor)
    except PermissionDenied:
        return "denied"
    except NotFound:
        return "hidden"
    return "done"


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_a_message_is_open_to_those_whom_its_row_names(message: type[Any]) -> None:
    found = []
    for actor in actors(message.permission):
        world = a_world()
        found.append(outcome(world, EXAMPLES[message](world), actor))

    assert tuple(found) == TABLE[message]


def test_every_message_has_a_row_and_an_example() -> None:
    assert set(TABLE) == set(MESSAGES)
    assert set(EXAMPLES) == set(MESSAGES)


@pytest.mark.parametrize("message", MESSAGES, ids=named)
def test_every_message_declares_its_own_permission(message: type[Any]) -> None:
    assert isinstance(message.permission, Permission)
    room, _, verb = message.permission.name.partition(".")
    assert room in {room.name for room in ROOMS}
    assert verb


def test_every_message_that_an_owner_may_send_has_a_guard_and_no_other_has() -> None:
    guarded = {message for room in ROOMS for message in room.guards}

    assert guarded == {message for message in MESSAGES if message.permission.who is Who.OWNER}


@pytest.mark.parametrize("message", [m for m, row in TABLE.items() if row is SHOP], ids=named)
def test_what_only_the_shop_does_is_denied_even_to_staff_who_may_do_everything(message: type[Any]) -> None:
    world = a_world()

    assert outcome(world, EXAMPLES[message](world), Staff("boss", {"*"})) == "denied"


@pytest.mark.failure("F097")
@pytest.mark.parametrize("actor", [Anonymous(), GUEST, BOB], ids=["anonymous", "guest", "another member"])
@pytest.mark.parametrize("message", OWNED, ids=named)
def test_what_belongs_to_another_and_what_does_not_exist_are_refused_alike(message: type[Any], actor: Actor) -> None:
    world = a_world()
    foreign = EXAMPLES[message](world)
    name = next(each for each in ("cart", "document", "account", "saved", "ticket", "order") if hasattr(foreign, each))
    missing = evolve(foreign, **{name: "there-is-none"})

    with pytest.raises(DomainError) as of_another:
        send(world, foreign, actor)
    with pytest.raises(DomainError) as of_nobody:
        send(world, missing, actor)

    assert type(of_another.value) is type(of_nobody.value) is NotFound
    said, of_none = str(of_another.value), str(of_nobody.value)
    assert said.replace(getattr(foreign, name), "*") == of_none.replace("there-is-none", "*")


@pytest.mark.failure("F095")
@pytest.mark.parametrize("message", [PayByLink, GetLinkedOrder], ids=named)
def test_a_wrong_link_an_old_link_and_one_to_no_order_are_refused_alike(message: type[Any]) -> None:
    world = a_world()
    right = EXAMPLES[message](world)
    wrong = [evolve(right, secret=guess) for guess in ("a-secret-of-another-link", "")]
    wrong += [evolve(right, order=order) for order in (world.confirmed, "there-is-none")]

    said = [refusal_of(world, each) for each in wrong]
    world.kit.clock.tick(timedelta(days=366))
    said.append(refusal_of(world, right))

    assert said == ["Order '*' was not found"] * len(said)


def refusal_of(world: World, message: PayByLink | GetLinkedOrder) -> str:
    """What anybody is told, without the order's id."""
    with pytest.raises(NotFound) as refusal:
        send(world, message, Anonymous())
    return str(refusal.value).replace(message.order, "*")


@pytest.mark.failure("F094")
@pytest.mark.failure("F120")
def test_an_order_number_alone_opens_no_order() -> None:
    world = a_world()
    order = world.kit.buy(by=world.kit.shop.desk(GUEST))

    with pytest.raises(NotFound):
        world.kit.shop.ask(GetOrder(order))


def test_a_guest_sees_and_cancels_their_order_by_their_token_and_by_no_other() -> None:
    world = a_world()
    order = world.kit.buy(by=world.kit.shop.desk(GUEST))

    assert outcome(world, GetOrder(order), OTHER_GUEST) == "hidden"
    assert outcome(world, CancelOrder(order), OTHER_GUEST) == "hidden"
    assert outcome(world, GetOrder(order), GUEST) == "done"
    assert outcome(world, CancelOrder(order), GUEST) == "done"


def test_a_guest_orders_for_themselves_and_lists_only_their_own() -> None:
    world = a_world()
    order = world.kit.buy(by=world.kit.shop.desk(GUEST))

    assert [view.id for view in send(world, ListOrders(), GUEST)] == [order]
    assert send(world, ListOrders(), OTHER_GUEST) == ()


def test_whoever_is_nobody_can_order_nothing() -> None:
    world = a_world()

    assert outcome(
        world, PlaceOrder(world.kit.cart(), world.kit.order_for(world.kit.cart()).accepted), Anonymous()
    ) == ("denied")


@pytest.mark.failure("F095")
@pytest.mark.parametrize("token", ["", "0", "null", None, 0, "short", "é" * 20, "x" * 300])
def test_a_guest_without_a_proper_secret_is_nobody_and_the_secret_is_not_shown(token: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        Guest(token)

    assert refusal.value.field == "token"
    assert refusal.value.value == "(hidden)"


@pytest.mark.failure("F100")
@pytest.mark.parametrize("field", ["state", "buyer", "total", "discount", "captured", "permission", "channel", "id"])
def test_a_buyer_cannot_set_what_an_order_decides_itself(field: str) -> None:
    wire = Wire(ROOMS)
    sent = '{"lines":[{"variant":"a","quantity":1}],"accepted":{"minor":1,"currency":"EUR"},"%s":"completed"}'

    with pytest.raises(Invalid) as refusal:
        wire.load("PlaceOrder", sent % field)

    assert refusal.value.field == field


@pytest.mark.failure("F100")
def test_a_cart_line_names_no_price() -> None:
    sent = '{"lines":[{"variant":"a","quantity":1,"price":0}],"accepted":{"minor":1,"currency":"EUR"}}'

    with pytest.raises(Invalid) as refusal:
        Wire(ROOMS).load("PlaceOrder", sent)

    assert refusal.value.field == "lines[0].price"


def test_what_is_not_on_sale_is_found_only_by_those_who_keep_the_catalogue() -> None:
    world = a_world()

    seen = [outcome(world, GetProduct(world.draft), actor) for actor in actors(PublishProduct.permission)]

    assert seen == ["hidden", "hidden", "hidden", "hidden", "hidden", "done", "done"]


def test_a_refusal_names_the_permission_that_is_missing() -> None:
    world = a_world()

    with pytest.raises(PermissionDenied) as refusal:
        send(world, EXAMPLES[ChangePrice](world), ADA)

    assert (
        str(refusal.value) == "this needs the permission catalog.change_price, which the actor (member) does not have"
    )
