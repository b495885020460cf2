"""QuixBugs (Lin et al., SPLASH Companion 2017) as repositories of one program and its tests each, and the verdict on a
repaired program."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from swe_agent.testing.repository import ALONE, RepoBuilder

SEED = "17"
SHARED = ("conftest.py", "python_testcases/load_testdata.py", "python_testcases/node.py")
OPTIONS = f"[tool.pytest.ini_options]\n{ALONE}"


@dataclass(frozen=True, kw_only=True)
class Bug:
    name: str
    data: Path

    @property
    def path(self) -> str:
        return f"python_programs/{self.name}.py"

    @property
    def test(self) -> str:
        return f"python_testcases/test_{self.name}.py"

    def repository(self, folder: Path) -> RepoBuilder:
        files = {}
        for path in (self.path, self.test, *SHARED, f"json_testcases/{self.name}.json"):
            if (self.data / path).is_file():
                files[path] = (self.data / path).read_text("utf-8")
        made = RepoBuilder(folder)
        made.commit("a program and its tests", {**files, "pyproject.toml": OPTIONS})
        return made

    def judged(self, text: str, folder: Path) -> str:
        """`same` as the corrected program but for notes and layout, `alike` on 50 inputs and more, else `other`, or
        `unknown` where there are no inputs to be had."""
        correct = self.data / f"correct_python_programs/{self.name}.py"
        if _plain(text) == _plain(correct.read_text("utf-8")):
            return "same"
        rows = self.data / f"json_testcases/{self.name}.json"
        if not rows.is_file():
            return "unknown"
        ours, theirs = folder / "ours", folder / "theirs"
        for place, source in ((ours, text), (theirs, correct.read_text("utf-8"))):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            (place / f"{self.name}.py").write_text(source, "utf-8")
        judge = Path(__file__).with_name("repair_judge.py")
        given = [str(place / f"{self.name}.py") for place in (ours, theirs)]
        argv = [sys.executable, str(judge), *given, self.name, str(rows), SEED]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=1_800, check=False)
        said = json.loads(done.stdout.splitlines()[-1])
        return ("alike" if said["compared"] >= 50 else "unknown") if said["alike"] else "other"


def bugs(data: Path) -> list[Bug]:
    """Programs that have tests and a corrected version."""
    found = []
    for path in sorted((data / "python_programs").glob("*.py")):
        bug = Bug(name=path.stem, data=data)
        if (data / bug.test).is_file() and (data / f"correct_python_programs/{bug.name}.py").is_file():
            found.append(bug)
    return found


def _plain(text: str) -> str:
    """The program as a tree, without notes."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [one for one in body if not _is_note(one)]
            node.body = kept or body  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_note(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
