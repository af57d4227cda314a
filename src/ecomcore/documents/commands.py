"""What documents can be asked to do."""

from __future__ import annotations

from attrs import field, frozen

from ecomcore.kernel.ids import DocumentId, OrderId, ShipmentId
from ecomcore.kernel.messages import Command, Permission, Who
from ecomcore.kernel.text import a_text, an_id

__all__ = ["IssueCreditNote", "IssueInvoice", "IssuePackingSlip"]

ISSUE = Permission("documents.issue", Who.STAFF)
_a_note = a_text(1_000, empty=True, lines=True)


@frozen
class IssueInvoice(Command[DocumentId]):
    """The invoice of an order, with what it charges now. Asked again it answers with the same one.

    Raises ``NothingToBill`` where everything was taken off the bill before.
    """

    permission = ISSUE
    order: OrderId = field(validator=an_id)
    note: str = field(default="", validator=_a_note)


@frozen
class IssueCreditNote(Command[DocumentId | None]):
    """A credit note on an order's invoice, for all that was taken off the bill and is on no document yet.

    Answers with nothing where there is nothing to take back: no invoice yet, which will show what remains, or no
    money since. Raises ``DoesNotAddUp`` where the invoice less all credit notes is not what the order charges.
    """

    permission = ISSUE
    order: OrderId = field(validator=an_id)
    note: str = field(default="", validator=_a_note)


@frozen
class IssuePackingSlip(Command[DocumentId]):
    """The list of what is in a shipment of an order. Asked again it answers with the same one."""

    permission = ISSUE
    order: OrderId = field(validator=an_id)
    shipment: ShipmentId = field(validator=an_id)
    note: str = field(default="", validator=_a_note)
