"""The words of the shop, said with plain strings: the model knows no ids, and the shop refuses what is none."""

from __future__ import annotations

from typing import Any

import ecomcore.counting
import ecomcore.inventory
import ecomcore.supply
import ecomcore.transfers

__all__ = ["counting", "moves", "stock", "supply"]

stock: Any = ecomcore.inventory
moves: Any = ecomcore.transfers
supply: Any = ecomcore.supply
counting: Any = ecomcore.counting
