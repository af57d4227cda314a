"""How two carts become one: laws of the policies, whatever the carts hold."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.carts import CartItem, MergePolicy
from ecomcore.carts.merging import merged
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.testing.carts import an_item

TEA = VariantId("tea")
VARIANTS = [TEA, VariantId("cup"), VariantId("pot")]
Items = tuple[CartItem, ...]
Units = dict[tuple[VariantId, str, bool], int]


@st.composite
def items(draw: st.DrawFn) -> Items:
    keys = draw(
        st.lists(st.tuples(st.sampled_from(VARIANTS), st.sampled_from(["", "gift", "red"]), st.booleans()), unique=True)
    )
    return tuple(
        CartItem(number, variant, draw(st.integers(1, 9)), note, later)
        for number, (variant, note, later) in enumerate(keys, 1)
    )


LIMITS = st.dictionaries(st.sampled_from(VARIANTS), st.none() | st.integers(1, 12))
POLICIES = st.sampled_from(MergePolicy)


def merge(own: Items, brought: Items, policy: MergePolicy, limits: dict[VariantId, int | None] | None = None) -> Items:
    return merged(own, brought, policy, limits or {}, max((item.number for item in own), default=0))


def units(items: Items) -> Units:
    """How many units of each, and that nothing is there twice."""
    found = {item.key: item.quantity for item in items}
    assert len(found) == len(items)
    return found


def wanted(items: Items) -> Counter[VariantId]:
    """The units of each variant that are to be bought."""
    found: Counter[VariantId] = Counter()
    for item in items:
        if not item.later:
            found[item.variant] += item.quantity
    return found


@pytest.mark.parametrize(
    ("policy", "both"),
    [(MergePolicy.ADD_UP, 5), (MergePolicy.LARGER, 3), (MergePolicy.MEMBERS, 2), (MergePolicy.GUESTS, 3)],
)
def test_a_policy_says_how_many_there_are_of_what_both_hold(policy: MergePolicy, both: int) -> None:
    own, brought = (an_item(1, quantity=2),), (an_item(1, quantity=3), an_item(2, variant="cup", quantity=4))

    assert merge(own, brought, policy) == (CartItem(1, TEA, both), CartItem(2, VariantId("cup"), 4))


@given(items(), items(), POLICIES, LIMITS)
def test_no_item_is_lost(own: Items, brought: Items, policy: MergePolicy, limits: dict[VariantId, int | None]) -> None:
    together = units(merge(own, brought, policy, limits))

    for item in own:
        assert item.key in together
    for item in brought:
        assert item.key in together or (item.variant, item.note, True) in together


@given(items(), items(), POLICIES, LIMITS)
def test_no_variant_exceeds_its_limit_unless_the_member_had_that_many_before(
    own: Items, brought: Items, policy: MergePolicy, limits: dict[VariantId, int | None]
) -> None:
    together, before = wanted(merge(own, brought, policy, limits)), wanted(own)

    for variant, most in limits.items():
        assert together[variant] <= max(most or MAX_QUANTITY, before[variant])


@given(items(), items(), POLICIES, LIMITS)
def test_a_members_items_keep_their_numbers_and_new_ones_are_numbered_on(
    own: Items, brought: Items, policy: MergePolicy, limits: dict[VariantId, int | None]
) -> None:
    together = merge(own, brought, policy, limits)

    assert [(item.number, item.key) for item in together[: len(own)]] == [(item.number, item.key) for item in own]
    assert [item.number for item in together] == list(range(1, len(together) + 1))


@given(items(), items(), st.sampled_from([MergePolicy.ADD_UP, MergePolicy.LARGER]))
def test_adding_up_and_the_larger_do_not_ask_whose_cart_it_is(own: Items, brought: Items, policy: MergePolicy) -> None:
    assert units(merge(own, brought, policy)) == units(merge(brought, own, policy))


@given(items(), items())
def test_the_members_choice_is_the_guests_choice_seen_from_the_other_side(own: Items, brought: Items) -> None:
    assert units(merge(own, brought, MergePolicy.MEMBERS)) == units(merge(brought, own, MergePolicy.GUESTS))


@given(items(), items(), items(), POLICIES)
def test_of_three_carts_it_does_not_matter_which_two_come_together_first(
    one: Items, two: Items, three: Items, policy: MergePolicy
) -> None:
    first = merge(merge(one, two, policy), three, policy)
    last = merge(one, merge(two, three, policy), policy)

    assert units(first) == units(last)


@given(items(), POLICIES.filter(lambda policy: policy is not MergePolicy.ADD_UP), LIMITS)
def test_a_cart_merged_with_its_like_stays_as_it_is(
    own: Items, policy: MergePolicy, limits: dict[VariantId, int | None]
) -> None:
    assert merge(own, own, policy, limits) == own


@given(items(), POLICIES, LIMITS)
def test_an_empty_cart_brings_nothing(own: Items, policy: MergePolicy, limits: dict[VariantId, int | None]) -> None:
    assert merge(own, (), policy, limits) == own


def test_units_beyond_the_limit_are_not_taken_over() -> None:
    own, brought = (an_item(1, quantity=4),), (an_item(1, quantity=4), an_item(2, quantity=2, note="gift"))

    together = merge(own, brought, MergePolicy.ADD_UP, {TEA: 9})

    assert together == (CartItem(1, TEA, 8), CartItem(2, TEA, 1, "gift"))


def test_an_item_of_which_nothing_fits_is_saved_for_later() -> None:
    own = (an_item(1, quantity=4), an_item(2, quantity=1, note="gift", later=True))
    brought = (an_item(7, quantity=3, note="gift"), an_item(8, quantity=5, note="red"))

    together = merge(own, brought, MergePolicy.ADD_UP, {TEA: 4})

    assert together == (
        CartItem(1, TEA, 4),
        CartItem(2, TEA, 4, "gift", later=True),
        CartItem(3, TEA, 5, "red", later=True),
    )


def test_what_is_no_longer_for_sale_is_taken_over_as_it_is() -> None:
    assert merge((), (an_item(3, quantity=7),), MergePolicy.ADD_UP, {}) == (CartItem(1, TEA, 7),)


def test_more_units_than_there_can_be_are_as_many_as_there_can_be() -> None:
    huge = (an_item(quantity=MAX_QUANTITY),)
    saved = (an_item(quantity=MAX_QUANTITY, later=True),)

    assert merge(huge, huge, MergePolicy.ADD_UP)[0].quantity == MAX_QUANTITY
    assert merge(saved, saved, MergePolicy.ADD_UP)[0].quantity == MAX_QUANTITY
