"""How the tests of a tree are run and what is read out of it: pytest, or a runner that the tree has itself.

Which one is told by what lies in the tree and by how the tests are called: where their modules are named from the
folder of a runner on (`utils.test_dates` of `tests/utils/test_dates.py` beside `tests/runtests.py`), that one is it.
"""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from benchmarks.harness.tasks.load import Task
from benchmarks.harness.tasks.names import State, canonical, module

RESULTS = ".test-results"
"""A folder in the tree that tests are run in, and which is thrown away with it."""
OWN_RUNNERS = ("runtests.py", "runtests", "run_tests.py")
OWN_COMMANDS = ("bin/test",)
Kind = Literal["pytest", "own", "command", "unittest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """`program` is the tree's own; `what` are the files or modules that it is given."""

    kind: Kind
    what: tuple[str, ...]
    program: str = ""
    plugins: tuple[str, ...] = ()
    """Of pytest's, in the environment."""

    def argv(self, python: str = "python") -> list[str]:
        """For the verdict: with names and states of all tests in the output or in a file."""
        if self.kind == "pytest":
            more = ["-p", "no:cacheprovider", "-q", "-rs", "--tb=short", f"--junitxml={RESULTS}/junit.xml"]
            return [python, "-m", "pytest", *self._plugged, *more, *self.what]
        if self.kind == "unittest":
            return [python, "-m", "unittest", "-v", *self.what]
        if self.kind == "own":
            return [python, self.program, "-v", "2", "--parallel", "1", *self.what]
        return [python, self.program, "-v", *self.what]

    def command(self, there: Path) -> str:
        """For a person or an agent, with those of the files that are there already."""
        if self.kind == "pytest":
            here = list(dict.fromkeys(_nearest(there, name) for name in self.what))
            return shlex.join(["python", "-m", "pytest", *self._plugged, "-q", *here])
        return shlex.join(["python", *([self.program] if self.program else ["-m", "unittest"]), *self.what])

    @property
    def _plugged(self) -> list[str]:
        return [word for plugin in self.plugins for word in ("-p", plugin)]

    def read(self, tree: Path, output: str) -> dict[str, State]:
        if self.kind == "pytest":
            return junit(tree / RESULTS / "junit.xml")
        return unittest_lines(output) if self.kind in ("own", "unittest") else listed(output, self.what)


def _nearest(there: Path, name: str) -> str:
    """The file, or where it is not there yet the one beside it whose name begins most like it; else their folder."""
    place = there / name
    if place.exists():
        return name
    folder = next(parent for parent in place.parents if parent.is_dir())
    beside = sorted(path.name for path in folder.glob("test*.py"))
    nearest = max(beside, key=lambda other: _alike(other, place.name), default=".")
    return (folder / nearest).relative_to(there).as_posix()


def _alike(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def runners(task: Task, tree: Path) -> list[Runner]:
    """The likely one first."""
    modules = sorted({module(name) for name in (*task.fail_to_pass, *task.pass_to_pass)} - {""})
    files = _holding(task.test_files, modules) or tuple(path for path in task.test_files if path.endswith(".py"))
    by_pytest = Runner(kind="pytest", what=files)
    found = []
    for folder in dict.fromkeys(str(parent) for path in files for parent in PurePosixPath(path).parents):
        for name in OWN_RUNNERS:
            program = name if folder == "." else f"{folder}/{name}"
            if folder != "." and (tree / program).is_file():
                found.append(Runner(kind="own", program=program, what=tuple(modules)))
    tops = {_dotted(path) for path in task.test_files}
    named_from_the_top = all(one in tops or one.startswith(tuple(f"{top}." for top in tops)) for one in modules)
    commands = [Runner(kind="command", program=name, what=files) for name in OWN_COMMANDS if (tree / name).is_file()]
    return [by_pytest, *found, *commands] if named_from_the_top else [*found, by_pytest, *commands]


def _dotted(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _holding(paths: Sequence[str], modules: Sequence[str]) -> tuple[str, ...]:
    """The files that hold tests: what tests read and is no test itself is not run."""
    return tuple(
        path for path in paths if path.endswith(".py")
        and any(_dotted(path) == one or _dotted(path).endswith(f".{one}") for one in modules)
    )  # fmt: skip


def junit(path: Path) -> dict[str, State]:
    """Of a test that is there twice (its own end and its teardown's) the worse counts."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return {}
    found: dict[str, State] = {}
    for case in root.iter("testcase"):
        kinds = {child.tag for child in case}
        state: State = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        name = canonical(f"{case.get('classname', '')}::{case.get('name', '')}")
        found[name] = max(state, found.get(name, "passed"), key=("passed", "skipped", "failed").index)
    return found


_STARTED = re.compile(r"^(\w+ \([\w.]+\))(?: \.\.\. ?(.*))?$")
_ENDED = re.compile(r"(?:^|\.\.\. )(ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b[^.]*$")
_STATES: Mapping[str, State] = {"ok": "passed", "FAIL": "failed", "ERROR": "failed", "unexpected success": "failed"}


def unittest_lines(output: str) -> dict[str, State]:
    """What unittest prints when it is verbose: a test's name, perhaps the first line of its docstring, then its state,
    with whatever the test itself prints in between. What it lists at the end as failed has failed."""
    found: dict[str, State] = {}
    waiting = ""
    for line in output.splitlines():
        if listed := re.match(r"^(?:FAIL|ERROR): (\w+ \([\w.]+\))", line):
            found[canonical(listed[1])] = "failed"
            waiting = ""
            continue
        if started := _STARTED.match(line):
            waiting = canonical(started[1])
        if waiting and (ended := _ENDED.search(line if not started else f"... {started[2] or ''}")):
            found[waiting] = _STATES.get(ended[1], "skipped")
            waiting = ""
    return found


def listed(output: str, files: Sequence[str]) -> dict[str, State]:
    """A test's bare name and its state at the end of the line, below a line that names the file."""
    found: dict[str, State] = {}
    current = files[0] if files else ""
    for line in output.splitlines():
        current = next((path for path in files if line.startswith(path)), current)
        if match := re.match(r"^(test_\w+)\s.*?\b(ok|[fFEsxX])\b\s*(\[(?:OK|FAIL)\])?$", line):
            state: State = "passed" if match[2] == "ok" else "skipped" if match[2] in "sx" else "failed"
            found[canonical(f"{current}::{match[1]}")] = state
    return found
