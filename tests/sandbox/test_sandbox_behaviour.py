"""What must work inside: a sandbox in which honest programs fail is one that people switch off."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sandbox_support import interpreter_is_closed

from sandbox import Limits, Mount, Policy, Result, SandboxUnavailable, run
from sandbox.policy import Backend

PROBES = Path(__file__).parent / "behaviour"
pytestmark = pytest.mark.namespaces

# Landlock and a system call filter alone cannot give a command a network or a /dev of its own. Sockets are refused
# there, but for pairs; so are the terminals of others, and /dev/shm, where semaphores and shared memory would lie.
RESTRICTED = frozenset(
    {
        "asyncio_server", "devices", "http_by_name", "localhost_tcp4", "localhost_tcp6", "localhost_udp",
        "multiprocessing_fork", "multiprocessing_forkserver", "multiprocessing_manager", "multiprocessing_spawn",
        "process_pool", "pseudo_terminal", "shared_memory", "unix_socket",
    }
)  # fmt: skip
BACKENDS = [Backend.BUBBLEWRAP, Backend.NAMESPACES, Backend.RESTRICTED]


@dataclass(frozen=True)
class Inside:
    """A tree that commands run in, with the backend to run them by."""

    tree: Path
    backend: Backend

    @property
    def restricted(self) -> bool:
        return self.backend is Backend.RESTRICTED

    def run(self, *argv: str, limits: Limits | None = None, env: Mapping[str, str] | None = None) -> Result:
        policy = Policy(
            require=self.backend.tier, backend=self.backend, limits=limits or Limits(wall_s=120), env=env or {}
        )
        return run(policy, argv, cwd=self.tree, mounts=[Mount(source=self.tree, target=self.tree, writable=True)])


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """Only those that can be launched here; the others are skipped with the reason."""
    chosen: Backend = request.param
    if chosen is Backend.RESTRICTED and interpreter_is_closed():
        pytest.skip("root without its powers cannot enter the directory of this Python")
    try:
        run(Policy(require=chosen.tier, backend=chosen), ["true"], cwd=Path("/"))
    except SandboxUnavailable as error:
        pytest.skip(f"{chosen}: {error.message}")
    return chosen


@pytest.fixture
def inside(tmp_path: Path, backend: Backend) -> Inside:
    tree = tmp_path / "the tree"
    tree.mkdir()
    return Inside(tree, backend)


def test_what_python_programs_expect(inside: Inside) -> None:
    shutil.copytree(PROBES, inside.tree / "behaviour", ignore=shutil.ignore_patterns("__pycache__"))
    result = inside.run(sys.executable, "behaviour")
    assert result.status == 0, result.stderr.decode()
    complaints = {name: said for name, said in json.loads(result.stdout).items() if said}
    if not inside.restricted:
        assert complaints == {}
    else:
        assert set(complaints) == RESTRICTED, complaints


# --- tools -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tool:
    """A script for bash with the lines that it must print; `needs` are programs and `modules` Python's."""

    script: str
    prints: tuple[str, ...]
    needs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    status: int = 0
    open_only: bool = False
    """Needs sockets, which the restricted tier has not."""


TOOLS = {
    "gcc": Tool(
        files={"a.c": '#include <pthread.h>\n#include <stdio.h>\nvoid *f(void *x){puts("thread");return x;}\n'
               "int main(void){pthread_t t; pthread_create(&t,0,f,0); return pthread_join(t,0);}\n"},
        script="gcc -O2 -pthread -o a a.c && ./a", prints=("thread",), needs=("gcc",),
    ),
    "make -j": Tool(
        files={"Makefile": "all: a b c d\n\tcat a b c d\na b c d:\n\tsleep 0.1; echo $@ > $@\n"},
        script="make -sj4", prints=("a", "b", "c", "d"), needs=("make",),
    ),
    "node": Tool(
        files={"a.js": """
            const {Worker} = require('worker_threads'), http = require('http');
            const {execFileSync} = require('child_process');
            console.log(execFileSync('echo', ['child']).toString().trim());
            const job = "require('worker_threads').parentPort.postMessage('worker')";
            new Worker(job, {eval: true}).on('message', said => {
              console.log(said);
              const server = http.createServer((ask, answer) => answer.end('page')).listen(0, 'localhost', () =>
                http.get({port: server.address().port, host: 'localhost', agent: false}, answer =>
                  answer.on('data', data => { console.log(String(data)); server.close(); })));
            });"""},
        script="node a.js", prints=("child", "worker", "page"), needs=("node",), open_only=True,
    ),
    "java": Tool(
        files={"A.java": 'class A { public static void main(String[] a) throws Exception { Thread t = new Thread(() -> '
               'System.out.println("hello " + System.getProperty("user.name").isEmpty())); t.start(); t.join(); } }'},
        script="javac A.java && java A", prints=("hello false",), needs=("javac", "java"),
    ),
    "git": Tool(
        script="git init -q -b main . && echo a > f && git add f && git commit -qm one && git checkout -qb side && "
        "echo b > f && git commit -qam two && echo c > f && git stash -q && git worktree add -q w main && cat w/f && "
        "git gc -q && git log --format=%s",
        prints=("a", "two", "one"), needs=("git",),
    ),
    "ps": Tool(
        script="ps -o comm= -p $$; sleep 100 & pgrep -c -P $$; kill %1", prints=("bash", "1"),
        needs=("ps", "pgrep"),
    ),
    "coreutils": Tool(
        script="timeout 0.1 sleep 100; echo $?; seq 3 | xargs -P3 -n1 echo | sort; df . /tmp >/dev/null "
        "&& tar cf a.tar --exclude a.tar . && find . -name a.tar -perm /200; test -w /tmp && umask",
        prints=("124", "1", "2", "3", "./a.tar", "0022"), needs=("tar", "find"),
    ),
    "bash": Tool(
        script="diff <(echo a) <(echo a) && cat <<< here; trap 'echo trapped' USR1; kill -USR1 $$; "
        "(sleep 100 & echo bg); exec 3>&1; echo three >&3; echo gone | while read x; do echo $x; done; "
        "ulimit -c; kill %1 2>/dev/null; echo $-",
        prints=("here", "trapped", "bg", "three", "gone", "0", "hBc"),
    ),
    "perl": Tool(
        script="perl -e 'use POSIX; my $p = fork // die; exit 3 unless $p; wait; print $? >> 8, qq(\\n)'",
        prints=("3",), needs=("perl",),
    ),
    "pytest": Tool(
        files={"test_a.py": "import os\ndef test_a(tmp_path, capfd):\n    os.system('echo x')\n"
               "    assert capfd.readouterr().out == 'x\\n'\ndef test_b(): assert 0\n"},
        script="$PYTHON -m pytest -q -p no:cacheprovider test_a.py | tail -1 | cut -d' ' -f1-4; ls",
        prints=("1 failed, 1 passed", "test_a.py"), modules=("pytest",),
    ),
    "pytest-xdist": Tool(
        files={"test_a.py": "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_a(n): pass\n"},
        script="$PYTHON -m pytest -q -p xdist.plugin -p no:cacheprovider -n 2 test_a.py | tail -1 | cut -d' ' -f1,2",
        prints=("20 passed",), modules=("pytest", "xdist"),
    ),
}  # fmt: skip


def missing(tool: Tool) -> list[str]:
    return [name for name in tool.needs if not shutil.which(name)] + [
        name for name in tool.modules if not importlib.util.find_spec(name)
    ]


@pytest.mark.parametrize("name", TOOLS)
def test_tools(inside: Inside, name: str) -> None:
    tool = TOOLS[name]
    if lacking := missing(tool):
        pytest.skip(f"this machine has no {', '.join(lacking)}")
    for file, content in tool.files.items():
        (inside.tree / file).write_text(content)
    env = {"PYTHON": sys.executable, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = inside.run("bash", "-c", tool.script, env=env)
    works = (result.status, tuple(result.stdout.decode().split("\n"))) == (tool.status, (*tool.prints, ""))
    assert works != (inside.restricted and tool.open_only), (result.status, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("needs", "command", "says"),
    [
        ("npm", "npm install --no-save left-pad", b"ENOTCACHED"),
        ("", "$PYTHON -m pip install --target=x left-pad", b"No matching distribution found"),
        ("uv", "uv pip install --target=x left-pad", b"network"),
        ("curl", "curl -sS https://example.org", b"Could not resolve host"),
        ("git", "git clone https://example.org/x.git", b"Could not resolve host"),
    ],
)
def test_what_needs_a_network_fails_at_once_and_says_so(inside: Inside, needs: str, command: str, says: bytes) -> None:
    """Within 3 s on an idle machine; without the settings for it npm takes 77 s, pip 15 s."""
    if needs and not shutil.which(needs):
        pytest.skip(f"this machine has no {needs}")
    (inside.tree / "package.json").write_text("{}")
    result = inside.run("bash", "-c", command, env={"PYTHON": sys.executable})
    assert result.status != 0
    assert inside.restricted or says in result.stderr  # there, some complain first of what they may not read
    assert result.duration_s < 12


def test_much_output_keeps_its_beginning_and_its_end(inside: Inside) -> None:
    result = inside.run("bash", "-c", "seq 1000000; echo end >&2; exit 3", limits=Limits(output_bytes=10_000))
    assert (result.status, result.stderr) == (3, b"end\n")
    assert result.stdout.startswith(b"1\n2\n")
    assert result.stdout.endswith(b"\n1000000\n")
    assert len(result.stdout) < 11_000
