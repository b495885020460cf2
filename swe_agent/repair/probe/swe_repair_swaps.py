"""Edits of functions, made in a process that has loaded them. Runs in the sandbox, under the project's own Python (3.7
or later); standard library only.

A function's code is compiled from the edited text and put into the function itself, wherever that is held: by name in
other modules, as a method, within decorators. What is more than the body of a function cannot be edited so (defaults,
decorators, what a module or class does when it is made), nor what had its effect already, because it ran: then there is
nothing to swap, and the edit has to be tried in a process that loads everything anew.
"""

from __future__ import annotations

import ast
import gc
import inspect
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

MONITORING_TOOL = 3
"""A number of sys.monitoring that nobody has a claim on."""
NOTHING, BROKEN = "nothing", "broken"
"""The effect of edits that leave all code as it is, and of those that do not compile."""


class NotSwappable(Exception):
    """The edit cannot be made in a loaded module."""


class Started:
    """The codes that ran since this was made."""

    def __init__(self) -> None:
        self.codes: dict[int, CodeType] = {}
        self.monitoring: Any = getattr(sys, "monitoring", None)
        if self.monitoring is None:
            threading.setprofile(self.on_event)
            sys.setprofile(self.on_event)
            return
        events = self.monitoring.events
        self.monitoring.use_tool_id(MONITORING_TOOL, "swe_repair_swaps")
        self.monitoring.register_callback(MONITORING_TOOL, events.PY_START, self.on_start)
        self.monitoring.set_events(MONITORING_TOOL, events.PY_START)

    def on_event(self, frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            self.codes[id(frame.f_code)] = frame.f_code

    def on_start(self, code: CodeType, offset: int) -> Any:
        self.codes[id(code)] = code
        return self.monitoring.DISABLE

    def stop(self) -> list[CodeType]:
        if self.monitoring is None:
            sys.setprofile(None)
            threading.setprofile(None)
        else:
            self.monitoring.set_events(MONITORING_TOOL, 0)
            self.monitoring.free_tool_id(MONITORING_TOOL)
        return list(self.codes.values())


class Swaps:
    """What is loaded of the project. `tree` knows which files are; `started` are the codes that ran so far."""

    def __init__(self, tree: Any, started: list[CodeType]) -> None:
        self.tree = tree
        self.functions: dict[Any, list[FunctionType]] = {}
        paths = ((tree.relative(code.co_filename), code) for code in started)
        self.started = {(path, *place(code)) for path, code in paths if path}
        self.loaded: set[str] = set()
        self.sources: dict[str, Source] = {}
        for thing in gc.get_objects():
            path = tree.relative(thing.__code__.co_filename) if type(thing) is FunctionType else None
            if path is not None:
                self.functions.setdefault((path, *place(thing.__code__)), []).append(thing)
        for module in list(sys.modules.values()):
            with suppress(Exception):  # a module may be anything
                path = tree.relative(module.__file__ or "<none>")
                if path:
                    self.loaded.add(path)

    def of(self, edits: list[Any]) -> tuple[list[tuple[FunctionType, CodeType]], Any]:
        """Functions with the code that the edits make of each, and the effect: equal for edits that come to the same.
        Raises NotSwappable."""
        by_path: dict[str, list[Any]] = {}
        for path, start, end, replacement in edits:
            by_path.setdefault(path, []).append((start, end, replacement.encode("utf-8", "surrogateescape")))
        found: list[tuple[FunctionType, CodeType]] = []
        effect: list[Any] = []
        for path, changes in sorted(by_path.items()):
            if path not in self.loaded:  # it is served as edited once it is asked for
                effect.append((path, tuple(sorted(changes))))
                continue
            try:
                pairs = self.source(path).changed(changes)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return [], BROKEN
            for old, new in pairs:
                swapped = self.swapped(path, old, new)
                found += swapped
                effect += [(path, place(function.__code__), shape(code)) for function, code in swapped]
        return found, tuple(effect) or NOTHING

    def source(self, path: str) -> Source:
        if path not in self.sources:
            try:
                self.sources[path] = Source(self.tree.root + path)
            except (OSError, SyntaxError, ValueError, AttributeError) as error:
                raise NotSwappable(str(error)) from error  # before Python 3.8, no node says where it ends
        return self.sources[path]

    def swapped(self, path: str, old: CodeType, new: CodeType) -> list[tuple[FunctionType, CodeType]]:
        differing: list[tuple[CodeType, CodeType, bool]] = []
        differ(old, new, differing)
        found: list[tuple[FunctionType, CodeType]] = []
        for number, (before, after, is_own) in enumerate(reversed(differing)):
            key = (path, *place(before))
            if is_own and key in self.started:
                raise NotSwappable(f"{before.co_name} ran already")
            functions = self.functions.get(key, [])
            # The outermost is the first of these; what is within it may not have been made yet.
            if not functions and number == 0:
                raise NotSwappable(f"{before.co_name} is not there as a function")
            for function in functions:
                if function.__code__ != before or before.co_freevars != after.co_freevars:
                    raise NotSwappable(f"{before.co_name} is not what the file says")
                found.append((function, after))
        return found


class Source:
    """A file's text and the outermost functions in it, by lines."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.data = Path(path).read_bytes()
        self.lines = self.data.split(b"\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        tree = ast.parse(self.data)
        future, bound = [], []
        for node in imports_of(tree.body):
            is_future = getattr(node, "module", None) == "__future__"
            future += [name.name for name in node.names if is_future]
            bound += [(name.asname or name.name).partition(".")[0] for name in node.names if name.name != "*"]
        # What is called on a module is compiled otherwise, from Python 3.11 on.
        heads = [f"from __future__ import {', '.join(future)}"] if future else []
        heads += [f"import {', '.join(dict.fromkeys(bound))}"] if bound else []
        self.heads = [";".join(heads).encode()] if heads else []
        """What a module says that functions are compiled by, in a line."""
        self.spans: list[tuple[int, int, tuple[bytes, ...]]] = []
        """First line, last line, and what stands around the function in its stead."""
        self.collect(tree.body, ())
        self.codes: dict[int, CodeType] = {}

    def collect(self, statements: list[Any], around: tuple[bytes, ...]) -> None:
        for node in statements:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                self.spans.append((first, node.end_lineno or first, around))
                continue
            # The name of a class takes part in how its methods' names are compiled; any other block is as good as `if`.
            head = f"class {node.name}:" if isinstance(node, ast.ClassDef) else "if 1:"
            header = self.lines[node.lineno - 1][: node.col_offset] + head.encode()
            for name in ("body", "orelse", "finalbody"):
                self.collect(getattr(node, name, []), (*around, header))
            for handler in getattr(node, "handlers", []):
                self.collect(handler.body, (*around, header))

    def changed(self, changes: list[Any]) -> list[tuple[CodeType, CodeType]]:
        """Old and new code of the functions that the changes are in. Raises what `compile` does."""
        by_span: dict[int, list[Any]] = {}
        for start, end, replacement in changes:
            by_span.setdefault(self.span_of(start, end), []).append((start, end, replacement))
        pairs = []
        for number, inside in by_span.items():
            first, last, around = self.spans[number]
            begin = self.starts[first - 1]
            text = self.data[begin : self.starts[last] - 1]
            if number not in self.codes:
                self.codes[number] = self.compiled(first, around, text)
            for start, end, replacement in sorted(inside, reverse=True):
                text = text[: start - begin] + replacement + text[end - begin :]
            pairs.append((self.codes[number], self.compiled(first, around, text)))
        return pairs

    def span_of(self, start: int, end: int) -> int:
        for number, (first, last, _) in enumerate(self.spans):
            if self.starts[first - 1] <= start and end < self.starts[last]:
                return number
        raise NotSwappable("not within a function")

    def compiled(self, first: int, around: tuple[bytes, ...], text: bytes) -> CodeType:
        """With the function at its own lines, so that its code is the same as where the whole file is compiled."""
        lines = [*self.heads, *[b""] * (first - 1 - len(around) - len(self.heads)), *around, text, b""]
        return compile(b"\n".join(lines), self.path, "exec", dont_inherit=True)


def imports_of(statements: list[Any]) -> Any:
    """A module's own, those within functions and classes left out."""
    for node in statements:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from imports_of(getattr(node, name, []))


def differ(old: CodeType, new: CodeType, found: list[tuple[CodeType, CodeType, bool]]) -> bool:
    """Whether two codes do. `found` gets the pairs of functions that do, inner ones first, and whether they do by more
    than what is within them. Raises NotSwappable where anything differs that is no function's."""
    is_own = own(old) != own(new)
    is_function = bool(old.co_flags & inspect.CO_OPTIMIZED)
    if is_own and not is_function:
        raise NotSwappable("more than the body of a function")
    # Where a function differs by itself, nothing within it was made yet, or it would have run.
    inner = [] if is_own else [differ(a, b, found) for a, b in zip(inner_codes(old), inner_codes(new))]  # noqa: B905
    if not is_own and not any(inner):
        return False
    if is_function:
        found.append((old, new, is_own))
    return True


def inner_codes(code: CodeType) -> list[CodeType]:
    return [value for value in code.co_consts if isinstance(value, CodeType)]


def own(code: CodeType) -> Any:
    """What makes a code, but for the codes within it and for the lines it came from."""
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    counts = (code.co_argcount, getattr(code, "co_posonlyargcount", 0), code.co_kwonlyargcount, code.co_flags)
    table = getattr(code, "co_exceptiontable", b"")
    return code.co_name, code.co_code, table, names, counts, tuple(map(kind_and_value, code.co_consts))


def kind_and_value(value: Any) -> Any:
    """1, 1.0 and True are equal, and not the same constants."""
    if isinstance(value, CodeType):
        return "code"
    if isinstance(value, tuple):
        return ("tuple", tuple(map(kind_and_value, value)))
    if isinstance(value, frozenset):
        return ("frozenset", frozenset(map(kind_and_value, value)))
    return (type(value).__name__, repr(value))


def shape(code: CodeType) -> Any:
    """Equal for codes that do the same."""
    return own(code), tuple(map(shape, inner_codes(code)))


def place(code: CodeType) -> tuple[int, str]:
    return code.co_firstlineno, code.co_name
