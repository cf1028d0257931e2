"""Resolution of toponyms; expected coordinates are published ones."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import pytest
from pandas.testing import assert_frame_equal

from geo_routes import datasets
from geo_routes.documents import Document
from geo_routes.errors import DataError, PlacesFileError
from geo_routes.gazetteer import distance_km, shipped
from geo_routes.geocoding import geocode, geocode_name
from geo_routes.geocoding.ranking import rank
from geo_routes.geocoding.resolution import Sense, gather, resolve
from geo_routes.schema import check_places
from geo_routes.toponyms import find_toponyms

try:
    datasets.path("gazetteer")
    datasets.path("basemap")
except DataError as error:
    pytest.skip(str(error), allow_module_level=True)


with Path(__file__).with_name("declined_names.tsv").open(encoding="utf-8") as stream:
    DECLINED = [tuple(row.values()) for row in csv.DictReader(stream, delimiter="\t")]
FRAMES = {
    "ru": "Груз оставался в порту, потом судно вышло; речь идёт о складе у {}.",
    "uk": "Вантаж залишався в порту, потім судно вийшло; ідеться про склад біля {}.",
    "pl": "Ładunek został w porcie, potem statek wyszedł; chodzi o skład koło {}.",
}


def chosen(text: str, lang: str, **options: object) -> gpd.GeoDataFrame:
    places = geocode(find_toponyms(Document(text=text, lang=lang)), **options)
    return places[places["rank"] == 0].set_index("toponym")


def rows_of(text: str, lang: str, kind: str) -> gpd.GeoDataFrame:
    places = geocode(find_toponyms(Document(text=text, lang=lang)))
    return places[places["kind"] == kind]


def test_a_country_beside_a_name_decides():
    places = chosen("The wheat went to Tripoli, Lebanon, by sea.", "en")
    assert places.country["Tripoli"] == "LB"


def test_other_places_of_the_document_decide():
    text = "From Lexington the coal went to Frankfort, Kentucky, and then to Paris and Versailles."
    assert chosen(text, "en").country["Lexington"] == "US"


def test_transliterations_mean_the_same_place():
    near = (131.9, 43.1)
    for name in ("Dounaï", "Dunay", "Дунай"):
        found = geocode_name(name, near=near, candidates=1)
        point = found.geometry.iloc[0]
        assert distance_km((point.x, point.y), near) < 100


def test_candidates_are_ranked_by_score():
    found = geocode_name("Alexandria", candidates=4)
    check_places(found)
    assert list(found["rank"]) == [0, 1, 2, 3]
    assert list(found.score) == sorted(found.score, reverse=True)
    assert (found.why != "").all()


def test_an_unknown_name_keeps_a_row_without_geometry():
    found = geocode_name("Xqzzyvk")
    assert len(found) == 1
    assert found.geometry.isna().all()


def test_a_country_filter_leaves_only_places_there():
    assert set(geocode_name("Odessa", country="US").country) == {"US"}


def test_a_vague_place_is_a_region_with_its_radius():
    places = chosen("It came from a depot in North Korea.", "en")
    row = places.loc["a depot in North Korea"]
    assert (row.kind, row.country) == ("region", "KP")
    assert row.uncertainty_km > 100


def test_the_anchor_of_a_region_is_the_resolved_place():
    places = chosen("In Lebanon, the lorries stopped near Tripoli.", "en")
    point = places.geometry["near Tripoli"]
    assert distance_km((point.x, point.y), (35.84, 34.43)) < 10


def test_a_description_takes_up_the_place_named_before():
    text = "Le cargo a quitté Rotterdam lundi. Reparti du port néerlandais, il a gagné Oslo."
    assert chosen(text, "fr").name["port néerlandais"] == "Rotterdam"


def test_the_users_own_places_come_first(tmp_path: Path):
    own = tmp_path / "own.csv"
    own.write_text("name,lon,lat\nPort Nowhere,10.5,20.25\n", encoding="utf-8")
    places = chosen("The barge docked at Port Nowhere.", "en", places=own)
    point = places.geometry["Port Nowhere"]
    assert (point.x, point.y) == (10.5, 20.25)


def test_a_broken_row_of_own_places_is_told_by_line(tmp_path: Path):
    own = tmp_path / "own.csv"
    own.write_text("name,lon,lat\nSomewhere,east,20\n", encoding="utf-8")
    with pytest.raises(PlacesFileError, match=r"own\.csv:2"):
        chosen("At Oslo.", "en", places=own)


def test_a_text_without_places_gives_an_empty_frame():
    places = geocode(find_toponyms(Document(text="nothing here", lang="en")))
    check_places(places)
    assert places.empty


def test_a_users_own_name_is_found_though_nobody_else_knows_it(tmp_path: Path):
    own = tmp_path / "own.csv"
    own.write_text("name,lon,lat,names\nZzyzx Yard,18.9,54.1,Qxq Siding\n", encoding="utf-8")
    text = "Trucks went from the Qxq Siding to Zzyzx Yard."
    document = Document(text=text, lang="en")
    places = geocode(find_toponyms(document, places=own), places=own)
    assert list(places.toponym) == ["Qxq Siding", "Zzyzx Yard"]
    assert [(point.x, point.y) for point in places.geometry] == [(18.9, 54.1)] * 2


@pytest.mark.parametrize("row", ["Nowhere,200,3", "Nowhere,,3", ",18,54"])
def test_a_users_row_without_a_name_or_a_position_is_told_by_line(tmp_path: Path, row):
    own = tmp_path / "own.csv"
    own.write_text(f"name,lon,lat\n{row}\n", encoding="utf-8")
    with pytest.raises(PlacesFileError, match=r"own\.csv:2"):
        find_toponyms(Document(text="Nowhere", lang="en"), places=own)


def test_an_unknown_place_lies_where_the_text_says():
    text = "It had been kept at Zzyzxville, a former nuclear complex about 20 km south of Baghdad."
    place = chosen(text, "en").loc["Zzyzxville"]
    assert place.kind == "region"
    assert 15 < distance_km((place.geometry.x, place.geometry.y), (44.4, 33.33)) < 30


def test_an_adjective_tells_the_country_of_a_name():
    text = "Le vraquier a rejoint le port colombien de Puerto Bolívar."
    assert chosen(text, "fr").country["Puerto Bolívar"] == "CO"


def test_a_border_with_a_country_lies_on_the_side_of_the_neighbour_that_is_told_of():
    text = "In Kenya the trucks went on from Kitale to depots near the border with Uganda."
    border = rows_of(text, "en", "region").region.iloc[0]
    assert (border.of, border.of_border) == ("KE", "UG")


def test_a_small_place_lies_where_the_text_says_rather_than_in_a_namesake():
    # The gazetteer knows towns called Alma in North America and Kazakhstan only.
    text = "The convoy stopped at Alma, a village near Nairobi."
    row = chosen(text, "en").loc["Alma"]
    assert distance_km((row.geometry.x, row.geometry.y), (36.82, -1.29)) < 40


def test_a_town_named_with_a_state_that_has_none_of_the_name_is_somewhere_in_the_state():
    # Bixby is a town in Oklahoma, far from Utah.
    assert chosen("The drums went to a site at Bixby, Utah.", "en").region["Bixby"].of == "US-UT"


def test_geocoding_leaves_what_it_is_given_alone():
    toponyms = find_toponyms(Document(text="The ship left Hamburg for Lagos.", lang="en"))
    before = toponyms.copy()
    geocode(toponyms)
    assert_frame_equal(toponyms, before)


def test_a_known_place_is_near_a_city_an_hours_drive_away():
    # Dunay lies 48 km from Vladivostok by GeoNames.
    row = chosen("Le navire a accosté à Dounaï, près de Vladivostok.", "fr").loc["Dounaï"]
    assert distance_km((row.geometry.x, row.geometry.y), (132.36, 42.88)) < 10


def test_a_port_by_the_adjective_of_a_division_takes_up_the_one_named_before():
    text = "Le cargo devait charger au Havre. Il est resté au large du port normand."
    rows = chosen(text, "fr")
    assert rows.name["port normand"] == "Le Havre"


def test_an_ocean_is_no_village_of_a_country_that_the_text_tells_of():
    text = "Der Frachter fuhr über den Atlantik in die USA, nach Toledo im Bundesstaat Ohio."
    places = chosen(text, "de")
    assert places.kind["Atlantik"] == "sea"
    assert distance_km(tuple(places.geometry["Toledo"].coords[0]), (-83.56, 41.66)) < 20


def test_a_sea_is_no_village_of_a_country_whose_towns_the_text_names():
    text = (
        "American officials in Boston, New York and Washington followed the freighter from "
        "Norfolk, Virginia, over the North Sea."
    )
    assert chosen(text, "en").kind["North Sea"] == "sea"


def test_a_water_that_ships_sail_is_no_division_on_its_shore():
    text = "The tanker was boarded in the Red Sea on her way from Suez in Egypt to Sudan."
    assert chosen(text, "en").kind["Red Sea"] == "sea"


def test_a_ship_sails_from_a_port_rather_than_from_an_inland_town_of_its_name():
    # Philipsburg in Pennsylvania has nearly twice as many inhabitants as the one on St Martin.
    row = chosen("Le cargo a quitté Philipsburg avec ses conteneurs.", "fr").loc["Philipsburg"]
    assert distance_km((row.geometry.x, row.geometry.y), (-63.05, 18.03)) < 5


def test_a_well_known_town_far_from_what_it_is_near_to_is_not_meant():
    place = chosen("Le cargo fit halte à Tripoli, près d'Istanbul.", "fr").loc["Tripoli"]
    assert place.country == "TR"
    assert place.kind == "region"


@pytest.mark.parametrize(
    ("text", "lang", "name", "town"),
    [
        # Positions of the towns by GeoNames; each division's centre lies 19 km or more away.
        ("Le cargo a quitté Bourgas jeudi, sa cargaison vient d'Ankara.", "fr", "Bourgas",
         (27.46, 42.51)),
        ("Tankowiec przypłynął do Konstancy z ładunkiem ropy.", "pl", "Konstancy", (28.63, 44.18)),
        ("Сухогруз вышел из Фуджейры с грузом щебня.", "ru", "Фуджейры", (56.34, 25.12)),
        ("Two trucks with tents left for Machakos.", "en", "Machakos", (37.26, -1.52)),
    ],
)  # fmt: skip
def test_shipments_go_to_towns_rather_than_to_the_divisions_named_after_them(
    text, lang, name, town
):
    row = chosen(text, lang).loc[name]
    assert distance_km((row.geometry.x, row.geometry.y), town) < 8


@pytest.mark.parametrize(
    "text",
    ["Trucks with tents reached Enugu State.", "A ship with flour left for Oklahoma."],
)
def test_a_division_that_the_text_calls_so_stays_one(text):
    assert chosen(text, "en").kind.tolist() == ["admin1"]


@pytest.mark.parametrize(
    ("lang", "text", "name", "country"),
    [
        (
            "en",
            "The American brig Nonsuch took on salt beef in New York and cleared for Smyrna. She "
            "called at Kingston to mend a mast, then at Gibraltar, and landed the barrels at "
            "Smyrna for the squadron; the return cargo of figs reached New York in June.",
            "Kingston",
            "JM",
        ),
        (
            "en",
            "A freighter with grain from Odessa and steel from Mariupol passed the Bosphorus on "
            "Monday. The American insurers in Midland, Texas, had no comment.",
            "Odessa",
            "UA",
        ),
        (
            "en",
            "Lorries with medical supplies left Amman for Baghdad; the aircraft that brought the "
            "pallets had come from Frankfurt with a stop at Athens, the freight company said "
            "from its office in Chicago.",
            "Frankfurt",
            "DE",
        ),
        (
            "pl",
            "Statek z węglem przypłynął z Hull do Gdyni, a ładunek trafił wagonami do Bydgoszczy.",
            "Hull",
            "GB",
        ),
    ],
)
def test_a_shipment_goes_where_shipments_go(lang, text, name, country):
    assert chosen(text, lang).country[name] == country


def test_the_ranking_leaves_countries_and_seas_to_the_sums():
    senses = [Sense((name,), positions=[n]) for n, name in enumerate(("cuba", "havana", "panama"))]
    for sense in senses:
        gather(sense, shipped(), {})
    resolve(senses)
    before = [_best_area_and_spot(sense) for sense in senses]
    rank(senses, ships=True)
    for sense, sums in zip(senses, before, strict=True):
        assert _best_area_and_spot(sense) == pytest.approx(sums)
    assert [sense.choice.kind for sense in senses] == ["country", "city", "country"]


def _best_area_and_spot(sense):
    areas = {"country", "admin1", "sea", "region"}
    told = list(zip(sense.candidates, sense.total, strict=True))
    return (
        max((total for place, total in told if place.kind in areas), default=-99.0),
        max(total for place, total in told if place.kind not in areas),
    )


def test_the_ranking_keeps_a_port_and_its_town_as_they_are():
    senses = [Sense(("nagoya",), positions=[0]), Sense(("hull",), positions=[30])]
    for sense in senses:
        gather(sense, shipped(), {})
    resolve(senses)
    british = [n for n, place in enumerate(senses[1].candidates) if place.country == "GB"]
    kinds = {senses[1].candidates[n].kind: n for n in british}
    town, port = kinds["city"], kinds["port"]
    apart = senses[1].total[town] - senses[1].total[port]
    rank(senses, ships=True)
    assert senses[1].total[town] - senses[1].total[port] == pytest.approx(apart, abs=1e-6)


def test_places_of_the_user_are_not_ranked_anew(tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("name,lon,lat\nOdessa,-102.37,31.85\n", encoding="utf-8")
    text = "A freighter took grain from Odessa to Mariupol; the ship sailed on to Varna."
    document = Document(text=text, lang="en")
    places = geocode(find_toponyms(document, places=table), places=table)
    own = places[(places["rank"] == 0) & (places.toponym == "Odessa")]
    assert own.geometry.x.item() == pytest.approx(-102.37)


@pytest.mark.parametrize(("lang", "form", "country"), DECLINED)
def test_case_forms_are_those_of_the_place(lang, form, country):
    text = FRAMES[lang].format(form)
    start = text.index(form)
    places = geocode(find_toponyms(Document(text=text, lang=lang)))
    here = (places.start < start + len(form)) & (places.end > start) & (places["rank"] == 0)
    assert country in set(places[here & (places.gazetteer != "")].country)
