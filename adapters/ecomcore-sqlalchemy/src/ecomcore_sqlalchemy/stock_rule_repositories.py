"""The repositories of channels, bundles and units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ecomcore.inventory import Bundle, Bundles, ChannelSupplies, ChannelSupply, UnitTables, VariantUnits
from ecomcore.kernel.ids import VariantId
from ecomcore_sqlalchemy.repository import SqlRepository

__all__ = ["STOCK_RULE_REPOSITORIES"]


class SqlChannelSupplies(SqlRepository[ChannelSupply, str], ChannelSupplies):
    kind: ClassVar[type[ChannelSupply]] = ChannelSupply  # type: ignore[misc]


class SqlBundles(SqlRepository[Bundle, VariantId], Bundles):
    kind: ClassVar[type[Bundle]] = Bundle  # type: ignore[misc]


class SqlUnitTables(SqlRepository[VariantUnits, VariantId], UnitTables):
    kind: ClassVar[type[VariantUnits]] = VariantUnits  # type: ignore[misc]


STOCK_RULE_REPOSITORIES: Mapping[type, type[SqlRepository[Any, Any]]] = {
    ChannelSupplies: SqlChannelSupplies,
    Bundles: SqlBundles,
    UnitTables: SqlUnitTables,
}
"""Which repository implements which port of channels, bundles and units."""
