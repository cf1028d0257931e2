"""Regular expressions for what stands before a name: "near ", "a port on the border of "."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo_routes.gazetteer import fold
from geo_routes.toponyms.words import PlaceWords, place_words

_ARTICLE = r"(?:l['’]|la\s|le\s|les\s|the\s|el\s|los\s|las\s|der\s|dem\s|den\s|die\s|das\s|l\s)?"
_OF = (
    r"(?:d['’]|de\s+l['’]|de\s+la\s|du\s|des\s|de\s+los\s|del\s|de\s|of\s+the\s|of\s|"
    r"von\s|der\s)"
)
_UNIT = (
    r"(?P<unit>km|kil[oó]m\w+|nautical\s+miles?|miles?|mi|миль|км|"
    r"километр\w*|кілометр\w*|kilometr\w*|Kilometern?|milles?|millas?|Meilen)"
)
_UNITS = r"mile|mi\b|km|kil[oó]m|mill|meile|миль|км|километр|кілометр"
_OF_A_KIND = frozenset({"inside"})
"""Patterns that tell nothing unless a kind of place stands before them: "a port in "."""


@dataclass(frozen=True, slots=True)
class Found:
    """What stands before a name: where it begins, and its parts by name, "" for none."""

    start: int
    said: Mapping[str, str]


class Patterns:
    """
    The patterns of one language, each made when it is first asked for.

    Parameters
    ----------
    lang
        ISO 639-1 code.
    """

    def __init__(self, lang: str) -> None:
        lexicon = place_words(lang)
        parts = _parts(lexicon)
        self._written = {"noun": parts["noun"]} | _plain_patterns(parts) | _sided_patterns(parts)
        self._triggers = _triggers(lexicon)
        self._trigger = re.compile("|".join(quick.pattern for quick in self._triggers.values()))
        self._made: dict[str, re.Pattern[str]] = {}

    def find(self, name: str, before: str) -> Found | None:
        """
        Find a pattern at the end of a text, with the kind of place that it may follow.

        Parameters
        ----------
        name
            The pattern's name.
        before
            What stands before the name of a place.
        """
        before = _lower(before)
        core = self._pattern(name).search(before)
        if core is None:
            return None
        said = {group: text or "" for group, text in core.groupdict().items()}
        noun = self._pattern("noun").search(before[: core.start()])
        if noun is not None:
            return Found(noun.start(), said | {"feature": noun["feature"]})
        return None if name in _OF_A_KIND else Found(core.start(), said)

    def joins(self, between: str) -> bool:
        """Tell whether what stands between two names joins them: " and the "."""
        return self._pattern("joined").match(_lower(between)) is not None

    def triggered(self, before: str) -> set[str]:
        """Name the patterns whose words stand in a text; the others of that kind cannot match."""
        before = _lower(before)
        if not self._trigger.search(before):
            return set()
        return {name for name, quick in self._triggers.items() if quick.search(before)}

    def _pattern(self, name: str) -> re.Pattern[str]:
        pattern = self._made.get(name)
        if pattern is None:
            written = self._written[name]
            if name != "joined":
                written = rf"(?<!\w)(?:{written})\s*$"
            pattern = self._made[name] = re.compile(written.lower().replace("(?p<", "(?P<"))
        return pattern


def _lower(written: str) -> str:
    """Lower a text without changing its length: patterns of small letters alone are quicker."""
    lowered = written.lower()
    if len(lowered) == len(written):
        return lowered
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in written)


@functools.cache
def patterns(lang: str) -> Patterns:
    """Share the patterns of a language."""
    return Patterns(lang)


def _longest_first(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _parts(lexicon: PlaceWords) -> dict[str, str]:
    """Make the parts that the patterns are put together from."""
    feature = _longest_first(lexicon.written_features)
    opening = _longest_first(lexicon.articles | lexicon.counting) or "(?!)"
    one = rf"(?:\b(?:{opening})(?:['’]|\s+))"
    noun = (
        rf"(?:(?:{one}(?:[\w-]+\s+){{0,2}}?|(?:[\w-]+\s+)?)(?P<feature>\b(?:{feature})\b)\s+"
        r"(?:[\w’'-]+\s+){0,4}?)"
    )
    count = _longest_first(lexicon.numbers) or r"\d"
    phrases = {name: words or "(?!)" for name, words in lexicon.phrases.items()}
    eliding = {f"{name}~": _eliding(phrases[name]) for name in ("near", "offshore", "from")}
    return {
        **phrases,
        **eliding,
        "side": _longest_first(lexicon.written_sides) or "(?!)",
        "noun": noun,
        "of_slot": _OF if lexicon.phrases.get("of") else "(?:)",
        "number": rf"(?P<number>\d[\d\s.,]*|(?:{count})\b)\s*(?:de\s+|d['’])?{_UNIT}",
    }


def _plain_patterns(parts: Mapping[str, str]) -> dict[str, str]:
    """Write the patterns without a compass point."""
    near = f"(?:{parts['near~']})"
    return {
        "near": rf"{near}\s*{_ARTICLE}",
        "offshore": rf"(?:{parts['offshore~']})\s*{_ARTICLE}",
        "inside": rf"(?:{parts['in']}|in|en|au|aux|à|in\s+the|в|у|w|im)\s*",
        "between": (
            rf"(?:{near}\s*)?(?:{_ARTICLE}(?:{parts['border']})\w*\s+)?"
            rf"(?:{parts['between']})\s+{_ARTICLE}"
        ),
        "joined": rf"\s+(?:{parts['and']})\s+{_ARTICLE}(?:[\w’'-]+\s+){{0,2}}?$",
    }


def _sided_patterns(parts: Mapping[str, str]) -> dict[str, str]:
    """Write the patterns that may tell a compass point."""
    near = f"(?:{parts['near~']})"
    side, side2 = f"(?P<side>{parts['side']})", f"(?P<side2>{parts['side']})"
    border, of = parts["border"], parts["of_slot"]
    return {
        "border": (
            rf"(?:{near}\s*|(?:à|on|at|an|na|a|у|на|sur|en)\s+)?{_ARTICLE}"
            rf"(?:{side}\s+)?(?:{border})\w*\s+(?:{side2}\s+)?"
            rf"(?:{of}|(?:{parts['border_with']})\s*)?{_ARTICLE}"
        ),
        "side": rf"(?:{parts['in']}|{_ARTICLE})\s*{side}\s+{of}{_ARTICLE}",
        "adjective": rf"(?:in\s+|en\s+|im\s+|в\s+|на\s+)?{side}(?:\s+|-)",
        "coast": (rf"{_ARTICLE}(?:{side}\s+)?(?:{parts['coast']})\s+(?:{side2}\s+)?{of}{_ARTICLE}"),
        "distance": (
            rf"(?:(?:{parts['distance']})\s+)*{parts['number']}\s*"
            rf"(?:(?:au|à\s+l['’]|to\s+the|al|w[a-z]*|nach)?\s*{side}\s+)?"
            rf"(?:{parts['from~']}|away\s+from)\s*{_ARTICLE}"
        ),
        # French "est" is "east" after an article alone: "à l'est de", not "le cargo est au Havre".
        "beside": (
            rf"(?!(?:{parts.get('verb_sides', '(?!)')})\b)"
            rf"(?:to\s+the|au|à|al|к|на|w|im|{parts['in']})?\s*{_ARTICLE}"
            rf"{side}\s+(?:{parts['from~']}|{of})\s*{_ARTICLE}"
        ),
    }


def _triggers(lexicon: PlaceWords) -> dict[str, re.Pattern[str]]:
    """Make quick patterns without which the slower ones of their names cannot match."""
    words = {name: lexicon.phrases.get(name) or "(?!)" for name in ("border", "coast")}
    words |= {name: _eliding(lexicon.phrases.get(name) or "(?!)") for name in ("near", "offshore")}
    words["distance"] = _UNITS
    return {name: re.compile(written.lower()) for name, written in words.items()}


def _eliding(phrases: str) -> str:
    """Let phrases that end in "de" also end in "du", "des", "d'"."""
    forms = []
    for phrase in phrases.split("|"):
        if phrase.endswith("de"):
            forms.append(rf"{phrase[:-2]}(?:de|du|des|d['’])")
        elif phrase.endswith(r"\s+a") or phrase == "a":
            forms.append(rf"{phrase[:-1]}(?:a|al)\b")
        else:
            forms.append(rf"{phrase}\b" if phrase[-1:].isalpha() else phrase)
    return "|".join(forms)


@functools.cache
def last_words(lang: str) -> frozenset[str]:
    """List the words that can end a description just before a name, to skip others quickly."""
    lexicon = place_words(lang)
    written = " ".join(lexicon.phrases.values()).replace(r"\s+", " ")
    ends = {fold(word) for word in re.findall(r"[^\W\d_]+", written)}
    shared = "l la le les the el los las der dem den die das d de du des del of von in en au aux à"
    stems = (lexicon.phrases.get("border", ""), lexicon.phrases.get("capital", ""))
    borders = {
        fold(word)
        for word, feature in lexicon.written_features.items()
        if feature == "border" and any(stems)
    }
    other = {fold(word) for word in ["away", "from", "с", "со", "между", "в", "у", "w", "im"]}
    return frozenset(ends | set(map(fold, shared.split())) | set(lexicon.sides) | borders | other)
