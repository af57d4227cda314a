"""Orders and their money, lived at random on a shop and in a model, which must agree after every step.

Every commit lives the same lives. More of them, or others: ``ECOMCORE_MODEL_RUNS=20000 ECOMCORE_MODEL_STEPS=100
ECOMCORE_MODEL_SEED=7``.
"""

from __future__ import annotations

import os
from itertools import product

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ordering.order_model_machine import REFUSED, SEEN, STAGES, OrderMachine

RUNS = int(os.environ.get("ECOMCORE_MODEL_RUNS", 200))
STEPS = int(os.environ.get("ECOMCORE_MODEL_STEPS", 50))
SEED = int(os.environ.get("ECOMCORE_MODEL_SEED", 2030))

ALIVE = {"placed", "placed, on hold", "confirmed", "confirmed, on hold", "partly shipped"}
HERE = ALIVE - {"partly shipped"}
GONE = {"shipped", "completed"}
PAID = {"confirmed", "shipped", "completed", "cancelled"}

# What an order is never asked in vain, whatever its stage: it may have nothing to do, but nobody is refused.
NEVER_REFUSED = {
    "note",
    "open a link",
    "release",
    "reconcile",
    "expire what nobody paid",
    "expire reservations",
    *(
        f"hear: {fact}"
        for fact in (
            "authorised",
            "declined",
            "captured",
            "voided",
            "refunded",
            "charged_back",
            "chargeback_won",
            "fee",
        )
    ),
}

# Where a command is refused whatever it says.
ALWAYS_REFUSED = {
    "pay what is due": {"completed", "cancelled"},
    "pay a part": {"completed", "cancelled"},
    "pay by link": {"completed", "cancelled"},
    "pay by hand": {"completed"},
    "cancel": {"partly shipped", *GONE},
    "cancel units": {*GONE, "cancelled"},
    "edit: fewer": {*GONE, "cancelled"},
    "edit: more": {*GONE, "cancelled"},
    "edit: another price": {*GONE, "cancelled"},
    "hold": {*GONE, "cancelled"},
    "readdress": {*GONE, "cancelled"},
    "capture": {"cancelled"},
    "ship": {*(set(STAGES) - {"confirmed", "partly shipped"})},
    "deliver": {*HERE, "completed", "cancelled"},
    "refund amount": set(),
    "refund units": set(),
    "refund delivery": set(),
    "refund as store_credit": set(),
    "refund as manual": set(),
}

PAIRS = {("none", "place"), *product(STAGES, (*NEVER_REFUSED, *ALWAYS_REFUSED))}
ENOUGH = 0.95


def test_a_shop_and_the_model_agree_about_orders_and_money(capsys: pytest.CaptureFixture[str]) -> None:
    run_state_machine_as_test(
        seed(SEED)(OrderMachine),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    _every_command_has_met_an_order_in_every_stage(capsys)
    _a_command_is_refused_where_the_table_says_so()


def _every_command_has_met_an_order_in_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    met = PAIRS & set(SEEN)

    share = len(met) / len(PAIRS)
    with capsys.disabled():
        print(f"\n{RUNS} lives of {STEPS} steps: {len(met)} of {len(PAIRS)} pairs of stage and command ({share:.1%})")  # noqa: T201 - the size of what was lived
    assert set(SEEN) <= PAIRS
    assert share >= ENOUGH, sorted(PAIRS - met)


def _a_command_is_refused_where_the_table_says_so() -> None:
    refused = {pair: sum(times for (*where, _), times in REFUSED.items() if tuple(where) == pair) for pair in SEEN}

    assert {(stage, what) for (stage, what), times in refused.items() if times and what in NEVER_REFUSED} == set()
    for (stage, what), times in SEEN.items():
        if stage in ALWAYS_REFUSED.get(what, ()):
            assert refused[stage, what] == times, f"{what} ({stage}) was not refused each time"
