"""Plumbing: the user's git on the user's repository, with an environment that holds no surprises.

Inherited `GIT_*` variables are dropped: inside a hook they point at somebody else's index or work tree. Optional locks
are off and the file-system monitor is not started, so that reading leaves `.git` byte for byte as it was. Nothing is
fetched but by the two calls that are there for it: an object that a partial clone lacks is missing, not a reason to go
to the network.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swe_agent.core.errors import RepositoryError, UsageError

_READ_ONLY = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.untrackedCache=keep",
    "-c",
    "gc.auto=0",
    "-c",
    "core.quotePath=false",
)

PIPE = 1 << 20
"""Bytes that git may be ahead of who reads it: with fewer the two would take turns instead of working side by side."""
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",  # from git 2.45 on; before, the line above stops the fetch
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}


_NAMES = frozenset(f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL"))
"""Of the variables that git knows those that say who somebody is."""

_TRANSPORT = ("GIT_SSH", "GIT_ASKPASS", "GIT_HTTP_", "GIT_SSL_", "GIT_PROXY_")
"""How variables begin that say how to reach another repository."""


_UNASKED = {"GIT_ASKPASS": "", "SSH_ASKPASS_REQUIRE": "never", "GCM_INTERACTIVE": "never"}
"""An empty GIT_ASKPASS is one that is set, and asks nobody."""
_PATIENCE = 5.0
"""Seconds that git has to take its temporary files away."""


class GitFailed(RepositoryError):
    def __init__(self, args: Sequence[str], status: int, stderr: str) -> None:
        shown = stderr.strip() or f"exit status {status}"
        super().__init__(f"`git {' '.join(args)}` failed: {shown}")
        self.stderr = stderr


def _missing() -> RepositoryError:
    return RepositoryError("git is not installed", hint="install it, for example with `sudo apt-get install git`")


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever comes up, Ctrl-C among it: the session of the process is over with it."""
    try:
        yield
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


@dataclass(frozen=True, slots=True)
class Git:
    """`environment` is the process's own; what must not reach git is taken out here."""

    directory: Path
    environment: Mapping[str, str]

    def run(
        self, *args: str, data: bytes = b"", check: bool = True, index: Path | None = None, apart: bool = False
    ) -> bytes:
        """Standard output, with an index of one's own in the place of the repository's. `apart`: in a session of its
        own, so that whatever kills us lets it end what it has begun. Raises GitFailed, or RepositoryError where there
        is no git."""
        environment = self._clean()
        if index is not None:
            environment["GIT_INDEX_FILE"] = str(index)
        done = self._run(args, environment, data, apart=apart)
        if check and done.returncode:
            raise GitFailed(args, done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def over_network(self, verb: Literal["ls-remote", "fetch", "push"], *args: str) -> bytes:
        """The door to other repositories: for what a person has asked for by a command whose name says that it goes
        there, with their own rights, that is their SSH agent and credential helpers, which may ask on the terminal.
        Everything else that `run` keeps away is kept away here too."""
        environment = self._clean()
        for name in ("GIT_ALLOW_PROTOCOL", "GIT_TERMINAL_PROMPT"):
            del environment[name]
        environment |= {k: v for k, v in self.environment.items() if k.startswith(_TRANSPORT)}
        done = self._run((verb, *args), environment)
        if done.returncode:
            raise GitFailed((verb, *args), done.returncode, done.stderr.decode("utf-8", "replace"))
        return done.stdout

    def unattended(self, verb: Literal["fetch"], *args: str, seconds: float) -> bytes:
        """As `over_network`, but nobody is asked for a password, a passphrase or a strange host: it runs without the
        terminal, and ends with all that it has started after so many seconds. Hooks do not run. Raises GitFailed, or
        RepositoryError where it took too long."""
        environment = self._clean()
        del environment["GIT_ALLOW_PROTOCOL"]
        environment |= {k: v for k, v in self.environment.items() if k.startswith(_TRANSPORT)} | _UNASKED
        if not self.environment.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"} and not self._has("core.sshCommand"):
            environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes"
        argv = ["git", "-C", str(self.directory), *_READ_ONLY, "-c", "core.hooksPath=/dev/null", verb, *args]
        try:
            with (
                subprocess.Popen(
                    argv,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                ) as process,
                _ending(process),
            ):
                out, told = process.communicate(timeout=seconds)
        except FileNotFoundError as error:
            raise _missing() from error
        except subprocess.TimeoutExpired as error:
            raise RepositoryError(f"`git {verb}` took longer than {seconds:.0f} s", hint="run it by hand") from error
        if process.returncode:
            raise GitFailed((verb, *args), process.returncode, told.decode("utf-8", "replace"))
        return out

    def _has(self, setting: str) -> bool:
        return bool(self.run("config", "--get", setting, check=False).strip())

    def _run(
        self, args: Sequence[str], environment: Mapping[str, str], data: bytes = b"", *, apart: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-C", str(self.directory), *_READ_ONLY, *args],
                input=data,
                env=environment,
                capture_output=True,
                check=False,
                start_new_session=apart,
            )
        except FileNotFoundError as error:
            raise _missing() from error

    def _clean(self) -> dict[str, str]:
        kept = {k: v for k, v in self.environment.items() if not k.startswith("GIT_") or k in _NAMES}
        return kept | _FIXED

    def stream(self, *args: str, size: int = 1 << 20) -> Iterator[bytes]:
        """Standard output as it comes, in pieces of at most `size` bytes. Raises as `run` does, at the end; a reader
        that has had enough ends the process."""
        argv = ["git", "-C", str(self.directory), *_READ_ONLY, *args]
        with tempfile.TemporaryFile() as told:
            try:
                process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=told,
                    env=self._clean(),
                    pipesize=PIPE,
                )
            except FileNotFoundError as error:
                raise _missing() from error
            assert process.stdout is not None
            ended = False
            try:
                while data := process.stdout.read(size):
                    yield data
                ended = True
            finally:
                process.stdout.close()
                if not ended:
                    process.kill()
                status = process.wait()
            if status:
                told.seek(0)
                raise GitFailed(args, status, told.read().decode("utf-8", "replace"))

    @property
    def lacks_objects(self) -> bool:
        """Whether this is a partial clone: git fetches what is missing when it is asked for, so that a walk through
        history would go to the network, and write what it brings into the user's repository."""
        return bool(
            self.run("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$", check=False)
        )

    def text(self, *args: str, check: bool = True) -> str:
        return self.run(*args, check=check).decode("utf-8", "surrogateescape").strip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A work tree of a repository. `head` is None on an unborn branch; `branch` is None when detached."""

    top: Path
    git_dir: Path
    common_dir: Path
    head: str | None
    branch: str | None
    shallow: bool

    @property
    def name(self) -> str:
        return self.top.name

    def inside(self, paths: Sequence[str], directory: Path) -> list[str]:
        """Paths as they were typed in a directory, as paths from the top. UsageError for one that leads out."""
        found = []
        for path in paths:
            whole = Path(os.path.normpath(directory.resolve() / path))
            if not whole.is_relative_to(self.top):
                raise UsageError(f"{path} lies outside of {self.top}", hint="name files of this project")
            found.append(whole.relative_to(self.top).as_posix())
        return found


def find_checkout(git: Git) -> Checkout:
    """The checkout that `git.directory` lies in. RepositoryError says what is wrong and what to type."""
    try:
        answer = git.text(
            "rev-parse", "--path-format=absolute", "--is-bare-repository", "--is-inside-work-tree", "--git-dir",
            "--git-common-dir", "--is-shallow-repository",
        )  # fmt: skip
    except GitFailed as error:
        raise _explained(error, git.directory) from error
    bare, inside, git_dir, common_dir, shallow = answer.split("\n")
    if bare == "true":
        raise RepositoryError(
            f"{git.directory} is a bare repository: there is no work tree to land in",
            hint="make a checkout with `git worktree add ../work` and run it there",
        )
    if inside != "true":
        raise RepositoryError(
            f"{git.directory} lies inside a git directory, not in a work tree",
            hint="change to the top of the checkout first, or name it with `-C DIR`",
        )
    head = git.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}", check=False)
    branch = git.text("symbolic-ref", "--quiet", "--short", "HEAD", check=False)
    return Checkout(
        top=Path(git.text("rev-parse", "--show-toplevel")),
        git_dir=Path(git_dir),
        common_dir=Path(common_dir),
        head=head or None,
        branch=branch or None,
        shallow=shallow == "true",
    )


def _explained(error: GitFailed, directory: Path) -> RepositoryError:
    if "dubious ownership" in error.stderr:
        return RepositoryError(
            f"git does not trust {directory}: it belongs to another user",
            hint=f"if you trust it: `git config --global --add safe.directory {directory}`",
        )
    if "not a git repository" in error.stderr:
        return RepositoryError(
            f"{directory} is not in a git repository",
            hint="change to your project, name it with `-C DIR`, or start one here with `git init`",
        )
    return error
