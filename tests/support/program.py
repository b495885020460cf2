"""The program as a user runs it: a subprocess, its stdout, stderr and exit code; and a small project to run it on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import plain_python
from zygote import zygote

from sandbox import probe
from swe_agent.testing.repository import ALONE, RepoBuilder

_IS_WHOLE = bool(os.environ.get("TESTS_START_WHOLE"))
"""Each run is started and loaded as a user's, which takes half as long again."""
TIER = "namespaced" if probe().namespaced else "none"
"""The strongest tier of this machine. Tests of the program's own behaviour run under either."""

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": '''"""A cart."""


def total(prices, discount=0):
    """The sum of the prices, less the discount in percent."""
    amount = sum(prices)
    return amount + amount * discount / 100


def count(prices):
    return len(prices)
''',
    "tests/test_cart.py": """from shop.cart import count, total


def test_total_of_nothing():
    assert total([]) == 0


def test_discount():
    assert total([100, 100], discount=10) == 180


def test_count():
    assert count([1, 2]) == 2
""",
    "pyproject.toml": f'[tool.pytest.ini_options]\npythonpath = ["."]\n{ALONE}',
    ".gitignore": "__pycache__/\n",
}
BUG = "return amount + amount * discount / 100"
FIX = "return amount - amount * discount / 100"
TASK = "fix: totals ignore the discount"


@dataclass(frozen=True, kw_only=True)
class Ran:
    stdout: str
    stderr: str
    code: int

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stdout.splitlines() if line.startswith("{")]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("type") == kind]

    @property
    def object(self) -> dict[str, Any]:
        return self.events[-1]


def _text(data: bytes) -> str:
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")


class Program:
    """`cwd` is where it is run; by `zygote`, where that can be."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "swe_agent", *args]

    def run(self, *args: str, input: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ran:
        where, whole = cwd or self.cwd, {**os.environ, **(env or {})}
        if not _IS_WHOLE and zygote().is_like(whole):
            quick = zygote().run(args, where, input.encode(), whole, 240)
            return Ran(stdout=_text(quick.stdout), stderr=_text(quick.stderr), code=quick.returncode)
        done = subprocess.run(
            self.command(*args), cwd=where, input=input, text=True, capture_output=True, env=whole, timeout=240
        )
        return Ran(stdout=done.stdout, stderr=done.stderr, code=done.returncode)

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*args),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(env or {})},
        )


MENDED = {**SHOP, "shop/cart.py": SHOP["shop/cart.py"].replace(BUG, FIX)}
UNSEEN = {**SHOP, "tests/test_cart.py": SHOP["tests/test_cart.py"].replace("== 180", "== 220")}
"""The shop where no test fails: its fault shows nowhere."""


@cache
def _remembered() -> None:
    failing = ["tests/test_cart.py::test_discount"]
    plain_python.remember([(SHOP, []), (SHOP, failing), (MENDED, []), (UNSEEN, [])])


def shop(path: Path, files: Mapping[str, str | bytes | None] | None = None) -> RepoBuilder:
    _remembered()
    repo = RepoBuilder(path)
    repo.commit("a shop", {**SHOP, **(files or {})})
    return repo


def script(path: Path, steps: Sequence[Mapping[str, Any]]) -> str:
    """A model script as a file; its name as `--model` takes it."""
    path.write_text(json.dumps(list(steps)), encoding="utf-8")
    return f"scripted:{path}"


def tool(name: str, **arguments: Any) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": arguments}]}


PLAN = {"content": "The discount is added instead of taken away.\n1. Subtract it in `shop/cart.py`"}
EDIT = tool("edit", path="shop/cart.py", old=BUG, new=FIX)
FINISH = tool("finish", summary="The discount was added; now it is subtracted.")
APPROVED = {"content": "OK"}
"""What a critic says of a change that no test proves."""
FIXING = [PLAN, tool("read", path="shop/cart.py"), EDIT, FINISH]


def wait_for(what: Any, seconds: float = 60) -> Any:
    """Poll until `what()` is truthy."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
