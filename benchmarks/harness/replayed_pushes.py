"""Pull requests of one file as they are pushed, rebased and rewritten, and what is found in them each time.

The file's real revisions are a pull request's commits; real git puts them together anew. Which findings persist is told
by git, too: those of a line that the difference of two heads leaves alone. One reviewer is a rule that finds every line
with a word in it, another says the same as a model would: of fewer lines, each time in other words, quoting more or
fewer lines from there, under now and then another heading. A third one's quotes move, too: they begin some lines above
or below in the same function.
"""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.harness.placements import Found, Pushes
from benchmarks.harness.position_oracle import of_patch
from benchmarks.harness.trees import ENVIRONMENT, git

Reviewer = Literal["rule", "model", "moving model"]
Turn = Literal["opened", "pushed", "rebased", "forced"]
FILE = "file.py"
REVISIONS = 7
WORDS = ("return", "self", "if", "for", "import", "None", "assert", "def")
CATEGORIES = ("correctness", "security", "tests", "style")
REWORDED, SHIFT, OFTEN, APART = 0.15, 2, 5, 10
"""How often a model gives another category, by how many lines its quote is off, of how many lines it has one to say
something of, and how many lines lie between two that it does: nearer ones could not be told apart."""


@dataclass(frozen=True, slots=True)
class Head:
    turn: Turn
    commit: str
    lines: tuple[str, ...]


@dataclass
class Kept:
    """What became of findings that persist. `swapped` are known again as another one, `joined` are those that came, and
    were taken for one that went."""

    persisting: int = 0
    kept: int = 0
    duplicates: int = 0
    came: int = 0
    joined: int = 0
    twins: int = 0
    turns: Counter[Turn] = field(default_factory=Counter)

    def add(self, other: Kept) -> None:
        self.persisting += other.persisting
        self.kept += other.kept
        self.duplicates += other.duplicates
        self.came += other.came
        self.joined += other.joined
        self.twins += other.twins
        self.turns += other.turns


class Clone:
    """Of a repository that is only read: what git makes is kept beside it."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.path = folder / "clone.git"
        subprocess.run(["git", "init", "-q", "--bare", str(self.path)], env=ENVIRONMENT, check=True)
        objects = (repository / "objects").resolve()
        (self.path / "objects" / "info" / "alternates").write_text(f"{objects}\n", encoding="utf-8")

    def git(self, *arguments: str) -> bytes:
        return git(self.path, *arguments, env=_NOBODY)

    def only(self, blob: str) -> str:
        """A commit that has nothing but this file."""
        made = subprocess.run(
            ["git", "--git-dir", str(self.path), "mktree"], env=ENVIRONMENT, check=True, stdout=-1,
            input=f"100644 blob {blob}\t{FILE}\n".encode(),
        )  # fmt: skip
        return self.committed(made.stdout.decode().strip())

    def committed(self, tree: str, *parents: str) -> str:
        return self.git("commit-tree", "-m", "a state", *(f"-p{parent}" for parent in parents), tree).decode().strip()

    def merged(self, base: str, ours: str, theirs: str) -> str | None:
        """What lies between `base` and `theirs`, upon `ours`; None where it does not go together. An older git takes no
        base for a merge but the one that history tells."""
        root = self.committed(f"{base}^{{tree}}")
        sides = [self.committed(f"{one}^{{tree}}", root) for one in (ours, theirs)]
        argv = ["git", "--git-dir", str(self.path), "merge-tree", "--write-tree", *sides]
        done = subprocess.run(argv, env=ENVIRONMENT, stdout=-1, stderr=-3)
        return self.committed(done.stdout.decode().split("\n")[0]) if done.returncode == 0 else None

    def lines(self, commit: str) -> tuple[str, ...]:
        text = self.git("cat-file", "blob", f"{commit}:{FILE}").decode("utf-8", "replace")
        return tuple(text.split("\n"))

    def stayed(self, before: str, after: str) -> Mapping[int, int]:
        """Lines that the one has and the other still has, by their numbers."""
        patch = self.git("diff", "-U1000000", "--inter-hunk-context=1000000", before, after)
        if not patch:
            return {number: number for number in range(1, len(self.lines(before)) + 1)}
        [shown] = of_patch(patch).files
        return {line.old: line.new for line in shown.lines if line.kind == "context"}


_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@localhost"), ("DATE", "1700000000 +0000"))
}


def busy(repository: Path, start: str, count: int) -> list[str]:
    """The Python files that most commits change."""
    told = git(repository, "log", "--no-merges", "-n", "4000", "--format=", "--name-only", start, "--", "*.py")
    return [path for path, _ in Counter(told.decode("utf-8", "replace").split()).most_common(count)]


def revisions(repository: Path, start: str, path: str) -> list[str]:
    """Of a file, the oldest first: the ids of its contents."""
    told = git(repository, "log", "--no-merges", "-n", "400", "--format=", "--raw", "--no-abbrev", start, "--", path)
    found = [row.split()[3].decode() for row in told.split(b"\n") if row.startswith(b":")]
    return [blob for blob in reversed(found) if blob.strip("0")]


def heads(clone: Clone, blobs: Sequence[str]) -> Iterator[Head]:
    """Seven revisions: the first three are the main branch's, the others are commits of a pull request that began at
    the first."""
    main, _, later, *commits = (clone.only(blob) for blob in blobs)
    base, head = main, main
    turns: list[tuple[Turn, str, str]] = [("opened", later, commits[0])]
    turns += [("pushed", commits[at], commits[at + 1]) for at in range(len(commits) - 1)]
    for at, (turn, before, after) in enumerate(turns):
        picked = clone.merged(before, head, after)
        if picked is not None:
            head = picked
            yield Head(turn, head, clone.lines(head))
        if at == 1:
            rebased = clone.merged(base, later, head)
            if rebased is not None:
                base, head = later, rebased
                yield Head("rebased", head, clone.lines(head))
    forced = clone.merged(commits[0], base, head)
    if forced is not None:
        yield Head("forced", forced, clone.lines(forced))


# --- the reviewers


def found(reviewer: Reviewer, lines: Sequence[str], word: str, dice: random.Random) -> dict[int, Found]:
    """By the line that each is about."""
    wanted = re.compile(rf"\b{word}\b")
    rows = {number: line for number, line in enumerate(lines, 1) if wanted.search(line)}
    if reviewer == "rule":
        return {number: Found(FILE, f"toy/{word}", "style", f"it says {word}", number, number) for number in rows}
    symbols, told, last = _symbols(lines), {}, -APART
    for number, line in rows.items():
        if number - last >= APART and _is_chosen(line, word):
            shift = dice.randint(-SHIFT, SHIFT) if reviewer == "moving model" else 0
            told[number], last = _reworded(number, line, lines, symbols, shift, dice), number
    return told


def _is_chosen(line: str, word: str) -> bool:
    return int(hashlib.sha256(f"{word} {line.strip()}".encode()).hexdigest(), 16) % OFTEN == 0


def _reworded(
    number: int, line: str, lines: Sequence[str], symbols: Sequence[str], shift: int, dice: random.Random
) -> Found:
    category = CATEGORIES[len(line) % len(CATEGORIES)] if dice.random() > REWORDED else dice.choice(CATEGORIES)
    first = min(max(1, number + shift), len(lines))
    while symbols[first - 1] != symbols[number - 1]:  # what is said of a function is not quoted from the one above it
        first += 1 if first < number else -1
    last = min(first + dice.randint(0, 2), len(lines))
    message = " ".join(dice.sample(("this", "may", "fail", "when", "empty", "is", "given"), 5))
    return Found(FILE, f"model/{category}", category, message, first, last, symbols[first - 1], is_from_model=True)


def _symbols(lines: Sequence[str]) -> list[str]:
    """The last function or class that began above each line."""
    named, found = "", []
    for line in lines:
        begun = re.match(r"\s*(?:def|class) (\w+)", line)
        named = begun[1] if begun else named
        found.append(named)
    return found


def replayed(clone: Clone, states: Sequence[Head], reviewer: Reviewer, word: str, seed: str) -> Kept:
    """All heads in turn, with what was posted before."""
    dice, tally, pushes = random.Random(seed), Kept(), Pushes()
    before: Head | None = None
    stood: dict[int, str] = {}
    """The thread that was kept or made for each line."""
    for head in states:
        stayed = clone.stayed(before.commit, head.commit) if before else {}
        now = found(reviewer, head.lines, word, dice)
        told = pushes.push(list(now.values()), head.lines, stayed)
        threads = dict(zip(now, told, strict=True))
        expected = {stayed[line]: thread for line, thread in stood.items() if stayed.get(line) in now}
        gone = set(stood.values()) - set(expected.values())
        for line, thread in threads.items():
            if line in expected:
                tally.persisting += 1
                tally.kept += thread.id == expected[line]
                tally.duplicates += thread.is_new
            elif before is not None:
                tally.came += 1
                tally.joined += not thread.is_new and thread.id in gone
        tally.twins += len(threads) - len({thread.id for thread in threads.values()})
        tally.turns[head.turn] += 1
        before, stood = head, {line: thread.id for line, thread in threads.items()}
    return tally
