"""What has landed of an agent's work is attested, once, whatever happened between the landing and its recording."""

from __future__ import annotations

import json
import subprocess

import pytest
from program import BUG, FIX, TIER, Program

from swe_agent.core.evidence import Evidence, EvidenceBlock, EvidenceRecorded
from swe_agent.metrics.attribution.packing import Line, Mark, unpack
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.store.journal import Journal

HOME = ".git/swe-agent"
ACCEPT = ("accept", "--sandbox", TIER)


def recorded(program: Program) -> list[EvidenceRecorded]:
    journal = Journal(program.cwd / HOME / "journal.jsonl", lambda: pytest.fail("nothing is written"))
    return [event.body for event in journal.events() if isinstance(event.body, EvidenceRecorded)]


def hasher(program: Program) -> tuple[str, Hasher]:
    (key,) = json.loads((program.cwd / HOME / "attribution-keys.json").read_text())["keys"]
    return key["id"], Hasher(bytes.fromhex(key["key"]))


def block_of(program: Program, job: str) -> str:
    shown = json.loads(program.run("show", job, "--json").stdout)
    (block,) = shown["proposal"]["changes"][0]["blocks"]
    return str(block["id"])


def test_a_landing_is_attested(ready: Program, job: str) -> None:
    subprocess.run(["git", "config", "user.email", "Dev@Example.org"], cwd=ready.cwd, check=True)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ready.cwd, text=True).strip()
    assert ready.run(*ACCEPT).code == 0
    (event,) = recorded(ready)
    key, hashing = hasher(ready)
    (block,) = event.evidence.blocks
    assert event.evidence == Evidence(
        key=key,
        blocks=(
            EvidenceBlock(
                id=f"{job}/{block_of(ready, job)}", session=job, model="scripted:s.json", path="shop/cart.py",
                author=hashing.mark("dev@example.org"), base=head, at=block.at, lines=1,
            ),
        ),
        packed=event.evidence.packed,
    )  # fmt: skip
    assert unpack(event.evidence.packed) == [Line(Mark.AI, hashing.line(FIX))]
    (landing,) = [
        one["landing"] for one in json.loads(ready.run("list", "--all", "--json").stdout)["jobs"][0]["landings"]
    ]
    assert event.landing == landing


def test_what_a_person_edited_at_the_desk_is_told_apart(ready: Program, job: str) -> None:
    text = f"    {FIX}  # rounded up by whoever asks for it\n    # and by nobody else at all\n"
    decision = {"block": block_of(ready, job), "decision": "amend", "text": text}
    ran = ready.run("desk", job, "--decisions", "-", "--sandbox", TIER, input=json.dumps(decision) + "\n")
    assert ran.code == 0, ran.stderr
    (event,) = recorded(ready)
    _, hashing = hasher(ready)
    assert [line.mark for line in unpack(event.evidence.packed)] == [Mark.EDITED, Mark.HUMAN]
    (block,) = event.evidence.blocks
    assert block.id == f"{job}/{block_of(ready, job)}/{hashing.mark(text)[:6]}"


def test_a_crash_before_it_was_recorded_is_made_good_by_the_next_command(ready: Program) -> None:
    assert ready.run(*ACCEPT).code == 0
    (event,) = recorded(ready)
    journal = ready.cwd / HOME / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if '"type":"EvidenceRecorded"' in line)
    journal.write_text("".join(lines[:place]))
    for _ in range(2):
        assert ready.run("list").code == 0
        assert [_at_landing(one) for one in recorded(ready)] == [_at_landing(event)]


def _at_landing(event: EvidenceRecorded) -> tuple[str, str, str, str]:
    (block,) = event.evidence.blocks
    return event.landing, event.evidence.packed, block.id, block.at[:16]


def test_where_it_cannot_be_recorded_it_lands_all_the_same_and_is_told(ready: Program) -> None:
    keys = ready.cwd / HOME / "attribution-keys.json"
    keys.write_text("not a file of keys")
    ran = ready.run(*ACCEPT)
    assert ran.code == 0
    assert FIX in (ready.cwd / "shop/cart.py").read_text()
    assert "it has landed, and who wrote it is not recorded yet; a later command tries again" in ran.stderr
    assert "attribution-keys.json is damaged" in ran.stderr
    assert recorded(ready) == []
    keys.unlink()
    assert ready.run("list").code == 0
    assert len(recorded(ready)) == 1


def test_what_was_undone_and_lands_again_is_attested_again(ready: Program) -> None:
    ready.run(*ACCEPT)
    assert ready.run("undo").code == 0
    assert ready.run(*ACCEPT).code == 0
    first, second = recorded(ready)
    assert first.landing != second.landing
    assert [block.id for block in first.evidence.blocks] == [block.id for block in second.evidence.blocks]


def test_a_landing_that_was_undone_before_it_was_recorded_is_not_attested(ready: Program) -> None:
    keys = ready.cwd / HOME / "attribution-keys.json"
    keys.write_text("not a file of keys")
    ready.run(*ACCEPT)
    ready.run("undo")
    keys.unlink()
    ready.run("list")
    assert recorded(ready) == []


def test_a_reply_is_an_agents(fresh: Program) -> None:
    reply = f"shop/cart.py\n```python\n<<<<<<< SEARCH\n    {BUG}\n=======\n    {FIX}\n>>>>>>> REPLACE\n```\n"
    assert fresh.run("apply", input=reply).code == 0
    (event,) = recorded(fresh)
    assert [(block.model, block.path) for block in event.evidence.blocks] == [("apply", "shop/cart.py")]


def test_a_persons_own_work_is_nobody_elses(fresh: Program) -> None:
    cart = fresh.cwd / "shop/cart.py"
    before = cart.read_text()
    cart.write_text(before.replace(BUG, FIX))
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "-qam", "mine"], cwd=fresh.cwd, check=True)
    patch = subprocess.check_output([*git, "format-patch", "-1", "--stdout"], cwd=fresh.cwd, text=True)
    subprocess.run([*git, "branch", "topic"], cwd=fresh.cwd, check=True)
    subprocess.run([*git, "reset", "-q", "--hard", "HEAD~1"], cwd=fresh.cwd, check=True)
    decisions = fresh.cwd / ".git/decisions.jsonl"
    decisions.write_text('{"block": "*", "decision": "accept"}\n')
    for typed, given in (("main..topic", ""), ("-", patch)):
        ran = fresh.run("desk", typed, "--decisions", str(decisions), "--sandbox", TIER, input=given)
        assert ran.code == 0, ran.stderr
        assert FIX in cart.read_text()
        fresh.run("undo")
    fresh.run("list")
    assert recorded(fresh) == []
    assert not (fresh.cwd / HOME / "attribution-keys.json").exists()


def test_forgetting_a_job_takes_its_evidence_away(ready: Program, job: str) -> None:
    ready.run(*ACCEPT)
    assert ready.run("forget", job).code == 0
    (event,) = recorded(ready)
    assert event.evidence == Evidence(key="", blocks=(), packed="")
    ready.run("list")
    assert len(recorded(ready)) == 1
