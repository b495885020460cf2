"""Against the host's own hands in the tree: reading, writing, putting back, taking home and removing."""

import time

from sandbox.battery.attempt import Attempt, During, HostRead, HostReset, HostReview, HostWrite, Session, python
from sandbox.battery.evidence import late, leaked, left, touched, unseen
from sandbox.errors import SandboxError


def _write_often(session: Session) -> str:
    """Write a file over and over, as an edit tool that has bad luck."""
    end = time.monotonic() + 1.5  # the command takes a moment to begin
    while time.monotonic() < end:
        try:
            session.write("pkg/mod.py", b"written by the host\n")
        except (OSError, SandboxError):
            continue
    return ""


ATTEMPTS = (
    Attempt(
        id="T01",
        category="tree",
        title="exchange a directory for a link while the host writes in it",
        script="mkdir -p spare; ln -s $OUT spare/link",
        signs=(touched,),
        steps=(
            During(
                script=python("""
end = time.monotonic() + 6
while time.monotonic() < end and not os.path.exists('stop'):
    for _ in range(200):
        call(316, -100, b'pkg', -100, b'spare/link', 2)
"""),
                act=_write_often,
            ),
        ),
    ),
    Attempt(
        id="T02",
        category="tree",
        title="have the host write through links to a file and to a directory",
        script="rm -rf pkg lib.py; ln -s $OUT pkg; ln -s $OUT/mod.py lib.py",
        signs=(touched,),
        steps=(HostWrite(path="pkg/mod.py"), HostWrite(path="lib.py"), HostWrite(path="pkg/new/file.py")),
    ),
    Attempt(
        id="T03",
        category="tree",
        title="have the host put files back through a link",
        script="rm -rf pkg; ln -s $OUT pkg",
        signs=(touched,),
        steps=(HostReset(),),
    ),
    Attempt(
        id="T04",
        category="tree",
        title="have the host read a key through a link",
        script="ln -s $USERHOME/.ssh/id_ed25519 notes.txt; rm -rf pkg; ln -s $USERHOME pkg",
        signs=(leaked,),
        steps=(HostRead(path="notes.txt"), HostRead(path="pkg/.bashrc")),
    ),
    Attempt(
        id="T05",
        category="tree",
        title="have the host read its own environment through a link",
        script="ln -s /proc/self/environ notes.txt; rm -f lib.py; ln -s /proc/thread-self/environ lib.py",
        signs=(leaked,),
        steps=(HostRead(path="notes.txt"), HostRead(path="lib.py")),
    ),
    Attempt(
        id="T06",
        category="tree",
        title="have the host wait for ever at a pipe in a file's place",
        script="rm lib.py; mkfifo lib.py pkg/new.py; echo PIPED >> app.py",
        signs=(late, unseen("PIPED")),
        steps=(HostRead(path="lib.py"), HostReview()),
    ),
    Attempt(
        id="T07",
        category="tree",
        title="directories nested deeper than a path can say",
        script=python("""
open('app.py', 'a').write('DEEPER')
for _ in range(3000):
    os.mkdir('d')
    os.chdir('d')
"""),
        signs=(left, unseen("DEEPER"), late),
        steps=(HostReview(),),
    ),
    Attempt(
        id="T08",
        category="tree",
        title="files and directories that their owner may neither read nor remove",
        script="""
mkdir -p dark/inner; echo HIDDEN > dark/inner/new.py; echo CLOSED >> app.py; ln -s $OUT dark/inner/link
chmod 000 app.py dark/inner/new.py dark/inner dark
""",
        signs=(left, unseen("HIDDEN"), unseen("CLOSED"), touched),
        steps=(HostReview(),),
        control="user",
    ),
    Attempt(
        id="T09",
        category="tree",
        title="a file in a directory's place and a directory in a file's",
        script="""
rm -rf pkg lib.py; echo REPLACED > pkg; mkdir -p lib.py/x; echo INSTEAD > lib.py/x/new
mkdir '.gi'; ln -s $OUT away; rm -f .gitignore; ln -s $OUT/canary.txt .gitignore
""",
        signs=(leaked, unseen("REPLACED"), unseen("INSTEAD"), touched),
        steps=(HostReview(), HostRead(path=".gitignore"), HostReset()),
    ),
)
