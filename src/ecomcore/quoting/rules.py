"""What a rulebook is made of: promotions as they are or were in force, and the heads of price lists."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PriceListId, PromotionId
from ecomcore.quoting.prices import ListTerms
from ecomcore.quoting.terms import Terms

__all__ = ["DatedRule", "ListRule"]


@frozen
class DatedRule:
    """The terms of a promotion, in force from ``since`` until before ``until`` (``None``: still)."""

    promotion: PromotionId
    terms: Terms
    since: Instant
    until: Instant | None = None


@frozen
class ListRule:
    """The terms of a price list, in force from ``since`` until before ``until``."""

    list: PriceListId
    terms: ListTerms
    since: Instant
    until: Instant | None = None
