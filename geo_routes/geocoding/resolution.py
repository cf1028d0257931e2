"""Joint choice of a place for every toponym of a document."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from geo_routes.gazetteer import Candidate, Gazetteer, Point, distance_km, fold, shipped
from geo_routes.toponyms.words import place_words

ROUNDS = 3
LIMIT = 30
NEARBY_KM = 150.0
_AREA_WORDS = frozenset(
    [
        "county",
        "township",
        "twp",
        "borough",
        "city",
        "town",
        "region",
        "province",
        "district",
        "municipality",
        "parish",
        "state",
        "of",
        "the",
        "oblast",
        "область",
        "области",
        "района",
        "район",
    ]
)


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
        powers = [math.exp(1.6 * (score - top)) for score in self.total]
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
        score = 7.0
    elif kind in {"sea", "region"}:
        score = 4.2
    elif kind == "admin1":
        score = 3.4 + 0.25 * math.log10(candidate.population + 10)
    elif kind in {"port", "station", "site"}:
        score = 3.0
    else:
        score = math.log10(candidate.population + 100)
        if candidate.feature == "capital":
            score += 0.3 + 0.7 * (candidate.population > 100_000)
    score -= 3.0 * (1.0 - candidate.name_weight)
    if feature and kind in {"port", "station", "site", "sea"}:
        score += 1.5 if feature in {kind, candidate.feature} else 0.0
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
    seen: dict[str, Candidate] = {}
    for place, name in enumerate(sense.names):
        found = [*own.get(name, ()), *gazetteer.candidates(name, country=country, limit=LIMIT)]
        for candidate in found:
            # A form that only declension explains is a little less sure.
            weight = candidate.name_weight * (0.97 if place else 1.0)
            seen.setdefault(candidate.id, replace(candidate, name_weight=weight))
    for candidate in [] if own and seen else _otherwise(sense, gazetteer, bare=not seen):
        seen.setdefault(candidate.id, candidate)
    sense.candidates = [
        candidate for candidate in seen.values() if country in {None, candidate.country}
    ]
    sense.prior = [prior(candidate, feature=sense.feature) for candidate in sense.candidates]
    for number, candidate in enumerate(sense.candidates):
        if candidate.id.startswith("own:"):
            sense.prior[number] += 8.0
        if near is not None:
            far = distance_km(near, (candidate.lon, candidate.lat))
            sense.prior[number] -= 1.6 * math.log10(1 + far / 30)
    sense.total = list(sense.prior)
    sense.why = ["best known place of that name"] * len(sense.candidates)


def _otherwise(sense: Sense, gazetteer: Gazetteer, *, bare: bool) -> list[Candidate]:
    """Look a name up as an adjective, as a short form, and without the kind of area in it."""
    short = place_words("en").abbreviations
    for name in sense.names:
        if name in short and len(name) > 1:
            return gazetteer.candidates(short[name], limit=2)
        for code in dict.fromkeys(gazetteer.demonym(name, regions=True)):
            return gazetteer.candidates(fold(gazetteer.demonym_name(code)), limit=1)
        words = name.split()
        kept = [word for word in words if word not in _AREA_WORDS]
        if bare and kept and len(kept) < len(words):
            found = gazetteer.candidates(" ".join(kept), limit=LIMIT)
            return [replace(candidate, name_weight=0.6) for candidate in found]
    return []


def lengthen(senses: Sequence[Sense]) -> None:
    """Let a short name mean what a longer one of the document means: Boulogne, Boulogne-sur-Mer."""
    for sense in senses:
        for other in senses:
            if other is sense or not sense.names or not other.names:
                continue
            if not other.names[0].startswith(f"{sense.names[0]} "):
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
        sense.total = list(sense.prior)
        sense.why = ["best known place of that name"] * len(sense.candidates)


def favour_ports(senses: Sequence[Sense]) -> None:
    """Raise the ports of a document that tells of ships."""
    for sense in senses:
        if sense.feature not in {"", "port", "terminal", "city"}:
            continue
        for number, candidate in enumerate(sense.candidates):
            if candidate.kind == "port":
                sense.prior[number] += 1.3
        sense.total = list(sense.prior)


def resolve(senses: Sequence[Sense]) -> None:
    """Weigh the candidates of all senses together."""
    for _ in range(ROUNDS):
        countries, divisions = _votes(senses)
        anchors = _anchors(senses)
        for sense in senses:
            _weigh(sense, countries, divisions, anchors, {s.names: s for s in senses})


def _votes(senses: Sequence[Sense]) -> tuple[dict[str, float], dict[str, float]]:
    """Count how much of the document speaks of each country and each division."""
    countries: dict[str, float] = defaultdict(float)
    divisions: dict[str, float] = defaultdict(float)
    for sense in senses:
        weight = 1 + math.log2(max(1, len(sense.positions)))
        for candidate, share in zip(sense.candidates, sense.shares, strict=True):
            countries[candidate.country] += weight * share
            if candidate.admin1:
                divisions[candidate.admin1] += weight * share
    return countries, divisions


def _anchors(senses: Sequence[Sense]) -> list[tuple[Sense, Candidate, float]]:
    """List the chosen places that others may lie near to."""
    found = []
    for sense in senses:
        choice = sense.choice
        if choice is not None and choice.kind not in {"country", "sea"}:
            found.append((sense, choice, max(sense.shares)))
    return found


def _weigh(
    sense: Sense,
    countries: Mapping[str, float],
    divisions: Mapping[str, float],
    anchors: Sequence[tuple[Sense, Candidate, float]],
    by_names: Mapping[tuple[str, ...], Sense],
) -> None:
    shares = sense.shares
    weight = 1 + math.log2(max(1, len(sense.positions)))
    named = {
        place.country
        for other in by_names.values()
        if other is not sense and (place := other.choice) is not None and place.kind == "country"
    }
    all_votes = sum(countries.values()) or 1.0
    totals, reasons = [], []
    own_countries: dict[str, float] = defaultdict(float)
    own_divisions: dict[str, float] = defaultdict(float)
    for candidate, share in zip(sense.candidates, shares, strict=True):
        own_countries[candidate.country] += weight * share
        own_divisions[candidate.admin1] += weight * share
    for number, candidate in enumerate(sense.candidates):
        score, why = sense.prior[number], "best known place of that name"
        others = countries.get(candidate.country, 0.0) - own_countries[candidate.country]
        if others > 1e-9:
            score += 2.4 * others / all_votes + 0.35 * math.log2(1 + others)
        if candidate.country in named and len(named) < 5:
            score += 1.2
        if candidate.admin1:
            near_by = divisions.get(candidate.admin1, 0.0) - own_divisions[candidate.admin1]
            near_by = max(0.0, near_by)
            score += 0.9 * math.log2(1 + near_by)
        close = _closeness(sense, candidate, anchors)
        score += 0.8 * math.log2(1 + close)
        if close > 0.5:
            why = "near other places of the document"
        elif others > 1:
            why = "in a country that the document speaks of"
        if _inside(candidate, sense, by_names):
            score, why = score + 3.0, "named with the area that holds it"
        totals.append(score)
        reasons.append(why)
    sense.total, sense.why = totals, reasons


def _closeness(
    sense: Sense, candidate: Candidate, anchors: Sequence[tuple[Sense, Candidate, float]]
) -> float:
    """Add up the chosen places near a candidate, each by how sure it is."""
    close = 0.0
    for other, place, share in anchors:
        if other is sense:
            continue
        if abs(place.lat - candidate.lat) > 3 or place.country != candidate.country:
            continue
        far = distance_km((candidate.lon, candidate.lat), (place.lon, place.lat))
        if far < NEARBY_KM:
            close += share * (1 - far / NEARBY_KM)
    return close


def _inside(candidate: Candidate, sense: Sense, by_names: Mapping[tuple[str, ...], Sense]) -> bool:
    """Tell whether the text names the candidate with a country or division that holds it."""
    for names in sense.within:
        area = by_names.get(names)
        for place in area.candidates if area is not None else ():
            if place.kind == "country" and place.country == candidate.country:
                return candidate.kind != "country"
            if (
                place.kind == "admin1"
                and place.admin1 == candidate.admin1
                and candidate.kind != "admin1"
            ):
                return True
    return False


def readings(sense: Sense, *, limit: int) -> list[Reading]:
    """List the readings of a resolved sense, best first."""
    found = [
        Reading(candidate, round(share, 3), why)
        for candidate, share, why in zip(sense.candidates, sense.shares, sense.why, strict=True)
    ]
    found.sort(key=lambda reading: (-reading.score, reading.candidate.id))
    return _distinct(found)[:limit]


def _distinct(found: Sequence[Reading]) -> list[Reading]:
    """Leave out a reading that lies within a better one of the same name: a port in its town."""
    kept: list[Reading] = []
    for reading in found:
        here = reading.candidate
        twin = any(
            distance_km((here.lon, here.lat), (other.candidate.lon, other.candidate.lat)) < 5
            for other in kept
        )
        if not twin:
            kept.append(reading)
    return kept


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
