"""A grocer's year, ready to be replayed: the source data, a progress bar and the report.

Nothing here knows ecomcore. `source` reads dunnhumby's "Complete Journey" and decides about its oddities,
`oddities` counts and explains them, `progress` shows how far the replay is, and `report` draws the page that
shows the result.
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
