"""From an import to files, by paths alone. Reads nothing, and knows of languages only what their tables say.

    modules = Modules(["shop/cart.py", "shop/tax.py"])
    modules.resolve("shop/cart.py", "shop.tax")            -> ("shop/tax.py",)
    modules.resolve("shop/cart.py", ".", names=("tax",))   -> ("shop/tax.py",)
    modules.resolve("shop/cart.py", "json")                -> ()

Paths say less than build files do, and what is doubtful is left out: a name of one part is not looked for all over the
tree, because it is more often a library than a file of the project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from swe_agent.syntax.language import Naming, is_test_file, language_of, languages
from swe_agent.syntax.manifests import Alias
from swe_agent.syntax.names import Names, Parts, collapsed, folded, split

MAX_FOUND = 3
"""More files that fit equally well mean that none is meant."""
MAX_ALIKE = 64
"""Of names that more files share nothing is made; comparing them would cost more than it tells."""

_HERE, _UP = "self", "super"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """What an import asks for."""

    folder: str
    home: Parts
    rules: Naming
    ranks: dict[str, int]
    """Languages whose files may answer; the lowest comes first."""
    parts: Parts
    base: Parts | None = None
    """The folder that it starts from, where it says so."""
    ending: str = ""
    """An extension that is part of the import."""
    ours: bool = False
    """It says that it means this project."""


class Modules:
    """The modules of one tree.

    `aliases` are names by which the project calls parts of itself: imports that read so are exact, and where a language
    names its modules by hosts (Go), all others lead out of the tree.
    """

    def __init__(self, paths: Iterable[str], aliases: Iterable[Alias] = ()) -> None:
        self._aliases: dict[tuple[str, str], list[Alias]] = {}
        """By language, and the first part of what they begin with."""
        self._named: set[str] = set()
        for alias in aliases:
            whole = alias.before.rpartition("/")[0] if alias.pattern else alias.before
            for language in alias.languages:
                self._named.add(language)
                self._aliases.setdefault((language, _heads(whole)[0]), []).append(alias)
        self._files = Names()
        self._folders = Names()
        self._inside: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._languages: dict[str, str] = {}
        self._packages: set[str] = set()
        self._known: dict[tuple[str, str], Parts] = {}
        self._answers: dict[tuple[object, ...], Parts] = {}
        for path in sorted(set(paths)):
            if name := language_of(path):
                self._add(path, name)
        for folder, inside in self._inside.items():
            for name in inside:
                if (rules := languages()[name].modules).folder:
                    self._folders.add(split(folder, rules.separators), folder, replace(rules, index=()))

    def _add(self, path: str, language: str) -> None:
        rules = languages()[language].modules
        folder, stem = _folder_and_stem(path)
        self._languages[path] = language
        self._inside[folder][language].append(path)
        self._files.add((*split(folder, rules.separators), folded(stem)), path, rules)
        if stem in rules.index:
            self._packages.add(folder)

    def resolve(self, path: str, module: str, names: Sequence[str] = ()) -> Parts:
        """Files of the tree that the import written in `path` leads to, in order; () where it leads out of the tree.

        Names that are modules themselves (`from a import b`) are followed; the module is part of the answer too, unless
        that holds for all of its names.
        """
        language = language_of(path)
        if not language:
            return ()
        folder, stem = _folder_and_stem(path)
        rules = languages()[language].modules
        home = self._home(folder, stem, rules)
        if rules.relative == "path" and not rules.separators:
            names = ()  # of these languages no name is a module
        # Files of one folder import much the same.
        asked = (language, folder, home, module, *names)
        if asked not in self._answers:
            self._answers[asked] = self._by_alias(folder, home, module, language, names)
            if not self._answers[asked] and not (language in self._named and rules.hosts):
                aim = _aim(folder, home, module, language)
                self._answers[asked] = self._find(aim, names) if aim else ()
        return tuple(file for file in self._answers[asked] if file != path)

    def _by_alias(self, folder: str, home: Parts, module: str, language: str, names: Sequence[str]) -> Parts:
        """What the project itself says that an import means."""
        rules = languages()[language].modules
        if language not in self._named or _base(folder, home, module.strip(), rules) is not None:
            return ()
        said = module.strip().replace("\\", "/")
        for separator in rules.separators:
            said = said.replace(separator, "/")
        ranks, endings = _answering(language)
        ending = _ending(said, endings, rules)
        for alias in (alias for head in _heads(said) for alias in self._aliases.get((language, head), ())):
            for target in alias.means(said) if f"{folder}/".startswith(alias.scope and f"{alias.scope}/") else ():
                parts = split(target.removesuffix(ending), ("/",))
                aim = _Aim(folder=folder, home=home, rules=rules, ranks=ranks, base=(), parts=parts, ending=ending)
                if found := self._find(aim, names):
                    return found
        return ()

    def _home(self, folder: str, stem: str, rules: Naming) -> Parts:
        """Where a name without `./` is looked for: beside the file, or beside the outermost package that it is in.

        In Rust among the file's own modules, which lie in a folder of its name.
        """
        if rules.relative == "words":
            return collapsed((*split(folder, rules.separators), folded(stem)), rules)
        while folder and folder in self._packages:
            folder = folder.rpartition("/")[0]
        return split(folder, rules.separators)

    def _find(self, aim: _Aim, names: Sequence[str]) -> Parts:
        below = [self._below(aim, name) for name in names]
        found = () if below and all(below) else self._longest(aim)
        return tuple(sorted({*found, *(file for files in below for file in files)}))

    def _below(self, aim: _Aim, name: str) -> Parts:
        parts = split(name, aim.rules.separators)
        if not parts or not {"*", _HERE}.isdisjoint(parts):
            return ()
        # A name may go deeper itself (Rust's `{tax::Rate}`), but what is left of it must be longer than the module.
        for cut in range(min(aim.rules.tail + 1, len(parts))):
            if found := self._ask(aim, (*aim.parts, *parts[: len(parts) - cut])):
                return found
        return ()

    def _longest(self, aim: _Aim) -> Parts:
        """What the longest part of the module's name leads to."""
        for lead, tail in _cuts(0 if aim.ours or aim.base is not None else aim.rules.lead, aim.rules.tail):
            parts = aim.parts[lead : len(aim.parts) - tail]
            enough = len(parts) > 1 or aim.ours or aim.base is not None
            if enough or not (lead or tail):
                found = self._ask(aim, parts, home=not lead)
            else:
                found = self._at_home(aim, parts) if parts and not lead else ()
            if found:
                return found
        return ()

    def _ask(self, aim: _Aim, parts: Parts, home: bool = True) -> Parts:
        if parts and not (self._files.any_ends(parts[-1]) or self._folders.any_ends(parts[-1])):
            return ()  # so it is for most names that are taken from modules
        if aim.base is not None:
            return self._exactly(aim, (*aim.base, *parts))
        beside = self._at_home(aim, parts) if home and parts and not aim.ours else ()
        return beside or self._from_roots(aim, parts) or self._by_tail(aim, parts)

    def _exactly(self, aim: _Aim, parts: Parts) -> Parts:
        folders, files = self._folders.exact(parts), self._files.exact(parts)
        return (self._all_in(aim, folders) if folders else ()) or (self._best(aim, files) if files else ())

    def _at_home(self, aim: _Aim, parts: Parts) -> Parts:
        return self._exactly(aim, (*aim.home, *parts)) if aim.rules.beside else ()

    def _from_roots(self, aim: _Aim, parts: Parts) -> Parts:
        folders, files = self._folders.rooted(parts), self._files.rooted(parts)
        if not folders and not files:
            return ()
        here = "/".join(split(aim.folder, aim.rules.separators)) + "/"

        def fitting(places: Sequence[tuple[str, str]]) -> list[str]:
            # Of many projects in one tree each has its `utils`: one part is looked for in the file's own project only.
            wide = len(parts) > 1
            return [target for above, target in places if wide or not above or here.startswith(above + "/")]

        return self._all_in(aim, _nearest(aim.folder, fitting(folders))) or self._best(aim, fitting(files))

    def _by_tail(self, aim: _Aim, parts: Parts) -> Parts:
        # A file's name together with its extension says as much as two parts.
        if len(parts) < 2 and not (aim.ending and parts):
            return ()
        folders, files = self._folders.tails(parts), self._files.tails(parts)
        if not folders and not files:
            return ()
        whole = "/".join(parts)

        def fitting(places: Sequence[tuple[str, str]]) -> list[str]:
            if len(places) > MAX_ALIKE:
                return []
            return [target for name, target in places if name == whole or name.endswith("/" + whole)]

        return self._all_in(aim, _nearest(aim.folder, fitting(folders))) or self._best(aim, fitting(files))

    def _all_in(self, aim: _Aim, folders: Sequence[str]) -> Parts:
        """Everything in the folders that the import may mean."""
        if not aim.rules.folder or not folders or len(set(folders)) > MAX_FOUND:
            return ()
        inside = [self._members(folder, name) for folder in dict.fromkeys(folders) for name in aim.ranks]
        return tuple(file for files in inside for file in files)

    def _members(self, folder: str, language: str) -> Parts:
        """A folder's files in a language; its tests only where there is nothing else."""
        if (folder, language) not in self._known:
            files = self._inside[folder].get(language, ())
            self._known[folder, language] = tuple(f for f in files if not is_test_file(f)) or tuple(files)
        return self._known[folder, language]

    def _best(self, aim: _Aim, files: Sequence[str]) -> Parts:
        """Of files that fit: those with the extension, else of the first language that has any; then the nearest."""
        fit = [file for file in files if self._languages[file] in aim.ranks]
        if len(fit) == 1:
            return tuple(fit)
        if len(fit) > 1 and aim.ending:
            fit = [file for file in fit if file.endswith(aim.ending)] or fit
        elif len(fit) > 1:
            first = min(aim.ranks[self._languages[file]] for file in fit)
            fit = [file for file in fit if aim.ranks[self._languages[file]] == first]
        fit = _nearest(aim.folder, fit)
        return tuple(fit) if len(fit) <= MAX_FOUND else ()


def _aim(folder: str, home: Parts, module: str, language: str) -> _Aim | None:
    """None where the import asks for nothing in the tree."""
    rules = languages()[language].modules
    ranks, endings = _answering(language)
    text = module.strip().replace("\\", "/")
    base = _base(folder, home, text, rules)
    text = text.lstrip("." if rules.relative == "dots" else "/")
    ending = _ending(text, endings, rules)
    parts = split(text.removesuffix(ending), rules.separators)
    ours = False
    if base is None:
        if rules.relative == "words" and parts[:1] in ((_HERE,), (_UP,)):
            base = home
        else:
            ours = parts[:1] != () and parts[0] in rules.drop
            parts = parts[1:] if ours else parts
            if not ours and rules.hosts:
                parts, ours = _without_host(parts, rules)
    if base is None and not parts and not ours:
        return None
    way = _walked(base, parts, words=rules.relative == "words")
    if way is None:
        return None
    return _Aim(folder=folder, home=home, rules=rules, ranks=ranks, base=way[0], parts=way[1], ending=ending, ours=ours)


def _ending(text: str, endings: Sequence[str], rules: Naming) -> str:
    """An extension that is part of an import; where dots divide names none is."""
    return next((end for end in endings if text.endswith(end)), "") if "." not in rules.separators else ""


def _base(folder: str, home: Parts, text: str, rules: Naming) -> Parts | None:
    """The folder that a relative import starts from; the walk up from it comes later, but for Python's dots."""
    if rules.relative == "dots" and text.startswith("."):
        climbs = len(text) - len(text.lstrip(".")) - 1
        above = folder.split("/") if folder else []
        # Too many dots lead out of the tree, which the walk will see.
        return split("/".join(above[: len(above) - climbs] if climbs <= len(above) else [".."]), ("/",))
    if text in (".", "..") or text.startswith(("./", "../")):
        return home if rules.relative == "words" else split(folder, rules.separators)
    return () if text.startswith("/") and rules.relative == "path" and not rules.separators else None


def _walked(base: Parts | None, parts: Parts, words: bool) -> tuple[Parts | None, Parts] | None:
    """Steps up are taken; None where they lead out of the tree."""
    here, up = ({".", _HERE}, {"..", _UP}) if words else ({"."}, {".."})
    start, way = list(base or ()), list[str]()
    if ".." in start:
        return None
    for part in parts:
        if part in here:
            continue
        if part not in up:
            way.append(part)
        elif way:
            way.pop()
        elif start:
            start.pop()
        else:
            return None
    return (None if base is None else tuple(start)), tuple(part for part in way if part != "*")


def _heads(said: str) -> list[str]:
    """The first part of a name, before it that of a scoped package (`@shop/tax`), and at last none."""
    first, _, rest = said.partition("/")
    second = rest.partition("/")[0]
    scoped = [f"{first}/{second}"] if first.startswith("@") and second else []
    return [*scoped, first, ""]


def _without_host(parts: Parts, rules: Naming) -> tuple[Parts, bool]:
    """The folder within a project that a name such as github.com/owner/project/v2/folder gives; whose is not known."""
    if not parts or "." not in parts[0]:
        return (), False
    rest = parts[3 if parts[0] in rules.hosts else 2 :]
    if rest and rest[0][:1] == "v" and rest[0][1:].isdigit():
        rest = rest[1:]
    return rest, bool(rest)


def _cuts(lead: int, tail: int) -> list[tuple[int, int]]:
    return sorted(((first, last) for first in range(lead + 1) for last in range(tail + 1)), key=sum)


def _nearest(folder: str, targets: Sequence[str]) -> list[str]:
    """Those that share the most folders with this one."""
    if len(targets) < 2:
        return list(targets)
    here = folder.split("/")
    shared = {target: _common(here, f"{target}/".split("/")) for target in targets}
    most = max(shared.values())
    return [target for target, count in shared.items() if count == most]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (here, there) in pairs if here != there), min(len(one), len(other)))


def _folder_and_stem(path: str) -> tuple[str, str]:
    folder, _, file = path.rpartition("/")
    return folder, file.rpartition(".")[0] or file


@cache
def _answering(language: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """Languages that may answer with their ranks, and the extensions of all of them."""
    names = (language, *languages()[language].modules.also)
    known = [name for name in names if name in languages()]
    return (
        {name: rank for rank, name in enumerate(known)},
        tuple(extension for name in known for extension in languages()[name].extensions),
    )
