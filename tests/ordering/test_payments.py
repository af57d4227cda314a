"""The laws of the ledger of payments: every number about money is a sum of its entries."""

from hypothesis import given
from hypothesis import strategies as st

from ecomcore.kernel.ids import PaymentId
from ecomcore.kernel.money import Currency
from ecomcore.ordering import EntryKind, Ledger, PaymentBalance
from ecomcore.testing import NOON, euros

EUR = Currency("EUR")
KINDS = list(EntryKind)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(["p1", "p2", "p3"]), st.integers(0, 500), st.sampled_from(["r1", "r2"])
    ),
    max_size=30,
)


def ledger(*entries: tuple[EntryKind, str, int, str]) -> Ledger:
    kept = Ledger(EUR)
    for kind, payment, minor, reference in entries:
        kept = kept.with_entry(kind, PaymentId(payment), euros(minor), reference, NOON)
    return kept


def balance(
    *, authorised: int = 0, captured: int = 0, voided: int = 0, refunded: int = 0, settled: bool = True
) -> PaymentBalance:
    return PaymentBalance(PaymentId("p1"), "r1", authorised, authorised, captured, voided, refunded, settled)


@given(ENTRIES)
def test_entries_are_numbered_from_one_without_gaps(entries: list[tuple[EntryKind, str, int, str]]) -> None:
    numbers = [entry.number for entry in ledger(*entries).entries]

    assert numbers == list(range(1, len(entries) + 1))


@given(ENTRIES, ENTRIES)
def test_what_is_written_stays_written(
    earlier: list[tuple[EntryKind, str, int, str]], later: list[tuple[EntryKind, str, int, str]]
) -> None:
    before, after = ledger(*earlier), ledger(*earlier, *later)

    assert after.entries[: len(before.entries)] == before.entries


@given(ENTRIES, st.sampled_from(KINDS))
def test_a_sum_is_the_sum_of_the_balances(entries: list[tuple[EntryKind, str, int, str]], kind: EntryKind) -> None:
    kept = ledger(*entries)

    assert kept.sum(kind) == euros(sum(minor for each, _, minor, _ in entries if each is kind))
    assert kept.sum(EntryKind.CAPTURED) == euros(sum(each.captured for each in kept.balances()))
    assert kept.sum(*KINDS) == euros(sum(minor for _, _, minor, _ in entries))


@given(ENTRIES)
def test_every_payment_has_one_balance_in_the_order_of_its_first_entry(
    entries: list[tuple[EntryKind, str, int, str]],
) -> None:
    kept = ledger(*entries)

    assert [each.payment for each in kept.balances()] == list(dict.fromkeys(payment for _, payment, _, _ in entries))
    assert all(kept.balance(each.payment) == each for each in kept.balances())


@st.composite
def lawful(draw: st.DrawFn) -> Ledger:
    """A ledger that no order would have refused: nothing is taken, let go or given back that was not there."""
    facts: list[tuple[EntryKind, str, int, str]] = []
    for payment in draw(st.lists(st.sampled_from(["p1", "p2", "p3"]), unique=True)):
        authorised = draw(st.integers(0, 500))
        captured = draw(st.integers(0, authorised))
        voided = draw(st.integers(0, authorised - captured))
        refunded = draw(st.integers(0, captured))
        facts.append((EntryKind.INTENDED, payment, authorised, payment))
        facts.append((EntryKind.AUTHORISED, payment, authorised, "auth"))
        facts.append((EntryKind.CAPTURED, payment, captured, "capture"))
        facts.append((EntryKind.VOIDED, payment, voided, "void"))
        facts.append((EntryKind.REFUNDED, payment, refunded, "refund"))
    return ledger(*facts[: draw(st.integers(0, len(facts)))])


@given(lawful())
def test_what_is_covered_is_promised_or_kept(kept: Ledger) -> None:
    assert kept.covered == euros(sum(each.open + each.kept for each in kept.balances()))


@given(ENTRIES, st.sampled_from(KINDS), st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["r1", "r2"]))
def test_a_fact_is_known_by_kind_payment_and_reference(
    entries: list[tuple[EntryKind, str, int, str]], kind: EntryKind, payment: str, reference: str
) -> None:
    known = {(each, of, under) for each, of, _, under in entries}

    assert ledger(*entries).has(kind, PaymentId(payment), reference) == ((kind, payment, reference) in known)


def test_an_unknown_payment_has_no_balance() -> None:
    assert ledger((EntryKind.INTENDED, "p1", 500, "p1")).balance(PaymentId("p2")) is None


def test_a_payment_goes_by_the_reference_of_its_authorisation() -> None:
    kept = ledger(
        (EntryKind.INTENDED, "p1", 500, "p1"),
        (EntryKind.AUTHORISED, "p1", 500, "auth"),
        (EntryKind.CAPTURED, "p1", 500, "capture"),
    )

    assert [each.reference for each in kept.balances()] == ["auth"]


def test_a_payment_is_settled_once_the_provider_has_said_yes_or_no() -> None:
    settling = {
        kind
        for kind in KINDS
        if [each.settled for each in ledger((EntryKind.INTENDED, "p1", 5, "p1"), (kind, "p1", 5, "r")).balances()]
        == [True]
    }

    assert settling == {EntryKind.AUTHORISED, EntryKind.CAPTURED, EntryKind.DECLINED}


def test_open_is_what_is_promised_and_neither_taken_nor_let_go() -> None:
    assert balance(authorised=500, captured=200, voided=100).open == 200
    assert balance(authorised=500, captured=400, voided=100).open == 0


def test_kept_is_what_is_taken_and_not_given_back() -> None:
    assert balance(authorised=500, captured=500, refunded=200).kept == 300


def test_a_refund_is_not_promised_again() -> None:
    kept = ledger(
        (EntryKind.INTENDED, "p1", 500, "p1"),
        (EntryKind.AUTHORISED, "p1", 500, "auth"),
        (EntryKind.CAPTURED, "p1", 500, "capture"),
        (EntryKind.REFUNDED, "p1", 200, "refund"),
    )

    assert kept.covered == euros(300)
