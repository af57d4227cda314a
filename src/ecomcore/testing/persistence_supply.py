"""The promises about inbound deliveries: they come back whole, and what is still to come is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest
from attrs import evolve

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.work import Persistence
from ecomcore.supply import (
    InboundDeliveries,
    InboundDelivery,
    InboundFilter,
    InboundState,
    InboundTotal,
    Outstanding,
    SupplyPolicy,
)
from ecomcore.testing import supply as drawn
from ecomcore.testing.builders import a_location
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.supply import an_inbound, arrived
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing

__all__ = ["KeepsInboundDeliveries"]

_DAY = timedelta(days=1)
_TEA, _CUP = VariantId("tea"), VariantId("cup")
_TAKES = SupplyPolicy()


class KeepsInboundDeliveries(PersistenceCase):
    """What deliveries save comes back and is found."""

    def _delivery_is_saved(self, persistence: Persistence, delivery: Aggregate) -> None:
        keep(persistence, delivery)
        kept = fetch(self._again(persistence), type(delivery), delivery.id)
        assert_same(kept, as_kept(delivery), f"inbound delivery {delivery.id}")

    def test_every_delivery_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        for_all(drawn.inbounds, lambda delivery: self._delivery_is_saved(persistence, delivery))

    def test_a_delivery_that_changes_comes_back_changed(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), an_inbound(tea=10, cup=2))

        steps: tuple[Callable[[InboundDelivery], InboundDelivery], ...] = (
            lambda delivery: delivery.reschedule(NOON + _DAY),
            lambda delivery: delivery.receive((arrived(3, lot="L1", expires_at=NOON),), "slip", NOON, _TAKES),
            lambda delivery: delivery.receive((arrived(1, "jug", damaged=2),), "slip 2", NOON, _TAKES),
            lambda delivery: delivery.receive((arrived(2, serials=("s1", "s2")),), "slip 3", NOON, _TAKES),
            lambda delivery: delivery.close("the supplier is out of business"),
        )
        for step in steps:
            self._delivery_is_saved(persistence, step(fetch(persistence, InboundDelivery, "inbound")))

        kept = fetch(self._again(persistence), InboundDelivery, "inbound")
        assert kept.state is InboundState.CLOSED
        assert kept.totals == (
            InboundTotal(_TEA, 10, 5),
            InboundTotal(_CUP, 2),
            InboundTotal(VariantId("jug"), 0, 1, 2),
        )

    def test_the_largest_quantities_are_exact(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        delivery = an_inbound(tea=MAX_QUANTITY).receive((arrived(MAX_QUANTITY),), "", NOON, _TAKES)

        self._delivery_is_saved(persistence, delivery)

    def test_what_is_still_to_come_is_found_by_variant(self, persistence: Persistence) -> None:
        later, soon = an_inbound("a", expected_at=NOON + _DAY, tea=10, cup=1), an_inbound("b", location="store")
        keep(persistence, a_location(), a_location("store"), later, soon)
        keep(persistence, an_inbound("c", cup=5), an_inbound("d", jug=5))
        keep(persistence, an_inbound("e").cancel("no"), an_inbound("f").close("no"))
        keep(persistence, an_inbound("g").receive((arrived(11),), "", NOON, _TAKES))

        expected = [
            Outstanding(_CUP, LocationId("main"), 5, NOON, InboundId("c")),
            Outstanding(_CUP, LocationId("main"), 1, NOON + _DAY, InboundId("a")),
            Outstanding(_TEA, LocationId("store"), 10, NOON, InboundId("b")),
            Outstanding(_TEA, LocationId("main"), 10, NOON + _DAY, InboundId("a")),
        ]
        assert _outstanding(self._again(persistence)) == expected

    def test_what_has_come_is_no_longer_found_in_its_own_unit_of_work_either(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), *(an_inbound(id_) for id_ in ("a", "b", "c")))

        with writing(persistence) as work:
            deliveries: InboundDeliveries = work.repository(InboundDeliveries)
            deliveries.save(deliveries.get(InboundId("a")).receive((arrived(4),), "", NOON, _TAKES))
            deliveries.save(deliveries.get(InboundId("b")).cancel("no"))
            deliveries.save(an_inbound("d", tea=1))
            here = [(each.inbound, each.quantity) for each in deliveries.outstanding([_TEA])]

        there = [(each.inbound, each.quantity) for each in _outstanding(self._again(persistence))]
        assert here == there == [("a", 6), ("c", 10), ("d", 1)]

    def test_open_deliveries_are_found_by_place_variant_and_time_and_paged(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), a_location("store"))
        keep(persistence, *(an_inbound(f"i{number}") for number in range(4)))
        keep(persistence, an_inbound("i4", location="store", cup=2), an_inbound("i5", expected_at=NOON + _DAY))
        keep(persistence, an_inbound("i6").cancel("no"), an_inbound("i7").close("no"))

        with writing(persistence) as work:
            deliveries: InboundDeliveries = work.repository(InboundDeliveries)
            come = deliveries.get(InboundId("i2")).receive((arrived(10),), "", NOON, _TAKES)
            deliveries.save(come, an_inbound("i8", cup=1, tea=1).receive((arrived(1),), "", NOON, _TAKES))
            found = _open_ones(deliveries)
        with reading(self._again(persistence)) as work:
            again = _open_ones(work.repository(InboundDeliveries))

        assert found == again == [
            ["i0", "i1", "i3", "i4", "i5", "i8"],
            ["i1", "i3"],
            ["i4"],
            ["i4", "i8"],
            ["i0", "i1", "i3", "i5"],
            ["i0", "i1", "i3", "i4", "i8"],
            ["i8"],
            [],
        ]  # fmt: skip

    def test_a_delivery_goes_to_a_place_that_exists(self, persistence: Persistence) -> None:
        with pytest.raises(InvariantViolated):
            keep(persistence, an_inbound(location="nowhere"))

    def test_less_than_nothing_neither_comes_nor_is_ordered(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        for total in (InboundTotal(_TEA, -1), InboundTotal(_TEA, 1, -1), InboundTotal(_TEA, 1, 0, -1)):
            with pytest.raises(InvariantViolated):
                keep(persistence, an_inbound().having(totals=(total,)))

    def test_a_variant_has_one_total(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        with pytest.raises(Duplicate):
            keep(persistence, an_inbound().having(totals=(InboundTotal(_TEA, 1), InboundTotal(_TEA, 2))))

    def test_a_receipt_is_kept_once_under_its_reference_whatever_the_code_does(self, persistence: Persistence) -> None:
        keep(persistence, a_location())

        received = an_inbound().receive((arrived(2),), "slip", NOON, _TAKES)
        twice = received.having(entries=(*received.entries, evolve(received.entries[0], number=2)))
        with pytest.raises(Duplicate):
            keep(persistence, twice)

        other = evolve(received.entries[0], number=2, reference="")
        keep(persistence, received.having(entries=(*received.entries, other, evolve(other, number=3))))

    def test_a_stale_delivery_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), an_inbound())
        delivery = fetch(persistence, InboundDelivery, "inbound")

        keep(persistence, delivery.receive((arrived(1),), "", NOON, _TAKES))
        with pytest.raises(Conflict):
            keep(persistence, delivery.receive((arrived(1),), "", NOON, _TAKES))

    def test_receipts_at_once_are_all_counted(self, persistence: Persistence) -> None:
        keep(persistence, a_location(), an_inbound(tea=6))

        def receive(handle: Persistence, reference: str) -> None:
            with writing(handle) as work:
                deliveries: InboundDeliveries = work.repository(InboundDeliveries)
                delivery = deliveries.get(InboundId("inbound"), lock=True)
                received = delivery.receive((arrived(1),), reference, NOON, _TAKES)
                if received is not delivery:
                    deliveries.save(received)

        handles = [persistence, self._again(persistence)] * 3
        outcomes = at_once([partial(receive, handle, f"slip {n // 2}") for n, handle in enumerate(handles)])

        assert [outcome.value for outcome in outcomes] == [None] * 6
        assert fetch(persistence, InboundDelivery, "inbound").totals == (InboundTotal(_TEA, 6, 3),)


def _open_ones(deliveries: InboundDeliveries) -> list[Sequence[str]]:
    soon = NOON + timedelta(microseconds=1)
    return [
        [delivery.id for delivery in deliveries.open_ones(wanted, after, limit)]
        for wanted, after, limit in (
            (InboundFilter(), None, 9),
            (InboundFilter(), InboundId("i0"), 2),
            (InboundFilter(location=LocationId("store")), None, 9),
            (InboundFilter(variant=_CUP), None, 9),
            (InboundFilter(variant=_TEA), None, 9),
            (InboundFilter(expected_before=soon), None, 9),
            (InboundFilter(LocationId("main"), _CUP, soon), None, 9),
            (InboundFilter(expected_before=NOON), None, 9),
        )
    ]


def _outstanding(persistence: Persistence) -> Sequence[Outstanding]:
    with reading(persistence) as work:
        deliveries: InboundDeliveries = work.repository(InboundDeliveries)
        return list(deliveries.outstanding([_TEA, _CUP, VariantId("none")]))
