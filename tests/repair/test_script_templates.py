"""What single templates propose for JavaScript and TypeScript, and what every proposal must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from swe_agent.repair.generate import all_candidates
from swe_agent.repair.templates.javascript import TEMPLATES
from swe_agent.syntax.parse import faults

NODE = Path(__file__).parents[2] / "swe_agent" / "repair" / "probe" / "node"


def texts(source: str, template: str, path: str = "m.js") -> set[str]:
    return {c.apply(source) for c in all_candidates({path: source}) if c.template == template}


@pytest.mark.parametrize(
    ("template", "before", "after"),
    [
        ("comparison", "x = a < b", "x = a <= b"),
        ("comparison", "x = a === b", "x = a !== b"),
        ("comparison", "x = a == b", "x = a === b"),
        ("arithmetic", "x = a + b * c", "x = (a + b) * c"),
        ("arithmetic", "x = a * b - c", "x = a * (b - c)"),
        ("arithmetic", "x -= 1", "x += 1"),
        ("arithmetic", "for (const a of b) {\n  x = a\n}", "for (const a of b) {\n  x += a\n}"),
        ("arithmetic", "i--", "i++"),
        ("arithmetic", "x = a / b", "x = Math.floor(a / b)"),
        ("arithmetic", "x = -a", "x = a"),
        ("boolean", "x = a && b", "x = a || b"),
        ("boolean", "x = a || b", "x = a ?? b"),
        ("boolean", "if (f(a)) g()", "if (!f(a)) g()"),
        ("boolean", "if (a < b) g()", "if (!(a < b)) g()"),
        ("boolean", "x = !a", "x = a"),
        ("boolean", "x = a && b", "x = a"),
        ("constant", "x = 10", "x = 9"),
        ("constant", "x = 1.5\ny = 2.5", "x = 2.5\ny = 2.5"),
        ("literal", "x = true", "x = false"),
        ("literal", "x = null", "x = undefined"),
        ("literal", "x = ''", "x = ' '"),
        ("literal", "x = []", "x = {}"),
        ("off by one", "x = a.slice(0, n)", "x = a.slice(0, n - 1)"),
        ("off by one", "x = a[i]", "x = a[i + 1]"),
        ("off by one", "x = a[a.length]", "x = a[a.length - 1]"),
        ("off by one", "x = n - 1", "x = n"),
        ("off by one", "function f(a, b) {\n  return a - b\n}", "function f(a, b) {\n  return a - b + 1\n}"),
        ("off by one", "function f(n) {\n  return f(n)\n}", "function f(n) {\n  return f(n - 1)\n}"),
        (
            "guard",
            "function f(a) {\n  return a.b()\n}",
            "function f(a) {\n  if (a == null) return null\n  return a.b()\n}",
        ),
        (
            "guard",
            "function f(a) {\r\n\treturn a.b();\r\n}",
            "function f(a) {\r\n\tif (!a) return null;\r\n\treturn a.b();\r\n}",
        ),
        (
            "guard",
            "function f(a) {\n  for (const b of a) {\n    b.c()\n  }\n}",
            "function f(a) {\n  for (const b of a) {\n    if (!b) continue\n    b.c()\n  }\n}",
        ),
        (
            "guard",
            "function f(a) {\n  if (a.b.c) g()\n}",
            "function f(a) {\n  if (a.b && a.b.c) g()\n}",
        ),
        ("guard", "function f(a) {\n  return a.b\n}", "function f(a) {\n  return a?.b\n}"),
        ("guard", "function f(a) {\n  return a.b\n}", "function f(a) {\n  return a.b ?? ''\n}"),
        ("guard", "function f(a, b) {\n  return a + b\n}", "function f(a, b) {\n  return (a || 0) + b\n}"),
        ("swap", "x = f(a, b)", "x = f(b, a)"),
        ("swap", "x = new F(a, b)", "x = new F(b, a)"),
        ("swap", "x = a - b", "x = b - a"),
        ("swap", "x = a ? b : c", "x = a ? c : b"),
        ("swap", "x = [a, b]", "x = [b, a]"),
        ("wrong name", "function f(a, b) {\n  return a\n}", "function f(a, b) {\n  return b\n}"),
        ("wrong name", "const f = a => b => a", "const f = a => b => b"),
        ("wrong name", "function f(a, b) {\n  return { a }\n}", "function f(a, b) {\n  return { a: b }\n}"),
        (
            "wrong name",
            "function f(a) {\n  a.low = 1\n  return a.high\n}",
            "function f(a) {\n  a.low = 1\n  return a.low\n}",
        ),
        ("sibling call", "a.push(b)", "a.unshift(b)"),
        ("sibling call", "x = Math.min(a, b)", "x = Math.max(a, b)"),
        ("sibling call", "x = a.some(b)", "x = a.every(b)"),
        ("sibling call", "x = parseInt(a, 10)", "x = parseFloat(a, 10)"),
        ("missing return", "function f(a) {\n  a + 1\n}", "function f(a) {\n  return a + 1\n}"),
        (
            "missing return",
            "function f(a) {\n  const b = a;\n}",
            "function f(a) {\n  const b = a;\n  return b;\n}",
        ),
        (
            "missing return",
            "function f(a) {\n  for (const b of a) {\n    g(b)\n    return a\n  }\n}",
            "function f(a) {\n  for (const b of a) {\n    g(b)\n  }\n  return a\n}",
        ),
        ("missing await", "async function f() {\n  return g()\n}", "async function f() {\n  return await g()\n}"),
        ("missing await", "const f = async () => { x = g().b }", "const f = async () => { x = (await g()).b }"),
        ("missing argument", "x = a.sort()", "x = a.sort((a, b) => a - b)"),
        ("missing argument", "x = parseInt(a)", "x = parseInt(a, 10)"),
        (
            "missing argument",
            "function g(a, b) {}\nfunction f(a, b) {\n  g(a)\n}",
            "function g(a, b) {}\nfunction f(a, b) {\n  g(a, b)\n}",
        ),
        ("default", "function f(a) {}", "function f(a = 0) {}"),
        ("default", "function f({ a }) {}", "function f({ a } = {}) {}"),
        ("string", "x = 'color'\ny = 'colour'", "x = 'colour'\ny = 'colour'"),
        ("string", "x = 'a ${b}'", "x = `a ${b}`"),
        ("pattern", "x = /a/", "x = /a/g"),
        ("pattern", "x = /\\d+/", "x = /\\d*/"),
        ("pattern", "x = /\\d+/", "x = /\\D+/"),
        ("pattern", "x = /[ab]/i", "x = /[^ab]/i"),
        (
            "control",
            "switch (a) {\n  case 1:\n    b()\n  default:\n    c()\n}",
            "switch (a) {\n  case 1:\n    b()\n    break\n  default:\n    c()\n}",
        ),
        ("control", "while (a) {\n  break;\n}", "while (a) {\n  continue;\n}"),
        ("normalise", "function f(a) {\n  return g(a)\n}", "function f(a) {\n  return g(Number(a))\n}"),
        ("normalise", "function f(a) {\n  return a.sort()\n}", "function f(a) {\n  return a.slice().sort()\n}"),
        ("normalise", "function f(a) {\n  return a.trim()\n}", "function f(a) {\n  return a\n}"),
        (
            "extreme",
            "function f(a, x) {\n  for (const b of a) x = b\n}",
            "function f(a, x) {\n  for (const b of a) x = Math.max(x, b)\n}",
        ),
        ("clause", "function f(a) {\n  if (a.b) g()\n}", "function f(a) {\n  if (a == null || a.b) g()\n}"),
        ("operand", "x = a + b", "x = a"),
        ("operand", "function f(a, b) {\n  return a\n}", "function f(a, b) {\n  return a + b\n}"),
    ],
)
def test_template(template: str, before: str, after: str) -> None:
    assert after in texts(before, template)


def test_every_template_is_shown_above() -> None:
    shown = {case[0] for case in test_template.pytestmark[0].args[1]}  # type: ignore[attr-defined] # set by pytest
    assert shown == {template.name for template in TEMPLATES}


@pytest.mark.parametrize("path", ["m.ts", "m.tsx", "m.mjs", "m.cts"])
def test_languages_that_share_them(path: str) -> None:
    assert "const f = (a, b) => a >= b" in texts("const f = (a, b) => a > b", "comparison", path)


def test_types_are_left_alone() -> None:
    before = "export function f(a: number, b: string): string {\n  return b\n}\n"
    found = {c.apply(before) for c in all_candidates({"m.ts": before})}
    assert "export function f(a: number, b: string): string {\n  return a\n}\n" in found
    assert all("a: number" in text and "): string" in text for text in found)


def test_proposals_on_real_files_parse_and_differ() -> None:
    sources = {path.name: path.read_text() for path in sorted(NODE.glob("*.?js"))}
    found = all_candidates(sources)
    assert {c.template for c in found} >= {template.name for template in TEMPLATES} - {"control"}
    some = [(sources[c.path], c) for c in found[::11]]
    assert all(c.apply(before) != before for before, c in some)
    broken = [c for before, c in some if faults(c.path, c.apply(before))]
    assert len(broken) < len(some) / 50, [(c.template, c.path, c.line, c.replacement) for c in broken[:5]]
