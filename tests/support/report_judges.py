"""Programs of others that judge reports: Microsoft's multitool for SARIF, and a validator of reviewdog's format."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import npm_packages
import pytest
from jsonschema import Draft202012Validator

MULTITOOL = "@microsoft/sarif-multitool-linux@5.7.0"
"""The program itself, without the package that starts it by node: 44 MB to fetch, two seconds to start."""
RDFORMAT = "@umbrelladocs/rdformat-validator@1.0.1"

OFFLINE = """<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options"><Property Key="RuleEnabled" Value="Disabled" /></Properties>
</Properties>
"""
"""The one rule that asks the network for the addresses in a report."""


@dataclass(frozen=True, slots=True)
class Fault:
    report: str
    level: str
    rule: str
    said: str


PER_RUN = "SARIF2003"
"""What it always says of each of our runs. After a file that it cannot read it silently looks at no other, and ends as
if all were well: so a run of which it does not say even this has not been looked at."""


@dataclass(frozen=True, slots=True)
class Multitool:
    """By the rules of SARIF and those of GitHub's code scanning; `schema` is the one of SARIF 2.1.0 beside it."""

    program: Path
    schema: Mapping[str, Any] = field(repr=False)

    def faults(self, where: Path, logs: Mapping[str, Any]) -> list[Fault]:
        """All in one call. Files cost more than runs, which a log may have many of. They stay in `where`."""
        for name, log in logs.items():
            (where / f"{name}.sarif").write_text(json.dumps(log, indent=2) + "\n", "utf-8")
        found = [_fault(result) for result in self._results(where, len(logs))]
        read = Counter(one.report for one in found if one.rule == PER_RUN)
        for name, log in logs.items():
            found += [Fault(name, "error", "schema", said) for said in self.against_schema(log)]
            if read[name] != len(log["runs"]):
                found.append(Fault(name, "error", "unread", f"{read[name]} runs of {len(log['runs'])}"))
        return found

    def against_schema(self, log: Any) -> list[str]:
        errors = Draft202012Validator(self.schema).iter_errors(log)
        return [f"{error.json_path}: {error.message[:200]}" for error in errors]

    def _results(self, where: Path, count: int) -> list[Any]:
        (where / "offline.xml").write_text(OFFLINE, "utf-8")
        words = [str(self.program), "validate", "*.sarif", "--rule-kind", "Sarif;Gh", "--config", "offline.xml"]
        words += ["--level", "Error;Warning;Note", "--output", "judged.json", "--log", "ForceOverwrite"]
        # Else it wants libicu, which a small machine has not.
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        done = subprocess.run(
            words, cwd=where, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert f"Done. {count} files scanned." in done.stdout, done.stdout[-2000:] + done.stderr
        results: list[Any] = json.loads((where / "judged.json").read_text("utf-8-sig"))["runs"][0]["results"]
        return results


def _fault(result: Any) -> Fault:
    uri, message = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], result["message"]
    name = unquote(uri).rpartition("/")[2].removesuffix(".sarif")
    said = map(str, (message.get("id", message.get("text")), *message.get("arguments", ())))
    return Fault(name, result.get("level", "warning"), result["ruleId"], ": ".join(said))


def multitool(factory: pytest.TempPathFactory) -> Multitool:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"{MULTITOOL} has no program for {platform.system()} on {platform.machine()}")
    package = npm_packages.unpacked(factory, MULTITOOL)
    program = package / "Sarif.Multitool"
    program.chmod(0o755)
    return Multitool(program, json.loads((package / "sarif-2.1.0.json").read_text("utf-8-sig")))


_ASK = """
const { Validator } = require(process.argv[1] + "/dist/validator/index.js");
const judge = new Validator({ strictMode: true, allowExtraFields: false });
const values = JSON.parse(require("fs").readFileSync(0, "utf8"));
const said = (value) => judge.validate(value).errors.map((one) => `${one.path}: ${one.code}`);
console.log(JSON.stringify(values.map(said)));
"""


@dataclass(frozen=True, slots=True)
class RdFormat:
    """It is stricter than reviewdog's own schema, which lets every field be missing and others be added."""

    package: Path

    def faults(self, values: Sequence[Any]) -> list[list[str]]:
        """Of each, be it a diagnostic or a result of many."""
        words = ["node", "-e", _ASK, str(self.package)]
        done = subprocess.run(words, input=json.dumps(values), capture_output=True, text=True, timeout=60, check=True)
        found: list[list[str]] = json.loads(done.stdout)
        return found


def rdformat(factory: pytest.TempPathFactory) -> RdFormat:
    npm_packages.run(factory.getbasetemp(), "node", "--version")
    return RdFormat(npm_packages.unpacked(factory, RDFORMAT))
