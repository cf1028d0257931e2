"""
Tell which reports tell a story that a report to learn from tells, too.

Authors who write reports after real stories remember the same ones. A report is told apart from
those whose story no training report tells: figures of the latter alone are of news.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from training import read_training

SAME_DEGREES = 0.6  # both ends of a leg so near: the same leg, some 60 km
LEAST_SAME = 2  # so many legs in common, or the only one: the same story


def is_known(gold: dict[str, Any]) -> bool:
    """
    Tell whether a training report tells the story of a report.

    Parameters
    ----------
    gold
        With `places` and `legs`, as the gold files have them.

    Returns
    -------
    is_known
        Whether one training report has two of its legs, or its only one.
    """
    own = legs_of(gold)
    legs, owners = training_legs()
    found: Counter[int] = Counter()
    for leg in own:
        apart = np.abs(legs - leg)
        apart[:, [0, 2]] *= np.cos(np.radians(np.clip(legs[:, [1, 3]], -80, 80)))
        found.update(set(owners[(apart < SAME_DEGREES).all(1)].tolist()))
    return bool(own.size) and max(found.values(), default=0) >= min(LEAST_SAME, len(own))


def legs_of(gold: dict[str, Any]) -> NDArray[np.float64]:
    """List the ends of a report's legs, longitude and latitude of each, shape (legs, 4)."""
    places = gold["places"]
    ends = [
        [places[leg[end]][axis] for end in ("from", "to") for axis in ("lon", "lat")]
        for leg in gold["legs"]
    ]
    return np.unique(np.array(ends, float).reshape(-1, 4), axis=0)


@cache
def training_legs() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """List the legs of all training reports, and the number of the report of each."""
    legs = [legs_of(marked.gold) for marked in read_training()]
    return np.concatenate(legs), np.repeat(np.arange(len(legs)), [len(found) for found in legs])
