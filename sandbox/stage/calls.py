"""System calls. ctypes without its Python part, which takes as long to import as the whole rest of the stage."""

from __future__ import annotations

import _ctypes

_DECLARED, _KEEPS_ERRNO = 1, 8  # FUNCFLAG_CDECL, FUNCFLAG_USE_ERRNO of ctypes.h
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_PATH, _CLOSE_ON_EXEC = 0o10000000, 0o2000000
_SET_NO_NEW_PRIVS, _SET_DUMPABLE, _SET_SUBREAPER, _SET_SECCOMP = 38, 4, 36, 22
_BOUNDING_DROP, _AMBIENT, _AMBIENT_CLEAR = 24, 47, 4
_ADDR_NO_RANDOMIZE = 0x0040000


class Long(_ctypes._SimpleCData):  # type: ignore[type-arg]
    """A C long, for arguments that do not fit an int."""

    _type_ = "l"


class _Byte(_ctypes._SimpleCData):  # type: ignore[type-arg]
    _type_ = "c"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _DECLARED | _KEEPS_ERRNO
    _restype_ = Long


_library = _ctypes.dlopen(None, 2)  # type: ignore[arg-type]  # None: the program itself
_found: dict[str, _Function] = {}


def libc(name: str, *arguments: object) -> int:
    """Call a function of the C library: int, bytes or None as arguments. OSError with `name` where it returns -1."""
    function = _found.get(name)
    if function is None:
        function = _found[name] = _Function(_ctypes.dlsym(_library, name))
    _ctypes.set_errno(0)
    answer: int = function(*arguments)
    # Most functions here return an int, of which only the low half is defined.
    if answer == -1 or answer & 0xFFFFFFFF == 0xFFFFFFFF:
        code = _ctypes.get_errno()
        raise OSError(code, name)
    return answer


def syscall(number: int, *arguments: object) -> int:
    """OSError with the number where it fails."""
    try:
        return libc("syscall", Long(number), *arguments)
    except OSError as error:
        raise OSError(error.errno, f"system call {number}") from None


def prctl(option: int, *arguments: int) -> None:
    """Arguments that are not given are 0."""
    libc("prctl", option, *(Long(one) for one in (*arguments, 0, 0, 0, 0)[:4]))


def unreadable() -> None:
    """Keep other processes of the same user from the descriptors and the memory of this one."""
    prctl(_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    prctl(_SET_SUBREAPER, 1)


def same_addresses() -> None:
    """Programs that are started from now on lie where they lay the last time, where the machine allows it (some
    containers do not). What goes by addresses is the same again then, as the order of a set with None in it is in
    Python before 3.12."""
    try:
        libc("personality", Long(_ADDR_NO_RANDOMIZE))
    except OSError:
        pass


def no_new_privileges() -> None:
    """From now on no set-id program gives anything."""
    prctl(_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """All of them, for good."""
    prctl(_AMBIENT, _AMBIENT_CLEAR)
    for capability in range(64):
        try:
            prctl(_BOUNDING_DROP, capability)
        except OSError:
            break
    syscall(126, b"\x22\x05\x08\x20" + bytes(4), bytes(24))  # capset, _LINUX_CAPABILITY_VERSION_3


def restrict_files(attributes: bytes, rules: list[tuple[int, bytes]], of_files: int) -> None:
    """Landlock. A path that is not there is passed over; `of_files` are the rights that a plain file can have."""
    import posix

    ruleset = syscall(_LANDLOCK_CREATE, attributes, Long(len(attributes)), 0)
    for mask, path in rules:
        try:
            place = posix.open(path, _PATH | _CLOSE_ON_EXEC)
        except OSError:
            continue
        if posix.fstat(place).st_mode & 0o170000 != 0o040000:
            mask &= of_files
        rule = mask.to_bytes(8, "little") + place.to_bytes(4, "little")
        syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0)
        posix.close(place)
    syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    posix.close(ruleset)


def filter_calls(program: bytes) -> None:
    """Install a seccomp filter: instructions of 8 bytes."""
    held = (_Byte * len(program)).from_buffer_copy(program)
    head = (len(program) // 8).to_bytes(8, "little") + _ctypes.addressof(held).to_bytes(8, "little")
    libc("prctl", _SET_SECCOMP, Long(2), head, Long(0), Long(0))
