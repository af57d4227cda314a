"""Tax that somebody else computes."""

from __future__ import annotations

import pytest
from attrs import evolve

from ecomcore import Member, assemble
from ecomcore.catalog import AddProduct, NewVariant
from ecomcore.inventory import OpenLocation, ReceiveStock, StockLine
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, MemberId, VariantId
from ecomcore.kernel.messages import Staff
from ecomcore.kernel.percent import percent
from ecomcore.memory import RememberedTaxes
from ecomcore.ordering import CartLine, PlaceOrder, QuoteCart, TaxNotCalculated
from ecomcore.quoting import Destination, PricingPolicy, TaxAmount, TaxAnswer, TaxQuestion
from ecomcore.testing import a_price, euros

TEA = VariantId("tea")
ADA = Member(MemberId("ada"))
SAM = Staff("sam", frozenset(("*",)))


def ten_percent(question: TaxQuestion) -> TaxAnswer:
    return TaxAnswer(
        tuple((TaxAmount("city", percent(10), each.amount, euros(each.amount.minor // 10)),) for each in question.lines)
    )


class Engine:
    """Answers, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[TaxQuestion] = []

    def __call__(self, question: TaxQuestion) -> TaxAnswer:
        self.asked.append(question)
        return ten_percent(question)


def a_shop_taxed_by(engine: Engine, *, included: bool):  # type: ignore[no-untyped-def]
    shop = assemble(taxes=RememberedTaxes(engine), pricing_policy=PricingPolicy(tax_included=included))
    shop.handle(AddProduct("Tea", (NewVariant("TEA", a_price(), id=TEA),), publish=True), by=SAM)
    shop.handle(OpenLocation("Main", id=LocationId("main")), by=SAM)
    shop.handle(ReceiveStock(LocationId("main"), (StockLine(TEA, 10),)), by=SAM)
    return shop


def test_tax_on_prices_without_it_is_added() -> None:
    engine = Engine()
    shop = a_shop_taxed_by(engine, included=False)

    quote = shop.ask(QuoteCart((CartLine(TEA, 2),), euros(0).currency, destination=Destination("US", "NY")), by=ADA)

    assert (quote.total, quote.tax) == (euros(22_00), euros(2_00))
    assert engine.asked[0].lines[0].amount == euros(20_00)


def test_tax_in_prices_changes_no_total() -> None:
    shop = a_shop_taxed_by(Engine(), included=True)

    quote = shop.ask(QuoteCart((CartLine(TEA, 2),), euros(0).currency, destination=Destination("US")), by=ADA)

    assert (quote.total, quote.tax) == (euros(20_00), euros(2_00))


def test_without_a_destination_nobody_is_asked() -> None:
    engine = Engine()
    shop = a_shop_taxed_by(engine, included=False)

    assert shop.ask(QuoteCart((CartLine(TEA, 1),), euros(0).currency), by=ADA).tax == euros(0)
    assert engine.asked == []


def test_an_order_is_placed_at_the_tax_that_was_quoted_and_asks_nobody_again() -> None:
    engine = Engine()
    shop = a_shop_taxed_by(engine, included=False)
    there, lines = Destination("US", "NY"), (CartLine(TEA, 1),)
    quote = shop.ask(QuoteCart(lines, euros(0).currency, destination=there), by=ADA)

    shop.handle(PlaceOrder(lines, quote.total, destination=there, digest=quote.digest), by=ADA)

    assert len(engine.asked) == 1


def test_an_order_whose_tax_nobody_has_quoted_is_refused_and_the_engine_is_left_alone() -> None:
    engine = Engine()
    shop = a_shop_taxed_by(engine, included=False)

    with pytest.raises(TaxNotCalculated):
        shop.handle(PlaceOrder((CartLine(TEA, 1),), euros(11_00), destination=Destination("US")), by=ADA)

    assert engine.asked == []


def test_an_answer_to_another_question_is_refused() -> None:
    def too_few(_: TaxQuestion) -> TaxAnswer:
        return TaxAnswer(())

    shop = assemble(taxes=RememberedTaxes(too_few))
    shop.handle(AddProduct("Tea", (NewVariant("TEA", a_price(), id=TEA),), publish=True), by=SAM)

    with pytest.raises(Invalid, match="taxes"):
        shop.ask(QuoteCart((CartLine(TEA, 1),), euros(0).currency, destination=Destination("US")), by=ADA)


def test_more_tax_than_the_amount_that_contains_it_is_refused() -> None:
    def too_much(question: TaxQuestion) -> TaxAnswer:
        line = question.lines[0]
        return TaxAnswer(((TaxAmount("city", percent(10), line.amount, line.amount + euros(1)),),))

    shop = assemble(taxes=RememberedTaxes(too_much))
    shop.handle(AddProduct("Tea", (NewVariant("TEA", a_price(), id=TEA),), publish=True), by=SAM)

    with pytest.raises(Invalid, match="taxes"):
        shop.ask(QuoteCart((CartLine(TEA, 1),), euros(0).currency, destination=Destination("US")), by=ADA)


def test_the_same_cart_has_one_digest_and_another_destination_another() -> None:
    engine = Engine()
    shop = a_shop_taxed_by(engine, included=False)
    for region in ("NY", "CA"):
        shop.ask(QuoteCart((CartLine(TEA, 1),), euros(0).currency, destination=Destination("US", region)), by=ADA)
    first, second = engine.asked

    assert first.digest == evolve(first).digest
    assert first.digest != second.digest
