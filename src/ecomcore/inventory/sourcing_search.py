"""The cheapest set of locations that can give what is wanted: exact among a few, by a good guess among many.

This is the covering problem with several sums to reach (a multi-dimensional knapsack cover), which is NP-hard: beyond
some dozen locations nobody waits for the exact answer. Locations are numbers here, in the order in which they are
preferred; of sets that cost the same the one of those preferred wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heapreplace
from typing import Final, TypeAlias

__all__ = ["EXACT", "EXACT_WITH_UNITS", "Cost", "cheapest"]

EXACT: Final = 12
"""Up to so many useful locations the answer is exact."""

EXACT_WITH_UNITS: Final = 8
"""The same where single units cost something too."""

Cost: TypeAlias = tuple[int, int]
"""What a parcel from there costs, and each unit in it."""

_TIE: Final = 1 << 20
"""Costs are spread by this, so that of sets that cost the same the smaller one is the cheaper."""

Units: TypeAlias = Sequence[int]


def cheapest(costs: Sequence[Cost], stock: Sequence[Units], wanted: Units) -> list[int]:
    """The locations to take from: together they can give as much of what is wanted as all of them can."""
    goal = [min(units, sum(column)) for units, column in zip(wanted, zip(*stock, strict=True), strict=True)]
    useful = [i for i, units in enumerate(stock) if any(map(min, units, goal))]
    if not useful:
        return []
    search = _Search([costs[i] for i in useful], [stock[i] for i in useful], goal)
    return [useful[i] for i in search.answer()]


class _Search:
    def __init__(self, costs: Sequence[Cost], stock: Sequence[Units], goal: Units) -> None:
        self._parcels = [parcel * _TIE + 1 for parcel, _ in costs]
        self._units = [unit * _TIE for _, unit in costs]
        self._flat = not any(self._units)
        self._stock = stock
        self._goal = goal

    def answer(self) -> list[int]:
        alone = [i for i, units in enumerate(self._stock) if _covers(units, self._goal)]
        if alone and self._flat:
            best = min(alone, key=lambda i: (self._parcels[i], i))
            if self._parcels[best] <= min(self._parcels):
                return [best]
        guess = min(self._guesses(alone), key=lambda chosen: (self._total(chosen), chosen))
        if len(self._stock) > (EXACT if self._flat else EXACT_WITH_UNITS):
            return guess
        return self._exact(self._total(guess)) or guess

    # Guessing ------------------------------------------------------------------------------------------------------

    def _guesses(self, alone: Iterable[int]) -> Iterable[list[int]]:
        yield self._in_order()
        yield self._without_spares(self._greedy())
        for i in alone:
            yield [i]

    def _in_order(self) -> list[int]:
        """Those that give something when each is asked for all it has, the preferred ones first."""
        need, chosen = list(self._goal), []
        for i, units in enumerate(self._stock):
            if any(map(min, need, units)):
                chosen.append(i)
                need = [max(0, n - u) for n, u in zip(need, units, strict=True)]
                if not any(need):
                    break
        return chosen

    def _greedy(self) -> list[int]:
        """Again and again the one that gives most for its cost. What one can give only shrinks while others are chosen,
        so an old figure is never too low, and few are reckoned anew."""
        need, chosen = list(self._goal), []
        heap = [(self._price(i, need), i) for i in range(len(self._stock))]
        heapify(heap)
        while heap and any(need):
            _, i = heap[0]
            price = self._price(i, need)
            if price == float("inf"):
                heappop(heap)
            elif len(heap) > 1 and (price, i) > min(heap[1:3]):
                heapreplace(heap, (price, i))
            else:
                heappop(heap)
                chosen.append(i)
                need = [max(0, n - u) for n, u in zip(need, self._stock[i], strict=True)]
        return sorted(chosen)

    def _price(self, i: int, need: Units) -> float:
        """What one unit from there costs, if it gives all it can."""
        gain = sum(map(min, need, self._stock[i]))
        return self._parcels[i] / gain + self._units[i] if gain else float("inf")

    def _without_spares(self, chosen: list[int]) -> list[int]:
        """Without those that the others can do without, the dearest first."""
        have = [sum(column) for column in zip(*(self._stock[i] for i in chosen), strict=True)]
        kept = set(chosen)
        for i in sorted(chosen, key=lambda i: (self._parcels[i], i), reverse=True):
            left = [h - u for h, u in zip(have, self._stock[i], strict=True)]
            if _covers(left, self._goal):
                have = left
                kept.remove(i)
        return sorted(kept)

    # Knowing -------------------------------------------------------------------------------------------------------

    def _exact(self, at_most: int) -> list[int] | None:
        """The cheapest set, by branch and bound: with each location first, then without it."""
        after, largest, least = self._suffixes()
        best, found = at_most, None
        least_units = self._least_units()
        size = len(self._stock)

        def visit(i: int, need: list[int], cost: int, chosen: list[int]) -> None:
            nonlocal best, found
            open_ = any(need)
            if not open_ and (self._flat or i == size):
                total = cost if self._flat else self._total(chosen)
                if total < best or (total == best and found is None):
                    best, found = total, chosen
                return
            if i == size or not _covers(after[i], need):
                return
            more = max((-(-n // most) for n, most in zip(need, largest[i], strict=True) if n), default=0)
            bound = cost + more * least[i] + least_units
            if bound > best or (bound == best and found is not None):
                return
            with_it = [n - u if n > u else 0 for n, u in zip(need, self._stock[i], strict=True)]
            if with_it != need or not self._flat:
                visit(i + 1, with_it, cost + self._parcels[i], [*chosen, i])
            visit(i + 1, need, cost, chosen)

        visit(0, list(self._goal), 0, [])
        return found

    def _suffixes(self) -> tuple[list[Units], list[Units], list[int]]:
        """From each location on: what they can give together, the most that one of them can, the cheapest parcel."""
        none = [0] * len(self._goal)
        after: list[Units] = [none]
        largest: list[Units] = [none]
        least = [0]
        for units, parcel in zip(reversed(self._stock), reversed(self._parcels), strict=True):
            after.append([a + u for a, u in zip(after[-1], units, strict=True)])
            largest.append([max(most, u) for most, u in zip(largest[-1], units, strict=True)])
            least.append(min(least[-1], parcel) if len(least) > 1 else parcel)
        return after[::-1], largest[::-1], least[::-1]

    def _least_units(self) -> int:
        """What the units cost if parcels cost nothing: no set can do better."""
        return 0 if self._flat else self._cost_of_units(range(len(self._stock)))

    def _total(self, chosen: Sequence[int]) -> int:
        parcels = sum(self._parcels[i] for i in chosen)
        return parcels if self._flat else parcels + self._cost_of_units(chosen)

    def _cost_of_units(self, chosen: Iterable[int]) -> int:
        """Each unit from where it costs least."""
        need, cost = list(self._goal), 0
        for i in sorted(chosen, key=lambda i: (self._units[i], i)):
            given = list(map(min, need, self._stock[i]))
            cost += sum(given) * self._units[i]
            need = [n - g for n, g in zip(need, given, strict=True)]
        return cost


def _covers(units: Units, need: Units) -> bool:
    return all(map(int.__ge__, units, need))
