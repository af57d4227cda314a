"""Answers of a tax engine outside, kept so that an order can be placed without asking again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from ecomcore.ordering import TaxCalculator, TaxNotCalculated
from ecomcore.quoting import TaxAnswer, TaxQuestion

__all__ = ["RememberedTaxes"]

_MOST_ANSWERS: Final = 10_000


class RememberedTaxes(TaxCalculator):
    """Asks ``ask`` when a quote is asked for, and answers from memory when the order is placed.

    Kept by each process for itself; a host of many processes that share no sessions keeps the answers elsewhere.
    """

    def __init__(self, ask: Callable[[TaxQuestion], TaxAnswer]) -> None:
        self._ask = ask
        self._answers: OrderedDict[str, TaxAnswer] = OrderedDict()
        self._lock = Lock()

    def calculate(self, question: TaxQuestion, *, placing: bool) -> TaxAnswer:
        digest = question.digest
        with self._lock:
            known = self._answers.get(digest)
        if known is not None:
            return known
        if placing:
            raise TaxNotCalculated
        answer = self._ask(question)
        with self._lock:
            self._answers[digest] = answer
            while len(self._answers) > _MOST_ANSWERS:
                self._answers.popitem(last=False)
        return answer
