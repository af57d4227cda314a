"""Values of several classes in one field: each is an object tagged with its ``kind``, the name of its class."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
from cattrs import Converter

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.text import Personal
from ecomcore.wire.text import NoValue, kind_of

__all__ = ["DEEPEST_UNION", "KIND", "is_tagged", "register_unions", "tagged"]

KIND = "kind"
"""The name that holds the tag."""

DEEPEST_UNION = 32
"""How many tagged objects may stand inside of each other. A limit of the stack; a room's own is lower."""


def is_tagged(hint: Any) -> bool:
    """Whether values of this type need a tag, because they may be of more than one class."""
    return get_origin(hint) in (Union, UnionType) and sum(map(attrs.has, get_args(hint))) > 1


def tagged(hint: Any) -> Mapping[str, type]:
    """The classes of a union by their tags. Raises ``TypeError`` for what a tag cannot tell apart or would hide."""
    classes = [option for option in get_args(hint) if option is not NoneType]
    for each in classes:
        if not isinstance(each, type) or not attrs.has(each) or each is Personal:
            raise TypeError(f"{each} stands in a union of classes, and has no place for a tag: {hint}")
        if any(field.name == KIND for field in attrs.fields(each)):
            raise TypeError(f"{each.__name__} stands in a union and has a field {KIND}, as its tag is called: {hint}")
    by_name = {each.__name__: each for each in classes}
    if len(by_name) != len(classes):
        raise TypeError(f"two classes of one name stand in a union: {hint}")
    return by_name


def register_unions(converter: Converter) -> None:
    """Teach the converter unions, one ``_Union`` for each."""
    level = _Level()
    converter.register_structure_hook_factory(is_tagged, lambda hint: _Union(hint, converter, level).structure)
    converter.register_unstructure_hook_factory(is_tagged, lambda hint: _Union(hint, converter, level).unstructure)


class _Level(threading.local):
    """How many unions this thread is inside of."""

    inside = 0


class _Union:
    """The hooks of one union. Those of its classes are asked for when first needed: one of them may hold the union.

    cattrs would find the circle by itself and go by the class of each value from there on, without its tag.
    """

    def __init__(self, hint: Any, converter: Converter, level: _Level) -> None:
        self._classes = tagged(hint)
        self._optional = NoneType in get_args(hint)
        self._accepted = f"one of {', '.join(self._classes)}"
        self._converter = converter
        self._level = level
        self._structure_by_name: dict[str, Callable[[Any, Any], Any]] = {}
        self._unstructure_by_class: dict[type, Callable[[Any], dict[str, Any]]] = {}

    def structure(self, plain: object, _: Any) -> Any:
        if plain is None and self._optional:
            return None
        if not isinstance(plain, dict):
            raise Invalid("", kind_of(plain), f"an object whose {KIND} is {self._accepted}")
        if KIND not in plain:
            raise Invalid(KIND, None, f"{self._accepted}; it is missing")
        kind = plain[KIND]
        if not isinstance(kind, str) or kind not in self._classes:
            raise Invalid(KIND, kind, self._accepted)
        structure = self._structure_by_name.get(kind)
        if structure is None:
            structure = self._structure_by_name[kind] = self._converter.get_structure_hook(self._classes[kind])
        fields = plain.copy()
        del fields[KIND]
        self._go_in("")
        try:
            return structure(fields, self._classes[kind])
        finally:
            self._level.inside -= 1

    def unstructure(self, value: object) -> Any:
        if value is None and self._optional:
            return None
        kind = type(value)
        unstructure = self._unstructure_by_class.get(kind)
        if unstructure is None:
            if self._classes.get(kind.__name__) is not kind:
                raise Invalid("message", value, self._accepted)
            unstructure = self._unstructure_by_class[kind] = self._converter.get_unstructure_hook(kind)
        self._go_in("message")
        try:
            return {KIND: kind.__name__, **unstructure(value)}
        finally:
            self._level.inside -= 1

    def _go_in(self, field: str) -> None:
        """Both ways alike: what could not be read again is not written."""
        if self._level.inside == DEEPEST_UNION:
            raise Invalid(field, NoValue("one more"), f"at most {DEEPEST_UNION} objects inside of each other")
        self._level.inside += 1
