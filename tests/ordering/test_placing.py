"""What an order takes over from the quote it is placed on, and what a quote must be for that."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.ids import DeliveryMethodId, LocationId, OrderId, PromotionId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.percent import percent
from ecomcore.kernel.text import Personal
from ecomcore.ordering import (
    CartLine,
    Order,
    OrderCancelled,
    OrderConfirmed,
    OrderingPolicy,
    OrderPlaced,
    OrderState,
    PlaceOrder,
    Quote,
    QuoteChanged,
    Shopper,
    Source,
    TotalChanged,
)
from ecomcore.ordering.placing import contact_of
from ecomcore.quoting import Discount, Instalment, Lane, QuoteLine, ShippingCharge, Take, TaxAmount
from ecomcore.testing import NOON, a_line, a_price, euros
from tests.support.refusals import refused

ID = OrderId("order")
ADA = Shopper(owner="member:ada", channel="web")
TAKE = Take(PromotionId("sale"), 1, euros(1_00))
TAX = TaxAmount("VAT", percent(19), euros(4_12), euros(78))
PARCEL = ShippingCharge(DeliveryMethodId("parcel"), "Parcel", euros(4_90), (), True, (TAX,), euros(0), euros(4_90))


def a_quote(*lines: QuoteLine, shipping: ShippingCharge | None = None) -> Quote:
    total = sum(line.total.minor for line in lines) + (shipping.total.minor if shipping else 0)
    return Quote(Currency("EUR"), lines, euros(total), shipping)


TEN_OF_TEA = a_quote(a_line(price=a_price(10_00)))
TEN_WITH_DELIVERY = a_quote(a_line(price=a_price(5_10)), shipping=PARCEL)


def placed(
    quote: Quote,
    accepted: Money | None = None,
    digest: str = "",
    *,
    shopper: Shopper = ADA,
    at: Instant = NOON,
) -> Order:
    return Order.place(
        ID,
        quote,
        accepted=quote.total if accepted is None else accepted,
        digest=digest,
        buyer=shopper.owner or "guest:1",
        shopper=shopper,
        policy=OrderingPolicy(),
        location=None,
        at=at,
        pay_by=at,
    )


# The quote that was accepted ---------------------------------------------------------------------------------------


def test_the_quote_that_was_shown_is_the_one_that_is_ordered() -> None:
    assert placed(TEN_OF_TEA, digest=TEN_OF_TEA.digest).state is OrderState.PLACED


def test_another_quote_of_the_same_total_is_refused_by_its_digest() -> None:
    assert TEN_OF_TEA.total == TEN_WITH_DELIVERY.total

    with refused(QuoteChanged(euros(10_00), euros(10_00))):
        placed(TEN_WITH_DELIVERY, digest=TEN_OF_TEA.digest)


def test_without_a_digest_the_total_alone_decides() -> None:
    assert placed(TEN_WITH_DELIVERY, accepted=TEN_OF_TEA.total).shipping == PARCEL


def test_a_digest_that_nobody_could_have_been_shown_is_refused_and_not_an_error() -> None:
    with refused(QuoteChanged(euros(10_00), euros(10_00))):
        placed(TEN_OF_TEA, digest="\u00fcber")


def test_another_total_is_called_so_whatever_the_digest_says() -> None:
    with pytest.raises(TotalChanged) as refusal:
        placed(TEN_OF_TEA, accepted=euros(9_99), digest=TEN_OF_TEA.digest)

    assert not isinstance(refusal.value, QuoteChanged)


def test_the_refusal_of_a_quote_says_that_the_total_is_the_same() -> None:
    assert str(QuoteChanged(euros(10_00), euros(10_00))) == (
        "the cart still costs 10.00 EUR, but not for the same: show it and ask again"
    )


@pytest.mark.parametrize(
    "other",
    [
        a_quote(a_line(quantity=2, price=a_price(5_00))),
        a_quote(a_line(variant="coffee", price=a_price(10_00))),
        evolve(TEN_OF_TEA, lines=(evolve(TEN_OF_TEA.lines[0], taxes=(TAX,)),)),
        evolve(TEN_OF_TEA, instalments=(Instalment(euros(10_00)),)),
        TEN_WITH_DELIVERY,
    ],
    ids=["quantity", "variant", "tax", "instalments", "delivery"],
)
def test_a_digest_changes_with_what_is_charged_for_what(other: Quote) -> None:
    assert other.total == TEN_OF_TEA.total
    assert other.digest != TEN_OF_TEA.digest


# What the order takes over -----------------------------------------------------------------------------------------


def test_delivery_is_part_of_the_order_and_of_what_is_due() -> None:
    order = placed(TEN_WITH_DELIVERY)

    assert order.shipping == PARCEL
    assert order.total == order.due == euros(10_00)
    assert sum(line.total.minor for line in order.lines) == 5_10


def test_an_order_says_how_many_times_the_points_it_earns() -> None:
    assert placed(evolve(TEN_OF_TEA, earns=3)).earns == 3


def test_an_order_waits_for_every_group_buy_it_is_part_of() -> None:
    groups = (PromotionId("together"), PromotionId("others"))

    assert placed(evolve(TEN_OF_TEA, group_buys=groups)).waits_for == groups
    assert placed(TEN_OF_TEA).waits_for == ()


def test_an_order_that_takes_of_limits_tells_what_and_for_whom() -> None:
    order = placed(evolve(TEN_OF_TEA, takes=(TAKE,)))

    (told,) = order.news
    assert isinstance(told, OrderPlaced)
    assert (told.takes, told.shopper) == ((TAKE,), "member:ada")


@pytest.mark.parametrize(("takes", "redeems"), [((), False), ((TAKE,), True)])
def test_whoever_hears_of_an_order_later_knows_whether_it_has_taken_of_limits(
    takes: tuple[Take, ...], redeems: bool
) -> None:
    free = placed(evolve(a_quote(a_line(price=a_price(0))), takes=takes))
    free = free.set_aside((Source(VariantId("tea"), LocationId("main"), 1),), NOON)

    cancelled = free.cancel("no", NOON)

    confirmed = next(told for told in free.news if isinstance(told, OrderConfirmed))
    off = next(told for told in cancelled.news if isinstance(told, OrderCancelled))
    assert free.redeems is confirmed.redeems is off.redeems is redeems


def test_a_guest_who_gives_an_address_is_counted_under_it_and_owns_the_order_under_their_own_name() -> None:
    guest = Shopper(owner="guest:1", contact=contact_of(Personal("ada@example.org")))

    order = placed(TEN_OF_TEA, shopper=guest)

    (told,) = order.news
    assert isinstance(told, OrderPlaced)
    assert (order.buyer, order.contact, told.shopper) == ("guest:1", guest.contact, guest.contact)


def test_a_member_is_counted_under_their_own_name_whatever_address_they_give() -> None:
    assert Shopper(owner="member:ada", contact="mail:x").buyer == "member:ada"
    assert Shopper(owner="guest:1").buyer == "guest:1"
    assert Shopper(contact="mail:x").buyer == "mail:x"
    assert Shopper().buyer is None


@pytest.mark.parametrize("written", ["ADA@example.org", " ada@Example.ORG ", "\uff21da@example.org"])
def test_an_address_stands_for_the_same_guest_however_it_is_written(written: str) -> None:
    assert contact_of(Personal(written)) == contact_of(Personal("ada@example.org"))


def test_what_stands_for_an_address_does_not_show_it_and_is_another_for_another() -> None:
    ada, bob = contact_of(Personal("ada@example.org")), contact_of(Personal("bob@example.org"))

    assert ada != bob
    assert "ada" not in ada.removeprefix("mail:")
    assert "example" not in ada
    assert len(ada) <= 64


def test_an_address_does_not_show_in_the_command() -> None:
    command = PlaceOrder((CartLine(VariantId("tea"), 1),), euros(10_00), email=Personal("ada@example.org"))

    assert "ada@example.org" not in repr(command)


def _discounts(minor: int) -> st.SearchStrategy[tuple[Discount, ...]]:
    amounts = st.lists(st.integers(1, max(1, minor // 3)), max_size=2 if minor >= 3 else 0)
    return amounts.map(
        lambda cents: tuple(
            Discount(PromotionId("sale"), "Sale", Lane.ITEM, euros(minor), euros(each)) for each in cents
        )
    )


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    """Quotes that add up, as those of the engine do."""
    lines = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        line = a_line(number, quantity=draw(st.integers(1, 5)), price=a_price(draw(st.integers(0, 50_00))))
        taken = draw(_discounts(line.listed.minor))
        less = line.listed.minor - sum(each.amount.minor for each in taken)
        lines.append(evolve(line, discounts=taken, total=euros(less)))
    return a_quote(*lines, shipping=draw(st.none() | st.just(PARCEL)))


@given(quotes(), st.integers(-2, 2))
def test_the_total_of_an_order_is_that_of_its_quote_or_there_is_no_order(quote: Quote, difference: int) -> None:
    accepted = euros(quote.total.minor + difference)

    if difference:
        with refused(TotalChanged(accepted, quote.total)):
            placed(quote, accepted)
        return
    order = placed(quote, accepted)

    assert order.total == accepted == quote.total
    delivery = order.shipping.total.minor if order.shipping else 0
    assert order.total.minor == sum(line.total.minor for line in order.lines) + delivery
