#!/usr/bin/env python3
"""How long the index takes: cold, warm, after an edit or a switch of branches, in a new worktree; and how large it is.

    python benchmarks/index.py [--repositories DIR] [--quick] [--smoke] [--json]

Trees: django at 4142739a with its history, and gemini-cli (TypeScript) without; DIR holds their bare git directories,
`owner+name/repo`. Peers run in turn with ours, in the same run, each as a process from start to end:

- universal-ctags over the files of the tree's language (`apt-get install universal-ctags`), beside the first ranked
  answer without anything kept;
- parsing by tree-sitter in two processes with a walk over definitions, beside complete symbols (`index build
  --symbols`);
- aider's repo map (`make peers`), cold, warm, and after an edit.

The task is a text of 4 kB, the messages of the last commits. Ratios are of the least wall time of some rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import made
from benchmarks.harness.measure import Measured, measure
from benchmarks.harness.report import DATA_MISSING, Goal, at_most, finish
from benchmarks.harness.trees import EXTENSIONS, find_repository

TOP = Path(__file__).resolve().parent.parent
HARNESS = TOP / "benchmarks/harness"
REPOSITORIES = TOP / ".peers/repositories"
AIDER = TOP / ".peers/aider/bin/python"
PROGRAM = [sys.executable, "-m", "swe_agent"]
APART = 500
"""Commits between two branches."""
COLD, BUILD, WARM, WORKTREE, DISK, MEMORY = (3, 5), (1.3, 2), (350, 600), (100, 200), (8, 16), (120, 240)
TOLD, GIT = (15, 30), (60, 120)
"""Goal and floor: ratios, milliseconds, megabytes."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A tree to be measured. `edit` is the file that is edited, `make` puts the tree where it is told."""

    name: str
    extensions: Sequence[str]
    edit: str
    text: str
    make: Callable[[Path], Path]
    history: bool = False
    """Whether it has enough of it for a switch of branches."""
    judged: bool = False


@dataclass(kw_only=True)
class Bench:
    """One tree in a folder of its own, with the figures so far."""

    subject: Subject
    scratch: Path
    rounds: int
    judge: bool
    tree: Path = field(init=False)
    figures: dict[str, object] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)
    _caches: int = 0

    def __post_init__(self) -> None:
        self.tree = self.subject.make(self.scratch / "tree")
        paths = made.listed(self.tree, self.subject.extensions)
        self.figures[self._name("files of the language")] = len(paths)
        (self.scratch / "paths").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")

    def _name(self, what: str) -> str:
        return f"{self.subject.name}, {what}"

    def say(self, what: str, run: Measured) -> None:
        self.figures[self._name(f"{what}, CPU s")] = round(run.cpu_s, 3)
        self.figures[self._name(f"{what}, wall s")] = round(run.wall_s, 3)
        self.figures[self._name(f"{what}, MB")] = round(run.peak_mb, 1)

    def goal(self, what: str, limits: tuple[float, float], value: float | None) -> None:
        """A goal on the tree that the goals are about; on others the figure alone."""
        value = None if value is None else round(value, 2)
        if self.subject.judged:
            self.goals[what] = at_most(limits[0], value, floor=limits[1], judge=self.judge)
        self.figures[self._name(what)] = value

    def environment(self, *, fresh: bool = False) -> dict[str, str]:
        """Where the program keeps things; nothing is kept there yet when it is `fresh`."""
        self._caches += fresh
        home = self.scratch / f"cache{self._caches}"
        return {"XDG_CACHE_HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "HOME": str(self.scratch)}

    @property
    def cache(self) -> Path:
        return self.scratch / f"cache{self._caches}" / "swe-agent" / "index"

    def ours(self, *arguments: str, fresh: bool = False, tree: Path | None = None) -> Measured:
        argv = [*PROGRAM, "-C", str(tree or self.tree), *arguments, "--json"]
        return _worked(argv, self.environment(fresh=fresh))

    def rank(self, *, fresh: bool = False, tree: Path | None = None) -> Measured:
        return self.ours("localise", self.subject.text, fresh=fresh, tree=tree)

    def inside(self, action: str, *arguments: str, tree: Path | None = None) -> dict[str, float | None]:
        argv = [sys.executable, str(HARNESS / "index_worker.py"), action, str(tree or self.tree), str(self.cache)]
        done = subprocess.run([*argv, *arguments], env=os.environ | self.environment(), stdout=-1, check=True)
        answer: dict[str, float | None] = json.loads(done.stdout)
        return answer


def main() -> int:
    options = _options()
    missing: list[str] = []
    figures: dict[str, object] = {}
    goals: dict[str, Goal] = {}
    for subject in _subjects(options, missing):
        with tempfile.TemporaryDirectory(prefix="index-benchmark-", ignore_cleanup_errors=True) as scratch:
            rounds = 1 if options.smoke else 2 if options.quick else 5
            judge = not (options.smoke or options.quick)
            bench = Bench(subject=subject, scratch=Path(scratch), rounds=rounds, judge=judge)
            _cold(bench, missing, peers=not options.smoke)
            _warm(bench)
            if subject.history:
                _switch(bench)
            if not (options.smoke or options.quick):
                _aider(bench, missing)
            figures |= bench.figures
            goals |= bench.goals
    for name in dict.fromkeys(missing):
        print(f"index: missing: {name}", file=sys.stderr)
    status = finish("index", figures, goals, as_json=options.json) if figures else 0
    return status or (DATA_MISSING if missing else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", metavar="DIR", type=Path, default=REPOSITORIES)
    parser.add_argument("--only", metavar="TREE", default="", help="django or gemini-cli")
    parser.add_argument("--quick", action="store_true", help="django in two rounds, without aider")
    parser.add_argument("--smoke", action="store_true", help="a repository of three files, no peers")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    return parser.parse_args()


def _subjects(options: argparse.Namespace, missing: list[str]) -> list[Subject]:
    if options.smoke:
        names = {"extensions": EXTENSIONS["python"], "edit": "shop/mail.py", "text": made.SHOP_TASK}
        return [Subject(name="made up", make=made.shop, **names)]  # type: ignore[arg-type]  # as above
    subjects = []
    wanted = [("django/django", "4142739a", "django/forms/fields.py")]
    wanted += [] if options.quick else [("google-gemini/gemini-cli", "HEAD", "packages/core/src/index.ts")]
    for name, commit, edit in wanted:
        short = name.rsplit("/", 1)[-1]
        if options.only not in ("", short):
            continue
        repository = find_repository(options.repositories, name)
        if repository is None:
            missing.append(f"repository {name} in {options.repositories}")
            continue
        python = edit.endswith(".py")
        make = made.clone if python else made.copy
        subjects.append(
            Subject(
                name=short,
                extensions=EXTENSIONS["python" if python else "typescript"],
                edit=edit,
                text=made.recent_messages(repository, commit),
                make=lambda tree, make=make, repository=repository, commit=commit: make(repository, commit, tree),  # type: ignore[misc]  # bound now
                history=python,
                judged=python,
            )
        )
    return subjects


def _worked(argv: Sequence[str], environment: dict[str, str]) -> Measured:
    run = measure(argv, environment)
    if run.status:
        raise RuntimeError(f"{' '.join(argv)[:300]} ended with status {run.status}")
    return run


def _least(runs: Sequence[Measured]) -> Measured:
    """The least of each; on a shared machine noise only adds."""
    return Measured(
        cpu_s=min(run.cpu_s for run in runs),
        wall_s=min(run.wall_s for run in runs),
        peak_mb=min(run.peak_mb for run in runs),
        status=0,
    )


def _cold(bench: Bench, missing: list[str], *, peers: bool) -> None:
    """The first answer and complete symbols with nothing kept, in turn with the peers."""
    listed, tree = str(bench.scratch / "paths"), str(bench.tree)
    plans: dict[str, Callable[[], Measured]] = {
        "cold, first answer": lambda: bench.rank(fresh=True),
        "cold, complete": lambda: bench.ours("index", "build", "--symbols", fresh=True),
        "cold, both tiers": lambda: bench.ours("index", "build", fresh=True),
    }
    ctags = shutil.which("ctags")
    if not peers:
        pass
    elif ctags is None or b"Universal" not in subprocess.run([ctags, "--version"], stdout=-1).stdout:
        missing.append("universal-ctags: `apt-get install universal-ctags`")
    else:
        argv = ["sh", "-c", f"cd {tree} && exec {ctags} -f {bench.scratch / 'tags'} -L {listed}"]
        plans["ctags"] = lambda: _worked(argv, {})
    walk = [sys.executable, str(HARNESS / "walk_worker.py"), tree, listed]
    plans["parsing alone"] = lambda: _worked(walk, {})
    measure([*PROGRAM, "--version"])  # byte-code
    runs: dict[str, list[Measured]] = {name: [] for name in plans}
    for _ in range(bench.rounds):
        for name, plan in plans.items():
            runs[name].append(plan())
    least = {name: _least(some) for name, some in runs.items()}
    for name, run in least.items():
        bench.say(name, run)
    for what, limits, mine, peer in (
        ("cold over ctags", COLD, least["cold, first answer"], least.get("ctags")),
        ("complete over parsing alone", BUILD, least["cold, complete"], least["parsing alone"]),
    ):
        if peer is not None:
            bench.goal(what, limits, mine.wall_s / peer.wall_s)
            bench.figures[f"{bench.subject.name}, {what}, of CPU"] = round(mine.cpu_s / peer.cpu_s, 2)
    bench.goal("peak MB, first answer", MEMORY, least["cold, first answer"].peak_mb)
    bench.goal("peak MB, complete", MEMORY, least["cold, complete"].peak_mb)


def _warm(bench: Bench) -> None:
    """With everything kept: a new process, a new worktree, an edit."""
    bench.rank(fresh=True)
    bench.goal("MB on disk, first answer", DISK, _size_mb(bench.cache))
    bench.ours("index", "build")
    bench.goal("MB on disk, complete", DISK, _size_mb(bench.cache))
    warm = _least([bench.rank() for _ in range(bench.rounds + 1)])
    bench.say("warm", warm)
    bench.goal("warm, CPU ms", WARM, warm.cpu_s * 1000)
    other = bench.scratch / "worktree"
    made.run(bench.tree, "worktree", "add", "-q", "--detach", str(other))
    made.settle(other)
    runs = [bench.inside("open", tree=other) for _ in range(bench.rounds)]
    opened = {key: min(run[key] or 0.0 for run in runs) for key in runs[0]}
    bench.figures[f"{bench.subject.name}, new worktree, CPU ms"] = round(opened["cpu_ms"], 1)
    bench.goal("new worktree, ms", WORKTREE, opened["wall_ms"])
    bench.goal("new worktree, blobs read", (0, 0), opened["read"])
    edit = bench.inside("edit", bench.subject.edit)
    bench.goal("edit, told, ms", TOLD, edit["told_ms"])
    bench.goal("edit, through git, ms", GIT, edit["git_ms"])


def _switch(bench: Bench) -> None:
    """To a branch that is some hundred commits away and back, as the answer after it costs."""
    here = made.run(bench.tree, "rev-parse", "HEAD")
    made.run(bench.tree, "checkout", "-q", f"HEAD~{APART}")
    opened = bench.inside("open")
    bench.figures[f"{bench.subject.name}, switch, blobs read"] = opened["read"]
    bench.say("after a switch, second answer", bench.rank())
    made.run(bench.tree, "checkout", "-q", here)
    bench.rank(fresh=True)
    made.run(bench.tree, "checkout", "-q", f"HEAD~{APART}")
    bench.say("after a switch", bench.rank())
    made.run(bench.tree, "checkout", "-q", here)
    bench.say("after the way back", bench.rank())


def _size_mb(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _aider(bench: Bench, missing: list[str]) -> None:
    """Its map for the same task: nothing kept, its tags kept, and with one file edited since."""
    if not AIDER.exists():
        missing.append("aider: `make peers`")
        return
    tree = bench.scratch / "worktree"
    task = bench.scratch / "task"
    commit = made.run(tree, "rev-parse", "HEAD")
    repository = made.run(tree, "rev-parse", "--path-format=absolute", "--git-common-dir")
    row = {"instance_id": "one", "repository": repository, "commit": commit, "text": bench.subject.text}
    task.write_text(f"{json.dumps(row)}\n", encoding="utf-8")
    worker = f"{AIDER} {HARNESS / 'aider_worker.py'} {bench.scratch / 'aider'} <{task}"
    bench.say("aider, cold", _worked(["sh", "-c", worker], {}))
    bench.figures[f"{bench.subject.name}, aider, MB on disk"] = round(
        sum(_size_mb(folder) for folder in (bench.scratch / "aider").glob(".aider.tags*")), 1
    )
    bench.say("aider, warm", _worked(["sh", "-c", worker], {}))
    (bench.scratch / "aider" / bench.subject.edit).touch()
    bench.say("aider, one file edited", _worked(["sh", "-c", worker], {}))


if __name__ == "__main__":
    sys.exit(main())
