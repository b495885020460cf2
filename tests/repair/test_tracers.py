"""Whoever tells of lines tells of the same: `sys.settrace`, `sys.monitoring`, and coverage's compiled tracer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swe_agent.repair.probe import probe_directory

OWN = """\
import contextlib
import threading


def numbers(end):
    for number in range(end):
        yield number
    return


def raised():
    try:
        next(iter(()))
    except StopIteration as error:
        raise ValueError("no") from error
    finally:
        numbers(1)


class Shown:
    def __repr__(self):
        return str(
            1
        )


@contextlib.contextmanager
def around():
    yield Shown()
    numbers(2)


def by_thread(said):
    said.append(
        sum(numbers(3))
    )


def never():
    return 1


def deep(depth):
    if depth:
        return deep(depth - 1)
    return eval("raised.__name__")


def everything(pause, resume):
    with contextlib.suppress(ValueError):
        raised()
    with around() as shown:
        pause()
        repr(shown)
        resume()
    said = []
    thread = threading.Thread(target=by_thread, args=(said,))
    thread.start()
    thread.join()
    return deep(5), [one for one in said if one], {1: 2}
"""
ASKING = """\
import json, sys
sys.path[:0] = [{probe!r}, {tree!r}]
import swe_repair_probe as probe
import swe_repair_tracers as tracers
import own
tree = probe.Tree({tree!r})
tracer = tracers.{tracer}
for again in range(2):
    tracer.start()
    own.everything(tracer.pause, tracer.resume)
    lines = tracer.stop()
    own.never()
    assert sys.gettrace() is None
    print(json.dumps([type(tracer).__name__, {{path: sorted(at) for path, at in lines.items() if at}}]))
"""


def told(tree: Path, tracer: str, *first: str) -> list[list[object]]:
    """By both runs, the tracer's name and the lines of each file."""
    program = f"import sys; sys.path[:0] = {list(first)!r}\n" + ASKING.format(
        probe=str(probe_directory()), tree=str(tree), tracer=tracer
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tree)
    assert not done.returncode, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def lines_of(text: str) -> set[int]:
    return {number for number, line in enumerate(OWN.splitlines(), 1) if text in line}


def test_the_tracer_of_this_python_and_settrace_say_the_same(tree: Path) -> None:
    fast, slow = told(tree, "tracer_for(tree)"), told(tree, "SettraceTracer(tree)")
    assert {name for name, _ in slow} == {"SettraceTracer"}
    assert {name for name, _ in fast} == {"MonitoringTracer" if hasattr(sys, "monitoring") else "CoverageTracer"}
    for (_, ours), (_, theirs) in zip(fast, slow, strict=True):
        assert isinstance(ours, dict)
        assert isinstance(theirs, dict)
        assert set(ours) == set(theirs) == {"own.py"}
        # A call over several lines comes back to its first one, in some Pythons and for some tracers.
        assert set(ours["own.py"]) ^ set(theirs["own.py"]) <= lines_of("return str(") | lines_of("said.append(")
        assert not set(ours["own.py"]) & (lines_of("return 1") | lines_of("return str("))
        assert set(ours["own.py"]) >= lines_of("sum(") | lines_of("numbers(2)") | lines_of('"raised.__name__"')


@pytest.mark.skipif(hasattr(sys, "monitoring"), reason="this Python has something better")
@pytest.mark.parametrize("content", [None, b"no program", b"\x7fELF" + bytes(200)])
def test_where_coverage_is_not_what_is_known_of_it_python_traces(
    tree: Path, tmp_path_factory: pytest.TempPathFactory, content: bytes | None
) -> None:
    from importlib.machinery import EXTENSION_SUFFIXES

    other = tmp_path_factory.mktemp("other")
    (other / "coverage").mkdir()
    (other / "coverage/__init__.py").write_text("raise RuntimeError('this is not to be imported')\n")
    if content is not None:
        (other / f"coverage/tracer{EXTENSION_SUFFIXES[0]}").write_bytes(content)
    assert {name for name, _ in told(tree, "tracer_for(tree)", str(other))} == {"SettraceTracer"}


@pytest.mark.skipif(hasattr(sys, "monitoring"), reason="this Python has something better")
def test_coverage_is_not_there_for_the_project(tree: Path) -> None:
    program = ASKING.format(probe=str(probe_directory()), tree=str(tree), tracer="tracer_for(tree)")
    program += "print([name for name in sys.modules if name.startswith('coverage')])\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tree)
    assert done.stdout.splitlines()[-1] == "[]"
