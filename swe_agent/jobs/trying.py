"""Candidates of the repair engine on trial in the sandbox, on as many cores as there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from swe_agent.repair.asking import up_to
from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.languages.base import Language
from swe_agent.repair.probe import ProbeError
from swe_agent.repair.spectrum import Spectrum
from swe_agent.workspace.workspace import Ran

AT_FIRST, FASTER, AT_ONCE = 24, 4, 6.0
"""Edits in the first run of trials on a core, how many times as many in the next, and the seconds that one is to
take: a person is told how it goes."""
MOST_LANES = 8
START = 30.0
"""Seconds for all that is not the tests'."""
Run = Callable[[Sequence[str], dict[str, str], float], Ran]
"""argv, environment, most seconds."""


class Trials:
    """`lanes` runs of trials go side by side where tests are named. They share the files and nothing else: each sandbox
    has its own network and its own /tmp. The whole suite is always run alone, so that nothing disturbs what decides."""

    def __init__(self, run: Run, language: Language, program: str, spectrum: Spectrum, *, lanes: int = 1) -> None:
        self._run = run
        self._language = language
        self._program = program
        self._spectrum = spectrum
        self._lanes = lanes
        self._most: dict[tuple[str, ...], int] = {}
        """By what is tested, how many edits the next run on a core takes."""

    def __call__(self, patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None) -> Sequence[Trial]:
        """As `repair.asking.TryPatches` says; which patches are tried does not depend on how many lanes there are."""
        lanes = self._lanes if tests else 1
        patches = patches[: lanes * self._most.get(tuple(tests), AT_FIRST)]
        shares = [patches[lane::lanes] for lane in range(min(lanes, len(patches)))]
        ahead = None if lookahead is None else -(-lookahead // len(shares))
        with ThreadPoolExecutor(len(shares)) as pool:
            rows = list(pool.map(lambda share: self._on_one(share, tests, ahead), shares))
        tried: list[Trial] = []
        for number in count():
            row, at = rows[number % len(rows)], number // len(rows)
            if at >= len(row):
                break
            tried.append(row[at])
        return up_to(tried, tests, lookahead)

    def retrace(self, patch: Patch, tests: Sequence[str]) -> Spectrum | None:
        """As `repair.asking.Retrace` says."""
        argv = self._language.retracing(self._program, self._spectrum, patch, tests)
        if argv is None:
            return None
        try:
            return self._language.spectrum(self._asked(argv, tests).output)
        except ProbeError:
            return None

    def compare(self, patches: Sequence[Patch], tests: Sequence[str]) -> Behaviour | None:
        """As `repair.asking.Compare` says."""
        argv = self._language.comparing(self._program, self._spectrum, patches, tests)
        return None if argv is None else self._language.behaviour(self._asked(argv, tests).output, len(patches))

    def _asked(self, argv: Sequence[str], tests: Sequence[str]) -> Ran:
        return self._run(argv, self._language.trying(), START + self._language.seconds(self._spectrum, tests))

    def _on_one(self, patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None) -> Sequence[Trial]:
        seconds = self._language.seconds(self._spectrum, tests)
        argv, taken = self._language.plan(self._program, self._spectrum, patches, tests, lookahead)
        # The time for each is kept inside; this one is for the case that the runner itself hangs.
        ran = self._run(argv, self._language.trying(), START + taken * seconds)
        trials = self._language.trials(ran.output, taken)
        faster = min(FASTER, AT_ONCE / max(ran.seconds, 0.01))
        self._most[tuple(tests)] = max(1, int(len(trials) * faster))
        return trials
