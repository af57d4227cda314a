"""Eight processes want what is given away, on PostgreSQL: nobody gets what is not there, and nothing is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from ecomcore.choices import Deliveries
from ecomcore.inventory import ListStock
from ecomcore.kernel.ids import MemberId, VariantId
from ecomcore.kernel.messages import Command, Member, System
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CancelOrder, CartLine, OrderState
from ecomcore.promotions import (
    AddCoupon,
    GetCampaign,
    GetCoupon,
    GiveBack,
    PlanCampaign,
    PromotionsPolicy,
    ReleaseBenefits,
)
from ecomcore.quoting import AmountOff, Items, Lane, Limits, PercentOff
from ecomcore.testing import ShopKit, a_shop, euros
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.failures.offering import of_policy, off_by, offer, offer_by_code, order_of, quoted
from tests.failures.racing import Crowd
from tests.failures.rushing import ORDERS_EACH, PROCESSES, Cancel, Done, Wish, a_dice, rush

ORDERS = PROCESSES * ORDERS_EACH


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(postgres_url)
    erase_everything(persistence)
    yield persistence
    persistence.close()


def discounts(kit: ShopKit, done: list[Done]) -> list[tuple[str, int]]:
    """Who got how much off each order. Every order costs what its quote said, and its parts add up to it."""
    given = []
    for each in done:
        if each.order is None or each.accepted is None:
            continue
        view = kit.view(each.order)
        assert view.total == each.accepted
        assert view.total.minor == sum(line.listed.minor - line.discount.minor for line in view.lines)
        given.append((each.wish.member, off_by(view).minor))
    return given


@pytest.mark.failure("F025")
@pytest.mark.failure("F026")
def test_a_coupon_with_so_many_uses_is_used_so_often(store: SqlPersistence, postgres_url: str) -> None:
    uses = ORDERS * 5 // 16
    kit = a_shop(store, products=1, stock=ORDERS)
    offer_by_code(kit, "HELLO", limits=Limits(uses=uses))
    wishes = [Wish(f"buyer-{number}", kit.cart(), ("hello",)) for number in range(ORDERS)]

    done = rush(postgres_url, kit.clock.now(), wishes)

    given = discounts(kit, done)
    assert Counter(minor for _, minor in given) == {1_00: uses, 0: ORDERS - uses}, "and nobody is turned away"
    assert kit.staff.ask(GetCoupon("HELLO")).uses == uses
    assert kit.shop.audit() == []


@pytest.mark.failure("F026")
def test_a_member_in_eight_places_at_once_gets_no_more_than_theirs(store: SqlPersistence, postgres_url: str) -> None:
    kit = a_shop(store, products=1, stock=2 * ORDERS)
    offer_by_code(kit, "THRICE", limits=Limits(uses_per_buyer=3))
    ada = [Wish("ada", kit.cart(), ("thrice",))] * ORDERS
    bob = [Wish("bob", kit.cart(), ("thrice",))] * PROCESSES

    done = rush(postgres_url, kit.clock.now(), ada + bob)

    given = Counter(member for member, minor in discounts(kit, done) if minor)
    assert given == {"ada": 3, "bob": 3}
    assert len([each for each in done if each.order]) == ORDERS + PROCESSES
    assert kit.shop.audit() == []


def test_a_flash_sale_has_so_many_units_and_so_many_for_each(store: SqlPersistence, postgres_url: str) -> None:
    dice, units = a_dice(), ORDERS * 5 // 8
    kit = a_shop(store, products=2, stock=3 * ORDERS)
    off = AmountOff(euros(1_00), on=Lane.CATALOGUE, each=True, items=Items(variants=kit.variants[:1]))
    offer(kit, off, limits=Limits(units=units, units_per_buyer=3))
    members = [f"buyer-{number // 2}" for number in range(ORDERS)]  # each comes twice
    wishes = [
        Wish(member, (CartLine(kit.variants[0], dice.randint(1, 3)), CartLine(kit.variants[1], 1)))
        for member in members
    ]
    dice.shuffle(wishes)

    done = rush(postgres_url, kit.clock.now(), wishes)

    cheaper: Counter[str] = Counter()
    for member, minor in discounts(kit, done):
        cheaper[member] += minor // 1_00
    wanted: Counter[str] = Counter()
    for wish in wishes:
        wanted[wish.member] += wish.lines[0].quantity
    assert sum(cheaper.values()) == min(units, sum(min(3, each) for each in wanted.values()))
    assert max(cheaper.values()) <= 3
    assert kit.shop.audit() == []


def test_a_campaign_spends_its_budget_and_not_a_cent_more(store: SqlPersistence, postgres_url: str) -> None:
    dice, budget = a_dice(), euros(ORDERS * 83)
    kit = a_shop(store, products=3, stock=3 * ORDERS)
    campaign = kit.staff.handle(PlanCampaign("Summer", budget))
    offer(kit, PercentOff(percent(15)), campaign=campaign)
    offer(kit, AmountOff(euros(37)), campaign=campaign, priority=200)
    wishes = [Wish(f"buyer-{n}", kit.cart(*dice.sample(kit.variants, dice.randint(1, 3)))) for n in range(ORDERS)]

    done = rush(postgres_url, kit.clock.now(), wishes)

    assert sum(minor for _, minor in discounts(kit, done)) == budget.minor
    assert kit.staff.ask(GetCampaign(campaign)).spent == budget
    assert kit.shop.audit() == []


@pytest.mark.failure("F011")
def test_counters_that_are_taken_in_any_order_lock_nobody_out(store: SqlPersistence, postgres_url: str) -> None:
    dice = a_dice()
    kit = a_shop(store, products=3, stock=ORDERS)
    campaign = kit.staff.handle(PlanCampaign("Summer", euros(ORDERS * 60)))
    for number, variant in enumerate(kit.variants):
        items = Items(variants=(variant,))
        offer(kit, PercentOff(percent(10), items=items), limits=Limits(uses=ORDERS // 2), campaign=campaign)
        code = offer(kit, AmountOff(euros(50)), needs_coupon=True, priority=dice.randint(1, 200))
        kit.staff.handle(AddCoupon(f"CODE-{number}", code, Limits(uses=ORDERS // 3, uses_per_buyer=2)))
    wishes = [
        Wish(
            f"buyer-{dice.randrange(ORDERS)}",
            tuple(CartLine(variant, dice.randint(1, 2)) for variant in dice.sample(kit.variants, 3)),
            tuple(f"CODE-{code}" for code in dice.sample(range(3), dice.randint(0, 3))),
        )
        for _ in range(ORDERS)
    ]

    done = rush(postgres_url, kit.clock.now(), wishes)

    discounts(kit, done)
    refusals = {refusal for each in done for refusal in each.refusals}
    assert refusals <= {"TotalChanged", "OutOfStock", "Conflict"}
    sold = Counter[VariantId]()
    for each in done:
        for line in each.wish.lines if each.order else ():
            sold[line.variant] += line.quantity
    assert {view.variant: view.reserved for view in kit.staff.ask(ListStock(kit.variants))} == dict(sold)
    spent = kit.staff.ask(GetCampaign(campaign)).spent
    assert spent is not None
    assert spent <= euros(ORDERS * 60)
    assert kit.shop.audit() == []


@pytest.mark.parametrize(
    ("policy", "paid", "comes_back"),
    [
        (GiveBack.ALWAYS, True, True),
        (GiveBack.UNPAID, True, False),
        (GiveBack.UNPAID, False, True),
        (GiveBack.NEVER, False, False),
    ],
)
def test_what_is_called_off_by_many_at_once_comes_back_once_or_stays(
    store: SqlPersistence, postgres_url: str, policy: GiveBack, paid: bool, comes_back: bool
) -> None:
    choice = PromotionsPolicy(policy)
    kit = of_policy(
        a_shop(store, products=1, stock=3 * ORDERS),
        promotions_policy=choice,
        deliveries=Deliveries(at_once=paid),
    )
    offer_by_code(kit, "HELLO", limits=Limits(uses=ORDERS))
    reduced = order_of(quoted(kit, kit.cart(), "hello"), kit.cart(), "hello")
    before = [kit.shop.handle(reduced, by=Member(MemberId(f"early-{number}"))) for number in range(ORDERS)]
    leaving = [Cancel(f"early-{number}", order) for number, order in enumerate(before[: ORDERS // 2])]
    coming = [Wish(f"late-{number}", kit.cart(), ("hello",)) for number in range(ORDERS)]
    wishes: list[Wish | Cancel] = [*leaving, *leaving, *leaving, *coming]
    a_dice().shuffle(wishes)

    done = rush(postgres_url, kit.clock.now(), wishes, policy=choice, paid=False)

    given = Counter(minor for _, minor in discounts(kit, done))
    cancelled = len([order for order in before if kit.view(order).state is OrderState.CANCELLED])
    taken = kit.staff.ask(GetCoupon("HELLO")).uses
    assert cancelled == len(leaving)
    assert given.total() == ORDERS
    assert taken == (ORDERS - cancelled if comes_back else ORDERS) + given[1_00]
    assert given[1_00] <= (cancelled if comes_back else 0)
    kit.settle()
    assert kit.shop.audit() == []


def test_what_eight_give_back_at_once_is_given_back_once(store: SqlPersistence, postgres_url: str) -> None:
    kit = of_policy(a_shop(store, products=1), deliveries=Deliveries(at_once=False))  # nobody is asked for money
    offer_by_code(kit, "TWICE", limits=Limits(uses=2))
    reduced = order_of(quoted(kit, kit.cart(), "TWICE"), kit.cart(), "TWICE")
    kept, given_back = kit.member.handle(reduced), kit.member.handle(reduced)
    commands: list[Command[None]] = [CancelOrder(given_back), *[ReleaseBenefits(given_back)] * 7]

    Crowd(kit, postgres_url, PROCESSES).send([(System(), command) for command in commands])
    kit.system.handle(ReleaseBenefits(given_back))

    assert kit.staff.ask(GetCoupon("TWICE")).uses == 1, "what the other order holds stays with it"
    assert kit.view(kept).state is OrderState.PLACED
    kit.settle()
    assert kit.shop.audit() == []
