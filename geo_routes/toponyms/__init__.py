"""Recognition of toponyms: the names and vague descriptions of places in a document."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geo_routes.documents import Document
from geo_routes.errors import DataError
from geo_routes.gazetteer import fold
from geo_routes.itinerary import Region
from geo_routes.schema import TOPONYMS, make_frame
from geo_routes.toponyms.adjectives import find_demonyms
from geo_routes.toponyms.matching import find_matches
from geo_routes.toponyms.own import find_own, read_own_places
from geo_routes.toponyms.speakers import mark_speakers, name_features
from geo_routes.toponyms.texts import Match, Words, is_head_line, split_words
from geo_routes.toponyms.trained import installed
from geo_routes.toponyms.vagueness import Description, find_descriptions
from geo_routes.toponyms.words import place_words

if TYPE_CHECKING:
    import pandas as pd

_SHORT = frozenset(place_words("en").abbreviations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toponym:
    """One toponym; its fields are the columns of a toponyms frame."""

    toponym: str
    start: int
    end: int
    kind: str = "place"
    feature: str = ""
    role: str = ""
    region: Region | None = None
    names: tuple[str, ...] = ()
    confidence: float = 0.5


def find_toponyms(
    document: Document, *, trained: bool | None = None, places: str | Path | None = None
) -> pd.DataFrame:
    """
    Find the places that a report names or describes.

    Parameters
    ----------
    document
        A report; French, English, Russian, Ukrainian, Spanish, German and Polish are read best.
    trained
        Whether to hear a trained recogniser too (the extras `[fr]`, `[ru]` and `[en]`); left out,
        it is heard where it is installed for the document's language.
    places
        A CSV file of your own places, as `geocode` takes it: their names are found too.

    Raises
    ------
    DataError
        When `trained` asks for a recogniser that is not installed.
    PlacesFileError
        When `places` cannot be read.

    Returns
    -------
    toponyms
        One row a toponym in the order of the text, with the columns of `schema.TOPONYMS`;
        `attrs["document"]` holds the document.

    Examples
    --------
    >>> from geo_routes.documents import Document
    >>> document = Document(text="The ship left the port of Hamburg for Lagos.", lang="en")
    >>> find_toponyms(document).toponym.tolist()
    ['Hamburg', 'Lagos']
    """
    rows = read_toponyms(document, trained=trained, places=places)
    columns = {name: [getattr(row, name) for row in rows] for name in TOPONYMS}
    frame = make_frame(columns, TOPONYMS)
    frame.attrs["document"] = document
    return frame


def read_toponyms(
    document: Document, *, trained: bool | None = None, places: str | Path | None = None
) -> list[Toponym]:
    """
    Find the places that a report names or describes, as plain records.

    Parameters
    ----------
    document
        A report.
    trained, places
        As for `find_toponyms`.

    Returns
    -------
    toponyms
        In the order of the text; a description stands before the names within it.
    """
    lexicon = place_words(document.lang)
    words = split_words(document.text)
    heard = installed(document.lang) if trained is None else trained
    if heard and not installed(document.lang):
        raise DataError(
            f"No trained recogniser for {document.lang!r} is installed. "
            f"Run: pip install 'geo-routes[{document.lang}]'"
        )
    matches = find_matches(words, lexicon, trained=heard)
    matches = [match for match in matches if match.score >= 0 or not is_head_line(words, match)]
    if places is not None:
        matches = find_own(words, read_own_places(Path(places)), matches)
    mark_speakers(words, matches, lexicon)
    name_features(words, matches, lexicon)
    vague = find_descriptions(words, matches, lexicon)
    demonyms, described = find_demonyms(words, matches, lexicon)
    rows = [_toponym(match, words) for match in [*matches, *demonyms]]
    rows += [_vague(description, words) for description in [*vague, *described]]
    rows.sort(key=lambda row: (row.start, -row.end, row.kind != "region"))
    return rows


def _vague(description: Description, words: Words) -> Toponym:
    start, end = description.start, description.end
    while words.text[start].isspace():
        start += 1
    named = description.feature == "capital"
    return Toponym(
        toponym=words.text[start:end],
        start=start,
        end=end,
        kind="place" if named else "region",
        feature=description.feature,
        region=None if named else description.region,
        names=description.names,
        confidence=0.8,
    )


def _toponym(match: Match, words: Words) -> Toponym:
    start, end = words.start[match.first], words.end[match.last]
    if words.text[end : end + 1] == "." and end - start <= 5:
        written = words.text[start:end]
        # The last full stop of an abbreviation belongs to it: "U.S."
        end += "." in written or fold(written) in _SHORT
    return Toponym(
        toponym=words.text[start:end],
        start=start,
        end=end,
        kind=match.kind,
        feature=match.feature,
        role=match.role,
        region=match.region,
        names=match.names,
        confidence=round(1 / (1 + math.exp(-max(-9.0, min(4.0, match.score)))), 2),
    )
