"""Files that run on servers, when someone commits, or that instruct agents; and rights that workflows gain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.hazard_rules import PATH_RULES
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
_HELP = {
    "permissions": "Give it to the one job that needs it, and to no other: `permissions: {}` at the top of the file.",
    "pull-request-target": "It runs with the base's secrets. `pull_request` does, where nothing has to be written.",
    "secret-shown": "Whoever may read the log can read it. Hand it to the one program that needs it, by `env`.",
    "injection": "Hand it over by `env`, in quotes: what stands here is put into the script before a shell reads it.",
    "fetched-and-run": "Fetch it, compare its sum with one that stands here, then run it.",
    "install-script": "It runs on each machine that installs the package, before anybody has looked at it.",
}
_TAKEN = (
    "It checks out what a stranger sends, and runs with the project's secrets and rights: whoever opens a pull request "
    "has them. Do the two in two workflows, or use `pull_request`."
)
_INSTALLS = re.compile(r"^\s*\"(?:(?:pre|post)?install|prepare)\"\s*:")
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
        yield from _gained(change, file)


def _why(file: FileDiff) -> str:
    lower = file.path.lower()
    return next((why for kind, why, pattern in _PATHS if kind in _KINDS and pattern.search(lower)), "")


def _takes_over(change: Reviewed, file: FileDiff) -> bool:
    """Whether a stranger's code is checked out where the project's rights are at hand."""
    text = change.text("right", file.new)
    return "checkout" in text and bool(re.search(r"github\.(?:event\.pull_request\.head\.|head_ref)", text))


def _gained(change: Reviewed, file: FileDiff) -> Iterator[Finding]:
    """One of each kind."""
    is_workflow = bool(_WORKFLOW.search(file.path))
    is_package = file.path.rpartition("/")[2] == "package.json"
    if not (is_workflow or is_package or _RUNS.search(file.path)):
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
        if is_package and _INSTALLS.match(row.text):
            gains.append(("install-script", "a command at each installation"))
        for rule, what in gains:
            if rule in told:
                continue
            told.add(rule)
            is_taken = rule == "pull-request-target" and _takes_over(change, file)
            yield Finding(
                rule=f"workflow/{rule}",
                severity=Severity.HIGH if is_taken else Severity.MEDIUM,
                message=f"What runs here gains {what}.",
                detail=_TAKEN if is_taken else _HELP[rule],
                category="security",
                path=file.path,
                anchor=here(file, row),
                confidence=0.8,
            )
