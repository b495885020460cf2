"""A change, findings of it, and plans: what is posted in the tests of the posters."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from swe_agent.bot.forge import Forge, Pace, Posted
from swe_agent.review.diff_index import DiffIndex, read_diff
from swe_agent.review.findings import Anchor, Finding, Severity, Told, fingerprint
from swe_agent.review.plan import Plan, plan
from swe_agent.review.platforms import Platform
from swe_agent.review.result import Check, Covered, Review

HEAD, NEXT = "a" * 40, "d" * 40
BASE = "b" * 40
OLD = {"one.py": [f"line {n}" for n in range(1, 81)], "two.py": ["alpha", "beta", "gamma"]}


def patch(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> bytes:
    parts = []
    for path in sorted({*old, *new}):
        before, after = old.get(path, []), new.get(path, [])
        if before == after:
            continue
        names = (f"a/{path}" if path in old else "/dev/null", f"b/{path}" if path in new else "/dev/null")
        mode = "new file mode 100644\n" if path not in old else "deleted file mode 100644\n" if path not in new else ""
        rows = difflib.unified_diff([f"{one}\n" for one in before], [f"{one}\n" for one in after], *names)
        parts.append(f"diff --git a/{path} b/{path}\n{mode}" + "".join(rows))
    return "".join(parts).encode()


def changed(*edits: tuple[int, str], more: Mapping[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Of one.py, lines by number."""
    lines = list(OLD["one.py"])
    for at, text in edits:
        lines[at - 1] = text
    return {**OLD, "one.py": lines, **(more or {})}


@dataclass(frozen=True)
class State:
    """Of a change: its head, and what is in it."""

    files: Mapping[str, list[str]]
    head: str = HEAD

    @property
    def patch(self) -> bytes:
        return patch(OLD, self.files)

    @property
    def index(self) -> DiffIndex:
        return read_diff(self.patch)

    def told(self, line: int, path: str = "one.py", rule: str = "rule", message: str = "", last: int = 0) -> Told:
        text = self.files[path][line - 1]
        finding = Finding(
            rule=rule, severity=Severity.MEDIUM, message=message or f"wrong: {text}", path=path, category="correctness"
        )
        return Told(finding, Anchor(path, "right", line, last or line), f"{fingerprint(path, rule, text)}0000")

    def review(self, *told: Told) -> Review:
        coverage = tuple(Covered(path=file.path, state="full") for file in self.index.files)
        checks = (Check(name="signals", state="ran"),)
        return Review(base=BASE, head=self.head, told=told, coverage=coverage, checks=checks)

    def plan(self, platform: Platform, posted: Posted, told: Iterable[Told]) -> Plan:
        return plan(self.index, self.review(*told), platform, posted.threads)


@dataclass
class Time:
    """Goes on by sleeping alone."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pace(self, time_out: int = 20) -> Pace:
        return Pace(clock=lambda: self.now, sleep=self.sleep, chance=lambda: 0.5, time_out=time_out)


def push(forge: Forge, platform: Platform, state: State, *told: Told):
    """One run, from reading to writing."""
    posted = forge.read()
    return forge.carry_out(state.plan(platform, posted, told), posted, state.index)
