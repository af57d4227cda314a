"""A campaign is a plan with a name: promotions that belong together, and perhaps a budget that pays for them.

What it has spent is counted in an allowance for each currency; the one of the budget's currency has the budget for its
cap. So the last cent of a budget is contended for at one row, and never spent twice.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import CampaignId
from ecomcore.kernel.money import Money
from ecomcore.promotions.errors import BudgetAlreadySpent
from ecomcore.promotions.events import BudgetChanged, CampaignPlanned

__all__ = ["Campaign"]


@frozen(kw_only=True)
class Campaign(Aggregate):
    """A name, and how much its promotions may give away in all; without a budget as much as they do."""

    id: CampaignId
    name: str
    budget: Money | None = None

    @classmethod
    def plan(cls, id: CampaignId, name: str, budget: Money | None) -> Self:
        """A new campaign."""
        return cls(id=id, name=name, budget=budget).telling(CampaignPlanned(id, name, budget))

    def change_budget(self, budget: Money | None, spent: Money | None) -> Self:
        """Another budget, or none. ``spent`` is in its currency. Raises ``BudgetAlreadySpent``."""
        if budget is not None and spent is not None and budget < spent:
            raise BudgetAlreadySpent(self.id, budget, spent)
        if budget == self.budget:
            return self
        return self.telling(BudgetChanged(self.id, budget), budget=budget)
