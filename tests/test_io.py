"""The route file, its errors, its check, and what a new draft keeps."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geo_routes as gr
from geo_routes.errors import OutputError, RouteFileError
from geo_routes.io import (
    check_itinerary,
    itinerary_from_dict,
    itinerary_to_dict,
    keep_corrections,
    read_itineraries,
    read_itinerary,
    write_itinerary,
)
from geo_routes.io.checks import is_edtf
from geo_routes.itinerary import Candidate, Status

BY_HAND = """\
schema: geo-routes/1
title: Cable drums from Halden to Lagos
sources:
  s1: {publisher: A paper, published: 2024-02-10}
places:
  halden: {name: Halden, lon: 11.39, lat: 59.12, country: NO, note: 12:30}
  lagos:
    name: Lagos
    lon: 3.39
    lat: 6.44
legs:
  - from: halden
    to: lagos
    mode: sea
    via: [gibraltar]
    departure: 2023-05~
    evidence: {source: s1, exact: "left Halden in May", start: 41}
"""

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
numbers = st.floats(0, 1e6)
quotes = st.lists(
    st.builds(gr.Quote, exact=text, start=st.integers(0, 10**6), source=text), max_size=2
).map(tuple)
points = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
regions = st.builds(
    gr.Region,
    rule=st.sampled_from([gr.Rule.NEAR, gr.Rule.BETWEEN, gr.Rule.BORDER]),
    of=text,
    of_border=text,
    side=st.sampled_from(["", "SW", "N", "C"]),
    anchors=st.lists(points, min_size=2, max_size=3).map(tuple),
    within_km=st.none() | numbers,
    distance_km=st.none() | numbers,
    wkt=st.sampled_from(["", "POLYGON ((30 10, 40 40, 20 40, 30 10))"]),
)
candidates = st.builds(
    Candidate,
    name=text,
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    gazetteer=text,
    country=text,
    score=st.floats(0, 1),
    why=text,
)


@st.composite
def places(draw):
    lon, lat = draw(st.none() | points) or (None, None)
    return gr.Place(
        name=draw(text),
        lon=lon,
        lat=lat,
        radius_km=draw(numbers),
        region=draw(st.none() | regions),
        gazetteer=draw(text),
        country=draw(st.sampled_from(["NO", "", "KP"])),
        kind=draw(text),
        toponym=draw(text),
        evidence=draw(quotes),
        candidates=tuple(draw(st.lists(candidates, max_size=2))),
        reference=draw(st.booleans()),
        note=draw(text),
    )


@st.composite
def itineraries(draw):
    named = draw(st.dictionaries(text, places(), min_size=1, max_size=3))
    ends = st.sampled_from(sorted(named))
    words = st.lists(text, max_size=2).map(tuple)
    leg = st.builds(
        gr.Leg,
        origin=ends,
        destination=ends,
        mode=st.sampled_from(gr.Mode),
        via=words,
        avoid=words,
        departure=text,
        arrival=text,
        claim=st.builds(gr.Claim, status=st.sampled_from(Status), by=text, denied_by=text),
        cargo=text,
        vehicle=text,
        flag=text,
        shipper=text,
        consignee=text,
        carrier=text,
        evidence=quotes,
        inferred=st.dictionaries(text, text, max_size=2),
        confidence=st.none() | st.floats(0, 1),
        note=text,
    )
    source = st.builds(gr.Source, publisher=text, title=text, published=text, lang=text, url=text)
    return gr.Itinerary(
        title=draw(text),
        places=named,
        legs=tuple(draw(st.lists(leg, max_size=2))),
        sources=draw(st.dictionaries(text, source, max_size=2)),
        doubts=draw(words),
    )


def to_text(itinerary, **options):
    stream = io.StringIO()
    write_itinerary(itinerary, stream, **options)
    return stream.getvalue()


@settings(deadline=None, max_examples=150)
@given(itineraries())
def test_what_is_written_is_read_back(itinerary):
    assert read_itinerary(to_text(itinerary)) == itinerary
    assert itinerary_from_dict(json.loads(json.dumps(itinerary_to_dict(itinerary)))) == itinerary


def test_a_country_code_no_and_a_time_stay_text():
    halden = read_itinerary(BY_HAND).places["halden"]
    assert (halden.country, halden.note, halden.lon) == ("NO", "12:30", 11.39)


def test_a_file_by_hand_gives_every_field():
    (leg,) = read_itinerary(BY_HAND).legs
    assert (leg.mode, leg.via, leg.departure) == (gr.Mode.SEA, ("gibraltar",), "2023-05~")
    assert leg.evidence == (gr.Quote(exact="left Halden in May", start=41, source="s1"),)
    assert leg.confidence is None


def test_several_documents_are_several_itineraries(rajin_to_depot, tmp_path):
    path = tmp_path / "two.yaml"
    write_itinerary([rajin_to_depot, read_itinerary(BY_HAND)], path)
    assert read_itineraries(path) == [rajin_to_depot, read_itinerary(BY_HAND)]
    assert len(read_itinerary(path).legs) == 3


def test_a_list_in_json_is_several_itineraries(rajin_to_depot, tmp_path):
    path = tmp_path / "two.json"
    path.write_text(json.dumps([itinerary_to_dict(rajin_to_depot)] * 2), encoding="utf-8")
    assert read_itineraries(path) == [rajin_to_depot] * 2


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("mode: sea", "mode: see", 14, ["legs[1].mode", "Did you mean 'sea'?", "rail"]),
        ("departure:", "depature:", 16, ["legs[1].depature", "Did you mean 'departure'?"]),
        ("to: lagos", "to: lagoss", 13, ["legs[1].to", "Did you mean 'lagos'?"]),
        ("lon: 3.39", "lon: 3,39", 9, ["places.lagos.lon", "number"]),
        ("lat: 6.44", "lat: 96.44", 10, ["places.lagos.lat", "-90 to 90"]),
        ("    lat: 6.44\n", "", 7, ["places.lagos", "both `lon` and `lat`"]),
        ("    mode: sea\n", "", 12, ["legs[1]", "lacks `mode`"]),
        ("geo-routes/1", "geo-routes/9", 1, ["schema", "geo-routes/1"]),
        ("    mode: sea\n", "    mode: sea\n    mode: rail\n", 15, ["twice"]),
        ("country: NO", "region: {rule: polygon, wkt: POINT (1 2)}", 6, ["region.wkt", "polygon"]),
        ("start: 41", "start: 4.5", 17, ["evidence.start", "whole number"]),
        ("title: Cable", "title: [Cable", 3, ["not YAML"]),
        ("title: Cable", "title: !!python/name:os.system Cable", 2, ["tags"]),
    ],
)
def test_errors_name_line_field_and_what_is_allowed(tmp_path, old, new, line, words):
    path = tmp_path / "route.yaml"
    path.write_text(BY_HAND.replace(old, new), encoding="utf-8")
    with pytest.raises(RouteFileError) as caught:
        read_itinerary(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}:")
    assert all(word in message for word in words), message


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "hostile",
    [
        LAUGHS.encode(),
        b"&a [*a]",
        b"[" * 100_000,
        b"a: " * 5000,
        b"\x00\x01\x02binary",
        b"\xff\xfe\x00a",
        b"\x89PNG\r\n\x1a\n",
        b"- - -\n\t- x",
        b"? [a]\n: b",
        b"%YAML 9.9\n---\na",
        b"just words",
        b"",
        b"---\n---\n",
        b"!!python/object/apply:os.system [echo]",
    ],
)
def test_a_hostile_file_gives_one_clear_line(tmp_path, hostile):
    path = tmp_path / "route.yaml"
    path.write_bytes(hostile)
    with pytest.raises(RouteFileError) as caught:
        read_itinerary(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


def spoil(structure, steps, value):
    """Put a value at a path through a structure that is drawn as it is walked."""
    keys = list(structure) if isinstance(structure, dict) else list(range(len(structure)))
    key = keys[steps[0] % len(keys)]
    if len(steps) > 1 and isinstance(structure[key], dict | list) and structure[key]:
        spoil(structure[key], steps[1:], value)
    else:
        structure[key] = value


@settings(deadline=None, max_examples=200)
@given(itineraries(), st.lists(st.integers(0, 20), min_size=1, max_size=5), anything)
def test_a_spoilt_structure_is_read_or_refused_with_its_field(itinerary, steps, value):
    structure = itinerary_to_dict(itinerary)
    spoil(structure, steps, value)
    try:
        found = itinerary_from_dict(structure)
    except RouteFileError as error:
        assert str(error).strip()
    else:
        assert isinstance(found, gr.Itinerary)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(BY_HAND) - 1), st.integers(0, 9), st.binary(max_size=6))
def test_damaged_bytes_are_read_or_refused_in_one_line(tmp_path_factory, at, length, damage):
    path = tmp_path_factory.getbasetemp() / "damaged.yaml"
    whole = BY_HAND.encode()
    path.write_bytes(whole[:at] + damage + whole[at + length :])
    try:
        found = read_itinerary(path)
    except RouteFileError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    else:
        assert isinstance(found, gr.Itinerary)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(RouteFileError, match="cannot be read"):
            read_itinerary(path)


def test_candidates_and_doubts_stand_as_comments_beside_their_place(rajin_to_depot):
    other = Candidate(name="Rajin-ri", lon=126.1, lat=38.9, country="KP", score=0.4)
    rajin = replace(rajin_to_depot.places["rajin"], candidates=(other,), gazetteer="geonames:1")
    itinerary = replace(
        rajin_to_depot,
        places={**rajin_to_depot.places, "rajin": rajin},
        doubts=("Dunay was\nread from one letter.",),
    )
    lines = to_text(itinerary).splitlines()
    assert "# doubt: may also be Rajin-ri, KP" in lines[lines.index("  rajin:") - 1]
    assert "# doubt: Dunay was read from one letter." in lines[lines.index("  dunay:") - 1]
    assert "#" not in to_text(itinerary, comments=False)


def test_a_doubt_that_repeats_an_inference_is_told_once(rajin_to_depot, tmp_path):
    path = tmp_path / "route.yaml"
    doubts = ("Leg 2: mode is inferred (the text speaks of a railway).", "Leg 2: no date.")
    write_itinerary(replace(rajin_to_depot, doubts=doubts), path)
    text = path.read_text(encoding="utf-8")
    assert text.count("# doubt: mode is inferred") == 1
    second_leg = text.splitlines().index("  - from: dunay") + 1
    found = check_itinerary(path)
    assert [line for line, message in found if message == "Leg 2: no date."] == [second_leg]
    assert len([message for _, message in found if "mode is inferred" in message]) == 1


def test_unlikely_readings_are_no_doubts(rajin_to_depot):
    readings = (
        Candidate(name="Rajin", lon=130.3, lat=42.2, gazetteer="geonames:1", score=0.9),
        Candidate(name="Rajin-ri", lon=126.1, lat=38.9, gazetteer="geonames:2", score=0.1),
    )
    rajin = replace(rajin_to_depot.places["rajin"], candidates=readings, gazetteer="geonames:1")
    itinerary = replace(rajin_to_depot, places={**rajin_to_depot.places, "rajin": rajin})
    assert "may also be" not in to_text(itinerary)


def test_a_folder_that_does_not_exist_is_an_output_error(rajin_to_depot, tmp_path):
    with pytest.raises(OutputError):
        write_itinerary(rajin_to_depot, tmp_path / "none" / "route.yaml")


def test_a_failed_write_leaves_the_old_file(rajin_to_depot, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "route.yaml"
    path.write_text(BY_HAND, encoding="utf-8")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="No space left"):
        write_itinerary(rajin_to_depot, path)
    assert path.read_text(encoding="utf-8") == BY_HAND
    assert list(tmp_path.iterdir()) == [path]


def test_check_lists_doubts_with_their_lines(tmp_path):
    path = tmp_path / "route.yaml"
    path.write_text(
        BY_HAND.replace("    lon: 3.39\n    lat: 6.44\n", "")
        .replace("2023-05~", "last May\n    arrival: 2023-04-01")
        .replace("mode: sea", "mode: unknown\n    confidence: 0.2\n    inferred: {mode: a guess}")
        .replace("source: s1", "source: s9")
        + "doubts: [Halden may be Halle.]\n",
        encoding="utf-8",
    )
    found = check_itinerary(path)
    for line, words in [
        (7, "Lagos is not placed"),
        (12, "the mode is unknown"),
        (13, "confidence is only 0.20"),
        (14, "mode is inferred: a guess"),
        (16, "departure is not in EDTF"),
        (18, "no source 's9'"),
        (19, "Halden may be Halle."),
    ]:
        assert any(words in message for at, message in found if at == line), (line, found)


def test_check_finds_an_arrival_before_the_departure(tmp_path):
    path = tmp_path / "route.yaml"
    path.write_text(BY_HAND.replace("2023-05~", "2023-05~\n    arrival: 2023-04-30"), "utf-8")
    assert [line for line, message in check_itinerary(path) if "before it departs" in message] == [
        17
    ]
    for arrival in ("2023-05-01", "2023-04-01/.."):
        path.write_text(BY_HAND.replace("2023-05~", f"2023-05~\n    arrival: {arrival}"), "utf-8")
        assert not check_itinerary(path)


# Examples of the EDTF specification of the Library of Congress.
@pytest.mark.parametrize(
    "date",
    [
        "1985-04-12",
        "1985-04",
        "1985",
        "1984?",
        "2004-06~",
        "2004-06-11%",
        "201X",
        "2004-XX",
        "2001-21",
        "1964/2008",
        "2004-02-01/2005",
        "1985-04-12/..",
        "../1985",
        "[1667,1668]",
    ],
)
def test_edtf_dates_pass(date):
    assert is_edtf(date)


@pytest.mark.parametrize("date", ["May 2023", "2023-13", "2023-02-30", "12.5.2023", "/"])
def test_other_dates_do_not_pass(date):
    assert not is_edtf(date)


def test_corrections_survive_a_new_draft(rajin_to_depot):
    moved = replace(rajin_to_depot.places["dunay"], lon=132.36, note="by the pier")
    corrected = replace(
        rajin_to_depot,
        places={**rajin_to_depot.places, "dunay": moved},
        legs=(replace(rajin_to_depot.legs[0], vehicle="Angara"), rajin_to_depot.legs[1]),
    )
    new_leg = gr.Leg(origin="depot", destination="rajin", mode=gr.Mode.AIR)
    draft = replace(rajin_to_depot, legs=(*rajin_to_depot.legs, new_leg))
    kept = keep_corrections(corrected, draft)
    assert kept.places["dunay"] == moved
    assert [leg.vehicle for leg in kept.legs] == ["Angara", "", ""]
    assert kept.legs[2] == new_leg


def test_a_leg_whose_end_was_changed_stands_for_one_drafted_leg(rajin_to_depot):
    sea, rail = rajin_to_depot.legs
    third = replace(sea, origin="depot", destination="rajin")  # told by the same quote
    draft = replace(rajin_to_depot, legs=(sea, rail, third))
    corrected = replace(rajin_to_depot, legs=(replace(sea, destination="depot"), rail))
    assert keep_corrections(corrected, draft).legs == (*corrected.legs, third)
