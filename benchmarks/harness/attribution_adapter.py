"""An adapter of the attribution harness that knows the product by its command line and its notes alone.

    python run.py --adapter attribution_adapter.py

`SWE_AGENT` names the program to run, words and all; without it the one of this Python is taken.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from adapter import AttributionAdapter, Label  # type: ignore[import-not-found]  # the harness's own, beside its run.py

PROGRAM = shlex.split(os.environ.get("SWE_AGENT", f"{sys.executable} -m swe_agent"))
TOP = Path(__file__).resolve().parents[2]


class Adapter(AttributionAdapter):  # type: ignore[misc]  # of no known type: see above
    name = "swe-agent"

    def on_commit(self, repo: Path, commit: str, accepted: Sequence[Any]) -> None:
        self._ingest(repo, accepted)
        self._run(repo, "stats", "notes", "write")

    def label(self, repo: Path, commit: str, proposals: Sequence[Any]) -> dict[str, list[Label]]:
        self._ingest(repo, proposals)
        out = self._run(repo, "stats", "blame", "--json", "--rev", commit)
        return {file["path"]: list(_labels(file)) for file in json.loads(out)["files"]}

    def _ingest(self, repo: Path, proposals: Sequence[Any]) -> None:
        rows = "".join(json.dumps(_decision(one)) + "\n" for one in proposals)
        if rows:
            self._run(repo, "stats", "ingest", "--decisions", "-", data=rows)

    def _run(self, repo: Path, *words: str, data: str = "") -> str:
        home = {f"XDG_{name}_HOME": str(self.home / name.lower()) for name in ("STATE", "CACHE", "CONFIG")}
        environment = os.environ | home | {"PYTHONPATH": str(TOP), "GIT_CONFIG_GLOBAL": "/dev/null"}
        argv = [*PROGRAM, words[0], *words[1:], "-C", str(repo)]
        done = subprocess.run(argv, input=data, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise RuntimeError(f"{shlex.join(argv)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout


def _decision(one: Any) -> dict[str, Any]:
    """As the other tool would have written it down. The harness names no time: that of nothing else is later."""
    return {
        "id": f"p{one.id}", "session": one.session, "path": one.path, "base": one.base, "before": one.before,
        "after": one.after, "accepted": one.accepted, "author": "d@x", "model": f"model-{one.session}",
        "time": "2020-01-01T00:00:00Z",
    }  # fmt: skip


def _labels(file: dict[str, Any]) -> Iterable[Label]:
    for run in file["runs"]:
        label = Label(run["kind"], run["session"] or None, run["via"])
        yield from [label] * (run["last"] - run["first"] + 1)
