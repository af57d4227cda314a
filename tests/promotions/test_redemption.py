"""What an order takes: held, confirmed or released, each once, and given back as the shop's policy says."""

from __future__ import annotations

import pytest

from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import AllowanceId, OrderId, PromotionId
from ecomcore.promotions import (
    REDEMPTION_LIFECYCLE,
    BenefitsConfirmed,
    BenefitsHeld,
    BenefitsReleased,
    GiveBack,
    Redemption,
    RedemptionState,
    Taken,
)
from ecomcore.testing import NOON
from ecomcore.testing.promotions import a_line_of, a_redemption

ORDER = OrderId("order")
HELD, CONFIRMED, RELEASED = RedemptionState


@pytest.mark.parametrize(("verb", "state", "to"), tuple(REDEMPTION_LIFECYCLE.cells()))
def test_a_redemption_moves_as_its_table_says(verb: str, state: RedemptionState, to: RedemptionState | None) -> None:
    redemption = a_redemption(state=state)

    if to is None:
        with pytest.raises(IllegalTransition):
            getattr(redemption, verb)()
    else:
        assert getattr(redemption, verb)().state is to


def test_each_step_is_told_and_each_promotion_once() -> None:
    lines = (a_line_of("a"), a_line_of("b"), a_line_of("a"))

    redemption = Redemption.hold(ORDER, "member:ada", lines, NOON).confirm().release()

    assert redemption.news == (
        BenefitsHeld(ORDER, (PromotionId("a"), PromotionId("b"))),
        BenefitsConfirmed(ORDER),
        BenefitsReleased(ORDER),
    )


@pytest.mark.parametrize(
    ("policy", "states"),
    [(GiveBack.ALWAYS, {HELD, CONFIRMED}), (GiveBack.UNPAID, {HELD}), (GiveBack.NEVER, set())],
)
def test_the_policy_says_when_a_cancelled_order_gives_back(policy: GiveBack, states: set[RedemptionState]) -> None:
    assert {state for state in RedemptionState if a_redemption(state=state).gives_back(policy)} == states


def test_what_it_took_of_an_allowance_is_the_sum_over_its_lines() -> None:
    one, other = AllowanceId("one"), AllowanceId("other")

    redemption = a_redemption(lines=[a_line_of("a", Taken(one, 2)), a_line_of("b", Taken(one, 3), Taken(other, 1))])

    assert redemption.taken() == {one: 5, other: 1}
