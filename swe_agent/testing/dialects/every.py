"""All dialects that there are."""

from __future__ import annotations

from swe_agent.testing.dialects.chat import CHAT
from swe_agent.testing.dialects.gemini import GEMINI
from swe_agent.testing.dialects.messages import MESSAGES
from swe_agent.testing.dialects.responses import RESPONSES

EVERY = (CHAT, RESPONSES, MESSAGES, GEMINI)
