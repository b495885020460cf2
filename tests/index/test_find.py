"""Questions about names."""

from __future__ import annotations

import pytest
from indexes import indexed

from swe_agent.index.index import Index
from swe_agent.jobs.find import callers, implementations, uses

FILES = {
    "shop/base.py": "class Base:\n    def run(self):\n        raise NotImplementedError\n",
    "shop/one.py": (
        "from shop.base import Base\n\n\nclass One(Base):\n    def run(self):\n        return 1\n\n\n"
        "class Deep(One):\n    def run(self):\n        return super().run()\n"
    ),
    "shop/use.py": (
        "from shop.one import One\n\n\ndef start():\n    # One() is quick\n    return One().run()\n\n\nKIND = One\n"
    ),
    "web/shape.ts": (
        "export interface Shape { area(): number }\n\nexport class Square implements Shape {\n"
        "  area(): number { return 1; }\n}\n"
    ),
    "tests/test_one.py": "from shop.one import One\n\n\ndef test_one():\n    assert One().run() == 1\n",
}


@pytest.fixture(scope="module")
def index() -> Index:
    return indexed(FILES)


def test_uses_with_what_they_stand_in(index: Index) -> None:
    assert [(use.path, use.line, use.inside) for use in uses(index, "One")] == [
        ("shop/one.py", 9, "Deep"),
        ("shop/use.py", 1, ""),
        ("shop/use.py", 6, "start"),
        ("shop/use.py", 9, "KIND"),
        ("tests/test_one.py", 1, ""),
        ("tests/test_one.py", 5, "test_one"),
    ]


def test_callers(index: Index) -> None:
    assert [(use.path, use.line) for use in callers(index, "One")] == [("shop/use.py", 6), ("tests/test_one.py", 5)]
    assert [use.line for use in callers(index, "One.run") if use.path == "shop/use.py"] == [6]
    assert callers(index, "nothing") == ()


def test_implementations_direct_and_through_another(index: Index) -> None:
    assert [symbol.qualified for symbol in implementations(index, "Base")] == ["One", "Deep"]
    assert [symbol.qualified for symbol in implementations(index, "Base.run")] == ["One.run", "Deep.run"]
    assert [symbol.qualified for symbol in implementations(index, "Shape")] == ["Square"]
    assert implementations(index, "start") == ()


def test_an_overview_puts_first_what_others_import(index: Index) -> None:
    order = [one.path for one in index.overview()]
    assert order[0] == "shop/one.py"
    assert order[-1] == "tests/test_one.py"


def test_a_task_whose_words_are_nowhere_gets_the_overview(index: Index) -> None:
    assert index.rank("Скидка не учитывается") == ()
    assert (
        index.map("Скидка не учитывается", tokens=400).text == index.repo_map(index.overview(), tokens=400).text != ""
    )
