"""Arrays in a zip archive (.npz) whose bytes do not depend on the day."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write_npz(target: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """
    Write arrays so that numpy.load reads them and a rebuild gives the same bytes.

    Parameters
    ----------
    target
        The file.
    arrays
        By name.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(info, stream.getvalue())
