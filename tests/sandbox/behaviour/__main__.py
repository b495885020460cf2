"""What ordinary programs and test suites expect of a machine: one function each, run inside a sandbox.

`python behaviour` (this directory) runs every one in a process of its own, which is forked when all is loaded, and
prints {name: complaint} as JSON, where an empty complaint means that it works; `python behaviour NAME` runs one.
Standard library only.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO

import machine
import processes
import sockets

EACH_S = 90
AT_ONCE = 3
PROBES = {probe.__name__: probe for module in (machine, processes, sockets) for probe in module.PROBES}


class Running:
    def __init__(self, name: str) -> None:
        self.name, self.ends = name, time.monotonic() + EACH_S
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # it is read when the process has ended
        self.pid = os.fork()
        if not self.pid:
            for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), *[self._said.fileno()] * 2)):
                os.dup2(descriptor, number)
            sys.argv[1:] = [name]
            PROBES[name]()
            sys.exit()

    def complaint(self) -> str | None:
        """None while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            if time.monotonic() < self.ends:
                return None
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            return "takes too long"
        with self._said as said:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
        return "" if not status else (lines or [f"status {os.waitstatus_to_exitcode(status)}"])[-1]


def complaints(names: Sequence[str]) -> dict[str, str]:
    waiting, running, found = list(names), list[Running](), dict[str, str]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(Running(waiting.pop(0)))
        for one in list(running):
            if (complaint := one.complaint()) is not None:
                found[one.name] = complaint
                running.remove(one)
        time.sleep(0.01)
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROBES[sys.argv[1]]()
    else:
        print(json.dumps(complaints(list(PROBES))))
