"""What cattrs must do to be strict: a hook for each type that a message, an answer or a kept value may hold."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from itertools import repeat
from math import isfinite
from types import NoneType
from typing import Any, cast, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from ecomcore.kernel.clock import utc
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import Personal
from ecomcore.wire.refusals import fields_of, first_refusal
from ecomcore.wire.text import NoValue, kind_of
from ecomcore.wire.unions import register_unions

__all__ = ["TIME_OF_DAY", "strict_converter"]

TIME_OF_DAY = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
"""The form of a time of day, as a regular expression."""


def strict_converter() -> Converter:
    """A converter that coerces nothing and refuses by ``Invalid``."""
    converter = Converter(forbid_extra_keys=True)
    for exact in (int, str, bool, float):
        converter.register_structure_hook(exact, _exactly(exact))
    for kind, structure, unstructure in (*_OF_TIME, (bytes, _bytes, _bytes_as_text)):
        converter.register_structure_hook(kind, structure)
        converter.register_unstructure_hook(kind, unstructure)
    converter.register_unstructure_hook(Personal, lambda personal: personal.value)
    converter.register_structure_hook(Personal, _personal)
    converter.register_structure_hook_factory(attrs.has, _objects)
    converter.register_structure_hook_factory(_is_tuple, _tuples)
    converter.register_structure_hook_factory(_is_set, _sets)
    converter.register_unstructure_hook_factory(_is_set, _sorted)
    for enum in (Enum, StrEnum):  # a StrEnum is a str before it is an Enum, and would be taken for one
        converter.register_structure_hook(enum, _member)
    converter.register_structure_hook(NoneType, _nothing)
    register_unions(converter)
    return converter


# Objects and lists --------------------------------------------------------------------------------------------


def _objects(kind: Any, converter: Converter) -> Any:
    structure_fields = make_dict_structure_fn(kind, converter)
    accepted = f"an object with {fields_of(kind)}"

    def structure(plain: object, _: Any) -> Any:
        if not isinstance(plain, dict):
            raise Invalid("", kind_of(plain), accepted)
        return structure_fields(plain, kind)

    return structure


def _is_tuple(hint: Any) -> bool:
    return get_origin(hint) is tuple


def _tuples(hint: Any, converter: Converter) -> Any:
    """Tuples of any length, ``tuple[Line, ...]``, and of one length, ``tuple[int, time, time]``."""
    kinds = get_args(hint)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        item = kinds[0]
        for_all = repeat((converter.get_structure_hook(item), item))
        return lambda plain, _: tuple(_items(plain, for_all))

    hooks = [(converter.get_structure_hook(kind), kind) for kind in kinds]
    accepted = f"a list of {len(kinds)}"

    def structure(plain: object, _: Any) -> tuple[Any, ...]:
        if isinstance(plain, list | tuple) and len(plain) != len(kinds):
            raise Invalid("", NoValue(f"a list of {len(plain)}"), accepted)
        return tuple(_items(plain, hooks))

    return structure


def _is_set(hint: Any) -> bool:
    return get_origin(hint) is frozenset


def _sets(hint: Any, converter: Converter) -> Any:
    item = get_args(hint)[0]
    for_all = repeat((converter.get_structure_hook(item), item))

    def structure(plain: object, _: Any) -> frozenset[Any]:
        seen = set()
        for index, each in enumerate(_items(plain, for_all)):
            if each in seen:
                raise Invalid(f"[{index}]", each, "each value once")
            seen.add(each)
        return frozenset(seen)

    return structure


def _sorted(hint: Any, converter: Converter) -> Any:
    """A set has no order of its own, and equal values are to be equal text."""
    unstructure = converter.get_unstructure_hook(get_args(hint)[0])
    return lambda values: sorted(map(unstructure, values))


def _items(plain: object, hooks: Iterable[tuple[Any, Any]]) -> Iterator[Any]:
    if not isinstance(plain, list | tuple):
        raise Invalid("", kind_of(plain), "a list")
    for index, (each, (structure, kind)) in enumerate(zip(plain, hooks, strict=False)):
        try:
            item = structure(each, kind)
        except Exception as error:
            raise first_refusal(error, f"[{index}]") from None
        yield item


# Single values ------------------------------------------------------------------------------------------------


def _exactly(kind: type) -> Any:
    def structure(plain: object, _: Any) -> Any:
        if type(plain) is not kind or (isinstance(plain, float) and not isfinite(plain)):
            raise Invalid("", plain, _KINDS[kind])
        return plain

    return structure


_KINDS: Mapping[type, str] = {
    int: "a whole number",
    str: "text",
    bool: "true or false",
    float: "a number",
}


def _member(plain: object, kind: type[Enum]) -> Enum:
    try:
        return kind(plain)
    except ValueError:
        raise Invalid("", plain, f"one of {', '.join(str(member.value) for member in kind)}") from None


def _nothing(plain: object, _: Any) -> None:
    if plain is not None:
        raise Invalid("", plain, "null")


def _personal(plain: object, _: Any) -> Personal:
    try:
        return Personal(cast("str", plain))
    except Invalid as error:
        raise Invalid("", error.value, error.accepted) from None


def _bytes(plain: object, _: Any) -> bytes:
    """JSON has no bytes: they are text in base64, of which there is one for the same bytes."""
    if not isinstance(plain, str):
        raise Invalid("", plain, _BASE64)
    try:
        data = b64decode(plain, validate=True)
    except ValueError:
        raise Invalid("", plain, _BASE64) from None
    if _bytes_as_text(data) != plain:
        raise Invalid("", plain, _BASE64)
    return data


def _bytes_as_text(data: bytes) -> str:
    return b64encode(data).decode()


_BASE64 = "bytes as text in base64, with padding and without line breaks"


# Times. What would not come back as it went is not written. ---------------------------------------------------


def _instant(plain: object, _: Any) -> datetime:
    if not isinstance(plain, str):
        raise Invalid("", plain, _AN_INSTANT)
    try:
        return utc(datetime.fromisoformat(plain), "")
    except ValueError:
        raise Invalid("", plain, _AN_INSTANT) from None


def _day(plain: object, _: Any) -> date:
    try:
        day = date.fromisoformat(cast("str", plain))
    except (TypeError, ValueError):
        raise Invalid("", plain, _A_DAY) from None
    if day.isoformat() != plain:  # a week date, or one without hyphens
        raise Invalid("", plain, _A_DAY)
    return day


def _day_as_text(day: date) -> str:
    if isinstance(day, datetime):
        raise Invalid("message", day, "a date without a time")
    return day.isoformat()


def _time(plain: object, _: Any) -> time:
    if not isinstance(plain, str) or not _matches_time(plain):
        raise Invalid("", plain, _A_TIME)
    return time.fromisoformat(plain)


def _time_as_text(at: time) -> str:
    if at.tzinfo is not None:
        raise Invalid("message", at, "a time of day without an offset")
    return at.isoformat()


def _duration(plain: object, _: Any) -> timedelta:
    if type(plain) is not int:
        raise Invalid("", plain, _SECONDS)
    try:
        return timedelta(seconds=plain)
    except OverflowError:
        raise Invalid("", plain, f"{_SECONDS}, less than 999,999,999 days") from None


def _duration_as_seconds(length: timedelta) -> int:
    if length.microseconds:
        raise Invalid("message", length, _SECONDS)
    return length // _SECOND


_SECOND = timedelta(seconds=1)
_matches_time = re.compile(TIME_OF_DAY).fullmatch

_AN_INSTANT = "a date and time with an offset, in ISO 8601"
_A_DAY = "a date such as 2030-06-12"
_A_TIME = "a time of day such as 09:30:00"
_SECONDS = "a whole number of seconds"

_OF_TIME: Sequence[tuple[type, Callable[[object, Any], Any], Callable[[Any], Any]]] = (
    (datetime, _instant, datetime.isoformat),
    (date, _day, _day_as_text),
    (time, _time, _time_as_text),
    (timedelta, _duration, _duration_as_seconds),
)
