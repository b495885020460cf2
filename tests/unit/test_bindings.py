"""What lines define and use, and Python's undefined and redefined names."""

from __future__ import annotations

import pytest

from swe_agent.syntax.bindings import Mentions, mentions
from swe_agent.syntax.scopes import name_faults, read_scopes

SOUND = {
    "a comprehension sees its own names": "rows = []\nx = [r for r in rows if r]\n",
    "a nested comprehension": "m = [[]]\n[c for r in m for c in r]\n",
    "a walrus in a comprehension binds outside": "[y := 1 for _ in []]\nprint(y)\n",
    "a lambda": "f = lambda a, *b, c=1, **d: (a, b, c, d)\n",
    "a later global name in a function": "def f(): return later\nlater = 1\n",
    "global": "def f():\n    global g\n    g = 1\nprint(g)\n",
    "nonlocal": "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    return g, a\n",
    "a function's own name": "def f(): return f\n",
    "a class in a method": "class C:\n    def m(self): return C\n",
    "imports": "import a.b, c as d\nfrom . import e as f, g\nprint(a, d, f, g)\n",
    "a star import may bring anything": "from a import *\nprint(whatever)\n",
    "with": "with open('a') as (b, c), open('d') as e: print(b, c, e)\n",
    "except": "try: pass\nexcept OSError as e: print(e)\n",
    "NameError is expected": "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
    "match": "match 1:\n    case [a, *b] | {'k': a, **b}: print(a, b)\n    case int(real=c) as d: print(c, d)\n",
    "type parameters": "def f[T: int](x: T) -> T: return x\nclass C[T]:\n    x: T\ntype A[T] = list[T]\n",
    "builtins and what modules have": "print(len, __name__, __file__)\n",
    "names of classes": "class C:\n    print(__qualname__, __module__)\n",
    "a literal is no annotation": "from typing import Literal\nx: Literal['a'] = 'a'\n",
    "late annotations": "from __future__ import annotations\ndef f(x: Later): pass\nclass Later: pass\n",
    "quoted annotations": "def f(x: 'Later | None'): pass\nclass Later: pass\n",
    "f-strings": "a = b = 1\nprint(f'{a!r:>{b}}')\n",
    "a try and its except": "try:\n    import a\nexcept ImportError:\n    a = None\n",
    "both ways of an if": "if len:\n    def f(): pass\nelse:\n    def f(): pass\n",
    "overloads": "from typing import overload as o\n@o\ndef f(a: int): ...\n@o\ndef f(a: str): ...\ndef f(a): ...\n",
    "a property's setter": "class C:\n    @property\n    def x(self): ...\n    @x.setter\n    def x(self, v): ...\n",
    "used in between": "import a\na\nimport a\n",
    "names that nobody asks for": "def _(): pass\ndef _(): pass\n",
    "nor for these": "def _a(): pass\ndef _a(): pass\n",
    "parts of one package": "import a.b\nimport a.c\n",
    "the condition comes first": "print(p if (p := 1) else 2)\n",
    "deleted on one way only": "def f(a):\n    if a:\n        del a\n    return a\n",
}
FAULTY = {
    "undefined": ("print(a)\n", [("undefined", "a", 1)]),
    "an attribute is no name": ("a = 1\na.b.c\nb\n", [("undefined", "b", 3)]),
    "a keyword is no name": ("dict(a=b)\n", [("undefined", "b", 1)]),
    "a class body is not seen from its methods": (
        "class C:\n    a = 1\n    def f(self): return a\n", [("undefined", "a", 3)],
    ),
    "nor from its comprehensions, but for the first": (
        "class C:\n    a = []\n    b = [a for x in a]\n", [("undefined", "a", 3)],
    ),
    "a comprehension keeps its names": ("[x for x in []]\nx\n", [("undefined", "x", 2)]),
    "a default is outside": ("def f(a, b=a): pass\n", [("undefined", "a", 1)]),
    "an annotation is outside": ("def f(a: Later): pass\nclass Later: pass\n", [("undefined", "Later", 1)]),
    "announced and not bound": ("x: int\nprint(x)\n", [("undefined", "x", 2)]),
    "deleted": ("a = 1\ndel a\na\n", [("undefined", "a", 3)]),
    "after its except": ("try: pass\nexcept OSError as e: pass\ne\n", [("undefined", "e", 3)]),
    "in quotes": ("def f(x: 'List[Nobody]'): pass\nList = 1\n", [("undefined", "Nobody", 1)]),
    "a decorator": ("@nobody\ndef f(): pass\n", [("undefined", "nobody", 1)]),
    "redefined": ("import a\nimport a\n", [("redefined", "a", 2)]),
    "by a function": ("def f(): pass\ndef f(): pass\n", [("redefined", "f", 2)]),
    "by a method": ("class C:\n    def f(self): pass\n    def f(self): pass\n", [("redefined", "f", 3)]),
    "by a class": ("from a import B\nclass B: pass\n", [("redefined", "B", 2)]),
    "an import by any name": ("from a import _b\nfrom c import _b\n", [("redefined", "_b", 2)]),
    "by a parameter": ("import a\ndef f(a): return a\n", [("redefined", "a", 2)]),
    "by a function within": ("import a\ndef f():\n    import a\n    a\n", [("redefined", "a", 3)]),
}  # fmt: skip


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_sound(text: str) -> None:
    assert name_faults("a.py", text) == ()


@pytest.mark.parametrize(("text", "expected"), FAULTY.values(), ids=FAULTY.keys())
def test_faulty(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert [(fault.kind, fault.name, fault.line) for fault in name_faults("a.py", text)] == expected


def test_names_of_a_module() -> None:
    assert read_scopes("a.py", "import a\nb = 1\ndef c(): d = 1\nclass E: f = 1\n").names == frozenset("abcE")
    assert read_scopes("a.py", "from a import *\n").names is None
    assert read_scopes("a.py", "def __getattr__(name): ...\n").names is None
    assert name_faults("a.js", "nobody") == ()


def shown(said: Mentions) -> tuple[list[str], list[str]]:
    """Definitions that only their file sees, and uses that may not mean such, in brackets."""
    defined = [f"({each.name})" if each.own else each.name for each in said.definitions]
    return defined, [each.name if each.own else f"({each.name})" for each in said.uses]


MENTIONS = {
    "python": (
        "a.py",
        "from a import b as c\nclass K:\n    def m(self, x, y=1): self.z = x.w\nk = K(1, v=c)\n",
        (
            ["(a)", "(b)", "(c)", "K", "(self)", "(x)", "(y)", "m", "m#1", "m#2", "m(x=)", "m(y=)", "z", "k"],
            ["(a)", "(b)", "(c)", "self", "(w)", "x", "(K#2)", "(K(v=))", "K", "c", "(v)"],
        ),
    ),
    "typescript": (
        "a.ts",
        'import {a as b} from "./m";\nconst {x, y: z} = b(1);\nfunction g(p: T) { let t = p.u; this.v = t }\n',
        (["(a)", "(b)", "(x)", "(z)", "(p)", "(t)", "g", "v"], ["(a)", "(b)", "b", "(y)", "T", "p", "t", "(u)"]),
    ),
    "go": (
        "a.go",
        'package p\nimport "net/http"\nfunc (r *T) F(a, b int) { y := g(a); r.m(y) }\n',
        (
            ["(http)", "F", "F#2", "F(a=)", "(a)", "(b)", "(r)", "(y)"],
            ["p", "(g#1)", "(m#1)", "(m)", "T", "a", "g", "int", "r", "y"],
        ),
    ),
    "rust": (
        "a.rs",
        "use crate::a::b;\nfn f(a: &T) -> R { if let Some(x) = g(a) { x.z } }\n",
        (
            ["(a)", "(b)", "(a)", "(x)", "f", "f#1", "f(a=)"],
            ["(a)", "(b)", "(g#1)", "(z)", "R", "Some", "T", "a", "g", "x"],
        ),
    ),
    "java": (
        "a.java",
        "import a.B;\nclass X { int f; void m(int p) { int q = n(p); this.f = q; } }\n",
        (
            ["(B)", "(a)", "(p)", "(q)", "X", "f", "m", "m#1", "m(p=)"],
            ["(B)", "(a)", "(f)", "(n)", "(n#1)", "p", "q"],
        ),
    ),
}


@pytest.mark.parametrize(("path", "text", "expected"), MENTIONS.values(), ids=MENTIONS.keys())
def test_mentions(path: str, text: str, expected: tuple[list[str], list[str]]) -> None:
    defined, used = shown(mentions(path, text, [(1, 9)]))
    assert (set(defined), set(used)) == (set(expected[0]), set(expected[1]))


def test_mentions_of_some_lines() -> None:
    text = "a = 1\nb = f(\n    c=1,\n)\ndef g(\n    x,\n    y,\n): pass\n"
    assert shown(mentions("a.py", text, [(3, 4), (7, 8)])) == (["g#2", "g(y=)", "(y)"], ["(c)", "(f#1)", "(f(c=))"])
    assert mentions("a.py", text, []) == mentions("notes.txt", text, [(1, 9)]) == Mentions()
