"""Where a file lies. The one place that knows; directories are made by whoever writes first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoPaths:
    """`home` is our folder in the git common directory, or in the state directory where that cannot be written."""

    home: Path
    state: Path
    """`$XDG_STATE_HOME/swe-agent/<repo id>`: boxes, landings and logs, never inside the user's checkout or `.git`."""
    cache: Path
    """`$XDG_CACHE_HOME/swe-agent`: the index, shared by clones, worktrees and branches."""

    @property
    def ledger(self) -> Path:
        return self.home / "ledger.db"

    @property
    def journal(self) -> Path:
        return self.home / "journal.jsonl"

    @property
    def trajectories(self) -> Path:
        return self.home / "trajectories"

    def trajectory(self, job: str) -> Path:
        return self.trajectories / f"{job}.jsonl"

    @property
    def lines(self) -> Path:
        """Labels of lines: a cache apart from the ledger, for a first walk through a long history takes long, and no
        other command is to wait for it."""
        return self.home / "lines.db"

    @property
    def attribution_keys(self) -> Path:
        """Under which accepted lines are hashed; they travel with the notes."""
        return self.home / "attribution-keys.json"

    @property
    def export_key(self) -> Path:
        """Under which ids are hashed that are exported; it never leaves this machine."""
        return self.home / "export-key.json"

    @property
    def ingest_lock(self) -> Path:
        """Held while it is decided which decisions are new."""
        return self.home / "ingest.lock"

    @property
    def notes_lock(self) -> Path:
        """Held while notes are written, by whichever work tree."""
        return self.home / "notes.lock"

    @property
    def notes_state(self) -> Path:
        """What the last writing of notes has left to do for the next one."""
        return self.home / "notes.json"

    @property
    def settled(self) -> Path:
        """How far the journal has been read without finding a landing that is not finished."""
        return self.home / "settled"

    @property
    def uncommitted(self) -> Path:
        """A file for each landing whose lines may still be committed, read by git's hook."""
        return self.home / "landed"

    @property
    def spool(self) -> Path:
        """A small file for each thing that git's hooks have noted, taken in by the next command."""
        return self.home / "spool"

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def index(self) -> Path:
        return self.cache / "index"

    @property
    def boxes(self) -> Path:
        return self.state / "boxes"

    @property
    def packs(self) -> Path:
        """What boxes keep for each other; in the same file system, for they share it by hard links."""
        return self.state / "packs"

    @property
    def set_up(self) -> Path:
        """What setup commands have made; in the boxes' file system, for it is moved out of them."""
        return self.state / "setup"

    def box(self, job: str) -> Path:
        return self.boxes / job

    @property
    def landings(self) -> Path:
        return self.state / "landings"

    def landing(self, landing: str) -> Path:
        return self.landings / landing

    @property
    def landing_lock(self) -> Path:
        return self.state / "landing.lock"

    @property
    def logs(self) -> Path:
        return self.state / "logs"
