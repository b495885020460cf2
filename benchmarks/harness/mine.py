#!/usr/bin/env python3
"""Bug-fix commits of well-known repositories as a gold set: a message is a task, the files it changed the answer.

    python benchmarks/harness/mine.py --repositories DIR >benchmarks/data/mined.jsonl

DIR holds bare git directories, `owner+name/repo`. Only the list of commits is kept here; messages and paths are read
from git when they are needed. A commit counts when it is no merge, its subject says that it mends something and says
what in at least four words, it changes one to three source files of the language that its parent has already, adding
and removing none, and the parent has at least FEWEST of them: to find one among thirty is no task. At most
PER_REPOSITORY of each, spread over its history.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.harness.trees import find_repository, git, is_source

SEED, PER_REPOSITORY, MOST_FILES, MOST_SOURCES, FEWEST = 5, 80, 12, 3, 100
LONGEST = 6_000
REPOSITORIES = {
    "typescript": ("eslint/eslint", "vuejs/core", "prettier/prettier", "google-gemini/gemini-cli"),
    "go": ("gohugoio/hugo", "caddyserver/caddy", "helm/helm"),
    "rust": ("tokio-rs/tokio", "rust-lang/cargo", "clap-rs/clap"),
    "java": ("netty/netty", "FasterXML/jackson-databind", "mockito/mockito"),
    "ruby": ("rubocop/rubocop", "fluent/fluentd", "fastlane/fastlane"),
    "php": ("composer/composer", "sebastianbergmann/phpunit", "doctrine/orm"),
}
_MENDS = re.compile(r"\b(fix(e[sd]|ing)?|bugs?|issues?|crash(e[sd]|ing)?|regressions?)\b", re.IGNORECASE)
_NO_DEFECT = re.compile(
    r"^\W*(partially )?(docs?|chore|ci|build|tests?|style|refactor|revert|release|bump|merge|website|site|examples?)\b"
    r"|\b(typos?|lint(er|ing|s)?|flaky|spelling|whitespace|indentation|readme|changelog|java-?docs?|godocs?|rustdocs?"
    r"|comments?|code ?style|formatting|copyright|dependenc(y|ies)|deps|rubocop offen[cs]es?|php-cs-fixer|cs fix(es)?"
    r"|travis|(failing|broken) (\w+ ){0,2}(tests?|links?)"
    r"|(fix(e[sd])?|broken) (the )?(tests?|builds?|docs?|documentation|links?|ci|specs?|examples?|warnings?))\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"https?://\S+"
    r"|[(\[]*(\b(fix(e[sd])?|close[sd]?|resolve[sd]?|see|refs?|issues?|bugs?|gh|pr|pull request)\b)?[ :]*"
    r"(\b[\w.-]+/[\w.-]+)?[(\[]*#\d+[)\]]*|\bgh-\d+\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^\W*(fix|bug|bugfix|hotfix|fixes|fixed)?(\([^)]*\))?[!:\]]\s*", re.IGNORECASE)
_TRAILER = re.compile(r"^\s*[A-Z][A-Za-z]*(-[A-Za-z]+)+:.*$|^\s*(Cc|Change-Id|PiperOrigin-RevId):.*$", re.MULTILINE)
_BOILERPLATE = frozenset(
    [
        "fix",
        "fixes",
        "fixed",
        "fixing",
        "bug",
        "bugs",
        "issue",
        "issues",
        "a",
        "an",
        "the",
        "in",
        "of",
        "for",
        "to",
        "and",
        "on",
        "with",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Fix:
    commit: str
    message: str
    files: tuple[str, ...]


def task_of(message: str) -> str:
    """What a message tells of the defect: without trailers and references, which lead elsewhere."""
    text = _REFERENCE.sub(" ", _TRAILER.sub("", message))
    text = re.sub(r" ?\n", "\n", re.sub(r"[ \t]+", " ", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()[:LONGEST]


def mends(subject: str) -> bool:
    """Whether it says that something was mended in the program, however shortly."""
    return _MENDS.search(subject) is not None and _NO_DEFECT.search(subject) is None


def is_descriptive(subject: str) -> bool:
    """Whether it says that something was mended in the program, and what, in at least four words.

    >>> is_descriptive("Fix #12"), is_descriptive("fix(core): keep the order of hooks when one throws")
    (False, True)
    """
    if not mends(subject):
        return False
    words = re.findall(r"[^\W\d_]{2,}", _PREFIX.sub("", _REFERENCE.sub(" ", subject)))
    return sum(word.lower() not in _BOILERPLATE for word in words) >= 4


def read(repository: Path, language: str, *selection: str) -> Iterator[Fix]:
    """Commits with the source files of the language that each modifies; those that add or remove some are left out."""
    form = "--format=%x02%H%x00%B%x00"
    argv = ["log", "--no-merges", "--no-renames", "--name-status", "-z", "--encoding=UTF-8", form, *selection]
    for record in git(repository, *argv).decode("utf-8", "replace").split("\x02")[1:]:
        commit, message, *rest = record.split("\0")
        names = [item.strip("\n") for item in rest if item.strip("\n")]
        changed = list(zip(names[::2], names[1::2], strict=True))
        sources = [(status, path) for status, path in changed if is_source(path, language)]
        if len(changed) <= MOST_FILES and 0 < len(sources) <= MOST_SOURCES and all(s == "M" for s, _ in sources):
            yield Fix(commit=commit, message=message, files=tuple(path for _, path in sources))


def mine(repository: Path, language: str) -> list[str]:
    """The chosen commits of a repository, the oldest first: one of each stretch of the history."""
    fixes = [fix for fix in read(repository, language, "HEAD") if is_descriptive(fix.message.split("\n", 1)[0])]
    fixes = [fix for fix in reversed(fixes) if _sources(repository, fix.commit, language) >= FEWEST]
    dice = random.Random(SEED)
    wanted = min(PER_REPOSITORY, len(fixes))
    edges = [round(n * len(fixes) / wanted) for n in range(wanted + 1)] if wanted else []
    return [fixes[dice.randrange(low, high)].commit for low, high in pairwise(edges)]


def _sources(repository: Path, commit: str, language: str) -> int:
    names = git(repository, "ls-tree", "-r", "-z", "--name-only", f"{commit}^").decode("utf-8", "replace").split("\0")
    return sum(is_source(name, language) for name in names)


def names_a_file(text: str, files: tuple[str, ...]) -> bool:
    """Whether a changed file's name stands in the text: the base name, or a stem of five letters or more as a word."""
    low = text.lower()
    for path in files:
        name = path.rsplit("/", 1)[-1].lower()
        stem = name.split(".", 1)[0]
        if name in low or (len(stem) >= 5 and re.search(rf"(?<!\w){re.escape(stem)}(?!\w)", low)):
            return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", metavar="DIR", type=Path, required=True)
    options = parser.parse_args()
    for language, names in REPOSITORIES.items():
        for name in names:
            repository = find_repository(options.repositories, name)
            if repository is None:
                print(f"mine: no {name} in {options.repositories}", file=sys.stderr)
                return 3
            commits = mine(repository, language)
            print(f"{language:12} {name:28} {len(commits)}", file=sys.stderr, flush=True)
            for commit in commits:
                print(json.dumps({"repository": name, "commit": commit, "language": language}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
