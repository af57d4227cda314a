"""Two implementations of one page, by two people who did not look at each other's: they agree to the cent.

``ECOMCORE_QUOTES`` asks for more carts (20,000 before a release), and ``ECOMCORE_SEED`` repeats a run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, note, seed, settings

from ecomcore.quoting import Cart, Context, NotDelivered, NotForSale, OrderTooLarge, PriceMissing, quote
from tests.quoting.oracle import Told, as_told, quote_slowly
from tests.quoting.worlds import worlds

QUOTES = int(os.environ.get("ECOMCORE_QUOTES", "300"))
SEED = int(os.environ.get("ECOMCORE_SEED", time.time_ns()))

REFUSALS = (NotForSale, PriceMissing, NotDelivered, OrderTooLarge)


def many(share: int = 1) -> Callable[[Any], Any]:
    """So many carts, or a share of them."""
    run = settings(
        max_examples=max(1, QUOTES // share),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    return lambda test: seed(SEED)(run(test))


@many()
@given(world=worlds())
def test_the_engine_and_the_second_implementation_agree_on_every_amount(world: tuple[Cart, Context]) -> None:
    note(f"ECOMCORE_SEED={SEED}")

    assert answer(lambda *world: as_told(quote(*world)), *world) == answer(quote_slowly, *world)


@many(share=10)
@given(world=worlds(crowded=True))
def test_they_agree_where_there_are_more_plans_than_can_be_tried(world: tuple[Cart, Context]) -> None:
    note(f"ECOMCORE_SEED={SEED}")

    assert answer(lambda *world: as_told(quote(*world)), *world) == answer(quote_slowly, *world)


def answer(engine: Callable[[Cart, Context], Told], cart: Cart, context: Context) -> object:
    """What is told, or how it is refused."""
    try:
        return engine(cart, context)
    except REFUSALS as refusal:
        return type(refusal).__name__, refusal.sentence()
