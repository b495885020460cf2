"""Why a namespaced sandbox cannot be had, and what to type: `gather` reads the facts, `explain` is pure."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a failed probe left behind, with the settings of this machine that could explain it."""

    installed: bool
    stderr: str = ""
    sysctls: Mapping[str, str] = field(default_factory=dict)
    container: bool = False
    chroot: bool = False
    root: bool = False


SYSCTLS = (
    "kernel.unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns",
    "user.max_user_namespaces",
)

_APPARMOR = """\
sudo tee /etc/apparmor.d/bwrap >/dev/null <<'EOF'
abi <abi/4.0>,
include <tunables/global>
profile bwrap /usr/bin/bwrap flags=(unconfined) {
  userns,
}
EOF
sudo apparmor_parser -r /etc/apparmor.d/bwrap"""

_CONTAINER = (
    "start the container with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined`"
)


def explain(facts: Facts) -> tuple[str, str]:
    """(reason, fix) for a machine where the probe failed."""
    said = facts.stderr.strip().splitlines()[-1] if facts.stderr.strip() else "no message"
    if not facts.installed:
        return "bubblewrap (`bwrap`) is not installed", "apt-get install bubblewrap   (dnf, pacman, apk: the same name)"
    if facts.chroot:
        return (
            f"a user namespace cannot be made inside a chroot ({said})",
            "run outside of the chroot, or mount it as /",
        )
    if facts.sysctls.get("user.max_user_namespaces") == "0":
        return "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=15000"
    if facts.container:
        return f"this container forbids what bubblewrap needs ({said})", _CONTAINER
    if not facts.root and facts.sysctls.get("kernel.unprivileged_userns_clone") == "0":
        return (
            "kernel.unprivileged_userns_clone is 0, so ordinary users cannot make namespaces",
            "sudo sysctl -w kernel.unprivileged_userns_clone=1",
        )
    if not facts.root and facts.sysctls.get("kernel.apparmor_restrict_unprivileged_userns") == "1":
        return "AppArmor keeps bubblewrap from using the user namespace it makes", _APPARMOR
    return f"bubblewrap does not start: {said}", "run `python -m sandbox doctor` and report what it says"


def gather(stderr: str) -> Facts:
    """The facts of this machine, for a probe that failed saying `stderr`."""
    settings = {name: Path("/proc/sys", *name.split(".")) for name in SYSCTLS}
    return Facts(
        installed=True,
        stderr=stderr,
        sysctls={name: value for name, path in settings.items() if (value := _read(path))},
        container=in_container(),
        chroot=in_chroot(),
        root=os.getuid() == 0,
    )


def in_container() -> bool:
    """Docker, podman, Kubernetes or systemd-nspawn, as far as they let it be known."""
    marks = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/systemd/container"))
    return any(mark.exists() for mark in marks) or "kubepods" in _read(Path("/proc/1/cgroup"))


def in_chroot() -> bool:
    """Whether our root is another one than that of the first process; False where that may not be known."""
    try:
        ours, first = Path("/").stat(), Path("/proc/1/root/.").stat()
    except OSError:
        return False
    return (ours.st_dev, ours.st_ino) != (first.st_dev, first.st_ino)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
