"""Real projects in temporary folders, recorded and tried with real test runs in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swe_agent.jobs.trying import Trials
from swe_agent.repair.candidate import Patch, RepairResult, Trial
from swe_agent.repair.languages import PYTHON
from swe_agent.repair.probe import (
    parse,
    parse_trials,
    plan_trials,
    probe_directory,
    record_command,
    record_environment,
)
from swe_agent.repair.search import repair
from swe_agent.repair.spectrum import Spectrum
from swe_agent.workspace.workspace import Ran

BY_UNITTEST = (sys.executable, "-m", "unittest")


@dataclass(frozen=True)
class Project:
    root: Path

    def run(self, command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
        # What the outer test run put into the environment is no business of the project's.
        own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV_", "PYTHON"))}
        # Plug-ins of this environment are not the project's either, and cost half of each start.
        own |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            command, cwd=self.root, env=own | environment, capture_output=True, check=False, timeout=60
        )

    def pytest(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        return self.run((sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments), **environment)

    def recorded(self, *arguments: str) -> Spectrum:
        return parse(self.pytest(*arguments, **record_environment()).stdout)

    def recorded_by(self, *command: str) -> Spectrum:
        """As the engine records any command."""
        return parse(self.run(record_command(command), **record_environment()).stdout)

    def sources(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_bytes().decode("utf-8", "surrogateescape")
            for path in sorted(self.root.rglob("*.py"))
        }

    def trials(
        self, spectrum: Spectrum, changed: Sequence[Mapping[str, str]], tests: Sequence[str], *, seconds: float = 5
    ) -> tuple[Trial, ...]:
        """Of whole new texts by path."""
        patches = [self.patch(texts) for texts in changed]
        done: tuple[Trial, ...] = ()
        while len(done) < len(patches):
            done += self.tried(spectrum, patches[len(done) :], tests, seconds=seconds)
        return done

    def patch(self, texts: Mapping[str, str]) -> Patch:
        return Patch.between(self.sources(), texts)

    def tried(
        self,
        spectrum: Spectrum,
        patches: Sequence[Patch],
        tests: Sequence[str],
        lookahead: int | None = None,
        *,
        seconds: float = 5,
    ) -> tuple[Trial, ...]:
        command, count = plan_trials(sys.executable, spectrum, patches, tests, seconds=seconds, lookahead=lookahead)
        return parse_trials(self.run(command, PYTHONPATH=str(probe_directory())).stdout, count)

    def lab(self, spectrum: Spectrum, lanes: int = 1, started: list[Sequence[str]] | None = None) -> Trials:
        """`started` gets the commands."""

        def run(argv: Sequence[str], environment: dict[str, str], seconds: float) -> Ran:
            began = time.monotonic()
            if started is not None:
                started.append(argv)
            done = self.run([*argv], **environment)
            took = time.monotonic() - began
            return Ran(status=done.returncode, output=done.stdout, seconds=took, timed_out=False, tier="none")

        return Trials(run, PYTHON, sys.executable, spectrum, lanes=lanes)

    def repaired(self, spectrum: Spectrum, **also: Any) -> RepairResult:
        lab = self.lab(spectrum)
        asked = {"retrace": lab.retrace, "compare": lab.compare} | also
        return repair(self.sources(), spectrum, spectrum.failing, lab, lambda: False, **asked)


def project(root: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return Project(root=root)
