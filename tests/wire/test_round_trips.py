"""Every message comes back from JSON as it went, and so does every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ecomcore.bootstrap import ROOMS
from ecomcore.inventory import GradeStock, ReceivedLine
from ecomcore.kernel.address import Address
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.money import Currency
from ecomcore.kernel.place import Place
from ecomcore.kernel.text import Personal
from ecomcore.ordering import PlaceOrder, RefundOrder, Tender, TenderKind
from ecomcore.quoting import Area, DeliveryMethod, Limits, TaxZone, Terms
from ecomcore.supply import ArrivedLine
from ecomcore.testing import pricing, promotion_strategies
from ecomcore.wire import Wire, answer_type
from tests.wire.schemas import matches

WIRE = Wire(ROOMS)
MESSAGES = sorted(WIRE.messages)
COMMANDS = [command for room in ROOMS for command in (*room.deciders, *room.couriers)]
QUERIES = [query for room in ROOMS for query in room.answers]

_IDS = st.text("abcXYZ019._:@/+-", min_size=1, max_size=64)
_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip)
_PROSE = {"name", "reason", "tracking", "token", "url", "recipient"}
"""The names of fields that hold free text; all other text is the names of things."""


def values_of(hint: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Values that a field of this type may hold."""
    if get_origin(hint) is not None:
        return _several(hint, name)
    if hint is Currency:
        return st.sampled_from(sorted(EXPONENTS)).map(Currency)
    if name == "secret":
        return st.text("abcXYZ019", min_size=16, max_size=64)
    if name == "country":
        return st.sampled_from(["DE", "GB", "JP"])
    if hint is str or hasattr(hint, "__supertype__"):
        return _TEXTS if name in _PROSE else _IDS
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _PLAIN[hint] if hint in _PLAIN else st.deferred(lambda: things(hint))


def _several(hint: Any, name: str) -> st.SearchStrategy[Any]:
    """One of several types, or several values of one."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of(*(values_of(each, name) for each in arguments))
    if origin is frozenset:
        return st.frozensets(values_of(arguments[0], name), max_size=3)
    assert origin is tuple, hint
    if arguments[1:] != (...,):
        return st.tuples(*(values_of(each, name) for each in arguments))
    return st.lists(values_of(arguments[0], name), min_size=1, max_size=3).map(tuple)


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(1, 1_000),
    float: st.floats(-90, 90),
    bool: st.booleans(),
    NoneType: st.none(),
    bytes: st.binary(max_size=100),
    Personal: _TEXTS.map(Personal),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    time: st.times(),
    timedelta: st.integers(-(10**9), 10**9).map(lambda seconds: timedelta(seconds=seconds)),
    # Their fields must fit each other: hardly any would be acceptable whose fields are drawn one by one.
    Area: pricing.areas(),
    DeliveryMethod: pricing.delivery_methods(),
    Period: pricing.periods(),
    TaxZone: pricing.tax_zones(),
    Terms: promotion_strategies.terms(),
    Limits: promotion_strategies.limits(),
}


def things(kind: Any) -> st.SearchStrategy[Any]:
    """Messages and values of this kind."""
    hints = get_type_hints(kind)
    fields = st.fixed_dictionaries({each.name: values_of(hints[each.name], each.name) for each in attrs.fields(kind)})
    fitting = _FITTING.get(kind, dict)
    return fields.map(lambda given: acceptable(kind, fitting(given)))


# What is drawn field by field and would contradict itself too often.


def _a_way_to_order(given: dict[str, Any]) -> dict[str, Any]:
    """Lines or a cart, a token or a saved method."""
    of_a_cart = {"cart_version": None} if given["cart"] is None else {"cart_version": 3, "lines": ()}
    return given | of_a_cart | ({} if given["saved_method"] is None else {"token": ""})


def _a_tender(given: dict[str, Any]) -> dict[str, Any]:
    """Codes are of gift cards, and points of points."""
    kind = given["kind"]
    points = given["points"] if kind is TenderKind.POINTS else None
    code = given["code"] if kind is TenderKind.GIFT_CARD else ""
    return given | {"code": code, "points": points, "amount": given["amount"] if points is None else None}


def _a_refund(given: dict[str, Any]) -> dict[str, Any]:
    """For parts of the order, or of an amount."""
    return given | ({} if given["amount"] is None else {"lines": (), "delivery": None})


def _what_arrived(given: dict[str, Any]) -> dict[str, Any]:
    """Of a lot, or with a serial number for each unit."""
    numbered = {"serials": ("S1", "S2"), "quantity": 2, "damaged": 0, "lot": ""}
    return given | (numbered if given["quantity"] % 2 else {"serials": ()})


def _units_received(given: dict[str, Any]) -> dict[str, Any]:
    """A serial number for each unit, or a lot."""
    serials = tuple(dict.fromkeys(given["serials"]))
    return given | {
        "serials": serials,
        "quantity": len(serials) or given["quantity"],
        "lot": "" if serials else given["lot"],
    }


def _a_place(given: dict[str, Any]) -> dict[str, Any]:
    """Both coordinates, or neither."""
    return (
        given
        if given["latitude"] is not None and given["longitude"] is not None
        else given | {"latitude": None, "longitude": None}
    )


def _grades(given: dict[str, Any]) -> dict[str, Any]:
    """Two shares, the smaller one first."""
    first, second = sorted((given["a_percent"] % 100 + 1, given["b_percent"] % 100 + 1))
    return given | {"a_percent": first, "b_percent": second}


_FITTING: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {
    ArrivedLine: _what_arrived,
    ReceivedLine: _units_received,
    Place: _a_place,
    GradeStock: _grades,
    PlaceOrder: _a_way_to_order,
    RefundOrder: _a_refund,
    Tender: _a_tender,
}


def acceptable(kind: Any, given: dict[str, Any]) -> Any:
    try:
        return kind(**given)
    except Invalid:
        assume(False)


@pytest.mark.parametrize("name", MESSAGES)
@settings(max_examples=15)
@given(data=st.data())
def test_a_message_comes_back_as_it_went(name: str, data: st.DataObject) -> None:
    message = data.draw(things(WIRE.messages[name]))

    called, text = WIRE.dump(message)

    assert called == name
    assert WIRE.load(called, text) == message
    assert WIRE.dump(WIRE.load(called, text)) == (called, text), "the same message is the same text"
    assert matches(WIRE.schema(type(message)), json.loads(text))
    assert text.isascii()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_an_answer_comes_back_as_it_went(command: type[Any], data: st.DataObject) -> None:
    answer = data.draw(values_of(answer_type(command)))

    name, text = WIRE.dump_answer(command, answer)

    operation, back = WIRE.load_answer(name, text)
    assert operation is command
    assert back == answer
    assert type(back) is type(answer)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.__name__)
@settings(max_examples=15)
@given(data=st.data())
def test_what_a_question_shows_can_be_sent_as_json_and_read_again(query: type[Any], data: st.DataObject) -> None:
    answer = data.draw(values_of(answer_type(query)))

    plain = json.loads(json.dumps(WIRE.unstructure(answer)))

    assert WIRE.structure(plain, answer_type(query)) == answer


@given(things(Address))
def test_an_address_comes_back_as_it_went(address: Address) -> None:
    plain = WIRE.unstructure(address)

    assert WIRE.structure(plain, Address) == address
    assert plain["recipient"] == address.recipient.value
