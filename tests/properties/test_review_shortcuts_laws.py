"""What a review spares itself to read of Python files would have told nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import swe_agent
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import read_diff
from swe_agent.review.signals.heads import keeps_heads
from swe_agent.syntax.compiled import error_in, is_fine_around
from swe_agent.syntax.faults import new_faults
from swe_agent.syntax.outline import outline

SOURCES = sorted(path for path in Path(swe_agent.__file__).parent.rglob("*.py") if 1_000 < path.stat().st_size < 12_000)
ODD = '''"""Usage:

import this
class Foo:
    def bar(self):
"""

from __future__ import annotations


@decorated(
    with_more,
)
@property
class First:
    """On
over lines."""

    def one(self, a, *, b={"c":
                           1}):
        return """
    def not_one(self):
"""

    @staticmethod
    async def two(): ...

  # a comment
    x = [
1,
2,
    ]

    class Inner:
        def three(self):
            pass


if First:
    def four(a,
             b):
        return (a
+ b)
else:
    four = None

for five in range(3): print(five)
'''
LINES = ("", "    ", "from __future__ import division",
         "x = 1", "    y = (", "        pass", "def six():", "    def seven(self):", "else:", '"""', ")",
         "@mark", "    @mark", "  odd", "\treturn", "class Eight:", "    return 1", "import os", "# said",
         "x = \\")  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A text that compiles, and what a few edits of lines make of it."""
    at = draw(st.integers(0, len(SOURCES)))
    before = SOURCES[at].read_text("utf-8") if at < len(SOURCES) else ODD
    lines = before.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["go", "come", "indent", "dedent", "double", "cut", "word"])):
            case "go":
                del lines[place : place + draw(st.integers(1, 6))]
            case "come":
                lines.insert(place, draw(st.sampled_from(LINES)))
            case "indent":
                lines[place] = "    " + lines[place]
            case "dedent":
                lines[place] = lines[place].removeprefix("    ")
            case "double":
                lines[place:place] = lines[place : place + draw(st.integers(1, 12))]
            case "cut":
                lines[place] = lines[place][: len(lines[place]) // 2]
            case "word":
                lines[place] = lines[place].replace("self", "other").replace("1", "2")
        lines = lines or [""]
    return before, "\n".join(lines)


def touched(before: str, after: str) -> Iterator[int]:
    """Lines that came, and those beside what came or went, as the signal reckons them."""
    for tag, _, _, first, last in SequenceMatcher(None, before.split("\n"), after.split("\n"), False).get_opcodes():
        if tag != "equal":
            yield from range(first, last + 2)


@settings(max_examples=400)
@given(edits())
def test_a_file_whose_touched_definitions_compile_compiles(edit: tuple[str, str]) -> None:
    before, after = edit
    is_fine = is_fine_around("a.py", after, list(touched(before, after)))
    event(f"{is_fine}, {error_in('a.py', after) is None}")
    if is_fine:
        assert error_in("a.py", after) is None
    assert bool(new_faults("a.py", before, after, changed=list(touched(before, after)))) == bool(
        new_faults("a.py", before, after)
    )


def test_the_definitions_of_plain_files_are_cut_out_rightly() -> None:
    """Else nothing is spared. Where a string shows code, one never knows."""
    failed = []
    for source in SOURCES:
        text = source.read_text("utf-8")
        first = text.count("\n", 0, max(text.find("from __future__"), 0)) + 4
        if not is_fine_around("a.py", text, range(first, text.count("\n") + 1)):
            failed.append(source)
    assert len(failed) < len(SOURCES) / 50, failed


def reviewed(before: str, after: str, folder: Path) -> Reviewed:
    (folder / "a").mkdir(exist_ok=True)
    (folder / "b").mkdir(exist_ok=True)
    (folder / "a/f.py").write_text(before, "utf-8")
    (folder / "b/f.py").write_text(after, "utf-8")
    argv = ["git", "diff", "--no-index", "--no-prefix", "a/f.py", "b/f.py"]
    patch = subprocess.run(argv, cwd=folder, capture_output=True, check=False).stdout
    return Reviewed(read_diff(patch), {("left", "f.py"): before.encode(), ("right", "f.py"): after.encode()})


@settings(max_examples=150)
@given(edit=edits())
def test_where_heads_are_kept_the_same_is_defined(
    edit: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(error_in("f.py", edit[1]) is None)  # else the grammar reads it one way or another
    change = reviewed(*edit, tmp_path_factory.getbasetemp())
    for file in change.index.files:
        is_kept = keeps_heads(change, file)
        event(f"kept: {is_kept}")
        if is_kept:
            was, now = (defined(text) for text in edit)
            assert was == now


def defined(text: str) -> list[tuple[str, str, str]]:
    """What stands in no function."""
    found = outline("f.py", text)
    inner = {one.qualified for one in found if one.kind in ("function", "method")}
    return [(one.kind, one.qualified, one.signature) for one in found if not one.depth_among(inner)]
