"""Linters of the repository, run in the sandbox at both ends of a change, with the settings of the base."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from swe_agent.core.diff import FileEntry
from swe_agent.core.errors import EnvironmentLacks, SandboxMissing, SweAgentError
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.review import Change, Said
from swe_agent.review import diagnostics
from swe_agent.review.findings import Finding
from swe_agent.review.linters import LINTERS, SETTINGS, Linter, Reported, Unreadable, reported
from swe_agent.review.result import Check
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.programs import finder
from swe_agent.workspace.workspace import Ran, Workspace, tier_of

MOST_FILES = 400
"""That are named on one command line."""
SECONDS = 120.0
"""Of one run."""
OUTPUT = 20_000_000
"""Bytes of a report."""
NOT_HERE = "it is not installed here"
_NOT_FOUND = (126, 127)
Asked = tuple[Linter, Sequence[str]]


class _NotHere(Exception):
    """Not installed where it would run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linting:
    """`tier` is the sandbox that is required."""

    kit: Kit
    tier: str

    def __call__(self, change: Change) -> Said:
        """Every linter that the base has settings for, and of which changed files are."""
        top = self._top(change)
        base = self._settings(change, top)
        used: list[Asked] = [
            (one, paths) for one in LINTERS if one.is_used(base) and (paths := _paths(one, change, base))
        ]
        if not used:
            return Said()
        here = used
        try:
            here = self._perhaps_here(used, top)
            said = self._at_both_ends(here, change)
        except (SandboxMissing, EnvironmentLacks) as error:
            said = {linter.name: ([], _skipped(linter, _in_one_line(error))) for linter, _ in here}
        rows = [said.get(linter.name, ([], _skipped(linter, NOT_HERE))) for linter, _ in used]
        return Said(
            findings=tuple(finding for found, _ in rows for finding in found), checks=tuple(check for _, check in rows)
        )

    def _top(self, change: Change) -> frozenset[str]:
        """Names at the top of the base."""
        git, base = self.kit.place.git, change.compared.base
        return frozenset(git.text("ls-tree", "--name-only", "--full-tree", base).split("\n")) if base else frozenset()

    def _settings(self, change: Change, top: frozenset[str]) -> Mapping[str, str]:
        """Of the base: what the settings of linters may stand in."""
        git, base = self.kit.place.git, change.compared.base
        return {
            name: git.run("cat-file", "blob", f"{base}:{name}", check=False).decode("utf-8", "replace")
            for name in top & SETTINGS
        }

    def _perhaps_here(self, used: Sequence[Asked], top: frozenset[str]) -> list[Asked]:
        """Without those of which it is certain that they are not."""
        may_start = finder(
            self.kit.place.checkout.top, tier=tier_of(self.tier), rules=self.kit.tuning.sandbox, top=top
        )  # fmt: skip
        return [(linter, paths) for linter, paths in used if any(map(may_start, linter.ways))]

    def _at_both_ends(self, used: Sequence[Asked], change: Change) -> dict[str, tuple[list[Finding], Check]]:
        if not used:
            return {}
        with self._space(change) as space:
            return {linter.name: self._of(linter, paths, change, space) for linter, paths in used}

    @contextmanager
    def _space(self, change: Change) -> Iterator[_Space]:
        place = self.kit.place
        root = place.paths.box(f"review-{self.kit.time.new_id()}")
        box = JobBox.create(place.checkout.top, root, self.kit.time.clock, packs=place.paths.packs)
        try:
            base = change.compared.base
            space = Workspace.create(
                box, base, checkout=place.checkout.top, tier=tier_of(self.tier), rules=self.kit.tuning.sandbox,
                cancelled=self.kit.stop.is_set,
            )  # fmt: skip
            try:
                yield _Space(space, box.tree_of(base), _head_tree(box, change))
            finally:
                space.destroy()
        finally:
            shutil.rmtree(root, ignore_errors=True)

    def _of(self, linter: Linter, paths: Sequence[str], change: Change, space: _Space) -> tuple[list[Finding], Check]:
        index = change.reviewed.index
        old = [file.old for path in paths if (file := index.file(path)) is not None and file.old is not None]
        self.kit.voices.progress(f"running {linter.name} on the base and the head")
        try:
            before = _run(linter, [path for path in old if path.endswith(linter.endings)], space.base())
            after = _run(linter, paths, space.head())
        except _NotHere:
            return [], _skipped(linter, NOT_HERE)
        except Unreadable as error:
            return [], Check(name=linter.name, state="failed", why=str(error))
        found = list(diagnostics.findings(change.reviewed, linter.name, before, after))
        return found, Check(name=linter.name, state="ran", paths=tuple(paths))


@dataclass(frozen=True, slots=True)
class _Space:
    space: Workspace
    base_tree: str
    head_tree: str

    def base(self) -> Workspace:
        self.space.reset(self.base_tree)
        return self.space

    def head(self) -> Workspace:
        self.space.reset(self.head_tree)
        return self.space


def _head_tree(box: JobBox, change: Change) -> str:
    """The base with what was changed in it, but for the settings of linters."""
    base = box.files(box.tree_of(change.compared.base))
    entries: dict[str, FileEntry | None] = {}
    for file in change.reviewed.index.files:
        if file.old is not None and file.old != file.new and not _is_setting(file.old):
            entries[file.old] = None
        data = change.compared.contents.get(("right", file.new)) if file.new is not None else None
        if file.new is not None and data is not None and not _is_setting(file.new):
            mode = base[file.old].mode if file.old in base else "100644"
            entries[file.new] = FileEntry(mode=mode, id=box.write_blob(data))
    return box.tree_with(box.tree_of(change.compared.base), entries)


def _is_setting(path: str) -> bool:
    return posixpath.basename(path) in SETTINGS


def _paths(linter: Linter, change: Change, settings: Mapping[str, str]) -> list[str]:
    looks = linter.scope(settings)
    return [
        file.new
        for file in change.reviewed.index.files
        if file.new is not None
        and file.new.endswith(linter.endings)
        and looks(file.new)
        and ("right", file.new) in change.compared.contents
    ]


def _run(linter: Linter, paths: Sequence[str], space: Workspace) -> list[Reported]:
    """_NotHere, or Unreadable where it did not come to an end."""
    found: list[Reported] = []
    for first in range(0, len(paths), MOST_FILES):
        some = paths[first : first + MOST_FILES]
        ran = _started(linter, some, space)
        output = ran.output.decode("utf-8", "replace")
        if ran.status not in linter.clean:
            how = "it took too long" if ran.timed_out else f"it ended with status {ran.status}: {_last(output)}"
            raise Unreadable(how)
        found += reported(linter, output, some)
    return found


def _started(linter: Linter, paths: Sequence[str], space: Workspace) -> Ran:
    """A path that begins with `-` would be an option, so none does."""
    names = [f"./{path}" for path in paths]
    for way in linter.ways:
        ran = space.run([*way, *linter.arguments, *names], seconds=SECONDS, output_bytes=OUTPUT)
        missing = b"No module named" in ran.output and ran.status == 1 and len(way) > 1
        if ran.status not in _NOT_FOUND and not missing:
            return ran
    raise _NotHere


def _last(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"


def _in_one_line(error: SweAgentError) -> str:
    return next((line.strip() for line in error.message.splitlines() if line.strip()), "")


def _skipped(linter: Linter, why: str) -> Check:
    return Check(name=linter.name, state="skipped", why=why)
