"""What an environment lacks, as the output of its tests says it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.harness.tasks.environment import Environment

_MODULES = {
    "yaml": "pyyaml", "dateutil": "python-dateutil", "attr": "attrs", "PIL": "pillow", "bs4": "beautifulsoup4",
    "pkg_resources": "setuptools<81", "setuptools": "setuptools<81", "distutils": "setuptools<81",
    "dotenv": "python-dotenv",
    "OpenSSL": "pyopenssl", "zmq": "pyzmq", "sklearn": "scikit-learn", "git": "gitpython",
}  # fmt: skip
"""Where a package is called otherwise than what is imported from it."""
_FIXTURES = {"mocker": "pytest-mock", "event_loop": "pytest-asyncio", "freezer": "pytest-freezer", "tmpdir_factory": ""}
_OPTIONS = {
    "--cov": "pytest-cov", "--no-cov": "pytest-cov", "-n": "pytest-xdist", "--dist": "pytest-xdist",
    "--numprocesses": "pytest-xdist", "--timeout": "pytest-timeout", "--asyncio-mode": "pytest-asyncio",
    "--mypy": "pytest-mypy", "--flake8": "pytest-flake8", "--doctest-plus": "pytest-doctestplus", "--reruns":
    "pytest-rerunfailures", "--benchmark": "pytest-benchmark", "--random-order": "pytest-random-order", "--pep8":
    "pytest-pep8", "--ds": "pytest-django", "--instafail": "pytest-instafail", "--mpl": "pytest-mpl",
}  # fmt: skip


_TOO_OLD = re.compile(
    r"required field \"lineno\" missing|_pytest.* has no attribute|ImpImporter|no attribute 'find_loader'"
)
"""A pytest that does not know the interpreter."""
_REMOVED = re.compile(r"PytestRemovedIn(\d+)Warning")
_OF_PYTEST_3 = re.compile(r"Fixture \"\w+\" called directly|yield tests were removed")
_SKIPPED = re.compile(
    r"SKIPPED \[\d+\] \S+ (?:.*\b(?:requires|needs) (?:the )?([a-z]\w{2,})\b|could not import '(\w+)')", re.MULTILINE
)
MOST_SKIPPED = 8


def lacking(output: str, environment: Environment) -> list[str]:
    """Requirements that would answer an error; not those of the tree's own packages."""
    return list(dict.fromkeys(one for one in _all(output, environment) if one))


def skipped_for(output: str) -> list[str]:
    """What tests say that they were skipped for, where those are among them that have to run."""
    names = (first or second for first, second in _SKIPPED.findall(output))
    return list(dict.fromkeys(_MODULES.get(name, name) for name in names))[:MOST_SKIPPED]


def _all(output: str, environment: Environment) -> Iterator[str]:
    own = environment.name.lower().replace("-", "_")
    for name in re.findall(r"No module named ['\"]?([\w.]+)", output):
        top = name.partition(".")[0]
        if (top.lower() != own and not top.startswith("_")) or top in _MODULES:
            yield _MODULES.get(top, top)
    for name in re.findall(r"fixture '(\w+)' not found", output):
        yield _FIXTURES.get(name, f"pytest-{name.replace('_', '-')}")
    for line in re.findall(r"unrecognized arguments: (.*)", output):
        for word in line.split():
            yield next((package for option, package in _OPTIONS.items() if word.startswith(option)), "")
    for line in re.findall(r"Missing required plugins: (.*)", output):
        yield from (word.strip() for word in line.split(","))
    if _TOO_OLD.search(output):
        yield "pytest>=7,<8"
    elif removed := _REMOVED.search(output):
        yield f"pytest<{removed[1]}"
    elif _OF_PYTEST_3.search(output):
        yield "pytest<4"
    if re.search(r"async def functions are not natively supported|Unknown config option: asyncio_mode", output):
        yield "pytest-asyncio"
