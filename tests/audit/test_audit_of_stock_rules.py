"""The rules of the audit about what staff say of stock: what is right has no breach, and each breach is found."""

from __future__ import annotations

import pytest

from ecomcore.inventory import (
    Bundle,
    ChannelLocation,
    ChannelSupply,
    Component,
    DefineBundle,
    DefineUnits,
    DissolveBundle,
    ServeChannel,
    StockItem,
    VariantUnits,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.ids import VariantId
from ecomcore.memory import MemoryPersistence
from ecomcore.testing import ShopKit, a_shop

SET, POT, CUP, PAIR = (VariantId(name) for name in ("set", "pot", "cup", "pair"))


@pytest.fixture
def kit() -> ShopKit:
    """A shop with two bundles that share a component, one that was dissolved, a channel and units."""
    kit = a_shop(products=1)
    kit.staff.handle(DefineBundle(SET, (Component(POT), Component(CUP, 4))))
    kit.staff.handle(DefineBundle(PAIR, (Component(CUP, 2),)))
    kit.staff.handle(DefineBundle(VariantId("gone"), (Component(CUP),)))
    kit.staff.handle(DissolveBundle(VariantId("gone")))
    kit.staff.handle(ServeChannel("web", (ChannelLocation(kit.location),)))
    kit.staff.handle(DefineUnits(POT, "piece"))
    return kit


def breaches(kit: ShopKit) -> list[tuple[str, tuple[str, ...]]]:
    return [(breach.rule, breach.rows) for breach in kit.shop.audit()]


def plant(kit: ShopKit, row: Aggregate) -> None:
    """Put a row there behind everybody's back."""
    assert isinstance(kit.persistence, MemoryPersistence)
    kit.persistence._tables.rows[type(row)][row.id] = row
    if isinstance(row, StockItem):
        kit.persistence._tables.items_of[row.variant].append(row.id)


def found(kit: ShopKit, kind: type[Aggregate], id: str) -> Aggregate:
    assert isinstance(kit.persistence, MemoryPersistence)
    row: Aggregate = kit.persistence._tables.rows[kind][id]
    return row


def test_what_staff_say_of_stock_has_no_breach(kit: ShopKit) -> None:
    assert breaches(kit) == []


@pytest.mark.parametrize("used_in", [1, 3])
def test_a_part_that_counts_wrongly_is_found(kit: ShopKit, used_in: int) -> None:
    plant(kit, found(kit, Bundle, CUP).having(used_in=used_in))

    assert breaches(kit) == [("a part of a bundle knows of it", ("Bundle cup",))]


def test_a_part_of_nothing_is_found(kit: ShopKit) -> None:
    plant(kit, found(kit, Bundle, SET).having(components=(Component(CUP, 4),)))

    assert breaches(kit) == [("a part of a bundle knows of it", ("Bundle pot",))]


def test_a_bundle_with_stock_of_its_own_is_found(kit: ShopKit) -> None:
    plant(kit, StockItem.empty(SET, kit.location).having(version=1))

    assert breaches(kit) == [("a bundle has no stock of its own", (f"StockItem {SET}@{kit.location}",))]


@pytest.mark.parametrize(("kind", "id"), [(Bundle, SET), (ChannelSupply, "web"), (VariantUnits, POT)])
def test_an_event_that_was_lost_is_found(kit: ShopKit, kind: type[Aggregate], id: str) -> None:
    plant(kit, found(kit, kind, id).having(told=2))

    assert breaches(kit) == [("the outbox keeps every event", (f"{kind.__name__} {id}",))]
