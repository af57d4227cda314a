import os
import re
import select
import signal
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import Ids, TimeOrderedIds
from ecomcore.kernel.text import LONGEST_ID

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@define
class SetClock(Clock):
    at: Instant = NOON

    def now(self) -> Instant:
        return self.at


def test_an_id_is_a_uuid_of_version_7_that_tells_when_it_was_made() -> None:
    text = TimeOrderedIds(SetClock(NOON + timedelta(microseconds=500))).new()

    made = uuid.UUID(text)

    assert str(made) == text
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == NOON.timestamp() * 1_000
    assert made.int >> 64 & 0xFFF == 2_048  # half a millisecond, in units of 1/4096
    assert re.fullmatch("[0-9a-f-]+", text)
    assert len(text) <= LONGEST_ID


def test_ids_of_the_system_clock_are_of_now() -> None:
    before, made, after = (
        uuid.UUID(TimeOrderedIds(clock).new()).int >> 80
        for clock in (SetClock(datetime.now(UTC)), None, SetClock(datetime.now(UTC) + timedelta(seconds=5)))
    )

    assert before <= made <= after


def test_each_id_is_greater_than_the_one_before_inside_one_millisecond() -> None:
    ids = TimeOrderedIds(SetClock())

    made = [ids.new() for _ in range(10_000)]

    assert all(earlier < later for earlier, later in pairwise(made))


@given(st.lists(st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)), min_size=2, max_size=30))
def test_each_id_is_greater_than_the_one_before_whatever_the_clock_does(steps: list[timedelta]) -> None:
    clock = SetClock()
    ids = TimeOrderedIds(clock)

    made = []
    for step in steps:
        clock.at = NOON + step
        made.append(ids.new())

    assert all(earlier < later for earlier, later in pairwise(made))
    assert {uuid.UUID(text).version for text in made} == {7}


def test_threads_share_a_maker_without_a_twin_and_each_sees_its_own_ids_rise() -> None:
    ids = TimeOrderedIds()
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    try:
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda _: [ids.new() for _ in range(2_000)], range(8)))
    finally:
        sys.setswitchinterval(switching)

    assert len({text for some in made for text in some}) == 16_000
    assert len({text[:18] for some in made for text in some}) == 16_000  # the ticks alone are unique too
    assert all(earlier < later for some in made for earlier, later in pairwise(some))


def test_makers_of_one_moment_do_not_meet() -> None:
    made = {TimeOrderedIds(SetClock()).new() for _ in range(1_000)}

    assert len(made) == 1_000


if hasattr(os, "fork"):  # not on Windows

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_a_child_process_makes_its_own_ids_even_when_forked_while_a_thread_was_making_one() -> None:
        ids = TimeOrderedIds(SetClock())
        ids.new()
        read, write = os.pipe()

        with ids._lock:  # as another thread would hold it
            child = os.fork()
            if not child:
                try:
                    os.write(write, ids.new().encode())
                finally:
                    os._exit(0)
        mine = ids.new()
        answered, _, _ = select.select([read], [], [], 10)
        if not answered:
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert answered, "the child waits for a lock that nobody holds"
        theirs = os.read(read, 36).decode()
        os.close(read)
        os.close(write)

        assert uuid.UUID(theirs).version == 7
        assert mine != theirs


def test_an_adapter_that_forgets_to_make_ids_cannot_be_made() -> None:
    class Forgetful(Ids):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Forgetful()  # type: ignore[abstract] # that is the point
