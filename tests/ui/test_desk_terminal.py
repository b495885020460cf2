"""The full screen on a real pseudo-terminal: typed ahead in one go, an editor in between, and left as it was found."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

SUPPORT = Path(__file__).parents[1] / "support"
SCRIPT = """
import signal, sys
sys.path[:0] = {paths!r}
import desk_pictures
from swe_agent.ui.desk_tty import FullScreenReviewer

def ended(*_):
    raise KeyboardInterrupt

def edit(path):
    print("EDITOR", path.name)
    path.write_bytes(b"version = 3\\n")

signal.signal(signal.SIGTERM, ended)
table = desk_pictures.table()
try:
    FullScreenReviewer(edit, None).review(table)
except KeyboardInterrupt:
    print("ENDED")
for block in table.desk.proposal.blocks:
    print("DECIDED", block.path, type(table.desk.decisions.get(block.id)).__name__)
"""
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"


def on_terminal(keys: bytes, *, end: bool = False, size: tuple[int, int] = (24, 80)) -> tuple[str, bytes, bool]:
    """What stands after the screen was left, all that was drawn, and whether the terminal is as it was."""
    script = SCRIPT.format(paths=[str(SUPPORT), str(SUPPORT.parents[1])])
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        os.execve(sys.executable, [sys.executable, "-c", script], {**os.environ, "TERM": "xterm-256color"})
    before = termios.tcgetattr(terminal)
    drawn, waiting, begun, after = b"", True, time.monotonic(), before
    while time.monotonic() < begun + 60:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            drawn += os.read(terminal, 65_536)
        except OSError:
            break
        if waiting and b"q leave" in drawn:
            waiting = False
            os.write(terminal, keys)
            if end:
                os.kill(pid, signal.SIGTERM)
        if BACK in drawn:
            after = termios.tcgetattr(terminal)
    else:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return drawn.rpartition(BACK)[2].decode(), drawn, after == before


def decided(text: str) -> list[str]:
    return [line.split(" ", 1)[1].strip() for line in text.splitlines() if "DECIDED" in line]


def test_keys_typed_ahead_come_in_their_order() -> None:
    left, drawn, same = on_terminal(b"y\rnwyscwhy\rnlgcfg\req")
    assert decided(left) == [
        "shop/cart.py Accept",
        "shop/cart.py Reject",
        "shop/cart.py Accept",
        "tests/test_cart.py Defer",
        "README.md Defer",
        "setup.cfg Amend",
        "shop/money.py Accept",
    ]
    assert b"EDITOR setup.cfg" in drawn
    assert drawn.count(ALTERNATE) == drawn.count(BACK) == 2
    assert same


def test_esc_with_a_key_right_behind_it_leaves_a_dialog_and_swallows_no_key() -> None:
    left, _, same = on_terminal(b"n\x1bs\x03")
    assert decided(left)[0] == "shop/cart.py Defer"
    assert same


def test_an_end_by_a_signal_gives_the_terminal_back() -> None:
    left, _, same = on_terminal(b"", end=True)
    assert "ENDED" in left
    assert decided(left)[0] == "shop/cart.py NoneType"
    assert same


def test_a_terminal_that_does_not_know_its_size() -> None:
    left, _, same = on_terminal(b"y\x03", size=(0, 0))
    assert "DECIDED shop/cart.py NoneType" in left  # a dialog was open
    assert same
