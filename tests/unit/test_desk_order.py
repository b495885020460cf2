"""In which order the files of a change are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tables import change_of

from swe_agent.desk.order import in_order

USES = b"from shop.tax import rate\n\ndef total(a):\n    return rate(a)\n"
DEFINES = b"def rate(a):\n    return a\n"
CIRCLE = {"a.py": b"def one():\n    return two()\n", "b.py": b"def two():\n    return one()\n"}


def test_flagged_then_definitions_then_uses_then_tests_then_the_rest() -> None:
    files = {
        "README.md": b"# Shop\n" * 40,
        "tests/test_cart.py": b"def test_total():\n    assert total(1)\n",
        "shop/cart.py": USES,
        "shop/tax.py": DEFINES,
        "setup.py": b"x = 1\n",
    }
    changes = [change_of(path, None, data) for path, data in files.items()]
    found = [change.path for change in in_order(changes, {"setup.py"})]
    assert found == ["setup.py", "shop/tax.py", "shop/cart.py", "tests/test_cart.py", "README.md"]


def test_a_circle_is_cut() -> None:
    changes = [change_of(path, None, data) for path, data in CIRCLE.items()]
    assert {change.path for change in in_order(changes, ())} == {"a.py", "b.py"}


names = st.sampled_from(["a.py", "b.py", "c.py", "tests/test_a.py", "d.go", "e.md", "f.json"])
texts = st.sampled_from([USES, DEFINES, *CIRCLE.values(), b"x\n"])


@given(st.dictionaries(names, texts), st.randoms())
def test_every_file_comes_once_and_always_in_the_same_place(files: dict[str, bytes], random: object) -> None:
    changes = [change_of(path, None, data) for path, data in files.items()]
    found = in_order(changes, ())
    assert sorted(change.path for change in found) == sorted(files)
    random.shuffle(changes)  # type: ignore[attr-defined]
    assert in_order(changes, ()) == found
