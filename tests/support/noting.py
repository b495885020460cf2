"""A program that records decisions and writes notes until it has done enough or is killed: `noting.py REPO NAME COUNT`.

Prints the id of each decision once the notes that hold it are written.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from swe_agent.jobs.ingest import ingest
from swe_agent.jobs.kit import Kit, Voices
from swe_agent.jobs.notes import write
from swe_agent.wiring.repository import build_kit, open_repository


def kit_of(repository: Path) -> Kit:
    """The parts that a command would get, with nobody to talk to."""
    silent = Voices(
        tell=lambda _: None,
        on_token=lambda _: None,
        progress=lambda _: None,
        reviewer=None,  # type: ignore[arg-type]  # nobody is asked
        note=lambda said: print(said, file=sys.stderr),
    )
    return build_kit(open_repository(repository), silent)


def main(repository: str, name: str, count: str) -> None:
    kit = kit_of(Path(repository))
    for number in range(int(count)):
        decision = {
            "id": f"{name}-{number}", "session": name, "path": f"{name}.py", "base": None, "before": None,
            "after": f"value_{number} = compute_{name}({number})\n", "accepted": True, "author": None, "model": "m",
        }  # fmt: skip
        ingest(kit, [json.dumps(decision).encode()])
        write(kit)
        print(decision["id"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
