"""Messages as JSON, both ways, and as JSON Schema. The one place for cattrs.

Everything the outside sends is checked here: unknown and missing fields, wrong types, values that a constructor
refuses. Each is an ``Invalid`` that names the field by its path. Nothing is coerced: "2" is not 2, and neither is 2.0.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum, StrEnum
from inspect import cleandoc
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter
from cattrs.errors import AttributeValidationNote, ClassValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from ecomcore.kernel.clock import utc
from ecomcore.kernel.errors import Invalid, shown
from ecomcore.kernel.messages import Command, Query
from ecomcore.kernel.room import Room
from ecomcore.kernel.text import HIDDEN, Personal
from ecomcore.kernel.work import Codec

__all__ = ["LONGEST_TEXT", "Wire", "answer_type"]

T = TypeVar("T")

_ENCODE = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

LONGEST_TEXT = 4_000_000
"""The most characters of JSON that are read."""


class Wire(Codec):
    """Knows the messages of the rooms by their names."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        self.messages: dict[str, type] = {}
        for room in rooms:
            for message in (*room.deciders, *room.couriers, *room.answers, *room.events):
                if self.messages.setdefault(message.__name__, message) is not message:
                    raise ValueError(f"two messages are called {message.__name__}")
        self._converter = _strict_converter()
        self._answer_types: dict[type, Any] = {}

    def dump(self, message: object) -> tuple[str, str]:
        return type(message).__name__, _text(self._converter.unstructure(message))

    def load(self, name: str, text: str) -> Any:
        """The message of this name. Raises ``Invalid`` that names the message, or the field by its path."""
        message = self.messages.get(str(name))
        if message is None:
            raise Invalid("message", name, "the name of a message of this shop")
        return self.structure(_parsed(text), message)

    def dump_answer(self, operation: type[Command[Any]] | type[Query[Any]], answer: object) -> tuple[str, str]:
        return operation.__name__, _text(self._converter.unstructure(answer, self._answer_type(operation)))

    def load_answer(self, name: str, text: str) -> tuple[type[Command[Any]], Any]:
        operation = self.messages[name]
        return operation, self.structure(_parsed(text), self._answer_type(operation))

    def structure(self, plain: object, as_type: type[T]) -> T:
        """Plain JSON values as a value of this type. Raises ``Invalid`` with the path of the field."""
        try:
            return self._converter.structure(plain, as_type)
        except (ExceptionGroup, Invalid) as error:
            raise _first_refusal(error) from None

    def unstructure(self, value: object) -> Any:
        """The value as plain JSON values."""
        return self._converter.unstructure(value)

    def schema(self, message: type) -> dict[str, Any]:
        """The JSON Schema (2020-12) of a message."""
        defs: dict[str, Any] = {}
        schema = _class_schema(message, defs)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": message.__name__,
            "description": cleandoc(message.__doc__ or "").replace("``", "`"),
            **schema,
            **({"$defs": defs} if defs else {}),
        }

    def _answer_type(self, operation: type) -> Any:
        known = self._answer_types.get(operation)
        if known is None:
            known = self._answer_types[operation] = answer_type(operation)
        return known


def answer_type(message: type) -> Any:
    """``R`` of a ``Command[R]`` or ``Query[R]``."""
    for base in getattr(message, "__orig_bases__", ()):
        arguments = get_args(base)
        if arguments:
            return arguments[0]
    return NoneType


def _text(plain: object) -> str:
    return _ENCODE(plain)


class _NoValue:
    """What stands in a field that JSON text does not give one value to; every field refuses it."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __repr__(self) -> str:
        return self._what


def _parsed(text: str) -> object:
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            "message", _NoValue(f"text of {len(text)} characters"), f"at most {LONGEST_TEXT} characters of JSON"
        )
    try:
        return json.loads(text, parse_constant=_NoValue, object_pairs_hook=_object_of)
    except (ValueError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""
        raise Invalid("message", _NoValue("this text"), f"JSON text{reason}") from None


def _object_of(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """A JSON object; of a name given twice nobody knows which value was meant."""
    values = dict(pairs)
    if len(values) != len(pairs):
        for name, times in Counter(name for name, _ in pairs).items():
            if times > 1:
                values[name] = _NoValue(f"a name given {times} times")
    return values


def _strict_converter() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    for exact in (int, str, bool, float):
        converter.register_structure_hook(exact, _exactly(exact))
    converter.register_structure_hook(datetime, _instant)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(Personal, lambda personal: personal.value)
    converter.register_structure_hook(Personal, _personal)
    converter.register_structure_hook_factory(attrs.has, _objects)
    converter.register_structure_hook_factory(_is_tuple_of_any_length, _tuples)
    for enum in (Enum, StrEnum):  # a StrEnum is a str before it is an Enum, and would be taken for one
        converter.register_structure_hook(enum, _member)
    converter.register_structure_hook(NoneType, _nothing)
    return converter


def _objects(kind: Any, converter: Converter) -> Any:
    structure_fields = make_dict_structure_fn(kind, converter)
    accepted = f"an object with {_fields(kind)}"

    def structure(plain: object, _: Any) -> Any:
        if not isinstance(plain, dict):
            raise Invalid("", _kind_of(plain), accepted)
        return structure_fields(plain, kind)

    return structure


def _is_tuple_of_any_length(hint: Any) -> bool:
    return get_origin(hint) is tuple and len(get_args(hint)) == 2 and get_args(hint)[1] is Ellipsis


def _tuples(hint: Any, converter: Converter) -> Any:
    item = get_args(hint)[0]
    structure_item = converter.get_structure_hook(item)

    def structure(plain: object, _: Any) -> tuple[Any, ...]:
        if not isinstance(plain, list | tuple):
            raise Invalid("", _kind_of(plain), "a list")
        items = []
        for index, each in enumerate(plain):
            try:
                items.append(structure_item(each, item))
            except Exception as error:
                raise _first_refusal(error, f"[{index}]") from None
        return tuple(items)

    return structure


def _kind_of(plain: object) -> str:
    """What was sent instead of a list or an object; not the thing itself, in which anything may stand."""
    return {dict: "an object", list: "a list", str: "text", NoneType: "null"}.get(type(plain), repr(plain))


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


def _instant(plain: object, _: Any) -> datetime:
    if not isinstance(plain, str):
        raise Invalid("", plain, "a date and time with an offset, in ISO 8601")
    try:
        return utc(datetime.fromisoformat(plain), "")
    except ValueError:
        raise Invalid("", plain, "a date and time with an offset, in ISO 8601") from None


def _first_refusal(error: BaseException, path: str = "") -> Invalid:
    """The first field that was refused, with its path from the message's root; a secret is not shown."""
    if isinstance(error, ClassValidationError):
        noted, other = error.group_exceptions()
        return _refusal_of_field(error.cl, *noted[0], path) if noted else _first_refusal(other[0], path)
    if isinstance(error, ExceptionGroup):
        return _first_refusal(error.exceptions[0], path)
    if isinstance(error, Invalid):
        return Invalid(_joined(path, error.field) or "message", error.value, error.accepted)
    if isinstance(error, ForbiddenExtraKeysError):
        unknown = min(error.extra_fields)
        named = unknown if unknown.isidentifier() and unknown == shown(unknown)[1:-1] else shown(unknown)
        return Invalid(_joined(path, named), unknown, f"only {_fields(error.cl)}")
    return Invalid(path or "message", type(error).__name__, f"another value: {error}")


def _refusal_of_field(kind: type, error: Exception, note: AttributeValidationNote, path: str) -> Invalid:
    here = _joined(path, note.name)
    if isinstance(error, KeyError):
        return Invalid(here, None, "a value; it is missing")
    refusal = _first_refusal(error, here)
    secret = not getattr(attrs.fields(cast("Any", kind)), note.name).repr
    return Invalid(refusal.field, HIDDEN, refusal.accepted) if secret else refusal


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name and not name.startswith("[") else path + name


def _fields(kind: Any) -> str:
    return ", ".join(field.name for field in attrs.fields(kind)) or "no fields"


def _named(kind: Any) -> str:
    return getattr(kind, "__name__", str(kind))


_PLAIN_SCHEMAS: Mapping[type, Mapping[str, str]] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Personal: {"type": "string"},
}


def _schema(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(option, defs) for option in get_args(hint)]}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(hint)[0], defs)}
    if hint in _PLAIN_SCHEMAS:
        return dict(_PLAIN_SCHEMAS[hint])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    name = _named(hint)
    if name not in defs:
        defs[name] = {}
        defs[name].update(_class_schema(hint, defs))
    return {"$ref": f"#/$defs/{name}"}


def _class_schema(kind: type, defs: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    fields = attrs.fields(cast("Any", kind))
    return {
        "type": "object",
        "properties": {field.name: _schema(hints[field.name], defs) for field in fields},
        "required": [field.name for field in fields if field.default is attrs.NOTHING],
        "additionalProperties": False,
    }
