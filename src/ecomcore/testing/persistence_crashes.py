"""The promise that a crash loses nothing and repeats nothing, tried between any two calls of a store (F093)."""

from __future__ import annotations

from collections.abc import Callable

from ecomcore.choices import Retries, Subscriber
from ecomcore.inventory import ListStock
from ecomcore.kernel.errors import Conflict, Trouble
from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.messages import Envelope, Event
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import CancelOrder, OrderCancelled, OrderCompleted, OrderPlaced, OrderState
from ecomcore.shipping import DeliverShipment, ListShipments, ShipShipment
from ecomcore.testing.faults import Crash, FaultPlan, FaultyPersistence
from ecomcore.testing.ids import SequentialIds
from ecomcore.testing.persistence_case import PersistenceCase
from ecomcore.testing.shops import ShopKit, a_shop

__all__ = ["SurvivesCrashes"]

_STOCK = 10
_STORIES_OF_ONE_STORE = 20


class _Story:
    """One order placed and cancelled, another placed, shipped and delivered; every command under its key."""

    def __init__(self, persistence: Persistence, name: str) -> None:
        self.told: list[tuple[str, OrderId]] = []
        self.subscriber = Subscriber("ears", (OrderPlaced, OrderCancelled, OrderCompleted), self._hear)
        self.kit = a_shop(persistence, products=1, stock=_STOCK, ids=SequentialIds(name)).again(
            subscribers=[self.subscriber]
        )
        self.command = self.kit.order_for(self.kit.cart(quantity=2))

    def live(self, kit: ShopKit, after_each: Callable[[], object] = lambda: None) -> tuple[OrderId, OrderId]:
        """Send every command, as a client does who has heard no answer to any of them yet."""
        name = self.kit.location
        called_off = kit.member.handle(self.command, key=f"{name} 1")
        after_each()
        kit.member.handle(CancelOrder(called_off), key=f"{name} 2")
        after_each()
        delivered = kit.member.handle(self.command, key=f"{name} 3")
        after_each()
        (shipment,) = kit.staff.ask(ListShipments(delivered))
        kit.staff.handle(ShipShipment(shipment.id), key=f"{name} 4")
        after_each()
        kit.staff.handle(DeliverShipment(shipment.id), key=f"{name} 5")
        after_each()
        return called_off, delivered

    def assert_ended_well(self, called_off: OrderId, delivered: OrderId) -> None:
        """The end is that of a story without a crash: each effect once, each event told, the stock right."""
        kit = self.kit
        first, second = kit.view(called_off), kit.view(delivered)
        assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.COMPLETED)
        assert first.due == second.captured == second.total
        effects = sorted((operation, request.order) for operation, request in kit.gateway.effects)
        assert effects == sorted(
            [("authorise", called_off), ("void", called_off), ("authorise", delivered), ("capture", delivered)]
        )
        (stock,) = kit.staff.ask(ListStock(kit.variants))
        assert (stock.on_hand, stock.reserved) == (_STOCK - 2, 0)
        for order, last in ((called_off, "OrderCancelled"), (delivered, "OrderCompleted")):
            heard = [name for name, about in self.told if about == order]
            assert list(dict.fromkeys(heard)) == ["OrderPlaced", last]

    def _hear(self, event: Event, _: Envelope) -> None:
        assert isinstance(event, OrderPlaced | OrderCancelled | OrderCompleted)
        self.told.append((type(event).__name__, event.order))


class SurvivesCrashes(PersistenceCase):
    """After any crash the store is sound, and the same commands under the same keys come to the same end."""

    def test_a_crash_between_any_two_calls_loses_nothing_and_repeats_nothing(self, persistence: Persistence) -> None:
        after, crashed = 0, True
        while crashed:
            if after % _STORIES_OF_ONE_STORE == 0:
                persistence = self.fresh(persistence)
                reopened = self._again(persistence)
            story = _Story(persistence, f"crash-{after:03}")
            plan = FaultPlan.crash(after=after)
            try:
                story.live(story.kit.again(FaultyPersistence(persistence, plan), subscribers=[story.subscriber]))
                crashed = False
            except Crash:
                where = f"after call {after} ({plan.names[-1]})"
                assert not story.kit.shop.audit(), where

            survivor = story.kit.again(reopened, subscribers=[story.subscriber])
            story.assert_ended_well(*story.live(survivor, survivor.settle))
            after += 1

        assert after > 50, "the story is longer than that"
        assert not story.kit.shop.audit()

    def test_a_store_on_a_bad_day_comes_to_the_same_end(self, persistence: Persistence) -> None:
        """Retries asked for, stale commits, lost answers of commits: the client asks again with the same key."""
        for seed in range(5):
            story = _Story(persistence, f"noise-{seed}")
            noisy = FaultyPersistence(persistence, FaultPlan.noise(seed, chance=0.1))
            kit = story.kit.again(noisy, subscribers=[story.subscriber], retries=Retries(tries=3, first=0, most=0))
            for _ in range(100):
                try:
                    orders = story.live(kit, kit.settle)
                    break
                except (Trouble, Conflict):
                    continue
            else:
                raise AssertionError("no end after a hundred tries")

            story.assert_ended_well(*orders)
        assert not story.kit.shop.audit()
