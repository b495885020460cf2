"""Notes from many writers, in many clones, with kills at any moment: what was recorded is found again everywhere."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cli.shown import answer
from noting import kit_of
from program import Program

from swe_agent.jobs.git_ai import git_ai_labels
from swe_agent.jobs.known import known
from swe_agent.jobs.notes import is_unwritten
from swe_agent.metrics.attribution.interop.agent_trace import Contributor, parse
from swe_agent.metrics.attribution.interop.git_ai import Wrote
from swe_agent.repo.git import Git
from swe_agent.repo.line_notes import read_note
from swe_agent.repo.notes import REF, read_notes, tip_of, tree_of
from swe_agent.testing.repository import RepoBuilder

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"

WORKER = Path(__file__).parents[1] / "support" / "noting.py"
TOP = Path(__file__).parents[2]
CODE = "def total(prices):\n    kept = [price for price in prices if price]\n    return sum(kept) / len(kept)\n"


def git(path: Path, *args: str, check: bool | None = True) -> str:
    """What git says; with `check` None what it says of a failure, too."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *who, "-C", str(path), *args], capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stderr
    return (done.stderr if check is None else done.stdout).strip()


def reader(path: Path) -> Git:
    return Git(path, os.environ)


def blocks(path: Path) -> list[str]:
    return sorted(block.id for evidence in read_notes(reader(path)).evidence for block in evidence.blocks)


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "project")
    repo.commit("first", {"a.py": "first = 1\n"})
    return repo


def decision(id: str, **changed: Any) -> str:
    whole = {
        "id": id, "session": "s1", "path": "total.py", "base": None, "before": None, "after": CODE, "accepted": True,
        "author": "dev@example.org", "model": "maker/model-1",
    }  # fmt: skip
    return json.dumps({**whole, **changed}) + "\n"


def record(path: Path, *decisions: str) -> None:
    ran = Program(path).run("stats", "ingest", "--decisions", "-", input="".join(decisions))
    assert ran.code == 0, ran.stderr


def notes(path: Path, *args: str, code: int = 0) -> str:
    ran = Program(path).run("stats", "notes", *args)
    assert ran.code == code, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def worker(repo: RepoBuilder, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORKER), str(repo.path), name, str(count)],
        cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TOP)},
        start_new_session=True,
    )  # fmt: skip


# ---- many writers


def test_eight_writers_at_once_lose_nothing(repo: RepoBuilder) -> None:
    before = git(repo.path, "config", "--list", "--local")
    each = 25 if FULL else 8
    running = [worker(repo, f"w{number}", each) for number in range(8)]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert (process.returncode, said) == (0, "")
    assert blocks(repo.path) == sorted(f"w{w}-{n}/1" for w in range(8) for n in range(each))
    assert len([name for name in tree_of(reader(repo.path), REF) if name.startswith("evidence/")]) < 3 * 8
    assert git(repo.path, "config", "--list", "--local") == before
    assert not (repo.path / ".git/logs/refs/notes").exists()
    assert git(repo.path, "fsck", "--strict", "--no-dangling") == ""


def test_beside_others_that_add_notes_nothing_is_lost(repo: RepoBuilder) -> None:
    """`git notes add` moves the ref without a look at who has moved it meanwhile: what it has overwritten comes back
    with the next write."""
    commits = [repo.commit(f"number {n}", {"a.py": f"number = {n}\n"}) for n in range(12)]
    running = [worker(repo, f"w{number}", 12) for number in range(3)]
    added = []
    for commit in commits:
        time.sleep(0.2)
        if git(repo.path, "notes", "--ref", "swe-agent", "add", "-m", "reviewed by a person", commit, check=None) == "":
            added.append(commit)  # else it has found the ref locked, and says so
    for process in running:
        _, said = process.communicate(timeout=300)
        assert (process.returncode, said) == (0, "")
    notes(repo.path, "write", "--no-labels")
    assert blocks(repo.path) == sorted(f"w{w}-{n}/1" for w in range(3) for n in range(12))
    assert len(added) > 3
    for commit in added:
        assert git(repo.path, "notes", "--ref", "swe-agent", "show", commit) == "reviewed by a person"


def test_killed_at_any_moment_what_was_promised_is_there(repo: RepoBuilder) -> None:
    chance = random.Random(11)
    promised: list[str] = []
    for round_ in range(12 if FULL else 5):
        running = [worker(repo, f"k{round_}{letter}", 1000) for letter in "ab"]
        first = [process.stdout.readline().strip() for process in running if process.stdout is not None]
        time.sleep(chance.random() * 0.15)
        for process in running:
            os.killpg(process.pid, 9)
        promised += [*first, *(line for process in running for line in process.communicate()[0].split())]
    assert set(promised) == {id_ for id_ in promised if id_}
    found = blocks(repo.path)
    assert {f"{id_}/1" for id_ in promised} <= set(found)
    notes(repo.path, "write", "--no-labels")  # no lock is left behind
    found = blocks(repo.path)
    assert len(found) == len(set(found))
    assert git(repo.path, "fsck", "--no-dangling", "--connectivity-only") == ""


# ---- clones


@pytest.fixture
def clones(repo: RepoBuilder, tmp_path: Path) -> tuple[Path, Path]:
    subprocess.run(["git", "clone", "-q", "--bare", str(repo.path), str(tmp_path / "hub.git")], check=True)
    for name in ("one", "two"):
        subprocess.run(["git", "clone", "-q", str(tmp_path / "hub.git"), str(tmp_path / name)], check=True)
    return tmp_path / "one", tmp_path / "two"


def test_two_clones_that_each_recorded_lose_nothing(clones: tuple[Path, Path]) -> None:
    one, two = clones
    record(one, decision("one-1"))
    record(two, decision("two-1"))
    said = notes(one, "push")
    assert "going out to origin" in said
    assert "keyed hashes of 3 lines in 1 block, their paths" in said
    record(one, decision("one-2"))
    notes(two, "push")
    notes(one, "push")
    notes(two, "fetch")
    for path in clones:
        assert blocks(path) == ["one-1/1", "one-2/1", "two-1/1"]
        assert len(read_notes(reader(path)).keys) == 2  # each made its own before it had seen the other's
    assert tip_of(reader(one)) == tip_of(reader(two))
    # From now on both take the same key: the older one.
    record(one, decision("one-3"))
    record(two, decision("two-3"))
    newest = {}
    for path in clones:
        last = json.loads((path / ".git/swe-agent/journal.jsonl").read_text().splitlines()[-1])
        newest[path] = last["evidence"]["key"]
    assert set(newest.values()) == {read_notes(reader(one)).keys[0].id}


def test_where_nothing_is_new_nothing_is_written(clones: tuple[Path, Path]) -> None:
    one, two = clones
    assert "nothing is recorded here yet" in notes(one, "write")
    record(one, decision("one-1"))
    notes(one, "push")
    notes(two, "fetch")
    tip = tip_of(reader(one))
    for _ in range(2):
        for path in clones:
            notes(path, "push")
            notes(path, "fetch")
            notes(path, "write")
    assert tip_of(reader(one)) == tip_of(reader(two)) == tip


def test_pushes_at_once_all_arrive(clones: tuple[Path, Path], tmp_path: Path) -> None:
    for path in clones:
        record(path, *(decision(f"{path.name}-{n}") for n in range(3)))
    running = [Program(path).start("stats", "notes", "push") for path in clones]
    for process in running:
        out, said = process.communicate(timeout=120)
        assert process.returncode == 0, out + said
    assert blocks(tmp_path / "hub.git") == sorted(f"{name}-{n}/1" for name in ("one", "two") for n in range(3))


def test_a_fetch_by_force_is_healed_by_the_next_write(clones: tuple[Path, Path], tmp_path: Path) -> None:
    """As by a refspec `+refs/notes/*:refs/notes/*`: what came from elsewhere, and stands in no journal here, is lost
    for a moment."""
    one, two = clones
    record(one, decision("one-1"))
    notes(one, "export", "--output", str(tmp_path / "bundle"))
    third = tmp_path / "third"
    subprocess.run(["git", "clone", "-q", str(tmp_path / "hub.git"), str(third)], check=True)
    record(third, decision("third-1"))
    notes(third, "push")
    record(two, decision("two-1"))
    notes(two, "import", str(tmp_path / "bundle"))
    git(two, "fetch", "-q", "origin", "+refs/notes/*:refs/notes/*")
    assert blocks(two) == ["third-1/1"]
    notes(two, "write")
    assert blocks(two) == ["one-1/1", "third-1/1", "two-1/1"]
    notes(two, "push")
    assert blocks(tmp_path / "hub.git") == ["one-1/1", "third-1/1", "two-1/1"]


def test_refs_and_heads_of_the_user_stay(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = clones
    record(one, decision("one-1"))
    notes(one, "push")
    git(one, "commit", "-q", "--allow-empty", "-m", "new")
    git(one, "push", "-q", "origin", "HEAD")
    before = git(two, "for-each-ref")
    notes(two, "fetch")
    assert sorted(set(git(two, "for-each-ref").split("\n")) - set(before.split("\n"))) == [
        f"{tip_of(reader(two))} commit\t{REF}"
    ]
    assert not (two / ".git/FETCH_HEAD").exists()


def test_a_fresh_clone_that_fetched_all_notes_itself(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, _ = clones
    (one / "total.py").write_text(CODE)
    record(one, decision("one-1", base=git(one, "rev-parse", "HEAD")))
    git(one, "add", "-A")
    git(one, "commit", "-q", "-m", "total")
    git(one, "push", "-q", "origin", "HEAD")
    notes(one, "push")
    commit = git(one, "rev-parse", "HEAD")
    shown = git(one, "notes", "--ref", "swe-agent", "show", commit)
    assert shown == "swe-agent lines 1\ntotal.py\tone-1/1\t1-3"
    assert read_note(shown.encode()) == {"total.py": [("one-1/1", 1, 3)]}
    for options in ((), ("--depth", "1"), ("--filter=blob:none",)):
        path = tmp_path / f"fresh{len(options)}{options[:1]}"
        url = f"file://{tmp_path / 'hub.git'}"
        subprocess.run(["git", "-C", str(tmp_path), "clone", "-q", *options, url, str(path)], check=True)
        git(path, "fetch", "-q", "origin", "+refs/notes/*:refs/notes/*") if not options else notes(path, "fetch")
        assert blocks(path) == ["one-1/1"]
    # In a repository whose commits the notes do not know, evidence can be read all the same.
    other = RepoBuilder(tmp_path / "other")
    other.commit("imported", {"lib/total.py": CODE})
    git(other.path, "fetch", "-q", str(one), f"{REF}:{REF}")
    assert blocks(other.path) == ["one-1/1"]


def test_removed_notes_come_back_from_the_journal_alone(repo: RepoBuilder) -> None:
    record(repo.path, decision("a"))
    notes(repo.path, "write")
    git(repo.path, "notes", "--ref", "swe-agent", "add", "-m", "words", "HEAD")
    git(repo.path, "update-ref", "-d", REF)
    notes(repo.path, "write")
    assert blocks(repo.path) == ["a/1"]
    assert "words" not in git(repo.path, "notes", "--ref", "swe-agent", "list")


def test_a_damaged_and_a_newer_segment_are_passed_over_and_kept(repo: RepoBuilder) -> None:
    record(repo.path, decision("a"))
    notes(repo.path, "write", "--no-labels")
    for name, text in (
        ("damaged", "swe-agent evidence 2\n{\n\n"),
        ("newer", "swe-agent evidence 3\nof another kind\n"),
    ):
        blob = subprocess.run(
            ["git", "-C", str(repo.path), "hash-object", "-w", "--stdin"], input=text, text=True, capture_output=True
        ).stdout.strip()
        _put(repo.path, f"evidence/{name}", blob)
    record(repo.path, decision("b"))
    assert "passed over: evidence/newer: it has version 3" in notes(repo.path, "write", "--no-labels")
    read = read_notes(reader(repo.path))
    assert sorted(block.id for one in read.evidence for block in one.blocks) == ["a/1", "b/1"]
    assert [told.split(":")[0] for told in read.damaged] == ["evidence/damaged", "evidence/newer"]
    assert read.damaged[1].endswith("it has version 3; this swe-agent reads 2")


def _put(path: Path, name: str, blob: str) -> None:
    """Another program's change of the same tree."""
    index = {**os.environ, "GIT_INDEX_FILE": str(path / ".git/other-index")}
    subprocess.run(["git", "-C", str(path), "read-tree", REF], env=index, check=True)
    subprocess.run(
        ["git", "-C", str(path), "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}"], env=index, check=True
    )
    tree = subprocess.check_output(["git", "-C", str(path), "write-tree"], env=index, text=True).strip()
    made = git(path, "commit-tree", tree, "-p", REF, "-m", "by another program")
    git(path, "update-ref", REF, made)


def test_no_name_is_needed(repo: RepoBuilder) -> None:
    record(repo.path, decision("a"))
    ran = Program(repo.path).run(
        "stats", "notes", "write", "--no-labels", env={"GIT_AUTHOR_NAME": "", "GIT_COMMITTER_NAME": "", "EMAIL": ""}
    )
    assert ran.code == 0, ran.stderr
    assert git(repo.path, "log", "-1", "--format=%cn <%ce>", REF) == "swe-agent <swe-agent>"


# ---- what is known here


def test_each_block_is_known_once_from_wherever_it_came(clones: tuple[Path, Path]) -> None:
    one, two = clones
    record(one, decision("one-1"), decision("one-2"))
    notes(one, "push")
    record(two, decision("two-1"))
    seen = []
    for step in (lambda: None, lambda: notes(two, "fetch"), lambda: notes(two, "write"), lambda: notes(two, "push")):
        step()
        known_ = known(kit_of(two))
        seen.append(sorted(block.id for evidence in known_.evidence for block in evidence.blocks))
        assert {evidence.key for evidence in known_.evidence} <= known_.keys.keys()
    assert seen == [["two-1/1"], *[["one-1/1", "one-2/1", "two-1/1"]] * 3]
    # What a damaged note would have held is taken from the journal, as far as that knows it.
    name = next(name for name in tree_of(reader(two), REF) if name.startswith("evidence/"))
    _put(two, name, git(two, "hash-object", "-w", "/dev/null"))
    known_ = known(kit_of(two))
    assert "two-1/1" in [block.id for evidence in known_.evidence for block in evidence.blocks]


def test_the_digest_tells_whether_anything_is_new(repo: RepoBuilder) -> None:
    kit = kit_of(repo.path)
    record(repo.path, decision("a"))
    first = known(kit).digest
    record(repo.path, decision("a"), decision("b", accepted=False))
    assert known(kit).digest == first
    assert is_unwritten(kit)
    record(repo.path, decision("c"))
    assert known(kit).digest != first
    notes(repo.path, "write", "--no-labels")
    assert not is_unwritten(kit)
    record(repo.path, decision("d", accepted=False))
    assert not is_unwritten(kit)


def test_a_git_notes_that_was_fetched_by_hand_brings_its_key(clones: tuple[Path, Path]) -> None:
    one, two = clones
    record(one, decision("one-1"))
    notes(one, "push")
    git(two, "fetch", "-q", "origin", "+refs/notes/*:refs/notes/*")
    record(two, decision("two-1"))
    assert len(known(kit_of(two)).keys) == 1


# ---- what can go wrong on the way


@pytest.mark.parametrize(
    ("remote", "said"),
    [
        (None, "there is no remote"),
        ("none-there", "there is no repository at"),
        ("https://127.0.0.1:9/x.git", "cannot be reached"),
        ("empty", "has no notes of swe-agent"),
    ],
)
def test_a_remote_that_has_nothing_for_us(repo: RepoBuilder, tmp_path: Path, remote: str | None, said: str) -> None:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "empty")], check=True)
    if remote is not None:
        url = remote if "://" in remote else str(tmp_path / remote)
        git(repo.path, "remote", "add", "origin", url)
    told = notes(repo.path, "fetch", code=3)
    assert said in told
    assert "hint: " in told


def test_a_password_in_a_remotes_address_is_not_shown(repo: RepoBuilder) -> None:
    git(repo.path, "remote", "add", "origin", "https://dev:hunter2@127.0.0.1:9/x.git")
    told = notes(repo.path, "fetch", code=3)
    assert "127.0.0.1" in told
    assert "hunter2" not in told


def test_a_server_that_refuses_is_told(clones: tuple[Path, Path], tmp_path: Path) -> None:
    hook = tmp_path / "hub.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho notes are not allowed here >&2\nexit 1\n")
    hook.chmod(0o755)
    record(clones[0], decision("a"))
    told = notes(clones[0], "push", code=3)
    assert "does not take notes" in told


def test_a_dry_run_sends_nothing(clones: tuple[Path, Path], tmp_path: Path) -> None:
    record(clones[0], decision("a"))
    said = " ".join(notes(clones[0], "push", "--dry-run").split())
    assert said == (
        f"would go out to origin ({tmp_path / 'hub.git'}): keyed hashes of 3 lines in 1 block, their paths, sessions, "
        "models and times, keyed marks of authors, and the key; no source, prompts or names"
    )
    assert tip_of(reader(tmp_path / "hub.git")) == ""
    notes(clones[0], "push")
    assert notes(clones[0], "push", "--dry-run") == "nothing new for origin\n"


def test_nothing_of_the_text_is_in_the_notes(clones: tuple[Path, Path], tmp_path: Path) -> None:
    record(
        clones[0], decision("a", author="canary@example.org", reason="canary", proposed=CODE.replace("kept", "canary"))
    )
    notes(clones[0], "push")
    hub = tmp_path / "hub.git"
    whole = "".join(git(hub, "cat-file", "blob", one.blob) for one in tree_of(reader(hub), REF).values())
    assert "total.py" in whole
    assert not [word for word in ("canary", "prices", "kept", "len(") if word in whole]


# ---- as a file, and as other tools write it


def landed(path: Path, *decisions: str) -> str:
    """The commit in which accepted work came."""
    (path / "total.py").write_text(CODE)
    record(path, *decisions)
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "total")
    return git(path, "rev-parse", "HEAD")


def test_notes_go_by_a_file_where_there_is_no_remote(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = clones
    record(one, decision("one-1"))
    record(two, decision("two-1"))
    file = tmp_path / "notes.bundle"
    assert notes(one, "export", "--output", str(file)).startswith("written: ")
    assert "taken up: the notes of others" in notes(two, "import", str(file))
    assert notes(two, "import", str(file)) == "nothing new\n"
    assert blocks(two) == ["one-1/1", "two-1/1"]
    assert "there is no file" in notes(two, "import", str(tmp_path / "none"), code=2)
    (tmp_path / "other").write_text("no bundle\n")
    assert "holds no notes" in notes(two, "import", str(tmp_path / "other"), code=2)
    assert "cannot write" in notes(two, "export", "--output", str(tmp_path / "no folder/x"), code=3)


def test_notes_of_git_ai_are_written_beside_those_that_are_there(repo: RepoBuilder) -> None:
    first = git(repo.path, "rev-parse", "HEAD")
    theirs = '---\n{\n  "schema_version": "authorship/3.0.0",\n  "base_commit_sha": "x",\n  "prompts": {}\n}'
    git(repo.path, "notes", "--ref", "ai", "add", "-m", theirs, first)
    commit = landed(repo.path, decision("e"))
    assert notes(repo.path, "export", "--format", "git-ai") == "written into refs/notes/ai: notes on 1 commit\n"
    again = notes(repo.path, "export", "--format", "git-ai")
    assert again == "written into refs/notes/ai: notes on 0 commits; 1 commit had one already\n"
    assert git(repo.path, "notes", "--ref", "ai", "show", first) == theirs
    labels = git_ai_labels(reader(repo.path), [first, commit, "0" * 40])
    assert labels == {
        first: {},
        commit: {
            "total.py": [
                Wrote(first=1, last=3, kind="ai", session="s1", tool="swe-agent", model="maker/model-1"),
            ]
        },
    }


def test_records_of_agent_trace(repo: RepoBuilder, tmp_path: Path) -> None:
    assert notes(repo.path, "export", "--format", "agent-trace") == ""
    commit = landed(repo.path, decision("e"))
    (line,) = notes(repo.path, "export", "--format", "agent-trace").splitlines()
    record_ = parse(line)
    assert record_.vcs == ("git", commit)
    assert [(file.path, file.conversations[0].contributor) for file in record_.files] == [
        ("total.py", Contributor(type="ai", model_id="maker/model-1"))
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record_.timestamp)
    assert notes(repo.path, "export", "--format", "agent-trace", "--output", str(tmp_path / "traces.jsonl")) == ""
    assert (tmp_path / "traces.jsonl").read_text() == line + "\n"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("--format", "csv"), "there is no format `csv`"),
        ((), "A bundle is a file"),
        (("--format", "git-ai", "--output", "x"), "lie in `refs/notes/ai` alone"),
    ],
)
def test_exports_that_are_none(repo: RepoBuilder, typed: tuple[str, ...], said: str) -> None:
    assert said in notes(repo.path, "export", *typed, code=2)


def test_answers_for_programs(clones: tuple[Path, Path], tmp_path: Path) -> None:
    one, two = Program(clones[0]), Program(clones[1])
    landed(clones[0], decision("e"))
    written = answer(one, "stats", "notes", "write")
    assert {name: written[name] for name in ("blocks", "lines", "commits", "taken_up")} == {
        "blocks": 1, "lines": 3, "commits": 1, "taken_up": 0
    }  # fmt: skip
    going = answer(one, "stats", "notes", "push", "--dry-run")
    assert (going["blocks"], going["lines"], going["commits"], going["first"], going["same"]) == (1, 3, 1, True, False)
    assert answer(one, "stats", "notes", "push")["tip"] == written["tip"]
    assert answer(two, "stats", "notes", "fetch")["tip"] == written["tip"]
    assert answer(two, "stats", "notes", "export", "--output", str(tmp_path / "b"))["tip"] == written["tip"]
    assert answer(two, "stats", "notes", "import", str(tmp_path / "b"))["taken_up"] == 0
    assert answer(one, "stats", "notes", "export", "--format", "git-ai")["commits"] == 1
