"""Alipay as a payment gateway: ``assemble(gateway=Alipay(...))``. ``ecomcore_alipay.sandbox`` is one to try it with."""

from ecomcore_alipay.gateway import Alipay
from ecomcore_alipay.notes import MemoryNotes, Notes

__all__ = ["Alipay", "MemoryNotes", "Notes"]
