"""The use cases of the wallet: load, decide, save.

An account is locked before anything of it is decided, and before what payments hold of it is read.
"""

from __future__ import annotations

import hmac

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import AccountId, Ids, SavedMethodId
from ecomcore.kernel.messages import Envelope, Member
from ecomcore.kernel.money import Currency
from ecomcore.wallet.account import Account
from ecomcore.wallet.codes import code_hash, derived_code
from ecomcore.wallet.commands import (
    AdjustAccount,
    BlockAccount,
    ChooseDefaultMethod,
    CloseAccount,
    EarnPoints,
    ExpireCredit,
    ForgetPaymentMethod,
    GivePoints,
    HoldCredit,
    IssueCredit,
    IssueGiftCard,
    RefundCredit,
    ReleaseCredit,
    RenewGiftCard,
    SavePaymentMethod,
    SpendCredit,
    UnblockAccount,
)
from ecomcore.wallet.errors import AnotherAmount
from ecomcore.wallet.hold import CreditHold
from ecomcore.wallet.points import earned_for, units_for
from ecomcore.wallet.ports import Accounts, CreditHolds, GiftCardKey, SavedMethods
from ecomcore.wallet.queries import GetBalances, ListCreditEntries, ListPaymentMethods
from ecomcore.wallet.saved_method import SavedMethod, default_of, next_choice
from ecomcore.wallet.values import AccountKind, WalletPolicy, hold_id


def issue_gift_card(command: IssueGiftCard, accounts: Accounts, key: GiftCardKey, ids: Ids, clock: Clock) -> AccountId:
    now = clock.now()
    _refuse_the_past(command.expires_at, now)
    id_ = command.id or AccountId(ids.new())
    if accounts.find(id_):
        raise AlreadyExists("account", "id", id_)
    card = Account.gift_card(id_, command.owner, command.amount.currency, _hash_of_code(key, id_, 0))
    accounts.save(card.credit(command.amount.minor, now, reason="gift card", expires_at=command.expires_at))
    return id_


def renew_gift_card(command: RenewGiftCard, accounts: Accounts, key: GiftCardKey) -> None:
    card = accounts.get(command.account, lock=True)
    refuse_no_gift_card(card)
    accounts.save(card.renew(_hash_of_code(key, card.id, card.edition + 1)))


def issue_credit(command: IssueCredit, accounts: Accounts, clock: Clock) -> AccountId:
    owner = command.owner if command.member is None else Member(command.member).owner
    if owner is None:
        raise Invalid("member", None, "a member, or the name of an owner")
    account = _account(accounts, AccountKind.STORE_CREDIT, owner, command.amount.currency)
    return _credit(accounts, account, command.amount.minor, command, clock.now())


def give_points(command: GivePoints, accounts: Accounts, clock: Clock) -> AccountId:
    account = _account(accounts, AccountKind.POINTS, Member(command.member).owner, command.currency)
    return _credit(accounts, account, command.points, command, clock.now())


def earn_points(command: EarnPoints, accounts: Accounts, policy: WalletPolicy, clock: Clock) -> int:
    points = earned_for(command.spent, command.times, policy)
    if points:
        now, validity = clock.now(), policy.points_validity
        account = _account(accounts, AccountKind.POINTS, Member(command.member).owner, command.spent.currency)
        reference = f"order {command.order}"
        if accounts.issued(account.id, reference) is None:
            until = None if validity is None else now + validity
            accounts.save(account.credit(points, now, reason="earned", expires_at=until, reference=reference))
    return points


def adjust_account(command: AdjustAccount, accounts: Accounts, clock: Clock) -> None:
    account = accounts.get(command.account, lock=True)
    accounts.save(account.adjust(command.units, command.reason, clock.now()))


def block_account(command: BlockAccount, accounts: Accounts) -> None:
    accounts.save(accounts.get(command.account, lock=True).block())


def unblock_account(command: UnblockAccount, accounts: Accounts) -> None:
    accounts.save(accounts.get(command.account, lock=True).unblock())


def close_account(command: CloseAccount, accounts: Accounts) -> None:
    accounts.save(accounts.get(command.account, lock=True).close())


def hold_credit(
    command: HoldCredit, accounts: Accounts, holds: CreditHolds, policy: WalletPolicy, clock: Clock
) -> None:
    account = accounts.get(command.account, lock=True)
    known = holds.find(hold_id(command.account, command.payment))
    if known is not None:
        _refuse_another_order(known, command)
        if known.amount != command.amount:
            raise AnotherAmount(account.id, command.payment, known.amount.minor, command.amount.minor)
        return
    units = units_for(account.kind, command.amount, policy)
    account, hold = account.hold(command.payment, command.order, command.amount, units, clock.now())
    accounts.save(account)
    holds.save(hold)


def spend_credit(command: SpendCredit, accounts: Accounts, holds: CreditHolds, clock: Clock) -> None:
    account, hold = _held(command, accounts, holds)
    _save(accounts, holds, hold, account.spend(hold, command.amount, command.reference, clock.now()))


def release_credit(command: ReleaseCredit, accounts: Accounts, holds: CreditHolds, clock: Clock) -> None:
    account, hold = _held(command, accounts, holds)
    _save(accounts, holds, hold, account.release(hold, command.amount, command.reference, clock.now()))


def refund_credit(
    command: RefundCredit, accounts: Accounts, holds: CreditHolds, policy: WalletPolicy, clock: Clock
) -> None:
    account, hold = _held(command, accounts, holds)
    validity = policy.refund_validity
    _save(accounts, holds, hold, account.refund(hold, command.amount, command.reference, clock.now(), validity))


def expire_credit(command: ExpireCredit, accounts: Accounts, clock: Clock) -> int:
    now = clock.now()
    locked = accounts.many([account.id for account in accounts.lapsed(now, command.limit)], lock=True)
    expired = [gone for account in locked.values() if (gone := account.expire(now)) is not account]
    accounts.save(*expired)
    return len(expired)


def save_payment_method(
    command: SavePaymentMethod, methods: SavedMethods, ids: Ids, envelope: Envelope
) -> SavedMethodId:
    owner = owner_of(command, envelope)
    own = methods.of_owner(owner)
    known = next((each for each in own if _is_the_same(each, command)), None)
    saved = known or SavedMethod.save(
        SavedMethodId(ids.new()), owner, command.method, command.token, command.label, command.expires
    )
    if command.default and (known is None or default_of(own) is not known):
        saved = saved.choose(next_choice(own))
    if saved is not known:
        methods.save(saved)
    return saved.id


def forget_payment_method(command: ForgetPaymentMethod, methods: SavedMethods) -> None:
    methods.save(methods.get(command.saved).forget())


def choose_default_method(command: ChooseDefaultMethod, methods: SavedMethods) -> None:
    method = methods.get(command.saved)
    own = methods.of_owner(method.owner)
    if not method.is_saved:
        raise NotFound("SavedMethod", method.id)
    default = default_of(own)
    if default is None or default.id != method.id:
        methods.save(method.choose(next_choice(own)))


# Guards ------------------------------------------------------------------------------------------------------


def only_the_holder(message: ListCreditEntries, accounts: Accounts, envelope: Envelope) -> None:
    """Somebody else's account is not found, and neither is a gift card that is nobody's."""
    owner = accounts.get(message.account).owner
    if owner is None or owner != envelope.actor.owner:
        raise NotFound("Account", message.account)


def only_the_saver(
    message: ForgetPaymentMethod | ChooseDefaultMethod, methods: SavedMethods, envelope: Envelope
) -> None:
    """Somebody else's means of payment is not found."""
    if methods.get(message.saved).owner != envelope.actor.owner:
        raise NotFound("SavedMethod", message.saved)


def only_for_oneself(message: SavePaymentMethod | ListPaymentMethods | GetBalances, envelope: Envelope) -> None:
    """Nobody but staff looks at, or keeps, what is another's."""
    actor = envelope.actor
    named = actor.owner if message.member is None else Member(message.member).owner
    if named is None or named != actor.owner:
        raise PermissionDenied(message.permission.name, type(actor).__name__.lower())


def owner_of(message: SavePaymentMethod | ListPaymentMethods | GetBalances, envelope: Envelope) -> str:
    """Whose accounts and methods it is about."""
    owner = envelope.actor.owner if message.member is None else Member(message.member).owner
    if owner is None:
        raise Invalid("member", None, "the member whom it is about")
    return owner


def refuse_no_gift_card(account: Account) -> None:
    """Only gift cards have codes."""
    if account.kind is not AccountKind.GIFT_CARD:
        raise NotFound("gift card", account.id)


# Steps -------------------------------------------------------------------------------------------------------


def _account(accounts: Accounts, kind: AccountKind, owner: str, currency: Currency) -> Account:
    """The owner's account, locked; a new one where there is none."""
    new = Account.of(kind, owner, currency)
    return accounts.find(new.id, lock=True) or new


def _credit(
    accounts: Accounts, account: Account, units: int, command: IssueCredit | GivePoints, now: Instant
) -> AccountId:
    known = accounts.issued(account.id, command.reference) if command.reference else None
    if known is None:
        _refuse_the_past(command.expires_at, now)
        reason, until = command.reason, command.expires_at
        accounts.save(account.credit(units, now, reason=reason, expires_at=until, reference=command.reference))
    elif known.units != units:
        raise AnotherAmount(account.id, command.reference, known.units, units)
    return account.id


def _held(
    command: SpendCredit | ReleaseCredit | RefundCredit, accounts: Accounts, holds: CreditHolds
) -> tuple[Account, CreditHold]:
    account = accounts.get(command.account, lock=True)
    hold = holds.get(hold_id(command.account, command.payment))
    _refuse_another_order(hold, command)
    return account, hold


def _refuse_another_order(hold: CreditHold, command: HoldCredit | SpendCredit | ReleaseCredit | RefundCredit) -> None:
    if hold.order != command.order:
        raise NotFound("CreditHold", hold.id)


def _save(accounts: Accounts, holds: CreditHolds, before: CreditHold, after: tuple[Account, CreditHold]) -> None:
    account, hold = after
    if hold is not before:
        accounts.save(account)
        holds.save(hold)


def _refuse_the_past(expires_at: Instant | None, now: Instant) -> None:
    if expires_at is not None and expires_at <= now:
        raise Invalid("expires_at", expires_at, "a moment to come")


def _hash_of_code(key: GiftCardKey, account: AccountId, edition: int) -> str:
    return code_hash(derived_code(key.key(), account, edition)) or ""


def _is_the_same(method: SavedMethod, command: SavePaymentMethod) -> bool:
    same_token = hmac.compare_digest(method.token.encode(), command.token.encode())
    return method.method == command.method and same_token
