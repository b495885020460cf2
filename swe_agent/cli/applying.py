"""What `apply` does: the reply read and checked, a job made of it, and that landed."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from swe_agent.cli.landing import print_landing
from swe_agent.cli.reading import content_of
from swe_agent.cli.running import finish
from swe_agent.cli.session import Session, session
from swe_agent.core.errors import AnswerIsNo, UsageError
from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import FORMATS
from swe_agent.edits.refusal import Refused
from swe_agent.jobs.patches import PatchFits
from swe_agent.jobs.reply import Reply, check_reply, land_all, propose
from swe_agent.prompts.render import prompt
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console
from swe_agent.wiring.bugs import versions
from swe_agent.workspace.workspace import tier_of

NAMES = [one.name for one in FORMATS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed after `apply`."""

    file: Path
    format: str
    test: str
    check: bool
    propose: bool
    sandbox: str
    json: bool
    directory: Path


def apply_given(given: Given) -> None:
    text = content_of(str(given.file), called="the reply", hint="name a file with the reply, or `-`")
    _require_known(given.format, "auto", *NAMES)
    with session(given.directory, json=given.json) as at:
        # Nothing is run without a test, so no sandbox has to be there.
        tier = tier_of(given.sandbox or at.opened.settings["sandbox.tier"]).value
        reply = Reply(text=text, format=given.format, source=given.file.name or "-", test=given.test, sandbox=tier)
        found = check_reply(at.kit, reply)
        if isinstance(found, Refused):
            if at.json:
                jsonl.print_object("ReplyRefused", refusal=asdict(found), text=found.feedback)
            raise AnswerIsNo(f"the reply is not applied ({found.reason}): {found.summary}", hint=found.details)
        if given.check:
            _tell(at, found)
            return
        job, ended = propose(at.kit, reply, found, versions=versions())
        if given.propose or ended.reason != "proposed" or ended.exit_code:
            finish(at, job, ended, yes=False, require_evidence=False)
        landed = land_all(at.kit, reply, job)
        if at.json:
            print_landing(job, landed)
            return
        _tell(at, found)
        if not landed.verdict.ran:
            talk_console().print(safe(f"not tested: {landed.verdict.note}", "yellow"))
        data_console().print(line(f"landed: {', '.join(landed.files)}", "bold green"))
        talk_console().print(safe("take it back with `swe-agent undo`", "cyan"))


def print_instructions(format: str) -> None:
    """What to tell a model, for whoever asks one by other means."""
    _require_known(format, *NAMES)
    sys.stdout.write(prompt(f"format-{format}").text)


def _require_known(format: str, *names: str) -> None:
    if format not in names:
        raise UsageError(f"there is no format `{format}` here", hint=f"`--format` is {', '.join(names)}")


def _tell(at: Session, found: Applied | PatchFits) -> None:
    overlooked: dict[str, list[str]] = {}
    if isinstance(found, PatchFits):
        files = {one.path: "written" if one.new else "deleted" for one in found.changes}
        files |= {one.moved_from: "deleted" for one in found.changes if one.moved_from}
    else:
        overlooked = {path: [str(match) for match in matches] for path, matches in found.overlooked.items()}
        files = {path: "deleted" if text is None else "written" for path, text in found.files.items()}
        files |= {path: "written" for path in found.executable}
    files = dict(sorted(files.items()))
    if at.json:
        jsonl.print_object("ReplyFits", files=files, overlooked=overlooked)
        return
    for path, what in files.items():
        data_console().print(line(f"{path}: {what}"))
    for path, matches in overlooked.items():
        said = f"{path}: not quoted exactly; overlooked: {', '.join(matches)}"
        talk_console().print(safe(said, "yellow"))
