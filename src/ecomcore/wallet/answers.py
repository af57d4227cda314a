"""What answers the queries of the wallet."""

from __future__ import annotations

import hmac

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.messages import Envelope
from ecomcore.kernel.money import MAX_MINOR, Money
from ecomcore.wallet.account import Account
from ecomcore.wallet.codes import code_hash, derived_code
from ecomcore.wallet.errors import CodeNotKept, PointsNotAccepted, UnknownGiftCard
from ecomcore.wallet.lookups import gift_cards
from ecomcore.wallet.points import worth_of
from ecomcore.wallet.ports import Accounts, GiftCardAttempts, GiftCardKey, SavedMethods
from ecomcore.wallet.queries import (
    BalanceView,
    CheckGiftCard,
    GetBalances,
    GiftCardCode,
    GiftCardView,
    ListCreditEntries,
    ListPaymentMethods,
    SavedMethodView,
    ShowGiftCard,
)
from ecomcore.wallet.saved_method import default_of
from ecomcore.wallet.usecases import owner_of, refuse_no_gift_card
from ecomcore.wallet.values import CreditEntry, WalletPolicy


def check_gift_card(
    query: CheckGiftCard, accounts: Accounts, attempts: GiftCardAttempts, clock: Clock, envelope: Envelope
) -> GiftCardView:
    now, owner = clock.now(), envelope.actor.owner
    card = gift_cards(accounts, [query.code], owner).get(query.code)
    attempts.tried(owner, () if card else (query.code,), now)
    if card is None:
        raise UnknownGiftCard
    expired = min(card.expired + card.lapsed(now), MAX_MINOR)
    return GiftCardView(
        card.state, Money(card.available(now), card.currency), Money(expired, card.currency), _next_end(card, now)
    )


def show_gift_card(query: ShowGiftCard, accounts: Accounts, key: GiftCardKey) -> GiftCardCode:
    card = accounts.get(query.account)
    refuse_no_gift_card(card)
    code = derived_code(key.key(), card.id, card.edition)
    if not hmac.compare_digest(code_hash(code) or "", card.code or ""):
        raise CodeNotKept(card.id)
    return GiftCardCode(card.id, code)


def get_balances(
    query: GetBalances, accounts: Accounts, policy: WalletPolicy, clock: Clock, envelope: Envelope
) -> tuple[BalanceView, ...]:
    now = clock.now()
    return tuple(_view(account, policy, now) for account in accounts.of_owner(owner_of(query, envelope)))


def list_credit_entries(query: ListCreditEntries, accounts: Accounts) -> tuple[CreditEntry, ...]:
    account = accounts.get(query.account)
    return tuple(accounts.ledger(account.id, query.after, query.limit))


def list_payment_methods(
    query: ListPaymentMethods, methods: SavedMethods, envelope: Envelope
) -> tuple[SavedMethodView, ...]:
    own = methods.of_owner(owner_of(query, envelope))
    default = default_of(own)
    views = [SavedMethodView(each.id, each.method, each.label, each.expires, each is default) for each in own]
    return tuple(sorted(views, key=lambda view: (not view.default, view.id)))


def _view(account: Account, policy: WalletPolicy, now: Instant) -> BalanceView:
    available = account.available(now)
    try:
        worth = worth_of(account.kind, available, account.currency, policy)
    except PointsNotAccepted:
        worth = None
    return BalanceView(
        account.id,
        account.kind,
        account.state,
        account.currency,
        available,
        account.held,
        worth,
        _next_end(account, now),
    )


def _next_end(account: Account, now: Instant) -> Instant | None:
    """When the next units expire."""
    ends = (lot.expires_at for lot in account.lots if lot.free and not lot.is_over(now))
    return min((end for end in ends if end is not None), default=None)
