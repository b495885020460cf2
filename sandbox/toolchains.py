"""Finding the interpreters and tools that live outside of the system's own directories, such as in a home.

A run sees an empty home; without this it would not see pyenv, uv's Pythons, nvm, cargo or go either. Found from PATH
and from virtual environments alone, so from what the user already runs. Shown is the installation, never its siblings:
`~/.cargo/bin` and the crates, not `~/.cargo/credentials.toml`.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

# An entry `<base>/<name>` of PATH also needs these, relative to <base>. Ordered: the first that matches wins.
_COMPANIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (".pyenv/shims", ("versions", "libexec", "bin", "plugins", "pyenv.d", "completions", "version", "shims")),
    (".cargo/bin", ("bin", "registry", "git", "../.rustup")),
    (".asdf/shims", ("",)),
    (".rbenv/shims", ("",)),
    ("mise/shims", ("",)),
    (".volta/bin", ("bin", "tools")),
    ("go/bin", ("bin", "pkg")),
    (".local/bin", ("bin", "lib", "pipx/venvs", "share/pipx/venvs", "share/uv/python", "share/uv/tools")),
)

# What marks a directory as an installation that may be shown whole.
_PREFIX_MARKS = ("pyvenv.cfg", "lib/node_modules", "lib/ruby", "lib/rustlib", "pkg/tool", "release", "lib/jvm.cfg")
_NEVER_WHOLE = frozenset({".local", ".config", ".cache", ".cargo"})


def found(path: Sequence[str], seen: Sequence[Path]) -> tuple[Path, ...]:
    """What else must be shown for the entries of PATH, where `seen` is shown already."""
    wanted: set[Path] = set()
    for entry in dict.fromkeys(path):
        wanted.update(_of_entry(Path(entry), seen))
    for real in dict.fromkeys(os.path.realpath(entry) for entry in path):  # /bin and /usr/bin are often one
        wanted.update(_of_directory(Path(real), seen))
    return outermost(place for place in wanted if hidden(place, seen) and os.path.lexists(place))


def of_environment(venv: Path) -> tuple[Path, ...]:
    """The installation behind a virtual environment, where it is one: `home` of its pyvenv.cfg, and its python."""
    try:
        lines = (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ()
    homes = [value.strip() for key, _, value in (line.partition("=") for line in lines) if key.strip() == "home"]
    places = [Path(home) for home in homes if home.startswith("/")]
    python = venv / "bin" / "python"
    if os.path.exists(python):
        places.append(Path(os.path.realpath(python)).parent)
    both = [place for home in places for place in (home, Path(os.path.realpath(home)))]
    return tuple(dict.fromkeys(_installation(place) or place for place in both))


def outermost(places: Iterable[Path]) -> tuple[Path, ...]:
    """Without those that lie in another one; sorted."""
    kept: list[Path] = []
    for place in sorted(set(places)):
        if not any(place.is_relative_to(other) for other in kept):
            kept.append(place)
    return tuple(kept)


def hidden(place: Path, seen: Sequence[Path]) -> bool:
    """Whether `place` cannot be reached inside: by its name, or by where the links on the way to it lead."""
    both = (place, Path(os.path.realpath(place)))
    return not all(any(way.is_relative_to(shown) for shown in seen) for way in both)


def _of_entry(entry: Path, seen: Sequence[Path]) -> Iterator[Path]:
    real = Path(os.path.realpath(entry))
    for place in {entry, real}:
        if hidden(place, seen):
            yield place
            yield from _companions(place)
            yield _installation(place) or place


def _of_directory(real: Path, seen: Sequence[Path]) -> Iterator[Path]:
    if os.path.isdir(real):  # unlike Path's, it is no error where this user may not look
        yield from _link_targets(real, seen)
    yield from of_environment(real.parent)


def _companions(place: Path) -> Iterator[Path]:
    for tail, names in _COMPANIONS:
        if place.as_posix().endswith("/" + tail):
            for name in names:
                yield Path(os.path.normpath(place.parent / name))
            return


def _link_targets(directory: Path, seen: Sequence[Path]) -> Iterator[Path]:
    """What links in a directory of PATH lead to, such as `~/.local/bin/python3.12`: its installation, or that file.

    A system's own directory has hundreds of links. Those to a neighbour add nothing: it is shown with the directory, or
    is a link whose own turn comes. Nor do those into what is seen, which a look at the text tells.
    """
    shown = tuple(f"{place}{os.sep}" for place in seen)
    with contextlib.suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if not entry.is_symlink() or _is_name(os.readlink(entry.path)):
                continue
            name = os.path.realpath(entry.path)
            if name.startswith(shown):
                continue
            target = Path(name)
            if hidden(target, seen):
                yield _installation(target.parent) or target


def _is_name(text: str) -> bool:
    return os.sep not in text and text not in (os.curdir, os.pardir)


def _installation(bin_dir: Path) -> Path | None:
    """The directory around a `bin`, where it is an installation and nothing else."""
    prefix = bin_dir.parent
    if bin_dir.name != "bin" or prefix.name in _NEVER_WHOLE or str(prefix) in ("/", "/usr", "/usr/local"):
        return None
    if any(os.path.exists(prefix / mark) for mark in _PREFIX_MARKS):
        return prefix
    with contextlib.suppress(OSError):
        if any(prefix.glob("lib/python3*")):
            return prefix
    return None
