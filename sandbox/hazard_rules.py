"""The rules by which a change is a hazard, as data: what paths and texts say."""

import re
from typing import Literal

Kind = Literal[
    "ci-config", "agent-config", "git-config", "lockfile", "build-script", "symlink", "symlink-escape", "gitlink",
    "mode-change", "binary", "bidi", "invisible", "control", "name", "huge", "nested-repository", "ignored",
]  # fmt: skip

# Files that run, or decide what runs, outside of what the change seems to be about: kind, why, and patterns, searched
# in the whole path in lower case. `(^|/)` where the file counts in any directory.
PATH_RULES: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
    (
        "ci-config",
        "runs on a server",
        (
            r"^\.github/(workflows|actions)/",
            r"^\.(gitlab|circleci|buildkite|woodpecker)/",
            r"^(\.gitlab-ci|\.travis|\.drone|\.woodpecker|\.appveyor|appveyor|azure-pipelines|bitbucket-pipelines)",
            r"(^|/)(jenkinsfile|action\.ya?ml)$",
        ),
    ),
    (
        "ci-config",
        "runs when someone commits",
        (r"(^|/)(\.pre-commit-(config|hooks)\.ya?ml|lefthook\.ya?ml)$", r"^\.(husky|githooks)/"),
    ),
    ("ci-config", "decides who reviews or updates", (r"(^|/)codeowners$", r"^\.github/dependabot", r"^renovate\.json")),
    (
        "agent-config",
        "instructs an agent",
        (
            r"(^|/)(agents|claude|gemini|skill)\.md$",
            r"(^|/)\.(claude|codex|gemini|cursor|aider|continue|windsurf|clinerules|kiro|roo|junie|opencode|agents)",
            r"(^|/)(\.mcp\.json|\.swe-agent\.toml|opencode\.jsonc?)$",
            r"^\.github/(copilot|instructions|prompts)",
        ),
    ),
    (
        "agent-config",
        "is run by an editor or a debugger",
        (
            r"(^|/)\.(vscode|idea|devcontainer|zed|fleet|nvim|vim|helix)/",
            r"\.code-workspace$",
            r"(^|/)(\.n?vim\.lua|\.dir-locals(-2)?\.el|\.gdbinit|\.lldbinit|\.envrc|\.devcontainer\.json)$",
        ),
    ),
    (
        "git-config",
        "changes what git does",
        (r"(^|/)(\.gitattributes|\.gitmodules|\.gitconfig|\.gitignore|\.mailmap|\.lfsconfig)$",),
    ),
    (
        "lockfile",
        "decides what is installed",
        (
            r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|go\.sum|packages\.lock\.json)$",
            r"(^|/)(yarn|poetry|uv|pdm|pipfile|cargo|gemfile|composer|flake|mix|pubspec|pixi|gradle)\.lock(file)?$",
            r"(^|/)(requirements[^/]*\.txt|pylock[^/]*\.toml)$",
        ),
    ),
    (
        "build-script",
        "is run or read by a tool",
        (
            r"(^|/)(conftest|setup|noxfile|sitecustomize|usercustomize|fabfile)\.py$|^tasks\.py$",
            r"(^|/)(pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini)$",
            r"\.pth$",
            r"(^|/)(package\.json|(gnu)?makefile|justfile|rakefile|gemfile|gruntfile\.[cm]?js|gulpfile\.[cm]?js)$",
            r"(^|/)(dockerfile|containerfile|vagrantfile|(docker-)?compose[^/]*\.ya?ml$)",
            r"(^|/)(build\.rs|pom\.xml|cmakelists\.txt|meson\.build|configure(\.ac)?|[^/]*\.gradle(\.kts)?)$",
            r"(^|/)[^/]+\.config\.[cm]?[jt]s$",
            r"(^|/)\.[a-z]+rc(\.[cm]?js)?$",
            r"(^|/)(\.yarnrc\.yml|pip\.conf|\.env|\.tool-versions|\.cargo/config(\.toml)?)$",
            r"(^|/)(\.?mise(\.local)?\.toml|\.mise/.*|(flake|shell|default)\.nix|taskfile[^/]*\.ya?ml|bunfig\.toml)$",
            r"(^|/)(\.pnpmfile\.c?js|pnpm-workspace\.yaml|rust-toolchain(\.toml)?|go\.work|directory\.[^/]+\.props)$",
            r"(^|/)(gradlew(\.bat)?|mvnw(\.cmd)?|gradle-wrapper\.(properties|jar)|module\.bazel|workspace(\.bazel)?)$",
            r"(^|/)\.mvn/|(^|/)\.bazelrc$|\.(sln|csproj|vcxproj|fsproj)$",
        ),
    ),
)

CONTENT_RULES: tuple[tuple[Kind, str, re.Pattern[str]], ...] = (
    ("bidi", "changes the direction of text", re.compile("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]")),
    (
        "invisible",
        "has characters that cannot be seen",
        # Hangul fillers count as letters, so that they can be whole names; two variation selectors carry hidden bytes.
        re.compile(
            "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u2065\u3164\ufeff\uffa0"
            "\U000e0000-\U000e01ef]|[\ufe00-\ufe0f]{2}"
        ),
    ),
    ("control", "has control characters", re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")),
)
