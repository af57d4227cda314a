"""A Stripe of your own: for tests that need neither an account nor a connection.

with FakeStripe() as stripe:
    gateway = Stripe(stripe.client(), return_url="https://shop.example/orders/{order}")
"""

from ecomcore_stripe.testing.books import (
    ASKS_THE_BUYER,
    DECLINED,
    INSUFFICIENT_FUNDS,
    PAYS,
    Wrong,
)
from ecomcore_stripe.testing.server import Cut, FakeStripe

__all__ = ["ASKS_THE_BUYER", "DECLINED", "INSUFFICIENT_FUNDS", "PAYS", "Cut", "FakeStripe", "Wrong"]
