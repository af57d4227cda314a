"""Hypothesis strategies for the values that everything is made of: amounts, texts, moments, ids, addresses."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.address import Address
from ecomcore.kernel.clock import Instant, utc
from ecomcore.kernel.currencies import EXPONENTS
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.kernel.percent import Percent
from ecomcore.kernel.quantity import MAX_QUANTITY
from ecomcore.kernel.text import LONGEST_ID, Personal

__all__ = [
    "ODD_TEXTS",
    "addresses",
    "amounts",
    "currencies",
    "ids",
    "instants",
    "money",
    "percentages",
    "prices",
    "quantities",
    "texts",
]

ODD_TEXTS: Final = (
    "O'Neill \"&\" <Söhne>; -- %s %% \\n \\' {0} $1 :name ?",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u200fabc",  # right to left
    "e\u0301 is not \u00e9",  # combining: must not be normalised
    "\U0001f469\u200d\U0001f4bb\U0001f1e9\U0001f1ea \U00020000",  # beyond the basic plane
    "  spaces before and after  ",
    "\u00a0\u3000\u200b\ufeff!",  # unusual spaces
    "NULL",
    "\U0001f600" * 200,
    "\ufffd\uffff\U0010ffff",
)
"""Texts that have broken stores before."""

_ID_ALPHABET: Final = string.ascii_letters + string.digits + "._:@/+-"
_ZONES: Final = tuple(timezone(timedelta(minutes=minutes)) for minutes in (-11 * 60, -210, 0, 60, 345, 14 * 60))


def currencies() -> SearchStrategy[Currency]:
    """Currencies, each number of decimals as likely as the others."""
    by_decimals = [
        [code for code, places in EXPONENTS.items() if places == wanted] for wanted in set(EXPONENTS.values())
    ]
    return st.one_of([st.sampled_from(codes) for codes in by_decimals]).map(Currency)


def amounts(least: int = 0, most: int = MAX_MINOR) -> SearchStrategy[int]:
    """Minor units, often at a limit and often where a float would lose count."""
    edges = [edge for edge in (0, 1, 99, 2**31, 2**53 + 1, 10**17 + 1, -MAX_MINOR, MAX_MINOR) if least <= edge <= most]
    return st.sampled_from([*edges, least, most]) | st.integers(least, most)


def money(least: int = 0, most: int = MAX_MINOR, currency: Currency | None = None) -> SearchStrategy[Money]:
    """Amounts of any currency, or of this one."""
    return st.builds(Money, amounts(least, most), currencies() if currency is None else st.just(currency))


def quantities(most: int = MAX_QUANTITY) -> SearchStrategy[int]:
    """Units, from one up."""
    return st.sampled_from([1, most]) | st.integers(1, most)


def percentages() -> SearchStrategy[Percent]:
    """Shares from 0 to 100 %."""
    return st.builds(Percent, st.integers(0, 1_000_000))


def prices(most: int = MAX_MINOR, currency: Currency | None = None) -> SearchStrategy[Price]:
    """Prices per one unit and per many."""
    return st.builds(Price, money(0, most, currency), quantities())


def texts(longest: int = 200, *, empty: bool = False) -> SearchStrategy[str]:
    """What the shop accepts as text on one line: anything but control characters and lone surrogates."""
    anything = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=longest)
    drawn = st.sampled_from([text[:longest] for text in ODD_TEXTS]) | anything
    return (drawn | st.just("")) if empty else drawn.filter(lambda text: bool(text.strip()))


def instants() -> SearchStrategy[Instant]:
    """Moments from 1970 to the end of 9999, to the microsecond, given in many zones and normalised to UTC."""
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    anywhere = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from(_ZONES))  # noqa: DTZ001
    return st.sampled_from([first, last]) | anywhere.map(lambda at: utc(at.replace(fold=0)))


def ids(prefix: str = "", longest: int = LONGEST_ID) -> SearchStrategy[str]:
    """Ids from the whole alphabet, up to the longest."""
    room = longest - len(prefix)
    longest_one = st.sampled_from(_ID_ALPHABET).map(lambda letter: letter * room)
    return (st.text(_ID_ALPHABET, min_size=1, max_size=room) | longest_one).map(lambda tail: prefix + tail)


def addresses() -> SearchStrategy[Address]:
    """Addresses of one to four lines, with names in any script."""
    part = texts(60).map(Personal)
    return st.builds(
        Address,
        recipient=part,
        lines=st.lists(part, min_size=1, max_size=4).map(tuple),
        city=part,
        postcode=part,
        country=st.sampled_from(["DE", "US", "CN"]),
        region=st.none() | texts(60),
        phone=st.none() | part,
    )
