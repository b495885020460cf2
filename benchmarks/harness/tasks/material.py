"""What a task is made of: its tree as files, the gold patch, the tests, the statement; from bare repositories and from
source releases, and never on disk where an agent could look."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness.releases import Pair, fetch
from benchmarks.harness.tasks import patches
from benchmarks.harness.tasks.load import Task
from benchmarks.harness.trees import contents, find_repository, git, is_test

OLDEST_BELIEVED = 1_100_000_000
"""Times in an archive before this are what build tools put there in the place of one."""
REPRODUCIBLE = 1_580_601_600
"""What one of them puts there for the same reason, and is not old."""
LINK = b"120000"


class Missing(Exception):
    """The repository or the release is not to be had here; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A whole task. `lay` writes its tree, which has no history, into an empty folder."""

    task: Task
    lay: Callable[[Path], None]
    version: str
    """Of the project at that commit, for builds that ask version control for it."""


def gather(task: Task, repositories: Path | None, releases: Path) -> Material:
    """Everything that is still to be read of a task. Raises Missing."""
    if task.source == "made":
        return Material(task=task, lay=lambda folder: patches.write(folder, _encoded(task.files)), version="1.0")
    if task.source == "release":
        return _of_releases(task, releases)
    repository = find_repository(repositories, task.repository) if repositories else None
    if repositories and repository is None:
        tail = "+" + task.repository.replace("/", "__")
        repository = next((path / "repo" for path in sorted(repositories.glob(f"*{tail}"))), None)
    if repository is None:
        raise Missing(f"the repository {task.repository}: name a folder of bare ones with --repositories")
    whole = _mined(task, repository) if not task.gold else task
    return Material(
        task=whole, lay=lambda folder: _lay(repository, task.base, folder), version=_version(repository, task.base)
    )


def _encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


def _mined(task: Task, repository: Path) -> Task:
    """The commit that fixed it, parted into tests and all else; what it says is the statement."""
    patch = git(repository, *patches.DIFF, task.base, task.fix)
    message = git(repository, "log", "-1", "--format=%B", task.fix).decode(errors="replace").strip()
    return dataclasses.replace(
        task,
        statement=message,
        gold=patches.without(patch, task.test_files),
        test_patch=patches.only(patch, task.test_files),
    )


def _lay(repository: Path, commit: str, folder: Path) -> None:
    """As `git archive` does, but whole: that leaves out what attributes call `export-ignore`, tests among it. Blobs
    that the repository lacks, being too large for it, are left out as well."""
    rows = []
    for row in git(repository, "ls-tree", "-r", "-l", "-z", commit).split(b"\0"):
        head, _, path = row.partition(b"\t")
        if head.startswith((b"100", LINK)) and not head.endswith(b"BAD"):
            mode, _, oid, _ = head.split()
            rows.append((mode, path, oid.decode()))
    for (mode, path, _), content in zip(rows, contents(repository, [oid for *_, oid in rows]), strict=True):
        place = folder / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if mode == LINK:
            place.symlink_to(os.fsdecode(content))
            continue
        place.write_bytes(content)
        place.chmod(0o755 if mode == b"100755" else 0o644)


def _version(repository: Path, commit: str) -> str:
    """The last tag that reads as a version, and one more: what `setuptools_scm` would say, without a local part."""
    try:
        said = git(repository, "describe", "--tags", "--abbrev=0", commit).decode().strip()
    except subprocess.CalledProcessError:
        return "999.0"
    return said.rpartition("/")[2].lstrip("vV").removesuffix(".dev0") if any(map(str.isdigit, said)) else "999.0"


def _of_releases(task: Task, cache: Path) -> Material:
    pair = Pair(registry="pypi", package=task.repository, old=task.base, new=task.fix)
    found = next(iter(fetch([pair], cache)), None)
    if found is None:
        raise Missing(
            f"the releases {task.base} and {task.fix} of {task.repository}: the package index has to be reached"
        )
    old, new = (dict(_members(archive)) for archive in found[1:])
    tests = {path: content for path, content in new.items() if is_test(path) or path in task.test_files}
    base = {path: content for path, content in old.items() if path not in tests} | tests
    code = {path for path in old.keys() | new.keys() if _is_code(path) and path not in tests and not is_test(path)}
    gold = patches.between(
        {path: content for path, content in old.items() if path in code},
        {path: content for path, content in new.items() if path in code},
    )
    whole = dataclasses.replace(task, gold=gold, date=_day(found[2]))
    return Material(task=whole, lay=lambda folder: patches.write(folder, base), version=task.base)


def _is_code(path: str) -> bool:
    top = path.partition("/")[0]
    return path.endswith((".py", ".pyi", ".txt", ".json")) and "/" in path and top not in ("docs", "doc", "bin") \
        and ".egg-info/" not in path and "requirements" not in path  # fmt: skip


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            path = member.name.removeprefix("./").partition("/")[2]
            if member.isreg() and path and ".." not in path.split("/"):
                content = tar.extractfile(member)
                assert content is not None
                yield path, content.read()


def _day(archive: Path) -> str:
    """When a release was made: the newest time in it, "" where there are only made-up ones."""
    with tarfile.open(archive, "r:gz") as tar:
        newest = max((member.mtime for member in tar if _is_believed(member.mtime)), default=0)
    return datetime.fromtimestamp(newest, tz=UTC).date().isoformat() if newest else ""


def _is_believed(seconds: float) -> bool:
    return seconds > OLDEST_BELIEVED and seconds != REPRODUCIBLE
