"""The client library, and what can go wrong on the way: the one place that knows ``alipay``."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
from collections.abc import Mapping
from datetime import timedelta, timezone
from http.client import HTTPException
from types import ModuleType
from typing import Any, Final
from urllib.error import HTTPError, URLError

from attrs import frozen

from ecomcore.kernel.clock import Clock
from ecomcore.kernel.errors import Invalid, PortUnavailable
from ecomcore.kernel.text import HIDDEN, printable
from ecomcore.ordering import Unknown


def _own_loggers() -> None:
    """The library configures logging when it is imported, which closes the log handlers of the whole process.

    Its module for that is put there beforehand: the logger, and nothing else.
    """
    loggers = ModuleType("alipay.loggers")
    loggers.logger = logging.getLogger("python-alipay-sdk")  # type: ignore[attr-defined]  # what a module holds is its own
    sys.modules.setdefault("alipay.loggers", loggers)


_own_loggers()

from alipay import AliPay  # type: ignore[import-untyped]  # noqa: E402 - it has no types; what stands above comes first
from alipay.exceptions import (  # type: ignore[import-untyped]  # noqa: E402 - the same
    AliPayException,
    AliPayValidationError,
)
from alipay.utils import AliPayConfig  # type: ignore[import-untyped]  # noqa: E402 - the same

__all__ = ["CHINA", "GATEWAY", "TIME", "Client", "Said"]

GATEWAY: Final = "https://openapi.alipay.com/gateway.do"
CHINA: Final = timezone(timedelta(hours=8))
"""The time of all timestamps of Alipay: no summer time since 1991."""
TIME: Final = "%Y-%m-%d %H:%M:%S"

_SUCCESS: Final = "10000"
_REFUSED: Final = "40004"
_NOBODY_KNOWS: Final = frozenset(("ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "ACQ.UNKNOW_ERROR", "isp.unknow-error"))
_NEVER_SENT: Final = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


@frozen
class Said:
    """A signed answer: yes with its fields, or no with the ``code`` and the reason of the refusal."""

    fields: Mapping[str, Any]
    code: str = ""
    reason: str = ""

    @property
    def yes(self) -> bool:
        """Whether it was done."""
        return not self.code

    def text(self, name: str) -> str:
        """A field as text; empty if it is not there."""
        value = self.fields.get(name)
        return "" if value is None else str(value)


class Client:
    """Signed requests to Alipay, and signed answers. Shows none of its keys."""

    def __init__(
        self,
        app_id: str,
        private_key: str,
        alipay_public_key: str,
        notify_url: str,
        url: str,
        timeout: float,
        clock: Clock,
    ) -> None:
        public = _pem(alipay_public_key)
        _library("alipay_public_key", app_id, notify_url, public, public, timeout)
        self._sdk = _library("private_key", app_id, notify_url, _pem(private_key), public, timeout)
        self._sdk._gateway = url
        self._clock = clock

    def ask(self, method: str, content: Mapping[str, Any]) -> Said | Unknown:
        """What Alipay says to this request.

        Raises ``PortUnavailable`` if it was not sent, or if Alipay does not serve the app at all: nothing happened.
        """
        now = self._clock.now().astimezone(CHINA).strftime(TIME)
        try:
            answer = self._sdk.server_api(method, dict(content), timestamp=now)
            return _understood(method, answer)
        except HTTPError as error:
            with error:
                return Unknown(f"{method}: HTTP status {error.code}")
        except URLError as error:
            if isinstance(error.reason, _NEVER_SENT):
                raise PortUnavailable(f"Alipay ({method})", error) from error
            return Unknown(f"{method}: {error.reason}")
        except AliPayValidationError:
            return Unknown(f"{method}: the signature of the answer is wrong")
        except AliPayException:
            return Unknown(f"{method}: the answer is not signed")
        except (OSError, HTTPException, ValueError, TypeError, AttributeError, LookupError) as error:
            return Unknown(f"{method}: {type(error).__name__}")

    def proves(self, parameters: Mapping[str, str], signature: str) -> bool:
        """Whether Alipay has signed the parameters, which are those of a notification without ``sign``."""
        try:
            return bool(self._sdk.verify(dict(parameters), signature))
        except (AliPayException, ValueError, TypeError):
            return False


def _understood(method: str, answer: object) -> Said | Unknown:
    if not isinstance(answer, dict):
        return Unknown(f"{method}: an answer that nobody understands")
    code, sub_code = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    if code == _SUCCESS:
        return Said(answer)
    reason = printable(f"{sub_code or code}: {answer.get('sub_msg') or answer.get('msg', '')}", 200)
    if code == _REFUSED and sub_code not in _NOBODY_KNOWS:
        return Said(answer, sub_code or code, reason)
    if code.startswith("4") and code != _REFUSED:  # the app, its key or its rights: no payment is to blame
        raise PortUnavailable(f"Alipay does not serve this app ({method}): {reason}")
    return Unknown(f"{method}: {reason}")


def _pem(key: object) -> str:
    """The key as PEM; Alipay's console gives it as bare Base64."""
    text = key.strip() if isinstance(key, str) else ""
    if text.startswith("-----"):
        return text
    lines = "".join(text.split())
    return f"-----BEGIN KEY-----\n{lines}\n-----END KEY-----"


def _library(field: str, app_id: str, notify_url: str, private_key: str, public_key: str, timeout: float) -> Any:
    """The library with these keys. Raises ``Invalid`` for the field if it cannot read them."""
    try:
        return AliPay(app_id, notify_url, private_key, public_key, sign_type="RSA2", config=AliPayConfig(timeout))
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise Invalid(field, HIDDEN, "an RSA key, as PEM or as bare Base64") from error
