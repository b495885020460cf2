"""What to do with each finding, given what was posted for the same change before.

Nothing is posted twice; what does not hold any more is resolved; what a person has dismissed stays silent; of files
that this run has not looked at nothing is known, and their threads stay as they are. Threads are never deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from swe_agent.review.identity import Made, matched

State = Literal["open", "outdated", "dismissed"]
"""Of a thread: `outdated` was resolved by us, `dismissed` by a person."""


@dataclass(frozen=True, slots=True)
class Thread:
    """What was posted before, by our own account. `id` is the platform's; `said` is our text, `answer` the last that a
    person has given to it."""

    id: str
    made: Made
    state: State = "open"
    said: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Places among the findings, and threads. `kept`, `reopened` and `silent` come with the thread that said it
    before."""

    new: tuple[int, ...]
    kept: tuple[tuple[int, Thread], ...]
    reopened: tuple[tuple[int, Thread], ...]
    silent: tuple[tuple[int, Thread], ...]
    resolved: tuple[Thread, ...]

    @property
    def is_without_effect(self) -> bool:
        return not (self.new or self.reopened or self.resolved)


def reconcile(findings: Sequence[Made], threads: Sequence[Thread], looked_at: Callable[[Made], bool]) -> Reconciled:
    """`looked_at` tells whether this run would have found one again: what says such things has looked at its file."""
    told = matched([thread.made for thread in threads], findings)
    by_state: dict[State, list[tuple[int, Thread]]] = {"open": [], "outdated": [], "dismissed": []}
    for at, place in sorted(told.items()):
        by_state[threads[place].state].append((at, threads[place]))
    again = set(told.values())
    return Reconciled(
        new=tuple(at for at in range(len(findings)) if at not in told),
        kept=tuple(by_state["open"]),
        reopened=tuple(by_state["outdated"]),
        silent=tuple(by_state["dismissed"]),
        resolved=tuple(
            thread
            for place, thread in enumerate(threads)
            if place not in again and thread.state == "open" and looked_at(thread.made)
        ),
    )
