"""Our side of the probe: where it lies, what to hand it, and what its output means.

The programs beside this file (`swe_repair_*.py`) are copied or mounted into the sandbox and run there; they are never
imported here. Neither are those in `node/`, which do the same for JavaScript.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.spectrum import Frame, Reached, Spectrum, Start, Traced

MODULE, TRIALS = "swe_repair_probe", "swe_repair_trials"
MARK_SPECTRUM = b"swe-repair-spectrum:"
MARK_TRIAL = b"swe-repair-trial:"
MARK_INPUTS, NO_ANSWER = b"swe-repair-inputs:", "-"
HUNG, LEAST_EACH = "TookTooLong", 0.2
"""What a test raised that did not end; and seconds of CPU that any test of a trial may take."""
MAX_PLAN = 100_000
"""Linux takes up to 131,072 bytes in one argument."""
ONE_PROCESS = {"DJANGO_TEST_PROCESSES": "1"}
"""What keeps runners from handing tests to other processes, which tell their lines to nobody."""
WITNESSES = 3
"""Passing tests that have to pass where trials are made in a process that has loaded them already."""


class ProbeError(ValueError):
    """The output holds no spectrum: the run ended before its end, or something else wrote there."""


def probe_directory() -> Path:
    """The folder to put on PYTHONPATH; its programs need nothing else."""
    return Path(__file__).parent


def record_command(argv: Sequence[str]) -> tuple[str, ...]:
    """A test command, so that whatever Python it starts can record; with `record_environment`."""
    return ("sh", str(probe_directory() / "record.sh"), *argv)


def record_environment(*, hangs: float = 0.0, near: Sequence[str] = ()) -> dict[str, str]:
    """What to add to the environment of a run, so that it records. A test that takes longer than `hangs` seconds, if
    there are any, is ended, and counts as failed. With `near` only the tests are run that share a file of pytest's or a
    class of unittest's with one of these."""
    folders = (probe_directory() / "recording", probe_directory())
    own = {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTEST_ADDOPTS": f"-p {MODULE}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    groups = "\n".join(sorted({_group_of(test) for test in near}))
    return {**own, "SWE_REPAIR_HANGS": str(hangs), "SWE_REPAIR_GROUPS": groups, **ONE_PROCESS}


def _group_of(test: str) -> str:
    """How the ids of those begin that stand beside it."""
    path, found, _ = test.partition("::")
    return path + found if found else test.rpartition(".")[0] + "."


def parse(output: bytes) -> Spectrum:
    """The spectrum in the output of a recorded run; ProbeError where there is none."""
    found = payloads(output, MARK_SPECTRUM)
    if not found:
        raise ProbeError("they are run neither by pytest nor by unittest, or end before they have told what they ran")
    try:
        data = found[-1]
        return Spectrum(
            cases=tuple(traced(case) for case in data["cases"]),
            truncated=bool(data["truncated"]),
            start=_start(data["start"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProbeError(f"the spectrum is not what the probe writes: {error}") from error


def trial_seconds(spectrum: Spectrum, tests: Sequence[str]) -> float:
    """How long one trial of these tests (of all, if none) may take: four times what they took, and two seconds. What a
    test took that had to be ended counts for little."""
    wanted = set(tests)
    return 2.0 + 4 * sum(_taken(case) for case in spectrum.cases if not wanted or case.id in wanted)


def each_seconds(spectrum: Spectrum) -> float:
    """Seconds of CPU that one test of a trial may take: four times the slowest that ended, its tracing included."""
    return max([LEAST_EACH, *(4 * _taken(case) for case in spectrum.cases)])


def _taken(case: Traced) -> float:
    return LEAST_EACH / 4 if case.exception == HUNG else case.seconds


def plan_trials(
    python: str,
    spectrum: Spectrum,
    patches: Sequence[Patch],
    tests: Sequence[str],
    *,
    seconds: float,
    lookahead: int | None = None,
    what: Literal["trials", "trace", "compare"] = "trials",
) -> tuple[tuple[str, ...], int]:
    """The command that tries patches in one process, and how many of them fit into it (at least one is always taken).

    `seconds` is the time for each. After the first that makes a test pass, `lookahead` more are tried; all, without it.
    With "trace" the output is that of a recorded run of the tests with the first patch; with "compare" it tells what
    the patches answer to inputs near those of the tests.
    """
    plan = {
        "what": what,
        "start": asdict(spectrum.start),
        "tests": list(tests),
        "witnesses": witnesses(spectrum, tests),
        "lookahead": len(patches) if lookahead is None else lookahead,
        "seconds": seconds,
        "each": each_seconds(spectrum),
    }
    text, count = packed(plan, patches)
    return (python, "-m", TRIALS, text), count


def packed(plan: Mapping[str, Any], patches: Sequence[Patch]) -> tuple[str, int]:
    """A plan with the trials of as many patches as an argument holds, and their number."""
    count = len(patches)
    while True:
        whole = {**plan, "trials": [patch.edits for patch in patches[:count]]}
        text = base64.b64encode(zlib.compress(json.dumps(whole).encode())).decode()
        if len(text) <= MAX_PLAN or count <= 1:
            return text, count
        count = (count + 1) // 2


def witnesses(spectrum: Spectrum, tests: Sequence[str]) -> list[str]:
    """The quickest of the passing tests that stand in the same files."""
    files = {_file_of(test) for test in tests}
    beside = [case for case in spectrum.cases if case.outcome == "passed" and _file_of(case.id) in files]
    return [case.id for case in sorted(beside, key=lambda case: (case.seconds, case.id))[:WITNESSES]]


def _file_of(test: str) -> str:
    """Of `tests/test_a.py::test_b` the file, of unittest's `tests.test_a.Case.test_b` the module."""
    path, found, _ = test.partition("::")
    return path if found else ".".join(test.split(".")[:-2])


def parse_trials(output: bytes, count: int) -> tuple[Trial, ...]:
    """Up to `count` trials in order, without those at the end that were left out. What the output does not tell of did
    not come to its end."""
    found: dict[int, Trial] = {}
    for data in payloads(output, MARK_TRIAL):
        if isinstance(data, dict) and isinstance(data.get("outcomes"), dict):
            reached = {test: _reached(*places) for test, places in data.get("reached", {}).items()}
            found[data["number"]] = Trial(outcomes=data["outcomes"], reached=reached, ended=bool(data["ended"]))
        elif isinstance(data, dict) and isinstance(data.get("left_out"), list):
            count = min([count, *data["left_out"]])
    return tuple(found.get(number, Trial(outcomes={}, ended=False)) for number in range(count))


def parse_behaviour(output: bytes, count: int) -> Behaviour | None:
    """What so many patches answer, where the output tells it."""
    found = payloads(output, MARK_INPUTS)
    if not found or not isinstance(found[-1], list) or len(found[-1]) != count + 2:
        return None
    first, second, *patches = found[-1]
    # What the code as it is answers otherwise the second time depends on more than its input.
    usable = [at for at, (one, two) in enumerate(zip(first, second, strict=True)) if one == two != NO_ANSWER]
    return Behaviour(
        inputs=len(usable),
        answers=tuple(None if one is None else tuple(one[at] for at in usable) for one in patches),
    )


def payloads(output: bytes, mark: bytes) -> list[Any]:
    found = []
    for line in output.splitlines():
        if line.startswith(mark):
            try:
                found.append(json.loads(zlib.decompress(base64.b64decode(line[len(mark) :], validate=True))))
            except (ValueError, zlib.error, binascii.Error):
                continue
    return found


def traced(case: dict[str, Any]) -> Traced:
    outcome = case["outcome"]
    if outcome not in ("passed", "failed", "error", "skipped"):
        raise ValueError(f"unknown outcome {outcome!r}")
    return Traced(
        id=case["id"],
        outcome=outcome,
        lines={path: _lines(flat) for path, flat in case["lines"].items()},
        exception=case.get("exception", ""),
        message=case.get("message", ""),
        frames=tuple(_frame(*place) for place in case.get("frames", ())),
        seconds=float(case["seconds"]),
    )


def _start(told: dict[str, Any]) -> Start:
    return Start(
        runner=str(told["runner"]),
        root=str(told["root"]),
        arguments=tuple(map(str, told["arguments"])),
        options=tuple(map(str, told["options"])),
        executable=str(told["executable"]),
        program=dict(told["program"]),
        folder=str(told["folder"]),
        environment={str(name): str(value) for name, value in told["environment"].items()},
        paths=tuple(map(str, told["paths"])),
    )


def _reached(outermost: list[Any], innermost: list[Any]) -> Reached:
    return Reached(outermost=_frame(*outermost), innermost=_frame(*innermost))


def _frame(path: str, line: int, function: str) -> Frame:
    return Frame(path=path, line=line, function=function)


def _lines(flat: list[int]) -> frozenset[int]:
    starts, ends = flat[::2], flat[1::2]
    return frozenset(line for start, end in zip(starts, ends, strict=True) for line in range(start, end + 1))
