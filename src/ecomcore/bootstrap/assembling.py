"""``assemble``: puts the parts of a shop together. The one place for punq."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from ecomcore import (
    carts,
    catalog,
    counting,
    deliveries,
    documents,
    inventory,
    ordering,
    pricing,
    promotions,
    shipping,
    supply,
    transfers,
    wallet,
)
from ecomcore.bootstrap.binding import Binder
from ecomcore.bootstrap.lazily import LazyWire
from ecomcore.bootstrap.looking_over import gateways, named, refuse_parts_of_a_whole, refuse_shared_series
from ecomcore.bootstrap.shop import DRAIN_OUTBOX, Shop
from ecomcore.carts import CartQuotes, CartsPolicy, ExpireCarts, Goods, RemindOfCarts
from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.counting import CountingPolicy, Stocks
from ecomcore.dispatcher import Dispatcher
from ecomcore.documents import Billing, DocumentsPolicy
from ecomcore.flows import (
    POLICIES,
    CatalogOffers,
    KeptMethods,
    OfferedGoods,
    OrderBilling,
    Policies,
    Shelf,
    ShopArrivals,
    ShopBaskets,
    ShopCartQuotes,
    ShopCredits,
    ShopNumbers,
    ShopPricing,
    ShopReceivingPlaces,
    ShopStocks,
    ShopTransferPlaces,
)
from ecomcore.inventory import (
    Arrivals,
    ByPriority,
    ExpireReservations,
    InventoryPolicy,
    QueuePolicy,
    ServeQueue,
    Shelves,
    SourcingRule,
    TellWishes,
    WatchStock,
    WishPolicy,
)
from ecomcore.kernel.clock import Clock, SystemClock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import Ids, TimeOrderedIds
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Persistence
from ecomcore.memory import (
    AttemptLimit,
    GiftCardLimit,
    MemoryPersistence,
    PassingKey,
    SystemSecrets,
)
from ecomcore.ordering import (
    Baskets,
    Buyers,
    CodeAttempts,
    Credits,
    ExpireUnpaid,
    Gateways,
    KnownBuyers,
    NoRiskCheck,
    NoVatIds,
    Offers,
    OrderingPolicy,
    OrderNumbers,
    PaymentGateway,
    Pricing,
    ReconcilePayments,
    RiskCheck,
    SavedMethods,
    TaxCalculator,
    VatIds,
    ZoneTaxes,
)
from ecomcore.promotions import CloseGroupBuys, PromotionsPolicy, Secrets
from ecomcore.quoting import PricingPolicy
from ecomcore.supply import ReceivingPlaces, SupplyPolicy
from ecomcore.transfers import TransferPlaces
from ecomcore.wallet import ExpireCredit, GiftCardAttempts, GiftCardKey, WalletPolicy

__all__ = ["JOBS", "ROOMS", "assemble"]

JOBS = (
    Job(ExpireReservations(), timedelta(minutes=1), "release_expired_reservations"),
    Job(ServeQueue(), timedelta(minutes=1)),
    Job(TellWishes(), timedelta(minutes=1)),
    Job(ExpireUnpaid(), timedelta(minutes=1)),
    Job(ReconcilePayments(), timedelta(minutes=1)),
    Job(CloseGroupBuys(), timedelta(minutes=1)),
    Job(ExpireCarts(), timedelta(minutes=1)),
    Job(RemindOfCarts(), timedelta(minutes=1)),
    Job(ExpireCredit(), timedelta(minutes=1)),
    Job(WatchStock(), timedelta(minutes=5)),
)
"""What every worker sends: lets go of what was not paid in time, tells those who wait for what can be had, ends group
buys, looks after forgotten carts, writes off credit that nobody used in time."""

ROOMS: tuple[Room, ...] = (
    catalog.ROOM,
    inventory.ROOM,
    counting.ROOM,
    supply.ROOM,
    transfers.ROOM,
    pricing.ROOM,
    promotions.ROOM,
    wallet.ROOM,
    carts.ROOM,
    ordering.ROOM,
    shipping.ROOM,
    documents.ROOM,
    deliveries.ROOM,
)


def assemble(
    persistence: Persistence | str | None = None,
    *,
    gateway: PaymentGateway | Mapping[str, PaymentGateway] | None = None,
    risk_check: RiskCheck | None = None,
    offers: Offers | None = None,
    pricing: Pricing | None = None,
    buyers: Buyers | None = None,
    vat_ids: VatIds | None = None,
    attempts: CodeAttempts | None = None,
    taxes: TaxCalculator | None = None,
    billing: Billing | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    ordering_policy: OrderingPolicy | None = None,
    pricing_policy: PricingPolicy | None = None,
    promotions_policy: PromotionsPolicy | None = None,
    wallet_policy: WalletPolicy | None = None,
    gift_card_key: GiftCardKey | None = None,
    gift_card_attempts: GiftCardAttempts | None = None,
    documents_policy: DocumentsPolicy | None = None,
    carts_policy: CartsPolicy | None = None,
    inventory_policy: InventoryPolicy | None = None,
    queue_policy: QueuePolicy | None = None,
    wish_policy: WishPolicy | None = None,
    sourcing: SourcingRule | None = None,
    arrivals: Arrivals | None = None,
    counting_policy: CountingPolicy | None = None,
    supply_policy: SupplyPolicy | None = None,
    secrets: Secrets | None = None,
    subscribers: Iterable[Subscriber] = (),
    policies: Policies = POLICIES,
    retries: Retries | None = None,
    deliveries: Deliveries | None = None,
    jobs: Iterable[Job] = (),
) -> Shop:
    """A shop on this persistence: an adapter, the URL of one that is installed, or nothing for memory.

    Every port may be bound to an adapter of the host's own; what is left out has a working default. The default
    gateway lives in memory and moves no real money. ``jobs`` are sent by a worker beside the shop's own, which let go
    of what was set aside and not paid in time, and end group buys. All processes of a shop need the same subscribers
    and policies. Raises ``Invalid`` for an argument that is no adapter of its port, ``LookupError`` for a URL that no
    installed adapter knows.
    """
    for name, given, port in (
        ("persistence", None if isinstance(persistence, str) else persistence, Persistence),
        *((f"gateway[{name!r}]" if name else "gateway", each, PaymentGateway) for name, each in named(gateway).items()),
        ("risk_check", risk_check, RiskCheck),
        ("offers", offers, Offers),
        ("pricing", pricing, Pricing),
        ("buyers", buyers, Buyers),
        ("vat_ids", vat_ids, VatIds),
        ("attempts", attempts, CodeAttempts),
        ("taxes", taxes, TaxCalculator),
        ("billing", billing, Billing),
        ("clock", clock, Clock),
        ("ids", ids, Ids),
        ("ordering_policy", ordering_policy, OrderingPolicy),
        ("pricing_policy", pricing_policy, PricingPolicy),
        ("promotions_policy", promotions_policy, PromotionsPolicy),
        ("wallet_policy", wallet_policy, WalletPolicy),
        ("gift_card_key", gift_card_key, GiftCardKey),
        ("gift_card_attempts", gift_card_attempts, GiftCardAttempts),
        ("documents_policy", documents_policy, DocumentsPolicy),
        ("carts_policy", carts_policy, CartsPolicy),
        ("inventory_policy", inventory_policy, InventoryPolicy),
        ("queue_policy", queue_policy, QueuePolicy),
        ("wish_policy", wish_policy, WishPolicy),
        ("sourcing", sourcing, SourcingRule),
        ("arrivals", arrivals, Arrivals),
        ("counting_policy", counting_policy, CountingPolicy),
        ("supply_policy", supply_policy, SupplyPolicy),
        ("secrets", secrets, Secrets),
    ):
        if given is not None and not _fits(given, port):
            raise Invalid(name, given, f"an instance of {port.__name__}")
    refuse_shared_series(ordering_policy or OrderingPolicy(), documents_policy or DocumentsPolicy())
    refuse_parts_of_a_whole(ordering_policy or OrderingPolicy(), named(gateway))
    clock = clock or SystemClock()
    all_jobs = (*JOBS, *jobs)
    if any(job.name == DRAIN_OUTBOX for job in all_jobs):
        raise Invalid("jobs", DRAIN_OUTBOX, "another name; this one is taken by the shop's own deliveries")
    store = _persistence(persistence)
    codec = LazyWire(ROOMS)
    store.use(codec)

    import punq  # it and what it brings along take as long to load as half of the core

    container = punq.Container()
    container.register(Clock, instance=clock)
    container.register(Ids, instance=ids or TimeOrderedIds())
    container.register(OrderingPolicy, instance=ordering_policy or OrderingPolicy())
    container.register(PromotionsPolicy, instance=promotions_policy or PromotionsPolicy())
    container.register(WalletPolicy, instance=wallet_policy or WalletPolicy())
    container.register(GiftCardKey, instance=gift_card_key or PassingKey())
    container.register(GiftCardAttempts, instance=gift_card_attempts or GiftCardLimit())
    container.register(DocumentsPolicy, instance=documents_policy or DocumentsPolicy())
    container.register(CartsPolicy, instance=carts_policy or CartsPolicy())
    container.register(InventoryPolicy, instance=inventory_policy or InventoryPolicy())
    container.register(QueuePolicy, instance=queue_policy or QueuePolicy())
    container.register(WishPolicy, instance=wish_policy or WishPolicy())
    container.register(SourcingRule, instance=sourcing or ByPriority())
    container.register(CountingPolicy, instance=counting_policy or CountingPolicy())
    container.register(SupplyPolicy, instance=supply_policy or SupplyPolicy())
    container.register(Secrets, instance=secrets or SystemSecrets())
    container.register(Gateways, instance=gateways(gateway, clock))
    container.register(RiskCheck, instance=risk_check or NoRiskCheck())
    container.register(PricingPolicy, instance=pricing_policy or PricingPolicy())
    container.register(Buyers, instance=buyers or KnownBuyers())
    container.register(VatIds, instance=vat_ids or NoVatIds())
    container.register(CodeAttempts, instance=attempts or AttemptLimit())
    container.register(TaxCalculator, instance=taxes or ZoneTaxes())
    container.register(Shelf, instance=Shelf())
    lookups: dict[type, type] = {
        Offers: CatalogOffers,
        Pricing: ShopPricing,
        CartQuotes: ShopCartQuotes,
        Goods: OfferedGoods,
        Billing: OrderBilling,
        Baskets: ShopBaskets,
        Credits: ShopCredits,
        SavedMethods: KeptMethods,
        OrderNumbers: ShopNumbers,
        Stocks: ShopStocks,
        Arrivals: ShopArrivals,
        Shelves: Shelves,
        ReceivingPlaces: ShopReceivingPlaces,
        TransferPlaces: ShopTransferPlaces,
    }
    for port, given in ((Offers, offers), (Pricing, pricing), (Billing, billing), (Arrivals, arrivals)):
        if given is not None:
            container.register(port, instance=given)
            del lookups[port]
    binder = Binder(container, ROOMS, lookups)

    dispatcher = Dispatcher(
        deciders=binder.bind_all(room.deciders for room in ROOMS),
        couriers=binder.bind_all(room.couriers for room in ROOMS),
        answers=binder.bind_all(room.answers for room in ROOMS),
        guards=binder.bind_all(room.guards for room in ROOMS),
        policies=policies,
        subscribers=tuple(subscribers),
        jobs=all_jobs,
        persistence=store,
        codec=codec,
        clock=clock,
        ids=container.resolve(Ids),
        retries=retries or Retries(),
        deliveries=deliveries or Deliveries(),
    )
    return Shop(dispatcher, store, codec, all_jobs)


def _fits(given: object, port: type) -> bool:
    """Whether it is an instance of the port, or has at least all of its methods."""
    if isinstance(given, type) or port in type(given).__mro__:
        return not isinstance(given, type)
    methods: Iterable[str] = getattr(port, "__abstractmethods__", ())
    return bool(methods) and all(callable(getattr(given, method, None)) for method in methods)


def _persistence(wanted: Persistence | str | None) -> Persistence:
    if wanted is None:
        return MemoryPersistence()
    if not isinstance(wanted, str):
        return wanted
    from importlib.metadata import entry_points  # only those who name a URL wait for it

    scheme = wanted.partition(":")[0].partition("+")[0]
    found = entry_points(group="ecomcore.persistence", name=scheme)
    for entry in found:
        made: Persistence = entry.load()(wanted)
        return made
    known = sorted({entry.name for entry in entry_points(group="ecomcore.persistence")})
    raise LookupError(
        f"no persistence adapter is installed for {scheme!r}; installed are {', '.join(known) or 'none'}; "
        "a URL is expected, such as sqlite:///shop.db"
    )
