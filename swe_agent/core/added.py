"""Which lines a commit brings, read from git's patch of it or of the index.

Read by hooks, so next to nothing is loaded here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DIFF = (
    "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-M", "--inter-hunk-context=0",
    "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all", "--diff-filter=ACMRT", "--submodule=short",
)  # fmt: skip


class Added:
    """Of one file: lines that come, with their numbers from 1, and those that go. `headings` are what git found above
    each place, a function or a class."""

    __slots__ = ("gone", "headings", "path", "rows")

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows: list[tuple[int, str]] = []
        self.gone: list[str] = []
        self.headings: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.rows)


def read(patch: bytes) -> list[Added]:
    """Of each file that the patch changes; binary ones have no lines. In a merge's combined patch (`--cc`) those lines
    come that no parent has."""
    found: list[Added] = []
    number = left = right = parents = 0
    before = ""
    for line in patch.decode("utf-8", "surrogateescape").split("\n"):
        if parents and line[:1] in (" ", "+", "-", "\\"):
            number += _merged(found[-1], line, parents, number)
            continue
        parents = 0
        if left or right:
            sign = line[:1]
            if sign == "+" and right:
                found[-1].rows.append((number, line[1:].removesuffix("\r")))
                number, right = number + 1, right - 1
            elif sign == "-" and left:
                found[-1].gone.append(line[1:].removesuffix("\r"))
                left -= 1
            continue
        if line.startswith("--- "):
            before = _path(line[4:]).removeprefix("a/")
        elif line.startswith("+++ "):
            path = _path(line[4:])
            found.append(Added(path if path != "/dev/null" else before))  # one that goes is called as it was
        elif line.startswith("@@@") and found:
            parents = line.index(" ") - 1
            number = _span(line[: line.index("@", parents + 1)].split()[-1])[0]
        elif line.startswith("@@ ") and found:
            old, new, heading = _hunk(line)
            left, (number, right) = old[1], new
            if heading:
                found[-1].headings.append(heading)
    return found


def _merged(file: Added, line: str, parents: int, number: int) -> bool:
    """A line of a combined patch, with a sign for each parent. Whether the merged file has it."""
    signs = set(line[:parents])
    if signs == {"+"}:
        file.rows.append((number, line[parents:].removesuffix("\r")))
    return signs <= {"+", " "}


def _hunk(line: str) -> tuple[tuple[int, int], tuple[int, int], str]:
    """`@@ -1,2 +3 @@ heading`: starts and sizes."""
    _, old, new, rest = line.split(" ", 3)
    return _span(old), _span(new), rest.partition("@@")[2].strip()


def _span(said: str) -> tuple[int, int]:
    start, _, size = said[1:].partition(",")
    return int(start), int(size) if size else 1


def _path(said: str) -> str:
    """As git tells it after `+++ `: with a tab behind it where it has a space, quoted where it is odd."""
    name = said.removesuffix("\t")
    if name.startswith('"'):
        name = "".join(_unquoted(name[1:-1]))
        name = name.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    return name.removeprefix("b/")


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def _unquoted(said: str) -> Iterator[str]:
    """Signs that stand for bytes."""
    at = 0
    while at < len(said):
        if said[at] != "\\":
            yield from (chr(byte) for byte in said[at].encode("utf-8", "surrogateescape"))
            at += 1
        elif said[at + 1 : at + 4].isdigit():
            yield chr(int(said[at + 1 : at + 4], 8))
            at += 4
        else:
            yield _ESCAPES.get(said[at + 1], said[at + 1])
            at += 2
