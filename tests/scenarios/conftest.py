"""What every story ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecomcore.kernel.work import Persistence
from ecomcore.testing import ShopKit, a_shop

OpenShop = Callable[..., ShopKit]


@pytest.fixture
def open_shop(persistence: Persistence) -> Iterator[OpenShop]:
    """Opens the shop of a story: ``a_shop`` on each store in turn. After the story its books are looked through."""
    opened: list[ShopKit] = []

    def open_(**wishes: Any) -> ShopKit:
        opened.append(a_shop(persistence, **wishes))
        return opened[-1]

    yield open_

    for kit in opened:
        assert kit.shop.audit() == []
        intentions = Counter((operation, request.key) for operation, request in kit.gateway.effects)
        assert max(intentions.values(), default=1) == 1
