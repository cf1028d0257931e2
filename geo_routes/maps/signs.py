"""The signs of the print map: colours, line patterns, samples for the legend."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

WATER, LAND, COAST, BORDER = "#e0e9ef", "#f8f6f1", "#9aa5ad", "#b3aa9b"
COUNTRY = "#6b6f78"
INK, SOFT, HATCH = "#1b2430", "#4a5563", "#6a4c93"
COLOURS = {
    "sea": "#0068a8",
    "rail": "#b03a00",
    "road": "#7b2d8b",
    "air": "#00705a",
    "inland_waterway": "#2a52be",
    "pipeline": "#7a5c00",
    "unknown": "#50565e",
}
_BLOCK_MM = 5.0
APPROX: Any = (0, (0.6, 0.75))
PATTERNS: Mapping[str, tuple[float, Any, float, Any]] = {
    # Width and dashes of the line, width and dashes of what is laid on it, in points.
    "sea": (1.9, "solid", 0.0, None),
    "rail": (2.6, "solid", 1.1, (0, (3.2, 3.2))),
    "road": (2.8, "solid", 1.1, "solid"),
    "air": (2.0, (0, (0.1, 2.2)), 0.0, None),
    "inland_waterway": (2.8, "solid", 1.3, (0, (0.1, 3.0))),
    "pipeline": (1.9, (0, (7, 2, 1, 2)), 0.0, None),
    "unknown": (1.2, "solid", 0.0, None),
}


def unknown_blocks(placed: NDArray[Any], runs: Sequence[tuple[float, float]]) -> list[NDArray[Any]]:
    """Find the blocks of a line most of which is unknown, however short the unknown pieces are."""
    if not runs:
        return []
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(placed, axis=0).T))])
    count = max(1, round(along[-1] / _BLOCK_MM))
    edges = np.linspace(0, 1, count + 1)
    first, last = np.array(runs).T
    known = np.minimum(edges[1:, None], last) - np.maximum(edges[:-1, None], first)
    unknown = np.clip(known, 0, None).sum(axis=1) * count >= 0.5
    steps = np.diff(np.concatenate([[0], unknown.astype(np.int8), [0]]))
    found = []
    for start, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        low, high = edges[start] * along[-1], edges[end] * along[-1]
        inner = along[(along > low) & (along < high)]
        at = np.concatenate([[low], inner, [high]])
        found.append(np.stack([np.interp(at, along, placed[:, axis]) for axis in (0, 1)], axis=1))
    return found


def dash_cap(dashes: Any) -> Any:
    """Round the ends of dots only: dashes keep their length."""
    return "round" if isinstance(dashes, tuple) and dashes[1][0] < 0.5 else "butt"


def push_apart(points: NDArray[Any], least: float) -> NDArray[Any]:
    """Push points that would overlap away from each other."""
    moved = points.copy()
    for _ in range(30):
        calm = True
        for i in range(len(moved)):
            for j in range(i):
                gap = moved[i] - moved[j]
                distance = float(np.hypot(*gap))
                if distance >= least:
                    continue
                calm = False
                direction = gap / distance if distance > 1e-9 else np.array([1.0, 0.0])
                push = direction * (least - distance) / 2 * 1.02
                moved[i] += push
                moved[j] -= push
        if calm:
            break
    return moved


def wrap(texts: Sequence[str], width: int) -> list[str]:
    """Break texts into lines of so many characters, twenty at least."""
    return [line for text in texts for line in textwrap.wrap(text, max(20, width)) or [""]]


def draw_sample(axes: Any, kind: str, y: float) -> None:
    """Draw a mode, or another sign, as the legend shows it."""
    if kind == "region":
        axes.add_patch(
            Rectangle(
                (4, y - 1.3), 8, 2.6, facecolor="none", edgecolor=HATCH, hatch="////",
                linewidth=0.7, linestyle=(0, (3, 2)),
            )
        )  # fmt: skip
        return
    if kind == "corridor":
        axes.add_patch(Rectangle((4, y - 1.3), 8, 2.6, facecolor=SOFT, alpha=0.16, linewidth=0))
        return
    width, dashes, inner, inner_dashes = PATTERNS.get(kind, PATTERNS["sea"])
    colour = COLOURS.get(kind, SOFT)
    axes.plot(
        [4, 12], [y, y], color=colour, linewidth=width, linestyle=dashes,
        dash_capstyle=dash_cap(dashes), solid_capstyle="butt",
    )  # fmt: skip
    if inner:
        axes.plot([4, 12], [y, y], color="white", linewidth=inner, linestyle=inner_dashes)
    if kind == "gaps":
        axes.plot([4, 12], [y, y], color="white", linewidth=4, linestyle=APPROX)
