"""The pure parts: what is shown, kept, flagged and ignored."""

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox_support import git, make_repo

from sandbox import Change, Hazard, safe_text
from sandbox.diagnosis import Facts, explain
from sandbox.hazards import alike, hazards
from sandbox.ignores import combined
from sandbox.output import Capture


@given(st.text())
def test_safe_text_is_idempotent_and_leaves_nothing_unsafe(text: str) -> None:
    safe = safe_text(text)
    assert safe_text(safe) == safe
    assert all(c in "\n\t" or c.isprintable() or ord(c) >= 0xA0 for c in safe)


def test_safe_text_shows_what_would_hide() -> None:
    assert safe_text("a\tb\n") == "a\tb\n"
    assert safe_text(b"\x1b[2J\r\xff") == "<U+001B>[2J<U+000D><U+00FF>"
    assert safe_text("x\u202ey\u200bz\U000e0041") == "x<U+202E>y<U+200B>z<U+E0041>"
    assert safe_text("naïve — 日本 🎉") == "naïve — 日本 🎉"


@given(st.lists(st.binary(max_size=40)), st.integers(2, 60))
def test_a_capture_keeps_the_head_and_the_tail(chunks: list[bytes], limit: int) -> None:
    capture = Capture(limit)
    for chunk in chunks:
        capture.add(chunk)
    whole = b"".join(chunks)
    if len(whole) <= limit:
        assert (capture.value(), capture.dropped) == (whole, 0)
    else:
        head, tail = limit // 2, limit - limit // 2
        middle = b"\n[... %d bytes dropped ...]\n" % (len(whole) - limit)
        assert capture.value() == whole[:head] + middle + whole[len(whole) - tail :]
        assert capture.dropped == len(whole) - limit


def change(path: str, **more: str) -> Change:
    values = {"status": "A", "old_mode": "000000", "new_mode": "100644", "old_id": "0" * 40, "new_id": path}
    return Change(path=path, **(values | more))


CONTENTS: dict[str, bytes] = {
    "bidi.py": "x = '\u202e'\n".encode(),
    "invisible.py": "a\u200bb = 1\n".encode(),
    "control.txt": b"a\x1b[2Jb\n",
    "binary.dat": b"\x00\x01",
    "long.js": b"x" * 30_000,
    "link": b"sub/file",
    "bad-link": b"../../etc/passwd",
    "git-link": b".git/config",
}


def kinds(*changes: Change) -> list[tuple[str, str]]:
    found = hazards(changes, lambda id: CONTENTS.get(id, b"plain\n"))
    return [(hazard.kind, hazard.path) for hazard in found]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".github/workflows/ci.yml", "ci-config"),
        (".gitlab-ci.yml", "ci-config"),
        ("Jenkinsfile", "ci-config"),
        (".pre-commit-config.yaml", "ci-config"),
        ("AGENTS.md", "agent-config"),
        (".claude/settings.json", "agent-config"),
        (".vscode/tasks.json", "agent-config"),
        ("sub/.gitattributes", "git-config"),
        (".gitmodules", "git-config"),
        ("web/package-lock.json", "lockfile"),
        ("uv.lock", "lockfile"),
        ("requirements-dev.txt", "lockfile"),
        ("tests/conftest.py", "build-script"),
        ("Makefile", "build-script"),
        ("package.json", "build-script"),
        ("evil.pth", "build-script"),
        ("bidi.py", "bidi"),
        ("invisible.py", "invisible"),
        ("control.txt", "control"),
        ("binary.dat", "binary"),
        ("long.js", "huge"),
        ("a\u0430.py", "name"),
        ("a\nb.py", "name"),
        ("con.txt", "name"),
    ],
)
def test_each_kind_of_hazard_is_seen(path: str, kind: str) -> None:
    assert kinds(change(path)) == [(kind, path)]


def test_links_modes_and_submodules() -> None:
    link = {"new_mode": "120000"}
    assert kinds(change("link", **link)) == [("symlink", "link")]
    assert kinds(change("bad-link", **link)) == [("symlink-escape", "bad-link")]
    assert kinds(change("git-link", **link)) == [("symlink-escape", "git-link")]
    assert kinds(change("lib", new_mode="160000")) == [("gitlink", "lib"), ("mode-change", "lib")][:1]
    assert kinds(change("run", new_mode="100755")) == [("mode-change", "run")]
    assert kinds(change("run", status="M", old_mode="100644", new_mode="100755")) == [("mode-change", "run")]


def test_plain_changes_have_none_and_old_oddities_are_not_held_against_a_change() -> None:
    assert kinds(change("src/app.py"), change("docs/отчёт_test.md"), change("app/tasks.py")) == []
    assert kinds(change("bidi.py", status="M", old_mode="100644", old_id="bidi.py", new_id="bidi.py2")) == []
    assert kinds(change("gone.py", status="D", new_mode="000000", new_id="0" * 40)) == []


def test_names_that_fall_together_with_what_was_there() -> None:
    gone = change("lib/Old.py", status="D", new_mode="000000")
    there = alike(["README.md", "lib/a.py", "lib/Old.py", "n\u00e4me", "src/x.py"])
    found = hazards([change("README.MD"), change("LIB/new.py"), change("lib/old.py"), gone], lambda _: b"", there)
    assert [(h.path, h.detail) for h in found] == [
        ("LIB/new.py", "is the same file as lib where case does not count"),
        ("README.MD", "is the same file as README.md where case does not count"),
        ("lib/old.py", "is the same file as LIB where case does not count"),
    ]
    composed = hazards([change("na\u0308me")], lambda _: b"", there)
    assert [h.kind for h in composed] == ["name"]


@pytest.mark.parametrize("name", ["a\u00a0b.py", "a\u2003b", "a\u3000b", "a\u2028b"])
def test_spaces_that_are_none_are_seen_in_names(name: str) -> None:
    assert "has a space that only looks like one" in [h.detail for h in hazards([change(name)], lambda _: b"")]


@pytest.mark.parametrize(
    "hidden", ["\u115f", "\u3164", "\uffa0", "\u180e", "\ufe01\ufe02", "\U000e0041", "\u200d", "\u2061"]
)
def test_what_cannot_be_seen_is_flagged_and_shown(hidden: str) -> None:
    text = f"x = 'a{hidden}b'\n"
    found = hazards([change("x.py")], lambda _: text.encode())
    assert [h.kind for h in found] == ["invisible"]
    assert hidden not in safe_text(text)


def test_an_emoji_keeps_its_selector_and_hides_nothing_behind_it() -> None:
    assert safe_text("\u2764\ufe0f ok") == "\u2764\ufe0f ok"
    assert hazards([change("x.md")], lambda _: "\u2764\ufe0f".encode()) == ()
    assert safe_text("\u2764\ufe0f\ufe0f\ufe00") == "\u2764<U+FE0F><U+FE0F><U+FE00>"


def test_safe_text_is_linear() -> None:
    for piece in ("\ufe0f", "\x1b[", "a", "\udcff", "\u202e"):
        begun = time.perf_counter()
        safe_text(piece * 300_000)
        small = time.perf_counter() - begun
        begun = time.perf_counter()
        safe_text(piece * 1_200_000)
        assert time.perf_counter() - begun < 20 * small + 0.5


def test_names_that_fall_together_are_named_both() -> None:
    found = hazards([change("A.py"), change("a.py")], lambda _: b"")
    assert [(h.kind, h.path) for h in found] == [("name", "A.py"), ("name", "a.py")]
    assert found[0] == Hazard(kind="name", path="A.py", detail="is the same file as a.py where case does not count")


NESTED = {
    ".gitignore": "*.o\n/only-top\nbuild/\n# no\n\n!keep.o\n  spaced\\ \n",
    "a/.gitignore": "*.txt\n/local\nx/y\n!deep/keep.txt\r\n",
    "a/b [1]/.gitignore": "!*.txt\nz/\n",
}
SAMPLES = [
    "f.o", "keep.o", "only-top", "a/only-top", "a/q.o", "a/keep.o", "build/x", "a/build/x", "a/f.txt", "a/c/f.txt",
    "a/local", "a/c/local", "a/x/y", "a/c/x/y", "a/deep/keep.txt", "a/b [1]/f.txt", "a/b [1]/z/f", "a/b 1/f.txt", "z/f",
]  # fmt: skip


def test_combined_ignore_rules_mean_what_the_single_files_mean(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "r", dict(NESTED))
    for name in SAMPLES:
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text("x")
    (repo / ".git/info/exclude").write_text("only-top\n!keep.o\nz/")
    theirs = git(repo, "ls-files", "-o", "--exclude-standard")
    flat = tmp_path / "flat"
    flat.write_bytes(combined({n: c.encode() for n, c in NESTED.items()}, (repo / ".git/info/exclude").read_bytes()))
    assert git(repo, "ls-files", "-o", f"--exclude-from={flat}") == theirs
    assert "a/b [1]/f.txt" in theirs


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(installed=False), "apt-get install bubblewrap"),
        (Facts(installed=True, sysctls={"kernel.unprivileged_userns_clone": "0"}), "userns_clone=1"),
        (Facts(installed=True, sysctls={"user.max_user_namespaces": "0"}), "max_user_namespaces=15000"),
        (Facts(installed=True, sysctls={"kernel.apparmor_restrict_unprivileged_userns": "1"}), "apparmor_parser"),
        (Facts(installed=True, container=True), "--security-opt seccomp=unconfined"),
        (Facts(installed=True, chroot=True), "chroot"),
        (Facts(installed=True, stderr="bwrap: odd\n"), "python -m sandbox doctor"),
    ],
)
def test_each_reason_comes_with_something_to_type(facts: Facts, words: str) -> None:
    assert words in explain(facts)[1]


def test_the_public_names_are_all_there() -> None:
    import sandbox

    assert sorted(sandbox.__all__) == sandbox.__all__
    assert all(getattr(sandbox, name) is not None for name in sandbox.__all__)
    with pytest.raises(AttributeError):
        _ = sandbox.nothing  # type: ignore[attr-defined]  # the point of the test


def test_importing_the_package_loads_none_of_it() -> None:
    script = "import sandbox, sys; print([m for m in sys.modules if m.startswith('sandbox.')])"
    root = Path(__file__).parents[2]
    done = subprocess.run(["python3", "-c", script], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
