"""Comparison of pictures that looks at what a reader sees, not at single pixels."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).with_name("gallery")
SMALL = (320, 200)
FAR = 48.0
"""Difference from which on a pixel counts as another: fonts and hinting stay below it."""


def shrunk(picture):
    """Shrink a picture (bytes of a PNG) to few pixels, each the mean of many."""
    with Image.open(BytesIO(picture)) as opened:
        width, height = SMALL
        size = (width, max(height, round(width * opened.height / opened.width)))
        return opened.convert("RGB").resize(size, Image.Resampling.BOX)


def keep(picture, name):
    """Write a picture as the one to compare with."""
    FOLDER.mkdir(exist_ok=True)
    shrunk(picture).quantize(96).save(FOLDER / f"{name}.png", optimize=True)


def difference(picture, name):
    """Find the share of small pixels that differ clearly from the kept picture."""
    with Image.open(FOLDER / f"{name}.png") as opened:
        kept = np.asarray(opened.convert("RGB"), dtype=float)
    here = np.asarray(shrunk(picture), dtype=float)
    if here.shape != kept.shape:
        return 1.0
    return float((np.abs(here - kept).max(axis=2) > FAR).mean())
