"""A sheet on paper, with ReportLab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from threading import Lock
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ecomcore_documents.fonts import BOLD, Fonts
from ecomcore_documents.sheet import Sheet
from ecomcore_documents.sheet import Table as Rows

__all__ = ["pdf_of"]

_MARGIN: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_GAP: Final = 6 * mm

_TEXT: Final = ParagraphStyle("text", fontName="ecomcore-plain", fontSize=8, leading=10.5, splitLongWords=1)
_NUMBER: Final = ParagraphStyle("number", _TEXT, alignment=TA_RIGHT)
_SMALL: Final = ParagraphStyle("small", _TEXT, fontSize=6.5, leading=8.5)
_SMALL_NUMBER: Final = ParagraphStyle("small number", _SMALL, alignment=TA_RIGHT)
_TITLE: Final = ParagraphStyle("title", _TEXT, fontSize=15, leading=20, spaceBefore=_GAP, spaceAfter=2 * mm)
_HEADING: Final = ParagraphStyle("heading", _TEXT, fontSize=10, leading=13, spaceBefore=_GAP, spaceAfter=1 * mm)

_CELLS: Final = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 2),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
]
_RULED: Final = TableStyle([*_CELLS, ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.grey)])
_BARE: Final = TableStyle(_CELLS)


_ONE_AT_A_TIME: Final = Lock()
"""ReportLab keeps a font once for the process, with one place in its file at which it reads."""


def pdf_of(sheet: Sheet, fonts: Fonts) -> bytes:
    """The sheet as PDF on A4; the same bytes for the same sheet."""
    paper = BytesIO()
    made = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"{sheet.title} {sheet.number}",
        author=sheet.seller[0],
        lang=sheet.language,
        invariant=1,
    )
    footer = _Footer(sheet, fonts)
    with _ONE_AT_A_TIME:
        made.build(list(_flow(sheet, fonts)), onFirstPage=footer, onLaterPages=footer)
    return paper.getvalue()


class _Footer:
    """The number of the document and of the page, at the foot of each."""

    def __init__(self, sheet: Sheet, fonts: Fonts) -> None:
        self._sheet = sheet
        self._fonts = fonts

    def __call__(self, canvas: Any, _: object) -> None:
        page = f"{self._sheet.number}    {self._sheet.labels.page} {canvas.getPageNumber()}"
        line = _paragraph(page, _SMALL_NUMBER, self._fonts)
        line.wrapOn(canvas, _WIDTH, _MARGIN)
        line.drawOn(canvas, _MARGIN, _MARGIN / 2)


def _flow(sheet: Sheet, fonts: Fonts) -> Iterable[Flowable]:
    """What stands on the paper, from top to bottom."""
    yield _beside(sheet.recipient, sheet.seller, fonts)
    yield _paragraph(f"{sheet.title} {sheet.number}", _TITLE, fonts, bold=True)
    yield _pairs(sheet.facts, fonts, shares=(1, 4))
    yield Spacer(1, _GAP)
    yield _table(sheet.lines, fonts, _WIDTH)
    if sheet.taxes.rows:
        yield Spacer(1, _GAP)
        yield _table(sheet.taxes, fonts, _WIDTH * 0.6)
    if sheet.sums:
        yield Spacer(1, _GAP)
        yield _pairs(sheet.sums, fonts, shares=(3, 2), bold=True, numeric=True)
    if sheet.payments:
        yield _paragraph(sheet.labels.paid, _HEADING, fonts, bold=True)
        yield _pairs(sheet.payments, fonts, shares=(3, 2), numeric=True)
    if sheet.note:
        yield _paragraph(sheet.labels.note, _HEADING, fonts, bold=True)
        for line in sheet.note.splitlines():
            yield _paragraph(line, _TEXT, fonts)


def _beside(left: Sequence[str], right: Sequence[str], fonts: Fonts) -> Flowable:
    cells = [[_paragraph(line, _TEXT, fonts) for line in lines] or "" for lines in (left, right)]
    return Table([cells], colWidths=[_WIDTH * 0.6, _WIDTH * 0.4], style=_BARE)


def _pairs(
    pairs: Iterable[tuple[str, str]],
    fonts: Fonts,
    *,
    shares: tuple[int, int],
    bold: bool = False,
    numeric: bool = False,
) -> Flowable:
    style = _NUMBER if numeric else _TEXT
    rows = [
        [_paragraph(label, _TEXT, fonts, bold=bold), _paragraph(value, style, fonts, bold=bold)]
        for label, value in pairs
    ]
    width = _WIDTH * 0.6 / sum(shares)
    return Table(rows, colWidths=[share * width for share in shares], hAlign="LEFT", style=_BARE)


def _table(of: Rows, fonts: Fonts, width: float) -> Flowable:
    """A table whose head stands on each page that it reaches; a row may be longer than a page."""
    styles = [_SMALL_NUMBER if column.numeric else _SMALL for column in of.columns]
    head = [_paragraph(column.label, style, fonts, bold=True) for column, style in zip(of.columns, styles, strict=True)]
    rows = [[_paragraph(cell, style, fonts) for cell, style in zip(row, styles, strict=True)] for row in of.rows]
    share = width / sum(column.share for column in of.columns)
    widths = [column.share * share for column in of.columns]
    return LongTable([head, *rows], colWidths=widths, repeatRows=1, hAlign="LEFT", style=_RULED, splitInRow=1)


def _paragraph(text: str, style: ParagraphStyle, fonts: Fonts, *, bold: bool = False) -> Paragraph:
    """The text, each part of it in a font that shows it; nothing in it is markup."""
    markup = "".join(
        f'<font name="{BOLD if bold and font == _TEXT.fontName else font}">{escape(run)}</font>'
        for font, run in fonts.runs(text)
    )
    return Paragraph(markup, style)
