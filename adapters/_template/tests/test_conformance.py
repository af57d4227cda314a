"""The adapter keeps every promise of its port. Yours keeps this class; only the fixture and the test cards change."""

import pytest

from ecomcore.ordering import PaymentGateway
from ecomcore.testing import PaymentGatewayConformance
from ecomcore_template import Provider, TemplatePay
from ecomcore_template.provider import DECLINED


class TestTemplatePay(PaymentGatewayConformance):
    declined_token = DECLINED

    @pytest.fixture
    def gateway(self) -> PaymentGateway:
        return TemplatePay(Provider())
