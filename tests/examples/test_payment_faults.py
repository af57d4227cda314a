"""The example of a checkout that survives whatever goes wrong: every row says so, and what became of it."""

import subprocess
import sys
from pathlib import Path

import payment_faults
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "payment_faults.py"


@pytest.fixture(scope="module")
def rows() -> list[str]:
    run = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, check=True, timeout=60)
    assert run.stderr == ""
    return run.stdout.splitlines()


def row(rows: list[str], mishap: str) -> str:
    return next(line for line in rows if line.startswith(mishap))


def test_every_row_says_survived(rows: list[str]) -> None:
    told = rows[1:]

    assert len(told) == len(payment_faults.MISHAPS)
    assert all(line.endswith("  survived") for line in told)


def test_a_declined_card_is_replaced_by_another(rows: list[str]) -> None:
    declined = row(rows, "the card is declined")

    assert "declined, took another card" in declined
    assert "shipped" in declined


def test_a_crash_is_an_answer_that_does_not_come_and_the_same_order_when_asked_again(rows: list[str]) -> None:
    crashed = row(rows, "crash when the order is stored")

    assert "no answer, order " in crashed
    assert "authorise, capture" in crashed


def test_money_promised_for_an_order_that_is_off_is_let_go(rows: list[str]) -> None:
    late = row(rows, "its only word comes 3 days late")

    assert "authorise, void" in late
    assert "cancelled" in late
    assert "0.00 EUR of 10.00 EUR kept" in late


def test_a_provider_that_takes_twice_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = payment_faults.kept_at
    monkeypatch.setattr(payment_faults, "kept_at", lambda provider: 2 * honest(provider))

    told = payment_faults.live(payment_faults.MISHAPS[0])

    assert not told.survived
    assert told.cells()[-1] == "LOST: the books differ"
