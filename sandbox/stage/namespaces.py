"""A root of its own, made with user namespaces and nothing but the kernel: what bubblewrap does, where it is missing.

`enter` returns in a new process, the first of a new PID namespace, which sees what the layout says. The calls are those
of mount(2), mount_setattr(2) (Linux 5.12), pivot_root(2) and user_namespaces(7).
"""

from __future__ import annotations

import posix

from sandbox.stage import calls

_NEW = {"mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000,
        "pid": 0x20000000, "net": 0x40000000}  # fmt: skip
_READ_ONLY, _NO_SET_ID, _NO_DEVICES, _NO_PROGRAMS, _REMOUNT, _BIND, _RECURSIVE, _SLAVE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 19,
)
_MOUNT_SETATTR, _BENEATH, _HERE = 442, 0x8000, -100  # AT_RECURSIVE, AT_FDCWD
_DETACH = 2
_BASE = b"/tmp"  # any directory that every system has; it is covered in the new namespace only
_DEVICES = (b"null", b"zero", b"full", b"random", b"urandom", b"tty")
_LINKS = ((b"fd", b"/proc/self/fd"), (b"stdin", b"/proc/self/fd/0"), (b"stdout", b"/proc/self/fd/1"),
          (b"stderr", b"/proc/self/fd/2"), (b"ptmx", b"pts/ptmx"), (b"core", b"/proc/kcore"))  # fmt: skip
_UP = 0x41  # IFF_UP | IFF_RUNNING
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS


def enter(config: dict[str, object]) -> None:
    """Only the new process returns; the old one waits for it and exits with its status."""
    uid, gid = posix.getuid(), posix.getgid()
    flags = sum(_NEW.values())
    if not config["user"]:
        flags -= _NEW["user"]
    if config["network"]:
        flags -= _NEW["net"]
    calls.libc("unshare", flags)
    if config["user"]:
        _write(b"/proc/self/setgroups", b"deny")
        _write(b"/proc/self/uid_map", b"%d %d 1" % (uid, uid))
        _write(b"/proc/self/gid_map", b"%d %d 1" % (gid, gid))
    child = posix.fork()
    if child:
        status = config["status"]
        assert isinstance(status, int)
        posix.write(status, b'{"child-pid": %d}\n' % child)
        posix.closerange(0, 64)
        ended = posix.waitpid(child, 0)[1]
        posix._exit(128 + posix.WTERMSIG(ended) if posix.WIFSIGNALED(ended) else posix.WEXITSTATUS(ended))
    posix.setsid()
    _make_root(config["operations"])  # type: ignore[arg-type]
    if not config["network"]:
        _loopback()
    calls.libc("sethostname", b"sandbox", calls.Long(7))
    calls.drop_capabilities()


def _write(path: bytes, text: bytes) -> None:
    place = posix.open(path, posix.O_WRONLY)
    posix.write(place, text)
    posix.close(place)


def _mount(source: bytes | None, target: bytes, kind: bytes | None, flags: int, data: bytes | None = None) -> None:
    try:
        calls.libc("mount", source, target, kind, calls.Long(flags), data)
    except OSError as error:
        raise OSError(error.errno, f"mount on {_name(target)}: {posix.strerror(error.errno or 0)}") from None


def _name(path: bytes) -> str:
    return path.removeprefix(b"/new").decode("utf-8", "replace")


def _make_root(operations: list[tuple[object, ...]]) -> None:
    _mount(None, b"/", None, _SLAVE | _RECURSIVE)
    _mount(b"tmpfs", _BASE, b"tmpfs", _NO_SET_ID | _NO_DEVICES, b"mode=0755")
    posix.mkdir(_BASE + b"/new", 0o755)
    posix.mkdir(_BASE + b"/old", 0o755)
    posix.chdir(_BASE)
    calls.libc("pivot_root", b".", b"old")
    posix.chdir(b"/")
    _mount(b"tmpfs", b"/new", b"tmpfs", _NO_SET_ID | _NO_DEVICES, b"mode=0755")
    for number, operation in enumerate(operations):
        kind, target, *rest = operation
        _DO[kind](b"/new" + target, number, *rest)  # type: ignore[operator,index]
    _protect(b"/new", recursive=False)
    posix.chdir(b"/new")
    calls.libc("pivot_root", b".", b".")
    calls.libc("umount2", b".", _DETACH)
    posix.chdir(b"/")


def _protect(target: bytes, *, recursive: bool, writable: bool = False) -> None:
    """No set-id programs and no devices; and not to be written, unless it may be."""
    wanted = _NO_SET_ID | _NO_DEVICES | (0 if writable else _READ_ONLY)
    attributes = wanted.to_bytes(8, "little") + bytes(24)
    calls.syscall(_MOUNT_SETATTR, _HERE, target, _BENEATH if recursive else 0, attributes, calls.Long(len(attributes)))


def _bind(target: bytes, number: int, source: bytes, writable: bool) -> None:
    del number
    there = b"/old" + source
    _target(target, directory=posix.stat(there).st_mode & 0o170000 == 0o040000)
    _mount(there, target, None, _BIND | _RECURSIVE)
    if source != b"/dev/null":
        _protect(target, recursive=True, writable=writable)


def _overlay(target: bytes, number: int, source: bytes) -> None:
    scratch = b"/layer%d" % number  # beside the new root, so that it cannot be seen
    posix.mkdir(scratch, 0o700)
    posix.mkdir(scratch + b"/upper", 0o755)
    posix.mkdir(scratch + b"/work", 0o755)
    lower = posix.open(b"/old" + source, 0o10000000 | posix.O_DIRECTORY)
    _target(target, directory=True)
    # By descriptor, for a path could hold the characters that separate options.
    options = b"lowerdir=/old/proc/self/fd/%d,upperdir=%s/upper,workdir=%s/work,userxattr" % (lower, scratch, scratch)
    _mount(b"overlay", target, b"overlay", _NO_SET_ID | _NO_DEVICES, options)
    posix.close(lower)


def _empty(target: bytes, number: int, size: int, mode: int) -> None:
    del number
    _target(target, directory=True)
    _mount(b"tmpfs", target, b"tmpfs", _NO_SET_ID | _NO_DEVICES, b"size=%d,mode=0%o" % (size, mode))


def _file(target: bytes, number: int, content: bytes) -> None:
    del number
    _parents(target)
    place = posix.open(target, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_CLOEXEC, 0o644)
    while content:
        content = content[posix.write(place, content) :]
    posix.close(place)


def _link(target: bytes, number: int, to: bytes) -> None:
    del number
    _parents(target)
    posix.symlink(to, target)


def _kernel(target: bytes, number: int) -> None:
    del number
    _target(target + b"/proc", directory=True)
    _mount(b"proc", target + b"/proc", b"proc", _NO_SET_ID | _NO_DEVICES | _NO_PROGRAMS)
    # Some of it belongs to root wherever root is, such as the program that takes core dumps.
    _mount(None, target + b"/proc", None, _REMOUNT | _BIND | _READ_ONLY | _NO_SET_ID | _NO_DEVICES | _NO_PROGRAMS)
    dev = target + b"/dev/"
    _empty(dev, 0, 1 << 20, 0o755)
    for name in _DEVICES:
        _target(dev + name, directory=False)
        _mount(b"/old/dev/" + name, dev + name, None, _BIND)
    posix.mkdir(dev + b"shm", 0o1777)
    posix.mkdir(dev + b"pts", 0o755)
    _mount(b"devpts", dev + b"pts", b"devpts", _NO_SET_ID | _NO_PROGRAMS, b"newinstance,ptmxmode=0666,mode=620")
    for name, to in _LINKS:
        posix.symlink(to, dev + name)


_DO = {"bind": _bind, "overlay": _overlay, "empty": _empty, "file": _file, "link": _link, "kernel": _kernel}


def _target(target: bytes, *, directory: bool) -> None:
    """A place to mount on. Within a mounted tree it was made beforehand, and there is none that must be made here."""
    try:
        there = posix.lstat(target.rstrip(b"/")).st_mode & 0o170000
    except OSError:
        _parents(target.rstrip(b"/"))
        if directory:
            posix.mkdir(target, 0o755)
        else:
            posix.close(posix.open(target, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o644))
        return
    if there not in (0o040000, 0o100000, 0o020000):
        raise OSError(20, f"{_name(target)} is neither a directory nor a file")


def _parents(target: bytes) -> None:
    missing = []
    above = target.rpartition(b"/")[0]
    while above:
        try:
            posix.lstat(above)
            break
        except OSError:
            missing.append(above)
        above = above.rpartition(b"/")[0]
    for place in reversed(missing):
        posix.mkdir(place, 0o755)


def _loopback() -> None:
    """A new network namespace has a loopback device that is down."""
    import _socket

    from sandbox.stage.calls import Long

    device = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    request = b"lo".ljust(16, b"\0") + _UP.to_bytes(2, "little") + bytes(22)
    calls.libc("ioctl", device.fileno(), Long(_SET_FLAGS), request)
    device.close()
