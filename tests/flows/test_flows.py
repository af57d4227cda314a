"""The index of the system's behaviour: complete, well-typed, and each policy a pure function."""

import inspect
from collections.abc import Iterator
from datetime import timedelta
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from attrs import evolve

from ecomcore.bootstrap import ROOMS
from ecomcore.carts import CompleteCart
from ecomcore.catalog import Categories, Category, PriceChanged, Products, ProductState
from ecomcore.counting import RecordCount
from ecomcore.flows import POLICIES, CatalogOffers, Policy, Shelf, benefits, money, order_to_delivery, rewards
from ecomcore.inventory import (
    ConsumeStock,
    KeepStock,
    MoreStockReserved,
    ReleasePart,
    ReleaseStock,
    ReservationExpired,
    ReservedLine,
    ReserveMore,
    ReserveStock,
    StockLine,
    StockPartReleased,
    StockReserved,
)
from ecomcore.kernel.ids import (
    AccountId,
    CartId,
    CategoryId,
    LocationId,
    MemberId,
    OrderId,
    PaymentId,
    ProductId,
    PromotionId,
    ReservationId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.messages import Command, Errand, Event, Who
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import (
    CREDIT,
    MANUAL,
    AssignFulfilment,
    AuthorisePayment,
    CapturePayment,
    CartLine,
    CheckPayment,
    CompleteOrder,
    ExpireOrder,
    FulfilmentChanged,
    FulfilmentGroup,
    HoldKind,
    HoldReleased,
    MarkOrderShipped,
    Means,
    Offer,
    OrderAmended,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderCovered,
    OrderPartlyShipped,
    OrderPlaced,
    OrderRefunded,
    OrderShipped,
    PaymentArrivedLate,
    PaymentAuthorised,
    PaymentRequested,
    PaymentsDue,
    PaymentUnsettled,
    RecordAuthorisation,
    RecordCapture,
    RecordManualPayment,
    RecordRefund,
    RecordVoid,
    RefundPayment,
    Reversal,
    RiskQuestion,
    ScreeningRequested,
    ScreenOrder,
    SettleGroupOrder,
    Source,
    VoidPayment,
)
from ecomcore.pricing import NotedPrice, NotePrices
from ecomcore.promotions import ConfirmBenefits, GroupBuyFailed, GroupBuySucceeded, HoldBenefits, ReleaseBenefits
from ecomcore.quoting import Take
from ecomcore.shipping import CancelShipments, PrepareShipment, ShipmentDelivered, ShipmentLine, ShipmentShipped
from ecomcore.testing import NOON, a_category, a_price, a_product, a_variant, euros
from ecomcore.wallet import (
    CreditHeld,
    CreditRefunded,
    CreditReleased,
    CreditSpent,
    EarnPoints,
    HoldCredit,
    IssueCredit,
    RefundCredit,
    ReleaseCredit,
    SpendCredit,
)
from tests.flows.rules_of_stock import NAMES, RULES_OF_STOCK

ORDER, PAYMENT, PARCEL = OrderId("order"), PaymentId("p1"), ShipmentId("parcel")
TEA, MAIN = VariantId("tea"), LocationId("main")
SOON = NOON + timedelta(minutes=30)
TEN = euros(10_00)
LET_GO = Reversal(PAYMENT, "auth", TEN, refund=False, request="intent")
GIVE_BACK = Reversal(PAYMENT, "auth", TEN, refund=True, request="intent")
ACCOUNT, POT = AccountId("account"), VariantId("pot")
HELD = Reversal(PAYMENT, ACCOUNT, TEN, refund=False, method=CREDIT, request="intent")
GROUPS = (FulfilmentGroup(MAIN, None, (CartLine(TEA, 2),)), FulfilmentGroup(None, "bob", (CartLine(TEA, 1),)))
QUESTION = RiskQuestion(ORDER, "member:ada", None, "web", TEN, 1, "DE", 0, euros(0), 0, True, False)
SALE = PromotionId("sale")
TAKE = Take(SALE, 1, TEN)
OTHER = OrderId("other")

TAKEN: list[tuple[tuple[Reversal, ...], list[Command[Any]]]] = [
    ((), []),
    ((LET_GO,), [CapturePayment(ORDER, PAYMENT, TEN, "auth", request="intent")]),
    ((HELD,), [SpendCredit(ACCOUNT, PAYMENT, ORDER, TEN, "intent")]),
]
SENT_BACK: list[tuple[tuple[Reversal, ...], list[Command[Any]]]] = [
    ((), []),
    (
        (LET_GO, GIVE_BACK),
        [
            VoidPayment(ORDER, PAYMENT, TEN, "auth", request="intent"),
            RefundPayment(ORDER, PAYMENT, TEN, "auth", request="intent"),
        ],
    ),
    (
        (HELD, evolve(HELD, refund=True)),
        [ReleaseCredit(ACCOUNT, PAYMENT, ORDER, TEN, "intent"), RefundCredit(ACCOUNT, PAYMENT, ORDER, TEN, "intent")],
    ),
    ((evolve(GIVE_BACK, method=MANUAL),), []),
]

RULES: list[tuple[Policy, Event, list[Command[Any]]]] = [
    (
        order_to_delivery.reserve_the_stock,
        OrderPlaced(ORDER, "member:ada", (CartLine(TEA, 2),), TEN, MAIN, SOON),
        [ReserveStock(ORDER, (StockLine(TEA, 2),), MAIN, SOON, owner="member:ada")],
    ),
    (
        order_to_delivery.complete_the_cart,
        OrderPlaced(ORDER, "member:ada", (), TEN, MAIN, SOON, cart=CartId("cart"), cart_version=3),
        [CompleteCart(CartId("cart"), ORDER, 3)],
    ),
    (order_to_delivery.complete_the_cart, OrderPlaced(ORDER, "member:ada", (), TEN, MAIN, SOON), []),
    (
        order_to_delivery.assign_the_fulfilment,
        StockReserved(ReservationId(ORDER), ORDER, (ReservedLine(TEA, MAIN, 2),), SOON),
        [AssignFulfilment(ORDER, (Source(TEA, MAIN, 2),))],
    ),
    (order_to_delivery.assign_the_fulfilment, StockReserved(ReservationId(ORDER), ORDER, (), SOON), []),
    (
        order_to_delivery.assign_the_fulfilment,
        MoreStockReserved(ReservationId(ORDER), ORDER, (ReservedLine(TEA, MAIN, 2),)),
        [AssignFulfilment(ORDER, (Source(TEA, MAIN, 2),))],
    ),
    (
        order_to_delivery.take_from_the_fulfilment,
        StockPartReleased(ReservationId(ORDER), ORDER, (ReservedLine(TEA, MAIN, 2),)),
        [AssignFulfilment(ORDER, (Source(TEA, MAIN, 2),), gone=True)],
    ),
    (
        money.request_the_payment,
        PaymentRequested(ORDER, PAYMENT, TEN, "card"),
        [AuthorisePayment(ORDER, PAYMENT, TEN, "card")],
    ),
    (
        money.request_the_payment,
        PaymentRequested(ORDER, PAYMENT, TEN, "", CREDIT, ACCOUNT),
        [HoldCredit(ACCOUNT, PAYMENT, ORDER, TEN)],
    ),
    (
        money.screen_the_order,
        ScreeningRequested(ORDER, QUESTION, "card", "stripe", True),
        [ScreenOrder(ORDER, QUESTION, "card", "stripe", True)],
    ),
    (
        money.capture_at_once,
        PaymentAuthorised(ORDER, PAYMENT, TEN, "auth", capture=euros(6_00), request="intent"),
        [CapturePayment(ORDER, PAYMENT, euros(6_00), "auth", request="intent")],
    ),
    (money.capture_at_once, PaymentAuthorised(ORDER, PAYMENT, TEN, "auth", capture=None), []),
    (
        money.capture_at_once,
        PaymentAuthorised(ORDER, PAYMENT, TEN, ACCOUNT, capture=TEN, method=CREDIT, request="intent"),
        [SpendCredit(ACCOUNT, PAYMENT, ORDER, TEN, "intent")],
    ),
    (
        money.record_that_credit_is_held,
        CreditHeld(ACCOUNT, PAYMENT, ORDER, TEN, 10_00),
        [RecordAuthorisation(ORDER, PAYMENT, TEN, ACCOUNT)],
    ),
    (
        money.record_that_credit_is_spent,
        CreditSpent(ACCOUNT, PAYMENT, ORDER, TEN, 10_00, "spent"),
        [RecordCapture(ORDER, PAYMENT, TEN, "spent", request="spent")],
    ),
    (
        money.record_that_credit_is_released,
        CreditReleased(ACCOUNT, PAYMENT, ORDER, TEN, 10_00, "released"),
        [RecordVoid(ORDER, PAYMENT, TEN, "released", request="released")],
    ),
    (
        money.record_that_credit_is_refunded,
        CreditRefunded(ACCOUNT, PAYMENT, ORDER, TEN, 10_00, "refunded"),
        [RecordRefund(ORDER, PAYMENT, TEN, "refunded", request="refunded")],
    ),
    (
        money.ask_what_became_of_the_payment,
        PaymentUnsettled(ORDER, PAYMENT, TEN, "auth", "stripe"),
        [CheckPayment(ORDER, PAYMENT, TEN, "auth", "stripe")],
    ),
    (
        order_to_delivery.keep_the_stock,
        OrderConfirmed(ORDER, (CartLine(TEA, 2),)),
        [KeepStock(ORDER, lines=(StockLine(TEA, 2),))],
    ),
    (order_to_delivery.keep_the_stock_for_now, OrderCovered(ORDER, SOON, redeems=False), [KeepStock(ORDER, SOON)]),
    (order_to_delivery.keep_the_stock_for_now, OrderCovered(ORDER, None, redeems=True), [KeepStock(ORDER)]),
    (
        order_to_delivery.prepare_the_shipments,
        OrderConfirmed(ORDER, (CartLine(TEA, 2),), groups=GROUPS),
        [
            PrepareShipment(ORDER, (ShipmentLine(TEA, 2),), MAIN, None),
            PrepareShipment(ORDER, (ShipmentLine(TEA, 1),), None, "bob"),
        ],
    ),
    (
        order_to_delivery.prepare_the_shipments_anew,
        FulfilmentChanged(ORDER, GROUPS[:1]),
        [CancelShipments(ORDER, prepared_only=True), PrepareShipment(ORDER, (ShipmentLine(TEA, 2),), MAIN, None)],
    ),
    (
        order_to_delivery.change_the_stock,
        OrderAmended(ORDER, "", TEN, TEN, (CartLine(TEA, 2),), (CartLine(POT, 1),), (), MAIN),
        [ReserveMore(ORDER, (StockLine(POT, 1),), MAIN), ReleasePart(ORDER, (StockLine(TEA, 2),))],
    ),
    (order_to_delivery.change_the_stock, OrderAmended(ORDER, "", TEN, TEN, (), (), ()), []),
    (order_to_delivery.consume_the_stock, ShipmentShipped(PARCEL, ORDER, ""), [ConsumeStock(ORDER, PARCEL)]),
    (
        order_to_delivery.consume_the_stock,
        ShipmentShipped(PARCEL, ORDER, "", (ShipmentLine(TEA, 2),), MAIN),
        [ConsumeStock(ORDER, PARCEL, (ReservedLine(TEA, MAIN, 2),))],
    ),
    (
        order_to_delivery.mark_the_order_shipped,
        ShipmentShipped(PARCEL, ORDER, "", (ShipmentLine(TEA, 2),), MAIN),
        [MarkOrderShipped(ORDER, PARCEL, (CartLine(TEA, 2),), MAIN)],
    ),
    *[
        (money.capture_what_was_promised, event, commands)
        for captures, commands in TAKEN
        for event in (
            OrderShipped(ORDER, captures),
            OrderPartlyShipped(ORDER, PARCEL, captures),
            HoldReleased(ORDER, HoldKind.MANUAL, "", captures),
            PaymentsDue(ORDER, captures),
        )
    ],
    (order_to_delivery.complete_the_order, ShipmentDelivered(PARCEL, ORDER), [CompleteOrder(ORDER, PARCEL)]),
    (
        rewards.give_the_points,
        OrderCompleted(ORDER, "member:ada", euros(20_00), 2),
        [EarnPoints(MemberId("ada"), ORDER, euros(20_00), 2)],
    ),
    (
        order_to_delivery.cancel_what_nobody_paid_in_time,
        ReservationExpired(ReservationId(ORDER), ORDER),
        [ExpireOrder(ORDER)],
    ),
    (order_to_delivery.release_the_stock, OrderCancelled(ORDER, "", ()), [ReleaseStock(ORDER)]),
    (order_to_delivery.cancel_the_shipments, OrderCancelled(ORDER, "", ()), [CancelShipments(ORDER)]),
    *[
        (money.give_the_money_back, event, commands)
        for back, commands in SENT_BACK
        for event in (
            OrderCancelled(ORDER, "", back),
            PaymentArrivedLate(ORDER, back),
            OrderAmended(ORDER, "", TEN, TEN, (), (), back),
            OrderRefunded(ORDER, "member:ada", TEN, Means.ORIGINAL, "", "", back),
        )
    ],
    (
        money.give_credit_instead,
        OrderRefunded(ORDER, "member:ada", TEN, Means.STORE_CREDIT, "late", "r1"),
        [IssueCredit(TEN, "late", owner="member:ada", reference="order:r1")],
    ),
    (money.give_credit_instead, OrderRefunded(ORDER, "member:ada", TEN, Means.MANUAL, "late", "r1"), []),
    (
        benefits.hold_the_benefits,
        OrderPlaced(ORDER, "guest:1", (CartLine(TEA, 2),), TEN, MAIN, SOON, "mail:1", (TAKE,)),
        [HoldBenefits(ORDER, "mail:1", (TAKE,))],
    ),
    (benefits.hold_the_benefits, OrderPlaced(ORDER, "guest:1", (CartLine(TEA, 2),), TEN, MAIN, SOON), []),
    (benefits.confirm_the_benefits, OrderConfirmed(ORDER, (), redeems=True), [ConfirmBenefits(ORDER)]),
    (benefits.confirm_the_benefits, OrderConfirmed(ORDER, (), redeems=False), []),
    (benefits.confirm_the_benefits, OrderCovered(ORDER, SOON, redeems=True), [ConfirmBenefits(ORDER)]),
    (benefits.confirm_the_benefits, OrderCovered(ORDER, SOON, redeems=False), []),
    (benefits.release_the_benefits, OrderCancelled(ORDER, "", (), redeems=True), [ReleaseBenefits(ORDER)]),
    (benefits.release_the_benefits, OrderCancelled(ORDER, "", (), redeems=False), []),
    (
        benefits.let_the_orders_go,
        GroupBuySucceeded(SALE, (ORDER, OTHER)),
        [SettleGroupOrder(ORDER, SALE, True), SettleGroupOrder(OTHER, SALE, True)],
    ),
    (
        benefits.call_the_orders_off,
        GroupBuyFailed(SALE, (ORDER, OTHER)),
        [SettleGroupOrder(each, SALE, False) for each in (ORDER, OTHER)],
    ),
    (
        benefits.note_the_price,
        PriceChanged(ProductId("tea"), TEA, a_price(10_00), a_price(9_00)),
        [NotePrices((NotedPrice(TEA, a_price(10_00), a_price(9_00)),))],
    ),
    *RULES_OF_STOCK,
]


@pytest.mark.parametrize(("policy", "event", "commands"), RULES, ids=lambda value: getattr(value, "__name__", None))
def test_what_follows_from_what(policy: Policy, event: Event, commands: list[Command[Any]]) -> None:
    assert list(policy(event)) == commands


@pytest.mark.parametrize(("policy", "event", "commands"), RULES, ids=lambda value: getattr(value, "__name__", None))
def test_a_policy_asked_twice_says_the_same(policy: Policy, event: Event, commands: list[Command[Any]]) -> None:
    assert list(policy(event)) == list(policy(event))


def pairs() -> list[tuple[type[Event], Policy]]:
    return [(event, policy) for event, policies in POLICIES.items() for policy in policies]


def test_every_policy_of_the_index_has_its_rule_here() -> None:
    told = {(type(event), policy) for policy, event, _ in RULES}

    assert told == set(pairs())


def test_every_policy_of_the_flows_is_in_the_index() -> None:
    assert {policy.__name__ for _, policy in pairs()} == {
        *NAMES,
        *money.__all__,
        *benefits.__all__,
    }


@pytest.mark.parametrize(("event", "policy"), pairs())
def test_a_policy_is_registered_for_the_event_it_takes(event: type[Event], policy: Policy) -> None:
    (parameter,) = list(inspect.signature(policy).parameters)
    taken = get_type_hints(policy)[parameter]

    assert event in (get_args(taken) if get_origin(taken) is UnionType else (taken,))


@pytest.mark.parametrize(("event", "policy"), pairs())
def test_a_policy_takes_no_event_it_is_not_registered_for(event: type[Event], policy: Policy) -> None:
    (parameter,) = list(inspect.signature(policy).parameters)
    taken = get_type_hints(policy)[parameter]

    for each in get_args(taken) or (taken,):
        assert policy in POLICIES[each]


def told_in_the_rooms() -> Iterator[type[Event]]:
    for room in ROOMS:
        yield from room.events


def test_the_index_knows_only_events_that_some_room_tells() -> None:
    assert set(POLICIES) <= set(told_in_the_rooms())


def test_every_command_that_follows_has_one_who_decides_and_every_errand_a_courier() -> None:
    deciders = {message for room in ROOMS for message in room.deciders}
    couriers = {message for room in ROOMS for message in room.couriers}

    for _, _, commands in RULES:
        for command in commands:
            assert type(command) in (couriers if isinstance(command, Errand) else deciders)


def test_every_errand_of_every_room_has_its_courier() -> None:
    errands = {message for room in ROOMS for message in room.couriers}

    assert errands == {
        AuthorisePayment,
        CapturePayment,
        VoidPayment,
        RefundPayment,
        CheckPayment,
        ScreenOrder,
        SettleGroupOrder,
    }
    assert all(issubclass(errand, Errand) for errand in errands)


def test_no_errand_and_no_answer_of_a_provider_is_for_anybody_but_the_shop() -> None:
    for room in ROOMS:
        for message in (*room.couriers, *(each for each in room.deciders if each.__name__.startswith("Record"))):
            by_staff = message in (RecordManualPayment, RecordCount)  # what no provider tells of
            assert message.permission.who is (Who.STAFF if by_staff else Who.SYSTEM)


# The questions -----------------------------------------------------------------------------------------------------


class Store:
    """A catalogue in memory, and what answers from it."""

    def __init__(self) -> None:
        work = MemoryPersistence().begin()
        self.products: Products = work.repository(Products)
        self.categories: Categories = work.repository(Categories)
        self.answers = CatalogOffers(self.products, self.categories, Shelf())

    def offers(self, *variants: str) -> dict[VariantId, Offer]:
        return dict(self.answers.of([VariantId(each) for each in variants], "web", NOON))

    def add_category(self, id: str, parent: Category | None = None) -> Category:
        category = a_category(id, parent=parent)
        self.categories.save(category)
        return category


def offers(state: ProductState) -> dict[VariantId, Offer]:
    """What the catalogue answers about a product in this state."""
    store = Store()
    variants = (a_variant("small", price=a_price(5_00)), a_variant("large", name="large", price=a_price(9_00)))
    store.products.save(a_product("p", name="Tea", variants=variants, state=state))

    return store.offers("large", "small", "other")


def test_the_catalogue_offers_what_is_published_at_its_price() -> None:
    assert offers(ProductState.PUBLISHED) == {
        "small": Offer(VariantId("small"), "SKU-small", "Tea", a_price(5_00), ProductId("p")),
        "large": Offer(VariantId("large"), "SKU-large", "Tea large", a_price(9_00), ProductId("p")),
    }


@pytest.mark.parametrize("state", [ProductState.DRAFT, ProductState.UNPUBLISHED])
def test_the_catalogue_offers_nothing_that_is_not_published(state: ProductState) -> None:
    assert offers(state) == {}


def test_an_offer_says_how_it_is_taxed_and_all_categories_it_is_in() -> None:
    store = Store()
    green = store.add_category("green", store.add_category("tea", store.add_category("drinks")))
    product = a_product(category=green.id, variants=(a_variant("sencha"),), state=ProductState.PUBLISHED)
    store.products.save(product.having(tax_category="food"))

    offer = store.offers("sencha")[VariantId("sencha")]

    assert offer.tax_category == "food"
    assert offer.categories == ("green", "tea", "drinks")


def test_where_a_category_stands_is_read_once() -> None:
    shelf, work = Shelf(), MemoryPersistence().begin()
    products: Products = work.repository(Products)
    categories: Categories = work.repository(Categories)
    categories.save(a_category("tea"))
    variants = (a_variant("sencha"),)
    products.save(a_product(category="tea", variants=variants, state=ProductState.PUBLISHED))
    CatalogOffers(products, categories, shelf).of([VariantId("sencha")], "web", NOON)
    empty: Categories = MemoryPersistence().begin().repository(Categories)

    again = CatalogOffers(products, empty, shelf).of([VariantId("sencha")], "web", NOON)

    assert again[VariantId("sencha")].categories == (CategoryId("tea"),)
