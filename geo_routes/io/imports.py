"""Itineraries from spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_routes.errors import RouteFileError
from geo_routes.io.structure import FieldError, itinerary_from_dict, name_path
from geo_routes.itinerary import Itinerary

if TYPE_CHECKING:
    import pandas as pd

_PLACE_TEXT = ("country", "kind", "gazetteer", "toponym", "note")
_LEG_TEXT = (
    "departure",
    "arrival",
    "cargo",
    "quantity",
    "vehicle",
    "vehicle_type",
    "flag",
    "shipper",
    "consignee",
    "carrier",
    "note",
)
_LEG_COLUMNS = ("from", "to", "mode", "via", "avoid", "status", "by", "denied_by", "quote")
_NAMES = {"origin": "from", "destination": "to", "longitude": "lon", "latitude": "lat"}


def read_spreadsheet(legs: Path, places: Path | None = None, *, title: str = "") -> Itinerary:
    """
    Read an itinerary from tables: one row a leg, one row a place.

    Parameters
    ----------
    legs
        CSV with the columns from, to and mode, and any of via, avoid, departure, arrival, status,
        by, denied_by, cargo, quantity, vehicle, vehicle_type, flag, shipper, consignee, carrier,
        quote, note; or an XLSX workbook with the sheets `legs` and `places`.
    places
        CSV with the columns name, lon, lat, and any of id, country, kind, radius_km, gazetteer,
        toponym, note.
    title
        Of the itinerary.

    Returns
    -------
    itinerary
        Legs name places by id, or by name where the table has no ids.

    Raises
    ------
    RouteFileError
        Names the file, the row and the column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     legs, places = Path(folder) / "legs.csv", Path(folder) / "places.csv"
    ...     sizes = (
    ...         legs.write_text("from,to,mode,departure\\nHalden,Lagos,sea,2023-05~\\n"),
    ...         places.write_text("name,lon,lat\\nHalden,11.39,59.12\\nLagos,3.39,6.44\\n"),
    ...     )
    ...     itinerary = read_spreadsheet(legs, places)
    >>> itinerary.legs[0].departure
    '2023-05~'
    """
    if legs.suffix.lower() == ".xlsx":
        leg_table, place_table = _read_sheet(legs, "legs"), _read_sheet(legs, "places")
    elif places is None:
        raise RouteFileError(f"{legs} needs a table of places beside it: name,lon,lat.")
    else:
        leg_table, place_table = _read_csv(legs), _read_csv(places)
    _need(leg_table, ("from", "to", "mode"), f"{legs}")
    _need(place_table, ("name", "lon", "lat"), f"{places or legs}")
    ids = [row.get("id") or row["name"] for row in place_table.to_dict("records")]
    if len(set(ids)) < len(ids):
        twice = next(key for key in ids if ids.count(key) > 1)
        raise RouteFileError(f"{places or legs}: the place {twice!r} is given twice. Add ids.")
    structure = {
        "schema": "geo-routes/1",
        "title": title,
        "places": dict(zip(ids, map(_place, place_table.to_dict("records")), strict=True)),
        "legs": [_leg(row) for row in leg_table.to_dict("records")],
    }
    try:
        return itinerary_from_dict(structure)
    except FieldError as error:
        raise RouteFileError(f"{legs}: {_row_of(error, ids)}{error}") from None


def read_table(path: Path, *, needed: tuple[str, ...]) -> pd.DataFrame:
    """Read a CSV table of strings, and see that it has the columns needed."""
    table = _read_csv(path)
    _need(table, needed, str(path))
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        # Strings only: pandas would read the country code NA as a missing value.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, sep=None, engine="python")
    except OSError as error:
        raise RouteFileError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise RouteFileError(f"{path} is no CSV table: {str(error).splitlines()[0]}.") from None
    return _tidy(table)


def _read_sheet(path: Path, sheet: str) -> pd.DataFrame:
    import pandas as pd

    try:
        table = pd.read_excel(path, sheet_name=sheet, dtype=str, keep_default_na=False)
    except ImportError:
        raise RouteFileError(
            f"{path}: XLSX needs openpyxl. Run: pip install 'geo-routes[tables]'"
        ) from None
    except Exception as error:  # openpyxl raises many kinds on damaged files
        raise RouteFileError(f"{path} has no readable sheet {sheet!r}: {error}.") from None
    return _tidy(table.fillna(""))


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    names = [str(name).strip().lstrip("\ufeff").lower() for name in table.columns]
    return table.set_axis([_NAMES.get(name, name) for name in names], axis=1).map(
        lambda cell: str(cell).strip()
    )


def _need(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        found = ", ".join(table.columns)
        raise RouteFileError(f"{name} lacks the column {missing[0]!r}. It has: {found}.")


def _place(row: Mapping[Any, Any]) -> dict[str, Any]:
    keys = ("name", "lon", "lat", "radius_km", *_PLACE_TEXT)
    return {key: row[key] for key in keys if row.get(key)}


def _leg(row: Mapping[Any, Any]) -> dict[str, Any]:
    leg: dict[str, Any] = {
        key: row[key] for key in ("from", "to", "mode", *_LEG_TEXT) if key in row
    }
    leg["mode"] = row["mode"].lower()
    for key in ("via", "avoid"):
        leg[key] = [item.strip() for item in row.get(key, "").replace(",", ";").split(";") if item]
    leg["claim"] = {key: row[key] for key in ("status", "by", "denied_by") if row.get(key)}
    if row.get("quote"):
        leg["evidence"] = {"exact": row["quote"]}
    return leg


def _row_of(error: FieldError, ids: list[str]) -> str:
    """Say which row of the table a field comes from; the header is row 1."""
    steps = error.path
    if len(steps) < 2 or name_path(steps[:1]) not in {"legs", "places"}:
        return ""
    number = steps[1] if isinstance(steps[1], int) else ids.index(str(steps[1]))
    return f"row {number + 2} of {steps[0]}: "
