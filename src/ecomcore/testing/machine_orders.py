"""What may become of an order in the life of a shop: it is changed, held, shipped bit by bit, billed and refunded."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from ecomcore.documents import IssueCreditNote, IssueInvoice, IssuePackingSlip
from ecomcore.kernel.messages import System
from ecomcore.memory import Fault
from ecomcore.ordering import (
    CancelUnits,
    CaptureOrder,
    CartLine,
    EditOrder,
    EditPreview,
    ExpireUnpaid,
    HoldKind,
    HoldOrder,
    LineChange,
    LineUnits,
    Means,
    OrderState,
    PreviewEdit,
    RecordManualPayment,
    RefundOrder,
    ReleaseHold,
)
from ecomcore.shipping import DeliverShipment, ShipShipment
from ecomcore.testing.builders import euros
from ecomcore.testing.machine_life import TwoShops, anyone, faults, tried

__all__ = ["ChangesOrders"]


class ChangesOrders(TwoShops):
    """Staff and buyers change orders after they were placed."""

    @precondition(lambda self: self.orders)
    @rule(which=anyone, line=anyone, units=st.integers(1, 7), by_staff=st.booleans(), faults=faults)
    def cancel_units(self, which: int, line: int, units: int, by_staff: bool, faults: list[Fault | None]) -> None:
        order, buyer = self.order(which)
        lines = self.viewed(which).lines
        self.script(faults)
        wanted = (LineUnits(lines[line % len(lines)].number, units),)
        self.do(CancelUnits(order, wanted, "too many"), None if by_staff else buyer)

    @precondition(lambda self: self.orders)
    @rule(which=anyone, parcel=anyone)
    def cancel_what_is_in_a_parcel(self, which: int, parcel: int) -> None:
        """All of it: what is left of the order may have left the house by then."""
        view = self.viewed(which)
        if view.groups:
            lines = {line.variant: line.number for line in view.lines}
            packed = view.groups[parcel % len(view.groups)].lines
            self.do(CancelUnits(view.id, tuple(LineUnits(lines[each.variant], each.quantity) for each in packed)))

    @precondition(lambda self: self.orders)
    @rule(
        which=anyone,
        line=anyone,
        units=st.none() | st.integers(0, 9),
        price=st.none() | st.integers(0, 6_000),
        more=st.none() | st.tuples(anyone, st.integers(1, 7)),
        pays=st.booleans(),
        faults=faults,
    )
    def edit(
        self,
        which: int,
        line: int,
        units: int | None,
        price: int | None,
        more: tuple[int, int] | None,
        pays: bool,
        faults: list[Fault | None],
    ) -> None:
        order, _ = self.order(which)
        lines = self.viewed(which).lines
        change = LineChange(lines[line % len(lines)].number, units, None if price is None else euros(price))
        add = () if more is None else (CartLine(self.variant(more[0]), more[1]),)
        previewed = self.same(lambda kit: tried(lambda: kit.staff.ask(PreviewEdit(order, (change,), add))))
        after = previewed.after if isinstance(previewed, EditPreview) else euros(1)
        self.script(faults)
        self.do(EditOrder(order, after, "asked for it", (change,), add, "card" if pays else ""))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, what=st.sampled_from(["units", "amount", "all"]), means=st.sampled_from(Means), faults=faults)
    def refund(self, which: int, what: str, means: Means, faults: list[Fault | None]) -> None:
        order, _ = self.order(which)
        view = self.viewed(which)
        self.script(faults)
        reference = "" if means is Means.ORIGINAL else f"back-{which % 3}"
        if what == "units":
            line = view.lines[which % len(view.lines)].number
            self.do(RefundOrder(order, "broken", (LineUnits(line, 1 + which % 2),), means=means, reference=reference))
        else:
            amount = view.captured if what == "all" and view.captured.minor else euros(1 + which * 31)
            self.do(RefundOrder(order, "sorry", amount=amount, means=means, reference=reference))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, kind=st.sampled_from(HoldKind), holds=st.booleans())
    def hold_or_release(self, which: int, kind: HoldKind, holds: bool) -> None:
        order, _ = self.order(which)
        self.do(HoldOrder(order, kind, "wait") if holds else ReleaseHold(order, kind, "go on"))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, part=st.integers(1, 3), reference=st.integers(1, 3).map("receipt {}".format))
    def pay_by_hand(self, which: int, part: int, reference: str) -> None:
        due = self.viewed(which).due
        self.do(RecordManualPayment(self.order(which)[0], euros(max(1, due.minor // part)), reference))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, amount=st.none() | st.integers(1, 9_000), faults=faults)
    def take_by_hand(self, which: int, amount: int | None, faults: list[Fault | None]) -> None:
        self.script(faults)
        self.do(CaptureOrder(self.order(which)[0], None if amount is None else euros(amount)))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, parcel=anyone, faults=faults)
    def ship_one(self, which: int, parcel: int, faults: list[Fault | None]) -> None:
        found = self.shipments(which)
        if found:
            self.script(faults)
            self.do(ShipShipment(found[parcel % len(found)].id, "JD"))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, parcel=anyone)
    def deliver_one(self, which: int, parcel: int) -> None:
        found = self.shipments(which)
        if found:
            self.do(DeliverShipment(found[parcel % len(found)].id))

    @precondition(lambda self: self.orders)
    @rule(which=anyone, what=st.sampled_from(["invoice", "credit note", "packing slip"]))
    def bill(self, which: int, what: str) -> None:
        """Bills are written when the goods have left: what an edit adds after the bill is on none."""
        order, _ = self.order(which)
        match what:
            case "invoice" if self.viewed(which).state in (OrderState.PLACED, OrderState.CONFIRMED):
                pass
            case "invoice":
                self.do(IssueInvoice(order))
            case "credit note":
                self.do(IssueCreditNote(order))
            case _:
                for shipment in self.shipments(which)[:1]:
                    self.do(IssuePackingSlip(order, shipment.id))

    @rule(limit=st.integers(1, 3), faults=faults)
    def expire_what_nobody_pays(self, limit: int, faults: list[Fault | None]) -> None:
        self.script(faults)
        self.do(ExpireUnpaid(limit), System())
