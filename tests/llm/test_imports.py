"""Importing the room loads no provider library; only the litellm door, once asked, loads litellm."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import swe_agent.llm
import swe_agent.testing

HEAVY = {"litellm", "openai", "httpx", "pydantic", "tiktoken", "anyio"}


def loaded_after(code: str) -> set[str]:
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return set(json.loads(done.stdout))


def modules_of(package: object) -> list[str]:
    return [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]


def test_no_module_of_llm_loads_a_provider_library() -> None:
    names = modules_of(swe_agent.llm)
    assert "swe_agent.llm.litellm_model" in names
    assert loaded_after(f"import {', '.join(names)}") & HEAVY == set()


def test_the_fakes_load_no_provider_library() -> None:
    assert loaded_after(f"import {', '.join(modules_of(swe_agent.testing))}") & HEAVY == set()


def test_the_scripted_model_needs_no_server() -> None:
    code = "import swe_agent.testing.scripted; assert 'http.server' not in sys.modules, 'http.server'"
    assert "swe_agent" in loaded_after(code)


def test_prices_need_no_litellm() -> None:
    code = "from swe_agent.llm.prices import price_book; assert len(price_book().table) > 1000"
    assert loaded_after(code) & HEAVY == set()


def test_the_light_door_needs_no_litellm() -> None:
    code = (
        "from swe_agent.llm.discover import discover_local\n"
        "assert discover_local({'nobody': 9}) == ()\n"
        "assert 'httpx' in sys.modules"
    )
    assert loaded_after(code) & {"litellm", "openai", "pydantic"} == set()
