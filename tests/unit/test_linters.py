"""Reports of linters as they are, and what of them is new."""

from __future__ import annotations

import json

import pytest

from swe_agent.review import diagnostics
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import read_diff
from swe_agent.review.findings import Severity
from swe_agent.review.linters import LINTERS, Reported, Unreadable, reported

BY_NAME = {linter.name: linter for linter in LINTERS}
RUFF = json.dumps(
    [
        {
            "code": "F821",
            "filename": "/box/tree/src/a.py",
            "location": {"row": 3, "column": 5},
            "message": "Undefined name `x`",
        },
        {"code": None, "filename": "/box/tree/src/a.py", "location": {"row": 1, "column": 1}, "message": "SyntaxError"},
        {"code": "E701", "filename": "/box/tree/other/a.py", "location": {"row": 1, "column": 1}, "message": "Two"},
    ]
)
ESLINT = json.dumps(
    [
        {
            "filePath": "/box/tree/web/a.js",
            "messages": [
                {"ruleId": "no-undef", "severity": 2, "message": "'x' is not defined.", "line": 4, "column": 1},
                {"ruleId": None, "severity": 2, "message": "Parsing error", "line": None},
                {"ruleId": "eqeqeq", "severity": 1, "message": "Expected ===", "line": 5},
            ],
        }
    ]
)
MYPY = """\
src/a.py:5:9: error: Name "x" is not defined  [name-defined]
src/a.py:7: error: Missing return statement  [return]
src/a.py:7: note: see the docs
"""
FLAKE8 = "./src/a.py:2:1: F401 'os' imported but unused\n./src/a.py:9:80: E501 line too long\n"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("ruff", RUFF + "\nwarning: something on stderr", [("F821", 3, "high"), ("syntax", 1, "high")]),
        ("eslint", ESLINT, []),
        ("mypy", MYPY, [("name-defined", 5, "medium"), ("return", 7, "medium")]),
        ("flake8", FLAKE8, [("F401", 2, "low"), ("E501", 9, "low")]),
    ],
)
def test_a_report_is_read(name: str, text: str, told: list[tuple[str, int, str]]) -> None:
    rows = reported(BY_NAME[name], text, ["src/a.py"])
    assert [(row.code, row.line, row.severity.word) for row in rows] == told
    assert {row.path for row in rows} <= {"src/a.py"}


def test_a_script_that_does_not_parse_is_told_without_a_line() -> None:
    rows = reported(BY_NAME["eslint"], ESLINT, ["web/a.js"])
    assert [(row.code, row.line) for row in rows] == [("no-undef", 4), ("parse", 0), ("eqeqeq", 5)]


@pytest.mark.parametrize("text", ["", "ruff: error", "{}", "[1]", '[{"code": 1}]'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        reported(BY_NAME["ruff"], text, ["a.py"])


@pytest.mark.parametrize(
    ("files", "used"),
    [
        ({"pyproject.toml": "[tool.ruff]\nline-length = 9\n"}, ["ruff"]),
        ({"pyproject.toml": "[tool.ruff.lint]\n[tool.mypy]\n"}, ["ruff", "mypy"]),
        ({"pyproject.toml": "[project]\n# [tool.ruff]\n"}, []),
        ({"setup.cfg": "[flake8]\n[mypy]\n"}, ["mypy", "flake8"]),
        ({"eslint.config.mjs": ""}, ["eslint"]),
        ({"package.json": '{"eslintConfig": {}}'}, ["eslint"]),
        ({"package.json": "{}"}, []),
    ],
)
def test_a_linter_is_used_where_there_are_settings_for_it(files: dict[str, str], used: list[str]) -> None:
    assert [linter.name for linter in LINTERS if linter.is_used(files)] == used


PATCH = b"""\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +1,4 @@
+x = f(y)
 x = f(y)
 z = 1
+x = f(y)
"""


def test_what_was_there_before_is_no_news() -> None:
    """Of three lines alike, one of which was reported before, those that came are the new ones."""
    left, right = b"x = f(y)\nz = 1\n", b"x = f(y)\nx = f(y)\nz = 1\nx = f(y)\n"
    change = Reviewed(read_diff(PATCH), {("left", "a.py"): left, ("right", "a.py"): right})

    def rows(*lines: int) -> list[Reported]:
        return [Reported("a.py", line, "F821", "undefined", Severity.HIGH) for line in lines]

    found = list(diagnostics.findings(change, "ruff", rows(1), rows(1, 2, 4)))
    assert [(one.rule, one.anchor.first) for one in found if one.anchor] == [("ruff/F821", 1), ("ruff/F821", 4)]
    assert list(diagnostics.findings(change, "ruff", rows(1), rows(2))) == []
    assert len(list(diagnostics.findings(change, "ruff", [], rows(2)))) == 1


def test_that_eslint_passes_over_a_file_is_no_finding() -> None:
    ignored = {"ruleId": None, "severity": 1, "message": "File ignored because of a matching ignore pattern."}
    text = json.dumps([{"filePath": "/box/tree/web/a.js", "messages": [ignored]}])
    assert reported(BY_NAME["eslint"], text, ["web/a.js"]) == []


FILES = ("setup.py", "src/shop/cart.py", "src/shop/data/old.py", "tests/test_cart.py", "docs/conf.py")


@pytest.mark.parametrize(
    ("name", "files", "looked_at"),
    [
        ("mypy", {"pyproject.toml": '[tool.mypy]\nfiles = ["src", "docs/*.py"]\n'}, "src/shop/cart src/shop/data docs"),
        ("mypy", {"mypy.ini": "[mypy]\nfiles = src/**/c*.py,\n  tests/\n"}, "src/shop/cart tests"),
        ("mypy", {"setup.cfg": "[mypy]\npackages = shop\n"}, "src/shop/cart src/shop/data"),
        ("mypy", {"pyproject.toml": '[tool.mypy]\nmodules = ["shop.cart"]\n'}, "src/shop/cart"),
        ("mypy", {"pyproject.toml": '[tool.mypy]\nexclude = "^(tests|docs)/"\n'}, "setup src/shop/cart src/shop/data"),
        ("mypy", {"pyproject.toml": "[tool.mypy]\nexclude = ['data/$', '(', '^setup']\n"}, "src/shop/cart tests docs"),
        (
            "mypy",
            {"mypy.ini": "[mypy]\nfiles = ., setup.py\nexclude = (?x)(\n  ^s  # all\n  | ^docs)\n"},
            "setup tests",
        ),
        ("mypy", {"mypy.ini": "[mypy]\nstrict = True\n", "setup.cfg": "[mypy]\nfiles = src\n"}, "all"),
        ("mypy", {"pyproject.toml": "[tool.mypy\n", "setup.cfg": "[mypy\n"}, "all"),
        ("flake8", {"setup.cfg": "[flake8]\nexclude = tests,docs,\n"}, "setup src/shop/cart src/shop/data"),
        ("flake8", {".flake8": "[flake8]\nextend-exclude =\n    */data\n    ./setup.py\n"}, "src/shop/cart tests docs"),
        ("flake8", {"tox.ini": "[flake8]\nexclude = data/,*.cfg\n"}, "all"),
        ("ruff", {"pyproject.toml": '[tool.ruff]\nexclude = ["tests"]\n'}, "all"),  # it is told so: `--force-exclude`
    ],
)
def test_what_its_settings_leave_out_is_not_asked_about(name: str, files: dict[str, str], looked_at: str) -> None:
    looks = BY_NAME[name].scope(files)
    wanted = [path for path in FILES if looked_at == "all" or path.startswith(tuple(looked_at.split()))]
    assert [path for path in FILES if looks(path)] == wanted
