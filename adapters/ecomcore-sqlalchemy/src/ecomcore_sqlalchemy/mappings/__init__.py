"""The mapping of every aggregate of the core, in the order in which their tables refer to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.mappings import (
    carts,
    catalog,
    documents,
    inventory,
    ordering,
    pricing,
    promotions,
    shipping,
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
}
