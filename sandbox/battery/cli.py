"""The command line of the battery, for `python -m sandbox battery`."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence

from sandbox.battery import bare
from sandbox.battery.attempt import Attempt
from sandbox.battery.attempts import ATTEMPTS
from sandbox.battery.guarded import Guarded
from sandbox.battery.runner import Adapter, Verdict, run
from sandbox.errors import SandboxError
from sandbox.policy import Backend, Policy, Tier

USAGE = 2
UNAVAILABLE = 3
_MORE_TRIES = 3
_WARNING = """\
The control runs every attempt WITHOUT a sandbox. They are written to do no lasting harm: they touch files of their own
below /var/tmp, processes and queues that the battery makes, and for a moment /tmp, /dev/shm, memory and processes. Use
a machine that you can do without, above all as root. In namespaces of its own (processes, mounts, queues): {contained}.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """0: no breach but documented ones (for the control: each attempt breached that has to); 1: a breach, an error or
    a dead attempt; 2: wrong usage; 3: the sandbox cannot be had here."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(arguments)
    chosen = _chosen(options.only)
    if not chosen:
        print(f"battery: no attempt is called {options.only!r}", file=sys.stderr)  # noqa: T201
        return USAGE
    if options.control and not bare.is_contained():
        return bare.contain(arguments)
    if options.control:
        print(_WARNING.format(contained="yes" if bare.in_namespaces() else "no"), file=sys.stderr)  # noqa: T201
    adapter: Adapter = bare.Bare() if options.control else Guarded(policy=_policy(options))
    try:
        verdicts = run(adapter, chosen, told=_tell)
        for _ in range(_MORE_TRIES if adapter.control else 0):
            again = [verdict.attempt for verdict in verdicts if _is_bad(adapter, verdict)]
            if again:  # a race is won by luck, and one that is won once is not dead
                better = {verdict.attempt.id: verdict for verdict in run(adapter, again, told=_tell)}
                verdicts = tuple(better.get(verdict.attempt.id, verdict) for verdict in verdicts)
    except SandboxError as error:
        print(f"battery: {error.message}\n{error.hint}".rstrip(), file=sys.stderr)  # noqa: T201
        return UNAVAILABLE
    _summary(adapter, verdicts)
    if options.json:
        print(json.dumps(_report(adapter, verdicts)))  # noqa: T201
    return 1 if any(_is_bad(adapter, verdict) for verdict in verdicts) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox battery", description="Try to get out of the sandbox of this machine in many ways."
    )
    parser.add_argument(
        "--backend", type=Backend, choices=list(Backend), help="instead of the one the sandbox would choose"
    )
    parser.add_argument("--tier", type=Tier, choices=[tier for tier in Tier if tier is not Tier.NONE])
    parser.add_argument("--only", default="", metavar="ID,…", help="ids or categories")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--control", action="store_true", help="without any sandbox; says first what that means")
    return parser


def _chosen(only: str) -> tuple[Attempt, ...]:
    wanted = {word for word in only.split(",") if word}
    return tuple(one for one in ATTEMPTS if not wanted or one.id in wanted or one.category in wanted)


def _policy(options: argparse.Namespace) -> Policy:
    backend: Backend | None = options.backend
    return Policy(backend=backend, require=options.tier or (backend.tier if backend else Tier.NAMESPACED))


def _tell(verdict: Verdict) -> None:
    one = verdict.attempt
    word = "known" if verdict.documented else verdict.word
    print(f"{one.id:4} {word:6} {verdict.seconds:5.1f} s  {one.title}", file=sys.stderr)  # noqa: T201
    if verdict.why and word != "safe":
        print(f"{'':20}{verdict.documented or verdict.why}", file=sys.stderr)  # noqa: T201


def _is_bad(adapter: Adapter, verdict: Verdict) -> bool:
    if not adapter.control:
        return verdict.word == "error" or (verdict.word == "breach" and not verdict.documented)
    return verdict.word == "error" or (verdict.word == "safe" and verdict.attempt.control != "feature")


def _summary(adapter: Adapter, verdicts: Sequence[Verdict]) -> None:
    count = Counter(verdict.word for verdict in verdicts)
    known = sum(bool(verdict.documented) for verdict in verdicts)
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    words = ", ".join(f"{number} {word}" for word, number in sorted(count.items()))
    noted = f" ({known} of the breaches documented)" if known else ""
    print(f"{adapter.name} as {who}: {len(verdicts)} attempts, {words}{noted}", file=sys.stderr)  # noqa: T201
    if adapter.control and (dead := [v.attempt.id for v in verdicts if _is_bad(adapter, v)]):
        print(f"should have breached and did not: {', '.join(dead)}", file=sys.stderr)  # noqa: T201


def _report(adapter: Adapter, verdicts: Sequence[Verdict]) -> dict[str, object]:
    rows = [
        {
            "id": verdict.attempt.id,
            "category": verdict.attempt.category,
            "title": verdict.attempt.title,
            "verdict": verdict.word,
            "why": verdict.why,
            "documented": verdict.documented,
            "seconds": round(verdict.seconds, 2),
        }
        for verdict in verdicts
    ]
    return {"sandbox": adapter.name, "control": adapter.control, "root": os.geteuid() == 0, "attempts": rows}
