"""The program: its commands, and how every way out of them becomes an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Never, cast

import typer
from typer.core import TyperGroup

from swe_agent import __version__
from swe_agent.core.errors import Cancelled, EnvironmentLacks, Interrupted, SweAgentError, Terminated, UsageError

COMMANDS = {
    "Work": ("run", "apply", "resume", "replay", "cancel"),
    "Decide": ("list", "show", "desk", "accept", "reject", "revise", "land", "undo"),
    "Look": ("review", "localise", "find", "map", "outline", "context", "stats", "doctor", "models", "config"),
    "Tidy": ("forget", "gc", "index"),
    "Beside": ("hooks", "sandbox", "ci"),
}
"""Each is a module of this package with a function of the same name (`list` is `list_`), shown under its heading; or a
package with a GROUP of further commands."""

JOBS = ("run", "resume", "replay", "revise")
QUESTIONS = ("list", "show", *COMMANDS["Look"])
STANDS = "`swe-agent list` and `git status` show what stands"

EPILOG = """\
Examples:

  swe-agent run "fix: totals ignore the discount"

  swe-agent run --file issue.md --model anthropic/claude-sonnet-4-5 --budget-usd 2

  swe-agent run "fix the failing tests" --engine repair

  swe-agent apply reply.md   land the edits of any model's reply

  swe-agent desk        decide the last proposal block by block

  swe-agent undo        take the last landing back
"""


MISTYPED = cast(type[Exception], typer.BadParameter.__base__)
"""What typer raises for words that it does not know; it does not export the class itself."""


class Group(TyperGroup):
    """Ctrl-C is exit code 130, not click's 1; and what was mistyped is told as every other error, in JSON too."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        with _told():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        with _told():
            answer = super().invoke(ctx)
            # What is still held back fails here, where it can be answered, and not when the interpreter ends.
            sys.stdout.flush()
            return answer


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Terminated as error:
        raise error.told from None
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does: what there was to do is done, and nothing more can be said.
        _hush()
        raise SystemExit(0) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _hush()
        where = error.filename or "the output"
        raise EnvironmentLacks(f"cannot write {where}: {error.strerror}", hint="free some space, then again") from error
    except KeyboardInterrupt as error:
        raise Interrupted("interrupted", hint="what was recorded is kept") from error
    except MISTYPED as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # nothing was typed at all: the help is the answer
            raise
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "swe-agent"
        said = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # of the class that is not exported
        raise UsageError(said[:1].lower() + said[1:], hint=f"`{path} --help` tells what there is") from error


app = typer.Typer(
    name="swe-agent",
    cls=Group,
    help="Proposes edits to a git repository, proves them by its tests, and lands only the blocks that you accept.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def swe_agent(
    directory: Annotated[
        Path | None,
        typer.Option("-C", metavar="DIR", help="Change to DIR first, as git does; every command takes it too."),
    ] = None,
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and end."),
) -> None:
    if directory is not None:
        try:
            os.chdir(directory)
        except OSError as error:
            raise UsageError(
                f"cannot change to {directory}: {error.strerror}", hint="check what follows `-C`"
            ) from error
    if version:
        typer.echo(f"swe-agent {__version__}")
        raise typer.Exit


def register(only: str = "") -> None:
    """Give the program its commands; where it is known which one was typed, that one is enough."""
    for heading, names in COMMANDS.items():
        for name in names:
            if only in ("", name):
                module = import_module(f"swe_agent.cli.{name}")
                if (group := getattr(module, "GROUP", None)) is not None:
                    app.add_typer(group, name=name, rich_help_panel=heading)
                    continue
                command = getattr(module, name + "_" if name == "list" else name)
                app.command(name, rich_help_panel=heading, context_settings=getattr(module, "CONTEXT", None))(command)


def run() -> int:
    """Run the command that was typed; its exit code."""
    words = sys.argv[3:] if sys.argv[1:2] == ["-C"] else sys.argv[1:]
    register(words[0] if words and any(words[0] in names for names in COMMANDS.values()) else "")
    signal.signal(signal.SIGTERM, _terminated)
    code = _run()
    try:
        sys.stdout.flush()
    except OSError:
        _hush()  # the command had an answer of its own already, and that one stands
    return code


def _run() -> int:
    try:
        app(prog_name="swe-agent")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except SweAgentError as error:
        _report(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last answer to what nobody foresaw: a log, and exit code 70
        return _bug(error)
    return 0


def _terminated(_signal: int, _frame: FrameType | None) -> Never:
    kept = "everything so far is kept; `swe-agent resume` goes on"
    raise Terminated(Cancelled("cancelled", hint=kept if _command(sys.argv[1:]) in JOBS else STANDS))


def _command(words: Sequence[str]) -> str:
    """The name of the command that was typed; empty where there is none."""
    rest = iter(words)
    for word in rest:
        if word == "-C":
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""


def _leaves_the_tree(words: Sequence[str]) -> bool:
    """Whether what was typed writes nothing into the user's tree: a job that does not land, or a question."""
    return _command(words) in (*JOBS, *QUESTIONS) and not {"--yes", "-y"} & set(words)


def _hush() -> None:
    """Nothing more goes to stdout, not even what Python flushes when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: SweAgentError) -> None:
    from swe_agent.ui import console, jsonl

    try:
        if "--json" in sys.argv:
            jsonl.print_error(error)
    except BrokenPipeError:
        _hush()
    with suppress(BrokenPipeError):  # `2>&1 | head`
        console.print_error(error)


def _bug(error: Exception) -> int:
    from swe_agent.ui.console import print_error
    from swe_agent.wiring.bugs import log_bug

    path = log_bug(error, traceback.format_exc())
    stands = "Your tree was not touched by this." if _leaves_the_tree(sys.argv[1:]) else f"{STANDS}."
    where = f"the details are in {path}" if path else traceback.format_exc()
    print_error(
        SweAgentError(
            f"a bug in swe-agent: {type(error).__name__}: {error}",
            hint=f"{where}; please report it with that file. {stands}",
        )
    )
    return SweAgentError.exit_code
