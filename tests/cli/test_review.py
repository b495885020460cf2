from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown
from sandbox import GitFailed
from swe_agent.testing.repository import RepoBuilder, tree_digest

KEY = "AKIA" + "IOSFODNN7EXAMPLQ"
BEFORE = "def total(prices):\n    return sum(prices)\n"
AFTER = f'KEY = "{KEY}"\n\n\ndef total(prices):\n    breakpoint()\n    return sum(prices)\n'


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "shop")
    repo.commit("first", {"cart.py": BEFORE})
    return repo


def rules(program: Program, *args: str) -> list[str]:
    """Of what stands at lines."""
    found = answer(program, "review", *args)["findings"]
    return [one["rule"] for one in found if one["place"] == "line"]


FOUND = ["secret/aws-access-key-id", "leftover"]


def test_what_is_not_committed_is_looked_at_first(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": AFTER})
    assert shown(Program(repo.path).run("review"), repo.path) == snapshot


def test_else_what_the_branch_has_of_its_own(repo: RepoBuilder) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("second", {"cart.py": AFTER})
    assert rules(Program(repo.path)) == FOUND
    repo.git("switch", "--quiet", "main")
    assert rules(Program(repo.path), "topic") == rules(Program(repo.path), "main..topic") == FOUND


def test_staged_and_not(repo: RepoBuilder) -> None:
    repo.write({"cart.py": AFTER}).stage()
    repo.write({"cart.py": BEFORE, "new.py": "breakpoint()\n"})
    program = Program(repo.path)
    assert rules(program, "--staged") == FOUND
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    assert rules(program, "--staged") == FOUND
    assert rules(program, "--worktree") == ["leftover"]
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before


def test_a_patch_without_its_project(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    patch = repo.git("diff", "HEAD~1", "HEAD") + "\n"
    (tmp_path / "a.diff").write_text(patch)
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    program = Program(elsewhere)
    found = answer(program, "review", "--diff", str(tmp_path / "a.diff"))
    assert [one["rule"] for one in found["findings"]][:2] == FOUND
    assert found["coverage"] == [
        {
            "path": "cart.py",
            "state": "partial",
            "why": "its whole text is not at hand: only what the diff shows",
        }
    ]
    assert [one["rule"] for one in answer(program, "review", "--diff", "-", input=patch)["findings"]][:2] == FOUND


def test_the_settings_of_the_base_hold(repo: RepoBuilder) -> None:
    """Who changes a line does not decide in the same breath that nobody looks at it."""
    off = '[review]\noff = ["secret/*", "leftover"]\n'
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("second", {"cart.py": AFTER, ".swe-agent.toml": off})
    program = Program(repo.path)
    assert [rule for rule in rules(program, "main..topic") if rule in FOUND] == FOUND
    repo.commit("third", {"cart.py": AFTER + "\n\nbreakpoint()\n"})
    found = answer(program, "review", "HEAD~1..HEAD")["findings"]
    left = [(one["rule"], one["why"]) for one in found if one["place"] == "left out"]
    assert left == [("leftover", "the rule leftover is off")]


def test_what_the_settings_leave_out_is_said(repo: RepoBuilder) -> None:
    repo.commit("settings", {".swe-agent.toml": '[review]\nexclude = ["docs/*", "*.gen.py"]\n'})
    repo.write({"a.gen.py": "breakpoint()\n", "docs/b.py": "breakpoint()\n", "cart.py": AFTER})
    program = Program(repo.path)
    found = answer(program, "review", "--min-coverage", "100")
    assert [one["path"] for one in found["findings"] if one["place"] == "line"] == ["cart.py", "cart.py"]
    skipped = [(one["path"], one["why"]) for one in found["coverage"] if one["state"] == "skipped"]
    assert skipped == [(path, "left out by `review.exclude`") for path in ("a.gen.py", "docs/b.py")]


@pytest.mark.parametrize("folder", ["docs", "docs/", "do*"])
def test_a_folder_leaves_out_its_files(repo: RepoBuilder, folder: str) -> None:
    repo.commit("settings", {".swe-agent.toml": f'[review]\nexclude = ["{folder}"]\n'})
    repo.write({"docs/de/b.py": "breakpoint()\n", "docs.py": "breakpoint()\n"})
    found = answer(Program(repo.path), "review")["findings"]
    assert "docs/de/b.py" not in [one["path"] for one in found]
    assert ("docs.py" in [one["path"] for one in found]) == (folder != "do*")


def test_a_rule_that_is_none_is_told(repo: RepoBuilder) -> None:
    repo.commit("settings", {".swe-agent.toml": '[review]\noff = ["leftovr", "secret/*"]\n'})
    repo.write({"cart.py": AFTER})
    ran = Program(repo.path).run("review", "--json")
    assert ran.stderr.startswith("`review.off` has `leftovr`, which is no rule: ")
    assert [one["rule"] for one in ran.object["findings"] if one["place"] == "line"] == ["leftover"]


def test_gates(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": BEFORE.replace("    return", "    breakpoint()\n    return")})
    program = Program(repo.path)
    assert [program.run("review", "--fail-on", word).code for word in ("critical", "high", "low")] == [0, 1, 1]
    repo.write({"a.bin": b"\0\1", "cart.py": BEFORE})
    assert [program.run("review", "--min-coverage", share).code for share in ("0", "50")] == [0, 1]
    repo.write({"a.bin": None})
    assert shown(program.run("review"), repo.path) == snapshot(name="nothing")
    assert shown(program.run("review", "--fail-on", "worst"), repo.path) == snapshot(name="no such severity")
    assert shown(program.run("review", "nowhere..HEAD"), repo.path) == snapshot(name="no such commit")
    assert shown(program.run("review", "--staged", "--worktree"), repo.path) == snapshot(name="two at once")
    empty = program.run("review", "--diff", "-", input="")
    assert (empty.code, empty.stderr.splitlines()[0]) == (1, "error: nothing is changed: the patch is empty")


def refused(program: Program, *args: str, code: int) -> tuple[str, str]:
    """What is wrong, and what to type."""
    ran = program.run("review", *args)
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    wrong, hint = ran.stderr.splitlines()
    return wrong.removeprefix("error: "), hint.removeprefix("hint: ")


def test_one_commit_alone_and_the_first_one(repo: RepoBuilder) -> None:
    program = Program(repo.path)
    repo.commit("settings", {".swe-agent.toml": '[review]\noff = ["leftover"]\n', "cart.py": BEFORE})
    repo.commit("second", {"cart.py": AFTER})
    assert rules(program, "HEAD^!") == rules(program, "HEAD^..HEAD") == FOUND[:1]
    assert rules(program, "HEAD~2^!") == []
    assert [one["path"] for one in answer(program, "review", "HEAD~2^!")["coverage"]] == ["cart.py"]
    alone = RepoBuilder(repo.path.parent / "alone")
    alone.commit("first", {"cart.py": AFTER, ".swe-agent.toml": '[review]\noff = ["leftover"]\n'})
    program = Program(alone.path)
    assert rules(program, "HEAD^!") == FOUND, "what it brings along does not decide"
    wrong, hint = refused(program, code=1)
    assert wrong == "nothing is uncommitted, and this branch has no commits of its own"
    assert hint == "`swe-agent review HEAD^!` reviews the last commit"
    assert refused(program, "HEAD~1..HEAD", code=2) == (
        "`HEAD~1` names no commit", "the first commit has none before it; `HEAD^!` is HEAD alone"
    )  # fmt: skip


def test_what_a_commit_lacks_is_said(repo: RepoBuilder) -> None:
    repo.commit("second", {"cart.py": AFTER})
    program = Program(repo.path)
    wrong, hint = refused(program, "HEAD^", code=1)
    assert wrong == "HEAD^ has no commit that HEAD lacks"
    assert hint.startswith("`swe-agent review HEAD^..HEAD` reviews what came after it")
    assert refused(program, "HEAD", code=1) == (
        "nothing lies between HEAD and itself", "`swe-agent review HEAD^!` reviews that commit alone"
    )  # fmt: skip
    repo.git("switch", "--quiet", "--orphan", "other")
    repo.commit("elsewhere", {"a.py": "a = 1\n"})
    assert refused(program, "main", code=2) == (
        "HEAD and main have no commit in common: each has a history of its own",
        "`git diff HEAD main` shows how their files differ",
    )


def test_a_shallow_clone_says_what_it_lacks(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    repo.git("clone", "--quiet", "--depth", "1", f"file://{repo.path}", str(tmp_path / "shallow"))
    program = Program(tmp_path / "shallow")
    short = repo.git("rev-parse", "HEAD").strip()[:12]
    brings = "`git fetch --deepen 1` brings it"
    assert refused(program, code=1)[1] == f"{brings}; then `swe-agent review HEAD^!` reviews the last commit"
    assert refused(program, "HEAD^!", code=3) == (
        f"this clone is shallow: what came before {short} is not here", brings
    )  # fmt: skip
    assert refused(program, "HEAD~1..HEAD", code=2)[1] == "`git fetch --unshallow` brings the rest"
    repo.git("-C", str(tmp_path / "shallow"), "fetch", "--quiet", "--deepen", "1")
    assert rules(program, "HEAD^!") == FOUND


def test_a_partial_clone_says_what_it_lacks(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(tmp_path / "some"))
    program = Program(tmp_path / "some")
    wrong, hint = refused(program, "HEAD~1..HEAD", code=3)
    assert wrong == "this is a partial clone, and lacks what 1 of the changed files hold: cart.py"
    command = hint.removeprefix("`").partition("`")[0]
    assert command.startswith("git diff ")
    subprocess.run(["sh", "-c", command], cwd=program.cwd, check=True, capture_output=True)
    assert rules(program, "HEAD~1..HEAD") == FOUND


def test_a_merge_that_is_not_finished_is_named(repo: RepoBuilder) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("theirs", {"cart.py": BEFORE + "# theirs\n", "b.py": "b = 1\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit("ours", {"cart.py": BEFORE + "# ours\n"})
    with pytest.raises(GitFailed):
        repo.git("merge", "topic")
    wrong, hint = refused(Program(repo.path), "--staged", code=3)
    assert wrong == "a merge is not finished: cart.py"
    assert "`swe-agent review --worktree`" in hint


def test_what_is_no_file_is_named(repo: RepoBuilder) -> None:
    inner = RepoBuilder(repo.path / "sub")
    inner.commit("inner", {"a": "1\n"})
    (repo.path / "link").symlink_to("cart.py")
    subprocess.run(["git", "-C", str(repo.path), "add", "sub", "link"], capture_output=True, check=True)
    covered = answer(Program(repo.path), "review", "--staged")["coverage"]
    assert {one["path"]: one["why"] for one in covered} == {
        "link": "it is a symbolic link: only what the diff shows", "sub": "it is a submodule: only what the diff shows"
    }  # fmt: skip


def test_what_asks_no_platform_does_not_load_what_does(repo: RepoBuilder) -> None:
    repo.write({"cart.py": AFTER})
    code = "import sys; from swe_agent.cli.main import run; import atexit; atexit.register(lambda: print(*sys.modules))"
    argv = [sys.executable, "-c", f"{code}; sys.argv = ['swe-agent', 'review', '-o', 'json=/dev/null']; run()"]
    done = subprocess.run(argv, cwd=repo.path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "swe_agent.cli.inspecting" in loaded
    assert not {"swe_agent.bot", "swe_agent.cli.pulling", "swe_agent.cli.ci.posting"} & loaded


def test_formats(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    files = {name: tmp_path / name for name in ("sarif", "rdjson", "codequality", "github-review", "gitlab", "html")}
    ran = Program(repo.path).run(
        "review", "HEAD^!", "-o", "rdjsonl", *(f"-o{name}={path}" for name, path in files.items())
    )
    assert ran.code == 0
    assert [json.loads(line)["code"]["value"] for line in ran.stdout.splitlines()] == FOUND
    texts = {name: path.read_text() for name, path in files.items()}
    assert [one["ruleId"] for one in json.loads(texts["sarif"])["runs"][0]["results"]] == FOUND
    assert len(json.loads(texts["rdjson"])["diagnostics"]) == len(json.loads(texts["codequality"])) == 2
    assert [one["line"] for one in json.loads(texts["github-review"])["comments"]] == [1, 5]
    *notes, summary = json.loads(texts["gitlab"])
    assert [one["position"]["new_line"] for one in notes] == [1, 5]
    assert summary == {"note": json.loads(texts["github-review"])["body"]}
    assert summary["note"].startswith("### Review\n\n1 critical, 1 high, 1 info.")
    assert "looks left over" in texts["html"]
    assert not any(KEY in text for text in (*texts.values(), ran.stdout, ran.stderr))


def test_what_is_beyond_the_first_ones_is_in_every_format(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    texts = [
        Program(repo.path).run("review", "HEAD^!", "--max-comments", "1", "-o", name).stdout
        for name in ("text", "markdown", "github-review", "gitlab")
    ]
    assert all("looks left over" in text for text in texts)
    assert all("1 critical, 1 high" in text for text in texts)
    assert len(json.loads(texts[2])["comments"]) == len(json.loads(texts[3])) - 1 == 1


def test_formats_that_name_commits_need_some(repo: RepoBuilder) -> None:
    repo.write({"cart.py": AFTER}).stage()
    for name in ("gitlab", "github-checks"):
        wrong, hint = refused(Program(repo.path), "--staged", "-o", name, code=2)
        assert wrong == f"`-o {name}` names the commits that it is about, and what is staged has none"
        assert hint == "review a range of commits, such as `main..topic`"
    assert "commit_id" not in json.loads(Program(repo.path).run("review", "--staged", "-o", "github-review").stdout)


def test_markdown(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": AFTER})
    assert shown(Program(repo.path).run("review", "-o", "markdown", "--explain-placement"), repo.path) == snapshot
