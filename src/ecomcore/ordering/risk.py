"""Whether an order can be trusted, asked before anybody is asked for money."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import Final, Protocol, TypeAlias

from attrs import field, frozen

from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.money import Money, a_positive_amount
from ecomcore.kernel.quantity import a_count, a_quantity
from ecomcore.kernel.text import a_text, an_id, instance_of, optional

__all__ = [
    "MOST_WATCHED",
    "WATCHED",
    "Accept",
    "NoRiskCheck",
    "Refuse",
    "Review",
    "RiskAnswer",
    "RiskCheck",
    "RiskQuestion",
    "VelocityRules",
]

WATCHED: Final = timedelta(hours=24)
"""How far back a buyer's other orders are looked at."""
MOST_WATCHED: Final = 100
"""And at how many of them at most."""


@frozen
class RiskQuestion:
    """What is known of an order and of who places it.

    ``recent`` orders of the same buyer or contact were placed in the last 24 hours, ``spent`` is their sum in the
    order's currency, ``declined`` counts their declined payments. ``new``: they have never completed an order.
    ``abroad``: it goes to another country than it is billed to.
    """

    order: OrderId = field(validator=an_id)
    buyer: str = field(validator=a_text())
    contact: str | None = field(validator=optional(a_text()))
    channel: str = field(validator=an_id)
    total: Money = field(validator=instance_of(Money))
    units: int = field(validator=a_count)
    country: str | None = field(validator=optional(a_text(2)))
    recent: int = field(validator=a_count)
    spent: Money = field(validator=instance_of(Money))
    declined: int = field(validator=a_count)
    new: bool = field(validator=instance_of(bool))
    abroad: bool = field(validator=instance_of(bool))


@frozen
class Accept:
    """Nothing speaks against it."""


@frozen
class Review:
    """Somebody has to look at it before its goods leave."""

    reasons: tuple[str, ...]


@frozen
class Refuse:
    """It is called off."""

    reasons: tuple[str, ...]


RiskAnswer: TypeAlias = Accept | Review | Refuse


class RiskCheck(Protocol):
    """Scores an order before it is paid. Asked after the order is placed, outside any transaction, with retries; until
    it answers nobody is asked for money. Raises ``PortUnavailable``.
    """

    @property
    def screens(self) -> bool:
        """Whether orders wait for its answer at all."""
        return True

    @abstractmethod
    def score(self, question: RiskQuestion) -> RiskAnswer:
        """Whether the order goes on, is looked at, or is called off."""


class NoRiskCheck(RiskCheck):
    """Trusts everybody: what a shop has until the host binds a check. Orders do not wait for it."""

    @property
    def screens(self) -> bool:
        return False

    def score(self, question: RiskQuestion) -> RiskAnswer:  # noqa: ARG002
        return Accept()


@frozen
class VelocityRules(RiskCheck):
    """Looks at how fast somebody buys. A rule that is left out does not hold.

    Within 24 hours: more than ``most_orders`` orders, or more than ``most_spent`` together with this one, are
    reviewed; more than ``most_declined`` declined payments are refused. A first order above ``most_at_first``, and
    one of more than ``most_units`` units, are reviewed.
    """

    most_orders: int | None = field(default=5, validator=optional(a_quantity))
    most_declined: int | None = field(default=5, validator=optional(a_quantity))
    most_units: int | None = field(default=None, validator=optional(a_quantity))
    most_spent: Money | None = field(default=None, validator=optional(a_positive_amount))
    most_at_first: Money | None = field(default=None, validator=optional(a_positive_amount))

    def score(self, question: RiskQuestion) -> RiskAnswer:
        if self.most_declined is not None and question.declined > self.most_declined:
            return Refuse((f"{question.declined} declined payments within a day",))
        reasons = []
        if self.most_orders is not None and question.recent >= self.most_orders:
            reasons.append(f"{question.recent} other orders within a day")
        if self.most_units is not None and question.units > self.most_units:
            reasons.append(f"{question.units} units in one order")
        if _above(question.spent + question.total, self.most_spent):
            reasons.append(f"{question.spent + question.total} within a day")
        if question.new and _above(question.total, self.most_at_first):
            reasons.append(f"a first order of {question.total}")
        return Review(tuple(reasons)) if reasons else Accept()


def _above(amount: Money, most: Money | None) -> bool:
    """Limits hold in their own currency."""
    return most is not None and amount.currency == most.currency and amount > most
