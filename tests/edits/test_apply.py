"""Edits apply exactly and once, or not at all and with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.edit import Create, Delete, Edit, Move, Replace
from swe_agent.core.source import SyntaxFault
from swe_agent.edits.apply import Applied, Refused, apply
from swe_agent.edits.locate import Found, NotFound, locate
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
        ([Create(path="n", text="1\n"), Replace(path="n", old="1", new="2")], {"n": "2\n"}),
        ([Move(path="latin.txt", to="n"), Replace(path="n", old="caf", new="th")],
         {"latin.txt": None, "n": "th\udce9\n"}),
        ([Delete(path="latin.txt"), Create(path="latin.txt", text="new\n")], {"latin.txt": "new\n"}),
        ([Create(path="n", text="1\n"), Delete(path="n"), Delete(path="a.py")], {"a.py": None}),
        ([Replace(path="broken.py", old="x = 1", new="x = 2")], {"broken.py": "def (:\n    x = 2\n"}),
        ([Replace(path="broken.py", old="def (:", new="if True:")], {"broken.py": "if True:\n    x = 1\n"}),
        # Line ends of the file are kept, whatever the model writes.
        ([Replace(path="crlf.txt", old="one\ntwo", new="1\n2")], {"crlf.txt": "1\r\n2\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="two", new="2\n2.5")], {"crlf.txt": "one\r\n2\r\n2.5\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="one\r\ntwo", new="1\r\n2")], {"crlf.txt": "1\r\n2\r\nthree\r\n"}),
        ([Replace(path="crlf.txt", old="two\n", new="")], {"crlf.txt": "one\r\nthree\r\n"}),
        ([Replace(path="mixed.txt", old="two\nthree", new="2\n3")], {"mixed.txt": "one\r\n2\n3\r\n"}),
        # One mistake in between that is put right again is none.
        ([Replace(path="a.py", old="def f():", new="def f("), Replace(path="a.py", old="def f(", new="def h():")],
         {"a.py": "def h():\n    return 1\n\n\ndef g():\n    return 1\n"}),
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
        ([Replace(path="a.py", old="return 1", new="x")], "a.py", "ambiguous", "2 times, at lines 2, 6"),
        ([Replace(path="a.py", old="", new="x")], "a.py", "unanchored", "is empty"),
        ([Replace(path="a.py", old="def f():\n  return 1", new="x")], "a.py", "missing", "    1  def f():"),
        ([Replace(path="a.py", old="nothing like it", new="x")], "a.py", "missing", "read the file again"),
        ([Replace(path="nope.py", old="x", new="y")], "nope.py", "missing file", "no file nope.py"),
        ([Delete(path="nope.py")], "nope.py", "missing file", "no file nope.py"),
        ([Move(path="nope.py", to="x")], "nope.py", "missing file", "no file nope.py"),
        ([Move(path="a.py", to="crlf.txt")], "crlf.txt", "exists", "exists already"),
        ([Create(path="a.py", text="")], "a.py", "exists", "exists already; edit it instead"),
        ([Replace(path="a.py", old="def f():", new="def f(")], "a.py", "syntax", "a.py with a syntax error"),
        ([Create(path="new.py", text="def (:\n")], "new.py", "syntax", "new.py with a syntax error"),
        ([Replace(path="a.py", old="def f", new="def f")], "a.py", "no change", "changes nothing"),
        ([Move(path="a.py", to="b.py"), Move(path="b.py", to="a.py")], "a.py", "no change", "changes nothing"),
        ([], "", "no change", "changes nothing"),
        # The second fails, so the first is not made either.
        ([Delete(path="crlf.txt"), Replace(path="crlf.txt", old="one", new="1")], "crlf.txt", "missing file", "no"),
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


@given(texts, wanted)
def test_what_is_located_is_there_exactly_once(text: str, old: str) -> None:
    places = [i for i in range(len(text)) if text.startswith(old, i)] if old else []
    found = locate(text, old)
    if len(places) == 1:
        assert found == Found(start=places[0], end=places[0] + len(old))
    else:
        assert isinstance(found, NotFound)
        assert found.reason == ("unanchored" if not old else "ambiguous" if places else "missing")
        assert found.feedback


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
def test_all_apply_one_after_the_other_or_nothing_does(files: dict[str, str], wanted_: list[Edit]) -> None:
    """The model here is the plainest reading of each operation on a dictionary."""
    expected: dict[str, str] | None = dict(files)
    for edit in wanted_:
        expected = one(expected, edit) if expected is not None else None
    outcome = apply(wanted_, files.get, no_faults)
    if expected is None or expected == files:
        assert isinstance(outcome, Refused)
        return
    assert isinstance(outcome, Applied)
    result = {path: text for path, text in {**files, **outcome.files}.items() if text is not None}
    assert result == expected
    assert all(files.get(path) != text for path, text in outcome.files.items())


def one(files: dict[str, str], edit: Edit) -> dict[str, str] | None:
    match edit:
        case Create(path=path, text=text) if path not in files:
            return {**files, path: text}
        case Replace(path=path, old=old, new=new) if path in files and old:
            places = [i for i in range(len(files[path])) if files[path].startswith(old, i)]
            return {**files, path: files[path].replace(old, new)} if len(places) == 1 else None
        case Delete(path=path) if path in files:
            return {name: text for name, text in files.items() if name != path}
        case Move(path=path, to=to) if path in files and to not in files:
            return {(to if name == path else name): text for name, text in files.items()}
    return None


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
