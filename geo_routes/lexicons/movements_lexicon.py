"""
The movement words of a language, compiled once.

A lexicon lists phrases under tags: "events.depart", "places.origin", "status.planned" and so on.
In a phrase `*` ends a stem, or begins a last part ("*schiff"), and `..` stands for other words of
the same clause ("legte .. an").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent / "movements"
_SPEECH = "speech"
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*['’]?|[^\w\s]")
_GAP_WORDS = 14
_SHORTEST_HEAD = 3  # letters before a last part
_APOSTROPHES = str.maketrans("’", "'")


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase of the lexicon found in a sentence: its tag, first and last word."""

    tag: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    tag: str
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MovementLexicon:
    """Phrases and patterns of one language."""

    lang: str
    exact: Mapping[str, tuple[_Phrase, ...]]
    stems: Mapping[str, tuple[_Phrase, ...]]
    tails: Mapping[str, tuple[_Phrase, ...]]
    future_endings: tuple[str, ...]
    traits: frozenset[str]
    attribution: tuple[re.Pattern[str], ...]
    flag: tuple[re.Pattern[str], ...]
    pointing: re.Pattern[str]
    known: dict[str, tuple[_Phrase, ...]] = field(default_factory=dict)

    def find_cues(self, words: Sequence[str], is_open: Sequence[bool]) -> list[Cue]:
        """
        Find the phrases of a sentence, the longest of each kind at each word.

        Parameters
        ----------
        words
            The words, folded by `fold_word`.
        is_open
            False where a word belongs to a place, so that it cannot be a cue.

        Returns
        -------
        cues
            In the order of their first words.
        """
        found: list[Cue] = []
        for i, word in enumerate(words):
            if not is_open[i]:
                continue
            best: dict[str, tuple[int, Cue]] = {}
            for phrase in self._starting(word):
                last = _match(phrase.rest, words, is_open, i)
                if last is None:
                    continue
                kind = phrase.tag.partition(".")[0]
                size = len(phrase.rest)
                if kind not in best or size > best[kind][0]:
                    best[kind] = size, Cue(phrase.tag, i, last)
            found += [cue for _, cue in best.values()]
        return _longest(found)

    def is_future(self, word: str) -> bool:
        """Tell whether a movement verb stands in the future by its ending."""
        return bool(self.future_endings) and word.endswith(self.future_endings)

    def _starting(self, word: str) -> tuple[_Phrase, ...]:
        phrases = self.known.get(word)
        if phrases is None:
            found = [*self.exact.get(word, ())]
            for length in range(len(word), 1, -1):
                found += self.stems.get(word[:length], ())
            for first in range(_SHORTEST_HEAD, len(word) - 1) if self.tails else ():
                found += self.tails.get(word[first:], ())
            phrases = tuple(found)
            if len(self.known) < 50_000:
                self.known[word] = phrases
        return phrases


def split_words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split a passage into words and signs; an elided word keeps its apostrophe ("d'")."""
    return [match.span() for match in _WORD.finditer(text, start, end)]


def fold_word(word: str) -> str:
    """Fold a word as the lexicons write it."""
    return word.lower().translate(_APOSTROPHES)


def languages() -> tuple[str, ...]:
    """List the languages that have a lexicon."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def movement_lexicon(lang: str) -> MovementLexicon:
    """Read the lexicon of a language; of English where there is none."""
    path = _FOLDER / f"{lang}.toml"
    if not path.is_file():
        path = _FOLDER / "en.toml"
    with path.open("rb") as stream:
        words = tomllib.load(stream)
    speech = words.pop(_SPEECH)
    grammar = words.pop("grammar", {})
    exact: dict[str, list[_Phrase]] = {}
    stems: dict[str, list[_Phrase]] = {}
    tails: dict[str, list[_Phrase]] = {}
    for tag, text in _flat(words):
        for written in text.replace("\n", " ").split(","):
            parts = _split_phrase(written)
            if not parts:
                continue
            head, phrase = parts[0], _Phrase(tag, tuple(parts[1:]))
            if head.startswith("*"):
                tails.setdefault(head[1:], []).append(phrase)
            elif head.endswith("*"):
                stems.setdefault(head[:-1], []).append(phrase)
            else:
                exact.setdefault(head, []).append(phrase)
    return MovementLexicon(
        lang=path.stem,
        exact={word: tuple(phrases) for word, phrases in exact.items()},
        stems={word: tuple(phrases) for word, phrases in stems.items()},
        tails={word: tuple(phrases) for word, phrases in tails.items()},
        future_endings=tuple(grammar.get("future_endings", "").split()),
        traits=frozenset(grammar.get("traits", "").split()),
        attribution=tuple(re.compile(rf"(?i:\b){part}") for part in _loose(speech["attribution"])),
        flag=tuple(re.compile(part) for part in _loose(speech["flag"])),
        pointing=re.compile(rf"(?:{'|'.join(speech['pointing'])})", re.IGNORECASE),
    )


def _flat(words: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    for name, value in words.items():
        if isinstance(value, str):
            yield before + name, value
        else:
            yield from _flat(value, f"{before}{name}.")


def _split_phrase(written: str) -> list[str]:
    """Split a phrase as a text is split; `*` stays with its stem and `..` on its own."""
    parts: list[str] = []
    for chunk in written.split():
        if chunk == "..":
            parts.append(chunk)
            continue
        stem, tail = chunk.endswith("*"), chunk.startswith("*")
        word = chunk.strip("*")
        pieces = [fold_word(word[a:b]) for a, b in split_words(word, 0, len(word))]
        if stem and pieces:
            pieces[-1] += "*"
        if tail and pieces:
            pieces[0] = f"*{pieces[0]}"
        parts += pieces
    return parts


def _match(
    rest: tuple[str, ...], words: Sequence[str], is_open: Sequence[bool], first: int
) -> int | None:
    """Follow a phrase from its first word; the last word before a gap, or None."""
    at, skip, end = first, False, None
    for part in rest:
        if part == "..":
            skip, end = True, at if end is None else end
            continue
        at += 1
        stop = min(len(words), at + _GAP_WORDS) if skip else min(len(words), at + 1)
        while at < stop and not (is_open[at] and _is(part, words[at])):
            if words[at] in {",", ";", ":", "."}:
                return None
            at += 1
        if at >= stop:
            return None
        skip = False
    return at if end is None else end


def _is(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


def _longest(cues: list[Cue]) -> list[Cue]:
    """Drop a cue that begins within another of its kind: "in" of "put in at"."""
    kept: list[Cue] = []
    until: dict[str, int] = {}
    for cue in cues:
        kind = cue.tag.partition(".")[0]
        if cue.first <= until.get(kind, -1):
            continue
        kept.append(cue)
        until[kind] = max(until.get(kind, -1), cue.last)
    return kept


def _loose(parts: list[str]) -> list[str]:
    """Let the first letter of each pattern be small or capital."""
    return [
        f"(?:{part[0].lower()}|{part[0].upper()}){part[1:]}" if part[0].isalpha() else part
        for part in parts
    ]
