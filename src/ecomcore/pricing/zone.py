"""A tax zone is defined, redefined as often as the law changes, and removed; defined again, it is back. What it says
has no versions: a rate that changes on a day is written down with its period beside the one it follows.
"""

from __future__ import annotations

from itertools import combinations
from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import TaxZoneId
from ecomcore.pricing.events import TaxZoneDefined, TaxZoneRemoved
from ecomcore.quoting import TaxRate, TaxZone

__all__ = ["Zone"]


@frozen(kw_only=True)
class Zone(Aggregate):
    """A tax zone as it is now."""

    id: TaxZoneId
    terms: TaxZone
    removed: bool = False

    @classmethod
    def define(cls, terms: TaxZone) -> Self:
        """A new zone. Raises ``Invalid`` where two rates of a category overlap."""
        _refuse_overlaps(terms)
        return cls(id=terms.id, terms=terms).telling(TaxZoneDefined(terms.id, terms.name))

    def redefine(self, terms: TaxZone) -> Self:
        """It is this from now on. Raises ``Invalid`` where two rates of a category overlap."""
        _refuse_overlaps(terms)
        if terms == self.terms and not self.removed:
            return self
        return self.telling(TaxZoneDefined(self.id, terms.name), terms=terms, removed=False)

    def remove(self) -> Self:
        """It is none any more."""
        return self.telling(TaxZoneRemoved(self.id), removed=True)


def _refuse_overlaps(terms: TaxZone) -> None:
    for (first, one), (second, other) in combinations(enumerate(terms.rates), 2):
        if one.category == other.category and _overlap(one, other):
            accepted = f"a period in which rates[{first}] of category {one.category} does not hold"
            raise Invalid(f"zone.rates[{second}].period", other.period, accepted)


def _overlap(one: TaxRate, other: TaxRate) -> bool:
    return one.period is None or other.period is None or one.period.overlaps(other.period)
