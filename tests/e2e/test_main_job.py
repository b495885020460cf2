"""The main job with a scripted model: from a task to a landing and back, as a user types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import APPROVED, BUG, EDIT, FINISH, FIX, FIXING, PLAN, TASK, TIER, Program, script, shop, tool

from swe_agent.testing.repository import RepoBuilder, tree_digest

OURS = (".git/swe-agent",)


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    return shop(tmp_path / "my projects" / "shop é")


@pytest.fixture
def program(repo: RepoBuilder) -> Program:
    return Program(repo.path)


def test_a_proposal_with_evidence_and_an_untouched_tree(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    repo.write({"notes.txt": "not yet added\n", "shop/cart.py": repo_text(repo) + "\n# dirty\n"})
    before = tree_digest(repo.path, leave_out=OURS)
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", FIXING), "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before
    proposal = ran.of("ProposalReady")[0]["proposal"]
    assert proposal["verdict"]["states"] == {
        "tests/test_cart.py::test_total_of_nothing": "kept",
        "tests/test_cart.py::test_discount": "fixed",
        "tests/test_cart.py::test_count": "kept",
    }
    assert [
        (block["path"], block["removed"], block["added"])
        for change in proposal["changes"]
        for block in change["blocks"]
    ] == [("shop/cart.py", [f"    {BUG}\n"], [f"    {FIX}\n"])]
    assert ran.of("SnapshotTaken")[0]["snapshot"]["dirty"] is True
    assert ran.of("TaskEnded") == [ran.object]
    assert ran.object["exit_code"] == 0


def repo_text(repo: RepoBuilder) -> str:
    return (repo.path / "shop/cart.py").read_text()


def test_ignored_files_that_the_project_names_come_along_but_secrets(tmp_path: Path) -> None:
    named = {".gitignore": "__pycache__/\nlocal.txt\n.env\n", ".worktreeinclude": "local.txt\n.env\n"}
    repo = shop(tmp_path / "named", named)
    repo.write({"local.txt": "mine\n", ".env": "TOKEN=secret-token\n"})
    look = tool("run", command="cat local.txt .env")
    model = script(tmp_path / "s.json", [PLAN, look, EDIT, FINISH])
    asked = ("run", TASK, "--model", model, "--sandbox", TIER, "--json")
    ran = Program(repo.path).run(*asked)
    assert ran.code == 0, ran.stderr
    assert [("left out: .env" in warned["message"]) for warned in ran.of("Warned")][-1:] == [True]
    said = next(used["result"] for used in ran.of("ToolUsed") if used["name"] == "run")
    assert ("mine" in said, "secret-token" in said) == (True, False)
    assert [change["path"] for change in ran.of("ProposalReady")[0]["proposal"]["changes"]] == ["shop/cart.py"]
    again = Program(repo.path).run(*asked, env={"SWE_AGENT_SANDBOX_INCLUDE": ".env"})
    # A command sees it then; the model still does not.
    said = next(used["result"] for used in again.of("ToolUsed") if used["name"] == "run")
    assert "TOKEN=[redacted: a value of a secret file]" in said


MADE = "mkdir vendor && echo VALUE=1 > vendor/needed.py && echo tool of $(cat pyproject.toml | wc -l) lines"


@pytest.mark.namespaces
def test_what_the_project_needs_is_installed_once_for_its_lock_files(tmp_path: Path) -> None:
    pyproject = '[tool.pytest.ini_options]\npythonpath = [".", "vendor"]\n'
    uses = "import needed\n\n\ndef test_needed():\n    assert needed.VALUE == 1\n"
    repo = shop(tmp_path / "needs", {"pyproject.toml": pyproject, "tests/test_needed.py": uses})
    program = Program(repo.path)
    asked = ("run", TASK, "--model", script(tmp_path / "s.json", FIXING), "--json")
    settings = {"SWE_AGENT_SETUP_COMMAND": MADE, "SWE_AGENT_SETUP_PRODUCTS": "vendor"}

    failed = program.run(*asked, env=settings | {"SWE_AGENT_SETUP_COMMAND": "echo no such package; exit 9"})
    assert (failed.code, failed.of("BaselineTaken")) == (3, [])
    assert "failed with exit status 9\nno such package" in failed.stderr

    first, second = program.run("resume", "--json", env=settings), program.run(*asked, env=settings)
    assert (first.code, second.code) == (0, 0), first.stderr + second.stderr
    assert [ran["reused"] for ran in first.of("SetUpRan") + second.of("SetUpRan")] == [False, True]
    states = second.of("ProposalReady")[0]["proposal"]["verdict"]["states"]
    assert states["tests/test_needed.py::test_needed"] == "kept"
    assert [change["path"] for change in second.of("ProposalReady")[0]["proposal"]["changes"]] == ["shop/cart.py"]
    assert not (repo.path / "vendor").exists()

    repo.write({"pyproject.toml": pyproject + "# another\n"})
    assert [ran["reused"] for ran in program.run(*asked, env=settings).of("SetUpRan")] == [False]
    incomplete = program.run(*asked, env={"SWE_AGENT_SETUP_COMMAND": MADE})
    assert (incomplete.code, "setup.products" in incomplete.stderr) == (2, True)


def test_accept_lands_on_a_dirty_tree_and_undo_takes_it_back(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    mine = repo_text(repo).replace('"""A cart."""', '"""A cart, mine."""')
    repo.write({"shop/cart.py": mine})
    accepted = ready.run("accept", "--sandbox", TIER)
    assert accepted.code == 0, accepted.stderr
    assert repo_text(repo) == mine.replace(BUG, FIX)
    assert ready.run("undo").code == 0
    assert repo_text(repo) == mine


def test_undo_offers_a_merge_where_the_user_has_gone_on(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    assert ready.run("accept", "--sandbox", TIER).code == 0
    before, landed = repo_text(repo).replace(FIX, BUG), repo_text(repo)
    repo.write({"shop/cart.py": landed.replace('"""A cart."""', '"""A cart, mine."""')})
    refused = ready.run("undo")
    assert refused.code == 5
    assert "edited since it landed: shop/cart.py; nothing was written" in refused.stderr
    assert "`swe-agent undo --merge`" in refused.stderr
    assert repo_text(repo) == landed.replace('"""A cart."""', '"""A cart, mine."""')
    assert ready.run("undo", "--merge").code == 0
    assert repo_text(repo) == before.replace('"""A cart."""', '"""A cart, mine."""')


def test_an_undo_in_the_place_of_an_edit_shows_both(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    assert ready.run("accept", "--sandbox", TIER).code == 0
    mine = repo_text(repo).replace(FIX, "return 0  # mine")
    repo.write({"shop/cart.py": mine})
    for words in (["undo"], ["undo", "--merge"]):
        refused = ready.run(*words)
        assert refused.code == 5
        shown = [line.strip() for line in refused.stderr.splitlines()]
        assert shown[shown.index("line 7, yours:") + 1] == "return 0  # mine"
        assert shown[shown.index("line 7, before it landed:") + 1] == BUG
        assert repo_text(repo) == mine


def test_a_conflict_writes_nothing(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    repo.write({"shop/cart.py": repo_text(repo).replace(BUG, "return 0")})
    before = tree_digest(repo.path, leave_out=OURS)
    accepted = ready.run("accept", "--sandbox", TIER)
    assert accepted.code == 5
    assert "shop/cart.py differs from what the proposal was made from, in the same place (block " in accepted.stderr
    shown = [line.strip() for line in accepted.stderr.splitlines()]
    assert shown[shown.index("line 7, yours:") + 1] == "return 0"
    assert shown[shown.index("line 7, proposed:") + 1] == FIX
    assert tree_digest(repo.path, leave_out=OURS) == before


def test_yes_lands_what_a_test_proves(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", FIXING), "--sandbox", TIER, "--yes")
    assert ran.code == 0, ran.stderr
    assert FIX in repo_text(repo)
    stats = program.run("stats", "--json").object["accepted"]
    assert (stats["auto"], stats["blocks"]["n"]) == (1, 0)


def test_yes_refuses_what_no_test_proves(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    steps = [PLAN, tool("create", path="shop/new.py", text="X = 1\n"), FINISH, APPROVED, FINISH]
    before = tree_digest(repo.path, leave_out=OURS)
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER, "--yes")
    assert ran.code == 1
    assert "`--yes` may not accept this proposal" in ran.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before


def test_a_broken_test_is_an_answer_of_no(program: Program, tmp_path: Path) -> None:
    breaking = tool("edit", path="shop/cart.py", old="return len(prices)", new="return 0")
    steps = [PLAN, breaking, FINISH, FINISH, FINISH]
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER, "--json")
    assert ran.code == 1
    states = ran.of("ProposalReady")[0]["proposal"]["verdict"]["states"]
    assert states["tests/test_cart.py::test_count"] == "broken"
    sent_back = [used for used in ran.of("ToolUsed") if used["name"] == "finish"]
    assert [used["ok"] for used in sent_back] == [False, False, False]


def test_no_effect_is_an_answer_of_no(program: Program, tmp_path: Path) -> None:
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", [PLAN, FINISH, FINISH]), "--sandbox", TIER)
    assert ran.code == 1
    assert "no effect" in ran.stderr


def test_plan_only_edits_nothing(program: Program, tmp_path: Path) -> None:
    model = script(tmp_path / "s.json", [PLAN])
    ran = program.run("run", TASK, "--model", model, "--sandbox", TIER, "--plan-only", "--json")
    assert ran.code == 0
    assert ran.of("PlanMade")[0]["plan"]["steps"][0]["paths"] == ["shop/cart.py"]
    assert not ran.of("ToolUsed")


def test_confirm_plan_can_be_declined(program: Program, tmp_path: Path) -> None:
    model = script(tmp_path / "s.json", [PLAN])
    ran = program.run("run", TASK, "--model", model, "--sandbox", TIER, "--confirm-plan", input="n\n")
    assert ran.code == 1
    assert "the plan was declined" in ran.stderr


def test_require_evidence_without_tests(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "bare words")
    repo.commit("text", {"README.md": "# Hello\n"})
    steps = [PLAN, tool("edit", path="README.md", old="# Hello", new="# Hello, world"), FINISH]
    model = script(tmp_path / "s.json", steps)
    program = Program(repo.path)
    lenient = program.run("run", "add a greeting", "--model", model, "--sandbox", TIER)
    assert lenient.code == 0
    assert "unverified" in lenient.stdout
    strict = program.run("run", "add a greeting", "--model", model, "--sandbox", TIER, "--require-evidence")
    assert strict.code == 1
    assert "no test was run" in strict.stderr


def test_desk_decides_block_by_block_and_remembers(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    steps = [
        PLAN,
        tool("edit", path="shop/cart.py", old=BUG, new=FIX),
        tool("edit", path="shop/cart.py", old="return len(prices)", new="return len(list(prices))"),
        FINISH,
    ]
    program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER)
    first = program.run("desk", "--sandbox", TIER, input="y\nq\ny\n")
    assert first.code == 1
    assert FIX in repo_text(repo)
    assert "list(prices)" not in repo_text(repo)
    second = program.run("desk", "--sandbox", TIER, input="n clearer before\n")
    assert second.code == 0, second.stderr
    row = program.run("stats", "--json").object["models"][0]
    assert (row["blocks"]["hits"], row["blocks"]["n"]) == (1, 2)
    journal = program.run("show", "--json").object["journal"]
    reasons = [entry["decision"].get("reason") for entry in journal if entry["type"] == "BlockDecided"]
    assert reasons == [None, "clearer before"]


def test_an_edited_block_lands_as_edited(ready: Program, tmp_path: Path) -> None:
    repo = RepoBuilder(ready.cwd)
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/100/100.0/' \"$1\"\n")
    editor.chmod(0o755)
    ran = ready.run("desk", "--sandbox", TIER, input="e\n\n", env={"EDITOR": str(editor)})
    assert ran.code == 0, ran.stderr
    assert FIX + ".0" in repo_text(repo)
    assert ready.run("undo").code == 0
    assert BUG in repo_text(repo)
    shown = ready.run("desk", input="q\n").stdout
    assert "taken back since; before: accepted, edited" in shown
    assert FIX + ".0" in shown
    assert ready.run("accept", "--sandbox", TIER).code == 0
    assert FIX + ".0" in repo_text(repo)  # what a person wrote is not lost with the landing


def test_reject_keeps_the_tree(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    before = tree_digest(repo.path, leave_out=OURS)
    assert ready.run("reject", "--reason", "not now").code == 0
    assert tree_digest(repo.path, leave_out=OURS) == before
    assert ready.run("list", "--json").object["jobs"] == []
    assert ready.run("list", "--all", "--json").object["jobs"][0]["state"] == "decided"


def test_a_subset_that_breaks_tests_does_not_land(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    steps = [
        PLAN,
        tool("create", path="shop/helper.py", text="def size(prices):\n    return len(prices)\n"),
        tool(
            "edit",
            path="shop/cart.py",
            old='"""A cart."""\n',
            new='"""A cart."""\n\nfrom shop.helper import size\n',
        ),
        tool("edit", path="shop/cart.py", old="return len(prices)", new="return size(prices)"),
        FINISH,
        APPROVED,
        FINISH,
    ]
    program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER)
    before = tree_digest(repo.path, leave_out=OURS)
    ran = program.run(
        "desk", "--sandbox", TIER, input="n\ny\no\ny\no\nq\ny\n"
    )  # what they need is offered, and overruled
    assert ran.code == 1, ran.stdout
    assert "it needs block 1 (rejected): " in ran.stdout
    assert "the accepted blocks alone break tests" in ran.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before


def test_a_subset_that_lacks_a_name_lands_only_by_force(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    steps = [
        PLAN,
        tool("create", path="shop/helper.py", text="def size(prices):\n    return len(prices)\n"),
        tool("edit", path="shop/cart.py", old='"""A cart."""\n', new='"""A cart."""\n\nfrom shop.helper import size\n'),
        FINISH,
        APPROVED,
        FINISH,
    ]
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER, "--json")
    (block,) = (
        block["id"]
        for change in ran.of("ProposalReady")[0]["proposal"]["changes"]
        for block in change["blocks"]
        if block["path"] == "shop/cart.py"
    )
    before = tree_digest(repo.path, leave_out=OURS)
    refused = program.run("accept", "--block", block, "--sandbox", TIER)
    assert refused.code == 1
    assert "do not hold together alone: shop/cart.py:3: `shop/helper.py` is not there; nothing" in refused.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before
    left = program.run("desk", "--sandbox", TIER, input="q\n")
    assert "land 1 accepted block now? [y/N]" in left.stdout
    assert "nothing has landed; `swe-agent land " in left.stderr
    assert tree_digest(repo.path, leave_out=OURS) == before
    assert program.run("land", "--force", "--sandbox", TIER).code == 0
    assert "from shop.helper import size" in repo_text(repo)


def test_replay_and_patch_give_the_recorded_tree(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    tree = ready.run("show", "--json").object["proposal"]["tree"]
    assert ready.run("replay", "--sandbox", TIER, "--json").object["tree"] == tree
    patch = ready.run("show", "--patch").stdout
    repo.git("apply", "--index", "-", input=patch.encode())
    assert repo.git("write-tree").strip() == tree


def test_rerun_is_a_new_job_on_the_recorded_base(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    first = ready.run("show", "--json").object
    repo.commit("the bug is gone", {"shop/cart.py": repo_text(repo).replace(BUG, FIX)})
    second = ready.run("replay", "--rerun", "--sandbox", TIER, "--json")
    assert second.code == 0, second.stderr
    assert second.of("ProposalReady")[0]["proposal"]["tree"] == first["proposal"]["tree"]
    assert second.of("TaskStarted")[0]["job"] != first["job"]


def test_what_was_decided_holds_when_the_same_blocks_come_again(
    program: Program, repo: RepoBuilder, tmp_path: Path
) -> None:
    second = tool("edit", path="shop/cart.py", old="return len(prices)", new="return len(list(prices))")
    model = script(tmp_path / "s.json", [PLAN, EDIT, second, FINISH])
    program.run("run", TASK, "--model", model, "--sandbox", TIER)
    assert program.run("desk", "--no-land", input="y\nn clearer before\n").code == 0
    counts = program.run("stats", "--json").object["accepted"]
    again = program.run("replay", "--rerun", "--sandbox", TIER)
    assert again.code == 0, again.stderr
    assert "2 blocks are decided as before" in again.stderr
    shown = program.run("show").stdout
    assert "rejected: clearer before" in shown
    assert "2 of 2 blocks" not in program.run("list").stdout
    assert program.run("stats", "--json").object["accepted"] == counts
    assert program.run("land", "--sandbox", TIER).code == 0
    assert FIX in repo_text(repo)
    assert "list(prices)" not in repo_text(repo)


def test_forget_erases_source_and_keeps_counts(ready: Program) -> None:
    repo = RepoBuilder(ready.cwd)
    ready.run("accept", "--sandbox", TIER)
    job = ready.run("list", "--all", "--json").object["jobs"][0]["job"]
    counts = ready.run("stats", "--json").object["accepted"]
    assert ready.run("forget", job).code == 0
    kept = b"".join(path.read_bytes() for path in (repo.path / ".git/swe-agent").rglob("*") if path.is_file())
    assert b"discount" not in kept
    assert b"cart.py" not in kept
    ran = ready.run("stats", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.object["accepted"] == counts
    assert ready.run("show", job).code == 2


def test_repair_is_chosen_without_a_model_and_says_so(program: Program, repo: RepoBuilder) -> None:
    ran = program.run("run", TASK, "--engine", "repair", "--sandbox", TIER, "--yes")
    assert ran.code == 0, ran.stderr
    assert FIX in repo_text(repo)
    again = program.run("run", TASK, "--engine", "repair", "--sandbox", TIER)
    assert again.code == 1
    assert "every test passes" in again.stderr


def test_what_unittest_tests_is_repaired(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "sums")
    repo.commit("sums", {
        "lib/sums.py": "def total(parts):\n    all = 1\n    for one in parts:\n        all += one\n    return all\n",
        "tests/__init__.py": "",
        "tests/test_sums.py": (
            "import unittest\nfrom sums import total\n\n\nclass Sums(unittest.TestCase):\n"
            "    def test_none(self):\n        self.assertEqual(total([]), 0)\n\n"
            "    def test_two(self):\n        self.assertEqual(total([2, 3]), 5)\n"
        ),
    })  # fmt: skip
    command = ("--engine", "repair", "--sandbox", TIER, "--yes", "--test", "PYTHONPATH=lib python -m unittest")
    ran = Program(repo.path).run("run", "fix the sums", *command)
    assert ran.code == 0, ran.stderr
    assert "verified: 2 tests fixed, nothing broken" in ran.stderr
    assert "all = 0" in (repo.path / "lib/sums.py").read_text("utf-8")


def test_evidence_comes_from_the_tree_alone(repo: RepoBuilder, program: Program, tmp_path: Path) -> None:
    repo.commit("an ignored module decides a test", {
        ".gitignore": "__pycache__/\nfudge.py\n",
        "tests/test_fudge.py": "def test_fudge():\n    import fudge\n",
        "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\n',
    })  # fmt: skip
    steps = [
        PLAN,
        tool("run", command="echo > fudge.py"),
        tool("edit", path="shop/cart.py", old="return len(prices)", new="return len(prices)  # counted"),
        FINISH,
    ]
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER, "--yes", "--json")
    states = ran.of("ProposalReady")[0]["proposal"]["verdict"]["states"]
    assert states["tests/test_fudge.py::test_fudge"] == "still failing"
    assert ran.code == 1


def test_a_change_that_kills_the_run_is_broken(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    dying = tool("edit", path="shop/cart.py", old='"""A cart."""', new='"""A cart."""\n\nimport os\n\nos._exit(3)')
    steps = [PLAN, dying, FINISH, FINISH, FINISH]
    ran = program.run("run", TASK, "--model", script(tmp_path / "s.json", steps), "--sandbox", TIER)
    assert ran.code == 1
    assert "breaks" in ran.stderr
    assert program.run("accept", "--sandbox", TIER).code == 1
    assert BUG in repo_text(repo)


def test_yes_refuses_a_rewritten_test(program: Program, repo: RepoBuilder, tmp_path: Path) -> None:
    weaker = tool("edit", path="tests/test_cart.py", old="== 180", new="== 220")
    model = script(tmp_path / "s.json", [PLAN, weaker, FINISH])
    ran = program.run("run", TASK, "--model", model, "--sandbox", TIER, "--yes")
    assert ran.code == 1
    assert "failing-test-edited: tests/test_cart.py" in ran.stderr


def test_paths_bind_edits(program: Program, tmp_path: Path) -> None:
    model = script(tmp_path / "s.json", [PLAN, EDIT, FINISH, FINISH])
    ran = program.run("run", TASK, "--model", model, "--sandbox", TIER, "--json", "--", "tests")
    assert ran.code == 1
    assert [(refused["path"], refused["reason"]) for refused in ran.of("EditRefused")] == [("shop/cart.py", "outside")]


def test_a_job_of_another_work_tree_is_not_taken_for_the_last_one(
    program: Program, repo: RepoBuilder, tmp_path: Path
) -> None:
    other = repo.worktree(tmp_path / "other tree", "other")
    elsewhere = Program(other.path)
    elsewhere.run("run", TASK, "--model", script(tmp_path / "s.json", FIXING), "--sandbox", TIER)
    before = repo_text(repo)
    refused = program.run("accept", "--sandbox", TIER)
    assert refused.code == 2
    assert f"-C {other.path}" in refused.stderr
    assert repo_text(repo) == before
    assert elsewhere.run("accept", "--sandbox", TIER).code == 0


def test_no_sandbox_is_typed_again_on_resume(program: Program, tmp_path: Path) -> None:
    model = script(tmp_path / "s.json", [PLAN])
    program.run("run", TASK, "--model", model, "--sandbox", "none", "--plan-only")
    refused = program.run("resume")
    assert refused.code == 3
    assert "--sandbox none" in refused.stderr
