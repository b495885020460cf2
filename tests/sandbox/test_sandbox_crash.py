"""Killed at any moment: what is left can be opened and is whole, or is refused in words; and what is left over goes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, fingerprint, git, make_repo
from test_sandbox_hostile import found_in

from sandbox import Box, Policy, SandboxError, Workspace, WorkspaceBusy
from sandbox.leftovers import Leftover, gc

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
LIFE = """
import sys
from pathlib import Path
from sandbox import Box, Policy, Tier, Workspace
root, repo, head = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
print("begun", flush=True)
space = Workspace.create(Box.create(repo, root, cache=root.parent / "cache"), head, checkout=repo)
print("made", flush=True)
for turn in range(1000):
    space.run(Policy(require=Tier.NONE), ["/bin/sh", "-c", f"echo {turn} > turn.txt; git add -A; git commit -qm x"])
    for number in range(5):
        space.write(f"many/{number}.txt", b"x" * 1000 * (turn + 1))
    out = space.extract()
    print(out.tree, flush=True)
    space.reset(space.commit)
"""


def opened(root: Path) -> Workspace:
    """Git processes of the one that was killed hold the lock until they end, which they do by themselves."""
    for _ in range(200):
        try:
            return Workspace.open(root)
        except WorkspaceBusy:
            time.sleep(0.05)
    raise AssertionError("still busy after ten seconds")


@pytest.mark.parametrize("seed", range(100 if FULL else 6))
def test_killed_at_any_moment(seed: int, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", FILES | {f"dir/{n}": f"{n}\n" * 200 for n in range(300)})
    head, before = git(repo, "rev-parse", "HEAD"), fingerprint(repo)
    root, place = tmp_path / "boxes/one", str(Path(__file__).parents[2])
    life = subprocess.Popen(
        [sys.executable, "-c", LIFE, root, repo, head], env=os.environ | {"PYTHONPATH": place}, stdout=subprocess.PIPE
    )
    assert life.stdout is not None
    assert life.stdout.readline() == b"begun\n"
    time.sleep(random.Random(seed).uniform(0, 0.9 if seed % 2 else 0.15))
    life.send_signal(signal.SIGKILL)
    printed = life.communicate()[0].decode().split()
    trees = [line for line in printed if line != "made"]
    try:
        space = opened(root)
    except SandboxError as error:
        refused = error
    else:
        judge_whole(space, head, trees)
        assert fingerprint(repo) == before
        return
    assert "made" not in printed
    assert "half-made" in refused.message
    assert refused.hint
    time.sleep(1.0)  # for git to end
    assert gc(root.parent, older_s=0) or not (root / "tree").exists()
    if (root / "box.json").exists():
        Workspace.create(Box.open(root), head, checkout=repo).destroy()
    assert fingerprint(repo) == before


def judge_whole(space: Workspace, head: str, trees: list[str]) -> None:
    out = space.extract()
    came = {name: (entry.mode, entry.id) for name, entry in space.box.list_tree(out.tree).items()}
    assert came == found_in(space.tree)
    assert all(space.box.list_tree(tree) for tree in trees)  # what was taken home before is still there
    space.reset(head)
    assert space.extract().tree == space.box.tree_of(head)
    space.destroy()


def test_gc_removes_what_is_half_and_says_so(repo: Path, tmp_path: Path) -> None:
    boxes = tmp_path / "boxes"
    head = git(repo, "rev-parse", "HEAD")
    whole = Workspace.create(Box.create(repo, boxes / "whole"), head, checkout=repo)
    busy = Workspace.create(Box.create(repo, boxes / "busy"), head, checkout=repo)
    whole.close()
    (busy.box.root / "workspace.json").unlink()
    half = Box.create(repo, boxes / "half box")
    (half.root / "box.json").unlink()
    cut = Workspace.create(Box.create(repo, boxes / "cut"), head, checkout=repo)
    cut.close()
    (cut.box.root / "workspace.json").unlink()
    (whole.box.packs / "tmp_pack_x").write_bytes(b"half")
    (boxes / "not ours").mkdir()
    (boxes / "not ours/tree").mkdir()
    assert gc(boxes) == ()  # all of it may still be under way
    assert gc(boxes, older_s=-5) == (
        Leftover(path=boxes / "cut/tree", what="half-made workspace"),
        Leftover(path=boxes / "half box", what="half-made box"),
        Leftover(path=boxes / "whole/host.git/objects/pack/tmp_pack_x", what="unfinished file"),
    )
    assert gc(boxes, older_s=-5) == ()
    assert sorted(path.name for path in boxes.iterdir()) == ["busy", "cut", "not ours", "whole"]
    Workspace.create(Box.open(boxes / "cut"), head, checkout=repo).destroy()
    Workspace.open(boxes / "whole").close()
    busy.close()
    assert gc(tmp_path / "nowhere") == ()


def test_a_kept_result_needs_nothing_of_the_users(make: Maker, repo: Path) -> None:
    (repo / "later.py").write_text("later\n" * 50)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "second")
    space = make(repo)
    space.write("app.py", b"value = 3\n")
    tree = space.extract().tree
    space.box.own_objects(space.commit, tree)
    patch = space.box.patch(space.commit, tree)
    for place in (repo / ".git/objects").iterdir():
        shutil.rmtree(place)
    assert space.box.patch(space.commit, tree) == patch
    names = space.box.list_tree(tree)
    assert len(space.box.blobs(entry.id for entry in names.values())) == len({e.id for e in names.values()})
    space.write("app.py", b"value = 4\n")
    assert [change.path for change in space.box.diff(tree, space.extract().tree)] == ["app.py"]
    space.reset(tree)
    assert space.read("app.py") == b"value = 3\n"


@pytest.mark.namespaces
def test_a_lock_that_a_killed_command_left_is_taken_away(space: Workspace) -> None:
    (space.box.root / "agent.git/index.lock").write_bytes(b"")
    assert space.run(Policy(), ["/bin/sh", "-c", "echo x > x && git add -A && git commit -qm x"]).ok
