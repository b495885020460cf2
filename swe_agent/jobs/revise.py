"""Another attempt that knows what was refused and why. What was accepted is where it begins, and stays accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from swe_agent.core.decision import Decision, Reject
from swe_agent.core.diff import GITLINK, Block, FileEntry, subset
from swe_agent.core.errors import UsageError
from swe_agent.core.event import Continued, TaskEnded
from swe_agent.core.task import RunOptions
from swe_agent.desk.desk import Desk
from swe_agent.jobs.carry import carry
from swe_agent.jobs.decide import comments_of, open_desk
from swe_agent.jobs.job import box_of, find, load, started_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.run import options_of, start
from swe_agent.prompts.render import prompt
from swe_agent.store.trajectory import job_ids
from swe_agent.workspace.box import JobBox

MOST_LINES = 40
"""Of a refused block that are told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """`kept` are blocks that were accepted before and are in the new proposal too."""

    job: str
    ended: TaskEnded
    kept: tuple[str, ...] = ()


Change = Callable[[RunOptions], RunOptions]


def revise(kit: Kit, job: str, said: str, change: Change, *, versions: str) -> Revised:
    """A new job on the base of this one. `said` is what the person has to say beside reasons and comments that are
    recorded. UsageError where there is nothing to go by."""
    _require_job(kit, job, said)
    desk = open_desk(kit, job)
    trajectory, events = load(kit, desk.proposal.id)
    comments = _comments(kit, trajectory.job)
    refused = [b for b in desk.proposal.blocks if isinstance(desk.decisions.get(b.id), Reject)]
    if not said.strip() and not refused and not comments:
        raise UsageError(
            f"nothing was refused or said of {trajectory.job}",
            hint=f'say what should be otherwise: `swe-agent revise {trajectory.job} "…"`',
        )
    box = box_of(kit, trajectory.job)
    began = started_of(trajectory.job, events)
    options = change(replace(options_of(events), attempt=desk.proposal.provenance.attempt + 1, attempts=1, group=""))
    text = prompt("revised-task").render(
        task=began.task.text.strip(),
        accepted=_named(desk.accepted) or "- nothing",
        refused="\n".join(_refused(block, desk.decisions[block.id], comments) for block in refused) or "- nothing",
        said="\n".join([said.strip() or "- nothing more", *_told(desk, comments, refused)]),
    )
    id_, ended = start(
        kit,
        replace(began.task, text=text.strip()),
        options,
        versions=versions,
        base_of=trajectory.job,
        continued=Continued(of=trajectory.job, tree=_accepted_tree(desk, box)),
    )
    if ended.reason != "proposed":
        return Revised(job=id_, ended=ended)
    kept = carry(kit, desk, id_, why="revised", rejected=False)
    return Revised(job=id_, ended=ended, kept=tuple(decision.block for decision in kept))


def _require_job(kit: Kit, job: str, said: str) -> None:
    """UsageError that tells how to type it where what stands in the place of the job is no job, but the text."""
    known = job_ids(kit.place.paths.trajectories)
    if not known or said or job in ("", "last") or any(id_.startswith(job) or id_.endswith(job) for id_ in known):
        return
    hint = f"the job comes before the text: `swe-agent revise {find(kit, '').job} {quote(job)}`"
    raise UsageError(f"there is no job {job}", hint=hint)


def _accepted_tree(desk: Desk, box: JobBox) -> str:
    """The base with the accepted blocks."""
    entries: dict[str, FileEntry | None] = {}
    contents = box.contents(desk.proposal.changes)
    for change in desk.proposal.changes:
        chosen = desk.chosen(change)
        if not chosen:
            continue
        if GITLINK in {entry.mode for entry in (change.old, change.new) if entry}:
            entries[change.path] = change.new
            continue
        base = contents[change.old.id] if change.old else b""
        head = contents[change.new.id] if change.new else b""
        for path, image in subset(change, base, head, chosen).items():
            entries[path] = box.entry_of(image)
    tree = desk.proposal.snapshot.tree
    return box.tree_with(tree, entries) if entries else tree


# ---- what the next attempt is told


def _comments(kit: Kit, job: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for block, text in comments_of(kit, job):
        found.setdefault(block, []).append(text)
    return found


def _named(blocks: Sequence[Block]) -> str:
    return "\n".join(f"- {block.path}:{block.head_start + 1} {block.note}".rstrip() for block in blocks)


def _refused(block: Block, decision: Decision, comments: dict[str, list[str]]) -> str:
    reason = decision.reason if isinstance(decision, Reject) else ""
    said = "; ".join(part for part in (reason, *comments.get(block.id, ())) if part)
    lines = [*(f"-{line.rstrip()}" for line in block.removed), *(f"+{line.rstrip()}" for line in block.added)]
    more = [f"[{len(lines) - MOST_LINES} more lines]"] if len(lines) > MOST_LINES else []
    head = f"- {block.path}:{block.base_start + 1}{': ' + said if said else ''} {block.note}".rstrip()
    return "\n".join([head, *lines[:MOST_LINES], *more])


def _told(desk: Desk, comments: dict[str, list[str]], refused: Sequence[Block]) -> list[str]:
    """Comments on blocks that were not refused."""
    others = [block for block in desk.proposal.blocks if block not in refused]
    return [f"- of {b.path}:{b.head_start + 1}: {text}" for b in others for text in comments.get(b.id, ())]
