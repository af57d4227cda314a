"""JSON text and plain JSON values. What text leaves in doubt is read as a ``NoValue``, for the field to refuse."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from types import NoneType

from ecomcore.kernel.errors import Invalid

__all__ = ["LONGEST_TEXT", "NoValue", "kind_of", "parsed", "refuse_too_long", "written"]

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

LONGEST_TEXT = 4_000_000
"""The most characters of JSON that are read."""


class NoValue:
    """What stands in a field that JSON text does not give one value to; every field refuses it."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return self._what


def written(plain: object) -> str:
    """Plain JSON values as text."""
    return _ENCODE(plain)


def parsed(text: str) -> object:
    """The text as plain JSON values. Raises ``Invalid`` when it is no JSON or too long."""
    refuse_too_long(text)
    try:
        return json.loads(text, parse_constant=NoValue, object_pairs_hook=_object_of)
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise Invalid("message", NoValue("this text"), f"JSON text{reason}") from None


def refuse_too_long(text: str) -> None:
    """Raises ``Invalid`` for text that would not be read again."""
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            "message", NoValue(f"text of {len(text)} characters"), f"at most {LONGEST_TEXT} characters of JSON"
        )


def _object_of(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; of a name given twice nobody knows which value was meant."""
    values = dict(pairs)
    if len(values) != len(pairs):
        for name, times in Counter(name for name, _ in pairs).items():
            if times > 1:
                values[name] = NoValue(f"a name given {times} times")
    return values


def kind_of(plain: object) -> str:
    """What was sent instead of a list or an object; not the thing itself, in which anything may stand."""
    return {dict: "an object", list: "a list", str: "text", NoneType: "null"}.get(type(plain), repr(plain))
