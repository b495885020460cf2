"""The judge of positions is judged itself: its rules on diffs that are small enough to be read."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha1

from benchmarks.harness.position_oracle import (
    APART,
    BACKWARDS,
    BAD_CODE,
    BAD_PATH,
    NO_CODE,
    NOWHERE,
    OUTSIDE,
    Side,
    of_patch,
    of_ranges,
)

EDITED = b"""diff --git a/old name.py b/new name.py
similarity index 80%
rename from old name.py
rename to new name.py
--- a/old name.py
+++ b/new name.py
@@ -1,4 +1,5 @@
 one
-two
+zwei
+drei
 three
 four
@@ -20,3 +21,2 @@ def total(rows):
 twenty
-gone
 end
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-all
diff --git a/come.py b/come.py
new file mode 100644
--- /dev/null
+++ b/come.py
@@ -0,0 +1,2 @@
+first
+second
diff --git a/picture.png b/picture.png
index 1111111..2222222 100644
Binary files a/picture.png and b/picture.png differ
"""
Place = tuple[str, Side, int, int, Side | None]


def test_githubs_rule() -> None:
    oracle = of_patch(EDITED)
    expected: Mapping[Place, str] = {
        ("new name.py", "right", 2, 0, None): "",
        ("new name.py", "left", 2, 0, None): "",
        ("new name.py", "right", 5, 0, None): "",
        ("new name.py", "right", 6, 0, None): OUTSIDE,
        ("new name.py", "left", 5, 0, None): OUTSIDE,
        ("new name.py", "right", 0, 0, None): OUTSIDE,
        ("old name.py", "left", 2, 0, None): NOWHERE,
        ("new name.py", "right", 3, 1, None): "",
        ("new name.py", "right", 3, 3, None): BACKWARDS,
        ("new name.py", "right", 3, 2, "left"): "",
        ("new name.py", "left", 2, 3, "right"): BACKWARDS,
        ("new name.py", "right", 21, 5, None): APART,
        ("new name.py", "right", 21, 20, None): APART,
        ("gone.py", "left", 1, 0, None): "",
        ("gone.py", "right", 1, 0, None): OUTSIDE,
        ("come.py", "right", 2, 1, None): "",
        ("picture.png", "right", 1, 0, None): NOWHERE,
        ("nowhere.py", "right", 1, 0, None): NOWHERE,
    }
    assert {place: oracle.github(*place) for place in expected} == expected


NAMES = {"old_path": "old name.py", "new_path": "new name.py"}
CODE = sha1(b"new name.py").hexdigest()


def test_gitlab_is_told_the_numbers_that_a_line_has() -> None:
    oracle = of_patch(EDITED)
    expected = [
        ({**NAMES, "old_line": 1, "new_line": 1}, ""),
        ({**NAMES, "new_line": 1}, NO_CODE),
        ({**NAMES, "new_line": 2}, ""),
        ({**NAMES, "old_line": 2, "new_line": 2}, NO_CODE),
        ({**NAMES, "old_line": 2}, ""),
        ({**NAMES, "old_line": 22, "new_line": 22}, ""),
        ({**NAMES, "old_line": 22, "new_line": 23}, NO_CODE),
        ({"old_path": "new name.py", "new_path": "new name.py", "new_line": 2}, BAD_PATH),
        ({"old_path": "come.py", "new_path": "come.py", "new_line": 2}, ""),
        ({"old_path": "gone.py", "new_path": "gone.py", "old_line": 1}, ""),
    ]
    assert [(position, oracle.gitlab(position)) for position, _ in expected] == expected


def test_gitlab_is_told_both_ends_of_a_range_by_their_codes() -> None:
    oracle = of_patch(EDITED)
    first = {"line_code": f"{CODE}_3_2", "type": "new", "new_line": 2}
    last = {"line_code": f"{CODE}_3_4", "type": "old", "old_line": 3, "new_line": 4}
    other = {"line_code": f"{CODE}_20_21", "type": "old", "old_line": 20, "new_line": 21}
    at = {**NAMES, "old_line": 3, "new_line": 4}
    expected = [
        ({**at, "line_range": {"start": first, "end": last}}, ""),
        ({**at, "line_range": {"start": first, "end": {**last, "type": None}}}, ""),
        ({**at, "line_range": {"start": {**first, "type": "old"}, "end": last}}, BAD_CODE),
        ({**at, "line_range": {"start": {**first, "line_code": f"{CODE}_2_2"}, "end": last}}, BAD_CODE),
        ({**at, "line_range": {"start": {**first, "new_line": 3}, "end": last}}, BAD_CODE),
        ({**at, "line_range": {"start": first, "end": first}}, BAD_CODE),
        ({**at, "line_range": {"start": last, "end": last}}, BACKWARDS),
        ({**NAMES, "old_line": 20, "new_line": 21, "line_range": {"start": first, "end": other}}, APART),
    ]
    assert [(position, oracle.gitlab(position)) for position, _ in expected] == expected


def test_of_a_new_file_the_codes_have_no_old_number() -> None:
    [line, _] = of_patch(EDITED).files[2].lines
    assert line.code("come.py") == sha1(b"come.py").hexdigest() + "_0_1"


def test_ranges_alone_tell_sides_and_hunks() -> None:
    oracle = of_ranges({"a.py": [(1, 7, 1, 9), (40, 5, 42, 5)]})
    expected: Mapping[Place, str] = {
        ("a.py", "right", 9, 1, None): "",
        ("a.py", "left", 8, 0, None): OUTSIDE,
        ("a.py", "right", 44, 3, None): APART,
        ("a.py", "right", 3, 3, None): BACKWARDS,
        ("b.py", "right", 1, 0, None): NOWHERE,
    }
    assert {place: oracle.github(*place) for place in expected} == expected


def test_a_file_that_becomes_a_link_is_one_file_of_two_hunks() -> None:
    patch = b"""diff --git a/x b/x
deleted file mode 100644
--- a/x
+++ /dev/null
@@ -1,2 +0,0 @@
-one
-two
diff --git a/x b/x
new file mode 120000
--- /dev/null
+++ b/x
@@ -0,0 +1 @@
+there
\\ No newline at end of file
"""
    oracle = of_patch(patch)
    places: list[Place] = [("x", "left", 2, 1, None), ("x", "right", 1, 0, None), ("x", "right", 1, 2, "left")]
    assert [oracle.github(*place) for place in places] == ["", "", APART]
