"""What signals say of a change, and of what they keep silent."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import Side, read_diff
from swe_agent.review.findings import Finding
from swe_agent.review.signals import SIGNALS
from swe_agent.testing.repository import RepoBuilder

Files = Mapping[str, str]


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    return RepoBuilder(tmp_path / "project")


def reviewed(repo: RepoBuilder, before: Files, after: Files) -> Reviewed:
    for files in (before, after):
        repo.commit("state", {**dict.fromkeys(before), **files})
    argv = ["git", "-C", str(repo.path), "diff", "-M", "HEAD~1", "HEAD"]
    contents: dict[tuple[Side, str], bytes] = {
        **{("left", path): text.encode() for path, text in before.items()},
        **{("right", path): text.encode() for path, text in after.items()},
    }
    return Reviewed(read_diff(subprocess.run(argv, capture_output=True, check=True).stdout), contents)


def said(repo: RepoBuilder, signal: str, before: Files, after: Files) -> list[tuple[str, int, str]]:
    return [(*place(one), one.rule) for one in SIGNALS[signal](reviewed(repo, before, after))]


def place(finding: Finding) -> tuple[str, int]:
    assert finding.anchor is not None
    assert finding.anchor.path == finding.path
    return finding.path, finding.anchor.first


KEY = "AKIA" + "IOSFODNN7EXAMPLQ"


def test_secrets_on_lines_that_came(repo: RepoBuilder) -> None:
    before = {"a.py": "x = 1\n", "old.py": f"K = '{KEY}'\n"}
    after = {"a.py": f"x = 1\nkey = '{KEY}'\n", "old.py": f"# moved\nK = '{KEY}'\n"}
    change = reviewed(repo, before, after)
    found = list(SIGNALS["secrets"](change))
    assert [(*place(one), one.rule) for one in found] == [("a.py", 2, "secret/aws-access-key-id")]
    assert KEY not in repr(found)


def test_conflicts_are_told_whole_and_headings_are_none(repo: RepoBuilder) -> None:
    text = "a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\nd\n"
    heading = "Title\n=======\n\ntext\n"
    assert said(repo, "conflicts", {"a.txt": "a\nd\n"}, {"a.txt": text, "b.md": heading}) == [
        ("a.txt", 2, "conflict-marker")
    ]


def test_new_syntax_errors_alone(repo: RepoBuilder) -> None:
    before = {"a.py": "x = 1\n", "broken.js": "f(;\n"}
    after = {"a.py": "x = 1\ndef f(:\n    pass\n", "broken.js": "f(;\n// more\n"}
    assert said(repo, "syntax errors", before, after) == [("a.py", 2, "syntax-error")]


@pytest.mark.parametrize(
    ("path", "line", "is_left"),
    [
        ("a.py", "    breakpoint()", True),
        ("a.py", "import pdb; pdb.set_trace()", True),
        ("a.py", "    print(total)", False),
        ("a.py", "    # breakpoint() here would do", False),
        ("a.test.ts", "describe.only('x', () => {})", True),
        ("a.test.ts", "describe('only', () => {})", False),
        ("a.js", "  debugger;", True),
        ("a.rs", "    let x = dbg!(y);", True),
        ("a.go", "\tfmt.Println(x)", False),
        ("notes.md", "    breakpoint()", False),
    ],
)
def test_leftovers(repo: RepoBuilder, path: str, line: str, is_left: bool) -> None:
    found = said(repo, "leftovers", {path: "\n"}, {path: f"\n{line}\n"})
    assert found == ([(path, 2, "leftover")] if is_left else [])
