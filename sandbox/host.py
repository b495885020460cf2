"""What of this machine decides about a sandbox, read once: what is shown of it, and what must be masked.

The root inside is built from a list of what may be seen: programs and libraries, a part of `/etc`, and toolchains that
PATH leads to. Everything else of the host, such as homes, `/var`, `/srv` and sockets in `/run`, is not there at all.
"""

import contextlib
import grp
import os
import pwd
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import toolchains

_PROGRAMS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt", "nix", "gnu")
# Package databases that interpreters look into, and how many cores there are.
_ALSO = ("/var/lib/dpkg", "/var/lib/gems", "/var/lib/ghc", "/sys/devices/system/cpu")
# Names, types, locales, certificates, and the settings of language runtimes; nothing that holds a password or says
# what else is on this machine or in its network.
_ETC_FILES = (
    "alpine-release", "arch-release", "debian_version", "fedora-release", "redhat-release", "lsb-release",
    "os-release", "host.conf",
    "ld.so.cache", "ld.so.conf", "localtime", "timezone", "locale.conf", "mime.types", "nsswitch.conf", "protocols",
    "services", "ssl/openssl.cnf", "pki/tls/openssl.cnf", "pki/tls/cert.pem",
)  # fmt: skip
# Each mount costs every command a tenth of a millisecond, so of what only interactive or packaging tools read
# (`profile.d`, `python3`, `sgml`) nothing is here.
_ETC_DIRECTORIES = (
    "alternatives", "crypto-policies", "fonts", "java*", "ld.so.conf.d", "maven*", "OpenCL", "php*",
    "pki/tls/certs", "pki/ca-trust/extracted", "R", "ssl/certs", "vulkan",
)  # fmt: skip
_COPY_LIMIT = 1_000_000  # bytes; a larger file is mounted
_PEOPLE = 1000  # user ids from here on are of people


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python that can be started inside: the one that runs this program."""

    program: Path
    places: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """`programs` are the top-level directories shown, `links` top-level links with their targets, `shown` what lies
    elsewhere; `etc` names directories below /etc, `etc_files` and `etc_links` their path below it with the content or
    target. `homes` are never shown as a whole."""

    uid: int
    gid: int
    home: Path
    programs: tuple[Path, ...]
    links: tuple[tuple[str, str], ...] = ()
    shown: tuple[Path, ...] = ()
    etc: tuple[str, ...] = ()
    etc_files: tuple[tuple[str, bytes], ...] = ()
    etc_links: tuple[tuple[str, str], ...] = ()
    users: bytes = b""
    groups: bytes = b""
    resolver: bytes = b""
    interpreter: Interpreter | None = None

    def sees(self, place: Path) -> bool:
        """Whether `place` is shown by itself."""
        return any(place.is_relative_to(seen) for seen in (*self.programs, *self.shown))


def survey(path: Sequence[str], environ: Mapping[str, str]) -> Host:
    """Look at this machine, given PATH inside and the environment of this program."""
    home = Path(os.path.realpath(environ.get("HOME") or "/nonexistent"))
    homes = [home, *(Path(os.path.realpath(user.pw_dir)) for user in pwd.getpwall() if _is_person(user.pw_uid))]
    programs, links = _programs()
    interpreter = _interpreter(homes)
    # A home that someone has put on PATH is still a home.
    seen = (*programs, *(Path("/", name) for name, _ in links))
    tools = [tool for tool in toolchains.found(path, seen) if not any(h.is_relative_to(tool) for h in homes)]
    also = [Path(place) for place in _ALSO if Path(place).is_dir()]
    ours = [place for place in interpreter.places if toolchains.hidden(place, seen)]
    files, etc_links = _etc_files()
    return Host(
        uid=os.getuid(),
        gid=os.getgid(),
        home=home,
        programs=programs,
        links=links,
        shown=toolchains.outermost([*also, *tools, *ours]),
        etc=tuple(sorted(_etc_directories())),
        etc_files=files,
        etc_links=etc_links,
        users=_users(home),
        groups=_groups(),
        resolver=_content(Path("/etc/resolv.conf")) or b"",
        interpreter=interpreter,
    )


def _is_person(uid: int) -> bool:
    return uid in (0, os.getuid()) or uid >= _PEOPLE


def _programs() -> tuple[tuple[Path, ...], tuple[tuple[str, str], ...]]:
    directories, links = [], []
    for name in _PROGRAMS:
        place = Path("/", name)
        if place.is_symlink():
            links.append((name, str(place.readlink())))
        elif place.is_dir():
            directories.append(place)
    return tuple(directories), tuple(links)


def _etc_directories() -> Iterator[str]:
    for pattern in _ETC_DIRECTORIES:
        for place in Path("/etc").glob(pattern):
            if place.is_dir():
                yield str(place.relative_to("/etc"))


def _etc_files() -> tuple[tuple[tuple[str, bytes], ...], tuple[tuple[str, str], ...]]:
    files, links = [], []
    for name in _ETC_FILES:
        place = Path("/etc", name)
        if place.is_symlink() and _leads_to_programs(place):
            links.append((name, str(place.readlink())))
        elif (content := _content(place)) is not None:
            files.append((name, content))
    return tuple(files), tuple(links)


def _leads_to_programs(link: Path) -> bool:
    return os.path.realpath(link).startswith("/usr/")


def _content(place: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        if place.is_file() and place.stat().st_size <= _COPY_LIMIT:
            return place.read_bytes()
    return None


def _users(home: Path) -> bytes:
    """`/etc/passwd` with accounts of the system, and of people the one that runs this."""
    known = [user for user in pwd.getpwall() if user.pw_uid < _PEOPLE or user.pw_uid == 65534]
    mine = os.getuid()
    lines = [f"{u.pw_name}:x:{u.pw_uid}:{u.pw_gid}::{u.pw_dir}:{u.pw_shell}" for u in known if u.pw_uid != mine]
    name = next((user.pw_name for user in known if user.pw_uid == mine), "sandbox")
    return "".join(f"{line}\n" for line in [f"{name}:x:{mine}:{os.getgid()}::{home}:/bin/sh", *lines]).encode()


def _groups() -> bytes:
    known = [group for group in grp.getgrall() if group.gr_gid < _PEOPLE or group.gr_gid == 65534]
    mine = os.getgid()
    lines = [f"{group.gr_name}:x:{group.gr_gid}:\n" for group in known]
    return "".join(lines if any(g.gr_gid == mine for g in known) else [f"sandbox:x:{mine}:\n", *lines]).encode()


def _interpreter(homes: Sequence[Path]) -> Interpreter:
    """Of a virtual environment the Python behind it; its standard library goes with it."""
    program = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
    prefix = Path(os.path.realpath(sys.base_prefix))
    if prefix != Path("/") and not any(home.is_relative_to(prefix) for home in homes):
        return Interpreter(program=program, places=(prefix, program))
    library = Path(os.path.realpath(os.path.dirname(os.__file__)))
    return Interpreter(program=program, places=(library, program))
