"""What is said twice, or by two at once, happens once; and what was set aside is let go once."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from ecomcore.choices import Deliveries
from ecomcore.inventory import (
    ExpireReservations,
    ListMovements,
    ListStock,
    MovementKind,
    OutOfStock,
    ReleaseStock,
    Reservations,
    ReservationState,
)
from ecomcore.kernel.errors import IllegalTransition
from ecomcore.kernel.ids import OrderId, ReservationId
from ecomcore.kernel.messages import Command, System
from ecomcore.kernel.work import Persistence
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelOrder,
    EntryKind,
    OrderState,
    RecordActionRequired,
    RecordAuthorisation,
    RecordCapture,
)
from ecomcore.shipping import ListShipments, ShipShipment
from ecomcore.testing import SequentialIds, ShopKit, a_shop, euros
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.conftest import Gather, OpenShop
from tests.failures.racing import Crowd, Outcome


def stock(kit: ShopKit) -> tuple[int, int]:
    """On hand and reserved."""
    (view,) = kit.staff.ask(ListStock(kit.variants[:1]))
    return view.on_hand, view.reserved


def sales(kit: ShopKit) -> list[int]:
    movements = kit.staff.ask(ListMovements(kit.variants[0], kit.location))
    return [movement.quantity for movement in movements if movement.kind is MovementKind.SALE]


def at_once(crowd: Crowd, *commands: Command[Any]) -> list[Outcome]:
    """The shop sends itself all these commands at the same moment."""
    return crowd.send([(System(), command) for command in commands])


def reservation(kit: ShopKit, order: OrderId) -> ReservationState:
    work = kit.persistence.begin(write=False)
    try:
        state: ReservationState = work.repository(Reservations).get(ReservationId(order)).state
        return state
    finally:
        work.rollback()


@pytest.mark.failure("F013")
def test_f013_what_was_set_aside_comes_back_once_though_it_is_released_again(open_shop: OpenShop) -> None:
    kit = open_shop(stock=10)
    order = kit.buy()
    assert stock(kit) == (10, 1)

    kit.cancel(order)
    kit.system.handle(ReleaseStock(order))
    again = kit.buy()
    kit.system.handle(ReleaseStock(order))

    assert stock(kit) == (10, 1), "the new order's unit is not the old one's to give back"
    kit.cancel(again)
    assert stock(kit) == (10, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F014")
def test_f014_the_second_cancellation_changes_nothing(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = kit.buy()
    kit.cancel(order)
    as_cancelled = kit.view(order)

    kit.cancel(order)
    kit.system.handle(CancelOrder(order, "the nightly job"))

    assert kit.view(order) == as_cancelled
    assert stock(kit) == (100, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F014")
def test_f014_the_buyer_cancels_while_the_job_lets_the_order_go(gather: Gather) -> None:
    crowd = gather()
    kit = crowd.kit
    kit.gateway.script(Fault.DECLINE)
    order = kit.buy()
    kit.clock.tick(timedelta(hours=1))

    answers = at_once(crowd, *[CancelOrder(order), ExpireReservations()] * 2)

    assert set(answers) <= {None, 0, 1}, "nobody is refused"
    assert kit.view(order).state is OrderState.CANCELLED
    assert stock(kit) == (100, 0)
    assert kit.shop.audit() == []


@pytest.mark.failure("F015")
def test_f015_a_parcel_sent_off_by_many_at_once_leaves_once(gather: Gather) -> None:
    crowd = gather()
    kit = crowd.kit
    order = kit.buy(quantity=3)
    (parcel,) = kit.staff.ask(ListShipments(order))

    answers = at_once(crowd, *[ShipShipment(parcel.id)] * 4)

    assert [answer for answer in answers if answer is not None] == [IllegalTransition] * 3
    assert (sales(kit), stock(kit)) == ([-3], (97, 0))
    assert kit.shop.audit() == []


@pytest.mark.failure("F015")
def test_f015_the_database_refuses_a_second_sale_of_one_parcel(database: str) -> None:
    kit = a_shop(SqlPersistence(database), products=1)
    kit.ship(kit.buy())
    node = sa.create_engine(database)
    again = (
        "INSERT INTO stock_movements (item, number, kind, quantity, balance, reference, at) "
        "SELECT item, number + 1, kind, quantity, balance, reference, at FROM stock_movements WHERE kind = 'sale'"
    )

    with pytest.raises(IntegrityError), node.begin() as connection:
        connection.execute(sa.text(again))

    assert sales(kit) == [-1]
    node.dispose()
    kit.shop.close()


@pytest.mark.failure("F016")
def test_f016_two_messages_of_the_provider_at_once_move_the_stock_once(gather: Gather) -> None:
    crowd = gather()
    kit = crowd.kit
    kit.gateway.script(Fault.ACTION)
    order = kit.buy(quantity=2)
    payment = kit.view(order).payments[0].payment
    paid = RecordAuthorisation(order, payment, euros(20_00), "auth")
    review_opened = RecordActionRequired(order, payment, "https://bank.example/review")

    answers = at_once(crowd, *[paid, review_opened] * 2)

    assert answers == [None] * 4
    assert kit.view(order).state is OrderState.CONFIRMED
    assert len([entry for entry in kit.view(order).payments if entry.kind is EntryKind.AUTHORISED]) == 1
    assert len(kit.staff.ask(ListShipments(order))) == 1
    kit.ship(order)
    assert (sales(kit), stock(kit)) == ([-2], (98, 0))
    assert kit.shop.audit() == []


@pytest.mark.failure("F016")
def test_f016_the_same_capture_told_by_several_webhooks_is_one_capture(gather: Gather) -> None:
    crowd = gather(deliveries=Deliveries(at_once=False))
    kit = crowd.kit
    order = kit.buy()
    payment = kit.view(order).payments[0].payment
    kit.system.handle(RecordAuthorisation(order, payment, euros(10_00), "auth"))
    taken = RecordCapture(order, payment, euros(10_00), "capture")

    answers = at_once(crowd, *[taken] * 3)

    assert answers == [None] * 3
    assert kit.view(order).captured == euros(10_00)
    assert kit.shop.audit() == []


ACTS = st.lists(st.tuples(st.sampled_from(["buy", "cancel", "ship", "deliver"]), st.integers(0, 5)), max_size=12)
PREFIXES = count()


@pytest.mark.failure("F018")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_f018_whatever_happens_to_orders_no_stock_goes_below_nothing(
    persistence: Persistence, acts: list[tuple[str, int]]
) -> None:
    kit = a_shop(persistence, products=1, stock=6, ids=SequentialIds(f"shop-{next(PREFIXES)}"))
    orders: list[OrderId] = []

    for act, number in acts:
        try:
            match act:
                case "buy":
                    orders.append(kit.buy(quantity=number + 1))
                case _ if orders:
                    getattr(kit, act)(orders[number % len(orders)])
        except (OutOfStock, IllegalTransition):
            continue

    on_hand, reserved = stock(kit)
    assert 0 <= reserved <= on_hand
    still_open = [kit.view(order) for order in orders if reservation(kit, order) is ReservationState.OPEN]
    assert reserved == sum(line.quantity for view in still_open for line in view.lines)
    assert on_hand == 6 + sum(sales(kit))


@pytest.mark.failure("F018")
def test_f018_the_database_refuses_to_reserve_less_than_nothing(database: str) -> None:
    kit = a_shop(SqlPersistence(database), products=1)
    node = sa.create_engine(database)

    with pytest.raises(IntegrityError, match="reserved"), node.begin() as connection:
        connection.execute(sa.text("UPDATE stock_items SET reserved = reserved - 1"))

    assert stock(kit) == (100, 0)
    node.dispose()
    kit.shop.close()


@pytest.mark.failure("F019")
def test_f019_what_was_set_aside_is_used_up_when_the_goods_leave(open_shop: OpenShop) -> None:
    kit = open_shop(stock=10, deliveries=Deliveries(at_once=False))  # nothing runs after a commit
    shipped, waiting = kit.buy(quantity=3), kit.buy(quantity=2)
    kit.shop.drain()
    assert stock(kit) == (10, 5)

    kit.ship(shipped)

    assert reservation(kit, shipped) is ReservationState.CONSUMED
    assert reservation(kit, waiting) is ReservationState.OPEN
    assert stock(kit) == (7, 2), "what the other order holds, and not one more"
    assert kit.shop.audit() == []


@pytest.mark.failure("F020")
def test_f020_orders_that_hold_all_there_is_do_not_stand_in_their_own_way(open_shop: OpenShop) -> None:
    kit = open_shop(stock=4)
    orders = [kit.buy() for _ in range(4)]
    assert stock(kit) == (4, 4)

    for order in orders:
        kit.ship(order)

    assert {kit.view(order).state for order in orders} == {OrderState.SHIPPED}
    assert (stock(kit), sales(kit)) == ((0, 0), [-1] * 4)
    assert kit.shop.audit() == []
