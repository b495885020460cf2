"""What the localisation benchmark takes for a task, a source file, and a file that a map shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.harness import made, mine, scores, trees, workers


@pytest.mark.parametrize(
    ("subject", "counts"),
    [
        ("Fix #12", False),
        ("fix typo in the readme of the server", False),
        ("fix(core): keep the order of hooks when one throws", True),
        ("docs: fix the description of every option", False),
        ("Add a parser for nested lists of values", False),
        ("[Fix #15589] Fix `--lsp` and `--mcp` being ignored in server mode", True),
        ("Merge the fix for parsing nested lists twice", False),
    ],
)
def test_a_subject_counts_when_it_says_what_was_mended(subject: str, counts: bool) -> None:
    assert mine.is_descriptive(subject) is counts


def test_a_task_is_a_message_without_references_and_trailers() -> None:
    message = (
        "Fix the order (fixes #3) (#12)\n\nIt was reversed, see https://example.org/1.\n\nSigned-off-by: A <a@b.c>\n"
    )
    assert mine.task_of(message) == "Fix the order\n\nIt was reversed, see"


@pytest.mark.parametrize(
    ("text", "named"),
    [("the Parser loses it", True), ("in io.rs", True), ("the io loses it", False), ("parsers lose it", False)],
)
def test_a_text_names_a_file_by_its_name_or_a_long_stem(text: str, named: bool) -> None:
    assert mine.names_a_file(text, ("src/parser.rs", "src/io.rs")) is named


@pytest.mark.parametrize(
    ("path", "language", "is_source"),
    [
        ("django/forms/fields.py", "python", True),
        ("django/test/client.py", "python", True),
        ("tests/forms/test_fields.py", "python", False),
        ("sklearn/tests/test_base.py", "python", False),
        ("pkg/chart/chart_test.go", "go", False),
        ("api/v1/zz_generated.deepcopy.go", "go", False),
        ("packages/core/src/a.spec.ts", "typescript", False),
        ("packages/core/src/a.d.ts", "typescript", False),
        ("src/main/java/org/A.java", "java", True),
        ("src/test/java/org/ATest.java", "java", False),
        ("lib/a.py", "ruby", False),
    ],
)
def test_sources_are_written_by_people_and_are_no_tests(path: str, language: str, is_source: bool) -> None:
    assert trees.is_source(path, language) is is_source


def test_a_map_shows_a_file_when_something_stands_below_its_name() -> None:
    ours = "a.py\n  1: def f():\nb.py\n"
    theirs = "\na.py:\n⋮\n│def f():\n⋮\n\nb.py\n"
    assert scores.shown(ours) == scores.shown(theirs) == {"a.py": True, "b.py": False}


def test_the_made_up_repository_is_read_without_its_work_tree(tmp_path: Path) -> None:
    tree = made.shop(tmp_path / "shop")
    there = trees.blobs(tree / ".git", "HEAD")
    assert [blob.path for blob in there] == sorted(made.SHOP)
    first, *_ = trees.contents(tree / ".git", [there[0].oid])
    assert first.decode() == made.SHOP["shop/cart.py"]
    fixes = list(mine.read(tree / ".git", "python", "HEAD"))
    assert [(fix.message.strip(), fix.files) for fix in fixes] == [("shop: mail comes back", ("shop/mail.py",))]


def test_an_answer_that_was_cut_off_is_asked_for_again(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"instance_id": "a", "files": []}\n{"instance_id": "b", "fil')
    assert list(workers.read_rows(path)) == ["a"]
