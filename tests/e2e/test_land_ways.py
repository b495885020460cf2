"""Landing as staged changes, as a commit, as a branch: what was accepted goes there, and nothing else of the user's."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from prepared import Prepared
from program import BUG, FIX, FIXING, TASK, TIER, Program, Ran, script, shop

from sandbox.errors import GitFailed
from swe_agent.core.errors import EnvironmentLacks, TreeMoved
from swe_agent.repo import recording
from swe_agent.repo.git import Git
from swe_agent.testing.repository import RepoBuilder, tree_digest

TOP = '"""A cart."""'
MINE = '"""My own cart."""'


def known(repo: RepoBuilder) -> None:
    """Who commits."""
    repo.git("config", "user.name", "A")
    repo.git("config", "user.email", "a@example.org")


def offer(path: Path) -> None:
    """The fix as a proposal, from a patch; then the user goes on: an edit of theirs in the same file, staged and not,
    and another file that is staged."""
    repo = shop(path)
    known(repo)
    cart = repo.path / "shop/cart.py"
    before = cart.read_text()
    cart.write_text(before.replace(BUG, FIX))
    patch = repo.git("diff")
    cart.write_text(before)
    done = Program(repo.path).run("apply", "-", "--propose", input=patch)
    assert done.code == 0, done.stderr
    (repo.path / "staged.txt").write_text("staged\n")
    repo.git("add", "staged.txt")
    cart.write_text(before.replace(TOP, MINE))


@pytest.fixture
def proposed(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[RepoBuilder, Program]:
    waiting = Prepared(tmp_path_factory.getbasetemp() / "offered", offer)
    path = waiting.copy(tmp_path / "copy", monkeypatch)
    return RepoBuilder(path), Program(path)


def shown(repo: RepoBuilder, revision: str, path: str = "shop/cart.py") -> str:
    return repo.git("show", f"{revision}:{path}")


def ran_commit(ran: Ran, repo: RepoBuilder) -> str:
    """The commit that a landing told of."""
    return repo.git("rev-parse", ran.stdout.rpartition("commit ")[2][:10])


def test_staged_alone(proposed: tuple[RepoBuilder, Program]) -> None:
    repo, program = proposed
    ran = program.run("accept", "--staged")
    assert ran.code == 0, ran.stderr
    assert "landed and staged: shop/cart.py" in ran.stdout
    assert FIX in shown(repo, "")
    assert TOP in shown(repo, "")  # the user's own edit is not staged
    assert MINE in (repo.path / "shop/cart.py").read_text()
    assert sorted(repo.git("diff", "--cached", "--name-only").split()) == ["shop/cart.py", "staged.txt"]
    assert program.run("undo").code == 0
    assert repo.git("diff", "--cached", "--name-only").split() == ["staged.txt"]
    assert MINE in (repo.path / "shop/cart.py").read_text()


def test_a_commit_of_what_landed_alone(proposed: tuple[RepoBuilder, Program]) -> None:
    repo, program = proposed
    ran = program.run("accept", "--commit", "-m", "Subtract the discount", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.object["commit"] == repo.git("rev-parse", "HEAD").strip()
    # No model has written any of it.
    assert repo.git("show", "--no-patch", "--format=%B", "HEAD") == "Subtract the discount\n"
    assert repo.git("show", "--name-only", "--format=", "HEAD").split() == ["shop/cart.py"]
    assert FIX in shown(repo, "HEAD")
    assert TOP in shown(repo, "HEAD")
    assert repo.git("diff", "--cached", "--name-only").split() == ["staged.txt"]
    assert repo.git("diff", "--name-only").split() == ["shop/cart.py"]
    assert MINE in (repo.path / "shop/cart.py").read_text()
    undone = program.run("undo")
    assert undone.code == 0
    assert f"commit {ran.object['commit'][:10]} stays in the history; these files no longer hold it" in undone.stderr


def test_a_message_is_drafted_and_a_trailer_is_a_setting(proposed: tuple[RepoBuilder, Program]) -> None:
    repo, program = proposed
    ran = program.run("accept", "--commit", env={"SWE_AGENT_LAND_TRAILER": ""})
    assert ran.code == 0, ran.stderr
    message = repo.git("show", "--no-patch", "--format=%B", "HEAD").strip()
    assert message == "apply a reply: shop/cart.py"
    assert TASK not in message


def test_a_branch_leaves_files_and_index_alone(proposed: tuple[RepoBuilder, Program]) -> None:
    repo, program = proposed
    before, status = tree_digest(repo.path, leave_out=(".git",)), repo.git("status", "--porcelain")
    ran = program.run("accept", "--branch", "topic/discount")
    assert ran.code == 0, ran.stderr
    assert "landed in branch topic/discount" in ran.stdout
    assert tree_digest(repo.path, leave_out=(".git",)) == before
    assert repo.git("status", "--porcelain") == status
    assert FIX in shown(repo, "topic/discount")
    assert TOP in shown(repo, "topic/discount")
    assert repo.git("rev-parse", "topic/discount~").strip() == repo.git("rev-parse", "HEAD").strip()
    again = program.run("land", "--branch", "topic/discount")
    assert again.code == 2
    repo.git("update-ref", "refs/heads/topic/discount", "HEAD")
    moved = program.run("undo")
    assert moved.code == 5
    assert "branch topic/discount has moved on since it was made" in moved.stderr
    repo.git("update-ref", "refs/heads/topic/discount", ran_commit(ran, repo))
    assert program.run("undo").code == 0
    assert repo.git("branch", "--list", "topic/discount") == ""
    assert program.run("accept", "--branch", "topic/discount").code == 0


def test_a_hook_that_refuses_leaves_the_files_and_says_so(proposed: tuple[RepoBuilder, Program]) -> None:
    repo, program = proposed
    hook = repo.path / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no commits on a Sunday' >&2\nexit 1\n")
    hook.chmod(0o755)
    head = repo.git("rev-parse", "HEAD")
    ran = program.run("accept", "--commit")
    assert ran.code == 3
    assert "no commits on a Sunday" in ran.stderr
    assert "swe-agent undo" in ran.stderr
    assert repo.git("rev-parse", "HEAD") == head
    assert FIX in (repo.path / "shop/cart.py").read_text()
    assert program.run("undo").code == 0
    assert BUG in (repo.path / "shop/cart.py").read_text()


@pytest.mark.parametrize("way", [["--commit"], ["--branch", "topic"]])
def test_without_a_name_nothing_is_written(proposed: tuple[RepoBuilder, Program], way: list[str]) -> None:
    repo, program = proposed
    repo.git("config", "--unset", "user.email")
    before = tree_digest(repo.path, leave_out=(".git",))
    ran = program.run("accept", *way)
    assert ran.code == 3
    assert "git config --global user.name" in ran.stderr
    assert tree_digest(repo.path, leave_out=(".git",)) == before
    named = {"GIT_COMMITTER_NAME": "B", "GIT_COMMITTER_EMAIL": "b@c", "GIT_AUTHOR_NAME": "B", "GIT_AUTHOR_EMAIL": "b@c"}
    assert program.run("land", *way, env=named).code == 0


@pytest.mark.parametrize("way", [["--staged"], ["--commit"]])
def test_what_is_staged_in_the_same_place_stops_it_before_anything_is_written(
    proposed: tuple[RepoBuilder, Program], way: list[str]
) -> None:
    repo, program = proposed
    cart = repo.path / "shop/cart.py"
    text = cart.read_text()
    cart.write_text(text.replace(BUG, "return amount  # mine"))
    repo.git("add", "shop/cart.py")
    cart.write_text(text)
    before, index = tree_digest(repo.path, leave_out=(".git",)), repo.git("ls-files", "-s")
    ran = program.run("accept", *way)
    assert ran.code == 5, ran.stderr
    assert "what you have staged differs" in ran.stderr
    assert tree_digest(repo.path, leave_out=(".git",)) == before
    assert repo.git("ls-files", "-s") == index
    assert program.run("land").code == 0  # as plain changes it still can


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--staged", "--commit"], "three ways"),
        (["-m", "text"], "a message without a commit"),
        (["--branch", "bad..name"], "no name for a branch"),
        (["--branch", "main"], "there is a branch main already"),
    ],
)
def test_what_cannot_be_is_said_first(proposed: tuple[RepoBuilder, Program], typed: list[str], said: str) -> None:
    repo, program = proposed
    before = tree_digest(repo.path, leave_out=(".git",))
    ran = program.run("accept", *typed)
    assert ran.code == 2, ran.stderr
    assert said in ran.stderr
    assert tree_digest(repo.path, leave_out=(".git",)) == before


def test_line_ends_are_converted_as_git_does(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    known(repo)
    repo.commit("line ends", {".gitattributes": "*.txt text eol=crlf\n", "a.txt": "one\ntwo\nthree\n"})
    place = repo.path / "a.txt"
    place.unlink()
    repo.git("checkout", "--", "a.txt")
    assert place.read_bytes() == b"one\r\ntwo\r\nthree\r\n"
    model_patch = "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\r\n-two\r\n+2\r\n three\r\n"
    program = Program(repo.path)
    assert program.run("apply", "-", "--propose", input=model_patch).code == 0
    ran = program.run("accept", "--commit", "--sandbox", TIER)
    assert ran.code == 0, ran.stderr
    assert place.read_bytes() == b"one\r\n2\r\nthree\r\n"
    assert shown(repo, "HEAD", "a.txt") == "one\n2\nthree"
    assert repo.git("status", "--porcelain") == ""


# ---- a merge or the like that is going on


def parted(path: Path, name: str = "other.txt", mine: str = "mine\n", theirs: str = "theirs\n") -> RepoBuilder:
    """The shop, where two branches have each made something else of one file; `main` is checked out."""
    repo = shop(path)
    known(repo)
    repo.branch("topic").commit("theirs", {name: theirs})
    repo.commit("more of theirs", {"more.txt": "more\n"})
    repo.checkout("main").commit("mine", {name: mine})
    return repo


def offered(repo: RepoBuilder) -> Program:
    """The fix as a proposal, from a patch."""
    program = Program(repo.path)
    patch = f"--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -7 +7 @@\n-    {BUG}\n+    {FIX}\n"
    done = program.run("apply", "-", "--propose", input=patch)
    assert done.code == 0, done.stderr
    return program


def stopped(repo: RepoBuilder, *operation: str, input: bytes = b"") -> None:
    with suppress(GitFailed):
        repo.git(*operation, input=input)


def carried_on(repo: RepoBuilder) -> None:
    """Of two commits to pick the user has made the first one by hand: nothing but the list is left of it."""
    stopped(repo, "cherry-pick", "topic~", "topic")
    repo.write({"other.txt": "both\n"}).stage()
    repo.git("commit", "--quiet", "-m", "by hand")


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (lambda repo: stopped(repo, "merge", "topic"), "a merge"),
        (lambda repo: stopped(repo, "cherry-pick", "topic~"), "a cherry-pick"),
        (lambda repo: stopped(repo, "revert", "topic~"), "a revert"),
        (lambda repo: stopped(repo, "rebase", "topic"), "a rebase"),
        (
            lambda repo: stopped(
                repo, "am", input=(repo.git("format-patch", "--stdout", "-2", "topic") + "\n").encode()
            ),
            "a rebase or `git am`",
        ),
        (carried_on, "a cherry-pick or a revert of several commits"),
    ],
)
def test_git_is_in_the_middle_of_something(tmp_path: Path, begin: Callable[[RepoBuilder], None], said: str) -> None:
    repo = parted(tmp_path / "shop")
    git = Git(repo.path, os.environ)
    recording.require_no_operation(git)
    begin(repo)
    with pytest.raises(TreeMoved, match=f"^{said} is going on here"):
        recording.require_no_operation(git)


def test_no_commit_in_the_middle_of_a_merge(tmp_path: Path) -> None:
    repo = parted(tmp_path / "shop")
    program = offered(repo)
    stopped(repo, "merge", "topic")
    before, head = tree_digest(repo.path, leave_out=(".git",)), repo.head
    ran = program.run("accept", "--commit")
    assert ran.code == 5, ran.stderr
    assert "a merge is going on here" in ran.stderr
    assert (tree_digest(repo.path, leave_out=(".git",)), repo.head) == (before, head)
    assert program.run("land", "--staged").code == 0  # another file than the one that is unmerged
    assert program.run("undo").code == 0
    assert program.run("accept", "--branch", "fixed").code == 0
    assert (tree_digest(repo.path, leave_out=(".git",)), repo.head) == (before, head)
    assert repo.git("ls-files", "--unmerged") != ""


def test_an_unmerged_file_is_not_staged(tmp_path: Path) -> None:
    repo = parted(tmp_path / "shop", "shop/cart.py", shop_text(tmp_path, MINE), shop_text(tmp_path, "# theirs"))
    program = offered(repo)
    stopped(repo, "merge", "topic")
    before, index = tree_digest(repo.path, leave_out=(".git",)), repo.git("ls-files", "--stage")
    ran = program.run("accept", "--staged")
    assert ran.code == 5, ran.stderr
    assert "shop/cart.py: git holds it as unmerged; nothing was written" in ran.stderr
    assert (tree_digest(repo.path, leave_out=(".git",)), repo.git("ls-files", "--stage")) == (before, index)


def shop_text(path: Path, top: str) -> str:
    return (shop(path / "plain").path / "shop/cart.py").read_text().replace(TOP, top)


# ---- the index


@pytest.mark.parametrize("way", [["--staged"], ["--commit"]])
@pytest.mark.parametrize(
    ("bits", "tag"),
    [(["--skip-worktree"], "S"), (["--assume-unchanged"], "h"), (["--skip-worktree", "--assume-unchanged"], "s")],
)
def test_the_bits_of_an_entry_stay(
    proposed: tuple[RepoBuilder, Program], way: list[str], bits: list[str], tag: str
) -> None:
    repo, program = proposed
    for bit in bits:
        repo.git("update-index", bit, "shop/cart.py")
    before = repo.git("ls-files", "-v")
    assert f"{tag} shop/cart.py" in before
    assert program.run("accept", *way).code == 0
    assert FIX in shown(repo, "")
    assert repo.git("ls-files", "-v") == before
    assert program.run("undo").code == 0
    assert repo.git("ls-files", "-v") == before


@pytest.mark.parametrize("way", ["--staged", "--commit"])
def test_another_git_that_holds_the_index_is_waited_for_and_named(
    proposed: tuple[RepoBuilder, Program], way: str
) -> None:
    repo, program = proposed
    lock = repo.path / ".git/index.lock"
    lock.touch()
    before = tree_digest(repo.path, leave_out=(".git",))
    ran = program.run("accept", way)
    assert ran.code == 3, ran.stderr
    assert f"the index is locked by {lock}: another git may be running; nothing was written" in ran.stderr
    assert tree_digest(repo.path, leave_out=(".git",)) == before
    lock.unlink()
    assert program.run("land", way).code == 0


def test_what_could_not_be_staged_is_named(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    (repo.path / ".git/index.lock").touch()
    entry = recording.Entry(mode="100644", id=repo.git("rev-parse", "HEAD:shop/cart.py"))
    with pytest.raises(EnvironmentLacks) as error:
        recording.stage(Git(repo.path, os.environ), {"new file.py": entry, "b.py": entry})
    assert error.value.hint == "stage it yourself: `git add -- 'new file.py' b.py`"


# ---- whose work it is

FIXED = "Subtract the discount\n\nIt was added.\n\nSigned-off-by: Ada Example <ada@example.org>"
ADA = "Ada Example <ada@example.org>"


def log(repo: RepoBuilder, revision: str = "HEAD") -> tuple[str, str]:
    """Its author and its message."""
    author, message = repo.git("show", "--no-patch", "--format=%an <%ae>%x00%B", revision).split("\0")
    return author, message.strip()


def propose(program: Program, repo: RepoBuilder, how: str) -> None:
    """The commits on `topic` since `main`, in one of three forms."""
    if how == "range":
        program.run("desk", "topic", "--no-land", input="q\n")
        return
    typed = ["format-patch", "--stdout", "main..topic"] if how == "mail" else ["show", "topic"]
    (program.cwd.parent / "none").touch()  # no decisions
    program.run("desk", "-", "--no-land", "--decisions", "../none", input=repo.git(*typed) + "\n")


@pytest.mark.parametrize("how", ["mail", "show", "range"])
@pytest.mark.parametrize("way", [["--commit"], ["--branch", "taken"]])
def test_one_mail_or_commit_keeps_its_message_and_author(tmp_path: Path, how: str, way: list[str]) -> None:
    repo = shop(tmp_path / "shop")
    known(repo)
    fixed = (repo.path / "shop/cart.py").read_text().replace(BUG, FIX)
    repo.branch("topic").commit(FIXED, {"shop/cart.py": fixed})
    repo.checkout("main")
    program = Program(repo.path)
    propose(program, repo, how)
    ran = program.run("accept", *way)
    assert ran.code == 0, ran.stderr
    revision = "HEAD" if way == ["--commit"] else "taken"
    assert log(repo, revision) == (ADA, FIXED)
    assert repo.git("show", "--no-patch", "--format=%cn", revision) == "A"


@pytest.mark.parametrize("how", ["mail", "range"])
def test_several_authors_are_named_below(tmp_path: Path, how: str) -> None:
    repo = shop(tmp_path / "shop")
    known(repo)
    fixed = (repo.path / "shop/cart.py").read_text().replace(BUG, FIX)
    repo.branch("topic").commit("Subtract the discount", {"shop/cart.py": fixed})
    for name in ("Bob", "A"):  # the last one is the user
        repo.write({f"{name}.txt": "text\n"}).stage()
        repo.git("commit", "--quiet", "-m", f"A text of {name}", f"--author={name} <{name.lower()}@example.org>")
    repo.checkout("main")
    program = Program(repo.path)
    propose(program, repo, how)
    ran = program.run("accept", "--commit", "-m", "Three of them")
    assert ran.code == 0, ran.stderr
    assert log(repo) == (
        "A <a@example.org>",
        f"Three of them\n\nCo-authored-by: {ADA}\nCo-authored-by: Bob <bob@example.org>",
    )


def test_a_model_is_named(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    known(repo)
    program = Program(repo.path)
    model = script(tmp_path / "s.json", FIXING)
    assert program.run("run", TASK, "--model", model, "--sandbox", TIER).code == 0
    assert program.run("accept", "--commit", "-m", "Fix\n\nRefs: 12", "--sandbox", TIER).code == 0
    assert log(repo) == ("A <a@example.org>", "Fix\n\nRefs: 12\nAssisted-by: swe-agent (scripted:s.json)")
