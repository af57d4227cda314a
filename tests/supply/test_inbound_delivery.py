"""The life of an inbound delivery: what is on order comes, at once or in parts, as more, as less, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import InboundId, LocationId, VariantId
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.supply import (
    ArrivedLine,
    Difference,
    InboundCancelled,
    InboundClosed,
    InboundDelivery,
    InboundExpected,
    InboundLine,
    InboundReceived,
    InboundRescheduled,
    InboundState,
    InboundTotal,
    MoreThanWasOrdered,
    Outstanding,
    ReceivedOtherwise,
    SupplyPolicy,
    breaches,
)
from ecomcore.supply.inbound_delivery import LIFECYCLE
from ecomcore.testing import NOON
from ecomcore.testing.supply import an_inbound, arrived, inbounds
from tests.support.refusals import refused

ID, MAIN = InboundId("inbound"), LocationId("main")
TEA, CUP, JUG = VariantId("tea"), VariantId("cup"), VariantId("jug")
LATER = NOON + timedelta(days=7)
TAKES, REFUSES = SupplyPolicy(), SupplyPolicy(takes_more=False)


def receive(delivery: InboundDelivery, *lines: ArrivedLine, reference: str = "") -> InboundDelivery:
    return delivery.receive(lines, reference, NOON, TAKES)


IN_STATE: dict[InboundState, Callable[[], InboundDelivery]] = {
    InboundState.EXPECTED: an_inbound,
    InboundState.PARTLY_RECEIVED: lambda: receive(an_inbound(), arrived(1)),
    InboundState.RECEIVED: lambda: receive(an_inbound(), arrived(10)),
    InboundState.CLOSED: lambda: an_inbound().close("no"),
    InboundState.CANCELLED: lambda: an_inbound().cancel("no"),
}
VERBS: dict[str, Callable[[InboundDelivery], InboundDelivery]] = {
    "reschedule": lambda delivery: delivery.reschedule(LATER),
    "receive_part": lambda delivery: receive(delivery, arrived(1)),
    "receive": lambda delivery: receive(delivery, arrived(10)),
    "close": lambda delivery: delivery.close("no"),
    "cancel": lambda delivery: delivery.cancel("no"),
}


def test_what_is_on_order_is_told_once_for_each_variant() -> None:
    lines = (InboundLine(TEA, 4), InboundLine(CUP, 1), InboundLine(TEA, 6))

    delivery = InboundDelivery.expect(ID, "PO-7", MAIN, lines, NOON)

    assert delivery.news == (InboundExpected(ID, "PO-7", MAIN, (InboundLine(TEA, 10), InboundLine(CUP, 1)), NOON),)
    assert delivery.outstanding == (Outstanding(TEA, MAIN, 10, NOON, ID), Outstanding(CUP, MAIN, 1, NOON, ID))


def test_more_units_of_a_variant_than_can_be_are_not_ordered() -> None:
    lines = (InboundLine(TEA, MAX_QUANTITY), InboundLine(TEA, 1))

    with pytest.raises(Invalid, match="lines"):
        InboundDelivery.expect(ID, "PO-7", MAIN, lines, NOON)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", InboundState)
def test_every_move_is_in_the_table(verb: str, state: InboundState) -> None:
    delivery = IN_STATE[state]()
    asked = "reschedule_rest" if (verb, state) == ("reschedule", InboundState.PARTLY_RECEIVED) else verb

    if LIFECYCLE.allows(asked, state):
        assert VERBS[verb](delivery).state is LIFECYCLE.after(asked, state)
    else:
        with pytest.raises(IllegalTransition):
            VERBS[verb](delivery)


def test_a_delivery_that_comes_later_is_outstanding_until_then() -> None:
    delivery = an_inbound().reschedule(LATER)

    assert delivery.news == (InboundRescheduled(ID, MAIN, LATER, was=NOON),)
    assert delivery.outstanding == (Outstanding(TEA, MAIN, 10, LATER, ID),)
    assert delivery.reschedule(LATER) is delivery


def test_goods_arrive_in_parts_until_nothing_is_outstanding() -> None:
    first, last = arrived(4, damaged=1, lot="L1", expires_at=LATER), arrived(5, owner="seller")

    partly = receive(an_inbound(), first, reference="slip 1")
    whole = receive(partly, last, reference="slip 2")

    assert (partly.state, partly.missing) == (InboundState.PARTLY_RECEIVED, (InboundLine(TEA, 5),))
    assert (whole.state, whole.outstanding) == (InboundState.RECEIVED, ())
    assert whole.news == (
        InboundReceived(ID, MAIN, (first,), "slip 1", (), complete=False),
        InboundReceived(ID, MAIN, (last,), "slip 2", (), complete=True),
    )
    assert whole.totals == (InboundTotal(TEA, 10, 9, 1),)
    assert [(entry.number, entry.line, entry.arrived) for entry in whole.entries] == [(1, 1, first), (2, 1, last)]


def test_what_is_more_than_was_ordered_is_taken_in_and_told_as_a_difference() -> None:
    delivery = receive(an_inbound(tea=10, cup=2), arrived(8, damaged=4), arrived(1, "cup"), arrived(3, "jug"))

    (told,) = delivery.news
    assert isinstance(told, InboundReceived)
    assert told.differences == (Difference(TEA, 10, 12), Difference(JUG, 0, 3))
    assert delivery.missing == (InboundLine(CUP, 1),)
    assert delivery.state is InboundState.PARTLY_RECEIVED


def test_a_difference_is_told_with_the_receipt_that_has_more_units_of_the_variant() -> None:
    over = receive(an_inbound(tea=10, cup=2), arrived(11))

    later = receive(over.having(news=()), arrived(2, "cup"))

    (told,) = later.news
    assert isinstance(told, InboundReceived)
    assert (told.differences, told.complete) == ((), True)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        ((arrived(7),), MoreThanWasOrdered(ID, TEA, 6, 7)),
        ((arrived(4, damaged=3),), MoreThanWasOrdered(ID, TEA, 6, 7)),
        ((arrived(6), arrived(1, lot="L1")), MoreThanWasOrdered(ID, TEA, 6, 7)),
        ((arrived(1), arrived(2, "jug")), MoreThanWasOrdered(ID, JUG, 0, 2)),
    ],
)
def test_a_shop_may_refuse_what_is_more(lines: tuple[ArrivedLine, ...], refusal: MoreThanWasOrdered) -> None:
    partly = receive(an_inbound(), arrived(4))

    with refused(refusal):
        partly.receive(lines, "", NOON, REFUSES)

    assert partly.receive((arrived(6),), "", NOON, REFUSES).state is InboundState.RECEIVED


def test_the_same_receipt_again_changes_nothing_even_when_all_has_come() -> None:
    lines = (arrived(4, lot="L1"), arrived(6, lot="L2"))
    received = receive(an_inbound(), *lines, reference="slip 1")

    assert receive(received, *lines, reference="slip 1") is received
    assert receive(received, *reversed(lines), reference="slip 1") is received


@pytest.mark.parametrize(
    "others", [(arrived(5),), (arrived(4), arrived(4)), (arrived(4, lot="L1"),), (arrived(3, damaged=1),)], ids=str
)
def test_other_goods_under_the_same_reference_are_refused(others: tuple[ArrivedLine, ...]) -> None:
    received = receive(an_inbound(), arrived(4), reference="slip 1")

    with refused(ReceivedOtherwise(ID, "slip 1")):
        receive(received, *others, reference="slip 1")


def test_without_a_reference_every_receipt_counts() -> None:
    received = receive(receive(an_inbound(), arrived(4)), arrived(4))

    assert received.missing == (InboundLine(TEA, 2),)


def test_more_units_of_a_variant_than_can_be_do_not_arrive() -> None:
    received = receive(an_inbound(tea=1, cup=1), arrived(MAX_QUANTITY))

    with pytest.raises(Invalid, match="lines"):
        receive(received, arrived(1))


def test_what_will_not_come_is_missing_and_no_longer_outstanding() -> None:
    delivery = receive(an_inbound(tea=10, cup=1), arrived(7)).having(news=())

    closed = delivery.close("sold out at the maker")

    missing = (InboundLine(TEA, 3), InboundLine(CUP, 1))
    assert closed.news == (InboundClosed(ID, MAIN, missing, "sold out at the maker"),)
    assert (closed.outstanding, closed.missing) == ((), missing)


def test_a_delivery_is_called_off_before_anything_has_come() -> None:
    cancelled = an_inbound().cancel("too dear")

    assert cancelled.news == (InboundCancelled(ID, MAIN, "too dear"),)
    assert cancelled.outstanding == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": MAX_QUANTITY, "damaged": 1}, "damaged"),
        ({"quantity": -1, "damaged": 2}, "quantity"),
        ({"quantity": 2, "serials": ("s1",)}, "serials"),
        ({"quantity": 1, "damaged": 1, "serials": ("s1", "s2")}, "serials"),
        ({"quantity": 2, "serials": ("s1", "s1")}, "serials"),
        ({"quantity": 1, "serials": (" s1",)}, "serials"),
        ({"quantity": 1, "serials": ("",)}, "serials"),
        ({"quantity": 1, "serials": ("s1",), "lot": "L1"}, "lot"),
        ({"quantity": 1, "lot": "x" * 101}, "lot"),
    ],
    ids=str,
)
def test_what_cannot_have_arrived_is_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ArrivedLine(TEA, **wrong)

    assert refusal.value.field == field


def test_damaged_units_may_have_serial_numbers_of_their_own() -> None:
    assert ArrivedLine(TEA, 0, damaged=2, serials=("s1", "s2")).units == 2


@given(inbounds())
def test_outstanding_is_what_was_ordered_less_what_has_come_whatever_happens(delivery: InboundDelivery) -> None:
    came: dict[VariantId, int] = {}
    for entry in delivery.entries:
        came[entry.arrived.variant] = came.get(entry.arrived.variant, 0) + entry.arrived.units
    ordered = {total.variant: total.ordered for total in delivery.totals}

    assert {total.variant: total.arrived for total in delivery.totals if total.arrived} == came
    expected = {variant: units - came.get(variant, 0) for variant, units in ordered.items()}
    found = {each.variant: each.quantity for each in delivery.outstanding}
    assert found == ({variant: units for variant, units in expected.items() if units > 0} if delivery.is_open else {})
    assert delivery.is_open == bool(found)
    assert list(breaches([delivery], delivery.outstanding)) == []


@given(st.data())
def test_what_is_received_twice_under_a_reference_is_received_once(data: st.DataObject) -> None:
    delivery = data.draw(inbounds())
    references = sorted({entry.reference for entry in delivery.entries} - {""})

    for reference in references:
        lines = data.draw(st.permutations(delivery.received_under(reference)))
        assert delivery.receive(tuple(lines), reference, LATER, TAKES) is delivery
