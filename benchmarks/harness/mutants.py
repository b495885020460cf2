"""Mutants of a package that its tests kill: made by another tool, drawn with a fixed seed, spread over kinds of
operators and modules. Tests of a package and of its mutants run in the sandbox."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from benchmarks.harness.packages import Package

TOP = Path(__file__).resolve().parents[2]
PEER = TOP / ".peers/cosmic-ray/bin/python"
SEED = "17"
TRIES = 6
"""Of a kind of operator, before the next kind's turn."""
LONGEST_PLAIN = 60.0
"""Seconds that a package's own tests may take."""
KINDS = {
    "ReplaceBinaryOperator": "binary operator",
    "ReplaceComparisonOperator": "comparison",
    "ReplaceUnaryOperator": "unary operator",
    "AddNot": "not added",
    "ReplaceTrueWithFalse": "True, False",
    "ReplaceFalseWithTrue": "True, False",
    "ReplaceAndWithOr": "and, or",
    "ReplaceOrWithAnd": "and, or",
    "ReplaceBreakWithContinue": "break, continue",
    "ReplaceContinueWithBreak": "break, continue",
    "ExceptionReplacer": "exception",
    "NumberReplacer": "number",
    "RemoveDecorator": "decorator",
    "ZeroIterationForLoop": "empty loop",
}
KILLED, SURVIVED, UNLOADED, ENDLESS, UNPARSED = "killed", "survived", "not loading", "not ending", "not parsing"


@dataclass(frozen=True, kw_only=True)
class Place:
    path: str
    operator: str
    occurrence: int
    line: int

    @property
    def kind(self) -> str:
        name = self.operator.removeprefix("core/").split("_")[0]
        return KINDS.get(name, name)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    package: Package
    place: Place
    text: str

    @property
    def original(self) -> str:
        return self.package.files[self.place.path].decode("utf-8")

    @property
    def name(self) -> str:
        place = self.place
        return f"{self.package.name} {place.path}:{place.line} {place.operator.removeprefix('core/')}"


@dataclass(kw_only=True)
class Found:
    """`drawn` says what became of each mutant that was looked at; `possible` counts all that there are, by kind."""

    mutants: list[Mutant] = field(default_factory=list)
    drawn: Counter[str] = field(default_factory=Counter)
    possible: Counter[str] = field(default_factory=Counter)
    note: str = ""


class Maker:
    """The other tool, waiting in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        worker = str(Path(__file__).with_name("mutate_worker.py"))
        self._process = subprocess.Popen([str(PEER), worker], stdin=-1, stdout=-1, text=True, cwd=self._folder)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):
            self._process.communicate(timeout=60)

    def places(self, path: str) -> list[Place]:
        return [Place(path=path, **row) for row in self._asked({"path": path})]

    def text(self, place: Place) -> str:
        row = {"path": place.path, "operator": place.operator, "occurrence": place.occurrence}
        return self._asked(row) or ""

    def _asked(self, row: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(row)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def mutants(package: Package, wanted: int) -> Found:
    """As many as are wanted, if there are so many; the same ones each time. What was heard of each drawn one lies in
    `.verdicts/` beside the packages, so that nothing is asked twice."""
    found = Found()
    verdicts = _Verdicts(package.folder.parent / f".verdicts/{package.name}.jsonl")
    with TemporaryDirectory(prefix="mutants-") as scratch, Maker(package.folder) as maker:
        trial = Trial(package, Path(scratch))
        if not verdicts and trial.plain is None:
            found.note = "its own tests do not pass"
            return found
        places = [place for path in package.modules for place in maker.places(path)]
        found.possible.update(place.kind for place in places)
        taken: set[tuple[str, int]] = set()
        queues = in_turn(places, f"{SEED} {package.name}")
        while queues and len(found.mutants) < wanted:
            queue = queues.pop(0)
            for place in queue[:TRIES]:
                queue.remove(place)
                if (place.path, place.line) in taken:
                    continue
                text = maker.text(place)
                verdict = verdicts.of(place) or verdicts.keep(place, trial.verdict(place.path, text))
                found.drawn[verdict] += 1
                if verdict == KILLED:
                    taken.add((place.path, place.line))
                    found.mutants.append(Mutant(package=package, place=place, text=text))
                    break
            if queue:
                queues.append(queue)
    return found


def in_turn(places: Sequence[Place], seed: str) -> list[list[Place]]:
    """The kinds of operators in an order by chance; of each its places, modules taking turns."""
    chance = random.Random(seed)
    kinds: dict[str, dict[str, list[Place]]] = defaultdict(lambda: defaultdict(list))
    for place in places:
        kinds[place.kind][place.path].append(place)
    queues = []
    for kind in chance.sample(sorted(kinds), len(kinds)):
        modules = chance.sample(sorted(kinds[kind].items()), len(kinds[kind]))
        mixed = [chance.sample(there, len(there)) for _, there in modules]
        queues.append([place for row in zip_longest(*mixed) for place in row if place is not None])
    return queues


class Trial:
    """A package's tests on one changed file after another, in a folder of their own."""

    def __init__(self, package: Package, folder: Path) -> None:
        self._package = package
        self._folder = folder
        for path, data in package.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    @cached_property
    def plain(self) -> float | None:
        """Seconds of the tests on the package as it is; None where they do not pass."""
        began = time.monotonic()
        status = self._status(LONGEST_PLAIN)
        return time.monotonic() - began if status == 0 else None

    def verdict(self, path: str, text: str) -> str:
        if not parses(text):
            return UNPARSED
        allowed = 10 + 5 * (self.plain or LONGEST_PLAIN)
        try:
            (self._folder / path).write_bytes(text.encode("utf-8"))
            status = self._status(allowed)
        finally:
            (self._folder / path).write_bytes(self._package.files[path])
        return {0: SURVIVED, 1: KILLED, 2: UNLOADED, 3: UNLOADED, 4: UNLOADED}.get(status, ENDLESS)

    def _status(self, seconds: float) -> int:
        pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *self._package.tests]
        done = sandboxed(self._folder, pytest, seconds)
        # Where a file of tests does not load, pytest runs none; with -x it calls that a failure.
        return 2 if done.returncode == 1 and b" ERROR collecting " in done.stdout else done.returncode


def sandboxed(
    folder: Path, argv: Sequence[str], seconds: float, env: Mapping[str, str] | None = None, reads: Sequence[Path] = ()
) -> subprocess.CompletedProcess[bytes]:
    """In our own sandbox: nobody knows what a mutant does. Status 124 where it did not end in time."""
    command = [sys.executable, "-P", "-m", "sandbox", "run", "--write", str(folder), "--timeout", f"{seconds:.0f}"]
    for path in reads:
        command += ["--read", str(path)]
    # A mutant may be as long as the file was, in the same second: byte code would be taken for its own.
    said = {"PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    command += ["--", "env", *(f"{name}={value}" for name, value in said.items()), *argv]
    own = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, check=False)


def parses(text: str) -> bool:
    with warnings.catch_warnings(action="ignore"):
        try:
            compile(text, "mutant", "exec")
        except (SyntaxError, ValueError):
            return False
    return bool(text)


class _Verdicts:
    def __init__(self, path: Path) -> None:
        self._path = path
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        self._known = {(row["path"], row["operator"], row["occurrence"]): str(row["verdict"]) for row in rows}

    def __bool__(self) -> bool:
        return bool(self._known)

    def of(self, place: Place) -> str | None:
        return self._known.get((place.path, place.operator, place.occurrence))

    def keep(self, place: Place, verdict: str) -> str:
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            print(json.dumps({**vars(place), "verdict": verdict}), file=file)
        return verdict
