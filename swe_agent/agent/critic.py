"""The critic: a second look at a change before it is proposed, and which of two changes is better. What it answers is
read leniently."""

from __future__ import annotations

import re

from swe_agent.agent.speaker import Speaker
from swe_agent.agent.tools.tool import cut
from swe_agent.core.errors import LimitReached, ModelError
from swe_agent.core.event import Warned
from swe_agent.core.task import Effort, Task
from swe_agent.core.verdict import Verdict
from swe_agent.prompts.render import prompt

_MOST = 40_000
"""Characters of what a critic is shown of changes."""
_NAMED = re.compile(r"\W*(?:change |number )*(?P<change>[12])\b[\s*`:.,-]*(?P<why>[^\n]*)", re.IGNORECASE)


def criticise(speaker: Speaker, task: Task, diff: str, verdict: Verdict, *, effort: Effort | None) -> str:
    """What is wrong with the change; empty where nothing is.

    A critic that cannot be asked is no reason to lose the work: that is recorded, and nothing is said.
    """
    question = prompt("critic-question").render(
        task=task.text.strip(), diff=cut(diff, _MOST), verdict=f"{verdict.word}. {verdict.note}".strip(" .")
    )
    try:
        said = _asked(speaker, "critic", question, effort)
    except (ModelError, LimitReached) as error:
        speaker.emit(Warned(message=f"the critic was not asked: {error.message}"))
        return ""
    return "" if said.upper().rstrip(".!").startswith("OK") else said


def better(speaker: Speaker, task: Task, first: str, second: str, *, effort: Effort | None) -> str:
    """In what the second of two changes (patches) is clearly better than the first; empty where it is not.

    Asked twice, with the changes in either place, and believed where both answers name the same one: models favour a
    place (Zheng et al., "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", 2023). Raises as `Speaker.question`.
    """
    why = ""
    for shown, wanted in (((first, second), "2"), ((second, first), "1")):
        one, two = (cut(change, _MOST // 2) for change in shown)
        question = prompt("comparison-question").render(task=task.text.strip(), first=one, second=two)
        named = _NAMED.match(_asked(speaker, "comparison", question, effort))
        if named is None or named["change"] != wanted:
            return ""
        why = why or named["why"].strip()
    return why or "the critic does not say in what"


def _asked(speaker: Speaker, name: str, question: str, effort: Effort | None) -> str:
    """Empty where the model declines to say anything."""
    reply = speaker.question("critic", prompt(name).render(), question, effort=effort, most=2048)
    return "" if reply.finish == "refusal" else reply.content.strip()
