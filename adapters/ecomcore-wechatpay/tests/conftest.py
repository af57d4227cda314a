"""A counterpart of WeChat Pay on this machine, and a gateway that speaks with it through the real client library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecomcore.testing import FixedClock
from ecomcore_wechatpay import WeChatPay
from ecomcore_wechatpay.sandbox import Keys, WeChatPaySandbox


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
def wechat(keys: Keys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeChatPaySandbox]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with WeChatPaySandbox(keys, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def gateway(wechat: WeChatPaySandbox) -> WeChatPay:
    return WeChatPay(**wechat.settings, notify_url="https://shop.example/wechat")
