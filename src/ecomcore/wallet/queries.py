"""What the wallet can be asked to show."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, MemberId, SavedMethodId
from ecomcore.kernel.messages import Permission, Query, Who
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.quantity import a_count, a_page
from ecomcore.kernel.text import an_id, an_optional_id
from ecomcore.wallet.account import AccountState
from ecomcore.wallet.commands import CODES, METHODS
from ecomcore.wallet.saved_method import Expiry
from ecomcore.wallet.values import AccountKind, CreditEntry, a_gift_card_code

__all__ = [
    "BalanceView",
    "CheckGiftCard",
    "GetBalances",
    "GiftCardCode",
    "GiftCardView",
    "ListCreditEntries",
    "ListPaymentMethods",
    "SavedMethodView",
    "ShowGiftCard",
]


@frozen
class BalanceView:
    """What an account has: ``available`` units that can be paid with now, and ``held`` ones.

    ``worth`` is what the available ones pay for, if points are worth anything in the currency. The next of them expire
    at ``expires_at``.
    """

    account: AccountId
    kind: AccountKind
    state: AccountState
    currency: Currency
    available: int
    held: int
    worth: Money | None
    expires_at: Instant | None


@frozen
class GiftCardView:
    """What somebody who knows its code learns of a gift card; ``expired`` is what nobody used in time."""

    state: AccountState
    available: Money
    expired: Money
    expires_at: Instant | None


@frozen
class GiftCardCode:
    """The code of a gift card, as people read it."""

    account: AccountId
    code: str = field(repr=False)


@frozen
class SavedMethodView:
    """A saved means of payment, without its token."""

    id: SavedMethodId
    method: str
    label: str
    expires: Expiry | None
    default: bool


@frozen
class CheckGiftCard(Query[GiftCardView]):
    """What is on the gift card with this code. Raises ``UnknownGiftCard``, and ``TooManyTries`` for whoever guesses."""

    permission = Permission("wallet.check_gift_card", Who.ANYONE)
    code: str = field(repr=False, validator=a_gift_card_code)


@frozen
class ShowGiftCard(Query[GiftCardCode]):
    """The code of a gift card, to print it or to send it. Raises ``CodeNotKept`` where the key has changed."""

    permission = CODES
    account: AccountId = field(validator=an_id)


@frozen
class GetBalances(Query[tuple[BalanceView, ...]]):
    """What somebody's accounts have. Staff name the ``member``."""

    permission = Permission("wallet.view_balances", Who.OWNER)
    member: MemberId | None = field(default=None, validator=an_optional_id)


@frozen
class ListCreditEntries(Query[tuple[CreditEntry, ...]]):
    """The ledger of an account, from the entry after the given number. Somebody else's is not found."""

    permission = Permission("wallet.view_entries", Who.OWNER)
    account: AccountId = field(validator=an_id)
    after: int = field(default=0, validator=a_count)
    limit: int = field(default=100, validator=a_page)


@frozen
class ListPaymentMethods(Query[tuple[SavedMethodView, ...]]):
    """Somebody's saved means of payment, the default first. Staff name the ``member``."""

    permission = METHODS
    member: MemberId | None = field(default=None, validator=an_optional_id)
