"""The stage itself: put the last layers in force, wait for the word, run the command, and end when it or we must.

Its first process inside is the first of the PID namespace (or, without one, adopts every orphan): it cannot be killed
from inside, and when it ends, all that it has started ends with it. It ends when the command does, and when whoever
asked for the command is gone, which it learns from a socket whose other end is then closed.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` imports `enum`
import posix
import select

from sandbox.stage import calls

REFUSED = 125
NOT_EXECUTABLE, NOT_FOUND, KILLED = 126, 127, 137
_CHILD, _KILL, _PIPE, _FILE_TOO_LARGE = 17, 9, 13, 25
_NOT_A_PROGRAM, _NO_ENTRY, _NO_DIRECTORY, _NO_ACCESS = 8, 2, 20, 13  # ENOEXEC, ENOENT, ENOTDIR, EACCES


def main(config: dict[str, object]) -> None:
    """Never returns. `config` holds only what `marshal` can carry; see `sandbox.launch.stage_blob`."""
    control = config["control"]
    assert isinstance(control, int)
    try:
        mode = config["mode"]
        if mode == "namespaces":
            from sandbox.stage import namespaces

            namespaces.enter(config)
        elif mode == "bare":
            child = _below(config, control)
            if child:
                posix._exit(_oversee(child, control))
        _close_all_but(control, config["serve"])  # type: ignore[arg-type]
        _prepare(config, control)
    except BaseException as error:
        _say(control, f"failed {type(error).__name__}: {error}\n".encode("utf-8", "replace"))
        posix._exit(REFUSED)
    if posix.read(control, 1) != b"g":
        posix._exit(REFUSED)
    if config["serve"] != -1:
        from sandbox.stage import session

        posix._exit(session.serve(config["serve"], control))  # type: ignore[arg-type]
    if mode == "bare":
        _signal.signal(_PIPE, _signal.SIG_DFL)
        _signal.signal(_FILE_TOO_LARGE, _signal.SIG_DFL)
        posix._exit(-start(config["argv"], config["env"], posix.execve))  # type: ignore[arg-type]
    posix._exit(_first(config, control))


def _below(config: dict[str, object], control: int) -> int:
    """Fork. The child goes on towards the command; 0 there, its id here."""
    calls.adopt_orphans()
    calls.unreadable()
    child = posix.fork()
    if child:
        status = config["status"]
        assert isinstance(status, int)
        posix.write(status, b'{"child-pid": %d}\n' % child)
        _close_all_but(control)
        for descriptor in (0, 1, 2):
            posix.close(descriptor)  # the command's; whoever reads them waits for the last one to let go
        listen_for_children()
    else:
        posix.setsid()
    return child


def _oversee(child: int, control: int) -> int:
    status = _watch(child, control)
    while True:  # those that are killed leave us their children
        for pid in _children():
            try:
                posix.kill(pid, _KILL)
            except OSError:
                pass
        try:
            posix.waitpid(-1, 0)
        except ChildProcessError:
            return status


def _children() -> list[int]:
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


def _close_all_but(*kept: int) -> None:
    """Descriptors of the launch are not for the command."""
    for name in posix.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept:
            try:
                posix.close(descriptor)
            except OSError:  # the listing's own
                pass
    for descriptor in kept:
        if descriptor >= 0:
            posix.set_inheritable(descriptor, False)


def _prepare(config: dict[str, object], control: int) -> None:
    _signal.pthread_sigmask(_signal.SIG_SETMASK, [])
    posix.chdir(config["cwd"])  # type: ignore[arg-type]
    landlock, seccomp = config["landlock"], config["seccomp"]
    if config["mode"] != "bare":
        calls.unreadable()
    if landlock is not None or seccomp is not None:
        calls.no_new_privileges()
        if posix.getuid() == 0:  # with its powers root would be let through by much of what follows
            calls.drop_capabilities()
    port = config["listen"]
    listener = _listen(port) if port else None  # type: ignore[arg-type]
    said = "ready"
    if landlock is not None:
        calls.restrict_files(*landlock)  # type: ignore[misc]
        said += " landlock"
    if seccomp is not None:
        calls.filter_calls(seccomp)  # type: ignore[arg-type]
        said += " seccomp"
    if listener is None:
        posix.write(control, f"{said}\n".encode())
    else:
        _hand_out(listener, control, f"{said} listening\n".encode())


def _listen(port: int) -> object:
    """A socket of this network namespace. Whoever holds it can be reached from inside, wherever they are."""
    import _socket

    listener = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def _hand_out(listener: object, control: int, said: bytes) -> None:
    import _socket

    channel = _socket.socket(fileno=control)
    number: int = listener.fileno()  # type: ignore[attr-defined]
    channel.sendmsg([said], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, number.to_bytes(4, "little"))])
    channel.detach()
    listener.close()  # type: ignore[attr-defined]


def _say(control: int, what: bytes) -> None:
    try:
        posix.write(control, what)
    except OSError:
        pass


def spawn(path: bytes, argv: list[bytes], env: dict[bytes, bytes]) -> int:
    """Start a program as the leader of a session of its own."""
    return posix.posix_spawn(path, argv, env, setsid=True, setsigdef=(_CHILD, _PIPE, _FILE_TOO_LARGE))


def _first(config: dict[str, object], control: int) -> int:
    """Start the command and do what the first process of a namespace must: wait for it, and bury every orphan."""
    listen_for_children()
    child = start(config["argv"], config["env"], spawn)  # type: ignore[arg-type]
    if child < 0:
        return -child
    for descriptor in (0, 1, 2):
        posix.close(descriptor)
    return _watch(child, control)


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


_woken = -1


def listen_for_children() -> int:
    """A descriptor that can be read when a child has ended."""
    global _woken
    _woken, waker = posix.pipe2(posix.O_CLOEXEC | posix.O_NONBLOCK)
    _signal.set_wakeup_fd(waker)
    _signal.signal(_CHILD, lambda *_: None)
    return _woken


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


def _watch(child: int, control: int) -> int:
    """Until `child` ends or the other end of `control` is closed: a status as a shell gives it."""
    poll = select.poll()
    poll.register(control, 0)  # that it was hung up is always reported
    poll.register(_woken, select.POLLIN)
    while True:
        for pid, status in bury():
            if pid == child:
                return status
        for descriptor, _ in poll.poll():
            if descriptor == control:
                return KILLED
            posix.read(_woken, 4096)
