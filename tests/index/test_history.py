"""What past commits add to a ranking."""

from __future__ import annotations

import pytest
from indexes import indexed

from swe_agent.core.source import PastCommit
from swe_agent.index.history import History, Pack, pack
from swe_agent.index.segment import BadSegment

FILES = {
    "shop/cart.py": "def total(): pass\n",
    "shop/tax.py": "def rate(): pass\n",
    "shop/mail.py": "def send(): pass\n",
}
DAY = 86_400
PAST = [
    PastCommit(when=300 * DAY, message="Round the tax rate", paths=("shop/tax.py", "shop/cart.py")),
    PastCommit(when=200 * DAY, message="Send receipts", paths=("shop/mail.py",)),
    PastCommit(when=100 * DAY, message="Sweep", paths=tuple(f"f{n}.py" for n in range(60))),
    PastCommit(when=90 * DAY, message="Tax for members", paths=("shop/tax.py", "gone.py")),
]


def history(*packs: bytes) -> History:
    return History(packs=[Pack.of(one) for one in packs])


def test_messages_recency_and_company() -> None:
    tree = indexed(FILES).tree
    fitting, recent = history(pack(PAST)).scores(tree, {"tax": 1.0})
    number = tree.number_of
    assert fitting[number["shop/tax.py"]] > fitting[number["shop/cart.py"]] > 0
    assert number["shop/mail.py"] not in fitting
    assert recent[number["shop/tax.py"]] > recent[number["shop/mail.py"]]
    together = history(pack(PAST)).together(tree, {number["shop/tax.py"]: 1.0})
    assert set(together) == {number["shop/cart.py"]}


def test_a_past_in_parts_says_the_same_as_in_one_piece() -> None:
    tree = indexed(FILES).tree
    whole, parts = history(pack(PAST)), history(pack(PAST[:1], base="x"), pack(PAST[1:]))
    weights = {"tax": 1.0, "rate": 2.0, "send": 1.0}
    for one, other in zip(whole.scores(tree, weights), parts.scores(tree, weights), strict=True):
        assert one == pytest.approx(other)
    assert whole.together(tree, {0: 1.0}) == pytest.approx(parts.together(tree, {0: 1.0}))


def test_it_moves_a_ranking() -> None:
    from dataclasses import replace

    index = indexed({**FILES, "shop/zzz.py": "def tax_of(): pass\n"})
    past = history(pack([PastCommit(when=1, message="wrong postage", paths=("shop/mail.py",))]))
    told = replace(index, past=lambda: past)
    assert [one.path for one in told.rank("postage is wrong")] == ["shop/mail.py"]
    assert index.rank("postage is wrong") == ()


@pytest.mark.parametrize("data", [b"", b"abc", b"\x04\0\0\0{}[]", pack(PAST)[:-5]])
def test_damage_is_noticed(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, BadSegment)):
        Pack.of(data)
