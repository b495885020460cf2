"""The sandbox's errors in our words and with our exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.errors import SandboxError, SandboxUnavailable, WorkspaceBusy
from swe_agent.core.errors import EnvironmentLacks, SandboxMissing

_NO_ROOM = "free some space, or set `XDG_STATE_HOME` to a folder that can be written"


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a person can act on: SandboxMissing for a tier that cannot be had, EnvironmentLacks otherwise."""
    try:
        yield
    except SandboxUnavailable as error:
        raise SandboxMissing(error.message, hint=error.hint) from error
    except WorkspaceBusy as error:
        raise EnvironmentLacks(error.message, hint=error.hint or "another swe-agent works on this job") from error
    except SandboxError as error:
        full = _NO_ROOM if "unable to write" in error.message or "No space left" in error.message else ""
        raise EnvironmentLacks(error.message, hint=error.hint or full) from error
    except OSError as error:
        raise EnvironmentLacks(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", hint=_NO_ROOM
        ) from error
