"""Change a file: by a replacement that stands in one place, or by a text in one of the formats of `edits`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.edit import Replace
from swe_agent.prompts.render import prompt

REPLACEMENT = "replace"
"""The name of the format in which `edit` takes the old text and the new one as arguments."""
_AROUND = 3


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path, old, new = arguments["path"].removeprefix("./"), arguments["old"], arguments["new"]
    before = _plain(bench.read(path) or "")
    refused = bench.edit([Replace(path=path, old=old, new=new)])
    if refused is not None:
        return Result(text=refused, ok=False)
    after = _plain(bench.read(path) or "")
    # Where `old` stood, and not where `new` is first found: the same words may stand elsewhere too.
    at = before.find(_plain(old))
    said = f"edited {path}" if at >= 0 else f"edited {path}, although `old` was not quoted exactly; check that it fits"
    shown = _now(after, at if at >= 0 else _first_difference(before, after), _plain(new))
    return Result(text=f"{said}:\n{shown}", changes_tree=True)


def _first_difference(before: str, after: str) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _now(text: str, at: int, new: str) -> str:
    """The new lines as they stand in the file, with three around them: what a `git diff` would be run for."""
    if not new.strip():
        return "(the lines are gone)"
    lines = text.removesuffix("\n").split("\n")
    first = text.count("\n", 0, at) + 1
    last = first + new.rstrip("\n").count("\n")
    shown = range(max(1, first - _AROUND), min(len(lines), last + _AROUND) + 1)
    return cut("\n".join(f"{n:>5}\t{lines[n - 1]}" for n in shown), 3000)


def _use_text(format: str, bench: Bench, arguments: Mapping[str, Any]) -> Result:
    edited = bench.edit_text(arguments["text"], format)
    if edited.refused:
        return Result(text=edited.refused, ok=False)
    doubt = f"; not quoted exactly, check that it fits: {', '.join(edited.inexact)}" if edited.inexact else ""
    return Result(text=f"edited {', '.join(edited.paths)}{doubt}", changes_tree=True)


TOOL = Tool(
    spec=spec(
        "edit",
        "Replace `old` by `new` in a file. `old` must stand there exactly once, quoted exactly, white space included.",
        {
            "path": "string: relative to the top of the repository",
            "old": "string: the text as it stands in the file, without line numbers",
            "new": "string: the text to put in its place; empty to delete it",
        },
    ),
    use=_use,
)


def in_format(format: str) -> Tool:
    """`edit` with one argument: a text in a format of `edits.formats`, which its prompt describes."""
    about = prompt(f"format-{format}").render()
    return Tool(
        spec=spec("edit", f"Change files of the repository. {about}", {"text": "string: the edits, in this format"}),
        use=partial(_use_text, format),
    )
