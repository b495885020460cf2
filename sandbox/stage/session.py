"""Many commands in one sandbox: the first process takes them from a socket, starts each, and tells how it ended.

A request is one message: a byte string that `marshal` reads as (number, argv, env, cwd), with three descriptors; or
(number, signal), for the group of that command. An answer is a line of text: number and status. Requests come from the
host and are trusted; answers are read as what they are, text from inside.
"""

from __future__ import annotations

import _socket
import marshal
import posix
import select

from sandbox.stage import children

_LARGEST = 1 << 20
_REFUSED, _KILLED = 125, 137


def serve(channel: int, control: int) -> int:
    """Until whoever asks lets go of either socket."""
    asked = _socket.socket(fileno=channel)
    woken = children.listen()
    running: dict[int, int] = {}
    poll = select.poll()
    poll.register(control, 0)
    poll.register(channel, select.POLLIN)
    poll.register(woken, select.POLLIN)
    quiet = posix.open("/dev/null", posix.O_RDWR)
    for descriptor in (0, 1, 2):
        posix.dup2(quiet, descriptor)
    while True:
        for pid, status in children.bury():
            number = running.pop(pid, None)
            if number is not None:
                asked.send(b"%d %d\n" % (number, status))
        for descriptor, _ in poll.poll():
            if descriptor == woken:
                posix.read(woken, 4096)
            elif descriptor == control or not _answer(asked, running):
                return _KILLED


def _answer(asked: _socket.socket, running: dict[int, int]) -> bool:
    """One request; False where there will be none any more."""
    message, extra, _, _ = asked.recvmsg(_LARGEST, _socket.CMSG_SPACE(12))
    if not message:
        return False
    number, *request = marshal.loads(message)  # noqa: S302  # from the host
    if len(request) == 1:
        for pid, known in running.items():
            if known == number:
                posix.killpg(pid, request[0])
        return True
    passed = extra[0][2]
    given = [int.from_bytes(passed[at : at + 4], "little") for at in (0, 4, 8)]
    argv, env, cwd = request
    try:
        posix.chdir(cwd)
        for descriptor, own in enumerate(given):
            posix.dup2(own, descriptor)
        pid = children.start(argv, env, children.spawn)
    except OSError as error:
        posix.write(2, f"sandbox: {error}\n".encode())
        pid = -_REFUSED
    quiet = posix.open("/dev/null", posix.O_RDWR)
    for descriptor, own in enumerate(given):
        posix.dup2(quiet, descriptor)
        posix.close(own)
    posix.close(quiet)
    if pid < 0:
        asked.send(b"%d %d\n" % (number, -pid))
    else:
        running[pid] = number
    return True
