"""Rules of the design that are about calls: who starts processes, reads the environment, asks the clock or rolls dice.

Ruff's list knows some of the names; this reads every module's syntax tree, so that `from os import environ` and an
alias are seen too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
MODULES = sorted(
    str(path.relative_to(TOP)) for package in ("swe_agent", "sandbox") for path in (TOP / package).rglob("*.py")
)
IN_THE_SANDBOX = ("swe_agent/repair/probe/swe_repair_", "swe_agent/repair/probe/recording/")
"""Programs of ours that are run inside a sandbox, in the place of the project's own code."""
STAGE = ("sandbox/launch.py", "sandbox/session.py", "sandbox/stage/", "sandbox/battery/")
"""What carries our own code objects inside, and what attacks the sandbox on purpose."""

RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "starts processes": (
        ("subprocess", "os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp",
         "os.exec*", "os.spawn*", "pty", "multiprocessing", "concurrent.futures.ProcessPoolExecutor",
         "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"),
        ("sandbox/supervisor.py", "sandbox/started.py", "sandbox/containers.py", "sandbox/git.py", "sandbox/battery/",
         "sandbox/linux/procs.py",
         "swe_agent/repo/git.py", "swe_agent/repo/host.py", "swe_agent/index/pool.py", "swe_agent/hooks/world.py",
         *IN_THE_SANDBOX),
    ),
    "reads the environment": (
        ("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv", "os.path.expandvars",
         "os.path.expanduser", "pathlib.Path.home"),
        ("swe_agent/config/places.py", "swe_agent/hooks/", "sandbox/", "swe_agent/llm/litellm_model.py",
         *IN_THE_SANDBOX),
    ),
    "asks the clock": (
        ("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep",
         "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
         "time.strftime", "time.localtime", "time.gmtime"),
        ("swe_agent/wiring/", "swe_agent/hooks/", "sandbox/", "swe_agent/testing/", *IN_THE_SANDBOX),
    ),
    "rolls dice": (
        ("random", "secrets", "uuid", "os.urandom", "os.getrandom", "tempfile.mktemp"),
        ("swe_agent/wiring/", "swe_agent/hooks/", "sandbox/", *IN_THE_SANDBOX),
    ),
    "runs text as code": (("eval", "exec", "pickle", "marshal", "shelve"), (*IN_THE_SANDBOX, *STAGE)),
}  # fmt: skip


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name that a module imports or uses, spelt out in full: an alias is taken back to what it means."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := dotted(node, known)):
            yield node.lineno, name
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in known:
            yield node.lineno, node.func.id


def dotted(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and (before := dotted(node.value, known)):
        return f"{before}.{node.attr}"
    return ""


def is_banned(name: str, banned: str) -> bool:
    if banned.endswith("*"):
        return name.startswith(banned[:-1])
    return name == banned or name.startswith(banned + ".")


def broken(source: str, rule: str) -> list[tuple[int, str]]:
    banned, _ = RULES[rule]
    return sorted((line, name) for line, name in names_of(source) if any(is_banned(name, one) for one in banned))


@cache
def names_of(source: str) -> frozenset[tuple[int, str]]:
    return frozenset(names_in(ast.parse(source)))


def test_nobody_else() -> None:
    # All in one: each worker would read all modules anew.
    found = {
        (rule, module): lines
        for module in MODULES
        for rule, (_, allowed) in RULES.items()
        if not module.startswith(allowed) and (lines := broken((TOP / module).read_text("utf-8"), rule))
    }
    assert found == {}


def test_the_model_door_only_sets_what_litellm_reads() -> None:
    """The one exception: variables of LITELLM_*, set before its import."""
    tree = ast.parse((TOP / "swe_agent/llm/litellm_model.py").read_text("utf-8"))
    known = {"os": "os"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node, known) == "os.environ":
            around = [
                parent for parent in ast.walk(tree) if any(child is node for child in ast.iter_child_nodes(parent))
            ]
            assert len(around) == 1
            assert sets_only_litellm(around[0], tree), ast.unparse(around[0])


def sets_only_litellm(around: ast.AST, tree: ast.AST) -> bool:
    """`os.environ["LITELLM_…"] = …` or `os.environ.setdefault("LITELLM_…", …)`, or either with a constant's names."""
    if isinstance(around, ast.Subscript):
        return isinstance(around.ctx, ast.Store) and key_is_litellms(around.slice, tree)
    if isinstance(around, ast.Attribute) and around.attr in ("setdefault", "update"):
        call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.func is around)
        return key_is_litellms(call.args[0], tree)
    return False


def key_is_litellms(key: ast.expr, tree: ast.AST) -> bool:
    if isinstance(key, ast.Constant):
        return str(key.value).startswith("LITELLM_")
    if isinstance(key, ast.Dict):
        return all(k is not None and key_is_litellms(k, tree) for k in key.keys)
    if isinstance(key, ast.Name):
        named = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == key.id for t in node.targets)
        ]
        loops = [
            node.iter for node in ast.walk(tree) if isinstance(node, ast.For) and key.id in ast.unparse(node.target)
        ]
        texts = [c.value for one in (*named, *loops) for c in ast.walk(one) if isinstance(c, ast.Constant)]
        names = [text for text in texts if isinstance(text, str) and text.isupper() and "_" in text]
        return bool(names) and all(name.startswith("LITELLM_") for name in names)
    return False


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import subprocess", "starts processes"),
        ("import subprocess as s\ns.run([])", "starts processes"),
        ("from os import execvp\nexecvp('a', [])", "starts processes"),
        ("import os\nos.spawnlp(0, 'a')", "starts processes"),
        ("from os import environ", "reads the environment"),
        ("import os as o\no.environ['A']", "reads the environment"),
        ("import os.path\nos.path.expanduser('~')", "reads the environment"),
        ("from datetime import datetime as d\nd.now()", "asks the clock"),
        ("import time as t\nt.time()", "asks the clock"),
        ("def f():\n    from uuid import uuid4", "rolls dice"),
        ("import secrets", "rolls dice"),
        ("eval('1')", "runs text as code"),
    ],
)
def test_the_rules_see_through_disguises(source: str, rule: str) -> None:
    assert broken(source, rule)


@pytest.mark.parametrize(
    "source",
    [
        "from swe_agent.core.secrets import redact",
        "import time\nx: time.struct_time",
        "from datetime import datetime\ndatetime.fromisoformat('')",
        "class A:\n    def now(self): ...\nA().now()",
        "clock.time()",
    ],
)
def test_the_rules_leave_alone_what_only_looks_alike(source: str) -> None:
    assert [rule for rule in RULES if broken(source, rule)] == []
