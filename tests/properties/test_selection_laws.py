"""Which of several attempts is best: evidence is never overruled, and a critic is asked as little as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from properties.histories import proposal
from swe_agent.core.diff import FileEntry, diff_file
from swe_agent.core.selection import Candidate, rank

OLD = FileEntry(mode="100644", id="1")


def candidate(job: int, lines: int, tree: str, failed: int, exit_code: int) -> Candidate:
    new = FileEntry(mode="100644", id="2")
    change = diff_file("a.py", OLD, new, b"", b"x = 1\n" * lines)
    tests = tuple(f"test_{number}" for number in range(failed))
    return Candidate(
        job=f"job-{job}", proposal=replace(proposal("j", (change,)), tree=tree), exit_code=exit_code, failed=tests
    )


attempts = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 1)), min_size=0, max_size=6
).map(lambda rows: [candidate(number, *row) for number, row in enumerate(rows)])


def evidence(one: Candidate, beside: Sequence[Candidate]) -> tuple[bool, int, int]:
    agreeing = sum(other.proposal.tree == one.proposal.tree for other in beside)
    return one.exit_code != 0, len(one.failed), -agreeing


@given(attempts, st.integers(0, 2**10))
def test_a_critic_decides_among_equals_alone(candidates: list[Candidate], seed: int) -> None:
    asked: list[tuple[Candidate, Candidate]] = []

    def prefers(first: Candidate, second: Candidate) -> bool:
        asked.append((first, second))
        return bool(seed >> len(asked) & 1)

    ranking = rank(candidates, prefers)
    assert sorted(one.job for one in ranking) == sorted(one.job for one in candidates)
    if not candidates:
        return
    by_job = {one.job: one for one in candidates}
    best = min(evidence(one, candidates) for one in candidates)
    assert evidence(by_job[ranking[0].job], candidates) == best
    for first, second in asked:
        assert evidence(first, candidates) == evidence(second, candidates) == best
        assert first.proposal.tree != second.proposal.tree
    assert len(asked) < len({one.proposal.tree for one in candidates})
    others = [one.job for one in rank(candidates) if one.job != ranking[0].job]
    assert [one.job for one in ranking[1:]] == others  # a critic says which is best, and nothing of the rest


@given(attempts)
def test_without_a_critic_the_smaller_of_equals_is_first(candidates: list[Candidate]) -> None:
    ranking = rank(candidates)
    assert ranking == rank(list(reversed(candidates)))
    by_job = {one.job: one for one in candidates}
    for first, second in pairwise(ranking):
        one, two = by_job[first.job], by_job[second.job]
        assert (evidence(one, candidates), one.lines) <= (evidence(two, candidates), two.lines)
