"""Hypothesis strategies for orders with everything that can be on them, and for what was heard from providers."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ecomcore.kernel.ids import (
    CartId,
    CouponId,
    DeliveryMethodId,
    LocationId,
    NoticeId,
    OrderId,
    PaymentId,
    PromotionId,
    ShipmentId,
    VariantId,
)
from ecomcore.kernel.money import MAX_MINOR, Currency, Money, Price
from ecomcore.ordering import (
    CREDIT,
    GATEWAY,
    MANUAL,
    Amendment,
    AmendmentKind,
    Capture,
    EntryKind,
    FactKind,
    HeardNotice,
    Hold,
    HoldKind,
    Ledger,
    LedgerEntry,
    Order,
    OrderState,
    PaymentLink,
    ShippedPart,
    Source,
    WebhookOutcome,
)
from ecomcore.quoting import (
    CartLine,
    Destination,
    Discount,
    Instalment,
    Lane,
    QuoteLine,
    ShippingCharge,
    TaxAmount,
)
from ecomcore.testing.plain_strategies import (
    addresses,
    currencies,
    ids,
    instants,
    money,
    percentages,
    prices,
    quantities,
    texts,
)

__all__ = ["heard_notices", "orders"]


@st.composite
def _lines(draw: st.DrawFn, number: int, currency: Currency) -> QuoteLine:
    price = draw(prices(currency=currency))
    amount = money(currency=currency)
    return QuoteLine(
        number,
        VariantId(draw(ids())),
        draw(ids()),
        draw(texts(401)),
        draw(quantities()),
        price,
        draw(prices(currency=currency)),
        Price(draw(amount), price.per),
        draw(ids()),
        draw(amount),
        draw(st.lists(_discounts(currency), max_size=2).map(tuple)),
        draw(st.booleans()),
        draw(st.lists(_taxes(currency), max_size=2).map(tuple)),
        draw(amount),
        draw(amount),
        draw(st.none() | ids().map(PromotionId)),
        draw(st.none() | ids()),
    )


def _discounts(currency: Currency) -> SearchStrategy[Discount]:
    amount = money(currency=currency)
    return st.builds(
        Discount,
        promotion=ids().map(PromotionId),
        name=texts(200),
        lane=st.sampled_from(Lane),
        base=amount,
        amount=amount,
        percent=st.none() | percentages(),
        whole=st.none() | amount,
        coupon=st.none() | ids().map(CouponId),
    )


def _taxes(currency: Currency, least: int = 0) -> SearchStrategy[TaxAmount]:
    amount = money(least, currency=currency)
    return st.builds(TaxAmount, texts(100), percentages(), amount, amount)


def _shipping(currency: Currency) -> SearchStrategy[ShippingCharge]:
    amount = money(currency=currency)
    return st.builds(
        ShippingCharge,
        ids().map(DeliveryMethodId),
        texts(200),
        amount,
        st.lists(_discounts(currency), max_size=2).map(tuple),
        st.booleans(),
        st.lists(_taxes(currency), max_size=2).map(tuple),
        amount,
        amount,
    )


def _instalments(currency: Currency) -> SearchStrategy[Instalment]:
    return st.builds(Instalment, money(currency=currency), st.none() | instants(), st.none() | instants())


def _destinations() -> SearchStrategy[Destination]:
    region, postcode = st.none() | texts(60), st.none() | texts(20)
    return st.builds(Destination, st.sampled_from(["DE", "US", "CN"]), region, postcode)


@st.composite
def _amendments(draw: st.DrawFn, currency: Currency) -> tuple[Amendment, ...]:
    return tuple(
        Amendment(
            number,
            draw(st.sampled_from(AmendmentKind)),
            draw(st.integers(-1, 9)),
            draw(st.integers(0, 100)),
            draw(money(-MAX_MINOR, currency=currency)),
            draw(texts(500, empty=True)),
            draw(texts(200)),
            draw(instants()),
            draw(st.lists(_taxes(currency, -MAX_MINOR), max_size=2).map(tuple)),
        )
        for number in range(1, draw(st.integers(0, 3)) + 1)
    )


@st.composite
def _ledgers(draw: st.DrawFn, currency: Currency) -> Ledger:
    """Up to eight facts. No more goes back than was taken, which is the least that a store insists on."""
    taken, back, entries = 0, 0, list[LedgerEntry]()
    for number in range(1, draw(st.integers(0, 8)) + 1):
        kind, amount = draw(st.sampled_from(EntryKind)), draw(money(currency=currency)).minor
        most = {
            EntryKind.CAPTURED: MAX_MINOR - taken,
            EntryKind.REFUNDED: taken - back,
        }.get(kind, MAX_MINOR)
        amount = min(amount, most)
        taken += amount if kind is EntryKind.CAPTURED else 0
        back += amount if kind is EntryKind.REFUNDED else 0
        method = draw(st.sampled_from([GATEWAY, CREDIT, MANUAL]) | ids())
        reference = f"{number} {draw(texts(150))}"
        payment, at = PaymentId(draw(ids())), draw(instants())
        request = draw(st.just("") | texts(60))
        entries.append(LedgerEntry(number, kind, payment, Money(amount, currency), reference, at, method, request))
    return Ledger(currency, tuple(entries))


def _wanted() -> SearchStrategy[CartLine]:
    return st.builds(CartLine, ids().map(VariantId), quantities())


def _shipped() -> SearchStrategy[ShippedPart]:
    lines = st.lists(_wanted(), min_size=1, max_size=3).map(tuple)
    return st.builds(ShippedPart, ids().map(ShipmentId), lines, st.booleans())


def _holds() -> SearchStrategy[Hold]:
    return st.builds(Hold, st.sampled_from(HoldKind), texts(500), texts(200), instants())


@st.composite
def orders(draw: st.DrawFn, prefix: str = "", location: LocationId | None = None) -> Order:
    """Orders of up to five lines, in one currency, with what can be on an order; the sums need not make sense."""
    currency = draw(currencies())
    id_ = OrderId(draw(ids(prefix)))
    sources = st.builds(Source, ids().map(VariantId), ids().map(LocationId), quantities())
    digests = st.text("0123456789abcdef", min_size=64, max_size=64)
    return Order(
        id=id_,
        number=draw(st.just("") | st.just(id_)),
        pay_by=draw(st.none() | instants()),
        ask_at=draw(st.none() | instants()),
        buyer=f"member:{draw(ids())}",
        channel=draw(ids()),
        lines=tuple(draw(_lines(number, currency)) for number in range(1, draw(st.integers(0, 5)) + 1)),
        total=draw(money(currency=currency)),
        capture=draw(st.sampled_from(Capture)),
        capture_parts=draw(st.booleans()),
        location=location,
        placed_at=draw(instants()),
        state=draw(st.sampled_from(OrderState)),
        ledger=draw(_ledgers(currency)),
        shipping=draw(st.none() | _shipping(currency)),
        instalments=draw(st.lists(_instalments(currency), max_size=2).map(tuple)),
        earns=draw(st.integers(1, 100)),
        contact=draw(st.none() | ids()),
        redeems=draw(st.booleans()),
        waits_for=draw(st.lists(ids().map(PromotionId), max_size=2).map(tuple)),
        amendments=draw(_amendments(currency)),
        shipped=draw(st.lists(_shipped(), max_size=2).map(tuple)),
        screening=draw(st.booleans()),
        holds=draw(st.lists(_holds(), max_size=2).map(tuple)),
        sources=draw(st.lists(sources, max_size=3).map(tuple)),
        link=draw(st.none() | st.builds(PaymentLink, digests, instants())),
        destination=draw(st.none() | _destinations()),
        ship_to=draw(st.none() | addresses()),
        bill_to=draw(st.none() | addresses()),
        terms=draw(st.none() | texts(50)),
        cart=draw(st.none() | ids().map(CartId)),
        vat_id=draw(st.none() | texts(30)),
    )


@st.composite
def heard_notices(draw: st.DrawFn, prefix: str = "", order: OrderId | None = None) -> HeardNotice:
    """What providers told, of this order or of nobody's."""
    return HeardNotice(
        id=NoticeId(draw(ids(prefix))),
        method=draw(st.just(GATEWAY) | ids()),
        name=draw(texts(200)),
        kind=draw(st.sampled_from(FactKind)),
        payment=draw(st.none() | ids().map(PaymentId)),
        order=order,
        amount=draw(money()),
        reference=draw(texts(200, empty=True)),
        outcome=draw(st.sampled_from(WebhookOutcome)),
        reason=draw(texts(500, empty=True)),
        heard_at=draw(instants()),
    )
