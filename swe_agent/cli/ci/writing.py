"""The files of pipelines, from templates that are shipped."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from swe_agent import __version__
from swe_agent.core.errors import UsageError
from swe_agent.wiring.looking import top_of

TEMPLATES = {
    "github": {
        "github-review.yml": ".github/workflows/swe-agent-review.yml",
        "github-post.yml": ".github/workflows/swe-agent-post.yml",
        "github-run.yml": ".github/workflows/swe-agent-run.yml",
    },
    "gitlab": {"gitlab.yml": ".gitlab/swe-agent.yml"},
}
HINTS = {
    "github": "commit them to the default branch: the second stage runs from there alone. Signals and linters need no "
    "key; for a model set the variable SWE_AGENT_MODEL and the secret SWE_AGENT_API_KEY of the repository",
    "gitlab": "include it in .gitlab-ci.yml with `include: .gitlab/swe-agent.yml`, and set the masked, protected "
    "variable SWE_AGENT_GITLAB_TOKEN: a project access token with the scope api",
}


def template(name: str) -> str:
    text = resources.files("swe_agent.cli.ci").joinpath("templates", name).read_text("utf-8")
    return text.replace("@VERSION@", __version__)


def write_pipeline(directory: Path, platform: str, *, force: bool) -> tuple[list[str], str]:
    """The paths that were written, and what is left to do. UsageError where one is there, and nothing is written."""
    if platform not in TEMPLATES:
        raise UsageError(f"there are no templates for {platform}", hint=f"one of {', '.join(TEMPLATES)}")
    top = top_of(directory)
    if top is None:
        raise UsageError("this is a bare repository", hint="type it in a checkout")
    files = TEMPLATES[platform]
    there = [path for path in files.values() if (top / path).exists()]
    if there and not force:
        raise UsageError(f"{', '.join(there)} is there already", hint="`--force` writes over it")
    for name, path in files.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(template(name), "utf-8")
    return list(files.values()), HINTS[platform]
