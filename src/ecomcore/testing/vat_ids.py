"""The promises of a validator of VAT ids, as tests. An adapter proves itself by subclassing with one fixture:

    class TestMyVatIds(VatIdsConformance):
        valid = ("DE136695976",)

        @pytest.fixture
        def vat_ids(self) -> VatIds:
            return MyVatIds()

It is asked while a quote is made, with whatever a buyer has typed: it has an answer for everything, and soon.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from ecomcore.ordering import VatIds

__all__ = ["VatIdsConformance"]

_WELL_FORMED = ("ATU57194903", "BE0697449992", "DE136695976", "FR61954506077", "NL004495445B01")
_GARBAGE = (
    *("", " ", "\t\n", "\0", "-", "0", "DE", "12", "none", "0123456789", "DE 0", "DE!!!!!!!!!", "ZZ999999999"),
    *("DE136695976 OR 1=1", "DE136695976DE136695976", "\u2028", "\ud800", "\u202eDE1", "DE\u0661\u0663\u0666"),
    *("\U0001f9fe" * 11, "\uff24\uff25\uff11\uff13\uff16\uff16\uff19\uff15\uff19\uff17\uff16", "ß" * 11),
)
_COUNTRIES = re.findall("..", "ATBEBGCHCYCZDEDKEEELESEUFIFRGBGRHRHUIEIMITLTLULVMTNLNOPLPTROSESISKXI")
_LONG = 100_000
_SOON = 1.0
"""Seconds of this thread's own processor time, so that a busy machine is no defect."""


def _typed() -> st.SearchStrategy[str]:
    """What may be typed where a VAT id is asked for: anything, and more often what begins like one."""
    countries = st.sampled_from(_COUNTRIES)
    rest = st.text("0123456789ABCEHIMNOTUVWX+* .-", max_size=15) | st.text(max_size=15)
    return st.one_of(st.text(max_size=30), st.builds(str.__add__, countries, rest))


class VatIdsConformance:
    """All promises of a validator of VAT ids. Subclasses give the fixture ``vat_ids``."""

    valid: ClassVar[tuple[str, ...]] = ()
    """Ids that it finds valid."""

    def test_case_and_spaces_do_not_matter(self, vat_ids: VatIds) -> None:
        for vat_id in dict.fromkeys((*self.valid, *_WELL_FORMED)):
            answers = {written: vat_ids.is_valid(written) for written in _written(vat_id)}

            assert len(set(answers.values())) == 1, answers
            assert vat_id not in self.valid or answers[vat_id], f"{vat_id} is said to be valid"

    def test_garbage_is_not_valid(self, vat_ids: VatIds) -> None:
        for garbage in _GARBAGE:
            assert vat_ids.is_valid(garbage) is False, repr(garbage)

    def test_whatever_is_typed_is_answered_with_yes_or_no(self, vat_ids: VatIds) -> None:
        @given(typed=_typed())
        def ask(typed: str) -> None:
            assert type(vat_ids.is_valid(typed)) is bool

        ask()

    def test_asked_again_it_gives_the_same_answer(self, vat_ids: VatIds) -> None:
        asked = (*self.valid, *_WELL_FORMED, *_GARBAGE)

        answers = [vat_ids.is_valid(each) for each in asked]

        assert [vat_ids.is_valid(each) for each in reversed(asked)] == answers[::-1]

    def test_a_long_text_is_soon_found_not_valid(self, vat_ids: VatIds) -> None:
        for piece in (" ", "0", "D", "DE", "DE136695976 ", "-", "é"):
            before = time.thread_time()
            answer = vat_ids.is_valid(f"DE{piece * (_LONG // len(piece))}!")
            taken = time.thread_time() - before

            assert answer is False
            assert taken < _SOON, f"{taken:.1f} s for {_LONG} characters of {piece!r}"


def _written(vat_id: str) -> Iterator[str]:
    """The same id, as different people type it."""
    yield vat_id
    yield vat_id.lower()
    yield f"  {vat_id}\t"
    yield f"{vat_id[:2]} {vat_id[2:]}"
    yield " ".join(vat_id)
    yield f" {vat_id[:2].lower()} {vat_id[2:5]}  {vat_id[5:].lower()} "
