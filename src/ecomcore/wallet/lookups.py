"""What other rooms want to know of the wallet: who can give how much, and the token of a saved method."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid, NotFound
from ecomcore.kernel.ids import AccountId, SavedMethodId
from ecomcore.kernel.money import CurrencyMismatch, Money
from ecomcore.kernel.text import HIDDEN
from ecomcore.wallet.account import Account, AccountState, account_id
from ecomcore.wallet.codes import code_hash
from ecomcore.wallet.errors import AccountNotActive, NotEnoughCredit, UnknownGiftCard
from ecomcore.wallet.points import units_for, worth_of
from ecomcore.wallet.ports import Accounts, GiftCardAttempts, SavedMethods
from ecomcore.wallet.values import AccountKind, Draw, Tender, WalletPolicy

__all__ = ["drawable", "gift_cards", "token_of"]


def drawable(
    accounts: Accounts,
    tenders: Sequence[Tender],
    owner: str | None,
    wanted: Money,
    at: Instant,
    policy: WalletPolicy,
    attempts: GiftCardAttempts | None = None,
) -> tuple[Draw, ...]:
    """What the tenders give in their order: each its stated amount at most, together at most what is wanted.

    The accounts are locked, in the order of their ids, until the unit of work ends. A tender that is not needed any
    more gives nothing and is left out. ``attempts`` is told of codes that nobody has.

    Raises ``UnknownGiftCard``, with one answer for a code that nobody has and for somebody else's card;
    ``AccountNotActive``; ``NotEnoughCredit`` where a stated amount is not there, or a gift card is empty;
    ``CurrencyMismatch``; ``PointsNotAccepted``; ``Invalid`` for an account that is named twice; ``TooManyTries``.
    """
    codes = [tender.code for tender in tenders if tender.kind is AccountKind.GIFT_CARD]
    cards = gift_cards(accounts, codes, owner)
    if attempts is not None and codes:
        attempts.tried(owner, [code for code in codes if code not in cards], at)

    ids: list[AccountId | None] = []
    for number, tender in enumerate(tenders):
        id_ = _account_of(tender, cards, owner, wanted, number)
        if id_ is not None and id_ in ids:
            raise Invalid(f"tenders[{number}]", HIDDEN, "each gift card and each account once")
        ids.append(id_)
    known = accounts.many(sorted(id_ for id_ in ids if id_ is not None), lock=True)

    draws: list[Draw] = []
    for number, (tender, id_) in enumerate(zip(tenders, ids, strict=True)):
        account = None if id_ is None else known.get(id_)
        amount = _amount_of(tender, account, wanted, at, policy, f"tenders[{number}]")
        if account is not None and not amount.is_zero:
            draws.append(Draw(account.id, account.kind, amount, units_for(account.kind, amount, policy)))
        wanted -= amount
    return tuple(draws)


def gift_cards(accounts: Accounts, codes: Iterable[str], owner: str | None) -> Mapping[str, Account]:
    """The gift cards with these codes that the owner may use, by code however it is typed."""
    hashes = {code: hashed for code in codes if (hashed := code_hash(code)) is not None}
    known = accounts.with_codes(sorted(set(hashes.values()))) if hashes else {}
    found: dict[str, Account] = {}
    for code, hashed in hashes.items():
        account = known.get(hashed)
        # Loaded anew, the card may have been renewed meanwhile: its hash is looked at again.
        if account is not None and account.owner in (None, owner) and hmac.compare_digest(account.code or "", hashed):
            found[code] = account
    return found


def token_of(methods: SavedMethods, saved: SavedMethodId, owner: str | None) -> tuple[str, str]:
    """The gateway of a saved method, and its token there. Raises ``NotFound``, also for somebody else's."""
    method = methods.find(saved)
    if method is None or not method.is_saved or method.owner != owner:
        raise NotFound("SavedMethod", saved)
    return method.method, method.token


def _account_of(
    tender: Tender, cards: Mapping[str, Account], owner: str | None, wanted: Money, number: int
) -> AccountId | None:
    """The account of a tender; nobody has store credit or points without a name."""
    if tender.kind is not AccountKind.GIFT_CARD:
        return None if owner is None else account_id(tender.kind, owner, wanted.currency)
    card = cards.get(tender.code)
    if card is None:
        raise UnknownGiftCard(f"tenders[{number}].code")
    return card.id


def _amount_of(
    tender: Tender, account: Account | None, wanted: Money, at: Instant, policy: WalletPolicy, field: str
) -> Money:
    """What a tender gives of what is still wanted."""
    if account is not None and account.currency != wanted.currency:
        raise CurrencyMismatch(wanted.currency, account.currency)
    if account is not None and account.state is not AccountState.ACTIVE:
        raise AccountNotActive(account.id, account.kind, account.state, field)
    available = 0 if account is None else account.available(at)
    most = worth_of(tender.kind, available, wanted.currency, policy)
    stated = tender.amount
    if tender.points is not None:
        stated = worth_of(tender.kind, tender.points, wanted.currency, policy)
    asked = wanted if stated is None else min(stated, wanted)
    is_empty = tender.kind is AccountKind.GIFT_CARD and most.is_zero
    if asked > most and (stated is not None or is_empty):
        expired = 0 if account is None else account.expired + account.lapsed(at)
        id_, units = None if account is None else account.id, units_for(tender.kind, asked, policy)
        raise NotEnoughCredit(id_, tender.kind, wanted.currency, units, available, expired, field)
    return min(asked, most)
