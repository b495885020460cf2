"""A small repository with a seeded bug, a home of its own around it, and what may not have changed afterwards."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.faults.solver import BUG
from swe_agent.testing.repository import RepoBuilder, tree_digest

ROOT = Path(__file__).resolve().parents[3]
OURS = (".git/swe-agent",)
FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": f'''"""A cart."""


def total(prices, discount=0):
    """The sum of the prices, less the discount in percent."""
    amount = sum(prices)
    {BUG}
''',
    "shop/long.py": "".join(f"VALUE_{number} = {number}  # one of many lines\n" for number in range(200)),
    "tests/__init__.py": "",
    "tests/test_cart.py": """import unittest

from shop.cart import total


class Cart(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual(total([]), 0)

    def test_discount(self):
        self.assertEqual(total([100, 100], discount=10), 180)
""",
    ".gitignore": "__pycache__/\n",
}
TASK = "fix: totals ignore the discount"
TESTS = "python3 -m unittest -q"
SETTINGS = """
[prices."loopback"]
input = 3.0
output = 15.0

[prices."openai/responses/gpt-4.1-mini"]
input = 0.4
output = 1.6
"""
"""Dollars a million tokens, for the models that no table knows."""


@dataclass(frozen=True, kw_only=True)
class World:
    folder: Path

    @property
    def repository(self) -> Path:
        return self.folder / "shop"

    def digest(self) -> str:
        """Of everything in the user's tree and in `.git`, but for our own folder."""
        return tree_digest(self.repository, leave_out=OURS)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """What a person has who has nothing else: no configuration, no keys but those given."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),  # the program of this checkout, whichever is installed
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **more,
        }

    def holds(self, secret: str) -> list[str]:
        """Files of ours that a secret was written to."""
        kept = [path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink()]
        return [str(path.relative_to(self.folder)) for path in kept if secret.encode() in path.read_bytes()]

    def survivors(self, *, grace_s: float = 3.0) -> list[str]:
        """Processes that still have to do with this world after a while of grace."""
        end = time.monotonic() + grace_s
        while (found := self._processes()) and time.monotonic() < end:
            time.sleep(0.05)
        return found

    def _processes(self) -> list[str]:
        return [said for entry in Path("/proc").glob("[0-9]*") if (said := _belonging(entry, os.fsencode(self.folder)))]


def _belonging(entry: Path, mark: bytes) -> str:
    """The command of a process that names the world in its words, its environment or its directory."""
    try:
        command = (entry / "cmdline").read_bytes()
        told = command + (entry / "environ").read_bytes() + os.fsencode((entry / "cwd").readlink())
    except OSError:
        return ""
    return command.replace(b"\0", b" ").decode(errors="replace").strip() if mark in told and command else ""


@contextmanager
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "home").mkdir()
        settings = folder / "config" / "swe-agent" / "config.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS, encoding="utf-8")
        RepoBuilder(folder / "shop").commit("a shop", FILES)
        yield World(folder=folder)
