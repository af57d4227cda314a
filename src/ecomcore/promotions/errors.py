"""How the promotions refuse."""

from __future__ import annotations

from attrs import define

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Refused
from ecomcore.kernel.ids import CampaignId, CouponBatchId, PromotionId
from ecomcore.kernel.money import Money

__all__ = ["BudgetAlreadySpent", "GroupBuyBegun", "NeverMatches", "NoCodesLeft", "RedemptionClosed", "VersionNotNewest"]


@define(eq=False, str=False)
class NeverMatches(Refused):
    """Terms that no cart could ever meet."""

    name: str
    why: str

    def sentence(self) -> str:
        return f"the promotion {self.name!r} could never be applied: {self.why}"


@define(eq=False, str=False)
class VersionNotNewest(Refused):
    """Only the newest version can be approved; somebody may have changed the promotion meanwhile."""

    promotion: PromotionId
    version: int
    newest: int

    def sentence(self) -> str:
        return f"version {self.version} of {self.promotion} cannot be approved; the newest is {self.newest}"


@define(eq=False, str=False)
class GroupBuyBegun(Refused):
    """A group buy that was approved goes on as it is."""

    promotion: PromotionId
    until: Instant

    def sentence(self) -> str:
        until = self.until.isoformat()
        return f"the group buy of {self.promotion} goes on until {until}; make another promotion for another"


@define(eq=False, str=False)
class BudgetAlreadySpent(Refused):
    """A budget cannot be less than what it has paid for already."""

    campaign: CampaignId
    wanted: Money
    spent: Money

    def sentence(self) -> str:
        return f"the budget of {self.campaign} cannot be {self.wanted}, for {self.spent} is spent"


@define(eq=False, str=False)
class NoCodesLeft(Refused):
    """Every code of the batch belongs to somebody."""

    batch: CouponBatchId
    size: int

    def sentence(self) -> str:
        return f"all {self.size} codes of {self.batch} are assigned or withdrawn; generate another batch"


@define(eq=False, str=False)
class RedemptionClosed(Refused):
    """What an order has given back it cannot hold again."""

    order: str
    state: str

    def sentence(self) -> str:
        return f"the benefits of {self.order} are {self.state}; they are no longer held"
