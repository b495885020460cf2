"""A process that is forked for a trial, and how it tells what came of it. Runs in the sandbox, under the project's own
Python (3.7 or later); standard library only."""

from __future__ import annotations

import gc
import importlib.machinery
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there

NOT_ENDED: dict[str, Any] = {"outcomes": {}, "reached": {}, "ended": False, "modules": []}


def in_silence(work: Any) -> None:
    """In a child, which ends with it; `probe.REAL_OUTPUT` is told what there is to tell."""
    try:
        sys.dont_write_bytecode = True
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        work()
    finally:
        os._exit(1)


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
    """Outcomes by test; of those that fail where they did, outermost and innermost; whether the trial came to its end
    in time, and what it imported."""
    try:
        return json.loads(said(child, reading, seconds))  # type: ignore[no-any-return] # what `tell` wrote
    except ValueError:
        return NOT_ENDED


def said(child: int, reading: int, seconds: float) -> bytes:
    """The line that a forked process wrote, nothing where it came to none in time; the process is over then."""
    data = read_until(reading, time.monotonic() + seconds)
    os.close(reading)
    # Whatever it started is in its session, and ends with it.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return data


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


class Telling:
    """How a trial says what came of it; with that it ends."""

    def __init__(self, writing: int) -> None:
        self.writing = writing
        self.tree = probe.Tree(probe.ROOT)
        self.inherited = len(sys.modules)

    def tell(self, outcomes: dict[str, str], traces: dict[str, Any], ended: bool = True) -> None:
        """`traces` are those of tests that failed."""
        # New ones are the last of a dictionary. Of those known before not one is touched.
        loaded: Any = sys.modules.items()
        latest = reversed(loaded if hasattr(loaded, "__reversed__") else list(loaded))  # from Python 3.8 on
        fresh = [*islice(latest, max(0, len(sys.modules) - self.inherited))]
        foreign = [name for name, module in reversed(fresh) if not ours(self.tree, module)]
        stacks = {test: probe.frames_of(trace, self.tree) for test, trace in traces.items()}
        reached = {test: [frames[0], frames[-1]] for test, frames in stacks.items() if frames}
        told = {"outcomes": outcomes, "reached": reached, "ended": ended, "modules": foreign}
        data = json.dumps(told).encode() + b"\n"
        while data:
            data = data[os.write(self.writing, data) :]
        os._exit(0)


def ours(tree: Any, module: Any) -> bool:
    return tree.relative(getattr(module, "__file__", None) or "<built in>") is not None


def serve_edited(edits: list[Any]) -> None:
    """Modules of the edited files are compiled from the edited text, and never from or to a cached file."""
    edited: dict[str, bytes] = {}
    for path, start, end, replacement in edits:  # the last of a file first, so that places hold
        full = os.path.realpath(os.path.join(probe.ROOT, path))
        data = edited[full] if full in edited else Path(full).read_bytes()
        edited[full] = data[:start] + replacement.encode("utf-8", "surrogateescape") + data[end:]
    loader: Any = importlib.machinery.SourceFileLoader
    own_get_code = loader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        data = edited.get(os.path.realpath(self.path))
        return own_get_code(self, fullname) if data is None else self.source_to_code(data, self.path)

    loader.get_code = get_code
