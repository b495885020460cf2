"""What a task's text says about code."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swe_agent.index.task_text import Frame, code_names, read_task

ISSUE = """Cart.total() ignores `apply_discount`
Description
\t
(last modified by Somebody)
See shop/pricing.py and C:\\\\work\\\\shop\\\\cart.py:

Traceback (most recent call last):
  File "/home/me/shop/cart.py", line 9, in total
    return apply_discount(sum(self.lines), self.code)
  File "/usr/lib/python3/shop/pricing.py", line 7, in apply_discount
TypeError

<!-- please fill in: unrelated_word -->
"""


def test_an_issue_as_people_write_it() -> None:
    task = read_task(ISSUE)
    assert task.title == "Cart.total() ignores `apply_discount`"
    assert task.names["apply_discount"] == 3.0
    assert task.names["total"] == 2.5
    assert "unrelated_word" not in task.names
    assert {"shop/pricing.py", "/home/me/shop/cart.py"} <= set(task.paths)
    assert "Cart.total" in task.dotted
    assert task.frames == (
        Frame(path="/home/me/shop/cart.py", line=9, function="total", depth=1),
        Frame(path="/usr/lib/python3/shop/pricing.py", line=7, function="apply_discount", depth=0),
    )
    assert task.errors == ()
    assert task.weights["discount"] > task.weights["home"]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("src/cart.ts:12:5 - error TS2339: no", "src/cart.ts", 12),
        ("    at Cart.total (/app/src/cart.js:9:11)", "/app/src/cart.js", 9),
        ("\tat shop.Cart.total(Cart.java:33)", "Cart.java", 33),
        ("  from lib/shop/cart.rb:21:in `total'", "lib/shop/cart.rb", 21),
        ("/app/src/Cart.php(17): total()", "/app/src/Cart.php", 17),
        ("\t/go/src/shop/cart.go:44 +0x1d", "/go/src/shop/cart.go", 44),
        ("  --> src/cart.rs:7:9", "src/cart.rs", 7),
        ("tests/test_cart.py:5: AssertionError", "tests/test_cart.py", 5),
    ],
)
def test_frames_of_many_languages(text: str, path: str, line: int) -> None:
    assert [(frame.path, frame.line) for frame in read_task(f"it fails\n{text}\n").frames] == [(path, line)]


def test_names_written_as_code() -> None:
    assert {"apply_discount", "fooBar", "Cart", "total", "quoted"} <= code_names(
        "apply_discount and fooBar, Cart.total; `quoted` text"
    )
    assert code_names("plain words only, Capital too") == set()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=500))
def test_any_text_can_be_read(text: str) -> None:
    task = read_task(text)
    assert all(weight > 0 for weight in task.weights.values())
    assert set(task.title_weights) <= set(task.weights)


@pytest.mark.parametrize(
    "unit", ["a.", "(", "`", "x::", "/a", "at (", "<!--", "### Versions\n", "    ", 'File "', "1:2:"]
)
def test_hostile_texts_take_time_that_grows_with_their_length(unit: str) -> None:
    def seconds(count: int) -> float:
        began = time.process_time()
        read_task(unit * (count // len(unit)))
        return time.process_time() - began

    short = min(seconds(6_000) for _ in range(3))
    assert seconds(24_000) < 12 * max(short, 0.004)
