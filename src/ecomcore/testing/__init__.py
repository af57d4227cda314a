"""What adapters prove themselves with, and what tests of a shop are built from. Needs ``ecomcore[testing]``.

from ecomcore.testing import a_shop

kit = a_shop(products=1, stock=5)
order = kit.buy(quantity=2)
"""

import pytest

for _suite in (
    "values",
    "finders",
    "work",
    "orders",
    "order_finders",
    "outbox",
    "races",
    "shop",
    "crashes",
    "pricing",
    "promotions",
    "wallet",
    "parts",
    "carts",
    "counting",
    "supply",
    "transfers",
    "documents",
    "queueing",
    "case",
):
    pytest.register_assert_rewrite(f"ecomcore.testing.persistence_{_suite}")
for _suite in ("capabilities", "case", "money", "outages", "status", "webhooks"):
    pytest.register_assert_rewrite(f"ecomcore.testing.gateway_{_suite}")
for _part in ("life", "orders", "payments"):
    pytest.register_assert_rewrite(f"ecomcore.testing.machine_{_part}")
pytest.register_assert_rewrite("ecomcore.testing.stock_lives")
pytest.register_assert_rewrite(
    "ecomcore.testing.documents", "ecomcore.testing.gateway", "ecomcore.testing.machine", "ecomcore.testing.vat_ids"
)

from ecomcore.testing import strategies  # noqa: E402 - what is rewritten must not be imported yet
from ecomcore.testing.builders import (  # noqa: E402
    a_category,
    a_hold,
    a_line,
    a_location,
    a_price,
    a_product,
    a_reservation,
    a_shipment,
    a_stock_item,
    a_variant,
    an_amendment,
    an_entry,
    an_order,
    euros,
)
from ecomcore.testing.clock import NOON, FixedClock  # noqa: E402
from ecomcore.testing.documents import DocumentRendererConformance  # noqa: E402
from ecomcore.testing.faults import Crash, Fault, FaultPlan, FaultyPersistence, When, faulty  # noqa: E402
from ecomcore.testing.gateway import PaymentGatewayConformance  # noqa: E402
from ecomcore.testing.ids import SequentialIds  # noqa: E402
from ecomcore.testing.machine import ShopMachine, run_shop_machine  # noqa: E402
from ecomcore.testing.persistence import PersistenceConformance  # noqa: E402
from ecomcore.testing.shops import ShopKit, a_shop  # noqa: E402
from ecomcore.testing.threads import Outcome, at_once  # noqa: E402
from ecomcore.testing.vat_ids import VatIdsConformance  # noqa: E402
from ecomcore.testing.work import fetch, keep, reading, writing  # noqa: E402

__all__ = [
    "NOON",
    "Crash",
    "DocumentRendererConformance",
    "Fault",
    "FaultPlan",
    "FaultyPersistence",
    "FixedClock",
    "Outcome",
    "PaymentGatewayConformance",
    "PersistenceConformance",
    "SequentialIds",
    "ShopKit",
    "ShopMachine",
    "VatIdsConformance",
    "When",
    "a_category",
    "a_hold",
    "a_line",
    "a_location",
    "a_price",
    "a_product",
    "a_reservation",
    "a_shipment",
    "a_shop",
    "a_stock_item",
    "a_variant",
    "an_amendment",
    "an_entry",
    "an_order",
    "at_once",
    "euros",
    "faulty",
    "fetch",
    "keep",
    "reading",
    "run_shop_machine",
    "strategies",
    "writing",
]
