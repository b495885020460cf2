"""`stats export`: sums in the field names of Copilot's usage metrics; nothing names a file, a task or a person."""

from __future__ import annotations

import base64
import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prepared import Prepared
from program import TIER, Program, script, tool
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown
from swe_agent.metrics.usage import COUNTS
from swe_agent.testing.repository import RepoBuilder

WORDS = {
    "path": "Quokkapath", "source": "Wombatsource", "replaced": "Numbatreplaced", "task": "Dingotask",
    "title": "Bilbytitle", "reason": "Echidnareason", "name": "Possumname", "mail": "Koalamail",
    "session": "Galahsession", "edit": "Emuedit", "tool": "Brolgatool", "kind": "Lorikeetkind", "plan": "Kiteplan",
}  # fmt: skip
"""Each stands in one thing that must not leave."""


def git(path: Path, *args: str) -> str:
    return subprocess.check_output(["git", "-C", str(path), *args], text=True)


def tell(path: Path) -> None:
    """A repository in which everything is a canary: one proposal of ours with an accepted and a rejected block, a reply
    that was applied, and decisions of another tool."""
    of = WORDS
    repo = RepoBuilder(path)
    name = f"{of['path']}.py"
    repo.git("config", "user.name", of["name"])
    repo.git("config", "user.email", f"{of['mail']}@example.org")
    repo.commit("first", {name: f"{of['replaced']} = 1\n\n\nmiddle = 2\n\n\nlast = 3\n"})
    plan = {"content": f"{of['plan']}\n1. Change `{name}`"}
    edits = [
        tool("edit", path=name, old=f"{of['replaced']} = 1", new=f"{of['source']} = first()"),
        tool("edit", path=name, old="last = 3", new=f"{of['source']}_last = third()"),
    ]
    script(repo.path / ".git/s.json", [plan, tool("read", path=name), *edits, tool("finish", summary=of["title"]),
                                       {"content": "OK"}])  # fmt: skip
    program = Program(repo.path)
    ran = program.run(
        "run", f"fix: {of['task']}\n\n{of['title']}", "--model", "scripted:.git/s.json", "--sandbox", TIER
    )
    assert "ready" in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    blocks = [
        b["id"] for c in json.loads(program.run("show", "--json").stdout)["proposal"]["changes"] for b in c["blocks"]
    ]
    decisions = [
        {"block": blocks[0], "decision": "accept"}, {"block": blocks[1], "decision": "reject", "reason": of["reason"]}
    ]  # fmt: skip
    given = "".join(json.dumps(one) + "\n" for one in decisions)
    ran = program.run("desk", "--decisions", "-", "--sandbox", TIER, input=given)
    assert ran.code == 0, ran.stderr
    edit = f"<<<<<<< SEARCH\nmiddle = 2\n=======\n{of['source']}_middle = second()\n>>>>>>> REPLACE\n"
    reply = f"{name}\n```python\n{edit}```\n"
    assert program.run("apply", input=reply).code == 0
    lines = [
        {
            "id": f"{of['edit']}-{number}", "session": of["session"], "path": f"deep/{name}", "base": None,
            "before": f"{of['replaced']}\n", "after": f"{of['source']} = {number}\nmore = {number}\n",
            "accepted": number < 4, "author": f"{of['name']}{number} <{of['mail']}{number}@example.org>",
            "model": "maker/model", "tool": of["tool"], "kind": of["kind"], "reason": of["reason"],
            "time": f"2026-10-0{1 + number % 2}T12:00:00Z",
        }
        for number in range(6)
    ]  # fmt: skip
    given = "".join(json.dumps(one) + "\n" for one in lines)
    assert program.run("stats", "ingest", "--decisions", "-", input=given).code == 0


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    waiting = Prepared(tmp_path_factory.getbasetemp() / "told", tell, WORDS["path"])
    return Program(waiting.copy(tmp_path / "copy", monkeypatch))


def hidden(text: str) -> list[str]:
    """Canaries that stand in a text, in whatever dress."""
    found = []
    for what, word in WORDS.items():
        for form in (word, word.lower(), word.upper()):
            data = form.encode()
            dresses = [form, data.hex(), data.hex().upper()]
            # Of the three ways in which bytes may fall into groups of base 64, the part that is the same in all texts.
            for skip in range(3):
                whole = data[skip : skip + (len(data) - skip) // 3 * 3]
                dresses += [base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()]
            if any(dress in text for dress in dresses):
                found.append(what)
    return found


def test_the_search_finds_what_is_hidden() -> None:
    for what, word in WORDS.items():
        for dress in (word, word.lower(), word.encode().hex(), base64.b64encode(b"x" + word.encode()).decode()):
            assert what in hidden(f"any {dress} text")
    assert hidden("nothing at all") == []


@pytest.mark.parametrize(
    "typed", [(), ("--proposals",), ("--format", "ndjson"), ("--format", "csv"), ("--since", "2026-10-02")]
)
def test_nothing_that_names_anything_is_exported(told: Program, tmp_path: Path, typed: tuple[str, ...]) -> None:
    ran = told.run("stats", "export", *typed)
    assert (ran.code, ran.stderr) == (0, "")
    assert "maker/model" in ran.stdout
    assert hidden(ran.stdout) == []
    file = tmp_path / "export"
    quiet = told.run("stats", "export", *typed, "--output", str(file))
    assert (quiet.code, quiet.stdout, quiet.stderr) == (0, "", "")
    assert file.read_text() == ran.stdout
    # What is known of jobs, sessions and people under another key does not leave either.
    journal = (told.cwd / ".git/swe-agent/journal.jsonl").read_text()
    known = {json.loads(line)["job"] for line in journal.splitlines()}
    keys = json.loads((told.cwd / ".git/swe-agent/attribution-keys.json").read_text())["keys"]
    known |= {key["id"] for key in keys} | {key["key"] for key in keys}
    known |= {json.loads(line).get("edit", {}).get("author") or "-none-" for line in journal.splitlines()}
    assert [one for one in known if one in ran.stdout] == []


def test_what_the_days_add_up_to(told: Program) -> None:
    told_ = answer(told, "stats", "export", "--proposals")
    days = {day["day"]: day for day in told_["days"]}
    assert {name: days["2026-10-01"][name] for name in COUNTS} == {
        "code_generation_activity_count": 3, "code_acceptance_activity_count": 2, "loc_suggested_to_add_sum": 6,
        "loc_suggested_to_delete_sum": 3, "loc_added_sum": 4, "loc_deleted_sum": 2,
    }  # fmt: skip
    (today,) = [day for day in told_["days"] if not day["day"].startswith("2026-10")]
    features = {row["feature"]: tuple(row[name] for name in COUNTS) for row in today["totals_by_feature"]}
    assert features == {"block_review": (2, 1, 2, 2, 1, 1), "agent_edit": (1, 0, 0, 0, 1, 1)}
    for day in told_["days"]:
        for name in ("totals_by_feature", "totals_by_language_feature", "totals_by_language_model"):
            for count in COUNTS:
                assert sum(row[count] for row in day[name]) == day[count]
    rows = told_["proposals"]
    assert sum(row["blocks"] for row in rows) == sum(day["code_generation_activity_count"] for day in told_["days"])
    assert len({row["proposal"] for row in rows}) == 8
    assert len({row["session"] for row in rows}) == 3


def test_they_are_the_figures_that_acceptance_shows(told: Program) -> None:
    days = answer(told, "stats", "export")["days"]
    shown_ = answer(told, "stats", "acceptance")
    (block,) = [one for one in shown_["metrics"] if one["name"] == "acceptance.block"]
    decided = [row for day in days for row in day["totals_by_feature"] if row["feature"] != "agent_edit"]
    assert block["rows"][0]["n"] == sum(row["code_generation_activity_count"] for row in decided)
    assert block["rows"][0]["hits"] == sum(row["code_acceptance_activity_count"] for row in decided)


def test_few_people_are_not_counted(told: Program) -> None:
    assert [day["daily_active_users"] for day in answer(told, "stats", "export")["days"]] == [None, None, None]
    more = "".join(
        json.dumps(
            {
                "id": f"m{n}", "session": "s", "path": "a.py", "base": None, "before": None, "after": "x = 1\n",
                "accepted": True, "author": f"d{n}@example.org", "model": "m", "time": "2026-10-01T08:00:00Z",
            }
        ) + "\n" for n in range(2)
    )  # fmt: skip
    told.run("stats", "ingest", "--decisions", "-", input=more)
    assert [day["daily_active_users"] for day in answer(told, "stats", "export")["days"]] == [5, None, None]


def test_the_forms_say_the_same(told: Program) -> None:
    whole = answer(told, "stats", "export")
    lines = told.run("stats", "export", "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == whole["days"]
    rows: list[dict[str, Any]] = list(
        csv.DictReader(io.StringIO(told.run("stats", "export", "--format", "csv").stdout))
    )
    for day in whole["days"]:
        here = [row for row in rows if row["day"] == day["day"]]
        for name in COUNTS:
            assert sum(int(row[name]) for row in here) == day[name]
    since = answer(told, "stats", "export", "--since", "2026-10-02")
    assert (since["since"], since["days"]) == ("2026-10-02", whole["days"][1:])


def test_the_key_stays_and_the_hashes_with_it(told: Program) -> None:
    first, second = (answer(told, "stats", "export", "--proposals") for _ in range(2))
    assert first == second
    key = told.cwd / ".git/swe-agent/export-key.json"
    assert json.loads(key.read_text())["keys"][0]["key"] not in json.dumps(first)
    key.unlink()
    third = answer(told, "stats", "export", "--proposals")
    assert third["repository_id"] != first["repository_id"]
    assert not {row["proposal"] for row in third["proposals"]} & {row["proposal"] for row in first["proposals"]}


def test_a_model_that_is_a_formula_is_text_in_a_spreadsheet(fresh: Program) -> None:
    line = {
        "id": "1", "session": "s", "path": "a.py", "base": None, "before": None, "after": "x\n", "accepted": True,
        "author": None, "model": "=1+1",
    }  # fmt: skip
    fresh.run("stats", "ingest", "--decisions", "-", input=json.dumps(line))
    assert ",'=1+1," in fresh.run("stats", "export", "--format", "csv").stdout


@pytest.mark.parametrize(
    "typed",
    [("--format", "xml"), ("--format", "csv", "--json"), ("--format", "csv", "--proposals"), ("--since", "then")],
)
def test_what_cannot_be_exported(fresh: Program, typed: tuple[str, ...], snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("stats", "export", *typed), fresh.cwd) == snapshot


def test_nothing_yet(fresh: Program) -> None:
    assert answer(fresh, "stats", "export")["days"] == []
    assert fresh.run("stats", "export", "--format", "ndjson").stdout == ""
    ran = fresh.run("stats", "export", "--output", "no folder/x")
    assert ran.code == 3
    assert "cannot write no folder/x: No such file or directory" in ran.stderr
