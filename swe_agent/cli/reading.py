"""What is typed, or given as a file or on stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from swe_agent.core.errors import UsageError

MOST = 20_000_000
"""Bytes of a reply, a patch or a file of decisions."""


def content_of(name: str, *, called: str, hint: str) -> str:
    """The text of a file, or with `-` of stdin, any bytes kept as surrogates. UsageError where it cannot be read."""
    try:
        data = sys.stdin.buffer.read(MOST + 1) if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}", hint=hint) from error
    if len(data) > MOST:
        raise UsageError(f"{called} is larger than {MOST // 1_000_000} MB", hint="is it the right file?")
    return data.decode("utf-8", "surrogateescape")


@contextmanager
def lines_of(name: str, *, called: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file, or with `-` of stdin, as they come: however many, and however long."""
    if name == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise UsageError(f"cannot read {called} in {name}: {error.strerror}", hint="name a file, or `-`") from error
        yield file


def task_text(typed: str) -> str:
    """What was typed; with `-` what comes on stdin, and with `@FILE` what the file holds."""
    if typed == "-":
        text = sys.stdin.read()
    elif typed.startswith("@") and Path(typed[1:]).is_file():
        text = Path(typed[1:]).read_text("utf-8", "replace")
    else:
        text = typed
    if not text.strip():
        raise UsageError("there is no task", hint='say what is to be done: `swe-agent localise "totals ignore …"`')
    return text
