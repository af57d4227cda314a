"""Who ships what: every rule gives what there is and no more, and says why."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomcore.inventory import (
    ByPriority,
    Candidate,
    Cheapest,
    Choosing,
    FewestParcels,
    KeepStoreStock,
    Lexically,
    LocationKind,
    Nearest,
    Ordered,
    Pick,
    SourcingPlan,
    SourcingQuestion,
    SourcingReason,
    SourcingRule,
)
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import LocationId, VariantId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.place import Place

RULES: tuple[SourcingRule, ...] = (
    ByPriority(),
    FewestParcels(),
    Nearest(),
    Cheapest(),
    KeepStoreStock(),
    Lexically(FewestParcels(), Nearest()),
    Lexically(KeepStoreStock(), FewestParcels(), Nearest()),
    Lexically(Nearest(), Cheapest()),
    Lexically(Cheapest(), FewestParcels(), KeepStoreStock()),
)

BERLIN = Place("DE", "Berlin", "10115", 52.52, 13.40)
HAMBURG = Place("DE", "Hamburg", "20095", 53.55, 9.99)
MUNICH = Place("DE", "Bavaria", "80331", 48.14, 11.58)
EUR = Currency("EUR")


def at(name: str, available: Mapping[str, int], **rest: object) -> Candidate:
    return Candidate(location=LocationId(name), available=available, **rest)  # type: ignore[arg-type]


def asked(wanted: Mapping[str, int], *candidates: Candidate, **rest: object) -> SourcingQuestion:
    return SourcingQuestion(wanted, candidates, **rest)  # type: ignore[arg-type]


def shipped(plan: SourcingPlan) -> dict[tuple[str, str], int]:
    return {(pick.location, pick.variant): pick.quantity for pick in plan.picks}


# By priority -------------------------------------------------------------------------------------------------------


def test_each_variant_comes_from_the_locations_in_the_order_of_priority_and_then_of_their_ids() -> None:
    question = asked(
        {"tea": 5, "cup": 1},
        at("c", {"tea": 9, "cup": 9}, priority=7),
        at("b", {"tea": 2}, priority=1),
        at("a", {"tea": 2, "cup": 1}, priority=1),
    )

    plan = ByPriority().plan(question)

    assert plan.picks == (
        Pick(VariantId("tea"), LocationId("a"), 2),
        Pick(VariantId("tea"), LocationId("b"), 2),
        Pick(VariantId("tea"), LocationId("c"), 1),
        Pick(VariantId("cup"), LocationId("a"), 1),
    )
    assert plan.locations == ("a", "b", "c")
    assert plan.missing == {}


def test_what_nobody_has_is_missing() -> None:
    plan = ByPriority().plan(asked({"tea": 5, "cup": 1}, at("a", {"tea": 2}), at("b", {"tea": 1})))

    assert plan.missing == {"tea": 2, "cup": 1}


def test_where_there_is_no_location_all_is_missing_and_there_is_nobody_to_explain() -> None:
    plan = ByPriority().plan(asked({"tea": 5}))

    assert (plan.picks, plan.trail, plan.missing) == ((), (), {"tea": 5})


def test_more_promised_than_there_is_gives_nothing_rather_than_less_than_nothing() -> None:
    for others in ((), (at("b", {"tea": 1}),)):
        plan = FewestParcels().plan(asked({"tea": 2}, at("a", {"tea": -3}), *others))

        assert plan.missing == {"tea": 2 - len(others)}
        assert all(pick.location == "b" for pick in plan.picks)


# Who is asked ------------------------------------------------------------------------------------------------------


def test_a_location_from_which_no_parcels_leave_is_not_asked_unless_it_is_named() -> None:
    store, house = at("store", {"tea": 5}, ships=False, priority=1), at("house", {"tea": 5})

    assert ByPriority().plan(asked({"tea": 1}, store, house)).locations == ("house",)
    assert ByPriority().plan(asked({"tea": 1}, store, house, only="store")).locations == ("store",)
    assert ByPriority().plan(asked({"tea": 1}, store)).trail[0].reason is SourcingReason.DOES_NOT_SHIP


def test_goods_are_fetched_only_where_buyers_can_come() -> None:
    store, house = at("store", {"tea": 1}, collects=True, ships=False), at("house", {"tea": 5})

    plan = ByPriority().plan(asked({"tea": 2}, store, house, collect=True))

    assert plan.locations == ("store",)
    assert plan.missing == {"tea": 1}
    assert [each.reason for each in plan.trail] == [SourcingReason.TAKEN, SourcingReason.DOES_NOT_COLLECT]
    assert ByPriority().plan(asked({"tea": 1}, store, house, only="house", collect=True)).missing == {"tea": 1}


def test_where_a_location_is_named_no_other_is_asked() -> None:
    plan = Nearest().plan(asked({"tea": 2}, at("a", {"tea": 5}), at("b", {"tea": 1}), only="b"))

    assert plan.missing == {"tea": 1}
    assert {each.location: each.reason for each in plan.trail} == {
        "a": SourcingReason.NOT_ASKED,
        "b": SourcingReason.TAKEN,
    }


# Fewest parcels ----------------------------------------------------------------------------------------------------


def test_one_location_that_has_everything_ships_everything_however_low_it_stands() -> None:
    question = asked(
        {"tea": 1, "cup": 1},
        at("a", {"tea": 1}, priority=1),
        at("b", {"cup": 1}, priority=2),
        at("c", {"tea": 1, "cup": 1}),
    )

    assert ByPriority().plan(question).locations == ("a", "b")
    assert FewestParcels().plan(question).locations == ("c",)


def test_of_several_sets_of_the_same_size_the_one_of_the_lowest_priorities_ships() -> None:
    question = asked(
        {"tea": 4},
        at("d", {"tea": 2}, priority=1),
        at("c", {"tea": 2}, priority=2),
        at("b", {"tea": 3}, priority=3),
        at("a", {"tea": 3}, priority=4),
    )

    assert FewestParcels().plan(question).locations == ("d", "c")


def test_of_the_ways_with_fewest_parcels_the_nearest_is_taken() -> None:
    question = asked(
        {"tea": 1, "cup": 1},
        at("munich", {"tea": 1, "cup": 1}, place=MUNICH, priority=1),
        at("hamburg", {"tea": 1, "cup": 1}, place=HAMBURG, priority=2),
        at("berlin", {"tea": 1}, place=BERLIN, priority=3),
        destination=BERLIN,
    )

    assert Nearest().plan(question).locations == ("berlin", "hamburg")
    assert Lexically(FewestParcels(), Nearest()).plan(question).locations == ("hamburg",)


# Nearest -----------------------------------------------------------------------------------------------------------


def test_the_nearest_location_ships_first() -> None:
    places = {"berlin": BERLIN, "hamburg": HAMBURG, "munich": MUNICH, "nowhere": None}
    candidates = [at(name, {"tea": 1}, place=place) for name, place in places.items()]

    plan = Nearest().plan(asked({"tea": 9}, *candidates, destination=Place("DE", None, None, 53.0, 10.5)))

    assert [pick.location for pick in plan.picks] == ["hamburg", "berlin", "munich", "nowhere"]


def test_without_coordinates_the_same_country_then_region_then_the_beginning_of_the_postcode_is_nearer() -> None:
    places = {
        "exact": Place("DE", "Berlin", "10 115"),
        "close": Place("DE", "Berlin", "10999"),
        "region": Place("DE", "Berlin"),
        "country": Place("DE", "Bavaria", "10115"),
        "abroad": Place("AT", "Berlin", "10115"),
        "measured": MUNICH,
    }
    candidates = [at(name, {"tea": 1}, place=place) for name, place in places.items()]

    plan = Nearest().plan(asked({"tea": 9}, *candidates, destination=BERLIN))

    order = [pick.location for pick in plan.picks]
    assert order == ["measured", "exact", "close", "region", "country", "abroad"]
    notes: dict[str, str] = {each.location: each.note for each in plan.trail}
    assert notes["measured"] == "504 km away"
    assert notes["exact"] == "in the same region, postcodes begin alike (5 characters)"
    assert notes["abroad"] == "in another country"


def test_where_nobody_knows_where_the_goods_go_the_priority_decides() -> None:
    question = asked({"tea": 1}, at("a", {"tea": 1}, place=BERLIN, priority=2), at("b", {"tea": 1}, priority=1))

    assert Nearest().plan(question).locations == ("b",)


# Cheapest ----------------------------------------------------------------------------------------------------------


def cents(minor: int, code: str = "EUR") -> Money:
    return Money(minor, Currency(code))


def test_two_cheap_parcels_go_before_a_dear_one() -> None:
    question = asked(
        {"tea": 1, "cup": 1},
        at("a", {"tea": 1, "cup": 1}, parcel_cost=cents(10_00)),
        at("b", {"tea": 1}, parcel_cost=cents(4_00)),
        at("c", {"cup": 1}, parcel_cost=cents(5_00)),
    )

    assert Cheapest().plan(question).locations == ("b", "c")
    assert FewestParcels().plan(question).locations == ("a",)


def test_of_two_ways_that_cost_the_same_the_one_with_fewer_parcels_is_taken() -> None:
    question = asked(
        {"tea": 1, "cup": 1},
        at("a", {"tea": 1}, parcel_cost=cents(4_00), priority=1),
        at("b", {"cup": 1}, parcel_cost=cents(4_00), priority=1),
        at("c", {"tea": 1, "cup": 1}, parcel_cost=cents(8_00)),
    )

    assert Cheapest().plan(question).locations == ("c",)


def test_a_cost_that_is_not_known_or_in_another_currency_is_the_dearest() -> None:
    known = at("known", {"tea": 1}, parcel_cost=cents(99_00))
    for other in (None, cents(1, "USD")):
        question = asked({"tea": 1}, at("a", {"tea": 1}, parcel_cost=other, priority=200), known)

        assert Cheapest().plan(question).locations == ("known",)
    assert Cheapest(Currency("USD")).plan(question).locations == ("a",)


def test_the_cost_of_units_counts_beside_that_of_parcels() -> None:
    question = asked(
        {"tea": 10},
        at("a", {"tea": 10}, parcel_cost=cents(1_00), unit_cost=cents(50)),
        at("b", {"tea": 10}, parcel_cost=cents(5_00), unit_cost=cents(5)),
    )

    assert Cheapest().plan(question).locations == ("b",)  # 5.50 instead of 6.00


def test_units_come_from_where_each_costs_least_among_the_parcels_that_leave() -> None:
    question = asked(
        {"tea": 12, "cup": 1},
        at("a", {"tea": 10, "cup": 1}, parcel_cost=cents(1_00), unit_cost=cents(50), priority=1),
        at("b", {"tea": 10}, parcel_cost=cents(1_00), unit_cost=cents(5)),
    )

    assert shipped(Cheapest().plan(question)) == {("b", "tea"): 10, ("a", "tea"): 2, ("a", "cup"): 1}


def test_a_currency_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid, match="currency"):
        Cheapest(Currency("XXX"))


# The stock of stores -----------------------------------------------------------------------------------------------

HOUSE = at("house", {"tea": 1}, priority=50)
STORES = (
    at("near", {"tea": 5}, kind=LocationKind.STORE, priority=1, keep={"tea": 4}),
    at("far", {"tea": 5}, kind=LocationKind.STORE, priority=2, keep={"tea": 3}),
)


def test_stores_ship_last_and_keep_what_they_want_to_keep() -> None:
    plan = KeepStoreStock().plan(asked({"tea": 4}, *STORES, HOUSE))

    assert shipped(plan) == {("house", "tea"): 1, ("near", "tea"): 1, ("far", "tea"): 2}
    assert {each.note for each in plan.trail} == {"", "a store"}


def test_what_stores_keep_leaves_only_when_there_is_nothing_else() -> None:
    plan = KeepStoreStock().plan(asked({"tea": 6}, *STORES, HOUSE))

    assert shipped(plan) == {("house", "tea"): 1, ("near", "tea"): 3, ("far", "tea"): 2}
    notes: dict[str, str] = {each.location: each.note for each in plan.trail}
    assert notes["near"] == "a store, with units it would rather keep"
    assert KeepStoreStock().plan(asked({"tea": 2}, STORES[0])).trail[0].note == notes["near"]
    assert KeepStoreStock().plan(asked({"tea": 1}, STORES[0])).trail[0].note == "a store"


def test_warehouses_come_before_stores_and_among_them_the_fewest_parcels() -> None:
    houses = (at("a", {"tea": 1}, priority=1), at("b", {"tea": 1}, priority=2), at("c", {"tea": 2}, priority=3))
    store = at("store", {"tea": 9, "cup": 1}, kind=LocationKind.STORE)

    plan = Lexically(KeepStoreStock(), FewestParcels()).plan(asked({"tea": 2, "cup": 1}, *houses, store))

    assert shipped(plan) == {("c", "tea"): 2, ("store", "cup"): 1}


# Together ----------------------------------------------------------------------------------------------------------


def test_a_rule_of_the_host_can_be_put_together_with_those_of_the_shop() -> None:
    class EvenNames(Ordered):
        name = "short names first"

        def rank(self, candidate: Candidate, _: SourcingQuestion, /) -> tuple[int]:
            return (len(candidate.location),)

    class Loved(Choosing):
        name = "those we love"

        def costs(self, candidates: Sequence[Candidate], _: SourcingQuestion, /) -> Sequence[tuple[int, int]]:
            return [(0 if each.location.endswith("!") else 1, 0) for each in candidates]

    question = asked(
        {"tea": 1}, at("aaa", {"tea": 1}), at("bb", {"tea": 1}), at("dddd!", {"tea": 1}), at("ccc!", {"tea": 1})
    )

    assert EvenNames().plan(question).locations == ("bb",)
    assert Loved().plan(question).locations == ("ccc!",)
    assert Lexically(Loved(), EvenNames()).plan(question).locations == ("ccc!",)
    assert Lexically(Loved(), EvenNames()).plan(question).rule == "those we love, then short names first"


def test_rules_that_cannot_be_put_together_are_refused_by_their_number() -> None:
    with pytest.raises(Invalid, match=r"rules\[1\]"):
        Lexically(FewestParcels(), Lexically(Nearest()))  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="rules"):
        Lexically()


# Why ---------------------------------------------------------------------------------------------------------------


def test_a_plan_says_of_every_location_why_it_ships_what_it_ships() -> None:
    question = asked(
        {"tea": 3, "cup": 1},
        at("berlin", {"tea": 2, "cup": 1}, place=BERLIN),
        at("hamburg", {"tea": 2}, place=HAMBURG),
        at("munich", {"tea": 9}, place=MUNICH),
        at("outlet", {"tea": 9}, place=BERLIN, ships=False),
        at("attic", {"pot": 9}, place=BERLIN),
        destination=BERLIN,
    )

    assert Nearest().plan(question).explained() == (
        "rule: nearest",
        "attic ships nothing: has none of it; 0 km away",
        "berlin ships 2 of tea, 1 of cup: 0 km away",
        "hamburg ships 1 of tea: 255 km away",
        "munich ships nothing: not needed; 504 km away",
        "outlet ships nothing: no parcels leave from there",
    )
    assert Nearest().plan(question).in_short() == (
        "rule: nearest",
        "berlin ships 2 of tea, 1 of cup: 0 km away",
        "hamburg ships 1 of tea: 255 km away",
        "3 others ship nothing",
    )


def test_a_plan_says_what_is_missing() -> None:
    plan = ByPriority().plan(asked({"tea": 3}, at("a", {"tea": 1}, priority=5), at("b", {})))

    assert plan.explained() == (
        "rule: by priority",
        "a ships 1 of tea: priority 5",
        "b ships nothing: has none of it; priority 100",
        "missing: 2 of tea",
    )
    assert plan.in_short()[-2:] == ("1 other ships nothing", "missing: 2 of tea")


# Laws --------------------------------------------------------------------------------------------------------------

VARIANTS = ("tea", "cup", "pot")
PLACES = (None, BERLIN, HAMBURG, Place("DE", "Berlin", "10999"), Place("AT"))


def candidates(most: int = 6) -> st.SearchStrategy[list[Candidate]]:
    units = st.dictionaries(st.sampled_from(VARIANTS), st.integers(-1, 5))
    costs = st.none() | st.builds(Money, st.integers(0, 9), st.sampled_from([EUR, Currency("USD")]))
    each = st.builds(
        Candidate,
        location=st.sampled_from([LocationId(name) for name in "abcdefgh"]),
        available=units,
        keep=units,
        kind=st.sampled_from(LocationKind),
        priority=st.integers(0, 2),
        place=st.sampled_from(PLACES),
        ships=st.integers(0, 5).map(bool),
        collects=st.booleans(),
        parcel_cost=costs,
        unit_cost=costs,
    )
    return st.lists(each, max_size=most, unique_by=lambda candidate: candidate.location)


questions = st.builds(
    SourcingQuestion,
    st.dictionaries(st.sampled_from(VARIANTS), st.integers(0, 12)),
    candidates(),
    st.sampled_from(PLACES),
    st.none() | st.sampled_from([LocationId("a"), LocationId("b")]),
    st.integers(0, 5).map(lambda number: number == 5),
)


def asked_of(question: SourcingQuestion) -> list[Candidate]:
    return [each for each in question.candidates if question.obstacle(each) is None]


@given(st.sampled_from(RULES), questions)
def test_no_rule_takes_more_than_there_is_or_loses_a_unit(rule: SourcingRule, question: SourcingQuestion) -> None:
    plan = rule.plan(question)

    there: dict[tuple[str, str], int] = {
        (each.location, variant): units for each in asked_of(question) for variant, units in each.available.items()
    }
    assert all(0 < units <= there[where] for where, units in shipped(plan).items())
    assert len(shipped(plan)) == len(plan.picks)
    for variant, wanted in question.wanted.items():
        picked = sum(pick.quantity for pick in plan.picks if pick.variant == variant)
        total = sum(max(0, units) for (_, each), units in there.items() if each == variant)
        assert picked == min(wanted, total)
        assert picked + plan.missing.get(variant, 0) == wanted
    assert all(plan.missing.values())


@given(st.sampled_from(RULES), questions)
def test_every_location_is_explained_once(rule: SourcingRule, question: SourcingQuestion) -> None:
    plan = rule.plan(question)

    assert sorted(each.location for each in plan.trail) == sorted(each.location for each in question.candidates)
    assert sum(each.taken for each in plan.trail) == sum(pick.quantity for pick in plan.picks)
    for each in plan.trail:
        assert (each.reason is SourcingReason.TAKEN) == bool(each.taken)
        assert [line for line in plan.explained() if line.startswith(f"{each.location} ships ")]


@given(st.sampled_from(RULES), questions, st.randoms())
def test_the_order_in_which_locations_are_listed_changes_nothing(
    rule: SourcingRule, question: SourcingQuestion, random: Random
) -> None:
    shuffled = list(question.candidates)
    random.shuffle(shuffled)
    again = SourcingQuestion(question.wanted, shuffled, question.destination, question.only, question.collect)

    assert rule.plan(again) == rule.plan(question)


def cost(chosen: Sequence[Candidate], wanted: Mapping[VariantId, int], code: str) -> int:
    """What it costs to take all that is wanted from these, each unit from where it costs least."""
    total = 0
    for each in chosen:
        known = each.parcel_cost is not None and each.parcel_cost.currency == code
        total += each.parcel_cost.minor if known and each.parcel_cost else 10**15
    for variant, units in wanted.items():
        left = units
        priced = [
            (each.unit_cost.minor if each.unit_cost and each.unit_cost.currency == code else 0, each) for each in chosen
        ]
        for price, each in sorted(priced, key=lambda pair: pair[0]):
            part = max(0, min(left, each.available.get(variant, 0)))
            total, left = total + part * price, left - part
    return total


def sufficient_sets(question: SourcingQuestion) -> list[tuple[Candidate, ...]]:
    """Every set of locations that can give as much as all of them can."""
    asked_ = asked_of(question)

    def most(chosen: Sequence[Candidate]) -> Mapping[VariantId, int]:
        return {
            variant: min(units, sum(max(0, each.available.get(variant, 0)) for each in chosen))
            for variant, units in question.wanted.items()
        }

    sets = (chosen for size in range(len(asked_) + 1) for chosen in combinations(asked_, size))
    return [chosen for chosen in sets if most(chosen) == most(asked_)]


@given(questions)
def test_nobody_finds_fewer_parcels(question: SourcingQuestion) -> None:
    used = len(FewestParcels().plan(question).locations)

    assert used == min(len(chosen) for chosen in sufficient_sets(question))
    assert used <= len(ByPriority().plan(question).locations)
    assert used == len(Lexically(FewestParcels(), Nearest()).plan(question).locations)


@settings(max_examples=200)
@given(questions)
def test_nobody_finds_a_cheaper_way(question: SourcingQuestion) -> None:
    plan = Cheapest(EUR).plan(question)

    there = {v: units - plan.missing.get(v, 0) for v, units in question.wanted.items()}
    used = [each for each in question.candidates if each.location in plan.locations]
    paid = sum(cost([each], {}, "EUR") for each in used)
    for pick in plan.picks:
        (where,) = (each for each in used if each.location == pick.location)
        priced = where.unit_cost is not None and where.unit_cost.currency == EUR
        paid += pick.quantity * where.unit_cost.minor if priced and where.unit_cost else 0
    assert paid == min(cost(chosen, there, "EUR") for chosen in sufficient_sets(question))


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(13, 60))
def test_among_many_locations_a_guess_is_never_worse_than_by_priority(seed: int, size: int) -> None:
    question = a_crowd(size, seed)

    fewest, first = FewestParcels().plan(question), ByPriority().plan(question)

    assert len(fewest.locations) <= len(first.locations)
    assert fewest.missing == first.missing


def a_crowd(size: int, seed: int = 1) -> SourcingQuestion:
    """So many stores with 20 variants each, most of them scarce."""
    numbers = [(seed * 7919 + i * 104_729) % 9_973 for i in range(size * 20)]
    stores = [
        at(
            f"store-{i:03}",
            {f"v{j}": numbers[i * 20 + j] % 5 for j in range(20)},
            priority=numbers[i] % 10,
            kind=LocationKind.STORE,
            parcel_cost=cents(100 + numbers[i] % 500),
            place=Place("DE", None, None, 47.0 + numbers[i] % 80 / 10, 6.0 + numbers[-i] % 80 / 10),
        )
        for i in range(size)
    ]
    return SourcingQuestion({VariantId(f"v{j}"): 9 for j in range(20)}, stores, BERLIN)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_hundreds_of_stores_are_no_burden(rule: SourcingRule) -> None:
    question = a_crowd(457)

    best = min(_seconds(rule, question) for _ in range(5))

    assert best < 0.2  # some 10 ms; what grew with the square of the stores would take far longer
    assert rule.plan(question).missing == {}


def _seconds(rule: SourcingRule, question: SourcingQuestion) -> float:
    begin = time.perf_counter()
    rule.plan(question)
    return time.perf_counter() - begin
