"""
What a new draft keeps of a person's review.

A draft marks its places and legs with a fingerprint of what it says of them. So a later draft can
tell what a person has changed, added or deleted since, and what was left as it was drafted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from geo_routes.documents import Quote
from geo_routes.io.routefile import about_leg
from geo_routes.io.structure import itinerary_to_dict
from geo_routes.itinerary import Itinerary, Leg, Place, Source

_UNMARKED = frozenset({"draft", "confidence"})


def mark_drafts(itineraries: Sequence[Itinerary]) -> list[Itinerary]:
    """
    Mark what a draft says, so that a later draft can tell what a person changed.

    Parameters
    ----------
    itineraries
        Fresh drafts of one report.

    Returns
    -------
    itineraries
        With `draft` set on places and legs, and `drafted` listing the legs.

    Examples
    --------
    >>> from geo_routes.itinerary import Mode
    >>> (marked,) = mark_drafts(
    ...     [
    ...         Itinerary(
    ...             places={"hal": Place(name="Halden"), "lag": Place(name="Lagos")},
    ...             legs=(Leg(origin="hal", destination="lag", mode=Mode.SEA),),
    ...         )
    ...     ]
    ... )
    >>> marked.drafted
    ('hal>lag',)
    """
    seen: Counter[str] = Counter()
    marked = []
    for itinerary in itineraries:
        legs = []
        for leg in itinerary.legs:
            name = f"{leg.origin}>{leg.destination}"
            seen[name] += 1
            number = f"/{seen[name]}" if seen[name] > 1 else ""
            legs.append(_mark_leg(leg, name + number))
        places = {
            key: replace(place, draft=_fingerprint_place(place))
            for key, place in itinerary.places.items()
        }
        marked.append(replace(itinerary, legs=tuple(legs), places=places))
    drafted = tuple(_name(leg) for itinerary in marked for leg in itinerary.legs)
    return [replace(itinerary, drafted=drafted) for itinerary in marked]


def keep_drafts(old: Sequence[Itinerary], new: Sequence[Itinerary]) -> list[Itinerary]:
    """
    Carry a person's corrections into new drafts of the same report.

    Parameters
    ----------
    old
        The itineraries of a route file, as a person left them.
    new
        Fresh drafts, marked by `mark_drafts`.

    Returns
    -------
    itineraries
        Each new draft with what was corrected in the old itinerary that shares most with it; old
        itineraries that a person wrote or changed stay, even where the report tells them no more.

    Examples
    --------
    >>> drafts = mark_drafts([Itinerary(places={"hal": Place(name="Halden")})])
    >>> keep_drafts(drafts, drafts) == drafts
    True
    """
    left = list(old)
    known = {_name(leg) for itinerary in old for leg in itinerary.legs}
    deleted = {name for itinerary in old for name in itinerary.drafted} - known
    kept = []
    for draft in new:
        best = max(left, key=lambda before: _shared(before, draft), default=None)
        if best is None or not _shared(best, draft):
            remaining = [leg for leg in draft.legs if _name(leg) not in deleted]
            if remaining or not draft.legs:
                kept.append(_only(draft, remaining))
            continue
        left.remove(best)
        kept.append(keep_corrections(best, draft))
    kept += [
        row
        for row in left
        if any(_is_changed(leg) for leg in row.legs)
        or any(_is_place_changed(place) for place in row.places.values())
    ]
    return kept or list(old)


def keep_corrections(old: Itinerary, new: Itinerary) -> Itinerary:
    """
    Carry a person's corrections into a new draft of the same report.

    Parameters
    ----------
    old
        The route file as a person left it.
    new
        A fresh draft.

    Returns
    -------
    itinerary
        Places and legs that a person changed or added, as they are in `old`; no leg that was
        deleted there; the rest as in `new`. In a file without the marks of a draft everything
        counts as changed. A leg is known again by its mark, its ends or its quotes.

    Examples
    --------
    >>> draft = Itinerary(places={"hal": Place(name="Halden")})
    >>> corrected = Itinerary(places={"hal": Place(name="Halden", lon=11.39, lat=59.12)})
    >>> keep_corrections(corrected, draft).places["hal"].point
    (11.39, 59.12)
    """
    merge = _Merge(old, new)
    merge.keep_places()
    merge.keep_legs()
    used = {key for leg in merge.legs for key in (leg.origin, leg.destination, *leg.via)}
    places = {
        key: place
        for key, place in merge.places.items()
        if key in used or key in new.places or _is_place_changed(place)
    }
    return Itinerary(
        title=old.title or new.title,
        places=places,
        legs=tuple(merge.legs),
        sources={**new.sources, **_sources(old.sources, new.sources)},
        doubts=tuple(dict.fromkeys(merge.doubts())),
        drafted=tuple(dict.fromkeys((*new.drafted, *old.drafted))),
    )


@dataclass(slots=True)
class _Merge:
    """Two itineraries of one report on their way to become one."""

    old: Itinerary
    new: Itinerary
    places: dict[str, Place] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)  # id in the new draft -> id kept
    origins: list[tuple[str, int]] = field(default_factory=list)  # "old" or "new", and which leg

    def keep_places(self) -> None:
        """Keep changed places, under their ids."""
        self.places = dict(self.new.places)
        pinned = {
            key
            for leg in self.old.legs
            if _is_changed(leg)
            for key in (leg.origin, leg.destination, *leg.via)
        }
        for key, place in self.old.places.items():
            twin = self._twin(key, place)
            if not _is_place_changed(place) and key not in pinned:
                if twin is None:
                    self.places.setdefault(key, place)
                elif twin != key:
                    self.renamed[twin] = key
                    self.places[key] = self.places.pop(twin)
                continue
            if twin is not None and twin != key:
                self.renamed[twin] = key
                self.places.pop(twin, None)
            self.places[key] = place

    def _twin(self, key: str, place: Place) -> str | None:
        """Find a place of the old file in the new draft: by id, else by its name in the report."""
        if key in self.new.places:
            return key
        for other, candidate in self.new.places.items():
            if (
                other not in self.old.places
                and candidate.toponym
                and (candidate.toponym == place.toponym)
            ):
                return other
        return None

    def keep_legs(self) -> None:
        """Put the legs together, in the order of the old file."""
        new = [self._with_ids(leg) for leg in self.new.legs]
        twins = self._match(new)
        is_same_text = _digests(self.old) == _digests(self.new)
        starts = {quote.exact: quote for leg in new for quote in leg.evidence}
        placed: list[tuple[Leg, str, int]] = []
        for number, leg in enumerate(self.old.legs):
            twin = twins.get(number)
            if _is_changed(leg) or (twin is None and is_same_text):
                placed.append((_with_starts(leg, starts), "old", number))
            elif twin is not None:
                placed.append((new[twin], "new", twin))
        deleted = set(self.old.drafted) - {_name(leg) for leg in self.old.legs}
        taken = set(twins.values())
        for number, leg in enumerate(new):
            if number not in taken and _name(leg) not in deleted:
                placed.insert(self._after(placed, twins, number), (leg, "new", number))
        self.legs = [leg for leg, _, _ in placed]
        self.origins = [(side, number) for _, side, number in placed]

    @staticmethod
    def _after(
        placed: Sequence[tuple[Leg, str, int]], twins: Mapping[int, int], number: int
    ) -> int:
        """Find where a new leg goes: after the leg that the new draft tells before it."""
        of_new = {("old", old): new for old, new in twins.items()}
        position = 0
        for index, (_, side, leg) in enumerate(placed):
            its_number = leg if side == "new" else of_new.get((side, leg), -1)
            if 0 <= its_number < number or its_number < 0:
                position = index + 1
        return position

    def _with_ids(self, leg: Leg) -> Leg:
        """Name the places of a new leg by the ids that the old file gives them."""
        names = self.renamed
        if not {leg.origin, leg.destination, *leg.via} & set(names):
            return leg
        moved = replace(
            leg,
            origin=names.get(leg.origin, leg.origin),
            destination=names.get(leg.destination, leg.destination),
            via=tuple(names.get(key, key) for key in leg.via),
        )
        return _mark_leg(moved, _name(leg)) if leg.draft else moved

    def _match(self, new: Sequence[Leg]) -> dict[int, int]:
        """Pair old legs with new ones: by mark, by ends, then by a quote and one end."""
        pairs: dict[int, int] = {}
        tests = (
            lambda a, b: bool(a.draft) and _name(a) == _name(b),
            lambda a, b: (a.origin, a.destination) == (b.origin, b.destination),
            lambda a, b: _share_quote(a, b) and _share_end(a, b),
            lambda a, b: not a.draft and a.evidence[:1] == b.evidence[:1] != (),
        )
        for is_twin in tests:
            for i, before in enumerate(self.old.legs):
                for j, after in enumerate(new):
                    if i not in pairs and j not in pairs.values() and is_twin(before, after):
                        pairs[i] = j
        return pairs

    def doubts(self) -> Iterable[str]:
        """Number the doubts about legs anew, and drop those that a person has settled."""
        for side, itinerary in (("old", self.old), ("new", self.new)):
            changed = [p for p in self.old.places.values() if _is_place_changed(p)]
            for doubt in itinerary.doubts:
                found = about_leg(doubt)
                if found:
                    if (side, found[0]) in self.origins:
                        yield f"Leg {self.origins.index((side, found[0])) + 1}: {found[1]}"
                elif (side == "old") == any(_names(doubt, place) for place in changed):
                    yield doubt


def _mark_leg(leg: Leg, name: str) -> Leg:
    return replace(leg, draft=f"{name} {_fingerprint_leg(leg)}")


def _name(leg: Leg) -> str:
    """Tell under which name a leg was drafted; its ends where it was not."""
    return leg.draft.rpartition(" ")[0] or f"{leg.origin}>{leg.destination}"


def _is_changed(leg: Leg) -> bool:
    return leg.draft.rpartition(" ")[2] != _fingerprint_leg(leg)


def _is_place_changed(place: Place) -> bool:
    return place.draft != _fingerprint_place(place)


def _fingerprint_leg(leg: Leg) -> str:
    places = {key: Place(name=key) for key in (leg.origin, leg.destination)}
    return _fingerprint(itinerary_to_dict(Itinerary(places=places, legs=(leg,)))["legs"][0])


def _fingerprint_place(place: Place) -> str:
    # Whether a place is only a reference follows from the legs.
    plain = replace(place, reference=False)
    return _fingerprint(itinerary_to_dict(Itinerary(places={"x": plain}))["places"]["x"])


def _fingerprint(row: Mapping[str, object]) -> str:
    """Digest what a row says, but not where in the report its quotes stand."""
    kept = {key: value for key, value in row.items() if key not in _UNMARKED}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    text = re.sub(r'"start": \d+', "", text)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _only(itinerary: Itinerary, legs: Sequence[Leg]) -> Itinerary:
    """Leave out legs, and the doubts about them."""
    numbers = {n: legs.index(leg) for n, leg in enumerate(itinerary.legs) if leg in legs}
    doubts = []
    for doubt in itinerary.doubts:
        found = about_leg(doubt)
        if found is None:
            doubts.append(doubt)
        elif found[0] in numbers:
            doubts.append(f"Leg {numbers[found[0]] + 1}: {found[1]}")
    return replace(itinerary, legs=tuple(legs), doubts=tuple(doubts))


def _shared(old: Itinerary, new: Itinerary) -> int:
    """Count what shows that two itineraries tell of the same shipment."""
    names = {_name(leg) for leg in old.legs} & {_name(leg) for leg in new.legs}
    quotes = _quotes(old) & _quotes(new)
    ends = {key for leg in old.legs for key in (leg.origin, leg.destination)} & {
        key for leg in new.legs for key in (leg.origin, leg.destination)
    }
    return 4 * len(names) + 2 * len(quotes) + len(ends)


def _quotes(itinerary: Itinerary) -> set[str]:
    return {quote.exact for leg in itinerary.legs for quote in leg.evidence}


def _share_quote(one: Leg, other: Leg) -> bool:
    return bool({q.exact for q in one.evidence} & {q.exact for q in other.evidence})


def _share_end(one: Leg, other: Leg) -> bool:
    return one.origin == other.origin or one.destination == other.destination


def _with_starts(leg: Leg, found: Mapping[str, Quote]) -> Leg:
    """Move quotes to where the new text has them."""
    evidence = tuple(
        replace(quote, start=found[quote.exact].start) if quote.exact in found else quote
        for quote in leg.evidence
    )
    return replace(leg, evidence=evidence)


def _digests(itinerary: Itinerary) -> set[str]:
    return {source.sha256 for source in itinerary.sources.values()}


def _sources(old: Mapping[str, Source], new: Mapping[str, Source]) -> dict[str, Source]:
    """Keep what a person says of a source, with the digest of the text that was read now."""
    return {
        key: replace(source, sha256=new[key].sha256, file=new[key].file) if key in new else source
        for key, source in old.items()
    }


def _names(doubt: str, place: Place) -> bool:
    words = [re.escape(word) for word in (place.name, place.toponym) if word.strip()]
    return bool(words) and re.search(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", doubt) is not None
