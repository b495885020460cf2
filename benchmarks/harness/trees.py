"""Bare git repositories read without a work tree: paths, blobs, messages; and what is told by a path alone.

Only the standard library and git: peers run this in environments of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = {
    "python": (".py",),
    "typescript": (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue"),
    "go": (".go",),
    "rust": (".rs",),
    "java": (".java",),
    "ruby": (".rb",),
    "php": (".php",),
}
_TEST_FOLDERS = frozenset({"test", "tests", "spec", "specs", "__tests__", "testdata", "testing", "fixtures", "e2e"})
_TEST_NAME = re.compile(
    r"^(test_.*|tests?|conftest)\.\w+$|_tests?\.\w+$|_spec\.rb$|\.(test|spec|bench)\.[cm]?[jt]sx?$"
    r"|(Test|Tests|TestCase|IT)\.(java|kt|php)$|^Test[A-Z]\w*\.(java|php)$"
)
_GENERATED = re.compile(
    r"\.min\.(js|css)$|\.pb\.go$|_pb2(_grpc)?\.py$|\.d\.ts$|(^|/)(dist|vendor|node_modules|third_party|generated)/"
    r"|_string\.go$|zz_generated"
)
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, kw_only=True)
class Blob:
    path: str
    oid: str
    size: int


def find_repository(directory: Path, repository: str) -> Path | None:
    """The bare git directory of `owner/name` below a directory of them, or of its small mirror where that is there."""
    for name in (repository.replace("/", "+"), "swe-bench+" + repository.replace("/", "__")):
        if (directory / name / "repo" / "HEAD").is_file():
            return directory / name / "repo"
    return None


def git(repository: Path, *arguments: str, env: dict[str, str] | None = None) -> bytes:
    argv = ["git", "--git-dir", str(repository), *arguments]
    return subprocess.run(argv, env={**ENVIRONMENT, **(env or {})}, stdout=-1, check=True).stdout


def blobs(repository: Path, commit: str) -> list[Blob]:
    """All regular files of a commit, in order of their paths. A repository may lack large ones: git calls those BAD."""
    found = []
    for row in git(repository, "ls-tree", "-r", "-l", "-z", commit).split(b"\0"):
        head, _, path = row.partition(b"\t")
        if head.startswith(b"100") and not head.endswith(b"BAD"):
            _, _, oid, size = head.split()
            found.append(Blob(path=path.decode("utf-8", "surrogateescape"), oid=oid.decode(), size=int(size)))
    return found


def contents(repository: Path, oids: Sequence[str]) -> Iterator[bytes]:
    """The bytes of blobs, in order."""
    argv = ["git", "--git-dir", str(repository), "cat-file", "--batch"]
    with subprocess.Popen(argv, env=ENVIRONMENT, stdin=-1, stdout=-1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for start in range(0, len(oids), 200):
            batch = oids[start : start + 200]
            process.stdin.write("".join(f"{oid}\n" for oid in batch).encode())
            process.stdin.flush()
            for _ in batch:
                size = int(process.stdout.readline().split()[2])
                yield process.stdout.read(size)
                process.stdout.read(1)
        process.stdin.close()


def is_test(path: str) -> bool:
    """Tests by their folder or name. `django/test/` is a product, as is any such folder that is not at the top."""
    *folders, name = path.split("/")
    inner = {folder.lower() for folder in folders} & _TEST_FOLDERS
    if path.startswith("django/test/") or (inner == {"testing"} and path.endswith(".py")):
        inner = set()
    return bool(inner) or _TEST_NAME.search(name) is not None


def is_source(path: str, language: str) -> bool:
    """A file of the language that people write and that is no test."""
    return path.endswith(EXTENSIONS[language]) and not is_test(path) and _GENERATED.search(path) is None
