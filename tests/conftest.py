import pytest

import geo_routes as gr


@pytest.fixture
def rajin_to_depot():
    """An itinerary by hand: a port, a port, and a region."""
    quote = gr.Quote(exact="sailed to Dunay", start=10, source="s1")
    return gr.Itinerary(
        title="From Rajin to a depot",
        places={
            "rajin": gr.Place(name="Rajin", lon=130.30, lat=42.24, country="KP", kind="port"),
            "dunay": gr.Place(name="Dunay", lon=132.35, lat=42.88, country="RU", kind="port"),
            "depot": gr.Place(
                name="depot near the border",
                lon=40.0,
                lat=47.5,
                country="RU",
                kind="region",
                region=gr.Region(rule=gr.Rule.BORDER, of="RU", side="SW", within_km=150),
            ),
        },
        legs=(
            gr.Leg(
                origin="rajin",
                destination="dunay",
                mode=gr.Mode.SEA,
                departure="2023-09-07/2023-10-01",
                claim=gr.Claim(by="The White House", denied_by="Pyongyang"),
                flag="RU",
                evidence=(quote,),
            ),
            gr.Leg(
                origin="dunay",
                destination="depot",
                mode=gr.Mode.RAIL,
                claim=gr.Claim(by="The White House"),
                inferred={"mode": "the text speaks of a railway"},
            ),
        ),
        sources={"s1": gr.Source(publisher="A paper", published="2023-10-13", lang="en")},
    )
