"""Long carts and many promotions: the work grows with what matters, and not with what does not.

No clock is watched here. Statements are what a store ran; steps are the calls of functions that a quote took, which
are the same on every machine. Milliseconds are the business of ``benchmarks/pricing.py``.
"""

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from ecomcore.kernel.ids import CategoryId, VariantId
from ecomcore.kernel.percent import percent
from ecomcore.ordering import CartLine, QuoteCart
from ecomcore.promotions import ApprovePromotion, CreatePromotion
from ecomcore.quoting import (
    AmountOff,
    EachNth,
    InChannel,
    InGroup,
    InSegment,
    InTier,
    Items,
    ItemTotal,
    Lane,
    PercentOff,
    Terms,
)
from ecomcore.quoting.ready import ReadyRule
from ecomcore.testing import ShopKit, a_shop, euros
from ecomcore.testing.promotions import terms_of
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.offering import offer, order_of, quoted


class Looks:
    """Counts how often the conditions of a promotion are looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        holds = ReadyRule.holds

        def counted(rule: ReadyRule, facts: Any) -> bool:
            self.count += 1
            return holds(rule, facts)

        monkeypatch.setattr(ReadyRule, "holds", counted)

    def during(self, call: Callable[[], object]) -> int:
        before = self.count
        call()
        return self.count - before


@pytest.fixture
def store(database: str) -> Iterator[SqlPersistence]:
    persistence = SqlPersistence(database)
    yield persistence
    persistence.close()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(monkeypatch)


def steps(call: Callable[[], object]) -> int:
    """How many functions are called meanwhile, those of the language included."""
    count = 0

    def called(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        call()
    finally:
        sys.setprofile(None)
    return count


def statements(kit: ShopKit, call: Callable[[], object]) -> int:
    """How many statements the database runs meanwhile."""
    assert isinstance(kit.persistence, SqlPersistence)
    before = kit.persistence.statements
    call()
    return kit.persistence.statements - before


def cart_of(kit: ShopKit, lines: int) -> tuple[CartLine, ...]:
    return kit.cart(*kit.variants[:lines])


def five_that_match(kit: ShopKit) -> None:
    offer(kit, PercentOff(percent(10)))
    offer(kit, AmountOff(euros(5_00)), conditions=(ItemTotal(euros(1_00)),))
    offer(kit, EachNth(2, percent(50)))
    offer(kit, PercentOff(percent(5), items=Items(variants=kit.variants[:50])))
    offer(kit, AmountOff(euros(1), on=Lane.ITEM, each=True))


@pytest.mark.failure("F116")
@pytest.mark.failure("F118")
def test_f116_a_long_cart_asks_the_database_no_more_often_than_a_short_one(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1_000, stock=1)
    five_that_match(kit)
    quoted(kit, cart_of(kit, 1))  # the rules are read once

    ran = {lines: statements(kit, lambda: quoted(kit, cart_of(kit, lines))) for lines in (2, 200, 1_000)}  # noqa: B023
    one_more = (*cart_of(kit, 199), CartLine(kit.variants[198], 2))

    assert len(set(ran.values())) == 1, ran
    assert ran[2] <= 12
    assert statements(kit, lambda: quoted(kit, one_more)) == ran[2], "and to change one line is to ask once more"


@pytest.mark.failure("F116")
def test_f116_a_long_cart_is_ordered_with_no_more_statements_than_a_short_one(store: SqlPersistence) -> None:
    kit = a_shop(store, products=1_000, stock=10)
    five_that_match(kit)

    ran = {}
    for lines in (2, 2, 200, 1_000):
        order = order_of(quoted(kit, cart_of(kit, lines)), cart_of(kit, lines))
        ran[lines] = statements(kit, lambda: kit.member.handle(order))  # noqa: B023

    assert len(set(ran.values())) == 1, ran
    assert ran[2] <= 40


@pytest.mark.failure("F116")
def test_f116_twice_the_lines_are_twice_the_work() -> None:
    kit = a_shop(products=800, stock=1)
    five_that_match(kit)
    took = {}
    for lines in (100, 200, 400, 800):
        quoted(kit, cart_of(kit, lines))
        took[lines] = steps(lambda: quoted(kit, cart_of(kit, lines)))  # noqa: B023

    for lines in (100, 200, 400):
        assert took[2 * lines] <= 2.2 * took[lines], took
    assert took[200] <= 200 * 400, "some hundred calls for a line are some hundredths of a millisecond"


def that_do_not_match(many: int) -> Iterator[Terms]:
    """Promotions for other goods, other people and other channels, and above what anybody spends."""
    for number in range(many):
        name = f"other-{number}"
        match number % 7:
            case 0:
                yield terms_of(PercentOff(percent(10), items=Items(variants=(VariantId(name),))))
            case 1:
                yield terms_of(PercentOff(percent(10), items=Items(categories=(CategoryId(name),))))
            case 2:
                yield terms_of(conditions=(InTier((name,)),))
            case 3:
                yield terms_of(conditions=(InSegment((name,)),))
            case 4:
                yield terms_of(conditions=(InGroup((name,)),))
            case 5:
                yield terms_of(conditions=(InChannel((name,)),))
            case _:
                yield terms_of(conditions=(ItemTotal(euros(100_000_00 + number)),))


@pytest.mark.failure("F117")
def test_f117_promotions_that_do_not_match_are_not_even_looked_at(looks: Looks) -> None:
    kit = a_shop(products=20)
    five_that_match(kit)
    cart = kit.cart(*kit.variants)
    quoted(kit, cart)
    alone = looks.during(lambda: quoted(kit, cart))
    work = steps(lambda: quoted(kit, cart))

    for terms in that_do_not_match(350):
        kit.staff.handle(ApprovePromotion(kit.staff.handle(CreatePromotion(terms)), 1))
    quoted(kit, cart)

    assert looks.during(lambda: quoted(kit, cart)) == alone <= 2 * 5
    assert steps(lambda: quoted(kit, cart)) <= 1.5 * work, "350 more of them are not 3 times the work of none"


@pytest.mark.failure("F117")
def test_f117_fifty_promotions_ask_the_database_no_more_often_than_one(store: SqlPersistence) -> None:
    kit = a_shop(store, products=20)
    cart = kit.cart(*kit.variants)
    asked = []
    for many in (1, 49):
        for number in range(many):
            offer(kit, PercentOff(percent(1)), priority=number)
        quoted(kit, cart)
        asked.append(statements(kit, lambda: quoted(kit, cart)))

    assert asked[0] == asked[1]
    assert len(quoted(kit, cart).lines[0].discounts) == 50, "and all fifty are given"


@pytest.mark.failure("F118")
def test_f118_each_rule_is_looked_at_for_the_cart_and_not_for_each_of_its_lines(
    looks: Looks, store: SqlPersistence
) -> None:
    kit = a_shop(store, products=200)
    for number in range(20):
        offer(kit, PercentOff(percent(1)), conditions=(ItemTotal(euros(number + 1)),), priority=number)

    looked, ran = {}, {}
    for lines in (2, 200):
        cart = cart_of(kit, lines)
        quoted(kit, cart)
        looked[lines] = looks.during(lambda: quoted(kit, cart))  # noqa: B023
        ran[lines] = statements(kit, lambda: quoted(kit, cart))  # noqa: B023

    assert looked[200] == looked[2] <= 2 * 20
    assert ran[200] == ran[2]
    assert all(len(line.discounts) == 20 for line in quoted(kit, cart_of(kit, 200)).lines)


@pytest.mark.failure("F118")
def test_f118_the_work_for_lines_and_rules_is_at_most_their_product() -> None:
    took = {}
    for rules in (5, 20):
        kit = a_shop(products=200)
        for number in range(rules):
            offer(kit, PercentOff(percent(1)), priority=number)
        for lines in (50, 200):
            cart = QuoteCart(cart_of(kit, lines), "EUR")
            kit.shop.ask(cart)
            took[rules, lines] = steps(lambda: kit.shop.ask(cart))  # noqa: B023

    assert took[20, 200] <= 1.1 * 4 * took[20, 50], took
    assert took[20, 200] <= 1.1 * 4 * took[5, 200], took
