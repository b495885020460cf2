"""The page of figures: one file that fetches and runs nothing, says all that it draws, and names nobody."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from stats_world import NOW, world

from swe_agent.core.evidence import Lives
from swe_agent.metrics.catalogue import Cut, metrics
from swe_agent.metrics.figures import Accepted, Bill, Figures
from swe_agent.metrics.report import report
from swe_agent.ui.stats_html import page
from ui.reading import Element, read
from ui.test_html import HOSTILE

MOST = 300_000
SIZES = (0, 6, 400)
PAGES = {size: page(report(world(size)), where="acme/shop", commit="3f2a91c0de" * 4) for size in SIZES}
DRAWN = {"circle", "defs", "desc", "line", "path", "pattern", "rect", "svg", "text", "title"}
ELEMENTS = DRAWN | {
    "a", "b", "body", "caption", "code", "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3", "head",
    "header", "html", "li", "main", "meta", "nav", "p", "section", "small", "span", "style", "summary", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
NOTHING = "\N{EN DASH}"
HOME = {
    "accepted", "funnel", "survival", "share", "tasks", "cost", "reasons", "basis", "definitions",
}  # fmt: skip


def hostile(cut: Cut) -> Figures:
    """The text in each name that is not ours."""
    figures = world(40)(cut)
    names = {value for group in figures.cells for value in group}
    bad = {name: f"{HOSTILE}{number}" for number, name in enumerate(sorted(names))}
    return replace(
        figures,
        cells={
            tuple(bad[value] for value in group): replace(cell, reasons=((HOSTILE, 3), (f"{HOSTILE}2", 1)))
            for group, cell in figures.cells.items()
        },
        lives=tuple(replace(one, language=f"{HOSTILE}{one.language}", model=HOSTILE) for one in figures.lives),
        bills=tuple(replace(one, model=HOSTILE) for one in figures.bills),
    )


@pytest.mark.parametrize("size", SIZES)
def test_it_stands_alone(size: int) -> None:
    text = PAGES[size]
    top = read(text)
    assert {one.name for one in top.all()} - {""} <= ELEMENTS
    attributes = [pair for one in top.all() for pair in one.attributes.items()]
    assert [value for _, value in attributes if "://" in value] == []
    assert {name for name, _ in attributes if name in ("src", "srcset", "style", "onload", "xlink:href")} == set()
    style = top.one("style").text
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy, *_ = [one.attributes["content"] for one in top.all("meta") if "http-equiv" in one.attributes]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert re.findall(r"url\([^)]*\)|@import|image-set|@font-face|<", style) == ["url(#slanted)"]
    assert len(text.encode()) < MOST


@pytest.mark.parametrize("size", SIZES)
def test_every_link_leads_somewhere_and_every_name_is_given_once(size: int) -> None:
    top = read(PAGES[size])
    ids = [one.attributes["id"] for one in top.all() if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    links = {one.attributes["href"] for one in top.all("a")}
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert all(link.startswith("#") for link in links)
    labelled = {name for one in top.all() for name in one.attributes.get("aria-labelledby", "").split()}
    assert labelled <= set(ids)
    assert {f"def-{one.name.replace('.', '-')}" for one in metrics()} <= set(ids)
    if size:
        assert set(ids) >= HOME


@pytest.mark.parametrize("size", SIZES)
def test_every_drawing_says_what_it_shows(size: int) -> None:
    for one in read(PAGES[size]).all("svg"):
        if one.attributes.get("aria-hidden") == "true" or "swatch" in one.attributes["class"]:
            continue
        assert one.attributes["role"] == "img"
        said = one.attributes.get("aria-label") or "".join(part.text for part in one.all("desc"))
        assert said


def test_names_that_are_not_ours_are_text() -> None:
    top = read(page(report(hostile), where=HOSTILE, commit=HOSTILE, notes=[HOSTILE]))
    assert {one.name for one in top.all()} - {""} <= ELEMENTS
    assert [one for one in top.all("a") if not re.fullmatch(r"#[a-z-]+[a-z_0-9-]*", one.attributes["href"])] == []
    assert "evil.example" not in top.one("style").text
    assert HOSTILE[:30] in top.one("h1").text
    assert {one.attributes.get("onerror") for one in top.all()} == {None}


def rows(top: Element, caption: str) -> list[list[str]]:
    """The figures of a table."""
    (found,) = [one for one in top.all("table") if one.one("caption").text == caption]
    return [
        [cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row.inside if isinstance(cell, Element)]
        for row in found.one("tbody").all("tr")
    ]


SMALL = Figures(
    now=NOW,
    lives=(
        Lives(kind="ai", language="go", lines=60, landed_at="2026-09-10T00:00:00+00:00", session="a"),
        Lives(kind="ai", language="go", lines=20, landed_at="2026-09-10T00:00:00+00:00", session="a",
              ended_at="2026-09-12T00:00:00+00:00", end="reverted"),
        Lives(kind="unknown", language="go", lines=120, landed_at="2026-11-10T00:00:00+00:00"),
    ),
    accepted=(Accepted(session="a", language="go", model="m", at="2026-09-01T00:00:00+00:00", lines=100),),
    bills=(Bill(session="a", model="m", at="2026-09-01T00:00:00+00:00", cost=world(1)(()).bills[0].cost),),
)  # fmt: skip


def test_figures_of_a_small_world() -> None:
    """60 of the 80 lines that landed live, beside 120 that nobody knows of."""
    top = read(page(report(lambda cut: replace(SMALL, cells={} if cut else SMALL.cells)), where="small"))
    assert rows(top, "Lines by stage") == [
        ["proposedeffective lines of proposals that are no longer open", "", "not recorded here", NOTHING, NOTHING],
        ["decidedby a person or a policy; the others expired", "", "not recorded here", NOTHING, NOTHING],
        ["acceptedlanded in somebody's tree, and not undone", "", "not recorded here", NOTHING, NOTHING],
        ["landedon the default branch", "", "80", NOTHING, NOTHING],
        ["alivestill there, edited or not", "", "60", NOTHING, "75 %"],
    ]
    assert rows(top, "Lines at the tip of the default branch") == [
        ["all", "", "not enough data", "180"],
        ["go", "", "not enough data", "180"],
    ]
    assert rows(top, "What the lines that are gone died of") == [["reverted", "100 % (20)"]]
    added = rows(top, "Added lines by month, the latest first")
    assert [(row[0], row[1], row[3:]) for row in added] == [
        ("2026-11", "120", ["0 %", "0 %", "0 %", "100 %"]),
        ("2026-09", "80", ["100 %", "0 %", "0 %", "0 %"]),
    ]
    assert [one.text for one in top.one("svg", "months").all("text") if "y" in one.attributes][3:] == [
        "few", "few", "Sep", "2026", "Oct", "Nov",
    ]  # fmt: skip


def test_the_columns_of_a_month_fill_it() -> None:
    top = read(PAGES[400])
    columns: dict[str, float] = {}
    for one in top.one("svg", "months").all("rect"):
        place = one.attributes["x"]
        columns[place] = columns.get(place, 0.0) + float(one.attributes["height"])
    assert len(columns) == 9
    assert all(abs(height - 228) < 0.5 for height in columns.values())


def test_curves_only_fall() -> None:
    for one in read(PAGES[400]).one("svg", "curves").all("path", "line"):
        places = [tuple(map(float, pair.split(" "))) for pair in re.split("[ML]", one.attributes["d"])[1:]]
        assert len(places) > 10
        assert places == sorted(places)


def test_nobody_is_named() -> None:
    for size in SIZES:
        assert "author" not in {cell.text for cell in read(PAGES[size]).all("th")}


def test_equal_values_give_equal_bytes() -> None:
    assert page(report(world(6)), where="acme/shop", commit="3f2a91c0de" * 4) == PAGES[6]


def test_nothing_recorded_says_how_to_begin() -> None:
    top = read(PAGES[0])
    said = [one.text for one in next(top.all("section")).all("li")]
    assert said == [
        'Begin with swe-agent run "fix: …"; decide its blocks, and land what is good.',
        "Or take in what another tool knows: swe-agent stats ingest --decisions FILE.jsonl.",
    ]
    assert list(top.all("nav")) == []
