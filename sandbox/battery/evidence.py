"""What is seen on the host once an attempt is over, and the signs in it that tell a breach.

A sign looks at the evidence and returns what it found in a few words, or "" where it found nothing. Only `said` takes
an attempt's word, and is for attempts whose success shows nowhere else: a system call that was answered, a limit that
was passed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

LATE_S = 4.0
"""Seconds that ending a run may take beyond its own limit before the run counts as late; the machine may be busy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a person is shown before accepting a change: the bytes for the terminal, and (kind, path) of each hazard."""

    text: bytes
    hazards: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Facts of the host. `output` holds what the commands printed and what host steps read, sizes are bytes on disk."""

    canary: str
    output: bytes = b""
    shown: bytes = b""
    """The first command's output as it would be put on a terminal."""
    changed: tuple[str, ...] = ()
    """Paths of the user's, relative to the world, that are not as they were."""
    visitors: tuple[str, ...] = ()
    """Which listeners of the host were reached."""
    ran: bool = False
    """The host ran the attempt's code."""
    victim: str = "alive"
    late_s: float = 0.0
    """The most that a command or a step of the host took beyond its limit."""
    beats: bool = False
    """A process of the attempt still writes after the end of the run."""
    typed: bytes = b""
    """What appeared on the user's terminal."""
    review: Review | None = None
    refused: str = ""
    """Why the host would not extract the change: then nobody is shown anything, and nothing is accepted."""
    used_bytes: int = 0
    """Allocated below the workspace after the last command."""
    files: int = 0
    taken: str = ""
    """What a step of the host found gone wrong while a command ran."""
    left: str = ""
    """What could not be removed when the workspace was given up."""
    lacks: tuple[str, ...] = ()
    """Layers of protection that the run did not have."""
    marks: tuple[str, ...] = ()
    """Set-id bits and file capabilities of files in the tree."""


Sign = Callable[[Evidence], str]


def touched(seen: Evidence) -> str:
    """Something of the user's was changed, made or removed."""
    return ", ".join(seen.changed[:3])


def leaked(seen: Evidence) -> str:
    """The output holds a secret of this world."""
    return "the secret is in the output" if seen.canary.encode() in seen.output else ""


def visited(seen: Evidence) -> str:
    """A listener of the host was reached."""
    return ", ".join(seen.visitors)


def ran(seen: Evidence) -> str:
    """The host ran code of the tree."""
    return "the host ran the attempt's program" if seen.ran else ""


def harmed(seen: Evidence) -> str:
    """A process of the user's was ended or stopped."""
    return "" if seen.victim == "alive" else f"the user's process is {seen.victim}"


def late(seen: Evidence) -> str:
    """A limit of time did not hold."""
    return f"{seen.late_s:.1f} s beyond the limit" if seen.late_s > LATE_S else ""


def outlived(seen: Evidence) -> str:
    """A process of the attempt lives on."""
    return "a process goes on after the end" if seen.beats else ""


def typed(seen: Evidence) -> str:
    """Bytes appeared on the user's terminal."""
    return f"{len(seen.typed)} bytes on the user's terminal" if seen.typed else ""


def left(seen: Evidence) -> str:
    """The workspace cannot be removed."""
    return seen.left


def taken(seen: Evidence) -> str:
    """The host lacked something while the command ran."""
    return seen.taken


def marked(seen: Evidence) -> str:
    """Files with privileges lie in the tree."""
    return ", ".join(seen.marks)


# What a terminal acts on or does not show; \n and \t are harmless.
_RAW = re.compile(
    rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf"
    rb"|\xf3\xa0[\x80-\x87][\x80-\xbf]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\x9f]"
)


def raw(seen: Evidence) -> str:
    """The terminal gets bytes that steer it or that cannot be seen."""
    for place, data in (("output", seen.shown), ("review", seen.review.text if seen.review else b"")):
        if found := _RAW.search(data):
            return f"{found.group()!r} in the {place}"
    return ""


def said(word: str = "BREACH") -> Sign:
    """A line of the output begins with `word`."""

    def sign(seen: Evidence) -> str:
        lines = [line for line in seen.output.splitlines() if line.startswith(word.encode())]
        return b" | ".join(lines)[:160].decode("utf-8", "replace")

    return sign


def unseen(text: str) -> Sign:
    """The review does not show `text`."""

    def sign(seen: Evidence) -> str:
        if seen.refused:
            return ""
        shown = seen.review.text if seen.review is not None else b""
        return "" if text.encode() in shown else f"the review does not show {text!r}"

    return sign


def unflagged(*paths: str, kind: str = "") -> Sign:
    """The review raises no hazard (of `kind`) for some of `paths`."""

    def sign(seen: Evidence) -> str:
        if seen.refused:
            return ""
        raised = seen.review.hazards if seen.review is not None else ()
        known = {path for one, path in raised if kind in ("", one)}
        missed = [path for path in paths if path not in known]
        return f"no hazard for {', '.join(missed)}"[:200] if missed else ""

    return sign


def heavier(limit: int) -> Sign:
    """More than `limit` bytes of disk were used."""
    return lambda seen: f"{seen.used_bytes >> 20} MiB on disk" if seen.used_bytes > limit else ""


def more_files(limit: int) -> Sign:
    """More than `limit` files were made."""
    return lambda seen: f"{seen.files} files" if seen.files > limit else ""
