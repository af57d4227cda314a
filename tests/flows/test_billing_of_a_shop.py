"""Whatever becomes of an order, its documents say what it costs: the invoice, less all credit notes, tax included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ecomcore.documents import (
    DocumentKind,
    DocumentView,
    GetDocument,
    IssueCreditNote,
    IssueInvoice,
    ListDocuments,
    NothingToBill,
    TaxPart,
)
from ecomcore.kernel.errors import IllegalTransition, Invalid
from ecomcore.kernel.ids import MemberId, OrderId
from ecomcore.kernel.messages import Command
from ecomcore.ordering import (
    WHOLE,
    CancelUnits,
    Capture,
    CartLine,
    EditOrder,
    LineChange,
    LineUnits,
    Means,
    NotCovered,
    NothingLeft,
    NothingToRefund,
    NotThatMany,
    Order,
    OrderingPolicy,
    OrderState,
    PartlyShipped,
    PaymentPending,
    PlaceOrder,
    PreviewEdit,
    QuoteCart,
    RefundOrder,
    Tender,
    TenderKind,
)
from ecomcore.pricing import DefineDelivery, DefineTaxZone
from ecomcore.quoting import Destination
from ecomcore.testing import ShopKit, a_shop, euros, fetch
from ecomcore.testing.pricing import a_delivery_method, a_tax_zone
from ecomcore.wallet import IssueCredit

HERE = Destination("DE")
SIGNS = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}


def a_taxed_shop() -> ShopKit:
    kit = a_shop(ordering_policy=OrderingPolicy(capture=Capture.AT_ONCE))
    kit.staff.handle(DefineTaxZone(a_tax_zone()))
    kit.staff.handle(DefineDelivery(a_delivery_method()))
    return kit


def placed(kit: ShopKit, tenders: Sequence[Tender] = ()) -> OrderId:
    """Three of one and one of another, and 4.90 for the parcel."""
    lines = (CartLine(kit.variants[0], 3), CartLine(kit.variants[1], 1))
    method = a_delivery_method().id
    total = kit.member.ask(QuoteCart(lines, "EUR", delivery=method, destination=HERE)).total
    return kit.member.handle(
        PlaceOrder(lines, total, "card", delivery=method, destination=HERE, tenders=tuple(tenders))
    )


def documents_of(kit: ShopKit, order: OrderId) -> tuple[DocumentView, ...]:
    return kit.staff.ask(ListDocuments(order))


def billed(kit: ShopKit, order: OrderId) -> int:
    return sum(SIGNS[view.kind] * view.total.minor for view in documents_of(kit, order) if view.total is not None)


def taxes_billed(kit: ShopKit, order: OrderId) -> dict[tuple[str, int], int]:
    return _summed((SIGNS[view.kind], tax) for view in documents_of(kit, order) for tax in view.taxes)


def _summed(taxes: Iterable[tuple[int, TaxPart]]) -> dict[tuple[str, int], int]:
    sums: dict[tuple[str, int], int] = {}
    for sign, tax in taxes:
        key = (tax.name, tax.percent.millionths)
        sums[key] = sums.get(key, 0) + sign * tax.amount.minor
    return {key: amount for key, amount in sums.items() if amount}


def taxes_owed(order: Order) -> dict[tuple[str, int], int]:
    """The tax in what the order costs: of its lines and its delivery, less what was credited for it as a whole."""
    sums: dict[tuple[str, int], int] = {}
    parts = [order.line(line.number).taxes for line in order.lines]
    parts += [order.delivery.taxes, *(each.taxes for each in order.amendments if each.line == WHOLE)]
    for taxes in parts:
        for tax in taxes:
            key = (tax.name, tax.percent.millionths)
            sums[key] = sums.get(key, 0) + tax.amount.minor
    return {key: amount for key, amount in sums.items() if amount}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("reprice"), st.integers(1, 2), st.integers(0, 12_00)),
        st.tuples(st.just("fewer"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("amount"), st.integers(1, 15_00), st.just(0)),
        st.tuples(st.just("units"), st.integers(1, 3), st.integers(1, 2)),
        st.tuples(st.just("delivery"), st.integers(1, 4_90), st.just(0)),
        st.tuples(st.sampled_from(["invoice", "credit", "ship", "cancel"]), st.just(0), st.just(0)),
    ),
    max_size=8,
)


def do(kit: ShopKit, order: OrderId, what: str, one: int, two: int) -> None:
    """One step of an order's life. More is charged before the invoice only."""
    invoiced = any(view.kind is DocumentKind.INVOICE for view in documents_of(kit, order))
    if what == "add":
        if not invoiced:
            edit(kit, order, add=(CartLine(kit.variants[one - 1], two),))
    elif what == "reprice":
        state = fetch(kit.persistence, Order, order).line(one)
        if not invoiced or two * state.units <= state.total.minor:
            edit(kit, order, changes=(LineChange(one, price=euros(two)),))
    elif what == "cancel":
        kit.cancel(order)
    elif what == "ship":
        kit.ship(order)
    else:
        kit.staff.handle(_COMMANDS[what](order, one, two))


_COMMANDS: dict[str, Callable[[OrderId, int, int], Command[Any]]] = {
    "fewer": lambda order, line, units: CancelUnits(order, (LineUnits(line, units),)),
    "amount": lambda order, minor, _: RefundOrder(order, "late", amount=euros(minor), means=Means.MANUAL),
    "units": lambda order, line, units: RefundOrder(order, "broken", lines=(LineUnits(line, units),)),
    "delivery": lambda order, minor, _: RefundOrder(order, "late", delivery=euros(minor)),
    "invoice": lambda order, *_: IssueInvoice(order),
    "credit": lambda order, *_: IssueCreditNote(order),
}
REFUSALS = (
    NothingToRefund,
    NotThatMany,
    NothingLeft,
    NothingToBill,
    IllegalTransition,
    PartlyShipped,
    NotCovered,
    PaymentPending,
    Invalid,
)


def edit(kit: ShopKit, order: OrderId, changes: tuple[LineChange, ...] = (), add: tuple[CartLine, ...] = ()) -> None:
    preview = kit.staff.ask(PreviewEdit(order, changes, add))
    kit.staff.handle(EditOrder(order, preview.after, "as agreed", changes, add, "card"))


@given(STEPS)
def test_the_invoice_less_the_credit_notes_is_what_the_order_costs_and_so_are_the_taxes(
    steps: list[tuple[str, int, int]],
) -> None:
    kit = a_taxed_shop()
    order = placed(kit)
    for step in [*steps, ("invoice", 0, 0), ("credit", 0, 0)]:
        with suppress(*REFUSALS):
            do(kit, order, *step)

    now = fetch(kit.persistence, Order, order)
    if documents_of(kit, order):
        off = now.state is OrderState.CANCELLED
        assert billed(kit, order) == (0 if off else now.total.minor)
        assert taxes_billed(kit, order) == ({} if off else taxes_owed(now))


def test_payments_are_told_by_the_way_they_were_made() -> None:
    kit = a_taxed_shop()
    kit.staff.handle(IssueCredit(euros(5_00), "sorry", MemberId("ada")))
    order = placed(kit, [Tender(TenderKind.STORE_CREDIT)])
    edit(kit, order, add=(CartLine(kit.variants[2], 1),))
    kit.settle()

    invoice = kit.staff.ask(GetDocument(kit.staff.handle(IssueInvoice(order))))

    view = kit.view(order)
    paid = {payment.method: payment.amount for payment in invoice.payments}
    assert paid["credit"] == euros(5_00)
    assert sum(payment.amount.minor for payment in invoice.payments) == view.captured.minor == view.total.minor
    assert invoice.total == view.total
    assert [line.quantity for line in invoice.lines] == [3, 1, 1]
