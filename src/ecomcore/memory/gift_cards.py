"""What the wallet needs beside a store: a key for codes of gift cards, and a limit on guessing them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ecomcore.kernel.clock import Instant
from ecomcore.memory.attempts import AttemptLimit
from ecomcore.ordering import Shopper, TooManyAttempts
from ecomcore.wallet import GiftCardAttempts, GiftCardKey, TooManyTries

__all__ = ["GiftCardLimit", "PassingKey"]


class PassingKey(GiftCardKey):
    """A key that is gone with the process. Cards stay good, for their hashes are kept; but another process, or this one
    in its next life, cannot show the codes again. A host with gift cards binds a ``SharedKey``."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def key(self) -> bytes:
        return self._key


class GiftCardLimit(GiftCardAttempts):
    """The same limit as on guessing coupon codes; given the very one, tries of both count together."""

    def __init__(self, limit: AttemptLimit | None = None) -> None:
        self._limit = limit or AttemptLimit()

    def tried(self, who: str | None, unknown: Sequence[str], at: Instant) -> None:
        try:
            self._limit.tried(Shopper(owner=who), unknown, at)
        except TooManyAttempts:
            raise TooManyTries from None
