"""What must hold of what staff say about stock: a bundle has no stock, and what it is made of knows of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ecomcore.audit.breach import Breach
from ecomcore.audit.pages import pages, told
from ecomcore.inventory import Bundles, ChannelSupplies, StockItems, UnitTables
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.work import Persistence

__all__ = ["stock_rules"]


def stock_rules(persistence: Persistence) -> Iterator[Breach]:
    """Bundles with their components and without stock; the events of channels and units."""
    yield from _bundles(persistence)
    for port in (ChannelSupplies, UnitTables):
        for work, rows in pages(persistence, port):
            yield from told(work, rows)


def _bundles(persistence: Persistence) -> Iterator[Breach]:
    counted: dict[VariantId, int] = {}
    parts: Counter[VariantId] = Counter()
    for work, bundles in pages(persistence, Bundles):
        yield from told(work, bundles)
        counted.update((bundle.id, bundle.used_in) for bundle in bundles)
        parts.update(variant for bundle in bundles for variant in bundle.each())
        made = [bundle.id for bundle in bundles if bundle.is_bundle]
        for item in work.repository(StockItems).of_variants(made) if made else ():
            yield Breach("a bundle has no stock of its own", (f"StockItem {item.id}",), f"{item.on_hand} on hand")
    for variant in sorted({*counted, *parts}):
        if counted.get(variant, 0) != parts[variant]:
            found = f"{counted.get(variant, 0)} counted, in {parts[variant]} bundles"
            yield Breach("a part of a bundle knows of it", (f"Bundle {variant}",), found)
