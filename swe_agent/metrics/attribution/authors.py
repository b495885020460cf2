"""Whose lines a commit's own ones are: attested as human, or unknown.

They are human where the commit's author has recorded an agent's work before, so that what no record explains was
written otherwise, and where the commit names no other agent. All else is unknown: nobody has said anything of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from swe_agent.core.evidence import Evidence
from swe_agent.metrics.attribution.times import SLACK_S, seconds
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.metrics.attribution.walk import Step

_NAMES = (
    rb"copilot|claude|cursor|aider|codex|gemini|devin|windsurf|cline|amazon q|jules|openhands|opencode|cody|tabnine"
)
_AGENT = re.compile(
    rb"^(?:co-authored-by|assisted-by|generated-by|co-developed-by|made-with)\s*:[^\n]*?\b(?:" + _NAMES + rb")\b"
    rb"|^[^\n]*\bgenerated (?:with|by) [^\n]*?\b(?:" + _NAMES + rb")\b",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass
class Authors:
    """`since` is when each author, by key and mark, has recorded for the first time, in seconds since 1970."""

    hashers: Mapping[str, Hasher]
    since: Mapping[tuple[str, str], int]
    _known: dict[str, int | None] = field(default_factory=dict)

    def kind_of(self, commit: Step) -> Literal["human", "unknown"]:
        if commit.author not in self._known:
            found = [self.since.get((key, hasher.mark(commit.author))) for key, hasher in self.hashers.items()]
            self._known[commit.author] = min((at for at in found if at is not None), default=None)
        since = self._known[commit.author]
        if since is None or commit.at < since - SLACK_S or _AGENT.search(commit.message):
            return "unknown"
        return "human"


def recorders(evidence: Iterable[Evidence]) -> dict[tuple[str, str], int]:
    since: dict[tuple[str, str], int] = {}
    for one in evidence:
        for block in one.blocks:
            if block.author:
                at = seconds(block.at)
                known = since.get((one.key, block.author))
                since[one.key, block.author] = at if known is None else min(at, known)
    return since
