"""The main job on reports in three languages: from the text alone to its legs."""

import pytest

import geo_routes as gr

REPORTS = {
    "en": (
        "Published 4 March 2024\n\nThe carrier Meridian Dawn left the Ukrainian port of Izmail "
        "on 12 February with 24,000 tonnes of maize, the port authority said. She reached "
        "Constanta, Romania, two days later. From there the grain was carried by train to "
        "Budapest, where it arrived on 20 February.",
        [("Izmail", "Constanţa", "sea"), ("Constanţa", "Budapest", "rail")],
    ),
    "fr": (
        "Publié le 2 mars 2022\n\nLe cargo « Étoile du Ponant », battant pavillon libérien, a "
        "quitté Marseille le 3 février pour Alger, selon le port. De là, les machines ont été "
        "transportées par camion jusqu'à Tamanrasset, où elles sont arrivées le 15 février.",
        [("Marseille", "Algiers", "sea"), ("Algiers", "Tamanghasset", "road")],
    ),
    "de": (
        "Veröffentlicht am 9. Juni 2023\n\nDas Schiff „Nordlicht“ ist am 2. Mai aus Rotterdam "
        "ausgelaufen und erreichte am 6. Mai Danzig. Von dort wurden die Maschinen mit dem Zug "
        "nach Warschau gebracht, teilte die Reederei mit.",
        [("Rotterdam", "Gdańsk", "sea"), ("Gdańsk", "Warsaw", "rail")],
    ),
}


@pytest.mark.parametrize("lang", REPORTS)
def test_a_report_gives_its_completed_legs_and_they_are_routed(lang, tmp_path):
    text, expected = REPORTS[lang]
    path = tmp_path / "report.txt"
    path.write_text(text, encoding="utf-8")
    document = gr.read_document(path)
    assert document.lang == lang
    itinerary = gr.draft_itinerary(document, gr.geocode(gr.find_toponyms(document)))
    done = [leg for leg in itinerary.legs if leg.completed]
    names = [
        (itinerary.places[leg.origin].name, itinerary.places[leg.destination].name, str(leg.mode))
        for leg in done
    ]
    assert names == expected
    legs = gr.route_itinerary(itinerary)
    routed = legs[legs["claim"] == "reported"]
    assert [method != "none" for method in routed.method] == [True] * len(done)
    for leg in done:
        for quote in leg.evidence:
            assert document.text[quote.start : quote.end] == quote.exact
