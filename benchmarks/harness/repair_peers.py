"""Peers that mend programs without a model, on the same repositories and in the same sandbox as ours.

`make peers` installs them from the package index. autofixai searches a file for a single edit that makes a test command
pass; repairloop answers what a command raised. PyGGI, the framework of the literature, is not on the index: what bears
that name there is something else.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.harness.mutants import TOP, sandboxed
from benchmarks.harness.quixbugs import Bug

Argv = Callable[[str, str, str, int], list[str]]
"""Folder of the peer's programs, file at fault, file of its tests, seconds."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    name: str
    argv: Argv

    @property
    def programs(self) -> Path:
        # What a link leads to: inside the sandbox there would be none.
        return (TOP / ".peers").resolve() / self.name / "bin"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    peer: str
    name: str
    plausible: bool
    verdict: str
    seconds: float

    @property
    def is_correct(self) -> bool:
        return self.plausible and self.verdict in ("same", "alike")

    def row(self) -> dict[str, object]:
        return {"peer": self.peer, "name": self.name, "plausible": self.plausible, "verdict": self.verdict}

    def told(self) -> str:
        word = "plausible" if self.plausible else "-"
        return f"{self.peer:12} {self.name:30} {word:9} {self.verdict:8} {self.seconds:5.1f} s"


def _autofixai(programs: str, path: str, test: str, seconds: int) -> list[str]:
    # Tests are started in the file's folder, and name themselves from the top.
    command = f"{programs}/python -m pytest -q -x --rootdir=.. ../{test}"
    budget = ["--search-time", str(seconds), "--search-budget", "1000000"]
    return [f"{programs}/autofix", path, "--write", "--no-diff", "--test-cmd", command, *budget]


def _repairloop(programs: str, path: str, test: str, seconds: int) -> list[str]:
    return [f"{programs}/repair-loop", "repair", "--apply", "--", f"{programs}/python", "-m", "pytest", "-q", test]


PEERS = (Peer(name="autofixai", argv=_autofixai), Peer(name="repairloop", argv=_repairloop))


def missing() -> list[str]:
    return [peer.name for peer in PEERS if not (peer.programs / "python").exists()]


def repaired(peer: Peer, bug: Bug, seconds: int) -> Outcome:
    """Plausible is what makes the tests pass, and what the peer says of it is not asked."""
    with TemporaryDirectory(prefix="repair-") as name:
        home = Path(name)
        repo = bug.repository(home / "repo").path
        began = time.monotonic()
        argv = peer.argv(str(peer.programs), bug.path, bug.test, seconds)
        # What it needs to start and to test the result is not counted against its search.
        sandboxed(repo, argv, seconds + 30, reads=(peer.programs.parent,))
        took = time.monotonic() - began
        passes = _passes(repo, peer, bug.test)
        verdict = bug.judged((repo / bug.path).read_text("utf-8"), home / "judged") if passes else ""
    return Outcome(peer=peer.name, name=bug.name, plausible=passes, verdict=verdict, seconds=took)


def figures(outcomes: Sequence[Outcome], programs: int) -> dict[str, object]:
    found: dict[str, object] = {}
    for peer in PEERS:
        own = [one for one in outcomes if one.peer == peer.name]
        if own:
            plausible, correct = sum(one.plausible for one in own), sum(one.is_correct for one in own)
            took = median(one.seconds for one in own)
            found[peer.name] = f"{plausible} plausible, {correct} correct of {programs}; {took:.1f} s in the median"
    return found


def _passes(repo: Path, peer: Peer, test: str) -> bool:
    argv = [str(peer.programs / "python"), "-m", "pytest", "-q", test]
    done: subprocess.CompletedProcess[bytes] = sandboxed(repo, argv, 60, reads=(peer.programs.parent,))
    return done.returncode == 0
