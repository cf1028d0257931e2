"""A sheet of paper in millimetres, on which matplotlib draws a map."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from geo_routes.maps.polylines import shares
from geo_routes.maps.projections import cap, clip
from geo_routes.schema import NM_KM

Frame = tuple[float, float, float, float, float]
Transform = Callable[..., Any]
Box = tuple[float, float, float, float]

_INCH_MM = 25.4
_WATER, _LAND, _COAST, _BORDER = "#e6edf2", "#f8f6f1", "#9aa5ad", "#b3aa9b"
_INK, _SOFT, _HATCH = "#1b2430", "#4a5563", "#6a4c93"
_COLOURS = {
    "sea": "#0068a8",
    "rail": "#b03a00",
    "road": "#7b2d8b",
    "air": "#00705a",
    "inland_waterway": "#2a52be",
    "pipeline": "#7a5c00",
    "unknown": "#50565e",
}
_STOP_MM = 2.1
_BLOCK_MM = 5.0
_APPROX: Any = (0, (0.6, 0.75))
_PATTERNS: Mapping[str, tuple[float, Any, float, Any]] = {
    # Width and dashes of the line, width and dashes of what is laid on it, in points.
    "sea": (1.9, "solid", 0.0, None),
    "rail": (2.6, "solid", 1.1, (0, (3.2, 3.2))),
    "road": (2.8, "solid", 1.1, "solid"),
    "air": (2.0, (0, (0.1, 2.2)), 0.0, None),
    "inland_waterway": (2.8, "solid", 1.3, (0, (0.1, 3.0))),
    "pipeline": (1.9, (0, (7, 2, 1, 2)), 0.0, None),
    "unknown": (1.2, "solid", 0.0, None),
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "geo-routes",
    "pdf.fonttype": 42,
    "font.family": ["DejaVu Sans"],
    "hatch.linewidth": 0.4,
    "path.simplify": False,
}
_SIDES = (
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.9, 0.9),
    (0.9, -0.9),
    (-0.9, 0.9),
    (-0.9, -0.9),
    (0.0, 1.2),
    (0.0, -1.2),
)


class Sheet:
    """
    A map frame on paper.

    Parameters
    ----------
    transform
        From longitudes and latitudes to metres.
    frame
        West and south edge in metres, metres in a millimetre, width and height in millimetres.
    middle, radius_deg
        Cap of the globe outside which nothing is drawn.
    """

    def __init__(
        self,
        transform: Transform,
        frame: Frame,
        middle: tuple[float, float],
        radius_deg: float,
        *,
        parent: Sheet | None = None,
        corner: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        self._transform = transform
        self._west, self._south, self.metres, self.width, self.height = frame
        self._window = cap(middle, radius_deg)
        self._middle = middle
        self._radius = radius_deg
        self.corner = corner
        self._taken: list[Box] = []
        self._dots: list[tuple[float, float]] = []
        self._texts: list[tuple[float, float, Any]] = []
        if parent is None:
            size = (self.width / _INCH_MM, self.height / _INCH_MM)
            with mpl.rc_context(_STYLE):
                self.figure = Figure(figsize=size, dpi=300)
                self._canvas: Any = FigureCanvasAgg(self.figure)
            place = (0.0, 0.0, 1.0, 1.0)
        else:
            self.figure, self._canvas = parent.figure, parent._canvas
            place = (
                corner[0] / parent.width,
                corner[1] / parent.height,
                self.width / parent.width,
                self.height / parent.height,
            )
        self.axes = self.figure.add_axes(place, xlim=(0, self.width), ylim=(0, self.height))
        self.axes.set(xticks=[], yticks=[], facecolor=_WATER)
        for spine in self.axes.spines.values():
            spine.set(color=_SOFT, linewidth=0.5)

    def place(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn longitudes and latitudes into millimetres on the sheet."""
        x, y = self._transform(points[:, 0], points[:, 1])
        return np.stack([x - self._west, y - self._south], axis=1) / self.metres

    def extent_mm(self, line: shapely.Geometry) -> float:
        """Measure the diagonal of a line on the sheet."""
        placed = self.place(shapely.get_coordinates(line))
        return float(np.hypot(*np.ptp(placed, axis=0)))

    def land(self, land: shapely.Geometry, tolerance: float) -> None:
        """Fill the land, and draw its coast but not the cuts at longitude 180."""
        thinned = shapely.simplify(shapely.get_parts(land), tolerance, preserve_topology=False)
        whole = shapely.make_valid(thinned[~shapely.is_empty(thinned)])
        near = whole[shapely.intersects(whole, self._round_window())]
        pieces = [clip(part, self._window) for part in near]
        self._fill(pieces, facecolor=_LAND, edgecolor=_LAND, linewidth=0.3, zorder=1)
        rings = [
            shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(near))
        ]
        cuts = [np.abs(ring[:, 0]) > 179.98 for ring in rings]
        self._strokes(rings, cuts, colors=_COAST, linewidths=0.35, zorder=2)

    def borders(
        self, lines: Sequence[shapely.Geometry], tolerance: float, *, dashed: bool = False
    ) -> None:
        """Draw borders; those in dispute dashed."""
        thinned = shapely.simplify(np.array(lines, dtype=object), tolerance)
        points = [shapely.get_coordinates(line) for line in thinned]
        none = [np.zeros(len(line), dtype=bool) for line in points]
        if dashed:
            self._strokes(points, none, colors=_LAND, linewidths=1.1, zorder=2)
        style = (0, (3, 2)) if dashed else "solid"
        self._strokes(points, none, colors=_BORDER, linewidths=0.45, linestyles=style, zorder=2)

    def region(self, area: shapely.Geometry) -> None:
        """Hatch an area that a source names no closer."""
        thinned = shapely.simplify(area, self.metres * 0.3 / 111_000)
        self._fill(
            [thinned],
            facecolor="none",
            edgecolor=_HATCH,
            hatch="////",
            linewidth=0.7,
            linestyle=(0, (3, 2)),
            zorder=3,
        )

    def leg(self, line: shapely.Geometry, mode: str, approx: shapely.Geometry | None) -> None:
        """Draw a leg by its mode, with gaps where its course is not known."""
        placed = self.place(shapely.get_coordinates(line))
        self._along(placed)
        width, dashes, inner, inner_dashes = _PATTERNS.get(mode, _PATTERNS["unknown"])
        colour = _COLOURS.get(mode, _COLOURS["unknown"])
        self._line(placed, "white", width + 1.6, "solid", 4)
        self._line(placed, colour, width, dashes, 5)
        if inner:
            self._line(placed, "white", inner, inner_dashes, 5.1)
        for run in _unknown(placed, shares(line, approx)):
            self._line(run, "white", 4.2, _APPROX, 5.2)
        self._arrows(placed, colour)

    def stops(self, stops: Sequence[Mapping[str, Any]]) -> None:
        """Draw numbered stops, apart from each other, and remember their labels."""
        if not stops:
            return
        true = self.place(np.array([(stop["lon"], stop["lat"]) for stop in stops], dtype=float))
        moved = _apart(true, 2 * _STOP_MM + 0.6)
        for stop, point, here in zip(stops, true, moved, strict=True):
            if math.dist(point, here) > 0.5:
                self.axes.plot(*zip(point, here, strict=True), color=_INK, linewidth=0.6, zorder=6)
            style = (0, (1.6, 1.2)) if stop.get("vague") else "solid"
            self._disc(here, style)
            self.axes.text(
                float(here[0]),
                float(here[1]),
                str(stop["number"]),
                color="white",
                fontsize=7,
                fontweight="bold",
                ha="center",
                va="center_baseline",
                zorder=8,
            )
            reach = _STOP_MM + 0.5
            self._taken.append((here[0] - reach, here[1] - reach, here[0] + reach, here[1] + reach))
            self._remember(here, stop["name"], size=8, weight="bold", colour=_INK)

    def reference(self, place: Mapping[str, Any]) -> None:
        """Draw a place that only situates another as a small grey dot."""
        here = self.place(np.array([(place["lon"], place["lat"])], dtype=float))[0]
        self.axes.plot(
            *here, marker="o", markersize=2.6, color="#6d7580", markeredgecolor="white",
            markeredgewidth=0.5, zorder=6,
        )  # fmt: skip
        self._remember(here, place["name"], size=6.5, style="italic", colour=_SOFT)

    def inset(
        self, transform: Transform, frame: Frame, middle: tuple[float, float], radius: float
    ) -> Sheet:
        """Open an inset in the corner that the route leaves free."""
        width, height = frame[3], frame[4]
        gap = 3.0
        corners = [
            (gap, gap + 6),
            (self.width - width - gap, gap + 6),
            (gap, self.height - height - gap - 9),
            (self.width - width - gap, self.height - height - gap - 9),
        ]

        def crowd(corner: tuple[float, float]) -> int:
            x, y = corner
            return sum(x < dx < x + width and y < dy < y + height for dx, dy in self._dots)

        corner = min(corners, key=crowd)
        box = (corner[0], corner[1], corner[0] + width, corner[1] + height)
        self._taken.append(box)
        return Sheet(transform, frame, middle, radius, parent=self, corner=corner)

    def label(self) -> None:
        """Place the remembered labels where they cover nothing."""
        renderer = self._canvas.get_renderer()
        for x, y, text in self._texts:
            extent = text.get_window_extent(renderer)
            dpmm = self.figure.dpi / _INCH_MM
            width, height = extent.width / dpmm, extent.height / dpmm
            box = self._free(x, y, width, height)
            if box is None:
                text.remove()
                continue
            text.set_position((box[0], (box[1] + box[3]) / 2))
            self._taken.append(box)

    def scale_bar(self, km: float, length: float, said: Mapping[str, str]) -> None:
        """Draw a bar for kilometres, with nautical miles beside."""
        x, y = self.width - length - 5, 4.0
        self.axes.add_patch(
            Rectangle((x - 2, y - 2), length + 4, 7.4, color="white", alpha=0.8, lw=0, zorder=9)
        )
        for edge in (x, x + length):
            self.axes.plot([edge, edge], [y, y + 1.3], color=_INK, linewidth=0.8, zorder=10)
        self.axes.plot([x, x + length], [y, y], color=_INK, linewidth=0.8, zorder=10)
        miles = said["nm"].replace("{n}", _figure(km / NM_KM))
        text = f"{said['km'].replace('{n}', _figure(km))}  ({miles})"
        middle = x + length / 2
        self.axes.text(middle, y + 1.6, text, fontsize=6, ha="center", color=_INK, zorder=10)

    def margins(
        self, title: str, entries: Sequence[tuple[str, str]], credits: Sequence[str]
    ) -> None:
        """Write title, legend and credits round the map."""
        self._title(title)
        rows = len(entries)
        foot = max(rows * 4.2, 3.0 * sum(math.ceil(len(text) / 105) for text in credits)) + 5
        figure = self.figure
        top = 8.0 if title else 0.0
        old = self.height
        total = old + foot + top
        for axes in figure.axes:
            x, y, width, height = axes.get_position().bounds
            axes.set_position((x, (y * old + foot) / total, width, height * old / total))
        figure.set_size_inches(self.width / _INCH_MM, total / _INCH_MM)
        below = figure.add_axes(
            (0, 0, 1, foot / total), xlim=(0, self.width), ylim=(0, foot), facecolor="none"
        )
        below.axis("off")
        for row, (kind, text) in enumerate(entries):
            y = foot - 4 - 4.2 * row
            _sample(below, kind, y)
            below.text(15, y, text, fontsize=6.5, va="center", color=_INK)
        left = 62.0 if self.width > 110 else 50.0
        lines = _wrapped(credits, int((self.width - left - 3) * 0.92))
        text = "\n".join(lines)
        below.text(left, foot - 2.4, text, fontsize=5, va="top", color=_SOFT, linespacing=1.35)

    def save(self, path: FilePath) -> None:
        """Write the sheet; the same map gives the same bytes."""
        kind = path.suffix.lower().lstrip(".")
        known: dict[str, dict[str, Any]] = {
            "svg": {"Date": None, "Creator": "geo-routes"},
            "pdf": {"CreationDate": None, "ModDate": None, "Creator": "geo-routes"},
            "png": {"Software": "geo-routes"},
        }
        with mpl.rc_context(_STYLE):
            self.figure.savefig(path, format=kind, metadata=known[kind], facecolor="white")

    def _title(self, title: str) -> None:
        if title:
            shown = (
                title if len(title) < self.width * 0.55 else title[: int(self.width * 0.55)] + "…"
            )
            self.figure.text(
                3 / self.width, 0.988, shown, fontsize=10, fontweight="bold", va="top", color=_INK
            )

    def _round_window(self) -> shapely.Geometry:
        west, _, east, _ = self._window.bounds
        turns = range(math.floor((west + 180) / 360), math.floor((east + 180) / 360) + 1)
        return shapely.union_all(
            [
                shapely.transform(self._window, lambda points, t=turn: points - (360 * t, 0))
                for turn in turns
            ]
        )

    def _fill(self, areas: Sequence[shapely.Geometry], **style: Any) -> None:
        vertices, codes = [], []
        for ring in shapely.get_rings(
            [part for area in areas for part in shapely.get_parts(area) if part.geom_type in _AREAS]
        ):
            placed = self.place(shapely.get_coordinates(ring))
            vertices.append(placed)
            codes += [Path.MOVETO] + [Path.LINETO] * (len(placed) - 2) + [Path.CLOSEPOLY]
        if vertices:
            self.axes.add_artist(PathPatch(Path(np.concatenate(vertices), codes), **style))

    def _strokes(
        self, lines: Sequence[NDArray[Any]], cuts: Sequence[NDArray[np.bool_]], **style: Any
    ) -> None:
        """Draw lines where they lie in the frame, broken at cuts (edges with both ends marked)."""
        runs: list[NDArray[Any]] = []
        for points, cut in zip(lines, cuts, strict=True):
            if len(points) < 2:
                continue
            placed = self.place(points)
            seen = self._near(placed) & np.all(np.isfinite(placed), axis=1)
            keep = seen[1:] & seen[:-1] & ~(cut[1:] & cut[:-1])
            steps = np.diff(np.concatenate([[0], keep.astype(np.int8), [0]]))
            starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
            runs += [placed[start : end + 1] for start, end in zip(starts, ends, strict=True)]
        if runs:
            self.axes.add_collection(LineCollection(runs, **style), autolim=False)

    def _near(self, placed: NDArray[Any]) -> NDArray[np.bool_]:
        x, y = placed.T
        pad = 0.3 * self.width
        near = (x > -pad) & (x < self.width + pad) & (y > -pad) & (y < self.height + pad)
        return np.asarray(near, dtype=np.bool_)

    def _line(
        self, placed: NDArray[Any], colour: str, width: float, dashes: Any, order: float
    ) -> None:
        self.axes.plot(
            placed[:, 0], placed[:, 1], color=colour, linewidth=width, linestyle=dashes,
            zorder=order, solid_capstyle="butt", dash_capstyle=_dash_cap(dashes),
        )  # fmt: skip

    def _along(self, placed: NDArray[Any]) -> None:
        for start, end in pairwise(placed):
            steps = max(1, min(60, math.ceil(math.dist(start, end) / 2)))
            self._dots += [tuple(start + (end - start) * k / steps) for k in range(steps)]

    def _arrows(self, placed: NDArray[Any], colour: str) -> None:
        lengths = np.hypot(*np.diff(placed, axis=0).T)
        along = np.concatenate([[0], np.cumsum(lengths)])
        if along[-1] < 4:
            return
        count = max(1, round(along[-1] / 30))
        for target in (np.arange(count) + 0.5) * along[-1] / count:
            here, back, ahead = (
                np.array([np.interp(target + step, along, placed[:, axis]) for axis in (0, 1)])
                for step in (0, -1.5, 1.5)
            )
            turn = math.atan2(*(ahead - back)[::-1])
            corners = [(1.7, 0), (-1.2, 1.35), (-0.6, 0), (-1.2, -1.35)]
            cosine, sine = math.cos(turn), math.sin(turn)
            turned = [(x * cosine - y * sine, x * sine + y * cosine) for x, y in corners]
            shape = here + np.array(turned)
            self.axes.add_patch(
                Polygon(shape, facecolor=colour, edgecolor="white", linewidth=0.5, zorder=5.5)
            )

    def _disc(self, here: NDArray[Any], style: Any) -> None:
        from matplotlib.patches import Circle

        centre = (float(here[0]), float(here[1]))
        ring = _STOP_MM + 0.45
        self.axes.add_patch(Circle(centre, ring, facecolor="white", edgecolor="none", zorder=6.9))
        self.axes.add_patch(
            Circle(
                centre, ring, fill=False, edgecolor=_INK, linewidth=0.7, linestyle=style, zorder=7
            )
        )
        self.axes.add_patch(Circle(centre, _STOP_MM - 0.1, facecolor=_INK, linewidth=0, zorder=7))

    def _remember(self, here: NDArray[Any], name: str, *, colour: str, **style: Any) -> None:
        # A halo would turn the letters into outlines; a faint box keeps them text.
        box = {"facecolor": "white", "alpha": 0.6, "linewidth": 0, "boxstyle": "round,pad=0.08"}
        text = self.axes.text(
            0, 0, "\n".join(_wrapped([name], 24)), color=colour, va="center", zorder=3.9,
            fontsize=style.pop("size"), linespacing=1.1, parse_math=False,
            bbox=box, **style,
        )  # fmt: skip
        self._texts.append((float(here[0]), float(here[1]), text))

    def _free(self, x: float, y: float, width: float, height: float) -> Box | None:
        best: tuple[float, Box] | None = None
        for order, (right, up) in enumerate(_SIDES):
            reach = _STOP_MM + 1.3
            left = x + right * reach - (0 if right > 0.2 else width if right < -0.2 else width / 2)
            low = y + up * reach - (0 if up > 0.95 else height if up < -0.95 else height / 2)
            box = (left, low, left + width, low + height)
            inside = (
                box[0] > 1 and box[1] > 1 and box[2] < self.width - 1 and box[3] < self.height - 1
            )
            if not inside or any(_overlap(box, other) for other in self._taken):
                continue
            cost = order * 0.4 + sum(
                box[0] - 0.6 < dx < box[2] + 0.6 and box[1] - 0.6 < dy < box[3] + 0.6
                for dx, dy in self._dots
            )
            if best is None or cost < best[0]:
                best = (cost, box)
        return best[1] if best else None


_AREAS = ("Polygon", "MultiPolygon")


def _overlap(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(
        one[1], other[1]
    )


def _unknown(placed: NDArray[Any], runs: Sequence[tuple[float, float]]) -> list[NDArray[Any]]:
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


def _dash_cap(dashes: Any) -> Any:
    """Round the ends of dots only: dashes keep their length."""
    return "round" if isinstance(dashes, tuple) and dashes[1][0] < 0.5 else "butt"


def _apart(points: NDArray[Any], least: float) -> NDArray[Any]:
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


def _figure(value: float) -> str:
    """Write a number with the narrow space that every language reads."""
    return f"{value:,.0f}".replace(",", "\u202f") if value >= 10 else f"{value:.1f}"


def _wrapped(texts: Sequence[str], width: int) -> list[str]:
    import textwrap

    return [line for text in texts for line in textwrap.wrap(text, max(20, width)) or [""]]


def _sample(axes: Any, kind: str, y: float) -> None:
    if kind == "region":
        axes.add_patch(
            Rectangle(
                (4, y - 1.3), 8, 2.6, facecolor="none", edgecolor=_HATCH, hatch="////",
                linewidth=0.7, linestyle=(0, (3, 2)),
            )
        )  # fmt: skip
        return
    width, dashes, inner, inner_dashes = _PATTERNS.get(kind, _PATTERNS["sea"])
    colour = _COLOURS.get(kind, _SOFT)
    axes.plot(
        [4, 12], [y, y], color=colour, linewidth=width, linestyle=dashes,
        dash_capstyle=_dash_cap(dashes), solid_capstyle="butt",
    )  # fmt: skip
    if inner:
        axes.plot([4, 12], [y, y], color="white", linewidth=inner, linestyle=inner_dashes)
    if kind == "gaps":
        axes.plot([4, 12], [y, y], color="white", linewidth=4, linestyle=_APPROX)
