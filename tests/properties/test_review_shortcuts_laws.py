"""What a review spares itself to read of Python files would have told nothing."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import swe_agent
from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import SIDES, read_diff
from swe_agent.review.signals import SIGNALS
from swe_agent.review.signals.definitions import Definitions
from swe_agent.review.signals.near import Near
from swe_agent.syntax.compiled import error_in
from swe_agent.syntax.outline import outline
from swe_agent.syntax.pieces import cut_around

FOLDERS = (Path(swe_agent.__file__).parent, Path(__file__).parent.parent / "unit")
SOURCES = sorted(
    path for folder in FOLDERS for path in folder.rglob("*.py") if 1_000 < path.stat().st_size < 12_000
)  # fmt: skip
WORD = re.compile(r"\w+")
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


KINDS = ("go", "come", "indent", "dedent", "double", "cut", "word", "lose", "name", "claim")


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A text that compiles, and what a few edits of lines make of it."""
    at = draw(st.integers(0, len(SOURCES)))
    before = SOURCES[at].read_text("utf-8") if at < len(SOURCES) else ODD
    lines = before.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(
            st.sampled_from(["go", "come", "indent", "dedent", "double", "cut", "word", "lose", "name", "claim"])
        )
        heads = [at for at, line in enumerate(lines) if re.match(r" *(?:async )?(?:def|class) ", line)]
        claims = [at for at, line in enumerate(lines) if "assert" in line and kind == "claim"]
        places = claims or (heads if kind in ("lose", "name") else range(len(lines)))
        place = draw(st.sampled_from(places or range(len(lines))))
        match kind:
            case "lose":
                del lines[place : next((at for at in heads if at > place), place + 2)]
            case "name":
                lines[place] = re.sub(r"(def|class) (\w)\w*", r"\1 \2", lines[place])
            case "claim":
                del lines[place]
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


@settings(max_examples=400)
@given(edit=edits())
def test_a_file_whose_touched_definitions_compile_compiles(
    edit: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    change = reviewed(*edit, tmp_path_factory.getbasetemp(), "a.py", is_cut=True)
    for file in change.index.files:
        near = change.once(Near).text("right", file)
        is_fine = near is not None and error_in("a.py", near) is None
        event(f"{is_fine}, {error_in('a.py', edit[1]) is None}")
        if is_fine:
            assert error_in("a.py", edit[1]) is None


def test_the_definitions_of_plain_files_are_cut_out_rightly() -> None:
    """Else nothing is spared. Where a string shows code, one never knows."""
    failed = []
    for source in SOURCES:
        text = source.read_text("utf-8")
        first = text.count("\n", 0, max(text.find("from __future__"), 0)) + 4
        near = cut_around(text, range(first, text.count("\n") + 1))
        if near is None or error_in("a.py", near) is not None:
            failed.append(source)
    assert len(failed) < len(SOURCES) / 50, failed


@given(st.sampled_from(SOURCES), st.lists(st.integers(1, 400), min_size=1, max_size=4))
def test_what_is_cut_out_keeps_its_lines_and_its_definitions(source: Path, numbers: list[int]) -> None:
    text = source.read_text("utf-8")
    lines, near = text.split("\n"), cut_around(text, numbers)
    assume(near is not None)
    assert near is not None
    rows = near.split("\n")
    assert all(row in ("", line) for row, line in zip(rows, lines, strict=True))
    assert all(rows[number - 1] == lines[number - 1] for number in numbers if number <= len(lines))
    known = [whole(one) for one in outline("a.py", text)]
    found = [whole(one) for one in outline("a.py", near)]
    assert set(found) <= set(known)
    assert {one for one in known if any(one[2] <= number <= one[3] for number in numbers)} <= set(found)


def whole(one: Symbol) -> tuple[str, str, int, int, str]:
    return (one.kind, one.qualified, one.span.start, one.span.end, one.signature)


class Alone:
    """A project of one file."""

    def __init__(self, text: str) -> None:
        self.text = text.split("\n")

    def paths(self) -> Sequence[str]:
        return ("f.py",)

    def mentions(self, words: Collection[str]) -> Mapping[str, Sequence[Mention]]:
        rows = list(enumerate(self.text, 1))
        return {word: [Mention("f.py", at, row) for at, row in rows if word in WORD.findall(row)] for word in words}

    def lines(self, path: str) -> Sequence[str]:
        return self.text


def reviewed(before: str, after: str, folder: Path, name: str, *, is_cut: bool) -> Reviewed:
    for side, text in (("a", before), ("b", after)):
        (folder / side).mkdir(exist_ok=True)
        (folder / side / name).write_text(text, "utf-8")
    argv = ["git", "diff", "--no-index", "--no-prefix", f"a/{name}", f"b/{name}"]
    patch = subprocess.run(argv, cwd=folder, capture_output=True, check=False).stdout
    contents = {("left", name): before.encode(), ("right", name): after.encode()}
    return Reviewed(read_diff(patch), contents, Alone(after), is_cut=is_cut)  # type: ignore[arg-type]


@settings(max_examples=300)
@given(edit=edits(), name=st.sampled_from(["f.py", "test_f.py"]))
def test_to_read_what_is_near_alone_finds_the_same(
    edit: tuple[str, str], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(error_in("f.py", edit[1]) is None)  # else the grammar reads it one way or another
    folder = tmp_path_factory.getbasetemp()
    near, long = (reviewed(*edit, folder, name, is_cut=is_cut) for is_cut in (True, False))
    for file in near.index.files:
        event(f"cut: {all(near.once(Near).text(side, file) is not None for side in SIDES)}")
    by_near, by_long = (defined(change.once(Definitions)) for change in (near, long))
    assert by_near == by_long
    for signal, findings in SIGNALS.items():
        told = [list(findings(change)) for change in (near, long)]
        event(f"{signal}: {len(told[1])}")
        assert told[0] == told[1], signal


def defined(by: Definitions) -> Mapping[str, object]:
    rows = {"gone": by.gone, "resigned": by.resigned, "come": by.come, "touched": by.touched}
    ends = {
        kind: [(one.old and whole(one.old), one.new and whole(one.new)) for one in found]
        for kind, found in rows.items()
    }  # fmt: skip
    for kind, found in ends.items():
        event(f"{kind}: {min(len(found), 2)}")
    return {**ends, "left": [(whole(one.symbol), line) for one, line in by.left]}
