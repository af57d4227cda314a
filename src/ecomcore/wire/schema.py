"""The JSON Schema (2020-12) of the types that messages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs

from ecomcore.kernel.text import Personal
from ecomcore.wire.converter import TIME_OF_DAY
from ecomcore.wire.unions import KIND, is_tagged, tagged

__all__ = ["class_schema"]

_PLAIN: Mapping[type, Mapping[str, str]] = {
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "pattern": f"^{TIME_OF_DAY}$"},
    timedelta: {"type": "integer", "description": "seconds"},
    Personal: {"type": "string"},
    bytes: {"type": "string", "contentEncoding": "base64"},
}


def class_schema(kind: type, defs: dict[str, Any]) -> dict[str, Any]:
    """The schema of a class as an object; the things it holds go to ``defs``."""
    hints = get_type_hints(kind)
    fields = attrs.fields(cast("Any", kind))
    return {
        "type": "object",
        "properties": {field.name: _schema(hints[field.name], defs) for field in fields},
        "required": [field.name for field in fields if field.default is attrs.NOTHING],
        "additionalProperties": False,
    }


def _schema(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    hint = getattr(hint, "__supertype__", hint)
    origin = get_origin(hint)
    if is_tagged(hint):
        options = [_tagged_schema(each, defs) for each in tagged(hint).values()]
        return {"anyOf": options + [_schema(NoneType, defs)] * (NoneType in get_args(hint))}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(option, defs) for option in get_args(hint)]}
    if origin is tuple:
        return _tuple_schema(get_args(hint), defs)
    if origin is frozenset:
        return {"type": "array", "items": _schema(get_args(hint)[0], defs), "uniqueItems": True}
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    name = getattr(hint, "__name__", str(hint))
    if name not in defs:
        defs[name] = {}
        defs[name].update(class_schema(hint, defs))
    return _reference(name)


def _tuple_schema(kinds: tuple[Any, ...], defs: dict[str, Any]) -> dict[str, Any]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return {"type": "array", "items": _schema(kinds[0], defs)}
    each = [_schema(kind, defs) for kind in kinds]
    return {"type": "array", "prefixItems": each, "items": False, "minItems": len(each), "maxItems": len(each)}


def _tagged_schema(kind: type, defs: dict[str, Any]) -> dict[str, Any]:
    """Under a name that no class has, for the class may also be a field's only one, and then it has no tag."""
    name = f"{kind.__name__}.tagged"
    if name not in defs:
        defs[name] = {}
        schema = class_schema(kind, defs)
        schema["properties"] = {KIND: {"const": kind.__name__}, **schema["properties"]}
        schema["required"] = [KIND, *schema["required"]]
        defs[name].update(schema)
    return _reference(name)


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}
