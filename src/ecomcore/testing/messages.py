"""Hypothesis strategies for every message of the shop, made from its fields: what they are, and what they accept.

@given(messages_of(Wire(ROOMS).messages.values()))
def test_a_message_survives_the_wire(message): …
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum
from string import ascii_letters, digits
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.address import Address
from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.messages import Envelope, System
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import Personal
from ecomcore.quoting import Area, DeliveryMethod, Limits, ListTerms, TaxZone, Terms
from ecomcore.testing import pricing, promotion_strategies
from ecomcore.testing.strategies import addresses, currencies, ids, instants, money, prices, texts

__all__ = ["a_message", "inner_envelopes", "messages_of"]

_LONGEST_LIST = 3


def messages_of(kinds: Iterable[type]) -> SearchStrategy[Any]:
    """Messages of all these kinds."""
    return st.one_of([a_message(kind) for kind in kinds])


def a_message(kind: type) -> SearchStrategy[Any]:
    """Messages, or values, of this kind: its fields drawn from their types and kept if their validators accept them.

    Where fields contradict each other, those that are refused are left out.
    """
    if kind is Address:
        return addresses()
    hints = get_type_hints(kind)
    fields = {field.name: field for field in attrs.fields(cast("Any", kind))}
    drawn = st.fixed_dictionaries({name: _of_field(field, hints[name]) for name, field in fields.items()})
    optional = frozenset(name for name, field in fields.items() if field.default is not attrs.NOTHING)
    return drawn.map(lambda given: _fitting(kind, given, optional)).filter(lambda made: made is not None)


def _fitting(kind: type, given: dict[str, Any], optional: frozenset[str]) -> Any:
    left = dict(given)
    while True:
        try:
            return kind(**left)
        except Invalid as refusal:
            if refusal.field not in left or refusal.field not in optional:
                return None
            del left[refusal.field]


def inner_envelopes() -> SearchStrategy[Envelope]:
    """What goes with events and errands: the shop itself acts, on the request of somebody or nobody."""
    return st.builds(
        Envelope,
        actor=st.just(System()),
        channel=ids(),
        correlation=ids(),
        origin=st.none() | ids(),
    )


def _of_field(field: attrs.Attribute[Any], hint: Any) -> SearchStrategy[Any]:
    check = cast("Callable[[object, attrs.Attribute[Any], object], None] | None", field.validator)

    def accepts(value: object) -> bool:
        try:
            if check is not None:
                check(None, field, value)
        except Invalid:
            return False
        return True

    return _of_hint(hint, accepts).filter(accepts)


def _of_hint(hint: Any, accepts: Callable[[object], bool]) -> SearchStrategy[Any]:
    if hint is Currency:
        return currencies()
    if getattr(hint, "__supertype__", None) is str:  # a NewType: the name of something
        return ids()
    hint = getattr(hint, "__supertype__", hint)
    if hint in _PLAIN:
        return _PLAIN[hint](accepts)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return st.one_of([_of_hint(option, accepts) for option in arguments])
    if origin is tuple and arguments[1:] != (...,):  # of one length
        return st.tuples(*(_of_hint(item, _everything) for item in arguments))
    if origin is frozenset:
        return st.frozensets(_of_hint(arguments[0], lambda item: accepts(frozenset((item,)))), max_size=_LONGEST_LIST)
    if origin is tuple:
        items = _of_hint(arguments[0], lambda item: accepts((item,)))
        return st.lists(items, min_size=0 if accepts(()) else 1, max_size=_LONGEST_LIST).map(tuple)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return st.deferred(lambda: a_message(hint))


def _everything(_: object) -> bool:
    return True


def _durations(_: object) -> SearchStrategy[timedelta]:
    """Whole seconds: no others go over the wire."""
    return st.integers(0, 10**9).map(lambda seconds: timedelta(seconds=seconds))


def _numbers(accepts: Callable[[object], bool]) -> SearchStrategy[int]:
    most = next((most for most in (MAX_QUANTITY, 1_000_000, 1_000) if accepts(most)), 1)
    return st.integers(-most if accepts(-most) else 0, most)


def _amounts(accepts: Callable[[object], bool]) -> SearchStrategy[Money]:
    return money(next(least for least in (-MAX_MINOR, 0, 1) if accepts(Money(least, Currency("EUR")))))


def _words(accepts: Callable[[object], bool]) -> SearchStrategy[str]:
    if accepts("two words"):
        return ids() | texts()
    if accepts("s" * 20) and not accepts("short"):  # a secret
        return st.text(ascii_letters + digits, min_size=16, max_size=40)
    return ids() if accepts("an.id") else st.text(ascii_letters + digits, min_size=2, max_size=12)


_PLAIN: dict[Any, Callable[[Callable[[object], bool]], SearchStrategy[Any]]] = {
    NoneType: lambda _: st.none(),
    bool: lambda _: st.booleans(),
    int: _numbers,
    str: _words,
    float: lambda _: st.floats(-90, 90),
    datetime: lambda _: instants(),
    date: lambda _: st.dates(),
    time: lambda _: st.times(),
    timedelta: _durations,
    Money: _amounts,
    Price: lambda _: prices(),
    Period: lambda _: pricing.periods(),
    Area: lambda _: pricing.areas(),
    ListTerms: lambda _: pricing.list_terms(),
    TaxZone: lambda _: pricing.tax_zones(),
    DeliveryMethod: lambda _: pricing.delivery_methods(),
    Limits: lambda _: promotion_strategies.limits(),
    Terms: lambda _: promotion_strategies.terms(),
    Personal: lambda _: texts().map(Personal),
    bytes: lambda _: st.binary(max_size=100),
}
