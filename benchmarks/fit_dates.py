"""
Learn the weights that date the legs, and say how well they do on reports not learnt from.

Run: python benchmarks/fit_dates.py benchmarks/reports/seen --judge FOLDER... [--shipped] [--write]

Gold legs are given with their quotes (`gold_legs`); each date of a report and each end of a leg
make a pair, right where the gold has that date there. A logistic regression weighs the marks of a
pair (`geo_routes.reconstruction.dating.features`). `--write` writes
geo_routes/lexicons/date_weights.toml. Needs SciPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from gold_legs import Fit, Report, is_counted, run, share
from link_cases import is_same

import geo_routes as gr
from geo_routes.reconstruction import dating, timeline

ENDS = (dating.DEPARTURE, dating.ARRIVAL)
PENALTY = 12.0
# What every pair has is held back less than what few have.
SURE = ("bias", "where=", "side=")
SURE_PENALTY = 3.0
# Lots date more of their legs than the training reports do: theirs is what is kept.
LOT = "lot "
TARGET = Path(gr.__file__).parent / "lexicons" / "date_weights.toml"

Pair = tuple[str, list[str], bool]


@dataclass
class Dated:
    """A report and its pairs."""

    report: Report
    pairs: list[Pair]

    @property
    def is_lot(self) -> bool:
        """Whether it is of a lot that tells both ends of a leg, and its evidence."""
        return any("evidence" in row for row in self.report.gold)


def prepare(report: Report) -> Dated:
    """Describe the pairs of a report."""
    return Dated(report, list(_pairs(report)))


def _pairs(report: Report) -> Iterator[Pair]:
    whole = timeline.make_timeline(
        report.document, report.legs, report.reading.clauses, report.places, report.reading.dates
    )
    for index, row in enumerate(report.gold):
        for name in ENDS:
            for told in whole.told:
                marks = dating.features(whole, index, name, told)
                edtf = told.edtf_for(report.legs[index].claim.status)
                yield name, marks, is_same(edtf, row.get(name) or "")


def learn(reports: Sequence[Dated]) -> dict[str, dict[str, float]]:
    """Learn the weights: those of both ends together, and what each end differs by."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    names: dict[tuple[str, str], int] = {}
    rows, right = [], []
    for report in reports:
        for name, marks, is_right in report.pairs:
            ends = ("", name, f"{LOT}{name}") if report.is_lot else ("", name)
            keys = [(end, mark) for mark in marks for end in ends]
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
            mark: round(
                sum(float(found[names[key]]) for key in _keys(end, mark) if key in names), 2
            )
            for (shared, mark) in names
            if not shared
        }
        for end in ENDS
    }


def _keys(end: str, mark: str) -> tuple[tuple[str, str], ...]:
    return ("", mark), (end, mark), (f"{LOT}{end}", mark)


def score(dated: Dated, weights: dict[str, dict[str, float]]) -> Counter[str]:
    """Date the legs of a report, and count what is right."""
    report = dated.report
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
        if not is_counted(row):
            continue
        for name in ENDS:
            gold, edtf = row.get(name) or "", getattr(leg, name)
            count["told"] += bool(gold)
            count["right"] += bool(gold) and edtf == gold
            count["same"] += bool(gold) and is_same(edtf, gold)
            count["spurious"] += bool(edtf) and not gold
    return count


def tell(count: Counter[str]) -> str:
    """Write the counts as shares."""
    right, told, spurious = count["right"], count["told"], count["spurious"]
    return (
        f"right of those told {share(right, told)}; as good as right {share(count['same'], told)}; "
        f"not told, yet dated {spurious}; right of all {share(right, told + spurious)}"
    )


def write(weights: dict[str, dict[str, float]]) -> None:
    """Write the weights as plain numbers."""
    lines = ["# Learnt by benchmarks/fit_dates.py: what each mark of a date says for an end."]
    for end, marks in weights.items():
        lines += ["", f"[{end}]"]
        lines += [f'"{mark}" = {value}' for mark, value in sorted(marks.items()) if value]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(Fit(prepare, learn, score, tell, write), dating.shipped_weights())
