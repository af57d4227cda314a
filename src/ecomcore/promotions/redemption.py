"""A redemption is what one order takes of limits and budgets. It is held when the order is placed, confirmed when it is
paid, and released when it is cancelled; it ends once, and gives back exactly what it took.

What a cancelled order does not give back, by the shop's policy, stays taken: its redemption stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AllowanceId, OrderId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.promotions.events import BenefitsConfirmed, BenefitsHeld, BenefitsReleased
from ecomcore.promotions.values import GiveBack, RedemptionLine

__all__ = ["REDEMPTION_LIFECYCLE", "Redemption", "RedemptionState"]


class RedemptionState(StrEnum):
    """Held: taken for an order that is not paid yet. Confirmed: taken for good. Released: given back."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"


REDEMPTION_LIFECYCLE = Lifecycle(
    "redemption",
    RedemptionState.HELD,
    {
        "confirm": move(RedemptionState.HELD, to=RedemptionState.CONFIRMED),
        "release": move(RedemptionState.HELD, RedemptionState.CONFIRMED, to=RedemptionState.RELEASED),
    },
)


@frozen(kw_only=True)
class Redemption(Aggregate):
    """What an order got of which promotion; one per order, under the order's own id. ``buyer`` is empty for nobody."""

    id: OrderId
    buyer: str
    lines: tuple[RedemptionLine, ...]
    state: RedemptionState
    at: Instant

    @classmethod
    def hold(cls, order: OrderId, buyer: str, lines: tuple[RedemptionLine, ...], at: Instant) -> Self:
        """An order takes this."""
        held = cls(id=order, buyer=buyer, lines=lines, state=REDEMPTION_LIFECYCLE.initial, at=at)
        return held.telling(BenefitsHeld(order, tuple(dict.fromkeys(line.promotion for line in lines))))

    @property
    def is_live(self) -> bool:
        """Whether what it took is still taken."""
        return self.state is not RedemptionState.RELEASED

    def confirm(self) -> Self:
        """It is taken for good."""
        return self.telling(BenefitsConfirmed(self.id), state=REDEMPTION_LIFECYCLE.after("confirm", self.state))

    def release(self) -> Self:
        """All of it is given back."""
        return self.telling(BenefitsReleased(self.id), state=REDEMPTION_LIFECYCLE.after("release", self.state))

    def gives_back(self, policy: GiveBack) -> bool:
        """Whether a cancelled order gives back what this holds."""
        match policy:
            case GiveBack.ALWAYS:
                return self.is_live
            case GiveBack.UNPAID:
                return self.state is RedemptionState.HELD
            case GiveBack.NEVER:
                return False

    def taken(self) -> Mapping[AllowanceId, int]:
        """How much it took of each allowance."""
        sums: Counter[AllowanceId] = Counter()
        for line in self.lines:
            for each in line.allowances:
                sums[each.allowance] += each.count
        return sums
