"""The promises about credit: it comes back, is found, and nothing of it is spent twice whatever the code does."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from ecomcore.choices import Retries
from ecomcore.kernel.aggregate import Aggregate
from ecomcore.kernel.errors import Conflict, DomainError, Duplicate, InvariantViolated
from ecomcore.kernel.ids import AccountId, OrderId, PaymentId
from ecomcore.kernel.money import MAX_MINOR
from ecomcore.kernel.work import Persistence
from ecomcore.testing.builders import euros
from ecomcore.testing.clock import NOON
from ecomcore.testing.persistence_case import PersistenceCase, assert_same, for_all
from ecomcore.testing.threads import at_once
from ecomcore.testing.wallet import Step, a_gift_card, a_saved_method, an_account, steps
from ecomcore.testing.work import as_kept, fetch, keep, reading, writing
from ecomcore.wallet import (
    Account,
    AccountKind,
    Accounts,
    AccountState,
    CreditEntryKind,
    CreditHold,
    CreditHolds,
    LedgerSums,
    NotEnoughCredit,
    SavedMethod,
    SavedMethods,
    hold_id,
)

__all__ = ["KeepsCredit"]

_DAY = timedelta(days=1)
_PAYMENT, _ORDER = PaymentId("payment"), OrderId("order")


class KeepsCredit(PersistenceCase):
    """What the wallet saves comes back, is found, and never falls below zero."""

    def _credit_is_saved(self, persistence: Persistence, *aggregates: Aggregate) -> None:
        keep(persistence, *aggregates)
        again = self._again(persistence)
        for aggregate in aggregates:
            kept = fetch(again, type(aggregate), aggregate.id)
            assert_same(kept, as_kept(aggregate), f"{type(aggregate).__name__} {aggregate.id}")

    def test_an_account_and_its_holds_come_back_after_every_step_of_their_lives(self, persistence: Persistence) -> None:
        def live(prefix: str, life: tuple[Step, ...]) -> None:
            account = Account.of(AccountKind.POINTS, f"member:{prefix}", a_gift_card().currency)
            holds: dict[PaymentId, CreditHold] = {}
            for step in life:
                before = holds.get(step.payment)
                try:
                    after, hold = step(account, before)
                except DomainError:
                    continue
                changed = [
                    each for each, old in ((after, account), (hold, before)) if each is not None and each is not old
                ]
                self._credit_is_saved(persistence, *changed)
                account = fetch(persistence, Account, after.id)
                if hold is not None:
                    holds[step.payment] = fetch(persistence, CreditHold, hold.id)
            with reading(persistence) as work:
                accounts: Accounts = work.repository(Accounts)
                sums = accounts.ledger_sums([account.id])[account.id]
                held = work.repository(CreditHolds).held_sums([account.id]).get(account.id, 0)
            assert sums == LedgerSums(account.entries, account.balance, account.held, account.expired)
            assert held == account.held

        for_all(lambda prefix: steps().map(lambda life: (prefix, life)), lambda drawn: live(*drawn))

    def test_a_large_balance_is_exact(self, persistence: Persistence) -> None:
        for number, units in enumerate((1, 2**53 + 1, MAX_MINOR)):
            self._credit_is_saved(persistence, a_gift_card(f"card-{number}", units=units))

    def test_every_state_and_every_code_comes_back(self, persistence: Persistence) -> None:
        for number, state in enumerate(AccountState):
            card = a_gift_card(f"card-{number}", units=0, owner="member:ada")
            self._credit_is_saved(persistence, card.renew(f"{number}" * 64).having(state=state))

    def test_what_has_nothing_left_is_not_loaded_and_opens_no_lot_of_its_number_again(
        self, persistence: Persistence
    ) -> None:
        keep(persistence, a_gift_card(units=30))
        card, hold = fetch(persistence, Account, "card").hold(_PAYMENT, _ORDER, euros(30), 30, NOON)
        self._credit_is_saved(persistence, card, hold)

        spent = fetch(persistence, Account, "card").spend(
            fetch(persistence, CreditHold, hold.id), euros(30), "all of it", NOON
        )
        self._credit_is_saved(persistence, *spent)
        self._credit_is_saved(persistence, fetch(persistence, Account, "card").credit(5, NOON, reason="more"))

        (lot,) = fetch(self._again(persistence), Account, "card").lots
        assert (lot.number, lot.left) == (2, 5)

    def test_gift_cards_are_found_by_the_hashes_of_their_codes(self, persistence: Persistence) -> None:
        one, other = a_gift_card("one"), a_gift_card("other")
        keep(persistence, one, other)

        with writing(persistence) as work:
            accounts: Accounts = work.repository(Accounts)
            accounts.save(a_gift_card("new"), accounts.get(other.id).renew("f" * 64))
            wanted = [one.code or "", other.code or "", "f" * 64, a_gift_card("new").code or "", "nobody's"]
            found = {hashed: account.id for hashed, account in accounts.with_codes(wanted).items()}

        assert found == {one.code: "one", "f" * 64: "other", a_gift_card("new").code: "new"}
        with reading(persistence) as work:
            assert work.repository(Accounts).with_codes([]) == {}

    def test_accounts_are_found_by_their_owner(self, persistence: Persistence) -> None:
        credit, points = an_account(), an_account(kind=AccountKind.POINTS)
        keep(persistence, credit, points, a_gift_card("hers", owner="member:ada"), a_gift_card("anybody's"))
        keep(persistence, an_account("member:bob"))

        with writing(persistence) as work:
            accounts: Accounts = work.repository(Accounts)
            accounts.save(a_gift_card("new", owner="member:ada"))
            found = [account.id for account in accounts.of_owner("member:ada")]

        assert found == sorted([credit.id, points.id, "hers", "new"])

    def test_accounts_with_something_that_is_over_are_found(self, persistence: Persistence) -> None:
        for id_, ends in (("b", 0), ("a", -1), ("later", 1), ("never", None)):
            until = None if ends is None else NOON + ends * _DAY
            keep(persistence, a_gift_card(id_, expires_at=until))
        held, hold = a_gift_card("held", units=30, expires_at=NOON).hold(_PAYMENT, _ORDER, euros(30), 30, NOON - _DAY)
        keep(persistence, held, hold)

        with writing(persistence) as work:
            accounts: Accounts = work.repository(Accounts)
            assert [account.id for account in accounts.lapsed(NOON, 10)] == ["a", "b"]
            assert [account.id for account in accounts.lapsed(NOON, 1)] == ["a"]
            accounts.save(accounts.get(AccountId("a")).expire(NOON))
            assert [account.id for account in accounts.lapsed(NOON, 10)] == ["b"]

    def test_the_ledger_is_read_in_pages_and_by_reference(self, persistence: Persistence) -> None:
        account = an_account(reference="one")
        keep(persistence, account)

        with writing(persistence) as work:
            accounts: Accounts = work.repository(Accounts)
            stored = accounts.get(account.id)
            accounts.save(stored.credit(7, NOON, reason="again", reference="two").adjust(-1, "oops", NOON))
            for _ in range(2):
                pages = [accounts.ledger(account.id, after, 2) for after in (0, 1, 2, 3)]
                assert [[entry.number for entry in page] for page in pages] == [[1, 2], [2, 3], [3], []]
                one, two, none = (accounts.issued(account.id, name) for name in ("one", "two", "oops"))
                assert (one and one.units, two and two.units, none) == (50_00, 7, None)
        with reading(self._again(persistence)) as work:
            ledger = work.repository(Accounts).ledger(account.id)
        assert [(entry.kind, entry.units, entry.balance) for entry in ledger] == [
            (CreditEntryKind.ISSUED, 50_00, 50_00),
            (CreditEntryKind.ISSUED, 7, 50_07),
            (CreditEntryKind.ADJUSTED, -1, 50_06),
        ]

    def test_sums_count_what_credit_is_saved_and_not_yet_committed(self, persistence: Persistence) -> None:
        card, hold = a_gift_card(units=30).hold(_PAYMENT, _ORDER, euros(20), 20, NOON)
        keep(persistence, card, hold)

        with writing(persistence) as work:
            accounts: Accounts = work.repository(Accounts)
            holds: CreditHolds = work.repository(CreditHolds)
            spent, hold = accounts.get(card.id).spend(holds.get(hold.id), euros(15), "capture", NOON)
            more, other = spent.hold(PaymentId("other"), _ORDER, euros(5), 5, NOON)
            accounts.save(more)
            holds.save(hold, other)
            sums, held = accounts.ledger_sums([card.id])[card.id], holds.held_sums([card.id, AccountId("none")])
            assert sums == LedgerSums(entries=4, units=15, held=10, expired=0)
            assert (held[card.id], held.get(AccountId("none"), 0)) == (10, 0)
        with reading(self._again(persistence)) as work:
            assert work.repository(CreditHolds).held_sums([card.id]) == {card.id: 10}

    @pytest.mark.parametrize(
        "broken",
        [
            {"balance": -1},
            {"held": -1},
            {"held": 31},
            {"balance": 0, "held": 1},
            {"expired": -1},
            {"state": AccountState.CLOSED},
        ],
        ids=str,
    )
    def test_an_account_that_cannot_be_is_refused_by_the_store_itself(
        self, persistence: Persistence, broken: dict[str, object]
    ) -> None:
        keep(persistence, a_gift_card(units=30))

        with pytest.raises(InvariantViolated):
            keep(persistence, fetch(persistence, Account, "card").having(**broken))

        assert fetch(persistence, Account, "card").balance == 30

    def test_a_fact_of_a_payment_is_written_once_whatever_the_code_does(self, persistence: Persistence) -> None:
        card, hold = a_gift_card().hold(_PAYMENT, _ORDER, euros(20), 20, NOON)
        keep(persistence, card, hold)
        keep(
            persistence,
            *fetch(persistence, Account, "card").spend(
                fetch(persistence, CreditHold, hold.id), euros(5), "capture", NOON
            ),
        )

        forgetful = fetch(persistence, CreditHold, hold.id).having(steps=())
        with pytest.raises(Duplicate):
            keep(persistence, *fetch(persistence, Account, "card").spend(forgetful, euros(5), "capture", NOON))
        again, _ = fetch(persistence, Account, "card").hold(_PAYMENT, _ORDER, euros(1), 1, NOON)
        with pytest.raises(Duplicate):
            keep(persistence, again)

    def test_credit_is_issued_once_under_a_reference(self, persistence: Persistence) -> None:
        keep(persistence, an_account(reference="order-1"))

        twice = fetch(persistence, Account, an_account().id).credit(1, NOON, reason="x", reference="order-1")
        with pytest.raises(Duplicate):
            keep(persistence, twice)
        keep(persistence, fetch(persistence, Account, an_account().id).credit(1, NOON, reason="x"))
        keep(persistence, fetch(persistence, Account, an_account().id).credit(1, NOON, reason="x"))

    def test_nobody_has_two_store_credits_and_no_two_cards_have_one_code(self, persistence: Persistence) -> None:
        keep(persistence, an_account(), a_gift_card("one"))

        with pytest.raises(Duplicate):
            keep(persistence, an_account())
        with pytest.raises(Duplicate):
            keep(persistence, an_account().having(id=AccountId("another")))
        with pytest.raises(Duplicate):
            keep(persistence, a_gift_card("two").having(code=a_gift_card("one").code))

    def test_a_hold_of_no_account_is_refused(self, persistence: Persistence) -> None:
        _, hold = a_gift_card().hold(_PAYMENT, _ORDER, euros(20), 20, NOON)

        with pytest.raises(InvariantViolated):
            keep(persistence, hold)

    def test_a_stale_account_is_refused(self, persistence: Persistence) -> None:
        keep(persistence, a_gift_card())
        stale = fetch(persistence, Account, "card")
        keep(persistence, stale.block())

        with pytest.raises(Conflict):
            keep(persistence, stale.credit(1, NOON, reason="late"))

    def test_of_many_who_want_the_last_of_an_account_only_so_many_get_it(self, persistence: Persistence) -> None:
        keep(persistence, a_gift_card(units=30))

        def take(handle: Persistence, number: int) -> bool:
            def once(_: int) -> None:
                with writing(handle) as work:
                    accounts: Accounts = work.repository(Accounts)
                    card = accounts.get(AccountId("card"), lock=True)
                    card, hold = card.hold(PaymentId(f"payment-{number}"), _ORDER, euros(10), 10, NOON)
                    accounts.save(card)
                    work.repository(CreditHolds).save(hold)

            try:
                Retries(tries=20, most=0.02).until_it_works(once)
            except NotEnoughCredit:
                return False
            return True

        handles = [persistence, self._again(persistence)] * 4
        outcomes = at_once([partial(take, handle, number) for number, handle in enumerate(handles)])

        assert sum(outcome.value for outcome in outcomes) == 3
        card = fetch(persistence, Account, "card")
        assert (card.balance, card.held) == (30, 30)

    def test_saved_methods_come_back_and_are_found_by_their_owner_until_they_are_forgotten(
        self, persistence: Persistence
    ) -> None:
        self._credit_is_saved(persistence, a_saved_method("one").having(label="Karte \u00e9"))
        self._credit_is_saved(persistence, a_saved_method("two", chosen=3).having(expires=None))
        self._credit_is_saved(persistence, a_saved_method("his", "member:bob", chosen=3))
        self._credit_is_saved(persistence, fetch(persistence, SavedMethod, "one").forget())

        with writing(persistence) as work:
            methods: SavedMethods = work.repository(SavedMethods)
            methods.save(a_saved_method("new"))
            assert [method.id for method in methods.of_owner("member:ada")] == ["new", "two"]
            assert methods.of_owner("member:eve") == []

    def test_two_methods_of_one_owner_are_never_chosen_together(self, persistence: Persistence) -> None:
        keep(persistence, a_saved_method("one", chosen=1), a_saved_method("two"), a_saved_method("three"))

        with pytest.raises(Duplicate):
            keep(persistence, fetch(persistence, SavedMethod, "two").choose(1))

    def test_an_unknown_hold_is_not_found(self, persistence: Persistence) -> None:
        with reading(persistence) as work:
            assert work.repository(CreditHolds).find(hold_id(AccountId("card"), _PAYMENT)) is None
            assert work.repository(Accounts).issued(AccountId("card"), "nothing") is None
