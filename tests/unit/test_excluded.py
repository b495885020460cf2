"""Files and lines that stand in no figure of lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swe_agent.metrics.effective import is_effective, is_effective_bytes
from swe_agent.metrics.excluded import excluded, is_excluded
from swe_agent.repo.attributes import said_to_be_made
from swe_agent.repo.git import Git
from swe_agent.testing.repository import RepoBuilder

MADE = [
    "Cargo.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "poetry.lock",
    "composer.lock",
    "uv.lock",
    "Gemfile.lock",
    "go.sum",
    "bun.lockb",
    ".terraform.lock.hcl",
    "npm-shrinkwrap.json",
    "ios/Package.resolved",
    "gradle.lockfile",
    "web/app.min.js",
    "web/app.min.css",
    "web/app-min.js",
    "web/app.bundle.js",
    "web/app.js.map",
    "api/user_pb2.py",
    "api/user_pb2_grpc.pyi",
    "api/user.pb.go",
    "api/user.pb.h",
    "api/user_pb.js",
    "lib/user.g.dart",
    "lib/user.freezed.dart",
    "Form1.Designer.cs",
    "ui/Form1.designer.cs",
    "pkg/zz_generated.deepcopy.go",
    "pkg/mock_store.go",
    "tests/__snapshots__/a.ambr",
    "a.snap",
    "logo.svg",
    "App.xcodeproj/project.pbxproj",
    "locale/de/LC_MESSAGES/django.po",
    "node_modules/left-pad/index.js",
    "vendor/github.com/a/b.go",
    "third_party/zlib/a.c",
    "third-party/a.c",
    "dist/app.js",
    "venv/lib/a.py",
    "lib/python3.12/site-packages/a.py",
    "Pods/A/a.m",
    ".yarn/releases/yarn.cjs",
    "gradlew",
    "mvnw.cmd",
    "static/jquery.js",
    "static/jquery-3.7.1.js",
]
OURS = [
    "swe_agent/metrics/share.py",
    "src/lock.py",
    "src/locker.ts",
    "src/distribution/a.py",
    "distance.py",
    "vendoring.md",
    "external.py",
    "src/minify.js",
    "src/mint.js",
    "admin.js",
    "src/bundle.ts",
    "pb2.py",
    "snapshot.py",
    "svg.py",
    "go.mod",
    "package.json",
    "Cargo.toml",
    "pyproject.toml",
    "src/jquery_plugin.js",
    "mock.go",
]


@pytest.mark.parametrize("path", MADE)
def test_made_by_others(path: str) -> None:
    assert is_excluded(path)


@pytest.mark.parametrize("path", OURS)
def test_written_here(path: str) -> None:
    assert not is_excluded(path)


def test_attributes_go_before_names_in_both_directions(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "a repo")
    files = {
        "dist/ours.js": "1\n",
        "dist/theirs.js": "1\n",
        "src/é.py": "1\n",
        "src/plain.py": "1\n",
        "src/b\nc.py": "1\n",
    }
    attributes = 'src/é.py linguist-generated\n"src/b\\nc.py" linguist-vendored=true\ndist/ours.js -linguist-vendored\n'
    repo.commit("files", {**files, ".gitattributes": attributes})
    git = Git(repo.path / "src", {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    said = said_to_be_made(git, repo.path, files)
    assert said == {"src/é.py": True, "src/b\nc.py": True, "dist/ours.js": False}
    assert excluded(files, said) == {"dist/theirs.js", "src/é.py", "src/b\nc.py"}
    assert said_to_be_made(git, repo.path, []) == {}


def test_one_word_of_two_is_enough_to_be_made(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "repo")
    repo.commit("files", {"a.py": "1\n", ".gitattributes": "a.py linguist-generated=false linguist-vendored\n"})
    git = Git(repo.path, {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})
    assert said_to_be_made(git, repo.path, ["a.py"]) == {"a.py": True}


@pytest.mark.parametrize("line", ["", " \t", "}", "});", "    ) {", "# ---------", "fi", "a = ", "x=1", "«»«»«»"])
def test_lines_that_say_nothing(line: str) -> None:
    assert not is_effective(line)


@pytest.mark.parametrize("line", ["pass", "\treturn x", "été = 1", "数える()", "// why"])
def test_lines_that_count(line: str) -> None:
    assert is_effective(line)


@example("aaa\x1c")
@given(st.text(max_size=12) | st.text("ab=é \t(\x1c\x85\u3000", max_size=8))
def test_bytes_count_as_their_text_does(line: str) -> None:
    assert is_effective_bytes(line.encode("utf-8", "surrogatepass")) == is_effective(
        line.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    )
