"""Base words of the words of reports."""

from __future__ import annotations

from pathlib import Path

import pytest

import geo_routes
from geo_routes.lexicons.glosses import find_gloss
from geo_routes.reconstruction.link_traits import LANGUAGES

FOLDER = Path(geo_routes.__file__).parent / "lexicons" / "glosses"


@pytest.mark.parametrize(
    ("lang", "word", "gloss"),
    [
        ("en", "sailed", "sail"),
        ("fr", "accosté", "dock"),
        ("ru", "баржу", "barge"),
        ("es", "buque", "vessel"),
        ("de", "waggons", "wagon"),
        ("pl", "statek", "vessel"),
        ("uk", "баржу", "barge"),
    ],
)
def test_words_of_all_languages_have_one_base_word(lang: str, word: str, gloss: str) -> None:
    assert find_gloss(lang, word) == gloss


def test_a_form_that_is_not_listed_takes_the_base_word_of_those_that_begin_like_it() -> None:
    assert find_gloss("ru", "баржевую") == find_gloss("ru", "баржу")


@pytest.mark.parametrize(("lang", "word"), [("en", "qzxv"), ("xx", "sailed"), ("en", "")])
def test_what_is_unknown_has_no_base_word(lang: str, word: str) -> None:
    assert find_gloss(lang, word) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_form_is_listed_once(lang: str) -> None:
    lines = (FOLDER / f"{lang}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.partition(": ") for line in lines if not line.startswith("#")]
    forms = [form for _, _, part in rows for form in part.split()]
    assert len(forms) == len(set(forms)) > 5000
    assert all(gloss and part for gloss, _, part in rows)
    assert [gloss for gloss, _, _ in rows] == sorted({gloss for gloss, _, _ in rows})
