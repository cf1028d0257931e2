"""
The network that joins the places of a report: for each two, whether a leg leads from one to other.

Words look at all others through attention layers (Vaswani et al. 2017, arXiv:1706.03762), learnt
on from those of a small English language model (Wang et al. 2020, arXiv:2002.10957): the reports of
all languages come as English base words. The places named then look at each other; each two
mentions are scored by a small network over both, which looks once more at the words, and at what
else begins or ends there; the mentions of two places are taken together. For each two places it
also tells which date of the report is whose. Learnt by benchmarks/fit_links.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo_routes import lexicons
from geo_routes.activations import gelu
from geo_routes.reconstruction.link_traits import (
    LANGUAGES,
    NO_WORD,
    Traits,
    Word,
    ending_slot,
    name_slot,
    token,
)

Array = NDArray[np.floating[Any]]

WORD_HEADS, HEADS = 12, 4
WORD_LAYERS, PLACE_LAYERS = 3, 2
MARKS_A_WORD = 14
WORD_STEPS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192)
PAIR_STEPS = (0, 3, 6, 10, 16, 25, 40, 70, 120, 200)
MOST_SCORE = 15.0
LEAST_HIDDEN = -3.0
_FOLDER = Path(lexicons.__file__).resolve().parent
_FAR_PLACES, _FAR_SENTENCES = 6, 4
_MOST_TIMES, _MOST_KEYS = 3, 11


@dataclass(frozen=True, slots=True)
class Network:
    """Marks that are known, by number, and the weights by name."""

    marks: Mapping[str, int]
    weights: Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Vectors:
    """Words that are known, by number, and their vectors: whole numbers, a scale a column."""

    words: Mapping[str, int]
    whole: NDArray[np.int8]
    scale: Array

    def of(self, tokens: Sequence[str]) -> Array:
        """Look up words, shape (words, width)."""
        unknown = self.words[NO_WORD]
        numbers = [self.words.get(word, unknown) for word in tokens]
        found: Array = self.whole[numbers] * self.scale
        return found


@dataclass(frozen=True, slots=True)
class Scores:
    """
    What the network makes of a report.

    Attributes
    ----------
    claims
        Shares of no leg, reported, planned, possible, denied, past, shape (places, places, 6).
    modes
        Shares of the modes of `link_traits.MODES`, shape (places, places, 6).
    mentions
        For each two places the two mentions that speak most for a leg, numbers of words, shape
        (places, places, 2).
    dates
        For each two places and each date of `Traits.dates` how likely a leg left then and how
        likely it came then, shape (places, places, dates, 2).
    """

    claims: Array
    modes: Array
    mentions: NDArray[np.int64]
    dates: Array


@dataclass(frozen=True, slots=True)
class _Named:
    """Where a report names its places: numbers of words, of places and of sentences."""

    words: NDArray[np.int64]
    keys: NDArray[np.int64]
    sentences: NDArray[np.int64]


@cache
def shipped() -> tuple[Network, ...]:
    """Read the networks that ship with the package; they were learnt from other beginnings."""
    return tuple(read_network(path) for path in sorted(_FOLDER.glob("link_weights_*.npz")))


@cache
def word_vectors() -> Vectors:
    """Read the vectors of words, which all networks share."""
    with np.load(_FOLDER / "link_words.npz") as stored:
        words = {word: i for i, word in enumerate(str(stored["words"]).split("\n"))}
        return Vectors(words, stored["vectors"], stored["vectors.scale"])


def read_network(path: Path) -> Network:
    """Read weights; tables are kept as small whole numbers with a scale a column."""
    with np.load(path) as stored:
        known = str(stored["marks"]).split("\n")
        weights: dict[str, Array] = {}
        for name in stored.files:
            if name == "marks" or name.endswith(".scale"):
                continue
            scale = stored[f"{name}.scale"] if f"{name}.scale" in stored.files else 1.0
            weights[name] = np.multiply(stored[name], scale, dtype=np.float32)
    return Network({name: i + 1 for i, name in enumerate(known)}, weights)


def score_pairs(traits: Traits, networks: Sequence[Network]) -> Scores:
    """
    Score each two places of a report.

    Parameters
    ----------
    traits
        The described report.
    networks
        Their shares are averaged.

    Returns
    -------
    scores
    """
    found = [_score(traits, network) for network in networks]
    return Scores(
        np.mean([scores.claims for scores in found], axis=0),
        np.mean([scores.modes for scores in found], axis=0),
        found[0].mentions,
        np.mean([scores.dates for scores in found], axis=0),
    )


def _score(traits: Traits, network: Network) -> Scores:
    told = traits.mentions()
    words = np.array([word for word, _ in told])
    keys = np.array([key for _, key in told])
    sentences = np.array([word.sentence for word in traits.words])
    named = _Named(words, keys, sentences[words])
    hidden = _read_words(traits, network, sentences)
    z = _join_mentions(_read_places(hidden[words], keys, network), named, traits, network)
    z = z + _look_at_words(z, hidden, named, sentences, network.weights)
    z = _look_around(z, named, network.weights)
    return _take_together(z, hidden, named, traits, network)


def _read_words(traits: Traits, network: Network, sentences: NDArray[np.int64]) -> Array:
    w, lang = network.weights, traits.lang
    x = word_vectors().of([token(lang, word.text, word.gloss) for word in traits.words])
    x = x + w["encoder.position"][: len(x)]
    x = x + w["language"][LANGUAGES.index(lang) if lang in LANGUAGES else 0]
    x = x + w["ending"][[ending_slot(lang, word) for word in traits.words]]
    x = x + w["name"][[name_slot(lang, word) for word in traits.words]]
    x = x + np.stack([w["mark"][_known_marks(word, network)].sum(0) for word in traits.words])
    x = _norm(x, w["encoder.gain"]) + w["encoder.bias"]
    together = (sentences[:, None] == sentences[None]).astype(np.int64)
    bias = np.ascontiguousarray(w["word_together"][together].transpose(2, 0, 1))
    for number in range(WORD_LAYERS):
        x = _encode(x, bias, w, f"encoder.{number}.")
    return x @ w["down"]


def _known_marks(word: Word, network: Network) -> list[int]:
    known = network.marks
    return [known[mark] for mark in word.marks if mark in known][:MARKS_A_WORD]


def _encode(x: Array, bias: Array, w: Mapping[str, Array], name: str) -> Array:
    """Let each word look at all others, then at itself, as the language model does."""
    count, width = x.shape
    projected = x @ w[f"{name}look"]
    projected += w[f"{name}look_bias"]
    projected[:, :width] /= np.float32(math.sqrt(width // WORD_HEADS))
    query, key, value = projected.reshape(count, 3, WORD_HEADS, -1).transpose(1, 2, 0, 3)
    looks = query @ key.transpose(0, 2, 1)
    looks += bias
    mixed = (_shares(looks) @ value).transpose(1, 0, 2).reshape(count, width)
    x = x + mixed @ w[f"{name}mix"] + w[f"{name}mix_bias"]
    x = _norm(x, w[f"{name}mixed_gain"]) + w[f"{name}mixed_bias"]
    inner = x @ w[f"{name}inner"]
    inner += w[f"{name}inner_bias"]
    x = x + gelu(inner) @ w[f"{name}outer"] + w[f"{name}outer_bias"]
    found: Array = _norm(x, w[f"{name}out_gain"]) + w[f"{name}out_bias"]
    return found


def _steps_away(apart: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number how far words stand apart, before and after told from each other."""
    step = np.searchsorted(WORD_STEPS, np.abs(apart), side="right") - 1
    steps: NDArray[np.int64] = np.where(apart >= 0, step, len(WORD_STEPS) + step)
    return steps


def _read_places(x: Array, keys: NDArray[np.int64], network: Network) -> Array:
    w = network.weights
    same = keys[:, None] == keys[None]
    times = np.minimum(np.tril(same, -1).sum(1), _MOST_TIMES)
    x = _norm(x) + w["place_times"][times] + w["place_order"][np.minimum(keys, _MOST_KEYS)]
    bias = w["place_apart"][_apart(len(keys))] + w["place_same"][same.astype(int)]
    for number in range(PLACE_LAYERS):
        x = _attend(x, bias.transpose(2, 0, 1), w, f"place_layer_{number}.")
    return _norm(x)


def _join_mentions(x: Array, named: _Named, traits: Traits, network: Network) -> Array:
    """Describe each two mentions, shape (mentions, mentions, width)."""
    w, keys = network.weights, named.keys
    apart = named.words[None] - named.words[:, None]
    step = np.searchsorted(PAIR_STEPS, np.abs(apart), side="right")
    between = np.where(apart >= 0, step, len(PAIR_STEPS) + 1 + step)
    ahead = named.sentences[None] - named.sentences[:, None] + _FAR_SENTENCES
    one, other = x @ w["pair_origin"], x @ w["pair_destination"]
    z: Any = one[:, None] + other[None] + (traits.pairs @ w["pair_marks"])[keys][:, keys]
    z = (
        z
        + w["pair_apart"][between]
        + w["pair_sentences"][np.clip(ahead, 0, 2 * _FAR_SENTENCES)]
        + w["pair_order"][_apart(len(keys))]
        + w["pair_bias"]
    )
    z = gelu(z + (one @ w["pair_product"])[:, None] * other[None])
    return gelu(z @ w["pair_inner"] + w["pair_inner_bias"])


def _look_at_words(
    z: Array,
    hidden: Array,
    named: _Named,
    sentences: NDArray[np.int64],
    w: Mapping[str, Array],
) -> Array:
    """Let each two mentions look at the words of the report: what moved there, and how."""
    count, size = len(named.words), w["told_query"].shape[1] // HEADS
    place = _steps_away(np.arange(len(hidden))[None] - named.words[:, None])
    place = place + (named.sentences[:, None] == sentences[None]) * (2 * len(WORD_STEPS) + 1)
    origin, goal = (w[f"told_{end}"][place].transpose(2, 0, 1) for end in ("origin", "goal"))
    seen = _norm(hidden)
    query = (z @ w["told_query"]).reshape(count * count, HEADS, size).transpose(1, 0, 2)
    key, value = (
        (seen @ w[f"told_{name}"]).reshape(len(seen), HEADS, size) for name in ("key", "value")
    )
    looks = query @ key.transpose(1, 2, 0) / np.sqrt(np.float32(size))
    looks = looks.reshape(HEADS, count, count, -1) + origin[:, :, None] + goal[:, None]
    found = _shares(looks).reshape(HEADS, count * count, -1) @ value.transpose(1, 0, 2)
    mixed = found.transpose(1, 0, 2).reshape(count, count, HEADS * size)
    changed: Array = gelu(mixed + z @ w["told_own"] + w["told_bias"]) @ w["told_outer"]
    return changed


def _look_around(z: Array, named: _Named, w: Mapping[str, Array]) -> Array:
    """Let each pair see what speaks most from its ends, to them, and the way back."""
    is_pair = (named.keys[:, None] != named.keys[None])[..., None]
    seen = np.where(is_pair, z, -np.inf)
    onward = np.maximum(seen.max(1, keepdims=True), LEAST_HIDDEN)
    back = np.maximum(seen.max(0, keepdims=True), LEAST_HIDDEN)
    way_back = (part.transpose(1, 0, 2) for part in (z, back, onward))
    others = (np.broadcast_to(part, z.shape) for part in (onward, back, *way_back))
    around = np.concatenate([z, *others], -1)
    return z + gelu(around @ w["around"] + w["around_bias"]) @ w["around_outer"]


def _take_together(
    z: Array, hidden: Array, named: _Named, traits: Traits, network: Network
) -> Scores:
    """Add up what the mentions of two places say."""
    count, keys, words = len(traits.keys), named.keys, named.words
    scores, modes = z @ network.weights["claim"], z @ network.weights["mode"]
    scores = scores[..., 1:] - scores[..., :1]
    is_pair = keys[:, None] != keys[None]
    weight = np.where(is_pair[..., None], np.exp(np.clip(scores, -MOST_SCORE, MOST_SCORE)), 0.0)
    total = weight.sum(-1)
    of = np.zeros((len(keys), count), np.float32)
    of[np.arange(len(keys)), keys] = 1

    def gather(values: Array) -> Array:
        rows = np.tensordot(of, values, (0, 0))
        found: Array = np.moveaxis(np.tensordot(of, rows, (0, 1)), 0, 1)
        return found

    pairs = np.maximum(gather(is_pair.astype(np.float32)), 1.0)
    logits: Any = np.log(gather(weight) + 1e-9) - 0.5 * np.log(pairs)[..., None]
    none = np.zeros((count, count, 1), np.float32)
    logits = np.concatenate([none, logits], -1) + traits.pairs @ network.weights["claim_marks"]
    whole = gather(total)[..., None] + 1e-6
    mixed = gather(modes * total[..., None]) / whole
    told = gather((z @ network.weights["date_pair"]) * total[..., None]) / whole
    best = np.zeros((count, count, 2), np.int64)
    for at in np.argsort(total, axis=None):  # the last one written speaks most
        row, column = divmod(int(at), len(keys))
        best[keys[row], keys[column]] = words[row], words[column]
    return Scores(
        _shares(logits),
        _shares(mixed + traits.pairs @ network.weights["mode_marks"]),
        best,
        _date_pairs(told, hidden, named, traits, network.weights),
    )


def _date_pairs(
    pairs: Array, hidden: Array, named: _Named, traits: Traits, w: Mapping[str, Array]
) -> Array:
    """Tell which date of the report is when a leg between two places left, and when it came."""
    count = len(traits.keys)
    if not traits.dates:
        return np.zeros((count, count, 0, 2), np.float32)
    at = np.array([word for word, _ in traits.dates])
    words = _norm(hidden[at]) @ w["date_word"]
    sentences = np.array([traits.words[word].sentence for word in at])
    place = _from_nearest(at, sentences, named, count)
    x: Any = pairs[:, :, None] + words + w["date_origin"][place][:, None] + w["date_goal"][place]
    x = gelu(x + (pairs @ w["date_product"])[:, :, None] * words)
    scores = x @ w["date_end"] + w["date_bias"]
    none = np.zeros((count, count, 1, 2), np.float32)
    scores = np.concatenate([none, scores], 2)
    found: Array = np.moveaxis(_shares(np.moveaxis(scores, 2, 3)), 3, 2)[:, :, 1:]
    return found


def _from_nearest(
    at: NDArray[np.int64], sentences: NDArray[np.int64], named: _Named, count: int
) -> NDArray[np.int64]:
    """Number how far each date stands from where each place is named nearest to it."""
    apart = at[None] - named.words[:, None]
    place = _steps_away(apart)
    place = place + (named.sentences[:, None] == sentences[None]) * (2 * len(WORD_STEPS) + 1)
    found = np.zeros((count, len(at)), np.int64)
    for key in range(count):
        mine = np.flatnonzero(named.keys == key)
        nearest = np.abs(apart[mine]).argmin(0)
        found[key] = place[mine[nearest], np.arange(len(at))]
    return found


def _apart(count: int) -> NDArray[np.int64]:
    at = np.arange(count)
    apart: NDArray[np.int64] = np.clip(at[None] - at[:, None], -_FAR_PLACES, _FAR_PLACES)
    return apart + _FAR_PLACES


def _attend(x: Array, bias: Array, w: Mapping[str, Array], name: str) -> Array:
    """Let each row look at all others, then at itself."""
    count, width = x.shape
    projected = _norm(x, w[f"{name}look_gain"]) @ w[f"{name}look"]
    query, key, value = projected.reshape(count, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
    shares = _shares(query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(width // HEADS)) + bias)
    x = x + (shares @ value).transpose(1, 0, 2).reshape(count, width) @ w[f"{name}mix"]
    inner = gelu(_norm(x, w[f"{name}inner_gain"]) @ w[f"{name}inner"] + w[f"{name}inner_bias"])
    return x + inner @ w[f"{name}outer"]


def _norm(x: Array, gain: Array | float = 1.0) -> Array:
    centred = x - x.mean(-1, keepdims=True)
    scaled: Array = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gain
    return scaled


def _shares(x: Array) -> Array:
    raised: Array = x - x.max(-1, keepdims=True)
    np.exp(raised, out=raised)
    raised /= raised.sum(-1, keepdims=True)
    return raised
