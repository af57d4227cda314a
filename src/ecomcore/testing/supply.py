"""Inbound deliveries and transfers for tests: builders with defaults, and Hypothesis strategies of whole lives.

a_transfer(tea=10).ship((), (), "", NOON).receive((an_arrival(4),), "slip 1", NOON)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import InboundId, LocationId, TransferId, VariantId
from ecomcore.supply import ArrivedLine, InboundDelivery, InboundLine, SupplyPolicy
from ecomcore.testing import plain_strategies as drawn
from ecomcore.testing.clock import NOON
from ecomcore.transfers import Transfer, TransferArrival, TransferLine, TransferLot

__all__ = ["a_shipped_transfer", "a_transfer", "an_arrival", "an_inbound", "arrived", "inbounds", "transfers"]

_POLICY = SupplyPolicy()


def an_inbound(
    id: str = "inbound",
    *,
    source: str = "PO-1",
    location: str = "main",
    expected_at: Instant = NOON,
    **ordered: int,
) -> InboundDelivery:
    """Ten units of ``tea`` on order, or so many of each variant by its name."""
    lines = [InboundLine(VariantId(variant), units) for variant, units in (ordered or {"tea": 10}).items()]
    delivery = InboundDelivery.expect(InboundId(id), source, LocationId(location), lines, expected_at)
    return delivery.having(news=())


def arrived(quantity: int = 1, variant: str = "tea", **details: Any) -> ArrivedLine:
    """So many good units of ``tea``."""
    return ArrivedLine(VariantId(variant), quantity, **details)


def a_transfer(id: str = "transfer", *, origin: str = "main", destination: str = "store", **units: int) -> Transfer:
    """Ten units of ``tea`` requested, or so many of each variant by its name."""
    lines = [TransferLine(VariantId(variant), wanted) for variant, wanted in (units or {"tea": 10}).items()]
    transfer = Transfer.request(TransferId(id), LocationId(origin), LocationId(destination), lines)
    return transfer.having(news=())


def a_shipped_transfer(id: str = "transfer", *lots: TransferLot, **units: Any) -> Transfer:
    """The same, on its way, in these lots."""
    shipped = a_transfer(id, **units).ship((), (), "TRACK-1", NOON)
    return (shipped.note_lots(lots) if lots else shipped).having(news=())


def an_arrival(quantity: int = 1, variant: str = "tea", *, damaged: int = 0, lot: str = "") -> TransferArrival:
    """So many good units of ``tea``, and damaged ones."""
    return TransferArrival(VariantId(variant), quantity, damaged, lot)


@st.composite
def inbounds(draw: st.DrawFn, prefix: str = "", location: str = "main") -> InboundDelivery:
    """Any delivery there can be, as it is after some of its life; its news is all that happened in it."""
    variants = draw(st.lists(drawn.ids(), min_size=1, max_size=3, unique=True))
    lines = [InboundLine(VariantId(variant), draw(drawn.quantities(1_000))) for variant in variants]
    at = drawn.instants()
    delivery = InboundDelivery.expect(
        InboundId(f"{prefix}inbound"), draw(drawn.texts()), LocationId(location), lines, draw(at)
    )
    for receipt in range(draw(st.integers(0, 3))):
        if delivery.is_open:
            came = tuple(draw(st.lists(_arrived_lines(variants), min_size=1, max_size=3)))
            reference = draw(st.sampled_from(["", f"slip {receipt}"]))
            delivery = delivery.receive(came, reference, draw(at), _POLICY)
    if delivery.is_open:
        delivery = draw(st.sampled_from([delivery, delivery.reschedule(draw(at)), delivery.close(draw(drawn.texts()))]))
    return delivery


@st.composite
def _arrived_lines(draw: st.DrawFn, variants: Sequence[str]) -> ArrivedLine:
    variant = VariantId(draw(st.sampled_from(variants) | drawn.ids()))
    if draw(st.booleans()):
        serials = tuple(draw(st.lists(drawn.ids(), min_size=1, max_size=3, unique=True)))
        return ArrivedLine(variant, len(serials), serials=serials)
    quantity = draw(st.integers(0, 600))
    return ArrivedLine(
        variant,
        quantity,
        draw(drawn.texts(100, empty=True)),
        draw(st.none() | drawn.instants()),
        draw(st.none() | drawn.ids()),
        damaged=draw(st.integers(0 if quantity else 1, 600)),
    )


@st.composite
def transfers(draw: st.DrawFn, prefix: str = "", origin: str = "main", destination: str = "store") -> Transfer:
    """Any transfer there can be, as it is after some of its life; its news is all that happened in it."""
    variants = [VariantId(id_) for id_ in draw(st.lists(drawn.ids(), min_size=1, max_size=3, unique=True))]
    units = st.integers(1, 50)
    lines = [TransferLine(variant, draw(units)) for variant in variants]
    places = LocationId(origin), LocationId(destination)
    transfer = Transfer.request(TransferId(f"{prefix}transfer"), *places, lines)
    if not draw(st.sampled_from([True, True, True, False])):
        return draw(st.sampled_from([transfer, transfer.cancel(draw(drawn.texts()))]))
    leaving = [line for line in lines if draw(st.booleans())]
    transfer = transfer.ship(leaving, (), draw(drawn.texts(empty=True)), draw(drawn.instants()))
    if lots := [lot for line in leaving or lines for lot in draw(_lots(line))]:
        transfer = transfer.note_lots(lots)
    for receipt in range(draw(st.integers(0, 3))):
        if transfer.is_moving:
            came = tuple(draw(_arrivals(transfer)))
            reference = draw(st.sampled_from(["", f"slip {receipt}"]))
            transfer = transfer.receive(came, reference, draw(drawn.instants()))
    if transfer.is_moving and draw(st.booleans()):
        transfer = transfer.close(draw(drawn.texts()), draw(drawn.instants()))
    return transfer


@st.composite
def _lots(draw: st.DrawFn, line: TransferLine) -> Sequence[TransferLot]:
    """All units of the line in lots, or none of them."""
    if draw(st.booleans()):
        return ()
    first = draw(st.integers(1, line.quantity))
    parts = [part for part in (first, line.quantity - first) if part]
    codes = draw(st.lists(drawn.texts(100), min_size=len(parts), max_size=len(parts), unique=True))
    ends, owners = st.none() | drawn.instants(), st.none() | drawn.ids()
    return [
        TransferLot(line.variant, part, code, draw(ends), draw(owners)) for part, code in zip(parts, codes, strict=True)
    ]


@st.composite
def _arrivals(draw: st.DrawFn, transfer: Transfer) -> Sequence[TransferArrival]:
    """Some of what is in transit, by lot or without naming it, good and damaged."""
    found = []
    for lot in draw(st.lists(st.sampled_from(transfer.in_transit), min_size=1, max_size=3, unique=True)):
        units = draw(st.integers(1, lot.quantity))
        good = draw(st.integers(0, units))
        found.append(TransferArrival(lot.variant, good, units - good, draw(st.sampled_from([lot.lot, ""]))))
    return found
