"""Who tells of the lines that run. Runs in the sandbox, under the project's own Python (3.7 or later); standard library
only."""

from __future__ import annotations

import sys
import threading
from typing import Any

from swe_repair_coverage import coverage_tracer  # type: ignore[import-not-found] # beside this file in the sandbox

MONITORING_TOOL = 4
"""A number of sys.monitoring that nobody has a claim on."""


class SettraceTracer:
    """Lines by sys.settrace, for Python before 3.12."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.lines: dict[str, set[int]] = {}
        self.locals: dict[str, Any] = {}
        self.running = False

    def start(self) -> None:
        self.lines = {}
        self.locals = {}
        self.running = True
        self.before = sys.gettrace()
        threading.settrace(self.on_call)
        sys.settrace(self.on_call)

    def stop(self) -> dict[str, set[int]]:
        self.running = False
        sys.settrace(self.before)
        threading.settrace(self.before)
        return self.lines

    def pause(self) -> None:
        sys.settrace(None)

    def resume(self) -> None:
        sys.settrace(self.on_call)

    def on_call(self, frame: Any, event: str, arg: Any) -> Any:
        filename = frame.f_code.co_filename
        if filename not in self.locals:
            path = self.tree.relative(filename)
            self.locals[filename] = None if path is None else self.recorder(path)
        return self.locals[filename]

    def recorder(self, path: str) -> Any:
        add = self.lines.setdefault(path, set()).add

        def on_line(frame: Any, event: str, arg: Any) -> Any:
            if event == "line":
                add(frame.f_lineno)
            return on_line

        return on_line


class MonitoringTracer:
    """Lines by sys.monitoring (3.12 and later): each line is told once a test, then costs nothing."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.lines: dict[str, set[int]] = {}
        self.running = False
        self.monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore] # mypy checks as 3.11
        self.monitoring.use_tool_id(MONITORING_TOOL, "swe_repair_probe")
        self.monitoring.register_callback(MONITORING_TOOL, self.monitoring.events.LINE, self.on_line)

    def start(self) -> None:
        self.lines = {}
        self.running = True
        self.monitoring.set_events(MONITORING_TOOL, self.monitoring.events.LINE)
        self.monitoring.restart_events()

    def stop(self) -> dict[str, set[int]]:
        self.running = False
        self.monitoring.set_events(MONITORING_TOOL, 0)
        return self.lines

    def pause(self) -> None:
        self.monitoring.set_events(MONITORING_TOOL, 0)

    def resume(self) -> None:
        self.monitoring.set_events(MONITORING_TOOL, self.monitoring.events.LINE)

    def on_line(self, code: Any, line: int) -> Any:
        path = self.tree.relative(code.co_filename)
        if path is not None:
            self.lines.setdefault(path, set()).add(line)
        return self.monitoring.DISABLE


def tracer_for(tree: Any) -> Any:
    if hasattr(sys, "monitoring"):
        return MonitoringTracer(tree)
    return coverage_tracer(tree) or SettraceTracer(tree)
