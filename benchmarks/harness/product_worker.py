#!/usr/bin/env python3
"""Our ranking of instances' files and functions, each with the CPU and the memory that it took.

    python benchmarks/harness/product_worker.py CACHE [--no-maps] [--features FILE] <INSTANCES >RANKED

One JSON object a line in both directions. The index is kept in CACHE from one commit to the next, as it is for a user.
`--features FILE` appends the candidates' features, for `fit_ranking.py`.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.harness import product


def cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def forget_peak() -> None:
    """From here on the kernel counts the peak anew; where it cannot, the peak is that of the process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def rank(instance: dict[str, object], options: argparse.Namespace) -> dict[str, object]:
    text = str(instance["text"])
    forget_peak()
    begun = cpu_s()
    index = product.open_index(Path(str(instance["repository"])), str(instance["commit"]), options.cache)
    opened = cpu_s()
    found = product.localise(index, text, maps=False)
    ranked = cpu_s()
    row: dict[str, object] = {
        "instance_id": instance["instance_id"],
        "files": found.files,
        "functions": found.functions,
        "open_cpu_s": round(opened - begun, 3),
        "cpu_s": round(ranked - opened, 3),
        "peak_mb": round(peak_mb(), 1),
    }
    if options.maps:
        row["maps"] = product.localise(index, text).maps
    if options.features:
        for unit, pool in product.features(index, text).items():
            gold = set(instance.get(f"gold_{unit}", []))  # type: ignore[call-overload]  # a list of names
            candidates = [{"name": name, "features": dict(values)} for name, values in pool]
            head = {"instance_id": instance["instance_id"], "repo": instance["repo"], "part": instance["part"]}
            _append(options.features, {**head, "unit": unit, "gold": sorted(gold), "candidates": candidates})
    return row


def _append(path: Path, row: dict[str, object]) -> None:
    """In one write, for two workers may append to one file."""
    with path.open("ab", buffering=0) as out:
        out.write(f"{json.dumps(row)}\n".encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--no-maps", dest="maps", action="store_false")
    parser.add_argument("--features", type=Path)
    options = parser.parse_args()
    for line in sys.stdin:
        print(json.dumps(rank(json.loads(line), options)), flush=True)


if __name__ == "__main__":
    main()
