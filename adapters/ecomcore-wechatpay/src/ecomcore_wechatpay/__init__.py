"""WeChat Pay as a payment gateway: ``assemble(gateway=WeChatPay(...))``. To try it: ``ecomcore_wechatpay.sandbox``."""

from ecomcore_wechatpay.gateway import WeChatPay
from ecomcore_wechatpay.notes import MemoryNotes, Notes

__all__ = ["MemoryNotes", "Notes", "WeChatPay"]
