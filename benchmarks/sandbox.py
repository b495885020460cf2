#!/usr/bin/env python3
"""What the sandbox costs: a command, a workspace, the way out of it, and twenty at once.

    python benchmarks/sandbox.py [--quick] [--smoke] [--json]

Each figure is a median with its quartiles, of wall time and of CPU time (of this process and all it waited for). Peers
run in turn with ours, in the same run, and only the ratios are judged:

- a command (`true`) beside plain `bwrap --unshare-all`;
- a workspace of a repository of 6,700 files (made here from a fixed seed, all objects packed) beside `git worktree
  add`: `first` without anything kept from before, `next` with the pack that an earlier creation has left in the cache;
- extraction after a few edits beside `git add -A && git write-tree` in a work tree whose index is as warm;
- twenty workspaces at once, each made, used by a command and extracted.

All is written below TMPDIR, up to 12 GB in a full run. It is removed at the end and not before: an ext4 without a
journal makes no new file in the place of one that was removed within the last minutes, and is slow to find another.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sandbox
from benchmarks.harness.report import DATA_MISSING, Goal, arguments, at_most, finish
from sandbox import Backend, Box, Policy, SandboxError, Workspace

SEED, FILES, AT_ONCE = 4, 6700, 20
PLAIN = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
GIT_ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}

Figures = dict[str, object]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds."""

    wall: float
    cpu: float


def main() -> int:
    options = arguments(__doc__)
    if shutil.which("bwrap") is None:
        print("bubblewrap, the peer, is not installed: `apt-get install bubblewrap`", file=sys.stderr)
        return DATA_MISSING
    small = options.smoke or options.quick
    times = 2 if options.smoke else 7 if options.quick else 50
    figures: Figures = facts()
    runs: dict[str, list[Spent]] = {}
    with tempfile.TemporaryDirectory(prefix="sandbox-benchmark-", ignore_cleanup_errors=True) as scratch:
        top = Path(scratch)
        runs |= commands(times * 3 if options.quick else times)
        repo = repository(top / "repo", FILES // 20 if options.smoke else FILES)
        runs |= creations(top, repo, times)
        runs |= extractions(top, repo, times * 3 if options.quick else times)
        figures |= many(top, repo, 3 if options.smoke else AT_ONCE)
    figures |= summary(runs)
    return finish("sandbox", figures, goals(runs, judge=not small, right=figures), as_json=options.json)


def facts() -> Figures:
    """What of the machine matters here; kernel and cores are said by the harness."""
    version = subprocess.run(["bwrap", "--version"], capture_output=True, text=True).stdout.strip()
    git = subprocess.run(["git", "--version"], capture_output=True, text=True).stdout.strip()
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    first = Path("/sys/fs/cgroup/memory").exists()
    return {
        "kernel": os.uname().release,
        "uid": os.geteuid(),
        "bubblewrap": version.removeprefix("bubblewrap "),
        "git": git.removeprefix("git version "),
        "cgroup": "v2" if unified else "v1" if first else "none",
    }


def spent(work: Callable[[], object]) -> Spent:
    begun, before = time.perf_counter(), _cpu()
    work()
    return Spent(time.perf_counter() - begun, _cpu() - before)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def git(*args: str, cwd: Path, input: bytes | None = None) -> bytes:
    return subprocess.run(["git", *args], cwd=cwd, env=GIT_ENV, input=input, stdout=-1, check=True).stdout


# --- a command ---


def commands(times: int) -> dict[str, list[Spent]]:
    """Plain bubblewrap and each backend that can be had here, in turn."""
    plans: dict[str, Callable[[], object]] = {"plain bwrap": lambda: subprocess.run(PLAIN, check=True)}
    plans["command, default"] = lambda: _true(Policy())
    for backend in Backend:
        policy = Policy(require=backend.tier, backend=backend)
        plans[f"command, {backend.value}"] = lambda policy=policy: _true(policy)  # type: ignore[misc]  # bound now
    usable = {name: plan for name, plan in plans.items() if _works(name, plan)}
    runs: dict[str, list[Spent]] = {name: [] for name in usable}
    for _ in range(times):
        for name, plan in usable.items():
            runs[name].append(spent(plan))
    return runs


def _true(policy: Policy) -> None:
    result = sandbox.run(policy, ["true"], cwd=Path("/"))
    if not result.ok:
        raise RuntimeError(f"`true` ended with {result.status}: {result.stderr!r}")


def _works(name: str, plan: Callable[[], object]) -> bool:
    """Once before, to warm; a backend that this machine lacks is said and left out, the default one never."""
    try:
        plan()
    except SandboxError as error:
        if name == "command, default":
            raise
        print(f"{name}: left out, {error.message}", file=sys.stderr)
        return False
    return True


# --- a workspace ---


def repository(at: Path, files: int) -> Path:
    """A repository of text files: sizes as in real ones (log-normal, median 3.6 kB), up to nine levels deep."""
    dice = random.Random(SEED)
    words = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz_", k=dice.randint(2, 11))) for _ in range(6000)]
    lines = (" " * 4 * dice.randint(0, 4) + " ".join(dice.choices(words, k=dice.randint(1, 11))) for _ in range(40_000))
    text = "\n".join(lines).encode()
    folders = [""]
    while len(folders) < files // 6:
        if (parent := dice.choice(folders)).count("/") < 8:
            folders.append(f"{parent}{dice.choice(words)}/")
    endings = (".py", ".js", ".txt", ".po", ".html")
    names = sorted(f"{dice.choice(folders)}{dice.choice(words)}{n}{dice.choice(endings)}" for n in range(files))
    stream = [b"commit refs/heads/main\ncommitter a <a@example.org> 1700000000 +0000\ndata 6\nfirst\n\n"]
    for name in names:
        size = min(int(dice.lognormvariate(8.2, 1.3)), 400_000)
        start = dice.randrange(len(text) - size)
        stream += [b"M 100644 inline %s\ndata %d\n" % (name.encode(), size), text[start : start + size], b"\n"]
    at.mkdir()
    git("init", "-q", "-b", "main", cwd=at)
    git("fast-import", "--quiet", cwd=at, input=b"".join(stream))
    git("reset", "-q", "--hard", cwd=at)
    git("repack", "-adq", cwd=at)
    return at


def creations(top: Path, repo: Path, times: int) -> dict[str, list[Spent]]:
    """`git worktree add`, the first workspace with an empty cache, and the next one."""
    head = git("rev-parse", "HEAD", cwd=repo).decode().strip()
    runs: dict[str, list[Spent]] = {"git worktree add": [], "workspace, first": [], "workspace, next": []}
    git("worktree", "add", "-q", "--detach", str(top / "warm"), cwd=repo)
    for turn in range(times):
        os.sync()
        tree = str(top / f"worktree-{turn}")
        runs["git worktree add"].append(spent(lambda: git("worktree", "add", "-q", "--detach", tree, cwd=repo)))  # noqa: B023
        cache = top / f"cache-{turn}"
        for name in ("first", "next"):
            os.sync()
            made: list[Workspace] = []
            place = top / f"box-{turn}-{name}"
            runs[f"workspace, {name}"].append(spent(lambda: made.append(create(repo, head, place, cache))))  # noqa: B023
            made[0].close()
    return runs


def create(repo: Path, head: str, place: Path, cache: Path) -> Workspace:
    return Workspace.create(Box.create(repo, place, cache=cache), head, checkout=repo)


# --- the way out ---


def extractions(top: Path, repo: Path, times: int) -> dict[str, list[Spent]]:
    """After five edits and a new file; both indexes have seen all files before."""
    head = git("rev-parse", "HEAD", cwd=repo).decode().strip()
    peer = top / "peer"
    git("worktree", "add", "-q", "--detach", str(peer), cwd=repo)
    space = create(repo, head, top / "extracted", top / "cache")
    names = space.list()
    edited = names[:: len(names) // 5][:5]
    runs: dict[str, list[Spent]] = {"git add && write-tree": [], "extract": []}
    for turn in range(-2, times):
        for tree in (peer, space.tree):
            for name in (*edited, f"new-{turn}.txt"):
                (tree / name).write_text(f"changed {turn}\n", encoding="ascii")
        trees: list[str] = []
        took = spent(lambda: trees.append(_written(peer))), spent(lambda: trees.append(space.extract().tree))  # noqa: B023
        if trees[0] != trees[1]:
            raise RuntimeError(f"git made tree {trees[0]} of the same files, and we {trees[1]}")
        if turn >= 0:
            runs["git add && write-tree"].append(took[0])
            runs["extract"].append(took[1])
    space.close()
    return runs


def _written(tree: Path) -> str:
    git("add", "-A", cwd=tree)
    return git("write-tree", cwd=tree).decode().strip()


# --- many at once ---


def many(top: Path, repo: Path, count: int) -> Figures:
    head = git("rev-parse", "HEAD", cwd=repo).decode().strip()

    def one(number: int) -> bool:
        space = create(repo, head, top / f"many-{number}", top / "cache")
        result = space.run(Policy(), ["/bin/sh", "-c", f"echo {number} > own.txt && cat own.txt"])
        out = space.extract()
        space.close()
        changed = [change.path for change in space.box.diff(head, out.tree)]
        return result.stdout == b"%d\n" % number and changed == ["own.txt"]

    begun = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        right = sum(pool.map(one, range(count)))
    return {"at once": count, "at once, right": right, "at once, s": round(time.perf_counter() - begun, 2)}


# --- what it comes to ---


def summary(runs: Mapping[str, list[Spent]]) -> Figures:
    out: Figures = {}
    for name, taken in runs.items():
        for kind, values in (("wall", [run.wall for run in taken]), ("CPU", [run.cpu for run in taken])):
            low, middle, high = statistics.quantiles(values, n=4)
            out[f"{name}, {kind} ms"] = f"{middle * 1000:.1f} ({low * 1000:.1f} to {high * 1000:.1f}, n {len(values)})"
    for name, (wall, cpu) in ratios(runs):
        out[f"{name}, CPU ratio"] = round(cpu, 2)
        out[f"{name}, wall ratio"] = round(wall, 2)
    return out


PEERS = {"command": "plain bwrap", "workspace": "git worktree add", "extract": "git add && write-tree"}


def ratios(runs: Mapping[str, list[Spent]]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Of the medians, wall and CPU, for each of ours over its peer."""
    for name, taken in runs.items():
        if (peer := PEERS.get(name.partition(",")[0])) is not None:
            wall, cpu = (
                statistics.median(getattr(run, kind) for run in taken)
                / statistics.median(getattr(run, kind) for run in runs[peer])
                for kind in ("wall", "cpu")
            )
            yield name, (wall, cpu)


def goals(runs: Mapping[str, list[Spent]], *, judge: bool, right: Figures) -> dict[str, Goal]:
    wall = {name: round(both[0], 3) for name, both in ratios(runs)}
    command = 8.0 if os.geteuid() == 0 else 4.5
    wrong = float(str(right["at once"])) - float(str(right["at once, right"]))
    return {
        "command_ratio": at_most(command, wall["command, default"], judge=judge),
        "first_workspace_ratio": at_most(1.2, wall["workspace, first"], judge=judge),
        "next_workspace_ratio": at_most(0.7, wall["workspace, next"], floor=1.2, judge=judge),
        "extract_ratio": at_most(1.2, wall["extract"], judge=judge),
        "wrong_at_once": at_most(0, wrong),
    }


if __name__ == "__main__":
    sys.exit(main())
