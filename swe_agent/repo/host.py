"""The one door for programs that the user's own configuration names: an editor, a command that prints a key.

They run on the host, with the user's rights, because the user chose them. They never get a working directory inside an
agent's tree, and never come from a repository's committed settings.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from swe_agent.core.errors import EnvironmentLacks


def output_of(argv: Sequence[str], environment: Mapping[str, str], *, seconds: float = 30) -> str:
    """What a trusted program prints, for example a key command. Its output is never quoted in an error."""
    try:
        done = subprocess.run(
            list(argv), env=dict(environment), capture_output=True, check=False, timeout=seconds, cwd=Path("/")
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = "it took too long" if isinstance(error, subprocess.TimeoutExpired) else error.strerror
        raise EnvironmentLacks(
            f"cannot run `{argv[0]}`: {reason}", hint="check the command in your settings"
        ) from error
    if done.returncode:
        raise EnvironmentLacks(
            f"`{argv[0]}` ended with status {done.returncode}", hint="run it by hand to see what it says"
        )
    return done.stdout.decode("utf-8", "replace").strip()


class Server:
    """A program that was started with pipes, in a session of its own. What it says to stderr is thrown away."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        try:
            self._process = subprocess.Popen(
                list(argv),
                env=dict(environment),
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentLacks(
                f"cannot start `{argv[0]}`: {error.strerror}", hint="check the command in your settings"
            ) from error
        assert self._process.stdin is not None and self._process.stdout is not None, "both are pipes"  # noqa: PT018
        self.stdin: IO[bytes] = self._process.stdin
        self.stdout: IO[bytes] = self._process.stdout

    def end(self) -> None:
        """End it and all that it has started, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def edit_file(editor: Sequence[str], path: Path, environment: Mapping[str, str]) -> None:
    """Open the user's editor on a file of ours, on the user's terminal, and wait."""
    try:
        done = subprocess.run([*editor, str(path)], env=dict(environment), check=False, cwd=path.parent)
    except OSError as error:
        raise EnvironmentLacks(
            f"cannot start the editor `{editor[0]}`: {error.strerror}", hint="set `EDITOR` to one that is installed"
        ) from error
    if done.returncode:
        raise EnvironmentLacks(f"the editor ended with status {done.returncode}", hint="nothing was taken over")
