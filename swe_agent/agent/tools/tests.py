"""Run the project's tests by the harness."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    only = [test for test in arguments.get("only", "").split("\n") if test]
    run = bench.run_tests_before(only) if arguments.get("before") else bench.run_tests(only)
    if run is None:
        return Result(text="this project has no test command that the harness knows; use `run`", ok=False)
    red = [case for case in run.cases if case.red]
    passed = sum(1 for case in run.cases if case.outcome == "passed")
    skipped = len(run.cases) - len(red) - passed
    counts = f"{passed} passed, {len(red)} failing, {skipped} skipped" if run.cases else f"exit status {run.status}"
    if run.timed_out:
        counts += ", ended for taking too long"
    details = "\n".join(f"{case.outcome.upper()} {case.id} {case.message}".rstrip() for case in red[:30])
    tail = "" if run.green else f"\n\n{run.output_tail}"
    return Result(text=cut(f"{_short(run.command)}: {counts}\n{details}{tail}".rstrip()), ok=run.green)


def _short(command: tuple[str, ...]) -> str:
    text = shlex.join(command)
    return text if len(text) <= 200 else f"{text[:200]}…"


TOOL = Tool(
    spec=spec(
        "tests",
        "Run the project's tests. The result comes from the harness. Of a suite that takes long, only the tests that "
        "the change can reach are run, unless `only` names some.",
        {},
        {
            "only": "string: ids as a run prints them, one a line, such as tests/test_a.py::test_b; for pytest only",
            "before": "boolean: run your tests on the code as it was, to see that they fail without your change",
        },
    ),
    use=_use,
)
