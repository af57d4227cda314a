"""What travels: commands ask, events tell, queries look, errands go outside; an envelope says for whom.

Every command and query declares the permission it needs, as data on the class:

    @frozen
    class CancelOrder(Command[None]):
        permission = Permission("ordering.cancel_order", Who.OWNER)
        order: OrderId
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, cast

from attrs import Attribute, field, fields, frozen

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.frozen import having
from ecomcore.kernel.ids import CorrelationId, MemberId
from ecomcore.kernel.text import HIDDEN, a_text, an_id, instance_of, optional

__all__ = [
    "Actor",
    "Anonymous",
    "Command",
    "Envelope",
    "Errand",
    "Event",
    "Guest",
    "Member",
    "Permission",
    "Query",
    "Staff",
    "System",
    "Unreadable",
    "Who",
    "a_secret",
    "as_kept",
    "name_of",
    "passing",
]

R = TypeVar("R", covariant=True)

_SHORTEST_SECRET = 16
_LONGEST_KEY = 200
_PASSING = "passing"


class Who(StrEnum):
    """Who may send a message besides the shop itself, which may send all."""

    ANYONE = "anyone"
    """Every actor, the anonymous one included."""
    OWNER = "owner"
    """The member or guest whose thing it is, and staff with the permission."""
    STAFF = "staff"
    """Staff with the permission."""
    SYSTEM = "system"
    """Nobody else: policies, couriers and jobs."""


@frozen
class Permission:
    """The permission a message needs: its name, and who may have it."""

    name: str
    who: Who


class Command(Generic[R]):
    """Asks the shop to do something; ``R`` is the type of the answer."""

    __slots__ = ()
    permission: ClassVar[Permission]


class Errand(Command[None]):
    """A command for a courier: carried out outside any transaction, after the commit, with retries."""

    __slots__ = ()


class Query(Generic[R]):
    """Asks the shop to show something; ``R`` is the type of the answer. Changes nothing."""

    __slots__ = ()
    permission: ClassVar[Permission]


class Event:
    """Tells what has happened, in the past tense; never refused.

    Fields made with ``passing()`` are for the policies only: the outbox keeps the event without them.
    """

    __slots__ = ()

    @classmethod
    def of_before(cls, plain: dict[str, Any]) -> dict[str, Any]:
        """Its plain values as an earlier release may have written them, in the words of this release."""
        return plain


def a_secret(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _SHORTEST_SECRET <= len(value) <= 256 or not value.isascii():
        raise Invalid(attribute.name, HIDDEN, f"{_SHORTEST_SECRET} to 256 ASCII characters")


def _a_key(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is None:
        return
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= _LONGEST_KEY
        or not value.isascii()
        or not value.isprintable()
    ):
        raise Invalid(attribute.name, value, f"1 to {_LONGEST_KEY} printable ASCII characters, or none")


def _an_id_or_nothing(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value != "":
        an_id(instance, attribute, value)


def _as_names(value: Iterable[str]) -> frozenset[str]:
    """A collection of names becomes a set; anything else stays as it is, for the validator to refuse."""
    known = isinstance(value, list | tuple | set) and all(isinstance(name, str) for name in value)
    return frozenset(value) if known else value  # type: ignore[return-value]  # the validator's business


def _permission_names(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, frozenset) or not all(isinstance(name, str) for name in value):
        raise Invalid(attribute.name, value, "a set of names of permissions")


@frozen
class Unreadable(Event):
    """Stands for a stored message that this version of the shop cannot read: its name and its text as they were."""

    name: str
    text: str = field(repr=False)


def name_of(message: object) -> str:
    """What a message is called; one that cannot be read keeps the name it was stored under."""
    return message.name if isinstance(message, Unreadable) else type(message).__name__


def passing(default: Any) -> Any:
    """A field of an event that is told but not kept, such as a token of payment; kept, it has its default."""
    return field(default=default, repr=False, metadata={_PASSING: True})


def as_kept(event: Event) -> Event:
    """The event as the outbox keeps it."""
    kind: Any = type(event)
    gone = _passing_fields(kind)
    return having(cast("Any", event), **gone) if gone else event


@cache
def _passing_fields(kind: type[Any]) -> dict[str, Any]:
    return {each.name: each.default for each in fields(kind) if each.metadata.get(_PASSING)}


@frozen
class Actor:
    """Who asks."""

    @property
    def owner(self) -> str | None:
        """The name under which this actor owns things, if it can own any."""
        return None

    @property
    def scope(self) -> str:
        """The space in which this actor's idempotency keys live."""
        return self.owner or type(self).__name__.lower()

    def holds(self, permission: Permission) -> bool:
        """Whether this actor was granted the permission (ownership is the dispatcher's question)."""
        return permission.who is Who.ANYONE


@frozen
class Anonymous(Actor):
    """Somebody who has not said who they are: browses, owns nothing."""


@frozen
class System(Actor):
    """The shop itself: policies, couriers, jobs and trusted host code."""

    def holds(self, permission: Permission) -> bool:  # noqa: ARG002 - it holds them all
        return True


@frozen
class Staff(Actor):
    """A person who works for the shop, with the permissions granted to them; ``*`` grants all but the shop's own."""

    id: str = field(validator=an_id)
    permissions: frozenset[str] = field(default=frozenset(), converter=_as_names, validator=_permission_names)

    @property
    def scope(self) -> str:
        return f"staff:{self.id}"

    def holds(self, permission: Permission) -> bool:
        if permission.who is Who.SYSTEM:
            return False
        return permission.who is Who.ANYONE or bool(self.permissions & {permission.name, "*"})


@frozen
class Member(Actor):
    """A registered customer; acts only on what is theirs."""

    id: MemberId = field(validator=an_id)

    @property
    def owner(self) -> str:
        return f"member:{self.id}"


@frozen
class Guest(Actor):
    """Somebody known only by a secret token (at least 16 characters); it is kept as a hash, never as itself."""

    token: str = field(repr=False, validator=a_secret)

    @property
    def owner(self) -> str:
        return f"guest:{hashlib.sha256(self.token.encode()).hexdigest()[:48]}"


@frozen(kw_only=True)
class Envelope:
    """What is said about a message besides the message: who, where, in which conversation, under which key.

    ``key`` makes a command happen at most once: the same key and command return the stored answer.
    ``channel`` names where the actor stands (web, app, a store). ``correlation`` is shared by all that one request
    set in motion. ``origin`` names the owner or the member of staff on whose request the shop itself acts.
    """

    actor: Actor = field(validator=instance_of(Actor))
    key: str | None = field(default=None, validator=_a_key)
    channel: str = field(default="default", validator=an_id)
    correlation: CorrelationId = field(default=CorrelationId(""), validator=_an_id_or_nothing)
    origin: str | None = field(default=None, validator=optional(a_text(100)))
