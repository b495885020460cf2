"""The checks of `doctor`: each says what is there, or what is missing and what to type."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import sandbox
from swe_agent import __version__
from swe_agent.cli.surveying import survey
from swe_agent.config.settings import Settings
from swe_agent.core.errors import SweAgentError
from swe_agent.llm.discover import discover_local
from swe_agent.syntax.language import languages, without_grammar
from swe_agent.wiring.repository import open_repository, open_settings

_WITHOUT_LINUX = {"linux": "", "darwin": "name an image for containers, by the setting `sandbox.image`"}
BAD_LITELLM = ("1.82.7", "1.82.8", "1.107.0")
"""Releases that carried stolen-credential code; see docs/design/0003-models.md."""
EXTRA_GRAMMARS = {"sql"}
ALLOWED_PTH = ("_virtualenv.pth", "distutils-precedence.pth", "a1_coverage.pth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    state: Literal["ok", "note", "missing"]
    said: str
    fix: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "state": self.state, "said": self.said, "fix": self.fix}


def examine(directory: Path) -> tuple[Check, ...]:
    """All checks, in the order in which they matter. Only what no run can do without is `missing`."""
    return (
        _program(),
        _git(),
        _sandbox(directory),
        _platform(),
        *_repository(directory),
        *_models(directory),
        *_packages(),
    )


def _program() -> Check:
    return Check(name="swe-agent", state="ok", said=f"{__version__}, Python {platform.python_version()}")


def _git() -> Check:
    path = shutil.which("git")
    if path is None:
        return Check(name="git", state="missing", said="not installed", fix="`sudo apt-get install git`")
    return Check(name="git", state="ok", said=path)


def _sandbox(directory: Path) -> Check:
    if policy := _containers(directory):
        lack = sandbox.lacking(sandbox.Backend.CONTAINER, policy)
        said = f"isolated: containers of `{policy.image}`"
        if lack is None:
            return Check(name="sandbox", state="ok", said=said)
        return Check(name="sandbox", state="missing", said=f"{said} do not work: {lack[0]}", fix=lack[1])
    report = sandbox.probe()
    if report.namespaced:
        return Check(
            name="sandbox",
            state="ok",
            said=f"namespaced: {_parts(report)}",
        )
    return Check(name="sandbox", state="missing", said=f"namespaced does not work: {report.reason}", fix=report.fix)


def _containers(directory: Path) -> sandbox.Policy | None:
    """What the user's settings say of containers; of settings that cannot be read, others speak."""
    try:
        settings = open_settings(directory)
    except SweAgentError:
        return None
    image, runtime = settings["sandbox.image"], settings["sandbox.runtime"]
    return sandbox.Policy(image=image, runtime=runtime) if image or runtime else None


def _parts(report: sandbox.Report) -> str:
    landlock = f"Landlock {report.landlock_abi}" if report.landlock_abi else "no Landlock"
    made_by = f"bubblewrap {report.bubblewrap}" if report.bubblewrap else "own namespaces"
    return f"{made_by}, seccomp, {landlock}, cgroup {report.cgroup}"


def _platform() -> Check:
    tried = sys.platform == "linux" and platform.machine() == "x86_64"
    said = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if tried:
        return Check(name="platform", state="ok", said=said)
    return Check(
        name="platform",
        state="note" if sys.platform in _WITHOUT_LINUX else "missing",
        said=f"{said}: not tried; Debian 12 and 13 on x86_64 are",
        fix=_WITHOUT_LINUX.get(sys.platform, "use Linux, or WSL 2 (not tried)"),
    )


def _repository(directory: Path) -> Iterator[Check]:
    try:
        place = open_repository(directory).place
    except SweAgentError as error:
        yield Check(name="repository", state="note", said=error.message, fix=error.hint)
        return
    checkout = place.checkout
    at = checkout.head[:10] if checkout.head else "no commit yet"
    yield Check(name="repository", state="ok", said=f"{checkout.top} ({checkout.branch or 'detached'}, {at})")
    yield Check(name="kept in", state="ok", said=f"{place.paths.home} and {place.paths.state}")
    if checkout.shallow:
        yield Check(name="history", state="note", said="a shallow clone: the agent sees only what is there")


def _models(directory: Path) -> Iterator[Check]:
    try:
        settings = open_settings(directory)
    except SweAgentError as error:
        yield Check(name="settings", state="missing", said=error.message, fix=error.hint)
        return
    if settings["model"]:
        where = settings["base_url"] or "litellm"
        yield Check(name="model", state="ok", said=f"{settings['model']} through {where}")
    elif servers := [server for server in discover_local() if server.models]:
        yield Check(
            name="model", state="ok", said=f"none configured; {servers[0].server} at {servers[0].base_url} is used"
        )
    else:
        yield _no_model(directory, settings)


def _no_model(directory: Path, settings: Settings) -> Check:
    usable = survey(directory, "", local=False)
    fix = (
        f"for example `--model {usable[0].name}`; `swe-agent models` lists what your keys open"
        if usable
        else "set a provider's key, such as ANTHROPIC_API_KEY, and name a model with `--model`; "
        "or start a local server such as Ollama"
    )
    said = "none configured: `run` searches for a fix of failing tests (`--engine repair`)"
    return Check(name="model", state="note", said=said, fix=fix)


def _packages() -> Iterator[Check]:
    try:
        found = version("litellm")
    except PackageNotFoundError:
        yield Check(
            name="litellm",
            state="note",
            said="not installed: only OpenAI-compatible servers (`--base-url`) and the repair engine work",
            fix="`pip install 'litellm>=1.109.1,<1.111'`",
        )
    else:
        bad = found in BAD_LITELLM or found.startswith("1.106.")
        fix = "`pip install 'litellm>=1.109.1,<1.111'`" if bad else ""
        said = f"{found}{': known to be compromised or broken' if bad else ''}"
        yield Check(name="litellm", state="missing" if bad else "ok", said=said, fix=fix)
    yield _grammars()
    strange = [name for name in _startup_files() if name not in ALLOWED_PTH and not name.startswith("__editable__")]
    if strange:
        yield Check(
            name="start-up code",
            state="note",
            said=f"runs whenever this Python starts: {', '.join(strange)}",
            fix="make sure that you know where it comes from",
        )


def _grammars() -> Check:
    """Languages whose grammar is an extra are named; that another is missing is worth a note."""
    lacking = without_grammar()
    parsed = f"{len(languages()) - len(lacking)} languages are parsed"
    if not lacking:
        return Check(name="grammars", state="ok", said=parsed)
    packages = " ".join(languages()[name].module.replace("_", "-") for name in lacking)
    return Check(
        name="grammars",
        state="ok" if set(lacking) <= EXTRA_GRAMMARS else "note",
        said=f"{parsed}; by name only: {', '.join(lacking)}",
        fix=f"`pip install {packages}`",
    )


def _startup_files() -> list[str]:
    """Code that Python runs at every start: how the compromised releases of litellm ran theirs."""
    found = []
    for folder in {Path(place) for place in sys.path if place.endswith("-packages")}:
        found += [path.name for path in folder.glob("*.pth") if b"import" in path.read_bytes()]
        found += [name for name in ("sitecustomize.py", "usercustomize.py") if (folder / name).exists()]
    return sorted(found)
