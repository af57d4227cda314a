"""A shop is put together once, from ports that are all bound, and shares nothing with the next one."""

from __future__ import annotations

import subprocess
import sys
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import punq
import pytest
from attrs import frozen

from ecomcore import Shop, assemble, bootstrap
from ecomcore.catalog import AddCategory, ListCategories
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.ids import CategoryId, VariantId
from ecomcore.kernel.messages import Command, Envelope, Permission, Query, System, Who
from ecomcore.kernel.money import Currency
from ecomcore.kernel.room import Room
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import CartLine, NotForSale, Offer, Offers, QuoteCart
from ecomcore.testing import FixedClock, a_price, a_shop, euros


def test_an_unknown_kind_of_store_is_named_with_those_that_are_installed() -> None:
    with pytest.raises(
        LookupError, match=r"no persistence adapter is installed for 'punchcards'; installed are .*sqlite"
    ):
        assemble("punchcards://shelf")


def test_the_password_in_the_url_of_a_store_is_not_shown() -> None:
    with pytest.raises(LookupError) as refusal:
        assemble("punchcards+drawer://clerk:canary@shelf/3")

    assert "canary" not in str(refusal.value)


class Oracle(Protocol):
    """A port that nobody has bound."""

    @abstractmethod
    def tell(self) -> str:
        """What will be."""


@frozen
class Foretell(Command[str]):
    """Ask the oracle."""

    permission = Permission("oracle.foretell", Who.ANYONE)


@frozen
class WhatTimeIsIt(Query[Instant]):
    """Ask the clock."""

    permission = Permission("oracle.time", Who.ANYONE)


def foretell(command: Foretell, oracle: Oracle) -> str:
    return oracle.tell()


def foretell_blindly(command: Foretell, oracle) -> str:  # type: ignore[no-untyped-def]  # the point of it
    return ""


def what_time_is_it(query: WhatTimeIsIt, clock: Clock, envelope: Envelope) -> Instant:
    return clock.now()


def with_room(monkeypatch: pytest.MonkeyPatch, **handlers: Any) -> None:
    monkeypatch.setattr(bootstrap, "ROOMS", (*bootstrap.ROOMS, Room(name="oracle", **handlers)))


def test_a_use_case_whose_port_is_not_bound_fails_when_the_shop_is_assembled(monkeypatch: pytest.MonkeyPatch) -> None:
    with_room(monkeypatch, deciders={Foretell: foretell})

    with pytest.raises(LookupError, match="foretell needs Oracle, which nothing is bound to"):
        assemble()


def test_a_use_case_that_does_not_say_what_it_needs_fails_when_the_shop_is_assembled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_room(monkeypatch, deciders={Foretell: foretell_blindly})

    with pytest.raises(LookupError, match="foretell_blindly does not say by a type what its parameter oracle is"):
        assemble()


def test_ports_are_resolved_when_the_shop_is_assembled_and_never_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with_room(monkeypatch, answers={WhatTimeIsIt: what_time_is_it})
    clock = FixedClock()
    shop = assemble(clock=clock)

    def resolve(*_: object) -> None:
        raise AssertionError("resolved again")

    monkeypatch.setattr(punq.Container, "resolve", resolve)

    assert shop.ask(WhatTimeIsIt()) == clock.now()
    clock.tick()
    assert shop.ask(WhatTimeIsIt()) == clock.now(), "the same clock"


def test_two_shops_in_one_process_share_nothing() -> None:
    one, other = assemble(), assemble()

    one.handle(AddCategory("Tea", id=CategoryId("tea")), by=System(), key="once")

    assert [view.id for view in one.ask(ListCategories())] == ["tea"]
    assert other.ask(ListCategories()) == ()
    assert other.handle(AddCategory("Milk", id=CategoryId("milk")), by=System(), key="once") == "milk"


def test_two_shops_have_gateways_of_their_own() -> None:
    one, other = a_shop(products=1), a_shop(products=1)

    one.buy()

    assert (len(one.gateway.effects), len(other.gateway.effects)) == (1, 0)


def test_two_shops_on_one_store_see_the_same() -> None:
    store = MemoryPersistence()
    one, other = assemble(store), assemble(store)

    one.handle(AddCategory("Tea", id=CategoryId("tea")), by=System())

    assert [view.id for view in other.ask(ListCategories())] == ["tea"]


def test_what_is_not_said_has_a_default_that_works() -> None:
    shop = assemble()

    assert isinstance(shop, Shop)
    assert shop.handle(AddCategory("Tea"), by=System(), key="once")
    assert shop.drain() == 0
    assert shop.audit() == []
    shop.close()


class HappyHour(Offers):
    """Everything costs one euro."""

    def of(self, variants: Collection[VariantId], channel: str, at: Instant) -> Mapping[VariantId, Offer]:
        return {id_: Offer(id_, "SKU", "Anything", a_price(1_00)) for id_ in variants if channel == "bar"}


def test_a_host_may_make_the_offers_itself() -> None:
    shop = assemble(offers=HappyHour())
    cart = QuoteCart((CartLine(VariantId("beer"), 3),), Currency("EUR"))

    assert shop.ask(cart, channel="bar").total == euros(3_00)
    with pytest.raises(NotForSale):
        shop.ask(cart, channel="street")


_LATER = ("sqlalchemy", "cattrs", "pendulum", "returns.result", "hypothesis", "pytest", "ecomcore.wire")


def imported_by(program: str) -> set[str]:
    """What a fresh interpreter has imported after this program, of that which is to be imported later or never."""
    listing = f"import sys\n{program}\nprint(*[name for name in {_LATER!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_and_using_a_shop_in_memory_loads_nothing_it_does_not_need() -> None:
    program = """
from ecomcore import assemble
from ecomcore.catalog import AddCategory, ListCategories
from ecomcore.kernel.messages import System
shop = assemble()
shop.handle(AddCategory("Tea"), by=System())
shop.ask(ListCategories())
"""

    assert imported_by(program) == set()


def test_a_key_loads_the_wire_and_an_attempt_loads_its_results() -> None:
    program = """
from ecomcore import assemble
from ecomcore.catalog import AddCategory
from ecomcore.kernel.messages import System
shop = assemble()
shop.handle(AddCategory("Tea"), by=System(), key="once")
"""
    attempt = 'shop.attempt(AddCategory("Milk"), by=System())'

    assert imported_by(program) == {"cattrs", "ecomcore.wire"}
    assert "returns.result" in imported_by(program + attempt)


def test_the_front_door_opens_in_a_blink() -> None:
    program = "import time; begun = time.process_time(); import ecomcore; print(time.process_time() - begun)"

    quickest = min(
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )

    assert quickest < 0.5, "seconds of processor time"
