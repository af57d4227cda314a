"""A code gives what it says, as often as it says, to whom it says; and nobody finds one by trying."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ecomcore.inventory import ExpireReservations
from ecomcore.kernel.errors import AlreadyExists
from ecomcore.kernel.ids import CouponBatchId, MemberId, OrderId
from ecomcore.kernel.messages import Anonymous, Guest, Member
from ecomcore.kernel.text import HIDDEN
from ecomcore.memory import AttemptLimit, Fault
from ecomcore.ordering import (
    CodeAttempts,
    OrderState,
    QuoteCart,
    RetryPayment,
    Shopper,
    TooManyAttempts,
    TotalChanged,
)
from ecomcore.promotions import (
    AddCoupon,
    AssignCoupon,
    GenerateCoupons,
    GetCoupon,
    GiveBack,
    ListCodes,
    NoCodesLeft,
    PromotionsPolicy,
    WithdrawCoupon,
)
from ecomcore.quoting import CouponProblem, Limits, Quote
from ecomcore.testing import ShopKit, a_shop, euros
from ecomcore_sqlalchemy import SqlPersistence
from tests.failures.conftest import Gather, OpenShop
from tests.failures.offering import of_policy, off_by, offer, offer_by_code, order_of, quoted
from tests.failures.racing import Outcome
from tests.support.refusals import refused

WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "firstpair")
"""As a keyboard for Japanese types it."""


def tally(outcomes: list[Outcome]) -> Counter[str]:
    """How many got an answer, and how many were refused with which error."""
    return Counter(each.__name__ if isinstance(each, type) else "done" for each in outcomes)


def answer_to(kit: ShopKit, code: str) -> CouponProblem | None:
    """The problem with a code, if there is one."""
    (answer,) = quoted(kit, kit.cart(), code).coupons
    return answer.problem


def uses(kit: ShopKit, code: str) -> int:
    return kit.staff.ask(GetCoupon(code)).uses


@pytest.mark.failure("F025")
def test_f025_of_two_who_use_the_last_coupon_together_one_is_refused_before_payment(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    offer_by_code(kit, "LAST", limits=Limits(uses=1))
    reduced = order_of(quoted(kit, kit.cart(), "LAST"), kit.cart(), "LAST")

    outcomes = crowd.place([reduced] * 2)

    assert tally(outcomes) == {"done": 1, "TotalChanged": 1}
    assert uses(kit, "LAST") == 1
    with refused(TotalChanged(euros(9_00), euros(10_00))):
        kit.member.handle(reduced)
    assert kit.shop.audit() == []


@pytest.mark.failure("F026")
@pytest.mark.parametrize("limits", [Limits(uses=5), Limits(uses_per_buyer=5)], ids=["of all", "of one customer"])
def test_f026_of_fifty_at_once_five_use_what_may_be_used_five_times(gather: Gather, limits: Limits) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    offer_by_code(kit, "FIVE", limits=limits)
    reduced = order_of(quoted(kit, kit.cart(), "FIVE"), kit.cart(), "FIVE")
    names = ["ada"] * 50 if limits.uses_per_buyer else [f"buyer-{number}" for number in range(50)]

    outcomes = crowd.send([(Member(MemberId(name)), reduced) for name in names])

    assert tally(outcomes) == {"done": 5, "TotalChanged": 45}
    assert kit.shop.audit() == []


@pytest.mark.failure("F026")
@pytest.mark.parametrize("wrong", ["taken = taken + 1", "cap = 0", "taken = -1"])
def test_f026_the_database_refuses_one_use_too_many_whatever_the_code_does(database: str, wrong: str) -> None:
    kit = a_shop(SqlPersistence(database), products=1)
    offer_by_code(kit, "ONCE", limits=Limits(uses=1))
    kit.member.handle(order_of(quoted(kit, kit.cart(), "ONCE"), kit.cart(), "ONCE"))
    node = sa.create_engine(database)

    with pytest.raises(IntegrityError, match=r"not_overdrawn|taken"), node.begin() as connection:
        connection.execute(sa.text(f"UPDATE allowances SET {wrong}"))  # noqa: S608

    assert uses(kit, "ONCE") == 1
    node.dispose()
    kit.shop.close()


@pytest.mark.failure("F027")
def test_f027_a_personal_code_sent_by_twenty_sessions_at_once_is_redeemed_once(gather: Gather) -> None:
    crowd = gather(products=1, processes=20)
    kit, ada = crowd.kit, MemberId("ada")
    batch = kit.staff.handle(GenerateCoupons(offer(kit, needs_coupon=True), 10, "ADA", personal=True))
    code = kit.staff.handle(AssignCoupon(batch, ada))
    reduced = order_of(quoted(kit, kit.cart(), code), kit.cart(), code)

    outcomes = crowd.send([(Member(ada), reduced)] * 20)

    assert tally(outcomes) == {"done": 1, "TotalChanged": 19}
    assert uses(kit, code) == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F029")
def test_f029_the_only_code_that_sixty_four_ask_for_goes_to_one_of_them(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    batch = kit.staff.handle(GenerateCoupons(offer(kit, needs_coupon=True), 1, "ONLY", personal=True))

    outcomes = crowd.send([(kit.staff.by, AssignCoupon(batch, MemberId(f"buyer-{n}"))) for n in range(64)])

    assert tally(outcomes) == {"done": 1, "NoCodesLeft": 63}
    (code,) = kit.staff.ask(ListCodes(batch))
    assert code.code in outcomes
    assert code.member is not None


@pytest.mark.failure("F029")
def test_f029_no_code_is_given_to_two(gather: Gather) -> None:
    crowd = gather(products=1)
    kit = crowd.kit
    batch = kit.staff.handle(GenerateCoupons(offer(kit, needs_coupon=True), 20, "MINE", personal=True))

    codes = crowd.send([(kit.staff.by, AssignCoupon(batch, MemberId(f"buyer-{n}"))) for n in range(20)])

    assert len(set(codes)) == 20
    assert {view.code: view.member for view in kit.staff.ask(ListCodes(batch))}.keys() == set(codes)
    with refused(NoCodesLeft(CouponBatchId(batch), 20)):
        kit.staff.handle(AssignCoupon(batch, MemberId("late")))


def declined_order(kit: ShopKit) -> OrderId:
    """Ada's order with a coupon of a single use, whose payment was declined."""
    offer_by_code(kit, "ONCE", limits=Limits(uses=1))
    kit.gateway.script(Fault.DECLINE)
    return kit.member.handle(order_of(quoted(kit, kit.cart(), "ONCE"), kit.cart(), "ONCE"))


@pytest.mark.failure("F030")
def test_f030_after_a_declined_card_the_same_order_is_paid_with_its_discount(open_shop: OpenShop) -> None:
    kit = open_shop()
    order = declined_order(kit)
    assert uses(kit, "ONCE") == 1, "it is set aside with the order"

    kit.member.handle(RetryPayment(order, "another card"))

    view = kit.view(order)
    assert (view.state, view.authorised) == (OrderState.CONFIRMED, euros(9_00))
    assert uses(kit, "ONCE") == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F030")
@pytest.mark.parametrize("policy", GiveBack)
def test_f030_a_coupon_of_an_order_that_was_never_paid_serves_again(open_shop: OpenShop, policy: GiveBack) -> None:
    kit = of_policy(open_shop(), promotions_policy=PromotionsPolicy(policy))
    order = declined_order(kit)
    assert answer_to(kit, "ONCE") is CouponProblem.USED_UP, "not twice at the same time"

    kit.clock.tick(timedelta(hours=1))
    kit.system.handle(ExpireReservations())

    assert kit.view(order).state is OrderState.CANCELLED
    used_up = policy is GiveBack.NEVER
    assert answer_to(kit, "ONCE") is (CouponProblem.USED_UP if used_up else None)
    again = quoted(kit, kit.cart(), "ONCE")
    kit.member.handle(order_of(again, kit.cart(), "ONCE"))
    assert off_by(again) == euros(0 if used_up else 1_00)
    assert uses(kit, "ONCE") == 1
    assert kit.shop.audit() == []


@pytest.mark.failure("F030")
@pytest.mark.parametrize("policy", GiveBack)
def test_f030_a_coupon_of_an_order_that_was_paid_serves_again_only_if_the_shop_says_so(
    open_shop: OpenShop, policy: GiveBack
) -> None:
    kit = of_policy(open_shop(), promotions_policy=PromotionsPolicy(policy))
    offer_by_code(kit, "ONCE", limits=Limits(uses=1))
    order = kit.member.handle(order_of(quoted(kit, kit.cart(), "ONCE"), kit.cart(), "ONCE"))

    kit.cancel(order)
    kit.cancel(order)

    assert uses(kit, "ONCE") == (0 if policy is GiveBack.ALWAYS else 1)
    assert answer_to(kit, "ONCE") is (None if policy is GiveBack.ALWAYS else CouponProblem.USED_UP)
    assert kit.shop.audit() == []


@pytest.mark.failure("F031")
@pytest.mark.parametrize("typed", ["FIRSTPAIR", "firstpair", " First-Pair ", WIDE, "F1RSTPA1R", "FIRSTPAIRS"])
def test_f031_a_code_that_is_accepted_gives_its_discount(open_shop: OpenShop, typed: str) -> None:
    kit = open_shop()
    offer_by_code(kit, "FIRSTPAIR")

    quote = quoted(kit, kit.cart(), typed)

    accepted = quote.coupons[0].problem is None
    assert accepted is (typed != "FIRSTPAIRS")
    assert off_by(quote) == euros(1_00 if accepted else 0)
    order = kit.member.handle(order_of(quote, kit.cart(), typed))
    assert off_by(kit.view(order)) == off_by(quote)


@pytest.mark.failure("F032")
@pytest.mark.parametrize("again", ["DANKEFÜR100", "dankefu\u0308r100", "Danke für 100", "dankefür1oo"])
def test_f032_the_same_code_in_other_letters_is_the_same_code(open_shop: OpenShop, again: str) -> None:
    kit = open_shop()
    promotion = offer_by_code(kit, "dankefür100", limits=Limits(uses=5))

    quote = quoted(kit, kit.cart(), "dankefür100", again)

    assert [each.problem for each in quote.coupons] == [None, CouponProblem.REPEATED]
    assert off_by(quote) == euros(1_00)
    with refused(AlreadyExists("coupon", "code", HIDDEN)):
        kit.staff.handle(AddCoupon(again, promotion))
    kit.member.handle(order_of(quote, kit.cart(), "dankefür100", again))
    assert uses(kit, again) == 1


class Counting(CodeAttempts):
    """Is told of every try, and lets all through."""

    def __init__(self) -> None:
        self.told: list[tuple[str | None, int]] = []

    def tried(self, shopper: Shopper, unknown: Sequence[str], at: object) -> None:
        self.told.append((shopper.buyer, len(unknown)))


@pytest.mark.failure("F040")
def test_f040_a_reply_does_not_tell_a_near_miss_from_nonsense(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(), attempts=Counting())
    promotion = offer_by_code(kit, "SUMMER-2030")
    kit.staff.handle(AddCoupon("FOR-BOB", promotion, member=MemberId("bob")))
    kit.staff.handle(AddCoupon("OVER", promotion))
    kit.staff.handle(WithdrawCoupon("OVER"))
    batch = kit.staff.handle(GenerateCoupons(promotion, 10, "SAVE", personal=True))
    nobodys, _ = (view.code for view in kit.staff.ask(ListCodes(batch, limit=2)))
    bobs = kit.staff.handle(AssignCoupon(batch, MemberId("bob")))
    near = ["SUMMER-2031", "SUMMER-203", "FOR-BOB", "OVER", "SAVE", nobodys[:-1], nobodys[:-1] + "!", bobs]

    answers = [quoted(kit, kit.cart(), code).coupons[0] for code in (*near, "nonsense")]

    assert {each.problem for each in answers} == {CouponProblem.UNKNOWN}
    assert {(each.coupon, each.promotion, each.expired_at) for each in answers} == {(None, None, None)}


@pytest.mark.failure("F040")
def test_f040_every_question_with_codes_is_told_before_it_is_answered(open_shop: OpenShop) -> None:
    attempts = Counting()
    kit = of_policy(open_shop(), attempts=attempts)
    offer_by_code(kit, "HELLO")

    quoted(kit, kit.cart(), "HELLO", "HELL0", "HELL", "HELLOO")
    quoted(kit, kit.cart())
    with pytest.raises(TotalChanged):
        kit.guest.handle(order_of(quoted(kit, kit.cart(), "HELLO"), kit.cart(), "nonsense"))

    ada, guest = kit.member.by.owner, kit.guest.by.owner
    assert attempts.told == [(ada, 2), (ada, 0), (guest, 1)]


@pytest.mark.failure("F040")
def test_f040_of_a_thousand_wrong_codes_twenty_are_looked_at(open_shop: OpenShop) -> None:
    kit = open_shop()
    offer_by_code(kit, "HELLO")
    stopped = 0

    for number in range(1_000):
        try:
            quoted(kit, kit.cart(), f"GUESS-{number}")
        except TooManyAttempts:
            stopped += 1

    assert stopped == 980
    with refused(TooManyAttempts()):
        quoted(kit, kit.cart(), "HELLO")
    with refused(TooManyAttempts()):
        kit.member.handle(order_of(quoted(kit, kit.cart()), kit.cart(), "HELLO"))
    assert quoted(kit, kit.cart()).total == euros(10_00), "whoever tries no codes can go on"
    assert off_by(kit.guest.ask(QuoteCart(kit.cart(), "EUR", coupons=("HELLO",)))) == euros(1_00), "and others too"
    kit.clock.tick(timedelta(minutes=10))
    assert answer_to(kit, "HELLO") is None


@pytest.mark.failure("F040")
def test_f040_a_guest_is_stopped_and_nobody_else_is(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(), attempts=AttemptLimit(most=1))

    def guess(code: str, token: str) -> Quote:
        return kit.shop.ask(QuoteCart(kit.cart(), "EUR", coupons=(code,)), by=Guest(token))

    assert guess("ONE", "token-of-one-guest").coupons
    with refused(TooManyAttempts()):
        guess("TWO", "token-of-one-guest")
    with refused(TooManyAttempts()):
        guess("ONE", "token-of-one-guest")

    assert guess("ONE", "token-of-another-guest").coupons
    assert kit.shop.ask(QuoteCart(kit.cart(), "EUR", coupons=("GUESS",)), by=Anonymous()).coupons


@pytest.mark.failure("F040")
def test_f040_the_same_slip_of_the_pen_counts_once(open_shop: OpenShop) -> None:
    kit = of_policy(open_shop(), attempts=AttemptLimit(most=1))
    offer_by_code(kit, "HELLO")

    for _ in range(50):
        quoted(kit, kit.cart(), "HELO")

    assert quoted(kit, kit.cart(), "HELO").coupons
    with refused(TooManyAttempts()):
        quoted(kit, kit.cart(), "HALLO")


@pytest.mark.failure("F041")
def test_f041_the_codes_of_a_batch_cannot_be_foretold(open_shop: OpenShop) -> None:
    kit = open_shop()
    promotion = offer(kit, needs_coupon=True)
    bodies = []
    for prefix in ("AAA", "BBB"):
        batch = kit.staff.handle(GenerateCoupons(promotion, 1_000, prefix))
        views = kit.staff.ask(ListCodes(batch, limit=1_000))
        bodies += [view.code.replace("-", "").removeprefix(prefix) for view in views]

    assert len(set(bodies)) == 2_000
    assert sorted(bodies[:1_000]) != bodies[:1_000]
    same = [sum(a == b for a, b in zip(one, two, strict=True)) for one, two in pairwise(bodies)]
    assert max(same) < 9, "18 letters of 32: nobody who knows a code knows half of the next"
    assert all(len(body) == 18 for body in bodies)
