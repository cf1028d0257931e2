"""Joint choice of a place for every toponym of a document."""

from __future__ import annotations

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from geo_routes.gazetteer import Candidate, Gazetteer, Point, distance_km, fold, shipped
from geo_routes.toponyms.texts import places_called
from geo_routes.toponyms.words import place_words

ROUNDS = 3
LIMIT = 30
NEARBY_KM = 150.0
SHARPNESS = 1.6
"""By so much the logarithm of a candidate's share of belief rises with its sum."""
W: dict[str, float] = {
    "share": 1.4,
    "country": 0.35,
    "named": 1.2,
    "division": 0.9,
    "close": 1.8,
    "far apart": 0.5,
    "inside": 3.0,
    "holds": 1.0,
    "beside": 3.0,
    "wide": 1.5,
    "port": 0.7,
    "a port": 1.8,
    "the port": 0.9,
    "the town": 0.5,
    "the water": 0.5,
    "a country": 7.0,
    "an area": 4.2,
    "a division": 3.4,
    "a spot": 3.0,
    "population": 1.0,
    "misleading": 3.0,
}
"""What speaks for a candidate, in the steps of ten by which towns differ in size."""
_WIDE_KM = 300.0
_LARGE = 100_000
_SURE_NAME = 0.95
_ALIKE = 0.5  # of a town's name and its division's: "Timbuktu" and "Tombouctou"
_FEW = 5
_APART = ({"port", "site"}, {"port", "airport"}, {"port", "station"})
"""Where a document names fewer countries, its places likely lie in them."""
_HOLDING = frozenset({"admin1", "country"})
_WATERS = frozenset({"sea", "ocean"})
_SPOTS = frozenset({"port", "station", "site"})
_NO_VOTES: tuple[dict[str, float], dict[str, float]] = ({}, {})
_DEGREE_KM = 111.2
_BESIDE_KM = 20.0


class _Anchor(NamedTuple):
    """A chosen place that others may lie near to, and how sure it is."""

    names: tuple[str, ...]
    lon: float
    lat: float
    share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One candidate with its score and the reason for it."""

    candidate: Candidate
    score: float
    why: str


@dataclass(slots=True)
class Sense:
    """All mentions of one name in a document: they share one place."""

    names: tuple[str, ...]
    feature: str = ""
    positions: list[int] = field(default_factory=list)
    within: list[tuple[str, ...]] = field(default_factory=list)  # names that follow a comma
    beside: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    """Names near which the text says that the place lies, and how many km away at most."""
    candidates: list[Candidate] = field(default_factory=list)
    prior: list[float] = field(default_factory=list)
    total: list[float] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    @property
    def shares(self) -> list[float]:
        """The share of belief that each candidate has."""
        if not self.total:
            return []
        top = max(self.total)
        powers = [math.exp(SHARPNESS * (score - top)) for score in self.total]
        whole = sum(powers)
        return [power / whole for power in powers]

    @property
    def choice(self) -> Candidate | None:
        """The likeliest candidate so far."""
        if not self.total:
            return None
        return self.candidates[max(range(len(self.total)), key=self.total.__getitem__)]


def prior(candidate: Candidate, *, feature: str = "") -> float:
    """Weigh a candidate by itself: how well known it is and whether the text calls it so."""
    kind = candidate.kind
    if kind == "country":
        score = W["a country"]
    elif kind in {"sea", "region"}:
        wide = math.log10(max(1.0, candidate.uncertainty_km / _WIDE_KM))
        score = W["an area"] + W["wide"] * wide
    elif kind == "admin1":
        score = W["a division"] + 0.25 * math.log10(candidate.population + 10)
    elif kind in _SPOTS:
        score = W["a spot"]
    else:
        score = W["population"] * math.log10(candidate.population + 100)
        if candidate.feature == "capital":
            score += 0.3 + 0.7 * (candidate.population > 100_000)
    score -= W["misleading"] * (1.0 - candidate.name_weight)
    if feature and kind in {"port", "station", "site", "sea"}:
        score += 1.5 if feature in {kind, candidate.feature} else 0.0
        # What the text calls a site is no port, and the other way round.
        score -= 1.0 if {feature, kind} in _APART else 0.0
    if feature == "county" and kind == "city":
        score -= 0.5
    return score


def gather(
    sense: Sense,
    gazetteer: Gazetteer,
    own: Mapping[str, Sequence[Candidate]],
    *,
    country: str | None = None,
    near: Point | None = None,
) -> None:
    """Fill in the candidates of a sense and their priors."""
    if own or country is not None:
        sense.candidates = _readings_of(sense.names, gazetteer, own, country=country)
        sense.prior = [prior(candidate, feature=sense.feature) for candidate in sense.candidates]
    else:
        known, weights = _weighed(sense.names, sense.feature)
        sense.candidates, sense.prior = [*known], [*weights]
    for number, candidate in enumerate(sense.candidates):
        if own and candidate.id.startswith("own:"):
            sense.prior[number] += 8.0
        if near is not None:
            far = distance_km(near, (candidate.lon, candidate.lat))
            sense.prior[number] -= 1.6 * math.log10(1 + far / 30)
    _start(sense)


def _start(sense: Sense) -> None:
    """Begin with what is known of each candidate by itself."""
    sense.total = [*sense.prior]
    sense.why = ["best known place of that name"] * len(sense.candidates)


@functools.lru_cache(maxsize=1 << 11)
def _weighed(
    names: tuple[str, ...], feature: str
) -> tuple[tuple[Candidate, ...], tuple[float, ...]]:
    """List the candidates of some names and their priors: many texts name the same places."""
    found = tuple(_readings_of(names, shipped(), {}))
    return found, tuple(prior(candidate, feature=feature) for candidate in found)


def _readings_of(
    names: Sequence[str],
    gazetteer: Gazetteer,
    own: Mapping[str, Sequence[Candidate]],
    *,
    country: str | None = None,
) -> list[Candidate]:
    """List the places that some names may mean, best name first."""
    seen: dict[str, Candidate] = {}
    for place, name in enumerate(names):
        known = (
            places_called(name)
            if country is None
            else gazetteer.candidates(name, country=country, limit=LIMIT)
        )
        found = [*own.get(name, ()), *known]
        for candidate in found:
            # A form that only declension explains is a little less sure.
            weight = candidate.name_weight * (0.97 if place else 1.0)
            if candidate.id not in seen:
                seen[candidate.id] = replace(candidate, name_weight=weight) if place else candidate
    for candidate in [] if own and seen else _otherwise(names, gazetteer, bare=not seen):
        seen.setdefault(candidate.id, candidate)
    for division, seat in _divisions_and_seats(names, list(seen.values())):
        if seat.id not in seen or seat.name_weight < division.name_weight:
            # Of towns other languages' names are less sure than of divisions: "Bourgas", "Russe".
            seen[seat.id] = replace(seat, name_weight=division.name_weight)
    return [candidate for candidate in seen.values() if country in {None, candidate.country}]


def _divisions_and_seats(
    names: Sequence[str], known: Sequence[Candidate]
) -> Iterator[tuple[Candidate, Candidate]]:
    """Go through the divisions that a name may mean, each with the town that it is named after."""
    areas = place_words("en").areas
    divisions = [place for place in known if place.kind == "admin1"]
    if any(place.kind == "country" for place in known):
        return  # "Algeria" is no Algiers
    if divisions and not areas.isdisjoint(names[0].split()):
        return  # "Enugu State"
    for division in divisions:
        whole = fold(division.name)
        name = " ".join(word for word in whole.split() if word not in areas) or whole
        towns = [
            place
            for place in (*known, *places_called(name))
            if place.kind == "city" and place.country == division.country
            if place.admin1 == division.admin1 and place.name_weight >= _ALIKE
            if not fold(place.name).startswith(f"{name} ")  # "Oklahoma City"
        ]
        if towns:
            yield division, max(towns, key=lambda town: town.population)


def _otherwise(names: Sequence[str], gazetteer: Gazetteer, *, bare: bool) -> list[Candidate]:
    """Look a name up as an adjective, as a short form, and without the kind of area in it."""
    short = place_words("en").abbreviations
    for name in names:
        if name in short and len(name) > 1:
            return gazetteer.candidates(short[name], limit=2)
        for code in dict.fromkeys(gazetteer.demonym(name, regions=True)):
            return gazetteer.candidates(fold(gazetteer.demonym_name(code)), limit=1)
        found = _without_area_words(name) if bare else []
        if found:
            return found
    return []


def _without_area_words(name: str) -> list[Candidate]:
    """Look up what is left of a name without what divisions are called: "Leningrader Gebiet"."""
    words = name.split()
    kept = [word for word in words if word not in place_words("en").areas]
    if not kept or len(kept) == len(words):
        return []
    plain = " ".join(kept)
    found: list[Candidate] = []
    for form in dict.fromkeys((plain, plain.removesuffix("er"))):  # "Leningrader"
        for key in (form, f"{form} oblast"):
            found += places_called(key)
    divisions = [candidate for candidate in found if candidate.kind in {"admin1", "region"}]
    return [replace(candidate, name_weight=0.6) for candidate in divisions or found]


def lengthen(senses: Sequence[Sense]) -> None:
    """Let a short name mean what a longer one of the document means: Boulogne, Boulogne-sur-Mer."""
    longer = [sense for sense in senses if sense.names and " " in sense.names[0]]
    for sense in senses:
        opening = f"{sense.names[0]} " if sense.names else ""
        for other in longer if opening else ():
            if other is sense or not other.names[0].startswith(opening):
                continue
            known = {candidate.id: n for n, candidate in enumerate(sense.candidates)}
            for candidate, weight in zip(other.candidates[:3], other.prior[:3], strict=True):
                if candidate.kind not in {"city", "port", "site", "station"}:
                    continue
                if candidate.id in known:
                    sense.prior[known[candidate.id]] = max(
                        weight + 2.0, sense.prior[known[candidate.id]]
                    )
                    continue
                sense.candidates.append(candidate)
                sense.prior.append(weight + 2.0)
        _start(sense)


def favour_towns(senses: Sequence[Sense]) -> None:
    """Read a name as a town's rather than its division's: shipments go from "Lublin" to "Idlib"."""
    for sense in senses:
        if sense.feature not in {"", "city", "port"} or not sense.names:
            continue
        at = {place.id: number for number, place in enumerate(sense.candidates)}
        for division, seat in _divisions_and_seats(sense.names, sense.candidates):
            if seat.id in at:
                own, its = at[seat.id], at[division.id]
                sense.prior[own] = max(sense.prior[own], sense.prior[its] + W["the town"])
        sense.total = list(sense.prior)


def favour_waters(senses: Sequence[Sense]) -> None:
    """Read a name as a sea's, not as that of a division or village on its shore: "the Red Sea"."""
    for sense in senses:
        for number, place in enumerate(sense.candidates):
            if place.kind != "sea":
                continue
            others = {"admin1", "city"} if place.feature in _WATERS else {"admin1"}
            rivals = [
                score
                for other, score in zip(sense.candidates, sense.prior, strict=True)
                if other.kind in others
            ]
            if rivals:
                least = max(rivals) + W["the water"]
                sense.prior[number] = max(sense.prior[number], least)
        sense.total = list(sense.prior)


def favour_ports(senses: Sequence[Sense], gazetteer: Gazetteer) -> None:
    """Raise the ports of a document that tells of ships, and the towns that have one."""
    for sense in senses:
        if sense.feature in {"", "city", "port"} and len(sense.candidates) > 1:
            for number, candidate in enumerate(sense.candidates):
                if candidate.kind == "city" and has_port(gazetteer, candidate.lon, candidate.lat):
                    sense.prior[number] += W["port"]
            sense.total = list(sense.prior)
        if sense.feature not in {"", "port", "terminal", "city"}:
            continue
        for number, candidate in enumerate(sense.candidates):
            if candidate.kind == "port":
                sense.prior[number] += W["a port"]
                if _outshone(candidate, sense.candidates):
                    sense.prior[number] += W["the port"]
        sense.total = list(sense.prior)


def _outshone(port: Candidate, others: Sequence[Candidate]) -> bool:
    """Tell whether a town far from any water has the very name of a port of its country."""
    return port.name_weight >= _SURE_NAME and any(
        town.kind == "city"
        and town.country == port.country
        and town.population > _LARGE
        and distance_km((town.lon, town.lat), (port.lon, port.lat)) > NEARBY_KM
        and not has_port(shipped(), town.lon, town.lat)
        for town in others
    )


@functools.lru_cache(maxsize=1 << 12)
def has_port(gazetteer: Gazetteer, lon: float, lat: float) -> bool:
    """Tell whether a port lies beside a town."""
    return bool(gazetteer.nearest(lon, lat, kinds=("port",), limit=1, within_km=_BESIDE_KM))


def resolve(senses: Sequence[Sense], *, shipments: bool = False) -> None:
    """
    Weigh the candidates of all senses together.

    Parameters
    ----------
    senses
        The names of a document; their totals and reasons are set.
    shipments
        Whether the document tells of shipments: its places lie further apart than those of news.
    """
    by_names = {sense.names: sense for sense in senses}
    near = W["far apart"] if shipments else 1.0
    for _ in range(ROUNDS):
        context = _Context(senses, near=near)
        weighed = [_weigh(sense, context, by_names) for sense in senses]
        for sense, (total, why) in zip(senses, weighed, strict=True):
            sense.total, sense.why = total, why


class _Context:
    """What the places chosen so far say of those still in doubt."""

    def __init__(self, senses: Sequence[Sense], *, near: float = 1.0) -> None:
        self.near = near
        self.countries: dict[str, float] = defaultdict(float)
        self.divisions: dict[str, float] = defaultdict(float)
        self.named: Counter[str] = Counter()
        self.anchors: dict[str, list[_Anchor]] = defaultdict(list)
        self.own: dict[tuple[str, ...], tuple[dict[str, float], dict[str, float]]] = {}
        self.inner: dict[tuple[str, ...], list[Candidate]] = defaultdict(list)
        self.choices = {sense.names: sense.choice for sense in senses}
        for sense in senses:
            choice = self.choices[sense.names]
            if choice is not None:
                self._hear(sense, choice)
                for names in sense.within:
                    self.inner[names].append(choice)
        self.votes = sum(self.countries.values()) or 1.0

    def named_beside(self, choice: Candidate | None) -> tuple[Collection[str], bool]:
        """List the countries named beside a choice, and tell whether they are few."""
        named: Collection[str] = self.named
        if choice is not None and choice.kind == "country" and self.named[choice.country] == 1:
            named = self.named.keys() - {choice.country}
        return named, len(named) < _FEW

    def _hear(self, sense: Sense, choice: Candidate) -> None:
        """Count how much one sense speaks for each country and division, and where it lies."""
        shares = sense.shares
        weight = 1 + math.log2(max(1, len(sense.positions)))
        countries: dict[str, float] = {}
        divisions: dict[str, float] = {}
        for candidate, share in zip(sense.candidates, shares, strict=True):
            vote, country, division = weight * share, candidate.country, candidate.admin1
            countries[country] = countries.get(country, 0.0) + vote
            if division:
                divisions[division] = divisions.get(division, 0.0) + vote
        for total, part in ((self.countries, countries), (self.divisions, divisions)):
            for code, vote in part.items():
                total[code] += vote
        self.own[sense.names] = countries, divisions
        if choice.kind == "country":
            self.named[choice.country] += 1
        elif choice.kind != "sea":
            anchor = _Anchor(sense.names, choice.lon, choice.lat, max(shares))
            self.anchors[choice.country].append(anchor)


class _Company:
    """What the other senses of a document say of one, by country and by division, as asked for."""

    def __init__(self, sense: Sense, context: _Context) -> None:
        self.names = sense.names
        self.context = context
        self.own = context.own.get(sense.names, _NO_VOTES)
        self.named, self.few = context.named_beside(context.choices[sense.names])
        self.countries: dict[str, tuple[float, float, float, list[_Anchor]]] = {}
        self.divisions: dict[str, float] = {"": 0.0}

    def of_country(self, country: str) -> tuple[float, float, float, list[_Anchor]]:
        """Tell the votes for a country, what they and its naming add, and what lies there."""
        context, votes_add = self.context, 0.0
        others = context.countries.get(country, 0.0) - self.own[0].get(country, 0.0)
        if others > 1e-9:
            share = W["share"] * others / context.votes
            votes_add = share + W["country"] * math.log2(1 + others)
        named_add = W["named"] if self.few and country in self.named else 0.0
        anchors = [a for a in context.anchors.get(country, ()) if a.names != self.names]
        told = self.countries[country] = others, votes_add, named_add, anchors
        return told

    def of_division(self, division: str) -> float:
        """Tell what the votes for a division add; nothing where none is known."""
        near_by = self.context.divisions.get(division, 0.0) - self.own[1].get(division, 0.0)
        told = self.context.near * W["division"] * math.log2(1 + max(0.0, near_by))
        self.divisions[division] = told
        return told


def _weigh(
    sense: Sense, context: _Context, by_names: Mapping[tuple[str, ...], Sense]
) -> tuple[list[float], list[str]]:
    """Weigh the candidates of one sense by what the others are."""
    company = _Company(sense, context)
    countries, divisions, of_country = company.countries, company.divisions, company.of_country
    areas = [by_names[names] for names in sense.within if names in by_names]
    inner = context.inner.get(sense.names, ())
    totals, reasons, most = [], [], 0.0
    for candidate, prior_score in zip(sense.candidates, sense.prior, strict=True):
        country, division = candidate.country, candidate.admin1
        others, votes_add, named_add, anchors = countries.get(country) or of_country(country)
        division_add = divisions.get(division)
        if division_add is None:
            division_add = company.of_division(division)
        score = prior_score + votes_add + named_add + division_add
        most = max(most, votes_add + named_add + division_add)
        close = _closeness(candidate, anchors) if anchors else 0.0
        why = "best known place of that name"
        if close:
            score += context.near * W["close"] * math.log2(1 + close)
        if close > 0.5:
            why = "near other places of the document"
        elif others > 1:
            why = "in a country that the document speaks of"
        if areas and any(_holds(area, candidate) for area in areas):
            score, why = score + W["inside"], "named with the area that holds it"
        if inner and candidate.kind in _HOLDING and any(_contains(candidate, p) for p in inner):
            score, why = score + W["holds"], "named as what holds another place"
        if sense.beside and lies_beside(candidate, sense, by_names):
            score, why = score + W["beside"], "where the text says that it lies"
        totals.append(score)
        reasons.append(why)
    for number, candidate in enumerate(sense.candidates):
        # A sea lies in no country: it is as much at home as what shares its name.
        totals[number] += most if candidate.feature in _WATERS else 0.0
    return totals, reasons


def _closeness(candidate: Candidate, anchors: Sequence[_Anchor]) -> float:
    """Add up the chosen places near a candidate, each by how sure it is."""
    close = 0.0
    lon, lat = candidate.lon, candidate.lat
    for _, east, north, share in anchors:
        if abs(north - lat) > 1.4:
            continue
        # On a plane: exact enough within the few kilometres that count.
        narrow = math.cos(math.radians(lat))
        far = _DEGREE_KM * math.hypot((east - lon) * narrow, north - lat)
        if far < NEARBY_KM:
            close += share * (1 - far / NEARBY_KM)
    return close


def _contains(area: Candidate, place: Candidate) -> bool:
    """Tell whether a country or division holds a place."""
    if area.kind == "country":
        return place.country == area.country and place.kind != "country"
    if place.kind in _SPOTS and not place.admin1 and place.country == area.country:
        # Of ports and sites no division is known: they lie within its reach.
        far = distance_km((area.lon, area.lat), (place.lon, place.lat))
        return far < area.uncertainty_km
    return bool(area.admin1) and place.admin1 == area.admin1 and place.kind != "admin1"


def _holds(area: Sense, candidate: Candidate) -> bool:
    """Tell whether a sense may be a country or division that holds the candidate."""
    return any(
        _contains(place, candidate)
        for place in area.candidates
        if place.kind in {"admin1", "country"}
    )


def lies_beside(
    candidate: Candidate,
    sense: Sense,
    by_names: Mapping[tuple[str, ...], Sense],
    *,
    spare_km: float = 0.0,
) -> bool:
    """Tell whether a candidate lies near what the text says that it is near to."""
    for names, within_km in sense.beside:
        anchor = by_names[names].choice if names in by_names else None
        if anchor is None:
            continue
        reach = within_km + anchor.uncertainty_km + spare_km
        if distance_km((candidate.lon, candidate.lat), (anchor.lon, anchor.lat)) <= reach:
            return True
    return False


def readings(sense: Sense, *, limit: int) -> list[Reading]:
    """List the readings of a resolved sense, best first."""
    ranked = sorted(
        (-round(share, 3), candidate.id, number)
        for number, (candidate, share) in enumerate(
            zip(sense.candidates, sense.shares, strict=True)
        )
    )
    kept: list[Reading] = []
    for score, _, number in ranked:
        if len(kept) == limit:
            break
        candidate = sense.candidates[number]
        # A port in its town is no reading of its own.
        if not any(_is_within(candidate, better.candidate) for better in kept):
            kept.append(Reading(candidate, abs(score), sense.why[number]))
    return kept


def _is_within(place: Candidate, other: Candidate) -> bool:
    """Tell whether two places are as good as one."""
    return (
        abs(place.lat - other.lat) < 0.1
        and distance_km((place.lon, place.lat), (other.lon, other.lat)) < 5
    )


def ask(
    name: str,
    *,
    near: Point | None = None,
    country: str | None = None,
    candidates: int = 5,
) -> list[Reading]:
    """Weigh the readings of a single name."""
    sense = Sense((fold(name),), positions=[0])
    gather(sense, shipped(), {}, country=country, near=near)
    return readings(sense, limit=candidates)
