"""Who applies replies, and how what came of one is judged."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.harness.drafts import FORMATS
from benchmarks.harness.perturb import Case
from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import apply_text
from swe_agent.syntax.faults import new_faults

CORRECT, NEAR, REFUSED, PARTIAL, WRONG = OUTCOMES = ("correct", "near", "refused", "partial", "wrong")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`changed` are the files that are other than before, None where one is gone; `reason` is why not, in short."""

    applied: bool
    changed: Mapping[str, str | None] = field(default_factory=dict)
    reason: str = ""


class Applier(Protocol):
    name: str
    formats: Sequence[str]

    def apply(self, files: Mapping[str, str], reply: str, format: str) -> Result: ...


class Ours:
    """In this process, with the check of the syntax; the format is not told but found, as `swe-agent apply` does. A
    reply that makes it crash is not applied."""

    name = "ours"
    formats: Sequence[str] = FORMATS

    def apply(self, files: Mapping[str, str], reply: str, format: str) -> Result:
        try:
            outcome = apply_text(reply, files.keys(), files.get, new_faults)
        except Exception as error:
            return Result(applied=False, reason=f"crash: {type(error).__name__}: {error}")
        if not isinstance(outcome, Applied):
            return Result(applied=False, reason=f"{outcome.reason}: {outcome.summary}")
        changed = {path: text for path, text in outcome.files.items() if text != files.get(path)}
        return Result(applied=True, changed=changed, reason=", ".join(map(str, _overlooked(outcome))))


def _overlooked(outcome: Applied) -> list[object]:
    return [what for matches in outcome.overlooked.values() for what in matches]


def judge(case: Case, result: Result) -> str:
    """`near` is the intended text but for line ends, and white space at the ends of lines."""
    draft = case.draft
    if not result.applied:
        return PARTIAL if result.changed else REFUSED
    if draft.intended is None:
        return WRONG
    if any(path != draft.path for path in result.changed):
        return WRONG
    got = result.changed.get(draft.path, draft.before)
    if got == draft.intended:
        return CORRECT
    return NEAR if got is not None and _bare(got) == _bare(draft.intended) else WRONG


def _bare(text: str) -> str:
    return re.sub(r"[ \t\r]+$", "", text.removeprefix("\ufeff"), flags=re.MULTILINE).rstrip("\n")


def difference(case: Case, result: Result) -> str:
    """What was made of the file beside what was intended; of the file as it was where nothing should have been made."""
    draft = case.draft
    wanted = draft.before if draft.intended is None else draft.intended
    got = result.changed.get(draft.path, draft.before) or ""
    lines = difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), "intended", "got", n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
