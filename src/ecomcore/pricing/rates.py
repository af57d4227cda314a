"""What one currency is worth in another, for ever: rates, each from a moment on. A rate is added, never changed; it may
lie ahead, and then nothing is put in front of it. Only the first rates of a pair may lie in the past: before them
nothing could be converted, so no quote that was ever made becomes wrong.
"""

from __future__ import annotations

from typing import Self

from attrs import frozen

from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CurrencyPairId
from ecomcore.kernel.money import Currency
from ecomcore.pricing.errors import RateScheduled
from ecomcore.pricing.events import ExchangeRateSet
from ecomcore.pricing.values import pair_id
from ecomcore.quoting import ExchangeRate

__all__ = ["Rates"]


@frozen(kw_only=True)
class Rates(Aggregate):
    """The rates of one pair of currencies, the oldest first."""

    id: CurrencyPairId
    rates: tuple[ExchangeRate, ...] = ()

    @classmethod
    def of(cls, base: Currency, quote: Currency) -> Self:
        """A pair before it has any rate. Raises ``Invalid`` for a currency in itself."""
        if base == quote:
            raise Invalid("quote", quote, f"another currency than {base}")
        return cls(id=pair_id(base, quote))

    def set(self, rate: ExchangeRate, now: Instant | None) -> Self:
        """The rate holds from its ``since`` on. What holds then already changes nothing.

        Raises ``Invalid`` for a moment before ``now``, which is ``None`` for a new pair, and ``RateScheduled`` for one
        before the last rate.
        """
        if now is not None and rate.since < now:
            raise Invalid("since", rate.since, f"now or later, for {self.id} has rates; it is {now.isoformat()}")
        if self.rates and rate.since < self.rates[-1].since:
            raise RateScheduled(self.id, self.rates[-1].since)
        known = self.at(rate.since)
        if known is not None and (known.units, known.per) == (rate.units, rate.per):
            return self
        return self.telling(ExchangeRateSet(rate), rates=(*self.rates, rate))

    def at(self, moment: Instant) -> ExchangeRate | None:
        """The rate in force at a moment."""
        return next((rate for rate in reversed(self.rates) if rate.since <= moment), None)
