"""What counting can be asked to do."""

from __future__ import annotations

from typing import Any, cast

from attrs import Attribute, field, frozen

from ecomcore.counting.items import CountedItem
from ecomcore.counting.stock_count import CountState
from ecomcore.counting.values import AbcGrade, CountKind, CountLine
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, StockCountId, VariantId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_list_of, a_text, an_id, an_id_list, an_optional_id, as_tuple, instance_of, optional

__all__ = ["ApproveCount", "CancelCount", "FinishCount", "RecordCount", "RejectCount", "StartCount"]

MOST_LINES = 1_000
"""Lines of one recording."""

APPROVE = Permission("counting.approve", Who.STAFF)


def _variants(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value == ():
        return
    an_id_list(instance, attribute, value)
    if isinstance(value, tuple) and len(set(value)) != len(value):
        raise Invalid(attribute.name, value, "each variant once")


def _lines(instance: object, attribute: Attribute[Any], value: object) -> None:
    _some_lines(instance, attribute, value)
    seen: set[CountedItem] = set()
    for index, line in enumerate(cast("tuple[CountLine, ...]", value)):
        if line.item in seen:
            raise Invalid(f"{attribute.name}[{index}]", str(line.item), "each item once, with all of its units")
        seen.add(line.item)


_some_lines = a_list_of(CountLine, MOST_LINES)


@frozen
class StartCount(Command[StockCountId]):
    """Count the stock of a location: all of it, these variants, or what is due of a grade. Answers with its id.

    With C also what has no grade is counted. ``blind``: whoever counts is not shown what the books expect. Raises
    ``AlreadyCounting``, ``NothingToCount``, and what the inventory refuses: bundles, whose components are counted.
    """

    permission = Permission("counting.start", Who.STAFF)
    location: LocationId = field(validator=an_id)
    kind: CountKind = field(validator=instance_of(CountKind))
    variants: tuple[VariantId, ...] = field(default=(), converter=as_tuple, validator=_variants)
    grade: AbcGrade | None = field(default=None, validator=optional(instance_of(AbcGrade)))
    blind: bool = field(default=True, validator=instance_of(bool))
    id: StockCountId | None = field(default=None, validator=an_optional_id)

    def __attrs_post_init__(self) -> None:
        if self.kind is CountKind.FULL:
            if self.variants:
                raise Invalid("variants", self.variants, "none; a full count is of everything at the location")
            if self.grade is not None:
                raise Invalid("grade", self.grade, "none; a full count is of everything at the location")
        elif self.variants and self.grade is not None:
            raise Invalid("grade", self.grade, "none where variants are named")
        elif not self.variants and self.grade is None:
            raise Invalid("variants", self.variants, "the variants to count, or a grade")


@frozen
class RecordCount(Command[tuple[CountedItem, ...]]):
    """So many units were counted just now. Answers with what somebody else has to count again.

    The difference is taken from the books of this moment: what is sold later does not spoil it. The same item again by
    the same person takes the place of what they said before. Raises ``SameCounter``, ``NotInCount``, ``WrongLot``.
    """

    permission = Permission("counting.record", Who.STAFF)
    count: StockCountId = field(validator=an_id)
    lines: tuple[CountLine, ...] = field(converter=as_tuple, validator=_lines)


@frozen
class FinishCount(Command[CountState]):
    """Nothing more is to be counted. Books it, unless somebody has to approve of it. Answers with its state then.

    What was not counted is refused by name in a full count, and left as it is in a cycle count; with ``rest_is_zero``
    it counts as none. Raises ``NotCounted``, ``NothingCounted``, ``RecountMissing``.
    """

    permission = Permission("counting.finish", Who.STAFF)
    count: StockCountId = field(validator=an_id)
    rest_is_zero: bool = field(default=False, validator=instance_of(bool))


@frozen
class ApproveCount(Command[None]):
    """Book a finished count. Raises ``CounterCannotApprove``."""

    permission = APPROVE
    count: StockCountId = field(validator=an_id)


@frozen
class RejectCount(Command[None]):
    """Do not book a finished count: it ends without effect. Raises ``CounterCannotApprove``."""

    permission = APPROVE
    count: StockCountId = field(validator=an_id)
    reason: str = field(validator=a_text())


@frozen
class CancelCount(Command[None]):
    """Give up a count that is not booked: it ends without effect."""

    permission = Permission("counting.cancel", Who.STAFF)
    count: StockCountId = field(validator=an_id)
    reason: str = field(validator=a_text())
