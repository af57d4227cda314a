"""What the wallet tells. No event carries a code or a token: knowing one is as good as having the money."""

from __future__ import annotations

from attrs import frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId, SavedMethodId
from ecomcore.kernel.messages import Event
from ecomcore.kernel.money import Currency, Money
from ecomcore.wallet.values import AccountKind

__all__ = [
    "AccountBlocked",
    "AccountClosed",
    "AccountReopened",
    "AccountUnblocked",
    "CreditAdjusted",
    "CreditExpired",
    "CreditHeld",
    "CreditIssued",
    "CreditRefunded",
    "CreditReleased",
    "CreditSpent",
    "DefaultMethodChosen",
    "GiftCardRenewed",
    "PaymentMethodForgotten",
    "PaymentMethodSaved",
]


@frozen
class CreditIssued(Event):
    """An account has more: a new gift card, store credit, points."""

    account: AccountId
    kind: AccountKind
    owner: str | None
    units: int
    currency: Currency
    expires_at: Instant | None
    reason: str
    reference: str


@frozen
class CreditHeld(Event):
    """So much is set aside for a payment."""

    account: AccountId
    payment: PaymentId
    order: OrderId
    amount: Money
    units: int


@frozen
class CreditSpent(Event):
    """A payment has taken this of what it held."""

    account: AccountId
    payment: PaymentId
    order: OrderId
    amount: Money
    units: int
    reference: str


@frozen
class CreditReleased(Event):
    """A payment no longer holds this."""

    account: AccountId
    payment: PaymentId
    order: OrderId
    amount: Money
    units: int
    reference: str


@frozen
class CreditRefunded(Event):
    """What a payment had taken came back."""

    account: AccountId
    payment: PaymentId
    order: OrderId
    amount: Money
    units: int
    reference: str


@frozen
class CreditExpired(Event):
    """Nobody used these units in time."""

    account: AccountId
    kind: AccountKind
    owner: str | None
    units: int


@frozen
class CreditAdjusted(Event):
    """Staff have given (above zero) or taken units."""

    account: AccountId
    units: int
    reason: str


@frozen
class AccountBlocked(Event):
    """Nothing more can be set aside of it."""

    account: AccountId


@frozen
class AccountUnblocked(Event):
    """It can be used again."""

    account: AccountId


@frozen
class AccountClosed(Event):
    """It was empty, and is not used any more."""

    account: AccountId


@frozen
class AccountReopened(Event):
    """Something came back to a closed account."""

    account: AccountId


@frozen
class GiftCardRenewed(Event):
    """It has another code; the one before opens it no longer."""

    account: AccountId


@frozen
class PaymentMethodSaved(Event):
    """Somebody keeps a means of payment."""

    saved: SavedMethodId
    owner: str
    method: str


@frozen
class PaymentMethodForgotten(Event):
    """Its token is erased."""

    saved: SavedMethodId
    owner: str
    method: str


@frozen
class DefaultMethodChosen(Event):
    """Its owner pays with it unless they say otherwise."""

    saved: SavedMethodId
    owner: str
