"""What can go wrong here, written for the person who has to act on it.

    SandboxError
    ├── SandboxUnavailable   the tier that was required cannot be had on this machine
    ├── PolicyError          the request contradicts itself
    ├── GitFailed            a git command of ours failed
    ├── Refused              a path, an object or a delivery that is not safe
    └── WorkspaceBusy        someone else, or a live process, uses this workspace

A command that fails inside the sandbox is none of these: it is a `Result`.
"""

from collections.abc import Sequence


class SandboxError(Exception):
    """Base of all errors of this package: `message` says what happened, `hint` what can be done."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SandboxUnavailable(SandboxError):
    """The required tier cannot be had; `probe` is the test that failed, `fix` what to type."""

    def __init__(self, tier: str, probe: str, fix: str) -> None:
        super().__init__(f"no `{tier}` sandbox on this machine: {probe}", fix)
        self.tier = tier
        self.probe = probe
        self.fix = fix


class PolicyError(SandboxError):
    """A policy or a request that cannot be meant, such as a relative mount target."""


class GitFailed(SandboxError):
    """A git command of ours ended with a status other than zero."""

    def __init__(self, argv: Sequence[str], status: int, stderr: bytes) -> None:
        said = stderr.decode("utf-8", "replace").strip()
        super().__init__(f"`git {' '.join(argv)}` ended with status {status}: {said or 'no message'}")
        self.argv = tuple(argv)
        self.status = status
        self.stderr = stderr


class Refused(SandboxError):
    """Something an untrusted tree asked for was not done, and nothing was changed."""


class WorkspaceBusy(SandboxError):
    """The workspace is in use: by another process, or by a command that is still running."""
