"""What changed of late in the files: what stood there before is worth a try, for what was sound once may have been
broken since (the "reverting" of PraPR and of relifix: Tan and Roychoudhury, "relifix: Automated Repair of Software
Regressions", ICSE 2015)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.core.diff import changed_runs
from swe_agent.repair.candidate import Candidate, lines_of, starts_of
from swe_agent.repair.localise import Place
from swe_agent.repair.spectrum import Hint

TEMPLATE = "revert"
COST, OLDER, PART = 0.9, 0.2, 0.2
"""Of taking back what is not committed yet, for each commit further back, and for one line of several."""
LONGEST = 20
"""Lines; who changed more at once did more than break something."""
BOOST = 0.5
"""How much more suspicious a line is that is not committed yet; of older ones less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where a file has the lines `now` from `line` on (counted from 1), it once had the lines `then`. `age` counts the
    commits to the file since, 0 for what is not committed."""

    path: str
    line: int
    now: tuple[str, ...]
    then: tuple[str, ...]
    age: int


def past(path: str, text: str, versions: Iterable[str]) -> tuple[Past, ...]:
    """What the earlier texts of a file tell, of which the first is the one that was committed last."""
    found: dict[tuple[int, tuple[str, ...], tuple[str, ...]], Past] = {}
    lines = lines_of(text)
    for age, version in enumerate(versions):
        before = lines_of(version)
        for old, old_end, new, new_end in changed_runs(before, lines):
            now, then = tuple(lines[new:new_end]), tuple(before[old:old_end])
            found.setdefault((new, now, then), Past(path=path, line=new + 1, now=now, then=then, age=age))
    return tuple(found.values())


def hints(changes: Iterable[Past]) -> tuple[Hint, ...]:
    """Each changed line is the more suspicious, the later it was changed."""
    latest: dict[Place, int] = {}
    for change in changes:
        # Where lines were only taken away, those around the gap.
        lines = range(change.line, change.line + len(change.now)) if change.now else (change.line - 1, change.line)
        for line in lines:
            latest[change.path, line] = min(change.age, latest.get((change.path, line), change.age))
    return tuple(
        Hint(path=path, start=line, end=line, boost=BOOST / (1 + age), reason=_reason(age))
        for (path, line), age in sorted(latest.items())
    )


def _reason(age: int) -> str:
    if not age:
        return "not committed yet"
    which = "the last commit" if age == 1 else f"one of the last {age} commits"
    return f"changed by {which} to its file"


def reverts(texts: Mapping[str, str], changes: Sequence[Past], scores: Mapping[Place, float]) -> Iterator[Candidate]:
    """Edits that bring back what stood on suspicious lines, where those still say what they said."""
    for path in sorted({change.path for change in changes}):
        if path in texts:
            lines = lines_of(texts[path])
            starts = starts_of(lines)
            for change in (one for whole in changes if whole.path == path for one in _with_parts(whole)):
                at = _standing(lines, change)
                if at is not None:
                    yield from _candidate(change, at, starts, scores)


def _with_parts(change: Past) -> Iterator[Past]:
    """A change, and each of its lines alone where as many went as came."""
    if max(len(change.now), len(change.then)) <= LONGEST:
        yield change
    if 1 < len(change.now) == len(change.then) <= LONGEST:
        for number, (now, then) in enumerate(zip(change.now, change.then, strict=True)):
            if now != then:
                yield Past(path=change.path, line=change.line + number, now=(now,), then=(then,), age=change.age)


def _standing(lines: Sequence[str], change: Past) -> int | None:
    """Where its lines are, from 0: fixes above may have moved them."""
    own, count = change.line - 1, len(change.now)
    if not count or tuple(lines[own : own + count]) == change.now:
        return own
    places = [at for at in range(len(lines) - count + 1) if tuple(lines[at : at + count]) == change.now]
    return places[0] if len(places) == 1 else None


def _candidate(change: Past, at: int, starts: Sequence[int], scores: Mapping[Place, float]) -> Iterator[Candidate]:
    around = range(at + 1, at + 1 + len(change.now)) if change.now else (at, at + 1)
    line = max(around, key=lambda line: scores.get((change.path, line), 0.0))
    if (change.path, line) in scores and at + len(change.now) < len(starts):
        yield Candidate(
            path=change.path,
            start=starts[at],
            end=starts[at + len(change.now)],
            replacement="".join(change.then),
            template=TEMPLATE,
            cost=COST + OLDER * change.age + PART * (len(change.now) == 1),
            line=line,
            statement=line,
        )
