"""
A ranking of candidates that was learnt: which place a report of shipments means by a name.

`resolution` adds up what speaks for a candidate with weights set by hand. Here four small networks
look at that sum, at its parts and at how far the places of the report lie from each other, and give
the towns, ports and sites of a name new scores: shares of belief as often right as they say.
Learnt by benchmarks/fit_places.py from training reports, with their gold places.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_routes import lexicons
from geo_routes.activations import gelu
from geo_routes.gazetteer import Candidate, shipped
from geo_routes.geocoding.resolution import SHARPNESS, Sense, has_port
from geo_routes.geodesy import great_circles_km

Array = NDArray[np.floating[Any]]

TRAITS = (
    *("sum behind", "prior behind", "company", "size behind", "size", "name"),
    *("city", "port", "station", "site"),
    *("beside a port", "beside a port, ships told", "a port, ships told"),
    *("votes of its country", "votes, logarithm", "country named", "alone named", "others"),
    *("nearest", "next nearest", "around 60 km", "around 300 km", "around 1200 km"),
    *("country of neighbours", "nearest neighbour"),
    *("as called", "area told", "beside told", "reach", "twin", "division known"),
)
"""What the networks see of a candidate."""
_KINDS = TRAITS[6:10]
_AREAS = frozenset({"country", "sea", "region"})
_WHOLE_AREAS = _AREAS | {"admin1"}
_SCALES_KM = (60.0, 300.0, 1200.0)
_FAR_KM = 20_000.0
_TWIN_KM = 40.0
_LEAST_PEOPLE = 100
LEAST_NAMES = 2  # a name alone has no company to weigh it by
_MOST_DEVIATION = 6.0
_OWN = "own:"
_FILE = Path(lexicons.__file__).resolve().parent / "place_weights.npz"


def rank(senses: Sequence[Sense], *, ships: bool) -> None:
    """
    Set the totals of resolved senses anew.

    Parameters
    ----------
    senses
        The names of a document, as `resolution.resolve` leaves them.
    ships
        Whether the document tells of ships.
    """
    known = [sense for sense in senses if sense.candidates]
    if len(known) < LEAST_NAMES:
        return
    scores = score(describe(known, ships=ships), _weights())
    at = 0
    for sense in known:
        count = len(sense.candidates)
        found = scores[at : at + count]
        at += count
        spots = [n for n, place in enumerate(sense.candidates) if is_spot(place)]
        # A place that the user knows is not weighed against the gazetteer's.
        if len(spots) > 1 and not any(place.id.startswith(_OWN) for place in sense.candidates):
            anew = _shared_anew(sense, spots, found[spots])
            for number, total in zip(spots, anew.tolist(), strict=True):
                sense.total[number] = total


def is_spot(place: Candidate) -> bool:
    """Tell whether a candidate is one that the ranking weighs: no country, division or sea."""
    return place.kind not in _WHOLE_AREAS


def _shared_anew(sense: Sense, spots: Sequence[int], scores: Array) -> Array:
    """
    Give spots new sums by their scores; the best has that of the best before.

    Which of several spots near each other is meant, a port or its town, is left to the sums.
    """
    places = [sense.candidates[number] for number in spots]
    sums = SHARPNESS * np.array([sense.total[number] for number in spots])
    far = _far_km(places, places)
    first: list[int] = []
    group = np.zeros(len(sums), np.int64)
    for number in np.argsort(-sums, kind="stable"):
        near = [head for head in first if far[head, number] < _TWIN_KM]
        if not near:
            first.append(int(number))
        group[number] = near[0] if near else number
    kept = np.empty(len(sums))
    for head in first:
        mine = group == head
        kept[mine] = _logarithm(scores[mine]) + sums[mine] - _logarithm(sums[mine])
    # The best spot stays as far from countries and seas as it was: of these nothing was learnt.
    anew: Array = (kept - kept.max() + sums.max()) / SHARPNESS
    return anew


def _logarithm(scores: Array) -> float:
    """Add up what scores are the logarithms of."""
    most = scores.max()
    return float(most + np.log(np.exp(scores - most).sum()))


def score(traits: Array, weights: Mapping[str, Array]) -> Array:
    """
    Give each candidate a score, shape (candidates,): shares are by its exponential.

    Several networks, learnt from other beginnings, lie along the first axis of the weights; their
    scores are averaged.
    """
    x: Array = (traits - weights["mean"]) / weights["deviation"]
    x = np.clip(x, -_MOST_DEVIATION, _MOST_DEVIATION)
    for layer in ("first", "second"):
        x = gelu(x @ weights[layer] + weights[f"{layer}_bias"][:, None])
    scores = (x @ weights["last"][..., None])[..., 0] + weights["gain"][:, None] * traits[:, 0]
    averaged: Array = scores.mean(0)
    return averaged


@cache
def _weights() -> Mapping[str, Array]:
    with np.load(_FILE) as stored:
        return {name: stored[name] for name in stored.files}


def describe(senses: Sequence[Sense], *, ships: bool) -> Array:
    """
    Describe all candidates of a document.

    Parameters
    ----------
    senses
        Each with candidates.
    ships
        Whether the document tells of ships.

    Returns
    -------
    traits
        Shape (candidates, `TRAITS`), the candidates of one sense after those of the other.
    """
    places = [place for sense in senses for place in sense.candidates]
    owner = [number for number, sense in enumerate(senses) for _ in sense.candidates]
    chosen = [_choice(sense) for sense in senses]
    columns: list[Any] = [
        *_sums(senses),
        *_kinds(places, ships=ships),
        *_votes(senses, chosen),
        *_distances(senses, places, owner, chosen),
        *_neighbours(senses, places, owner, chosen),
        [_is_as_called(place, sense) for sense in senses for place in sense.candidates],
        [bool(senses[number].within) for number in owner],
        [bool(senses[number].beside) for number in owner],
        [place.uncertainty_km for place in places],
        _twins(senses),
        [bool(place.admin1) for place in places],
    ]
    return np.array(columns, np.float32).T


def _is_as_called(place: Candidate, sense: Sense) -> bool:
    """Tell whether a candidate is what the text calls it: a port, a mine."""
    return bool(sense.feature) and sense.feature in {place.kind, place.feature}


def _choice(sense: Sense) -> Candidate:
    place = sense.choice
    if place is None:
        raise ValueError(f"{sense.names}: no candidates")
    return place


def _sums(senses: Sequence[Sense]) -> list[list[float]]:
    """Tell how far each candidate is behind the best by the sums of `resolution`, and by size."""
    behind, prior, company, size_behind, size, name = [], [], [], [], [], []
    for sense in senses:
        people = [math.log10(place.population + _LEAST_PEOPLE) for place in sense.candidates]
        best, first, largest = max(sense.total), max(sense.prior), max(people)
        behind += [total - best for total in sense.total]
        prior += [own - first for own in sense.prior]
        company += [total - own for total, own in zip(sense.total, sense.prior, strict=True)]
        size_behind += [own - largest for own in people]
        size += people
        name += [place.name_weight for place in sense.candidates]
    return [behind, prior, company, size_behind, size, name]


def _kinds(places: Sequence[Candidate], *, ships: bool) -> list[list[bool]]:
    beside = [
        place.kind == "city" and has_port(shipped(), place.lon, place.lat) for place in places
    ]
    return [
        *([place.kind == kind for place in places] for kind in _KINDS),
        beside,
        [ships and is_beside for is_beside in beside],
        [ships and place.kind == "port" for place in places],
    ]


def _votes(senses: Sequence[Sense], chosen: Sequence[Candidate]) -> list[list[float]]:
    """Count how much the other names speak for the country of each candidate."""
    own: list[dict[str, float]] = []
    every: dict[str, float] = defaultdict(float)
    for sense in senses:
        votes: dict[str, float] = defaultdict(float)
        for place, belief in zip(sense.candidates, sense.shares, strict=True):
            votes[place.country] += belief
            every[place.country] += belief
        own.append(votes)
    named = Counter(place.country for place in chosen if place.kind == "country")
    share: list[float] = []
    logarithm: list[float] = []
    times: list[float] = []
    alone: list[float] = []
    for sense, votes, choice in zip(senses, own, chosen, strict=True):
        whole = sum(every.values()) - sum(votes.values()) or 1.0
        for place in sense.candidates:
            others = max(0.0, every[place.country] - votes[place.country])
            share.append(others / whole)
            logarithm.append(math.log1p(others))
            is_own = choice.kind == "country" and choice.country == place.country
            times.append(float(named[place.country] - is_own))
            alone.append(times[-1] / max(1, len(named) - is_own))
    others_named = [math.log1p(len(senses))] * len(share)
    return [share, logarithm, times, alone, others_named]


def _distances(
    senses: Sequence[Sense],
    places: Sequence[Candidate],
    owner: Sequence[int],
    chosen: Sequence[Candidate],
) -> list[Array]:
    """Tell how far the other chosen places lie, and how many lie around."""
    points = [number for number, place in enumerate(chosen) if place.kind not in _AREAS]
    nearest = np.full((2, len(places)), _FAR_KM)
    around = np.zeros((len(_SCALES_KM), len(places)))
    if points:
        far = _far_km(places, [chosen[number] for number in points])
        is_other = np.array(owner)[:, None] != np.array(points)[None]
        apart = np.sort(np.where(is_other, far, _FAR_KM), axis=1)
        for rank_of in range(min(2, len(points))):
            nearest[rank_of] = apart[:, rank_of]
        sure = np.array([max(senses[number].shares) for number in points]) * is_other
        for row, scale_km in enumerate(_SCALES_KM):
            around[row] = (sure * np.exp(-far / scale_km)).sum(1)
    return [*np.log10(1 + nearest), *around]


def _far_km(places: Sequence[Candidate], others: Sequence[Candidate]) -> Array:
    """Measure all distances between candidates, shape (places, others)."""
    points = [(place.lon, place.lat) for place in places]
    return great_circles_km(points, [(place.lon, place.lat) for place in others])


def _neighbours(
    senses: Sequence[Sense],
    places: Sequence[Candidate],
    owner: Sequence[int],
    chosen: Sequence[Candidate],
) -> list[Array]:
    """Compare each candidate with the places named right before and after its name."""
    told = sorted((start, number) for number, s in enumerate(senses) for start in s.positions)
    beside: list[list[int]] = [[] for _ in senses]
    for numbers in (told, told[::-1]):
        last, before = -1, -1  # the last name that is no sea's, and the other one before it
        for _, number in numbers:
            other = last if last != number else before
            if other >= 0:
                beside[number].append(other)
            if chosen[number].kind != "sea" and number != last:
                last, before = number, last
    alike, near = np.zeros(len(places)), np.full(len(places), _FAR_KM)
    far = _far_km(places, chosen)
    is_point = np.array([place.kind != "country" for place in chosen])
    for row, (place, number) in enumerate(zip(places, owner, strict=True)):
        others = beside[number]
        if others:
            alike[row] = sum(chosen[n].country == place.country for n in others) / len(others)
            near[row] = min((far[row, n] for n in others if is_point[n]), default=_FAR_KM)
    return [alike, np.log10(1 + near)]


def _twins(senses: Sequence[Sense]) -> list[bool]:
    """Tell of which candidates another one of the same name lies near by: a port of a town."""
    found: list[bool] = []
    for sense in senses:
        far = _far_km(sense.candidates, sense.candidates)
        np.fill_diagonal(far, _FAR_KM)
        found += (far.min(1) < _TWIN_KM).tolist()
    return found
