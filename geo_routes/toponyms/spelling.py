"""Names spelt by the habits of another language: "Portowaja", "Dounaï", "Комболча"."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping

from geo_routes.gazetteer import shipped

SURE, LARGE = 0.8, 100_000
"""How surely the name must mean a place, or how large a town may go by another one."""
_MOST = 96
"""How many spellings are tried."""
_SHORTEST = 5

_CYRILLIC = {
    "дж": "j dzh",
    "пш": "psh prz",
    "кш": "ksh krz",
    "кс": "x ks",
    "ье": "ye ie",
    "ия": "ia iya",
    "ія": "ia iya",
    "ий": "y iy",
    "ый": "y yy",
    "а": "a",
    "б": "b",
    "в": "v w",
    "г": "g h",
    "ґ": "g",
    "д": "d",
    "е": "e ye",
    "є": "ye ie",
    "ж": "zh j",
    "з": "z s",
    "и": "i y",
    "і": "i",
    "ї": "i yi",
    "й": "y i j",
    "к": "k c",
    "л": "l",
    "м": "m",
    "н": "n",
    "о": "o",
    "п": "p",
    "р": "r",
    "с": "s",
    "т": "t",
    "у": "u",
    "ф": "f",
    "х": "kh h",
    "ц": "ts c",
    "ч": "ch",
    "ш": "sh s",
    "щ": "shch",
    "ъ": "-",
    "ы": "y i",
    "ь": "-",
    "э": "e",
    "ю": "yu iu",
    "я": "ya ia",
}
_FROM_UKRAINIAN = {
    "йо": "йо ё ио",
    "ьо": "ё",
    "г": "г х",
    "ґ": "г",
    "е": "е э",
    "є": "е э",
    "и": "и ы",
    "і": "и ы",
    "ї": "и",
}
"""What letters of a Ukrainian name are in a Russian one, which gazetteers more often have."""
_LATIN: dict[str, dict[str, str]] = {
    "fr": {
        "tch": "ch",
        "dj": "j",
        "ou": "u",
        "ch": "sh ch",
        "ai": "ay ai",
        "oi": "oy oi",
        "ei": "ey ei",
        "ia": "iya ya ia",
        "gue": "ge",
        "gui": "gi",
        "j": "zh j",
    },
    "de": {
        "tsch": "ch",
        "sch": "sh",
        "ch": "kh ch",
        "w": "v",
        "j": "y j",
        "z": "ts z",
        "s": "s z",
    },
    "pl": {
        "szcz": "shch",
        "sz": "sh",
        "cz": "ch",
        "ch": "kh h",
        "w": "v",
        "j": "y j",
        "c": "ts c",
    },
    "es": {"j": "kh h zh j", "y": "y i", "ch": "ch", "k": "k"},
    "en": {"kh": "kh h", "yi": "y", "iy": "y", "yy": "y"},
}
"""What letters of a language stand for in the spelling that gazetteers prefer; "-" is nothing."""
_LONGEST = 4


@functools.lru_cache(maxsize=1 << 13)
def respelled(key: str, lang: str) -> str:
    """
    Find a known name that a folded, unknown one is another spelling of.

    Parameters
    ----------
    key
        A folded name.
    lang
        The language whose habits it is spelt by.

    Returns
    -------
    name
        A folded name that the gazetteer knows well; "" without one.
    """
    cyrillic = "\u0400" <= key[:1] <= "\u04ff"
    if len(key) < _SHORTEST - cyrillic:
        return ""
    tables = [_CYRILLIC] if cyrillic else [_LATIN.get(lang, {})]
    if cyrillic and lang == "uk":
        tables.insert(0, _FROM_UKRAINIAN)
    found = itertools.chain.from_iterable(_respellings(key, table) for table in tables)
    return max(found, default=(0, 0.0, ""))[2]


def _respellings(key: str, table: Mapping[str, str]) -> Iterator[tuple[int, float, str]]:
    """Go through the known names that letters of a table make of a folded one, and their fame."""
    if not any(map(key.__contains__, table)):
        return
    choices = _choices(key, table)
    for letters in itertools.islice(itertools.product(*choices), _cap(choices)):
        name = "".join(letters)
        if name != key and shipped().may_know(name):
            places = shipped().candidates(name, limit=1)
            if places and (places[0].name_weight >= SURE or places[0].population > LARGE):
                yield places[0].population, places[0].name_weight, name


def _cap(choices: list[list[str]]) -> int:
    """Try all spellings of short names, the likeliest of long ones."""
    return min(_MOST, math.prod(map(len, choices)))


def _choices(key: str, table: Mapping[str, str]) -> list[list[str]]:
    """List for each letter or group of letters what it may stand for, the likeliest first."""
    choices = []
    at = 0
    while at < len(key):
        for size in range(min(_LONGEST, len(key) - at), 0, -1):
            part = key[at : at + size]
            if part in table:
                choices.append([spelt.strip("-") for spelt in table[part].split()])
                at += size
                break
        else:
            choices.append([key[at]])
            at += 1
    return choices
