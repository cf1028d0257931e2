"""The network that joins places: what it is told, what it gives, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point

from geo_routes.documents import Document
from geo_routes.itinerary import Leg, Mode, Quote
from geo_routes.reconstruction import draft_itinerary, linking
from geo_routes.reconstruction.link_network import (
    read_network,
    score_pairs,
    shipped,
    word_vectors,
)
from geo_routes.reconstruction.link_traits import (
    LONGEST,
    MOST_MENTIONS,
    NO_WORD,
    PAIR_MARKS,
    PLACE,
    Word,
    name_slot,
    token,
)
from geo_routes.reconstruction.linking import describe_movements, in_order, link_legs
from geo_routes.reconstruction.movements import Movements, read_movements
from geo_routes.reconstruction.places import chosen_rows

TEXT = (
    "The bulk carrier Silver Heron left Alderport on 3 May with barley. Five days later she "
    "unloaded at Brunmouth, and lorries took the grain from there to Castleford."
)
TOWNS = {
    "Alderport": (4.0, 52.0, "port"),
    "Brunmouth": (-1.0, 50.8, "port"),
    "Castleford": (-1.3, 51.7, "city"),
}


def frame_of(text: str, towns: dict[str, tuple[float, float, str]]) -> gpd.GeoDataFrame:
    rows, points = [], []
    for name, (lon, lat, kind) in towns.items():
        start = text.find(name)
        while start >= 0:
            rows.append(
                {
                    "toponym": name, "start": start, "end": start + len(name), "rank": 0,
                    "score": 1.0, "name": name, "country": "GB", "kind": kind,
                    "gazetteer": f"test:{lon}", "uncertainty_km": 3.0, "region": None, "role": "",
                    "why": "",
                }
            )  # fmt: skip
            points.append(Point(lon, lat))
            start = text.find(name, start + 1)
    frame = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    return frame.sort_values("start").reset_index(drop=True)


def movements_of(text: str, towns: dict[str, tuple[float, float, str]] = TOWNS) -> Movements:
    document = Document(text=text, lang="en", published="2023-06-01")
    return read_movements(document, chosen_rows(frame_of(text, towns)))


def leg(origin: str, destination: str, at: int) -> Leg:
    return Leg(
        origin=origin,
        destination=destination,
        mode=Mode.SEA,
        evidence=(Quote(exact="x", source="s1", start=at),),
    )


def test_no_name_of_a_place_is_told_to_the_network() -> None:
    (traits,) = describe_movements(movements_of(TEXT))
    assert traits.keys == ["alderport", "brunmouth", "castleford"]
    assert not {"alderport", "brunmouth", "castleford"} & {word.text for word in traits.words}
    assert [word.key for word in traits.words if word.text == "<p>"] == traits.keys


def test_other_names_give_the_same_shares() -> None:
    other = TEXT.replace("Alderport", "Vossmark").replace("Castleford", "Quellham")
    towns = {
        "Vossmark": TOWNS["Alderport"],
        "Brunmouth": TOWNS["Brunmouth"],
        "Quellham": TOWNS["Castleford"],
    }
    (one,), (two,) = (
        describe_movements(movements_of(TEXT)),
        describe_movements(movements_of(other, towns)),
    )
    np.testing.assert_allclose(
        score_pairs(one, shipped()).claims, score_pairs(two, shipped()).claims, atol=1e-6
    )


def test_the_case_of_a_name_is_told_where_names_have_cases() -> None:
    goal, origin = (Word(PLACE, [], 0, name) for name in ("Находку", "Находки"))
    other = Word(PLACE, [], 0, "Козельку")
    assert name_slot("ru", goal) not in {0, name_slot("ru", origin)}
    assert name_slot("ru", goal) == name_slot("ru", other)
    assert name_slot("en", goal) == name_slot("ru", Word("в", [], 0, "в")) == 0


def test_shares_add_up_to_one_for_each_pair() -> None:
    (traits,) = describe_movements(movements_of(TEXT))
    scores = score_pairs(traits, shipped())
    assert scores.claims.shape == scores.modes.shape == (3, 3, 6)
    np.testing.assert_allclose(scores.claims.sum(-1), 1, atol=1e-5)
    np.testing.assert_allclose(scores.modes.sum(-1), 1, atol=1e-5)


def test_a_plain_report_gives_its_legs_with_their_sentences() -> None:
    found, dates = link_legs(movements_of(TEXT))
    ends = [(item.origin, item.destination, item.mode) for item in found]
    assert ends == [
        ("alderport", "brunmouth", Mode.SEA),
        ("brunmouth", "castleford", Mode.ROAD),
    ]
    for item in found:
        assert item.confidence is not None
        assert 0 < item.confidence <= 1
        for quote in item.evidence:
            assert TEXT[quote.start : quote.end] == quote.exact
        shares = dates[item.origin, item.destination]
        assert TEXT[next(iter(shares)) :].startswith("3 May")
        assert all(0 <= share <= 1 for ends in shares.values() for share in ends)


def test_a_denied_movement_is_no_solid_leg() -> None:
    text = "No ship ever sailed from Alderport to Brunmouth, the ministry said, denying reports."
    assert not any(item.completed for item in link_legs(movements_of(text))[0])


@pytest.mark.parametrize(
    "text", ["The ship left Alderport.", "Alderport, Alderport and Alderport."]
)
def test_fewer_than_two_places_give_no_leg(text: str) -> None:
    assert link_legs(movements_of(text)) == ([], {})


def test_a_long_report_is_read_to_its_end() -> None:
    filler = "The minister spoke about the harvest, the weather and the price of bread. " * 60
    windows = describe_movements(movements_of(filler + TEXT))
    assert len(windows) > 2
    assert all(len(window.words) <= LONGEST for window in windows)
    ends = {(item.origin, item.destination) for item in link_legs(movements_of(filler + TEXT))[0]}
    assert ("alderport", "brunmouth") in ends


def test_one_endless_sentence_with_many_places_is_read() -> None:
    text = "from Alderport to Brunmouth and Castleford, " * 120
    windows = describe_movements(movements_of(text))
    assert all(len(window.mentions()) <= MOST_MENTIONS for window in windows)
    link_legs(movements_of(text))


def test_pairs_know_what_the_rules_joined() -> None:
    (traits,) = describe_movements(movements_of(TEXT))
    assert traits.pairs.shape == (3, 3, PAIR_MARKS)
    assert traits.pairs[0, 1, 41] == 1
    assert traits.pairs[1, 0, 52] == 1
    assert not traits.pairs[[0, 1, 2], [0, 1, 2]].any()


def test_pairs_know_whether_one_land_holds_both_and_how_near_the_sea_they_lie() -> None:
    towns = {
        "Alderport": (4.48, 51.91, "port"),  # Rotterdam
        "Brunmouth": (-0.13, 51.5, "city"),  # London
        "Castleford": (37.62, 55.75, "city"),  # Moscow
    }
    (traits,) = describe_movements(movements_of(TEXT, towns))
    same_land, ends = traits.pairs[..., 59], traits.pairs[..., 60:68]
    assert (same_land[0, 1], same_land[0, 2], same_land[1, 2]) == (0, 1, 0)
    within_40_km = ends[..., 2], ends[..., 6]
    assert within_40_km[0][0, 2] == within_40_km[1][2, 0] == 1
    assert within_40_km[0][2, 0] == within_40_km[1][0, 2] == 0
    assert ends[0, 2, 3] == 1


def test_journeys_come_in_the_order_of_travel() -> None:
    legs = [leg("c", "d", 5), leg("a", "b", 30), leg("b", "c", 10), leg("x", "y", 0)]
    assert [(item.origin, item.destination) for item in in_order(legs)] == [
        ("x", "y"),
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    ]


def test_a_round_trip_keeps_all_its_legs() -> None:
    legs = [leg("a", "b", 0), leg("b", "a", 9)]
    assert in_order(legs) == legs


def test_weights_are_kept_as_small_numbers_with_their_scale(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    table = np.array([[-127, 64]], np.int8)
    scales = np.array([0.01, 0.02], np.float32)
    np.savez(path, marks=np.array("a\nb"), w=table, **{"w.scale": scales})
    network = read_network(path)
    assert network.marks == {"a": 1, "b": 2}
    np.testing.assert_allclose(network.weights["w"], [[-1.27, 1.28]], rtol=1e-6)


def test_a_word_is_known_by_its_base_word_and_an_english_one_by_itself() -> None:
    assert token("fr", "quitta", "leave") == "leave"
    assert token("en", "reshipped", "") == "reshipped"
    assert token("ru", "зюзя", "") == NO_WORD
    assert token("fr", "«", "") == '"'


def test_words_alike_have_vectors_alike_and_unknown_ones_that_of_no_word() -> None:
    ship, vessel, cheese, unheard, none = word_vectors().of(
        ["ship", "vessel", "cheese", "qwxzzy", NO_WORD]
    )
    assert ship @ vessel > ship @ cheese
    np.testing.assert_array_equal(unheard, none)


def test_a_used_place_is_no_reference_and_others_are() -> None:
    text = TEXT + " Dunholm lies far away."
    towns = {**TOWNS, "Dunholm": (-1.6, 54.8, "city")}
    document = Document(text=text, lang="en", published="2023-06-01")
    places = draft_itinerary(document, frame_of(text, towns)).places
    assert not places["alderport"].reference
    assert places["dunholm"].reference


def test_a_leg_in_doubt_gives_way_to_its_way_back_and_to_the_stops_between() -> None:
    assert linking._consistent({(0, 1): 0.9, (1, 0): 0.5}) == [(0, 1)]
    assert linking._consistent({(0, 1): 0.9, (1, 0): 0.7}) == [(0, 1), (1, 0)]
    assert linking._consistent({(0, 1): 0.8, (1, 2): 0.7, (0, 2): 0.5}) == [(0, 1), (1, 2)]
    assert linking._consistent({(0, 1): 0.8, (1, 2): 0.4, (0, 2): 0.5}) == [(0, 1), (1, 2)]
    assert linking._consistent({(0, 1): 0.8, (1, 2): 0.7, (0, 2): 0.65}) == [(0, 1), (0, 2), (1, 2)]


def test_a_barge_between_two_ports_on_the_coast_goes_by_sea():
    text = "Баржа с плавкраном вышла из Одессы в понедельник и пришла в Варну в четверг."
    towns = {"Одессы": (30.74, 46.48, "city"), "Варну": (27.91, 43.21, "city")}
    document = Document(text=text, lang="ru")
    (leg,) = draft_itinerary(document, frame_of(text, towns)).legs
    assert leg.mode is Mode.SEA
