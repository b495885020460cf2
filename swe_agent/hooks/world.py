"""The process that git has started: its environment, git, and what the settings say. Nothing here is slow to load."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import CompletedProcess

BLOCKS = 77
"""The exit code for "no". Any other but 0 is an accident, which lets everything through."""
MOST_BYTES = 32_000_000
"""Of what a git may say; nobody reads a longer patch line by line before a commit."""
OFF = ("0", "false", "no", "off")
"""What switches something off, in the environment as in git's configuration."""
DRAFTS = ("message", "model", "off")
REVIEWS = ("off", "commit", "push", "both")
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


def run_here(argv: Sequence[str]) -> None:
    """With our own input and output, until it ends."""
    os.waitpid(os.posix_spawnp(argv[0], list(argv), os.environ), 0)


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


def hand_on(arguments: Sequence[str], *, seconds: int) -> None:
    """To the whole program, which has more to load than a hook has time for. What it says goes to the person."""
    _handed_on(arguments, b"", seconds, is_shown=True)


def answer(arguments: Sequence[str], given: bytes, *, seconds: int) -> str:
    """What the whole program says on stdout to what it is given on stdin; empty where it fails, or not in time, and
    that is said."""
    done = _handed_on(arguments, given, seconds, is_shown=False)
    if done is None:
        return ""
    if done.returncode:
        first = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        say(f"swe-agent: no message from a model: {first.removeprefix('error: ')}")
        return ""
    return done.stdout.decode("utf-8", "replace")


def _handed_on(
    arguments: Sequence[str], given: bytes, seconds: int, *, is_shown: bool
) -> CompletedProcess[bytes] | None:
    """None where it did not end in time: it is asked to end, so that it writes down that it was stopped."""
    import subprocess

    argv = [sys.executable, "-I", "-m", "swe_agent", *arguments]  # nothing of the folder it runs in is loaded
    out, told = (sys.stderr, None) if is_shown else (subprocess.PIPE, subprocess.PIPE)
    with subprocess.Popen(argv, env=without_git(os.environ), stdin=subprocess.PIPE, stdout=out, stderr=told) as process:
        try:
            said, complained = process.communicate(given, timeout=seconds)
            return subprocess.CompletedProcess(argv, process.returncode, said, complained)
        except subprocess.TimeoutExpired:
            say(f"swe-agent: `{' '.join(arguments[:2])}` took longer than {seconds} s, and was left out")
            process.terminate()
            try:
                process.communicate(timeout=1)
            except subprocess.TimeoutExpired:
                process.kill()
    return None


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
    """`is_on`: whether hooks do anything at all. `draft` is one of DRAFTS, `review` one of REVIEWS; `comment`
    is what lines of a message begin with that are no part of it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.is_on = _switch(values.get("hooks"), True)
        self.draft = values.get("draft", "message") if values.get("draft") in DRAFTS else "message"
        review = values.get("review", "off")
        self.review = review if review in REVIEWS else "commit" if _switch(review, False) else "off"
        self.push = _switch(values.get("push"), True)
        self.comment = values.get("comment") or "#"
        self.trailer = values.get("trailer", "Assisted-by")


def ask_settings() -> Pending:
    """Of git's own configuration, where people switch off what is in their way."""
    return start_git("config", "-z", "--get-regexp", r"^(swe-agent\.|core\.commentchar$)")


def settings(asked: Pending, top: str, home: str) -> Settings:
    """Of the settings in files those of this clone go before those of the project and of the user, and what git's own
    configuration says before all of them."""
    values: dict[str, str] = {}
    user = os.environ.get("XDG_CONFIG_HOME", "")
    user = user if user.startswith("/") else os.path.join(os.environ.get("HOME") or "/", ".config")
    values |= _of_file(f"{user}/swe-agent/config.toml")
    # What comes with a project asks no model in anybody's name.
    values |= {name: said for name, said in _of_file(f"{top}/.swe-agent.toml").items() if name != "draft"}
    values |= _of_file(f"{home}/config.toml")
    for row in (asked.read() or b"").decode("utf-8", "replace").split("\0"):
        name, has_value, value = row.partition("\n")
        if name.startswith("swe-agent."):
            values[name.removeprefix("swe-agent.").lower()] = value if has_value else "true"
        elif name == "core.commentchar" and value != "auto":
            values["comment"] = value
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
    return value.lower() not in (*OFF, "")
