"""A checker of the part of JSON Schema that the shop speaks."""

from __future__ import annotations

import re
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
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema["type"]
    if not _is_a(kind, value):
        return False
    if kind == "array":
        return _is_the_array(schema, value, defs)
    if kind == "object":
        properties = schema["properties"]
        return set(schema["required"]) <= set(value) <= set(properties) and all(
            matches(properties[name], each, defs) for name, each in value.items()
        )
    return kind != "string" or re.search(schema.get("pattern", ""), value) is not None


def _is_the_array(schema: Mapping[str, Any], values: Any, defs: Mapping[str, Any]) -> bool:
    first = schema.get("prefixItems", ())
    others = values[len(first) :]
    if not schema.get("minItems", 0) <= len(values) <= schema.get("maxItems", len(values)):
        return False
    if schema.get("uniqueItems") and any(each in values[:index] for index, each in enumerate(values)):
        return False
    return all(matches(each, value, defs) for each, value in zip(first, values, strict=False)) and all(
        schema["items"] and matches(schema["items"], each, defs) for each in others
    )


def _is_a(kind: str, value: object) -> bool:
    return isinstance(value, _TYPES[kind]) and (not isinstance(value, bool) or kind == "boolean")
