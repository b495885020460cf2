"""A program that appends to a log until it has written enough or is killed: `appending.py FILE JOB COUNT`.

Prints the number of each event once its append has returned.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from swe_agent.core.event import Warned
from swe_agent.store.lines import EventLog


def main(path: str, job: str, count: str) -> None:
    log = EventLog(Path(path), lambda: datetime(2026, 1, 1, tzinfo=UTC))
    for number in range(int(count)):
        event = log.append(job, Warned(message=f"{number} " + "x" * (number * 37 % 3000)))
        print(event.seq, number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
