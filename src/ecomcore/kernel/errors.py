"""Every way ecomcore says no.

    DomainError
    ├── Invalid             a value is not acceptable: names the field, the value and what would be
    ├── NotFound            no such thing, or not yours (one answer for both, so nothing can be probed)
    ├── AlreadyExists       a name that must be unique is taken
    ├── Refused             a rule of the shop forbids it (each context derives its own: OutOfStock, TotalChanged …)
    │   └── IllegalTransition   the lifecycle has no such move from this state
    ├── PermissionDenied    the actor lacks the permission the message declares
    ├── KeyReused           this idempotency key already served another command
    └── Conflict            somebody else changed it first; the dispatcher retries with fresh state
        └── Duplicate           two units of work created the same thing at once

    Trouble                 not a refusal but an outage: the shop gave no answer
    ├── PortUnavailable     something outside did not answer
    ├── OutcomeUnknown      it was asked, and nobody knows whether it happened: ask again with the same key
    ├── TryAgain            the database asked for a retry (deadlock, serialization, busy) more often than we retry
    └── InvariantViolated   the database refused what the code allowed: a defect, never a user's mistake

An error carries its data as attributes; ``str(error)`` is a sentence for people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import attrs
from attrs import define, field

__all__ = [
    "AlreadyExists",
    "Conflict",
    "DomainError",
    "Duplicate",
    "IllegalTransition",
    "Invalid",
    "InvariantViolated",
    "KeyReused",
    "NotFound",
    "OutcomeUnknown",
    "PermissionDenied",
    "PortUnavailable",
    "Refused",
    "Trouble",
    "TryAgain",
    "shown",
]

_LONGEST_SHOWN = 60


def shown(value: object, longest: int = _LONGEST_SHOWN) -> str:
    """The value as an error message shows it: short, on one line, printable."""
    try:
        text = repr(value[: longest + 1] if isinstance(value, str | bytes | list | tuple) else value)
    except Exception:  # a number of too many digits, a list nested too deep, a broken repr of the host's
        text = f"(a {type(value).__name__} that cannot be shown)"
    text = text.encode("ascii", "backslashreplace").decode("ascii")
    return text if len(text) <= longest else text[:longest] + "…"


@define(eq=False, str=False)
class DomainError(Exception):
    """The root of every refusal. Catch it to tell "no" from a crash."""

    def sentence(self) -> str:
        """What was refused and why, for people."""
        return type(self).__doc__ or type(self).__name__

    def __str__(self) -> str:
        return self.sentence()


@define(eq=False, str=False)
class Invalid(DomainError):
    """A value is not acceptable."""

    field: str
    value: object = attrs.field(repr=shown)
    accepted: str

    def sentence(self) -> str:
        return f"{self.field}: {shown(self.value)} is not acceptable; expected {self.accepted}"


@define(eq=False, str=False)
class NotFound(DomainError):
    """There is no such thing, or it is not yours."""

    kind: str
    id: str

    def sentence(self) -> str:
        return f"{self.kind} {shown(self.id)} was not found"


@define(eq=False, str=False)
class AlreadyExists(DomainError):
    """A name that must be unique is taken."""

    kind: str
    field: str
    value: str

    def sentence(self) -> str:
        return f"a {self.kind} with {self.field} {shown(self.value)} already exists"


@define(eq=False, str=False)
class Refused(DomainError):
    """A rule of the shop forbids it."""


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@define(eq=False, str=False)
class IllegalTransition(Refused):
    """The lifecycle has no such move from this state."""

    kind: str
    verb: str
    state: str
    allowed_from: Collection[str] = field(converter=_texts)

    def sentence(self) -> str:
        allowed = " or ".join(self.allowed_from)
        return f"cannot {self.verb} the {self.kind}: it is {self.state}, not {allowed}"


@define(eq=False, str=False)
class PermissionDenied(DomainError):
    """The actor lacks the permission the message declares."""

    permission: str
    actor: str

    def sentence(self) -> str:
        return f"this needs the permission {self.permission}, which the actor ({self.actor}) does not have"


@define(eq=False, str=False)
class KeyReused(DomainError):
    """This idempotency key already served another command."""

    key: str

    def sentence(self) -> str:
        return (
            f"idempotency key {shown(self.key)} was already used for another command; "
            "a key belongs to one intention, use a new one"
        )


@define(eq=False, str=False)
class Conflict(DomainError):
    """Somebody else changed it first."""

    kind: str
    id: str

    def sentence(self) -> str:
        return f"{self.kind} {shown(self.id)} was changed by somebody else meanwhile; load it again"


@define(eq=False, str=False)
class Duplicate(Conflict):
    """Two units of work created the same thing at once."""

    def sentence(self) -> str:
        return f"{self.kind} {shown(self.id)} was created by somebody else meanwhile"


@define(eq=False, str=False)
class Trouble(Exception):
    """Not a refusal but an outage: the shop gave no answer."""

    what: str
    cause: Any = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{(type(self).__doc__ or '').rstrip('.')}: {self.what}"


@define(eq=False, str=False)
class PortUnavailable(Trouble):
    """Something outside did not answer."""


@define(eq=False, str=False)
class OutcomeUnknown(Trouble):
    """It was asked, and nobody knows whether it happened."""


@define(eq=False, str=False)
class TryAgain(Trouble):
    """The database asked to try again."""


@define(eq=False, str=False)
class InvariantViolated(Trouble):
    """The database refused what the code allowed."""
