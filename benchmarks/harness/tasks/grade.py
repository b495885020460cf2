"""The verdict: a clean tree, a patch, the hidden tests on top of it, and what has to pass.

The same runs verify an environment first. Its tests have to fail without the gold patch and pass with it; what an error
says is lacking is added to it, then the next interpreter is tried.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.harness.tasks import confined, metadata, patches, services
from benchmarks.harness.tasks.environment import NAME, RECIPE, Environment, add, build
from benchmarks.harness.tasks.installing import DoesNotBuild
from benchmarks.harness.tasks.lacking import lacking, skipped_for
from benchmarks.harness.tasks.material import Material
from benchmarks.harness.tasks.names import State, passed, state_of
from benchmarks.harness.tasks.pythons import candidates
from benchmarks.harness.tasks.runners import RESULTS, Runner, runners

MOST_PYTHONS, MOST_REPAIRS = 4, 5
STEERING = frozenset({"conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini", "tox.ini"})
ENOUGH = 0.9
"""Of the tests that ought to pass; with fewer another interpreter is tried, and the best one taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A verified task: its environment, what runs its tests, and those of them that pass here with the gold patch."""

    material: Material
    environment: Environment
    runner: Runner
    keep: tuple[str, ...]
    """PASS_TO_PASS as far as it does so here."""
    listed: int
    """How many there were on the list; of a release pair, which has none, as many as `keep`."""
    seconds: float


class DoesNotVerify(Exception):
    """The environment does not build, or the tests do not fail and pass as they should. The text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    status: int
    results: Mapping[str, State]
    output: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """`outcome` is `resolved`, `failed`, `refused` (the patch does not apply), `timeout` or `error` (the sandbox)."""

    outcome: str
    failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    detail: str = ""


@contextmanager
def clean_tree(material: Material, environment: Environment) -> Iterator[Path]:
    """The base, with the environment beside it, for one run."""
    with tempfile.TemporaryDirectory(prefix="graded-", ignore_cleanup_errors=True) as scratch:
        tree = Path(scratch) / "tree"
        tree.mkdir()
        material.lay(tree)
        environment.beside(tree)
        (tree / RESULTS).mkdir()
        yield tree


def grade(bench: Bench, patch: bytes, *, seconds: int) -> Grade:
    """What a patch is worth. What it does to the task's own test files does not count."""
    task = bench.material.task
    with clean_tree(bench.material, bench.environment) as tree:
        try:
            patches.apply(tree, patches.without(patch, not_counted(patch, task.test_files, task.gold)))
            patches.apply(tree, task.test_patch)
        except patches.DoesNotApply as error:
            return Grade(outcome="refused", detail=str(error))
        tested = _test(bench.runner, tree, seconds)
    if tested.status == confined.REFUSED and not tested.results:
        return Grade(outcome="error", detail=tested.output[-1000:])
    failing = _not_passed(task.fail_to_pass, tested.results)
    broken = _not_passed(bench.keep, tested.results)
    if not failing and not broken:
        return Grade(outcome="resolved")
    outcome = "timeout" if tested.status == confined.TIMED_OUT else "failed"
    return Grade(outcome=outcome, failing=failing, broken=broken, detail=tested.output[-1500:])


def not_counted(patch: bytes, test_files: Sequence[str], gold: bytes) -> list[str]:
    """Files of a patch that the verdict passes over: the tests themselves, and what can tell a test runner to call
    everything passed, unless the gold patch changes it as well."""
    steering = {name for name in patches.touched(patch) if name.rpartition("/")[2] in STEERING}
    return [*test_files, *(steering - patches.touched(gold))]


def _test(runner: Runner, tree: Path, seconds: int) -> Tested:
    ran = confined.run(runner.argv(), tree, seconds=seconds, programs=tree / NAME / "bin")
    return Tested(status=ran.status, results=runner.read(tree, ran.output), output=ran.output, seconds=ran.seconds)


def _not_passed(names: tuple[str, ...], results: Mapping[str, State]) -> tuple[str, ...]:
    well = set(passed(names, results))
    return tuple(name for name in names if name not in well)


def verify(material: Material, cache: Path, *, seconds: int) -> Bench:
    """From the cache, or by running the tests with and without the gold patch. Raises DoesNotVerify."""
    kept = _Kept(cache, material)
    if found := kept.read(material):
        return found
    task = material.task
    day = date.fromisoformat(task.date) if task.date else date.today()
    with tempfile.TemporaryDirectory(prefix="tree-") as scratch:
        material.lay(Path(scratch))
        stated = metadata.read(Path(scratch))
        ways = runners(task, Path(scratch))
    best: Bench | None = None
    reasons: list[str] = []
    for python in candidates(day, stated.classified, stated.requires_python)[:MOST_PYTHONS]:
        try:
            bench = _verified(material, build(material, python, cache), ways, seconds)
        except (DoesNotBuild, DoesNotVerify) as error:
            reasons.append(f"Python {python.name}: {error}")
            continue
        if best is None or len(bench.keep) > len(best.keep):
            best = bench
        if len(bench.keep) >= ENOUGH * bench.listed:
            break
    if best is None:
        raise DoesNotVerify("; ".join(reasons))
    kept.write(best)
    return best


def _verified(material: Material, environment: Environment, ways: list[Runner], seconds: int) -> Bench:
    """With the first runner that knows the tests. What lacks is added after each run, as long as that finds more."""
    reason = "no runner"
    for runner in ways:
        for _ in range(MOST_REPAIRS):
            after = _with(material, environment, runner, material.task.gold, seconds)
            wanted = lacking(after.output, environment)
            if "skipped" in {state_of(name, after.results) for name in material.task.fail_to_pass}:
                wanted += skipped_for(after.output)
            fresh = [one for one in wanted if one not in environment.added]
            in_vain = runner.kind == "pytest" and not runner.plugins and services.wanted(after.output)
            if not fresh and not in_vain:
                break
            environment = add(environment, fresh)
            if in_vain:
                environment, plugin = services.install(environment)
                runner = dataclasses.replace(runner, plugins=(plugin,))
        failing = _not_passed(material.task.fail_to_pass, after.results)
        if failing:
            reason = f"{len(failing)} tests do not pass with the gold patch ({failing[0]}): {_telling(after)}"
            if any(state_of(name, after.results) for name in failing):
                break  # the runner is right: it knows them
            continue
        before = _with(material, environment, runner, b"", seconds)
        if early := passed(material.task.fail_to_pass, before.results):
            raise DoesNotVerify(f"{len(early)} tests pass without the gold patch ({early[0]})")
        return _bench(material, environment, runner, before, after)
    raise DoesNotVerify(reason)


def _bench(material: Material, environment: Environment, runner: Runner, before: Tested, after: Tested) -> Bench:
    task = material.task
    listed = task.pass_to_pass
    if task.source in ("release", "made") and not listed:
        listed = passed((name for name, state in before.results.items() if state == "passed"), after.results)
    keep = passed(listed, after.results)
    return Bench(
        material=material, environment=environment, runner=runner, keep=keep, listed=len(listed), seconds=after.seconds
    )


def _with(material: Material, environment: Environment, runner: Runner, gold: bytes, seconds: int) -> Tested:
    with clean_tree(material, environment) as tree:
        try:
            patches.apply(tree, gold)
            patches.apply(tree, material.task.test_patch)
        except patches.DoesNotApply as error:
            raise DoesNotVerify(f"the data's own patches do not apply: {error}") from error
        tested = _test(runner, tree, seconds)
    if tested.status == confined.TIMED_OUT:
        raise DoesNotVerify(f"the tests do not end within {seconds} s")
    return tested


def _telling(tested: Tested) -> str:
    """The lines of an output that say what went wrong."""
    lines = [line.strip() for line in tested.output.splitlines() if line.strip()]
    telling = [line for line in lines if "Error" in line or line.startswith(("E  ", "ERROR"))]
    return f"status {tested.status}; " + " | ".join((telling or lines)[-4:])[-500:]


class _Kept:
    """A verdict on an environment, by all that it depends on."""

    def __init__(self, cache: Path, material: Material) -> None:
        task = material.task
        whole = json.dumps([task.id, task.base, task.fix, task.date, task.fail_to_pass, task.pass_to_pass]).encode()
        key = hashlib.sha256(whole + task.gold + task.test_patch).hexdigest()[:20]
        self._path = cache / "verified" / f"{key}.json"
        self._cache = cache

    def read(self, material: Material) -> Bench | None:
        try:
            row = json.loads(self._path.read_text(encoding="utf-8"))
            built = json.loads((Path(row["folder"]) / "built.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError):
            return None
        if row.get("recipe") != RECIPE:
            return None
        lists = {name: tuple(built.pop(name)) for name in ("roots", "added", "notes")}
        runner = Runner(
            kind=row["kind"], what=tuple(row["what"]), program=row["program"], plugins=tuple(row.get("plugins", ()))
        )  # fmt: skip
        return Bench(
            material=material, environment=Environment(folder=Path(row["folder"]), **built, **lists), runner=runner,
            keep=tuple(row["keep"]), listed=row["listed"], seconds=row["seconds"],
        )  # fmt: skip

    def write(self, bench: Bench) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        row = {
            "recipe": RECIPE,
            "folder": str(bench.environment.folder.resolve()), **dataclasses.asdict(bench.runner),
            "keep": bench.keep, "listed": bench.listed, "seconds": bench.seconds,
        }  # fmt: skip
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(row), encoding="utf-8")
        shutil.move(aside, self._path)
