#!/usr/bin/env python3
"""What git's hooks cost, beside a bare interpreter, a bare shell and frameworks that do nothing.

    python benchmarks/hooks.py [--repository DIR] [--smoke] [--json]

In a clone of DIR (a bare git directory; our own history if left out) 20 files are changed and staged, and the hook runs
as git would start it; those that only note what happened run with something to follow and with nothing. A branch of 100
commits is rebased with our hooks, with empty scripts of sh in their place, and with none. Where `pre-commit` or
`lefthook` is on PATH, what it takes to do nothing is told beside.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import Measured, measure
from benchmarks.harness.report import DATA_MISSING, at_most, finish, parser
from benchmarks.harness.trees import ENVIRONMENT, git

TOP = Path(__file__).resolve().parent.parent
FILES, LINES, COMMITS, TIMES = 20, 21, 100, 15
ADDED = ("# what follows adds up the prices", "total = sum(price for price in prices if price)", "return total / 100")
WHO = {f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER")
       for what, said in (("NAME", "nobody"), ("EMAIL", "nobody@localhost"))}  # fmt: skip
AFTER = {"post-commit": (), "post-merge": ("0",), "post-rewrite": ("amend",)}
EVENTS = ("pre-commit", "prepare-commit-msg", "pre-push", "post-commit", "post-rewrite", "commit-msg", "post-merge")


def ran(argv: list[str], clone: Path, times: int = TIMES) -> Measured:
    """The least CPU of several."""
    env = {**ENVIRONMENT, **WHO, "GIT_EDITOR": ":"}
    measure(argv, env, str(clone))
    return min((measure(argv, env, str(clone)) for _ in range(times)), key=lambda one: one.cpu_s)


def at(clone: Path, *arguments: str) -> str:
    return git(clone / ".git", f"--work-tree={clone}", *arguments, env=WHO).decode()


def cloned(repository: Path, folder: Path) -> Path:
    git(repository, "clone", "-q", "--shared", str(repository), str(folder / "clone"))
    return folder / "clone"


def staged(clone: Path) -> None:
    """Files spread over the tree, each with lines in its middle."""
    names = [name for name in at(clone, "ls-files", "-z", "*.py").split("\0") if name]
    large = [name for name in names if (clone / name).stat().st_size > 2_000]
    for name in large[:: max(1, len(large) // FILES)][:FILES]:
        lines = (clone / name).read_text("utf-8", "surrogateescape").split("\n")
        middle = len(lines) // 2
        lines[middle:middle] = [ADDED[number % len(ADDED)] for number in range(LINES)]
        (clone / name).write_text("\n".join(lines), "utf-8", "surrogateescape")
    at(clone, "add", "-u")


def landed(clone: Path) -> None:
    """As if something had landed, so that there is something to follow."""
    (clone / ".git/swe-agent/landed").mkdir(parents=True, exist_ok=True)
    (clone / ".git/swe-agent/landed/one").write_text("Assisted-by: swe-agent\n00000000 a.py\n", "utf-8")


def branched(clone: Path, commits: int) -> None:
    """`topic` and `onto` part at HEAD."""
    at(clone, "checkout", "-q", "-b", "topic")
    for number in range(commits):
        (clone / f"note-{number}").write_text("a note\n", "utf-8")
        at(clone, "add", f"note-{number}")
        at(clone, "commit", "-q", "--no-verify", "-m", f"note {number}")
    at(clone, "checkout", "-q", "-b", "onto", "HEAD~" + str(commits))
    (clone / "other").write_text("other\n", "utf-8")
    at(clone, "add", "other")
    at(clone, "commit", "-q", "--no-verify", "-m", "other")


def rebased(clone: Path, times: int) -> float:
    """CPU seconds."""
    taken = []
    for _ in range(times):
        at(clone, "checkout", "-q", "-B", "work", "topic")
        run = measure(["git", "rebase", "-q", "onto"], {**ENVIRONMENT, **WHO, "GIT_EDITOR": ":"}, str(clone))
        assert run.status == 0
        taken.append(run.cpu_s)
    return min(taken)


def rebases(clone: Path, times: int) -> dict[str, float]:
    hooks = clone / ".git/hooks"
    found = {"without": rebased(clone, times)}
    for event in EVENTS:
        (hooks / event).write_text("#!/bin/sh\nexit 0\n", "utf-8")
        (hooks / event).chmod(0o755)
    found["empty"] = rebased(clone, times)
    for event in EVENTS:
        (hooks / event).unlink()
    measure([sys.executable, "-m", "swe_agent", "hooks", "install", "all"], cwd=str(clone))
    found["ours"] = rebased(clone, times)
    return found


def frameworks(clone: Path, times: int) -> dict[str, float]:
    """What those that are at hand take to do nothing."""
    found = {}
    (clone / ".pre-commit-config.yaml").write_text("repos: []\n", "utf-8")
    (clone / "lefthook.yml").write_text("pre-commit:\n  jobs: []\n", "utf-8")
    for name, argv in {"pre-commit": ["pre-commit", "run"], "lefthook": ["lefthook", "run", "pre-commit"]}.items():
        if shutil.which(name):
            found[name] = ran(argv, clone, times).cpu_s
    return found


def main() -> int:
    asked = parser(__doc__)
    asked.add_argument("--repository", metavar="DIR", help="a bare git directory of a large project")
    options: argparse.Namespace = asked.parse_args()
    own = git(TOP / ".git", "rev-parse", "--absolute-git-dir").decode().strip()
    repository = Path(options.repository or own)
    if not (repository / "HEAD").is_file():
        print(f"{repository}: no git directory", file=sys.stderr)
        return DATA_MISSING
    is_short = bool(options.smoke or options.quick)
    times, commits = (2, 5) if is_short else (TIMES, COMMITS)
    with tempfile.TemporaryDirectory(prefix="hooks-") as name:
        clone = cloned(repository, Path(name))
        staged(clone)
        measure([sys.executable, "-m", "swe_agent", "hooks", "install", "all"], cwd=str(clone))
        hook = ran([".git/hooks/pre-commit"], clone, times)
        after = {event: ran([f".git/hooks/{event}", *words], clone, times) for event, words in AFTER.items()}
        landed(clone)
        noted = {event: ran([f".git/hooks/{event}", *words], clone, times) for event, words in AFTER.items()}
        bare = ran([sys.executable, "-I", "-c", "pass"], clone, times)
        shell = ran(["sh", "-c", ":"], clone, times)
        diff = ran(["git", "diff", "--cached", "-U0", "-M"], clone, times)
        beside = frameworks(clone, times)
        at(clone, "reset", "-q", "--hard")
        measure([sys.executable, "-m", "swe_agent", "hooks", "uninstall"], cwd=str(clone))
        branched(clone, commits)
        took = rebases(clone, 1 if is_short else 3)
    figures: dict[str, object] = {
        "pre-commit, ms of CPU": round(1000 * hook.cpu_s, 1),
        **{f"{event}, nothing to follow, ms": round(1000 * one.cpu_s, 1) for event, one in after.items()},
        **{f"{event}, something landed, ms": round(1000 * one.cpu_s, 1) for event, one in noted.items()},
        "python -I -c pass, ms": round(1000 * bare.cpu_s, 1),
        "sh -c :, ms": round(1000 * shell.cpu_s, 1),
        "git diff --cached, ms": round(1000 * diff.cpu_s, 1),
        f"rebase of {commits}, s": ", ".join(f"{name} {seconds:.2f}" for name, seconds in took.items()),
        "cores": os.cpu_count(),
    }
    figures |= {f"{name} doing nothing, ms": round(1000 * seconds, 1) for name, seconds in beside.items()}
    judge = not is_short and options.repository is not None
    goals = {
        "pre_commit_ms": at_most(60.0, round(1000 * hook.cpu_s, 1), judge=judge),
        "post_commit_ms": at_most(30.0, round(1000 * noted["post-commit"].cpu_s, 1), judge=judge),
        "rebase_ratio": at_most(1.3, round(took["ours"] / took["empty"], 2), judge=judge),
    }
    return finish("hooks", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
