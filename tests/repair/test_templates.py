"""What single templates propose, and what every proposal must be."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swe_agent.repair.candidate import edits_between, trimmed
from swe_agent.repair.generate import all_candidates
from swe_agent.repair.templates import TEMPLATES
from swe_agent.syntax.parse import faults

ORDERS = Path(__file__).parents[2] / "examples" / "orders" / "orders"


def texts(source: str, template: str) -> set[str]:
    return {c.apply(source) for c in all_candidates({"m.py": source}) if c.template == template}


PROPOSED = [
    ("comparison", "x = a < b", "x = a <= b"),
    ("comparison", "x = a not in b", "x = a in b"),
    ("comparison", "x = a is not b", "x = a != b"),
    ("arithmetic", "x = a + b * c", "x = (a + b) * c"),
    ("arithmetic", "x = a * b - c", "x = a * (b - c)"),
    ("arithmetic", "x -= 1", "x += 1"),
    ("arithmetic", "for a in b:\n    x = a", "for a in b:\n    x += a"),
    ("arithmetic", "x = -a", "x = a"),
    ("boolean", "x = a and b", "x = a or b"),
    ("boolean", "if f(a):\n    pass", "if not f(a):\n    pass"),
    ("boolean", "x = not a", "x = a"),
    ("boolean", "x = True", "x = False"),
    ("boolean", "x = a and b", "x = a"),
    ("constant", "x = 10", "x = 9"),
    ("constant", "x = 1.5\ny = 2.5", "x = 2.5\ny = 2.5"),
    ("off by one", "x = range(n)", "x = range(1, n + 1)"),
    ("off by one", "x = a[i]", "x = a[i - 1]"),
    ("off by one", "x = a[: n - 1]", "x = a[: n]"),
    ("off by one", "x = (a - b).days", "x = (a - b).days + 1"),
    ("guard", "def f(a):\n    return a.b()", "def f(a):\n    if a is None:\n        return None\n    return a.b()"),
    ("guard", "def f(a):\n    if a.b:\n        pass", "def f(a):\n    if a and a.b:\n        pass"),
    (
        "guard",
        "def f(a):\n    for b in a:\n        b.c()",
        "def f(a):\n    for b in a:\n        if not b:\n            continue\n        b.c()",
    ),
    ("guard", "def f(a, b):\n    return a + b", "def f(a, b):\n    return (a or 0) + b"),
    ("guard", "def f(a):\r\n\treturn 1 / a\r\n", "def f(a):\r\n\tif not a:\r\n\t\treturn 0\r\n\treturn 1 / a\r\n"),
    ("swap", "x = f(a, b)", "x = f(b, a)"),
    (
        "extreme",
        "def f(a):\n    for b in a:\n        x = b + 1",
        "def f(a):\n    for b in a:\n        x = max(x, b + 1)",
    ),
    ("extreme", "x = a - b", "x = max(0, a - b)"),
    ("clause", "def f(a, b):\n    if a < 0:\n        pass", "def f(a, b):\n    if a < 0 or not b:\n        pass"),
    (
        "clause",
        "def f(a):\n    if a.b is None:\n        pass",
        "def f(a):\n    if a is None or a.b is None:\n        pass",
    ),
    ("clause", "def f(a):\n    while True:\n        a.b()", "def f(a):\n    while a:\n        a.b()"),
    ("result", "def f(a):\n    return []", "def f(a):\n    return [a]"),
    ("result", "def f(a):\n    return []", "def f(a):\n    return [[]]"),
    (
        "result",
        "def f(a):\n    b = 0\n    b += a\n    return True",
        "def f(a):\n    b = 0\n    b += a\n    return b == 0",
    ),
    ("result", "def f(a):\n    return [b for b in a]", "def f(a):\n    return a + [b for b in a]"),
    (
        "part",
        "def f(a, n):\n    n -= 1\n    for b in a:\n        pass",
        "def f(a, n):\n    n -= 1\n    for b in a[n:]:\n        pass",
    ),
    ("part", "def f(a):\n    return g(a[0], a)", "def f(a):\n    return g(a[0], a[1:])"),
    ("operand", "def f(a):\n    return 2 * a", "def f(a):\n    return a"),
    ("operand", "def f(a, b):\n    b += 1\n    return g(a)", "def f(a, b):\n    b += 1\n    return g(a - b)"),
    ("other expression", "def f(a, b):\n    a[0] = a[0] + b[1]", "def f(a, b):\n    a[0] = a[0] + a[0]"),
    ("other expression", "def f(a, b):\n    a.update(b)", "def f(a, b):\n    a = b"),
    ("off by one", "x = a[i, j]", "x = a[i, j - 1]"),
    ("off by one", "x = len(a) * [0]", "x = (len(a) - 1) * [0]"),
    (
        "missing statement",
        "def f(a):\n    b = []\n    for c in a:\n        c.d()\n    return b",
        "def f(a):\n    b = []\n    for c in a:\n        c.d()\n        b.append(c)\n    return b",
    ),
    (
        "missing statement",
        "def f(a):\n    b = None\n    while a:\n        a.c = b\n        a = a.d\n    return b",
        "def f(a):\n    b = None\n    while a:\n        a.c = b\n        b = a\n        a = a.d\n    return b",
    ),
    ("swap", "x = a - b", "x = b - a"),
    ("swap", "x = a, b", "x = b, a"),
    ("swap", "x = a if b else c", "x = c if b else a"),
    ("wrong name", "def f(a, b):\n    return a", "def f(a, b):\n    return b"),
    ("wrong name", "def f(a):\n    a.low = a.high", "def f(a):\n    a.low = a.low"),
    ("sibling call", "x = a.lower()", "x = a.upper()"),
    ("sibling call", "x = any(a)", "x = all(a)"),
    ("missing return", "def f(a):\n    a + 1", "def f(a):\n    return a + 1"),
    ("missing return", "def f(a):\n    b = a", "def f(a):\n    b = a\n    return b"),
    ("missing keyword", "x = sorted(a)", "x = sorted(a, reverse=True)"),
    ("missing keyword", "x = next(a)", "x = next(a, None)"),
    ("string", "x = 'color'\ny = 'colour'", "x = 'colour'\ny = 'colour'"),
    ("lookup", "x = a.get(b)", "x = a.get(b, 0)"),
    ("lookup", "x = a[b]", "x = a.get(b, 0)"),
    ("lookup", "x = a.get(b, 1)", "x = a.get(b, [])"),
    ("control", "for a in b:\n    break", "for a in b:\n    continue"),
    ("normalise", "x = a == b", "x = a.lower() == b"),
    ("f-string", "def f(a):\n    return '{a.b!r} {0} {{a}}'", "def f(a):\n    return f'{a.b!r} {0} {{a}}'"),
    ("f-string", "def f(a):\n    return ('ü{a}' 'b' r'{a:>3}')", "def f(a):\n    return (f'ü{a}' 'b' fr'{a:>3}')"),
    ("normalise", "def f(a):\n    return a - 1", "def f(a):\n    return abs(a - 1)"),
    # What other tools' mutations take back.
    ("any operator", "x = a is b", "x = a < b"),
    ("any operator", "x = a < b < c", "x = a is not b < c"),
    ("any operator", "x = a << b", "x = a % b"),
    ("any operator", "x = 'a' - b", "x = 'a' % b"),
    ("any operator", "x **= a", "x -= a"),
    ("unary", "x = a[1]", "x = a[-1]"),
    ("unary", "x = ~a", "x = -a"),
    ("unary", "x = b * ~a", "x = b * (not a)"),
    ("unary", "x = not a", "x = -a"),
    ("unary", "x = a & b", "x = a & ~b"),
    ("unary", "def f(a=1):\n    pass", "def f(a=-1):\n    pass"),
    ("negation", "assert f(a)", "assert not f(a)"),
    ("negation", "x = f(a in b)", "x = f(not a in b)"),
    ("negation", "x = not (a < b)", "x = not (not a < b)"),
    ("negation", "x = [a for a in b if a is c]", "x = [a for a in b if not a is c]"),
    ("constant", "x = a[-1]", "x = a[0]"),
    ("constant", "x = 0x10", "x = 17"),
    (
        "decorator",
        "class A:\n    def f(cls):\n        pass",
        "class A:\n    @classmethod\n    def f(cls):\n        pass",
    ),
    ("decorator", "class A:\n    def f(a):\n        pass", "class A:\n    @staticmethod\n    def f(a):\n        pass"),
    (
        "decorator",
        "class A:\n    def f(self):\n        pass",
        "class A:\n    @property\n    def f(self):\n        pass",
    ),
    (
        "decorator",
        "import functools\n\ndef f(g):\n    def h():\n        pass\n    return h",
        "import functools\n\ndef f(g):\n    @functools.wraps(g)\n    def h():\n        pass\n    return h",
    ),
    (
        "decorator",
        "@cache\ndef f():\n    pass\ndef g():\n    pass",
        "@cache\ndef f():\n    pass\n@cache\ndef g():\n    pass",
    ),
    ("decorator", "@a\nclass A: ...\n@b\nclass B: ...", "@b\n@a\nclass A: ...\n@b\nclass B: ..."),
    (
        "exception",
        "try:\n    x = a['b']\nexcept Unheard:\n    pass",
        "try:\n    x = a['b']\nexcept KeyError:\n    pass",
    ),
    (
        "exception",
        "try:\n    f()\nexcept (TypeError, Unheard) as e:\n    pass",
        "try:\n    f()\nexcept (TypeError, ValueError) as e:\n    pass",
    ),
    (
        "exception",
        "try:\n    f()\nexcept KeyError:\n    pass",
        "try:\n    f()\nexcept (KeyError, TypeError):\n    pass",
    ),
    ("raised", "raise ValueError(a)", "raise TypeError(a)"),
    (
        "empty loop",
        "def f(lines):\n    for line in []:\n        pass",
        "def f(lines):\n    for line in lines:\n        pass",
    ),
    (
        "empty loop",
        "def f(a):\n    for b, c in []:\n        pass",
        "def f(a):\n    for b, c in a.items():\n        pass",
    ),
    (
        "empty loop",
        "RULES = ()\n\ndef f(a):\n    for rule in []:\n        pass",
        "RULES = ()\n\ndef f(a):\n    for rule in RULES:\n        pass",
    ),
    # What people mend.
    (
        "borrowed condition",
        "def f(a, b):\n    if a:\n        pass\n    if b:\n        pass",
        "def f(a, b):\n    if a and b:\n        pass\n    if b:\n        pass",
    ),
    ("borrowed keyword", "def f():\n    g(a=1)\n    g(2)", "def f():\n    g(a=1)\n    g(2, a=1)"),
    ("conditional", "def f(a):\n    a.b()", "def f(a):\n    if a:\n        a.b()"),
    ("none test", "if a:\n    pass", "if a is not None:\n    pass"),
    ("none test", "if not a and b:\n    pass", "if a is None and b:\n    pass"),
    ("wrapped", "def f(a):\n    return g(a)", "def f(a):\n    return g(str(a))"),
    ("wrapped", "def f(a):\n    return h(g(a), a)", "def f(a):\n    return h(g(a), g(a))"),
    (
        "wrong callee",
        "def first(a):\n    return last(a)\ndef lasts(a): ...\nfrom b import last",
        "def first(a):\n    return lasts(a)\ndef lasts(a): ...\nfrom b import last",
    ),
    ("wrong callee", "x = a.names\ny = b.name", "x = a.name\ny = b.name"),
    ("unknown name", "def f(items):\n    return itmes", "def f(items):\n    return items"),
    (
        "unknown name",
        "class A:\n    def f(self):\n        self.b = 1\n        return b",
        "class A:\n    def f(self):\n        self.b = 1\n        return self.b",
    ),
    ("member", "def f(a):\n    g(a.b)\n    return a", "def f(a):\n    g(a.b)\n    return a.b"),
    ("member", "def f(a):\n    return a.b", "def f(a):\n    return a"),
    ("method", "def f(a):\n    x = a\n    return b.c()", "def f(a):\n    x = a.c()\n    return b.c()"),
    ("iterated", "for a in b:\n    pass", "for a in list(b):\n    pass"),
    ("iterated", "for a, c in b:\n    pass", "for a, c in b.items():\n    pass"),
    ("argument", "def f(a, b):\n    return g(a)", "def f(a, b):\n    return g(a, b)"),
    ("argument", "x = f(a, b)", "x = f(a)"),
    ("argument", "x = f(a, b=1)", "x = f(a)"),
    ("argument", "def f(*args):\n    return g()", "def f(*args):\n    return g(*args)"),
    ("default value", "def f(a=None): ...", "def f(a=()): ..."),
    ("default value", "def f(a, b): ...", "def f(a, b=None): ..."),
    (
        "default value",
        "def f(a=[]):\n    a.b()",
        "def f(a=None):\n    if a is None:\n        a = []\n    a.b()",
    ),
    ("text", "x = ','", "x = ', '"),
    ("text", "x = ''", "x = ' '"),
    ("text", "x = 'a %s'", "x = 'a %r'"),
    ("text", "x = 'a '", "x = 'a'"),
    ("text", "x = 'Name'", "x = 'name'"),
    ("membership", "x = a == 'b'\ny = a == 'c'", "x = a in ('b', 'c')\ny = a == 'c'"),
    ("membership", "x = a not in ('b',)\ny = a == 'c'", "x = a not in ('b', 'c',)\ny = a == 'c'"),
    ("kind test", "x = isinstance(a, list)", "x = isinstance(a, (list, tuple))"),
    ("kind test", "x = isinstance(a, (int, str))", "x = isinstance(a, (int, str, float))"),
    ("container", "x = [a]", "x = (a,)"),
    ("container", "x = f(a for a in b)", "x = f([a for a in b])"),
    ("await", "async def f():\n    return g()", "async def f():\n    return await g()"),
    ("await", "async def f():\n    return await g()", "async def f():\n    return g()"),
    (
        "super call",
        "class A(B):\n    def __init__(self, a):\n        self.a = a",
        "class A(B):\n    def __init__(self, a):\n        super().__init__(a)\n        self.a = a",
    ),
    ("moved", "for a in b:\n    c(a)\n    d(a)", "for a in b:\n    c(a)\nd(a)"),
    ("moved", "if a:\n    b()\nc()", "if a:\n    b()\n    c()"),
    ("or default", "def f(a):\n    x = a", "def f(a):\n    x = a or {}"),
    ("attribute default", "def f(a):\n    return a.b", 'def f(a):\n    return getattr(a, "b", None)'),
    ("copy", "def f(self, a):\n    self.a = a", "def f(self, a):\n    self.a = a.copy()"),
    ("copy", "import copy\n\ndef f(a):\n    return a", "import copy\n\ndef f(a):\n    return copy.deepcopy(a)"),
    ("wrong keyword", "def f(name): ...\nx = f(nam=1)", "def f(name): ...\nx = f(name=1)"),
    ("missing keyword", "x = open(a)", 'x = open(a, encoding="utf-8")'),
    ("missing keyword", "x = re.compile(a)", "x = re.compile(a, flags=re.IGNORECASE)"),
]


@pytest.mark.parametrize(("template", "before", "after"), PROPOSED)
def test_proposed(template: str, before: str, after: str) -> None:
    assert after in texts(before, template)


@pytest.mark.parametrize(
    ("template", "source"),
    [
        ("wrong name", "x = a"),
        ("missing return", "def f(a):\n    b = a\n    return 1"),
        ("missing return", "def f(a):\n    b = a\n    yield b"),
        ("string", '"""A docstring."""\nx = "A docstrin"'),
        ("lookup", "a[b] = 1"),
        ("guard", "x = a.b"),
        ("off by one", "x = range(3)[0]\ny = a['b']"),
        ("f-string", "def f(a):\n    return '{a}'.format(a=a)"),
        ("f-string", "def f(a):\n    return f'{a}' '{b}'"),
        ("f-string", "def f(a):\n    return b'{a}'"),
        ("f-string", 'def f(a):\n    """{a}"""'),
    ],
)
def test_not_proposed(template: str, source: str) -> None:
    assert {text for text in texts(source, template) if "range(1" not in text} == set()


def test_every_template_is_shown_by_an_example() -> None:
    assert {name for name, _, _ in PROPOSED} == {template.name for template in TEMPLATES}


def test_candidates_of_the_demo_all_parse_but_for_a_few() -> None:
    sources = {path.name: path.read_text() for path in ORDERS.glob("*.py")}
    candidates = all_candidates(sources)
    broken = [c for c in candidates if faults(c.path, c.apply(sources[c.path]))]
    assert len(candidates) > 1_000
    assert broken == []


def test_candidates_carry_their_lines() -> None:
    source = "def f(a, b):\n    return g(\n        a,\n        b < 1,\n    )\n"
    (found,) = [c for c in all_candidates({"m.py": source}) if c.replacement == "<="]
    assert (found.line, found.statement, found.removed(source)) == (4, 2, "<")


NAMES = st.sampled_from(["a", "b", "items", "self.x", "LIMIT", "f(a)", "items[0]", "1", "2.5", "'text'", "None", "é"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "<", "<=", "==", "in", "is not", "and", "or"])
EXPRESSIONS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("{} {} {}".format, inner, OPERATORS, inner),
        st.builds("g({}, {})".format, inner, inner),
        st.builds("(not {})".format, NAMES),
        st.builds("[q for q in {} if {}]".format, NAMES, inner),
        st.builds("d.get({})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.builds("x = {}".format, EXPRESSIONS),
    st.builds("x += {}".format, EXPRESSIONS),
    st.builds("return {}".format, EXPRESSIONS),
    st.builds("if {}:\n        return {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("for i in range({}):\n        x = {}\n        return x".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("{}".format, EXPRESSIONS),
)


@settings(max_examples=40)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_candidates_of_sound_functions_parse_and_change_something(statements: list[str]) -> None:
    source = "def f(self, a, b, items=None):\n" + "".join(f"    {line}\n" for line in statements)
    assert faults("m.py", source) == ()
    candidates = all_candidates({"m.py": source})
    assert candidates == all_candidates({"m.py": source})
    assert len({(c.start, c.end, c.replacement) for c in candidates}) == len(candidates)
    for candidate in candidates:
        assert candidate.apply(source) != source
        assert faults("m.py", candidate.apply(source)) == ()


TEXTS = st.text(alphabet="abéè\udce9\n ", max_size=30)


@given(TEXTS, TEXTS)
def test_edits_turn_the_old_into_the_new(old: str, new: str) -> None:
    for edits in ([trimmed("m.py", old, new)], edits_between("m.py", old, new)):
        data = old.encode("utf-8", "surrogateescape")
        for _, start, end, text in edits:
            data = data[:start] + text.encode("utf-8", "surrogateescape") + data[end:]
        assert data == new.encode("utf-8", "surrogateescape")


def test_text_that_is_not_utf8_stays_as_it_is() -> None:
    source = dedent("# caf\udce9\nx = a < b\n")
    assert "# caf\udce9\nx = a <= b\n" in texts(source, "comparison")
