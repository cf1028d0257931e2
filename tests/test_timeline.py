"""Which end of a leg a date belongs to, in short reports of the tests' own."""

from __future__ import annotations

import pytest
from test_reconstruction import places_of

from geo_routes.dates import DateMention
from geo_routes.documents import Document
from geo_routes.itinerary import Claim, Leg, Mode, Status
from geo_routes.reconstruction import draft_itinerary
from geo_routes.reconstruction.dating import ARRIVAL, DEPARTURE, Timeline, Told
from geo_routes.reconstruction.movements import read_movements
from geo_routes.reconstruction.places import chosen_rows
from geo_routes.reconstruction.timeline import date_legs, fits_journey

COORDINATES = {
    "Rotterdam": ("NL", 4.48, 51.92),
    "Alexandria": ("EG", 29.92, 31.2),
    "Cairo": ("EG", 31.25, 30.06),
    "Lagos": ("NG", 3.39, 6.45),
}
NAMES = {
    "Роттердама": "Rotterdam",
    "Александрию": "Alexandria",
    "Роттердаму": "Rotterdam",
    "Александрії": "Alexandria",
    "Rotterdamu": "Rotterdam",
    "Aleksandrii": "Alexandria",
    "Alexandrie": "Alexandria",
    "Róterdam": "Rotterdam",
    "Alejandría": "Alexandria",
}


def draft(text: str, lang: str, published: str = "2023-05-20") -> list[Leg]:
    """Draft the legs between the places that a text names."""
    places = []
    for written, name in [*NAMES.items(), *((name, name) for name in COORDINATES)]:
        if written in text:
            country, lon, lat = COORDINATES[name]
            places.append(
                {"text": written, "name": name, "country": country, "lon": lon, "lat": lat}
            )
    document = Document(text=text, lang=lang, published=published)
    return list(draft_itinerary(document, places_of(text, places)).legs)


def dates(leg: Leg) -> tuple[str, str]:
    return leg.departure, leg.arrival


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The ship left Rotterdam on 3 May and reached Alexandria on 14 May."),
        ("fr", "Le navire a quitté Rotterdam le 3 mai et atteint Alexandrie le 14 mai."),
        ("de", "Das Schiff verließ Rotterdam am 3. Mai und erreichte am 14. Mai Alexandria."),
        ("es", "El buque zarpó de Róterdam el 3 de mayo y llegó a Alejandría el 14 de mayo."),
        ("ru", "Судно вышло из Роттердама 3 мая и прибыло в Александрию 14 мая."),
        ("uk", "Судно вийшло з Роттердаму 3 травня і прибуло до Александрії 14 травня."),
        ("pl", "Statek wypłynął z Rotterdamu 3 maja i dotarł do Aleksandrii 14 maja."),
    ],
)
def test_each_end_has_its_date(lang: str, text: str) -> None:
    if lang == "uk":
        text = text.replace("Роттердаму", "Роттердама")
    (leg,) = draft(text, lang)
    assert dates(leg) == ("2023-05-03", "2023-05-14")


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "The grain was trucked from Alexandria to Cairo on 3 May.", ("2023-05-03", "")),
        ("en", "A train brought grain from Alexandria to Cairo on 3 May.", ("", "2023-05-03")),
        ("de", "Ein Zug brachte am 3. Mai Weizen von Alexandria nach Cairo.", ("", "2023-05-03")),
        (
            "en",
            "On 3 May the wheat was sent by train from Alexandria to Cairo.",
            ("2023-05-03", ""),
        ),
    ],
)
def test_the_verb_tells_which_end_a_date_belongs_to(
    lang: str, text: str, expected: tuple[str, str]
) -> None:
    (leg,) = draft(text, lang)
    assert dates(leg) == expected


def test_a_length_of_the_trip_gives_the_other_end() -> None:
    (leg,) = draft("The ship reached Lagos on 19 May, two days after leaving Alexandria.", "en")
    assert dates(leg) == ("2023-05-17", "2023-05-19")
    assert "counted back" in leg.inferred["departure"]


def test_a_voyage_of_so_many_days_gives_the_other_end() -> None:
    (leg,) = draft(
        "After a voyage of two days from Alexandria the ship reached Lagos on 19 May.", "en"
    )
    assert dates(leg) == ("2023-05-17~", "2023-05-19")
    assert "length" in leg.inferred["departure"]


def test_a_date_in_doubt_is_none_that_the_journey_contradicts() -> None:
    legs = [
        Leg(origin=a, destination=b, mode=Mode.SEA, claim=Claim(status=Status.REPORTED))
        for a, b in (("a", "b"), ("b", "c"))
    ]
    told = [Told(DateMention(0, 1, f"2023-05-{day}"), 0, 0, "", None, False) for day in (12, 15)]
    timeline = Timeline([], told, legs, [[0], [0]], None, [None, None], {})
    onward_left = {(1, DEPARTURE): told[0]}
    assert fits_journey(timeline, onward_left, 0, told[0])
    assert not fits_journey(timeline, onward_left, 0, told[1])
    first_came = {(0, ARRIVAL): told[1]}
    assert fits_journey(timeline, first_came, 1, told[1])
    assert not fits_journey(timeline, first_came, 1, told[0])


def test_a_plan_takes_dates_to_come_and_news_takes_those_gone() -> None:
    (plan,) = draft("The ship will sail from Rotterdam to Alexandria on Monday.", "en")
    assert plan.departure == "2023-05-22"
    (news,) = draft("The ship sailed from Rotterdam to Alexandria on Monday.", "en")
    assert news.departure == "2023-05-15"


def test_a_flight_takes_a_day() -> None:
    (leg,) = draft("The plane flew the vaccines from Rotterdam to Lagos on 3 May.", "en")
    assert dates(leg) == ("2023-05-03", "2023-05-03")
    assert "one day" in leg.inferred["arrival"]


def test_a_window_told_apart_dates_the_legs_before_it() -> None:
    text = (
        "A ship carried shells from Rotterdam to Alexandria. "
        "The transfer took place between 3 April and 9 May, the ministry said."
    )
    (leg,) = draft(text, "en")
    assert leg.departure == leg.arrival == "2023-04-03/2023-05-09"
    assert leg.evidence[-1].exact.startswith("The transfer")


def test_the_date_of_a_statement_is_only_about_then() -> None:
    text = "A ship left Rotterdam for Alexandria, the port said on Friday."
    (leg,) = draft(text, "en")
    assert leg.departure in {"2023-05-19~", ""}
    assert leg.departure != "2023-05-19"


def test_a_place_left_is_not_dated_by_the_arrival_there() -> None:
    text = (
        "The ship reached Alexandria from Rotterdam on 3 May. From Alexandria it went on to Lagos."
    )
    first, second = draft(text, "en")
    assert dates(first) == ("", "2023-05-03")
    assert dates(second) == ("", "")


@pytest.mark.parametrize("told", ["Thursday", "jeudi"])
def test_a_ship_under_way_left_on_the_day_before_the_report(told: str) -> None:
    texts = {
        "Thursday": ("en", "The ship left Rotterdam on Thursday, bound for Lagos."),
        "jeudi": ("fr", "Le navire a quitté Rotterdam jeudi, à destination de Lagos."),
    }
    lang, text = texts[told]
    legs = draft(text, lang, published="2023-05-20")
    assert [leg.departure for leg in legs] == ["2023-05-18"]


def test_what_the_network_tells_sways_the_choice_of_a_date() -> None:
    text = "A ship carried grain from Rotterdam to Alexandria on 3 May."
    document = Document(text=text, lang="en", published="2023-05-20")
    places = [
        {"text": name, "name": name, "country": country, "lon": lon, "lat": lat}
        for name, (country, lon, lat) in COORDINATES.items()
        if name in text
    ]
    found = read_movements(document, chosen_rows(places_of(text, places)))
    (leg,) = found.legs
    at = text.index("3 May")
    for ends, expected in (
        ((0.99, 0.001), ("2023-05-03", "")),
        ((0.001, 0.99), ("", "2023-05-03")),
    ):
        shares = {(leg.origin, leg.destination): {at: ends}}
        (dated,) = date_legs(
            document, [leg], found.reading.clauses, found.places, found.dates, shares
        )
        assert dates(dated) == expected
