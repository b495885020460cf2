"""How a Python program was started that runs tests, and what listens to unittest in it. Runs in the sandbox, under the
project's own Python (3.7 or later); standard library only, and as little of it as can be: every Python that a test
command starts imports this (`recording/sitecustomize.py`).

`record.sh` says in SWE_REPAIR_ROOT where the test command was started, and in SWE_REPAIR_NAMES which variables were in
its environment. SWE_REPAIR_HANGS are seconds after which a test is ended, 0 for never; SWE_REPAIR_GROUPS are beginnings
of the ids of the tests to record.
"""

from __future__ import annotations

import os
import sys
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ.get("SWE_REPAIR_ROOT") or os.getcwd()
NOISE = ("PWD", "OLDPWD", "SHLVL", "_", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKE_TERMOUT", "MAKE_TERMERR")


def environment() -> dict[str, str]:
    """What whoever started this has put into the environment."""
    given = os.environ.get("SWE_REPAIR_NAMES", "").split()
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWE_REPAIR_")}
    return {name: value for name, value in own.items() if name not in (*given, *NOISE, "PYTHONPATH")} if given else {}


def search_path() -> list[str]:
    """The folders of PYTHONPATH that are not ours."""
    folders = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    return [folder for folder in folders if not os.path.abspath(folder).startswith(HERE)]


def wanted(tests: list[str]) -> list[str]:
    """Those of these that are to be recorded: in the groups that SWE_REPAIR_GROUPS has a line of, if it has any."""
    groups = tuple(os.environ.get("SWE_REPAIR_GROUPS", "").splitlines())
    return [test for test in tests if test.startswith(groups)] if groups else tests


def most_seconds() -> float:
    """After so many a test is ended; 0: never."""
    return float(os.environ.get("SWE_REPAIR_HANGS") or 0)


def command_line() -> list[str]:
    """Of this process, as far as it is known (sys.orig_argv came with Python 3.10)."""
    if hasattr(sys, "orig_argv"):
        return list(sys.orig_argv)
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


def program(words: list[str]) -> dict[str, Any]:
    """What a command line of Python runs, so that it can be run again: a module or a script, and its arguments. Nothing
    where it is neither."""
    at = 1
    while at < len(words):
        word = words[at]
        if not word.startswith("-") or word == "-":
            return {"script": word, "arguments": words[at + 1 :]} if word != "-" else {}
        for place, letter in enumerate(word[1:], 2) if not word.startswith("--") else ():
            if letter == "c":
                return {}
            if letter == "m":
                rest = [word[place:], *words[at + 1 :]] if word[place:] else words[at + 1 :]
                return {"module": rest[0], "arguments": rest[1:]} if rest else {}
            if letter in "WX":
                at += 0 if word[place:] else 1
                break
        at += 2 if word == "--check-hash-based-pycs" else 1
    return {}


START = {
    "executable": sys.executable,
    "environment": environment(),
    "paths": search_path(),
    "folder": os.path.relpath(os.getcwd(), ROOT),
    "program": program(command_line()),
}


class Watch:
    """Among what finds modules: once unittest is imported, it is listened to."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "unittest.suite":
            return None
        sys.meta_path.remove(self)
        import importlib.util

        spec = importlib.util.find_spec(name)
        loader: Any = spec and spec.loader
        own = loader.exec_module

        def exec_module(module: Any) -> None:
            own(module)
            import swe_repair_program  # type: ignore[import-not-found] # beside this file in the sandbox

            swe_repair_program.record()

        loader.exec_module = exec_module
        return spec


if os.environ.get("SWE_REPAIR_ROOT"):
    sys.meta_path.insert(0, Watch())
