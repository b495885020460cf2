"""Tries edits inside the sandbox, under the project's own Python (3.8 or later); standard library only.

    PYTHONPATH=<this folder> python -m swe_repair_trials <plan>

Forks a process for each set of edits, which its import system serves: nothing is written to disk, start-up is paid
once, and what hangs is ended. A program that a trial's test starts sees the files as they are on disk. Prints one line
a trial.

Where pytest comes to the start of its session without a module of the project (but for `conftest.py`), that is done
once too, and each trial begins with the collection; else each begins with pytest's start.
"""

from __future__ import annotations

import base64
import gc
import importlib
import importlib.machinery
import json
import os
import select
import signal
import sys
import time
import zlib
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there

MARK_TRIAL = "swe-repair-trial:"


IS_SLOW = 3
"""How the process ends that was to configure pytest once, and may not."""


def trials(plan: dict[str, Any]) -> None:
    """One line for each set of edits, in order, as soon as it has run."""
    if plan["runner"] == "pytest":
        if configured_once(plan):
            return
        warm_pytest()
    # A project that is itself a plug-in of pytest was imported before it was edited: trials import it anew.
    plan["tainted"] = modules_of_ours()
    known: set[str] = set()
    for number, edits in enumerate(plan["trials"]):
        child, reading, writing = forked()
        if child == 0:
            try:
                trial_child(edits, plan, writing)
            finally:
                os._exit(1)
        report(number, heard(child, reading, plan["seconds"]), known)


def report(number: int, told: dict[str, Any], known: set[str]) -> None:
    preload(told["modules"], known)
    probe.write_line(MARK_TRIAL, probe.pack({"number": number, "outcomes": told["outcomes"], "ended": told["ended"]}))


def modules_of_ours() -> list[str]:
    tree = probe.Tree(str(Path.cwd()))
    own = ("__main__", "swe_repair_probe")
    return [name for name, module in list(sys.modules.items()) if name not in own and ours(tree, module)]


def configured_once(plan: dict[str, Any]) -> bool:
    """Tries all in a process of its own, whose pytest is configured once. False where that may not be, or where it came
    to no good end."""
    child = os.fork()
    if child == 0:
        try:
            sys.dont_write_bytecode = True
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):  # probe.REAL_OUTPUT is told what there is to tell
                os.dup2(nowhere, descriptor)
            run_pytest(plan, Batch(plan))
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def preload(names: list[str], known: set[str]) -> None:
    """What a trial imported from elsewhere is imported here, once, for all that follow."""
    for name in names:
        if name not in known and name not in sys.modules:
            known.add(name)
            with suppress(BaseException):
                importlib.import_module(name)


def warm_pytest() -> None:
    """Imports pytest and its plug-ins here, so that no trial has to; the project's own files are left alone."""
    import pytest

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        probe.IN_TRIAL.append(None)
        pytest.main(["--version", "--version", "--noconftest", "-c", os.devnull])
        probe.IN_TRIAL.clear()


def forked() -> tuple[int, int, int]:
    """The child, 0 in itself, and the two ends of a pipe; each process has closed the other's."""
    # What exists by now stays: else the child's first collection would touch, and so copy, every page.
    gc.freeze()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
    else:
        os.close(writing)
    return child, reading, writing


def heard(child: int, reading: int, seconds: float) -> dict[str, Any]:
    """Outcomes by test, whether the trial came to its end in time, and what it imported."""
    data = read_until(reading, time.monotonic() + seconds)
    os.close(reading)
    # Whatever the trial started is in its session, and ends with it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    try:
        return json.loads(data)  # type: ignore[no-any-return] # what `tell` wrote
    except ValueError:
        return {"outcomes": {}, "ended": False, "modules": []}


def read_until(reading: int, deadline: float) -> bytes:
    data = b""
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b""
        part = os.read(reading, 1 << 16)
        if not part:
            return data
        data += part
        if data.endswith(b"\n"):
            return data


def trial_child(edits: list[Any], plan: dict[str, Any], writing: int) -> None:
    sys.dont_write_bytecode = True
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    for name in plan["tainted"]:
        sys.modules.pop(name, None)
    telling = Telling(writing)
    serve_edited(edits)
    if plan["runner"] == "unittest":
        telling.tell(probe.run_unittest(plan["tests"] or plan["arguments"], None))
    else:
        run_pytest(plan, Trial(plan, telling))


class Telling:
    """How a trial says what came of it; with that it ends."""

    def __init__(self, writing: int) -> None:
        self.writing = writing
        self.tree = probe.Tree(str(Path.cwd()))
        self.inherited = frozenset(sys.modules)

    def tell(self, outcomes: dict[str, str], ended: bool = True) -> None:
        fresh = [(name, module) for name, module in list(sys.modules.items()) if name not in self.inherited]
        foreign = [name for name, module in fresh if not ours(self.tree, module)]
        data = json.dumps({"outcomes": outcomes, "ended": ended, "modules": foreign}).encode() + b"\n"
        while data:
            data = data[os.write(self.writing, data) :]
        os._exit(0)


def ours(tree: Any, module: Any) -> bool:
    return tree.relative(getattr(module, "__file__", None) or "<built in>") is not None


class Trial:
    """What listens in pytest to one trial."""

    def __init__(self, plan: dict[str, Any], telling: Telling | None) -> None:
        self.plan = plan
        self.telling = telling
        self.outcomes: dict[str, dict[str, str]] = {}

    def told(self) -> dict[str, str]:
        return {test: case["outcome"] for test, case in self.outcomes.items()}

    def ring(self, *_: Any) -> None:
        assert self.telling is not None
        self.telling.tell(self.told(), ended=False)

    def pytest_runtest_call(self) -> Any:
        signal.signal(signal.SIGPROF, self.ring)
        signal.setitimer(signal.ITIMER_PROF, self.plan["each"])  # of CPU: what waits is ended with its trial
        yield
        signal.setitimer(signal.ITIMER_PROF, 0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        probe.note_report(self.outcomes.setdefault(report.nodeid, {"outcome": "passed"}), report)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = {"outcome": "error"}

    def pytest_sessionfinish(self) -> None:
        # Ends here: what follows (caches, reports) would write into the tree.
        assert self.telling is not None
        self.telling.tell(self.told())


class Batch(Trial):
    """All trials, each a fork of a pytest whose session has begun: this one's hook comes before that which collects,
    and lets go on to that in the children alone."""

    def __init__(self, plan: dict[str, Any]) -> None:
        super().__init__(plan, None)

    def pytest_collection(self, session: Any) -> Any:
        if any(name.rpartition(".")[2] != "conftest" for name in modules_of_ours()):
            os._exit(IS_SLOW)  # what has been imported could not be edited any more
        known: set[str] = set()
        for number, edits in enumerate(self.plan["trials"]):
            child, reading, writing = forked()
            if child == 0:
                self.begin(edits, writing)
                return None
            report(number, heard(child, reading, self.plan["seconds"]), known)
        os._exit(0)

    def begin(self, edits: list[Any], writing: int) -> None:
        try:
            serve_edited(edits)
            self.telling = Telling(writing)
        finally:
            if self.telling is None:
                os._exit(1)


def run_pytest(plan: dict[str, Any], plugin: Trial) -> None:
    import pytest

    # Marked here and not where they are written: pytest is not there for everyone.
    pytest.hookimpl(hookwrapper=True)(Trial.pytest_runtest_call)
    pytest.hookimpl(tryfirst=True)(Trial.pytest_sessionfinish)
    pytest.hookimpl(tryfirst=True)(Batch.pytest_collection)
    probe.IN_TRIAL.append(plugin)
    tests = [os.path.join(plan["root"], test) for test in plan["tests"]] or plan["arguments"]
    sys.argv = ["pytest", *tests]
    # Nobody reads why a trial's test failed, so nothing is spent on showing it.
    quick = ["-q", "--tb=no", "--assert=plain", "-p", "no:faulthandler", "-p", "swe_repair_probe"]
    pytest.main([*tests, *quick], plugins=[plugin])
    if plugin.telling is not None:
        plugin.telling.tell(plugin.told())


def serve_edited(edits: list[Any]) -> None:
    """Modules of the edited files are compiled from the edited text, and never from or to a cached file."""
    edited: dict[str, bytes] = {}
    for path, start, end, replacement in edits:  # the last of a file first, so that places hold
        full = os.path.realpath(path)
        data = edited[full] if full in edited else Path(full).read_bytes()
        edited[full] = data[:start] + replacement.encode("utf-8", "surrogateescape") + data[end:]
    loader: Any = importlib.machinery.SourceFileLoader
    own_get_code = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        data = edited.get(os.path.realpath(self.path))
        return own_get_code(self, fullname) if data is None else self.source_to_code(data, self.path)

    loader.get_code = get_code


if __name__ == "__main__":
    trials(json.loads(zlib.decompress(base64.b64decode(sys.argv[1]))))
