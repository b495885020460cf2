"""A second look at the change before it is proposed: one question to the critic's model, read leniently."""

from __future__ import annotations

from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools.tool import cut
from swe_agent.core.errors import LimitReached, ModelError
from swe_agent.core.event import Warned
from swe_agent.core.task import Effort, Task
from swe_agent.core.verdict import Verdict
from swe_agent.prompts.render import prompt

_MOST = 40_000


def criticise(speaker: Speaker, task: Task, diff: str, verdict: Verdict, *, effort: Effort | None) -> str:
    """What is wrong with the change; empty where nothing is.

    A critic that cannot be asked is no reason to lose the work: that is recorded, and nothing is said.
    """
    question = prompt("critic-question").render(
        task=task.text.strip(), diff=cut(diff, _MOST), verdict=f"{verdict.word}. {verdict.note}".strip(" .")
    )
    try:
        reply = speaker.question("critic", prompt("critic").render(), question, effort=effort, most=2048)
    except (ModelError, LimitReached) as error:
        speaker.emit(Warned(message=f"the critic was not asked: {error.message}"))
        return ""
    said = reply.content.strip()
    return "" if reply.finish == "refusal" or said.upper().rstrip(".!").startswith("OK") else said
