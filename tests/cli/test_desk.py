from __future__ import annotations

from program import BUG, FIX, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def cart(program: Program) -> str:
    return (program.cwd / "shop/cart.py").read_text()


def test_help_then_yes(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("desk", "--sandbox", TIER, input="?\ny\ny\n"), ready.cwd) == snapshot
    assert FIX in cart(ready)


def test_no_with_a_reason(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("desk", input="n wrong sign\n"), ready.cwd) == snapshot
    assert BUG in cart(ready)


def test_the_end_of_input_leaves_blocks_open(ready: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(ready.run("desk"), ready.cwd) == snapshot


def test_json_keeps_questions_off_stdout(ready: Program, job: str) -> None:
    left = answer(ready, "desk", code=1)
    assert (left["type"], left["job"], left["decisions"], len(left["open"])) == ("Decided", job, {}, 1)
    landed = answer(ready, "desk", "--sandbox", TIER, input="y\n\n")
    assert (landed["type"], landed["files"]) == ("LandingDone", ["shop/cart.py"])
