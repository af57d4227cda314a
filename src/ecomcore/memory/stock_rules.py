"""The repositories of channels, bundles and units in memory."""

from __future__ import annotations

from typing import ClassVar

from ecomcore.inventory import Bundle, Bundles, ChannelSupplies, ChannelSupply, UnitTables, VariantUnits
from ecomcore.kernel.ids import VariantId
from ecomcore.memory.repositories import MemoryRepository

__all__ = ["MemoryBundles", "MemoryChannelSupplies", "MemoryUnitTables"]


class MemoryChannelSupplies(MemoryRepository[ChannelSupply, str], ChannelSupplies):
    kind: ClassVar[type[ChannelSupply]] = ChannelSupply  # type: ignore[misc]


class MemoryBundles(MemoryRepository[Bundle, VariantId], Bundles):
    kind: ClassVar[type[Bundle]] = Bundle  # type: ignore[misc]


class MemoryUnitTables(MemoryRepository[VariantUnits, VariantId], UnitTables):
    kind: ClassVar[type[VariantUnits]] = VariantUnits  # type: ignore[misc]
