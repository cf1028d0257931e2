"""Arrays in a zip archive (.npz) whose bytes do not depend on the day."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write_npz(target: Path, arrays: Mapping[str, np.ndarray], *, compress: bool = True) -> None:
    """
    Write arrays so that numpy.load reads them and a rebuild gives the same bytes.

    Parameters
    ----------
    target
        The file.
    arrays
        By name.
    compress
        Whether to make the file small, or quick to read.
    """
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as zipped:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            zipped.writestr(info, stream.getvalue())
