"""A patch on stdin is the proposal that the commits themselves would be, whatever git has written into it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from program import Program, Ran, shop

from sandbox.git import run_git
from swe_agent.testing.repository import RepoBuilder, tree_digest

OURS = (".git/swe-agent",)
DEFER = '{"block": "*", "decision": "defer"}'
LATIN = os.fsdecode(b"caf\xe9.txt")


def piped(program: Program, patch: bytes, *args: str) -> Ran:
    """As `git … | swe-agent …`: bytes, and not all of them text."""
    done = subprocess.run(program.command(*args), cwd=program.cwd, input=patch, capture_output=True, timeout=240)
    return Ran(stdout=done.stdout.decode(), stderr=done.stderr.decode(), code=done.returncode)


def printed(repo: RepoBuilder, *args: str) -> bytes:
    return repo.git(*args).encode("utf-8", "surrogateescape") + b"\n"


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    """The shop on `main`, its user at work; and two commits on `topic` with all that a patch can hold."""
    image = b"\0" + bytes(range(256)) * 20
    repo = shop(
        tmp_path / "shop",
        {"logo.bin": image, "dos.txt": "a\r\nb\r\nc\r\n", LATIN: b"caf\xe9", "run it.sh": "true\n", "gone": ""},
    )
    repo.link("link", "dos.txt").commit("a link")
    repo.branch("topic")
    cart = (repo.path / "shop/cart.py").read_text().replace("A cart", "The cart")
    repo.chmod("run it.sh", 0o755)
    repo.commit(
        "fix: café\n\nwhy it is so",
        {"logo.bin": image + b"more", "new.bin": b"\0new", "dos.txt": "a\r\nB\r\nc", LATIN: b"caf\xe9\n", "gone": None},
    )
    (repo.path / "link").unlink()
    repo.link("link", "../out")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendored")
    repo.write({"shop/cart.py": None, 'shop/"basket".py': cart, "empty": ""})
    repo.git("add", "--all", "--", "shop", "empty", "link")
    repo.git("commit", "--quiet", "--message", "move it")
    return repo.checkout("main").write({"README.md": "mine\n"})


def shown(program: Program, job: str) -> dict[str, Any]:
    proposal: dict[str, Any] = program.run("show", job, "--json").object["proposal"]
    return proposal


def test_a_patch_is_the_same_proposal_as_its_commits(repo: RepoBuilder, tmp_path: Path) -> None:
    program = Program(repo.path)
    (tmp_path / "d").write_text(DEFER)
    defer = ("--decisions", str(tmp_path / "d"), "--json")
    of_range = shown(program, program.run("desk", "main..topic", *defer).object["job"])
    before = tree_digest(repo.path, leave_out=OURS)
    ran = piped(program, printed(repo, "diff", "--binary", "-M", "main", "topic"), "desk", "-", *defer)
    assert ran.code == 1, ran.stderr
    of_patch = shown(program, ran.object["job"])
    assert (of_patch["changes"], of_patch["hazards"]) == (of_range["changes"], of_range["hazards"])
    assert {"symlink-escape", "binary", "mode-change"} <= {hazard["kind"] for hazard in of_patch["hazards"]}
    assert [warned["message"] for warned in ran.of("Warned")] == ["left as they are: vendored"]
    assert of_patch["provenance"]["edit_format"] == "git-patch"
    mails = piped(program, printed(repo, "format-patch", "--stdout", "main..topic"), "desk", "-", *defer)
    of_mails = shown(program, mails.object["job"])
    assert of_mails["changes"] == of_range["changes"]
    assert of_mails["task"]["text"].split("\n\n") == [
        "2 patches: fix: café; move it",
        "fix: café",
        "why it is so",
        "From: Ada Example <ada@example.org>",
        "move it",
        "From: Ada Example <ada@example.org>",
    ]
    assert tree_digest(repo.path, leave_out=OURS) == before
    again = program.run("replay", "--rerun", mails.object["job"], "--json")
    assert again.of("ProposalReady")[0]["proposal"]["tree"] == of_mails["tree"]


def test_it_lands_upon_what_the_user_has_not_committed(repo: RepoBuilder, tmp_path: Path) -> None:
    """Their line in a file that the patch changes too has git merge it."""
    repo.write({"dos.txt": "mine\r\na\r\nb\r\nc\r\n"})
    program = Program(repo.path)
    before = tree_digest(repo.path, leave_out=(*OURS, ".git/objects"))
    (tmp_path / "d").write_text('{"block": "*", "decision": "accept"}')
    patch = printed(repo, "diff", "--binary", "-M", "main", "topic", "--", ".", ":!vendored")
    ran = piped(program, patch, "desk", "-", "--decisions", str(tmp_path / "d"))
    assert ran.code == 0, ran.stderr
    assert "git has merged it with yours" in ran.stderr
    assert (repo.path / "dos.txt").read_bytes() == b"mine\r\na\r\nB\r\nc"
    index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    for argv in (["read-tree", "topic"], ["add", "--all"], ["diff", "--cached", "--name-status", "topic"]):
        said = run_git(argv, git_dir=repo.path / ".git", work_tree=repo.path, cwd=repo.path, env=index)
    assert said.decode().splitlines() == ["A\tREADME.md", "M\tdos.txt", "D\tvendored"]
    assert program.run("undo").code == 0
    assert tree_digest(repo.path, leave_out=(*OURS, ".git/objects")) == before


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (b"", b"", 2, "there is no patch on stdin"),
        (b"literal 4", b"literal 5", 1, "(malformed): git does not take it: corrupt binary patch"),
        (b"--- a/shop", b"", 1, "(truncated): the patch ends before it is whole"),
        (b"b/empty", b"b/../empty", 1, "(outside): git does not take it: invalid path '../empty'"),
        (b"b/empty", b"b/.git/hooks/pre-commit", 1, "invalid path '.git/hooks/pre-commit'"),
    ],
)
def test_what_is_no_patch_here_is_refused_and_nothing_is_written(
    repo: RepoBuilder, old: bytes, new: bytes, code: int, said: str
) -> None:
    patch = printed(repo, "diff", "--binary", "--no-renames", "main", "topic")
    assert old in patch
    if new:
        patch = patch.replace(old, new).replace(old.replace(b"b/", b"a/", 1), new.replace(b"b/", b"a/", 1))
    else:
        patch = patch[: patch.index(old) + 1] if old else b" \n"
    program = Program(repo.path)
    before = tree_digest(repo.path, leave_out=OURS)
    ran = piped(program, patch, "desk", "-")
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    assert said in ran.stderr
    assert "hint:" in ran.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before
    assert program.run("list", "--json").object["jobs"] == []


def test_apply_takes_what_no_text_can_say(repo: RepoBuilder) -> None:
    program = Program(repo.path)
    patch = printed(repo, "diff", "--binary", "main", "topic", "--", "logo.bin", "gone", "run it.sh")
    checked = piped(program, patch, "apply", "--check", "--json")
    assert checked.object["files"] == {"gone": "deleted", "logo.bin": "written", "run it.sh": "written"}
    assert piped(program, patch, "apply").code == 0
    assert repo.git("diff", "--name-only", "topic", "--", "logo.bin", "gone", "run it.sh") == ""
    broken = (
        patch + b"diff --git a/x.py b/x.py\nnew file mode 100644\n--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+def (\n"
    )
    assert program.run("undo").code == 0
    ran = piped(program, broken, "apply")
    assert (ran.code, "x.py: line 1 would not parse" in ran.stderr) == (1, True), ran.stderr
