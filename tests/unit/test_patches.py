"""Patches: what git writes of two trees arrives as the second one, byte for byte; what is half or astray is refused."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.strategies import SUBMODULES, Image, tree_pairs

from swe_agent.core.diff import FileEntry, Spliced, subset
from swe_agent.edits.refusal import Refused
from swe_agent.jobs.patches import Message, PatchFits, Taken, put_onto
from swe_agent.repo.patches import is_cut, is_patch
from swe_agent.testing.repository import RepoBuilder
from swe_agent.workspace.box import JobBox


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> JobBox:
    folder = tmp_path_factory.mktemp("patches")
    repo = RepoBuilder(folder / "repo")
    repo.commit("first")
    return JobBox.create(repo.path, folder / "box", lambda: datetime(2026, 1, 1, tzinfo=UTC))


def written(box: JobBox, tree: Mapping[str, Image]) -> str:
    entries = {}
    for path, (mode, data) in tree.items():
        id_ = data.decode() if (mode, data) in SUBMODULES else box.write_blob(data)
        entries[path] = FileEntry(mode=mode, id=id_)
    return box.tree_with(box.tree_of(None), entries)


def all_accepted(box: JobBox, base: str, head: str) -> str:
    """The tree after every block, as landing makes it."""
    changes = box.changes(base, head)
    contents = box.contents(changes)
    entries: dict[str, FileEntry | None] = {}
    for change in changes:
        old, new = (contents.get(entry.id, b"") if entry else b"" for entry in (change.old, change.new))
        for path, image in subset(change, old, new, {block.id: None for block in change.blocks}).items():
            entries.setdefault(path, None)
            if image is not None:
                link = image.mode == "160000" and change.new
                entries[path] = change.new if link else box.entry_of(Spliced(mode=image.mode, data=image.data))
    return box.tree_with(base, entries)


WAYS = (
    ("-M",),
    ("-C", "--find-copies-harder"),
    ("--no-renames", "--full-index"),
    ("-M", "--patience", "--ignore-submodules=none"),
    ("-M", "--no-prefix"),
    ("-M", "--src-prefix=i/", "--dst-prefix=w/"),
    ("-M", "-U0"),
    ("-M", "-W", "--stat", "-p"),
)


@given(tree_pairs(submodules=True), st.sampled_from(WAYS))
def test_any_patch_of_gits_is_the_tree_that_it_was_made_of(
    box: JobBox, pair: tuple[dict[str, Image], dict[str, Image]], options: tuple[str, ...]
) -> None:
    # Git does not take its own patch where a link is moved into a folder in its own place.
    assume("b/below" not in pair[1] or pair[0].get("b", ("", b""))[0] != "120000")
    base, head = (written(box, tree) for tree in pair)
    patch = box.box.git("diff-tree", "-r", "-p", "--binary", *options, base, head)
    taken = put_onto(box, base, patch)
    if base == head:
        assert isinstance(taken, Refused)
        return
    assert isinstance(taken, Taken), taken.feedback
    assert (taken.tree, taken.merged, taken.altered) == (head, False, False)
    assert all_accepted(box, base, head) == head


# ---- one patch, in many states


LINES = "".join(f"line {n}\n" for n in range(20))


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> RepoBuilder:
    """`HEAD~2` to `HEAD`: an edit of text with a binary file and a mode, then a move with an edit."""
    repo = RepoBuilder(tmp_path_factory.mktemp("patched") / "repo")
    repo.commit("first", {"a.py": LINES, "b.bin": b"\0one", "run.sh": "true\n", "d/c.txt": "c\n"})
    repo.chmod("run.sh", 0o755)
    edited = LINES.replace("line 3\n", "line three\n").replace("line 15\n", "line fifteen\n")
    repo.commit("fix: é\n\nwhy\n```\ncode\n```", {"a.py": edited, "b.bin": b"\0two", "empty": ""})
    repo.commit("move it", {"a.py": None, "src/a.py": edited + "line 20\n"})
    return repo


@pytest.fixture(scope="module")
def repo_box(repo: RepoBuilder, tmp_path_factory: pytest.TempPathFactory) -> JobBox:
    return JobBox.create(repo.path, tmp_path_factory.mktemp("box") / "box", lambda: datetime(2026, 1, 1, tzinfo=UTC))


def printed(repo: RepoBuilder, *args: str) -> bytes:
    return repo.git(*args).encode("utf-8", "surrogateescape") + b"\n"


def one(repo: RepoBuilder) -> bytes:
    return printed(repo, "diff", "--binary", "HEAD~2", "HEAD~")


AUTHOR = "Ada Example <ada@example.org>"


def test_mails_in_a_row_tell_who_did_what_and_why(repo: RepoBuilder, repo_box: JobBox) -> None:
    first = Message(text="fix: é\n\nwhy\n```\ncode\n```", author=AUTHOR)
    second = Message(text="move it", author=AUTHOR)
    base, head = repo.tree("HEAD~2"), repo.tree()
    both = Taken(tree=head, messages=(first, second), merged=False, altered=False)
    mails = printed(repo, "format-patch", "--stdout", "HEAD~2")
    assert put_onto(repo_box, base, mails) == both
    assert put_onto(repo_box, base, printed(repo, "format-patch", "--stdout", "--attach", "HEAD~2")) == both
    covered = printed(repo, "format-patch", "--stdout", "--cover-letter", "HEAD~2").replace(
        b"*** SUBJECT HERE", b"Both"
    )
    with_cover = put_onto(repo_box, base, covered)
    assert isinstance(with_cover, Taken)
    assert (with_cover.tree, with_cover.messages[1:]) == (head, (first, second))
    title = PatchFits(changes=repo_box.changes(base, head), messages=with_cover.messages).title
    assert title.startswith("Both ***\n\n*** BLURB HERE ***")
    alone = Taken(tree=repo.tree("HEAD~"), messages=(first,), merged=False, altered=False)
    saved = mails.partition(b"\nFrom ")[0].partition(b"\n")[2]  # as a mail program saves it
    assert put_onto(repo_box, base, saved) == alone
    encoded = b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(saved.partition(b"\n\n")[2])
    sent = saved.partition(b"\nContent-Transfer-Encoding")[0] + b"\n" + encoded
    assert is_patch(sent)
    assert put_onto(repo_box, base, sent) == alone
    assert put_onto(repo_box, base, printed(repo, "show", "--binary", "HEAD~")) == alone
    fits = PatchFits(changes=repo_box.changes(base, head), messages=(first, second))
    assert fits.title.startswith("2 patches: fix: é; move it\n\nfix: é\n\nwhy\n")
    assert fits.title.endswith(f"\n\nmove it\n\nFrom: {AUTHOR}")
    assert PatchFits(changes=fits.changes, messages=(Message(),)).title == "apply a patch: b.bin and 3 more"


def test_a_cut_patch_is_refused_unless_nothing_shows_it(repo: RepoBuilder, repo_box: JobBox) -> None:
    """Wherever it is cut: what is taken are whole files, or is marked."""
    base, patch = repo.tree("HEAD~2"), printed(repo, "diff", "--binary", "-M", "HEAD~2", "HEAD")
    whole = {put_onto(repo_box, base, patch[: found.start()]) for found in re.finditer(rb"^diff --git ", patch, re.M)}
    trees = {taken.tree for taken in whole if isinstance(taken, Taken)} | {repo.tree()}
    ends = {found.end() + more for found in re.finditer(rb"\n", patch) for more in (-1, 0, 1, 4, 12)}
    for end in sorted(end for end in ends if end < len(patch) - 1):
        taken = put_onto(repo_box, base, patch[:end])
        assert isinstance(taken, Refused) or taken.tree in trees or taken.altered, patch[:end]
    mails = printed(repo, "format-patch", "--stdout", "HEAD~2..HEAD~")
    for found in re.finditer(rb"^diff --git ", mails, re.M):
        refused = put_onto(repo_box, base, mails[: found.start()])
        assert isinstance(refused, Refused)
        assert (refused.reason, is_patch(mails[: found.start()])) == ("truncated", found.start() > mails.index(b"diff"))


def test_other_versions_are_merged_or_refused(repo: RepoBuilder, repo_box: JobBox) -> None:
    patch = one(repo)

    def on(text: str, patch: bytes = patch) -> Taken | Refused:
        entry = FileEntry(mode="100644", id=repo_box.write_blob(text.encode()))
        return put_onto(repo_box, repo_box.tree_with(repo.tree("HEAD~2"), {"a.py": entry}), patch)

    far, near, same = (LINES.replace(f"line {n}\n", f"own {n}\n") for n in (10, 2, 3))
    moved = on(far)  # the context is there
    assert isinstance(moved, Taken)
    assert not moved.merged
    merged = on(near)
    assert isinstance(merged, Refused)
    assert merged.reason == "missing"
    assert on(same) == merged
    swapped = LINES.replace("line 5\nline 6\n", "line 6\n").replace("line 0\n", "line -1\nline 0\n")
    found = on(swapped)
    assert isinstance(found, Taken)
    assert found.merged
    bare = printed(repo, "diff", "--binary", "-U0", "HEAD~2", "HEAD~")
    taken = on(LINES, bare)
    assert isinstance(taken, Taken)
    assert taken.tree == repo.tree("HEAD~")
    assert isinstance(on("line -1\n" + LINES, bare), Refused)  # where it would stand, only numbers tell
    pasted = put_onto(repo_box, repo.tree("HEAD~2"), patch.rstrip(b"\n"))
    assert isinstance(pasted, Taken)
    assert pasted.tree == repo.tree("HEAD~")
    again = put_onto(repo_box, repo.tree("HEAD~"), patch)
    assert isinstance(again, Refused)


@pytest.mark.parametrize(
    ("old", "new", "reason", "said"),
    [
        (b"b/a.py", b"b/none.py", "missing", "none.py: does not exist in index"),
        (b"b/empty", b"b/../empty", "outside", "invalid path '../empty'"),
        (b"b/empty", b"b//etc/empty", "outside", "invalid path"),
        (b"b/empty", b"b/.git/hooks/empty", "outside", "invalid path '.git/hooks/empty'"),
        (b"b/empty", b"b/d/.GIT/empty", "outside", "invalid path 'd/.GIT/empty'"),
        (b"b/empty", b"b/run.sh", "exists", "run.sh: already exists in index"),
        (b"literal 4\n", b"literal 4\nx", "malformed", "corrupt binary patch"),
        (b"\n-line 3", b"\n-line 33", "missing", "patch failed: a.py:1"),
        (b"@@ -1,7", b"@@ -1,8", "malformed", "corrupt patch"),
    ],
)
def test_what_git_refuses_is_told_in_its_words(
    repo: RepoBuilder, repo_box: JobBox, old: bytes, new: bytes, reason: str, said: str
) -> None:
    patch = one(repo)
    assert old in patch
    patch = patch.replace(old, new).replace(old.replace(b"b/", b"a/", 1), new.replace(b"b/", b"a/", 1))
    refused = put_onto(repo_box, repo.tree("HEAD~2"), patch)
    assert isinstance(refused, Refused)
    assert (refused.reason, bool(refused.do)) == (reason, True)
    assert said in refused.said


@pytest.mark.parametrize(
    ("data", "patch"),
    [
        (b"diff --git a/x b/x\n", True),
        (b"--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n", True),
        (b"diff -u x y\n--- x\n+++ y\n@@ -1 +1 @@\n-```\n+~~~\n", True),
        (b"so:\n```diff\n--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n```\n", False),
        (b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n<<<<<<< SEARCH\n", False),
        (b"From: a\nSubject: b\n\n```\n```\n---\ndiff --git a/x b/x\n", True),
        (b"a reply", False),
        (b"From: a\nSubject: b\n\nno patch\n", False),
        (b"", False),
    ],
)
def test_a_reply_that_holds_a_patch_is_no_patch(data: bytes, patch: bool) -> None:
    assert is_patch(data) is patch


@pytest.mark.parametrize(
    "said",
    [
        b"Only in new: b.py",
        b"Binary files old/x.bin and new/x.bin differ",
        b"Submodule sub 1111111..2222222:\n  > more",
        b"diff --cc merged.py",
        b"* Unmerged path a.py",
    ],
)
def test_what_is_mentioned_and_not_held_is_not_passed_over(repo: RepoBuilder, repo_box: JobBox, said: bytes) -> None:
    plain = b"--- old/d/c.txt\n+++ new/d/c.txt\n@@ -1 +1 @@\n-c\n+C\n"
    assert isinstance(put_onto(repo_box, repo.tree(), plain), Taken)
    refused = put_onto(repo_box, repo.tree(), said + b"\n" + plain)
    assert isinstance(refused, Refused)
    assert said.decode().partition("\n")[0].rstrip(":") in refused.said


def test_folders_in_front_of_names_are_known_and_not_tried(repo: RepoBuilder, repo_box: JobBox) -> None:
    """`d/c.txt` without a prefix is not `c.txt`."""
    patch = b"diff --git d/c.txt d/c.txt\n--- d/c.txt\n+++ d/c.txt\n@@ -1 +1 @@\n-c\n+C\n"
    tree = repo_box.tree_with(repo.tree(), {"c.txt": repo_box.files(repo.tree())["d/c.txt"]})
    taken = put_onto(repo_box, tree, patch)
    assert isinstance(taken, Taken)
    assert [change.path for change in repo_box.changes(tree, taken.tree)] == ["d/c.txt"]
    both = patch + b"diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 100644\n"
    refused = put_onto(repo_box, tree, both)
    assert isinstance(refused, Refused)
    assert "some without" in refused.said


@pytest.mark.parametrize(
    ("patch", "cut"),
    [
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", False),
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a comment of SQL\n", False),  # the count is wrong, no more
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n@@ -7,3 +7", True),
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n@@ -7,3 +7,3 @@\n", True),
        (b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", False),
        (b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\ndiff --", True),
        (b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n-- \n2.39.5\n\n", False),
        (b"diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\nindex 1111111..2222222\n", True),
        (b'diff --git a/x "b/y\\tz"\nsimilarity index 100%\nrename from x\nrename to "y\\tz"', False),
        (b"diff --git a/x b/d/yz\nsimilarity index 100%\nrename from x\nrename to d/y", True),
        (b"diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n", False),
        (b"diff --git a/x b/x\nnew file mode 100644\nindex 0000000..1111111\n", True),
        (b"diff --git a/x b/x\ndeleted file mode 100644\n", True),
    ],
)
def test_where_a_patch_is_cut(patch: bytes, cut: bool) -> None:
    assert is_cut(patch) is cut


def test_what_a_message_mentions_is_no_part_of_the_patch(repo: RepoBuilder, repo_box: JobBox) -> None:
    """A shown commit's message is not the patch's, whatever it mentions."""
    said = b"commit 1234567\nAuthor: Ada <a@b>\nDate:   today\n\n    Only in words: this\n\n"
    taken = put_onto(repo_box, repo.tree("HEAD~2"), said + one(repo))
    assert isinstance(taken, Taken)
    assert taken.messages == (Message(text="Only in words: this", author="Ada <a@b>"),)
