"""The mapping of every aggregate of the core, in the order in which their tables refer to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.mappings import (
    carts,
    catalog,
    counting,
    documents,
    inventory,
    ordering,
    pricing,
    promotions,
    queueing,
    shipping,
    stock_rules,
    supply,
    wallet,
)

__all__ = ["MAPPED"]

MAPPED: Mapping[type, Mapped[Any]] = {
    **catalog.MAPPED,
    **inventory.MAPPED,
    **pricing.MAPPED,
    **promotions.MAPPED,
    **wallet.MAPPED,
    **ordering.MAPPED,
    **shipping.MAPPED,
    **documents.MAPPED,
    **carts.MAPPED,
    **counting.MAPPED,
    **supply.MAPPED,
    **queueing.MAPPED,
    **stock_rules.MAPPED,
}
