"""Starting programs and burying them: what the first process of a sandbox does besides waiting."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` imports `enum`
import posix

NOT_EXECUTABLE, NOT_FOUND = 126, 127
_CHILD, _PIPE, _FILE_TOO_LARGE = 17, 13, 25
_NOT_A_PROGRAM, _NO_ENTRY, _NO_DIRECTORY = 8, 2, 20  # ENOEXEC, ENOENT, ENOTDIR


def as_found() -> None:
    """Signals that Python ignores, as every program expects them."""
    _signal.signal(_PIPE, _signal.SIG_DFL)
    _signal.signal(_FILE_TOO_LARGE, _signal.SIG_DFL)


def spawn(path: bytes, argv: list[bytes], env: dict[bytes, bytes]) -> int:
    """Start a program as the leader of a session of its own."""
    return posix.posix_spawn(path, argv, env, setsid=True, setsigdef=(_CHILD, _PIPE, _FILE_TOO_LARGE))


def start(argv: list[bytes], env: dict[bytes, bytes], run: object) -> int:
    """Try each directory of PATH, as execvp does: what `run` gives, or less than 0, the status where nothing ran."""
    name = argv[0]
    places = [b""] if b"/" in name else [place + b"/" for place in env.get(b"PATH", b"/usr/bin:/bin").split(b":")]
    status, said = NOT_FOUND, "not found"
    for place in places:
        try:
            return run(place + name, argv, env)  # type: ignore[operator,no-any-return]
        except OSError as error:
            if error.errno == _NOT_A_PROGRAM:
                return run(b"/bin/sh", [b"/bin/sh", place + name, *argv[1:]], env)  # type: ignore[operator,no-any-return]
            if error.errno not in (_NO_ENTRY, _NO_DIRECTORY):
                status, said = NOT_EXECUTABLE, posix.strerror(error.errno or 0)
    posix.write(2, b"sandbox: " + name + f": {said}\n".encode())
    return -status


def listen() -> int:
    """A descriptor that can be read when a child has ended."""
    woken, waker = posix.pipe2(posix.O_CLOEXEC | posix.O_NONBLOCK)
    _signal.set_wakeup_fd(waker)
    _signal.signal(_CHILD, lambda *_: None)
    return woken


def bury() -> list[tuple[int, int]]:
    """Ids of all children that have ended, with their status as a shell gives it."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = posix.waitpid(-1, posix.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        code = 128 + posix.WTERMSIG(status) if posix.WIFSIGNALED(status) else posix.WEXITSTATUS(status)
        ended.append((pid, code))


def here() -> list[int]:
    """Direct children of this process."""
    own = posix.getpid()
    try:
        with open(f"/proc/self/task/{own}/children", "rb", buffering=0) as file:
            return [int(pid) for pid in file.readall().split()]
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN
        found = []
        for name in posix.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                        if int(file.readall().rpartition(b")")[2].split()[1]) == own:
                            found.append(int(name))
                except (OSError, IndexError):
                    continue
        return found
