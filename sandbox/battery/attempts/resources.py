"""Against the machine: memory, processes, disk, and what one user has only so many of. Limits are set low, so that
going over them is quick and hurts nobody, also without a sandbox."""

import ctypes
import os
import time

from sandbox.battery.attempt import Attempt, During, Session, python
from sandbox.battery.evidence import heavier, more_files, said, taken
from sandbox.policy import MIB, Limits

_LITTLE_DISK = Limits(tree_bytes=48 * MIB)
_LITTLE_MEMORY = Limits(memory_bytes=256 * MIB)


def _watch_a_file(session: Session) -> str:
    """Ask for an inotify instance, as an editor does, while the attempt holds all that it could get."""
    time.sleep(1.5)
    handle = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_CLOEXEC)
    if handle < 0:
        return f"the host cannot watch files: {os.strerror(ctypes.get_errno())}"
    os.close(handle)
    return ""


ATTEMPTS = (
    Attempt(
        id="R01",
        category="resources",
        title="fill temporary directories",
        script=python("""
import tempfile
total = 0
for place in ('/tmp', '/var/tmp', '/dev/shm', E['HOME'], '/run', '/var/log'):
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            for _ in range(40):
                file.write(bytes(1 << 20))
                file.flush()
                total += 1
            keep = os.dup(file.fileno())
    except OSError as error:
        print(place, error)
print('BREACH' if total > 6 * 16 + 6 else 'held', total, 'MiB')
"""),
        signs=(said(),),
        limits=Limits(tmp_bytes=16 * MIB),
    ),
    Attempt(
        id="R02",
        category="resources",
        title="use up the inodes of the disk with empty files",
        script=python("""
try:
    for number in range(12000):
        if number % 1000 == 0:
            os.mkdir(directory := 'many%d' % number)
        os.close(os.open(directory + '/%d' % number, os.O_CREAT | os.O_WRONLY))
except OSError as error:
    print(error)
time.sleep(1.5)
print('made', number)
"""),
        signs=(more_files(11_500),),
        limits=Limits(tree_bytes=16 * MIB),
        seconds=20,
    ),
    Attempt(
        id="R03",
        category="resources",
        title="fill the disk through files that have no name any more",
        script=python("""
held, total = [], 0
try:
    for number in range(12):
        held.append(os.open('gone', os.O_CREAT | os.O_RDWR))
        os.unlink('gone')
        for _ in range(20):
            total += os.write(held[-1], b'x' * (1 << 20))
        time.sleep(0.1)
    time.sleep(2)
except OSError as error:
    print(error)
print('BREACH' if total >= 200 << 20 else 'held', total >> 20, 'MiB')
"""),
        signs=(said(),),
        limits=_LITTLE_DISK,
    ),
    Attempt(
        id="R04",
        category="resources",
        title="fill the disk through the git directory",
        script="""
g=$(git rev-parse --absolute-git-dir)
for i in 1 2 3 4 5 6 7 8 9 10; do head -c 20M /dev/zero | tr '\\0' x > $g/big$i; sleep 0.2; done
cp $g/big* . ; sleep 1
""",
        signs=(heavier(192 * MIB),),
        limits=_LITTLE_DISK,
        seconds=15,
    ),
    Attempt(
        id="R05",
        category="resources",
        title="start three hundred threads",
        script=python("""
import threading
count = 0
try:
    for _ in range(300):
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        count += 1
except RuntimeError as error:
    print(error)
print('BREACH' if count >= 300 else 'held', count)
"""),
        signs=(said(),),
        limits=Limits(processes=64),
    ),
    Attempt(
        id="R06",
        category="resources",
        title="memory in many processes, each below the limit of one",
        script=python("""
children = []
for _ in range(6):
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        room = bytearray(150 << 20)
        for at in range(0, len(room), 4096):
            room[at] = 1
        os.write(writing, b'x')
        time.sleep(5)
        os._exit(0)
    os.close(writing)
    children.append((pid, reading))
touched = sum(os.read(reading, 1) == b'x' for pid, reading in children)
time.sleep(2)
alive = sum(os.waitpid(pid, os.WNOHANG)[0] == 0 for pid, reading in children)
print('BREACH' if touched == alive == 6 else 'held', touched, alive)
for pid, reading in children:
    try:
        os.kill(pid, 9)
    except OSError:
        pass
"""),
        signs=(said(),),
        limits=_LITTLE_MEMORY,
    ),
    Attempt(
        id="R07",
        category="resources",
        title="memory that belongs to no process: files without a name and a place",
        script=python("""
held, total = [], 0
try:
    for _ in range(12):
        held.append(os.memfd_create('x'))
        for _ in range(60):
            total += os.write(held[-1], bytes(1 << 20))
    time.sleep(2)
except OSError as error:
    print(error)
print('BREACH' if total >= 700 << 20 else 'held', total >> 20, 'MiB')
"""),
        signs=(said(),),
        limits=_LITTLE_MEMORY,
        known={"cgroup": "memory that no process maps is counted by a control group alone"},
    ),
    Attempt(
        id="R08",
        category="resources",
        title="memory that is shared, so that the limit of private memory does not count it",
        script=python("""
import mmap
room, total = mmap.mmap(-1, 900 << 20), 0
for at in range(0, len(room), 4096):
    room[at] = 1
    total += 4096
time.sleep(1.5)
print('BREACH shared', total >> 20, 'MiB')
"""),
        signs=(said(),),
        limits=_LITTLE_MEMORY,
    ),
    Attempt(
        id="R09",
        category="resources",
        title="processor time in many short processes",
        script=python("""
for _ in range(14):
    if os.fork() == 0:
        end = time.process_time() + 0.4
        while time.process_time() < end:
            pass
        os._exit(0)
    os.wait()
print('BREACH 5.6 s of processor time')
"""),
        signs=(said(),),
        limits=Limits(cpu_s=1),
        seconds=20,
    ),
    Attempt(
        id="R10",
        category="resources",
        title="a file longer than is allowed, by length alone and by writing",
        script=python("""
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for name, way in (('truncate', lambda: os.truncate(os.open('a', os.O_CREAT | os.O_RDWR), 40 << 20)),
                  ('fallocate', lambda: os.posix_fallocate(os.open('b', os.O_CREAT | os.O_RDWR), 0, 40 << 20)),
                  ('pwrite', lambda: os.pwrite(os.open('c', os.O_CREAT | os.O_RDWR), b'x', 40 << 20))):
    try:
        way()
        print('BREACH', name)
    except OSError as error:
        print(name, error.errno)
"""),
        signs=(said(),),
        limits=Limits(file_bytes=16 * MIB),
    ),
    Attempt(
        id="R11",
        category="resources",
        title="take every instance by which the user's programs watch files",
        script="",
        signs=(taken,),
        steps=(
            During(
                script=python("""
held = []
for _ in range(4096):
    if (one := libc.inotify_init()) < 0:
        break
    held.append(one)
print(len(held))
end = time.monotonic() + 5
while time.monotonic() < end and not os.path.exists('stop'):
    time.sleep(0.05)
"""),
                act=_watch_a_file,
            ),
        ),
        control="feature",
        known={"*": "the kernel counts inotify instances for each user, and not for each sandbox"},
    ),
)
