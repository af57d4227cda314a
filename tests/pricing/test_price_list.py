"""A price list keeps what it said, and says when it said it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PriceListId
from ecomcore.pricing import PriceList, PriceListAdded, PriceListChanged, PriceListEnded, PriceListOver
from ecomcore.quoting import BASE, FLOOR
from ecomcore.testing import NOON
from ecomcore.testing.pricing import a_price_list, terms_of_a_list
from tests.support.refusals import refused

B2B = PriceListId("b2b")
DAY = timedelta(days=1)


def test_a_new_list_is_in_force_from_now_on() -> None:
    head = PriceList.add(B2B, terms_of_a_list(), NOON)

    (rule,) = head.rules()
    assert (rule.list, rule.terms, rule.since, rule.until) == (B2B, terms_of_a_list(), NOON, None)
    assert head.news == (PriceListAdded(B2B, terms_of_a_list()),)


@pytest.mark.parametrize("own", [BASE, FLOOR])
def test_no_list_takes_the_place_of_the_shops_own(own: PriceListId) -> None:
    with pytest.raises(Invalid, match=r"^id: .*shop's own"):
        PriceList.add(own, terms_of_a_list(), NOON)


def test_what_a_list_said_holds_until_it_says_something_else() -> None:
    seasonal = terms_of_a_list(priority=1)

    head = a_price_list("b2b").change(seasonal, NOON + DAY)

    assert [(rule.terms, rule.since, rule.until) for rule in head.rules()] == [
        (terms_of_a_list(), NOON, NOON + DAY),
        (seasonal, NOON + DAY, None),
    ]
    assert head.news == (PriceListChanged(B2B, 2, seasonal),)


def test_saying_the_same_again_changes_nothing() -> None:
    head = a_price_list()

    assert head.change(terms_of_a_list(), NOON + DAY) is head


def test_the_currency_of_a_list_never_changes() -> None:
    with refused(Invalid("terms.currency", "USD", "EUR, for the list has prices in it")):
        a_price_list().change(terms_of_a_list(currency="USD"), NOON)


def test_an_ended_list_is_in_force_until_its_end_and_changes_no_more() -> None:
    ended = a_price_list("b2b").end(NOON + DAY)

    assert [rule.until for rule in ended.rules()] == [NOON + DAY]
    assert ended.news == (PriceListEnded(B2B, NOON + DAY),)
    with refused(PriceListOver("b2b", NOON + DAY)):
        ended.change(terms_of_a_list(priority=1), NOON + 2 * DAY)
    with refused(PriceListOver("b2b", NOON + DAY)):
        ended.end(NOON + 2 * DAY)


def test_what_was_replaced_at_once_never_was_in_force() -> None:
    head = a_price_list().change(terms_of_a_list(priority=1), NOON).change(terms_of_a_list(priority=2), NOON)

    assert [rule.terms.priority for rule in head.rules()] == [2]
    assert a_price_list().end(NOON).rules() == ()


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), max_size=8), st.booleans())
def test_at_each_moment_one_version_is_in_force_however_the_clocks_go(
    changes: list[tuple[int, int]], ends: bool
) -> None:
    head, at = a_price_list(), NOON
    for hours, priority in changes:
        at += timedelta(hours=hours)
        head = head.change(terms_of_a_list(priority=priority), at)
    if ends:
        head = head.end(at + 3 * DAY)

    rules = head.rules()
    assert all(before.until == after.since for before, after in pairwise(rules))
    assert rules[0].since == NOON
    assert rules[-1].until == head.ended_at
    assert rules[-1].terms == head.terms
