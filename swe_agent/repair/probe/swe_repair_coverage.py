"""Lines by the C tracer of the coverage package, where the project's environment has it: a third of what `sys.settrace`
takes. Runs in the sandbox, under the project's own Python (3.7 to 3.11); standard library only.

Of the package, only the compiled module is loaded, and not as a module that others could import: nothing of it is in
the project's process that was not there before. What the module wants to be told is what coverage 5 to 7 tell it
(`coverage/collector.py`). It is no public interface, so what it says of a known piece of code is looked at first.
"""

from __future__ import annotations

import sys
import threading
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

KNOWN = """\
def known(inner):
    for number in range(2):
        if number:
            inner()
            return
    raise AssertionError
def inner():
    pause()
    resume()
    return
def never():
    return
"""
RUN_OF_KNOWN = {2, 3, 4, 5, 8, 9, 10}
AWAY_OF_KNOWN = {9}
"""Lines that may be seen or not: tracing is resumed within them."""


class CoverageTracer:
    """What `SettraceTracer` does."""

    def __init__(self, tree: Any, module: Any) -> None:
        self.tree = tree
        self.module = module
        self.known: dict[str, Any] = {}
        self.lines: dict[str, Any] = {}
        self.running = False

    def start(self) -> None:
        self.lines = {}
        self.others: list[Any] = []
        self.before = sys.gettrace()
        self.running = True
        threading.settrace(self.on_thread)
        self.own = self.begun()

    def stop(self) -> dict[str, Any]:
        self.running = False
        self.own.stop()
        for other in self.others:
            other.stop()
        sys.settrace(self.before)
        threading.settrace(self.before)
        return self.lines

    def pause(self) -> None:
        self.own.stop()
        sys.settrace(None)

    def resume(self) -> None:
        self.own.start()

    def begun(self) -> Any:
        """Of this thread."""
        tracer = self.module.CTracer()
        given = {
            "data": self.lines,
            "lock_data": _nothing,
            "unlock_data": _nothing,
            "trace_arcs": False,
            "should_trace": self.told,
            "should_trace_cache": self.known,
            "warn": _nothing,
            "concur_id_func": None,
            "file_tracers": {},
            "should_start_context": None,
            "switch_context": None,
            "disable_plugin": _nothing,
            "check_include": None,
        }
        for name, value in given.items():
            if hasattr(tracer, name):  # not all versions ask for all
                setattr(tracer, name, value)
        tracer.start()
        return tracer

    def on_thread(self, frame: Any, event: str, arg: Any) -> Any:
        """A thread's first event, which is the only place to begin in."""
        sys.settrace(None)
        if not self.running:
            return None
        tracer = self.begun()
        self.others.append(tracer)
        return tracer(frame, event, arg)

    def told(self, filename: str, frame: Any) -> Any:
        path = self.tree.relative(filename)
        answer = self.module.CFileDisposition()
        answer.original_filename = answer.canonical_filename = filename
        answer.source_filename = path  # what the lines are kept under
        answer.trace = path is not None
        answer.reason = ""
        answer.file_tracer = None
        answer.has_dynamic_filename = False
        return answer


def coverage_tracer(tree: Any) -> CoverageTracer | None:
    """None where the environment has no such module, or one that does not do what is known of it."""
    try:
        module = compiled()
        return CoverageTracer(tree, module) if module and _does(CoverageTracer(tree, module)) else None
    except Exception:  # noqa: BLE001 - whatever other versions raise: there is another tracer
        sys.settrace(None)
        return None


def compiled() -> Any:
    package = find_spec("coverage")
    for folder in (package and package.submodule_search_locations) or ():
        for suffix in EXTENSION_SUFFIXES:
            path = Path(folder, f"tracer{suffix}")
            if path.is_file():
                loader = ExtensionFileLoader("coverage.tracer", str(path))
                spec = spec_from_file_location("coverage.tracer", str(path), loader=loader)
                assert spec is not None
                module = module_from_spec(spec)
                loader.exec_module(module)
                return module
    return None


def _does(tracer: CoverageTracer) -> bool:
    path = str(Path(tracer.tree.root, "known to swe_repair_coverage.py"))
    names: dict[str, Any] = {"pause": tracer.pause, "resume": tracer.resume}
    exec(compile(KNOWN, path, "exec"), names)  # noqa: S102 - the text above
    before = sys.gettrace()
    tracer.start()
    try:
        names["known"](names["inner"])
    finally:
        lines = tracer.stop()
    seen = set(lines.get(tracer.tree.relative(path) or "", ()))
    return seen | AWAY_OF_KNOWN == RUN_OF_KNOWN and sys.gettrace() is before


def _nothing(*_: Any) -> None:
    pass
