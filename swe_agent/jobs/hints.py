"""What is known of suspicious lines beside what tests run: whether the words of the task and of failures lead there,
and what changed of late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from swe_agent.core.event import SnapshotTaken
from swe_agent.core.verdict import TestCase
from swe_agent.index.index import Index
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.job import Job
from swe_agent.repair.history import Past, hints, past
from swe_agent.repair.localise import localise
from swe_agent.repair.spectrum import Hint, Spectrum, Traced
from swe_agent.repo.versions import earlier_versions, further_back

TRIED, SHOWN = 0.3, 1.0
"""How much more suspicious a definition is that the words lead to before all others, through the graph of symbols: for
edits, which are tried line by line, and for what a model is shown."""
TOLD = 5
"""Failing tests whose messages say what the fault is about."""
FILES, VERSIONS, COMMITS = 6, 6, 500
"""Of so many files so many versions are looked at, and none that is further back than so many commits."""


def query_of(text: str, failing: Iterable[TestCase | Traced]) -> str:
    """What is looked for: the task, and what the first failing tests say."""
    return "\n".join([text, *(f"{case.id} {case.message}" for case in islice(failing, TOLD))])


def hinted(spectrum: Spectrum, index: Index, query: str, changed: Iterable[Past], *, words: float) -> Spectrum:
    """With what the words of `query`, up to `words`, and the changes say. Failing tests run much that is sound, and of
    what they run alike these tell more."""
    functions = index.localise(query).functions
    top = max((one.score for one in functions), default=0.0)
    led = (
        Hint(path=one.path, start=one.symbol.span.start, end=one.symbol.span.end, boost=words * one.score / top)
        for one in functions
        if top > 0
    )
    return replace(spectrum, hints=(*led, *hints(changed)))


def changes(job: Job, bench: Bench, spectrum: Spectrum, failing: Sequence[str]) -> tuple[Past, ...]:
    """Of the files that failing tests suspect most."""
    taken = job.last(SnapshotTaken)
    if taken is None or taken.snapshot.head is None:
        return ()
    git, head = job.kit.place.git, taken.snapshot.head
    since = further_back(git, head, COMMITS)
    found: list[Past] = []
    for path in islice(dict.fromkeys(line.path for line in localise(spectrum, failing)), FILES):
        if (text := bench.own(path)) is not None:
            versions = earlier_versions(git, path, most=VERSIONS, at=head, since=since)
            found += past(path, text, (version for _, version in versions))
    return tuple(found)
