"""The law of counting: after its booking there is what was counted, and what has moved since it was counted."""

from __future__ import annotations

from typing import Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import assemble
from ecomcore.counting import CountingPolicy, CountKind, CountLine, FinishCount, GetCount, RecordCount, StartCount
from ecomcore.inventory import (
    ConsumeStock,
    CorrectStock,
    ListMovements,
    ListStock,
    MovementKind,
    NotOnHand,
    OpenLocation,
    ReceiveStock,
    ReserveStock,
    StockLine,
    StockView,
)
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Staff, System
from ecomcore.testing import FixedClock, SequentialIds

STORE = LocationId("store")
VARIANTS = (VariantId("tea"), VariantId("mug"))
Kind: TypeAlias = Literal["receive", "sell", "correct", "count"]
Step: TypeAlias = tuple[Kind, VariantId, int]

ANYTHING_GOES = CountingPolicy(recount=False, approval_above=None)


def steps() -> st.SearchStrategy[list[Step]]:
    """What happens to two items while they are counted, in any order."""
    kinds: tuple[Kind, ...] = ("receive", "sell", "correct", "count", "count")
    return st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from(VARIANTS), st.integers(0, 30)), max_size=25)


class Warehouse:
    """A shop with two items, and a plain account of what must be there."""

    def __init__(self, opening: int) -> None:
        self.shop = assemble(counting_policy=ANYTHING_GOES, clock=FixedClock(), ids=SequentialIds())
        self.staff, self.system = self.shop.desk(Staff("ann", {"*"})), self.shop.desk(System())
        self.staff.handle(OpenLocation("Store", id=STORE))
        if opening:
            self.staff.handle(ReceiveStock(STORE, tuple(StockLine(variant, opening) for variant in VARIANTS)))
        self.count = self.staff.handle(StartCount(STORE, CountKind.CYCLE, VARIANTS))
        self.books = dict.fromkeys(VARIANTS, opening)
        self.counted: dict[VariantId, int] = {}
        """What there must be once the count is booked, of what was counted."""
        self.known = set(VARIANTS) if opening else set()
        self.sales = 0

    def take(self, step: Step) -> None:
        kind, variant, units = step
        if kind == "count":
            self.staff.handle(RecordCount(self.count, (CountLine(variant, units),)))
            self.counted[variant] = units
            return
        if kind == "receive":
            moved = max(units, 1)
            self.known.add(variant)
            self.staff.handle(ReceiveStock(STORE, (StockLine(variant, moved),)))
        elif kind == "sell":
            moved = -min(units, self.books[variant])
            self._sell(variant, -moved)
        else:
            moved = units - 15 if variant in self.known and self.books[variant] + units >= 15 else 0
            if moved:
                self.staff.handle(CorrectStock(variant, STORE, moved, "found"))
        self.books[variant] += moved
        if variant in self.counted:
            self.counted[variant] += moved

    def _sell(self, variant: VariantId, units: int) -> None:
        if units:
            self.sales += 1
            source = f"sale-{self.sales}"
            self.system.handle(ReserveStock(source, (StockLine(variant, units),)))
            self.system.handle(ConsumeStock(source, source))

    @property
    def on_hand(self) -> dict[VariantId, int]:
        views: tuple[StockView, ...] = self.staff.ask(ListStock(VARIANTS))
        return dict.fromkeys(VARIANTS, 0) | {view.variant: view.on_hand for view in views}


@given(st.integers(0, 40), steps())
def test_after_its_booking_there_is_what_was_counted_and_what_has_moved_since(opening: int, taken: list[Step]) -> None:
    warehouse = Warehouse(opening)
    for step in taken:
        warehouse.take(step)
    must_be = warehouse.books | warehouse.counted

    if not warehouse.counted:
        return
    if any(units < 0 for units in must_be.values()):  # more was sold since than was there: the count was wrong
        with pytest.raises(NotOnHand):
            warehouse.staff.handle(FinishCount(warehouse.count))
        must_be = warehouse.books
    else:
        warehouse.staff.handle(FinishCount(warehouse.count))

    assert warehouse.on_hand == must_be
    assert warehouse.shop.audit() == []


@given(st.integers(0, 40), steps())
def test_the_differences_of_a_count_are_what_it_has_moved(opening: int, taken: list[Step]) -> None:
    warehouse = Warehouse(opening)
    arrives: list[Step] = [("receive", variant, 30) for variant in VARIANTS]
    for step in [*taken, *arrives]:
        warehouse.take(step)
    warehouse.take(("count", VARIANTS[0], 7))

    warehouse.staff.handle(FinishCount(warehouse.count, rest_is_zero=True))

    found = {
        line.variant: line.difference
        for line in warehouse.staff.ask(GetCount(warehouse.count)).lines
        if line.difference
    }
    booked = {
        variant: movement.quantity
        for variant in VARIANTS
        for movement in warehouse.staff.ask(ListMovements(variant, STORE, 0, 1_000))
        if movement.kind is MovementKind.COUNT and movement.reference == warehouse.count
    }
    assert booked == found
