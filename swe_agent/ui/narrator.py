"""A running job, told line by line on stderr, with what it costs so far. Listens to events; asks nothing."""

from __future__ import annotations

from collections.abc import Callable
from shlex import join
from typing import Any

from rich.console import Console
from rich.text import Text

from swe_agent.core.event import (
    BaselineTaken,
    CommandRan,
    Compared,
    ContextChosen,
    Continued,
    CostEstimated,
    EditFormatChosen,
    EditProposed,
    EditRefused,
    Escalated,
    Event,
    Indexed,
    LimitHit,
    ModelAnswered,
    PlanMade,
    ProposalReady,
    Resumed,
    SetUpRan,
    SnapshotTaken,
    TaskStarted,
    TestsRan,
    ToolUsed,
    Warned,
)
from swe_agent.core.suspicion import Suspected
from swe_agent.core.usage import Cost, Usage
from swe_agent.core.verdict import TestRun
from swe_agent.ui.console import line, safe, sentence
from swe_agent.ui.progress import Progress


class Narrator:
    """`tell`, `on_token` and `progress` are what a Kit's voices need."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._line = Progress(console)
        self._doing = ""
        self._tokens = 0
        self._usage, self._cost = Usage(), Cost()
        self._missing_told = False
        self._base_was_given = False
        self._lines: dict[type[Any], Callable[[Any], Text | None]] = {
            TaskStarted: self._started,
            Continued: self._continued,
            Resumed: lambda body: line(f"resumed after {body.after_seq} events"),
            SnapshotTaken: self._snapshot,
            SetUpRan: _set_up,
            BaselineTaken: _baseline,
            Indexed: lambda body: line(
                f"index: {body.files} files, {body.symbols} symbols ({_languages(body)}), {body.seconds:.1f} s"
            ),
            Suspected: _suspected,
            ContextChosen: lambda body: line(
                f"context: {len(body.context.snippets)} pieces of code, about {body.context.tokens:,} tokens"
            ),
            CostEstimated: _estimated,
            EditFormatChosen: lambda body: line(f"edits as {body.format}: {body.why}", "dim"),
            Escalated: lambda body: line(f"{body.model} goes on: {body.reason}", "yellow"),
            PlanMade: lambda body: sentence(f"plan: {body.plan.summary[:300]}"),
            ModelAnswered: self._answered,
            ToolUsed: _tool,
            EditProposed: lambda body: line(f"  {body.what}: {body.path}", "green"),
            EditRefused: lambda body: line(f"  edit refused in {body.path}: {body.reason}", "yellow"),
            CommandRan: self._command,
            TestsRan: lambda body: line(f"tests: {_run(body.run)}"),
            Compared: lambda body: (
                sentence(f"the critic prefers attempt {body.other}: {body.why[:300]}") if body.why else None
            ),
            LimitHit: lambda body: line(f"limit: {body.detail}", "bold yellow"),
            Warned: _warned,
            ProposalReady: lambda body: line(f"proposal {body.proposal.id} is ready", "bold"),
        }

    def tell(self, event: Event) -> None:
        told = self._lines.get(type(event.body))
        text = told(event.body) if told else None
        if isinstance(event.body, ProposalReady):  # what comes next is the answer
            self.close()
        if text is not None:
            self._console.print(Text("· ", style="dim") + text)

    def progress(self, text: str) -> None:
        self._doing, self._tokens = text, 0
        if text:
            self._show()
        else:
            self.close()

    def on_token(self, token: str) -> None:
        self._tokens += 1
        if self._tokens % 20 == 0:
            self._show()

    def _show(self) -> None:
        more = f", {self._tokens} pieces heard" if self._tokens else ""
        spent = f" [{self._cost}, {self._usage.total:,} tokens]" if self._usage.total else ""
        self._line.show(line(f"{self._doing}{more}{spent}", "dim"))

    def close(self) -> None:
        self._line.close()

    def _started(self, body: TaskStarted) -> Text:
        self._base_was_given = bool(body.options.base)
        return line(f"task ({body.task.kind}): {body.task.text.strip().splitlines()[0][:100]}")

    def _continued(self, body: Continued) -> None:
        self._base_was_given = True  # by the job that it goes on from

    def _snapshot(self, body: SnapshotTaken) -> Text:
        taken = body.snapshot
        head = taken.head[:10] if taken.head else "no commit yet"
        detached = " (detached)" if taken.head and not self._base_was_given else ""
        branch = f" on {taken.branch}" if taken.branch else detached
        return line(f"base: {head}{branch}{', with your uncommitted changes' if taken.dirty else ''}")

    def _answered(self, body: ModelAnswered) -> Text:
        self._usage, self._cost = self._usage + body.usage, self._cost + body.cost
        used = body.usage
        said = (
            f"{body.role}: {used.input_tokens:,} in, {used.cached_tokens:,} cached, {used.output_tokens:,} out, "
            f"{body.seconds:.1f} s; so far {self._cost}"
        )
        return line(said, "dim")

    def _command(self, body: CommandRan) -> Text | None:
        """Layers that are missing are told once a job, and loudly where there is no sandbox at all."""
        if self._missing_told:
            return None
        self._missing_told = True
        style = "bold yellow" if body.tier == "none" else "dim"
        layers = ", ".join(body.layers) or "nothing"
        return line(f"sandbox: {body.tier} ({layers}); not in force: {', '.join(body.missing) or 'nothing'}", style)


def _warned(body: Warned) -> Text:
    said = line(f"warning: {body.message}", "yellow")
    return said + safe(f"\n  {body.hint}", "yellow") if body.hint else said


def _estimated(body: CostEstimated) -> Text:
    money = "" if body.likely.nano_usd is None else f"{body.likely}, up to about {body.high}; "
    return line(
        f"estimate: {money}{body.likely_tokens:,} tokens, up to about {body.high_tokens:,} ({body.basis})", "dim"
    )


def _set_up(body: SetUpRan) -> Text:
    what = ", ".join(body.products)
    if body.reused:
        return line(f"set up: {what} as made before (`{body.command}`)")
    hosts = f"; network: {', '.join(body.requests)}" if body.requests else ""
    how = f"exit status {body.status}" if body.status else what
    return line(f"set up: {how}, {body.seconds:.1f} s (`{body.command}`){hosts}", "yellow" if body.status else "")


def _baseline(body: BaselineTaken) -> Text:
    note = f" ({body.note})" if body.note else ""
    flaky = f"; flaky: {len(body.flaky)}" if body.flaky else ""
    said = _run(body.run) if body.run else "no run"
    return line(f"tests before: {said}{flaky}{note}", "yellow" if body.note else "")


def _run(run: TestRun) -> str:
    red = sum(1 for case in run.cases if case.red)
    counts = f"{len(run.cases)} tests, {red} failing" if run.cases else f"exit status {run.status}"
    return f"{counts}, {run.seconds:.1f} s (`{join(run.command)}`)"


def _suspected(body: Suspected) -> Text | None:
    if not body.suspects:
        return line(f"failing tests tell nothing of where: {body.note}") if body.note else None
    first = body.suspects[0]
    more = f" and {len(body.suspects) - 1} more places" if len(body.suspects) > 1 else ""
    tests = "1 failing test leads" if len(body.tests) == 1 else f"{len(body.tests)} failing tests lead"
    return line(f"{tests} to {first.path}:{first.span.start}{more}, {body.seconds:.1f} s")


def _languages(body: Indexed) -> str:
    return ", ".join(f"{name} {count}" for name, count in body.languages.items()) or "no language that is known"


def _tool(body: ToolUsed) -> Text:
    if body.name == "repair":
        return line(body.result.splitlines()[0])
    arguments = " ".join(body.arguments.split())
    shown = arguments if len(arguments) <= 100 else arguments[:100] + "…"
    return line(f"  {body.name}{'' if body.ok else ' (no)'}: {shown}", "" if body.ok else "yellow")
