"""Who can give how much: tenders in their order, each at most what it says, together at most what is wanted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import AccountId, MemberId
from ecomcore.kernel.money import Currency, CurrencyMismatch, Money, Price
from ecomcore.memory import AttemptLimit, GiftCardLimit
from ecomcore.testing import NOON, euros, reading, writing
from ecomcore.testing.wallet import WalletKit, a_wallet
from ecomcore.wallet import (
    AccountKind,
    AccountNotActive,
    Accounts,
    BlockAccount,
    GivePoints,
    IssueCredit,
    IssueGiftCard,
    NotEnoughCredit,
    PointsNotAccepted,
    ShowGiftCard,
    Tender,
    TooManyTries,
    UnknownGiftCard,
    WalletPolicy,
    drawable,
)

EUR = Currency("EUR")
ADA = "member:ada"
DAY = timedelta(days=1)
POLICY = WalletPolicy(point_worth=Price(Money(1, EUR), per=3))


class Wallet:
    """Ada's store credit of 20 and points worth 33, and gift cards of anybody."""

    def __init__(self) -> None:
        self.kit: WalletKit = a_wallet(policy=POLICY)
        self.kit.staff.handle(IssueCredit(euros(20), "sorry", member=MemberId("ada")))
        self.kit.staff.handle(GivePoints(MemberId("ada"), 100, EUR, "welcome"))
        self.cards: dict[str, AccountId] = {}

    def card(self, minor: int, amount: int | None = None, **wishes: Any) -> Tender:
        """A new card, offered."""
        id_ = self.kit.staff.handle(IssueGiftCard(wishes.pop("money", euros(minor)), **wishes))
        code = self.kit.staff.ask(ShowGiftCard(id_)).code
        self.cards[code] = id_
        return Tender(AccountKind.GIFT_CARD, code, None if amount is None else euros(amount))

    def draw(self, wanted: int, *tenders: Tender, owner: str | None = ADA, **more: Any) -> list[tuple[str, int, int]]:
        """What is drawn, by kind, amount and units."""
        more = {"at": NOON, "policy": POLICY, **more}
        with writing(self.kit.persistence) as work:
            drawn = drawable(work.repository(Accounts), tenders, owner, euros(wanted), **more)
        return [(draw.kind.value, draw.amount.minor, draw.units) for draw in drawn]


CREDIT, POINTS = Tender(AccountKind.STORE_CREDIT), Tender(AccountKind.POINTS)


def test_tenders_give_in_their_order_until_all_is_covered() -> None:
    wallet = Wallet()

    drawn = wallet.draw(60, wallet.card(30), CREDIT, POINTS)

    assert drawn == [("gift_card", 30, 30), ("store_credit", 20, 20), ("points", 10, 30)]
    assert wallet.draw(25, CREDIT, wallet.card(30), POINTS) == [("store_credit", 20, 20), ("gift_card", 5, 5)]


def test_a_tender_gives_what_it_says_and_no_more() -> None:
    wallet = Wallet()

    assert wallet.draw(100, wallet.card(30, amount=10), Tender(AccountKind.STORE_CREDIT, amount=euros(5))) == [
        ("gift_card", 10, 10),
        ("store_credit", 5, 5),
    ]
    assert wallet.draw(100, Tender(AccountKind.POINTS, points=10)) == [("points", 3, 9)]
    assert wallet.draw(8, wallet.card(30, amount=10)) == [("gift_card", 8, 8)]


def test_points_that_are_worth_a_fraction_are_not_taken() -> None:
    wallet = Wallet()

    assert wallet.draw(100, POINTS) == [("points", 33, 99)]


def test_a_stated_amount_that_is_not_there_is_refused_by_its_tender() -> None:
    wallet = Wallet()

    with pytest.raises(NotEnoughCredit) as refusal:
        wallet.draw(100, wallet.card(30), Tender(AccountKind.STORE_CREDIT, amount=euros(21)))
    assert (refusal.value.field, refusal.value.wanted, refusal.value.available) == ("tenders[1]", 21, 20)
    with pytest.raises(NotEnoughCredit):
        wallet.draw(100, Tender(AccountKind.POINTS, points=103))
    with pytest.raises(NotEnoughCredit):
        wallet.draw(100, Tender(AccountKind.STORE_CREDIT, amount=euros(1)), owner=None)


def test_whoever_has_no_store_credit_draws_as_much_as_there_is_nothing() -> None:
    wallet = Wallet()

    assert wallet.draw(100, CREDIT, POINTS, owner=None) == []
    assert wallet.draw(100, CREDIT, owner="member:bob") == []


@pytest.mark.parametrize("code", ["0" * 20, "nothing like a code"])
def test_a_code_that_nobody_has_is_refused_and_not_shown(code: str) -> None:
    with pytest.raises(UnknownGiftCard) as refusal:
        Wallet().draw(100, CREDIT, Tender(AccountKind.GIFT_CARD, code))

    assert refusal.value.field == "tenders[1].code"
    assert code not in str(refusal.value) + repr(refusal.value)


def test_somebody_elses_card_is_refused_as_one_that_nobody_has() -> None:
    wallet = Wallet()
    his = wallet.card(30, owner="member:bob")

    with pytest.raises(UnknownGiftCard):
        wallet.draw(100, his)

    assert wallet.draw(100, his, owner="member:bob") == [("gift_card", 30, 30)]


def test_whoever_knows_the_code_is_told_why_a_card_gives_nothing() -> None:
    wallet = Wallet()
    over, blocked = wallet.card(30, expires_at=NOON + DAY), wallet.card(30)
    foreign = wallet.card(0, money=Money(5, Currency("USD")))
    wallet.kit.staff.handle(BlockAccount(wallet.cards[blocked.code]))

    with pytest.raises(NotEnoughCredit) as expired:
        wallet.draw(100, over, at=NOON + DAY)
    with pytest.raises(AccountNotActive) as refusal:
        wallet.draw(100, CREDIT, blocked)
    with pytest.raises(CurrencyMismatch):
        wallet.draw(100, foreign)

    assert (expired.value.available, expired.value.expired) == (0, 30)
    assert (refusal.value.field, refusal.value.state) == ("tenders[1]", "blocked")


def test_a_card_that_is_not_needed_any_more_gives_nothing() -> None:
    wallet = Wallet()

    assert wallet.draw(20, CREDIT, wallet.card(30)) == [("store_credit", 20, 20)]


def test_an_account_is_named_once() -> None:
    wallet = Wallet()
    card = wallet.card(30)
    typed_otherwise = Tender(AccountKind.GIFT_CARD, card.code.lower())

    for twice in ((card, typed_otherwise), (CREDIT, CREDIT)):
        with pytest.raises(Invalid) as refusal:
            wallet.draw(100, *twice)
        assert refusal.value.field == "tenders[1]"


def test_points_pay_only_where_the_shop_says_what_they_are_worth() -> None:
    wallet = Wallet()

    with pytest.raises(PointsNotAccepted):
        wallet.draw(100, POINTS, policy=WalletPolicy())
    with pytest.raises(PointsNotAccepted):
        wallet.draw(100, POINTS, policy=WalletPolicy(point_worth=Price(Money(1, Currency("USD")))))


def test_guesses_are_counted() -> None:
    wallet = Wallet()
    limit = GiftCardLimit(AttemptLimit(most=0))

    with pytest.raises(TooManyTries):
        wallet.draw(100, Tender(AccountKind.GIFT_CARD, "0" * 20), attempts=limit)


def test_accounts_are_locked_in_the_order_of_their_ids() -> None:
    wallet = Wallet()
    tenders = [wallet.card(10, id=AccountId(name)) for name in ("c", "a", "b")]
    asked: list[tuple[Any, bool]] = []

    with reading(wallet.kit.persistence) as work:
        accounts = work.repository(Accounts)
        many = accounts.many
        accounts.many = lambda ids, *, lock=False: asked.append((list(ids), lock)) or many(ids, lock=lock)
        drawable(accounts, tenders, ADA, euros(100), NOON, POLICY)

    assert [ids for ids, lock in asked if lock] == [["a", "b", "c"]]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("code", {"kind": AccountKind.GIFT_CARD}),
        ("code", {"kind": AccountKind.POINTS, "code": "x"}),
        ("points", {"kind": AccountKind.STORE_CREDIT, "points": 5}),
        ("points", {"kind": AccountKind.POINTS, "points": 5, "amount": euros(1)}),
        ("amount", {"kind": AccountKind.POINTS, "amount": euros(0)}),
        ("kind", {"kind": "points"}),
    ],
)
def test_a_tender_that_makes_no_sense_is_refused(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        Tender(**given)

    assert refusal.value.field == field


def test_a_tender_does_not_show_its_code() -> None:
    assert "a-code" not in repr(Tender(AccountKind.GIFT_CARD, "a-code"))
