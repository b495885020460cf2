"""Measure the change by the benchmark that the task names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, spec


def _use(bench: Bench, _arguments: Mapping[str, Any]) -> Result:
    measured = bench.measure()
    if measured is None:
        return Result(text="no benchmark is named for this task; use `run`", ok=False)
    return Result(text=f"{measured}: {measured.word}", ok=measured.word == "better")


TOOL = Tool(
    spec=spec("measure", "Run the benchmark of the task on the code as it was and as it is, in turns.", {}), use=_use
)
