"""The one door for programs that the user's own configuration names: an editor, a command that prints a key.

They run on the host, with the user's rights, because the user chose them. They never get a working directory inside an
agent's tree, and never come from a repository's committed settings.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

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
