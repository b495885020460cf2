"""`stats` alone, and the questions about lines: as text, JSON, CSV, and as a page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from program import TIER, Program
from syrupy.assertion import SnapshotAssertion
from ui.reading import read

from cli.shown import answer, shown
from swe_agent.testing.repository import RepoBuilder


@pytest.fixture
def landed(ready: Program) -> Program:
    """What was proposed is accepted, landed, and committed."""
    assert ready.run("accept", "--sandbox", TIER).code == 0
    RepoBuilder(ready.cwd).commit("fix: the discount")
    return ready


def test_nothing_yet(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("stats"), fresh.cwd) == snapshot
    told = answer(fresh, "stats")
    assert (told["proposals"], told["accepted"]["blocks"]["value"], told["languages"]) == (0, None, [])


def test_after_one_acceptance(landed: Program, snapshot: SnapshotAssertion) -> None:
    assert without_commit(shown(landed.run("stats"), landed.cwd)) == snapshot


def without_commit(text: str) -> str:
    """The first line ends with a commit, whose id depends on the time."""
    lines = text.splitlines()
    return "\n".join(line.partition(" at ")[0] if " at " in line and "decided" in line else line for line in lines)


def test_the_four_questions_for_programs(landed: Program) -> None:
    told = answer(landed, "stats")
    assert told["proposals"] == 1
    assert [(one["group"], one["blocks"]["hits"], one["blocks"]["n"]) for one in told["languages"]] == [
        ("python", 1, 1)
    ]
    head = told["share"]["head"]
    assert sum(head[kind]["hits"] for kind in ("ai", "ai_edited", "human", "unknown")) == head["n"]
    assert (head["made"]["hits"], head["made"]["enough"]) == (1, False)
    assert head["unknown"]["hits"] > 10
    assert told["share"]["added"]["made"]["hits"] == 1
    assert told["cost"]["per_surviving_line"]["note"] == "no session is 30 days old"
    assert told["commit"]


@pytest.mark.parametrize("question", ["survival", "share"])
def test_questions_about_lines(landed: Program, fresh: Program, question: str, snapshot: SnapshotAssertion) -> None:
    assert month_hidden(shown(landed.run("stats", question), landed.cwd)) == snapshot(name="one")
    assert shown(fresh.run("stats", question), fresh.cwd) == snapshot(name="none")


def month_hidden(text: str) -> str:
    return "\n".join(
        "[MONTH]" + line[7:] if line[:3] == "202" and line[4:5] == "-" else line for line in text.splitlines()
    )


def test_lines_by_language_and_model(landed: Program) -> None:
    told = answer(landed, "stats", "share", "--by", "model,language")
    assert told["by"] == ["model", "language"]
    assert [one["name"] for one in told["metrics"]] == ["share.head", "share.added"]
    added = {(tuple(row["group"]), row["of"]): row["hits"] for row in told["metrics"][1]["rows"]}
    assert added[("scripted:s.json", "python"), "made"] == 1


def test_curves_for_programs(landed: Program) -> None:
    told = answer(landed, "stats", "survival")
    assert set(told["curves"]) == {"ai", "unchanged", "human", "unknown"}
    assert "curves" not in answer(landed, "stats", "survival", "--by", "model")


def test_lines_as_csv(landed: Program) -> None:
    rows = list(csv.DictReader(io.StringIO(landed.run("stats", "share", "--by", "language", "--csv").stdout)))
    made = [(row["metric"], row["language"], row["hits"]) for row in rows if row["of"] == "made"]
    assert ("share.added", "python", "1") in made


def test_what_cannot_be_asked(fresh: Program) -> None:
    def said(*args: str) -> tuple[int, str]:
        ran = fresh.run("stats", *args)
        return ran.code, ran.stderr

    code, text = said("survival", "--by", "surface")
    assert (code, "it can by language, model, month" in text) == (2, True)
    assert said("share", "--since", "yesterday")[0] == 2
    assert said("share", "--json", "--csv")[0] == 2


def test_the_page(landed: Program) -> None:
    assert landed.run("stats", "notes", "write").code == 0
    ran = landed.run("stats", "html")
    assert (ran.code, ran.stdout, ran.stderr) == (0, "", "written: swe-agent-stats.html\n")
    saved = (landed.cwd / "swe-agent-stats.html").read_text("utf-8")
    assert read(saved).one("h1").text.startswith("shop")
    told = answer(landed, "stats", "html", "--output", "other.html")
    assert told == {
        "v": 1,
        "type": "PageWritten",
        "file": "other.html",
        "bytes": (landed.cwd / "other.html").stat().st_size,
    }
    assert landed.run("stats", "html", "--output", "-").stdout.startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_written(fresh: Program) -> None:
    ran = fresh.run("stats", "html", "-o", "missing/page.html")
    assert (ran.code, ran.stdout) == (2, "")
    assert "cannot write missing/page.html" in ran.stderr
    assert fresh.run("stats", "html", "-o", "-", "--json").code == 2


def test_what_a_plain_terminal_can_show(landed: Program) -> None:
    ran = landed.run("stats", env={"TERM": "dumb", "PYTHONIOENCODING": "ascii"})
    assert ran.code == 0
    assert "What do we accept?" in ran.stdout


def test_notes_are_offered_until_they_are_written(landed: Program, fresh: Program) -> None:
    offer = "other clones cannot tell these lines yet: `swe-agent stats notes write`, then `stats notes push`\n"
    assert fresh.run("stats").stderr == ""
    assert landed.run("stats", "share").stderr == offer
    landed.run("stats", "notes", "write")
    assert landed.run("stats", "share").stderr == ""


def test_figures_since_a_day(landed: Program) -> None:
    told: dict[str, Any] = answer(landed, "stats", "share", "--since", "2999-01-01")
    assert [one["rows"] for one in told["metrics"] if one["name"] == "share.added"] == [[]]


def test_what_is_remembered_of_lines_is_made_anew_when_they_change(landed: Program) -> None:
    first = answer(landed, "stats")
    assert answer(landed, "stats") == first
    RepoBuilder(landed.cwd).commit("less", {"shop/cart.py": "def count(prices):\n    return len(prices)\n"})
    second = answer(landed, "stats")
    assert (second["share"]["head"]["made"]["hits"], second["commit"]) == (0, RepoBuilder(landed.cwd).head)
    assert second["share"]["added"]["made"]["hits"] == 1
