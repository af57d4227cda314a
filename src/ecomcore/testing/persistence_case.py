"""What all promises of a store share: what the adapter declares, and how a promise is asked of many examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.work import Persistence
from ecomcore.testing.ids import SequentialIds
from ecomcore.testing.outbox_data import use_wire

__all__ = ["PersistenceCase", "assert_same", "for_all"]

T = TypeVar("T")


class PersistenceCase:
    """What an adapter declares about itself. Subclasses give the fixture ``persistence``: an empty store."""

    concurrent_writers: ClassVar[bool] = False
    """Whether two units of work that write may be open at once; otherwise the second waits for the first."""

    @pytest.fixture(autouse=True)
    def _in_use(self, persistence: Persistence) -> None:
        """A shop tells its store once how messages become text; here the suite is the shop."""
        use_wire(persistence)

    def reopen(self, persistence: Persistence) -> Persistence:
        """Another handle on the same data, as a second process would have; the same one where there is no other."""
        return persistence

    def fresh(self, persistence: Persistence) -> Persistence:
        """An empty store for the next run of the state machine: a new one of the same kind, or this one emptied."""
        return type(persistence)()

    def _again(self, persistence: Persistence) -> Persistence:
        """The same data, opened again and in use."""
        return use_wire(self.reopen(persistence))


def for_all(make: Callable[[str], SearchStrategy[T]], check: Callable[[T], None], *, examples: int = 20) -> None:
    """Check many examples on one store. ``make`` is told a prefix for ids that no example before has used."""
    prefixes = SequentialIds("x")

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        check(data.draw(make(f"{prefixes.new()}-")))

    holds()


def assert_same(found: object, expected: object, where: str = "") -> None:
    """Equal, and of the same types all the way down: 5.0 is not 5, text is not a state, 12:00+02:00 is not UTC."""
    assert type(found) is type(expected), f"{where}: {found!r} is a {type(found).__name__}"
    if isinstance(found, datetime):
        assert found.utcoffset() == timedelta(0), f"{where}: {found!r} is not in UTC"
    if attrs.has(type(found)):
        for field in attrs.fields(cast("Any", type(found))):
            assert_same(getattr(found, field.name), getattr(expected, field.name), f"{where}.{field.name}")
    elif isinstance(found, tuple) and isinstance(expected, tuple):
        assert len(found) == len(expected), f"{where}: {len(found)} instead of {len(expected)}"
        for index, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_same(one, other, f"{where}[{index}]")
    elif isinstance(found, Mapping):
        raise AssertionError(f"{where}: values of the shop hold no mappings")
    else:
        assert found == expected, f"{where}: {found!r} instead of {expected!r}"
