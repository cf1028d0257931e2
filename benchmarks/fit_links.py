"""
Learn the network that joins the places of a report (see reconstruction/link_network.py).

Run: python benchmarks/fit_links.py --rounds 12 [--lot FOLDER]... --write WEIGHTS.npz

Learns from benchmarks/reports/training and the given folders of reports with gold legs; the loss
of each round is printed. Needs JAX (pip install jax) and about two minutes of one core a round.
Written as geo_routes/lexicons/link_weights.npz the weights are in use. Judge them by
benchmarks/movements.py on reports that they were not learnt from.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from link_cases import Case, cases

from geo_routes.reconstruction import link_network as net
from geo_routes.reconstruction.link_traits import (
    ENDING_SLOTS,
    LANGUAGES,
    LONGEST,
    MOST_MENTIONS,
    PAIR_MARKS,
    WORD_SLOTS,
    ending,
    slot,
)

Weights = dict[str, Any]

WIDTH, INNER, RECURRENT, PAIR_WIDTH, CLASSES, MODE_COUNT = 96, 192, 64, 64, 6, 6
LENGTHS = (64, 144, 192, 256, LONGEST)
BATCH, RATE, DECAY, MOST_SLOPE, WARM_STEPS = 16, 1.5e-3, 0.02, 3.0, 100
DROPPED, DROPPED_WORDS, DROPPED_ENDINGS, DROPPED_MARKS, DROPPED_PAIRS = 0.2, 0.5, 0.3, 0.15, 0.3
DROPPED_RULES = 0.25  # so that the network does not lean on what the rules made alone
RULE_MARKS = slice(41, 59)
LEAST_TIMES = 3  # a mark seen less often is left out
MODE_WEIGHT = 0.5


def encode(case: Case, marks: dict[str, int]) -> dict[str, np.ndarray]:
    """Turn a case into arrays of one of the lengths."""
    traits = case.traits
    length = next(n for n in LENGTHS if len(traits.words) <= n)
    ids = np.zeros((length, net.MARKS_A_WORD), np.int32)
    words, endings = np.zeros(length, np.int32), np.zeros(length, np.int32)
    sentences = np.full(length, -1, np.int32)
    for i, word in enumerate(traits.words):
        known = [marks[m] for m in word.marks if m in marks][: net.MARKS_A_WORD]
        ids[i, : len(known)] = known
        words[i] = slot(traits.lang, word.text, WORD_SLOTS)
        endings[i] = slot(traits.lang, ending(word.text), ENDING_SLOTS)
        sentences[i] = word.sentence
    at, keys = np.zeros(MOST_MENTIONS, np.int32), np.full(MOST_MENTIONS, -1, np.int32)
    for n, (word, key) in enumerate(traits.mentions()):
        at[n], keys[n] = word, key
    count = len(traits.keys)
    shape = (MOST_MENTIONS, MOST_MENTIONS)
    pairs = np.zeros((*shape, PAIR_MARKS), np.float32)
    pairs[:count, :count] = traits.pairs
    claims, modes = np.zeros(shape, np.int32), np.full(shape, -1, np.int32)
    number = {key: i for i, key in enumerate(traits.keys)}
    for (a, b), (claim, mode) in case.right.items():
        claims[number[a], number[b]], modes[number[a], number[b]] = claim, mode
    is_pair = np.zeros(shape, np.float32)
    is_pair[:count, :count] = 1 - np.eye(count)
    lang = LANGUAGES.index(traits.lang) if traits.lang in LANGUAGES else 0
    return {
        "ids": ids, "words": words, "endings": endings, "sentences": sentences, "at": at,
        "keys": keys, "pairs": pairs, "claims": claims, "modes": modes, "is_pair": is_pair,
        "lang": np.int32(lang),
    }  # fmt: skip


def new_weights(key: Any, mark_count: int) -> Weights:
    """Draw weights to begin with; the names are those that `link_network` reads."""
    keys = iter(jax.random.split(key, 80))

    def draw(*shape: int, scale: float = 0.0) -> Any:
        return jax.random.normal(next(keys), shape) * (scale or 1 / math.sqrt(shape[0]))

    weights: Weights = {
        "mark": draw(mark_count + 1, WIDTH, scale=0.15),
        "word": draw(WORD_SLOTS, WIDTH, scale=0.05),
        "ending": draw(ENDING_SLOTS, WIDTH, scale=0.05),
        "language": draw(len(LANGUAGES), WIDTH, scale=0.05),
        "beside": draw(3 * WIDTH, WIDTH),
        "recur_in": draw(WIDTH, 6 * RECURRENT),
        "recur_back": draw(2, RECURRENT, 3 * RECURRENT, scale=1 / math.sqrt(RECURRENT)),
        "recur_bias": jnp.zeros((2, 3 * RECURRENT)),
        "recur_out": draw(2 * RECURRENT, WIDTH),
        "word_apart": draw(2 * len(net.WORD_STEPS) + 1, net.HEADS, scale=0.1),
        "word_together": draw(2, net.HEADS, scale=0.1),
        "place_apart": draw(13, net.HEADS, scale=0.1),
        "place_same": draw(2, net.HEADS, scale=0.1),
        "place_times": draw(4, WIDTH, scale=0.05),
        "place_order": draw(12, WIDTH, scale=0.05),
        "pair_origin": draw(WIDTH, PAIR_WIDTH),
        "pair_destination": draw(WIDTH, PAIR_WIDTH),
        "pair_marks": draw(PAIR_MARKS, PAIR_WIDTH, scale=0.15),
        "pair_apart": draw(24, PAIR_WIDTH, scale=0.15),
        "pair_bias": jnp.zeros(PAIR_WIDTH),
        "pair_sentences": draw(9, PAIR_WIDTH, scale=0.15),
        "pair_order": draw(13, PAIR_WIDTH, scale=0.15),
        "pair_product": draw(PAIR_WIDTH, PAIR_WIDTH, scale=0.02),
        "pair_inner": draw(PAIR_WIDTH, PAIR_WIDTH),
        "pair_inner_bias": jnp.zeros(PAIR_WIDTH),
        "claim": draw(PAIR_WIDTH, CLASSES),
        "claim_marks": jnp.zeros((PAIR_MARKS, CLASSES)),
        "mode": draw(PAIR_WIDTH, MODE_COUNT),
        "mode_marks": jnp.zeros((PAIR_MARKS, MODE_COUNT)),
    }
    layers = [f"word_layer_{n}." for n in range(net.WORD_LAYERS)]
    layers += [f"place_layer_{n}." for n in range(net.PLACE_LAYERS)]
    for name in layers:
        weights[f"{name}look"] = draw(WIDTH, 3 * WIDTH)
        weights[f"{name}mix"] = draw(WIDTH, WIDTH, scale=0.5 / math.sqrt(WIDTH))
        weights[f"{name}inner"] = draw(WIDTH, INNER)
        weights[f"{name}outer"] = draw(INNER, WIDTH, scale=0.5 / math.sqrt(INNER))
        weights[f"{name}look_gain"], weights[f"{name}inner_gain"] = jnp.ones(WIDTH), jnp.ones(WIDTH)
        weights[f"{name}inner_bias"] = jnp.zeros(INNER)
    return weights


def forward(w: Weights, case: dict[str, Any], key: Any) -> tuple[Any, Any]:
    """Score each two places as `link_network.score_pairs` does, with parts left out at random."""
    keys = jax.random.split(key, 16)

    def drop(n: int, x: Any, share: float, shape: tuple[int, ...] | None = None) -> Any:
        kept = jax.random.bernoulli(keys[n], 1 - share, shape or x.shape)
        return x * kept / (1 - share)

    def attend(name: str, x: Any, bias: Any, n: int) -> Any:
        count = x.shape[0]
        projected = norm(x, w[f"{name}look_gain"]) @ w[f"{name}look"]
        q, k, v = projected.reshape(count, 3, net.HEADS, -1).transpose(1, 2, 0, 3)
        shares = jax.nn.softmax(q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1]) + bias, -1)
        mixed = (shares @ v).transpose(1, 0, 2).reshape(count, WIDTH) @ w[f"{name}mix"]
        x = x + drop(n, mixed, DROPPED)
        inner = jax.nn.gelu(
            norm(x, w[f"{name}inner_gain"]) @ w[f"{name}inner"] + w[f"{name}inner_bias"]
        )
        return x + drop(n + 1, inner @ w[f"{name}outer"], DROPPED)

    length, is_word = case["words"].shape[0], case["sentences"] >= 0
    marks = w["mark"].at[0].set(0)[case["ids"]]
    x = drop(0, marks, DROPPED_MARKS, (*marks.shape[:2], 1)).sum(1)
    x = x + drop(1, w["word"][case["words"]], DROPPED_WORDS, (length, 1))
    x = x + drop(2, w["ending"][case["endings"]], DROPPED_ENDINGS, (length, 1))
    x = x + w["language"][case["lang"]]
    x = x * is_word[:, None]
    framed = jnp.pad(x, ((1, 1), (0, 0)))
    beside = jnp.concatenate([framed[:-2], x, framed[2:]], -1)
    x = drop(3, x + jax.nn.gelu(beside @ w["beside"]), DROPPED)
    x = x + drop(4, recur(w, norm(x), is_word) @ w["recur_out"], DROPPED)
    at = jnp.arange(length)
    apart = at[None] - at[:, None]
    step = jnp.searchsorted(jnp.array(net.WORD_STEPS), jnp.abs(apart), side="right") - 1
    bias = w["word_apart"][jnp.where(apart >= 0, step, len(net.WORD_STEPS) + step)]
    together = case["sentences"][:, None] == case["sentences"][None]
    bias = (bias + w["word_together"][together.astype(int)]).transpose(2, 0, 1)
    bias = jnp.where(is_word[None, None], bias, -1e9)
    for n in range(net.WORD_LAYERS):
        x = attend(f"word_layer_{n}.", x, bias, 5)
    return score(w, case, x, attend, drop)


def score(w: Weights, case: dict[str, Any], x: Any, attend: Any, drop: Any) -> tuple[Any, Any]:
    """Score the mentions by two, and take those of two places together."""
    keys, at = case["keys"], case["at"]
    told = keys >= 0
    same = (keys[:, None] == keys[None]) & told[:, None]
    number = jnp.arange(MOST_MENTIONS)
    order = (number[None] - number[:, None]).clip(-6, 6) + 6
    x = norm(x[at]) + w["place_times"][jnp.tril(same, -1).sum(1).clip(0, 3)]
    x = x + w["place_order"][jnp.where(told, keys, 11).clip(0, 11)]
    bias = (w["place_apart"][order] + w["place_same"][same.astype(int)]).transpose(2, 0, 1)
    bias = jnp.where(told[None, None], bias, -1e9)
    for n in range(net.PLACE_LAYERS):
        x = attend(f"place_layer_{n}.", x, bias, 7 + 2 * n)
    x = norm(x)
    apart = at[None] - at[:, None]
    step = jnp.searchsorted(jnp.array(net.PAIR_STEPS), jnp.abs(apart), side="right")
    between = jnp.where(apart >= 0, step, len(net.PAIR_STEPS) + 1 + step)
    sentence = case["sentences"][at]
    ahead = (sentence[None] - sentence[:, None]).clip(-4, 4) + 4
    pairs = case["pairs"]
    kept = drop(11, jnp.ones(1), DROPPED_RULES)[0] > 0
    pairs = pairs * jnp.ones(PAIR_MARKS).at[RULE_MARKS].set(kept)
    one, other, of = x @ w["pair_origin"], x @ w["pair_destination"], keys.clip(0)
    z = one[:, None] + other[None] + (pairs @ w["pair_marks"])[of][:, of]
    z = (
        z
        + w["pair_apart"][between.clip(0, 23)]
        + w["pair_sentences"][ahead]
        + w["pair_order"][order]
        + w["pair_bias"]
    )
    z = drop(12, jax.nn.gelu(z + (one @ w["pair_product"])[:, None] * other[None]), DROPPED_PAIRS)
    z = jax.nn.gelu(z @ w["pair_inner"] + w["pair_inner_bias"])
    claims, modes = z @ w["claim"], z @ w["mode"]
    is_pair = told[:, None] & told[None] & (keys[:, None] != keys[None])
    raised = jnp.exp((claims[..., 1:] - claims[..., :1]).clip(-15, 15))
    raised = jnp.where(is_pair[..., None], raised, 0)
    total, hot = raised.sum(-1), jax.nn.one_hot(keys, MOST_MENTIONS)
    count = jnp.einsum("ik,ij,jl->kl", hot, is_pair.astype(float), hot).clip(1)
    logits = jnp.log(jnp.einsum("ik,ijc,jl->klc", hot, raised, hot) + 1e-9)
    logits = logits - 0.5 * jnp.log(count)[..., None]
    logits = jnp.concatenate([jnp.zeros((*logits.shape[:2], 1)), logits], -1)
    mixed = jnp.einsum("ik,ijc,jl->klc", hot, modes * total[..., None], hot)
    mixed = mixed / (jnp.einsum("ik,ij,jl->kl", hot, total, hot)[..., None] + 1e-6)
    return logits + pairs @ w["claim_marks"], mixed + pairs @ w["mode_marks"]


def recur(w: Weights, x: Any, is_word: Any) -> Any:
    """Run the recurrent layer onward and back; what fills up the length changes nothing."""
    inputs = (x @ w["recur_in"]).reshape(x.shape[0], 2, 3 * RECURRENT)
    inputs = jnp.stack([inputs[:, 0], inputs[::-1, 1]], 1)
    moves = jnp.stack([is_word, is_word[::-1]], 1)[..., None]

    def step(state: Any, told: tuple[Any, Any]) -> tuple[Any, Any]:
        row, is_moved = told
        back, row = jnp.einsum("dg,dgh->dh", state, w["recur_back"]), row + w["recur_bias"]
        gate = jax.nn.sigmoid(row[:, : 2 * RECURRENT] + back[:, : 2 * RECURRENT])
        left = gate[:, RECURRENT:] * back[:, 2 * RECURRENT :]
        new = jnp.tanh(row[:, 2 * RECURRENT :] + left)
        state = state + is_moved * gate[:, :RECURRENT] * (new - state)
        return state, state

    _, states = jax.lax.scan(step, jnp.zeros((2, RECURRENT)), (inputs, moves), unroll=4)
    return jnp.concatenate([states[:, 0], states[::-1, 1]], -1)


def norm(x: Any, gain: Any = 1.0) -> Any:
    """Centre and scale each row."""
    centred = x - x.mean(-1, keepdims=True)
    return centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gain


def loss(w: Weights, case: dict[str, Any], key: Any) -> Any:
    """Sum what is wrong with the claims of all pairs and with the modes of the legs."""
    claims, modes = forward(w, case, key)
    shares = jax.nn.log_softmax(claims, -1)
    claim_loss = jnp.take_along_axis(shares, case["claims"][..., None], -1)[..., 0]
    shares = jax.nn.log_softmax(modes, -1)
    mode_loss = jnp.take_along_axis(shares, case["modes"].clip(0)[..., None], -1)[..., 0]
    of_legs = (mode_loss * (case["modes"] >= 0)).sum()
    return -(claim_loss * case["is_pair"]).sum() - MODE_WEIGHT * of_legs


@jax.jit
def learn(w: Weights, state: Any, batch: Any, key: Any, rate: Any) -> tuple[Weights, Any, Any]:
    """Take one step of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101)."""
    keys = jax.random.split(key, BATCH)
    value, slope = jax.value_and_grad(
        lambda w: jax.vmap(loss, in_axes=(None, 0, 0))(w, batch, keys).mean()
    )(w)
    size = jnp.sqrt(sum((part**2).sum() for part in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda g: g * jnp.minimum(1.0, MOST_SLOPE / (size + 1e-6)), slope)
    first, second, times = state
    times = times + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
    second = jax.tree.map(lambda v, g: 0.98 * v + 0.02 * g**2, second, slope)

    def move(p: Any, m: Any, v: Any) -> Any:
        step = (m / (1 - 0.9**times)) / (jnp.sqrt(v / (1 - 0.98**times)) + 1e-8)
        return p - rate * (step + DECAY * p)

    return jax.tree.map(move, w, first, second), (first, second, times), value


def batches(encoded: Sequence[dict[str, Any]], rng: Any) -> Iterator[dict[str, Any]]:
    """Draw batches of cases of one length."""
    groups: dict[int, list[int]] = {}
    for number in rng.permutation(len(encoded)):
        groups.setdefault(len(encoded[number]["words"]), []).append(number)
    drawn = [g[i : i + BATCH] for g in groups.values() for i in range(0, len(g), BATCH)]
    drawn = [numbers for numbers in drawn if len(numbers) == BATCH]
    rng.shuffle(drawn)
    for numbers in drawn:
        yield {k: np.stack([encoded[n][k] for n in numbers]) for k in encoded[0]}


def write(path: Path, w: Weights, marks: dict[str, int]) -> None:
    """Write weights as `link_network.read_network` reads them."""
    stored: dict[str, Any] = {"marks": np.array("\n".join(sorted(marks, key=marks.__getitem__)))}
    for name, values in w.items():
        array = np.asarray(values, np.float32)
        if name in {"word", "ending"}:
            scale = float(np.abs(array).max()) / 127
            stored[name] = np.round(array / scale).astype(np.int8)
            stored[f"{name}.scale"] = np.float32(scale)
        else:
            stored[name] = array.astype(np.float16)
    np.savez(path, **stored)


def main() -> None:
    """Learn for so many rounds, and write the mean of the last ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lot", type=Path, action="append", default=[])
    parser.add_argument("--from", dest="begin", type=Path)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--write", type=Path, required=True)
    options = parser.parse_args()
    known = list(cases(options.lot))
    if options.begin:
        network = net.read_network(options.begin)
        marks, w = dict(network.marks), {k: jnp.asarray(v) for k, v in network.weights.items()}
    else:
        seen = Counter(m for case in known for word in case.traits.words for m in word.marks)
        often = sorted(m for m, times in seen.items() if times >= LEAST_TIMES)
        marks = {mark: i + 1 for i, mark in enumerate(often)}
        w = new_weights(jax.random.PRNGKey(options.seed), len(marks))
    encoded = [encode(case, marks) for case in known]
    zeros = jax.tree.map(jnp.zeros_like, w)
    state, rng, mean = (zeros, zeros, 0), np.random.default_rng(options.seed), None
    steps = options.rounds * (len(encoded) // BATCH)
    done = 0
    for number in range(options.rounds):
        began, losses = time.time(), []
        for batch in batches(encoded, rng):
            done += 1
            rate = options.rate * min(1.0, done / WARM_STEPS)
            rate *= 0.5 + 0.5 * math.cos(math.pi * min(1.0, done / steps))
            w, state, value = learn(
                w, state, batch, jax.random.PRNGKey(options.seed * 1_000_000 + done), rate
            )
            losses.append(float(value))
        if number > 0.6 * options.rounds:
            mean = w if mean is None else jax.tree.map(lambda a, b: 0.8 * a + 0.2 * b, mean, w)
        print(
            f"round {number + 1}: loss {np.mean(losses):.2f}, {time.time() - began:.0f} s",
            flush=True,
        )
        write(options.write, mean or w, marks)


if __name__ == "__main__":
    main()
