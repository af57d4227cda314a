"""What the wallet can be asked to do."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant, an_optional_instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId, MemberId, OrderId, PaymentId, SavedMethodId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.money import Currency, Money, a_positive_amount, currency
from ecomcore.kernel.quantity import a_change, a_page, a_quantity
from ecomcore.kernel.text import a_text, an_id, an_optional_id, as_tuple, instance_of, optional
from ecomcore.wallet.cards import no_card_number
from ecomcore.wallet.saved_method import Expiry

__all__ = [
    "AdjustAccount",
    "BlockAccount",
    "ChooseDefaultMethod",
    "CloseAccount",
    "EarnPoints",
    "ExpireCredit",
    "ForgetPaymentMethod",
    "GivePoints",
    "HoldCredit",
    "IssueCredit",
    "IssueGiftCard",
    "RefundCredit",
    "ReleaseCredit",
    "RenewGiftCard",
    "SavePaymentMethod",
    "SpendCredit",
    "UnblockAccount",
]

ISSUE = Permission("wallet.issue", Who.STAFF)
ADJUST = Permission("wallet.adjust", Who.STAFF)
BLOCK = Permission("wallet.block", Who.STAFF)
CODES = Permission("wallet.codes", Who.STAFF)
PAY = Permission("wallet.pay", Who.SYSTEM)
METHODS = Permission("wallet.methods", Who.OWNER)

_LONGEST_LABEL = 60
_LONGEST_TOKEN = 500
_a_name = a_text(100)
_reason = a_text(500)
_maybe_a_reason = a_text(500, empty=True)
_a_reference = a_text()
_maybe_a_reference = a_text(empty=True)


def _an_expiry(_: object, attribute: Attribute[Any], value: object) -> None:
    accepted = "a year and a month, such as (2030, 6)"
    if not isinstance(value, tuple) or len(value) != 2 or any(type(part) is not int for part in value):
        raise Invalid(attribute.name, value, accepted)
    if not (1970 <= value[0] <= 9999 and 1 <= value[1] <= 12):
        raise Invalid(attribute.name, value, accepted)


@frozen
class IssueGiftCard(Command[AccountId]):
    """Make a gift card with so much on it. Answers with its account; ``ShowGiftCard`` shows its code.

    Whoever knows the code can use it; with an ``owner`` (such as ``member:ada``) only they can.
    """

    permission = ISSUE
    amount: Money = field(validator=a_positive_amount)
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    owner: str | None = field(default=None, validator=optional(_a_name))
    id: AccountId | None = field(default=None, validator=an_optional_id)


@frozen
class RenewGiftCard(Command[None]):
    """Give a gift card another code, for one that was lost or seen by others; the old one opens it no longer."""

    permission = CODES
    account: AccountId = field(validator=an_id)


@frozen
class IssueCredit(Command[AccountId]):
    """Give a member, or whoever owns things under this name, store credit. Answers with the account.

    With a ``reference`` it is given once; ``AnotherAmount`` is raised when it was given under it, and differs.
    """

    permission = ISSUE
    amount: Money = field(validator=a_positive_amount)
    reason: str = field(validator=_maybe_a_reason)
    member: MemberId | None = field(default=None, validator=an_optional_id)
    owner: str | None = field(default=None, validator=optional(_a_name))
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    reference: str = field(default="", validator=_maybe_a_reference)

    def __attrs_post_init__(self) -> None:
        if self.member is not None and self.owner is not None:
            raise Invalid("owner", self.owner, "a member or the name of an owner, not both")


@frozen
class GivePoints(Command[AccountId]):
    """Give a member points. Answers with the account. With a ``reference`` they are given once, as store credit is."""

    permission = ISSUE
    member: MemberId = field(validator=an_id)
    points: int = field(validator=a_quantity)
    currency: Currency = field(converter=currency)
    reason: str = field(validator=_reason)
    expires_at: Instant | None = field(default=None, validator=an_optional_instant)
    reference: str = field(default="", validator=_maybe_a_reference)


@frozen
class EarnPoints(Command[int]):
    """Give a member the points that the shop gives for what an order cost, so many ``times``; once for each order.

    How many that is says the shop's ``WalletPolicy.points_for``. Answers with how many they are.
    """

    permission = Permission("wallet.earn", Who.SYSTEM)
    member: MemberId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    spent: Money = field(validator=a_positive_amount)
    times: int = field(default=1, validator=a_quantity)


@frozen
class AdjustAccount(Command[None]):
    """Set an account right by so many units, up or down. Raises ``NotEnoughCredit``, ``AccountNotActive``."""

    permission = ADJUST
    account: AccountId = field(validator=an_id)
    units: int = field(validator=a_change)
    reason: str = field(validator=_reason)


@frozen
class BlockAccount(Command[None]):
    """Let nothing more be held of an account; what is held goes on."""

    permission = BLOCK
    account: AccountId = field(validator=an_id)


@frozen
class UnblockAccount(Command[None]):
    """Let an account be paid with again."""

    permission = BLOCK
    account: AccountId = field(validator=an_id)


@frozen
class CloseAccount(Command[None]):
    """Be done with an empty account. Raises ``AccountNotEmpty``. What comes back to it opens it again."""

    permission = BLOCK
    account: AccountId = field(validator=an_id)


@frozen
class HoldCredit(Command[None]):
    """Set aside what a payment takes, once for each payment.

    Raises ``NotEnoughCredit``, ``AccountNotActive``, ``PointsNotAccepted``; ``AnotherAmount`` when the payment holds
    another amount.
    """

    permission = PAY
    account: AccountId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)


@frozen
class SpendCredit(Command[None]):
    """Take what a payment holds, or a part of it, once for each reference. Raises ``MoreThanHeld``."""

    permission = PAY
    account: AccountId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=_a_reference)


@frozen
class ReleaseCredit(Command[None]):
    """Let go what a payment holds, or a part of it, once for each reference. Raises ``MoreThanHeld``."""

    permission = PAY
    account: AccountId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=_a_reference)


@frozen
class RefundCredit(Command[None]):
    """Give back what a payment has spent, or a part of it, once for each reference. Raises ``MoreThanSpent``."""

    permission = PAY
    account: AccountId = field(validator=an_id)
    payment: PaymentId = field(validator=an_id)
    order: OrderId = field(validator=an_id)
    amount: Money = field(validator=a_positive_amount)
    reference: str = field(validator=_a_reference)


@frozen
class ExpireCredit(Command[int]):
    """Write off what nobody used in time, of so many accounts at most. Answers with how many accounts it was."""

    permission = Permission("wallet.expire", Who.SYSTEM)
    limit: int = field(default=100, validator=a_page)


@frozen
class SavePaymentMethod(Command[SavedMethodId]):
    """Keep a means of payment by its token. Answers with its id; the same token is kept once.

    ``method`` names the gateway that knows the token, ``label`` is what the owner reads, such as "Visa ending 4242".
    What holds the number of a card is refused. Staff name the ``member``.
    """

    permission = METHODS
    method: str = field(validator=an_id)
    token: str = field(repr=False, validator=no_card_number(a_text(_LONGEST_TOKEN)))
    label: str = field(validator=no_card_number(a_text(_LONGEST_LABEL)))
    expires: Expiry | None = field(default=None, converter=as_tuple, validator=optional(_an_expiry))
    default: bool = field(default=False, validator=instance_of(bool))
    member: MemberId | None = field(default=None, validator=an_optional_id)


@frozen
class ForgetPaymentMethod(Command[None]):
    """Erase a saved means of payment."""

    permission = METHODS
    saved: SavedMethodId = field(validator=an_id)


@frozen
class ChooseDefaultMethod(Command[None]):
    """Pay with this one from now on, unless another is named."""

    permission = METHODS
    saved: SavedMethodId = field(validator=an_id)
