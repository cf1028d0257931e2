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
from geo_routes.maps.signs import (
    APPROX,
    BORDER,
    COAST,
    COLOURS,
    COUNTRY,
    HATCH,
    INK,
    LAND,
    PATTERNS,
    SOFT,
    WATER,
    dash_cap,
    draw_sample,
    push_apart,
    unknown_blocks,
    wrap,
)

Frame = tuple[float, float, float, float, float]
Transform = Callable[..., Any]
Box = tuple[float, float, float, float]

_INCH_MM = 25.4
_STOP_MM = 2.1
_LEAST_LAKE_MM = 0.8
_GAP_MM = 3.0
_NUDGES = tuple((right, up) for right in (0, -9, 9) for up in (0, -5, 5, -10, 10))
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
        self.axes.set(xticks=[], yticks=[], facecolor=WATER)
        for spine in self.axes.spines.values():
            spine.set(color=SOFT, linewidth=0.5)

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
        self._fill(pieces, facecolor=LAND, edgecolor=LAND, linewidth=0.3, zorder=1)
        rings = [
            shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(near))
        ]
        cuts = [np.abs(ring[:, 0]) > 179.98 for ring in rings]
        self._strokes(rings, cuts, colors=COAST, linewidths=0.35, zorder=2)

    def lakes(self, lakes: shapely.Geometry, tolerance: float) -> None:
        """Fill the lakes that are large enough to see, and draw their shores."""
        parts = shapely.get_parts(lakes)
        large = parts[shapely.area(parts) > (self.metres * _LEAST_LAKE_MM / 111_000) ** 2]
        thinned = shapely.simplify(large, tolerance)
        near = thinned[shapely.intersects(thinned, self._round_window())]
        pieces = [clip(part, self._window) for part in near]
        self._fill(pieces, facecolor=WATER, edgecolor=COAST, linewidth=0.3, zorder=1.5)

    def borders(
        self, lines: Sequence[shapely.Geometry], tolerance: float, *, dashed: bool = False
    ) -> None:
        """Draw borders; those in dispute dashed."""
        thinned = shapely.simplify(np.array(lines, dtype=object), tolerance)
        points = [shapely.get_coordinates(line) for line in thinned]
        none = [np.zeros(len(line), dtype=bool) for line in points]
        if dashed:
            self._strokes(points, none, colors=LAND, linewidths=1.1, zorder=2)
        style = (0, (3, 2)) if dashed else "solid"
        self._strokes(points, none, colors=BORDER, linewidths=0.45, linestyles=style, zorder=2)

    def region(self, area: shapely.Geometry) -> None:
        """Hatch an area that a source names no closer."""
        thinned = shapely.simplify(area, self.metres * 0.3 / 111_000)
        self._fill(
            [thinned],
            facecolor="none",
            edgecolor=HATCH,
            hatch="////",
            linewidth=0.7,
            linestyle=(0, (3, 2)),
            zorder=3,
        )

    def corridor(self, area: shapely.Geometry | None) -> None:
        """Shade where a way may lie whose course is not known."""
        if area is not None:
            style = {"facecolor": SOFT, "alpha": 0.16, "linewidth": 0, "zorder": 2.9}
            self._fill([area], **style)

    def mark(self, area: shapely.Geometry) -> None:
        """Outline what an inset shows."""
        placed = self.place(shapely.get_coordinates(area))
        if np.all(np.isfinite(placed)):
            self.axes.plot(*placed.T, color=SOFT, linewidth=0.6, zorder=5.8)

    def leg(self, line: shapely.Geometry, mode: str, approx: shapely.Geometry | None) -> None:
        """Draw a leg by its mode, with gaps where its course is not known."""
        placed = self.place(shapely.get_coordinates(line))
        self._along(placed)
        width, dashes, inner, inner_dashes = PATTERNS.get(mode, PATTERNS["unknown"])
        colour = COLOURS.get(mode, COLOURS["unknown"])
        self._line(placed, "white", width + 1.6, "solid", 4)
        self._line(placed, colour, width, dashes, 5)
        if inner:
            self._line(placed, "white", inner, inner_dashes, 5.1)
        for run in unknown_blocks(placed, shares(line, approx)):
            self._line(run, "white", 4.2, APPROX, 5.2)
        self._arrows(placed, colour)

    def stops(self, stops: Sequence[Mapping[str, Any]]) -> None:
        """Draw numbered stops, apart from each other, and remember their labels."""
        if not stops:
            return
        true = self.place(np.array([(stop["lon"], stop["lat"]) for stop in stops], dtype=float))
        moved = push_apart(true, 2 * _STOP_MM + 0.6)
        for stop, point, here in zip(stops, true, moved, strict=True):
            if math.dist(point, here) > 0.5:
                self.axes.plot(*zip(point, here, strict=True), color=INK, linewidth=0.6, zorder=6)
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
            self._remember(
                here, stop.get("short") or stop["name"], size=8, weight="bold", colour=INK
            )

    def reference(self, place: Mapping[str, Any]) -> None:
        """Draw a place that only situates another as a small grey dot."""
        here = self.place(np.array([(place["lon"], place["lat"])], dtype=float))[0]
        self.axes.plot(
            *here, marker="o", markersize=2.6, color="#6d7580", markeredgecolor="white",
            markeredgewidth=0.5, zorder=6,
        )  # fmt: skip
        self._remember(
            here, place.get("short") or place["name"], size=6.5, style="italic", colour=SOFT
        )

    def inset(
        self, transform: Transform, frame: Frame, middle: tuple[float, float], radius: float
    ) -> Sheet:
        """Open an inset in the corner that the route leaves free."""
        width, height = frame[3], frame[4]
        right, top = self.width - width - _GAP_MM, self.height - height - _GAP_MM
        shares = (0.0, 0.25, 0.5, 0.75, 1.0)
        low, high = _GAP_MM + 6, top
        corners = [
            (_GAP_MM + (right - _GAP_MM) * share, y) for y in (low, high) for share in shares
        ]
        corners += [(x, low + (high - low) * share) for x in (_GAP_MM, right) for share in shares]

        def crowd(corner: tuple[float, float]) -> tuple[int, bool]:
            x, y = corner[0] - _GAP_MM, corner[1] - _GAP_MM
            wide, tall = width + 2 * _GAP_MM, height + 2 * _GAP_MM
            covered = sum(x < dx < x + wide and y < dy < y + tall for dx, dy in self._dots)
            # The scale bar stands in the lower right corner.
            return covered, corner[0] + width > self.width * 0.75 and corner[1] < low + 8

        corner = min(corners, key=crowd)
        box = (corner[0], corner[1], corner[0] + width, corner[1] + height)
        self._taken.append(box)
        return Sheet(transform, frame, middle, radius, parent=self, corner=corner)

    def label(self) -> None:
        """Place the remembered labels where they cover nothing."""
        renderer = self._canvas.get_renderer()
        for x, y, text in self._texts:
            width, height = self._size_mm(text, renderer)
            box = self._free(x, y, width, height)
            if box is None:
                text.remove()
                continue
            text.set_position((box[0], (box[1] + box[3]) / 2))
            self._taken.append(box)

    def name_countries(self, shapes: Sequence[shapely.Geometry], names: Sequence[str]) -> None:
        """Write countries' names where they fit and cover nothing, the largest first."""
        frame = shapely.box(0, 0, self.width, self.height)
        window = self._round_window()
        seen = []
        for shape, name in zip(shapes, names, strict=True):
            if not shapely.intersects(shape, window):
                continue
            part = self._largest_part(shape, frame)
            if part is not None:
                seen.append((part, name))
        renderer = self._canvas.get_renderer()
        for part, name in sorted(seen, key=lambda pair: -pair[0].area):
            self._name_country(part, name.upper(), renderer)

    def _largest_part(
        self, shape: shapely.Geometry, frame: shapely.Geometry
    ) -> shapely.Geometry | None:
        """Find the largest part of a country on the sheet."""
        placed = []
        for part in shapely.get_parts(clip(shape, self._window)):
            if part.geom_type not in _AREAS:
                continue
            moved = shapely.transform(part, self.place)
            if np.all(np.isfinite(shapely.get_coordinates(moved))):
                placed.append(shapely.make_valid(moved).intersection(frame))
        parts = [part for part in shapely.get_parts(shapely.get_parts(placed)) if part.area > 12]
        return max(parts, key=lambda part: float(part.area)) if parts else None

    def _name_country(self, part: shapely.Geometry, name: str, renderer: Any) -> None:
        middle = part.centroid if part.contains(part.centroid) else part.point_on_surface()
        text = self.axes.text(
            0, 0, name, color=COUNTRY, fontsize=5.5, ha="center", va="center", zorder=3.5,
            parse_math=False,
        )  # fmt: skip
        width, height = self._size_mm(text, renderer)
        west, _, east, _ = part.bounds
        for right, up in _NUDGES:
            x, y = middle.x + right, middle.y + up
            box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            inside = box[0] > 1 and box[1] > 1 and box[2] < self.width - 1
            fits = (
                width < (east - west) * 1.15 and inside and box[3] < self.height - 1
                and shapely.intersects_xy(part, x, y)
            )  # fmt: skip
            if not fits or any(_overlap(box, other) for other in self._taken) or self._hits(box):
                continue
            text.set_position((x, y))
            self._taken.append(box)
            return
        text.remove()

    def _size_mm(self, text: Any, renderer: Any) -> tuple[float, float]:
        extent = text.get_window_extent(renderer)
        dpmm = self.figure.dpi / _INCH_MM
        return extent.width / dpmm, extent.height / dpmm

    def _hits(self, box: Box) -> int:
        """Count the points of the route that a box would cover."""
        return sum(
            box[0] - 0.6 < dx < box[2] + 0.6 and box[1] - 0.6 < dy < box[3] + 0.6
            for dx, dy in self._dots
        )

    def scale_bar(self, length: float, text: str) -> None:
        """Draw a bar of a length in millimetres, with what it stands for."""
        x, y = self.width - length - 5, 4.0
        self._taken.append((x - 2, y - 2, x + length + 2, y + 5.4))
        self.axes.add_patch(
            Rectangle((x - 2, y - 2), length + 4, 7.4, color="white", alpha=0.8, lw=0, zorder=9)
        )
        for edge in (x, x + length):
            self.axes.plot([edge, edge], [y, y + 1.3], color=INK, linewidth=0.8, zorder=10)
        self.axes.plot([x, x + length], [y, y], color=INK, linewidth=0.8, zorder=10)
        middle = x + length / 2
        self.axes.text(middle, y + 1.6, text, fontsize=6, ha="center", color=INK, zorder=10)

    def margins(
        self, titles: tuple[str, str], entries: Sequence[tuple[str, str]], credits: Sequence[str]
    ) -> None:
        """Write title and subtitle, legend and credits round the map."""
        rows = [(kind, wrap([text], 34)) for kind, text in entries]
        left = 68.0 if self.width > 110 else 50.0
        lines = wrap(credits, int((self.width - left - 3) * 0.92))
        legend = sum(1.4 + 2.8 * len(texts) for _, texts in rows)
        foot = max(legend, 2.6 * len(lines)) + 5
        figure = self.figure
        heads = [wrap([titles[0]], int(self.width * 0.46)) if titles[0] else []]
        heads.append(wrap([titles[1]], int(self.width * 0.72)) if titles[1] else [])
        top = 3.4 + 4.9 * len(heads[0]) + 3.4 * len(heads[1]) if heads[0] or heads[1] else 0.0
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
        y = foot - 4.0
        for kind, texts in rows:
            draw_sample(below, kind, y)
            below.text(
                15, y + 1.5, "\n".join(texts), fontsize=6.5, va="top", color=INK,
                linespacing=1.2, parse_math=False,
            )  # fmt: skip
            y -= 1.4 + 2.8 * len(texts)
        self._head(heads, total)
        text = "\n".join(lines)
        below.text(left, foot - 2.4, text, fontsize=5, va="top", color=SOFT, linespacing=1.35)

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

    def _head(self, heads: Sequence[Sequence[str]], total: float) -> None:
        """Write title and subtitle above the map."""
        y = 1.0 - 1.8 / total
        for lines, size, weight, colour in zip(
            heads, (10.5, 7), ("bold", "normal"), (INK, SOFT), strict=True
        ):
            if lines:
                self.figure.text(
                    3 / self.width, y, "\n".join(lines), fontsize=size, fontweight=weight,
                    va="top", color=colour, linespacing=1.15, parse_math=False,
                )  # fmt: skip
            y -= 4.9 * len(lines) / total

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
            zorder=order, solid_capstyle="butt", dash_capstyle=dash_cap(dashes),
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
                centre, ring, fill=False, edgecolor=INK, linewidth=0.7, linestyle=style, zorder=7
            )
        )
        self.axes.add_patch(Circle(centre, _STOP_MM - 0.1, facecolor=INK, linewidth=0, zorder=7))

    def _remember(self, here: NDArray[Any], name: str, *, colour: str, **style: Any) -> None:
        # A halo would turn the letters into outlines; a faint box keeps them text.
        box = {"facecolor": LAND, "alpha": 0.45, "linewidth": 0, "boxstyle": "round,pad=0.05"}
        lines = wrap([name], 24)
        shown = lines if len(lines) < 4 else [*lines[:2], lines[2] + "…"]
        text = self.axes.text(
            0, 0, "\n".join(shown), color=colour, va="center", zorder=3.9,
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
            cost = order * 0.4 + self._hits(box)
            if best is None or cost < best[0]:
                best = (cost, box)
        return best[1] if best else None


_AREAS = ("Polygon", "MultiPolygon")


def _overlap(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(
        one[1], other[1]
    )
