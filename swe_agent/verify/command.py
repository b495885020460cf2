"""Which command runs a project's tests, from the files at its top. A guess is told with its reason."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swe_agent.core.errors import UsageError

Read = Callable[[str], str | None]
"""The text of a file at this path, or None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCommand:
    __test__ = False
    argv: tuple[str, ...]
    reason: str


def given(text: str) -> TestCommand:
    """The command that a person typed. One that needs a shell is handed to one."""
    if not text.strip():
        raise UsageError("the test command is empty", hint='give one like `--test "pytest -q"`')
    if re.search(r"[|&;<>()$`\n*?]", text):
        return TestCommand(argv=("sh", "-c", text), reason="given")
    try:
        words = shlex.split(text)
        # As a shell understands it: what stands before the command is put into its environment.
        assigns = re.match(r"[A-Za-z_]\w*=", words[0])
        return TestCommand(argv=("env", *words) if assigns else tuple(words), reason="given")
    except ValueError as error:
        raise UsageError(f"the test command cannot be read: {error}", hint="check its quotes") from error


def detect(files: Sequence[str], read: Read) -> TestCommand | None:
    """The first rule that fits. `files` are all paths of the tree."""
    names = frozenset(files)
    for rule in (_python, _node, _go, _cargo, _maven, _gradle, _ruby, _php, _make):
        if (found := rule(names, read)) is not None:
            return found
    return None


def _python(files: frozenset[str], read: Read) -> TestCommand | None:
    tests = [f for f in files if re.search(r"(^|/)(test_[^/]*|[^/]*_test)\.py$", f)]
    configured = _pytest_settings(files, read)
    if not tests and not configured:
        return None
    imports_pytest = configured or any("pytest" in (read(f) or "") for f in sorted(tests)[:20])
    has_conftest = any(f.rsplit("/", 1)[-1] == "conftest.py" for f in files)
    plain_functions = any(re.search(r"^(async )?def test_", read(f) or "", re.MULTILINE) for f in sorted(tests)[:20])
    if imports_pytest or has_conftest or plain_functions:
        why = configured or ("conftest.py" if has_conftest else f"tests in {sorted(tests)[0]}")
        return TestCommand(argv=("python", "-m", "pytest"), reason=why)
    if "manage.py" in files:
        return TestCommand(argv=("python", "manage.py", "test"), reason="manage.py")
    return TestCommand(argv=("python", "-m", "unittest", "-v"), reason=f"unittest cases in {sorted(tests)[0]}")


def _pytest_settings(files: frozenset[str], read: Read) -> str:
    if "pytest.ini" in files:
        return "pytest.ini"
    for name, mark in (("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")):
        if name in files and mark in (read(name) or ""):
            return f"{mark} in {name}"
    if "pyproject.toml" in files:
        try:
            tool = tomllib.loads(read("pyproject.toml") or "").get("tool", {})
        except tomllib.TOMLDecodeError:
            return ""
        if "pytest" in tool:
            return "[tool.pytest] in pyproject.toml"
    return ""


def _node(files: frozenset[str], read: Read) -> TestCommand | None:
    if "package.json" not in files:
        return None
    try:
        script = json.loads(read("package.json") or "{}").get("scripts", {}).get("test", "")
    except (ValueError, AttributeError):
        return None
    if not script or "no test specified" in script:
        return None
    runner = "pnpm" if "pnpm-lock.yaml" in files else "yarn" if "yarn.lock" in files else "npm"
    return TestCommand(argv=(runner, "test"), reason="the test script of package.json")


def _go(files: frozenset[str], read: Read) -> TestCommand | None:
    if "go.mod" in files and any(f.endswith("_test.go") for f in files):
        return TestCommand(argv=("go", "test", "-v", "./..."), reason="go.mod")
    return None


def _cargo(files: frozenset[str], read: Read) -> TestCommand | None:
    return TestCommand(argv=("cargo", "test", "--offline"), reason="Cargo.toml") if "Cargo.toml" in files else None


def _maven(files: frozenset[str], read: Read) -> TestCommand | None:
    if "pom.xml" not in files:
        return None
    return TestCommand(argv=("./mvnw" if "mvnw" in files else "mvn", "-o", "-B", "test"), reason="pom.xml")


def _gradle(files: frozenset[str], read: Read) -> TestCommand | None:
    if not {"build.gradle", "build.gradle.kts"} & files:
        return None
    return TestCommand(argv=("./gradlew" if "gradlew" in files else "gradle", "--offline", "test"), reason="Gradle")


def _ruby(files: frozenset[str], read: Read) -> TestCommand | None:
    if any(f.startswith("spec/") and f.endswith("_spec.rb") for f in files):
        return TestCommand(argv=("bundle", "exec", "rspec"), reason="spec/")
    if "Rakefile" in files and any(f.startswith("test/") for f in files):
        return TestCommand(argv=("bundle", "exec", "rake", "test"), reason="Rakefile and test/")
    return None


def _php(files: frozenset[str], read: Read) -> TestCommand | None:
    if {"phpunit.xml", "phpunit.xml.dist"} & files:
        return TestCommand(argv=("vendor/bin/phpunit",), reason="phpunit.xml")
    return None


def _make(files: frozenset[str], read: Read) -> TestCommand | None:
    for name in ("GNUmakefile", "makefile", "Makefile"):
        if name in files and (target := re.search(r"^(test|check)\s*:(?!=)", read(name) or "", re.MULTILINE)):
            return TestCommand(argv=("make", target[1]), reason=f"the target {target[1]} of {name}")
    return None
