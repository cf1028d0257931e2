"""
Reports with their legs as they are written for learning: places marked in the text, legs below.

A file holds reports one after the other:

    === ID LANG PUBLISHED
    The ship left [Rajin|RAJ] for [Dunai|DUN], said [Washington|-].
    --- places
    RAJ 42.24 130.29 KP port
    --- legs
    RAJ > DUN sea reported dep=2023-09-07 arr=2023-10-01~ v=Angara

`[name|-]` is a place that takes part in no leg. A place line holds latitude, longitude, country,
kind and, where it is not the usual one of its kind, a radius in km.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geo_routes as gr

FOLDER = Path(__file__).parent / "reports" / "training"
RADIUS_KM = {
    "city": 15.0, "port": 15.0, "airport": 15.0, "station": 12.0, "site": 15.0, "border": 20.0,
    "region": 60.0, "country": 400.0, "sea": 100.0,
}  # fmt: skip
_OTHER_KM = 20.0
_MARK = re.compile(r"\[([^\[\]|]+)\|([^\[\]|]+)\]")
_LEG = re.compile(r"(\S+)\s*>\s*(\S+)\s+(\w+)\s+(\w+)(.*)")


@dataclass(slots=True)
class Marked:
    """A report, its gold as the benchmark reads it, and where its stops are named."""

    document: gr.Document
    gold: dict[str, Any]
    marks: list[tuple[int, int, str]]


def read_training(folder: Path = FOLDER) -> Iterator[Marked]:
    """Read all reports of a folder."""
    for path in sorted(folder.rglob("*.txt")):
        for chunk in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            yield _read(chunk)


def _read(chunk: str) -> Marked:
    head, rest = chunk.split("\n", 1)
    name, lang, published = head.split()[:3]
    body, rest = re.split(r"^--- places\s*$", rest, maxsplit=1, flags=re.M)
    place_lines, leg_lines = re.split(r"^--- legs\s*$", rest, maxsplit=1, flags=re.M)
    text, marks, at = "", [], 0
    body = body.strip()
    for match in _MARK.finditer(body):
        text += body[at : match.start()]
        marks.append((len(text), len(text) + len(match[1]), match[2].strip()))
        text, at = text + match[1], match.end()
    text += body[at:]
    places = {p[0]: _place(p) for line in place_lines.splitlines() if len(p := line.split()) >= 5}
    legs = [
        _leg(match)
        for line in leg_lines.splitlines()
        if (match := _LEG.match(line)) and match[1] in places and match[2] in places
    ]
    document = gr.Document(text=text, lang=lang, published=published)
    return Marked(document, {"id": name, "lang": lang, "places": places, "legs": legs}, marks)


def _place(parts: list[str]) -> dict[str, Any]:
    key, lat, lon, country, kind = parts[:5]
    own = re.sub(r"[^\d.]", "", parts[5]) if len(parts) > 5 else ""
    return {
        "name": key,
        "lat": float(lat),
        "lon": float(lon),
        "country": country,
        "kind": kind,
        "radius_km": float(own) if own else RADIUS_KM.get(kind, _OTHER_KM),
        "vague": "a country" if kind == "country" else None,
        "in_text": [],
    }


def _leg(match: re.Match[str]) -> dict[str, Any]:
    fields = dict(part.split("=", 1) for part in match[5].split() if "=" in part)
    return {
        "from": match[1],
        "to": match[2],
        "mode": match[3],
        "claim": match[4],
        "departure": fields.get("dep"),
        "arrival": fields.get("arr"),
    }
