"""An account lives at random as a naive model does, in which every single unit is a thing of its own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import product
from typing import Any, ClassVar

from attrs import define
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import DomainError
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.testing import NOON, euros
from ecomcore.testing.wallet import an_account
from ecomcore.wallet import AccountKind, AccountState, CreditHold

DAY = timedelta(days=1)
VALIDITY = 3 * DAY
PER = 3
"""Points for a minor unit."""

SITUATIONS = ("empty", "free", "held", "all held")
COMMANDS = ("credit", "hold", "spend", "release", "refund", "expire", "up", "down", "block", "unblock", "close")
POSSIBLE = {
    (state, situation, command)
    for state, situation, command in product(AccountState, SITUATIONS, COMMANDS)
    if state is not AccountState.CLOSED or situation == "empty"
}


@define(eq=False)
class Unit:
    """One unit: where it is, who has it, and until when it is good."""

    ends: Instant | None
    number: int
    place: str = "free"
    payment: str = ""


class AccountMachine(RuleBasedStateMachine):
    """The account beside its model. ``reached`` counts every command in every situation."""

    reached: ClassVar[Counter[tuple[str, str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.account = an_account(kind=AccountKind.POINTS, units=0)
        self.holds: dict[str, CreditHold] = {}
        self.units: list[Unit] = []
        self.count = 0
        self.blocked = self.closed = False
        self.facts = 0

    # What the model says ---------------------------------------------------------------------------------------

    def at(self, place: str, payment: str | None = None) -> list[Unit]:
        return [unit for unit in self.units if unit.place == place and payment in (None, unit.payment)]

    def usable(self) -> list[Unit]:
        good = [unit for unit in self.at("free") if unit.ends is None or unit.ends > self.now]
        return sorted(good, key=lambda unit: (unit.ends is None, unit.ends or NOON, unit.number))

    def lapse(self) -> None:
        for unit in self.at("free"):
            if unit.ends is not None and unit.ends <= self.now:
                unit.place = "expired"

    def bring(self, count: int, ends: Instant | None) -> None:
        self.count += 1
        self.units += [Unit(ends, self.count) for _ in range(count)]
        self.closed = False

    # Steps -----------------------------------------------------------------------------------------------------

    def note(self, command: str) -> None:
        held, kept = len(self.at("held")), len(self.at("held")) + len(self.at("free"))
        situation = "empty" if not kept else "free" if not held else "held" if held < kept else "all held"
        self.reached[self.account.state, situation, command] += 1

    def both(self, command: str, allowed: bool, act: Any) -> bool:
        """Have the account do it; whether it did must be what the model says."""
        self.note(command)
        try:
            made = act()
        except DomainError:
            assert not allowed, f"{command} was refused"
            return False
        assert allowed, f"{command} was not refused"
        self.account, hold = made if isinstance(made, tuple) else (made, None)
        if hold is not None:
            self.holds[hold.payment] = hold
        return True

    @rule(
        command=st.sampled_from((*COMMANDS, "empty it")),
        count=st.integers(1, 30),
        minor=st.integers(1, 8),
        whole=st.booleans(),
        days=st.none() | st.integers(0, 3),
        which=st.integers(0, 50),
    )
    def happens(self, command: str, count: int, minor: int, whole: bool, days: int | None, which: int) -> None:
        """One rule for all commands: so each is as likely as any other, in every life."""
        payments = sorted(self.holds)
        payment = payments[which % len(payments)] if payments else None
        match command:
            case "credit":
                self.credit(count, None if days is None else days + 1)
            case "hold":
                self.hold(minor, whole)
            case "spend" | "release":
                self._close(command, payment, minor, whole)
            case "refund":
                self.refund(payment, minor, whole)
            case "expire":
                self.now += (days or 0) * DAY
                self.expire()
            case "up":
                self.up(count)
            case "down":
                self.down(count, whole)
            case "empty it":
                self.empty_it(spend=whole, close=which % 2 == 0)
            case _:
                getattr(self, command)()

    def credit(self, count: int, days: int | None) -> None:
        ends = None if days is None else self.now + days * DAY
        if self.both("credit", True, lambda: self.account.credit(count, self.now, reason="x", expires_at=ends)):
            self.bring(count, ends)

    def hold(self, minor: int, exactly: bool) -> None:
        usable = self.usable()
        count = len(usable) if exactly and usable else minor * PER  # the account does not know what units are worth
        payment = f"p{len(self.holds)}"
        allowed = not self.blocked and not self.closed and len(usable) >= count
        if self.both(
            "hold",
            allowed,
            lambda: self.account.hold(PaymentId(payment), OrderId("o"), euros(minor), count, self.now),
        ):
            for unit in usable[:count]:
                unit.place, unit.payment = "held", payment

    def _close(self, command: str, payment: str | None, minor: int, whole: bool) -> None:
        if payment is None:
            return
        hold, self.facts = self.holds[payment], self.facts + 1
        minor = hold.held.minor or minor if whole else minor
        done = hold.amount.minor - hold.held.minor
        step = getattr(self.account, command)
        if self.both(
            command,
            done + minor <= hold.amount.minor,
            lambda: step(hold, euros(minor), f"fact-{self.facts}", self.now),
        ):
            share = hold.units * (done + minor) // hold.amount.minor - hold.units * done // hold.amount.minor
            mine = sorted(self.at("held", payment), key=lambda u: (u.ends is None, u.ends or NOON, u.number))
            for unit in mine[:share] if command == "spend" else mine[len(mine) - share :]:
                unit.place = "spent" if command == "spend" else "free"
            if command == "release":
                self.lapse()

    def refund(self, payment: str | None, minor: int, whole: bool) -> None:
        if payment is None:
            return
        hold, self.facts = self.holds[payment], self.facts + 1
        spent = hold.spent.minor
        minor = spent - hold.refunded.minor or minor if whole else minor
        back = hold.refunded.minor + minor
        if self.both(
            "refund",
            back <= spent,
            lambda: self.account.refund(hold, euros(minor), f"fact-{self.facts}", self.now, VALIDITY),
        ):
            came = len(self.at("back", payment))
            gone = sorted(self.at("spent", payment), key=lambda u: (u.ends is None, u.ends or NOON, u.number))
            due = (len(gone) + came) * back // spent - came
            fresh = Counter[Instant | None]()
            for unit in gone[: max(0, due)]:
                unit.place = "back"
                over = unit.ends is not None and unit.ends <= self.now
                fresh[self.now + VALIDITY if over else unit.ends] += 1
            self.closed = False
            for ends, count in fresh.items():
                self.bring(count, ends)

    def expire(self) -> None:
        self.both("expire", True, lambda: self.account.expire(self.now))
        self.lapse()

    def up(self, count: int) -> None:
        if self.both("up", not self.closed, lambda: self.account.adjust(count, "found", self.now)):
            self.bring(count, None)

    def empty_it(self, spend: bool, close: bool) -> None:
        """Take all that there is, and be done with it: by chance alone that is rare."""
        for payment, hold in sorted(self.holds.items()):
            if not hold.held.is_zero:
                self._close("spend" if spend else "release", payment, 1, whole=True)
        self.expire()
        if self.usable() and not self.closed:
            self.down(1, all_of_it=True)
        if close:
            self.close()

    def down(self, count: int, all_of_it: bool) -> None:
        usable = self.usable()
        count = len(usable) if all_of_it and usable else count
        allowed = not self.closed and len(usable) >= count
        if self.both("down", allowed, lambda: self.account.adjust(-count, "mistake", self.now)):
            for unit in usable[:count]:
                unit.place = "taken"

    def block(self) -> None:
        if self.both("block", not self.blocked and not self.closed, lambda: self.account.block()):
            self.blocked = True

    def unblock(self) -> None:
        if self.both("unblock", self.blocked, lambda: self.account.unblock()):
            self.blocked = False

    def close(self) -> None:
        empty = not self.at("free") and not self.at("held")
        if self.both("close", empty and not self.blocked and not self.closed, lambda: self.account.close()):
            self.closed = True

    # What must hold --------------------------------------------------------------------------------------------

    @invariant()
    def the_account_is_as_the_model(self) -> None:
        account = self.account
        assert account.balance == len(self.at("free")) + len(self.at("held"))
        assert account.held == len(self.at("held"))
        assert account.expired == len(self.at("expired"))
        assert account.available(self.now) == len(self.usable())
        state = AccountState.CLOSED if self.closed else AccountState.BLOCKED if self.blocked else AccountState.ACTIVE
        assert account.state is state

    @invariant()
    def everything_adds_up(self) -> None:
        account = self.account
        assert 0 <= account.held <= account.balance
        assert account.balance == sum(entry.units for entry in account.fresh) == sum(lot.left for lot in account.lots)
        assert account.held == sum(entry.held for entry in account.fresh) == sum(lot.held for lot in account.lots)
        assert account.held == sum(hold.held_units for hold in self.holds.values())
        assert [entry.number for entry in account.fresh] == list(range(1, account.entries + 1))
        assert all(0 <= lot.held <= lot.left <= lot.units for lot in account.lots)
        for hold in self.holds.values():
            assert len(self.at("held", hold.payment)) == hold.held_units
            if hold.held.is_zero:
                assert hold.held_units == 0
            if hold.spent.minor and hold.refunded == hold.spent:
                assert not self.at("spent", hold.payment)


def test_an_account_lives_at_random_as_its_model_does() -> None:
    AccountMachine.reached.clear()

    run_state_machine_as_test(
        AccountMachine,
        settings=settings(
            max_examples=300,
            stateful_step_count=50,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

    missed = POSSIBLE - AccountMachine.reached.keys()
    reached = 1 - len(missed) / len(POSSIBLE)
    print(f"{reached:.1%} of {len(POSSIBLE)} pairs reached; missed: {sorted(missed)}")  # noqa: T201
    assert reached >= 0.95
