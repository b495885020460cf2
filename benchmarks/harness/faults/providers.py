"""Faults of a provider and of the way to it, in every dialect that can express them."""

from __future__ import annotations

from benchmarks.harness.faults.doors import ANSWERS, CLAUDE, GOOGLE, LIGHT, Door
from benchmarks.harness.faults.scenario import FIRST, PLANS, SECOND, Outcome, Scenario, Spoil, done, failed, instead
from benchmarks.harness.faults.solver import Solver, solve, solve_after_much_reading
from swe_agent.testing.dialects import faults
from swe_agent.testing.dialects.faults import Step, trouble

IDLE = {"SWE_AGENT_NETWORK_IDLE_SECONDS": "1.5"}
LONGER_S = 8.0
"""So long a server is silent that is given up after `IDLE`."""
PATIENCE = 6
"""Attempts at one question, at most."""
HUGE_S = 3600
REDIRECT = faults.raw(b"", content_type="text/plain", status=307, location="/elsewhere")


def of(door: Door) -> list[Scenario]:
    return [*_passing(door), *_streams(door), *_final(door), *_lasting(door), *_odd_bodies(door)]


def _once(name: str, door: Door, step: Step | Spoil, outcome: Outcome, at: int = FIRST) -> Scenario:
    spoil = step if callable(step) else instead(step)
    return Scenario(name=name, door=door, at={at: spoil}, outcome=outcome, environment=IDLE)


def _always(name: str, door: Door, step: Step, outcome: Outcome, solver: Solver = solve) -> Scenario:
    return Scenario(name=name, door=door, every=instead(step), outcome=outcome, environment=IDLE, solver=solver)


def _passing(door: Door) -> list[Scenario]:
    """What is over at the second attempt."""
    again = done(6, 8)
    return [
        Scenario(name="nothing goes wrong", door=door, outcome=done()),
        _once("rate limit once", door, trouble("rate_limit"), again),
        _once(
            "rate limit once, with a time to wait", door, trouble("rate_limit", retry_after=2), done(6, 8, waits_s=2.0)
        ),
        _once("server error once", door, trouble("server"), again),
        _once("overloaded once", door, trouble("overloaded"), again, at=SECOND),
        _once("reset before the headers", door, faults.hung_up(), again),
        Scenario(
            name="context overflow once, then it fits",
            door=door,
            at={9: instead(trouble("overflow"))},
            solver=solve_after_much_reading,
            outcome=done(11, 24),  # what it has read may be gone, and it reads again
        ),
    ]


def _streams(door: Door) -> list[Scenario]:
    """What may happen to a stream on its way; the answer is the model's own, and half of it is none."""
    again = done(6, 8)
    made = [
        _once("silence before the first byte", door, lambda reply: faults.silence(LONGER_S, reply), again),
        _once("stall in the stream", door, lambda reply: faults.stall(LONGER_S, reply), again),
        _once("slow drip", door, lambda reply: faults.drip(0.5, reply), done()),
        _once("reset in the stream", door, lambda reply: faults.cut_after(3, reply), again),
        _once("end without a finish", door, faults.end_without_finish, again),
        _once("frame that is no JSON", door, faults.garbage_frame, done(5, 8)),
        _once("error event in the stream", door, lambda reply: faults.alarm("server", reply), again),
        _once("overloaded in the stream", door, lambda reply: faults.alarm("overloaded", reply), again, at=SECOND),
    ]
    if door in (LIGHT, CLAUDE):
        made.append(_once("closed without a finish", door, faults.closed_without_finish, again))
    return made


def _final(door: Door) -> list[Scenario]:
    """What no repetition helps with: said at once, and what to do about it."""
    at_once = failed(1, 1)
    return [
        _always("huge time to wait", door, trouble("rate_limit", retry_after=HUGE_S), failed(1, 1, str(HUGE_S))),
        _always("no credit", door, trouble("no_credit"), failed(1, 1, "credit")),
        _always("wrong key", door, trouble("unauthorised"), failed(1, 1, door.key)),
        _always("forbidden", door, trouble("forbidden"), failed(1, 1, door.key)),
        _always("no such model", door, trouble("no_model"), failed(1, 1, "model")),
        _always("the prompt never fits", door, trouble("overflow"), failed(1, 1, "context")),
        _always("filtered by the provider", door, trouble("filtered"), at_once),
        Scenario(
            name="model without tools",
            door=door,
            at=dict.fromkeys(range(FIRST, FIRST + 20), instead(trouble("no_tools"))),
            outcome=failed(2, 2, "tools"),
        ),
    ]


def _lasting(door: Door) -> list[Scenario]:
    """What does not pass: given up after a number of attempts, in a bounded time."""
    made = [
        Scenario(name="connection refused", door=door, listens=False, outcome=failed(0, 0, "running")),
        _always("a page in the place of an answer", door, faults.page(), failed(1, PATIENCE, wall_s=120.0)),
        _always("bytes without a meaning", door, faults.binary(), failed(1, PATIENCE, wall_s=120.0)),
        _always(
            "redirect",
            door,
            faults.raw(b"", content_type="text/plain", status=307, location="/elsewhere"),
            failed(1, 3),
        ),
    ]
    slow = failed(PATIENCE, PATIENCE, wall_s=120.0)
    made.append(_always("overloaded for ever", door, trouble("overloaded"), slow))
    if door is LIGHT:
        made += [
            _always("cut for ever", door, faults.cut_after(2), slow),
            _always("reset before the headers for ever", door, faults.hung_up(), slow),
        ]
    return made


def _odd_bodies(door: Door) -> list[Scenario]:
    """Parameters and bodies that differ from what was asked for."""
    made = [
        Scenario(name="whole bodies where streams were asked for", door=door, every=faults.ignoring_stream,
                 outcome=done(5, 12)),
        _once("null in the place of an answer", door, faults.raw(b"null", content_type="application/json"), done(6, 9)),
        _once("an empty body", door, faults.raw(b"", content_type=faults.EVENTS), done(6, 9), at=PLANS),
    ]  # fmt: skip
    rejected = {LIGHT.name: ("stream_options",), ANSWERS.name: ("reasoning",), CLAUDE.name: ("thinking",)}
    for name in rejected.get(door.name, ()):
        made.append(
            Scenario(
                name=f"{name} refused",
                door=door,
                every=lambda reply, name=name: faults.rejecting(name, reply),
                options=() if name == "stream_options" else ("--effort", "low"),
                outcome=done(5, 12),
            )
        )
    if door is GOOGLE:
        made.append(_once("blocked by safety", door, lambda _r: trouble("filtered"), failed(2, 2)))
    return made
