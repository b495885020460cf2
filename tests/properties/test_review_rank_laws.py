"""Every finding is told, folded or left, the important ones first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.rank import Wanted, ranked

findings = st.lists(
    st.builds(
        lambda rule, severity, confidence, first, model: (
            Finding(
                rule=rule, severity=severity, message="m", category="security", path="a.py", confidence=confidence,
                is_from_model=model,
            ),
            Anchor("a.py", "right", first, first) if first else None,
        ),
        st.sampled_from(["secret/x", "ruff/F401", "ruff/T100", "dead-code/import", "leftover"]),
        st.sampled_from(Severity), st.floats(0, 1), st.integers(0, 5), st.booleans(),
    ),
    max_size=12,
)  # fmt: skip
wanted = st.builds(
    Wanted, least=st.sampled_from(Severity), confidence=st.sampled_from([0.0, 0.5]),
    off=st.sampled_from([(), ("ruff/*",), ("leftover", "secret/?")]), comments=st.integers(0, 4),
)  # fmt: skip


@given(findings, wanted)
def test_each_has_one_fate_and_the_important_come_first(
    given_: list[tuple[Finding, Anchor | None]], by: Wanted
) -> None:
    found = ranked(given_, by)
    fates = [*found.told, *(one for one, _ in found.folded), *(one for one, _ in found.left)]
    assert sorted(map(id_of, fates)) == sorted(map(id_of, given_))
    assert len(found.told) <= by.comments
    severities = [finding.severity for finding, _ in found.told]
    assert severities == sorted(severities, reverse=True)
    rest = [finding.severity for (finding, _), _ in found.folded if finding.severity is not Severity.INFO]
    assert not rest or len(found.told) == by.comments
    assert not (severities and rest) or min(severities) >= max(rest)
    assert all(reason for _, reason in (*found.folded, *found.left))


def id_of(one: tuple[Finding, Anchor | None]) -> int:
    return id(one[0])


def test_a_rule_goes_before_a_model_that_says_the_same() -> None:
    rule = Finding(rule="secret/x", severity=Severity.HIGH, message="m", category="security", path="a.py")
    model = Finding(
        rule="model", severity=Severity.CRITICAL, message="n", category="security", path="a.py", is_from_model=True
    )
    where = Anchor("a.py", "right", 3, 3)
    found = ranked([(model, where), (rule, where), (model, Anchor("a.py", "right", 4, 4))], Wanted())
    assert [finding for finding, _ in found.told] == [model, rule]
    assert [reason for _, reason in found.left] == ["a rule says it already"]


def test_what_two_rules_say_is_said_once_and_by_one_that_is_told() -> None:
    def found(rule: str, line: int) -> tuple[Finding, Anchor | None]:
        return (
            Finding(rule=rule, severity=Severity.MEDIUM, message="m", path="a.py"), Anchor("a.py", "right", line, line)
        )  # fmt: skip

    rows = [found("leftover", 3), found("ruff/T100", 3), found("ruff/T100", 4), found("conflict-marker", 9)]
    rows += [found("syntax-error", 12), found("ruff/invalid-syntax", 14), found("mypy/syntax", 9)]
    said = ranked(rows, Wanted())
    assert [finding.rule for finding, _ in said.told] == ["leftover", "ruff/T100", "conflict-marker"]
    assert {reason for _, reason in said.left} == {"leftover says it already", "conflict-marker says it already"}
    alone = ranked(rows, Wanted(off=("leftover", "conflict-marker")))
    assert [finding.rule for finding, _ in alone.told] == ["ruff/T100", "ruff/T100", "syntax-error"]
