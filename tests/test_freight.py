"""Cargo, quantity, vehicles and parties, from reports of the tests' own."""

from __future__ import annotations

import io

import pytest
from test_reconstruction import places_of

from geo_routes.documents import Document
from geo_routes.io import read_itinerary, write_itinerary
from geo_routes.itinerary import Leg
from geo_routes.lexicons.freight_lexicon import languages
from geo_routes.reconstruction import draft_itinerary

ENDS = {
    "en": ("Rotterdam", "Alexandria"),
    "fr": ("Rotterdam", "Alexandrie"),
    "de": ("Rotterdam", "Alexandria"),
    "es": ("Róterdam", "Alejandría"),
    "ru": ("Роттердама", "Александрию"),
    "uk": ("Роттердама", "Александрії"),
    "pl": ("Rotterdamu", "Aleksandrii"),
}


def draft(text: str, lang: str) -> Leg:
    """Draft the one leg from Rotterdam to Alexandria."""
    origin, destination = ENDS[lang]
    places = [
        {"text": origin, "name": "Rotterdam", "country": "NL", "lon": 4.48, "lat": 51.92},
        {"text": destination, "name": "Alexandria", "country": "EG", "lon": 29.92, "lat": 31.2},
    ]
    document = Document(text=text, lang=lang, published="2023-05-20")
    legs = draft_itinerary(document, places_of(text, places)).legs
    assert [(leg.origin, leg.destination) for leg in legs] == [("rotterdam", "alexandria")]
    return legs[0]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        (
            "en",
            "The bulk carrier Nordholm sailed from Rotterdam to Alexandria with 26,500 tonnes of "
            "barley. She is operated by Halden Lines.",
            {
                "quantity": "26,500 tonnes",
                "cargo": "barley",
                "vehicle": "Nordholm",
                "vehicle_type": "bulk carrier",
                "carrier": "Halden Lines",
            },
        ),
        (
            "fr",
            "Le vraquier Sainte-Odile a quitté Rotterdam pour Alexandrie avec 26 500 tonnes "
            "d'orge, vendues par la coopérative Agrinor.",
            {
                "quantity": "26 500 tonnes",
                "cargo": "orge",
                "vehicle": "Sainte-Odile",
                "vehicle_type": "vraquier",
                "shipper": "la coopérative Agrinor",
            },
        ),
        (
            "de",
            "Der Frachter „Holsten Nord“ fuhr von Rotterdam nach Alexandria und hatte 26.500 "
            "Tonnen Gerste geladen.",
            {"quantity": "26.500 Tonnen", "cargo": "Gerste", "vehicle": "Holsten Nord"},
        ),
        (
            "es",
            "El granelero Costa Brava Star zarpó de Róterdam y llegó a Alejandría con 26.500 "
            "toneladas de cebada.",
            {
                "quantity": "26.500 toneladas",
                "cargo": "cebada",
                "vehicle": "Costa Brava Star",
                "vehicle_type": "granelero",
            },
        ),
        (
            "ru",
            "Балкер «Северный ветер» вышел из Роттердама и прибыл в Александрию, доставив 26 500 "
            "тонн фуражного ячменя. Получатель — компания «Нилагро».",
            {
                "quantity": "26 500 тонн",
                "cargo": "фуражного ячменя",
                "vehicle": "Северный ветер",
                "consignee": "компания «Нилагро»",
            },
        ),
        (
            "uk",
            "Балкер «Світанок» вийшов з Роттердама і прибув до Александрії, доставивши 26 500 тонн "
            "фуражного ячменю.",
            {"quantity": "26 500 тонн", "cargo": "фуражного ячменю", "vehicle": "Світанок"},
        ),
        (
            "pl",
            "Masowiec „Zorza” wypłynął z Rotterdamu i dotarł do Aleksandrii z ładunkiem 26 500 ton "
            "jęczmienia.",
            {"quantity": "26 500 ton", "cargo": "jęczmienia", "vehicle": "Zorza"},
        ),
    ],
)
def test_freight_is_told_in_each_language(lang: str, text: str, expected: dict[str, str]) -> None:
    leg = draft(text, lang)
    assert {name: getattr(leg, name) for name in expected} == expected
    for name, value in expected.items():
        quote = leg.told[name]
        assert text[quote.start : quote.end] == quote.exact
        assert value in quote.exact


def test_each_language_of_movements_has_freight() -> None:
    assert set(languages()) >= set(ENDS)


def test_a_ship_by_its_name_alone_and_counted_animals() -> None:
    leg = draft("The Marigold left Rotterdam and docked in Alexandria with 4,200 sheep.", "en")
    assert (leg.vehicle, leg.quantity, leg.cargo) == ("Marigold", "4,200", "sheep")


def test_a_name_explained_after_it() -> None:
    text = "The Marigold, a small livestock carrier, sailed from Rotterdam to Alexandria."
    leg = draft(text, "en")
    assert (leg.vehicle, leg.vehicle_type) == ("Marigold", "livestock carrier")


def test_yearly_totals_years_and_distances_are_no_cargo() -> None:
    text = (
        "The port handles 40 million tonnes a year. In 2021 a ship sailed from Rotterdam to "
        "Alexandria, 3,300 nautical miles away."
    )
    leg = draft(text, "en")
    assert (leg.quantity, leg.cargo) == ("", "")


def test_a_form_names_its_parties() -> None:
    text = (
        "The ship went from Rotterdam to Alexandria.\n\nVessel: Marigold\nCargo: malting barley\n"
        "Quantity: 26,500 t\nShipper: Halden Grain\nConsignee: Nile Mills\nCarrier: Halden Lines\n"
    )
    leg = draft(text, "en")
    assert (leg.vehicle, leg.cargo, leg.quantity) == ("Marigold", "malting barley", "26,500 t")
    assert (leg.shipper, leg.consignee, leg.carrier) == (
        "Halden Grain",
        "Nile Mills",
        "Halden Lines",
    )


def test_a_ship_is_not_the_vehicle_of_a_rail_leg() -> None:
    text = "The bulk carrier Nordholm was busy. A train went from Rotterdam to Alexandria."
    leg = draft(text, "en")
    assert (leg.vehicle, leg.vehicle_type) == ("", "train")


def test_freight_and_its_quotes_survive_the_route_file() -> None:
    text = "The tanker Nordholm sailed from Rotterdam to Alexandria with 900 barrels of crude oil."
    origin, destination = ENDS["en"]
    places = [
        {"text": origin, "name": "Rotterdam", "country": "NL", "lon": 4.48, "lat": 51.92},
        {"text": destination, "name": "Alexandria", "country": "EG", "lon": 29.92, "lat": 31.2},
    ]
    itinerary = draft_itinerary(Document(text=text, lang="en"), places_of(text, places))
    written = io.StringIO()
    write_itinerary(itinerary, written)
    assert read_itinerary(written.getvalue()).legs == itinerary.legs
    assert itinerary.legs[0].quantity == "900 barrels"
