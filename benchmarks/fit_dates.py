"""
Learn the weights that date the legs, and say how well they do on reports not learnt from.

Run: python benchmarks/fit_dates.py FOLDER... [--write]   (NAME.txt and NAME.json side by side)

The legs of the gold files are given, with the sentences of their quotes; each date of a report and
each end of a leg make a pair, right where the gold file has that date there. A logistic regression
weighs the marks of a pair (`geo_routes.reconstruction.dating.features`). Printed is what ten folds
of reports give, each dated by the weights of the other nine; `--write` learns from all of them and
writes geo_routes/lexicons/date_weights.toml. Needs SciPy.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from movements import COUNTED, gold_places

import geo_routes as gr
from geo_routes.dates import find_dates
from geo_routes.itinerary import Claim, Leg, Mode, Status
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction import dating, timeline
from geo_routes.reconstruction.places import SOURCE, chosen_rows, read_places
from geo_routes.reconstruction.reading import Reading, read_report

ENDS = (dating.DEPARTURE, dating.ARRIVAL)
FOLDS = 10
PENALTY = 12.0
# What every pair has is held back less than what few have.
SURE = ("bias", "where=", "side=")
SURE_PENALTY = 3.0
TARGET = Path(gr.__file__).parent / "lexicons" / "date_weights.toml"


@dataclass
class Report:
    """A report with its gold legs, drafted without dates."""

    document: gr.Document
    reading: Reading
    places: dict[str, gr.Place]
    legs: list[Leg]
    gold: list[dict[str, Any]]
    pairs: list[tuple[str, list[str], bool]]


def prepare(path: Path) -> Report:
    """Read a report, its gold places given, and describe the pairs."""
    gold = json.loads(path.read_text(encoding="utf-8"))
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    document = gr.Document(text=text, lang=gold["lang"], published=gold["published"])
    places, mentions = read_places(document, chosen_rows(gold_places(document, gold)))
    dates = find_dates(text, document.lang, document.published)
    reading = Reading(document, movement_lexicon(document.lang), dates)
    read_report(reading, mentions)
    keys = {place.name: key for key, place in places.items()}
    legs, kept = [], []
    for row in gold["legs"]:
        ends = [keys.get(gold["places"][row[end]]["name"]) for end in ("from", "to")]
        start = text.find(row["evidence"])
        if None in ends or start < 0:
            continue
        evidence = tuple(
            document.quote(clause.start, clause.end, source=SOURCE)
            for clause in reading.clauses
            if clause.start < start + len(row["evidence"]) and clause.end > start
        )
        legs.append(
            Leg(
                origin=ends[0],
                destination=ends[1],
                mode=Mode(row["mode"]),
                claim=Claim(status=Status(row["claim"])),
                evidence=evidence,
            )
        )
        kept.append(row)
    report = Report(document, reading, places, legs, kept, [])
    report.pairs = list(_pairs(report))
    return report


def _pairs(report: Report) -> Any:
    whole = timeline.make_timeline(
        report.document, report.legs, report.reading.clauses, report.places, report.reading.dates
    )
    for index, row in enumerate(report.gold):
        for name in ENDS:
            for told in whole.told:
                marks = dating.features(whole, index, name, told)
                is_right = told.edtf_for(report.legs[index].claim.status) == row.get(name)
                yield name, marks, is_right


def learn(reports: list[Report]) -> dict[str, dict[str, float]]:
    """Learn the weights: those of both ends together, and what each end differs by."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    names: dict[tuple[str, str], int] = {}
    rows, right = [], []
    for report in reports:
        for name, marks, is_right in report.pairs:
            keys = [(end, mark) for mark in marks for end in ("", name)]
            rows.append([names.setdefault(key, len(names)) for key in keys])
            right.append(float(is_right))
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate(rows)
    matrix = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(rows), len(names)))
    wanted = np.array(right)

    penalty = np.array([SURE_PENALTY if m.startswith(SURE) else PENALTY for _, m in names])

    def loss(weights: Any) -> Any:
        scores = matrix @ weights
        miss = 1 / (1 + np.exp(-scores)) - wanted
        value = np.sum(np.logaddexp(0, scores) - wanted * scores)
        slope = matrix.T @ miss + penalty * weights
        return value + penalty @ weights**2 / 2, slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return {
        end: {
            mark: round(float(found[at] + found[names[end, mark]]), 2)
            for (shared, mark), at in names.items()
            if not shared and (end, mark) in names
        }
        for end in ENDS
    }


def score(report: Report, weights: dict[str, dict[str, float]]) -> Counter[str]:
    """Date the legs of a report, and count what is right."""
    legs = timeline.date_legs(
        report.document,
        [replace(leg, departure="", arrival="") for leg in report.legs],
        report.reading.clauses,
        report.places,
        report.reading.dates,
        weights=weights,
    )
    count: Counter[str] = Counter()
    for leg, row in zip(legs, report.gold, strict=True):
        for name in ENDS:
            told, kind = row.get(name), "" if row["claim"] in COUNTED else " of other claims"
            count[f"told{kind}"] += bool(told)
            count[f"right{kind}"] += bool(told) and getattr(leg, name) == told
            count["not told, yet dated"] += not told and bool(getattr(leg, name))
    return count


def write(weights: dict[str, dict[str, float]]) -> None:
    """Write the weights as plain numbers."""
    lines = ["# Learnt by benchmarks/fit_dates.py: what each mark of a date says for an end."]
    for end, marks in weights.items():
        lines += ["", f"[{end}]"]
        lines += [f'"{mark}" = {value}' for mark, value in sorted(marks.items()) if value]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Cross-validate by report, then learn from all."""
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    reports = [prepare(path) for folder in folders for path in sorted(folder.glob("*.json"))]
    order = list(range(len(reports)))
    random.Random(0).shuffle(order)
    total: Counter[str] = Counter()
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        weights = learn([report for n, report in enumerate(reports) if n not in held])
        for number in held:
            total += score(reports[number], weights)
    print(len(reports), "reports;", ", ".join(f"{name} {n}" for name, n in total.items()))
    print(f"right of those told: {total['right'] / total['told']:.2f}")
    if "--write" in sys.argv:
        write(learn(reports))


if __name__ == "__main__":
    main()
