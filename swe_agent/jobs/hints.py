"""What is known of suspicious lines beside what tests run: whether the words of the task and of failures lead there,
and what changed of late."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from swe_agent.core.event import SnapshotTaken
from swe_agent.index.index import Index
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.job import Job
from swe_agent.repair.history import Past, hints, past
from swe_agent.repair.localise import line_scores
from swe_agent.repair.spectrum import Hint, Spectrum
from swe_agent.repo.versions import earlier_versions

TRIED, SHOWN = 0.3, 1.0
"""How much more suspicious a definition is that the words lead to before all others, through the graph of symbols: for
edits, which are tried line by line, and for what a model is shown."""
FILES, VERSIONS, COMMITS = 6, 6, 500
"""Of so many files so many versions are looked at, and none that is further back than so many commits."""


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
    scores = line_scores(spectrum, failing)
    suspected = dict.fromkeys(path for path, _ in sorted(scores, key=lambda place: (-scores[place], place)))
    found: list[Past] = []
    for path in islice(suspected, FILES):
        if (text := bench.own(path)) is not None:
            git, head = job.kit.place.git, taken.snapshot.head
            versions = earlier_versions(git, path, most=VERSIONS, at=head, among=COMMITS)
            found += past(path, text, (version for _, version in versions))
    return tuple(found)
