"""Setup steps and lent dependencies: made once, kept by key, and never changed by those they are lent to."""

import os
import threading
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, fingerprint, git, make_repo

from sandbox import Box, Dependency, Policy, Refused, SandboxError, Workspace, setup
from sandbox.setup import Made, Step

STEP = Step(
    command=(
        "/bin/sh",
        "-c",
        "mkdir -p deps/bin && cp lock deps/from && echo tool > deps/bin/tool && echo $$ > deps/pid",
    ),
    products=("deps",),
    locks=("lock",),
)

pytestmark = pytest.mark.namespaces


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "user" / "repo", FILES | {"lock": "v1\n", ".gitignore": "/deps/\n/node_modules/\n"})


def fresh(repo: Path, at: Path, dependencies: tuple[Dependency, ...] = ()) -> Workspace:
    return Workspace.create(
        Box.create(repo, at), git(repo, "rev-parse", "HEAD"), checkout=repo, dependencies=dependencies
    )


def test_a_step_runs_once_and_its_products_are_lent_at_the_same_place(locked: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = fresh(locked, tmp_path / "one")
    assert setup.lend(first.box, first.commit, STEP, store) is None
    made = setup.make(first, Policy(), STEP, store)
    assert (made.result.ok, len(made.dependencies), (first.tree / "deps").exists()) == (True, 1, False)
    assert first.extract().tree == first.box.tree_of(first.commit)
    first.destroy()
    lent = setup.lend(Box.open(tmp_path / "one"), first.commit, STEP, store)
    assert lent == made.dependencies
    before = fingerprint(store)
    space = fresh(locked, tmp_path / "two", lent)
    result = space.run(Policy(), ["/bin/sh", "-c", "cat deps/from deps/bin/tool; touch deps/x; rm deps/from"])
    assert (result.stdout, result.status) == (b"v1\ntool\n", 1)
    assert fingerprint(store) == before
    space.close()


def test_the_key_changes_with_all_that_the_products_depend_on(locked: Path, tmp_path: Path) -> None:
    box = Box.create(locked, tmp_path / "box")
    head = git(locked, "rev-parse", "HEAD")
    keys = {setup.key(box, head, STEP)}
    (locked / "app.py").write_text("other\n")
    git(locked, "commit", "-qam", "not the lock")
    assert setup.key(box, git(locked, "rev-parse", "HEAD"), STEP) in keys
    (locked / "lock").write_text("v2\n")
    git(locked, "commit", "-qam", "the lock")
    keys |= {setup.key(box, git(locked, "rev-parse", "HEAD"), STEP)}
    for change in (
        {"command": ("true",)},
        {"products": ("deps", "more")},
        {"interpreter": "cpython-3.13"},
        {"locks": ("lock", "app.py")},
    ):
        values = {"command": STEP.command, "products": STEP.products, "locks": STEP.locks, "interpreter": ""} | change
        keys |= {setup.key(box, head, Step(**values))}  # type: ignore[arg-type]  # mixed on purpose
    assert len(keys) == 6


def test_what_fails_or_makes_nothing_is_never_lent(locked: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    space = fresh(locked, tmp_path / "box")
    failing = Step(command=("/bin/sh", "-c", "mkdir deps; exit 3"), products=("deps",), locks=())
    made = setup.make(space, Policy(), failing, store)
    assert (made.result.status, made.dependencies) == (3, ())
    for script, products in (("true", ("other",)), ("rm -rf deps; ln -s /etc deps", ("deps",))):
        step = Step(command=("/bin/sh", "-c", script), products=products, locks=())
        with pytest.raises(SandboxError, match="made no directory"):
            setup.make(space, Policy(), step, store)
        assert setup.lend(space.box, space.commit, step, store) is None
    for products in (("../x",), (".git",), ("/etc",)):
        with pytest.raises(Refused):
            setup.make(space, Policy(), Step(command=("true",), products=products, locks=()), store)
    assert list(store.iterdir()) == []
    space.close()


def test_two_at_once_keep_one(locked: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    made: list[Made] = []

    def work(number: int) -> None:
        space = fresh(locked, tmp_path / f"box {number}")
        made.append(setup.make(space, Policy(), STEP, store))
        space.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.dependencies for one in made}) == 1
    assert all(one.result.ok and one.dependencies for one in made)
    assert len(list(store.iterdir())) == 1


def test_gc_goes_by_last_use_and_takes_what_the_killed_left(locked: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    space = fresh(locked, tmp_path / "box")
    setup.make(space, Policy(), STEP, store)
    (store / "partial-left").mkdir()
    os.utime(store / "partial-left", (1, 1))
    assert setup.gc(store, unused_s=3600) == ("partial-left",)
    (kept,) = store.iterdir()
    os.utime(kept, (1, 1))
    assert setup.lend(space.box, space.commit, STEP, store) is not None  # which is a use
    assert setup.gc(store, unused_s=3600) == ()
    os.utime(kept, (1, 1))
    assert setup.gc(store, unused_s=3600) == (kept.name,)
    assert setup.lend(space.box, space.commit, STEP, store) is None
    assert setup.gc(tmp_path / "none", unused_s=1) == ()
    space.close()


def test_caches_of_tools_are_writable_and_not_the_users(locked: Path, make: Maker) -> None:
    for name in ("node_modules/left/index.js", "node_modules/.cache/babel/old.json"):
        (locked / name).parent.mkdir(parents=True, exist_ok=True)
        (locked / name).write_text("user\n")
    before = fingerprint(locked)
    lent = Dependency(name="node_modules", source=locked / "node_modules", target="node_modules")
    space = make(locked, (lent,))
    script = "ls -A node_modules/.cache; mkdir -p node_modules/.cache/babel; echo new > node_modules/.cache/babel/x"
    assert space.run(Policy(), ["/bin/sh", "-c", script]).stdout == b""
    assert space.run(Policy(), ["cat", "node_modules/.cache/babel/x"]).stdout == b"new\n"  # a cache that lasts
    assert not space.run(Policy(), ["touch", "node_modules/left/y"]).ok
    assert fingerprint(locked) == before
    assert space.extract().tree == space.box.tree_of(space.commit)


def test_an_overlay_is_writable_and_dropped(locked: Path, make: Maker) -> None:
    (locked / "node_modules/left").mkdir(parents=True)
    (locked / "node_modules/left/index.js").write_text("user\n")
    before = fingerprint(locked)
    lent = Dependency(name="node_modules", source=locked / "node_modules", target="node_modules", mode="overlay")
    space = make(locked, (lent,))
    script = "echo agent > node_modules/left/index.js; mkdir node_modules/.vite; cat node_modules/left/index.js"
    result = space.run(Policy(), ["/bin/sh", "-ec", script])
    assert (result.stdout, result.stderr) == (b"agent\n", b"")
    assert space.run(Policy(), ["cat", "node_modules/left/index.js"]).stdout == b"user\n"
    assert fingerprint(locked) == before
    assert space.extract().tree == space.box.tree_of(space.commit)


@pytest.mark.parametrize("lie", ["config", "python", "link beside"])
def test_an_environment_made_inside_cannot_have_places_of_the_host_shown(
    lie: str, locked: Path, tmp_path: Path, make: Maker
) -> None:
    """The user's own environment is believed when it says where its Python lies; one that a command made is not."""
    secret = tmp_path / "keys"
    (secret / "bin").mkdir(parents=True)
    (secret / "lib/python3.99").mkdir(parents=True)
    (secret / "bin/python").write_text("SECRET\n")
    (secret / "bin/python").chmod(0o755)
    lies = {
        "config": f"echo 'home = {secret}/bin' > deps/pyvenv.cfg",
        "python": f"touch deps/pyvenv.cfg; ln -s {secret}/bin/python deps/bin/python",
        "link beside": f"touch deps/pyvenv.cfg; ln -s {secret}/bin/python deps/bin/tool",
    }
    step = Step(command=("/bin/sh", "-c", f"mkdir -p deps/bin; {lies[lie]}"), products=("deps",), locks=())
    first = fresh(locked, tmp_path / "first")
    made = setup.make(first, Policy(), step, tmp_path / "store")
    first.close()
    space = make(locked, made.dependencies)
    result = space.run(Policy(), ["/bin/sh", "-c", f'echo "$PATH"; cat {secret}/bin/python; ls deps'])
    assert result.stdout.startswith(f"{locked}/deps/bin:".encode())
    assert b"pyvenv.cfg" in result.stdout
    assert b"SECRET" not in result.stdout


def test_a_tracked_directory_where_one_was_made_is_not_looked_into(locked: Path, tmp_path: Path) -> None:
    """The checkout may hold another commit, whose links at the same place are nobody's wish."""
    secret = tmp_path / "keys"
    secret.write_text("SECRET\n")
    head = git(locked, "rev-parse", "HEAD")
    (locked / "deps/bin").mkdir(parents=True)
    (locked / "deps/bin/tool").symlink_to(secret)
    git(locked, "add", "-f", "deps")
    git(locked, "commit", "-qm", "links")
    script = "mkdir -p deps/bin; touch deps/pyvenv.cfg"
    step = Step(command=("/bin/sh", "-c", script), products=("deps",), locks=())
    box = Box.create(locked, tmp_path / "box")
    space = Workspace.create(box, head, checkout=locked)
    made = setup.make(space, Policy(), step, tmp_path / "store")
    space.destroy()
    space = Workspace.create(box, head, checkout=locked, dependencies=made.dependencies)
    assert b"SECRET" not in space.run(Policy(), ["cat", str(secret)]).stdout
    space.close()
