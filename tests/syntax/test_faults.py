"""An edit is refused for the errors it brings, never for those that were there."""

import pytest

from swe_agent.core.source import SyntaxFault
from swe_agent.syntax.parse import faults, new_faults

SOUND = "def f(x):\n    if x:\n        return 1\n    return 2\n"


def test_places_are_named() -> None:
    assert faults("a.js", "let a = 1;\nlet b = ;\n") == (SyntaxFault(line=2, column=7, near="let b = ;"),)
    assert faults("a.go", "package a\n\nfunc f() { return 1\n") == (
        SyntaxFault(line=4, column=1, near="missing '}' in: func f() { return 1"),
    )


@pytest.mark.parametrize(
    "after",
    [
        "def f(x):\n    if x:\n        return 1\n   return 2\n",  # an indentation that tree-sitter lets pass
        "def f(x):\n    if x\n        return 1\n    return 2\n",
        "def f(x:\n    return 2\n",
        "def f(x):\n",
        "return = 1\n",
        "print 'x'\n",
        "def f(x):\n\tif x:\n        return 1\n",
    ],
)
def test_new_errors_of_python(after: str) -> None:
    assert new_faults("a.py", SOUND, after)


@pytest.mark.parametrize(
    "after", [SOUND, "", "x = 1\n", "async def f():\n    return [await x async for x in y]\n", "\ufeffx = 1\n"]
)
def test_sound_edits_of_python(after: str) -> None:
    assert new_faults("a.py", SOUND, after) == ()


def test_a_file_that_was_broken_may_stay_so() -> None:
    broken = "def f(:\n    pass\n\ndef g(): return 1\n"
    assert new_faults("a.py", broken, broken.replace("return 1", "return 2")) == ()
    assert new_faults("a.py", broken, broken.replace("return 1", "return ((2")) != ()
    assert new_faults("a.py", broken, "def f(): pass\n") == ()


def test_other_languages() -> None:
    assert new_faults("a.ts", "const a: number = 1;\n", "const a: number = ;\n")
    assert new_faults("a.ts", "const a: number = 1;\n", "const a: number = 2;\n") == ()
    assert new_faults("a.rs", "fn f() {}\n", "fn f() {\n")
    assert new_faults("notes.txt", "(", "((") == ()


def test_python_warnings_are_no_errors() -> None:
    assert new_faults("a.py", SOUND, "x = '\\d'\ny = 1 is 1\n") == ()


def test_a_latin1_file_with_its_coding_line() -> None:
    text = b"# -*- coding: latin-1 -*-\nx = 'caf\xe9'\n".decode("utf-8", "surrogateescape")
    assert new_faults("a.py", text, text + "y = 1\n") == ()
    assert new_faults("a.py", text, text + "y = (\n")


def test_deep_nesting_is_an_answer_not_a_crash() -> None:
    assert isinstance(new_faults("a.py", "", "(" * 5_000), tuple)
    assert isinstance(new_faults("a.js", "", "[" * 20_000), tuple)


def test_a_macro_is_no_error_and_other_words_are() -> None:
    before = "int f(void);\n"
    assert new_faults("a.c", before, f"{before}extern PY_NO_EXPORT npy_bool x;\n") == ()
    assert new_faults("a.c", before, "int f(void {\n") != ()
    assert new_faults("a.c", before, f"{before}int g(void) {{ return 1 +; }}\n") != ()


def test_an_error_within_an_error_counts() -> None:
    broken = "function f( {\n}\n\nfunction g() {\n  return 1;\n}\n"
    assert new_faults("a.js", broken, broken.replace("return 1;", "return 2;")) == ()
    assert new_faults("a.js", broken, broken.replace("return 1;", "return 1 +* 2 ));")) != ()


def test_a_line_that_left_its_function_is_an_error() -> None:
    text = "def f():\n    x = 1\n    return x\n"
    assert "outside function" in new_faults("a.py", text, text.replace("    return x", "return x"))[0].near
