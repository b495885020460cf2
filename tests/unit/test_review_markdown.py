"""What leaves in our name harms nobody, whatever a model or a repository has put into it."""

from __future__ import annotations

import pytest

from swe_agent.review.findings import Anchor, Finding, Severity, Told
from swe_agent.review.markdown import comment, fenced, harmless, summary
from swe_agent.review.marker import Former, mark_comment, mark_summary, of_comment, of_summary
from swe_agent.review.result import Check, Covered, Review, made_of

APART = "\u2060"
SECRET = "ghp_" + "x7Kq" * 9


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask @ann and mail a@b.org", f"ask @{APART}ann and mail a@{APART}b.org"),
        ("in `@ann` and\n```\n@bob\n```\n", "in `@ann` and\n```\n@bob\n```\n"),
        ("fixes #12, closes org/repo#3, GH-4", f"fixes #{APART}12, closes org/repo#{APART}3, GH-{APART}4"),
        ("![seen](https://evil.example/?q=1) here", "seen here"),
        ("![seen](https://evil.example/", "!\\[seen](`https://evil.example/`"),
        ("[docs](https://evil.example/a) here", "docs (`https://evil.example/a`) here"),
        ("see https://evil.example/?leak=1.", "see `https://evil.example/?leak=1.`"),
        ("[x]: https://evil.example\nrest", "\nrest"),
        ("<img src=x> & <!-- swe-agent:v1 eJw= -->", "&lt;img src=x&gt; &amp; &lt;!-- swe-agent:v1 eJw= --&gt;"),
        ("> a quotation", "> a quotation"),
        ("hid\u200bden \u202eback", "hidden back"),
        (f"the key is {SECRET}", "the key is [secret]"),
        (f"`{SECRET}`", "`[secret]`"),
    ],
)  # fmt: skip
def test_text_of_others(text: str, shown: str) -> None:
    assert harmless(text).replace("[REDACTED]", "[secret]") == shown.replace("[secret]", _redacted())


def _redacted() -> str:
    return harmless(SECRET)


def test_a_fence_is_longer_than_what_is_in_it() -> None:
    assert fenced("a\n````\nb") == "`````\na\n````\nb\n`````"


FINDING = Finding(
    rule="model/correctness", severity=Severity.HIGH, message="It breaks.", path="a.py", confidence=0.8,
    suggestion="x = ```1```", is_from_model=True, category="correctness", symbol="f",
)  # fmt: skip


def test_a_comment() -> None:
    assert comment(FINDING) == (
        "**High**: It breaks.\n\n````suggestion\nx = ```1```\n````\n\n"
        "<sub>swe-agent, <code>model/correctness</code>, 80% sure</sub>"
    )


def test_a_summary_tells_what_stands_elsewhere_and_what_was_not_seen() -> None:
    told = Told(FINDING, Anchor("a.py", "left", 3, 4), "f1")
    review = Review(
        base="b", head="h", told=(told,), folded=((told, "beyond the first 1"),), left=((told, "the rule x is off"),),
        coverage=(Covered(path="a|b.py", state="partial", why="too long\nto be shown"),),
        checks=(Check(name="eslint", state="skipped", why="it is not installed here"),),
    )  # fmt: skip
    said = summary(review, [(told, "the diff shows none of its lines")])
    assert "- **high** `a.py`, removed line 3 to 4: It breaks. <sub>(the diff shows none of its lines)</sub>" in said
    assert "<summary>1 more</summary>" in said
    assert "| `a\\|b.py` | partial | too long to be shown |" in said
    assert said.startswith("### Review\n\n2 high.\n\n> **Not run**: eslint (it is not installed here)\n")
    assert "50% looked at" in said
    assert "<code>model/correctness</code>: 1, the rule x is off" in said


def test_marks_come_back_and_only_at_the_end() -> None:
    former = Former(base="b" * 40, head="h" * 40, patches={"a.py": "1", "b -->": "2"}, said="s")
    text = f"words\n\n{mark_summary(former)}"
    assert of_summary(text) == former
    assert of_summary(text + "\nmore words") is None
    assert of_summary(text.replace("v1", "v2")) is None
    assert of_summary(text.replace("eN", "xx")) is None
    [made] = made_of([Told(FINDING, Anchor("a.py", "right", 3, 3), "0123456789abcdef0123")])
    assert of_comment(f"words\n{mark_comment(made)}\n", "a.py", "right", 3) == made
    assert of_comment(harmless(mark_comment(made)), "a.py", "right", 3) is None


def test_a_mark_of_a_very_large_change_is_cut() -> None:
    patches = {f"folder{n}/file{n}.py": f"{n * 7919:012x}" for n in range(20_000)}
    text = mark_summary(Former(base="b", head="h", patches=patches))
    assert len(text) < 25_000
    found = of_summary(text)
    assert found is not None
    assert patches.items() > found.patches.items()
    assert len(found.patches) > 500
