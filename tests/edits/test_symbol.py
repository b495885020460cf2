"""Edits that name a definition: the whole of it, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from swe_agent.core.edit import Edit, Rename, SymbolEdit
from swe_agent.core.source import Reference, Symbol
from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import apply_text, parse
from swe_agent.edits.refusal import Refused
from swe_agent.syntax.faults import new_faults
from swe_agent.syntax.parse import outline, references

CART = '''import math


class Cart:
    """A cart."""

    # The sum.
    @property
    def total(self):
        return math.fsum(self.lines)

    def count(self):
        return len(self.lines)


def empty(cart: Cart) -> bool:
    "Whether count is 0."
    return cart.count() == 0  # count
'''
TS = """export interface Line { price: number }

/** The sum. */
export function total(lines: Line[]): number {
  return lines.reduce((sum, one) => sum + one.price, 0);
}

class Cart {
  @cached()
  count() { return 0; }
}
"""
RUST = """pub struct Cart;

impl Cart {
    /// The sum.
    #[inline]
    pub fn total(&self) -> u32 {
        1
    }
}

impl Show for Cart {
    fn show(&self) {}
}

impl Show for Line {
    fn show(&self) {}
}
"""
TREE = {
    "shop/cart.py": CART,
    "web/cart.ts": TS,
    "src/cart.rs": RUST,
    "app.py": "from shop.cart import empty\n\nempty(1)\n",
}


class Known:
    """An index of the tree: a plain reading of every file."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def symbols_named(self, name: str) -> list[Symbol]:
        return [one for path, text in self.files.items() for one in outline(path, text) if one.name == name]

    def references_to(self, name: str) -> list[Reference]:
        return [one for path, text in self.files.items() for one in references(path, text) if one.name == name]


def outcome(reply: str) -> dict[str, str | None] | Refused:
    found = apply_text(reply, TREE, TREE.get, new_faults, names=Known(TREE))
    return dict(found.files) if isinstance(found, Applied) else found


def said(what: str, place: str, text: str = "") -> str:
    return f"*** {what}: {place}\n" + (f"```\n{text}```\n" if text else "")


TOTAL = "    def total(self):\n        return math.fsum(self.lines)\n"
CACHED = "    @cached\n    def total(self):\n        return 0\n"
ZERO = "def total(self):\n    return 0\n"


@pytest.mark.parametrize(
    ("reply", "path", "old", "new"),
    [
        # What belongs to a definition and stands above it stays, unless the new text says otherwise.
        (said("Replace Symbol", "shop/cart.py::Cart.total", ZERO), "shop/cart.py", TOTAL,
         "    def total(self):\n        return 0\n"),
        (said("Replace Symbol", "shop/cart.py::total", CACHED), "shop/cart.py",
         f"    @property\n{TOTAL}", CACHED),
        (said("Replace Symbol", "shop/cart.py::Cart.total", f"# Nothing.\n{ZERO}"), "shop/cart.py",
         f"    # The sum.\n    @property\n{TOTAL}", "    # Nothing.\n    def total(self):\n        return 0\n"),
        (said("Replace Symbol", "cart.ts::total", "export function total(): number {\n  return 0;\n}\n"), "web/cart.ts",
         TS[TS.index("export function"):TS.index("\nclass")], "export function total(): number {\n  return 0;\n}\n"),
        (said("Replace Symbol", "web/cart.ts::Cart.count", "@cached({ for: 1 })\ncount() { return 1; }\n"),
         "web/cart.ts", "  @cached()\n  count() { return 0; }\n", "  @cached({ for: 1 })\n  count() { return 1; }\n"),
        (said("Replace Symbol", "src/cart.rs::Cart::total", "/// One.\npub fn total(&self) -> u32 {\n    1\n}\n"),
         "src/cart.rs", "    /// The sum.\n    #[inline]\n", "    /// One.\n"),
        (said("Insert After", "shop/cart.py::Cart.count", "def clear(self):\n    self.lines = []\n"), "shop/cart.py",
         "len(self.lines)\n", "len(self.lines)\n\n    def clear(self):\n        self.lines = []\n"),
        (said("Insert Before", "shop/cart.py::empty", "def full():\n    return True\n"), "shop/cart.py", "def empty",
         "def full():\n    return True\n\n\ndef empty"),
        (said("Insert Before", "shop/cart.py::Cart.total", "def clear(self):\n    pass\n"), "shop/cart.py",
         "    # The sum.\n", "    def clear(self):\n        pass\n\n    # The sum.\n"),
        (said("Insert After", "web/cart.ts::Cart.count", "clear() {}\n"), "web/cart.ts", "count() { return 0; }\n",
         "count() { return 0; }\n\n  clear() {}\n"),
        (said("Delete Symbol", "shop/cart.py::Cart.total"), "shop/cart.py",
         f"    # The sum.\n    @property\n{TOTAL}\n", ""),
        (said("Delete Symbol", "shop/cart.py::empty"), "shop/cart.py", CART[CART.index("\n\n\ndef empty") + 1:], ""),
    ],
)  # fmt: skip
def test_a_definition_is_edited(reply: str, path: str, old: str, new: str) -> None:
    assert TREE[path].count(old) == 1
    assert outcome(f"As you asked:\n\n{reply}\nDone.\n") == {path: TREE[path].replace(old, new)}


@pytest.mark.parametrize(
    ("reply", "reason", "shown"),
    [
        (said("Replace Symbol", "shop/cart.py::Cart.totals", ZERO), "missing symbol", "it defines Cart.total"),
        (said("Replace Symbol", "shop/cart.py::Basket.total", ZERO), "missing symbol", "it defines Cart.total"),
        (said("Replace Symbol", "src/cart.rs::show", "fn show(&self) {}\n"), "ambiguous", "at lines 12, 16"),
        (said("Replace Symbol", "shop/carts.py::total", ZERO), "missing file", "did you mean shop/cart.py?"),
        (said("Replace Symbol", "shop/cart.py", ZERO), "no file", "a fence names no file"),
        ("*** Replace Symbol: shop/cart.py::total\n```\ndef total(self):\n", "truncated", ""),
        ("*** Delete Symbol: shop/cart.py::total\n*** Insert After: shop/cart.py::count\n", "truncated", ""),
        ("*** Insert After: shop/cart.py::count\nThus:\n```\nx\n```\n", "malformed", "right below"),
        (said("Replace Symbol", "shop/cart.py::total", "def f():\n    return (\n"), "syntax", "  10          return ("),
        (said("Replace Symbol", "shop/cart.py::total", "# ... existing code ...\n"), "lazy", ""),
        (said("Replace Symbol", "cart.py::Cart", "class Cart:\n    pass\n") + said("Delete Symbol", "cart.py::total"),
         "overlap", "replace Cart and delete total"),
        (said("Rename Symbol", "shop/cart.py::empty"), "malformed", "-> NEW"),
        (said("Rename Symbol", "shop/cart.py::empty -> is empty"), "malformed", "no other name"),
        (said("Rename Symbol", "shop/cart.py::empty -> math"), "exists", "names math already, at line 1"),
        (said("Rename Symbol", "src/cart.rs::Cart.show -> print"), "ambiguous", "elsewhere too (src/cart.rs:16)"),
        (said("Rename Symbol", "shop/cart.py::total -> sum_up"), "ambiguous", "web/cart.ts:4, src/cart.rs:6"),
    ],
)  # fmt: skip
def test_what_is_not_one_definition_is_refused(reply: str, reason: str, shown: str) -> None:
    found = outcome(reply)
    assert isinstance(found, Refused)
    assert found.reason == reason
    assert shown in found.feedback


def test_a_private_name_of_javascript() -> None:
    text = "class Cart {\n  #sum() { return 0; }\n}\n"
    found = apply_text(said("Delete Symbol", "a.js::Cart.#sum"), {"a.js"}, {"a.js": text}.get, new_faults)
    assert isinstance(found, Applied)
    assert found.files == {"a.js": "class Cart {\n}\n"}


def test_a_rename_reaches_references_and_no_words_in_strings_and_comments() -> None:
    assert outcome(said("Rename Symbol", "shop/cart.py::empty -> is_empty")) == {
        "shop/cart.py": CART.replace("def empty", "def is_empty"),
        "app.py": "from shop.cart import is_empty\n\nis_empty(1)\n",
    }
    both = said("Rename Symbol", "cart.py::fsum -> x") + said("Rename Symbol", "cart.py::Cart -> Basket")
    assert isinstance(outcome(both), Refused)
    assert isinstance(apply_text(both, TREE, TREE.get, new_faults), Refused)  # without an index


def test_the_qualified_part_is_kept_when_one_class_is_edited_twice() -> None:
    reply = said("Rename Symbol", "shop/cart.py::Cart.count -> size") + said(
        "Delete Symbol", "shop/cart.py::Cart.total"
    )
    only = {"shop/cart.py": CART}
    found = apply_text(reply, only, only.get, new_faults, names=Known(only))
    assert isinstance(found, Applied)
    text = found.files["shop/cart.py"]
    assert text is not None
    assert ("def size" in text, "cart.size() == 0  # count" in text, "def total" in text) == (True, True, False)


@pytest.mark.parametrize(
    ("line", "edit"),
    [
        ("*** Delete Symbol: `shop/cart.py::a.b`", SymbolEdit(path="shop/cart.py", symbol="a.b", what="delete")),
        ("  *** delete symbol : shop/cart.py#a()", SymbolEdit(path="shop/cart.py", symbol="a()", what="delete")),
        ("### *** Delete: cart.py: a.b", SymbolEdit(path="shop/cart.py", symbol="a.b", what="delete")),
        ("*** Rename Symbol: shop/cart.py::a to b", Rename(path="shop/cart.py", symbol="a", to="b")),
        ("*** Rename Symbol: shop/cart.py::a → `b`", Rename(path="shop/cart.py", symbol="a", to="b")),
    ],
)  # fmt: skip
def test_headings_as_models_write_them(line: str, edit: Edit) -> None:
    assert parse(line, {"shop/cart.py"}, "symbol") == (edit,)
