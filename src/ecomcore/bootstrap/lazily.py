"""What is loaded only when somebody needs it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ecomcore.kernel.messages import Command, Query
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Codec

__all__ = ["LazyWire"]


class LazyWire(Codec):
    """The wire, made when it is first needed: a shop in memory without keys never loads cattrs."""

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        self._rooms = rooms

    @cached_property
    def wire(self) -> Any:
        from ecomcore.wire import Wire

        return Wire(self._rooms)

    def dump(self, message: object) -> tuple[str, str]:
        return self.wire.dump(message)  # type: ignore[no-any-return]

    def load(self, name: str, text: str) -> Any:
        return self.wire.load(name, text)

    def dump_answer(self, operation: type[Command[Any]] | type[Query[Any]], answer: object) -> tuple[str, str]:
        return self.wire.dump_answer(operation, answer)  # type: ignore[no-any-return]

    def load_answer(self, name: str, text: str) -> tuple[type[Command[Any]], Any]:
        return self.wire.load_answer(name, text)  # type: ignore[no-any-return]

    def dump_value(self, value: object, kind: Any) -> str:
        return self.wire.dump_value(value, kind)  # type: ignore[no-any-return]

    def load_value(self, kind: Any, text: str) -> Any:
        return self.wire.load_value(kind, text)
