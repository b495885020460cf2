"""Runs inside the sandbox, under the project's own Python (3.7 or later); standard library only. PYTEST_DONT_REWRITE

    PYTHONPATH=<this folder> PYTEST_ADDOPTS="-p swe_repair_probe" python -m pytest

Prints one line at the end of the session: outcomes, frames of failures, and the lines that each test ran in files below
the folder that the test command was started in. Knows nothing of swe_agent. What is not pytest is recorded by
`swe_repair_program`.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import time
import unittest  # noqa: F401 - what `SHOWING` names of it has to be there
import zlib
from contextlib import contextmanager
from typing import Any

from swe_repair_start import ROOT, START, most_seconds, wanted  # type: ignore[import-not-found] # beside this file in the sandbox

MARK_SPECTRUM = "swe-repair-spectrum:"
MAX_ENTRIES = 2_000_000
"""Lines kept over all passing tests together; those of failing ones are always kept."""
MAX_OUTPUT = 4_000_000
MAX_MESSAGE = 500
MAX_FRAMES = 50
FOREIGN = frozenset(("site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", "node_modules", ".git"))
NEXT_HANG, MOST_HANGS = 6, 8
"""What part of the first one's time the next tests get that take too long, and how many of those there may be before
the run ends."""

try:
    # Before pytest captures: later, descriptor 1 is a temporary file.
    REAL_OUTPUT = os.dup(1)
except OSError:
    REAL_OUTPUT = -1


class Tree:
    """Which files are ours: Python below the root, without what is installed there."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root) + os.sep
        self.known: dict[str, str | None] = {}

    def relative(self, filename: str) -> str | None:
        if filename not in self.known:
            self.known[filename] = self._relative(filename)
        return self.known[filename]

    def _relative(self, filename: str) -> str | None:
        if filename.startswith("<"):
            return None
        path = os.path.realpath(filename)
        if not path.startswith(self.root):
            return None
        below = path[len(self.root) :].replace(os.sep, "/")
        return None if FOREIGN.intersection(below.split("/")) else below


class Recording:
    """The cases of a session, and the one line that tells them."""

    def __init__(self) -> None:
        self.tree = Tree(ROOT)
        # Here, so that trials need not load what they do not use.
        from swe_repair_tracers import tracer_for  # type: ignore[import-not-found]

        self.tracer = tracer_for(self.tree)
        keep_quiet(self.tracer)
        self.cases: dict[str, dict[str, Any]] = {}
        self.entries = 0
        self.truncated = False

    def begin(self, test: str) -> None:
        self.case(test)
        self.started = time.monotonic()
        self.tracer.start()

    def end(self) -> dict[str, set[int]]:
        """The lines since."""
        lines: dict[str, set[int]] = self.tracer.stop()
        self.seconds = round(time.monotonic() - self.started, 4)
        return lines

    def case(self, test: str) -> dict[str, Any]:
        return self.cases.setdefault(test, {"id": test, "outcome": "passed", "seconds": 0.0, "lines": {}})

    def raised(self, test: str, error: BaseException) -> None:
        """The frames below the root of what a test raised; the first error of a test is the one that counts."""
        case = self.case(test)
        if "exception" in case:
            return
        if type(error).__name__ == "CollectError" and error.__cause__ is not None:
            # Pytest tells of a failed import in its own words; the error itself is behind it.
            error = error.__cause__
        frames = frames_of(error.__traceback__, self.tree)
        case.update(exception=type(error).__name__, message=_text(error), frames=frames[-MAX_FRAMES:])

    def ran(self, test: str, lines: dict[str, set[int]], outcome: str = "") -> None:
        case = self.case(test)
        case.update(seconds=self.seconds, outcome=outcome or case["outcome"])
        if case["outcome"] == "passed":
            self.entries += sum(len(at) for at in lines.values())
            if self.entries > MAX_ENTRIES:
                self.truncated = True
                return
        case["lines"] = {path: _ranges(at) for path, at in sorted(lines.items()) if at}

    def tell(self, runner: str, root: str, arguments: list[str], options: tuple[str, ...] = ()) -> None:
        start = {"runner": runner, "root": root, "arguments": arguments, "options": options, **START}
        how = {"start": start}
        payload = self.packed(how)
        if len(payload) > MAX_OUTPUT:
            self.truncated = True
            for case in self.cases.values():
                if case["outcome"] == "passed":
                    case["lines"] = {}
            payload = self.packed(how)
        write_line(MARK_SPECTRUM, payload)

    def packed(self, how: dict[str, Any]) -> str:
        cases = [self.cases[test] for test in sorted(self.cases)]
        return pack({"cases": cases, "truncated": self.truncated, **how})


@contextmanager
def paused(tracer: Any) -> Any:
    """Lines that are not the test's: who says why it failed runs what shows the values."""
    if not tracer.running:
        yield
        return
    tracer.pause()
    try:
        yield
    finally:
        tracer.resume()


def quietly(tracer: Any, function: Any) -> Any:
    def quiet(*arguments: Any, **named: Any) -> Any:
        with paused(tracer):
            return function(*arguments, **named)

    return quiet


SHOWING = (
    ("_pytest.assertion.rewrite", "_saferepr"),
    ("_pytest.assertion.rewrite", "_call_reprcompare"),
    ("unittest.case", "safe_repr"),
    ("unittest.case", "_common_shorten_repr"),
)
"""What asserts call to show values; names within other people's modules, which may be gone in some version."""


def keep_quiet(tracer: Any) -> None:
    for name, function in SHOWING:
        module = sys.modules.get(name)
        if hasattr(module, function):
            setattr(module, function, quietly(tracer, getattr(module, function)))


def _text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE]
    except Exception:  # noqa: BLE001 - the project's own __str__ may raise anything
        return ""


def frames_of(trace: Any, tree: Tree) -> list[Any]:
    """Path, line and function of those below the root, from the outermost to the innermost."""
    frames = []
    while trace is not None:
        path = tree.relative(trace.tb_frame.f_code.co_filename)
        if path is not None:
            frames.append([path, trace.tb_lineno, trace.tb_frame.f_code.co_name])
        trace = trace.tb_next
    return frames


def _ranges(lines: set[int]) -> list[int]:
    """1, 2, 3, 7 as [1, 3, 7, 7]."""
    flat: list[int] = []
    for line in sorted(lines):
        if flat and flat[-1] == line - 1:
            flat[-1] = line
        else:
            flat += [line, line]
    return flat


def pack(value: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


def write_line(mark: str, payload: str) -> None:
    data = f"\n{mark}{payload}\n".encode()
    while data and REAL_OUTPUT >= 0:
        data = data[os.write(REAL_OUTPUT, data) :]


def own(name: str) -> None:
    """This process is recorded by `name` alone, and what its tests start is not."""
    OWNED.append(name)
    os.environ.pop("SWE_REPAIR_ROOT", None)


class TookTooLong(BaseException):
    """Of what did not end; nothing that a program catches."""


class Hangs:
    """Ends tests that take longer than SWE_REPAIR_HANGS says."""

    def __init__(self) -> None:
        self.seconds = most_seconds()
        self.hung = 0

    def start(self) -> None:
        if self.seconds:
            signal.signal(signal.SIGALRM, self.ring)
            signal.setitimer(signal.ITIMER_REAL, self.seconds / (NEXT_HANG if self.hung else 1), 0.5)

    def stop(self) -> bool:
        """Whether that is enough."""
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return self.hung >= MOST_HANGS

    def heard(self, error: BaseException) -> None:
        self.hung += isinstance(error, TookTooLong)

    def ring(self, *_: Any) -> None:
        raise TookTooLong("it did not end")


# --- pytest ---------------------------------------------------------------------------------------------------------

OWNED: list[str] = []
"""Who records this process, if anybody does whom others are to leave it to."""
IN_TRIAL: list[Any] = []
"""The plugin of this process where it is a trial; then nothing is recorded."""


def pytest_configure(config: Any) -> None:
    for option, value in (("numprocesses", None), ("dist", "no"), ("tx", []), ("maxfail", 0)):
        # Everything in this process (pytest-xdist tells lines to nobody), and all of it.
        if hasattr(config.option, option):
            setattr(config.option, option, value)
    if not IN_TRIAL and not OWNED:
        own("pytest")
        config.pluginmanager.register(recorder_for(config))


def quiet_reports(tracer: Any) -> Any:
    import pytest

    class Quiet:
        @pytest.hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_runtest_makereport(self) -> Any:
            with paused(tracer):
                yield

    return Quiet()


def recorder_for(config: Any) -> Any:
    import pytest

    recording = Recording()
    config.pluginmanager.register(quiet_reports(recording.tracer))
    hangs = Hangs()

    class Recorder:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_call(self, item: Any) -> Any:
            hangs.start()
            outcome = yield
            if outcome.excinfo is not None:
                hangs.heard(outcome.excinfo[1])
            if hangs.stop():
                item.session.shouldstop = "too many tests do not end"

        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_protocol(self, item: Any) -> Any:
            recording.begin(item.nodeid)
            yield
            recording.ran(item.nodeid, recording.end())

        def pytest_collection_modifyitems(self, items: list[Any]) -> None:
            kept = frozenset(wanted([item.nodeid for item in items]))
            items[:] = [item for item in items if item.nodeid in kept]

        def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
            recording.raised(report.nodeid, call.excinfo.value)

        def pytest_runtest_logreport(self, report: Any) -> None:
            note_report(recording.case(report.nodeid), report)

        def pytest_collectreport(self, report: Any) -> None:
            if report.failed:
                recording.case(report.nodeid)["outcome"] = "error"

        def pytest_unconfigure(self) -> None:
            # `rootpath` came with pytest 6.1.
            root = os.path.relpath(str(getattr(config, "rootpath", None) or config.rootdir))
            given = [str(argument) for argument in getattr(config.option, "file_or_dir", None) or ()]
            # They came with pytest 5.1.
            words = getattr(getattr(config, "invocation_params", None), "args", ())
            options = tuple(str(word) for word in words if str(word) not in given)
            recording.tell("pytest", "" if root == "." else root, given, options)

    return Recorder()


def note_report(case: dict[str, Any], report: Any) -> None:
    if report.failed:
        case["outcome"] = "failed" if report.when == "call" else "error"
    elif report.skipped and case["outcome"] == "passed":
        case["outcome"] = "skipped"
