"""What lies between the layers of the networks that ship with the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def gelu(x: Array) -> Array:
    """Gaussian error linear unit, by its tangent (Hendrycks and Gimpel 2016, arXiv:1606.08415)."""
    # In place, one step after the other: large arrays take longer to get than to fill.
    opened: Array = x * x
    opened *= np.float32(0.044715)
    opened += 1
    opened *= x
    opened *= np.float32(math.sqrt(2 / math.pi))
    np.tanh(opened, out=opened)
    opened += 1
    opened *= x
    opened *= np.float32(0.5)
    return opened
