"""The process that git has started: its environment, git, and what the settings say. Nothing here is slow to load."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BLOCKS = 77
"""The exit code for "no". Any other but 0 is an accident, which lets everything through."""
MOST_BYTES = 32_000_000
"""Of what a git may say; nobody reads a longer patch line by line before a commit."""
DRAFTS = ("message", "off")
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat", "LC_ALL": "C.UTF-8", "GIT_NO_LAZY_FETCH": "1"}


class Pending:
    """A git that runs beside us."""

    def __init__(self, pid: int, out: int) -> None:
        self._pid = pid
        self._out = out

    def read(self) -> bytes | None:
        """All that it says; None where it fails, or says more than MOST_BYTES."""
        parts, size = [], 0
        while size <= MOST_BYTES and (part := os.read(self._out, 1 << 20)):
            parts.append(part)
            size += len(part)
        os.close(self._out)
        _, status = os.waitpid(self._pid, 0)
        return b"".join(parts) if status == 0 and size <= MOST_BYTES else None


def start_git(*arguments: str) -> Pending:
    """In the environment that git has given us: the index of a commit in the making may be a file of its own. Raises
    OSError where there is no git."""
    return start(["git", *arguments], {**os.environ, **_QUIET})


def start(argv: Sequence[str], environment: Mapping[str, str]) -> Pending:
    reading, writing = os.pipe()
    try:
        pid = os.posix_spawnp(
            argv[0],
            list(argv),
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
        )
    except OSError:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return Pending(pid, reading)


def git(*arguments: str) -> bytes | None:
    return start_git(*arguments).read()


def without_git(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what git tells its hooks: a program that is given it would take another repository for
    this one (`git rev-parse --local-env-vars`, and what is set beside them)."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in _OF_PEOPLE}


_OF_PEOPLE = frozenset(
    (
        *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
        *("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_TERMINAL_PROMPT", "GIT_EXEC_PATH"),
    )
)


def home_of(top: str) -> str:
    """Our folder in git's common directory, found without git: `.git` may be a file that names the directory."""
    folder = _git_dir(top)
    return os.path.join(folder, _line(os.path.join(folder, "commondir")) or ".", "swe-agent")


STATES = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


def is_under_way(top: str) -> bool:
    """Whether git is in the middle of a merge, a pick, a revert or a rebase."""
    folder = _git_dir(top)
    return any(os.path.exists(os.path.join(folder, state)) for state in STATES)


def _git_dir(top: str) -> str:
    folder = os.environ.get("GIT_DIR") or os.path.join(top, ".git")
    said = _line(folder)
    return os.path.join(top, said.removeprefix("gitdir: ")) if said.startswith("gitdir: ") else folder


def _line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\n")
    except OSError:
        return ""


def hand_on(arguments: Sequence[str], *, seconds: int) -> int | None:
    """To the whole program, which has more to load than a hook has time for. Its exit code; None where it did not end
    in time. What it says goes to the person."""
    import subprocess

    argv = [sys.executable, "-I", "-m", "swe_agent", *arguments]  # nothing of the folder it runs in is loaded
    try:
        done = subprocess.run(
            argv, env=without_git(os.environ), stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        say(f"swe-agent: `{arguments[0]}` took longer than {seconds} s, and was left out")
        return None
    return done.returncode


def say(text: str) -> None:
    """To the person, without a sign that a terminal would obey. A closed or full output is no reason to fail."""
    shown = "".join(sign if sign.isprintable() or sign == "\n" else f"<U+{ord(sign):04X}>" for sign in text)
    try:
        sys.stderr.write(f"{shown}\n")
        sys.stderr.flush()
    except (OSError, UnicodeError):
        pass


def called() -> str:
    """How the program is typed here."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and os.access(os.path.join(folder, "swe-agent"), os.X_OK):
            return "swe-agent"
    return f"{sys.executable} -m swe_agent"


# ---- settings


class Settings:
    """`is_on`: whether hooks do anything at all. `draft` is one of DRAFTS."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.is_on = _switch(values.get("hooks"), True)
        self.draft = values.get("draft", "message") if values.get("draft") in DRAFTS else "message"
        self.review = _switch(values.get("review"), False)
        self.push = _switch(values.get("push"), True)
        self.trailer = values.get("trailer", "Assisted-by")


def ask_settings() -> Pending:
    """Of git's own configuration, where people switch off what is in their way."""
    return start_git("config", "-z", "--get-regexp", r"^swe-agent\.")


def settings(asked: Pending, top: str, home: str) -> Settings:
    """Of the settings in files those of this clone go before those of the project and of the user, and what git's own
    configuration says before all of them."""
    values: dict[str, str] = {}
    user = os.environ.get("XDG_CONFIG_HOME", "")
    user = user if user.startswith("/") else os.path.join(os.environ.get("HOME") or "/", ".config")
    for path in (f"{user}/swe-agent/config.toml", f"{top}/.swe-agent.toml", f"{home}/config.toml"):
        values |= _of_file(path)
    for row in (asked.read() or b"").decode("utf-8", "replace").split("\0"):
        name, has_value, value = row.partition("\n")
        if name.startswith("swe-agent."):
            values[name.removeprefix("swe-agent.").lower()] = value if has_value else "true"
    return Settings(values)


def _of_file(path: str) -> dict[str, str]:
    """The table `hooks`, and `land.trailer`. Damaged files have none: the other commands complain about them."""
    try:
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except OSError:
        return {}
    if b"hooks" not in data and b"trailer" not in data:
        return {}
    import tomllib

    try:
        table = tomllib.loads(data.decode("utf-8"))
    except ValueError:
        return {}
    hooks, land = table.get("hooks"), table.get("land")
    found = {str(name): _word(value) for name, value in hooks.items()} if isinstance(hooks, dict) else {}
    if isinstance(land, dict) and isinstance(land.get("trailer"), str):
        found["trailer"] = land["trailer"]
    return found


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _switch(value: str | None, default: bool) -> bool:
    """As git reads one."""
    if value is None:
        return default
    return value.lower() not in ("false", "no", "off", "0", "")
