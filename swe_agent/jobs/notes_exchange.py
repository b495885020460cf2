"""Notes as a file, for machines that have no remote in common, and as other tools write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from swe_agent.core.errors import EnvironmentLacks, RepositoryError, UsageError
from swe_agent.core.evidence import EvidenceBlock
from swe_agent.jobs.git_ai import REF as GIT_AI
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import known
from swe_agent.jobs.lines import default_tip, labels_of
from swe_agent.jobs.notes import TRIES, Written, take_up
from swe_agent.metrics.attribution.interop import agent_trace, git_ai
from swe_agent.repo import history, notes
from swe_agent.repo.git import GitFailed
from swe_agent.repo.notes import Change, Moved
from swe_agent.store.lines import locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many commits have got a note of git-ai, and how many had one already and were left alone."""

    commits: int
    left: int


def export_bundle(kit: Kit, path: Path) -> str:
    """All notes in one file, as `git bundle` writes it. What their newest commit is."""
    tip = notes.tip_of(kit.place.git)
    if not tip:
        raise RepositoryError("there are no notes to export", hint="`swe-agent stats notes write` makes them")
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_bytes(kit.place.git.run("bundle", "create", "--quiet", "-", notes.REF))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise EnvironmentLacks(
            f"cannot write {path}: {error.strerror}", hint="name a file that can be written: `--output FILE`"
        ) from error
    return tip


def import_bundle(kit: Kit, path: Path) -> Written:
    """Take up the notes of such a file."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}", hint="`swe-agent stats notes export --output FILE` makes one")
    try:
        found = kit.place.git.text("bundle", "unbundle", str(path.resolve()))
    except GitFailed as error:
        raise UsageError(
            f"{path} holds no notes: {error.stderr.strip()}",
            hint="a file of `swe-agent stats notes export --output FILE` is expected",
        ) from error
    tips = [line.split(" ")[0] for line in found.split("\n") if line.endswith(f" {notes.REF}")]
    if not tips:
        raise UsageError(
            f"{path} is a bundle of something else", hint="`git bundle list-heads FILE` shows what it holds"
        )
    return take_up(kit, tips)


def export_git_ai(kit: Kit) -> Exported:
    """A note of git-ai on each commit that has lines of an agent's; one that is there already is left alone."""
    git, labelled = kit.place.git, dict(_labelled(kit))
    with locked(kit.place.paths.notes_lock):
        for _ in range(TRIES):
            tip = notes.tip_of(git, GIT_AI)
            tree = notes.tree_of(git, tip)
            new = {
                commit: git_ai.write(git_ai.log_of(commit, [_for_git_ai(*one) for one in lines])).encode(
                    "utf-8", "surrogateescape"
                )
                for commit, lines in labelled.items()
                if commit not in tree
            }
            change = Change(parents=(tip,) if tip else (), tree=tree, new=new, blobs={}, gone=())
            try:
                if new:
                    notes.commit_change(git, change, kit.time.clock(), f"swe-agent: {len(new)} commits", GIT_AI)
            except Moved:
                continue
            return Exported(commits=len(new), left=len(labelled) - len(new))
    raise RepositoryError(f"{GIT_AI} could not be written: another program changes it", hint="try again in a moment")


def agent_traces(kit: Kit, *, version: str) -> Iterator[str]:
    """A record of Agent Trace for each commit that has lines of an agent's, oldest first, one line of JSON each."""
    labelled = dict(_labelled(kit))
    when = history.times(kit.place.git, list(labelled))
    for commit, lines in reversed(labelled.items()):
        own = [
            agent_trace.Own(path=path, first=first, last=last, session=block.session, model=block.model)
            for path, block, first, last in lines
        ]
        at = f"{datetime.fromtimestamp(when[commit], UTC):%Y-%m-%dT%H:%M:%SZ}"
        yield agent_trace.write(agent_trace.record_of(commit, at, own, tool_version=version))


_Lines = list[tuple[str, EvidenceBlock, int, int]]


def _labelled(kit: Kit) -> Iterator[tuple[str, _Lines]]:
    """Commits of the default branch with lines of an agent's, newest first."""
    tip = default_tip(kit)
    if tip is None:
        return
    blocks: Mapping[str, EvidenceBlock] = {one.id: one for evidence in known(kit).evidence for one in evidence.blocks}
    commits = kit.place.git.text("rev-list", tip).split("\n")
    found = labels_of(kit, commits)
    for commit in commits:
        if commit in found:
            rows = [(path, *row) for path, told in found[commit].items() for row in told]
            yield commit, [(path, blocks[id_], first, last) for path, id_, first, last in rows if id_ in blocks]


def _for_git_ai(path: str, block: EvidenceBlock, first: int, last: int) -> git_ai.Own:
    return git_ai.Own(path=path, first=first, last=last, block=block.id, session=block.session, model=block.model)
