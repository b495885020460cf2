"""A reply of any model lands exactly, or nothing does."""

from __future__ import annotations

import pytest
from program import BUG, FIX, TIER, Program

from cli.shown import answer

BLOCK = f"""Here is the fix:

shop/cart.py
```python
<<<<<<< SEARCH
    {BUG}
=======
    {FIX}
>>>>>>> REPLACE
```
"""
DIFF = f"""--- a/shop/cart.py
+++ b/shop/cart.py
@@ -6,2 +6,2 @@
     amount = sum(prices)
-    {BUG}
+    {FIX}
"""


def tree(program: Program) -> dict[str, bytes]:
    files = [path for path in program.cwd.rglob("*") if path.is_file() and ".git" not in path.parts]
    return {str(path.relative_to(program.cwd)): path.read_bytes() for path in files}


def landed(program: Program) -> bool:
    text = (program.cwd / "shop/cart.py").read_text()
    assert (FIX in text) != (BUG in text)
    return FIX in text


@pytest.mark.parametrize("reply", [BLOCK, DIFF, DIFF.replace("\n", "\r\n")])
def test_a_reply_lands_at_once_and_is_taken_back(fresh: Program, reply: str) -> None:
    before = tree(fresh)
    ran = fresh.run("apply", input=reply, env={"PATH": "/usr/bin:/bin"})
    assert (ran.code, landed(fresh)) == (0, True), ran.stderr
    assert ran.stdout.splitlines() == ["shop/cart.py: written", "landed: shop/cart.py"]
    assert "not tested: no test was asked for" in ran.stderr
    assert fresh.run("undo").code == 0
    assert tree(fresh) == before


def test_it_says_what_was_overlooked(fresh: Program) -> None:
    (fresh.cwd / "reply.md").write_text(
        BLOCK.replace(f"    {BUG}\n", f"  {BUG}\n").replace(f"    {FIX}\n", f"  {FIX}\n")
    )
    checked = answer(fresh, "apply", "--check", "reply.md")
    assert (checked["type"], checked["files"]) == ("ReplyFits", {"shop/cart.py": "written"})
    assert checked["overlooked"] == {"shop/cart.py": ["indentation"]}
    assert not landed(fresh)
    ran = fresh.run("apply", "reply.md")
    assert (ran.code, landed(fresh)) == (0, True)
    assert f"    {FIX}\n" in (fresh.cwd / "shop/cart.py").read_text()
    assert "shop/cart.py: not quoted exactly; overlooked: indentation" in ran.stderr


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (BLOCK.replace(BUG, "return amounts"), "(missing)"),
        (BLOCK.replace(">>>>>>> REPLACE", ""), "(truncated)"),
        (BLOCK.replace("shop/cart.py", "shop/none.py"), "(missing file)"),
        (BLOCK.replace(FIX, "return amount -"), "(syntax)"),
        (BLOCK.replace("shop/cart.py", "../shop/cart.py"), "(outside)"),
        ("I would rather talk about it.", "(no edit)"),
        ("", "(no edit)"),
        (BLOCK + BLOCK.replace("shop/cart.py", "README.md"), "(missing file)"),
        (f"{BLOCK}\nshop/basket.py\n```python\nclass Basket:\n    pass\n```\n", "(malformed)"),
    ],
)
def test_half_an_edit_is_refused_and_nothing_is_touched(fresh: Program, reply: str, said: str) -> None:
    before = tree(fresh)
    ran = fresh.run("apply", input=reply)
    assert (ran.code, ran.stdout) == (1, "")
    assert said in ran.stderr
    assert "hint: " in ran.stderr
    assert tree(fresh) == before
    assert answer(fresh, "list", "--all")["jobs"] == []


def test_a_proposal_for_the_desk(fresh: Program) -> None:
    (fresh.cwd / "reply.md").write_text(DIFF)
    ran = fresh.run("apply", "--propose", "reply.md", "--json")
    assert ran.code == 0
    proposal = ran.of("ProposalReady")[0]["proposal"]
    assert (proposal["provenance"]["engine"], proposal["provenance"]["edit_format"]) == ("apply", "unified")
    assert proposal["verdict"]["after"] is None
    assert not landed(fresh)
    assert fresh.run("accept").code == 0
    assert landed(fresh)


def test_a_rerun_applies_the_recorded_reply(fresh: Program) -> None:
    assert fresh.run("apply", "--propose", input=BLOCK).code == 0
    ran = fresh.run("replay", "--rerun", "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert ran.of("ReplyTaken")[0]["text"] == BLOCK
    assert ran.of("ProposalReady")[0]["proposal"]["changes"][0]["path"] == "shop/cart.py"


def test_with_a_test_it_lands_only_where_nothing_breaks(fresh: Program) -> None:
    test = ("--test", "python -m pytest -q", "--sandbox", TIER)
    breaking = fresh.run("apply", *test, input=BLOCK.replace(FIX, "return None"))
    assert (breaking.code, landed(fresh) or BUG not in (fresh.cwd / "shop/cart.py").read_text()) == (1, False)
    ran = fresh.run("apply", *test, "--json", input=BLOCK)
    assert ran.code == 0, ran.stderr
    assert [event["type"] for event in ran.events[-2:]] == ["TaskEnded", "LandingDone"]
    assert ran.object["verdict"]["after"] is not None
    assert landed(fresh)


@pytest.mark.parametrize("args", [("nowhere.md",), ("--format", "patch"), ("--sandbox", "soft")])
def test_what_is_mistyped(fresh: Program, args: tuple[str, ...]) -> None:
    assert fresh.run("apply", *args, input=BLOCK).code == 2
    assert not landed(fresh)


MODE = """diff --git a/run.sh b/bin/run.sh
old mode 100644
new mode 100755
rename from run.sh
rename to bin/run.sh
--- a/run.sh
+++ b/bin/run.sh
@@ -1,2 +1,2 @@
 #!/bin/sh
-echo 1
+echo 2
"""


def test_names_and_modes_land_with_the_text(fresh: Program) -> None:
    script = fresh.cwd / "run.sh"
    script.write_text("#!/bin/sh\necho 1\n")
    before = tree(fresh)
    assert fresh.run("apply", input=MODE).code == 0
    moved = fresh.cwd / "bin/run.sh"
    assert (script.exists(), moved.read_text(), moved.stat().st_mode & 0o111) == (False, "#!/bin/sh\necho 2\n", 0o111)
    assert fresh.run("undo").code == 0
    assert (tree(fresh), script.stat().st_mode & 0o111) == (before, 0)
    ran = fresh.run("apply", input="diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n")
    assert (ran.code, ran.stdout.splitlines()[0]) == (0, "run.sh: written")
    assert script.stat().st_mode & 0o111 == 0o111
    assert (
        fresh.run("apply", input="*** Begin Patch\n*** Update File: run.sh\n*** Move to: r\n*** End Patch\n").code == 0
    )
    assert (fresh.cwd / "r").stat().st_mode & 0o111 == 0o111


def test_an_edit_of_an_older_version_is_told(fresh: Program) -> None:
    path = fresh.cwd / "shop/cart.py"
    path.write_text(path.read_text().replace(BUG, "return amount * 2"))
    ran = fresh.run("apply", input=BLOCK)
    assert ran.code == 1
    assert "(stale): shop/cart.py: it fits the file as it was in commit " in ran.stderr
    refused = fresh.run("apply", "--json", input=BLOCK).of("ReplyRefused")[0]
    assert (refused["refusal"]["reason"], refused["refusal"]["path"]) == ("stale", "shop/cart.py")
    assert refused["text"].startswith("shop/cart.py: it fits the file as it was")


def test_a_rename_goes_by_the_index(fresh: Program) -> None:
    ran = fresh.run("apply", input="*** Rename Symbol: shop/cart.py::total -> amount_due\n")
    assert ran.code == 0, ran.stderr
    assert "def amount_due(" in (fresh.cwd / "shop/cart.py").read_text()
    assert "import count, amount_due" in (fresh.cwd / "tests/test_cart.py").read_text()


def test_what_a_model_is_to_be_told(fresh: Program) -> None:
    assert "<<<<<<< SEARCH" in fresh.run("apply", "--instructions", "--format", "search-replace").stdout
    assert fresh.run("apply", "--instructions").code == 2


ADD = "*** Begin Patch\n*** Add File: {}\n+x = 1\n*** End Patch\n"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("link/new.py", "goes through a symbolic link"),
        ("inner/new.py", "goes through a symbolic link"),
        ("link", "goes through a symbolic link"),
        ("shop", "is a folder"),
        ("out.log", "git is told not to look at it"),
        ("shop/cart.py/x.py", "is a file and cannot hold"),
    ],
)
@pytest.mark.parametrize("option", [(), ("--check",)])
def test_what_lies_in_the_way_is_left_alone(fresh: Program, path: str, said: str, option: tuple[str, ...]) -> None:
    outside = fresh.cwd.parent / "outside"
    outside.mkdir()
    (fresh.cwd / "link").symlink_to(outside)
    (fresh.cwd / "inner").symlink_to("shop")
    (fresh.cwd / ".gitignore").write_text("*.log\n")
    (fresh.cwd / "out.log").write_text("kept\n")
    before = tree(fresh)
    ran = fresh.run("apply", *option, input=ADD.format(path))
    assert (ran.code, said in ran.stderr) == (1, True), ran.stderr
    assert (tree(fresh), list(outside.iterdir())) == (before, [])
