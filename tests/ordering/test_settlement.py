"""What a provider says it has paid out, against what the ledgers say."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ecomcore import assemble
from ecomcore.kernel.errors import Invalid, PermissionDenied
from ecomcore.kernel.ids import MemberId, OrderId, PaymentId
from ecomcore.kernel.messages import Member, Staff
from ecomcore.kernel.money import Currency, Money, format_money
from ecomcore.kernel.work import Persistence
from ecomcore.ordering import (
    ComparePayout,
    DifferenceKind,
    Entered,
    EntryKind,
    FactKind,
    LedgerEntry,
    LineUnits,
    Means,
    Moved,
    PayoutColumns,
    PayoutReport,
    PayoutSums,
    ReceiveWebhook,
    RefundOrder,
)
from ecomcore.ordering.settlement import compare
from ecomcore.testing import NOON, ShopKit, a_shop, euros
from tests.support.refusals import refused

DAY = timedelta(days=1)
HEADER = "reference,kind,amount,currency,fee,at\n"
Row = dict[str, str]


def compared(kit: ShopKit, text: str | None = None, **more: Any) -> PayoutReport:
    """The payout of the gateway, or another file, of today."""
    return kit.staff.ask(ComparePayout(kit.gateway.payout_csv() if text is None else text, NOON, NOON + DAY, **more))


def kinds(report: PayoutReport) -> list[DifferenceKind]:
    return [each.kind for each in report.differences]


def payment_of(kit: ShopKit, order: OrderId) -> PaymentId:
    return kit.view(order).payments[0].payment


def hear(kit: ShopKit, payment: PaymentId) -> None:
    """All that the gateway has to tell of a payment, by webhook."""
    for webhook in kit.gateway.webhooks_of(payment, kit.clock.now()):
        kit.system.handle(ReceiveWebhook(webhook.body, tuple(webhook.headers.items())))


def bought_and_shipped(kit: ShopKit, quantity: int = 1) -> OrderId:
    order = kit.buy(quantity=quantity)
    kit.ship(order)
    return order


# -- a day of a shop ---------------------------------------------------------------------------------------------


def test_what_the_provider_has_paid_out_is_what_the_ledgers_say(persistence: Persistence) -> None:
    kit = a_shop(persistence)
    kept, returned, disputed = (bought_and_shipped(kit, quantity) for quantity in (1, 2, 3))
    kit.staff.handle(RefundOrder(returned, "broken", lines=(LineUnits(1, 1),)))
    kit.gateway.chargeback(payment_of(kit, disputed))
    kit.gateway.fee(payment_of(kit, kept), euros(35))
    for order in (kept, disputed):
        hear(kit, payment_of(kit, order))

    report = compared(kit)

    moved = Moved(captured=60_00, refunded=10_00, charged_back=30_00, fees=35)
    assert report == PayoutReport(5, 5, (PayoutSums(Currency("EUR"), moved, moved),), ())
    assert moved.net == 19_65


def test_money_that_moved_without_the_shops_knowledge_is_named() -> None:
    kit = a_shop()
    order = bought_and_shipped(kit)
    fact = kit.gateway.refund_outside(payment_of(kit, order))

    (difference,) = compared(kit).differences

    assert (difference.kind, difference.reference, difference.theirs) == (
        DifferenceKind.MISSING_HERE,
        fact.reference,
        euros(10_00),
    )
    assert (difference.row, difference.ours, difference.order) == (3, None, None)


def test_money_that_was_not_paid_out_is_named_with_its_order() -> None:
    kit = a_shop()
    order = bought_and_shipped(kit)

    report = compared(kit, HEADER)

    (difference,) = report.differences
    assert (difference.kind, difference.order, difference.ours) == (
        DifferenceKind.MISSING_THERE,
        order,
        euros(10_00),
    )
    assert report.sums == (PayoutSums(Currency("EUR"), Moved(captured=10_00), Moved()),)


def test_what_did_not_move_through_the_provider_is_not_its_business() -> None:
    kit = a_shop()
    order = bought_and_shipped(kit)
    kit.staff.handle(RefundOrder(order, "broken", amount=euros(4_00), means=Means.STORE_CREDIT))
    kit.staff.handle(RefundOrder(order, "late", amount=euros(1_00), means=Means.MANUAL, reference="till 4"))

    assert compared(kit).differences == ()
    assert kinds(compared(kit, HEADER)) == [DifferenceKind.MISSING_THERE]


def test_each_provider_answers_for_its_own_method_only() -> None:
    kit = a_shop()
    bought_and_shipped(kit)

    assert kinds(compared(kit, method="another")) == [DifferenceKind.MISSING_HERE]
    assert compared(kit, HEADER, method="another").differences == ()


def test_what_is_told_a_little_after_the_period_is_known_and_not_missed() -> None:
    kit = a_shop()
    kit.clock.tick(DAY + timedelta(minutes=1))
    order = bought_and_shipped(kit)
    theirs = kit.gateway.payout_csv()

    assert compared(kit, theirs).differences == ()
    assert compared(kit, HEADER).differences == ()
    assert compared(kit, theirs).sums[0].ours == Moved(captured=10_00)
    assert kit.view(order).captured == euros(10_00)


def test_more_entries_than_one_page_holds_are_all_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecomcore.ordering.looking.LONGEST_PAGE", 2)
    kit = a_shop()
    for _ in range(3):
        bought_and_shipped(kit)

    assert compared(kit).matched == 3


def test_only_staff_who_may_settle_compare() -> None:
    kit = a_shop()
    query = ComparePayout(HEADER, NOON, NOON + DAY)

    for actor in (Member(MemberId("ada")), Staff("sam", frozenset(("ordering.refund",)))):
        with pytest.raises(PermissionDenied):
            kit.shop.ask(query, by=actor)
    assert kit.shop.ask(query, by=Staff("sam", frozenset(("ordering.settle",)))).rows == 0


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.sampled_from(["keep", "cancel", "refund", "outside", "chargeback", "won", "fee"]),
            st.integers(1, 10_00),
        ),
        max_size=5,
    )
)
def test_a_payout_of_what_the_gateway_really_moved_has_no_differences(lives: Sequence[tuple[int, str, int]]) -> None:
    kit = a_shop(stock=1_000)
    for quantity, what, minor in lives:
        order = kit.buy(quantity=quantity)
        payment = payment_of(kit, order)
        if what == "cancel":
            kit.cancel(order)
            continue
        kit.ship(order)
        match what:
            case "refund":
                kit.staff.handle(RefundOrder(order, "broken", amount=euros(minor)))
            case "outside":
                kit.gateway.refund_outside(payment, euros(minor))
            case "chargeback":
                kit.gateway.chargeback(payment, euros(minor))
            case "won":
                kit.gateway.chargeback(payment)
                kit.gateway.chargeback_won(payment, euros(minor))
            case _ if what == "fee":
                kit.gateway.fee(payment, euros(minor))
        hear(kit, payment)

    report = compared(kit)

    assert report.differences == ()
    assert report.matched == report.rows
    assert all(each.ours == each.theirs for each in report.sums)


# -- one file, one mistake ---------------------------------------------------------------------------------------

MOVED = {
    EntryKind.CAPTURED: FactKind.CAPTURED,
    EntryKind.REFUNDED: FactKind.REFUNDED,
    EntryKind.CHARGED_BACK: FactKind.CHARGED_BACK,
    EntryKind.CHARGEBACK_WON: FactKind.CHARGEBACK_WON,
}


@st.composite
def books(draw: st.DrawFn) -> list[Entered]:
    """Entries of several orders, each with a reference of its own; fees stand after what they were taken from."""
    found = []
    for number in range(draw(st.integers(1, 6))):
        code = Currency(draw(st.sampled_from(["EUR", "JPY", "KWD"])))
        payment = PaymentId(f"pay-{number}")
        for place in range(draw(st.integers(1, 3))):
            amount = Money(draw(st.integers(1, 10**9)), code)
            kind = draw(st.sampled_from(list(MOVED)))
            entry = LedgerEntry(2 * place + 1, kind, payment, amount, f"{kind}-{number}-{place}", NOON)
            found.append(Entered(OrderId(f"order-{number}"), entry))
            if draw(st.booleans()):
                fee = Money(draw(st.integers(1, 10**4)), code)
                entry = LedgerEntry(2 * place + 2, EntryKind.FEE, payment, fee, f"fee-{number}-{place}", NOON)
                found.append(Entered(OrderId(f"order-{number}"), entry))
    return found


def decimal(amount: Money) -> str:
    return format_money(amount).partition(" ")[0]


def rows_of(entered: Sequence[Entered]) -> list[Row]:
    """What a provider writes who agrees with all of it."""
    rows: list[Row] = []
    for each in entered:
        entry = each.entry
        if entry.kind is EntryKind.FEE:
            rows[-1]["fee"] = decimal(entry.amount)
        else:
            rows.append(
                {
                    "reference": entry.reference,
                    "kind": MOVED[entry.kind].value,
                    "amount": decimal(entry.amount),
                    "currency": entry.amount.currency,
                    "fee": "",
                }
            )
    return rows


def written(rows: Sequence[Row]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, ["reference", "kind", "amount", "currency", "fee"])
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def differences_of(text: str, entered: Sequence[Entered]) -> PayoutReport:
    return compare(text, PayoutColumns(), entered, NOON, NOON + DAY, fees=True)


def _one_more(row: Row) -> Row:
    return {**row, "amount": decimal(Money(1, Currency(row["currency"]))) if row["amount"] != "1" else "2"}


MISTAKES: dict[str, tuple[Callable[[Row], list[Row]], DifferenceKind]] = {
    "left out": (lambda row: [], DifferenceKind.MISSING_THERE),
    "twice": (lambda row: [row, row], DifferenceKind.TWICE),
    "another amount": (lambda row: [{**row, "amount": "1" + row["amount"]}], DifferenceKind.AMOUNT_DIFFERS),
    "another currency": (lambda row: [{**row, "currency": "USD"}], DifferenceKind.CURRENCY_DIFFERS),
    "another kind": (
        lambda row: [{**row, "kind": "refund" if row["kind"] != "refunded" else "capture"}],
        DifferenceKind.KIND_DIFFERS,
    ),
    "another fee": (lambda row: [{**row, "fee": "77777"}], DifferenceKind.AMOUNT_DIFFERS),
    "no amount": (lambda row: [{**row, "amount": "=1+1"}], DifferenceKind.UNREADABLE),
    "no currency": (lambda row: [{**row, "currency": "???"}], DifferenceKind.UNREADABLE),
    "no kind": (lambda row: [{**row, "kind": "gift"}], DifferenceKind.UNREADABLE),
    "no fee": (lambda row: [{**row, "fee": "free"}], DifferenceKind.UNREADABLE),
    "a stranger's": (lambda row: [row, {**row, "reference": "nobody's"}], DifferenceKind.MISSING_HERE),
}


@given(books())
def test_a_file_that_says_what_the_ledgers_say_has_no_differences(entered: list[Entered]) -> None:
    rows = rows_of(entered)

    report = differences_of(written(rows), entered)

    assert report.differences == ()
    assert report.rows == report.matched == len(rows)
    assert all(each.ours == each.theirs for each in report.sums)


@given(books(), st.data())
def test_each_mistake_in_a_row_is_named_once_and_nothing_else_is(entered: list[Entered], data: st.DataObject) -> None:
    rows = rows_of(entered)
    place = data.draw(st.integers(0, len(rows) - 1))
    make, kind = MISTAKES[data.draw(st.sampled_from(sorted(MISTAKES)))]
    made = make(rows[place])

    report = differences_of(written([*rows[:place], *made, *rows[place + 1 :]]), entered)

    (difference,) = report.differences
    assert difference.kind is kind
    if kind is DifferenceKind.MISSING_HERE:
        assert (difference.reference, difference.row) == ("nobody's", place + 3)
    elif kind is DifferenceKind.AMOUNT_DIFFERS and difference.what is FactKind.FEE:
        assert difference.order == f"order-{rows[place]['reference'].split('-')[1]}"
    else:
        assert difference.reference == rows[place]["reference"]
        assert difference.row == (None if kind is DifferenceKind.MISSING_THERE else place + 1 + len(made))


def test_the_same_fact_in_the_ledgers_of_two_orders_is_paid_out_once() -> None:
    one = Entered(OrderId("a"), LedgerEntry(1, EntryKind.CAPTURED, PaymentId("p"), euros(5_00), "c", NOON))
    other = Entered(OrderId("b"), evolve(one.entry, payment=PaymentId("q")))

    report = differences_of(HEADER + "c,captured,5.00,EUR,,\n", [one, other])

    assert [(each.kind, each.order) for each in report.differences] == [(DifferenceKind.MISSING_THERE, "b")]


# -- files as they are -------------------------------------------------------------------------------------------

CAPTURED = [Entered(OrderId("o"), LedgerEntry(1, EntryKind.CAPTURED, PaymentId("p"), euros(1234_50), "ch_1", NOON))]


@pytest.mark.parametrize(
    "text",
    [
        "reference,kind,amount,currency\nch_1,captured,1234.50,EUR\n",
        "\ufeffreference,kind,amount,currency\r\nch_1,captured,1234.50,EUR\r\n\r\n",
        "reference,kind,amount,currency\rch_1,captured,1234.50,EUR\r",
        ' currency ,"amount",text,kind,reference\nEUR, 1234.50 ,"a ""quoted"", long\ntext",Charge,ch_1',
        "reference,kind,amount,currency\n\n,,,\nch_1,CAPTURED,1234.5,eur,more,than,there,is\n",
    ],
    ids=["plain", "of a spreadsheet", "of an old one", "quoted and turned around", "untidy"],
)
def test_files_are_read_however_they_are_written(text: str) -> None:
    report = differences_of(text, CAPTURED)

    assert (report.differences, report.matched) == ((), 1)


def test_columns_may_have_other_names_and_the_sign_may_say_the_kind() -> None:
    refund = Entered(OrderId("o"), LedgerEntry(2, EntryKind.REFUNDED, PaymentId("p"), euros(5_00), "re_1", NOON))
    columns = PayoutColumns(reference="id", kind="", amount="gross", currency="cur", fee="")
    text = "id,gross,cur\nch_1,1234.50,EUR\nre_1,-5.00,EUR\n"

    report = compare(text, columns, [*CAPTURED, refund], NOON, NOON + DAY, fees=False)

    assert (report.differences, report.matched) == ((), 2)


def test_money_that_goes_out_may_have_a_sign_and_money_that_comes_in_may_not() -> None:
    refund = Entered(OrderId("o"), LedgerEntry(2, EntryKind.REFUNDED, PaymentId("p"), euros(5_00), "re_1", NOON))
    text = HEADER + "re_1,refunded,-5.00,EUR,,\nch_1,captured,-1234.50,EUR,,\n"

    (difference,) = differences_of(text, [*CAPTURED, refund]).differences

    assert (difference.kind, difference.theirs) == (DifferenceKind.AMOUNT_DIFFERS, euros(-1234_50))


def test_fees_that_the_ledger_does_not_know_are_only_added_up_if_so_wanted() -> None:
    text = HEADER + "ch_1,captured,1234.50,EUR,-36.10,\nmonthly,fee,5.00,EUR,,\n"

    asked = compare(text, PayoutColumns(), CAPTURED, NOON, NOON + DAY, fees=True)
    not_asked = compare(text, PayoutColumns(), CAPTURED, NOON, NOON + DAY, fees=False)

    assert kinds(asked) == [DifferenceKind.MISSING_HERE, DifferenceKind.AMOUNT_DIFFERS]
    assert not_asked.differences == ()
    assert asked.sums[0].theirs.fees == not_asked.sums[0].theirs.fees == 41_10


@pytest.mark.parametrize("missing", ["reference", "kind", "amount", "currency"])
def test_a_file_without_a_column_is_refused_by_the_name_of_the_column(missing: str) -> None:
    header = ",".join(name for name in ("reference", "kind", "amount", "currency") if name != missing)

    with refused(Invalid("columns", missing, "the name of one column of the file's header")):
        differences_of(header + "\n", ())


@pytest.mark.parametrize("text", ["", "\n", '"', "reference,reference,kind,amount,currency\n"])
def test_a_file_without_a_proper_header_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        differences_of(text, ())


@pytest.mark.parametrize("text", ["", "x" * 5_000_001, None, b"reference"])
def test_too_much_nothing_and_what_is_no_text_are_refused_without_showing_it(text: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        ComparePayout(text, NOON, NOON + DAY)

    assert refusal.value.field == "csv"
    assert len(str(refusal.value)) < 200


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with refused(Invalid("until", NOON, f"a moment after {NOON}")):
        a_shop().staff.ask(ComparePayout(HEADER, NOON, NOON))


# -- files as somebody wishes they were --------------------------------------------------------------------------


def test_a_quote_that_never_ends_spoils_its_own_row_only() -> None:
    text = HEADER + '"re_1,refunded,5.00,EUR,,\nch_1,captured,1234.50,EUR,,\n'

    report = differences_of(text, CAPTURED)

    assert [(each.kind, each.row) for each in report.differences] == [(DifferenceKind.UNREADABLE, 2)]
    assert report.matched == 1


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "x\x00y", "x" * 201, " "])
def test_a_name_that_a_spreadsheet_would_carry_out_is_not_told_again(name: str) -> None:
    text = written([{"reference": name, "kind": "captured", "amount": "1.00", "currency": "EUR", "fee": ""}])

    (difference,) = differences_of(text, ()).differences

    assert (difference.kind, difference.row) == (DifferenceKind.UNREADABLE, 2)
    assert name.strip() == "" or name.strip() not in str(difference)


def test_amounts_beyond_all_money_are_unreadable() -> None:
    text = HEADER + f"ch_1,captured,{10**30},EUR,,\nch_2,captured,NaN,EUR,,\nch_3,captured,1e5,EUR,,\n"

    report = differences_of(text, ())

    assert kinds(report) == [DifferenceKind.UNREADABLE] * 3


def test_more_differences_than_anybody_reads_are_only_counted() -> None:
    text = HEADER + "".join(f"x{number},captured,1.00,EUR,,\n" for number in range(1_500))

    report = differences_of(text, ())

    assert (len(report.differences), report.more, report.rows) == (1_000, 500, 1_500)


@given(st.text(max_size=200))
def test_whatever_stands_in_the_file_each_line_is_read_or_named(text: str) -> None:
    report = differences_of(HEADER + text, CAPTURED)

    assert report.matched + len(report.differences) >= report.rows


def test_a_report_can_be_sent_as_text() -> None:
    kit = a_shop()
    bought_and_shipped(kit)
    query = ComparePayout(HEADER + "x,captured,1.00,EUR,,\n", NOON, NOON + DAY)
    shop = assemble()

    name, text = shop.codec.dump_answer(ComparePayout, kit.staff.ask(query))

    assert shop.codec.load_answer(name, text)[1] == kit.staff.ask(query)
