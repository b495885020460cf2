"""The namespaced tier through bubblewrap: a layout as its argument list."""

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.layout import Bind, Empty, File, Kernel, Layout, Link, Operation, Overlay

_ALL_NAMESPACES = ("--unshare-all", "--unshare-user")  # the second makes it an error where there is none
_ALL_NAMESPACES_BUT_USER = ("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubblewrap:
    """An installed bubblewrap and what this version of it can do."""

    path: Path
    version: tuple[int, ...]
    setuid: bool = False

    @property
    def name(self) -> str:
        return "bubblewrap " + ".".join(map(str, self.version))

    @property
    def permissions(self) -> bool:
        return self.version >= (0, 5)

    @property
    def sizes(self) -> bool:
        return self.version >= (0, 7) and not self.setuid

    @property
    def forbids_userns(self) -> bool:
        return self.version >= (0, 8) and not self.setuid

    @property
    def overlays(self) -> bool:
        return self.version >= (0, 11) and not self.setuid


def arguments(
    tool: Bubblewrap,
    layout: Layout,
    *,
    network: bool,
    user_namespace: bool,
    content: Callable[[bytes], int],
    seccomp: bytes | None,
) -> list[str]:
    """All arguments up to the `--`. Pure but for `content`, which gives a descriptor from which bytes can be read.

    The stage is the first process of the PID namespace. There is no `--die-with-parent`: a launcher that is killed
    between making that process and letting it go would leave it waiting for ever; the stage sees to its own end.
    """
    out = list(_ALL_NAMESPACES if user_namespace else _ALL_NAMESPACES_BUT_USER)
    if user_namespace and network:
        out.append("--share-net")
    elif not user_namespace and not network:
        out.append("--unshare-net")
    if tool.forbids_userns and user_namespace:
        out.append("--disable-userns")
    out += ["--as-pid-1", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    for operation in layout.operations:
        out += _rendered(tool, operation, content)
    # In a user namespace made by root, root's own files stay writable, and some of /proc/sys is not namespaced.
    out += ["--remount-ro", "/proc", "--remount-ro", "/"]
    return [*out, *(["--seccomp", str(content(seccomp))] if seccomp is not None else [])]


def _rendered(tool: Bubblewrap, operation: Operation, content: Callable[[bytes], int]) -> list[str]:
    match operation:
        case Bind(source, target, writable):
            return ["--bind" if writable else "--ro-bind", str(source), str(target)]
        case Overlay(source, target):
            return ["--overlay-src", str(source), "--tmp-overlay", str(target)]
        case Empty(target, size, mode):
            permissions = ["--perms", f"{mode:04o}"] if tool.permissions else []
            return [*permissions, *(["--size", str(size)] if tool.sizes else []), "--tmpfs", str(target)]
        case File(target, data):
            return [*(["--perms", "0644"] if tool.permissions else []), "--file", str(content(data)), str(target)]
        case Link(target, to):
            return ["--symlink", to, str(target)]
        case Kernel():
            return ["--proc", "/proc", "--dev", "/dev"]


def layers(tool: Bubblewrap, *, user_namespace: bool) -> tuple[list[str], list[str]]:
    """What this backend itself puts in force, and what it does not."""
    have, missing = [tool.name], list[str]()
    (have if user_namespace else missing).append("user namespace")
    (have if tool.sizes else missing).append("temporary files limited")
    return have, missing


def identify(path: Path, version_text: str) -> Bubblewrap:
    """From `bubblewrap 0.8.0`; an unreadable version counts as the oldest."""
    numbers = version_text.split()[-1].split(".") if version_text.split() else []
    version = tuple(int(number) for number in numbers if number.isdigit()) or (0,)
    return Bubblewrap(path=path, version=version, setuid=bool(path.stat().st_mode & stat.S_ISUID))
