"""Positions as they are sent for findings anywhere, as people's comments have them, and as GitHub refuses them: each
asked of the oracle and of the product."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.harness.placements import Change, Side, Spot
from benchmarks.harness.position_oracle import APART, BACKWARDS, NOWHERE, OUTSIDE, SIDES, Oracle, of_patch, of_ranges

Row = Mapping[str, Any]
"""Of `pull_requests.jsonl`."""


@dataclass
class Positions:
    """`shown` are findings of which the diff shows a line, `missed` those of them that stand on none."""

    asked: int = 0
    shown: int = 0
    missed: int = 0
    sent: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Positions) -> None:
        self.asked += other.asked
        self.shown += other.shown
        self.missed += other.missed
        self.sent += other.sent
        self.wrong += other.wrong

    @property
    def valid_percent(self) -> float | None:
        return 100 * (1 - len(self.wrong) / self.sent) if self.sent else None

    @property
    def emitted_percent(self) -> float | None:
        return 100 * (1 - self.missed / self.shown) if self.shown else None


def anywhere(oracle: Oracle, count: int, dice: random.Random) -> list[Spot]:
    """On lines that are shown, near them, past the end, of both names, and of files that are not there."""
    spots = []
    for _ in range(count):
        file = dice.choice(oracle.files) if dice.random() < 0.97 else None
        side = dice.choice(SIDES)
        last = max((line.number(side) for line in file.lines), default=0) if file else 0
        first = dice.randint(1, last + 40)
        if file and file.lines and dice.random() < 0.5:
            first = max(1, dice.choice(file.lines).number(side) + dice.randint(-4, 4))
        path = dice.choice((file.path, file.path, file.old, file.new)) if file else "not/in/the/diff.py"
        spots.append(Spot(path, side, first, first + dice.choice((0, 0, 0, 1, 3, 12, 200))))
    return spots


def judge(oracle: Oracle, change: Change, spots: Sequence[Spot], tally: Positions, *, gitlab: bool = True) -> None:
    said = {"github": change.on_github(spots), **({"gitlab": change.on_gitlab(spots)} if gitlab else {})}
    for platform, rows in said.items():
        for spot, sent in zip(spots, rows, strict=True):
            file = oracle.file(spot.path)
            shown = [
                line for line in range(spot.first, spot.last + 1) if file and file.place(spot.side, line) is not None
            ]
            tally.asked += 1
            tally.shown += bool(shown)
            tally.missed += bool(shown) and sent is None
            if sent is not None:
                tally.sent += 1
                why = _github(oracle, spot, sent) if platform == "github" else oracle.gitlab(sent)
                if why:
                    tally.wrong.append(f"{platform}: {why}: {spot} {sent}")


def _github(oracle: Oracle, spot: Spot, sent: Mapping[str, Any]) -> str:
    sides: Mapping[str, Side] = {"LEFT": "left", "RIGHT": "right"}
    start = sent.get("start_line", 0)
    if not spot.first <= (start or sent["line"]) <= sent["line"] <= spot.last:
        return "it stands on other lines"
    start_side = sides[sent["start_side"]] if start else None
    return oracle.github(sent["path"], sides[sent["side"]], sent["line"], start, start_side)


def placed_anywhere(rows: Iterable[Row], random_diffs: Iterable[bytes], count: int, seed: str) -> dict[str, Positions]:
    """So many findings of each pull request, and forty of each random change."""
    tallies = {"real": Positions(), "ranges": Positions(), "random": Positions()}
    for row in rows:
        dice = random.Random(f"{seed}:{row['url']}")
        if row["source"] == "martian":
            patch = row["diff"].encode()
            oracle = of_patch(patch)
            judge(oracle, Change.of_patch(patch), anywhere(oracle, count, dice), tallies["real"])
        else:
            oracle, change = of_ranges(row["hunks"]), Change.of_ranges(row["hunks"])
            judge(oracle, change, anywhere(oracle, count, dice), tallies["ranges"], gitlab=False)
    for number, patch in enumerate(random_diffs):
        oracle, dice = of_patch(patch), random.Random(f"{seed}:{number}")
        spots = anywhere(oracle, 40, dice)
        judge(oracle, Change.of_patch(patch), spots, tallies["random"])
    return tallies


# --- what people and platforms said


def human(rows: Iterable[Row]) -> tuple[int, int]:
    """Comments of people, and those that both we and the oracle take."""
    taken = count = 0
    for row in rows:
        if row["source"] != "aacr":
            continue
        oracle, change = of_ranges(row["hunks"]), Change.of_ranges(row["hunks"])
        for one in row["comments"]:
            if one["human"]:
                start = one["from_line"] if 0 < (one["from_line"] or 0) < one["to_line"] else 0
                count += 1
                place = (one["path"], one["side"], one["to_line"], start)
                taken += not oracle.github(*place) and not change.refusal(*place)
    return count, taken


def crafted(oracle: Oracle) -> Iterator[tuple[str, tuple[str, Side, int, int, Side | None]]]:
    """Positions that GitHub refuses, and how it says so."""
    for file in oracle.files:
        if not file.lines:
            yield NOWHERE, (file.path, "right", 1, 0, None)
            continue
        for side in SIDES:
            numbers = [line.number(side) for line in file.lines if line.number(side)]
            if not numbers:
                yield OUTSIDE, (file.path, side, 1, 0, None)
                continue
            hunks = {line.hunk: line.number(side) for line in file.lines if line.number(side)}
            yield OUTSIDE, (file.path, side, max(numbers) + 1, 0, None)
            yield OUTSIDE, (file.path, side, 0, 0, None)
            yield APART, (file.path, side, numbers[-1], numbers[-1] + 1, None)
            yield BACKWARDS, (file.path, side, numbers[-1], numbers[-1], None)
            if len(hunks) > 1:
                yield APART, (file.path, side, numbers[-1], numbers[0], None)
            if numbers[0] + 1 in numbers:
                yield BACKWARDS, (file.path, side, numbers[0], numbers[0] + 1, None)
        for at, (one, other) in enumerate(zip(file.lines, file.lines[1:], strict=False)):
            if one.kind == "removed" and other.kind == "added" and file.lines[at].hunk == file.lines[at + 1].hunk:
                yield BACKWARDS, (file.path, "left", one.old, other.new, "right")
    yield NOWHERE, ("not/in/the/diff.py", "right", 1, 0, None)


def refused(changes: Iterable[tuple[Oracle, Change]]) -> dict[str, tuple[int, int]]:
    """Of each refusal: how many positions, and how many both we and the oracle refuse in these words."""
    found = dict.fromkeys((OUTSIDE, APART, NOWHERE, BACKWARDS), (0, 0))
    for oracle, change in changes:
        for words, place in crafted(oracle):
            count, right = found[words]
            found[words] = count + 1, right + (oracle.github(*place) == words == change.refusal(*place))
    return found
