"""Only models on this machine: what counts as that."""

from __future__ import annotations

import pytest

from swe_agent.core.errors import ConfigError
from swe_agent.llm.local import require_local, stays_here
from swe_agent.llm.roles import model_ref


@pytest.mark.parametrize(
    "named",
    [
        "qwen@http://127.0.0.1:11434/v1",
        "qwen@http://127.8.9.1:1",
        "qwen@http://localhost:8000/v1",
        "qwen@http://LOCALHOST:8000/v1",
        "qwen@http://[::1]:8000/v1",
        "scripted:a.json",
        "recorded:a.jsonl",
    ],
)
def test_what_stays_here(named: str) -> None:
    assert stays_here(model_ref(named))
    require_local([model_ref(named)])


@pytest.mark.parametrize(
    "named",
    [
        "gpt-5",
        "ollama/qwen",  # where it goes is decided by a variable that litellm reads
        "qwen@https://api.openai.com/v1",
        "qwen@http://localhost.example.org/v1",
        "qwen@http://my.localhost/v1",  # a resolver's business
        "qwen@http://127.0.0.1.example.org/v1",
        "qwen@http://127.1.example.org/v1",
        "qwen@http://127.0.0.1@example.org/v1",
        "qwen@http://0.0.0.0:1/v1",
        "qwen@http://10.0.0.1:1/v1",
        "qwen@http://2130706433:1/v1",
        "qwen@http://[::ffff:127.0.0.1]:1/v1",
        "qwen@http://[fe80::1]:1/v1",
        "gpt-oss:120b-cloud@http://127.0.0.1:11434/v1",  # Ollama passes it on
        "kimi-k2:cloud@http://127.0.0.1:11434/v1",
    ],
)
def test_what_does_not(named: str) -> None:
    assert not stays_here(model_ref(named))
    with pytest.raises(ConfigError) as refused:
        require_local([model_ref("scripted:a.json"), model_ref(named)])
    assert refused.value.exit_code == 2
    assert model_ref(named).name in refused.value.message
