"""The wire itself: messages by their names, the answers to them, and values that a store keeps."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from types import NoneType
from typing import Any, TypeVar, get_args

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.messages import Command, Event, Query
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Codec
from ecomcore.wire.converter import strict_converter
from ecomcore.wire.refusals import first_refusal
from ecomcore.wire.schema import class_schema
from ecomcore.wire.text import parsed, refuse_too_long, written

__all__ = ["Wire", "answer_type"]

T = TypeVar("T")


class Wire(Codec):
    """Knows the messages of the rooms by their names."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        self.messages: dict[str, type] = {}
        for room in rooms:
            for message in (*room.deciders, *room.couriers, *room.answers, *room.events):
                if self.messages.setdefault(message.__name__, message) is not message:
                    raise ValueError(f"two messages are called {message.__name__}")
        self._converter = strict_converter()
        self._answer_types: dict[type, Any] = {}

    def dump(self, message: object) -> tuple[str, str]:
        return type(message).__name__, written(self._converter.unstructure(message))

    def load(self, name: str, text: str) -> Any:
        """The message of this name. Raises ``Invalid`` that names the message, or the field by its path."""
        message = self.messages.get(str(name))
        if message is None:
            raise Invalid("message", name, "the name of a message of this shop")
        plain = parsed(text)
        if issubclass(message, Event) and isinstance(plain, dict):  # events are kept for good, and never rewritten
            plain = message.of_before(plain)
        return self.structure(plain, message)

    def dump_answer(self, operation: type[Command[Any]] | type[Query[Any]], answer: object) -> tuple[str, str]:
        return operation.__name__, written(self._converter.unstructure(answer, self._answer_type(operation)))

    def load_answer(self, name: str, text: str) -> tuple[type[Command[Any]], Any]:
        operation = self.messages[name]
        return operation, self.structure(parsed(text), self._answer_type(operation))

    def dump_value(self, value: object, kind: Any) -> str:
        """The JSON text of a value of this type. Raises ``Invalid`` for what ``load_value`` would not read again."""
        text = written(self._converter.unstructure(value, kind))
        refuse_too_long(text)
        return text

    def load_value(self, kind: Any, text: str) -> Any:
        """The value again. Raises ``Invalid`` with the path of the field."""
        return self.structure(parsed(text), kind)

    def structure(self, plain: object, as_type: type[T]) -> T:
        """Plain JSON values as a value of this type. Raises ``Invalid`` with the path of the field."""
        try:
            return self._converter.structure(plain, as_type)
        except (ExceptionGroup, Invalid) as error:
            raise first_refusal(error) from None

    def unstructure(self, value: object, as_type: Any = None) -> Any:
        """The value as plain JSON values; as a value of this type, or of its own class. Only a type tells of unions."""
        return self._converter.unstructure(value, as_type)

    def schema(self, message: type) -> dict[str, Any]:
        """The JSON Schema (2020-12) of a message."""
        defs: dict[str, Any] = {}
        schema = class_schema(message, defs)
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
