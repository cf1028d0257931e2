"""
Cost of the main job as a whole process, beside a script by hand that only draws; of the import.

Run: python benchmarks/startup.py [REPORT]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "data/reports/coree-du-nord-russie-2023-fr.txt"
ROUNDS = 5
IMPORT_LIMIT_MS = 30


def measure(command: list[str]) -> tuple[float, float]:
    """Run a command; return its CPU seconds and peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure_import() -> float:
    """Import the package in a fresh interpreter; return the CPU milliseconds that this took."""
    code = (
        "import time; start = time.process_time(); import geo_routes;"
        "print(1000 * (time.process_time() - start))"
    )
    found = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(4 * ROUNDS)
    ]
    return statistics.median(found)


def main() -> None:
    """Print the medians and their ratio."""
    report = sys.argv[1] if len(sys.argv) > 1 else str(REPORT)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "map.html")
        runs = {
            "by hand (geopandas + folium)": [sys.executable, str(HERE / "by_hand.py"), out],
            "geo-routes map REPORT": [
                *(sys.executable, "-m", "geo_routes", "map", report),
                *("-o", out, "--overwrite"),
            ],
            "geo-routes --help": [sys.executable, "-m", "geo_routes", "--help"],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for _ in range(ROUNDS):  # interleaved, so that both meet the same noise
            for name, command in runs.items():
                found[name].append(measure(command))
    base = statistics.median(cpu for cpu, _ in found["by hand (geopandas + folium)"])
    print("| process | CPU s (median) | ratio | peak MB |\n|---|---|---|---|")
    for name, rows in found.items():
        cpu = statistics.median(row[0] for row in rows)
        peak = max(row[1] for row in rows)
        print(f"| {name} | {cpu:.2f} | {cpu / base:.2f} | {peak:.0f} |")
    import_ms = measure_import()
    print(f"\n`import geo_routes`: {import_ms:.1f} ms of CPU (median; limit {IMPORT_LIMIT_MS} ms)")
    if import_ms > IMPORT_LIMIT_MS:
        sys.exit("the import is too slow")


if __name__ == "__main__":
    main()
