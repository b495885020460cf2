"""Reviews as no repository has them all at once: every kind of place, name and text that a finding may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from swe_agent.review.findings import Anchor, Finding, Severity, Told, fingerprint

NAMES = (
    "a b/ü ß.py", "日本/語.py", "a#1.py", "100%.py", "%41%zz.py", "a?b&c=d.py", "a:b.py", "C:/x.py", "a\\b.py",
    "a\nb.py", "[x]{y}.py", "-", "~x", "a;b'c\"d.py", "..x/x..", "\u202e.py", "caf\udce9.py",
)  # fmt: skip
"""As git has them; the last is no UTF-8."""
TEXTS = (
    "**It** fails in `x`, see [there](y.py).", "# Why\n\n- one\n- two\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|",
    "a\0b\x07c\x1b[31md\x7f\x85\u2028e", "It fails.\r\n\tIt does.", "x" * 20_000, "é😀" * 10_000, "f{0} {x} a[0](1)",
    '<img src=x onerror="alert(1)"> &amp; @ann', "\u202e\ufeff\u200b.", " It fails ", "no \udce9 and \ud83d alone",
)  # fmt: skip


def told(*, path: str = "a.py", lines: tuple[int, int] | None = (3, 3), side: str = "right", **fields: object) -> Told:
    """One finding; `lines` None is one about a whole file, an empty path one about the change."""
    usual = {
        "rule": "model/correctness",
        "severity": Severity.HIGH,
        "message": "It fails.",
        "detail": "total([1]) does.",
    }
    finding = Finding(**{**usual, "path": path, **fields})  # type: ignore[arg-type]  # by their names
    at = Anchor(path, "left" if side == "left" else "right", *lines) if lines and path else None
    return Told(finding, at, fingerprint(path, finding.rule, str(lines)))


BY_HAND: Mapping[str, Sequence[Told]] = {
    "empty": [],
    "line": [told()],
    "range": [told(lines=(3, 9), suggestion="x = 1\n    y = 2")],
    "deletion": [told(suggestion="")],
    "left": [told(lines=(3, 9), side="left")],
    "file": [told(lines=None)],
    "change": [told(path="")],
    "twice": [told(), told()],
    "names": [told(path=name) for name in NAMES],
    "left names": [told(path=name, side="left") for name in NAMES],
    "messages": [told(message=text, rule=f"model/{at}") for at, text in enumerate(TEXTS)],
    "details": [told(detail=text, rule=f"model/{at}") for at, text in enumerate(TEXTS)],
    "suggestions": [told(suggestion=text) for text in TEXTS],
    "severities": [
        told(severity=severity, category=category, confidence=confidence, rule=f"{category or 'x'}/{severity.word}")
        for severity in Severity
        for category in ("", "security")
        for confidence in (0.0, 1 / 3, 1.0)
    ],
    "far": [told(lines=(2**31 - 2, 2**31 - 2))],
}

_parts = st.one_of(
    st.sampled_from(NAMES),
    st.binary(min_size=1, max_size=9).map(
        lambda name: name.replace(b"\0", b"_").replace(b"/", b"_").decode("utf-8", "surrogateescape")
    ),
).filter(lambda name: name not in (".", "..") and not name.replace("\ufeff", " ").isspace())
"""A judge of rdjson takes a name of white space alone for none."""
_paths = st.lists(_parts, min_size=1, max_size=3).map("/".join)
_texts = st.one_of(
    st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=()), max_size=60).map(lambda text: f"It {text}")
)
_rules = st.sampled_from(["secret/npm-token", "ruff/F401", "eslint/@scope/no-x", "leftover", "model/api"])
_lines = st.tuples(st.integers(1, 10**6), st.integers(0, 50)).map(lambda at: (at[0], at[0] + at[1]))

findings = st.builds(
    told, path=st.just("") | _paths, lines=st.none() | _lines, side=st.sampled_from(["left", "right", "right"]),
    rule=_rules, severity=st.sampled_from(Severity), message=_texts, detail=st.just("") | _texts,
    category=st.sampled_from(["", "security", "tests"]), suggestion=st.none() | st.just("") | _texts,
    confidence=st.floats(0, 1), is_from_model=st.booleans(),
)  # fmt: skip
reviews = st.lists(findings, max_size=8)
