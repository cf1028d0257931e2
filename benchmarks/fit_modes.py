"""
Learn the weights that tell the mode of a leg, and say how well they do on reports not learnt from.

Run: python benchmarks/fit_modes.py benchmarks/reports/seen --judge FOLDER... [--shipped] [--write]

Gold legs are given with their quotes (`gold_legs`). A choice among modes is learnt from the marks
of each (`geo_routes.reconstruction.modes.features`). `--write` writes
geo_routes/lexicons/mode_weights.toml. Needs SciPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gold_legs import Fit, Report, is_counted, run, share

import geo_routes as gr
from geo_routes.geodesy import distance_km
from geo_routes.lexicons.movements_lexicon import movement_lexicon
from geo_routes.reconstruction import modes

PENALTY = 2.0
LOT_TIMES = 4  # lots have evidence, and kinds of places as a gazetteer gives them
TARGET = Path(gr.__file__).parent / "lexicons" / "mode_weights.toml"

Case = tuple[gr.Leg, dict[gr.Mode, list[str]], bool]


def cases(report: Report) -> list[Case]:
    """Describe the legs of a report."""
    starts = {clause.start: number for number, clause in enumerate(report.reading.clauses)}
    lexicon = movement_lexicon(report.document.lang)
    found = []
    for leg, row in zip(report.legs, report.gold, strict=True):
        ends = report.places[leg.origin], report.places[leg.destination]
        movement = modes.Movement(
            report.reading.clauses,
            [starts[quote.start] for quote in leg.evidence],
            (leg.origin, leg.destination),
            (ends[0].kind, ends[1].kind),
            distance_km(ends[0].point, ends[1].point),
        )
        found.append((leg, modes.features(movement, lexicon), is_counted(row)))
    return found


def learn(reports: Sequence[list[Case]]) -> dict[str, float]:
    """Learn the weights of a choice among modes."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    names: dict[str, int] = {}
    rows: list[list[int]] = []
    right: list[int] = []
    for report in reports:
        for leg, marks, _ in report:
            if leg.mode not in marks:
                continue
            right.append(len(rows) + list(marks).index(leg.mode))
            for found in marks.values():
                rows.append([names.setdefault(mark, len(names)) for mark in found])
    starts, columns = np.cumsum([0, *map(len, rows)]), np.concatenate(rows)
    matrix = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(rows), len(names)))
    wanted = np.zeros(len(rows))
    wanted[right] = 1

    def loss(weights: Any) -> Any:
        scores = (matrix @ weights).reshape(-1, len(modes.MODES))
        top = scores.max(axis=1, keepdims=True)
        shares = np.exp(scores - top)
        total = shares.sum(axis=1, keepdims=True)
        value = (np.log(total) + top).sum() - scores.reshape(-1)[right].sum()
        slope = matrix.T @ ((shares / total).reshape(-1) - wanted)
        return value + PENALTY / 2 * weights @ weights, slope + PENALTY * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return {mark: round(float(found[at]), 2) for mark, at in names.items()}


def score(report: list[Case], weights: dict[str, float]) -> Counter[str]:
    """Count the legs whose mode is chosen rightly."""
    count: Counter[str] = Counter()
    for leg, marks, counts in report:
        scores = {m: sum(weights.get(mark, 0.0) for mark in found) for m, found in marks.items()}
        is_right = max(scores, key=lambda mode: scores[mode]) == leg.mode
        kind = "" if counts else " of other claims"
        count[f"legs{kind}"] += 1
        count[f"right{kind}"] += is_right
    return count


def write(weights: dict[str, float]) -> None:
    """Write the weights as plain numbers."""
    lines = ["# Learnt by benchmarks/fit_modes.py: what each mark says for a mode.", "[marks]"]
    lines += [f'"{mark}" = {value}' for mark, value in sorted(weights.items()) if value]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def tell(count: Counter[str]) -> str:
    """Write the counts as shares."""
    right, legs = count["right"], count["legs"]
    others = share(count["right of other claims"], count["legs of other claims"])
    return f"right {share(right, legs)}; of other claims {others}"


if __name__ == "__main__":
    run(Fit(cases, learn, score, tell, write, times=LOT_TIMES), modes.shipped_weights())
