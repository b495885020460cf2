"""A workspace from its making to its end, and what a hostile agent can do to the way out."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, fingerprint, git, make_repo

from sandbox import (
    Box,
    Dependency,
    Extraction,
    Limits,
    Policy,
    Refused,
    SandboxError,
    Tier,
    Workspace,
    WorkspaceBusy,
    find_dependencies,
)

BARE = Policy(require=Tier.NONE)
TIERS = [
    pytest.param(Policy(), marks=pytest.mark.namespaces, id="namespaced"),
    pytest.param(BARE, id="none"),
]


def sh(space: Workspace, policy: Policy, script: str) -> str:
    result = space.run(policy, ["/bin/sh", "-ec", script])
    assert result.status == 0, result
    return result.stdout.decode("utf-8", "surrogateescape")


def changes(space: Workspace, out: Extraction) -> list[tuple[str, str]]:
    return [(change.path, change.status) for change in space.box.diff(space.commit, out.tree)]


@pytest.mark.parametrize("policy", TIERS)
def test_the_users_tree_and_repository_stay_as_they_are(repo: Path, make: Maker, policy: Policy) -> None:
    (repo / "app.py").write_text("dirty\n")
    (repo / "x.log").write_text("ignored")
    before = fingerprint(repo)
    space = make(repo)
    sh(
        space,
        policy,
        "echo 2 > app.py; rm -r pkg; git add -A; git commit -qm x; git branch other; git gc -q; git stash list",
    )
    out = space.extract()
    assert changes(space, out) == [("app.py", "M"), ("pkg/__init__.py", "D"), ("pkg/mod.py", "D")]
    space.reset(space.commit)
    space.destroy()
    space.box.destroy()
    assert fingerprint(repo) == before


@pytest.mark.parametrize("policy", TIERS)
def test_git_inside_is_ordinary(space: Workspace, policy: Policy, repo: Path) -> None:
    git(repo, "tag", "v1")
    git(repo, "branch", "feature/x")
    script = "git status -sb; git log --format=%s; git rev-parse --show-toplevel; echo 3 > app.py; git diff --stat"
    top, diff = space.inside(policy), " app.py | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n"
    assert sh(space, policy, script) == f"## main\nfirst\n{top}\n{diff}"
    sh(
        space,
        policy,
        "git switch -qc work; git commit -qam more; git checkout -q main; git merge -q work; git fsck --no-dangling",
    )
    assert git(repo, "branch", "--format=%(refname:short)").split() == ["feature/x", "main"]


@pytest.mark.namespaces
def test_the_files_appear_at_the_users_own_path(space: Workspace, repo: Path, policy: Policy) -> None:
    assert space.inside(policy) == repo
    assert sh(space, policy, "pwd; cat app.py; ls -A ..") == f"{repo}\nvalue = 1\n{repo.name}\n"
    assert space.run(policy, ["pwd"], "pkg").stdout.decode() == f"{repo}/pkg\n"
    with pytest.raises(Refused):
        space.run(policy, ["pwd"], "../..")


@pytest.mark.namespaces
def test_the_users_repository_is_out_of_reach(space: Workspace, repo: Path, policy: Policy) -> None:
    marks = fingerprint(space.box.git_dir)
    script = """
        test ! -e .git/config
        cat .git
        (rm -f .git || mv .git x || echo gitdir: /tmp > .git || rmdir .git) 2>/dev/null && exit 9
        (touch /run/swe/objects/x || touch /run/swe/box/x) 2>/dev/null && exit 8
        (echo "$PWD/.git" > /run/swe/git/commondir); rm -f /run/swe/git/commondir
        git config core.fsmonitor /tmp/evil; git config core.hooksPath /tmp
        find /tmp /run /root /home -name 'box.json' 2>/dev/null || true
        cat /run/swe/git/objects/info/alternates; cat /run/swe/box/info/alternates
        """
    assert sh(space, policy, script) == "gitdir: /run/swe/git\n/run/swe/objects\n/run/swe/box\n"
    assert fingerprint(space.box.git_dir) == marks
    assert (space.tree / ".git").read_bytes() == b""


@pytest.mark.namespaces
def test_an_editable_install_of_the_user_imports_the_agents_code(tmp_path: Path, make: Maker, policy: Policy) -> None:
    repo = make_repo(tmp_path / "plain", FILES)  # a script's first line cannot name a path with a space
    venv = repo / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages = next(venv.glob("lib/python*/site-packages"))
    (packages / "editable.pth").write_text(f"{repo}\n")
    (venv / "bin/tool").write_text(f"#!{venv}/bin/python\nimport app; print(app.value)\n")
    (venv / "bin/tool").chmod(0o755)
    found = find_dependencies(repo)
    assert found == (Dependency(name=".venv", source=venv, target=".venv", mode="ro"),)
    space = make(repo, found)
    space.write("app.py", b"value = 'agent'\n")
    assert (repo / "app.py").read_text() == "value = 1\n"
    script = "tool; cd /; python -c 'import app, sys; print(app.value, app.__file__, sys.prefix)'; echo $VIRTUAL_ENV"
    assert sh(space, policy, script) == f"agent\nagent {repo}/app.py {venv}\n{venv}\n"
    assert space.run(policy, ["touch", ".venv/x"]).status != 0
    out = space.extract()
    assert (changes(space, out), out.left_out) == ([("app.py", "M")], ())
    space.reset(space.commit)
    assert space.list() == tuple(sorted(FILES))
    assert sh(space, BARE, "python -c 'import sys; print(sys.prefix)'") == f"{venv}\n"


def test_dependencies_are_what_git_does_not_know(repo: Path) -> None:
    for name in (
        "node_modules/left/index.js",
        "web/node_modules/x.js",
        "vendor/a.go",
        "docs/vendor/b",
        "venv/notes.txt",
    ):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text("x")
    git(repo, "add", "-f", "docs")
    (repo / ".git/info/exclude").write_text("/vendor\n")
    assert [one.target for one in find_dependencies(repo)] == ["node_modules", "vendor", "web/node_modules"]


@pytest.mark.namespaces
def test_a_dependency_never_covers_files_of_the_commit(repo: Path, make: Maker, policy: Policy) -> None:
    (repo / "node_modules").mkdir()
    (repo / "node_modules/x.js").write_text("user")
    git(repo, "add", "-f", "node_modules")
    git(repo, "commit", "-q", "-m", "vendored")
    lent = Dependency(name="node_modules", source=repo / "node_modules", target="node_modules")
    space = make(repo, (lent,))
    assert space.dependencies == ()
    sh(space, policy, "echo agent > node_modules/x.js")
    assert changes(space, space.extract()) == [("node_modules/x.js", "M")]


# --- the way out ---


def test_extraction_sees_every_kind_of_change_and_is_repeatable(space: Workspace) -> None:
    tree = space.tree
    (tree / "app.py").write_bytes(b"value = 2\r\n")
    (tree / "data.bin").unlink()
    (tree / "pkg/mod.py").chmod(0o755)
    shutil.rmtree(tree / "pkg")
    (tree / "pkg").write_text("a file now")
    (tree / "new").mkdir()
    os.write(fd := os.open(os.fsencode(tree) + b"/new/\xff\xfe", os.O_CREAT | os.O_WRONLY), b"odd")
    os.close(fd)
    (tree / "link").symlink_to("app.py")
    (tree / "run.sh").write_text("#!/bin/sh\n")
    (tree / "run.sh").chmod(0o755)
    out = space.extract()
    assert changes(space, out) == [
        ("app.py", "M"), ("data.bin", "D"), ("link", "A"), ("new/\udcff\udcfe", "A"), ("pkg", "A"),
        ("pkg/__init__.py", "D"), ("pkg/mod.py", "D"), ("run.sh", "A"),
    ]  # fmt: skip
    assert space.box.blob(space.box.list_tree(out.tree)["app.py"].id) == b"value = 2\r\n"
    assert space.extract().tree == out.tree
    space.reset(space.commit)
    assert changes(space, space.extract()) == []
    space.reset(out.tree)
    assert space.extract().tree == out.tree
    assert (tree / "link").is_symlink()
    assert (tree / "pkg").read_text() == "a file now"


def test_a_directory_that_became_a_link_is_a_link(space: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mod.py").write_text("theirs\n")
    shutil.rmtree(space.tree / "pkg")
    (space.tree / "pkg").symlink_to(outside)
    out = space.extract()
    assert changes(space, out) == [("pkg", "A"), ("pkg/__init__.py", "D"), ("pkg/mod.py", "D")]
    assert [(h.kind, h.path) for h in out.hazards] == [("symlink-escape", "pkg")]
    with pytest.raises(Refused):
        space.write("pkg/mod.py", b"x")
    space.reset(space.commit)
    assert (outside / "mod.py").read_text() == "theirs\n"
    assert sorted(p.name for p in outside.iterdir()) == ["mod.py"]
    assert space.read("pkg/mod.py") == b"def f():\n    return 1\n"


def test_attributes_filters_and_configuration_of_the_agent_do_nothing(space: Workspace, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch '{mark}'; cat\n")
    evil.chmod(0o755)
    config = f'[core]\nfsmonitor={evil}\nhooksPath={tmp_path}\n[filter "e"]\nclean={evil}\nsmudge={evil}\nrequired\n'
    shutil.rmtree(space.tree / ".git", ignore_errors=True)
    (space.tree / ".git").unlink(missing_ok=True)
    git(space.tree, "init", "-q")
    (space.tree / ".git/config").write_text(config)
    (space.box.root / "agent.git/config").write_text(config)
    (space.tree / ".gitattributes").write_text("* filter=e -diff text eol=crlf ident working-tree-encoding=UTF-16\n")
    (space.tree / "app.py").write_bytes(b"$Id$\r\na\nb\r\n")
    out = space.extract()
    assert changes(space, out) == [(".gitattributes", "A"), ("app.py", "M")]
    assert space.box.blob(space.box.list_tree(out.tree)["app.py"].id) == b"$Id$\r\na\nb\r\n"
    assert b"+$Id$\r\n" in space.box.patch(space.commit, out.tree)
    space.reset(out.tree)
    assert space.read("app.py") == b"$Id$\r\na\nb\r\n"
    assert not mark.exists()
    assert (space.tree / ".git").read_bytes() == b""


def test_what_git_refuses_is_named_and_the_rest_is_taken(repo: Path, make: Maker) -> None:
    (repo / ".gitmodules").write_text("")
    git(repo, "add", ".gitmodules")
    git(repo, "commit", "-q", "-m", "modules")
    space = make(repo)
    (space.tree / ".gitmodules").unlink()
    (space.tree / ".gitmodules").symlink_to("app.py")
    (space.tree / "sub").mkdir()
    (space.tree / "sub/.gitmodules").symlink_to("/etc/passwd")
    (space.tree / "a\\.git\\config").write_text("x")
    (space.tree / "data.bin").unlink()
    os.mkfifo(space.tree / "data.bin")
    os.mkfifo(space.tree / "pipe")
    (space.tree / "app.py").write_text("2\n")
    (space.tree / "zz.py").write_text("z\n")
    out = space.extract()
    assert changes(space, out) == [(".gitmodules", "T"), ("app.py", "M"), ("zz.py", "A")]
    assert out.left_out == ("a\\.git\\config", "data.bin", "sub/.gitmodules")
    assert {h.path for h in out.hazards} == {*out.left_out, ".gitmodules"}
    with pytest.raises(Refused, match="gitmodulesSymlink"):
        space.deliver(out.tree, parent=space.commit, message="m", into=repo / ".git")
    space.reset(space.commit)
    assert space.list() == tuple(sorted([*FILES, ".gitmodules"]))
    assert space.read(".gitmodules") == b""


def test_nested_repositories_are_put_aside(space: Workspace) -> None:
    git(space.tree / "pkg", "init", "-q")
    make_repo(space.tree / "clone", {"inner.py": "x\n"})
    git(space.tree, "init", "-q", "--bare", "bare.git")
    (space.tree / "case").mkdir()
    (space.tree / "case/.GIT").write_text("gitdir: /tmp/evil\n")
    (space.tree / "pkg/added.py").write_text("y\n")
    (space.tree / "build").mkdir()
    make_repo(space.tree / "build/ignored", {"z": "z"})
    out = space.extract()
    assert changes(space, out) == [("clone/inner.py", "A"), ("pkg/added.py", "A")]
    aside = ("bare.git/", "case/.GIT", "clone/.git", "pkg/.git")
    assert [(h.kind, h.path) for h in out.hazards] == [("nested-repository", name) for name in sorted(aside)]
    assert out.left_out == (*sorted(aside)[:1], "build/", *sorted(aside)[1:])
    assert (space.tree / "build/ignored/.git").is_dir()
    assert not (space.tree / "case/.GIT").exists()


def test_ignore_rules_are_those_of_the_base(space: Workspace, repo: Path) -> None:
    (space.tree / ".gitignore").write_text("*.py\n!*.log\n")
    (space.tree / "sub").mkdir()
    (space.tree / "sub/.gitignore").write_text("*\n")
    for name in ("hidden.py", "sub/hidden.txt", "x.log", "pkg/__pycache__/mod.pyc", ".pytest_cache/v/x", "build/out"):
        (space.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (space.tree / name).write_text("x")
    out = space.extract()
    assert changes(space, out) == [
        (".gitignore", "M"), ("hidden.py", "A"), ("sub/.gitignore", "A"), ("sub/hidden.txt", "A"),
    ]  # fmt: skip
    assert out.left_out == (".pytest_cache/", "build/", "pkg/__pycache__/", "x.log")
    space.reset(space.commit)
    assert space.list() == tuple(sorted([*FILES, "build/out", "x.log"]))
    assert not (space.tree / "pkg/__pycache__").exists()


def test_a_new_file_that_the_change_itself_would_hide_comes_out_and_is_flagged(space: Workspace) -> None:
    (space.tree / ".gitignore").write_text("*.log\nhidden*\n")
    (space.tree / "hidden_payload.py").write_text("evil\n")
    (space.tree / "seen.py").write_text("x\n")
    out = space.extract()
    assert changes(space, out) == [(".gitignore", "M"), ("hidden_payload.py", "A"), ("seen.py", "A")]
    assert [(h.kind, h.path) for h in out.hazards] == [("git-config", ".gitignore"), ("ignored", "hidden_payload.py")]


def test_an_ignored_file_that_is_tracked_is_extracted(repo: Path, make: Maker) -> None:
    (repo / "kept.log").write_text("1")
    git(repo, "add", "-f", "kept.log")
    git(repo, "commit", "-q", "-m", "kept")
    space = make(repo)
    space.write("kept.log", b"2")
    assert changes(space, space.extract()) == [("kept.log", "M")]


def test_a_submodule_is_an_empty_directory_and_stays_a_link(tmp_path: Path, make: Maker, repo: Path) -> None:
    outer = make_repo(tmp_path / "outer", {"top": "x"})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo), "sub")
    git(outer, "commit", "-q", "-m", "sub")
    space = make(outer)
    assert list((space.tree / "sub").iterdir()) == []
    assert changes(space, space.extract()) == []
    (space.tree / "sub/file").write_text("lost")
    out = space.extract()
    assert (changes(space, out), out.left_out) == ([], ("sub/",))
    shutil.rmtree(space.tree / "sub")
    out = space.extract()
    assert [(h.kind, h.path) for h in out.hazards] == [("gitlink", "sub")]


def test_files_that_forbid_themselves_are_still_read(space: Workspace) -> None:
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    (space.tree / "app.py").write_text("new\n")
    (space.tree / "app.py").chmod(0)
    (space.tree / "pkg").chmod(0o500)
    assert changes(space, space.extract()) == [("app.py", "M")]
    (space.tree / "pkg").chmod(0)
    space.reset(space.commit)
    space.destroy()


def test_reset_is_exact_for_tracked_files(space: Workspace) -> None:
    box = space.box
    candidate = box.tree_with(space.commit, {"app.py": None, "deep/er/new.py": box.list_tree(space.commit)["app.py"]})
    (space.tree / "deep").write_text("in the way")
    (space.tree / "stray").mkdir()
    (space.tree / "stray/f").write_text("x")
    space.reset(candidate)
    assert space.list() == tuple(sorted([*(set(FILES) - {"app.py"}), "deep/er/new.py"]))
    assert space.extract().tree == candidate
    assert not (space.tree / "stray").exists()
    space.reset(space.commit)
    assert not (space.tree / "deep").exists()


def test_reading_and_writing_stay_in_the_tree(space: Workspace) -> None:
    space.write("a/b.txt", b"1", 0o755)
    assert space.read("a/b.txt") == b"1"
    assert space.remove("a/b.txt") == b"1"
    assert space.remove("a/b.txt") is None
    assert not (space.tree / "a").exists()
    for rel in (".git/config", "../x", "/etc/x", "pkg/../../x"):
        with pytest.raises(Refused):
            space.write(rel, b"x")


# --- delivery ---


def test_delivery_brings_objects_and_a_ref_only_where_named(space: Workspace, repo: Path) -> None:
    space.write("app.py", b"value = 5\n")
    tree = space.extract().tree
    refs = git(repo, "for-each-ref")
    made = space.deliver(tree, parent=space.commit, message="Done\n", into=repo / ".git", when=1)
    assert git(repo, "for-each-ref") == refs
    assert git(repo, "show", "--format=%s %P", "--name-only", made).split() == ["Done", space.commit, "app.py"]
    space.deliver(tree, parent=space.commit, message="Done\n", into=repo / ".git", ref="refs/heads/done", when=1)
    assert git(repo, "rev-parse", "done") == made
    assert not (repo / ".git/FETCH_HEAD").exists()
    for ref in ("done", "refs/heads/../x", "HEAD", "refs/heads/main"):
        with pytest.raises(Refused):
            space.deliver(tree, parent=None, message="m", into=repo / ".git", ref=ref, when=2)
    assert git(repo, "rev-parse", "main") == space.commit


def test_a_delivery_that_fsck_refuses_is_refused(space: Workspace, repo: Path) -> None:
    blob = space.box.write_blob(b"x")
    raw = b"100644 .git\0" + bytes.fromhex(blob)
    tree = space.box.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", input=raw).decode().strip()
    with pytest.raises(Refused, match="did not take"):
        space.deliver(tree, parent=space.commit, message="m", into=repo / ".git", ref="refs/heads/bad", when=1)
    assert git(repo, "branch", "--format=%(refname:short)") == "main"


# --- life ---


def test_one_process_uses_a_workspace_at_a_time(space: Workspace) -> None:
    with pytest.raises(WorkspaceBusy):
        Workspace.open(space.box.root)
    space.close()
    again = Workspace.open(space.box.root)
    assert (again.commit, again.tree, again.dependencies) == (space.commit, space.tree, ())
    with pytest.raises(SandboxError, match="closed"):
        space.extract()
    again.write("app.py", b"2")
    assert changes(again, again.extract()) == [("app.py", "M")]
    again.destroy()
    assert sorted(p.name for p in again.box.root.iterdir()) == ["box.json", "host.git", "lock"]
    with pytest.raises(SandboxError, match="half-made"):
        Workspace.open(again.box.root)
    assert again.box.list_tree(space.commit).keys() == FILES.keys()


def test_a_half_made_workspace_is_said_to_be_one(repo: Path, tmp_path: Path) -> None:
    box = Box.create(repo, tmp_path / "box")
    with pytest.raises(SandboxError):
        Workspace.create(box, "no-such-commit", checkout=repo)
    (box.root / "tree").mkdir()
    with pytest.raises(SandboxError, match="half-made"):
        Workspace.open(box.root)
    with pytest.raises(SandboxError, match="already holds"):
        Workspace.create(box, "HEAD", checkout=repo)


def test_nothing_is_extracted_while_a_command_runs(space: Workspace) -> None:
    up = threading.Event()
    stop = threading.Event()

    def work() -> None:
        argv = ["/bin/sh", "-c", "echo up; sleep 30"]
        space.run(BARE, argv, on_output=lambda _: up.set(), cancelled=stop.is_set)

    thread = threading.Thread(target=work)
    thread.start()
    assert up.wait(10)
    for blocked in (space.extract, lambda: space.reset(space.commit), space.destroy):
        with pytest.raises(WorkspaceBusy):
            blocked()
    assert sh(space, BARE, "git log --format=%s") == "first\n"
    stop.set()
    thread.join()
    assert changes(space, space.extract()) == []
    assert (space.tree / ".git").read_bytes() == b""


@pytest.mark.namespaces
def test_a_mount_point_that_was_made_a_link_is_refused(repo: Path, make: Maker, policy: Policy, tmp_path: Path) -> None:
    (repo / "node_modules").mkdir()
    (repo / "node_modules/x.js").write_text("x")
    space = make(repo, find_dependencies(repo))
    (space.tree / "node_modules").symlink_to(tmp_path)
    (space.tree / ".git").unlink()
    (space.tree / ".git").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        space.run(policy, ["true"])
    assert not (tmp_path / "elsewhere").exists()
    (space.tree / "node_modules").unlink()
    assert sh(space, policy, "cat node_modules/x.js .git") == "xgitdir: /run/swe/git\n"


@pytest.mark.namespaces
def test_limits_and_states_of_a_run_come_through(space: Workspace) -> None:
    begun = time.monotonic()
    result = space.run(Policy(limits=Limits(wall_s=0.2)), ["/bin/sh", "-c", "setsid sleep 50 & sleep 50"])
    assert (result.timed_out, result.tier) == (True, Tier.NAMESPACED)
    assert time.monotonic() - begun < 5
    assert {"allow-listed root", "network off", "pid namespace"} <= set(result.layers)
    assert space.extract().tree == space.box.tree_of(space.commit)


@pytest.mark.namespaces
def test_a_checkout_that_is_the_home_itself(tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_repo(tmp_path / "home", {"dotfile": "x\n"})
    monkeypatch.setenv("HOME", str(home))
    space = make(home)
    assert sh(space, Policy(), "pwd; echo $HOME; echo y > $HOME/z; ls -A") == f"{home}\n/tmp/home\n.git\ndotfile\n"
    assert changes(space, space.extract()) == []


@pytest.mark.namespaces
def test_a_repository_in_a_place_that_is_shown_is_hidden_too(policy: Policy) -> None:
    place = "/opt"
    if not os.access(place, os.W_OK):
        pytest.skip("no writable directory that is shown by itself")
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        main = make_repo(Path(scratch) / "main", FILES)
        linked = main / "linked"
        git(main, "worktree", "add", "-q", str(linked))
        (main / "beside.txt").write_text("seen")
        for checkout in (main, linked):
            box = Box.create(checkout, Path(scratch) / f"state-{checkout.name}")
            space = Workspace.create(box, git(checkout, "rev-parse", "HEAD"), checkout=checkout)
            script = f"git log --format=%s; ls -A {main}/.git {box.root}; cat {main}/beside.txt; echo x >> app.py"
            result = space.run(policy, ["/bin/sh", "-c", script])
            seen = "seen" if checkout == linked else ""
            listing = f"{main}/.git\n\n{box.root}:\n" if checkout == main else f"{main}/.git:\n\n{box.root}:\n"
            assert result.stdout.decode() == f"first\n{listing}{seen}", result
            assert changes(space, space.extract()) == [("app.py", "M")]
            space.close()


def test_commands_share_a_workspace_unless_a_mount_point_could_be_moved(repo: Path, make: Maker) -> None:
    (repo / "web/node_modules").mkdir(parents=True)
    (repo / "web/node_modules/x.js").write_text("x")
    space = make(repo, find_dependencies(repo))
    with pytest.raises(WorkspaceBusy, match="one command at a time"):
        space.run(BARE, ["echo"], on_output=lambda _: space.run(BARE, ["true"]) and None)
    assert space.run(BARE, ["true"]).ok


@pytest.mark.namespaces
def test_a_session_works_on_the_files(space: Workspace, policy: Policy) -> None:
    with space.session(policy, "pkg") as opened:
        assert opened.run(["sh", "-c", "echo 'value = 2' > ../app.py; git commit -qam changed; pwd"]).status == 0
        waiting = opened.start(["sleep", "50"])
        assert waiting.wait(0) is None
        with pytest.raises(WorkspaceBusy):
            space.extract()
    assert waiting.wait(5) == 137
    assert changes(space, space.extract()) == [("app.py", "M")]


@pytest.mark.namespaces
def test_a_masked_file_is_empty_for_commands_and_stays_as_it_is(repo: Path, make: Maker) -> None:
    (repo / "keys.txt").write_text("the secret\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "with a secret")
    space = make(repo)
    space.masked = ("keys.txt", "nothing.txt", "pkg")
    assert sh(space, Policy(), "cat keys.txt pkg/mod.py; (echo mine > keys.txt) 2>&1 || echo refused") != ""
    assert "the secret" not in sh(space, Policy(), "cat keys.txt; grep -r 'the secret' . || true")
    assert not (space.tree / "nothing.txt").exists()
    assert changes(space, space.extract()) == []
