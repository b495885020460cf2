"""The whole program with its repair engine on one repository, and what its events say of the search."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from benchmarks.harness.trees import ENVIRONMENT

# Not from the repository: a package under test may be one that the program itself is made of.
PROGRAM = (sys.executable, "-P", "-m", "swe_agent")
ON_ONE_CORE = (
    sys.executable,
    "-Ic",
    "import os, sys; own = sorted(os.sched_getaffinity(0)); os.sched_setaffinity(0, {own[os.getpid() % len(own)]}); "
    "os.execv(sys.argv[1], sys.argv[1:])",
)
"""What figures of the literature are told for: the program would take all there are."""
WHY = {
    "time ran out": "time",
    "the time limit of": "time",
    "the bound of the search was reached": "bound",
    "nothing that the templates can say": "exhausted",
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """`ended` says why a search stopped that left tests failing; empty where it left none, or there was no search.
    `searching` are the seconds of the search alone, without the test runs before and after it."""

    proposed: bool
    said: str
    tried: int
    seconds: float
    cpu: float
    searching: float = 0.0
    ended: str = ""
    fixes: tuple[dict[str, Any], ...] = ()
    """As the event tells them."""

    def alternatives(self, text: str, path: str) -> list[str]:
        """What a file could be instead, where the one fix is an edit of it: what answers alike, then the next best."""
        if len(self.fixes) != 1:
            return []
        (fix,) = self.fixes
        others = [other for other in (*fix["alike"], *fix["alternatives"]) if other["path"] == path]
        return [_with_lines(text, other["line"], other["before"], other["after"]) for other in others]

    @property
    def verified(self) -> bool:
        """The program's own word, that the failing tests pass and no other fails."""
        return self.proposed and self.said.startswith("verified")


def run(repo: Path, home: Path, test: str, seconds: int, **settings: str) -> Run:
    """`home` is where the program keeps what it keeps; the same one is given to `accept`."""
    argv = [*ON_ONE_CORE, *PROGRAM, "run", "make the tests pass", "--engine", "repair", "--max-time", f"{seconds}s"]
    argv += ["--test", test, "--json"]
    began = time.monotonic()
    with TemporaryFile() as out, TemporaryFile() as err:
        process = subprocess.Popen(argv, cwd=repo, env=_env(home) | settings, stdin=-3, stdout=out, stderr=err)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds_taken = time.monotonic() - began
        told, complained = (_read(file) for file in (out, err))
    events = [json.loads(line) for line in told if line.startswith("{")]
    by_type = {event["type"]: event for event in events}
    search = by_type.get("ToolUsed", {})
    result = search.get("result", "")
    tried = re.match(r"(\d+) edits tried", result)
    said = by_type["TaskEnded"].get("message", "") if "TaskEnded" in by_type else "".join(complained[:1])
    return Run(
        proposed=process.returncode == 0 and "ProposalReady" in by_type,
        said=said,
        tried=int(tried[1]) if tried else 0,
        seconds=seconds_taken,
        cpu=used.ru_utime + used.ru_stime,
        searching=_at(search) - _at(by_type["PlanMade"]) if search and "PlanMade" in by_type else 0.0,
        fixes=tuple(by_type.get("FixesFound", {}).get("fixes", ())),
        ended=next((word for phrase, word in WHY.items() if phrase in result or phrase in said), ""),
    )


def _with_lines(text: str, line: int, before: str, after: str) -> str:
    rows = text.split("\n")
    # None, where nothing but a new line was put between two.
    old, new = (part.split("\n") if part else [] for part in (before, after))
    return "\n".join([*rows[: line - 1], *new, *rows[line - 1 + len(old) :]])


def accept(repo: Path, home: Path) -> None:
    """What was proposed lands in the files."""
    subprocess.run([*PROGRAM, "accept", "--force"], cwd=repo, env=_env(home), capture_output=True, check=False)


def _env(home: Path) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


def _read(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return file.read().decode("utf-8", "replace").strip().splitlines()


def _at(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["at"]).timestamp()
