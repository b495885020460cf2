"""Rankers as processes, one for each repository, so that memory means something; at most so many at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """`argv` says how the worker of a repository's name is started."""

    name: str
    argv: Callable[[str], Sequence[str]]
    env: Mapping[str, str] | None = None


def rank(
    ranker: Ranker, instances: Mapping[str, Sequence[Row]], out: Path, *, jobs: int, resume: bool
) -> dict[str, Row]:
    """The answers by instance. They lie in `out/NAME/REPOSITORY.jsonl` as soon as they are there; with `resume` those
    that lie there already are taken as they are. A worker that dies is said, and its instances are without answer."""
    folder = out / ranker.name
    folder.mkdir(parents=True, exist_ok=True)
    answers: dict[str, Row] = {}
    with ThreadPoolExecutor(jobs) as pool:
        work = [
            pool.submit(_of_repository, ranker, name, rows, folder / f"{name.replace('/', '+')}.jsonl", resume)
            for name, rows in sorted(instances.items(), key=lambda item: -len(item[1]))
        ]
        for each in work:
            answers |= each.result()
    return answers


def _of_repository(ranker: Ranker, name: str, rows: Sequence[Row], path: Path, resume: bool) -> dict[str, Row]:
    if not resume:
        path.unlink(missing_ok=True)
    done = read_rows(path)
    wanted = [row for row in rows if row["instance_id"] not in done]
    if wanted:
        print(f"{ranker.name}: {name}, {len(wanted)} …", file=sys.stderr, flush=True)
        asked = "".join(f"{json.dumps(row)}\n" for row in wanted)
        with path.open("a", encoding="utf-8") as into, path.with_suffix(".log").open("w", encoding="utf-8") as log:
            ended = subprocess.run(
                list(ranker.argv(name)), input=asked, stdout=into, stderr=log, text=True, env=ranker.env
            )
        done = read_rows(path)
        if ended.returncode:
            print(
                f"{ranker.name}: {name} ended with status {ended.returncode}: {path.with_suffix('.log')}",
                file=sys.stderr,
            )
    asked_for = {row["instance_id"] for row in rows}
    return {key: row for key, row in done.items() if key in asked_for}


def read_rows(path: Path) -> dict[str, Row]:
    """By instance; a line that was cut when its writer was killed does not count."""
    found: dict[str, Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found[row["instance_id"]] = row
    return found
