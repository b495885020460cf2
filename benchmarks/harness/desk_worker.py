#!/usr/bin/env python3
"""A job's proposal on the full-screen desk.

python benchmarks/harness/desk_worker.py JOB    in the repository
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from swe_agent.cli.landing import trial_of
from swe_agent.cli.session import session
from swe_agent.jobs.decide import open_desk
from swe_agent.jobs.table import JobTable
from swe_agent.ui.desk_tty import FullScreenReviewer


def main() -> None:
    with session(Path.cwd(), json=False) as at:
        table = JobTable(at.kit, open_desk(at.kit, sys.argv[1]), trial_of(at, ""))
        FullScreenReviewer(lambda _path: None, at.kit.voices.reviewer).review(table)


if __name__ == "__main__":
    main()
