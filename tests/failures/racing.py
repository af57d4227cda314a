"""Many at once: threads of one shop, or processes that each have a shop of their own, let go at the same moment."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

from ecomcore import assemble
from ecomcore.catalog import ListProducts
from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Actor, Command, Member
from ecomcore.ordering import PlaceOrder
from ecomcore.testing import FixedClock, ShopKit
from ecomcore_sqlalchemy import SqlPersistence

__all__ = ["CONTEXT", "Crowd", "Outcome", "in_processes", "in_threads"]

T = TypeVar("T")
Outcome: TypeAlias = Any
"""What became of a command: its answer, or the class of the error it was refused with."""

# Each process is forked from a server that has no threads and no connections, only the imports.
_SERVED = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT: Any = multiprocessing.get_context("forkserver" if _SERVED else "spawn")
if _SERVED:
    CONTEXT.set_forkserver_preload(["pytest", "psycopg", "ecomcore.testing", "ecomcore.wire", "ecomcore_sqlalchemy"])

_PATIENCE = 120


def in_threads(calls: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each call answered or raised, in the order of the calls."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        start.wait(_PATIENCE)
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def in_processes(task: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> list[T]:
    """What ``task(start, *arguments)`` answered in a process for each of the arguments.

    Each makes itself ready, and then waits at the barrier ``start`` for the others.
    """
    start = CONTEXT.Barrier(len(arguments))
    ends, processes = [], []
    for each in arguments:
        ours, theirs = CONTEXT.Pipe(duplex=False)
        processes.append(CONTEXT.Process(target=_answering, args=(theirs, task, start, *each)))
        processes[-1].start()
        theirs.close()
        ends.append(ours)
    answers = [_answer(end) for end in ends]
    for process in processes:
        process.join(_PATIENCE)
    return answers


def _answering(answer: Any, task: Callable[..., Any], start: Any, *arguments: Any) -> None:
    try:
        answer.send((task(start, *arguments), ""))
    except Exception:
        start.abort()
        answer.send((None, traceback.format_exc()))


def _answer(end: Any) -> Any:
    assert end.poll(_PATIENCE), "a process did not answer in time"
    answer, failure = end.recv()
    assert not failure, failure
    return answer


@frozen
class Crowd:
    """Many at the door of a shop. With ``processes`` each comes to a shop of their own on the same database."""

    kit: ShopKit
    url: str = ""
    processes: int = 0

    def place(self, orders: Sequence[PlaceOrder]) -> list[Outcome]:
        """All these orders at once, each by another member."""
        return self.send([(Member(MemberId(f"buyer-{number}")), order) for number, order in enumerate(orders)])

    def send(self, commands: Sequence[tuple[Actor, Command[Any]]]) -> list[Outcome]:
        """All these commands at once; processes send several in turn where there are too few of them."""
        if not self.processes:
            return [_outcome(answer) for answer in in_threads([self._sending(*each) for each in commands])]
        hands = [commands[hand :: self.processes] for hand in range(min(self.processes, len(commands)))]
        answers = in_processes(_send, [(self.url, self.kit.clock.now(), hand) for hand in hands])
        return [outcome for outcomes in answers for outcome in outcomes]

    def _sending(self, actor: Actor, command: Command[T]) -> Callable[[], T]:
        return lambda: self.kit.shop.handle(command, by=actor)


def _send(start: Barrier, url: str, at: Instant, commands: Sequence[tuple[Actor, Command[Any]]]) -> list[Outcome]:
    shop = assemble(SqlPersistence(url, migrate=False), clock=FixedClock(at))
    shop.ask(ListProducts(limit=1))
    start.wait(_PATIENCE)
    outcomes: list[Outcome] = []
    for actor, command in commands:
        try:
            outcomes.append(shop.handle(command, by=actor))
        except Exception as error:
            outcomes.append(type(error))
    shop.close()
    return outcomes


def _outcome(answer: Any) -> Outcome:
    return type(answer) if isinstance(answer, Exception) else answer
