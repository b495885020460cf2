"""Processes, threads, signals, and what they share."""

import asyncio
import concurrent.futures
import contextlib
import multiprocessing
import multiprocessing.shared_memory
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

WAIT_S = 60  # far more than anything here takes, for a machine that does much else


def double(number: int) -> int:
    return 2 * number


def put(queue: "multiprocessing.Queue[int]", number: int) -> None:
    queue.put(number)


def workers(context: Any) -> None:
    queue: multiprocessing.Queue[int] = context.Queue()
    child = context.Process(target=put, args=(queue, 7))
    child.start()
    assert queue.get(timeout=WAIT_S) == 7
    child.join()
    with context.Pool(2) as pool:
        assert pool.map(double, range(5)) == [0, 2, 4, 6, 8]


def multiprocessing_fork() -> None:
    workers(multiprocessing.get_context("fork"))


def multiprocessing_spawn() -> None:
    workers(multiprocessing.get_context("spawn"))


def multiprocessing_forkserver() -> None:
    workers(multiprocessing.get_context("forkserver"))


def multiprocessing_manager() -> None:
    with multiprocessing.Manager() as manager:
        shared = manager.dict()
        child = multiprocessing.Process(target=shared.update, args=({"a": 1},))
        child.start()
        child.join()
        assert dict(shared) == {"a": 1}


def process_pool() -> None:
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        assert list(pool.map(double, [1, 2, 3])) == [2, 4, 6]


def memory(block: multiprocessing.shared_memory.SharedMemory) -> memoryview:
    assert block.buf is not None
    return block.buf


def shared_memory() -> None:
    block = multiprocessing.shared_memory.SharedMemory(create=True, size=8 << 20)
    try:
        memory(block)[-1] = 9
        again = multiprocessing.shared_memory.SharedMemory(name=block.name)
        assert memory(again)[-1] == 9
        again.close()
    finally:
        block.close()
        block.unlink()


def threads() -> None:
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        barrier = threading.Barrier(50)
        assert sorted(pool.map(lambda n: (barrier.wait(WAIT_S), n)[1], range(50))) == list(range(50))


def asyncio_subprocess() -> None:
    async def main() -> None:
        child = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said, _ = await child.communicate(b"text")
        assert said == b"text"

    asyncio.run(main())


def pseudo_terminal() -> None:
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", "import os; print(os.isatty(0), os.ttyname(0).startswith('/dev/pts/'))"],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    assert child.wait(WAIT_S) == 0
    assert os.read(ours, 1000) == b"True True\r\n"


def event_descriptors() -> None:
    event = os.eventfd(1)
    with contextlib.closing(select.epoll()) as poll:
        poll.register(event, select.EPOLLIN)
        assert poll.poll(WAIT_S) == [(event, select.EPOLLIN)]
    child = subprocess.Popen(["true"])
    assert select.select([os.pidfd_open(child.pid)], [], [], WAIT_S)[0]
    assert child.wait() == 0
    memory = os.memfd_create("x")
    assert os.write(memory, b"abc") == 3


def signals() -> None:
    seen: list[int] = []
    for number in (signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda got, frame: seen.append(got))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    os.kill(os.getpid(), signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGTERM)
    subprocess.run(["true"], check=True)
    deadline = time.monotonic() + WAIT_S
    while len(set(seen)) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(seen) == {signal.SIGALRM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGTERM}


def process_groups() -> None:
    child = subprocess.Popen(["sh", "-c", "sleep 100 & sleep 100"], start_new_session=True)
    assert os.getpgid(child.pid) == os.getsid(child.pid) == child.pid
    os.killpg(child.pid, signal.SIGTERM)
    assert child.wait(WAIT_S) == -signal.SIGTERM


def subprocess_timeout() -> None:
    begun = time.monotonic()
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "100"], timeout=0.2)
        raise AssertionError("it ended by itself")
    assert time.monotonic() - begun < 20


def orphans_are_reaped() -> None:
    """The first process of the sandbox must do what init does, or daemons that ended stay as zombies."""
    said = subprocess.run(["sh", "-c", "sleep 0.05 & echo $!"], capture_output=True, text=True).stdout
    orphan = Path("/proc", said.strip())
    deadline = time.monotonic() + WAIT_S
    while orphan.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not orphan.exists()


def exit_codes() -> None:
    for script, status in [("exit 7", 7), ("kill -9 $$", -9), ("no-such-command", 127), ("/dev/null", 126)]:
        assert subprocess.run(["sh", "-c", script], stderr=subprocess.DEVNULL).returncode == status


def process_list() -> None:
    if shutil.which("ps") is None:
        return  # the tools of this machine are tried elsewhere
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True)
    assert listed.returncode == 0
    assert f" {os.getpid()} " in f" {' '.join(listed.stdout.split())} "


def limits_can_be_lowered() -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 256
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    os.nice(1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


def no_terminal() -> None:
    assert shutil.get_terminal_size().columns > 0
    assert not any(os.isatty(descriptor) for descriptor in (0, 1, 2))
    with contextlib.suppress(OSError):
        os.open("/dev/tty", os.O_RDWR)
        raise AssertionError("there is a terminal")


PROBES = [
    multiprocessing_fork,
    multiprocessing_spawn,
    multiprocessing_forkserver,
    multiprocessing_manager,
    process_pool,
    shared_memory,
    threads,
    asyncio_subprocess,
    pseudo_terminal,
    event_descriptors,
    signals,
    process_groups,
    subprocess_timeout,
    orphans_are_reaped,
    exit_codes,
    process_list,
    limits_can_be_lowered,
    no_terminal,
]
