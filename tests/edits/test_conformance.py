"""Replies as models send them, and what has to become of the tree: each folder below `conformance/` is one case.

    conformance/<format>/<what it shows>/
        input/…      the tree before; none for an empty tree
        reply.txt    the reply
        expected/…   the whole tree after; none for an empty tree
        refuse.json  or: {"reason": a code, "says": [what the feedback has to contain]}
        case.json    where there is more to say: {"format": a name instead of finding out, "before": {path: the file of
                     the case with its earlier text}, "codex": what codex's own `apply_patch` does instead}

The expectations are what is right, not what the program does: where it falls short today a case stands in KNOWN.
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

KNOWN: dict[str, str] = {
    "apply-patch/absolute-path-of-an-update": "refuses it as `missing file`",
    "apply-patch/add-a-file-beside-one-of-the-same-name": "takes the new name for the base name of another file",
    "apply-patch/add-a-file-with-brackets-in-its-name": "takes brackets for no path",
    "apply-patch/add-a-file-with-spaces-in-its-name": "takes spaces for no path",
    "apply-patch/add-a-file-without-an-ending": "takes a name without an ending for no path",
    "apply-patch/added-lines-without-their-pluses": "drops the lines without a mark and makes the file",
    "apply-patch/blank-added-line-without-its-plus": "drops the blank line and makes the file",
    "apply-patch/climbing-path": "refuses it as `missing file`",
    "apply-patch/end-of-file-marker-chooses-the-last-place": "does not read the marker: ambiguous",
    "apply-patch/file-line-in-a-document-is-context": "takes a line of context for the next file, and edits that",
    "apply-patch/lazy-no-changes-here": "knows a placeholder by its first word only, and writes it over the code",
    "apply-patch/patch-in-a-document-is-changed": "ends at the quoted `*** End Patch`",
    "apply-patch/two-patches-in-one-reply": "applies the first and drops the second",
    "apply-patch/variadic-of-go-is-not-lazy": "takes `other = …names...` for a placeholder",
    "apply-patch/windows-drive": "refuses it as `no file`",
    "search-replace/absolute-path": "refuses it as `missing file`",
    "search-replace/another-file-comes-whole": "applies the blocks and drops the whole file",
    "search-replace/another-format-is-quoted-in-the-content": "applies the quoted patch to another file",
    "search-replace/broken-file-gets-another-error": "counts one error before and after",
    "search-replace/climbing-path": "refuses it as `missing file`",
    "search-replace/ellipsis-of-python": "takes `other = ...` for a placeholder",
    "search-replace/heading-underlined-with-five-equals-signs": "takes five equals signs for a divider of seven",
    "search-replace/lazy-bare-ellipsis-comment": "does not know `// ...`, and writes it over the code",
    "search-replace/unknown-name-with-a-space-is-not-the-file-before": "edits the file of the block before",
    "symbol/climbing-path": "refuses it as `missing file`",
    "symbol/indented-fences-in-a-docstring": "takes fences that are indented by four for its own: malformed",
    "unified/absolute-path": "refuses it as `missing file`",
    "unified/assignment-to-other-is-not-lazy": "takes `previous = [...jobs]` for a placeholder",
    "unified/cut-before-a-second-change": "applies the first of two changes",
    "unified/deleted-file-is-another": "deletes the file without a look at what it holds",
    "unified/fences-in-the-context-of-a-fenced-diff": "ends at a fence of the context and applies what stands above it",
    "unified/git-prefix-before-the-base-name": "guesses from a prefix or from a base name, not from both: missing file",
    "unified/name-in-octal-escapes": "does not undo the escapes",
    "unified/new-file-beside-one-of-the-same-name": "takes the new name for the base name of another file",
    "unified/new-file-with-a-blank-line-without-its-plus": "drops the blank line and makes the file",
    "unified/new-file-with-lines-without-their-pluses": "drops the lines without a plus and makes the file",
    "unified/patch-in-the-form-of-a-mail": "takes the signature for a line that goes",
    "unified/prefixes-are-no-folders": "edits a/cart.py for cart.py",
    "unified/renamed-and-changed-onto-a-file-that-is-there": "applies the change and drops the rename",
    "unified/renamed-onto-a-file-that-is-there": "drops the rename: no change",
    "unified/renamed-to-the-top": "takes the new name for the base name of the old one: no change",
    "unified/sql-comment-deleted-and-plus-signs-added": "takes them for the head of a file within the hunk",
    "whole-file/bare-fences-in-a-fence-of-equal-length": "writes the file up to the first fence within",
    "whole-file/document-with-a-block-in-it": "applies the quoted block to another file",
    "whole-file/document-with-a-diff-in-it": "applies the quoted diff to another file",
    "whole-file/document-with-a-patch-in-it": "applies the quoted patch to another file",
    "whole-file/indented-fences-in-the-content": "writes the file up to the first fence within",
    "whole-file/lazy-comment-in-jsx": "does not know `{/* … */}`, and writes it over the code",
    "whole-file/lines-that-stay-keep-their-mixed-ends": "writes all lines with LF",
    "whole-file/named-fences-in-a-fence-of-equal-length": "writes the file up to the first fence within",
    "whole-file/new-file-with-a-space-and-umlaut": "takes spaces for no path",
    "whole-file/path-with-backslashes": "takes `./` off before it turns backslashes: outside",
    "whole-file/prose-that-ends-in-dots-is-not-lazy": "takes prose for a placeholder",
    "whole-file/test-data-with-conflict-markers": "takes the conflict for a block",
}
"""Cases that the program does not pass yet, and what it does instead."""


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


def param(folder: Path) -> object:
    name = folder.relative_to(CASES).as_posix()
    marks = [pytest.mark.xfail(strict=True, raises=AssertionError, reason=KNOWN[name])] if name in KNOWN else []
    return pytest.param(folder, id=name, marks=marks)


@pytest.mark.parametrize("folder", [param(folder) for folder in folders()])
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
    assert KNOWN.keys() <= {case.name for case in cases}
