"""`python -m sandbox doctor` and `python -m sandbox run -- CMD`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.policy import Backend, Limits, Mount, Policy, Tier

TIMED_OUT = 124
REFUSED = 125
USAGE = 2
ENVIRONMENT = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Exit with the command's own status; 124 on a time-out, 125 where the sandbox itself refused."""
    arguments = _parser().parse_args(argv)
    try:
        return _doctor() if arguments.command == "doctor" else _run(arguments)
    except SandboxError as error:
        print(f"sandbox: {error.message}", file=sys.stderr)  # noqa: T201  this is the program's own output
        if error.hint:
            print(error.hint, file=sys.stderr)  # noqa: T201
        return REFUSED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run a command inside a boundary.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what this machine can offer, and how to fix what it cannot")
    run = commands.add_parser("run", help="run a command; the host is read-only and the network is off")
    run.add_argument(
        "--require", type=Tier, choices=list(Tier), default=Tier.NAMESPACED, help="the weakest tier to accept"
    )
    run.add_argument("--backend", type=Backend, choices=list(Backend), help="this one instead of the best that works")
    run.add_argument("--network", action="store_true", help="leave the network on")
    run.add_argument("--write", action="append", default=[], type=Path, metavar="DIR", help="let DIR be written")
    run.add_argument("--timeout", type=float, default=Limits().wall_s, metavar="SECONDS")
    run.add_argument("--explain", action="store_true", help="say afterwards what protected the run and what did not")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD")
    return parser


def _doctor() -> int:
    from sandbox import doctor  # the only command that needs it

    report = doctor.probe()
    print(report.text())  # noqa: T201
    return 0 if report.namespaced else ENVIRONMENT


def _run(arguments: argparse.Namespace) -> int:
    from sandbox import command

    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    policy = Policy(
        require=min(arguments.require, arguments.backend.tier) if arguments.backend else arguments.require,
        backend=arguments.backend,
        network=arguments.network,
        limits=Limits(wall_s=arguments.timeout),
    )
    here = Path.cwd()
    bare = policy.require is Tier.NONE
    writable = [] if bare else [place.resolve() for place in arguments.write]
    mounts = [Mount(source=place, target=place, writable=True) for place in writable]
    if not bare and not any(here.is_relative_to(place) for place in writable):
        mounts.insert(0, Mount(source=here, target=here, writable=False))
    stdin = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    result = command.run(policy, argv, cwd=here, mounts=mounts, stdin=stdin)
    for stream, data in ((sys.stdout, result.stdout), (sys.stderr, result.stderr)):
        stream.buffer.write(data)
        stream.flush()
    if arguments.explain:
        print(f"sandbox: {result.tier.value}: {', '.join(result.layers)}", file=sys.stderr)  # noqa: T201
        print(f"sandbox: not in force: {', '.join(result.missing) or 'nothing'}", file=sys.stderr)  # noqa: T201
    return TIMED_OUT if result.timed_out or result.idle_timed_out else result.status


if __name__ == "__main__":
    sys.exit(main())
