"""What the wallet needs from a store and from its host."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId, SavedMethodId
from ecomcore.kernel.text import HIDDEN
from ecomcore.kernel.work import Repository
from ecomcore.wallet.account import Account
from ecomcore.wallet.hold import CreditHold
from ecomcore.wallet.saved_method import SavedMethod
from ecomcore.wallet.values import CreditEntry, HoldId

__all__ = ["Accounts", "CreditHolds", "GiftCardAttempts", "GiftCardKey", "LedgerSums", "SavedMethods", "SharedKey"]

_SHORTEST_KEY = 32


@frozen
class LedgerSums:
    """What the entries of one account add up to."""

    entries: int = 0
    units: int = 0
    held: int = 0
    expired: int = 0


class Accounts(Repository[Account, AccountId], Protocol):
    """All accounts. Loading one leaves out the lots with nothing left; saving one appends its fresh entries and
    empties ``fresh``."""

    kind: type[Account] = Account

    @abstractmethod
    def with_codes(self, hashes: Collection[str]) -> Mapping[str, Account]:
        """The gift cards whose codes have these hashes."""

    @abstractmethod
    def of_owner(self, owner: str) -> Sequence[Account]:
        """The owner's accounts, in the order of their ids."""

    @abstractmethod
    def lapsed(self, now: Instant, limit: int) -> Sequence[Account]:
        """Accounts with units that are over and not held, in the order of their ids."""

    @abstractmethod
    def ledger(self, account: AccountId, after: int = 0, limit: int = 100) -> Sequence[CreditEntry]:
        """The entries of one account in order, from the one after the given number."""

    @abstractmethod
    def issued(self, account: AccountId, reference: str) -> CreditEntry | None:
        """What was issued to the account under a reference, if anything was."""

    @abstractmethod
    def ledger_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, LedgerSums]:
        """The sums of each account's entries; accounts without entries may be missing."""


class CreditHolds(Repository[CreditHold, HoldId], Protocol):
    """All that payments ever held. The steps of a hold are entries of its account's ledger, and saved with that."""

    kind: type[CreditHold] = CreditHold

    @abstractmethod
    def held_sums(self, accounts: Collection[AccountId]) -> Mapping[AccountId, int]:
        """For each account how many units payments still hold of it; those of which none is held may be missing."""


class SavedMethods(Repository[SavedMethod, SavedMethodId], Protocol):
    """All means of payment that somebody has saved."""

    kind: type[SavedMethod] = SavedMethod

    @abstractmethod
    def of_owner(self, owner: str) -> Sequence[SavedMethod]:
        """The owner's methods that are not forgotten, in the order of their ids."""


class GiftCardKey(Protocol):
    """Keeps the key that codes of gift cards are made with."""

    @abstractmethod
    def key(self) -> bytes:
        """At least 32 bytes that nobody can guess, the same in all processes of a shop."""


def _a_key(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, bytes) or len(value) < _SHORTEST_KEY:
        raise Invalid(attribute.name, HIDDEN, f"at least {_SHORTEST_KEY} bytes")


@frozen
class SharedKey(GiftCardKey):
    """A key that the host keeps beside the database: in its environment, or its store of secrets."""

    value: bytes = field(repr=False, validator=_a_key)

    def key(self) -> bytes:
        return self.value


class GiftCardAttempts(Protocol):
    """Is told of every question with codes of gift cards, so that nobody can try codes without end."""

    @abstractmethod
    def tried(self, who: str | None, unknown: Sequence[str], at: Instant) -> None:
        """These of the codes were unknown to ``who`` owns things under this name, or to nobody in particular.

        May raise ``TooManyTries``; told before the answer is given.
        """
