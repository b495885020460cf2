"""`stats acceptance`, `cost`, `compare` and `metrics`: of one job of our own, and of many decisions of another tool."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from program import TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown
from swe_agent.metrics.interval import ClusterSums, clustered

BEFORE = "def total(prices):\n    return sum(prices)\n"


def take_in(program: Program, sessions: int, *, authors: int = 1, **rates: int) -> None:
    """Of each model so many sessions of five edits in Python, of which so many are accepted; the other edits are one
    in Go of each session, which is accepted in every second one."""
    told: list[dict[str, Any]] = []
    for model, accepted in rates.items():
        for session in range(sessions):
            for edit in range(6):
                go = edit == 5
                told.append(
                    {
                        "id": f"{model}-{session}-{edit}", "session": f"{model}-{session}", "base": None,
                        "path": "shop/total.go" if go else "shop/total.py", "before": BEFORE,
                        "after": BEFORE + f"made_{model}_{session}_{edit} = {edit}\n",
                        "accepted": session % 2 == 0 if go else edit < accepted, "model": model, "tool": "other",
                        "author": f"dev{session % authors}@example.org", "time": "2026-10-01T12:00:00Z",
                        **({} if go or edit < accepted else {"reason": "wrong"}),
                    }
                )  # fmt: skip
    lines = "".join(json.dumps(one) + "\n" for one in told)
    ran = program.run("stats", "ingest", "--decisions", "-", input=lines)
    assert ran.code == 0, ran.stderr


def values(program: Program, *args: str) -> dict[str, dict[tuple[str, ...], float | None]]:
    found = answer(program, "stats", *args)
    return {
        one["name"]: {(*row["group"], *([row["of"]] if row["of"] else [])): row["value"] for row in one["rows"]}
        for one in found["metrics"]
    }


def test_of_one_accepted_block(ready: Program, snapshot: SnapshotAssertion) -> None:
    ready.run("accept", "--sandbox", TIER)
    said = shown(ready.run("stats", "acceptance"), ready.cwd)
    assert re.sub(r"(p[59]0)  .* (1 block)", r"\1  [TIMES]  \2", said) == snapshot(name="acceptance")
    assert shown(ready.run("stats", "cost"), ready.cwd) == snapshot(name="cost")
    found = values(ready, "acceptance", "--by", "language,prompt,format,attempt,policy,engine")
    assert set(found["acceptance.block"].values()) == {1.0}
    ((language, *_, engine),) = found["acceptance.block"]
    assert (language, engine) == ("python", "model")
    by_prompt = values(ready, "acceptance", "--by", "prompt,format,policy")["first_try"]
    ((prompt, format_, policy),) = by_prompt
    assert by_prompt == {(prompt, format_, policy): 1.0}
    assert "unknown" not in (prompt, format_, policy)


def test_what_is_open_rejected_and_undone(ready: Program) -> None:
    assert values(ready, "acceptance")["acceptance.open"] == {(): 1.0}
    ready.run("accept", "--sandbox", TIER)
    assert values(ready, "acceptance")["acceptance.block"] == {(): 1.0}
    ready.run("undo")
    found = values(ready, "acceptance")
    assert (found["acceptance.block"], found["undone"], found["first_try"]) == ({(): 0.0}, {(): 1.0}, {(): 0.0})


def test_a_reason_is_counted(ready: Program) -> None:
    ready.run("reject", "--reason", "Wrong  approach")
    found = values(ready, "acceptance")
    assert found["reject_reasons"] == {("wrong approach",): 1.0}
    assert found["acceptance.block"] == {(): 0.0}


def test_without_anything_recorded(fresh: Program, snapshot: SnapshotAssertion) -> None:
    for question in ("acceptance", "cost"):
        assert shown(fresh.run("stats", question), fresh.cwd) == snapshot(name=question)
        assert fresh.run("stats", question, "--csv").stdout.count("\n") == 1
    ran = fresh.run("stats", "compare", "a", "b")
    assert (ran.code, "nothing is recorded yet" in ran.stderr) == (2, True)


def test_many_decisions_by_model(fresh: Program, snapshot: SnapshotAssertion) -> None:
    take_in(fresh, 12, quick=4, slow=1)
    for width in ("80", "60"):
        ran = fresh.run("stats", "acceptance", "--by", "model", env={"COLUMNS": width})
        assert all(len(line) <= int(width) for line in ran.stdout.splitlines())
        assert shown(ran, fresh.cwd) == snapshot(name=f"{width} columns")
    assert shown(fresh.run("stats", "acceptance", env={"TERM": "dumb"}), fresh.cwd) == snapshot(name="plain")
    found = values(fresh, "acceptance", "--by", "language,model")
    assert found["acceptance.block"] == {
        ("go", "quick"): 0.5, ("go", "slow"): 0.5, ("python", "quick"): 0.8, ("python", "slow"): 0.2
    }  # fmt: skip
    assert fresh.run("list", "--all").stdout == fresh.run("list").stdout, "they are no jobs"


def test_since(fresh: Program) -> None:
    take_in(fresh, 1, quick=4)
    assert values(fresh, "acceptance", "--since", "2026-10-01")["acceptance.block"] == {(): pytest.approx(5 / 6)}
    assert values(fresh, "acceptance", "--since", "2026-10-02")["acceptance.block"] == {}


def test_comma_separated_values(fresh: Program) -> None:
    take_in(fresh, 12, quick=4)
    rows = list(csv.DictReader(io.StringIO(fresh.run("stats", "acceptance", "--by", "model", "--csv").stdout)))
    (block,) = [row for row in rows if row["metric"] == "acceptance.block"]
    assert (block["model"], block["hits"], block["n"], block["clusters"]) == ("quick", "54", "72", "12")
    # What is printed is the interval that `benchmarks/stats.py` judges: of twelve sessions, every second one with Go.
    sums = sum((ClusterSums.one(4 + session % 2, 6) for session in range(12)), ClusterSums())
    printed = clustered(sums, "blocks")
    assert (float(block["low"]), float(block["high"])) == (printed.low, printed.high)


def test_persons_are_named_only_among_five(fresh: Program) -> None:
    take_in(fresh, 12, authors=4, quick=4)
    assert list(values(fresh, "acceptance", "--by", "author")["acceptance.block"]) == [("fewer than 5 people",)]
    take_in(fresh, 12, authors=6, slow=4)
    assert len(values(fresh, "acceptance", "--by", "author")["acceptance.block"]) == 6


def test_a_comparison(fresh: Program, snapshot: SnapshotAssertion) -> None:
    take_in(fresh, 14, quick=4, slow=1)
    assert shown(fresh.run("stats", "compare", "quick", "slow"), fresh.cwd) == snapshot
    found = answer(fresh, "stats", "compare", "slow", "quick")
    assert (found["verdict"], found["higher"]) == ("quick is higher", "quick")
    assert found["standardised_difference"]["interval"][1] < 0
    assert fresh.run("stats", "compare", "quick", "slow", "--csv").stdout.startswith(
        "what,value,low,high,hits,n,proposals\n"
    )


def test_too_little_to_compare(fresh: Program) -> None:
    take_in(fresh, 3, quick=4, slow=1)
    found = answer(fresh, "stats", "compare", "quick", "slow")
    assert (found["verdict"], found["enough"], found["higher"]) == ("not enough data", False, None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("acceptance", "--by", "weather"), "nothing can be cut by 'weather'"),
        (("acceptance", "--since", "soon"), "'soon' is no time"),
        (("acceptance", "--json", "--csv"), "two forms of one answer"),
        (("cost", "--by", "language"), "`stats cost` cannot be cut by language"),
        (("compare", "quick", "quick"), "is the same on both sides"),
        (("compare", "quick", "fast"), "nothing is recorded of model 'fast'"),
        (("compare", "a", "b", "--by", "author"), "persons are not compared"),
        (("compare", "a", "b", "--by", "model,kind"), "one thing is compared at a time"),
        (("metrics", "luck"), "there is no metric 'luck'"),
    ],
)
def test_what_cannot_be_answered(fresh: Program, args: tuple[str, ...], said: str) -> None:
    take_in(fresh, 1, quick=1)
    ran = fresh.run("stats", *args)
    assert ran.code == 2, ran.stdout
    assert said in ran.stderr + ran.stdout
    assert "hint: " in ran.stderr or "--json" in args


def test_definitions(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("stats", "metrics", "acceptance.block"), fresh.cwd) == snapshot
    assert [one["name"] for one in answer(fresh, "stats", "metrics", "cost")["metrics"]] == [
        "cost.per_accepted_line", "cost.per_landed_task", "cost.per_surviving_line", "cost.total"
    ]  # fmt: skip
