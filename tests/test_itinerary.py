import pickle

import pytest

import geo_routes as gr
from geo_routes.itinerary import join_itineraries


def test_a_leg_must_name_places_that_exist():
    with pytest.raises(ValueError, match="'nowhere'"):
        gr.Itinerary(legs=(gr.Leg(origin="nowhere", destination="b", mode=gr.Mode.SEA),))


def test_coordinates_are_checked_with_the_culprit_named():
    with pytest.raises(ValueError, match="'Hull'"):
        gr.Place(name="Hull", lon=0.3, lat=153.7)
    with pytest.raises(ValueError, match="both"):
        gr.Place(name="Hull", lon=0.3)


def test_a_region_needs_what_its_rule_starts_from():
    with pytest.raises(ValueError, match="anchor"):
        gr.Region(rule=gr.Rule.NEAR)
    with pytest.raises(ValueError, match="SW"):
        gr.Region(rule=gr.Rule.SIDE, of="RU", side="left")


def test_only_claims_of_something_done_are_completed():
    done = {
        status: gr.Leg(
            origin="a", destination="b", mode=gr.Mode.SEA, claim=gr.Claim(status=status)
        ).completed
        for status in ("reported", "confirmed", "inferred", "planned", "possible", "denied", "past")
    }
    assert [status for status, is_done in done.items() if is_done] == [
        "reported",
        "confirmed",
        "inferred",
    ]


def test_stops_come_once_in_the_order_of_the_legs(rajin_to_depot):
    assert [key for key, _ in rajin_to_depot.stops()] == ["rajin", "dunay", "depot"]


def test_joining_keeps_two_places_of_one_id_apart(rajin_to_depot):
    other = gr.Itinerary(
        places={
            "rajin": gr.Place(name="Rajin", lon=1, lat=1),
            "b": gr.Place(name="B", lon=2, lat=2),
        },
        legs=(gr.Leg(origin="rajin", destination="b", mode=gr.Mode.ROAD),),
    )
    joined = join_itineraries([rajin_to_depot, other])
    assert len(joined.legs) == 3
    assert joined.places[joined.legs[2].origin].point == (1, 1)
    assert joined.places["rajin"].point == (130.30, 42.24)


def test_an_itinerary_pickles(rajin_to_depot):
    assert pickle.loads(pickle.dumps(rajin_to_depot)) == rajin_to_depot
