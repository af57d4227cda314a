"""Many want the same units at once: nothing is sold twice, and nobody is refused what is there."""

from collections import Counter

import pytest
import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.exc import IntegrityError

from ecomcore.choices import Deliveries
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import ListStock, OutOfStock, StockItems, stock_item_id
from ecomcore.kernel.errors import InvariantViolated
from ecomcore.kernel.ids import MemberId
from ecomcore.kernel.messages import Member
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import CartLine, ListOrders, Orders, PlaceOrder
from ecomcore.testing import ShopKit, a_shop
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.conftest import Gather, OpenShop
from tests.failures.racing import Outcome
from tests.support.refusals import refused


@frozen
class Stock:
    on_hand: int
    reserved: int


def stock(kit: ShopKit) -> Stock:
    (view,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return Stock(view.on_hand, view.reserved)


def of(kit: ShopKit, quantity: int) -> PlaceOrder:
    return kit.order_for(kit.cart(quantity=quantity))


def tally(outcomes: list[Outcome]) -> Counter[str]:
    """How many were ``placed``, and how many refused with which error."""
    return Counter("placed" if isinstance(each, str) else each.__name__ for each in outcomes)


def number_of_orders(kit: ShopKit) -> int:
    work = kit.persistence.begin(write=False)
    try:
        return len(work.repository(Orders).page(limit=1_000))
    finally:
        work.rollback()


@pytest.mark.failure("F001")
def test_f001_of_two_carts_that_do_not_both_fit_one_is_ordered(gather: Gather) -> None:
    crowd = gather(stock=5)

    outcomes = crowd.place([of(crowd.kit, 3), of(crowd.kit, 4)])

    assert tally(outcomes) == {"placed": 1, "OutOfStock": 1}
    assert number_of_orders(crowd.kit) == 1
    assert stock(crowd.kit) in (Stock(5, 3), Stock(5, 4))
    assert crowd.kit.shop.audit() == []


@pytest.mark.failure("F002")
@pytest.mark.parametrize("buyers", [2, 8, 32])
def test_f002_the_last_unit_is_sold_once(gather: Gather, buyers: int) -> None:
    crowd = gather(stock=1, processes=buyers)

    outcomes = crowd.place([of(crowd.kit, 1)] * buyers)

    assert tally(outcomes) == {"placed": 1, "OutOfStock": buyers - 1}
    assert stock(crowd.kit) == Stock(1, 1)
    assert crowd.kit.shop.audit() == []


@pytest.mark.failure("F003")
def test_f003_a_flash_sale_sells_what_there_is_and_refuses_the_rest_cleanly(gather: Gather) -> None:
    crowd = gather(stock=10)

    outcomes = crowd.place([of(crowd.kit, 1)] * 200)

    assert tally(outcomes) == {"placed": 10, "OutOfStock": 190}
    assert stock(crowd.kit) == Stock(10, 10)
    assert number_of_orders(crowd.kit) == 10
    assert crowd.kit.shop.audit() == []


@pytest.mark.failure("F004")
def test_f004_the_units_are_set_aside_with_the_order_or_there_is_no_order(open_shop: OpenShop) -> None:
    kit = open_shop(stock=1, deliveries=Deliveries(at_once=False))  # nothing runs after a commit

    kit.buy()
    assert stock(kit) == Stock(1, 1)
    with refused(OutOfStock(kit.variants[0], 1, 0)):
        kit.buy(by=kit.guest)

    assert kit.guest.ask(ListOrders()) == ()
    assert len(kit.staff.ask(ListDeliveries())) == 1, "nobody is asked for money for an order that is none"
    assert kit.shop.audit() == []


@pytest.mark.failure("F004")
def test_f004_of_two_orders_for_the_last_unit_one_is_rolled_back_whole(gather: Gather) -> None:
    crowd = gather(stock=1, deliveries=Deliveries(at_once=False))

    outcomes = crowd.place([of(crowd.kit, 1)] * 2)

    assert tally(outcomes) == {"placed": 1, "OutOfStock": 1}
    assert number_of_orders(crowd.kit) == 1
    crowd.kit.shop.drain()
    assert crowd.kit.shop.audit() == []


@pytest.mark.failure("F005")
@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE stock_items SET reserved = reserved + 1",
        "UPDATE stock_items SET on_hand = on_hand - 1",
        "UPDATE stock_items SET reserved = -1",
    ],
)
def test_f005_the_database_refuses_to_oversell_whatever_the_code_does(database: str, wrong: str) -> None:
    kit = a_shop(SqlPersistence(database), products=1, stock=1)
    kit.buy()
    node = sa.create_engine(database)

    with pytest.raises(IntegrityError, match=r"not_oversold|reserved"), node.begin() as connection:
        connection.execute(sa.text(wrong))

    assert stock(kit) == Stock(1, 1)
    node.dispose()
    kit.shop.close()


@pytest.mark.failure("F005")
def test_f005_a_store_refuses_what_wrong_code_would_sell_twice(persistence: Persistence) -> None:
    kit = a_shop(persistence, products=1, stock=1)
    kit.buy()
    work = persistence.begin()
    items = work.repository(StockItems)
    item = items.get(stock_item_id(kit.variants[0], kit.location), lock=True)

    items.save(item.having(reserved=2))
    with pytest.raises(InvariantViolated):
        work.commit()
    work.rollback()

    assert stock(kit) == Stock(1, 1)


@pytest.mark.failure("F006")
def test_f006_no_count_is_lost_when_many_count_at_once(gather: Gather) -> None:
    crowd = gather(stock=1_000)

    outcomes = crowd.place([of(crowd.kit, 1)] * 16)

    assert tally(outcomes) == {"placed": 16}
    assert stock(crowd.kit) == Stock(1_000, 16)
    assert crowd.kit.shop.audit() == []


@pytest.mark.failure("F010")
def test_f010_carts_in_opposite_orders_do_not_lock_each_other_out(gather: Gather) -> None:
    crowd = gather(products=2, stock=100)
    a, b = crowd.kit.variants
    carts = [(CartLine(a, 1), CartLine(b, 1)), (CartLine(b, 1), CartLine(a, 1))]

    outcomes = crowd.place([crowd.kit.order_for(cart) for cart in carts * 50])

    assert tally(outcomes) == {"placed": 100}
    assert [(view.on_hand, view.reserved) for view in crowd.kit.staff.ask(ListStock((a, b)))] == [(100, 100)] * 2
    assert crowd.kit.shop.audit() == []


def test_a_buyer_who_comes_too_late_may_still_buy_less(open_shop: OpenShop) -> None:
    kit = open_shop(stock=5)
    bob = kit.shop.desk(Member(MemberId("bob")))
    kit.buy(quantity=3)

    with refused(OutOfStock(kit.variants[0], 4, 2)):
        kit.buy(quantity=4, by=bob)
    kit.buy(quantity=2, by=bob)

    assert stock(kit) == Stock(5, 5)
