"""A shop is put together once, from ports that are all bound, and shares nothing with the next one."""

from __future__ import annotations

import subprocess
import sys
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import punq
import pytest
from attrs import frozen

from ecomcore import Shop, assemble
from ecomcore.bootstrap import assembling
from ecomcore.catalog import AddCategory, ListCategories
from ecomcore.kernel.clock import Clock, Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import CategoryId, MemberId, PromotionId, VariantId
from ecomcore.kernel.messages import Command, Envelope, Member, Permission, Query, Staff, System, Who
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import percent
from ecomcore.kernel.room import Room
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import (
    Buyers,
    CartLine,
    CodeAttempts,
    NotForSale,
    Offer,
    Offers,
    Pricing,
    Quote,
    QuoteCart,
    Shopper,
    ShownPrice,
    TooManyAttempts,
    VatIds,
)
from ecomcore.pricing import DefineTaxZone
from ecomcore.promotions import AddCoupon, ApprovePromotion, CreatePromotion
from ecomcore.quoting import Buyer, Cart, Destination, InGroup, PercentOff, PricingPolicy, Terms
from ecomcore.testing import FixedClock, a_price, a_shop, euros
from ecomcore.testing.pricing import a_tax_zone


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
    monkeypatch.setattr(assembling, "ROOMS", (*assembling.ROOMS, Room(name="oracle", **handlers)))


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


class FreeForAll(Pricing):
    """Nothing costs anything."""

    def quote(self, cart: Cart, shopper: Shopper, at: Instant, *, placing: bool = False) -> Quote:
        return Quote(cart.currency, (), Money.zero(cart.currency))

    def shown(
        self, variants: Collection[VariantId], currency: Currency, shopper: Shopper, at: Instant
    ) -> Mapping[VariantId, ShownPrice]:
        return {}


def test_a_host_may_make_all_prices_itself() -> None:
    shop = assemble(offers=HappyHour(), pricing=FreeForAll())

    assert shop.ask(QuoteCart((CartLine(VariantId("beer"), 3),), Currency("EUR")), channel="bar").total == euros(0)


class Regulars(Buyers):
    """Whoever calls themselves so is a regular."""

    def find(self, shopper: Shopper, at: Instant) -> Buyer:
        return Buyer(
            id=shopper.buyer, groups=frozenset(("regulars",)) if shopper.owner == "member:reg" else frozenset()
        )


class AllValid(VatIds):
    """Believes everything."""

    def is_valid(self, vat_id: str) -> bool:
        return True


def priced(**ports: Any) -> Shop:
    """Beer for 1.00 EUR, tax contained; regulars pay half, and businesses of the zone owe the tax themselves."""
    shop = assemble(offers=HappyHour(), **ports)
    staff = shop.desk(Staff("sam", frozenset(("*",))), channel="bar")
    half = Terms(name="Regulars", conditions=(InGroup(("regulars",)),), effects=(PercentOff(percent(50)),))
    staff.handle(ApprovePromotion(staff.handle(CreatePromotion(half, PromotionId("regulars"))), 1))
    staff.handle(AddCoupon("HALF", PromotionId("regulars")))
    staff.handle(DefineTaxZone(a_tax_zone(reverse_charge=True)))
    return shop


def beer(**more: Any) -> QuoteCart:
    return QuoteCart((CartLine(VariantId("beer"), 1),), Currency("EUR"), **more)


def test_a_host_may_say_who_its_buyers_are() -> None:
    shop = priced(buyers=Regulars())

    totals = [shop.ask(beer(), by=Member(MemberId(name)), channel="bar").total for name in ("reg", "bob")]

    assert totals == [euros(50), euros(1_00)]


def test_without_a_validator_everybody_is_a_consumer() -> None:
    cart = beer(destination=Destination("DE"), vat_id="DE123456789")

    totals = [shop.ask(cart, channel="bar").total for shop in (priced(), priced(vat_ids=AllValid()))]

    assert totals == [euros(1_00), euros(84)]


class Suspicious(CodeAttempts):
    """Nobody may try anything."""

    def tried(self, shopper: Shopper, unknown: Sequence[str], at: Instant) -> None:
        raise TooManyAttempts


def test_a_host_may_limit_the_guessing_of_codes_itself() -> None:
    shop = priced(attempts=Suspicious())

    assert shop.ask(beer(), channel="bar").total == euros(1_00)
    with pytest.raises(TooManyAttempts):
        shop.ask(beer(coupons=("HALF",)), channel="bar")


def test_whoever_tries_too_many_codes_waits_a_while_and_nobody_else_does() -> None:
    clock = FixedClock()
    shop = priced(clock=clock)
    ada, bob = (shop.desk(Member(MemberId(name)), channel="bar") for name in ("ada", "bob"))
    for number in range(20):
        assert ada.ask(beer(coupons=(f"GUESS-{number}",))).total == euros(1_00)

    for guess in ("GUESS-20", "HALF"):
        with pytest.raises(TooManyAttempts):
            ada.ask(beer(coupons=(guess,)))

    assert bob.ask(beer(coupons=("HALF",))).coupons
    clock.tick(timedelta(minutes=10))
    assert ada.ask(beer(coupons=("HALF",))).coupons


def test_a_host_may_choose_how_prices_are_computed() -> None:
    without_tax = priced(pricing_policy=PricingPolicy(tax_included=False))

    quote = without_tax.ask(beer(destination=Destination("DE")), channel="bar")

    assert (quote.total, quote.tax) == (euros(1_19), euros(19))


@pytest.mark.parametrize(
    "name", ["gateway", "offers", "pricing", "buyers", "vat_ids", "attempts", "pricing_policy", "promotions_policy"]
)
def test_what_is_no_adapter_of_its_port_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        assemble(**{name: object()})  # type: ignore[arg-type]  # the point of it

    assert refusal.value.field == name


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
