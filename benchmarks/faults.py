#!/usr/bin/env python3
"""Whether the program comes out of everything that may go wrong in the way that is laid down.

    python benchmarks/faults.py [--quick] [--smoke] [--only WORDS] [--json]

Loopback servers in four dialects (OpenAI chat by the light door; OpenAI responses, Anthropic messages and Gemini by
litellm) play providers and models with faults; the program is run by its command line on a small repository with a bug.
Of each scenario the exit code, the end that the events tell, the number of requests, wall and CPU time and cost are
bounded; the user's tree is byte-identical afterwards, no process is left, and the key is printed and kept nowhere. A
job that was stopped, by kill -9 at each of its requests too, is resumed and has to come to its proposal.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.faults import models, providers, stops
from benchmarks.harness.faults.doors import DOORS, LIGHT
from benchmarks.harness.faults.judge import symptoms
from benchmarks.harness.faults.play import Ran, play
from benchmarks.harness.faults.scenario import Scenario
from benchmarks.harness.faults.world import world
from benchmarks.harness.report import arguments, at_least, at_most, finish

AT_ONCE = 3
"""litellm takes seconds of CPU for each process, and half of the time is spent in waits that the faults call for."""
QUICK = ("responses: reset in the stream", "messages: kill -9 at request 3", "gemini: truncated arguments")
"""Beside every third scenario of the light door."""
SMOKE = ("reset in the stream", "kill -9 at request 3", "wrong key")
SLOW = ("for ever", "time runs out")


@dataclass(frozen=True, kw_only=True)
class Played:
    scenario: Scenario
    ran: list[Ran]
    symptoms: list[str]


def main() -> int:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as in the background; what we start would inherit it
    only, rest = _only()
    sys.argv[1:] = rest
    options = arguments(__doc__)
    chosen = [one for one in _chosen(quick=options.quick, smoke=options.smoke) if only in one.title]
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = list(pool.map(_played, chosen))
    figures = _figures(played) | {"wall s": round(time.monotonic() - begun, 1)}
    wrong = sum(bool(one.symptoms) for one in played)
    goals = {
        "scenarios with another outcome": at_most(0, wrong, judge=not options.smoke),
        "scenarios": at_least(60, len(played), judge=not (options.quick or options.smoke or only)),
    }
    return finish("faults", figures, goals, as_json=options.json)


def _only() -> tuple[str, list[str]]:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", default="", help="scenarios whose title holds these words")
    known, rest = parser.parse_known_args()
    return known.only, rest


def every() -> list[Scenario]:
    """All scenarios; each title is there once."""
    return [one for door in DOORS for kind in (providers, models, stops) for one in kind.of(door)]


def _chosen(*, quick: bool, smoke: bool) -> list[Scenario]:
    if smoke:
        return [one for one in every() if one.door is LIGHT and one.name in SMOKE]
    if not quick:
        return every()
    light = [one for one in every() if one.door is LIGHT and not any(word in one.name for word in SLOW)]
    return [*light[::3], *(one for one in every() if one.title in QUICK)]


def _played(scenario: Scenario) -> Played:
    with world() as where:
        before = where.digest()
        ran = play(scenario, where)
        found = symptoms(scenario, ran, where, before)
    _tell(scenario, ran, found)
    return Played(scenario=scenario, ran=ran, symptoms=found)


def _tell(scenario: Scenario, ran: Sequence[Ran], found: Sequence[str]) -> None:
    spent = " then ".join(f"{one.requests} requests, {one.wall_s:.1f} s, {one.cpu_s:.1f} s of CPU" for one in ran)
    word = "FAILED" if found else "passed"
    print(f"{word}  {scenario.title} ({spent})", *(f"          {one}" for one in found), sep="\n", file=sys.stderr)


def _figures(played: Sequence[Played]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for door in DOORS:
        of = [one for one in played if one.scenario.door is door]
        figures[f"{door.name}, scenarios"] = len(of)
        figures[f"{door.name}, as laid down"] = sum(not one.symptoms for one in of)
    figures["failed"] = {one.scenario.title: one.symptoms for one in played if one.symptoms}
    figures["CPU s"] = round(sum(run.cpu_s for one in played for run in one.ran), 1)
    figures["requests"] = sum(run.requests for one in played for run in one.ran)
    return figures


if __name__ == "__main__":
    sys.exit(main())
