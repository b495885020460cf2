"""Whether a program could be found in a workspace: told by files alone, before there is one, and nothing is started.

"No" is certain. All that is not looked into here, such as an interpreter that a script chooses, is "maybe".
"""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox import environment, toolchains
from sandbox.dependencies import Dependency
from sandbox.policy import Policy

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_PACKAGES = ("lib*/python*/site-packages", "lib*/python*/dist-packages", "local/lib/python*/dist-packages")
_OF_USER = ".local/lib/python*/site-packages"


def may_start(
    argv: Sequence[str], checkout: Path, dependencies: Sequence[Dependency], top: Collection[str] = ()
) -> bool:
    """Whether `argv` could name a program, or with `python -m` a module, for a command that runs on this machine at the
    top of a workspace of `checkout`. `top` are the names at the top of the commit that is laid out."""
    name = argv[0]
    if "/" in name:
        return name.partition("/")[0] in top or os.path.lexists(checkout / name)
    lent = [one.source / one.bin_dir for one in dependencies if one.bin_dir is not None]
    path = [Path(entry) for entry in environment.search_path(Policy(path_dirs=tuple(lent)), os.environ)]
    if any(_in_commit(place, checkout, top) for place in path):
        return True
    there = [place / name for place in path if os.path.lexists(place / name)]
    if len(argv) < 3 or argv[1] != "-m":
        return bool(there)
    module = argv[2]
    beside = any(name in top or os.path.lexists(checkout / name) for name in (module, f"{module}.py"))
    return bool(there) and (beside or any(_may_have(python, module) for python in there))


def _in_commit(place: Path, checkout: Path, top: Collection[str]) -> bool:
    """Whether a directory of PATH is the commit's own, so that what lies in it here says nothing."""
    return place == checkout or (place.is_relative_to(checkout) and place.relative_to(checkout).parts[0] in top)


def _may_have(python: Path, module: str) -> bool:
    shims = python.parent
    if shims.name == "shims" and (shims.parent / "versions").is_dir():  # pyenv: it starts one of these, or another here
        return any(_has(place, module) for place in (shims.parent / "versions").glob("*"))
    real = Path(os.path.realpath(python))
    if not _PYTHON.fullmatch(real.name) or not _is_program(real):
        return True
    prefixes = {shims.parent, real.parent.parent}
    prefixes |= {place.parent if place.name == "bin" else place for place in toolchains.of_environment(shims.parent)}
    libraries = [place for prefix in prefixes for place in prefix.glob("lib*/python*")]
    return not libraries or any(_has(prefix, module) for prefix in prefixes) or _of_user(module)


def _is_program(place: Path) -> bool:
    """And no script, which may start anything."""
    with suppress(OSError), place.open("rb") as file:
        return file.read(4) == b"\x7fELF"
    return False


def _of_user(module: str) -> bool:
    return any(_holds(place, module) for place in Path(os.environ.get("HOME", "/")).glob(_OF_USER))


def _has(prefix: Path, module: str) -> bool:
    """Whether an installation may have a module: the packages in it, and the directories that these lead to."""
    found = (packages for pattern in _PACKAGES for packages in prefix.glob(pattern))
    return any(_holds(place, module) for packages in found for place in (packages, *_led_to(packages)))


def _holds(packages: Path, module: str) -> bool:
    """By its own name, or that of what says which installation it is of. What makes up modules as they are wanted is
    read for it."""
    known = re.compile(rf"{re.escape(module)}(?:\W.*)?", re.IGNORECASE)
    try:
        names = [place.name for place in packages.iterdir()]
        finders = [packages / name for name in names if name.startswith("__editable__") and name.endswith(".py")]
        return any(map(known.fullmatch, names)) or any(module in file.read_text("utf-8") for file in finders)
    except (OSError, ValueError):
        return os.path.lexists(packages)


def _led_to(packages: Path) -> Iterator[Path]:
    """The lines of `*.pth` that name directories."""
    for file in packages.glob("*.pth"):
        with suppress(OSError):
            for line in file.read_text("utf-8", "surrogateescape").splitlines():
                if line.strip() and not line.startswith(("#", "import ", "import\t")):
                    yield packages / line.strip()
