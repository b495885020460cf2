"""Odd models: answers that are well-formed on the wire, or nearly, and not what was wanted."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.harness.faults import solver
from benchmarks.harness.faults.doors import CLAUDE, GOOGLE, LIGHT, Door
from benchmarks.harness.faults.scenario import FIRST, PLANS, SECOND, Outcome, Scenario, Spoil, done, failed, instead
from swe_agent.core.message import ModelReply
from swe_agent.testing.dialects import faults
from swe_agent.testing.dialects.faults import Step
from swe_agent.testing.faults import Wire
from swe_agent.testing.scripted import call, say

NOTHING = Outcome(codes=(1,), reasons=("no_effect",), requests=(2, 8))
UNREADABLE = Outcome(codes=(0, 3), reasons=("proposed", "failed"), requests=(2, 8), wall_s=120.0)
"""For what litellm cannot read: given up in good order is as good as an answer."""
MEGABYTE = 1_000_000


def of(door: Door) -> list[Scenario]:
    made = [*_spelling(door), *_calls(door), *_texts(door)]
    return made + _wills(door) if door is LIGHT else made  # a will has no dialect


def _wire(wire: Wire) -> Spoil:
    return lambda reply: faults.odd(reply, wire)


def _spelling(door: Door) -> list[Scenario]:
    """Two calls at once, and nothing or little that tells them apart."""
    wires = {
        "ids that are duplicates": Wire(ids="duplicate"),
        "no ids": Wire(ids="missing"),
        "no indices": Wire(indices="missing"),
        "equal indices": Wire(indices="equal"),
    }
    made = [
        Scenario(
            name=name,
            door=door,
            every=_wire(wire),
            solver=solver.solve_in_pairs,
            outcome=UNREADABLE if door is CLAUDE and wire.ids == "missing" else done(),
        )
        for name, wire in wires.items()
        if door is not GOOGLE or name == "ids that are duplicates"  # it has no indices, and no ids as a rule
    ]
    made += [
        Scenario(name="another model answers", door=door, every=_wire(Wire(model="gpt-other")), outcome=done()),
        Scenario(name="no usage", door=door, every=_wire(Wire(usage=False)), outcome=done()),
    ]
    return made


def _instead_at(name: str, door: Door, step: Step | Spoil, outcome: Outcome, at: int = FIRST) -> Scenario:
    return Scenario(name=name, door=door, at={at: step if callable(step) else instead(step)}, outcome=outcome)


def _calls(door: Door) -> list[Scenario]:
    """Calls that cannot be carried out are told to the model, and the job goes on."""
    again = done(5, 9)
    made = [
        _instead_at("truncated arguments", door, faults.truncated_arguments, again, at=SECOND),
        _instead_at("unknown tool", door, call("teleport", to="shop"), again),
        _instead_at("cut at its length within a call", door, _cut_at_length, again, at=SECOND),
    ]
    if door is not LIGHT:
        return made
    return [
        *made,
        _instead_at("wrong types of arguments", door, call("read", path=["shop"], first="one"), again),
        _instead_at("unknown arguments", door, call("edit", file="a", patch="b"), again),
        _instead_at("a path outside", door, call("create", path="../../outside.txt", text="x"), again),
    ]


def _cut_at_length(reply: ModelReply) -> ModelReply | faults.Fault:
    return faults.truncated_arguments(replace(reply, finish="length"))


def _texts(door: Door) -> list[Scenario]:
    nothing = say("")  # of litellm an empty answer is asked for once more: it makes one of a refusal too
    return [
        _instead_at("an empty answer", door, nothing, done(6, 9)),
        _instead_at("an empty plan", door, nothing, failed(1, 1, "plan") if door.light else done(6, 8), at=PLANS),
        _instead_at("a refusal", door, say("I will not.", finish="refusal"), failed(2, 3, "--model")),
        _instead_at("cut at its length within a text", door, say("Well, first", finish="length"), done(6, 8)),
        _instead_at(
            "an answer of a megabyte", door, lambda reply: replace(reply, content="word " * (MEGABYTE // 5)), done()
        ),
    ]


def _wills(door: Door) -> list[Scenario]:
    """Models that do not come to an end, or to the wrong one."""
    turns = Outcome(codes=(4,), reasons=("limit",), requests=(7, 7), says="swe-agent resume")
    guarded = Outcome(codes=(1, 4), reasons=("no_effect", "limit"), requests=(4, 30))
    broken = Outcome(codes=(1,), reasons=("proposed",), requests=(4, 9))
    return [
        Scenario(
            name="endless tool loop", door=door, solver=solver.wander, options=("--max-turns", "6"), outcome=turns
        ),
        Scenario(name="the same call for ever", door=door, solver=solver.repeat, outcome=guarded),
        Scenario(name="the same refused edit for ever", door=door, solver=solver.misquote, outcome=guarded),
        Scenario(name="talk without tools", door=door, solver=solver.chatter, outcome=NOTHING),
        Scenario(name="giving up", door=door, solver=solver.give_up, outcome=NOTHING),
        Scenario(name="a change that breaks a test", door=door, solver=solver.break_it, outcome=broken),
    ]
