"""All settings: what each is called, what it may be, and whether a file that comes with a repository may set it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from swe_agent.core.message import ModelRole
from swe_agent.core.task import Effort

Kind = Literal["text", "integer", "number", "switch", "words", "table"]
Committed = Literal["never", "tune", "lower"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    name: str
    kind: Kind
    default: Any
    help: str
    committed: Committed = "never"
    choices: tuple[str, ...] = ()


ROLES: tuple[ModelRole, ...] = get_args(ModelRole)

KEYS = (
    Key(
        name="model",
        kind="text",
        default="",
        help="the model, by litellm's name or as the server calls it; `auto` chooses from `models.choices`",
    ),
    Key(
        name="base_url", kind="text", default="", help="an OpenAI-compatible server, such as http://127.0.0.1:11434/v1"
    ),
    Key(
        name="effort",
        kind="text",
        default="",
        committed="tune",
        choices=("", *Effort),
        help="thinking time of the model",
    ),
    Key(name="fallbacks", kind="words", default=(), help="models that go on where the first is not available"),
    *(
        Key(
            name=f"models.{role}",
            kind="text",
            default="",
            help=f"the {role}'s own model, or NAME@URL",
        )
        for role in ROLES
    ),
    Key(
        name="edit_format",
        kind="text",
        default="auto",
        committed="tune",
        choices=("auto", "replace", "search-replace", "apply-patch", "unified", "symbol", "whole-file"),
        help="how a model writes its edits; `auto` goes by how its own have gone",
    ),
    Key(
        name="critic",
        kind="text",
        default="auto",
        committed="tune",
        choices=("auto", "always", "never"),
        help="a second look at the change before it is proposed; `auto`: where no test proves it",
    ),
    Key(name="desk.plain", kind="switch", default=False, help="the desk in plain prompts, on a terminal too"),
    Key(
        name="land.trailer",
        kind="text",
        default="Assisted-by",
        committed="tune",
        help="the trailer of commits that `land --commit` and `--branch` make; empty: none",
    ),
    Key(name="models.attempts", kind="words", default=(), help="models that take turns in several attempts"),
    Key(name="models.choices", kind="words", default=(), help="what `auto` chooses from, the cheapest first"),
    Key(
        name="models.cascade",
        kind="words",
        default=(),
        help="models that edit, the cheapest first: the next takes over where the evidence is missing",
    ),
    Key(
        name="local_only",
        kind="switch",
        default=False,
        committed="lower",
        help="refuse every model that is not on this machine",
    ),
    Key(
        name="network.idle_seconds",
        kind="number",
        default=120.0,
        help="longest silence of a model before it is asked again",
    ),
    Key(name="key.command", kind="words", default=(), help="a program of yours that prints the key for `base_url`"),
    Key(name="test.command", kind="text", default="", committed="tune", help="runs the tests, inside the sandbox"),
    Key(name="test.seconds", kind="number", default=600.0, committed="tune", help="time limit of one test run"),
    Key(
        name="bench.command",
        kind="text",
        default="",
        committed="tune",
        help="measures the change of an `optimise` task: by its seconds, or a line `BENCH 1.5`",
    ),
    Key(
        name="context.tests",
        kind="text",
        default="auto",
        committed="tune",
        choices=("auto", "never"),
        help="failing tests run once more, to show a model where they lead; `never`: no",
    ),
    Key(name="context.tokens", kind="integer", default=8_000, committed="tune", help="size of the first context"),
    Key(
        name="repair.without",
        kind="words",
        default=(),
        committed="tune",
        help="kinds of edits that the repair engine does not try, by the names that it tells them by (`any-operator`)",
    ),
    Key(name="limits.usd", kind="number", default=None, committed="lower", help="money that one job may spend"),
    Key(name="limits.tokens", kind="integer", default=None, committed="lower", help="tokens that one job may spend"),
    Key(
        name="limits.usd_per_day",
        kind="number",
        default=None,
        committed="lower",
        help="money that all jobs of a day may spend, in all repositories",
    ),
    Key(
        name="limits.tokens_per_day",
        kind="integer",
        default=None,
        committed="lower",
        help="tokens that all jobs of a day may spend, in all repositories",
    ),
    Key(
        name="limits.repository_usd_per_day",
        kind="number",
        default=None,
        committed="lower",
        help="money that the jobs of a day may spend in this repository",
    ),
    Key(
        name="limits.repository_tokens_per_day",
        kind="integer",
        default=None,
        committed="lower",
        help="tokens that the jobs of a day may spend in this repository",
    ),
    Key(name="limits.turns", kind="integer", default=60, committed="lower", help="answers that one job may ask for"),
    Key(name="limits.seconds", kind="number", default=3600.0, committed="lower", help="time that one job may take"),
    Key(
        name="sandbox.tier",
        kind="text",
        default="namespaced",
        committed="lower",
        choices=("isolated", "namespaced"),
        help="the sandbox tier to require; a weaker one can only be typed, each time, with `--sandbox`",
    ),
    Key(
        name="sandbox.include",
        kind="words",
        default=(),
        help="paths that `.worktreeinclude` may bring along although they look like secrets",
    ),
    Key(
        name="sandbox.image",
        kind="text",
        default="",
        help="run commands in containers of this local image, by podman or docker; nothing is ever pulled",
    ),
    Key(name="sandbox.runtime", kind="text", default="", help="the runtime of these containers, such as `runsc`"),
    Key(name="sandbox.memory_mib", kind="integer", default=2048, committed="lower", help="memory of one command"),
    Key(name="sandbox.processes", kind="integer", default=512, committed="lower", help="processes of one command"),
    Key(name="sandbox.written_mib", kind="integer", default=640, committed="lower", help="what one command may write"),
    Key(name="setup.command", kind="text", default="", help="installs what the project needs, inside the sandbox"),
    Key(name="setup.products", kind="words", default=(), help="the directories that it makes, such as `.venv`"),
    Key(name="setup.locks", kind="words", default=(), help="files that decide when it has to run again"),
    Key(name="setup.hosts", kind="words", default=(), help="hosts that it may reach; none without this"),
    Key(name="setup.seconds", kind="number", default=1800.0, help="time limit of it"),
    Key(
        name="hooks.draft",
        kind="text",
        default="message",
        choices=("message", "model", "off"),
        help="what git's hook writes into an empty commit message: of the staged names, or what a model says",
    ),
    Key(name="hooks.push", kind="switch", default=True, committed="tune", help="whether git's hook looks at a push"),
    Key(
        name="hooks.review",
        kind="text",
        default="off",
        committed="tune",
        choices=("off", "commit", "push", "both"),
        help="review without a model before it; stops nothing",
    ),
    Key(
        name="review.comments",
        kind="integer",
        default=10,
        committed="tune",
        help="findings of a review that stand at their lines; the rest goes into a fold",
    ),
    Key(
        name="review.severity",
        kind="text",
        default="info",
        committed="tune",
        choices=("info", "low", "medium", "high", "critical"),
        help="the least that a review tells",
    ),
    Key(
        name="review.off",
        kind="words",
        default=(),
        committed="tune",
        help="rules that a review does not tell, such as `leftover` or `ruff/*`",
    ),
    Key(
        name="review.exclude",
        kind="words",
        default=(),
        committed="tune",
        help="files that a review does not look at, such as `docs/*`",
    ),
    Key(
        name="mcp",
        kind="table",
        default={},
        help="[mcp.NAME] command or url, allow (its tools), environment (variables it may see), headers, seconds",
    ),
    Key(
        name="prices", kind="table", default={}, help='[prices."MODEL"] input, output, cached: dollars a million tokens'
    ),
)
