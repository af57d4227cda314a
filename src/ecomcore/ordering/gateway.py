"""The port to those who move the money: what a gateway is asked, what it may answer, and what it tells by itself.

Every answer belongs to a closed union, matched exhaustively. "No" is an answer; an outage raises ``PortUnavailable``;
not knowing is an answer of its own, settled by asking again under the same key, or by asking for the status.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from attrs import Attribute, field, frozen

from ecomcore.kernel.clock import Instant
from ecomcore.kernel.errors import Invalid
from ecomcore.kernel.ids import OrderId, PaymentId
from ecomcore.kernel.money import Currency, Money
from ecomcore.kernel.text import a_text, as_tuple, instance_of, printable

__all__ = [
    "MOST_HEADERS",
    "ActionRequired",
    "Authorised",
    "Capabilities",
    "Captured",
    "Declined",
    "Fact",
    "FactKind",
    "Forged",
    "Found",
    "NotFoundThere",
    "Notice",
    "PaymentGateway",
    "PaymentRequest",
    "Pending",
    "Refunded",
    "Refusal",
    "StatusAnswer",
    "Unknown",
    "Voided",
    "Webhook",
    "WebhookAnswer",
    "a_body",
]

MOST_BODY = 1_000_000
"""The most bytes of a webhook's body."""
MOST_HEADERS = 100
_LONGEST_REASON = 500


@frozen
class PaymentRequest:
    """What a gateway is asked to do.

    ``key`` names the intention: asked again under the same key, the gateway does nothing more and gives the same
    answer. ``reference`` is the provider's name for the authorisation that is captured, voided or refunded; empty
    when authorising. ``token`` names the buyer's means of payment as the provider knows it.
    """

    key: str
    payment: PaymentId
    order: OrderId
    amount: Money
    token: str = field(default="", repr=False)
    reference: str = ""


@frozen
class Authorised:
    """The amount is promised under this reference. ``taken``: the provider takes it at once, without being asked."""

    reference: str
    taken: bool = False


@frozen
class Declined:
    """No, for this reason."""

    reason: str
    reference: str = ""


@frozen
class ActionRequired:
    """The buyer must do something first, at this address: a page to open, or what a QR code says."""

    url: str
    reference: str = ""


@frozen
class Captured:
    """The amount is taken."""

    reference: str


@frozen
class Voided:
    """The promise is let go."""

    reference: str


@frozen
class Refunded:
    """The amount is given back."""

    reference: str


@frozen
class Refusal:
    """The gateway will not do it, for this reason; nothing has changed."""

    reason: str


@frozen
class Unknown:
    """Nobody knows whether it happened; ask again with the same key."""

    detail: str = ""


class FactKind(StrEnum):
    """What a provider can tell of a payment that the shop did not ask in the same breath."""

    AUTHORISED = "authorised"
    DECLINED = "declined"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    """The buyer's bank has taken the money back."""
    CHARGEBACK_WON = "chargeback_won"
    """The bank has given back what it took."""
    FEE = "fee"
    """The provider keeps this for its service; it has no part in what the buyer pays."""


def _told(reason: object) -> Any:
    """Somebody else's words, as they can be kept; what is no text is left for the validator to refuse."""
    return printable(reason, _LONGEST_REASON) if isinstance(reason, str) else reason


@frozen
class Fact:
    """One thing that happened at the provider. ``reference`` is the provider's name for it, the same that the direct
    answer gives: a fact heard twice is written once.
    """

    kind: FactKind = field(validator=instance_of(FactKind))
    amount: Money = field(validator=instance_of(Money))
    reference: str = field(validator=a_text())
    reason: str = field(default="", converter=_told, validator=a_text(_LONGEST_REASON, empty=True))


@frozen
class Found:
    """What the provider knows of a payment: the reference of its authorisation, and the facts in their order."""

    reference: str
    facts: tuple[Fact, ...] = field(converter=as_tuple)
    taken: bool = False


@frozen
class Pending:
    """The provider knows the payment and has no outcome yet; the buyer may have to act at this address."""

    url: str = ""


@frozen
class NotFoundThere:
    """The provider has never heard of the payment: nothing was promised, and nothing taken."""


StatusAnswer: TypeAlias = Found | Declined | Pending | NotFoundThere | Unknown


def _headers(_: object, attribute: Attribute[Any], value: object) -> None:
    pairs = value.items() if isinstance(value, Mapping) else ()
    fits = isinstance(value, Mapping) and len(value) <= MOST_HEADERS
    if not fits or not all(isinstance(name, str) and isinstance(text, str) for name, text in pairs):
        raise Invalid(attribute.name, type(value).__name__, f"at most {MOST_HEADERS} texts by name")


def a_body(_: object, attribute: Attribute[Any], value: object) -> None:
    """For fields: the bytes of a request, not too many."""
    if not isinstance(value, bytes) or len(value) > MOST_BODY:
        raise Invalid(attribute.name, type(value).__name__, f"at most {MOST_BODY} bytes, as they came")


@frozen
class Webhook:
    """A request that claims to come from the provider: its headers and the bytes of its body, just as they came."""

    headers: Mapping[str, str] = field(repr=False, validator=_headers)
    body: bytes = field(repr=False, validator=a_body)

    def header(self, name: str) -> str:
        """The header of this name, however it is capitalised; empty if there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), "")


@frozen
class Notice:
    """What a genuine webhook tells. ``id`` is the provider's name for the message, the same at every repetition.

    ``payment`` is the shop's own id, which adapters hand to the provider with every request; ``reference`` is the
    provider's name for the authorisation. One of them may be missing, not both.
    """

    id: str = field(validator=a_text(200))
    fact: Fact = field(validator=instance_of(Fact))
    reference: str = ""
    payment: PaymentId | None = None
    taken: bool = False
    at: Instant | None = None


@frozen
class Forged:
    """It does not come from the provider, or is too old; ``reason`` is for the log, not for the sender."""

    reason: str


WebhookAnswer: TypeAlias = tuple[Notice, ...] | Forged


@frozen(kw_only=True)
class Capabilities:
    """What a gateway can do; what it cannot, it refuses, and conformance looks whether it says the truth.

    ``partial_capture``: less than was promised can be taken. ``several_captures``: in more than one part.
    ``partial_refund``: less than was taken can be given back, in several parts. ``takes_at_once``: it knows no promise,
    money that is paid is taken. ``redirects``: the buyer always has to act first. ``currencies``: those it serves, all
    if nothing is said.
    """

    partial_capture: bool = True
    several_captures: bool = True
    partial_refund: bool = True
    takes_at_once: bool = False
    redirects: bool = False
    webhooks: bool = True
    currencies: frozenset[Currency] | None = None

    def serves(self, currency: Currency) -> bool:
        """Whether payments in this currency can be made."""
        return self.currencies is None or currency in self.currencies


class PaymentGateway(Protocol):
    """Moves money. "No" is an answer; an outage raises ``PortUnavailable``; each key has at most one effect.

    The key goes with the operation: the same text under another operation is another intention.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this gateway can do."""
        return Capabilities()

    @abstractmethod
    def authorise(self, request: PaymentRequest) -> Authorised | Declined | ActionRequired | Unknown:
        """Have the amount promised."""

    @abstractmethod
    def capture(self, request: PaymentRequest) -> Captured | Refusal | Unknown:
        """Take what was promised, or a part of it. One that takes at once answers with what it has taken."""

    @abstractmethod
    def void(self, request: PaymentRequest) -> Voided | Refusal | Unknown:
        """Let go what was promised and not taken. One that takes at once gives it back whole."""

    @abstractmethod
    def refund(self, request: PaymentRequest) -> Refunded | Refusal | Unknown:
        """Give back what was taken, or a part of it."""

    @abstractmethod
    def status(self, request: PaymentRequest) -> StatusAnswer:
        """What is known of the payment: asked with the request of its authorisation, whose key it has, without token.

        Changes nothing. The facts have the references that the direct answers gave.
        """

    @abstractmethod
    def read(self, webhook: Webhook, at: Instant) -> WebhookAnswer:
        """What a webhook says, once it is proved to be genuine; nothing of interest is an empty answer.

        Pure: it talks to nobody and keeps nothing. The proof comes first, over the bytes as they came; what is not
        proved, or is older than the adapter's tolerance, is ``Forged`` without a look inside.
        """
