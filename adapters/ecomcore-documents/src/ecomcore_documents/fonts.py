"""Which font shows which character.

Vera comes with ReportLab and is embedded: the letters of western Europe. Chinese, Japanese, Korean, Greek and Cyrillic
are set in fonts that PDF viewers bring along for Adobe's character collections; only their names are written. What a
host's own fonts show comes before those. A letter that none of them shows loses its marks, and what is left after that
is shown as a question mark: nothing raises.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from attrs import frozen
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

__all__ = ["BOLD", "Fonts"]

BOLD: Final = "ecomcore-bold"
_PLAIN: Final = "ecomcore-plain"

# What a collection shows is what its encoding can say.
_COLLECTIONS: Final = (
    ("STSong-Light", "gbk"),
    ("HeiseiMin-W3", "shift_jis"),
    ("MSung-Light", "big5"),
    ("HYSMyeongJo-Medium", "euc_kr"),
)


@frozen
class Fonts:
    """The fonts at hand: Vera, the host's own by name, the collections."""

    shown_by: tuple[tuple[str, frozenset[int]], ...]

    @classmethod
    def load(cls, own: Iterable[str | Path]) -> Fonts:
        """Register the fonts with ReportLab, each once for the process. ``own`` are TrueType files."""
        files = [(_PLAIN, "Vera.ttf"), (BOLD, "VeraBd.ttf")]
        files += [(f"own-{hashlib.sha256(str(file).encode()).hexdigest()[:16]}", str(file)) for file in own]
        known = pdfmetrics.getRegisteredFontNames()
        for name, file in files:
            if name not in known:
                pdfmetrics.registerFont(TTFont(name, file))
        for name, _ in _COLLECTIONS:
            if name not in known:
                pdfmetrics.registerFont(UnicodeCIDFont(name))
        made = [(name, pdfmetrics.getFont(name)) for name, _ in files if name != BOLD]
        return cls(tuple((name, frozenset(font.face.charToGlyph)) for name, font in made if isinstance(font, TTFont)))

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """The text in pieces, each with the font that shows it."""
        shown = [self._shown(character) for character in unicodedata.normalize("NFC", text)]
        pieces = [piece for each in shown for piece in each]
        for font, same in groupby(pieces, key=lambda piece: piece[0]):
            yield font, "".join(character for _, character in same)

    def _shown(self, character: str) -> Sequence[tuple[str, str]]:
        if unicodedata.category(character) in ("Cf", "Cc", "Cs", "Mn", "Me"):
            return ()  # not seen by itself: marks that joined no letter, signs of direction
        if font := self._font_of(character):
            return ((font, character),)
        plain = [each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each)]
        fonts = [self._font_of(each) for each in plain]
        if plain and all(fonts):
            return [(font, each) for font, each in zip(fonts, plain, strict=True) if font]
        return ((_PLAIN, "?"),)

    def _font_of(self, character: str) -> str | None:
        for font, characters in self.shown_by:
            if ord(character) in characters:
                return font
        return next((font for font, encoding in _COLLECTIONS if _says(encoding, character)), None)


def _says(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return ord(character) <= 0xFFFF
