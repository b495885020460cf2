"""The one way to run a command: check what is asked, choose what makes the boundary, and run it there.

A tier that is required and cannot be had is an error; nothing is ever retried with less.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import available
from sandbox.errors import PolicyError, SandboxError
from sandbox.policy import Backend, Mount, Policy, Tier
from sandbox.result import Result
from sandbox.supervisor import Job, launched


def run(
    policy: Policy,
    argv: Sequence[str],
    *,
    cwd: Path,
    mounts: Sequence[Mount] = (),
    stdin: bytes = b"",
    on_output: Callable[[bytes], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Result:
    """Run `argv` in `cwd` (a path as seen inside) under `policy` and return what came of it.

    `on_output` gets each chunk of stdout and stderr as it comes; `cancelled` is asked about ten times a second.
    """
    _check(policy, argv)
    job = Job(policy=policy, argv=tuple(argv), stdin=stdin, on_output=on_output, cancelled=cancelled)
    backend = available.choose(policy, mounts)
    if backend is None and mounts:
        raise PolicyError("mounts need the `namespaced` tier; at tier `none` nothing can be mounted")
    tool = available.bubblewrap() if backend is Backend.BUBBLEWRAP else None
    outcome = launched(backend, job, cwd, mounts, tool)
    if isinstance(outcome, str):
        raise SandboxError(f"the sandbox refused to start the command: {outcome}")
    return outcome


def _check(policy: Policy, argv: Sequence[str]) -> None:
    if not argv or not argv[0]:
        raise PolicyError("there is no command to run")
    if any("\0" in part for part in [*argv, *policy.env, *policy.env.values()]):
        raise PolicyError("an argument or a variable has a NUL in it")
    if policy.backend is not None and not isinstance(policy.backend, Backend):
        raise PolicyError(f"`{policy.backend}` is no `Backend`")
    if any(not name or "=" in name for name in policy.env):
        raise PolicyError("a variable needs a name without `=`")
    if policy.hosts and policy.network:
        raise PolicyError("the network is either on or off but for some hosts")
    if policy.hosts and policy.require <= Tier.RESTRICTED:
        raise PolicyError("the network can be opened to some hosts in the `namespaced` tier only")
