"""One line's way: proposal, decision, landing, commit."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.errors import UsageError
from swe_agent.core.evidence import LineOrigin
from swe_agent.core.record import BlockRecord, JobRecord
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.lines import blame


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`job` and `block` are None where the line is no recorded agent's, or where it was decided in another clone."""

    path: str
    line: int
    text: str
    origin: LineOrigin
    job: JobRecord | None
    block: BlockRecord | None
    commit: str
    """The commit that brought it, as `<id> <date> <author>: <subject>`; empty where that is not known."""


def explain(kit: Kit, revision: str, path: str, line: int) -> Chain:
    """UsageError where there is no such line."""
    for file in blame(kit, revision, [path]):
        if line > len(file.lines):
            raise UsageError(f"{path} has {len(file.lines)} lines", hint=f"`swe-agent stats blame {path}` shows them")
        origin = file.origins[line - 1]
        book = kit.books.ledger.book(origin.session) if origin.session else None
        name = origin.block.rpartition("/")[2]
        return Chain(
            path=path,
            line=line,
            text=file.lines[line - 1],
            origin=origin,
            job=book.job if book else None,
            block=next((one for one in book.blocks if one.block == name), None) if book else None,
            commit=_told(kit, origin.commit),
        )
    raise UsageError(f"{path} has no lines", hint="it is empty, or not text")


def _told(kit: Kit, commit: str) -> str:
    if not commit:
        return ""
    form = "--format=%h %ad %an: %s"
    return kit.place.git.text("log", "-1", "--no-show-signature", "--date=short", form, commit, "--", check=False)
