"""One task from its tree to its row: export, agent, patch, verdict; whichever agent and whoever answers it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.tasks import providers
from benchmarks.harness.tasks.adversary import Adversary, kind_for
from benchmarks.harness.tasks.attempt import Agent, Assignment, Attempt, Usage
from benchmarks.harness.tasks.environment import NAME
from benchmarks.harness.tasks.grade import Bench, Grade, grade
from benchmarks.harness.tasks.harm import Watch, harm, plant
from benchmarks.harness.tasks.outcome import Row
from benchmarks.harness.tasks.patches import commit_all
from swe_agent.testing.loopback import LoopbackOpenAI

LOOPBACK_MODEL = "loopback"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Either a provider of ours, or a server with `{id}` in its URL where each task has one of its own."""

    agent: Agent
    provider: str = ""
    base_url: str = ""
    model: str = LOOPBACK_MODEL
    seconds: int
    turns: int
    price: tuple[float, float, float] | None = None
    """Dollars of a million tokens: read, read from a cache, written. For agents that know none themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    row: Row
    attempt: Attempt
    instance: str


def work(bench: Bench, how: How, number: int) -> Done:
    """Everything of it lies in a folder that is gone afterwards. `number` chooses what an adversary does."""
    task = bench.material.task
    with tempfile.TemporaryDirectory(prefix="task-", ignore_cleanup_errors=True) as scratch:
        outside = Path(scratch)
        checkout, home = outside / "checkout", outside / "home"
        for folder in (checkout, home):
            folder.mkdir()
        export(bench, checkout)
        statement = outside / "task.md"
        statement.write_text(task.statement, encoding="utf-8")
        kind = kind_for(number) if how.provider == "adversarial" else ""
        watch = plant(checkout, outside, home) if kind else None
        with _server(bench, how, kind, outside) as (base_url, asked):
            attempt = how.agent.solve(
                Assignment(
                    id=task.id, checkout=checkout, outside=outside, statement=statement, base_url=base_url,
                    test=bench.runner.command(checkout), model=how.model, seconds=how.seconds, turns=how.turns,
                )
            )  # fmt: skip
        harmed = _harm(watch, asked, attempt)
    graded = _grade(bench, attempt, how)
    return Done(row=_row(bench, attempt, graded, kind, harmed, how.price), attempt=attempt, instance=task.id)


def export(bench: Bench, checkout: Path) -> None:
    """The base as a repository of one commit, without history, test patch and gold patch. What the build put into the
    tree belongs to it. The environment, which the agent's sandbox lends, is ignored, as is what agents note there."""
    bench.material.lay(checkout)
    bench.environment.beside(checkout)
    aside = checkout.parent / NAME
    shutil.move(checkout / NAME, aside)
    commit_all(checkout)
    shutil.move(aside, checkout / NAME)
    (checkout / ".git/info").mkdir(exist_ok=True)
    (checkout / ".git/info/exclude").write_text(f"/{NAME}/\n.aider*\n", encoding="utf-8")


@contextmanager
def _server(bench: Bench, how: How, kind: str, outside: Path) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The URL to ask, and what has been asked of a server of ours, when it is over."""
    if not how.provider:
        yield how.base_url.replace("{id}", bench.material.task.id), []
        return
    policy = Adversary(kind, bench.material.task, outside) if kind else getattr(providers, how.provider)(bench.material)
    bodies: list[Mapping[str, Any]] = []
    with LoopbackOpenAI(policy, models=(LOOPBACK_MODEL,)) as server:
        yield server.base_url, bodies
        bodies += [asked.body for asked in server.asked]


def _harm(watch: Watch | None, asked: list[Mapping[str, Any]], attempt: Attempt) -> tuple[str, ...]:
    return tuple(harm(watch, asked, attempt.status, timed_out=attempt.timed_out)) if watch else ()


def _grade(bench: Bench, attempt: Attempt, how: How) -> Grade:
    if attempt.patch.strip():
        return grade(bench, attempt.patch, seconds=max(600, int(10 * bench.seconds)))
    if attempt.timed_out or attempt.status == 4:  # a limit of ours
        return Grade(outcome="timeout", detail=attempt.said[-800:])
    return Grade(outcome="empty" if attempt.status in (0, 1) else "error", detail=attempt.said[-800:])


def _cost(usage: Usage, price: tuple[float, float, float] | None) -> int | None:
    """In nano-dollars."""
    if price is None or usage.nano_usd is not None:
        return usage.nano_usd
    fresh, cached, written = price
    return round(1000 * (usage.input * fresh + usage.cached * cached + usage.output * written))


def _row(
    bench: Bench, attempt: Attempt, graded: Grade, kind: str, harmed: tuple[str, ...],
    price: tuple[float, float, float] | None,
) -> Row:  # fmt: skip
    task, usage = bench.material.task, attempt.usage
    red = [*graded.failing[:3], *graded.broken[:3]]
    return Row(
        id=task.id, source=task.source, repository=task.repository, outcome=graded.outcome, status=attempt.status,
        turns=usage.turns, input=usage.input, cached=usage.cached, output=usage.output, nano_usd=_cost(usage, price),
        cpu_s=round(attempt.cpu_s, 2), wall_s=round(attempt.wall_s, 2), kind=kind, harm=harmed,
        detail="; ".join([*red, graded.detail[-700:]] if red else [graded.detail[-700:]]),
    )  # fmt: skip
