"""Laws of companions, on programs that Hypothesis makes: names that are defined, used, moved and lost at random."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.desk.companions import Companions, Texts
from swe_agent.desk.desk import Chosen

NAMES = ("a", "b", "c")
STEMS = ("one", "two")
statements = st.one_of(
    st.sampled_from(
        ["def {0}(): pass", "{0} = 1", "import {0}", "print({0})", "class {0}: pass", "x = [{0},", "]"]
    ).flatmap(lambda form: st.sampled_from(NAMES).map(lambda name: form.format(name))),
    st.sampled_from(["from one import a", "from two import b", "import two", "pass"]),
)
files = st.none() | st.lists(statements, max_size=4)
GAP = "# 1\n# 2\n"


@st.composite
def drawn(draw: st.DrawFn) -> tuple[tuple[FileChange, ...], Texts]:
    """Two trees of two modules; statements that both have keep the others apart."""
    base: dict[str, bytes] = {}
    head: dict[str, bytes] = {}
    for stem in STEMS:
        for end in (base, head):
            if (lines := draw(files)) is not None:
                end[f"{stem}.py"] = "".join(f"{line}\n{GAP}" for line in lines).encode()
    changes = []
    for path in sorted({*base, *head}):
        if base.get(path) != head.get(path):
            old, new = (FileEntry(mode="100644", id=str(end[path])) if path in end else None for end in (base, head))
            changes.append(diff_file(path, old, new, base.get(path, b""), head.get(path, b"")))
    return tuple(changes), Texts(base=base, head=head)


def blocks(changes: tuple[FileChange, ...]) -> list[str]:
    return [block.id for change in changes for block in change.blocks]


def closed(companions: Companions, chosen: Chosen) -> dict[str, None]:
    return {**dict.fromkeys(chosen), **dict.fromkeys(need.block for need in companions.needed(chosen))}


subsets = st.sets(st.integers(0, 20))


@given(drawn(), subsets)
def test_what_is_needed_is_sound_and_needs_no_more(
    change: tuple[tuple[FileChange, ...], Texts], some: set[int]
) -> None:
    changes, texts = change
    companions = Companions(changes, texts)
    chosen = {id_: None for at, id_ in enumerate(blocks(changes)) if at in some}
    whole = closed(companions, chosen)
    assert companions.faults_of(whole) == ()
    assert companions.needed(whole) == ()
    assert set(whole) <= set(blocks(changes))
    assert not {need.block for need in companions.needed(chosen)} & set(chosen)


@given(drawn())
def test_nothing_and_everything_need_nothing(change: tuple[tuple[FileChange, ...], Texts]) -> None:
    changes, texts = change
    companions = Companions(changes, texts)
    whole = dict.fromkeys(blocks(changes))
    assert companions.needed({}) == companions.needed(whole) == ()
    assert companions.faults_of({}) == companions.faults_of(whole) == ()


@given(drawn(), subsets, st.data())
def test_what_stays_without_a_block_does_not_need_it(
    change: tuple[tuple[FileChange, ...], Texts], some: set[int], data: st.DataObject
) -> None:
    changes, texts = change
    companions = Companions(changes, texts)
    chosen = closed(companions, {id_: None for at, id_ in enumerate(blocks(changes)) if at in some})
    if not chosen:
        return
    rejected = data.draw(st.sampled_from(list(chosen)))
    gone = {need.block for need in companions.needed_without(chosen, rejected)}
    assert gone <= set(chosen) - {rejected}
    left = {id_: None for id_ in chosen if id_ not in gone and id_ != rejected}
    assert companions.faults_of(left) == ()
    assert companions.needed(left) == ()


@st.composite
def one_place_each(draw: st.DrawFn) -> tuple[tuple[FileChange, ...], Texts]:
    """New names that one place defines, and uses of them anywhere below: nothing can be got in two ways."""
    count = draw(st.integers(1, 5))
    head = "".join(
        f"def f{n}(): return {draw(st.sampled_from(['1', *(f'f{m}' for m in range(n))]))}\n{GAP}" for n in range(count)
    )
    head += "".join(f"print(f{draw(st.integers(0, count - 1))}, {n})\n{GAP}" for n in range(draw(st.integers(1, 4))))
    base = GAP * (head.count(GAP))
    old, new = FileEntry(mode="100644", id="1"), FileEntry(mode="100644", id="2")
    texts = Texts(base={"a.py": base.encode()}, head={"a.py": head.encode()})
    return (diff_file("a.py", old, new, texts.base["a.py"], texts.head["a.py"]),), texts


@given(one_place_each(), subsets, subsets)
def test_more_blocks_need_no_fewer(
    change: tuple[tuple[FileChange, ...], Texts], some: set[int], more: set[int]
) -> None:
    """Where a name can be got in several ways, this does not hold: another block that is taken may spare the first."""
    changes, texts = change
    companions = Companions(changes, texts)
    ids = blocks(changes)
    few = {id_: None for at, id_ in enumerate(ids) if at in some}
    many = {id_: None for at, id_ in enumerate(ids) if at in some | more}
    assert set(closed(companions, few)) <= set(closed(companions, many))
