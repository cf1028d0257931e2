"""The words of the page, one file a language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("i18n")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def languages() -> list[str]:
    """List the languages that the page speaks."""
    return sorted(file.stem for file in _FOLDER.glob("*.json"))


@cache
def _read(lang: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((_FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return words


def read_words(lang: str) -> tuple[str, dict[str, str]]:
    """
    Read the words of a language, or the English ones where the page does not speak it.

    Parameters
    ----------
    lang
        Language tag such as "fr" or "pt-BR".

    Returns
    -------
    lang, words
        The language that was found, and its words by key.
    """
    base = lang.lower().replace("_", "-").split("-")[0]
    found = base if base in languages() else "en"
    return found, {**_read("en"), **_read(found)}


def direction(lang: str) -> str:
    """Tell which way a language is written: "ltr" or "rtl"."""
    return "rtl" if lang in _RIGHT_TO_LEFT else "ltr"
