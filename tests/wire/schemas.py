"""A checker of the part of JSON Schema that the shop speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["matches"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def matches(schema: Mapping[str, Any], value: Any, defs: Mapping[str, Any] | None = None) -> bool:
    """Whether the JSON value is one that the schema describes."""
    defs = schema.get("$defs", {}) if defs is None else defs
    if "$ref" in schema:
        return matches(defs[schema["$ref"].removeprefix("#/$defs/")], value, defs)
    if "anyOf" in schema:
        return any(matches(each, value, defs) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema["type"]
    if not _is_a(kind, value):
        return False
    if kind == "array":
        return all(matches(schema["items"], each, defs) for each in value)
    if kind == "object":
        properties = schema["properties"]
        return set(schema["required"]) <= set(value) <= set(properties) and all(
            matches(properties[name], each, defs) for name, each in value.items()
        )
    return True


def _is_a(kind: str, value: object) -> bool:
    return isinstance(value, _TYPES[kind]) and (not isinstance(value, bool) or kind == "boolean")
