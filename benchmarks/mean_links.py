"""
Average weights that `fit_links.py` learnt on from one another.

Run: python benchmarks/mean_links.py WEIGHTS.npz... --write MEAN.npz

Weights of one beginning that were learnt on lie in one valley; their mean is at least as good on
reports that none of them has seen (Wortsman et al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from fit_links import write

from geo_routes.reconstruction.link_network import read_network


def main() -> None:
    """Average the given weights."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--write", type=Path, required=True)
    options = parser.parse_args()
    networks = [read_network(path) for path in options.weights]
    marks = networks[0].marks
    for path, network in zip(options.weights, networks, strict=True):
        if network.marks != marks:
            sys.exit(f"{path} was not learnt on from {options.weights[0]}: it knows other marks.")
    mean = {
        name: torch.from_numpy(np.mean([network.weights[name] for network in networks], axis=0))
        for name in networks[0].weights
    }
    write(options.write, mean, marks)


if __name__ == "__main__":
    main()
