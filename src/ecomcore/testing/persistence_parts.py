"""The promises about parts: reservations that are added to, given back and consumed bit by bit, and their parcels.

The lives of reservations are drawn at random and held against a model that does nothing but count.
"""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from ecomcore.inventory import (
    ConsumeStock,
    ListMovements,
    ListStock,
    MovementKind,
    OpenLocation,
    ReceiveStock,
    ReleasePart,
    ReservationEntry,
    ReservationEntryKind,
    Reservations,
    ReservationState,
    ReservedLine,
    ReserveStock,
    StockItems,
    StockLine,
    stock_item_id,
)
from ecomcore.inventory import Reservation as Kept
from ecomcore.kernel.errors import Duplicate, InvariantViolated
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.work import Persistence
from ecomcore.shipping import Shipment
from ecomcore.testing.builders import a_location, a_reservation, a_shipment, a_stock_item, an_order
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.shops import ShopKit, a_shop
from ecomcore.testing.stock_lives import LivesOfReservations, answered
from ecomcore.testing.threads import at_once
from ecomcore.testing.work import as_kept, fetch, keep, reading

__all__ = ["KeepsParts"]

_NEAR, _FAR = LocationId("near"), LocationId("far")
_TEA = VariantId("tea")


class KeepsParts(PersistenceCase):
    """Units are set aside, leave and are given back in parts, and the books are right after each step."""

    def test_the_ledger_of_a_reservation_is_added_to_and_nothing_is_lost(self, persistence: Persistence) -> None:
        keep(persistence, a_location("near"), a_stock_item("tea", "near"), a_reservation(lines=[_tea(2)]))

        keep(persistence, fetch(persistence, Kept, "order").reserve_more((_tea(3),)))
        keep(persistence, fetch(persistence, Kept, "order").consume("parcel", [_tea(2)]))
        keep(persistence, fetch(persistence, Kept, "order").release_part([StockLine(_TEA, 1)]))

        kept = fetch(self._again(persistence), Kept, "order")
        kinds = ReservationEntryKind
        expected = (
            ReservationEntry(1, kinds.RESERVED, _TEA, _NEAR, 2, 2),
            ReservationEntry(2, kinds.RESERVED, _TEA, _NEAR, 3, 5),
            ReservationEntry(3, kinds.CONSUMED, _TEA, _NEAR, -2, 3, "parcel"),
            ReservationEntry(4, kinds.RELEASED, _TEA, _NEAR, -1, 2),
        )
        assert_same(kept.entries, expected)
        assert (kept.version, kept.state) == (4, ReservationState.OPEN)

    def test_units_of_which_some_have_left_are_summed_as_what_is_still_set_aside(
        self, persistence: Persistence
    ) -> None:
        item = stock_item_id(_TEA, _NEAR)
        keep(persistence, a_location("near"), a_stock_item("tea", "near"))
        keep(persistence, *(a_reservation(source, lines=[_tea(5)]) for source in ("one", "two")))
        keep(persistence, fetch(persistence, Kept, "one").consume("parcel", [_tea(2)]))
        keep(persistence, fetch(persistence, Kept, "two").release_part([StockLine(_TEA, 4)]))

        with reading(self._again(persistence)) as work:
            stock_items: StockItems = work.repository(StockItems)
            assert stock_items.reserved_sums([item])[item] == 3 + 1

    def test_an_entry_that_cannot_be_is_refused_by_the_store_itself(self, persistence: Persistence) -> None:
        keep(persistence, a_location("near"), a_stock_item("tea", "near"))
        reservation = a_reservation(lines=[_tea(2)])
        (entry,) = reservation.entries

        for wrong in (
            evolve(entry, quantity=-2),
            evolve(entry, quantity=0),
            evolve(entry, balance=-1),
            evolve(entry, balance=1),
            evolve(entry, kind=ReservationEntryKind.RELEASED),
            evolve(entry, kind=ReservationEntryKind.CONSUMED, reference="parcel"),
        ):
            with pytest.raises(InvariantViolated):
                keep(persistence, reservation.having(entries=(wrong,)))

        with reading(self._again(persistence)) as work:
            assert not list(work.repository(Reservations).page())

    def test_units_that_left_under_a_reference_do_not_leave_under_it_again(self, persistence: Persistence) -> None:
        """The store refuses it itself, should the code forget to look."""
        keep(persistence, a_location("near"), a_stock_item("tea", "near"), a_reservation(lines=[_tea(5)]))
        keep(persistence, fetch(persistence, Kept, "order").consume("parcel", [_tea(2)]))

        with pytest.raises(Duplicate):
            keep(persistence, fetch(persistence, Kept, "order").consume("parcel", [_tea(2)]))

        assert fetch(self._again(persistence), Kept, "order").consumed == (_tea(2),)

    def test_a_shipment_of_a_part_comes_back_with_where_it_leaves_and_whose_it_is(
        self, persistence: Persistence
    ) -> None:
        keep(persistence, a_location("near"), an_order())

        for number, (location, seller) in enumerate([(None, None), ("near", None), (None, "acme"), ("near", "acme")]):
            shipment = a_shipment(f"part-{number}", location=location, seller=seller)
            keep(persistence, shipment)
            assert_same(fetch(self._again(persistence), Shipment, shipment.id), as_kept(shipment))

    def test_reservations_live_at_random_as_a_model_says_that_only_counts(self, persistence: Persistence) -> None:
        """What is on hand and what is reserved is right after every step, whatever the order of the steps."""
        lives = LivesOfReservations(persistence)

        for_all(lives.drawn, lives.live, examples=10)

    def test_units_that_are_given_back_while_they_leave_do_one_of_both(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=0)
        other = kit.again(self._again(persistence))
        kit.staff.handle(OpenLocation("Near", id=_NEAR))
        kit.staff.handle(ReceiveStock(_NEAR, (StockLine(_TEA, 100),), "opening"))

        for number in range(8):
            source = f"order-{number}"
            kit.system.handle(ReserveStock(source, (StockLine(_TEA, 3),)))
            outcomes = at_once(
                [
                    lambda s=source: answered(kit.system, ReleasePart(s, (StockLine(_TEA, 2),))),  # type: ignore[misc]  # a lambda's default has no type
                    lambda s=source: answered(other.system, ConsumeStock(s, f"parcel-of-{s}", (_tea(2),))),  # type: ignore[misc]  # as above
                ]
            )

            assert sorted(outcome.value for outcome in outcomes) == ["NotSetAside", "done"]
            kept = fetch(persistence, Kept, source)
            assert (kept.lines, kept.state) == ((_tea(1),), ReservationState.OPEN)
            given_back = outcomes[0].value == "done"
            assert (kept.released, kept.consumed) == (((_tea(2),), ()) if given_back else ((), (_tea(2),)))

        gone = sum(movement.quantity for movement in _sales(kit))
        (stock,) = kit.staff.ask(ListStock((_TEA,)))
        assert (stock.on_hand, stock.reserved) == (100 + gone, 8)
        assert not kit.shop.audit()

    def test_a_shipment_that_is_told_by_two_at_once_takes_its_units_once(self, persistence: Persistence) -> None:
        kit = a_shop(persistence, products=0)
        other = kit.again(self._again(persistence))
        kit.staff.handle(OpenLocation("Near", id=_NEAR))
        kit.staff.handle(ReceiveStock(_NEAR, (StockLine(_TEA, 100),), "opening"))

        for number in range(5):
            kit.system.handle(ReserveStock(f"order-{number}", (StockLine(_TEA, 4),)))
            told = ConsumeStock(f"order-{number}", f"parcel-{number}", (_tea(2),))
            outcomes = at_once([lambda c=told, d=desk: answered(d, c) for desk in (kit.system, other.system)])  # type: ignore[misc]  # a lambda's default has no type

            assert [outcome.value for outcome in outcomes] == ["done", "done"]
            assert fetch(persistence, Kept, f"order-{number}").consumed == (_tea(2),)

        assert [(sale.quantity, sale.reference) for sale in _sales(kit)] == [(-2, f"parcel-{n}") for n in range(5)]
        assert not kit.shop.audit()


def _tea(quantity: int, at: LocationId = _NEAR) -> ReservedLine:
    return ReservedLine(_TEA, at, quantity)


def _sales(kit: ShopKit) -> list[Any]:
    return [each for each in kit.staff.ask(ListMovements(_TEA, _NEAR)) if each.kind is MovementKind.SALE]
