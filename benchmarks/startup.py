#!/usr/bin/env python3
"""How much CPU and memory the program takes before it does anything.

    python benchmarks/startup.py [--quick] [--json]

Peers in the same run: `python -c pass`, and the `--help` of a bare typer application with one command. CPU seconds are
the least of several runs with warm byte-code; memory is the median peak resident set.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import best
from benchmarks.harness.report import arguments, at_most, finish

BARE = """
import typer

app = typer.Typer()

@app.command()
def hello(name: str = "you", loud: bool = False) -> None:
    "Say hello."

@app.command()
def goodbye(name: str = "you") -> None:
    "Say goodbye."

app()
"""


def main() -> int:
    options = arguments(__doc__)
    times = 2 if options.smoke else 7 if options.quick else 25
    program = [sys.executable, "-m", "swe_agent"]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        runs = {
            "python -c pass": best([sys.executable, "-c", "pass"], times=times),
            "bare typer --help": best([sys.executable, str(bare), "--help"], times=times),
            "swe-agent --version": best([*program, "--version"], times=times),
            "swe-agent --help": best([*program, "--help"], times=times),
            "swe-agent run --help": best([*program, "run", "--help"], times=times),
        }
    figures: dict[str, object] = {}
    for name, run in runs.items():
        figures[f"{name}, CPU s"] = round(run.cpu_s, 4)
        figures[f"{name}, MB"] = round(run.peak_mb, 1)
    ratio = runs["swe-agent --help"].cpu_s / runs["bare typer --help"].cpu_s
    figures["--help over bare typer, ratio"] = round(ratio, 2)
    version, help_ = runs["swe-agent --version"], runs["swe-agent --help"]
    goals = {
        "version_cpu_s": at_most(0.06, version.cpu_s, judge=not options.smoke),
        "version_mb": at_most(20.0, version.peak_mb, judge=not options.smoke),
        "help_cpu_s": at_most(0.25, help_.cpu_s, judge=not options.smoke),
    }
    return finish("startup", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())
