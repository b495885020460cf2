"""A review that goes from one process to another comes back as it was, or is refused in words."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import UsageError
from swe_agent.core.usage import Cost, Spent, Usage
from swe_agent.review.exchange import of_json, to_json
from swe_agent.review.findings import Anchor, Finding, Severity, Told
from swe_agent.review.result import Check, Covered, Review

words = st.text(max_size=30)
anchors = st.builds(
    lambda side, first, size: (side, first, first + size),
    st.sampled_from(["left", "right"]),
    st.integers(1, 500),
    st.integers(0, 9),
)


@st.composite
def told(draw: st.DrawFn) -> Told:
    path = draw(st.sampled_from(["", "a.py", "dir/b c.js"]))
    place = draw(st.none() | anchors) if path else None
    side = place[0] if place else draw(st.sampled_from(["left", "right"]))
    finding = Finding(
        rule=draw(st.sampled_from(["secret/x", "ruff/F401", "model/api"])),
        severity=draw(st.sampled_from(Severity)),
        message=draw(words),
        detail=draw(words),
        category=draw(words),
        path=path,
        side=side,
        symbol=draw(words),
        suggestion=draw(st.none() | words),
        confidence=draw(st.sampled_from([0.0, 0.25, 1.0])),
        is_from_model=draw(st.booleans()),
    )
    return Told(finding, Anchor(path, *place) if place else None, draw(words))


commits = st.sampled_from(["", "0" * 40, "ab" * 32])
reviews = st.builds(
    Review,
    base=commits,
    head=commits,
    told=st.lists(told(), max_size=3).map(tuple),
    folded=st.lists(st.tuples(told(), words), max_size=2).map(tuple),
    left=st.lists(st.tuples(told(), words), max_size=2).map(tuple),
    coverage=st.lists(
        st.builds(Covered, path=words, state=st.sampled_from(["full", "partial", "skipped"]), why=words), max_size=2
    ).map(tuple),
    checks=st.lists(
        st.builds(
            Check, name=words, state=st.sampled_from(["ran", "skipped", "failed"]), why=words,
            paths=st.none() | st.lists(words, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    spent=st.builds(
        lambda tokens, cost, calls: Spent(usage=Usage(input_tokens=tokens), cost=Cost(nano_usd=cost), calls=calls),
        st.integers(0, 10**6), st.none() | st.integers(0, 10**9), st.integers(0, 9),
    ),
)  # fmt: skip


@given(reviews)
def test_there_and_back(review: Review) -> None:
    assert of_json(json.loads(json.dumps(to_json(review)))) == review


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(reviews, st.data())
def test_one_wrong_value_is_refused_or_means_something(review: Review, data: st.DataObject) -> None:
    """Never an exception of another kind, whatever stands in the place of any value."""
    body: Any = to_json(review)
    at = body
    for _ in range(data.draw(st.integers(1, 4))):
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(at[key], dict | list) or not at[key]:
            break
        parent, last, at = at, key, at[key]
        parent[last] = at
    else:
        key = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at))) or [None]))
        if key is None:
            return
    at[key] = data.draw(junk)
    said = ""
    try:
        of_json(body)
    except UsageError as error:
        said = error.message
    assert not said or said.startswith("this is no review: ")
