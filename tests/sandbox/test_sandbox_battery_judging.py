"""That the battery sees what it must: a session of Python stands for a sandbox and does what a breach would do."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox import PolicyError, SandboxError
from sandbox.battery import ATTEMPTS, Attempt, Battery, Verdict, main, run
from sandbox.battery.attempt import Command, During, HostRead, HostReset, HostReview, HostWrite, Session, Step
from sandbox.battery.evidence import (
    Evidence,
    Review,
    Sign,
    harmed,
    heavier,
    late,
    leaked,
    left,
    marked,
    more_files,
    outlived,
    ran,
    raw,
    said,
    taken,
    touched,
    typed,
    unflagged,
    unseen,
    visited,
)  # fmt: skip
from sandbox.battery.world import World, make, make_template, remove, walk

Act = Callable[["Acting"], bytes]


class Acting:
    """A session in which the command is a function."""

    def __init__(self, world: World, act: Act, variables: Mapping[str, str]) -> None:
        self.world = world
        self.variables = variables
        self.place = self.tree = world.root / "tree"
        self.tree.mkdir()
        self.lacks: tuple[str, ...] = ("cgroup",)
        self._act = act
        self.calls: list[str] = []

    def run(self, script: str, *, seconds: float, cwd: str = ".") -> bytes:
        self.calls.append(f"{script} in {cwd}")
        return self._act(self)

    def read(self, path: str) -> bytes:
        raise FileNotFoundError(path)

    def write(self, path: str, data: bytes) -> None:
        (self.tree / path).write_bytes(data)

    def reset(self) -> None:
        self.calls.append("reset")

    def review(self) -> Review:
        return Review(text=b"changed: app.py\n", hazards=(("mode-change", "app.py"),))

    def display(self, output: bytes) -> bytes:
        return output

    def close(self) -> str:
        return ""


class Adapter:
    """Gives sessions that do `act`."""

    name = "acting"
    control = False
    own = "nothing"

    def __init__(self, act: Act) -> None:
        self._act = act
        self.sessions: list[Acting] = []

    def open(self, world: World, attempt: Attempt, variables: Mapping[str, str]) -> Session:
        self.sessions.append(Acting(world, self._act, variables))
        return self.sessions[-1]


def one(*signs: Sign, steps: tuple[Step, ...] = (), **more: object) -> Attempt:
    return Attempt(id="X1", category="files", title="x", script="act", signs=signs, steps=steps, **more)  # type: ignore[arg-type]  # the fields of one attempt


def verdict_of(act: Act, attempt: Attempt, directory: Path) -> Verdict:
    with Battery(Adapter(act), directory) as battery:
        return battery.attempt(attempt)


def nothing(_: Acting) -> bytes:
    return b""


def change_outside(session: Acting) -> bytes:
    (session.world.outside / "mod.py").write_text("other")
    return b""


def touch_times(session: Acting) -> bytes:
    os.utime(session.world.shown / "read.txt", (1, 1))
    return b""


def link_lent(session: Acting) -> bytes:
    os.link(session.world.checkout / ".venv/lib/mod.py", session.tree / "hard")
    return b""


def remove_ref(session: Acting) -> bytes:
    (session.world.checkout / ".git/refs/heads/main").unlink()
    return b""


def print_secret(session: Acting) -> bytes:
    return (session.world.home / ".ssh/id_ed25519").read_bytes()


def make_marker(session: Acting) -> bytes:
    session.world.pwned.touch()
    return b""


def make_setuid(session: Acting) -> bytes:
    (session.tree / "tool").touch()
    (session.tree / "tool").chmod(0o4755)
    return b""


def kill_victim(session: Acting) -> bytes:
    os.kill(int(session.variables["VICTIM"]), 9)
    time.sleep(0.2)
    return b""


def write_on_terminal(session: Acting) -> bytes:
    Path(session.variables["TERMINAL"]).write_text("x")
    return b""


def connect(session: Acting) -> bytes:
    import socket

    socket.create_connection(("127.0.0.1", int(session.variables["TCP"]))).close()
    time.sleep(0.2)
    return b""


@pytest.mark.parametrize(
    ("act", "attempt"),
    [
        pytest.param(change_outside, one(touched), id="content"),
        pytest.param(touch_times, one(touched), id="times"),
        pytest.param(link_lent, one(touched), id="hard link"),
        pytest.param(remove_ref, one(touched), id="ref"),
        pytest.param(print_secret, one(leaked), id="secret"),
        pytest.param(make_marker, one(ran), id="host ran it"),
        pytest.param(make_setuid, one(marked), id="set-id"),
        pytest.param(kill_victim, one(harmed, needs=frozenset({"victim"})), id="victim"),
        pytest.param(write_on_terminal, one(typed, needs=frozenset({"terminal"})), id="terminal"),
        pytest.param(connect, one(visited), id="listener"),
        pytest.param(lambda _: b"safe\nBREACH 1\n", one(said()), id="said"),
        pytest.param(lambda _: b"\x1b[2J", one(raw), id="escape"),
        pytest.param(nothing, one(unseen("EVIL"), steps=(HostReview(),)), id="unseen"),
        pytest.param(nothing, one(unflagged("lib.py"), steps=(HostReview(),)), id="unflagged"),
        pytest.param(nothing, one(unflagged("app.py", kind="binary"), steps=(HostReview(),)), id="other kind"),
    ],
)
def test_a_breach_is_seen(act: Act, attempt: Attempt, tmp_path: Path) -> None:
    assert verdict_of(act, attempt, tmp_path).word == "breach"
    assert verdict_of(nothing, one(touched, leaked, ran, marked, typed, visited, said(), raw), tmp_path).word == "safe"
    assert list(tmp_path.iterdir()) == []


def test_what_fails_is_an_error_and_what_is_documented_is_said(tmp_path: Path) -> None:
    def fail(_: Acting) -> bytes:
        raise SandboxError("cannot")

    broken = verdict_of(fail, one(touched), tmp_path)
    assert (broken.word, "cannot" in broken.why) == ("error", True)
    known = verdict_of(change_outside, one(touched, known={"acting": "cannot be helped"}), tmp_path)
    assert (known.word, known.documented) == ("breach", "cannot be helped")
    for place in ("cgroup", "*"):
        assert verdict_of(change_outside, one(touched, known={place: "x"}), tmp_path).documented == "x"
    assert verdict_of(change_outside, one(touched, known={"other": "x"}), tmp_path).documented == ""


def test_steps_are_done_in_order_and_a_refusal_ends_only_its_own(tmp_path: Path) -> None:
    adapter = Adapter(nothing)
    steps = (
        HostRead(path="absent"), Command(script="two", cwd="sub"), HostReset(), HostWrite(path="w"),
        During(script="three", act=lambda session: "gone wrong"), HostReview(),
    )  # fmt: skip
    with Battery(adapter, tmp_path) as battery:
        verdict = battery.attempt(one(taken, steps=steps))
    assert (verdict.word, verdict.why) == ("breach", "gone wrong")
    assert adapter.sessions[0].calls == ["act in .", "two in sub", "reset", "three in ."]


def test_a_sandbox_in_which_nothing_works_has_no_results() -> None:
    with pytest.raises(SandboxError, match="useful work is not possible"):
        run(Adapter(nothing), ATTEMPTS[:1])


SIGNS_OF_NUMBERS = [
    (late, {"late_s": 60.0}),
    (outlived, {"beats": True}),
    (left, {"left": "the tree"}),
    (heavier(10), {"used_bytes": 11}),
    (more_files(10), {"files": 11}),
]


@pytest.mark.parametrize(("sign", "facts"), SIGNS_OF_NUMBERS)
def test_signs_of_numbers(sign: Sign, facts: dict[str, object]) -> None:
    assert sign(Evidence(canary="C", **facts))  # type: ignore[arg-type]  # one field each
    assert sign(Evidence(canary="C", used_bytes=10, files=10)) == ""


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"]) | st.sampled_from("\n\t")))
def test_text_that_a_terminal_only_shows_is_not_raw(text: str) -> None:
    assert raw(Evidence(canary="C", shown=text.encode())) == ""


@given(st.sampled_from(["\x1b", "\r", "\x9b", "\u202e", "\u200b", "\u2066", "\U000e0041", "\x07", "\ufeff"]), st.text())
def test_what_steers_a_terminal_is_raw(character: str, around: str) -> None:
    text = (around + character + around).encode("utf-8", "replace")
    assert raw(Evidence(canary="C", shown=text))


def test_a_refused_change_hides_nothing() -> None:
    seen = Evidence(canary="C", refused="too deep")
    assert unseen("EVIL")(seen) == unflagged("lib.py")(seen) == ""
    assert unseen("EVIL")(Evidence(canary="C"))


def test_the_table() -> None:
    ids = Counter(attempt.id for attempt in ATTEMPTS)
    assert [name for name, count in ids.items() if count > 1] == []
    assert len(ATTEMPTS) >= 48
    assert all(attempt.signs and attempt.title and (attempt.script or attempt.steps) for attempt in ATTEMPTS)
    assert {attempt.category for attempt in ATTEMPTS} == {
        "launcher", "files", "tree", "secrets", "kernel", "network", "resources", "review",
    }  # fmt: skip


def test_worlds_are_equal_and_leave_nothing(tmp_path: Path) -> None:
    make_template(tmp_path / "template", "CANARY")
    world = make(tmp_path / "template", tmp_path / "world", "CANARY")
    again = make(tmp_path / "template", tmp_path / "again", "CANARY")
    names = [[path[len(str(root)) :] for path in walk(root)] for root in (world.root, again.root)]
    assert sorted(names[0]) == sorted(names[1])
    deep = os.open(world.outside, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("directory", 0o700, dir_fd=deep)
        below = os.open("directory", os.O_RDONLY | os.O_DIRECTORY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    (world.outside / "empty").chmod(0)
    (world.outside / "away").symlink_to(again.root)
    remove(world.root)
    assert not world.root.exists()
    assert (again.outside / "canary.txt").exists()


def test_the_command_line_refuses_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "Z99"]) == 2
    assert "Z99" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--backend", "hope"])


def test_what_a_backend_refuses_by_policy_does_not_apply(tmp_path: Path) -> None:
    def refuse(_: Acting) -> bytes:
        raise PolicyError("not here")

    verdict = verdict_of(refuse, one(touched), tmp_path)
    assert (verdict.word, verdict.why) == ("n/a", "not with this backend: not here")
