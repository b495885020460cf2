"""A benchmark command on two trees, in turns."""

from __future__ import annotations

import re
from collections.abc import Callable

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.measured import Measured
from swe_agent.verify.run import Ran

PAIRS = 10
QUICK = 5
"""Pairs for a model that wants to know how it stands."""
_FIGURE = re.compile(rb"^BENCH\s+([0-9.eE+-]+)\s*$", re.MULTILINE)

Switch = Callable[[], None]
"""Make the files those of a tree."""


def measure(
    run: Callable[[], Ran], command: str, *, base: Switch, head: Switch, pairs: int, enough: Callable[[], bool]
) -> Measured:
    """Take pairs, the order within them changing; `enough` ends it early. Less is better: the figure is what the
    command prints as `BENCH <number>` last, else the seconds that it took.

    After each change of files one run goes uncounted: it compiles, and fills caches. EnvironmentLacks where it fails.
    """
    before: list[float] = []
    after: list[float] = []
    for pair in range(pairs):
        if pair >= 3 and enough():
            break
        sides = [(base, before), (head, after)]
        for switch, figures in sides if pair % 2 == 0 else reversed(sides):
            switch()
            _figure(run(), command)
            figures.append(_figure(run(), command))
    return Measured(command=command, before=tuple(before), after=tuple(after))


def _figure(ran: Ran, command: str) -> float:
    if ran.status:
        how = "took too long" if ran.timed_out else f"failed with exit status {ran.status}"
        tail = ran.output.decode("utf-8", "replace")[-500:].strip()
        raise EnvironmentLacks(f"the benchmark `{command}` {how}\n{tail}", hint="run it by hand; it needs no network")
    found = _FIGURE.findall(ran.output)
    try:
        figure = float(found[-1]) if found else ran.seconds
    except ValueError:
        figure = ran.seconds
    return max(figure, 1e-9)
