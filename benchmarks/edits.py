#!/usr/bin/env python3
"""Whether an edit is applied as its author meant it, however he wrote it: real edits, perturbed as models err.

    python benchmarks/edits.py [--cache DIR] [--seed N] [--edits N] [--pairs N] [--format NAME]… [--jobs N]
        [--failures FILE] [--case NAME] [--quick] [--smoke] [--json]

The edits are what changed between two releases in a row of public packages (`data/releases.jsonl`), which `pip` and
`npm` fetch into `--cache`; `--smoke` needs none of them. Each is written in each format, plainly and perturbed, and all
of these replies are applied, the check of the syntax included. Kinds of replies:

- `plain`: as the format has it;
- `recoverable`: perturbed, with one text that a careful reader would make of it; `pair`: two such perturbations;
- `must_refuse`: nothing may come of it; `ambiguous`: nothing tells which of two places is meant;
- `open`: the intended text and a refusal are both fine.

Outcomes: `correct` (byte for byte), `near` (but for line ends and white space at the ends of lines), `refused`,
`partial` (refused, and a file has changed all the same), `wrong` (any other text or file). `--failures FILE` writes our
runs that should have come out otherwise, a line of JSON each; `--case NAME` shows one of them with all that matters.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.appliers import (
    CORRECT,
    NEAR,
    OUTCOMES,
    PARTIAL,
    REFUSED,
    WRONG,
    Applier,
    Ours,
    difference,
    judge,
)
from benchmarks.harness.drafts import AMBIGUOUS, FORMATS, MUST_REFUSE, OPEN, PAIR, RECOVERABLE
from benchmarks.harness.made_edits import made
from benchmarks.harness.perturb import PLAIN, cases
from benchmarks.harness.real_edits import Edit, choose
from benchmarks.harness.releases import fetch, pairs
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swe-agent-benchmarks/releases"
KINDS = (PLAIN, RECOVERABLE, PAIR, MUST_REFUSE, AMBIGUOUS, OPEN)
TO_APPLY = (PLAIN, RECOVERABLE, PAIR)
LEAST_EDITS, LEAST_LANGUAGES, LEAST_RUNS = 120, 4, 10_000
QUICK_PAIRS, QUICK_EDITS = 14, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    case: str
    kind: str
    format: str
    perturbation: str
    outcome: str
    reason: str

    @property
    def failed(self) -> bool:
        return self.outcome in (WRONG, PARTIAL) or (self.kind in TO_APPLY and self.outcome != CORRECT)


def main() -> int:
    options = _options()
    edits = _edits(options)
    if not edits:
        print(
            "edits: no release can be had: connect to where pip and npm fetch from, or name a --cache that was filled",
            file=sys.stderr,
        )
        return DATA_MISSING
    if options.case:
        return _show(edits, options)
    runs: list[Run] = []
    for number, of_edit in enumerate(_run_all(edits, options), 1):
        runs += of_edit
        if number % 10 == 0:
            print(f"edits: {number} of {len(edits)}, {len(runs)} runs", file=sys.stderr, flush=True)
    if options.failures:
        rows = (json.dumps(asdict(run), ensure_ascii=False) for run in runs if run.failed)
        options.failures.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    figures: dict[str, object] = {
        "edits": len(edits),
        "by language": dict(Counter(edit.language for edit in edits).most_common()),
        "runs": len(runs),
    }
    _print_table("ours", runs)
    figures |= _figures("ours", runs)
    whole = not (options.smoke or options.quick or options.edits or options.format)
    return finish("edits", figures, goals(edits, runs, whole=whole, judge=not options.smoke), as_json=options.json)


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
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_EDITS} edits: within a minute")
    parser.add_argument("--smoke", action="store_true", help="edits that are made up here, without a network")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    options.format = options.format or []
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
    runs = []
    for case in cases(edit, seed, pairs, formats):
        result = applier.apply(case.draft.files, case.draft.reply, case.draft.format)
        runs.append(
            Run(
                case=case.name,
                kind=case.kind,
                format=case.draft.format,
                perturbation=case.perturbation,
                outcome=judge(case, result),
                reason=result.reason,
            )
        )
    return runs


def _show(edits: Sequence[Edit], options: argparse.Namespace) -> int:
    for edit in edits:
        if not options.case.startswith(f"{edit.name}#"):
            continue
        for case in cases(edit, options.seed, options.pairs):
            if case.name == options.case:
                draft = case.draft
                result = Ours().apply(draft.files, draft.reply, draft.format)
                print(f"=== before: {draft.path}\n{draft.before}\n=== reply\n{draft.reply}")
                print(f"=== {case.kind}: {judge(case, result)}; {result.reason}\n{difference(case, result)}")
                for path in result.changed:
                    if path != draft.path:
                        print(f"changed too: {path}")
                return 0
    print(f"edits: there is no case {options.case}; seed and pairs have to be those of its run", file=sys.stderr)
    return 2


# --- what it comes to ---


def _share(runs: Sequence[Run], *outcomes: str) -> float:
    return round(100 * sum(run.outcome in outcomes for run in runs) / len(runs), 2) if runs else 0.0


def _of(runs: Iterable[Run], *kinds: str, format: str = "") -> list[Run]:
    return [run for run in runs if run.kind in kinds and format in ("", run.format)]


def _print_table(name: str, runs: Sequence[Run]) -> None:
    """Outcomes by format and kind of reply, in counts."""
    print(f"{name:16}{'':14}{'n':>7}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES), file=sys.stderr)
    for format in (*FORMATS, ""):
        for kind in KINDS:
            some = _of(runs, kind, format=format)
            counts = Counter(run.outcome for run in some)
            row = "".join(f"{counts[outcome] or '·':>9}" for outcome in OUTCOMES)
            if some:
                print(f"{format or 'all':16}{kind:14}{len(some):7}{row}", file=sys.stderr)


def _figures(name: str, runs: Sequence[Run]) -> dict[str, object]:
    """Per cent, each with the number of runs behind it."""
    figures: dict[str, object] = {}
    for format in FORMATS:
        own = _of(runs, *KINDS, format=format)
        if not own:
            continue
        for kind in KINDS:
            some = _of(own, kind)
            said = {outcome: _share(some, outcome) for outcome in (CORRECT, NEAR, REFUSED, PARTIAL, WRONG)}
            figures[f"{name}, {format}, {kind}"] = {
                "n": len(some),
                **{key: value for key, value in said.items() if value},
            }
    worst = Counter(run.perturbation for run in _of(runs, RECOVERABLE) if run.failed)
    figures[f"{name}, most often not made"] = dict(worst.most_common(12))
    return figures


def goals(edits: Sequence[Edit], runs: Sequence[Run], *, whole: bool, judge: bool) -> dict[str, Goal]:
    wrong = sum(run.outcome == WRONG for run in runs)
    never = _of(runs, MUST_REFUSE, AMBIGUOUS)
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
        if some := _of(runs, RECOVERABLE, format=format):
            found[f"{format}, recoverable, % correct"] = at_least(98, _share(some, CORRECT), judge=judge)
    if some := _of(runs, PAIR):
        found["pairs, % correct"] = at_least(95, _share(some, CORRECT), judge=judge)
    return found


if __name__ == "__main__":
    sys.exit(main())
