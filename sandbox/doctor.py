"""What this machine can offer, found out by trying it."""

import ctypes
import os
import platform
import pwd
from dataclasses import dataclass
from pathlib import Path

from sandbox import supervisor
from sandbox.backends.bwrap import Bubblewrap
from sandbox.errors import SandboxUnavailable
from sandbox.linux import files

_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The findings. `reason` and `fix` are empty where a namespaced sandbox works."""

    kernel: str
    machine: str
    user: str
    bubblewrap: str | None
    bubblewrap_path: str | None
    namespaced: bool
    reason: str
    fix: str
    openat2: bool
    landlock_abi: int | None
    cgroup: str

    def text(self) -> str:
        """As lines for a person."""
        landlock = f"ABI {self.landlock_abi}" if self.landlock_abi else "not in this kernel"
        lines = [
            f"kernel      {self.kernel} ({self.machine})",
            f"user        {self.user}",
            f"bubblewrap  {self.bubblewrap or 'does not work' if self.bubblewrap_path else 'not installed'}"
            + (f" ({self.bubblewrap_path})" if self.bubblewrap_path else ""),
            f"openat2     {'works' if self.openat2 else 'missing'}",
            f"landlock    {landlock} (not used yet)",
            f"cgroup      {self.cgroup} (not used yet)",
            f"namespaced  {'works' if self.namespaced else 'does not work: ' + self.reason}",
        ]
        return "\n".join([*lines, *(["", "To fix it:", self.fix] if self.fix else [])])


def probe() -> Report:
    """Try a real launch (once per process) and read the rest."""
    tool: Bubblewrap | None = None
    reason = fix = ""
    path = supervisor.installed()
    try:
        tool = supervisor.namespaces()
    except SandboxUnavailable as error:
        reason, fix = error.probe, error.fix
    return Report(
        kernel=platform.release(),
        machine=platform.machine(),
        user=_user(),
        bubblewrap=tool.name.removeprefix("bubblewrap ") if tool else None,
        bubblewrap_path=str(path) if path else None,
        namespaced=tool is not None,
        reason=reason,
        fix=fix,
        openat2=files.available(),
        landlock_abi=_landlock_abi(),
        cgroup=_cgroup(),
    )


def _user() -> str:
    uid = os.getuid()
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return str(uid)


def _landlock_abi() -> int | None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(
        ctypes.c_long(_LANDLOCK_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_LANDLOCK_VERSION)
    )
    return int(version) if version > 0 else None


def _cgroup() -> str:
    root = Path("/sys/fs/cgroup")
    if (controllers := root / "cgroup.controllers").is_file():
        writable = "writable" if os.access(root / _own_cgroup(), os.W_OK) else "read-only"
        return f"v2, {writable}: {controllers.read_text(encoding='ascii').strip()}"
    return "v1" if root.is_dir() and any(root.iterdir()) else "none"


def _own_cgroup() -> str:
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "."
    return next((line.removeprefix("0::/") or "." for line in lines if line.startswith("0::/")), ".")
