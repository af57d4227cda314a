"""Bundles: put together of other variants, never of bundles, with no stock of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.inventory import (
    Availability,
    BundleDefined,
    BundleDissolved,
    BundleHasNoStock,
    BundleInABundle,
    Bundles,
    BundleView,
    Component,
    ConsumeStock,
    CorrectStock,
    DefineBundle,
    DissolveBundle,
    GetAvailability,
    GetBundle,
    OpenLocation,
    OutOfStock,
    ReceiveStock,
    ReleaseStock,
    ReserveStock,
    StockLine,
    bundles_available,
)
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.testing import ShopKit, a_shop, reading
from tests.support.refusals import refused

SET, POT, CUP, LID = (VariantId(name) for name in ("set", "pot", "cup", "lid"))
HERE, THERE = LocationId("here"), LocationId("there")
OF_TEA = (Component(POT), Component(CUP, 4))


@pytest.fixture
def kit() -> ShopKit:
    """A shop with two locations, and a set of one pot and four cups."""
    kit = a_shop(products=0)
    kit.staff.handle(OpenLocation("Here", priority=1, id=HERE))
    kit.staff.handle(OpenLocation("There", priority=2, id=THERE))
    kit.staff.handle(DefineBundle(SET, OF_TEA))
    return kit


def receive(kit: ShopKit, location: LocationId = HERE, **units: int) -> None:
    lines = tuple(StockLine(VariantId(variant), quantity) for variant, quantity in units.items())
    kit.staff.handle(ReceiveStock(location, lines))


def available(kit: ShopKit, *variants: VariantId) -> list[int]:
    found: dict[VariantId, int] = {a.variant: a.available for a in kit.staff.ask(GetAvailability(variants))}
    return [found[variant] for variant in variants]


def used_in(kit: ShopKit, *variants: VariantId) -> list[int]:
    with reading(kit.persistence) as work:
        known = work.repository(Bundles).many(sorted(variants))
    return [known[variant].used_in if variant in known else 0 for variant in variants]


# Definitions -------------------------------------------------------------------------------------------------------


def test_a_bundle_shows_what_it_is_put_together_of(kit: ShopKit) -> None:
    assert kit.guest.ask(GetBundle(SET)) == BundleView(SET, OF_TEA)
    for other in (POT, LID):
        with refused(NotFound("Bundle", other)):
            kit.guest.ask(GetBundle(other))


def test_a_bundle_can_be_put_together_otherwise_and_dissolved(kit: ShopKit) -> None:
    otherwise = (Component(POT), Component(LID))
    kit.staff.handle(DefineBundle(SET, otherwise))
    kit.staff.handle(DefineBundle(SET, otherwise))

    assert used_in(kit, POT, CUP, LID) == [1, 0, 1]

    kit.staff.handle(DissolveBundle(SET))

    assert used_in(kit, POT, CUP, LID) == [0, 0, 0]
    with refused(NotFound("Bundle", SET)):
        kit.staff.ask(GetBundle(SET))
    with refused(NotFound("Bundle", SET)):
        kit.staff.handle(DissolveBundle(SET))
    with reading(kit.persistence) as work:
        told = [each.event for each in work.outbox.history("Bundle", SET)]
    assert told == [BundleDefined(SET, OF_TEA), BundleDefined(SET, otherwise), BundleDissolved(SET)]


def test_a_bundle_is_no_part_of_another(kit: ShopKit) -> None:
    with refused(BundleInABundle(LID, SET)):
        kit.staff.handle(DefineBundle(LID, (Component(SET),)))
    with refused(BundleInABundle(CUP, None)):
        kit.staff.handle(DefineBundle(CUP, (Component(LID),)))


def test_what_was_a_part_or_a_bundle_may_become_the_other(kit: ShopKit) -> None:
    kit.staff.handle(DissolveBundle(SET))

    kit.staff.handle(DefineBundle(CUP, (Component(SET), Component(LID))))

    assert kit.staff.ask(GetBundle(CUP)).components == (Component(SET), Component(LID))


def test_itself_and_the_same_variant_twice_are_refused_by_their_field() -> None:
    with pytest.raises(Invalid, match=r"components\[0\]\.variant"):
        DefineBundle(SET, (Component(SET),))
    with pytest.raises(Invalid, match=r"components\[1\]\.variant"):
        DefineBundle(SET, (Component(POT), Component(POT, 2)))
    with pytest.raises(Invalid, match="components"):
        DefineBundle(SET, ())


def test_what_ever_had_stock_of_its_own_is_no_bundle(kit: ShopKit) -> None:
    receive(kit, lid=1)
    kit.staff.handle(CorrectStock(LID, HERE, -1, "broken"))

    with refused(BundleHasNoStock(LID, is_bundle=False)):
        kit.staff.handle(DefineBundle(LID, (Component(CUP),)))


def test_a_bundle_gets_no_stock_of_its_own(kit: ShopKit) -> None:
    with refused(BundleHasNoStock(SET, is_bundle=True)):
        receive(kit, set=1)

    kit.staff.handle(DissolveBundle(SET))
    receive(kit, set=1)
    assert available(kit, SET) == [1]


# What can be had ---------------------------------------------------------------------------------------------------


def test_there_are_as_many_bundles_as_can_be_put_together_at_one_location(kit: ShopKit) -> None:
    receive(kit, HERE, pot=3, cup=9)
    receive(kit, THERE, pot=1, cup=7)

    assert available(kit, SET) == [3]  # two here, one there; the four cups left over are at two places


def test_an_order_of_a_bundle_takes_its_components_and_gives_them_back(kit: ShopKit) -> None:
    receive(kit, pot=3, cup=9)
    kit.system.handle(ReserveStock("order", (StockLine(SET, 2), StockLine(CUP, 1))))

    assert available(kit, SET, POT, CUP) == [0, 1, 0]
    with refused(OutOfStock(SET, 1, 0)):
        kit.system.handle(ReserveStock("another", (StockLine(SET, 1),)))

    kit.system.handle(ReleaseStock("order"))
    assert available(kit, SET, POT, CUP) == [2, 3, 9]


def test_what_is_set_aside_for_a_bundle_stays_when_the_bundle_changes(kit: ShopKit) -> None:
    receive(kit, pot=1, cup=4)
    kit.system.handle(ReserveStock("order", (StockLine(SET, 1),)))

    kit.staff.handle(DissolveBundle(SET))
    kit.system.handle(ConsumeStock("order", "parcel-1"))

    assert available(kit, POT, CUP) == [0, 0]


def test_a_bundle_that_nobody_can_put_together_is_not_available(kit: ShopKit) -> None:
    receive(kit, pot=3, cup=3)

    assert kit.guest.ask(GetAvailability((SET,))) == (Availability(SET, 0),)


@given(
    st.dictionaries(st.sampled_from([POT, CUP, LID]), st.integers(1, 9)),
    st.dictionaries(st.sampled_from([POT, CUP, LID]), st.integers(-5, 50)),
)
def test_so_many_bundles_can_be_put_together_and_not_one_more(
    components: dict[VariantId, int], there: dict[VariantId, int]
) -> None:
    bundles = bundles_available(components, there)

    def enough_for(count: int) -> bool:
        return all(count * each <= max(0, there.get(variant, 0)) for variant, each in components.items())

    assert bundles >= 0
    assert enough_for(bundles)
    assert not components or not enough_for(bundles + 1)
    assert components or not bundles
