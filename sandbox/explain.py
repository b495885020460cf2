"""What a command would see and may do, in words, without running one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox import available, launch
from sandbox.layout import Bind, Empty, File, Kernel, Link, Operation, Overlay, layout
from sandbox.linux import landlock
from sandbox.policy import MIB, Backend, Mount, Policy
from sandbox.screen import safe_text


def lines(policy: Policy, mounts: Sequence[Mount], cwd: Path) -> Iterator[str]:
    """SandboxUnavailable where nothing would be run; else one line for each thing worth knowing."""
    backend = available.choose(policy, mounts)
    if backend is None:
        yield "tier none: no boundary; a clean environment, an empty home, limits, and the end of all processes"
        return
    yield f"tier {backend.tier.value} by {_maker(backend)}"
    yield f"network: {_network(policy)}"
    limits = policy.limits
    yield (
        f"limits: {limits.wall_s:g} s, {limits.cpu_s:g} s of CPU, {limits.memory_bytes // MIB} MiB of memory, "
        f"{limits.processes} processes, {limits.file_bytes // MIB} MiB a file, {limits.tree_bytes // MIB} MiB written, "
        f"{limits.output_bytes} bytes of output"
    )
    yield f"debuggers: {'may be used' if policy.tracing else 'are refused'}"
    if backend in (Backend.BUBBLEWRAP, Backend.NAMESPACES):
        host, _ = launch.host_of(policy)
        made = layout(host, policy, mounts, cwd)
        yield f"home: {safe_text(str(made.home))} (empty)"
        yield from (safe_text(_words(operation)) for operation in made.operations)
    else:
        for mount in mounts:
            yield safe_text(f"{'writable ' if mount.writable else 'read-only'}  {mount.source}")


def _maker(backend: Backend) -> str:
    landlock_said = f"Landlock {landlock.abi()}" if landlock.abi() else "no Landlock"
    if backend is Backend.BUBBLEWRAP:
        return f"{available.bubblewrap().name}, seccomp, {landlock_said}"
    if backend is Backend.CONTAINER:
        return "a container engine"
    return f"{backend.value}, seccomp, {landlock_said}"


def _network(policy: Policy) -> str:
    if policy.network:
        return "the host's"
    return f"off, but for a proxy to {safe_text(', '.join(policy.hosts))}" if policy.hosts else "off"


def _words(operation: Operation) -> str:
    match operation:
        case Bind(source, target, writable):
            shown = f"{target}" if source == target else f"{target} (here: {source})"
            return f"{'writable ' if writable else 'read-only'}  {shown}"
        case Overlay(source, target):
            return f"throw-away {target} (over {source})"
        case Empty(target, size, _):
            return f"empty      {target} (at most {size // MIB} MiB)"
        case File(target, content):
            return f"made       {target} ({len(content)} bytes)"
        case Link(target, to):
            return f"link       {target} -> {to}"
        case Kernel():
            return "kernel     /proc (read-only), /dev"
