"""VAT ids, checked by form and check digits with python-stdnum: ``assemble(vat_ids=EuVatIds())``."""

from ecomcore_stdnum.vat_ids import EuVatIds

__all__ = ["EuVatIds"]
