from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.diff import changed_runs, split_lines

FUNCTION = b"def one():\n    return 1\n\n\n"


def runs(base: bytes, head: bytes) -> list[tuple[int, int, int, int]]:
    return changed_runs(split_lines(base), split_lines(head))


def test_a_function_is_added_whole() -> None:
    """The line before it may as well be its first, or the first after it its last."""
    other = b"def two():\n    return 1\n\n\n"
    assert runs(FUNCTION, FUNCTION + other) == [(4, 4, 4, 8)]
    assert runs(FUNCTION, other + FUNCTION) == [(0, 0, 0, 4)]
    third = b"def three():\n    return 1\n\n\n"
    assert runs(FUNCTION + third, FUNCTION + other + third) == [(4, 4, 4, 8)]
    assert runs(FUNCTION + other + third, FUNCTION + third) == [(4, 8, 4, 4)]


def test_a_block_with_its_blank_line() -> None:
    base = b"for a in b:\n    c(a)\n\nend()\n"
    head = b"for a in b:\n    c(a)\n\nfor d in e:\n    c(a)\n\nend()\n"
    assert runs(base, head) == [(3, 3, 3, 6)]


lines = st.lists(st.sampled_from(["a\n", "  a\n", "\n", "b\n"]), max_size=12)


@given(lines, lines)
def test_slid_runs_tell_the_same_change(base: list[str], head: list[str]) -> None:
    made, at, last = [], 0, (-1, -1)
    for b0, b1, h0, h1 in changed_runs(base, head):
        assert (b0, h0) > last
        assert b0 > last[0], "two runs that touch are one"
        made += [*base[at:b0], *head[h0:h1]]
        at, last = b1, (b1, h1)
    assert [*made, *base[at:]] == head
