"""What signals say of a change, and of what they keep silent."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from swe_agent.core import secrets
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import Side, read_diff
from swe_agent.review.findings import Finding, Severity
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


@dataclass(frozen=True)
class Project:
    """All of it."""

    files: Files

    def paths(self) -> list[str]:
        return list(self.files)

    def mentions(self, words: Collection[str]) -> dict[str, list[Mention]]:
        found: dict[str, list[Mention]] = {}
        for path, text in sorted(self.files.items()):
            for number, line in enumerate(text.splitlines(), 1):
                for word in set(re.findall(r"\w+", line)) & set(words):
                    found.setdefault(word, []).append(Mention(path, number, line))
        return found

    def lines(self, path: str) -> list[str]:
        return self.files.get(path, "").splitlines()


def said(
    repo: RepoBuilder, signal: str, before: Files, after: Files, *, around: Files | None = None
) -> list[tuple[str, int, str]]:
    """`around` is what the project has besides; the left side's lines are told as negative numbers."""
    change = reviewed(repo, before, after)
    whole = Reviewed(change.index, change.contents, Project({**(around or {}), **after}))
    return [(one.path, line(one), one.rule) for one in SIGNALS[signal](whole)]


def line(finding: Finding) -> int:
    if finding.anchor is None:
        return 0
    return finding.anchor.first if finding.anchor.side == "right" else -finding.anchor.first


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
        ("a.go", '\tfmt.Println("DEBUG here")', True),
        ("a.ts", "  console.log('DEBUG', x)", True),
        ("a.ts", "  console.log('debugging is on')", False),
        ("a.java", '    System.out.println("XXX " + x);', True),
        ("notes.md", "    breakpoint()", False),
    ],
)
def test_leftovers(repo: RepoBuilder, path: str, line: str, is_left: bool) -> None:
    found = said(repo, "leftovers", {path: "\n"}, {path: f"\n{line}\n"})
    assert found == ([(path, 2, "leftover")] if is_left else [])


TYPE = "type Dir = dict[str, int]\n"


def test_what_the_compiler_is_too_old_for_is_no_syntax_error(repo: RepoBuilder) -> None:
    after = {
        "a.py": TYPE,
        "b.js": "const debug = 1;\nexport {\n  debug as debugger,\n};\n",
        ".vscode/launch.json": '{"a": [1,]}\n',
    }
    assert said(repo, "syntax errors", dict.fromkeys(after, "\n"), after) == []


@pytest.mark.parametrize(
    ("path", "text", "rules"),
    [
        ("a.py", "# only \u202e users\n", ["characters/bidi"]),
        ("notes.md", "only \u2066 users\n", ["characters/bidi"]),
        ("a.py", "name = 'a\u200bb'\n", ["characters/invisible"]),
        ("a.js", "const us\u0435r = 1;\n", ["characters/mixed-scripts"]),
        ("a.py", "# \u043f\u0440\u0438\u0432\u0435\u0442 us\u0435r\n", []),
        ("a.py", "\u0394x = 1\n", []),
        ("a.py", "face = '\U0001f468\u200d\U0001f4bb'\n", []),
        ("locale/fa.po", 'msgstr "\u200f\u202e"\n', []),
    ],
)
def test_characters(repo: RepoBuilder, path: str, text: str, rules: list[str]) -> None:
    found = said(repo, "characters", {path: "\n"}, {path: f"\n{text}"})
    assert found == [(path, 2, rule) for rule in rules]


WORKFLOW = ".github/workflows/test.yml"


@pytest.mark.parametrize(
    ("path", "line", "rules"),
    [
        (WORKFLOW, "  contents: write", ["touches/runs", "workflow/permissions"]),
        (WORKFLOW, "permissions: write-all", ["touches/runs", "workflow/permissions"]),
        (WORKFLOW, "on: [push, pull_request_target]", ["touches/runs", "workflow/pull-request-target"]),
        (
            WORKFLOW,
            "      - run: curl -s https://x.example/i.sh | sudo bash",
            ["touches/runs", "workflow/fetched-and-run"],
        ),
        (WORKFLOW, "      - run: echo ${{ secrets.TOKEN }}", ["touches/runs", "workflow/secret-shown"]),
        (WORKFLOW, "      - run: echo ${{ github.event.issue.title }}", ["touches/runs", "workflow/injection"]),
        (WORKFLOW, "  contents: read", ["touches/runs"]),
        (WORKFLOW, "# pull_request_target would be worse", ["touches/runs"]),
        ("AGENTS.md", "Be kind.", ["touches/runs"]),
        ("docs/install.md", "curl -s https://x.example/i.sh | sh", []),
    ],
)
def test_servers(repo: RepoBuilder, path: str, line: str, rules: list[str]) -> None:
    assert [rule for _, _, rule in said(repo, "servers", {path: "a\n"}, {path: f"a\n{line}\n"})] == rules


PACKAGE = '{"dependencies": {\n"a": "^1.0"%s\n}}\n'


def test_dependencies(repo: RepoBuilder) -> None:
    before = {
        "web/package.json": PACKAGE % "",
        "yarn.lock": "a@^1.0:\n",
        "go.mod": "module x.example/y\n",
        "go.sum": "",
    }
    after = {**before, "web/package.json": PACKAGE % ',\n"b": "2"'}
    assert said(repo, "dependencies", before, after) == [
        ("web/package.json", 3, "dependency/new"),
        ("web/package.json", 3, "dependency/lock-left-behind"),
    ]


def test_a_lock_that_changes_alone_is_told_and_one_with_its_manifest_is_not(repo: RepoBuilder) -> None:
    before = {"Cargo.toml": '[dependencies]\na = "1"\n', "Cargo.lock": "a 1.0.0\n"}
    alone = {**before, "Cargo.lock": "a 1.0.1\n"}
    both = {"Cargo.toml": '[dependencies]\na = "1.1"\n', "Cargo.lock": "a 1.1.0\n"}
    assert said(repo, "dependencies", before, alone) == [("Cargo.lock", 1, "dependency/lock-alone")]
    assert said(repo, "dependencies", alone, both) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", 'const f = foo<typeof import("./x")>();\n'),
        ("a.ts", 'export type * from "./y";\n'),
        ("a.tsx", "const p = <p>a & b</p>;\n"),
        ("a.go", "package a\n\nvar p = new(1 + 2)\n"),
        ("a.rs", 'unsafe extern "C" { pub safe fn f(); }\n'),
        ("a.py", "def f[T = int](a: T) -> T: ...\n"),
        ("a.toml", "a = {\n  b = 1,\n}\n"),
        ("page.js", "{% autoescape off %}var x = {{ y }};{% endautoescape %}\n"),
    ],
)
def test_what_a_grammar_is_too_old_for_is_told_as_that_at_most(repo: RepoBuilder, path: str, text: str) -> None:
    change = reviewed(repo, {path: ""}, {path: text})
    assert all(one.severity is Severity.LOW for one in SIGNALS["syntax errors"](change))


@pytest.mark.parametrize(("path", "text"), [("a.ts", "f(1;\n"), ("a.go", "package a\n\nfunc f( {\n}\n")])
def test_brackets_that_do_not_go_together_are_an_error_for_certain(repo: RepoBuilder, path: str, text: str) -> None:
    [found] = SIGNALS["syntax errors"](reviewed(repo, {path: ""}, {path: text}))
    assert found.severity is Severity.CRITICAL


def test_of_python_the_compiler_says_where_and_what(repo: RepoBuilder) -> None:
    before = '"""Doc."""\n\nimport os\n\n\ndef f():\n    return 1\n'
    after = before.replace("    return 1", "    x = (1,\n    return x")
    [found] = SIGNALS["syntax errors"](reviewed(repo, {"a.py": before}, {"a.py": after}))
    assert place(found) == ("a.py", 7)
    assert "never closed" in found.message


def test_what_the_base_allows_is_no_secret_and_what_the_change_allows_is_one(repo: RepoBuilder) -> None:
    text = f"key = '{KEY}'\n"
    [leak] = secrets.find(text)
    entry = f"{secrets.fingerprint(leak, text)}  a.py\n"
    path = secrets.ALLOW
    assert said(repo, "secrets", {"a.py": ""}, {"a.py": text}, around={path: entry}) == []
    assert said(repo, "secrets", {"b.py": "", path: entry}, {"b.py": text, path: entry + "#\n"}) == []
    assert said(repo, "secrets", {"c.py": ""}, {"c.py": text, path: entry}) == [("c.py", 1, "secret/aws-access-key-id")]


def test_a_strangers_code_with_the_projects_rights_is_the_worst(repo: RepoBuilder) -> None:
    path = ".github/workflows/a.yml"
    text = "on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n"
    alone = reviewed(repo, {path: ""}, {path: text})
    taken = reviewed(repo, {path: ""}, {path: text + "          ref: ${{ github.event.pull_request.head.sha }}\n"})
    worst = [max(one.severity for one in SIGNALS["servers"](change)) for change in (alone, taken)]
    assert worst == [Severity.MEDIUM, Severity.HIGH]


def test_a_command_at_each_installation(repo: RepoBuilder) -> None:
    before = '{\n  "scripts": {\n    "test": "jest"\n  }\n}\n'
    after = before.replace('"test": "jest"', '"test": "jest",\n    "postinstall": "node x.js"')
    found = said(repo, "servers", {"package.json": before}, {"package.json": after})
    assert found == [("package.json", 4, "workflow/install-script")]
