"""Against what starts, watches and ends commands: its descriptors, its processes, its idea of when a run is over."""

from sandbox.battery.attempt import BEATING, Attempt, Command, HostReview, python
from sandbox.battery.evidence import harmed, late, leaked, outlived, ran, said, touched, typed

ATTEMPTS = (
    Attempt(
        id="L01",
        category="launcher",
        title="use descriptors that the launcher left open",
        script=python("""
for fd in range(3, 256):
    try:
        os.fstat(fd)
    except OSError:
        continue
    if E['PWD'] in (name := os.readlink('/proc/self/fd/%d' % fd)):
        continue
    print('BREACH', fd, name)
    for way in (lambda: os.write(fd, b'{"child-pid": 1, "exit-code": 0}\\n'),
                lambda: os.write(os.open('mod.py', os.O_WRONLY, dir_fd=fd), b'x')):
        try:
            way()
        except OSError:
            pass
"""),
        signs=(said(), touched),
        needs=frozenset({"descriptors"}),
    ),
    Attempt(
        id="L02",
        category="launcher",
        title="write into the memory of a process with fewer restrictions, such as the first of the namespace",
        script=python("""
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        status = open('/proc/%s/status' % pid).read()
    except OSError:
        continue
    free = 'Seccomp:\\t0' in status or 'NoNewPrivs:\\t0' in status
    if int(pid) != os.getpid() and free and opened('/proc/%s/mem' % pid, os.O_RDWR) >= 0:
        print('BREACH', pid, status.split()[1])
"""),
        signs=(said(),),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="L03",
        category="launcher",
        title="go out by the root, working directory and descriptors of every process that is seen",
        script="""
for p in /proc/[0-9]*; do
  for way in $p/root$OUT $p/cwd/../outside $p/fd/*/.. ; do
    grep -h CANARY $way/canary.txt; echo x >> $way/mod.py
  done
  grep -ah CANARY $p/fd/9
done 2>/dev/null
true
""",
        signs=(touched, leaked),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="L04",
        category="launcher",
        title="write to the user's terminal by its name",
        script='printf "\\033]0;owned\\007" > $TERMINAL; true',
        signs=(typed,),
        needs=frozenset({"terminal"}),
    ),
    Attempt(
        id="L05",
        category="launcher",
        title="signal a process of the host through a descriptor of it",
        script=python("""
try:
    signal.pidfd_send_signal(os.pidfd_open(int(E['VICTIM'])), signal.SIGSTOP)
except OSError as error:
    print(error)
"""),
        signs=(harmed,),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="L06",
        category="launcher",
        title="have the kernel signal a process of the host when a pipe can be read",
        script=python("""
import fcntl
reading, writing = socket.socketpair()
try:
    fcntl.fcntl(reading, fcntl.F_SETOWN, int(E['VICTIM']))
    fcntl.fcntl(reading, 10, signal.SIGTERM.value)
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    writing.send(b'x')
    time.sleep(0.2)
except OSError as error:
    print(error)
"""),
        signs=(harmed,),
        needs=frozenset({"victim"}),
    ),
    Attempt(
        id="L07",
        category="launcher",
        title="live on without the session, the group and the environment by which processes are found",
        script=f"(env -i TREE=$TREE setsid bash -c '{BEATING}' >/dev/null 2>&1 </dev/null &); sleep 0.3",
        signs=(outlived,),
    ),
    Attempt(
        id="L08",
        category="launcher",
        title="outrun the killing: a chain of processes of which each lives for a moment",
        script=python("""
if os.fork() == 0:
    os.setsid()
    for fd in (0, 1, 2):
        os.close(fd)
    end = time.monotonic() + 6
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        os.setsid()
        with open(E['TREE'] + '/beat', 'a') as file:
            file.write('x')
"""),
        signs=(outlived,),
    ),
    Attempt(
        id="L09",
        category="launcher",
        title="keep the output open after the command has ended",
        script="setsid sleep 14 & exit 0",
        signs=(late,),
        seconds=1,
    ),
    Attempt(
        id="L10",
        category="launcher",
        title="take no notice of any signal that can be ignored",
        script="trap '' TERM INT HUP QUIT XCPU USR1 USR2 ALRM; for i in $(seq 12); do sleep 1; done",
        signs=(late,),
        seconds=1,
    ),
    Attempt(
        id="L11",
        category="launcher",
        title="plant programs for a host whose PATH begins with the current directory",
        script="""
for name in git bwrap sh bash env python3 setpriv unshare; do
  printf '#!/bin/sh\\ntouch $PWNED\\n' > $name; chmod +x $name
done
""",
        signs=(ran,),
        steps=(Command(script="true"), HostReview()),
        environ={"PATH": ".:/usr/local/bin:/usr/bin:/bin"},
    ),
    Attempt(
        id="L12",
        category="launcher",
        title="stop instead of ending, so that no signal but one is heard",
        script="(sleep 12 & kill -STOP $!; kill -STOP $BASHPID) & kill -STOP $$",
        signs=(late,),
        seconds=1,
    ),
)
