"""By which mode a leg was made, where its own sentence does not say so."""

from __future__ import annotations

import pytest
from test_timeline import draft

from geo_routes.itinerary import Mode


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("A tanker left Rotterdam for Alexandria. From there it went on to Lagos.", Mode.SEA),
        ("A goods train left Rotterdam. It brought the coal from Rotterdam to Lagos.", Mode.RAIL),
    ],
)
def test_what_carried_on_keeps_its_mode(text: str, mode: Mode) -> None:
    assert draft(text, "en")[-1].mode is mode


def test_a_mode_taken_from_elsewhere_is_marked() -> None:
    legs = draft("A tanker left Rotterdam for Alexandria. From there it went on to Lagos.", "en")
    assert "mode" not in legs[0].inferred
    assert "mode" in legs[1].inferred


def test_a_mode_told_in_its_own_sentence_stands() -> None:
    text = "A tanker left Rotterdam for Alexandria. Lorries took the oil from Alexandria to Cairo."
    assert [leg.mode for leg in draft(text, "en")] == [Mode.SEA, Mode.ROAD]
