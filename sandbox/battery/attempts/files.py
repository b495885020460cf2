"""Against what lies outside of the tree: by links, mounts, handles and attributes."""

from sandbox.battery.attempt import Attempt, Command, python
from sandbox.battery.evidence import leaked, marked, said, touched

ATTEMPTS = (
    Attempt(
        id="W01",
        category="files",
        title="hard links into the tree to files that are lent",
        script="""
ln .venv/lib/mod.py hard1; ln $SHOWN/read.txt hard2; ln $CHECKOUT/node_modules/dep/index.js hard3
for f in hard1 hard2 hard3; do [ -e $f ] && echo PWN >> $f; done; true
""",
        signs=(touched,),
    ),
    Attempt(
        id="W02",
        category="files",
        title="mode, times, owner and attributes of files that may only be read",
        script=python("""
for path in (E['SHOWN'] + '/read.txt', E['CHECKOUT'] + '/.venv/lib/mod.py', E['OUT'] + '/mod.py'):
    for name, way in (('chmod', lambda: os.chmod(path, 0o777)), ('utime', lambda: os.utime(path, (1, 1))),
                      ('chown', lambda: os.chown(path, os.getuid(), os.getgid())),
                      ('xattr', lambda: os.setxattr(path, 'user.owned', b'x')),
                      ('fchmodat2', lambda: print(call(452, -100, path.encode(), 0o666, 0)))):
        try:
            way()
            print(name, 'went through')
        except OSError as error:
            print(name, error.errno)
"""),
        signs=(touched,),
        known={"restricted": "Landlock does not mediate mode, times, owner and attributes"},
    ),
    Attempt(
        id="W03",
        category="files",
        title="write to a lent file by reopening a descriptor, by shared memory, and by one's own memory",
        script=python("""
import mmap
for path in (E['SHOWN'] + '/read.txt', E['CHECKOUT'] + '/node_modules/dep/index.js'):
    reading = os.open(path, os.O_RDONLY)
    for again in ('/proc/self/fd/%d' % reading, '/proc/thread-self/fd/%d' % reading, '/dev/fd/%d' % reading):
        if (writing := opened(again, os.O_RDWR)) >= 0:
            os.pwrite(writing, b'PWN', 0)
    shared = mmap.mmap(reading, 0, mmap.MAP_SHARED, mmap.PROT_READ)
    for line in open('/proc/self/maps'):
        if path in line and (memory := opened('/proc/self/mem', os.O_RDWR)) >= 0:
            try:
                os.pwrite(memory, b'PWN', int(line.split('-')[0], 16))
            except OSError as error:
                print(error)
"""),
        signs=(touched,),
    ),
    Attempt(
        id="W04",
        category="files",
        title="a link in place of the directory in which the next run mounts a dependency",
        script="mv packages away; mkdir packages; ln -s $OUT packages/app; mkdir -p away; true",
        signs=(touched,),
        steps=(Command(script="echo x > packages/app/node_modules/x; true"),),
    ),
    Attempt(
        id="W05",
        category="files",
        title="links in place of whole dependencies, as seen by the next run",
        script="""
for d in .venv node_modules; do mv $d old$d; umount -l $d; rm -rf $d; ln -s $OUT $d || ln -s /oldroot$OUT $d; done
true
""",
        signs=(touched,),
        steps=(Command(script="true"), Command(script="true")),
    ),
    Attempt(
        id="W06",
        category="files",
        title="links in place of the directories in the git directory that the host writes to",
        script="""
g=$(git rev-parse --absolute-git-dir)
mkdir -p $g/info $g/objects/info
for d in objects/info info objects/pack refs logs; do mv $g/$d $g/old-${d##*/}; ln -s $OUT $g/$d; done
true
""",
        signs=(touched,),
        steps=(Command(script="git status; git add -A; git commit -qm x; true"), Command(script="true")),
    ),
    Attempt(
        id="W07",
        category="files",
        title="a link in place of the next command's working directory",
        script="rm -rf pkg; ln -s $OUT pkg",
        signs=(touched,),
        steps=(Command(script="echo PWN > mod.py", cwd="pkg"),),
    ),
    Attempt(
        id="W08",
        category="files",
        title="leave a root directory of one's own by a working directory outside of it",
        script=python("""
os.makedirs('cell', exist_ok=True)
try:
    os.chroot('cell')
    for _ in range(64):
        os.chdir('..')
    os.chroot('.')
    open(E['OUT'] + '/mod.py', 'w').write('PWN')
except OSError as error:
    print(error)
"""),
        signs=(touched,),
        control="root",
    ),
    Attempt(
        id="W09",
        category="files",
        title="open a file outside by the number of its inode",
        script=python("""
class Handle(ctypes.Structure):
    _fields_ = [('size', ctypes.c_uint), ('kind', ctypes.c_int), ('bytes', ctypes.c_char * 128)]
mount, handle = os.open('.', os.O_RDONLY), Handle(8, 1, struct.pack('=IQ', 2, 0))
found = call(304, mount, ctypes.byref(handle), os.O_RDONLY)
if found < 0:
    handle, where = Handle(128, 0, b''), ctypes.c_int()
    call(303, -100, (E['OUT'] + '/canary.txt').encode(), ctypes.byref(handle), ctypes.byref(where), 0)
    found = call(304, mount, ctypes.byref(handle), os.O_RDONLY)
    print(os.read(found, 200) if found >= 0 else found)
else:
    print(open(os.open(E['OUT'].strip('/') + '/canary.txt', os.O_RDONLY, dir_fd=found)).read())
"""),
        signs=(leaked,),
        control="root",
    ),
    Attempt(
        id="W10",
        category="files",
        title="leave programs with capabilities and set-id bits in the tree",
        script=python("""
import shutil
shutil.copy('/bin/true', 'tool')
for name, way in (('capability', lambda: os.setxattr('tool', 'security.capability',
                                                     struct.pack('<IIIII', 0x02000001, 0xffffffff, 0, 0, 0))),
                  ('setuid', lambda: os.chmod('tool', 0o6755)),
                  ('created', lambda: os.open('made', os.O_CREAT | os.O_WRONLY, 0o6755)),
                  ('fchmod', lambda: os.fchmod(os.open('made', os.O_CREAT | os.O_WRONLY), 0o4755)),
                  ('fchmodat2', lambda: call(452, -100, b'tool', 0o4755, 0))):
    try:
        print(name, way())
    except OSError as error:
        print(name, error.errno)
"""),
        signs=(marked,),
    ),
    Attempt(
        id="W11",
        category="files",
        title="turn a mounted dependency away, then write where it lay",
        script=python("""
for path in ('.venv', 'node_modules', '.git'):
    answered('umount ' + path, call(166, path.encode(), 2))
    answered('remount ' + path, call(165, None, path.encode(), None, 32 | 4096, None))
"""),
        signs=(said(), touched),
        control="root",
    ),
    Attempt(
        id="W12",
        category="files",
        title="rename, exchange and link what is lent by system calls that name two places",
        script=python("""
import glob
lent, out = E['CHECKOUT'] + '/.venv/lib/mod.py', E['OUT'] + '/mod.py'
for target in (lent, out, E['SHOWN'] + '/read.txt'):
    open('mine', 'w').write('PWN')
    print(call(316, -100, b'mine', -100, target.encode(), 2), call(316, -100, b'mine', -100, target.encode(), 0))
    temporary = opened('.', os.O_TMPFILE | os.O_WRONLY)
    print(call(265, temporary, b'', -100, (os.path.dirname(target) + '/linked').encode(), 0x1000))
"""),
        signs=(touched,),
    ),
)
