"""The scanner finds what the outline finds, nearly; it invents little; and no text makes it slow."""

import os
import re
from time import process_time

import pytest

from swe_agent.core.source import Symbol
from swe_agent.syntax.language import languages
from swe_agent.syntax.parse import outline
from swe_agent.syntax.scan import scan_definitions, scan_imports
from tests.syntax.test_outline import source_of

MINOR = {"attribute", "constant", "variable", "column"}
"""Kinds that the scanner need not find."""
DATA = {"json", "yaml", "toml", "markdown", "html", "css"}
SCANNED = [name for name, table in languages().items() if table.scan.definitions]

IMPORTS = {
    "bash": [("./lib/common.sh", ()), ("./colours.sh", ())],
    "c": [("stdio.h", ()), ("shop/tax.h", ())],
    "c-sharp": [("System", ()), ("System.Collections.Generic", ()), ("Shop.Tax.Rates", ())],
    "cpp": [("vector", ()), ("shop/tax.hpp", ()), ("cart.h", ())],
    "css": [("base.css", ()), ("fonts.css", ())],
    "go": [("fmt", ())],
    "html": [("styles/shop.css", ()), ("scripts/cart.js", ())],
    "java": [("java.util.List", ())],
    "javascript": [
        ("fs", ("fs",)),
        ("node:path", ()),
        ("./paths", ()),
        ("./side-effect.js", ()),
        ("./more", ("*",)),
        ("../lib/numbers", ("one", "two")),
    ],
    "kotlin": [("kotlin.math.max", ()), ("shop.tax.Rate", ()), ("shop.tax.*", ())],
    "lua": [("shop.tax", ())],
    "php": [
        ("Shop\\Base", ()),
        ("Shop\\Tax", ("Rate", "Table")),
        ("Shop\\Money\\round_up", ()),
        ("Shop\\Log", ()),
        ("Shop\\Mail", ()),
        ("./helpers.php", ()),
        ("config.php", ()),
        ("Loud", ()),
    ],
    "python": [("os", ()), ("pathlib", ("Path",)), (".tax", ("Rate", "Table"))],
    "ruby": [("set", ()), ("./shop/tax", ()), ("json", ()), ("shop/rates", ())],
    "rust": [
        ("std::fmt", ()),
        ("crate::tax", ("self", "rates::Rate", "Table")),
        ("super::base", ("*",)),
        ("./outside", ()),
        ("super", ("*",)),
    ],
    "scala": [("scala.collection.mutable", ()), ("shop.tax.", ("Rate", "Table")), ("shop.base.", ())],
    "swift": [("Foundation", ()), ("Tax", ())],
    "tsx": [
        ("react", ("React",)),
        ("react", ("useState", "ReactNode")),
        ("@/cart", ("Cart",)),
        ("./page.css", ()),
    ],
    "typescript": [
        ("./base", ("Base",)),
        ("./tax", ("Rate",)),
        ("fs", ()),
        ("../tax/rates.js", ("Table", "rates")),
        ("./total", ("total",)),
    ],
}


def symbols_of(name: str) -> tuple[Symbol, ...]:
    source = source_of(name)
    return outline(source.name, source.read_text())


def patterns() -> list[tuple[str, str, str]]:
    return [
        (name, kind, pattern)
        for name, table in languages().items()
        for kind in ("definitions", "imports", "near")
        for pattern in getattr(table.scan, kind)
    ]


@pytest.mark.parametrize(("name", "kind", "pattern"), patterns())
def test_patterns_begin_at_a_line_and_have_their_groups(name: str, kind: str, pattern: str) -> None:
    groups = re.compile(pattern.encode("ascii"), re.MULTILINE).groups
    assert pattern.startswith("^")
    assert "(?P=" not in pattern
    # Of alternatives inside of one pattern only one group matches.
    assert groups >= 1 if kind == "definitions" else groups in (1, 2)


def test_every_language_has_patterns() -> None:
    assert set(SCANNED) == set(languages())


@pytest.mark.parametrize("name", SCANNED)
def test_the_scan_agrees_with_the_outline(name: str) -> None:
    symbols = symbols_of(name)
    wanted = {symbol.name for symbol in symbols if symbol.kind not in MINOR}
    found = {found for found, _ in scan_definitions(name, source_of(name).read_bytes())}
    missed, invented = wanted - found, found - {symbol.name for symbol in symbols}
    assert len(missed) <= 0.1 * len(wanted), f"{name} misses {len(missed)} of {len(wanted)}: {sorted(missed)}"
    assert len(invented) <= 0.1 * len(found), f"{name} invents {len(invented)} of {len(found)}: {sorted(invented)}"


@pytest.mark.parametrize("name", [name for name in SCANNED if name not in DATA])
def test_a_name_is_first_found_within_its_definition(name: str) -> None:
    spans: dict[str, set[int]] = {}
    for symbol in symbols_of(name):
        spans.setdefault(symbol.name, set()).update(range(symbol.span.start, symbol.span.end + 1))
    first = dict(reversed(scan_definitions(name, source_of(name).read_bytes())))
    assert {found: line for found, line in first.items() if found in spans and line not in spans[found]} == {}


@pytest.mark.parametrize("name", languages())
def test_imports_of_the_fixture(name: str) -> None:
    assert list(scan_imports(name, source_of(name).read_bytes())) == IMPORTS.get(name, [])


def test_the_first_line_and_lines_that_end_as_on_windows() -> None:
    text = b"def a(): pass\r\nclass B:\r\n    def c(self): pass\r\nLIMIT = 1\r\n"
    assert scan_definitions("python", text) == (("a", 1), ("B", 2), ("c", 3), ("LIMIT", 4))
    assert scan_imports("python", b"from a.b import c\r\nimport d\r\n") == (("a.b", ("c",)), ("d", ()))
    assert scan_imports("go", b'package a\r\n\r\nimport (\r\n\t"fmt"\r\n\tx "a.org/b/c" // why\r\n)\r\n') == (
        ("fmt", ()),
        ("a.org/b/c", ()),
    )


def test_a_byte_order_mark_is_no_text() -> None:
    assert scan_definitions("c-sharp", b"\xef\xbb\xbfnamespace A.B;\n") == (("B", 1),)
    assert scan_imports("c-sharp", b"\xef\xbb\xbfusing A.B;\n") == (("A.B", ()),)


def test_imports_over_several_lines() -> None:
    text = b"from a import (  # why?\n    b,\n    c as d,  # e\n)\nfrom f import g, \\\n    h\nimport i.j as k, l\n"
    assert scan_imports("python", text) == (
        ("a", ("b", "c")),
        ("f", ("g", "h")),
        ("i.j", ()),
        ("l", ()),
    )


def test_what_is_no_language_is_empty() -> None:
    assert scan_definitions("", b"def a(): pass") == scan_definitions("klingon", b"def a(): pass") == ()
    assert scan_imports("", b"import a") == ()


HOSTILE = [
    b"a", b"(", b" ", b"\n", b"<", b"{", b'"', b"def ", b"import ", b"a,", b"a b ", b"a::", b"\na(", b"\n a(", b"\n ",
    b"\nimport ", b"\nexport {", b"\nfrom a import (", b"\nuse a::{", b"\nint a(", b"\npublic A b(", b"\n@a ", b"[[",
    b"create ", b"\n<a ", b"# ", b"- ", b"a: ", b"\xff",
]  # fmt: skip


LONG = 200_000 if os.environ.get("HYPOTHESIS_PROFILE") == "full" else 80_000


@pytest.mark.parametrize("name", languages())
def test_no_text_takes_more_than_linear_time(name: str) -> None:
    table = languages()[name].scan
    assert table.definition is not None
    assert table.statements or not table.imports  # compiled now, so that only scanning is measured below

    def cost(data: bytes) -> float:
        start = process_time()
        scan_definitions(name, data)
        scan_imports(name, data)
        return process_time() - start

    for seed in HOSTILE:
        text = seed * (LONG // len(seed))
        # Clocks are too coarse for the fastest of them; what takes half a microsecond a byte must prove itself.
        long = cost(text)
        if long > LONG / 2e6:
            long = min(long, cost(text))
            short = min(cost(text[: len(text) // 4]) for _ in range(3))
            assert long < 8 * short, f"{name}: {seed!r} takes {long:.3f} s, a quarter of it {short:.3f} s"
