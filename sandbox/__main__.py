"""`python -m sandbox`: run a command inside a boundary, and say what that boundary is on this machine."""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.policy import MIB, Backend, Limits, Mount, Policy, Tier

TIMED_OUT = 124
REFUSED = 125
USAGE = 2
ENVIRONMENT = 3

_EXAMPLES = """\
examples:
  python -m sandbox run -- pytest -q              try a test suite; nothing can be written but temporary files
  python -m sandbox run --write . -- make         let it write here, and nowhere else
  python -m sandbox run --write . --host index.example.org -- pip install -t lib six
  python -m sandbox explain --write .             say what a command would see
  python -m sandbox battery                       try to get out
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit with the command's own status; 124 on a time-out, 125 where the sandbox itself refused."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["battery"]:
        from sandbox.battery.cli import main as battery  # hundreds of attempts that nothing else needs

        return battery(words[1:])
    arguments = _parser().parse_args(words)
    try:
        return {"doctor": _doctor, "run": _run, "explain": _explain, "gc": _gc}[arguments.command](arguments)
    except SandboxError as error:
        print(f"sandbox: {error.message}", file=sys.stderr)  # noqa: T201  this is the program's own output
        if error.hint:
            print(error.hint, file=sys.stderr)  # noqa: T201
        return REFUSED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Run a command inside a boundary.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser("doctor", help="say what this machine can offer, and how to fix what it cannot")
    doctor.add_argument("--json", action="store_true", help="as one object, for programs")
    run = commands.add_parser("run", help="run a command; the host is read-only and the network is off")
    _policy_arguments(run)
    run.add_argument("--explain", action="store_true", help="say afterwards what protected the run and what did not")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD")
    explain = commands.add_parser("explain", help="say what a command would see and may do, without running one")
    _policy_arguments(explain)
    commands.add_parser("battery", help="try to get out of it; see `battery --help`")
    commands.add_parser("gc", help="remove what runs that were killed have left, and say what it was")
    return parser


def _policy_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--require", type=Tier, choices=list(Tier), help="the weakest tier to accept")
    parser.add_argument("--backend", type=Backend, choices=list(Backend), help="this one, not the best that works")
    parser.add_argument(
        "--image", default="", metavar="NAME", help="in a container of this image, which is here already"
    )
    parser.add_argument("--runtime", default="", metavar="NAME", help="the container engine's, such as `runsc`")
    parser.add_argument("--network", action="store_true", help="leave the network on")
    parser.add_argument("--host", action="append", default=[], metavar="NAME", help="let it reach NAME, by a proxy")
    parser.add_argument("--write", action="append", default=[], type=Path, metavar="DIR", help="let DIR be written")
    parser.add_argument("--read", action="append", default=[], type=Path, metavar="DIR", help="let DIR be read")
    parser.add_argument("--tracing", action="store_true", help="let debuggers work (on what runs inside)")
    parser.add_argument("--timeout", type=float, default=Limits().wall_s, metavar="SECONDS")
    parser.add_argument("--memory", type=int, default=Limits().memory_bytes // MIB, metavar="MIB")
    parser.add_argument("--processes", type=int, default=Limits().processes, metavar="N")
    parser.add_argument(
        "--grow", type=int, default=Limits().tree_bytes // MIB, metavar="MIB", help="what may be written"
    )


def _doctor(arguments: argparse.Namespace) -> int:
    from sandbox import doctor  # the only command that needs it

    report = doctor.probe()
    if arguments.json:
        print(json.dumps(dataclasses.asdict(report), indent=1))  # noqa: T201
    else:
        print(report.text())  # noqa: T201
    return 0 if report.namespaced else ENVIRONMENT


def _asked(arguments: argparse.Namespace) -> tuple[Policy, list[Mount], Path]:
    require = arguments.require or (arguments.backend.tier if arguments.backend else Tier.NAMESPACED)
    policy = Policy(
        require=require,
        backend=arguments.backend,
        network=arguments.network,
        hosts=tuple(arguments.host),
        image=arguments.image,
        runtime=arguments.runtime,
        tracing=arguments.tracing,
        read_only=tuple(place.resolve() for place in arguments.read),
        limits=Limits(
            wall_s=arguments.timeout,
            memory_bytes=arguments.memory * MIB,
            processes=arguments.processes,
            tree_bytes=arguments.grow * MIB,
        ),
    )
    here = Path.cwd()
    if policy.require is Tier.NONE and policy.backend is None and not policy.image:
        return policy, [], here
    writable = [place.resolve() for place in arguments.write]
    mounts = [Mount(source=place, target=place, writable=True) for place in writable]
    # A hook or a setting left there would be run by the next git outside. Who wants it written names it.
    for git in (place / ".git" for place in writable):
        if git.exists() and git not in writable:
            mounts.append(Mount(source=git, target=git, writable=False))
    if not any(here.is_relative_to(place) for place in writable):
        mounts.insert(0, Mount(source=here, target=here, writable=False))
    return policy, mounts, here


def _run(arguments: argparse.Namespace) -> int:
    from sandbox import command

    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    policy, mounts, here = _asked(arguments)
    stdin = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
    result = command.run(policy, argv, cwd=here, mounts=mounts, stdin=stdin)
    for stream, data in ((sys.stdout, result.stdout), (sys.stderr, result.stderr)):
        stream.buffer.write(data)
        stream.flush()
    for limit in result.exceeded:
        print(f"sandbox: the limit of {limit} was reached", file=sys.stderr)  # noqa: T201
    for asked in result.requests if arguments.explain else ():
        said = "allowed" if asked.allowed else f"refused: {asked.reason}"
        print(f"sandbox: {asked.method} {asked.host}:{asked.port} {said}", file=sys.stderr)  # noqa: T201
    if arguments.explain:
        print(f"sandbox: {result.tier.value}: {', '.join(result.layers)}", file=sys.stderr)  # noqa: T201
        print(f"sandbox: not in force: {', '.join(result.missing) or 'nothing'}", file=sys.stderr)  # noqa: T201
    return TIMED_OUT if result.timed_out or result.idle_timed_out else result.status


def _explain(arguments: argparse.Namespace) -> int:
    from sandbox import explain

    policy, mounts, here = _asked(arguments)
    print("\n".join(explain.lines(policy, mounts, here)))  # noqa: T201
    return 0


def _gc(arguments: argparse.Namespace) -> int:
    del arguments
    from sandbox import containers
    from sandbox.linux import cgroup

    print(f"removed {cgroup.clean()} control groups whose makers are gone")  # noqa: T201
    print(f"removed {containers.clean()} containers whose makers are gone")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
