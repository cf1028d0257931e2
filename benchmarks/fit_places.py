"""
Learn which candidate a report of shipments means by a name (see geocoding/ranking.py).

Run: python benchmarks/fit_places.py [--last p62] [--lot FOLDER]... [--write]

Learns from benchmarks/reports/training up to a lot, of each report from the whole and from a few
sentences, as users write short texts, too; judges on the training lots after it and on
other folders, by the names of stops whose gold place is among the candidates: how many the sums of
`resolution` get wrong, how many of them the network wins, and how many others it loses. `--write`
writes geo_routes/lexicons/place_weights.npz. Needs PyTorch (pip install torch) and some four
minutes of two cores.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from link_cases import part_of, read_lot
from movements import SLACK_KM
from torch.nn import functional as fn
from training import FOLDER, Marked, read_training

import geo_routes as gr
from geo_routes.geocoding import RANKED, weigh_names
from geo_routes.geocoding.ranking import LEAST_NAMES, TRAITS, describe, is_spot, score
from geo_routes.geodesy import distance_km
from geo_routes.reconstruction.sentences import split_sentences

TARGET = Path(gr.__file__).parent / "lexicons" / "place_weights.npz"
WIDTH, ROUNDS, BATCH, RATE, DECAY, DROPPED = 32, 12, 256, 4e-3, 0.02, 0.1
NETWORKS = 4
SENTENCES = 2  # of each report that are learnt from alone, too
WEIGHT_OF_OTHERS = 0.5  # names that are no end of a leg
LEAST_KM_OF_AIRPORT = 35.0  # gold often tells the field, reports the town
Weights = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Name:
    """A name with its candidates' traits, which of them are right, and whether it is a stop."""

    traits: np.ndarray
    right: np.ndarray
    is_stop: bool


def names_of(marked: Marked) -> Iterator[Name]:
    """Describe the names of a report whose gold place is among several candidates."""
    rows, senses, ships, carriers = weigh_names(gr.find_toponyms(marked.document))
    if ships + carriers < RANKED:
        return
    known = [sense for sense in senses.values() if sense.candidates]
    if len(known) < LEAST_NAMES:
        return
    traits, at = describe(known, ships=ships > 0), 0
    gold = marked.gold["places"]
    stops = {end for leg in marked.gold["legs"] for end in (leg["from"], leg["to"])}
    for sense in known:
        count = len(sense.candidates)
        spans = [(row["start"], row["end"]) for row in rows if row["names"] == sense.names]
        keys = {
            key
            for start, end in spans
            for first, last, key in marked.marks
            if first < end and start < last and key in gold
        }
        spots = [n for n, place in enumerate(sense.candidates) if is_spot(place)]
        right = [
            any(_is_near((place.lon, place.lat), gold[key]) for key in keys)
            for place in (sense.candidates[number] for number in spots)
        ]
        if len(spots) > 1 and any(right):
            mine = traits[at : at + count][spots]
            yield Name(mine, np.array(right), not stops.isdisjoint(keys))
        at += count


def _is_near(point: tuple[float, float], place: dict[str, float]) -> bool:
    least = LEAST_KM_OF_AIRPORT if place["kind"] == "airport" else 0.0
    far = distance_km(point, (place["lon"], place["lat"]))
    return far <= max(place["radius_km"], least) + SLACK_KM


def describe_lot(lot: Path) -> list[Name]:
    """Describe the names of a lot."""
    reports = read_training(lot) if lot.parent == FOLDER else read_lot(lot)
    parts = [(marked, part_of(marked), *sentences_of(marked)) for marked in reports]
    return [name for whole in parts for part in whole if part for name in names_of(part)]


def sentences_of(marked: Marked) -> Iterator[Marked]:
    """Take some sentences that name a place of the gold, chosen by the id."""
    text = marked.document.text
    draw = random.Random(str(marked.gold["id"]))
    named = [
        (start, end)
        for start, end in (span[:2] for span in split_sentences(text))
        if any(start <= first < end for first, _, _ in marked.marks)
    ]
    for start, end in draw.sample(named, min(SENTENCES, len(named))):
        marks = [(a - start, b - start, key) for a, b, key in marked.marks if start <= a < end]
        yield Marked(replace(marked.document, text=text[start:end]), marked.gold, marks)


def fill(names: Sequence[Name]) -> tuple[torch.Tensor, ...]:
    """Lay names side by side: traits, which candidates there are, which are right, weights."""
    most = max(len(name.right) for name in names)
    traits = np.zeros((len(names), most, len(TRAITS)), np.float32)
    known, right = (np.zeros((len(names), most), bool) for _ in range(2))
    for row, name in enumerate(names):
        count = len(name.right)
        traits[row, :count], known[row, :count], right[row, :count] = name.traits, True, name.right
    weights = [1.0 if name.is_stop else WEIGHT_OF_OTHERS for name in names]
    return tuple(map(torch.tensor, (traits, known, right, np.array(weights, np.float32))))


def new_weights(names: Sequence[Name]) -> Weights:
    """Draw the weights to begin with."""
    every = np.concatenate([name.traits for name in names])
    count = len(TRAITS)
    return {
        "mean": torch.tensor(every.mean(0)),
        "deviation": torch.tensor(every.std(0) + 1e-6),
        "first": torch.randn(count, WIDTH) / count**0.5,
        "first_bias": torch.zeros(WIDTH),
        "second": torch.randn(WIDTH, WIDTH) / WIDTH**0.5,
        "second_bias": torch.zeros(WIDTH),
        "last": torch.randn(WIDTH) / WIDTH**0.5,
        "gain": torch.tensor(1.6),
    }


def scores_of(w: Weights, traits: torch.Tensor, dropped: float) -> torch.Tensor:
    """Score candidates as `ranking.score` does, with a share of the inner values left out."""
    x = ((traits - w["mean"]) / w["deviation"]).clamp(-6.0, 6.0)
    x = fn.gelu(x @ w["first"] + w["first_bias"], approximate="tanh")
    x = fn.dropout(x, dropped, training=dropped > 0)
    x = fn.gelu(x @ w["second"] + w["second_bias"], approximate="tanh")
    return x @ w["last"] + w["gain"] * traits[..., 0]


def learn(names: Sequence[Name]) -> Weights:
    """Learn by the likelihood of the right candidates among all of a name."""
    w = new_weights(names)
    learnt = [
        value.requires_grad_() for key, value in w.items() if key not in {"mean", "deviation"}
    ]
    traits, known, right, weights = fill(names)
    steps = ROUNDS * (len(names) // BATCH)
    way = torch.optim.AdamW(learnt, lr=RATE, weight_decay=DECAY)
    pace = torch.optim.lr_scheduler.OneCycleLR(way, RATE, steps)
    for _ in range(ROUNDS):
        order = torch.randperm(len(names))
        for rows in order[: len(names) // BATCH * BATCH].split(BATCH):
            found = scores_of(w, traits[rows], DROPPED).masked_fill(~known[rows], -1e4)
            shares = found.log_softmax(1).masked_fill(~right[rows], -1e4)
            loss = -(shares.logsumexp(1) * weights[rows]).mean()
            way.zero_grad()
            loss.backward()
            way.step()
            pace.step()
    return {key: value.detach() for key, value in w.items()}


def judge(title: str, names: Sequence[Name], weights: dict[str, np.ndarray]) -> None:
    """Say how many stops the network wins and loses, and how sure it is of them."""
    won = lost = wrong = 0
    surprise = []
    stops = [name for name in names if name.is_stop]
    for name in stops:
        before = bool(name.right[name.traits[:, 0].argmax()])
        scores = score(name.traits, weights)
        after = bool(name.right[scores.argmax()])
        wrong, won, lost = wrong + (not before), won + (after > before), lost + (before > after)
        shares = np.exp(scores - scores.max())
        surprise.append(-np.log(max(shares[name.right].sum() / shares.sum(), 1e-9)))
    print(
        f"{title}: {len(stops)} stops, {wrong} wrong by the sums, {won} won, {lost} lost;"
        f" loss {np.mean(surprise):.4f}"
    )


def main() -> None:
    """Learn, judge, and write when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--last", default="p62", help="last training lot to learn from")
    parser.add_argument("--lot", type=Path, action="append", default=[], help="judge on it, too")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    lots = sorted(FOLDER.iterdir())
    with Pool() as pool:
        described = pool.map(describe_lot, [*lots, *options.lot], chunksize=1)
    seen = [
        n
        for lot, names in zip(lots, described, strict=False)
        if lot.name <= options.last
        for n in names
    ]
    later = [
        n
        for lot, names in zip(lots, described, strict=False)
        if lot.name > options.last
        for n in names
    ]
    learnt = []
    for seed in range(NETWORKS):
        torch.manual_seed(seed)
        learnt.append(learn(seen))
    weights = {key: torch.stack([w[key] for w in learnt]).numpy() for key in learnt[0]}
    weights |= {key: weights[key][0] for key in ("mean", "deviation")}
    judge("learnt from", seen, weights)
    if later:
        judge("training lots after", later, weights)
    for lot, names in zip(options.lot, described[len(lots) :], strict=True):
        judge(lot.name, names, weights)
    if options.write:
        np.savez_compressed(TARGET, **weights)
        print(f"wrote {TARGET}, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
