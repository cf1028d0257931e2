"""Dates of reports as EDTF."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from geo_routes.dates import bounds, find_dates, find_published
from geo_routes.lexicons.dates_lexicon import date_lexicon, languages

with Path(__file__).with_name("date_expressions.tsv").open(encoding="utf-8") as stream:
    EXPRESSIONS = list(csv.DictReader(stream, delimiter="\t"))


def _found(text: str, lang: str, published: str) -> list[str]:
    return [mention.edtf for mention in find_dates(text, lang, published)]


@pytest.mark.parametrize("row", EXPRESSIONS, ids=lambda row: f"{row['lang']}: {row['text'][:60]}")
def test_expression_is_read_as_a_calendar_says(row: dict[str, str]) -> None:
    assert _found(row["text"], row["lang"], row["published"]) == row["edtf"].split()


def test_each_language_of_movements_has_dates() -> None:
    assert set(languages()) >= {"fr", "en", "ru", "uk", "es", "de", "pl"}
    assert all(len(set(date_lexicon(lang).months.values())) == 12 for lang in languages())
    assert all(len(set(date_lexicon(lang).weekdays.values())) == 7 for lang in languages())


def test_year_told_before_holds_for_the_days_after() -> None:
    text = "En août 2006 le cargo partit. Le 19 août il arriva."
    assert _found(text, "fr", "2008-08-20") == ["2006-08", "2006-08-19"]


def test_year_of_a_season_holds_for_the_days_after() -> None:
    text = "The ship was sold in autumn 2013. It left on 27 September and docked on 21 November."
    assert _found(text, "en", "2021-01-07") == ["2013-23", "2013-09-27", "2013-11-21"]


def test_months_run_on_into_the_next_year() -> None:
    text = "It left on 20 December 2019. On 3 January it docked."
    assert _found(text, "en", "2022-05-01") == ["2019-12-20", "2020-01-03"]


def test_inferred_year_is_marked() -> None:
    told, counted = find_dates("3 May 2021 and 4 June", "en", "2021-12-01")
    assert told.inferred == ""
    assert "year" in counted.inferred


def test_day_without_a_year_is_read_for_the_past_and_for_the_future() -> None:
    (mention,) = find_dates("on December 5", "en", "2023-10-13")
    assert (mention.past, mention.ahead) == ("2022-12-05", "2023-12-05")
    (monday,) = find_dates("on Monday", "en", "2023-10-13")
    assert (monday.past, monday.ahead) == ("2023-10-09", "2023-10-16")


def test_months_are_counted_over_the_turn_of_the_year() -> None:
    assert _found("It left two months ago.", "en", "2024-01-20") == ["2023-11"]
    assert _found("Es lief vor zwei Wochen aus.", "de", "2024-01-10") == ["2023-12-27~"]


def test_weekday_in_an_old_story_follows_the_date_told_before() -> None:
    # 3 March 2019 was a Sunday.
    text = "It left on 3 March 2019. On Friday it docked."
    assert _found(text, "en", "2023-10-13") == ["2019-03-03", "2019-03-08"]


def test_count_beside_its_date_is_one_date() -> None:
    text = "Parti quinze jours plus tôt, le 6 avril 2016, il arrive."
    assert _found(text, "fr", "2016-04-22") == ["2016-04-06"]


@pytest.mark.parametrize("text", ["On 31 February 2021", "31 June", "le 0 mai", "99.99.2020", ""])
def test_days_that_no_calendar_has_are_left_out(text: str) -> None:
    assert [edtf for edtf in _found(text, "en", "2021-12-01") if len(edtf) == 10] == []


def test_offsets_hold_in_texts_whose_letters_grow_in_lower_case() -> None:
    text = "İİİ left on 3 May 2021"
    (mention,) = find_dates(text, "en")
    assert text[mention.start : mention.end] == "3 May 2021"


def test_date_of_publication_stands_on_a_line_of_its_own() -> None:
    assert (
        find_published("A title\n13 October 2023\nText of 5 May 2020 it is.", "en") == "2023-10-13"
    )


@pytest.mark.parametrize(
    ("head", "lang", "published"),
    [
        ("Boulogne-sur-Mer, 14 May 2024. The coaster left on Friday.", "en", "2024-05-14"),
        ("DUNKERQUE, le 8 octobre 1984. -- Le cargo est parti lundi.", "fr", "1984-10-08"),
        ("Hamburg (dpa), 3. Mai 2021 - Der Frachter kam am Montag.", "de", "2021-05-03"),
        ("МОСКВА, 5 июня 2019 г. — Судно ушло в среду.", "ru", "2019-06-05"),
        ("San José del Cabo, 2 de mayo de 2020 (EFE). El buque zarpó.", "es", "2020-05-02"),
        ("The ship left Hamburg, 3 May 2020. It came back.", "en", ""),
        ("On 3 May 2020. She left Hamburg, Lagos, 4 May 2020, and more.", "en", ""),
    ],
)
def test_date_of_publication_stands_in_the_dateline(head: str, lang: str, published: str) -> None:
    assert find_published(head, lang) == published


def test_bounds_of_months_seasons_and_quarters() -> None:
    assert bounds("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert bounds("2023-24") == (date(2023, 12, 1), date(2024, 2, 29))
    assert bounds("2023-35") == (date(2023, 7, 1), date(2023, 9, 30))
    assert bounds("no date") is None


@pytest.mark.parametrize(
    ("text", "lang", "published", "edtf"),
    [
        ("It was landed on the night of July 3.", "en", "2025-07-09", "2025-07-03"),
        ("It was seen on the last day of January.", "en", "2019-03-06", "2019-01-31"),
        ("Он прибудет к среде.", "ru", "2020-03-23", "../2020-03-18"),
        ("13 июля он вышел, а 30-го пристал.", "ru", "2022-09-05", "2022-07-30"),
        ("Am 3. Mai kam er an. Tags darauf fuhr er ab.", "de", "2022-06-01", "2022-05-04"),
        ("Zarpó el 6 de junio. Llega el 11 con la carga.", "es", "2022-06-15", "2022-06-11"),
        # A weekday of the news is counted from the report, though it tells of months ago.
        ("It sailed on 18 December. On Thursday it anchored.", "en", "2021-03-26", "2021-03-25"),
    ],
)
def test_days_that_stand_otherwise(text: str, lang: str, published: str, edtf: str) -> None:
    assert _found(text, lang, published)[-1] == edtf


def test_day_of_a_month_to_come_is_kept_for_a_plan() -> None:
    told = find_dates("It came on the 4th and sails on the 22nd for Mombasa.", "en", "1999-05-14")
    assert told[1].ahead == "1999-05-22"


@pytest.mark.parametrize(
    ("published", "ahead"), [("2022-03-03", "2022-02-23"), ("2022-03-20", "2022-03-23")]
)
def test_day_of_a_month_of_a_plan_is_the_nearer_to_the_report(published: str, ahead: str) -> None:
    told = find_dates("It sailed on February 10 and was due on the 23rd.", "en", published)
    assert told[1].ahead == ahead


def test_day_of_a_month_without_its_year_may_be_gone_by_or_to_come_like_the_month() -> None:
    told = find_dates("She fell silent in December and on the 7th was seen.", "en", "2023-09-06")
    assert [(date.past, date.ahead) for date in told] == [
        ("2022-12", "2023-12"),
        ("2022-12-07", "2023-12-07"),
    ]


def test_month_of_a_plan_is_not_that_of_the_year_told_before() -> None:
    told = find_dates("Flown in May 2015. It will be shipped in February.", "en", "2018-09-14")
    assert (told[1].past, told[1].ahead) == ("2015-02", "2019-02")


@pytest.mark.parametrize(
    ("text", "lang", "published", "edtf"),
    [
        ("Паром вышел двадцать третьего марта.", "ru", "2021-04-02", "2021-03-23"),
        ("Ліс привезли одинадцятого травня.", "uk", "2021-06-02", "2021-05-11"),
        ("Barka ruszyła trzydziestego marca.", "pl", "2021-04-02", "2021-03-30"),
        ("Der Kahn kam am einundzwanzigsten Juni an.", "de", "2021-07-02", "2021-06-21"),
        ("The barge left on the twenty-third of June.", "en", "2021-07-02", "2021-06-23"),
        ("Вышли 2 мая и дошли до Рыбинска девятнадцатого.", "ru", "2021-06-02", "2021-05-19"),
        ("Судно подойдёт десятого числа.", "ru", "2021-06-02", "2021-05-10"),
    ],
)
def test_days_are_read_in_words(text: str, lang: str, published: str, edtf: str) -> None:
    assert _found(text, lang, published)[-1] == edtf


@pytest.mark.parametrize(
    ("text", "lang", "edtf"),
    [
        ("La frégate prit la mer en 1804, dit-on.", "fr", "1804"),
        ("La estatua salió de la isla en 1870 por mar.", "es", "1870"),
        ("Gebaut wurde er 1955 in Sindelfingen.", "de", "1955"),
        ("On Christmas Day 1950 they drove north.", "en", "1950-12-25"),
        ("L'obélisque partit le 1er avril 1833.", "fr", "1833-04-01"),
    ],
)
def test_years_stand_bare_and_long_ago(text: str, lang: str, edtf: str) -> None:
    assert _found(text, lang, "2022-03-08") == [edtf]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Der Zug trug 1900 Tonnen.", "de"),
        ("Sept wagons, trente-sept blessés.", "fr"),
        ("Il a conduit 1 500 tonnes de blé.", "fr"),
    ],
)
def test_counts_are_no_dates(text: str, lang: str) -> None:
    assert _found(text, lang, "2022-03-08") == []


@pytest.mark.parametrize(
    ("text", "lang", "edtf"),
    [
        ("Die Rinder sollen morgen heimfahren.", "de", "2024-10-16"),
        ("Morgen legt das Schiff ab.", "de", "2024-10-16"),
        ("La carga irá mañana en camión.", "es", "2024-10-16"),
        ("She came at the start of this month.", "en", "2024-10"),
        ("Anfang des Monats kam die Fregatte.", "de", "2024-10"),
        ("Otro llega a mediados de mes.", "es", "2024-10-15~"),
        ("On the 3rd of this month she sailed.", "en", "2024-10-03"),
        ("El domingo 6 zarpó de Bilbao.", "es", "2024-10-06"),
        ("Il est parti mardi 24.", "fr", "2024-09-24"),
        ("Торік у січні його вивезли.", "uk", "2023-01"),
    ],
)
def test_days_are_counted_from_the_report(text: str, lang: str, edtf: str) -> None:
    assert _found(text, lang, "2024-10-15")[-1] == edtf


def test_the_morning_is_not_tomorrow() -> None:
    assert _found("Der Morgen war kalt.", "de", "2024-10-15") == []
    assert _found("Llegó una mañana de frío.", "es", "2024-10-15") == []


@pytest.mark.parametrize(
    ("text", "lang", "edtf"),
    [
        ("On 15 August it was freed and left three nights later.", "en", "2019-08-18"),
        ("It loaded on 8 August and left the following Friday.", "en", "2019-08-09"),
        ("It loaded in January 2019 and left the following month.", "en", "2019-02"),
        ("Он вошёл 2 августа, а утром следующего дня вышел.", "ru", "2019-08-03"),
        ("It docked on 2 August and next evening it left.", "en", "2019-08-03"),
        ("The hull left in May 2017 and came back that autumn.", "en", "2017-23"),
    ],
)
def test_days_are_counted_from_the_text(text: str, lang: str, edtf: str) -> None:
    assert _found(text, lang, "2019-09-10")[-1] == edtf


def test_bare_day_lies_before_the_report_unless_it_is_of_a_plan() -> None:
    told = find_dates("Zarpó el 11 con la carga y espera desde el jueves.", "es", "2024-03-05")
    assert (told[0].past, told[0].ahead) == ("2024-02-11", "2024-03-11")
    told = find_dates("El lunes esperaba; había zarpado el 11.", "es", "2024-03-05")
    assert (told[1].past, told[1].ahead) == ("2024-02-11", "2024-03-11")


def test_hour_before_a_day_is_of_that_day() -> None:
    text = "Поезд вышел 2 мая. Взрыв прогремел утром 23 мая."
    assert _found(text, "ru", "2021-06-01") == ["2021-05-02", "2021-05-23"]


@pytest.mark.parametrize(
    ("text", "lang", "edtf"),
    [
        ("Built in 2009, it sailed in January of that year.", "en", "2009-01"),
        ("Il fut construit en 2018 et vendu la même année.", "fr", "2018"),
        ("В 2010 году его нашли, а в сентябре того же года увезли.", "ru", "2010-09"),
        ("Корабль ждали минувшим ноябрём.", "ru", "2021-11"),
    ],
)
def test_years_are_named_again(text: str, lang: str, edtf: str) -> None:
    assert _found(text, lang, "2022-03-08")[-1] == edtf
