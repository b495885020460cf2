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
