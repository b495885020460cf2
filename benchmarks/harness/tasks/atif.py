"""Trajectories in the Agent Trajectory Interchange Format, from our events and from mini-swe-agent's file.

A step is a message of the person's or the system's, or one answer of the model with its calls and what came of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

VERSION = "ATIF-v1.7"
Row = dict[str, Any]


def kind(event: Mapping[str, Any]) -> str:
    """What an event of our stream is."""
    return str(event.get("type") or "")


def of_events(events: Sequence[Mapping[str, Any]], session: str) -> Row:
    """`ModelAsked` brings new messages, `ModelAnswered` is a step, `ToolUsed` what came of its calls."""
    steps: list[Row] = []
    waiting: dict[str, Row] = {}
    model = version = ""
    for event in events:
        match kind(event):
            case "TaskStarted":
                version = str(event.get("versions") or "")
            case "ModelAsked":
                model = event["model"]
                for message in event["new"]:
                    if message["role"] in ("system", "user"):
                        steps.append(_step(event["at"], message["role"], message["content"]))
            case "ModelAnswered":
                step = _answer(event)
                steps.append(step)
                waiting |= {call["tool_call_id"]: step for call in step.get("tool_calls", ())}
            case "ToolUsed":
                if step := waiting.get(event["call_id"]):
                    results = step.setdefault("observation", {"results": []})["results"]
                    results.append({"source_call_id": event["call_id"], "content": event["result"]})
            case _:
                continue
    return _whole("swe-agent", version, model, session, steps)


def _step(at: str, source: str, message: str) -> Row:
    return {"timestamp": at, "source": source, "message": message}


def _answer(event: Mapping[str, Any]) -> Row:
    usage, nano = event["usage"], event["cost"]["nano_usd"]
    step = _step(event["at"], "agent", event["content"]) | {
        "model_name": event["model"],
        "metrics": {
            "prompt_tokens": sum(
                usage.get(name, 0) for name in ("input_tokens", "cached_tokens", "cache_write_tokens")
            ),
            "completion_tokens": usage.get("output_tokens", 0),
            "cached_tokens": usage.get("cached_tokens", 0),
            **({} if nano is None else {"cost_usd": nano / 1e9}),
        },
        "extra": {"role": event["role"], "finish": event["finish"]},
    }
    if event["tool_calls"]:
        step["tool_calls"] = [_call(call["id"], call["name"], call["arguments"]) for call in event["tool_calls"]]
    return step


def _call(call_id: str, name: str, arguments: Any) -> Row:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            arguments = {"unreadable": arguments}
    return {
        "tool_call_id": call_id,
        "function_name": name,
        "arguments": arguments if isinstance(arguments, dict) else {"value": arguments},
    }


def of_mini(written: Mapping[str, Any], session: str) -> Row:
    """Its messages; the model's own answer, with usage, lies in `extra.response`."""
    info = written.get("info") or {}
    steps: list[Row] = []
    for message in written.get("messages") or ():
        extra, text = message.get("extra") or {}, _plain(message.get("content"))
        if message.get("role") == "assistant":
            usage = (extra.get("response") or {}).get("usage") or {}
            cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
            step = _step("", "agent", text) | {
                "metrics": {
                    "prompt_tokens": usage.get("prompt_tokens") or 0,
                    "completion_tokens": usage.get("completion_tokens") or 0,
                    "cached_tokens": cached,
                }
            }
            if called := message.get("tool_calls"):
                step["tool_calls"] = [
                    _call(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in called
                ]
            steps.append(step)
        elif steps and steps[-1]["source"] == "agent" and message.get("role") in ("tool", "user"):
            result: Row = {"content": text}
            if message.get("tool_call_id"):
                result["source_call_id"] = message["tool_call_id"]
            steps[-1].setdefault("observation", {"results": []})["results"].append(result)
        elif message.get("role") in ("system", "user"):
            steps.append(_step("", message["role"], text))
    model = ((info.get("config") or {}).get("model") or {}).get("model_name") or ""
    for step in steps:
        if not step["timestamp"]:
            del step["timestamp"]
    return _whole("mini-swe-agent", str(info.get("mini_version") or ""), model, session, steps)


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content or ""


def _whole(name: str, version: str, model: str, session: str, steps: list[Row]) -> Row:
    metrics = [step["metrics"] for step in steps if "metrics" in step]
    costs = [one.get("cost_usd") for one in metrics]
    total: Row = {
        "total_prompt_tokens": sum(one["prompt_tokens"] for one in metrics),
        "total_completion_tokens": sum(one["completion_tokens"] for one in metrics),
        "total_cached_tokens": sum(one["cached_tokens"] for one in metrics),
        "total_steps": len(steps),
    }
    if costs and None not in costs:
        total["total_cost_usd"] = sum(cost for cost in costs if cost is not None)
    agent: Row = {"name": name, "version": version or "unknown"}
    if model:
        agent["model_name"] = model
    return {
        "schema_version": VERSION,
        "session_id": session,
        "agent": agent,
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": total,
    }
