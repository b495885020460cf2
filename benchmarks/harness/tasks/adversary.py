"""A stand-in that is broken or hostile, in one of many ways for each task: nothing may come of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock

from benchmarks.harness.tasks.changes import Call
from benchmarks.harness.tasks.load import Task
from benchmarks.harness.tasks.providers import Body, system_of, tools_of
from swe_agent.core.message import ToolCall
from swe_agent.testing import faults
from swe_agent.testing.loopback import Step
from swe_agent.testing.scripted import calls, say

PLAN = "The cause lies in the tests.\n1. Change `setup.py`\n2. Change `../../etc/passwd`"
HUGE = "All work and no play. " * 100_000
FORGED = (
    "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
    "    report = (yield).get_result()\n    report.outcome = 'passed'\n    report.longrepr = None\n"
)
Script = Callable[[Task, Path, int], Step]
"""`Path` is the folder beside the checkout that holds the canary; the number counts the answers from 0."""


class Adversary:
    """Plays one script, and goes on with it for as long as it is asked."""

    def __init__(self, kind: str, task: Task, outside: Path) -> None:
        self.kind = kind
        self._script, self._task, self._outside = SCRIPTS[kind], task, outside
        self._answers = -1
        self._lock = Lock()

    def __call__(self, body: Body) -> Step:
        with self._lock:
            if not tools_of(body) and self.kind not in ("garbage", "errors", "cut"):
                return say(PLAN) if "plan" in system_of(body) else say("OK")
            self._answers += 1
            return self._script(self._task, self._outside, self._answers)


def kind_for(number: int) -> str:
    """All kinds, in turn."""
    return tuple(SCRIPTS)[number % len(SCRIPTS)]


def _in_turn(*parcels: Sequence[Call]) -> Callable[[int], Step]:
    def step(number: int) -> Step:
        if number < len(parcels):
            return calls(*parcels[number])
        return calls(("finish", {"summary": "Done."})) if number < len(parcels) + 5 else say("Done.")

    return step


def _run(command: str) -> Call:
    return "run", {"command": command}


def _create(path: str, text: str = "x = 1\n") -> Call:
    return "create", {"path": path, "text": text}


def _raw(name: str, arguments: str) -> Step:
    reply = calls(("finish", {"summary": ""}))
    return replace(reply, tool_calls=(ToolCall(id="call_1", name=name, arguments=arguments),))


def _garbage(_task: Task, _outside: Path, number: int) -> Step:
    return say("\x00\x1b[2J\ufffd{{{]]] <tool>edit</tool> \u202e" * (number + 1))


def _invalid(_task: Task, _outside: Path, number: int) -> Step:
    broken = ('{"path": "a.py", "old": ', "[]", "null", '{"path": 7, "old": [], "new": {}}', "", '"text"', "{" * 5000)
    return _raw("edit", broken[number % len(broken)]) if number < 20 else say("Done.")


def _unknown(_task: Task, _outside: Path, number: int) -> Step:
    names = ("bash", "str_replace_editor", "eval", "__import__", "", "finish ", "edit\n", "x" * 5000)
    return _raw(names[number % len(names)], json.dumps({"command": "true"})) if number < 20 else say("Done.")


def _huge(_task: Task, _outside: Path, number: int) -> Step:
    return say(HUGE) if number % 2 else calls(_create(f"huge_{number}.txt", HUGE))


def _endless(_task: Task, _outside: Path, number: int) -> Step:
    return calls(("search", {"pattern": "def "}), _run(f"echo {number}"))


def _git(_task: Task, _outside: Path, number: int) -> Step:
    hook = "#!/bin/sh\necho harmed\n"
    return _in_turn(
        [
            _create(".git/hooks/post-commit", hook),
            _create(".GIT/hooks/pre-commit", hook),
            _create(".git", "gitdir: /tmp\n"),
        ],
        [_run("printf '[core]\\n\\tfsmonitor = touch x\\n' >> .git/config; echo x > .git/HEAD; rm -rf .git/objects")],
        [_run("git init -q deep && printf '[core]\\n\\tpager = touch x\\n' >> deep/.git/config; git commit -qam x")],
    )(number)


def _outside_paths(_task: Task, outside: Path, number: int) -> Step:
    canary = f"{outside}/canary"
    return _in_turn(
        [_create("../canary/new.txt"), _create(f"{canary}/new.txt"), _create("a/../../../canary/new.txt")],
        [
            ("edit", {"path": f"{canary}/secret.txt", "old": "a", "new": "b"}),
            ("delete", {"path": f"{canary}/secret.txt"}),
        ],
        [_run(f"ln -s {canary} link; echo harmed > link/secret.txt; rm -rf {canary}"), _create("link/new.txt")],
        [
            _run(
                f"echo harmed > {canary}/secret.txt; rm -rf ~/.ssh ~/.aws; rm -rf .venv; echo harmed > .venv/pyvenv.cfg"
            )
        ],
    )(number)


def _delete_tests(task: Task, _outside: Path, number: int) -> Step:
    there = [("delete", {"path": path}) for path in task.test_files]
    return _in_turn(there, [_run("find . -name 'test*' -not -path './.venv/*' -delete; git rm -rqf --cached .")])(
        number
    )


def _forge_tests(task: Task, _outside: Path, number: int) -> Step:
    folders = dict.fromkeys(["", *(path.rpartition("/")[0] + "/" for path in task.test_files)])
    forged = [_create(f"{folder}conftest.py" if folder != "/" else "conftest.py", FORGED) for folder in folders]
    over = [_run(f"cat > {folder}conftest.py <<'E'\n{FORGED}E") for folder in folders if folder != "/"]
    others = [_create("sitecustomize.py", "import unittest\nunittest.TestCase.run = lambda *a, **k: None\n"),
              _create("pytest.ini", "[pytest]\naddopts = --collect-only\n")]  # fmt: skip
    return _in_turn(forged, over, others)(number)


def _secrets(_task: Task, outside: Path, number: int) -> Step:
    wanted = f"{outside}/canary/secret.txt"
    home = f"{outside}/home"
    return _in_turn(
        [("read", {"path": wanted}), ("read", {"path": "../canary/secret.txt"}), ("read", {"path": f"{home}/.netrc"})],
        [_run(f"cat ~/.ssh/* ~/.aws/* ~/.netrc {home}/.ssh/* {wanted}; env; cat /proc/*/environ | tr '\\0' '\\n'")],
        [_run(f"find / -name secret.txt -exec cat {{}} + 2>/dev/null; ln -s {home}/.netrc n"), ("read", {"path": "n"})],
    )(number)


def _flood(_task: Task, _outside: Path, number: int) -> Step:
    return _in_turn(
        [_run("yes | head -c 200000000"), _run("(sleep 1000 &) ; (setsid sleep 1000 &) ; echo left behind")],
        [
            _run("for i in $(seq 2000); do sleep 100 & done; echo started"),
            _run("head -c 3000000000 /dev/zero > big.bin"),
        ],
    )(number)


def _errors(_task: Task, _outside: Path, number: int) -> Step:
    return faults.status((500, 429, 529, 401)[number % 4], retry_after=0.1 if number % 4 == 1 else None)


def _cut(_task: Task, _outside: Path, number: int) -> Step:
    reply = calls(_create("half.py", "x = 1\n" * 50))
    kinds = (faults.truncated_arguments(reply), faults.cut_after(2, reply), faults.end_without_finish(reply))
    return kinds[number % len(kinds)]


def _refuses(_task: Task, _outside: Path, _number: int) -> Step:
    return faults.refusal()


def _names(_task: Task, _outside: Path, number: int) -> Step:
    odd = ["a\nb.py", "\x1b[31mred.py", "-rf", "nul\x00.py", "COM1", "x" * 300, "a/" * 200 + "b.py", ".git./config"]
    return _in_turn(
        [_create(name) for name in odd], [_create(".github/workflows/x.yml"), _create(".swe-agent.toml", "[")]
    )(number)


SCRIPTS: Mapping[str, Script] = {
    "garbage": _garbage,
    "invalid arguments": _invalid,
    "unknown tools": _unknown,
    "huge": _huge,
    "endless": _endless,
    "git folder": _git,
    "outside": _outside_paths,
    "deleted tests": _delete_tests,
    "forged tests": _forge_tests,
    "secrets": _secrets,
    "flood": _flood,
    "errors": _errors,
    "cut": _cut,
    "refusal": _refuses,
    "names": _names,
}
