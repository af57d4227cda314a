"""What the strategies draw is what the shop accepts, out to the limits, and every message survives the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from attrs import field, frozen
from hypothesis import find, given, settings
from hypothesis import strategies as st

from ecomcore.bootstrap import ROOMS
from ecomcore.catalog import AddCategory, NewVariant
from ecomcore.kernel.messages import Envelope, Event
from ecomcore.kernel.money import MAX_MINOR, Money, Price, exponent
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.room import Room
from ecomcore.kernel.text import LONGEST_ID
from ecomcore.testing import strategies
from ecomcore.testing.messages import a_message, inner_envelopes
from ecomcore.testing.persistence_case import assert_same
from ecomcore.wire import Wire

WIRE = Wire(ROOMS)


@pytest.mark.parametrize("kind", WIRE.messages.values(), ids=lambda kind: kind.__name__)
def test_every_message_survives_the_wire(kind: type) -> None:
    @settings(max_examples=30, deadline=None)
    @given(a_message(kind))
    def survives(message: object) -> None:
        assert_same(WIRE.load(*WIRE.dump(message)), message, kind.__name__)

    survives()


@frozen
class Small:
    number: int = field(validator=a_quantity)


@frozen
class Large:
    name: str


@frozen
class Everything(Event):
    """A field of every form that messages know beyond numbers and texts."""

    days: frozenset[date]
    opening: tuple[int, time, time]
    length: timedelta
    either: Small | Large | None
    several: tuple[Small | Large, ...]
    hours: tuple[tuple[int, time], ...]


@given(a_message(Everything))
def test_a_field_may_hold_days_times_durations_sets_and_one_of_several_classes(event: Everything) -> None:
    wire = Wire((Room(name="all", events=(Everything,)),))

    assert_same(wire.load(*wire.dump(event)), event, "Everything")
    assert len(event.opening) == 3


@pytest.mark.parametrize(
    "wanted",
    [
        lambda event: event.either is None,
        lambda event: isinstance(event.either, Small),
        lambda event: isinstance(event.either, Large),
        lambda event: len(event.days) > 1,
        lambda event: {type(each) for each in event.several} == {Small, Large},
        lambda event: event.opening[1] > event.opening[2],
    ],
)
def test_every_form_of_such_a_field_is_drawn(wanted: Callable[[Everything], bool]) -> None:
    find(a_message(Everything), wanted)


@given(strategies.texts(), strategies.ids())
def test_texts_and_ids_are_accepted_wherever_they_are_asked_for(text: str, id_: str) -> None:
    AddCategory(text, id=id_)


@given(strategies.prices(), strategies.ids(), strategies.texts(empty=True))
def test_prices_and_empty_texts_are_accepted(price: Price, sku: str, name: str) -> None:
    NewVariant(sku, price, name)


@given(inner_envelopes())
def test_envelopes_of_what_follows_name_the_shop_itself(envelope: Envelope) -> None:
    assert envelope.actor.scope == "system"
    assert envelope.key is None


@pytest.mark.parametrize("places", [0, 2, 3, 4])
def test_currencies_of_every_number_of_decimals_are_drawn(places: int) -> None:
    find(strategies.currencies(), lambda currency: exponent(currency) == places)


def test_the_limits_are_drawn() -> None:
    find(strategies.amounts(), lambda minor: minor == MAX_MINOR)
    find(strategies.ids(), lambda id_: len(id_) == LONGEST_ID)
    find(strategies.texts(), lambda text: len(text) == 200)
    find(strategies.texts(), lambda text: any(ord(letter) > 0xFFFF for letter in text))
    find(strategies.instants(), lambda at: at.year == 9999 and at.microsecond == 999_999)
    find(strategies.instants(), lambda at: at.year == 1970)


@given(st.data(), st.integers(0, 30))
def test_ids_keep_their_prefix_and_their_length(data: st.DataObject, length: int) -> None:
    prefix = "p" * length

    drawn = data.draw(strategies.ids(prefix))

    assert drawn.startswith(prefix)
    assert len(drawn) <= LONGEST_ID


@given(strategies.money(1, 5))
def test_amounts_keep_within_their_bounds(amount: Money) -> None:
    assert 1 <= amount.minor <= 5
