"""Throwaway clones that borrow the objects of a bare repository, and commits in them with changed files.

Nothing is written into the repository itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.harness.trees import ENVIRONMENT, git

_AUTHOR = {
    f"GIT_{who}_{what}": said
    for who in ("AUTHOR", "COMMITTER")
    for what, said in (("NAME", "nobody"), ("EMAIL", "nobody@localhost"), ("DATE", "1700000000 +0000"))
}
LARGEST_COMMIT = 40
"""Files of a commit that is taken."""


def borrowed(repository: Path, folder: Path) -> Path:
    """A bare repository in the folder that has all objects of the other."""
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], env=ENVIRONMENT, check=True)
    objects = git(repository, "rev-parse", "--path-format=absolute", "--git-path", "objects").decode().strip()
    (folder / "objects/info/alternates").write_text(f"{objects}\n", encoding="utf-8")
    return folder


def commits(repository: Path, start: str, skip: int, wanted: int) -> list[str]:
    """First parents that are no merges, have a parent and change a few files that people write."""
    found: list[str] = []
    said = git(repository, "log", "--first-parent", "--no-merges", "--min-parents=1", f"--skip={skip}",
               "--format=%x02%H", "--name-only", f"--max-count={wanted * 4}", start)  # fmt: skip
    for record in said.decode("utf-8", "replace").split("\x02")[1:]:
        id_, *paths = record.split()
        if 0 < len(paths) <= LARGEST_COMMIT and len(found) < wanted:
            found.append(id_)
    return found


@dataclass(frozen=True)
class Commit:
    """A commit of a clone, read as it is asked for."""

    clone: Path
    id: str
    _read: dict[tuple[str, str], bytes | None] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"{self.id}^"

    def paths(self) -> list[str]:
        said = git(self.clone, "ls-tree", "-r", "-z", self.id).decode("utf-8", "surrogateescape").split("\0")
        return [row.partition("\t")[2] for row in said if row.startswith("100")]

    def changed(self) -> list[str]:
        said = git(self.clone, "diff", "--name-only", "-z", "--no-renames", self.base, self.id)
        return [path for path in said.decode("utf-8", "surrogateescape").split("\0") if path]

    def text(self, path: str, *, at_base: bool = False) -> str | None:
        """None where the file is not there, or is no UTF-8."""
        key = (self.base if at_base else self.id, path)
        if key not in self._read:
            argv = ["git", "--git-dir", str(self.clone), "cat-file", "blob", f"{key[0]}:{path}"]
            done = subprocess.run(argv, env=ENVIRONMENT, stdout=-1, stderr=subprocess.DEVNULL)
            self._read[key] = done.stdout if done.returncode == 0 else None
        data = self._read[key]
        try:
            return data.decode("utf-8") if data is not None else None
        except UnicodeDecodeError:
            return None

    def grep(self, word: str) -> list[tuple[str, int, str]]:
        """Path, line and text of all lines with the word."""
        argv = ["git", "--git-dir", str(self.clone), "grep", "-n", "-I", "-z", "-w", "-F", "-e", word, self.id]
        said = subprocess.run(argv, env=ENVIRONMENT, stdout=-1, stderr=-1).stdout.decode("utf-8", "replace")
        rows = [row.split("\0", 2) for row in said.split("\n") if row.count("\0") >= 2]
        return [(path.partition(":")[2], int(line), text) for path, line, text in rows]

    def with_files(self, files: Mapping[str, str]) -> str:
        """The id of the same commit with these files."""
        index = {"GIT_INDEX_FILE": str(self.clone / "index.seeded")}
        git(self.clone, "read-tree", self.id, env=index)
        for path, text in files.items():
            argv = ["git", "--git-dir", str(self.clone), "hash-object", "-w", "--stdin"]
            blob = subprocess.run(argv, input=text.encode("utf-8"), env=ENVIRONMENT, stdout=-1, check=True).stdout
            git(self.clone, "update-index", "--add", "--cacheinfo", f"100644,{blob.decode().strip()},{path}", env=index)
        tree = git(self.clone, "write-tree", env=index).decode().strip()
        parent = git(self.clone, "rev-parse", self.base).decode().strip()
        return git(self.clone, "commit-tree", tree, "-p", parent, "-m", "seeded", env=_AUTHOR).decode().strip()
