"""Faults that are put into real commits, one kind an operator, each with where a review has to find it.

What an operator needs of a language it knows by itself, or by the outline of a file; none of it asks the signals.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.harness.review_clones import Commit
from swe_agent.core.source import Symbol
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.syntax.made_paths import is_generated, is_vendored
from swe_agent.syntax.parse import outline, parse

CODE = ("python", "javascript", "typescript", "tsx", "go", "rust", "java")
LONGEST = 150_000
TRIES = 25


@dataclass(frozen=True, kw_only=True)
class Seed:
    """`rules` are what its findings are called, or begin with. `lines` are of `side`; none where the file will do."""

    kind: str
    files: Mapping[str, str]
    rules: tuple[str, ...]
    path: str
    side: str = "right"
    lines: tuple[int, ...] = ()


Operator = Callable[[Commit, random.Random], Seed | None]


def sources(
    commit: Commit, dice: random.Random, languages: tuple[str, ...] = CODE, *, tests: bool = False
) -> Iterator[str]:
    """Files of code that are there at both ends, those that the commit changes first, half of the time."""

    def fits(path: str) -> bool:
        is_made = is_generated(path) or is_vendored(path) or path.endswith((".d.ts", ".pyi"))
        return language_of(path) in languages and not is_made and is_test_file(path) == tests

    paths = [path for path in commit.paths() if fits(path)]
    changed = [path for path in commit.changed() if path in set(paths)]
    if changed and dice.random() < 0.5:
        yield from dice.sample(changed, len(changed))
    for path in dice.sample(paths, min(len(paths), TRIES)):
        text = commit.text(path)
        if text and len(text) < LONGEST and commit.text(path, at_base=True):
            yield path


def lines_of(commit: Commit, path: str, *, at_base: bool = False) -> list[str]:
    return (commit.text(path, at_base=at_base) or "").split("\n")


def inserted(commit: Commit, path: str, after: int, new: list[str]) -> dict[str, str]:
    """The file with lines put in after a line, counted from 1."""
    lines = lines_of(commit, path)
    return {path: "\n".join([*lines[:after], *new, *lines[after:]])}


def functions_of(commit: Commit, path: str) -> list[Symbol]:
    rows = outline(path, commit.text(path) or "")
    return [row for row in rows if row.kind in ("function", "method") and row.span.end - row.span.start >= 3]


def _body(commit: Commit, path: str, function: Symbol) -> tuple[int, str] | None:
    """After which line its body begins, and how that is indented; None where that is not plain to see."""
    lines = lines_of(commit, path)
    opens = ":" if language_of(path) == "python" else "{"
    first = function.span.start
    while first <= function.span.end and lines[first - 1].lstrip().startswith(("@", "#[")):
        first += 1
    if first >= function.span.end or not lines[first - 1].rstrip().endswith(opens):
        return None
    below = lines[first]
    indent = below[: len(below) - len(below.lstrip())]
    own = lines[first - 1]
    if not below.strip() or len(indent) <= len(own) - len(own.lstrip()) or below.lstrip().startswith(('"', "'", "}")):
        return None
    return first, indent


def in_functions(
    commit: Commit, dice: random.Random, languages: tuple[str, ...] = CODE
) -> Iterator[tuple[str, Symbol, int, str]]:
    for path in sources(commit, dice, languages):
        functions = functions_of(commit, path)
        for function in dice.sample(functions, min(3, len(functions))):
            place = _body(commit, path, function)
            if place is not None:
                yield path, function, *place


def secret(commit: Commit, dice: random.Random) -> Seed | None:
    def some(count: int, signs: str = string.ascii_letters + string.digits) -> str:
        return "".join(dice.choices(signs, k=count))

    upper = string.ascii_uppercase + "234567"
    values = [
        f"AKIA{some(16, upper)}",
        f"ghp_{some(36)}",
        f"glpat-{some(20)}",
        f"sk_live_{some(24)}",
        f"AIza{some(35)}",
    ]
    for path, _, after, indent in in_functions(commit, dice):
        start = {"go": "token := ", "rust": "let token = ", "java": "String token = ", "python": "token = "}
        line = f'{indent}{start.get(language_of(path), "const token = ")}"{dice.choice(values)}"'
        return Seed(kind="secret", files=inserted(commit, path, after, [line]), rules=("secret/",), path=path,
                    lines=(after + 1,))  # fmt: skip
    return None


def conflict(commit: Commit, dice: random.Random) -> Seed | None:
    for path in sources(commit, dice):
        lines = lines_of(commit, path)
        at = dice.randrange(1, max(2, len(lines) - 2))
        new = ["<<<<<<< HEAD", lines[at - 1], "=======", f"{lines[at - 1]} ", ">>>>>>> topic"]
        return Seed(kind="conflict", files=inserted(commit, path, at, new), rules=("conflict-marker",), path=path,
                    lines=(at + 1,))  # fmt: skip
    return None


def syntax(commit: Commit, dice: random.Random) -> Seed | None:
    """A bracket is lost."""
    for path, function, after, _ in in_functions(commit, dice):
        parsed = parse(path, commit.text(path) or "")
        if parsed is None or parsed.root.has_error:
            continue
        lines = lines_of(commit, path)
        for at in range(after, function.span.end):
            line = lines[at]
            if re.search(r"\w\([\w, .]*\)", line) and not re.search(r"[\"'`#]|//|/\*|^\s*\*", line):
                lines[at] = re.sub(r"(\w\([\w, .]*)\)", r"\1", line, count=1)
                files = {path: "\n".join(lines)}
                return Seed(kind="syntax", files=files, rules=("syntax-error",), path=path, lines=(at + 1,))
    return None


BREAKPOINTS = {
    "python": ("breakpoint()", "import pdb; pdb.set_trace()", "import ipdb"),
    "javascript": ("debugger;",), "typescript": ("debugger;",), "tsx": ("debugger;",),
    "go": ("runtime.Breakpoint()",), "rust": ("dbg!(1);",), "java": ("error.printStackTrace();",),
}  # fmt: skip


def leftover(commit: Commit, dice: random.Random) -> Seed | None:
    for path, _, after, indent in in_functions(commit, dice):
        line = indent + dice.choice(BREAKPOINTS[language_of(path)])
        return Seed(kind="leftover", files=inserted(commit, path, after, [line]), rules=("leftover",), path=path,
                    lines=(after + 1,))  # fmt: skip
    return None


_CLAIM = re.compile(
    r"^\s*(?:self\.assert\w+\(.*\)|assert\b.*[^\\,(\[{]|expect\(.*\);?|assert\w*!?\(.*\);?|(?:assert|require)\.\w+\(.*\))$"
)


def claim_lost(commit: Commit, dice: random.Random) -> Seed | None:
    """A claim of a test is taken out."""
    for path in sources(commit, dice, tests=True):
        before = lines_of(commit, path, at_base=True)
        lines = lines_of(commit, path)
        places = [at for at, line in enumerate(before) if _CLAIM.match(line) and line.count("(") == line.count(")")]
        places = [at for at in places if before.count(before[at]) == 1 and lines.count(before[at]) == 1]
        if places:
            at = dice.choice(places)
            lines.remove(before[at])
            files = {path: "\n".join(lines)}
            return Seed(
                kind="claim lost", files=files, rules=("tests/weakened",), path=path, side="left", lines=(at + 1,)
            )
    return None


def skipped(commit: Commit, dice: random.Random) -> Seed | None:
    """A test is skipped."""
    marks = (
        (("python",), r"^(\s*)(?:async )?def test_", "{}@pytest.mark.skip"),
        (("javascript", "typescript", "tsx"), r"^(\s*)(?:it|test)\([\"'`]", ""),
        (("go",), r"^(\s*)func Test\w+\(\w+ \*testing\.T\) \{$", '{}\tt.Skip("later")'),
        (("rust",), r"^(\s*)#\[test\]$", "{}#[ignore]"),
        (("java",), r"^(\s*)@Test\b", "{}@Disabled"),
    )
    for path in sources(commit, dice, tests=True):
        lines, before = lines_of(commit, path), lines_of(commit, path, at_base=True)
        languages, pattern, mark = next(row for row in marks if language_of(path) in row[0])
        assert languages
        places = [at for at, line in enumerate(lines) if re.match(pattern, line) and line in before]
        if not places:
            continue
        at = dice.choice(places)
        indent = re.match(pattern, lines[at])
        assert indent is not None
        if mark:
            place = at if language_of(path) == "python" else at + 1
            lines.insert(place, mark.format(indent[1]))
        else:
            place = at
            lines[at] = re.sub(r"(it|test)\(", r"\1.skip(", lines[at], count=1)
        files = {path: "\n".join(lines)}
        return Seed(kind="skipped", files=files, rules=("tests/weakened",), path=path, lines=(place + 1,))
    return None


def test_lost(commit: Commit, dice: random.Random) -> Seed | None:
    """A whole test is taken out."""
    for path in sources(commit, dice, ("python", "go"), tests=True):
        if commit.text(path) != commit.text(path, at_base=True):
            continue
        tests = [row for row in functions_of(commit, path) if row.name.lower().startswith("test")]
        if tests:
            one = dice.choice(tests)
            lines = lines_of(commit, path)
            del lines[one.span.start - 1 : one.span.end]
            own = (one.span.start, one.span.end)
            files = {path: "\n".join(lines)}
            return Seed(kind="test lost", files=files, rules=("tests/weakened",), path=path, side="left", lines=own)
    return None


def bidi(commit: Commit, dice: random.Random) -> Seed | None:
    for path, _, after, indent in in_functions(commit, dice):
        mark = "#" if language_of(path) == "python" else "//"
        sign = dice.choice("\u202e\u202d\u2066\u2067\u202b")
        line = f"{indent}{mark} only for users {sign}who may"
        return Seed(kind="bidi", files=inserted(commit, path, after, [line]), rules=("characters/bidi",), path=path,
                    lines=(after + 1,))  # fmt: skip
    return None


def alike(commit: Commit, dice: random.Random) -> Seed | None:
    """A letter of a name is of another script."""
    letters = dict(zip("aeocpxyi", "аеосрхуі", strict=True))  # noqa: RUF001
    for path, function, after, _ in in_functions(commit, dice):
        lines = lines_of(commit, path)
        for at in range(after, function.span.end):
            found = re.search(r"^\s*(?:return )?\(?(\w{4,})[.(]", lines[at])
            letter = next((one for one in (found[1] if found else "")[1:] if one in letters), None)
            if found and letter:
                name = found[1][0] + found[1][1:].replace(letter, letters[letter], 1)
                lines[at] = lines[at].replace(found[1], name, 1)
                files = {path: "\n".join(lines)}
                return Seed(kind="alike", files=files, rules=("characters/mixed",), path=path, lines=(at + 1,))
    return None


def complexity(commit: Commit, dice: random.Random) -> Seed | None:
    for path, function, after, indent in in_functions(commit, dice):
        step, language = ("\t" if "\t" in indent else "    "), language_of(path)
        shapes = {
            "python": ("if retries == {0} and mode:", "limit = {0}", ""),
            "go": ("if retries == {0} && mode {{", "limit = {0}", "}}"),
            "rust": ("if retries == {0} && mode {{", "limit = {0};", "}}"),
        }
        head, body, tail = shapes.get(language, ("if (retries === {0} && mode) {{", "limit = {0};", "}}"))
        if language == "java":
            head = head.replace("===", "==")
        new: list[str] = []
        for number in range(dice.randrange(8, 12)):
            new += [indent + head.format(number), indent + step + body.format(number)]
            new += [indent + tail.format()] if tail else []
        if commit.text(path, at_base=True) and function.qualified in {
            row.qualified for row in outline(path, commit.text(path, at_base=True) or "")
        }:
            lines = (after + 1, after + len(new))
            return Seed(kind="complexity", files=inserted(commit, path, after, new), rules=("complexity",), path=path,
                        lines=lines)  # fmt: skip
    return None
