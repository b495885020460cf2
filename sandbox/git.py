"""Running git so that nothing in a repository, a tree or the environment can make it run something else.

Every call names its repository: discovery is left to `checkout.find`, and git is never started inside a tree that an
agent has written.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.errors import GitFailed, SandboxError

TIME_LIMIT_S = 600.0

# Keys by which a configuration file can start a program, reach the network or change what is read and written.
_SETTINGS = (
    "core.fsmonitor=",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=false",
    "core.sshCommand=false",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "core.quotePath=false",
    "core.alternateRefsCommand=true",
    "core.safecrlf=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "advice.detachedHead=false",
    "checkout.workers=0",  # as many as there are cores; it counts where thousands of files are written
    "init.defaultBranch=main",
    "safe.directory=*",
)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {
        # The user's git is the one to use, wherever it is installed; nothing else of the environment is inherited. A
        # relative entry would be searched for below the current directory, which may be anyone's.
        "PATH": ":".join(entry for entry in os.get_exec_path() if entry.startswith("/")) or os.defpath,
        "HOME": "/nonexistent",
        "XDG_CONFIG_HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_AUTHOR_NAME": "sandbox",
        "GIT_AUTHOR_EMAIL": "sandbox@localhost",
        "GIT_COMMITTER_NAME": "sandbox",
        "GIT_COMMITTER_EMAIL": "sandbox@localhost",
        **extra,
    }


def run_git(
    args: Sequence[str],
    *,
    git_dir: Path | None,
    work_tree: Path | None = None,
    index: Path | None = None,
    cwd: Path = Path("/"),
    input: bytes = b"",
    env: Mapping[str, str] | None = None,
    check: bool = True,
    strict: bool = False,
    pass_fds: Sequence[int] = (),
    time_limit_s: float = TIME_LIMIT_S,
) -> bytes:
    """What git wrote to stdout. With `check`, another status than 0 is `GitFailed`; without, it is as if empty.

    `strict`: a warning is a failure too. Git skips a directory that it may not read with no more than that.
    """
    places = {"GIT_DIR": git_dir, "GIT_WORK_TREE": work_tree, "GIT_INDEX_FILE": index}
    extra = {name: str(place) for name, place in places.items() if place is not None} | dict(env or {})
    argv = ["git", "--no-pager", "--literal-pathspecs", "--no-optional-locks"]
    for setting in _SETTINGS:
        argv += ["-c", setting]
    try:
        process = subprocess.Popen(
            [*argv, *args],
            cwd=cwd,
            env=_environment(extra),
            stdin=subprocess.PIPE if input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
            start_new_session=True,  # its helpers (upload-pack, index-pack) can then be killed with it
        )
    except FileNotFoundError as error:
        if not cwd.is_dir():
            raise SandboxError(f"`{cwd}` is not a directory") from error
        raise SandboxError("git is not installed", "install it, for example with `apt-get install git`") from error
    # A time limit of `communicate` would make it look again and again whether git has ended, up to 50 ms late.
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    watchdog = threading.Timer(time_limit_s, stop)
    watchdog.daemon = True
    with process:
        try:
            watchdog.start()
            out, err = process.communicate(input or None)
        except BaseException:
            _kill(process)
            raise
        finally:
            watchdog.cancel()
    if late.is_set():
        raise SandboxError(f"`git {args[0]}` did not end within {time_limit_s:.0f} s")
    if process.returncode == 0 and not (strict and err):
        return out
    if check:
        raise GitFailed(args, process.returncode, err)
    return b""


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is not None:
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
