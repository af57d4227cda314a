"""What the inventory can be asked to look after: what expires, what nobody buys, what matters, the ends of months."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.inventory.values import a_span_of_days
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.quantity import a_page
from ecomcore.kernel.text import a_text, an_id

__all__ = ["CloseStockMonth", "GradeStock", "WatchStock"]


def _a_share(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= 100:
        raise Invalid(attribute.name, value, "a whole number from 1 to 100")


@frozen
class GradeStock(Command[int]):
    """Grade the items of a location by what was sold in so many days: A is what makes the first ``a_percent`` of it, B
    goes on to ``b_percent``, C is the rest. Answers with how many items have another grade now.
    """

    permission = Permission("inventory.grade", Who.STAFF)
    location: LocationId = field(validator=an_id)
    days: int = field(default=90, validator=a_span_of_days)
    a_percent: int = field(default=80, validator=_a_share)
    b_percent: int = field(default=95, validator=_a_share)

    def __attrs_post_init__(self) -> None:
        if self.a_percent > self.b_percent:
            raise Invalid("b_percent", self.b_percent, f"{self.a_percent} to 100")


@frozen
class WatchStock(Command[int]):
    """Look for what nobody tells: lots about to expire, dead stock, what time has changed (lots that have expired,
    releases of what was sold ahead), levels of striped items. Answers with how many were told; each is told once.

    ``limit`` is how many of each kind are looked at in one run; the others come next.
    """

    permission = Permission("inventory.watch", Who.SYSTEM)
    limit: int = field(default=1_000, validator=a_page)


@frozen
class CloseStockMonth(Command[int]):
    """Write down what was on hand at the end of a month (``YYYY-MM``, in the shop's time zone): once, for good.

    Answers with the number of items. Raises ``Invalid`` while the month goes on.
    """

    permission = Permission("inventory.close_month", Who.STAFF)
    month: str = field(validator=a_text(7))
