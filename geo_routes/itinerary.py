"""The itinerary: places and legs as a person reviews them, each with what it is based on."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from geo_routes.documents import Quote
from geo_routes.errors import GeoRoutesError


class Mode(StrEnum):
    """
    The way by which a leg is made.

    Examples
    --------
    >>> Mode("sea") is Mode.SEA, Mode.SEA == "sea"
    (True, True)
    """

    SEA = "sea"
    RAIL = "rail"
    ROAD = "road"
    AIR = "air"
    INLAND_WATERWAY = "inland_waterway"
    PIPELINE = "pipeline"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """How a source speaks of a movement."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    INFERRED = "inferred"
    PLANNED = "planned"
    POSSIBLE = "possible"
    DENIED = "denied"
    PAST = "past"


COMPLETED = frozenset({Status.REPORTED, Status.CONFIRMED, Status.INFERRED})
"""Claims whose legs are drawn as solid lines; the others are listed and can be switched on."""


class Rule(StrEnum):
    """
    How a region follows from the words of a report.

    Examples
    --------
    >>> Rule.BORDER == "border"
    True
    """

    WHOLE = "whole"  # all of `of`
    SIDE = "side"  # the `side` part of `of`: "eastern Russia"
    BORDER = "border"  # within `within_km` of the border of `of` (with `of_border`, on its `side`)
    COAST = "coast"  # of the coast of `of`: "a port in the south of ..."
    OFFSHORE = "offshore"  # water within `within_km` of the coast of `of` or of the anchor
    NEAR = "near"  # within `within_km` of the anchor
    DISTANCE = "distance"  # `distance_km` from the anchor, towards `side` where given
    BETWEEN = "between"  # between two anchors
    POLYGON = "polygon"  # drawn by a person, as `wkt`


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """
    A vague place, as the source describes it; its polygon is computed by `regions`.

    Attributes
    ----------
    rule
        How the region follows from the words.
    of, of_border
        Area and neighbour: an ISO 3166-1 code ("RU"), an ISO 3166-2 code ("RU-PRI"), or a
        gazetteer id of a sea ("sea:black-sea").
    side
        N, NE, E, SE, S, SW, W, NW or C.
    anchors
        (lon, lat) pairs that "near", "distance", "between" and "offshore" start from.
    within_km, distance_km
        Breadth of the region, and distance from the anchor.
    wkt
        A polygon in longitude and latitude.

    Examples
    --------
    >>> region = Region(rule=Rule.BORDER, of="RU", of_border="UA", side="SW", within_km=290.0)
    >>> region.within_km
    290.0
    >>> Region(rule=Rule.NEAR)
    Traceback (most recent call last):
    ValueError: A region by the rule `near` needs an anchor.
    """

    rule: Rule
    of: str = ""
    of_border: str = ""
    side: str = ""
    anchors: tuple[tuple[float, float], ...] = ()
    within_km: float | None = None
    distance_km: float | None = None
    wkt: str = ""

    def __post_init__(self) -> None:
        if self.side and self.side not in {"N", "NE", "E", "SE", "S", "SW", "W", "NW", "C"}:
            raise ValueError(f"`side` must be a compass point such as SW, not {self.side!r}.")
        if self.rule is Rule.POLYGON and not self.wkt:
            raise ValueError("A region by the rule `polygon` needs `wkt`.")
        if self.rule in {Rule.NEAR, Rule.DISTANCE} and not self.anchors:
            raise ValueError(f"A region by the rule `{self.rule}` needs an anchor.")
        if self.rule is Rule.BETWEEN and len(self.anchors) < 2 and not self.of:
            raise ValueError("A region by the rule `between` needs two anchors.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One reading of a place that was weighed, with its score (0 to 1) and the reason for it."""

    name: str
    lon: float
    lat: float
    gazetteer: str = ""
    country: str = ""
    score: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A named point or a region.

    Attributes
    ----------
    name
        As it is shown on the map.
    lon, lat
        The point; for a region, a point inside it that stands for it.
    radius_km
        How far from the point the true place may lie.
    region
        What the source says, where it is no more precise than a region.
    gazetteer
        Where the point comes from: "geonames:1833747", "site:dunay".
    kind
        Such as city, port, station, site, country, admin1, sea.
    toponym
        The name as the source writes it.
    evidence
        Where the source names the place.
    candidates
        Other readings, best first; for a region, named places inside that fit as hypotheses.
    reference
        True when the source only names the place to situate another.
    note
        A remark or a source for a person who reviews the itinerary.
    draft
        Fingerprint of what was drafted: shows whether a person has changed it since.

    Examples
    --------
    >>> Place(name="Rajin", lon=130.30, lat=42.24, country="KP").point
    (130.3, 42.24)
    """

    name: str
    lon: float | None = None
    lat: float | None = None
    radius_km: float = 0.0
    region: Region | None = None
    gazetteer: str = ""
    country: str = ""
    kind: str = ""
    toponym: str = ""
    evidence: tuple[Quote, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    reference: bool = False
    note: str = ""
    draft: str = ""

    def __post_init__(self) -> None:
        if (self.lon is None) != (self.lat is None):
            raise ValueError(f"Place {self.name!r} needs both `lon` and `lat`, or neither.")
        if self.lat is not None and not -90 <= self.lat <= 90:
            raise ValueError(f"`lat` of {self.name!r} must lie within -90 to 90, not {self.lat}.")
        if self.lon is not None and not -180 <= self.lon <= 180:
            raise ValueError(f"`lon` of {self.name!r} must lie within -180 to 180, not {self.lon}.")

    @property
    def point(self) -> tuple[float, float] | None:
        """Longitude and latitude, where the place could be placed."""
        return None if self.lon is None or self.lat is None else (self.lon, self.lat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """
    How the source speaks of a movement: its status, who says so, who denies it.

    Examples
    --------
    >>> claim = Claim(status=Status.DENIED, by="the port", denied_by="the owner")
    >>> claim.status in COMPLETED
    False
    """

    status: Status = Status.REPORTED
    by: str = ""
    denied_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """
    One movement by one mode between two places.

    Attributes
    ----------
    origin, destination
        Ids of places of the itinerary.
    via, avoid
        Passages ("suez"), place ids or countries that the source names.
    departure, arrival
        EDTF: "2023-05~" is about May 2023; "2023-09-07/2023-10-01" is some time in that window.
    quantity
        Number and unit as the source writes them: "26,000 tonnes".
    vehicle, vehicle_type
        Its name ("Razoni"), and what the source calls it ("bulk carrier").
    told
        The words that tell of the freight: name of a field such as cargo -> quote.
    inferred
        What the source does not say: name of the field -> the reason for its value.
    confidence
        Estimated share of such legs that are right, 0 to 1; None when a person or a reader of
        the user's own wrote it.
    draft
        Name under which the leg was drafted, and a fingerprint of what was drafted.

    Examples
    --------
    >>> leg = Leg(origin="rajin", destination="dunay", mode=Mode.SEA, departure="2023-09-07")
    >>> leg.completed
    True
    """

    origin: str
    destination: str
    mode: Mode
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    departure: str = ""
    arrival: str = ""
    claim: Claim = field(default_factory=Claim)
    cargo: str = ""
    quantity: str = ""
    vehicle: str = ""
    vehicle_type: str = ""
    flag: str = ""
    shipper: str = ""
    consignee: str = ""
    carrier: str = ""
    evidence: tuple[Quote, ...] = ()
    told: Mapping[str, Quote] = field(default_factory=dict)
    inferred: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None
    note: str = ""
    draft: str = ""

    @property
    def completed(self) -> bool:
        """Whether the movement is claimed to have taken place."""
        return self.claim.status in COMPLETED


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Where an itinerary's evidence comes from.

    Examples
    --------
    >>> source = Source(publisher="A paper", published="2023-10-13", lang="en")
    >>> source.publisher
    'A paper'
    """

    publisher: str = ""
    title: str = ""
    published: str = ""
    lang: str = ""
    url: str = ""
    sha256: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Itinerary:
    """
    Ordered legs between places, with their sources.

    Attributes
    ----------
    places, sources
        By id.
    doubts
        What a reviewer should look at, as sentences.
    drafted
        Names of all legs that were drafted: shows which of them a person has deleted since.

    Examples
    --------
    >>> itinerary = Itinerary(
    ...     title="Drums",
    ...     places={"hal": Place(name="Halden"), "lag": Place(name="Lagos")},
    ...     legs=(Leg(origin="hal", destination="lag", mode=Mode.SEA),),
    ... )
    >>> itinerary
    Itinerary('Drums', 1 leg, 0 doubts)
      1. Halden -> Lagos, sea, reported
    >>> [place.name for _, place in itinerary.stops()]
    ['Halden', 'Lagos']
    """

    title: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)
    legs: tuple[Leg, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    drafted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for number, leg in enumerate(self.legs, start=1):
            for end in (leg.origin, leg.destination):
                if end not in self.places:
                    raise ValueError(f"Leg {number} names an unknown place: {end!r}.")

    def __repr__(self) -> str:
        legs = f"{len(self.legs)} leg{'' if len(self.legs) == 1 else 's'}"
        doubts = f"{len(self.doubts)} doubt{'' if len(self.doubts) == 1 else 's'}"
        lines = [f"Itinerary({self.title!r}, {legs}, {doubts})"]
        for number, leg in enumerate(self.legs, start=1):
            ends = f"{self.places[leg.origin].name} -> {self.places[leg.destination].name}"
            facts = (str(leg.mode), leg.departure or leg.arrival, str(leg.claim.status))
            lines.append(f"  {number}. {ends}, {', '.join(filter(None, facts))}")
        return "\n".join(lines)

    def _repr_html_(self) -> str | None:
        """Show the itinerary in a notebook as a map; where that fails its text is shown."""
        # By name, as this module stands below the maps that it shows.
        geo_routes = importlib.import_module("geo_routes")
        try:
            legs = geo_routes.route_itinerary(self)
            html: str = geo_routes.draw_map(self, legs)._repr_html_()
        except GeoRoutesError:
            return None
        return html

    def stops(self) -> Iterator[tuple[str, Place]]:
        """Go through the places that legs touch, in the order of the legs, each once."""
        seen: dict[str, None] = {}
        for leg in self.legs:
            seen.setdefault(leg.origin)
            seen.setdefault(leg.destination)
        return ((key, self.places[key]) for key in seen)


def join_itineraries(itineraries: Sequence[Itinerary]) -> Itinerary:
    """
    Put several itineraries of one report on one map.

    Parameters
    ----------
    itineraries
        One or more. A place id that means another place in a later itinerary is renamed.

    Returns
    -------
    itinerary
        All legs, in order.

    Examples
    --------
    >>> drums = Itinerary(title="Drums", places={"hal": Place(name="Halden")})
    >>> pipes = Itinerary(title="Pipes", places={"lag": Place(name="Lagos")})
    >>> sorted(join_itineraries([drums, pipes]).places)
    ['hal', 'lag']
    """
    if len(itineraries) == 1:
        return itineraries[0]
    places: dict[str, Place] = {}
    sources: dict[str, Source] = {}
    legs: list[Leg] = []
    for number, itinerary in enumerate(itineraries, start=1):
        renamed = {
            key: f"{key}_{number}"
            for key, place in itinerary.places.items()
            if key in places and places[key] != place
        }
        places |= {renamed.get(key, key): place for key, place in itinerary.places.items()}
        sources |= itinerary.sources
        legs += [
            replace(
                leg,
                origin=renamed.get(leg.origin, leg.origin),
                destination=renamed.get(leg.destination, leg.destination),
                via=tuple(renamed.get(stop, stop) for stop in leg.via),
            )
            for leg in itinerary.legs
        ]
    return Itinerary(
        title=itineraries[0].title if itineraries else "",
        places=places,
        legs=tuple(legs),
        sources=sources,
        doubts=tuple(doubt for itinerary in itineraries for doubt in itinerary.doubts),
        drafted=tuple(dict.fromkeys(name for row in itineraries for name in row.drafted)),
    )
