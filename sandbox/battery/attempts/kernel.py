"""Against the kernel: system calls and files that no command needs and that have let people out before.

Numbers are those of x86-64, the one architecture on which the sandbox runs. What the kernel answers shows nowhere but
inside, so most of these are taken at their word.
"""

from sandbox.battery.attempt import Attempt, python
from sandbox.battery.evidence import said

ATTEMPTS = (
    Attempt(
        id="K01",
        category="kernel",
        title="handle page faults in user space",
        script=python("""
answered('userfaultfd', call(323, 1))
answered('/dev/userfaultfd', opened('/dev/userfaultfd', os.O_RDWR), (1,))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K02",
        category="kernel",
        title="new namespaces by clone and clone3 instead of unshare",
        script=python("""
def child(name, pid):
    if pid == 0:
        os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)
    answered(name, pid)
child('clone NEWUSER', call(56, 0x10000000 | 17, 0, 0, 0, 0))
child('clone NEWUSER|NEWNET', call(56, 0x50000000 | 17, 0, 0, 0, 0))
child('clone3 NEWUSER', call(435, struct.pack('11Q', 0x10000000, 0, 0, 0, 17, *[0] * 6), 88))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K03",
        category="kernel",
        title="the new mount calls",
        script=python("""
answered('fsopen', call(430, b'tmpfs', 0))
answered('fspick', call(433, -100, b'/', 0))
answered('open_tree clone', call(428, -100, b'/', 1))
answered('mount_setattr', call(442, -100, b'/proc', 0, struct.pack('4Q', 0, 0, 0, 0), 32))
answered('move_mount', call(429, -100, b'/nowhere', -100, b'/nowhere', 0))
answered('pivot_root', call(155, b'/nowhere', b'/nowhere'))
"""),
        signs=(said(),),
        control="root",
    ),
    Attempt(
        id="K04",
        category="kernel",
        title="watch whole file systems with fanotify",
        script=python("""
answered('fanotify_init', call(300, 0x200, 0))
answered('fanotify_init content', call(300, 4, 0))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K05",
        category="kernel",
        title="calls by which one process looks into another",
        script=python("""
me, room = os.getpid(), ctypes.create_string_buffer(64)
answered('kcmp', call(312, me, me, 0, 0, 0))
answered('process_vm_writev', call(311, me, struct.pack('PN', ctypes.addressof(room), 1), 1,
                                   struct.pack('PN', ctypes.addressof(room), 1), 1, 0))
answered('pidfd_getfd', call(438, os.pidfd_open(me), 0, 0))
answered('process_madvise', call(440, -1, 0, 0, 0, 0), (1, 13, 38, 9))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K06",
        category="kernel",
        title="keyrings, and the program that the kernel starts for a missing key",
        script=python("""
answered('join a session keyring', call(250, 1, b'battery'))
answered('request_key', call(249, b'user', b'battery-absent', None, 0))
answered('keyctl describe', call(250, 6, -4, None, 0))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K07",
        category="kernel",
        title="every netlink protocol but routing",
        script=python("""
for protocol in [*range(1, 23)]:
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        print('BREACH netlink', protocol)
    except OSError as error:
        print(protocol, error.errno)
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K08",
        category="kernel",
        title="every socket family but local and internet",
        script=python("""
for family in set(range(3, 46)) - {10, 16}:
    for kind in (1, 2, 3, 5):
        try:
            socket.socket(family, kind, 0)
            print('BREACH family', family, kind)
        except OSError:
            pass
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K09",
        category="kernel",
        title="personality: readable means executable, a page at address zero, another kernel's rules",
        script=python("""
# Debuggers ask for ADDR_NO_RANDOMIZE, which weakens nobody but the program itself.
answered('READ_IMPLIES_EXEC', call(135, 0x0400000))
answered('MMAP_PAGE_ZERO', call(135, 0x0100000))
answered('high bits', call(135, ctypes.c_ulong(0xdead00400000)))
answered('PER_SVR4', call(135, 0x0001))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K10",
        category="kernel",
        title="administration: accounting, swap, quota, kernel log, clock",
        script=python("""
answered('acct', call(163, b'/nowhere/at/all'))
answered('swapon', call(167, b'/nowhere/at/all', 0))
answered('quotactl', call(179, 0x80000100, None, 0, None))
answered('syslog', call(103, 10, None, 0))
answered('clock_settime', call(227, 0, struct.pack('qq', -1, -1)))
answered('lookup by handle', call(304, -1, struct.pack('Ii', 0, 0), 0))
"""),
        signs=(said(),),
    ),
    Attempt(
        id="K11",
        category="kernel",
        title="push input into a terminal by a request number with high bits set",
        script=python("""
import fcntl
master, slave = os.openpty()
if os.fork() == 0:
    os.setsid()
    fcntl.ioctl(slave, 0x540E, 0)
    for request in (0x5412, 0x100005412, 0xdead00005412):
        answered('TIOCSTI %x' % request, call(16, slave, ctypes.c_ulong(request), b'x'), (1, 13, 5, 25))
    os._exit(0)
os.wait()
"""),
        signs=(said(),),
        control="feature",
    ),
    Attempt(
        id="K12",
        category="kernel",
        title="any file of /proc and /sys that is not one's own and can be written",
        script=python("""
for top in ('/proc/sys', '/sys', '/proc/irq', '/proc/fs', '/proc/driver', '/proc/bus', '/proc/acpi'):
    for directory, names, files in os.walk(top):
        for path in (os.path.join(directory, name) for name in files):
            if (fd := opened(path, os.O_WRONLY | os.O_NONBLOCK)) >= 0:
                print('BREACH', path)
                os.close(fd)
for name in ('sysrq-trigger', 'kcore', 'kmem', 'mtrr', 'scsi/scsi', 'timer_list', 'kpageflags'):
    if opened('/proc/' + name, os.O_WRONLY) >= 0:
        print('BREACH /proc/' + name)
"""),
        signs=(said(),),
        control="root",
    ),
    Attempt(
        id="K13",
        category="kernel",
        title="capabilities, new privileges, or no filter",
        script=r"""
grep -E '^Cap(Inh|Prm|Eff|Amb):' /proc/self/status | grep -v '0000000000000000$' | sed 's/^/BREACH /'
grep -q '^NoNewPrivs:.1' /proc/self/status || echo BREACH new privileges
grep -q '^Seccomp:.2' /proc/self/status || echo BREACH no filter
true
""",
        signs=(said(),),
    ),
    Attempt(
        id="K14",
        category="kernel",
        title="become another user or group",
        script=python("""
answered('setgroups', call(116, 1, struct.pack('I', 4242)), (1, 13, 38, 22))
# An id that is not there in a user namespace is invalid, which refuses it as well.
answered('setresgid', call(119, 4242, 4242, 4242), (1, 13, 38, 22))
answered('setresuid', call(117, 4242, 4242, 4242), (1, 13, 38, 22))
"""),
        signs=(said(),),
        control="root",
    ),
    Attempt(
        id="K15",
        category="kernel",
        title="raise limits that were lowered",
        script=python("""
import resource
for kind in ('NOFILE', 'FSIZE', 'CORE', 'NPROC', 'DATA', 'MEMLOCK', 'NICE', 'RTPRIO'):
    number = getattr(resource, 'RLIMIT_' + kind)
    try:
        hard = resource.getrlimit(number)[1]
        if hard == resource.RLIM_INFINITY:
            resource.setrlimit(number, (1 << 40, 1 << 40))
            hard = 1 << 40
        resource.setrlimit(number, (hard, hard + 1))
        print('BREACH', kind)
    except (ValueError, OSError) as error:
        print(kind, error)
"""),
        signs=(said(),),
        control="feature",
    ),
    Attempt(
        id="K16",
        category="kernel",
        title="have the kernel end others first, read disks first, lock memory",
        script=python("""
try:
    os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-900')
    print('BREACH oom_score_adj')
except OSError as error:
    print(error)
answered('ioprio_set real time', call(251, 1, 0, 1 << 13))
deadline = struct.pack('IIQiIQQQ', 48, 6, 0, 0, 0, 10**7, 10**8, 10**8)
answered('sched_setattr deadline', call(314, 0, deadline, 0), (1, 13, 38, 16))
"""),
        signs=(said(),),
        control="root",
    ),
    Attempt(
        id="K17",
        category="kernel",
        title="control groups: move out of one's own, name a release agent",
        script=python("""
wanted = {'cgroup.procs', 'tasks', 'release_agent', 'memory.limit_in_bytes', 'pids.max', 'memory.max'}
for directory, names, files in os.walk('/sys/fs/cgroup'):
    for name in wanted & set(files):
        if opened(os.path.join(directory, name), os.O_WRONLY) >= 0:
            print('BREACH', os.path.join(directory, name))
"""),
        signs=(said(),),
        control="root",
    ),
    Attempt(
        id="K18",
        category="kernel",
        title="devices of the host",
        script=python("""
usual = {'null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx', 'stdin', 'stdout', 'stderr', 'core'}
for name in set(os.listdir('/dev')) - usual:
    path = '/dev/' + name
    if name.startswith('watchdog'):
        continue  # opening it could restart the machine of whoever runs the control
    if not os.path.isdir(path) and opened(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY) >= 0:
        print('BREACH', path)
try:
    os.mknod('mem', 0o20600, os.makedev(1, 1))
    print('BREACH mknod')
except OSError as error:
    print(error)
"""),
        signs=(said(),),
        control="root",
    ),
)
