"""The stage itself: put the last layers in force, wait for the word, run the command, and end when it or we must.

Its first process inside is the first of the PID namespace (or, without one, adopts every orphan): it cannot be killed
from inside, and when it ends, all that it has started ends with it. It ends when the command does, and when whoever
asked for the command is gone, which it learns from a socket whose other end is then closed.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` imports `enum`
import posix
import select

from sandbox.stage import calls, children

REFUSED = 125
KILLED = 137
_KILL = 9


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
        children.as_found()
        posix._exit(-children.start(config["argv"], config["env"], posix.execve))  # type: ignore[arg-type]
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
    else:
        posix.setsid()
    return child


def _oversee(child: int, control: int) -> int:
    status = _watch(child, control, children.listen())
    while True:  # those that are killed leave us their children
        for pid in children.here():
            try:
                posix.kill(pid, _KILL)
            except OSError:
                pass
        try:
            posix.waitpid(-1, 0)
        except ChildProcessError:
            return status


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
    calls.same_addresses()
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


def _first(config: dict[str, object], control: int) -> int:
    """Start the command and do what the first process of a namespace must: wait for it, and bury every orphan."""
    woken = children.listen()
    child = children.start(config["argv"], config["env"], children.spawn)  # type: ignore[arg-type]
    if child < 0:
        return -child
    for descriptor in (0, 1, 2):
        posix.close(descriptor)
    return _watch(child, control, woken)


def _watch(child: int, control: int, woken: int) -> int:
    """Until `child` ends or the other end of `control` is closed: a status as a shell gives it."""
    poll = select.poll()
    poll.register(control, 0)  # that it was hung up is always reported
    poll.register(woken, select.POLLIN)
    while True:
        for pid, status in children.bury():
            if pid == child:
                return status
        for descriptor, _ in poll.poll():
            if descriptor == control:
                return KILLED
            posix.read(woken, 4096)
