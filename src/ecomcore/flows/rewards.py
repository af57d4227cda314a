"""What members get for what they buy, in a store as online. Pure functions: event in, commands out.

What is earned is not taken back yet when goods are returned or refunded: staff do that by ``AdjustAccount``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Member
from ecomcore.ordering import OrderCompleted
from ecomcore.wallet import EarnPoints

__all__ = ["give_the_points"]

_MEMBERS = Member(MemberId("x")).owner.removesuffix("x")
"""How the owner names of members begin."""


def give_the_points(event: OrderCompleted) -> Iterator[EarnPoints]:
    """Members earn points once their goods are with them; guests have nowhere to put them."""
    if event.buyer.startswith(_MEMBERS) and event.spent is not None and event.spent.minor > 0:
        yield EarnPoints(MemberId(event.buyer.removeprefix(_MEMBERS)), event.order, event.spent, event.earns)
