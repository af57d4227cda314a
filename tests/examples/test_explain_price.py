"""The example that explains a price: what it prints, and that its amounts add up."""

import re
import subprocess
import sys
from pathlib import Path

import explain_price
import pytest

from ecomcore.quoting import Quote, quote, trail

EXAMPLE = Path(__file__).parents[2] / "examples" / "explain_price.py"


@pytest.fixture(scope="module")
def told() -> str:
    run = subprocess.run([sys.executable, EXAMPLE], capture_output=True, text=True, check=True, timeout=60)
    assert run.stderr == ""
    return run.stdout


def section(told: str, title: str) -> str:
    return told.split(f"=== {title} ===\n")[1].split("\n===")[0]


def test_on_an_ordinary_day_the_price_list_the_two_for_one_and_both_codes_count(told: str) -> None:
    ordinary = section(told, "On an ordinary day")

    assert re.search(r"  12 x 5\.50 EUR, price list members instead of 6\.50 EUR +66\.00 EUR\n", ordinary)
    assert re.search(r"  Buy two socks, get one: 100 % of 12\.90 EUR +-12\.90 EUR\n", ordinary)
    assert "  HELLO10: applied, Welcome\n  EARLY5: applied, Early bird\n" in ordinary
    assert re.search(r"  delivery by Parcel +4\.90 EUR\n", ordinary)
    assert "Flash sale" not in ordinary


def test_on_singles_day_the_flash_sale_the_steps_and_free_delivery_join_and_a_code_has_expired(told: str) -> None:
    singles = section(told, "On Singles' Day")

    assert re.search(r"  Flash sale on kettles: 15\.00 EUR off 54\.99 EUR +-15\.00 EUR\n", singles)
    assert re.search(r"  Spend and save +-5\.00 EUR\n", singles)
    assert re.search(r"  Free delivery: 100 % of 4\.90 EUR +-4\.90 EUR\n", singles)
    assert "  EARLY5: refused, expired on 2026-11-11\n" in singles
    assert "  Spend and save: add 3.31 EUR to save 25.00 EUR\n" in singles


def test_what_changed_is_the_difference_of_the_two_quotes(told: str) -> None:
    before, after = quotes()

    changed = section(told, "What changed").strip().splitlines()

    assert changed[-1].split()[-2:] == str(after.total - before.total).split()
    assert len(changed) == len(before.lines) + 2


def test_every_amount_that_is_told_adds_up_to_the_total() -> None:
    for made in quotes():
        assert sum(step.amount.minor for step in trail(made)) == made.total.minor


def quotes() -> tuple[Quote, Quote]:
    cart = explain_price.cart()
    moments = explain_price.ORDINARY_DAY, explain_price.SINGLES_DAY
    before, after = (quote(cart, explain_price.shop_at(moment)) for moment in moments)
    return before, after
