"""A patch as calls of an agent's tools: what the stand-ins for models say.

`edit(path, old, new)` wants text that stands in the file once; where the tool `edit` takes a `text` it is given blocks.
What cannot be said in these (other bytes than UTF-8, carriage returns, links, modes) goes through `run`.
"""

from __future__ import annotations

import base64
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.tasks import patches
from benchmarks.harness.tasks.material import Material
from swe_agent.testing.replies import pieces

Call = tuple[str, dict[str, Any]]
ARGUMENT = 60_000
"""Characters of one command: the kernel takes 128 KiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A file before and after; None where it is not there. `executable` is what it is afterwards, None if unchanged."""

    path: str
    before: bytes | None
    after: bytes | None
    executable: bool | None = None


def changes(material: Material, patch: bytes) -> list[Change]:
    """What a patch makes of the task's tree."""
    names = sorted(patches.touched(patch))
    with tempfile.TemporaryDirectory(prefix="changes-") as scratch:
        tree = Path(scratch)
        material.lay(tree)
        before = {name: _state(tree / name) for name in names}
        patches.apply(tree, patch)
        after = {name: _state(tree / name) for name in names}
    return [
        Change(
            path=name, before=before[name][0], after=after[name][0],
            executable=after[name][1] if after[name][0] is not None and after[name][1] != before[name][1] else None,
        )
        for name in names
    ]  # fmt: skip


def _state(path: Path) -> tuple[bytes | None, bool]:
    return (path.read_bytes(), bool(path.stat().st_mode & 0o100)) if path.is_file() else (None, False)


def calls(found: Sequence[Change], tools: Mapping[str, Sequence[str]]) -> list[Call]:
    """`tools` are the names of the tools that there are, with those of their parameters. An agent that has nothing but
    a shell is given commands."""
    if "edit" not in tools and (shell := shell_of(tools)):
        return [(shell, values) for change in found for _, values in _by_commands(change)]
    return [call for change in found for call in _of_change(change, tools)]


def shell_of(tools: Mapping[str, Sequence[str]]) -> str:
    """The name of the tool that runs a command, "" where there is none."""
    return next((name for name, parameters in tools.items() if "command" in parameters), "")


def _by_commands(change: Change) -> Iterator[Call]:
    if change.after is None:
        yield _run(f"rm -- {shlex.quote(change.path)}")
    else:
        yield from _bytes(change.path, change.after)
        yield from _mode(change)


def _of_change(change: Change, tools: Mapping[str, Sequence[str]]) -> Iterator[Call]:
    before, after = _text(change.before), _text(change.after)
    if change.after is None:
        yield ("delete", {"path": change.path}) if "delete" in tools else _run(f"rm -- {shlex.quote(change.path)}")
    elif after is None or (change.before is not None and before is None):
        yield from _bytes(change.path, change.after)
    elif change.before is None:
        yield "create", {"path": change.path, "text": after}
    elif before != after:
        assert before is not None
        for old, new in edits(before, after):
            if "old" in tools.get("edit", ("old",)):
                yield "edit", {"path": change.path, "old": old, "new": new}
            else:
                yield "edit", {"text": _block(change.path, old, new)}
    yield from _mode(change)


def _mode(change: Change) -> Iterator[Call]:
    if change.executable is not None and change.after is not None:
        yield _run(f"chmod {'+' if change.executable else '-'}x -- {shlex.quote(change.path)}")


def _text(content: bytes | None) -> str | None:
    try:
        return None if content is None or b"\r" in content or b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def edits(before: str, after: str) -> list[tuple[str, str]]:
    """Replacements that lead from one text to the other, each of text that stands once in what the ones before it have
    left. From the end to the beginning, so that none moves what a later one quotes."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    bare = ([line.rstrip("\n") + ("" if line.endswith("\n") else "\0") for line in lines] for lines in (old, new))
    found, text = [], before
    for piece in reversed(pieces(*bare, context=3)):
        start, end, fresh_start, fresh_end = piece.old.start, piece.old.stop, piece.new.start, piece.new.stop
        while True:
            was, now = "".join(old[start:end]), "".join(new[fresh_start:fresh_end])
            if was and text.count(was) == 1:
                break
            if not start:  # above it nothing has moved, below it the later pieces have been made already
                return [(before, after)]
            start, fresh_start = start - 1, fresh_start - 1
            if old[start] != new[fresh_start]:
                return [(before, after)]
        found.append((was, now))
        text = text.replace(was, now)
    return found if text == after else [(before, after)]


def _bytes(path: str, content: bytes) -> Iterator[Call]:
    encoded = base64.b64encode(content).decode()
    place = shlex.quote(path)
    yield _run(f"mkdir -p -- {shlex.quote(str(Path(path).parent))} && : > {place}")
    step = ARGUMENT // 4 * 4
    for at in range(0, len(encoded), step):
        yield _run(f"printf %s {encoded[at : at + step]} | base64 -d >> {place}")


def _run(command: str) -> Call:
    return "run", {"command": command}


def _block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{_line(old)}=======\n{_line(new)}>>>>>>> REPLACE\n```\n"


def _line(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
