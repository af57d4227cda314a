"""To find again what was made at Stripe, when the answer that named it got lost.

Stripe's search is late: a minute on most days, an hour on bad ones, and some countries have none. So whatever the
search does not know is looked for in the list of the last hours as well, which is never late. Only if both have
nothing, Stripe has never heard of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import stripe
from stripe import PaymentIntentService

from ecomcore.kernel.clock import Instant
from ecomcore.ordering import NotFoundThere, Unknown
from ecomcore_stripe.asking import Data, Lost, No, ask

__all__ = ["Listing", "all_of", "intent_by_key"]

Listing: TypeAlias = Callable[[Any], stripe.StripeObject]
"""The method of the client that lists things; its parameters are checked by Stripe."""

_LATE: Final = 2 * 60 * 60
"""Seconds that the search may be behind, with some to spare for clocks that differ."""
_MOST_PAGES: Final = 20
_PER_PAGE: Final = 100


def intent_by_key(intents: PaymentIntentService, name: str, digest: str, now: Instant) -> str | NotFoundThere | Unknown:
    """The id of the PaymentIntent whose metadata has this digest under this name."""

    def is_it(intent: Data) -> bool:
        return bool((intent.get("metadata") or {}).get(name) == digest)

    searched = ask(lambda: intents.search({"query": f"metadata['{name}']:'{digest}'", "limit": 1}))
    match searched:
        case {"data": [{"id": str() as intent}, *_]}:
            return intent
        case Lost(detail):
            return Unknown(detail)
        case _:
            pass
    since = int(now.timestamp()) - _LATE
    recent = all_of(intents.list, {"created": {"gte": since}}, until=is_it)
    match recent:
        case Lost(detail) | No(detail):
            return Unknown(detail)
        case [*_, last] if is_it(last):
            return str(last["id"])
        case _ if isinstance(searched, No):
            return Unknown("Stripe has no search here, and the payment is none of the last hours")
        case _:
            return NotFoundThere()


def all_of(
    listing: Listing, of: Mapping[str, object], *, until: Callable[[Data], bool] = lambda _: False
) -> list[Data] | No | Lost:
    """Everything on the pages of a list, the newest first, up to the first thing for which ``until`` holds."""
    found: list[Data] = []
    for _ in range(_MOST_PAGES):
        answer = _page_after(found, listing, of)
        if isinstance(answer, No | Lost):
            return answer
        for thing in answer["data"]:
            found.append(thing)
            if until(thing):
                return found
        if not answer["has_more"]:
            return found
    return Lost("Stripe's list has more pages than are worth the wait")


def _page_after(found: list[Data], listing: Listing, of: Mapping[str, object]) -> Data | No | Lost:
    after = {"starting_after": found[-1]["id"]} if found else {}
    return ask(lambda: listing({**of, "limit": _PER_PAGE, **after}))
