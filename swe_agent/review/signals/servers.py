"""Files that run on servers, when someone commits, or that instruct agents; and rights that workflows gain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.hazards import PATH_RULES
from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff
from swe_agent.review.findings import Finding, Severity

_PATHS = [(kind, why, re.compile("|".join(patterns))) for kind, why, patterns in PATH_RULES]
_KINDS = ("ci-config", "agent-config")
_WORKFLOW = re.compile(
    r"^\.(?:github/(?:workflows|actions)|gitlab|circleci|woodpecker)/|(?:^|/)(?:action|\.gitlab-ci)\.ya?ml$"
)
_FETCHED = re.compile(r"\b(?:curl|wget)\b[^|;&#]*\|\s*(?:sudo\s+)?(?:\S*/)?(?:ba|z|da)?sh\b")
_RUNS = re.compile(r"^\.(?:husky|githooks)/|(?:^|/)(?:Dockerfile|Containerfile|[Mm]akefile|justfile)$|\.sh$")
_SCOPES = (
    r"actions|attestations|checks|contents|deployments|discussions|id-token|issues|packages|pages|pull-requests"
    r"|repository-projects|security-events|statuses"
)
_STRANGER = r"(?:event\.(?:issue|pull_request|comment|review|discussion)\.(?:title|body|head\.(?:ref|label))|head_ref)"
RIGHTS = (
    ("permissions", r"^\s*permissions:\s*[\"']?write-all\b", "every right to write"),
    ("permissions", rf"^\s*(?:{_SCOPES}):\s*[\"']?write\b", "a right to write"),
    ("pull-request-target", r"(?:^|[\s\[,{-])pull_request_target\b", "the project's rights for what a stranger sends"),
    ("secret-shown", r"\b(?:echo|printf|print)\b[^#]*\$\{\{\s*secrets\.", "a secret in its log"),
    ("injection", rf"^\s*(?:-\s*)?run:.*\$\{{\{{\s*github\.{_STRANGER}", "text of a stranger in a command"),
)
"""Rule, what a line says, and what a workflow has by it."""
_RIGHTS = [(rule, re.compile(pattern), what) for rule, pattern, what in RIGHTS]


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        if why := _why(file):
            yield Finding(
                rule="touches/runs",
                severity=Severity.INFO,
                message=f"This file {why}.",
                category="security",
                path=file.path,
            )
        yield from _gained(file)


def _why(file: FileDiff) -> str:
    lower = file.path.lower()
    return next((why for kind, why, pattern in _PATHS if kind in _KINDS and pattern.search(lower)), "")


def _gained(file: FileDiff) -> Iterator[Finding]:
    """One of each kind."""
    is_workflow = bool(_WORKFLOW.search(file.path))
    if not is_workflow and not _RUNS.search(file.path):
        return
    told: set[str] = set()
    for row in file.changed("right"):
        bare = re.sub(r"(?:^|\s)#.*", "", row.text)
        if file.is_moved(row):
            continue
        gains = [(rule, what) for rule, pattern, what in _RIGHTS if is_workflow and pattern.search(bare)]
        gains += (
            [("fetched-and-run", "a program from the network that nobody has checked")] if _FETCHED.search(bare) else []
        )
        for rule, what in gains:
            if rule in told:
                continue
            told.add(rule)
            yield Finding(
                rule=f"workflow/{rule}",
                severity=Severity.MEDIUM,
                message=f"What runs here gains {what}.",
                category="security",
                path=file.path,
                anchor=here(file, row),
                confidence=0.8,
            )
