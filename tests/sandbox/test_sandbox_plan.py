"""The plans of a launch, as values: what is shown, what is asked of the kernel, what a filter answers."""

import errno
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import Limits, Mount, Policy, PolicyError
from sandbox.backends import namespaces
from sandbox.backends.bwrap import Bubblewrap, arguments, identify
from sandbox.host import Host
from sandbox.layout import Overlay, layout
from sandbox.linux import cgroup, landlock, seccomp

HOST = Host(
    uid=1000,
    gid=1000,
    home=Path("/home/u"),
    programs=(Path("/usr"),),
    links=(("bin", "usr/bin"),),
    shown=(Path("/home/u/.pyenv/versions"),),
    etc=("ssl/certs",),
    etc_files=(("services", b"ssh 22/tcp\n"),),
    etc_links=(("os-release", "../usr/lib/os-release"),),
    users=b"sandbox:x:1000:1000::/home/u:/bin/sh\n",
    groups=b"sandbox:x:1000:\n",
    resolver=b"nameserver 192.0.2.1\n",
)
MOUNTS = (
    Mount(source=Path("/state/tree"), target=Path("/home/u/code"), writable=True),
    Mount(source=Path("/state/dotgit"), target=Path("/home/u/code/.git"), writable=False),
)
POLICY = Policy(limits=Limits(tmp_bytes=1000))
TOOL = Bubblewrap(path=Path("/usr/bin/bwrap"), version=(0, 8, 0))
CODE = Path("/home/u/code")

GOLDEN = """\
--unshare-all --unshare-user --disable-userns --as-pid-1 --new-session --cap-drop ALL --hostname sandbox
--ro-bind /usr /usr --symlink usr/bin /bin --ro-bind /etc/ssl/certs /etc/ssl/certs
--perms 0644 --file 0 /etc/services --symlink ../usr/lib/os-release /etc/os-release
--perms 0644 --file 1 /etc/passwd --perms 0644 --file 2 /etc/group --perms 0644 --file 3 /etc/hosts
--proc /proc --dev /dev --perms 1777 --size 1000 --tmpfs /tmp --perms 1777 --size 1000 --tmpfs /var/tmp
--perms 1777 --size 1000 --tmpfs /dev/shm --perms 0755 --size 1048576 --tmpfs /run --symlink /run /var/run
--perms 0755 --size 1000 --tmpfs /home/u --ro-bind /home/u/.pyenv/versions /home/u/.pyenv/versions
--bind /state/tree /home/u/code --ro-bind /state/dotgit /home/u/code/.git
--remount-ro /proc --remount-ro / --seccomp 4"""


def rendered(tool: Bubblewrap, policy: Policy = POLICY, mounts: tuple[Mount, ...] = MOUNTS, user: bool = True) -> str:
    held: list[bytes] = []

    def content(data: bytes) -> int:
        held.append(data)
        return len(held) - 1

    made = layout(HOST, policy, mounts, CODE)
    listed = arguments(tool, made, network=policy.network, user_namespace=user, content=content, seccomp=b"filter")
    assert held[-1] == b"filter"
    return " ".join(listed)


def test_what_bubblewrap_is_told() -> None:
    assert rendered(TOOL) == GOLDEN.replace("\n", " ")


def test_old_versions_and_other_requests() -> None:
    old = rendered(replace(TOOL, version=(0, 4, 1)))
    assert "--size" not in old
    assert "--perms" not in old
    assert "--disable-userns" not in old
    networked = rendered(TOOL, replace(POLICY, network=True))
    assert "--share-net" in networked
    assert "/etc/resolv.conf" in networked
    without = rendered(TOOL, user=False)
    assert without.startswith("--unshare-ipc --unshare-pid --unshare-uts --unshare-cgroup-try --unshare-net --as-pid-1")
    lent = (*MOUNTS, Mount(source=Path("/home/u/code/.venv"), target=CODE / ".venv", writable=True, throwaway=True))
    new = rendered(replace(TOOL, version=(0, 11, 0)), mounts=lent)
    assert "--overlay-src /home/u/code/.venv --tmp-overlay /home/u/code/.venv" in new
    assert identify(Path("/"), "bubblewrap 0.11.0\n").version == (0, 11, 0)
    assert identify(Path("/"), "what?").version == (0,)


def test_the_same_layout_goes_to_namespaces_of_our_own() -> None:
    lent = (*MOUNTS, Mount(source=Path("/c"), target=CODE / "c", writable=True, throwaway=True))
    made = layout(HOST, POLICY, lent, CODE)
    assert Overlay(Path("/c"), CODE / "c") in made.operations
    plain = namespaces.operations(made)
    assert len(plain) == len(made.operations)
    assert ("bind", b"/home/u/code", b"/state/tree", True) in plain
    assert ("file", b"/etc/hosts", b"127.0.0.1 localhost sandbox\n::1 localhost sandbox\n") in plain
    assert ("empty", b"/tmp", 1000, 0o1777) in plain
    assert plain[-1] == ("overlay", b"/home/u/code/c", b"/c")
    assert {kind for kind, *_ in plain} == {"bind", "link", "file", "kernel", "empty", "overlay"}


@pytest.mark.parametrize(
    ("home", "inside"),
    [("/home/u", "/home/u"), ("/usr/share/x", "/tmp/home"), ("/home/u/code", "/tmp/home"), ("/tmp/h", "/tmp/home"),
     ("/", "/tmp/home")],
)  # fmt: skip
def test_where_the_home_is(home: str, inside: str) -> None:
    made = layout(replace(HOST, home=Path(home)), POLICY, MOUNTS, CODE)
    assert str(made.home) == inside
    assert Path(inside) in made.written


def test_requests_that_cannot_be_meant() -> None:
    for target in ("/", "/proc/1", "/dev/null", "/sys", "relative", "/a/../b"):
        with pytest.raises(PolicyError):
            layout(HOST, POLICY, [Mount(source=Path("/x"), target=Path(target), writable=True)], CODE)


# ---- control groups, of which a machine has only one kind


def test_the_groups_of_either_version() -> None:
    limits = Limits(memory_bytes=1 << 20, processes=9)
    second = cgroup.plan(cgroup.Parents(version=2, directories=(Path("/sys/fs/cgroup/user.slice"),)), "n", limits)
    assert [(str(group.directory), group.writes, group.optional) for group in second] == [
        (
            "/sys/fs/cgroup/user.slice/n",
            (("memory.max", "1048576"), ("pids.max", "9")),
            (("memory.swap.max", "0"), ("memory.oom.group", "1")),
        )
    ]
    first = cgroup.plan(cgroup.Parents(version=1, directories=(Path("/m"), Path("/p"))), "n", limits)
    assert [(str(group.directory), group.writes) for group in first] == [
        ("/m/n", (("memory.limit_in_bytes", "1048576"),)),
        ("/p/n", (("pids.max", "9"),)),
    ]


# ---- Landlock


@pytest.mark.parametrize(("version", "size", "handled"), [(1, 8, 13), (2, 8, 14), (3, 8, 15), (4, 16, 15), (5, 16, 16),
                                                          (6, 24, 16), (7, 24, 16), (9, 24, 16)])  # fmt: skip
def test_rules_never_name_what_a_kernel_does_not_know(version: int, size: int, handled: int) -> None:
    made = landlock.rules(version, read=[Path("/")], write=[Path("/tmp")], devices=[Path("/dev")], no_tcp=True)
    assert made is not None
    assert len(made.attributes) == size
    known = (1 << handled) - 1
    assert struct.unpack_from("=Q", made.attributes)[0] == known
    assert all(mask & ~known == 0 and mask for mask, _ in made.rules)
    writing = dict((path, mask) for mask, path in made.rules)["/tmp"]
    assert writing & (landlock.MAKE_CHAR | landlock.MAKE_BLOCK) == 0
    assert made.of_files & ~known == 0


def test_a_kernel_without_it_has_no_rules() -> None:
    assert landlock.rules(0, read=[], write=[], devices=[], no_tcp=True) is None


# ---- the filter, run by an interpreter of the few instructions it uses

ALLOW, KILL = 0x7FFF0000, 0x80000000
X86_64 = 0xC000003E


def answer(program: bytes, number: int, *arguments: int, machine: int = X86_64) -> int:
    data = struct.pack("=IIQ6Q", number, machine, 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    steps = list(struct.iter_unpack("=HBBI", program))
    at, held = 0, 0
    while True:
        code, yes, no, value = steps[at]
        match code:
            case 0x20:
                held = struct.unpack_from("=I", data, value)[0]
                at += 1
            case 0x54:
                held &= value
                at += 1
            case 0x06:
                return int(value)
            case 0x15 | 0x35 | 0x45:
                true = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
                at += 1 + (yes if true else no)
            case _:
                raise AssertionError(f"instruction {code:#x}")


def refused(program: bytes, number: int, *arguments: int) -> int | None:
    said = answer(program, number, *arguments)
    return None if said == ALLOW else said & 0xFFFF


FILTER = seccomp.program(namespaced=True)
ALONE = seccomp.program(namespaced=False)
CALLS = [  # number, arguments, error or None
    (0, (), None), (1, (), None), (59, (), None), (444, (), None), (446, (), None),
    (101, (), errno.EPERM), (165, (), errno.EPERM), (272, (), errno.EPERM), (321, (), errno.EPERM),
    (435, (), errno.ENOSYS), (425, (), errno.ENOSYS), (437, (), errno.ENOSYS), (470, (), errno.ENOSYS),
    (999, (), errno.ENOSYS), (0x40000000 | 101, (), errno.ENOSYS),
    (56, (0x11,), None), (56, (0x10000000,), errno.EPERM), (56, (0x40000000 | 17,), errno.EPERM),
    (56, (0x01000000 | 0x00200000,), None),
    (16, (0, 0x5401), None), (16, (0, 0x5412), errno.EPERM), (16, (0, 0x100005412), errno.EPERM),
    (16, (0, 0x541C), errno.EPERM),
    (41, (1, 1), None), (41, (2, 1), None), (41, (10, 2), None), (41, (16, 3, 0), None),
    (41, (16, 3, 9), errno.EAFNOSUPPORT), (41, (17, 3), errno.EAFNOSUPPORT), (41, (38, 5), errno.EAFNOSUPPORT),
    (41, (40, 1), errno.EAFNOSUPPORT), (53, (1,), None), (53, (2,), errno.EAFNOSUPPORT),
    (90, (0, 0o755), None), (90, (0, 0o4755), errno.EPERM), (268, (0, 0, 0o2755), errno.EPERM),
    (2, (0, 0, 0o6777), None), (2, (0, 0x40, 0o644), None), (2, (0, 0x41, 0o4755), errno.EPERM),
    (257, (0, 0, 0x40, 0o2755), errno.EPERM), (257, (0, 0, 0o100, 0o644), None), (85, (0, 0o4755), errno.EPERM),
    (133, (0, 0o010644), None), (133, (0, 0o020644), errno.EPERM), (259, (0, 0, 0o060644), errno.EPERM),
    (259, (0, 0, 0o104755), errno.EPERM), (259, (0, 0, 0o100644), None),
    (135, (0xFFFFFFFF,), None), (135, (0x0040000,), None), (135, (0x0400000,), errno.EPERM),
    (29, (), None), (240, (), None),
]  # fmt: skip


@pytest.mark.parametrize(("number", "arguments", "error"), CALLS)
def test_what_the_filter_answers(number: int, arguments: tuple[int, ...], error: int | None) -> None:
    assert refused(FILTER, number, *arguments) == error


def test_without_namespaces_nothing_of_the_host_is_reached() -> None:
    for family in (1, 2, 10, 16):
        assert refused(ALONE, 41, family, 1, 0) == errno.EACCES
    assert refused(ALONE, 53, 1) is None
    assert [refused(ALONE, number) for number in (29, 64, 68, 240)] == [errno.EPERM] * 4


def test_another_machine_is_ended_and_debuggers_are_an_option() -> None:
    assert answer(FILTER, 1, machine=0x40000003) == KILL
    tracing = seccomp.program(namespaced=True, tracing=True)
    assert refused(tracing, 101) is None
    assert refused(tracing, 165) == errno.EPERM


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 2**64 - 1), max_size=6))
def test_every_call_gets_an_answer(number: int, arguments: list[int]) -> None:
    for program in (FILTER, ALONE):
        said = answer(program, number, *arguments)
        assert said == ALLOW or said & 0xFFFF0000 == 0x00050000
