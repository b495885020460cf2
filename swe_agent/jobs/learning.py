"""What people did not want to hear, and why: a plain file of the repository, which they read, correct and commit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from swe_agent.core.secrets import redact
from swe_agent.jobs.kit import Kit, Place
from swe_agent.review.reconcile import Thread

FILE = ".swe-agent-learnings.md"
MOST_LETTERS = 6_000
"""That a model is shown."""
LONGEST = 300
"""Letters of what was said, and of why it was not wanted."""
HEAD = """\
# What a review need not say here

Findings and proposals that people of this project have turned down, and why. Reviews by a model read it. Correct it,
take lines out, and commit it.

"""
_SAID = re.compile(r"^\*\*\w+\*\*: (.*)$", re.MULTILINE)


def learned(place: Place, base: str) -> str:
    """What the file says at the base of a change; where that is no commit, at HEAD: not what the change itself says."""
    commit = base or place.checkout.head or ""
    if not commit:
        return ""
    data = place.git.run("cat-file", "blob", f"{commit}:{FILE}", check=False)
    return data.decode("utf-8", "replace").removeprefix(HEAD).strip()[:MOST_LETTERS]


def dismissed(threads: Iterable[Thread]) -> Iterator[str]:
    """Of findings that people have dismissed."""
    for thread in threads:
        if thread.state == "dismissed":
            said = _SAID.search(thread.said)
            yield _line(thread.made.rule, thread.made.path, said[1] if said else "", thread.answer)


def rejections(kit: Kit) -> Iterator[str]:
    """Of proposals that were turned down with a reason, block by block."""
    seen = set()
    for book in kit.books.ledger.books():
        for block in book.blocks:
            if block.outcome == "rejected" and block.reason and (block.path, block.reason) not in seen:
                seen.add((block.path, block.reason))
                yield _line("proposal", block.path, book.job.title, block.reason)


def _line(rule: str, path: str, said: str, why: str) -> str:
    reason = f" Why not: {_short(why)}" if why.strip() else ""
    return f"- `{rule}` in `{path}`: {_short(said) or 'dismissed.'}{reason}"


def _short(text: str) -> str:
    """On one line, without what was hidden in it or is secret."""
    bare = re.sub(r"<!--.*?-->", "", redact(text), flags=re.DOTALL)
    said = " ".join(bare.replace("\u2060", "").split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def written(before: str, lines: Iterable[str]) -> tuple[str, int]:
    """The text of the file with those lines that it lacks, and how many these are."""
    known = set(before.splitlines())
    new = [line for line in dict.fromkeys(lines) if line not in known]
    if not new:
        return before, 0
    return (before.rstrip("\n") + "\n" if before.strip() else HEAD) + "\n".join(new) + "\n", len(new)
