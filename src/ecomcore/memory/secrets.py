"""Secrets from the operating system's source of chance."""

from __future__ import annotations

import secrets

from ecomcore.promotions import Secrets

__all__ = ["SystemSecrets"]


class SystemSecrets(Secrets):
    """Makes secrets that nobody can guess, and keeps none."""

    def new(self) -> str:
        return secrets.token_hex(16)
