"""``assemble``: puts the parts of a shop together. The one place for punq."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from ecomcore import carts, catalog, deliveries, documents, inventory, ordering, pricing, promotions, shipping, wallet
from ecomcore.bootstrap.binding import Binder
from ecomcore.bootstrap.lazily import LazyWire
from ecomcore.bootstrap.shop import DRAIN_OUTBOX, Shop
from ecomcore.carts import CartQuotes, CartsPolicy, ExpireCarts, Goods, RemindOfCarts
from ecomcore.choices import Deliveries, Job, Retries, Subscriber
from ecomcore.dispatcher import Dispatcher
from ecomcore.documents import Billing, DocumentsPolicy
from ecomcore.flows import (
    ORDERS,
    POLICIES,
    CatalogOffers,
    KeptMethods,
    OfferedGoods,
    OrderBilling,
    Policies,
    Shelf,
    ShopBaskets,
    ShopCartQuotes,
    ShopCredits,
    ShopNumbers,
    ShopPricing,
)
from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.clock import Clock, SystemClock
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import Ids, TimeOrderedIds
from ecomcore.kernel.room import Room
from ecomcore.kernel.work import Persistence
from ecomcore.memory import (
    AttemptLimit,
    GiftCardLimit,
    MemoryGateway,
    MemoryPersistence,
    PassingKey,
    SystemSecrets,
)
from ecomcore.ordering import (
    CREDIT,
    GATEWAY,
    MANUAL,
    STORE_CREDIT,
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
from ecomcore.wallet import ExpireCredit, GiftCardAttempts, GiftCardKey, WalletPolicy

__all__ = ["JOBS", "ROOMS", "assemble"]

JOBS = (
    Job(ExpireReservations(), timedelta(minutes=1), "release_expired_reservations"),
    Job(ExpireUnpaid(), timedelta(minutes=1)),
    Job(ReconcilePayments(), timedelta(minutes=1)),
    Job(CloseGroupBuys(), timedelta(minutes=1)),
    Job(ExpireCarts(), timedelta(minutes=1)),
    Job(RemindOfCarts(), timedelta(minutes=1)),
    Job(ExpireCredit(), timedelta(minutes=1)),
)
"""What every worker sends: lets go of what was not paid in time, ends group buys, looks after forgotten carts, writes
off credit that nobody used in time."""

ROOMS: tuple[Room, ...] = (
    catalog.ROOM,
    inventory.ROOM,
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
        *(
            (f"gateway[{name!r}]" if name else "gateway", each, PaymentGateway)
            for name, each in _named(gateway).items()
        ),
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
        ("secrets", secrets, Secrets),
    ):
        if given is not None and not _fits(given, port):
            raise Invalid(name, given, f"an instance of {port.__name__}")
    _refuse_shared_series(ordering_policy or OrderingPolicy(), documents_policy or DocumentsPolicy())
    _refuse_parts_of_a_whole(ordering_policy or OrderingPolicy(), _named(gateway))
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
    container.register(Secrets, instance=secrets or SystemSecrets())
    container.register(Gateways, instance=_gateways(gateway, clock))
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
    }
    for port, given in ((Offers, offers), (Pricing, pricing), (Billing, billing)):
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


def _named(gateway: PaymentGateway | Mapping[str, PaymentGateway] | None) -> Mapping[str, PaymentGateway]:
    """The gateways by the names of their methods; the only one has none."""
    if gateway is None:
        return {}
    return gateway if isinstance(gateway, Mapping) else {GATEWAY: gateway}


def _gateways(gateway: PaymentGateway | Mapping[str, PaymentGateway] | None, clock: Clock) -> Gateways:
    named = _named(gateway)
    if isinstance(gateway, Mapping) and not (named and all(map(_names_a_method, named))):
        names = ", ".join(repr(name) for name in (CREDIT, STORE_CREDIT, MANUAL))
        raise Invalid("gateway", [str(name) for name in named], f"gateways by ids as names, other than {names}")
    return Gateways(dict(named) or {GATEWAY: MemoryGateway(clock=clock)})


def _names_a_method(name: object) -> bool:
    """Whether a gateway may have this name: that of the only one, or a short word that nothing inside the shop has."""
    if not isinstance(name, str) or name in (CREDIT, STORE_CREDIT, MANUAL):
        return False
    return name == GATEWAY or _is_name(name) is not None


_is_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}").fullmatch


def _refuse_shared_series(ordering: OrderingPolicy, documents: DocumentsPolicy) -> None:
    """Two kinds of numbers in one series would each have gaps."""
    taken = {each.prefix for each in (documents.invoices, documents.credit_notes, documents.packing_slips)}
    prefix = ordering.number_prefix or ORDERS
    if ordering.gapless_numbers and prefix in taken:
        raise Invalid("ordering_policy.number_prefix", prefix, "a prefix that no document has")


def _refuse_parts_of_a_whole(ordering: OrderingPolicy, gateways: Mapping[str, PaymentGateway]) -> None:
    """A gateway that takes a promise once cannot be asked at every shipment."""
    for name, gateway in gateways.items():
        can = gateway.capabilities
        if ordering.capture_parts and not (can.several_captures or can.takes_at_once):
            accepted = "no capture by parts: this gateway takes what is promised once"
            raise Invalid("ordering_policy.capture_parts", name or type(gateway).__name__, accepted)


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
