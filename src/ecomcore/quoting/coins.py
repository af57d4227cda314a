"""Amounts of one currency, each made once."""

from __future__ import annotations

from typing import Final

from ecomcore.kernel.frozen import maker
from ecomcore.kernel.money import Currency, Money

__all__ = ["Coins"]

_MOST: Final = 20_000

_AN_AMOUNT: Final = maker(Money)


class Coins(dict[int, Money]):
    """Minor units as money of one currency, which are known to fit.

    The same amounts come again in quote after quote: what was made is kept, up to a limit. Threads may share it.
    """

    def __init__(self, currency: Currency) -> None:
        super().__init__()
        self._currency = currency

    def __missing__(self, minor: int) -> Money:
        made: Money = _AN_AMOUNT(minor, self._currency)
        if len(self) >= _MOST:
            self.clear()
        self[minor] = made
        return made
