"""What the wallet is asked and answers, through a shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecomcore.bootstrap import JOBS, ROOMS
from ecomcore.kernel.errors import AlreadyExists, Invalid, NotFound, PermissionDenied
from ecomcore.kernel.ids import AccountId, MemberId, OrderId, PaymentId, SavedMethodId
from ecomcore.kernel.messages import Anonymous, Guest, Member
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.memory import AttemptLimit, GiftCardLimit
from ecomcore.ordering import Shopper, TooManyAttempts
from ecomcore.testing import NOON, euros, reading
from ecomcore.testing.wallet import WalletKit, a_wallet
from ecomcore.wallet import (
    AccountKind,
    AccountState,
    AdjustAccount,
    AnotherAmount,
    BlockAccount,
    CheckGiftCard,
    ChooseDefaultMethod,
    CloseAccount,
    CodeNotKept,
    ExpireCredit,
    ForgetPaymentMethod,
    GetBalances,
    GivePoints,
    HoldCredit,
    IssueCredit,
    IssueGiftCard,
    ListCreditEntries,
    ListPaymentMethods,
    PointsNotAccepted,
    RefundCredit,
    ReleaseCredit,
    RenewGiftCard,
    SavedMethods,
    SavePaymentMethod,
    SharedKey,
    ShowGiftCard,
    SpendCredit,
    TooManyTries,
    UnblockAccount,
    UnknownGiftCard,
    WalletPolicy,
    token_of,
)
from ecomcore.wire import Wire

ADA, BOB = Member(MemberId("ada")), Member(MemberId("bob"))
EUR = Currency("EUR")
DAY = timedelta(days=1)
PAYMENT, ORDER = PaymentId("payment"), OrderId("order")
CENT_FOR_THREE = WalletPolicy(point_worth=Price(Money(1, EUR), per=3))


def a_card(kit: WalletKit, minor: int = 50_00, **wishes: Any) -> tuple[AccountId, str]:
    card = kit.staff.handle(IssueGiftCard(euros(minor), **wishes))
    return card, kit.staff.ask(ShowGiftCard(card)).code


def everything_kept(kit: WalletKit) -> str:
    """All that the store keeps, as text."""
    wire = Wire(ROOMS)
    tables = kit.persistence._tables  # type: ignore[attr-defined]  # the memory shows what it has
    answers = [wire.dump_answer(reply.operation, reply.answer) for reply in tables.replies.values()]
    events = [wire.dump(recorded.event) for recorded in tables.events]
    return f"{tables.rows} {tables.credit_entries} {answers} {events}"


def test_whoever_knows_the_code_sees_what_is_on_the_card_however_they_type_it() -> None:
    kit = a_wallet()
    _, code = a_card(kit, expires_at=NOON + DAY)

    for typed in (code, code.lower(), code.replace("-", " "), f" {code} "):
        view = kit.shop.ask(CheckGiftCard(typed), by=Anonymous())
        assert (view.available, view.expires_at, view.state) == (euros(50_00), NOON + DAY, AccountState.ACTIVE)


def test_the_code_is_kept_nowhere_not_even_in_the_answer_under_a_key() -> None:
    kit = a_wallet()
    card = kit.staff.handle(IssueGiftCard(euros(50_00)), key="card-1")
    code = kit.staff.ask(ShowGiftCard(card)).code

    again = kit.staff.handle(IssueGiftCard(euros(50_00)), key="card-1")

    assert again == card
    assert kit.staff.ask(ShowGiftCard(again)).code == code
    kept = everything_kept(kit)
    assert card in kept
    assert code not in kept
    assert code.replace("-", "") not in kept
    assert code not in repr(kit.staff.ask(ShowGiftCard(card)))


def test_another_key_opens_old_cards_but_does_not_show_their_codes_until_they_are_renewed() -> None:
    kit = a_wallet()
    card, code = a_card(kit)
    other = a_wallet(kit.persistence, gift_card_key=SharedKey(b"x" * 40))

    assert other.shop.ask(CheckGiftCard(code)).available == euros(50_00)
    with pytest.raises(CodeNotKept):
        other.staff.ask(ShowGiftCard(card))
    other.staff.handle(RenewGiftCard(card))

    assert other.shop.ask(CheckGiftCard(other.staff.ask(ShowGiftCard(card)).code)).available == euros(50_00)
    with pytest.raises(UnknownGiftCard):
        other.shop.ask(CheckGiftCard(code))


def test_an_unknown_code_a_wrong_one_and_somebody_elses_card_are_refused_alike() -> None:
    kit = a_wallet()
    _, hers = a_card(kit, owner="member:ada")

    refusals = []
    for code in (hers, "0" * 20, "nothing like a code"):
        with pytest.raises(UnknownGiftCard) as refusal:
            kit.shop.ask(CheckGiftCard(code), by=BOB)
        refusals.append(str(refusal.value))

    assert len(set(refusals)) == 1
    assert kit.shop.ask(CheckGiftCard(hers), by=ADA).available == euros(50_00)


def test_whoever_guesses_is_stopped_and_then_not_told_the_truth_either() -> None:
    kit = a_wallet(gift_card_attempts=GiftCardLimit(AttemptLimit(most=3)))
    _, code = a_card(kit)

    for number in range(3):
        with pytest.raises(UnknownGiftCard):
            kit.shop.ask(CheckGiftCard(f"{number}" * 20), by=BOB)
    for guess in ("9" * 20, code):
        with pytest.raises(TooManyTries):
            kit.shop.ask(CheckGiftCard(guess), by=BOB)

    assert kit.shop.ask(CheckGiftCard(code), by=ADA).available == euros(50_00)


def test_one_limit_can_count_guesses_of_coupons_and_of_gift_cards_together() -> None:
    limit = AttemptLimit(most=1)
    cards = GiftCardLimit(limit)
    cards.tried("member:bob", ["a guess"], NOON)

    with pytest.raises(TooManyAttempts):
        limit.tried(Shopper(owner="member:bob"), ["a coupon"], NOON)


def test_an_id_of_the_hosts_own_makes_one_card() -> None:
    kit = a_wallet()
    a_card(kit, id=AccountId("card-1"))

    with pytest.raises(AlreadyExists):
        a_card(kit, id=AccountId("card-1"))


@pytest.mark.parametrize("ends", [NOON, NOON - DAY])
def test_nothing_is_issued_that_is_over_already(ends: Any) -> None:
    kit = a_wallet()

    for command in (
        IssueGiftCard(euros(1), expires_at=ends),
        IssueCredit(euros(1), "sorry", member=MemberId("ada"), expires_at=ends),
        GivePoints(MemberId("ada"), 1, EUR, "welcome", expires_at=ends),
    ):
        with pytest.raises(Invalid) as refusal:
            kit.staff.handle(command)
        assert refusal.value.field == "expires_at"


@pytest.mark.parametrize(
    "give",
    [
        lambda units: IssueCredit(euros(units), "sorry", member=MemberId("ada"), reference="case-1"),
        lambda units: GivePoints(MemberId("ada"), units, EUR, "welcome", reference="case-1"),
    ],
    ids=["store credit", "points"],
)
def test_under_a_reference_credit_is_given_once(give: Any) -> None:
    kit = a_wallet()

    account = kit.staff.handle(give(20))
    again = kit.staff.handle(give(20))
    with pytest.raises(AnotherAmount):
        kit.staff.handle(give(21))

    assert again == account
    (view,) = kit.shop.ask(GetBalances(), by=ADA)
    assert view.available == 20
    (entry,) = kit.shop.ask(ListCreditEntries(account), by=ADA)
    assert (entry.units, entry.reference) == (20, "case-1")


def test_credit_goes_to_a_member_or_to_an_owner_and_not_to_both() -> None:
    kit = a_wallet()
    guest = Guest("a-secret-of-a-guest")

    kit.staff.handle(IssueCredit(euros(5), "sorry", owner=guest.owner))

    assert [view.available for view in kit.shop.ask(GetBalances(), by=guest)] == [5]
    with pytest.raises(Invalid, match=r"^owner: "):
        IssueCredit(euros(5), "sorry", MemberId("ada"), "member:ada")
    with pytest.raises(Invalid, match=r"^member: "):
        kit.staff.handle(IssueCredit(euros(5), "sorry"))


def test_a_payment_is_held_spent_released_and_comes_back_once() -> None:
    kit = a_wallet()
    card, _ = a_card(kit, 50)

    for _ in range(2):
        kit.system.handle(HoldCredit(card, PAYMENT, ORDER, euros(30)))
        kit.system.handle(SpendCredit(card, PAYMENT, ORDER, euros(20), "capture"))
        kit.system.handle(ReleaseCredit(card, PAYMENT, ORDER, euros(10), "void"))
        kit.system.handle(RefundCredit(card, PAYMENT, ORDER, euros(5), "refund"))

    entries = kit.staff.ask(ListCreditEntries(card))
    assert [(entry.kind, entry.units, entry.held) for entry in entries] == [
        ("issued", 50, 0),
        ("held", 0, 30),
        ("spent", -20, -20),
        ("released", 0, -10),
        ("refunded", 5, 0),
    ]
    assert [entry.number for entry in kit.staff.ask(ListCreditEntries(card, 2, 2))] == [3, 4]
    assert kit.shop.audit() == []


def test_a_payment_of_another_amount_or_another_order_is_another_payment() -> None:
    kit = a_wallet()
    card, _ = a_card(kit, 50)
    kit.system.handle(HoldCredit(card, PAYMENT, ORDER, euros(30)))

    with pytest.raises(AnotherAmount):
        kit.system.handle(HoldCredit(card, PAYMENT, ORDER, euros(31)))
    for command in (HoldCredit, SpendCredit, ReleaseCredit, RefundCredit):
        more = () if command is HoldCredit else ("reference",)
        with pytest.raises(NotFound):
            kit.system.handle(command(card, PAYMENT, OrderId("other"), euros(30), *more))
    with pytest.raises(NotFound):
        kit.system.handle(SpendCredit(card, PaymentId("other"), ORDER, euros(30), "capture"))


def test_points_are_taken_as_many_as_cover_the_amount() -> None:
    kit = a_wallet(policy=CENT_FOR_THREE)
    account = kit.staff.handle(GivePoints(MemberId("ada"), 100, EUR, "welcome"))

    kit.system.handle(HoldCredit(account, PAYMENT, ORDER, euros(10)))

    (view,) = kit.shop.ask(GetBalances(), by=ADA)
    assert (view.kind, view.available, view.held, view.worth) == (AccountKind.POINTS, 70, 30, euros(23))


def test_nobody_pays_with_points_that_are_worth_nothing() -> None:
    kit = a_wallet()
    account = kit.staff.handle(GivePoints(MemberId("ada"), 100, EUR, "welcome"))

    with pytest.raises(PointsNotAccepted):
        kit.system.handle(HoldCredit(account, PAYMENT, ORDER, euros(10)))

    assert [view.worth for view in kit.shop.ask(GetBalances(), by=ADA)] == [None]


def test_what_nobody_used_in_time_is_written_off_by_a_job() -> None:
    kit = a_wallet()
    card, code = a_card(kit, expires_at=NOON + DAY)
    kit.clock.tick(DAY)

    before = kit.shop.ask(CheckGiftCard(code))
    assert [kit.system.handle(ExpireCredit()) for _ in range(2)] == [1, 0]
    after = kit.shop.ask(CheckGiftCard(code))

    assert before == after
    assert (after.available, after.expired) == (euros(0), euros(50_00))
    assert kit.staff.ask(ListCreditEntries(card))[-1].units == -50_00
    assert ExpireCredit() in [job.command for job in JOBS]


def test_staff_adjust_block_and_close() -> None:
    kit = a_wallet()
    card, code = a_card(kit, 50)

    kit.staff.handle(AdjustAccount(card, -20, "sold by mistake"))
    kit.staff.handle(BlockAccount(card))
    assert kit.shop.ask(CheckGiftCard(code)).state is AccountState.BLOCKED
    kit.staff.handle(UnblockAccount(card))
    kit.staff.handle(AdjustAccount(card, -30, "the rest"))
    kit.staff.handle(CloseAccount(card))

    assert kit.shop.ask(CheckGiftCard(code)).state is AccountState.CLOSED
    assert [entry.reason for entry in kit.staff.ask(ListCreditEntries(card))] == [
        "gift card",
        "sold by mistake",
        "the rest",
    ]
    assert kit.shop.audit() == []


def test_only_gift_cards_have_codes() -> None:
    kit = a_wallet()
    account = kit.staff.handle(IssueCredit(euros(5), "sorry", member=MemberId("ada")))

    with pytest.raises(NotFound):
        kit.staff.ask(ShowGiftCard(account))
    with pytest.raises(NotFound):
        kit.staff.handle(RenewGiftCard(account))


def test_a_member_sees_their_own_accounts_and_nobody_elses() -> None:
    kit = a_wallet()
    account = kit.staff.handle(IssueCredit(euros(5), "sorry", member=MemberId("ada")))
    card, _ = a_card(kit)

    assert kit.shop.ask(GetBalances(), by=BOB) == ()
    assert [view.account for view in kit.staff.ask(GetBalances(MemberId("ada")))] == [account]
    with pytest.raises(PermissionDenied):
        kit.shop.ask(GetBalances(MemberId("ada")), by=BOB)
    with pytest.raises(NotFound):
        kit.shop.ask(ListCreditEntries(account), by=BOB)
    for actor in (ADA, Anonymous()):
        with pytest.raises(NotFound):
            kit.shop.ask(ListCreditEntries(card), by=actor)
    with pytest.raises(Invalid, match=r"^member: "):
        kit.staff.ask(GetBalances())


# Saved means of payment ---------------------------------------------------------------------------------------


def save(kit: WalletKit, token: str, **wishes: Any) -> SavedMethodId:
    saved: SavedMethodId = kit.shop.handle(SavePaymentMethod("card", token, f"Visa {token}", **wishes), by=ADA)
    return saved


def labels(kit: WalletKit) -> list[tuple[str, bool]]:
    return [(view.label, view.default) for view in kit.shop.ask(ListPaymentMethods(), by=ADA)]


def test_the_method_chosen_last_is_the_default_and_the_oldest_without_a_choice() -> None:
    kit = a_wallet()

    one, two = save(kit, "one"), save(kit, "two")
    assert labels(kit) == [("Visa one", True), ("Visa two", False)]
    kit.shop.handle(ChooseDefaultMethod(two), by=ADA)
    assert labels(kit) == [("Visa two", True), ("Visa one", False)]
    kit.shop.handle(ChooseDefaultMethod(one), by=ADA)
    assert labels(kit) == [("Visa one", True), ("Visa two", False)]
    save(kit, "three", default=True)
    assert labels(kit)[0] == ("Visa three", True)


def test_the_same_token_is_kept_once() -> None:
    kit = a_wallet()

    assert save(kit, "one") == save(kit, "one", default=True)

    assert labels(kit) == [("Visa one", True)]


def test_a_forgotten_method_is_erased_and_cannot_be_paid_with() -> None:
    kit = a_wallet()
    saved = save(kit, "token-of-ada")
    with reading(kit.persistence) as work:
        methods: SavedMethods = work.repository(SavedMethods)
        assert token_of(methods, saved, "member:ada") == ("card", "token-of-ada")
        with pytest.raises(NotFound):
            token_of(methods, saved, "member:bob")

    kit.shop.handle(ForgetPaymentMethod(saved), by=ADA)

    assert labels(kit) == []
    assert "token-of-ada" not in everything_kept(kit)
    with reading(kit.persistence) as work, pytest.raises(NotFound):
        token_of(work.repository(SavedMethods), saved, "member:ada")
    with pytest.raises(NotFound):
        kit.shop.handle(ChooseDefaultMethod(saved), by=ADA)


def test_no_event_view_or_answer_holds_a_token() -> None:
    kit = a_wallet()
    kit.shop.handle(SavePaymentMethod("card", "token-of-ada", "Visa", (2030, 6)), by=ADA, key="once")

    shown = f"{kit.shop.ask(ListPaymentMethods(), by=ADA)} {everything_kept(kit)}"

    assert "token-of-ada" not in shown


@pytest.mark.parametrize("expires", [(2030, 0), (2030, 13), (1, 1), (2030,), "2030-06", (2030, "6"), (2030, True)])
def test_what_is_no_month_is_refused(expires: Any) -> None:
    with pytest.raises(Invalid, match=r"^expires: "):
        SavePaymentMethod("card", "token", "Visa", expires)


def test_methods_of_another_are_not_found_and_staff_name_the_member() -> None:
    kit = a_wallet()
    saved = save(kit, "one")

    for command in (ForgetPaymentMethod(saved), ChooseDefaultMethod(saved)):
        with pytest.raises(NotFound):
            kit.shop.handle(command, by=BOB)
    assert len(kit.staff.ask(ListPaymentMethods(MemberId("ada")))) == 1
    with pytest.raises(PermissionDenied):
        kit.shop.ask(ListPaymentMethods(MemberId("ada")), by=BOB)


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("point_worth", {"point_worth": Price(euros(0))}),
        ("refund_validity", {"refund_validity": timedelta(0)}),
        ("refund_validity", {"refund_validity": 5}),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(field: str, choices: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        WalletPolicy(**choices)

    assert refusal.value.field == field
