"""Files, devices, and what a program asks about the machine and its user."""

import contextlib
import ctypes
import fcntl
import getpass
import locale
import mmap
import os
import pwd
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import venv
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

WAIT_S = 60  # far more than anything here takes, for a machine that does much else


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A directory in the tree, not below /tmp."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        yield Path(place)


def sqlite_wal() -> None:
    with scratch() as place, contextlib.closing(sqlite3.connect(place / "db")) as one:
        assert one.execute("pragma journal_mode=wal").fetchone() == ("wal",)
        one.execute("create table t(x)")
        with one:
            one.execute("insert into t values (1)")
        with contextlib.closing(sqlite3.connect(place / "db")) as two:
            assert two.execute("select x from t").fetchall() == [(1,)]


def inotify() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_CLOEXEC)
    with scratch() as place:
        assert libc.inotify_add_watch(watch, bytes(place), 0x100) >= 0
        (place / "new").touch()
        assert select.select([watch], [], [], WAIT_S)[0] == [watch]
        assert os.read(watch, 1000)[16:19] == b"new"


def time_zones() -> None:
    assert zoneinfo.ZoneInfo("Europe/Berlin").key in zoneinfo.available_timezones()
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    assert time.strftime("%Z", time.localtime(0)) == "EST"


def fifo() -> None:
    with scratch() as place:
        os.mkfifo(place / "pipe")
        child = subprocess.Popen(["sh", "-c", f"echo through > '{place / 'pipe'}'"])
        assert (place / "pipe").read_text() == "through\n"
        assert child.wait() == 0


def memory_maps() -> None:
    with scratch() as place:
        (place / "file").write_bytes(bytes(8192))
        with (place / "file").open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            mapped[4096] = 7
        assert (place / "file").read_bytes()[4096] == 7
    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as code:  # as a JIT does
        code[0] = 0xC3
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: 2 * number)
    assert callback(21) == 42


def file_locks() -> None:
    with scratch() as place, (place / "lock").open("w") as file:
        for take, nonblocking in [(fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB), (fcntl.lockf, fcntl.LOCK_EX)]:
            take(file, nonblocking)
        other = f"import fcntl; fcntl.flock(open({str(place / 'lock')!r}), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        refused = subprocess.run([sys.executable, "-c", other], stderr=subprocess.PIPE)
        assert b"BlockingIOError" in refused.stderr


def files() -> None:
    with scratch() as place:
        one, two = place / "one", place / "two"
        one.write_text("#!/bin/sh\necho ran\n")
        one.chmod(0o755)
        assert subprocess.run([one], capture_output=True).stdout == b"ran\n"
        os.link(one, two)
        (place / "link").symlink_to("two")
        assert (place / "link").resolve() == two
        assert two.stat().st_nlink == 2
        os.utime(two, (1, 1))
        assert one.stat().st_mtime == 1
        one.rename(place / "three")
        two.unlink()
        with tempfile.TemporaryFile(dir=place) as file:  # O_TMPFILE
            file.truncate(64 << 20)  # sparse
        shutil.copytree(place, place.parent / (place.name + "-copy"), symlinks=True, ignore_dangling_symlinks=True)
        shutil.rmtree(place.parent / (place.name + "-copy"))


def deep_directories() -> None:
    """Deeper than a path may be long."""
    with scratch() as place:
        here = os.open(".", os.O_RDONLY)
        os.chdir(place)
        for _ in range(40):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("file").write_text("x")
        os.fchdir(here)
        assert subprocess.run(["rm", "-r", place / ("d" * 200)]).returncode == 0


def temporary_files() -> None:
    assert Path(tempfile.gettempdir()).is_dir()
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as place:
        Path(place, "x").write_bytes(bytes(5 << 20))
        assert Path(file.name).exists()


def home() -> None:
    place = Path.home()
    assert str(place) == os.environ["HOME"]
    (place / ".config").mkdir(exist_ok=True)
    (place / ".config/probe").write_text("x")
    Path(os.environ["XDG_CACHE_HOME"]).mkdir(exist_ok=True)
    assert not (place / ".ssh").exists()


def who_am_i() -> None:
    assert getpass.getuser()
    assert pwd.getpwuid(os.getuid()).pw_name
    assert subprocess.run(["id", "-un"], capture_output=True).returncode == 0


def processors_and_memory() -> None:
    assert os.cpu_count()
    assert len(os.sched_getaffinity(0)) >= 1
    assert int(subprocess.run(["nproc"], capture_output=True).stdout) >= 1
    assert os.sysconf("SC_PHYS_PAGES") > 0
    for name in ("meminfo", "cpuinfo", "loadavg", "stat", "uptime", "self/status", "self/maps", "sys/kernel/osrelease"):
        assert Path("/proc", name).read_bytes(), name


def devices() -> None:
    assert Path("/dev/null").read_bytes() == b""
    Path("/dev/null").write_bytes(b"x")
    for name in ("zero", "urandom", "random"):
        with Path("/dev", name).open("rb", buffering=0) as device:
            assert len(device.read(8)) == 8
    with contextlib.suppress(OSError), Path("/dev/full").open("wb", buffering=0) as full:
        full.write(b"x")
        raise AssertionError("/dev/full took it")
    Path("/dev/shm/probe").write_text("x")
    Path("/dev/shm/probe").unlink()
    said = subprocess.run(["bash", "-c", "cat <(echo a) /dev/fd/0 /dev/stdin"], input=b"b\n", capture_output=True)
    assert said.stdout == b"a\nb\n"
    assert sys.stdin.read() == ""


def languages() -> None:
    assert locale.setlocale(locale.LC_ALL, "")
    assert sys.getfilesystemencoding() == "utf-8"
    assert sys.stdout.encoding.lower() == "utf-8"
    with scratch() as place:
        (place / "ü 名前").touch()
        assert subprocess.run(["ls", place], capture_output=True).stdout.decode() == "ü 名前\n"


def virtual_environment() -> None:
    with scratch() as place:
        venv.create(place / "env", symlinks=True)
        python = place / "env/bin/python"
        said = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True)
        assert said.stdout.strip() == str(place / "env"), said.stderr


PROBES = [
    sqlite_wal,
    inotify,
    time_zones,
    fifo,
    memory_maps,
    file_locks,
    files,
    deep_directories,
    temporary_files,
    home,
    who_am_i,
    processors_and_memory,
    devices,
    languages,
    virtual_environment,
]
