"""A limit on guessing coupon codes, kept by each process for itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import Final

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import CodeAttempts, Shopper, TooManyAttempts

__all__ = ["AttemptLimit"]

_MOST_SHOPPERS: Final = 10_000


class AttemptLimit(CodeAttempts):
    """At most so many different unknown codes for one member or guest within so long; then none of theirs is looked at
    for a while. The same slip of the pen again counts once.

    Those who have not said who they are cannot be told apart, and are let through, as is whoever comes with a new token
    each time. A host that knows network addresses binds a limit of its own.
    """

    def __init__(self, most: int = 20, within: timedelta = timedelta(minutes=10)) -> None:
        self._most = most
        self._within = within
        self._tries: dict[str, dict[bytes, Instant]] = {}
        self._lock = Lock()

    def tried(self, shopper: Shopper, unknown: Sequence[str], at: Instant) -> None:
        who, most = shopper.owner, self._most
        if who is None:
            return
        with self._lock:
            tries = self._tries.get(who)
            if tries is None:
                if not unknown:
                    return
                if len(self._tries) >= _MOST_SHOPPERS:
                    del self._tries[next(iter(self._tries))]
                tries = self._tries[who] = {}
            for code in [code for code, last in tries.items() if last <= at - self._within]:
                del tries[code]
            if len(tries) <= most:  # one more than there may be locks; nobody is told whether it was right
                tries.update((hashlib.sha256(code.encode()).digest(), at) for code in unknown)
            if len(tries) > most:
                raise TooManyAttempts
