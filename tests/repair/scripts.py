"""Real projects of JavaScript in temporary folders, recorded and tried by processes of node."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from swe_agent.repair.asking import TryPatches
from swe_agent.repair.candidate import Patch, RepairResult, Trial
from swe_agent.repair.languages import JAVASCRIPT
from swe_agent.repair.search import repair
from swe_agent.repair.spectrum import Spectrum

from .projects import project

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


@dataclass(frozen=True)
class ScriptProject:
    root: Path

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        own = {key: value for key, value in os.environ.items() if not key.startswith(("NODE_", "npm_"))}
        return subprocess.run(
            command, cwd=self.root, env=own | dict(environment), capture_output=True, check=False, timeout=120
        )

    def output(self, *command: str) -> bytes:
        return self.run(command, JAVASCRIPT.recording(0.0)).stdout

    def recorded(self, *command: str) -> Spectrum:
        return JAVASCRIPT.spectrum(self.output(*(command or ("node", "--test"))))

    def sources(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): path.read_bytes().decode("utf-8", "surrogateescape")
            for path in sorted(self.root.rglob("*"))
            if path.suffix in JAVASCRIPT.suffixes and "node_modules" not in path.parts
        }

    def trials(
        self, spectrum: Spectrum, changed: Sequence[Mapping[str, str]], tests: Sequence[str]
    ) -> tuple[Trial, ...]:
        """Of whole new texts by path."""
        sources = self.sources()
        patches = [Patch.between(sources, texts) for texts in changed]
        done: tuple[Trial, ...] = ()
        while len(done) < len(patches):
            done += self.tried(spectrum, patches[len(done) :], tests)
        return done

    def tried(self, spectrum: Spectrum, patches: Sequence[Patch], tests: Sequence[str]) -> tuple[Trial, ...]:
        command, count = JAVASCRIPT.plan("node", spectrum, patches, tests)
        return JAVASCRIPT.trials(self.run(command, JAVASCRIPT.trying()).stdout, count)

    def trier(self, spectrum: Spectrum) -> TryPatches:
        return lambda patches, tests, lookahead=None: self.tried(spectrum, patches, tests)

    def repaired(self, spectrum: Spectrum) -> RepairResult:
        return repair(self.sources(), spectrum, spectrum.failing, self.trier(spectrum), lambda: False)


def script_project(root: Path, files: Mapping[str, str]) -> ScriptProject:
    return ScriptProject(root=project(root, files).root)
