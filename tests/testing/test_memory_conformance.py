"""The memory keeps every promise of a store and of a gateway."""

from __future__ import annotations

import pytest

from ecomcore.memory import Fault, MemoryGateway, MemoryPersistence
from ecomcore.ordering import PaymentGateway
from ecomcore.testing import PaymentGatewayConformance, PersistenceConformance


class TestMemoryPersistence(PersistenceConformance):
    @pytest.fixture
    def persistence(self) -> MemoryPersistence:
        return MemoryPersistence()


class TestMemoryGateway(PaymentGatewayConformance):
    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway()

    def decline_next(self, gateway: PaymentGateway) -> None:
        assert isinstance(gateway, MemoryGateway)
        gateway.script(Fault.DECLINE)
