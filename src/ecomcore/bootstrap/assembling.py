"""``assemble``: puts the parts of a shop together. The one place for punq."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ecomcore import catalog, deliveries, inventory, ordering, pricing, promotions, shipping
from ecomcore.bootstrap.binding import Binder
from ecomcore.bootstrap.lazily import LazyWire
from ecomcore.bootstrap.shop import Shop
from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.dispatcher import Dispatcher
from ecomcore.flows import POLICIES, CatalogOffers, Policies, Shelf, ShopPricing
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.clock import Clock, SystemClock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import Ids, TimeOrderedIds
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Persistence
from ecomcore.memory import AttemptLimit, MemoryGateway, MemoryPersistence, SystemSecrets
from ecomcore.ordering import (
    Buyers,
    CodeAttempts,
    KnownBuyers,
    NoVatIds,
    Offers,
    OrderingPolicy,
    PaymentGateway,
    Pricing,
    TaxCalculator,
    VatIds,
    ZoneTaxes,
)
from ecomcore.promotions import CloseGroupBuys, PromotionsPolicy, Secrets
from ecomcore.quoting import PricingPolicy

__all__ = ["JOBS", "ROOMS", "assemble"]

JOBS = (Job(ExpireReservations(), timedelta(minutes=1)), Job(CloseGroupBuys(), timedelta(minutes=1)))
"""What every worker sends: lets go of what was not paid in time, ends group buys."""

ROOMS: tuple[Room, ...] = (
    catalog.ROOM,
    inventory.ROOM,
    pricing.ROOM,
    promotions.ROOM,
    ordering.ROOM,
    shipping.ROOM,
    deliveries.ROOM,
)


def assemble(
    persistence: Persistence | str | None = None,
    *,
    gateway: PaymentGateway | None = None,
    offers: Offers | None = None,
    pricing: Pricing | None = None,
    buyers: Buyers | None = None,
    vat_ids: VatIds | None = None,
    attempts: CodeAttempts | None = None,
    taxes: TaxCalculator | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    ordering_policy: OrderingPolicy | None = None,
    pricing_policy: PricingPolicy | None = None,
    promotions_policy: PromotionsPolicy | None = None,
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
        ("gateway", gateway, PaymentGateway),
        ("offers", offers, Offers),
        ("pricing", pricing, Pricing),
        ("buyers", buyers, Buyers),
        ("vat_ids", vat_ids, VatIds),
        ("attempts", attempts, CodeAttempts),
        ("taxes", taxes, TaxCalculator),
        ("clock", clock, Clock),
        ("ids", ids, Ids),
        ("ordering_policy", ordering_policy, OrderingPolicy),
        ("pricing_policy", pricing_policy, PricingPolicy),
        ("promotions_policy", promotions_policy, PromotionsPolicy),
        ("secrets", secrets, Secrets),
    ):
        if given is not None and not _fits(given, port):
            raise Invalid(name, given, f"an instance of {port.__name__}")
    clock = clock or SystemClock()
    store = _persistence(persistence)
    codec = LazyWire(ROOMS)
    store.use(codec)

    import punq  # it and what it brings along take as long to load as half of the core

    container = punq.Container()
    container.register(Clock, instance=clock)
    container.register(Ids, instance=ids or TimeOrderedIds())
    container.register(OrderingPolicy, instance=ordering_policy or OrderingPolicy())
    container.register(PromotionsPolicy, instance=promotions_policy or PromotionsPolicy())
    container.register(Secrets, instance=secrets or SystemSecrets())
    container.register(PaymentGateway, instance=gateway or MemoryGateway())
    container.register(PricingPolicy, instance=pricing_policy or PricingPolicy())
    container.register(Buyers, instance=buyers or KnownBuyers())
    container.register(VatIds, instance=vat_ids or NoVatIds())
    container.register(CodeAttempts, instance=attempts or AttemptLimit())
    container.register(TaxCalculator, instance=taxes or ZoneTaxes())
    container.register(Shelf, instance=Shelf())
    lookups: dict[type, type] = {Offers: CatalogOffers, Pricing: ShopPricing}
    for port, given in ((Offers, offers), (Pricing, pricing)):
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
        jobs=(*JOBS, *jobs),
        persistence=store,
        codec=codec,
        clock=clock,
        ids=container.resolve(Ids),
        retries=retries or Retries(),
        deliveries=deliveries or Deliveries(),
    )
    return Shop(dispatcher, store, codec)


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
