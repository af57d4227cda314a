"""Codes of gift cards: how they are made, typed and kept.

A code is 20 letters of Crockford's alphabet, which has no I, L, O and U: the first 100 bits of an HMAC-SHA256 of the
account and of how often its code was renewed, under a key that the shop has and its database has not. So the code is
kept nowhere, not even in an answer under an idempotency key: the database has its hash, and whoever may see it has it
derived anew. Whoever guesses hits a certain card with a chance of 1 in 2**100 per try.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import Final

from ecomcore.kernel.ids import AccountId

__all__ = ["canonical", "code_hash", "derived_code"]

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS: Final = 20
_BITS_EACH: Final = 5
_LOOK_ALIKES: Final = str.maketrans("oil", "011")
_BETWEEN: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf", "Cc"})
_is_code = re.compile(f"[{_ALPHABET}]{{{_LETTERS}}}").fullmatch


def derived_code(key: bytes, account: AccountId, edition: int) -> str:
    """The code as people read it: upper case, in groups of five."""
    drawn = hmac.digest(key, f"gift card {edition} {account}".encode(), "sha256")
    number = int.from_bytes(drawn) >> (256 - _LETTERS * _BITS_EACH)
    letters = "".join(_ALPHABET[number >> place * _BITS_EACH & 31] for place in reversed(range(_LETTERS)))
    return "-".join(letters[start : start + 5] for start in range(0, _LETTERS, 5)).upper()


def canonical(code: str) -> str | None:
    """The letters of a code when it does not matter how it is typed: width and case, spaces and hyphens, O for 0 and
    I or L for 1. ``None`` for what can be no code."""
    folded = unicodedata.normalize("NFKC", code).casefold()
    kept = "".join(letter for letter in folded if unicodedata.category(letter) not in _BETWEEN)
    plain = kept.translate(_LOOK_ALIKES)
    return plain if _is_code(plain) else None


def code_hash(code: str) -> str | None:
    """What is kept of a code: 64 hexadecimal digits of its SHA-256. ``None`` for what can be no code."""
    plain = canonical(code)
    return None if plain is None else hashlib.sha256(plain.encode()).hexdigest()
