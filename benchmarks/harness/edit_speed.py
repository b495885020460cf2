"""What an edit of a long file costs: CPU in this process, the check of the syntax included; and of others' programs.

Each time the file and the text that comes of it are new ones, by a comment at the end, so that nothing that was kept of
an earlier time is of use. An edit in a format costs the least of five times after a first one: what is more is the
machine's, whose cores are shared and run at half of their speed for seconds. Percentiles are over edits and formats.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.appliers import Ours
from benchmarks.harness.drafts import FORMATS, PATCH, UNIFIED, WHOLE, drafted
from benchmarks.harness.peers import GIT_APPLY, codex_argv, missing
from benchmarks.harness.real_edits import Edit
from benchmarks.harness.report import Goal, at_most
from benchmarks.harness.throwaway import Tree

TIMES = 6
"""Of which the first is not counted."""
MOST_MS = 20.0
OVER_ALL = "an edit of 1,300 to 1,700 lines, p95, ms of CPU"

Figures = dict[str, object]


def speed(edits: Sequence[Edit], *, judge: bool) -> tuple[Figures, dict[str, Goal]]:
    figures: Figures = {"speed, edits": len(edits)}
    gc.collect()
    gc.freeze()  # what this benchmark holds is not collected again and again at the expense of what is measured
    every: list[float] = []
    refused: list[str] = []
    for format in FORMATS:
        taken: list[float] = []
        for edit in edits:
            some = _times(edit, format)
            if some and all(applied for _, applied in some):
                taken.append(min(ms for ms, _ in some))
            if not all(applied for _, applied in some):
                refused.append(f"{edit.name}#{format}")
        every += taken
        if taken:
            figures[f"speed, ours, {format}, ms"] = spread(taken)
    if not every:
        return figures, {}
    figures["speed, ours, all, ms"] = spread(every)
    figures["speed, ours, refused"] = refused
    for name, taken in _others(edits).items():
        figures[f"speed, {name}, start of the program included, ms"] = spread(taken)
    return figures, {OVER_ALL: at_most(MOST_MS, percentile(every, 95), judge=judge)}


def _times(edit: Edit, format: str) -> list[tuple[float, bool]]:
    """Milliseconds, and whether it was applied."""
    draft = drafted(edit, format)
    if draft is None:
        return []
    ours, plain, taken = Ours(), draft.reply, []
    for tail in _tails(edit):
        files = {**draft.files, edit.path: edit.before + tail}
        reply = _whole(edit, tail) if format == WHOLE else plain
        begun = time.process_time()
        result = ours.apply(files, reply, format)
        taken.append((1_000 * (time.process_time() - begun), result.applied))
    return taken[1:]


def _tails(edit: Edit) -> Iterator[str]:
    sign = "#" if edit.language in ("python", "ruby") else "//"
    end = "\r\n" if edit.before.endswith("\r\n") else "\n"
    before = "" if edit.before.endswith("\n") else end
    return (f"{before}{sign} {number}{end}" for number in range(TIMES))


def _whole(edit: Edit, tail: str) -> str:
    draft = drafted(replace(edit, after=edit.after + tail), WHOLE)
    assert draft is not None, edit.name
    return draft.reply


def _others(edits: Sequence[Edit]) -> dict[str, list[float]]:
    """CPU of the child, of which its start is part."""
    absent = missing()
    with TemporaryDirectory(prefix="edits-speed-") as scratch:
        tree = Tree(Path(scratch))
        programs = {"git apply": (UNIFIED, GIT_APPLY), "codex apply_patch": (PATCH, codex_argv(Path(scratch)))}
        return {
            name: _child_times(edits, format, argv, tree)
            for name, (format, argv) in programs.items()
            if name not in absent
        }


def _child_times(edits: Sequence[Edit], format: str, argv: Sequence[str], tree: Tree) -> list[float]:
    taken = []
    for edit in edits:
        draft = drafted(edit, format)
        if draft is None:
            continue
        times = []
        for _ in range(TIMES):
            tree.fill(draft.files)
            # These replies are of our own making: unconfined, so that nothing else is measured.
            ended = tree.run(argv, draft.reply, confined=False)
            if ended.status == 0:
                times.append(1_000 * ended.cpu)
        if times[1:]:
            taken.append(min(times[1:]))
    return taken


def percentile(values: Sequence[float], per_cent: int) -> float:
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, len(ranked) * per_cent // 100)], 2)


def spread(values: Sequence[float]) -> Mapping[str, float]:
    if not values:
        return {"n": 0}
    return {"n": len(values), "p50": percentile(values, 50), "p95": percentile(values, 95)}
