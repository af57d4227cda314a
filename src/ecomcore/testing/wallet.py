"""The wallet for tests: builders with defaults, a shop that has one, and steps of an account's life drawn by chance.

card = a_gift_card(units=50_00)
card, hold = card.hold(PaymentId("payment"), OrderId("order"), euros(50_00), 50_00, NOON)
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.bootstrap import Shop, assemble
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId, SavedMethodId
from ecomcore.kernel.messages import Staff, System
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.testing.builders import euros
from ecomcore.testing.clock import NOON, FixedClock
from ecomcore.testing.ids import SequentialIds
from ecomcore.wallet import Account, AccountKind, CreditHold, SavedMethod, SharedKey, WalletPolicy

__all__ = ["Step", "WalletKit", "a_gift_card", "a_saved_method", "a_wallet", "an_account", "steps"]

_EUR = Currency("EUR")


def a_gift_card(
    id: str = "card",
    *,
    units: int = 50_00,
    owner: str | None = None,
    expires_at: Instant | None = None,
    at: Instant = NOON,
) -> Account:
    """A gift card with 50 EUR on it; the hash of its code is that of its id."""
    hashed = hashlib.sha256(id.encode()).hexdigest()
    card = Account.gift_card(AccountId(id), owner, _EUR, hashed)
    return card.credit(units, at, reason="gift card", expires_at=expires_at) if units else card


def an_account(
    owner: str = "member:ada",
    *,
    kind: AccountKind = AccountKind.STORE_CREDIT,
    units: int = 50_00,
    expires_at: Instant | None = None,
    reference: str = "",
    at: Instant = NOON,
) -> Account:
    """Ada's store credit of 50 EUR."""
    account = Account.of(kind, owner, _EUR)
    return account.credit(units, at, reason="sorry", expires_at=expires_at, reference=reference) if units else account


def a_saved_method(id: str = "saved", owner: str = "member:ada", *, chosen: int = 0) -> SavedMethod:
    """Ada's card at the provider."""
    method = SavedMethod.save(SavedMethodId(id), owner, "card", f"token-{id}", "Visa ending 4242", (2031, 5))
    return method.choose(chosen) if chosen else method


@frozen
class WalletKit:
    """A shop, its clock, and its people."""

    shop: Shop
    persistence: Persistence
    clock: FixedClock

    @property
    def staff(self) -> Any:
        """Staff who may do all that staff may."""
        return self.shop.desk(Staff("sam", frozenset(("*",))))

    @property
    def system(self) -> Any:
        """The shop itself."""
        return self.shop.desk(System())


def a_wallet(
    persistence: Persistence | None = None, *, policy: WalletPolicy | None = None, **choices: Any
) -> WalletKit:
    """A shop that sells nothing, with the same key for gift cards every time. Nothing follows from what the wallet
    tells, so that payments of any order can be held."""
    store = MemoryPersistence() if persistence is None else persistence
    clock = FixedClock()
    made = {"gift_card_key": SharedKey(b"k" * 32), "ids": SequentialIds(), "policies": {}, **choices}
    return WalletKit(assemble(store, clock=clock, wallet_policy=policy, **made), store, clock)


@frozen
class Step:
    """Something that happens to an account ``days`` after noon; refused or not."""

    verb: str
    amount: Money
    payment: PaymentId
    reference: str
    days: int

    def __call__(self, account: Account, hold: CreditHold | None) -> tuple[Account, CreditHold | None]:
        """The account, and what the payment holds of it, after the step. Raises the refusals of the account."""
        at, units = NOON + timedelta(days=self.days), self.amount.minor
        match self.verb:
            case "credit":
                return account.credit(units, at, reason="more", expires_at=at + timedelta(days=units % 7 + 1)), hold
            case "gift":
                return account.credit(units, at, reason="for good"), hold
            case "expire":
                return account.expire(at), hold
            case "take":
                return account.adjust(-units, "a mistake", at), hold
            case "hold" if hold is None:
                return account.hold(self.payment, OrderId("order"), self.amount, units * 3, at)
            case "spend" if hold is not None:
                return account.spend(hold, self.amount, self.reference, at)
            case "release" if hold is not None:
                return account.release(hold, self.amount, self.reference, at)
            case "refund" if hold is not None:
                return account.refund(hold, self.amount, self.reference, at, timedelta(days=5))
        return account, hold


_VERBS = ("credit", "gift", "hold", "spend", "spend", "release", "refund", "expire", "take")


def steps(most: int = 12) -> SearchStrategy[tuple[Step, ...]]:
    """A life of an account of points, three of which make a minor unit: days go by, references come twice."""
    drawn = st.tuples(
        st.sampled_from(_VERBS), st.integers(1, 40), st.sampled_from("ab"), st.sampled_from("12345"), st.integers(0, 3)
    )
    return st.lists(drawn, min_size=3, max_size=most).map(_in_order)


def _in_order(drawn: list[tuple[str, int, str, str, int]]) -> tuple[Step, ...]:
    day, made = 0, []
    for verb, minor, payment, reference, days in [("gift", 300, "a", "0", 0), *drawn]:
        day += days
        made.append(Step(verb, euros(minor), PaymentId(payment), reference, day))
    return tuple(made)
