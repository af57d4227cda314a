"""The promises about transfers: they come back whole, what is in transit is found, and the law of each line is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from attrs import evolve

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, TransferId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.work import Persistence
from ecomcore.testing import supply as drawn
from ecomcore.testing.builders import a_location
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.supply import a_shipped_transfer, a_transfer, an_arrival
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing
from ecomcore.transfers import (
    InTransit,
    MoreThanWasShipped,
    Transfer,
    TransferFilter,
    TransferLot,
    Transfers,
    TransferState,
    TransferTotal,
)

__all__ = ["KeepsTransfers"]

_TEA, _CUP = VariantId("tea"), VariantId("cup")
_MAIN, _STORE = LocationId("main"), LocationId("store")
_PLACES = (a_location(), a_location("store"), a_location("kiosk"))
_LOTS = (TransferLot(_TEA, 4, "L1", NOON, "seller"), TransferLot(_TEA, 6, "L2"))


class KeepsTransfers(PersistenceCase):
    """What transfers save comes back and is found."""

    def _transfer_is_saved(self, persistence: Persistence, transfer: Aggregate) -> None:
        keep(persistence, transfer)
        kept = fetch(self._again(persistence), type(transfer), transfer.id)
        assert_same(kept, as_kept(transfer), f"transfer {transfer.id}")

    def test_every_transfer_comes_back_as_it_was_saved(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES)

        for_all(drawn.transfers, lambda transfer: self._transfer_is_saved(persistence, transfer))

    def test_a_transfer_that_changes_comes_back_changed(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, a_transfer(tea=10, cup=2))

        steps: tuple[Callable[[Transfer], Transfer], ...] = (
            lambda transfer: transfer.ship((), (), "TRACK-1", NOON),
            lambda transfer: transfer.note_lots(_LOTS),
            lambda transfer: transfer.receive((an_arrival(5), an_arrival(1, "cup", damaged=1)), "slip", NOON),
            lambda transfer: transfer.receive((an_arrival(0, damaged=2, lot="L2"),), "", NOON),
            lambda transfer: transfer.close("fell off the van", NOON),
        )
        for step in steps:
            self._transfer_is_saved(persistence, step(fetch(persistence, Transfer, "transfer")))

        kept = fetch(self._again(persistence), Transfer, "transfer")
        assert (kept.state, kept.tracking, kept.in_transit) == (TransferState.CLOSED, "TRACK-1", ())
        assert kept.totals == (TransferTotal(_TEA, 10, 10, 5, 2, 3), TransferTotal(_CUP, 2, 2, 1, 1))

    def test_a_transfer_that_is_cancelled_comes_back_so(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, a_transfer())

        self._transfer_is_saved(persistence, fetch(persistence, Transfer, "transfer").cancel("not needed"))

    def test_the_largest_transfers_are_exact(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES)

        self._transfer_is_saved(persistence, a_shipped_transfer(tea=MAX_QUANTITY))

    def test_what_is_in_transit_is_found_by_variant_and_destination(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, a_transfer("requested"), a_transfer("cancelled").cancel("no"))
        keep(persistence, a_shipped_transfer("a", tea=3, cup=1), a_shipped_transfer("b", *_LOTS))
        keep(persistence, a_shipped_transfer("c", tea=2, destination="kiosk"), a_shipped_transfer("d", jug=7))
        keep(persistence, a_shipped_transfer("lost").close("gone", NOON))
        keep(persistence, a_shipped_transfer("there").receive((an_arrival(10),), "", NOON))

        with writing(persistence) as work:
            transfers: Transfers = work.repository(Transfers)
            transfers.save(transfers.get(TransferId("b")).receive((an_arrival(1, damaged=2),), "", NOON))
            transfers.save(transfers.get(TransferId("d")).close("gone", NOON))
            transfers.save(a_shipped_transfer("e", tea=100))
            here = transfers.in_transit([_TEA, _CUP, VariantId("jug")])
            of_cups = transfers.in_transit([_CUP])

        expected = [
            InTransit(_CUP, _STORE, 1),
            InTransit(_TEA, LocationId("kiosk"), 2),
            InTransit(_TEA, _STORE, 3 + 7 + 100),
        ]
        with reading(self._again(persistence)) as work:
            again: Transfers = work.repository(Transfers)
            there = again.in_transit([_TEA, _CUP, VariantId("jug")])
            assert again.in_transit([]) == []
        assert list(here) == list(there) == expected
        assert list(of_cups) == expected[:1]

    def test_transfers_are_found_by_ends_and_state_latest_first_and_paged(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, *(a_transfer(f"t{number}") for number in range(4)))
        keep(persistence, a_transfer("t4", origin="store", destination="main"), a_shipped_transfer("t5"))

        with writing(persistence) as work:
            transfers: Transfers = work.repository(Transfers)
            transfers.save(transfers.get(TransferId("t1")).cancel("no"), a_transfer("t6", destination="kiosk"))
            found = _searched(transfers)
        with reading(self._again(persistence)) as work:
            again = _searched(work.repository(Transfers))

        assert found == again == [
            ["t6", "t5", "t4", "t3", "t2", "t1", "t0"],
            ["t4", "t3"],
            ["t4"],
            ["t5", "t3", "t2", "t1", "t0"],
            ["t5"],
            ["t1"],
            [],
        ]  # fmt: skip

    def test_a_transfer_leads_from_one_place_that_exists_to_another(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES)

        for broken in (a_transfer(origin="nowhere"), a_transfer(destination="nowhere"), a_transfer(origin="store")):
            with pytest.raises(InvariantViolated):
                keep(persistence, broken)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"received": 11},
            {"received": 6, "damaged": 5},
            {"received": 6, "missing": 5},
            {"received": -1},
            {"damaged": -1},
            {"missing": -1},
            {"shipped": 11},
            {"requested": 0, "shipped": 0},
        ],
        ids=str,
    )
    def test_units_are_neither_made_nor_lost_whatever_the_code_does(
        self, persistence: Persistence, wrong: dict[str, Any]
    ) -> None:
        keep(persistence, *_PLACES)

        shipped = a_shipped_transfer()
        with pytest.raises(InvariantViolated):
            keep(persistence, shipped.having(totals=(evolve(shipped.totals[0], **wrong),)))

    @pytest.mark.parametrize("wrong", [{"quantity": 0}, {"quantity": -1}, {"balance": -1}, {"balance": 9}], ids=str)
    def test_an_entry_says_what_came_or_went(self, persistence: Persistence, wrong: dict[str, Any]) -> None:
        keep(persistence, *_PLACES)

        shipped = a_shipped_transfer()
        with pytest.raises(InvariantViolated):
            keep(persistence, shipped.having(entries=(evolve(shipped.entries[0], **wrong),)))

    def test_a_variant_has_one_total_and_a_lot_is_noted_once(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES)

        transfer, shipped = a_transfer(), a_shipped_transfer("shipped", *_LOTS)
        for broken in (
            transfer.having(totals=transfer.totals * 2),
            shipped.having(lots=(*shipped.lots, TransferLot(_TEA, 1, "L1"))),
        ):
            with pytest.raises(Duplicate):
                keep(persistence, broken)

    def test_a_receipt_is_kept_once_under_its_reference_whatever_it_names(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES)

        received = a_shipped_transfer().receive((an_arrival(2),), "slip", NOON)
        again = evolve(received.entries[-1], number=3, balance=6)
        with pytest.raises(Duplicate):
            keep(persistence, received.having(entries=(*received.entries, again)))

        named_otherwise = evolve(again, reference="slip 2")
        keep(persistence, received.having(entries=(*received.entries, named_otherwise)))

    def test_a_stale_transfer_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, a_shipped_transfer())
        transfer = fetch(persistence, Transfer, "transfer")

        keep(persistence, transfer.receive((an_arrival(10),), "", NOON))
        with pytest.raises(Conflict):
            keep(persistence, transfer.close("gone", NOON))

    def test_more_than_was_shipped_does_not_arrive_at_once_either(self, persistence: Persistence) -> None:
        keep(persistence, *_PLACES, a_shipped_transfer(tea=3))

        def receive(handle: Persistence) -> bool:
            with writing(handle) as work:
                transfers: Transfers = work.repository(Transfers)
                transfer = transfers.get(TransferId("transfer"), lock=True)
                if not transfer.is_moving:
                    return False
                try:
                    transfers.save(transfer.receive((an_arrival(2),), "", NOON))
                except MoreThanWasShipped:
                    return False
            return True

        outcomes = at_once([partial(receive, handle) for handle in [persistence, self._again(persistence)] * 2])

        assert sorted(outcome.value for outcome in outcomes) == [False, False, False, True]
        assert fetch(persistence, Transfer, "transfer").totals == (TransferTotal(_TEA, 3, 3, 2),)


def _searched(transfers: Transfers) -> list[Sequence[str]]:
    return [
        [transfer.id for transfer in transfers.search(wanted, before, limit)]
        for wanted, before, limit in (
            (TransferFilter(), None, 9),
            (TransferFilter(), TransferId("t5"), 2),
            (TransferFilter(origin=_STORE), None, 9),
            (TransferFilter(destination=_STORE), None, 9),
            (TransferFilter(_MAIN, _STORE, TransferState.SHIPPED), None, 9),
            (TransferFilter(state=TransferState.CANCELLED), None, 9),
            (TransferFilter(state=TransferState.RECEIVED), None, 9),
        )
    ]
