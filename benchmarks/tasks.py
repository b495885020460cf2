#!/usr/bin/env python3
"""Whether an agent resolves real tasks: a tree without history, a statement, and hidden tests for the verdict.

    python benchmarks/tasks.py --data DIR --repositories DIR [--cache DIR] [--only ID…] [--sample N] [--source NAME]
        [--agent ours|mini|aider|'CMD {task} {base_url} {model} {test}'] [--base-url URL --model NAME [--job-urls]]
        [--provider oracle|noop|wrong|adversarial]… [--jobs N] [--timeout S] [--turns N] [--price READ CACHED WRITTEN]
        [--out DIR] [--verify-only] [--quick] [--smoke] [--json]
    python benchmarks/tasks.py --compare A/report.json B/report.json

`DIR` of `--data` holds `tasks.jsonl` (SWE-bench's fields and `source`, `test_files`, `fix_commit`, `fix_date`) and
`release_pairs.jsonl`; `--repositories` holds bare git directories as `owner+name/repo`. What is fetched comes from
the package index, by uv and pip. An environment is built as of the fix's date from what the tree says of itself, and
kept in `--cache`, as are releases and verdicts on environments: a second run builds nothing. A task whose tests do not
fail before the gold patch and pass with it in its environment "does not build": it is named with the reason and not
used.

The agent gets a repository of one commit with `.venv` beside the code, the statement, and a command that runs the
touched test files as far as they are there already. It sees neither gold nor test patch. The verdict is taken in a
clean tree in the sandbox: changes to the task's test files, and to what steers a test runner, do not count.

Without a model, providers on loopback answer: `oracle` makes the gold patch, `noop` nothing, `wrong` a change without
effect, `adversarial` is broken or hostile in one of many ways for each task, while canaries are watched. Without
`--provider`, `--base-url` and `--model` all four are run. `--job-urls` makes the URL `URL/job/ID/v1` for each task.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish
from benchmarks.harness.tasks import load, made, providers
from benchmarks.harness.tasks.agents import agent
from benchmarks.harness.tasks.export import Out, compare
from benchmarks.harness.tasks.grade import Bench, DoesNotVerify, verify
from benchmarks.harness.tasks.material import Missing, gather
from benchmarks.harness.tasks.outcome import RESOLVED, Row, figures
from benchmarks.harness.tasks.work import How, work

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swe-agent-benchmarks/tasks"
LEAST_TASKS, LEAST_REPOSITORIES = 30, 8
QUICK_TASKS = 2
SECONDS_TO_VERIFY = 900


def main() -> int:
    options = _options()
    if options.compare:
        if absent := [str(path) for path in options.compare if not path.is_file()]:
            print(f"tasks: there is no {' and no '.join(absent)}", file=sys.stderr)
            return DATA_MISSING
        print(json.dumps(compare(*options.compare), indent=1))
        return 0
    if options.smoke:
        benches, unusable = [made.bench()], {}
    else:
        tasks = _tasks(options)
        if tasks is None:
            return DATA_MISSING
        benches, unusable = _verified(tasks, options)
    found: dict[str, object] = {
        "tasks": len(benches) + len(unusable),
        "environments": len(benches),
        "repositories": len({bench.material.task.repository for bench in benches}),
    }
    if unusable:
        found["does not build"] = unusable
    if options.verify_only:
        return finish("tasks", found, _goals_of_environments(benches, options), as_json=options.json)
    try:
        chosen = agent(options.agent)
    except FileNotFoundError as error:
        print(f"tasks: {error}", file=sys.stderr)
        return DATA_MISSING
    goals = _goals_of_environments(benches, options)
    for name in options.provider or [""]:
        how = How(
            agent=chosen,
            provider=name,
            base_url=_url(options),
            **({"model": options.model} if options.model else {}),
            seconds=options.timeout,
            turns=options.turns,
            price=tuple(options.price) if options.price else None,
        )
        label = name or options.model
        rows = _run(benches, how, label, options, unusable)
        found |= {f"{label}: {key}": value for key, value in figures(rows).items()}
        goals |= _goals(name, rows)
    return finish("tasks", found, goals, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", type=Path, help="holds tasks.jsonl and release_pairs.jsonl")
    parser.add_argument("--repositories", metavar="DIR", type=Path, help="bare git directories: owner+name/repo")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=CACHE, help="of environments and releases")
    parser.add_argument("--only", metavar="ID", nargs="+", default=[], help="these tasks")
    parser.add_argument("--sample", metavar="N", type=int, default=0, help="so many, evenly from all")
    parser.add_argument("--source", choices=load.SOURCES, default="")
    parser.add_argument("--agent", default="ours", help="ours, mini, aider or a command")
    parser.add_argument("--provider", action="append", choices=providers.NAMES, help="a stand-in for a model")
    parser.add_argument("--base-url", metavar="URL", default="", help="of an OpenAI-compatible server")
    parser.add_argument("--model", metavar="NAME", default="")
    parser.add_argument("--job-urls", action="store_true", help="URL/job/ID/v1 for each task")
    parser.add_argument("--jobs", metavar="N", type=int, default=1, help="tasks at once")
    parser.add_argument("--timeout", metavar="S", type=int, default=1800, help="seconds of an agent for a task")
    parser.add_argument("--turns", metavar="N", type=int, default=60, help="answers of the model for a task, at most")
    parser.add_argument(
        "--price", metavar="DOLLARS", type=float, nargs=3, help="of a million tokens read, read from a cache, written"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="reports, predictions and trajectories")
    parser.add_argument("--compare", metavar="REPORT", type=Path, nargs=2, help="two agents on the same tasks")
    parser.add_argument("--verify-only", action="store_true", help="only build and verify the environments")
    parser.add_argument("--quick", action="store_true", help="the cheapest release pairs, oracle and noop")
    parser.add_argument("--smoke", action="store_true", help="a task made up here, oracle and noop; no data")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    if bool(options.base_url) != bool(options.model):
        parser.error("--base-url and --model go together")
    if not options.provider and not options.base_url:
        options.provider = ["oracle", "noop"] if options.quick or options.smoke else list(providers.NAMES)
    return options


def _url(options: argparse.Namespace) -> str:
    base = str(options.base_url).rstrip("/")
    return f"{base.removesuffix('/v1')}/job/{{id}}/v1" if options.job_urls else base


def _tasks(options: argparse.Namespace) -> list[load.Task] | None:
    """None where there are no data; what is missing has been said then."""
    if options.data is None:
        print(f"tasks: name a folder with {load.TASKS} and {load.PAIRS}: --data DIR", file=sys.stderr)
        return None
    try:
        every = load.read(options.data)
    except FileNotFoundError as error:
        print(f"tasks: {error}", file=sys.stderr)
        return None
    if options.quick and not options.only:
        pairs = sorted(load.select(every, source="release"), key=lambda task: (len(task.fail_to_pass), task.id))
        return pairs[:QUICK_TASKS]
    return load.select(every, only=options.only, source=options.source, sample=options.sample)


def _verified(tasks: Sequence[load.Task], options: argparse.Namespace) -> tuple[list[Bench], dict[str, str]]:
    """The tasks with an environment that is proved, in their order, and why the others have none."""
    found: dict[str, Bench] = {}
    unusable: dict[str, str] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(_verify, task, options): task for task in tasks}
        for future in as_completed(running):
            task = running[future]
            try:
                bench = found[task.id] = future.result()
            except (Missing, DoesNotVerify) as error:
                unusable[task.id] = str(error)[-900:]
                print(f"{task.id}: does not build: {error}", file=sys.stderr, flush=True)
                continue
            print(
                f"{task.id}: Python {bench.environment.python}, {len(bench.keep)} of {bench.listed} to keep",
                file=sys.stderr,
                flush=True,
            )
    return [found[task.id] for task in tasks if task.id in found], unusable


def _verify(task: load.Task, options: argparse.Namespace) -> Bench:
    material = gather(task, options.repositories, options.cache / "releases")
    return verify(material, options.cache, seconds=SECONDS_TO_VERIFY)


def _run(
    benches: Sequence[Bench], how: How, label: str, options: argparse.Namespace, unusable: dict[str, str]
) -> list[Row]:
    name = f"{how.agent.name}+{label}"
    out = Out(options.out / label.replace("/", "_"), name) if options.out else None
    rows = []
    for row in _rows(benches, how, options.jobs, out):
        rows.append(row)
        harm = f" HARM: {'; '.join(row.harm)}" if row.harm else ""
        detail = "" if row.outcome in (RESOLVED, "empty") else f" {row.detail[:300]!r}"
        kind = f" ({row.kind})" if row.kind else ""
        print(
            f"{label}: {row.id}{kind}: {row.outcome}, status {row.status}, {row.wall_s:.0f} s{detail}{harm}",
            file=sys.stderr,
            flush=True,
        )
    if out:
        out.end(how.agent.name, label, rows, figures(rows), unusable)
    return rows


def _rows(benches: Sequence[Bench], how: How, jobs: int, out: Out | None) -> Iterator[Row]:
    """In the order in which they end. One that breaks the harness itself is an `error` and keeps none other away."""
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(work, bench, how, number): bench for number, bench in enumerate(benches)}
        for future in as_completed(running):
            try:
                done = future.result()
            except Exception:  # the answer: its whole trace becomes the task's row
                yield _broken(running[future], traceback.format_exc())
                continue
            if out:
                out.add(done)
            yield done.row


def _broken(bench: Bench, trace: str) -> Row:
    task = bench.material.task
    return Row(
        id=task.id,
        source=task.source,
        repository=task.repository,
        outcome="error",
        status=-1,
        turns=0,
        input=0,
        cached=0,
        output=0,
        nano_usd=None,
        cpu_s=0.0,
        wall_s=0.0,
        detail=trace[-2000:],
    )


def _goals_of_environments(benches: Sequence[Bench], options: argparse.Namespace) -> dict[str, Goal]:
    whole = not (options.smoke or options.quick or options.only or options.sample or options.source)
    repositories = {bench.material.task.repository for bench in benches}
    return {
        "tasks whose environments build": at_least(LEAST_TASKS, len(benches), judge=whole),
        "repositories of theirs": at_least(LEAST_REPOSITORIES, len(repositories), judge=whole),
    }


def _goals(provider: str, rows: Sequence[Row]) -> dict[str, Goal]:
    resolved = sum(row.outcome == RESOLVED for row in rows)
    broken = at_most(0, sum(row.status == -1 for row in rows))
    if provider == "oracle":
        return {"oracle: not resolved": at_most(0, len(rows) - resolved), "oracle: the harness broke": broken}
    if provider in ("noop", "wrong"):
        return {f"{provider}: resolved": at_most(0, resolved), f"{provider}: the harness broke": broken}
    if provider == "adversarial":
        harmed = sum(bool(row.harm) for row in rows)
        return {"adversarial: resolved": at_most(0, resolved), "adversarial: tasks with harm": at_most(0, harmed)}
    return {}


if __name__ == "__main__":
    sys.exit(main())
