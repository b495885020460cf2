"""Runs the program many times without loading it many times: a process that has loaded it forks for each run.

Each run is a process of its own, with its own environment, folder and files for what goes in and comes out, and ends as
one. What differs from `python -m swe_agent` is only that modules are there already, and the tables of languages; so the
start itself is tested elsewhere, and an environment that is read at the start (`AT_START`) is none for this way.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn

AT_START = ("PYTHON", "LC_", "LANG", "COV_", "COVERAGE_", "TYPER_", "GIT_PYTHON_")
"""What names begin with that are read when Python starts, or when a module is loaded."""
_OWN_TIME = ("litellm", "testing", "__main__", "probe", "desk_app", "desk_tty", "rich_utils")
"""Parts of the names of modules that a run loads for itself, as it loads what these need."""
_NUMBER = struct.Struct("!q")


class Zygote:
    """Ends with the process that has made it. Several threads may ask for runs at once."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zygote-")
        self._path = str(Path(self._folder.name, "s"))
        self._alive, theirs = socket.socketpair()
        with socket.socket(socket.AF_UNIX) as listening, theirs:
            listening.bind(self._path)
            listening.listen(64)
            given = (listening.fileno(), theirs.fileno())
            argv = [sys.executable, __file__, *map(str, given)]
            self._start = _of_start(os.environ)
            self._process = subprocess.Popen(argv, pass_fds=given, stdin=subprocess.DEVNULL)

    def is_like(self, env: Mapping[str, str]) -> bool:
        """Whether a run in this environment may be one of ours: nothing that counts at the start is another, and no
        coverage is measured."""
        there = _of_start(env)
        return there == self._start and not any(name.startswith("COV") for name in there)

    def run(
        self, args: Sequence[str], cwd: Path, given: bytes, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Raises TimeoutExpired as `subprocess.run` does, and ends the run then."""
        with (
            tempfile.TemporaryFile() as in_,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            socket.socket(socket.AF_UNIX) as asked,
        ):
            in_.write(given)
            in_.seek(0)
            asked.connect(self._path)
            said = json.dumps([list(args), str(cwd), dict(env)]).encode()
            socket.send_fds(asked, [_NUMBER.pack(len(said))], [in_.fileno(), out.fileno(), err.fileno()])
            asked.sendall(said)
            pid = _number(asked)
            asked.settimeout(timeout)
            try:
                status = _number(asked)
            except TimeoutError as error:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(args), timeout) from error
            for one in (out, err):
                one.seek(0)
            return subprocess.CompletedProcess(list(args), os.waitstatus_to_exitcode(status), out.read(), err.read())

    def close(self) -> None:
        self._alive.close()
        self._process.wait()
        self._folder.cleanup()


@cache
def zygote() -> Zygote:
    made = Zygote()
    atexit.register(made.close)
    return made


def _of_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(AT_START)}


def _read(at: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = at.recv(size - len(parts))
        if not part:
            raise EOFError("the other side is gone")
        parts += part
    return parts


def _number(at: socket.socket) -> int:
    number: int = _NUMBER.unpack(_read(at, _NUMBER.size))[0]
    return number


# ---- in the process that forks


def main(listening: socket.socket, alive: socket.socket) -> None:
    import gc
    import select

    _load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that wait
    while True:
        ready, _, _ = select.select([listening, alive], [], [])
        if alive in ready:
            return
        asked, _ = listening.accept()
        if not os.fork():
            listening.close()
            alive.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _attend(asked)
        asked.close()


def _load() -> None:
    import swe_agent

    for found in walk_packages(swe_agent.__path__, "swe_agent."):
        if not any(part in found.name for part in _OWN_TIME):
            with suppress(ImportError):
                import_module(found.name)
    import_module("swe_agent.syntax.language").languages()  # tables that nearly every job reads


def _attend(asked: socket.socket) -> NoReturn:
    """Starts a run, and tells its id and how it ended."""
    head, fds, _, _ = socket.recv_fds(asked, _NUMBER.size, 3)
    args, cwd, env = json.loads(_read(asked, _NUMBER.unpack(head)[0]))
    pid = os.fork()
    if not pid:
        asked.close()
        _become(args, cwd, env, fds)
    asked.sendall(_NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):  # nobody waits for it any more
        asked.sendall(_NUMBER.pack(status))
    os._exit(0)


def _become(args: Sequence[str], cwd: str, env: Mapping[str, str], fds: Sequence[int]) -> NoReturn:
    import threading
    import time
    import traceback

    for number, one in enumerate(fds):
        os.dup2(one, number)
        os.close(one)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    tempfile.tempdir = None
    code = 70
    try:
        os.chdir(cwd)
        sys.path[0] = cwd
        sys.argv = [str(Path(import_module("swe_agent").__file__ or "").with_name("__main__.py")), *args]
        import_module("swe_agent.__main__").main()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        threading._shutdown()  # type: ignore[attr-defined]  # as at the end of any process
        atexit._run_exitfuncs()
        with suppress(OSError, ValueError):
            sys.stdout.flush()
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code & 0xFF)


if __name__ == "__main__":
    main(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3]))
