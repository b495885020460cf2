"""Say that the task is done. The harness looks before it believes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.verdict import TestState


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    verdict = bench.verdict()
    if not verdict.broken or verdict.after is None:
        return Result(text="finished")
    broken = verdict.of(TestState.BROKEN)
    said = f"not finished: {len(broken) or 'some'} tests that passed before fail now\n" + "\n".join(broken[:20])
    return Result(text=cut(f"{said}\n\n{verdict.after.output_tail}"), ok=False)


TOOL = Tool(
    spec=spec(
        "finish",
        "The task is done (or cannot be done): say in two or three sentences what the cause was and what you changed. "
        "May stand in the same answer as the last edits.",
        {"summary": "string: for the person who reviews the change"},
    ),
    use=_use,
)
