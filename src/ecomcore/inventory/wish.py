"""A wish: somebody wants to be told when a variant is back. It is open until they are told, or do not want to know any
more. Each person has one open wish for a variant; who asks again changes how many units they want, and keeps their
place. When units can be had in the channel in which they asked the oldest wishes are told, but not more than a few for
each unit: it helps nobody to call a thousand people for ten units. What is left after some time is told to the next.
Wishes set nothing aside; who must have units joins a queue.

Whoever is to be told is a member, or somebody known by an e-mail address only, which can be erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hmac import compare_digest
from typing import Self

from attrs import define, field, frozen

from ecomcore.inventory.queue_events import BackInStockTold, StockAskedFor, WishErased, WishWithdrawn
from ecomcore.inventory.queue_values import WishState, person_of
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import LocationId, MemberId, VariantId, WishId
from ecomcore.kernel.lifecycle import Lifecycle, move
from ecomcore.kernel.text import Personal

__all__ = ["WISH_LIFECYCLE", "Shares", "Wish", "to_be_told"]

WISH_LIFECYCLE = Lifecycle(
    "wish",
    WishState.OPEN,
    {
        "tell": move(WishState.OPEN, to=WishState.TOLD),
        "withdraw": move(WishState.OPEN, to=WishState.WITHDRAWN),
    },
)


@frozen(kw_only=True)
class Wish(Aggregate):
    """Somebody wants to be told when ``quantity`` units of a variant can be had.

    ``owner`` is who asked, empty where only the shop did; ``person`` stands for who is told, and is empty once that is
    erased.
    """

    id: WishId
    variant: VariantId
    owner: str = field(repr=False)
    person: str = field(repr=False)
    member: MemberId | None
    email: Personal | None
    channel: str
    quantity: int
    asked_at: Instant
    state: WishState
    told_at: Instant | None = None

    @classmethod
    def ask(
        cls,
        id: WishId,
        variant: VariantId,
        owner: str,
        member: MemberId | None,
        email: Personal | None,
        channel: str,
        quantity: int,
        at: Instant,
    ) -> Self:
        """A new wish of a member, or of whoever reads mail at this address."""
        wish = cls(
            id=id,
            variant=variant,
            owner=owner,
            person=person_of(member, email),
            member=member,
            email=email,
            channel=channel,
            quantity=quantity,
            asked_at=at,
            state=WISH_LIFECYCLE.initial,
        )
        return wish.telling(StockAskedFor(id, variant, quantity))

    @property
    def is_open(self) -> bool:
        """Whether it is still to be told."""
        return self.state is WishState.OPEN

    def is_of(self, owner: str) -> bool:
        """Whether this owner asked."""
        return bool(self.owner) and compare_digest(self.owner, owner)

    def change(self, quantity: int, channel: str) -> Self:
        """They want so many now. Their place stays."""
        if (quantity, channel) == (self.quantity, self.channel):
            return self
        return self.telling(StockAskedFor(self.id, self.variant, quantity), quantity=quantity, channel=channel)

    def tell(self, at: Instant) -> Self:
        """There are units again. Raises ``IllegalTransition``."""
        told = BackInStockTold(self.id, self.variant, self.quantity, self.channel, self.member, self.email)
        return self.telling(told, state=WISH_LIFECYCLE.after("tell", self.state), told_at=at)

    def withdraw(self) -> Self:
        """They do not want to know any more. Raises ``IllegalTransition``."""
        return self.telling(WishWithdrawn(self.id, self.variant), state=WISH_LIFECYCLE.after("withdraw", self.state))

    def erase(self) -> Self:
        """Nothing says any more whose it was; an open one is withdrawn."""
        wish = self.withdraw() if self.is_open else self
        return wish.telling(WishErased(self.id), owner="", person="", member=None, email=None)


@define
class Shares:
    """How much of what can be had may still be told of, by the locations where it lies.

    ``can`` says how many units, or whole bundles, each channel can have from each location. Of every unit the share
    ``per_unit`` is told, whatever the channels: ``taken`` counts what was told of each location.
    """

    can: Mapping[str, Mapping[LocationId, int]]
    per_unit: int
    taken: Counter[LocationId] = field(factory=Counter)

    def available(self, channel: str) -> int:
        """How many units a channel can have."""
        return sum(self.can.get(channel, {}).values())

    def left(self, channel: str) -> int:
        """How many wished units of a channel may still be told."""
        return sum(self._left(location, units) for location, units in self.can.get(channel, {}).items())

    def take(self, channel: str, units: int) -> None:
        """So many wished units were told; what there is no share of any more counts for nothing."""
        for location, there in sorted(self.can.get(channel, {}).items()):
            part = min(units, self._left(location, there))
            self.taken[location] += part
            units -= part

    def forget(self, location: LocationId) -> None:
        """What lies at this location has just come: nobody was told of it."""
        del self.taken[location]

    def _left(self, location: LocationId, units: int) -> int:
        return max(units * self.per_unit - self.taken[location], 0)


def to_be_told(wishes: Iterable[Wish], shares: Shares) -> Iterator[Wish]:
    """Who is told, of these wishes in their order: nobody wants more units than their channel can have, and all of them
    together no more than the shares that are left.
    """
    for wish in wishes:
        if wish.quantity <= min(shares.available(wish.channel), shares.left(wish.channel)):
            shares.take(wish.channel, wish.quantity)
            yield wish
