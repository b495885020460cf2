"""Commands of the program in processes that are killed at any line of what writes, and a program that saves files.

Forked from one process that has loaded everything, so that hundreds of commands take a minute: each is a process of its
own all the same, and ends by a real SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

TOP = Path(__file__).parents[2]
WRITES = (
    "swe_agent/desk/", "swe_agent/jobs/", "swe_agent/store/lines", "swe_agent/repo/recording", "sandbox/swap",
    "sandbox/paths", "sandbox/beneath", "sandbox/linux/files",
)  # fmt: skip
BEGINS = "mark"
"""The function with which a landing begins to keep what it needs."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """`lines` were run since the landing began; `status` is negative for a signal."""

    status: int
    lines: int
    stdout: str
    stderr: str

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL


class Forks:
    """The process that commands are forked from. To be closed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, "PYTHONPATH": str(TOP)},
        )  # fmt: skip

    def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        assert self._server.wait(timeout=60) == 0
        assert self._server.stdout is not None
        self._server.stdout.close()

    def run(self, cwd: Path, *argv: str, kill_at: int = 0) -> Ended:
        """`kill_at`: the line at which it is killed, from 1; 0 for never."""
        told = {"argv": argv, "cwd": str(cwd), "kill_at": kill_at, "folder": str(self._folder)}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(told) + "\n")
        status = int(self._server.stdout.readline())
        lines = self._folder / "lines"
        counted = int(lines.read_text()) if lines.exists() else 0
        lines.unlink(missing_ok=True)
        out, err = ((self._folder / name).read_text("utf-8", "replace") for name in ("out", "err"))
        return Ended(status=status, lines=counted, stdout=out, stderr=err)


# ---- the process itself


def _serve() -> None:
    for line in sys.stdin:
        told = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(told)
        _, status = os.waitpid(pid, 0)
        loaded = Path(told["folder"], "modules")
        if loaded.exists():  # the next ones have them from the start
            for name in loaded.read_text().split():
                __import__(name)
            loaded.unlink()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _child(told: Mapping[str, Any]) -> None:
    folder = Path(told["folder"])
    for name, number in (("out", 1), ("err", 2)):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(told["cwd"])
    sys.argv = ["swe-agent", *told["argv"]]
    before = set(sys.modules)
    from swe_agent.cli.main import run

    counted = _counting(told["kill_at"])
    code = run()
    sys.settrace(None)
    (folder / "lines").write_text(str(counted()))
    ours = (name for name in set(sys.modules) - before if name.startswith(("swe_agent", "sandbox", "rich", "typer")))
    (folder / "modules").write_text("\n".join(sorted(ours)))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _counting(kill_at: int) -> Callable[[], int]:
    """How many lines of what writes have been run; the process dies before line `kill_at`."""
    count, begun = 0, False

    def line(_frame: FrameType, event: str, _value: object) -> Any:
        nonlocal count
        if event == "line":
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, _event: str, _value: object) -> Any:
        nonlocal begun
        code = frame.f_code
        begun = begun or (code.co_name == BEGINS and code.co_filename.endswith("desk/images.py"))
        return line if begun and any(part in code.co_filename for part in WRITES) else None

    sys.settrace(call)
    return lambda: count


# ---- somebody who saves


PAUSE_S = 0.15
"""At most, between two saves: a landing that writes for a third of it is met by some, and not by all."""


def save_at_random(folder: Path, names: list[str], log: Path, seed: int) -> None:
    """Until stdin ends: read a file, put another last line in the place of the one that an earlier save put there, and
    save it in one of the ways that editors do. What was saved is told when it is."""
    chance = random.Random(seed)
    ended = False

    def over(_signal: int, _frame: FrameType | None) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGTERM, over)
    with log.open("w", encoding="utf-8") as told:
        for number in range(10**9):
            if ended:
                return
            path = folder / chance.choice(names)
            try:
                _save(path, number, chance)
            except FileNotFoundError:  # there is nothing there at the moment
                continue
            told.write(f"{path.name} {number}\n")
            told.flush()
            signal.sigtimedwait([], chance.random() * PAUSE_S)


def _save(path: Path, number: int, chance: random.Random) -> None:
    way = chance.randrange(3)
    mark = f"saved {number}\n".encode()
    if way == 0:  # as vim does
        beside = path.with_name(f".{path.name}.swp")
        beside.write_bytes(_unmarked(path.read_bytes()) + mark)
        beside.replace(path)
        return
    with path.open("r+b") as file:
        data = _unmarked(file.read())
        signal.sigtimedwait([], chance.random() * 0.004)
        file.seek(0)
        if way == 1:  # emptied first, as most do
            file.truncate()
            file.flush()
            signal.sigtimedwait([], chance.random() * 0.004)
        file.write(data + mark)
        file.truncate()


def _unmarked(data: bytes) -> bytes:
    """Without what an earlier save has put there."""
    return data[:at] if (at := data.find(b"saved ")) >= 0 else data


if __name__ == "__main__":
    if sys.argv[1:]:
        save_at_random(Path(sys.argv[1]), json.loads(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        _serve()
