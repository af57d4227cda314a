"""What the promotions can be asked to do."""

from __future__ import annotations

import re
from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.calendar import Period
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CampaignId, CouponBatchId, MemberId, OrderId, PromotionId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Money, an_amount
from ecomcore.kernel.quantity import a_count, a_page, a_quantity
from ecomcore.kernel.text import (
    HIDDEN,
    a_list_of,
    a_text,
    an_id,
    an_optional_id,
    as_tuple,
    hidden,
    instance_of,
    optional,
)
from ecomcore.promotions.codes import MOST_NUMBERED, canonical
from ecomcore.quoting import LONGEST_CODE, UNLIMITED, Limits, Take, Terms

__all__ = [
    "EDIT",
    "MOST_TAKES",
    "AddCoupon",
    "ApprovePromotion",
    "ArchivePromotion",
    "AssignCoupon",
    "ChangeBudget",
    "ChangePromotion",
    "CloseGroupBuys",
    "ConfirmBenefits",
    "CreatePromotion",
    "GenerateCoupons",
    "HoldBenefits",
    "PausePromotion",
    "PlanCampaign",
    "ReleaseBenefits",
    "ResumePromotion",
    "SchedulePromotion",
    "WithdrawCode",
    "WithdrawCoupon",
    "a_coupon_code",
]

MOST_TAKES = 10_000
"""Promotions, each by one coupon, that one order may take of."""

EDIT = Permission("promotions.edit", Who.STAFF)
APPROVE = Permission("promotions.approve", Who.STAFF)
REDEEM = Permission("promotions.redeem", Who.SYSTEM)

_is_prefix = re.compile("[A-Za-z0-9]{2,12}").fullmatch
_text = hidden(a_text(LONGEST_CODE))
_some_takes = a_list_of(Take, MOST_TAKES, 0)
_OF_A_TAKE = (
    ("promotion", an_id),
    ("units", a_count),
    ("amount", an_amount),
    ("coupon", an_optional_id),
    ("campaign", an_optional_id),
)
"""A take is made by the shop itself and unchecked; here it comes in from outside the room."""


def a_coupon_code(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Validate a field that holds a code; the refusal does not show it."""
    _text(instance, attribute, value)
    if not canonical(value):
        raise Invalid(attribute.name, HIDDEN, "a code with letters or digits")


def _takes(instance: object, attribute: Attribute[Any], value: Any) -> None:
    _some_takes(instance, attribute, value)
    for index, take in enumerate(value):
        for name, check in _OF_A_TAKE:
            try:
                check(instance, attribute, getattr(take, name))
            except Invalid as refusal:
                raise Invalid(f"{attribute.name}[{index}].{name}", refusal.value, refusal.accepted) from None


def _a_prefix(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _is_prefix(value):
        raise Invalid(attribute.name, value, "2 to 12 ASCII letters or digits")


def _a_size(_: object, attribute: Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= value <= MOST_NUMBERED:
        raise Invalid(attribute.name, value, f"a whole number from 1 to {MOST_NUMBERED}")


@frozen
class CreatePromotion(Command[PromotionId]):
    """Write the first version of a promotion; nothing holds until it is approved. Answers with its id.

    Raises ``NeverMatches`` for terms that no cart could ever meet.
    """

    permission = EDIT
    terms: Terms = field(validator=instance_of(Terms))
    id: PromotionId | None = field(default=None, validator=an_optional_id)


@frozen
class ChangePromotion(Command[None]):
    """Write another version. The approved one stays in force until this one is approved."""

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)
    terms: Terms = field(validator=instance_of(Terms))


@frozen
class SchedulePromotion(Command[None]):
    """Write another version that differs from the newest in its period only; without a period it holds for good."""

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)
    period: Period | None = field(validator=optional(instance_of(Period)))


@frozen
class ApprovePromotion(Command[None]):
    """Put the newest version in force, named by its number. Raises ``VersionNotNewest`` for any other."""

    permission = APPROVE
    promotion: PromotionId = field(validator=an_id)
    version: int = field(validator=a_quantity)


@frozen
class PausePromotion(Command[None]):
    """It is not in force until it is resumed."""

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)


@frozen
class ResumePromotion(Command[None]):
    """Let the version that was approved last go on."""

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)


@frozen
class ArchivePromotion(Command[None]):
    """End it for good."""

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)


@frozen
class PlanCampaign(Command[CampaignId]):
    """Plan a campaign, with a budget for all its promotions or without. Answers with its id."""

    permission = EDIT
    name: str = field(validator=a_text())
    budget: Money | None = field(default=None, validator=optional(an_amount))
    id: CampaignId | None = field(default=None, validator=an_optional_id)


@frozen
class ChangeBudget(Command[None]):
    """Give the campaign another budget, or none. Raises ``BudgetAlreadySpent``."""

    permission = EDIT
    campaign: CampaignId = field(validator=an_id)
    budget: Money | None = field(validator=optional(an_amount))


@frozen
class AddCoupon(Command[None]):
    """Let a code unlock a promotion, for everybody or for one member. Raises ``AlreadyExists`` for a code that looks
    like one there is."""

    permission = EDIT
    code: str = field(repr=False, validator=a_coupon_code)
    promotion: PromotionId = field(validator=an_id)
    limits: Limits = field(default=UNLIMITED, validator=instance_of(Limits))
    period: Period | None = field(default=None, validator=optional(instance_of(Period)))
    member: MemberId | None = field(default=None, validator=an_optional_id)


@frozen
class WithdrawCoupon(Command[None]):
    """Let a code that staff have chosen give nothing any more."""

    permission = EDIT
    code: str = field(repr=False, validator=a_coupon_code)


@frozen
class GenerateCoupons(Command[CouponBatchId]):
    """Make so many codes that begin with a prefix no other batch has. Answers with the batch's id.

    The limits hold for each code. With ``personal`` a code gives nothing until it is assigned to a member.
    """

    permission = EDIT
    promotion: PromotionId = field(validator=an_id)
    size: int = field(validator=_a_size)
    prefix: str = field(validator=_a_prefix)
    limits: Limits = field(default=Limits(uses=1), validator=instance_of(Limits))
    period: Period | None = field(default=None, validator=optional(instance_of(Period)))
    personal: bool = field(default=False, validator=instance_of(bool))


@frozen
class AssignCoupon(Command[str]):
    """Give the next code of a batch to a member; it is theirs alone. Answers with the code. Raises ``NoCodesLeft``."""

    permission = EDIT
    batch: CouponBatchId = field(validator=an_id)
    member: MemberId = field(validator=an_id)


@frozen
class WithdrawCode(Command[None]):
    """Let one code of a batch give nothing any more."""

    permission = EDIT
    batch: CouponBatchId = field(validator=an_id)
    code: str = field(repr=False, validator=a_coupon_code)


@frozen
class HoldBenefits(Command[None]):
    """Take for an order what its quote takes of limits and budgets, all or nothing.

    Raises ``Conflict`` when something of it is no longer there: a fresh quote tells what is. Asked again for the same
    order it changes nothing; ``RedemptionClosed`` for one that has given back.
    """

    permission = REDEEM
    order: OrderId = field(validator=an_id)
    buyer: str | None = field(validator=optional(a_text(100)))
    takes: tuple[Take, ...] = field(converter=as_tuple, validator=_takes)


@frozen
class ConfirmBenefits(Command[None]):
    """The order is paid: it keeps what it has taken, and joins the group buys it is part of."""

    permission = REDEEM
    order: OrderId = field(validator=an_id)


@frozen
class ReleaseBenefits(Command[None]):
    """The order is cancelled: it leaves open group buys, and gives back what the policy says, or ``all`` of it."""

    permission = REDEEM
    order: OrderId = field(validator=an_id)
    all: bool = field(default=False, validator=instance_of(bool))


@frozen
class CloseGroupBuys(Command[int]):
    """Fail the group buys whose time is over, longest ago first. Answers with how many."""

    permission = Permission("promotions.close_group_buys", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)
