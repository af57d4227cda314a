"""The values of the wallet.

Units are whole: minor units of the currency for gift cards and store credit, points for points.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any, NewType

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, a_duration
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId
from ecomcore.kernel.money import Money, Price, a_positive_amount
from ecomcore.kernel.quantity import a_quantity
from ecomcore.kernel.text import HIDDEN, a_text, hidden, instance_of, optional

__all__ = [
    "LONGEST_CODE",
    "AccountKind",
    "CreditEntry",
    "CreditEntryKind",
    "Draw",
    "HoldId",
    "Lot",
    "Slice",
    "Tender",
    "WalletPolicy",
    "a_gift_card_code",
    "hold_id",
]

LONGEST_CODE = 100
"""Characters of a gift card's code, however it is typed."""

HoldId = NewType("HoldId", str)


def hold_id(account: AccountId, payment: PaymentId) -> HoldId:
    """The one id of what a payment holds of an account."""
    return HoldId(f"{account}:{payment}")


class AccountKind(StrEnum):
    """What an account keeps."""

    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    POINTS = "points"


class CreditEntryKind(StrEnum):
    """Why units came, went, or were set aside."""

    ISSUED = "issued"
    HELD = "held"
    """Set aside for a payment."""
    RELEASED = "released"
    """No longer set aside."""
    SPENT = "spent"
    REFUNDED = "refunded"
    """What was spent came back."""
    EXPIRED = "expired"
    ADJUSTED = "adjusted"
    """Staff have set the books right."""


@frozen
class CreditEntry:
    """One entry of an account's ledger, never changed.

    ``number`` counts the account's entries from 1 without gaps. ``units`` came to the balance (above zero) or left it
    (below); ``held`` were set aside, or no longer are. ``balance`` is the balance after it. What a payment did names
    it, its order and the ``amount`` in money; ``reference`` makes a fact be written once.
    """

    number: int
    kind: CreditEntryKind
    units: int
    held: int
    balance: int
    at: Instant
    payment: PaymentId | None = None
    order: OrderId | None = None
    amount: Money | None = None
    reference: str = ""
    reason: str = ""


@frozen
class Lot:
    """One credit of an account: ``left`` of its ``units`` are in the balance, ``held`` of those are set aside.

    From ``expires_at`` on what is not set aside is worth nothing; ``None``: it never expires.
    """

    number: int
    units: int
    left: int
    held: int = 0
    expires_at: Instant | None = None

    @property
    def free(self) -> int:
        """In the balance and not set aside."""
        return self.left - self.held

    def is_over(self, at: Instant) -> bool:
        """Whether it has expired by then."""
        return self.expires_at is not None and self.expires_at <= at


@frozen
class Slice:
    """So many units of a lot, and when the lot expires."""

    lot: int
    units: int
    expires_at: Instant | None


_a_code = hidden(a_text(LONGEST_CODE))


def a_gift_card_code(instance: object, attribute: Attribute[Any], value: object) -> None:
    """Validate a field that holds a code; the refusal does not show it."""
    _a_code(instance, attribute, value)


def _a_code_or_nothing(instance: object, attribute: Attribute[Any], value: object) -> None:
    if value != "":
        _a_code(instance, attribute, value)


@frozen
class Tender:
    """A means of paying that the buyer offers: ``amount`` of money or ``points`` of it; neither: as much as it has.

    A gift card is named by its code, store credit and points by whose they are.
    """

    kind: AccountKind = field(validator=instance_of(AccountKind))
    code: str = field(default="", repr=False, validator=_a_code_or_nothing)
    amount: Money | None = field(default=None, validator=optional(a_positive_amount))
    points: int | None = field(default=None, validator=optional(a_quantity))

    def __attrs_post_init__(self) -> None:
        if (self.kind is AccountKind.GIFT_CARD) is not bool(self.code):
            raise Invalid("code", HIDDEN, "the code of a gift card, and none for anything else")
        if self.points is not None and (self.kind is not AccountKind.POINTS or self.amount is not None):
            raise Invalid("points", self.points, "points of an account of points, without an amount")


@frozen
class Draw:
    """So much an account gives: ``amount`` of money, for which it gives ``units``."""

    account: AccountId
    kind: AccountKind
    amount: Money
    units: int


@frozen
class WalletPolicy:
    """The shop's choices about credit.

    ``point_worth``: what so many points are worth as money, ``Price(Money(1, "EUR"), per=2)`` for a cent for two
    points; nobody pays with points without it, or in another currency. ``points_for``: what has to be spent for so many
    points, ``Price(Money(100, "EUR"), per=3)`` for three points for each euro; nobody earns any without it, or in
    another currency. ``points_validity``: how long points that were earned are good; ``None``: for good.
    ``refund_validity``: how long units are good that come back after they would have expired; ``None``: for good.
    """

    point_worth: Price | None = field(default=None, validator=optional(instance_of(Price)))
    refund_validity: timedelta | None = field(default=timedelta(days=90), validator=optional(a_duration))
    points_for: Price | None = field(default=None, validator=optional(instance_of(Price)))
    points_validity: timedelta | None = field(default=None, validator=optional(a_duration))

    def __attrs_post_init__(self) -> None:
        if self.point_worth is not None and self.point_worth.amount.is_zero:
            raise Invalid("point_worth", self.point_worth, "points that are worth something, or none at all")
        if self.points_for is not None and self.points_for.amount.is_zero:
            raise Invalid("points_for", self.points_for, "points for some amount, or none at all")
        for name in ("refund_validity", "points_validity"):
            if getattr(self, name) == timedelta(0):
                raise Invalid(name, timedelta(0), "some time, or none for units that never expire")
