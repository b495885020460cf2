"""What a reader of a change should look at twice. Pure: changes and contents in, hazards out.

A hazard is not an error. Many a good change touches a lock file or a workflow, but none of these may be accepted
without a person having seen it.
"""

import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox import paths
from sandbox.screen import safe_text
from sandbox.tree import EXECUTABLE, GITLINK, SYMLINK, Change

Kind = Literal[
    "ci-config", "agent-config", "git-config", "lockfile", "build-script", "symlink", "symlink-escape", "gitlink",
    "mode-change", "binary", "bidi", "invisible", "control", "name", "huge", "nested-repository",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """`detail` is safe to show; `path` is as in the tree and must be screened first."""

    kind: Kind
    path: str
    detail: str


# Files that run, or decide what runs, outside of what the change seems to be about. Matched against the whole path in
# lower case; `(^|/)` where the file counts in any directory.
PATH_RULES: tuple[tuple[Kind, str, str], ...] = (
    ("ci-config", r"^\.github/(workflows|actions)/|^\.gitlab-ci|^\.gitlab/|^\.circleci/|^\.buildkite/", "runs on a server"),
    ("ci-config", r"^(jenkinsfile|azure-pipelines|bitbucket-pipelines|appveyor|\.travis|\.drone|\.woodpecker)", "runs on a server"),
    ("ci-config", r"(^|/)(\.pre-commit-(config|hooks)\.ya?ml|lefthook\.ya?ml|action\.ya?ml)$|^\.husky/", "runs on commit"),
    ("ci-config", r"^\.github/(dependabot|codeowners)|(^|/)codeowners$|^renovate\.json", "decides who reviews or updates"),
    ("agent-config", r"(^|/)(agents|claude|gemini|skill)\.md$|(^|/)\.(claude|codex|gemini|cursor|aider|continue)", "instructs an agent"),
    ("agent-config", r"(^|/)(\.mcp\.json|\.cursorrules|\.windsurfrules|\.swe-agent\.toml)$|^\.github/copilot", "instructs an agent"),
    ("agent-config", r"^\.(vscode|idea|devcontainer|zed|fleet)/", "is run by an editor"),
    ("git-config", r"(^|/)\.(gitattributes|gitmodules|gitconfig|gitignore|mailmap)$|(^|/)\.git-blame-ignore-revs$", "changes what git does"),
    ("lockfile", r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?)$", "decides what is installed"),
    ("lockfile", r"(^|/)(poetry|uv|pdm|pipfile|cargo|gemfile|composer|flake|mix|pubspec|pixi)\.lock$", "decides what is installed"),
    ("lockfile", r"(^|/)(go\.sum|requirements[^/]*\.txt|gradle\.lockfile|packages\.lock\.json|pylock[^/]*\.toml)$", "decides what is installed"),
    ("build-script", r"(^|/)(conftest|setup|noxfile|sitecustomize|usercustomize|manage|fabfile|tasks)\.py$", "is run by a tool"),
    ("build-script", r"\.pth$|(^|/)(pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini)$", "is read or run by a tool"),
    ("build-script", r"(^|/)(package\.json|makefile|gnumakefile|justfile|rakefile|gruntfile\.js|gulpfile\.js)$", "is run by a tool"),
    ("build-script", r"(^|/)(dockerfile|containerfile|docker-compose[^/]*\.ya?ml|compose\.ya?ml|vagrantfile)", "is run by a tool"),
    ("build-script", r"(^|/)(build\.rs|build\.gradle(\.kts)?|settings\.gradle(\.kts)?|pom\.xml|cmakelists\.txt|meson\.build|configure)$", "is run by a build"),
    ("build-script", r"(^|/)(\.npmrc|\.yarnrc(\.yml)?|\.pypirc|pip\.conf|\.envrc|\.env|\.tool-versions|\.cargo/config(\.toml)?)$", "configures a tool"),
    ("build-script", r"(^|/)[^/]*\.(config|rc)\.(js|cjs|mjs|ts)$|(^|/)\.[a-z]+rc\.(js|cjs)$", "is run by a tool"),
)  # fmt: skip

_COMPILED = tuple((kind, re.compile(pattern), why) for kind, pattern, why in PATH_RULES)

CONTENT_RULES: tuple[tuple[Kind, re.Pattern[str], str], ...] = (
    ("bidi", re.compile("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]"), "text direction is changed"),
    ("invisible", re.compile("[\u00ad\u200b-\u200d\u2060-\u2064\u3164\ufeff\U000e0000-\U000e01ef]"), "has characters that cannot be seen"),
    ("control", re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)"), "has control characters"),
)  # fmt: skip

_HUGE_BYTES = 1_000_000
_LONG_LINE = 20_000
_WINDOWS = re.compile(r'[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
_FILES = ("100644", EXECUTABLE)


def hazards(changes: Iterable[Change], read: Callable[[str], bytes]) -> tuple[Hazard, ...]:
    """All hazards of `changes`, in order of path; `read` gives the content of an object id."""
    listed = list(changes)
    found = [hazard for change in listed for hazard in _of_change(change, read)]
    found += _collisions(change.path for change in listed if change.status != "D")
    return tuple(sorted(found, key=lambda hazard: (hazard.path, KINDS.index(hazard.kind), hazard.detail)))


def _of_change(change: Change, read: Callable[[str], bytes]) -> Iterator[Hazard]:
    path = change.path
    yield from _of_path(path)
    if GITLINK in (change.old_mode, change.new_mode):
        yield Hazard(kind="gitlink", path=path, detail=f"submodule {change.old_id[:12]} to {change.new_id[:12]}")
    if change.status == "D":
        return
    yield from _of_name(path)
    if change.new_mode == SYMLINK:
        yield _of_link(path, read(change.new_id).decode("utf-8", "surrogateescape"))
    if change.old_mode != change.new_mode and (change.status != "A" or change.new_mode == EXECUTABLE):
        yield Hazard(kind="mode-change", path=path, detail=f"{change.old_mode} to {change.new_mode}")
    if change.new_mode in _FILES and change.new_id != change.old_id:
        old = read(change.old_id) if change.old_mode in _FILES else b""
        yield from _of_content(path, old, read(change.new_id))


def _of_path(path: str) -> Iterator[Hazard]:
    lower = path.lower()
    for kind, pattern, why in _COMPILED:
        if pattern.search(lower):
            yield Hazard(kind=kind, path=path, detail=why)


def _of_name(path: str) -> Iterator[Hazard]:
    if safe_text(path) != path or "\n" in path or "\t" in path:
        yield Hazard(kind="name", path=path, detail=f"control or undecodable characters: {safe_text(path)!r}")
    for part in path.split("/"):
        if paths.is_git_name(part):
            yield Hazard(kind="name", path=path, detail="is taken for a git directory by some file systems")
        elif _WINDOWS.search(part):
            yield Hazard(kind="name", path=path, detail="is not a name on every system")
        scripts = {script for character in part if (script := _script(character))}
        if len(scripts) > 1:
            yield Hazard(kind="name", path=path, detail=f"mixes {' and '.join(sorted(scripts))} letters")


def _script(character: str) -> str:
    """LATIN, CYRILLIC, GREEK or ARMENIAN: the scripts whose letters are mistaken for one another."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return first if first in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH") else ""


def _of_link(path: str, target: str) -> Hazard:
    base = posixpath.join("/root", posixpath.dirname(path))
    end = posixpath.normpath(posixpath.join(base, target))
    inside = not target.startswith("/") and (end == "/root" or end.startswith("/root/"))
    into_git = any(paths.is_git_name(part) for part in end.split("/"))
    kind: Kind = "symlink" if inside and not into_git else "symlink-escape"
    return Hazard(kind=kind, path=path, detail=f"points to {safe_text(target)!r}")


def _of_content(path: str, old: bytes, new: bytes) -> Iterator[Hazard]:
    if len(new) > _HUGE_BYTES:
        yield Hazard(kind="huge", path=path, detail=f"{len(new)} bytes")
    if b"\0" in new[:8000]:
        yield Hazard(kind="binary", path=path, detail=f"{len(new)} bytes that are not text")
        return
    if len(new) <= _HUGE_BYTES and max(map(len, new.split(b"\n"))) > _LONG_LINE:
        yield Hazard(kind="huge", path=path, detail="a line too long to be read")
    before, after = old.decode("utf-8", "replace"), new.decode("utf-8", "replace")
    for kind, pattern, why in CONTENT_RULES:
        # What was there before is not this change's doing, unless there is more of it now.
        if len(pattern.findall(after)) > len(pattern.findall(before)):
            first = pattern.search(after)
            line = after.count("\n", 0, first.start()) + 1 if first else 0
            yield Hazard(kind=kind, path=path, detail=f"{why} (line {line})")


def _collisions(names: Iterable[str]) -> Iterator[Hazard]:
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[unicodedata.normalize("NFC", name).casefold()].append(name)
    for group in alike.values():
        for name in group if len(group) > 1 else ():
            others = ", ".join(safe_text(other) for other in sorted(group) if other != name)
            yield Hazard(kind="name", path=name, detail=f"is the same file as {others} where case does not count")
