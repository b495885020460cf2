"""A program on a terminal of its own, and what it took."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.harness.measure import Measured

LONGEST_S = 120
_TERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def on_terminal(
    argv: Sequence[str], *, answers: Mapping[bytes, bytes], size: tuple[int, int], env: Mapping[str, str], cwd: Path
) -> tuple[Measured, bytes]:
    """Run, and type once, as soon as the screen shows one of the texts that `answers` names; all that was drawn."""
    begun = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.chdir(cwd)
            os.execvpe(argv[0], list(argv), {**os.environ, **_TERM, **env})
        finally:
            os._exit(127)
    drawn, waiting = b"", True
    while time.perf_counter() - begun < LONGEST_S:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            some = os.read(terminal, 65_536)
        except OSError:  # Linux says so when the last writer is gone
            break
        drawn += some
        typed = [keys for text, keys in answers.items() if text in drawn]
        if waiting and typed:
            os.write(terminal, typed[0])
            waiting = False
    else:
        os.kill(pid, 9)
    _, status, used = os.wait4(pid, 0)
    os.close(terminal)
    measured = Measured(
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        status=os.waitstatus_to_exitcode(status),
        wall_s=time.perf_counter() - begun,
    )
    return measured, drawn
