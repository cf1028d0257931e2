"""How the index of the gazetteer is packed: folded names, its filter, lists of places, cells."""

from __future__ import annotations

import functools
import math
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Sequence

Point = tuple[float, float]

SCHEMA_VERSION = "3"
FILTER_BITS = 1 << 23
CELLS_A_DEGREE = 2
"""How finely the index groups places by where they lie."""
WEIGHT_BITS = 7
KIND_BITS = 3
MULTIPLE_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
    | {"ŋ": "ng", "ё": "е", "ə": "e", "\u0131": "i"}
    | {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ـ": None}
)
"""Letters that Unicode does not decompose, and Arabic letters that keyboards mix up."""


@functools.lru_cache(maxsize=1 << 16)
def fold(name: str) -> str:
    """
    Fold a name to the key under which the index holds it.

    Lower case; accents of Latin and Greek letters go, the script stays; "ё" becomes "е"; full
    stops and apostrophes go; hyphens, commas and other signs become spaces.

    Parameters
    ----------
    name
        A name in any script.

    Returns
    -------
    key
        Words joined by single spaces; "" when no letter or digit is left.

    Examples
    --------
    >>> fold("Bab-el-Mandeb"), fold("Łódź"), fold("Sana'a"), fold("Королёв")
    ('bab el mandeb', 'lodz', 'sanaa', 'королев')
    """
    if name.isascii():
        letters = name.lower()
        if letters.isalnum():
            return letters
    else:
        letters = unicodedata.normalize("NFKC", name).casefold().translate(MULTIPLE_LETTERS)
        if not letters.isascii():
            letters = _without_accents(letters).translate(MULTIPLE_LETTERS)
    return " ".join("".join(map(_folded, letters)).split())


def _without_accents(letters: str) -> str:
    """Drop combining marks that set off no letter of their own."""
    decomposed = unicodedata.normalize("NFD", letters)
    # These are letters of their own in the Cyrillic alphabets, not accented ones.
    for pair, letter in (("и\u0306", "й"), ("і\u0308", "ї"), ("у\u0306", "ў")):
        decomposed = decomposed.replace(pair, letter)
    kept = "".join(sign for sign in decomposed if not _is_accent(sign))
    return unicodedata.normalize("NFC", kept)


def _is_accent(sign: str) -> bool:
    code = ord(sign)
    return (
        0x300 <= code <= 0x36F  # Latin, Greek, Cyrillic
        or 0x591 <= code <= 0x5C7  # Hebrew points
        or 0x610 <= code <= 0x61A
        or 0x64B <= code <= 0x65F  # Arabic vowels and hamza
        or code == 0x670
    )


@functools.lru_cache(maxsize=1 << 14)
def _folded(sign: str) -> str:
    """Keep letters, marks and digits; drop apostrophes and stops; the rest divides words."""
    category = unicodedata.category(sign)
    if category == "Lm" and 0x2B0 <= ord(sign) <= 0x2FF:
        return ""
    if category[0] in "LMN":
        return sign
    return "" if sign in "'’‘`´′.\u200c\u200d\u00ad״׳" or category == "Cf" else " "


def filter_positions(key: str, *, prefix: bool = False) -> tuple[int, int]:
    """Compute the bits that a key (or the beginning of longer keys) sets in the index's filter."""
    code = zlib.crc32(f"{key} ".encode() if prefix else key.encode())
    return code & (FILTER_BITS - 1), code >> 9


def is_marked(bits: bytes, key: bytes) -> bool:
    """Tell whether a filter has both bits of a key, as `filter_positions` computes them."""
    code = zlib.crc32(key)
    first, second = code & (FILTER_BITS - 1), code >> 9
    return bool(bits[first >> 3] >> (first & 7) & 1 and bits[second >> 3] >> (second & 7) & 1)


def pack(numbers: Sequence[int]) -> bytes:
    """Write whole numbers as the index holds lists of them."""
    return struct.pack(f"<{len(numbers)}I", *numbers)


def unpack(packed: bytes) -> tuple[int, ...]:
    """Read a list of whole numbers of the index."""
    return struct.unpack(f"<{len(packed) // 4}I", packed)


def cell_number(lon: float, lat: float, kind: int) -> int:
    """Number the cell of the index that holds the places of one kind about a point."""
    row = math.floor((lat + 90) * CELLS_A_DEGREE)
    column = math.floor((lon + 180) * CELLS_A_DEGREE) % (360 * CELLS_A_DEGREE)
    return (row * 360 * CELLS_A_DEGREE + column) << KIND_BITS | kind


def cells_around(point: Point, radius_km: float) -> Iterable[tuple[int, int]]:
    """Go through the runs of cells, all kinds, that a circle may touch."""
    lon, lat = point
    reach = radius_km / 111.0
    south, north = max(-90.0, lat - reach), min(90.0, lat + reach)
    step = 1 / CELLS_A_DEGREE
    last_kind = (1 << KIND_BITS) - 1
    for row in range(math.floor(south / step), math.floor(north / step) + 1):
        middle = (row + 0.5) * step
        furthest = min(89.0, max(abs(row * step), abs((row + 1) * step)))
        wide = min(180.0, reach / math.cos(math.radians(furthest)))
        west, east = lon - wide, lon + wide
        runs = [(west, east)]
        if wide >= 179.0:
            runs = [(-180.0, 180.0 - step / 2)]
        elif west < -180.0:
            runs = [(-180.0, east), (west + 360.0, 180.0 - step / 2)]
        elif east >= 180.0:
            runs = [(west, 180.0 - step / 2), (-180.0, east - 360.0)]
        for first, last in runs:
            yield cell_number(first, middle, 0), cell_number(last, middle, last_kind)


def cells_within(bounds: tuple[float, float, float, float], kind: int) -> Iterable[tuple[int, int]]:
    """Go through the runs of cells of one kind, others among them, that a box may touch."""
    west, south, east, north = bounds
    last = 180.0 - 0.5 / CELLS_A_DEGREE
    west, east = (west, east) if east - west < 360.0 else (-180.0, last)
    turn = 360.0 * math.floor((west + 180.0) / 360.0)
    west, east = west - turn, east - turn
    runs = [(west, east)] if east < 180.0 else [(west, last), (-180.0, min(east - 360.0, last))]
    step = 1 / CELLS_A_DEGREE
    for row in range(math.floor(max(-90.0, south) / step), math.floor(min(89.9, north) / step) + 1):
        for first, furthest in runs:
            middle = (row + 0.5) * step
            yield cell_number(first, middle, kind), cell_number(furthest, middle, kind)
