"""What `review` does: finds the change, has it looked at, and says what was found in the formats that are wanted."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swe_agent import __version__
from swe_agent.cli.looking import said_meanwhile
from swe_agent.cli.reading import content_of
from swe_agent.cli.session import Session, session
from swe_agent.config.places import process_environment
from swe_agent.core.errors import AnswerIsNo, UsageError
from swe_agent.core.task import RunOptions
from swe_agent.jobs.review import Change, Looks, Scope, between, change_of, deterministic, of_patch, review, without
from swe_agent.repo.compare import nothing
from swe_agent.repo.git import Git
from swe_agent.repo.ranges import range_of
from swe_agent.review import exchange, github, gitlab, markdown, reports, rules
from swe_agent.review.findings import Severity
from swe_agent.review.marker import patch_ids
from swe_agent.review.plan import Plan, explained, plan
from swe_agent.review.platforms import GITHUB, GITLAB, PLATFORMS
from swe_agent.review.rank import COMMENTS, Wanted
from swe_agent.review.result import Review
from swe_agent.ui.console import data_console, line, safe, talk_console

if TYPE_CHECKING:
    from swe_agent.cli.pulling import Pull, Pulled

CHECKS = ("all", "signals", "model")
OF_COMMITS = ("github-checks", "gitlab")
"""Formats that say nothing without them."""
PIPELINES = ("CI", "GITHUB_ACTIONS", "GITLAB_CI")
"""Variables that are set where no person sits."""
_NOT_SET = ("", "0", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed."""

    revisions: str
    staged: bool
    worktree: bool
    diff: str
    checks: str
    outputs: tuple[str, ...]
    min_severity: str
    max_comments: int | None
    fail_on: str
    min_coverage: float
    explain: bool
    platform: str
    pull: str
    post: bool
    dry_run: bool
    json: bool
    directory: Path

    @property
    def git(self) -> Git:
        return Git(self.directory.resolve(), process_environment())


def inspect(asked: Asked, flags: Mapping[str, Any]) -> int:
    """The exit code. `flags` are settings that were typed."""
    outputs = _outputs(asked.outputs)
    _agree(asked)
    fail_on = _severity(asked.fail_on, "--fail-on") if asked.fail_on else None
    least = _severity(asked.min_severity, "--min-severity") if asked.min_severity else None
    quiet = asked.json or all(format != "text" for format, _ in outputs)
    pull, there = _pulled(asked, quiet=quiet)
    if pull is not None:
        asked = replace(asked, platform=pull.platform)
    with _opened(asked, flags, there) as at:
        _apart(at, asked)
        wanted = _wanted(at, asked, least)
        with said_meanwhile("looking at the change", json=quiet):
            change = _change(at, asked, there)
            _committed(change, outputs)
            if at is not None:
                change = without(change, at.opened.settings["review.exclude"])
            found = review(change, _looks(at, asked, change, there), wanted)
        _print(change, found, asked, outputs)
    if asked.post and pull is not None:
        _post(pull, found, asked, outputs)
    worst = found.worst()
    failed = fail_on is not None and worst is not None and worst >= fail_on
    return 1 if failed or found.covered < asked.min_coverage else 0


def _agree(asked: Asked) -> None:
    """UsageError for what does not go together."""
    _one_of(asked.checks, CHECKS, "--checks")
    if asked.platform:
        _one_of(asked.platform, tuple(PLATFORMS), "--platform")
    if sum((bool(asked.revisions), asked.staged, asked.worktree, bool(asked.diff))) > 1:
        raise UsageError("a range, `--staged`, `--worktree` and `--diff` exclude one another", hint="name one of them")
    if asked.pull and (asked.staged or asked.worktree or asked.diff):
        raise UsageError(
            "a pull request holds commits: `--pull` goes with a range, or alone",
            hint="leave `--staged`, `--worktree` and `--diff` out",
        )
    if asked.post and not asked.pull:
        raise UsageError("`--post` needs a pull request", hint="`--pull N`, or its address")
    if asked.dry_run and not asked.post:
        raise UsageError("only what is posted can be tried", hint="`--post --dry-run`; a review alone writes nothing")


def _pulled(asked: Asked, *, quiet: bool) -> tuple[Pull | None, Pulled | None]:
    """The pull request, and its commits. With a range of one's own it is asked for only when somebody needs it."""
    if not asked.pull:
        return None, None
    from swe_agent.cli.pulling import number_of, pull_named, pulled  # few reviews are of pull requests

    number_of(asked.pull)
    if asked.revisions and not asked.post:
        return None, None
    pull = pull_named(asked.pull, asked.platform, asked.git)
    if asked.post:
        pull.to_post()  # what is missing is said before anything is paid for
    return pull, None if asked.revisions else pulled(pull, asked.git, json=quiet)


def _opened(asked: Asked, flags: Mapping[str, Any], there: Pulled | None) -> AbstractContextManager[Session | None]:
    """With the settings of the base, where commits are reviewed: what they change in the settings is not yet agreed
    on."""
    if asked.diff:
        return nullcontext()
    if there is not None:
        return session(asked.directory, json=asked.json, flags=flags, trusted=there.base)
    found = range_of(asked.git, asked.revisions) if asked.revisions and asked.directory.is_dir() else None
    base = found and (found.base or nothing(asked.git))
    return session(asked.directory, json=asked.json, flags=flags, trusted=base or "")


def _change(at: Session | None, asked: Asked, there: Pulled | None) -> Change:
    if at is None:
        text = content_of(asked.diff, called="the patch", hint="name a file, or `-` for stdin")
        change = of_patch(text.encode("utf-8", "surrogateescape"))
        if not change.reviewed.index.files:
            raise AnswerIsNo("nothing is changed: the patch is empty", hint="`git diff` makes one")
        return change
    place = at.kit.place
    if there is not None:
        called = f"{there.pull.called} ({there.base[:12]}...{there.posted.head[:12]})"
        change = replace(between(place.git, there.base, there.posted.head), called=called)
        if not change.reviewed.index.files:
            raise AnswerIsNo(f"nothing is changed: {called}", hint="all of it stands in its base already")
        return change
    kind = "commits" if asked.revisions else "staged" if asked.staged else "work tree" if asked.worktree else ""
    return change_of(place.git, place.checkout, Scope(kind=kind, typed=asked.revisions))  # type: ignore[arg-type]  # of these words


def _committed(change: Change, outputs: Sequence[tuple[str, str]]) -> None:
    """UsageError where a format names commits, and what is reviewed is none."""
    base, head = change.compared.base, change.compared.head
    for format, _ in outputs:
        if (format in OF_COMMITS and not head) or (format == "gitlab" and not base):
            raise UsageError(
                f"`-o {format}` names the commits that it is about, and {change.called} has none",
                hint="review a range of commits, such as `main..topic`",
            )


def _apart(at: Session | None, asked: Asked) -> None:
    """UsageError where a pipeline would hold a token that may write in the process that asks a model: nobody sits there
    who reads what it says before others do."""
    if at is None or not asked.post or asked.checks == "signals" or not _model(at):
        return
    environment = process_environment()
    if any(environment.get(name, "").lower() not in _NOT_SET for name in PIPELINES):
        raise UsageError(
            "in a pipeline who asks a model does not post: `--post` is for a person at a terminal",
            hint="two stages do both (`swe-agent ci init`), or `--checks signals` asks no model",
        )


def _model(at: Session) -> str:
    return str(at.opened.settings["model"] or at.opened.settings["models.reviewer"] or "")


def _post(pull: Pull, found: Review, asked: Asked, outputs: Sequence[tuple[str, str]]) -> None:
    """By the same way as the second stage of a pipeline, which gets the review as a file. What comes of it is told
    where the review was told; beside other formats on stdout, on stderr."""
    from swe_agent.cli.ci.posting import deliver, tell

    to_stdout = [format for format, file in outputs if not file]
    delivered = deliver(
        exchange.of_json(exchange.to_json(found)), pull.to_post(), asked.git,
        platform=pull.platform, pull=pull.number, dry_run=asked.dry_run,
    )  # fmt: skip
    console = data_console() if to_stdout in ([], ["text"]) else talk_console()
    tell(delivered, json=to_stdout == ["json"], console=console)


def _looks(at: Session | None, asked: Asked, change: Change, there: Pulled | None) -> list[Looks]:
    looks: list[Looks] = [deterministic] if asked.checks != "model" else []
    if at is None:
        return looks
    if asked.checks != "model":
        from swe_agent.jobs.linting import Linting  # brings the sandbox along

        looks.append(Linting(kit=at.kit, tier=at.opened.settings["sandbox.tier"]))
    if asked.checks != "signals" and (reviewer := _reviewer(at, asked, change, there)) is not None:
        looks.append(reviewer)
    return looks


def _reviewer(at: Session, asked: Asked, change: Change, there: Pulled | None) -> Looks | None:
    """None where no model is configured, and none was asked for."""
    settings = at.opened.settings
    if not _model(at):
        if asked.checks == "model":
            raise UsageError("no model is configured", hint="name one: `--model NAME`, or `model` in your settings")
        return None
    from swe_agent.jobs.reviewer import Reviewer  # what asks models is loaded where one is asked
    from swe_agent.wiring.bugs import versions

    options = RunOptions(
        engine="review",
        model=_model(at),
        base_url=settings["base_url"],
        effort=settings.effort,
        limits=settings.limits,
    )
    quiet = at.json or asked.outputs != ("text",)
    kit = replace(at.kit, voices=replace(at.kit.voices, tell=lambda _: None)) if quiet else at.kit
    return Reviewer(kit=kit, options=options, versions=versions(), known=_known(asked, change, there))


def _known(asked: Asked, change: Change, there: Pulled | None) -> frozenset[str]:
    """Files that were reviewed in this pull request, and whose change is the same still, wherever its lines are."""
    if not asked.pull:
        return frozenset()
    from swe_agent.cli.pulling import pull_named

    posted = there.posted if there else pull_named(asked.pull, asked.platform, asked.git).to_post().read()
    now = patch_ids(change.reviewed.index)
    return frozenset(
        path for path, id_ in (posted.former.patches if posted.former else {}).items() if now.get(path) == id_
    )


def _wanted(at: Session | None, asked: Asked, least: Severity | None) -> Wanted:
    if at is None:
        return Wanted(least=least or Severity.INFO, comments=asked.max_comments or COMMENTS)
    settings = at.opened.settings
    for pattern in rules.unknown(settings["review.off"]):
        ways = "the rules are in `docs/review.md`; all of a kind are `secret/*`, `ruff/*` or `model/*`"
        talk_console().print(line(f"`review.off` has `{pattern}`, which is no rule: {ways}", "yellow"))
    return Wanted(
        least=Severity[settings["review.severity"].upper()] if least is None else least,
        off=settings["review.off"],
        comments=asked.max_comments or settings["review.comments"],
    )


def _severity(word: str, option: str) -> Severity:
    _one_of(word, tuple(exchange.SEVERITIES), option)
    return exchange.SEVERITIES[word]


def _one_of(word: str, known: Sequence[str], option: str) -> None:
    if word not in known:
        raise UsageError(f"`{option} {word}` is not known", hint=f"one of {', '.join(known)}")


# ---- formats


Render = Callable[[Change, Review, Asked], str]


def _planned(change: Change, found: Review, platform: str) -> Plan:
    return plan(change.reviewed.index, found, PLATFORMS[platform])


def _gitlab(change: Change, found: Review, _: Asked) -> str:
    commits = gitlab.Version(base=found.base, start=found.base, head=found.head)
    planned = _planned(change, found, GITLAB.name)
    return _lined([*gitlab.draft_notes(planned, change.reviewed.index, commits), {"note": planned.text}])


def _github(change: Change, found: Review, _: Asked) -> str:
    """Its summary is a call of its own where we post; who posts this has but the one."""
    planned = _planned(change, found, GITHUB.name)
    body = {**github.review_body(planned), "body": planned.text}
    return _lined({name: value for name, value in body.items() if value != ""})  # without a commit: of the latest one


def _checks(change: Change, found: Review, asked: Asked) -> str:
    failed = bool(asked.fail_on) and (found.worst() or Severity.INFO) >= exchange.SEVERITIES[asked.fail_on]
    return _lined(github.check_bodies(_planned(change, found, GITHUB.name), failed=failed))


def _html(change: Change, found: Review, _: Asked) -> str:
    from swe_agent.ui.html_review import page

    return page(found, change.called, change.reviewed.line)


def _lined(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


FORMATS: Mapping[str, Render] = {
    "json": lambda _change, found, _asked: json.dumps(exchange.to_json(found)) + "\n",
    "markdown": lambda _change, found, _asked: markdown.report(found) + "\n",
    "html": _html,
    "rdjson": lambda _change, found, _asked: _lined(reports.rdjson(found.all_told)),
    "rdjsonl": lambda _change, found, _asked: "".join(
        json.dumps(row) + "\n" for row in reports.rd_rows(found.all_told)
    ),
    "sarif": lambda _change, found, _asked: _lined(reports.sarif(found.all_told, version=__version__)),
    "codequality": lambda _change, found, _asked: _lined(reports.code_quality(found.all_told)),
    "github-review": _github,
    "github-checks": _checks,
    "gitlab": _gitlab,
}


def _outputs(typed: Sequence[str]) -> list[tuple[str, str]]:
    """Formats and files; an empty name is stdout, which takes one."""
    found = []
    for one in typed:
        format, _, file = one.partition("=")
        _one_of(format, ("text", *FORMATS), "--output")
        found.append((format, file))
    if sum(not file for _, file in found) > 1:
        raise UsageError("only one format can go to stdout", hint="give the others a file: `-o sarif=review.sarif`")
    return found


def _print(change: Change, found: Review, asked: Asked, outputs: Sequence[tuple[str, str]]) -> None:
    for format, file in outputs:
        if format == "text":
            _print_text(change, found, file)
            continue
        text = FORMATS[format](change, found, asked)
        if file:
            _write(file, text)
        else:
            sys.stdout.write(text)
    if asked.explain:
        for row in explained(_planned(change, found, asked.platform or GITHUB.name)):
            talk_console().print(safe(row))


def _print_text(change: Change, found: Review, file: str) -> None:
    from swe_agent.ui.console import data_console, print_data
    from swe_agent.ui.review import review_text

    console = data_console(width=100) if file else data_console()
    shown: Any = review_text(found, change.called, change.reviewed.line)
    if not file:
        print_data(console, shown)
        return
    with console.capture() as got:
        console.print(shown)
    _write(file, got.get())


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, "utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="name another file") from error
