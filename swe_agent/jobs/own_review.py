"""What a review says of a change of our own, before a person sees it: its author hears of it first, and mends it."""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.core.diff import FileChange
from swe_agent.jobs.review import changed, deterministic, project
from swe_agent.repo.compare import Compared, Side
from swe_agent.repo.git import Git
from swe_agent.review.findings import Finding, Severity
from swe_agent.workspace.box import JobBox

ELSEWHERE = ("tests/", "touches/", "characters/")
"""What other checks tell the agent already."""
MOST = 12


def points(git: Git, box: JobBox, changes: Iterable[FileChange], base: str, tree: str) -> list[str]:
    """One line each, the worst first. `git` is that of the box."""
    files = tuple(changes)
    data = box.contents(files)
    contents: dict[tuple[Side, str], bytes] = {}
    for change in files:
        if change.old is not None and change.old.id in data:
            contents["left", change.path] = data[change.old.id]
        if change.new is not None and change.new.id in data:
            contents["right", change.path] = data[change.new.id]
    text = {key: value for key, value in contents.items() if b"\0" not in value[:8000]}
    compared = Compared(base=base, head=tree, patch=box.patch(base, tree), contents=text)
    whole = changed(compared, "the change", around=project(git, (tree,)), where=(tree,))
    found = [one for one in deterministic(whole).findings if _is_news(one)]
    found.sort(key=lambda one: -one.severity)
    return [_line(one) for one in found[:MOST]]


def _is_news(finding: Finding) -> bool:
    return finding.severity > Severity.INFO and not finding.rule.startswith(ELSEWHERE)


def _line(finding: Finding) -> str:
    where = finding.path
    if finding.anchor is not None:
        where += f":{finding.anchor.first}"
        where += " (a line that went)" if finding.anchor.side == "left" else ""
    detail = f" {' '.join(finding.detail.split())}" if finding.detail else ""
    return f"`{where}`: {finding.message}{detail}"
