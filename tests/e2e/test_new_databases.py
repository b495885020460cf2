"""A new clone in which several commands start at the same moment: each finds the databases, and none is turned away."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TRIES = 40

OPENS = {
    "ledger": "with Database(folder / 'ledger.db').writing() as db: db.execute('INSERT INTO day VALUES (?)', (who,))",
    "labels": "with opened(folder / 'lines.db', writing=True) as labels: labels.set_meta(who, 'here')",
    "catalog": "assert Store(folder).keep(b'wombat' + who.encode(), [who.encode()])",
}
PROCESS = """
import sys
from pathlib import Path
from swe_agent.index.store import Store
from swe_agent.store.database import Database
from swe_agent.store.line_labels import opened
top, who = Path(sys.argv[1]), sys.argv[2]
for n, _ in enumerate(iter(sys.stdin.readline, "")):
    folder = top / str(n)
    OPEN
    print(n, flush=True)
"""


@pytest.mark.parametrize("which", OPENS)
def test_two_processes_make_the_same_database(which: str, tmp_path: Path) -> None:
    program = PROCESS.replace("OPEN", OPENS[which])
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), who],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for who in ("wombat", "quokka")
    ]  # fmt: skip
    for n in range(TRIES):
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in both:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert said == f"{n}\n", process.communicate()
    assert [process.communicate()[1] for process in both] == ["", ""]
