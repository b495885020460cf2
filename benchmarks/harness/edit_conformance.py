"""The hand-written cases of codex's format, through codex itself: where it does otherwise, a case has to say so.

Replies go to the binary as they are. Left out are those with a path that is absolute, climbs or is git's own.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.appliers import Result
from benchmarks.harness.peers import TOP, codex_argv, codex_binary, said
from benchmarks.harness.report import DATA_MISSING, at_least, at_most, finish
from benchmarks.harness.throwaway import Tree

CASES = TOP / "tests/edits/conformance/apply-patch"
LEAST = 100
_NAMED = re.compile(r"^\*\*\* (?:(?:Add|Update|Delete) File|Move to): *(.+?)\s*$", re.MULTILINE)


def conformance(*, as_json: bool) -> int:
    if codex_binary() is None:
        print("edits: codex is missing: `make peers`", file=sys.stderr)
        return DATA_MISSING
    agree, differ = [], dict[str, str]()
    folders = [folder for folder in sorted(CASES.iterdir()) if not _leaves(_text(folder / "reply.txt"))]
    with TemporaryDirectory(prefix="edits-conformance-") as scratch:
        tree, argv = Tree(Path(scratch)), codex_argv(Path(scratch))
        for folder in folders:
            if difference := _difference(folder, tree, argv):
                differ[folder.name] = difference
            else:
                agree.append(folder.name)
    declared = {folder.name: what for folder in folders if (what := _declared(folder))}
    undeclared = {name: what for name, what in differ.items() if name not in declared}
    needless = [name for name in agree if name in declared]
    for name, what in undeclared.items():
        print(f"not declared: {name}: {what}", file=sys.stderr)
    for name in needless:
        print(f"declared, and agrees: {name}: {declared[name]}", file=sys.stderr)
    figures: dict[str, object] = {
        "agree": len(agree),
        "differ as declared": len(differ) - len(undeclared),
        "not declared": undeclared,
        "declared, and agree": needless,
    }
    goals = {"cases": at_least(LEAST, len(folders)), "differences not declared": at_most(0, len(undeclared))}
    return finish("edits --conformance", figures, goals, as_json=as_json)


def _difference(folder: Path, tree: Tree, argv: tuple[str, ...]) -> str:
    """What codex does other than the case has it; "" where it does the same."""
    before = _files(folder / "input")
    refuses = (folder / "refuse.json").exists()
    after = before if refuses else _files(folder / "expected")
    tree.fill(before)
    ended = tree.run(argv, _text(folder / "reply.txt"))
    result = Result(
        applied=ended.status == 0, changed=tree.changed(before), reason=said(ended.status, ended.said.split("\n")[0])
    )
    wanted = {path: after.get(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    if result.applied == (not refuses) and result.changed == wanted:
        return ""
    if refuses:
        how = "reports success" if result.applied else f"fails: {result.reason}"
        return f"changes {sorted(result.changed)}, and {how}"
    if not result.applied:
        return f"refuses: {result.reason}" + (f", and changes {sorted(result.changed)}" if result.changed else "")
    other = {path for path in wanted.keys() | result.changed.keys() if wanted.get(path) != result.changed.get(path)}
    return f"writes something else: {sorted(other)}"


def _declared(folder: Path) -> str:
    path = folder / "case.json"
    return str(json.loads(_text(path)).get("codex", "")) if path.exists() else ""


def _leaves(reply: str) -> bool:
    paths = [path.strip("`\"'").replace("\\", "/") for path in _NAMED.findall(reply)]
    return any(re.match("/|[A-Za-z]:", path) or {"..", ".git"} & set(path.split("/")) for path in paths)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def _files(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths}
