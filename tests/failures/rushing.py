"""Buyers as they are: each asks what the cart costs, accepts it, and asks again when it has changed meanwhile."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from threading import Barrier

from attrs import frozen

from ecomcore import Shop, assemble
from ecomcore.catalog import ListProducts
from ecomcore.choices import Deliveries
from ecomcore.inventory import OutOfStock
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Conflict
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.money import Money
from ecomcore.ordering import CancelOrder, CartLine, PlaceOrder, QuoteCart, TotalChanged
from ecomcore.promotions import PromotionsPolicy
from ecomcore.testing import FixedClock
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.racing import in_processes

__all__ = ["ORDERS_EACH", "PROCESSES", "Cancel", "Done", "Wish", "a_dice", "rush"]

PROCESSES = 8
ORDERS_EACH = int(os.environ.get("ECOMCORE_RUSH", "20"))
"""Orders of each process; ``ECOMCORE_RUSH`` asks for more (200 before a release). Limits grow with them."""

_PATIENCE = 120
_MOST_TRIES = 100


@frozen
class Wish:
    """A member wants this, with these codes, at whatever it costs."""

    member: str
    lines: tuple[CartLine, ...]
    codes: tuple[str, ...] = ()


@frozen
class Cancel:
    """A member has changed their mind."""

    member: str
    order: OrderId
    lines: tuple[CartLine, ...] = ()


@frozen
class Done:
    """What became of a wish: its order and what was accepted for it, and how it was refused before."""

    wish: Wish | Cancel
    order: OrderId | None
    accepted: Money | None
    refusals: tuple[str, ...]


def a_dice() -> random.Random:
    """Chance that can be repeated: ``ECOMCORE_SEED`` is printed with a failure."""
    seed = int(os.environ.get("ECOMCORE_SEED", time.time_ns()))
    print(f"ECOMCORE_SEED={seed}")  # noqa: T201 - shown with a failure
    return random.Random(seed)


def rush(
    url: str, at: Instant, wishes: Sequence[Wish | Cancel], *, policy: PromotionsPolicy | None = None, paid: bool = True
) -> list[Done]:
    """All these wishes at once, by eight processes with a shop each. Whatever else goes wrong than a total that has
    changed, stock that is gone, or a conflict fails the test. Unless ``paid``, nobody is asked for money.
    """
    hands = [tuple(wishes[hand::PROCESSES]) for hand in range(PROCESSES)]
    answers = in_processes(_buy, [(url, at, hand, policy, paid) for hand in hands if hand])
    done = [each for hand in answers for each in hand]
    refusals = Counter(refusal for each in done for refusal in each.refusals)
    print(dict(refusals))  # noqa: T201 - shown with a failure
    assert refusals["Conflict"] <= len(wishes) // 20, "the dispatcher looks again by itself"
    return done


def _buy(
    start: Barrier, url: str, at: Instant, wishes: Sequence[Wish | Cancel], policy: PromotionsPolicy | None, paid: bool
) -> list[Done]:
    shop = assemble(
        SqlPersistence(url, migrate=False),
        clock=FixedClock(at),
        promotions_policy=policy,
        deliveries=Deliveries(at_once=paid),
    )
    shop.ask(ListProducts(limit=1))
    start.wait(_PATIENCE)
    done = [
        _carried_out(shop, wish, str(number)) if isinstance(wish, Wish) else _called_off(shop, wish)
        for number, wish in enumerate(wishes)
    ]
    shop.close()
    return done


def _carried_out(shop: Shop, wish: Wish, name: str) -> Done:
    by, refusals = Member(MemberId(wish.member)), list[str]()
    while len(refusals) < _MOST_TRIES:
        quote = shop.ask(QuoteCart(wish.lines, "EUR", coupons=wish.codes), by=by)
        accepted = PlaceOrder(wish.lines, quote.total, digest=quote.digest, coupons=wish.codes)
        try:
            order = shop.handle(accepted, by=by, key=f"{os.getpid()}-{name}-{len(refusals)}")
            return Done(wish, order, quote.total, tuple(refusals))
        except (TotalChanged, Conflict) as refusal:
            refusals.append(type(refusal).__name__)
        except OutOfStock:
            return Done(wish, None, None, (*refusals, "OutOfStock"))
    raise AssertionError(f"refused again and again: {Counter(refusals)}")


def _called_off(shop: Shop, wish: Cancel) -> Done:
    try:
        shop.handle(CancelOrder(wish.order), by=Member(MemberId(wish.member)))
    except Conflict:
        return Done(wish, None, None, ("Conflict",))
    return Done(wish, wish.order, None, ())
