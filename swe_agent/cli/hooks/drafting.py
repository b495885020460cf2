"""What `hooks draft` does."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from swe_agent.cli.reading import content_of
from swe_agent.cli.session import session
from swe_agent.core.errors import AnswerIsNo, UsageError
from swe_agent.core.task import RunOptions
from swe_agent.jobs.drafting import draft
from swe_agent.ui import jsonl
from swe_agent.wiring.bugs import versions

_STAGED = ("diff", "--cached", "-U3", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative",
           "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip


def print_draft(diff: str, flags: Mapping[str, Any], *, json: bool, directory: Path) -> None:
    with session(directory, json=json, flags=flags) as at:
        settings = at.opened.settings
        model = settings["model"] or settings["models.summariser"]
        if not model:
            raise UsageError("no model is configured", hint="name one: `--model NAME`, or `model` in your settings")
        git = at.kit.place.git
        data = content_of(diff, called="the patch", hint="name a file, or `-`") if diff else git.text(*_STAGED)
        if not data.strip():
            raise UsageError("nothing is staged", hint="stage something: `git add -p`")
        options = RunOptions(
            engine="draft", model=model, base_url=settings["base_url"], effort=settings.effort, limits=settings.limits
        )
        kit = replace(at.kit, voices=replace(at.kit.voices, tell=lambda _: None))
        said = draft(kit, options, versions(), data)
    if not said:
        raise AnswerIsNo("the model gave no message", hint="try again, or write it yourself")
    if json:
        jsonl.print_object("MessageDrafted", message=said)
    else:
        sys.stdout.write(f"{said}\n")
