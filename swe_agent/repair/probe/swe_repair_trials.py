"""Tries edits inside the sandbox, under the project's own Python (3.7 or later); standard library only.

    PYTHONPATH=<this folder> python -m swe_repair_trials <plan>

Forks a process for each set of edits, which never reach the disk: start-up is paid once, and what hangs is ended. A
program that a trial's test starts sees the files as they are. Prints one line a trial.

The later a trial's process is forked, the less it has to do. There are three points, from the last to the first:

- The tests are loaded, and the edits are put into functions that nothing has called yet (`swe_repair_swaps`), if tests
  answer there as they did before.
- pytest's session begins, without a module of the project but for `conftest.py`: a trial begins with the collection,
  and its import system serves the edited text.
- pytest is imported: a trial begins with its start.

A plan may ask for other things than trials: `trace`, for what the tests run with the first of the edits, recorded as
`swe_repair_probe` does; `compare`, for what the edits answer to inputs near the tests' own (`swe_repair_inputs`).
"""

from __future__ import annotations

import base64
import importlib
import importlib.machinery
import json
import os
import sys
import threading
import zlib
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there
import swe_repair_program as programs  # type: ignore[import-not-found]
import swe_repair_swaps as swapping  # type: ignore[import-not-found]
from swe_repair_children import (  # type: ignore[import-not-found]
    NOT_ENDED,
    Telling,
    forked,
    heard,
    in_silence,
    serve_edited,
)
from swe_repair_pytest import (  # type: ignore[import-not-found]
    QUICK,
    Batch,
    Comparing,
    InLoaded,
    Trial,
    modules_of_ours,
    named,
    run_pytest,
    warm_pytest,
)

MARK_TRIAL = "swe-repair-trial:"


class Queue:
    """Trials that are still to be made. After one that helps only some more are, for whoever asked wants to look at it;
    the rest is told to have been left out."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.tests: list[str] = plan["tests"]
        self.lookahead: int = plan["lookahead"]
        self.left = list(range(len(plan["trials"])))
        self.last = len(self.left)
        self.known: set[str] = set()

    def __iter__(self) -> Any:
        """Those that are left now, in order, up to the last that is to be made."""
        return (number for number in list(self.left) if number <= self.last)

    def heard(self, number: int, told: dict[str, Any]) -> bool:
        """Tells it; whether it helps."""
        preload(told["modules"], self.known)
        said = {"number": number, **{key: told[key] for key in ("outcomes", "reached", "ended")}}
        probe.write_line(MARK_TRIAL, probe.pack(said))
        helps = told["ended"] and any(told["outcomes"].get(test) == "passed" for test in self.tests)
        self.made(number, helps)
        return bool(helps)

    def made(self, number: int, helps: bool) -> None:
        self.left.remove(number)
        if helps:
            self.last = min(self.last, number + self.lookahead)

    def end(self) -> None:
        if self.left:
            probe.write_line(MARK_TRIAL, probe.pack({"left_out": self.left}))


def answer(plan: dict[str, Any]) -> None:
    sys.dont_write_bytecode = True
    begin_as(plan["start"])
    {"trials": trials, "trace": traced, "compare": compared}[plan["what"]](plan)


def begin_as(start: dict[str, Any]) -> None:
    """In the folder and the environment that the tests were started in."""
    os.chdir(start["folder"])
    os.environ.update(start["environment"])
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *start["paths"]])
    # The first is the folder that this was started in.
    sys.path[:1] = [str(Path.cwd()), *map(os.path.abspath, start["paths"])]


def trials(plan: dict[str, Any]) -> None:
    """One line for each set of edits, as soon as it has run."""
    queue = Queue(plan)
    if queue.tests:
        swapped(plan, queue)
    if not any(True for _ in queue):
        queue.end()
    elif plan["start"]["runner"] != "pytest" or not configured_once(plan, queue):
        started_anew(plan, queue)


def swapped(plan: dict[str, Any], queue: Queue) -> None:
    """Those that can be made where the tests are loaded already, in a process of its own."""
    child, reading, writing = forked()
    if child == 0:
        in_silence(lambda: load(plan, Loaded(plan, queue, writing)))
    with os.fdopen(reading, "rb") as told:
        for line in told:
            queue.made(*json.loads(line))
    os.waitpid(child, 0)


def configured_once(plan: dict[str, Any], queue: Queue) -> bool:
    """Makes all in a process of its own, whose pytest is configured once. False where that may not be, or where it came
    to no good end."""
    child = os.fork()
    if child == 0:
        in_silence(lambda: run_pytest(plan, plan["tests"], Batch(plan, queue)))
    return os.waitpid(child, 0)[1] == 0


def started_anew(plan: dict[str, Any], queue: Queue) -> None:
    if plan["start"]["runner"] == "pytest":
        warm_pytest()
    # A project that is itself a plug-in of pytest was imported before it was edited: trials import it anew.
    tainted = modules_of_ours()
    for number in queue:
        child, reading, writing = forked()
        if child == 0:
            in_silence(partial(run_anew, plan, tainted, plan["trials"][number], Telling(writing)))
        queue.heard(number, heard(child, reading, plan["seconds"]))
    queue.end()


def preload(names: list[str], known: set[str]) -> None:
    """What a trial imported from elsewhere is imported here, once, for all that follow."""
    for name in names:
        if name not in known and name not in sys.modules:
            known.add(name)
            with suppress(BaseException):
                importlib.import_module(name)


def run_anew(plan: dict[str, Any], tainted: list[str], edits: list[Any], telling: Telling) -> None:
    for name in tainted:
        sys.modules.pop(name, None)
    serve_edited(edits)
    if plan["start"]["runner"] == "pytest":
        run_pytest(plan, plan["tests"], Trial(plan, telling))
        return
    trial = programs.InTrial(plan["each"])
    trial.telling = telling
    listening(plan, trial, lambda _: plan["tests"] or None)
    trial.tell()


# --- where the tests are loaded -------------------------------------------------------------------------------------


class Loaded:
    """Trials by swapping, each a fork of this process once it has loaded the tests."""

    def __init__(self, plan: dict[str, Any], queue: Queue, writing: int) -> None:
        self.plan = plan
        self.queue = queue
        self.writing = writing
        self.started = swapping.Started()
        self.held: list[Any] = []
        """What a trial would let go of with this stack: that touches, and so copies, every page it lies on."""

    def in_a_trial(self, loaded: list[str]) -> tuple[list[str], Telling | None]:
        """Comes back in each of the forked processes, with the tests that it is to run; and in this one, with nothing,
        when all is done that can be done so."""
        codes = self.started.stop()
        tests, witnesses = self.plan["tests"], self.plan["witnesses"]
        # A thread does not live on in a fork.
        if not set(tests).union(witnesses) <= set(loaded) or threading.active_count() > 1:
            return [], None
        swaps = swapping.Swaps(probe.Tree(probe.ROOT), codes)
        self.held += [swaps, codes]
        for asked, wrong in ((witnesses, False), (tests, True)):
            child, reading, writing = forked()
            if child == 0:
                return asked, self.edited([], [], writing)
            unedited = heard(child, reading, self.plan["seconds"])
            if any((unedited["outcomes"].get(test) == "passed") is wrong for test in asked):
                return [], None
        made = {swapping.NOTHING: unedited, swapping.BROKEN: {**NOT_ENDED, "ended": True}}
        for number in self.queue:
            edits = self.plan["trials"][number]
            try:
                codes, effect = swaps.of(edits)
            except swapping.NotSwappable:
                continue
            if effect not in made:
                child, reading, writing = forked()
                if child == 0:
                    return tests, self.edited(edits, codes, writing)
                made[effect] = heard(child, reading, self.plan["seconds"])
            self.tell(number, made[effect])
        return [], None

    def edited(self, edits: list[Any], codes: list[Any], writing: int) -> Telling:
        os.close(self.writing)  # what outlives a trial is not to keep it open
        serve_edited(edits)
        for function, code in codes:
            function.__code__ = code
        return Telling(writing)

    def tell(self, number: int, told: dict[str, Any]) -> None:
        helps = self.queue.heard(number, told)
        os.write(self.writing, json.dumps([number, helps]).encode() + b"\n")


def load(plan: dict[str, Any], loaded: Loaded) -> None:
    """The tests and a few that pass, by the project's runner."""
    if plan["start"]["runner"] == "pytest":
        run_pytest(plan, [*plan["tests"], *plan["witnesses"]], InLoaded(plan, loaded))
        return
    trial = programs.InTrial(plan["each"])

    def chosen(there: list[str]) -> list[str]:
        tests, trial.telling = loaded.in_a_trial(there)
        return tests

    # A trial ends with its tests, for what the program has made is this process's to take away.
    listening(plan, trial, chosen, lambda: trial.telling and trial.tell())


def listening(plan: dict[str, Any], listener: Any, chosen: Any, *over: Any) -> None:
    """The program of the tests once more; `programs.Parts` says what `chosen` and `over` are."""
    programs.listen(lambda: listener)
    programs.Parts(chosen, *over)
    programs.run_again(plan["start"]["program"])


# --- what is asked beside trials ----------------------------------------------------------------------------------


def compared(plan: dict[str, Any]) -> None:
    comparing = Comparing(plan)
    if plan["start"]["runner"] == "pytest":
        run_pytest(plan, plan["tests"], comparing)
        return

    def chosen(_: list[str]) -> Any:
        comparing.begin()
        return plan["tests"]

    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        listening(plan, None, chosen, comparing.compare)


def traced(plan: dict[str, Any]) -> None:
    serve_edited(plan["trials"][0])
    os.environ["SWE_REPAIR_HANGS"] = str(plan["seconds"])
    if plan["start"]["runner"] == "pytest":
        import pytest

        pytest.main([*named(plan, plan["tests"]), *QUICK])
        return
    recorder = programs.Recorder()
    listening(plan, recorder, lambda _: plan["tests"])
    recorder.tell()


if __name__ == "__main__":
    answer(json.loads(zlib.decompress(base64.b64decode(sys.argv[1]))))
