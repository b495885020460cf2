"""What the last writing of notes has left to do for the next one."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from swe_agent.jobs.kit import Kit
from swe_agent.store.evidence import NOWHERE, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the journal held up to `last` is in the notes at `tip`. `labelled` is the commit up to which commits have
    notes, by the evidence whose digest is `known`."""

    tip: str = ""
    last: Place = NOWHERE
    labelled: str = ""
    known: str = ""

    def in_notes(self, tip: str) -> Place:
        """The last line of the journal whose evidence is known to be in the notes at `tip`."""
        return self.last if tip == self.tip else NOWHERE


def state_of(kit: Kit) -> State:
    with suppress(OSError, ValueError, TypeError, KeyError):
        data = json.loads(kit.place.paths.notes_state.read_bytes())
        return State(**{**data, "last": Place(*data["last"])})
    return State()


def remember(kit: Kit, state: State) -> None:
    with suppress(OSError):  # then all is compared again
        kit.place.paths.notes_state.write_text(json.dumps(asdict(state)), "ascii")
