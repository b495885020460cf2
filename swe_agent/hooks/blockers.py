"""What must not come into a history: secrets, conflict markers, and characters that make code read otherwise than it
runs."""

from __future__ import annotations

from swe_agent.core import secrets
from swe_agent.core.added import Added
from swe_agent.core.conflicts import conflicts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Set

LONGEST = 1_000
"""Letters of a line that people read; a program has written a longer one, with tables of all characters in it."""
_TURNING = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_PROSE = (
    ".md", ".rst", ".txt", ".adoc", ".po", ".pot", ".xlf", ".xliff", ".arb", ".strings", ".properties", ".srt", ".vtt",
    ".csv", ".tsv", ".html", ".htm", ".svg", ".tex", ".json", ".yml", ".yaml", ".resx", ".ftl", ".ts.snap",
)  # fmt: skip
"""Files in which people write in all scripts."""


class Blocker:
    """`allow` is the fingerprint by which it may be let through for good. What is not sure blocks nothing."""

    __slots__ = ("allow", "commit", "is_sure", "kind", "line", "path", "what")

    def __init__(self, kind: str, path: str, line: int, what: str, *, allow: str = "", is_sure: bool = True) -> None:
        self.commit = ""
        self.kind = kind
        self.path = path
        self.line = line
        self.what = what
        self.allow = allow
        self.is_sure = is_sure

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}" + (f" in commit {self.commit}" if self.commit else "")


def blockers(files: Sequence[Added]) -> list[Blocker]:
    """In the order of the patch. What goes from one place and comes to another was there before."""
    gone = {text.strip() for file in files for text in file.gone}
    return [one for file in files if file.rows for one in _of(file, gone)]


def but(found: Sequence[Blocker], allowed: Set[str]) -> list[Blocker]:
    """Without what was let through for good."""
    return [one for one in found if not one.allow or one.allow not in allowed]


def _of(file: Added, gone: Set[str]) -> Iterator[Blocker]:
    yield from _secrets(file, gone)
    yield from _conflicts(file)
    if not file.path.lower().endswith(_PROSE):
        for number, text in file.rows:
            if len(text) < LONGEST and not text.isascii() and not _TURNING.isdisjoint(text):
                yield Blocker("bidi", file.path, number, "characters that turn the direction of text around")


def _secrets(file: Added, gone: Set[str]) -> Iterator[Blocker]:
    text = file.text
    for leak in secrets.find(text):
        number, line = file.rows[leak.line - 1]
        mark = secrets.fingerprint(leak, text)
        if line.strip() not in gone:
            is_sure = secrets.is_sure_in(leak, file.path)
            yield Blocker("secret", file.path, number, leak.rule, allow=mark, is_sure=is_sure)


def _conflicts(file: Added) -> Iterator[Blocker]:
    """At the first marker of each."""
    for first, _ in conflicts(text for _, text in file.rows):
        yield Blocker("conflict", file.path, file.rows[first][0], "conflict markers of a merge that was not finished")
