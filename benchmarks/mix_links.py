"""
Mix the weights of a network that joins places with those that it learnt on to (see fit_links.py).

Run: python benchmarks/mix_links.py BEFORE.npz AFTER.npz --share 0.6 --write WEIGHTS.npz

Such a mean is often better than either (Wortsman et al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from fit_links import write

from geo_routes.reconstruction.link_network import read_network


def main() -> None:
    """Write the mean of two files of weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--share", type=float, default=0.6, help="of the weights learnt last")
    parser.add_argument("--write", type=Path, required=True)
    options = parser.parse_args()
    before, after = read_network(options.before), read_network(options.after)
    if before.marks != after.marks:
        parser.error("The two files know different marks: learn the second on from the first.")
    mixed = {
        name: np.asarray((1 - options.share) * values + options.share * after.weights[name])
        for name, values in before.weights.items()
    }
    tensors = {name: torch.from_numpy(values.astype(np.float32)) for name, values in mixed.items()}
    write(options.write, tensors, before.marks)


if __name__ == "__main__":
    main()
