"""What this machine can offer, found out by trying it: every backend by a real launch."""

import os
import platform
import pwd
from dataclasses import dataclass

from sandbox import available, launch
from sandbox.backends.bwrap import Bubblewrap
from sandbox.errors import SandboxUnavailable
from sandbox.linux import cgroup, files, landlock
from sandbox.policy import Backend, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A backend that does not work: the probe that failed, and what to do."""

    backend: Backend
    reason: str
    fix: str

    @property
    def word(self) -> str:
        """A container is tried only with the image that somebody names."""
        return "is not tried" if self.backend is Backend.CONTAINER else "does not work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The findings. `reason` and `fix` are empty where a namespaced sandbox works."""

    kernel: str
    machine: str
    user: str
    bubblewrap: str | None
    bubblewrap_path: str | None
    follows_links: bool | None
    namespaced: bool
    reason: str
    fix: str
    openat2: bool
    landlock_abi: int | None
    cgroup: str
    working: tuple[Backend, ...]
    lacks: tuple[Lack, ...]

    @property
    def best(self) -> Tier:
        """The strongest tier that works without being asked for by name."""
        return max((backend.tier for backend in self.working if backend.tier <= Tier.NAMESPACED), default=Tier.NONE)

    def text(self) -> str:
        """As lines for a person."""
        landlock_said = f"version {self.landlock_abi}" if self.landlock_abi else "not in this kernel"
        lines = [
            f"kernel      {self.kernel} ({self.machine})",
            f"user        {self.user}",
            f"bubblewrap  {self.bubblewrap or 'does not work' if self.bubblewrap_path else 'not installed'}"
            + (f" ({self.bubblewrap_path})" if self.bubblewrap_path else ""),
        ]
        if self.follows_links:
            lines.append(
                "            it follows links when it makes mount points (CVE-2026-87766); ours are made by us"
            )
        lines += [
            f"openat2     {'works' if self.openat2 else 'missing'}",
            f"landlock    {landlock_said}",
            f"cgroup      {self.cgroup}",
            *(f"{backend.value:<11} works: tier {backend.tier.value}" for backend in self.working),
            *(f"{lack.backend.value:<11} {lack.word}: {lack.reason}" for lack in self.lacks),
        ]
        return "\n".join([*lines, *(["", "To fix it:", self.fix] if self.fix else [])])


def probe() -> Report:
    """Try every backend by real launches (once per process) and read the rest."""
    tool: Bubblewrap | None = None
    reason = fix = ""
    path = available.installed()
    unsupported = launch.supported()
    try:
        available.choose(available.DEFAULT)
    except SandboxUnavailable as error:
        reason, fix = error.probe, error.fix
    backends = [Backend.CONTAINER] if unsupported else list(Backend)
    found = {backend: available.lacking(backend) for backend in backends}
    if not unsupported and found[Backend.BUBBLEWRAP] is None:
        tool = available.bubblewrap()
    parents = cgroup.find()
    return Report(
        kernel=platform.release(),
        machine=platform.machine(),
        user=_user(),
        bubblewrap=tool.name.removeprefix("bubblewrap ") if tool else None,
        bubblewrap_path=str(path) if path else None,
        follows_links=available.follows_links(tool) if tool else None,
        namespaced=not reason,
        reason=reason,
        fix=fix,
        openat2=files.available(),
        landlock_abi=landlock.abi() or None,
        cgroup=parents if isinstance(parents, str) else f"version {parents.version}, groups can be made",
        working=tuple(backend for backend, lack in found.items() if lack is None),
        lacks=tuple(Lack(backend=b, reason=lack[0], fix=lack[1]) for b, lack in found.items() if lack is not None),
    )


def _user() -> str:
    uid = os.getuid()
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return str(uid)
