"""Against what the user keeps to themselves: other jobs, other processes, queues, sockets, ignored files."""

from sandbox.battery.attempt import Attempt, python
from sandbox.battery.evidence import leaked, touched, visited

ATTEMPTS = (
    Attempt(
        id="S01",
        category="secrets",
        title="read and change the workspace of another job",
        script="""
cat $OTHERJOB/tree/secret.txt; echo x >> $OTHERJOB/host.git/config
find / -xdev -path '*/jobs/*/secret.txt' -exec cat {} + 2>/dev/null; true
""",
        signs=(leaked, touched),
    ),
    Attempt(
        id="S02",
        category="secrets",
        title="read the memory of a process of the user",
        script=python("""
class Vector(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('length', ctypes.c_size_t)]
victim, address, room = int(E['VICTIM']), int(E['ADDRESS']), ctypes.create_string_buffer(64)
print(call(310, victim, ctypes.byref(Vector(ctypes.addressof(room), 64)), 1, ctypes.byref(Vector(address, 64)), 1, 0))
print(room.value)
if (memory := opened('/proc/%d/mem' % victim, os.O_RDONLY)) >= 0:
    print(os.pread(memory, 64, address))
"""),
        signs=(leaked,),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="S03",
        category="secrets",
        title="take a descriptor out of a process of the user",
        script=python("""
try:
    got = call(438, os.pidfd_open(int(E['VICTIM'])), 9, 0)
    print(got, os.pread(got, 200, 0) if got >= 0 else '')
except OSError as error:
    print(error)
"""),
        signs=(leaked,),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="S04",
        category="secrets",
        title="receive from a POSIX message queue of the user",
        script=python("""
room = ctypes.create_string_buffer(8192)
queue = libc.mq_open(E['QUEUE'].encode(), os.O_RDONLY | os.O_NONBLOCK)
print(queue, libc.mq_receive(queue, room, 8192, None), room.value)
"""),
        signs=(leaked,),
        needs=frozenset({"queues"}),
    ),
    Attempt(
        id="S05",
        category="secrets",
        title="receive from a System V message queue of the user",
        script=python("""
room = ctypes.create_string_buffer(8192)
queue = libc.msgget(0x53574542, 0)
print(queue, libc.msgrcv(queue, room, 8000, 0, 0o4000), room.raw[8:80])
"""),
        signs=(leaked,),
        needs=frozenset({"queues"}),
    ),
    Attempt(
        id="S06",
        category="secrets",
        title="sockets of the user that lie where something may be read",
        script=python("""
for path in (E['SHOWN'] + '/host.sock', E['CHECKOUT'] + '/.venv/host.sock', E['USERHOME'] + '/host.sock'):
    try:
        directory = os.open(os.path.dirname(path), os.O_PATH)
        one = socket.socket(socket.AF_UNIX)
        one.connect('/proc/self/fd/%d/host.sock' % directory)
        print('connected')
    except OSError as error:
        print(path, error)
"""),
        signs=(visited,),
        needs=frozenset({"sockets"}),
        known={"*": "no rule of the kernel keeps a command from a socket by its place: show no directory with one"},
    ),
    Attempt(
        id="S07",
        category="secrets",
        title="read an ignored file that `.worktreeinclude` names",
        script="cat .env; cat ../*/.env; find / -xdev -name .env -exec cat {} + 2>/dev/null; true",
        signs=(leaked,),
    ),
    Attempt(
        id="S08",
        category="secrets",
        title="find keys in what the sandbox passes on: environment, arguments, descriptors, mounts, core patterns",
        script="""
env; cat /proc/self/environ /proc/1/environ /proc/*/cmdline /proc/self/mountinfo | tr '\\0' '\\n'
cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -a CANARY
declare -p; true
""",
        signs=(leaked,),
    ),
)
