"""Names of places that stand for those who speak or act there, and datelines."""

from __future__ import annotations

from collections.abc import Sequence

from geo_routes.toponyms.texts import Match, Words, best, is_dateline
from geo_routes.toponyms.words import PlaceWords

_OF = frozenset(["de", "du", "d", "des", "del", "of", "la", "le", "l", "les", "the"])


def mark_speakers(words: Words, matches: Sequence[Match], lexicon: PlaceWords) -> None:
    """
    Mark metonyms ("Moscow denied ...") and the datelines of news.

    Parameters
    ----------
    words, matches
        The text and the names of places in it; their kind and role are set.
    lexicon
        The words of the text's language.
    """
    for match in matches:
        if is_dateline(words, match):
            match.role = "reference"
        elif match.kind != "metonym" and _speaks(words, match, lexicon):
            match.kind, match.role = "metonym", "actor"


def name_features(words: Words, matches: Sequence[Match], lexicon: PlaceWords) -> None:
    """
    Note what the text calls a place: a port in "le port nord-coréen de Rajin".

    Parameters
    ----------
    words, matches
        The text and the names of places in it; their feature is set.
    lexicon
        The words of the text's language.
    """
    for match in matches:
        feature = ""
        for at in range(match.first - 1, max(-1, match.first - 5), -1):
            if words.gap[at + 1] not in {" ", ""} or (words.capital[at] and at != match.first - 1):
                break
            feature = lexicon.features.get(words.key[at], "")
            if feature or (words.key[at] in lexicon.locative and words.key[at] not in _OF):
                break
        after = match.last + 1
        if not feature and after < len(words.key) and words.gap[after] == " ":
            feature = lexicon.features.get(words.key[after], "")
        if feature and feature != "area":
            match.feature = feature
        elif match.feature == "area":
            match.feature = ""


def _speaks(words: Words, match: Match, lexicon: PlaceWords) -> bool:
    """Tell whether a capital or country does what only a government does."""
    place = best(match.names[0])
    if place is None or place.feature != "capital" or place.kind != "city":
        return False
    before = words.key[match.first - 1] if match.first else ""
    beside = match.first > 0 and words.gap[match.first] in {" ", ""}
    if beside and (before in lexicon.locative or before in lexicon.features):
        return before in {"selon", "according"}
    for at in range(match.last + 1, min(match.last + 4, len(words.key))):
        if words.gap[at] not in {" ", "", ","}:
            break
        if words.key[at] in lexicon.speakers:
            return True
    return False
