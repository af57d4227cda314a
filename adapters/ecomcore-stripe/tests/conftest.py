"""A Stripe of our own for each test, and no telemetry of the client from anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe

from ecomcore_stripe import Stripe
from ecomcore_stripe.testing import FakeStripe


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would write an id of this machine into its user's settings."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def secret() -> str:
    return "whsec_of_the_tests"


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe() as fake:
        yield fake


@pytest.fixture
def gateway(fake: FakeStripe, secret: str) -> Stripe:
    return Stripe(fake.client(), return_url="https://shop.example/{order}/{payment}", webhook_secrets=[secret])
