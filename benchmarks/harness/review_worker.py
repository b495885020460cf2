"""The lane on two commits, in a process of its own: `python -m benchmarks.harness.review_worker CLONE BASE HEAD`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.harness.review_lane import lane

if __name__ == "__main__":
    print(len(lane(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
