"""The promises about channels, bundles and units: they come back, and no bundle is a part of another."""

from __future__ import annotations

from functools import partial

import pytest
from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.choices import Retries
from ecomcore.inventory import (
    Bundle,
    BundleInABundle,
    Bundles,
    ChannelLocation,
    ChannelSupplies,
    ChannelSupply,
    Component,
    DefineBundle,
    DefineUnits,
    VariantUnits,
)
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import InvariantViolated
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.work import Persistence
from ecomcore.testing.messages import a_message
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.shops import a_shop
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsStockRules"]

_SET, _POT, _CUP = VariantId("set"), VariantId("pot"), VariantId("cup")


def _supplies(prefix: str) -> SearchStrategy[ChannelSupply]:
    listed = st.lists(a_message(ChannelLocation), max_size=3, unique_by=lambda each: each.location)
    return listed.map(lambda locations: ChannelSupply(id=f"{prefix}web").serve(locations))


def _bundles(prefix: str) -> SearchStrategy[Bundle]:
    id_ = VariantId(f"{prefix}set")
    made = st.lists(a_message(Component), min_size=1, max_size=3).map(lambda parts: Bundle(id=id_).define(tuple(parts)))
    return made | st.integers(0, MAX_QUANTITY).map(lambda used_in: Bundle(id=id_, used_in=used_in))


def _units(prefix: str) -> SearchStrategy[VariantUnits]:
    id_ = VariantId(f"{prefix}tea")
    return a_message(DefineUnits).map(lambda said: VariantUnits.define(id_, said.base, said.units))


class KeepsStockRules(PersistenceCase):
    """What staff say about stock comes back, and the store refuses what nobody may say."""

    def _is_saved(self, persistence: Persistence, aggregate: Aggregate) -> None:
        keep(persistence, aggregate)
        kept = fetch(self._again(persistence), type(aggregate), aggregate.id)
        assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_who_serves_a_channel_comes_back(self, persistence: Persistence) -> None:
        for_all(_supplies, lambda each: self._is_saved(persistence, each))

    def test_every_bundle_comes_back_with_its_components(self, persistence: Persistence) -> None:
        for_all(_bundles, lambda each: self._is_saved(persistence, each))

    def test_the_units_of_a_variant_come_back(self, persistence: Persistence) -> None:
        for_all(_units, lambda each: self._is_saved(persistence, each))

    def test_what_staff_say_later_takes_the_place_of_what_they_said(self, persistence: Persistence) -> None:
        keep(persistence, ChannelSupply(id="web").serve([ChannelLocation(LocationId("a"))]))
        keep(persistence, Bundle(id=_SET).define((Component(_POT),)))
        keep(persistence, VariantUnits.define(_POT, "piece", ()))

        with writing(persistence) as work:
            supplies, bundles = work.repository(ChannelSupplies), work.repository(Bundles)
            supplies.save(supplies.get("web").serve([]))
            bundles.save(bundles.get(_SET, lock=True).dissolve())

        assert fetch(self._again(persistence), ChannelSupply, "web").locations == ()
        assert fetch(self._again(persistence), Bundle, _SET).components == ()

    def test_a_bundle_in_a_bundle_is_refused_whatever_the_code_does(self, persistence: Persistence) -> None:
        keep(persistence, Bundle(id=_SET).define((Component(_POT),)))

        kept = fetch(persistence, Bundle, _SET)
        for wrong in (1, -1):
            with pytest.raises(InvariantViolated):
                keep(persistence, evolve(kept, used_in=wrong))

        assert fetch(self._again(persistence), Bundle, _SET).used_in == 0

    def test_two_who_put_bundles_into_each_other_do_not_both_succeed(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=0, retries=Retries())
        others = [kit, kit.again(self.reopen(persistence))]
        commands = [DefineBundle(_SET, (Component(_CUP),)), DefineBundle(_CUP, (Component(_SET), Component(_POT)))]

        outcomes = at_once([partial(shop.staff.handle, each) for shop, each in zip(others, commands, strict=True)])

        errors = [outcome.error for outcome in outcomes if outcome.error is not None]
        assert [type(error) for error in errors] == [BundleInABundle], errors
        with reading(persistence) as work:
            made = work.repository(Bundles).page()
        assert [each.id for each in made if each.is_bundle] in ([_SET], [_CUP])
        assert all(not each.used_in for each in made if each.is_bundle)

    def test_parts_are_counted_rightly_when_many_define_a_bundle_at_once(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=0, retries=Retries())
        others = [kit, kit.again(self.reopen(persistence))]
        of_one, of_other, of_both = (Component(_POT),), (Component(_CUP),), (Component(_POT, 2), Component(_CUP))
        commands = [DefineBundle(_SET, parts) for parts in (of_one, of_other, of_both)] * 2

        outcomes = at_once([partial(others[i % 2].staff.handle, each) for i, each in enumerate(commands)])

        assert [outcome.value for outcome in outcomes] == [None] * len(commands)
        made = fetch(persistence, Bundle, _SET)
        with reading(persistence) as work:
            parts = work.repository(Bundles).many([_POT, _CUP])
        assert made.components in (of_one, of_other, of_both)
        assert {id_ for id_, part in parts.items() if part.used_in} == set(made.each())
        assert all(part.used_in in (0, 1) for part in parts.values())
