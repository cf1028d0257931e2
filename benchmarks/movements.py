"""
Leg precision, recall and F1 against reports with gold legs, by language.

Run: python benchmarks/movements.py [FOLDER...]   (NAME.txt and NAME.json side by side)

A drafted leg matches a gold leg when the modes are equal and both ends lie within the gold place's
radius plus 25 km; denied, past and possible legs count on neither side. "Places given" gives the
places of the gold file, without those that it lists as distractors (they have no coordinates).
"News" are the reports whose story no training report tells (`same_story.py`).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does, before NumPy

from same_story import is_known

import geo_routes as gr
from geo_routes.geodesy import distance_km
from geo_routes.schema import PLACES

COUNTED = {"reported", "inferred", "confirmed", "planned"}
SLACK_KM = 25
UNSEEN = Path(__file__).parent / "reports" / "unseen"


def gold_places(document: gr.Document, gold: dict[str, Any]) -> Any:
    """Make the places frame that a perfect reader would give."""
    import geopandas as gpd
    from shapely import Point

    rows, points = [], []
    taken: list[tuple[int, int]] = []
    names = [(text, place) for place in gold["places"].values() for text in place["in_text"]]
    names += [(text, None) for text in gold.get("distractors", [])]
    for text, place in sorted(names, key=lambda item: -len(item[0])):
        start = document.text.find(text)
        while start >= 0:
            end = start + len(text)
            is_word = not document.text[end : end + 1].isalnum() and (
                not document.text[start - 1 : start].isalnum()
            )
            if is_word and not any(a < end and start < b for a, b in taken):
                taken.append((start, end))
                if place is not None:
                    rows.append(_row(text, start, place))
                    points.append(Point(place["lon"], place["lat"]))
            start = document.text.find(text, end)
    if not rows:  # a report without legs may have no places
        return gpd.GeoDataFrame(columns=list(PLACES), geometry=[], crs="EPSG:4326")
    frame = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    return frame.sort_values("start").reset_index(drop=True)


def _row(text: str, start: int, place: dict[str, Any]) -> dict[str, Any]:
    country = (place.get("vague") or "").startswith("a country")
    return {
        "toponym": text,
        "start": start,
        "end": start + len(text),
        "rank": 0,
        "score": 1.0,
        "name": place["name"],
        "country": place["country"],
        "kind": "country" if country else place["kind"].replace("point", "city"),
        "gazetteer": place["name"],
        "uncertainty_km": float(place["radius_km"]),
        "region": None,
        "role": "",
        "why": "gold",
    }


def near(place: gr.Place, gold: dict[str, Any]) -> bool:
    """Tell whether a drafted place lies where the gold place is."""
    point = place.point
    if point is None:
        return False
    return bool(distance_km(point, (gold["lon"], gold["lat"])) <= gold["radius_km"] + SLACK_KM)


def match(itineraries: list[gr.Itinerary], gold: dict[str, Any]) -> dict[str, Any]:
    """Match drafted legs with gold legs, each once."""
    drafted = [(i, leg) for i in itineraries for leg in i.legs if leg.claim.status in COUNTED]
    wanted = [leg for leg in gold["legs"] if leg["claim"] in COUNTED]
    left = list(wanted)
    row: dict[str, Any] = {"sure": [], "claims": 0, "dates": [], "ends": 0, "right": 0}
    for itinerary, leg in drafted:
        near_both = [
            target
            for target in left
            if near(itinerary.places[leg.origin], gold["places"][target["from"]])
            and near(itinerary.places[leg.destination], gold["places"][target["to"]])
        ]
        row["ends"] += bool(near_both)
        target = next((t for t in near_both if t["mode"] == leg.mode), None)
        row["sure"].append((leg.confidence or 0.0, target is not None))
        if target is None:
            continue
        left.remove(target)
        row["right"] += 1
        row["claims"] += leg.claim.status == target["claim"]
        for name in ("departure", "arrival"):
            if target.get(name):
                row["dates"].append(getattr(leg, name) == target[name])
    done = {"reported", "inferred", "confirmed"}
    row["idle"] = not any(leg["claim"] in done for leg in gold["legs"])
    row["solid"] = any(leg.completed for itinerary in itineraries for leg in itinerary.legs)
    return {**row, "drafted": len(drafted), "gold": len(wanted), "missed": left}


def report(name: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Print one table, by language and over all."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for lang, row in rows:
        groups[lang].append(row)
        groups["all"].append(row)
        if not row["is_known"]:
            groups["news"].append(row)
    print(f"\n## {name}\n")
    print("| lang | gold | drafted | P | R | F1 | mode | claim | dates |")
    print("|---|---|---|---|---|---|---|---|---|")
    for lang, items in sorted(groups.items()):
        drafted, gold, right = (sum(r[k] for r in items) for k in ("drafted", "gold", "right"))
        precision, recall = right / max(drafted, 1), right / max(gold, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        mode = right / max(sum(r["ends"] for r in items), 1)
        claim = sum(r["claims"] for r in items) / max(right, 1)
        dates = [d for r in items for d in r["dates"]]
        print(
            f"| {lang} | {gold} | {drafted} | {precision:.2f} | {recall:.2f} | {f1:.2f} "
            f"| {mode:.2f} | {claim:.2f} | {sum(dates) / max(len(dates), 1):.2f} |"
        )
    idle = [row for _, row in rows if row["idle"]]
    print(f"\nReports without a completed shipment: {len(idle)}; ", end="")
    print(f"without a solid leg drafted: {sum(not row['solid'] for row in idle)}")


def by_rules(document: gr.Document, places: Any) -> list[gr.Itinerary]:
    """Baseline: what the rules propose to the network that decides."""
    from geo_routes.reconstruction.movements import read_movements
    from geo_routes.reconstruction.places import chosen_rows

    found = read_movements(document, chosen_rows(places))
    return [gr.Itinerary(places=found.places, legs=tuple(found.legs))]


def chain(document: gr.Document, places: Any) -> list[gr.Itinerary]:
    """Baseline: each place leads to the next, by the mode word told last."""
    named, mentions = _named(document, places)
    legs = [
        gr.Leg(origin=a.key, destination=b.key, mode=_mode_before(document, b.start))
        for a, b in pairwise(mentions)
        if a.key != b.key
    ]
    return [gr.Itinerary(places=named, legs=tuple(legs))]


def nearest_cue(document: gr.Document, places: Any) -> list[gr.Itinerary]:
    """Baseline: the preposition right before a place tells its role; origins wait for a goal."""
    from geo_routes.lexicons.movements_lexicon import fold_word, movement_lexicon, split_words

    lexicon = movement_lexicon(document.lang)
    named, mentions = _named(document, places)
    legs, origin = [], None
    for mention in mentions:
        spans = split_words(document.text, max(0, mention.start - 30), mention.start)
        words = [fold_word(document.text[a:b]) for a, b in spans]
        cues = lexicon.find_cues(words, [True] * len(words))
        roles = [cue.tag.partition(".")[2] for cue in cues if cue.tag.startswith("places.")]
        role = roles[-1] if roles else ""
        if role == "origin":
            origin = mention
        elif role in {"to", "goal", "to_in"} and origin is not None and origin.key != mention.key:
            mode = _mode_before(document, mention.start)
            legs.append(gr.Leg(origin=origin.key, destination=mention.key, mode=mode))
            origin = mention
    return [gr.Itinerary(places=named, legs=tuple(legs))]


def _named(document: gr.Document, places: Any) -> Any:
    """List the itinerary's places and where they are named."""
    from geo_routes.reconstruction.places import chosen_rows, read_places

    named, mentions = read_places(document, chosen_rows(places))
    return named, [m for m in mentions if not (m.is_reference or m.is_unplaced)]


def _mode_before(document: gr.Document, at: int) -> gr.Mode:
    """Tell the mode whose word stands last before a place."""
    from geo_routes.lexicons.movements_lexicon import fold_word, movement_lexicon, split_words

    words = [fold_word(document.text[a:b]) for a, b in split_words(document.text, 0, at)]
    cues = movement_lexicon(document.lang).find_cues(words, [True] * len(words))
    modes = [c.tag.partition(".")[2] for c in cues if c.tag.startswith(("ways.", "carriers."))]
    known = [mode for mode in modes if mode != "any"]
    return gr.Mode(known[-1]) if known else gr.Mode.UNKNOWN


def reliability(rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Print how often legs of each confidence are right."""
    groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for _, row in rows:
        for confidence, right in row["sure"]:
            groups[min(9, int(10 * confidence))].append((confidence, right))
    print("\n| confidence | legs | mean | right |\n|---|---|---|---|")
    for tenth, items in sorted(groups.items()):
        mean, right = (sum(column) / len(items) for column in zip(*items, strict=True))
        bounds = f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"
        print(f"| {bounds} | {len(items)} | {mean:.2f} | {right:.2f} |")


def main() -> None:
    """Measure with gold places, then from the text alone."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")] or [UNSEEN]
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    spent = drafting = 0.0
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        document = gr.Document(text=text, lang=gold["lang"], published=gold["published"])
        began = time.process_time()
        places = gr.geocode(gr.find_toponyms(document))
        placed = time.process_time()
        drafted = gr.draft_itineraries(document, places)
        spent += time.process_time() - began
        drafting += time.process_time() - placed
        given, known = gold_places(document, gold), is_known(gold)
        for name, itineraries in (
            ("From the text alone", drafted),
            ("With the places given", gr.draft_itineraries(document, given)),
            ("The rules alone, from the text", by_rules(document, places)),
            ("The rules alone, with the places given", by_rules(document, given)),
            ("Baseline, places given: nearest cue", nearest_cue(document, given)),
            ("Baseline, places given: each place leads to the next", chain(document, given)),
        ):
            row = {**match(itineraries, gold), "is_known": known}
            rows[name].append((gold["lang"], row))
        if "-v" in sys.argv:
            show(path.stem, next(row[-1][1] for row in rows.values()), drafted)
    if not rows:
        sys.exit(f"No reports (NAME.json beside NAME.txt) in {', '.join(map(str, folders))}.")
    for name, items in rows.items():
        report(name, items)
    for name in list(rows)[:2]:
        print(f"\n## Confidence: {name.lower()}")
        reliability(rows[name])
    count = len(next(iter(rows.values())))
    print(
        f"\n{count / spent:.0f} reports a second (text alone), {count / drafting:.0f} in drafting"
    )


def show(name: str, row: dict[str, Any], drafted: list[gr.Itinerary]) -> None:
    """Print what was drafted and what was missed of one report."""
    print(f"\n# {name}: {row['right']} of {row['gold']}")
    for itinerary in drafted:
        for leg in itinerary.legs:
            print("   drafted", leg.origin, "->", leg.destination, leg.mode, leg.claim.status)
    for leg in row["missed"]:
        print("   missed", leg["from"], leg["to"], leg["mode"], "|", leg["evidence"])


if __name__ == "__main__":
    main()
