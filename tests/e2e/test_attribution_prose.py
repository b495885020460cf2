"""Prose and data are followed from the first record of their kind on, and are nobody's before."""

from __future__ import annotations

from pathlib import Path

import pytest
from attributing import Written, function, told
from noting import kit_of

from swe_agent.jobs.lines import line_book

AGENT = function("agent")
WORDS = "# Shop\n\nPrices are summed by hand, at noon.\n"
MORE = "## Means\n\nThe mean of all prices is told in euros.\n"


@pytest.fixture
def history(tmp_path: Path) -> Written:
    history = Written(tmp_path / "project")
    history.commit({"README.md": WORDS, "de.PO": 'msgid "noon price"\n', "shop.py": "day = 1\n"})
    history.agent("shop.py", AGENT)
    history.commit({"README.md": WORDS + MORE})
    return history


def lines(history: Written, ending: str) -> int:
    """How many lines stand in figures."""
    languages = {"md": ("markdown", ""), "py": ("python",)}[ending]
    return sum(one.lines for one in line_book(kit_of(history.path)).lives if one.language in languages)


def test_lines_of_documents_wait_for_the_first_record(history: Written) -> None:
    assert told(history.path)["README.md"] == ["unknown"] * 6
    assert told(history.path)["shop.py"][:3] == ["ai"] * 3
    assert (lines(history, "md"), lines(history, "py")) == (0, 4)
    history.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", other_branch(history))
    assert told(history.path)["README.md"] == ["unknown"] * 7
    history.agent("docs/GUIDE.md", MORE)
    history.commit()
    found = told(history.path)
    assert found["docs/GUIDE.md"] == ["ai"] * 3
    assert found["README.md"] == ["human"] * 7, "they were walked through anew"
    assert found["de.PO"] == ["unknown"]
    assert lines(history, "md") > 0


def other_branch(history: Written) -> str:
    main = history.repo.git("symbolic-ref", "--short", "HEAD")
    history.repo.branch("words").checkout("words")
    history.commit({"README.md": WORDS + MORE + "Written at noon.\n"})
    history.repo.checkout(main)
    return "words"
