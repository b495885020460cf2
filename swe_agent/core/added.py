"""Which lines a commit brings, read from git's patch of it or of the index.

Read by hooks, so next to nothing is loaded here.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = (
    "-U0", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-M", "--inter-hunk-context=0",
    "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all",
)  # fmt: skip
"""Of all files; a later `-U` is heard."""
DIFF = (*EVERY, "--diff-filter=ACMRT", "--submodule=short")
"""Of files that are there afterwards."""


class Added:
    """Of one file: lines that come, with their numbers from 1, and those that go. `headings` are what git found above
    each place, a function or a class, where the change is within it. `way` is `A`, `M`, `D` or `R`, from `before`."""

    __slots__ = ("before", "gone", "headings", "path", "rows", "way")

    def __init__(self, path: str, way: str = "M", before: str = "") -> None:
        self.path = path
        self.way = way
        self.before = before
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
    hunk = _Hunk("")
    way = before = ""
    for line in patch.decode("utf-8", "surrogateescape").split("\n"):
        if found and hunk.took(line, found[-1]):
            continue
        if line.startswith("diff --"):
            way, before = "M", ""
        elif line.startswith(("new file", "deleted file")):
            way = "A" if line.startswith("new") else "D"
        elif line.startswith("rename from "):
            before = _path(line[12:])
        elif line.startswith("rename to "):
            found.append(Added(_path(line[10:]), "R", before))
        elif line.startswith("--- "):
            before = _path(line[4:]).removeprefix("a/")
        elif line.startswith("+++ "):
            path = _path(line[4:])
            if not (found and found[-1].way == "R" and found[-1].path == path):
                found.append(Added(before if path == _NOTHING else path, way))  # one that goes is called as it was
        elif line.startswith("Binary files "):
            found += _binary(line, way, found[-1].path if found else "")
        elif line.startswith("@@"):
            hunk = _Hunk(line)
    return found


def _binary(line: str, way: str, last: str) -> Iterator[Added]:
    names = [_path(name) for name in line[13:].removesuffix(" differ").split(" and ")]
    if len(names) == 2 and last != names[1]:
        yield Added(names[0].removeprefix("a/") if way == "D" else names[1], way)


_NOTHING = "/dev/null"


class _Hunk:
    """What is still to come of one; none for an empty heading."""

    __slots__ = ("heading", "left", "number", "parents", "right")

    def __init__(self, line: str) -> None:
        self.left = self.right = self.number = self.parents = 0
        self.heading = ""
        if line.startswith("@@@"):
            self.parents = line.index(" ") - 1
            self.number = _span(line[: line.index("@", self.parents + 1)].split()[-1])[0]
        elif line:
            (_, self.left), (self.number, self.right), self.heading = _hunk(line)

    def took(self, line: str, file: Added) -> bool:
        """Whether the line is one of it."""
        sign = line[:1]
        if self.parents and sign and sign in " +-\\":
            self.number += _merged(file, line, self.parents, self.number)
            return True
        if not (self.left or self.right):
            return False
        if self.heading and line[1:].strip():
            if _depth(line[1:]) > _depth(self.heading):
                file.headings.append(self.heading.strip())
            self.heading = ""
        if sign == "+":
            file.rows.append((self.number, line[1:].removesuffix("\r")))
        elif sign == "-":
            file.gone.append(line[1:].removesuffix("\r"))
        self.number += sign in ("+", " ")
        self.right -= sign in ("+", " ")
        self.left -= sign in ("-", " ")
        return True


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _merged(file: Added, line: str, parents: int, number: int) -> bool:
    """A line of a combined patch, with a sign for each parent. Whether the merged file has it."""
    signs = set(line[:parents])
    if signs == {"+"}:
        file.rows.append((number, line[parents:].removesuffix("\r")))
    return signs <= {"+", " "}


def _hunk(line: str) -> tuple[tuple[int, int], tuple[int, int], str]:
    """`@@ -1,2 +3 @@ heading`: starts and sizes."""
    _, old, new, rest = line.split(" ", 3)
    return _span(old), _span(new), rest.partition("@@")[2].removeprefix(" ").rstrip()


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
