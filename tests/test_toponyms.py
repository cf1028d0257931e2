"""Recognition of toponyms on sentences of our own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from geo_routes import datasets, toponyms
from geo_routes.documents import Document
from geo_routes.errors import DataError
from geo_routes.itinerary import Rule
from geo_routes.schema import check_toponyms
from geo_routes.toponyms import Toponym, find_toponyms, read_toponyms, trained
from geo_routes.toponyms.spelling import respelled
from geo_routes.toponyms.texts import split_words
from geo_routes.toponyms.words import place_words

try:
    datasets.path("gazetteer")
except DataError as error:
    pytest.skip(str(error), allow_module_level=True)


def read(text: str, lang: str) -> list[Toponym]:
    return read_toponyms(Document(text=text, lang=lang))


def places(text: str, lang: str) -> set[str]:
    return {row.toponym for row in read(text, lang) if row.kind == "place"}


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        (
            "Le cargo a quitté Marseille pour Oran, en Algérie.",
            "fr",
            {"Marseille", "Oran", "Algérie"},
        ),
        ("The tanker sailed from Ulsan to Rotterdam.", "en", {"Ulsan", "Rotterdam"}),
        ("Контейнеры отправили из Шанхая в Новосибирск.", "ru", {"Шанхая", "Новосибирск"}),
        ("Баржа вийшла з Одеси до Стамбула.", "uk", {"Одеси", "Стамбула"}),
        ("El buque zarpó de Valencia hacia Argel.", "es", {"Valencia", "Argel"}),
        ("Der Zug fuhr von Hamburg nach Warschau.", "de", {"Hamburg", "Warschau"}),
        ("Statek wypłynął z Kołobrzegu do Gdańska.", "pl", {"Kołobrzegu", "Gdańska"}),
    ],
)
def test_names_are_found_in_each_language(text, lang, expected):
    assert places(text, lang) == expected


def test_a_contracted_article_belongs_to_the_name():
    found = read("Le navire est arrivé au Havre.", "fr")
    assert [(row.toponym, row.names) for row in found] == [("Havre", ("le havre",))]


@pytest.mark.parametrize("lang", ["de", "en", "es", "fr", "pl", "ru", "uk"])
def test_words_for_ships_and_loads_are_words_as_texts_are_split(lang):
    words = place_words(lang)
    told = words.vessels | words.carriers
    assert told
    assert {word for word in told if split_words(word).key != [word]} == set()


def test_persons_and_ships_are_no_places():
    text = "Captain Paul Lancaster of the tanker Boston Trader spoke to Florence Martin."
    assert places(text, "en") == set()


def test_an_adjective_is_a_demonym_not_a_place():
    rows = read("Un pétrolier russe a mouillé à Ceuta.", "fr")
    assert [(row.toponym, row.kind) for row in rows] == [("russe", "demonym"), ("Ceuta", "place")]


def test_a_seat_of_government_is_an_actor():
    row = next(row for row in read("La Maison Blanche a démenti.", "fr"))
    assert (row.toponym, row.kind, row.role) == ("Maison Blanche", "metonym", "actor")


def test_a_capital_that_speaks_is_a_metonym():
    rows = read("Moscow denied that the grain came from Berdyansk.", "en")
    assert [(row.toponym, row.kind) for row in rows] == [
        ("Moscow", "metonym"),
        ("Berdyansk", "place"),
    ]


@pytest.mark.parametrize(
    ("text", "lang", "toponym", "rule", "feature"),
    [
        ("Il vient d'un dépôt en Inde.", "fr", "un dépôt en Inde", Rule.WHOLE, "depot"),
        (
            "Le train a rejoint un entrepôt situé près de la frontière nord de la Syrie.",
            "fr",
            "un entrepôt situé près de la frontière nord de la Syrie",
            Rule.BORDER,
            "depot",
        ),
        ("It lay off the coast of Oman.", "en", "off the coast of Oman", Rule.OFFSHORE, ""),
        ("They unloaded at a port in Kuwait.", "en", "a port in Kuwait", Rule.WHOLE, "port"),
        ("Lorries met 40 km north of Basra.", "en", "40 km north of Basra", Rule.DISTANCE, ""),
        ("The convoy stopped near Erbil.", "en", "near Erbil", Rule.NEAR, ""),
    ],
)  # fmt: skip
def test_a_vague_place_is_a_region(text, lang, toponym, rule, feature):
    region = next(row for row in read(text, lang) if row.kind == "region")
    assert region.region is not None
    assert (region.toponym, region.region.rule, region.feature) == (toponym, rule, feature)


def test_a_side_and_a_distance_are_read():
    region = next(r for r in read("Lorries met 40 km north of Basra.", "en") if r.region).region
    assert region is not None
    assert (region.side, region.distance_km) == ("N", 40.0)


def test_a_place_that_situates_another_is_a_reference():
    rows = read("The barge reached Gravelines, near Dunkirk.", "en")
    assert [(row.toponym, row.role) for row in rows] == [
        ("Gravelines", ""),
        ("Dunkirk", "reference"),
    ]


def test_a_border_of_two_countries_is_one_region():
    row = read("À la frontière entre la Pologne et la Lituanie, le train a attendu.", "fr")[0]
    assert row.region is not None
    assert (row.region.rule, row.region.of, row.region.of_border) == (Rule.BORDER, "PL", "LT")


def test_the_capital_of_an_adjective_is_its_city():
    row = next(
        r for r in read("Le vol a atteint la capitale norvégienne.", "fr") if r.kind == "place"
    )
    assert (row.toponym, row.names) == ("capitale norvégienne", ("oslo",))


def test_the_frame_keeps_the_schema_the_offsets_and_the_document():
    document = Document(text="From Lima to Callao.", lang="en")
    frame = find_toponyms(document)
    check_toponyms(frame)
    assert frame.attrs["document"] is document
    cut = [document.text[start:end] for start, end in zip(frame.start, frame.end, strict=True)]
    assert cut == list(frame.toponym) == ["Lima", "Callao"]


def test_a_text_without_places_gives_an_empty_frame():
    frame = find_toponyms(Document(text="nothing to see here", lang="en"))
    check_toponyms(frame)
    assert frame.empty


def hear(monkeypatch, read):
    """Put a recogniser of our own in the place of the trained one."""
    monkeypatch.setattr(trained, "_reader", lambda _lang: read)
    monkeypatch.setattr(toponyms, "installed", lambda _lang: True)


def test_a_recogniser_that_is_not_installed_is_asked_for_by_name():
    with pytest.raises(DataError, match=r"geo-routes\[xx\]"):
        read_toponyms(Document(text="Nowhere", lang="xx"), trained=True)


def test_a_trained_recogniser_adds_names_and_takes_persons_away(monkeypatch):
    text = "Le cargo a quitté Zzyzxville. Selon Lorient, le capitaine, tout va bien à Brest."

    def read(text):
        spans = [("Zzyzxville", True), ("Lorient", False), ("Brest", True)]
        return [(text.index(name), text.index(name) + len(name), place) for name, place in spans]

    hear(monkeypatch, read)
    document = Document(text=text, lang="fr")
    alone = {row.toponym for row in read_toponyms(document, trained=False)}
    both = {row.toponym: row for row in read_toponyms(document, trained=True)}
    assert "Zzyzxville" not in alone
    assert set(both) == {"Zzyzxville", "Brest"}
    assert both["Brest"].confidence > 0.8  # agreement


def test_a_place_of_a_trained_recogniser_begins_with_its_name(monkeypatch):
    text = "Le navire va vers l'Atlantide occidentale."
    at = text.index("l'Atlantide")
    hear(monkeypatch, lambda _text: [(at, at + 11, True)])
    rows = read_toponyms(Document(text=text, lang="fr"), trained=True)
    assert [row.toponym for row in rows] == ["Atlantide"]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("fr", "Le navire a quitté Marseille pour Oran.", {"Marseille", "Oran"}),
        ("ru", "Судно вышло из Владивостока в Пусан.", {"Владивостока", "Пусан"}),
        ("en", "The ship sailed from Ulsan to Rotterdam.", {"Ulsan", "Rotterdam"}),
    ],
)
def test_the_extras_read_along_where_they_are_installed(lang, text, expected):
    if not trained.installed(lang):
        pytest.skip(f"the extra [{lang}] is not installed")
    rows = read_toponyms(Document(text=text, lang=lang), trained=True)
    assert {row.toponym for row in rows if row.kind == "place"} == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("货轮离开釜山港，经新加坡前往鹿特丹。", "zh", {"釜山", "新加坡", "鹿特丹"}),
        ("貨物船は釜山港を出港し、横浜に到着した。", "ja", {"釜山", "横浜"}),
        ("화물선은 부산항을 출발해 로테르담에 도착했다.", "ko", {"부산", "로테르담"}),
        ("غادرت السفينة ميناء بوسان متجهة إلى روتردام.", "ar", {"بوسان", "روتردام"}),
    ],
)
def test_names_are_found_in_scripts_without_capitals(text, lang, expected):
    assert places(text, lang) == expected


def test_a_common_word_of_another_language_is_no_demonym():
    assert read("The company paid fines for the poles it felled.", "en") == []


def test_an_adjective_of_two_words_is_one():
    rows = read("The North Korean ship left Rotterdam.", "en")
    assert [(row.toponym, row.kind) for row in rows][:1] == [("North Korean", "demonym")]


def test_unknown_names_in_a_list_of_places_are_places():
    assert "Zzyzxville" in places("Trucks went through Lyon, Zzyzxville and Dijon.", "en")


def test_a_word_in_capitals_is_an_acronym_not_a_small_town():
    assert "NATO" not in places("The talks with NATO ended yesterday.", "en")


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Le dépôt se trouve à une vingtaine de kilomètres de Kourou.", "fr"),
        ("La mina está a veinte kilómetros de Antofagasta.", "es"),
    ],
)
def test_a_distance_may_be_written_in_words(text, lang):
    region = next(row.region for row in read(text, lang) if row.kind == "region")
    assert region is not None
    assert region.distance_km == 20.0


@pytest.mark.parametrize(
    ("written", "lang", "name"),
    [
        ("tschernuschka", "de", "chernushka"),
        ("tchernouchka", "fr", "chernushka"),
        ("czernuszka", "pl", "chernushka"),
        ("комболча", "uk", "kombolcha"),
        ("hamburg", "de", ""),
    ],
)
def test_a_name_spelt_by_another_languages_habits_is_known(written, lang, name):
    assert respelled(written, lang) == name


def test_an_airport_is_found_by_the_person_it_is_named_after():
    text = "El camión iba hacia el aeropuerto John F. Kennedy con la carga."
    rows = read_toponyms(Document(text=text, lang="es"), trained=False)
    assert [row.toponym for row in rows] == ["John F. Kennedy"]


def test_a_contraction_is_no_state():
    text = "Then, I'll say no."
    assert read_toponyms(Document(text=text, lang="en"), trained=False) == []


def test_a_stretch_of_sea_between_a_country_and_a_coast_is_a_region():
    text = "Tracking data put her between Malta and the Libyan coast."
    rows = read_toponyms(Document(text=text, lang="en"), trained=False)
    described = [row for row in rows if row.kind == "region"]
    assert [row.toponym for row in described] == ["between Malta and the Libyan coast"]
    assert described[0].region.rule == "between"


def test_the_capital_that_an_adjective_goes_with_is_told_once():
    text = "Troops left the Syrian capital Damascus."
    rows = read_toponyms(Document(text=text, lang="en"), trained=False)
    assert [row.toponym for row in rows if row.kind == "place"] == ["Damascus"]


def test_the_name_in_les_mots_ile_de_is_the_islands_alone():
    rows = read_toponyms(Document(text="Le séisme a touché l'île de Lombok.", lang="fr"))
    assert [row.toponym for row in rows] == ["Lombok"]


def test_a_town_is_likelier_meant_where_its_state_is_spoken_of():
    about = "The fair moved on from {}. Everybody thinks Bryan will win this year."
    assert "Bryan" in places(about.format("Amarillo and Lubbock, Texas"), "en")
    assert "Bryan" not in places(about.format("Toulouse and Bordeaux"), "en")


def test_names_that_fit_alike_come_in_one_order_in_every_process():
    code = (
        "from geo_routes.documents import Document\n"
        "from geo_routes.toponyms import read_toponyms\n"
        "text = 'Груз везли из Мексики через Анголу в Палестину и Варшаву.'\n"
        "print([row.names for row in read_toponyms(Document(text=text, lang='ru'), trained=False)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
    assert said != {b""}


@pytest.mark.parametrize(
    ("lang", "text", "place"),
    [
        ("fr", "CINCU (Transylvanie). – Les wagons de munitions sont au camp.", "CINCU"),
        ("de", "Wilhelmshaven. Noch am Abend lag der Tanker am Kai.", "Wilhelmshaven"),
        ("fr", "Le convoi est là. Parti de Roissy à midi, il a roulé sans arrêt.", "Roissy"),
        ("fr", "Le cargo, parti de Tarragone lundi, est à quai.", "Tarragone"),
    ],
)
def test_where_a_report_comes_from_and_its_journey_began(lang, text, place):
    assert place in {row.toponym for row in read(text, lang)}


def test_a_dateline_may_end_in_a_hyphen():
    (town,) = (row for row in read("FRIEDRICHSHAFEN - Tausende kamen.", "de") if row.start == 0)
    assert (town.toponym, town.role) == ("FRIEDRICHSHAFEN", "reference")


@pytest.mark.parametrize(
    ("text", "lang", "name"),
    [
        ("Вантаж узяли у Празі.", "uk", "прага"),
        ("Ładunek zabrano w Pradze.", "pl", "praga"),
    ],
)
def test_a_case_may_change_the_last_consonant(text, lang, name):
    (prague,) = read(text, lang)
    assert prague.names[0] == name


def test_in_a_report_of_shipments_a_large_city_follows_what_stands_in_it():
    text = "El buque y los camiones llevaron la carga en contenedores al Zoo de Buenos Aires."
    assert "Buenos Aires" in places(text, "es")


def test_the_papers_name_above_the_text_is_no_place() -> None:
    text = (
        "Menu\nLibération\nMonde\n\nUn cargo bloqué à Brest depuis trois jours\n\n"
        "Le cargo est arrivé à Brest mardi."
    )
    found = find_toponyms(Document(text=text, lang="fr"))
    assert found.toponym.tolist() == ["Brest", "Brest"]


def test_a_german_report_of_shipments_is_known_by_its_capitalised_words():
    text = "Die Tieflader brachten die Ladung von Breisach nach Ettenheim zum Massengutfrachter."
    assert places(text, "de") == {"Breisach", "Ettenheim"}


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("Груз выгрузили в Уфе, из Оша пришла вторая партия.", "ru", {"Уфе", "Оша"}),
        ("Вагони прибули до Уфи.", "uk", {"Уфи"}),
        ("Они видели это у него в уме и у неё в Ире.", "ru", set()),
    ],
)
def test_case_forms_of_short_names_are_those_of_large_towns(text, lang, found):
    assert places(text, lang) == found


@pytest.mark.parametrize(
    "text",
    [
        "Am Montag lief der Frachter Richtung Bautzen aus.",
        "Der Zug fuhr weiter, Ziel Bautzen. Dort wurde entladen.",
        "Das Schiff lag im Hafen. Ab Bautzen ging die Ladung auf der Straße weiter.",
        "Die Waggons rollten via Bautzen zum Hafen.",
    ],
)
def test_nouns_and_first_words_of_sentences_lead_to_german_towns_as_prepositions_do(text):
    assert places(text, "de") == {"Bautzen"}


def test_places_of_trade_are_believed_in_reports_of_shipments_alone():
    shipped = "Der Frachter lud Container in Bremerhaven und brachte sie nach Stord in Norwegen."
    assert places(shipped, "de") == {"Bremerhaven", "Stord", "Norwegen"}
    assert "Stord" not in places("Sie zog im Sommer nach Stord und malte dort Bilder.", "de")


def test_an_apostrophe_between_cyrillic_letters_is_a_letter():
    text = "Вантаж вийшов з Х'юстона й дійшов до В’єтнаму через Дар-ес-Салам."
    assert places(text, "uk") == {"Х'юстона", "В’єтнаму", "Дар-ес-Салам"}


def test_a_name_of_another_spelling_is_known_after_the_word_for_its_kind():
    (found,) = read("Судно стало біля порту Ольбія.", "uk")
    assert "olbia" in found.names


def test_an_apostrophe_may_stand_within_a_name():
    text = "The train with 40 containers left Ma'anshan for Xi'an; it's late."
    assert places(text, "en") == {"Ma'anshan", "Xi'an"}


def test_what_follows_the_adjective_of_a_country_may_be_a_name_spelt_its_way():
    text = "Балкер прибыл в алжирскую Аннабу, а затем ушёл в сербскую Панчеву."
    assert {"Аннабу", "Панчеву"} <= places(text, "ru")


@pytest.mark.parametrize(
    ("text", "lang", "firm"),
    [
        ("Les caisses sont allées au groupe paramilitaire privé Wagner.", "fr", "Wagner"),
        ("La empresa pública Magdalena fletó el buque.", "es", "Magdalena"),
        ("Die Reederei Oldendorff hat den Frachter gechartert.", "de", "Oldendorff"),
        ("Ładunek przejęła spółka Orlen.", "pl", "Orlen"),
    ],
)
def test_a_firm_or_group_is_no_place(text, lang, firm):
    assert firm not in places(text, lang)


def test_what_is_near_may_begin_with_a_vowel():
    rows = read("Le pétrolier a coulé au large d'Alger.", "fr")
    assert [row.region.rule for row in rows if row.kind == "region"] == [Rule.OFFSHORE]


def test_a_french_verb_is_no_point_of_the_compass():
    assert places("Le cargo est au Havre. La barge est à Rouen.", "fr") == {"Havre", "Rouen"}
    rows = read("Le dépôt se trouve à 30 km à l'est de Reims.", "fr")
    told = [row.region for row in rows if row.region is not None]
    assert [(region.side, region.distance_km) for region in told] == [("E", 30.0)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Bilbao (EFE) - Der Frachter mit der Ladung Kork lief am Abend ein.", "Bilbao"),
        ("Oslo/Berlin (dpa) – Die Fähre mit dem Transformator ist unterwegs.", "Oslo"),
        ("Tampere, Anfang März. Der Zug mit der Fracht steht noch im Hof.", "Tampere"),
        ("Dakar - Die Behörden entluden den Frachter in der Nacht.", "Dakar"),
    ],
)
def test_a_dateline_need_not_be_in_capitals(text, place):
    assert place in places(text, "de")


def test_a_report_of_shipments_joins_two_towns_to_a_way():
    text = "El ferry que cubre la ruta Almería-Orán llevaba la carga y varios camiones."
    assert {"Almería", "Orán"} <= places(text, "es")


def test_a_ship_that_has_left_is_no_match_of_two_teams():
    text = "El buque, con la carga a bordo, había partido de Rouen la víspera."
    assert places(text, "es") == {"Rouen"}


@pytest.mark.parametrize("kind", ["Umspannwerk", "Zementwerk", "Freizeitpark", "Kohlensiedlung"])
def test_german_works_and_parks_bear_the_name_of_their_place(kind):
    text = f"Der Tieflader brachte die Fracht am Montag zu: {kind} Görlitz, Tor zwei."
    assert "Görlitz" in places(text, "de")
