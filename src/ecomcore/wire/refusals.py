"""From what cattrs reports to the one refusal that is told: the first, with the path of its field."""

from __future__ import annotations

from typing import Any, cast

import attrs
from cattrs.errors import AttributeValidationNote, ClassValidationError, ForbiddenExtraKeysError

from ecomcore.kernel.errors import Invalid, shown
from ecomcore.kernel.text import HIDDEN

__all__ = ["fields_of", "first_refusal"]


def first_refusal(error: BaseException, path: str = "") -> Invalid:
    """The first field that was refused, with its path from the message's root; a secret is not shown."""
    if isinstance(error, ClassValidationError):
        noted, other = error.group_exceptions()
        return _refusal_of_field(error.cl, *noted[0], path) if noted else first_refusal(other[0], path)
    if isinstance(error, ExceptionGroup):
        return first_refusal(error.exceptions[0], path)
    if isinstance(error, Invalid):
        return Invalid(_joined(path, error.field) or "message", error.value, error.accepted)
    if isinstance(error, ForbiddenExtraKeysError):
        unknown = min(error.extra_fields)
        named = unknown if unknown.isidentifier() and unknown == shown(unknown)[1:-1] else shown(unknown)
        return Invalid(_joined(path, named), unknown, f"only {fields_of(error.cl)}")
    return Invalid(path or "message", type(error).__name__, f"another value: {error}")


def _refusal_of_field(kind: type, error: Exception, note: AttributeValidationNote, path: str) -> Invalid:
    here = _joined(path, note.name)
    if isinstance(error, KeyError):
        return Invalid(here, None, "a value; it is missing")
    refusal = first_refusal(error, here)
    secret = not getattr(attrs.fields(cast("Any", kind)), note.name).repr
    return Invalid(refusal.field, HIDDEN, refusal.accepted) if secret else refusal


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name and not name.startswith("[") else path + name


def fields_of(kind: Any) -> str:
    """The names of the fields of a class, for people."""
    return ", ".join(field.name for field in attrs.fields(kind)) or "no fields"
