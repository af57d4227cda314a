"""What keeps an order here: holds of staff, of a dispute, of an address, and the question whether it can be trusted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from ecomcore import Desk
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import GetAvailability
from ecomcore.kernel.address import Address
from ecomcore.kernel.errors import IllegalTransition, Invalid, PortUnavailable
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.text import Personal
from ecomcore.memory import Fault
from ecomcore.ordering import (
    Accept,
    CancelOrder,
    Capture,
    CartLine,
    EntryKind,
    GetOrder,
    GetTimeline,
    HoldKind,
    HoldOrder,
    HoldReleased,
    NoRiskCheck,
    OnHold,
    Order,
    OrderCovered,
    OrderHeld,
    OrderingPolicy,
    OrderState,
    PlaceOrder,
    ReaddressOrder,
    RecordRisk,
    Refuse,
    ReleaseHold,
    RetryPayment,
    Review,
    RiskAnswer,
    RiskCheck,
    RiskQuestion,
    RiskVerdict,
    Tender,
    TenderKind,
    VelocityRules,
)
from ecomcore.shipping import ListShipments
from ecomcore.testing import NOON, ShopKit, a_shop, an_order, euros
from ecomcore.wallet import IssueCredit
from tests.support.refusals import refused

ID, PAYMENT, TEN = OrderId("order"), PaymentId("p1"), euros(10_00)
CARD = "card"
PLACED_OR_CONFIRMED = (OrderState.PLACED, OrderState.CONFIRMED)


def an_address(country: str = "DE", city: str = "Berlin") -> Address:
    return Address(
        recipient=Personal("Ada"),
        lines=(Personal("Street 1"),),
        city=Personal(city),
        postcode=Personal("10115"),
        country=country,
    )


def promised(order: Order) -> Order:
    return order.request_payment(PAYMENT, "", NOON).authorise(PAYMENT, order.total, "auth", NOON)


# Holds -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HoldKind)
def test_a_hold_of_any_kind_keeps_the_goods_here_until_it_is_released(kind: HoldKind) -> None:
    held = promised(an_order()).hold(kind, "look at it", "sam", NOON)
    assert held.news[-1] == OrderHeld(ID, kind, "look at it")

    with refused(OnHold(ID, (kind,))):
        held.ship(NOON)

    released = held.release(kind, "all is well", NOON)
    assert released.news[-1] == HoldReleased(ID, kind, "all is well", ())
    assert released.ship(NOON).state is OrderState.SHIPPED


@pytest.mark.parametrize("kind", HoldKind)
def test_an_order_that_is_held_before_it_is_paid_is_confirmed_by_its_release(kind: HoldKind) -> None:
    held = promised(an_order().hold(kind, "look at it", "sam", NOON))

    assert held.state is OrderState.PLACED
    assert held.news[-1] == OrderCovered(ID, None, redeems=False), "its stock is kept meanwhile"
    assert held.release(kind, "", NOON).state is OrderState.CONFIRMED


def test_there_is_one_hold_of_a_kind_and_the_first_stays() -> None:
    held = an_order().hold(HoldKind.MANUAL, "first", "sam", NOON)

    assert held.hold(HoldKind.MANUAL, "second", "pat", NOON) is held
    assert [hold.reason for hold in held.holds] == ["first"]


def test_of_two_holds_both_must_be_released() -> None:
    held = promised(an_order()).hold(HoldKind.FRAUD, "", "sam", NOON).hold(HoldKind.ADDRESS, "", "sam", NOON)

    once = held.release(HoldKind.FRAUD, "", NOON)

    with refused(OnHold(ID, (HoldKind.ADDRESS,))):
        once.ship(NOON)
    assert once.release(HoldKind.ADDRESS, "", NOON).ship(NOON).state is OrderState.SHIPPED


def test_releasing_what_does_not_hold_changes_nothing() -> None:
    for order in (an_order(), an_order().hold(HoldKind.MANUAL, "", "sam", NOON).cancel("no", NOON)):
        assert order.release(HoldKind.MANUAL, "", NOON) is order
    fraud = an_order().hold(HoldKind.FRAUD, "", "sam", NOON)
    assert fraud.release(HoldKind.MANUAL, "", NOON) is fraud


@pytest.mark.parametrize("state", [OrderState.SHIPPED, OrderState.COMPLETED, OrderState.CANCELLED])
def test_what_has_left_or_is_off_is_not_held(state: OrderState) -> None:
    with refused(IllegalTransition("order", "hold", state, PLACED_OR_CONFIRMED)):
        an_order(state=state).hold(HoldKind.MANUAL, "", "sam", NOON)


def test_a_held_order_can_be_called_off_and_its_money_goes_back() -> None:
    off = promised(an_order()).hold(HoldKind.FRAUD, "", "sam", NOON).cancel("fraud", NOON)

    assert off.ledger.sum(EntryKind.VOID_REQUESTED) == TEN


def test_where_money_is_taken_at_once_it_waits_for_the_release_of_the_last_hold() -> None:
    held = promised(
        an_order(capture=Capture.AT_ONCE).hold(HoldKind.FRAUD, "", "sam", NOON).hold(HoldKind.MANUAL, "", "sam", NOON)
    )
    assert held.ledger.sum(EntryKind.CAPTURE_REQUESTED) == euros(0)

    once = held.release(HoldKind.FRAUD, "", NOON)
    both = once.release(HoldKind.MANUAL, "", NOON)

    assert once.ledger.sum(EntryKind.CAPTURE_REQUESTED) == euros(0)
    assert both.ledger.sum(EntryKind.CAPTURE_REQUESTED) == TEN
    assert [[each.amount for each in told.captures] for told in both.news if isinstance(told, HoldReleased)] == [
        [],
        [TEN],
    ]


@pytest.mark.parametrize("capture", [Capture.AT_SHIPPING, Capture.BY_HAND])
def test_a_release_takes_no_money_where_it_is_not_taken_at_once(capture: Capture) -> None:
    held = promised(an_order(capture=capture).hold(HoldKind.MANUAL, "", "sam", NOON))

    assert held.release(HoldKind.MANUAL, "", NOON).ledger == held.ledger


def test_staff_hold_and_release_and_the_shop_goes_on_from_where_it_was() -> None:
    kit = a_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy()
    kit.staff.handle(HoldOrder(order, HoldKind.MANUAL, "wait for the boss"))
    kit.member.handle(RetryPayment(order, CARD))
    assert (kit.view(order).state, kit.view(order).holds) == (OrderState.PLACED, (HoldKind.MANUAL,))
    assert kit.view(order).captured == euros(0)

    kit.staff.handle(ReleaseHold(order, HoldKind.MANUAL, "the boss agrees"))

    assert (kit.view(order).state, kit.view(order).captured) == (OrderState.CONFIRMED, TEN)
    assert len(kit.staff.ask(ListShipments(order))) == 1
    assert kit.shop.audit() == []


def test_a_parcel_of_a_held_order_does_not_leave() -> None:
    kit = a_shop()
    order = kit.buy()
    kit.staff.handle(HoldOrder(order, HoldKind.FRAUD, "stolen card?"))

    with refused(OnHold(order, (HoldKind.FRAUD,))):
        kit.ship(order)

    assert kit.view(order).captured == euros(0)
    assert kit.shop.audit() == []


# Addresses ---------------------------------------------------------------------------------------------------------


def test_another_address_releases_the_hold_of_the_address_and_no_other() -> None:
    kit = a_shop()
    order = kit.member.handle(evolve(kit.order_for(kit.cart()), ship_to=an_address(city="Nowhere")))
    kit.staff.handle(HoldOrder(order, HoldKind.ADDRESS, "there is no such city"))
    kit.staff.handle(HoldOrder(order, HoldKind.MANUAL, "and it is Sunday"))

    kit.staff.handle(ReaddressOrder(order, an_address()))

    assert kit.view(order).holds == (HoldKind.MANUAL,)
    assert kit.view(order).ship_to == an_address()


def test_an_order_does_not_go_to_another_country_than_its_tax_was_computed_for() -> None:
    kit = a_shop()
    order = kit.member.handle(evolve(kit.order_for(kit.cart()), ship_to=an_address()))

    with refused(Invalid("ship_to", "FR", "an address in DE, for which the tax was computed")):
        kit.staff.handle(ReaddressOrder(order, an_address("FR")))


@pytest.mark.parametrize("state", [OrderState.SHIPPED, OrderState.COMPLETED, OrderState.CANCELLED])
def test_what_has_left_or_is_off_goes_nowhere_else(state: OrderState) -> None:
    with refused(IllegalTransition("order", "readdress", state, PLACED_OR_CONFIRMED)):
        an_order(state=state).readdress(an_address())


# The risk check ----------------------------------------------------------------------------------------------------


class Judge(RiskCheck):
    """Answers what it is told to, and keeps what it was asked."""

    def __init__(self, answer: RiskAnswer) -> None:
        self.answer = answer
        self.down = False
        self.asked: list[RiskQuestion] = []

    def score(self, question: RiskQuestion) -> RiskAnswer:
        self.asked.append(question)
        if self.down:
            raise PortUnavailable("the judge sleeps")
        return self.answer


def a_judged_shop(check: RiskCheck, capture: Capture = Capture.AT_SHIPPING) -> ShopKit:
    return a_shop(risk_check=check, ordering_policy=OrderingPolicy(capture=capture))


def asked_for_money(kit: ShopKit) -> list[str]:
    return [operation for operation, _ in kit.gateway.effects]


def test_an_order_that_is_accepted_is_paid_with_what_the_buyer_gave() -> None:
    kit = a_judged_shop(Judge(Accept()))

    order = kit.buy(token=CARD)

    assert kit.view(order).state is OrderState.CONFIRMED
    assert [request.token for _, request in kit.gateway.effects] == [CARD]


def test_until_the_check_has_answered_nobody_is_asked_for_money() -> None:
    judge = Judge(Accept())
    judge.down = True
    kit = a_judged_shop(judge)

    order = kit.buy()
    assert (kit.view(order).state, asked_for_money(kit)) == (OrderState.PLACED, [])

    judge.down = False
    kit.settle()
    assert (kit.view(order).state, asked_for_money(kit)) == (OrderState.CONFIRMED, ["authorise"])


@pytest.mark.parametrize("capture", [Capture.AT_ONCE, Capture.AT_SHIPPING])
def test_an_order_under_review_is_paid_for_and_kept_until_somebody_has_looked(capture: Capture) -> None:
    kit = a_judged_shop(Judge(Review(("odd", "very odd"))), capture)

    order = kit.buy()
    assert kit.view(order).holds == (HoldKind.FRAUD,)
    assert (kit.view(order).state, asked_for_money(kit)) == (OrderState.PLACED, ["authorise"])

    kit.staff.handle(ReleaseHold(order, HoldKind.FRAUD, "they are known"))
    kit.ship(order)
    assert (kit.view(order).state, kit.view(order).captured) == (OrderState.SHIPPED, TEN)
    assert asked_for_money(kit) == ["authorise", "capture"]


def test_an_order_that_is_refused_is_called_off_by_the_shop_and_nobody_is_asked_for_money() -> None:
    kit = a_judged_shop(Judge(Refuse(("stolen",))))

    order = kit.buy()

    assert (kit.view(order).state, asked_for_money(kit)) == (OrderState.CANCELLED, [])
    assert kit.shop.ask(GetAvailability(kit.variants[:1]))[0].available == 100
    (off,) = (each for each in kit.staff.ask(GetTimeline(order)) if each.what == "OrderCancelled")
    assert dict(off.details)["reason"] == "stolen"
    assert dict(off.details)["by_shop"] == "True"


@pytest.mark.parametrize("answer", [Accept(), Review(("odd",))])
def test_what_is_paid_with_credit_is_taken_at_once_when_the_order_is_trusted(answer: RiskAnswer) -> None:
    kit = a_judged_shop(Judge(answer), Capture.AT_ONCE)
    kit.staff.handle(IssueCredit(TEN, "sorry", member=MemberId("ada")))

    order = kit.member.handle(evolve(kit.order_for(kit.cart()), tenders=(Tender(TenderKind.STORE_CREDIT),)))
    if isinstance(answer, Review):
        assert kit.view(order).captured == euros(0)
        kit.staff.handle(ReleaseHold(order, HoldKind.FRAUD))

    assert (kit.view(order).state, kit.view(order).captured) == (OrderState.CONFIRMED, TEN)
    assert asked_for_money(kit) == []
    assert kit.shop.audit() == []


def test_a_verdict_is_heard_once_and_not_after_the_order_is_off() -> None:
    judge = Judge(Accept())
    kit = a_judged_shop(judge)
    order = kit.buy()
    view = kit.view(order)

    kit.system.handle(RecordRisk(order, RiskVerdict.REFUSE, ("too late",)))
    assert kit.view(order) == view

    judge.down = True
    other = kit.buy()
    kit.member.handle(CancelOrder(other))
    kit.system.handle(RecordRisk(other, RiskVerdict.REVIEW, ("odd",)))
    assert kit.view(other).holds == ()


def test_the_check_is_told_what_is_known_of_the_buyer_and_the_order() -> None:
    judge = Judge(Accept())
    kit = a_judged_shop(judge)
    kit.gateway.script(Fault.DECLINE)
    kit.buy(quantity=2)
    kit.clock.tick(timedelta(hours=23))
    app: Desk = kit.shop.desk(Member(MemberId("ada")), channel="app")

    lines = kit.cart(*kit.variants[:2], quantity=3)
    order = app.handle(evolve(kit.order_for(lines), ship_to=an_address(), bill_to=an_address("FR", "Paris")))

    assert judge.asked[1] == RiskQuestion(
        order=order,
        buyer="member:ada",
        contact=None,
        channel="app",
        total=euros(60_00),
        units=6,
        country="DE",
        recent=1,
        spent=euros(20_00),
        declined=1,
        new=False,
        abroad=True,
    )


def test_what_is_older_than_a_day_is_not_counted_any_more() -> None:
    judge = Judge(Accept())
    kit = a_judged_shop(judge)
    kit.buy()
    kit.clock.tick(timedelta(hours=24, seconds=1))

    kit.buy()

    assert (judge.asked[1].recent, judge.asked[1].spent) == (0, euros(0))


def test_a_shop_without_a_check_asks_nobody_and_runs_no_errand_for_it() -> None:
    kit = a_judged_shop(NoRiskCheck())
    kit.gateway.script(Fault.DOWN)

    kit.buy()

    assert [each.message for each in kit.staff.ask(ListDeliveries())] == ["AuthorisePayment"]
    assert NoRiskCheck().score(a_question()) == Accept()


def test_the_buyer_is_not_shown_by_the_command_that_asks() -> None:
    kit = a_judged_shop(Judge(Accept()))
    order = kit.guest.handle(
        PlaceOrder(kit.cart(), TEN, email=Personal("ada@example.org"), ship_to=an_address()),
    )

    told = repr(kit.staff.ask(GetTimeline(order)))

    assert "example.org" not in told
    assert "Street" not in told
    assert kit.guest.ask(GetOrder(order)).id == order


# How fast somebody buys --------------------------------------------------------------------------------------------


def a_question(**more: Any) -> RiskQuestion:
    return evolve(
        RiskQuestion(ID, "member:ada", None, "web", TEN, 1, "DE", 0, euros(0), 0, new=False, abroad=False), **more
    )


@pytest.mark.parametrize(
    ("rules", "known", "answer"),
    [
        (VelocityRules(), {}, Accept()),
        (VelocityRules(), {"recent": 4}, Accept()),
        (VelocityRules(), {"recent": 5}, Review(("5 other orders within a day",))),
        (VelocityRules(most_orders=None), {"recent": 99}, Accept()),
        (VelocityRules(), {"declined": 5}, Accept()),
        (VelocityRules(), {"declined": 6}, Refuse(("6 declined payments within a day",))),
        (VelocityRules(most_declined=None), {"declined": 99}, Accept()),
        (VelocityRules(), {"declined": 6, "recent": 5}, Refuse(("6 declined payments within a day",))),
        (VelocityRules(), {"units": 10_000}, Accept()),
        (VelocityRules(most_units=3), {"units": 3}, Accept()),
        (VelocityRules(most_units=3), {"units": 4}, Review(("4 units in one order",))),
        (VelocityRules(most_spent=euros(30_00)), {"spent": euros(20_00)}, Accept()),
        (VelocityRules(most_spent=euros(30_00)), {"spent": euros(20_01)}, Review(("30.01 EUR within a day",))),
        (VelocityRules(most_spent=Money(1, Currency("USD"))), {"spent": euros(20_01)}, Accept()),
        (VelocityRules(most_at_first=euros(9_99)), {}, Accept()),
        (VelocityRules(most_at_first=TEN), {"new": True}, Accept()),
        (VelocityRules(most_at_first=euros(9_99)), {"new": True}, Review(("a first order of 10.00 EUR",))),
        (VelocityRules(most_at_first=Money(1, Currency("USD"))), {"new": True}, Accept()),
        (
            VelocityRules(most_units=1, most_at_first=TEN - euros(1)),
            {"recent": 5, "units": 2, "new": True},
            Review(("5 other orders within a day", "2 units in one order", "a first order of 10.00 EUR")),
        ),
    ],
)
def test_the_rules_of_velocity(rules: VelocityRules, known: dict[str, Any], answer: RiskAnswer) -> None:
    assert rules.score(a_question(**known)) == answer


def test_whoever_buys_too_fast_is_looked_at() -> None:
    kit = a_judged_shop(VelocityRules(most_orders=2))

    held = [kit.view(kit.buy()).holds for _ in range(3)]

    assert held == [(), (), (HoldKind.FRAUD,)]
    assert kit.view(kit.buy(by=kit.guest)).holds == (), "another buyer is another buyer"


def test_the_units_of_all_lines_are_counted() -> None:
    kit = a_judged_shop(VelocityRules(most_units=3))
    tea, pot, _ = kit.variants

    order = kit.member.handle(kit.order_for([CartLine(tea, 2), CartLine(pot, 2)]))

    assert kit.view(order).holds == (HoldKind.FRAUD,)
