"""How names in Cyrillic letters are spelt in other languages, and names without what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHARED = {
    "а": "a",
    "б": "b",
    "в": "v",
    "г": "g",
    "ґ": "g",
    "д": "d",
    "е": "e",
    "є": "ie",
    "ж": "zh",
    "з": "z",
    "и": "i",
    "і": "i",
    "ї": "i",
    "й": "y",
    "к": "k",
    "л": "l",
    "м": "m",
    "н": "n",
    "о": "o",
    "п": "p",
    "р": "r",
    "с": "s",
    "т": "t",
    "у": "u",
    "ў": "u",
    "ф": "f",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ы": "y",
    "ь": "",
    "э": "e",
    "ю": "yu",
    "я": "ya",
}
_BY_LANGUAGE: dict[str, dict[str, str]] = {
    "en": {"ий": "y", "ый": "y", "ё": "yo"},
    "fr": {
        "ий": "i",
        "ый": "y",
        "ё": "io",
        "ж": "j",
        "й": "ï",
        "у": "ou",
        "ч": "tch",
        "ш": "ch",
        "щ": "chtch",
        "ю": "iou",
        "я": "ia",
    },
    "de": {
        "ий": "i",
        "ый": "y",
        "ё": "jo",
        "в": "w",
        "ж": "sch",
        "з": "s",
        "й": "i",
        "х": "ch",
        "ц": "z",
        "ч": "tsch",
        "ш": "sch",
        "щ": "schtsch",
        "ю": "ju",
        "я": "ja",
    },
    "es": {"ий": "i", "ый": "i", "ё": "io", "й": "i", "х": "j", "ю": "iu", "я": "ia", "ж": "zh"},
    "pl": {
        "ий": "ij",
        "ый": "yj",
        "ё": "io",
        "в": "w",
        "ж": "ż",
        "й": "j",
        "х": "ch",
        "ц": "c",
        "ч": "cz",
        "ш": "sz",
        "щ": "szcz",
        "ю": "ju",
        "я": "ja",
    },
}
SPELT_BY = tuple(_BY_LANGUAGE)
"""Languages by whose habits names can be spelt."""

_KINDS = re.compile(
    "cosmodrome|космодром|port|puerto|порт|centrale|central|base|база|mine|mina|aéroport|"
    "aeropuerto|lotnisko|аэропорт|аеропорт|gare|estación|stacja|станция|станція|terminal|"
    "терминал|термінал|бухта|parc|cosmódromo|"
    # German and Russian capitalise what is none of the name; "Port Hedland" is a name as a whole.
    "Cosmódromo|Kosmodrom|Flughafen|Hafen|Bahnhof|АЭС|АЕС|КС"
)
"""Words before a name that tell what it names, in many languages."""
_TIES = frozenset(["de", "du", "des", "del", "d", "of", "von"])


def spelt(name: str, lang: str) -> str:
    """
    Spell a name in Cyrillic letters by the habits of a language that has Latin ones.

    Parameters
    ----------
    name
        A Russian or Ukrainian name.
    lang
        One of `SPELT_BY`.
    """
    table = {"ё": "e"} | _SHARED | _BY_LANGUAGE[lang]
    written = name.lower()
    found, at = [], 0
    while at < len(written):
        size = 2 if written[at : at + 2] in table else 1
        found.append(table.get(written[at : at + size], written[at]))
        at += size
    return "".join(found).title()


def is_cyrillic(name: str) -> bool:
    """Tell whether a name is in Cyrillic letters."""
    return "\u0400" <= name[:1] <= "\u04ff"


def bare_names(name: str) -> Iterator[str]:
    """Go through the name without the word before it for its kind: "cosmodrome de Vostotchny"."""
    first, _, rest = name.partition(" ")
    if not rest or not _KINDS.fullmatch(first):
        return
    tie, _, after = rest.partition(" ")
    bare = after if tie.lower() in _TIES and after else rest
    if bare[:1].isupper():
        yield bare
