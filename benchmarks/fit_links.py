"""
Learn the networks that join the places of a report (see reconstruction/link_network.py).

Run: python benchmarks/fit_links.py --seed 0 [--lot FOLDER]... --write WEIGHTS.npz

Learns from benchmarks/reports/training and the given folders of reports with gold legs, beginning
with the encoder of `pretrained.py`; the loss of each round is printed. Needs PyTorch (pip install
torch), about a second of one core a batch and 8 GB of memory. Written as
geo_routes/lexicons/link_weights_NUMBER.npz the weights are in use, together with the others there;
`link_words.npz`, the words' vectors, is written beside them and is the same for all. Judge them by
benchmarks/movements.py on reports that they were not learnt from. `--start` learns on from other
weights; benchmarks/reports/README.md tells how the shipped ones were learnt.
"""

from __future__ import annotations

import argparse
import math
import pickle
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from link_batches import BATCH, Tensors, batches, draw_cases, encode
from link_cases import Case, cases
from pretrained import Pretrained, vocabulary
from torch.nn import functional as fn

from geo_routes.reconstruction import link_network as net
from geo_routes.reconstruction.link_traits import (
    ENDING_SLOTS,
    LANGUAGES,
    LONGEST,
    NAME_SLOTS,
    NO_WORD,
    PAIR_MARKS,
)

WORD_WIDTH, WIDTH, INNER, PAIR_WIDTH, CLASSES, MODE_COUNT = 384, 96, 192, 64, 6, 6
DATE_WIDTH = 48
DECAY, MOST_SLOPE, WARM_STEPS = 0.02, 3.0, 100
RATE, RATE_OF_ENCODER = 1e-3, 1.5e-4
DROPPED, DROPPED_IN_ENCODER = 0.2, 0.1
DROPPED_WORDS, DROPPED_ENDINGS, DROPPED_MARKS, DROPPED_PAIRS = 0.1, 0.3, 0.15, 0.3
DROPPED_RULES = 0.25  # so that the network does not lean on what the rules made alone
RULE_MARKS = slice(41, 59)
LEAST_TIMES = 3  # a mark seen less often is left out
MODE_WEIGHT = 1.0
STOP_WEIGHT = 1.0  # of telling, on the way, which places are ends of legs at all
DATE_WEIGHT = 0.5
LARGE = 20_000
NUMBER_OF_NO_WORD = 0
KEPT_OF_MEAN, MEAN_FROM = 0.99, 0.6  # a running mean over the later steps is what is written
FAR = -1e4


def new_weights(mark_count: int, pretrained: Tensors) -> Tensors:
    """Take the encoder and draw the rest; the names are those that `link_network` reads."""

    def draw(*shape: int, scale: float = 0.0) -> torch.Tensor:
        return torch.randn(*shape) * (scale or 1 / math.sqrt(shape[0]))

    weights: Tensors = {
        "mark": draw(mark_count + 1, WORD_WIDTH, scale=0.02),
        "ending": draw(ENDING_SLOTS, WORD_WIDTH, scale=0.01),
        "name": torch.zeros(NAME_SLOTS, WORD_WIDTH),
        "language": draw(len(LANGUAGES), WORD_WIDTH, scale=0.01),
        "word_together": torch.zeros(2, net.WORD_HEADS),
        "down": draw(WORD_WIDTH, WIDTH),
        "place_apart": draw(13, net.HEADS, scale=0.1),
        "place_same": draw(2, net.HEADS, scale=0.1),
        "place_times": draw(4, WIDTH, scale=0.05),
        "place_order": draw(12, WIDTH, scale=0.05),
        "stop": draw(WIDTH, 3, scale=0.05),
        "stop_bias": torch.zeros(3),
        "pair_origin": draw(WIDTH, PAIR_WIDTH),
        "pair_destination": draw(WIDTH, PAIR_WIDTH),
        "pair_marks": draw(PAIR_MARKS, PAIR_WIDTH, scale=0.15),
        "pair_apart": draw(24, PAIR_WIDTH, scale=0.15),
        "pair_bias": torch.zeros(PAIR_WIDTH),
        "pair_sentences": draw(9, PAIR_WIDTH, scale=0.15),
        "pair_order": draw(13, PAIR_WIDTH, scale=0.15),
        "pair_product": draw(PAIR_WIDTH, PAIR_WIDTH, scale=0.02),
        "pair_inner": draw(PAIR_WIDTH, PAIR_WIDTH),
        "pair_inner_bias": torch.zeros(PAIR_WIDTH),
        "told_query": draw(PAIR_WIDTH, PAIR_WIDTH),
        "told_key": draw(WIDTH, PAIR_WIDTH),
        "told_value": draw(WIDTH, PAIR_WIDTH),
        "told_own": draw(PAIR_WIDTH, PAIR_WIDTH),
        "told_bias": torch.zeros(PAIR_WIDTH),
        "told_outer": draw(PAIR_WIDTH, PAIR_WIDTH, scale=0.5 / math.sqrt(PAIR_WIDTH)),
        "told_origin": draw(4 * len(net.WORD_STEPS) + 2, net.HEADS, scale=0.1),
        "told_goal": draw(4 * len(net.WORD_STEPS) + 2, net.HEADS, scale=0.1),
        "around": draw(6 * PAIR_WIDTH, PAIR_WIDTH),
        "around_bias": torch.zeros(PAIR_WIDTH),
        "around_outer": draw(PAIR_WIDTH, PAIR_WIDTH, scale=0.5 / math.sqrt(PAIR_WIDTH)),
        "claim": draw(PAIR_WIDTH, CLASSES),
        "claim_marks": torch.zeros(PAIR_MARKS, CLASSES),
        "mode": draw(PAIR_WIDTH, MODE_COUNT),
        "mode_marks": torch.zeros(PAIR_MARKS, MODE_COUNT),
        "date_pair": draw(PAIR_WIDTH, DATE_WIDTH),
        "date_word": draw(WIDTH, DATE_WIDTH),
        "date_origin": draw(4 * len(net.WORD_STEPS) + 2, DATE_WIDTH, scale=0.1),
        "date_goal": draw(4 * len(net.WORD_STEPS) + 2, DATE_WIDTH, scale=0.1),
        "date_product": draw(DATE_WIDTH, DATE_WIDTH, scale=0.02),
        "date_end": draw(DATE_WIDTH, 2),
        "date_bias": torch.zeros(2),
    }
    for number in range(net.PLACE_LAYERS):
        name = f"place_layer_{number}."
        weights[f"{name}look"] = draw(WIDTH, 3 * WIDTH)
        weights[f"{name}mix"] = draw(WIDTH, WIDTH, scale=0.5 / math.sqrt(WIDTH))
        weights[f"{name}inner"] = draw(WIDTH, INNER)
        weights[f"{name}outer"] = draw(INNER, WIDTH, scale=0.5 / math.sqrt(INNER))
        weights[f"{name}look_gain"] = torch.ones(WIDTH)
        weights[f"{name}inner_gain"] = torch.ones(WIDTH)
        weights[f"{name}inner_bias"] = torch.zeros(INNER)
    weights |= take_encoder(pretrained)
    return {name: value.requires_grad_() for name, value in weights.items()}


def take_encoder(pretrained: Tensors) -> Tensors:
    """Name the first layers of the pretrained encoder as `link_network` does."""
    places = pretrained["embeddings.position_embeddings.weight"][:LONGEST]
    taken: Tensors = {
        "encoder.position": places + pretrained["embeddings.token_type_embeddings.weight"][0],
        "encoder.gain": pretrained["embeddings.LayerNorm.weight"].clone(),
        "encoder.bias": pretrained["embeddings.LayerNorm.bias"].clone(),
    }
    own = {
        "mix": "attention.output.dense",
        "mixed": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "out": "output.LayerNorm",
    }
    for number in range(net.WORD_LAYERS):
        theirs, name = f"encoder.layer.{number}.", f"encoder.{number}."
        parts = [f"{theirs}attention.self.{part}" for part in ("query", "key", "value")]
        taken[f"{name}look"] = torch.cat([pretrained[f"{part}.weight"] for part in parts]).T
        taken[f"{name}look_bias"] = torch.cat([pretrained[f"{part}.bias"] for part in parts])
        for ours, part in own.items():
            weight = pretrained[f"{theirs}{part}.weight"]
            is_norm = weight.dim() == 1
            taken[f"{name}{ours}{'_gain' if is_norm else ''}"] = weight.T if not is_norm else weight
            taken[f"{name}{ours}_bias"] = pretrained[f"{theirs}{part}.bias"]
    return {name: value.clone().contiguous() for name, value in taken.items()}


def take_weights(w: Tensors, marks: Mapping[str, int], network: net.Network) -> None:
    """Begin with weights that were learnt before; what they know nothing of keeps what it has."""
    with torch.no_grad():
        for name, array in network.weights.items():
            values = torch.from_numpy(np.ascontiguousarray(array, np.float32))
            if name == "mark":
                for mark, number in marks.items():
                    if mark in network.marks:
                        w[name][number] = values[network.marks[mark]]
            elif name in w and w[name].shape == values.shape:
                w[name].copy_(values)
            elif name.endswith("_marks"):  # of pairs of places: marks new since then weigh nothing
                w[name].zero_()
                w[name][: len(values)] = values


def drop(x: torch.Tensor, share: float, is_learning: bool) -> torch.Tensor:
    """Leave out parts at random."""
    return fn.dropout(x, share, is_learning)


def norm(x: torch.Tensor, gain: torch.Tensor | float = 1.0) -> torch.Tensor:
    """Centre and scale each row."""
    return fn.layer_norm(x, x.shape[-1:]) * gain


def gelu(x: torch.Tensor) -> torch.Tensor:
    """Bend as `link_network` does."""
    return fn.gelu(x, approximate="tanh")


def attend(w: Tensors, name: str, x: torch.Tensor, bias: torch.Tensor, is_learning: bool) -> Any:
    """Let each row look at all others, then at itself."""
    projected = norm(x, w[f"{name}look_gain"]) @ w[f"{name}look"]
    q, k, v = projected.unflatten(-1, (3, net.HEADS, -1)).permute(2, 0, 3, 1, 4)
    shares = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias, -1)
    x = x + drop((shares @ v).transpose(1, 2).flatten(2) @ w[f"{name}mix"], DROPPED, is_learning)
    inner = gelu(norm(x, w[f"{name}inner_gain"]) @ w[f"{name}inner"] + w[f"{name}inner_bias"])
    return x + drop(inner @ w[f"{name}outer"], DROPPED, is_learning)


def read_words(
    w: Tensors, vectors: torch.Tensor, batch: Tensors, is_learning: bool
) -> torch.Tensor:
    """Take in the words, shape (cases, words, `WIDTH`)."""
    sentences, known_words, ids = batch["sentences"], batch["known_words"], batch["ids"]
    is_word = sentences >= 0
    marked = (ids > 0).float()
    endings = fn.embedding(batch["endings"], w["ending"]) + fn.embedding(batch["names"], w["name"])
    if is_learning:
        is_lost = torch.rand(known_words.shape) < DROPPED_WORDS
        known_words = torch.where(is_lost, NUMBER_OF_NO_WORD, known_words)
        marked = drop(marked, DROPPED_MARKS, True)
        kept = drop(torch.ones(endings.shape[:2]), DROPPED_ENDINGS, True)
        endings = endings * kept[..., None]
    marks = fn.embedding_bag(
        ids.flatten(0, 1), w["mark"], mode="sum", per_sample_weights=marked.flatten(0, 1)
    ).unflatten(0, is_word.shape)
    x = fn.embedding(known_words, vectors) + marks + endings
    x = x + fn.embedding(batch["lang"], w["language"])[:, None]
    x = x + w["encoder.position"][: x.shape[1]]
    x = drop(encoder_norm(w, "encoder.", x), DROPPED_IN_ENCODER, is_learning)
    together = (sentences[:, :, None] == sentences[:, None]).float()[:, None]
    bias = together * w["word_together"][1][:, None, None]
    bias = bias + (1 - together) * w["word_together"][0][:, None, None]
    bias = bias.masked_fill(~is_word[:, None, None], FAR)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        bias = bias.to(torch.bfloat16)
        for number in range(net.WORD_LAYERS):
            x = encode_layer(w, f"encoder.{number}.", x, bias, is_learning)
    return x.float() @ w["down"]


def encoder_norm(w: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    """Centre, scale and shift each row as the pretrained encoder does."""
    return fn.layer_norm(x, x.shape[-1:], w[f"{name}gain"], w[f"{name}bias"], 1e-12)


def encode_layer(
    w: Tensors, name: str, x: torch.Tensor, bias: torch.Tensor, is_learning: bool
) -> torch.Tensor:
    """Let each word look at all others, then at itself, as the pretrained encoder does."""
    projected = x @ w[f"{name}look"] + w[f"{name}look_bias"]
    q, k, v = projected.unflatten(-1, (3, net.WORD_HEADS, -1)).permute(2, 0, 3, 1, 4)
    seen = fn.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    mixed = seen.transpose(1, 2).flatten(2) @ w[f"{name}mix"] + w[f"{name}mix_bias"]
    x = encoder_norm(w, f"{name}mixed_", x + drop(mixed, DROPPED_IN_ENCODER, is_learning))
    inner = gelu(x @ w[f"{name}inner"] + w[f"{name}inner_bias"])
    outer = inner @ w[f"{name}outer"] + w[f"{name}outer_bias"]
    return encoder_norm(w, f"{name}out_", x + drop(outer, DROPPED_IN_ENCODER, is_learning))


def read_places(w: Tensors, batch: Tensors, x: torch.Tensor, is_learning: bool) -> torch.Tensor:
    """Take in the mentions, shape (cases, mentions, `WIDTH`)."""
    keys, at = batch["keys"], batch["at"]
    told = keys >= 0
    same = ((keys[:, :, None] == keys[:, None]) & told[:, :, None]).float()
    x = torch.gather(x, 1, at[..., None].expand(-1, -1, x.shape[-1]))
    times = torch.tril(same, -1).sum(2).clamp(0, 3).long()
    x = norm(x) + fn.embedding(times, w["place_times"])
    x = x + fn.embedding(torch.where(told, keys, 11).clamp(0, 11), w["place_order"])
    same = same[..., None]
    bias = fn.embedding(_order(keys.shape[1]), w["place_apart"])
    bias = bias + same * w["place_same"][1] + (1 - same) * w["place_same"][0]
    bias = bias.permute(0, 3, 1, 2).masked_fill(~told[:, None, None], FAR)
    for number in range(net.PLACE_LAYERS):
        x = attend(w, f"place_layer_{number}.", x, bias, is_learning)
    return norm(x)


def _order(count: int) -> torch.Tensor:
    number = torch.arange(count)
    return (number[None] - number[:, None]).clamp(-6, 6) + 6


def score(
    w: Tensors, vectors: torch.Tensor, batch: Tensors, is_learning: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """
    Score each two places as `link_network.score_pairs` does: logits of claims, modes and dates.

    And logits of each place: whether a leg that counts begins there, ends there, or any leg does.
    """
    words = read_words(w, vectors, batch, is_learning)
    x = read_places(w, batch, words, is_learning)
    keys, at, pairs = batch["keys"], batch["at"], batch["pairs"]
    told, of = keys >= 0, keys.clamp(0)
    if is_learning:
        kept = torch.ones(len(keys), 1, 1, PAIR_MARKS)
        kept[..., RULE_MARKS] = drop(torch.ones(len(keys), 1, 1, 1), DROPPED_RULES, True)
        pairs = pairs * kept
    apart = at[:, None] - at[:, :, None]
    step = torch.bucketize(apart.abs(), torch.tensor(net.PAIR_STEPS), right=True)
    between = torch.where(apart >= 0, step, len(net.PAIR_STEPS) + 1 + step).clamp(0, 23)
    sentences = torch.gather(batch["sentences"], 1, at)
    ahead = (sentences[:, None] - sentences[:, :, None]).clamp(-4, 4) + 4
    one, other = x @ w["pair_origin"], x @ w["pair_destination"]
    case = torch.arange(len(keys))[:, None, None]
    z = one[:, :, None] + other[:, None]
    z = z + (pairs @ w["pair_marks"])[case, of[:, :, None], of[:, None]]
    z = z + fn.embedding(between, w["pair_apart"]) + fn.embedding(ahead, w["pair_sentences"])
    z = z + fn.embedding(_order(keys.shape[1]), w["pair_order"]) + w["pair_bias"]
    z = gelu(z + (one @ w["pair_product"])[:, :, None] * other[:, None])
    z = gelu(drop(z, DROPPED_PAIRS, is_learning) @ w["pair_inner"] + w["pair_inner_bias"])
    is_pair = told[:, :, None] & told[:, None] & (keys[:, :, None] != keys[:, None])
    z = z + drop(look_at_words(w, z, words, batch), DROPPED, is_learning)
    inner = gelu(around(z, is_pair) @ w["around"] + w["around_bias"])
    z = z + drop(inner, DROPPED, is_learning) @ w["around_outer"]
    is_of = fn.one_hot(of, keys.shape[1]) * told[..., None]
    stops = (x @ w["stop"] + w["stop_bias"])[:, :, None].masked_fill(is_of[..., None] == 0, FAR)
    claims, modes, dated = take_together(w, z, pairs, is_pair, is_of)
    return claims, modes, date_pairs(w, dated, words, batch), torch.logsumexp(stops, 1)


def look_at_words(w: Tensors, z: torch.Tensor, words: torch.Tensor, batch: Tensors) -> torch.Tensor:
    """Let each two mentions look at the words of the report."""
    at, sentences = batch["at"], batch["sentences"]
    apart = torch.arange(words.shape[1]) - at[..., None]
    step = torch.bucketize(apart.abs(), torch.tensor(net.WORD_STEPS), right=True) - 1
    step = torch.where(apart >= 0, step, len(net.WORD_STEPS) + step)
    own = torch.gather(sentences, 1, at)
    place = step + (own[..., None] == sentences[:, None]) * (2 * len(net.WORD_STEPS) + 1)
    origin = fn.embedding(place, w["told_origin"]).permute(0, 3, 1, 2)[:, :, :, None]
    goal = fn.embedding(place, w["told_goal"]).permute(0, 3, 1, 2)[:, :, None]
    seen = norm(words)
    query, key, value = (
        (part @ w[f"told_{name}"]).unflatten(-1, (net.HEADS, -1))
        for part, name in ((z, "query"), (seen, "key"), (seen, "value"))
    )
    looks = torch.einsum("bijhd,blhd->bhijl", query, key) / math.sqrt(query.shape[-1])
    looks = (looks + origin + goal).masked_fill((sentences < 0)[:, None, None, None], FAR)
    found = torch.einsum("bhijl,blhd->bijhd", torch.softmax(looks, -1), value).flatten(3)
    return gelu(found + z @ w["told_own"] + w["told_bias"]) @ w["told_outer"]


def around(z: torch.Tensor, is_pair: torch.Tensor) -> torch.Tensor:
    """Put beside each pair what speaks most from its ends, to them, and the way back."""
    seen = z.masked_fill(~is_pair[..., None], FAR)
    onward = seen.amax(2, keepdim=True).clamp(min=net.LEAST_HIDDEN)
    back = seen.amax(1, keepdim=True).clamp(min=net.LEAST_HIDDEN)
    others = (onward, back, z.transpose(1, 2), back.transpose(1, 2), onward.transpose(1, 2))
    return torch.cat([z, *(other.expand_as(z) for other in others)], -1)


def take_together(
    w: Tensors, z: torch.Tensor, pairs: torch.Tensor, is_pair: torch.Tensor, of: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Add up what the mentions of two places say."""
    claims, modes, of = z @ w["claim"], z @ w["mode"], of.float()
    most = net.MOST_SCORE
    raised = torch.exp((claims[..., 1:] - claims[..., :1]).clamp(-most, most)) * is_pair[..., None]
    total = raised.sum(-1, keepdim=True)

    def gather(values: torch.Tensor) -> torch.Tensor:
        return torch.einsum("bik,bijc,bjl->bklc", of, values, of)

    count = gather(is_pair[..., None].float()).clamp(1)
    logits = torch.log(gather(raised) + 1e-9) - 0.5 * torch.log(count)
    logits = fn.pad(logits, (1, 0)) + pairs @ w["claim_marks"]
    whole = gather(total) + 1e-6
    mixed = gather(modes * total) / whole
    return logits, mixed + pairs @ w["mode_marks"], gather((z @ w["date_pair"]) * total) / whole


def date_pairs(
    w: Tensors, pairs: torch.Tensor, words: torch.Tensor, batch: Tensors
) -> torch.Tensor:
    """Score no date and each date, shape (cases, places, places, 1 + dates, 2)."""
    dates, at, keys = batch["dates"], batch["at"], batch["keys"]
    of = dates.clamp(0)
    told = norm(torch.gather(words, 1, of[..., None].expand(-1, -1, words.shape[-1])))
    told = told @ w["date_word"]
    apart = of[:, None] - at[..., None]
    step = torch.bucketize(apart.abs(), torch.tensor(net.WORD_STEPS), right=True) - 1
    step = torch.where(apart >= 0, step, len(net.WORD_STEPS) + step)
    sentences = batch["sentences"]
    is_same = torch.gather(sentences, 1, at)[..., None] == torch.gather(sentences, 1, of)[:, None]
    place = step + is_same * (2 * len(net.WORD_STEPS) + 1)
    number = torch.arange(keys.shape[1])
    is_of = keys[:, None] == number[:, None]  # cases, places, mentions
    far = apart.abs()[:, None].masked_fill(~is_of[..., None], LARGE)
    nearest = far.argmin(2)
    place = torch.gather(place, 1, nearest)
    x = pairs[:, :, :, None] + told[:, None, None]
    x = x + fn.embedding(place, w["date_origin"])[:, :, None]
    x = x + fn.embedding(place, w["date_goal"])[:, None]
    x = gelu(x + (pairs @ w["date_product"])[:, :, :, None] * told[:, None, None])
    scores = x @ w["date_end"] + w["date_bias"]
    scores = scores.masked_fill((dates < 0)[:, None, None, :, None], FAR)
    return fn.pad(scores, (0, 0, 1, 0))


def loss(w: Tensors, vectors: torch.Tensor, batch: Tensors) -> torch.Tensor:
    """Sum what is wrong with the claims of pairs, the modes of legs and the stops, a case."""
    claims, modes, dated, stops = score(w, vectors, batch, True)
    wrong = fn.cross_entropy(claims.movedim(-1, 1), batch["claims"], reduction="none")
    of_legs = fn.cross_entropy(modes.movedim(-1, 1), batch["modes"].clamp(0), reduction="none")
    of_legs = of_legs * (batch["modes"] >= 0)
    told = batch["claims"]
    real, some = ((told == 1) | (told == 2)).float(), (told > 0).float()
    ends = (real.amax(2), real.amax(1), torch.maximum(some.amax(2), some.amax(1)))
    of_stops = fn.binary_cross_entropy_with_logits(
        stops.clamp(-30, 30), torch.stack(ends, -1), reduction="none"
    )
    is_place = stops[..., :1] > FAR / 2
    total = (wrong * batch["is_pair"]).sum() + MODE_WEIGHT * of_legs.sum()
    total = total + DATE_WEIGHT * loss_of_dates(dated, batch)
    return (total + STOP_WEIGHT * (of_stops * is_place).sum()) / len(claims)


def loss_of_dates(dated: torch.Tensor, batch: Tensors) -> torch.Tensor:
    """Sum what is wrong with the dates of legs: no date where none is theirs."""
    right = torch.zeros_like(dated)
    case, number = torch.nonzero(batch["dated"][..., 0] >= 0, as_tuple=True)
    a, b, date, end = batch["dated"][case, number].unbind(-1)
    right[case, a, b, date + 1, end] = 1
    right[..., 0, :] = (right.sum(3) == 0).float()
    of_right = torch.logsumexp(dated.masked_fill(right == 0, FAR), 3)
    wrong = torch.logsumexp(dated, 3) - of_right
    return (wrong * (batch["claims"] > 0)[..., None]).sum()


def write(path: Path, w: Tensors, marks: Mapping[str, int]) -> None:
    """Write weights as `link_network.read_network` reads them."""
    stored: dict[str, Any] = {"marks": np.array("\n".join(sorted(marks, key=marks.__getitem__)))}
    for name, values in w.items():
        if name.startswith("stop"):  # told on the way, to learn by
            continue
        array = values.detach().numpy().astype(np.float32)
        if array.size > LARGE:
            stored |= small(name, array)
        else:
            stored[name] = array.astype(np.float16)
    np.savez(path, **stored)


def small(name: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """Keep a table as whole numbers of one byte, each column with its scale."""
    scale = np.abs(array).max(0) / 127 + 1e-12
    whole = np.round(array / scale).astype(np.int8)
    return {name: whole, f"{name}.scale": scale.astype(np.float32)}


def write_words(path: Path, words: Sequence[str], vectors: torch.Tensor) -> None:
    """Write the words' vectors as `link_network.read_words` reads them."""
    stored = small("vectors", vectors.numpy())
    np.savez(path, words=np.array("\n".join(words)), **stored)


def number_often(seen: Counter[str]) -> dict[str, int]:
    """Number what was seen often enough."""
    often = sorted(name for name, times in seen.items() if name and times >= LEAST_TIMES)
    return {name: i + 1 for i, name in enumerate(often)}


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--share", type=float, default=0.5, help="of the cases, in a round")
    parser.add_argument("--rate", type=float, default=RATE, help="by which it learns at first")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lot", type=Path, action="append", default=[])
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "geo-routes")
    parser.add_argument("--start", type=Path, help="weights to learn on from")
    parser.add_argument("--first", default="", help="training lot to learn from, and all after it")
    parser.add_argument("--last", default="~", help="the last of them")
    parser.add_argument("--cases", type=Path, help="keep the described cases here, or take them")
    parser.add_argument("--learnt", type=Path, help="cases that the start was learnt from")
    parser.add_argument("--write", type=Path, required=True)
    return parser.parse_args()


def main() -> None:
    """Learn for so many rounds, and write the running mean."""
    options = read_options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    learnt = read_cases(options.learnt) if options.learnt else []
    known = learnt + described(options)
    marks = number_often(Counter(m for c in known for word in c.traits.words for m in word.marks))
    pretrained = Pretrained(options.cache)
    told = {(c.traits.lang, word.text, word.gloss) for c in known for word in c.traits.words}
    words = vocabulary(told)
    assert words[NUMBER_OF_NO_WORD] == NO_WORD
    vectors = torch.stack([pretrained.vector(word) for word in words])
    write_words(options.write.with_name("link_words.npz"), words, vectors)
    numbers = {word: number for number, word in enumerate(words)}
    encoded = [encode(case, marks, numbers) for case in known]
    count_learnt = len(learnt)
    del known, learnt  # some gigabytes
    print(f"{len(encoded)} cases, {len(marks)} marks, {len(words)} words", flush=True)
    w = new_weights(len(marks), pretrained.weights)
    if options.start:
        take_weights(w, marks, net.read_network(options.start))
    rates = {
        rate: [value for name, value in w.items() if name.startswith("encoder.") is is_encoder]
        for rate, is_encoder in ((RATE_OF_ENCODER, True), (options.rate, False))
    }
    groups = [{"params": values, "lr": rate, "own": rate} for rate, values in rates.items()]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=DECAY)
    drawn = draw_cases(len(encoded), count_learnt, options.share, rng)
    steps = options.rounds * len(drawn) // BATCH
    mean: Tensors = {}
    done = 0
    for number in range(options.rounds):
        began, losses = time.time(), []
        for batch in batches(encoded, count_learnt, options.share, rng):
            done += 1
            slowed = 0.5 + 0.5 * math.cos(math.pi * min(1.0, done / steps))
            for group in optimiser.param_groups:
                group["lr"] = group["own"] * min(1.0, done / WARM_STEPS) * slowed
            value = loss(w, vectors, batch)
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(w.values(), MOST_SLOPE)
            optimiser.step()
            losses.append(float(value.detach()))
            if done > MEAN_FROM * steps:
                for name, now in w.items():
                    before = mean.setdefault(name, now.detach().clone())
                    before.lerp_(now.detach(), 1 - KEPT_OF_MEAN)
        seconds = time.time() - began
        print(f"round {number + 1}: loss {np.mean(losses):.2f}, {seconds:.0f} s", flush=True)
        write(options.write, mean or w, marks)


def described(options: argparse.Namespace) -> list[Case]:
    """Describe the reports, or take what was described before."""
    keep = options.cases
    if keep and keep.exists():
        return read_cases(keep)
    known = list(cases(options.first, options.last, options.lot))
    if keep:
        with keep.open("wb") as stream:
            pickle.dump(known, stream)
    return known


def read_cases(path: Path) -> list[Case]:
    """Read cases that this script kept."""
    with path.open("rb") as stream:
        return list(pickle.load(stream))


if __name__ == "__main__":
    main()
