"""A run on disk: rows and report of our own, and the formats that others read.

report.json          agent, model, rows; what `--compare` takes
predictions.jsonl    SWE-bench: instance_id, model_name_or_path, model_patch
trajectories/ID.json ATIF
logs/ID.jsonl        what the agent program printed
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.harness.tasks.outcome import RESOLVED, Row
from benchmarks.harness.tasks.statistics import mcnemar, wilson
from benchmarks.harness.tasks.work import Done

REPORT, PREDICTIONS = "report.json", "predictions.jsonl"


class Out:
    """A folder that is filled as tasks end, so that a run which is broken off has what it had."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name = folder, name
        for inner in ("trajectories", "logs"):
            (folder / inner).mkdir(parents=True, exist_ok=True)
        (folder / PREDICTIONS).write_text("", encoding="utf-8")

    def add(self, done: Done) -> None:
        prediction = {
            "instance_id": done.instance,
            "model_name_or_path": self._name,
            "model_patch": done.attempt.patch.decode("utf-8", "replace"),
        }
        with (self.folder / PREDICTIONS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(prediction) + "\n")
        (self.folder / "logs" / f"{done.instance}.jsonl").write_text(
            f"{done.attempt.log}\n{done.attempt.said}\n", encoding="utf-8", errors="replace"
        )
        if done.attempt.trajectory:
            text = json.dumps(done.attempt.trajectory, indent=1)
            (self.folder / "trajectories" / f"{done.instance}.json").write_text(text, encoding="utf-8")

    def end(
        self, agent: str, model: str, rows: Sequence[Row], figures: Mapping[str, object], unusable: Mapping[str, str]
    ) -> None:
        report = {
            "agent": agent,
            "model": model,
            "figures": figures,
            "does not build": unusable,
            "rows": [dataclasses.asdict(row) for row in rows],
        }
        (self.folder / REPORT).write_text(json.dumps(report, indent=1), encoding="utf-8")


def compare(first: Path, second: Path) -> dict[str, object]:
    """Two reports on the tasks that both have."""
    one, other = (json.loads(path.read_text(encoding="utf-8")) for path in (first, second))
    won = [{row["id"]: row["outcome"] == RESOLVED for row in report["rows"]} for report in (one, other)]
    both = sorted(won[0].keys() & won[1].keys())
    only_first = [task for task in both if won[0][task] and not won[1][task]]
    only_second = [task for task in both if won[1][task] and not won[0][task]]
    names = [f"{report['agent']} with {report['model']}" for report in (one, other)]
    rates = [wilson(sum(side[task] for task in both), len(both)) for side in won]
    return {
        "agents": names,
        "tasks that both have": len(both),
        "resolved": [sum(side[task] for task in both) for side in won],
        "95 % intervals": [[round(100 * rate.low, 1), round(100 * rate.high, 1)] for rate in rates],
        "only the first": only_first,
        "only the second": only_second,
        "McNemar, exact, two-sided": round(mcnemar(len(only_first), len(only_second)), 4),
    }
