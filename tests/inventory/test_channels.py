"""Channels: who serves them, who is asked first, and what is kept back from them."""

from __future__ import annotations

import pytest

from ecomcore import assemble
from ecomcore.inventory import (
    Availability,
    ChannelLocation,
    ChannelServed,
    ChannelSupply,
    ChannelSupplyView,
    GetAvailability,
    GetChannelSupply,
    ListStock,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReserveStock,
    ServeChannel,
    StockLine,
)
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Staff
from ecomcore.testing import ShopKit, a_shop, reading
from tests.support.refusals import refused

TEA = VariantId("tea")
HOUSE, STORE, OUTLET = (LocationId(name) for name in ("house", "store", "outlet"))


@pytest.fixture
def kit() -> ShopKit:
    """A shop with ten of a variant at each of three locations."""
    kit = a_shop(products=0)
    for priority, location in enumerate((HOUSE, STORE, OUTLET), 1):
        kit.staff.handle(OpenLocation(location.title(), priority=priority, id=location))
        kit.staff.handle(ReceiveStock(location, (StockLine(TEA, 10),)))
    return kit


def reserve(kit: ShopKit, units: int, channel: str, source: str = "order") -> dict[str, int]:
    """Set units aside in a channel; what is set aside at each location."""
    kit.system.handle(ReserveStock(source, (StockLine(TEA, units),), channel=channel))
    return {view.location: view.reserved for view in kit.staff.ask(ListStock((TEA,))) if view.reserved}


def available(kit: ShopKit, channel: str) -> int:
    (found,) = kit.staff.ask(GetAvailability((TEA,), channel))
    return found.available


def test_a_channel_nobody_has_spoken_of_is_served_by_all_by_their_own_priority(kit: ShopKit) -> None:
    assert kit.staff.ask(GetChannelSupply("web")) == ChannelSupplyView("web", None)
    assert available(kit, "web") == 30
    assert reserve(kit, 12, "web") == {HOUSE: 10, STORE: 2}


def test_a_channel_is_served_by_its_own_locations_in_its_own_order(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", (ChannelLocation(HOUSE, 2), ChannelLocation(OUTLET, 1))))

    assert available(kit, "web") == 20
    assert reserve(kit, 12, "web") == {OUTLET: 10, HOUSE: 2}
    assert kit.staff.ask(GetChannelSupply("web")).locations == (ChannelLocation(OUTLET, 1), ChannelLocation(HOUSE, 2))


def test_another_channel_is_served_as_before(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", (ChannelLocation(OUTLET),)))

    assert available(kit, "app") == 30
    assert reserve(kit, 1, "app") == {HOUSE: 1}


def test_a_buffer_is_kept_back_from_the_channel_and_from_no_other(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", (ChannelLocation(HOUSE, 1, 8), ChannelLocation(STORE, 2))))

    assert (available(kit, "web"), available(kit, "app")) == (12, 30)
    assert reserve(kit, 12, "web") == {HOUSE: 2, STORE: 10}
    with refused(OutOfStock(TEA, 1, 0)):
        reserve(kit, 1, "web", "another")


def test_a_channel_that_nobody_serves_sells_nothing(kit: ShopKit) -> None:
    kit.staff.handle(ServeChannel("web", ()))

    assert available(kit, "web") == 0
    with refused(OutOfStock(TEA, 1, 0)):
        reserve(kit, 1, "web")


def test_a_channel_can_be_served_otherwise_and_tells_of_it(kit: ShopKit) -> None:
    house, store = ChannelLocation(HOUSE), ChannelLocation(STORE, 5, 1)
    kit.staff.handle(ServeChannel("web", (store, house)))
    kit.staff.handle(ServeChannel("web", (house, store)))
    kit.staff.handle(ServeChannel("web", (store,)))

    with reading(kit.persistence) as work:
        told = [each.event for each in work.outbox.history("ChannelSupply", "web")]
    assert told == [ChannelServed("web", (house, store)), ChannelServed("web", (store,))]
    assert kit.staff.ask(GetChannelSupply("web")).locations == (store,)


def test_a_location_is_named_once_and_exists(kit: ShopKit) -> None:
    with pytest.raises(Invalid, match=r"locations\[1\]\.location"):
        ServeChannel("web", (ChannelLocation(HOUSE), ChannelLocation(HOUSE, 2)))

    with refused(NotFound("Location", "attic")):
        kit.staff.handle(ServeChannel("web", (ChannelLocation(LocationId("attic")),)))


def test_a_location_is_found_among_many() -> None:
    names = [LocationId(f"store-{number:03}") for number in range(0, 500, 5)]
    supply = ChannelSupply(id="web").serve(ChannelLocation(name, 7) for name in reversed(names))

    assert all(supply.of(name) == ChannelLocation(name, 7) for name in names)
    assert all(supply.of(LocationId(name)) is None for name in ("", "store-001", "store-496", "z"))


def test_what_lies_where_no_parcels_leave_is_not_offered() -> None:
    shop = assemble()
    staff = shop.desk(Staff("sam", {"*"}))
    staff.handle(OpenLocation("Showroom", id=LocationId("showroom"), ships=False, collects=True))
    staff.handle(ReceiveStock(LocationId("showroom"), [StockLine(VariantId("tea"), 5)]))

    assert staff.ask(GetAvailability([VariantId("tea")])) == (Availability(VariantId("tea"), 0),)
