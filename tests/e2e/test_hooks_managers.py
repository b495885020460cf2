"""Our hooks beside those of the managers that people have: order, use, places, ways to commit, and no trace."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import hook_managers
import pytest
from hook_managers import CHECK, NAMES, Manager
from program import Program
from test_hooks import LEAK, TOKEN, git, made, refused

import swe_agent
from swe_agent.config.places import process_environment
from swe_agent.hooks import placing
from swe_agent.repo.git import Git
from swe_agent.testing.repository import RepoBuilder

Standing = dict[str, tuple[int, bytes]]
TWINS: dict[tuple[str, str], Standing] = {}
"""Of a manager and its steps. A twin is made once."""
FETCH = ("-c", "protocol.file.allow=always")
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"


@pytest.fixture(scope="module", params=NAMES)
def manager(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Manager:
    return hook_managers.named(request.param, tmp_path_factory)


@pytest.fixture(autouse=True)
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    return tmp_path / "mark"


def project(path: Path, manager: Manager) -> RepoBuilder:
    """lefthook keeps the time of its file: so twins have the same."""
    repo = RepoBuilder(path)
    repo.commit("one", {"a.py": "def f():\n    return 0\n", **CHECK, **manager.files})
    for name in manager.files:
        os.utime(path / name, (1_700_000_000, 1_700_000_000))
    return repo


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody works, with what is done there."""

    top: Path
    manager: Manager

    def take(self, steps: str) -> None:
        """M: the manager is installed, m: it is uninstalled; O and o: ours are; S: somebody writes a script by hand."""
        for step in steps:
            match step:
                case "M":
                    self.manager.install(self.top)
                case "m":
                    self.manager.uninstall(self.top)
                case "O":
                    placing.install(self.folder(), placing.DEFAULT)
                case "o":
                    placing.uninstall(self.folder())
                case "S":
                    script = self.top / ".git/hooks/pre-commit"
                    script.write_text("#!/bin/sh\n# by hand\n", "utf-8")
                    script.chmod(0o750)

    def folder(self) -> placing.Folder:
        """As the command finds it, without a start of Python for each step."""
        return placing.folder_of(Git(self.top, process_environment()), self.top)

    def standing(self) -> Standing:
        """Every byte and mode by which a hook is found: hooks, configuration, the folders of managers."""
        common = Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir").stdout.strip())
        found: Standing = {}
        for base, names in ((common, ("config", "config.worktree", "hooks", "info")), (self.top, (".husky",))):
            for path in (path for name in names for path in (base / name, *sorted((base / name).rglob("*")))):
                if path.exists():
                    content = b"" if path.is_dir() else path.read_bytes()
                    found[str(path.relative_to(base))] = (path.stat().st_mode, content)
        return found

    def git(self, *words: str) -> subprocess.CompletedProcess[str]:
        return git(self.top, *words)

    def write(self, name: str, text: str, *, staged: bool = True) -> None:
        (self.top / name).write_text(text, "utf-8")
        if staged:
            made(self.git("add", "--", name))

    def commit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.git("commit", "-qm", "a change", *words)

    def ran(self) -> list[str]:
        """For which events the manager's check ran, since this was last asked."""
        mark = Path(os.environ["MARK"])
        rows = mark.read_text("utf-8").split() if mark.exists() else []
        mark.unlink(missing_ok=True)
        return rows

    def status(self) -> int:
        return Program(self.top).run("hooks", "status").code

    def works(self) -> None:
        """A commit is looked at once by each of the two, and each can stop it."""
        self.ran()
        head = self.git("rev-parse", "HEAD").stdout
        self.write("clean.py", f"before = {head.strip()!r}\n")
        done = self.commit()
        made(done)
        assert "swe-agent" not in done.stderr
        assert self.ran() == ["pre-commit"]
        self.write("STOP", "")
        done = self.commit()
        assert done.returncode == 1
        assert "swe-agent" not in done.stderr
        assert self.ran() == ["pre-commit"]
        self.git("rm", "-qf", "STOP")
        self.write("leak.py", "import os\n" + LEAK)
        refused(self.commit(), "leak.py:2", "github token")
        assert self.ran() == ["pre-commit"]
        self.git("rm", "-qf", "leak.py")
        assert self.git("rev-list", "--count", f"{head.strip()}..HEAD").stdout == "1\n"


def place(path: Path, manager: Manager) -> Place:
    return Place(project(path, manager).path, manager)


# ---- order


ORDERS = [
    ("MOo", "M"),
    ("OMOo", "M"),
    ("OMOMo", "MM"),
    ("MOom", "Mm"),
    ("OMmo", "Mm"),
    ("SOMom", "SMm"),
    ("SMOo", "SM"),
]
MORE = [
    ("OMo", "M"),
    ("MOMo", "MM"),
    ("MOMOo", "MM"),
    ("OMom", "Mm"),
    ("OMOom", "Mm"),
    ("SOMo", "SM"),
    ("SOMOo", "SM"),
]
"""The same moves in yet another order."""


@pytest.mark.parametrize(("steps", "without"), ORDERS + MORE if FULL else ORDERS[1::2])
def test_nothing_is_left_of_us_whoever_comes_and_goes_first(
    manager: Manager, steps: str, without: str, tmp_path: Path
) -> None:
    """`without` is what the manager does, as a twin without us has it."""
    if (key := (manager.name, without)) not in TWINS:
        twin = place(tmp_path / "twin", manager)
        twin.take(without)
        TWINS[key] = twin.standing()
    ours = place(tmp_path / "ours", manager)
    ours.take(steps)
    assert ours.standing() == TWINS[key]


def test_a_manager_that_goes_while_ours_stand_in_its_place_is_asked_again(manager: Manager, tmp_path: Path) -> None:
    """pre-commit and prek know their script under its own name alone, and leave the place to whoever has it; lefthook
    knows its own under any name. husky just stops to be asked."""
    twin, ours = (place(tmp_path / name, manager) for name in ("twin", "ours"))
    twin.take("Mm")
    ours.take("MOmo")
    if manager.keeps:
        assert "hooks/pre-commit" in ours.standing()
        ours.take("m")
    assert ours.standing() == twin.standing()


def test_hooks_that_git_is_told_of_by_its_configuration_stay(tmp_path: Path) -> None:
    """A git from 2.54 on runs them; they are no files."""
    repo = RepoBuilder(tmp_path / "repo")
    repo.commit("one", {"a.py": "x = 1\n"})
    told = '[hook "linter"]\n\tevent = pre-commit\n  command = "sh check.sh"  # as somebody wrote it\n'
    with (repo.path / ".git/config").open("a", encoding="utf-8") as file:
        file.write(told)
    before = (repo.path / ".git/config").read_bytes()
    for command in ("install", "uninstall"):
        assert Program(repo.path).run("hooks", command).code == 0
        assert (repo.path / ".git/config").read_bytes() == before
    assert git(repo.path, "config", "hook.linter.command").stdout == "sh check.sh\n"
    assert "git's own configuration (linter" in Program(repo.path).run("hooks", "status").stdout


# ---- use


def test_ours_come_before_the_manager(manager: Manager, tmp_path: Path) -> None:
    """Who is put aside for good says so, and one command helps."""
    here = place(tmp_path / "main", manager)
    here.take("OM")
    assert here.status() == (0 if manager.keeps else 1)
    if manager.keeps:
        here.works()
    here.write("leak.py", LEAK)
    assert here.commit().returncode == (1 if manager.keeps else 0)
    here.git("rm", "-qf", "leak.py")
    assert Program(here.top).run("hooks", "install").code == 0
    assert here.status() == 0
    here.works()


def test_a_manager_that_is_installed_again(manager: Manager, tmp_path: Path) -> None:
    """As a setup script of a project does: husky with each `npm install`."""
    here = place(tmp_path / "main", manager)
    here.take("MOM")
    here.write("clean.py", "x = 1\n")
    made(here.commit())
    assert here.ran() == ["pre-commit"]
    assert here.status() == (0 if manager.keeps else 1)
    here.take("O")
    assert here.status() == 0
    here.works()


def test_lefthook_that_takes_its_place_while_a_commit_is_made(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It does so where its file has changed; that commit is looked at, too."""
    here = place(tmp_path / "main", hook_managers.named("lefthook", tmp_path_factory))
    here.take("MO")
    more = here.manager.files["lefthook.yml"].replace("pre-push", "commit-msg")
    here.write("lefthook.yml", more)
    here.write("leak.py", LEAK)
    refused(here.commit(), "leak.py:1")
    assert here.status() == 1
    here.take("O")
    assert here.status() == 0
    here.write("leak.py", "import os\n" + LEAK)
    refused(here.commit(), "leak.py:2")


# ---- places, and ways to commit


def with_its_own_exit_code(here: Place) -> None:
    """What the manager's script ends with is kept, of which git tells nothing."""
    hook = here.top / (".husky/_" if here.manager.name == "husky" else ".git/hooks") / "pre-commit"
    here.write("STOP", "")
    done = subprocess.run([hook], cwd=here.top, capture_output=True, timeout=60, check=False)
    assert done.returncode == here.manager.code
    here.git("rm", "-qf", "STOP")


def in_parts(here: Place) -> None:
    """What is staged counts, and what is not stays as it is."""
    here.write("part.py", "x = 1\n")
    here.write("part.py", LEAK, staged=False)
    made(here.commit())
    assert here.ran() == ["pre-commit"]
    assert (here.top / "part.py").read_text("utf-8") == LEAK
    here.git("add", "part.py")
    here.write("part.py", "x = 2\n", staged=False)
    refused(here.commit(), "part.py:1")
    assert (here.top / "part.py").read_text("utf-8") == "x = 2\n"
    here.git("add", "part.py")


def all_and_a_path_and_amended(here: Place) -> None:
    count = here.git("rev-list", "--count", "HEAD").stdout
    for words in (("-a",), ("--", "a.py"), ("-a", "--amend")):
        here.write("a.py", LEAK, staged=False)
        refused(here.commit(*words), "a.py:1")
        assert here.git("diff", "--cached", "--name-only", "--", "a.py").stdout == "", "nothing is left staged"
        here.write("a.py", f"x = {len(words)}, {words[-1]!r}\n", staged=False)
        here.ran()
        made(here.commit(*words))
        assert here.ran() == ["pre-commit"]
    assert int(here.git("rev-list", "--count", "HEAD").stdout) == int(count) + 2


def merged_and_picked_and_rebased(here: Place) -> None:
    """What came in before, with a commit of somebody else's, is in nobody's way."""
    start = here.git("rev-parse", "HEAD").stdout.strip()
    made(here.git("checkout", "-qb", "theirs"))
    here.write("old.py", LEAK)
    here.write("a.py", "def f():\n    return 1\n")
    made(here.commit("--no-verify"))
    made(here.git("checkout", "-qb", "merged", start))
    here.write("a.py", "def f():\n    return 2\n")
    made(here.commit())
    here.ran()
    assert here.git("merge", "theirs").returncode == 1
    here.git("add", "a.py")
    done = here.commit()
    assert (done.returncode, "conflict markers are left in a.py" in done.stderr) == (1, True), done.stderr
    here.write("a.py", "def f():\n    return 3\n")
    made(here.commit())
    assert here.ran() == ["pre-commit"] * 2
    assert here.git("rev-list", "--count", "--merges", f"{start}..HEAD").stdout == "1\n"
    made(here.git("checkout", "-qb", "picked", start))
    quiet(here.git("cherry-pick", "theirs"))
    made(here.git("checkout", "-qb", "rebased", start))
    here.write("b.py", "x = 1\n")
    made(here.commit())
    here.write("c.py", LEAK)
    made(here.commit("--no-verify"))
    here.ran()
    quiet(here.git("rebase", "picked"))
    assert here.ran() == [], "git starts no pre-commit for either"
    told = here.git("log", "--format=", "--name-only", f"{start}..HEAD").stdout
    assert told.split() == ["c.py", "b.py", "a.py", "old.py"]


def quiet(done: subprocess.CompletedProcess[str]) -> None:
    made(done)
    assert "swe-agent" not in done.stdout + done.stderr


def without_a_terminal(here: Place) -> None:
    """As an editor or a job does: no terminal, and not even an input."""
    for text, code in (("x = 1\n", 0), (LEAK, 1)):
        here.write("quiet.py", text)
        words = ["sh", "-c", 'exec git -c user.name=A -c user.email=a@localhost commit -qm "$1" <&-', "sh", "a change"]
        done = subprocess.run(
            words, cwd=here.top, start_new_session=True, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, "quiet.py:1" in done.stderr) == (code, bool(code)), done.stderr
        assert here.ran() == ["pre-commit"]
        assert TOKEN not in done.stdout + done.stderr
    here.git("rm", "-qf", "quiet.py")


def pushed(here: Place) -> None:
    """What came by without a hook does not leave."""
    here.write("b.py", "x = 1\n")
    made(here.commit())
    here.ran()
    made(here.git("push", "-q", "origin", "HEAD:refs/heads/new"))
    assert here.ran() == ["pre-push"]
    here.write("b.py", LEAK)
    made(here.commit("--no-verify"))
    refused(here.git("push", "-q", "origin", "HEAD:refs/heads/new"), "b.py:1")
    assert here.ran() == ["pre-push"]
    made(here.git("reset", "-q", "--hard", "HEAD~1"))


def main_tree(folder: Path, manager: Manager) -> Path:
    return project(folder / "main", manager).path


def linked(folder: Path, manager: Manager) -> Path:
    return project(folder / "main", manager).worktree(folder / "tree", "linked").path


def submodule(folder: Path, manager: Manager) -> Path:
    library = project(folder / "library", manager)
    over = RepoBuilder(folder / "over").submodule("lib", library)
    return over.path / "lib"


def shallow(folder: Path, manager: Manager) -> Path:
    """With a secret below what was fetched, and one in what was."""
    there = project(folder / "there", manager)
    there.commit("two", {"old.py": LEAK})
    there.commit("three", {"older.py": LEAK})
    made(git(folder, *FETCH, "clone", "-q", "--depth", "1", f"file://{there.path}", "clone"))
    return folder / "clone"


@pytest.mark.parametrize(
    ("make", "ways"),
    [
        (main_tree, (with_its_own_exit_code, Place.works, in_parts, all_and_a_path_and_amended)),
        (linked, (merged_and_picked_and_rebased,)),
        (submodule, (without_a_terminal, Place.works)),
        (shallow, (pushed, in_parts)),
    ],
    ids=["main", "linked", "submodule", "shallow"],
)
def test_every_place_and_every_way(
    manager: Manager,
    make: Callable[[Path, Manager], Path],
    ways: Sequence[Callable[[Place], None]],
    tmp_path: Path,
) -> None:
    here = Place(make(tmp_path, manager), manager)
    here.take("M")
    before = here.standing()
    here.take("O")
    for way in ways:
        way(here)
    here.take("o")
    assert here.standing() == before


def test_work_trees_have_the_hooks_of_their_repository_but_husky_s(manager: Manager, tmp_path: Path) -> None:
    """husky's folder is one of the work tree, and git commits none of it: a fresh tree has no hook at all."""
    main = place(tmp_path / "main", manager)
    tree = Place(RepoBuilder(main.top).worktree(tmp_path / "tree", "linked").path, manager)
    main.take("M")
    before = main.standing(), tree.standing()
    main.take("O")
    if manager.name == "husky":
        assert tree.status() == 1
        tree.write("clean.py", "x = 1\n")
        made(tree.commit())
        assert tree.ran() == []
        tree.take("M")
        before = before[0], tree.standing()
        tree.take("O")
    assert tree.status() == 0
    for here in (main, tree):
        here.write("leak.py", LEAK)
        refused(here.commit(), "leak.py:1")
        assert here.ran() == ["pre-commit"]
    tree.take("o")
    main.take("o")
    assert (main.standing(), tree.standing()) == before


# ---- started by a framework


@pytest.fixture(params=["pre-commit", "prek"])
def started(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """By our own entries, but for what they are installed with; `origin` is empty."""
    told = Path(swe_agent.__file__).parents[1].joinpath(".pre-commit-hooks.yaml").read_text("utf-8")
    files = hook_managers.hooks_of_a_framework(told.replace("language: python", "language: system"))
    here = place(tmp_path / "main", replace(hook_managers.named(request.param, tmp_path_factory), files=files))
    here.take("M")
    made(git(tmp_path, "init", "-q", "--bare", "there.git"))
    made(here.git("remote", "add", "origin", str(tmp_path / "there.git")))
    return here


def refused_by_framework(done: subprocess.CompletedProcess[str], said: str) -> None:
    """It shows all that a hook says on one of its own outputs."""
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert said in told
    assert "--no-verify" in told
    assert TOKEN not in told


def test_a_framework_starts_ours_by_itself(started: Place) -> None:
    started.write("clean.py", "x = 1\n")
    made(started.commit())
    started.write("leak.py", LEAK)
    refused_by_framework(started.commit(), "leak.py:1")
    made(started.commit("--no-verify"))
    made(started.git("push", "-q", "origin", "HEAD~1:refs/heads/main"))
    for branch in ("main", "other"):
        refused_by_framework(started.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}"), "leak.py:1")
    assert started.git("ls-remote", "--heads", "origin").stdout.split()[1:] == ["refs/heads/main"]


def test_a_framework_pushes_a_whole_history(started: Place) -> None:
    """Of that it names no commit to begin from."""
    started.write("leak.py", LEAK)
    made(started.commit("--no-verify"))
    refused_by_framework(started.git("push", "-q", "origin", "main"), "leak.py:1")
    assert started.git("ls-remote", "--heads", "origin").stdout == ""
