#!/usr/bin/env python3
"""Whether comments stand where a platform takes them, on the lines that are meant, and once however often is pushed.

    python benchmarks/placement.py --data DIR --repository DIR [--quick] [--smoke] [--json]

DIR of `--data` holds `pull_requests.jsonl`: diffs of pull requests, and where people's comments were taken. Findings
anywhere in changed files, and in random changes by real git, are placed for GitHub and for GitLab; what is sent is
judged by an oracle that reads the diff with `unidiff`. Quotes are disturbed as models err, and their numbers are off by
up to 20 or count the other side's lines. Not every such quote can be told from others: who knew how it was made would
find `at best` so many, and those are called decidable of which he would be right in nine of ten. Of the bare git
directory of `--repository` commits are quoted with whole files at hand, and files' revisions replayed as pushes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.judged_positions import Positions, Row, anywhere, human, placed_anywhere, refused
from benchmarks.harness.misquotes import Case, Page, cases, page_of, whole_page_of
from benchmarks.harness.placements import Change, Side, Spot
from benchmarks.harness.position_oracle import of_patch
from benchmarks.harness.random_changes import diffs
from benchmarks.harness.replayed_pushes import REVISIONS, WORDS, Clone, Kept, Reviewer, busy, heads, replayed, revisions
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish, parser
from benchmarks.harness.trees import git

SEED = "placement"
DECIDABLE = 0.9
LARGEST = 6_282
"""Lines of the largest diff of a pull request that was seen."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is asked: findings and quotes of each change, random changes, commits, files and runs of their
    revisions."""

    findings: int
    quotes: int
    random: int
    commits: int
    files: int
    runs: int


FULL = Amounts(findings=400, quotes=400, random=600, commits=150, files=12, runs=4)
QUICK = Amounts(findings=120, quotes=120, random=60, commits=12, files=4, runs=1)
SMOKE = Amounts(findings=40, quotes=0, random=20, commits=0, files=0, runs=0)


# --- quotes


@dataclass
class Landed:
    """`first` are those whose first line is the meant one, `exact` all of whose lines are."""

    count: int = 0
    first: int = 0
    exact: int = 0
    chance: float = 0.0

    def add(self, case: Case, spot: Spot | None) -> None:
        meant = case.meant
        self.count += 1
        self.first += spot is not None and (spot.path, spot.side, spot.first) == (meant.path, meant.side, meant.first)
        self.exact += spot == meant
        self.chance += case.chance

    @property
    def percent(self) -> float | None:
        return round(100 * self.first / self.count, 2) if self.count else None

    def __str__(self) -> str:
        shares = [100 * part / self.count for part in (self.first, self.exact, self.chance)]
        return "{:.2f} %, all lines {:.2f} %, at best {:.2f} %, of {}".format(*shares, self.count)


def quoted(
    changes: Iterable[tuple[str, Sequence[Page], Change]], count: int
) -> tuple[dict[str, Landed], list[tuple[Case, Spot | None]]]:
    """Tallies by what was asked, `decidable` and `all` among them, and the decidable ones that were missed."""
    tallies: dict[str, Landed] = {"all": Landed(), "decidable": Landed()}
    missed = []
    for seed, pages, change in changes:
        asked = list(cases(pages, count, random.Random(f"{SEED}:{seed}")))
        for case, spot in zip(asked, change.landed([case.said for case in asked]), strict=True):
            keys = ["all", f"{case.size} lines", case.text, case.numbering, case.kind]
            keys += ["decidable"] if case.chance >= DECIDABLE else []
            for key in keys:
                tallies.setdefault(key, Landed()).add(case, spot)
            if case.chance >= DECIDABLE and (spot is None or spot.first != case.meant.first):
                missed.append((case, spot))
    return tallies, missed


def commits(repository: Path, count: int) -> Iterator[tuple[str, Sequence[Page], Change]]:
    """Random commits of the last 10,000, each with all of its changed files at both ends."""
    told = git(repository, "rev-list", "--no-merges", "-n", "10000", "HEAD").decode().split()
    for commit in random.Random(SEED).sample(told, min(count, len(told))):
        patch = git(repository, "-c", "core.quotePath=false", "diff", "-M", f"{commit}^", commit)
        oracle = of_patch(patch)
        pages, contents = [], {}
        for file in oracle.files[:40]:
            if file.lines and '"' not in file.path:
                ends: tuple[tuple[Side, str, str], ...] = (
                    ("left", f"{commit}^", file.old),
                    ("right", commit, file.new),
                )
                data = {side: _blob(repository, rev, path) for side, rev, path in ends}
                contents |= {(side, path): data[side] for side, _, path in ends if data[side]}
                pages.append(
                    whole_page_of(file, {side: text.decode("utf-8", "replace") for side, text in data.items()})
                )
        if pages:
            yield commit, pages, Change.of_patch(patch, contents)


def _blob(repository: Path, revision: str, path: str) -> bytes:
    """Empty for none."""
    listed = git(repository, "ls-tree", revision, "--", path).split()
    return git(repository, "cat-file", "blob", listed[2].decode()) if listed else b""


# --- pushes, speed


def pushed(repository: Path, amounts: Amounts) -> dict[str, Kept]:
    tallies: dict[Reviewer, Kept] = {"rule": Kept(), "model": Kept(), "moving model": Kept()}
    with tempfile.TemporaryDirectory(prefix="placement-") as folder:
        clone = Clone(repository, Path(folder))
        for path in busy(repository, "HEAD", amounts.files):
            blobs, dice = revisions(repository, "HEAD", path), random.Random(f"{SEED}:{path}")
            for run in range(amounts.runs if len(blobs) >= REVISIONS else 0):
                at = dice.randint(0, len(blobs) - REVISIONS)
                states = list(heads(clone, blobs[at : at + REVISIONS]))
                for word in dice.sample(WORDS, 3):
                    seed = f"{SEED}:{path}:{run}:{word}"
                    for reviewer, tally in tallies.items():
                        tally.add(replayed(clone, states, reviewer, word, seed))
    return {str(reviewer): tally for reviewer, tally in tallies.items()}


def cpu_ms(patch: bytes) -> float:
    """To read it and to place 200 findings; the least of five times."""
    spots = anywhere(of_patch(patch), 200, random.Random(SEED))
    taken = []
    for _ in range(5):
        begun = time.process_time()
        Change.of_patch(patch).places(spots)
        taken.append(time.process_time() - begun)
    return round(1000 * min(taken), 1)


def large(patches: Sequence[bytes]) -> bytes:
    """As many of them as the largest pull request has lines, each in a folder of its own."""
    found, lines = b"", 0
    for number, patch in enumerate(sorted(patches, key=len, reverse=True) * 50):
        moved = re.sub(rb"^(diff --git a/|--- a/|\+\+\+ b/)", rb"\g<1>%d/" % number, patch, flags=re.M)
        moved = re.sub(rb"^(diff --git a/\S+ b/)", rb"\g<1>%d/" % number, moved, flags=re.M)
        found, lines = found + moved, lines + moved.count(b"\n")
        if lines >= LARGEST:
            break
    return found


# --- what is said of it


@dataclass
class Results:
    """What could be measured; None where data for it are missing."""

    positions: dict[str, Positions]
    human: tuple[int, int] = (0, 0)
    refused: dict[str, tuple[int, int]] = field(default_factory=dict)
    shown: dict[str, Landed] = field(default_factory=dict)
    whole: dict[str, Landed] = field(default_factory=dict)
    pushes: dict[str, Kept] = field(default_factory=dict)
    cpu_ms: tuple[float, float] | None = None


def figures_of(results: Results) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, one in results.positions.items():
        figures[f"{name}: positions sent, of findings"] = f"{one.sent} of {one.asked}, invalid {len(one.wrong)}"
    figures["people's comments taken"] = "{1} of {0}".format(*results.human)
    for words, (count, right) in results.refused.items():
        figures[words] = f"{right} of {count}"
    for name, tallies in (("diff alone", results.shown), ("whole files", results.whole)):
        for key, landed in sorted(tallies.items()):
            figures[f"{name}: {key}"] = str(landed)
    for name, kept in results.pushes.items():
        turns = ", ".join(f"{turn} {count}" for turn, count in kept.turns.items())
        figures[f"{name}: heads"] = turns
        figures[f"{name}: findings that persist"] = (
            f"{kept.kept} of {kept.persisting} known, {kept.duplicates} new again"
        )
        figures[f"{name}: findings that came"] = f"{kept.came}, {kept.joined} of them taken for one that went"
    if results.cpu_ms:
        figures["CPU of the largest diff here, ms"] = results.cpu_ms[0]
    return figures


def goals_of(results: Results, *, judged: bool) -> dict[str, Goal]:
    sent = Positions()
    for one in results.positions.values():
        sent.add(one)
    count, taken = results.human
    crafted = [sum(pair[at] for pair in results.refused.values()) for at in (0, 1)]
    goals = {
        "valid_percent": at_least(100, sent.valid_percent),
        "placed_where_shown_percent": at_least(100, sent.emitted_percent),
        "people_taken_percent": at_least(100, 100 * taken / count if count else None),
        "refused_in_its_words_percent": at_least(100, 100 * crafted[1] / crafted[0] if crafted[0] else None),
    }
    for name, tallies in (("diff", results.shown), ("files", results.whole)):
        for key in ("decidable", "all"):
            value = tallies[key].percent if key in tallies else None
            # Of all of them nobody could find so many: see what is possible at best.
            goals[f"landed_{name}_{key}_percent"] = at_least(99, value, judge=judged and key == "decidable")
    for name in ("rule", "model", "moving model"):
        kept = results.pushes.get(name)
        known = 100 * kept.kept / kept.persisting if kept and kept.persisting else None
        # Quotes that move are more than what a paraphrase does: of those it is only told.
        duplicates = float(kept.duplicates) if kept else None
        goals[f"{name}_duplicates"] = at_most(0, duplicates, judge=name != "moving model")
        goals[f"{name}_known_again_percent"] = at_least(99.5, known, judge=judged)
    goals["cpu_ms"] = at_most(100, results.cpu_ms[1] if results.cpu_ms else None, judge=judged)
    return goals


def measured(options: argparse.Namespace, amounts: Amounts) -> Results:
    rows = pull_requests(options.data)
    patches = [row["diff"].encode() for row in rows if row["source"] == "martian"]
    with tempfile.TemporaryDirectory(prefix="placement-") as folder:
        chances = list(diffs(Path(folder), amounts.random, SEED))
    results = Results(placed_anywhere(rows, chances, amounts.findings, SEED), human(rows))
    real = [(of_patch(patch), Change.of_patch(patch)) for patch in patches]
    results.refused = refused([*real, *((of_patch(patch), Change.of_patch(patch)) for patch in chances)])
    missed: list[tuple[Case, Spot | None]] = []
    if real and amounts.quotes:
        changes = [
            (str(at), [page_of(file) for file in oracle.files], change) for at, (oracle, change) in enumerate(real)
        ]
        results.shown, missed = quoted(changes, amounts.quotes)
        results.cpu_ms = cpu_ms(max(patches, key=len)), cpu_ms(large(patches))
    if options.repository and amounts.commits:
        repository = Path(options.repository)
        results.whole, more = quoted(commits(repository, amounts.commits), amounts.quotes // 4)
        results.pushes = pushed(repository, amounts)
        missed += more
    if options.list:
        lines = [f"{case} {spot}" for case, spot in missed] + [
            row for one in results.positions.values() for row in one.wrong
        ]
        Path(options.list).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return results


def pull_requests(data: str | None) -> list[Row]:
    path = Path(data or ".") / "pull_requests.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def main() -> int:
    asked = parser(__doc__)
    asked.add_argument("--repository", metavar="DIR", help="a bare git directory with a history")
    asked.add_argument("--list", metavar="FILE", help="write there what went wrong")
    options = asked.parse_args()
    amounts = SMOKE if options.smoke else QUICK if options.quick else FULL
    results = measured(options, amounts)
    status = finish("placement", figures_of(results), goals_of(results, judged=not options.smoke), as_json=options.json)
    is_short = not (results.shown and results.whole and results.pushes)
    return status or (DATA_MISSING if is_short and not options.smoke else 0)


if __name__ == "__main__":
    sys.exit(main())
