"""What queues and wishes need from a store."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from ecomcore.inventory.queue_queries import WishCount
from ecomcore.inventory.queue_values import WishSum
from ecomcore.inventory.waiting import QueueLine, QueueTicket
from ecomcore.inventory.wish import Wish
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import QueueTicketId, VariantId, WishId
from ecomcore.kernel.work import Repository

__all__ = ["LineSums", "QueueLines", "QueueTickets", "Wishes"]


@frozen
class LineSums:
    """What the tickets of a line say: how many there are, the highest number, and how many wait."""

    tickets: int = 0
    last: int = 0
    waiting: int = 0


class QueueLines(Repository[QueueLine, VariantId], Protocol):
    """All lines."""

    kind: type[QueueLine] = QueueLine

    @abstractmethod
    def waiting(self) -> frozenset[VariantId]:
        """The variants for which tickets wait.

        Asked for with whatever makes units available, so a store looks once in a unit of work: asked again, it may
        still name a variant for which others have stopped waiting, or not yet one for which they have begun.
        """


class QueueTickets(Repository[QueueTicket, QueueTicketId], Protocol):
    """All tickets."""

    kind: type[QueueTicket] = QueueTicket

    @abstractmethod
    def live(self, variant: VariantId, owner: str, source: str) -> QueueTicket | None:
        """The owner's ticket for this source and variant that waits or has an offer; there is one at most."""

    @abstractmethod
    def heads(self, variants: Collection[VariantId], each: int) -> Sequence[QueueTicket]:
        """The tickets that wait for these variants, in the order of variant and number; so many of each at most."""

    @abstractmethod
    def ahead(self, variants: Collection[VariantId], source: str) -> Mapping[VariantId, int]:
        """How many tickets wait for each of these variants before the first of this source: all of them, where no
        ticket of this source, or of this id, waits. Variants without any are left out.
        """

    @abstractmethod
    def before(self, variant: VariantId, number: int) -> int:
        """How many tickets with a lower number wait for the variant."""

    @abstractmethod
    def line(self, variant: VariantId, after: int, limit: int) -> Sequence[QueueTicket]:
        """The tickets of a variant that wait or have an offer, from the one after the number, in their order."""

    @abstractmethod
    def sums(self, variants: Collection[VariantId]) -> Mapping[VariantId, LineSums]:
        """What the tickets of each of these variants say; variants without any may be missing."""


class Wishes(Repository[Wish, WishId], Protocol):
    """All wishes."""

    kind: type[Wish] = Wish

    @abstractmethod
    def variants(self) -> frozenset[VariantId]:
        """The variants of open wishes.

        As with lines a store looks once in a unit of work, and may answer with what it saw then.
        """

    @abstractmethod
    def open_of(self, variant: VariantId, person: str) -> Wish | None:
        """The person's open wish for the variant; there is one at most."""

    @abstractmethod
    def oldest(self, variant: VariantId, channels: Collection[str], most_units: int, limit: int) -> Sequence[Wish]:
        """The open wishes for a variant in these channels of no more than so many units, oldest first."""

    @abstractmethod
    def open_sums(self, variants: Collection[VariantId]) -> Sequence[WishSum]:
        """What the open wishes for these variants want, by variant and channel."""

    @abstractmethod
    def told_sums(self, variants: Collection[VariantId], since: Instant) -> Sequence[WishSum]:
        """What those wanted who were told of these variants after then, by variant and channel."""

    @abstractmethod
    def of_person(self, person: str) -> Sequence[Wish]:
        """All wishes of a person, open or not, in the order of their ids."""

    @abstractmethod
    def counts(self, variants: Collection[VariantId], after: VariantId | None, limit: int) -> Sequence[WishCount]:
        """The open wishes of each of these variants, or of all, in the order of the variants."""
