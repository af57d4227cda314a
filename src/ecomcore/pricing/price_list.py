"""A price list says for whom its prices are, in which currency, when, and whether they include tax. What it says is
kept in versions: each is in force from the moment it is made until the next, or until the list ends. So a quote of last
March can be made again. Its currency never changes, for its prices are in it. An ended list stays as it is.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import PriceListId
from ecomcore.kernel.money import Currency
from ecomcore.pricing.errors import PriceListOver
from ecomcore.pricing.events import PriceListAdded, PriceListChanged, PriceListEnded
from ecomcore.pricing.values import ListVersion
from ecomcore.quoting import BASE, FLOOR, ListRule, ListTerms

__all__ = ["PriceList"]


@frozen(kw_only=True)
class PriceList(Aggregate):
    """A price list in all its versions, the oldest first; ``ended_at`` is when it ended, if it did."""

    id: PriceListId
    versions: tuple[ListVersion, ...]
    ended_at: Instant | None = None

    @classmethod
    def add(cls, id: PriceListId, terms: ListTerms, at: Instant) -> Self:
        """A new list. Raises ``Invalid`` for the ids of the shop's own lists."""
        if id in (BASE, FLOOR):
            raise Invalid("id", id, f"an id other than {BASE} and {FLOOR}, which are the shop's own lists")
        return cls(id=id, versions=(ListVersion(1, at, terms),)).telling(PriceListAdded(id, terms))

    def change(self, terms: ListTerms, at: Instant) -> Self:
        """It says something else from now on. Raises ``PriceListOver``, and ``Invalid`` for another currency."""
        self.refuse_if_over()
        if terms == self.terms:
            return self
        if terms.currency != self.currency:
            raise Invalid("terms.currency", terms.currency, f"{self.currency}, for the list has prices in it")
        version = ListVersion(len(self.versions) + 1, self._not_earlier(at), terms)
        return self.telling(PriceListChanged(self.id, version.number, terms), versions=(*self.versions, version))

    def end(self, at: Instant) -> Self:
        """It is not in force any more. Raises ``PriceListOver``."""
        self.refuse_if_over()
        ended_at = self._not_earlier(at)
        return self.telling(PriceListEnded(self.id, ended_at), ended_at=ended_at)

    def refuse_if_over(self) -> None:
        """Raises ``PriceListOver`` once it has ended."""
        if self.ended_at is not None:
            raise PriceListOver(self.id, self.ended_at)

    def rules(self) -> tuple[ListRule, ...]:
        """Its versions with the time in which each is or was in force; what was replaced at once never was."""
        ends = (*(version.since for version in self.versions[1:]), self.ended_at)
        return tuple(
            ListRule(self.id, version.terms, version.since, until)
            for version, until in zip(self.versions, ends, strict=True)
            if until is None or version.since < until
        )

    @property
    def terms(self) -> ListTerms:
        """What it says now, or said at its end."""
        return self.versions[-1].terms

    @property
    def currency(self) -> Currency:
        """The one currency of its prices."""
        return self.terms.currency

    def _not_earlier(self, at: Instant) -> Instant:
        """Clocks of two machines differ: nothing is replaced before it began."""
        return max(at, self.versions[-1].since)
