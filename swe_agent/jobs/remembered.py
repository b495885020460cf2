"""Trials that were made stay made: a search that was stopped and is resumed is told again what it was told, and goes on
from there. Which edits it tries follows from what it is told, so nothing else need be kept of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from typing import Any

from swe_agent.repair.asking import TryPatches, up_to
from swe_agent.repair.candidate import Patch, Trial
from swe_agent.repair.spectrum import Frame, Reached


class Remembered:
    """As `repair.asking.TryPatches`. A line of `path` is a trial; a torn one, where the process was killed, is none."""

    def __init__(self, trials: TryPatches, path: Path) -> None:
        self._trials = trials
        self._path = path
        self._known: dict[str, Trial] = {}
        self._whole = True
        """Whether the file ends with a whole line."""
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            self._whole = data.endswith(b"\n")
            for line in data.splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    self._known[row["key"]] = _trial(row)

    def __call__(self, patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None) -> Sequence[Trial]:
        keys = [_key(patch, tests) for patch in patches]
        known = [self._known[key] for key in takewhile(self._known.__contains__, keys)]
        if known:
            return up_to(known, tests, lookahead)
        trials = self._trials(patches, tests, lookahead)
        with self._path.open("a", encoding="utf-8") as file:
            if not self._whole:
                file.write("\n")
                self._whole = True
            file.writelines(_row(key, trial) for key, trial in zip(keys, trials, strict=False))
        self._known.update(zip(keys, trials, strict=False))
        return trials


def _key(patch: Patch, tests: Sequence[str]) -> str:
    return blake2b(json.dumps([patch.edits, list(tests)]).encode(), digest_size=12).hexdigest()


def _row(key: str, trial: Trial) -> str:
    return json.dumps({"key": key, **asdict(trial)}) + "\n"


def _trial(row: dict[str, Any]) -> Trial:
    reached = {
        test: Reached(outermost=Frame(**places["outermost"]), innermost=Frame(**places["innermost"]))
        for test, places in row["reached"].items()
    }
    return Trial(outcomes=row["outcomes"], reached=reached, ended=row["ended"])
