"""
Cases as arrays, and batches of them, for `fit_links.py` to learn from.

A case is seen a little different each time: some places and sentences are left out. A batch has
cases of one length that name about as many places, so that little of it is filled up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from link_cases import Case

from geo_routes.reconstruction import link_network as net
from geo_routes.reconstruction.link_traits import (
    LANGUAGES,
    LONGEST,
    MOST_DATES,
    MOST_MENTIONS,
    ending_slot,
    name_slot,
    token,
)

Tensors = dict[str, torch.Tensor]
Arrays = dict[str, np.ndarray]

MOST_DATED = 96
LENGTHS = (48, 96, 144, 176, 208, 256, LONGEST)
NAMED = (8, 12, 16, 20, 24, MOST_MENTIONS)
BATCH = 16
VARIED = 0.8  # this share of the cases is seen with some places and sentences left out
LOST_STOPS, LOST_OTHERS, LOST_SENTENCES = 0.04, 0.15, 0.25
SHARE_OF_LEARNT = 0.2  # of those that the weights to begin with were learnt from
OF_PAIRS = {"pairs": 0, "claims": 0, "modes": -1, "is_pair": 0}  # tables, and what fills them up


def encode(case: Case, marks: Mapping[str, int], known_words: Mapping[str, int]) -> Arrays:
    """Turn a case into arrays of one of the lengths."""
    traits = case.traits
    length = next(n for n in LENGTHS if len(traits.words) <= n)
    ids = np.zeros((length, net.MARKS_A_WORD), np.int64)
    told, endings, names = (np.zeros(length, np.int64) for _ in range(3))
    sentences = np.full(length, -1, np.int64)
    for i, word in enumerate(traits.words):
        known = [marks[m] for m in word.marks if m in marks][: net.MARKS_A_WORD]
        ids[i, : len(known)] = known
        told[i] = known_words[token(traits.lang, word.text, word.gloss)]
        endings[i] = ending_slot(traits.lang, word)
        names[i] = name_slot(traits.lang, word)
        sentences[i] = word.sentence
    at, keys = np.zeros(MOST_MENTIONS, np.int64), np.full(MOST_MENTIONS, -1, np.int64)
    for n, (number, key) in enumerate(traits.mentions()):
        at[n], keys[n] = number, key
    count = len(traits.keys)
    shape = (count, count)  # no wider, and the marks half as exact: there are many cases
    pairs = traits.pairs.astype(np.float16)
    claims, modes = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    numbers = {key: i for i, key in enumerate(traits.keys)}
    for (a, b), (claim, mode) in case.right.items():
        claims[numbers[a], numbers[b]], modes[numbers[a], numbers[b]] = claim, mode
    dates, dated = np.full(MOST_DATES, -1, np.int64), np.full((MOST_DATED, 4), -1, np.int64)
    dates[: len(traits.dates)] = [word for word, _ in traits.dates]
    ends = [(numbers[a], numbers[b], *of) for (a, b), found in case.dated.items() for of in found]
    dated[: len(ends)] = np.array(sorted(ends)[:MOST_DATED]).reshape(-1, 4)
    is_pair = 1 - np.eye(count, dtype=np.float32)
    lang = LANGUAGES.index(traits.lang) if traits.lang in LANGUAGES else 0
    return {
        "ids": ids, "known_words": told, "endings": endings, "names": names,
        "sentences": sentences, "at": at, "keys": keys, "pairs": pairs, "claims": claims,
        "modes": modes, "is_pair": is_pair, "lang": np.int64(lang), "dates": dates, "dated": dated,
    }  # fmt: skip


def vary(row: Arrays, rng: np.random.Generator) -> Arrays:
    """Leave out some places, and some sentences that name no stop: reports differ in them."""
    told = row["keys"] >= 0
    keys, at, sentences = row["keys"][told], row["at"][told], row["sentences"]
    count = int(keys.max(initial=-1)) + 1
    is_stop = (row["claims"].any(0) | row["claims"].any(1))[:count]
    is_kept = rng.random(count) > np.where(is_stop, LOST_STOPS, LOST_OTHERS)
    needed = {int(sentences[a]) for a, key in zip(at, keys, strict=True) if is_stop[key]}
    lost = [
        number
        for number in np.unique(sentences[sentences >= 0])
        if number not in needed and rng.random() < LOST_SENTENCES
    ]
    words = (sentences >= 0) & ~np.isin(sentences, lost)
    named = is_kept[keys] & words[at]
    left = list(dict.fromkeys(keys[named].tolist()))
    if len(left) < 2:
        return row
    varied = dict(row)
    for name in ("ids", "known_words", "endings", "names", "sentences"):
        empty = np.full_like(row[name], -1 if name == "sentences" else 0)
        empty[: words.sum()] = row[name][words]
        varied[name] = empty
    size = int(named.sum())
    varied["at"], varied["keys"] = np.zeros_like(row["at"]), np.full_like(row["keys"], -1)
    varied["at"][:size] = (np.cumsum(words) - 1)[at[named]]
    varied["keys"][:size] = [left.index(key) for key in keys[named]]
    count = len(left)
    corner, chosen = np.ix_(range(count), range(count)), np.ix_(left, left)
    for name, nothing in OF_PAIRS.items():
        varied[name] = np.full_like(row[name], nothing)
        varied[name][corner] = row[name][chosen]
    _mark_order(varied["pairs"][:count, :count], varied["keys"][:size])
    dates, dated = row["dates"], row["dated"]
    is_told = (dates >= 0) & words[dates]
    varied["dates"] = np.full_like(dates, -1)
    varied["dates"][: is_told.sum()] = (np.cumsum(words) - 1)[dates[is_told]]
    varied["dated"] = np.full_like(dated, -1)
    for number, (a, b, date, end) in enumerate(dated[dated[:, 0] >= 0]):
        if a in left and b in left and is_told[date]:
            now = int(is_told[:date].sum())
            varied["dated"][number] = left.index(a), left.index(b), now, end
    return varied


def _mark_order(pairs: np.ndarray, keys: np.ndarray) -> None:
    """Write anew what `link_traits` tells of two places: their order, how often each is named."""
    count = len(pairs)
    order, times = np.arange(count), np.minimum(np.bincount(keys, minlength=count), 3) / 3
    first, second = np.meshgrid(order, order, indexing="ij")
    marks = (
        first < second, times[first], times[second], first / count, second / count,
        np.full((count, count), count / 10), second - first == 1, first - second == 1,
    )  # fmt: skip
    pairs[..., 33:41] = np.stack(marks, -1) * (first != second)[..., None]


def widen(of_pairs: np.ndarray, count: int, nothing: float) -> np.ndarray:
    """Give a table of pairs of places so many rows and columns."""
    wide = np.full((count, count, *of_pairs.shape[2:]), nothing, of_pairs.dtype)
    told = of_pairs[:count, :count]
    wide[: len(told), : len(told)] = told
    return wide


def collate(rows: Sequence[Arrays]) -> Tensors:
    """Put cases of one length together, with as many mentions as the one that has most."""
    most = max(2, *(int((row["keys"] >= 0).sum()) for row in rows))
    rows = [
        row | {name: widen(row[name], most, OF_PAIRS[name]) for name in OF_PAIRS} for row in rows
    ]
    short = {name: (slice(most),) for name in ("at", "keys")}
    short["dates"] = (slice(max(1, *(int((row["dates"] >= 0).sum()) for row in rows))),)
    together = {
        name: torch.from_numpy(np.stack([row[name][short.get(name, ())] for row in rows]))
        for name in rows[0]
    }
    return together | {"pairs": together["pairs"].float()}


def draw_cases(count: int, learnt: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw this share of the cases; if the first were learnt before, a few and all others."""
    if not learnt:
        return rng.permutation(count)[: int(share * count)]
    old = rng.permutation(learnt)[: int(SHARE_OF_LEARNT * learnt)]
    return rng.permutation(np.concatenate([old, np.arange(learnt, count)]))


def batches(
    encoded: Sequence[Arrays], learnt: int, share: float, rng: np.random.Generator
) -> Iterator[Tensors]:
    """Draw batches of cases of one length that name about as many places."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number in draw_cases(len(encoded), learnt, share, rng):
        case = encoded[number]
        named = int((case["keys"] >= 0).sum())
        of = len(case["known_words"]), next(most for most in NAMED if named <= most)
        groups.setdefault(of, []).append(number)
    drawn = [g[i : i + BATCH] for g in groups.values() for i in range(0, len(g), BATCH)]
    drawn = [numbers for numbers in drawn if len(numbers) == BATCH]
    rng.shuffle(drawn)
    for numbers in drawn:
        rows = (encoded[number] for number in numbers)
        yield collate([vary(row, rng) if rng.random() < VARIED else row for row in rows])
