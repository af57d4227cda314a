"""An adapter to copy: ``PaymentGateway`` on a made-up provider."""

from ecomcore_template.gateway import TemplatePay
from ecomcore_template.provider import Provider

__all__ = ["Provider", "TemplatePay"]
