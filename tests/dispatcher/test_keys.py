"""A command under a key happens once, however often it is sent, by however many at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from attrs import evolve

from ecomcore.catalog import AddProduct, AddProducts, ChangePrice, NewVariant
from ecomcore.inventory import ExpireReservations, OutOfStock, ReceiveStock, StockLine
from ecomcore.kernel.errors import KeyReused
from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Command, Guest, Member, Staff
from ecomcore.kernel.work import Codec, Persistence, Reply, UnitOfWork
from ecomcore.memory import Fault, MemoryPersistence
from ecomcore.ordering import ListOrders, OrderingPolicy
from ecomcore.testing import ShopKit, a_price, a_shop
from tests.dispatcher.stores import events


def a_product(sku: str = "TEA") -> AddProduct:
    return AddProduct("Tea", (NewVariant(sku, a_price()),))


ANSWERS: dict[str, Callable[[ShopKit], Command[Any]]] = {
    "an id": lambda kit: a_product(),
    "several ids": lambda kit: AddProducts((a_product(), a_product("COFFEE"))),
    "nothing": lambda kit: ChangePrice(kit.variants[0], a_price(7_00)),
    "a number": lambda kit: ExpireReservations(),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_same_again_gives_the_stored_answer_and_does_nothing(kind: str) -> None:
    kit = a_shop(products=1)
    kit.gateway.script(Fault.ACTION)
    kit.buy()
    kit.clock.tick(OrderingPolicy().payment_window)
    command = ANSWERS[kind](kit)
    first = kit.system.handle(command, key="once")
    happened = events(kit.persistence)

    again = kit.system.handle(command, key="once")

    assert again == first
    assert type(again) is type(first)
    assert events(kit.persistence) == happened
    assert first == 1 or kind != "a number"


def test_another_content_under_a_used_key_is_refused() -> None:
    kit = a_shop(products=1)
    kit.buy(key="once")
    happened = events(kit.persistence)

    with pytest.raises(KeyReused) as refusal:
        kit.buy(quantity=2, key="once")

    assert refusal.value.key == "once"
    assert events(kit.persistence) == happened


def test_another_command_under_a_used_key_is_refused() -> None:
    kit = a_shop(products=1)
    kit.staff.handle(a_product(), key="once")

    with pytest.raises(KeyReused):
        kit.staff.handle(ReceiveStock(kit.location, (StockLine(kit.variants[0], 1),)), key="once")


def test_everybody_has_keys_of_their_own() -> None:
    kit = a_shop(products=1)
    people = [
        Member(MemberId("ada")),
        Member(MemberId("bob")),
        Guest("a-token-of-a-guest"),
        Guest("a-token-of-another"),
    ]

    orders = {kit.buy(by=kit.shop.desk(by), key="once") for by in people}

    assert len(orders) == len(people)


def test_a_member_and_a_staff_person_of_one_name_have_keys_of_their_own() -> None:
    kit = a_shop(products=1)
    kit.buy(by=kit.shop.desk(Member(MemberId("ada"))), key="once")

    kit.shop.handle(a_product(), by=Staff("ada", {"catalog.edit"}), key="once")

    assert "ProductAdded" in {type(each.event).__name__ for each in events(kit.persistence)}


def test_a_refused_command_does_not_use_its_key_up() -> None:
    kit = a_shop(products=1, stock=1)
    command = kit.order_for(kit.cart(quantity=2))
    with pytest.raises(OutOfStock):
        kit.member.handle(command, key="once")
    kit.staff.handle(ReceiveStock(kit.location, (StockLine(kit.variants[0], 1),)))

    order = kit.member.handle(command, key="once")

    assert [view.id for view in kit.member.ask(ListOrders())] == [order]


def test_without_a_key_the_same_happens_twice() -> None:
    kit = a_shop(products=1)
    command = kit.order_for(kit.cart())

    orders = {kit.member.handle(command), kit.member.handle(command)}

    assert len(orders) == 2


def test_of_parallel_twins_one_runs_and_all_get_its_answer() -> None:
    kit = a_shop(products=1)
    command = kit.order_for(kit.cart())
    together = Barrier(8)

    def twin(_: int) -> str:
        together.wait()
        return kit.member.handle(command, key="once")

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(twin, range(8)))

    assert answers == {view.id for view in kit.member.ask(ListOrders())}
    assert len(answers) == 1
    assert [operation for operation, _ in kit.gateway.effects] == ["authorise"]


class Overtaken(Persistence):
    """A store in which, when asked to, a twin commits after this one has looked its key up, and before it commits."""

    def __init__(self) -> None:
        self._inner = MemoryPersistence()
        self.overtaken = False

    def use(self, codec: Codec) -> None:
        self._inner.use(codec)

    def begin(self, *, write: bool = True) -> UnitOfWork:
        work = self._inner.begin(write=write)
        if self.overtaken:
            find, self.overtaken = work.replies.find, False

            def too_early(scope: str, key: str) -> Reply | None:
                assert find(scope, key), "the twin is there, but not to be seen yet"
                return None

            work.replies.find = too_early  # type: ignore[method-assign]  # as seen a moment earlier
        return work

    def close(self) -> None:
        self._inner.close()


def test_a_twin_that_comes_second_at_the_commit_is_undone_and_gets_the_answer_of_the_first() -> None:
    store = Overtaken()
    kit = a_shop(store, products=1)
    first = kit.buy(key="once")
    happened = events(store)
    store.overtaken = True

    second = kit.buy(key="once")

    assert second == first
    assert events(store) == happened


class OfAnEarlierVersion(Codec):
    """Writes commands without the fields that a later version of the shop has added."""

    def __init__(self, codec: Codec, *added: str) -> None:
        self._codec = codec
        self._added = added

    def dump(self, message: object) -> tuple[str, str]:
        name, text = self._codec.dump(message)
        plain = {field: value for field, value in json.loads(text).items() if field not in self._added}
        return name, json.dumps(plain)

    def load(self, name: str, text: str) -> Any:
        return self._codec.load(name, text)

    def dump_answer(self, operation: Any, answer: object) -> tuple[str, str]:
        return self._codec.dump_answer(operation, answer)

    def load_answer(self, name: str, text: str) -> Any:
        return self._codec.load_answer(name, text)

    def dump_value(self, value: object, kind: Any) -> str:
        return self._codec.dump_value(value, kind)

    def load_value(self, kind: Any, text: str) -> Any:
        return self._codec.load_value(kind, text)


def test_a_command_that_was_sent_before_an_upgrade_is_the_same_after_it() -> None:
    """The new version knows fields that the old one did not: at their defaults they say nothing."""
    kit = a_shop(products=1)
    order = kit.order_for(kit.cart())
    dispatcher = kit.shop._dispatcher
    newer = dispatcher._codec
    dispatcher._codec = OfAnEarlierVersion(newer, "digest", "coupons", "vat_id", "email", "destination")
    before = kit.member.handle(order, key="once")

    dispatcher._codec = newer

    assert kit.member.handle(order, key="once") == before
    with pytest.raises(KeyReused):
        kit.member.handle(evolve(order, vat_id="DE136695976"), key="once")
