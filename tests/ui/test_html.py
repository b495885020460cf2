"""The review page: whatever goes in, it is one page that fetches and runs nothing, and shows all of it as text."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties.strategies import words

from sandbox.screen import safe_text
from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.core.plan import Plan, Step
from swe_agent.core.proposal import HazardNote
from swe_agent.core.verdict import TestCase, TestRun, TestState, Verdict, compare
from swe_agent.ui.console import line
from swe_agent.ui.html import ReviewPage, page
from ui.reading import NEW, OLD, Element, changed, proposal, read

TOP = Path(__file__).parents[2]
HOSTILE = (
    "'\"><script src=http://evil.example/x.js>alert(1)</script><img src=x onerror=alert(1)><style>*{}</style>"
    "</code></td></table></main><a href=javascript:alert(1)>x</a> &lt;b&gt; &#60; `</code>` <!-- ]]> "
    "\u202e\u200b\x1b[2J"
)
ELEMENTS = {
    "a", "b", "blockquote", "body", "code", "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3", "h4",
    "head", "header", "html", "i", "li", "main", "mark", "meta", "nav", "ol", "p", "section", "small", "span", "strong",
    "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "colspan", "content", "dir", "href",
    "http-equiv", "id", "lang", "name", "open", "scope",
}  # fmt: skip


def run(*cases: TestCase, command: tuple[str, ...] = ("pytest",), tier: str = "namespaced") -> TestRun:
    red = any(case.red for case in cases)
    return TestRun(command=command, status=int(red), cases=cases, seconds=1, tier=tier, parsed_by="pytest")


def hostile(text: str) -> ReviewPage:
    """The text in each place where somebody else's text can be."""
    change, base = changed(f"a/{text}.py", f"x = 1\n{text}\ny\n", f"x = 1\nz\n{text}2\ny\r\nlast")
    moved = diff_file(f"{text}2", OLD, FileEntry(mode="100755", id="n"), b"a\n", b"a\n", moved_from=text)
    link = diff_file("link", None, FileEntry(mode="120000", id="l"), b"", text.encode("utf-8", "surrogateescape"))
    case = TestCase(id=text, outcome="failed", message=text)
    verdict = compare(run(TestCase(id=text, outcome="passed")), run(case, command=("sh", text), tier=text))
    first, *rest = [block.id for one in (change, moved, link) for block in one.blocks]
    notes = [HazardNote(kind=text, path=change.path, detail=text), HazardNote(kind=text, path=text)]
    decisions: dict[str, Decision] = {
        first: Amend(block=first, lines=(f"{text}\n", text)),
        rest[0]: Reject(block=rest[0], reason=text),
    }
    return ReviewPage(
        proposal=proposal(
            change, moved, link, text=f"{text}\n{text}", summary=text, verdict=verdict, hazards=notes, model=text,
            plan=Plan(summary=text, steps=(Step(text=text, paths=(text,)),)),
        ),
        bases={change.path: base},
        decisions=decisions,
        comments=[(first, text)],
        needs=[Need(block=first, by=rest[0], why=text), Need(block=text, by=first, why=text)],
        findings=[HazardNote(kind=text, path=text, detail=text)],
        faults=[SubsetFault(path=text, line=1, kind="syntax", what=text)],
    )  # fmt: skip


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE + "\n\n" + HOSTILE, HOSTILE + "\0", "caf\udce9"])
def test_no_element_and_no_attribute_comes_from_outside(text: str) -> None:
    top = read(page(hostile(text)))
    assert {element.name for element in top.all()} - {""} <= ELEMENTS
    attributes = [pair for element in top.all() for pair in element.attributes.items()]
    assert {name for name, _ in attributes} <= ATTRIBUTES
    links = [value for name, value in attributes if name == "href"]
    assert [link for link in links if not re.fullmatch(r"#[a-z]+\d*", link)] == []
    assert [value for _, value in attributes if "http:" in value or "https:" in value] == []
    assert "evil.example" not in top.one("style").text
    # What is harmless has the same elements, but for those that tell words of code apart.
    assert shape(top) == shape(read(page(hostile(re.sub(r"[^\n\0]+", "text", text)))))


def shape(top: Element) -> list[tuple[str, str]]:
    words = ("i", "mark", "code")
    return [(one.name, one.attributes.get("id", "")) for one in top.all() if one.name not in words]


def test_half_a_character_can_be_written() -> None:
    assert ticked(read(page(ReviewPage(proposal=proposal(summary="\ud800")))).one("p", "said")) == "<U+D800>"


def test_the_policy_allows_the_one_style_and_nothing_else() -> None:
    text = page(hostile(HOSTILE))
    top = read(text)
    style = top.one("style").text
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy, *_ = [one.attributes["content"] for one in top.all("meta") if "http-equiv" in one.attributes]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.index("Content-Security-Policy") < text.index("<title>")
    assert not re.search(r"url\(|@import|image-set|@font-face|<", style)


def cells(top: Element) -> list[str]:
    """The code of every line, without its sign and what is said of its end."""
    found = [row[2] for table in top.all("table", "code") for row in rows(table) if len(row) == 3]
    return ["".join(one if isinstance(one, str) else one.text for one in cell.inside
                    if isinstance(one, str) or one.name not in ("b", "small")) for cell in found]  # fmt: skip


def rows(part: Element) -> list[list[Element]]:
    return [list(row.all("td")) for row in part.all("tr")]


def ticked(element: Element) -> str:
    """The text as it was before code was told by its backticks."""
    return "".join(one if isinstance(one, str) else f"`{one.text}`" for one in element.inside)


@given(words, words, words, st.sampled_from(["a.py", "a.js", "a.md", "a.sh", "a.json", "a.unknown"]))
def test_any_text_comes_back_as_text(text: str, other: str, said: str, name: str) -> None:
    # Two bytes that are no character by themselves may be one together.
    old, new = (
        one.replace("\n", " ").encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
        for one in (text, other)
    )
    change, base = changed(f"{said}/{name}", f"same\n{old}\nx = 1\n", f"same\n{new}\nx = 2")
    last = change.blocks[-1].id
    view = ReviewPage(
        proposal=proposal(change, summary=said, model=f"m{said}"),
        bases={change.path: base},
        decisions={last: Reject(block=last, reason=f"r{said}")},
        comments=[(last, said)],
    )
    top = read(page(view))
    removed, added = ([safe_text(one.removesuffix("\r")) for one in side] for side in ((old, "x = 1"), (new, "x = 2")))
    context = ["same"]
    if old == new:
        assert cells(top) == [*context, removed[0], removed[1], added[1]]
    elif old.startswith("x = 1") or new.startswith("x = 1"):
        assert sorted(set(cells(top)) - {"same"}) == sorted({*removed, *added})
    else:
        assert cells(top) == [*context, *removed, *added]
    assert top.one("details", "file").one("h3").text == line(change.path).plain
    assert top.one("blockquote").text == safe_text(said)
    assert line(f"rejected: r{said}").plain in [badge.text for head in top.all("h4") for badge in head.all("b")]
    assert f"{line('m' + said).plain}, edits as e, prompts 1" in [fact.text for fact in top.all("dd")]
    if said:
        shown = [section for section in top.all("section") if section.attributes["aria-labelledby"] == "summary"]
        assert ticked(shown[0].one("p")) == safe_text(said)


def full() -> ReviewPage:
    """A page with everything on it, in another order than the proposal's."""
    old = "".join(f"line_{n} = {n}\n" for n in range(1, 21))
    first, base = changed("a.py", old, old.replace("line_4 = 4", "line_4 = 5").replace("line_8 = 8\n", ""))
    second, other = changed("b.c", "int a;\n", "int a;\nint b;\n")
    binary = diff_file("logo.png", None, NEW, b"", b"\0" * 10)
    four, eight, b, logo = [block.id for one in (first, second, binary) for block in one.blocks]
    before = run(TestCase(id="t::fixed", outcome="failed"), TestCase(id="t::kept", outcome="passed"))
    after = run(TestCase(id="t::fixed", outcome="passed"), TestCase(id="t::kept", outcome="passed"))
    return ReviewPage(
        proposal=proposal(
            first, second, binary, text="fix: numbers\n\nall of them", verdict=compare(before, after),
            plan=Plan(summary="Count on", steps=(Step(text="change `a.py`", paths=("a.py",)),)), summary="Done.",
            hazards=[HazardNote(kind="binary file", path="logo.png")],
        ),
        bases={"a.py": base, "b.c": other},
        changes=[second, first, binary],
        decisions={
            four: Amend(block=four, lines=("line_4 = 6\n",)),
            eight: Reject(block=eight, reason="scope"),
            b: Accept(block=b),
            logo: Defer(block=logo),
        },
        landed={b},
        comments=[(eight, "why?"), (eight, "still?")],
        needs=[Need(block=b, by=four, why="defines `b`")],
        faults=[SubsetFault(path="a.py", line=4, kind="undefined", what="b")],
    )  # fmt: skip


def test_what_a_page_says() -> None:
    top = read(page(full()))
    heads = [(one.name, one.text) for one in top.all() if one.name in ("h1", "h2", "h3", "h4")]
    a, b, logo = (change.blocks for change in full().proposal.changes)
    assert heads == [
        ("h1", "fix: numbers"),
        ("h2", "Evidence"),
        ("h3", "1 fixed"),
        ("h2", "Look at twice"),
        ("h2", "Wrong with the accepted blocks alone"),
        ("h2", "Plan"),
        ("h2", "Summary"),
        ("h2", "Files"),
        ("h2", "Changes"),
        ("h3", "b.c"),
        ("h4", f"Block 1 of 4 accepted and landed {b[0].id}"),
        ("h3", "a.py"),
        ("h4", f"Block 2 of 4 accepted, edited {a[0].id}"),
        ("h4", f"Block 3 of 4 rejected: scope {a[1].id}"),
        ("h3", "logo.png"),
        ("h4", f"Block 4 of 4 deferred {logo[0].id}"),
    ]
    said = [one.text for name in ("needs", "notes") for ul in top.all("ul", name) for one in ul.all("li")]
    assert said == [
        "needed by block 2: defines b",
        "needs block 1: defines b",
        "logo.png: binary file",
        "a.py:4: b is not defined",
        "a.py:4: b is not defined",
        "look twice: binary file",
    ]
    assert [quote.text for quote in top.all("blockquote")] == ["why?", "still?"]
    rows = [
        [cell.text for cell in row.all() if cell.name in ("td", "th")] for row in top.one("table", "files").all("tr")
    ]
    assert rows == [
        ["file", "status", "added", "removed", "blocks"],
        ["b.c", "modified", "+1", "0", "1 landed"],
        ["a.py", "modified", "+1", "−2", "1 edited, 1 rejected"],  # noqa: RUF001  # the minus that is shown
        ["logo.png", "added", "0", "0", "1 deferred"],
    ]


def test_lines_have_numbers_and_signs_and_stand_once_between_blocks_that_are_close() -> None:
    top = read(page(full()))
    blocks = [[[cell.text for cell in row] for row in rows(block)[1:]] for block in top.all("tbody")]
    assert blocks[2:4] == [
        [
            ["1", "1", "line_1 = 1"],
            ["2", "2", "line_2 = 2"],
            ["3", "3", "line_3 = 3"],
            ["4", "", "−line_4 = 4"],  # noqa: RUF001  # as above
            ["", "4", "+line_4 = 5"],
            ["5", "5", "line_5 = 5"],
            ["6", "6", "line_6 = 6"],
            ["7", "7", "line_7 = 7"],
            ["Edited: these lines are taken in place of the added ones"],
            ["", "", "+line_4 = 6"],
        ],
        [
            ["8", "", "−line_8 = 8"],  # noqa: RUF001  # as above
            ["9", "8", "line_9 = 9"],
            ["10", "9", "line_10 = 10"],
            ["11", "10", "line_11 = 11"],
        ],
    ]
    marked = [mark.text for mark in top.all("mark")]
    assert marked == ["4", "5", "6"]


def test_line_ends_are_told() -> None:
    change, base = changed("a.txt", "a\r\nb\n", "a\nb")
    top = read(page(ReviewPage(proposal=proposal(change), bases={"a.txt": base})))
    assert [one.text for one in top.all("small")] == ["<CR>", " no newline at the end"]


def test_without_the_box_a_block_stands_alone() -> None:
    top = read(page(ReviewPage(proposal=full().proposal)))
    assert len(cells(top)) == 4


def test_equal_values_give_equal_bytes() -> None:
    view = full()
    turned = ReviewPage(
        proposal=view.proposal, bases=dict(reversed(view.bases.items())), changes=view.changes, landed=view.landed,
        decisions=dict(reversed(view.decisions.items())), comments=view.comments, needs=view.needs, faults=view.faults,
    )  # fmt: skip
    assert page(view) == page(full()) == page(turned)


@pytest.mark.parametrize("view", [full(), hostile(HOSTILE), ReviewPage(proposal=proposal(text=""))])
def test_it_can_be_read_without_seeing_it(view: ReviewPage) -> None:
    top = read(page(view))
    levels = [int(one.name[1]) for one in top.all() if re.fullmatch(r"h\d", one.name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    ids = [one.attributes["id"] for one in top.all() if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    leading = [one.attributes["href"].removeprefix("#") for one in top.all("a")]
    leading += [one.attributes["aria-labelledby"] for one in top.all() if "aria-labelledby" in one.attributes]
    assert set(leading) <= set(ids)
    assert [len(list(top.all(name))) for name in ("header", "main", "nav", "footer", "title")] == [1] * 5
    assert [one.attributes.get("scope") for one in top.all("th") if "scope" not in one.attributes] == []
    html = top.one("html")
    assert (html.attributes["lang"], top.one("title").text != "") == ("en", True)
    first = next(one for one in top.one("body").all("a"))
    assert (first.attributes["href"], first.text) == ("#changes", "Skip to the changes")
    assert [one for one in top.all("details", "file") if "open" not in one.attributes] == []


def big(lines: int) -> ReviewPage:
    """Our own modules, of which some are new, some are gone, and in the rest every third line has changed."""
    changes: list[FileChange] = []
    bases: dict[str, tuple[str, ...]] = {}
    for number, path in enumerate(sorted((TOP / "swe_agent").rglob("*.py"))):
        text = path.read_text("utf-8")
        parts = text.splitlines(keepends=True)
        other = "".join(part.replace("e", "ee", 1) if at % 3 == 0 else part for at, part in enumerate(parts))
        name = f"src/{path.relative_to(TOP)}"
        if number % 4 == 0:
            change = diff_file(name, None, NEW, b"", text.encode())
        elif number % 4 == 1:
            change, bases[name] = diff_file(name, OLD, None, text.encode(), b""), tuple(parts)
        else:
            change, bases[name] = changed(name, text, other)  # type: ignore[assignment]
        changes.append(change)
        lines -= sum(len(block.added) + len(block.removed) for block in change.blocks)
        if lines <= 0:
            break
    return ReviewPage(proposal=proposal(*changes), bases=bases)


def test_five_thousand_lines_are_at_most_two_megabytes() -> None:
    view = big(5_000)
    text = page(view)
    assert sum(len(block.added) + len(block.removed) for block in view.proposal.blocks) >= 5_000
    assert len(text.encode()) <= 2_000_000
    read(text)


def apart(blocks: int) -> ReviewPage:
    """Single added lines, each with eight unchanged ones behind it, in files of a hundred blocks."""
    lines = [f"    found.append(order.price * rate_{n})\n" for n in range(900)]
    old = "".join(line for at, line in enumerate(lines) if at % 9)
    made = {f"{n}.py": changed(f"{n}.py", old, "".join(lines)) for n in range(blocks // 100)}
    changes, bases = [change for change, _ in made.values()], {path: base for path, (_, base) in made.items()}
    return ReviewPage(proposal=proposal(*changes), bases=bases)


def test_thousands_of_blocks_that_stand_apart_have_fewer_lines_around_them_and_the_page_says_so() -> None:
    text = page(apart(5_000))
    assert len(text.encode()) <= 2_000_000
    assert "Lines of context around each block: 1, because so many stand apart." in read(text).one("main").text
    assert "stand apart" not in page(apart(2_000))


def test_a_long_list_of_tests_is_cut_and_says_so() -> None:
    states = {f"t{n:03}": TestState.FIXED for n in range(230)}
    top = read(page(ReviewPage(proposal=proposal(verdict=Verdict(states=states, after=run())))))
    assert [one.text for one in top.one("ul", "tests").all("li")][-1] == "and 30 more"


def colours(style: str) -> list[dict[str, str]]:
    """The colours by name, light and dark."""
    light, dark = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    named = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in (light, dark)]
    assert named[0].keys() == named[1].keys()
    return named


def contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines have it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_is_legible_on_every_ground(scheme: int) -> None:
    named = colours(read(page(full())).one("style").text)[scheme]
    code = ("ink", "comment", "keyword", "string", "number", "name", "function")
    grounds = ("paper", "added", "added-word", "removed", "removed-word")
    pairs = [(ink, ground) for ink in code for ground in grounds]
    pairs += [("quiet", ground) for ground in ("paper", "panel", "added", "removed")]
    pairs += [(ink, ground) for ink in ("link", "good", "bad", "doubt") for ground in ("paper", "panel")]
    poor = {pair: round(found, 2) for pair in pairs if (found := contrast(*(named[name] for name in pair))) < 4.5}
    assert poor == {}


def test_only_classes_that_are_used_have_a_rule() -> None:
    change, base = changed("a.py", "def f(): pass\n", "def g(): pass\n")
    style = read(page(ReviewPage(proposal=proposal(change), bases={"a.py": base}))).one("style").text
    rules = re.findall(r"^\.(\w+)\{", style, re.MULTILINE)
    assert rules == ["k", "nf"]
