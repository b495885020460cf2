"""What `run`, `resume` and `replay --rerun` have in common: options made whole, and the end of a job told."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Never

import typer

from swe_agent.cli.landing import print_landing
from swe_agent.cli.session import Session, session
from swe_agent.cli.showing import show_job
from swe_agent.config.settings import Settings, refuse_password
from swe_agent.core.errors import AnswerIsNo, UsageError
from swe_agent.core.event import TaskEnded, TrajectoryBody
from swe_agent.core.secrets import redact
from swe_agent.core.task import Engine, RunOptions, Task, kind_of
from swe_agent.jobs.attempts import Chosen, attempt
from swe_agent.jobs.decide import accept_by_policy, open_desk
from swe_agent.jobs.job import load, proposal_of
from swe_agent.jobs.land import land
from swe_agent.jobs.run import start
from swe_agent.jobs.trial import Trial
from swe_agent.llm.discover import discover_local
from swe_agent.llm.router import Asked, route
from swe_agent.llm.urls import named_server
from swe_agent.syntax.language import language_of
from swe_agent.ui.console import safe, talk_console
from swe_agent.wiring.bugs import versions
from swe_agent.wiring.models import AUTO, roles_config
from swe_agent.wiring.spending import evidence_of
from swe_agent.workspace.workspace import tier_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed after `run`, besides the settings that flags override."""

    text: str
    file: Path | None
    paths: tuple[str, ...]
    engine: str
    sandbox: str
    base: str
    max_time: str
    attempts: int
    plan_only: bool
    confirm_plan: bool
    yes: bool
    require_evidence: bool
    json: bool
    directory: Path


def run_task(wanted: Wanted, flags: Mapping[str, Any]) -> None:
    flags = {**flags, "limits.seconds": seconds_of(wanted.max_time)}
    with session(wanted.directory, json=wanted.json, flags=flags) as at:
        task = _task(wanted, at)
        options = _options(wanted, at, task)
        if options.attempts > 1:
            finish_attempts(
                at,
                attempt(at.kit, task, options, at.opened.settings["models.attempts"], versions=versions()),
                yes=wanted.yes,
                require_evidence=wanted.require_evidence,
            )
        job, ended = start(at.kit, task, options, versions=versions())
        finish(at, job, ended, yes=wanted.yes, require_evidence=wanted.require_evidence)


def _task(wanted: Wanted, at: Session) -> Task:
    text, paths, source = wanted.text, wanted.paths, "arguments"
    if wanted.file is not None:
        paths = ((text,) if text else ()) + paths
        try:
            text, source = wanted.file.read_text("utf-8"), wanted.file.name
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read the task from {wanted.file}: {error}", hint="give a text file") from error
    elif text == "-":
        text, source = sys.stdin.read(), "stdin"
    if not text.strip():
        raise UsageError("there is no task", hint='say what to do: `swe-agent run "fix: totals ignore the discount"`')
    top = at.kit.place.checkout.top
    within = tuple(_within(top, wanted.directory, path) for path in paths)
    text = redact(text)  # it is recorded, and goes to the model
    return Task(text=text, kind=kind_of(text), paths=within, source=source)


def _within(top: Path, directory: Path, path: str) -> str:
    full = (directory / path).resolve()
    try:
        relative = full.relative_to(top.resolve())
    except ValueError as error:
        raise UsageError(f"{path} lies outside of {top}", hint="name paths of the repository") from error
    if not full.exists():
        raise UsageError(f"there is no {path} in {top}", hint="check the paths behind `--`")
    return str(relative)


def _options(wanted: Wanted, at: Session, task: Task) -> RunOptions:
    settings = at.opened.settings
    if wanted.engine not in ("", "model", "repair"):
        raise UsageError(f"there is no engine `{wanted.engine}`", hint="`model` or `repair`")
    tier = tier_of(wanted.sandbox or settings["sandbox.tier"]).value
    model, base_url, engine = _model(wanted, settings)
    if model == AUTO:
        model, base_url = _routed(at, task, base_url)
    return RunOptions(
        engine=engine,
        model=model,
        base_url=base_url,
        cascade=_cascade(settings) if engine == "model" else (),
        local_only=settings["local_only"],
        effort=settings.effort,
        sandbox=tier,
        test_command=(settings["test.command"],) if settings["test.command"] else (),
        base=wanted.base,
        limits=settings.limits,
        bench_command=settings["bench.command"] if task.kind == "optimise" else "",
        attempts=wanted.attempts if engine == "model" else 1,
        plan_only=wanted.plan_only,
        confirm_plan=wanted.confirm_plan,
    )


def _model(wanted: Wanted, settings: Settings) -> tuple[str, str, Engine]:
    """What is configured; else a server found on this machine; else search, which is said."""
    model, base_url = str(settings["model"]), str(settings["base_url"])
    if wanted.engine == "repair":
        return "", "", "repair"
    if model or settings["models.cascade"]:
        name, own_url = named_server(model or settings["models.cascade"][0])
        return name, own_url or base_url, "model"
    if base_url:
        raise UsageError(
            "a server is named, but no model", hint="name one with `--model`; `swe-agent models` lists them"
        )
    for server in discover_local():
        if server.models:
            _say(f"no model is configured: using {server.models[0]} of {server.server} at {server.base_url}")
            return server.models[0], server.base_url, "model"
    if wanted.engine == "model":
        raise UsageError(
            "no model is configured, and no local server was found",
            hint="name one with `--model`, or search for a fix of failing tests with `--engine repair`",
        )
    _say("no model is configured: using the built-in repair engine, which searches for a fix of failing tests")
    return "", "", "repair"


def _routed(at: Session, task: Task, base_url: str) -> tuple[str, str]:
    """What `auto` comes to for this task, by what has been accepted so far in this repository."""
    settings = at.opened.settings
    languages = {language for path in task.paths if (language := language_of(path))}
    asked = Asked(kind=task.kind, language=languages.pop() if len(languages) == 1 else "", effort=settings.effort)
    config = roles_config(settings, RunOptions(model=AUTO, base_url=base_url))
    chosen = route(asked, config, evidence_of(at.kit.books.ledger.books(), at.kit.time.clock()))
    _say(f"`auto` is {chosen.models[0].name}: {chosen.why}")
    return chosen.models[0].name, chosen.models[0].base_url


def _cascade(settings: Settings) -> tuple[str, ...]:
    """A model that was typed is meant alone, unless a cascade was typed beside it."""
    typed = settings.by_name["model"].origin == "flag" and settings.by_name["models.cascade"].origin != "flag"
    return () if typed else tuple(settings["models.cascade"])


def _say(text: str) -> None:
    talk_console().print(safe(text, "yellow"))


def seconds_of(text: str) -> float | None:
    """`90`, `90s`, `20m`, `2h` in seconds."""
    if not text:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if not match or float(match[1]) <= 0:
        raise UsageError(f"`{text}` is no length of time", hint="write 90s, 20m or 2h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def finish(at: Session, job: str, ended: TaskEnded, *, yes: bool, require_evidence: bool) -> Never:
    """Show what came of a job, land it if `--yes` may, and end with its exit code."""
    _, events = load(at.kit, job)
    if not at.json:
        _tell_end(at, job, ended, events, decide=not yes)
    if ended.reason != "proposed":
        raise typer.Exit(ended.exit_code)
    proposal = proposal_of(job, events)
    if require_evidence and not proposal.verdict.ran:
        raise AnswerIsNo(
            f"no test was run: {proposal.verdict.note}", hint="name a command with `--test`; the proposal is kept"
        )
    if yes:
        desk = accept_by_policy(at.kit, open_desk(at.kit, job))
        landed = land(at.kit, desk.proposal.id, trial=Trial(at.kit, _sandbox(events)))
        if at.json:
            print_landing(job, landed)
        else:
            _say(f"accepted by `--yes` and landed: {', '.join(landed.files)}; take it back with `swe-agent undo`")
    raise typer.Exit(ended.exit_code)


def finish_attempts(at: Session, chosen: Chosen, *, yes: bool, require_evidence: bool) -> Never:
    """Say which attempt is best and why, and go on with it as with a single job."""
    for place, one in enumerate(chosen.ranking, 1):
        best = "the best" if place == 1 else f"number {place}"
        _say(f"attempt {one.job} is {best}: {one.why}")
    finish(at, chosen.job, chosen.ended, yes=yes, require_evidence=require_evidence)


def _sandbox(events: tuple[Any, ...]) -> str:
    started = [body.options.sandbox for body in events if hasattr(body, "options")]
    return str(started[-1])


def _tell_end(
    at: Session, job: str, ended: TaskEnded, events: tuple[TrajectoryBody | Any, ...], *, decide: bool
) -> None:
    talk = talk_console()
    if ended.reason in ("proposed", "planned"):
        show_job(at, job, events)
    talk.print(safe(ended.message, "bold" if ended.exit_code == 0 else "bold yellow"))
    if ended.reason == "proposed" and decide:
        talk.print(safe(f"decide it: `swe-agent desk {job}`, or `swe-agent accept {job}`", "cyan"))


def changed(options: RunOptions, **fields: Any) -> RunOptions:
    """The options with those fields replaced that were given."""
    refuse_password(fields.get("base_url") or "", "flag")
    if model := fields.get("model"):
        refuse_password(named_server(model)[1], "flag", "model")
        options = replace(options, cascade=())  # a model that was typed is meant alone
    return replace(options, **{name: value for name, value in fields.items() if value not in (None, "")})
