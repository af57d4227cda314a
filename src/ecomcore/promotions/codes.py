"""Coupon codes as text: when two of them are the same, and how a batch derives a million of them from one secret.

Code number ``n`` of a batch is its prefix and 18 letters of Crockford's alphabet, which has no I, L, O and U. They hold
20 bits of number, hidden by a permutation under the secret, and 70 bits of an HMAC-SHA256 of the batch and the number.
So codes of one batch never collide, tell nothing of each other, and are read back without a table of them. Whoever
guesses hits one of them with a chance of at most 1 in 2**70 per try.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Final

from ecomcore.kernel.ids import CouponBatchId, CouponId

__all__ = ["BODY", "MOST_NUMBERED", "CodeMaker", "batch_coupon_id", "canonical", "coupon_id", "grouped", "numbered"]

BODY: Final = 18
"""Letters of a derived code after its prefix."""

MOST_NUMBERED: Final = 1_000_000
"""Codes of one batch."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS: Final = frozenset(_ALPHABET)
_TO_DIGITS: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_LOOK_ALIKES: Final = str.maketrans("oil", "011")
_NO_LETTERS: Final = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})

_TAG_BITS: Final = 70
_HALF_BITS: Final = 10
_HALF: Final = (1 << _HALF_BITS) - 1
_ROUNDS: Final = 4


def canonical(code: str) -> str:
    """What is left of a code when it does not matter how it is typed: letters' width and case, spaces and hyphens,
    O for 0 and I or L for 1. Codes with the same canonical form are the same code."""
    while (plainer := _plainer(code)) != code:
        code = plainer
    return code


def _plainer(code: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", code).casefold())
    kept = "".join(letter for letter in folded if unicodedata.category(letter) not in _NO_LETTERS)
    return kept.translate(_LOOK_ALIKES)


def coupon_id(code: str) -> CouponId:
    """The id of the coupon with this code: a name that anybody who knows the code can derive."""
    return CouponId("c" + hashlib.sha256(canonical(code).encode("utf-8", "surrogatepass")).hexdigest()[:40])


def batch_coupon_id(root: str, number: int) -> CouponId:
    """The id of a code of a batch: the canonical prefix and the number, from which nobody can derive the code."""
    return CouponId(f"b.{root}.{number}")


def numbered(coupon: CouponId) -> tuple[str, int] | None:
    """The canonical prefix and the number of a batch's code, by its id; ``None`` for all other coupons."""
    match coupon.split("."):
        case ["b", root, number] if number.isdecimal() and number.isascii():
            return root, int(number)
        case _:
            return None


def grouped(prefix: str, body: str) -> str:
    """The code as people read it: upper case, in groups."""
    third = BODY // 3
    return "-".join((prefix, body[:third], body[third : 2 * third], body[2 * third :])).upper()


class CodeMaker:
    """Turns the numbers of one batch into the letters of their codes, and back. Keeps what it has computed."""

    def __init__(self, secret: str, batch: CouponBatchId) -> None:
        self._key = bytes.fromhex(secret)
        self._batch = batch.encode()
        self._masks: dict[tuple[int, int], int] = {}

    def body(self, number: int) -> str:
        """The letters of a code after its prefix, in their canonical form."""
        tag = hmac.digest(self._key, b"code" + number.to_bytes(3) + self._batch, "sha256")
        value = self._hidden(number) << _TAG_BITS | int.from_bytes(tag[:9]) >> 2
        return "".join([_PAIRS[value >> shift & 1023] for shift in (80, 70, 60, 50, 40, 30, 20, 10, 0)])

    def number(self, body: str) -> int | None:
        """The number of a code, by its letters in canonical form; ``None`` if the batch never made such a code."""
        if len(body) != BODY or not _LETTERS.issuperset(body):
            return None
        number = self._revealed(int(body.translate(_TO_DIGITS), 32) >> _TAG_BITS)
        return number if hmac.compare_digest(self.body(number), body) else None

    def _hidden(self, number: int) -> int:
        """A permutation of the numbers of 20 bits: a Feistel network of four rounds (Luby and Rackoff, 1988)."""
        left, right = number >> _HALF_BITS, number & _HALF
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mask(turn, right)
        return left << _HALF_BITS | right

    def _revealed(self, hidden: int) -> int:
        left, right = hidden >> _HALF_BITS, hidden & _HALF
        for turn in reversed(range(_ROUNDS)):
            left, right = right ^ self._mask(turn, left), left
        return left << _HALF_BITS | right

    def _mask(self, turn: int, half: int) -> int:
        known = self._masks.get((turn, half))
        if known is None:
            drawn = hmac.digest(self._key, b"hide" + bytes((turn,)) + half.to_bytes(2) + self._batch, "sha256")
            known = self._masks[turn, half] = int.from_bytes(drawn[:2]) & _HALF
        return known
