"""Edits apply exactly and once, or not at all and with a reason."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.edit import Create, Delete, Edit, Move, Replace
from swe_agent.core.source import SyntaxFault
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.refusal import Refused
from swe_agent.syntax.faults import new_faults

FILES = {
    "a.py": "def f():\n    return 1\n\n\ndef g():\n    return 1\n",
    "crlf.txt": "one\r\ntwo\r\nthree\r\n",
    "mixed.txt": "one\r\ntwo\nthree\r\n",
    "broken.py": "def (:\n    x = 1\n",
    "latin.txt": "caf\udce9\n",
}


def no_faults(path: str, before: str, after: str) -> tuple[SyntaxFault, ...]:
    return ()


def applied(*edits: Edit) -> Applied | Refused:
    return apply(edits, FILES.get, new_faults)


@pytest.mark.parametrize(
    ("edits", "files"),
    [
        ([Replace(path="a.py", old="def f():\n    return 1", new="def f():\n    return 2")],
         {"a.py": "def f():\n    return 2\n\n\ndef g():\n    return 1\n"}),
        ([Replace(path="a.py", old="def f():\n    return 1\n\n\n", new="")], {"a.py": "def g():\n    return 1\n"}),
        ([Create(path="new/b.py", text="x = 1\n")], {"new/b.py": "x = 1\n"}),
        ([Create(path="empty", text="")], {"empty": ""}),
        ([Delete(path="a.py")], {"a.py": None}),
        ([Move(path="a.py", to="b.py")], {"a.py": None, "b.py": FILES["a.py"]}),
        ([Move(path="broken.py", to="elsewhere.py")], {"broken.py": None, "elsewhere.py": FILES["broken.py"]}),
        ([Move(path="latin.txt", to="n"), Replace(path="latin.txt", old="caf", new="th")],
         {"latin.txt": None, "n": "th\udce9\n"}),
        ([Replace(path="a.py", old="def f", new="def h"), Replace(path="a.py", old="def g", new="def f")],
         {"a.py": FILES["a.py"].replace("def f", "def h").replace("def g", "def f")}),
        ([Replace(path="a.py", old="def f", new="def h")] * 2, {"a.py": FILES["a.py"].replace("def f", "def h")}),
        ([Delete(path="latin.txt"), Create(path="latin.txt", text="new\n")], {"latin.txt": "new\n"}),
        ([Replace(path="broken.py", old="x = 1", new="x = 2")], {"broken.py": "def (:\n    x = 2\n"}),
        ([Replace(path="broken.py", old="def (:", new="if True:")], {"broken.py": "if True:\n    x = 1\n"}),
        # Line ends of the file are kept, whatever the model writes.
        ([Replace(path="crlf.txt", old="one\ntwo", new="1\n2")], {"crlf.txt": "1\r\n2\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="two", new="2\n2.5")], {"crlf.txt": "one\r\n2\r\n2.5\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="one\r\ntwo", new="1\r\n2")], {"crlf.txt": "1\r\n2\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="two\n", new="")], {"crlf.txt": "one\r\nthree\r\n"}),
        ([Replace(path="mixed.txt", old="two\nthree", new="2\n3")], {"mixed.txt": "one\r\n2\n3\r\n"}),
    ],
)  # fmt: skip
def test_edits_that_apply(edits: list[Edit], files: dict[str, str | None]) -> None:
    outcome = applied(*edits)
    if isinstance(outcome, Applied):
        outcome = Applied(files={path: text for path, text in outcome.files.items() if text != FILES.get(path)})
    assert outcome == Applied(files=files)


@pytest.mark.parametrize(
    ("edits", "path", "reason", "said"),
    [
        ([Replace(path="a.py", old="return 1", new="x")], "a.py", "ambiguous",
         "2 times, at lines 2, 6\n    1  def f():\n    2      return 1\n     …\n    4\n    5  def g():"),
        ([Replace(path="a.py", old="", new="x")], "a.py", "unanchored", "is empty"),
        ([Replace(path="a.py", old="def f():\n  return 1", new="x")], "a.py", "missing",
         "line 2, quoted: ··return·1\n   in the file: ····return·1"),
        ([Replace(path="a.py", old="nothing like it", new="x")], "a.py", "missing", "read it again"),
        ([Replace(path="nope.py", old="x", new="y")], "nope.py", "missing file", "no file nope.py"),
        ([Delete(path="nope.py")], "nope.py", "missing file", "no file nope.py"),
        ([Move(path="nope.py", to="x")], "nope.py", "missing file", "no file nope.py"),
        ([Move(path="a.py", to="crlf.txt")], "crlf.txt", "exists", "exists already"),
        ([Create(path="a.py", text="")], "a.py", "exists", "exists already\nedit it instead"),
        ([Replace(path="a.py", old="def f():", new="def f(")], "a.py", "syntax", "would leave a syntax error"),
        ([Create(path="new.py", text="def (:\n")], "new.py", "syntax", "would leave a syntax error"),
        ([Replace(path="a.py", old="def f", new="def f")], "a.py", "no change", "changes nothing"),
        ([Move(path="a.py", to="b.py"), Move(path="b.py", to="a.py")], "b.py", "exists", "moved there"),
        ([Move(path="a.py", to="n"), Create(path="n", text="x\n")], "n", "exists", "exists"),
        ([Create(path="a.py/b.py", text="x\n")], "a.py/b.py", "exists", "a.py is a file and cannot hold"),
        ([Create(path="latin.txt", text="caf\udce9\n")], "latin.txt", "applied already", "with this very text"),
        ([Create(path="n", text="1\n"), Replace(path="n", old="1", new="2")], "n", "overlap", "at once"),
        ([Replace(path="a.py", old="def f", new="def h"), Replace(path="a.py", old="def f()", new="def i()")], "a.py",
         "overlap", "edit 1 of 2 and edit 2 of 2 change the same place, line 1"),
        ([Replace(path="a.py", old="def g", new="def g")], "a.py", "no change", "changes nothing"),
        ([Replace(path="a.py", old="def g():", new="def g():\n    return 1\n")], "a.py", "applied already", "line 5"),
        ([], "", "no change", "changes nothing"),
        # The second fails, so the first is not made either.
        ([Delete(path="crlf.txt"), Replace(path="crlf.txt", old="one", new="1")], "crlf.txt", "overlap", "at once"),
        ([Create(path="n.py", text="x\n"), Replace(path="a.py", old="zzz", new="y")], "a.py", "missing", "not stand"),
    ],
)  # fmt: skip
def test_edits_that_are_refused(edits: list[Edit], path: str, reason: str, said: str) -> None:
    outcome = applied(*edits)
    assert isinstance(outcome, Refused)
    assert (outcome.path, outcome.reason) == (path, reason)
    assert said in outcome.feedback


texts = st.text("ab \n", max_size=30)
wanted = st.text("ab \n", max_size=4)


edits = st.lists(
    st.one_of(
        st.builds(Replace, path=st.sampled_from("xyz"), old=wanted, new=wanted),
        st.builds(Create, path=st.sampled_from("xyzn"), text=texts),
        st.builds(Delete, path=st.sampled_from("xyz")),
        st.builds(Move, path=st.sampled_from("xyz"), to=st.sampled_from("xyzn")),
    ),
    max_size=4,
)


@given(st.dictionaries(st.sampled_from("xyz"), texts), edits)
def test_all_apply_to_the_files_as_they_are_or_nothing_does(files: dict[str, str], wanted_: list[Edit]) -> None:
    """The model here is the plainest reading of each operation on a dictionary."""
    expected = plainly(files, wanted_)
    outcome = apply(wanted_, files.get, no_faults)
    if isinstance(outcome, Applied) and outcome.overlooked:
        return
    if expected is None or expected == files:
        assert isinstance(outcome, Refused)
        return
    assert isinstance(outcome, Applied)
    result = {path: text for path, text in {**files, **outcome.files}.items() if text is not None}
    assert result == expected
    assert all(files.get(path) != text for path, text in outcome.files.items())


def plainly(files: dict[str, str], edits: list[Edit]) -> dict[str, str] | None:
    after = dict(files)
    targets: list[str] = []
    for path in {edit.path for edit in edits}:
        own = [edit for edit in edits if edit.path == path]
        creates = [edit for edit in own if isinstance(edit, Create)]
        deletes = [edit for edit in own if isinstance(edit, Delete)]
        moves = [edit for edit in own if isinstance(edit, Move)]
        replaces = list(dict.fromkeys(edit for edit in own if isinstance(edit, Replace)))
        ways = [bool(creates or deletes), bool(replaces or moves)]
        if all(ways) or len(creates) > 1 or len(moves) > 1 or (path in files) == bool(creates and not deletes):
            return None
        if (deletes or not creates) and path not in files:
            return None
        new = creates[0].text if creates else replaced(files[path], replaces) if replaces else files[path]
        if new is None:
            return None
        after.pop(path, None)
        if creates or replaces or moves:
            after_path = moves[0].to if moves else path
            if moves and after_path in files:
                return None
            targets.append(after_path)
            after[after_path] = new
    return after if len(set(targets)) == len(targets) else None


def replaced(text: str, edits: list[Replace]) -> str | None:
    places = set()
    for edit in edits:
        found = [i for i in range(len(text)) if edit.old and text.startswith(edit.old, i)]
        if len(found) != 1 or there_already(text, edit, found[0]):
            return None
        places.add((found[0], found[0] + len(edit.old), edit.new))
    for one, other in pairwise(ordered := sorted(places)):
        if one[1] > other[0]:
            return None
    for start, end, new in reversed(ordered):
        text = text[:start] + new + text[end:]
    return text


def there_already(text: str, edit: Replace, at: int) -> bool:
    """The new text stands around the old one, and what it adds says something."""
    starts = [i for i in range(len(text)) if text.startswith(edit.new, i)]
    around = any(i <= at and at + len(edit.old) <= i + len(edit.new) for i in starts)
    return edit.old in edit.new and around and bool(edit.new.replace(edit.old, "", 1).strip())


@given(st.lists(st.sampled_from(["one", "two", "three", ""]), min_size=1, max_size=6), st.data())
def test_a_file_with_crlf_keeps_it(lines: list[str], data: st.DataObject) -> None:
    text = "".join(f"{n} {line}\r\n" for n, line in enumerate(lines))
    at = data.draw(st.integers(0, len(lines) - 1))
    new = data.draw(st.lists(st.sampled_from(["new", "lines"]), max_size=3))
    edit = Replace(path="f", old=f"{at} {lines[at]}", new="\n".join(new))
    outcome = apply([edit], {"f": text}.get, no_faults)
    assert isinstance(outcome, Applied)
    after = outcome.files["f"]
    assert after is not None
    assert "\n" not in after.replace("\r\n", "")
