"""The movement words of a language, compiled once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "movements"


@dataclass(frozen=True, slots=True)
class MovementLexicon:
    """Patterns of one language; `roles` end where a place begins."""

    roles: tuple[tuple[str, bool, re.Pattern[str]], ...]  # role, weak, pattern
    fillers: re.Pattern[str]
    load: re.Pattern[str]
    move: re.Pattern[str]
    arrive: re.Pattern[str]
    depart: re.Pattern[str]
    stay: re.Pattern[str]
    had: re.Pattern[str]
    after: re.Pattern[str]
    alleged: re.Pattern[str]
    say: re.Pattern[str]
    carrier: re.Pattern[str]
    onward: re.Pattern[str]
    pointing: re.Pattern[str]
    pronouns: re.Pattern[str]
    statuses: tuple[tuple[str, re.Pattern[str]], ...]
    attribution: tuple[re.Pattern[str], ...]
    flag: tuple[re.Pattern[str], ...]
    modes: tuple[tuple[str, re.Pattern[str]], ...]


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
    roles = []
    # Long phrases first: "en provenance de" before "de".
    for role, weak, key in (
        ("via", False, "via"),
        ("origin", False, "origin"),
        ("origin", False, "origin_verbs"),
        ("destination", False, "destination_verbs"),
        ("destination", False, "destination"),
        ("origin", True, "origin_weak"),
        ("destination", True, "destination_weak"),
    ):
        if words.get(key):
            parts = sorted(words[key], key=len, reverse=True)
            roles.append((role, weak, _compile(rf"(?<!\w)(?:{'|'.join(parts)})\W*$")))
    return MovementLexicon(
        roles=tuple(roles),
        fillers=_compile(rf"(?<!\w)(?:{'|'.join(words['fillers'])})[\s«\"“]*$"),
        load=_any(words["load"]),
        move=_any(words["move"]),
        arrive=_any(words["arrive"]),
        depart=_any(words["depart"]),
        stay=_any(words["stay"]),
        had=_any(words["had"]),
        after=_any(words["after"]),
        alleged=_any(words["alleged"]),
        say=_any(words["say"]),
        carrier=_any(words["carrier"]),
        onward=_any(words["continue"]),
        pointing=_compile(rf"(?:{'|'.join(words['pointing'])})"),
        pronouns=_compile(rf"^\W*(?:{'|'.join(words['pronouns'])})\b"),
        statuses=tuple(
            (status, _any(words[status])) for status in ("denied", "possible", "planned", "past")
        ),
        attribution=tuple(re.compile(rf"(?i:\b){part}") for part in _loose(words["attribution"])),
        flag=tuple(re.compile(part) for part in _loose(words["flag"])),
        modes=tuple((mode, _any(parts)) for mode, parts in words["modes"].items()),
    )


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _any(parts: list[str]) -> re.Pattern[str]:
    return _compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")


def _loose(parts: list[str]) -> list[str]:
    """Let the first letter of each pattern be small or capital."""
    return [
        f"(?:{part[0].lower()}|{part[0].upper()}){part[1:]}" if part[0].isalpha() else part
        for part in parts
    ]
