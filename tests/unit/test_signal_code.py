"""What signals say of functions and tests that change, in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from swe_agent.review.signals import SIGNALS
from swe_agent.testing.repository import RepoBuilder
from tests.unit.test_review_signals import line, reviewed, said

Files = Mapping[str, str]


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    return RepoBuilder(tmp_path / "project")


PYTHON = "def total(rows):\n    return sum(rows)\n\n\ndef other():\n    return 1\n"
RUN = "    def run(self):\n        return self.step()\n"
STEP = "    def step(self):\n        return 1\n"
REST = "def other():\n    return 1\n"
GO = "package shop\n\nfunc total(a int) int {\n\treturn a\n}\n\nfunc other() int {\n\treturn 1\n}\n"
SCRIPT = "export function total(a: number) {\n  return a;\n}\nexport const other = 1;\n"


@pytest.mark.parametrize(
    ("before", "after", "around", "found"),
    [
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": REST}, {"cart.py": "from shop import total\n\nprint(total([1]))\n"},
            [("shop.py", -1, "api/removed")], id="imported by name",
        ),
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": REST}, {"cart.py": "from shop import (\n    other,\n    total,\n)\n"},
            [("shop.py", -1, "api/removed")], id="imported over several lines, file not changed",
        ),
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": REST}, {"cart.py": "from tax import total\n\ntotal([1])\n"}, [],
            id="imported from elsewhere",
        ),
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": REST}, {"cart.py": "# shop.total is gone\nx = 'shop.total'\n"}, [],
            id="in comments and strings",
        ),
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": REST, "tax.py": "def total(rows):\n    return 2\n"},
            {"cart.py": "from shop import total\n"}, [], id="has moved",
        ),
        pytest.param(
            {"shop.py": PYTHON}, {"shop.py": f"from tax import total\n{REST}"}, {"cart.py": "from shop import total\n"},
            [], id="comes from elsewhere now",
        ),
        pytest.param(
            {"shop.py": f"{PYTHON}\nprint(total([]))\n"}, {"shop.py": f"{REST}\nprint(total([]))\n"}, {},
            [("shop.py", -1, "api/removed")], id="in its own file",
        ),
        pytest.param(
            {"shop/a.go": GO}, {"shop/a.go": GO.replace("total", "sum")},
            {"shop/b.go": "package shop\n\nfunc b() int {\n\treturn total(1)\n}\n"},
            [("shop/a.go", -3, "api/removed")], id="Go, in its package",
        ),
        pytest.param(
            {"shop/a.go": GO}, {"shop/a.go": GO.replace("total", "sum")},
            {"tax/b.go": "package tax\n\nfunc b() int {\n\treturn total(1)\n}\n"}, [], id="Go, in another package",
        ),
        pytest.param(
            {"src/shop.ts": SCRIPT}, {"src/shop.ts": "export const other = 1;\n"},
            {"src/cart.ts": "import { total } from './shop';\ntotal(1);\n"},
            [("src/shop.ts", -1, "api/removed")], id="TypeScript",
        ),
        pytest.param(
            {"a.py": f"class A:\n{RUN}\n{STEP}"}, {"a.py": f"class A:\n{RUN}"}, {},
            [("a.py", -5, "api/removed")], id="a method on its own class",
        ),
        pytest.param(
            {"a.py": f"class A(B):\n{RUN}\n{STEP}"}, {"a.py": f"class A(B):\n{RUN}"}, {}, [],
            id="a method that may be inherited",
        ),
        pytest.param(
            {"src/a.rs": "use std::fmt;\n\nfn total(a: u8) -> u8 {\n    a\n}\n\nfn b() -> u8 {\n    total(1)\n}\n"},
            {"src/a.rs": "use std::fmt;\n\nfn b() -> u8 {\n    total(1)\n}\n"}, {},
            [("src/a.rs", -3, "api/removed")], id="Rust",
        ),
    ],
)  # fmt: skip
def test_what_is_gone_and_still_used(
    repo: RepoBuilder, before: Files, after: Files, around: Files, found: list[tuple[str, int, str]]
) -> None:
    assert said(repo, "api", before, after, around=around) == found


USE = {"cart.py": "from shop import total\n\nprint(total([1]))\n"}


@pytest.mark.parametrize(
    ("before", "after", "around", "found"),
    [
        pytest.param("rows", "rows, tax", USE, [1], id="one more"),
        pytest.param("rows", "rows, tax=0", USE, [], id="one more that need not be given"),
        pytest.param("rows", "rows, *, tax", USE, [1], id="one more by name"),
        pytest.param(
            "rows, tax=0", "rows", {"cart.py": "from shop import total\n\ntotal([], tax=1)\n"}, [1], id="one less"
        ),
        pytest.param(
            "rows", "rows, tax", {"cart.py": "from shop import total\n\ntotal(*rows)\n"}, [], id="nobody knows"
        ),
        pytest.param("rows", "rows, tax", {"cart.py": "from shop import total\n\ntotal([], 2)\n"}, [], id="calls fit"),
        pytest.param("rows", "rows: list[int]", USE, [], id="a type alone"),
    ],
)
def test_signatures_in_python(repo: RepoBuilder, before: str, after: str, around: Files, found: list[int]) -> None:
    ends = [{"shop.py": f"def total({given}):\n    return 1\n"} for given in (before, after)]
    rows = [("shop.py", line, "api/signature") for line in found]
    assert said(repo, "api", *ends, around=around) == rows


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.go", "package a\n\nfunc total(a int) {}\n\nfunc b() { total(1) }\n", ("(a int)", "(a, b int)")),
        ("a.ts", "function total(a: number) {}\n\n\ntotal(1);\n", ("a: number", "a: number, b: number")),
        ("A.java", "class A {\n\n  void total(int a) {}\n  void b() { total(1); }\n}\n", ("int a", "int a, int b")),
        ("a.rs", "use a::b;\n\nfn total(a: u8) {}\n\nfn b() {\n    total(1)\n}\n", ("a: u8", "a: u8, b: u8")),
    ],
)  # fmt: skip
def test_signatures_in_other_languages(repo: RepoBuilder, path: str, before: str, after: tuple[str, str]) -> None:
    changed = before.replace(*after)
    line = 1 if path == "a.ts" else 3
    assert said(repo, "api", {path: before}, {path: changed}) == [(path, line, "api/signature")]


TEST = "import pytest\n\n\ndef test_a():\n    assert f(1)\n    assert f(2)\n\n\ndef test_b():\n    assert f(3)\n"


@pytest.mark.parametrize(
    ("path", "before", "after", "found"),
    [
        ("tests/test_a.py", TEST, TEST.replace("    assert f(2)\n", ""), [-6]),
        ("tests/test_a.py", TEST, TEST.replace("def test_b", "@pytest.mark.skip\ndef test_b"), [9]),
        ("tests/test_a.py", TEST, TEST.partition("def test_b")[0], [-9]),
        ("tests/test_a.py", TEST, TEST.replace("test_b", "test_c"), []),
        ("tests/test_a.py", TEST, f"{TEST}\n\n@pytest.mark.skip\ndef test_c():\n    assert 1\n", []),
        ("src/a.py", TEST, TEST.replace("    assert f(2)\n", ""), []),
        (
            "a.test.ts",
            "it('a', () => {\n  expect(f()).toBe(1);\n});\nit('b', () => {\n  expect(1);\n});\n",
            "it('a', () => {\n  f();\n});\nit('b', () => {\n  expect(1);\n});\nit('c', () => {\n  expect(2);\n});\n",
            [-2],
        ),
        (
            "a_test.go",
            "package a\n\nfunc TestA(t *testing.T) {\n\trequire.True(t, f())\n}\n",
            "package a\n\nfunc TestA(t *testing.T) {\n\tt.Skip()\n\trequire.True(t, f())\n}\n",
            [4],
        ),
    ],
)
def test_tests_that_say_less(repo: RepoBuilder, path: str, before: str, after: str, found: list[int]) -> None:
    rows = [(path, line, "tests/weakened") for line in found]
    assert said(repo, "weakened tests", {path: before}, {path: after}) == rows


def python(*body: str, name: str = "test_a") -> str:
    return f"def {name}():\n" + "".join(f"    {line}\n" for line in body)


def script(*body: str, before: str = "it('a', () => {") -> str:
    return "\n".join((before, *(f"  {line}" for line in body), "});", ""))


LONG = ("a = make()", "b = a.step()", "assert b.left", "assert b.right")
RUST = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn works() {\n        assert!(f());\n    }\n}\n"
GO_TEST = "package a\n\nfunc TestA(t *testing.T) {\n\tx := f()\n\tif x != 1 {\n\t\tt.Error(x)\n\t}\n}\n"
GO_HELPER = GO_TEST + GO_TEST.partition("\n\n")[2].replace("TestA", "testB")


@pytest.mark.parametrize(
    ("path", "before", "after", "found"),
    [
        pytest.param("a_test.go", GO_TEST, GO_TEST.replace("\tx :=", "\t// skips recording; t.Skip()\n\tx :="), [],
                     id="a comment above code"),
        pytest.param("tests/test_a.py", python(*LONG), python("# pending: skip on windows", *LONG), [],
                     id="a comment in Python"),
        pytest.param("tests/test_a.py", python('"""A test."""', *LONG),
                     python('"""A test.', "it.skip(x)", '"""', *LONG), [], id="a docstring"),
        pytest.param("a_test.go", GO_TEST, GO_TEST.replace("t.Error(x)", 't.Error("to skip: t.Skip()")'), [],
                     id="a string"),
        pytest.param("a.test.ts", script("expect(f()).toBe(1);"),
                     script("/*", " * it.skip() waits", " */", "expect(f()).toBe(1);"), [], id="a block comment"),
        pytest.param("a.test.ts", script("const pending = f();", "expect(1);"),
                     script("const pending = f();", "const skip = g(pending);", "expect(1);"), [],
                     id="names of variables"),
        pytest.param("a.test.ts", script("// expect(g());", "expect(f());"), script("expect(f());"), [],
                     id="claims in comments go"),
        pytest.param("a.test.ts", script("send('Bearer should-forward');", "expect(f());"),
                     script("send(token);", "expect(f());"), [], id="should in a string"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG[:3], "# assert b.right"),
                     [(5, "a claim is commented out")], id="commented out in Python"),
        pytest.param("a.test.ts", script("expect(f());", "expect(g());"), script("// expect(f());", "// expect(g());"),
                     [(2, "2 claims are commented out")], id="commented out in TypeScript"),
        pytest.param("tests/test_a.py", python("assert f()") + python(*LONG, name="test_b"),
                     python("assert f()") + re.sub("^(?=.)", "# ", python(*LONG, name="test_b"), flags=re.MULTILINE),
                     [(-3, "a test is commented out")], id="a test commented out"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG[:2], "assert b.up", LONG[3], name="test_other"), [],
                     id="a test with another name"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG[:3], name="test_other"),
                     [(-5, "1 claim fewer than before")], id="a test with another name that says less"),
        pytest.param("tests/test_a.py", python(*LONG), python("x = 1", "assert x == g(2)", name="test_other"),
                     [(-1, "a test is gone")], id="another test in its place"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG, name="xtest_a"),
                     [(1, "`xtest_a` is no longer run as a test")], id="no test any more"),
        pytest.param("tests/test_a.py", python(*LONG),
                     python(*LONG, name="check") + python("check()", name="test_b") + python("check()", name="test_c"),
                     [], id="a test that others call now"),
        pytest.param("a.test.ts", script("expect(f).calledWith(", "  expect.any(Error),", ");"),
                     script("expect(f).calledWith(g());"), [], id="a part of a claim"),
        pytest.param("a_test.go", GO_HELPER, GO_TEST, [], id="a helper in Go"),
        pytest.param("tests/test_a.py", python(*LONG), python("return", *LONG),
                     [(2, "a test returns before its first statement")], id="a return at the start"),
        pytest.param("a_test.go", GO_TEST, GO_TEST.replace("\tx :=", "\treturn\n\tx :="),
                     [(4, "a test returns before its first statement")], id="a return at the start in Go"),
        pytest.param("tests/test_a.py", python(*LONG), python("if a:", "    return", *LONG), [],
                     id="a return below an if"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG[:3], "assert True"),
                     [(5, "a claim can no longer fail")], id="assert True"),
        pytest.param("tests/test_a.py", python(*LONG), python(*LONG[:3], "assert b.right or True"),
                     [(5, "a claim can no longer fail")], id="or True"),
        pytest.param("a.test.ts", script("expect(f()).toBe(1);"), script("expect(true).toBe(true);"),
                     [(2, "a claim can no longer fail")], id="expect(true)"),
        pytest.param("src/tests/a.rs", RUST, RUST.replace("#[test]", "#[test]\n    #[ignore]"),
                     [(4, "a test is skipped")], id="ignored in Rust"),
        pytest.param("src/tests/a.rs", RUST, RUST.replace("#[test]", '#[test]\n    #[ignore = "flaky"]'),
                     [(4, "a test is skipped")], id="ignored in Rust with a reason"),
        pytest.param("a_test.go", GO_TEST, GO_TEST.replace("\tx :=", "\tskipIfNoMLX(t)\n\tx :="),
                     [(4, "a test is skipped in some cases")], id="skipped by a helper"),
        pytest.param("tests/test_a.py", python(*LONG), "@unittest.expectedFailure\n" + python(*LONG),
                     [(1, "a test is expected to fail")], id="expected to fail"),
        pytest.param("tests/test_a.py", python(*LONG), '@pytest.mark.skipif(A, reason="")\n' + python(*LONG),
                     [(1, "a test is skipped in some cases")], id="skipped in some cases"),
        pytest.param("a.test.ts", script("const a = f();", "expect(a.b).toBe(1);", "expect(a.c).toBe(2);"),
                     "function check(a, b, c) {\n  expect([a.b, a.c]).toEqual([b, c]);\n}\n"
                     + script("const a = f();", "check(a, 1, 2);", "check(f(), 1, 2);"), [],
                     id="claims in a new helper"),
        pytest.param("tests/test_a.py", f"from a import assert_all\n{python(*LONG)}", python(*LONG), [],
                     id="an import"),
    ],
)  # fmt: skip
def test_how_tests_say_less(
    repo: RepoBuilder, path: str, before: str, after: str, found: list[tuple[int, str]]
) -> None:
    told = [
        (line(one), one.message) for one in SIGNALS["weakened tests"](reviewed(repo, {path: before}, {path: after}))
    ]
    assert told == [(place, f"The tests say less than before: {why}.") for place, why in found]


def test_helpers_that_move_out_of_the_tests_are_not_lost(repo: RepoBuilder) -> None:
    helper = python("assert f()", "assert g()", name="check")
    before = {"tests/test_a.py": f"{helper}{python(*LONG)}", "lib/checks.py": "import b\n"}
    after = {"tests/test_a.py": python(*LONG), "lib/checks.py": f"import b\n{helper}"}
    assert said(repo, "weakened tests", before, after) == []


def test_a_test_that_moves_is_not_lost(repo: RepoBuilder) -> None:
    before = {"tests/test_a.py": TEST, "tests/test_b.py": "import b\n"}
    kept, _, moved = TEST.partition("def test_b")
    after = {"tests/test_a.py": kept, "tests/test_b.py": f"import b\n\n\ndef test_b{moved}"}
    assert said(repo, "weakened tests", before, after) == []


def branches(count: int, shape: str) -> str:
    return "".join(shape.format(number) for number in range(count))


@pytest.mark.parametrize(
    ("path", "frame", "shape"),
    [
        ("a.py", "def f(a):\n    b = 0\n{}    return b\n", "    if a == {0}:\n        b = {0}\n"),
        (
            "a.go",
            "package a\n\nfunc f(a int) int {{\n\tb := 0\n{}\treturn b\n}}\n",
            "\tif a == {0} {{\n\t\tb = {0}\n\t}}\n",
        ),
        (
            "a.ts",
            "function f(a: number) {{\n  let b = 0;\n{}  return b;\n}}\n",
            "  if (a === {0}) {{\n    b = {0};\n  }}\n",
        ),
    ],
)
def test_complexity(repo: RepoBuilder, path: str, frame: str, shape: str) -> None:
    few, more, many = (frame.format(branches(count, shape)) for count in (8, 12, 18))
    assert said(repo, "complexity", {path: few}, {path: more}) == []
    [(_, line, rule)] = said(repo, "complexity", {path: few}, {path: many})
    assert rule == "complexity"
    assert "8" in many.splitlines()[line - 1]


def test_a_function_that_comes_with_too_many_ways(repo: RepoBuilder) -> None:
    frame, shape = "x = 1\n\n\ndef f(a):\n    b = 0\n{}    return b\n", "    if a == {0}:\n        b = {0}\n"
    assert said(repo, "complexity", {"a.py": "x = 1\n"}, {"a.py": frame.format(branches(25, shape))}) == []
    found = said(repo, "complexity", {"a.py": "x = 1\n"}, {"a.py": frame.format(branches(40, shape))})
    assert [rule for _, _, rule in found] == ["complexity"]


def test_of_overloads_the_hardest_is_what_was_there(repo: RepoBuilder) -> None:
    frame = (
        "from typing import overload\n\n\n@overload\ndef f(a: int) -> int: ...\ndef f(a):\n    b = 0\n{}    return b\n"
    )
    shape = "    if a == {0}:\n        b = {0}\n"
    few, more = (frame.format(branches(count, shape)) for count in (18, 22))
    assert said(repo, "complexity", {"a.py": few}, {"a.py": more}) == []


@pytest.mark.parametrize(
    ("path", "before", "after", "found"),
    [
        ("a.py", "def f():\n    g()\n", "def f():\n    return\n    g()\n", [(3, "unreachable")]),
        ("a.py", "def f():\n    pass\n", "def f():\n    return\n    yield\n", []),
        ("a.py", "def f():\n    if a:\n        g()\n", "def f():\n    if a:\n        return\n    g()\n", []),
        ("a.js", "function f() {\n}\n", "function f() {\n  return g();\n  function g() {}\n}\n", []),
        ("a.go", "package a\n\nfunc f() {\n\tg()\n}\n", "package a\n\nfunc f() {\n\treturn\n\tg()\n}\n",
         [(5, "unreachable")]),
        ("a.py", "x = 1\n", "x = 1\n\n\ndef _unused():\n    return 1\n", [(4, "unused")]),
        ("a.py", "x = 1\n", "x = 1\n\n\ndef public():\n    return 1\n", []),
        ("a.py", "f = globals()['_' + n]\n", "f = globals()['_' + n]\n\n\ndef _found():\n    return 1\n", []),
        ("a.go", "package a\n\nfunc f() {\n\tg()\n}\n", "package a\n\nfunc f() {\n\tpanic(1)\n\tg()\n}\n",
         [(5, "unreachable")]),
        ("a.rs", "fn f() -> i32 {\n    1\n}\n", "fn f() -> i32 {\n    #[cfg(unix)]\n    return 2;\n    1\n}\n", []),
        ("a.py", "import b\n\n\n@b.route\ndef f():\n    pass\n", "import b\n\n\n@b.route\ndef _f():\n    pass\n", []),
        ("a.go", "package a\n", "package a\n\nfunc unused() {}\n", [(3, "unused")]),
        ("a.go", "package a\n", "package a\n\nfunc Used() {}\n", []),
        ("a.ts", "import b from 'b';\nb();\n", "import b from 'b';\nb();\nfunction unused() {}\n", [(3, "unused")]),
        ("a.ts", "import b from 'b';\nb();\n", "import b from 'b';\nb();\nexport function used() {}\n", []),
        ("a.py", "def _tidy():\n    pass\n\n\n_tidy()\nx = 1\n", "def _tidy():\n    pass\n\n\nx = 1\n", [(-5, "left")]),
    ],
)  # fmt: skip
def test_dead_code(repo: RepoBuilder, path: str, before: str, after: str, found: list[tuple[int, str]]) -> None:
    rows = [(path, line, f"dead-code/{rule}") for line, rule in found]
    assert said(repo, "dead code", {path: before}, {path: after}) == rows


@pytest.mark.parametrize(
    ("path", "line", "is_unused"),
    [
        ("a.py", "from b import c", True),
        ("a.py", "from b import c as c", False),
        ("a.py", "import b.c", False),
        ("a.py", "from b import c  # noqa: F401", False),
        ("a.py", "from b import x", False),
        ("__init__.py", "from b import c", False),
        ("a.ts", "import { c } from 'b';", True),
        ("a.ts", "import type { x } from 'b';", False),
        ("a.ts", "import 'b';", False),
        ("A.java", "import b.C;", True),
        ("a.go", 'import "b/c"', False),
    ],
)
def test_unused_imports(repo: RepoBuilder, path: str, line: str, is_unused: bool) -> None:
    rest = "class A { int x; }\n" if path == "A.java" else "x\n"
    found = said(repo, "unused imports", {path: rest}, {path: f"{line}\n{rest}"})
    assert found == ([(path, 1, "dead-code/import")] if is_unused else [])


def test_code_without_tests_is_told_once(repo: RepoBuilder) -> None:
    before = {"a.py": PYTHON, "b.py": "def third():\n    return 1\n"}
    after = {path: text.replace("return 1", "return 2") for path, text in before.items()}
    assert said(repo, "untested", before, after) == [("", 0, "tests/missing")]
    covered = {"tests/test_a.py": "from a import other, third\n"}
    assert said(repo, "untested", before, after, around=covered) == []
    assert said(repo, "untested", before, {**after, "tests/test_c.py": "def test_c():\n    assert 1\n"}) == []
