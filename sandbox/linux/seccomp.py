"""A filter of system calls, assembled as classic BPF. Pure: nothing here installs it.

The filter refuses what no build, test or tool of a project needs and what kernels have been broken by: new namespaces,
mounts, BPF, io_uring, keyrings, other processes' memory, odd socket families, set-id bits. Everything else is allowed.
Programs see an ordinary error and go on: EPERM where the call is known, ENOSYS where a fallback is expected.

Format: `struct sock_filter` of linux/filter.h over `struct seccomp_data` of linux/seccomp.h. Numbers: the kernel's
arch/x86/entry/syscalls/syscall_64.tbl.
"""

import errno
import struct
from collections.abc import Sequence
from dataclasses import dataclass

MACHINES = ("x86_64",)
"""Machines whose table of system calls is here."""

# Instructions: load a word, jumps, bitwise and, return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE = 0, 4  # offsets into seccomp_data
_X86_64, _X32 = 0xC000003E, 0x40000000
_NEWEST = 470
"""The first number this table does not know. Newer calls do not exist as far as a command can tell."""

_DENIED = {
    # other processes
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "pidfd_getfd": 438,
    "process_madvise": 440, "process_mrelease": 448,
    # mounts and namespaces
    "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "unshare": 272, "setns": 308,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "mount_setattr": 442, "open_tree_attr": 467,
    # the kernel's own machinery
    "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "kexec_load": 246, "kexec_file_load": 320,
    "init_module": 175, "finit_module": 313, "delete_module": 176, "create_module": 174, "syslog": 103,
    "lookup_dcookie": 212, "_sysctl": 156, "sysfs": 139, "ustat": 136, "uselib": 134, "nfsservctl": 180,
    "lsm_set_self_attr": 460, "modify_ldt": 154,
    # keys
    "add_key": 248, "request_key": 249, "keyctl": 250,
    # files by handle, marks on whole file systems, attributes of inodes
    "open_by_handle_at": 304, "name_to_handle_at": 303, "fanotify_init": 300, "fanotify_mark": 301,
    "file_setattr": 469,
    # the machine
    "reboot": 169, "swapon": 167, "swapoff": 168, "acct": 163, "quotactl": 179, "quotactl_fd": 443, "iopl": 172,
    "ioperm": 173, "vhangup": 153, "settimeofday": 164, "clock_settime": 227, "clock_adjtime": 305, "adjtimex": 159,
    "sethostname": 170, "setdomainname": 171, "migrate_pages": 256, "move_pages": 279,
}  # fmt: skip
# Callers of these fall back to an older way, which is seen by the rules below.
_ABSENT = {
    "clone3": 435, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "openat2": 437,
    "fchmodat2": 452,
}  # fmt: skip
_TRACING = ("ptrace", "process_vm_readv", "process_vm_writev", "kcmp")
# Shared between all that the user runs where there is no IPC namespace.
_IPC = {
    "shmget": 29, "shmat": 30, "shmctl": 31, "semget": 64, "semop": 65, "semctl": 66, "msgget": 68, "msgsnd": 69,
    "msgrcv": 70, "msgctl": 71, "semtimedop": 220, "mq_open": 240, "mq_unlink": 241,
}  # fmt: skip

_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET
_SET_ID = 0o6000
_CREATE = 0x40 | 0x400000  # O_CREAT, __O_TMPFILE
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: what they type is read by the shell that comes afterwards
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; `yes` and `no` count the instructions to jump over."""

    code: int
    value: int
    yes: int = 0
    no: int = 0


def program(*, namespaced: bool, tracing: bool = False) -> bytes:
    """The filter for x86-64. Without namespaces of their own, sockets and System V objects are refused too, for they
    would be those of the host. `tracing` allows debuggers, which see no process but those of the same run."""
    denied = {name: number for name, number in _DENIED.items() if not (tracing and name in _TRACING)}
    steps = [
        _Step(_LOAD, _ARCHITECTURE),
        _Step(_EQUAL, _X86_64, yes=1),
        _Step(_RETURN, _KILL),  # 32-bit calls have other numbers: nothing below would fit
        _Step(_LOAD, _NUMBER),
        *_refuse(_AT_LEAST, _X32, errno.ENOSYS),
        *_refuse(_AT_LEAST, _NEWEST, errno.ENOSYS),
    ]
    for number in denied.values():
        steps += _refuse(_EQUAL, number, errno.EPERM)
    for number in _ABSENT.values():
        steps += _refuse(_EQUAL, number, errno.ENOSYS)
    for number in () if namespaced else _IPC.values():
        steps += _refuse(_EQUAL, number, errno.EPERM)
    for number, body in _by_argument(namespaced):
        steps += [_Step(_EQUAL, number, no=len(body) + 1), *body, _Step(_RETURN, _ALLOW)]
    steps.append(_Step(_RETURN, _ALLOW))
    return b"".join(struct.pack("=HBBI", step.code, step.yes, step.no, step.value) for step in steps)


def _by_argument(namespaced: bool) -> list[tuple[int, list[_Step]]]:
    """Calls that are judged by an argument: number, and what is to be done before it is allowed."""
    mode_of = {90: 1, 91: 1, 268: 2, 85: 1}  # chmod, fchmod, fchmodat, creat
    opened = {2: (1, 2), 257: (2, 3)}  # open, openat: flags and mode
    made = {133: 1, 259: 2}  # mknod, mknodat
    return [
        (56, [_argument(0), *_refuse(_ANY_BIT, _NEW_NAMESPACES, errno.EPERM)]),  # clone
        (16, [_argument(1), *(step for code in _TERMINAL_INPUT for step in _refuse(_EQUAL, code, errno.EPERM))]),
        (41, _sockets(namespaced)),
        (53, [_argument(0), *_unless([_UNIX], errno.EAFNOSUPPORT)]),  # socketpair
        *((number, [_argument(at), *_refuse(_ANY_BIT, _SET_ID, errno.EPERM)]) for number, at in mode_of.items()),
        *((number, _opening(flags, mode)) for number, (flags, mode) in opened.items()),
        *((number, _making(at)) for number, at in made.items()),
        (135, [_argument(0), *_unless([0, 0x0040000, 0xFFFFFFFF], errno.EPERM)]),  # personality; ADDR_NO_RANDOMIZE
    ]


def _sockets(namespaced: bool) -> list[_Step]:
    if not namespaced:
        return [_Step(_RETURN, _ERRNO | errno.EACCES)]
    families = _unless([_UNIX, _INET, _INET6, _NETLINK], errno.EAFNOSUPPORT)
    # Of netlink only the protocol that lists addresses and routes.
    return [_argument(0), *families, _Step(_EQUAL, _NETLINK, no=3), _argument(2), *_unless([0], errno.EAFNOSUPPORT)]


def _opening(flags: int, mode: int) -> list[_Step]:
    set_id = [_argument(mode), *_refuse(_ANY_BIT, _SET_ID, errno.EPERM)]
    return [_argument(flags), _Step(_ANY_BIT, _CREATE, no=len(set_id)), *set_id]


def _making(mode: int) -> list[_Step]:
    device = [step for kind in (0o020000, 0o060000) for step in _refuse(_EQUAL, kind, errno.EPERM)]
    return [
        _argument(mode),
        *_refuse(_ANY_BIT, _SET_ID, errno.EPERM),
        _Step(_AND, 0o170000),
        *device,
    ]


def _argument(index: int) -> _Step:
    """Load the low half. Every argument judged here is an int or unsigned int to the kernel, which drops the rest."""
    return _Step(_LOAD, 16 + 8 * index)


def _refuse(test: int, value: int, code: int) -> list[_Step]:
    return [_Step(test, value, no=1), _Step(_RETURN, _ERRNO | code)]


def _unless(allowed: Sequence[int], code: int) -> list[_Step]:
    """Refuse what is none of `allowed`; falls out at the end with the value still loaded."""
    tests = [_Step(_EQUAL, value, yes=len(allowed) - number) for number, value in enumerate(allowed)]
    return [*tests, _Step(_RETURN, _ERRNO | code)]
