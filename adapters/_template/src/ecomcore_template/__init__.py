"""An adapter to copy: ``PaymentGateway`` on a made-up provider."""

from ecomcore_template.gateway import TemplatePay
from ecomcore_template.provider import Provider
from ecomcore_template.wire import Wire

__all__ = ["Provider", "TemplatePay", "Wire"]
