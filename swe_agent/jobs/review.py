"""A review: what changed → signals, linters, a model → places → ranked. Nothing is written anywhere."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from swe_agent.core.errors import AnswerIsNo, RepositoryError, UsageError
from swe_agent.core.usage import Spent
from swe_agent.repo import compare
from swe_agent.repo.compare import Compared
from swe_agent.repo.git import Checkout, Git
from swe_agent.repo.ranges import ALONE, Range, parent_of, range_of
from swe_agent.review import signals
from swe_agent.review.anchor import Anchors
from swe_agent.review.change import NOTHING, Around, Mention, Reviewed
from swe_agent.review.diff_index import DiffIndex, FileDiff, NotAPatch, read_diff
from swe_agent.review.findings import Finding
from swe_agent.review.identity import told_of
from swe_agent.review.rank import Wanted, ranked
from swe_agent.review.result import EXCLUDED, SIGNALS, Check, Covered, Review

Kind = Literal["", "commits", "staged", "work tree", "patch"]
_WORD = re.compile(r"\w+")
UPSTREAMS = ("@{upstream}", "origin/HEAD", "origin/main", "origin/master", "main", "master")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be reviewed; of no kind: what is not committed, or where nothing is, what the branch has of its
    own."""

    kind: Kind = ""
    typed: str = ""
    patch: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`where` is how git is asked about the rest of the head; None where there is no rest."""

    compared: Compared
    reviewed: Reviewed
    called: str
    where: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    """Files that the settings leave out: nobody looks at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """By one that looks at changes."""

    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    coverage: Mapping[str, Covered] = field(default_factory=dict)
    """Of files that it did not look at whole."""
    spent: Spent = field(default_factory=Spent)


Looks = Callable[[Change], Said]


def review(change: Change, looks: Sequence[Looks], wanted: Wanted) -> Review:
    """Ask all of them, and put together what they say."""
    said = [look(change) for look in looks]
    return concluded(change, said, wanted)


def concluded(change: Change, said: Sequence[Said], wanted: Wanted) -> Review:
    reviewed = change.reviewed
    anchors = Anchors(reviewed)
    found = [(finding, anchors.of(finding)) for one in said for finding in one.findings]
    rank = ranked(found, wanted)
    rows = [*rank.told, *(one for one, _ in rank.folded), *(one for one, _ in rank.left)]
    told = told_of(rows, reviewed.line)
    lines, fold = len(rank.told), len(rank.told) + len(rank.folded)
    return Review(
        base=change.compared.base,
        head=change.compared.head,
        told=tuple(told[:lines]),
        folded=tuple((one, why) for one, (_, why) in zip(told[lines:fold], rank.folded, strict=True)),
        left=tuple((one, why) for one, (_, why) in zip(told[fold:], rank.left, strict=True)),
        coverage=(
            *_covered(reviewed.index.files, said),
            *(Covered(path=path, state="skipped", why=EXCLUDED) for path in change.excluded),
        ),
        checks=tuple(check for one in said for check in one.checks),
        spent=_total(one.spent for one in said),
    )


def _covered(files: Iterable[FileDiff], said: Sequence[Said]) -> Iterable[Covered]:
    """What was looked at least of a file counts."""
    order = ("skipped", "partial", "full")
    for file in files:
        told = [one.coverage[file.path] for one in said if file.path in one.coverage]
        yield min(told, key=lambda one: order.index(one.state), default=Covered(path=file.path, state="full"))


def _total(spent: Iterable[Spent]) -> Spent:
    total = Spent()
    for one in spent:
        total = Spent(usage=total.usage + one.usage, cost=total.cost + one.cost, calls=total.calls + one.calls)
    return total


def deterministic(change: Change) -> Said:
    """All signals. Of a file without contents they have what the diff shows."""
    reviewed = change.reviewed
    with _seldom_collected():
        findings = [finding for signal in signals.SIGNALS.values() for finding in signal(reviewed)]
    coverage: dict[str, Covered] = {}
    for file in reviewed.index.files:
        if file.is_binary:
            coverage[file.path] = Covered(path=file.path, state="skipped", why="it is no text")
        elif file.new is not None and file.hunks and ("right", file.new) not in reviewed.contents:
            why = _why_not_whole(change, file.new)
            coverage[file.path] = Covered(path=file.path, state="partial", why=f"{why}: only what the diff shows")
    return Said(findings=tuple(findings), checks=(Check(name=SIGNALS, state="ran"),), coverage=coverage)


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Rows and symbols by the ten thousand, of which none is garbage: to look for it takes a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 100_000), *before[1:]) if before[0] else None
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _why_not_whole(change: Change, path: str) -> str:
    kind = _KINDS.get(change.compared.modes.get(path, ""))
    if kind is not None:
        return f"it is a {kind}"
    return "its whole text is not at hand" if change.where is None else "it is too large, or no regular file"


_KINDS = {compare.LINK: "symbolic link", compare.SUBMODULE: "submodule"}


def without(change: Change, patterns: Sequence[str]) -> Change:
    """The change but for files that such a pattern names, or that lie in a folder that one names."""
    files = change.reviewed.index.files
    meant = [one for pattern in patterns for one in (pattern, f"{pattern.rstrip('/')}/*")]
    out = tuple(file.path for file in files if any(fnmatchcase(file.path, pattern) for pattern in meant))
    if not out:
        return change
    index = DiffIndex(tuple(file for file in files if file.path not in out))
    return replace(change, reviewed=replace(change.reviewed, index=index), excluded=out)


# ---- what is to be reviewed


def change_of(git: Git, checkout: Checkout, scope: Scope) -> Change:
    """AnswerIsNo where there is nothing to review."""
    compared, called, where = _compared(git, checkout, scope)
    change = changed(compared, called, around=project(git, where), where=where)
    if not change.reviewed.index.files:
        raise AnswerIsNo(f"nothing is changed: {called}", hint="`swe-agent review RANGE` reviews commits")
    return change


def changed(
    compared: Compared, called: str, *, around: Around = NOTHING, where: tuple[str, ...] | None = None
) -> Change:
    """UsageError for a patch that is none."""
    try:
        index = read_diff(compared.patch)
    except NotAPatch as error:
        raise UsageError(f"this is no patch of git's: {error}", hint="`git diff` makes one") from error
    return Change(
        compared=compared, reviewed=Reviewed(index, compared.contents, around), called=called, where=where
    )  # fmt: skip


def between(git: Git, base: str, head: str) -> Change:
    """Of two commits that are named by somebody else, from where they parted. UsageError where one is not here."""
    found = range_of(git, f"{base}...{head}")
    assert found is not None
    return changed(
        compare.commits(git, found.base, found.head), f"{base[:12]}...{head[:12]}",
        around=project(git, (found.head,)), where=(found.head,),
    )  # fmt: skip


def of_patch(patch: bytes) -> Change:
    """That came without its project."""
    return changed(Compared(base="", head="", patch=patch, contents={}), "the patch")


def _compared(git: Git, checkout: Checkout, scope: Scope) -> tuple[Compared, str, tuple[str, ...]]:
    head = checkout.head or ""
    if scope.kind == "staged":
        return compare.staged(git, head), "what is staged", ("--cached",)
    if scope.kind == "work tree":
        return compare.work_tree(git, checkout.top, head), "what is not committed", ()
    if scope.kind == "commits":
        found = range_of(git, scope.typed)
        if found is None:
            raise UsageError(f"`{scope.typed}` is no range of commits", hint="such as `main..topic`, or a branch")
        if found.base == found.head:
            raise _nothing_of_its_own(found)
        return compare.commits(git, found.base, found.head), scope.typed, (found.head,)
    dirty = compare.work_tree(git, checkout.top, head)
    if dirty.patch or not head:
        return dirty, "what is not committed", ()
    base = _left_at(git, head)
    return compare.commits(git, base, head), "the commits of this branch", (head,)


def _nothing_of_its_own(found: Range) -> AnswerIsNo:
    alone = f"`swe-agent review {found.until}{ALONE}` reviews that commit alone"
    if found.since == found.until:
        return AnswerIsNo(f"nothing lies between {found.since} and itself", hint=alone)
    return AnswerIsNo(
        f"{found.until} has no commit that {found.since} lacks",
        hint=f"`swe-agent review {found.until}..{found.since}` reviews what came after it; {alone}",
    )


def _left_at(git: Git, head: str) -> str:
    """Where the branch left the one that it is to come back to. AnswerIsNo where it has nothing of its own."""
    for upstream in UPSTREAMS:
        base = git.text("merge-base", upstream, head, check=False)
        if base and base != head:
            return base
    hint = f"`swe-agent review HEAD{ALONE}` reviews the last commit"
    try:
        parent_of(git, head)
    except RepositoryError as error:
        hint = f"{error.hint}; then {hint}"
    raise AnswerIsNo("nothing is uncommitted, and this branch has no commits of its own", hint=hint)


def project(git: Git, where: tuple[str, ...]) -> Around:
    """All of a state that git knows: a commit or tree, the index (`--cached`), or the work tree."""
    return _Project(git, where)


class _Project:
    """The rest of the head, asked of git when somebody wants it."""

    def __init__(self, git: Git, where: tuple[str, ...]) -> None:
        self._git = git
        self._where = where

    def paths(self) -> Sequence[str]:
        return self._paths

    @cached_property
    def _paths(self) -> Sequence[str]:
        return compare.paths(self._git, self._where)

    def mentions(self, words: Collection[str]) -> Mapping[str, Sequence[Mention]]:
        found: dict[str, list[Mention]] = {word: [] for word in words}
        known = set(words)
        for one in compare.lines_with(self._git, sorted(words), self._where):
            for word in known.intersection(_WORD.findall(one.text)):
                found[word].append(Mention(one.path, one.line, one.text))
        return found

    def lines(self, path: str) -> Sequence[str]:
        return compare.lines_of(self._git, path, self._where)
