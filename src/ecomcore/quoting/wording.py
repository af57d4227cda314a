"""The words in which a quote is explained: of codes, of what is missing, of when to pay; and a table of amounts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Final, TypeAlias

from ecomcore.kernel.calendar import TimeZone, local
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import PromotionId
from ecomcore.kernel.money import Money
from ecomcore.quoting.effects import Lane
from ecomcore.quoting.quote import CouponAnswer, CouponProblem, Discount, Instalment, Miss, NearMiss, Quote

__all__ = ["Row", "aligned", "answer_in_words", "instalment_in_words", "miss_in_words"]

Row: TypeAlias = tuple[str, Money | None]
"""A label, and the amount that stands beside it."""

_WIDEST: Final = 72
_WIDEST_ALONE: Final = 80
_FEW: Final = 2


def answer_in_words(answer: CouponAnswer, quote: Quote, zone: TimeZone) -> str:
    """What became of a code."""
    missed = next((each for each in quote.near_misses if each.promotion == answer.promotion), None)
    match answer.problem:
        case None:
            name = next((each.name for each in _discounts(quote) if each.promotion == answer.promotion), None)
            return f"applied, {name}" if name else "applied"
        case CouponProblem.UNKNOWN:
            return "refused, not known"
        case CouponProblem.NOT_YET:
            return "refused, not valid yet"
        case CouponProblem.EXPIRED:
            return f"refused, expired on {_day(answer.expired_at, zone)}" if answer.expired_at else "refused, expired"
        case CouponProblem.USED_UP:
            return "refused, used up"
        case CouponProblem.CONDITIONS:
            return f"not applied yet, {miss_in_words(missed, quote)}" if missed else "refused, it is not for this order"
        case CouponProblem.OUTDONE:
            return (
                f"refused, {miss_in_words(missed, quote)}"
                if missed
                else "refused, nothing is left that it could take off"
            )
        case CouponProblem.REPEATED:
            return "refused, entered already, or one too many of its kind"


def miss_in_words(miss: NearMiss, quote: Quote) -> str:
    """What is missing for a promotion, or why it is not applied."""
    saving = miss.saves or miss.percent
    gain = f"to save {saving}" if saving else "to get it"
    match miss.miss:
        case Miss.SPEND_MORE:
            return f"add {miss.amount} {gain}"
        case Miss.BUY_MORE:
            return f"buy {miss.units} more {gain}"
        case Miss.USED_UP:
            return "used up"
        case Miss.OUTDONE:
            return f"does not go together with {_applied(quote, miss.promotion)}"
        case Miss.NOT_OFFERED:
            return "its gift is not available now"


def _applied(quote: Quote, besides: PromotionId) -> str:
    """What is applied in the cart, by name if it is little: a quote does not say which of it outdid another."""
    names = {
        each.promotion: each.name
        for each in _discounts(quote)
        if each.lane is not Lane.CATALOGUE and each.promotion != besides
    }
    return " and ".join(names.values()) if 1 <= len(names) <= _FEW else "what is applied"


def _discounts(quote: Quote) -> Iterator[Discount]:
    for line in quote.lines:
        yield from line.discounts
    if quote.shipping:
        yield from quote.shipping.discounts


def instalment_in_words(instalment: Instalment, zone: TimeZone) -> str:
    """When it is to be paid."""
    if instalment.since is None:
        return "now"
    since = f"from {_moment(instalment.since, zone)} on"
    return f"{since}, before {_moment(instalment.until, zone)}" if instalment.until else since


def _day(at: Instant, zone: TimeZone) -> str:
    return local(at, zone).date().isoformat()


def _moment(at: Instant, zone: TimeZone) -> str:
    there = local(at, zone)
    midnight = not (there.hour or there.minute or there.second)
    return _day(at, zone) if midnight else f"{_day(at, zone)} {there:%H:%M} {zone}"


def aligned(blocks: Iterable[Sequence[Row]]) -> str:
    """Blocks of labels with their amounts in one column; labels that are too long go on in the next line."""
    wrapped = [
        [(text, amount) for label, amount in rows for text, amount in _wrapped(label, amount)] for rows in blocks
    ]
    every = [row for rows in wrapped for row in rows]
    labels = max(_width(label) for label, amount in every if amount is not None)
    amounts = max(len(str(amount)) for _, amount in every if amount is not None)
    return "\n\n".join(
        "\n".join(
            label if amount is None else f"{label}{' ' * (labels - _width(label))}  {str(amount).rjust(amounts)}"
            for label, amount in rows
        )
        for rows in wrapped
    )


def _wrapped(label: str, amount: Money | None) -> Iterator[Row]:
    indent = " " * (len(label) - len(label.lstrip()))
    widest = _WIDEST_ALONE if amount is None else _WIDEST
    *first, last = wrap(label, widest, subsequent_indent=f"{indent}    ", break_on_hyphens=False)
    yield from ((text, None) for text in first)
    yield last, amount


def _width(text: str) -> int:
    """Columns on a screen: characters of East Asian scripts take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
