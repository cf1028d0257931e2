"""The route file (YAML): read with line numbers in every error, written whole or not at all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import yaml

from geo_routes import outputs
from geo_routes.errors import RouteFileError
from geo_routes.io.structure import (
    FieldError,
    itinerary_from_dict,
    itinerary_to_dict,
    name_path,
)
from geo_routes.itinerary import Candidate, Itinerary, Leg, Place, join_itineraries

Source = Path | TextIO | str
FieldPath = tuple[str | int, ...]

MAX_BYTES = 20_000_000
RIVAL_SHARE = 0.3
"""A reading that scores less than this share of the chosen one is not shown as a rival."""
_MAX_DEPTH = 20
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Parsed:
    """One YAML document: its structure in strings, and the line of every field."""

    def __init__(self, structure: Any, lines: Mapping[FieldPath, int]) -> None:
        self.structure = structure
        self.lines = lines

    def line(self, path: FieldPath) -> int:
        """Find the line of a field, or of the nearest one that holds it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_itinerary(source: Source) -> Itinerary:
    """
    Read a route file; several itineraries in one file are joined.

    Parameters
    ----------
    source
        A path, an open text file, or the text itself (a string of several lines).

    Returns
    -------
    itinerary
        As the person who edited it left it.

    Raises
    ------
    RouteFileError
        Names the file, the line and the field, and what is allowed there.

    Examples
    --------
    >>> itinerary = read_itinerary('''
    ... schema: geo-routes/1
    ... places:
    ...   halden: {name: Halden, lon: 11.39, lat: 59.12, country: NO}
    ...   lagos: {name: Lagos, lon: 3.39, lat: 6.44}
    ... legs:
    ...   - {from: halden, to: lagos, mode: sea, departure: 2023-05~}
    ... ''')
    >>> itinerary.places["halden"].country, itinerary.legs[0].departure
    ('NO', '2023-05~')
    """
    return join_itineraries(read_itineraries(source))


def read_itineraries(source: Source) -> list[Itinerary]:
    r"""
    Read every itinerary of a route file: YAML documents parted by `---`, or a list.

    Parameters
    ----------
    source
        A path, an open text file, or the text itself (a string of several lines).

    Returns
    -------
    itineraries
        At least one.

    Raises
    ------
    RouteFileError
        Names the file, the line and the field, and what is allowed there.

    Examples
    --------
    >>> one = "schema: geo-routes/1\nplaces: {}\nlegs: []\n"
    >>> len(read_itineraries(f"{one}---\n{one}"))
    2
    """
    return [itinerary for itinerary, _ in read_with_lines(source)]


def read_with_lines(source: Source) -> list[tuple[Itinerary, Parsed]]:
    """Read every itinerary of a route file together with the lines of its fields."""
    name, text = _read_text(source)
    found = []
    for parsed in _parse(text, name):
        try:
            found.append((itinerary_from_dict(parsed.structure), parsed))
        except FieldError as error:
            raise RouteFileError(f"{name}:{parsed.line(error.path)}: {error}") from None
    if not found:
        raise RouteFileError(f"{name} is empty. Start it with: schema: geo-routes/1")
    return found


def write_itinerary(
    itinerary: Itinerary | Sequence[Itinerary], target: Path | TextIO, *, comments: bool = True
) -> None:
    """
    Write a route file for a person to review.

    Parameters
    ----------
    itinerary
        One itinerary, or several (written as YAML documents parted by `---`).
    target
        A path (written whole or not at all) or an open text file.
    comments
        Whether to say beside each doubtful place what else it may be.

    Raises
    ------
    OutputError
        When the file cannot be written.

    Examples
    --------
    >>> import io
    >>> file = io.StringIO()
    >>> write_itinerary(Itinerary(title="Drums"), file)
    >>> read_itinerary(file.getvalue()).title
    'Drums'
    """
    rows = [itinerary] if isinstance(itinerary, Itinerary) else list(itinerary)
    text = "---\n".join(_to_yaml(row, comments=comments) for row in rows)
    if not isinstance(target, str | Path):
        target.write(text)
        return
    outputs.write_text(Path(target), text)


def _read_text(source: Source) -> tuple[str, str]:
    if isinstance(source, str) and ("\n" in source or not source.strip()):
        return "route file", source
    if isinstance(source, str | Path) and str(source) == "-":
        source = sys.stdin
    if not isinstance(source, str | Path):
        return str(getattr(source, "name", "route file")), _read_stream(source)
    path = Path(source)
    try:
        if path.is_file() and path.stat().st_size > MAX_BYTES:
            raise RouteFileError(f"{path} is larger than {MAX_BYTES // 10**6} MB: no route file.")
        raw = path.read_bytes()
    except OSError as error:
        raise RouteFileError(f"{path} cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise RouteFileError(f"{str(path)!r} is no path: {error}.") from None
    try:
        return str(path), raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise RouteFileError(
            f"{path}:{line}: not UTF-8 text. Save the route file as UTF-8."
        ) from None


def _read_stream(stream: TextIO) -> str:
    try:
        text = stream.read(MAX_BYTES + 1)
    except UnicodeDecodeError:
        raise RouteFileError("The route file is not UTF-8 text.") from None
    if len(text) > MAX_BYTES:
        raise RouteFileError(f"The route file is larger than {MAX_BYTES // 10**6} MB.")
    return text


def _parse(text: str, name: str) -> Iterator[Parsed]:
    # BaseLoader: YAML would read Norway's NO as False, and 12:30 as 750.
    try:
        for root, lines in _documents(yaml.parse(text, Loader=_LOADER), name):
            if isinstance(root, list):
                for number, item in enumerate(root):
                    own = {path[1:]: line for path, line in lines.items() if path[:1] == (number,)}
                    yield Parsed(item, own)
            elif root is not None:
                yield Parsed(root, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise RouteFileError(f"{name}:{line}: not YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0] if str(error) else "unreadable"
        raise RouteFileError(f"{name} is not a text file in YAML: {problem}.") from None


def _documents(events: Any, name: str) -> Iterator[tuple[Any, dict[FieldPath, int]]]:
    """Build dicts, lists and strings from events, without recursion and without aliases."""
    builder = _Builder(name)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            builder = _Builder(name)
        elif isinstance(event, yaml.DocumentEndEvent):
            yield builder.root, builder.lines
        else:
            builder.add(event)


class _Builder:
    """Collects the events of one YAML document."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.lines: dict[FieldPath, int] = {}
        self._open: list[tuple[Any, FieldPath]] = []
        self._key: list[str | None] = []

    def add(self, event: Any) -> None:
        """Take the next event."""
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, "aliases (*name) are not used in route files. Write it out.")
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event)
            self._add_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_tag(event)
            self._add_collection(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._key.pop()

    def _add_scalar(self, event: Any) -> None:
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            holder, path = self._open[-1]
            if event.value in holder:
                at = name_path((*path, event.value))
                raise self._error(event, f"{at}: the field is given twice.")
            self._key[-1] = event.value
            self.lines[(*path, event.value)] = event.start_mark.line + 1
            return
        plain = not event.style
        self._place(event, None if plain and event.value in {"", "~", "null"} else event.value)

    def _add_collection(self, event: Any) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise self._error(event, "nested too deeply for a route file.")
        if self._open and isinstance(self._open[-1][0], dict) and self._key[-1] is None:
            raise self._error(event, "a key must be text.")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place(event, value)
        self._open.append((value, path))
        self._key.append(None)

    def _place(self, event: Any, value: Any) -> FieldPath:
        line = event.start_mark.line + 1
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        holder, path = self._open[-1]
        if isinstance(holder, dict):
            key = self._key[-1]
            holder[key], self._key[-1] = value, None
            return (*path, str(key))
        holder.append(value)
        own = (*path, len(holder) - 1)
        self.lines[own] = line
        return own

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in {None, "!"}:
            raise self._error(event, f"tags ({event.tag[:60]}) are not used in route files.")

    def _error(self, event: Any, message: str) -> RouteFileError:
        return RouteFileError(f"{self.name}:{event.start_mark.line + 1}: {message}")


def rivals(place: Place) -> list[Candidate]:
    """List up to five other readings of a place that a person should weigh, best first."""
    if place.region is not None or place.reference:
        return []
    own = [row.score for row in place.candidates if row.gazetteer == place.gazetteer]
    least = RIVAL_SHARE * max(own, default=0.0)
    others = (row for row in place.candidates if row.gazetteer != place.gazetteer)
    return [row for row in others if row.score >= least][:5]


def about_leg(doubt: str) -> tuple[int, str] | None:
    """Tell which leg (from 0) a doubt such as "Leg 2: no date." is about, and what it says."""
    match = re.fullmatch(r"Leg (\d{1,6}): (.*)", doubt, re.S)
    return (int(match[1]) - 1, match[2]) if match else None


def repeats_inference(doubt: str, leg: Leg) -> bool:
    """Tell whether a doubt only says again what stands in the leg's `inferred`."""
    return any(doubt.startswith(f"{name} is inferred") for name in leg.inferred)


class _Flow(dict[str, Any]):
    """A dict written on one line, {a: b}."""


class _Dumper(yaml.SafeDumper):
    """Writes dates plain, short rows on one line, and odd characters as escapes."""

    yaml_implicit_resolvers = {  # noqa: RUF012  a class attribute of PyYAML
        first: [row for row in rows if row[0] != "tag:yaml.org,2002:timestamp"]
        for first, rows in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() and "'" not in text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_flow(dumper: yaml.SafeDumper, row: _Flow) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", row.items(), flow_style=True)


def _represent_list(dumper: yaml.SafeDumper, row: list[Any]) -> yaml.SequenceNode:
    flow = not any(isinstance(item, dict) for item in row)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=flow)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(_Flow, _represent_flow)
_Dumper.add_representer(list, _represent_list)


def _to_yaml(itinerary: Itinerary, *, comments: bool) -> str:
    structure = itinerary_to_dict(itinerary)
    head = {key: structure[key] for key in ("schema", "title") if key in structure}
    parts = [_dump(head)]
    if "sources" in structure:
        rows = {key: _Flow(row) for key, row in structure["sources"].items()}
        parts.append(_dump({"sources": rows}))
    parts.append("places:\n" if structure["places"] else "places: {}\n")
    for key, row in structure["places"].items():
        if comments:
            parts += [f"  # doubt: {line}\n" for line in _place_doubts(itinerary, key)]
        parts.append(_indent(_dump({key: _on_one_line(row)}), "  "))
    parts.append("legs:\n" if structure["legs"] else "legs: []\n")
    for number, row in enumerate(structure["legs"]):
        if comments:
            parts += [f"  # doubt: {line}\n" for line in _leg_doubts(itinerary, number)]
        parts.append(_indent(_dump([_on_one_line(row)]), "  "))
    if "doubts" in structure:
        doubts = "".join(f"  - {_dump_text(doubt)}\n" for doubt in structure["doubts"])
        parts.append(f"doubts:\n{doubts}")
    if "drafted" in structure:
        note = "  # what the draft told; for: geo-routes draft --keep" if comments else ""
        listed = _dump({"drafted": structure["drafted"]}).rstrip("\n")
        parts.append(f"{listed}{note}\n")
    return "".join(parts)


def _dump(value: Any) -> str:
    return yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=10**9,
    )


def _dump_text(text: str) -> str:
    """Write one string on one line."""
    return _dump([text]).strip()[1:-1]


def _indent(text: str, margin: str) -> str:
    return "".join(f"{margin}{line}\n" for line in text.rstrip("\n").split("\n"))


def _on_one_line(row: dict[str, Any]) -> dict[str, Any]:
    """Write the claim, quotes, region and candidates of a row on a line each."""
    return {
        key: _Flow(value)
        if isinstance(value, dict)
        else [_Flow(item) if isinstance(item, dict) else item for item in value]
        if isinstance(value, list)
        else value
        for key, value in row.items()
    }


def _place_doubts(itinerary: Itinerary, key: str) -> list[str]:
    place = itinerary.places[key]
    lines = [_comment(doubt) for doubt in itinerary.doubts if _names(doubt, place)]
    if place.point is None and not lines:
        lines.append("not placed. Write lon and lat, or a region.")
    others = rivals(place)
    if others:
        listed = "; ".join(
            f"{row.name}{f', {row.country}' if row.country else ''}"
            f" ({row.lon:.4f}, {row.lat:.4f}) {row.score:.2f}"
            for row in others
        )
        lines.append(_comment(f"may also be {listed}"))
    return lines


def _names(doubt: str, place: Place) -> bool:
    words = [re.escape(word) for word in (place.name, place.toponym) if word.strip()]
    return bool(words) and re.search(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", doubt) is not None


def _leg_doubts(itinerary: Itinerary, number: int) -> list[str]:
    leg = itinerary.legs[number]
    lines = [f"{name} is inferred: {why}" for name, why in leg.inferred.items()]
    for doubt in itinerary.doubts:
        found = about_leg(doubt)
        if found and found[0] == number and not repeats_inference(found[1], leg):
            lines.append(found[1])
    return [_comment(line) for line in lines]


def _comment(text: str) -> str:
    """Keep a comment on its line, whatever a report says."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
