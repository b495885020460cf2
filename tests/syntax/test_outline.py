"""Each language has a table and a fixture; the outline of the fixture stands beside it."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.source import Reference, Span, Symbol
from swe_agent.syntax.language import is_test_file, language_in, language_of, languages
from swe_agent.syntax.parse import MAX_BYTES, Import, faults, imports, new_faults, outline, parse, references
from swe_agent.syntax.tree import found, query_of

if TYPE_CHECKING:
    from tree_sitter import Node

FIXTURES = Path(__file__).parent / "fixtures"


def rendered(symbol: Symbol) -> str:
    doc = f"  # {symbol.doc}" if symbol.doc else ""
    return f"{symbol.span.start}-{symbol.span.end} {symbol.kind} {symbol.qualified} | {symbol.signature}{doc}"


def source_of(name: str) -> Path:
    return next(path for path in FIXTURES.glob(f"{name}.*") if path.suffix != ".outline")


@pytest.mark.parametrize("name", languages())
def test_outline_of_the_fixture(name: str) -> None:
    source = source_of(name)
    shown = [rendered(symbol) for symbol in outline(source.name, source.read_text())]
    assert shown == (FIXTURES / f"{name}.outline").read_text().splitlines()


@pytest.mark.parametrize("name", languages())
def test_the_fixture_is_sound_and_known_by_its_name(name: str) -> None:
    source = source_of(name)
    assert language_of(source.name) == name
    assert faults(source.name, source.read_text()) == ()


def test_one_symbol_whole() -> None:
    text = "class A:\n    def total(self, x: int) -> int:\n        '''Adds.'''\n        return x\n"
    assert outline("a/b.py", text)[1] == Symbol(
        path="a/b.py",
        language="python",
        kind="method",
        name="total",
        qualified="A.total",
        span=Span(start=2, end=4),
        signature="def total(self, x: int) -> int",
        doc="Adds.",
    )


def test_references_leave_out_the_definition() -> None:
    text = "def tax(x):\n    return x\n\nvalue = tax(tax(1))\n"
    assert [r for r in references("a.py", text) if r.name == "tax"] == [Reference(path="a.py", name="tax", line=4)] * 2


def test_imports_on_one_line() -> None:
    text = "from a import (\n    b,\n    c,\n)\nimport d\n"
    assert imports("a.py", text) == (
        Import(path="a.py", line=1, text="from a import ( b, c, )"),
        Import(path="a.py", line=5, text="import d"),
    )


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("x/Rakefile", "", "ruby"),
        ("tool", "#!/bin/sh -e", "bash"),
        ("tool", "#!/usr/bin/env python3.11", "python"),
        ("tool", "#!/usr/bin/env -S FOO=1 node --x", "javascript"),
        ("tool", "#!", ""),
        ("tool", "#!/usr/bin/env", ""),
        ("A.PY", "", "python"),
        ("a.h", "", "c"),
        ("a.h", "/* class of\n * namespace std */\n#include <stdio.h>\nstruct a { int class_; };\n", "c"),
        ("a.h", '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n', "c"),
        ("A.H", f"// {'x' * 5_000}\n#pragma once\n\nclass A final {{\n", "cpp"),
        ("a.h", "#include <vector>\n", "cpp"),
        ("a.h", "inline std::string f();", "cpp"),
        ("a.h", "struct A {\n  private :\n", "cpp"),
        ("a.c", "class A {};", "c"),
        ("LICENSE", "MIT", ""),
        (".bashrc", "", "bash"),
        ("dir.py/file", "", ""),
        ("build.gradle.kts", "", "kotlin"),
        ("Pipfile", "", "toml"),
        ("README.md", "", "markdown"),
        ("tool", "#!/usr/bin/env lua5.4", "lua"),
    ],
)
def test_language_in(path: str, text: str, expected: str) -> None:
    assert language_in(path, text) == language_in(path, text.encode()) == expected
    assert language_of(path) in ("", expected, "c")


def test_a_header_of_cpp_is_read_as_such() -> None:
    (store, get) = outline("store.h", "class Store {\n public:\n  int get(int key) const;\n};\n")
    assert (store.language, get.qualified, get.kind) == ("cpp", "Store.get", "method")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_cart.py", True),
        ("src/tests/helper.py", True),
        ("src/cart.py", False),
        ("src/attests/cart.py", False),
        ("pkg/cart_test.go", True),
        ("pkg/test_cart.go", False),
        ("web/cart.spec.ts", True),
        ("src/Shop.Tests/CartThings.cs", True),
        ("src/test/java/A.java", True),
        ("contest.py", False),
        ("tests/data.txt", True),
        ("app/src/test/kotlin/CartHelper.kt", True),
        ("src/CartTest.kt", True),
        ("src/Contest.kt", False),
        ("Tests/ShopTests/Helper.swift", True),
        ("Sources/ShopTests/Helper.swift", True),
        ("Sources/Shop/Cart.swift", False),
        ("core/CartSpec.scala", True),
        ("core/CartSuite.scala", True),
        ("lua/cart_spec.lua", True),
        ("spec/helper.lua", True),
        ("lua/spectre.lua", False),
        ("sql/cart_test.sql", True),
        ("testdata/cart.json", True),
        ("package.json", False),
        ("docs/testing.md", False),
        ("web/styles.css", False),
    ],
)
def test_is_test_file(path: str, expected: bool) -> None:
    assert is_test_file(path) is expected


def test_crlf_and_bytes_that_are_not_utf8() -> None:
    text = b"# caf\xe9\r\ndef f(x):\r\n    '''D\xe9.'''\r\n    return x\r\n".decode("utf-8", "surrogateescape")
    (symbol,) = outline("a.py", text)
    assert (symbol.span, symbol.signature, symbol.doc) == (Span(start=2, end=4), "def f(x)", "D\udce9.")


def test_what_is_too_large_or_unknown_is_none() -> None:
    assert parse("a.py", "x = 1\n" * (MAX_BYTES // 6 + 1)) is None
    assert parse("a.txt", "x") is None
    assert outline("a.txt", "x") == references("a.txt", "x") == imports("a.txt", "x") == faults("a.txt", "x") == ()


def test_a_minified_line_is_only_a_long_line() -> None:
    text = "function f(a){return a};" * 10_000
    assert len(outline("a.min.js", text)) == 10_000


def test_detection_and_import_load_no_grammar() -> None:
    import subprocess
    import sys

    code = (
        "import sys, swe_agent.syntax.parse, swe_agent.syntax.language as l;"
        "assert l.language_of('a.py') == 'python' and l.is_test_file('test_a.py');"
        "sys.exit(any(name.startswith('tree_sitter') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_language_without_its_grammar_is_text() -> None:
    import subprocess
    import sys

    # A module that is None in sys.modules is, to Python, one that is not there.
    code = (
        "import sys; sys.modules['tree_sitter_sql'] = None\n"
        "from swe_agent.syntax.language import language_in, language_of, without_grammar\n"
        "from swe_agent.syntax.parse import faults, imports, new_faults, outline, parse, references\n"
        "from swe_agent.syntax.scan import scan_definitions\n"
        "from swe_agent.syntax.tree import grammar_version\n"
        "text = 'CREATE TABLE cart (id INTEGER);'\n"
        "assert without_grammar() == ('sql',) and language_of('a.sql') == 'sql' and grammar_version('sql') == 'none'\n"
        "assert parse('a.sql', text) is None and faults('a.sql', text) == new_faults('a.sql', text, '(') == ()\n"
        "assert outline('a.sql', text) == references('a.sql', text) == imports('a.sql', text) == ()\n"
        "assert scan_definitions('sql', text.encode()) == (('cart', 1),)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_python_that_is_newer_than_the_interpreter() -> None:
    text = "type Pair[T] = tuple[T, T]\nclass Outer[T]:\n    def get[K](self, key: K) -> T: ...\n"
    assert [(s.kind, s.qualified) for s in outline("a.py", text)] == [
        ("type", "Pair"),
        ("class", "Outer"),
        ("method", "Outer.get"),
    ]


def test_rows_end_somewhere() -> None:
    text = "{" + ",".join(f'"k{n}": {n}' for n in range(2_000)) + "}"
    assert len(outline("a.json", text)) == 500
    assert [s.qualified for s in outline("a.json", '{"a": {"b": {"c": 1}}, "a": 2}')] == ["a", "a.b"]


def test_a_namespace_without_braces_holds_the_rest() -> None:
    text = "namespace Shop.Core;\n\npublic class Cart { }\n"
    assert [s.qualified for s in outline("a.cs", text)] == ["Shop.Core", "Shop.Core.Cart"]


def test_faults_of_grammars_that_are_not_to_be_trusted_are_none() -> None:
    # Sound Kotlin that the grammar does not know.
    assert faults("a.kt", "class A { fun f() = 1 }\n") == ()
    assert [s.qualified for s in outline("a.kt", "class A {\n    fun f() = 1\n}\n")] == ["A", "A.f"]


CODE = st.text(alphabet=st.sampled_from("abx01 \n\t\r(){}[]<>:;,.=+-*/'\"#@!&|?\\\udce9é\0$"), max_size=120)


@given(st.sampled_from([source_of(name).name for name in languages()]), st.one_of(CODE, st.text(max_size=60)))
def test_nothing_raises_on_any_text_and_spans_nest(path: str, text: str) -> None:
    faults(path, text)
    references(path, text)
    imports(path, text)
    new_faults(path, "", text)
    new_faults(path, text, text + "(")
    assert new_faults(path, text, text) == ()
    assert_nested(outline(path, text), text)


@given(st.sampled_from(list(languages())), st.data())
def test_spans_of_a_torn_fixture_nest(name: str, data: st.DataObject) -> None:
    source = source_of(name)
    text = source.read_text()
    cut = data.draw(st.integers(0, len(text)))
    width = data.draw(st.integers(0, 30))
    torn = text[:cut] + text[cut + width :]
    assert_nested(outline(source.name, torn), torn)


def assert_nested(symbols: tuple[Symbol, ...], text: str) -> None:
    lines = text.count("\n") + 1
    around: list[Span] = []
    for symbol in symbols:
        span = symbol.span
        assert 1 <= span.start <= span.end <= lines
        assert symbol.name
        assert symbol.qualified.endswith(symbol.name)
        while around and around[-1].end < span.start:
            around.pop()
        # Two definitions on one line are apart and still share it.
        assert not around or span.end <= around[-1].end or span.start == around[-1].end
        around.append(span)


@pytest.mark.parametrize("name", sorted(languages()))
def test_a_table_can_be_read_to_its_first_header(name: str) -> None:
    """Which languages there are is read without the rest of their tables."""
    table = languages()[name].table
    head, whole = tomllib.loads(table.partition("\n[")[0]), tomllib.loads(table)
    assert head == {key: whole[key] for key in head}
    assert whole.keys() - head.keys() <= {"scan", "modules", "definitions", "bindings"}


def test_a_body_that_is_not_there_yet() -> None:
    assert [symbol.name for symbol in outline("a.py", "class Cart:\n    def total(self):")] == ["Cart", "total"]


def test_definitions_are_found_without_a_look_at_what_holds_none() -> None:
    """As by a query over the whole tree, but for variables of functions, which are none."""
    from tree_sitter import QueryCursor

    top = Path(__file__).parents[2]
    seen = 0
    for path in sorted([*top.glob("swe_agent/**/*.py"), *top.glob("tests/**/*.py")]):
        parsed = parse(path.name, path.read_text("utf-8", "surrogateescape"))
        assert parsed is not None
        query = query_of("python", "definitions")
        assert query is not None
        nodes = QueryCursor(query).captures(parsed.root).get("found", [])
        wanted = {(node.start_byte, node.end_byte) for node in nodes if not _is_local(node)}
        quick = found(parsed, "definitions")
        assert {(node.start_byte, node.end_byte) for node in quick if not _is_local(node)} == wanted
        assert [node.start_byte for node in quick] == sorted(node.start_byte for node in quick)
        seen += len(quick)
    assert seen > 5_000


def _is_local(node: "Node") -> bool:
    if node.type != "assignment":
        return False
    above = node.parent
    while above is not None and above.type not in ("function_definition", "class_definition"):
        above = above.parent
    return above is not None and above.type == "function_definition"
