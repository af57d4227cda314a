"""A counterpart of Alipay on this machine, and a gateway that speaks with it through the real client library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecomcore.testing import FixedClock
from ecomcore_alipay import Alipay
from ecomcore_alipay.sandbox import AlipaySandbox, Keys


@pytest.fixture(scope="session")
def keys() -> Keys:
    """They take their time: made once."""
    return Keys.make()


@pytest.fixture(scope="session")
def other_keys() -> Keys:
    """Those of somebody else."""
    return Keys.make()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def alipay(keys: Keys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[AlipaySandbox]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with AlipaySandbox(keys, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def gateway(alipay: AlipaySandbox, clock: FixedClock) -> Alipay:
    return Alipay(**alipay.settings, notify_url="https://shop.example/alipay", clock=clock)
