"""What every test shares: a sealed environment, Hypothesis profiles, an honest skip where nothing can be launched."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sandbox import probe

sys.path.insert(0, str(Path(__file__).parent / "support"))

import plain_python

# First on PATH is the environment that runs the tests: a sandbox shows what is on PATH, wherever it lies.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

# Whoever is started in the background of a shell ignores Ctrl-C, and so would every program that a test starts and
# interrupts: an ignored signal is inherited, a handler is not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

QUICK = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("default", deadline=None, suppress_health_check=QUICK, max_examples=60)
settings.register_profile("full", deadline=None, suppress_health_check=QUICK, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("namespaces")]
    if marked and not (report := probe()).namespaced:
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"no namespaces: {report.reason}"))


@pytest.fixture(autouse=True, scope="session")
def python_of_projects(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What `python` is to the projects that the program works on."""
    os.environ["PATH"] = f"{plain_python.make(tmp_path_factory.mktemp('plain'))}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(autouse=True, scope="session")
def event_loop_of_the_thread() -> Iterator[None]:
    """litellm asks for the event loop of the thread, and where there is none leaves the one that is made for it to the
    garbage collector: its warning would be raised within whatever runs then."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    loop.close()


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's settings, keys and state are not ours to use."""
    home = tmp_path / "home of a tester"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("GIT_", "SWE_AGENT_", "XDG_")) or name.endswith("_API_KEY") or name == "OPENAI_BASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    # One more run of the tests for each job whose model is scripted: what is about it switches it on.
    monkeypatch.setenv("SWE_AGENT_CONTEXT_TESTS", "never")
