"""Replies as models send them, and what has to become of the tree: each folder below `conformance/` is one case.

    conformance/<format>/<what it shows>/
        input/…      the tree before; none for an empty tree
        reply.txt    the reply
        expected/…   the whole tree after; none for an empty tree
        refuse.json  or: {"reason": a code, "says": [what the feedback has to contain]}
        case.json    where there is more to say: {"format": a name instead of finding out, "before": {path: the file of
                     the case with its earlier text}, "codex": what codex's own `apply_patch` does instead}

The expectations are what is right, not what the program does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import pytest
from indexes import indexed

from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import FORMATS, apply_text
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import NamesOf
from swe_agent.syntax.faults import new_faults

CASES = Path(__file__).parent / "conformance"
NAMES = sorted(one.name for one in FORMATS)


class Refusal(TypedDict, total=False):
    reason: str
    says: list[str]


class More(TypedDict, total=False):
    format: str
    before: dict[str, str]
    codex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    folder: Path
    before: Mapping[str, str]
    reply: str
    after: Mapping[str, str]
    refusal: Refusal | None
    more: More

    @property
    def name(self) -> str:
        return self.folder.relative_to(CASES).as_posix()

    @classmethod
    def read(cls, folder: Path) -> Case:
        refusal, more = folder / "refuse.json", folder / "case.json"
        return cls(
            folder=folder,
            before=tree(folder / "input"),
            reply=text(folder / "reply.txt"),
            after=tree(folder / "input" if refusal.exists() else folder / "expected"),
            refusal=json.loads(text(refusal)) if refusal.exists() else None,
            more=json.loads(text(more)) if more.exists() else {},
        )


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def tree(folder: Path) -> Mapping[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return MappingProxyType({path.relative_to(folder).as_posix(): text(path) for path in paths})


def folders() -> list[Path]:
    return sorted(folder for name in NAMES for folder in (CASES / name).iterdir())


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.relative_to(CASES).as_posix())
def test_a_reply(folder: Path) -> None:
    case = Case.read(folder)
    earlier = {path: text(folder / file) for path, file in case.more.get("before", {}).items()}
    outcome = apply_text(
        case.reply,
        case.before.keys(),
        case.before.get,
        new_faults,
        case.more.get("format", "auto"),
        older=lambda path: [("before", earlier[path])] if path in earlier else [],
        names=NamesOf(lambda: indexed(case.before)),
    )
    if case.refusal is None:
        assert isinstance(outcome, Applied), outcome
        written = {path: new for path, new in {**case.before, **outcome.files}.items() if new is not None}
        assert written == dict(case.after)
    else:
        assert isinstance(outcome, Refused), outcome
        assert outcome.reason == case.refusal["reason"]
        assert [said for said in case.refusal.get("says", []) if said not in outcome.feedback] == []


def test_each_folder_is_a_case() -> None:
    assert sorted(path.name for path in CASES.iterdir()) == NAMES
    assert [said for folder in folders() if (said := malformed(folder))] == []


def malformed(folder: Path) -> str:
    """What is wrong with a case as it is written down; "" for nothing."""
    case, there = Case.read(folder), {path.name for path in folder.iterdir()}
    earlier = case.more.get("before", {})
    wrong = {
        "unknown files": there - {"input", "reply.txt", "expected", "refuse.json", "case.json", "before"},
        "both": there >= {"expected", "refuse.json"},
        "a refusal": case.refusal is not None and not case.refusal.keys() <= {"reason", "says"},
        "a reason": case.refusal is not None and case.refusal["reason"] not in list(Reason),
        "nothing changes": case.refusal is None and case.before == case.after,
        "more": case.more.keys() - {"format", "before", "codex"},
        "a format": case.more.get("format", "auto") not in ("auto", *NAMES),
        "codex": "codex" in case.more and folder.parent.name != "apply-patch",
        "earlier texts": {f"before/{path}" for path in tree(folder / "before")} ^ set(earlier.values()),
        "earlier files": earlier.keys() - case.before.keys(),
    }
    return ", ".join((case.name, *said)) if (said := [name for name, found in wrong.items() if found]) else ""


def test_there_are_cases_of_everything() -> None:
    cases = list(map(Case.read, folders()))
    assert len(cases) >= 150
    assert {case.refusal["reason"] for case in cases if case.refusal} == set(Reason)
