"""One fault at one call: what is done about it, and what must have become of it in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from enum import StrEnum

from attrs import field, frozen

from ecomcore.kernel.errors import Conflict, OutcomeUnknown, Trouble, TryAgain
from ecomcore.ordering import OrderState, WebhookOutcome
from ecomcore.testing import Crash, Fault, FaultPlan, When
from tests.faults.grounds import Ground
from tests.faults.provider import DAYS, Mischief
from tests.faults.scenarios import Scenario
from tests.faults.world import CARD, STOCK, Picture, Process, World

__all__ = ["Blow", "Kind", "Stage", "Tally"]

_HOURS = timedelta(hours=3)
_MOST_TRIES = 5
"""How often a caller sends the same again."""


class Kind(StrEnum):
    """How a call of the store, or of the provider, can fail."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    GONE_FOR_GOOD = "crash after, and the caller never comes back"
    TRY_AGAIN = "try again"
    CONFLICT = "conflict"
    COMMIT_UNHEARD = "outcome unknown, committed"
    COMMIT_FAILED = "outcome unknown, not committed"


_ONLY_COMMITS = (Kind.COMMIT_UNHEARD, Kind.COMMIT_FAILED)
_OF_THE_STORE_ONLY = (*_ONLY_COMMITS, Kind.TRY_AGAIN, Kind.CONFLICT)
_OUTSIDE = frozenset({"authorise", "capture", "void", "refund", "status"})


@frozen
class Blow:
    """A fault: of a kind at a call of all, or a mischief at a call of the provider. Numbers start at 1."""

    kind: Kind | Mischief
    at: int
    name: str = ""

    def plan(self) -> FaultPlan:
        """The plan of the process that it hits."""
        match self.kind:
            case Kind.CRASH_BEFORE:
                return FaultPlan.once(self.at, Fault(Crash(str(self))))
            case Kind.CRASH_AFTER | Kind.GONE_FOR_GOOD:
                return FaultPlan.once(self.at, Fault(Crash(str(self)), When.AFTER))
            case Kind.TRY_AGAIN:
                return FaultPlan.once(self.at, Fault(TryAgain(str(self))))
            case Kind.CONFLICT:
                return FaultPlan.once(self.at, Fault(Conflict("Fault", str(self))))
            case Kind.COMMIT_UNHEARD:
                return FaultPlan.once(self.at, Fault(OutcomeUnknown(str(self)), When.AFTER))
            case Kind.COMMIT_FAILED:
                return FaultPlan.once(self.at, Fault(OutcomeUnknown(str(self))))
            case _:
                return FaultPlan()

    def __str__(self) -> str:
        name = self.kind.name.lower().replace("_", " ")
        return f"{name} at call {self.at} ({self.name})"


@frozen
class Tally:
    """How many runs there were, and how they ended."""

    same: Counter[str] = field(factory=Counter)
    documented: Counter[str] = field(factory=Counter)

    @property
    def runs(self) -> int:
        """All of them."""
        return self.same.total() + self.documented.total()


class Stage:
    """A scenario on a ground, with the calls it makes and the pictures of its ends when nothing goes wrong."""

    def __init__(self, scenario: Scenario, ground: Ground) -> None:
        self.scenario = scenario
        self.world = World(ground, scenario.policy, scenario.provider)
        scenario.stage(self.world)
        self.before, _ = self._faultless(act=False)
        self.after, plan = self._faultless(act=True)
        self.calls: Sequence[str] = tuple(plan.names)
        self.outside = [name for name in self.calls if name in _OUTSIDE]
        self.tally = Tally()

    def _faultless(self, *, act: bool) -> tuple[Picture, FaultPlan]:
        self.world.restore()
        plan = FaultPlan()
        self.world.first.follow(plan)
        if act:
            self.scenario.act(self.world, self.world.first.shop)
        self.world.recover()
        self.world.check()
        return self.world.picture(), plan

    def blows(self, kinds: Iterable[Kind | Mischief]) -> Iterator[Blow]:
        """All faults of these kinds that can hit a call of this scenario."""
        for kind in kinds:
            if kind is Kind.GONE_FOR_GOOD and self.scenario.comes_back:
                continue
            names = self.outside if isinstance(kind, Mischief) else self.calls
            for number, name in enumerate(names, 1):
                if kind in _ONLY_COMMITS and name != "commit":
                    continue
                if kind in _OF_THE_STORE_ONLY and name in _OUTSIDE:
                    continue
                yield Blow(kind, number, name)

    def strike(self, blow: Blow) -> None:
        """Go through the scenario with this fault, and look what has become of it."""
        world = self.world
        world.restore()
        mischief = blow.kind if isinstance(blow.kind, Mischief) else None
        world.first.follow(blow.plan(), mischief, blow.at)
        self._live(blow)
        hit = world.first.provider.calls if mischief else world.first.door.plan.calls
        assert hit >= blow.at, "the call was never made"
        if mischief is Mischief.DAYS_LATE:
            world.recover(step=_HOURS, steps=DAYS // _HOURS + 1)
            for payment in world.known_payments:
                list(world.notify(payment, world.second.shop))
        world.recover()
        world.check()
        ended = world.picture()
        if mischief is not None:
            self._hear_it_all_again(ended)
        self.judge(
            blow.kind.name,
            ended,
            may_never_be=blow.kind is Kind.GONE_FOR_GOOD,
            may_be_off=mischief is Mischief.DAYS_LATE,
        )

    def _live(self, blow: Blow) -> None:
        process: Process = self.world.first
        for _ in range(_MOST_TRIES):
            try:
                self.scenario.act(self.world, process.shop)
                return
            except Crash:
                process = self.world.second
                if blow.kind is Kind.GONE_FOR_GOOD:
                    return
            except (Trouble, Conflict):
                continue
        raise AssertionError(f"no answer after {_MOST_TRIES} tries")

    def _hear_it_all_again(self, ended: Picture) -> None:
        """Webhooks that come twice, days later, change nothing."""
        self.world.clock.tick(DAYS)
        for _ in range(2):
            for payment in self.world.known_payments:
                heard = set(self.world.notify(payment, self.world.second.shop))
                assert heard <= {WebhookOutcome.KNOWN}, heard
        assert self.world.picture() == ended, "an old webhook changed something"

    def judge(self, name: str, ended: Picture, *, may_never_be: bool = False, may_be_off: bool = False) -> None:
        """It must have ended as if nothing had gone wrong, or in one of the ways that are documented."""
        if ended == self.after:
            self.tally.same[name] += 1
        elif may_never_be and ended == self.before:
            self.tally.documented["never happened"] += 1
        else:
            assert may_be_off, f"it ended otherwise\n{ended}\ninstead of\n{self.after}"
            _assert_off_and_paid_back(ended)
            self.tally.documented["called off, the money returned"] += 1


def _assert_off_and_paid_back(ended: Picture) -> None:
    """Nobody covered the order in its time: it is off, its goods are for sale, and nothing is kept of the money."""
    assert all(order[0] is OrderState.CANCELLED for order in ended.orders), f"an order is not off: {ended.orders}"
    returned = all(promised == taken + let_go and taken == back for promised, taken, let_go, back, _ in ended.accounts)
    assert returned, f"money is kept: {ended.accounts}"
    assert ended.card == CARD, f"the gift card has {ended.card}"
    units = [(on_hand, reserved) for _, _, on_hand, reserved in ended.stock]
    assert sum(reserved for _, reserved in units) == 0, f"goods are still set aside: {ended.stock}"
    assert sum(on_hand for on_hand, _ in units) == sum(STOCK.values()), f"goods are gone: {ended.stock}"
