"""Itineraries drafted from short reports of the tests' own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from material_movements import OWN, STORY, story_places
from shapely import Point

from geo_routes.documents import Document
from geo_routes.itinerary import Itinerary, Status
from geo_routes.lexicons.movements_lexicon import languages, movement_lexicon
from geo_routes.reconstruction import draft_itineraries, draft_itinerary

REPORTS = Path(__file__).parent / "reports"
NAMES = sorted(path.stem for path in REPORTS.glob("*.json") if path.with_suffix(".txt").is_file())
COUNTED = {"reported", "inferred", "confirmed", "planned"}


def places_of(text: str, places: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """A places frame as a sure geocoder would give it."""
    rows, points = [], []
    for place in places:
        for match in re.finditer(re.escape(place["text"]), text):
            rows.append(
                {
                    "toponym": place["text"],
                    "start": match.start(),
                    "end": match.end(),
                    "rank": 0,
                    "score": 1.0,
                    "name": place["name"],
                    "country": place["country"],
                    "kind": "city",
                    "gazetteer": f"test:{place['name']}",
                    "uncertainty_km": 5.0,
                    "region": None,
                    "role": "",
                    "why": "",
                }
            )
            points.append(Point(place["lon"], place["lat"]))
    frame = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    return frame.sort_values("start").reset_index(drop=True)


def draft(name: str) -> tuple[Document, Itinerary, dict[str, Any]]:
    expected = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
    text = (REPORTS / f"{name}.txt").read_text(encoding="utf-8")
    document = Document(text=text, lang=expected["lang"], published=expected["published"])
    return document, draft_itinerary(document, places_of(text, expected["places"])), expected


@pytest.mark.parametrize("name", NAMES)
def test_report_gives_its_legs(name: str) -> None:
    _, itinerary, expected = draft(name)
    drafted = [
        (
            itinerary.places[leg.origin].name,
            itinerary.places[leg.destination].name,
            str(leg.mode),
            str(leg.claim.status),
        )
        for leg in itinerary.legs
    ]
    assert drafted == [(g["from"], g["to"], g["mode"], g["claim"]) for g in expected["legs"]]


@pytest.mark.parametrize("name", NAMES)
def test_evidence_is_cut_out_of_the_text(name: str) -> None:
    document, itinerary, expected = draft(name)
    quotes = [quote for leg in itinerary.legs for quote in leg.evidence]
    assert len(quotes) >= len(expected["legs"])
    assert all(document.text[quote.start : quote.end] == quote.exact for quote in quotes)


def test_window_covers_the_legs_told_before_it() -> None:
    _, itinerary, _ = draft("fr-bobines")
    assert [leg.departure for leg in itinerary.legs] == ["2024-02-04/2024-03-09"] * 2
    assert all("year" in leg.inferred["departure"] for leg in itinerary.legs)


def test_dates_and_origin_of_an_arrival_told_first() -> None:
    _, itinerary, _ = draft("en-ore")
    last = itinerary.legs[-1]
    assert (last.departure, last.arrival) == ("2023-06-02", "2023-06-09")
    assert "origin" in last.inferred  # two sentences tell its ends


def test_places_off_the_route_are_references() -> None:
    _, itinerary, _ = draft("fr-sans-transport")
    assert itinerary.legs == ()
    assert [place.reference for place in itinerary.places.values()] == [True, True]


def test_denied_allegation_is_no_completed_leg() -> None:
    text = (
        "The paper alleged that shells were flown from Linz to Oran. Bremen denied any such sale."
    )
    names = [("Linz", 14.3, 48.3, "AT"), ("Oran", -0.6, 35.7, "DZ"), ("Bremen", 8.8, 53.1, "DE")]
    places = [{"text": n, "name": n, "lon": x, "lat": y, "country": c} for n, x, y, c in names]
    (leg,) = draft_itinerary(Document(text=text, lang="en"), places_of(text, places)).legs
    assert leg.claim.status is Status.DENIED


@pytest.mark.parametrize(
    ("denial", "denied_by"),
    [("Bremen denied it.", "Bremen"), ("The owner, of Bremen, denied it.", "")],
)
def test_the_seat_of_a_firm_denies_nothing(denial: str, denied_by: str) -> None:
    text = f"A ship carried shells from Lisbon to Oran. {denial}"
    names = [("Lisbon", -9.1, 38.7, "PT"), ("Oran", -0.6, 35.7, "DZ"), ("Bremen", 8.8, 53.1, "DE")]
    places = [{"text": n, "name": n, "lon": x, "lat": y, "country": c} for n, x, y, c in names]
    (leg,) = draft_itinerary(Document(text=text, lang="en"), places_of(text, places)).legs
    assert leg.claim.denied_by == denied_by


def test_shipments_that_share_no_place_are_itineraries_of_their_own() -> None:
    _, itinerary, _ = draft("en-ore")
    document, _, expected = draft("en-ore")
    drafts = draft_itineraries(document, places_of(document.text, expected["places"]))
    assert [draft.legs for draft in drafts] == [itinerary.legs]


@pytest.mark.parametrize("lang", languages())
def test_every_lexicon_compiles_and_tells_the_modes(lang: str) -> None:
    lexicon = movement_lexicon(lang)
    tags = {p.tag for table in (lexicon.exact, lexicon.stems) for ps in table.values() for p in ps}
    modes = {tag.partition(".")[2] for tag in tags if tag.startswith("ways.")}
    assert modes == {"sea", "rail", "road", "air", "inland_waterway", "pipeline"}


def drafted(itinerary: Itinerary) -> list[tuple[str, str, str]]:
    """Legs as names and mode, those of counted claims."""
    return [
        (itinerary.places[leg.origin].name, itinerary.places[leg.destination].name, str(leg.mode))
        for leg in itinerary.legs
        if leg.claim.status in COUNTED
    ]


def test_own_reports_in_seven_languages_give_most_of_their_legs() -> None:
    right = total = wanted = 0
    for report in OWN:
        document = Document(text=report["text"], lang=report["lang"], published=report["published"])
        legs = drafted(draft_itinerary(document, places_of(report["text"], report["places"])))
        gold = {
            (leg["from"], leg["to"], leg["mode"])
            for leg in report["legs"]
            if leg["claim"] in COUNTED
        }
        right += len(gold & set(legs))
        total, wanted = total + len(legs), wanted + len(gold)
    assert 2 * right / (total + wanted) >= 0.78  # the target with places given, on new reports


ORDERS = [(0, 1, 2, 3), (2, 0, 1, 3), (3, 0, 1, 2), (0, 1, 3, 2)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("lang", STORY)
def test_a_story_keeps_its_two_legs_translated_and_shuffled(
    lang: str, order: tuple[int, ...]
) -> None:
    text = " ".join(STORY[lang][0][i] for i in order)
    document = Document(text=text, lang=lang, published="2023-10-13")
    itinerary = draft_itinerary(document, places_of(text, story_places(lang)))
    done = [leg for leg in itinerary.legs if leg.completed]
    names = [
        (itinerary.places[leg.origin].name, itinerary.places[leg.destination].name, str(leg.mode))
        for leg in done
    ]
    assert names == [("depot in KP", "Dunay", "sea"), ("Dunay", "depot in RU", "rail")]
    assert all(text[q.start : q.end] == q.exact for leg in done for q in leg.evidence)


def test_respelled_names_give_the_same_legs() -> None:
    text = " ".join(STORY["fr"][0])
    for spelled in ("Dunay", "Dounay", "Dunaï"):
        told = text.replace("Dounaï", spelled)
        places = [
            {**place, "text": place["text"].replace("Dounaï", spelled)}
            for place in story_places("fr")
        ]
        document = Document(text=told, lang="fr", published="2023-10-13")
        legs = drafted(draft_itinerary(document, places_of(told, places)))
        assert legs == [("depot in KP", "Dunay", "sea"), ("Dunay", "depot in RU", "rail")]
