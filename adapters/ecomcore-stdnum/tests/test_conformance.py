"""The adapter keeps every promise of its port."""

import pytest

from ecomcore.ordering import VatIds
from ecomcore.testing import VatIdsConformance
from ecomcore_stdnum import EuVatIds


class TestEuVatIds(VatIdsConformance):
    valid = ("ATU57194903", "BE0697449992", "DE136695976", "FR61954506077", "NL004495445B01")

    @pytest.fixture
    def vat_ids(self) -> VatIds:
        return EuVatIds()
