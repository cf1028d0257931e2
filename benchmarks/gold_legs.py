"""
Gold legs as they are drafted, but without dates: what the weights of dates and modes learn from.

A leg's quotes are the sentences of its gold evidence; where a file gives none (`training.py`),
those of the nearest two mentions of its ends. Here too is how a script learns: from
`reports/training` but for one report in ten, which judges, and from the folders that it is given.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from link_cases import _given, _read_lot
from movements import COUNTED
from training import Marked, read_training

import geo_routes as gr
from geo_routes.dates import find_dates
from geo_routes.itinerary import Claim, Leg, Mode, Status
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction.places import SOURCE, Mention, chosen_rows, read_places
from geo_routes.reconstruction.reading import Reading, read_report

KEPT_BACK = 10  # one training report in so many judges and is not learnt from
# A gazetteer mostly gives a port or an airport as its city: so do all but one report in so many.
WITH_KINDS = 5
KINDS_OF_CITIES = frozenset({"airport", "border", "port", "site", "station"})
MODES = {"pipeline": Mode.UNKNOWN}


@dataclass
class Report:
    """A report with its gold legs, drafted without dates."""

    document: gr.Document
    reading: Reading
    places: dict[str, gr.Place]
    legs: list[Leg] = field(default_factory=list)
    gold: list[dict[str, Any]] = field(default_factory=list)


def read_reports(folder: Path | None = None) -> Iterator[Report]:
    """Read the reports of a folder (NAME.txt and NAME.json side by side), or those for training."""
    for number, marked in enumerate(_read_lot(folder) if folder else read_training()):
        frame = _given(marked)
        if frame is None or frame.empty:
            continue
        if folder is None and number % WITH_KINDS:
            frame = frame.assign(kind=frame["kind"].replace(dict.fromkeys(KINDS_OF_CITIES, "city")))
        yield draft(marked, chosen_rows(frame))


def draft(marked: Marked, rows: list[dict[str, Any]]) -> Report:
    """Read a report, its gold places given, and draft its gold legs."""
    document = marked.document
    places, mentions = read_places(document, rows)
    dates = find_dates(document.text, document.lang, document.published)
    reading = Reading(document, movement_lexicon(document.lang), dates)
    read_report(reading, mentions)
    report = Report(document, reading, places)
    keys = {place.name: key for key, place in places.items()}
    for row in marked.gold["legs"]:
        ends = [keys.get(marked.gold["places"][row[end]]["name"]) for end in ("from", "to")]
        numbers = _sentences(report, row, ends, mentions)
        if None in ends or ends[0] == ends[1] or not numbers:
            continue
        clauses = [reading.clauses[number] for number in numbers]
        leg = Leg(
            origin=ends[0] or "",
            destination=ends[1] or "",
            mode=MODES.get(row["mode"]) or Mode(row["mode"]),
            claim=Claim(status=Status(row["claim"])),
            evidence=tuple(document.quote(c.start, c.end, source=SOURCE) for c in clauses),
        )
        report.legs.append(leg)
        report.gold.append(row)
    return report


def _sentences(
    report: Report, row: Mapping[str, Any], ends: Sequence[str | None], mentions: Sequence[Mention]
) -> list[int]:
    """Find the sentences that tell a leg."""
    clauses = report.reading.clauses
    if "evidence" in row:
        start = report.document.text.find(row["evidence"])
        end = start + len(row["evidence"])
        return [n for n, c in enumerate(clauses) if start >= 0 and c.start < end and c.end > start]
    named: list[list[int]] = [
        [
            number
            for mention in mentions
            if mention.key == key
            for number, clause in enumerate(clauses)
            if clause.start <= mention.start < clause.end
        ]
        for key in ends
    ]
    pairs = [(abs(a - b), max(a, b), a, b) for a in named[0] for b in named[1]]
    return sorted({*min(pairs)[2:]}) if pairs else []


def share(right: int, of: int) -> str:
    """Write a share, and of how many."""
    return f"{right / max(of, 1):.3f} of {of}"


Learn = Callable[[Sequence[Any]], Any]
Score = Callable[[Any, Any], Counter[str]]


@dataclass(frozen=True)
class Fit:
    """
    What a script learns.

    Attributes
    ----------
    prepare
        Makes of a report what is learnt from.
    learn, score
        Learn weights; count what they get right of a report.
    tell
        Writes the counts as shares.
    write
        Keeps the weights.
    times
        How often a report of a lot counts for one of the training reports.
    """

    prepare: Callable[[Report], Any]
    learn: Learn
    score: Score
    tell: Callable[[Counter[str]], str]
    write: Callable[[Any], None]
    times: int = 1


def run(fit: Fit, shipped: Any) -> None:
    """Learn from the training reports and the given folders, and judge others, as the head says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path, help="more reports to learn from")
    parser.add_argument("--judge", nargs="*", type=Path, default=(), help="reports to judge by")
    parser.add_argument("--shipped", action="store_true", help="judge the weights as they are")
    parser.add_argument("--write", action="store_true", help="keep the weights")
    asked = parser.parse_args()
    training = [fit.prepare(report) for report in read_reports()]
    random.Random(0).shuffle(training)
    kept = training[::KEPT_BACK]
    learnt = [item for n, item in enumerate(training) if n % KEPT_BACK]
    for folder in asked.folders:
        learnt += fit.times * [fit.prepare(report) for report in read_reports(folder)]
    weights = shipped if asked.shipped else fit.learn(learnt)
    lots = {folder.name: list(map(fit.prepare, read_reports(folder))) for folder in asked.judge}
    for name, lot in {"training, kept back": kept, **lots}.items():
        total: Counter[str] = Counter()
        for item in lot:
            total += fit.score(item, weights)
        print(f"{name}: {len(lot)} reports; {fit.tell(total)}")
    if asked.write:
        fit.write(weights)


def is_counted(row: Mapping[str, Any]) -> bool:
    """Whether the benchmark counts a leg."""
    return row["claim"] in COUNTED
