"""
Leg precision, recall and F1 against reports with gold legs, by language.

Run: python benchmarks/movements.py FOLDER   (NAME.txt and NAME.json side by side)

A drafted leg matches a gold leg when the modes are equal and both ends lie within the gold place's
radius plus 25 km; denied, past and possible legs count on neither side.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import geo_routes as gr
from geo_routes.geodesy import distance_km

COUNTED = {"reported", "inferred", "confirmed", "planned"}
SLACK_KM = 25


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
    return distance_km(point, (gold["lon"], gold["lat"])) <= gold["radius_km"] + SLACK_KM


def match(itineraries: list[gr.Itinerary], gold: dict[str, Any]) -> dict[str, Any]:
    """Match drafted legs with gold legs, each once."""
    drafted = [(i, leg) for i in itineraries for leg in i.legs if leg.claim.status in COUNTED]
    wanted = [leg for leg in gold["legs"] if leg["claim"] in COUNTED]
    left, right, claims, dates, ends = list(wanted), 0, 0, [], 0
    sure: list[tuple[float, bool]] = []
    for itinerary, leg in drafted:
        before = right
        for target in left:
            origin, destination = gold["places"][target["from"]], gold["places"][target["to"]]
            if not (
                near(itinerary.places[leg.origin], origin)
                and near(itinerary.places[leg.destination], destination)
            ):
                continue
            ends += 1
            if leg.mode == target["mode"]:
                left.remove(target)
                right += 1
                claims += leg.claim.status == target["claim"]
                for name in ("departure", "arrival"):
                    if target.get(name):
                        dates.append(getattr(leg, name) == target[name])
                        if "-v" in sys.argv and not dates[-1]:
                            print("   date", name, getattr(leg, name), "for", target[name])
                break
        sure.append((leg.confidence or 0.0, right > before))
    return {
        "sure": sure,
        "drafted": len(drafted),
        "gold": len(wanted),
        "right": right,
        "claims": claims,
        "dates": dates,
        "ends": ends,
        "missed": left,
    }


def report(name: str, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Print one table, by language and over all."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for lang, row in rows:
        groups[lang].append(row)
        groups["all"].append(row)
    print(f"\n{name}\n\n| lang | gold | drafted | P | R | F1 | claim | dates |")
    print("|---|---|---|---|---|---|---|---|")
    for lang, items in sorted(groups.items()):
        drafted, gold, right = (sum(r[k] for r in items) for k in ("drafted", "gold", "right"))
        precision, recall = right / max(drafted, 1), right / max(gold, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        claim = sum(r["claims"] for r in items) / max(right, 1)
        dates = [d for r in items for d in r["dates"]]
        share = sum(dates) / max(len(dates), 1)
        print(
            f"| {lang} | {gold} | {drafted} | {precision:.2f} | {recall:.2f} | {f1:.2f} "
            f"| {claim:.2f} | {share:.2f} |"
        )


def chain(document: gr.Document, places: Any) -> list[gr.Itinerary]:
    """Baseline: each place leads to the next, by the mode word told last."""
    from geo_routes.lexicons.movements_lexicon import movement_lexicon
    from geo_routes.reconstruction.claims import find_mode
    from geo_routes.reconstruction.places import chosen_rows, read_places

    named, found = read_places(document, chosen_rows(places))
    mentions = [mention for mention in found if not mention.is_reference]
    lexicon = movement_lexicon(document.lang)
    legs = [
        gr.Leg(
            origin=a.key,
            destination=b.key,
            mode=find_mode(document.text[: b.end], lexicon) or gr.Mode.UNKNOWN,
        )
        for a, b in pairwise(mentions)
        if a.key != b.key
    ]
    return [gr.Itinerary(places=named, legs=tuple(legs))]


def reliability(rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Print how often legs of each confidence are right."""
    groups: dict[float, list[bool]] = defaultdict(list)
    for _, row in rows:
        for confidence, right in row["sure"]:
            groups[confidence].append(right)
    print("\n| confidence | legs | right |\n|---|---|---|")
    for confidence, items in sorted(groups.items()):
        print(f"| {confidence:.2f} | {len(items)} | {sum(items) / len(items):.2f} |")


def main() -> None:
    """Measure with gold places, then from the text alone."""
    folder = Path(sys.argv[1])
    given, alone, baseline = [], [], []
    spent = 0.0
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        document = gr.Document(text=text, lang=gold["lang"], published=gold["published"])
        began = time.process_time()
        drafted = gr.draft_itineraries(document, gr.geocode(gr.find_toponyms(document)))
        spent += time.process_time() - began
        alone.append((gold["lang"], match(drafted, gold)))
        drafted_given = gr.draft_itineraries(document, gold_places(document, gold))
        given.append((gold["lang"], match(drafted_given, gold)))
        baseline.append((gold["lang"], match(chain(document, gold_places(document, gold)), gold)))
        if "-v" in sys.argv:
            show(path.stem, alone[-1][1], given[-1][1], drafted, drafted_given)
    report("From the text alone", alone)
    report("With the places given", given)
    report("Baseline: each place leads to the next, places given", baseline)
    print("\nConfidence, text alone")
    reliability(alone)
    print("\nConfidence, places given")
    reliability(given)
    print(f"\n{len(alone) / spent:.0f} reports a second (text alone)")


def show(
    name: str,
    alone: dict[str, Any],
    given: dict[str, Any],
    drafted: list[gr.Itinerary],
    drafted_given: list[gr.Itinerary],
) -> None:
    """Print what was drafted and what was missed of one report."""
    print(f"\n# {name}: {alone['right']} / {given['right']} of {alone['gold']}")
    for title, items in (("alone", drafted), ("given", drafted_given)):
        for itinerary in items:
            for leg in itinerary.legs:
                print("  ", title, leg.origin, "->", leg.destination, leg.mode, leg.claim.status)
    for leg in given["missed"]:
        print("   missed", leg["from"], leg["to"], leg["mode"], "|", leg["evidence"])


if __name__ == "__main__":
    main()
