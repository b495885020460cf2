"""`stats ingest`: decisions of other tools in the books, each once, their text nowhere."""

from __future__ import annotations

import json
import random
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import Program, kill
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown
from swe_agent.core.errors import UsageError
from swe_agent.core.evidence import EvidenceBlock, Ingested, IngestedBlock
from swe_agent.jobs.given import Given, given_of, schema
from swe_agent.metrics.attribution.packing import Line, Mark, unpack
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.store.journal import Journal

BEFORE = "def total(prices):\n    return sum(prices)\n"
AFTER = "def total(prices):\n    kept = [price for price in prices if price]\n    return sum(kept)\n"


def decision(id: str = "edit-1", **changed: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "id": id,
        "session": "session-1",
        "path": "shop/total.py",
        "base": None,
        "before": BEFORE,
        "after": AFTER,
        "accepted": True,
        "author": "Dev <Dev@Example.org>",
        "model": "maker/model-1",
        "time": "2026-10-01T14:00:00+02:00",
    }
    return {**whole, **changed}


def lines(*decisions: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in decisions)


def ingested(program: Program) -> list[Ingested]:
    journal = Journal(program.cwd / ".git/swe-agent/journal.jsonl", lambda: pytest.fail("nothing is written"))
    return [event.body for event in journal.events() if isinstance(event.body, Ingested)]


def keys(program: Program) -> dict[str, bytes]:
    kept = json.loads((program.cwd / ".git/swe-agent/attribution-keys.json").read_text())
    return {one["id"]: bytes.fromhex(one["key"]) for one in kept["keys"]}


def test_what_is_kept_of_a_decision(fresh: Program) -> None:
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=fresh.cwd, text=True).strip()
    told = answer(fresh, "stats", "ingest", "--decisions", "-", input=lines(decision(base=head[:9])))
    assert told == {
        "v": 1, "type": "DecisionsTaken", "decisions": 1, "accepted": 1, "rejected": 0, "known": 0, "blocks": 1,
        "lines": 2,
    }  # fmt: skip
    (body,) = ingested(fresh)
    ((key_id, secret),) = keys(fresh).items()
    hasher = Hasher(secret)
    (block,) = body.edit.blocks
    assert block == IngestedBlock(id="1", added=2, removed=1, lines=2)
    author = hasher.mark("dev@example.org")
    assert body.evidence is not None
    assert body.evidence.key == key_id
    assert body.evidence.blocks == (
        EvidenceBlock(
            id="edit-1/1", session="session-1", model="maker/model-1", author=author, path="shop/total.py",
            base=head, at="2026-10-01T12:00:00+00:00", lines=2,
        ),
    )  # fmt: skip
    assert unpack(body.evidence.packed) == [
        Line(Mark.AI, hasher.line("    kept = [price for price in prices if price]\n")),
        Line(Mark.AI, hasher.line("    return sum(kept)\n")),
    ]
    edit = body.edit
    assert (edit.base, edit.author, edit.language, edit.at) == (head, author, "python", "2026-10-01T12:00:00+00:00")


def test_no_text_is_kept(fresh: Program) -> None:
    told = decision(before="alpha_canary\n", after="beta_canary = 1\n", proposed="gamma_canary = 1\n")
    refused = decision("edit-2", before="delta_canary\n", after="epsilon_canary\n", accepted=False)
    ran = fresh.run("stats", "ingest", "--decisions", "-", input=lines(told, refused))
    assert ran.code == 0
    fresh.run("stats")
    kept = b"".join(path.read_bytes() for path in (fresh.cwd / ".git/swe-agent").rglob("*") if path.is_file())
    assert b"shop/total.py" in kept
    assert b"canary" not in kept
    assert b"example.org" not in kept.lower()


def test_the_same_id_counts_once(fresh: Program, tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(lines(decision("a"), decision("b"), decision("a", path="other.py")))
    first = fresh.run("stats", "ingest", "--decisions", str(file))
    assert first.stdout == "2 decisions taken in: 2 accepted, 0 rejected; 1 was known already\n"
    file.write_text(lines(decision("b"), decision("c", accepted=False)))
    second = fresh.run("stats", "ingest", "--decisions", str(file), "--json")
    assert (second.object["decisions"], second.object["rejected"], second.object["known"]) == (1, 1, 1)
    assert [(body.edit.id, body.edit.path) for body in ingested(fresh)] == [
        ("a", "shop/total.py"), ("b", "shop/total.py"), ("c", "shop/total.py")
    ]  # fmt: skip


def test_what_a_person_edited_is_told_from_what_the_agent_wrote(fresh: Program) -> None:
    proposed = "one\ntwo words of the agent\nthree\nfour = made_up(1)\n"
    after = "one\ntwo words of the person, all of them new\nthree\nfour = made_up(2)\nfive\n"
    told = decision(before="one\nthree\n", proposed=proposed, after=after)
    assert fresh.run("stats", "ingest", "--decisions", "-", input=lines(told)).code == 0
    (body,) = ingested(fresh)
    assert body.evidence is not None
    marks = [line.mark for line in unpack(body.evidence.packed)]
    assert marks == [Mark.HUMAN, Mark.EDITED, Mark.HUMAN]
    assert [block.edited for block in body.edit.blocks] == [True, True]


def test_an_edited_file_whose_other_blocks_are_the_agents(fresh: Program) -> None:
    told = decision(
        before="one\ntwo\nthree\n",
        proposed="alpha beta\none\ntwo\nthree\n",
        after="alpha beta\none\ntwo\ngamma delta\nthree\n",
    )
    assert fresh.run("stats", "ingest", "--decisions", "-", input=lines(told)).code == 0
    (body,) = ingested(fresh)
    assert body.evidence is not None
    assert [line.mark for line in unpack(body.evidence.packed)] == [Mark.AI, Mark.HUMAN]
    assert [block.edited for block in body.edit.blocks] == [False, True]


@pytest.mark.parametrize(
    ("before", "after", "blocks"),
    [
        (None, "one\r\ntwo", [(2, 0)]),
        ("one\r\ntwo\r\n", "one\ntwo\r\n", [(1, 1)]),
        ("one\ntwo", "one\ntwo\n", [(1, 1)]),
        ("gone\n", None, [(0, 1)]),
        ("same\n", "same\n", []),
        ("text\n", "\x00\x01", [(0, 0)]),
        (None, "", [(0, 0)]),
        ("caf\udce9\n", "caf\udce9 au lait\n", [(1, 1)]),
        ("half \ud83d\n", "half \ud83d a smile\n", [(1, 1)]),
        ("a\fb\x0bc\u2028d\n", "a\fb\x0bc\u2028e\n", [(1, 1)]),
    ],
)
def test_any_text_is_taken_exactly(
    fresh: Program, before: str | None, after: str | None, blocks: list[tuple[int, int]]
) -> None:
    ran = fresh.run("stats", "ingest", "--decisions", "-", input=lines(decision(before=before, after=after)))
    assert (ran.code, ran.stderr) == (0, "")
    (body,) = ingested(fresh)
    assert [(block.added, block.removed) for block in body.edit.blocks] == blocks
    added = sum(count for count, _ in blocks)
    assert (sum(block.lines for block in body.evidence.blocks) if body.evidence else 0) == added


# ---- lines that are none

WRONG = {
    "not JSON": ('{"id": ', "line 2: not JSON"),
    "not an object": ("[1]", "line 2: a JSON object is expected, not an array"),
    "not UTF-8": (b'{"id": "\xe9"}', "line 2: not UTF-8 at byte 9"),
    "a field too few": ({"accepted": ...}, "line 2: `accepted` is missing"),
    "a field too many": ({"reson": "typed wrong"}, "line 2: there is no field `reson`"),
    "an id that is a number": ({"id": 7}, "line 2: `id` is a number; a string is expected"),
    "an id with white space": ({"id": "a b"}, "line 2: `id` holds white space or a control character"),
    "an empty session": ({"session": ""}, "line 2: `session` is empty"),
    "a model on two lines": ({"model": "a\nb"}, "line 2: `model` holds a line break or a control character"),
    "a very long tool": ({"tool": "x" * 201}, "line 2: `tool` is longer than 200 characters"),
    "a path that leaves": ({"path": "../a.py"}, "line 2: `path` is '../a.py'; a path below the top"),
    "a path from elsewhere": ({"path": "/etc/a.py"}, "line 2: `path` is '/etc/a.py'; a path below the top"),
    "no path": ({"path": ""}, "line 2: `path` is ''; a path below the top"),
    "a branch as base": ({"base": "main"}, "line 2: `base` is no commit id"),
    "no file at all": ({"before": None, "after": None}, "line 2: `before` and `after` are both null"),
    "text that is a list": ({"after": ["a"]}, "line 2: `after` is an array; a string or null is expected"),
    "accepted in words": ({"accepted": "yes"}, "line 2: `accepted` is a string; true or false is expected"),
    "time without a zone": ({"time": "2026-10-01T12:00:00"}, "without a time zone; end it with `Z`"),
    "time in words": ({"time": "noon"}, "line 2: `time` is 'noon'; ISO 8601 is expected"),
    "proposed and refused": ({"accepted": False, "proposed": "x"}, "line 2: `proposed` is for what was accepted"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_line_that_is_none(name: str) -> None:
    data, said = WRONG[name]
    if isinstance(data, dict):
        whole = {key: value for key, value in decision(**data).items() if value is not ...}
        line = json.dumps(whole).encode()
    else:
        line = data if isinstance(data, bytes) else str(data).encode()
    with pytest.raises(UsageError) as caught:
        given_of(line, 2, top="/work", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert said in caught.value.message
    assert caught.value.exit_code == 2


def test_of_a_file_with_a_bad_line_nothing_is_taken_in(fresh: Program, snapshot: SnapshotAssertion) -> None:
    text = lines(decision("a"), decision("b", accepted="yes"), decision("c"))
    assert shown(fresh.run("stats", "ingest", "--decisions", "-", input=text), fresh.cwd) == snapshot
    assert ingested(fresh) == []


def test_no_file(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("stats", "ingest"), fresh.cwd) == snapshot
    missing = fresh.run("stats", "ingest", "--decisions", "none.jsonl")
    assert missing.code == 2
    assert "cannot read the decisions in none.jsonl: No such file or directory" in missing.stderr


def test_paths_as_other_tools_write_them() -> None:
    def path(typed: str) -> str:
        line = json.dumps(decision(path=typed)).encode()
        return given_of(line, 1, top="/home/dev/shop", now=datetime(2026, 1, 1, tzinfo=UTC)).path

    assert path("./src/a.py") == "src/a.py"
    assert path("src\\deep\\a.py") == "src/deep/a.py"
    assert path("/home/dev/shop/src/a.py") == "src/a.py"
    assert path("with a space/ä.py") == "with a space/ä.py"


# ---- the schema says what the reader does


def fits(data: Any, rule: dict[str, Any]) -> bool:
    """As much of JSON Schema as the shipped one uses."""
    kinds = {"string": str, "boolean": bool, "null": type(None), "object": dict}
    wanted = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    if not any(isinstance(data, kinds[kind]) for kind in wanted):
        return False
    if isinstance(data, dict):
        known = rule["properties"]
        return (
            set(rule["required"]) <= data.keys() <= known.keys()
            and all(fits(value, known[name]) for name, value in data.items())
        )  # fmt: skip
    if isinstance(data, str):
        within = rule.get("minLength", 0) <= len(data) <= rule.get("maxLength", len(data))
        return within and ("pattern" not in rule or re.search(rule["pattern"], data) is not None)
    return True


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(["abcd", "src/a.py", "x" * 201])
)


@given(changes=st.dictionaries(st.sampled_from([*decision(), "tool", "kind", "reason", "proposed", "more"]), values))
def test_what_the_reader_takes_fits_the_schema(changes: dict[str, Any]) -> None:
    data = decision(**changes)
    try:
        taken = given_of(json.dumps(data).encode(), 1, top="/top", now=datetime(2026, 1, 1, tzinfo=UTC))
    except UsageError:
        return
    assert isinstance(taken, Given)
    assert fits(data, json.loads(schema()))


def test_the_schema_is_printed(tmp_path: Path) -> None:
    ran = Program(tmp_path).run("stats", "ingest", "--schema")
    assert (ran.code, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == json.loads(schema())
    assert fits(decision(), json.loads(ran.stdout))


# ---- many at once


def test_two_processes_that_take_in_the_same_count_it_once(fresh: Program, tmp_path: Path) -> None:
    files = []
    for number in range(4):
        file = tmp_path / f"{number}.jsonl"
        file.write_text(lines(*(decision(f"edit-{n}") for n in range(number * 10, number * 10 + 60))))
        files.append(str(file))
    running = [fresh.start("stats", "ingest", "--decisions", file, "--json") for file in files]
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert sum(answer["decisions"] for answer in answers) == 90
    assert sum(answer["known"] for answer in answers) == 4 * 60 - 90
    assert sorted(body.edit.id for body in ingested(fresh)) == sorted(f"edit-{n}" for n in range(90))
    assert len(keys(fresh)) == 1
    assert {body.evidence.key for body in ingested(fresh) if body.evidence} == set(keys(fresh))


def test_killed_and_begun_again_each_counts_once(fresh: Program, tmp_path: Path) -> None:
    chance = random.Random(3)
    file = tmp_path / "d.jsonl"
    file.write_text(lines(*(decision(f"edit-{n}") for n in range(4000))))
    journal = fresh.cwd / ".git/swe-agent/journal.jsonl"

    def size() -> int:
        return journal.stat().st_size if journal.exists() else 0

    for _ in range(5):
        process = fresh.start("stats", "ingest", "--decisions", str(file))
        before = size()
        while process.poll() is None and size() == before:
            time.sleep(0.001)  # it reads all, and then it writes
        time.sleep(chance.random() * 0.03)
        kill(process)
    assert fresh.run("stats", "ingest", "--decisions", str(file)).code == 0
    assert sorted(body.edit.id for body in ingested(fresh)) == sorted(f"edit-{n}" for n in range(4000))


def test_a_ledger_that_is_lost_loses_no_id(fresh: Program) -> None:
    fresh.run("stats", "ingest", "--decisions", "-", input=lines(decision("a")))
    for path in (fresh.cwd / ".git/swe-agent").glob("ledger.db*"):
        path.unlink()
    again = fresh.run("stats", "ingest", "--decisions", "-", "--json", input=lines(decision("a"), decision("b")))
    assert (again.object["decisions"], again.object["known"]) == (1, 1)


def test_forgetting_leaves_counts_alone(fresh: Program) -> None:
    fresh.run("stats", "ingest", "--decisions", "-", input=lines(decision("a"), decision("b")))
    journal = fresh.cwd / ".git/swe-agent/journal.jsonl"
    job = json.loads(journal.read_text().splitlines()[0])["job"]
    ran = fresh.run("forget", job)
    assert (ran.code, ran.stderr) == (0, "")
    first, second = ingested(fresh)
    assert (first.edit.path, first.edit.id, first.edit.session, first.evidence) == ("", "", "", None)
    assert [(block.added, block.removed, block.lines) for block in first.edit.blocks] == [(2, 1, 2)]
    assert (second.edit.id, second.evidence is None) == ("b", False)
    again = fresh.run("stats", "ingest", "--decisions", "-", "--json", input=lines(decision("a")))
    assert again.object["known"] == 1


def test_the_documentation_names_each_field_and_its_example_is_one() -> None:
    page = (Path(__file__).parents[2] / "docs/attribution.md").read_text("utf-8")
    page = page[page.index("## Decisions made with other tools") :]
    rows = [row for row in page.split("\n") if row.startswith("| `")]
    table = rows[: next(n for n, row in enumerate(rows) if row.startswith("| `tool`")) + 1]
    named = {name for row in table for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == json.loads(schema())["properties"].keys()
    example = page[page.index('    {"id"') : page.index('"}\n', page.index('    {"id"')) + 2]
    joined = "".join(line.strip() for line in example.split("\n"))
    assert given_of(joined.encode(), 1, top="/top", now=datetime(2026, 1, 1, tzinfo=UTC)).model == "maker/model-1"
