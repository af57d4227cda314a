"""Tax that somebody else computes: what they are asked, what they answer, and how it comes into a quote."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

from attrs import evolve, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import VariantId
from ecomcore.kernel.money import Money, money_sum
from ecomcore.kernel.text import a_list_of, as_tuple
from ecomcore.quoting.cart import Destination
from ecomcore.quoting.quote import Instalment, Quote, QuoteLine, ShippingCharge, TaxAmount

__all__ = ["TaxAnswer", "TaxQuestion", "TaxQuestionLine", "with_taxes"]

_MOST = 10_000

T = TypeVar("T", QuoteLine, ShippingCharge)


@frozen
class TaxQuestionLine:
    """An amount to be taxed: a line after all discounts, or shipping (without a variant).

    ``tax_included``: the amount contains the tax.
    """

    variant: VariantId | None
    category: str
    quantity: int
    amount: Money
    tax_included: bool


@frozen
class TaxQuestion:
    """What is to be taxed, where it goes, and who buys. Shipping comes last, where there is any.

    ``exempt`` buyers owe no tax; ``business``: the VAT id was found valid.
    """

    lines: tuple[TaxQuestionLine, ...]
    destination: Destination
    vat_id: str | None
    exempt: bool
    business: bool
    at: Instant

    @property
    def digest(self) -> str:
        """The same for two questions that must have the same answer on the same day."""
        to = self.destination
        whom = (self.vat_id, self.exempt, self.business)
        told = (self.lines, to.country, to.region, to.postcode, whom, self.at.date())
        return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


@frozen
class TaxAnswer:
    """For each line of the question the taxes it bears, in order: none where nothing is owed."""

    taxes: tuple[tuple[TaxAmount, ...], ...] = field(converter=as_tuple, validator=a_list_of(tuple, _MOST, 0))


def with_taxes(quote: Quote, answer: TaxAnswer) -> Quote:
    """The quote, which is without tax yet, with the taxes of the answer.

    Tax on an amount that does not contain it is added; contained tax changes no total. Raises ``Invalid`` for an answer
    to another question, in another currency, or with more tax than the amount that shall contain it.
    """
    taxed = [line for line in quote.lines if line.gift is None]
    wanted = len(taxed) + (1 if quote.shipping else 0)
    if len(answer.taxes) != wanted:
        raise Invalid("taxes", len(answer.taxes), f"the taxes of {wanted} lines")
    lines = [_taxed(line, taxes) for line, taxes in zip(taxed, answer.taxes, strict=False)]
    lines += [line for line in quote.lines if line.gift is not None]
    shipping = _taxed(quote.shipping, answer.taxes[-1]) if quote.shipping else None
    totals = [line.total for line in lines] + ([shipping.total] if shipping else [])
    total = money_sum(totals, quote.currency)
    return evolve(quote, lines=tuple(lines), shipping=shipping, total=total, instalments=_moved(quote, total))


def _taxed(charged: T, taxes: Sequence[TaxAmount]) -> T:
    tax = money_sum((each.amount for each in taxes), charged.total.currency)
    if any(each.amount.is_negative for each in taxes) or (charged.tax_included and tax > charged.total):
        raise Invalid("taxes", tax, f"taxes of at most {charged.total}, none negative")
    total = charged.total if charged.tax_included else charged.total + tax
    return evolve(charged, taxes=tuple(taxes), total=total)


def _moved(quote: Quote, total: Money) -> tuple[Instalment, ...]:
    """What is paid at once takes the difference; what is paid later stays."""
    if not quote.instalments:
        return ()
    now, *later = quote.instalments
    return (evolve(now, amount=now.amount + (total - quote.total)), *later)
