"""The edition of the shop's rules: one number that grows whenever a rule of any kind changes.

Rules change seldom and are read all the time: whoever keeps them in memory asks for the edition and knows whether what
they have is still true.
"""

from __future__ import annotations

from typing import Protocol, Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import EditionId
from ecomcore.kernel.work import Repository

__all__ = ["RULES", "Edition", "Editions"]

RULES = EditionId("rules")
"""The one edition there is."""


@frozen(kw_only=True)
class Edition(Aggregate):
    """Its ``version`` is the number of the edition; nothing else is to be known of it."""

    id: EditionId = RULES

    def next(self) -> Self:
        """The edition after this one."""
        return self.having()


class Editions(Repository[Edition, EditionId], Protocol):
    """The one edition of the rules."""

    kind: type[Edition] = Edition

    def turn(self) -> None:
        """A rule has changed. To be called by every use case that changes one."""
        self.save((self.find(RULES, lock=True) or Edition()).next())
