"""A group buy is open until enough different buyers have paid, or until its time is over: it succeeds or fails, once.

It opens with the first order that is paid. Orders that are paid later than that join what has become of it: a group
that has succeeded succeeds for them too, and one that has failed, or whose time is over, fails for them. Whoever
cancels while it is open leaves it. Coming and going are facts in a ledger.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import OrderId, PromotionId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.promotions.events import GroupBuyFailed, GroupBuySucceeded
from ecomcore.promotions.values import GroupEntry

__all__ = ["GROUP_BUY_LIFECYCLE", "GroupBuy", "GroupBuyState"]


class GroupBuyState(StrEnum):
    """Open: buyers may come and go. Succeeded: enough have come. Failed: too few have come in time."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


GROUP_BUY_LIFECYCLE = Lifecycle(
    "group buy",
    GroupBuyState.OPEN,
    {
        "succeed": move(GroupBuyState.OPEN, to=GroupBuyState.SUCCEEDED),
        "fail": move(GroupBuyState.OPEN, to=GroupBuyState.FAILED),
    },
)


@frozen(kw_only=True)
class GroupBuy(Aggregate):
    """The group of one promotion, under the promotion's own id."""

    id: PromotionId
    buyers_needed: int
    until: Instant
    state: GroupBuyState = GroupBuyState.OPEN
    entries: tuple[GroupEntry, ...] = ()

    @classmethod
    def open(cls, promotion: PromotionId, buyers_needed: int, until: Instant) -> Self:
        """A group that nobody has joined yet."""
        return cls(id=promotion, buyers_needed=buyers_needed, until=until, state=GROUP_BUY_LIFECYCLE.initial)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be seen what becomes of it."""
        return self.state is GroupBuyState.OPEN

    @property
    def joined(self) -> tuple[tuple[OrderId, str], ...]:
        """The orders that are in it, with their buyers, in the order in which they came."""
        there: dict[OrderId, str] = {}
        for entry in self.entries:
            if entry.joined:
                there[entry.order] = entry.buyer
            else:
                there.pop(entry.order, None)
        return tuple(there.items())

    @property
    def buyers(self) -> int:
        """How many different buyers are in it."""
        return len({buyer for _, buyer in self.joined})

    def join(self, order: OrderId, buyer: str, at: Instant) -> Self:
        """A paid order comes in. An order that is in it already changes nothing."""
        if order in dict(self.joined):
            return self
        grown = self.having(entries=(*self.entries, GroupEntry(order, buyer, joined=True)))
        match grown.state:
            case GroupBuyState.SUCCEEDED:
                return grown.telling(GroupBuySucceeded(self.id, (order,)))
            case GroupBuyState.FAILED:
                return grown.telling(GroupBuyFailed(self.id, (order,)))
            case GroupBuyState.OPEN if at >= self.until:
                return grown.fail()
            case GroupBuyState.OPEN:
                return grown._succeed() if grown.buyers >= self.buyers_needed else grown

    def leave(self, order: OrderId) -> Self:
        """A cancelled order goes. It changes nothing unless the group is open and the order is in it."""
        there = dict(self.joined)
        if not self.is_open or order not in there:
            return self
        return self.having(entries=(*self.entries, GroupEntry(order, there[order], joined=False)))

    def fail(self) -> Self:
        """Its time is over, and too few have come."""
        return self.telling(
            GroupBuyFailed(self.id, self._orders()), state=GROUP_BUY_LIFECYCLE.after("fail", self.state)
        )

    def _succeed(self) -> Self:
        return self.telling(
            GroupBuySucceeded(self.id, self._orders()), state=GROUP_BUY_LIFECYCLE.after("succeed", self.state)
        )

    def _orders(self) -> tuple[OrderId, ...]:
        return tuple(order for order, _ in self.joined)
