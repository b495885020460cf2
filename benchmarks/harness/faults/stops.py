"""Limits in the middle of a job, and the ways in which a process is stopped; then `resume`."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.harness.faults.doors import LIGHT, Door
from benchmarks.harness.faults.scenario import FIRST, Outcome, Scenario, Stop, done, instead
from benchmarks.harness.faults.solver import solve_after_a_pause
from swe_agent.core.message import ModelReply
from swe_agent.core.usage import Usage
from swe_agent.testing.dialects import faults
from swe_agent.testing.dialects.faults import Step

REQUESTS = 5
"""Of an undisturbed job."""
ON = "swe-agent resume"
BUDGETS = {"chat": 0.45, "responses": 0.055, "messages": 0.45, "gemini": 0.055}
"""Dollars, for a few greedy answers of the model behind each door."""
KILLED = Outcome(codes=(-9,), reasons=(), requests=(1, REQUESTS))
STOPPED: dict[Stop, Outcome] = {
    "interrupt": Outcome(codes=(130,), reasons=("interrupted",), requests=(1, REQUESTS), says=ON),
    "terminate": Outcome(codes=(130,), reasons=("cancelled",), requests=(1, REQUESTS), says=ON),
}


def of(door: Door) -> list[Scenario]:
    made = [_killed(door, number) for number in range(1, REQUESTS + 1)]
    made += [_stopped(door, "interrupt", FIRST), _stopped(door, "terminate", FIRST + 1)]
    if door is LIGHT:
        return [*made, _in_a_command("kill", KILLED), _in_a_command("interrupt", STOPPED["interrupt"]), *_limits(door)]
    return [*made, _money(door), _priced(door)]


def _killed(door: Door, number: int) -> Scenario:
    """What the process had asked is asked again, and what it had been answered is not."""
    left = REQUESTS - number + 1
    return Scenario(
        name=f"kill -9 at request {number}",
        door=door,
        outcome=KILLED,
        stop="kill",
        stop_at=number,
        resumed=done(left, left + 1),
    )


def _stopped(door: Door, stop: Stop, number: int) -> Scenario:
    left = REQUESTS - number + 1
    return Scenario(
        name=f"{stop} at request {number}",
        door=door,
        outcome=STOPPED[stop],
        stop=stop,
        stop_at=number,
        resumed=done(left, left + 1),
    )


def _in_a_command(stop: Stop, outcome: Outcome) -> Scenario:
    """While a command runs in the sandbox: it may not outlive the program, and is run again."""
    return Scenario(
        name=f"{stop} within a command",
        door=LIGHT,
        solver=solve_after_a_pause,
        outcome=outcome,
        stop=stop,
        stop_at=FIRST,
        stop_within_s=2.0,
        resumed=done(REQUESTS - 1, REQUESTS + 1),
    )


def _greedy(reply: ModelReply) -> Step:
    """As if each answer took much: a few of them come to a budget's end."""
    return replace(reply, usage=Usage(input_tokens=20_000, output_tokens=2_000))


def _money(door: Door) -> Scenario:
    """No more than the budget is spent, the call after the last included; with more money it goes on."""
    budget = BUDGETS[door.name]
    return Scenario(
        name="money runs out",
        door=door,
        every=_greedy,
        options=("--budget-usd", str(budget)),
        outcome=Outcome(codes=(4,), reasons=("limit",), requests=(1, REQUESTS - 1), usd=budget, says=ON),
        resumed=done(1, REQUESTS, usd=1.0),
        resume_options=("--budget-usd", "5"),
    )


def _priced(door: Door) -> Scenario:
    """The price of a known model is known without a setting."""
    return Scenario(
        name="a known model's price",
        door=door,
        options=("--budget-usd", "5"),
        environment={"XDG_CONFIG_HOME": "/nonexistent"},
        outcome=done(),
    )


def _limits(door: Door) -> list[Scenario]:
    return [
        _money(door),
        Scenario(
            name="tokens run out",
            door=door,
            every=_greedy,
            options=("--budget-tokens", "60000"),
            outcome=Outcome(codes=(4,), reasons=("limit",), requests=(1, REQUESTS - 1), usd=1.0, says=ON),
            resumed=done(1, REQUESTS, usd=1.0),
            resume_options=("--budget-tokens", "1000000"),
        ),
        Scenario(
            name="a budget in money without a price",
            door=door,
            options=("--budget-usd", "1", "--model", "nobody-knows-it"),
            outcome=Outcome(codes=(2,), reasons=("failed",), requests=(0, 0), says="--budget-tokens"),
        ),
        Scenario(
            name="time runs out while the server drips",
            door=door,
            every=lambda reply: faults.drip(0.5, reply),
            options=("--max-time", "4s"),
            outcome=Outcome(codes=(4,), reasons=("limit",), requests=(1, 5), wall_s=30.0, says=ON),
        ),
        Scenario(
            name="time runs out while the server is silent",
            door=door,
            at={FIRST: instead(faults.silence(60))},
            options=("--max-time", "4s"),
            outcome=Outcome(codes=(4,), reasons=("limit",), requests=(1, 5), wall_s=30.0, says=ON),
        ),
        Scenario(
            name="turns run out",
            door=door,
            options=("--max-turns", "2"),
            outcome=Outcome(codes=(4,), reasons=("limit",), requests=(3, 3), says=ON),
            resumed=done(2, 3),
            resume_options=("--max-turns", "20"),
        ),
    ]
