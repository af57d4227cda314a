"""A promotion from its first draft to its end: versions, approval, the spans in which they were in force."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import PromotionId
from ecomcore.promotions import (
    PROMOTION_LIFECYCLE,
    NeverMatches,
    Promotion,
    PromotionApproved,
    PromotionArchived,
    PromotionChanged,
    PromotionCreated,
    PromotionPaused,
    PromotionResumed,
    PromotionState,
    Span,
    VersionNotNewest,
)
from ecomcore.quoting import DatedRule
from ecomcore.testing import NOON
from ecomcore.testing.promotions import a_promotion, terms_of
from tests.support.refusals import refused

PROMO = PromotionId("promo")
HOUR = timedelta(hours=1)
OTHER = terms_of(name="Other")


def a_draft() -> Promotion:
    return Promotion.create(PROMO, terms_of(), NOON)


VERBS: dict[str, Callable[[Promotion], Promotion]] = {
    "approve": lambda promotion: promotion.change(OTHER, NOON).approve(2, NOON),
    "pause": lambda promotion: promotion.pause(NOON),
    "resume": lambda promotion: promotion.resume(NOON),
    "archive": lambda promotion: promotion.archive(NOON),
}


@pytest.mark.parametrize(("verb", "state", "to"), tuple(PROMOTION_LIFECYCLE.cells()))
def test_a_promotion_moves_as_its_table_says(verb: str, state: PromotionState, to: PromotionState | None) -> None:
    promotion = a_promotion(state=state)

    if to is None:
        with pytest.raises(IllegalTransition):
            VERBS[verb](promotion)
    else:
        assert VERBS[verb](promotion).state is to


def test_a_draft_holds_nowhere_and_tells_that_it_is_there() -> None:
    draft = a_draft()

    assert draft.state is PromotionState.DRAFT
    assert draft.rules() == ()
    assert draft.in_force is None
    assert draft.news == (PromotionCreated(PROMO, "Ten off"),)


def test_an_approved_version_is_in_force_from_that_moment_on() -> None:
    approved = a_draft().approve(1, NOON + HOUR)

    assert approved.rules() == (DatedRule(PROMO, terms_of(), NOON + HOUR),)
    assert approved.in_force == terms_of()
    assert approved.news[1:] == (PromotionApproved(PROMO, 1),)


def test_changed_terms_wait_for_their_approval_and_then_take_over() -> None:
    changed = a_draft().approve(1, NOON).change(OTHER, NOON + HOUR)

    assert changed.in_force == terms_of()
    assert changed.news[-1] == PromotionChanged(PROMO, 2)
    assert changed.approve(2, NOON + 2 * HOUR).rules() == (
        DatedRule(PROMO, terms_of(), NOON, NOON + 2 * HOUR),
        DatedRule(PROMO, OTHER, NOON + 2 * HOUR),
    )


@pytest.mark.parametrize("version", [1, 3])
def test_only_the_newest_version_can_be_approved(version: int) -> None:
    changed = a_draft().change(OTHER, NOON)

    with refused(VersionNotNewest(PROMO, version, 2)):
        changed.approve(version, NOON)


def test_approving_what_is_in_force_changes_nothing() -> None:
    approved = a_draft().approve(1, NOON)

    assert approved.approve(1, NOON + HOUR) is approved


def test_a_pause_is_a_gap_in_which_nothing_holds() -> None:
    resumed = a_draft().approve(1, NOON).pause(NOON + HOUR).resume(NOON + 2 * HOUR)

    assert resumed.spans == (Span(1, NOON, NOON + HOUR), Span(1, NOON + 2 * HOUR))
    assert resumed.terms_at(NOON + HOUR) is None
    assert resumed.terms_at(NOON) == resumed.terms_at(NOON + 2 * HOUR) == terms_of()
    assert resumed.news[-2:] == (PromotionPaused(PROMO), PromotionResumed(PROMO, 1))


def test_resuming_lets_the_approved_version_go_on_and_not_the_one_written_meanwhile() -> None:
    paused = a_draft().approve(1, NOON).pause(NOON).change(OTHER, NOON)

    assert paused.resume(NOON).in_force == terms_of()
    assert paused.approve(2, NOON).in_force == OTHER


def test_an_archived_promotion_is_changed_no_more_but_what_was_in_force_is_still_told() -> None:
    archived = a_draft().approve(1, NOON).archive(NOON + HOUR)

    assert archived.rules() == (DatedRule(PROMO, terms_of(), NOON, NOON + HOUR),)
    assert archived.news[-1] == PromotionArchived(PROMO)
    with pytest.raises(IllegalTransition):
        archived.change(OTHER, NOON + HOUR)
    with pytest.raises(IllegalTransition):
        archived.schedule(None, NOON + HOUR)


def test_to_schedule_is_to_write_a_version_with_another_period() -> None:
    period = Period(NOON + HOUR, NOON + 2 * HOUR)

    scheduled = a_draft().approve(1, NOON).schedule(period, NOON)

    assert scheduled.newest.terms == terms_of(period=period)
    assert scheduled.in_force == terms_of()
    assert scheduled.schedule(None, NOON).newest.terms == terms_of()


def test_terms_that_can_never_match_are_refused_whenever_they_are_written() -> None:
    over = Period(NOON - 2 * HOUR, NOON)

    with pytest.raises(NeverMatches, match="over since"):
        Promotion.create(PROMO, terms_of(period=over), NOON)
    with pytest.raises(NeverMatches):
        a_draft().change(terms_of(period=over), NOON)
    with pytest.raises(NeverMatches):
        a_draft().schedule(over, NOON)


def test_a_clock_that_is_set_back_ends_no_span_before_it_began() -> None:
    paused = a_draft().approve(1, NOON).pause(NOON - HOUR)

    assert paused.spans == (Span(1, NOON, NOON),)
    assert paused.terms_at(NOON) is None


@given(st.lists(st.sampled_from(["change", *VERBS]), max_size=12))
def test_however_a_promotion_lives_at_most_one_version_holds_at_a_time(verbs: list[str]) -> None:
    promotion = a_draft()

    for hour, verb in enumerate(verbs):
        at = NOON + hour * HOUR
        try:
            if verb == "change":
                promotion = promotion.change(OTHER, at)
            elif verb == "approve":
                promotion = promotion.approve(promotion.newest.number, at)
            else:
                promotion = getattr(promotion, verb)(at)
        except IllegalTransition:
            continue

    rules = promotion.rules()
    assert all(one.until is not None and one.until <= next_.since for one, next_ in itertools.pairwise(rules))
    assert (promotion.in_force is not None) == (promotion.state is PromotionState.APPROVED)
    assert [version.number for version in promotion.versions] == list(range(1, len(promotion.versions) + 1))
