"""The suite of VAT ids has teeth: each defect is found by its promise, and who knows no id at all is never blamed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from ecomcore.ordering import NoVatIds, VatIds
from ecomcore.testing import VatIdsConformance


class TestNoVatIds(VatIdsConformance):
    @pytest.fixture
    def vat_ids(self) -> VatIds:
        return NoVatIds()


class ByForm(VatIds):
    """An honest validator that knows German ids by their form."""

    def is_valid(self, vat_id: str) -> bool:
        return len(vat_id) < 40 and re.fullmatch("DE[0-9]{9}", "".join(vat_id.split()).upper()) is not None


class TestByForm(VatIdsConformance):
    valid = ("DE136695976",)

    @pytest.fixture
    def vat_ids(self) -> VatIds:
        return ByForm()


class TakesItAsItIsTyped(ByForm):
    def is_valid(self, vat_id: str) -> bool:
        return vat_id == "DE136695976"


class CountsForeignDigits(ByForm):
    """``\\d`` and ``isdigit`` mean more than ten digits."""

    def is_valid(self, vat_id: str) -> bool:
        return vat_id[:2].upper() == "DE" and "".join(vat_id[2:].split()).isdigit()


class SaysMaybe(ByForm):
    def is_valid(self, vat_id: str) -> bool:
        return re.fullmatch("DE[0-9]{9}", vat_id)  # type: ignore[return-value]


class TiresOfQuestions(ByForm):
    """The second answer comes from what it remembers, wrongly."""

    def __init__(self) -> None:
        self._asked: set[str] = set()

    def is_valid(self, vat_id: str) -> bool:
        if vat_id in self._asked:
            return True
        self._asked.add(vat_id)
        return super().is_valid(vat_id)


class TakesItsTime(ByForm):
    """So long for every character."""

    def is_valid(self, vat_id: str) -> bool:
        end = time.thread_time() + len(vat_id) / 60_000
        while time.thread_time() < end:
            pass
        return super().is_valid(vat_id)


DEFECTS = [
    (TakesItAsItIsTyped, "case_and_spaces_do_not_matter"),
    (NoVatIds, "case_and_spaces_do_not_matter"),  # which is said to find one valid
    (CountsForeignDigits, "garbage_is_not_valid"),
    (SaysMaybe, "garbage_is_not_valid"),
    (SaysMaybe, "whatever_is_typed_is_answered_with_yes_or_no"),
    (TiresOfQuestions, "asked_again_it_gives_the_same_answer"),
    (TakesItsTime, "a_long_text_is_soon_found_not_valid"),
]


@pytest.mark.parametrize(("broken", "promise"), DEFECTS, ids=lambda each: getattr(each, "__name__", each))
def test_a_broken_validator_breaks_its_promise(broken: type[VatIds], promise: str) -> None:
    with pytest.raises(AssertionError):
        getattr(TestByForm(), f"test_{promise}")(broken())


def test_a_validator_that_raises_breaks_its_promise() -> None:
    class Raises(ByForm):
        def is_valid(self, vat_id: str) -> bool:
            return bool(int(vat_id[2:]))

    with pytest.raises(ValueError, match="invalid literal"):
        TestByForm().test_garbage_is_not_valid(Raises())


def test_every_promise_is_broken_by_somebody() -> None:
    assert {promise for _, promise in DEFECTS} == set(promises())


def promises() -> Iterator[str]:
    return (name.removeprefix("test_") for name in dir(VatIdsConformance) if name.startswith("test_"))
