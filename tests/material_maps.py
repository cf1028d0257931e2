"""Itineraries with lines drawn by hand, for the tests of the maps."""

import json
from pathlib import Path

import geopandas as gpd
import shapely

import geo_routes as gr
from geo_routes import geodesy, schema
from geo_routes.io import read_itinerary
from geo_routes.itinerary import Candidate, Status

ROUTES = Path(__file__).parents[1] / "data" / "routes"
FROZEN = Path(__file__).with_name("gallery")
GALLERY = sorted(path.stem for path in ROUTES.glob("*.yaml"))
KEPT = ("method", "length_km", "length_nm", "approx_km", "connector_km", "snap_km", "countries")

SEA = shapely.LineString([(130.35, 42.23), (130.9, 42.0), (132.0, 42.3), (132.37, 42.87)])
RAIL = shapely.LineString(
    [
        (132.35, 42.9),
        (132.0, 43.8),
        (135.1, 48.5),
        (127.5, 51.0),
        (119.8, 53.7),
        (107.6, 51.8),
        (92.9, 56.0),
        (73.4, 55.0),
        (56.0, 54.7),
        (44.5, 48.7),
        (40.1, 45.85),
    ]
)
METHODS = {"sea": "sea network", "rail": "rail network", "air": "geodesic"}


def routed(itinerary, lines, *changes):
    """Make the legs frame that routing would make, with the lines given."""
    rows = []
    for number, (leg, line) in enumerate(zip(itinerary.legs, lines, strict=True), start=1):
        length = 0.0 if line is None else geodesy.length_km(line)
        row = dict.fromkeys(schema.LEGS)
        row |= {
            "leg": number,
            "origin": itinerary.places[leg.origin].name,
            "destination": itinerary.places[leg.destination].name,
            "origin_id": leg.origin,
            "destination_id": leg.destination,
            "mode": str(leg.mode),
            "departure": leg.departure,
            "arrival": leg.arrival,
            "claim": str(leg.claim.status),
            "by": leg.claim.by,
            "denied_by": leg.claim.denied_by,
            "cargo": leg.cargo,
            "vehicle": leg.vehicle,
            "flag": leg.flag,
            "method": METHODS.get(leg.mode, "geodesic fallback") if line is not None else "none",
            "length_km": length,
            "length_nm": length / schema.NM_KM,
            "countries": {},
            "passages": (),
            "crossings": (),
            "gauge_breaks": (),
            "evidence": leg.evidence,
            "inferred": dict(leg.inferred),
            "notes": (),
        }
        row |= {
            name: 0.0
            for name, kind in schema.LEGS.items()
            if row[name] is None and kind == "float64"
        }
        rows.append(row | (changes[number - 1] if number <= len(changes) else {}))
    frame = gpd.GeoDataFrame(rows, geometry=list(lines), crs=schema.CRS)
    schema.check_legs(frame)
    return frame


def quote(text):
    return (gr.Quote(exact=text, start=0, source="s1"),)


def eurasia():
    """A short sea leg and a long rail leg, a region at one end, and a leg that is only possible."""
    square = "POLYGON ((37 46, 41 46, 41 50, 37 50, 37 46))"
    itinerary = gr.Itinerary(
        title="From Rajin to a depot in the south-west",
        places={
            "rajin": gr.Place(name="Rajin", lon=130.3, lat=42.24, country="KP", kind="port"),
            "dunay": gr.Place(name="Dunay", lon=132.34, lat=42.88, country="RU", kind="port"),
            "depot": gr.Place(
                name="a depot near the border",
                lon=39.0,
                lat=48.0,
                region=gr.Region(rule=gr.Rule.POLYGON, wkt=square),
                candidates=(Candidate(name="Tikhoretsk", lon=40.1, lat=45.85),),
                evidence=quote("a depot near the border"),
            ),
            "vladivostok": gr.Place(name="Vladivostok", lon=131.9, lat=43.12, reference=True),
        },
        legs=(
            gr.Leg(
                origin="rajin",
                destination="dunay",
                mode=gr.Mode.SEA,
                departure="2023-09-07/2023-09-12",
                claim=gr.Claim(by="The White House", denied_by="Pyongyang"),
                cargo="munitions",
                flag="RU",
                evidence=quote("A ship under Russian flag sailed to Dunay."),
                inferred={"departure": "the year is that of the report"},
            ),
            gr.Leg(
                origin="dunay",
                destination="depot",
                mode=gr.Mode.RAIL,
                arrival="2023-10-01",
                claim=gr.Claim(by="The White House"),
                evidence=quote("A train took the load on."),
            ),
            gr.Leg(
                origin="depot",
                destination="rajin",
                mode=gr.Mode.AIR,
                claim=gr.Claim(status=Status.POSSIBLE, by="analysts"),
            ),
        ),
        sources={
            "s1": gr.Source(
                publisher="A paper",
                title="Arms by sea and rail",
                published="2023-10-13",
                lang="en",
                url="https://example.org/report",
                sha256="5e" * 32,
            )
        },
        doubts=("The port was chosen by the program.",),
    )
    back = geodesy.geodesic((39.0, 48.0), (130.3, 42.24))
    approx = shapely.MultiLineString([RAIL.coords[:2]])
    changes = (
        {},
        {"approx": approx, "approx_km": 100.0, "notes": ("The branch is drawn roughly.",)},
    )
    return itinerary, routed(itinerary, [SEA, RAIL, back], *changes)


def pacific():
    """A crossing of 180 degrees whose next leg is given on the other side of the globe."""
    itinerary = gr.Itinerary(
        title="From Yokohama to Chicago",
        places={
            "yokohama": gr.Place(name="Yokohama", lon=139.65, lat=35.44),
            "long-beach": gr.Place(name="Long Beach", lon=-118.2, lat=33.75),
            "chicago": gr.Place(name="Chicago", lon=-87.65, lat=41.88, radius_km=40),
        },
        legs=(
            gr.Leg(
                origin="yokohama",
                destination="long-beach",
                mode=gr.Mode.SEA,
                departure="2024-02-03",
            ),
            gr.Leg(
                origin="long-beach", destination="chicago", mode=gr.Mode.RAIL, arrival="2024-02-25~"
            ),
        ),
    )
    lines = [
        geodesy.geodesic((139.65, 35.44), (-118.2, 33.75)),
        geodesy.geodesic((-118.2, 33.75), (-87.65, 41.88)),
    ]
    return itinerary, routed(itinerary, lines)


def many(count):
    """As many legs as asked for, of 60 vertices each, between ports round the Indian Ocean."""
    ports = [(55.3, 25.3), (72.8, 18.9), (79.8, 6.9), (103.8, 1.2), (39.7, -4.0), (32.3, 29.9)]
    places = {f"p{n}": gr.Place(name=f"Port {n}", lon=x, lat=y) for n, (x, y) in enumerate(ports)}
    modes = (gr.Mode.SEA, gr.Mode.RAIL, gr.Mode.AIR)
    legs, lines = [], []
    for number in range(count):
        start, finish = number % 6, (number + 1 + number // 6 % 5) % 6
        legs.append(
            gr.Leg(
                origin=f"p{start}",
                destination=f"p{finish}",
                mode=modes[number % 3],
                departure=f"2024-{number % 12 + 1:02d}-01",
                claim=gr.Claim(by="the port authority"),
                cargo=f"{number} containers",
                evidence=quote(f"Shipment {number} left in the morning, the port authority says."),
            )
        )
        straight = geodesy.geodesic(ports[start], ports[finish], spacing_km=60.0)
        shake = [
            (x + 0.01 * (k * number % 7), y + 0.01 * (k * number % 5))
            for k, (x, y) in enumerate(straight.coords)
        ]
        lines.append(shapely.LineString(shake))
    itinerary = gr.Itinerary(title=f"{count} shipments", places=places, legs=tuple(legs))
    return itinerary, routed(itinerary, lines)


def freeze(name, legs):
    """Keep routed legs of the gallery, thinned, so that its pictures outlive new networks."""
    rows = []
    for row in legs.to_dict("records"):
        facts = {key: row[key] for key in KEPT}
        facts |= {key: [str(one) for one in row[key]] for key in ("passages", "notes")}
        line, approx = (
            None if shape is None else shapely.to_wkt(shapely.simplify(shape, 0.01), 3)
            for shape in (row["geometry"], row["approx"])
        )
        rows.append({**facts, "line": line, "approx": approx})
    text = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    (FROZEN / f"{name}.json").write_text(text, encoding="utf-8")


def gallery(name):
    """A route of the gallery with the legs that were kept of it."""
    itinerary = read_itinerary(ROUTES / f"{name}.yaml")
    kept = json.loads((FROZEN / f"{name}.json").read_text(encoding="utf-8"))
    lines, changes = [], []
    for row in kept:
        line, approx = row.pop("line"), row.pop("approx")
        lines.append(None if line is None else shapely.from_wkt(line))
        row["approx"] = None if approx is None else shapely.from_wkt(approx)
        row |= {key: tuple(row[key]) for key in ("passages", "notes")}
        changes.append(row)
    return itinerary, routed(itinerary, lines, *changes)
