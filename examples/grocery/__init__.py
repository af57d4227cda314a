"""A grocer's year, replayed.

The data: `source` reads dunnhumby's "Complete Journey" and decides about its oddities; `oddities` counts and explains
them; `redemptions` works out which coupon took off what. The shop: `till` is what is plugged into ecomcore, `grocer`
runs a shop with it, `campaigns` puts coupons into it, `crew` serves a day's baskets in one process or in several,
`replay` goes from day to day. The proof: `books` reads what the shop holds, `proof` holds it against the source. What
is shown: `progress` on the way, and `report`, with `campaign_report`, at the end.
"""

from grocery.records import NOTICE, UNCOUNTED, Basket, Line, Oddity, Product, Totals
from grocery.source import CompleteJourney, DataMissing, NoRuleForIt

__all__ = [
    "NOTICE",
    "UNCOUNTED",
    "Basket",
    "CompleteJourney",
    "DataMissing",
    "Line",
    "NoRuleForIt",
    "Oddity",
    "Product",
    "Totals",
]
