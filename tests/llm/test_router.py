"""Who answers for a role, and why: what is configured, or what has been accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.task import Effort
from swe_agent.core.usage import NANO
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.router import ENOUGH, Asked, Evidence, Record, Route, route
from swe_agent.metrics.interval import wilson

CHEAP, MIDDLE, STRONG, OTHER = (model_ref(name) for name in ("cheap", "middle", "strong", "other"))
AUTO = RolesConfig(default=CHEAP, choices=(CHEAP, STRONG), fallbacks=(OTHER,))


def record(model: str, accepted: int, decided: int, *, kind: str = "fix", language: str = "python") -> Record:
    return Record(
        model=model, kind=kind, language=language, decided=decided, accepted=accepted, cost_nano=NANO // 100, jobs=1
    )


def evidence(*records: Record) -> Evidence:
    return Evidence(records=records, interval=wilson)


def test_roles_share_a_model_unless_told_otherwise() -> None:
    config = RolesConfig(default=STRONG, roles={"summariser": CHEAP}, fallbacks=(OTHER, STRONG))
    assert route(Asked(role="editor"), config) == Route(models=(STRONG, OTHER), why="`model` names it")
    assert route(Asked(role="summariser"), config) == Route(
        models=(CHEAP, OTHER, STRONG), why="`models.summariser` names it"
    )


def test_a_role_of_its_own_is_no_choice() -> None:
    config = replace(AUTO, roles={"critic": OTHER})
    known = evidence(record("cheap", 0, 99), record("strong", 99, 99))
    assert route(Asked(role="critic"), config, known).models == (OTHER,)


@pytest.mark.parametrize(
    ("cheap", "strong", "asked", "chosen", "why"),
    [
        (
            (18, 30),
            (21, 30),
            Asked(),
            CHEAP,
            "the cheapest that is not clearly worse than strong; accepted blocks of fix: "
            "cheap 18 of 30 (42 % to 75 %, $0.0100 a job), strong 21 of 30 (52 % to 83 %, $0.0100 a job)",
        ),
        (
            (5, 60),
            (55, 60),
            Asked(),
            STRONG,
            "the cheaper ones are clearly worse; accepted blocks of fix: "
            "cheap 5 of 60 (4 % to 18 %, $0.0100 a job), strong 55 of 60 (82 % to 96 %, $0.0100 a job)",
        ),
        (
            (25, 30),
            (24, 30),
            Asked(),
            CHEAP,
            "the cheapest, and none is better; accepted blocks of fix: "
            "cheap 25 of 30 (66 % to 93 %, $0.0100 a job), strong 24 of 30 (63 % to 90 %, $0.0100 a job)",
        ),
        (
            (18, 30),
            (21, 30),
            Asked(effort=Effort.MAX),
            STRONG,
            "the best by its record, as the effort is max; accepted blocks of fix: "
            "cheap 18 of 30 (42 % to 75 %, $0.0100 a job), strong 21 of 30 (52 % to 83 %, $0.0100 a job)",
        ),
        (
            (0, 400),
            (19, 19),
            Asked(),
            CHEAP,
            "the first of `models.choices`: strong has 19 decided blocks, and with fewer than 20 nothing is concluded",
        ),
    ],
)
def test_by_what_was_accepted(
    cheap: tuple[int, int], strong: tuple[int, int], asked: Asked, chosen: object, why: str
) -> None:
    found = route(asked, AUTO, evidence(record("cheap", *cheap), record("strong", *strong)))
    rest = [ref for ref in (CHEAP, STRONG, OTHER) if ref != chosen]
    assert found == Route(models=(chosen, *rest), why=why)  # type: ignore[arg-type]  # one of the references


def test_without_any_evidence_the_order_given() -> None:
    assert route(Asked(), AUTO).models == (CHEAP, STRONG, OTHER)


def test_the_narrowest_scope_with_enough_blocks_counts() -> None:
    """The cheap model is good at Python, bad at Rust, and bad at features."""
    known = evidence(
        record("cheap", 28, 30),
        record("strong", 28, 30),
        record("cheap", 1, 60, language="rust"),
        record("strong", 58, 60, language="rust"),
        record("cheap", 1, 300, kind="feature"),
        record("strong", 290, 300, kind="feature"),
        record("cheap", 1, 1, kind="refactor"),
    )

    def chosen(**asked: str) -> tuple[str, str]:
        found = route(Asked(**asked), AUTO, known)  # type: ignore[arg-type]  # kinds by their words
        return found.models[0].name, found.why.split(":")[0]

    near, worse = (
        "the cheapest that is not clearly worse than strong; accepted blocks",
        "the cheaper ones are clearly worse",
    )
    assert chosen(kind="fix", language="python") == (
        "cheap",
        "the cheapest, and none is better; accepted blocks of fix in python",
    )
    assert chosen(kind="fix", language="rust") == ("strong", f"{worse}; accepted blocks of fix in rust")
    assert chosen(kind="fix", language="go") == ("strong", f"{worse}; accepted blocks of fix")
    assert chosen(kind="feature") == ("strong", f"{worse}; accepted blocks of feature")
    assert chosen(kind="refactor") == ("strong", f"{worse}; accepted blocks of all kinds")
    assert near not in route(Asked(), AUTO, known).why


def test_an_unknown_cost_is_not_told_as_nothing() -> None:
    known = evidence(replace(record("cheap", 20, 30), cost_nano=None), record("strong", 20, 30))
    assert "cheap 20 of 30 (49 % to 81 %)," in route(Asked(), AUTO, known).why


COUNTS = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(COUNTS, min_size=3, max_size=3), st.sampled_from(Effort), st.randoms())
def test_laws_of_the_choice(counts: list[tuple[int, int]], effort: Effort, random: object) -> None:
    config = RolesConfig(default=CHEAP, choices=(CHEAP, MIDDLE, STRONG))
    records = [record(ref.name, *count) for ref, count in zip(config.choices, counts, strict=True)]
    found = route(Asked(effort=effort), config, evidence(*records))
    random.shuffle(records)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    assert route(Asked(effort=effort), config, evidence(*records)) == found, "the order of rows means nothing"
    assert sorted(ref.name for ref in found.models) == ["cheap", "middle", "strong"]
    if any(decided < ENOUGH for _, decided in counts):
        assert found.models[0] == CHEAP
        return
    known = dict(zip(config.choices, counts, strict=True))
    best = max(accepted / decided for accepted, decided in counts)
    accepted, decided = known[found.models[0]]
    if effort is Effort.MAX:
        assert accepted / decided == best
        return
    lowest = max(wilson(*count)[0] for count in counts if count[0] / count[1] == best)
    assert wilson(accepted, decided)[1] >= min(wilson(*count)[0] for count in counts if count[0] / count[1] == best)
    for cheaper in config.choices[: config.choices.index(found.models[0])]:
        assert wilson(*known[cheaper])[1] < lowest, "none that is cheaper would have done"
