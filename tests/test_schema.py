import sys

import pytest
from pandas.testing import assert_frame_equal

from geo_routes import schema


@pytest.mark.parametrize("what", ["toponyms", "places", "legs"])
def test_an_empty_frame_passes_its_own_check_and_a_short_one_is_named(what):
    frame = getattr(schema, f"empty_{what}")()
    check = getattr(schema, f"check_{what}")
    check(frame)
    first = frame.columns[0]
    with pytest.raises(ValueError, match=first):
        check(frame.drop(columns=[first]))


def test_frames_of_places_and_legs_are_in_longitude_and_latitude():
    assert schema.empty_places().crs == schema.CRS
    assert schema.empty_legs().crs == schema.CRS


def test_frames_of_older_pandas_are_the_same(monkeypatch):
    values = {name: ["a", "b"] for name in schema.TOPONYMS}
    values |= {"start": [1, 2], "end": [3, 4], "confidence": [0.5, 1.0]}
    values |= {"names": [("a", "b"), ("c", "d")]}
    frame = schema.make_frame(values, schema.TOPONYMS)
    monkeypatch.setitem(sys.modules, "pandas.api.internals", None)
    assert_frame_equal(schema.make_frame(values, schema.TOPONYMS), frame)
