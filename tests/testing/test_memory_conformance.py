"""The memory keeps every promise of a store and of a gateway, whatever the gateway says that it can do."""

from __future__ import annotations

import pytest

from ecomcore.kernel.money import Currency
from ecomcore.memory import MemoryGateway, MemoryPersistence
from ecomcore.ordering import Capabilities, FactKind
from ecomcore.testing import PersistenceConformance
from tests.testing.memory_gateway_case import MemoryGatewaySuite


class TestMemoryPersistence(PersistenceConformance):
    @pytest.fixture
    def persistence(self) -> MemoryPersistence:
        return MemoryPersistence()


class TestMemoryGateway(MemoryGatewaySuite):
    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway()


class TestMemoryGatewayWithOneCapture(MemoryGatewaySuite):
    """As most cards have it."""

    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway(Capabilities(several_captures=False))


class TestMemoryGatewayThatDoesAllOrNothing(MemoryGatewaySuite):
    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway(Capabilities(partial_capture=False, several_captures=False, partial_refund=False))


class TestMemoryGatewayThatTakesAtOnce(MemoryGatewaySuite):
    tells = frozenset({FactKind.AUTHORISED, FactKind.CAPTURED, FactKind.REFUNDED})

    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway(Capabilities(partial_capture=False, several_captures=False, takes_at_once=True))


class TestMemoryGatewayOfAQrCode(MemoryGatewaySuite):
    """One currency, a page for the buyer, and what is paid is taken."""

    currencies = ("CNY",)
    tells = frozenset({FactKind.AUTHORISED, FactKind.REFUNDED})

    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway(
            Capabilities(
                partial_capture=False,
                several_captures=False,
                takes_at_once=True,
                redirects=True,
                currencies=frozenset({Currency("CNY")}),
            )
        )


class TestMemoryGatewayOfABankPage(MemoryGatewaySuite):
    """The buyer always confirms; what is promised is captured later."""

    @pytest.fixture
    def gateway(self) -> MemoryGateway:
        return MemoryGateway(Capabilities(redirects=True))
