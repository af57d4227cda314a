"""Whatever comes in between two calls of a command's store, the end is one of the two that come of doing them in turn.

All pairs of commands that meet on one order, its stock and its coupon, at every call, are some thousands: a commit
tries a share of them, always the same. ``ECOMCORE_INTERLEAVINGS=all`` tries them all, a number so many of them.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

import pytest
from attrs import frozen

from ecomcore.memory import MemoryPersistence
from ecomcore_sqlalchemy import SqlPersistence
from ecomcore_sqlalchemy.testing import erase_everything
from tests.interleavings.meddling import Blocked, calls_of, meddle, waits_for_a_lock, waits_long
from tests.interleavings.world import COMMANDS, STAGES, World

PER_COMMIT = {"postgresql": len(STAGES) * len(COMMANDS) ** 2, "sqlite": 40}
SEED = 20_30

Pair: TypeAlias = tuple[str, str, str]
"""A stage, the first command, and the one that comes in between."""
End: TypeAlias = tuple[str, str, object]
"""What became of the first and of the second, and all that came of it."""

PAIRS: list[Pair] = list(product(STAGES, COMMANDS, COMMANDS))


@frozen
class Point:
    """Where the second comes in: before this call of the first."""

    pair: Pair
    before: int


def in_turn(world: World, pair: Pair, *, turned: bool = False) -> End:
    """One after the other."""
    stage, first, second = pair
    scene = world.scene(stage)
    acts = [scene.act(first), scene.act(second)]
    if turned:
        there = acts[1](world.store)
        return acts[0](world.store), there, scene.end()
    return acts[0](world.store), acts[1](world.store), scene.end()


def points_of(world: World) -> list[Point]:
    """Every pair at every call but the first, which is the other one's turn."""
    calls = {}
    for stage, name in product(STAGES, COMMANDS):
        scene = world.scene(stage)
        _, names = calls_of(world.store, scene.act(name))
        scene.end()
        calls[stage, name] = len(names)
    return [
        Point((stage, first, second), before)
        for stage, first, second in PAIRS
        for before in range(2, calls[stage, first] + 1)
    ]


def chosen(points: list[Point], database: str) -> list[Point]:
    """A share of them, every pair as often as any other."""
    wish = os.environ.get("ECOMCORE_INTERLEAVINGS", "")
    if wish == "all":
        return points
    number = int(wish) if wish else PER_COMMIT[database]
    dice = random.Random(SEED)
    shuffled = dice.sample(points, len(points))
    rounds: Counter[Pair] = Counter()
    dealt = []
    for point in shuffled:
        rounds[point.pair] += 1
        dealt.append((rounds[point.pair], len(dealt), point))
    return [point for _, _, point in sorted(dealt, key=lambda each: each[:2])[:number]]


def plain(end: End) -> End:
    """Somebody who has looked too early may be refused in other words than somebody who looks later."""
    first, second, seen = end
    return first.partition(" ")[0], second.partition(" ")[0], seen


@pytest.fixture(params=["postgresql", "sqlite"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[str, SqlPersistence, SqlPersistence, Blocked]]:
    """An empty database, two handles on it, and how to tell that one waits for the other."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    store = SqlPersistence(url)
    erase_everything(store)
    other = SqlPersistence(url, migrate=False)
    if request.param == "postgresql":
        with waits_for_a_lock(url) as blocked:
            yield request.param, store, other, blocked
    else:
        yield request.param, store, other, waits_long
    other.close()
    store.close()


def test_what_comes_in_between_comes_before_or_after(
    stores: tuple[str, SqlPersistence, SqlPersistence, Blocked], capsys: pytest.CaptureFixture[str]
) -> None:
    database, store, other, blocked = stores
    world, imagined = World(store, database[:2]), World(MemoryPersistence(), database[:2])
    points = points_of(World(MemoryPersistence(), "count"))
    ends: dict[Pair, tuple[End, End]] = {}
    waited, otherwise = 0, Counter[tuple[str, ...]]()

    share = chosen(points, database)
    for point in share:
        stage, first, second = point.pair
        if point.pair not in ends:
            ends[point.pair] = in_turn(imagined, point.pair), in_turn(imagined, point.pair, turned=True)
        scene = world.scene(stage)
        both = meddle(store, scene.act(first), other, scene.act(second), before=point.before, blocked=blocked)
        end = both.first, both.second, scene.end()
        waited += both.waited
        before, after = ends[point.pair]
        if end not in (before, after):
            assert plain(end) in (plain(before), plain(after)), f"{point}\n{end}\nis neither\n{before}\nnor\n{after}"
            otherwise[stage, first, second, *end[:2]] += 1
    breaches = world.kit.shop.audit()

    assert not breaches, breaches
    assert waited > 0, "nobody ever waits: nothing is locked"
    with capsys.disabled():
        print(  # noqa: T201 - the size of what was run
            f"\n{database}: {len(share)} of {len(points)} places where another command comes in between,"
            f" {len(ends)} of {len(PAIRS)} pairs; it had to wait in {waited} of them,"
            f" and was refused in other words in {otherwise.total()}"
        )
