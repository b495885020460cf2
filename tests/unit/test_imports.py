"""What costs seconds to load is not loaded for what takes none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swe_agent import __version__

TOP = Path(__file__).parents[2]
HEAVY = {"litellm", "openai", "git", "gitdb", "tree_sitter", "textual", "httpx", "pydantic", "aiohttp", "tokenizers"}
SHOW = "\nimport sys; sys.stderr.write(chr(10).join(sorted(sys.modules)))"
MAIN = """
import sys, swe_agent.__main__
sys.argv = ["swe-agent", *{arguments!r}]
try:
    swe_agent.__main__.main()
except SystemExit:
    pass
"""


def after(code: str, cwd: Path) -> tuple[str, set[str]]:
    """What a fresh interpreter printed, and the modules that it holds after running this code."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"PYTHONPATH": str(TOP)}
    done = subprocess.run(
        [sys.executable, "-c", code + SHOW], capture_output=True, text=True, check=True, cwd=cwd, env=environment
    )
    return done.stdout, set(done.stderr.split("\n"))


@pytest.mark.parametrize(
    "code",
    [
        "import swe_agent",
        "import sandbox",
        "from swe_agent import Proposal, Task, decode_event, encode_event, SweAgentError",
        "import swe_agent.store.ledger, swe_agent.metrics.fold, swe_agent.desk.land, swe_agent.repo.snapshot",
        "import swe_agent.wiring.repository, swe_agent.wiring.looking",
        "import swe_agent.jobs.solve",
    ],
)
def test_importing_loads_nothing_heavy_and_says_nothing(code: str, tmp_path: Path) -> None:
    said, modules = after(code, tmp_path)
    assert said == ""
    assert not modules & HEAVY


def test_a_command_that_only_looks_loads_nothing_that_edits_or_runs(tmp_path: Path) -> None:
    _, modules = after("import swe_agent.wiring.repository, swe_agent.jobs.lines", tmp_path)
    assert not {
        name for name in modules if name.startswith(("swe_agent.edits", "swe_agent.index", "sandbox.workspace"))
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["run", "--help"],
        ["desk", "--help"],
        ["list"],
        ["no-such-command"],
        ["config", "show"],
    ],
)
def test_quick_answers_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    _, modules = after(MAIN.format(arguments=arguments), tmp_path)
    assert "swe_agent" in modules
    assert not modules & HEAVY


def test_the_version_is_answered_before_anything_else_is_loaded(tmp_path: Path) -> None:
    said, modules = after(MAIN.format(arguments=["--version"]), tmp_path)
    assert said == f"swe-agent {__version__}\n"
    assert {name for name in modules if name.startswith(("swe_agent", "sandbox"))} == {
        "swe_agent",
        "swe_agent.__main__",
    }
    assert not modules & {"typer", "rich", "sqlite3", "tomllib"}


def test_importing_the_package_touches_no_disk_and_reads_no_environment(tmp_path: Path) -> None:
    code = """
import sys
seen, sys.dont_write_bytecode = [], True
sys.addaudithook(lambda event, args: seen.append((event, args)) if event in ("open", "os.mkdir", "os.putenv") else None)
import swe_agent, swe_agent.wiring.repository, swe_agent.jobs.solve, sandbox.workspace
written = [args for event, args in seen if event != "open" or (args[1] and set(str(args[1])) & set("wax+"))]
print([args for args in written if "__pycache__" not in str(args[0])])
"""
    said, _ = after(code, tmp_path)
    assert said == "[]\n"
    assert list(tmp_path.iterdir()) == [tmp_path / "home of a tester"]
