"""A vessel's track, from a table or from AIS sentences, laid over a reported sea leg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_routes import schema
from geo_routes.errors import RouteFileError
from geo_routes.io.imports import read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd
    from shapely import LineString

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_NMEA_SUFFIXES = frozenset({".nmea", ".aivdm", ".ais"})
_SENTENCE = re.compile(r"![A-Z]{2}VD[MO],[^*]*\*[0-9A-Fa-f]{2}")
# The time of a line: c: of a tag block (s or ms), or an epoch or ISO time around the sentence.
_TAG_TIME = re.compile(r"\\[^\\]*?\bc:(\d{10}(?:\d{3})?)\b[^\\]*\\")
_EPOCH = re.compile(r"\b(\d{10}(?:\.\d+)?)\b")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_VESSEL_REPORTS = frozenset({1, 2, 3, 18, 27})
_STEP_DEG = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackGap:
    """
    A stretch of a track without a position: from when to when, how long, how far apart.

    Examples
    --------
    >>> start, end = datetime(2023, 5, 1, 5), datetime(2023, 5, 2, 5)
    >>> TrackGap(start=start, end=end, hours=24.0, distance_km=222.6).hours
    24.0
    """

    start: datetime
    end: datetime
    hours: float
    distance_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackComparison:
    """
    How far a vessel's track lies from a routed leg, and where the track has gaps.

    Attributes
    ----------
    fixes
        Number of positions.
    length_km, leg_km
        Length of the track through its positions, and of the leg.
    median_km, largest_km
        Distance from a position to the nearest point of the leg.
    within_25_km
        Share of the positions that lie within 25 km of the leg, 0 to 1.
    longest_gap_h
        Longest time between two positions.
    gaps
        All stretches without a position that are longer than was asked for, in order.

    Examples
    --------
    >>> found = TrackComparison(
    ...     fixes=2,
    ...     length_km=222.9,
    ...     leg_km=222.6,
    ...     median_km=5.5,
    ...     largest_km=11.1,
    ...     within_25_km=1.0,
    ...     longest_gap_h=48.0,
    ... )
    >>> found.gaps
    ()
    """

    fixes: int
    length_km: float
    leg_km: float
    median_km: float
    largest_km: float
    within_25_km: float
    longest_gap_h: float
    gaps: tuple[TrackGap, ...] = ()


def read_track(path: Path, *, mmsi: str = "") -> pd.DataFrame:
    r"""
    Read a vessel's track from a CSV table or from AIS sentences (NMEA 0183).

    Parameters
    ----------
    path
        CSV with the columns time (ISO 8601), lat and lon; or, where the suffix is .nmea, .ais or
        .aivdm, lines with AIVDM or AIVDO sentences, read by pyais. The time of a sentence is that
        of its tag block (`c:`), or a time in ISO 8601 or in seconds since 1970 on its line.
    mmsi
        The vessel, where the AIS sentences are of several.

    Returns
    -------
    track
        `time` (UTC), `lon`, `lat`, in the order of time, each time once.

    Raises
    ------
    RouteFileError
        When a column is missing, a cell is no time or position, sentences have no time, or
        sentences are of several vessels and none was named.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "track.csv"
    ...     size = path.write_text("time,lat,lon\n2023-05-01T06:00Z,42.2,130.3\n")
    ...     read_track(path)
                           time    lon   lat
    0 2023-05-01 06:00:00+00:00  130.3  42.2
    """
    import pandas as pd

    if path.suffix.lower() in _NMEA_SUFFIXES:
        track = _read_nmea(path, mmsi)
    else:
        table = read_table(path, needed=("time", "lat", "lon"))
        track = pd.DataFrame(
            {
                "time": pd.to_datetime(table.time, errors="coerce", utc=True, format="ISO8601"),
                "lon": pd.to_numeric(table.lon, errors="coerce"),
                "lat": pd.to_numeric(table.lat, errors="coerce"),
            }
        )
        bad = track.isna().any(axis=1) | (track.lat.abs() > 90) | (track.lon.abs() > 180)
        if bad.any():
            number = int(bad.to_numpy().argmax()) + 2
            raise RouteFileError(f"{path}:{number}: no time, latitude and longitude.")
    if track.empty:
        raise RouteFileError(f"{path} holds no positions.")
    return track.sort_values("time").drop_duplicates("time").reset_index(drop=True)


def measure_track(track: pd.DataFrame, line: LineString) -> gpd.GeoDataFrame:
    """
    Measure each position of a track against a routed leg.

    Parameters
    ----------
    track
        As `read_track` gives it.
    line
        The geometry of a leg; longitudes may run on past 180.

    Returns
    -------
    positions
        The track with `distance_km` to the nearest point of the leg, `along_km` from the leg's
        origin to that point, both over the ellipsoid, and points (EPSG:4326).

    Examples
    --------
    >>> import pandas as pd
    >>> from shapely import LineString
    >>> track = pd.DataFrame({"time": pd.to_datetime(["2023-05-01"]), "lon": [1.0], "lat": [0.1]})
    >>> measure_track(track, LineString([(0, 0), (2, 0)]))[["distance_km", "along_km"]].round(2)
       distance_km  along_km
    0        11.06    111.32
    """
    import geopandas as gpd

    lon, lat = track.lon.to_numpy(dtype=float), track.lat.to_numpy(dtype=float)
    near_lon, near_lat, along_km = _nearest_on_line(lon, lat, line)
    return gpd.GeoDataFrame(
        track.assign(distance_km=_distances_km(lon, lat, near_lon, near_lat), along_km=along_km),
        geometry=gpd.points_from_xy(lon, lat),
        crs=schema.CRS,
    )


def compare_track(track: pd.DataFrame, line: LineString, *, gap_h: float = 6.0) -> TrackComparison:
    """
    Compare a vessel's track with a routed sea leg.

    Parameters
    ----------
    track
        As `read_track` gives it.
    line
        The geometry of a leg; longitudes may run on past 180.
    gap_h
        Hours without a position that count as a gap.

    Returns
    -------
    comparison
        Distances over the ellipsoid, and the gaps.

    Examples
    --------
    >>> import pandas as pd
    >>> from shapely import LineString
    >>> times = pd.to_datetime(["2023-05-01", "2023-05-03"], utc=True)
    >>> track = pd.DataFrame({"time": times, "lon": [0.0, 2.0], "lat": [0.0, 0.1]})
    >>> found = compare_track(track, LineString([(0, 0), (2, 0)]))
    >>> round(found.largest_km, 2), found.longest_gap_h, len(found.gaps)
    (11.06, 48.0, 1)
    """
    from geo_routes.geodesy import length_km

    distance_km = measure_track(track, line).distance_km
    lon, lat = track.lon.to_numpy(dtype=float), track.lat.to_numpy(dtype=float)
    steps_km = _distances_km(lon[:-1], lat[:-1], lon[1:], lat[1:])
    hours = track.time.diff().dt.total_seconds().to_numpy()[1:] / 3600
    gaps = tuple(
        TrackGap(
            start=track.time.iloc[number].to_pydatetime(),
            end=track.time.iloc[number + 1].to_pydatetime(),
            hours=float(hours[number]),
            distance_km=float(steps_km[number]),
        )
        for number in (hours > gap_h).nonzero()[0]
    )
    return TrackComparison(
        fixes=len(track),
        length_km=float(steps_km.sum()),
        leg_km=length_km(line),
        median_km=float(distance_km.median()),
        largest_km=float(distance_km.max()),
        within_25_km=float((distance_km <= 25).mean()),
        longest_gap_h=float(hours.max()) if len(hours) else 0.0,
        gaps=gaps,
    )


def _nearest_on_line(lon: Floats, lat: Floats, line: LineString) -> tuple[Floats, Floats, Floats]:
    """Find the nearest point of a line to each position, and how far along the line it lies."""
    import numpy as np
    from scipy.spatial import cKDTree
    from shapely import segmentize

    from geo_routes.geodesy import geod

    course = np.asarray(segmentize(line, _STEP_DEG).coords)[:, :2]
    steps_km = np.asarray(geod().line_lengths(course[:, 0], course[:, 1])) / 1000
    behind_km = np.concatenate([[0.0], np.cumsum(steps_km)])
    # Vertices are near each other, so the nearest segment touches one of the nearest vertices.
    count = min(4, len(course))
    _, vertices = cKDTree(_unit_vectors(*course.T)).query(_unit_vectors(lon, lat), k=count)
    vertices = vertices.reshape(len(lon), count)
    segments = np.clip(np.hstack([vertices - 1, vertices]), 0, len(course) - 2)
    start, end = course[segments], course[segments + 1]
    # A plane around each position: near enough over one short segment.
    scale = np.stack([np.cos(np.radians(lat)), np.ones_like(lat)], axis=1)[:, None, :]
    here = np.stack([lon, lat], axis=1)[:, None, :]
    offset = start - here
    offset[..., 0] = (offset[..., 0] + 180) % 360 - 180
    offset, step = offset * scale, (end - start) * scale
    squared = np.maximum((step**2).sum(axis=2), 1e-18)
    share = np.clip(-(offset * step).sum(axis=2) / squared, 0, 1)
    best = ((offset + share[..., None] * step) ** 2).sum(axis=2).argmin(axis=1)
    rows = np.arange(len(lon))
    share, segment = share[rows, best], segments[rows, best]
    nearest = start[rows, best] + share[:, None] * (end - start)[rows, best]
    return nearest[:, 0], nearest[:, 1], behind_km[segment] + share * steps_km[segment]


def _unit_vectors(lon: Floats, lat: Floats) -> Floats:
    import numpy as np

    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=1)


def _distances_km(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    import numpy as np

    from geo_routes.geodesy import geod

    return np.asarray(geod().inv(lon, lat, other_lon, other_lat)[2], dtype=float) / 1000


def _read_nmea(path: Path, mmsi: str) -> pd.DataFrame:
    """Read the positions of one vessel from AIS sentences."""
    import pandas as pd

    rows = pd.DataFrame(_nmea_positions(path), columns=["mmsi", "time", "lon", "lat"])
    vessels = sorted(rows.mmsi.unique())
    if mmsi:
        rows = rows[rows.mmsi == mmsi]
        if rows.empty and vessels:
            raise RouteFileError(f"{path} has no vessel {mmsi}. It has: {', '.join(vessels)}.")
    elif len(vessels) > 1:
        raise RouteFileError(
            f"{path} has positions of several vessels; name one by its MMSI: {', '.join(vessels)}."
        )
    if rows.time.isna().all() and not rows.empty:
        raise RouteFileError(
            f"{path} gives no times: neither in tag blocks (\\c:...*..\\) nor beside the sentences."
        )
    rows = rows.dropna(subset="time")
    # Units differ by how the times were written.
    time = pd.to_datetime(rows.time, utc=True, format="ISO8601")
    return pd.DataFrame(
        {"time": time, "lon": rows.lon.astype(float), "lat": rows.lat.astype(float)}
    )


def _nmea_positions(path: Path) -> Iterator[tuple[str, str | None, float, float]]:
    """List vessel, time and position of each whole sentence that reports one."""
    try:
        from pyais.exceptions import AISBaseException
        from pyais.messages import AISSentence, NMEASentenceFactory
    except ImportError:
        raise RouteFileError(
            f"{path}: AIS sentences need pyais. Run: pip install 'geo-routes[ais]'"
        ) from None
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise RouteFileError(f"{path} cannot be read: {error.strerror or error}.") from None
    for text in lines:
        found = _SENTENCE.search(text)
        if found is None:
            continue
        try:
            sentence = NMEASentenceFactory.produce(found[0].encode("ascii"))
            # Positions come in single sentences; a wrong checksum may be a wrong position.
            if not isinstance(sentence, AISSentence) or not (
                sentence.is_valid and sentence.is_single
            ):
                continue
            message: Any = sentence.decode()
        except (AISBaseException, ValueError):
            continue
        # Reports of vessels only: no base stations, no buoys. 181 and 91 stand for "no position".
        if (
            message.msg_type in _VESSEL_REPORTS
            and abs(message.lon) <= 180
            and abs(message.lat) <= 90
        ):
            time = _line_time(text, found.span())
            yield f"{message.mmsi:09}", time, message.lon, message.lat


def _line_time(text: str, sentence: tuple[int, int]) -> str | None:
    """Read when a line was received, as ISO 8601."""
    around = f"{text[: sentence[0]]} {text[sentence[1] :]}"
    if tag := _TAG_TIME.search(around):
        return _iso(float(tag[1]) / (1000 if len(tag[1]) == 13 else 1))
    if iso := _ISO.search(around):
        return iso[0]
    epoch = _EPOCH.search(around)
    return _iso(float(epoch[1])) if epoch else None


def _iso(seconds: float) -> str:

    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
