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
    assert _found("Es lief vor zwei Wochen aus.", "de", "2024-01-10") == ["2023-12-27"]


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


def test_month_of_a_plan_is_not_that_of_the_year_told_before() -> None:
    told = find_dates("Flown in May 2015. It will be shipped in February.", "en", "2018-09-14")
    assert (told[1].past, told[1].ahead) == ("2015-02", "2019-02")
