import logging

import numpy as np
import pytest

from geo_routes.builders import rail, rail_cuts, rail_gaps, rail_official, rail_tags, rail_tracks

# A made-up line in the empty north of Kazakhstan: 0.1 degree of latitude is 11.12 km.
SOUTH, MIDDLE, NORTH = (70.0, 50.0), (70.0, 50.1), (70.0, 50.2)
STEP_KM = 11.12
WHOLE = {"name": "South to North", "points": "70.0 50.0;70.0 50.2"}


def tracks_along(*points, **tags):
    blank, chain = rail_tracks.empty_tracks().with_points(np.array(points))
    return blank.with_pairs(rail_tracks.chain_pairs(chain), **tags)


def plain_lines(tracks):
    return rail_tags.Lines(np.zeros(len(tracks.pairs), dtype=np.int16), [""], [""])


def official(tracks, *rows):
    return rail_official.official_lengths(tracks, plain_lines(tracks), list(rows))


def test_new_track_joins_a_line_between_its_points_by_a_cut():
    tracks, joint = rail_cuts.join_point(
        tracks_along(SOUTH, NORTH), np.array([70.05, 50.1]), within_km=10.0
    )
    assert tracks.points[joint] == pytest.approx(MIDDLE, abs=1e-3)
    assert tracks.km == pytest.approx([STEP_KM, STEP_KM], abs=0.01)


def test_new_track_joins_the_station_rather_than_the_line_beside_it():
    whole = tracks_along(SOUTH, MIDDLE, NORTH)
    tracks, joint = rail_cuts.join_point(whole, np.array([70.02, 50.105]), within_km=10.0)
    assert joint == 1
    assert len(tracks.pairs) == 2


def test_a_terminus_far_from_any_track_is_a_point_of_its_own():
    tracks, joint = rail_cuts.join_point(
        tracks_along(SOUTH, NORTH), np.array([71.0, 50.1]), within_km=10.0
    )
    assert tracks.points[joint] == pytest.approx((71.0, 50.1))


def test_a_patch_may_branch_off_between_the_points_of_a_line():
    row = {"kind": "track", "coordinates": "70.01 50.1;70.5 50.1", "km": "36", "gauge": ""}
    patched = rail_gaps.patch_gaps(tracks_along(SOUTH, NORTH), [row])
    assert len(patched.pairs) == 3
    assert patched.km.sum() == pytest.approx(2 * STEP_KM + 36, abs=0.1)


def test_a_section_takes_its_published_length_in_proportion():
    km = official(tracks_along(SOUTH, MIDDLE, NORTH), {**WHOLE, "km": "23"})
    assert km == pytest.approx([11.5, 11.5], abs=0.01)


def test_the_second_track_of_a_line_is_stretched_like_the_first():
    tracks, chain = tracks_along(SOUTH, NORTH).with_points(np.array([(70.003, 50.1)]))
    tracks = tracks.with_pairs(np.array([[0, chain[0]], [1, chain[0]]]))
    km = official(tracks, {**WHOLE, "km": "23"})
    assert km / tracks.km == pytest.approx(23 / tracks.km[0])


def test_a_published_length_far_from_the_track_is_refused_and_told(caplog):
    tracks = tracks_along(SOUTH, NORTH)
    with caplog.at_level(logging.WARNING):
        km = official(tracks, {**WHOLE, "km": "40"})
    assert km == pytest.approx(tracks.km)
    assert "South to North" in caplog.text


def test_what_two_sections_share_counts_as_the_first_says():
    tracks = tracks_along(SOUTH, MIDDLE, NORTH)
    half = {"name": "South to Middle", "points": "70.0 50.0;70.0 50.1", "km": "11.5"}
    km = official(tracks, half, {**WHOLE, "km": "22.5"})
    assert km == pytest.approx([11.5, 11.0], abs=0.01)


def test_a_published_length_of_a_patch_stays():
    tracks = tracks_along(SOUTH, MIDDLE, NORTH, measure=rail_tracks.EXACT)
    assert official(tracks, {**WHOLE, "km": "23"}) == pytest.approx(tracks.km)


def test_track_is_cut_where_a_section_of_published_length_ends():
    row = {**WHOLE, "points": "70.0 50.05;70.0 50.15"}
    assert len(rail_official.cut_at_ends(tracks_along(SOUTH, NORTH), [row]).pairs) == 3


def test_the_shipped_sections_have_names_points_and_lengths():
    for row in rail_tracks.read_patch(rail.LENGTHS):
        assert row["name"]
        assert len(rail_tracks.read_course(row["points"])) > 1
        assert float(row["km"]) > 50
