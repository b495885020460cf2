"""What the repair engine makes of a mutant: repaired, the original again, or why not; and the figures over many."""

from __future__ import annotations

import difflib
import types
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.harness.mutants import Mutant, parses
from benchmarks.harness.ranks import Ranks, ranks, statement_lines, tree_of
from benchmarks.harness.repair_runs import Run, accept, run
from swe_agent.testing.repository import RepoBuilder

TOPS = (1, 5, 10)
MOST_PLACES = 5
INVERSE = {
    "binary operator": ("arithmetic", "any operator", "operand", "unary"),
    "comparison": ("comparison", "any operator", "boolean", "clause"),
    "unary operator": ("unary", "arithmetic", "boolean", "constant"),
    "not added": ("boolean", "unary", "negation", "comparison", "clause"),
    "True, False": ("boolean", "constant", "result"),
    "and, or": ("boolean", "clause"),
    "break, continue": ("control",),
    "exception": ("exception", "unknown name", "raised"),
    "number": ("constant", "off by one"),
    "decorator": ("decorator",),
    "empty loop": ("empty loop", "iterated"),
}
"""By kind of mutation the templates that could take it back, to see what is left without them."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`correct`: the same syntax tree as the original, and no other file changed. `equivalent`: another tree that
    compiles to the same byte code. `why` tells of a mutant that came out neither way."""

    mutant: Mutant
    run: Run
    ranks: Ranks
    correct: bool = False
    equivalent: bool = False
    why: str = ""
    edit: str = ""
    place: int | None = None
    """Where the original stands among what was found, counted from 1: the fix, then its alternatives."""

    def row(self) -> dict[str, object]:
        """For one line of a list."""
        return {
            "mutant": self.mutant.name,
            "kind": self.mutant.place.kind,
            "repaired": self.run.verified,
            "correct": self.correct,
            "equivalent": self.equivalent,
            "why": self.why,
            "said": self.run.said,
            "tried": self.run.tried,
            "seconds": round(self.run.seconds, 1),
            "searching": round(self.run.searching, 1),
            "cpu": round(self.run.cpu, 1),
            **asdict(self.ranks),
            "diff": difference(self.mutant.original, self.mutant.text),
            "edit": self.edit,
            "place": self.place,
            "confidence": [fix["confidence"] for fix in self.run.fixes],
        }

    def told(self) -> str:
        word = "correct" if self.correct else "equivalent" if self.equivalent else self.why
        place = f"rank {self.ranks.rank or '-'}, edit {self.ranks.position or '-'}"
        return f"{self.mutant.name:75} {word:12} {self.run.tried:5} tried {self.run.seconds:5.1f} s  {place}"


def repaired(mutant: Mutant, seconds: int, without: Sequence[str] = ()) -> Outcome:
    """`without` are templates that the program is told to leave out."""
    package = mutant.package
    settings = {"SWE_AGENT_REPAIR_WITHOUT": " ".join(name.replace(" ", "-") for name in without)} if without else {}
    with TemporaryDirectory(prefix="repair-") as name:
        home, repo = Path(name), RepoBuilder(Path(name) / "repo")
        changed = {**package.files, mutant.place.path: mutant.text.encode("utf-8")}
        repo.commit("a package and its tests", changed)
        done = run(repo.path, home, f"python -m pytest -q {' '.join(package.tests)}", seconds, **settings)
        found = ranks(mutant, RepoBuilder(home / "traced").write(changed).path)
        if not done.verified:
            return Outcome(mutant=mutant, run=done, ranks=found, why=done.ended or "not run")
        accept(repo.path, home)
        after = {path: (repo.path / path).read_bytes() for path in package.files}
    text = after[mutant.place.path].decode("utf-8")
    elsewhere = [path for path, data in after.items() if data != changed[path] and path != mutant.place.path]
    correct = not elsewhere and tree_of(text) == tree_of(mutant.original)
    equivalent = not elsewhere and not correct and is_same_code(text, mutant.original)
    edit = difference(mutant.text, text) + "".join(f"and {path}\n" for path in elsewhere)
    why = "" if correct or equivalent else "wrong place" if elsewhere or not _is_near(mutant, text) else "wrong edit"
    others = done.alternatives(mutant.text, mutant.place.path)
    right = (
        place for place, other in enumerate(others, 2) if parses(other) and tree_of(other) == tree_of(mutant.original)
    )
    return Outcome(
        mutant=mutant,
        run=done,
        ranks=found,
        correct=correct,
        equivalent=equivalent,
        why=why,
        edit=edit,
        place=1 if correct else next(right, None),
    )


def difference(old: str, new: str) -> str:
    rows = list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0))
    return "".join(f"{row}\n" for row in rows[2:])


def _is_near(mutant: Mutant, text: str) -> bool:
    """Whether the first line that was edited is one of the statement that was mutated."""
    pairs = zip(mutant.text.splitlines(), text.splitlines(), strict=False)
    edited = next((number for number, (old, new) in enumerate(pairs, 1) if old != new), 0)
    return edited in statement_lines(mutant.text, mutant.place.line)


def is_same_code(one: str, two: str) -> bool:
    """Whether two modules compile to the same instructions on the same values, lines aside: a proof that they behave
    alike, and the only one that is taken."""
    with warnings.catch_warnings(action="ignore"):
        return _shape(compile(one, "module", "exec")) == _shape(compile(two, "module", "exec"))


def _shape(code: types.CodeType) -> tuple[object, ...]:
    values = [_shape(v) if isinstance(v, types.CodeType) else (type(v).__name__, repr(v)) for v in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_qualname)
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    return code.co_code, code.co_exceptiontable, tuple(values), names, counts


def share(outcomes: Iterable[Outcome], holds: Callable[[Outcome], bool]) -> float:
    """In percent; 0 of none."""
    said = [holds(outcome) for outcome in outcomes]
    return round(100 * sum(said) / max(1, len(said)), 1)


def withheld_figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Of mutants that were tried without the templates that could take them back."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.mutant.place.kind].append(outcome)
    found: dict[str, object] = {"without its templates, all": _group(outcomes)} if outcomes else {}
    return found | {f"without its templates: {kind}": _group(groups[kind]) for kind in sorted(groups)}


def figures(outcomes: Sequence[Outcome], drawn: Counter[str]) -> dict[str, object]:
    packages = {outcome.mutant.package.name for outcome in outcomes}
    known = [outcome.ranks.position for outcome in outcomes if outcome.ranks.position]
    found: dict[str, object] = {
        "mutants": f"{len(outcomes)} of {len(packages)} packages",
        "looked at": ", ".join(f"{number} {verdict}" for verdict, number in drawn.most_common()),
        "mutants equivalent": sum(outcome.equivalent for outcome in outcomes),
        "mutants not correct": ", ".join(f"{n} {why}" for why, n in _whys(outcomes).most_common()),
    }
    for top in TOPS:
        found[f"line in the first {top}, %"] = share(outcomes, partial(_is_among, top=top))
    found["mutants correct at k=5, %"] = share(outcomes, lambda one: one.place is not None and one.place <= MOST_PLACES)
    found["right edit is a candidate, %"] = share(outcomes, lambda one: one.ranks.position is not None)
    found["right edit, the median place"] = median(known) if known else None
    found["mutants, median tried"] = median(outcome.run.tried for outcome in outcomes)
    found["mutants, median seconds"] = round(median(outcome.run.seconds for outcome in outcomes), 1)
    found["mutants, median seconds of CPU"] = round(median(outcome.run.cpu for outcome in outcomes), 1)
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[f"kind: {outcome.mutant.place.kind}"].append(outcome)
        groups[f"package: {outcome.mutant.package.name}"].append(outcome)
    return found | {name: _group(groups[name]) for name in sorted(groups)}


def _is_among(outcome: Outcome, *, top: int) -> bool:
    return outcome.ranks.rank is not None and outcome.ranks.rank <= top


def _whys(outcomes: Iterable[Outcome]) -> Counter[str]:
    return Counter(outcome.why for outcome in outcomes if outcome.why)


def _group(outcomes: Sequence[Outcome]) -> str:
    repaired, correct = sum(one.run.verified for one in outcomes), sum(one.correct for one in outcomes)
    tried = median(one.run.tried for one in outcomes)
    seconds = median(one.run.seconds for one in outcomes)
    return f"{repaired} repaired, {correct} correct of {len(outcomes)}; {tried:.0f} tried in {seconds:.1f} s"
