"""Source releases of public packages, two in a row of each, and the files that both of them hold.

They are fetched by `pip` and `npm`, from wherever these are set to fetch, into a folder outside the repository. Nothing
of a release runs and nothing is unpacked on disk: the files are read out of the archives.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).resolve().parent.parent / "data/releases.jsonl"
EXTENSIONS = {
    "python": (".py",),
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "rust": (".rs",),
    "go": (".go",),
    "java": (".java",),
    "kotlin": (".kt",),
    "swift": (".swift",),
    "ruby": (".rb",),
    "php": (".php",),
    "c-sharp": (".cs",),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".hpp"),
}
LARGEST = 400_000
"""Bytes of a file."""
TRIES = 3
_NOT_WRITTEN = re.compile(
    r"\.min\.js$|\.d\.[cm]?ts$|_pb2(_grpc)?\.py$|\.pb\.go$"
    r"|(^|/)(dist|build|bundles?|umd|esm?|cjs|vendor|vendored|_vendor|node_modules|third_party|generated|locale|deps)/"
)
_BACKENDS = (
    "setuptools.build_meta",
    "maturin",
    "hatchling.build",
    "flit_core.buildapi",
    "flit.buildapi",
    "poetry.core.masonry.api",
    "poetry_core.masonry.api",
    "pdm.backend",
    "pdm.pep517.api",
    "scikit_build_core.build",
    "scikit_build_core.setuptools.build_meta",
)
_STAND_IN = '''
import os, re

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """Name and version, as the source release itself states them."""
    with open("PKG-INFO", encoding="utf-8", errors="replace") as file:
        stated = dict(re.findall(r"^(Name|Version): *(.+?) *$", file.read(), re.MULTILINE))
    folder = re.sub("[-_.]+", "_", stated["Name"]) + "-" + stated["Version"] + ".dist-info"
    os.mkdir(os.path.join(metadata_directory, folder))
    with open(os.path.join(metadata_directory, folder, "METADATA"), "w", encoding="utf-8") as file:
        file.write("Metadata-Version: 2.1\\nName: %(Name)s\\nVersion: %(Version)s\\n" % stated)
    return folder

def build_wheel(*args, **more):
    raise NotImplementedError("sources are wanted, nothing is built")
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """`registry` is `pypi` or `npm`."""

    registry: str
    package: str
    old: str
    new: str

    @property
    def name(self) -> str:
        return f"{self.package}-{self.new}"


def pairs(path: Path = LIST) -> list[Pair]:
    return [Pair(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def fetch(wanted: Sequence[Pair], cache: Path) -> Iterator[tuple[Pair, Path, Path]]:
    """Both archives of each pair; one that cannot be had is said and left out. Where the first ones cannot be had there
    is no network, and nothing more is tried."""
    cache.mkdir(parents=True, exist_ok=True)
    had = missed = 0
    with _stand_ins() as stand_ins:
        for pair in wanted:
            if not had and missed == TRIES:
                return
            found = [_archive(pair, version, cache, stand_ins) for version in (pair.old, pair.new)]
            if found[0] and found[1]:
                had += 1
                yield pair, found[0], found[1]
            else:
                missed += 1
                print(f"edits: {pair.package} {pair.old} and {pair.new}: cannot be had", file=sys.stderr, flush=True)


def _archive(pair: Pair, version: str, cache: Path, stand_ins: Path) -> Path | None:
    kept = cache / f"{pair.registry}-{pair.package.replace('/', '+')}-{version}.tar.gz"
    if not kept.exists():
        with tempfile.TemporaryDirectory(prefix="release-", dir=cache) as scratch:
            command = _pip if pair.registry == "pypi" else _npm
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                command(pair.package, version, Path(scratch), stand_ins)
            got = [path for path in Path(scratch).iterdir() if path.name.endswith((".tar.gz", ".tgz"))]
            if len(got) != 1:
                return None
            got[0].replace(kept)
    return kept


def _pip(package: str, version: str, into: Path, stand_ins: Path) -> None:
    """pip wants to know a source release's metadata before it hands it over, and runs the package's build backend to
    know it. A stand-in of that name, found first, answers instead: at once, and without a line of the package run."""
    argv = [sys.executable, "-m", "pip", "download", "-qq", "--no-input", "--no-deps", "--no-binary", ":all:"]
    argv += ["--use-pep517", "--no-build-isolation", "--dest", str(into), f"{package}=={version}"]
    env = {**os.environ, "PYTHONPATH": str(stand_ins), "PIP_CONSTRAINT": ""}
    subprocess.run(argv, env=env, check=True, stdout=-3, stderr=-3, timeout=240)


def _npm(package: str, version: str, into: Path, stand_ins: Path) -> None:
    npm = shutil.which("npm") or "npm"
    argv = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), f"{package}@{version}"]
    subprocess.run(argv, cwd=into, check=True, stdout=-3, stderr=-3, timeout=240)


@contextlib.contextmanager
def _stand_ins() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stand-ins-") as scratch:
        top = Path(scratch)
        for backend in _BACKENDS:
            *parents, last = backend.split(".")
            folder = top.joinpath(*parents)
            folder.mkdir(parents=True, exist_ok=True)
            for parent in parents:
                top = top / parent
                (top / "__init__.py").touch()
            top = Path(scratch)
            legacy = "\nimport sys\n__legacy__ = sys.modules[__name__]\n"
            (folder / f"{last}.py").write_text(_STAND_IN + legacy, encoding="utf-8")
        yield top


def files(archive: Path) -> dict[str, bytes]:
    """By path below the release's own folder: written files in one of the languages."""
    found = {}
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            path = member.name.removeprefix("./").partition("/")[2]
            if member.isreg() and member.size <= LARGEST and language_of(path) and _is_plain(path):
                content = tar.extractfile(member)
                assert content is not None
                found[path] = content.read()
    return found


def language_of(path: str) -> str:
    """ "" for what is in none of the languages, or was not written by people."""
    if _NOT_WRITTEN.search(path):
        return ""
    return next((name for name, endings in EXTENSIONS.items() if path.endswith(endings)), "")


def _is_plain(path: str) -> bool:
    return re.fullmatch(r"[\w@.+/-]+", path) is not None and not {"", ".", ".."} & set(path.split("/"))
