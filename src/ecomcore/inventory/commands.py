"""What the inventory can be asked to do: locations, and units that come and go."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.inventory.location import a_location_id, a_parcel_cost
from ecomcore.inventory.lots import LONGEST_CODE, ReceivedLine, Tracking, as_received
from ecomcore.inventory.values import (
    BackOrders,
    Beyond,
    Condition,
    CountedDifference,
    Grade,
    LocationKind,
    MovementKind,
    PreOrders,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Money
from ecomcore.kernel.place import Place
from ecomcore.kernel.quantity import MAX_QUANTITY, a_change, a_count, a_quantity, a_rank
from ecomcore.kernel.text import (
    a_list_of,
    a_list_of_ids,
    a_text,
    an_id,
    as_tuple,
    empty_or_text,
    instance_of,
    optional,
)

__all__ = [
    "MOST_LINES",
    "BookCount",
    "BookStock",
    "Booked",
    "Booking",
    "ChangeLocation",
    "CorrectBeyondLimit",
    "CorrectStock",
    "DamageStock",
    "MendStock",
    "OpenLocation",
    "ReceiveStock",
    "SetStockRules",
    "StockRow",
    "StripeStock",
    "WriteOffBeyondLimit",
    "WriteOffStock",
]

MOST_LINES = 10_000
"""Lines of one receipt or reservation."""

MOST_ROWS = 100_000
"""Rows of one booking in bulk."""

MOST_STRIPES = 256

CORRECT = Permission("inventory.correct", Who.STAFF)
RECEIVE = Permission("inventory.receive", Who.STAFF)


@frozen
class OpenLocation(Command[LocationId]):
    """Open a place where stock can lie. Lower ``priority`` is asked first. Answers with its id, which has no ``@``."""

    permission = Permission("inventory.open_location", Who.STAFF)
    name: str = field(validator=a_text())
    priority: int = field(default=100, validator=a_rank)
    id: LocationId | None = field(default=None, validator=a_location_id)
    kind: LocationKind = field(default=LocationKind.WAREHOUSE, validator=instance_of(LocationKind))
    place: Place | None = field(default=None, validator=optional(instance_of(Place)))
    ships: bool = field(default=True, validator=instance_of(bool))
    collects: bool = field(default=False, validator=instance_of(bool))
    parcel_cost: Money | None = field(default=None, validator=a_parcel_cost)


@frozen
class ChangeLocation(Command[None]):
    """Describe a location anew; what is not given is as it would be of a new one."""

    permission = Permission("inventory.change_location", Who.STAFF)
    location: LocationId = field(validator=an_id)
    name: str = field(validator=a_text())
    priority: int = field(default=100, validator=a_rank)
    place: Place | None = field(default=None, validator=optional(instance_of(Place)))
    ships: bool = field(default=True, validator=instance_of(bool))
    collects: bool = field(default=False, validator=instance_of(bool))
    parcel_cost: Money | None = field(default=None, validator=a_parcel_cost)


def _comes_in(_: object, attribute: Attribute[Any], value: object) -> None:
    if value not in (MovementKind.RECEIPT, MovementKind.RETURN, MovementKind.TRANSFER_IN):
        raise Invalid(attribute.name, value, "receipt, return or transfer_in")


@frozen
class ReceiveStock(Command[None]):
    """Units arrive at a location; ``reference`` names the delivery. All lines or none.

    Lines name variants by id, not by SKU. The inventory does not know the catalogue: units of an id that no variant
    has are kept, and nobody can buy them. Raises ``WrongTracking``, ``SerialKnown``, ``TooMuchStock``.
    """

    permission = RECEIVE
    location: LocationId = field(validator=an_id)
    lines: tuple[ReceivedLine, ...] = field(converter=as_received, validator=a_list_of(ReceivedLine, MOST_LINES))
    reference: str = field(default="", validator=a_text(empty=True))
    kind: MovementKind = field(default=MovementKind.RECEIPT, validator=_comes_in)
    reason: str = field(default="", validator=a_text(empty=True))


@frozen
class CorrectStock(Command[None]):
    """Set the books right by so many units, up or down, with the reason; ``reference`` names a document behind it.

    What is promised cannot be taken away unless ``even_if_reserved``: then it is a fact, and the item is short. Raises
    ``StockIsReserved``, ``NotOnHand``, ``SerialKnown``, and ``CorrectionTooLarge`` beyond the shop's limit.
    """

    permission = CORRECT
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_change)
    reason: str = field(validator=a_text())
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    even_if_reserved: bool = field(default=False, validator=instance_of(bool))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class CorrectBeyondLimit(Command[None]):
    """``CorrectStock`` without the limit, for those who may."""

    permission = Permission("inventory.correct_beyond_limit", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_change)
    reason: str = field(validator=a_text())
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    even_if_reserved: bool = field(default=False, validator=instance_of(bool))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class DamageStock(Command[None]):
    """Good units turn out to be damaged: they are still there, and cannot be sold. May leave the item short.

    However many: nothing leaves the books, and ``MendStock`` undoes it. The limit is that of ``WriteOffStock``.
    """

    permission = Permission("inventory.damage", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    reason: str = field(validator=a_text())
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class MendStock(Command[None]):
    """Damaged units can be sold again. Raises ``NotOnHand`` for more than are damaged."""

    permission = Permission("inventory.mend", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    reason: str = field(validator=a_text())
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class WriteOffStock(Command[None]):
    """Units are gone for good: the damaged ones, or good ones that are expired or lost. May leave the item short.
    ``reference`` names a document behind it.

    Raises ``NotOnHand``, and ``CorrectionTooLarge`` beyond the shop's limit.
    """

    permission = Permission("inventory.write_off", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    reason: str = field(validator=a_text())
    condition: Condition = field(default=Condition.DAMAGED, validator=instance_of(Condition))
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class WriteOffBeyondLimit(Command[None]):
    """``WriteOffStock`` without the limit, for those who may."""

    permission = Permission("inventory.write_off_beyond_limit", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    quantity: int = field(validator=a_quantity)
    reason: str = field(validator=a_text())
    condition: Condition = field(default=Condition.DAMAGED, validator=instance_of(Condition))
    lot: str = field(default="", validator=empty_or_text(LONGEST_CODE))
    reference: str = field(default="", validator=a_text(empty=True))


@frozen
class BookCount(Command[None]):
    """Bring the books to what a count found. A fact: it may leave an item short.

    ``counted`` names all that was counted, also what fitted. Raises ``NotOnHand`` where more has left since than was
    there by the count.
    """

    permission = Permission("inventory.book_count", Who.SYSTEM)
    location: LocationId = field(validator=an_id)
    count: str = field(validator=an_id)
    lines: tuple[CountedDifference, ...] = field(
        converter=as_tuple, validator=a_list_of(CountedDifference, MOST_ROWS, 0)
    )
    counted: tuple[VariantId, ...] = field(default=(), converter=as_tuple, validator=a_list_of_ids(MOST_ROWS, 0))


class Booking(StrEnum):
    """What a row of a booking in bulk says: units received, a change up or down, or what there is now."""

    RECEIVE = "receive"
    ADJUST = "adjust"
    SET = "set"


@frozen
class StockRow:
    """A row of a booking in bulk. ``expected`` is how many units whoever sends it believes to be there: where it is not
    so, the row is refused.
    """

    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    how: Booking = field(validator=instance_of(Booking))
    quantity: int = field(validator=instance_of(int))
    expected: int | None = field(default=None, validator=optional(a_count))

    def __attrs_post_init__(self) -> None:
        fewest = {Booking.RECEIVE: 1, Booking.ADJUST: -MAX_QUANTITY, Booking.SET: 0}[self.how]
        if not fewest <= self.quantity <= MAX_QUANTITY or (self.how is Booking.ADJUST and not self.quantity):
            besides = ", not 0" if self.how is Booking.ADJUST else ""
            raise Invalid("quantity", self.quantity, f"a whole number from {fewest} to {MAX_QUANTITY}{besides}")


@frozen
class Booked:
    """What became of a row: its number in the list from 0, and why it was refused, if it was."""

    row: int
    on_hand: int
    refused: str = ""
    why: str = ""


@frozen
class BookStock(Command[tuple[Booked, ...]]):
    """Receive, adjust or set many rows, each for itself: those that cannot be are told one by one, the others are done.

    No row corrects more than the shop's limit, and where any row adjusts or sets there is a ``reason``, or a
    ``reference`` to the document that says it. Answers with one result for each row, in their order.
    """

    permission = Permission("inventory.book", Who.STAFF)
    rows: tuple[StockRow, ...] = field(converter=as_tuple, validator=a_list_of(StockRow, MOST_ROWS))
    reference: str = field(default="", validator=a_text(empty=True))
    reason: str = field(default="", validator=a_text(empty=True))

    def __attrs_post_init__(self) -> None:
        if not (self.reason or self.reference) and any(row.how is not Booking.RECEIVE for row in self.rows):
            raise Invalid("reason", self.reason, "why, or a reference, where rows adjust or set")


def _beyond(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, BackOrders | PreOrders):
        raise Invalid(attribute.name, value, "BackOrders, PreOrders, or nothing")


@frozen
class SetStockRules(Command[None]):
    """What holds for a variant at a location, all of it; what is not given holds no longer.

    ``buffer`` units are kept back from the channels; below ``low`` staff want to know; ``beyond`` is what may be
    promised without being there; ``queued`` sells in the order of a queue; how units are told apart (``tracking``) can
    be changed while none is there. Raises ``BackordersPromised``, ``WrongTracking``.
    """

    permission = Permission("inventory.set_rules", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    buffer: int = field(default=0, validator=a_count)
    low: int = field(default=0, validator=a_count)
    beyond: Beyond | None = field(default=None, validator=_beyond)
    tracking: Tracking = field(default=Tracking.NONE, validator=instance_of(Tracking))
    queued: bool = field(default=False, validator=instance_of(bool))
    grade: Grade | None = field(default=None, validator=optional(instance_of(Grade)))


def _stripes(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= MOST_STRIPES or value == 1:
        raise Invalid(attribute.name, value, f"2 to {MOST_STRIPES}, or 0 for none")


@frozen
class StripeStock(Command[None]):
    """Spread a hot item over so many rows, that many buyers can have units set aside at once; 0 for one row again.

    Nothing else changes. A store that has one writer anyway only remembers the number.
    """

    permission = Permission("inventory.stripe", Who.STAFF)
    variant: VariantId = field(validator=an_id)
    location: LocationId = field(validator=an_id)
    stripes: int = field(validator=_stripes)
