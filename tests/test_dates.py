"""Dates of reports as EDTF."""

from __future__ import annotations

from datetime import date

import pytest

from geo_routes.dates import bounds, find_dates


@pytest.mark.parametrize(
    ("text", "lang", "published", "expected"),
    [
        ("It sailed on May 3, 2021.", "en", "2021-06-01", ["2021-05-03"]),
        ("It sailed on 3 May.", "en", "2021-02-01", ["2020-05-03"]),
        ("entre le 7 septembre et le 1er octobre", "fr", "2023-10-13", ["2023-09-07/2023-10-01"]),
        ("mi-septembre", "fr", "2023-10-13", ["2023-09-15~"]),
        ("судно вышло 14 октября", "ru", "2015-12-24", ["2015-10-14"]),
        ("salió el 12 de abril de 2013", "es", "", ["2013-04-12"]),
        ("am 29. April 2023", "de", "", ["2023-04-29"]),
        ("It docked on Friday.", "en", "2023-06-12", ["2023-06-09"]),  # a Monday's paper
        (
            "En août 2006 le cargo partit. Le 19 août il arriva.",
            "fr",
            "2008-08-20",
            ["2006-08", "2006-08-19"],
        ),
    ],
)
def test_dates_found(text: str, lang: str, published: str, expected: list[str]) -> None:
    assert [mention.edtf for mention in find_dates(text, lang, published)] == expected


def test_inferred_year_is_marked() -> None:
    told, counted = find_dates("3 May 2021 and 4 June", "en", "2021-12-01")
    assert told.inferred == ""
    assert "year" in counted.inferred


def test_days_later_count_from_the_date_before() -> None:
    mentions = find_dates("It left on 3 May 2021 and docked three days later.", "en", "")
    assert [mention.edtf for mention in mentions] == ["2021-05-03", "2021-05-06"]


def test_bounds_of_a_month() -> None:
    assert bounds("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    assert bounds("no date") is None
