"""What is rendered is read back and applied byte for byte, in every format; what is half an edit is none."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from swe_agent.core.source import SyntaxFault
from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import FORMATS, apply_text, format_of
from swe_agent.edits.lazy import is_lazy
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.reply import path_in
from swe_agent.testing import replies

CART = """class Cart:
    def total(self):
        amount = sum(self.lines)
        return amount + self.discount

    def count(self):
        return len(self.lines)
"""
FIXED = CART.replace("amount + self", "amount - self")
TREE = {"shop/cart.py": CART, "README.md": "# Shop\n", "web/cart.ts": "export {};\n"}
GOES, COMES = "        return amount + self.discount\n", "        return amount - self.discount\n"
HUNK = f"@@ -3,2 +3,2 @@\n         amount = sum(self.lines)\n-{GOES}+{COMES}"
HEAD = "--- a/shop/cart.py\n+++ b/shop/cart.py\n"
DIFF = HEAD + HUNK


def no_faults(path: str, before: str, after: str) -> tuple[SyntaxFault, ...]:
    return ()


def applied(reply: str, name: str = "auto", tree: dict[str, str] | None = None) -> dict[str, str | None] | str:
    """The files that change, or the reason why nothing does."""
    files = TREE if tree is None else tree
    outcome = apply_text(reply, files, files.get, no_faults, name)
    return dict(outcome.files) if isinstance(outcome, Applied) else outcome.reason


FIX = {"shop/cart.py": FIXED}


RENDERED = {**replies.FORMATS, "symbol": lambda *edit: replies.symbol(*edit) or ""}


@pytest.mark.parametrize("name", [one.name for one in FORMATS])
def test_each_format_is_recognised_and_applied(name: str) -> None:
    reply = RENDERED[name]("shop/cart.py", CART, FIXED)
    for said in (reply, f"Here it is:\n\n{reply}\nThat is all.\n", reply.replace("\n", "\r\n")):
        found = format_of(said)
        assert found is not None
        assert found.name == name
        assert applied(said) == FIX


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (DIFF, FIX),
        (f"diff --git a/shop/cart.py b/shop/cart.py\nindex 1..2 100644\n{DIFF}", FIX),
        (f"--- shop/cart.py\t2026-01-01\n+++ shop/cart.py\t2026-01-02\n{HUNK}", FIX),
        (f"--- cart.py\n+++ cart.py\n{HUNK}", FIX),
        (f"```diff\n{DIFF}```\n", FIX),
        (DIFF.replace("@@ -3,2 +3,2 @@", "@@"), FIX),
        (DIFF.replace("@@ -3,2 +3,2 @@", "@@ ... @@"), FIX),
        (DIFF.replace("@@ -3,2 +3,2 @@", "@@ class Cart: @@"), FIX),
        (DIFF.replace("-3,2 +3,2", "-77,2 +77,2"), FIX),
        (DIFF.replace("-3,2 +3,2", "-3,3 +3,1"), "truncated"),
        (f"```diff\n{DIFF}```\n".replace("-3,2 +3,2", "-3,3 +3,1"), FIX),
        (f"{HEAD}@@ -3,9 +3,9 @@\n         amount = sum(self.lines)\n", "truncated"),
        (f"--- a/shop/carts.py\n+++ b/shop/carts.py\n{HUNK}", "missing file"),
        ("--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n", {"new.py": "a\nb\n"}),
        ("--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n", {"new.py": "a"}),
        ("--- a/README.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-# Shop\n", {"README.md": None}),
        ("diff --git a/README.md b/docs/README.md\nrename from README.md\nrename to docs/README.md\n",
         {"README.md": None, "docs/README.md": "# Shop\n"}),
        ("diff --git a/README.md b/copy.md\ncopy from README.md\ncopy to copy.md\n--- a/README.md\n"
         "+++ b/copy.md\n@@ -1 +1,2 @@\n # Shop\n+more\n", "malformed"),
        ("--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Shop\n+# Shop\n\\ No newline at end of file\n",
         {"README.md": "# Shop"}),
        (f"--- a/README.md\n+++ b/README.md\n@@ -1 +1,2 @@\n # Shop\n+more\n{DIFF}",
         {"README.md": "# Shop\nmore\n", **FIX}),
        # The space in front of lines that stay was forgotten.
        (DIFF.replace("\n         amount", "\n        amount"), FIX),
    ],
)  # fmt: skip
def test_unified_diffs(reply: str, expected: dict[str, str | None] | str) -> None:
    assert applied(reply) == expected


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n"


BLOCK = block(GOES, COMES)
LAZY = block("        return len(self.lines)\n", "        # ... existing code ...\n")
RENAME = block("    def count(self):\n", "    def size(self):\n")
RULED = block("# Shop\n", "# Shop\n=======\n")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (f"shop/cart.py\n{BLOCK}", FIX),
        (f"shop/cart.py\n```python\n{BLOCK}```\n", FIX),
        (f"```python\nshop/cart.py\n{BLOCK}```\n", FIX),
        (f"````python:shop/cart.py\n{BLOCK}````\n", FIX),
        (f"**`shop/cart.py`**\n\n```\n{BLOCK}```\n", FIX),
        (f"### File: shop/cart.py\n```\n{BLOCK}```\n", FIX),
        (f"./shop/cart.py:\n{BLOCK}", FIX),
        (BLOCK.replace("SEARCH", "SEARCH shop/cart.py"), FIX),
        (f"shop/cart.py\n{BLOCK}".replace("SEARCH", "ORIGINAL").replace("REPLACE", "UPDATED"), FIX),
        (f"shop/cart.py\n{BLOCK}".replace("<<<<<<<", "<<<<<").replace("=======", "====="), FIX),
        (BLOCK, "no file"),
        (f"shop/cart.py\n{BLOCK}".replace("=======", "======"), FIX),
        ("README.md\n" + block("# Shop\n", "# Shop\n```\n"),
         {"README.md": "# Shop\n```\n"}),
        (f"shop/cart.py\n```\n{BLOCK}```\n".replace("=======\n", ""), "truncated"),
        (f"cart.txt\n{BLOCK}", "missing file"),
        (f"Then.\n{BLOCK}", "no file"),
        (f"shop/cart.py\n{BLOCK}\nshop/none.py\n{BLOCK}", "missing file"),
        (f"shop/cart.py\n{BLOCK}\nAnd the other one:\n{RENAME}",
         {"shop/cart.py": FIXED.replace("def count", "def size")}),
        (f"cart.py\n{BLOCK}", FIX),
        (f"shop/cart.py\n{BLOCK}".rpartition(">>>>>>>")[0], "truncated"),
        (f"shop/cart.py\n{BLOCK}".partition("=======")[0] + "=======\n", "truncated"),
        (f"shop/cart.py\n{BLOCK}\n{BLOCK.replace('SEARCH', 'SEARCH ')}", FIX),
        (f"shop/cart.py\n{BLOCK}\n{BLOCK.replace('- self', '* self')}", "overlap"),
        (f"shop/new.py\n{block('', '')}", {"shop/new.py": ""}),
        ("shop/new.py\n" + block("", "x = 1\n"), {"shop/new.py": "x = 1\n"}),
        (f"shop/cart.py\n{block('', COMES)}", "unanchored"),
        (f"README.md\n{RULED}", "malformed"),
        (f"shop/cart.py\n{block(COMES, GOES)}", "applied already"),
        (f"shop/cart.py\n{block(COMES, COMES.upper())}", "missing"),
        (f"shop/cart.py\n{LAZY}", "lazy"),
    ],
)  # fmt: skip
def test_search_and_replace(reply: str, expected: dict[str, str | None] | str) -> None:
    assert applied(reply) == expected


PATCH = f"*** Begin Patch\n*** Update File: shop/cart.py\n@@ class Cart:\n-{GOES}+{COMES}*** End Patch\n"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (PATCH, FIX),
        (f"apply_patch <<'EOF'\n{PATCH}EOF\n", FIX),
        (PATCH.replace("@@ class Cart:", "@@"), FIX),
        (PATCH.replace("@@ class Cart:\n", ""), FIX),
        (PATCH.replace("*** End Patch\n", ""), "truncated"),
        (PATCH.replace("shop/cart.py", "shop/none.py"), "missing file"),
        (PATCH.replace("*** End", "*** End of File\n*** End"), FIX),
        (PATCH.replace("@@ class", "*** Move to: shop/basket.py\n@@ class"),
         {"shop/cart.py": None, "shop/basket.py": FIXED}),
        ("*** Begin Patch\n*** Add File: new/a.py\n+x = 1\n+\n*** Delete File: README.md\n*** End Patch\n",
         {"new/a.py": "x = 1\n\n", "README.md": None}),
        ("*** Begin Patch\n*** End Patch\n", "malformed"),
        (PATCH.replace("class Cart:", "class Nobody:"), FIX),
    ],
)  # fmt: skip
def test_patches_of_codex(reply: str, expected: dict[str, str | None] | str) -> None:
    assert applied(reply) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (f"shop/cart.py\n```python\n{FIXED}```\n", FIX),
        (f"`shop/cart.py`:\n\n```python\n{FIXED}```\n", FIX),
        (f"```python:shop/cart.py\n{FIXED}```\n", FIX),
        (f"shop/cart.py\n```python\n{FIXED}", "truncated"),
        (f"shop/cart.py\n```python\n{FIXED}```\nshop/cart.py\n```python\n{FIXED}```\n", "malformed"),
        ("shop/cart.py\n```python\nclass Cart:\n    # ... rest of the class stays ...\n```\n", "lazy"),
        ("docs/new.md\n````\n```\ncode\n```\n````\n", {"docs/new.md": "```\ncode\n```\n"}),
        ("Some prose.\n```\nx\n```\n", "no file"),
        ("nothing at all", "no edit"),
        ("", "no edit"),
    ],
)
def test_whole_files(reply: str, expected: dict[str, str | None] | str) -> None:
    assert applied(reply) == expected


@pytest.mark.parametrize("path", ["../up.py", "/etc/up.py", "a/../../up.py", ".git/hooks/up.py", "a/.GIT/up.py"])
def test_no_path_leads_out_of_the_tree(path: str) -> None:
    named = {
        "whole-file": f"{path}\n```\nx\n```\n",
        "search-replace": f"{path}\n{block('', COMES)}",
        "apply-patch": f"*** Begin Patch\n*** Add File: {path}\n+x\n*** End Patch\n",
        "unified": f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n",
        "a move": PATCH.replace("@@ class", f"*** Move to: {path}\n@@ class"),
    }
    for reply in named.values():
        assert applied(reply) in ("outside", "no file")
    assert applied(named["a move"]) == "outside"


def test_a_whole_file_keeps_what_a_fence_cannot_say() -> None:
    tree = {"a.txt": "\ufeffone\r\ntwo"}
    assert applied("a.txt\n```\none\n2\n```\n", tree=tree) == {"a.txt": "\ufeffone\r\n2"}


def test_files_are_named_in_many_ways_and_never_another() -> None:
    files = {"shop/cart.py", "web/cart.ts", "web/index.ts", "index.ts", "a/b.py"}
    ways = [
        "shop/cart.py",
        "./shop/cart.py",
        "a/shop/cart.py",
        "b/shop/cart.py",
        "`shop/cart.py`",
        "cart.py",
        "# shop/cart.py",
    ]
    assert {path_in(said, files) for said in ways} == {"shop/cart.py"}
    assert path_in("index.ts", files) == "index.ts"
    assert path_in("a/b.py", files) == "a/b.py"
    assert [path_in(said, files) for said in ("cart", "art.py", "cart.js", "x/cart.py", "", "shop/", "\0")] == [""] * 7
    assert path_in("shop/new.py", files, new=True) == "shop/new.py"
    assert path_in("new thing", files, new=True) == path_in("what about this?", files, new=True) == ""


@pytest.mark.parametrize(
    "line",
    ["# ... existing code ...", "    // ... rest of the function ...", "/* … unchanged … */", "... (other methods)",
     "    # … keep the remaining lines", "<!-- ... existing content ... -->", "// rest of file unchanged ..."],
)  # fmt: skip
def test_lines_that_stand_for_others(line: str) -> None:
    assert is_lazy(line)


@pytest.mark.parametrize(
    "line",
    [
        "...",
        "    ...",
        "def f(*args): ...",
        "return [...others]",
        "# existing code",
        'print("loading ...")',
        "x = a[..., 0]",
    ],
)
def test_lines_that_stand_for_themselves(line: str) -> None:
    assert not is_lazy(line)


words = st.sampled_from(
    ["", "a", "b = 1", "    a", "    b", "\tc", "}", "d()", "e \u00e9", "f  ", "-- g", "+h", "@@ i"]
)
texts = st.lists(words, max_size=12).flatmap(
    lambda lines: st.tuples(st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
        lambda ends: ends[0].join(lines) + (ends[0] if ends[1] and lines else "")
    )
)


@given(st.sampled_from(sorted(replies.FORMATS)), texts, st.lists(words, max_size=12))
def test_what_is_rendered_is_applied_or_refused(name: str, before: str, lines: list[str]) -> None:
    """Where a format can say an edit it is made byte for byte; else nothing is."""
    end = "\r\n" if "\r\n" in before else "\n"
    after = "".join(f"{line}{end}" for line in lines)
    assume(before.strip() and after.strip() and before != after)
    outcome = applied(replies.FORMATS[name]("x.txt", before, after), name, {"x.txt": before})
    if isinstance(outcome, dict):
        got = outcome["x.txt"]
        assert got is not None
        if before.endswith("\n"):
            assert got == after
        else:  # only a diff can say that an end comes; in other formats the file's last line stays without
            assert got.rstrip("\r\n") == after.rstrip("\r\n")
    else:
        assert outcome in (
            "ambiguous", "missing", "unanchored", "no change", "malformed", "overlap", "applied already"
        )  # fmt: skip


noise = st.text("<=>*@+-\\ \n`a#./|\u2026", max_size=200)


@given(st.sampled_from(["auto", *(one.name for one in FORMATS)]), noise | st.text(max_size=80), st.data())
def test_no_reply_raises_or_leaves_the_tree(name: str, reply: str, data: st.DataObject) -> None:
    """Whatever is put into a reply, or left out of one, or not text at all."""
    whole = RENDERED[data.draw(st.sampled_from(sorted(RENDERED)))]("shop/cart.py", CART, FIXED)
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(whole)), st.integers(0, len(whole)))))
    said = data.draw(st.sampled_from([whole[:start] + reply + whole[end:], whole[:start] + reply + whole[start:]]))
    outcome = apply_text(said, TREE, TREE.get, no_faults, name)
    if isinstance(outcome, Refused):
        assert outcome.reason in Reason
        assert outcome.feedback
    else:
        for path in (*outcome.files, *outcome.executable):
            assert not path.startswith(("/", "\\"))
            assert {"..", ".", "", ".git"}.isdisjoint(path.lower().split("/"))


@given(st.sampled_from(["auto", *(one.name for one in FORMATS)]), st.binary(max_size=200))
def test_no_bytes_raise(name: str, data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert isinstance(apply_text(text, TREE, TREE.get, no_faults, name), Applied | Refused)


PATHS = st.sampled_from(
    ["../x.py", "/tmp/x.py", "a/../../x.py", ".git/config", "shop/.GIT/hooks/x", "C:\\x.py", "./../x"]
)


@given(PATHS, st.sampled_from(["Add", "Update", "Delete"]))
def test_paths_out_of_the_tree_are_refused_in_every_format(path: str, what: str) -> None:
    tree = {**TREE, path: "x = 1\n"}
    said = [
        f"*** Begin Patch\n*** {what} File: {path}\n{'+y' if what == 'Add' else '-x = 1'}\n*** End Patch\n",
        f"{path}\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n",
        f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x = 1\n+x = 2\n",
        f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x = 2\n",
        f"diff --git a/shop/cart.py b/{path}\nrename from shop/cart.py\nrename to {path}\n",
        f"{path}\n```\nx = 2\n```\n",
        f"*** Delete Symbol: {path}::x\n",
    ]
    for reply in said:
        outcome = apply_text(reply, tree, tree.get, no_faults)
        assert isinstance(outcome, Refused), reply
        assert outcome.reason in (Reason.OUTSIDE, Reason.NO_FILE, Reason.NO_EDIT, Reason.MISSING_FILE)
