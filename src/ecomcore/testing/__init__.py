"""What adapters prove themselves with, and what tests of a shop are built from. Needs ``ecomcore[testing]``.

from ecomcore.testing import a_shop

kit = a_shop(products=1, stock=5)
order = kit.buy(quantity=2)
"""

from ecomcore.testing.builders import (
    a_category,
    a_line,
    a_location,
    a_price,
    a_product,
    a_reservation,
    a_shipment,
    a_stock_item,
    a_variant,
    an_order,
    euros,
)
from ecomcore.testing.clock import NOON, FixedClock
from ecomcore.testing.ids import SequentialIds
from ecomcore.testing.shops import ShopKit, a_shop

__all__ = [
    "NOON",
    "FixedClock",
    "SequentialIds",
    "ShopKit",
    "a_category",
    "a_line",
    "a_location",
    "a_price",
    "a_product",
    "a_reservation",
    "a_shipment",
    "a_shop",
    "a_stock_item",
    "a_variant",
    "an_order",
    "euros",
]
