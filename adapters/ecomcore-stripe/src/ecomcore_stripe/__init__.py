"""Card payments through Stripe: ``assemble(gateway=Stripe(client, return_url=..., webhook_secrets=...))``."""

from ecomcore_stripe.gateway import Stripe

__all__ = ["Stripe"]
