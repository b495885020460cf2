"""A program on a terminal of tmux: keys go in, and what stands on the screen comes out as text.

    with Pane(["swe-agent", "desk"], cwd=repo, size=(80, 24), folder=tmp_path) as pane:
        pane.until("q leave")
        pane.press("y", "Enter")

Each pane is a server of its own, on a socket in `folder`. Nothing waits for a time: what is to come is waited for.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

DEADLINE_S = 60
_POLL_S = 0.05
_NOT_OURS = ("COLUMNS", "LINES", "TMUX", "TMUX_PANE", "NO_COLOR")
"""What another terminal has left in the environment; the size would be believed."""
_OPTIONS = ("status off", "history-limit 50000", "default-terminal screen-256color")
_ENDED = re.compile(r"^\[ended with (\d+)\]$", re.MULTILINE)
_RUN = "trap : INT; %s; printf '\n[ended with %%s]\n' $?; exec sleep 600"
"""tmux tells the end of a program that is copied to a pipe late or never: so the terminal itself says it."""


def missing() -> str:
    """Why there are no panes here; empty where there are, and on CI, where they have to be."""
    return "" if shutil.which("tmux") or os.environ.get("CI") else "no terminal to drive: tmux is not installed"


class Pane:
    """`folder` gets the socket, and `drawn`: all bytes that the program wrote."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, size: tuple[int, int], folder: Path, env: Mapping[str, str]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._socket, self._drawn = folder / "tmux", folder / "drawn"
        settings = [word for option in _OPTIONS for word in ("set-option", "-g", *option.split(), ";")]
        opening = ["new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", str(cwd)]
        running = ["sh", "-c", _RUN % shlex.join(command)]
        # In one go: the server reads nothing of the program before the pipe stands.
        copying = ["pipe-pane", f"cat >{shlex.quote(str(self._drawn))}"]
        inherited = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
        self._env = {**inherited, "LC_ALL": "C.UTF-8", **env}
        self._tmux("start-server", ";", *settings, *opening, *running, ";", *copying)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server")

    def press(self, *keys: str) -> None:
        """Keys by their names, as tmux has them: `y`, `Enter`, `Escape`, `C-c`."""
        self._tmux("send-keys", "--", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", "--", text)

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    @property
    def screen(self) -> str:
        """What can be seen now, without blanks at the ends of its rows."""
        return self._tmux("capture-pane", "-p")

    @property
    def text(self) -> str:
        """The screen and all that has gone by above it, with wrapped lines as one."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-")

    @property
    def drawn(self) -> bytes:
        return self._drawn.read_bytes()

    def until(self, what: str | Callable[[str], object]) -> str:
        """The screen, as soon as it holds a text, or as something is true of it."""
        return self._wait(lambda: self.screen, what)

    def until_text(self, what: Callable[[str], object]) -> str:
        """As `until`, of all that has gone by."""
        return self._wait(lambda: self.text, what)

    def status(self) -> int:
        """The exit status, once the program has ended."""
        ended = _ENDED.search(self.until(_ENDED.search))
        assert ended is not None, "it was there a moment ago"
        return int(ended[1])

    def _wait(self, look: Callable[[], str], what: str | Callable[[str], object]) -> str:
        end = time.monotonic() + DEADLINE_S
        while True:
            seen = look()
            if what in seen if isinstance(what, str) else what(seen):
                return seen
            ended = _ENDED.search(seen)  # then nothing comes any more
            if ended or time.monotonic() > end:
                how = f"the program ended with {ended[1]}" if ended else f"not in {DEADLINE_S} s"
                raise AssertionError(f"{how}, and this did not come: {what!r}; the terminal shows:\n{self.screen}")
            time.sleep(_POLL_S)

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-u", "-f", os.devnull, "-S", str(self._socket), *words]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == 0, f"tmux {words[0]}: {done.stderr.strip()}"
        return done.stdout
