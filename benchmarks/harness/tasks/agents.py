"""The agents: ours by its command line and events, mini-swe-agent and aider from `.peers/`, and any other command."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.tasks import atif, patches
from benchmarks.harness.tasks.attempt import Agent, Assignment, Attempt, Command, Ended, Usage, run

TOP = Path(__file__).resolve().parents[3]
PEERS = TOP / ".peers"
MINI = PEERS / "mini"
KEY = "not-a-key"


def agent(name: str) -> Agent:
    """By name, or a command. Raises FileNotFoundError where a peer is not installed, with what installs it."""
    if name == "ours":
        return Ours()
    if name == "mini":
        return _mini(
            _there(MINI / "bin/mini", "python -m venv .peers/mini && .peers/mini/bin/pip install mini-swe-agent")
        )
    if name == "aider":
        return _aider(_there(PEERS / "aider/bin/aider", "make peers"))
    return Command(name=shlex.split(name)[0], template=name, variables={"OPENAI_API_KEY": KEY})


def _there(program: Path, hint: str) -> Path:
    if not program.exists():
        raise FileNotFoundError(f"{program.relative_to(TOP)} is missing: `{hint}`")
    return program


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """`swe-agent run`, and the patch of what it proposes; nothing is landed."""

    name: str = "swe-agent"

    def solve(self, given: Assignment) -> Attempt:
        program = [sys.executable, "-m", "swe_agent"]
        # Nothing of the tree may be taken for ours: the folder it is started in is not on the path.
        variables = {"PYTHONPATH": str(TOP), "PYTHONSAFEPATH": "1", "SWE_AGENT_API_KEY": KEY}
        limits = ["--max-time", f"{given.seconds}s", "--max-turns", str(given.turns)]
        options = ["--test", given.test, "--model", given.model, "--base-url", given.base_url, "--json", *limits]
        ended = run([*program, "run", "-f", str(given.statement), *options], given, variables)
        events = list(_events(ended.out.splitlines()))
        job = next((event["job"] for event in events if event.get("job")), "")
        patch = b""
        if job and any(atif.kind(event) == "ProposalReady" for event in events):
            shown = run([*program, "show", job, "--patch"], given, variables)
            patch = shown.out.encode("utf-8", "surrogateescape")
        return Attempt(
            patch=patch,
            status=ended.status,
            timed_out=ended.timed_out,
            usage=_usage(events),
            cpu_s=ended.cpu_s,
            wall_s=ended.wall_s,
            said=ended.said[-3000:] + _bug(given, ended),
            trajectory=atif.of_events(events, given.id),
            log=ended.out,
        )


def _bug(given: Assignment, ended: Ended) -> str:
    """What our program wrote down of a bug of its own: the folder is gone when anybody could look."""
    written = sorted(given.home.glob(".state/swe-agent/**/bug-*.log")) if ended.status == 70 else []
    return "".join(path.read_text(encoding="utf-8", errors="replace")[-4000:] for path in written)


def _events(lines: Iterable[str]) -> Iterable[Mapping[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue  # what a run that was ended had half written
        if isinstance(event, dict):
            yield event


def _usage(events: Sequence[Mapping[str, Any]]) -> Usage:
    answers = [event for event in events if atif.kind(event) == "ModelAnswered"]
    used = [answer["usage"] for answer in answers]
    costs = [answer["cost"]["nano_usd"] for answer in answers]
    return Usage(
        turns=len(answers),
        input=sum(one.get("input_tokens", 0) + one.get("cache_write_tokens", 0) for one in used),
        cached=sum(one.get("cached_tokens", 0) for one in used),
        output=sum(one.get("output_tokens", 0) for one in used),
        nano_usd=None if None in costs or not costs else sum(costs),
    )


def _mini(program: Path) -> Command:
    """Its own default configuration, in our sandbox but for the network: the model is asked from inside."""
    writable = "--write . --write .git --write {outside}"
    sandbox = f"{sys.executable} -m sandbox run --network {writable} --read {MINI} --timeout 86400 --"
    own = f"{program} --yolo --exit-immediately --model openai/{{model}}"
    own += " --task {statement} --output {outside}/mini.json"
    variables = {
        "OPENAI_API_KEY": KEY, "OPENAI_API_BASE": "{base_url}", "OPENAI_BASE_URL": "{base_url}",
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors", "MSWEA_SILENT_STARTUP": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "MSWEA_GLOBAL_CONFIG_DIR": "{outside}/home/.mini",
    }  # fmt: skip
    variables |= {name: value for name, value in patches.FIXED.items() if not name.endswith("_DATE")}
    inside = " ".join(f"{name}={value}" for name, value in variables.items())
    return Command(
        name="mini-swe-agent", template=f"{sandbox} env HOME={{outside}}/home {inside} {own}",
        variables={"PYTHONPATH": str(TOP), "PYTHONSAFEPATH": "1"}, read=_of_mini,
    )  # fmt: skip


def _of_mini(given: Assignment, ended: Ended) -> tuple[Usage, Mapping[str, Any] | None]:
    try:
        written = json.loads((given.outside / "mini.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Usage(), None
    trajectory = atif.of_mini(written, given.id)
    total = trajectory["final_metrics"]
    cached = total["total_cached_tokens"]
    return Usage(
        turns=sum(step["source"] == "agent" for step in trajectory["steps"]),
        input=total["total_prompt_tokens"] - cached, cached=cached, output=total["total_completion_tokens"],
    ), trajectory  # fmt: skip


def _aider(program: Path) -> Command:
    """In the plain copy, without a sandbox: it runs the test command, and nothing else that a model names."""
    flags = "yes-always no-auto-commits no-check-update no-analytics no-show-release-notes no-gitignore"
    flags += " no-show-model-warnings no-detect-urls no-pretty no-suggest-shell-commands auto-test"
    options = "--edit-format diff --test-cmd {test} --message-file {task}"
    model = f"--model openai/{{model}} --openai-api-base {{base_url}} --openai-api-key {KEY}"
    return Command(
        name="aider",
        template=" ".join([str(program), *(f"--{flag}" for flag in flags.split()), options, model]),
        variables={"LITELLM_LOCAL_MODEL_COST_MAP": "True", **patches.FIXED},
        read=_of_aider,
    )


def _of_aider(given: Assignment, ended: Ended) -> tuple[Usage, Mapping[str, Any] | None]:
    """What it prints after each answer: `Tokens: 1.2k sent, 33 received.`"""
    rows = re.findall(r"Tokens: ([\d.,]+k?) sent,(?: ([\d.,]+k?) cache hit,)?.*? ([\d.,]+k?) received", ended.out)
    sent, hit, received = (sum(map(_number, column)) for column in zip(*rows, strict=True)) if rows else (0, 0, 0)
    return Usage(turns=len(rows), input=sent - hit, cached=hit, output=received), None


def _number(text: str) -> int:
    bare = text.replace(",", "")
    return round(float(bare.removesuffix("k") or 0) * (1000 if bare.endswith("k") else 1))
