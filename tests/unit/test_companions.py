"""Companions of blocks: small changes, what a part of them needs, and what is wrong without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.desk.companions import Companions, Texts, faults_of, needed, needed_without

GAP = "".join(f"# {number}\n" for number in range(3))
"""What keeps blocks apart."""


@dataclass(frozen=True, kw_only=True)
class Made:
    changes: tuple[FileChange, ...]
    texts: Texts

    def id(self, fragment: str) -> str:
        """The one block that adds or removes this text."""
        found = [
            block.id
            for change in self.changes
            for block in change.blocks
            if fragment in "".join((*block.removed, *block.added)) or (fragment == block.note != "")
        ]
        assert len(found) == 1, (fragment, found)
        return found[0]


def made(before: Mapping[str, str], after: Mapping[str, str]) -> Made:
    """The change between two trees; "~" on a line of its own stands for lines that keep blocks apart."""
    base, head = ({path: text.replace("~\n", GAP).encode() for path, text in end.items()} for end in (before, after))
    changes = []
    for path in sorted({*base, *head}):
        if base.get(path) != head.get(path):
            old, new = (FileEntry(mode="100644", id=str(end[path])) if path in end else None for end in (base, head))
            changes.append(diff_file(path, old, new, base.get(path, b""), head.get(path, b"")))
    return Made(changes=tuple(changes), texts=Texts(base=base, head=head))


PYTHON = {
    "an import": (
        {"a.py": "~\n"}, {"a.py": "import os\n~\nprint(os)\n"}, "print", [("import os", "imports `os`")],
    ),
    "a function": (
        {"a.py": "~\n"}, {"a.py": "def total(): pass\n~\ntotal()\n"}, "total()\n",
        [("def total", "defines `total`")],
    ),
    "a variable": (
        {"a.py": "def f():\n    ~\n    return 1\n".replace("    ~\n", "~\n")},
        {"a.py": "def f():\n    rate = 2\n~\n    return rate\n"},
        "return rate", [("rate = 2", "defines `rate`")],
    ),
    "a parameter": (
        {"a.py": "def f():\n    x = 1\n~\n    return x\n"}, {"a.py": "def f(y):\n    x = 1\n~\n    return x + y\n"},
        "return x + y", [("def f(y)", "defines `y`")],
    ),
    "the last use": (
        {"a.py": "import os\n~\nprint(os)\n~\n"}, {"a.py": "~\nprint(1)\n~\n"}, "import os",
        [("print(1)", "removes a use of `os`, which is gone")],
    ),
    "the old definition": (
        {"a.py": "def f(): pass\n~\n"}, {"a.py": "~\ndef f(): return 1\n"}, "return 1",
        [("def f(): pass", "removes the old `f`")],
    ),
    "one statement": (
        {"a.py": "f = max\nx = f(\n    1,\n    2)\n"}, {"a.py": "f = max\nx = [\n    1,\n    2]\n"}, "x = [",
        [("2]", "part of the same statement")],
    ),
    "an attribute": (
        {"a.py": "class C:\n    pass\n~\nc = C()\n"},
        {"a.py": "class C:\n    def price(self): pass\n~\nc = C()\nc.price()\n"},
        "c.price()", [("def price", "defines `price`")],
    ),
    "a keyword": (
        {"a.py": "def f(a):\n    pass\n~\nf(1)\n"}, {"a.py": "def f(a, tax=0):\n    pass\n~\nf(1, tax=2)\n"}, "tax=2",
        [("tax=0", "changes the parameters of `f`, as the call passes them")],
    ),
    "another file's function": (
        {"a.py": "x = 1\n", "b.py": "import os\n"},
        {"a.py": "x = 1\ndef total(): pass\n", "b.py": "import os\nfrom a import total\n"},
        "from a", [("def total", "defines `total`")],
    ),
    "a new file": (
        {"b.py": "import os\n"}, {"pkg/a.py": "x = 1\n", "b.py": "import os\nimport pkg.a\n"}, "import pkg.a",
        [("x = 1", "the new file `pkg/a.py`, which `b.py` imports")],
    ),
    "a file that goes": (
        {"pkg/a.py": "x = 1\n", "b.py": "import os\nimport pkg.a\n"}, {"b.py": "import os\n"}, "x = 1",
        [("import pkg.a", "removes the import of `pkg/a.py`, which is gone")],
    ),
    "all uses": (
        {"a.py": "class C:\n    def price(self): pass\n~\nc.price\n~\nd.price\n"},
        {"a.py": "class C:\n    pass\n~\nc\n~\nd\n"},
        "def price", [("c.price", "removes a use of `price`, which is gone"),
                      ("d.price", "removes a use of `price`, which is gone")],
    ),
    "nothing": ({"a.py": "x = 1\n~\ny = 1\n"}, {"a.py": "x = 2\n~\ny = 2\n"}, "x = 2", []),
    "one thing after another": (
        {"a.py": "~\n~\n"}, {"a.py": "import os\n~\ndef f(): return os\n~\nf()\n"}, "f()\n",
        [("import os", "imports `os`"), ("def f", "defines `f`")],
    ),
}  # fmt: skip
OTHERS = {
    "javascript: a function of another file": (
        {"a.js": "// a\n", "b.js": "// b\n"},
        {"a.js": "// a\nexport function total() {}\n", "b.js": "// b\nimport {total} from './a';\n"},
        "import", [("export", "defines `total`")],
    ),
    "typescript: a constant": (
        {"a.ts": "f();\n// 1\n// 2\ng();\n"}, {"a.ts": "const rate = 2;\n// 1\n// 2\ng(rate);\n"}, "g(rate)",
        [("const rate", "defines `rate`")],
    ),
    "typescript: a bracket": (
        {"a.ts": "f();\n// 1\n// 2\ng();\n"}, {"a.ts": "if (a) {\n// 1\n// 2\n}\n"}, "if (a)",
        [("}\n", "closes a bracket")],
    ),
    "go: an import": (
        {"a.go": 'package a\n\nimport (\n\t"os"\n)\n\nfunc f() {\n}\n'},
        {"a.go": 'package a\n\nimport (\n\t"os"\n\t"net/http"\n)\n\nfunc f() {\n\thttp.Get("")\n}\n'},
        "http.Get", [('"net/http"', "imports `http`")],
    ),
    "go: a method": (
        {"a.go": "package a\n\ntype T struct{}\n\nfunc f(t T) {\n}\n"},
        {"a.go": "package a\n\ntype T struct{}\n\nfunc (t T) total() {}\n\nfunc f(t T) {\n\tt.total()\n}\n"},
        "t.total()", [("func (t T) total", "defines `total`")],
    ),
    "rust: a use": (
        {"a.rs": "mod x;\n\nfn f() {\n}\n"}, {"a.rs": "use std::fmt;\nmod x;\n\nfn f() {\n    fmt::format();\n}\n"},
        "fmt::format", [("use std", "imports `fmt`")],
    ),
    "rust: a function that goes": (
        {"a.rs": "fn rate() {}\n\nfn f() {\n    rate();\n}\n"}, {"a.rs": "\nfn f() {\n    g();\n}\n"}, "fn rate",
        [("g();", "removes a use of `rate`, which is gone")],
    ),
    "java: a field": (
        {"A.java": "class A {\n\n  void f() {\n  }\n}\n"},
        {"A.java": "class A {\n  int rate = 2;\n\n  void f() {\n    g(this.rate);\n  }\n}\n"},
        "g(this.rate)", [("int rate", "defines `rate`")],
    ),
}  # fmt: skip
CASES = {**PYTHON, **OTHERS}
Case = tuple[dict[str, str], dict[str, str], str, list[tuple[str, str]]]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_a_block_needs(case: Case) -> None:
    before, after, fragment, expected = case
    change = made(before, after)
    chosen = change.id(fragment)
    needs = needed(change.changes, change.texts, {chosen: None})
    assert [(need.block, need.why) for need in needs] == [(change.id(part), why) for part, why in expected]
    assert faults_of(change.changes, change.texts, {chosen: None} | {need.block: None for need in needs}) == ()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_goes_with_a_block(case: Case) -> None:
    before, after, fragment, expected = case
    change = made(before, after)
    whole = {block.id: None for each in change.changes for block in each.blocks}
    for part, _ in expected:
        gone = {need.block for need in needed_without(change.changes, change.texts, whole, change.id(part))}
        assert change.id(fragment) in gone


def test_who_needs_it() -> None:
    change = made(*PYTHON["one thing after another"][:2])
    needs = needed(change.changes, change.texts, {change.id("f()\n"): None})
    assert [need.by for need in needs] == [change.id("def f"), change.id("f()\n")]


def test_faults_are_told() -> None:
    before = {"a.py": "~\n", "b.py": "def f(): pass\n~\n", "c.py": "f = max\nx = f(\n    1,\n    2)\n"}
    after = {"a.py": "import os\n~\nos\n", "b.py": "~\ndef f(): 1\n", "c.py": "f = max\nx = [\n    1,\n    2]\n"}
    change = made(before, after)
    chosen = {block.id: None for each in change.changes for block in each.blocks if block.added[:1] != ("import os\n",)}
    del chosen[change.id("def f(): pass")], chosen[change.id("2]")]
    told = [(f.path, f.line, f.kind) for f in faults_of(change.changes, change.texts, chosen)]
    assert told == [("a.py", 4, "undefined"), ("b.py", 5, "redefined"), ("c.py", 2, "syntax")]


def test_what_another_file_lacks_is_told_with_the_file() -> None:
    after = {"a.py": "x = 1\ndef total(): pass\n", "b.py": "from a import total\nimport pkg.c\n", "pkg/c.py": "y = 1\n"}
    change = made({"a.py": "x = 1\n", "b.py": "\n"}, after)
    faults = faults_of(change.changes, change.texts, {change.id("from a"): None})
    assert list(map(str, faults)) == [
        "b.py:1: `total` is not defined in `a.py`",
        "b.py:2: `pkg/c.py` is not there",
    ]


def test_what_was_wrong_before_is_no_fault() -> None:
    change = made({"a.py": "nobody\n~\n"}, {"a.py": "nobody\n~\nx = 1\n~\ny = 1\n"})
    assert faults_of(change.changes, change.texts, {change.id("x = 1"): None}) == ()


def test_an_edited_block_is_judged_as_edited() -> None:
    change = made({"a.py": "~\n"}, {"a.py": "import os\n~\nprint(os)\n"})
    chosen = {change.id("print"): ("print(1)\n",)}
    assert needed(change.changes, change.texts, chosen) == ()
    typo = {**dict.fromkeys([change.id("import os")]), change.id("print"): ("print(oz)\n",)}
    assert [f.what for f in faults_of(change.changes, change.texts, typo)] == ["oz"]
    assert needed(change.changes, change.texts, typo) == ()


def test_no_blocks_and_all_blocks_need_nothing() -> None:
    change = made(*PYTHON["one thing after another"][:2])
    whole = {block.id: None for each in change.changes for block in each.blocks}
    companions = Companions(change.changes, change.texts)
    assert companions.needed({}) == companions.needed(whole) == companions.faults_of(whole) == ()


def test_units_that_are_no_lines() -> None:
    old, new = FileEntry(mode="120000", id="1"), FileEntry(mode="120000", id="2")
    link = diff_file("link", old, new, b"a.py", b"b.py")
    mode = diff_file("run.py", FileEntry(mode="100644", id="3"), FileEntry(mode="100755", id="3"), b"1\n", b"1\n")
    texts = Texts(base={"link": b"a.py", "run.py": b"1\n"}, head={"link": b"b.py", "run.py": b"1\n"})
    chosen = dict.fromkeys([link.blocks[0].id])
    assert needed((link, mode), texts, chosen) == faults_of((link, mode), texts, chosen) == ()


def test_a_link_that_is_imported_is_there() -> None:
    link = diff_file("a.py", FileEntry(mode="120000", id="1"), FileEntry(mode="120000", id="2"), b"b.py", b"c.py")
    user = made({"d.py": "import os\n"}, {"d.py": "import os\nfrom a import total\nimport a\n"})
    texts = Texts(base={**user.texts.base, "a.py": b"b.py"}, head={**user.texts.head, "a.py": b"c.py"})
    assert needed((link, *user.changes), texts, {user.id("import a"): None}) == ()


# ---- a file that is moved


def moved(user: tuple[str, str]) -> Made:
    """`labels.py` becomes `tags.py`, with an edit, and who imports it says so."""
    base = {"shop/tags.py": b"def tag(): pass\n# 0\n# 1\nold = 1\n", "shop/user.py": user[0].encode()}
    head = {"shop/tags.py": b"def tag(): pass\n# 0\n# 1\nold = 2\n", "shop/user.py": user[1].encode()}
    entries = {path: [FileEntry(mode="100644", id=f"{path}{n}") for n in "12"] for path in base}
    changes = (
        diff_file(
            "shop/tags.py", *entries["shop/tags.py"], base["shop/tags.py"], head["shop/tags.py"], "shop/labels.py"
        ),
        diff_file("shop/user.py", *entries["shop/user.py"], base["shop/user.py"], head["shop/user.py"]),
    )
    return Made(changes=changes, texts=Texts(base=base, head=head))


def test_an_import_of_a_moved_file_needs_the_move_and_not_its_lines() -> None:
    one = moved(("from shop.labels import tag\n# 0\ntag()\n", "from shop.tags import tag\n# 0\ntag()\n"))
    move, imported = one.changes[0].blocks[0].id, one.id("from shop.tags")
    assert [(fault.module, fault.what) for fault in faults_of(one.changes, one.texts, {imported: None})] == [
        ("shop/tags.py", "")
    ]
    (need,) = needed(one.changes, one.texts, {imported: None})
    assert (need.block, need.why) == (move, "moves the file to `shop/tags.py`, which `shop/user.py` imports")
    (back,) = needed(one.changes, one.texts, {move: None})
    assert (back.block, back.why) == (imported, "removes the import of `shop/labels.py`, which is gone")
    assert faults_of(one.changes, one.texts, {move: None, imported: None}) == ()
    assert needed(one.changes, one.texts, {one.id("old = 2"): None}) == ()
    (gone,) = needed_without(one.changes, one.texts, {move: None, imported: None}, move)
    assert (gone.block, gone.why) == (imported, "imports `shop/tags.py`")
