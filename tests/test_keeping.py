"""A person's review survives new drafts: trials through the commands and the files themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo_routes.cli import main
from geo_routes.io import keep_drafts, read_itinerary
from geo_routes.itinerary import Itinerary, Mode, Status

TEXT = """\
The bulk carrier Nordholm left Rotterdam on 3 May 2023 with 20,000 tonnes of wheat. It called at \
Lisbon on 9 May. On 14 May the ship reached Alexandria, the port agent said.

The grain went by train from Alexandria to Cairo on 16 May.
"""
LONGER = (
    "An earlier plan had been dropped.\n\n"
    + TEXT.replace("to Cairo on 16 May", "to Cairo on 18 May")
    + "\nA truck carried part of it from Cairo to Asyut on 20 May.\n"
)


class Review:
    """A report, its route file, and a person who edits that."""

    def __init__(self, folder: Path) -> None:
        self.report = folder / "report.txt"
        self.file = folder / "route.yaml"
        self.report.write_text(TEXT, encoding="utf-8")
        self.draft("--overwrite")

    def draft(self, *flags: str, text: str = "") -> Itinerary:
        if text:
            self.report.write_text(text, encoding="utf-8")
        arguments = ["draft", str(self.report), "-o", str(self.file), "--published", "2023-05-20"]
        result = CliRunner().invoke(main, [*arguments, *flags])
        assert result.exit_code == 0, result.output
        return read_itinerary(self.file)

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text, text
        self.file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def delete_leg(self, origin: str) -> None:
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        first = lines.index(f"  - from: {origin}\n")
        last = next(n for n, line in enumerate(lines) if n > first and not line.startswith("    "))
        self.file.write_text("".join(lines[:first] + lines[last:]), encoding="utf-8")

    def check(self) -> list[str]:
        result = CliRunner().invoke(main, ["check", str(self.file)])
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()


@pytest.fixture
def review(tmp_path: Path) -> Review:
    return Review(tmp_path)


def ends(itinerary: Itinerary) -> list[tuple[str, str]]:
    return [(leg.origin, leg.destination) for leg in itinerary.legs]


DRAFTED = [("rotterdam", "lisbon"), ("lisbon", "alexandria"), ("alexandria", "cairo")]


def test_nothing_edited_nothing_changes(review: Review) -> None:
    before = review.file.read_bytes()
    assert ends(review.draft("--keep")) == DRAFTED
    assert review.file.read_bytes() == before


def test_an_untouched_file_takes_over_what_the_new_text_says(review: Review) -> None:
    itinerary = review.draft("--keep", text=LONGER)
    assert ends(itinerary) == [*DRAFTED, ("cairo", "assiut")]
    assert itinerary.legs[2].departure == "2023-05-18"
    for leg in itinerary.legs:
        for quote in leg.evidence:
            assert LONGER[quote.start : quote.end] == quote.exact


def test_a_leg_that_the_new_text_drops_goes_unless_a_person_changed_it(review: Review) -> None:
    shorter = TEXT.partition("\n\n")[0] + "\n"
    assert ends(review.draft("--keep", text=shorter)) == DRAFTED[:2]
    review.draft("--overwrite", text=TEXT)
    review.edit("mode: rail", "mode: road")
    itinerary = review.draft("--keep", text=shorter)
    assert ends(itinerary) == DRAFTED
    assert itinerary.legs[2].mode is Mode.ROAD


@pytest.mark.parametrize("text", [TEXT, LONGER])
def test_an_edited_coordinate_stays(review: Review, text: str) -> None:
    place = read_itinerary(review.file).places["lisbon"]
    review.edit(f"lon: {place.lon}\n", "lon: -9.1\n")
    itinerary = review.draft("--keep", text=text)
    assert itinerary.places["lisbon"].lon == -9.1
    assert itinerary.places["lisbon"].lat == place.lat


@pytest.mark.parametrize("text", [TEXT, LONGER])
def test_an_added_leg_stays_in_its_place(review: Review, text: str) -> None:
    review.edit(
        "legs:\n",
        "legs:\n  - {from: cairo, to: rotterdam, mode: air, note: seen on the apron}\n",
    )
    itinerary = review.draft("--keep", text=text)
    assert ends(itinerary)[:4] == [("cairo", "rotterdam"), *DRAFTED]
    assert itinerary.legs[0].note == "seen on the apron"


@pytest.mark.parametrize("text", [TEXT, LONGER])
def test_a_deleted_leg_stays_deleted_in_draft_after_draft(review: Review, text: str) -> None:
    review.delete_leg("lisbon")
    for _ in range(2):
        itinerary = review.draft("--keep", text=text)
        assert ends(itinerary)[:2] == [DRAFTED[0], DRAFTED[2]]
        assert ("lisbon", "alexandria") not in ends(itinerary)


@pytest.mark.parametrize("text", [TEXT, LONGER])
def test_a_changed_claim_stays(review: Review, text: str) -> None:
    review.edit("claim: {status: reported}", "claim: {status: denied, denied_by: the owner}")
    itinerary = review.draft("--keep", text=text)
    assert itinerary.legs[0].claim.status is Status.DENIED
    assert itinerary.legs[0].claim.denied_by == "the owner"
    assert ends(itinerary)[:3] == DRAFTED
    quote = itinerary.legs[0].evidence[0]
    assert text[quote.start : quote.end] == quote.exact


@pytest.mark.parametrize("text", [TEXT, LONGER])
def test_a_renamed_place_stays_one_place(review: Review, text: str) -> None:
    review.edit("name: Cairo\n", "name: Cairo river port\n")
    content = review.file.read_text(encoding="utf-8")
    content = content.replace("\n  cairo:", "\n  river_port:").replace(
        "to: cairo", "to: river_port"
    )
    review.file.write_text(content, encoding="utf-8")
    itinerary = review.draft("--keep", text=text)
    assert ("alexandria", "river_port") in ends(itinerary)
    assert "cairo" not in itinerary.places
    assert itinerary.places["river_port"].name == "Cairo river port"
    if text == LONGER:
        assert ends(itinerary)[-1] == ("river_port", "assiut")


def test_a_changed_end_stands_for_the_drafted_leg(review: Review) -> None:
    review.edit("to: alexandria", "to: cairo")
    itinerary = review.draft("--keep", text=LONGER)
    assert ends(itinerary) == [
        ("rotterdam", "lisbon"),
        ("lisbon", "cairo"),
        ("alexandria", "cairo"),
        ("cairo", "assiut"),
    ]


def test_all_corrections_together_twice(review: Review) -> None:
    review.edit(
        "  - from: rotterdam\n    to: lisbon\n",
        "  - from: rotterdam\n    to: lisbon\n    note: seen\n",
    )
    review.delete_leg("lisbon")
    review.edit("legs:\n", "legs:\n  - {from: lisbon, to: cairo, mode: air}\n")
    first = review.draft("--keep", text=LONGER)
    written = review.file.read_bytes()
    assert ends(first) == [
        ("lisbon", "cairo"),
        ("rotterdam", "lisbon"),
        ("alexandria", "cairo"),
        ("cairo", "assiut"),
    ]
    assert review.draft("--keep") == first
    assert review.file.read_bytes() == written


def test_doubts_are_numbered_by_the_legs_that_stay(review: Review) -> None:
    review.delete_leg("rotterdam")
    itinerary = review.draft("--keep")
    for doubt in itinerary.doubts:
        assert not doubt.startswith("Leg 3")
    lines = review.file.read_text(encoding="utf-8").splitlines()
    listed = review.check()
    assert listed
    for row in listed:
        number = int(row.removeprefix(f"{review.file}:").partition(":")[0])
        assert 1 <= number <= len(lines)


def test_the_draft_says_its_doubts_beside_their_lines_and_check_finds_them(review: Review) -> None:
    lines = review.file.read_text(encoding="utf-8").splitlines()
    commented = [n for n, line in enumerate(lines) if line.lstrip().startswith("# doubt:")]
    inferred = [n for n, line in enumerate(lines) if line.lstrip().startswith("inferred:")]
    assert commented
    assert inferred
    rows = [row for row in review.check() if " is inferred" in row]
    found = {int(row.removeprefix(f"{review.file}:").partition(":")[0]) - 1 for row in rows}
    assert found == set(inferred)


def test_a_settled_doubt_is_not_raised_again(review: Review) -> None:
    itinerary = read_itinerary(review.file)
    for name, reason in itinerary.legs[0].inferred.items():
        assert f"{name}: {reason}" in review.file.read_text(encoding="utf-8")
    content = review.file.read_text(encoding="utf-8")
    start = content.index("    inferred: ")
    end = content.index("\n", start) + 1
    review.file.write_text(content[:start] + content[end:], encoding="utf-8")
    settled = [row for row in review.check() if "leg 1" in row and "is inferred" in row]
    assert settled == []
    review.draft("--keep", text=LONGER)
    assert read_itinerary(review.file).legs[0].inferred == {}
    assert not [
        row
        for row in review.check()
        if row.partition(": ")[2].startswith("leg 1: ") and "inferred" in row
    ]


def test_a_file_of_an_older_version_keeps_all_that_it_says(review: Review) -> None:
    lines = review.file.read_text(encoding="utf-8").splitlines(keepends=True)
    older = [line for line in lines if not line.lstrip().startswith(("draft:", "drafted:"))]
    review.file.write_text("".join(older), encoding="utf-8")
    before = read_itinerary(review.file)
    after = review.draft("--keep", text=LONGER)
    assert after.legs[2].departure == before.legs[2].departure == "2023-05-16"
    assert ends(after) == [*DRAFTED, ("cairo", "assiut")]


def test_each_shipment_is_matched_with_its_own_review(review: Review, tmp_path: Path) -> None:
    wheat = read_itinerary(review.file)
    (tmp_path / "other").mkdir()
    other = Review(tmp_path / "other")
    turbine = "A train took the turbine from Dresden to Prague on 4 May 2023.\n"
    rail = other.draft("--overwrite", text=turbine)
    moved = replace(
        rail, places={**rail.places, "prague": replace(rail.places["prague"], lat=50.1)}
    )
    kept = keep_drafts([wheat, moved], [rail, wheat])
    assert [ends(itinerary) for itinerary in kept] == [[("dresden", "prague")], DRAFTED]
    assert kept[0].places["prague"].lat == 50.1
    assert kept[1] == wheat
    assert keep_drafts([moved], [wheat]) == [wheat, moved]  # no longer told, but corrected
    assert keep_drafts([rail], [wheat]) == [wheat]
