"""Channels, bundles and units as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecomcore.inventory import Bundle, ChannelLocation, ChannelSupply, Component, UnitOfMeasure, VariantUnits
from ecomcore.kernel.ids import VariantId
from ecomcore_sqlalchemy import stock_rule_tables as tables
from ecomcore_sqlalchemy.dialect import Dialect
from ecomcore_sqlalchemy.mapping import Mapped
from ecomcore_sqlalchemy.writes import Row

__all__ = ["MAPPED"]

Parts = Sequence[Sequence[Row]]


def _supply_values(supply: ChannelSupply, dialect: Dialect) -> Row:
    return (dialect.documents.dump_value(supply.locations, tuple[ChannelLocation, ...]),)


def _supply(row: Row, _: Parts, dialect: Dialect) -> ChannelSupply:
    id_, version, told, locations = row
    listed = dialect.documents.load_value(tuple[ChannelLocation, ...], locations)
    return ChannelSupply(id=id_, version=version, told=told, locations=listed)


def _bundle_values(bundle: Bundle, dialect: Dialect) -> Row:
    parts = dialect.documents.dump_value(bundle.components, tuple[Component, ...]) if bundle.is_bundle else ""
    return parts, bundle.used_in


def _bundle(row: Row, _: Parts, dialect: Dialect) -> Bundle:
    id_, version, told, components, used_in = row
    return Bundle(
        id=VariantId(id_),
        version=version,
        told=told,
        components=dialect.documents.load_value(tuple[Component, ...], components) if components else (),
        used_in=used_in,
    )


def _units_values(units: VariantUnits, dialect: Dialect) -> Row:
    return units.base, dialect.documents.dump_value(units.units, tuple[UnitOfMeasure, ...])


def _units(row: Row, _: Parts, dialect: Dialect) -> VariantUnits:
    id_, version, told, base, others = row
    return VariantUnits(
        id=VariantId(id_),
        version=version,
        told=told,
        base=base,
        units=dialect.documents.load_value(tuple[UnitOfMeasure, ...], others),
    )


MAPPED: Mapping[type, Mapped[Any]] = {
    ChannelSupply: Mapped(ChannelSupply, tables.channel_supplies, ("locations",), (), _supply_values, _supply),
    Bundle: Mapped(Bundle, tables.bundles, ("components", "used_in"), (), _bundle_values, _bundle),
    VariantUnits: Mapped(VariantUnits, tables.variant_units, ("base", "units"), (), _units_values, _units),
}
