"""Which backends work on this machine, found out by trying them, and the choice among them."""

import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sandbox import diagnosis, environment, launch, supervisor, trials
from sandbox.backends import bwrap
from sandbox.errors import PolicyError, SandboxError, SandboxUnavailable
from sandbox.linux import landlock
from sandbox.policy import Backend, Limits, Mount, Policy, Tier

DEFAULT = Policy()
_TRIAL_S = 20


def choose(policy: Policy, mounts: Sequence[Mount] = ()) -> Backend | None:
    """The backend for a policy, None for tier `none`. SandboxUnavailable names the probe that failed and the fix.

    A requirement is a floor: `restricted` is satisfied by namespaces too, and they are preferred.
    """
    if _in_container(policy):
        _must_work(Backend.CONTAINER, policy)
        return Backend.CONTAINER
    if policy.require is Tier.NONE and policy.backend is None:
        return None
    if reason := launch.supported():
        raise SandboxUnavailable(policy.require.value, reason, "use a container, or x86-64 Linux")
    if policy.backend is not None:
        given = policy.backend.tier
        if given < policy.require:
            raise PolicyError(f"`{policy.backend}` gives tier `{given}`, and `{policy.require}` is required")
        if policy.image or policy.runtime:
            raise PolicyError(f"an image or a runtime is for a container, and `{policy.backend}` is asked for")
        _must_work(policy.backend, policy)
        return policy.backend
    first = lacking(Backend.BUBBLEWRAP)
    if first is None and not (any(mount.throwaway for mount in mounts) and not bubblewrap().overlays):
        return Backend.BUBBLEWRAP
    second = lacking(Backend.NAMESPACES)
    if second is None:
        return Backend.NAMESPACES
    if policy.require is Tier.RESTRICTED and lacking(Backend.RESTRICTED) is None:
        return Backend.RESTRICTED
    reason, fix = first or second
    raise SandboxUnavailable(policy.require.value, reason, fix)


def _in_container(policy: Policy) -> bool:
    """Whether a container is asked for. It may work where nothing of our own does, so it is looked at first."""
    if policy.backend is None:
        return policy.require is Tier.ISOLATED or bool(policy.image or policy.runtime)
    return policy.backend is Backend.CONTAINER


def _must_work(backend: Backend, policy: Policy) -> None:
    if (lack := lacking(backend, policy)) is not None:
        reason, fix = lack
        raise SandboxUnavailable(backend.tier.value, f"{backend.value}: {reason}", fix)


_probe_lock = threading.Lock()


def lacking(backend: Backend, policy: Policy = DEFAULT) -> tuple[str, str] | None:
    """None where a backend works, tried once per process; else the probe that failed, and the fix.

    A container is tried with the image of `policy`, once per image.
    """
    with _probe_lock:
        if backend is Backend.BUBBLEWRAP:
            found = _bubblewrap()
            return None if isinstance(found, bwrap.Bubblewrap) else found
        if backend is Backend.CONTAINER:
            from sandbox import containers  # few runs need them

            return containers.lacking(policy)
        return _lacking(backend)


def bubblewrap() -> bwrap.Bubblewrap:
    """The bubblewrap that works here; else SandboxUnavailable."""
    with _probe_lock:
        found = _bubblewrap()
    if isinstance(found, bwrap.Bubblewrap):
        return found
    raise SandboxUnavailable(Tier.NAMESPACED.value, *found)


def installed() -> Path | None:
    """Where bubblewrap lies. Relative entries of PATH are not searched: they may lead into anyone's directory."""
    found = shutil.which("bwrap", path=":".join(environment.search_path(Policy(), os.environ)))
    return None if found is None else Path(os.path.realpath(found))


@lru_cache(maxsize=1)
def _bubblewrap() -> bwrap.Bubblewrap | tuple[str, str]:
    path = installed()
    if path is None:
        return diagnosis.explain(diagnosis.Facts(installed=False))
    tool = bwrap.identify(path, supervisor.version_of(path))
    complaint = _trial(Backend.BUBBLEWRAP, tool)
    return tool if complaint is None else diagnosis.explain(diagnosis.gather(complaint))


@lru_cache(maxsize=8)
def _lacking(backend: Backend) -> tuple[str, str] | None:
    if backend is Backend.RESTRICTED:
        if landlock.abi() < landlock.OLDEST:
            return f"Landlock version {landlock.OLDEST} is needed, here is {landlock.abi()}", "use Linux 6.2 or newer"
        complaint = _trial(backend)
        return None if complaint is None else (f"a trial did not work: {complaint}", "report what was said")
    complaint = _trial(backend)
    return None if complaint is None else diagnosis.explain(diagnosis.gather(complaint))


def follows_links(tool: bwrap.Bubblewrap) -> bool | None:
    """Whether this bubblewrap makes a mount point through a link of the tree, and so outside of it (CVE-2026-87766).

    Versions below 0.12 do, unless a distribution has mended them; so it is tried. None where the trial says nothing.
    No run depends on it: mount points in a tree are made beforehand by `paths.ensure_target`.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-probe-") as made:
        tree, victim = Path(made, "tree"), Path(made, "victim")
        tree.mkdir()
        victim.mkdir()
        (tree / "place").symlink_to(f"/oldroot{victim}")
        at = Path("/run/probe/tree")
        mounts = [
            Mount(source=tree, target=at, writable=True),
            Mount(source=Path("/usr"), target=at / "place" / "made", writable=False),
        ]
        job = supervisor.Job(policy=Policy(limits=Limits(wall_s=_TRIAL_S)), argv=("true",))
        supervisor.launched(Backend.BUBBLEWRAP, job, Path("/"), mounts, tool)
        return any(victim.iterdir())


def _trial(backend: Backend, tool: bwrap.Bubblewrap | None = None) -> str | None:
    """A real launch with mounts in mounts; what went wrong, or None."""
    with trials.made(mounting=backend is not Backend.RESTRICTED) as trial:
        policy = Policy(require=backend.tier, limits=Limits(wall_s=_TRIAL_S))
        job = supervisor.Job(policy=policy, argv=trials.COMMAND)
        try:
            result = supervisor.launched(backend, job, trial.at, trial.mounts, tool)
        except SandboxError as error:
            return error.message
        if isinstance(result, str):
            return result
        return trial.complaint(result.status, result.stdout, result.stderr.decode("utf-8", "replace"))
