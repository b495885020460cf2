#!/usr/bin/env python3
"""Whether an edit is applied as its author meant it, however he wrote it: real edits, perturbed as models err.

    python benchmarks/edits.py [--cache DIR] [--seed N] [--edits N] [--pairs N] [--format NAME]… [--jobs N]
        [--failures FILE] [--case NAME] [--[no-]peers] [--peer-runs N] [--speed] [--conformance] [--quick] [--smoke]
        [--json]

The edits are what changed between two releases in a row of public packages (`data/releases.jsonl`), which `pip` and
`npm` fetch into `--cache`; `--smoke` needs none of them. Each is written in each format, plainly and perturbed, and all
of these replies are applied, the check of the syntax included. Kinds of replies:

- `plain`: as the format has it;
- `recoverable`: perturbed, with one text that a careful reader would make of it; `pair`: two such perturbations;
- `must_refuse`: nothing may come of it; `ambiguous`: nothing tells which of two places is meant;
- `open`: the intended text and a refusal are both fine.

Outcomes: `correct` (byte for byte), `near` (but for line ends and white space at the ends of lines), `refused`,
`partial` (refused, and a file has changed all the same), `wrong` (any other text or file). `--failures FILE` writes our
runs that should have come out otherwise, a line of JSON each; `--case NAME` shows one of them with all that matters,
with `--peers` what others make of it as well.

Peers are `git apply`, GNU `patch`, codex, aider's four appliers and an exact replacement; each is given N of the cases
in the format that it reads, as many of each kind as there are, and beside its outcomes stand ours on these very cases.
They run in bubblewrap, each on a tree to throw away; where that does not work, replies that name paths out of the tree
are not given to them. `--speed` measures CPU on files of 1,300 to 1,700 lines. `--conformance` compares codex with
what `tests/edits/conformance/apply-patch` expects and says of it. `make peers` installs codex and aider.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.appliers import CORRECT, PARTIAL, WRONG, Applier, Ours, difference, judge
from benchmarks.harness.drafts import AMBIGUOUS, FORMATS, MUST_REFUSE, PAIR, RECOVERABLE, Draft
from benchmarks.harness.edit_conformance import conformance
from benchmarks.harness.edit_runs import Run, figures_of, of, print_table, run_of, share
from benchmarks.harness.edit_speed import speed
from benchmarks.harness.made_edits import made
from benchmarks.harness.peer_runs import peer_figures, print_peers, run_peers
from benchmarks.harness.peers import NAMES as PEERS
from benchmarks.harness.peers import leaves, missing, peer
from benchmarks.harness.perturb import cases, named
from benchmarks.harness.real_edits import Edit, choose, choose_long
from benchmarks.harness.releases import fetch, pairs
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish
from benchmarks.harness.throwaway import is_confined

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swe-agent-benchmarks/releases"
LEAST_EDITS, LEAST_LANGUAGES, LEAST_RUNS = 120, 4, 10_000
QUICK_PAIRS, QUICK_EDITS, QUICK_LONG = 14, 16, 8
PEER_RUNS = 1_500


def main() -> int:
    options = _options()
    if options.conformance:
        return conformance(as_json=options.json)
    edits = [] if options.speed else _edits(options)
    if not edits and not options.speed:
        return _no_data()
    if options.case:
        return _show(edits, options)
    figures: dict[str, object] = {}
    found: dict[str, Goal] = {}
    runs: list[Run] = []
    absent: dict[str, str] = {}
    if edits:
        runs = _ours(edits, options, figures)
        found |= goals(edits, runs, whole=_is_whole(options), judge=not options.smoke)
    if options.peers:
        peers, absent = run_peers(edits, runs, most=options.peer_runs, seed=options.seed, jobs=options.jobs)
        print_peers(peers, runs)
        figures |= peer_figures(peers, runs)
    if options.speed or options.quick or _is_whole(options):
        long = _long_edits(options)
        if not long:
            return _no_data()
        measured, goal = speed(long, judge=not options.quick)
        figures |= measured
        found |= goal
    status = finish("edits", figures, found, as_json=options.json)
    for name, hint in absent.items():
        print(f"edits: missing: {name}: {hint}", file=sys.stderr)
    return status or (DATA_MISSING if absent else 0)


def _no_data() -> int:
    print(
        "edits: no release can be had: connect to where pip and npm fetch from, or name a --cache that was filled",
        file=sys.stderr,
    )
    return DATA_MISSING


def _is_whole(options: argparse.Namespace) -> bool:
    return not (options.smoke or options.quick or options.edits or options.format or options.speed)


def _ours(edits: Sequence[Edit], options: argparse.Namespace, figures: dict[str, object]) -> list[Run]:
    runs: list[Run] = []
    for number, of_edit in enumerate(_run_all(edits, options), 1):
        runs += of_edit
        if number % 10 == 0:
            print(f"edits: {number} of {len(edits)}, {len(runs)} runs", file=sys.stderr, flush=True)
    if options.failures:
        rows = (json.dumps(asdict(run), ensure_ascii=False) for run in runs if run.failed)
        options.failures.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    figures |= {
        "edits": len(edits),
        "by language": dict(Counter(edit.language for edit in edits).most_common()),
        "runs": len(runs),
    }
    print_table("ours", runs)
    figures |= figures_of("ours", runs)
    return runs


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", metavar="DIR", type=Path, default=CACHE, help="where the releases are kept")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of all that is left to chance")
    parser.add_argument("--edits", type=int, default=0, metavar="N", help="only so many")
    parser.add_argument(
        "--pairs", type=int, default=10, metavar="N", help="pairs of perturbations of an edit and format"
    )
    parser.add_argument("--format", action="append", choices=FORMATS, help="only this format")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes at once")
    parser.add_argument("--failures", metavar="FILE", type=Path, help="write our runs that failed here")
    parser.add_argument("--case", metavar="NAME", help="show this case, with what came of it, and nothing else")
    parser.add_argument(
        "--peers", action=argparse.BooleanOptionalAction, help="others on a sample of the same cases; so in a full run"
    )
    parser.add_argument("--peer-runs", type=int, default=PEER_RUNS, metavar="N", help="cases for each of them")
    parser.add_argument("--speed", action="store_true", help="only what an edit of a long file costs")
    parser.add_argument("--conformance", action="store_true", help="only codex on the hand-written cases of its format")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_EDITS} edits: within a minute")
    parser.add_argument("--smoke", action="store_true", help="edits that are made up here, without a network")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    options.format = options.format or []
    if options.peers is None:
        options.peers = _is_whole(options) and not options.case
    options.peers = options.peers and not (options.smoke or options.speed)
    return options


def _edits(options: argparse.Namespace) -> list[Edit]:
    if options.smoke:
        return made(options.seed)
    wanted = pairs()
    if options.case:
        wanted = [pair for pair in wanted if options.case.startswith(f"{pair.name}:")]
    edits = choose(fetch(wanted[:QUICK_PAIRS] if options.quick else wanted, options.cache), options.seed)
    most = QUICK_EDITS if options.quick else options.edits
    return edits[:: max(1, len(edits) // most)][:most] if most and not options.case else edits


def _long_edits(options: argparse.Namespace) -> list[Edit]:
    edits = choose_long(fetch(pairs()[:QUICK_PAIRS] if options.quick else pairs(), options.cache), options.seed)
    return edits[:QUICK_LONG] if options.quick else edits


def _run_all(edits: Sequence[Edit], options: argparse.Namespace) -> Iterator[list[Run]]:
    work = partial(run, seed=options.seed, pairs=options.pairs, formats=tuple(options.format) or FORMATS)
    if options.jobs < 2 or options.smoke:
        yield from map(work, edits)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from pool.map(work, edits)


def run(edit: Edit, *, seed: int, pairs: int, formats: Sequence[str]) -> list[Run]:
    """All cases of an edit, by our applier."""
    applier: Applier = Ours()
    return [run_of(case, applier) for case in cases(edit, seed, pairs, formats)]


def _show(edits: Sequence[Edit], options: argparse.Namespace) -> int:
    found = (case for edit in edits if (case := named(edit, options.case, options.seed)))
    case = next(found, None)
    if case is None:
        print(f"edits: there is no case {options.case}; the seed has to be that of its run", file=sys.stderr)
        return 2
    draft = case.draft
    print(f"=== before: {draft.path}\n{draft.before}\n=== reply\n{draft.reply}")
    with TemporaryDirectory(prefix="edits-case-") as scratch:
        appliers = [Ours(), *(peer(name, Path(scratch)) for name in _peers_for(draft, options))]
        for applier in appliers:
            result = applier.apply(draft.files, draft.reply, draft.format)
            print(
                f"=== {applier.name}: {case.kind}: {judge(case, result)}; {result.reason}\n{difference(case, result)}"
            )
            for path in result.changed:
                if path != draft.path:
                    print(f"changed too: {path}")
    return 0


def _peers_for(draft: Draft, options: argparse.Namespace) -> list[str]:
    if not options.peers or (leaves(draft) and not is_confined()):
        return []
    return [name for name, format in PEERS.items() if format == draft.format and name not in missing()]


def goals(edits: Sequence[Edit], runs: Sequence[Run], *, whole: bool, judge: bool) -> dict[str, Goal]:
    wrong = sum(run.outcome == WRONG for run in runs)
    never = of(runs, MUST_REFUSE, AMBIGUOUS)
    found = {
        "edits": at_least(LEAST_EDITS, len(edits), judge=whole),
        "languages": at_least(LEAST_LANGUAGES, len({edit.language for edit in edits}), judge=whole),
        "runs": at_least(LEAST_RUNS, len(runs), judge=whole),
        "wrong, % of all runs": at_most(0.05, round(100 * wrong / len(runs), 3), judge=judge),
        "wrong where it must be refused": at_most(0, sum(run.outcome == WRONG for run in never)),
        "partial": at_most(0, sum(run.outcome == PARTIAL for run in runs)),
        "crashes": at_most(0, sum(run.reason.startswith("crash") for run in runs)),
    }
    for format in FORMATS:
        if some := of(runs, RECOVERABLE, format=format):
            found[f"{format}, recoverable, % correct"] = at_least(98, share(some, CORRECT), judge=judge)
    if some := of(runs, PAIR):
        found["pairs, % correct"] = at_least(95, share(some, CORRECT), judge=judge)
    return found


if __name__ == "__main__":
    sys.exit(main())
