"""One test run in a workspace, as a value: command, status, cases, tier."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from swe_agent.core.secrets import redact
from swe_agent.core.verdict import TestRun
from swe_agent.verify.command import TestCommand
from swe_agent.verify.report import parse

PYTEST_ADDOPTS = "-rfEsxXp --color=no -p no:cacheprovider"
"""Asks any pytest, however it is started, for a line a test; nothing is written into the tree."""

SAME_ORDER = {"PYTHONHASHSEED": "0"}
"""Sets are gone through in one order in every run: names of tests that are made of them mean the same ones, before a
change and after it."""

TAIL = 6000
"""Characters of output that are kept with a run."""


class Ran(Protocol):
    """What a workspace says of a command that it ran."""

    @property
    def status(self) -> int: ...
    @property
    def output(self) -> bytes: ...
    @property
    def seconds(self) -> float: ...
    @property
    def timed_out(self) -> bool: ...
    @property
    def tier(self) -> str: ...


RunCommand = Callable[[Sequence[str], dict[str, str], float], Ran]
"""argv, extra environment, wall limit in seconds."""


def run_tests(run: RunCommand, command: TestCommand, *, seconds: float, only: Sequence[str] = ()) -> TestRun:
    """Run the command, or with `only` just these tests where the runner can be told so."""
    argv = selected(command.argv, only) if only and selects(command) else command.argv
    ran = run(argv, {"PYTEST_ADDOPTS": PYTEST_ADDOPTS, **SAME_ORDER}, seconds)
    parsed_by, cases = parse(ran.output)
    # A command that could not be found, or a usage error, is no statement about the code.
    return TestRun(
        command=tuple(argv),
        status=ran.status,
        cases=tuple(replace(case, message=redact(case.message)) for case in cases),
        seconds=round(ran.seconds, 3),
        tier=ran.tier,
        parsed_by=parsed_by,
        timed_out=ran.timed_out,
        output_tail=redact(telling(ran.output.decode("utf-8", "replace"))),
    )


def selected(argv: Sequence[str], only: Sequence[str]) -> tuple[str, ...]:
    """The command with these tests in the place of the files and folders that it names: added to them they would be run
    besides.

    >>> selected(("pytest", "-q", "tests", "docs"), ["tests/test_a.py::test_b"])
    ('pytest', '-q', 'tests/test_a.py::test_b')
    """
    runner = next((at for at, word in enumerate(argv) if word.rsplit("/", 1)[-1] == "pytest"), len(argv))
    kept = list(argv[: runner + 1])
    for before, word in zip(argv[runner:], argv[runner + 1 :], strict=False):
        named = "=" not in word and not word.startswith("-") and before not in _WITH_VALUE
        if not named:
            kept.append(word)
    return (*kept, *only)


_WITH_VALUE = frozenset(
    ("-k", "-m", "-p", "-c", "-o", "-n", "-W", "-r", "--rootdir", "--confcutdir", "--ignore", "--deselect", "--maxfail")
)
"""Options of pytest whose value is a word of its own."""


def telling(output: str) -> str:
    """The part of a run's output that says what went wrong: pytest's tracebacks where there are some, else the end.
    Lines that only name a test that passed say nothing, and we asked for them ourselves."""
    lines = [line for line in output.splitlines() if not line.startswith(("PASSED ", "SKIPPED "))]
    starts = [i for i, line in enumerate(lines) if re.fullmatch(r"=+ (FAILURES|ERRORS) =+", line)]
    if starts and len("\n".join(lines[starts[0] :])) > TAIL:
        text = "\n".join(lines[starts[0] :])
        return f"{text[: TAIL * 2 // 3]}\n[…]\n{text[-TAIL // 3 :]}"
    return "\n".join(lines)[-TAIL:]


def selects(command: TestCommand) -> bool:
    """Whether tests can be named by adding their ids to the command."""
    return "pytest" in command.argv or command.argv[-1].endswith("pytest")


def could_not_run(run: TestRun) -> str:
    """Why a run says nothing about the code; empty where it says something."""
    if run.cases:
        return ""
    if run.status in (126, 127):
        return f"`{run.command[0]}` could not be started"
    if "No module named pytest" in run.output_tail:
        return "pytest is not installed for the project's Python"
    if run.parsed_by == "" and run.status == 5 and "pytest" in " ".join(run.command):
        return "pytest found no tests"
    return ""
