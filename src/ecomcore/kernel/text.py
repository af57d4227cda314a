"""Text, ids and codes from outside: validators that name the field they refuse.

They are ``attrs`` validators, written where the field is declared::

    name: str = field(validator=a_text(longest=120))
    sku: str = field(validator=a_code())
    lines: tuple[Line, ...] = field(converter=as_tuple, validator=a_list_of(Line, longest=500))

``Personal`` marks personal data: it never shows itself in a ``repr``, a log or an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

from attrs import Attribute, field, frozen

from ecomcore.kernel.errors import Invalid

__all__ = [
    "HIDDEN",
    "LONGEST_ID",
    "LONGEST_ID_LIST",
    "LONGEST_PERSONAL",
    "Personal",
    "Validator",
    "a_code",
    "a_list_of",
    "a_list_of_ids",
    "a_text",
    "an_id",
    "an_id_list",
    "an_optional_id",
    "as_tuple",
    "empty_or_text",
    "hidden",
    "instance_of",
    "optional",
    "printable",
]

Validator: TypeAlias = Callable[[Any, "Attribute[Any]", Any], None]
"""What ``attrs`` calls to check a field; ours raise ``Invalid``."""

LONGEST_ID: Final = 64
"""The most characters an id or a code may have."""

LONGEST_ID_LIST: Final = 10_000
"""The most ids one question may name."""

LONGEST_PERSONAL: Final = 2_000
"""The most characters one piece of personal data may have."""

HIDDEN: Final = "(hidden)"
"""What an error shows instead of a secret."""

_NOT_ON_ONE_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def a_text(longest: int = 200, empty: bool = False, *, lines: bool = False) -> Validator:
    """A validator for text of at most ``longest`` characters.

    Control characters and lone surrogates are refused: no store, feed or label can carry them. ``empty`` also
    accepts blank text; ``lines`` also accepts tabs and line breaks.
    """
    problem = _problem_with(longest, empty, lines)

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if accepted := problem(value):
            raise Invalid(attribute.name, value, accepted)

    return check


def _problem_with(longest: int, empty: bool, lines: bool) -> Callable[[object], str | None]:
    """A function that answers ``None`` for acceptable text, and otherwise what would be acceptable."""
    unprintable = (_NOT_IN_LINES if lines else _NOT_ON_ONE_LINE).search
    size = f"{'at most' if empty else '1 to'} {longest} characters"
    printable = f"text without control characters{' except tabs and line breaks' if lines else ''}"

    def problem(value: object) -> str | None:
        if not isinstance(value, str):
            return f"text of {size}"
        if len(value) > longest:
            return f"text of {size}, not {len(value)}"
        if not empty and not value.strip():
            return f"text of {size}, not blank"
        return printable if unprintable(value) else None

    return problem


def empty_or_text(longest: int = 200) -> Validator:
    """A validator for text of at most ``longest`` characters that is empty or says something: blanks alone do not."""
    check = a_text(longest)

    def checked(instance: object, attribute: Attribute[Any], value: object) -> None:
        if value != "":
            check(instance, attribute, value)

    return checked


def a_code(longest: int = LONGEST_ID) -> Validator:
    """A validator for SKUs, coupon codes and the like: the alphabet of ids, 1 to ``longest`` characters."""
    matches = re.compile(rf"[A-Za-z0-9._:@/+-]{{1,{longest}}}").fullmatch
    accepted = f"1 to {longest} ASCII letters, digits and . _ : @ / + -"

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, str) or not matches(value):
            raise Invalid(attribute.name, value, accepted)

    return check


def a_list_of(cls: type, longest: int, shortest: int = 1) -> Validator:
    """A validator for a tuple of ``shortest`` to ``longest`` instances of ``cls``."""
    accepted = f"a list of {shortest} to {longest} {cls.__name__}"

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, tuple):
            raise Invalid(attribute.name, value, accepted)
        if not shortest <= len(value) <= longest:
            raise Invalid(attribute.name, value, f"{accepted}, not {len(value)}")
        for index, item in enumerate(value):
            if not isinstance(item, cls):
                raise Invalid(f"{attribute.name}[{index}]", item, _one(cls))

    return check


def as_tuple(value: object) -> Any:
    """A converter: a list becomes a tuple; anything else stays as it is, for the validator to refuse."""
    return tuple(value) if isinstance(value, list) else value


def instance_of(cls: type) -> Validator:
    """A validator for an instance of ``cls``. A ``bool`` is no ``int`` here."""
    accepted = _one(cls)

    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, cls) or (cls is int and isinstance(value, bool)):
            raise Invalid(attribute.name, value, accepted)

    return check


def printable(text: str, longest: int) -> str:
    """Somebody else's text as it can be kept and shown: on one line, without control characters, not too long."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(cleaned.split())[:longest]


def _one(cls: type) -> str:
    return f"{'an' if cls.__name__[0] in 'AEIOU' else 'a'} {cls.__name__}"


def optional(validator: Validator) -> Validator:
    """The same validator, also accepting ``None``."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None:
            validator(instance, attribute, value)

    return check


def hidden(validator: Validator) -> Validator:
    """The same validator, whose refusal does not show the value: for tokens and other secrets."""

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        try:
            validator(instance, attribute, value)
        except Invalid as refusal:
            raise Invalid(refusal.field, HIDDEN, refusal.accepted) from None

    return check


an_id: Final = a_code(LONGEST_ID)
"""Validate an id: 1 to 64 ASCII letters, digits and ``. _ : @ / + -``."""

an_optional_id: Final = optional(an_id)
"""Validate an id or ``None``."""


def a_list_of_ids(longest: int, shortest: int = 1) -> Validator:
    """A validator for a tuple of ``shortest`` to ``longest`` ids."""
    texts = a_list_of(str, longest, shortest)

    def check(instance: object, attribute: Attribute[Any], value: object) -> None:
        texts(instance, attribute, value)
        for index, id_ in enumerate(cast("tuple[object, ...]", value)):
            try:
                an_id(instance, attribute, id_)
            except Invalid as refusal:
                raise Invalid(f"{attribute.name}[{index}]", id_, refusal.accepted) from None

    return check


an_id_list: Final = a_list_of_ids(LONGEST_ID_LIST)
"""Validate a tuple of 1 to ``LONGEST_ID_LIST`` ids."""

_personal_problem = _problem_with(LONGEST_PERSONAL, empty=False, lines=True)


def _personal_text(instance: Personal, attribute: Attribute[Any], value: object) -> None:
    if accepted := _personal_problem(value):
        raise Invalid(attribute.name, instance, accepted)  # the instance, for it shows nothing


@frozen(repr=False)
class Personal:
    """Personal data (a name, a street, an e-mail address): shown by nobody by accident.

    ``repr`` and ``str`` are redacted; whoever needs the text asks for ``.value`` by name. Not blank, at most
    ``LONGEST_PERSONAL`` characters.
    """

    value: str = field(validator=_personal_text)

    def __repr__(self) -> str:
        return "Personal(…)"
