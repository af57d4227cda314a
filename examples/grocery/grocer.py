"""A shop run as the grocer ran his, by nothing but the shop's own commands. A day goes like this:

    open    campaigns of which it is the first day begin; what is sold for the first time joins the catalogue; what a
            store will sell today arrives there; a store that sells for the first time in a week is counted
    serve   each basket is placed at its store's till with its coupons, paid and handed over, when it really was
    close   what was set aside and never paid for is let go: there must be none

Every command has an idempotency key made from the data, so what is done again is not done twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from ecomcore import assemble
from ecomcore.catalog import AddCategory, AddProduct, AddProducts, NewVariant
from ecomcore.counting import CountingPolicy, CountKind, CountLine, FinishCount, RecordCount, StartCount
from ecomcore.deliveries import ListDeliveries
from ecomcore.inventory import ExpireReservations, LocationKind, OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.errors import KeyReused
from ecomcore.kernel.ids import MemberId, ProductId, StockCountId, VariantId
from ecomcore.kernel.messages import Member, Staff, System
from ecomcore.kernel.money import Money
from ecomcore.kernel.work import Persistence
from ecomcore.memory import MemoryPersistence
from ecomcore.ordering import Capture, CartLine, OrderingPolicy, PlaceOrder
from ecomcore.shipping import DeliverShipment, ListShipments, ShipShipment
from grocery.campaigns import launch
from grocery.clock import closing, opening
from grocery.records import Basket
from grocery.source import CompleteJourney
from grocery.till import DOLLARS, TILL, Cash, Households, ReplayClock, TillOffers, location_of, price_of

T = TypeVar("T")
Units = Mapping[str, Mapping[str, int]]
"""By store and product."""

CLERK: Final = Staff("clerk", frozenset({"*"}))
SHOP: Final = System()
MOST_PRODUCTS: Final = 1_000
"""In one command."""
MOST_LINES: Final = 1_000
"""In one command."""
SEEN: Final = CountingPolicy(recount=False, approval_above=None)
"""Whatever a count finds is booked, for the report to tell."""


class NotPaid(Exception):
    """An order was placed and its payment did not go through."""


def open_store(database: str, *, new: bool = True) -> Persistence:
    """The store that `database` names: `memory`, or a URL. When it may be `new`, its tables are made if need be."""
    if database == "memory":
        return MemoryPersistence()
    from ecomcore_sqlalchemy import SqlPersistence

    return SqlPersistence(database, migrate=new)


class StartedElsewhere(Exception):
    """The shop's days began with another day than the one asked for."""


class Grocer:
    """A shop run as the grocer ran his. One for each process."""

    def __init__(self, store: Persistence, data: CompleteJourney, days: Sequence[date]) -> None:
        self._store = store
        self._data = data
        self._first = days[0]
        self._clock = ReplayClock(opening(self._first))
        self._till = TillOffers({product.id: product.name for product in data.products(days)})
        self.shop = assemble(
            store,
            gateway=Cash(),
            offers=self._till,
            buyers=Households(data.redemptions.households()),
            clock=self._clock,
            ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE),
            counting_policy=SEEN,
        )
        self._clerk = self.shop.desk(CLERK)

    def finish_what_was_begun(self) -> None:
        """Carry out what an interrupted run has left in the outbox: payments asked for and not answered yet."""
        while waiting := self.shop.ask(ListDeliveries(dead=False), by=SHOP):
            self._clock.set(max(delivery.due_at for delivery in waiting))
            self.shop.drain()

    def has_closed(self, day: date) -> bool:
        """Whether the day was closed with nothing left unpaid."""
        work = self._store.begin(write=False)
        try:
            closed = work.replies.find(SHOP.scope, f"close-{day}")
            return closed is not None and closed.answer == 0
        finally:
            work.rollback()

    def open(self, day: date) -> None:
        """Raises `StartedElsewhere` where the shop's first day was another."""
        self._clock.set(opening(day))
        self._open_stores(day)
        self._launch_campaigns(day)
        self._put_in_the_catalogue(day, self._data.baskets(day))
        units = self._data.units_by_store(day)
        self._put_on_the_shelves(day, units)
        self._count_stores(day, units)

    def serve(self, basket: Basket) -> None:
        """Place, pay, ship and deliver. Raises `NotPaid`."""
        self._clock.set(basket.at)
        self._till.ring_up(basket)
        household = self.shop.desk(Member(MemberId(basket.household)), TILL)
        lines = tuple(CartLine(VariantId(line.product), line.quantity) for line in basket.lines)
        codes = tuple(coupon.code for coupon in basket.coupons)
        paid = Money(basket.amount_minor, DOLLARS)
        bought = PlaceOrder(lines, paid, location=location_of(basket.store), coupons=codes)
        order = household.handle(bought, key=f"basket-{basket.id}")

        shipments = self._clerk.ask(ListShipments(order))
        if not shipments:
            self.finish_what_was_begun()
            self._clock.set(basket.at)
            shipments = self._clerk.ask(ListShipments(order))
        if not shipments:
            raise NotPaid(f"The payment of basket {basket.id} (order {order}) did not go through.")
        for shipment in shipments:
            self._clerk.handle(ShipShipment(shipment.id), key=f"ship-{shipment.id}")
            self._clerk.handle(DeliverShipment(shipment.id), key=f"deliver-{shipment.id}")

    def close(self, day: date) -> None:
        """Raises `NotPaid` when something was set aside and never paid for."""
        self._clock.set(closing(day))
        unpaid = self.shop.handle(ExpireReservations(), by=SHOP, key=f"close-{day}")
        if unpaid:
            raise NotPaid(f"Baskets of {day} that were set aside and never paid for: {unpaid}.")

    def _open_stores(self, day: date) -> None:
        """All of them on the first day. On any other the first one again, which knows when the shop began."""
        stores = self._data.stores()
        try:
            for store in stores if day == self._first else stores[:1]:
                self._clerk.handle(
                    OpenLocation(
                        f"Store {store}, from {self._first} on",
                        id=location_of(store),
                        kind=LocationKind.STORE,
                        ships=False,
                        collects=True,
                    ),
                    key=f"store-{store}",
                )
        except KeyReused as error:
            raise StartedElsewhere(f"A replay into this database did not begin on {self._first}.") from error

    def _launch_campaigns(self, day: date) -> None:
        """Those that begin today; on the shop's first day also those that have begun before."""
        for campaign in self._data.redemptions.campaigns:
            if campaign.last >= day and max(campaign.first, self._first) == day:
                launch(self._clerk, campaign, self._data.redemptions)

    def _put_in_the_catalogue(self, day: date, baskets: Sequence[Basket]) -> None:
        """Add what is sold for the first time, at what the till says first, in a category for each department."""
        new = list(self._data.new_products(day, self._first))
        departments = sorted({product.department for product in new})
        categories = {name: self._clerk.handle(AddCategory(name), key=f"department-{name}") for name in departments}
        first_line = {line.product: line for basket in reversed(baskets) for line in basket.lines}
        for n, batch in enumerate(_batches(new, MOST_PRODUCTS)):
            products = tuple(
                AddProduct(
                    product.name,
                    (NewVariant(product.id, price_of(first_line[product.id]), id=VariantId(product.id)),),
                    category=categories[product.department],
                    publish=True,
                    id=ProductId(product.id),
                )
                for product in batch
            )
            self._clerk.handle(AddProducts(products), key=f"catalogue-{day}-{n}")

    def _put_on_the_shelves(self, day: date, units: Units) -> None:
        """Receive what each store will sell today. Money without goods is sold like goods, so it is received too."""
        for store, products in units.items():
            lines = [StockLine(VariantId(product), quantity) for product, quantity in products.items()]
            for n, batch in enumerate(_batches(lines, MOST_LINES)):
                delivery = ReceiveStock(location_of(store), batch, f"delivery of {day}")
                self._clerk.handle(delivery, key=f"stock-{day}-{store}-{n}")

    def _count_stores(self, day: date, units: Units) -> None:
        """In the morning: on the shelves there must be what will be sold today, and nothing else."""
        for store in self._data.stores_to_count(day, self._first):
            location = location_of(store)
            count = StockCountId(f"{location}-{day}")
            seen = [CountLine(VariantId(product), quantity) for product, quantity in units[store].items()]
            self._clerk.handle(StartCount(location, CountKind.FULL, id=count), key=f"count-{count}")
            for n, batch in enumerate(_batches(seen, MOST_LINES)):
                self._clerk.handle(RecordCount(count, batch), key=f"count-{count}-{n}")
            self._clerk.handle(FinishCount(count, rest_is_zero=True), key=f"counted-{count}")


def _batches(things: Sequence[T], longest: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(things), longest):
        yield tuple(things[start : start + longest])
