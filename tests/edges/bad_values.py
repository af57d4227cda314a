"""Values that somebody sends one day, and what a field of a type may hold at most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from ecomcore.kernel.ids import CorrelationId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.ordering import CartLine

__all__ = ["BAD", "BAD_JSON", "kinds_in", "plausible"]

BAD_JSON: Mapping[str, Any] = {
    "zero": 0,
    "minus one": -1,
    "two": 2,
    "true": True,
    "false": False,
    "a half": 1.5,
    "two as a float": 2.0,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "2**31": 2**31,
    "2**63": 2**63,
    "10**30": 10**30,
    "nothing": None,
    "no text": "",
    "a blank": " ",
    "digits": "2",
    "NUL": "a\0b",
    "half a surrogate": "\ud800",
    "a megabyte": "x" * 1_000_000,
    "right to left": "\u202eabc",
    "combining": "e\u0301",
    "full width": "\uff11\uff12",
    "homoglyph": "p\u0430ypal",
    "lines": "a\nb",
    "markup": "<script>alert(1)</script>",
    "a formula": "=cmd|' /C calc'!A0",
    "a quote": "'; DROP TABLE orders; --",
    "a path": "../../etc/passwd",
    "an unknown id": "nobody-has-this-id",
    "another currency": "USD",
    "no currency": "eur",
    "a naive time": "2030-06-12T12:00:00",
    "a day": "2030-06-12",
    "the last moment": "9999-12-31T23:59:59-23:59",
    "the first moment": "0001-01-01T00:00:00+23:59",
    "a moment": "2030-06-12T12:00:00Z",
    "an empty list": [],
    "a list of nothing": [None],
    "a long list": [None] * 100_000,
    "an object": {},
    "a deep list": [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]],
}
"""What JSON can say."""

BAD: Mapping[str, Any] = dict(BAD_JSON) | {
    "too many digits to show": 10**5_000,
    "a decimal": Decimal("1.5"),
    "thirty digits": Decimal("1.234567890123456789012345678901"),
    "bytes": b"a",
    "a tuple": (),
    "a long tuple": ("a",) * 100_000,
    "a tuple of lines": (CartLine(VariantId("a"), 1),),
    "a set": {1},
    "dollars": Money(1, Currency("USD")),
    "less than nothing": Money(-1, Currency("EUR")),
    "the most money": Money(2**63 - 1, Currency("EUR")),
    "a naive datetime": datetime(2030, 6, 12, 12),  # noqa: DTZ001 - the point of it
    "the first datetime": datetime.min.replace(tzinfo=UTC),
    "the last datetime": datetime.max.replace(tzinfo=UTC),
    "another offset": datetime(2030, 6, 12, 12, tzinfo=timezone(timedelta(hours=2))),
    "a date": date(2030, 6, 12),
    "a duration": timedelta(days=-1),
    "the longest duration": timedelta.max,
    "a thing": object(),
    "a type": int,
}
"""What Python can say besides."""

_ID = re.compile(r"[A-Za-z0-9._:@/+-]{1,64}").fullmatch
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]").search


def plausible(hint: Any, value: object) -> bool:
    """Whether a field of this type may hold the value, as far as the type tells; a list will become a tuple."""
    if hasattr(hint, "__supertype__"):
        return isinstance(value, str) and (bool(_ID(value)) or (hint is CorrelationId and not value))
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(plausible(each, value) for each in arguments)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(plausible(arguments[0], each) for each in value)
    if origin is frozenset:
        return isinstance(value, list | tuple | set | frozenset) and all(plausible(arguments[0], v) for v in value)
    if hint in (int, bool):
        return type(value) is hint and abs(int(value)) < 2**63  # type: ignore[call-overload]  # a number by now
    if hint is float:
        return type(value) in (int, float) and abs(value) < float("inf")  # type: ignore[arg-type]  # it is a number
    if hint is str:
        return isinstance(value, str) and len(value) <= 2_000 and not _UNPRINTABLE(value)
    if hint is datetime:
        return isinstance(value, datetime) and value.utcoffset() == timedelta(0)
    return isinstance(value, NoneType if hint is None else hint)


def kinds_in(value: object) -> Iterator[Any]:
    """Every value with fields that stands in this one, itself included."""
    if isinstance(value, tuple):
        for each in value:
            yield from kinds_in(each)
    elif hasattr(value, "__attrs_attrs__"):
        yield value
        for field in value.__attrs_attrs__:
            if not isinstance(getattr(value, field.name), Enum):
                yield from kinds_in(getattr(value, field.name))
